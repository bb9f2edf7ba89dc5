//! The workspaces of whoever calls (dossier 1.14): listed, and gone to.

use super::auth::{self, Caller, Credential};
use super::body::Path;
use super::members::Member;
use super::session;
use super::wire::{role, time};
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A workspace that one may come into.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyWorkspace {
    workspace_id: String,
    workspace_name: String,
    member_id: String,
    /// `ROLE_ADMIN`, `ROLE_TECH`, `ROLE_VIEWER`.
    role: &'static str,
    /// Whether the caller is in it.
    current: bool,
    enforce_mfa: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_signin_at: Option<String>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct ListMyWorkspacesResponse {
    workspaces: Vec<MyWorkspace>,
}

/// Having gone to another workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SwitchWorkspaceResponse {
    /// Of a token: the token itself. A browser has its cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    member: Member,
    member_id: String,
    workspace_id: String,
}

/// The memberships that a caller speaks for: a person's own, or of a token the workspace's first administrator's in it.
async fn own_memberships(app: &App, caller: &Caller) -> ApiResult<Vec<accounts::Member>> {
    let mut db = app.catalog.read().await?;
    match &caller.credential {
        Credential::Session(member) => Ok(accounts::open_memberships(&mut db, member.account).await?),
        Credential::Token { .. } => {
            caller.require("members:read")?;
            let members = accounts::members(&mut db, caller.workspace).await?;
            let is_speaker =
                |member: &accounts::Member| member.role == Role::Admin && member.access_revoked_at.is_none();
            Ok(members.into_iter().find(is_speaker).into_iter().collect())
        }
    }
}

/// Workspaces that the caller may come into; a token its own.
#[utoipa::path(get, path = "/v1/myself/workspaces", tag = "Workspace", operation_id = "list_my_workspaces",
    responses((status = 200, body = ListMyWorkspacesResponse)))]
pub async fn list_my_workspaces(
    State(app): State<App>,
    caller: Caller,
) -> ApiResult<Json<ListMyWorkspacesResponse>> {
    let mut own = Vec::new();
    for membership in own_memberships(&app, &caller).await? {
        let workspace = workspaces::get(&mut *app.catalog.read().await?, membership.workspace).await?;
        let Some(workspace) = workspace else { continue };
        own.push(MyWorkspace {
            workspace_id: workspace.id.to_string(),
            workspace_name: workspace.name,
            member_id: membership.id.to_string(),
            role: role(membership.role),
            current: workspace.id == caller.workspace,
            enforce_mfa: false,
            last_signin_at: membership.last_signin_at.map(time),
        });
    }
    Ok(Json(ListMyWorkspacesResponse { workspaces: own }))
}

/// Goes to another workspace of one's own: a browser's session goes on there. A token stays where it is.
#[utoipa::path(post, path = "/v1/myself/workspaces/{workspaceId}", tag = "Workspace", operation_id = "switch_my_workspace",
    params(("workspaceId" = uuid::Uuid, Path)),
    responses((status = 200, body = SwitchWorkspaceResponse), (status = 404, body = ErrorResponse)))]
pub async fn switch_my_workspace(
    State(app): State<App>,
    caller: Caller,
    Path(verb): Path<String>,
    parts: Parts,
) -> ApiResult<Response> {
    let id = verb
        .strip_suffix(":switch")
        .ok_or_else(|| ApiError::not_found("ROUTE_NOT_FOUND", format!("/v1/myself/workspaces/{verb}")))?;
    let memberships = own_memberships(&app, &caller).await?;
    let id = super::workspaces::workspace_id("workspaceId", id)?;
    let there = memberships.into_iter().find(|there| there.workspace == id);
    let there = there.ok_or_else(|| ApiError::not_found("WORKSPACE_NOT_FOUND", format!("workspace {id}")))?;
    let access_token = match auth::Shown::by(&parts, &app) {
        auth::Shown::Bearer(secret) => secret.map(str::to_owned),
        _ => None,
    };
    let mut response = match &caller.credential {
        Credential::Token { .. } => Response::default(),
        Credential::Session(_) => session::open(&app, &parts, &there).await?,
    };
    let body = SwitchWorkspaceResponse {
        access_token,
        member_id: there.id.to_string(),
        workspace_id: there.workspace.to_string(),
        member: there.into(),
    };
    // The session's cookie is in the headers; the body is this operation's.
    let cookie = response.headers_mut().remove(header::SET_COOKIE);
    let mut answer = Json(body).into_response();
    if let Some(cookie) = cookie {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}
