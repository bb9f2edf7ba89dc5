//! A disk that is full, slow or broken while the spool is open.

use crate::sim_disk::SimDisk;
use crate::{drain, entry, options, payloads, written};
use spool::{Appended, LossReason, Options, Spool};
use std::io::ErrorKind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn open(disk: &SimDisk, options: Options) -> Spool {
    let spool = Spool::open_on(Arc::new(disk.clone()), options).unwrap().0;
    // The sync thread's first turn, at opening, is over: the next is the test's.
    spool.sync();
    spool
}

#[test]
fn a_hanging_write_holds_up_nobody_else_for_long() {
    let disk = SimDisk::default();
    let spool = open(&disk, Options { max_wait: Duration::from_millis(20), ..options(1) });
    disk.faults(|faults| faults.writes_hang = true);
    thread::scope(|scope| {
        let stuck = scope.spawn(|| spool.append(entry(b"1")));
        disk.wait_for_hanging(1);
        assert!(spool.stalled().is_some());
        assert_eq!(spool.append(entry(b"2")), Appended::AtRisk);
        for n in 3..=9 {
            assert_eq!(spool.append(entry(n.to_string().as_bytes())), Appended::AtRisk);
        }
        assert_eq!(spool.status().at_risk, 8);
        disk.faults(|faults| faults.writes_hang = false);
        assert!(matches!(stuck.join().unwrap(), Appended::Written(_)));
    });
    assert!(spool.sync());
    assert_eq!(spool.stalled(), None);
    let status = spool.status();
    assert_eq!((status.at_risk, status.at_risk_total, status.lost.total(), status.written), (0, 8, 0, 9));
    let expected: Vec<_> = (1..=9).map(|n| n.to_string().into_bytes()).collect();
    assert_eq!(payloads(&mut spool.reader(None)), expected, "in the order of arrival");
}

#[test]
fn when_the_ring_is_full_records_are_counted_as_lost() {
    let disk = SimDisk::default();
    let options = Options { max_wait: Duration::from_millis(5), ring_bytes: 64 * 3, ..options(1) };
    let spool = open(&disk, options);
    disk.faults(|faults| faults.writes_hang = true);
    thread::scope(|scope| {
        let stuck = scope.spawn(|| spool.append(entry(&[0; 36])));
        disk.wait_for_hanging(1);
        for _ in 0..3 {
            assert_eq!(spool.append(entry(&[1; 36])), Appended::AtRisk);
        }
        assert_eq!(spool.append(entry(&[2; 36])), Appended::Lost(LossReason::RingFull));
        disk.faults(|faults| faults.writes_hang = false);
        assert!(matches!(stuck.join().unwrap(), Appended::Written(_)));
    });
    assert!(spool.sync());
    assert_eq!(drain(&mut spool.reader(None)).len(), 4);
}

#[test]
fn after_a_stall_the_fast_way_opens_again() {
    let disk = SimDisk::default();
    let spool = open(&disk, Options { max_wait: Duration::from_millis(1), ..options(1) });
    disk.faults(|faults| faults.writes_hang = true);
    thread::scope(|scope| {
        let stuck = scope.spawn(|| spool.append(entry(b"")));
        disk.wait_for_hanging(1);
        assert_eq!(spool.append(entry(b"")), Appended::AtRisk);
        disk.faults(|faults| faults.writes_hang = false);
        assert!(matches!(stuck.join().unwrap(), Appended::Written(_)));
    });
    let mut appended = 2;
    loop {
        appended += 1;
        match spool.append(entry(b"")) {
            Appended::Written(position) => break assert_eq!(position.seq, appended),
            Appended::AtRisk => assert!(spool.sync()),
            Appended::Lost(reason) => panic!("{reason:?}"),
        }
    }
}

