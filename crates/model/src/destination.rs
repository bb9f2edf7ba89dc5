//! A destination: a URL that a link may lead to.

use std::borrow::Cow;
use url::Url;

/// A checked destination. `text` is what its owner wrote, `location` what goes into the `Location` header: absolute,
/// percent-encoded ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    text: String,
    location: String,
    /// Byte offset of `#` in `location`, or its length.
    fragment_at: usize,
    has_query: bool,
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
        if !matches!(scheme, "http" | "https") {
            if !policy.app_schemes.iter().any(|allowed| allowed.eq_ignore_ascii_case(scheme)) {
                return Err(DestinationError::Scheme(scheme.to_owned()));
            }
            return Ok(Self::from_url(text, &url));
        }
        let authority = authority(&url);
        if policy.own_authorities.iter().any(|own| own.eq_ignore_ascii_case(&authority)) {
            return Err(DestinationError::Ours(authority));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DestinationError::Credentials);
        }
        Ok(Self::from_url(text, &url))
    }

    /// Takes a destination that was checked when it was stored.
    pub fn stored(text: &str) -> Self {
        match Url::parse(text) {
            Ok(url) => Self::from_url(text, &url),
            Err(_) => {
                Self { text: text.into(), location: text.into(), fragment_at: text.len(), has_query: false }
            }
        }
    }

    fn from_url(text: &str, url: &Url) -> Self {
        let location = String::from(url.as_str());
        let fragment_at = location.find('#').unwrap_or(location.len());
        Self { text: text.to_owned(), fragment_at, has_query: url.query().is_some(), location }
    }

    /// As its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As it goes into the `Location` header when the visitor brought no query.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The location with the visitor's query passed on: what the destination has of its own wins, the rest is appended
    /// before the fragment, unchanged and in order; our own markers (`qr`, `source=qr`, `lbid`) are not passed on.
    /// `extra` is appended last, as it is.
    pub fn location_with(&self, query: Option<&str>, extra: Option<&str>) -> Cow<'_, str> {
        if query.is_none_or(str::is_empty) && extra.is_none() {
            return Cow::Borrowed(&self.location);
        }
        let (head, fragment) = self.location.split_at(self.fragment_at);
        let own_query = head.split_once('?').map_or("", |(_, query)| query);
        let mut location = String::with_capacity(self.location.len() + query.map_or(0, str::len) + 64);
        location.push_str(head);
        let mut separator = match (self.has_query, own_query.is_empty()) {
            (false, _) => "?",
            (true, true) => "",
            (true, false) => "&",
        };
        let passed = query.unwrap_or("").split('&').filter(|pair| {
            let name = name_of(pair);
            !pair.is_empty() && !is_ours(pair) && !own_query.split('&').any(|own| name_of(own) == name)
        });
        for pair in passed.chain(extra) {
            location.push_str(separator);
            push_encoded(&mut location, pair);
            separator = "&";
        }
        location.push_str(fragment);
        Cow::Owned(location)
    }
}

/// `host` or `host:port`, the port only where it is not the scheme's own.
pub fn authority(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Whether a query pair is a marker of ours: it says how the visitor came and is no business of the destination's.
pub fn is_ours(pair: &str) -> bool {
    matches!(name_of(pair), "qr" | "lbid") || pair == "source=qr"
}

/// Appends a piece of a query; bytes that may not stand in a header or a URL are percent-encoded, escapes are kept.
fn push_encoded(location: &mut String, pair: &str) {
    for byte in pair.bytes() {
        match byte {
            0x21..=0x7e
                if !matches!(byte, b'"' | b'<' | b'>' | b'#' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') =>
            {
                location.push(byte.into());
            }
            _ => location.push_str(&format!("%{byte:02X}")),
        }
    }
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
    }

    #[test]
    fn the_visitors_query_is_appended_where_the_destination_has_none_of_its_own() {
        let cases = [
            ("https://e.com/", "utm_source=p", "https://e.com/?utm_source=p"),
            ("https://e.com/?", "a=1", "https://e.com/?a=1"),
            ("https://e.com/?a=1", "a=2&b=3", "https://e.com/?a=1&b=3"),
            ("https://e.com/x#top", "flag", "https://e.com/x?flag#top"),
            ("https://e.com/x?k=v#top", "a=1&a=2&flag&b=", "https://e.com/x?k=v&a=1&a=2&flag&b=#top"),
            ("https://e.com/", "qr=1&qr&source=qr&lbid=7&source=mail", "https://e.com/?source=mail"),
            ("https://e.com/", "", "https://e.com/"),
            ("https://e.com/", "a=é\"<x", "https://e.com/?a=%C3%A9%22%3Cx"),
            ("https://e.com/", "a=%2F+b", "https://e.com/?a=%2F+b"),
        ];
        for (destination, query, location) in cases {
            assert_eq!(
                parse(destination).unwrap().location_with(Some(query), None),
                location,
                "{destination} {query}"
            );
        }
    }

    #[test]
    fn the_click_id_comes_last_and_before_the_fragment() {
        let destination = parse("https://e.com/?a=1#f").unwrap();
        assert_eq!(destination.location_with(Some("b=2"), Some("lbid=x")), "https://e.com/?a=1&b=2&lbid=x#f");
        assert_eq!(destination.location_with(None, Some("lbid=x")), "https://e.com/?a=1&lbid=x#f");
    }
}
