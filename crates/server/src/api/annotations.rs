//! What happened at a time, to be seen beside the scans: "poster printed", and each version that a link was published in.

use super::auth::{AnalyticsRead, AnalyticsWrite, Can};
use super::body::{Body, Path, Query};
use super::dashboards::link_of;
use super::links::checks::checked_text;
use super::population;
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::annotations::{self, Annotation as Row};
use crate::catalog::versions;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use model::dates::{self, Bound};
use model::report::Scope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Annotations of an answer at most; versions of a link that are looked at.
const MAX_ROWS: i64 = 1000;

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    /// Absent of what was not written but follows from a link's versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Absent where it concerns the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<String>,
    at: String,
    text: String,
    /// Who wrote it, or published the version.
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
        link_id: row.link.map(|link| link.to_string()),
        at: time(row.at),
        text: row.text,
        created_by: row.created_by,
    }
}

/// What happened in a time, oldest first: of a link with its published versions.
#[utoipa::path(get, path = "/v1/x/annotations", tag = "Analytics", operation_id = "list_annotations",
    params(("linkId" = Option<uuid::Uuid>, Query, description = "Of this link, its versions included, and of the workspace"),
        ("startDate" = Option<String>, Query, description = "Inclusive"), ("endDate" = Option<String>, Query, description = "Inclusive")),
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
    if let Some(link) = link {
        let published = versions::list(&mut db, caller.workspace, link, MAX_ROWS).await?;
        let mut later: Option<&versions::Published> = None;
        for version in &published {
            // The list is newest first: each is told once the one before it is known.
            if let Some(later) = later {
                all.extend(change(link, version, later, range));
            }
            later = Some(version);
        }
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(Json(ListAnnotationsResponse { annotations: all.into_iter().map(|(_, one)| one).collect() }))
}

/// What a version changed, where it was published in the time.
fn change(
    link: model::LinkId,
    before: &versions::Published,
    after: &versions::Published,
    (from, to): (model::Millis, model::Millis),
) -> Option<(model::Millis, Annotation)> {
    if !(from..to).contains(&after.at) {
        return None;
    }
    let text = match (&before.destination, &after.destination) {
        (Some(old), Some(new)) if old != new => format!("Destination changed to {new}"),
        _ => format!("Version {} published", after.version),
    };
    let annotation = Annotation {
        id: None,
        link_id: Some(link.to_string()),
        at: time(after.at),
        text,
        created_by: after.by.clone(),
    };
    Some((after.at, annotation))
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
