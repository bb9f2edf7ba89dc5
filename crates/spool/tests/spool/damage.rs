//! Files that were cut, flipped, zeroed or exchanged.

use crate::sim_disk::SimDisk;
use crate::{drain, options, payloads, written};
use model::Position;
use spool::{Gap, Recovery, Spool};
use std::sync::Arc;

type Records = Vec<(Position, Vec<u8>)>;

/// A file of one epoch, followed by one of a second; the first file's name and bytes, and all records.
struct Log {
    name: String,
    bytes: Vec<u8>,
    rest: Vec<(String, Vec<u8>)>,
    records: Records,
    /// Records in the first file.
    first: usize,
    /// Offset behind each of its records.
    ends: Vec<usize>,
}

fn log(payloads: &[Vec<u8>]) -> Log {
    let disk = SimDisk::default();
    let (mut records, mut ends) = (Vec::new(), Vec::new());
    let spool = Spool::open_on(Arc::new(disk.clone()), options(1)).unwrap().0;
    let name = disk.names().remove(0);
    for payload in payloads {
        records.push((written(&spool, payload), payload.clone()));
        ends.push(disk.bytes(&name).len());
    }
    drop(spool);
    let spool = Spool::open_on(Arc::new(disk.clone()), options(2)).unwrap().0;
    for payload in [b"later 1", b"later 2"] {
        records.push((written(&spool, payload), payload.to_vec()));
    }
    drop(spool);
    let rest = disk.names().into_iter().skip(1).map(|name| (name.clone(), disk.bytes(&name))).collect();
    Log { bytes: disk.bytes(&name), name, rest, first: payloads.len(), records, ends }
}

impl Log {
    /// Opens the log with other bytes in its first file.
    fn open(&self, bytes: Vec<u8>) -> (Records, Recovery, SimDisk) {
        let files = std::iter::once((self.name.clone(), bytes)).chain(self.rest.clone());
        let disk = SimDisk::with(files);
        let (spool, report) = Spool::open_on(Arc::new(disk.clone()), options(3)).unwrap();
        let records = drain(&mut spool.reader(None));
        // A consumer somewhere in the middle gets exactly what is behind it, whatever is gone.
        let middle = self.records[self.first / 2].0;
        let behind = records.iter().filter(|(p, _)| p.epoch == 2 || p.seq > middle.seq).cloned();
        assert_eq!(drain(&mut spool.reader(Some(middle))), behind.collect::<Vec<_>>());
        (records, report, disk)
    }

    fn without(&self, missing: std::ops::Range<usize>) -> Records {
        let kept = self.records.iter().enumerate().filter(|(i, _)| !missing.contains(i));
        kept.map(|(_, record)| record.clone()).collect()
    }
}

fn some_payloads() -> Vec<Vec<u8>> {
    (0..12_u8).map(|n| (0..n * 7 % 61).map(|i| i ^ n).collect()).collect()
}

#[test]
fn a_file_cut_at_any_byte_keeps_every_complete_record_and_all_later_ones() {
    let log = log(&some_payloads());
    for cut in log.ends[log.first - 4]..log.bytes.len() {
        let (records, report, _) = log.open(log.bytes[..cut].to_vec());
        // A record is complete without its padding.
        let complete = log.ends.iter().zip(&log.records).filter(|(end, (_, payload))| {
            let padding = (4 + 8 - payload.len() % 8) % 8;
            **end - padding <= cut
        });
        let complete = complete.count();
        assert_eq!(records, log.without(complete..log.first), "cut at {cut}");
        assert!(report.gaps.is_empty() && report.set_aside.is_empty() && report.quarantined.is_empty());
        let sound = if complete == 0 { 64 } else { log.ends[complete - 1] };
        assert_eq!(report.torn_bytes, (cut as u64).saturating_sub(sound as u64), "cut at {cut}");
        assert_eq!(report.records, records.len() as u64);
    }
}

