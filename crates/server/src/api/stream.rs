//! The live feed: server-sent events (DESIGN §9).

use super::auth::{AnalyticsRead, Can};
use super::body::Query;
use super::events::{self, Includes};
use super::population;
use crate::app::App;
use crate::error::{ApiResult, ErrorResponse};
use crate::feed::{Happening, Item};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use model::report::{Filter, Scope, Verdicts};
use model::{LinkId, Position, WorkspaceId};
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Silence after which a comment shows that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Items rendered together when many come at once.
const TOGETHER: usize = 200;

/// Scans as they happen: `scan` (an event with its device), `trace`, `gap` when some were missed.
#[utoipa::path(get, path = "/v1/events/stream", tag = "Events", operation_id = "stream_events",
    params(("linkId" = Option<uuid::Uuid>, Query), ("verdict" = Option<Vec<String>>, Query, description = "`all`, or verdicts; humans when absent"),
        ("xFilter" = Option<Vec<String>>, Query, description = "Only scans with this value, such as `country:DE`; repeatable"),
        ("Last-Event-ID" = Option<String>, Header, description = "Resumes after this event")),
    responses((status = 200, content((String = "text/event-stream"))), (status = 400, body = ErrorResponse)))]
pub async fn stream_events(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    headers: HeaderMap,
    query: Query,
) -> ApiResult<Response> {
    let population = population::of_query(&app, caller.workspace, &query).await?;
    let last_seen =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(read_position);
    let subscription = app.feed.subscribe(last_seen);
    let mut text = String::from("retry: 1000\n\n");
    if subscription.gap {
        text.push_str("event: gap\ndata: {\"missed\":null}\n\n");
    }
    let listener = Listener {
        workspace: caller.workspace,
        link: match &population.scope {
            Scope::Links(links) => links.first().copied(),
            Scope::Workspace => None,
        },
        verdicts: population.verdicts,
        filters: population.filters,
        waiting: subscription.missed.into(),
        receiver: subscription.receiver,
        text,
        app,
    };
    let body = stream::unfold(listener, async |mut listener| {
        let chunk = listener.next().await?;
        Some((Ok::<_, Infallible>(chunk), listener))
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers would hold the feed back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Listener {
    app: App,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    verdicts: Verdicts,
    filters: Vec<Filter>,
    waiting: VecDeque<Arc<Item>>,
    receiver: broadcast::Receiver<Arc<Item>>,
    text: String,
}

impl Listener {
    /// The next piece of the stream; nothing when the feed has ended.
    async fn next(&mut self) -> Option<Bytes> {
        while self.text.is_empty() {
            if self.waiting.is_empty() {
                match tokio::time::timeout(HEARTBEAT, self.receiver.recv()).await {
                    Err(_) => self.text.push_str(": alive\n\n"),
                    Ok(Ok(item)) => self.waiting.push_back(item),
                    Ok(Err(RecvError::Lagged(missed))) => {
                        let _ = write!(self.text, "event: gap\ndata: {{\"missed\":{missed}}}\n\n");
                    }
                    Ok(Err(RecvError::Closed)) => return None,
                }
            }
            while self.waiting.len() < TOGETHER {
                match self.receiver.try_recv() {
                    Ok(item) => self.waiting.push_back(item),
                    Err(_) => break,
                }
            }
            self.render().await;
        }
        Some(Bytes::from(std::mem::take(&mut self.text)))
    }

    async fn render(&mut self) {
        for item in std::mem::take(&mut self.waiting) {
            if !self.wants(&item) {
                continue;
            }
            let Position { epoch, seq } = item.position;
            let (name, data) = match &item.happening {
                Happening::Scan(scan) => {
                    let includes = Includes { device: true, ..Includes::default() };
                    let events =
                        events::wire_events(&self.app, self.workspace, std::slice::from_ref(scan), includes);
                    match events.await {
                        Ok(events) => ("scan", json!(events.first())),
                        // Told as missed: the list has it as soon as the catalog answers again.
                        Err(_) => ("gap", json!({ "missed": 1 })),
                    }
                }
                Happening::Trace(trace) => (
                    "trace",
                    json!({
                        "id": trace.id, "eventId": trace.scan, "linkId": trace.link, "xKind": trace.kind.as_str(),
                        "completedAt": super::wire::time(trace.at),
                    }),
                ),
            };
            let _ = write!(self.text, "id: {epoch:08x}-{seq}\nevent: {name}\ndata: {data}\n\n");
        }
    }

    fn wants(&self, item: &Item) -> bool {
        match &item.happening {
            Happening::Scan(scan) => {
                let scan = scan.get();
                scan.workspace == self.workspace
                    && self.link.is_none_or(|link| scan.link == link)
                    && self.verdicts.contains(scan.verdict)
                    && self.filters.iter().all(|filter| filter.holds(&scan))
            }
            Happening::Trace(trace) => {
                trace.workspace == self.workspace && self.link.is_none_or(|link| trace.link == link)
            }
        }
    }
}

/// `EPOCH-SEQ`.
fn read_position(text: &str) -> Option<Position> {
    let (epoch, seq) = text.split_once('-')?;
    Some(Position { epoch: u32::from_str_radix(epoch, 16).ok()?, seq: seq.parse().ok()? })
}
