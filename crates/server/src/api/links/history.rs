//! A link's history: what was changed of it, by whom, and the way back.

use super::{Link, LinkResponse, Revised, answer_refreshed, link_id};
use crate::api::auth::{Caller, Can, LinksRead, LinksWrite};
use crate::api::body::{Path, Query};
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::changes::{self, Change};
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done, restore};
use crate::webhooks::note;
use axum::Json;
use axum::extract::State;
use model::delivery::Happening;
use model::{LinkId, Millis};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of changes, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListHistoryResponse {
    entries: Vec<HistoryEntry>,
    /// Of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// A change of a link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    id: String,
    at: String,
    /// `created`, `updated`, `deleted`, `restored` (out of the trash), `rolled_back` or `undone`.
    action: String,
    actor: HistoryActor,
    /// What differs.
    changes: Vec<FieldChange>,
    /// The request that changed this link with others.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_id: Option<String>,
    /// The entry that was gone back to, or undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_entry_id: Option<String>,
}

/// Who changed it.
#[derive(Serialize, ToSchema)]
pub struct HistoryActor {
    /// `member`, `token` or `system`.
    kind: &'static str,
    /// The member's or token's.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A person's name, or the address of who gave none; or a token's name.
    name: String,
}

/// One field of a change.
#[derive(Serialize, ToSchema)]
pub struct FieldChange {
    /// By the link's name for it (`name`, `xDestination`, `tags`, …); `xSlugs` its addresses, `qrcodeDesign` its code's
    /// look, `pageTheme` its pages'.
    field: String,
    /// As it was; null: nothing.
    before: Value,
    /// As it became.
    after: Value,
}

/// A link that went back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreHistoryResponse {
    link: Link,
    /// What was noted of it; absent where nothing was different.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_id: Option<String>,
    /// What could not be had back, in sentences.
    x_warnings: Vec<String>,
}

fn wire(change: Change) -> HistoryEntry {
    let mut was = change.was;
    let field = |(field, after): (String, Value)| {
        let before = was.remove(&field).unwrap_or_default();
        FieldChange { field, before, after }
    };
    HistoryEntry {
        id: change.id.to_string(),
        at: time(change.at),
        action: change.action,
        actor: HistoryActor {
            kind: change.actor.kind.as_str(),
            id: change.actor.id.map(|id| id.to_string()),
            name: change.actor.name,
        },
        changes: change.became.into_iter().map(field).collect(),
        batch_id: change.batch.map(|batch| batch.to_string()),
        restored_entry_id: change.restored.map(|entry| entry.to_string()),
    }
}

