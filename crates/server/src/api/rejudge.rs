//! Judging recorded scans again: today's rules over what is stored of them (DESIGN §5, §11.2). A run is done in the
//! background (`rejudge.rs`); one that changes nothing says beforehand what would.

use super::auth::{Can, WorkspaceRead, WorkspaceWrite};
use super::body::{Body, Path};
use super::population::{self, Range};
use super::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::jobs::Status;
use crate::catalog::rejudge::{self as rows, Run};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::rejudge::summary::Summary;
use crate::verdict::RULES_VERSION;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Runs that are listed.
const LISTED: i64 = 20;

/// What is to be judged again.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejudgeRequest {
    /// Inclusive; the first scan when absent.
    start_date: Option<String>,
    /// Inclusive; when absent or later, the end of the last finished UTC day.
    end_date: Option<String>,
    /// IANA zone of dates without an offset; the workspace's when absent.
    x_timezone: Option<String>,
    /// Says what would change and changes nothing.
    dry_run: Option<bool>,
    /// Judges nothing: scans that were judged again get their first verdicts back.
    restore: Option<bool>,
}

/// A run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejudgeRun {
    id: String,
    /// `JOB_STATUS_PENDING`, `_RUNNING`, `_SUCCEEDED`, `_FAILED`.
    status: String,
    status_url: String,
    /// It changes nothing.
    dry_run: bool,
    /// It gives first verdicts back.
    restore: bool,
    /// Scans from this instant on; absent where there is no start.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// The last instant; never in the UTC day that still ran when it was asked for.
    end_date: String,
    asked_by: String,
    /// UTC days that have scans, and those that are done.
    days: u64,
    days_done: u64,
    /// Version of the rules of this program.
    rules_version: u16,
    /// Of the days that are done.
    result: Summary,
    /// Why it failed; days that are done stay done.
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

/// A run in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct RejudgeRunResponse {
    run: RejudgeRun,
}

/// The latest runs, newest first.
#[derive(Serialize, ToSchema)]
pub struct ListRejudgeRunsResponse {
    runs: Vec<RejudgeRun>,
}

fn wire(run: &Run) -> RejudgeRun {
    RejudgeRun {
        id: run.id.to_string(),
        status: enum_value("JOB_STATUS", run.status.as_str()),
        status_url: format!("/v1/x/analytics/rejudge/{}", run.id),
        dry_run: run.dry_run,
        restore: run.restore,
        start_date: (run.from.0 > 0).then(|| time(run.from)),
        end_date: time(run.to.plus(-1)),
        asked_by: run.asked_by.clone(),
        days: run.days,
        days_done: run.days_done,
        rules_version: RULES_VERSION,
        result: Summary::read(&run.result),
        error: run.error.clone(),
        created_at: time(run.created_at),
        completed_at: run.completed_at.map(time),
    }
}

/// Judges the workspace's scans of a time again, in the background.
#[utoipa::path(post, path = "/v1/x/analytics/rejudge", tag = "Analytics", operation_id = "create_rejudge_run",
    request_body = RejudgeRequest,
    responses((status = 202, body = RejudgeRunResponse, headers(("Location" = String))),
        (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_rejudge_run(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<RejudgeRequest>,
) -> ApiResult<Response> {
    let now = app.clock.now();
    let range = Range {
        start_date: body.start_date,
        end_date: body.end_date,
        x_timezone: body.x_timezone,
        ..Range::default()
    };
    let asked = population::of_range(&app, caller.workspace, &range, "/").await?.population;
    let to = asked.to.min(crate::rejudge::end(now));
    if asked.from >= to {
        let message = format!(
            "only UTC days that are over are judged again; the last one is {}",
            &time(crate::rejudge::end(now).plus(-1))[..10]
        );
        return Err(ApiError::field("/startDate", message));
    }
    let run = Run {
        id: Uuid::now_v7(),
        workspace: Some(caller.workspace),
        status: Status::Pending,
        from: asked.from,
        to,
        dry_run: body.dry_run.unwrap_or_default(),
        restore: body.restore.unwrap_or_default(),
        asked_by: caller.name(),
        next_day: None,
        days: 0,
        days_done: 0,
        result: json!({}),
        error: String::new(),
        created_at: now,
        completed_at: None,
    };
    let answer = wire(&run);
    if !app.catalog.write(async move |db| rows::create(db, &run).await).await? {
        let message = "scans of this workspace are being judged again already; wait until that has ended";
        return Err(ApiError::conflict("REJUDGE_RUNS", message));
    }
    app.rejudge_waits.notify_one();
    let location = [(header::LOCATION, answer.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(RejudgeRunResponse { run: answer })).into_response())
}

/// The latest runs of the workspace, newest first.
#[utoipa::path(get, path = "/v1/x/analytics/rejudge", tag = "Analytics", operation_id = "list_rejudge_runs",
    responses((status = 200, body = ListRejudgeRunsResponse)))]
pub async fn list_rejudge_runs(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
) -> ApiResult<Json<ListRejudgeRunsResponse>> {
    let runs = rows::latest(&mut *app.catalog.read().await?, caller.workspace, LISTED).await?;
    Ok(Json(ListRejudgeRunsResponse { runs: runs.iter().map(wire).collect() }))
}

/// A run: how far it is, and what has come of it.
#[utoipa::path(get, path = "/v1/x/analytics/rejudge/{id}", tag = "Analytics", operation_id = "get_rejudge_run",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RejudgeRunResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_rejudge_run(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<RejudgeRunResponse>> {
    let id = Uuid::parse_str(&id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let run = rows::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let run = run.ok_or_else(|| ApiError::not_found("REJUDGE_RUN_NOT_FOUND", format!("run {id}")))?;
    Ok(Json(RejudgeRunResponse { run: wire(&run) }))
}
