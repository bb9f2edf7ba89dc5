//! Workflow steps (dossier 1.4, 3). A change of a step publishes a new version of the workflow, in force from the next
//! scan on.

use super::auth::{Can, WorkflowsRead, WorkflowsWrite};
use super::body::{Body, Path};
use super::links::checks::Checks;
use super::links::link_id;
use super::wire::time;
use crate::app::App;
use crate::catalog::links;
use crate::catalog::steps::{self, CLIENT_REDIRECT, LINK_VISIT, StepRow};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::StepId;
use model::conventions::ConventionError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowStep {
    id: String,
    link_id: String,
    /// `EVENT_ACTION_LINK_VISIT`, `EVENT_ACTION_CLIENT_REDIRECT`.
    event_action: String,
    /// `KIND_ENTRY`, `KIND_EXIT`.
    kind: &'static str,
    node_type: &'static str,
    /// One object under the action's name.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    payload: Value,
    branches: Vec<Branch>,
    parent_step_ids: Vec<String>,
    child_step_ids: Vec<String>,
    canvas_position: CanvasPosition,
    renders_page: bool,
    created_at: String,
    updated_at: String,
}

/// A way out of a step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    branch_id: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step_id: Option<String>,
}

/// Place of a step on the canvas.
#[derive(Serialize, Deserialize, ToSchema, Clone, Copy)]
pub struct CanvasPosition {
    x: f64,
    y: f64,
}

/// A step in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowStepResponse {
    workflow_step: WorkflowStep,
}

/// The steps of a link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListWorkflowStepsResponse {
    workflow_steps: Vec<WorkflowStep>,
    total_count: usize,
}

/// What of a step can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWorkflowStepRequest {
    /// `{"clientRedirect": {"destination": "https://…", "conversionTracking": false}}`
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    payload: Option<Map<String, Value>>,
    canvas_position: Option<CanvasPosition>,
}

/// Steps of a link, the entry first.
#[utoipa::path(get, path = "/v1/links/{linkId}/workflow-steps", tag = "Workflow steps", operation_id = "list_workflow_steps",
    params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = ListWorkflowStepsResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_workflow_steps(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
) -> ApiResult<Json<ListWorkflowStepsResponse>> {
    let workflow_steps = wire_steps(&steps_of(&app, &caller, &link).await?);
    Ok(Json(ListWorkflowStepsResponse { total_count: workflow_steps.len(), workflow_steps }))
}

