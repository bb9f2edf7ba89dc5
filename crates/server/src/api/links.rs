//! Links (dossier 1.2, 2.2).

pub mod checks;
pub mod destinations;
pub mod list;

use super::auth::{Can, LinksRead, LinksWrite};
use super::body::{Body, Path, Query};
use super::designs::{QrcodeDesign, wire_design};
use super::steps::wire::{WorkflowStep, wire_steps};
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN, NewLink, Update};
use crate::catalog::{designs, steps, versions};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use checks::{
    Checks, MAX_NAME, MAX_NOTES, MAX_PURPOSE, checked_limit, checked_lines, checked_metadata,
    checked_path_mode, checked_query_mode, checked_status, checked_tags, checked_text, conflict,
    goes_together, refuse_unbuilt,
};
use model::conventions::Conventions;
use model::destination::Destination;
use model::life::{self, State as LifeState};
use model::slug::fold;
use model::{LinkId, Slug, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    id: String,
    workspace_id: String,
    name: String,
    /// The slug, as spelled.
    shortlink: String,
    /// The short URL; scans of it are clicks.
    entrypoint: String,
    /// What a printed code holds; scans of it are scans.
    x_qr_entrypoint: String,
    /// Where the link leads, while its workflow has exactly one redirect; change it in that step.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_destination: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    purpose: String,
    /// Its owner's notes.
    #[serde(skip_serializing_if = "String::is_empty")]
    x_notes: String,
    /// Scans counted; some seconds late at most.
    event_count: i64,
    /// Human scans ever; never falls.
    x_lifetime_scans: i64,
    /// Last scan counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_last_scan_at: Option<String>,
    /// Number of the workflow version in force.
    x_workflow_version: u32,
    metadata: BTreeMap<String, String>,
    /// With `include=tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_destination: Option<String>,
    /// `open`, `not_started`, `paused`, `limited`, `ended`, `archived` or `deleted`.
    x_state: &'static str,
    /// From when on scans go through.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Scans are told to come back later.
    x_paused: bool,
    /// Put away since: over for visitors, out of the list, kept with all its data.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_archived_at: Option<String>,
    /// People let through at most; programs neither count nor get past it.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_scan_limit: Option<u64>,
    /// People let through so far, to the moment; with a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_scans_used: Option<u64>,
    /// Status of its redirect: 302, 307, 301 or 308.
    x_redirect_status: u16,
    /// Which query parameters the destination gets: `append-missing`, `request-wins` or `link-wins`.
    x_query_mode: &'static str,
    /// What becomes of a path behind the slug: `not-found`, `ignore` or `append`.
    x_path_mode: &'static str,
    /// What its owner should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x_warnings: Vec<&'static str>,
    qrcode_enabled: bool,
    qrcode_design_id: String,
    /// With `include=qrcodeDesign`.
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_design: Option<QrcodeDesign>,
    /// Of a link in the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_deleted_at: Option<String>,
    /// When a link in the trash can no longer be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gone_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// A tag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    id: String,
    name: String,
    created_at: String,
    updated_at: String,
}

/// A link in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct LinkResponse {
    link: Link,
}

/// A new link with its steps, entry first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateLinkResponse {
    link: Link,
    workflow_steps: Vec<WorkflowStep>,
}

/// What a new link can be given. Only the destination is required.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateLinkRequest {
    /// Absolute URL that scans are redirected to.
    destination: Option<String>,
    id: Option<String>,
    name: Option<String>,
    /// The slug; generated when absent.
    shortlink: Option<String>,
    purpose: Option<String>,
    /// Notes for oneself and the team.
    x_notes: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    /// Names; made where they do not exist.
    tags: Option<Vec<String>>,
    fallback_destination: Option<String>,
    /// From when on scans go through; a bare date is its first instant.
    x_starts_at: Option<String>,
    expires_at: Option<String>,
    /// Where scans go after the end, and while the link is archived.
    expired_destination: Option<String>,
    /// Scans are told to come back later.
    x_paused: Option<bool>,
    /// People let through at most.
    x_scan_limit: Option<i64>,
    /// Whether the destination is told the scan's id (`lbid`).
    conversion_tracking: Option<bool>,
    /// Status of its redirect: 302, 307, 301 or 308.
    x_redirect_status: Option<i64>,
    /// Which query parameters the destination gets: `append-missing`, `request-wins` or `link-wins`.
    x_query_mode: Option<String>,
    /// What becomes of a path behind the slug: `not-found`, `ignore` or `append`.
    x_path_mode: Option<String>,
    qrcode_enabled: Option<bool>,
    custom_domain_id: Option<String>,
    directory_id: Option<String>,
    qrcode_design_id: Option<String>,
    qrcode_template_id: Option<String>,
}

