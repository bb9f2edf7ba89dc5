//! The way of a record into the log, on the caller's thread.

use crate::disk::write_all;
use crate::frame::{self, MAX_PAYLOAD};
use crate::rescue::CALM;
use crate::shared::{Shared, Writer};
use crate::status::LossReason;
use model::Position;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Instant;

/// A record to be appended.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What the record is; the spool does not look at it.
    pub kind: u8,
    /// How the payload is laid out; the spool does not look at it.
    pub layout: u8,
    /// When it happened, Unix milliseconds.
    pub at_ms: i64,
    /// At most [`MAX_PAYLOAD`] bytes.
    pub payload: &'a [u8],
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// The kernel has it: the end of this process, however sudden, does not take it. For several records, the
    /// position of the last; they follow each other.
    Written(Position),
    /// It waits in memory and is written as soon as that is possible, unless the process ends before.
    AtRisk,
    /// It is not kept; counted in [`crate::Status::lost`].
    Lost(LossReason),
}

/// Records on their way into the log together, encoded: all that is left to do for an append is to number them.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    records: usize,
    too_large: usize,
}

impl Frames {
    /// Adds a record; `payload` appends its bytes, at most [`MAX_PAYLOAD`]. What is larger is left out, and counted as
    /// lost with the next append.
    pub fn push(&mut self, kind: u8, layout: u8, at_ms: i64, payload: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.bytes.len();
        if frame::encode(&mut self.bytes, kind, layout, at_ms, payload) > MAX_PAYLOAD {
            self.bytes.truncate(begin);
            self.too_large += 1;
        } else {
            self.records += 1;
        }
    }

    /// Whether there is nothing to append.
    pub fn is_empty(&self) -> bool {
        self.records + self.too_large == 0
    }

    fn clear(&mut self) {
        self.bytes.clear();
        (self.records, self.too_large) = (0, 0);
    }
}

impl Shared {
    pub fn append_all(&self, entries: &[Entry<'_>]) -> Appended {
        if entries.iter().any(|entry| entry.payload.len() > MAX_PAYLOAD) {
            return self.lose(LossReason::TooLarge, entries.len());
        }
        let mut frames = Frames::default();
        for entry in entries {
            let payload = |bytes: &mut Vec<u8>| bytes.extend_from_slice(entry.payload);
            frames.push(entry.kind, entry.layout, entry.at_ms, payload);
        }
        self.append_frames(&mut frames)
    }

    /// Leaves `frames` empty.
    pub fn append_frames(&self, frames: &mut Frames) -> Appended {
        if frames.too_large > 0 {
            self.counters.lose(LossReason::TooLarge, frames.too_large);
        }
        let appended = match frames.records {
            0 => Appended::Lost(LossReason::TooLarge),
            _ => self.append(&mut frames.bytes, frames.records),
        };
        frames.clear();
        appended
    }

    fn append(&self, frames: &mut [u8], records: usize) -> Appended {
        if self.handover.load(Acquire) {
            return self.queue(frames, records, false);
        }
        let Some(mut writer) = self.writer.try_lock_for(self.options.max_wait) else {
            return self.queue(frames, records, true);
        };
        // Records that went into the ring while we waited for the lock come first.
        if self.handover.load(Acquire) || writer.file.is_none() {
            drop(writer);
            return self.queue(frames, records, false);
        }
        let appended = self.write(&mut writer, frames, records);
        drop(writer);
        if matches!(appended, Appended::Written(_)) {
            self.appended.notify();
        }
        appended
    }

    fn write(&self, writer: &mut Writer, frames: &mut [u8], records: usize) -> Appended {
        let Some(current) = &writer.file else { return Appended::AtRisk };
        if self.sealed_bytes.load(Relaxed) + current.end + frames.len() as u64 > self.options.max_bytes {
            self.refused.store(true, Relaxed);
            return self.lose(LossReason::SpoolFull, records);
        }
        let records = frame::seal(frames, writer.next_seq, current.log.seed);
        let started = Instant::now();
        self.writing_since.store(self.micros_at(started), Relaxed);
        let result = write_all(&*current.file, frames, current.end);
        self.writing_since.store(0, Relaxed);
        let stalled = started.elapsed() > self.options.max_wait;
        if let Err(error) = result {
            writer.torn = true;
            self.counters.write_errors.fetch_add(1, Relaxed);
            self.counters.note("writing to the spool", error);
            self.take_over(|ring| {
                ring.push_front(frames);
                self.counters.at_risk_total.fetch_add(records, Relaxed);
                stalled
            });
            return Appended::AtRisk;
        }
        self.wrote(writer, frames, records);
        if stalled {
            self.take_over(|_| true);
        }
        Appended::Written(self.position(writer.next_seq - 1))
    }

    /// Puts records into the ring, for the rescue thread to write.
    fn queue(&self, frames: &[u8], records: usize, stalled: bool) -> Appended {
        let in_files = self.sealed_bytes.load(Relaxed) + self.current_bytes();
        if in_files + frames.len() as u64 > self.options.max_bytes {
            self.refused.store(true, Relaxed);
            return self.lose(LossReason::SpoolFull, records);
        }
        let mut refused = None;
        self.take_over(|ring| {
            if ring.closing {
                refused = Some(LossReason::Closed);
            } else if !ring.push(frames) {
                refused = Some(ring.cause);
            } else {
                self.counters.at_risk_total.fetch_add(records as u64, Relaxed);
            }
            stalled
        });
        refused.map_or(Appended::AtRisk, |reason| self.lose(reason, records))
    }

    /// From here on only the rescue thread writes. `change` says whether a stall is the reason.
    fn take_over(&self, change: impl FnOnce(&mut crate::ring::Ring) -> bool) {
        let mut ring = self.ring.lock();
        if change(&mut ring) {
            ring.calm_until = Some(Instant::now() + CALM);
        }
        self.counters.at_risk.store(ring.len() as u64, Relaxed);
        // Under the ring's lock, as the rescue thread's taking it back is: a record in the ring always has somebody
        // who writes it.
        self.handover.store(true, Release);
        self.ring_work.notify_one();
    }

    fn current_bytes(&self) -> u64 {
        self.files.read().list.last().filter(|file| !file.is_sealed()).map_or(0, |file| file.written())
    }

    fn lose(&self, reason: LossReason, records: usize) -> Appended {
        self.counters.lose(reason, records);
        Appended::Lost(reason)
    }
}

/// For the rescue thread: opens the fast way again, if nothing has come up meanwhile.
pub(crate) fn hand_back(shared: &Shared) {
    // The writer's lock first: nobody may be between looking at `handover` and writing.
    let _writer = shared.writer.lock();
    let mut ring = shared.ring.lock();
    if ring.is_empty() && !ring.closing && ring.calm_until.is_none_or(|until| Instant::now() >= until) {
        ring.calm_until = None;
        shared.handover.store(false, Release);
    }
}
