//! What appenders, readers and the two threads share, and how a file takes the place of another.
//!
//! Locks are taken in the order writer, ring, files; `control`, `gone`, `place` and `last_error` are leaves.

use crate::disk::{Disk, SpoolFile, write_all};
use crate::event::Event;
use crate::frame::{self, FILE_HEADER, FileHeader};
use crate::log_file::{Files, LogFile, file_name};
use crate::options::Options;
use crate::ring::Ring;
use crate::status::{Counters, LossReason};
use crate::sync::Control;
use crate::unsynced::Unsynced;
use model::Position;
use parking_lot::{Condvar, Mutex, RwLock};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

pub(crate) const BALLAST: &str = "ballast";

pub(crate) struct Shared {
    pub disk: Arc<dyn Disk>,
    pub options: Options,
    pub epoch: u32,
    pub opened: Instant,
    pub next_order: AtomicU64,
    pub writer: Mutex<Writer>,
    /// While set, records go through the ring and only the rescue thread writes.
    pub handover: AtomicBool,
    pub ring: Mutex<Ring>,
    pub ring_work: Condvar,
    pub ring_answer: Condvar,
    pub files: RwLock<Files>,
    /// Number of the last record of this epoch.
    pub last_seq: AtomicU64,
    /// Bytes of all files but the current one.
    pub sealed_bytes: AtomicU64,
    /// An append was refused because the spool is full.
    pub refused: AtomicBool,
    /// Somebody waits for the current file to end.
    pub renew: AtomicBool,
    pub ballast: AtomicBool,
    /// The disk has no room for the ballast: it was given up, or could not be made.
    pub cramped: AtomicBool,
    /// Up to where records that went with their files are counted: the rank of the epoch and the number.
    pub gone: Mutex<Option<(usize, u64)>>,
    pub appended: Event,
    /// Microseconds from `opened` to the begin of the write that a caller of `append` is in; 0 = none is.
    pub writing_since: AtomicU64,
    pub released: Mutex<Vec<Released>>,
    pub control: Mutex<Control>,
    pub control_work: Condvar,
    pub control_answer: Condvar,
    pub counters: Counters,
}

