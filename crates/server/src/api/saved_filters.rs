//! Filters that people gave a name, for everybody in the workspace.

use super::auth::{AnalyticsRead, AnalyticsWrite, Can};
use super::body::{Body, Path};
use super::dimensions;
use super::links::checks::checked_text;
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::Error;
use crate::catalog::saved_filters::{self, SavedFilter as Row};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Saved filters of a workspace at most.
const MAX_SAVED: usize = 500;

/// A saved filter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedFilter {
    id: String,
    name: String,
    /// What `xFilters` takes: `country:DE`, `tag!:summer`.
    filters: Vec<String>,
    created_by: String,
    created_at: String,
    updated_at: String,
}

/// A saved filter in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedFilterResponse {
    saved_filter: SavedFilter,
}

/// All of the workspace, by name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListSavedFiltersResponse {
    saved_filters: Vec<SavedFilter>,
}

/// Name and filters; of a change, what is absent stays.
#[derive(Deserialize, ToSchema)]
pub struct SaveFilterRequest {
    name: Option<String>,
    filters: Option<Vec<String>>,
}

fn wire(row: Row) -> SavedFilter {
    SavedFilter {
        id: row.id.to_string(),
        name: row.name,
        filters: row.filters,
        created_by: row.created_by,
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("SAVED_FILTER_NOT_FOUND", format!("saved filter {id}"))
}

fn filter_id(text: &str) -> ApiResult<Uuid> {
    Uuid::parse_str(text).map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn taken(error: Error) -> Result<ApiError, Error> {
    match error {
        Error::Taken(_) => {
            let message = "there is a saved filter of this name already (upper and lower case are the same)";
            Ok(ApiError::conflict("SAVED_FILTER_EXISTS", message).about("/name"))
        }
        other => Err(other),
    }
}

fn checked(body: SaveFilterRequest) -> ApiResult<(Option<String>, Option<Vec<String>>)> {
    let name = body.name.map(|name| checked_text("/name", Some(name), 100)).transpose()?;
    if name.as_ref().is_some_and(String::is_empty) {
        return Err(ApiError::field("/name", "a saved filter needs a name"));
    }
    if let Some(filters) = &body.filters {
        if filters.is_empty() {
            return Err(ApiError::field("/filters", "is required: one filter at least, such as country:DE"));
        }
        dimensions::of_texts(|number| format!("/filters/{number}"), filters.iter().map(String::as_str))?;
    }
    Ok((name, body.filters))
}

/// Saved filters, by name.
#[utoipa::path(get, path = "/v1/x/saved-filters", tag = "Analytics", operation_id = "list_saved_filters",
    responses((status = 200, body = ListSavedFiltersResponse)))]
pub async fn list_saved_filters(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
) -> ApiResult<Json<ListSavedFiltersResponse>> {
    let rows = saved_filters::all(&mut *app.catalog.read().await?, caller.workspace).await?;
    Ok(Json(ListSavedFiltersResponse { saved_filters: rows.into_iter().map(wire).collect() }))
}

/// Saves filters under a name.
#[utoipa::path(post, path = "/v1/x/saved-filters", tag = "Analytics", operation_id = "create_saved_filter",
    request_body = SaveFilterRequest, responses((status = 200, body = SavedFilterResponse), (status = 400, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn create_saved_filter(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Body(body): Body<SaveFilterRequest>,
) -> ApiResult<Json<SavedFilterResponse>> {
    let (name, filters) = checked(body)?;
    let name = name.ok_or_else(|| ApiError::field("/name", "is required"))?;
    let filters =
        filters.ok_or_else(|| ApiError::field("/filters", "is required: a list such as [\"country:DE\"]"))?;
    let (workspace, now) = (caller.workspace, app.clock.now());
    let row = Row {
        id: Uuid::now_v7(),
        name,
        filters,
        created_by: caller.name(),
        created_at: now,
        updated_at: now,
    };
    let outcome = app
        .catalog
        .write(async move |db| {
            if saved_filters::all(db, workspace).await?.len() >= MAX_SAVED {
                let message = format!("a workspace has at most {MAX_SAVED} saved filters; delete some first");
                return Ok(Err(ApiError::bad_request(message)));
            }
            match saved_filters::create(db, workspace, &row).await {
                Ok(()) => Ok(Ok(row)),
                Err(error) => taken(error).map(Err),
            }
        })
        .await?;
    Ok(Json(SavedFilterResponse { saved_filter: wire(outcome?) }))
}

/// Renames a saved filter, or changes its filters.
#[utoipa::path(patch, path = "/v1/x/saved-filters/{id}", tag = "Analytics", operation_id = "update_saved_filter",
    params(("id" = uuid::Uuid, Path)), request_body = SaveFilterRequest,
    responses((status = 200, body = SavedFilterResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_saved_filter(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Path(id): Path<String>,
    Body(body): Body<SaveFilterRequest>,
) -> ApiResult<Json<SavedFilterResponse>> {
    let id = filter_id(&id)?;
    let (name, filters) = checked(body)?;
    let (workspace, now) = (caller.workspace, app.clock.now());
    let outcome = app
        .catalog
        .write(async move |db| {
            match saved_filters::update(db, workspace, id, name.as_deref(), filters.as_deref(), now).await {
                Ok(row) => Ok(row.ok_or_else(|| not_found(id))),
                Err(error) => taken(error).map(Err),
            }
        })
        .await?;
    Ok(Json(SavedFilterResponse { saved_filter: wire(outcome?) }))
}

/// Deletes a saved filter.
#[utoipa::path(delete, path = "/v1/x/saved-filters/{id}", tag = "Analytics", operation_id = "delete_saved_filter",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Empty), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn delete_saved_filter(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, filter_id(&id)?);
    let was = app.catalog.write(async move |db| saved_filters::delete(db, workspace, id).await).await?;
    if was { Ok(Json(Empty {})) } else { Err(not_found(id)) }
}
