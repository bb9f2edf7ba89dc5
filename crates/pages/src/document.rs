//! The frame of every page, and the headers it goes out with.

use crate::html::{Text, add};
use crate::look::Look;
use crate::style::{self, Ready};
use crate::words::Words;
use model::language::PageLanguage;

/// What all pages of a link have in common.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Language of the built-in words; what the owner wrote stands as it was written.
    pub language: PageLanguage,
    /// The link's theme.
    pub look: &'a Look,
    /// Way back to the page before, where there is one.
    pub back: Option<Back<'a>>,
    /// Schemes beside http and https that a destination of the workspace may have: an answer may lead there.
    pub app_schemes: &'a [String],
}

/// A way back.
#[derive(Clone, Copy, Debug)]
pub struct Back<'a> {
    /// Address of the page before.
    pub url: &'a str,
    /// The owner's word for it; empty for ours.
    pub label: &'a str,
}

/// A page and what it is sent with.
#[derive(Clone, Debug)]
pub struct Page {
    /// The document.
    pub html: String,
    /// Header names in lower case, and values; the content type is among them, the status is the caller's.
    pub headers: Vec<(&'static str, String)>,
}

/// How a page stands in the window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Reads from the start edge, begins at the top.
    Reading,
    /// A short message in the middle.
    Middle,
    /// A document: as wide as a table needs.
    Document,
}

/// What a page's content may do that a sandbox forbids at first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Follow links.
    Links,
    /// Save a file, call a number, write a mail.
    Contact,
    /// Post an answer, which may lead to any site.
    Post,
    /// Post, and be taken on by a timer.
    Timer,
    /// Post to this host in its own origin, with its cookies.
    OwnPost,
}

/// A page before it is framed.
pub(crate) struct Content<'a> {
    /// Of the window, and heading of the page.
    pub title: &'a str,
    pub layout: Layout,
    pub needs: Needs,
    /// Sheets beside the base.
    pub styles: &'a [&'a Ready],
    /// Sign above the title, as SVG.
    pub sign: Option<&'a str>,
    /// What stands below the title, as HTML.
    pub body: String,
    /// Whether the title is put above the body; else the body brings a heading of its own.
    pub has_heading: bool,
}

impl Frame<'_> {
    pub(crate) fn page(&self, content: &Content<'_>) -> Page {
        let words = Words::of(self.language);
        let look = self.look;
        let mut html = format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><meta name=\"format-detection\" content=\"telephone=no\">{}\
             <title>{}</title><style>{}</style>",
            words.tag,
            look.frame_colors(),
            Text(content.title),
            style::BASE.css,
        );
        for sheet in content.styles {
            add(&mut html, format_args!("<style>{}</style>", sheet.css));
        }
        add(
            &mut html,
            format_args!(
                "<style>{}</style></head><body class=\"{} {}\">{}<main>",
                look.sheet.css,
                look.class(),
                match content.layout {
                    Layout::Reading => "reading",
                    Layout::Middle => "middle",
                    Layout::Document => "document",
                },
                look.cover(),
            ),
        );
        if let Some(back) = self.back {
            let label = crate::html::said(back.label).unwrap_or(words.back);
            add(
                &mut html,
                format_args!(
                    "<nav><a class=\"back\" href=\"{}\">{}{}</a></nav>",
                    Text(back.url),
                    crate::signs::BACK,
                    Text(label)
                ),
            );
        }
        html.push_str(&look.badge(content.sign));
        if content.has_heading {
            add(&mut html, format_args!("<h1>{}</h1>", Text(content.title)));
        }
        add(&mut html, format_args!("{}</main>{}</body></html>", content.body, look.footer()));
        let headers = vec![
            ("content-type", "text/html; charset=utf-8".to_owned()),
            ("content-security-policy", self.policy(content.needs, content.styles)),
            ("cache-control", "private, no-store".to_owned()),
            // The address of a page is the key to it.
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-robots-tag", "noindex".to_owned()),
        ];
        Page { html, headers }
    }

    /// Nothing but the page's own two styles and images of this host, in an origin of its own.
    fn policy(&self, needs: Needs, styles: &[&Ready]) -> String {
        let mut policy = format!("default-src 'none'; style-src 'sha256-{}'", style::BASE.hash);
        for sheet in styles {
            add(&mut policy, format_args!(" 'sha256-{}'", sheet.hash));
        }
        add(
            &mut policy,
            format_args!(
                " 'sha256-{}'; img-src 'self'; base-uri 'none'; frame-ancestors 'self'; ",
                self.look.sheet.hash
            ),
        );
        match needs {
            Needs::Links | Needs::Contact => policy.push_str("form-action 'none'; "),
            // Browsers hold the redirect that answers a form against this list too, and it may lead to any site.
            Needs::Post | Needs::Timer => {
                policy.push_str("form-action 'self' https: http:");
                for scheme in self.app_schemes.iter().filter(|scheme| is_scheme(scheme)) {
                    add(&mut policy, format_args!(" {scheme}:"));
                }
                policy.push_str("; ");
            }
            Needs::OwnPost => {
                policy.push_str("form-action 'self'");
                return policy;
            }
        }
        policy.push_str("sandbox allow-top-navigation-by-user-activation");
        policy.push_str(match needs {
            Needs::Links | Needs::OwnPost => "",
            // Telephone and mail programs are other programs: a popup to the sandbox.
            Needs::Contact => " allow-downloads allow-popups allow-popups-to-escape-sandbox",
            Needs::Post => " allow-forms",
            // A sandbox without scripts stops `Refresh` (HTML, shared declarative refresh steps). There is no script all
            // the same: `default-src` forbids each.
            Needs::Timer => " allow-forms allow-scripts",
        });
        policy
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_no_scheme_that_is_none() {
        let schemes = ["itms-apps".to_owned(), "x; script-src *".to_owned()];
        let look = Look::default();
        let frame = Frame { language: PageLanguage::English, look: &look, back: None, app_schemes: &schemes };
        let policy = frame.policy(Needs::Post, &[]);
        assert!(policy.contains(" itms-apps:;") && !policy.contains("script-src"), "{policy}");
    }
}
