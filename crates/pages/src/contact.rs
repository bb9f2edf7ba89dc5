//! A contact card: who it is, what to do, the particulars, and the file for the address book.

use crate::document::{Content, Frame, Layout, Needs, Page};
use crate::html::{Text, add, said};
use crate::links::{self, followable, shown};
use crate::signs;
use crate::style;
use crate::words::Words;
use model::workflow::payload::{SocialLink, Vcard};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The page.
#[derive(Clone, Copy)]
pub struct Contact<'a> {
    /// What its owner wrote.
    pub payload: &'a Vcard,
    /// Address of the card as a file (`.vcf`, see [`crate::vcard`]).
    pub file: &'a str,
    /// Where the visitor's device opens an address.
    pub maps: Maps,
}

/// Where a device opens an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maps {
    /// The app of the visitor's choice, by `geo:` (RFC 5870): Android.
    Geo,
    /// Apple's app.
    Apple,
    /// A web page, for everybody else.
    Web,
}

/// A thing that can be done with one touch.
struct Deed {
    label: &'static str,
    sign: &'static str,
    url: String,
}

impl Contact<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = Words::of(frame.language);
        let card = self.payload;
        let full_name = name(card);
        let name = full_name.as_str();
        let role = [said(&card.title), said(&card.organization).filter(|it| *it != name)];
        let role: Vec<&str> = role.into_iter().flatten().collect();
        let heading = said(name).unwrap_or(words.contact);
        let mut body = format!(
            "<header class=\"person\"><div class=\"initials\" aria-hidden=\"true\">{}</div><div><h1>{}</h1>",
            Text(&initials(heading)),
            Text(heading)
        );
        if !role.is_empty() {
            body.push_str("<p class=\"quiet\">");
            for (at, part) in role.iter().enumerate() {
                add(&mut body, format_args!("{}{}", if at > 0 { "<br>" } else { "" }, Text(part)));
            }
            body.push_str("</p>");
        }
        body.push_str("</div></header>");
        self.deeds(&mut body, words);
        self.save(&mut body, words);
        self.facts(&mut body, words);
        let links: Vec<&SocialLink> = card.social_links.iter().collect();
        if !links.is_empty() {
            add(&mut body, format_args!("<h2 class=\"small quiet\">{}</h2>", words.elsewhere));
            body.push_str(&links::list(&links, words, true, None));
        }
        frame.page(&Content {
            title: heading,
            layout: Layout::Reading,
            needs: Needs::Contact,
            styles: &[&style::TILES, &style::PERSON, &style::FACTS],
            sign: None,
            body,
            has_heading: false,
        })
    }

    fn deeds(&self, body: &mut String, words: &Words) {
        let card = self.payload;
        let phone = said(&card.phone).map(dialled);
        let deed = |label, sign, url| Deed { label, sign, url };
        let deeds = [
            phone.as_ref().map(|phone| deed(words.call, signs::CALL, format!("tel:{phone}"))),
            phone.as_ref().filter(|_| card.phone_is_whatsapp).map(|phone| {
                deed("WhatsApp", signs::CHAT, format!("https://wa.me/{}", phone.trim_start_matches('+')))
            }),
            phone
                .as_ref()
                .filter(|_| card.phone_sms_enabled)
                .map(|phone| deed(words.sms, signs::TEXT, format!("sms:{phone}"))),
            said(&card.email).map(|mail| deed(words.mail, signs::MAIL, mailto(mail))),
            followable(&card.website).map(|url| deed(words.web, signs::GLOBE, url)),
            self.place().map(|url| deed(words.map, signs::PLACE, url)),
        ];
        let deeds: Vec<Deed> = deeds.into_iter().flatten().collect();
        if deeds.is_empty() {
            return;
        }
        body.push_str("<ul class=\"deeds\">");
        for Deed { label, sign, url } in deeds {
            add(
                body,
                format_args!(
                    "<li><a class=\"cell\" href=\"{}\" rel=\"noopener\">{sign}<span>{label}</span></a></li>",
                    Text(&url)
                ),
            );
        }
        body.push_str("</ul>");
    }

    fn save(&self, body: &mut String, words: &Words) {
        if !self.payload.has_save_button() {
            return;
        }
        let label = said(&self.payload.button_label).unwrap_or(words.save_contact);
        add(
            body,
            format_args!(
                "<p><a class=\"button\" href=\"{}\" download=\"{}\">{}{}</a></p>",
                Text(self.file),
                Text(&file_name(self.payload)),
                signs::SAVE,
                Text(label)
            ),
        );
    }

    fn facts(&self, body: &mut String, words: &Words) {
        let card = self.payload;
        let mut facts = String::new();
        let mut fact = |label: &str, url: Option<String>, text: &str| {
            let text = Text(text);
            match url {
                Some(url) => add(
                    &mut facts,
                    format_args!(
                        "<div><dt>{label}</dt><dd><a href=\"{}\" rel=\"noopener\">{text}</a></dd></div>",
                        Text(&url)
                    ),
                ),
                None => add(&mut facts, format_args!("<div><dt>{label}</dt><dd>{text}</dd></div>")),
            }
        };
        if let Some(phone) = said(&card.phone) {
            fact(words.phone, Some(format!("tel:{}", dialled(phone))), phone);
        }
        if let Some(mail) = said(&card.email) {
            fact(words.mail, Some(mailto(mail)), mail);
        }
        if let Some(site) = said(&card.website) {
            fact(words.web, followable(site), shown(site));
        }
        let lines = address(card);
        if !lines.is_empty() {
            fact(words.address, self.place(), &lines.join("\n"));
        }
        if !facts.is_empty() {
            add(body, format_args!("<dl class=\"facts\">{facts}</dl>"));
        }
    }

    /// The address on a map.
    fn place(&self) -> Option<String> {
        let lines = address(self.payload);
        let line = lines.join(", ");
        let asked = utf8_percent_encode(&line, NON_ALPHANUMERIC);
        (!lines.is_empty()).then(|| match self.maps {
            Maps::Geo => format!("geo:0,0?q={asked}"),
            Maps::Apple => format!("https://maps.apple.com/?q={asked}"),
            Maps::Web => format!("https://www.openstreetmap.org/search?query={asked}"),
        })
    }
}

