//! Which slugs are free.

use super::checks::optional_id;
use crate::api::auth::{Can, LinksRead};
use crate::api::body::Query;
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN};
use crate::catalog::{self, Connection, domains};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::{DomainId, Slug, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

/// Slugs drawn before giving up; with 2^35 of them, two tries are rare.
pub const TRIES: usize = 16;

/// Whether a slug can be had.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShortlinkAvailabilityResponse {
    available: bool,
    /// Why it never can.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_reason: Option<String>,
}

/// A slug that nobody has.
#[derive(Serialize, ToSchema)]
pub struct ShortlinkRandomResponse {
    shortlink: String,
}

async fn domain(db: &mut Connection, workspace: WorkspaceId, query: &Query) -> ApiResult<DomainId> {
    let Some(id) = optional_id("customDomainId", query.get("customDomainId"))?.map(DomainId) else {
        return Ok(BASE_DOMAIN);
    };
    let found = domains::get(db, workspace, id).await?;
    found.map(|domain| domain.id).ok_or_else(|| super::super::domains::not_found(id))
}

/// Whether a link could have a slug.
#[utoipa::path(get, path = "/v1/links/shortlink-availability", tag = "Links", operation_id = "get_shortlink_availability",
    params(("shortlink" = String, Query), ("customDomainId" = Option<uuid::Uuid>, Query, description = "The base host when absent")),
    responses((status = 200, body = ShortlinkAvailabilityResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_shortlink_availability(
    State(app): State<App>,
    caller: Can<LinksRead>,
    query: Query,
) -> ApiResult<Json<ShortlinkAvailabilityResponse>> {
    let mut db = app.catalog.read().await?;
    let domain = domain(&mut db, caller.workspace, &query).await?;
    let text = query.get("shortlink").ok_or_else(|| ApiError::field("shortlink", "is required"))?;
    Ok(Json(match Slug::parse(text) {
        Ok(slug) => ShortlinkAvailabilityResponse {
            available: !links::slug_is_taken(&mut db, domain, &slug).await?,
            x_reason: None,
        },
        Err(why) => ShortlinkAvailabilityResponse { available: false, x_reason: Some(why.to_string()) },
    }))
}

/// Draws a slug that nobody has; it is not held for anybody.
#[utoipa::path(get, path = "/v1/links/shortlink-random", tag = "Links", operation_id = "get_shortlink_random",
    responses((status = 200, body = ShortlinkRandomResponse)))]
pub async fn get_shortlink_random(
    State(app): State<App>,
    _: Can<LinksRead>,
) -> ApiResult<Json<ShortlinkRandomResponse>> {
    let mut db = app.catalog.read().await?;
    let slug = draw(&mut db, BASE_DOMAIN).await?;
    let slug = slug.ok_or_else(|| ApiError::internal("no free slug was drawn"))?;
    Ok(Json(ShortlinkRandomResponse { shortlink: slug.as_str().to_owned() }))
}

/// A slug that nobody has.
pub async fn draw(db: &mut Connection, domain: DomainId) -> catalog::Result<Option<Slug>> {
    for _ in 0..TRIES {
        let slug = Slug::generated(rand::random());
        if !links::slug_is_taken(db, domain, &slug).await? {
            return Ok(Some(slug));
        }
    }
    Ok(None)
}
