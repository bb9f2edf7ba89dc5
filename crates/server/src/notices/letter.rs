//! What a letter says. Plain text; nothing of it comes from a visitor but the answers in its body.

use jiff::tz::TimeZone;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use model::Millis;

/// Characters of a name in a subject.
const MOST_SUBJECT: usize = 120;
/// Characters of an answer.
const MOST_ANSWER: usize = 4000;

/// A lead as a letter tells it.
#[derive(Clone, Debug)]
pub struct Told<'t> {
    /// What the link is called.
    pub link: &'t str,
    /// What the form is called; may be empty.
    pub form: &'t str,
    /// What was asked, and what was answered.
    pub answers: &'t [(String, String)],
    /// When.
    pub at: Millis,
    /// Zone of the workspace.
    pub zone: &'t TimeZone,
    /// Where it is in the dashboard.
    pub url: &'t str,
}

/// Subject and text of a letter about one lead.
pub fn lead(told: &Told<'_>) -> (String, String) {
    let mut text = match told.form {
        "" => format!("Somebody has filled in a form of {}.\n\n", line(told.link)),
        form => format!("Somebody has filled in \"{}\" of {}.\n\n", line(form), line(told.link)),
    };
    for (asked, answered) in told.answers {
        // An answer of several lines stands apart, indented: it cannot pass for a part of the letter.
        let answered: String =
            answered.chars().filter(|c| !c.is_control() || *c == '\n').take(MOST_ANSWER).collect();
        match answered.contains('\n') {
            false => text.push_str(&format!("{}: {answered}\n", line(asked))),
            true => {
                text.push_str(&format!("{}:\n", line(asked)));
                answered.lines().for_each(|part| text.push_str(&format!("    {part}\n")));
            }
        }
    }
    text.push_str(&format!("\nTime: {}\nSee it: {}\n", when(told.at, told.zone), told.url));
    (format!("New lead: {}", line(told.link)), text)
}

/// Subject and text of a letter about several leads at once.
pub fn several(link: &str, leads: usize, since: Millis, zone: &TimeZone, url: &str) -> (String, String) {
    let link = line(link);
    let text = format!(
        "{leads} people have filled in a form of {link} since {}.\n\nThey come faster than letters should; see them all: {url}\n",
        when(since, zone)
    );
    (format!("{leads} new leads: {link}"), text)
}

/// The letter.
pub fn message(from: &Mailbox, to: &str, (subject, text): (String, String)) -> Result<Message, String> {
    let to: Mailbox = to.parse().map_err(|error| format!("{to} is not an address: {error}"))?;
    let builder =
        Message::builder().from(from.clone()).to(to).subject(subject).header(ContentType::TEXT_PLAIN);
    builder.body(text).map_err(|error| error.to_string())
}

/// One line of a name, whatever is in it: what would end a header is a space.
fn line(name: &str) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    name.chars().map(plain).take(MOST_SUBJECT).collect::<String>().trim().to_owned()
}

fn when(at: Millis, zone: &TimeZone) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M (%Q)").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<'t>(link: &'t str, answers: &'t [(String, String)], zone: &'t TimeZone) -> Told<'t> {
        Told {
            link,
            form: "Contact",
            answers,
            at: Millis(1_773_133_200_000),
            zone,
            url: "https://go.example.com/app/",
        }
    }

    #[test]
    fn a_letter_holds_answers_link_time_and_the_way_to_it() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let answers =
            [("E-mail".to_owned(), "a@example.com".to_owned()), ("Wish".to_owned(), "two\nlines".to_owned())];
        let (subject, text) = lead(&told("Menu", &answers, &zone));
        assert_eq!(subject, "New lead: Menu");
        assert_eq!(
            text,
            "Somebody has filled in \"Contact\" of Menu.\n\nE-mail: a@example.com\nWish:\n    two\n    lines\n\n\
             Time: 10 March 2026, 10:00 (Europe/Berlin)\nSee it: https://go.example.com/app/\n"
        );
    }

    #[test]
    fn nothing_that_is_typed_becomes_a_header() {
        let zone = TimeZone::UTC;
        let evil = "x\r\nBcc: everybody@example.com\r\n\r\nhello";
        let answers = [(evil.to_owned(), evil.to_owned())];
        let letter = lead(&told(evil, &answers, &zone));
        let from: Mailbox = "Quietzone <q@example.com>".parse().unwrap();
        let bytes = message(&from, "owner@example.com", letter).unwrap().formatted();
        let text = String::from_utf8(bytes).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
        assert_eq!(
            head.lines().filter(|line| line.starts_with("To: ")).collect::<Vec<_>>(),
            ["To: owner@example.com"]
        );
        assert!(message(&from, "a@example.com\r\nBcc: b@example.com", ("s".into(), "t".into())).is_err());
    }
}