/// What of a link can be changed. Absent leaves a field as it is; the `…Delete` twins clear it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateLinkRequest {
    name: Option<String>,
    purpose: Option<String>,
    /// Notes for oneself and the team.
    x_notes: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    tags: Option<Vec<String>>,
    tags_delete: Option<bool>,
    /// An empty text clears it.
    fallback_destination: Option<String>,
    /// From when on scans go through; a bare date is its first instant.
    x_starts_at: Option<String>,
    x_starts_at_delete: Option<bool>,
    expires_at: Option<String>,
    expires_at_delete: Option<bool>,
    /// Where scans go after the end, and while the link is archived.
    expired_destination: Option<String>,
    expired_destination_delete: Option<bool>,
    /// Scans are told to come back later.
    x_paused: Option<bool>,
    /// Puts the link away, or takes it out again: over for visitors, out of the list, kept with all its data.
    x_archived: Option<bool>,
    /// People let through at most, those of the past included.
    x_scan_limit: Option<i64>,
    x_scan_limit_delete: Option<bool>,
    /// Status of its redirect: 302, 307, 301 or 308.
    x_redirect_status: Option<i64>,
    /// Which query parameters the destination gets: `append-missing`, `request-wins` or `link-wins`.
    x_query_mode: Option<String>,
    /// What becomes of a path behind the slug: `not-found`, `ignore` or `append`.
    x_path_mode: Option<String>,
    qrcode_enabled: Option<bool>,
    directory_id: Option<String>,
    qrcode_template_id: Option<String>,
    /// Not changed here: `PATCH /v1/links/{id}/workflow-steps/{stepId}`.
    destination: Option<String>,
    /// Never changed: a printed code holds it.
    shortlink: Option<String>,
}

/// Makes a link that redirects to a destination.
#[utoipa::path(post, path = "/v1/links", tag = "Links", operation_id = "create_link", request_body = CreateLinkRequest,
    responses((status = 200, body = CreateLinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<CreateLinkRequest>,
) -> ApiResult<Json<CreateLinkResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let checks = Checks::read(&app, workspace).await?;
    refuse_unbuilt(&[
        ("/customDomainId", &body.custom_domain_id),
        ("/directoryId", &body.directory_id),
        ("/qrcodeDesignId", &body.qrcode_design_id),
        ("/qrcodeTemplateId", &body.qrcode_template_id),
    ])?;
    let destination = checks.destination("/destination", body.destination.as_deref().unwrap_or_default())?;
    let id = match &body.id {
        None => Uuid::now_v7(),
        Some(text) => {
            Uuid::parse_str(text).map_err(|_| ApiError::field("/id", format!("\"{text}\" is not a UUID")))?
        }
    };
    let slug = match body.shortlink.as_deref() {
        None | Some("") => None,
        Some(text) => Some(Slug::parse(text).map_err(|why| ApiError::field("/shortlink", why))?),
    };
    let usual = Conventions::default();
    let mut link = NewLink {
        id: LinkId(id),
        name: checked_text("/name", body.name, MAX_NAME)?,
        purpose: checked_lines("/purpose", body.purpose, MAX_PURPOSE)?,
        notes: checked_lines("/xNotes", body.x_notes, MAX_NOTES)?,
        slug: slug.clone().unwrap_or_else(|| Slug::generated(rand::random())),
        domain: BASE_DOMAIN,
        metadata: checked_metadata(body.metadata.unwrap_or_default())?,
        tags: checked_tags(body.tags.unwrap_or_default())?,
        fallback_destination: checks.optional("/fallbackDestination", body.fallback_destination)?,
        expired_destination: checks.optional("/expiredDestination", body.expired_destination)?,
        starts_at: body.x_starts_at.map(|text| checks.date("/xStartsAt", &text)).transpose()?,
        expires_at: body.expires_at.map(|text| checks.future("/expiresAt", &text, now)).transpose()?,
        paused: body.x_paused.unwrap_or(false),
        scan_limit: body.x_scan_limit.map(checked_limit).transpose()?,
        conventions: Conventions {
            status: body.x_redirect_status.map(checked_status).transpose()?.unwrap_or_default(),
            query: checked_query_mode(body.x_query_mode)?.unwrap_or(usual.query),
            path: checked_path_mode(body.x_path_mode)?.unwrap_or(usual.path),
        },
        qrcode_enabled: body.qrcode_enabled.unwrap_or(true),
    };
    life::check(link.starts_at, link.expires_at).map_err(|why| ApiError::field("/xStartsAt", why))?;
    let tracking = body.conversion_tracking.unwrap_or(false);
    link.conventions
        .check(link.scan_limit, [(&Destination::stored(&destination), tracking)])
        .map_err(|why| conflict(why, "/destination"))?;
    let (is_generated, by) = (slug.is_none(), caller.name());
    app.catalog
        .write(async move |db| {
            for _ in 0..GENERATED_TRIES {
                if !is_generated || !links::slug_is_taken(db, link.domain, &link.slug).await? {
                    break;
                }
                link.slug = Slug::generated(rand::random());
            }
            links::create(db, workspace, &link, now).await?;
            let exit = steps::redirect_to(&destination, tracking);
            steps::create_default(db, workspace, link.id, exit, &by, now).await.map(drop)
        })
        .await?;
    app.table.refresh(&app.catalog, LinkId(id)).await?;
    let mut db = app.catalog.read().await?;
    let created =
        links::get(&mut db, workspace, LinkId(id)).await?.ok_or_else(|| ApiError::link_not_found(id))?;
    let workflow_steps = wire_steps(&steps::list(&mut db, workspace, LinkId(id)).await?);
    Ok(Json(CreateLinkResponse { link: wire_link(&app, created, true), workflow_steps }))
}