#[test]
fn a_flipped_bit_costs_its_own_record_and_no_other() {
    let log = log(&some_payloads());
    for at in 64..log.bytes.len() {
        for bit in [at % 8, (at + 3) % 8] {
            let mut bytes = log.bytes.clone();
            bytes[at] ^= 1 << bit;
            let (records, report, disk) = log.open(bytes);
            let hit = log.ends.iter().position(|&end| at < end).unwrap();
            if records == log.records {
                // The padding is not part of the record.
                assert!(log.ends[hit] - at <= 7 && report.gaps.is_empty());
                continue;
            }
            assert_eq!(records, log.without(hit..hit + 1), "byte {at} bit {bit}");
            if hit + 1 < log.first {
                if hit > 0 {
                    let seq = hit as u64 + 1;
                    assert_eq!(report.gaps, [Gap { epoch: 1, from: seq, to: seq }]);
                }
                assert_eq!(report.quarantined, [format!("{}.quarantine", log.name)]);
                assert!(disk.names().contains(&report.quarantined[0]));
            } else {
                assert!(report.torn_bytes > 0, "the last record cannot be told from a torn write");
            }
        }
    }
}

#[test]
fn zeroed_pages_cost_what_was_on_them() {
    let payloads: Vec<_> = (0..400_u16).map(|n| vec![n as u8 | 1; 90]).collect();
    let log = log(&payloads);
    let pages = log.bytes.len() / 4096;
    assert!(pages >= 10);
    for page in 1..=pages {
        let range = page * 4096..log.bytes.len().min((page + 1) * 4096);
        let mut bytes = log.bytes.clone();
        bytes[range.clone()].fill(0);
        let (records, report, _) = log.open(bytes);
        let first = log.ends.iter().position(|&end| end > range.start).unwrap();
        let after = log.ends.iter().position(|&end| end > range.end).unwrap_or(log.first);
        let after = if after < log.first && (after == 0 || log.ends[after - 1] < range.end) {
            after + 1
        } else {
            after
        };
        assert_eq!(records, log.without(first..after), "page {page}");
        assert_eq!(report.gaps.is_empty(), after == log.first, "page {page}: {:?}", report.gaps);
    }
    // A tail that the file system added but never filled.
    let mut bytes = log.bytes.clone();
    bytes.resize(bytes.len() + 4096, 0);
    let (records, report, _) = log.open(bytes);
    assert_eq!(records, log.records);
    assert_eq!((report.torn_bytes, report.gaps.len()), (4096, 0));
}

#[test]
fn a_file_with_a_damaged_header_is_set_aside_once_and_the_order_of_epochs_stays() {
    let log = log(&some_payloads());
    for at in 0..64 {
        let mut bytes = log.bytes.clone();
        bytes[at] ^= 0x10;
        let (records, report, disk) = log.open(bytes);
        assert_eq!(records, log.records[log.first..]);
        assert_eq!(report.set_aside, [format!("{}.bad", log.name)], "byte {at}");
        let (_, report) = Spool::open_on(Arc::new(disk), options(4)).unwrap();
        assert!(report.set_aside.is_empty());
    }
    for bytes in [vec![], vec![0; 64], log.bytes[..63].to_vec(), b"something else".to_vec()] {
        assert_eq!(log.open(bytes).0, log.records[log.first..]);
    }
}