/// One step.
#[utoipa::path(get, path = "/v1/links/{linkId}/workflow-steps/{id}", tag = "Workflow steps",
    operation_id = "get_workflow_step", params(("linkId" = uuid::Uuid, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 200, body = WorkflowStepResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_workflow_step(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path((link, step)): Path<(String, String)>,
) -> ApiResult<Json<WorkflowStepResponse>> {
    let rows = steps_of(&app, &caller, &link).await?;
    answer(&rows, step_id(&step)?)
}

/// Changes a step; the next scan sees it.
#[utoipa::path(patch, path = "/v1/links/{linkId}/workflow-steps/{id}", tag = "Workflow steps",
    operation_id = "update_workflow_step", params(("linkId" = uuid::Uuid, Path), ("id" = uuid::Uuid, Path)),
    request_body = UpdateWorkflowStepRequest,
    responses((status = 200, body = WorkflowStepResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_workflow_step(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, step)): Path<(String, String)>,
    Body(body): Body<UpdateWorkflowStepRequest>,
) -> ApiResult<Json<WorkflowStepResponse>> {
    let (workspace, link, id, now) = (caller.workspace, link_id(&link)?, step_id(&step)?, app.clock.now());
    let rows = steps_of(&app, &caller, &link.to_string()).await?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(|| step_not_found(id))?;
    let payload = match &body.payload {
        None => None,
        Some(payload) => checked_payload(&Checks::read(&app, workspace).await?, row, payload)?,
    };
    let canvas = body.canvas_position.map(|place| (place.x, place.y));
    let changed = app
        .catalog
        .write(async move |db| {
            let mut rows = steps::list(db, workspace, link).await?;
            let Some(found) = links::get(db, workspace, link).await? else { return Ok(None) };
            if let (Some(payload), Some(row)) = (&payload, rows.iter_mut().find(|row| row.id == id)) {
                row.payload = payload.clone();
                let draft = steps::draft(&rows);
                if let Err(why) = found.conventions.check(found.scan_limit, draft.redirects()) {
                    return Ok(Some(Err(why)));
                }
            }
            steps::update(db, workspace, link, id, payload.as_ref(), canvas, now).await?;
            if payload.is_some() {
                steps::publish(db, workspace, link, now).await?;
            }
            steps::list(db, workspace, link).await.map(|rows| Some(Ok(rows)))
        })
        .await?;
    let rows = changed.ok_or_else(|| ApiError::link_not_found(link))?.map_err(|why| {
        let field = match why {
            ConventionError::PathNeedsWeb => "/payload/clientRedirect/destination",
            _ => "/payload/clientRedirect",
        };
        ApiError::field(field, why)
    })?;
    app.table.refresh(&app.catalog, link).await?;
    answer(&rows, id)
}

fn answer(rows: &[StepRow], id: StepId) -> ApiResult<Json<WorkflowStepResponse>> {
    let index = rows.iter().position(|row| row.id == id).ok_or_else(|| step_not_found(id))?;
    Ok(Json(WorkflowStepResponse { workflow_step: wire_steps(rows).swap_remove(index) }))
}

async fn steps_of(app: &App, caller: &super::auth::Caller, link: &str) -> ApiResult<Vec<StepRow>> {
    let link = link_id(link)?;
    let mut db = app.catalog.read().await?;
    if links::get(&mut db, caller.workspace, link).await?.is_none() {
        return Err(ApiError::link_not_found(link));
    }
    Ok(steps::list(&mut db, caller.workspace, link).await?)
}

fn step_id(text: &str) -> ApiResult<StepId> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn step_not_found(id: StepId) -> ApiError {
    ApiError::not_found("WORKFLOW_STEP_NOT_FOUND", format!("workflow step {id}"))
}

/// The payload to store: the old one with what the request says laid over it.
fn checked_payload(checks: &Checks, row: &StepRow, payload: &Map<String, Value>) -> ApiResult<Option<Value>> {
    let name = payload_name(&row.action);
    if let Some(other) = payload.iter().find(|(key, value)| *key != name && !value.is_null()) {
        let message = format!("this step is a {}; its payload is called {name}", row.action);
        return Err(ApiError::field(format!("/payload/{}", other.0), message));
    }
    let Some(Value::Object(fields)) = payload.get(name) else { return Ok(None) };
    if row.action != CLIENT_REDIRECT {
        return Ok(None);
    }
    let mut stored = row.payload.clone();
    match fields.get("destination") {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => {
            stored["destination"] = json!(checks.destination("/payload/clientRedirect/destination", text)?);
        }
        Some(_) => {
            return Err(ApiError::field("/payload/clientRedirect/destination", "a destination is a text"));
        }
    }
    match fields.get("conversionTracking") {
        None | Some(Value::Null) => {}
        Some(Value::Bool(tracking)) => stored["conversionTracking"] = json!(tracking),
        Some(_) => {
            return Err(ApiError::field(
                "/payload/clientRedirect/conversionTracking",
                "this is true or false",
            ));
        }
    }
    Ok(Some(stored))
}

/// Key of an action's payload.
fn payload_name(action: &str) -> &'static str {
    match action {
        LINK_VISIT => "linkVisit",
        _ => "clientRedirect",
    }
}

/// The steps as they go out, with the relations between them.
pub fn wire_steps(rows: &[StepRow]) -> Vec<WorkflowStep> {
    rows.iter()
        .map(|row| {
            let branch_ids: &[&str] = if row.action == LINK_VISIT { &["next"] } else { &[] };
            let branches = branch_ids.iter().map(|branch| Branch {
                branch_id: (*branch).to_owned(),
                label: "next step".to_owned(),
                next_step_id: row.branches.get(*branch).map(StepId::to_string),
            });
            let parents = rows.iter().filter(|other| other.branches.values().any(|next| *next == row.id));
            WorkflowStep {
                id: row.id.to_string(),
                link_id: row.link.to_string(),
                event_action: format!("EVENT_ACTION_{}", row.action),
                kind: if row.action == LINK_VISIT { "KIND_ENTRY" } else { "KIND_EXIT" },
                node_type: "NODE_TYPE_ATOMIC",
                payload: json!({ payload_name(&row.action): row.payload }),
                branches: branches.collect(),
                parent_step_ids: parents.map(|parent| parent.id.to_string()).collect(),
                child_step_ids: row.branches.values().map(StepId::to_string).collect(),
                canvas_position: CanvasPosition { x: row.canvas.0, y: row.canvas.1 },
                renders_page: false,
                created_at: time(row.created_at),
                updated_at: time(row.updated_at),
            }
        })
        .collect()
}
