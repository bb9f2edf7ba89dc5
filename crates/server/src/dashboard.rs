//! The dashboard's files, embedded in the binary; its build has put a compressed file (`.br`, `.gz`) beside each text.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// What pages of the dashboard may load and talk to: this server alone.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// A file of the dashboard; every other path is the application itself, which routes on its own.
pub async fn get_asset(path: Option<Path<String>>, headers: HeaderMap) -> Response {
    let path = path.map(|Path(path)| path).unwrap_or_default();
    match Files::get(&path) {
        Some(file) => answer(&path, file, &headers),
        None if path.starts_with("assets/") => (StatusCode::NOT_FOUND, "no such file\n").into_response(),
        None => match Files::get("index.html") {
            Some(file) => answer("index.html", file, &headers),
            None => {
                let text = "The dashboard was not built into this binary; build it with `make build`.\n";
                (StatusCode::NOT_FOUND, text).into_response()
            }
        },
    }
}

/// The icon that browsers ask for by themselves.
pub async fn get_icon(headers: HeaderMap) -> Response {
    match Files::get("favicon.svg") {
        Some(file) => answer("favicon.svg", file, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a file is called when it is compressed, by the word of `Accept-Encoding`, smallest first.
const COMPRESSED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The file as it is sent: compressed where the client takes that and there is such a file.
fn packed(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    for (coding, ending) in COMPRESSED {
        if accepts(accepted.unwrap_or_default(), coding)
            && let Some(packed) = Files::get(&format!("{path}{ending}"))
        {
            return (packed, Some(coding));
        }
    }
    (file, None)
}

/// Whether `Accept-Encoding` (RFC 9110 §12.5.3) names a coding and does not refuse it with `q=0`.
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|element| {
        let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
        let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight.unwrap_or(1.0) > 0.0
    })
}

fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let (file, coding) = packed(path, file, headers);
    let tag = format!(
        "\"{}\"",
        file.metadata.sha256_hash()[..8].iter().map(|b| format!("{b:02x}")).collect::<String>()
    );
    // Vite puts a hash of the content into the names below assets/.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let head = [
        (header::CONTENT_TYPE, kind.as_ref().to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.to_owned()),
    ];
    let mut response = match known {
        true => (StatusCode::NOT_MODIFIED, head).into_response(),
        false => (head, file.data.into_owned()).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_taken_where_it_is_named_and_not_refused() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("gzip;q=0.5", "gzip"));
        for refused in ["", "identity", "gzip;q=0", "xbr"] {
            assert!(!accepts(refused, "br") && !accepts(refused, "gzip"), "{refused}");
        }
    }
}
