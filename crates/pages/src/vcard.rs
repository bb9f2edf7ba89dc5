//! A contact card as a file for address books: vCard 3.0 (RFC 2426) and 4.0 (RFC 6350).

use crate::contact::name;
use crate::html::said;
use crate::links::followable;
use model::workflow::payload::Vcard;

pub use crate::contact::file_name;

/// Content type of the file.
pub const CONTENT_TYPE: &str = "text/vcard; charset=utf-8";

/// Octets of a line before it is folded, its end aside (RFC 6350 §3.2).
const LINE: usize = 75;

/// Version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// What every address book reads.
    V3,
    /// The newer one.
    V4,
}

/// The card as a file.
pub fn write(card: &Vcard, version: Version) -> String {
    let mut file = String::new();
    let name = name(card);
    let is_v4 = version == Version::V4;
    let mut line = |property: &str, value: &str| fold(&mut file, &format!("{property}:{value}"));
    line("BEGIN", "VCARD");
    line("VERSION", if is_v4 { "4.0" } else { "3.0" });
    line("FN", &escaped(if name.is_empty() { "Contact" } else { &name }));
    line("N", &structured(&[&card.last_name, &card.first_name, "", "", ""]));
    if let Some(organization) = said(&card.organization) {
        line("ORG", &escaped(organization));
    }
    if let Some(title) = said(&card.title) {
        line("TITLE", &escaped(title));
    }
    if let Some(phone) = said(&card.phone) {
        match version {
            Version::V3 => line("TEL;TYPE=CELL,VOICE", &escaped(phone)),
            // A number is a text here too: `tel:` allows only digits, and an owner may have written an extension.
            Version::V4 if card.phone_sms_enabled => {
                line("TEL;VALUE=text;TYPE=\"cell,voice,text\"", &escaped(phone))
            }
            Version::V4 => line("TEL;VALUE=text;TYPE=\"cell,voice\"", &escaped(phone)),
        }
    }
    if let Some(email) = said(&card.email) {
        line(if is_v4 { "EMAIL" } else { "EMAIL;TYPE=INTERNET" }, &escaped(email));
    }
    if let Some(site) = followable(&card.website) {
        line("URL", &uri(&site, version));
    }
    let address = ["", "", &card.street_address, &card.city, &card.state, &card.postal_code, &card.country];
    if address.iter().any(|part| said(part).is_some()) {
        line("ADR;TYPE=WORK", &structured(&address));
    }
    for link in &card.social_links {
        let Some(url) = followable(&link.url) else { continue };
        let service: String =
            link.platform().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        match (version, said(&service)) {
            (_, None) => line("URL", &uri(&url, version)),
            (Version::V3, Some(service)) => {
                line(&format!("X-SOCIALPROFILE;TYPE={service}"), &uri(&url, version))
            }
            // RFC 9554 §3.5.
            (Version::V4, Some(service)) => {
                line(&format!("SOCIALPROFILE;SERVICE-TYPE={service}"), &uri(&url, version))
            }
        }
    }
    line("END", "VCARD");
    file
}

/// A URI is written as it is in 4.0; in 3.0 address books read it as they read text.
fn uri(url: &str, version: Version) -> String {
    match version {
        Version::V3 => escaped(url),
        Version::V4 => url.to_owned(),
    }
}

/// A text value (RFC 6350 §3.4). Control characters other than line breaks mean nothing there and are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.trim().replace("\r\n", "\n").chars() {
        match c {
            '\\' | ',' | ';' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' | '\r' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Components of a structured value.
fn structured(parts: &[&str]) -> String {
    parts.iter().map(|part| escaped(part)).collect::<Vec<_>>().join(";")
}

/// Writes a line, folded between characters, never within one.
fn fold(file: &mut String, line: &str) {
    let mut room = LINE;
    for c in line.chars() {
        if c.len_utf8() > room {
            file.push_str("\r\n ");
            // The blank counts.
            room = LINE - 1;
        }
        room -= c.len_utf8();
        file.push(c);
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn card() -> Vcard {
        Vcard {
            first_name: "Zoë; Anna".into(),
            last_name: "O’Neill, Jr.".into(),
            organization: "Blue\\Door & Söhne".into(),
            phone: "+353 1 234 5678".into(),
            street_address: "1 Quay\r\nFloor 2".into(),
            city: "Cork".into(),
            website: "example.com/a,b".into(),
            ..Vcard::default()
        }
    }

    #[test]
    fn what_separates_is_escaped() {
        let file = write(&card(), Version::V3);
        assert!(file.starts_with("BEGIN:VCARD\r\nVERSION:3.0\r\n") && file.ends_with("\r\nEND:VCARD\r\n"));
        assert!(file.contains("\r\nN:O’Neill\\, Jr.;Zoë\\; Anna;;;\r\n"), "{file}");
        assert!(file.contains("\r\nORG:Blue\\\\Door & Söhne\r\n"));
        assert!(file.contains("\r\nADR;TYPE=WORK:;;1 Quay\\nFloor 2;Cork;;;\r\n"));
        assert!(file.contains("\r\nURL:https://example.com/a\\,b\r\n"));
        assert!(write(&card(), Version::V4).contains("\r\nURL:https://example.com/a,b\r\n"));
    }

    proptest! {
        /// Whatever is in a card: lines end in CRLF, none is longer than 75 octets, and no text begins a line of its own.
        #[test]
        fn no_text_leaves_its_line(texts in proptest::collection::vec(any::<String>(), 8), v4: bool) {
            let [a, b, c, d, e, f, g, h] = <[String; 8]>::try_from(texts).unwrap();
            let card = Vcard {
                first_name: a, last_name: b, organization: c, title: d, street_address: e, email: f, phone: g, city: h,
                ..Vcard::default()
            };
            let file = write(&card, if v4 { Version::V4 } else { Version::V3 });
            let known = ["BEGIN:", "VERSION:", "FN:", "N:", "ORG:", "TITLE:", "TEL;", "EMAIL", "ADR;", "END:", " "];
            for line in file.strip_suffix("\r\n").unwrap().split("\r\n") {
                prop_assert!(line.len() <= LINE);
                prop_assert!(!line.contains(['\r', '\n']));
                prop_assert!(known.iter().any(|start| line.starts_with(start)), "{:?}", line);
            }
        }
    }
}
