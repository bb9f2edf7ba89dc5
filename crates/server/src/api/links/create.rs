//! Making links: what every way of making them has in common, and making one.

use super::checks::{
    Checks, MAX_NAME, MAX_NOTES, MAX_PURPOSE, checked_lead_emails, checked_limit, checked_lines,
    checked_metadata, checked_path_mode, checked_query_mode, checked_status, checked_tags, checked_text,
    conflict, optional_id,
};
use super::dress::{Asked, dress, is_unchanged};
use super::{Link, Shown, addresses, slugs, wire_link};
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::{self, Body};
use crate::api::steps::checks as step_checks;
use crate::api::steps::wire::{WorkflowStep, wire_steps};
use crate::app::App;
use crate::catalog::changes::{self, Actor, Change};
use crate::catalog::links::{self, BASE_DOMAIN, Dress, NewLink, bulk};
use crate::catalog::{self, Connection, designs, directories, notices, steps};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use crate::webhooks::note;
use axum::Json;
use axum::extract::State;
use model::conventions::Conventions;
use model::delivery::Happening;
use model::destination::Destination;
use model::workflow::{Graph, Payload, StepDraft};
use model::{DomainId, LinkId, Millis, Slug, WorkspaceId, life};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a new link can be given. Only the destination is required.
#[derive(Deserialize, ToSchema, Default)]
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
    /// Addresses that are written to of each lead; ten at most.
    x_lead_emails: Option<Vec<String>>,
    qrcode_enabled: Option<bool>,
    /// Taken and of no effect: a code's image is made when it is asked for.
    #[expect(dead_code, reason = "part of the wire format; images are never late here")]
    wait_for_qrcode: Option<bool>,
    /// An active domain of the workspace; the base host when absent.
    custom_domain_id: Option<String>,
    /// The folder it lies in; the top when absent.
    directory_id: Option<String>,
    /// A look that nobody has yet (`POST /v1/public/qrcode-designs`); the link takes it.
    qrcode_design_id: Option<String>,
    /// A template whose look the code is given.
    qrcode_template_id: Option<String>,
}

impl CreateLinkRequest {
    /// The request that a row of a table makes.
    pub fn of_row(fields: Value) -> ApiResult<Self> {
        body::read(fields)
    }
}

/// A new link with its steps, entry first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateLinkResponse {
    /// The link.
    pub link: Link,
    workflow_steps: Vec<WorkflowStep>,
}

/// A link whose fields are checked.
pub struct Prepared {
    /// The link.
    pub link: NewLink,
    /// Of its workflow, the entry first.
    pub steps: Vec<StepDraft>,
    /// The look that its code is to have, where one is asked for by name.
    pub asked: Option<Asked>,
    /// Who is written to of its leads.
    pub lead_emails: Vec<String>,
    /// Whether nobody chose its slug: then it makes way for one that was chosen.
    pub is_generated: bool,
}

impl Prepared {
    /// The link's id.
    pub const fn id(&self) -> LinkId {
        self.link.id
    }
}

/// What all requests of one caller are checked against.
pub struct Making<'a> {
    app: &'a App,
    checks: Checks,
    now: Millis,
}

impl<'a> Making<'a> {
    /// Reads the workspace's settings.
    pub async fn begin(app: &'a App, workspace: WorkspaceId) -> ApiResult<Self> {
        Ok(Self { app, checks: Checks::read(app, workspace).await?, now: app.clock.now() })
    }

