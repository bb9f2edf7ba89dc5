//! `/openapi.json`, and `/docs`, the same for people.

mod page;

use crate::router;
use axum::Json;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::to_value(router::document()).unwrap_or_default());

/// The description of the API, OpenAPI 3.1.
pub async fn get_openapi() -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Json(&*DOCUMENT)).into_response()
}

/// The description of the API as a page.
pub async fn get_docs() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| page::page(&DOCUMENT));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE.as_str())).into_response()
}
