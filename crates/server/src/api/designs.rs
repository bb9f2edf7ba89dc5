//! Looks of codes (dossier 5). Each link has one.

use super::auth::{Can, QrcodesRead, QrcodesWrite};
use super::body::{Body, Path};
use super::wire::time;
use crate::app::App;
use crate::catalog::Connection;
use crate::catalog::designs::{self, Design as Row};
use crate::design::{DEFAULT_WIDTH, Settings};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use axum::Json;
use axum::extract::State;
use model::{Slug, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A look of a code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QrcodeDesign {
    id: String,
    #[serde(flatten)]
    settings: Settings,
    /// What its owner should know before it is printed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x_warnings: Vec<String>,
    created_at: String,
    updated_at: String,
}

/// A look in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QrcodeDesignResponse {
    qrcode_design: QrcodeDesign,
}

/// The look of a link's code.
#[utoipa::path(get, path = "/v1/qrcode-designs/{id}", tag = "QR codes", operation_id = "get_qrcode_design",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = QrcodeDesignResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_qrcode_design(
    State(app): State<App>,
    caller: Can<QrcodesRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<QrcodeDesignResponse>> {
    let id = design_id(&id)?;
    let row = designs::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    Ok(Json(QrcodeDesignResponse { qrcode_design: wire_design(&row, Vec::new()) }))
}

/// Changes the look of a link's code; the next image has it. What is absent stays. A look that scanners would not read
/// is refused.
#[utoipa::path(patch, path = "/v1/qrcode-designs/{id}", tag = "QR codes", operation_id = "update_qrcode_design",
    params(("id" = uuid::Uuid, Path)), request_body = Settings,
    responses((status = 200, body = QrcodeDesignResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_qrcode_design(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Path(id): Path<String>,
    Body(change): Body<Settings>,
) -> ApiResult<Json<QrcodeDesignResponse>> {
    let (workspace, id, now) = (caller.workspace, design_id(&id)?, app.clock.now());
    let row = designs::get(&mut *app.catalog.read().await?, workspace, id).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    let settings = Settings::read(&row.settings).changed(change);
    let look = settings.look()?;
    let slug = Slug::parse(&row.slug).map_err(ApiError::internal)?;
    let payload = app.hosts().qr_entrypoint(row.domain, &slug);
    let x_warnings = {
        let _turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
        tokio::task::spawn_blocking(move || look.check(&payload)).await.map_err(ApiError::internal)??
    };
    let stored = serde_json::to_string(&settings).map_err(ApiError::internal)?;
    let actor = caller.actor();
    let kept = app
        .catalog
        .write(async move |db| {
            let before = history::state(db, workspace, row.link).await?;
            let done = designs::update(db, workspace, &row, &stored, now).await?;
            if done {
                history::note(db, workspace, row.link, &before, Done::alone("updated", &actor), now).await?;
            }
            Ok((done, designs::get(db, workspace, id).await?))
        })
        .await?;
    match kept {
        (true, Some(row)) => Ok(Json(QrcodeDesignResponse { qrcode_design: wire_design(&row, x_warnings) })),
        (_, None) => Err(not_found(id)),
        (false, Some(_)) => Err(ApiError::conflict(
            "DESIGN_CHANGED",
            "somebody else changed this look at the same moment; look at it and send your change again",
        )),
    }
}

/// The look of this id, as a link shows it.
pub async fn shown(db: &mut Connection, workspace: WorkspaceId, id: &str) -> ApiResult<Option<QrcodeDesign>> {
    let row = designs::get(db, workspace, design_id(id)?).await?;
    Ok(row.map(|row| wire_design(&row, Vec::new())))
}

/// A look as it goes out: every field has its value, set or usual.
fn wire_design(row: &Row, x_warnings: Vec<String>) -> QrcodeDesign {
    let usual: Settings = serde_json::from_value(serde_json::json!({
        "width": DEFAULT_WIDTH, "height": DEFAULT_WIDTH, "shape": "SHAPE_SQUARE",
        "outputFileFormat": "OUTPUT_FILE_FORMAT_PNG", "errorCorrectionLevel": "M", "hideBackgroundDots": true,
        "centralImageSize": 0.4, "centralImageMargin": 0,
        "dotsOptions": { "type": "DOTS_TYPE_SQUARE", "themeColor": { "colors": ["#000000"] } },
        "cornersSquareOptions": { "type": "CORNERS_SQUARE_TYPE_SQUARE", "themeColor": { "colors": ["#000000"] } },
        "cornersDotOptions": { "type": "CORNERS_DOT_TYPE_SQUARE", "themeColor": { "colors": ["#000000"] } },
        "backgroundOptions": { "themeColor": { "colors": ["#ffffff"] } },
    }))
    .unwrap_or_default();
    QrcodeDesign {
        id: row.id.to_string(),
        settings: usual.changed(Settings::read(&row.settings)),
        x_warnings,
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

fn design_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("DESIGN_NOT_FOUND", format!("design {id}"))
}
