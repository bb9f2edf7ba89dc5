//! The first account, made through the one-time link that an empty installation prints on standard error.

use super::auth;
use super::body::{Body, Query};
use super::session;
use crate::account;
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::catalog::workspaces::{self, Update};
use crate::catalog::{self, Connection, demo};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether a set-up link still works.
#[derive(Serialize, ToSchema)]
pub struct SetupState {
    valid: bool,
    /// Whether a demo waits: then no workspace is asked for.
    demo: bool,
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
    /// Name of the workspace; absent where a demo waits.
    workspace_name: Option<String>,
    /// IANA time zone; UTC when absent.
    timezone: Option<String>,
}

/// Whether a set-up link still works; 403 when it does not.
#[utoipa::path(get, path = "/v1/x/setup", tag = "Session", operation_id = "get_setup",
    params(("token" = String, Query)),
    responses((status = 200, body = SetupState), (status = 403, body = ErrorResponse)))]
pub async fn get_setup(State(app): State<App>, query: Query) -> ApiResult<Json<SetupState>> {
    if is_valid(&app, query.get("token").unwrap_or_default()) {
        let demo = demo::find(&mut *app.catalog.read().await?).await?.is_some();
        Ok(Json(SetupState { valid: true, demo }))
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
    let demo = demo::find(&mut *app.catalog.read().await?).await?;
    let email = account::normal_email(&body.email);
    account::check_email(&email).map_err(|why| ApiError::field("/email", why))?;
    account::check_password(&body.password).map_err(|why| ApiError::field("/password", why))?;
    let own = match demo {
        Some(_) => None,
        None => Some(own_workspace(&app, body.workspace_name, body.timezone)?),
    };
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
            let workspace = match (demo, own) {
                (Some(demo), _) => demo,
                (None, Some((name, timezone))) => take_over(db, name, timezone, now).await?,
                (None, None) => return Ok(None),
            };
            let member = accounts::create(db, workspace, &email, &hash, Role::Admin, now).await?;
            accounts::member(db, workspace, member).await
        })
        .await?;
    app.setup.lock().take();
    let member =
        member.ok_or_else(|| ApiError::forbidden("somebody has set this Quietzone up already; sign in"))?;
    session::open(&app, &parts, &member).await
}

/// Name and time zone of the workspace that is set up.
fn own_workspace(app: &App, name: Option<String>, timezone: Option<String>) -> ApiResult<(String, String)> {
    let name = super::workspaces::check_name(&name.unwrap_or_default(), "/workspaceName")?;
    let timezone = timezone.unwrap_or_else(|| app.config.timezone.clone());
    super::workspaces::check_timezone(&timezone)?;
    Ok((name, timezone))
}

/// Gives the first start's workspace its name and zone.
async fn take_over(
    db: &mut Connection,
    name: String,
    timezone: String,
    now: Millis,
) -> catalog::Result<WorkspaceId> {
    let Some(workspace) = workspaces::first(db).await? else {
        return Ok(workspaces::create(db, WorkspaceId(Uuid::now_v7()), &name, &timezone, now).await?.id);
    };
    let update = Update { name: Some(name), timezone: Some(timezone), ..Update::default() };
    workspaces::update(db, workspace.id, update, now).await?;
    Ok(workspace.id)
}
