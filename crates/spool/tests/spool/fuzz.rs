//! Recovery and reading of files in which anything may be wrong.

use crate::fuzzing::fuzz;
use crate::sim_disk::SimDisk;
use crate::{drain, options, written};
use spool::Spool;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");

/// Sizes of the records in each file of the corpus; the n-th record is n + 1, so many times.
const SIZES: [&[usize]; 5] = [&[], &[0], &[5, 30, 36, 44], &[400; 12], &[5000, 1, 5000]];

fn payload(n: usize, size: usize) -> Vec<u8> {
    vec![n as u8 + 1; size]
}

/// `UPDATE=1` makes the corpus anew: files as the spool writes them, and as crashes leave them.
fn make_corpus() {
    for (number, sizes) in SIZES.into_iter().enumerate() {
        let disk = SimDisk::default();
        let (spool, _) = Spool::open_on(Arc::new(disk.clone()), options(number as u32 + 1)).unwrap();
        let name = disk.names().remove(0);
        for (n, size) in sizes.iter().enumerate() {
            written(&spool, &payload(n, *size));
        }
        let mut bytes = disk.bytes(&name);
        if number == 3 {
            // A page that never came to the disk, and a write that broke off.
            bytes[1000..2000].fill(0);
            bytes.truncate(bytes.len() - 77);
        }
        std::fs::write(Path::new(FOLDER).join(name), bytes).unwrap();
    }
}

#[test]
fn recovery_of_anything_gives_back_true_records_only() {
    if std::env::var_os("UPDATE").is_some() {
        make_corpus();
    }
    // Also of what is cut off in the corpus: a mutation can complete it.
    let genuine: HashSet<Vec<u8>> =
        SIZES.iter().flat_map(|sizes| sizes.iter().enumerate().map(|(n, size)| payload(n, *size))).collect();
    let words: [&[u8]; 5] = [b"QZSPOOL\n", &[0; 64], &[0xff; 8], &[0, 0, 0x10, 0], &[1, 0, 0, 0]];
    fuzz("spool recovery", Path::new(FOLDER), &words, |name, bytes| {
        let disk = SimDisk::with([(name.to_owned(), bytes.to_vec())]);
        let (spool, report) = Spool::open_on(Arc::new(disk.clone()), options(77)).unwrap();
        let position = written(&spool, b"later");
        let records = drain(&mut spool.reader(None));
        let (last, found) = records.split_last().unwrap();
        assert_eq!(*last, (position, b"later".to_vec()), "what comes later is read");
        assert_eq!(report.records, found.len() as u64);
        assert!(found.iter().all(|(_, payload)| genuine.contains(payload)), "a false record");
        assert!(found.windows(2).all(|pair| pair[0].0.seq < pair[1].0.seq), "out of order, or twice");
        for (place, _) in found {
            let behind = drain(&mut spool.reader(Some(*place))).len();
            assert_eq!(
                behind,
                records.iter().filter(|(p, _)| p.epoch != place.epoch || p.seq > place.seq).count()
            );
        }
        // A second opening finds the same.
        drop(spool);
        let (spool, _) = Spool::open_on(Arc::new(disk), options(78)).unwrap();
        assert_eq!(drain(&mut spool.reader(None)), records);
    });
}
