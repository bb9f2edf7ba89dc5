//! Reading behind what is written.

use crate::disk::{SpoolFile, read_around, read_full};
use crate::frame::{self, Check, Frame};
use crate::log_file::Place;
use crate::scanner::Scanner;
use crate::shared::Shared;
use model::Position;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::time::{Duration, Instant};

/// Times in a row that reading the same place may fail before the unreadable pages are passed over.
const READ_TRIES: u32 = 3;

/// Delivers the records behind a position, each once, in the order in which they were written.
pub struct Reader {
    shared: Arc<Shared>,
    /// Rank of the epoch being read, and the last number delivered from it.
    rank: usize,
    last: u64,
    cursor: Option<Cursor>,
    failures: u32,
}

struct Cursor {
    place: Place,
    file: Arc<dyn SpoolFile>,
    at: u64,
    /// Reading failed too often: from here on pages that cannot be read are zeroes.
    around: bool,
}

/// A record as it was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it stands.
    pub position: Position,
    /// As given to the append: Unix milliseconds.
    pub at_ms: i64,
    /// As given to the append.
    pub kind: u8,
    /// As given to the append.
    pub layout: u8,
    /// As given to the append.
    pub payload: &'a [u8],
}

/// Records of one epoch that follow each other.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    epoch: u32,
    frames: Vec<u8>,
    /// Where the first record starts in `frames`; the rest is read to the end.
    start: usize,
    records: usize,
    last: u64,
}

impl Batch {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.records
    }

    /// Whether there was nothing to read.
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Position of the last record: what a consumer keeps with what it made of the batch.
    pub fn last(&self) -> Option<Position> {
        (!self.is_empty()).then_some(Position { epoch: self.epoch, seq: self.last })
    }

    /// The records, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let mut at = self.start;
        (0..self.records).map(move |_| {
            let bytes = &self.frames[at..];
            let frame = Frame::read(bytes);
            at += frame.stride();
            Record {
                position: Position { epoch: self.epoch, seq: frame.seq },
                at_ms: frame.at_ms,
                kind: frame.kind,
                layout: frame.layout,
                payload: &bytes[frame.payload()],
            }
        })
    }
}