#[test]
fn a_full_disk_takes_the_ballast_then_waits_in_memory_then_counts() {
    let disk = SimDisk::default();
    disk.set_capacity(Some(40_000));
    let options = Options { ballast_bytes: 10_000, ring_bytes: 2000, ..options(1) };
    let spool = open(&disk, options);
    assert!(spool.sync());
    assert!(spool.status().ballast && !spool.status().cramped);
    let (mut written, mut at_risk) = (0, 0);
    let reason = loop {
        match spool.append(entry(&[7; 172])) {
            Appended::Written(_) => written += 1,
            Appended::AtRisk => at_risk += 1,
            Appended::Lost(reason) => break reason,
        }
        if spool.status().at_risk > 0 {
            spool.sync();
        }
    };
    assert_eq!(reason, LossReason::DiskFull);
    assert!(
        spool.status().cramped,
        "the reserve is used up, and stays so while there is no room for another"
    );
    assert!(disk.used() > 39_000 && !disk.names().contains(&"ballast".into()), "all of the disk is used");
    assert!(at_risk >= 10, "{written} {at_risk}");
    let kept = spool.status().written as usize;
    assert_eq!(kept + spool.status().at_risk as usize, written + at_risk);
    assert_eq!(drain(&mut spool.reader(None)).len(), kept, "what was written is readable");
    disk.set_capacity(Some(100_000));
    assert!(spool.sync());
    assert!(spool.status().ballast && !spool.status().cramped, "there is room for it again");
    assert_eq!((spool.status().at_risk, spool.status().lost.total()), (0, 1));
    assert!(matches!(spool.append(entry(b"more")), Appended::Written(_)));
    drop(spool);
    let spool = open(&disk.after_kill(), crate::options(2));
    assert_eq!(drain(&mut spool.reader(None)).len(), written + at_risk + 1);
}

#[test]
fn a_write_that_breaks_off_anywhere_leaves_nothing_between_good_records() {
    for broken_after in (0..200).step_by(7) {
        for truncate_fails in [false, true] {
            let disk = SimDisk::default();
            let spool = open(&disk, options(1));
            written(&spool, b"first");
            disk.faults(|faults| {
                faults.write_fails = Some((ErrorKind::Other, broken_after));
                faults.truncate_fails = truncate_fails;
            });
            let batch = [entry(&[1; 30]), entry(&[2; 40]), entry(&[3; 50])];
            assert_eq!(spool.append_all(&batch), Appended::AtRisk);
            assert_eq!(spool.append(entry(b"behind")), Appended::AtRisk);
            // Killed here: some of the batch may be there, in order.
            let killed = open(&disk.after_kill(), options(2));
            let records = payloads(&mut killed.reader(None));
            let all = [b"first".to_vec(), vec![1; 30], vec![2; 40], vec![3; 50], b"behind".to_vec()];
            assert!(!records.is_empty() && all.starts_with(&records), "{records:?}");
            disk.faults(|faults| faults.write_fails = None);
            assert!(spool.sync());
            written(&spool, b"last");
            let expected = [&all[..], &[b"last".to_vec()]].concat();
            assert_eq!(payloads(&mut spool.reader(None)), expected);
            let (after_kill, report) = Spool::open_on(Arc::new(disk.after_kill()), options(2)).unwrap();
            assert_eq!(payloads(&mut after_kill.reader(None)), expected, "{broken_after} {truncate_fails}");
            assert!(report.gaps.is_empty());
        }
    }
}

#[test]
fn short_writes_are_completed() {
    let disk = SimDisk::default();
    let spool = open(&disk, options(1));
    disk.faults(|faults| faults.short_writes = Some(5));
    written(&spool, &[1; 100]);
    written(&spool, &[2; 100]);
    assert_eq!(payloads(&mut spool.reader(None)), [vec![1; 100], vec![2; 100]]);
}

