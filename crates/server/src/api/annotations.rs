//! What happened at a time, to be seen beside the scans: what people wrote ("poster printed"), and what the history of
//! links tells by itself ("destination changed").

mod automatic;

use super::auth::{AnalyticsRead, AnalyticsWrite, Can};
use super::body::{Body, Path, Query};
use super::dashboards::link_of;
use super::links::checks::checked_text;
use super::population;
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::annotations::{self, Annotation as Row};
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use model::LinkId;
use model::dates::{self, Bound};
use model::report::Scope;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Annotations of an answer at most of each kind, written and automatic.
const MAX_ROWS: i64 = 1000;

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    /// Absent of what nobody wrote: it follows from the history of links.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `note` was written; `destination`, `version`, `paused` and `resumed` follow from the history of links.
    kind: &'static str,
    /// Absent where it concerns the workspace, or several links.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<String>,
    /// What that link is called, or its slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_name: Option<String>,
    at: String,
    text: String,
    /// Who wrote it, or changed the link.
    created_by: String,
}

/// An annotation in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct AnnotationResponse {
    annotation: Annotation,
}

/// Those of a time, oldest first.
#[derive(Serialize, ToSchema)]
pub struct ListAnnotationsResponse {
    annotations: Vec<Annotation>,
}

/// A new annotation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAnnotationRequest {
    /// What happened, 200 characters at most.
    text: Option<String>,
    /// When; now when absent.
    at: Option<String>,
    /// Link that it concerns; the workspace when absent.
    link_id: Option<String>,
}

fn wire(row: Row) -> Annotation {
    Annotation {
        id: Some(row.id.to_string()),
        kind: "note",
        link_name: None,
        link_id: row.link.map(|link| link.to_string()),
        at: time(row.at),
        text: row.text,
        created_by: row.created_by,
    }
}

/// What happened in a time, oldest first: what was written, and what links' histories tell (their destination, version, pauses).
#[utoipa::path(get, path = "/v1/x/annotations", tag = "Analytics", operation_id = "list_annotations",
    params(("linkId" = Option<uuid::Uuid>, Query, description = "Of this link and of the workspace as a whole; of all links when absent"),
        ("startDate" = Option<String>, Query, description = "Inclusive"), ("endDate" = Option<String>, Query, description = "Inclusive"),
        ("xTimezone" = Option<String>, Query, description = "IANA zone of dates without an offset; the workspace's when absent")),
    responses((status = 200, body = ListAnnotationsResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_annotations(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    query: Query,
) -> ApiResult<Json<ListAnnotationsResponse>> {
    let asked = population::of_query(&app, caller.workspace, &query).await?;
    let link = match &asked.scope {
        Scope::Links(links) => links.first().copied(),
        Scope::Workspace => None,
    };
    let mut db = app.catalog.read().await?;
    let range = (asked.from, asked.to);
    let written = annotations::of_range(&mut db, caller.workspace, link, range, MAX_ROWS).await?;
    let mut all: Vec<(model::Millis, Annotation)> =
        written.into_iter().map(|row| (row.at, wire(row))).collect();
    all.extend(automatic::of_range(&mut db, caller.workspace, link, range, MAX_ROWS).await?);
    all.sort_by_key(|(at, _)| *at);
    let mut annotations: Vec<Annotation> = all.into_iter().map(|(_, one)| one).collect();
    let ids: HashSet<LinkId> =
        annotations.iter().filter_map(|one| one.link_id.as_deref()?.parse().ok()).collect();
    let ids: Vec<LinkId> = ids.into_iter().collect();
    let names: HashMap<String, String> = links::of_events(&mut db, caller.workspace, &ids)
        .await?
        .iter()
        .map(|link| (link.id.to_string(), link.told()))
        .collect();
    for one in &mut annotations {
        one.link_name = one.link_id.as_ref().and_then(|id| names.get(id).cloned());
    }
    Ok(Json(ListAnnotationsResponse { annotations }))
}

/// Writes down what happened.
#[utoipa::path(post, path = "/v1/x/annotations", tag = "Analytics", operation_id = "create_annotation",
    request_body = CreateAnnotationRequest, responses((status = 200, body = AnnotationResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn create_annotation(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Body(body): Body<CreateAnnotationRequest>,
) -> ApiResult<Json<AnnotationResponse>> {
    let text = checked_text("/text", body.text, 200)?;
    if text.is_empty() {
        return Err(ApiError::field("/text", "is required: what happened"));
    }
    let link = link_of(&app, caller.workspace, "/linkId", body.link_id.as_deref()).await?;
    let (workspace, now) = (caller.workspace, app.clock.now());
    let at = match body.at.as_deref().filter(|at| !at.is_empty()) {
        None => now,
        Some(text) => {
            let found = crate::catalog::workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
            let zone = found.and_then(|found| TimeZone::get(&found.timezone).ok()).unwrap_or(TimeZone::UTC);
            dates::parse(text, &zone, Bound::Start).ok_or_else(|| {
                let message = format!("\"{text}\" is not a date such as 2026-11-22 or 2026-11-22T18:00:00Z");
                ApiError::field("/at", message)
            })?
        }
    };
    let row = Row { id: Uuid::now_v7(), link, at, text, created_by: caller.name(), created_at: now };
    let written = row.clone();
    app.catalog.write(async move |db| annotations::create(db, workspace, &written).await).await?;
    Ok(Json(AnnotationResponse { annotation: wire(row) }))
}

/// Takes an annotation away.
#[utoipa::path(delete, path = "/v1/x/annotations/{id}", tag = "Analytics", operation_id = "delete_annotation",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Empty), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn delete_annotation(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let workspace = caller.workspace;
    let id = Uuid::parse_str(&id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let was = app.catalog.write(async move |db| annotations::delete(db, workspace, id).await).await?;
    match was {
        true => Ok(Json(Empty {})),
        false => Err(ApiError::not_found("ANNOTATION_NOT_FOUND", format!("annotation {id}"))),
    }
}
