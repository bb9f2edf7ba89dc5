//! The thread that writes what appenders could not: it waits where they must not.

use crate::append::hand_back;
use crate::disk::write_all;
use crate::frame::{self, FILE_HEADER};
use crate::shared::{Shared, Writer, is_full};
use crate::status::LossReason;
use std::io;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::time::{Duration, Instant};

/// How long after a stall this thread goes on writing alone: if the disk stalls again, nobody else is held up.
pub(crate) const CALM: Duration = Duration::from_secs(1);

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const MOST_BYTES: usize = 1 << 20;

/// Runs until the spool is closed.
pub(crate) fn run(shared: &Shared) {
    let mut pause = FIRST_PAUSE;
    while let Some(kicks) = wait_for_work(shared) {
        match write_waiting(shared) {
            Ok(()) => pause = FIRST_PAUSE,
            Err(_) => {
                rest(shared, kicks, pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    // Closing: one last try, then what is left is lost, and counted.
    drop(write_waiting(shared));
    cut_remains(&mut shared.writer.lock());
    let mut ring = shared.ring.lock();
    let left = ring.len();
    if left > 0 {
        let cause = ring.cause;
        shared.counters.lose(cause, left);
        ring.pop(left);
        ring.abandoned = true;
        shared.counters.at_risk.store(0, Relaxed);
    }
    ring.answered = u64::MAX;
    shared.ring_answer.notify_all();
}

/// Waits until the ring has records; `None` when the spool is closing. Returns the kicks seen before the work.
fn wait_for_work(shared: &Shared) -> Option<u64> {
    let mut ring = shared.ring.lock();
    loop {
        if ring.closing {
            return None;
        }
        if !ring.is_empty() {
            return Some(ring.kicks);
        }
        let calm_until = ring.calm_until.filter(|until| *until > Instant::now());
        if shared.handover.load(Acquire) && calm_until.is_none() {
            drop(ring);
            hand_back(shared);
            ring = shared.ring.lock();
            continue;
        }
        ring.answered = ring.kicks;
        shared.ring_answer.notify_all();
        match calm_until {
            Some(until) => drop(shared.ring_work.wait_until(&mut ring, until)),
            None => shared.ring_work.wait(&mut ring),
        }
    }
}

/// Pauses after a failure, less long if somebody kicks or closes.
fn rest(shared: &Shared, kicks: u64, pause: Duration) {
    let until = Instant::now() + pause;
    let mut ring = shared.ring.lock();
    ring.answered = kicks;
    shared.ring_answer.notify_all();
    while !ring.closing && ring.kicks == kicks && !shared.ring_work.wait_until(&mut ring, until).timed_out() {
    }
}

/// Writes the ring's records, in order, until it is empty.
fn write_waiting(shared: &Shared) -> io::Result<()> {
    loop {
        let mut writer = shared.writer.lock();
        if shared.ring.lock().is_empty() {
            return Ok(());
        }
        mend(shared, &mut writer).inspect_err(|error| blame(shared, error))?;
        let mut frames = std::mem::take(&mut writer.frames);
        frames.clear();
        let count = shared.ring.lock().peek(&mut frames, MOST_BYTES);
        let started = Instant::now();
        let result = write(shared, &mut writer, &mut frames);
        let stalled = started.elapsed() > shared.options.max_wait;
        writer.frames = frames;
        let mut ring = shared.ring.lock();
        if stalled {
            ring.calm_until = Some(Instant::now() + CALM);
        }
        if result.is_ok() {
            ring.pop(count);
            ring.cause = LossReason::RingFull;
            shared.counters.at_risk.store(ring.len() as u64, Relaxed);
            drop(ring);
            drop(writer);
            shared.appended.notify();
            continue;
        }
        drop(ring);
        if let Err(error) = result {
            writer.torn = true;
            shared.counters.write_errors.fetch_add(1, Relaxed);
            shared.counters.note("writing to the spool", &error);
            blame(shared, &error);
            let has_records = writer.file.as_ref().is_some_and(|current| current.end > FILE_HEADER as u64);
            match (is_full(&error), has_records) {
                (true, _) if shared.drop_ballast() => {}
                // Perhaps it is only this file; one that never took a record is not worth replacing.
                (false, true) => shared.seal_current(&mut writer),
                _ => return Err(error),
            }
        }
    }
}

fn write(shared: &Shared, writer: &mut Writer, frames: &mut [u8]) -> io::Result<()> {
    let Some(current) = &writer.file else { return Err(io::ErrorKind::NotFound.into()) };
    let records = frame::seal(frames, writer.next_seq, current.log.seed);
    write_all(&*current.file, frames, current.end)?;
    shared.wrote(writer, frames, records);
    Ok(())
}

/// Leaves the writer with a file that ends in a complete frame.
fn mend(shared: &Shared, writer: &mut Writer) -> io::Result<()> {
    if !cut_remains(writer) {
        shared.seal_current(writer);
    }
    if writer.file.is_none() {
        // The sync thread, the only one that syncs, sees to its header and its directory entry.
        let fresh = shared.create_file(false)?;
        shared.install(writer, fresh, None)?;
    }
    Ok(())
}

/// Cuts off what a failed write left, so that nothing is found that was reported lost; false if that fails.
fn cut_remains(writer: &mut Writer) -> bool {
    if let Some(current) = writer.file.as_ref().filter(|_| writer.torn) {
        writer.torn = current.file.truncate(current.end).is_err();
    }
    !writer.torn
}

/// Sets why appends are refused once the ring is full.
fn blame(shared: &Shared, error: &io::Error) {
    shared.ring.lock().cause = if is_full(error) { LossReason::DiskFull } else { LossReason::WriteError };
}
