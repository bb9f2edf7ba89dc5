//! Many links in one request, all or none.

use super::create::{CreateLinkRequest, Making, Prepared, make};
use super::{Link, Shown, wire_link};
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::{Body, List};
use crate::app::App;
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Links made in one request, at most.
const MAX_BULK: usize = 250;

/// Links to be made, all or none.
#[derive(Deserialize, ToSchema)]
pub struct CreateBulkLinksRequest {
    /// 1 to 250.
    pub links: Vec<CreateLinkRequest>,
}

/// New links, in the order in which they were given.
#[derive(Serialize, ToSchema)]
pub struct CreateBulkLinksResponse {
    links: Vec<Link>,
}

/// Where an item of a bulk request stands in it.
pub fn in_links(place: usize) -> String {
    format!("/links/{place}")
}

fn in_list(place: usize) -> String {
    format!("/{place}")
}

/// Checks the items of a request for many links.
pub fn prepare_all(
    making: &Making<'_>,
    links: Vec<CreateLinkRequest>,
    pointer: fn(usize) -> String,
) -> ApiResult<Vec<Prepared>> {
    if links.is_empty() || links.len() > MAX_BULK {
        let message = format!("give 1 to {MAX_BULK} links; these are {}", links.len());
        let field = pointer(0);
        return Err(ApiError::field(field.strip_suffix("/0").unwrap_or(&field), message));
    }
    let prepare = |(place, link)| making.prepare(link, None).map_err(|error| error.below(&pointer(place)));
    links.into_iter().enumerate().map(prepare).collect()
}

async fn make_many(
    app: &App,
    caller: &Can<LinksWrite>,
    links: Vec<CreateLinkRequest>,
    pointer: fn(usize) -> String,
) -> ApiResult<Json<CreateBulkLinksResponse>> {
    let workspace = caller.workspace;
    let making = Making::begin(app, workspace).await?;
    let prepared = prepare_all(&making, links, pointer)?;
    let ids = make(app, workspace, caller.actor(), prepared, pointer).await?;
    let mut db = app.catalog.read().await?;
    let mut made = Vec::with_capacity(ids.len());
    for id in ids {
        let link = links::get(&mut db, workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
        made.push(wire_link(app, link, &Shown::tags()));
    }
    Ok(Json(CreateBulkLinksResponse { links: made }))
}

/// Makes up to 250 links, all or none.
#[utoipa::path(post, path = "/v1/links/bulk", tag = "Links", operation_id = "create_links_bulk",
    request_body = CreateBulkLinksRequest,
    responses((status = 200, body = CreateBulkLinksResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_links_bulk(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<CreateBulkLinksRequest>,
) -> ApiResult<Json<CreateBulkLinksResponse>> {
    make_many(&app, &caller, body.links, in_links).await
}

/// Makes up to 250 links, all or none; the body is the list itself.
#[utoipa::path(post, path = "/v1/links/batch", tag = "Links", operation_id = "create_links_batch",
    request_body = Vec<CreateLinkRequest>,
    responses((status = 200, body = CreateBulkLinksResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_links_batch(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    List(body): List<CreateLinkRequest>,
) -> ApiResult<Json<CreateBulkLinksResponse>> {
    make_many(&app, &caller, body, in_list).await
}
