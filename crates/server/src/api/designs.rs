//! Looks of codes (dossier 5). Each link and each template has one; some wait to be taken.

pub mod apply;
pub mod fresh;
pub mod preview;

use super::auth::{Can, QrcodesRead, QrcodesWrite};
use super::body::{self, Body, Path};
use super::qrcode::signed;
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::changes::Actor;
use crate::catalog::designs::{self, Design as Row, Held, Holder, Looks};
use crate::catalog::links::BASE_DOMAIN;
use crate::catalog::logos::{self, Logo};
use crate::catalog::{Connection, media as library};
use crate::design::picture::{self, Source};
use crate::design::{DEFAULT_WIDTH, Look, Settings};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use crate::media;
use axum::Json;
use axum::extract::State;
use model::{Slug, WorkspaceId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A look of a code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QrcodeDesign {
    id: String,
    #[serde(flatten)]
    settings: Settings,
    /// The picture in its middle, for an hour; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    central_image_signed_url: Option<String>,
    /// The file of the library that the picture was taken from, while that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    central_image_media_id: Option<String>,
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

/// The look of a code.
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
    Ok(Json(QrcodeDesignResponse { qrcode_design: wire_design(&app, &row, Vec::new()) }))
}

/// Changes the look of a code; the next image has it. What is absent stays. A look that scanners would not read is
/// refused.
#[utoipa::path(patch, path = "/v1/qrcode-designs/{id}", tag = "QR codes", operation_id = "update_qrcode_design",
    params(("id" = uuid::Uuid, Path)), request_body = Settings,
    responses((status = 200, body = QrcodeDesignResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_qrcode_design(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Path(id): Path<String>,
    Body(change): Body<Map<String, Value>>,
) -> ApiResult<Json<QrcodeDesignResponse>> {
    let change = sent(change)?;
    let (workspace, id) = (caller.workspace, design_id(&id)?);
    let row = designs::get(&mut *app.catalog.read().await?, workspace, id).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    let changed = Changed::read(&app, Some(workspace), &row.looks, change).await?;
    let x_warnings = check(&app, changed.look()?, payload(&app, &row.holder)?).await?;
    let row = keep(&app, (workspace, caller.actor()), row, changed, None).await?;
    Ok(Json(QrcodeDesignResponse { qrcode_design: wire_design(&app, &row, x_warnings) }))
}

/// Deletes a look that nobody has: neither a link nor a template.
#[utoipa::path(delete, path = "/v1/qrcode-designs/{id}", tag = "QR codes", operation_id = "delete_qrcode_design",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn delete_qrcode_design(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, design_id(&id)?);
    let outcome = app.catalog.write(async move |db| {
        if designs::delete_fresh(db, workspace, id).await? {
            return Ok(Ok(()));
        }
        Ok(Err(match designs::get(db, workspace, id).await?.map(|row| row.holder) {
            None | Some(Holder::Nobody) => not_found(id),
            Some(Holder::Link { id: link, .. }) => in_use(format!(
                "link {link} has this look; a code always has one. PATCH it to what you want, or delete the link"
            )),
            Some(Holder::Template(template)) => {
                in_use(format!("template {template} has this look; delete the template"))
            }
        }))
    });
    outcome.await??;
    Ok(Json(Empty {}))
}

/// What an answer tells of a look and nobody changes.
const TOLD: [&str; 5] = ["id", "createdAt", "updatedAt", "centralImageSignedUrl", "xWarnings"];

/// A change of a look as it is sent.
pub fn sent(mut fields: Map<String, Value>) -> ApiResult<Settings> {
    fields.retain(|name, _| !TOLD.contains(&name.as_str()));
    body::read(Value::Object(fields))
}

fn in_use(message: String) -> ApiError {
    ApiError::conflict("DESIGN_IN_USE", message)
}

/// A look with what a change sets, and its picture.
pub struct Changed {
    settings: Settings,
    logo: Option<Logo>,
    media: Option<Uuid>,
    /// Whether the picture is to be stored.
    is_new: bool,
}

impl Changed {
    /// Reads a change of `looks`. Without a workspace there is no library.
    pub async fn read(
        app: &App,
        workspace: Option<WorkspaceId>,
        looks: &Looks,
        change: Settings,
    ) -> ApiResult<Self> {
        let source = change.picture()?;
        let settings = Settings::read(&looks.settings).changed(change);
        let (field, bytes, media) = match source {
            Source::Gone => return Ok(Self { settings, logo: None, media: None, is_new: false }),
            Source::Kept => {
                let logo = picture_of(&mut *app.catalog.read().await?, looks).await?;
                let media = looks.logo.as_ref().and_then(|logo| logo.media);
                return Ok(Self { settings, logo, media, is_new: false });
            }
            Source::Sent { bytes, media } => {
                if let Some(media) = media {
                    file(app, workspace, media).await?;
                }
                ("/centralImageData", bytes, media)
            }
            Source::Media(id) => {
                let file = file(app, workspace, id).await?;
                let (folder, sha256) = (app.config.data.clone(), file.sha256);
                let read = tokio::task::spawn_blocking(move || media::read(&folder, &sha256)).await;
                let bytes = read.map_err(ApiError::internal)?.map_err(ApiError::internal)?;
                ("/centralImageMediaId", bytes, Some(id))
            }
        };
        let logo = {
            let _turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
            tokio::task::spawn_blocking(move || picture::prepared(field, &bytes)).await
        };
        Ok(Self { settings, logo: Some(logo.map_err(ApiError::internal)??), media, is_new: true })
    }

    /// What is drawn.
    pub fn look(&self) -> ApiResult<Look> {
        self.settings.look(self.logo.as_ref())
    }

    /// What is stored, and the picture that is to be stored with it.
    pub fn stored(self) -> ApiResult<(Looks, Option<Logo>)> {
        let settings = serde_json::to_string(&self.settings).map_err(ApiError::internal)?;
        let held = self.logo.as_ref().map(|logo| Held { sha256: logo.sha256.clone(), media: self.media });
        Ok((Looks { settings, logo: held }, self.logo.filter(|_| self.is_new)))
    }
}

/// A file of the library that may stand in a code.
async fn file(app: &App, workspace: Option<WorkspaceId>, id: Uuid) -> ApiResult<library::Media> {
    let field = "/centralImageMediaId";
    let Some(workspace) = workspace else {
        return Err(ApiError::field(field, "without an account there is no library; send centralImageData"));
    };
    let file = library::get(&mut *app.catalog.read().await?, workspace, id).await?;
    file.ok_or_else(|| {
        ApiError::field(field, format!("there is no file {id} in the library; upload it first"))
    })
}

/// The picture of a look.
pub async fn picture_of(db: &mut Connection, looks: &Looks) -> ApiResult<Option<Logo>> {
    match &looks.logo {
        None => Ok(None),
        Some(held) => Ok(logos::get(db, &held.sha256).await?),
    }
}

/// What the code of a look holds; a look that no link has is drawn on a code like the most.
pub fn payload(app: &App, holder: &Holder) -> ApiResult<String> {
    match holder {
        Holder::Link { slug, domain, .. } => {
            let slug = Slug::parse(slug).map_err(ApiError::internal)?;
            Ok(app.hosts().qr_entrypoint(*domain, &slug))
        }
        Holder::Template(_) | Holder::Nobody => {
            let slug = Slug::parse("EXAMPLE").map_err(ApiError::internal)?;
            Ok(app.hosts().qr_entrypoint(BASE_DOMAIN, &slug))
        }
    }
}

/// Refuses a look that scanners would not read from a code with this payload; else what its owner should know.
pub async fn check(app: &App, look: Look, payload: String) -> ApiResult<Vec<String>> {
    let _turn = app.drawing.acquire().await.map_err(ApiError::internal)?;
    tokio::task::spawn_blocking(move || look.check(&payload)).await.map_err(ApiError::internal)?
}

/// Stores a change of a look that is still what it was, and notes it of its link; `template`: what it is taken from.
async fn keep(
    app: &App,
    (workspace, actor): (WorkspaceId, Actor),
    row: Row,
    changed: Changed,
    template: Option<Uuid>,
) -> ApiResult<Row> {
    let (id, now) = (row.id, app.clock.now());
    let (looks, new) = changed.stored()?;
    let kept = app
        .catalog
        .write(async move |db| {
            let link = match &row.holder {
                Holder::Link { id, .. } => Some((*id, history::state(db, workspace, *id).await?)),
                _ => None,
            };
            if let Some(logo) = &new {
                logos::keep(db, logo, now).await?;
            }
            let done = designs::update(db, workspace, &row, &looks, now).await?;
            if !done && let Some(logo) = &new {
                logos::release(db, &logo.sha256).await?;
            }
            if let (true, Some((link, before))) = (done, link) {
                if template.is_some() {
                    crate::catalog::links::set_template(db, workspace, link, template).await?;
                }
                history::note(db, workspace, link, &before, Done::alone("updated", &actor), now).await?;
            }
            Ok((done, designs::get(db, workspace, id).await?))
        })
        .await?;
    match kept {
        (true, Some(row)) => Ok(row),
        (_, None) => Err(not_found(id)),
        (false, Some(_)) => Err(ApiError::conflict(
            "DESIGN_CHANGED",
            "somebody else changed this look at the same moment; look at it and send your change again",
        )),
    }
}

/// The look of this id, as a link or a template shows it.
pub async fn shown(
    app: &App,
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
) -> ApiResult<Option<QrcodeDesign>> {
    let row = designs::get(db, workspace, id).await?;
    Ok(row.map(|row| wire_design(app, &row, Vec::new())))
}

/// Every field with its usual value.
fn usual() -> Settings {
    serde_json::from_value(serde_json::json!({
        "width": DEFAULT_WIDTH, "height": DEFAULT_WIDTH, "shape": "SHAPE_SQUARE",
        "outputFileFormat": "OUTPUT_FILE_FORMAT_PNG", "errorCorrectionLevel": "M", "hideBackgroundDots": true,
        "centralImageSize": 0.4, "centralImageMargin": 0,
        "dotsOptions": { "type": "DOTS_TYPE_SQUARE", "themeColor": { "colors": ["#000000"] } },
        "cornersSquareOptions": { "type": "CORNERS_SQUARE_TYPE_SQUARE", "themeColor": { "colors": ["#000000"] } },
        "cornersDotOptions": { "type": "CORNERS_DOT_TYPE_SQUARE", "themeColor": { "colors": ["#000000"] } },
        "backgroundOptions": { "themeColor": { "colors": ["#ffffff"] } },
    }))
    .unwrap_or_default()
}

/// A look as it goes out: every field has its value, set or usual.
pub fn wire_design(app: &App, row: &Row, x_warnings: Vec<String>) -> QrcodeDesign {
    let logo = row.looks.logo.as_ref();
    QrcodeDesign {
        id: row.id.to_string(),
        settings: usual().changed(Settings::read(&row.looks.settings)),
        central_image_signed_url: logo.map(|logo| signed::logo_url(app, &logo.sha256)),
        central_image_media_id: logo.and_then(|logo| logo.media).map(|media| media.to_string()),
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
