//! The live feed: scans and traces as they become queryable, with enough memory to resume a broken connection.

use analytics::Chosen;
use bytes::Bytes;
use model::report::OwnedScan;
use model::{Millis, Position, Scan, Trace, WorkspaceId};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use tokio::sync::broadcast;

/// Items kept for resuming.
const KEPT: usize = 10_000;
/// Items that whoever follows a workspace may lag behind before it misses some.
pub const LAG: usize = 4096;

/// Age of a scan, in milliseconds, from which on it is history when it comes: what a restart had left, or a simulation. Of
/// history only how much came is told; nobody could follow it scan by scan.
const HISTORY_MS: i64 = 60_000;

/// Something that happened.
#[derive(Debug)]
pub struct Item {
    /// Its place in the spool: the event id on the wire.
    pub position: Position,
    /// Counts up over all workspaces while the program runs.
    pub number: u64,
    /// What.
    pub happening: Happening,
    /// How it reads on the wire, once anybody wanted it: it is written once, however many listen.
    pub text: OnceLock<Bytes>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A scan.
    Scan(OwnedScan),
    /// An interaction.
    Trace(Trace),
    /// So many scans that are history already.
    History(WorkspaceId, u64),
}

impl Item {
    /// Workspace it belongs to.
    pub fn workspace(&self) -> WorkspaceId {
        match &self.happening {
            Happening::Scan(scan) => scan.get().workspace,
            Happening::Trace(trace) => trace.workspace,
            Happening::History(workspace, _) => *workspace,
        }
    }
}

/// The feed.
#[derive(Default)]
pub struct Feed(Mutex<State>);

#[derive(Default)]
struct State {
    kept: VecDeque<Arc<Item>>,
    /// Number of the newest item.
    last: u64,
    followed: HashMap<WorkspaceId, broadcast::Sender<Arc<Item>>>,
}

/// What a listener saw last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LastSeen {
    /// Nothing: it begins now.
    Nothing,
    /// The item of this place in the spool.
    Item(Position),
    /// Something, and it cannot say what.
    Unknown,
}

/// Where a listener begins.
pub struct Resumed {
    /// What it missed and can still have, of its workspace.
    pub missed: Vec<Arc<Item>>,
    /// Whether more was missed than is kept.
    pub gap: bool,
    /// Number of the newest item; what comes behind it is not among those missed.
    pub last: u64,
}

impl Feed {
    /// Publishes what has become queryable `now`.
    pub fn publish(&self, now: Millis, scans: &[(Position, Scan<'_>)], traces: &[(Position, Trace)]) {
        let state = &mut *self.0.lock();
        let mut history: HashMap<WorkspaceId, (Position, u64)> = HashMap::new();
        for (at, scan) in scans.iter().filter(|(_, scan)| is_history(scan, now)) {
            let (last, count) = history.entry(scan.workspace).or_insert((*at, 0));
            (*last, *count) = (*at, *count + 1);
        }
        let history =
            history.into_iter().map(|(workspace, (at, count))| (at, Happening::History(workspace, count)));
        // With nobody listening, only what a resuming client could still ask for is worth copying.
        let unheard = if state.followed.is_empty() { scans.len().saturating_sub(KEPT) } else { 0 };
        let scans = scans[unheard..]
            .iter()
            .filter(|(_, scan)| !is_history(scan, now))
            .map(|(at, scan)| (*at, Happening::Scan(OwnedScan::from(scan))));
        let traces = traces.iter().map(|(at, trace)| (*at, Happening::Trace(*trace)));
        for (position, happening) in history.chain(scans).chain(traces) {
            state.last += 1;
            let item = Arc::new(Item { position, number: state.last, happening, text: OnceLock::new() });
            if state.kept.len() == KEPT {
                state.kept.pop_front();
            }
            state.kept.push_back(item.clone());
            let workspace = item.workspace();
            if state.followed.get(&workspace).is_some_and(|sender| sender.send(item).is_err()) {
                state.followed.remove(&workspace);
            }
        }
    }

    /// Drops the kept scans of visitors (workspace and number); who resumes behind one of them is told of a gap.
    pub fn forget(&self, visitors: &[(WorkspaceId, u64)]) {
        let is_theirs = |item: &Arc<Item>| match &item.happening {
            Happening::Scan(scan) => visitors.contains(&(scan.get().workspace, scan.get().visitor)),
            Happening::Trace(_) | Happening::History(..) => false,
        };
        self.0.lock().kept.retain(|item| !is_theirs(item));
    }

    /// Drops kept scans that are among the chosen ones, with their traces. Returns how many items.
    pub fn forget_scans(&self, chosen: &[Chosen]) -> usize {
        let is_chosen = |item: &Arc<Item>| {
            let (workspace, link, at, scan) = match &item.happening {
                Happening::Scan(scan) => {
                    let scan = scan.get();
                    (scan.workspace, scan.link, scan.at, scan.id)
                }
                Happening::Trace(trace) => (trace.workspace, trace.link, trace.scan_at, trace.scan),
                Happening::History(..) => return false,
            };
            chosen.iter().any(|chosen| chosen.has(workspace, link, at, scan))
        };
        let kept = &mut self.0.lock().kept;
        let before = kept.len();
        kept.retain(|item| !is_chosen(item));
        before - kept.len()
    }

    /// Everything that happens in a workspace from now on.
    pub fn follow(&self, workspace: WorkspaceId) -> broadcast::Receiver<Arc<Item>> {
        let mut state = self.0.lock();
        let sender = state.followed.entry(workspace).or_insert_with(|| broadcast::channel(LAG).0);
        sender.subscribe()
    }

    /// What a client of a workspace missed since the item that it saw last.
    pub fn resume(&self, workspace: WorkspaceId, last_seen: LastSeen) -> Resumed {
        let State { kept, last, .. } = &*self.0.lock();
        let seen = match last_seen {
            LastSeen::Item(position) => kept.iter().rposition(|item| item.position == position),
            LastSeen::Nothing | LastSeen::Unknown => None,
        };
        let missed = match seen {
            Some(index) => {
                kept.range(index + 1..).filter(|item| item.workspace() == workspace).cloned().collect()
            }
            None => Vec::new(),
        };
        Resumed { missed, gap: seen.is_none() && last_seen != LastSeen::Nothing, last: *last }
    }
}

fn is_history(scan: &Scan<'_>, now: Millis) -> bool {
    scan.at < now.plus(-HISTORY_MS)
}
