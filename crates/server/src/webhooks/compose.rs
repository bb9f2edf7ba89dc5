//! The body of a delivery, in the words of the public API. It is made once, right before the first attempt, from what the
//! scan store and the catalog know then, and kept: every attempt has the same bytes.

use crate::api::events::traces::{self, EventTrace};
use crate::api::events::{self, Event, Includes};
use crate::api::links::Link;
use crate::api::population;
use crate::api::visitors::wire::{Visitor, wire_visitor};
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::webhooks::deliveries::Delivery;
use crate::catalog::{visitors, workspaces};
use crate::error::ApiResult;
use model::report::{OwnedScan, Verdicts};
use model::{Millis, ScanId, Trace, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// A scan that the store, read far beyond it, has not after so long is gone: erased, or past its retention.
const GONE_MS: i64 = 600_000;

/// How long the body of an answer waits for the store to know it.
const AHEAD_MS: i64 = 5_000;

/// What a body is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "camelCase")]
pub enum Source {
    /// It is made already.
    Made,
    /// The scan.
    Scan,
    /// A step that the redirect went through, by its place in the path.
    Step {
        /// The place.
        index: usize,
    },
    /// What was done on a page, or behind one.
    Trace {
        /// Its record.
        trace: Trace,
    },
    /// A visitor, and the scan that told of him.
    Visitor {
        /// The row.
        visitor: Uuid,
    },
}

impl Source {
    /// As the column holds it.
    pub fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// A body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Body<'b> {
    id: String,
    r#type: &'b str,
    created_at: String,
    workspace_id: String,
    webhook_id: String,
    /// The scan, with device, link and, where somebody said who it was, visitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'b Event>,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<&'b EventTrace>,
    /// The link, of what happens to links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<&'b Link>,
    /// The visitor, of what happens to visitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor: Option<&'b Visitor>,
}

impl<'b> Body<'b> {
    /// Of something that happened at `at`.
    pub fn of(id: Uuid, kind: &'b str, at: Millis, workspace: WorkspaceId, webhook: Uuid) -> Self {
        Self {
            id: id.to_string(),
            r#type: kind,
            created_at: time(at),
            workspace_id: workspace.to_string(),
            webhook_id: webhook.to_string(),
            event: None,
            trace: None,
            link: None,
            visitor: None,
        }
    }

    /// As it is sent.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What came of making a body.
pub enum Made {
    /// The body, and whose data it holds.
    Body(String, Option<Uuid>),
    /// The scan store has not come so far yet.
    NotYet,
    /// It is not to be told: nobody counts the scan, or it is gone.
    Nothing,
}

/// What the bodies of some scans are made from.
pub struct Composer {
    scans: HashMap<ScanId, Found>,
}

struct Found {
    event: Option<Event>,
    visitor: Option<Uuid>,
    traces: Vec<EventTrace>,
    /// Whether it will not come any more.
    is_over: bool,
}

impl Composer {
    /// Reads what the bodies of these deliveries need; each scan once, however many are told of it.
    pub async fn read(app: &App, due: &[Delivery]) -> ApiResult<Self> {
        let mut wanted: HashMap<WorkspaceId, Vec<&Delivery>> = HashMap::new();
        for delivery in due.iter().filter(|delivery| delivery.body.is_none()) {
            wanted.entry(delivery.workspace).or_default().push(delivery);
        }
        let mut scans = HashMap::new();
        for (workspace, deliveries) in wanted {
            let mut ids: Vec<ScanId> = deliveries.iter().filter_map(|delivery| delivery.scan).collect();
            ids.sort_unstable();
            ids.dedup();
            let read_up_to = app.read_up_to.load(Ordering::Acquire);
            let (store, asked) = (app.store.clone(), ids.clone());
            let found: Vec<(OwnedScan, Vec<Trace>)> = population::ask(app, move || {
                let mut found = Vec::with_capacity(asked.len());
                for id in asked {
                    if let Some(scan) = store.scan(workspace, id)? {
                        let traces = store.traces(workspace, id, scan.get().at)?;
                        found.push((scan, traces));
                    }
                }
                Ok(found)
            })
            .await?;
            let verdicts = counted(app, workspace).await?;
            let includes = Includes { visitor: true, device: true, link: true, journey: true };
            for (scan, mut interactions) in found {
                let id = scan.get().id;
                // What is to be told of may be ahead of the store, which also knows what came before it. Not for long:
                // a record that could not be written comes at the next start only.
                let mut is_ahead = false;
                for delivery in deliveries.iter().filter(|delivery| delivery.scan == Some(id)) {
                    if let Some(Source::Trace { trace }) = source(delivery)
                        && !interactions.iter().any(|known| known.id == trace.id)
                    {
                        is_ahead |= app.clock.now().0 - delivery.created_at.0 < AHEAD_MS;
                        interactions.push(trace);
                    }
                }
                if is_ahead {
                    continue;
                }
                let is_counted = verdicts.contains(scan.get().verdict);
                let mut event = None;
                let mut read = Vec::new();
                if is_counted {
                    event = events::wire_events(app, workspace, std::slice::from_ref(&scan), includes)
                        .await?
                        .pop();
                    read = traces::wire_traces(app, workspace, &scan, &interactions).await?;
                }
                let visitor = visitors::of_scan(&mut *app.catalog.read().await?, workspace, id).await?;
                scans.insert(id, Found { event, visitor, traces: read, is_over: true });
            }
            for delivery in &deliveries {
                if let Some(id) = delivery.scan {
                    let is_late = |at: i64| at + GONE_MS < read_up_to.min(app.clock.now().0);
                    let is_over = scan_time(id).is_none_or(is_late) && is_late(delivery.created_at.0);
                    scans.entry(id).or_insert(Found {
                        event: None,
                        visitor: None,
                        traces: Vec::new(),
                        is_over,
                    });
                }
            }
        }
        Ok(Self { scans })
    }

    /// The body of one of the deliveries.
    pub async fn body(&self, app: &App, delivery: &Delivery) -> ApiResult<Made> {
        let Some(found) = delivery.scan.and_then(|scan| self.scans.get(&scan)) else {
            return Ok(Made::Nothing);
        };
        let Some(event) = &found.event else {
            return Ok(if found.is_over { Made::Nothing } else { Made::NotYet });
        };
        let body = Body::of(delivery.id, &delivery.kind, delivery.at, delivery.workspace, delivery.webhook);
        let body = Body { event: Some(event), ..body };
        let id_of = |id: Uuid| found.traces.iter().find(|trace| trace.is(id));
        let made = match source(delivery) {
            Some(Source::Scan) => body.to_json(),
            Some(Source::Step { index }) => {
                let id = delivery.scan.map(|scan| traces::trace_id(scan, index));
                let Some(trace) = id.and_then(id_of) else { return Ok(Made::Nothing) };
                Body { trace: Some(trace), ..body }.to_json()
            }
            Some(Source::Trace { trace }) => {
                let of_step = || found.traces.iter().find(|read| read.is_behind_redirect(trace.step));
                let Some(trace) = id_of(trace.id.0).or_else(of_step) else { return Ok(Made::Nothing) };
                Body { trace: Some(trace), ..body }.to_json()
            }
            Some(Source::Visitor { visitor }) => {
                let row = visitors::get(&mut *app.catalog.read().await?, delivery.workspace, visitor).await?;
                let Some(row) = row else { return Ok(Made::Nothing) };
                let wire = wire_visitor(delivery.workspace, &row);
                return Ok(Made::Body(Body { visitor: Some(&wire), ..body }.to_json(), Some(visitor)));
            }
            Some(Source::Made) | None => return Ok(Made::Nothing),
        };
        Ok(Made::Body(made, found.visitor))
    }
}

fn source(delivery: &Delivery) -> Option<Source> {
    serde_json::from_str(&delivery.source).ok()
}

/// When a scan was, by its id.
fn scan_time(id: ScanId) -> Option<i64> {
    let (seconds, nanos) = id.0.get_timestamp()?.to_unix();
    Some(seconds as i64 * 1000 + i64::from(nanos) / 1_000_000)
}

/// The verdicts that a workspace's numbers count: of others nobody is told (DESIGN §11.1).
async fn counted(app: &App, workspace: WorkspaceId) -> ApiResult<Verdicts> {
    let row = workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
    population::verdicts(app, row.and_then(|row| row.counting), None, "verdict")
}
