//! How pages look (dossier 1.16). Each link has one look; until it is changed that is the house's.

pub mod of_link;
mod settings;
pub mod templates;

use super::auth::{Can, PageThemesRead, PageThemesWrite};
use super::body::{Body, Path, Query};
use super::cursor::Page;
use super::wire::time;
use crate::app::App;
use crate::catalog::changes::Actor;
use crate::catalog::themes::{self, Theme};
use crate::catalog::{self, Connection};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use axum::Json;
use axum::extract::State;
use model::{LinkId, Millis, WorkspaceId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// The look of a link's pages.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageTheme {
    /// The same from the making of its link on.
    id: String,
    workspace_id: String,
    /// The link whose pages have it.
    x_link_id: String,
    /// `canvasColor`, `canvasCoverId`, `canvasCoverMode`, `containerEnabled`, `containerConfig`, `elementColor`,
    /// `titleFont`, `bodyFont`, `elementFont`, `badgeEnabled`, `badgeId`, `badgeShape`, `badgeIconColor`,
    /// `footerLogoEnabled`, `footerLogoId`; what is absent is the house's.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    settings: Map<String, Value>,
    created_at: String,
    updated_at: String,
}

/// A look in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageThemeResponse {
    page_theme: PageTheme,
}

/// Looks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListPageThemesResponse {
    page_themes: Vec<PageTheme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

fn wire(workspace: WorkspaceId, theme: Theme) -> PageTheme {
    PageTheme {
        id: themes::id_of(theme.link).to_string(),
        workspace_id: workspace.to_string(),
        x_link_id: theme.link.to_string(),
        settings: settings::written(&settings::stored(&theme.settings)),
        created_at: time(theme.created_at),
        updated_at: time(theme.updated_at),
    }
}

/// The look with this id, if there is one.
pub async fn shown(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: &str,
) -> catalog::Result<Option<PageTheme>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    Ok(themes::get(db, workspace, themes::link_of(id)).await?.map(|theme| wire(workspace, theme)))
}

/// The looks of the workspace's links, oldest link first.
#[utoipa::path(get, path = "/v1/page-themes", tag = "Page themes", operation_id = "list_page_themes",
    params(("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListPageThemesResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_page_themes(
    State(app): State<App>,
    caller: Can<PageThemesRead>,
    query: Query,
) -> ApiResult<Json<ListPageThemesResponse>> {
    let page = Page::read(&app.cursors, &query, "page themes".to_owned())?;
    let mut db = app.catalog.read().await?;
    let all = themes::all(&mut db, caller.workspace).await?;
    let total_count = all.len();
    let (links, next_page_token) = page.cut(&app.cursors, all, |(made, link)| (*made, link.0));
    let mut page_themes = Vec::with_capacity(links.len());
    for (_, link) in links {
        let theme = themes::get(&mut db, caller.workspace, link).await?;
        page_themes.extend(theme.map(|theme| wire(caller.workspace, theme)));
    }
    Ok(Json(ListPageThemesResponse { page_themes, next_page_token, total_count }))
}

/// A look.
#[utoipa::path(get, path = "/v1/page-themes/{id}", tag = "Page themes", operation_id = "get_page_theme",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PageThemeResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_page_theme(
    State(app): State<App>,
    caller: Can<PageThemesRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<PageThemeResponse>> {
    let id = theme_id(&id)?;
    let theme = existing(&mut *app.catalog.read().await?, caller.workspace, id).await??;
    Ok(Json(PageThemeResponse { page_theme: wire(caller.workspace, theme) }))
}

/// Changes the look of a link's pages; the next page shown has it. What is absent or null stays, also inside
/// `containerConfig` and the three fonts; a colour is set whole. Pictures of the library are chosen with `canvasCover`, `badge` and
/// `footerLogo`: `{"id": "…"}`, or `{"delete": {}}` to have none.
#[utoipa::path(patch, path = "/v1/page-themes/{id}", tag = "Page themes", operation_id = "update_page_theme",
    params(("id" = uuid::Uuid, Path)), request_body = std::collections::HashMap<String, Value>,
    responses((status = 200, body = PageThemeResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_page_theme(
    State(app): State<App>,
    caller: Can<PageThemesWrite>,
    Path(id): Path<String>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<PageThemeResponse>> {
    let (workspace, id, now, actor) = (caller.workspace, theme_id(&id)?, app.clock.now(), caller.actor());
    existing(&mut *app.catalog.read().await?, workspace, id).await??;
    let change = settings::Change::read(body)?;
    let theme = app.catalog.attempt(async move |db| {
        let theme = match existing(db, workspace, id).await? {
            Ok(theme) => theme,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = settings::check(db, workspace, &change.pictures).await? {
            return Ok(Err(why));
        }
        let changed = change.of(settings::stored(&theme.settings));
        keep(db, workspace, theme.link, &changed, (&actor, now)).await?;
        existing(db, workspace, id).await
    });
    Ok(Json(PageThemeResponse { page_theme: wire(workspace, theme.await??) }))
}

/// Gives a link's pages a look and notes it of the link.
async fn keep(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    look: &pages::theme::PageTheme,
    (actor, now): (&Actor, Millis),
) -> catalog::Result<()> {
    let before = history::state(db, workspace, link).await?;
    let settings = Value::Object(settings::written(look)).to_string();
    themes::put(db, workspace, link, &settings, now).await?;
    history::note(db, workspace, link, &before, Done::alone("updated", actor), now).await?;
    Ok(())
}

async fn existing(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
) -> catalog::Result<ApiResult<Theme>> {
    let theme = themes::get(db, workspace, themes::link_of(id)).await?;
    Ok(theme.ok_or_else(|| ApiError::not_found("PAGE_THEME_NOT_FOUND", format!("page theme {id}"))))
}

fn theme_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}
