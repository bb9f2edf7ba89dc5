//! The live feed: scans and traces as they become queryable, with enough memory to resume a broken connection.

use model::report::OwnedScan;
use model::{Position, Scan, Trace, WorkspaceId};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Items kept for resuming.
const KEPT: usize = 10_000;
/// Items a slow listener may lag behind before it is told of a gap.
const LAG: usize = 4096;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its place in the spool: the event id on the wire.
    pub position: Position,
    /// What.
    pub happening: Happening,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A scan.
    Scan(OwnedScan),
    /// An interaction.
    Trace(Trace),
}

impl Item {
    /// Workspace it belongs to.
    pub fn workspace(&self) -> WorkspaceId {
        match &self.happening {
            Happening::Scan(scan) => scan.get().workspace,
            Happening::Trace(trace) => trace.workspace,
        }
    }
}

/// The feed.
pub struct Feed {
    sender: broadcast::Sender<Arc<Item>>,
    kept: Mutex<VecDeque<Arc<Item>>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { sender: broadcast::channel(LAG).0, kept: Mutex::default() }
    }
}

/// Where a listener begins.
pub struct Subscription {
    /// What it missed and can still have.
    pub missed: Vec<Arc<Item>>,
    /// Whether more was missed than is kept.
    pub gap: bool,
    /// What happens from now on.
    pub receiver: broadcast::Receiver<Arc<Item>>,
}

impl Feed {
    /// Publishes what has just become queryable.
    pub fn publish(&self, scans: &[(Position, Scan<'_>)], traces: &[(Position, Trace)]) {
        let mut kept = self.kept.lock();
        // With nobody listening, only what a resuming client could still ask for is worth copying.
        let unheard = if self.sender.receiver_count() == 0 { scans.len().saturating_sub(KEPT) } else { 0 };
        let scans = scans[unheard..].iter().map(|(at, scan)| (*at, Happening::Scan(OwnedScan::from(scan))));
        let traces = traces.iter().map(|(at, trace)| (*at, Happening::Trace(*trace)));
        for (position, happening) in scans.chain(traces) {
            let item = Arc::new(Item { position, happening });
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(item.clone());
            // Nobody may be listening.
            let _ = self.sender.send(item);
        }
    }

    /// Drops the kept scans of visitors (workspace and number); who resumes behind one of them is told of a gap.
    pub fn forget(&self, visitors: &[(WorkspaceId, u64)]) {
        let is_theirs = |item: &Arc<Item>| match &item.happening {
            Happening::Scan(scan) => visitors.contains(&(scan.get().workspace, scan.get().visitor)),
            Happening::Trace(_) => false,
        };
        self.kept.lock().retain(|item| !is_theirs(item));
    }

    /// Listens from now on, or from after the item that a client saw last.
    pub fn subscribe(&self, last_seen: Option<Position>) -> Subscription {
        let kept = self.kept.lock();
        let receiver = self.sender.subscribe();
        let Some(last_seen) = last_seen else {
            return Subscription { missed: Vec::new(), gap: false, receiver };
        };
        match kept.iter().rposition(|item| item.position == last_seen) {
            Some(index) => {
                Subscription { missed: kept.range(index + 1..).cloned().collect(), gap: false, receiver }
            }
            None => Subscription { missed: Vec::new(), gap: true, receiver },
        }
    }
}
