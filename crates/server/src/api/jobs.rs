//! Jobs (dossier 1.18): links made in the background. A job is a row before it is work; a killed process goes on with it
//! at the next start, and does nothing twice.

use super::auth::{Caller, Can, LinksRead, LinksWrite};
use super::body::{self, Body, Path};
use super::links::create::{Making, Prepared, insert};
use super::links::dress::dress;
use super::links::import::{self, RowError};
use super::links::many::{CreateBulkLinksRequest, in_links, prepare_all};
use super::wire::time;
use crate::app::App;
use crate::catalog::changes::{Actor, ActorKind};
use crate::catalog::jobs::{self, Status};
use crate::catalog::{self, workspaces};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::LinkId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::sync::watch;
use utoipa::ToSchema;
use uuid::Uuid;

/// Links of a request.
const BULK: &str = "links_bulk_create";
/// Links out of a table.
pub const IMPORT: &str = "links_import";
/// How long a job waits for a catalog that did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// A job.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    id: String,
    /// `JOB_TYPE_LINKS_BULK_CREATE`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `JOB_STATUS_PENDING`, `_RUNNING`, `_SUCCEEDED`, `_FAILED`.
    status: String,
    item_count: u64,
    status_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    links_bulk_create: Option<LinksBulkCreate>,
    /// Of a table that is imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_import: Option<ImportProgress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<JobError>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

/// What a job has made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinksBulkCreate {
    /// In the order in which they were given.
    link_ids: Vec<String>,
}

/// How far an import is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportProgress {
    /// Rows that are done, of `itemCount`.
    done_count: u64,
    error_count: u64,
    /// The first 500 rows that could not be made.
    errors: Vec<RowError>,
    /// For taking it back: `POST /v1/x/links/bulk/{batchId}/undo`.
    batch_id: String,
}

/// Why a job could not be done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobError {
    code_type: String,
    message: String,
}

fn wire(job: &jobs::Job) -> Job {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ids = |ids: &Vec<Value>| LinksBulkCreate { link_ids: ids.iter().map(text).collect() };
    let error = job.result.get("error").filter(|error| !error.is_null());
    Job {
        id: job.id.to_string(),
        kind: "JOB_TYPE_LINKS_BULK_CREATE",
        status: super::wire::enum_value("JOB_STATUS", job.status.as_str()),
        item_count: job.result["itemCount"].as_u64().unwrap_or_default(),
        status_url: format!("/v1/jobs/{}", job.id),
        links_bulk_create: job.result["linkIds"].as_array().map(ids),
        x_import: (job.kind == IMPORT).then(|| ImportProgress {
            done_count: job.result["doneCount"].as_u64().unwrap_or_default(),
            error_count: job.result["errorCount"].as_u64().unwrap_or_default(),
            errors: serde_json::from_value(job.result["errors"].clone()).unwrap_or_default(),
            batch_id: text(&job.result["batchId"]),
        }),
        error: error
            .map(|error| JobError { code_type: text(&error["codeType"]), message: text(&error["message"]) }),
        created_at: time(job.created_at),
        completed_at: job.completed_at.map(time),
    }
}

/// Makes up to 250 links in the background, all or none.
#[utoipa::path(post, path = "/v1/links/bulk/jobs", tag = "Links", operation_id = "create_links_bulk_job",
    request_body = CreateBulkLinksRequest,
    responses((status = 202, body = Job, headers(("Location" = String))), (status = 400, body = ErrorResponse)))]
pub async fn create_links_bulk_job(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Response> {
    let workspace = caller.workspace;
    let asked: CreateBulkLinksRequest = body::read(Value::Object(body.clone()))?;
    // What is wrong with it is told at once, rather than by a job that fails.
    let count = asked.links.len();
    let mut prepared = prepare_all(&Making::begin(&app, workspace).await?, asked.links, in_links)?;
    dress(&app, workspace, &mut prepared, in_links).await?;
    let payload = json!({ "actor": caller.actor(), "links": body.get("links") });
    accepted(&app, &caller, BULK, payload, json!({ "itemCount": count })).await
}

/// Puts a job into the queue and tells where it can be asked about.
pub async fn accepted(
    app: &App,
    caller: &Caller,
    kind: &'static str,
    payload: Value,
    result: Value,
) -> ApiResult<Response> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let job = app
        .catalog
        .write(async move |db| jobs::create(db, workspace, kind, &payload, &result, now).await)
        .await?;
    app.job_waits.notify_one();
    let job = wire(&job);
    let location = [(header::LOCATION, job.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(job)).into_response())
}

