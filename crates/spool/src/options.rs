//! What can be set.

use std::time::Duration;

/// How a spool is opened. [`Options::new`] gives the usual values; sizes are bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Random number that names this opening. One that the directory holds already is moved on to the next free one.
    pub epoch: u32,
    /// The time of opening, Unix milliseconds; it dates the files.
    pub now_ms: i64,
    /// The consumers whose releases let files go. Without any, no file is ever removed.
    pub consumers: Vec<&'static str>,
    /// From the start of one sync to the start of the next (50 ms).
    pub sync_interval: Duration,
    /// The longest an append waits for others (250 ms).
    pub max_wait: Duration,
    /// Size at which the sync thread begins a new file (64 MiB), or an eighth of `max_bytes` where that is less. It does so at its
    /// next turn, so a file can be larger.
    pub file_bytes: u64,
    /// Age at which the sync thread begins a new file if the current one has records (5 minutes).
    pub file_age: Duration,
    /// Size of all files together at which appends are refused (4 GiB).
    pub max_bytes: u64,
    /// Size of the ballast file that is dropped when the disk is full (64 MiB); 0 = none.
    pub ballast_bytes: u64,
    /// Room in memory for records that wait to be written (8 MiB).
    pub ring_bytes: usize,
    /// Room in memory for what was written since the last sync, to write it again if the sync fails (16 MiB).
    pub unsynced_bytes: usize,
}

impl Options {
    /// The usual values.
    pub fn new(epoch: u32, now_ms: i64, consumers: &[&'static str]) -> Self {
        Self {
            epoch,
            now_ms,
            consumers: consumers.to_vec(),
            sync_interval: Duration::from_millis(50),
            max_wait: Duration::from_millis(250),
            file_bytes: 64 << 20,
            file_age: Duration::from_secs(300),
            max_bytes: 4 << 30,
            ballast_bytes: 64 << 20,
            ring_bytes: 8 << 20,
            unsynced_bytes: 16 << 20,
        }
    }
}
