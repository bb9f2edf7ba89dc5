//! Images of a link's code.

use super::auth::{Can, Credential, QrcodesRead};
use super::body::{Path, Query};
use super::installation;
use super::links::link_id;
use crate::app::App;
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::Slug;
use qr::{Code, Level};

/// Width when none is asked for: prints at 3.4 cm with 300 dpi.
const DEFAULT_SIZE: u32 = 400;

/// The code of a link as an image: `qrcode.svg` or `qrcode.png`.
#[utoipa::path(get, path = "/v1/links/{id}/{file}", tag = "QR codes", operation_id = "get_qrcode_image",
    params(("id" = uuid::Uuid, Path), ("file" = String, Path, description = "qrcode.svg or qrcode.png"),
        ("size" = Option<u32>, Query, description = "Width in pixels, quiet zone included"),
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
    let size = query.parse::<u32>("size", "a width in pixels")?.unwrap_or(DEFAULT_SIZE);
    let link = links::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    let slug = Slug::parse(&link.slug).map_err(ApiError::internal)?;
    let code = Code::new(&app.hosts().qr_entrypoint(&slug), Level::M).map_err(ApiError::internal)?;
    let title = if link.name.is_empty() { link.slug.as_str() } else { link.name.as_str() };
    let (kind, bytes) = match format {
        "svg" => {
            let svg =
                qr::svg::render(&code, size, Some(title)).map_err(|why| ApiError::field("size", why))?;
            ("image/svg+xml", svg.into_bytes())
        }
        "png" => ("image/png", qr::png::render(&code, size).map_err(|why| ApiError::field("size", why))?),
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
