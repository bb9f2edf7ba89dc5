//! The built-in words, one file a language. Owners' texts stand as they were written.

mod english;
mod french;
mod german;
mod spanish;

use crate::closed::Closed;
use model::language::PageLanguage;

/// A thing counted: the word for one, and for any other number with `{n}` in it.
pub(crate) struct Counted {
    pub one: &'static str,
    pub other: &'static str,
}

impl Counted {
    /// For a number.
    pub(crate) fn say(&self, n: u32) -> String {
        if n == 1 { self.one.to_owned() } else { self.other.replace("{n}", &n.to_string()) }
    }
}

/// Every word of ours.
pub(crate) struct Words {
    /// Language tag (BCP 47).
    pub tag: &'static str,
    pub back: &'static str,
    pub go_on: &'static str,
    // Forms.
    pub form: &'static str,
    pub send: &'static str,
    pub skip: &'static str,
    pub optional: &'static str,
    pub choose: &'static str,
    pub leave_empty: &'static str,
    pub lowest: &'static str,
    pub highest: &'static str,
    /// Above a form that is shown again though nothing in it is wrong.
    pub once_more: &'static str,
    pub faults: Counted,
    pub problems: Problems,
    // Passwords.
    pub protected: &'static str,
    pub password: &'static str,
    pub wrong_password: &'static str,
    pub busy: Counted,
    // Timers.
    pub moving_on: Counted,
    pub now: &'static str,
    // Cards.
    pub contact: &'static str,
    pub save_contact: &'static str,
    pub call: &'static str,
    pub sms: &'static str,
    pub mail: &'static str,
    pub map: &'static str,
    pub web: &'static str,
    pub phone: &'static str,
    pub address: &'static str,
    pub links: &'static str,
    pub elsewhere: &'static str,
    // About a code.
    pub about: &'static str,
    pub leads_to: &'static str,
    pub depends: &'static str,
    pub uncounted: &'static str,
    pub open: &'static str,
}

/// What is wrong with an answer.
pub(crate) struct Problems {
    pub missing: &'static str,
    pub choose_one: &'static str,
    pub consent: &'static str,
    pub email: &'static str,
    pub phone: &'static str,
    pub number: &'static str,
    pub date: &'static str,
    pub pattern: &'static str,
    pub option: &'static str,
    pub too_long: Counted,
}

impl Words {
    pub(crate) const fn of(language: PageLanguage) -> &'static Self {
        match language {
            PageLanguage::English => &english::WORDS,
            PageLanguage::French => &french::WORDS,
            PageLanguage::German => &german::WORDS,
            PageLanguage::Spanish => &spanish::WORDS,
        }
    }
}

/// Title and text of a page without a way on.
pub(crate) const fn closed(which: Closed, language: PageLanguage) -> (&'static str, &'static str) {
    match language {
        PageLanguage::English => english::closed(which),
        PageLanguage::French => french::closed(which),
        PageLanguage::German => german::closed(which),
        PageLanguage::Spanish => spanish::closed(which),
    }
}
