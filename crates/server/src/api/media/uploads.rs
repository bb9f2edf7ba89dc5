//! Files too large for a JSON body: declared, sent by PUT to an address of their own, then complete. What is not complete
//! within an hour goes.

use super::{
    Incoming, Kind, Media, MediaResponse, Named, Row, checked_name, is_new, is_public, keep, looked_at,
    media_id, origin, row, rows, wire_media,
};
use crate::api::auth::{Can, MediaWrite};
use crate::api::body::{Body, Path};
use crate::api::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::media::uploads::{self, UPLOAD_MS, Upload};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::io::AsyncWriteExt;
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes beyond those declared that are read, so that who sends them hears the answer.
const HEARD: u64 = 1 << 20;
/// Files of a workspace on their way at a time, at most.
const MOST_UNDER_WAY: i64 = 100;

/// A file that is to come.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateMediaUploadRequest {
    file_name: String,
    /// `image/png`, `image/jpeg`, `image/webp`, `image/svg+xml`, `application/pdf` or `video/mp4`.
    mime_type: String,
    /// Bytes, exactly: pictures 10 MB, PDF 25 MB, videos 50 MB at most.
    size: i64,
    /// 64 hexadecimal digits: a file that the library has is then refused before it is sent.
    sha256: Option<String>,
    visibility: Option<String>,
    uploaded_from: Option<String>,
    /// Taken and of no effect: `references` tells where it is used.
    #[expect(dead_code, reason = "part of the wire format, and deprecated there")]
    usage: Option<String>,
}

/// Where and how the bytes are to be sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateMediaUploadResponse {
    media: Media,
    #[serde(flatten)]
    sending: Sending,
}

/// Where and how bytes are to be sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sending {
    upload_url: String,
    /// `PUT`.
    upload_method: &'static str,
    /// Headers that the request must carry.
    upload_headers: BTreeMap<&'static str, String>,
    upload_expires_at: String,
}

/// What the address of an upload names.
#[derive(Serialize, Deserialize)]
struct Signed {
    workspace: WorkspaceId,
    upload: Uuid,
    until: Millis,
}

/// What is declared of a file, unchecked.
pub struct Declared {
    /// As its owner calls it.
    pub file_name: String,
    /// Its media type.
    pub mime_type: String,
    /// Bytes.
    pub size: i64,
    /// Hexadecimal digits.
    pub sha256: Option<String>,
}

impl Declared {
    /// Checks it, as a file that is to come.
    pub fn check(self, uploaded_by: String, now: Millis) -> ApiResult<Upload> {
        let Some(kind) = Kind::of_media_type(&self.mime_type) else {
            let message = format!(
                "\"{}\" is none of image/png, image/jpeg, image/webp, image/svg+xml, application/pdf and video/mp4",
                self.mime_type
            );
            return Err(ApiError::field("/mimeType", message));
        };
        let size = u64::try_from(self.size).ok().filter(|size| (1..=kind.most()).contains(size));
        let size = size.ok_or_else(|| {
            let message = format!("such a file has 1 to {} bytes; this has {}", kind.most(), self.size);
            ApiError::field("/size", message)
        })?;
        let sha256 = self.sha256.filter(|text| !text.is_empty()).map(|text| text.to_ascii_lowercase());
        if sha256
            .as_ref()
            .is_some_and(|text| text.len() != 64 || !text.chars().all(|c| c.is_ascii_hexdigit()))
        {
            return Err(ApiError::field("/sha256", "a SHA-256 is 64 hexadecimal digits"));
        }
        Ok(Upload {
            id: Uuid::now_v7(),
            replaces: None,
            file_name: checked_name(&self.file_name)?,
            mime_type: self.mime_type,
            size,
            sha256,
            public: false,
            uploaded_from: origin("/uploadedFrom", None)?.to_owned(),
            uploaded_by,
            created_at: now,
        })
    }
}

