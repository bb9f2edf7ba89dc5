//! Links (dossier 1.2, 2.2).

pub mod addresses;
pub mod bulk;
pub mod checks;
pub mod clone;
pub mod create;
pub mod destinations;
pub mod dress;
pub mod history;
pub mod import;
pub mod list;
pub mod many;
pub mod pages;
pub mod slugs;
pub mod update;

use super::auth::{Can, LinksRead, LinksWrite};
use super::body::{Path, Query};
use super::designs::{self, QrcodeDesign};
use super::domains::CustomDomain;
use super::page_themes::{self, PageTheme};
use super::qrcode::signed;
use super::revision::{IfMatch, Revised};
use super::tags::{Tag, wire_tag};
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN};
use crate::catalog::{domains, themes};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self as noted, Done};
use crate::webhooks::note;
use axum::Json;
use axum::extract::State;
use model::delivery::Happening;
use model::life::State as LifeState;
use model::slug::fold;
use model::{DomainId, LinkId, Slug, WorkspaceId};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// What a link was in another program.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportedLink {
    /// `bitly`, `dub`, `kutt`, `shlink`, `yourls`, or `csv` for any other table.
    source: String,
    /// Its address there, where that was another one; codes printed with it lead there still.
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
    /// When it was made there.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// How often it was followed there, as that program counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    clicks: Option<i64>,
    /// When it was last followed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_click_at: Option<String>,
}

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
    /// What it was in another program before it was imported. In no count of scans.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_imported: Option<ImportedLink>,
    /// Last scan counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_last_scan_at: Option<String>,
    /// Number of the workflow version in force.
    x_workflow_version: u32,
    metadata: BTreeMap<String, String>,
    /// The domain under which it answers, where that is not the base host.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_domain_id: Option<String>,
    /// With `include=customDomain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_domain: Option<CustomDomain>,
    /// The folder it lies in; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    directory_id: Option<String>,
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
    /// Addresses that are written to of each lead.
    x_lead_emails: Vec<String>,
    /// What its owner should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x_warnings: Vec<String>,
    qrcode_enabled: bool,
    qrcode_design_id: String,
    /// The template that its code was given the look of.
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_template_id: Option<String>,
    /// With `include=qrcodeDesign`.
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_design: Option<QrcodeDesign>,
    /// The code's image, for an hour; with `include=qrcodeSignedUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    qrcode_signed_url: Option<String>,
    /// How its pages look.
    page_theme_id: String,
    /// With `include=pageTheme`.
    #[serde(skip_serializing_if = "Option::is_none")]
    page_theme: Option<PageTheme>,
    /// Of a link in the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_deleted_at: Option<String>,
    /// When a link in the trash can no longer be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gone_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// A link in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct LinkResponse {
    /// The link.
    pub link: Link,
}

/// One link.
#[utoipa::path(get, path = "/v1/links/{id}", tag = "Links", operation_id = "get_link",
    params(("id" = uuid::Uuid, Path),
        ("include" = Option<Vec<String>>, Query, description = "tags, customDomain, qrcodeDesign, qrcodeSignedUrl, pageTheme")),
    responses((status = 200, body = LinkResponse, headers(("ETag" = String))), (status = 404, body = ErrorResponse)))]
pub async fn get_link(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Revised<LinkResponse>> {
    let id = link_id(&id)?;
    let shown = Shown::of(&app, caller.workspace, &query).await?;
    let link = links::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    let updated_at = link.updated_at;
    let mut link = wire_link(&app, link, &shown);
    shown.add_looks(&app, caller.workspace, std::slice::from_mut(&mut link)).await?;
    Ok(Revised(updated_at, LinkResponse { link }))
}

/// Deletes a link. Its code says so from the next scan on; the deletion can be undone for 30 days.
#[utoipa::path(delete, path = "/v1/links/{id}", tag = "Links", operation_id = "delete_link",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag of what is deleted")),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn delete_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    expected: IfMatch,
) -> ApiResult<Json<Empty>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    let (actor, telling) = (caller.actor(), app.clone());
    let is_deleted = app.catalog.write(async move |db| {
        if let Some(link) = links::get(db, workspace, id).await?
            && let Err(why) = expected.check(link.updated_at)
        {
            return Ok(Err(why));
        }
        let is_deleted = links::delete(db, workspace, id, now).await?;
        if is_deleted {
            noted::note(db, workspace, id, &Default::default(), Done::alone("deleted", &actor), now).await?;
            note::link(db, &telling, workspace, id, Happening::LinkUpdated, now).await?;
        }
        Ok(Ok(is_deleted))
    });
    if !is_deleted.await?? {
        return Err(ApiError::link_not_found(id));
    }
    app.webhooks.bell.notify_one();
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
) -> ApiResult<Revised<LinkResponse>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    let (actor, telling) = (caller.actor(), app.clone());
    let is_restored = app.catalog.write(async move |db| {
        let is_restored = links::restore(db, workspace, id, now).await?;
        if is_restored {
            noted::note(db, workspace, id, &Default::default(), Done::alone("restored", &actor), now).await?;
            note::link(db, &telling, workspace, id, Happening::LinkUpdated, now).await?;
        }
        Ok(is_restored)
    });
    if !is_restored.await? {
        return Err(ApiError::not_found(
            "LINK_NOT_FOUND",
            format!("a deleted link {id} that can be restored"),
        ));
    }
    answer_refreshed(&app, workspace, id).await
}

