//! The *seen* flag: which links a browser has scanned, and how often, in one cookie without any identifier (DESIGN
//! §11.4). Two browsers that scanned the same links the same number of times carry the same cookie.

use crate::ids::LinkId;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Name of the cookie.
pub const COOKIE: &str = "qzs";
/// Links that it remembers; the one scanned longest ago gives way.
pub const MOST_LINKS: usize = 32;
/// Scans that it counts of a link.
pub const MOST_SCANS: u8 = 15;
/// Days that it is asked to be kept; browsers may drop it sooner.
pub const DAYS: i64 = 180;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters of an entry: four of the link's tag, one of the count.
const ENTRY: usize = 5;

/// The links that a browser remembers, the last scanned first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<(u32, u8)>);

impl Seen {
    /// Reads the cookie's value. What is not one of ours is empty: a browser that remembers nothing.
    pub fn read(value: &str) -> Self {
        let bytes = value.as_bytes();
        if !bytes.len().is_multiple_of(ENTRY) || bytes.len() > MOST_LINKS * ENTRY {
            return Self::default();
        }
        let digit = |byte: &u8| ALPHABET.iter().position(|known| known == byte).map(|digit| digit as u32);
        let entry = |bytes: &[u8]| {
            let tag = bytes[..4].iter().try_fold(0, |tag, byte| Some(tag << 6 | digit(byte)?))?;
            let count = digit(&bytes[4])?;
            (1..=u32::from(MOST_SCANS)).contains(&count).then_some((tag, count as u8))
        };
        Self(bytes.chunks_exact(ENTRY).map(entry).collect::<Option<_>>().unwrap_or_default())
    }

    /// The cookie's value.
    pub fn value(&self) -> String {
        let digit = |number: u32| char::from(ALPHABET[number as usize & 63]);
        self.0
            .iter()
            .flat_map(|&(tag, count)| [tag >> 18, tag >> 12, tag >> 6, tag, u32::from(count)].map(digit))
            .collect()
    }

    /// How many scans of a link are remembered, up to [`MOST_SCANS`].
    pub fn count(&self, link: LinkId) -> u8 {
        let tag = tag(link);
        self.0.iter().find(|entry| entry.0 == tag).map_or(0, |entry| entry.1)
    }

    /// Remembers one more scan of a link, and tells which it is.
    pub fn note(&mut self, link: LinkId) -> u8 {
        let tag = tag(link);
        let before = match self.0.iter().position(|entry| entry.0 == tag) {
            Some(index) => self.0.remove(index).1,
            None => 0,
        };
        let count = (before + 1).min(MOST_SCANS);
        self.0.insert(0, (tag, count));
        self.0.truncate(MOST_LINKS);
        count
    }
}

/// 24 bits of a link: enough to tell a browser's few links apart, and the same in every browser.
fn tag(link: LinkId) -> u32 {
    let mut hasher = SipHasher13::new();
    hasher.write(link.0.as_bytes());
    hasher.finish() as u32 & 0xff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn link(n: u128) -> LinkId {
        LinkId(Uuid::from_u128(n))
    }

    #[test]
    fn scans_are_counted_to_fifteen_and_links_to_thirty_two() {
        let mut seen = Seen::default();
        assert_eq!(seen.count(link(1)), 0);
        let counts: Vec<u8> = (0..17).map(|_| seen.note(link(1))).collect();
        assert_eq!((counts[0], counts[1], counts[14], counts[16]), (1, 2, 15, 15));
        for n in 2..=40 {
            seen.note(link(n));
        }
        assert_eq!(seen.count(link(1)), 0, "gave way to newer ones");
        assert_eq!((seen.count(link(9)), seen.count(link(40))), (1, 1));
        assert!(seen.value().len() <= MOST_LINKS * ENTRY);
    }

    #[test]
    fn what_is_not_ours_is_an_empty_memory() {
        for value in ["", "x", "AAAA", "AAAAA", "AAAAQ", "!!!!B", &"AAAAB".repeat(33)] {
            assert_eq!(Seen::read(value), Seen::default(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(links in prop::collection::vec(1u128..60, 0..80)) {
            let mut seen = Seen::default();
            for n in links {
                seen.note(link(n));
            }
            prop_assert_eq!(Seen::read(&seen.value()), seen);
        }

        #[test]
        fn any_text_can_be_read(value in ".{0,200}") {
            let seen = Seen::read(&value);
            prop_assert_eq!(Seen::read(&seen.value()), seen);
        }
    }
}
