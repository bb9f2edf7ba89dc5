//! Visitors without addresses: the keyed hash of a day, and the ids computed from it (DESIGN §4.3, §11.4).

use crate::ids::WorkspaceId;
use crate::time::UtcDay;
use siphasher::sip::SipHasher24;
use std::hash::Hasher;
use std::net::{IpAddr, Ipv6Addr};
use uuid::Uuid;

/// Secret of one UTC day. It lives in one file outside every database and is destroyed at 02:00 UTC of the next day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DayKey(pub [u8; 16]);

impl DayKey {
    /// Number of a visitor on the key's day: SipHash-2-4 over workspace, address (IPv4 whole, IPv6 by its /64, since
    /// privacy addresses rotate inside it) and user agent. Variable fields are preceded by their length, so that no
    /// two different visitors are the same text. Never 0, which means "no visitor".
    pub fn visitor(&self, workspace: WorkspaceId, address: IpAddr, user_agent: &str) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(workspace.as_bytes());
        self.write_address(&mut hasher, address);
        hasher.write_u32(user_agent.len() as u32);
        hasher.write(user_agent.as_bytes());
        hasher.finish().max(1)
    }

    /// Number of an address alone on the key's day, for counting how many visitors share it; kept in memory only.
    pub fn address(&self, address: IpAddr) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        self.write_address(&mut hasher, address);
        hasher.finish()
    }

    fn write_address(&self, hasher: &mut SipHasher24, address: IpAddr) {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                hasher.write_u8(4);
                hasher.write(&v4.octets());
            }
            IpAddr::V6(v6) => {
                hasher.write_u8(6);
                hasher.write(&network64(v6));
            }
        }
    }
}

impl std::fmt::Debug for DayKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DayKey(…)")
    }
}

fn network64(address: Ipv6Addr) -> [u8; 8] {
    let mut network = [0; 8];
    network.copy_from_slice(&address.octets()[..8]);
    network
}

/// What a computed id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// A visitor of a day.
    Visitor = 1,
    /// The device a visitor of a day used.
    Device = 2,
}

/// The id of an anonymous visitor or device: UUIDv8 (RFC 9562) of namespace, day and visitor number. Nothing is
/// stored under it; [`read_id`] takes it apart again.
pub fn id(namespace: Namespace, day: UtcDay, visitor: u64) -> Uuid {
    let high = (namespace as u64) << 40 | (day.0 as u64 & 0xff_ffff) << 16 | visitor >> 48;
    let middle = visitor >> 36 & 0xfff;
    let low = (visitor & 0xf_ffff_ffff) << 26;
    let bits = (u128::from(high) << 80) | (u128::from(middle) << 64) | u128::from(low);
    uuid::Builder::from_u128(bits)
        .with_version(uuid::Version::Custom)
        .with_variant(uuid::Variant::RFC4122)
        .into_uuid()
}

/// Day and visitor number of an id made by [`id`] in this namespace; nothing for any other UUID.
pub fn read_id(namespace: Namespace, uuid: Uuid) -> Option<(UtcDay, u64)> {
    let bits = uuid.as_u128();
    let high = (bits >> 80) as u64;
    let visitor = (high & 0xffff) << 48
        | ((bits >> 64) as u64 & 0xfff) << 36
        | (bits as u64 & 0x3fff_ffff_ffff_ffff) >> 26;
    let day = UtcDay((high >> 16 & 0xff_ffff) as i32);
    (id(namespace, day, visitor) == uuid).then_some((day, visitor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: DayKey = DayKey([7; 16]);

    fn workspace(n: u128) -> WorkspaceId {
        WorkspaceId(Uuid::from_u128(n))
    }

    #[test]
    fn a_visitor_is_told_by_workspace_address_agent_and_day() {
        let one = KEY.visitor(workspace(1), "198.51.100.7".parse().unwrap(), "a");
        assert_eq!(one, KEY.visitor(workspace(1), "::ffff:198.51.100.7".parse().unwrap(), "a"), "mapped v4");
        assert_ne!(one, KEY.visitor(workspace(2), "198.51.100.7".parse().unwrap(), "a"));
        assert_ne!(one, KEY.visitor(workspace(1), "198.51.100.8".parse().unwrap(), "a"));
        assert_ne!(one, KEY.visitor(workspace(1), "198.51.100.7".parse().unwrap(), "b"));
        assert_ne!(one, DayKey([8; 16]).visitor(workspace(1), "198.51.100.7".parse().unwrap(), "a"));
    }

    #[test]
    fn privacy_addresses_of_one_network_are_one_visitor() {
        let a = KEY.visitor(workspace(1), "2001:db8:1:2:aaaa::1".parse().unwrap(), "x");
        assert_eq!(a, KEY.visitor(workspace(1), "2001:db8:1:2:bbbb::9".parse().unwrap(), "x"));
        assert_ne!(a, KEY.visitor(workspace(1), "2001:db8:1:3:aaaa::1".parse().unwrap(), "x"));
    }

    proptest! {
        #[test]
        fn a_computed_id_is_taken_apart_again(day in 0i32..0xff_ffff, visitor in any::<u64>()) {
            let visitor_id = id(Namespace::Visitor, UtcDay(day), visitor);
            prop_assert_eq!(visitor_id.get_version_num(), 8);
            prop_assert_eq!(read_id(Namespace::Visitor, visitor_id), Some((UtcDay(day), visitor)));
            prop_assert_eq!(read_id(Namespace::Device, visitor_id), None);
        }

        #[test]
        fn a_foreign_uuid_is_not_read(bits in any::<u128>()) {
            let uuid = uuid::Builder::from_u128(bits).with_version(uuid::Version::Random).into_uuid();
            prop_assert_eq!(read_id(Namespace::Visitor, uuid), None);
        }
    }
}
