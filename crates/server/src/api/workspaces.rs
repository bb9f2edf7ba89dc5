//! The workspace (dossier 1.1), and making others.

use super::auth::{Can, WorkspaceRead, WorkspaceWrite};
use super::body::Body;
use super::wire::time;
use crate::app::App;
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    id: String,
    name: String,
    slug: String,
    /// IANA zone in which its days begin.
    timezone: String,
    link_setting_id: String,
    created_at: String,
    updated_at: String,
}

/// What of a workspace can be changed.
#[derive(Deserialize, ToSchema)]
pub struct UpdateWorkspaceRequest {
    name: Option<String>,
    timezone: Option<String>,
}

/// A new workspace.
#[derive(Deserialize, ToSchema)]
pub struct CreateWorkspaceRequest {
    name: String,
    timezone: Option<String>,
}

/// A new workspace and a token of its own.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWorkspaceResponse {
    workspace: Workspace,
    /// Full-access secret token; shown this once.
    access_token: String,
}

fn wire(workspace: workspaces::Workspace) -> Workspace {
    Workspace {
        id: workspace.id.to_string(),
        name: workspace.name,
        slug: workspace.slug,
        timezone: workspace.timezone,
        link_setting_id: workspace.link_setting_id.to_string(),
        created_at: time(workspace.created_at),
        updated_at: time(workspace.updated_at),
    }
}

/// The caller's workspace.
#[utoipa::path(get, path = "/v1/workspace", tag = "Workspace", operation_id = "get_workspace",
    responses((status = 200, body = Workspace)))]
pub async fn get_workspace(State(app): State<App>, caller: Can<WorkspaceRead>) -> ApiResult<Json<Workspace>> {
    let workspace = workspaces::get(&mut *app.catalog.read().await?, caller.workspace).await?;
    let workspace = workspace.ok_or_else(|| ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace"))?;
    Ok(Json(wire(workspace)))
}

/// Changes name or time zone. Days and hours of all numbers follow the zone at once.
#[utoipa::path(put, path = "/v1/workspace", tag = "Workspace", operation_id = "update_workspace",
    request_body = UpdateWorkspaceRequest,
    responses((status = 200, body = Workspace), (status = 400, body = ErrorResponse)))]
pub async fn update_workspace(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<UpdateWorkspaceRequest>,
) -> ApiResult<Json<Workspace>> {
    let name = body.name.map(|name| check_name(&name, "/name")).transpose()?;
    if let Some(timezone) = &body.timezone {
        check_timezone(timezone)?;
    }
    let (id, now) = (caller.workspace, app.clock.now());
    let workspace = app
        .catalog
        .write(async move |db| {
            workspaces::update(db, id, name.as_deref(), body.timezone.as_deref(), now).await
        })
        .await?;
    let workspace = workspace.ok_or_else(|| ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace"))?;
    Ok(Json(wire(workspace)))
}

/// Makes a workspace beside the caller's, with a token of its own.
#[utoipa::path(post, path = "/v1/x/workspaces", tag = "Workspace", operation_id = "create_workspace",
    request_body = CreateWorkspaceRequest,
    responses((status = 200, body = CreateWorkspaceResponse), (status = 400, body = ErrorResponse)))]
pub async fn create_workspace(
    State(app): State<App>,
    _caller: Can<WorkspaceWrite>,
    Body(body): Body<CreateWorkspaceRequest>,
) -> ApiResult<Json<CreateWorkspaceResponse>> {
    let name = check_name(&body.name, "/name")?;
    let timezone = body.timezone.unwrap_or_else(|| app.config.timezone.clone());
    check_timezone(&timezone)?;
    let secret = crate::secret::new_token(false);
    let (hash, now) = (super::auth::hash_secret(&secret), app.clock.now());
    let workspace = app
        .catalog
        .write(async move |db| {
            let workspace =
                workspaces::create(db, WorkspaceId(Uuid::now_v7()), &name, &timezone, now).await?;
            tokens::create(db, workspace.id, NewToken::first(hash), now).await?;
            Ok(workspace)
        })
        .await?;
    Ok(Json(CreateWorkspaceResponse { workspace: wire(workspace), access_token: secret }))
}

/// A workspace's name, trimmed.
pub fn check_name(name: &str, field: &str) -> ApiResult<String> {
    match name.trim() {
        "" => Err(ApiError::field(field, "a workspace needs a name")),
        name if name.chars().count() > 100 => {
            Err(ApiError::field(field, "a name has at most 100 characters"))
        }
        name => Ok(name.to_owned()),
    }
}

/// Refuses what is no IANA time zone.
pub fn check_timezone(timezone: &str) -> ApiResult<()> {
    match jiff::tz::TimeZone::get(timezone) {
        Ok(_) => Ok(()),
        Err(_) => {
            let message = format!("\"{timezone}\" is not an IANA time zone, such as Europe/Berlin");
            Err(ApiError::field("/timezone", message))
        }
    }
}