#[test]
fn a_frame_inside_a_payload_or_of_another_file_is_no_record() {
    let inner = log(&[b"forged".to_vec(), b"forged too".to_vec()]);
    let mut payload = vec![0; 4];
    payload.extend_from_slice(&inner.bytes[64..]);
    let outer = log(&[b"before".to_vec(), payload, b"after".to_vec()]);
    // The same frames, byte for byte, on an aligned place of another file.
    let at = outer.ends[0] + 32;
    assert_eq!(outer.bytes[at..at + inner.bytes.len() - 64], inner.bytes[64..]);
    let mut bytes = outer.bytes.clone();
    bytes[outer.ends[0] + 9] ^= 1;
    assert!(bytes.len() > at);
    // Both files were made alike (same epoch, same order), so only a different creation time keeps them apart.
    let records = outer.open(bytes).0;
    let genuine = records.iter().filter(|record| outer.records.contains(record)).count();
    assert!(genuine >= outer.records.len() - 1);
    let later = SimDisk::with([(inner.name.clone(), inner.bytes.clone())]);
    let spool = Spool::open_on(Arc::new(later.clone()), options(9)).unwrap().0;
    written(&spool, b"x");
    drop(spool);
    let name = later.names().pop().unwrap();
    let mut bytes = later.bytes(&name);
    bytes.extend_from_slice(&inner.bytes[64..]);
    let mixed = SimDisk::with([(name, bytes)]);
    let (spool, report) = Spool::open_on(Arc::new(mixed), options(10)).unwrap();
    assert_eq!(payloads(&mut spool.reader(None)), [b"x"]);
    assert_eq!(report.torn_bytes, inner.bytes.len() as u64 - 64);
}

#[test]
fn a_file_that_cannot_be_read_is_kept_and_named_at_each_opening() {
    let log = log(&some_payloads());
    let disk = SimDisk::with([(log.name.clone(), log.bytes.clone())]);
    disk.faults(|faults| faults.unreadable_from = Some(0));
    let kept = format!("{}.unread", log.name);
    for epoch in [5, 6] {
        let (spool, report) = Spool::open_on(Arc::new(disk.clone()), options(epoch)).unwrap();
        disk.faults(|faults| faults.unreadable_from = None);
        let named: Vec<&String> = report.unread.iter().map(|(name, _)| name).collect();
        assert_eq!(named, [&kept]);
        let last = written(&spool, b"later");
        for consumer in ["store", "catalog"] {
            spool.release(consumer, last);
        }
        assert!(spool.sync());
        assert_eq!(disk.bytes(&kept), log.bytes);
    }
}

#[test]
fn other_files_in_the_directory_are_left_alone() {
    let disk = SimDisk::with([("notes.txt".into(), b"mine".to_vec()), ("x-y.log".into(), vec![])]);
    let (spool, report) = Spool::open_on(Arc::new(disk.clone()), options(1)).unwrap();
    written(&spool, b"a");
    assert!(report.set_aside.is_empty() && report.errors.is_empty());
    assert_eq!(disk.bytes("notes.txt"), b"mine");
}

#[test]
fn sectors_that_cannot_be_read_cost_their_records_and_do_not_stop_a_reader() {
    let payloads: Vec<_> = (0..200_u8).map(|n| vec![n; 90]).collect();
    let log = log(&payloads);
    let disk = SimDisk::with(std::iter::once((log.name.clone(), log.bytes.clone())).chain(log.rest.clone()));
    let (spool, _) = Spool::open_on(Arc::new(disk.clone()), options(3)).unwrap();
    disk.faults(|faults| faults.unreadable_from = Some(8192));
    let mut reader = spool.reader(None);
    let (mut records, mut errors) = (Vec::new(), 0);
    while records.last().is_none_or(|(p, _): &(Position, Vec<u8>)| p.epoch == 1) || errors == 0 {
        match reader.next(1000, 1000, std::time::Duration::ZERO) {
            Ok(batch) if batch.is_empty() => break,
            Ok(batch) => records.extend(batch.iter().map(|r| (r.position, r.payload.to_vec()))),
            Err(_) => errors += 1,
        }
    }
    records.extend(drain(&mut reader));
    let readable = log.ends.iter().filter(|&&end| end <= 8192).count();
    let seqs = |records: Records| records.iter().map(|(p, _)| p.seq).collect::<Vec<_>>();
    assert_eq!(seqs(records), seqs(log.without(readable..log.first)));
    assert_eq!(errors, 2, "the third failure at one place passes it over");
    assert!(spool.status().damaged_reads > 0);
}