/// A job; it can be read for a day after it is finished.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "Links", operation_id = "get_job", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Job), (status = 404, body = ErrorResponse)))]
pub async fn get_job(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<Job>> {
    let id = Uuid::parse_str(&id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let job = jobs::get(&mut *app.catalog.read().await?, caller.workspace, id, app.clock.now()).await?;
    let job = job.ok_or_else(|| ApiError::not_found("JOB_NOT_FOUND", format!("job {id}")))?;
    Ok(Json(wire(&job)))
}

/// Does the jobs that wait, one after the other, until it is told to stop.
pub async fn work(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        let next = async { jobs::next(&mut *app.catalog.read().await?).await };
        let done = match next.await {
            Ok(Some(job)) => do_job(&app, job).await,
            Ok(None) => {
                tokio::select! {
                    () = app.job_waits.notified() => {}
                    _ = stop.changed() => return,
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        if done.is_err() {
            // The cause is in the log; the job waits as it was.
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.changed() => return,
            }
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// Does one job. An error is the catalog's; what is wrong with the job ends it.
async fn do_job(app: &App, job: jobs::Job) -> ApiResult<()> {
    let (id, workspace, now) = (job.id, job.workspace, app.clock.now());
    if !app.catalog.write(async move |db| jobs::start(db, id).await).await? {
        return Ok(());
    }
    let count = job.result["itemCount"].clone();
    let actor = actor(&job);
    if job.kind == IMPORT && workspaces::get(&mut *app.catalog.read().await?, workspace).await?.is_some() {
        return import::go_on(app, job, actor).await;
    }
    let asked = body::read::<CreateBulkLinksRequest>(json!({ "links": job.payload["links"] }));
    let exists = workspaces::get(&mut *app.catalog.read().await?, workspace).await?.is_some();
    let prepared = match asked {
        Ok(asked) if exists => {
            let making = Making::begin(app, workspace).await?;
            match prepare_all(&making, asked.links, in_links) {
                Ok(mut prepared) => dress(app, workspace, &mut prepared, in_links).await.map(|()| prepared),
                Err(error) => Err(error),
            }
        }
        Ok(_) => Err(ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace")),
        Err(error) => Err(error),
    };
    let telling = app.clone();
    let links = app
        .catalog
        .write(async move |db| {
            let outcome = match prepared {
                Ok(prepared) => {
                    let ids: Vec<LinkId> = prepared.iter().map(Prepared::id).collect();
                    insert(db, &telling, workspace, prepared, (&actor, None), now, in_links)
                        .await?
                        .map(|()| ids)
                }
                Err(error) => Err(error),
            };
            finish(db, id, outcome, count, now).await
        })
        .await?;
    app.webhooks.bell.notify_one();
    for link in links {
        app.table.refresh(&app.catalog, link).await?;
    }
    Ok(())
}

/// Who asked for a job. Jobs of older programs know the name alone.
fn actor(job: &jobs::Job) -> Actor {
    serde_json::from_value(job.payload["actor"].clone()).unwrap_or_else(|_| Actor {
        kind: ActorKind::System,
        id: None,
        name: job.payload["by"].as_str().unwrap_or_default().to_owned(),
        session: None,
    })
}

/// Notes that a job is done.
pub async fn done(
    db: &mut catalog::Connection,
    id: Uuid,
    result: &Value,
    now: model::Millis,
) -> catalog::Result<()> {
    jobs::finish(db, id, Status::Succeeded, result, now).await
}

/// Ends a job that cannot go on; what it has done stays, and is told.
pub async fn give_up(
    db: &mut catalog::Connection,
    id: Uuid,
    mut result: Value,
    error: &ApiError,
    now: model::Millis,
) -> catalog::Result<()> {
    result["error"] = json!({ "codeType": error.code_type(), "message": error.message() });
    jobs::finish(db, id, Status::Failed, &result, now).await
}

async fn finish(
    db: &mut catalog::Connection,
    id: Uuid,
    outcome: ApiResult<Vec<LinkId>>,
    count: Value,
    now: model::Millis,
) -> catalog::Result<Vec<LinkId>> {
    match outcome {
        Ok(links) => {
            let ids: Vec<String> = links.iter().map(LinkId::to_string).collect();
            let result = json!({ "itemCount": count, "linkIds": ids });
            jobs::finish(db, id, Status::Succeeded, &result, now).await?;
            Ok(links)
        }
        Err(error) => {
            let field = error.detail().map(|detail| format!("{}: ", detail.field)).unwrap_or_default();
            let message = format!("{field}{}", error.message());
            let error = json!({ "codeType": error.code_type(), "message": message });
            jobs::finish(db, id, Status::Failed, &json!({ "itemCount": count, "error": error }), now).await?;
            Ok(Vec::new())
        }
    }
}
