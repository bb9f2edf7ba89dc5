//! Changing a link: what every way of changing one has in common, and changing one.

use super::checks::{
    Checks, MAX_NAME, MAX_NOTES, MAX_PURPOSE, checked_lead_emails, checked_limit, checked_lines,
    checked_metadata, checked_path_mode, checked_query_mode, checked_status, checked_tags, checked_text,
    goes_together, optional_id, refuse_both,
};
use super::{LinkResponse, addresses, answer_refreshed, link_id};
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::{Body, Path};
use crate::api::qrcode_templates;
use crate::api::revision::{IfMatch, Revised};
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN, Link, Update};
use crate::catalog::{self, Connection, directories, notices, steps, versions};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use crate::webhooks::note;
use axum::extract::State;
use model::delivery::Happening;
use model::slug::fold;
use model::{DomainId, Millis, Slug};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What of a link can be changed. Absent leaves a field as it is; the `…Delete` twins clear it.
#[derive(Deserialize, ToSchema, Default)]
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
    /// Addresses that are written to of each lead; ten at most.
    x_lead_emails: Option<Vec<String>>,
    qrcode_enabled: Option<bool>,
    directory_id: Option<String>,
    /// Puts it at the top.
    directory_id_delete: Option<bool>,
    /// The template that new looks of its code are taken from; the look that it has stays.
    qrcode_template_id: Option<String>,
    qrcode_template_id_delete: Option<bool>,
    /// Taken and of no effect: a link's pages have one look, which `PATCH /v1/page-themes/{id}` changes.
    #[expect(dead_code, reason = "part of the wire format; a look is its link's own")]
    page_theme_id: Option<String>,
    /// Not changed here: `PATCH /v1/links/{id}/workflow-steps/{stepId}`.
    destination: Option<String>,
    /// The slug it is shown with from now on. The one it had keeps leading to it until it is stopped; codes that are
    /// printed hold that one.
    shortlink: Option<String>,
    /// The domain it is shown with from now on; an empty text: the base host.
    custom_domain_id: Option<String>,
}

/// A change whose fields are checked.
#[derive(Clone, Default)]
pub struct Wanted {
    /// Of the link's own row.
    pub update: Update,
    lead_emails: Option<Vec<String>>,
    slug: Option<Slug>,
    domain: Option<DomainId>,
}

impl UpdateLinkRequest {
    /// The field that moves a link to another address, if one does.
    pub fn address(&self) -> Option<&'static str> {
        match (&self.shortlink, &self.custom_domain_id) {
            (Some(_), _) => Some("shortlink"),
            (_, Some(_)) => Some("customDomainId"),
            _ => None,
        }
    }

    /// Checks the fields of a change.
    pub fn read(self, checks: &Checks, now: Millis) -> ApiResult<Wanted> {
        if self.destination.is_some() {
            let message = "a link leads where its workflow says; change its step with \
                           PATCH /v1/links/{id}/workflow-steps/{stepId}";
            return Err(ApiError::field("/destination", message));
        }
        let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        for (field, is_set, clear) in [
            ("/tags", self.tags.is_some(), self.tags_delete),
            ("/directoryId", is_given(&self.directory_id), self.directory_id_delete),
            ("/xStartsAt", is_given(&self.x_starts_at), self.x_starts_at_delete),
            ("/expiresAt", is_given(&self.expires_at), self.expires_at_delete),
            ("/expiredDestination", is_given(&self.expired_destination), self.expired_destination_delete),
            ("/xScanLimit", self.x_scan_limit.is_some(), self.x_scan_limit_delete),
            ("/qrcodeTemplateId", is_given(&self.qrcode_template_id), self.qrcode_template_id_delete),
        ] {
            refuse_both(field, is_set, clear)?;
        }
        let slug = match self.shortlink.as_deref() {
            None => None,
            Some(text) => Some(Slug::parse(text).map_err(|why| ApiError::field("/shortlink", why))?),
        };
        let domain = match self.custom_domain_id.as_deref() {
            None => None,
            text => Some(optional_id("/customDomainId", text)?.map_or(BASE_DOMAIN, DomainId)),
        };
        let cleared = |clear: Option<bool>| clear == Some(true);
        let update = Update {
            name: self.name.map(|name| checked_text("/name", Some(name), MAX_NAME)).transpose()?,
            purpose: self
                .purpose
                .map(|purpose| checked_lines("/purpose", Some(purpose), MAX_PURPOSE))
                .transpose()?,
            notes: self.x_notes.map(|notes| checked_lines("/xNotes", Some(notes), MAX_NOTES)).transpose()?,
            metadata: self.metadata.map(checked_metadata).transpose()?,
            directory: match optional_id("/directoryId", self.directory_id.as_deref())? {
                _ if cleared(self.directory_id_delete) => Some(None),
                None => None,
                directory => Some(directory),
            },
            tags: match self.tags {
                _ if cleared(self.tags_delete) => Some(Vec::new()),
                tags => tags.map(checked_tags).transpose()?,
            },
            fallback_destination: match self.fallback_destination {
                None => None,
                text => Some(checks.optional("/fallbackDestination", text)?),
            },
            expired_destination: match self.expired_destination {
                _ if cleared(self.expired_destination_delete) => Some(None),
                None => None,
                text => Some(checks.optional("/expiredDestination", text)?),
            },
            starts_at: match self.x_starts_at {
                _ if cleared(self.x_starts_at_delete) => Some(None),
                None => None,
                Some(text) => Some(Some(checks.date("/xStartsAt", &text)?)),
            },
            expires_at: match self.expires_at {
                _ if cleared(self.expires_at_delete) => Some(None),
                None => None,
                Some(text) => Some(Some(checks.future("/expiresAt", &text, now)?)),
            },
            paused: self.x_paused,
            archived: self.x_archived,
            scan_limit: match self.x_scan_limit {
                _ if cleared(self.x_scan_limit_delete) => Some(None),
                None => None,
                Some(limit) => Some(Some(checked_limit(limit)?)),
            },
            status: self.x_redirect_status.map(checked_status).transpose()?,
            query_mode: checked_query_mode(self.x_query_mode)?,
            path_mode: checked_path_mode(self.x_path_mode)?,
            qrcode_enabled: self.qrcode_enabled,
            template: match optional_id("/qrcodeTemplateId", self.qrcode_template_id.as_deref())? {
                _ if cleared(self.qrcode_template_id_delete) => Some(None),
                None => None,
                template => Some(template),
            },
        };
        let lead_emails = self.x_lead_emails.map(checked_lead_emails).transpose()?;
        Ok(Wanted { update, lead_emails, slug, domain })
    }
}

