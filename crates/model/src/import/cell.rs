//! How programs write what is in a cell.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::strtime};
use url::Url;

/// A way of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As it is; `null` is nothing.
    Text,
    /// The slug of a short address: `https://bit.ly/abc`, `bit.ly/abc`, `abc`.
    SlugOfAddress,
    /// Its domain; nothing where it names none.
    DomainOfAddress,
    /// A number of times.
    Count,
    /// An instant, kept as RFC 3339 in UTC.
    Instant,
    /// Something that is told of only where it says yes or names something.
    Flag,
}

impl Reading {
    /// A cell as it is kept. The error is a sentence.
    pub fn read(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("null") {
            return Ok(String::new());
        }
        match self {
            Self::Text => Ok(text.to_owned()),
            Self::SlugOfAddress => Ok(address(text).1),
            Self::DomainOfAddress => Ok(address(text).0),
            Self::Count => count(text)
                .map(|count| count.to_string())
                .ok_or_else(|| format!("\"{}\" is no number of times; it was not taken over", short(text))),
            Self::Instant => instant(text).map(|at| at.to_string()).ok_or_else(|| {
                format!("\"{}\" is no date that can be read; it was not taken over", short(text))
            }),
            Self::Flag => match text.to_ascii_lowercase().as_str() {
                "false" | "0" | "no" | "off" => Ok(String::new()),
                _ => Ok("yes".to_owned()),
            },
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Domain and slug of a short address.
fn address(text: &str) -> (String, String) {
    // Of several the first.
    let text = text.split('|').next().unwrap_or_default().trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let is_bare = !text.contains("://") && !text.contains('/');
    match Url::parse(&with_scheme) {
        // A slug alone looks like a host.
        _ if is_bare => (String::new(), text.to_owned()),
        Ok(url) => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            let path = url.path().trim_matches('/');
            let slug = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
            (format!("{host}{port}"), slug)
        }
        Err(_) => (String::new(), text.to_owned()),
    }
}

/// `1234`, `1,234`, `1 234`.
fn count(text: &str) -> Option<u64> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, ',' | '.' | ' ' | '\'' | '\u{a0}' | '_')).collect();
    // A fraction is none: what stands behind a point must be three digits each time.
    let parts: Vec<&str> = text.split([',', '.', ' ', '\'', '\u{a0}', '_']).collect();
    let is_grouped = parts.len() == 1 || parts[1..].iter().all(|part| part.len() == 3);
    (is_grouped && !digits.is_empty()).then(|| digits.parse().ok()).flatten()
}

/// Ways in which programs write an instant without naming a zone, which then is UTC.
const WITHOUT_ZONE: [&str; 5] =
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"];

/// An instant in any of the ways in which exports have it.
pub fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    // `2021-05-03 09:00:00+00`
    let bytes = text.as_bytes();
    let is_short = bytes.len() > 16 && matches!(bytes[bytes.len() - 3], b'+' | b'-');
    let whole = if is_short && text.contains(':') { format!("{text}00") } else { text.to_owned() };
    // `2021-05-03T09:00:00+0000`, `2021-05-03 09:00:00 +00:00`
    for format in
        ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S%z"]
    {
        if let Ok(at) = strtime::parse(format, &whole).and_then(|read| read.to_timestamp()) {
            return Some(at);
        }
    }
    let plain = text.trim_end_matches(" UTC").trim_end_matches('Z');
    for format in WITHOUT_ZONE {
        let read = strtime::parse(format, plain);
        let at = read.and_then(|read| match format {
            "%Y-%m-%d" => read.to_date().map(DateTime::from),
            _ => read.to_datetime(),
        });
        if let Ok(at) = at.and_then(|at| at.to_zoned(TimeZone::UTC)) {
            return Some(at.timestamp());
        }
    }
    // Unix seconds, or milliseconds.
    let number: i64 = text.parse().ok()?;
    match number {
        100_000_000..=9_999_999_999 => Timestamp::from_second(number).ok(),
        100_000_000_000..=9_999_999_999_999 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_programs_write_them() {
        for text in [
            "2021-05-03T09:00:00Z",
            "2021-05-03T09:00:00.000Z",
            "2021-05-03T11:00:00+02:00",
            "2021-05-03T09:00:00+0000",
            "2021-05-03 09:00:00",
            "2021-05-03 09:00:00+00",
            "2021-05-03 09:00:00 UTC",
            "2021-05-03 09:00",
            "1620032400",
            "1620032400000",
        ] {
            assert_eq!(Reading::Instant.read(text).unwrap(), "2021-05-03T09:00:00Z", "{text}");
        }
        assert_eq!(Reading::Instant.read("2021-05-03").unwrap(), "2021-05-03T00:00:00Z");
        for text in ["yesterday", "03/05/2021", "12", "2021-13-01"] {
            assert!(Reading::Instant.read(text).unwrap_err().contains("no date"), "{text}");
        }
    }

    #[test]
    fn counts_addresses_and_flags() {
        for (text, count) in
            [("0", "0"), ("1234", "1234"), ("1,234", "1234"), ("1.234.567", "1234567"), ("", "")]
        {
            assert_eq!(Reading::Count.read(text).unwrap(), count, "{text}");
        }
        for text in ["-1", "1.5", "many", "12,34"] {
            assert!(Reading::Count.read(text).is_err(), "{text}");
        }
        for (text, domain, slug) in [
            ("https://bit.ly/3xY", "bit.ly", "3xY"),
            ("bit.ly/3xY", "bit.ly", "3xY"),
            ("3xY", "", "3xY"),
            ("https://go.example.com:8443/a/b/", "go.example.com:8443", "a/b"),
            ("https://go.example.com/caf%C3%A9", "go.example.com", "café"),
        ] {
            let read =
                (Reading::DomainOfAddress.read(text).unwrap(), Reading::SlugOfAddress.read(text).unwrap());
            assert_eq!(read, (domain.to_owned(), slug.to_owned()), "{text}");
        }
        for (text, told) in [("true", "yes"), ("false", ""), ("0", ""), ("null", ""), ("secret", "yes")] {
            assert_eq!(Reading::Flag.read(text).unwrap(), told, "{text}");
        }
    }
}
