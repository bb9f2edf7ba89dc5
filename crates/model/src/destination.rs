//! A destination: a URL that a link may lead to.

mod location;
mod placeholder;

pub use location::Passed;
pub use placeholder::{Placeholder, Values};

use crate::text::is_hidden;
use placeholder::{mark, take_marks};
use url::{Position, Url};

/// A checked destination. `location` is what goes into the `Location` header: absolute, percent-encoded ASCII, without
/// the placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    location: Box<str>,
    /// Byte offsets in `location`: end of the authority; of `?`, or of what follows the path; of `#`, or the end.
    parts: [u32; 3],
    is_web: bool,
    /// Apart, since few have any of it and a million lie in memory.
    unusual: Option<Box<Unusual>>,
}

/// What most destinations have not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unusual {
    /// What the owner wrote, where it is not the location.
    text: Box<str>,
    /// Placeholders, with their offsets in the location.
    places: Box<[(u32, Placeholder)]>,
}

/// What destinations a workspace may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy<'a> {
    /// Schemes of apps that the workspace allows besides http and https (`mailto`, `tel`, `itms-apps` …).
    pub app_schemes: &'a [String],
    /// Authorities (`host` or `host:port`) that are our own: a link to them could run in a circle.
    pub own_authorities: &'a [String],
}

/// Why a text is not a destination. The sentences are shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// Nothing there.
    #[error("a destination is required: an absolute URL such as https://example.com/menu")]
    Empty,
    /// A line break, or a sign that makes the rest read otherwise.
    #[error(
        "a destination cannot hold the invisible character U+{0:04X}; remove it, or write it percent-encoded"
    )]
    Hidden(u32),
    /// Not an absolute URL.
    #[error("\"{0}\" is not an absolute URL; write it with its scheme, such as https://example.com/menu")]
    NotAbsolute(String),
    /// Schemes that run code or read files where the visitor is.
    #[error("a destination cannot use {0}: — it would run or open something on the visitor's device")]
    Dangerous(String),
    /// A scheme that is not on the workspace's list.
    #[error("the scheme {0}: is not allowed; use http or https, or add it to the workspace's app schemes")]
    Scheme(String),
    /// One of our own hosts.
    #[error("{0} is this Quietzone itself; a link that leads to another short link could run in a circle")]
    Ours(String),
    /// A URL with a name or password in it.
    #[error("a destination cannot carry a user name or password: everybody who scans would see it")]
    Credentials,
    /// A word in braces that nothing is filled in for.
    #[error(
        "{{{0}}} is no placeholder; there are {{slug}}, {{placement}}, {{scan_id}}, {{country}} and {{lang}}; write %7B{0}%7D for the word itself"
    )]
    UnknownPlaceholder(String),
    /// A visitor must not choose the host.
    #[error(
        "a placeholder can stand in the path, the query or the fragment of a destination, not before them"
    )]
    PlaceholderInAuthority,
    /// Longer than browsers take.
    #[error("a destination has at most {MAX_BYTES} bytes; this one has {0}")]
    TooLong(usize),
}

/// Bytes in a destination, at most.
pub const MAX_BYTES: usize = 4096;

/// Schemes that are refused whatever the workspace allows.
const DANGEROUS: &[&str] =
    &["javascript", "data", "file", "vbscript", "blob", "about", "filesystem", "view-source"];

