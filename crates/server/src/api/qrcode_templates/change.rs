//! Making, changing, publishing and deleting templates.

use super::{QrcodeTemplate, QrcodeTemplateResponse, Showing, by_slug, not_found, template_id};
use crate::api::auth::{Can, QrcodesWrite};
use crate::api::body::{Body, Path};
use crate::api::designs::picture_of;
use crate::api::links::checks::{checked_lines, checked_text, optional_id};
use crate::api::wire::Empty;
use crate::app::App;
use crate::catalog::designs::{self, Holder};
use crate::catalog::qrcode_templates::{self as rows, About, Template};
use crate::catalog::{Connection, Result as Catalog, links, logos};
use crate::design::house;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::{LinkId, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Templates of a workspace, at most.
const MAX_TEMPLATES: usize = 1000;
/// Characters of a name, of a description, of tags, and of questions and the long text.
const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 2000;
const MAX_TAGS: usize = 500;
const MAX_LONG: usize = 20_000;

/// A template to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateQrcodeTemplateRequest {
    name: Option<String>,
    description: Option<String>,
    tags: Option<String>,
    /// Questions and answers: JSON in a text.
    faq: Option<String>,
    /// Markdown.
    learn_more: Option<String>,
    /// A look that nobody has (`POST /v1/public/qrcode-designs`); the template takes it.
    qrcode_design_id: Option<String>,
    /// Instead: a link whose code's look is copied.
    x_link_id: Option<String>,
}

/// What of a template can be changed. Absent leaves a field as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateQrcodeTemplateRequest {
    name: Option<String>,
    description: Option<String>,
    tags: Option<String>,
    faq: Option<String>,
    learn_more: Option<String>,
    /// Its name in addresses: a-z, 0-9 and hyphens.
    slug: Option<String>,
}

/// A published template to be copied.
#[derive(Deserialize, ToSchema)]
pub struct ImportQrcodeTemplateRequest {
    slug: String,
}

/// What a request says of a template, over what is there.
fn about(before: About, body: UpdateQrcodeTemplateRequest) -> ApiResult<About> {
    let long = |field: &str, text: Option<String>, most: usize, before: String| match text {
        None => Ok(before),
        text => checked_lines(field, text, most),
    };
    Ok(About {
        name: match body.name {
            None => before.name,
            name => checked_text("/name", name, MAX_NAME)?,
        },
        description: long("/description", body.description, MAX_DESCRIPTION, before.description)?,
        tags: long("/tags", body.tags, MAX_TAGS, before.tags)?,
        faq: long("/faq", body.faq, MAX_LONG, before.faq)?,
        learn_more: long("/learnMore", body.learn_more, MAX_LONG, before.learn_more)?,
        slug: match body.slug {
            None => before.slug,
            Some(slug) => checked_slug(&slug)?,
        },
    })
}

/// A template's name in addresses; an empty one is none.
fn checked_slug(text: &str) -> ApiResult<Option<String>> {
    let text = text.trim();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text {
        "" => Ok(None),
        text if text.len() <= 100
            && text.chars().all(fits)
            && !text.starts_with('-')
            && !text.ends_with('-') =>
        {
            Ok(Some(text.to_owned()))
        }
        _ => Err(ApiError::field(
            "/slug",
            format!("\"{text}\" is no slug: up to 100 of a-z, 0-9 and hyphens, such as summer-menu"),
        )),
    }
}

/// Refuses a slug that another template has.
async fn slug_is_free(db: &mut Connection, about: &About, own: Option<Uuid>) -> Catalog<ApiResult<()>> {
    let Some(slug) = &about.slug else { return Ok(Ok(())) };
    if house::by_slug(slug).is_some() || rows::slug_is_taken(db, slug, own).await? {
        let message = format!("another template is called \"{slug}\"; choose another slug");
        return Ok(Err(ApiError::conflict("SLUG_TAKEN", message).about("/slug")));
    }
    Ok(Ok(()))
}

