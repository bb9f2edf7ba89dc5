//! The library: files that a code opens, that pages show, and that stand in codes (dossier 1.15). Stored once by their
//! bytes, under `DIR/media`; served by signed addresses that end.

pub mod import;
pub mod replace;
pub mod uploads;

use super::auth::{Can, MediaRead, MediaWrite};
use super::body::limits::MOST_FILE;
use super::body::{Body, Path, Query, one_of};
use super::cursor::Page;
use super::wire::{Empty, enum_value, time};
use crate::app::App;
use crate::catalog::media::uses::{self, Place, Use};
use crate::catalog::media::{self as rows, Media as Row};
use crate::catalog::{Connection, designs};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::media::incoming::{Incoming, look};
use crate::media::{self, Kind};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
    /// Of the bytes as they are kept: an SVG is cleaned.
    #[serde(skip_serializing_if = "String::is_empty")]
    sha256: String,
    /// `STATUS_READY`; `STATUS_PENDING` while its bytes are on their way.
    status: &'static str,
    /// `VISIBILITY_PUBLIC`, `VISIBILITY_PRIVATE`.
    visibility: &'static str,
    /// For an hour; empty while it is pending.
    signed_url: String,
    /// `UPLOAD_ORIGIN_*`.
    uploaded_from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    uploaded_by: String,
    /// Where it is used.
    references: Vec<MediaReference>,
    created_at: String,
    updated_at: String,
}

/// A use of a file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaReference {
    /// `TYPE_OPEN_MEDIA_STEP`, `TYPE_PAGE_THEME_COVER`, `TYPE_PAGE_THEME_BADGE`, `TYPE_PAGE_THEME_FOOTER_LOGO`,
    /// `TYPE_QR_CODE_LOGO`.
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_step_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_template_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_template_name: Option<String>,
}

impl From<&Use> for MediaReference {
    fn from(one: &Use) -> Self {
        let (link, template) = (one.link.clone().unzip(), one.template.clone().unzip());
        Self {
            kind: match one.place {
                Place::Step(_) => "TYPE_OPEN_MEDIA_STEP",
                Place::Cover => "TYPE_PAGE_THEME_COVER",
                Place::Badge => "TYPE_PAGE_THEME_BADGE",
                Place::FooterLogo => "TYPE_PAGE_THEME_FOOTER_LOGO",
                Place::CodeLogo => "TYPE_QR_CODE_LOGO",
            },
            link_id: link.0.map(|id| id.to_string()),
            link_name: link.1,
            workflow_step_id: match one.place {
                Place::Step(id) => Some(id.to_string()),
                _ => None,
            },
            qrcode_template_id: template.0.map(|id| id.to_string()),
            qrcode_template_name: template.1,
        }
    }
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
    /// `VISIBILITY_PRIVATE` (when absent) or `VISIBILITY_PUBLIC`.
    visibility: Option<String>,
    /// `UPLOAD_ORIGIN_MEDIA_LIBRARY` (when absent) and others; only told, never judged by.
    uploaded_from: Option<String>,
    /// Taken and of no effect: the bytes tell what it is.
    #[expect(dead_code, reason = "part of the wire format, and deprecated there")]
    media_type: Option<String>,
    /// Taken and of no effect: `references` tells where it is used.
    #[expect(dead_code, reason = "part of the wire format, and deprecated there")]
    usage: Option<String>,
}

/// A file's name, without the folders that some programs send before it.
fn checked_name(name: &str) -> ApiResult<String> {
    model::text::file_name(name)
        .ok_or_else(|| ApiError::field("/fileName", "a file has a name, such as menu.pdf"))
}

/// Whether everybody is shown a file.
fn is_public(visibility: Option<&str>) -> ApiResult<bool> {
    let known =
        [("VISIBILITY_PUBLIC", true), ("VISIBILITY_PRIVATE", false), ("VISIBILITY_UNSPECIFIED", false)];
    match visibility.unwrap_or_default() {
        "" => Ok(false),
        word => one_of("/visibility", word, &known),
    }
}

const ORIGINS: [&str; 7] =
    ["media_library", "qr_code_logo", "background_cover", "badge", "footer_logo", "open_media", "assistant"];

