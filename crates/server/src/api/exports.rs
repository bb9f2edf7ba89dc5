//! Exports: data as files. Small ones are streamed at once; large ones are made in the background and fetched, in parts
//! where a connection is cut.

pub mod file;

use super::auth::{AnalyticsRead, Caller, Can};
use super::body::{Body, Path, Query};
use super::wire::{Empty, enum_value, time};
use crate::app::App;
use crate::catalog::changes::Actor;
use crate::catalog::exports::{self, Export as Row, Status};
use crate::catalog::visitors::list as visitors;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::export::columns::Column;
use crate::export::source::{self, Object};
use crate::export::write::Format;
use crate::export::{ExportRequest, Making, read, work};
use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use model::Millis;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// Rows that are streamed at once, at most.
const MOST_STREAMED: u64 = 100_000;
/// Exports of a workspace that wait or are made, at most.
const MOST_WAITING: i64 = 20;

/// An export.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    id: String,
    /// `scans`, `traces`, `visitors`, `links`, `report`, `audit`, `bundle`.
    object: String,
    /// `csv`, `ndjson`, `parquet`, `zip`.
    format: String,
    /// `EXPORT_STATUS_PENDING`, `_RUNNING`, `_SUCCEEDED`, `_FAILED`.
    status: String,
    /// What was asked for.
    #[schema(value_type = ExportRequest)]
    request: Value,
    file_name: String,
    /// Rows written.
    row_count: u64,
    /// From 0 to 1.
    progress: f64,
    /// Bytes of the file.
    size: u64,
    /// Of the finished file, hexadecimal; also its ETag.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Where the finished file is fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_url: Option<String>,
    /// Why it could not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Who asked for it.
    created_by: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
    /// When the file goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// An export in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct ExportResponse {
    export: Export,
}

/// Exports of the workspace.
#[derive(Serialize, ToSchema)]
pub struct ListExportsResponse {
    exports: Vec<Export>,
}

/// A column that can be chosen.
#[derive(Serialize, ToSchema)]
pub struct ExportColumn {
    name: String,
    /// `text`, `integer`, `decimal`, `boolean`, `time`.
    kind: &'static str,
    /// Whether it is there when nobody chooses.
    usual: bool,
}

/// Columns that can be chosen.
#[derive(Serialize, ToSchema)]
pub struct ListExportColumnsResponse {
    columns: Vec<ExportColumn>,
}

fn wire(row: Row) -> Export {
    let is_there = row.status == Status::Succeeded;
    Export {
        id: row.id.to_string(),
        object: row.object,
        format: row.format,
        status: enum_value("EXPORT_STATUS", row.status.as_str()),
        request: row.request,
        file_name: row.file_name,
        row_count: row.done,
        progress: row.progress as f64 / 1000.0,
        size: row.bytes,
        sha256: row.sha256,
        file_url: is_there.then(|| format!("/v1/x/exports/{}/file", row.id)),
        error: row.error,
        created_by: row.actor.name,
        created_at: time(row.created_at),
        completed_at: row.completed_at.map(time),
        expires_at: row.expires_at.map(time),
    }
}

/// What is asked for, by whom who may.
fn asked(caller: &Caller, body: Map<String, Value>) -> ApiResult<(Object, ExportRequest, Value)> {
    let mut body = Value::Object(body);
    // A list of one word may be written as the word.
    if let Some(verdict) = body.pointer_mut("/query/verdict")
        && let Some(words) = verdict.as_str()
    {
        *verdict = words.split(',').filter(|word| !word.is_empty()).map(Value::from).collect();
    }
    let request = read(&body)?;
    let object = Object::asked(&request.object)?;
    object.require(caller)?;
    Ok((object, request, body))
}

fn file_name(object: Object, ending: &str, now: Millis) -> String {
    let at = now.timestamp().strftime("%Y-%m-%d-%H%M%S");
    format!("{}-{at}.{ending}", object.as_str())
}

