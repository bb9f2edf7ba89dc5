//! The thread that syncs, and does what takes time: begins files, removes released ones, keeps the ballast.

use crate::adrift::Adrift;
use crate::log_file::{Files, LogFile};
use crate::shared::{BALLAST, Released, Shared, is_full};
use crate::unsynced::Unsynced;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

/// What others ask of the sync thread.
#[derive(Default)]
pub(crate) struct Control {
    pub asked: u64,
    pub answered: u64,
    /// Whether everything written before the last answer is on the disk.
    pub clean: bool,
    pub closing: bool,
}

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
const BALLAST_RETRY: Duration = Duration::from_secs(60);
/// Files that a full spool is at least.
const LEAST_FILES: u64 = 8;

/// Runs until the spool is closed.
pub(crate) fn run(shared: &Shared) {
    let mut syncer = Syncer { shared, broken: None, ballast_after: None, adrift: Adrift::new(shared) };
    loop {
        let started = Instant::now();
        let (asked, closing, pressing) = {
            let control = shared.control.lock();
            (control.asked, control.closing, control.closing || control.answered < control.asked)
        };
        let clean = syncer.turn(pressing);
        if closing {
            syncer.adrift.give_up();
        }
        let mut control = shared.control.lock();
        control.answered = asked;
        control.clean = clean;
        shared.control_answer.notify_all();
        if closing {
            control.answered = u64::MAX;
            return;
        }
        let until = started + shared.options.sync_interval;
        while control.asked == asked
            && !control.closing
            && !shared.control_work.wait_until(&mut control, until).timed_out()
        {}
    }
}

struct Syncer<'a> {
    shared: &'a Shared,
    /// Set while records are in files whose sync failed and in no other: when to try a new file again, and how long
    /// to wait after that.
    broken: Option<(Instant, Duration)>,
    ballast_after: Option<Instant>,
    adrift: Adrift<'a>,
}

