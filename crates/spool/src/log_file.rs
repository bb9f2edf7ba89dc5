//! The files of the log and the order in which their records are read.

use crate::disk::{Disk, SpoolFile};
use crate::frame::{FILE_HEADER, FileHeader};
use crate::scanner::Run;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// `order` first, so that names sort as the files do.
pub(crate) fn file_name(order: u64, epoch: u32) -> String {
    format!("{order:016x}-{epoch:08x}.log")
}

/// Order and epoch from the name of a file or of what was set aside from one.
pub(crate) fn parse_name(name: &str) -> Option<(u64, u32)> {
    let (order, rest) = name.split_once('-')?;
    let (epoch, _) = rest.split_once(".log")?;
    let hexadecimal = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !hexadecimal(order, 16) || !hexadecimal(epoch, 8) {
        return None;
    }
    Some((u64::from_str_radix(order, 16).ok()?, u32::from_str_radix(epoch, 16).ok()?))
}

/// One file of the log.
pub(crate) struct LogFile {
    pub order: u64,
    pub epoch: u32,
    pub seed: u32,
    /// One open-ended run for a file of this opening, what recovery found for an older one.
    pub runs: Vec<Run>,
    /// Bytes up to which there are complete frames: what readers may see.
    pub written: AtomicU64,
    /// Number of the last record; one less than the first while there is none.
    pub last_seq: AtomicU64,
    /// Bytes that a sync has covered.
    pub synced: AtomicU64,
    /// No record will be added any more.
    pub sealed: AtomicBool,
    /// A sync failed: nothing in this file counts as synced from then on.
    pub failed: AtomicBool,
    /// What that sync was to cover is in a younger file as well.
    pub rewritten: AtomicBool,
    /// Somebody has removed the file; it lives as long as it is held open.
    pub adrift: AtomicBool,
    /// It is ours to remove: all consumers have passed it.
    pub released: AtomicBool,
    /// The directory entry has been synced.
    pub entry_synced: AtomicBool,
    /// Held while there is something to write or to sync.
    handle: Mutex<Option<Arc<dyn SpoolFile>>>,
}

impl LogFile {
    /// A file of this opening, empty, with its header written.
    pub fn live(header: &FileHeader, file: Arc<dyn SpoolFile>, synced: bool) -> Self {
        let run = Run { first: header.first_seq, last: u64::MAX, start: FILE_HEADER as u64, end: u64::MAX };
        Self {
            order: header.order,
            epoch: header.epoch,
            seed: header.seed(),
            runs: vec![run],
            written: AtomicU64::new(FILE_HEADER as u64),
            last_seq: AtomicU64::new(header.first_seq - 1),
            synced: AtomicU64::new(if synced { FILE_HEADER as u64 } else { 0 }),
            sealed: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            rewritten: AtomicBool::new(false),
            adrift: AtomicBool::new(false),
            released: AtomicBool::new(false),
            entry_synced: AtomicBool::new(synced),
            handle: Mutex::new(Some(file)),
        }
    }

    /// A file of an earlier opening. Whoever wrote it may have been killed before syncing it, so that is still to be
    /// done.
    pub fn recovered(header: &FileHeader, runs: Vec<Run>, bytes: u64) -> Self {
        Self {
            order: header.order,
            epoch: header.epoch,
            seed: header.seed(),
            last_seq: AtomicU64::new(runs.last().map_or(0, |run| run.last)),
            runs,
            written: AtomicU64::new(bytes),
            synced: AtomicU64::new(0),
            sealed: AtomicBool::new(true),
            failed: AtomicBool::new(false),
            rewritten: AtomicBool::new(false),
            adrift: AtomicBool::new(false),
            released: AtomicBool::new(false),
            entry_synced: AtomicBool::new(false),
            handle: Mutex::new(None),
        }
    }

    pub fn name(&self) -> String {
        file_name(self.order, self.epoch)
    }

    pub fn is_sealed(&self) -> bool {
        self.sealed.load(Acquire)
    }

    pub fn written(&self) -> u64 {
        self.written.load(Acquire)
    }

    pub fn last_seq(&self) -> u64 {
        self.last_seq.load(Acquire)
    }

    /// Makes what was just written visible to readers.
    pub fn publish(&self, written: u64, last_seq: u64) {
        self.last_seq.store(last_seq, Release);
        self.written.store(written, Release);
    }

    pub fn is_empty(&self) -> bool {
        self.runs.iter().all(|run| run.first > self.last_seq())
    }

    pub fn is_dirty(&self) -> bool {
        !self.failed.load(Relaxed) && self.written() > self.synced.load(Relaxed)
    }

