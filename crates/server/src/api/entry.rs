//! `GET /v1`: what answers here, and where it is described.

use crate::app::App;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What answers.
#[derive(Serialize, ToSchema)]
pub struct ApiEntry {
    /// `Quietzone`.
    name: &'static str,
    /// Of the program.
    version: &'static str,
    /// The operations, for people.
    documentation: String,
    /// The operations, for programs (OpenAPI 3.1).
    openapi: String,
}

/// What answers here, and where it is described; needs no token.
#[utoipa::path(get, path = "/v1", tag = "Operation", operation_id = "get_api_entry", security(()),
    responses((status = 200, body = ApiEntry)))]
pub async fn get_api_entry(State(app): State<App>) -> Json<ApiEntry> {
    let hosts = app.hosts();
    let base = hosts.base();
    Json(ApiEntry {
        name: "Quietzone",
        version: env!("CARGO_PKG_VERSION"),
        documentation: format!("{base}/docs"),
        openapi: format!("{base}/openapi.json"),
    })
}
