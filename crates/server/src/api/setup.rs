//! The first account, made through the one-time link that an empty installation prints on standard error.

use super::auth;
use super::body::{Body, Query};
use super::session;
use crate::account;
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::catalog::workspaces::{self, Update};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use model::WorkspaceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether a set-up link still works.
#[derive(Serialize, ToSchema)]
pub struct SetupState {
    valid: bool,
}

/// The first account and its workspace.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupRequest {
    /// From the set-up link.
    token: String,
    /// E-mail address to sign in with.
    email: String,
    /// Password, 8 characters or more.
    password: String,
    /// Name of the workspace.
    workspace_name: String,
    /// IANA time zone; UTC when absent.
    timezone: Option<String>,
}

/// Whether a set-up link still works; 403 when it does not.
#[utoipa::path(get, path = "/v1/x/setup", tag = "Session", operation_id = "get_setup",
    params(("token" = String, Query)),
    responses((status = 200, body = SetupState), (status = 403, body = ErrorResponse)))]
pub async fn get_setup(State(app): State<App>, query: Query) -> ApiResult<Json<SetupState>> {
    if is_valid(&app, query.get("token").unwrap_or_default()) {
        Ok(Json(SetupState { valid: true }))
    } else {
        Err(used())
    }
}

fn used() -> ApiError {
    ApiError::forbidden(
        "this set-up link has been used or has been replaced by a later start; the server's console shows the current one",
    )
}

fn is_valid(app: &App, token: &str) -> bool {
    app.setup.lock().as_ref().is_some_and(|expected| auth::hash_secret(expected) == auth::hash_secret(token))
}

/// Makes the first account and signs it in.
#[utoipa::path(post, path = "/v1/x/setup", tag = "Session", operation_id = "create_setup",
    request_body = SetupRequest,
    responses((status = 200, body = session::SessionResponse), (status = 400, body = ErrorResponse), (status = 403, body = ErrorResponse)))]
pub async fn create_setup(
    State(app): State<App>,
    parts: Parts,
    Body(body): Body<SetupRequest>,
) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    if !is_valid(&app, &body.token) {
        return Err(used());
    }
    let email = account::normal_email(&body.email);
    account::check_email(&email).map_err(|why| ApiError::field("/email", why))?;
    account::check_password(&body.password).map_err(|why| ApiError::field("/password", why))?;
    let name = super::workspaces::check_name(&body.workspace_name, "/workspaceName")?;
    let timezone = body.timezone.unwrap_or_else(|| app.config.timezone.clone());
    super::workspaces::check_timezone(&timezone)?;
    let password = body.password;
    let hash = session::blocking(&app, move || account::hash_password(&password, rand::random())).await?;
    let now = app.clock.now();
    let member = app
        .catalog
        .write(async move |db| {
            // Two browsers may have the link open: the first wins.
            if accounts::any(db).await? {
                return Ok(None);
            }
            let workspace = match workspaces::first(db).await? {
                Some(workspace) => {
                    let update = Update { name: Some(name), timezone: Some(timezone), ..Update::default() };
                    workspaces::update(db, workspace.id, update, now).await?;
                    workspace.id
                }
                None => workspaces::create(db, WorkspaceId(Uuid::now_v7()), &name, &timezone, now).await?.id,
            };
            let member = accounts::create(db, workspace, &email, &hash, Role::Admin, now).await?;
            accounts::member(db, workspace, member).await
        })
        .await?;
    app.setup.lock().take();
    let member =
        member.ok_or_else(|| ApiError::forbidden("somebody has set this Quietzone up already; sign in"))?;
    session::open(&app, &member).await
}
