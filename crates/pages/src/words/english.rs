//! English.

use super::{Counted, Problems, Words};
use crate::closed::Closed;

pub(super) const WORDS: Words = Words {
    tag: "en",
    back: "Back",
    go_on: "Continue",
    form: "A few questions",
    send: "Send",
    skip: "Skip",
    optional: "optional",
    choose: "Please choose",
    leave_empty: "Leave this field empty",
    lowest: "lowest",
    highest: "highest",
    once_more: "Please look at your answers once more, then send them.",
    faults: Counted { one: "One answer needs another look", other: "{n} answers need another look" },
    problems: Problems {
        missing: "Please fill this in.",
        choose_one: "Please choose an answer.",
        consent: "Please tick the box to go on.",
        email: "Please write an e-mail address such as name@example.com.",
        phone: "Please write a phone number such as +44 20 7946 0958.",
        number: "Please write a number.",
        date: "Please enter a date.",
        pattern: "This is not in the expected form.",
        option: "Please choose one of the answers offered.",
        too_long: Counted {
            one: "Please shorten this to one character.",
            other: "Please shorten this to {n} characters.",
        },
    },
    protected: "This page is protected",
    password: "Password",
    wrong_password: "That password is not right. Please try again.",
    busy: Counted {
        one: "Too many tries. Please wait one second and try again.",
        other: "Too many tries. Please wait {n} seconds and try again.",
    },
    moving_on: Counted {
        one: "You will be taken on in one second.",
        other: "You will be taken on in {n} seconds.",
    },
    now: "Go on now",
    contact: "Contact",
    save_contact: "Save contact",
    call: "Call",
    sms: "Text",
    mail: "E-mail",
    map: "Map",
    web: "Website",
    phone: "Phone",
    address: "Address",
    links: "Our links",
    elsewhere: "Elsewhere",
    about: "About this code",
    leads_to: "It leads to",
    depends: "Where it leads is decided when it is opened.",
    uncounted: "This page is not counted. Opening the code is.",
    open: "Open it",
};

pub(super) const fn closed(which: Closed) -> (&'static str, &'static str) {
    match which {
        Closed::Unknown => {
            ("Nothing here", "This code or link is not known. Check that it was typed or scanned completely.")
        }
        Closed::Ended => ("This code has ended", "Its owner has taken it out of service."),
        Closed::Limited => {
            ("This code is used up", "It was good for a limited number of scans, and they have been made.")
        }
        Closed::Paused => ("This code is paused", "Please try again later."),
        Closed::NotStarted => ("Not yet", "This code has not started. Please try again later."),
        Closed::Nowhere => {
            ("Nothing here yet", "This code has no destination at the moment. Please try again later.")
        }
        Closed::TooMany => ("One moment", "Too many requests came from here. Please try again in a minute."),
        Closed::Expired => (
            "Please scan the code again",
            "This page was open for too long, so it can no longer be answered. A fresh scan starts anew.",
        ),
        Closed::Gone => ("This file is not available", "Its owner has removed it or is replacing it."),
        Closed::Answered => ("We have your answers", "There is nothing more for you to do here."),
        Closed::Done => ("All done", "You can close this page."),
    }
}