async fn has_room(db: &mut Connection, workspace: WorkspaceId) -> Catalog<ApiResult<()>> {
    if rows::all(db, workspace).await?.len() >= MAX_TEMPLATES {
        let message = format!("a workspace has at most {MAX_TEMPLATES} templates; delete some first");
        return Ok(Err(ApiError::bad_request(message)));
    }
    Ok(Ok(()))
}

async fn shown(app: &App, workspace: WorkspaceId, id: Uuid) -> ApiResult<QrcodeTemplate> {
    let template = rows::get(&mut *app.catalog.read().await?, workspace, id).await?;
    let template = template.ok_or_else(|| not_found(id))?;
    Ok(Showing::begin(app, workspace, true).await?.wire(template))
}

async fn answer(app: &App, workspace: WorkspaceId, id: Uuid) -> ApiResult<Json<QrcodeTemplateResponse>> {
    Ok(Json(QrcodeTemplateResponse { qrcode_template: shown(app, workspace, id).await? }))
}

/// Makes a template of a look that nobody has, or of a copy of a link's.
#[utoipa::path(post, path = "/v1/qrcode-templates", tag = "QR code templates", operation_id = "create_qrcode_template",
    request_body = CreateQrcodeTemplateRequest,
    responses((status = 200, body = QrcodeTemplateResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Body(body): Body<CreateQrcodeTemplateRequest>,
) -> ApiResult<Json<QrcodeTemplateResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let design = optional_id("/qrcodeDesignId", body.qrcode_design_id.as_deref())?;
    let link = optional_id("/xLinkId", body.x_link_id.as_deref())?.map(LinkId);
    if design.is_some() == link.is_some() {
        let message = "a template has a look: one that nobody has (POST /v1/public/qrcode-designs), or with xLinkId a copy \
                       of a link's";
        return Err(ApiError::field("/qrcodeDesignId", message));
    }
    let about = about(
        About::default(),
        UpdateQrcodeTemplateRequest {
            name: body.name,
            description: body.description,
            tags: body.tags,
            faq: body.faq,
            learn_more: body.learn_more,
            slug: None,
        },
    )?;
    let id = Uuid::now_v7();
    let made = app.catalog.write(async move |db| {
        if let Err(error) = has_room(db, workspace).await? {
            return Ok(Err(error));
        }
        let (design, looks) = match (design, link) {
            (Some(design), _) => match designs::take_fresh(db, workspace, design).await? {
                Some(looks) => (design, looks),
                None => return Ok(Err(not_fresh(db, workspace, design).await?)),
            },
            (None, link) => {
                let link = match link {
                    Some(link) => links::get(db, workspace, link).await?,
                    None => None,
                };
                let row = match link {
                    Some(link) => designs::get(db, workspace, link.design.0).await?,
                    None => None,
                };
                match row {
                    Some(row) => (Uuid::now_v7(), row.looks),
                    None => {
                        let message = "there is no such link in this workspace";
                        return Ok(Err(ApiError::field("/xLinkId", message)));
                    }
                }
            }
        };
        designs::create(db, workspace, design, &looks, now).await?;
        rows::create(db, workspace, id, design, &about, None, now).await?;
        Ok(Ok(()))
    });
    made.await??;
    answer(&app, workspace, id).await
}

/// Why a look cannot be taken.
pub async fn not_fresh(db: &mut Connection, workspace: WorkspaceId, design: Uuid) -> Catalog<ApiError> {
    let whose = match designs::get(db, workspace, design).await?.map(|row| row.holder) {
        Some(Holder::Link { id, .. }) => format!("link {id} has this look already"),
        Some(Holder::Template(id)) => format!("template {id} has this look already"),
        Some(Holder::Nobody) | None => format!("there is no look {design}, or its day is over"),
    };
    let message = format!("{whose}; make one for this with POST /v1/public/qrcode-designs");
    Ok(ApiError::field("/qrcodeDesignId", message))
}