impl Destination {
    /// Reads a destination.
    pub fn parse(text: &str, policy: Policy<'_>) -> Result<Self, DestinationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(DestinationError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(DestinationError::TooLong(text.len()));
        }
        let url = Url::parse(text).map_err(|_| DestinationError::NotAbsolute(text.to_owned()))?;
        let scheme = url.scheme();
        if DANGEROUS.contains(&scheme) {
            return Err(DestinationError::Dangerous(scheme.to_owned()));
        }
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
            return Err(DestinationError::Hidden(u32::from(hidden)));
        }
        if !matches!(scheme, "http" | "https") {
            if !policy.app_schemes.iter().any(|allowed| allowed.eq_ignore_ascii_case(scheme)) {
                return Err(DestinationError::Scheme(scheme.to_owned()));
            }
            return Ok(Self::from_url(text, &url, &[]));
        }
        let authority = authority(&url);
        if policy.own_authorities.iter().any(|own| own.eq_ignore_ascii_case(&authority)) {
            return Err(DestinationError::Ours(authority));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DestinationError::Credentials);
        }
        let (marked, count) = mark(text, true)?;
        if count == 0 {
            return Ok(Self::from_url(text, &url, &[]));
        }
        Self::marked(text, &marked, count).ok_or(DestinationError::PlaceholderInAuthority)
    }

    /// Takes a destination that was checked when it was stored.
    pub fn stored(text: &str) -> Self {
        let marked = match mark(text, false) {
            Ok((marked, count)) if count > 0 => Self::marked(text, &marked, count),
            _ => None,
        };
        marked.unwrap_or_else(|| match Url::parse(text) {
            Ok(url) => Self::from_url(text, &url, &[]),
            Err(_) => {
                Self { location: text.into(), parts: [text.len() as u32; 3], is_web: false, unusual: None }
            }
        })
    }

    /// A web address with marks for placeholders, if all of them stand behind the authority.
    fn marked(text: &str, marked: &str, count: usize) -> Option<Self> {
        let url = Url::parse(marked).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let authority_end = url[..Position::BeforePath].len();
        let mut location = String::from(url.as_str());
        let places = take_marks(&mut location, authority_end);
        let bare = Url::parse(&location).ok()?;
        let is_behind = places.len() == count && bare[..Position::BeforePath] == url[..Position::BeforePath];
        let location = location.into_boxed_str();
        is_behind.then(|| Self { location, ..Self::from_url(text, &bare, &places) }.parted(authority_end))
    }

    fn from_url(text: &str, url: &Url, places: &[(u32, Placeholder)]) -> Self {
        let is_usual = text == url.as_str() && places.is_empty();
        let unusual = || Box::new(Unusual { text: text.into(), places: places.into() });
        Self {
            location: url.as_str().into(),
            parts: [0; 3],
            is_web: matches!(url.scheme(), "http" | "https"),
            unusual: (!is_usual).then(unusual),
        }
        .parted(url[..Position::BeforePath].len())
    }

    fn parted(mut self, authority_end: usize) -> Self {
        let fragment = self.location.find('#').unwrap_or(self.location.len());
        let query = self.location[..fragment].find('?').unwrap_or(fragment);
        self.parts = [authority_end as u32, query as u32, fragment as u32];
        self
    }

    fn path_at(&self) -> usize {
        self.parts[0] as usize
    }

    fn query_at(&self) -> usize {
        self.parts[1] as usize
    }

    fn fragment_at(&self) -> usize {
        self.parts[2] as usize
    }

    fn places(&self) -> &[(u32, Placeholder)] {
        self.unusual.as_ref().map_or(&[], |unusual| &unusual.places)
    }

    /// Whether it is an http or https address; others are apps'.
    pub fn is_web(&self) -> bool {
        self.is_web
    }

    /// Whether it has the scan's id filled in.
    pub fn tells_scan_id(&self) -> bool {
        self.places().iter().any(|(_, placeholder)| *placeholder == Placeholder::ScanId)
    }

    /// As its owner wrote it.
    pub fn as_str(&self) -> &str {
        self.unusual.as_ref().map_or(&self.location, |unusual| &unusual.text)
    }

    /// As it goes into the `Location` header when the visitor brought no query.
    pub fn location(&self) -> &str {
        &self.location
    }
}

