//! A file that is on the web already: the server fetches it, from public addresses only.

use super::{Incoming, MediaResponse, Named, checked_name, keep, looked_at, origin, row, wire_media};
use crate::api::auth::{Can, MediaWrite};
use crate::api::body::Body;
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::media::Kind;
use axum::Json;
use axum::extract::State;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a file comes from.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportMediaRequest {
    /// A public https address on port 443.
    url: Option<String>,
    /// Not built: there is no assistant here.
    assistant_attachment_id: Option<String>,
    /// The last part of the address, where it is absent.
    file_name: Option<String>,
    uploaded_from: Option<String>,
}

/// A file that was fetched: its name as its address tells it, and what it is.
pub async fn fetched(
    app: &App,
    url: Option<&str>,
    attachment: Option<&str>,
) -> ApiResult<(Option<String>, Incoming)> {
    if attachment.is_some_and(|id| !id.is_empty()) {
        let message = "there is no assistant here whose files could be taken; name a url";
        return Err(ApiError::field("/assistantAttachmentId", message));
    }
    let wrong = |why: String| ApiError::field("/url", why);
    let text = url.filter(|url| !url.trim().is_empty());
    let text =
        text.ok_or_else(|| wrong("name the file's address, such as https://example.com/menu.pdf".into()))?;
    let client = &app.webhooks.client;
    let url = client.guard().read_url(text).map_err(wrong)?;
    let fetched = client.fetch(&url, Kind::Video.most()).await.map_err(wrong)?;
    if fetched.status != 200 {
        return Err(wrong(format!("the address answers {}, not the file", fetched.status)));
    }
    let name = fetched.url.path_segments().and_then(|mut parts| parts.next_back().map(str::to_owned));
    let name = name.map(|name| percent_decode_str(&name).decode_utf8_lossy().into_owned());
    let incoming = looked_at(app, "/url", fetched.body.to_vec()).await?;
    Ok((name.filter(|name| !name.is_empty()), incoming))
}

/// Adds a file that the server fetches from a public https address. Its bytes tell what it is.
#[utoipa::path(post, path = "/v1/media:import", tag = "Media", operation_id = "import_media",
    request_body = ImportMediaRequest,
    responses((status = 200, body = MediaResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn import_media(
    State(app): State<App>,
    caller: Can<MediaWrite>,
    Body(body): Body<ImportMediaRequest>,
) -> ApiResult<Json<MediaResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let uploaded_from = origin("/uploadedFrom", body.uploaded_from.as_deref())?.to_owned();
    let given = body.file_name.filter(|name| !name.trim().is_empty());
    let given = given.as_deref().map(checked_name).transpose()?;
    let (found, incoming) =
        fetched(&app, body.url.as_deref(), body.assistant_attachment_id.as_deref()).await?;
    let usual = || format!("file.{}", incoming.media_type.rsplit(['/', '+']).next().unwrap_or_default());
    let file_name = given.or_else(|| found.and_then(|name| checked_name(&name).ok())).unwrap_or_else(usual);
    let named = Named { file_name, public: false, uploaded_from, uploaded_by: caller.name() };
    let row = row(Uuid::now_v7(), named, &incoming, now);
    let row = keep(&app, workspace, "/url", row, incoming).await?;
    Ok(Json(MediaResponse { media: wire_media(&app, workspace, &row, &[]) }))
}
