//! The file of an export, whole or from where a connection was cut.

use super::{attachment, found};
use crate::api::auth::{AnalyticsRead, Can};
use crate::api::body::Path;
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::export::work;
use crate::export::write::Format;
use crate::media::part;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use std::io::SeekFrom;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// The file of a finished export. `Range` fetches a part of it; with `If-Range` and the ETag only while it is the same file.
#[utoipa::path(get, path = "/v1/x/exports/{id}/file", tag = "Exports", operation_id = "get_export_file",
    params(("id" = uuid::Uuid, Path), ("Range" = Option<String>, Header, description = "bytes=FROM-, to go on"),
        ("If-Range" = Option<String>, Header, description = "The ETag of what is there already")),
    responses((status = 200, content((Vec<u8> = "application/octet-stream")), headers(("ETag" = String))),
        (status = 206, content((Vec<u8> = "application/octet-stream")), headers(("Content-Range" = String))),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse), (status = 416)))]
pub async fn get_export_file(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> ApiResult<Response> {
    let row = found(&app, &caller, &id).await?;
    let Some(sha256) = row.sha256 else {
        let message = match row.error {
            Some(error) => format!("this export could not be made: {error}"),
            None => "this export is not finished; ask again in a moment".to_owned(),
        };
        return Err(ApiError::conflict("EXPORT_NOT_FINISHED", message));
    };
    let mut file = match File::open(work::file(&app.config.data, row.id)).await {
        Ok(file) => file,
        Err(error) => {
            tracing::error!(%error, export.id = %row.id, "The file of an export cannot be read");
            return Err(ApiError::not_found("EXPORT_NOT_FOUND", format!("the file of export {id}")));
        }
    };
    let (size, etag) = (row.bytes, format!("\"{sha256}\""));
    let text = |name: header::HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let is_same = text(header::IF_RANGE).is_none_or(|known| known == etag);
    let Ok(part) = part(text(header::RANGE).filter(|_| is_same), size) else {
        let whole = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response());
    };
    let (from, length) = part.unwrap_or((0, size));
    file.seek(SeekFrom::Start(from)).await.map_err(ApiError::internal)?;
    let body = stream::try_unfold((file, length), async |(mut file, left)| {
        let mut bytes = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
        let read = file.read(&mut bytes).await?;
        if read == 0 && left > 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        bytes.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(bytes), (file, left - read as u64))))
    });
    let mut response = Response::new(HttpBody::from_stream(body));
    let headers = response.headers_mut();
    let kind = Format::asked(Some(&row.format)).map_or("application/zip", Format::media_type);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_DISPOSITION, attachment(&row.file_name));
    headers.insert(header::ETAG, HeaderValue::from_str(&etag).map_err(ApiError::internal)?);
    if part.is_some() {
        let range = format!("bytes {from}-{}/{size}", from + length - 1);
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&range).map_err(ApiError::internal)?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}
