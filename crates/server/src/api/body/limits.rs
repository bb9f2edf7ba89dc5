//! How much of a body is taken, and what is said to whoever sends more.

use crate::error::ApiError;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;

/// Bytes of a body, at most.
const MOST: usize = 2 << 20;
/// Bytes of a file in a body, at most.
pub const MOST_FILE: usize = 3 << 20;
/// Bytes of a body with such a file: as base64, and what stands beside it.
pub const MOST_WITH_FILE: usize = MOST_FILE / 3 * 4 + (64 << 10);

/// The limit of operations whose body may bring a file.
pub fn with_file() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MOST_WITH_FILE)
}

/// Of a body that has more than the operation at this path takes.
pub fn too_large(path: &str) -> ApiError {
    let file = MOST_FILE >> 20;
    let message = if path == "/v1/media" {
        format!(
            "the body is too large: a file up to {file} MiB is taken here; send a larger one by POST /v1/media/uploads"
        )
    } else if path.split('/').any(|part| part == "qrcode-designs") {
        format!("the body is too large: a picture up to {file} MiB is taken")
    } else {
        format!("the body is too large: {} MiB are taken", MOST >> 20)
    };
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
}
