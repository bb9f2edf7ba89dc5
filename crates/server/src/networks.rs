//! Networks of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3).

use std::net::IpAddr;

/// Addresses and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u8)>);

impl Networks {
    /// Reads addresses (`203.0.113.7`) and networks (`10.0.0.0/8`). The error is the first that is neither.
    pub fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, &'t str> {
        texts.into_iter().map(|text| read(text).ok_or(text)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, length)| match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same_bits(network.to_bits().into(), address.to_bits().into(), 32, *length)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                same_bits(network.to_bits(), address.to_bits(), 128, *length)
            }
            _ => false,
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn read(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
    let address = address.parse::<IpAddr>().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = if length.is_empty() { most } else { length.parse::<u8>().ok()? };
    (length <= most).then_some((address, length))
}

fn same_bits(a: u128, b: u128, width: u32, length: u8) -> bool {
    (a ^ b).checked_shr(width - u32::from(length)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let networks = Networks::read(["10.0.0.0/8", "203.0.113.7", "2001:db8::/32"]).unwrap();
        let holds = |address: &str| networks.contain(address.parse().unwrap());
        assert!(holds("10.255.0.1") && holds("203.0.113.7") && holds("2001:db8:1::1"));
        assert!(!holds("11.0.0.1") && !holds("203.0.113.8") && !holds("2001:db9::1"));
        assert!(Networks::read(["0.0.0.0/0"]).unwrap().contain("8.8.4.4".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in ["", "10.0.0.0/33", "10.0.0", "2001:db8::/129", "10.0.0.0/-1", "example.com"] {
            assert_eq!(Networks::read([bad]), Err(bad));
        }
    }
}
