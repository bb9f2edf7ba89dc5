//! A request's head as a scan reads it, borrowed from where it lies: from hyper, or from a connection's own buffer.

pub use httparse::Header;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

/// The head of a request.
#[derive(Clone, Copy)]
pub struct Head<'r> {
    /// Method.
    pub method: &'r Method,
    /// Path, percent-encoded.
    pub path: &'r str,
    /// Query, raw, without its question mark.
    pub query: Option<&'r str>,
    /// Host and port in the target itself (absolute form, or h2); they win over the header (RFC 9112 §3.2.2).
    pub authority: Option<&'r str>,
    /// Headers.
    pub headers: Headers<'r>,
}

impl<'r> Head<'r> {
    /// A head that hyper has read; `list` is [`list`] of its headers.
    pub fn of(parts: &'r Parts, list: &'r [Header<'r>]) -> Self {
        Self {
            method: &parts.method,
            path: parts.uri.path(),
            query: parts.uri.query(),
            authority: parts.uri.authority().map(|authority| authority.as_str()),
            headers: Headers::find(list),
        }
    }

    /// The host, and the port where there is one, that is asked.
    pub fn host(&self) -> &'r str {
        self.authority.unwrap_or_else(|| text(self.headers.host).unwrap_or_default())
    }
}

/// The headers of a map, one behind the other.
pub fn list(headers: &HeaderMap) -> Vec<Header<'_>> {
    headers.iter().map(|(name, value)| Header { name: name.as_str(), value: value.as_bytes() }).collect()
}

/// A header's value as text; `None` when it is absent or anything but visible ASCII.
pub fn text(value: Option<&[u8]>) -> Option<&str> {
    let value = value.filter(|value| value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')))?;
    std::str::from_utf8(value).ok()
}

/// Longest name of a header that is looked at.
const LONGEST_NAME: usize = 24;

/// Declares the headers that a scan looks at: a field of each, and its name in lower case.
macro_rules! headers {
    ($($field:ident $name:literal)*) => {
        /// The headers that a scan looks at, found in one pass over all of them. Of several of a name the first counts.
        #[derive(Clone, Copy, Default)]
        pub struct Headers<'r> {
            /// All that there are.
            pub all: &'r [Header<'r>],
            $(/// Its value, as sent.
            pub $field: Option<&'r [u8]>,)*
        }

        impl<'r> Headers<'r> {
            fn field(&mut self, name: &[u8]) -> Option<&mut Option<&'r [u8]>> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

headers! {
    host b"host"
    user_agent b"user-agent"
    platform b"sec-ch-ua-platform"
    mobile b"sec-ch-ua-mobile"
    model b"sec-ch-ua-model"
    accept b"accept"
    accept_language b"accept-language"
    referer b"referer"
    cookie b"cookie"
    gpc b"sec-gpc"
    dnt b"dnt"
    sec_purpose b"sec-purpose"
    purpose b"purpose"
    x_purpose b"x-purpose"
    x_moz b"x-moz"
    fetch_site b"sec-fetch-site"
    fetch_user b"sec-fetch-user"
    fetch_mode b"sec-fetch-mode"
    fetch_dest b"sec-fetch-dest"
    connection b"connection"
    content_length b"content-length"
    transfer_encoding b"transfer-encoding"
    expect b"expect"
    upgrade b"upgrade"
}

impl<'r> Headers<'r> {
    /// Finds them.
    pub fn find(all: &'r [Header<'r>]) -> Self {
        let mut headers = Self { all, ..Self::default() };
        let mut lower = [0; LONGEST_NAME];
        for Header { name, value } in all {
            let Some(lower) = lower.get_mut(..name.len()) else { continue };
            lower.copy_from_slice(name.as_bytes());
            lower.make_ascii_lowercase();
            if let Some(field) = headers.field(lower) {
                field.get_or_insert(value);
            }
        }
        headers
    }

    /// Every value of a name, in lower case or not, in the order sent.
    pub fn values(self, name: &'r str) -> impl DoubleEndedIterator<Item = &'r [u8]> {
        let named = move |header: &&Header<'_>| header.name.eq_ignore_ascii_case(name);
        self.all.iter().filter(named).map(|header| header.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts_in_any_spelling() {
        let header = |name, value: &'static str| Header { name, value: value.as_bytes() };
        let sent = [
            header("X-Something-With-A-Name-That-Is-Long", "x"),
            header("USER-agent", "one"),
            header("cookie", "a"),
            header("user-agent", "two"),
            header("Cookie", "b"),
        ];
        let headers = Headers::find(&sent);
        assert_eq!(headers.user_agent, Some(&b"one"[..]));
        assert_eq!(headers.values("cookie").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!((headers.host, headers.dnt), (None, None));
    }

    #[test]
    fn a_value_that_is_not_ascii_is_no_text() {
        assert_eq!(text(Some(b"de\t;q=1")), Some("de\t;q=1"));
        assert_eq!((text(Some("é".as_bytes())), text(Some(b"\x7f")), text(None)), (None, None, None));
    }
}
