//! Looking at a whole store, in use or not: the list against the files, every file against its checksum and read to its
//! last value, every row in its order and its day, every number of the spool there once.

use crate::error::{Error, Result};
use crate::manifest::{Entry, Manifest};
use crate::schema::{self, ScanColumn, Table, TraceColumn};
use crate::segment::Segment;
use crate::shared::Shared;
use crate::write;
use model::{Millis, Position};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers beyond this are none that a spool has given.
const LARGEST_SEQ: u64 = 1 << 40;
/// Memory for what the file at hand says of its columns, in bytes.
const FOOTERS: u64 = 16 << 20;

/// What is wrong with a store. Whoever finds one has a backup to think of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A file cannot be used; no answer counts its rows.
    #[error("{}: {reason}; {rows} rows are missing from every answer until the file is restored from a backup", path.display())]
    Segment {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// Rows of it.
        rows: u64,
    },
    /// User agents of a segment cannot be used; its scans count as ever.
    #[error("{}: {reason}; the user agents of these scans cannot be judged again", path.display())]
    Facts {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The same record is in the store more than once.
    #[error("epoch {epoch:08x}: {count} records are there twice, the first of them number {first}")]
    Twice {
        /// Epoch of the records.
        epoch: u32,
        /// Number of the first.
        first: u64,
        /// How many.
        count: u64,
    },
}

/// The numbers of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The epoch.
    pub epoch: u32,
    /// Records of it in the store.
    pub there: u64,
    /// Number of the last of them.
    pub last: u64,
    /// Numbers below it that no record has: erased, of a dropped workspace, past their time, or never kept.
    pub absent: u64,
}

/// Called after some rows each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Segments that were looked at.
    pub done: usize,
    /// Segments there are.
    pub of: usize,
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows there are.
    pub of_rows: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Segments looked at.
    pub segments: usize,
    /// Of these, such as hold several days.
    pub of_several_days: usize,
    /// Of all, written before checksums were kept: read whole, but not compared.
    pub without_checksum: usize,
    /// Scans in them.
    pub scans: u64,
    /// Traces in them.
    pub traces: u64,
    /// Bytes read, facts files included.
    pub bytes: u64,
    /// Days they cover.
    pub days: usize,
    /// How far into the spool the segments reach.
    pub position: Option<Position>,
    /// The numbers of each epoch.
    pub numbers: Vec<Numbers>,
    /// Files that the list does not name; the next start removes them.
    pub orphans: Vec<PathBuf>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Looks at the store in a folder. It may be in use: what a merge replaces meanwhile is passed over.
///
/// # Errors
/// Only where the list itself cannot be read; what is wrong with files is among the findings.
pub fn verify(dir: &Path, mut each: impl FnMut(Checked)) -> Result<Verified> {
    let (path, folder) = (dir.join("manifest.db"), dir.join("segments"));
    let manifest = Manifest::read_only(&path)?;
    let (position, entries) = (manifest.position()?, manifest.entries()?);
    let mut found = Verified { position, ..Verified::default() };
    let (mut seen, mut days) = (Seen::default(), HashSet::new());
    let mut suspects = Vec::new();
    let shared = Arc::new(Shared::new(FOOTERS));
    let (of, of_rows) = (entries.len(), entries.iter().map(|entry| entry.rows).sum());
    let mut rows = 0;
    for (done, entry) in entries.iter().enumerate() {
        let mut looked = |more| {
            each(Checked { done, of, rows: rows + more, of_rows });
        };
        let segment = Segment::open(&folder, entry.clone(), &shared);
        let faults = check(&segment, &mut seen, &mut found.bytes, &mut looked);
        rows += entry.rows;
        if !faults.is_empty() {
            suspects.push((entry.name, faults));
        }
        found.segments += 1;
        found.of_several_days += usize::from(entry.days.count() > 1);
        found.without_checksum += usize::from(entry.checksum.is_none());
        match entry.table {
            Table::Scans => found.scans += entry.rows,
            Table::Traces => found.traces += entry.rows,
        }
        days.extend(entry.days.first.0..=entry.days.last.0);
    }
    each(Checked { done: of, of, rows, of_rows });
    // What went meanwhile was merged into another, and is none of the store's any more.
    let now: HashSet<_> = manifest.entries()?.into_iter().map(|entry| entry.name).collect();
    let still = suspects.into_iter().filter(|(name, _)| now.contains(name));
    found.faults.extend(still.flat_map(|(_, faults)| faults));
    found.days = days.len();
    found.orphans = orphans(&folder, &entries, &manifest.entries()?)?;
    let (numbers, twice) = seen.tell();
    found.numbers = numbers;
    found.faults.extend(twice);
    Ok(found)
}

