//! Requests for slugs nobody made, on their way from the redirect threads to who counts them. A bounded queue: what does
//! not fit is counted as missed. Nothing of who asked goes in.

use model::Millis;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Requests that wait to be counted, at most.
const WAITING: usize = 8192;
/// Bytes of a path that are looked at.
const READ: usize = 512;

/// A request for a slug nobody made.
#[derive(Debug)]
pub struct Orphan {
    /// Host asked; one of ours.
    pub host: Box<str>,
    /// Path asked for, percent-encoded.
    pub path: Box<str>,
    /// When.
    pub at: Millis,
}

/// The redirect's end of the queue.
#[derive(Debug)]
pub struct Orphans {
    queue: Sender<Orphan>,
    missed: AtomicU64,
}

impl Orphans {
    /// The queue, and its other end.
    pub fn new() -> (Self, Receiver<Orphan>) {
        let (queue, received) = channel(WAITING);
        (Self { queue, missed: AtomicU64::new(0) }, received)
    }

    /// Notes a request; never waits.
    pub fn note(&self, host: &str, path: &str, at: Millis) {
        let path = &path[..path.floor_char_boundary(READ)];
        if self.queue.try_send(Orphan { host: host.into(), path: path.into(), at }).is_err() {
            self.miss(1);
        }
    }

    /// Counts requests that could not be kept.
    pub fn miss(&self, requests: u64) {
        self.missed.fetch_add(requests, Ordering::Relaxed);
    }

    /// Requests since the start that could not be kept.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}
