//! Workflow steps (dossier 1.4, 3). A change of a step publishes a new version of the workflow, in force from the next
//! scan on; the dashboard's drafts are in [`super::workflow`].

pub mod checks;
pub mod connections;
mod layout;
pub mod wire;

use super::auth::{Caller, Can, WorkflowsRead, WorkflowsWrite};
use super::body::{Body, Path, Query};
use super::links::checks::Checks;
use super::links::link_id;
use super::wire::Empty;
use crate::app::App;
use crate::catalog::steps::{self, StepRow};
use crate::catalog::{Connection, links, versions};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use crate::webhooks::note;
use axum::Json;
use axum::extract::State;
use model::conventions::ConventionError;
use model::delivery::Happening;
use model::workflow::action::Kind;
use model::workflow::draft::Canvas;
use model::workflow::payload::{ELSE, NEXT};
use model::workflow::{Action, Graph, StepDraft};
use model::{LinkId, StepId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::{WorkflowStep, wire_step, wire_steps};

/// Steps of one workflow, at most.
pub const MAX_STEPS: usize = 200;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A step to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWorkflowStepRequest {
    /// `EVENT_ACTION_FORM_SUBMIT`, …; may be left out where the payload says it.
    event_action: Option<String>,
    /// `X_RULES_CONDITION`, `X_SPLIT`.
    x_event_action: Option<String>,
    /// One object under the action's name: `{"form": {…}}`.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    payload: Option<Map<String, Value>>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    attribute_capture: Option<Value>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    back_button: Option<Value>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    canvas_position: Option<Value>,
    /// A UUID of the client's choice.
    id: Option<String>,
    /// The step that this one is put in front of: what led to that leads to this, and this leads on to that.
    insert_before: Option<String>,
}

/// What of a step can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWorkflowStepRequest {
    /// `{"clientRedirect": {"destination": "https://…", "conversionTracking": false}}`
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    payload: Option<Map<String, Value>>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    attribute_capture: Option<Value>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    back_button: Option<Value>,
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    canvas_position: Option<Value>,
}