/// First and last name; the organisation where there is neither.
pub(crate) fn name(card: &Vcard) -> String {
    let names: Vec<&str> =
        [&card.first_name, &card.last_name].into_iter().filter_map(|part| said(part)).collect();
    if names.is_empty() { card.organization.trim().to_owned() } else { names.join(" ") }
}

/// Name of the card's file.
pub fn file_name(card: &Vcard) -> String {
    let stem: String = name(card)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect::<String>()
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    if stem.is_empty() { "contact.vcf".to_owned() } else { format!("{stem}.vcf") }
}

/// Street; postal code, city and state; country.
fn address(card: &Vcard) -> Vec<String> {
    let town = [&card.postal_code, &card.city].into_iter().filter_map(|part| said(part));
    let mut town = town.collect::<Vec<_>>().join(" ");
    if let Some(state) = said(&card.state) {
        town = if town.is_empty() { state.to_owned() } else { format!("{town}, {state}") };
    }
    let lines = [said(&card.street_address), said(&town), said(&card.country)];
    lines.into_iter().flatten().map(str::to_owned).collect()
}

fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let first = words.first().and_then(|word| word.chars().find(|c| c.is_alphanumeric()));
    let last =
        (words.len() > 1).then(|| words.last().and_then(|word| word.chars().find(|c| c.is_alphanumeric())));
    first.into_iter().chain(last.flatten()).flat_map(char::to_uppercase).collect()
}

/// A number as it is dialled.
fn dialled(phone: &str) -> String {
    let is_international = phone.trim_start().starts_with('+');
    // `+44 (0)20`: the bracketed nought is for callers inside the country.
    let phone = if is_international { phone.replace("(0)", "") } else { phone.to_owned() };
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || "*#".contains(*c)).collect();
    // Everything after `#` would be a fragment.
    let digits = digits.replace('#', "%23");
    if is_international { format!("+{digits}") } else { digits }
}

fn mailto(mail: &str) -> String {
    let encoded: String = utf8_percent_encode(mail, NON_ALPHANUMERIC).collect();
    format!(
        "mailto:{}",
        encoded.replace("%40", "@").replace("%2E", ".").replace("%2D", "-").replace("%5F", "_")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_told_in_few_words() {
        let card = Vcard {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            postal_code: "W1".into(),
            city: "London".into(),
            country: " ".into(),
            ..Vcard::default()
        };
        assert_eq!(name(&card), "Ada Lovelace");
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("ørsted"), "Ø");
        assert_eq!(initials(""), "");
        assert_eq!(address(&card), ["W1 London"]);
        assert_eq!(file_name(&card), "Ada-Lovelace.vcf");
        assert_eq!(file_name(&Vcard { organization: "../x\r\n".into(), ..Vcard::default() }), "x.vcf");
        assert_eq!(dialled("+44 (0)20 7946-0958"), "+442079460958");
        assert_eq!(mailto("a?b@x.org"), "mailto:a%3Fb@x.org");
    }
}
