//! Other bytes for a file that keeps its id: whatever opens or shows it follows. Codes keep the picture that they have.

use super::import::fetched;
use super::uploads::{Declared, Sending, begin, completed, take};
use super::{
    Incoming, Kind, Media, MediaReference, Row, already_there, checked_name, media_id, not_found, rows,
    store_bytes, uses, wire_media,
};
use crate::api::auth::{Can, MediaWrite};
use crate::api::body::{Body, Path};
use crate::app::App;
use crate::catalog::designs;
use crate::catalog::media::uploads;
use crate::catalog::media::uses::{Place, Use};
use crate::design::picture::MAX_BYTES;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::media;
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A file that is to come in the place of another.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateMediaReplaceUploadRequest {
    file_name: String,
    mime_type: String,
    size: i64,
    sha256: Option<String>,
}

/// Where and how its bytes are to be sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateMediaReplaceUploadResponse {
    /// The file as it is now, with what the replacement will change.
    media: Media,
    /// Whether it has these very bytes: there is nothing to send.
    unchanged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_id: Option<String>,
    #[serde(flatten)]
    sending: Option<Sending>,
}

/// Where a file comes from that replaces another.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceMediaImportRequest {
    url: Option<String>,
    assistant_attachment_id: Option<String>,
    file_name: Option<String>,
}

/// The file with its new bytes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceMediaResponse {
    media: Media,
    /// Codes that keep the picture they have, and no longer name this file.
    detached_references: Vec<MediaReference>,
    unchanged: bool,
}

/// Refuses what a use of the file cannot show.
fn fits(uses: &[Use], kind: Kind, size: u64) -> ApiResult<()> {
    let shows = |one: &&Use| matches!(one.place, Place::Cover | Place::Badge | Place::FooterLogo);
    let Some(page) = uses.iter().find(shows) else { return Ok(()) };
    let (link, name) = page.link.clone().unwrap_or_default();
    let refusal = if kind != Kind::Image {
        "shows this file on its pages, which takes a picture"
    } else if size > MAX_BYTES as u64 {
        "shows this file on its pages, which takes a picture of at most 3 MB"
    } else {
        return Ok(());
    };
    let message = format!("link \"{name}\" ({link}) {refusal}; change its look first");
    Err(ApiError::conflict("MEDIA_REPLACE_NOT_ALLOWED", message).about("id").with("linkIds", link))
}

/// Begins the replacement of a file's bytes.
#[utoipa::path(post, path = "/v1/media/{id}/replace-uploads", tag = "Media", operation_id = "create_media_replace_upload",
    params(("id" = uuid::Uuid, Path)), request_body = CreateMediaReplaceUploadRequest,
    responses((status = 200, body = CreateMediaReplaceUploadResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse), (status = 429, body = ErrorResponse)))]
pub async fn create_media_replace_upload(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Path(id): Path<String>,
    Body(body): Body<CreateMediaReplaceUploadRequest>,
) -> ApiResult<Json<CreateMediaReplaceUploadResponse>> {
    let (workspace, id, now) = (caller.workspace, media_id(&id)?, app.clock.now());
    let mut db = app.catalog.read().await?;
    let row = rows::get(&mut db, workspace, id).await?.ok_or_else(|| not_found(id))?;
    let uses = uses::all(&mut db, workspace).await?.remove(&id).unwrap_or_default();
    let CreateMediaReplaceUploadRequest { file_name, mime_type, size, sha256 } = body;
    let mut upload = Declared { file_name, mime_type, size, sha256 }.check(caller.name(), now)?;
    upload.replaces = Some(id);
    let media = wire_media(&app, workspace, &row, &uses);
    if let Some(sha256) = &upload.sha256
        && let Some(other) = rows::by_hash(&mut db, workspace, sha256).await?
    {
        if other.id != id {
            return Err(already_there("/sha256", &other));
        }
        let unchanged =
            CreateMediaReplaceUploadResponse { media, unchanged: true, replacement_id: None, sending: None };
        return Ok(Json(unchanged));
    }
    drop(db);
    fits(&uses, Kind::of_media_type(&upload.mime_type).unwrap_or(Kind::Document), upload.size)?;
    let sending = begin(&app, workspace, &upload).await?;
    Ok(Json(CreateMediaReplaceUploadResponse {
        media,
        unchanged: false,
        replacement_id: Some(upload.id.to_string()),
        sending: Some(sending),
    }))
}

