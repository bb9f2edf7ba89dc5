//! A link's workflow as one document: the draft that the dashboard edits, publishing it, and the versions before.
//! Single steps, published with every change, are in [`super::steps`].

pub mod explain;
pub mod preview;
pub mod versions;

use super::auth::{Caller, Can, WorkflowsRead, WorkflowsWrite};
use super::body::{Body, Path};
use super::links::checks::Checks;
use super::links::link_id;
use super::steps::{self as step_api, checks, connections};
use super::wire::time;
use crate::app::App;
use crate::catalog::drafts::{self, Draft};
use crate::catalog::steps::{self, StepRow};
use crate::catalog::{links, versions as rows};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use axum::Json;
use axum::extract::State;
use model::workflow::shape::Shape;
use model::workflow::{Kind, StepDraft};
use model::{LinkId, StepId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step_api::wire::{WorkflowIssue, WorkflowStep, wire_draft};
use utoipa::ToSchema;

/// A link's workflow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowDocument {
    /// The version in force.
    version: u32,
    published_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    published_by: String,
    /// What is being edited, where there is something.
    draft: Option<WorkflowDraft>,
    /// The draft's, where there is one, else those in force.
    steps: Vec<WorkflowStep>,
    /// What is wrong with these steps, or may be.
    issues: Vec<WorkflowIssue>,
}

/// A draft.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowDraft {
    /// Grows with each change.
    revision: i64,
    /// The version it began from.
    base_version: u32,
    updated_at: String,
    updated_by: String,
}

/// All steps of a draft.
#[derive(Deserialize, ToSchema)]
pub struct PutDraftRequest {
    /// The revision that was read; 0 where there was no draft.
    revision: i64,
    #[schema(value_type = Vec<std::collections::HashMap<String, Value>>)]
    steps: Vec<Value>,
}

/// Which draft is published.
#[derive(Deserialize, ToSchema)]
pub struct PublishRequest {
    /// The revision that was read.
    revision: i64,
    /// Publishes even if another version has been published since the draft was begun.
    force: Option<bool>,
}

/// The draft of a link's workflow, or what is in force.
#[utoipa::path(get, path = "/v1/x/links/{linkId}/workflow", tag = "Workflows", operation_id = "get_workflow",
    params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = WorkflowDocument), (status = 404, body = ErrorResponse)))]
pub async fn get_workflow(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
) -> ApiResult<Json<WorkflowDocument>> {
    document(&app, &caller, link_id(&link)?).await
}

/// Keeps a draft. It may be unfinished; it is in force only once it is published.
#[utoipa::path(put, path = "/v1/x/links/{linkId}/workflow/draft", tag = "Workflows", operation_id = "put_workflow_draft",
    params(("linkId" = uuid::Uuid, Path)), request_body = PutDraftRequest,
    responses((status = 200, body = WorkflowDocument), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn put_workflow_draft(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path(link): Path<String>,
    Body(body): Body<PutDraftRequest>,
) -> ApiResult<Json<WorkflowDocument>> {
    let (workspace, id, now, by) = (caller.workspace, link_id(&link)?, app.clock.now(), caller.name());
    let (found, _) = current(&app, &caller, id).await?;
    let before = latest(&app, &caller, id).await?;
    let steps = read_steps(&app, &caller, id, body.steps, &before).await?;
    let draft = Draft {
        revision: 0,
        base_version: found.published_version,
        steps: serde_json::to_string(&steps).map_err(ApiError::internal)?,
        updated_at: now,
        updated_by: by,
    };
    let revision = body.revision;
    if !app.catalog.write(async move |db| drafts::put(db, workspace, id, revision, &draft).await).await? {
        let message = "somebody else has changed this draft meanwhile; read it again, or write over it with its revision";
        return Err(ApiError::conflict("DRAFT_CHANGED", message).about("/revision"));
    }
    document(&app, &caller, id).await
}

/// Throws the draft away.
#[utoipa::path(delete, path = "/v1/x/links/{linkId}/workflow/draft", tag = "Workflows",
    operation_id = "delete_workflow_draft", params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = WorkflowDocument), (status = 404, body = ErrorResponse)))]
pub async fn delete_workflow_draft(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path(link): Path<String>,
) -> ApiResult<Json<WorkflowDocument>> {
    let (workspace, id) = (caller.workspace, link_id(&link)?);
    if !app.catalog.write(async move |db| drafts::delete(db, workspace, id).await).await? {
        return Err(ApiError::not_found("DRAFT_NOT_FOUND", format!("a draft of link {id}")));
    }
    document(&app, &caller, id).await
}

