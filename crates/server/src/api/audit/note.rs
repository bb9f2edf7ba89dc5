//! Writes the log, around the operations themselves, so that none can be forgotten; what a thing was and became is what the
//! API shows of it before and after. Links note their changes themselves, field by field, in their own transaction
//! (`history.rs`).

use super::{acts, public};
use crate::api::admission::Resolved;
use crate::api::body::unmarked;
use crate::app::App;
use crate::catalog::Catalog;
use crate::catalog::changes::begun::{self, Act};
use crate::catalog::changes::{Actor, ActorKind, Change, LINK};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use model::WorkspaceId;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;

/// Kind of thing of which names of fields alone are noted.
const VISITOR: &str = "visitor";
/// Kind of thing whose notes do not name whom it was about.
const ERASURE: &str = "erasure";
/// Kind of thing of which nothing is noted but that it was there.
const SESSION: &str = "session";
/// Bytes of a body that is looked at.
const MOST: usize = 1 << 20;

/// How long what was left begun waits for a catalog that takes no change.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes into the log what a killed process had begun, as soon as the catalog takes it.
pub async fn take_over(catalog: Catalog, left: Vec<Uuid>, mut stop: watch::Receiver<bool>) {
    if left.is_empty() {
        return;
    }
    tracing::warn!(acts = left.len(), "What a stopped process had begun comes into the log as it began");
    let left = Arc::new(left);
    loop {
        let taken = left.clone();
        if catalog.write(async move |db| begun::take_over(db, &taken).await).await.is_ok() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Whom the log asks what things are like.
#[derive(Clone)]
pub struct Noting {
    /// The parts.
    pub app: App,
    /// The operations, without what stands around them.
    pub operations: Router,
}

/// Notes what an operation did, if it did.
pub async fn note(State(noting): State<Noting>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let act = path.and_then(|path| acts::of(request.method(), &path, request.uri().path()));
    match act {
        // On its own: who hangs up must not leave the act done and not noted.
        Some(act) => match tokio::spawn(noted(noting, act, request, next)).await {
            Ok(response) => response,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        },
        None => next.run(request).await,
    }
}

async fn noted(noting: Noting, act: acts::Act, request: Request, next: Next) -> Response {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let resolved = request.extensions().get::<Resolved>().cloned();
    let caller = resolved.as_ref().and_then(|Resolved(caller)| caller.as_ref().ok()).cloned();
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    // What is deleted by a query is told by that.
    let names_one = method != Method::DELETE || Uuid::parse_str(last).is_ok();
    let looks =
        caller.is_some() && method != Method::POST && names_one && ![LINK, VISITOR].contains(&act.object);
    let before = if looks { noting.shown(&uri, &headers, resolved.clone()).await } else { None };
    let (request, asked) = read_request(request).await;
    // It takes nothing.
    if act.object == ERASURE && asked.get("dryRun") == Some(&Value::Bool(true)) {
        return next.run(request).await;
    }
    let in_path = uri.path().rsplit('/').find_map(|part| Uuid::parse_str(part.split(':').next()?).ok());
    let mut change = Change {
        id: Uuid::now_v7(),
        object: act.object.to_owned(),
        object_id: in_path.unwrap_or_default(),
        action: act.action.to_owned(),
        actor: Actor { kind: ActorKind::System, id: None, name: String::new(), session: None },
        batch: None,
        restored: None,
        was: Map::new(),
        became: fit(act, &asked),
        at: noting.app.clock.now(),
    };
    let (known, response) = match &caller {
        Some(caller) => {
            change.actor = caller.actor();
            let begun = Act::new(caller.workspace, change.clone());
            (Some((caller.workspace, begun.clone())), begun.run(next.run(request)).await)
        }
        // Somebody who comes in: who that is, the answer says.
        None => (None, next.run(request).await),
    };
    let is_done = response.status().is_success();
    let (response, answered) = if is_done { read_response(response).await } else { (response, None) };
    let workspace = match &known {
        Some((workspace, _)) => *workspace,
        None => match came_in(answered.as_ref()) {
            Some((workspace, actor)) => {
                change.actor = actor;
                workspace
            }
            None => return response,
        },
    };
    // A link's own notes say more; where it has none, nothing of it was changed.
    let notes_itself = act.object == LINK || known.as_ref().is_some_and(|(_, begun)| begun.notes_itself());
    let has_begun = known.as_ref().is_some_and(|(_, begun)| begun.has_begun());
    if is_done && !notes_itself {
        let after = match (&before, &method) {
            (Some(_), &Method::PUT | &Method::PATCH) => noting.shown(&uri, &headers, resolved).await,
            _ => None,
        };
        let answered = answered.as_ref().map(inside).unwrap_or_default();
        if method == Method::POST
            && let Some(made) = id_in(&answered)
        {
            change.object_id = made;
        }
        let (was, became) = match (before, after) {
            (Some(before), Some(after)) => differing(before, after),
            (Some(before), None) => (before, Map::new()),
            _ if method == Method::DELETE => (named(&uri), Map::new()),
            // What is told of a visitor is what was asked to change.
            _ if act.object == VISITOR => (Map::new(), asked.clone()),
            _ => (Map::new(), answered),
        };
        (change.was, change.became) = (fit(act, &was), fit(act, &became));
        if change.was.is_empty() && change.became.is_empty() {
            change.became = fit(act, &asked);
        }
    }
    let id = change.id;
    let change = (is_done && !notes_itself).then_some((workspace, change));
    if (has_begun || change.is_some())
        && let Err(error) = noting.app.catalog.write(async move |db| begun::end(db, id, change).await).await
    {
        tracing::error!(%error, "What was done could not be noted whole in the log; its beginning will be at the next start");
    }
    response
}

/// What of an act's fields is noted.
fn fit(act: acts::Act, fields: &Map<String, Value>) -> Map<String, Value> {
    match act.object {
        // Who came in where, the entry says itself.
        SESSION => Map::new(),
        VISITOR if fields.is_empty() => Map::new(),
        VISITOR => public::names(fields),
        ERASURE => {
            let mut fields = public::fields(fields.clone());
            fields.retain(|name, _| !matches!(name.as_str(), "visitor" | "scan"));
            fields
        }
        _ => public::fields(fields.clone()),
    }
}

impl Noting {
    /// What the API shows of the thing at this address; where it shows all of them only, as it stands in that list.
    async fn shown(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        resolved: Option<Resolved>,
    ) -> Option<Map<String, Value>> {
        if let Some(body) = self.read(uri.path(), headers, resolved.clone()).await {
            return Some(inside(&body));
        }
        let (list, id) = uri.path().rsplit_once('/')?;
        let Value::Object(answer) = self.read(list, headers, resolved).await? else { return None };
        let mut things = answer.values().filter_map(Value::as_array).flatten();
        things.find(|thing| thing["id"] == *id)?.as_object().cloned()
    }

    async fn read(&self, path: &str, headers: &HeaderMap, resolved: Option<Resolved>) -> Option<Value> {
        let mut request = axum::http::Request::get(path).body(Body::empty()).ok()?;
        for name in [header::AUTHORIZATION, header::COOKIE, header::HOST] {
            if let Some(value) = headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        if let Some(resolved) = resolved {
            request.extensions_mut().insert(resolved);
        }
        let response = self.operations.clone().oneshot(request).await.ok()?;
        if response.status() != StatusCode::OK {
            return None;
        }
        read_response(response).await.1
    }
}

/// Fields of what an answer wraps.
fn inside(body: &Value) -> Map<String, Value> {
    let Value::Object(fields) = body else { return Map::new() };
    let mut wrapped = fields.values().filter(|value| value.is_object());
    match (wrapped.next(), wrapped.next()) {
        (Some(Value::Object(inner)), None) if !fields.contains_key("id") => inner.clone(),
        _ => fields.clone(),
    }
}

fn id_in(fields: &Map<String, Value>) -> Option<Uuid> {
    fields.get("id").and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok())
}

/// The fields that differ, as they were and as they became.
fn differing(
    before: Map<String, Value>,
    after: Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut was, mut became) = (Map::new(), Map::new());
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (earlier, later) = (before.get(name), after.get(name));
        if earlier != later && name != "updatedAt" {
            was.insert(name.clone(), earlier.cloned().unwrap_or_default());
            became.insert(name.clone(), later.cloned().unwrap_or_default());
        }
    }
    (was, became)
}