/// Slugs drawn before giving up; with 2^35 of them, two tries are rare.
const GENERATED_TRIES: usize = 8;

/// One link.
#[utoipa::path(get, path = "/v1/links/{id}", tag = "Links", operation_id = "get_link",
    params(("id" = uuid::Uuid, Path), ("include" = Option<Vec<String>>, Query, description = "tags, qrcodeDesign")),
    responses((status = 200, body = LinkResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_link(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Json<LinkResponse>> {
    let id = link_id(&id)?;
    let mut db = app.catalog.read().await?;
    let link = links::get(&mut db, caller.workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    let design = match query.includes("qrcodeDesign") {
        true => designs::get(&mut db, caller.workspace, link.design.0).await?,
        false => None,
    };
    let mut link = wire_link(&app, link, query.includes("tags"));
    link.qrcode_design = design.map(|design| wire_design(&design, Vec::new()));
    Ok(Json(LinkResponse { link }))
}

/// Changes a link. The destination is its redirect step's: change that.
#[utoipa::path(patch, path = "/v1/links/{id}", tag = "Links", operation_id = "update_link",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateLinkRequest,
    responses((status = 200, body = LinkResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateLinkRequest>,
) -> ApiResult<Json<LinkResponse>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    refuse_unbuilt(&[("/directoryId", &body.directory_id), ("/qrcodeTemplateId", &body.qrcode_template_id)])?;
    if body.destination.is_some() {
        let message = format!(
            "a link leads where its workflow says; change its step with PATCH /v1/links/{id}/workflow-steps/{{stepId}}"
        );
        return Err(ApiError::field("/destination", message));
    }
    if body.shortlink.is_some() {
        return Err(ApiError::field("/shortlink", "printed codes hold a link's slug: it never changes"));
    }
    let checks = Checks::read(&app, workspace).await?;
    let cleared = |clear: Option<bool>| clear == Some(true);
    let update = Update {
        name: body.name.map(|name| checked_text("/name", Some(name), MAX_NAME)).transpose()?,
        purpose: body
            .purpose
            .map(|purpose| checked_lines("/purpose", Some(purpose), MAX_PURPOSE))
            .transpose()?,
        notes: body.x_notes.map(|notes| checked_lines("/xNotes", Some(notes), MAX_NOTES)).transpose()?,
        metadata: body.metadata.map(checked_metadata).transpose()?,
        tags: match body.tags {
            _ if cleared(body.tags_delete) => Some(Vec::new()),
            tags => tags.map(checked_tags).transpose()?,
        },
        fallback_destination: match body.fallback_destination {
            None => None,
            text => Some(checks.optional("/fallbackDestination", text)?),
        },
        expired_destination: match body.expired_destination {
            _ if cleared(body.expired_destination_delete) => Some(None),
            None => None,
            text => Some(checks.optional("/expiredDestination", text)?),
        },
        starts_at: match body.x_starts_at {
            _ if cleared(body.x_starts_at_delete) => Some(None),
            None => None,
            Some(text) => Some(Some(checks.date("/xStartsAt", &text)?)),
        },
        expires_at: match body.expires_at {
            _ if cleared(body.expires_at_delete) => Some(None),
            None => None,
            Some(text) => Some(Some(checks.future("/expiresAt", &text, now)?)),
        },
        paused: body.x_paused,
        archived: body.x_archived,
        scan_limit: match body.x_scan_limit {
            _ if cleared(body.x_scan_limit_delete) => Some(None),
            None => None,
            Some(limit) => Some(Some(checked_limit(limit)?)),
        },
        status: body.x_redirect_status.map(checked_status).transpose()?,
        query_mode: checked_query_mode(body.x_query_mode)?,
        path_mode: checked_path_mode(body.x_path_mode)?,
        qrcode_enabled: body.qrcode_enabled,
    };
    let by = caller.name();
    let publish = update.fallback_destination.is_some() || update.expired_destination.is_some();
    let changed = app
        .catalog
        .write(async move |db| {
            // In the transaction that writes: what is there now is what the change has to go with.
            let Some(link) = links::get(db, workspace, id).await? else { return Ok(None) };
            let rows = steps::list(db, workspace, id).await?;
            if let Err(why) = goes_together(&link, &update, &rows) {
                return Ok(Some(Err(why)));
            }
            links::update(db, workspace, id, update, now).await?;
            if publish {
                versions::publish(db, workspace, id, &by, now).await?;
            }
            Ok(Some(Ok(())))
        })
        .await?;
    changed.ok_or_else(|| ApiError::link_not_found(id))??;
    answer_refreshed(&app, workspace, id).await
}

/// Deletes a link. Its code says so from the next scan on; the deletion can be undone for 30 days.
#[utoipa::path(delete, path = "/v1/links/{id}", tag = "Links", operation_id = "delete_link", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse)))]
pub async fn delete_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    if !app.catalog.write(async move |db| links::delete(db, workspace, id, now).await).await? {
        return Err(ApiError::link_not_found(id));
    }
    app.table.refresh(&app.catalog, id).await?;
    Ok(Json(Empty {}))
}

/// Undoes the deletion of a link.
#[utoipa::path(post, path = "/v1/x/links/{id}/restore", tag = "Links", operation_id = "restore_link",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = LinkResponse), (status = 404, body = ErrorResponse)))]
pub async fn restore_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<LinkResponse>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    if !app.catalog.write(async move |db| links::restore(db, workspace, id, now).await).await? {
        return Err(ApiError::not_found(
            "LINK_NOT_FOUND",
            format!("a deleted link {id} that can be restored"),
        ));
    }
    answer_refreshed(&app, workspace, id).await
}

async fn answer_refreshed(app: &App, workspace: WorkspaceId, id: LinkId) -> ApiResult<Json<LinkResponse>> {
    app.table.refresh(&app.catalog, id).await?;
    let link = links::get(&mut *app.catalog.read().await?, workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    Ok(Json(LinkResponse { link: wire_link(app, link, true) }))
}

/// The id of a path; what is no UUID names no link.
pub fn link_id(text: &str) -> ApiResult<LinkId> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

/// A link as it goes out.
pub fn wire_link(app: &App, link: links::Link, with_tags: bool) -> Link {
    let hosts = app.hosts();
    let tag = |tag: links::Tag| Tag {
        id: tag.id.to_string(),
        name: tag.name,
        created_at: time(tag.created_at),
        updated_at: time(tag.updated_at),
    };
    let x_gone_at = link.gone_at().map(time);
    // The redirect's own count is ahead of the catalog's; of a link that is not in memory nobody has a newer one.
    let compiled = app.table.get(link.domain, &fold(&link.slug));
    let used = compiled.map_or(link.used_scans, |compiled| compiled.uses.count());
    let state = link.window().state(app.clock.now());
    let is_full = link.scan_limit.is_some_and(|limit| used >= limit);
    Link {
        x_state: if state == LifeState::Open && is_full { LifeState::Limited } else { state }.as_str(),
        x_starts_at: link.starts_at.map(time),
        x_paused: link.paused,
        x_archived_at: link.archived_at.map(time),
        x_scans_used: link.scan_limit.map(|_| used),
        x_scan_limit: link.scan_limit,
        x_redirect_status: link.conventions.status.code(),
        x_query_mode: link.conventions.query.as_str(),
        x_path_mode: link.conventions.path.as_str(),
        x_warnings: link.conventions.warning().into_iter().collect(),
        id: link.id.to_string(),
        workspace_id: link.workspace.to_string(),
        entrypoint: hosts.entrypoint(&link.slug),
        x_qr_entrypoint: Slug::parse(&link.slug).map(|slug| hosts.qr_entrypoint(&slug)).unwrap_or_default(),
        name: link.name,
        shortlink: link.slug,
        purpose: link.purpose,
        x_notes: link.notes,
        x_destination: link.destination,
        event_count: link.event_count,
        x_lifetime_scans: link.lifetime_scans,
        x_last_scan_at: link.last_scan_at.map(time),
        x_workflow_version: link.published_version,
        metadata: link.metadata,
        tags: with_tags.then(|| link.tags.into_iter().map(tag).collect()),
        fallback_destination: link.fallback_destination,
        expired_destination: link.expired_destination,
        expires_at: link.expires_at.map(time),
        qrcode_enabled: link.qrcode_enabled,
        qrcode_design_id: link.design.to_string(),
        qrcode_design: None,
        x_deleted_at: link.deleted_at.map(time),
        x_gone_at,
        created_at: time(link.created_at),
        updated_at: time(link.updated_at),
    }
}
