//! Who comes in, and how often: one look-up of the caller for each request of the API, its place in the limits, and the
//! headers that tell it (dossier 2.1).

use super::auth::{Caller, Credential};
use crate::accept::PeerAddress;
use crate::app::App;
use crate::error::ApiResult;
use crate::head::{self, Headers};
use crate::limits::{Caller as Counted, Standing};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_body_util::BodyExt;

/// Who calls, as the request's extension: looked up once, whoever asks.
#[derive(Clone, Debug)]
pub struct Resolved(pub ApiResult<Caller>);

/// Lets a request of the API in, or refuses it for coming too often.
pub async fn admit(
    State(app): State<App>,
    Extension(PeerAddress(peer)): Extension<PeerAddress>,
    request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with("/v1/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let body = arrived(&parts.headers, body).await;
    let caller = Caller::look_up(&parts, &app).await;
    let counted = match &caller {
        Ok(caller) => match &caller.credential {
            Credential::Token { id, .. } => Counted::Token(*id),
            Credential::Session(member) => Counted::Session(member.id),
        },
        // Guesses at tokens count for the address that makes them.
        Err(_) => {
            let headers = head::list(&parts.headers);
            let (address, _) = app.redirector.proxies.client(peer, &Headers::find(&headers));
            Counted::address(address)
        }
    };
    let standing = app.rate_limit.count(counted, app.clock.now());
    let mut response = match standing.refusal() {
        Some(error) => error.into_response(),
        None => {
            parts.extensions.insert(Resolved(caller));
            next.run(Request::from_parts(parts, body)).await
        }
    };
    tell(&standing, response.headers_mut());
    response
}

/// Bytes of a body that is waited for before anybody looks at the request, at most.
const WAITED_FOR: u64 = 64 << 10;

/// A short body, once it is here: who is refused before it came would find the connection closed at the next request.
async fn arrived(headers: &HeaderMap, body: Body) -> Body {
    let is_short = body.size_hint().exact().is_some_and(|bytes| bytes <= WAITED_FOR);
    // Who asks first sends it when the operation wants it.
    if !is_short || headers.contains_key(header::EXPECT) {
        return body;
    }
    match body.collect().await {
        Ok(whole) => Body::from(whole.to_bytes()),
        Err(error) => Body::from_stream(stream::once(async { Err::<Bytes, _>(error) })),
    }
}

/// Both families of headers: the drafts' of the IETF and the older ones.
fn tell(standing: &Standing, headers: &mut HeaderMap) {
    let Some(limit) = standing.limit else { return };
    let Standing { remaining, reset_s, resets_at_s, who, .. } = *standing;
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("ratelimit-policy", format!("\"{who}\";q={limit};w=60"));
    set("ratelimit", format!("\"{who}\";r={remaining};t={reset_s}"));
    for name in ["ratelimit-limit", "x-ratelimit-limit"] {
        set(name, limit.to_string());
    }
    for name in ["ratelimit-remaining", "x-ratelimit-remaining"] {
        set(name, remaining.to_string());
    }
    set("ratelimit-reset", reset_s.to_string());
    set("x-ratelimit-reset", resets_at_s.to_string());
}
