//! The library's files on disk, and the signed addresses that show them to visitors.

use crate::app::App;
use crate::catalog::media;
use crate::error::{ApiError, ApiResult};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path as FilePath, PathBuf};
use uuid::Uuid;

/// How long a signed address is good.
pub const SIGNED_MS: i64 = 3_600_000;

pub mod incoming;
pub mod pixels;
pub mod svg;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PNG, JPEG, WebP, SVG.
    Image,
    /// PDF.
    Document,
    /// MP4.
    Video,
}

impl Kind {
    /// Kind and media type, by the bytes.
    pub fn of(bytes: &[u8]) -> Option<(Self, &'static str)> {
        let head = &bytes[..bytes.len().min(512)];
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some((Self::Image, "image/png"));
        }
        if head.starts_with(b"\xff\xd8\xff") {
            return Some((Self::Image, "image/jpeg"));
        }
        if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            return Some((Self::Image, "image/webp"));
        }
        if head.starts_with(b"%PDF-") {
            return Some((Self::Document, "application/pdf"));
        }
        if head.get(4..8) == Some(b"ftyp") {
            return Some((Self::Video, "video/mp4"));
        }
        let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
        let is_svg = (text.starts_with("<?xml") || text.starts_with("<!--") || text.starts_with("<svg"))
            && text.contains("<svg");
        is_svg.then_some((Self::Image, "image/svg+xml"))
    }

    /// Bytes of such a file, at most.
    pub const fn most(self) -> u64 {
        match self {
            Self::Image => 10 << 20,
            Self::Document => 25 << 20,
            Self::Video => 50 << 20,
        }
    }

    /// The kind of a media type that the library takes.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "image/png" | "image/jpeg" | "image/webp" | "image/svg+xml" => Some(Self::Image),
            "application/pdf" => Some(Self::Document),
            "video/mp4" => Some(Self::Video),
            _ => None,
        }
    }

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
            Self::Video => "video",
        }
    }
}

/// The bytes of a file that comes as base64 in a JSON body, `most` of them at most (whole MiB).
pub fn from_base64(field: &str, data: &str, most: usize) -> ApiResult<Vec<u8>> {
    let data = data.trim();
    // A data URL is what browsers hand out.
    let data = data.split_once(";base64,").map_or(data, |(_, data)| data);
    let bytes = STANDARD.decode(data).map_err(|_| {
        let name = field.trim_start_matches('/');
        ApiError::field(field, format!("{name} must be the file's bytes as base64"))
    })?;
    if bytes.len() > most {
        let message =
            format!("a file has at most {} MB here; this has {:.1}", most >> 20, bytes.len() as f64 / 1e6);
        return Err(ApiError::field(field, message));
    }
    Ok(bytes)
}

/// What a signed address names.
#[derive(Serialize, Deserialize)]
struct Signed {
    workspace: WorkspaceId,
    id: Uuid,
    until: Millis,
}

/// The address of a file, good for [`SIGNED_MS`].
pub fn signed_path(app: &App, workspace: WorkspaceId, id: Uuid) -> String {
    let signed = Signed { workspace, id, until: app.clock.now().plus(SIGNED_MS) };
    format!("/x/media/{}", app.media_addresses.seal(&signed))
}

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn file(data: &FilePath, sha256: &str) -> PathBuf {
    data.join("media").join(sha256)
}

/// Whether the bytes are there.
pub fn exists(data: &FilePath, sha256: &str) -> bool {
    file(data, sha256).exists()
}

/// The bytes of a file.
pub fn read(data: &FilePath, sha256: &str) -> io::Result<Vec<u8>> {
    std::fs::read(file(data, sha256))
}

/// Keeps bytes; those that are there already stay.
pub fn write(data: &FilePath, sha256: &str, bytes: &[u8]) -> io::Result<()> {
    let path = file(data, sha256);
    if path.exists() {
        return Ok(());
    }
    let folder = data.join("media");
    std::fs::create_dir_all(&folder)?;
    let mut new = tempfile::NamedTempFile::new_in(&folder)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    std::fs::File::open(folder)?.sync_all()
}

/// Lets bytes go that no workspace has in its library any more.
pub fn remove(data: &FilePath, sha256: &str) {
    if let Err(error) = std::fs::remove_file(file(data, sha256))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, sha256, "A file of the library could not be removed");
    }
}