/// `host` or `host:port`, the port only where it is not the scheme's own.
pub fn authority(url: &Url) -> String {
    // A dot at the end says that the name is complete, and names the same host.
    let host = url.host_str().map(|host| host.strip_suffix('.').unwrap_or(host));
    match (host, url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

/// Whether a query pair is a marker of ours: it says how the visitor came and is no business of the destination's.
pub fn is_ours(pair: &str) -> bool {
    matches!(location::name_of(pair), "qr" | "lbid") || pair == "source=qr"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Destination, DestinationError> {
        Destination::parse(
            text,
            Policy {
                app_schemes: &["mailto".into(), "itms-apps".into()],
                own_authorities: &["go.example.com".into(), "127.0.0.1:8080".into()],
            },
        )
    }

    #[test]
    fn what_nobody_sees_and_our_own_name_with_a_dot_are_refused() {
        let own = ["localhost:8080".to_owned(), "go.example.com".to_owned()];
        let policy = Policy { app_schemes: &[], own_authorities: &own };
        for text in ["http://localhost.:8080/x", "https://GO.example.com./x"] {
            assert!(matches!(Destination::parse(text, policy), Err(DestinationError::Ours(_))), "{text}");
        }
        for hidden in ['\r', '\n', '\t', '\0', '\u{7f}', '\u{85}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            let text = format!("https://example.com/a{hidden}b");
            let error = Destination::parse(&text, policy).unwrap_err();
            assert_eq!(error, DestinationError::Hidden(u32::from(hidden)));
        }
        assert!(
            Destination::parse("https://example.com/%E2%80%AE", policy).is_ok(),
            "written out it is seen"
        );
    }

    #[test]
    fn a_destination_is_kept_as_written_and_sent_as_ascii() {
        let destination = parse("https://Example.com/menü?tisch=7#süß").unwrap();
        assert_eq!(destination.as_str(), "https://Example.com/menü?tisch=7#süß");
        assert_eq!(destination.location(), "https://example.com/men%C3%BC?tisch=7#s%C3%BC%C3%9F");
        assert_eq!(parse("https://münchen.example/").unwrap().location(), "https://xn--mnchen-3ya.example/");
        assert!(parse("mailto:chef@example.com").is_ok());
        assert!(parse("http://127.0.0.1:9000/").is_ok(), "private destinations are allowed");
        assert!(parse("https://127.0.0.1/").is_ok(), "another port is another authority");
    }

    #[test]
    fn what_may_not_be_a_destination_is_refused_with_its_sentence() {
        use DestinationError::*;
        assert_eq!(parse("  "), Err(Empty));
        assert_eq!(parse("example.com/menu"), Err(NotAbsolute("example.com/menu".into())));
        for scheme in ["javascript", "data", "file", "vbscript"] {
            assert_eq!(parse(&format!("{}:x", scheme.to_uppercase())), Err(Dangerous(scheme.into())));
            assert_eq!(parse(&format!(" \t{scheme}:x")), Err(Dangerous(scheme.into())));
        }
        assert_eq!(parse("java\nscript:alert(1)"), Err(Dangerous("javascript".into())));
        assert_eq!(parse("tel:+41"), Err(Scheme("tel".into())));
        assert_eq!(parse("https://GO.example.com/x"), Err(Ours("go.example.com".into())));
        assert_eq!(parse("https://go.example.com:443/x"), Err(Ours("go.example.com".into())));
        assert_eq!(parse("http://127.0.0.1:8080/x"), Err(Ours("127.0.0.1:8080".into())));
        assert_eq!(parse("https://me:secret@example.com"), Err(Credentials));
        assert!(matches!(parse(&format!("https://example.com/{}", "a".repeat(5000))), Err(TooLong(_))));
        for text in
            ["https://{slug}.example.com/", "https://{country}/", "https:/{slug}/x", "http:{lang}.e.com"]
        {
            assert_eq!(parse(text), Err(PlaceholderInAuthority), "{text}");
        }
        assert!(parse("https://e.com:{slug}/").is_err() && parse("{slug}://e.com/").is_err());
        assert_eq!(parse("https://{slug}@e.com/"), Err(Credentials));
        assert_eq!(parse("https://e.com/{table}"), Err(UnknownPlaceholder("table".into())));
    }
}
