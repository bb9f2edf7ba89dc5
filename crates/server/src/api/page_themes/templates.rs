//! Looks of pages that come with the program: giving one to a link, and knowing it again.

use super::{PageThemeResponse, keep, settings, wire};
use crate::api::auth::{Can, PageThemesRead, PageThemesWrite};
use crate::api::body::{Body, Query};
use crate::api::links::link_id;
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::themes;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::Millis;
use pages::theme::house::{HOUSE, House};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// When they were made, as far as lists ask: before everything else, in their order.
const SINCE: i64 = 1_767_225_600_000;

/// A look that comes with the program.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageThemeTemplate {
    id: String,
    name: &'static str,
    description: &'static str,
    tags: &'static str,
    /// Its name in addresses.
    slug: &'static str,
    /// Whether it comes with the program.
    built_in: bool,
    /// Whether it is the workspace's own.
    owned: bool,
    created_at: String,
    updated_at: String,
}

/// Ids of no other kind: version 8, with the place in the list.
fn id(place: usize) -> Uuid {
    let mut bytes = *b"quietzone page \0";
    bytes[15] = place as u8 + 1;
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn template(place: usize, house: &House) -> PageThemeTemplate {
    let since = time(Millis(SINCE + place as i64));
    PageThemeTemplate {
        id: id(place).to_string(),
        name: house.name,
        description: house.description,
        tags: house.tags,
        slug: house.slug,
        built_in: true,
        owned: false,
        created_at: since.clone(),
        updated_at: since,
    }
}

/// The look that a request names by its id or by its slug.
fn named(asked_id: Option<&str>, slug: Option<&str>) -> ApiResult<&'static House> {
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (what, found) = match (given(asked_id), given(slug)) {
        (Some(asked), None) => {
            let wrong = |_| ApiError::field("/pageThemeTemplateId", format!("\"{asked}\" is not a UUID"));
            let asked: Uuid = asked.parse().map_err(wrong)?;
            (asked.to_string(), HOUSE.iter().enumerate().find(|(place, _)| id(*place) == asked))
        }
        (None, Some(slug)) => {
            (format!("\"{slug}\""), HOUSE.iter().enumerate().find(|(_, house)| house.slug == slug))
        }
        _ => {
            let message = "name the template by pageThemeTemplateId or by slug, one of the two";
            return Err(ApiError::field("/pageThemeTemplateId", message));
        }
    };
    let known = found.map(|(_, house)| house);
    known.ok_or_else(|| ApiError::not_found("PAGE_THEME_TEMPLATE_NOT_FOUND", format!("template {what}")))
}

/// Which template is for which link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplyPageThemeTemplateRequest {
    link_id: String,
    /// The template, or `slug`.
    page_theme_template_id: Option<String>,
    /// `plain`, `linen`, `midnight`, `gazette`, `shore` or `workshop`.
    slug: Option<String>,
}

/// Gives a link's pages the look of a template, whole: what they had is replaced, and can be had back from the link's history.
#[utoipa::path(post, path = "/v1/page-themes/apply-template", tag = "Page themes",
    operation_id = "apply_page_theme_template", request_body = ApplyPageThemeTemplateRequest,
    responses((status = 200, body = PageThemeResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn apply_page_theme_template(
    State(app): State<App>,
    caller: Can<PageThemesWrite>,
    Body(body): Body<ApplyPageThemeTemplateRequest>,
) -> ApiResult<Json<PageThemeResponse>> {
    let (workspace, now, actor) = (caller.workspace, app.clock.now(), caller.actor());
    let link = link_id(&body.link_id).map_err(|error| error.renamed("/linkId"))?;
    let house = named(body.page_theme_template_id.as_deref(), body.slug.as_deref())?;
    let theme = app.catalog.attempt(async move |db| {
        if themes::get(db, workspace, link).await?.is_some() {
            keep(db, workspace, link, &(house.look)(), (&actor, now)).await?;
        }
        let theme = themes::get(db, workspace, link).await?;
        Ok(theme.ok_or_else(|| ApiError::link_not_found(link)))
    });
    Ok(Json(PageThemeResponse { page_theme: wire(workspace, theme.await??) }))
}

/// Whether a link's pages look like a template.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindMatchingPageThemeTemplateResponse {
    matched: bool,
    /// That template.
    #[serde(skip_serializing_if = "Option::is_none")]
    page_theme_template: Option<PageThemeTemplate>,
}

/// The template whose look is that of a link's pages to the last field, if there is one.
#[utoipa::path(get, path = "/v1/page-themes/matching-template", tag = "Page themes",
    operation_id = "find_matching_page_theme_template", params(("linkId" = uuid::Uuid, Query)),
    responses((status = 200, body = FindMatchingPageThemeTemplateResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn find_matching_page_theme_template(
    State(app): State<App>,
    caller: Can<PageThemesRead>,
    query: Query,
) -> ApiResult<Json<FindMatchingPageThemeTemplateResponse>> {
    let asked = query.get("linkId").ok_or_else(|| ApiError::field("linkId", "is required"))?;
    let link = link_id(asked).map_err(|error| error.renamed("linkId"))?;
    let theme = themes::get(&mut *app.catalog.read().await?, caller.workspace, link).await?;
    let look = settings::stored(&theme.ok_or_else(|| ApiError::link_not_found(link))?.settings);
    let found = HOUSE.iter().enumerate().find(|(_, house)| (house.look)() == look);
    let page_theme_template = found.map(|(place, house)| template(place, house));
    Ok(Json(FindMatchingPageThemeTemplateResponse {
        matched: page_theme_template.is_some(),
        page_theme_template,
    }))
}
