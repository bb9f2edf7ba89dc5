//! Placeholders in destinations: `{slug}` and its kin, in path, query and fragment of web addresses.

use super::DestinationError;
use crate::ids::ScanId;
use std::fmt::Write;

words! {
    /// What a destination can have filled in.
    Placeholder {
        /// The slug that was asked for.
        Slug = "slug",
        /// The printed place: its own slug.
        Placement = "placement",
        /// Id of the scan.
        ScanId = "scan_id",
        /// Country of the visitor, ISO 3166-1 alpha-2; empty where it is not known.
        Country = "country",
        /// First language of the visitor, lower case (`de-ch`); empty where it is not told.
        Lang = "lang",
    }
}

/// What a scan fills in.
#[derive(Clone, Copy, Debug)]
pub struct Values<'v> {
    /// Slug asked for, folded.
    pub slug: &'v str,
    /// The printed place.
    pub placement: &'v str,
    /// Id of the scan.
    pub scan_id: ScanId,
    /// Country.
    pub country: &'v str,
    /// First language.
    pub lang: &'v str,
}

impl Values<'_> {
    /// Appends the value of a placeholder. Everything but unreserved characters (RFC 3986 §2.3) is percent-encoded, so
    /// that it is one segment of a path, one value of a query, and never the end of either.
    pub(super) fn push(&self, placeholder: Placeholder, location: &mut String) {
        let value = match placeholder {
            Placeholder::Slug => self.slug,
            Placeholder::Placement => self.placement,
            Placeholder::ScanId => {
                let _ = write!(location, "{}", self.scan_id.0);
                return;
            }
            Placeholder::Country => self.country,
            Placeholder::Lang => self.lang,
        };
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    location.push(byte.into());
                }
                _ => {
                    let _ = write!(location, "%{byte:02X}");
                }
            }
        }
    }
}

/// Characters that stand for the placeholders while a URL is parsed: private ones, which no path, query or fragment
/// keeps as they are and no host can contain.
const MARKS: std::ops::RangeInclusive<char> = '\u{f8f0}'..='\u{f8ff}';
/// How the parser writes them, but for the last hexadecimal digit.
const ENCODED: &str = "%EF%A3%B";

/// The text with a mark for each placeholder, and how many there are. `strict` refuses words in braces that are none.
pub(super) fn mark(text: &str, strict: bool) -> Result<(String, usize), DestinationError> {
    let (mut marked, mut count, mut rest) = (String::with_capacity(text.len()), 0, text);
    if text.contains(|c| MARKS.contains(&c)) {
        return Ok((text.to_owned(), 0));
    }
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        let end = inside.find(|c: char| !(c.is_ascii_alphabetic() || c == '_')).unwrap_or(inside.len());
        let word = &inside[..end];
        if word.is_empty() || !inside[end..].starts_with('}') {
            marked.push_str(&rest[..=open]);
            rest = inside;
            continue;
        }
        marked.push_str(&rest[..open]);
        match Placeholder::from_word(word) {
            Some(placeholder) => {
                marked.push(mark_of(placeholder));
                count += 1;
            }
            None if strict => return Err(DestinationError::UnknownPlaceholder(word.to_owned())),
            None => marked.push_str(&rest[open..open + end + 2]),
        }
        rest = &inside[end + 1..];
    }
    marked.push_str(rest);
    Ok((marked, count))
}

fn mark_of(placeholder: Placeholder) -> char {
    let number = Placeholder::ALL.iter().position(|other| *other == placeholder).unwrap_or_default();
    char::from_u32(*MARKS.start() as u32 + number as u32).unwrap_or('\u{f8ff}')
}

/// Takes the marks out of a parsed URL from byte `from` on, and tells where they stood.
pub(super) fn take_marks(location: &mut String, from: usize) -> Vec<(u32, Placeholder)> {
    let (mut places, mut at) = (Vec::new(), from);
    while let Some(found) = location[at..].find(ENCODED) {
        at += found;
        let digit = location[at + ENCODED.len()..].chars().next().and_then(|digit| digit.to_digit(16));
        match digit.and_then(|digit| Placeholder::ALL.get(digit as usize)) {
            Some(placeholder) => {
                location.replace_range(at..at + ENCODED.len() + 1, "");
                places.push((at as u32, *placeholder));
            }
            None => at += ENCODED.len(),
        }
    }
    places
}
