//! The workspace (dossier 1.1), and making others.

use super::auth::{Can, Credential, WorkspaceRead, WorkspaceWrite};
use super::body::Body;
use super::wire::time;
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::workspaces::{self, Counting, DataCollection, Update};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::networks::Networks;
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
    /// How much is kept of visitors: `none` (the bare scan) or `basic` (a hash that lives for a day).
    x_data_collection: &'static str,
    /// Whom numbers count unless asked: `human`, `all`, or `default`: as the installation counts.
    x_counting: &'static str,
    /// Addresses and networks whose scans are the team's own.
    x_team_networks: Vec<String>,
    created_at: String,
    updated_at: String,
}

/// What of a workspace can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWorkspaceRequest {
    name: Option<String>,
    timezone: Option<String>,
    /// `none` or `basic`.
    x_data_collection: Option<String>,
    /// `human`, `all` or `default`.
    x_counting: Option<String>,
    /// Addresses and networks such as `203.0.113.7` and `10.0.0.0/8`; 50 at most.
    x_team_networks: Option<Vec<String>>,
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
        x_data_collection: workspace.data_collection.as_str(),
        x_counting: workspace.counting.map_or("default", Counting::as_str),
        x_team_networks: workspace.team_networks,
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

/// Changes a workspace. Days and hours of all numbers follow the zone at once; the next scan sees the rest.
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
    let update = Update {
        name,
        timezone: body.timezone,
        data_collection: body.x_data_collection.as_deref().map(data_collection).transpose()?,
        counting: body.x_counting.as_deref().map(counting).transpose()?,
        team_networks: body.x_team_networks.map(team_networks).transpose()?,
    };
    let (id, now) = (caller.workspace, app.clock.now());
    let workspace = app.catalog.write(async move |db| workspaces::update(db, id, update, now).await).await?;
    app.redirector.workspaces.refresh(&app.catalog).await?;
    let workspace = workspace.ok_or_else(|| ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace"))?;
    Ok(Json(wire(workspace)))
}

/// Makes a workspace beside the caller's, with a token of its own. Who is signed in becomes its administrator.
#[utoipa::path(post, path = "/v1/x/workspaces", tag = "Workspace", operation_id = "create_workspace",
    request_body = CreateWorkspaceRequest,
    responses((status = 200, body = CreateWorkspaceResponse), (status = 400, body = ErrorResponse)))]
pub async fn create_workspace(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<CreateWorkspaceRequest>,
) -> ApiResult<Json<CreateWorkspaceResponse>> {
    let name = check_name(&body.name, "/name")?;
    let timezone = body.timezone.unwrap_or_else(|| app.config.timezone.clone());
    check_timezone(&timezone)?;
    let secret = crate::secret::new_token(false);
    let account = match &caller.credential {
        Credential::Session(member) => Some(member.account),
        Credential::Token { .. } => None,
    };
    let (hash, now) = (super::auth::hash_secret(&secret), app.clock.now());
    let workspace = app
        .catalog
        .write(async move |db| {
            let workspace =
                workspaces::create(db, WorkspaceId(Uuid::now_v7()), &name, &timezone, now).await?;
            tokens::create(db, workspace.id, NewToken::first(hash), now).await?;
            if let Some(account) = account {
                accounts::join(db, workspace.id, account, Role::Admin, now).await?;
            }
            Ok(workspace)
        })
        .await?;
    Ok(Json(CreateWorkspaceResponse { workspace: wire(workspace), access_token: secret }))
}

fn data_collection(word: &str) -> ApiResult<DataCollection> {
    match word {
        "none" => Ok(DataCollection::None),
        "basic" => Ok(DataCollection::Basic),
        "advanced" => Ok(DataCollection::Advanced),
        other => {
            let message = format!("\"{other}\" is none of none, basic and advanced");
            Err(ApiError::field("/xDataCollection", message))
        }
    }
}

fn counting(word: &str) -> ApiResult<Option<Counting>> {
    match word {
        "human" => Ok(Some(Counting::Human)),
        "all" => Ok(Some(Counting::All)),
        "default" => Ok(None),
        other => Err(ApiError::field("/xCounting", format!("\"{other}\" is not human, all or default"))),
    }
}

/// Networks of a workspace's team, at most.
const MAX_NETWORKS: usize = 50;

fn team_networks(texts: Vec<String>) -> ApiResult<Vec<String>> {
    if texts.len() > MAX_NETWORKS {
        let message = format!("a team has at most {MAX_NETWORKS} networks; these are {}", texts.len());
        return Err(ApiError::field("/xTeamNetworks", message));
    }
    let check = |(number, text): (usize, String)| {
        let text = text.trim().to_owned();
        match Networks::read([text.as_str()]) {
            Ok(_) => Ok(text),
            Err(bad) => Err(ApiError::field(
                format!("/xTeamNetworks/{number}"),
                format!("\"{bad}\" is not an address or a network such as 203.0.113.7 or 10.0.0.0/8"),
            )),
        }
    };
    texts.into_iter().enumerate().map(check).collect()
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
