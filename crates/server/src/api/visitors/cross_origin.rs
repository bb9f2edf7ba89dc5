//! Identify from pages of other origins: a publishable key is made for a shop's own page (Fetch standard, "CORS protocol").
//! No other operation answers them, since only that key may be shown to everybody.

use axum::extract::Request;
use axum::http::{HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::convert::Infallible;
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_http::cors::{Any, CorsLayer};

/// How long a browser may remember what it may send.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets pages of any origin identify, without cookies.
pub async fn open(request: Request, next: Next) -> Response {
    if request.uri().path() != "/v1/visitor/identify" {
        return next.run(request).await;
    }
    let sent = [header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("idempotency-key")];
    let read =
        ["idempotent-replayed", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"];
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers(sent)
        .expose_headers(read.map(HeaderName::from_static))
        .max_age(REMEMBERED);
    let answered: Result<Response, Infallible> = cors.layer(next).oneshot(request).await;
    answered.unwrap_or_else(|never| match never {})
}
