//! Reading, releasing, rotating: the everyday.

use crate::sim_disk::SimDisk;
use crate::{drain, entry, options, payloads, written};
use model::Position;
use spool::{Appended, Entry, LossReason, MAX_PAYLOAD, Options, Spool};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn open(disk: &SimDisk, options: Options) -> Spool {
    Spool::open_on(Arc::new(disk.clone()), options).unwrap().0
}

#[test]
fn a_record_comes_back_as_it_went_in() {
    let directory = tempfile::tempdir().unwrap();
    let (spool, report) = Spool::open(directory.path().join("spool"), options(7)).unwrap();
    assert_eq!((report.files, report.records), (0, 0));
    let entry = Entry { kind: 4, layout: 5, at_ms: -6, payload: b"scan" };
    assert_eq!(spool.append(entry), Appended::Written(Position { epoch: 7, seq: 1 }));
    let batch = spool.reader(None).next(10, 1 << 20, Duration::ZERO).unwrap();
    let record = batch.iter().next().unwrap();
    assert_eq!(record.position, Position { epoch: 7, seq: 1 });
    assert_eq!((record.kind, record.layout, record.at_ms, record.payload), (4, 5, -6, &b"scan"[..]));
    assert!(spool.sync());
    let status = spool.status();
    assert_eq!((status.written, status.synced, status.lost.total()), (1, 1, 0));
}

#[test]
fn a_batch_is_numbered_in_one_piece_and_a_payload_may_be_empty_or_large() {
    let spool = open(&SimDisk::default(), options(7));
    let large = vec![9; MAX_PAYLOAD];
    let entries = [entry(b""), entry(&large), entry(b"x")];
    assert_eq!(spool.append_all(&entries), Appended::Written(Position { epoch: 7, seq: 3 }));
    let too_large = vec![9; MAX_PAYLOAD + 1];
    assert_eq!(spool.append(entry(&too_large)), Appended::Lost(LossReason::TooLarge));
    assert_eq!(payloads(&mut spool.reader(None)), [b"".to_vec(), large, b"x".to_vec()]);
    assert_eq!(spool.status().lost.of(LossReason::TooLarge), 1);
}

#[test]
fn batches_keep_to_both_bounds() {
    let spool = open(&SimDisk::default(), options(7));
    for _ in 0..10 {
        written(&spool, &[0; 100]);
    }
    let mut reader = spool.reader(None);
    assert_eq!(reader.next(3, 1 << 20, Duration::ZERO).unwrap().len(), 3);
    assert_eq!(reader.next(100, 128 * 2 + 127, Duration::ZERO).unwrap().len(), 2);
    assert_eq!(reader.next(100, 1, Duration::ZERO).unwrap().len(), 1, "at least one");
    assert_eq!(reader.next(100, 1 << 20, Duration::ZERO).unwrap().len(), 4);
    assert!(reader.next(100, 1 << 20, Duration::ZERO).unwrap().is_empty());
}