/// Makes an export in the background.
#[utoipa::path(post, path = "/v1/x/exports", tag = "Exports", operation_id = "create_export", request_body = ExportRequest,
    responses((status = 202, body = ExportResponse, headers(("Location" = String))), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 429, body = ErrorResponse)))]
pub async fn create_export(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Response> {
    let (object, request, mut body) = asked(&caller, body)?;
    let now = app.clock.now();
    let format = match object {
        Object::Bundle => whole(&request)?,
        _ => Format::asked(request.format.as_deref())?.as_str(),
    };
    // What is asked for is what there is now, however late it is made.
    if matches!(object, Object::Scans | Object::Traces | Object::Report)
        && body.pointer("/query/endDate").is_none()
    {
        let query = body.as_object_mut().map(|body| body.entry("query").or_insert_with(|| json!({})));
        if let Some(Value::Object(query)) = query {
            query.insert("endDate".to_owned(), json!(time(now)));
        }
    }
    // What is wrong with it is told at once, rather than by an export that fails.
    if object != Object::Bundle {
        Making::begin(&app, caller.workspace, request).await?;
    }
    let row = Row {
        id: Uuid::now_v7(),
        workspace: caller.workspace,
        object: object.as_str().to_owned(),
        format: format.to_owned(),
        request: body,
        file_name: file_name(object, format, now),
        status: Status::Pending,
        done: 0,
        progress: 0,
        bytes: 0,
        sha256: None,
        error: None,
        actor: Actor { name: caller.name(), ..caller.actor() },
        created_at: now,
        completed_at: None,
        expires_at: None,
    };
    ordered(&app, row).await
}

/// The format of a bundle, of which nothing can be chosen.
fn whole(request: &ExportRequest) -> ApiResult<&'static str> {
    let chosen = [
        ("/format", request.format.is_some()),
        ("/columns", request.columns.is_some()),
        ("/bom", request.bom.is_some()),
        ("/query", request.query.is_some()),
        ("/links", request.links.is_some()),
        ("/visitors", request.visitors.is_some()),
        ("/audit", request.audit.is_some()),
    ];
    match chosen.into_iter().find(|(_, is_there)| *is_there) {
        Some((field, _)) => {
            Err(ApiError::field(field, "a bundle is a ZIP archive of everything; leave it out"))
        }
        None => Ok("zip"),
    }
}

/// Puts an export into the queue and tells where it can be asked about.
async fn ordered(app: &App, row: Row) -> ApiResult<Response> {
    let made = row.clone();
    let is_room = app.catalog.write(async move |db| {
        if exports::waiting(db, made.workspace).await? >= MOST_WAITING {
            return Ok(false);
        }
        exports::create(db, &made).await.map(|()| true)
    });
    if !is_room.await? {
        let message =
            format!("{MOST_WAITING} exports of this workspace wait already; let some finish, or delete some");
        return Err(ApiError::too_many("TOO_MANY_EXPORTS", message, 30));
    }
    app.export_waits.notify_one();
    let location = [(header::LOCATION, format!("/v1/x/exports/{}", row.id))];
    Ok((StatusCode::ACCEPTED, location, Json(ExportResponse { export: wire(row) })).into_response())
}