    /// Checks the fields of a link; `exit`: where it leads, if not to its destination.
    pub fn prepare(&self, body: CreateLinkRequest, exit: Option<Payload>) -> ApiResult<Prepared> {
        let checks = &self.checks;
        let asked = Asked::read(
            optional_id("/qrcodeDesignId", body.qrcode_design_id.as_deref())?,
            optional_id("/qrcodeTemplateId", body.qrcode_template_id.as_deref())?,
        )?;
        if let (Some(Asked::Design(_)), Some(false)) = (asked, body.qrcode_enabled) {
            let message = "a link without a code has no look; leave qrcodeDesignId out, or qrcodeEnabled";
            return Err(ApiError::field("/qrcodeDesignId", message));
        }
        let tracking = body.conversion_tracking.unwrap_or(false);
        let exit = match (exit, body.destination) {
            (None, destination) => {
                let destination = destination.unwrap_or_default();
                steps::redirect_to(&checks.destination("/destination", &destination)?, tracking)
            }
            (Some(exit), None) => exit,
            (Some(_), Some(_)) => {
                let message =
                    "this link leads to a page of its own; leave the destination out, or POST /v1/links";
                return Err(ApiError::field("/destination", message));
            }
        };
        let id = optional_id("/id", body.id.as_deref())?.unwrap_or_else(Uuid::now_v7);
        let slug = match body.shortlink.as_deref() {
            None | Some("") => None,
            Some(text) => Some(Slug::parse(text).map_err(|why| ApiError::field("/shortlink", why))?),
        };
        let domain = optional_id("/customDomainId", body.custom_domain_id.as_deref())?;
        let usual = Conventions::default();
        let link = NewLink {
            id: LinkId(id),
            name: checked_text("/name", body.name, MAX_NAME)?,
            purpose: checked_lines("/purpose", body.purpose, MAX_PURPOSE)?,
            notes: checked_lines("/xNotes", body.x_notes, MAX_NOTES)?,
            slug: slug.clone().unwrap_or_else(|| Slug::generated(rand::random())),
            domain: domain.map_or(BASE_DOMAIN, DomainId),
            directory: optional_id("/directoryId", body.directory_id.as_deref())?,
            metadata: checked_metadata(body.metadata.unwrap_or_default())?,
            tags: checked_tags(body.tags.unwrap_or_default())?,
            fallback_destination: checks.optional("/fallbackDestination", body.fallback_destination)?,
            expired_destination: checks.optional("/expiredDestination", body.expired_destination)?,
            starts_at: body.x_starts_at.map(|text| checks.date("/xStartsAt", &text)).transpose()?,
            expires_at: body
                .expires_at
                .map(|text| checks.future("/expiresAt", &text, self.now))
                .transpose()?,
            paused: body.x_paused.unwrap_or(false),
            scan_limit: body.x_scan_limit.map(checked_limit).transpose()?,
            conventions: Conventions {
                status: body.x_redirect_status.map(checked_status).transpose()?.unwrap_or_default(),
                query: checked_query_mode(body.x_query_mode)?.unwrap_or(usual.query),
                path: checked_path_mode(body.x_path_mode)?.unwrap_or(usual.path),
            },
            qrcode_enabled: body.qrcode_enabled.unwrap_or(true),
            dress: Dress::plain(),
        };
        life::check(link.starts_at, link.expires_at).map_err(|why| ApiError::field("/xStartsAt", why))?;
        let leads = match &exit {
            Payload::ClientRedirect(redirect) => Some(Destination::stored(&redirect.destination)),
            _ => None,
        };
        link.conventions
            .check(link.scan_limit, leads.iter().map(|destination| (destination, tracking)))
            .map_err(|why| conflict(why, "/destination"))?;
        let lead_emails = checked_lead_emails(body.x_lead_emails.unwrap_or_default())?;
        let steps = steps::default_steps(exit).to_vec();
        Ok(Prepared { link, steps, asked, lead_emails, is_generated: slug.is_none() })
    }

    /// The exit that a payload of the wire describes: `field` of the body holds what stands under `key` in a step.
    pub async fn exit(&self, field: &str, key: &str, payload: Value) -> ApiResult<Payload> {
        let wire = json!({ "id": Uuid::now_v7(), "payload": { key: payload }, "canvasPosition": {} });
        let inside = format!("/payload/{key}");
        let renamed = |error: ApiError| error.above(&inside).below(field);
        let mut step = StepDraft::from_wire(wire).map_err(|error| renamed(step_checks::wire_error(error)))?;
        step_checks::finish(self.app, &self.checks, &mut step, None).await.map_err(renamed)?;
        Ok(step.payload)
    }
}

/// Makes links, all or none, and has them answered for. `pointer` names the place of an item in the request.
pub async fn make(
    app: &App,
    workspace: WorkspaceId,
    by: Actor,
    mut prepared: Vec<Prepared>,
    pointer: fn(usize) -> String,
) -> ApiResult<Vec<LinkId>> {
    let now = app.clock.now();
    dress(app, workspace, &mut prepared, pointer).await?;
    let ids: Vec<LinkId> = prepared.iter().map(|prepared| prepared.link.id).collect();
    let telling = app.clone();
    let made = async move |db: &mut Connection| {
        insert(db, &telling, workspace, prepared, (&by, None), now, pointer).await
    };
    app.catalog.write(made).await??;
    app.webhooks.bell.notify_one();
    for id in &ids {
        app.table.refresh(&app.catalog, *id).await?;
    }
    Ok(ids)
}

