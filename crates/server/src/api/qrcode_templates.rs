//! Looks to be given to links' codes (dossier 5): the workspace's own, those that come with the program, and those that
//! others of this installation published.

pub mod change;
pub mod gallery;

use super::auth::{Can, QrcodesRead};
use super::body::{Body, Path, Query};
use super::cursor::Page;
use super::designs::QrcodeDesign;
use super::qrcode::signed;
use super::wire::time;
use crate::app::App;
use crate::catalog::Connection;
use crate::catalog::designs::{Design, Holder};
use crate::catalog::qrcode_templates::{self as rows, Template};
use crate::design::house;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use model::slug::fold;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;
use uuid::Uuid;

/// A template, as a workspace sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QrcodeTemplate {
    id: String,
    /// Absent on those that come with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<String>,
    name: String,
    description: String,
    tags: String,
    faq: String,
    learn_more: String,
    /// Its name in addresses; the program's own and published ones have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,
    /// Whether it comes with the program.
    built_in: bool,
    /// Whether it is the workspace's own.
    owned: bool,
    /// The workspace's links whose codes were given its look.
    usage_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    /// The template that it is a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicated_from: Option<String>,
    /// Its look, which is changed as every look is; the program's own have none to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_design_id: Option<String>,
    /// With `include=qrcodeDesign`.
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_design: Option<QrcodeDesign>,
    /// Its picture, for an hour.
    thumbnail_signed_url: String,
    created_at: String,
    updated_at: String,
}

/// A template in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QrcodeTemplateResponse {
    qrcode_template: QrcodeTemplate,
}

/// Templates.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListQrcodeTemplatesResponse {
    qrcode_templates: Vec<QrcodeTemplate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    has_more: bool,
    total_count: usize,
}

/// Which templates are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The workspace's own.
    Workspace,
    /// Those of the program as well.
    Available,
}

/// A template that a workspace sees by its id: its own, or the program's.
pub async fn visible(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
) -> crate::catalog::Result<Option<Template>> {
    match house::by_id(id) {
        Some(template) => Ok(Some(template)),
        None => rows::get(db, workspace, id).await,
    }
}

/// The template that a request names by its id or by its slug.
pub async fn named(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Option<&str>,
    slug: Option<&str>,
) -> ApiResult<Template> {
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match (given(id), given(slug)) {
        (Some(id), None) => {
            let field = "/qrcodeTemplateId";
            let id: Uuid =
                id.parse().map_err(|_| ApiError::field(field, format!("\"{id}\" is not a UUID")))?;
            visible(db, workspace, id).await?.ok_or_else(|| not_found(id))
        }
        (None, Some(slug)) => by_slug(db, Some(workspace), &slug).await,
        _ => Err(ApiError::field(
            "/qrcodeTemplateId",
            "name the template by qrcodeTemplateId or by templateSlug, one of the two",
        )),
    }
}

/// The template of a slug: the program's, one that is published, or the workspace's own.
pub async fn by_slug(db: &mut Connection, workspace: Option<WorkspaceId>, slug: &str) -> ApiResult<Template> {
    match house::by_slug(slug) {
        Some(template) => Ok(template),
        None => rows::by_slug(db, workspace, slug).await?.ok_or_else(|| not_found(format!("\"{slug}\""))),
    }
}

/// How a workspace is shown templates.
struct Showing<'a> {
    app: &'a App,
    workspace: WorkspaceId,
    uses: HashMap<Uuid, i64>,
    with_design: bool,
}

impl<'a> Showing<'a> {
    async fn begin(app: &'a App, workspace: WorkspaceId, with_design: bool) -> ApiResult<Self> {
        let uses = rows::usage(&mut *app.catalog.read().await?, workspace).await?.into_iter().collect();
        Ok(Self { app, workspace, uses, with_design })
    }

    fn wire(&self, template: Template) -> QrcodeTemplate {
        let is_built_in = template.workspace.is_none();
        let design = self.with_design.then(|| {
            let design = Design {
                id: template.design,
                holder: Holder::Template(template.id),
                looks: template.looks.clone(),
                created_at: template.created_at,
                updated_at: template.updated_at,
            };
            super::designs::wire_design(self.app, &design, Vec::new())
        });
        QrcodeTemplate {
            id: template.id.to_string(),
            workspace_id: template.workspace.map(|workspace| workspace.to_string()),
            built_in: is_built_in,
            owned: template.is_of(self.workspace),
            usage_count: self.uses.get(&template.id).copied().unwrap_or_default(),
            published_at: template.published_at.map(time),
            duplicated_from: template.duplicated_from.map(|id| id.to_string()),
            qrcode_design_id: (!is_built_in).then(|| template.design.to_string()),
            qrcode_design: design,
            thumbnail_signed_url: signed::template_url(self.app, self.workspace, template.id),
            created_at: time(template.created_at),
            updated_at: time(template.updated_at),
            name: template.about.name,
            description: template.about.description,
            tags: template.about.tags,
            faq: template.about.faq,
            learn_more: template.about.learn_more,
            slug: template.about.slug,
        }
    }
}

/// Whether a template has a text in its name, its description or its tags.
fn has(template: &Template, folded: &str) -> bool {
    [&template.name, &template.description, &template.tags].iter().any(|text| fold(text).contains(folded))
}

