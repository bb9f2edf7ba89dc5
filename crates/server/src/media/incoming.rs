//! A file on its way into the library: what it is, and what of it is kept.

use super::{Kind, pixels, sha256, svg};
use crate::error::{ApiError, ApiResult};

/// A file as it is kept.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// What it is.
    pub kind: Kind,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of these.
    pub sha256: String,
    /// SHA-256 of what came, where that was something else.
    pub source_sha256: Option<String>,
}

/// Looks at bytes that came as `field`: their kind, their size, their pixels, which must be there. An SVG is cleaned.
pub fn look(field: &str, bytes: Vec<u8>) -> ApiResult<Incoming> {
    let refused = |message: String| Err(ApiError::field(field, message));
    let Some((kind, media_type)) = Kind::of(&bytes) else {
        return refused(
            "this is none of PNG, JPEG, WebP, SVG, PDF and MP4 (the bytes count, not the name)".into(),
        );
    };
    if bytes.len() as u64 > kind.most() {
        let (most, size) = (kind.most() >> 20, bytes.len() as f64 / 1e6);
        return refused(format!("{} has at most {most} MB; this has {size:.1}", said(kind)));
    }
    if media_type == "image/svg+xml" {
        let kept = svg::clean(&bytes).map_err(|why| ApiError::field(field, why))?;
        let (sha256, source) = (sha256(&kept), sha256(&bytes));
        let source_sha256 = (source != sha256).then_some(source);
        return Ok(Incoming { kind, media_type, bytes: kept, sha256, source_sha256 });
    }
    if kind == Kind::Image {
        pixels::unpack(media_type, &bytes).map_err(|why| ApiError::field(field, why))?;
    }
    let sha256 = sha256(&bytes);
    Ok(Incoming { kind, media_type, bytes, sha256, source_sha256: None })
}

const fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "a picture",
        Kind::Document => "a PDF",
        Kind::Video => "a video",
    }
}
