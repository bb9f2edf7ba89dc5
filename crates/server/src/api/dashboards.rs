//! Dashboards of widgets (dossier 4.4): a widget says which question it asks and how the answer is drawn; whoever shows
//! it asks and draws.

mod starter;
mod widget;

use super::auth::{AnalyticsRead, AnalyticsWrite, Can};
use super::body::{Body, Path, Query};
use super::cursor::Page;
use super::links::checks::checked_text;
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::dashboards::{self, Dashboard as Row};
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::{LinkId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use widget::DashboardConfig;

/// Dashboards of a workspace at most.
const MAX_DASHBOARDS: usize = 500;
/// Name of a dashboard that was given none.
const DEFAULT_NAME: &str = "Default Dashboard";

/// A dashboard.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalyticsDashboard {
    id: String,
    name: String,
    /// Empty for the workspace's.
    link_id: String,
    config: DashboardConfig,
    /// Always empty: there is no assistant.
    #[schema(value_type = Vec<Object>)]
    chat_messages: [(); 0],
    created_at: String,
    updated_at: String,
}

/// A dashboard in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct DashboardResponse {
    dashboard: AnalyticsDashboard,
}

/// A page of dashboards, oldest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListDashboardsResponse {
    dashboards: Vec<AnalyticsDashboard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A new dashboard.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateDashboardRequest {
    /// Chosen by the caller, or here.
    id: Option<String>,
    /// `Default Dashboard` when absent.
    name: Option<String>,
    /// Link that it is of; the workspace's when absent.
    link_id: Option<String>,
    config: Option<DashboardConfig>,
    /// Without `config`: a set to begin with, the workspace's or a link's.
    use_default_widgets: Option<bool>,
}

/// What of a dashboard can be changed; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateDashboardRequest {
    name: Option<String>,
    config: Option<DashboardConfig>,
}

