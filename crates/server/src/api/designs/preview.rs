//! What a change of a look would make: the picture, drawn as the file is, and whether it scans. Nothing is stored.

use super::{Changed, design_id, not_found, payload, sent};
use crate::api::auth::{Can, QrcodesRead};
use crate::api::body::{Body, Path};
use crate::app::App;
use crate::catalog::designs;
use crate::design::Settings;
use crate::error::{ApiError, ApiResult, Detail, ErrorResponse};
use axum::Json;
use axum::extract::State;
use qr::check;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A look as it would be.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewQrcodeDesignResponse {
    /// The code, as `qrcode.svg` would be.
    svg: String,
    /// Why this look would be refused; absent when it would be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Detail>,
    /// What its owner should know.
    warnings: Vec<String>,
    /// Pixels of the narrowest picture, quiet zone included, from which a decoder has read the code; absent when it read none.
    #[serde(skip_serializing_if = "Option::is_none")]
    narrowest_read: Option<u32>,
    /// Modules a side, without the quiet zone.
    modules: u32,
    /// Millimetres that a print needs for modules of 0.4 mm, which any phone sees; quiet zone included.
    print_from_mm: f64,
    /// The share of the code that the picture in its middle hides, 0 to 1.
    hidden: f32,
    /// The share that error correction can mend, 0 to 1.
    mends: f32,
}

/// Millimetres of a module that any phone sees at an arm's length on a usual print.
const MODULE_MM: f64 = 0.4;
/// Pixels of the drawing.
const WIDTH: u32 = 480;

/// Draws a look with a change that is not made, and says whether it would be taken.
#[utoipa::path(post, path = "/v1/x/qrcode-designs/{id}/preview", tag = "QR codes", operation_id = "preview_qrcode_design",
    params(("id" = uuid::Uuid, Path)), request_body = Settings,
    responses((status = 200, body = PreviewQrcodeDesignResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn preview_qrcode_design(
    State(app): State<App>,
    caller: Can<QrcodesRead>,
    Path(id): Path<String>,
    Body(change): Body<Map<String, Value>>,
) -> ApiResult<Json<PreviewQrcodeDesignResponse>> {
    let change = sent(change)?;
    let (workspace, id) = (caller.workspace, design_id(&id)?);
    let row = designs::get(&mut *app.catalog.read().await?, workspace, id).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    let look = Changed::read(&app, Some(workspace), &row.looks, change).await?.look()?;
    let payload = payload(&app, &row.holder)?;
    let _turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
    let answer = tokio::task::spawn_blocking(move || {
        let (code, design) =
            look.on(&payload).map_err(|why| ApiError::field("/errorCorrectionLevel", why))?;
        let svg = qr::drawing::svg(&code, &design, WIDTH, None).map_err(ApiError::internal)?;
        let (warnings, refused) = match look.check(&payload) {
            Ok(warnings) => (warnings, None),
            Err(error) => (Vec::new(), error.about("").detail().cloned()),
        };
        let narrowest_read = check::narrowest_read(&code, &payload, &design).unwrap_or(None);
        Ok::<_, ApiError>(PreviewQrcodeDesignResponse {
            svg,
            refused,
            warnings,
            narrowest_read,
            modules: code.modules(),
            // To a tenth.
            print_from_mm: (f64::from(code.modules() + 2 * qr::QUIET_ZONE) * MODULE_MM * 10.0).round() / 10.0,
            hidden: check::hidden_share(&code, &design),
            mends: code.level().mends(),
        })
    });
    Ok(Json(answer.await.map_err(ApiError::internal)??))
}
