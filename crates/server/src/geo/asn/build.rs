//! Makes the file of networks from CSV ranges `first,last,number,name` with addresses as decimal numbers, as
//! npm `@ip-location-db/asn` ships them (`asn-ipv4-num.csv`, `asn-ipv6-num.csv`), or in their usual notation.

use super::{HEADER, MAGIC, NOBODY};
use std::collections::HashMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Why no file of networks could be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line is not a range of addresses with a network.
    #[error("{}: line {line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// IPv4 ranges, neighbours of one network joined, gaps included.
    pub v4: usize,
    /// IPv6 ranges.
    pub v6: usize,
    /// Networks of different number or name.
    pub networks: usize,
    /// Bytes of the file.
    pub bytes: usize,
}

/// Networks and their names, each once.
#[derive(Default)]
struct Networks {
    rows: Vec<[u32; 3]>,
    names: Vec<u8>,
    by_row: HashMap<(u32, String), u32>,
    by_name: HashMap<String, u32>,
}

/// A range read from a line: first and last address, network.
type Range<T> = (T, T, u32);

/// Makes `out` from the two CSV files. `out` appears whole or not at all (written beside and renamed).
pub fn build(csv_v4: &Path, csv_v6: &Path, out: &Path) -> Result<Built, BuildError> {
    let mut networks = Networks::default();
    let v4 = read(csv_v4, &mut networks, |text| {
        text.parse::<u32>().ok().or_else(|| text.parse::<Ipv4Addr>().ok().map(u32::from))
    })?;
    let v6 = read(csv_v6, &mut networks, |text| {
        text.parse::<u128>().ok().or_else(|| text.parse::<Ipv6Addr>().ok().map(u128::from))
    })?;
    let v4 = starts(v4, |last| last.checked_add(1));
    let v6 = starts(v6, |last| last.checked_add(1));

    let mut body = Vec::new();
    for count in [v4.len(), v6.len(), networks.rows.len(), networks.names.len()] {
        body.extend_from_slice(&(count as u32).to_be_bytes());
    }
    v4.iter().for_each(|(start, _)| body.extend_from_slice(&start.to_be_bytes()));
    v4.iter().for_each(|(_, network)| body.extend_from_slice(&network.to_be_bytes()));
    v6.iter().for_each(|(start, _)| body.extend_from_slice(&start.to_be_bytes()));
    v6.iter().for_each(|(_, network)| body.extend_from_slice(&network.to_be_bytes()));
    networks.rows.as_flattened().iter().for_each(|number| body.extend_from_slice(&number.to_be_bytes()));
    body.extend_from_slice(&networks.names);
    write(out, &body).map_err(|source| BuildError::Io { path: out.to_owned(), source })?;
    let bytes = HEADER - 16 + body.len();
    Ok(Built { v4: v4.len(), v6: v6.len(), networks: networks.rows.len(), bytes })
}

fn write(out: &Path, body: &[u8]) -> io::Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new();
    #[cfg(unix)]
    new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = new.tempfile_in(folder)?;
    file.write_all(MAGIC)?;
    file.write_all(&crc32fast::hash(body).to_be_bytes())?;
    file.write_all(body)?;
    file.as_file().sync_all()?;
    file.persist(out)?;
    fs::File::open(folder)?.sync_all()
}

fn read<T: Copy + Ord>(
    path: &Path,
    networks: &mut Networks,
    address: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Range<T>>, BuildError> {
    let io = |source| BuildError::Io { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(io)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(io::BufReader::new(file));
    let mut ranges = Vec::new();
    let mut record = csv::ByteRecord::new();
    loop {
        let line = reader.position().line();
        let wrong =
            |reason: &str| BuildError::Line { path: path.to_owned(), line, reason: reason.to_owned() };
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(source) => return Err(io(source)),
                _ => return Err(wrong("is no line of CSV")),
            },
        }
        let text = |i: usize| record.get(i).map(String::from_utf8_lossy).unwrap_or_default();
        let first = address(&text(0)).ok_or_else(|| wrong("the first field is no address"))?;
        let last = address(&text(1)).ok_or_else(|| wrong("the second field is no address"))?;
        let asn = text(2).parse().map_err(|_| wrong("the third field is no network's number"))?;
        if last < first {
            return Err(wrong("the range ends before it begins"));
        }
        ranges.push((first, last, networks.index(asn, &text(3))));
    }
    ranges.sort_unstable();
    Ok(ranges)
}

impl Networks {
    fn index(&mut self, asn: u32, name: &str) -> u32 {
        if let Some(index) = self.by_row.get(&(asn, name.to_owned())) {
            return *index;
        }
        let offset = *self.by_name.entry(name.to_owned()).or_insert_with(|| {
            let offset = self.names.len() as u32;
            self.names.extend_from_slice(name.as_bytes());
            offset
        });
        let index = self.rows.len() as u32;
        self.rows.push([asn, offset, name.len() as u32]);
        self.by_row.insert((asn, name.to_owned()), index);
        index
    }
}

/// Where each range begins, with the gaps between, neighbours of one network joined. Where ranges overlap,
/// the one that begins later counts from there on.
fn starts<T: Copy + Ord>(ranges: Vec<Range<T>>, after: impl Fn(T) -> Option<T>) -> Vec<(T, u32)> {
    let mut starts: Vec<(T, u32)> = Vec::with_capacity(ranges.len());
    let mut push = |start: T, network: u32| match starts.last_mut() {
        Some((last, before)) if *last == start => *before = network,
        Some((_, before)) if *before == network => {}
        _ => starts.push((start, network)),
    };
    let mut covered: Option<T> = None;
    for (at, (first, last, network)) in ranges.iter().enumerate() {
        push(*first, *network);
        covered = covered.max(Some(*last));
        let next = ranges.get(at + 1).map(|(next, ..)| *next);
        if let Some(gap) = after(covered.unwrap_or(*last)).filter(|gap| next.is_none_or(|next| next > *gap)) {
            push(gap, NOBODY);
        }
    }
    starts
}