/// Steps of a link, the entry first.
#[utoipa::path(get, path = "/v1/links/{linkId}/workflow-steps", tag = "Workflow steps", operation_id = "list_workflow_steps",
    params(("linkId" = uuid::Uuid, Path), ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListWorkflowStepsResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_workflow_steps(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
    query: Query,
) -> ApiResult<Json<ListWorkflowStepsResponse>> {
    let rows = steps_of(&app, &caller, &link).await?;
    let (size, list) = (query.page_size(MAX_STEPS, MAX_STEPS)?, format!("steps {link}"));
    let from: usize = match query.get("pageToken").or(query.get("cursor")) {
        None => 0,
        Some(token) => app.cursors.open(&list, token)?,
    };
    let all = wire_steps(&rows);
    let total_count = all.len();
    let next = from.saturating_add(size);
    let next_page_token = (next < total_count).then(|| app.cursors.seal(&list, &next));
    let workflow_steps = all.into_iter().skip(from).take(size).collect();
    Ok(Json(ListWorkflowStepsResponse { workflow_steps, next_page_token, total_count }))
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
    answer(&rows, step_id("id", &step)?)
}

/// Makes a step; the next scan sees it.
#[utoipa::path(post, path = "/v1/links/{linkId}/workflow-steps", tag = "Workflow steps",
    operation_id = "create_workflow_step", params(("linkId" = uuid::Uuid, Path)), request_body = CreateWorkflowStepRequest,
    responses((status = 200, body = WorkflowStepResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_workflow_step(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path(link): Path<String>,
    Body(body): Body<CreateWorkflowStepRequest>,
) -> ApiResult<Json<WorkflowStepResponse>> {
    let link = link_id(&link)?;
    let id = body.id.as_deref().map(|id| step_id("/id", id)).transpose()?;
    let id = id.unwrap_or_else(|| StepId(Uuid::now_v7()));
    let before = body.insert_before.as_deref().filter(|id| !id.is_empty());
    let before = before.map(|id| step_id("/insertBefore", id)).transpose()?;
    let action = action_of(&body)?;
    let payload = match body.payload {
        Some(payload) if !payload.is_empty() => Value::Object(payload),
        _ => json!({ action.payload_key(): {} }),
    };
    let has_place = body.canvas_position.is_some();
    let mut step = StepDraft::from_wire(json!({
        "id": id,
        "eventAction": body.event_action,
        "xEventAction": body.x_event_action,
        "payload": payload,
        "attributeCapture": body.attribute_capture,
        "backButton": body.back_button,
        "canvasPosition": body.canvas_position.unwrap_or_else(|| json!({})),
    }))
    .map_err(checks::wire_error)?;
    if step.action().kind() == Kind::Entry {
        return Err(ApiError::field(
            "/eventAction",
            "every link has its one entry already; make another step",
        ));
    }
    let checks = Checks::read(&app, caller.workspace).await?;
    checks::finish(&app, &checks, &mut step, None).await?;
    checks::require_essentials(&step)?;
    checks::refuse_wrong(&app, caller.workspace, link, &step).await?;
    edit(&app, &caller, link, move |steps| {
        if steps.iter().any(|other| other.id == id) {
            return Err(ApiError::conflict("STEP_EXISTS", "a step with this id exists already").about("/id"));
        }
        if let Some(before) = before {
            let Some(target) = steps.iter().find(|step| step.id == before) else {
                return Err(ApiError::field("/insertBefore", format!("there is no step {before} here")));
            };
            if target.action().kind() == Kind::Entry {
                return Err(ApiError::field("/insertBefore", "nothing can come before the entry"));
            }
            if !has_place {
                step.canvas = Canvas { x: target.canvas.x, y: target.canvas.y };
            }
            splice(steps, &mut step, before);
        } else if !has_place {
            let lowest = steps.iter().map(|step| step.canvas.y).fold(0.0, f64::max);
            step.canvas = Canvas { x: 0.0, y: lowest + layout::ROW };
        }
        connections::check_targets(steps, &step)?;
        steps.push(step);
        Ok(())
    })
    .await?;
    answer(&steps_of(&app, &caller, &link.to_string()).await?, id)
}

/// Everything that led to `before` leads to `step`, and `step` leads on to it.
fn splice(steps: &mut [StepDraft], step: &mut StepDraft, before: StepId) {
    for next in steps.iter_mut().flat_map(|step| step.branches.values_mut()) {
        if *next == before {
            *next = step.id;
        }
    }
    let branches = step.payload.branches();
    let has = |wanted: &str| branches.iter().any(|branch| branch.id == wanted);
    let onward = if has(NEXT) {
        Some(NEXT)
    } else if has(ELSE) {
        Some(ELSE)
    } else {
        branches.first().map(|branch| branch.id)
    };
    if let Some(onward) = onward.map(str::to_owned) {
        step.branches.entry(onward).or_insert(before);
    }
}

/// Changes a step; the next scan sees it.
#[utoipa::path(patch, path = "/v1/links/{linkId}/workflow-steps/{id}", tag = "Workflow steps",
    operation_id = "update_workflow_step", params(("linkId" = uuid::Uuid, Path), ("id" = uuid::Uuid, Path)),
    request_body = UpdateWorkflowStepRequest,
    responses((status = 200, body = WorkflowStepResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_workflow_step(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, id)): Path<(String, String)>,
    Body(body): Body<UpdateWorkflowStepRequest>,
) -> ApiResult<Json<WorkflowStepResponse>> {
    let (link, id) = (link_id(&link)?, step_id("id", &id)?);
    let rows = steps_of(&app, &caller, &link.to_string()).await?;
    let row = rows.iter().find(|row| row.step.id == id).ok_or_else(|| step_not_found(id))?;
    let before = &row.step;
    if let Some(payload) = &body.payload {
        let key = before.action().payload_key();
        if let Some(other) = payload.keys().find(|name| *name != key) {
            let message = format!(
                "this step is a {}; its payload stands under \"{key}\", not \"{other}\". To do something else, make \
                 another step",
                before.action().as_str()
            );
            return Err(ApiError::field(format!("/payload/{other}"), message));
        }
    }
    // What is not named stays, in the payload as well; clients leave out what they do not change.
    let mut payload = before.wire_payload();
    let key = before.action().payload_key();
    if let Some(Value::Object(given)) = body.payload.and_then(|mut payload| payload.remove(key)) {
        for (name, value) in given {
            payload[key][name] = value;
        }
    }
    let mut step = StepDraft::from_wire(json!({
        "id": id,
        "payload": payload,
        "branches": before.wire_branches(),
        "attributeCapture": body.attribute_capture.clone().unwrap_or_else(|| json!(before.attribute_capture)),
        "backButton": body.back_button.clone().unwrap_or_else(|| json!(before.back_button)),
        "canvasPosition": body.canvas_position.clone().unwrap_or_else(|| json!(before.canvas)),
    }))
    .map_err(checks::wire_error)?;
    let checks = Checks::read(&app, caller.workspace).await?;
    checks::finish(&app, &checks, &mut step, Some(before)).await?;
    checks::require_essentials(&step)?;
    checks::refuse_wrong(&app, caller.workspace, link, &step).await?;
    edit(&app, &caller, link, move |steps| {
        connections::check_targets(steps, &step)?;
        let Some(place) = steps.iter().position(|step| step.id == id) else { return Err(step_not_found(id)) };
        // Branches may have been connected meanwhile; those the change does not name stay.
        for (branch, next) in &steps[place].branches {
            step.branches.entry(branch.clone()).or_insert(*next);
        }
        step.forget_unknown_branches();
        steps[place] = step;
        connections::check_circle(steps, id)
    })
    .await?;
    answer(&steps_of(&app, &caller, &link.to_string()).await?, id)
}

/// Deletes a step; what led to it leads to where it led, if that is one place, and nowhere else.
#[utoipa::path(delete, path = "/v1/links/{linkId}/workflow-steps/{id}", tag = "Workflow steps",
    operation_id = "delete_workflow_step", params(("linkId" = uuid::Uuid, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn delete_workflow_step(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, id)): Path<(String, String)>,
) -> ApiResult<Json<Empty>> {
    let (link, id) = (link_id(&link)?, step_id("id", &id)?);
    edit(&app, &caller, link, move |steps| {
        let place = steps.iter().position(|step| step.id == id).ok_or_else(|| step_not_found(id))?;
        if steps[place].action().kind() == Kind::Entry {
            return Err(ApiError::field("id", "the entry cannot be deleted; every scan begins there"));
        }
        let gone = steps.remove(place);
        for step in steps.iter_mut() {
            match gone.next() {
                Some(next) => {
                    step.branches.values_mut().filter(|to| **to == id).for_each(|to| *to = next);
                }
                None => step.branches.retain(|_, to| *to != id),
            }
        }
        Ok(())
    })
    .await?;
    Ok(Json(Empty {}))
}

/// Runs `change` over the steps of a link and publishes what comes of it, all in one transaction: whatever else is
/// changed at the same time is seen, or sees this.
pub async fn edit<F>(app: &App, caller: &Caller, link: LinkId, change: F) -> ApiResult<()>
where
    F: FnOnce(&mut Vec<StepDraft>) -> ApiResult<()> + Send + 'static,
{
    let (workspace, now, actor, telling) = (caller.workspace, app.clock.now(), caller.actor(), app.clone());
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(found) = links::get(db, workspace, link).await? else {
                return Ok(Err(ApiError::link_not_found(link)));
            };
            let rows = steps::list(db, workspace, link).await?;
            let mut after = steps::drafts(&rows);
            if let Err(error) = change(&mut after).and_then(|()| agree(&found, &after)) {
                return Ok(Err(error));
            }
            let state = history::state(db, workspace, link).await?;
            let replaced = replace(db, &telling, &found, (&rows, &after), &actor.name, now).await?;
            if replaced.is_ok() {
                history::note(db, workspace, link, &state, Done::alone("updated", &actor), now).await?;
            }
            Ok(replaced)
        })
        .await?;
    outcome?;
    app.webhooks.bell.notify_one();
    app.table.refresh(&app.catalog, link).await?;
    Ok(())
}

/// Writes `after` in the place of `before`, and publishes it where it differs in more than places on the canvas.
pub async fn replace(
    db: &mut Connection,
    app: &App,
    link: &links::Link,
    (before, after): (&[StepRow], &[StepDraft]),
    by: &str,
    now: model::Millis,
) -> crate::catalog::Result<ApiResult<()>> {
    let (workspace, id) = (link.workspace, link.id);
    let ids: Vec<StepId> = after.iter().map(|step| step.id).collect();
    if let Some(taken) = steps::taken_elsewhere(db, workspace, id, &ids).await? {
        return Ok(Err(
            ApiError::conflict("STEP_EXISTS", format!("a step {taken} exists already")).about("/id")
        ));
    }
    steps::save(db, workspace, id, before, after, now).await?;
    if differs(&steps::drafts(before), after) {
        versions::publish(db, workspace, id, by, now).await?;
        note::link(db, app, workspace, id, Happening::LinkUpdated, now).await?;
    }
    Ok(Ok(()))
}

/// Whether two states decide anything differently: places on the canvas do not.
fn differs(before: &[StepDraft], after: &[StepDraft]) -> bool {
    let flat = |steps: &[StepDraft]| -> Vec<StepDraft> {
        steps.iter().map(|step| StepDraft { canvas: Canvas::default(), ..step.clone() }).collect()
    };
    flat(before) != flat(after)
}

/// Whether a link and these steps go together.
pub fn agree(link: &links::Link, steps: &[StepDraft]) -> ApiResult<()> {
    if steps.len() > MAX_STEPS {
        return Err(ApiError::bad_request(format!(
            "a workflow has at most {MAX_STEPS} steps; delete some first"
        )));
    }
    let draft = Graph::new(steps.to_vec(), None, None).compile(0);
    link.conventions.check(link.scan_limit, draft.redirects()).map_err(|why| {
        let field = match why {
            ConventionError::PathNeedsWeb => "/payload/clientRedirect/destination",
            _ => "/payload/clientRedirect",
        };
        ApiError::field(field, why)
    })
}

/// What is wrong with the workflow in force, or may be.
#[utoipa::path(get, path = "/v1/links/{linkId}/workflow-steps/validate", tag = "Workflow steps",
    operation_id = "validate_workflow", params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::ValidateWorkflowResponse), (status = 404, body = ErrorResponse)))]
