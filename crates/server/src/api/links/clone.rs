//! A link made after another: the same settings, workflow, looks and tags under a new address, its scans at nought.

use super::addresses::check_domain;
use super::checks::{MAX_NAME, checked_text, optional_id};
use super::create::{CreateLinkResponse, Prepared, alone, answer, insert};
use super::link_id;
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::{Body, Path};
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN, Dress, Link, NewLink};
use crate::catalog::{designs, steps, themes};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::workflow::draft::with_fresh_ids;
use model::{DomainId, LinkId, Slug, StepId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a clone has of its own; everything else is the other link's.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloneLinkRequest {
    /// The other's with "(copy)" when absent.
    name: Option<String>,
    /// The slug; generated when absent.
    shortlink: Option<String>,
    /// An active domain of the workspace; the other's when absent, the base host when empty.
    custom_domain_id: Option<String>,
}

/// Makes a link after another: with its settings, workflow, tags and looks, under an address of its own. Its totals start
/// at nought; a draft and the addresses of placements are not taken along.
#[utoipa::path(post, path = "/v1/x/links/{id}/clone", tag = "Links", operation_id = "clone_link",
    params(("id" = uuid::Uuid, Path)), request_body = CloneLinkRequest,
    responses((status = 200, body = CreateLinkResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn clone_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    Body(body): Body<CloneLinkRequest>,
) -> ApiResult<Json<CreateLinkResponse>> {
    let (workspace, id, now) = (caller.workspace, link_id(&id)?, app.clock.now());
    let name = body.name.map(|name| checked_text("/name", Some(name), MAX_NAME)).transpose()?;
    let slug = match body.shortlink.as_deref() {
        None | Some("") => None,
        Some(text) => Some(Slug::parse(text).map_err(|why| ApiError::field("/shortlink", why))?),
    };
    let domain = match body.custom_domain_id.as_deref() {
        None => None,
        text => Some(optional_id("/customDomainId", text)?.map_or(BASE_DOMAIN, DomainId)),
    };
    let made = LinkId(Uuid::now_v7());
    let (actor, telling) = (caller.actor(), app.clone());
    app.catalog
        .attempt(async move |db| {
            let Some(link) = links::get(db, workspace, id).await? else {
                return Ok(Err(ApiError::link_not_found(id)));
            };
            let domain = domain.unwrap_or(link.domain);
            if let Err(why) = check_domain(db, workspace, domain).await? {
                return Ok(Err(why));
            }
            let looks = designs::looks(db, workspace, link.design.0).await?;
            let rows = steps::drafts(&steps::list(db, workspace, id).await?);
            let prepared = Prepared {
                is_generated: slug.is_none(),
                steps: with_fresh_ids(rows, || StepId(Uuid::now_v7())),
                asked: None,
                lead_emails: link.lead_emails.clone(),
                link: NewLink {
                    id: made,
                    name: name.unwrap_or_else(|| copy_of(&link)),
                    slug: slug.unwrap_or_else(|| Slug::generated(rand::random())),
                    domain,
                    dress: Dress { looks, template: link.template, ..Dress::plain() },
                    ..after(&link)
                },
            };
            if let Err(why) =
                insert(db, &telling, workspace, vec![prepared], (&actor, None), now, alone).await?
            {
                return Ok(Err(why));
            }
            if let Some(theme) = themes::of_link(db, workspace, id).await? {
                themes::put(db, workspace, made, &theme, now).await?;
            }
            Ok(Ok(()))
        })
        .await??;
    app.webhooks.bell.notify_one();
    app.table.refresh(&app.catalog, made).await?;
    answer(&app, workspace, made).await.map(Json)
}

/// Name of a copy, no longer than names may be.
fn copy_of(link: &Link) -> String {
    const COPY: &str = " (copy)";
    let name = if link.name.is_empty() { &link.slug } else { &link.name };
    name.chars().take(MAX_NAME - COPY.len()).chain(COPY.chars()).collect()
}

/// A new link with everything that its owner set of another.
fn after(link: &Link) -> NewLink {
    NewLink {
        id: link.id,
        name: link.name.clone(),
        purpose: link.purpose.clone(),
        notes: link.notes.clone(),
        slug: Slug::generated(0),
        domain: link.domain,
        directory: link.directory,
        metadata: link.metadata.clone(),
        tags: link.tags.iter().map(|tag| tag.name.clone()).collect(),
        fallback_destination: link.fallback_destination.clone(),
        expired_destination: link.expired_destination.clone(),
        starts_at: link.starts_at,
        expires_at: link.expires_at,
        paused: link.paused,
        scan_limit: link.scan_limit,
        conventions: link.conventions,
        qrcode_enabled: link.qrcode_enabled,
        dress: Dress::plain(),
    }
}
