//! Where the branches of a step lead (dossier 3.1). Connecting and disconnecting twice is as good as once.

use super::checks;
use super::wire::{WorkflowIssue, WorkflowStep, wire_step};
use super::{edit, step_id, step_not_found, steps_of};
use crate::api::auth::{Caller, Can, WorkflowsWrite};
use crate::api::body::{Body, Path};
use crate::api::links::link_id;
use crate::app::App;
use crate::catalog::{links, steps};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::StepId;
use model::workflow::shape::unconnected_branches;
use model::workflow::{Kind, StepDraft, connect_would_loop};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a branch shall lead.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectStepRequest {
    next_step_id: String,
}

/// The step, and what of the workflow still hangs loose.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectStepResponse {
    workflow_step: WorkflowStep,
    /// Branches of this step that lead nowhere: their scans go to the link's fallback.
    unconnected_branch_ids: Vec<String>,
    /// Steps that no scan reaches.
    disconnected_steps: Vec<WorkflowIssue>,
}

/// Connects a branch with a step.
#[utoipa::path(put, path = "/v1/links/{linkId}/workflow-steps/{stepId}/branches/{branchId}/connection",
    tag = "Workflow steps", operation_id = "connect_step", request_body = ConnectStepRequest,
    params(("linkId" = uuid::Uuid, Path), ("stepId" = uuid::Uuid, Path), ("branchId" = String, Path)),
    responses((status = 200, body = ConnectStepResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn connect_step(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, step, branch)): Path<(String, String, String)>,
    Body(body): Body<ConnectStepRequest>,
) -> ApiResult<Json<ConnectStepResponse>> {
    let next = step_id("/nextStepId", &body.next_step_id)?;
    set(&app, &caller, &link, &step, &branch, Some(next)).await
}

/// Lets a branch lead nowhere.
#[utoipa::path(delete, path = "/v1/links/{linkId}/workflow-steps/{stepId}/branches/{branchId}/connection",
    tag = "Workflow steps", operation_id = "disconnect_step",
    params(("linkId" = uuid::Uuid, Path), ("stepId" = uuid::Uuid, Path), ("branchId" = String, Path)),
    responses((status = 200, body = ConnectStepResponse), (status = 404, body = ErrorResponse)))]
pub async fn disconnect_step(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, step, branch)): Path<(String, String, String)>,
) -> ApiResult<Json<ConnectStepResponse>> {
    set(&app, &caller, &link, &step, &branch, None).await
}

async fn set(
    app: &App,
    caller: &Caller,
    link: &str,
    step: &str,
    branch: &str,
    next: Option<StepId>,
) -> ApiResult<Json<ConnectStepResponse>> {
    let (id, branch) = (step_id("stepId", step)?, branch.to_owned());
    edit(app, caller, link_id(link)?, move |steps| {
        let place = steps.iter().position(|step| step.id == id).ok_or_else(|| step_not_found(id))?;
        let known: Vec<String> =
            steps[place].payload.branches().into_iter().map(|branch| branch.id.to_owned()).collect();
        if !known.contains(&branch) {
            let message = match known.as_slice() {
                [] => format!("step {id} is an exit and has no branches"),
                known => format!("step {id} has no branch \"{branch}\", but {}", known.join(", ")),
            };
            return Err(ApiError::new(axum::http::StatusCode::NOT_FOUND, "BRANCH_NOT_FOUND", message));
        }
        match next {
            Some(next) => steps[place].branches.insert(branch, next),
            None => steps[place].branches.remove(&branch),
        };
        check_targets(steps, &steps[place]).map_err(|error| error.about("/nextStepId"))?;
        check_circle(steps, id)
    })
    .await?;
    let rows = steps_of(app, caller, link).await?;
    let row = rows.iter().find(|row| row.step.id == id).ok_or_else(|| step_not_found(id))?;
    let found = links::get(&mut *app.catalog.read().await?, caller.workspace, row.link).await?;
    let found = found.ok_or_else(|| ApiError::link_not_found(row.link))?;
    let disconnected_steps =
        checks::unreachable(app, caller.workspace, &found, &steps::drafts(&rows)).await?;
    Ok(Json(ConnectStepResponse {
        workflow_step: wire_step(row, &rows),
        unconnected_branch_ids: unconnected_branches(&row.step),
        disconnected_steps,
    }))
}

/// Every branch of `step` leads to a step of this workflow that can come second.
pub fn check_targets(steps: &[StepDraft], step: &StepDraft) -> ApiResult<()> {
    for (branch, next) in &step.branches {
        if *next == step.id {
            return Err(ApiError::field(
                "/nextStepId",
                "a step cannot lead to itself; a scan would never arrive",
            ));
        }
        match steps.iter().find(|other| other.id == *next) {
            None => {
                let message =
                    format!("branch \"{branch}\" leads to step {next}, which this link does not have");
                return Err(ApiError::field("/nextStepId", message));
            }
            Some(target) if target.action().kind() == Kind::Entry => {
                return Err(ApiError::field(
                    "/nextStepId",
                    "nothing can lead to the entry; every scan begins there",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// No way that begins at `from` comes back to it.
pub fn check_circle(steps: &[StepDraft], from: StepId) -> ApiResult<()> {
    let step = steps.iter().find(|step| step.id == from);
    let closes = |next: &StepId| connect_would_loop(steps, from, *next);
    if step.is_some_and(|step| step.branches.values().any(closes)) {
        let message = "this closes a circle: a scan would walk it for ever. Lead the branch to a step that does not \
                       come back here";
        return Err(ApiError::field("/nextStepId", message));
    }
    Ok(())
}
