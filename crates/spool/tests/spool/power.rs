//! The power fails while a consumer is ahead of what was synced: it read records from the page cache and committed its
//! position, in a database that syncs, before the spool's sync thread came to them.

use crate::sim_disk::SimDisk;
use crate::{drain, options, written};
use model::Position;
use proptest::test_runner::{Config, TestRunner};
use spool::{Options, Spool};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A life of several starts, each ended by a power failure at any moment. Returns records written, lost, and dropped
/// later.
fn live(seed: u64) -> (usize, usize, usize) {
    let mut state = seed | 1;
    let mut chance = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % n
    };
    let mut disk = SimDisk::default();
    // What the consumer's own database holds, which survives: records and position, committed together.
    let (mut consumed, mut position): (Vec<(Position, Vec<u8>)>, Option<Position>) = (Vec::new(), None);
    let (mut all, mut lost, mut dropped) = (0, 0, 0);
    for epoch in 1..=6 {
        let (spool, _) = Spool::open_on(Arc::new(disk.clone()), options(epoch)).unwrap();
        let mut reader = spool.reader(position);
        let (mut records, mut synced) = (Vec::new(), 0);
        for _ in 0..chance(60) + 1 {
            match chance(6) {
                0 => {
                    assert!(spool.sync());
                    synced = records.len();
                }
                1 => {
                    let fresh = drain(&mut reader);
                    position = fresh.last().map_or(position, |(last, _)| Some(*last));
                    consumed.extend(fresh);
                }
                _ => {
                    let payload = format!("{epoch}-{}-{}", records.len(), "x".repeat(chance(400)));
                    records.push((written(&spool, payload.as_bytes()), payload.into_bytes()));
                }
            }
        }
        disk = disk.after_power_loss(&mut chance);
        drop(spool);
        all += records.len();
        // The next start reads on from the committed position; the one after it has records of its own.
        let (spool, _) = Spool::open_on(Arc::new(disk.clone()), options(1000 + epoch)).unwrap();
        let later: Vec<_> = (0..5_u8).map(|n| (written(&spool, &[n; 9]), vec![n; 9])).collect();
        let fresh = drain(&mut spool.reader(position));
        position = fresh.last().map_or(position, |(last, _)| Some(*last));
        consumed.extend(fresh);
        let have: HashSet<&(Position, Vec<u8>)> = consumed.iter().collect();
        assert_eq!(have.len(), consumed.len(), "none comes twice");
        for (number, record) in records.iter().enumerate() {
            if !have.contains(record) {
                assert!(number >= synced, "record {number} was synced");
                lost += 1;
            }
        }
        dropped += later.iter().filter(|record| !have.contains(record)).count();
        assert!(spool.sync());
        drop(spool);
        all += later.len();
    }
    (all, lost, dropped)
}

#[test]
fn after_a_power_loss_behind_the_consumer_no_later_record_is_dropped() {
    let mut sums = (0, 0, 0);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let lives = std::cell::RefCell::new(&mut sums);
    runner
        .run(&proptest::prelude::any::<u64>(), |seed| {
            let (all, lost, dropped) = live(seed);
            assert_eq!(dropped, 0, "seed {seed}");
            let mut sums = lives.borrow_mut();
            **sums = (sums.0 + all, sums.1 + lost, sums.2 + dropped);
            Ok(())
        })
        .unwrap();
    println!("power losses: {} written, {} lost unsynced, {} dropped later", sums.0, sums.1, sums.2);
    assert!(sums.1 > 0, "a loss must be possible, or nothing was tried");
}

#[test]
fn a_power_loss_takes_no_more_than_an_interval_and_a_sync() {
    let interval = Duration::from_millis(50);
    let disk = SimDisk::default();
    let own = Options { sync_interval: interval, ..options(1) };
    let (spool, _) = Spool::open_on(Arc::new(disk.clone()), own).unwrap();
    let mut consumer = spool.reader(None);
    // When each was written, and when it was seen to be synced.
    let (mut at, mut worst, mut position) = (Vec::new(), Duration::ZERO, None);
    let began = Instant::now();
    while began.elapsed() < 20 * interval {
        at.push(Instant::now());
        written(&spool, b"a scan");
        // The consumer is ahead of the sync all the time.
        position = drain(&mut consumer).last().map(|(last, _)| *last).or(position);
        let synced = spool.status().synced as usize;
        if synced < at.len() {
            worst = worst.max(at[synced].elapsed());
        }
        std::thread::yield_now();
    }
    let behind = at.len() - spool.status().synced as usize;
    // Everything that was not synced is gone.
    let lost_power = disk.after_power_loss(|_| 0);
    let (next, _) = Spool::open_on(Arc::new(lost_power), options(2)).unwrap();
    let kept = drain(&mut next.reader(None)).len();
    println!(
        "power loss: {} written, {kept} kept, {} lost of {behind} unsynced; the oldest unsynced was at most {worst:?} old",
        at.len(),
        at.len() - kept
    );
    assert!(at.len() - kept <= behind);
    let first = written(&next, b"later");
    let fresh = drain(&mut next.reader(position));
    assert_eq!(fresh, [(first, b"later".to_vec())], "the consumer was ahead of all that is left");
}
