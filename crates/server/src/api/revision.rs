//! `ETag` and `If-Match` (RFC 9110 §8.8.3, §13.1.1): who changes what somebody else has changed meanwhile is told. A
//! revision names what its owner can change; counters beside it move without it.

use crate::error::{ApiError, ApiResult};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::Millis;
use serde::Serialize;

/// An answer with its revision. A row's last change is later than the one before it, so it tells revisions apart.
pub struct Revised<T>(pub Millis, pub T);

fn tag(revision: Millis) -> String {
    format!("\"{:x}\"", revision.0)
}

impl<T: Serialize> IntoResponse for Revised<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(value) = HeaderValue::from_str(&tag(self.0)) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }
}

/// Revisions that a change is meant for; any, where none is named.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter().peekable();
        if values.peek().is_none() {
            return Ok(Self(None));
        }
        let texts: Option<Vec<&str>> = values.map(|value| value.to_str().ok()).collect();
        let texts = texts.ok_or_else(|| ApiError::field("If-Match", "send the ETag of an answer, or *"))?;
        Ok(Self(Some(texts.join(","))))
    }
}

impl IfMatch {
    /// Refuses a change of what has another revision by now. To be asked in the transaction that changes it.
    pub fn check(&self, revision: Millis) -> ApiResult<()> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let current = tag(revision);
        match wanted.split(',').map(str::trim).any(|wanted| wanted == "*" || wanted == current) {
            true => Ok(()),
            false => Err(ApiError::precondition(
                "CHANGED_MEANWHILE",
                "somebody else has changed this meanwhile; read it again, and send the change with its new ETag",
            )
            .about("If-Match")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_for_the_revisions_it_names() {
        let named = |text: &str| IfMatch(Some(text.to_owned())).check(Millis(26)).is_ok();
        assert!(IfMatch::default().check(Millis(26)).is_ok());
        assert!(named("\"1a\"") && named("*") && named("\"7\", \"1a\""));
        assert!(!named("\"1b\"") && !named("1a") && !named("W/\"1a\"") && !named(""));
    }
}
