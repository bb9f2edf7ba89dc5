//! Reading a scan's request, once: every header that a scan looks at is looked at here.

use crate::verdict::asks_prefetch;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName};
use model::scan::{AddressClass, header_flags};
use std::net::IpAddr;

const GPC: HeaderName = HeaderName::from_static("sec-gpc");
const DNT: HeaderName = HeaderName::from_static("dnt");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_USER: HeaderName = HeaderName::from_static("sec-fetch-user");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The text of a header; empty when it is absent or not readable as ASCII.
pub fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// [`header_flags`] of a request.
pub fn flags(headers: &HeaderMap) -> u16 {
    let is_one = |name| text(headers, name).trim() == "1";
    let prefetch = [SEC_PURPOSE, PURPOSE, X_PURPOSE, X_MOZ].into_iter().any(|name| {
        headers
            .get(&name)
            .is_some_and(|value| value.to_str().is_ok_and(|value| asks_prefetch(name.as_str(), value)))
    });
    let site = text(headers, FETCH_SITE);
    let any_fetch = !site.is_empty() || headers.contains_key(FETCH_MODE) || headers.contains_key(FETCH_DEST);
    [
        (is_one(GPC), header_flags::GPC),
        (is_one(DNT), header_flags::DNT),
        (prefetch, header_flags::PREFETCH),
        (text(headers, FETCH_USER) == "?1", header_flags::FETCH_USER),
        (site == "none", header_flags::FETCH_SITE_NONE),
        (any_fetch, header_flags::FETCH_ANY),
    ]
    .into_iter()
    .fold(0, |flags, (set, flag)| if set { flags | flag } else { flags })
}

/// Name of the cookie by which a browser asks not to be counted. It holds no more than `1`.
pub const DO_NOT_COUNT: &str = "qzi";

/// Whether the request carries [`DO_NOT_COUNT`].
pub fn asks_not_to_be_counted(headers: &HeaderMap) -> bool {
    cookie(headers, DO_NOT_COUNT) == Some("1")
}

/// The value of a cookie; the first, where there are several.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Host of the `Referer`, in lower case; the rest of it is nobody's business.
pub fn referrer_host(headers: &HeaderMap) -> String {
    let referrer = text(headers, header::REFERER);
    let Some((scheme, rest)) = referrer.split_once("://") else { return String::new() };
    if !matches!(scheme, "http" | "https" | "android-app" | "ios-app") {
        return String::new();
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.chars().take(128).flat_map(char::to_lowercase).collect()
}

/// Kind of an address: all that is kept of it.
pub fn address_class(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(v4) if v4.is_loopback() => AddressClass::Loopback,
        IpAddr::V6(v6) if v6.is_loopback() => AddressClass::Loopback,
        IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() || is_shared(v4) => AddressClass::Private,
        IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => AddressClass::Private,
        IpAddr::V4(_) => AddressClass::PublicV4,
        IpAddr::V6(_) => AddressClass::PublicV6,
    }
}

/// 100.64.0.0/10, carriers' shared address space (RFC 6598).
fn is_shared(address: std::net::Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && (64..128).contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap())).collect()
    }

    #[test]
    fn prefetches_are_known_by_every_spelling() {
        for (name, value) in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("x-purpose", "preview"),
        ] {
            assert_eq!(flags(&headers(&[(name, value)])), header_flags::PREFETCH, "{name}: {value}");
        }
        assert_eq!(flags(&headers(&[("sec-gpc", "1"), ("dnt", "0")])), header_flags::GPC);
    }

    #[test]
    fn only_the_referrers_host_is_read() {
        let of = |value| referrer_host(&headers(&[("referer", value)]));
        assert_eq!(of("https://News.Example.com:8443/private?token=1"), "news.example.com:8443");
        assert_eq!(of("https://user@example.com/"), "example.com");
        assert_eq!(of("android-app://com.slack/"), "com.slack");
        assert_eq!(of("javascript:alert(1)"), "");
        assert_eq!(of(""), "");
    }
}
