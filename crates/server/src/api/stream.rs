//! The live feed: server-sent events (DESIGN §9).

pub mod room;

use super::auth::{AnalyticsRead, Can};
use super::body::Query;
use super::population;
use crate::app::App;
use crate::error::{ApiResult, ErrorResponse};
use crate::feed::{Happening, Item, LastSeen, Resumed};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use model::report::{Filter, Scope, Verdicts};
use model::{LinkId, Position};
use room::{Room, Told};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Silence after which a comment shows that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Bytes of a piece of the stream that more is added to.
const PIECE: usize = 64 << 10;

/// Scans as they happen: `scan` (an event with its device), `trace`, `gap` when some were missed.
#[utoipa::path(get, path = "/v1/events/stream", tag = "Events", operation_id = "stream_events",
    params(("linkId" = Option<uuid::Uuid>, Query), ("verdict" = Option<Vec<String>>, Query, description = "`all`, or verdicts; humans when absent"),
        ("xFilter" = Option<Vec<String>>, Query, description = "Only scans with this value, such as `country:DE`; repeatable"),
        ("xTimezone" = Option<String>, Query, description = "IANA zone of the filters' clocks; the workspace's when absent"),
        ("Last-Event-ID" = Option<String>, Header, description = "Resumes after this event")),
    responses((status = 200, content((serde_json::Value = "text/event-stream"))), (status = 400, body = ErrorResponse)))]
pub async fn stream_events(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    headers: HeaderMap,
    query: Query,
) -> ApiResult<Response> {
    let population = population::of_query(&app, caller.workspace, &query).await?;
    // An empty one is sent by who has seen nothing yet (HTML, 9.2.4); of one that we never gave nobody knows what came behind.
    let last_seen = headers.get("last-event-id").filter(|value| !value.is_empty());
    let last_seen = match last_seen {
        None => LastSeen::Nothing,
        Some(value) => value.to_str().ok().and_then(read_position).map_or(LastSeen::Unknown, LastSeen::Item),
    };
    // Entered before it is asked what was missed: what happens between the two is told, and known by its number.
    let (room, told) = app.rooms.enter(&app, caller.workspace);
    let Resumed { missed, gap, last } = app.feed.resume(caller.workspace, last_seen);
    let mut text = BytesMut::from("retry: 1000\n\n");
    if gap {
        text.extend_from_slice(b"event: gap\ndata: {\"missed\":null}\n\n");
    }
    let listener = Listener {
        link: match &population.scope {
            Scope::Links(links) => links.first().copied(),
            Scope::Workspace => None,
        },
        verdicts: population.verdicts,
        filters: population.filters,
        missed,
        seen: last,
        room,
        told,
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
    link: Option<LinkId>,
    verdicts: Verdicts,
    filters: Vec<Filter>,
    /// What it missed and has not been told.
    missed: Vec<Arc<Item>>,
    /// Number of the newest item that is among those missed, or was over before it came.
    seen: u64,
    room: Arc<Room>,
    told: broadcast::Receiver<Told>,
    text: BytesMut,
}

impl Listener {
    /// The next piece of the stream; nothing when the feed has ended.
    async fn next(&mut self) -> Option<Bytes> {
        let missed = std::mem::take(&mut self.missed);
        self.room.write(&self.app, &missed).await;
        missed.iter().for_each(|item| self.add(item));
        while self.text.is_empty() {
            match tokio::time::timeout(HEARTBEAT, self.told.recv()).await {
                Err(_) => self.text.extend_from_slice(b": alive\n\n"),
                Ok(Ok(told)) => self.hear(&told),
                Ok(Err(RecvError::Lagged(missed))) => self.hear(&Told::Missed(missed)),
                Ok(Err(RecvError::Closed)) => return None,
            }
            while self.text.len() < PIECE
                && let Ok(told) = self.told.try_recv()
            {
                self.hear(&told);
            }
        }
        Some(self.text.split().freeze())
    }

    fn hear(&mut self, told: &Told) {
        match told {
            Told::Item(item) if item.number > self.seen => self.add(item),
            Told::Item(_) => {}
            Told::Missed(missed) => {
                let gap = format!("event: gap\ndata: {{\"missed\":{missed}}}\n\n");
                self.text.extend_from_slice(gap.as_bytes());
            }
        }
    }

    fn add(&mut self, item: &Item) {
        if self.wants(item) {
            self.text.extend_from_slice(&room::text(item));
        }
    }

    fn wants(&self, item: &Item) -> bool {
        match &item.happening {
            Happening::Scan(scan) => {
                let scan = scan.get();
                self.link.is_none_or(|link| scan.link == link)
                    && self.verdicts.contains(scan.verdict)
                    && self.filters.iter().all(|filter| filter.holds(&scan))
            }
            Happening::Trace(trace) => self.link.is_none_or(|link| trace.link == link),
            // Whose they were is not known any more.
            Happening::History(..) => true,
        }
    }
}

/// `EPOCH-SEQ`.
fn read_position(text: &str) -> Option<Position> {
    let (epoch, seq) = text.split_once('-')?;
    Some(Position { epoch: u32::from_str_radix(epoch, 16).ok()?, seq: seq.parse().ok()? })
}
