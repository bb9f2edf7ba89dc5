//! Visitors: people who gave data (dossier part 7, DESIGN §11.5).

pub mod anonymous;
pub mod cross_origin;
pub mod export;
pub mod identify;
pub mod list;
pub mod merges;
pub mod timeline;
pub mod wire;

use super::auth::{Can, VisitorsRead, VisitorsWrite};
use super::body::{Body, Path, Query};
use super::events::whose;
use crate::app::App;
use crate::catalog::visitors::{self, identify as rows};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use identify::VisitorInput;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::{Includes, Visitor, wire_visitors};

/// What of a visitor is changed.
#[derive(Deserialize, ToSchema)]
pub struct UpdateVisitorRequest {
    visitor: VisitorInput,
}

/// Whether it was done.
#[derive(Serialize, ToSchema)]
pub struct SuccessResponse {
    success: bool,
}

/// The keys of attributes in use.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeKeysResponse {
    /// The reserved ones with `$` first.
    attribute_keys: Vec<String>,
    attributes: Vec<AttributeKey>,
}

/// A key and the type its values were captured as.
#[derive(Serialize, ToSchema)]
pub struct AttributeKey {
    key: String,
    r#type: String,
}

/// One visitor: somebody who gave data, or by a computed id a visitor of a day, of whom nothing is known but scans.
#[utoipa::path(get, path = "/v1/visitors/{id}", tag = "Visitors", operation_id = "get_visitor",
    params(("id" = uuid::Uuid, Path), ("include" = Option<Vec<String>>, Query, description = "devices, events, links")),
    responses((status = 200, body = Visitor), (status = 404, body = ErrorResponse)))]
pub async fn get_visitor(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Json<Visitor>> {
    let (id, includes) = (visitor_id(&id)?, Includes::of(&query)?);
    match whose::of_a_day(id) {
        Some(of) => {
            let found = anonymous::visitor(&app, caller.workspace, id, of, includes).await?;
            found.map(Json).ok_or_else(|| not_found(id))
        }
        None => answer(&app, &caller, id, includes).await,
    }
}

/// Changes what is known of a visitor.
#[utoipa::path(patch, path = "/v1/visitors/{id}", tag = "Visitors", operation_id = "update_visitor",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateVisitorRequest,
    responses((status = 200, body = Visitor), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_visitor(
    State(app): State<App>,
    caller: Can<VisitorsWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateVisitorRequest>,
) -> ApiResult<Json<Visitor>> {
    let (workspace, id, now) = (caller.workspace, visitor_id(&id)?, app.clock.now());
    let data = identify::read_data(&body.visitor)?;
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(found) = visitors::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
            let named =
                rows::by_identity(db, workspace, data.email.as_deref(), data.phone.as_deref()).await?;
            if named.is_some_and(|named| named != found.id) {
                let message = "another visitor has this address or number; merge the two instead";
                return Ok(Err(ApiError::conflict("VISITOR_EXISTS", message).about("/visitor/data/$email")));
            }
            rows::fill(db, workspace, found.id, &data, false, now).await?;
            Ok(Ok(found.id))
        })
        .await?;
    answer(&app, &caller, outcome?, Includes::default()).await
}

/// Deletes what is known of a visitor: row, attributes, answers, consents. The scans stay as counts.
#[utoipa::path(delete, path = "/v1/visitors/{id}", tag = "Visitors", operation_id = "delete_visitor",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SuccessResponse), (status = 404, body = ErrorResponse)))]
pub async fn delete_visitor(
    State(app): State<App>,
    caller: Can<VisitorsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<SuccessResponse>> {
    let (workspace, id) = (caller.workspace, visitor_id(&id)?);
    let deleted = app
        .catalog
        .write(async move |db| match visitors::get(db, workspace, id).await? {
            Some(found) => visitors::delete(db, workspace, found.id).await,
            None => Ok(false),
        })
        .await?;
    if deleted { Ok(Json(SuccessResponse { success: true })) } else { Err(not_found(id)) }
}

/// Takes an attribute away; reserved keys may be written without their `$`.
#[utoipa::path(delete, path = "/v1/visitors/{id}/attributes/{attributeKey}", tag = "Visitors",
    operation_id = "delete_visitor_attribute", params(("id" = uuid::Uuid, Path), ("attributeKey" = String, Path)),
    responses((status = 200, body = SuccessResponse), (status = 404, body = ErrorResponse)))]
pub async fn delete_visitor_attribute(
    State(app): State<App>,
    caller: Can<VisitorsWrite>,
    Path((id, key)): Path<(String, String)>,
) -> ApiResult<Json<SuccessResponse>> {
    let (workspace, id, now) = (caller.workspace, visitor_id(&id)?, app.clock.now());
    let wanted = key.clone();
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(found) = visitors::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
            let key = key.strip_prefix('$').unwrap_or(&key);
            let column = match key {
                "email" => Some("email"),
                "phone" => Some("phone"),
                "firstName" => Some("first_name"),
                "lastName" => Some("last_name"),
                _ => None,
            };
            Ok(Ok(match column {
                Some(column) => visitors::clear_field(db, workspace, found.id, column, now).await?,
                None => visitors::remove_attribute(db, workspace, found.id, key, now).await?,
            }))
        })
        .await?;
    if outcome? {
        return Ok(Json(SuccessResponse { success: true }));
    }
    Err(ApiError::not_found("ATTRIBUTE_NOT_FOUND", format!("attribute {wanted} of visitor {id}")))
}

/// Keys of attributes, those of one link's visitors or of all.
#[utoipa::path(get, path = "/v1/visitors/attributes", tag = "Visitors", operation_id = "list_attribute_keys",
    params(("linkId" = Option<uuid::Uuid>, Query)), responses((status = 200, body = AttributeKeysResponse)))]
pub async fn list_attribute_keys(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    query: Query,
) -> ApiResult<Json<AttributeKeysResponse>> {
    let link = query.parse("linkId", "a UUID")?;
    let found = visitors::list::keys(&mut *app.catalog.read().await?, caller.workspace, link).await?;
    let reserved =
        ["$email", "$phone", "$firstName", "$lastName"].map(|key| (key.to_owned(), "string".to_owned()));
    let attributes: Vec<AttributeKey> = reserved
        .into_iter()
        .chain(found)
        .map(|(key, kind)| AttributeKey { key, r#type: wire::kind(&kind) })
        .collect();
    let attribute_keys = attributes.iter().map(|attribute| attribute.key.clone()).collect();
    Ok(Json(AttributeKeysResponse { attribute_keys, attributes }))
}

async fn answer(
    app: &App,
    caller: &super::auth::Caller,
    id: Uuid,
    includes: Includes,
) -> ApiResult<Json<Visitor>> {
    let found = visitors::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let found = found.ok_or_else(|| not_found(id))?;
    let visitor = wire_visitors(app, caller.workspace, vec![found], includes).await?.pop();
    visitor.map(Json).ok_or_else(|| not_found(id))
}

fn visitor_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("VISITOR_NOT_FOUND", format!("visitor {id}"))
}