/// Notes a file that is to come.
pub async fn begin(app: &App, workspace: WorkspaceId, upload: &Upload) -> ApiResult<Sending> {
    let noted = upload.clone();
    let begun = app.catalog.write(async move |db| {
        if uploads::total(db, workspace).await? >= MOST_UNDER_WAY {
            let message =
                format!("{MOST_UNDER_WAY} files are on their way already; complete some, or wait an hour");
            return Ok(Err(ApiError::too_many("TOO_MANY_UPLOADS", message, 60)));
        }
        uploads::create(db, workspace, &noted).await?;
        Ok(Ok(()))
    });
    begun.await??;
    let until = upload.created_at.plus(UPLOAD_MS);
    let token = app.media_addresses.seal(&Signed { workspace, upload: upload.id, until });
    let mut upload_headers = BTreeMap::from([("Content-Type", upload.mime_type.clone())]);
    if let Some(sha256) = &upload.sha256 {
        upload_headers.insert("x-amz-checksum-sha256", STANDARD.encode(digits(sha256)));
    }
    Ok(Sending {
        upload_url: format!("{}/x/media-uploads/{token}", app.hosts().base()),
        upload_method: "PUT",
        upload_headers,
        upload_expires_at: time(until),
    })
}

/// The bytes behind hexadecimal digits.
fn digits(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2).filter_map(|at| text.get(at..at + 2));
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// Begins the upload of a file: its bytes go by PUT to `uploadUrl`, then `POST /v1/media/{id}:complete` takes it.
#[utoipa::path(post, path = "/v1/media/uploads", tag = "Media", operation_id = "create_media_upload",
    request_body = CreateMediaUploadRequest,
    responses((status = 200, body = CreateMediaUploadResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse),
        (status = 429, body = ErrorResponse)))]
pub async fn create_media_upload(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Body(body): Body<CreateMediaUploadRequest>,
) -> ApiResult<Json<CreateMediaUploadResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let CreateMediaUploadRequest { file_name, mime_type, size, sha256, visibility, uploaded_from, .. } = body;
    let mut upload = Declared { file_name, mime_type, size, sha256 }.check(caller.name(), now)?;
    upload.public = is_public(visibility.as_deref())?;
    upload.uploaded_from = origin("/uploadedFrom", uploaded_from.as_deref())?.to_owned();
    is_new(&mut *app.catalog.read().await?, workspace, "/sha256", upload.sha256.as_deref()).await?;
    let sending = begin(&app, workspace, &upload).await?;
    Ok(Json(CreateMediaUploadResponse { media: wire_pending(workspace, &upload), sending }))
}

/// A file on its way, as it goes out.
pub fn wire_pending(workspace: WorkspaceId, upload: &Upload) -> Media {
    let kind = Kind::of_media_type(&upload.mime_type).unwrap_or(Kind::Document);
    Media {
        id: upload.id.to_string(),
        workspace_id: workspace.to_string(),
        file_name: upload.file_name.clone(),
        kind: enum_value("KIND", kind.as_str()),
        mime_type: upload.mime_type.clone(),
        size: upload.size as i64,
        sha256: String::new(),
        status: "STATUS_PENDING",
        visibility: if upload.public { "VISIBILITY_PUBLIC" } else { "VISIBILITY_PRIVATE" },
        signed_url: String::new(),
        uploaded_from: enum_value("UPLOAD_ORIGIN", &upload.uploaded_from),
        uploaded_by: upload.uploaded_by.clone(),
        references: Vec::new(),
        created_at: time(upload.created_at),
        updated_at: time(upload.created_at),
    }
}

/// Where the bytes of a file on its way lie.
fn place(app: &App, upload: Uuid) -> PathBuf {
    app.config.data.join("media").join("uploads").join(upload.to_string())
}

/// Takes the bytes of a file on its way: exactly as many as were declared, and those that were declared.
pub async fn put_upload(State(app): State<App>, Path(token): Path<String>, body: Bytes) -> Response {
    match received(&app, &token, body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn received(app: &App, token: &str, mut body: Bytes) -> ApiResult<()> {
    let over =
        || ApiError::not_found("UPLOAD_NOT_FOUND", "this upload (it may be complete, or its hour over)");
    let signed = app.media_addresses.open::<Signed>(token).ok_or_else(over)?;
    let now = app.clock.now();
    let upload = uploads::get(&mut *app.catalog.read().await?, signed.workspace, signed.upload, now).await?;
    let upload = upload.filter(|_| now <= signed.until).ok_or_else(over)?;
    let path = place(app, upload.id);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(ApiError::disk)?;
    }
    // Beside its place until it is whole: who hangs up leaves nothing that looks like a file.
    let half = Half(path.with_extension(format!("{:016x}", rand::random::<u64>())));
    write_half(&half.0, &upload, &mut body).await?;
    tokio::fs::rename(&half.0, &path).await.map_err(ApiError::disk)
}

/// A file that is being written; whatever ends that, it goes: who hangs up ends it without an error.
struct Half(PathBuf);

impl Drop for Half {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn write_half(half: &std::path::Path, upload: &Upload, body: &mut Bytes) -> ApiResult<()> {
    let mut file = tokio::fs::File::create(half).await.map_err(ApiError::disk)?;
    let (mut size, mut hash) = (0_u64, Sha256::new());
    let wrong = |size: &dyn std::fmt::Display| {
        ApiError::bad_request(format!("{} bytes were declared, and these are {size}", upload.size))
    };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::bad_request("the file broke off; send it again"))?;
        let Some(data) = frame.data_ref() else { continue };
        size += data.len() as u64;
        if size > upload.size {
            // The rest of what is little too much is taken, or the answer would not be heard.
            if size > upload.size + HEARD {
                break;
            }
            continue;
        }
        hash.update(data);
        file.write_all(data).await.map_err(ApiError::disk)?;
    }
    file.sync_all().await.map_err(ApiError::disk)?;
    if size > upload.size {
        return Err(wrong(&"more"));
    }
    if size != upload.size {
        return Err(wrong(&size));
    }
    if upload.sha256.as_ref().is_some_and(|declared| digits(declared) != hash.finalize().as_slice()) {
        return Err(ApiError::bad_request("these are not the bytes whose sha256 was declared"));
    }
    Ok(())
}