pub async fn validate_workflow(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
) -> ApiResult<Json<wire::ValidateWorkflowResponse>> {
    let rows = steps_of(&app, &caller, &link).await?;
    let found = links::get(&mut *app.catalog.read().await?, caller.workspace, link_id(&link)?).await?;
    let found = found.ok_or_else(|| ApiError::link_not_found(link))?;
    let issues = checks::issues(&app, caller.workspace, &found, &steps::drafts(&rows)).await?;
    Ok(Json(wire::ValidateWorkflowResponse { issues }))
}

/// Puts the steps in rows, each below those that lead to it. Moves nothing but places on the canvas.
#[utoipa::path(post, path = "/v1/links/{linkId}/workflow-steps/auto-layout", tag = "Workflow steps",
    operation_id = "auto_layout_workflow", params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::RepositionedResponse), (status = 404, body = ErrorResponse)))]
pub async fn auto_layout_workflow(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path(link): Path<String>,
) -> ApiResult<Json<wire::RepositionedResponse>> {
    reposition(&app, &caller, &link, layout::in_rows).await
}

/// Moves aside what lies under a step.
#[utoipa::path(post, path = "/v1/links/{linkId}/workflow-steps/{stepId}/resolve-collisions", tag = "Workflow steps",
    operation_id = "resolve_collisions", params(("linkId" = uuid::Uuid, Path), ("stepId" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::RepositionedResponse), (status = 404, body = ErrorResponse)))]