/// Streams an export at once: up to 100000 rows (of traces: of as many scans).
#[utoipa::path(post, path = "/v1/x/exports/stream", tag = "Exports", operation_id = "stream_export",
    request_body = ExportRequest,
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"),
            (Vec<u8> = "application/vnd.apache.parquet"))),
        (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn stream_export(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Response> {
    let (object, request, _) = asked(&caller, body)?;
    let format = Format::asked(request.format.as_deref())?;
    let making = Making::begin(&app, caller.workspace, request).await?;
    if making.of() > MOST_STREAMED {
        let message = format!(
            "{} rows are too many to stream; make it in the background with POST /v1/x/exports and fetch the file",
            making.of()
        );
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "EXPORT_TOO_LARGE", message));
    }
    let name = file_name(object, format.as_str(), app.clock.now());
    // Who takes it sees by the connection's end in mid-chunk that something broke.
    let body = stream::try_unfold(making, async |mut making| {
        let mut next = making.next().await;
        // Parquet comes a row group at a time.
        while next.as_ref().is_ok_and(|bytes| bytes.as_ref().is_some_and(Vec::is_empty)) {
            next = making.next().await;
        }
        let bytes = next.map_err(|error| std::io::Error::other(error.message().to_owned()))?;
        Ok::<_, std::io::Error>(bytes.map(|bytes| (Bytes::from(bytes), making)))
    });
    let mut response = Response::new(HttpBody::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CONTENT_DISPOSITION, attachment(&name));
    Ok(response)
}

/// Saved under this name, which is ours and ASCII.
fn attachment(name: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// Columns that an export can have.
#[utoipa::path(get, path = "/v1/x/exports/columns", tag = "Exports", operation_id = "list_export_columns",
    params(("object" = String, Query, description = "scans, traces, visitors, links, report, audit")),
    responses((status = 200, body = ListExportColumnsResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_export_columns(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    query: Query,
) -> ApiResult<Json<ListExportColumnsResponse>> {
    let object =
        Object::asked(query.get("object").unwrap_or_default()).map_err(|error| error.renamed("object"))?;
    object.require(&caller)?;
    let keys = match object {
        Object::Visitors => visitors::keys(&mut *app.catalog.read().await?, caller.workspace, None).await?,
        _ => Vec::new(),
    };
    let keys: Vec<String> = keys.into_iter().map(|(key, _)| key).collect();
    let column = |Column { name, kind, usual }: Column| ExportColumn {
        name: name.into_owned(),
        kind: kind.as_str(),
        usual,
    };
    let columns = source::columns_of(object, &keys).into_iter().map(column).collect();
    Ok(Json(ListExportColumnsResponse { columns }))
}

/// The workspace's exports that the caller may read, newest first. Each is kept for seven days after it is finished.
#[utoipa::path(get, path = "/v1/x/exports", tag = "Exports", operation_id = "list_exports",
    responses((status = 200, body = ListExportsResponse)))]
pub async fn list_exports(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
) -> ApiResult<Json<ListExportsResponse>> {
    let rows = exports::list(&mut *app.catalog.read().await?, caller.workspace).await?;
    let may = |row: &Row| Object::asked(&row.object).is_ok_and(|object| object.require(&caller).is_ok());
    Ok(Json(ListExportsResponse { exports: rows.into_iter().filter(may).map(wire).collect() }))
}

/// An export that the caller may read.
async fn found(app: &App, caller: &Caller, id: &str) -> ApiResult<Row> {
    let id = Uuid::parse_str(id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let row = exports::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("EXPORT_NOT_FOUND", format!("export {id}")))?;
    Object::asked(&row.object)?.require(caller)?;
    Ok(row)
}

/// How far an export is.
#[utoipa::path(get, path = "/v1/x/exports/{id}", tag = "Exports", operation_id = "get_export",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ExportResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_export(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ExportResponse>> {
    Ok(Json(ExportResponse { export: wire(found(&app, &caller, &id).await?) }))
}

/// Deletes an export and its file; one that is being made is stopped.
#[utoipa::path(delete, path = "/v1/x/exports/{id}", tag = "Exports", operation_id = "delete_export",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse)))]
pub async fn delete_export(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, found(&app, &caller, &id).await?.id);
    if !app.catalog.write(async move |db| exports::delete(db, workspace, id).await).await? {
        return Err(ApiError::not_found("EXPORT_NOT_FOUND", format!("export {id}")));
    }
    work::remove(&app, id);
    Ok(Json(Empty {}))
}