/// Where a file is uploaded from; only told, never judged by.
fn origin(field: &str, word: Option<&str>) -> ApiResult<&'static str> {
    match word.unwrap_or_default() {
        "" | "UPLOAD_ORIGIN_UNSPECIFIED" => Ok(ORIGINS[0]),
        word => {
            let known = ORIGINS.map(|origin| (enum_value("UPLOAD_ORIGIN", origin), origin));
            one_of(field, word, &known.each_ref().map(|(word, origin)| (word.as_str(), *origin)))
        }
    }
}

/// What is known of a file before its bytes.
struct Named {
    file_name: String,
    public: bool,
    uploaded_from: String,
    uploaded_by: String,
}

/// The row of a file that came as `incoming`.
fn row(id: Uuid, named: Named, incoming: &Incoming, now: Millis) -> Row {
    Row {
        id,
        file_name: named.file_name,
        kind: incoming.kind.as_str().to_owned(),
        mime_type: incoming.media_type.to_owned(),
        size: incoming.bytes.len() as i64,
        sha256: incoming.sha256.clone(),
        public: named.public,
        source_sha256: incoming.source_sha256.clone(),
        uploaded_from: named.uploaded_from,
        uploaded_by: named.uploaded_by,
        created_at: now,
        updated_at: now,
    }
}

/// Looks at bytes off the API's threads.
async fn looked_at(app: &App, field: &'static str, bytes: Vec<u8>) -> ApiResult<Incoming> {
    let _turn = app.unpacking.acquire().await.map_err(ApiError::internal)?;
    tokio::task::spawn_blocking(move || look(field, bytes)).await.map_err(ApiError::internal)?
}

/// 409 where the library has these bytes already.
async fn is_new(
    db: &mut Connection,
    workspace: WorkspaceId,
    field: &str,
    hashes: impl IntoIterator<Item = &str>,
) -> ApiResult<()> {
    for sha256 in hashes {
        if let Some(existing) = rows::by_hash(db, workspace, sha256).await? {
            return Err(already_there(field, &existing));
        }
    }
    Ok(())
}

fn already_there(field: &str, existing: &Row) -> ApiError {
    let message =
        format!("these bytes are in the library already, as \"{}\" ({})", existing.file_name, existing.id);
    ApiError::conflict("MEDIA_ALREADY_EXISTS", message)
        .about(field)
        .with("existingMediaId", existing.id)
        .with("existingFileName", &existing.file_name)
}

/// Keeps a new file: its bytes, then its row.
async fn keep(
    app: &App,
    workspace: WorkspaceId,
    field: &str,
    row: Row,
    incoming: Incoming,
) -> ApiResult<Row> {
    // Bytes that somebody lets go at this moment must not be taken for being there.
    let _library = app.library.lock().await;
    let hashes = [Some(incoming.sha256.as_str()), incoming.source_sha256.as_deref()];
    is_new(&mut *app.catalog.read().await?, workspace, field, hashes.into_iter().flatten()).await?;
    store_bytes(app, incoming).await?;
    let stored = row.clone();
    app.catalog.write(async move |db| rows::create(db, workspace, &stored).await).await?;
    Ok(row)
}

async fn store_bytes(app: &App, incoming: Incoming) -> ApiResult<()> {
    let folder = app.config.data.clone();
    let written =
        tokio::task::spawn_blocking(move || media::write(&folder, &incoming.sha256, &incoming.bytes));
    written.await.map_err(ApiError::internal)?.map_err(ApiError::disk)
}

