//! Which addresses may be connected to. What is not the public internet's is refused unless the operator lists it; where clouds
//! keep their machines' credentials is refused always.

use crate::networks::Networks;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// What the operator allows beside the public internet by https.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Everything, and plain http (`webhooks.allow_private`).
    pub allow_private: bool,
    /// These networks, and plain http into them (`webhooks.allow_networks`).
    pub allowed: Networks,
}

/// Characters of a URL at most.
pub const MOST_URL: usize = 2048;

impl Guard {
    /// An address of the web as its owner types it. The error is a sentence that tells the mend.
    pub fn read_url(&self, text: &str) -> Result<Url, String> {
        let text = text.trim();
        if text.chars().count() > MOST_URL {
            return Err(format!("an address has at most {MOST_URL} characters"));
        }
        let url = Url::parse(text)
            .map_err(|_| format!("\"{text}\" is not a whole address such as https://example.com/hooks"))?;
        self.check_url(&url)?;
        Ok(url)
    }

    /// Refuses what can be told to be wrong before anything is resolved.
    pub fn check_url(&self, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{}: addresses begin with https:// (or http://)", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "the address holds a user name or password; leave them out: what is sent is signed".into()
            );
        }
        let literal = match url.host() {
            None => return Err("the address has no host".into()),
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(name)) if !self.allow_private && self.allowed.is_empty() && is_local(name) => {
                return Err(format!(
                    "{name} is a name of this machine or its own network and is not sent to; whoever runs this server can \
                     allow networks of theirs with webhooks.allow_networks"
                ));
            }
            Some(Host::Domain(_)) => None,
        };
        if let Some(address) = literal {
            self.check(address, url.scheme() == "https")?;
        }
        if url.scheme() == "http" && !self.allow_private && self.allowed.is_empty() {
            return Err(
                "use https://: by plain http anybody on the way can read what is sent. (Whoever runs this \
                        server can allow http to networks of theirs with webhooks.allow_networks)"
                    .into(),
            );
        }
        Ok(())
    }

    /// Whether an address may be connected to, encrypted or not.
    pub fn check(&self, address: IpAddr, encrypted: bool) -> Result<(), String> {
        let plain = embedded(address);
        if is_metadata(address) || is_metadata(plain) {
            return Err(format!(
                "{address} is where clouds keep the metadata of their machines, and is never sent to"
            ));
        }
        if self.allow_private || self.allowed.contain(address) || self.allowed.contain(plain) {
            return Ok(());
        }
        if let Some(what) = not_public(address).or_else(|| not_public(plain)) {
            return Err(format!(
                "{address} is {what} and is not sent to; whoever runs this server can allow it with webhooks.allow_networks"
            ));
        }
        if !encrypted {
            return Err(format!(
                "{address} is not in webhooks.allow_networks: beyond those, only https is used"
            ));
        }
        Ok(())
    }
}

/// Whether an address is one that only this machine or its network has, however it is written.
pub fn is_private(address: IpAddr) -> bool {
    not_public(address).or_else(|| not_public(embedded(address))).is_some()
}

/// Names that no public server has (RFC 6761, 6762 and 8375, and what ICANN keeps free for networks of one's own).
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ending = name.rsplit('.').next().unwrap_or_default();
    matches!(ending, "localhost" | "local" | "internal" | "localdomain") || name.ends_with(".home.arpa")
}

/// Where clouds tell their machines' credentials to whoever asks from the machine: Amazon (also of containers), Google, Azure
/// and most others; Azure's second; Alibaba; Oracle's older one; Amazon's and Google's by IPv6.
fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(
            v4.octets(),
            [169, 254, 169, 254]
                | [169, 254, 170, 2 | 23]
                | [168, 63, 129, 16]
                | [100, 100, 100, 200]
                | [192, 0, 0, 192]
        ),
        IpAddr::V6(v6) => matches!(
            v6.segments(),
            [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254 | 0x23] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
        ),
    }
}

/// The IPv4 address that an IPv6 one leads to: mapped, translated, compatible, NAT64 (also of a network of one's own), 6to4,
/// Teredo.
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let last = |v6: Ipv6Addr| Ipv4Addr::from(v6.to_bits() as u32);
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, ..]
        | [0x64, 0xff9b, 1, ..] => last(v6).into(),
        [0x2001, 0, ..] => Ipv4Addr::from(!(v6.to_bits() as u32)).into(),
        [0, 0, 0, 0, 0, 0, ..] if v6.to_bits() > 1 => last(v6).into(),
        [0x2002, high, low, ..] => Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)).into(),
        _ => address,
    }
}

/// What kind of address it is, if it is not one of the public internet.
fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => not_public_v4(v4),
        IpAddr::V6(v6) => not_public_v6(v6),
    }
}

/// The IANA registry of special-purpose IPv4 addresses (RFC 6890 and its successors).
fn not_public_v4(v4: Ipv4Addr) -> Option<&'static str> {
    Some(match v4.octets() {
        [0, ..] => "unspecified",
        [127, ..] => "this machine's own (loopback)",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "private",
        [100, 64..=127, ..] => "a carrier's shared address",
        [169, 254, ..] => "link-local (where clouds keep their metadata)",
        [192, 0, 0, _] => "reserved for protocols",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "reserved for documentation",
        [192, 88, 99, _] => "a relay of 6to4",
        [198, 18..=19, ..] => "reserved for benchmarks",
        [224..=239, ..] => "multicast",
        [240..=255, ..] => "reserved",
        _ => return None,
    })
}