enum Found {
    Batch(Batch),
    Nothing,
    /// Something changed; look again.
    Again,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, after: Option<Position>) -> Self {
        let (rank, last) = start(&shared, after);
        Self { shared, rank, last, cursor: None, failures: 0 }
    }

    /// The next records: at most `max_records`, of at most `max_bytes` in the log, but at least one if there is any.
    /// Waits up to `wait` for the first; an empty batch says that none came. A batch ends with its file.
    ///
    /// A reader that has caught up is woken by the next append, which costs the appender a system call. A consumer
    /// that need not have every record at once takes them in larger portions by pausing between two calls.
    ///
    /// # Errors
    /// When the disk cannot read: the same call may be repeated. At the third failure in a row at the same place the
    /// pages that cannot be read are passed over, and counted in [`crate::Status::damaged_reads`].
    pub fn next(&mut self, max_records: usize, max_bytes: usize, wait: Duration) -> io::Result<Batch> {
        let deadline = Instant::now() + wait;
        loop {
            match self.read(max_records.max(1), max_bytes) {
                Ok(Found::Batch(batch)) => {
                    self.failures = 0;
                    return Ok(batch);
                }
                Ok(Found::Again) => {}
                Ok(Found::Nothing) => {
                    if Instant::now() >= deadline {
                        return Ok(Batch::default());
                    }
                    let shared = Arc::clone(&self.shared);
                    shared.appended.wait(deadline, || self.has_more());
                }
                Err(error) => {
                    self.failures += 1;
                    if self.failures < READ_TRIES {
                        return Err(error);
                    }
                    self.failures = 0;
                    match &mut self.cursor {
                        Some(cursor) if !cursor.around => cursor.around = true,
                        _ => self.pass_over()?,
                    }
                }
            }
        }
    }

    /// Whether there is anything to do; false only while waiting for the next append.
    fn has_more(&self) -> bool {
        match &self.cursor {
            Some(cursor) => cursor.place.file.is_sealed() || self.end(&cursor.place) > cursor.at,
            None => self.shared.files.read().locate(self.rank, self.last, None).is_some(),
        }
    }

    fn end(&self, place: &Place) -> u64 {
        place.run.end.min(place.file.written())
    }

    fn read(&mut self, max_records: usize, max_bytes: usize) -> io::Result<Found> {
        let Some(cursor) = &self.cursor else { return self.go_to(None) };
        // In this order: a file is sealed after its last record has become visible.
        let sealed = cursor.place.file.is_sealed();
        let end = self.end(&cursor.place);
        if cursor.at >= end {
            if !sealed {
                return Ok(Found::Nothing);
            }
            // Whatever of the run was not delivered was unreadable, here and in every copy.
            self.last = self.last.max(cursor.place.run.last.min(cursor.place.file.last_seq()));
            self.cursor = None;
            return Ok(Found::Again);
        }
        let mut want = (end - cursor.at).min(max_bytes.max(frame::FRAME_HEADER) as u64) as usize;
        loop {
            let mut frames = vec![0; want];
            let filled = match cursor.around {
                true => read_around(&*cursor.file, &mut frames, cursor.at).0,
                false => read_full(&*cursor.file, &mut frames, cursor.at)?,
            };
            frames.truncate(filled);
            let taken = take(&frames, cursor.place.file.seed, self.last, max_records);
            let at = cursor.at + taken.passed as u64;
            match taken.stop {
                Stop::Full | Stop::Short(_) if taken.passed > 0 => {
                    return Ok(self.deliver(frames, &taken, at));
                }
                Stop::Short(needed) if filled == want && cursor.at + needed as u64 <= end => want = needed,
                Stop::Full | Stop::Short(_) | Stop::Damaged => {
                    let found = self.deliver(frames, &taken, at);
                    if matches!(found, Found::Again) {
                        self.pass_over()?;
                    }
                    return Ok(found);
                }
            }
        }
    }

    /// Moves on to `at` and hands out what was taken, if anything.
    fn deliver(&mut self, mut frames: Vec<u8>, taken: &Taken, at: u64) -> Found {
        let Some(cursor) = &mut self.cursor else { return Found::Again };
        cursor.at = at;
        if taken.records == 0 {
            return Found::Again;
        }
        self.last = taken.last;
        frames.truncate(taken.passed);
        Found::Batch(Batch {
            epoch: cursor.place.file.epoch,
            frames,
            start: taken.start,
            records: taken.records,
            last: taken.last,
        })
    }

    /// Goes to the place of the next record, in a file younger than `above` if that is given.
    fn go_to(&mut self, above: Option<u64>) -> io::Result<Found> {
        let located = self.shared.files.read().locate(self.rank, self.last, above);
        let Some((rank, place)) = located else { return Ok(Found::Nothing) };
        if rank != self.rank {
            (self.rank, self.last) = (rank, 0);
        }
        let file = match place.file.open(&*self.shared.disk) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Released meanwhile (this reader is none of the consumers, or behind its own release) or removed by
                // hand.
                self.miss(&place);
                return Ok(Found::Again);
            }
            Err(error) => return Err(error),
        };
        self.cursor = Some(Cursor { at: place.run.start, place, file, around: false });
        Ok(Found::Again)
    }

    /// Passes over records whose file cannot be had.
    fn miss(&mut self, place: &Place) {
        let upto = place.run.last.min(place.file.last_seq());
        if !place.file.released.load(Acquire) {
            self.shared.miss(self.rank, self.last.max(place.run.first - 1), upto);
        }
        self.last = self.last.max(upto);
    }

    /// At damage: to a copy of the record that should be here, or else to the next sound frame. An error if a copy is
    /// still to be made.
    fn pass_over(&mut self) -> io::Result<()> {
        let files = self.shared.files.read();
        let Some(cursor) = &mut self.cursor else {
            // The file cannot even be opened.
            let located = files.locate(self.rank, self.last, None);
            drop(files);
            if let Some((rank, place)) = located {
                if rank != self.rank {
                    (self.rank, self.last) = (rank, 0);
                }
                self.miss(&place);
            }
            return Ok(());
        };
        let log = &cursor.place.file;
        let copy = files
            .locate(self.rank, self.last, Some(log.order))
            .filter(|(rank, place)| *rank == self.rank && place.run.first <= self.last + 1);
        drop(files);
        if copy.is_some() {
            let order = log.order;
            return self.go_to(Some(order)).map(|_| ());
        }
        let ours = log.epoch == self.shared.epoch;
        if ours && cursor.at >= log.synced.load(Acquire) && !log.rewritten.load(Acquire) {
            // The kernel dropped what it could not write; the sync thread has it in memory.
            return Err(io::Error::other(
                "a record just written cannot be read back; it is to be written again",
            ));
        }
        self.shared.counters.damaged_reads.fetch_add(1, Relaxed);
        let end = cursor.place.run.end.min(log.written());
        let mut scanner = Scanner::new(&*cursor.file, log.seed, end);
        cursor.at = scanner.find(cursor.at + frame::ALIGN as u64, self.last).map_or(end, |(at, _)| at);
        Ok(())
    }
}

/// Where a reader begins: rank of the epoch, and the number after which.
fn start(shared: &Shared, after: Option<Position>) -> (usize, u64) {
    let Some(after) = after else { return (0, 0) };
    match shared.files.read().rank(after.epoch) {
        // A number that this opening has not given yet cannot come from it.
        Some(rank) if after.epoch == shared.epoch => (rank, after.seq.min(shared.last_seq.load(Acquire))),
        Some(rank) => (rank, after.seq),
        None => (0, 0),
    }
}

enum Stop {
    /// As many records as asked for, or the end of the bytes.
    Full,
    /// The next frame needs this many bytes.
    Short(usize),
    Damaged,
}

/// What lies at the start of some bytes.
struct Taken {
    /// Where the first record above `last` starts.
    start: usize,
    records: usize,
    last: u64,
    /// Bytes of complete frames, those passed by included.
    passed: usize,
    stop: Stop,
}

fn take(bytes: &[u8], seed: u32, mut last: u64, max_records: usize) -> Taken {
    let (mut start, mut at, mut records) = (0, 0, 0);
    let stop = loop {
        if records == max_records || at >= bytes.len() {
            break Stop::Full;
        }
        match frame::check(&bytes[at..], seed) {
            Check::Sound(frame) => {
                // Already delivered, from an older copy or before a restart.
                let known = frame.seq <= last;
                at += frame.stride();
                if known {
                    start = at;
                } else {
                    last = frame.seq;
                    records += 1;
                }
            }
            Check::Short(needed) => break Stop::Short(needed),
            Check::Damaged => break Stop::Damaged,
        }
    };
    Taken { start, records, last, passed: at, stop }
}