fn check(segment: &Segment, seen: &mut Seen, bytes: &mut u64, looked: &mut dyn FnMut(u64)) -> Vec<Fault> {
    let entry = &segment.entry;
    let mut faults = Vec::new();
    if let Err(reason) = check_rows(segment, seen, bytes, looked) {
        faults.push(Fault::Segment { path: segment.path().to_owned(), reason, rows: entry.rows });
    }
    if let Some(size) = entry.facts_bytes
        && let Err(reason) = check_facts(segment, size, bytes)
    {
        faults.push(Fault::Facts { path: segment.facts_path().to_owned(), reason });
    }
    faults
}

fn check_rows(
    segment: &Segment,
    seen: &mut Seen,
    bytes: &mut u64,
    looked: &mut dyn FnMut(u64),
) -> std::result::Result<(), String> {
    let entry = &segment.entry;
    if let Some(damage) = segment.damage() {
        return Err(damage);
    }
    *bytes += compare(segment.path(), entry.bytes, entry.checksum)?;
    let columns: Vec<usize> = (0..entry.table.in_segment()).collect();
    let (epoch, seq) = match entry.table {
        Table::Scans => (ScanColumn::Epoch as usize, ScanColumn::Seq as usize),
        Table::Traces => (TraceColumn::Epoch as usize, TraceColumn::Seq as usize),
    };
    let said = |error: Error| error.to_string();
    let (mut rows, mut last) = (0, None);
    let (mut first_at, mut last_at) = (i64::MAX, i64::MIN);
    for (group, count) in segment.row_groups().map_err(said)?.into_iter().enumerate() {
        let read = segment.read(group, std::slice::from_ref(&(0..count)), &columns).map_err(said)?;
        let id = |column: usize| read.column(column).ids();
        let (workspaces, links, ties) = (id(schema::WORKSPACE), id(schema::LINK), id(schema::TIE));
        let times = read.column(schema::TIME).times();
        let (epochs, seqs) = (read.column(epoch).u32s(), read.column(seq).u64s());
        for row in 0..read.len() {
            let key = (workspaces[row], links[row], times[row], ties[row]);
            if last.is_some_and(|last| last > key) {
                return Err(format!("row {} is out of order", rows + row as u64));
            }
            if !entry.days.holds(Millis(times[row]).utc_day()) {
                return Err(format!("row {} is of another day", rows + row as u64));
            }
            last = Some(key);
            (first_at, last_at) = (first_at.min(times[row]), last_at.max(times[row]));
            seen.see(epochs[row], seqs[row])?;
        }
        rows += read.len() as u64;
        looked(rows);
    }
    if (rows, first_at, last_at) != (entry.rows, entry.first_at, entry.last_at) {
        return Err("the list says something else of its rows or their times".to_owned());
    }
    Ok(())
}

