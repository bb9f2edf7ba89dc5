//! Files that somebody removes while they are open: a folder cleaned up by hand, a data directory deleted under the server.
//!
//! The system keeps such a file for as long as it is open, so writes to it succeed and readers have it; with the process it
//! is gone. It is copied, byte by byte, to a new file of the same name, and records go on in another.

use crate::disk::{Place, SpoolFile};
use crate::log_file::LogFile;
use crate::recovery::copy_to;
use crate::shared::{BALLAST, Shared};
use crate::status::LossReason;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

const RETRY: Duration = Duration::from_secs(1);

/// The removed files that could not be copied so far. Of the sync thread.
pub(crate) struct Adrift<'a> {
    shared: &'a Shared,
    files: Vec<Arc<LogFile>>,
    retry_at: Option<Instant>,
}

impl<'a> Adrift<'a> {
    pub fn new(shared: &'a Shared) -> Self {
        Self { shared, files: Vec::new(), retry_at: None }
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Sees whether directory and open files are still there, and restores what is not. `pressing`: now, and not a second
    /// after the last try.
    pub fn look(&mut self, pressing: bool) {
        let shared = self.shared;
        let place = shared.disk.place();
        *shared.counters.place.lock() = place;
        self.find();
        let is_time = pressing || self.retry_at.is_none_or(|at| Instant::now() >= at);
        if place == Place::Removed && is_time {
            match shared.disk.renew() {
                Ok(()) => *shared.counters.place.lock() = Place::Kept,
                Err(error) => {
                    shared.counters.note("making the spool's directory again", error);
                    self.retry_at = Some(Instant::now() + RETRY);
                }
            }
        }
        if !self.files.is_empty() && is_time {
            self.restore();
        }
        let adrift = self.files.iter().map(|file| self.unreleased(file)).sum();
        shared.counters.adrift.store(adrift, Relaxed);
    }

    /// At the end: what is in these files alone, and not every consumer has, is lost.
    pub fn give_up(&mut self) {
        let lost: u64 = self.files.iter().map(|file| self.unreleased(file)).sum();
        self.shared.counters.lose(LossReason::FileGone, lost as usize);
        self.shared.counters.adrift.store(0, Relaxed);
    }

    fn find(&mut self) {
        let shared = self.shared;
        let files = shared.files.read().list.clone();
        // All consumers have passed those that are not listed any more.
        self.files.retain(|known| files.iter().any(|file| Arc::ptr_eq(file, known)));
        for file in files {
            let is_known = file.adrift.load(Acquire);
            if !is_known && file.held().is_some_and(|handle| handle.is_named().is_ok_and(|named| !named)) {
                file.adrift.store(true, Release);
                self.files.push(file);
                // It may have gone with it.
                shared.ballast.fetch_and(shared.disk.open(BALLAST).is_ok(), Relaxed);
            }
        }
    }

    fn restore(&mut self) {
        let shared = self.shared;
        self.retry_at = None;
        for file in std::mem::take(&mut self.files) {
            match self.restore_one(&file) {
                Ok(copy) => {
                    file.restored(copy);
                    shared.counters.restored.fetch_add(1, Relaxed);
                }
                Err(error) => {
                    shared.counters.note("restoring a removed file of the spool", error);
                    self.retry_at = Some(Instant::now() + RETRY);
                    self.files.push(file);
                }
            }
        }
    }

    fn restore_one(&self, file: &LogFile) -> io::Result<Arc<dyn SpoolFile>> {
        let shared = self.shared;
        let handle = file.held().ok_or(io::ErrorKind::NotFound)?;
        if !file.is_sealed() {
            // Nobody waits for the copy: from here on records go to another file.
            let fresh = shared.create_file(true)?;
            shared.install(&mut shared.writer.lock(), fresh, None)?;
        }
        let name = file.name();
        // The begin of a copy that was not finished, or of somebody's.
        drop(shared.disk.remove(&name));
        let copy = copy_to(&*shared.disk, &*handle, &name, file.written())?;
        copy.sync()?;
        shared.disk.sync_directory()?;
        Ok(copy)
    }

    /// Records of a file that not every consumer has released.
    fn unreleased(&self, file: &LogFile) -> u64 {
        let shared = self.shared;
        let rank = shared.files.read().rank(file.epoch);
        let released = shared.released.lock();
        let least = released.iter().map(|(_, upto)| *upto).min().flatten();
        let behind = match least {
            Some((of, _)) if Some(of) > rank => u64::MAX,
            Some((of, seq)) if Some(of) == rank => seq,
            _ => 0,
        };
        let first = file.runs.first().map_or(u64::MAX, |run| run.first);
        (file.last_seq() + 1).saturating_sub(first.max(behind.saturating_add(1)))
    }
}
