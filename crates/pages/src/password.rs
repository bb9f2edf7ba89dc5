//! Asks for a password. A wrong one and a busy link are told apart by words only: neither says anything of the password.

use crate::document::{Content, Frame, Layout, Needs, Page};
use crate::html::{Text, said};
use crate::message::paragraph;
use crate::signs;
use crate::style;
use crate::words::Words;
use model::workflow::payload;

/// Name of the field that the password is posted in.
pub const PASSWORD: &str = "password";

/// The page.
#[derive(Clone, Copy)]
pub struct Password<'a> {
    /// What its owner wrote.
    pub payload: &'a payload::Password,
    /// Where the answer is posted to.
    pub action: &'a str,
    /// Why the try before did not succeed.
    pub refusal: Option<Refusal>,
}

/// Why a try did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The password was another.
    Wrong,
    /// Too many tries; the next one after some seconds.
    Busy {
        /// How many.
        seconds: u32,
    },
}

impl Password<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = Words::of(frame.language);
        let intro = paragraph(&self.payload.description);
        let fault = match self.refusal {
            Some(Refusal::Wrong) => words.wrong_password.to_owned(),
            Some(Refusal::Busy { seconds }) => words.busy.say(seconds),
            None => String::new(),
        };
        let (fault, described) = if fault.is_empty() {
            (String::new(), "")
        } else {
            let sign = signs::ALARM;
            (
                format!("<p class=\"fault\" id=\"fault\" role=\"alert\">{sign}{fault}</p>"),
                " aria-invalid=\"true\" aria-describedby=\"fault\"",
            )
        };
        let body = format!(
            "{intro}<form method=\"post\" action=\"{}\"><div class=\"field\"><label for=\"p\">{}</label>\
             <input id=\"p\" type=\"password\" name=\"{PASSWORD}\" required autocomplete=\"current-password\" \
             autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"200\"{described}>{fault}</div>\
             <button class=\"button\">{}</button></form>",
            Text(self.action),
            words.password,
            words.go_on,
        );
        frame.page(&Content {
            title: said(&self.payload.title).unwrap_or(words.protected),
            layout: Layout::Reading,
            needs: Needs::Post,
            styles: &[&style::FORM],
            sign: Some(signs::LOCK),
            body,
            has_heading: true,
        })
    }
}