fn check_facts(segment: &Segment, size: u64, bytes: &mut u64) -> std::result::Result<(), String> {
    *bytes += compare(segment.facts_path(), size, segment.entry.facts_checksum)?;
    match segment.facts_rows() {
        Ok(rows) if rows == segment.entry.rows => Ok(()),
        Ok(rows) => Err(format!("it has {rows} rows instead of {}", segment.entry.rows)),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a file whole; its bytes.
fn compare(path: &Path, size: u64, checksum: Option<u32>) -> std::result::Result<u64, String> {
    let found = sum_of(path, || true).map_err(|error| error.to_string())?.unwrap_or_default();
    as_written(found, size, checksum).map(|()| found.0)
}

/// Bytes and checksum of a file; nothing when `go_on` says false on the way.
pub(crate) fn sum_of(path: &Path, mut go_on: impl FnMut() -> bool) -> io::Result<Option<(u64, u32)>> {
    let (mut file, mut buffer) = (File::open(path)?, vec![0; 1 << 20]);
    let (mut bytes, mut sum) = (0, 0);
    while go_on() {
        match file.read(&mut buffer)? {
            0 => return Ok(Some((bytes, sum))),
            n => {
                bytes += n as u64;
                sum = crc32c::crc32c_append(sum, &buffer[..n]);
            }
        }
    }
    Ok(None)
}

/// Whether a file's bytes and checksum are those that were noted as it was written.
pub(crate) fn as_written(
    (bytes, sum): (u64, u32),
    size: u64,
    checksum: Option<u32>,
) -> std::result::Result<(), String> {
    if bytes != size {
        return Err(format!("it has {bytes} bytes instead of {size}"));
    }
    match checksum {
        Some(checksum) if checksum != sum => Err("its bytes are not those that were written".to_owned()),
        _ => Ok(()),
    }
}

/// Files of ours that neither list names.
fn orphans(folder: &Path, before: &[Entry], after: &[Entry]) -> Result<Vec<PathBuf>> {
    let named: HashSet<PathBuf> = before
        .iter()
        .chain(after)
        .flat_map(|entry| {
            [
                write::segment_path(folder, entry.table, entry.days, entry.name),
                write::facts_path(folder, entry.days, entry.name),
            ]
        })
        .collect();
    let files = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        files => files.map_err(Error::file("list", folder))?,
    };
    let mut orphans = Vec::new();
    for file in files {
        let path = file.map_err(Error::file("list", folder))?.path();
        // A name with `.tmp` is a segment that is being written.
        let finished = path.extension().is_some_and(|extension| extension == "parquet");
        if write::is_ours(&path) && finished && !named.contains(&path) {
            orphans.push(path);
        }
    }
    orphans.sort();
    Ok(orphans)
}

/// Which numbers were seen: a bit each.
#[derive(Default)]
struct Seen {
    epochs: BTreeMap<u32, Epoch>,
}

#[derive(Default)]
struct Epoch {
    bits: Vec<u64>,
    there: u64,
    last: u64,
    twice: u64,
    first_twice: u64,
}

impl Seen {
    fn see(&mut self, epoch: u32, seq: u64) -> std::result::Result<(), String> {
        if seq == 0 || seq > LARGEST_SEQ {
            return Err(format!("number {seq} of epoch {epoch:08x} is none that a spool gives"));
        }
        let epoch = self.epochs.entry(epoch).or_default();
        let (word, bit) = ((seq / 64) as usize, 1 << (seq % 64));
        if epoch.bits.len() <= word {
            epoch.bits.resize(word + 1, 0);
        }
        if epoch.bits[word] & bit != 0 {
            epoch.first_twice = if epoch.twice == 0 { seq } else { epoch.first_twice.min(seq) };
            epoch.twice += 1;
            return Ok(());
        }
        epoch.bits[word] |= bit;
        epoch.there += 1;
        epoch.last = epoch.last.max(seq);
        Ok(())
    }

    fn tell(self) -> (Vec<Numbers>, Vec<Fault>) {
        let (mut numbers, mut faults) = (Vec::new(), Vec::new());
        for (name, epoch) in self.epochs {
            let (there, last) = (epoch.there, epoch.last);
            numbers.push(Numbers { epoch: name, there, last, absent: last - there });
            if epoch.twice > 0 {
                faults.push(Fault::Twice { epoch: name, first: epoch.first_twice, count: epoch.twice });
            }
        }
        (numbers, faults)
    }
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_once_and_told_when_they_come_twice() {
        let mut seen = Seen::default();
        for seq in [1, 2, 4, 70, 2, 1] {
            seen.see(7, seq).unwrap();
        }
        assert!(seen.see(7, 0).is_err() && seen.see(7, u64::MAX).is_err());
        let (numbers, faults) = seen.tell();
        assert_eq!(numbers, [Numbers { epoch: 7, there: 4, last: 70, absent: 66 }]);
        assert_eq!(faults, [Fault::Twice { epoch: 7, first: 1, count: 2 }]);
    }
}
