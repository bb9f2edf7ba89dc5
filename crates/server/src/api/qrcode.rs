//! Images of codes: a link's in its look, and those behind signed addresses.

pub mod signed;

use super::auth::{Can, Credential, LinksRead, QrcodesRead};
use super::body::{Body, Path, Query};
use super::designs::picture_of;
use super::installation;
use super::links::link_id;
use crate::app::App;
use crate::catalog::designs::{self, Holder, Looks};
use crate::catalog::qrcode_templates::Template;
use crate::catalog::{links, slugs};
use crate::design::{Format, Settings};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::{LinkId, Slug};
use qr::Code;
use qr::design::Design;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What an image is made of.
struct Drawn<'a> {
    looks: &'a Looks,
    payload: String,
    title: String,
    /// As the look says, where it is absent.
    format: Option<Format>,
    size: Option<u32>,
}

/// Draws a code; off the API's threads.
type Draw = Box<dyn FnOnce(&Code, &Design) -> Result<Vec<u8>, qr::Error> + Send>;

/// Media type and bytes of a code in its look.
async fn draw(app: &App, drawn: Drawn<'_>) -> ApiResult<(&'static str, Vec<u8>)> {
    let logo = picture_of(&mut *app.catalog.read().await?, drawn.looks).await?;
    // Whatever is stored, a code has an image.
    let settings = Settings::read(&drawn.looks.settings);
    let look = match settings.look(logo.as_ref()) {
        Ok(look) => look,
        Err(_) => Settings::default().look(None)?,
    };
    let size = drawn.size.unwrap_or(look.width);
    let format = drawn.format.or_else(|| settings.format().ok()).unwrap_or(Format::Png);
    let title = drawn.title;
    let (kind, draw): (_, Draw) = match format {
        Format::Svg => (
            "image/svg+xml",
            Box::new(move |code, design| {
                qr::drawing::svg(code, design, size, Some(&title)).map(String::into_bytes)
            }),
        ),
        Format::Png => ("image/png", Box::new(move |code, design| qr::drawing::png(code, design, size))),
    };
    let payload = drawn.payload;
    let _turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
    let drawn = tokio::task::spawn_blocking(move || {
        let (code, design) = look.on(&payload).map_err(ApiError::internal)?;
        draw(&code, &design).map_err(|why| ApiError::field("size", why))
    });
    Ok((kind, drawn.await.map_err(ApiError::internal)??))
}

/// The code of a link, in its look.
pub async fn render(
    app: &App,
    link: &links::Link,
    format: Option<Format>,
    size: Option<u32>,
) -> ApiResult<(&'static str, Vec<u8>)> {
    let slug = Slug::parse(&link.slug).map_err(ApiError::internal)?;
    let design = designs::get(&mut *app.catalog.read().await?, link.workspace, link.design.0).await?;
    let looks = design.map_or_else(Looks::plain, |design| design.looks);
    let title = if link.name.is_empty() { link.slug.clone() } else { link.name.clone() };
    let payload = app.hosts().qr_entrypoint(link.domain, &slug);
    draw(app, Drawn { looks: &looks, payload, title, format, size }).await
}

/// What a template looks like, on a code like the most.
async fn render_template(app: &App, template: &Template) -> ApiResult<(&'static str, Vec<u8>)> {
    let payload = super::designs::payload(app, &Holder::Nobody)?;
    let (title, format) = (template.name.clone(), Some(Format::Svg));
    draw(app, Drawn { looks: &template.looks, payload, title, format, size: Some(THUMBNAIL) }).await
}

/// Pixels of a template's picture.
const THUMBNAIL: u32 = 300;

/// Codes whose images are asked for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolveQrcodeImagesRequest {
    /// 1,000 at most; those that are no links of the workspace are absent from the answer.
    link_ids: Vec<String>,
}

/// Addresses of images, good for an hour.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolveQrcodeImagesResponse {
    /// Link id -> address.
    qrcode_signed_urls: BTreeMap<String, String>,
}

/// Links whose images can be asked for at once.
const MAX_IMAGES: usize = 1000;

/// Addresses of the images of many codes, for an hour and for whoever has them.
#[utoipa::path(post, path = "/v1/links/qrcode-images:resolve", tag = "QR codes", operation_id = "resolve_qrcode_images",
    request_body = ResolveQrcodeImagesRequest,
    responses((status = 200, body = ResolveQrcodeImagesResponse), (status = 400, body = ErrorResponse)))]
