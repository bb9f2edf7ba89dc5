//! The versions of a workflow: who published what when, what differs, and the way back.

use super::{current, document, latest, put_in_force, wire_drafts};
use crate::api::auth::{Can, WorkflowsRead, WorkflowsWrite};
use crate::api::body::{Path, Query};
use crate::api::links::link_id;
use crate::api::steps::wire::WorkflowStep;
use crate::api::wire::time;
use crate::api::workflow::WorkflowDocument;
use crate::app::App;
use crate::catalog::versions as rows;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::workflow::{Graph, Kind, StepDraft, diff, step_name};
use serde::Serialize;
use utoipa::ToSchema;

/// Versions that a list shows, at most.
const MOST: i64 = 200;

/// The versions of a workflow, newest first.
#[derive(Serialize, ToSchema)]
pub struct ListVersionsResponse {
    versions: Vec<Version>,
}

/// A version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    version: u32,
    published_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    published_by: String,
    /// What it does, in a sentence.
    summary: String,
    /// It is in force.
    current: bool,
}

/// The steps of a version.
#[derive(Serialize, ToSchema)]
pub struct VersionResponse {
    version: u32,
    steps: Vec<WorkflowStep>,
}

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
pub struct DiffResponse {
    changes: Vec<Change>,
}

/// One difference.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `ADDED`, `REMOVED`, `CHANGED`, `CONNECTED`.
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_id: Option<String>,
    /// In words.
    text: String,
}

/// The versions of a workflow, newest first.
#[utoipa::path(get, path = "/v1/x/links/{linkId}/workflow/versions", tag = "Workflows",
    operation_id = "list_workflow_versions", params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = ListVersionsResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_workflow_versions(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
) -> ApiResult<Json<ListVersionsResponse>> {
    let id = link_id(&link)?;
    let (found, _) = current(&app, &caller, id).await?;
    let list = rows::list(&mut *app.catalog.read().await?, caller.workspace, id, MOST).await?;
    let versions = list.into_iter().map(|row| Version {
        version: row.version,
        published_at: time(row.at),
        published_by: row.by,
        summary: summary(&row.steps),
        current: row.version == found.published_version,
    });
    Ok(Json(ListVersionsResponse { versions: versions.collect() }))
}

/// The steps of a version.
#[utoipa::path(get, path = "/v1/x/links/{linkId}/workflow/versions/{version}", tag = "Workflows",
    operation_id = "get_workflow_version", params(("linkId" = uuid::Uuid, Path), ("version" = u32, Path)),
    responses((status = 200, body = VersionResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_workflow_version(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path((link, version)): Path<(String, String)>,
) -> ApiResult<Json<VersionResponse>> {
    let id = link_id(&link)?;
    let (_, in_force) = current(&app, &caller, id).await?;
    let (version, steps) = steps_of(&app, &caller, id, "version", &version).await?;
    Ok(Json(VersionResponse { version, steps: wire_drafts(id, &steps, &in_force) }))
}

/// What differs between two versions, in words; `to` may be `draft`.
#[utoipa::path(get, path = "/v1/x/links/{linkId}/workflow/diff", tag = "Workflows", operation_id = "diff_workflow",
    params(("linkId" = uuid::Uuid, Path), ("from" = Option<String>, Query, description = "A version; the one in force when absent"),
        ("to" = Option<String>, Query, description = "A version or `draft`; the draft when absent")),
    responses((status = 200, body = DiffResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn diff_workflow(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
    query: Query,
) -> ApiResult<Json<DiffResponse>> {
    let id = link_id(&link)?;
    let (found, _) = current(&app, &caller, id).await?;
    let side = async |name: &'static str, otherwise: String| -> ApiResult<Vec<StepDraft>> {
        match query.get(name).map_or(otherwise, str::to_owned).as_str() {
            "draft" => latest(&app, &caller, id).await,
            version => Ok(steps_of(&app, &caller, id, name, version).await?.1),
        }
    };
    let from = side("from", found.published_version.to_string()).await?;
    let to = side("to", "draft".to_owned()).await?;
    let graph = |steps| Graph::new(steps, None, None);
    let changes = diff(&graph(from), &graph(to)).into_iter().map(|change| Change {
        kind: change.kind.as_str().to_owned(),
        step_id: change.step_id.map(|step| step.to_string()),
        text: change.text,
    });
    Ok(Json(DiffResponse { changes: changes.collect() }))
}

/// Publishes an old version anew. A draft stays.
#[utoipa::path(post, path = "/v1/x/links/{linkId}/workflow/versions/{version}/rollback", tag = "Workflows",
    operation_id = "roll_back_workflow", params(("linkId" = uuid::Uuid, Path), ("version" = u32, Path)),
    responses((status = 200, body = WorkflowDocument), (status = 404, body = ErrorResponse)))]
pub async fn roll_back_workflow(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, version)): Path<(String, String)>,
) -> ApiResult<Json<WorkflowDocument>> {
    let id = link_id(&link)?;
    current(&app, &caller, id).await?;
    let (_, steps) = steps_of(&app, &caller, id, "version", &version).await?;
    put_in_force(&app, &caller, id, steps, None).await?;
    document(&app, &caller, id).await
}

/// What a version does, by the names of its steps.
fn summary(steps: &[StepDraft]) -> String {
    const NAMED: usize = 4;
    let names: Vec<String> =
        steps.iter().filter(|step| step.action().kind() != Kind::Entry).map(step_name).collect();
    match names.len() {
        0 => "Leads nowhere".to_owned(),
        count if count > NAMED => format!("{}, and {} more", names[..NAMED].join(", "), count - NAMED),
        _ => names.join(", "),
    }
}

async fn steps_of(
    app: &App,
    caller: &crate::api::auth::Caller,
    link: model::LinkId,
    field: &'static str,
    version: &str,
) -> ApiResult<(u32, Vec<StepDraft>)> {
    let number: u32 = version.parse().map_err(|_| {
        ApiError::field(field, format!("\"{version}\" is not the number of a version, such as 3"))
    })?;
    let found = rows::get(&mut *app.catalog.read().await?, caller.workspace, link, number).await?;
    let found = found.ok_or_else(|| {
        ApiError::not_found("VERSION_NOT_FOUND", format!("version {number} of link {link}"))
    })?;
    Ok((number, found.steps))
}
