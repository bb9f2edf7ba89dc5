//! A message with a way on, and thanks without one.

use crate::document::{Content, Frame, Layout, Needs, Page};
use crate::html::{Text, said};
use crate::signs;
use crate::style;
use crate::words::Words;
use model::workflow::payload::{MessagePage, Navigation, ThankYouPage};

/// Seconds of a timer that names none.
const SECONDS: u32 = 5;

/// A message.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// What its owner wrote.
    pub payload: &'a MessagePage,
    /// Where the button posts to.
    pub action: &'a str,
    /// Where the timer leads: the page brings the header `refresh` along.
    pub next: &'a str,
}

impl Message<'_> {
    /// Seconds until the page moves on by itself; nothing where it waits for its button.
    pub fn seconds(&self) -> Option<u32> {
        let seconds = self.payload.timer_seconds.map_or(SECONDS, |seconds| seconds.max(0).unsigned_abs());
        (self.payload.navigation_type == Navigation::Timer).then_some(seconds)
    }

    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = Words::of(frame.language);
        let label = said(&self.payload.button_label);
        let on = match self.seconds() {
            Some(seconds) => format!(
                "<svg class=\"timer\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
                 <rect width=\"100\" height=\"1\"/><rect class=\"gone\" width=\"0\" height=\"1\">\
                 <animate attributeName=\"width\" from=\"0\" to=\"100\" dur=\"{}s\" fill=\"freeze\"/></rect></svg>\
                 <p class=\"small quiet\">{}</p><p><a class=\"button second\" href=\"{}\">{}</a></p>",
                seconds.max(1),
                words.moving_on.say(seconds),
                Text(self.next),
                Text(label.unwrap_or(words.now)),
            ),
            None => format!(
                "<form method=\"post\" action=\"{}\"><button class=\"button\">{}</button></form>",
                Text(self.action),
                Text(label.unwrap_or(words.go_on)),
            ),
        };
        let mut page = frame.page(&Content {
            title: said(&self.payload.title).unwrap_or(words.go_on),
            layout: Layout::Middle,
            needs: if self.seconds().is_some() { Needs::Timer } else { Needs::Post },
            styles: &[&style::TIMER],
            sign: None,
            body: format!("{}{on}", paragraph(&self.payload.description)),
            has_heading: true,
        });
        if let Some(seconds) = self.seconds() {
            page.headers.push(("refresh", format!("{seconds};url={}", self.next)));
        }
        page
    }
}

/// Thanks: the end of a way.
#[derive(Clone, Copy)]
pub struct ThankYou<'a> {
    /// What its owner wrote.
    pub payload: &'a ThankYouPage,
}

impl ThankYou<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let (done, _) = crate::words::closed(crate::Closed::Done, frame.language);
        frame.page(&Content {
            title: said(&self.payload.title).unwrap_or(done),
            layout: Layout::Middle,
            needs: Needs::Links,
            styles: &[],
            sign: Some(signs::CHECK),
            body: paragraph(&self.payload.description),
            has_heading: true,
        })
    }
}

/// What an owner wrote below a title, with the line breaks it has.
pub(crate) fn paragraph(text: &str) -> String {
    said(text).map(|text| format!("<p class=\"quiet text\">{}</p>", Text(text))).unwrap_or_default()
}
