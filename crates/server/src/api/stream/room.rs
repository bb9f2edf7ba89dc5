//! The listeners of one workspace. What happens there is written once, by a task of the room, and handed to all of them;
//! whoever reads slowly falls behind alone.

use crate::api::events::{self, Includes};
use crate::api::wire;
use crate::app::App;
use crate::feed::{Happening, Item, LAG};
use bytes::Bytes;
use model::report::OwnedScan;
use model::{Position, WorkspaceId};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Items written together when many come at once.
const TOGETHER: usize = 200;
/// How often a quiet room looks whether anybody is left.
const QUIET: Duration = Duration::from_secs(15);

/// The rooms that have listeners.
#[derive(Default)]
pub struct Rooms(Mutex<HashMap<WorkspaceId, Arc<Room>>>);

impl Rooms {
    /// The room of a workspace, opened where there is none, and what is told there from now on.
    pub fn enter(&self, app: &App, workspace: WorkspaceId) -> (Arc<Room>, broadcast::Receiver<Told>) {
        let mut rooms = self.0.lock();
        let room = match rooms.entry(workspace) {
            Entry::Occupied(open) => open.get().clone(),
            Entry::Vacant(place) => {
                let room = Arc::new(Room {
                    workspace,
                    writing: tokio::sync::Mutex::default(),
                    sender: broadcast::channel(LAG).0,
                });
                tokio::spawn(room.clone().tell(app.clone(), app.feed.follow(workspace)));
                place.insert(room).clone()
            }
        };
        let told = room.sender.subscribe();
        (room, told)
    }

    /// Closes a room in which nobody is left.
    fn closes(&self, room: &Room) -> bool {
        let mut rooms = self.0.lock();
        let is_empty = room.sender.receiver_count() == 0;
        if is_empty {
            rooms.remove(&room.workspace);
        }
        is_empty
    }
}

/// What a room tells.
#[derive(Clone)]
pub enum Told {
    /// Something that happened, written.
    Item(Arc<Item>),
    /// So much happened while the room itself was behind.
    Missed(u64),
}

/// A room.
pub struct Room {
    workspace: WorkspaceId,
    writing: tokio::sync::Mutex<()>,
    sender: broadcast::Sender<Told>,
}

impl Room {
    async fn tell(self: Arc<Self>, app: App, mut happens: broadcast::Receiver<Arc<Item>>) {
        let mut batch = Vec::new();
        loop {
            match tokio::time::timeout(QUIET, happens.recv()).await {
                Ok(Ok(item)) => batch.push(item),
                Ok(Err(RecvError::Lagged(missed))) => drop(self.sender.send(Told::Missed(missed))),
                Ok(Err(RecvError::Closed)) => return,
                Err(_) => {}
            }
            while batch.len() < TOGETHER
                && let Ok(item) = happens.try_recv()
            {
                batch.push(item);
            }
            self.write(&app, &batch).await;
            for item in batch.drain(..) {
                // The last one may just have left.
                let _ = self.sender.send(Told::Item(item));
            }
            if app.rooms.closes(&self) {
                return;
            }
        }
    }

    /// Writes the items that nobody wanted yet. Those of which the catalog says nothing stay unwritten.
    pub async fn write(&self, app: &App, items: &[Arc<Item>]) {
        if items.iter().all(|item| item.text.get().is_some()) {
            return;
        }
        // A thousand that resume at once write nothing twice.
        let _turn = self.writing.lock().await;
        let unwritten = || items.iter().filter(|item| item.text.get().is_none());
        let scans: Vec<OwnedScan> = unwritten()
            .filter_map(|item| match &item.happening {
                Happening::Scan(scan) => Some(scan.clone()),
                Happening::Trace(_) | Happening::History(..) => None,
            })
            .collect();
        let includes = Includes { device: true, ..Includes::default() };
        let events = match events::wire_events(app, self.workspace, &scans, includes).await {
            Ok(events) => events,
            Err(_) => return,
        };
        let mut events = events.into_iter();
        for item in unwritten() {
            let text = match &item.happening {
                Happening::Scan(_) => frame(item.position, "scan", &events.next()),
                Happening::Trace(trace) => {
                    let told = json!({
                        "id": trace.id, "eventId": trace.scan, "linkId": trace.link, "xKind": trace.kind.as_str(),
                        "completedAt": wire::time(trace.at),
                    });
                    frame(item.position, "trace", &told)
                }
                Happening::History(_, missed) => frame(item.position, "gap", &json!({ "missed": missed })),
            };
            let _ = item.text.set(text);
        }
    }
}

/// What a reader is told of an item: its text, or that it was missed. The list has it as soon as the catalog answers again.
pub fn text(item: &Item) -> Bytes {
    item.text.get().cloned().unwrap_or_else(|| frame(item.position, "gap", &json!({ "missed": 1 })))
}

fn frame(Position { epoch, seq }: Position, name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("id: {epoch:08x}-{seq}\nevent: {name}\ndata: {data}\n\n"))
}
