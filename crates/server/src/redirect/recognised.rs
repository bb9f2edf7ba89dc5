//! Scans by browsers that bring a visitor's cookie (level ADVANCED), on their way from the redirect threads to who puts
//! each beside its visitor. A bounded queue: what does not fit is counted as missed; the scan itself is recorded all the
//! same.

use model::{LinkId, Millis, ScanId, WorkspaceId};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Scans that wait, at most.
const WAITING: usize = 8192;

/// A scan whose browser may be known.
#[derive(Clone, Copy, Debug)]
pub struct Recognised {
    /// Workspace of the link.
    pub workspace: WorkspaceId,
    /// The link.
    pub link: LinkId,
    /// The scan.
    pub scan: ScanId,
    /// When.
    pub at: Millis,
    /// What the catalog knows the browser by, if it does.
    pub browser: [u8; 32],
}

/// The redirect's end of the queue.
#[derive(Debug)]
pub struct Recognition {
    queue: Sender<Recognised>,
    missed: AtomicU64,
}

impl Recognition {
    /// The queue, and its other end.
    pub fn new() -> (Self, Receiver<Recognised>) {
        let (queue, received) = channel(WAITING);
        (Self { queue, missed: AtomicU64::new(0) }, received)
    }

    /// Notes a scan; never waits.
    pub fn note(&self, scan: Recognised) {
        if self.queue.try_send(scan).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Scans since the start that could not be put beside their visitor.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}
