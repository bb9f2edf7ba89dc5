//! A slug: the path that leads to a link.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A slug as its owner spelled it (NFC), together with its folded form. Two slugs of a domain never fold alike.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Slug {
    spelled: String,
    folded: String,
}

/// Why a text is not a slug. The sentences are shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Nothing there.
    #[error("a slug cannot be empty; leave it out to have one generated")]
    Empty,
    /// Too long.
    #[error("a slug has at most {MAX_CHARS} characters; this one has {0}")]
    TooLong(usize),
    /// A character that would need escaping, cannot be seen, or means something else in a URL.
    #[error("a slug cannot contain {0}; letters and digits of any script, emoji, and - _ . ~ are fine")]
    Character(String),
    /// Resolution ignores them at the end, since text often adds them.
    #[error("a slug cannot begin or end with a dot")]
    Dot,
    /// A path of our own.
    #[error("\"{0}\" is reserved; choose another slug")]
    Reserved(String),
}

/// Characters in a slug, at most.
pub const MAX_CHARS: usize = 128;

/// First path segments that are ours, or GS1 Digital Link's primary keys (DESIGN §11.10).
const RESERVED: &[&str] = &[
    "v1",
    "app",
    "docs",
    "health",
    "metrics",
    "openapi.json",
    "q",
    "r",
    "x",
    "api",
    "admin",
    "assets",
    "static",
    "robots.txt",
    "favicon.ico",
    ".well-known",
    "00",
    "01",
    "235",
    "253",
    "255",
    "401",
    "402",
    "414",
    "417",
    "8003",
    "8004",
    "8006",
    "8010",
    "8013",
    "8017",
    "8018",
];

/// Crockford's base 32 in lower case: no i, l, o, u.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters in a generated slug: 34 bits' worth with 7.
pub const GENERATED_CHARS: usize = 7;

impl Slug {
    /// Reads a slug that a person chose.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let spelled: String = text.trim().nfc().collect();
        if spelled.is_empty() {
            return Err(SlugError::Empty);
        }
        let length = spelled.chars().count();
        if length > MAX_CHARS {
            return Err(SlugError::TooLong(length));
        }
        if let Some(bad) = spelled.chars().find(|c| !is_allowed(*c)) {
            return Err(SlugError::Character(describe(bad)));
        }
        let folded = fold(&spelled);
        if is_reserved(&folded) {
            return Err(SlugError::Reserved(spelled));
        }
        if spelled.starts_with('.') || spelled.ends_with('.') {
            return Err(SlugError::Dot);
        }
        Ok(Self { spelled, folded })
    }

    /// The slug that 35 bits of randomness spell. The caller retries when it is taken.
    pub fn generated(random: u64) -> Self {
        let spelled: String =
            (0..GENERATED_CHARS).map(|i| char::from(CROCKFORD[(random >> (5 * i) & 31) as usize])).collect();
        Self { folded: spelled.clone(), spelled }
    }

    /// As its owner spelled it.
    pub fn as_str(&self) -> &str {
        &self.spelled
    }

    /// The form that look-ups and uniqueness go by.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// As it stands in a QR code: ASCII letters upper-cased, everything outside the unreserved ASCII set
    /// percent-encoded (RFC 3986 §2.1, upper-case hex).
    pub fn for_code(&self) -> String {
        let mut text = String::with_capacity(self.spelled.len());
        for byte in self.spelled.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    text.push(byte.to_ascii_uppercase().into());
                }
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
        text
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slug({})", self.spelled)
    }
}

/// The folded form of a path segment that is already percent-decoded: NFC, then lower case (Unicode's full mapping),
/// then NFC again since lower-casing can decompose.
pub fn fold(text: &str) -> String {
    if text.bytes().all(|b| b.is_ascii()) {
        return text.to_ascii_lowercase();
    }
    let lower: String =
        text.nfc().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect();
    lower.nfc().collect()
}

/// Whether a folded path segment is a path of ours and can be no slug.
pub fn is_reserved(folded: &str) -> bool {
    RESERVED.contains(&folded)
}

fn is_allowed(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    }
    let invisible = matches!(c, '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffd}' | '\u{ad}' | '\u{61c}' | '\u{e000}'..='\u{f8ff}'
        | '\u{f0000}'..);
    !(c.is_whitespace() || c.is_control() || invisible)
}

fn describe(c: char) -> String {
    if c.is_whitespace() {
        "a space".into()
    } else if c.is_control() || !c.is_ascii() {
        format!("the character U+{:04X}", c as u32)
    } else {
        format!("“{c}”")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_of_all_scripts_are_taken_as_spelled() {
        for text in ["Summer-26", "menü", "메뉴", "שלום", "🍕", "👩‍🍳", "a", "v1.2", "x_y~z"]
        {
            assert_eq!(Slug::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn slugs_that_look_alike_fold_alike() {
        for (a, b) in [("Menu", "mENU"), ("MENÜ", "menu\u{308}"), ("ΟΔΟΣ", "οδος"), ("İx", "i̇x")]
        {
            assert_eq!(Slug::parse(a).unwrap().folded(), Slug::parse(b).unwrap().folded(), "{a} {b}");
        }
        assert_ne!(Slug::parse("menu").unwrap().folded(), Slug::parse("menü").unwrap().folded());
    }

    #[test]
    fn what_is_no_slug_is_refused_with_its_sentence() {
        let cases = [
            ("", SlugError::Empty),
            (" ", SlugError::Empty),
            ("a b", SlugError::Character("a space".into())),
            ("a/b", SlugError::Character("“/”".into())),
            ("50%", SlugError::Character("“%”".into())),
            ("a\u{202e}b", SlugError::Character("the character U+202E".into())),
            (".menu", SlugError::Dot),
            ("menu.", SlugError::Dot),
            ("V1", SlugError::Reserved("V1".into())),
            ("q", SlugError::Reserved("q".into())),
            ("414", SlugError::Reserved("414".into())),
            (".well-known", SlugError::Reserved(".well-known".into())),
        ];
        for (text, error) in cases {
            assert_eq!(Slug::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(Slug::parse(&"a".repeat(129)), Err(SlugError::TooLong(129)));
    }

    #[test]
    fn a_code_holds_upper_case_ascii_only() {
        assert_eq!(Slug::parse("ab-12").unwrap().for_code(), "AB-12");
        assert_eq!(Slug::parse("menü").unwrap().for_code(), "MEN%C3%BC");
    }

    proptest! {
        #[test]
        fn generated_slugs_are_slugs(random in any::<u64>()) {
            let slug = Slug::generated(random);
            prop_assert_eq!(&Slug::parse(slug.as_str()).unwrap(), &slug);
            prop_assert_eq!(slug.as_str().len(), GENERATED_CHARS);
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{1,20}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