/// Adds a file: PNG, JPEG, WebP, SVG, PDF or MP4, known by its bytes.
#[utoipa::path(post, path = "/v1/media", tag = "Media", operation_id = "create_media", request_body = CreateMediaRequest,
    responses((status = 200, body = MediaResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_media(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Body(body): Body<CreateMediaRequest>,
) -> ApiResult<Json<MediaResponse>> {
    let (workspace, now, field) = (caller.workspace, app.clock.now(), "/fileData");
    let named = Named {
        file_name: checked_name(&body.file_name)?,
        public: is_public(body.visibility.as_deref())?,
        uploaded_from: origin("/uploadedFrom", body.uploaded_from.as_deref())?.to_owned(),
        uploaded_by: caller.name(),
    };
    let bytes = media::from_base64(field, &body.file_data, MOST_FILE)?;
    let incoming = looked_at(&app, field, bytes).await?;
    let row = row(Uuid::now_v7(), named, &incoming, now);
    let row = keep(&app, workspace, field, row, incoming).await?;
    Ok(Json(MediaResponse { media: wire_media(&app, workspace, &row, &[]) }))
}

/// The files of the library, newest first.
#[utoipa::path(get, path = "/v1/media", tag = "Media", operation_id = "list_media",
    params(("kind" = Option<String>, Query), ("uploadedFrom" = Option<String>, Query), ("pageSize" = Option<u32>, Query),
        ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListMediaResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_media(
    State(app): State<App>,
    caller: Can<MediaRead>,
    query: Query,
) -> ApiResult<Json<ListMediaResponse>> {
    let kinds = [
        ("KIND_IMAGE", Some("image")),
        ("KIND_DOCUMENT", Some("document")),
        ("KIND_VIDEO", Some("video")),
        ("KIND_UNSPECIFIED", None),
    ];
    let kind = query.one_of("kind", &kinds)?.flatten();
    let from = match query.get("uploadedFrom") {
        None | Some("UPLOAD_ORIGIN_UNSPECIFIED") => None,
        word => Some(origin("uploadedFrom", word)?),
    };
    let page = Page::read(&app.cursors, &query, format!("media {kind:?} {from:?}"))?;
    let mut db = app.catalog.read().await?;
    let all = rows::list(&mut db, caller.workspace, kind, from).await?;
    let total_count = all.len();
    let (page, next_page_token) = page.cut_newest(&app.cursors, all, |row| (row.created_at, row.id));
    let uses = uses::all(&mut db, caller.workspace).await?;
    let uses_of = |row: &Row| uses.get(&row.id).map(Vec::as_slice).unwrap_or_default();
    let media = page.iter().map(|row| wire_media(&app, caller.workspace, row, uses_of(row))).collect();
    Ok(Json(ListMediaResponse { media, next_page_token, total_count }))
}

/// One file; also one whose bytes are on their way.
#[utoipa::path(get, path = "/v1/media/{id}", tag = "Media", operation_id = "get_media",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = MediaResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_media(
    State(app): State<App>,
    caller: Can<MediaRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<MediaResponse>> {
    let (workspace, id) = (caller.workspace, media_id(&id)?);
    let mut db = app.catalog.read().await?;
    match rows::get(&mut db, workspace, id).await? {
        Some(row) => {
            let uses = uses::all(&mut db, workspace).await?.remove(&id).unwrap_or_default();
            Ok(Json(MediaResponse { media: wire_media(&app, workspace, &row, &uses) }))
        }
        None => match rows::uploads::get(&mut db, workspace, id, app.clock.now()).await? {
            Some(upload) if upload.replaces.is_none() => {
                Ok(Json(MediaResponse { media: uploads::wire_pending(workspace, &upload) }))
            }
            _ => Err(not_found(id)),
        },
    }
}

/// Takes a file out of the library, unless a code opens it or a page shows it. Codes keep their copies.
#[utoipa::path(delete, path = "/v1/media/{id}", tag = "Media", operation_id = "delete_media",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn delete_media(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, media_id(&id)?);
    let _library = app.library.lock().await;
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(row) = rows::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
            let uses = uses::all(db, workspace).await?.remove(&id).unwrap_or_default();
            let held: Vec<&Use> = uses.iter().filter(|one| one.holds()).collect();
            if let Some(first) = held.first() {
                return Ok(Err(in_use(&held, first)));
            }
            designs::detach_media(db, id).await?;
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

fn in_use(held: &[&Use], first: &Use) -> ApiError {
    let mut links: Vec<Uuid> = held.iter().filter_map(|one| one.link.as_ref()).map(|(id, _)| *id).collect();
    links.sort_unstable();
    links.dedup();
    let (link, what) = (
        links.first().map(Uuid::to_string).unwrap_or_default(),
        match first.place {
            Place::Step(_) => "open this file",
            _ => "show this file on their pages",
        },
    );
    let message =
        format!("{} links {what}, among them {link}; change their steps or looks first", links.len());
    let ids: Vec<String> = links.iter().map(Uuid::to_string).collect();
    ApiError::new(StatusCode::CONFLICT, "MEDIA_IN_USE", message).about("id").with("linkIds", ids.join(","))
}

fn wire_media(app: &App, workspace: WorkspaceId, row: &Row, uses: &[Use]) -> Media {
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
        signed_url: format!("{}{}", app.hosts().base(), media::signed_path(app, workspace, row.id)),
        uploaded_from: enum_value("UPLOAD_ORIGIN", &row.uploaded_from),
        uploaded_by: row.uploaded_by.clone(),
        references: uses.iter().map(MediaReference::from).collect(),
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