/// How far a consumer has released: the rank of the epoch and the number.
pub(crate) type Released = (&'static str, Option<(usize, u64)>);

/// The state behind the lock that every write needs.
pub(crate) struct Writer {
    /// `None` while the disk will not have a new one.
    pub file: Option<Current>,
    pub next_seq: u64,
    /// There may be remains of a failed write behind `end`.
    pub torn: bool,
    /// Scratch for the frames of one write.
    pub frames: Vec<u8>,
    pub unsynced: Unsynced,
}

/// The file that is being written.
pub(crate) struct Current {
    pub log: Arc<LogFile>,
    pub file: Arc<dyn SpoolFile>,
    /// Behind the last complete frame.
    pub end: u64,
    pub since: Instant,
}

/// A file with a header, not yet part of the log.
pub(crate) struct Fresh {
    pub header: FileHeader,
    pub file: Arc<dyn SpoolFile>,
    synced: bool,
}

impl Shared {
    /// Microseconds since the opening.
    pub fn micros(&self) -> u64 {
        self.micros_at(Instant::now())
    }

    /// Microseconds from the opening to an instant, at least 1.
    pub fn micros_at(&self, instant: Instant) -> u64 {
        (instant.saturating_duration_since(self.opened).as_micros() as u64).max(1)
    }

    pub fn position(&self, seq: u64) -> Position {
        Position { epoch: self.epoch, seq }
    }

    /// Creates the next file. `sync`: its header and directory entry are on the disk before it is used.
    pub fn create_file(&self, sync: bool) -> io::Result<Fresh> {
        loop {
            match self.try_create_file(sync) {
                Err(error) if is_full(&error) && self.drop_ballast() => {}
                Err(error) => {
                    self.counters.note("creating a spool file", &error);
                    return Err(error);
                }
                created => return created,
            }
        }
    }

    fn try_create_file(&self, sync: bool) -> io::Result<Fresh> {
        let order = self.next_order.fetch_add(1, Ordering::Relaxed);
        let created_ms = self.options.now_ms.saturating_add(self.opened.elapsed().as_millis() as i64);
        let header = FileHeader { epoch: self.epoch, order, created_ms, first_seq: 0 };
        let name = file_name(order, self.epoch);
        let file = self.disk.create(&name)?;
        let prepare = || -> io::Result<()> {
            write_all(&*file, &header.encode(), 0)?;
            if sync {
                file.sync()?;
                self.disk.sync_directory()?;
            }
            Ok(())
        };
        prepare().inspect_err(|_| drop(self.disk.remove(&name)))?;
        Ok(Fresh { header, file, synced: sync })
    }

    /// Makes `fresh` the current file, beginning with the frames of `carry`, which then are in two files. On an error
    /// everything is as before and the new file is gone.
    pub fn install(&self, writer: &mut Writer, fresh: Fresh, carry: Option<&mut Unsynced>) -> io::Result<()> {
        let carried = carry.as_ref().map_or(0, |carry| carry.records());
        let mut header = fresh.header;
        header.first_seq = writer.next_seq - carried;
        let mut end = FILE_HEADER as u64;
        let write = || -> io::Result<()> {
            write_all(&*fresh.file, &header.encode(), 0)?;
            let mut seq = header.first_seq;
            for (frames, records) in carry.into_iter().flat_map(Unsynced::pieces) {
                frame::seal(frames, seq, header.seed());
                write_all(&*fresh.file, frames, end)?;
                seq += records;
                end += frames.len() as u64;
            }
            Ok(())
        };
        if let Err(error) = write() {
            self.counters.note("beginning a spool file", &error);
            // Whatever cannot be removed is found as an older copy of the same records: no harm.
            drop(self.disk.remove(&file_name(header.order, header.epoch)));
            return Err(error);
        }
        let log = Arc::new(LogFile::live(&header, Arc::clone(&fresh.file), fresh.synced));
        log.publish(end, writer.next_seq - 1);
        // First the new file, then the end of the old one, so that a reader never finds neither.
        self.files.write().list.push(Arc::clone(&log));
        self.seal_current(writer);
        writer.file = Some(Current { log, file: fresh.file, end, since: Instant::now() });
        self.appended.notify();
        Ok(())
    }

    /// Ends the current file, if there is one. Remains of a failed write are cut off where the disk allows it; else
    /// they are copies of what the next file begins with.
    pub fn seal_current(&self, writer: &mut Writer) {
        if let Some(current) = writer.file.take() {
            if std::mem::take(&mut writer.torn) {
                drop(current.file.truncate(current.end));
            }
            // In this order: the sync thread takes a sealed file's bytes off again.
            self.sealed_bytes.fetch_add(current.end, Ordering::Relaxed);
            current.log.sealed.store(true, Ordering::Release);
        }
        self.appended.notify();
    }

    /// Accounts for `frames`, just written at the end of the current file.
    pub fn wrote(&self, writer: &mut Writer, frames: &[u8], records: u64) {
        writer.next_seq += records;
        writer.unsynced.push(frames, records);
        if let Some(current) = &mut writer.file {
            current.end += frames.len() as u64;
            current.log.publish(current.end, writer.next_seq - 1);
        }
        self.last_seq.store(writer.next_seq - 1, Ordering::Release);
    }

    /// Counts the records of this rank behind number `after` up to `upto` as gone with their file, each once whoever misses
    /// it.
    pub fn miss(&self, rank: usize, after: u64, upto: u64) {
        let mut gone = self.gone.lock();
        let counted = gone.filter(|(counted, _)| *counted == rank).map_or(0, |(_, seq)| seq);
        if *gone < Some((rank, upto)) {
            self.counters.lose(LossReason::FileGone, upto.saturating_sub(after.max(counted)) as usize);
            *gone = Some((rank, upto));
        }
    }

    /// Gives the ballast's room back to the disk; false if there is none.
    pub fn drop_ballast(&self) -> bool {
        if !self.ballast.swap(false, Ordering::AcqRel) {
            return false;
        }
        self.cramped.store(true, Ordering::Relaxed);
        self.disk.remove(BALLAST).is_ok()
    }
}

/// Whether the error says that the disk, or the user's part of it, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