#[test]
fn waiting_readers_are_woken_by_an_append() {
    let spool = open(&SimDisk::default(), options(7));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let mut reader = spool.reader(None);
                scope.spawn(move || {
                    let mut seen = 0;
                    while seen < 2000 {
                        let batch = reader.next(100, 1 << 16, LONG).unwrap();
                        assert!(!batch.is_empty(), "nobody woke the reader at {seen}");
                        for record in batch.iter() {
                            seen += 1;
                            assert_eq!(record.position.seq, seen);
                        }
                    }
                })
            })
            .collect();
        for n in 0..2000_u32 {
            written(&spool, &n.to_le_bytes());
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn a_reader_goes_on_through_files_and_openings_from_wherever_it_was() {
    let disk = SimDisk::default();
    let mut all = Vec::new();
    for epoch in [50, 10, 30] {
        let spool = open(&disk, Options { file_bytes: 300, ..options(epoch) });
        for n in 0..20_u8 {
            let payload = vec![n; 40];
            all.push((written(&spool, &payload), payload));
            assert!(spool.sync());
        }
        assert!(spool.status().files > 3);
        assert_eq!(drain(&mut spool.reader(None)), all);
    }
    let spool = open(&disk, options(20));
    for (i, (position, _)) in all.iter().enumerate() {
        assert_eq!(drain(&mut spool.reader(Some(*position))), all[i + 1..], "after {position:?}");
    }
    let beyond = Position { epoch: 50, seq: 1000 };
    assert_eq!(drain(&mut spool.reader(Some(beyond))), all[20..], "a power loss took what was there");
    let unknown = Position { epoch: 99, seq: 5 };
    assert_eq!(drain(&mut spool.reader(Some(unknown))), all);
    let future = Position { epoch: 20, seq: 1000 };
    let mut reader = spool.reader(Some(future));
    let next = written(&spool, b"new");
    assert_eq!(drain(&mut reader), [(next, b"new".to_vec())], "a number not given yet hides nothing");
}

#[test]
fn an_epoch_that_is_taken_is_moved_on() {
    let disk = SimDisk::default();
    written(&open(&disk, options(u32::MAX)), b"a");
    let spool = open(&disk, options(u32::MAX));
    assert_eq!(spool.epoch(), 0);
    written(&spool, b"b");
    assert_eq!(payloads(&mut spool.reader(None)), [b"a", b"b"]);
}

#[test]
fn a_file_goes_when_every_consumer_has_passed_it_and_never_from_the_middle() {
    let disk = SimDisk::default();
    let old = open(&disk, options(1));
    let in_old = written(&old, b"old");
    drop(old);
    let spool = open(&disk, Options { file_bytes: 100, ..options(2) });
    let mut positions = Vec::new();
    for _ in 0..4 {
        positions.push(written(&spool, &[1; 80]));
        assert!(spool.sync());
    }
    let files = || {
        assert!(spool.sync());
        spool.status().files
    };
    assert_eq!(files(), 6, "one of the first opening, four full ones, the current one");
    let mut slow = spool.reader(None);
    spool.release("store", positions[1]);
    assert_eq!(files(), 6, "the catalog has not passed anything");
    spool.release("nobody", positions[3]);
    spool.release("catalog", Position { epoch: 77, seq: 9 });
    assert_eq!(files(), 6);
    spool.release("catalog", in_old);
    assert_eq!(files(), 5);
    spool.release("catalog", positions[3]);
    assert_eq!(files(), 3, "the store is at the second");
    spool.release("store", in_old);
    assert_eq!(files(), 3, "positions never move back");
    spool.release("store", positions[3]);
    assert_eq!(files(), 1);
    assert_eq!(disk.names().len(), 1);
    assert_eq!(spool.status().bytes, 64);
    let late = written(&spool, b"late");
    assert_eq!(drain(&mut slow).last(), Some(&(late, b"late".to_vec())), "whoever was behind goes on");
}

#[test]
fn without_consumers_nothing_is_removed() {
    let disk = SimDisk::default();
    let spool = open(&disk, Options { consumers: vec![], file_bytes: 1, ..options(1) });
    written(&spool, b"a");
    assert!(spool.sync());
    assert!(spool.sync());
    assert_eq!(spool.status().files, 2);
}

#[test]
fn an_old_file_with_records_is_ended_and_an_empty_one_is_not() {
    let spool = open(&SimDisk::default(), Options { file_age: Duration::ZERO, ..options(1) });
    assert!(spool.sync());
    assert_eq!(spool.status().files, 1);
    written(&spool, b"a");
    assert!(spool.sync());
    assert!(spool.sync());
    assert_eq!(spool.status().files, 2);
}

#[test]
fn a_full_spool_refuses_and_takes_records_again_when_the_consumers_have_read() {
    let disk = SimDisk::default();
    let options = Options { max_bytes: 1000, consumers: vec!["store"], ..options(1) };
    let spool = open(&disk, options);
    let mut kept = Vec::new();
    let refused = loop {
        match spool.append(entry(&[1; 100])) {
            Appended::Written(position) => kept.push(position),
            other => break other,
        }
    };
    assert_eq!(refused, Appended::Lost(LossReason::SpoolFull));
    assert!(spool.status().bytes <= 1000);
    assert_eq!(drain(&mut spool.reader(None)).len(), kept.len(), "nothing old was sacrificed");
    spool.release("store", *kept.last().unwrap());
    assert!(spool.sync(), "ends the file that is full");
    assert!(spool.sync());
    written(&spool, &[2; 100]);
    let lost = spool.status().lost;
    assert_eq!((lost.of(LossReason::SpoolFull), lost.total()), (1, 1));
}

#[test]
fn a_small_spool_is_in_several_files_and_says_whom_they_wait_for() {
    let spool = open(&SimDisk::default(), Options { max_bytes: 8000, ..options(1) });
    let mut last = None;
    for _ in 0..40 {
        last = Some(written(&spool, &[1; 100]));
        assert!(spool.sync());
    }
    assert!(spool.status().files >= 5, "{:?}", spool.status());
    let last = last.unwrap();
    assert_eq!((spool.waits_for("store"), spool.waits_for("catalog")), (0, 0), "they wait for both");
    spool.release("catalog", last);
    assert_eq!(spool.waits_for("catalog"), 0);
    assert!(spool.waits_for("store") > 4000);
    spool.release("store", last);
    assert_eq!(spool.waits_for("store"), 0);
    assert!(spool.sync());
    assert_eq!(spool.status().files, 1);
}

#[test]
fn after_closing_records_are_refused_and_everything_is_on_the_disk() {
    let disk = SimDisk::default();
    let spool = open(&disk, options(1));
    written(&spool, b"a");
    assert!(spool.close(LONG));
    assert!(spool.close(LONG), "twice is once");
    assert_eq!(spool.append(entry(b"b")), Appended::Lost(LossReason::Closed));
    let disk = disk.after_power_loss(|_| 0);
    assert_eq!(payloads(&mut open(&disk, options(2)).reader(None)), [b"a"]);
}

#[test]
fn the_sync_thread_syncs_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { sync_interval: Duration::from_millis(1), ..options(1) };
    let (spool, _) = Spool::open(directory.path(), options).unwrap();
    written(&spool, b"a");
    while spool.status().synced < 1 {
        thread::yield_now();
    }
}
