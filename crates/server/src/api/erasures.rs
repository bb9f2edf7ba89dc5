//! Erasing what is known of visitors (DESIGN §11.8): said beforehand, done in the background, with a receipt (`erasure.rs`).

use super::auth::{Can, WorkspaceRead, WorkspaceWrite};
use super::body::{Body, Path};
use super::population::{self, Range};
use super::visitors::identify::read_lbid;
use super::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::erasures::{self as rows, Erasure, Ids, Scans, Subject, scope};
use crate::catalog::jobs::Status;
use crate::catalog::visitors::{self, identify::by_identity};
use crate::erasure::receipt::Receipt;
use crate::erasure::{Halt, preview};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::workflow::form;
use model::{LinkId, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Erasures that are listed.
const LISTED: i64 = 50;

/// What is to be erased.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasureRequest {
    /// `visitor`, `scan`, `link`, `range`, `workspace`.
    subject: String,
    /// Of a visitor: the id, or the address or number that the profile has.
    visitor: Option<String>,
    /// Of a scan: its id, or the click id (`lbid`) in either form.
    scan: Option<String>,
    /// Of a link, or of a time of one link alone.
    link_id: Option<String>,
    /// Of a time: inclusive.
    start_date: Option<String>,
    /// Of a time: inclusive.
    end_date: Option<String>,
    /// IANA zone of dates without an offset; the workspace's when absent.
    x_timezone: Option<String>,
    /// `keep` (the default): scans stay as counts, without what tells whose they were. `drop`: they go, and totals fall.
    scans: Option<String>,
    /// Says what would go and takes nothing.
    dry_run: Option<bool>,
    /// Must be true unless `dryRun` is: what goes cannot be had back.
    confirm: Option<bool>,
}

/// An erasure.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasureRun {
    id: String,
    /// `JOB_STATUS_PENDING`, `_RUNNING`, `_SUCCEEDED`, `_FAILED`.
    status: String,
    status_url: String,
    /// `visitor`, `scan`, `link`, `range`, `workspace`.
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<String>,
    /// Of a time, a link or a workspace: scans from here on.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// The last instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// `keep` or `drop`.
    scans: String,
    asked_by: String,
    receipt: Receipt,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

/// An erasure in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct ErasureResponse {
    erasure: ErasureRun,
}

/// What would go.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasurePreview {
    /// What was found, place by place; nothing is taken.
    preview: Receipt,
    /// What the person who asks is to type.
    confirm_with: String,
}

/// The latest erasures, newest first.
#[derive(Serialize, ToSchema)]
pub struct ListErasuresResponse {
    erasures: Vec<ErasureRun>,
}

fn wire(erasure: &Erasure) -> ErasureRun {
    let is_span = erasure.subject.is_span();
    ErasureRun {
        id: erasure.id.to_string(),
        status: enum_value("JOB_STATUS", erasure.status.as_str()),
        status_url: format!("/v1/x/erasures/{}", erasure.id),
        subject: erasure.subject.as_str().to_owned(),
        link_id: erasure.link.map(|link| link.to_string()),
        start_date: (is_span && erasure.from.0 > 0).then(|| time(erasure.from)),
        end_date: is_span.then(|| time(erasure.to.plus(-1))),
        scans: erasure.scans.as_str().to_owned(),
        asked_by: erasure.asked_by.clone(),
        receipt: Receipt::read(&erasure.receipt),
        error: erasure.error.clone(),
        created_at: time(erasure.created_at),
        completed_at: erasure.completed_at.map(time),
    }
}

/// Says what an erasure would take, or begins it.
#[utoipa::path(post, path = "/v1/x/erasures", tag = "Privacy", operation_id = "create_erasure", request_body = ErasureRequest,
    responses((status = 200, body = ErasurePreview), (status = 202, body = ErasureResponse, headers(("Location" = String))),
        (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 503, body = ErrorResponse)))]
pub async fn create_erasure(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<ErasureRequest>,
) -> ApiResult<Response> {
    let now = app.clock.now();
    let subject = Subject::from_word(&body.subject).ok_or_else(|| {
        let message = format!("\"{}\" is none of visitor, scan, link, range, workspace", body.subject);
        ApiError::field("/subject", message)
    })?;
    let word = body.scans.as_deref().unwrap_or("keep");
    let scans = Scans::from_word(word)
        .ok_or_else(|| ApiError::field("/scans", format!("\"{word}\" is neither keep nor drop")))?;
    let mut erasure = Erasure {
        id: Uuid::now_v7(),
        workspace: caller.workspace,
        subject,
        link: None,
        from: Millis(0),
        // What comes while it is done is not meant.
        to: now.plus(1),
        scans,
        status: Status::Pending,
        hidden_at: None,
        asked_by: caller.name(),
        receipt: json!({}),
        error: String::new(),
        created_at: now,
        completed_at: None,
    };
    let (ids, confirm_with) = read(&app, &body, &mut erasure).await?;
    if body.dry_run.unwrap_or_default() {
        let found = preview(&app.catalog, &app.store, &erasure, &ids).await.map_err(unavailable)?;
        return Ok(Json(ErasurePreview { preview: found, confirm_with }).into_response());
    }
    if !body.confirm.unwrap_or_default() {
        let message = "what goes cannot be had back: send dryRun to see it, and confirm to have it done";
        return Err(ApiError::field("/confirm", message));
    }
    let (answer, noted) = (wire(&erasure), erasure.clone());
    app.catalog.write(async move |db| rows::create(db, &noted, &ids).await).await?;
    app.erasure_waits.notify_one();
    let location = [(header::LOCATION, answer.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(ErasureResponse { erasure: answer })).into_response())
}

