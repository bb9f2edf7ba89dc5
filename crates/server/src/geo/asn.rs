//! Networks: which autonomous system announces an address. One file of ours, made from CSV ranges and mapped.
//!
//! Layout, all numbers big-endian, all parts one behind the other:
//!
//! | part | bytes |
//! | --- | --- |
//! | magic `QZASN1\r\n` | 8 |
//! | CRC-32 (IEEE) of all that follows | 4 |
//! | counts: IPv4 starts, IPv6 starts, networks, bytes of names | 4 each |
//! | IPv4 starts, ascending | 4 each |
//! | network of each | 4 each |
//! | IPv6 starts, ascending | 16 each |
//! | network of each | 4 each |
//! | networks: number, offset of the name, length of the name | 4 each |
//! | names, UTF-8 | |
//!
//! A range ends where the next begins; a range that nobody announces has network `0xffff_ffff`.

mod build;

pub use build::{BuildError, Built, build};

use std::net::IpAddr;
use std::ops::RangeInclusive;

/// First bytes of the file; a later layout has another number.
pub const MAGIC: &[u8; 8] = b"QZASN1\r\n";
/// How the file's name ends.
pub const SUFFIX: &str = "asn";
/// Network of a range that nobody announces.
const NOBODY: u32 = u32::MAX;
const COUNTS: usize = 4;
const HEADER: usize = MAGIC.len() + 4 + COUNTS * 4;

/// Why a file of networks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Shorter or longer than its counts tell.
    #[error("is cut short; `make setup` makes it again once it is deleted")]
    Length,
    /// The bytes are not those that were written.
    #[error("is damaged (its checksum differs); `make setup` makes it again once it is deleted")]
    Checksum,
}

/// Who announces an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network<'a> {
    /// Autonomous system number.
    pub asn: u32,
    /// Its organisation.
    pub organisation: &'a str,
}

/// An opened file of networks.
pub struct AsnFile<B> {
    bytes: B,
    /// Where each part begins, and the end.
    parts: [usize; 7],
    /// How many IPv4 starts lie before each /16: a look-up begins among a few starts instead of all.
    blocks: Box<[u32]>,
}

/// For each /16, and one behind the last: how many of the starts, which ascend, lie before it.
fn blocks(starts: &[[u8; 4]]) -> Box<[u32]> {
    let mut before = 0;
    let blocks = (0..=1_u32 << 16).map(|block| {
        let begins = |start: &&[u8; 4]| u32::from_be_bytes(**start) >> 16 < block;
        before += starts[before..].iter().take_while(begins).count();
        before as u32
    });
    blocks.collect()
}

impl<B: AsRef<[u8]>> AsnFile<B> {
    /// Checks lengths and checksum (some milliseconds; the file is read once).
    pub fn open(bytes: B) -> Result<Self, OpenError> {
        let all = bytes.as_ref();
        let header = all.get(..HEADER).filter(|header| header.starts_with(MAGIC)).ok_or(OpenError::Length)?;
        let (numbers, _) = header[MAGIC.len()..].as_chunks::<4>();
        let [checksum, v4, v6, networks, names] = std::array::from_fn(|i| u32::from_be_bytes(numbers[i]));
        let sizes = [(v4, 4), (v4, 4), (v6, 16), (v6, 4), (networks, 12), (names, 1)];
        let mut parts = [HEADER; 7];
        for (i, (count, size)) in sizes.into_iter().enumerate() {
            parts[i + 1] = parts[i] + count as usize * size;
        }
        if parts[6] != all.len() {
            return Err(OpenError::Length);
        }
        if crc32fast::hash(&all[MAGIC.len() + 4..]) != checksum {
            return Err(OpenError::Checksum);
        }
        let mut file = Self { bytes, parts, blocks: Box::default() };
        file.blocks = blocks(file.numbers::<4>(0));
        Ok(file)
    }

    /// Who announces `address`.
    pub fn find(&self, address: IpAddr) -> Option<Network<'_>> {
        let (at, networks) = match address {
            IpAddr::V4(v4) => {
                let block = (v4.to_bits() >> 16) as usize;
                let (from, to) = (self.blocks[block] as usize, self.blocks[block + 1] as usize);
                let among = &self.numbers::<4>(0)[from..to];
                (from + among.partition_point(|start| *start <= v4.octets()), self.numbers::<4>(1))
            }
            IpAddr::V6(v6) => {
                let starts = self.numbers::<16>(2);
                (starts.partition_point(|start| *start <= v6.octets()), self.numbers::<4>(3))
            }
        };
        self.network(u32::from_be_bytes(*networks.get(at.checked_sub(1)?)?))
    }

    /// The IPv6 range that `n` chooses among the announced ones, or the one behind it; each about as likely
    /// as another.
    pub fn nth_v6(&self, n: u64) -> Option<RangeInclusive<u128>> {
        let (starts, networks) = (self.numbers::<16>(2), self.numbers::<4>(3));
        let first = (n % (starts.len().max(1) as u64)) as usize;
        let at = (first..starts.len()).find(|at| u32::from_be_bytes(networks[*at]) != NOBODY)?;
        let end = starts.get(at + 1).map_or(u128::MAX, |next| u128::from_be_bytes(*next).wrapping_sub(1));
        let start = u128::from_be_bytes(starts[at]);
        (start <= end).then_some(start..=end)
    }

    fn network(&self, index: u32) -> Option<Network<'_>> {
        let [asn, offset, length] = self.numbers::<12>(4).get(index as usize).map(|network| {
            let (numbers, _) = network.as_chunks::<4>();
            std::array::from_fn(|i| u32::from_be_bytes(numbers[i]))
        })?;
        let names = self.part(5);
        let name = names.get(offset as usize..(offset as usize).checked_add(length as usize)?)?;
        Some(Network { asn, organisation: std::str::from_utf8(name).ok()? })
    }

    fn part(&self, part: usize) -> &[u8] {
        // A mapped file that somebody cut short after it was opened raises SIGBUS; a slice of ours cannot be
        // too short.
        &self.bytes.as_ref()[self.parts[part]..self.parts[part + 1]]
    }

    fn numbers<const N: usize>(&self, part: usize) -> &[[u8; N]] {
        self.part(part).as_chunks::<N>().0
    }
}