/// What was changed of a link and by whom, newest first.
#[utoipa::path(get, path = "/v1/x/links/{id}/history", tag = "Links", operation_id = "list_link_history",
    params(("id" = uuid::Uuid, Path), ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListHistoryResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_link_history(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Json<ListHistoryResponse>> {
    let id = link_id(&id)?;
    let limit = query.page_size(50, 200)?;
    let named = format!("history {id}");
    let after: Option<(Millis, Uuid)> = match query.get("pageToken").or(query.get("cursor")) {
        None => None,
        Some(token) => Some(app.cursors.open(&named, token)?),
    };
    let mut db = app.catalog.read().await?;
    if !links::exists(&mut db, caller.workspace, id).await? {
        return Err(ApiError::link_not_found(id));
    }
    let mut rows = changes::of_link(&mut db, caller.workspace, id.0, after, limit as i64 + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next_page_token = last.map(|last| app.cursors.seal(&named, &(last.at, last.id)));
    Ok(Json(ListHistoryResponse { entries: rows.into_iter().map(wire).collect(), next_page_token }))
}

/// Makes a link what it was right after a change: settings, name, tags, main address, workflow, looks. Addresses added
/// since stay, since codes may hold them; scans stay.
#[utoipa::path(post, path = "/v1/x/links/{id}/history/{entryId}/restore", tag = "Links", operation_id = "restore_link_history",
    params(("id" = uuid::Uuid, Path), ("entryId" = uuid::Uuid, Path)),
    responses((status = 200, body = RestoreHistoryResponse, headers(("ETag" = String))), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn restore_link_history(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path((id, entry)): Path<(String, String)>,
) -> ApiResult<Revised<RestoreHistoryResponse>> {
    go_back(&app, &caller, (&id, &entry), Back::To).await
}

/// Takes one change of a link back: the fields that it changed are what they were before it.
#[utoipa::path(post, path = "/v1/x/links/{id}/history/{entryId}/undo", tag = "Links", operation_id = "undo_link_history",
    params(("id" = uuid::Uuid, Path), ("entryId" = uuid::Uuid, Path)),
    responses((status = 200, body = RestoreHistoryResponse, headers(("ETag" = String))), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn undo_link_history(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path((id, entry)): Path<(String, String)>,
) -> ApiResult<Revised<RestoreHistoryResponse>> {
    go_back(&app, &caller, (&id, &entry), Back::Before).await
}

/// Which way back.
#[derive(Clone, Copy, PartialEq)]
enum Back {
    /// The state right after the change.
    To,
    /// The change alone is taken back.
    Before,
}

/// Whether who may change links may also change what differs beside them.
pub fn may_set(caller: &Caller, before: &history::State, fields: &history::State) -> ApiResult<()> {
    let beside = [
        ("xWorkflowVersion", "workflows:write"),
        ("qrcodeDesign", "qrcodes:write"),
        ("xCentralImage", "qrcodes:write"),
        ("pageTheme", "page_themes:write"),
    ];
    let differs = |name: &str| fields.get(name).is_some_and(|value| before.get(name) != Some(value));
    beside.iter().filter(|(name, _)| differs(name)).try_for_each(|(_, scope)| caller.require(scope))
}

async fn go_back(
    app: &App,
    caller: &Caller,
    (id, entry): (&str, &str),
    back: Back,
) -> ApiResult<Revised<RestoreHistoryResponse>> {
    let id: LinkId = link_id(id)?;
    let entry = Uuid::parse_str(entry)
        .map_err(|_| ApiError::field("entryId", format!("\"{entry}\" is not a UUID")))?;
    let (workspace, now) = (caller.workspace, app.clock.now());
    let (actor, telling, asking) = (caller.actor(), app.clone(), caller.clone());
    let (noted, missing) = app
        .catalog
        .attempt(async move |db| {
            let Some(link) = links::get(db, workspace, id).await? else {
                return Ok(Err(ApiError::link_not_found(id)));
            };
            let Some(change) = changes::get(db, workspace, id.0, entry).await? else {
                let what = format!("entry {entry} of this link's history");
                return Ok(Err(ApiError::not_found("ENTRY_NOT_FOUND", what)));
            };
            let (fields, action) = match back {
                Back::To => (restore::to(db, &link, &change).await?, "rolled_back"),
                Back::Before if change.was.is_empty() => {
                    let message =
                        "there is nothing before this entry; delete the link instead, or restore it";
                    return Ok(Err(ApiError::conflict("NOTHING_TO_UNDO", message)));
                }
                Back::Before => (change.was, "undone"),
            };
            let before = history::state(db, workspace, id).await?;
            if let Err(why) = may_set(&asking, &before, &fields) {
                return Ok(Err(why));
            }
            let missing = match restore::apply(db, &telling, &link, &fields, &actor, now).await? {
                Ok(missing) => missing,
                Err(why) => return Ok(Err(why)),
            };
            let done = Done { restored: Some(entry), ..Done::alone(action, &actor) };
            let noted = history::note(db, workspace, id, &before, done, now).await?;
            if noted.is_some() {
                note::link(db, &telling, workspace, id, Happening::LinkUpdated, now).await?;
            }
            Ok(Ok((noted, missing)))
        })
        .await??;
    app.webhooks.bell.notify_one();
    let Revised(revision, LinkResponse { link }) = answer_refreshed(app, workspace, id).await?;
    let entry_id = noted.map(|entry| entry.to_string());
    Ok(Revised(revision, RestoreHistoryResponse { link, entry_id, x_warnings: missing }))
}