async fn answer_refreshed(app: &App, workspace: WorkspaceId, id: LinkId) -> ApiResult<Revised<LinkResponse>> {
    app.table.refresh(&app.catalog, id).await?;
    let link = links::get(&mut *app.catalog.read().await?, workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    Ok(Revised(link.updated_at, LinkResponse { link: wire_link(app, link, &Shown::tags()) }))
}

/// The id of a path; what is no UUID names no link.
pub fn link_id(text: &str) -> ApiResult<LinkId> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

/// What an owner should know who wants letters of a server that has nobody to hand them to.
const NO_MAIL_SERVER: &str = "Leads are not sent by e-mail: this server has no mail server. Whoever runs it can name one with smtp.host";

/// What else is shown of a link.
#[derive(Default)]
pub struct Shown {
    tags: bool,
    design: bool,
    signed_url: bool,
    theme: bool,
    domains: HashMap<DomainId, CustomDomain>,
}

impl Shown {
    /// Its tags.
    pub fn tags() -> Self {
        Self { tags: true, ..Self::default() }
    }

    /// What a query includes.
    pub async fn of(app: &App, workspace: WorkspaceId, query: &Query) -> ApiResult<Self> {
        let known = ["tags", "qrcodeDesign", "qrcodeSignedUrl", "pageTheme", "customDomain"];
        let [tags, design, signed_url, theme, domain] = query.includes(known)?;
        let mut shown = Self { tags, design, signed_url, theme, domains: HashMap::new() };
        if domain {
            let domains = domains::all(&mut *app.catalog.read().await?, workspace).await?;
            shown.domains = domains.into_iter().map(|domain| (domain.id, domain.into())).collect();
        }
        Ok(shown)
    }

    /// Adds the looks of the links' codes and pages, where they are shown.
    pub async fn add_looks(&self, app: &App, workspace: WorkspaceId, links: &mut [Link]) -> ApiResult<()> {
        if !self.design && !self.theme {
            return Ok(());
        }
        let mut db = app.catalog.read().await?;
        for link in links {
            if self.design {
                let id = link.qrcode_design_id.parse().unwrap_or_default();
                link.qrcode_design = designs::shown(app, &mut db, workspace, id).await?;
            }
            if self.theme {
                link.page_theme = page_themes::shown(&mut db, workspace, &link.page_theme_id).await?;
            }
        }
        Ok(())
    }
}

/// A link as it goes out.
pub fn wire_link(app: &App, link: links::Link, shown: &Shown) -> Link {
    let hosts = app.hosts();
    let is_written_to = link.lead_emails.is_empty() || app.notices.mailer.is_some();
    let unwritten = (!is_written_to).then_some(NO_MAIL_SERVER);
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
        x_warnings: link.conventions.warning().into_iter().chain(unwritten).map(str::to_owned).collect(),
        id: link.id.to_string(),
        workspace_id: link.workspace.to_string(),
        entrypoint: hosts.entrypoint(link.domain, &link.slug),
        x_qr_entrypoint: Slug::parse(&link.slug)
            .map(|slug| hosts.qr_entrypoint(link.domain, &slug))
            .unwrap_or_default(),
        qrcode_signed_url: shown.signed_url.then(|| signed::link_url(app, link.workspace, link.id)),
        custom_domain_id: (link.domain != BASE_DOMAIN).then(|| link.domain.to_string()),
        custom_domain: shown.domains.get(&link.domain).cloned(),
        directory_id: link.directory.map(|directory| directory.to_string()),
        name: link.name,
        shortlink: link.slug,
        purpose: link.purpose,
        x_notes: link.notes,
        x_destination: link.destination,
        event_count: link.event_count,
        x_lifetime_scans: link.lifetime_scans,
        x_imported: link.imported.map(|imported| ImportedLink {
            source: imported.source,
            address: imported.address,
            created_at: imported.made_at.map(time),
            clicks: imported.clicks,
            last_click_at: imported.last_click_at.map(time),
        }),
        x_last_scan_at: link.last_scan_at.map(time),
        x_workflow_version: link.published_version,
        x_lead_emails: link.lead_emails,
        metadata: link.metadata,
        tags: shown.tags.then(|| link.tags.into_iter().map(wire_tag).collect()),
        fallback_destination: link.fallback_destination,
        expired_destination: link.expired_destination,
        expires_at: link.expires_at.map(time),
        qrcode_enabled: link.qrcode_enabled,
        qrcode_design_id: link.design.to_string(),
        qrcode_template_id: link.template.map(|template| template.to_string()),
        qrcode_design: None,
        page_theme_id: themes::id_of(link.id).to_string(),
        page_theme: None,
        x_deleted_at: link.deleted_at.map(time),
        x_gone_at,
        created_at: time(link.created_at),
        updated_at: time(link.updated_at),
    }
}
