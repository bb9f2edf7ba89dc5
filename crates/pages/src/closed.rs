//! Pages without a question: where a code leads nowhere, what a code is, and a text of the server's own.

use crate::document::{Content, Frame, Layout, Needs, Page};
use crate::html::Text;
use crate::{signs, style, words};
use model::language::PageLanguage;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Why there is no way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// No link has this slug.
    Unknown,
    /// The link is over.
    Ended,
    /// As many people were let through as its owner allows.
    Limited,
    /// Paused by its owner.
    Paused,
    /// Not started yet.
    NotStarted,
    /// The workflow leads nowhere.
    Nowhere,
    /// Too many unknown slugs from one address.
    TooMany,
    /// The run token is too old or not ours: the code must be scanned again.
    Expired,
    /// The file that the code opens is not there.
    Gone,
    /// The question has been answered or skipped before, and nothing comes after it.
    Answered,
    /// The way ends here, and its owner has written no page for that.
    Done,
}

impl Closed {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Unknown,
        Self::Ended,
        Self::Limited,
        Self::Paused,
        Self::NotStarted,
        Self::Nowhere,
        Self::TooMany,
        Self::Expired,
        Self::Gone,
        Self::Answered,
        Self::Done,
    ];

    const fn sign(self) -> &'static str {
        match self {
            Self::Unknown => signs::MARK_UNKNOWN,
            Self::Ended | Self::Gone => signs::MARK_ENDED,
            Self::Limited => signs::MARK_FULL,
            Self::Paused => signs::MARK_PAUSED,
            Self::NotStarted | Self::TooMany | Self::Expired => signs::MARK_LATER,
            Self::Nowhere => signs::MARK_EMPTY,
            Self::Answered | Self::Done => signs::CHECK,
        }
    }

    /// Title and sentence, for answers that have to be small.
    pub const fn words(self, language: PageLanguage) -> (&'static str, &'static str) {
        words::closed(self, language)
    }

    /// The page.
    pub fn page(self, frame: &Frame<'_>) -> Page {
        let (title, text) = words::closed(self, frame.language);
        frame.page(&Content {
            title,
            layout: Layout::Middle,
            needs: Needs::Links,
            styles: &[],
            sign: Some(self.sign()),
            body: format!("<p class=\"quiet\">{text}</p>"),
            has_heading: true,
        })
    }
}

/// What a code is, for people who want to know before they go.
#[derive(Clone, Copy, Debug)]
pub struct Information<'a> {
    /// Host of the code.
    pub host: &'a str,
    /// Its slug, as its owner spells it.
    pub slug: &'a str,
    /// Where it leads, if to the same place for everybody.
    pub target: Option<&'a str>,
}

impl Information<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = words::Words::of(frame.language);
        let target = match self.target {
            Some(target) => format!(
                "<dl class=\"facts\"><div><dt>{}</dt><dd>{}</dd></div></dl>",
                words.leads_to,
                Text(target)
            ),
            None => format!("<p>{}</p>", words.depends),
        };
        let body = format!(
            "<p class=\"quiet address\">{}/{}</p>{target}<p><a class=\"button\" href=\"/{}\" rel=\"nofollow\">{}</a></p>\
             <p class=\"small quiet\">{}</p>",
            Text(self.host),
            Text(self.slug),
            utf8_percent_encode(self.slug, NON_ALPHANUMERIC),
            words.open,
            words.uncounted,
        );
        frame.page(&Content {
            title: words.about,
            layout: Layout::Middle,
            needs: Needs::Links,
            styles: &[&style::FACTS],
            sign: Some(signs::MARK),
            body,
            has_heading: true,
        })
    }
}

/// A page of the server's own, with what stands below its title as HTML.
#[derive(Clone, Debug)]
pub struct Plain<'a> {
    /// Title.
    pub title: &'a str,
    /// HTML; whatever comes from outside is [escaped](crate::escape).
    pub body: String,
    /// Whether it reads like a document, rather than being a word in passing.
    pub is_long: bool,
    /// Whether it posts to this host under this host's name, with its cookies.
    pub posts: bool,
}

impl Plain<'_> {
    /// The page.
    pub fn page(self, frame: &Frame<'_>) -> Page {
        frame.page(&Content {
            title: self.title,
            layout: if self.is_long { Layout::Document } else { Layout::Middle },
            needs: if self.posts { Needs::OwnPost } else { Needs::Links },
            styles: &[&style::FACTS],
            sign: Some(signs::MARK),
            body: self.body,
            has_heading: true,
        })
    }
}
