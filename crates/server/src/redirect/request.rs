//! Reading a scan's request, once: every header that a scan looks at is looked at here.

use crate::head::{Headers, text};
use crate::verdict::asks_prefetch;
use model::scan::{AddressClass, header_flags};
use std::borrow::Cow;
use std::net::IpAddr;

/// [`header_flags`] of a request.
pub fn flags(headers: &Headers<'_>) -> u16 {
    let is_one = |value| text(value).is_some_and(|value| value.trim() == "1");
    let purposes = [
        ("sec-purpose", headers.sec_purpose),
        ("purpose", headers.purpose),
        ("x-purpose", headers.x_purpose),
        ("x-moz", headers.x_moz),
    ];
    let prefetch =
        purposes.into_iter().any(|(name, value)| text(value).is_some_and(|value| asks_prefetch(name, value)));
    let site = text(headers.fetch_site).unwrap_or_default();
    let any_fetch = !site.is_empty() || headers.fetch_mode.is_some() || headers.fetch_dest.is_some();
    [
        (is_one(headers.gpc), header_flags::GPC),
        (is_one(headers.dnt), header_flags::DNT),
        (prefetch, header_flags::PREFETCH),
        (headers.fetch_user == Some(b"?1"), header_flags::FETCH_USER),
        (site == "none", header_flags::FETCH_SITE_NONE),
        (any_fetch, header_flags::FETCH_ANY),
    ]
    .into_iter()
    .fold(0, |flags, (set, flag)| if set { flags | flag } else { flags })
}

/// Name of the cookie by which a browser asks not to be counted. It holds no more than `1`.
pub const DO_NOT_COUNT: &str = "qzi";

/// Whether [`DO_NOT_COUNT`] is among the values of a request's `Cookie` headers.
pub fn asks_not_to_be_counted<'r>(cookies: impl Iterator<Item = &'r [u8]>) -> bool {
    cookie(cookies, DO_NOT_COUNT) == Some("1")
}

/// The value of a cookie among the values of a request's `Cookie` headers; the first, where there are several.
pub fn cookie<'r>(cookies: impl Iterator<Item = &'r [u8]>, name: &str) -> Option<&'r str> {
    cookies
        .filter_map(|value| text(Some(value)))
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Host of the `Referer`, in lower case; the rest of it is nobody's business.
pub fn referrer_host<'r>(headers: &Headers<'r>) -> Cow<'r, str> {
    let referrer = text(headers.referer).unwrap_or_default();
    let Some((scheme, rest)) = referrer.split_once("://") else { return Cow::default() };
    if !matches!(scheme, "http" | "https" | "android-app" | "ios-app") {
        return Cow::default();
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    // A text of ASCII only: see `text`.
    let host = &host[..host.len().min(128)];
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    }
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
    use crate::head::Header;

    fn of<T>(pairs: &[(&str, &str)], read: impl Fn(&Headers<'_>) -> T) -> T {
        let all: Vec<_> =
            pairs.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect();
        read(&Headers::find(&all))
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
            assert_eq!(of(&[(name, value)], flags), header_flags::PREFETCH, "{name}: {value}");
        }
        assert_eq!(of(&[("sec-gpc", "1"), ("dnt", "0")], flags), header_flags::GPC);
    }

    #[test]
    fn only_the_referrers_host_is_read() {
        let of = |value| of(&[("referer", value)], |headers| referrer_host(headers).into_owned());
        assert_eq!(of("https://News.Example.com:8443/private?token=1"), "news.example.com:8443");
        assert_eq!(of("https://user@example.com/"), "example.com");
        assert_eq!(of("android-app://com.slack/"), "com.slack");
        assert_eq!(of("javascript:alert(1)"), "");
        assert_eq!(of(""), "");
    }
}