pub async fn resolve_collisions(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path((link, step)): Path<(String, String)>,
) -> ApiResult<Json<wire::RepositionedResponse>> {
    let step = step_id("stepId", &step)?;
    let rows = steps_of(&app, &caller, &link).await?;
    rows.iter().find(|row| row.step.id == step).ok_or_else(|| step_not_found(step))?;
    reposition(&app, &caller, &link, move |steps| layout::around(steps, step)).await
}

async fn reposition(
    app: &App,
    caller: &Caller,
    link: &str,
    arrange: impl Fn(&mut [StepDraft]) + Send + 'static,
) -> ApiResult<Json<wire::RepositionedResponse>> {
    let before = steps::drafts(&steps_of(app, caller, link).await?);
    edit(app, caller, link_id(link)?, move |steps| {
        arrange(steps);
        Ok(())
    })
    .await?;
    let after = steps::drafts(&steps_of(app, caller, link).await?);
    let moved = |step: &&StepDraft| before.iter().any(|b| b.id == step.id && b.canvas != step.canvas);
    let steps_repositioned = after.iter().filter(moved).count();
    Ok(Json(wire::RepositionedResponse { steps_repositioned }))
}

fn answer(rows: &[StepRow], id: StepId) -> ApiResult<Json<WorkflowStepResponse>> {
    let row = rows.iter().find(|row| row.step.id == id).ok_or_else(|| step_not_found(id))?;
    Ok(Json(WorkflowStepResponse { workflow_step: wire_step(row, rows) }))
}

/// The action that a request means.
fn action_of(body: &CreateWorkflowStepRequest) -> ApiResult<Action> {
    let said = body.event_action.as_deref().unwrap_or_default();
    let named = Action::from_event_action(said, body.x_event_action.as_deref());
    let held = body.payload.iter().flat_map(Map::keys).find_map(|key| Action::from_payload_key(key));
    named.or(held).ok_or_else(|| {
        let message = match said {
            "" => "say what the step does: eventAction, such as EVENT_ACTION_CLIENT_REDIRECT".to_owned(),
            other => {
                let known = Action::ALL.iter().filter(|action| action.x_event_action().is_none());
                let known: Vec<&str> = known.map(|action| action.event_action()).collect();
                format!("\"{other}\" is not known; there are {}", known.join(", "))
            }
        };
        ApiError::field("/eventAction", message)
    })
}

/// Rows of a link that is there.
pub async fn steps_of(app: &App, caller: &Caller, link: &str) -> ApiResult<Vec<StepRow>> {
    let link = link_id(link)?;
    let mut db = app.catalog.read().await?;
    if links::get(&mut db, caller.workspace, link).await?.is_none() {
        return Err(ApiError::link_not_found(link));
    }
    Ok(steps::list(&mut db, caller.workspace, link).await?)
}

fn step_id(field: &str, text: &str) -> ApiResult<StepId> {
    text.parse().map_err(|_| ApiError::field(field, format!("\"{text}\" is not a UUID")))
}

fn step_not_found(id: StepId) -> ApiError {
    ApiError::not_found("STEP_NOT_FOUND", format!("workflow step {id}"))
}
