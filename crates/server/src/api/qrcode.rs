//! Images of a link's code.

use super::auth::{Can, Credential, LinksRead, QrcodesRead};
use super::body::{Body, Path, Query};
use super::installation;
use super::links::link_id;
use crate::app::App;
use crate::catalog::{designs, links, slugs};
use crate::design::{Look, Settings};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{LinkId, Millis, Slug, WorkspaceId};
use qr::Code;
use qr::design::Design;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How long the address of an image is good.
const SIGNED_MS: i64 = 3_600_000;

#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
}

/// Draws a code; off the API's threads.
type Draw = Box<dyn FnOnce(&Code, &Design) -> Result<Vec<u8>, qr::Error> + Send>;

/// Media type and bytes of a link's code, in its look; as wide as that says where no size is asked for.
async fn render(
    app: &App,
    link: &links::Link,
    format: Format,
    size: Option<u32>,
) -> ApiResult<(&'static str, Vec<u8>)> {
    let slug = Slug::parse(&link.slug).map_err(ApiError::internal)?;
    let design = designs::get(&mut *app.catalog.read().await?, link.workspace, link.design.0).await?;
    // Whatever is stored, a code has an image.
    let look = design.map(|design| Settings::read(&design.settings)).unwrap_or_default().look();
    let Look { design, level, width } = look.or_else(|_| Settings::default().look())?;
    let size = size.unwrap_or(width);
    let text = app.hosts().qr_entrypoint(link.domain, &slug);
    let code = Code::new(&text, level).map_err(ApiError::internal)?;
    let title = if link.name.is_empty() { link.slug.clone() } else { link.name.clone() };
    let (kind, draw): (_, Draw) = match format {
        Format::Svg => (
            "image/svg+xml",
            Box::new(move |code, design| {
                qr::drawing::svg(code, design, size, Some(&title)).map(String::into_bytes)
            }),
        ),
        Format::Png => ("image/png", Box::new(move |code, design| qr::drawing::png(code, design, size))),
    };
    let _turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
    let drawn = tokio::task::spawn_blocking(move || draw(&code, &design)).await;
    Ok((kind, drawn.map_err(ApiError::internal)?.map_err(|why| ApiError::field("size", why))?))
}

/// What the address of an image names.
#[derive(Serialize, Deserialize)]
struct Signed {
    workspace: WorkspaceId,
    link: LinkId,
    until: Millis,
}

/// The address of a link's code as an image, for an hour and for whoever has it.
pub fn signed_url(app: &App, workspace: WorkspaceId, link: LinkId) -> String {
    let signed = Signed { workspace, link, until: app.clock.now().plus(SIGNED_MS) };
    format!("{}/x/qrcode/{}", app.hosts().base(), app.code_addresses.seal(&signed))
}

/// Shows a code by its signed address.
pub async fn get_signed_image(State(app): State<App>, Path(token): Path<String>) -> Response {
    let gone = |status: StatusCode| (status, "This address has ended. Ask for a new one.\n").into_response();
    let Some(signed) = app.code_addresses.open::<Signed>(&token) else {
        return gone(StatusCode::NOT_FOUND);
    };
    if app.clock.now() > signed.until {
        return gone(StatusCode::GONE);
    }
    let image = async {
        let link = links::get(&mut *app.catalog.read().await?, signed.workspace, signed.link).await?;
        let Some(link) = link else { return Ok(None) };
        // It may end up in print.
        installation::code_taken(&app).await?;
        render(&app, &link, Format::Png, None).await.map(Some)
    };
    match image.await {
        Ok(Some((kind, bytes))) => {
            let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=300")];
            (headers, bytes).into_response()
        }
        Ok(None) => gone(StatusCode::NOT_FOUND),
        Err(error) => ApiError::into_response(error),
    }
}

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
            qrcode_signed_urls.insert(id.to_string(), signed_url(&app, caller.workspace, id));
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
        "svg" => render(&app, &link, Format::Svg, size).await?,
        "png" => render(&app, &link, Format::Png, size).await?,
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
