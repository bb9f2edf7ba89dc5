//! Slugs that nobody made and somebody asks for: misprints, old codes, guesses.

use super::auth::{Can, WorkspaceRead};
use super::body::Query;
use super::installation;
use super::wire::time;
use crate::app::App;
use crate::catalog::orphans;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::orphans::SLUG_DAYS;
use axum::Json;
use axum::extract::State;
use model::time::DAY_MS;
use serde::Serialize;
use utoipa::ToSchema;

/// What was asked for in vain.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListOrphansResponse {
    /// The most asked for first.
    slugs: Vec<OrphanSlug>,
    /// Requests by host and hour, slugs that are not kept included; oldest first.
    hours: Vec<OrphanHour>,
    /// Days that slugs are kept, and that `hours` goes back.
    days: i64,
    /// Requests since the start of the program that came too fast to be counted here.
    missed: u64,
}

/// A slug that nobody made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrphanSlug {
    host: String,
    /// As slugs are found: unescaped, in lower case.
    slug: String,
    requests: i64,
    /// First hour in which it was asked for.
    first_hour: String,
    last_hour: String,
}

/// Requests in an hour.
#[derive(Serialize, ToSchema)]
pub struct OrphanHour {
    host: String,
    hour: String,
    requests: i64,
}

/// Slugs that nobody made, for administrators of the first workspace. Nothing is kept of who asked.
#[utoipa::path(get, path = "/v1/x/orphans", tag = "Operation", operation_id = "list_orphans",
    params(("pageSize" = Option<u32>, Query, description = "Slugs at most; 100")),
    responses((status = 200, body = ListOrphansResponse), (status = 403, body = ErrorResponse)))]
pub async fn list_orphans(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
    query: Query,
) -> ApiResult<Json<ListOrphansResponse>> {
    if !installation::administers(&app, &caller).await? {
        return Err(ApiError::forbidden("only an administrator of the first workspace sees these"));
    }
    let limit = query.page_size(100, 1000)?;
    let since = app.clock.now().plus(-SLUG_DAYS * DAY_MS);
    let (slugs, hours) = orphans::now(&mut *app.catalog.read().await?, limit as i64, since).await?;
    let slugs = slugs.into_iter().map(|orphan| OrphanSlug {
        host: orphan.host,
        slug: orphan.slug,
        requests: orphan.requests,
        first_hour: time(orphan.first),
        last_hour: time(orphan.last),
    });
    let hours =
        hours.into_iter().map(|(host, hour, requests)| OrphanHour { host, hour: time(hour), requests });
    Ok(Json(ListOrphansResponse {
        slugs: slugs.collect(),
        hours: hours.collect(),
        days: SLUG_DAYS,
        missed: app.redirector.orphans.missed(),
    }))
}