/// Changes what a template says of itself; its look is changed as every look is.
#[utoipa::path(patch, path = "/v1/qrcode-templates/{id}", tag = "QR code templates", operation_id = "update_qrcode_template",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateQrcodeTemplateRequest,
    responses((status = 200, body = QrcodeTemplateResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateQrcodeTemplateRequest>,
) -> ApiResult<Json<QrcodeTemplateResponse>> {
    let (workspace, id, now) = (caller.workspace, template_id(&id)?, app.clock.now());
    let changed = app.catalog.write(async move |db| {
        let Some(template) = rows::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
        let is_published = template.published_at.is_some();
        let about = match about(template.about, body) {
            Ok(about) => about,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = slug_is_free(db, &about, Some(id)).await? {
            return Ok(Err(error));
        }
        if is_published && let Err(error) = complete(&about) {
            return Ok(Err(error));
        }
        rows::update(db, workspace, id, &about, now).await?;
        Ok(Ok(()))
    });
    changed.await??;
    answer(&app, workspace, id).await
}

/// Deletes a template. Links that were given its look keep that.
#[utoipa::path(delete, path = "/v1/qrcode-templates/{id}", tag = "QR code templates", operation_id = "delete_qrcode_template",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Empty), (status = 404, body = ErrorResponse)))]
pub async fn delete_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, template_id(&id)?);
    if !app.catalog.write(async move |db| rows::delete(db, workspace, id).await).await? {
        return Err(not_found(id));
    }
    Ok(Json(Empty {}))
}

/// What is shown to everybody says what it is.
fn complete(about: &About) -> ApiResult<()> {
    let missing = [
        ("/name", about.name.is_empty()),
        ("/description", about.description.is_empty()),
        ("/slug", about.slug.is_none()),
    ];
    match missing.iter().find(|(_, is_missing)| *is_missing) {
        None => Ok(()),
        Some((field, _)) => {
            let name = field.trim_start_matches('/');
            let message =
                format!("a published template has a name, a description and a slug; PATCH its {name} first");
            Err(ApiError::field(field, message))
        }
    }
}

/// Shows a template to everybody who reaches this installation, by its slug.
#[utoipa::path(post, path = "/v1/qrcode-templates/{id}/publish", tag = "QR code templates",
    operation_id = "publish_qrcode_template", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = QrcodeTemplateResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn publish_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<QrcodeTemplateResponse>> {
    let (workspace, id, now) = (caller.workspace, template_id(&id)?, app.clock.now());
    let published = app.catalog.write(async move |db| {
        let Some(template) = rows::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
        if let Err(error) = complete(&template.about) {
            return Ok(Err(error));
        }
        rows::publish(db, workspace, id, now).await?;
        Ok(Ok(()))
    });
    published.await??;
    answer(&app, workspace, id).await
}

/// Copies a template by its slug: one that is published, or one that comes with the program. The copy is the workspace's
/// own, and private.
#[utoipa::path(post, path = "/v1/qrcode-templates/import", tag = "QR code templates", operation_id = "import_qrcode_template",
    request_body = ImportQrcodeTemplateRequest,
    responses((status = 200, body = QrcodeTemplateResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn import_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Body(body): Body<ImportQrcodeTemplateRequest>,
) -> ApiResult<Json<QrcodeTemplateResponse>> {
    let (workspace, now, id) = (caller.workspace, app.clock.now(), Uuid::now_v7());
    let mut db = app.catalog.read().await?;
    let Template { id: from, about, mut looks, workspace: owner, .. } =
        by_slug(&mut db, Some(workspace), body.slug.trim()).await?;
    let logo = picture_of(&mut db, &looks).await?;
    drop(db);
    if let Some(held) = looks.logo.as_mut().filter(|_| owner != Some(workspace)) {
        held.media = None;
    }
    let made = app.catalog.write(async move |db| {
        if let Err(error) = has_room(db, workspace).await? {
            return Ok(Err(error));
        }
        if let Some(logo) = &logo {
            logos::keep(db, logo, now).await?;
        }
        let design = Uuid::now_v7();
        designs::create(db, workspace, design, &looks, now).await?;
        rows::create(db, workspace, id, design, &About { slug: None, ..about }, Some(from), now).await?;
        Ok(Ok(()))
    });
    made.await??;
    answer(&app, workspace, id).await
}