fn not_public_v6(v6: Ipv6Addr) -> Option<&'static str> {
    Some(match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "this machine's own (loopback)",
        // Judged by what they lead to, but for what only a network of one's own translates.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x2002, ..] => return None,
        [0, 0, 0, 0, 0, 0, ..] => "an obsolete form of an IPv4 address",
        [0x64, 0xff9b, 1, ..] => "a private translation of IPv4",
        [0x100, 0, 0, 0, ..] => "a black hole",
        [0x2001, 0, ..] => "a Teredo tunnel",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "reserved for documentation",
        [0x2001, 1..=0x1ff, ..] => "reserved for protocols",
        [0xfc00..=0xfdff, ..] => "private (unique local)",
        [0xfe80..=0xfebf, ..] => "link-local",
        [0xfec0..=0xfeff, ..] => "site-local",
        [0xff00..=0xffff, ..] => "multicast",
        [0x2000..=0x3fff, ..] => return None,
        _ => "outside of the public internet",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(guard: &Guard, address: &str) -> bool {
        guard.check(address.parse().unwrap(), true).is_ok()
    }

    #[test]
    fn only_the_public_internet_is_reached() {
        let guard = Guard::default();
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "192.169.0.1",
            "198.17.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(allows(&guard, public), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "::8.8.8.8",
            "64:ff9b::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "64:ff9b:1::808:808",
            "::ffff:0:10.0.0.1",
            "::ffff:0:808:808",
            "2001:0:808:808::f5ff:fffe",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!allows(&guard, private), "{private}");
        }
    }

    #[test]
    fn what_the_operator_lists_is_reached_in_every_spelling() {
        let allowed = Networks::read(["127.0.0.0/8", "fd00::/8"]).unwrap();
        let guard = Guard { allowed, ..Guard::default() };
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "fd00::1"] {
            assert!(guard.check(address.parse().unwrap(), false).is_ok(), "{address}");
        }
        assert!(!allows(&guard, "10.0.0.1"));
        assert!(guard.check("8.8.8.8".parse().unwrap(), false).is_err(), "plain http to the internet");
        let everything = Guard { allow_private: true, ..Guard::default() };
        assert!(everything.check("10.0.0.1".parse().unwrap(), false).is_ok());
    }

    #[test]
    fn where_clouds_keep_credentials_is_never_sent_to() {
        let everything = Guard { allow_private: true, ..Guard::default() };
        let allowed = Networks::read(["0.0.0.0/0", "::/0"]).unwrap();
        for guard in [everything, Guard { allowed, ..Guard::default() }, Guard::default()] {
            for address in [
                "169.254.169.254",
                "169.254.170.2",
                "100.100.100.200",
                "168.63.129.16",
                "::ffff:169.254.169.254",
                "::ffff:0:169.254.169.254",
                "::169.254.169.254",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::a9fe:a9fe",
                "2002:a9fe:a9fe::",
                "2002:a9fe:a9fe::1",
                "2001:0:808:808::5601:5601",
                "fd00:ec2::254",
            ] {
                let why = guard.check(address.parse().unwrap(), true).unwrap_err();
                assert!(why.contains("metadata"), "{address}: {why}");
            }
        }
        let everything = Guard { allow_private: true, ..Guard::default() };
        for url in ["http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://2852039166/"] {
            assert!(everything.read_url(url).is_err(), "{url}");
        }
        assert!(allows(&everything, "169.254.1.1") && allows(&everything, "fd00:ec2::1"));
    }

    #[test]
    fn names_of_this_machine_and_its_network_are_told_before_they_are_resolved() {
        let (guard, everything) = (Guard::default(), Guard { allow_private: true, ..Guard::default() });
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "localhost.localdomain",
            "router.home.arpa",
        ] {
            let why = guard.read_url(&format!("https://{name}/hook")).unwrap_err();
            assert!(why.contains("own network"), "{name}: {why}");
            assert!(everything.read_url(&format!("https://{name}/hook")).is_ok(), "{name}");
        }
        for name in ["localhost.example.com", "local.example", "internal.example.org", "mylocalhost.com"] {
            assert!(guard.read_url(&format!("https://{name}/hook")).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_refused_with_a_sentence() {
        let guard = Guard::default();
        for (text, words) in [
            ("", "whole address"),
            ("example.com/hooks", "whole address"),
            ("ftp://example.com/", "begin with https"),
            ("https://user:secret@example.com/", "user name or password"),
            ("http://example.com/", "use https"),
            ("https://127.0.0.1/", "loopback"),
            ("https://2130706433/", "loopback"),
            ("https://0x7f.1/", "loopback"),
            ("https://[::1]/", "loopback"),
            ("https://[::ffff:10.0.0.1]/", "private"),
            ("https://169.254.169.254/latest", "metadata"),
        ] {
            let error = guard.read_url(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(guard.read_url("https://example.com/hooks?x=1").is_ok());
        assert!(guard.read_url(&format!("https://example.com/{}", "x".repeat(MOST_URL))).is_err());
    }
}
