//! How much links keep of their visitors (dossier 1.19, DESIGN §11.4): one profile a workspace.

use super::auth::{Can, LinksRead, LinksWrite};
use super::body::{Body, Path, one_of};
use super::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::workspaces::{self, DataCollection, Update, Workspace};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A profile.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkSetting {
    id: String,
    /// `DATA_COLLECTION_NONE`, `_BASIC`, `_ADVANCED`.
    data_collection: String,
    created_at: String,
    updated_at: String,
}

/// A profile in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkSettingResponse {
    link_setting: LinkSetting,
}

/// What of a profile can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateLinkSettingRequest {
    /// `DATA_COLLECTION_NONE`: the bare scan; `_BASIC`: a hash that lives for a day; `_ADVANCED`: and a cookie once the
    /// visitor agreed.
    data_collection: String,
}

fn answer(workspace: &Workspace) -> Json<LinkSettingResponse> {
    Json(LinkSettingResponse {
        link_setting: LinkSetting {
            id: workspace.link_setting_id.to_string(),
            data_collection: enum_value("DATA_COLLECTION", workspace.data_collection.as_str()),
            created_at: time(workspace.created_at),
            updated_at: time(workspace.updated_at),
        },
    })
}

/// The workspace of the profile, which has to be the caller's.
async fn workspace_of(app: &App, workspace: WorkspaceId, id: &str) -> ApiResult<Workspace> {
    let id = Uuid::parse_str(id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let workspace = workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
    workspace
        .filter(|workspace| workspace.link_setting_id == id)
        .ok_or_else(|| ApiError::not_found("LINK_SETTING_NOT_FOUND", format!("link setting {id}")))
}

/// How much links keep of their visitors. The id is the workspace's `linkSettingId`.
#[utoipa::path(get, path = "/v1/settings/link-setting/{id}", tag = "Links", operation_id = "get_link_setting",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = LinkSettingResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_link_setting(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<LinkSettingResponse>> {
    Ok(answer(&workspace_of(&app, caller.workspace, &id).await?))
}

/// How much links keep of their visitors, without asking for the profile's id.
#[utoipa::path(get, path = "/v1/settings/data-collection", tag = "Links", operation_id = "get_data_collection",
    responses((status = 200, body = LinkSettingResponse)))]
pub async fn get_data_collection(
    State(app): State<App>,
    caller: Can<LinksRead>,
) -> ApiResult<Json<LinkSettingResponse>> {
    let workspace = workspaces::get(&mut *app.catalog.read().await?, caller.workspace).await?;
    Ok(answer(&workspace.ok_or_else(no_workspace)?))
}

/// Changes how much links keep of their visitors, without asking for the profile's id.
#[utoipa::path(put, path = "/v1/settings/data-collection", tag = "Links", operation_id = "update_data_collection",
    request_body = UpdateLinkSettingRequest,
    responses((status = 200, body = LinkSettingResponse), (status = 400, body = ErrorResponse)))]
pub async fn update_data_collection(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<UpdateLinkSettingRequest>,
) -> ApiResult<Json<LinkSettingResponse>> {
    change(&app, caller.workspace, &body).await
}

/// Changes how much links keep of their visitors; at work from the next scan on.
#[utoipa::path(put, path = "/v1/settings/link-setting/{id}", tag = "Links", operation_id = "update_link_setting",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateLinkSettingRequest,
    responses((status = 200, body = LinkSettingResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_link_setting(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateLinkSettingRequest>,
) -> ApiResult<Json<LinkSettingResponse>> {
    let workspace = workspace_of(&app, caller.workspace, &id).await?.id;
    change(&app, workspace, &body).await
}

async fn change(
    app: &App,
    workspace: WorkspaceId,
    body: &UpdateLinkSettingRequest,
) -> ApiResult<Json<LinkSettingResponse>> {
    let now = app.clock.now();
    let known = [
        ("DATA_COLLECTION_NONE", DataCollection::None),
        ("DATA_COLLECTION_BASIC", DataCollection::Basic),
        ("DATA_COLLECTION_ADVANCED", DataCollection::Advanced),
    ];
    let level = one_of("/dataCollection", &body.data_collection, &known)?;
    let update = Update { data_collection: Some(level), ..Update::default() };
    let changed =
        app.catalog.write(async move |db| workspaces::update(db, workspace, update, now).await).await?;
    app.redirector.workspaces.refresh(&app.catalog).await?;
    Ok(answer(&changed.ok_or_else(no_workspace)?))
}

fn no_workspace() -> ApiError {
    ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace")
}