/// The workspace's templates, oldest first; with `QRCODE_TEMPLATE_SCOPE_AVAILABLE` those that come with the program before
/// them.
#[utoipa::path(get, path = "/v1/qrcode-templates", tag = "QR code templates", operation_id = "list_qrcode_templates",
    params(("scope" = Option<String>, Query, description = "QRCODE_TEMPLATE_SCOPE_WORKSPACE (usual) or QRCODE_TEMPLATE_SCOPE_AVAILABLE"),
        ("search" = Option<String>, Query, description = "Part of name, description or tags"),
        ("include" = Option<Vec<String>>, Query, description = "qrcodeDesign"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListQrcodeTemplatesResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_qrcode_templates(
    State(app): State<App>,
    caller: Can<QrcodesRead>,
    query: Query,
) -> ApiResult<Json<ListQrcodeTemplatesResponse>> {
    let scopes = [
        ("QRCODE_TEMPLATE_SCOPE_WORKSPACE", Scope::Workspace),
        ("QRCODE_TEMPLATE_SCOPE_AVAILABLE", Scope::Available),
        ("QRCODE_TEMPLATE_SCOPE_UNSPECIFIED", Scope::Workspace),
    ];
    let scope = query.one_of("scope", &scopes)?.unwrap_or(Scope::Workspace);
    let has_design = includes_design(&query)?;
    let search = query.get("search").map(fold);
    let page = Page::read(&app.cursors, &query, format!("qrcode templates {scope:?} {search:?}"))?;
    let mut all = if scope == Scope::Available { house::all() } else { Vec::new() };
    all.extend(rows::all(&mut *app.catalog.read().await?, caller.workspace).await?);
    all.retain(|template| search.as_ref().is_none_or(|search| has(template, search)));
    let total_count = all.len();
    let (page, next_page_token) = page.cut(&app.cursors, all, |row| (row.created_at, row.id));
    let showing = Showing::begin(&app, caller.workspace, has_design).await?;
    Ok(Json(ListQrcodeTemplatesResponse {
        qrcode_templates: page.into_iter().map(|template| showing.wire(template)).collect(),
        has_more: next_page_token.is_some(),
        next_page_token,
        total_count,
    }))
}

/// Whether looks are asked for. The contract knows the workspace, which here is the caller's own and not told again.
fn includes_design(query: &Query) -> ApiResult<bool> {
    let [design, _] = query.includes(["qrcodeDesign", "workspace"])?;
    Ok(design)
}

/// A template of the workspace, or one that comes with the program.
#[utoipa::path(get, path = "/v1/qrcode-templates/{id}", tag = "QR code templates", operation_id = "get_qrcode_template",
    params(("id" = uuid::Uuid, Path), ("include" = Option<Vec<String>>, Query, description = "qrcodeDesign")),
    responses((status = 200, body = QrcodeTemplate), (status = 404, body = ErrorResponse)))]
pub async fn get_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Json<QrcodeTemplate>> {
    let (id, has_design) = (template_id(&id)?, includes_design(&query)?);
    let template = visible(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let template = template.ok_or_else(|| not_found(id))?;
    let showing = Showing::begin(&app, caller.workspace, has_design).await?;
    Ok(Json(showing.wire(template)))
}

/// Templates whose pictures are asked for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolveQrcodeTemplateImagesRequest {
    /// 1,000 at most; those that the workspace does not see are absent from the answer.
    template_ids: Vec<String>,
}

/// Addresses of pictures, good for an hour.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolveQrcodeTemplateImagesResponse {
    /// Template id -> address.
    thumbnail_signed_urls: BTreeMap<String, String>,
}

/// Templates whose pictures can be asked for at once.
const MAX_IMAGES: usize = 1000;

/// Addresses of the pictures of templates, for an hour and for whoever has them.
#[utoipa::path(post, path = "/v1/qrcode-templates/images:resolve", tag = "QR code templates",
    operation_id = "resolve_qrcode_template_images", request_body = ResolveQrcodeTemplateImagesRequest,
    responses((status = 200, body = ResolveQrcodeTemplateImagesResponse), (status = 400, body = ErrorResponse)))]
pub async fn resolve_qrcode_template_images(
    State(app): State<App>,
    caller: Can<QrcodesRead>,
    Body(body): Body<ResolveQrcodeTemplateImagesRequest>,
) -> ApiResult<Json<ResolveQrcodeTemplateImagesResponse>> {
    if body.template_ids.len() > MAX_IMAGES {
        let message = format!("at most {MAX_IMAGES} templates; these are {}", body.template_ids.len());
        return Err(ApiError::field("/templateIds", message));
    }
    let mut thumbnail_signed_urls = BTreeMap::new();
    let mut db = app.catalog.read().await?;
    for (place, id) in body.template_ids.iter().enumerate() {
        let wrong = |_| ApiError::field(format!("/templateIds/{place}"), format!("\"{id}\" is not a UUID"));
        let id: Uuid = id.parse().map_err(wrong)?;
        if visible(&mut db, caller.workspace, id).await?.is_some() {
            thumbnail_signed_urls.insert(id.to_string(), signed::template_url(&app, caller.workspace, id));
        }
    }
    Ok(Json(ResolveQrcodeTemplateImagesResponse { thumbnail_signed_urls }))
}

fn template_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(what: impl std::fmt::Display) -> ApiError {
    ApiError::not_found("QRCODE_TEMPLATE_NOT_FOUND", format!("template {what}"))
}
