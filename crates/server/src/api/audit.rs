//! The log of a workspace: who did what to what, and when. It can be read, and that is all.

pub mod acts;
pub mod note;
mod public;

use super::auth::{Can, MembersRead};
use super::body::{Query, one_of};
use super::wire::time;
use crate::app::App;
use crate::catalog::changes::Change;
use crate::catalog::changes::log::{self, Filter};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use model::dates::{self, Bound};
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    id: String,
    at: String,
    /// `link`, `webhook`, `member`, …
    object: String,
    /// Absent where the thing has no id of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    object_id: Option<String>,
    /// `created`, `updated`, `deleted`, or what else was done.
    action: String,
    actor: AuditActor,
    /// Fields as they were: of an update those that differ, of a deletion all. Never a secret or an address.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    before: Value,
    /// Fields as they became.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    after: Value,
    /// Of things that one request changed together.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_id: Option<String>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditActor {
    /// `member` (signed in), `token` or `system`.
    kind: &'static str,
    /// The member's or token's.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A person's name as it was then, absent where none was given; or a token's.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The session that a member was signed in by: the same for all that was done in it, and no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

/// A page of the log, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListAuditResponse {
    entries: Vec<AuditEntry>,
    /// Of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: i64,
}

/// An entry as it goes out.
pub fn wire(change: Change) -> AuditEntry {
    let fields = |fields| Value::Object(public::fields(fields));
    AuditEntry {
        id: change.id.to_string(),
        at: time(change.at),
        object: change.object,
        object_id: (!change.object_id.is_nil()).then(|| change.object_id.to_string()),
        action: change.action,
        actor: AuditActor {
            kind: change.actor.kind.as_str(),
            id: change.actor.id.map(|id| id.to_string()),
            name: Some(change.actor.name).filter(|name| !name.is_empty()),
            session: change.actor.session,
        },
        before: fields(change.was),
        after: fields(change.became),
        batch_id: change.batch.map(|batch| batch.to_string()),
    }
}

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditFilter {
    /// Of this kind of thing only.
    pub object: Option<String>,
    /// Of this one only.
    pub object_id: Option<String>,
    /// What this member or token did only.
    pub actor_id: Option<String>,
    /// What is called so only.
    pub action: Option<String>,
    /// Inclusive.
    pub start_date: Option<String>,
    /// Inclusive.
    pub end_date: Option<String>,
}

impl AuditFilter {
    /// As the catalog is asked; `prefix` stands before names in errors.
    pub async fn read(self, app: &App, workspace: WorkspaceId, prefix: &str) -> ApiResult<Filter> {
        let zone = {
            let row = workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
            row.and_then(|row| TimeZone::get(&row.timezone).ok()).unwrap_or(TimeZone::UTC)
        };
        let field = |name: &str| format!("{prefix}{name}");
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let id = |name: &str, asked: Option<String>| match text(asked) {
            None => Ok(None),
            Some(text) => Uuid::parse_str(&text)
                .map(Some)
                .map_err(|_| ApiError::field(field(name), format!("\"{text}\" is not a UUID"))),
        };
        let date = |name: &str, asked: Option<String>, bound| match text(asked) {
            None => Ok(None),
            Some(text) => dates::parse(&text, &zone, bound).map(Some).ok_or_else(|| {
                let message = format!("\"{text}\" is not a date such as 2026-11-22 or 2026-11-22T18:00:00Z");
                ApiError::field(field(name), message)
            }),
        };
        let object = text(self.object);
        if let Some(word) = &object {
            let known: Vec<(&str, ())> = acts::objects().into_iter().map(|object| (object, ())).collect();
            one_of(&field("object"), word, &known)?;
        }
        Ok(Filter {
            object_id: id("objectId", self.object_id)?,
            actor_id: id("actorId", self.actor_id)?,
            from: date("startDate", self.start_date, Bound::Start)?.unwrap_or(Millis(0)),
            to: date("endDate", self.end_date, Bound::End)?.unwrap_or(Millis(i64::MAX)),
            object,
            action: text(self.action),
        })
    }
}

/// Who did what, newest first. Entries are only ever added.
#[utoipa::path(get, path = "/v1/x/audit", tag = "Audit", operation_id = "list_audit",
    params(("object" = Option<String>, Query, description = "link, webhook, member, …"),
        ("objectId" = Option<uuid::Uuid>, Query),
        ("actorId" = Option<uuid::Uuid>, Query, description = "A member or a token"),
        ("action" = Option<String>, Query, description = "created, updated, deleted, …"),
        ("startDate" = Option<String>, Query, description = "Inclusive"),
        ("endDate" = Option<String>, Query, description = "Inclusive"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListAuditResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_audit(
    State(app): State<App>,
    caller: Can<MembersRead>,
    query: Query,
) -> ApiResult<Json<ListAuditResponse>> {
    let text = |name: &str| query.get(name).map(str::to_owned);
    let filter = AuditFilter {
        object: text("object"),
        object_id: text("objectId"),
        actor_id: text("actorId"),
        action: text("action"),
        start_date: text("startDate"),
        end_date: text("endDate"),
    };
    let filter = filter.read(&app, caller.workspace, "").await?;
    let limit = query.page_size(50, 500)?;
    let named = format!("audit {filter:?}");
    let after: Option<(Millis, Uuid)> =
        query.get("pageToken").map(|token| app.cursors.open(&named, token)).transpose()?;
    let mut db = app.catalog.read().await?;
    let mut found = log::list(&mut db, caller.workspace, &filter, after, limit as i64 + 1).await?;
    let total_count = log::count(&mut db, caller.workspace, &filter).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next_page_token = last.map(|last| app.cursors.seal(&named, &(last.at, last.id)));
    Ok(Json(ListAuditResponse {
        entries: found.into_iter().map(wire).collect(),
        next_page_token,
        total_count,
    }))
}

/// The newest entries, for the command line.
pub async fn entries(
    app: &App,
    workspace: WorkspaceId,
    filter: AuditFilter,
    limit: usize,
) -> ApiResult<Vec<AuditEntry>> {
    let filter = filter.read(app, workspace, "").await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = log::list(&mut *app.catalog.read().await?, workspace, &filter, None, limit).await?;
    Ok(found.into_iter().map(wire).collect())
}