    /// The open file, if it is held.
    pub fn held(&self) -> Option<Arc<dyn SpoolFile>> {
        self.handle.lock().clone()
    }

    /// It was removed and is on the disk again, whole: `copy`, which is held from now on, as whoever removes a folder may
    /// remove this too.
    pub fn restored(&self, copy: Arc<dyn SpoolFile>) {
        *self.handle.lock() = Some(copy);
        self.synced.store(self.written(), Relaxed);
        self.entry_synced.store(true, Relaxed);
        self.failed.store(false, Relaxed);
        self.adrift.store(false, Release);
    }

    /// The open file; an older one is opened for the caller alone, so that a long backlog holds no descriptors.
    pub fn open(&self, disk: &dyn Disk) -> io::Result<Arc<dyn SpoolFile>> {
        self.held().map_or_else(|| disk.open(&self.name()), Ok)
    }

    /// Lets go of the descriptor once there is nothing left to sync.
    pub fn close_if_done(&self) {
        if self.is_sealed() && !self.is_dirty() && !self.adrift.load(Acquire) {
            *self.handle.lock() = None;
        }
    }
}

/// A place from which a reader can go on: a run of a file.
#[derive(Clone)]
pub(crate) struct Place {
    pub file: Arc<LogFile>,
    pub run: Run,
}

/// All files, in order, and the order of the epochs.
#[derive(Default)]
pub(crate) struct Files {
    pub list: Vec<Arc<LogFile>>,
    /// Every epoch of which a name was seen, oldest first; an epoch's index is its rank.
    pub epochs: Vec<u32>,
}

impl Files {
    pub fn rank(&self, epoch: u32) -> Option<usize> {
        self.epochs.iter().position(|&known| known == epoch)
    }

    /// Where the record after number `last` of the epoch with this rank is, or else the first record behind it; with
    /// the rank of its epoch. Of several copies (a failed sync leaves them) the newest wins. If there is no such
    /// record yet, the place where it will be written.
    pub fn locate(&self, mut rank: usize, mut last: u64, above: Option<u64>) -> Option<(usize, Place)> {
        while let Some(&epoch) = self.epochs.get(rank) {
            let mut best: Option<Place> = None;
            for file in self.list.iter().filter(|file| file.epoch == epoch && Some(file.order) > above) {
                for run in &file.runs {
                    let end = if file.is_sealed() { run.last.min(file.last_seq()) } else { u64::MAX };
                    if end <= last || run.first > end {
                        continue;
                    }
                    let covers = run.first <= last + 1;
                    if best.as_ref().is_none_or(|best| covers || run.first < best.run.first) {
                        best = Some(Place { file: Arc::clone(file), run: *run });
                    }
                }
            }
            if let Some(place) = best {
                return Some((rank, place));
            }
            (rank, last) = (rank + 1, 0);
        }
        None
    }

    /// Bytes in all files.
    pub fn bytes(&self) -> u64 {
        self.list.iter().map(|file| file.written()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_the_files_do_and_read_back() {
        assert!(file_name(255, 1) < file_name(256, 0));
        assert_eq!(parse_name(&file_name(255, 0xfeed)), Some((255, 0xfeed)));
        assert_eq!(parse_name("00000000000000ff-0000feed.log.bad"), Some((255, 0xfeed)));
        for other in [
            "ballast",
            "",
            "-",
            "ff-feed.log",
            "00000000000000fg-0000feed.log",
            "+0000000000000ff-0000feed.log",
        ] {
            assert_eq!(parse_name(other), None, "{other}");
        }
    }

    #[test]
    fn of_several_copies_the_newest_is_read_and_nothing_twice() {
        let file = |order, runs: &[(u64, u64)]| {
            let header = FileHeader { epoch: 7, order, created_ms: 0, first_seq: 0 };
            let runs = runs.iter().map(|&(first, last)| Run { first, last, start: 64, end: 128 }).collect();
            Arc::new(LogFile::recovered(&header, runs, 128))
        };
        let files =
            Files { list: vec![file(1, &[(1, 50), (60, 100)]), file(2, &[(41, 70)])], epochs: vec![7] };
        let locate = |last, above| {
            files.locate(0, last, above).map(|(_, place)| (place.file.order, place.run.first, place.run.last))
        };
        assert_eq!(locate(0, None), Some((1, 1, 50)));
        assert_eq!(locate(40, None), Some((2, 41, 70)));
        assert_eq!(locate(50, None), Some((2, 41, 70)));
        assert_eq!(locate(45, Some(1)), Some((2, 41, 70)), "the first copy proved unreadable");
        assert_eq!(locate(70, None), Some((1, 60, 100)));
        assert_eq!(locate(100, None), None);
    }
}
