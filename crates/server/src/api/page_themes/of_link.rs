//! The look of a link's pages, as a whole: read, and replaced.

use super::{keep, settings};
use crate::api::auth::{Can, PageThemesRead, PageThemesWrite};
use crate::api::body::{Body, Path};
use crate::api::links::link_id;
use crate::app::App;
use crate::catalog::{links, themes};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A look.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkPageThemeResponse {
    /// `canvasColor`, `canvasCoverId`, `canvasCoverMode`, `containerEnabled`, `containerConfig`, `elementColor`,
    /// `titleFont`, `bodyFont`, `elementFont`, `badgeEnabled`, `badgeId`, `badgeShape`, `badgeIconColor`,
    /// `footerLogoEnabled`, `footerLogoId`; what is absent is the house's.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    page_theme: Map<String, Value>,
}

/// How the pages of a link look.
#[utoipa::path(get, path = "/v1/x/links/{linkId}/page-theme", tag = "Page themes", operation_id = "get_link_page_theme",
    params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = LinkPageThemeResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_link_page_theme(
    State(app): State<App>,
    caller: Can<PageThemesRead>,
    Path(link): Path<String>,
) -> ApiResult<Json<LinkPageThemeResponse>> {
    let id = link_id(&link)?;
    let theme = themes::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let theme = theme.ok_or_else(|| ApiError::link_not_found(id))?;
    Ok(Json(LinkPageThemeResponse { page_theme: settings::written(&settings::stored(&theme.settings)) }))
}

/// Gives the pages of a link a look; the next page shown has it. An empty object is the house's.
#[utoipa::path(put, path = "/v1/x/links/{linkId}/page-theme", tag = "Page themes", operation_id = "put_link_page_theme",
    params(("linkId" = uuid::Uuid, Path)), request_body = std::collections::HashMap<String, Value>,
    responses((status = 200, body = LinkPageThemeResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn put_link_page_theme(
    State(app): State<App>,
    caller: Can<PageThemesWrite>,
    Path(link): Path<String>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<LinkPageThemeResponse>> {
    let (workspace, id, now, actor) = (caller.workspace, link_id(&link)?, app.clock.now(), caller.actor());
    let link = links::get(&mut *app.catalog.read().await?, workspace, id).await?;
    link.ok_or_else(|| ApiError::link_not_found(id))?;
    // What GET gave may come back as it was.
    let body = match body.get("pageTheme") {
        Some(Value::Object(inside)) if body.len() == 1 => inside.clone(),
        _ => body,
    };
    let (theme, pictures) = settings::whole(body)?;
    let page_theme = settings::written(&theme);
    app.catalog
        .attempt(async move |db| {
            if let Err(why) = settings::check(db, workspace, &pictures).await? {
                return Ok(Err(why));
            }
            keep(db, workspace, id, &theme, (&actor, now)).await.map(Ok)
        })
        .await??;
    Ok(Json(LinkPageThemeResponse { page_theme }))
}