/// Replaces the bytes of a file by those that were uploaded. When they cannot be taken, the file stays as it is.
#[utoipa::path(post, path = "/v1/media/{id}/replace-uploads/{replacementId}", tag = "Media",
    operation_id = "complete_media_replace", params(("id" = uuid::Uuid, Path), ("replacementId" = uuid::Uuid, Path)),
    responses((status = 200, body = ReplaceMediaResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn complete_media_replace(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Path((id, replacement)): Path<(String, String)>,
) -> ApiResult<Json<ReplaceMediaResponse>> {
    let (workspace, id, now) = (caller.workspace, media_id(&id)?, app.clock.now());
    let replacement = media_id(completed(&replacement)?).map_err(|error| error.renamed("replacementId"))?;
    let mut db = app.catalog.read().await?;
    let upload = uploads::get(&mut db, workspace, replacement, now).await?;
    let upload = upload.filter(|upload| upload.replaces == Some(id));
    let upload = upload.ok_or_else(|| not_found(replacement))?;
    drop(db);
    let incoming = take(&app, workspace, &upload).await?;
    swap(&app, workspace, id, upload.file_name, incoming).await
}

/// Replaces the bytes of a file by those of a public https address.
#[utoipa::path(post, path = "/v1/media/{id}/replace:import", tag = "Media", operation_id = "replace_media_import",
    params(("id" = uuid::Uuid, Path)), request_body = ReplaceMediaImportRequest,
    responses((status = 200, body = ReplaceMediaResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn replace_media_import(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Path(id): Path<String>,
    Body(body): Body<ReplaceMediaImportRequest>,
) -> ApiResult<Json<ReplaceMediaResponse>> {
    let (workspace, id) = (caller.workspace, media_id(&id)?);
    let row =
        rows::get(&mut *app.catalog.read().await?, workspace, id).await?.ok_or_else(|| not_found(id))?;
    let given = body.file_name.filter(|name| !name.trim().is_empty());
    let given = given.as_deref().map(checked_name).transpose()?;
    let (found, incoming) =
        fetched(&app, body.url.as_deref(), body.assistant_attachment_id.as_deref()).await?;
    let name = given.or_else(|| found.and_then(|name| checked_name(&name).ok())).unwrap_or(row.file_name);
    swap(&app, workspace, id, name, incoming).await
}

/// Gives a file other bytes.
async fn swap(
    app: &App,
    workspace: WorkspaceId,
    id: Uuid,
    file_name: String,
    incoming: Incoming,
) -> ApiResult<Json<ReplaceMediaResponse>> {
    let now = app.clock.now();
    let _library = app.library.lock().await;
    let mut db = app.catalog.read().await?;
    let before = rows::get(&mut db, workspace, id).await?.ok_or_else(|| not_found(id))?;
    let uses = uses::all(&mut db, workspace).await?.remove(&id).unwrap_or_default();
    if before.sha256 == incoming.sha256 {
        let media = wire_media(app, workspace, &before, &uses);
        return Ok(Json(ReplaceMediaResponse { media, detached_references: Vec::new(), unchanged: true }));
    }
    if let Some(other) = rows::by_hash(&mut db, workspace, &incoming.sha256).await?
        && other.id != id
    {
        return Err(already_there("/sha256", &other));
    }
    drop(db);
    fits(&uses, incoming.kind, incoming.bytes.len() as u64)?;
    let after = Row {
        file_name,
        kind: incoming.kind.as_str().to_owned(),
        mime_type: incoming.media_type.to_owned(),
        size: incoming.bytes.len() as i64,
        sha256: incoming.sha256.clone(),
        source_sha256: incoming.source_sha256.clone(),
        updated_at: now,
        ..before.clone()
    };
    store_bytes(app, incoming).await?;
    let (stored, old) = (after.clone(), before.sha256.clone());
    let is_used = app
        .catalog
        .write(async move |db| {
            rows::replace(db, workspace, &stored).await?;
            designs::detach_media(db, id).await?;
            rows::is_used(db, &old).await
        })
        .await?;
    if !is_used {
        media::remove(&app.config.data, &before.sha256);
    }
    let (kept, detached): (Vec<Use>, Vec<Use>) = uses.into_iter().partition(Use::holds);
    Ok(Json(ReplaceMediaResponse {
        media: wire_media(app, workspace, &after, &kept),
        detached_references: detached.iter().map(MediaReference::from).collect(),
        unchanged: false,
    }))
}
