//! Whose word about the client's address is believed (DESIGN §9, trusted proxies).

use crate::networks::Networks;
use arc_swap::ArcSwap;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use model::Millis;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Headers by which proxies say for whom they ask.
const FORWARDED_FOR: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-real-ip"),
];
/// Nobody looks again within this time.
const LOOK_MS: i64 = 10_000;
/// How long it is remembered that somebody forwarded.
const REMEMBERED_MS: i64 = 3_600_000;

/// The proxies trusted at the moment, and whether there seems to be one that nobody has named.
pub struct Proxies {
    trusted: ArcSwap<TrustedProxies>,
    /// When a stranger last sent a forwarding header.
    unnamed_at: AtomicI64,
}

impl Proxies {
    /// Begins with what the configuration says.
    pub fn new(trusted: TrustedProxies) -> Self {
        Self { trusted: ArcSwap::from_pointee(trusted), unnamed_at: AtomicI64::new(i64::MIN / 2) }
    }

    /// From the next request on these are trusted. What strangers have sent so far is forgotten: they may be named now.
    pub fn change(&self, trusted: TrustedProxies) {
        self.trusted.store(Arc::new(trusted));
        self.unnamed_at.store(i64::MIN / 2, Relaxed);
    }

    /// See [`TrustedProxies::client`].
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, bool) {
        self.trusted.load().client(peer, headers)
    }

    /// The header that is believed.
    pub fn header(&self) -> HeaderName {
        self.trusted.load().header().clone()
    }

    /// Notes a forwarding header of somebody who is not trusted.
    pub fn look_for_unnamed(&self, peer: IpAddr, headers: &HeaderMap, now: Millis) {
        let looked = now.0.abs_diff(self.unnamed_at.load(Relaxed)) < LOOK_MS.unsigned_abs();
        let forwards = || FORWARDED_FOR.iter().any(|name| headers.contains_key(name));
        if !looked && forwards() && !self.trusted.load().trusts(peer.to_canonical()) {
            self.unnamed_at.store(now.0, Relaxed);
        }
    }

    /// What to tell the operator when requests of the last hour were forwarded by somebody unnamed.
    pub fn unnamed(&self, now: Millis) -> Option<&'static str> {
        let recent = now.0.abs_diff(self.unnamed_at.load(Relaxed)) < REMEMBERED_MS.unsigned_abs();
        recent.then_some(
            "proxy: requests come with a forwarding header from an address that is not trusted. Behind a proxy? Name \
             it in trusted_proxies, or all visitors look like one",
        )
    }
}

/// Networks of trusted proxies and the one header believed from them.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    networks: Networks,
    header: HeaderName,
}

impl TrustedProxies {
    /// Reads a comma-separated list of addresses and CIDR networks.
    pub fn parse(list: &str, header: &str) -> Result<Self, String> {
        let header = header
            .parse()
            .map_err(|_| format!("trusted_proxies_header: \"{header}\" is not the name of a header"))?;
        let texts = list.split(',').map(str::trim).filter(|text| !text.is_empty());
        let networks = Networks::read(texts).map_err(|text| {
            format!("trusted_proxies: \"{text}\" is not an address or a network such as 10.0.0.0/8")
        })?;
        Ok(Self { networks, header })
    }

    /// Address of the client, and whether a trusted proxy told it: the right-most address in the header that is not a
    /// trusted proxy's own. Whatever cannot be read ends the walk at the hop before it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, bool) {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return (peer, false);
        }
        let mut client = peer;
        let values: Vec<&str> =
            headers.get_all(&self.header).iter().filter_map(|v| v.to_str().ok()).collect();
        let forwarded = self.header == "forwarded";
        for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(address) = (if forwarded { forwarded_for(hop) } else { read_address(hop.trim()) })
            else {
                break;
            };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        (client, client != peer)
    }

    /// The one header that is believed.
    pub fn header(&self) -> &HeaderName {
        &self.header
    }

    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// Whether an address is a trusted proxy's.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.networks.contain(address)
    }
}

/// An address as it stands in X-Forwarded-For: bare, bracketed, or with a port.
fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    text.parse()
        .ok()
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

/// The `for` parameter of one element of `Forwarded` (RFC 7239 §4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| read_address(value.trim()))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(list: &str, header: &str, peer: &str, values: &[&str]) -> String {
        let proxies = TrustedProxies::parse(list, header).unwrap();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(proxies.header.clone(), value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn a_stranger_is_never_believed() {
        assert_eq!(client("", "X-Forwarded-For", "198.51.100.1", &["203.0.113.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "X-Forwarded-For", "11.0.0.1", &["203.0.113.9"]), "11.0.0.1");
    }

    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        let of = |values: &[&str]| client("10.0.0.0/8, ::1", "X-Forwarded-For", "10.0.0.1", values);
        assert_eq!(of(&["1.2.3.4, 203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(of(&["1.2.3.4", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(of(&["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(of(&["[2001:db8::1]:80"]), "2001:db8::1");
        assert_eq!(of(&["2001:db8::1"]), "2001:db8::1");
        assert_eq!(of(&["::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(of(&["1.2.3.4, nonsense"]), "10.0.0.1");
        assert_eq!(of(&[]), "10.0.0.1");
        assert_eq!(of(&["10.0.0.7"]), "10.0.0.7");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let of = |value: &str| client("127.0.0.1", "Forwarded", "127.0.0.1", &[value]);
        assert_eq!(of("for=1.2.3.4;proto=https, For=\"[2001:db8::7]:443\""), "2001:db8::7");
    }

    #[test]
    fn a_stranger_who_forwards_is_told_of_for_an_hour() {
        let proxies = Proxies::new(TrustedProxies::parse("10.0.0.1", "X-Forwarded-For").unwrap());
        let mut headers = HeaderMap::new();
        let look = |headers: &HeaderMap, peer: &str, at| {
            proxies.look_for_unnamed(peer.parse().unwrap(), headers, Millis(at));
            proxies.unnamed(Millis(at)).is_some()
        };
        assert!(!look(&headers, "192.0.2.1", 0), "nothing is forwarded");
        headers.insert("forwarded", "for=1.2.3.4".parse().unwrap());
        assert!(!look(&headers, "10.0.0.1", 1), "a proxy that is trusted");
        assert!(look(&headers, "192.0.2.1", 2));
        assert!(proxies.unnamed(Millis(REMEMBERED_MS)).is_some());
        assert!(proxies.unnamed(Millis(REMEMBERED_MS + 2)).is_none());
        proxies.change(TrustedProxies::parse("192.0.2.1", "Forwarded").unwrap());
        assert!(proxies.unnamed(Millis(3)).is_none(), "it has a name now");
        assert!(!look(&headers, "192.0.2.1", 4));
    }

    #[test]
    fn a_network_of_all_addresses_and_mapped_peers_work() {
        assert_eq!(client("0.0.0.0/0", "X-Real-IP", "::ffff:9.9.9.9", &["8.8.4.4"]), "8.8.4.4");
    }
}
