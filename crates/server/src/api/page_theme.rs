//! How a link's pages look (dossier 1.16). Each link has one look; without one of its own it has the house's.

use super::auth::{Can, PageThemesRead, PageThemesWrite};
use super::body::{Body, Path};
use super::links::link_id;
use crate::app::App;
use crate::catalog::{links, media, themes};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use axum::Json;
use axum::extract::State;
use pages::theme::PageTheme;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// A look.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageThemeResponse {
    /// `canvasColor`, `canvasCoverId`, `canvasCoverMode`, `containerEnabled`, `containerConfig`, `elementColor`,
    /// `titleFont`, `bodyFont`, `elementFont`, `badgeEnabled`, `badgeId`, `badgeShape`, `badgeIconColor`,
    /// `footerLogoEnabled`, `footerLogoId`; what is absent is the house's.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    page_theme: Value,
}

/// How the pages of a link look.
#[utoipa::path(get, path = "/v1/x/links/{linkId}/page-theme", tag = "Page themes", operation_id = "get_page_theme",
    params(("linkId" = uuid::Uuid, Path)),
    responses((status = 200, body = PageThemeResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_page_theme(
    State(app): State<App>,
    caller: Can<PageThemesRead>,
    Path(link): Path<String>,
) -> ApiResult<Json<PageThemeResponse>> {
    let id = link_id(&link)?;
    let mut db = app.catalog.read().await?;
    links::get(&mut db, caller.workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
    let found = themes::of_link(&mut db, caller.workspace, id).await?;
    let page_theme = found.and_then(|theme| serde_json::from_str(&theme.settings).ok());
    Ok(Json(PageThemeResponse { page_theme: page_theme.unwrap_or_else(|| json!({})) }))
}

/// Gives the pages of a link a look; the next page shown has it. An empty object is the house's.
#[utoipa::path(put, path = "/v1/x/links/{linkId}/page-theme", tag = "Page themes", operation_id = "put_page_theme",
    params(("linkId" = uuid::Uuid, Path)), request_body = std::collections::HashMap<String, Value>,
    responses((status = 200, body = PageThemeResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn put_page_theme(
    State(app): State<App>,
    caller: Can<PageThemesWrite>,
    Path(link): Path<String>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<PageThemeResponse>> {
    let (workspace, id, now) = (caller.workspace, link_id(&link)?, app.clock.now());
    let mut db = app.catalog.read().await?;
    links::get(&mut db, workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
    // What GET gave may come back as it was.
    let body = match body.get("pageTheme") {
        Some(Value::Object(inside)) if body.len() == 1 => inside.clone(),
        _ => body,
    };
    let known = json!(PageTheme::default());
    if let Some(unknown) = body.keys().find(|key| known.get(key.as_str()).is_none()) {
        let message = format!("\"{unknown}\" is no field of a look; see /docs for those there are");
        return Err(ApiError::field(format!("/{unknown}"), message));
    }
    let theme: PageTheme = serde_path_to_error::deserialize(Value::Object(body)).map_err(|error| {
        let field = format!("/{}", error.path().to_string().replace('.', "/").replace(['[', ']'], ""));
        ApiError::field(field, error.inner())
    })?;
    for (field, file) in [
        ("/canvasCoverId", &theme.canvas_cover_id),
        ("/badgeId", &theme.badge_id),
        ("/footerLogoId", &theme.footer_logo_id),
    ] {
        let Some(file) = file.as_deref().filter(|file| !file.is_empty()) else { continue };
        let known = match Uuid::parse_str(file) {
            Ok(file) => media::get(&mut db, workspace, file).await?.is_some_and(|file| file.kind == "image"),
            Err(_) => false,
        };
        if !known {
            let message = format!("\"{file}\" is no picture of the library; upload it first");
            return Err(ApiError::field(field, message));
        }
    }
    drop(db);
    let mut stored = json!(theme);
    if let Value::Object(fields) = &mut stored {
        fields.retain(|_, value| !value.is_null());
    }
    let settings = stored.to_string();
    let actor = caller.actor();
    app.catalog
        .write(async move |db| {
            let before = history::state(db, workspace, id).await?;
            themes::put(db, workspace, id, &settings, now).await?;
            history::note(db, workspace, id, &before, Done::alone("updated", &actor), now).await
        })
        .await?;
    Ok(Json(PageThemeResponse { page_theme: stored }))
}