impl Syncer<'_> {
    /// One turn; true if everything written before it is on the disk. `pressing`: somebody waits for it.
    fn turn(&mut self, pressing: bool) -> bool {
        // What is removed between this look and the sync is copied whole at the next.
        self.adrift.look(pressing);
        let clean = self.sync(pressing) && self.adrift.is_empty();
        self.rotate();
        self.remove_released();
        self.keep_ballast();
        clean
    }

    fn sync(&mut self, pressing: bool) -> bool {
        let started = Instant::now();
        let shared = self.shared;
        // If a write hangs, what can be synced is, and what was written since then stays marked as unsynced.
        let taken = shared
            .writer
            .try_lock_for(shared.options.sync_interval.min(Duration::from_millis(50)))
            .map(|mut writer| (writer.unsynced.take(), writer.next_seq - 1));
        let is_due = |file: &&Arc<LogFile>| file.is_dirty() && !file.adrift.load(Acquire);
        let dirty: Vec<Arc<LogFile>> =
            shared.files.read().list.iter().filter(is_due).map(Arc::clone).collect();
        let busy = !dirty.is_empty();
        let mut sound = true;
        for file in &dirty {
            sound &= self.sync_file(file);
        }
        if busy {
            shared.counters.last_sync_us.store(started.elapsed().as_micros() as u64, Relaxed);
        }
        let retry = self.broken.is_some_and(|(at, _)| pressing || Instant::now() >= at);
        if !sound && self.broken.is_none() || retry {
            return self.begin_again(taken.map(|(unsynced, _)| unsynced));
        }
        match taken {
            Some((unsynced, seq)) if self.broken.is_none() => {
                if self.adrift.is_empty() {
                    shared.counters.synced.store(seq, Release);
                }
                shared.writer.lock().unsynced.reuse(unsynced);
                true
            }
            Some((unsynced, _)) => {
                shared.writer.lock().unsynced.put_back(unsynced);
                false
            }
            None => false,
        }
    }

    fn sync_file(&self, file: &LogFile) -> bool {
        let shared = self.shared;
        let upto = file.written();
        let synced = file.open(&*shared.disk).and_then(|handle| handle.sync()).and_then(|()| {
            if !file.entry_synced.load(Relaxed) {
                shared.disk.sync_directory()?;
                file.entry_synced.store(true, Relaxed);
            }
            Ok(())
        });
        match synced {
            Ok(()) => file.synced.store(upto, Relaxed),
            Err(error) => {
                file.failed.store(true, Relaxed);
                shared.counters.sync_errors.fetch_add(1, Relaxed);
                shared.counters.note("syncing the spool", &error);
                if is_full(&error) {
                    shared.drop_ballast();
                }
            }
        }
        file.close_if_done();
        !file.failed.load(Relaxed)
    }

    /// After a failed sync: everything since the last good one goes into a new file, from memory, because the kernel
    /// may have dropped what it could not write and would call the next sync of the old file a success.
    fn begin_again(&mut self, taken: Option<Unsynced>) -> bool {
        let shared = self.shared;
        let fresh = shared.create_file(true);
        let mut writer = shared.writer.lock();
        if let Some(taken) = taken {
            writer.unsynced.put_back(taken);
        }
        let mut carry = writer.unsynced.take();
        let (records, dropped) = (carry.records(), std::mem::take(&mut carry.dropped));
        let installed = fresh.and_then(|fresh| shared.install(&mut writer, fresh, Some(&mut carry)));
        let seq = writer.next_seq - 1;
        let current = writer.file.as_ref().map(|current| Arc::clone(&current.log));
        writer.unsynced.put_back(carry);
        drop(writer);
        let wait = self.broken.map_or(FIRST_RETRY, |(_, wait)| (wait * 2).min(LONGEST_RETRY));
        shared.counters.unprotected.fetch_add(dropped, Relaxed);
        if installed.is_ok() {
            for file in shared.files.read().list.iter().filter(|file| file.failed.load(Relaxed)) {
                file.rewritten.store(true, Release);
            }
            shared.counters.rewritten.fetch_add(records, Relaxed);
            if current.is_some_and(|file| self.sync_file(&file)) {
                shared.counters.synced.store(seq, Release);
                self.broken = None;
                // What this file holds is safe; what came after `seq` is still in memory with it, for the next turn.
                return true;
            }
        }
        self.broken = Some((Instant::now() + wait, wait));
        false
    }

    /// Begins a new file when there is none, when one was asked for, when the current one is large or old, or when the
    /// spool is full and only the end of this file lets it go.
    fn rotate(&self) {
        let shared = self.shared;
        let current = shared.files.read().list.last().filter(|file| !file.is_sealed()).map(Arc::clone);
        let since = match shared.writer.try_lock() {
            Some(writer) => writer.file.as_ref().map(|current| current.since),
            // Somebody is writing, so there is a file; its age can wait.
            None => Some(Instant::now()),
        };
        let due = match (current, since) {
            (Some(file), Some(since)) => {
                let full = shared.refused.swap(false, Relaxed) | shared.renew.swap(false, Relaxed);
                // What is to go before the spool is full must be in several files.
                let most = shared.options.file_bytes.min(shared.options.max_bytes / LEAST_FILES);
                let large = file.written() >= most;
                !file.is_empty() && (full || large || since.elapsed() >= shared.options.file_age)
            }
            (_, None) => true,
            (None, Some(_)) => false,
        };
        if due && let Ok(fresh) = shared.create_file(true) {
            drop(shared.install(&mut shared.writer.lock(), fresh, None));
        }
    }

    /// Removes, oldest first, the files that every consumer has passed. Never one from the middle: a position in an
    /// epoch without files then always means "before everything that is left".
    fn remove_released(&self) {
        let shared = self.shared;
        let released = shared.released.lock().clone();
        if released.is_empty() {
            return;
        }
        let mut removed = false;
        loop {
            let oldest = {
                let files = shared.files.read();
                match files.list.first() {
                    Some(file) if file.is_sealed() && is_passed(&files, file, released.iter()) => {
                        Arc::clone(file)
                    }
                    _ => break,
                }
            };
            oldest.released.store(true, Release);
            if let Err(error) = shared.disk.remove(&oldest.name())
                && error.kind() != io::ErrorKind::NotFound
            {
                shared.counters.note("removing a spool file", error);
                break;
            }
            oldest.synced.store(u64::MAX, Relaxed);
            oldest.close_if_done();
            shared.files.write().list.remove(0);
            shared.sealed_bytes.fetch_sub(oldest.written(), Relaxed);
            removed = true;
        }
        if removed && let Err(error) = shared.disk.sync_directory() {
            shared.counters.note("syncing the spool's directory", error);
        }
    }

    fn keep_ballast(&mut self) {
        let shared = self.shared;
        let bytes = shared.options.ballast_bytes;
        if bytes == 0
            || shared.ballast.load(Acquire)
            || self.ballast_after.is_some_and(|after| Instant::now() < after)
        {
            return;
        }
        if shared.disk.available().is_ok_and(|available| available < bytes.saturating_mul(2)) {
            shared.cramped.store(true, Relaxed);
            return;
        }
        match shared.disk.allocate(BALLAST, bytes) {
            Ok(()) => {
                shared.ballast.store(true, Release);
                shared.cramped.store(false, Relaxed);
            }
            Err(error) => {
                shared.cramped.fetch_or(is_full(&error), Relaxed);
                shared.counters.note("setting the spool's ballast aside", error);
                self.ballast_after = Some(Instant::now() + BALLAST_RETRY);
            }
        }
    }
}

/// Whether all of these consumers have released all of a file.
pub(crate) fn is_passed<'r>(
    files: &Files,
    file: &LogFile,
    mut released: impl Iterator<Item = &'r Released>,
) -> bool {
    let Some(rank) = files.rank(file.epoch) else { return false };
    file.is_empty() || released.all(|(_, upto)| upto.is_some_and(|upto| upto >= (rank, file.last_seq())))
}
