//! Images of a link's code.

use super::auth::{Can, Credential, QrcodesRead};
use super::body::{Path, Query};
use super::installation;
use super::links::link_id;
use crate::app::App;
use crate::catalog::{designs, links};
use crate::design::{Look, Settings};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::Slug;
use qr::Code;
use qr::design::Design;

/// Draws a code; off the API's threads.
type Draw = Box<dyn FnOnce(&Code, &Design) -> Result<Vec<u8>, qr::Error> + Send>;

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
    let size = query.parse::<u32>("size", "a width in pixels")?;
    let link = links::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    let slug = Slug::parse(&link.slug).map_err(ApiError::internal)?;
    let design = designs::get(&mut *app.catalog.read().await?, caller.workspace, link.design.0).await?;
    // Whatever is stored, a code has an image.
    let look = design.map(|design| Settings::read(&design.settings)).unwrap_or_default().look();
    let Look { design, level, width } = look.or_else(|_| Settings::default().look())?;
    let size = size.unwrap_or(width);
    let code = Code::new(&app.hosts().qr_entrypoint(&slug), level).map_err(ApiError::internal)?;
    let title = if link.name.is_empty() { link.slug.clone() } else { link.name.clone() };
    let turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
    let draw = async |what: Draw| {
        let drawn = tokio::task::spawn_blocking(move || what(&code, &design)).await;
        drawn.map_err(ApiError::internal)?.map_err(|why| ApiError::field("size", why))
    };
    let (kind, bytes) = match format {
        "svg" => {
            let svg: Draw = Box::new(move |code, design| {
                qr::drawing::svg(code, design, size, Some(&title)).map(String::into_bytes)
            });
            ("image/svg+xml", draw(svg).await?)
        }
        "png" => {
            let png: Draw = Box::new(move |code, design| qr::drawing::png(code, design, size));
            ("image/png", draw(png).await?)
        }
        "pdf" | "eps" | "webp" => {
            return Err(ApiError::not_built(format!(
                "{format} is not built yet; use qrcode.svg or qrcode.png"
            )));
        }
        other => return Err(ApiError::field("file", format!("\"{other}\" is not a format; use svg or png"))),
    };
    drop(turn);
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
