//! Links that lead to a page or a file of ours instead of a destination.

use super::LinkResponse;
use super::create::{CreateLinkRequest, CreateLinkResponse, Making, make_one};
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::{self, Body};
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::workflow::payload::ThankYouPage;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// A contact card's link: the card, and what every link can be given but a destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description; the body is read in two parts")]
#[schema(rename_all = "camelCase")]
pub struct CreateContactLinkRequest {
    /// `{"firstName": "Ada", "email": "ada@example.com"}`
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    vcard_data: Value,
    #[schema(inline)]
    name: Option<String>,
    shortlink: Option<String>,
    tags: Option<Vec<String>>,
    fallback_destination: Option<String>,
}

/// A thank-you page's link: its words, and what every link can be given but a destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description; the body is read in two parts")]
#[schema(rename_all = "camelCase")]
pub struct CreateThankYouLinkRequest {
    title: String,
    description: Option<String>,
    name: Option<String>,
    shortlink: Option<String>,
    tags: Option<Vec<String>>,
}

/// A file's link: the file, and what every link can be given but a destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description; the body is read in two parts")]
#[schema(rename_all = "camelCase")]
pub struct CreateOpenMediaLinkRequest {
    /// A file of the library.
    media_id: Uuid,
    name: Option<String>,
    shortlink: Option<String>,
    tags: Option<Vec<String>>,
}

/// Takes a field out of a body and reads the rest as any link's.
fn parted(mut body: Map<String, Value>, own: &[&str]) -> ApiResult<(Vec<Option<Value>>, CreateLinkRequest)> {
    let taken = own.iter().map(|name| body.remove(*name).filter(|value| !value.is_null())).collect();
    Ok((taken, body::read(Value::Object(body))?))
}

/// Makes a link to a contact card.
#[utoipa::path(post, path = "/v1/links/contact", tag = "Links", operation_id = "create_contact_link",
    request_body = CreateContactLinkRequest,
    responses((status = 200, body = LinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_contact_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<LinkResponse>> {
    let (mut own, rest) = parted(body, &["vcardData"])?;
    let card = own.pop().flatten().filter(|card| card.as_object().is_some_and(|card| !card.is_empty()));
    let card = card.ok_or_else(|| {
        ApiError::field(
            "/vcardData",
            "is required: an object such as {\"firstName\": \"Ada\", \"email\": \"ada@example.com\"}",
        )
    })?;
    let making = Making::begin(&app, caller.workspace).await?;
    let exit = making.exit("/vcardData", "vcard", card).await?;
    let made = make_one(&app, &caller, making.prepare(rest, Some(exit))?).await?;
    Ok(Json(LinkResponse { link: made.link }))
}

/// Makes a link to a thank-you page.
#[utoipa::path(post, path = "/v1/links/thank-you", tag = "Links", operation_id = "create_thank_you_link",
    request_body = CreateThankYouLinkRequest,
    responses((status = 200, body = LinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_thank_you_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<LinkResponse>> {
    let (own, rest) = parted(body, &["title", "description"])?;
    let [title, description] = ["/title", "/description"].map(String::from);
    let text = |place: usize, field: &str| match own.get(place).cloned().flatten() {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(ApiError::field(field, "send a text in quotation marks")),
    };
    let page = ThankYouPage { title: text(0, &title)?, description: text(1, &description)? };
    if page.title.trim().is_empty() {
        return Err(ApiError::field("/title", "is required: the heading of the page, such as \"Thank you\""));
    }
    let making = Making::begin(&app, caller.workspace).await?;
    let exit = making.exit("", "thankYouPage", json!(page)).await?;
    let made = make_one(&app, &caller, making.prepare(rest, Some(exit))?).await?;
    Ok(Json(LinkResponse { link: made.link }))
}

/// Makes a link that opens a file of the library.
#[utoipa::path(post, path = "/v1/links/open-media", tag = "Links", operation_id = "create_open_media_link",
    request_body = CreateOpenMediaLinkRequest,
    responses((status = 200, body = CreateLinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_open_media_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<CreateLinkResponse>> {
    let (mut own, rest) = parted(body, &["mediaId"])?;
    let media = own.pop().flatten().filter(|media| media.as_str() != Some(""));
    let media =
        media.ok_or_else(|| ApiError::field("/mediaId", "is required: the id of a file of the library"))?;
    let making = Making::begin(&app, caller.workspace).await?;
    let exit = making.exit("", "openMedia", json!({ "mediaId": media })).await?;
    make_one(&app, &caller, making.prepare(rest, Some(exit))?).await.map(Json)
}