/// The part of a file that a `Range` header asks for, where it asks for one part: first byte and length. Players of videos ask
/// so. Nothing where the header is absent or asks for more than one part: then the whole file is the answer.
pub(crate) fn part(range: Option<&str>, size: u64) -> Result<Option<(u64, u64)>, ()> {
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else { return Ok(None) };
    let Some((first, last)) = spec.split_once('-').filter(|_| !spec.contains(',')) else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<u64>();
    let (from, to) = match (number(first), number(last)) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(size.saturating_sub(1))),
        (Ok(first), Err(_)) if last.trim().is_empty() => (first, size.saturating_sub(1)),
        (Err(_), Ok(last)) if first.trim().is_empty() && last > 0 => {
            (size.saturating_sub(last), size.saturating_sub(1))
        }
        _ => return Ok(None),
    };
    if from >= size { Err(()) } else { Ok(Some((from, to - from + 1))) }
}

fn read_part(path: PathBuf, part: Option<(u64, u64)>) -> io::Result<Vec<u8>> {
    let Some((from, length)) = part else { return std::fs::read(path) };
    let mut file = std::fs::File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Shows a file by its signed address, or the part of it that is asked for. What a file could run, it runs in a sandbox of
/// its own.
pub async fn get_file(State(app): State<App>, Path(token): Path<String>, asked: HeaderMap) -> Response {
    let gone =
        |status: StatusCode| (status, "This address has ended. Scan the code again.\n").into_response();
    let Some(signed) = app.media_addresses.open::<Signed>(&token) else { return gone(StatusCode::NOT_FOUND) };
    if app.clock.now() > signed.until {
        return gone(StatusCode::GONE);
    }
    let found = async { media::get(&mut *app.catalog.read().await?, signed.workspace, signed.id).await };
    let row = match found.await {
        Ok(Some(row)) => row,
        Ok(None) => return gone(StatusCode::NOT_FOUND),
        Err(error) => return ApiError::from(error).into_response(),
    };
    let path = file(&app.config.data, &row.sha256);
    let size = row.size.max(0) as u64;
    let range = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Ok(part) = part(range, size) else {
        let whole = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response();
    };
    let bytes = match tokio::task::spawn_blocking(move || read_part(path, part)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            tracing::error!(%error, id = %row.id, "A file of the library cannot be read");
            return gone(StatusCode::NOT_FOUND);
        }
        Err(_) => return gone(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let mut response = Response::new(Body::from(bytes));
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let text = |value: &str| HeaderValue::from_str(value).ok();
    if let Some(kind) = text(&row.mime_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let name = percent_encoding::utf8_percent_encode(&row.file_name, percent_encoding::NON_ALPHANUMERIC);
    if let Some(disposition) = text(&format!("inline; filename*=UTF-8''{name}")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; sandbox";
    if let Some((from, length)) = part
        && let Some(range) = text(&format!("bytes {from}-{}/{size}", from + length - 1))
    {
        headers.insert(header::CONTENT_RANGE, range);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_part_or_the_whole() {
        for (range, expected) in [
            (None, Ok(None)),
            (Some("bytes=0-1"), Ok(Some((0, 2)))),
            (Some("bytes=5-"), Ok(Some((5, 5)))),
            (Some("bytes=5-99"), Ok(Some((5, 5)))),
            (Some("bytes=-3"), Ok(Some((7, 3)))),
            (Some("bytes=-99"), Ok(Some((0, 10)))),
            (Some("bytes=10-"), Err(())),
            (Some("bytes=3-2"), Ok(None)),
            (Some("bytes=0-1,4-5"), Ok(None)),
            (Some("lines=1-2"), Ok(None)),
        ] {
            assert_eq!(part(range, 10), expected, "{range:?}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_bytes() {
        let of = |bytes: &[u8]| Kind::of(bytes).map(|(_, mime)| mime);
        assert_eq!(of(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(of(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(of(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(of(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(of(b"\0\0\0\x20ftypisom"), Some("video/mp4"));
        assert_eq!(of(b"<?xml version=\"1.0\"?><svg/>"), Some("image/svg+xml"));
        for other in [b"".as_slice(), b"MZ", b"<html><svg></svg></html>", b"\xff\xff"] {
            assert_eq!(of(other), None);
        }
    }
}
