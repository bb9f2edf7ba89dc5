//! Counters, and how they are shown.

use crate::disk::Place;
use model::Position;
use parking_lot::Mutex;
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Why a record was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LossReason {
    /// The spool has reached [`crate::Options::max_bytes`]: a consumer is behind.
    SpoolFull,
    /// The disk (or the user's quota) is full, the ballast is gone, and so is the room in memory.
    DiskFull,
    /// The disk answers writes with errors, and the room in memory is used up.
    WriteError,
    /// Writes take too long, and the room in memory is used up.
    RingFull,
    /// The payload is longer than [`crate::MAX_PAYLOAD`].
    TooLarge,
    /// The spool was closed already.
    Closed,
    /// Somebody removed its file, or closed it to us, before it was read.
    FileGone,
}

impl LossReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::SpoolFull,
        Self::DiskFull,
        Self::WriteError,
        Self::RingFull,
        Self::TooLarge,
        Self::Closed,
        Self::FileGone,
    ];

    /// The reason's name in metrics: lower case, underscores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SpoolFull => "spool_full",
            Self::DiskFull => "disk_full",
            Self::WriteError => "write_error",
            Self::RingFull => "ring_full",
            Self::TooLarge => "too_large",
            Self::Closed => "closed",
            Self::FileGone => "file_gone",
        }
    }
}

/// Records lost since the spool was opened, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses([u64; LossReason::ALL.len()]);

impl Losses {
    /// Records lost for this reason.
    pub fn of(&self, reason: LossReason) -> u64 {
        self.0[reason as usize]
    }

    /// Records lost for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every reason with its count, zeroes included.
    pub fn iter(&self) -> impl Iterator<Item = (LossReason, u64)> + '_ {
        LossReason::ALL.into_iter().map(|reason| (reason, self.of(reason)))
    }
}

/// How the spool is doing. Counts are records since it was opened, unless they say otherwise.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The epoch of this opening.
    pub epoch: u32,
    /// The last record written; `None` before the first.
    pub last: Option<Position>,
    /// Records written, at once or late.
    pub written: u64,
    /// Records that a power loss can no longer take.
    pub synced: u64,
    /// Files in the log, those of earlier openings included.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Records that wait in memory to be written, now.
    pub at_risk: u64,
    /// Records that ever had to wait in memory.
    pub at_risk_total: u64,
    /// Records lost.
    pub lost: Losses,
    /// Writes that failed or came up short.
    pub write_errors: u64,
    /// Syncs that failed.
    pub sync_errors: u64,
    /// Records written a second time, to a new file, after a failed sync.
    pub rewritten: u64,
    /// Records whose sync failed and that were no longer in memory to be written again: readable now, gone if the
    /// power fails before the consumers have read them.
    pub unprotected: u64,
    /// Times that a reader came upon damage; each time it went on with the next sound record.
    pub damaged_reads: u64,
    /// How long the last sync of all files took.
    pub last_sync: Duration,
    /// Whether the ballast file is there to be dropped when the disk is full (false also where none is asked for).
    pub ballast: bool,
    /// A ballast file is asked for and the disk has no room for it: it has been given up, or could not be made.
    pub cramped: bool,
    /// Where the spool's directory is.
    pub place: Place,
    /// Files that somebody removed while they were open, and that were written again, whole.
    pub restored: u64,
    /// Records that are in a removed file alone, which could not be written again so far, and that not all consumers have
    /// released: they go with the process.
    pub adrift: u64,
    /// The last thing that went wrong on the disk.
    pub last_error: Option<String>,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub synced: AtomicU64,
    pub at_risk: AtomicU64,
    pub at_risk_total: AtomicU64,
    pub write_errors: AtomicU64,
    pub sync_errors: AtomicU64,
    pub rewritten: AtomicU64,
    pub unprotected: AtomicU64,
    pub damaged_reads: AtomicU64,
    pub last_sync_us: AtomicU64,
    pub restored: AtomicU64,
    pub adrift: AtomicU64,
    pub place: Mutex<Place>,
    pub last_error: Mutex<Option<String>>,
    lost: [AtomicU64; LossReason::ALL.len()],
}

impl Counters {
    pub fn lose(&self, reason: LossReason, records: usize) {
        self.lost[reason as usize].fetch_add(records as u64, Relaxed);
    }

    pub fn losses(&self) -> Losses {
        Losses(LossReason::ALL.map(|reason| self.lost[reason as usize].load(Relaxed)))
    }

    /// Keeps what went wrong, in words.
    pub fn note(&self, doing: &str, error: impl Display) {
        *self.last_error.lock() = Some(format!("{doing}: {error}"));
    }
}