/// Publishes the draft: a new version, in force from the next scan on.
#[utoipa::path(post, path = "/v1/x/links/{linkId}/workflow/publish", tag = "Workflows", operation_id = "publish_workflow",
    params(("linkId" = uuid::Uuid, Path)), request_body = PublishRequest,
    responses((status = 200, body = WorkflowDocument), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn publish_workflow(
    State(app): State<App>,
    caller: Can<WorkflowsWrite>,
    Path(link): Path<String>,
    Body(body): Body<PublishRequest>,
) -> ApiResult<Json<WorkflowDocument>> {
    let id = link_id(&link)?;
    let (found, _) = current(&app, &caller, id).await?;
    let draft = drafts::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let draft =
        draft.ok_or_else(|| ApiError::not_found("DRAFT_NOT_FOUND", format!("a draft of link {id}")))?;
    if draft.revision != body.revision {
        let message = "the draft has changed since it was read; look at it again before publishing";
        return Err(ApiError::conflict("DRAFT_CHANGED", message).about("/revision"));
    }
    if draft.base_version != found.published_version && body.force != Some(true) {
        let message = format!(
            "version {} has been published since this draft was begun from version {}; compare them, then publish with \
             force",
            found.published_version, draft.base_version
        );
        return Err(ApiError::conflict("VERSION_MOVED_ON", message).about("/force"));
    }
    let steps = stored(&draft)?;
    refuse_errors(&app, &caller, &found, &steps).await?;
    put_in_force(&app, &caller, id, steps, Some(draft.revision)).await?;
    document(&app, &caller, id).await
}

/// 400 with a detail for each error that validation finds; warnings pass.
async fn refuse_errors(app: &App, caller: &Caller, link: &links::Link, steps: &[StepDraft]) -> ApiResult<()> {
    let issues = checks::issues(app, caller.workspace, link, steps).await?;
    let errors: Vec<&WorkflowIssue> = issues.iter().filter(|issue| issue.is_error()).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let message = match errors.len() {
        1 => format!("the workflow cannot be published: {}", first.message()),
        count => format!("the workflow cannot be published: {count} errors, the first: {}", first.message()),
    };
    let place = |issue: &WorkflowIssue| {
        let index = steps.iter().position(|step| Some(step.id.to_string()).as_deref() == issue.step_id());
        index.map_or_else(|| "/steps".to_owned(), |index| format!("/steps/{index}{}", issue.field()))
    };
    let details = errors.iter().map(|issue| (place(issue), issue.message().to_owned()));
    Err(ApiError::fields(message, details))
}

/// Makes these steps those of the link, publishes them, and drops the draft they came from.
async fn put_in_force(
    app: &App,
    caller: &Caller,
    link: LinkId,
    after: Vec<StepDraft>,
    draft: Option<i64>,
) -> ApiResult<()> {
    let (workspace, now, actor, telling) = (caller.workspace, app.clock.now(), caller.actor(), app.clone());
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(found) = links::get(db, workspace, link).await? else {
                return Ok(Err(ApiError::link_not_found(link)));
            };
            if let Err(error) = step_api::agree(&found, &after) {
                return Ok(Err(error));
            }
            if let Some(revision) = draft {
                let stands = drafts::get(db, workspace, link).await?;
                if stands.is_none_or(|stands| stands.revision != revision) {
                    let message =
                        "the draft has changed since it was read; look at it again before publishing";
                    return Ok(Err(ApiError::conflict("DRAFT_CHANGED", message).about("/revision")));
                }
                drafts::delete(db, workspace, link).await?;
            }
            let before = steps::list(db, workspace, link).await?;
            let state = history::state(db, workspace, link).await?;
            let replaced =
                step_api::replace(db, &telling, &found, (&before, &after), &actor.name, now).await?;
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

/// The link and its steps in force.
async fn current(app: &App, caller: &Caller, link: LinkId) -> ApiResult<(links::Link, Vec<StepRow>)> {
    let mut db = app.catalog.read().await?;
    let found = links::get(&mut db, caller.workspace, link).await?;
    let found = found.ok_or_else(|| ApiError::link_not_found(link))?;
    let rows = steps::list(&mut db, caller.workspace, link).await?;
    Ok((found, rows))
}

/// The steps of a request, each checked as if it were made alone. Passwords that are not given stay.
async fn read_steps(
    app: &App,
    caller: &Caller,
    link: LinkId,
    wire: Vec<Value>,
    before: &[StepDraft],
) -> ApiResult<Vec<StepDraft>> {
    if wire.len() > step_api::MAX_STEPS {
        let message =
            format!("a workflow has at most {} steps; these are {}", step_api::MAX_STEPS, wire.len());
        return Err(ApiError::field("/steps", message));
    }
    let link_checks = Checks::read(app, caller.workspace).await?;
    let mut read: Vec<StepDraft> = Vec::with_capacity(wire.len());
    for (index, wire) in wire.into_iter().enumerate() {
        let place = format!("/steps/{index}");
        let mut step = StepDraft::from_wire(wire).map_err(|error| checks::wire_error(error).below(&place))?;
        if read.iter().any(|other| other.id == step.id) {
            return Err(ApiError::field(format!("{place}/id"), format!("two steps have the id {}", step.id)));
        }
        let before = before.iter().find(|before| before.id == step.id);
        checks::finish(app, &link_checks, &mut step, before).await.map_err(|error| error.below(&place))?;
        read.push(step);
    }
    match read.iter().filter(|step| step.action().kind() == Kind::Entry).count() {
        1 => {}
        0 => return Err(ApiError::field("/steps", "the entry is missing; every scan begins there")),
        _ => return Err(ApiError::field("/steps", "a workflow has one entry; these are more")),
    }
    let ids: Vec<StepId> = read.iter().map(|step| step.id).collect();
    let taken = steps::taken_elsewhere(&mut *app.catalog.read().await?, caller.workspace, link, &ids).await?;
    for (index, step) in read.iter().enumerate() {
        let place = format!("/steps/{index}");
        if taken == Some(step.id) {
            let message = format!("{} is a step of another link; give this one an id of its own", step.id);
            return Err(ApiError::field(format!("{place}/id"), message));
        }
        connections::check_targets(&read, step).map_err(|error| error.below(&place))?;
        connections::check_circle(&read, step.id).map_err(|error| error.below(&place))?;
    }
    // The entry comes first: the engine begins at step 0.
    read.sort_by_key(|step| step.action().kind() != Kind::Entry);
    Ok(read)
}

/// The steps of a stored draft.
fn stored(draft: &Draft) -> ApiResult<Vec<StepDraft>> {
    serde_json::from_str(&draft.steps).map_err(ApiError::internal)
}

/// The draft of a link, where there is one, else its steps in force.
async fn latest(app: &App, caller: &Caller, link: LinkId) -> ApiResult<Vec<StepDraft>> {
    let (_, rows) = current(app, caller, link).await?;
    match drafts::get(&mut *app.catalog.read().await?, caller.workspace, link).await? {
        Some(draft) => stored(&draft),
        None => Ok(steps::drafts(&rows)),
    }
}

async fn document(app: &App, caller: &Caller, link: LinkId) -> ApiResult<Json<WorkflowDocument>> {
    let (found, in_force) = current(app, caller, link).await?;
    let mut db = app.catalog.read().await?;
    let published = rows::get(&mut db, caller.workspace, link, found.published_version).await?;
    let published = published.ok_or_else(|| ApiError::internal("a link has no published version"))?;
    let draft = drafts::get(&mut db, caller.workspace, link).await?;
    drop(db);
    let steps = match &draft {
        Some(draft) => stored(draft)?,
        None => steps::drafts(&in_force),
    };
    let issues = checks::issues(app, caller.workspace, &found, &steps).await?;
    Ok(Json(WorkflowDocument {
        version: published.version,
        published_at: time(published.at),
        published_by: published.by,
        draft: draft.map(|draft| WorkflowDraft {
            revision: draft.revision,
            base_version: draft.base_version,
            updated_at: time(draft.updated_at),
            updated_by: draft.updated_by,
        }),
        steps: wire_drafts(link, &steps, &in_force),
        issues,
    }))
}

/// Steps of a document as they go out. Those in force keep their times.
fn wire_drafts(link: LinkId, steps: &[StepDraft], in_force: &[StepRow]) -> Vec<WorkflowStep> {
    let shape = Shape::of(steps);
    let times = |id: StepId| {
        let row = in_force.iter().find(|row| row.step.id == id);
        row.map(|row| (time(row.created_at), time(row.updated_at))).unwrap_or_default()
    };
    steps
        .iter()
        .map(|step| {
            let (created, updated) = times(step.id);
            wire_draft(step, (steps, &shape), link.to_string(), created, updated)
        })
        .collect()
}