/// Changes a link in the catalog and notes it; what is refused may have written something, and is to be undone. Returns
/// whether anything is different, and the main address that it left.
pub async fn apply(
    db: &mut Connection,
    app: &App,
    link: &Link,
    wanted: Wanted,
    done: Done<'_>,
    now: Millis,
) -> catalog::Result<ApiResult<(bool, Option<(DomainId, String)>)>> {
    let (workspace, id) = (link.workspace, link.id);
    let Wanted { update, lead_emails, slug, domain } = wanted;
    if let Some(Some(directory)) = update.directory
        && directories::get(db, workspace, directory).await?.is_none()
    {
        let message = format!("there is no directory {directory} in this workspace");
        return Ok(Err(ApiError::field("/directoryId", message)));
    }
    if let Some(Some(template)) = update.template
        && qrcode_templates::visible(db, workspace, template).await?.is_none()
    {
        let message = format!("there is no template {template} for this workspace");
        return Ok(Err(ApiError::field("/qrcodeTemplateId", message)));
    }
    let rows = steps::list(db, workspace, id).await?;
    if let Err(why) = goes_together(link, &update, &rows) {
        return Ok(Err(why));
    }
    let before = history::state(db, workspace, id).await?;
    let publish = update.fallback_destination.is_some() || update.expired_destination.is_some();
    links::update(db, workspace, id, update, now).await?;
    let mut left = None;
    if slug.is_some() || domain.is_some() {
        let domain = domain.unwrap_or(link.domain);
        let wanted = match slug.map_or_else(|| Slug::parse(&link.slug), Ok) {
            Ok(slug) => slug,
            Err(why) => return Ok(Err(ApiError::internal(why))),
        };
        if let Err(why) = addresses::move_to(db, link, (domain, &wanted), now).await? {
            return Ok(Err(why));
        }
        if (domain, wanted.folded()) != (link.domain, fold(&link.slug).as_str()) {
            left = Some((link.domain, link.slug.clone()));
        }
    }
    if let Some(addresses) = lead_emails {
        notices::set_addresses(db, workspace, id, &addresses).await?;
    }
    if publish {
        versions::publish(db, workspace, id, &done.actor.name, now).await?;
    }
    let noted = history::note(db, workspace, id, &before, done, now).await?;
    if noted.is_some() {
        note::link(db, app, workspace, id, Happening::LinkUpdated, now).await?;
    }
    Ok(Ok((noted.is_some(), left)))
}

/// Changes a link. The destination is its redirect step's: change that.
#[utoipa::path(patch, path = "/v1/links/{id}", tag = "Links", operation_id = "update_link",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag of what is changed")),
    request_body = UpdateLinkRequest,
    responses((status = 200, body = LinkResponse, headers(("ETag" = String))), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn update_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    expected: IfMatch,
    Body(body): Body<UpdateLinkRequest>,
) -> ApiResult<Revised<LinkResponse>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    let wanted = body.read(&Checks::read(&app, workspace).await?, now)?;
    let (actor, telling) = (caller.actor(), app.clone());
    let (_, left) = app
        .catalog
        .attempt(async move |db| {
            // In the transaction that writes: what is there now is what the change has to go with.
            let Some(link) = links::get(db, workspace, id).await? else {
                return Ok(Err(ApiError::link_not_found(id)));
            };
            if let Err(why) = expected.check(link.updated_at) {
                return Ok(Err(why));
            }
            apply(db, &telling, &link, wanted, Done::alone("updated", &actor), now).await
        })
        .await??;
    app.webhooks.bell.notify_one();
    let Revised(revision, answer) = answer_refreshed(&app, workspace, id).await?;
    let warning = left.map(|(domain, spelled)| addresses::printed(&app.hosts(), domain, &spelled));
    Ok(Revised(revision, addresses::moved(answer, warning)))
}
