//! Fills the scan store: hot at once, sealed when due (`merging.rs` merges). Publishes to the live feed what has become
//! queryable.

use super::{PAUSE_AFTER_FAILURE, STORE, Stop};
use crate::clock::Clock;
use crate::feed::Feed;
use crate::redirect::days::Days;
use crate::status::{Sickness, Unrecorded};
use analytics::{Batch, Local, Sealed};
use model::Position;
use model::scan::{Identity, Verdict};
use spool::Spool;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// Part of `spool.max_bytes` that may wait for the store alone: behind it come what the catalog has not counted yet, and
/// what comes in until the files have gone.
pub const SPOOL_SHARE: u64 = 4;
/// Longest the consumer sleeps when nothing comes.
const WAIT: Duration = Duration::from_millis(200);
/// How long the consumer waits for room in the hot tier before it looks again.
const NO_ROOM: Duration = Duration::from_millis(50);
/// How often hot scans are looked after.
const KEEP: Duration = Duration::from_millis(500);
/// Longest pause after sealing has failed: each try writes the hot scans once more.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A clock that goes back this far has been set; what is hot bears times that it will not reach for long.
const SET_BACK_MS: i64 = 60_000;

/// The consumer.
pub struct StoreConsumer {
    /// Where it reads.
    pub spool: Arc<Spool>,
    /// Where it writes.
    pub store: Arc<Local>,
    /// Whom it tells.
    pub feed: Arc<Feed>,
    /// Today's visitors, restored from what an earlier process wrote.
    pub days: Arc<Days>,
    /// Where its troubles are told.
    pub sickness: Arc<Sickness>,
    /// Becomes true once it has read everything that was there at the start.
    pub caught_up: Arc<AtomicBool>,
    /// Where `now` comes from.
    pub clock: Clock,
    /// Every scan recorded before this moment is in the store. Milliseconds.
    pub read_up_to: Arc<AtomicI64>,
    /// Rows that the hot tier may have.
    pub hot_rows_max: usize,
    /// Records that turned out not to be readable.
    pub unrecorded: Arc<Unrecorded>,
}

impl StoreConsumer {
    /// Runs until it is asked to stop and has read what there is.
    pub fn run(self, position: Option<Position>, stop: &Stop) {
        let mut reader = self.spool.reader(position);
        loop {
            // The spool keeps what is not taken; memory must not run full because a disk will have no segment.
            let room = self.hot_rows_max.saturating_sub(self.store.hot_rows());
            if room == 0 {
                let text = format!("full with {} scans; newer ones wait in the spool", self.hot_rows_max);
                self.sickness.note("hot scans", text);
                if stop.wait(NO_ROOM) {
                    return;
                }
                continue;
            }
            let asked_at = self.clock.now();
            match super::next(&mut reader, room, WAIT) {
                Ok(batch) if batch.is_empty() => {
                    self.sickness.clear("hot scans");
                    self.read_up_to.store(asked_at.0, Ordering::Release);
                    self.caught_up.store(true, Ordering::Release);
                    if stop.is_asked() {
                        return;
                    }
                }
                Ok(batch) => {
                    self.sickness.clear("spool reader");
                    self.take(&batch);
                    super::gather(&batch, stop);
                }
                Err(error) => {
                    self.sickness.note("spool reader", error);
                    if stop.is_asked() {
                        return;
                    }
                    std::thread::sleep(PAUSE_AFTER_FAILURE);
                }
            }
        }
    }

    fn take(&self, batch: &spool::Batch) {
        let records = super::read(batch);
        self.unrecorded.unreadable.fetch_add(records.unreadable, Ordering::Relaxed);
        let epoch = self.spool.epoch();
        let mut rows = Batch::new();
        for (position, scan) in &records.scans {
            rows.scan(*position, scan);
            // This process's own scans were noted when they were answered.
            if position.epoch != epoch
                && scan.verdict == Verdict::Human
                && scan.identity != Identity::None
                && let Some(day) = self.days.if_current(scan.at.utc_day())
            {
                day.restore(scan.workspace, scan.link, scan.visitor);
            }
        }
        for (position, trace) in &records.traces {
            rows.trace(*position, trace);
        }
        if let Some(last) = batch.last() {
            rows.passed(last);
        }
        self.store.append(rows);
        if let Some((_, last)) = records.scans.last() {
            self.read_up_to.fetch_max(last.at.0, Ordering::AcqRel);
        }
        self.feed.publish(self.clock.now(), &records.scans, &records.traces);
    }
}

/// Makes hot scans durable segments when they are due, and lets consumed spool files go. A thread of its own, so that scans
/// stay visible within the second while a million of them are sealed.
pub struct StoreKeeper {
    /// What it keeps.
    pub store: Arc<Local>,
    /// Whose files may go.
    pub spool: Arc<Spool>,
    /// Where `now` comes from.
    pub clock: Clock,
    /// Where its troubles are told.
    pub sickness: Arc<Sickness>,
    /// Bytes of spool files that may wait for what is hot to be sealed, when nothing else keeps them.
    pub spool_share: u64,
}

impl StoreKeeper {
    /// Runs until it is asked to stop.
    pub fn run(&self, stop: &Stop) {
        let (mut before, mut pause) = (self.clock.now(), KEEP);
        while !stop.wait(pause) {
            let now = self.clock.now();
            let set_back = before.0 - now.0 >= SET_BACK_MS;
            before = now;
            // Rather a small segment than a spool that is full of what has long been read.
            let is_early = set_back || self.spool.waits_for(STORE) >= self.spool_share;
            let sealed = if is_early { self.store.seal() } else { self.store.seal_due(now) };
            pause = if sealed.is_ok() { KEEP } else { (pause * 2).min(LONGEST_PAUSE) };
            self.note("sealing", sealed.map(|sealed| self.release(sealed)));
        }
    }

    /// Seals what is hot; the last thing before the end.
    pub fn seal(&self) {
        self.note("sealing", self.store.seal().map(|sealed| self.release(sealed)));
    }

    fn release(&self, sealed: Option<Sealed>) {
        if let Some(sealed) = sealed {
            self.spool.release(STORE, sealed.position);
            tracing::info!(scans = sealed.scans, traces = sealed.traces, "Sealed hot scans");
        }
    }

    fn note(&self, part: &'static str, outcome: analytics::Result<()>) {
        match outcome {
            Ok(()) => self.sickness.clear(part),
            Err(error) => self.sickness.note(part, error),
        }
    }
}