/// Makes links in the catalog, all or none: what is refused has written nothing. `by`: who, and with which other changes
/// in one request.
pub async fn insert(
    db: &mut Connection,
    app: &App,
    workspace: WorkspaceId,
    prepared: Vec<Prepared>,
    (by, batch): (&Actor, Option<Uuid>),
    now: Millis,
    pointer: fn(usize) -> String,
) -> catalog::Result<ApiResult<()>> {
    let generated: Vec<bool> = prepared.iter().map(|prepared| prepared.is_generated).collect();
    let lead_emails: Vec<Vec<String>> =
        prepared.iter().map(|prepared| prepared.lead_emails.clone()).collect();
    for (place, prepared) in prepared.iter().enumerate() {
        if let Some(asked) = prepared.asked
            && let Err(error) = is_unchanged(db, workspace, asked, &prepared.link.dress).await?
        {
            return Ok(Err(error.below(&pointer(place))));
        }
    }
    let mut wanted: Vec<bulk::Wanted> =
        prepared.into_iter().map(|prepared| (workspace, prepared.link, prepared.steps)).collect();
    for (place, (_, link, _)) in wanted.iter().enumerate() {
        if let Err(error) = placed(db, workspace, link).await? {
            return Ok(Err(error.below(&pointer(place))));
        }
    }
    let mut taken = bulk::taken(db, &wanted).await?;
    let mut ids = bulk::existing(db, &wanted).await?;
    // Those that were chosen come first: what is drawn has to keep clear of them.
    for (place, (_, link, _)) in wanted.iter().enumerate() {
        if !ids.insert(link.id) {
            let error = ApiError::conflict("LINK_EXISTS", "a link with this id exists already").about("/id");
            return Ok(Err(error.below(&pointer(place))));
        }
        if !generated[place] && !taken.insert((link.domain, link.slug.folded().to_owned())) {
            let error = addresses::taken(db, workspace, link.domain, &link.slug).await?;
            return Ok(Err(error.below(&pointer(place))));
        }
    }
    for ((_, link, _), _) in wanted.iter_mut().zip(&generated).filter(|(_, generated)| **generated) {
        let mut is_free = taken.insert((link.domain, link.slug.folded().to_owned()));
        for _ in 0..slugs::TRIES {
            if is_free {
                break;
            }
            link.slug = Slug::generated(rand::random());
            is_free = !links::slug_is_taken(db, link.domain, &link.slug).await?
                && taken.insert((link.domain, link.slug.folded().to_owned()));
        }
    }
    for (_, link, _) in wanted.iter().filter(|(_, link, _)| link.dress.is_taken) {
        designs::take_fresh(db, workspace, link.dress.design).await?;
    }
    bulk::create(db, &wanted, &by.name, now).await?;
    let made: Vec<Change> = wanted
        .iter()
        .map(|wanted| created(wanted, Done { batch, ..Done::alone("created", by) }, now))
        .collect();
    changes::add(db, workspace, &made).await?;
    for ((_, link, _), addresses) in wanted.iter().zip(&lead_emails) {
        if !addresses.is_empty() {
            notices::set_addresses(db, workspace, link.id, addresses).await?;
        }
        note::link(db, app, workspace, link.id, Happening::LinkCreated, now).await?;
    }
    Ok(Ok(()))
}

/// What is noted of a link that is made.
fn created((_, link, steps): &bulk::Wanted, done: Done<'_>, now: Millis) -> Change {
    let graph = Graph::new(steps.clone(), None, None);
    let fields = [
        ("name", json!(link.name)),
        ("shortlink", json!(link.slug.as_str())),
        ("customDomainId", json!((link.domain != BASE_DOMAIN).then(|| link.domain.to_string()))),
        ("xDestination", json!(graph.only_destination())),
        ("tags", json!(link.tags)),
    ];
    let became = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    history::change(link.id, done, (history::State::new(), became), now)
}

/// Whether the domain and the folder of a link are there, and the workspace's.
async fn placed(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: &NewLink,
) -> catalog::Result<ApiResult<()>> {
    if let Err(why) = addresses::check_domain(db, workspace, link.domain).await? {
        return Ok(Err(why));
    }
    if let Some(directory) = link.directory
        && directories::get(db, workspace, directory).await?.is_none()
    {
        let message = format!("there is no directory {directory} in this workspace");
        return Ok(Err(ApiError::field("/directoryId", message)));
    }
    Ok(Ok(()))
}

/// Where a link stands that is the whole request.
pub fn alone(_: usize) -> String {
    String::new()
}

/// Makes one link and answers with it and its steps.
pub async fn make_one(
    app: &App,
    caller: &Can<LinksWrite>,
    prepared: Prepared,
) -> ApiResult<CreateLinkResponse> {
    let (workspace, id) = (caller.workspace, prepared.link.id);
    make(app, workspace, caller.actor(), vec![prepared], alone).await?;
    answer(app, workspace, id).await
}

/// A link that was just made, with its steps.
pub async fn answer(app: &App, workspace: WorkspaceId, id: LinkId) -> ApiResult<CreateLinkResponse> {
    let mut db = app.catalog.read().await?;
    let created = links::get(&mut db, workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
    let workflow_steps = wire_steps(&steps::list(&mut db, workspace, id).await?);
    Ok(CreateLinkResponse { link: wire_link(app, created, &Shown::tags()), workflow_steps })
}

/// Makes a link that redirects to a destination.
#[utoipa::path(post, path = "/v1/links", tag = "Links", operation_id = "create_link", request_body = CreateLinkRequest,
    responses((status = 200, body = CreateLinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<CreateLinkRequest>,
) -> ApiResult<Json<CreateLinkResponse>> {
    let making = Making::begin(&app, caller.workspace).await?;
    let prepared = making.prepare(body, None)?;
    make_one(&app, &caller, prepared).await.map(Json)
}
