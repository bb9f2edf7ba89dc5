//! The library: files that a code opens and that pages show (dossier 1.15). Stored once by their bytes, under
//! `DIR/media`; served by signed addresses that end.

use super::auth::{Can, MediaRead, MediaWrite};
use super::body::{Body, Path, Query};
use super::wire::{Empty, enum_value, time};
use crate::app::App;
use crate::catalog::media::{self as rows, Media as Row};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::media::{self, Kind};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes of a file that comes in a JSON body, at most.
const MAX_INLINE: usize = 3 << 20;
/// Bytes of a request with such a file.
pub const MAX_BODY: usize = MAX_INLINE / 3 * 4 + (64 << 10);

/// A file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    id: String,
    workspace_id: String,
    file_name: String,
    /// `KIND_IMAGE`, `KIND_DOCUMENT`, `KIND_VIDEO`: by its bytes.
    kind: String,
    mime_type: String,
    size: i64,
    sha256: String,
    status: &'static str,
    /// `VISIBILITY_PUBLIC`, `VISIBILITY_PRIVATE`.
    visibility: &'static str,
    /// For an hour.
    signed_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    uploaded_by: String,
    created_at: String,
    updated_at: String,
}

/// A file in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct MediaResponse {
    media: Media,
}

/// The files of a workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListMediaResponse {
    media: Vec<Media>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A file to be added.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateMediaRequest {
    file_name: String,
    /// Base64; 3 MB at most.
    file_data: String,
    visibility: Option<String>,
}

/// Adds a file: PNG, JPEG, WebP, SVG, PDF or MP4, known by its bytes.
#[utoipa::path(post, path = "/v1/media", tag = "Media", operation_id = "create_media", request_body = CreateMediaRequest,
    responses((status = 200, body = MediaResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_media(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Body(body): Body<CreateMediaRequest>,
) -> ApiResult<Json<MediaResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let file_name = super::links::checks::checked_text("/fileName", Some(body.file_name), 255)?;
    if file_name.is_empty() {
        return Err(ApiError::field("/fileName", "a file has a name, such as menu.pdf"));
    }
    let public = match body.visibility.as_deref().unwrap_or("VISIBILITY_PRIVATE") {
        "VISIBILITY_PUBLIC" => true,
        "VISIBILITY_PRIVATE" | "VISIBILITY_UNSPECIFIED" => false,
        other => {
            return Err(ApiError::field("/visibility", format!("\"{other}\" is not a VISIBILITY_* value")));
        }
    };
    let bytes = media::from_base64("/fileData", &body.file_data, MAX_INLINE)?;
    let Some((kind, mime_type)) = Kind::of(&bytes) else {
        let message = "this is none of PNG, JPEG, WebP, SVG, PDF and MP4 (the bytes count, not the name)";
        return Err(ApiError::field("/fileData", message));
    };
    let row = Row {
        id: Uuid::now_v7(),
        file_name,
        kind: kind.as_str().to_owned(),
        mime_type: mime_type.to_owned(),
        size: bytes.len() as i64,
        sha256: media::sha256(&bytes),
        public,
        uploaded_by: caller.name(),
        created_at: now,
        updated_at: now,
    };
    let existing = rows::by_hash(&mut *app.catalog.read().await?, workspace, &row.sha256).await?;
    if let Some(existing) = existing {
        let message = format!(
            "these bytes are in the library already, as \"{}\" ({})",
            existing.file_name, existing.id
        );
        return Err(ApiError::conflict("MEDIA_ALREADY_EXISTS", message).about("/fileData"));
    }
    let (folder, sha256) = (app.config.data.clone(), row.sha256.clone());
    tokio::task::spawn_blocking(move || media::write(&folder, &sha256, &bytes))
        .await
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?;
    let stored = row.clone();
    app.catalog.write(async move |db| rows::create(db, workspace, &stored).await).await?;
    Ok(Json(MediaResponse { media: wire_media(&app, workspace, &row) }))
}

/// The files of the library, newest first.
#[utoipa::path(get, path = "/v1/media", tag = "Media", operation_id = "list_media",
    params(("kind" = Option<String>, Query), ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListMediaResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_media(
    State(app): State<App>,
    caller: Can<MediaRead>,
    query: Query,
) -> ApiResult<Json<ListMediaResponse>> {
    let kind = match query.get("kind").unwrap_or("KIND_UNSPECIFIED") {
        "KIND_UNSPECIFIED" => None,
        "KIND_IMAGE" => Some("image"),
        "KIND_DOCUMENT" => Some("document"),
        "KIND_VIDEO" => Some("video"),
        other => return Err(ApiError::field("kind", format!("\"{other}\" is not a KIND_* value"))),
    };
    let (size, list) = (query.page_size(100, 1000)?, format!("media {kind:?}"));
    let from: usize = match query.get("pageToken").or(query.get("cursor")) {
        None => 0,
        Some(token) => app.cursors.open(&list, token)?,
    };
    let all = rows::list(&mut *app.catalog.read().await?, caller.workspace, kind).await?;
    let total_count = all.len();
    let next = from.saturating_add(size);
    let next_page_token = (next < total_count).then(|| app.cursors.seal(&list, &next));
    let page = all.iter().skip(from).take(size);
    let media = page.map(|row| wire_media(&app, caller.workspace, row)).collect();
    Ok(Json(ListMediaResponse { media, next_page_token, total_count }))
}

/// One file.
#[utoipa::path(get, path = "/v1/media/{id}", tag = "Media", operation_id = "get_media",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = MediaResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_media(
    State(app): State<App>,
    caller: Can<MediaRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<MediaResponse>> {
    let id = media_id(&id)?;
    let row = rows::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    Ok(Json(MediaResponse { media: wire_media(&app, caller.workspace, &row) }))
}

/// Takes a file out of the library, unless a code opens it.
#[utoipa::path(delete, path = "/v1/media/{id}", tag = "Media", operation_id = "delete_media",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn delete_media(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, media_id(&id)?);
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(row) = rows::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
            let links = rows::links_using(db, workspace, id).await?;
            if let Some(link) = links.first() {
                let message = format!(
                    "{} links open this file, among them {link}; change their steps first",
                    links.len()
                );
                return Ok(Err(ApiError::new(StatusCode::CONFLICT, "MEDIA_IN_USE", message)));
            }
            rows::delete(db, workspace, id).await?;
            Ok(Ok((row.sha256.clone(), rows::is_used(db, &row.sha256).await?)))
        })
        .await?;
    let (sha256, is_used) = outcome?;
    if !is_used {
        media::remove(&app.config.data, &sha256);
    }
    Ok(Json(Empty {}))
}

fn wire_media(app: &App, workspace: model::WorkspaceId, row: &Row) -> Media {
    Media {
        id: row.id.to_string(),
        workspace_id: workspace.to_string(),
        file_name: row.file_name.clone(),
        kind: enum_value("KIND", &row.kind),
        mime_type: row.mime_type.clone(),
        size: row.size,
        sha256: row.sha256.clone(),
        status: "STATUS_READY",
        visibility: if row.public { "VISIBILITY_PUBLIC" } else { "VISIBILITY_PRIVATE" },
        signed_url: format!(
            "{}{}",
            app.hosts().base().trim_end_matches('/'),
            media::signed_path(app, workspace, row.id)
        ),
        uploaded_by: row.uploaded_by.clone(),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

fn media_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("MEDIA_NOT_FOUND", format!("file {id}"))
}