pub async fn resolve_qrcode_images(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Body(body): Body<ResolveQrcodeImagesRequest>,
) -> ApiResult<Json<ResolveQrcodeImagesResponse>> {
    if body.link_ids.len() > MAX_IMAGES {
        let message = format!("at most {MAX_IMAGES} links; these are {}", body.link_ids.len());
        return Err(ApiError::field("/linkIds", message));
    }
    let mut ids = Vec::with_capacity(body.link_ids.len());
    for (place, id) in body.link_ids.iter().enumerate() {
        let wrong = |_| ApiError::field(format!("/linkIds/{place}"), format!("\"{id}\" is not a UUID"));
        ids.push(id.parse::<LinkId>().map_err(wrong)?);
    }
    let mut qrcode_signed_urls = BTreeMap::new();
    let mut db = app.catalog.read().await?;
    for id in ids {
        if links::exists(&mut db, caller.workspace, id).await? {
            qrcode_signed_urls.insert(id.to_string(), signed::link_url(&app, caller.workspace, id));
        }
    }
    Ok(Json(ResolveQrcodeImagesResponse { qrcode_signed_urls }))
}

/// The code of a link as an image: `qrcode.svg` or `qrcode.png`.
#[utoipa::path(get, path = "/v1/links/{id}/{file}", tag = "QR codes", operation_id = "get_qrcode_image",
    params(("id" = uuid::Uuid, Path), ("file" = String, Path, description = "qrcode.svg or qrcode.png"),
        ("size" = Option<u32>, Query, description = "Width in pixels, quiet zone included"),
        ("slugId" = Option<uuid::Uuid>, Query, description = "The code of this address of the link; the main one's when absent"),
        ("download" = Option<bool>, Query, description = "As a file to save")),
    responses((status = 200, content((Vec<u8> = "image/svg+xml"), (Vec<u8> = "image/png"))),
        (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 501, body = ErrorResponse)))]
pub async fn get_qrcode_image(
    State(app): State<App>,
    caller: Can<QrcodesRead>,
    Path((id, file)): Path<(String, String)>,
    query: Query,
) -> ApiResult<Response> {
    let format = file
        .strip_prefix("qrcode.")
        .ok_or_else(|| ApiError::not_found("ROUTE_NOT_FOUND", format!("/v1/links/{id}/{file}")))?;
    let id = link_id(&id)?;
    query.only(
        &["size", "slugId", "download"],
        "How the code looks is set with PATCH /v1/qrcode-designs/{id}, its level as errorCorrectionLevel, its colours as themeColor",
    )?;
    let size = query.parse::<u32>("size", "a width in pixels")?;
    let link = links::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let mut link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    if let Some(wanted) = query.parse::<uuid::Uuid>("slugId", "a UUID")? {
        let all = slugs::of_link(&mut *app.catalog.read().await?, caller.workspace, id).await?;
        let found = all.into_iter().find(|slug| slug.id == wanted);
        let found = found
            .ok_or_else(|| ApiError::not_found("SLUG_NOT_FOUND", format!("slug {wanted} of this link")))?;
        (link.domain, link.slug) = (found.domain, found.spelled);
    }
    let slug = Slug::parse(&link.slug).map_err(ApiError::internal)?;
    let (kind, bytes) = match format {
        "svg" => render(&app, &link, Some(Format::Svg), size).await?,
        "png" => render(&app, &link, Some(Format::Png), size).await?,
        "pdf" | "eps" | "webp" => {
            return Err(ApiError::not_built(format!(
                "{format} is not built yet; use qrcode.svg or qrcode.png"
            )));
        }
        other => return Err(ApiError::field("file", format!("\"{other}\" is not a format; use svg or png"))),
    };
    // The dashboard shows codes all the time; downloaded, or fetched by a program, one may end up in print.
    let download = query.get("download").is_some();
    if download || matches!(caller.credential, Credential::Token { .. }) {
        installation::code_taken(&app).await?;
    }
    let mut response =
        ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, no-cache")], bytes).into_response();
    if download {
        let name: String = slug.for_code().chars().map(|c| if c == '%' { '-' } else { c }).collect();
        let disposition = format!("attachment; filename=\"qr-{}.{format}\"", name.to_lowercase());
        if let Ok(value) = disposition.parse() {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
    }
    Ok(response)
}
