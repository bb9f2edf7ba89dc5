//! The spool as its users see it.

use crate::append::{Appended, Entry, Frames};
use crate::disk::{Directory, Disk};
use crate::log_file::LogFile;
use crate::options::Options;
use crate::reader::Reader;
use crate::recovery::{Recovered, Recovery, recover};
use crate::ring::Ring;
use crate::shared::{BALLAST, Shared, Writer};
use crate::status::{Counters, Status};
use crate::sync::{Control, is_passed};
use crate::unsynced::Unsynced;
use crate::{rescue, sync};
use model::Position;
use parking_lot::{Condvar, Mutex, RwLock};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::thread;
use std::time::{Duration, Instant};

/// How long dropping a spool waits for the disk.
const DROP_WAIT: Duration = Duration::from_secs(5);

/// An open spool. Share it by reference or `Arc`; dropping it closes it.
pub struct Spool {
    shared: Arc<Shared>,
}

impl Spool {
    /// Opens the spool in the directory at `path`, which is made if need be, and begins a new epoch. One process at a
    /// time: who opens must hold the data directory's lock.
    ///
    /// Reads everything that is there, at the speed of the disk.
    ///
    /// # Errors
    /// Only if the directory cannot be made or listed, or no thread be started. Damage, missing room and a disk that
    /// fails do not keep the spool from opening; see [`Recovery`] and [`Status`].
    pub fn open(path: impl Into<PathBuf>, options: Options) -> io::Result<(Self, Recovery)> {
        Self::open_on(Arc::new(Directory::create(path)?), options)
    }

    /// [`Spool::open`] on another kind of disk.
    ///
    /// # Errors
    /// As [`Spool::open`].
    pub fn open_on(disk: Arc<dyn Disk>, mut options: Options) -> io::Result<(Self, Recovery)> {
        let Recovered { mut files, next_order, mut report } = recover(&*disk)?;
        while files.rank(options.epoch).is_some() {
            options.epoch = options.epoch.wrapping_add(1);
        }
        files.epochs.push(options.epoch);
        let sealed_bytes = files.bytes();
        let shared = Arc::new(Shared {
            epoch: options.epoch,
            opened: Instant::now(),
            next_order: AtomicU64::new(next_order),
            writer: Mutex::new(Writer {
                file: None,
                next_seq: 1,
                torn: false,
                frames: Vec::new(),
                unsynced: Unsynced::new(options.unsynced_bytes),
            }),
            handover: AtomicBool::new(false),
            ring: Mutex::new(Ring::new(options.ring_bytes)),
            ring_work: Condvar::new(),
            ring_answer: Condvar::new(),
            files: RwLock::new(files),
            last_seq: AtomicU64::new(0),
            sealed_bytes: AtomicU64::new(sealed_bytes),
            refused: AtomicBool::new(false),
            renew: AtomicBool::new(false),
            ballast: AtomicBool::new(adopt_ballast(&*disk, options.ballast_bytes)),
            cramped: AtomicBool::new(false),
            gone: Mutex::new(None),
            appended: Default::default(),
            writing_since: AtomicU64::new(0),
            released: Mutex::new(options.consumers.iter().map(|&consumer| (consumer, None)).collect()),
            control: Mutex::new(Control::default()),
            control_work: Condvar::new(),
            control_answer: Condvar::new(),
            counters: Counters::default(),
            disk,
            options,
        });
        // Without a first file records wait in memory until the disk will have one.
        let first = shared.create_file(true);
        if let Err(error) = first.and_then(|fresh| shared.install(&mut shared.writer.lock(), fresh, None)) {
            report.errors.push(format!("creating a spool file: {error}"));
        }
        let spool = Self { shared };
        spool.start("spool-rescue", rescue::run)?;
        spool.start("spool-sync", sync::run)?;
        Ok((spool, report))
    }

    fn start(&self, name: &str, run: impl Fn(&Shared) + Send + 'static) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name(name.into()).spawn(move || run(&shared))?;
        Ok(())
    }

    /// The epoch of this opening.
    pub fn epoch(&self) -> u32 {
        self.shared.epoch
    }

    /// Appends one record with a single write and returns when the kernel has it, without waiting for the disk.
    pub fn append(&self, entry: Entry<'_>) -> Appended {
        self.shared.append_all(&[entry])
    }

