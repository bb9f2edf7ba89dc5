//! Zeroes written ahead of the records.

use crate::{options, payloads, written};
use spool::{Options, Spool};
use std::fs;
use std::path::Path;
use std::time::Duration;

const ROOM: u64 = 256 << 10;

fn with_room(epoch: u32) -> Options {
    Options { room_bytes: ROOM, ..options(epoch) }
}

/// Length of the only log file.
fn length(folder: &Path) -> u64 {
    let log = |file: &fs::DirEntry| file.path().extension().is_some_and(|suffix| suffix == "log");
    let mut logs = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(log);
    let length = logs.next().unwrap().metadata().unwrap().len();
    assert!(logs.next().is_none());
    length
}

#[test]
fn records_land_in_room_that_a_crash_leaves_and_a_stop_takes_away() {
    let (folder, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (spool, _) = Spool::open(folder.path(), with_room(1)).unwrap();
    assert!(spool.sync());
    let ahead = length(folder.path());
    assert!(ahead >= ROOM, "{ahead} bytes");
    let sent: Vec<Vec<u8>> = (0..100_u8).map(|n| vec![n; 100]).collect();
    sent.iter().for_each(|payload| drop(written(&spool, payload)));
    assert_eq!(length(folder.path()), ahead, "no record has lengthened the file");
    // What a killed process leaves.
    for file in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), crashed.path().join(file.file_name())).unwrap();
    }
    let (again, found) = Spool::open(crashed.path(), with_room(2)).unwrap();
    assert_eq!((found.records, found.torn_bytes, found.gaps.len(), found.quarantined.len()), (100, 0, 0, 0));
    assert_eq!(payloads(&mut again.reader(None)), sent);
    drop(again);

    assert!(spool.close(Duration::from_secs(10)));
    let end = length(folder.path());
    assert!((100 * 100..20_000).contains(&end), "{end} bytes");
    let (again, found) = Spool::open(folder.path(), options(3)).unwrap();
    assert_eq!((found.records, found.torn_bytes), (100, 0));
    assert_eq!(payloads(&mut again.reader(None)), sent);
}

#[test]
fn room_is_made_anew_before_it_is_used_up() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(folder.path(), with_room(1)).unwrap();
    let mut bytes = 0;
    for n in 0..40_u8 {
        assert!(spool.sync());
        assert!(length(folder.path()) >= bytes + ROOM / 2);
        drop(written(&spool, &vec![n; 50_000]));
        bytes += 50_000;
    }
    assert_eq!(payloads(&mut spool.reader(None)).len(), 40);
}
