//! The picture that a change of a look brings, made fit to be drawn.

use super::Settings;
use crate::catalog::logos::Logo;
use crate::error::{ApiError, ApiResult};
use crate::media::{self, Kind};
use uuid::Uuid;

/// Bytes of a picture, at most.
pub const MAX_BYTES: usize = 3 << 20;

/// Where a look's picture comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It stays as it is.
    Kept,
    /// There is none any more.
    Gone,
    /// The request brings it; `media` is the file of the library that it was taken from.
    Sent {
        /// The file.
        bytes: Vec<u8>,
        /// Its origin.
        media: Option<Uuid>,
    },
    /// It is a file of the library.
    Media(Uuid),
}

impl Settings {
    /// What a change makes of the picture.
    pub fn picture(&self) -> ApiResult<Source> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (data, media) = (given(&self.central_image_data), given(&self.central_image_media_id));
        let media = media.map(|text| {
            text.parse::<Uuid>()
                .map_err(|_| ApiError::field("/centralImageMediaId", format!("\"{text}\" is not a UUID")))
        });
        let media = media.transpose()?;
        match (data, media) {
            (None, None) if self.central_image_delete == Some(true) => Ok(Source::Gone),
            (None, None) => Ok(Source::Kept),
            (data, _) if self.central_image_delete == Some(true) => {
                let sent = if data.is_some() { "/centralImageData" } else { "/centralImageMediaId" };
                Err(ApiError::not_both(sent, "/centralImageDelete"))
            }
            (Some(data), media) => {
                Ok(Source::Sent { bytes: media::from_base64("/centralImageData", &data, MAX_BYTES)?, media })
            }
            (None, Some(media)) => Ok(Source::Media(media)),
        }
    }
}

/// Makes a file fit to stand in the middle of a code; `field` brought it. To be called off the API's threads.
pub fn prepared(field: &str, bytes: &[u8]) -> ApiResult<Logo> {
    let refused = |message: String| {
        // Of a file of the library that is another fault than of bytes that were sent.
        if field == "/centralImageMediaId" {
            ApiError::field(field, message).called("MEDIA_NOT_ALLOWED_HERE")
        } else {
            ApiError::field(field, message)
        }
    };
    if bytes.len() > MAX_BYTES {
        let message =
            format!("a picture in a code has at most 3 MB; this has {:.1}", bytes.len() as f64 / 1e6);
        return Err(refused(message));
    }
    let Some((Kind::Image, media_type)) = Kind::of(bytes) else {
        return Err(refused("this is no picture; take a PNG, JPEG, WebP or SVG".into()));
    };
    let logo = qr::logo::prepare(media_type, bytes).map_err(|why| refused(why.to_string()))?;
    let sha256 = media::sha256(&logo.bytes);
    Ok(Logo { sha256, kind: logo.kind, aspect: logo.aspect, bytes: logo.bytes.into() })
}