    /// Appends several records with a single write: all of them or, by this answer, none. A process that is killed
    /// meanwhile may leave the first few.
    pub fn append_all(&self, entries: &[Entry<'_>]) -> Appended {
        self.shared.append_all(entries)
    }

    /// [`Spool::append_all`] of records that are encoded already; `frames` is empty afterwards.
    pub fn append_frames(&self, frames: &mut Frames) -> Appended {
        self.shared.append_frames(frames)
    }

    /// A reader of everything after this position; of everything there is if `None`.
    ///
    /// A position whose record is gone (a power loss took it) is as good as any: reading begins with the first record
    /// that was written after it. A position of an epoch without files begins with the oldest file: files are only
    /// ever removed from the old end, so all that is left is younger.
    pub fn reader(&self, after: Option<Position>) -> Reader {
        Reader::new(Arc::clone(&self.shared), after)
    }

    /// Says that a consumer has made everything up to this position durable on its own side. The sync thread removes
    /// the files that all consumers named in [`Options::consumers`] have passed. Positions never move back; unknown
    /// positions and consumers change nothing.
    pub fn release(&self, consumer: &str, upto: Position) {
        let Some(rank) = self.shared.files.read().rank(upto.epoch) else { return };
        let mut released = self.shared.released.lock();
        if let Some((_, position)) = released.iter_mut().find(|(name, _)| *name == consumer) {
            *position = (*position).max(Some((rank, upto.seq)));
        }
    }

    /// Has the sync thread end the current file at its next turn, so that what it holds can go as soon as it is released
    /// and not only once the file is large or old.
    pub fn renew(&self) {
        self.shared.renew.store(true, Relaxed);
    }

    /// Bytes of the files that stay for this consumer alone: all others have released them.
    pub fn waits_for(&self, consumer: &str) -> u64 {
        let released = self.shared.released.lock().clone();
        let (own, others): (Vec<_>, Vec<_>) = released.iter().partition(|(name, _)| *name == consumer);
        let files = self.shared.files.read();
        let waits = |file: &&Arc<LogFile>| {
            is_passed(&files, file, others.iter().copied()) && !is_passed(&files, file, own.iter().copied())
        };
        files.list.iter().filter(waits).map(|file| file.written()).sum()
    }

    /// Whether a file still holds records at or before a position of this epoch, or of an earlier one.
    pub fn holds(&self, upto: Position) -> bool {
        let files = self.shared.files.read();
        files.list.iter().filter(|file| !file.is_empty()).any(|file| {
            let first = file.runs.first().map_or(u64::MAX, |run| run.first);
            file.epoch != upto.epoch || first <= upto.seq
        })
    }

    /// Writes what waits in memory and syncs everything now; true if all records appended before this call are on
    /// the disk. For a clean stop and for tests: it waits as long as the disk takes.
    pub fn sync(&self) -> bool {
        let shared = &self.shared;
        let mut ring = shared.ring.lock();
        ring.kicks += 1;
        let kick = ring.kicks;
        shared.ring_work.notify_one();
        while ring.answered < kick {
            shared.ring_answer.wait(&mut ring);
        }
        let waiting = ring.len();
        drop(ring);
        let mut control = shared.control.lock();
        control.asked += 1;
        let asked = control.asked;
        shared.control_work.notify_one();
        while control.answered < asked {
            shared.control_answer.wait(&mut control);
        }
        control.clean && waiting == 0
    }

    /// How the spool is doing. Takes no lock that a write holds.
    pub fn status(&self) -> Status {
        let shared = &self.shared;
        let counters = &shared.counters;
        let written = shared.last_seq.load(Acquire);
        let (files, bytes) = {
            let files = shared.files.read();
            (files.list.len() as u64, files.bytes())
        };
        Status {
            epoch: shared.epoch,
            last: (written > 0).then(|| shared.position(written)),
            written,
            synced: counters.synced.load(Acquire),
            files,
            bytes,
            at_risk: counters.at_risk.load(Relaxed),
            at_risk_total: counters.at_risk_total.load(Relaxed),
            lost: counters.losses(),
            write_errors: counters.write_errors.load(Relaxed),
            sync_errors: counters.sync_errors.load(Relaxed),
            rewritten: counters.rewritten.load(Relaxed),
            unprotected: counters.unprotected.load(Relaxed),
            damaged_reads: counters.damaged_reads.load(Relaxed),
            last_sync: Duration::from_micros(counters.last_sync_us.load(Relaxed)),
            ballast: shared.ballast.load(Relaxed),
            cramped: shared.cramped.load(Relaxed),
            place: *counters.place.lock(),
            restored: counters.restored.load(Relaxed),
            adrift: counters.adrift.load(Relaxed),
            last_error: counters.last_error.lock().clone(),
        }
    }

    /// How long a caller of [`Spool::append`] has been held up in a write that does not come back. Nobody else waits for
    /// it, but that thread can do nothing more until the disk lets it go.
    pub fn stalled(&self) -> Option<Duration> {
        let since = self.shared.writing_since.load(Relaxed);
        let now = self.shared.micros();
        (since > 0).then(|| Duration::from_micros(now.saturating_sub(since)))
    }

    /// Writes and syncs everything, then refuses further records. Waits at most `wait` for the disk; true if all that
    /// was appended is on it. A second call changes nothing.
    pub fn close(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let shared = &self.shared;
        let mut ring = shared.ring.lock();
        ring.closing = true;
        shared.handover.store(true, Release);
        shared.ring_work.notify_all();
        while ring.answered < u64::MAX && !shared.ring_answer.wait_until(&mut ring, until).timed_out() {}
        let written = ring.answered == u64::MAX && !ring.abandoned;
        drop(ring);
        let mut control = shared.control.lock();
        control.closing = true;
        shared.control_work.notify_all();
        while control.answered < u64::MAX
            && !shared.control_answer.wait_until(&mut control, until).timed_out()
        {}
        written && control.answered == u64::MAX && control.clean
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.close(DROP_WAIT);
    }
}

/// Whether there is a ballast file of this size; one of another size is removed.
fn adopt_ballast(disk: &dyn Disk, bytes: u64) -> bool {
    let Ok(file) = disk.open(BALLAST) else { return false };
    if bytes > 0 && file.size().is_ok_and(|size| size == bytes) {
        return true;
    }
    drop(disk.remove(BALLAST));
    false
}