/// Takes the bytes of an upload, which is over with that, whatever they are.
pub async fn take(app: &App, workspace: WorkspaceId, upload: &Upload) -> ApiResult<Incoming> {
    let path = place(app, upload.id);
    let bytes = match tokio::fs::read(&path).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(ApiError::precondition(
                "UPLOAD_NOT_RECEIVED",
                "the file has not come yet; PUT its bytes to uploadUrl first",
            ));
        }
        Err(error) => return Err(ApiError::internal(error)),
    };
    let id = upload.id;
    app.catalog.write(async move |db| uploads::delete(db, workspace, id).await).await?;
    let _ = tokio::fs::remove_file(&path).await;
    let incoming = looked_at(app, "/uploadUrl", bytes).await?;
    if incoming.media_type != upload.mime_type {
        let message = format!("{} was declared, and this is {}", upload.mime_type, incoming.media_type);
        return Err(ApiError::field("/mimeType", message));
    }
    Ok(incoming)
}

/// Takes an uploaded file into the library. When it is not what was declared, it is thrown away and the answer says why;
/// one that is in the library already is answered as it is.
#[utoipa::path(post, path = "/v1/media/{id}", tag = "Media", operation_id = "complete_media_upload",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MediaResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn complete_media_upload(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<MediaResponse>> {
    let id = media_id(completed(&id)?)?;
    let (workspace, now) = (caller.workspace, app.clock.now());
    let answer = |row: &Row| Json(MediaResponse { media: wire_media(&app, workspace, row, &[]) });
    let mut db = app.catalog.read().await?;
    if let Some(row) = rows::get(&mut db, workspace, id).await? {
        return Ok(answer(&row));
    }
    let upload = uploads::get(&mut db, workspace, id, now).await?.filter(|upload| upload.replaces.is_none());
    let upload = upload.ok_or_else(|| super::not_found(id))?;
    drop(db);
    let incoming = take(&app, workspace, &upload).await?;
    let named = Named {
        file_name: upload.file_name,
        public: upload.public,
        uploaded_from: upload.uploaded_from,
        uploaded_by: upload.uploaded_by,
    };
    let row = row(id, named, &incoming, now);
    Ok(answer(&keep(&app, workspace, "/sha256", row, incoming).await?))
}

/// The id before `:complete`, which is the one thing that is done with a POST there.
pub fn completed(segment: &str) -> ApiResult<&str> {
    segment.strip_suffix(":complete").ok_or_else(|| {
        let message = "this path has other methods; see /docs (an upload ends with :complete)";
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    })
}

/// Lets files go that did not come within their hour, and halves of them that a crash left.
pub async fn forget_late(app: &App) -> crate::catalog::Result<()> {
    let late = uploads::late(&mut *app.catalog.read().await?, app.clock.now()).await?;
    for upload in &late {
        let place = place(app, *upload);
        let files = place.parent().and_then(|folder| std::fs::read_dir(folder).ok());
        for file in files.into_iter().flatten().flatten().map(|file| file.path()) {
            if file.file_stem() == place.file_name() {
                let _ = std::fs::remove_file(file);
            }
        }
    }
    if !late.is_empty() {
        app.catalog.write(async move |db| uploads::forget(db, &late).await).await?;
    }
    Ok(())
}