/// Reads what is asked for into the erasure; returns the visitors and scans that it names, and what a person is to type.
async fn read(app: &App, body: &ErasureRequest, erasure: &mut Erasure) -> ApiResult<(Ids, String)> {
    let workspace = erasure.workspace;
    let needs = |field: &str, value: &Option<String>| {
        let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty());
        let message = format!("say which {} is to be erased", erasure.subject.as_str());
        value.map(str::to_owned).ok_or_else(|| ApiError::field(field, message))
    };
    let mut ids = Ids::default();
    let typed = match erasure.subject {
        Subject::Visitor => {
            let named = needs("/visitor", &body.visitor)?;
            let mut db = app.catalog.read().await?;
            let found = match named.parse::<Uuid>() {
                Ok(id) => Some(id),
                Err(_) => {
                    let email = form::email(&named, "visitor");
                    let phone = form::phone(&named).filter(|_| email.is_none());
                    by_identity(&mut db, workspace, email.as_deref(), phone.as_deref()).await?
                }
            };
            let visitor = match found {
                Some(id) => visitors::get(&mut db, workspace, id).await?,
                None => None,
            };
            let missing = || {
                let message = "there is no such visitor; somebody who never gave data has no row, and a past day's scans \
                               of such a person cannot be found by anybody";
                ApiError::new(StatusCode::NOT_FOUND, "VISITOR_NOT_FOUND", message).about("/visitor")
            };
            let visitor = visitor.ok_or_else(missing)?;
            ids.visitors.insert(visitor.id);
            visitor.email.or(visitor.phone).unwrap_or_else(|| visitor.id.to_string())
        }
        Subject::Scan => {
            let id = read_lbid(&needs("/scan", &body.scan)?, "/scan")?;
            let store = app.store.clone();
            let scan = population::ask(app, move || store.scan(workspace, id)).await?;
            let missing = || ApiError::not_found("EVENT_NOT_FOUND", format!("scan {id}")).about("/scan");
            let scan = scan.ok_or_else(missing)?;
            ids.scans.insert((id, scan.get().at));
            id.to_string()
        }
        Subject::Link => {
            let named = needs("/linkId", &body.link_id)?;
            read_link(app, &named, erasure).await?;
            named
        }
        Subject::Range => {
            needs("/startDate", &body.start_date)?;
            needs("/endDate", &body.end_date)?;
            if let Some(named) = &body.link_id {
                read_link(app, named, erasure).await?;
            }
            let range = Range {
                start_date: body.start_date.clone(),
                end_date: body.end_date.clone(),
                x_timezone: body.x_timezone.clone(),
                ..Range::default()
            };
            let asked = population::of_range(app, workspace, &range, "/").await?.population;
            (erasure.from, erasure.to) = (asked.from, asked.to.min(erasure.to));
            if erasure.from >= erasure.to {
                return Err(ApiError::field("/endDate", "the time ends before it begins, or lies ahead"));
            }
            "erase".to_owned()
        }
        Subject::Workspace => {
            let found = crate::catalog::workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
            found.map(|found| found.name).unwrap_or_default()
        }
    };
    Ok((ids, typed))
}

async fn read_link(app: &App, named: &str, erasure: &mut Erasure) -> ApiResult<()> {
    let link: LinkId =
        named.parse().map_err(|_| ApiError::field("/linkId", format!("\"{named}\" is not a UUID")))?;
    if !scope::has_link(&mut *app.catalog.read().await?, erasure.workspace, link).await? {
        return Err(ApiError::not_found("LINK_NOT_FOUND", format!("link {link}")).about("/linkId"));
    }
    erasure.link = Some(link);
    Ok(())
}

fn unavailable(error: Halt) -> ApiError {
    match error {
        Halt::Catalog(error) => error.into(),
        error => ApiError::internal(error),
    }
}

/// The latest erasures of the workspace, newest first.
#[utoipa::path(get, path = "/v1/x/erasures", tag = "Privacy", operation_id = "list_erasures",
    responses((status = 200, body = ListErasuresResponse)))]
pub async fn list_erasures(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
) -> ApiResult<Json<ListErasuresResponse>> {
    let found = rows::latest(&mut *app.catalog.read().await?, caller.workspace, LISTED).await?;
    Ok(Json(ListErasuresResponse { erasures: found.iter().map(wire).collect() }))
}

/// An erasure: how far it is, and its receipt.
#[utoipa::path(get, path = "/v1/x/erasures/{id}", tag = "Privacy", operation_id = "get_erasure",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ErasureResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_erasure(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ErasureResponse>> {
    let id = Uuid::parse_str(&id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let erasure = rows::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let erasure = erasure.ok_or_else(|| ApiError::not_found("ERASURE_NOT_FOUND", format!("erasure {id}")))?;
    Ok(Json(ErasureResponse { erasure: wire(&erasure) }))
}
