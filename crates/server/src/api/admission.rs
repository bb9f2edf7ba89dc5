//! Who comes in, and how often: one look-up of the caller for each request of the API, its place in the limits, and the
//! headers that tell it (dossier 2.1).

use super::auth::{Caller, Credential};
use crate::accept::PeerAddress;
use crate::app::App;
use crate::error::ApiResult;
use crate::head::{self, Headers};
use crate::limits::{Caller as Counted, Standing};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

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