/// What an address names that is deleted, beside the thing's id: in its query, or an attribute at its end.
fn named(uri: &Uri) -> Map<String, Value> {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut named: Map<String, Value> =
        query.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
    if let Some((_, key)) = uri.path().rsplit_once("/attributes/") {
        named.insert(percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned(), Value::Null);
    }
    named
}

/// Who came in by an answer: signed in, set up, joined.
fn came_in(body: Option<&Value>) -> Option<(WorkspaceId, Actor)> {
    let body = body?;
    let id = |pointer: &str| Uuid::parse_str(body.pointer(pointer)?.as_str()?).ok();
    let (workspace, member) = (id("/workspace/id")?, id("/member/id")?);
    let actor = Actor { kind: ActorKind::Member, id: Some(member), name: String::new(), session: None };
    Some((WorkspaceId(workspace), actor))
}

/// The fields that a request sends, and the request. A body of unknown length, or a long one, is not looked at.
async fn read_request(request: Request) -> (Request, Map<String, Value>) {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_none_or(|length| length > MOST) {
        return (request, Map::new());
    }
    let (head, body) = request.into_parts();
    match Limited::new(body, MOST).collect().await {
        Ok(body) => {
            let bytes = body.to_bytes();
            let fields = serde_json::from_slice(&unmarked(bytes.clone())).unwrap_or_default();
            (Request::from_parts(head, Body::from(bytes)), fields)
        }
        // It broke off; so it will for the operation, which says so.
        Err(error) => {
            let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other(error))]);
            (Request::from_parts(head, Body::from_stream(broken)), Map::new())
        }
    }
}

/// What an answer says, and the answer. What is not JSON, or is streamed, is not looked at.
async fn read_response(response: Response) -> (Response, Option<Value>) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return (response, None);
    }
    let (head, body) = response.into_parts();
    // Made whole in memory by an operation: it does not break off.
    let bytes: Bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let value = if bytes.len() <= MOST { serde_json::from_slice(&bytes).ok() } else { None };
    (Response::from_parts(head, Body::from(bytes)), value)
}