#[test]
fn after_a_failed_sync_the_unsynced_part_is_written_again_and_read_once() {
    for cache_dropped in [false, true] {
        let disk = SimDisk::default();
        let spool = open(&disk, options(1));
        let mut early = spool.reader(None);
        let mut late = spool.reader(None);
        let mut all = vec![written(&spool, b"synced")];
        assert!(spool.sync());
        all.extend((0..300).map(|_| written(&spool, &[5; 50])));
        assert_eq!(drain(&mut early).len(), 301);
        disk.faults(|faults| {
            faults.sync_fails = true;
            faults.cache_dropped = cache_dropped;
        });
        assert!(!spool.sync(), "the second file cannot be synced either");
        let status = spool.status();
        assert_eq!(status.synced, 1);
        assert!(status.sync_errors >= 1 && status.last_error.unwrap().contains("sync"));
        all.push(written(&spool, b"goes on"));
        disk.faults(|faults| *faults = Default::default());
        assert!(spool.sync());
        let status = spool.status();
        assert_eq!((status.synced, status.rewritten, status.unprotected), (302, 301, 0));
        all.push(written(&spool, b"last"));
        assert!(spool.sync());
        let positions = |records: Vec<(model::Position, Vec<u8>)>| {
            records.into_iter().map(|(p, _)| p).collect::<Vec<_>>()
        };
        assert_eq!(positions(drain(&mut early)), all[301..]);
        assert_eq!(positions(drain(&mut late)), all);
        let (after, report) = Spool::open_on(Arc::new(disk.after_power_loss(|_| 0)), options(2)).unwrap();
        assert_eq!(positions(drain(&mut after.reader(None))), all, "power loss after the rewrite");
        assert!(report.gaps.is_empty());
        assert_eq!(report.records, 303, "copies count once");
    }
}

#[test]
fn a_reader_does_not_pass_over_what_is_about_to_be_written_again() {
    let disk = SimDisk::default();
    let spool = open(&disk, options(1));
    written(&spool, &[1; 5000]);
    disk.faults(|faults| {
        faults.sync_fails = true;
        faults.cache_dropped = true;
        faults.create_fails = true;
    });
    assert!(!spool.sync());
    let mut reader = spool.reader(None);
    for _ in 0..10 {
        assert!(reader.next(10, 1 << 20, Duration::ZERO).is_err());
    }
    disk.faults(|faults| *faults = Default::default());
    assert!(spool.sync());
    assert_eq!(payloads(&mut reader), [vec![1; 5000]]);
}

#[test]
fn what_no_longer_fits_in_memory_when_a_sync_fails_is_counted() {
    let disk = SimDisk::default();
    let spool = open(&disk, Options { unsynced_bytes: 300 << 10, ..options(1) });
    for _ in 0..500 {
        written(&spool, &[1; 1000]);
    }
    disk.faults(|faults| faults.sync_fails = true);
    assert!(!spool.sync());
    disk.faults(|faults| faults.sync_fails = false);
    assert!(spool.sync());
    let status = spool.status();
    assert_eq!(status.unprotected + status.rewritten, 500);
    assert!(status.unprotected > 0 && status.rewritten > 100);
    assert_eq!(drain(&mut spool.reader(None)).len(), 500, "the page cache still has them");
}

#[test]
fn a_disk_that_will_not_have_a_file_does_not_keep_the_spool_from_opening() {
    let disk = SimDisk::default();
    disk.faults(|faults| faults.create_fails = true);
    let (spool, report) = Spool::open_on(Arc::new(disk.clone()), options(1)).unwrap();
    assert_eq!(report.errors.len(), 1);
    assert_eq!(spool.append(entry(b"a")), Appended::AtRisk);
    assert!(!spool.sync());
    disk.faults(|faults| faults.create_fails = false);
    assert!(spool.sync());
    assert!(matches!(spool.append(entry(b"b")), Appended::Written(_)));
    assert_eq!(payloads(&mut spool.reader(None)), [b"a", b"b"]);
    assert!(spool.sync());
    let after = open(&disk.after_power_loss(|_| 0), options(2));
    assert_eq!(payloads(&mut after.reader(None)), [b"a", b"b"], "the entry of the late file was synced");
}

#[test]
fn what_cannot_be_written_before_closing_is_counted_and_does_not_come_back() {
    let disk = SimDisk::default();
    let spool = open(&disk, options(1));
    written(&spool, b"kept");
    disk.faults(|faults| faults.write_fails = Some((ErrorKind::StorageFull, 90)));
    let batch = [entry(&[1; 30]), entry(&[2; 30])];
    assert_eq!(spool.append_all(&batch), Appended::AtRisk);
    assert!(!spool.close(LONG));
    assert_eq!(spool.status().lost.of(LossReason::DiskFull), 2);
    let (after, report) = Spool::open_on(Arc::new(disk.after_kill()), options(2)).unwrap();
    assert_eq!(payloads(&mut after.reader(None)), [b"kept"]);
    assert_eq!(report.torn_bytes, 0);
}
