//! Spellings of the wire that several resources share.

use crate::catalog::accounts::Role;
use crate::redirect::pages::Ready;
use axum::response::{IntoResponse, Response};
use model::Millis;
use serde::Serialize;
use utoipa::ToSchema;

/// `{}`.
#[derive(Serialize, ToSchema)]
pub struct Empty {}

/// RFC 3339, UTC, as all times on the wire.
pub fn time(at: Millis) -> String {
    at.timestamp().to_string()
}

/// A role's enum value.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "ROLE_VIEWER",
        Role::Tech => "ROLE_TECH",
        Role::Admin => "ROLE_ADMIN",
    }
}

/// An enum value of the wire: `DEVICE_TYPE` and `mobile` make `DEVICE_TYPE_MOBILE`.
pub fn enum_value(prefix: &str, word: &str) -> String {
    format!("{prefix}_{}", word.to_ascii_uppercase())
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        let mut response = self.html.into_response();
        response.headers_mut().extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}