fn wire(row: Row) -> AnalyticsDashboard {
    AnalyticsDashboard {
        id: row.id.to_string(),
        name: row.name,
        link_id: row.link.map(|link| link.to_string()).unwrap_or_default(),
        // It was written by us.
        config: serde_json::from_str(&row.config).unwrap_or_default(),
        chat_messages: [],
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("DASHBOARD_NOT_FOUND", format!("dashboard {id}"))
}

fn dashboard_id(text: &str) -> ApiResult<Uuid> {
    Uuid::parse_str(text).map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn name(name: Option<String>) -> ApiResult<Option<String>> {
    let name = name.map(|name| checked_text("/name", Some(name), 200)).transpose()?;
    Ok(name.filter(|name| !name.is_empty()))
}

/// The link of an id, deleted ones excepted.
pub async fn link_of(
    app: &App,
    workspace: WorkspaceId,
    field: &str,
    id: Option<&str>,
) -> ApiResult<Option<LinkId>> {
    let Some(text) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let id: LinkId = text.parse().map_err(|_| ApiError::field(field, format!("\"{text}\" is not a UUID")))?;
    let found = links::of_events(&mut *app.catalog.read().await?, workspace, &[id]).await?;
    match found.first() {
        Some(link) if link.deleted_at.is_none() => Ok(Some(id)),
        _ => Err(ApiError::link_not_found(id).about(field)),
    }
}

/// Dashboards, oldest first.
#[utoipa::path(get, path = "/v1/analytics/dashboards", tag = "Analytics", operation_id = "list_dashboards",
    params(("linkId" = Option<uuid::Uuid>, Query, description = "Only this link's"),
        ("scope" = Option<String>, Query, description = "DASHBOARD_SCOPE_WORKSPACE, DASHBOARD_SCOPE_LINK"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListDashboardsResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_dashboards(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    query: Query,
) -> ApiResult<Json<ListDashboardsResponse>> {
    let link = query.parse::<LinkId>("linkId", "a UUID")?;
    let scopes = [
        ("DASHBOARD_SCOPE_WORKSPACE", Some(false)),
        ("DASHBOARD_SCOPE_LINK", Some(true)),
        ("DASHBOARD_SCOPE_UNSPECIFIED", None),
    ];
    let of_a_link = query.one_of("scope", &scopes)?.flatten().filter(|_| link.is_none());
    let page = Page::read(&app.cursors, &query, format!("dashboards {link:?} {of_a_link:?}"))?;
    let mut rows = dashboards::all(&mut *app.catalog.read().await?, caller.workspace).await?;
    rows.retain(|row| {
        link.is_none_or(|link| row.link == Some(link)) && of_a_link.is_none_or(|of| row.link.is_some() == of)
    });
    let total_count = rows.len();
    let (rows, next_page_token) = page.cut(&app.cursors, rows, |row| (row.created_at, row.id));
    let dashboards = rows.into_iter().map(wire).collect();
    Ok(Json(ListDashboardsResponse { dashboards, next_page_token, total_count }))
}

/// Makes a dashboard.
#[utoipa::path(post, path = "/v1/analytics/dashboards", tag = "Analytics", operation_id = "create_dashboard",
    request_body = CreateDashboardRequest,
    responses((status = 200, body = DashboardResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn create_dashboard(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Body(body): Body<CreateDashboardRequest>,
) -> ApiResult<Json<DashboardResponse>> {
    let id = match body.id.as_deref().filter(|id| !id.is_empty()) {
        None => Uuid::now_v7(),
        Some(text) => {
            Uuid::parse_str(text).map_err(|_| ApiError::field("/id", format!("\"{text}\" is not a UUID")))?
        }
    };
    let name = name(body.name)?.unwrap_or_else(|| DEFAULT_NAME.to_owned());
    let link = link_of(&app, caller.workspace, "/linkId", body.link_id.as_deref()).await?;
    let config = match body.config {
        Some(config) => config.checked()?,
        None if body.use_default_widgets == Some(true) => starter::config(link),
        None => starter::empty(),
    };
    let (workspace, now) = (caller.workspace, app.clock.now());
    let row = Row { id, link, name, config: config.to_json(), created_at: now, updated_at: now };
    let outcome = app
        .catalog
        .write(async move |db| {
            let all = dashboards::all(db, workspace).await?;
            if all.len() >= MAX_DASHBOARDS {
                let message =
                    format!("a workspace has at most {MAX_DASHBOARDS} dashboards; delete some first");
                return Ok(Err(ApiError::bad_request(message)));
            }
            match dashboards::create(db, workspace, &row).await {
                Ok(()) => Ok(Ok(row)),
                Err(crate::catalog::Error::Taken(_)) => {
                    let message = format!("there is a dashboard {id} already");
                    Ok(Err(ApiError::conflict("DASHBOARD_EXISTS", message).about("/id")))
                }
                Err(error) => Err(error),
            }
        })
        .await?;
    Ok(Json(DashboardResponse { dashboard: wire(outcome?) }))
}

/// Changes a dashboard.
#[utoipa::path(put, path = "/v1/analytics/dashboards/{id}", tag = "Analytics", operation_id = "update_dashboard",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateDashboardRequest,
    responses((status = 200, body = DashboardResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_dashboard(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateDashboardRequest>,
) -> ApiResult<Json<DashboardResponse>> {
    let id = dashboard_id(&id)?;
    let name = name(body.name)?;
    let config = body.config.map(DashboardConfig::checked).transpose()?.map(|config| config.to_json());
    let (workspace, now) = (caller.workspace, app.clock.now());
    let row = app
        .catalog
        .write(async move |db| {
            dashboards::update(db, workspace, id, name.as_deref(), config.as_deref(), now).await
        })
        .await?;
    Ok(Json(DashboardResponse { dashboard: wire(row.ok_or_else(|| not_found(id))?) }))
}

/// Deletes a dashboard.
#[utoipa::path(delete, path = "/v1/analytics/dashboards/{id}", tag = "Analytics", operation_id = "delete_dashboard",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Empty), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn delete_dashboard(
    State(app): State<App>,
    caller: Can<AnalyticsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, dashboard_id(&id)?);
    let was = app.catalog.write(async move |db| dashboards::delete(db, workspace, id).await).await?;
    if was { Ok(Json(Empty {})) } else { Err(not_found(id)) }
}
