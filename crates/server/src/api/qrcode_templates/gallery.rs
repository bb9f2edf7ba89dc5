//! Templates that everybody sees, without an account: those that come with the program, and those that were published.

use super::{by_slug, has};
use crate::api::body::{Path, Query};
use crate::api::cursor::Page;
use crate::api::qrcode::signed;
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::qrcode_templates::{self as rows, Template};
use crate::design::house;
use crate::error::{ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use model::slug::fold;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Templates of a page, where nothing is said.
const PAGE: usize = 20;

/// A template, as everybody sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicQrcodeTemplate {
    name: String,
    slug: String,
    description: String,
    tags: String,
    faq: String,
    learn_more: String,
    built_in: bool,
    published_at: String,
    /// Its picture, for an hour.
    thumbnail_signed_url: String,
}

/// The gallery.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicListQrcodeTemplatesResponse {
    qrcode_templates: Vec<PublicQrcodeTemplate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    has_more: bool,
}

fn wire(app: &App, template: Template) -> PublicQrcodeTemplate {
    // Whose it is no more, everybody sees.
    let workspace = template.workspace.unwrap_or(WorkspaceId(Uuid::nil()));
    PublicQrcodeTemplate {
        thumbnail_signed_url: signed::template_url(app, workspace, template.id),
        built_in: template.workspace.is_none(),
        published_at: time(template.published_at.unwrap_or(template.created_at)),
        slug: template.about.slug.unwrap_or_default(),
        name: template.about.name,
        description: template.about.description,
        tags: template.about.tags,
        faq: template.about.faq,
        learn_more: template.about.learn_more,
    }
}

/// Templates that everybody sees, oldest first, those that come with the program before the others.
#[utoipa::path(get, path = "/v1/public/qrcode-templates", tag = "QR code templates",
    operation_id = "list_public_qrcode_templates", security(()),
    params(("search" = Option<String>, Query, description = "Part of name, description or tags"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PublicListQrcodeTemplatesResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_public_qrcode_templates(
    State(app): State<App>,
    query: Query,
) -> ApiResult<Json<PublicListQrcodeTemplatesResponse>> {
    let search = query.get("search").map(fold);
    let page = Page::of(&app.cursors, &query, format!("public qrcode templates {search:?}"), PAGE)?;
    let mut all = house::all();
    all.extend(rows::published(&mut *app.catalog.read().await?).await?);
    all.retain(|template| search.as_ref().is_none_or(|search| has(template, search)));
    let (page, next_page_token) = page.cut(&app.cursors, all, |row| (row.created_at, row.id));
    Ok(Json(PublicListQrcodeTemplatesResponse {
        qrcode_templates: page.into_iter().map(|template| wire(&app, template)).collect(),
        has_more: next_page_token.is_some(),
        next_page_token,
    }))
}

/// A template that everybody sees.
#[utoipa::path(get, path = "/v1/public/qrcode-templates/{slug}", tag = "QR code templates",
    operation_id = "get_public_qrcode_template", security(()), params(("slug" = String, Path)),
    responses((status = 200, body = PublicQrcodeTemplate), (status = 404, body = ErrorResponse)))]
pub async fn get_public_qrcode_template(
    State(app): State<App>,
    Path(slug): Path<String>,
) -> ApiResult<Json<PublicQrcodeTemplate>> {
    let template = by_slug(&mut *app.catalog.read().await?, None, &slug).await?;
    Ok(Json(wire(&app, template)))
}
