//! Making links: one, many, and those that lead to a page or a file instead of a destination.

use super::checks::{
    Checks, MAX_NAME, MAX_NOTES, MAX_PURPOSE, checked_limit, checked_lines, checked_metadata,
    checked_path_mode, checked_query_mode, checked_status, checked_tags, checked_text, conflict, optional_id,
    refuse_unbuilt,
};
use super::{Link, LinkResponse, Shown, wire_link};
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::{self, Body};
use crate::api::steps::checks as step_checks;
use crate::api::steps::wire::{WorkflowStep, wire_steps};
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN, NewLink, bulk};
use crate::catalog::{self, Connection, directories, domains, steps};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::conventions::Conventions;
use model::destination::Destination;
use model::workflow::payload::ThankYouPage;
use model::workflow::{Payload, StepDraft};
use model::{DomainId, LinkId, Millis, Slug, WorkspaceId, life};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Links made in one request, at most.
pub const MAX_BULK: usize = 250;
/// Slugs drawn before giving up; with 2^35 of them, two tries are rare.
const GENERATED_TRIES: usize = 8;

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
    qrcode_enabled: Option<bool>,
    /// Taken and of no effect: a code's image is made when it is asked for.
    #[expect(dead_code, reason = "part of the wire format; images are never late here")]
    wait_for_qrcode: Option<bool>,
    /// An active domain of the workspace; the base host when absent.
    custom_domain_id: Option<String>,
    /// The folder it lies in; the top when absent.
    directory_id: Option<String>,
    qrcode_design_id: Option<String>,
    qrcode_template_id: Option<String>,
}

/// A contact card's link: the card, and what every link can be given but a destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description; the body is read in two parts")]
#[schema(rename_all = "camelCase")]
pub struct CreateContactLinkRequest {
    /// `{"firstName": "Ada", "email": "ada@example.com"}`
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    vcard_data: Value,
    #[schema(inline)]
    name: Option<String>,
    shortlink: Option<String>,
    tags: Option<Vec<String>>,
    fallback_destination: Option<String>,
}

/// A thank-you page's link: its words, and what every link can be given but a destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description; the body is read in two parts")]
#[schema(rename_all = "camelCase")]
pub struct CreateThankYouLinkRequest {
    title: String,
    description: Option<String>,
    name: Option<String>,
    shortlink: Option<String>,
    tags: Option<Vec<String>>,
}

/// A file's link: the file, and what every link can be given but a destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description; the body is read in two parts")]
#[schema(rename_all = "camelCase")]
pub struct CreateOpenMediaLinkRequest {
    /// A file of the library.
    media_id: Uuid,
    name: Option<String>,
    shortlink: Option<String>,
    tags: Option<Vec<String>>,
}

/// Links to be made, all or none.
#[derive(Deserialize, ToSchema)]
pub struct CreateBulkLinksRequest {
    /// 1 to 250.
    pub links: Vec<CreateLinkRequest>,
}

/// A new link with its steps, entry first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateLinkResponse {
    link: Link,
    workflow_steps: Vec<WorkflowStep>,
}

/// New links, in the order in which they were given.
#[derive(Serialize, ToSchema)]
pub struct CreateBulkLinksResponse {
    links: Vec<Link>,
}

/// A link whose fields are checked.
pub struct Prepared {
    link: NewLink,
    exit: Payload,
    is_generated: bool,
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
        refuse_unbuilt(&[
            ("/qrcodeDesignId", &body.qrcode_design_id),
            ("/qrcodeTemplateId", &body.qrcode_template_id),
        ])?;
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
        };
        life::check(link.starts_at, link.expires_at).map_err(|why| ApiError::field("/xStartsAt", why))?;
        let leads = match &exit {
            Payload::ClientRedirect(redirect) => Some(Destination::stored(&redirect.destination)),
            _ => None,
        };
        link.conventions
            .check(link.scan_limit, leads.iter().map(|destination| (destination, tracking)))
            .map_err(|why| conflict(why, "/destination"))?;
        Ok(Prepared { link, exit, is_generated: slug.is_none() })
    }

    /// The exit that a payload of the wire describes: `field` of the body holds what stands under `key` in a step.
    async fn exit(&self, field: &str, key: &str, payload: Value) -> ApiResult<Payload> {
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
    by: String,
    prepared: Vec<Prepared>,
    pointer: fn(usize) -> String,
) -> ApiResult<Vec<LinkId>> {
    let now = app.clock.now();
    let ids: Vec<LinkId> = prepared.iter().map(|prepared| prepared.link.id).collect();
    app.catalog.write(async move |db| insert(db, workspace, prepared, &by, now, pointer).await).await??;
    for id in &ids {
        app.table.refresh(&app.catalog, *id).await?;
    }
    Ok(ids)
}

/// Makes links in the catalog, all or none: what is refused has written nothing.
pub async fn insert(
    db: &mut Connection,
    workspace: WorkspaceId,
    prepared: Vec<Prepared>,
    by: &str,
    now: Millis,
    pointer: fn(usize) -> String,
) -> catalog::Result<ApiResult<()>> {
    let generated: Vec<bool> = prepared.iter().map(|prepared| prepared.is_generated).collect();
    let mut wanted: Vec<bulk::Wanted> =
        prepared.into_iter().map(|prepared| (workspace, prepared.link, prepared.exit)).collect();
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
            let message = "this slug leads somewhere already (upper and lower case are the same)";
            let error = ApiError::conflict("SHORTLINK_TAKEN", message).about("/shortlink");
            return Ok(Err(error.below(&pointer(place))));
        }
    }
    for ((_, link, _), _) in wanted.iter_mut().zip(&generated).filter(|(_, generated)| **generated) {
        let mut is_free = taken.insert((link.domain, link.slug.folded().to_owned()));
        for _ in 0..GENERATED_TRIES {
            if is_free {
                break;
            }
            link.slug = Slug::generated(rand::random());
            is_free = !links::slug_is_taken(db, link.domain, &link.slug).await?
                && taken.insert((link.domain, link.slug.folded().to_owned()));
        }
    }
    bulk::create(db, &wanted, by, now).await?;
    Ok(Ok(()))
}

/// Whether the domain and the folder of a link are there, and the workspace's.
async fn placed(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: &NewLink,
) -> catalog::Result<ApiResult<()>> {
    if link.domain != BASE_DOMAIN {
        match domains::get(db, workspace, link.domain).await? {
            None => {
                let message = format!("there is no domain {} in this workspace", link.domain);
                return Ok(Err(ApiError::field("/customDomainId", message)));
            }
            Some(domain) if !domain.is_active() => {
                let message = format!(
                    "{} is not active yet, so its codes would lead nowhere; POST /v1/custom-domains/{}/check tells what it \
                     lacks",
                    domain.name, link.domain
                );
                return Ok(Err(ApiError::field("/customDomainId", message)));
            }
            Some(_) => {}
        }
    }
    if let Some(directory) = link.directory
        && directories::get(db, workspace, directory).await?.is_none()
    {
        let message = format!("there is no directory {directory} in this workspace");
        return Ok(Err(ApiError::field("/directoryId", message)));
    }
    Ok(Ok(()))
}

fn alone(_: usize) -> String {
    String::new()
}

fn in_links(place: usize) -> String {
    format!("/links/{place}")
}

fn in_list(place: usize) -> String {
    format!("/{place}")
}

/// Makes one link and answers with it and its steps.
async fn make_one(app: &App, caller: &Can<LinksWrite>, prepared: Prepared) -> ApiResult<CreateLinkResponse> {
    let (workspace, id) = (caller.workspace, prepared.link.id);
    make(app, workspace, caller.name(), vec![prepared], alone).await?;
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

/// Takes a field out of a body and reads the rest as any link's.
fn parted(mut body: Map<String, Value>, own: &[&str]) -> ApiResult<(Vec<Option<Value>>, CreateLinkRequest)> {
    let taken = own.iter().map(|name| body.remove(*name).filter(|value| !value.is_null())).collect();
    Ok((taken, body::read(Value::Object(body))?))
}

/// Makes a link to a contact card.
#[utoipa::path(post, path = "/v1/links/contact", tag = "Links", operation_id = "create_contact_link",
    request_body = CreateContactLinkRequest,
    responses((status = 200, body = LinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_contact_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<LinkResponse>> {
    let (mut own, rest) = parted(body, &["vcardData"])?;
    let card = own.pop().flatten().filter(|card| card.as_object().is_some_and(|card| !card.is_empty()));
    let card = card.ok_or_else(|| {
        ApiError::field(
            "/vcardData",
            "is required: an object such as {\"firstName\": \"Ada\", \"email\": \"ada@example.com\"}",
        )
    })?;
    let making = Making::begin(&app, caller.workspace).await?;
    let exit = making.exit("/vcardData", "vcard", card).await?;
    let made = make_one(&app, &caller, making.prepare(rest, Some(exit))?).await?;
    Ok(Json(LinkResponse { link: made.link }))
}

/// Makes a link to a thank-you page.
#[utoipa::path(post, path = "/v1/links/thank-you", tag = "Links", operation_id = "create_thank_you_link",
    request_body = CreateThankYouLinkRequest,
    responses((status = 200, body = LinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_thank_you_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<LinkResponse>> {
    let (own, rest) = parted(body, &["title", "description"])?;
    let [title, description] = ["/title", "/description"].map(String::from);
    let text = |place: usize, field: &str| match own.get(place).cloned().flatten() {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(ApiError::field(field, "send a text in quotation marks")),
    };
    let page = ThankYouPage { title: text(0, &title)?, description: text(1, &description)? };
    if page.title.trim().is_empty() {
        return Err(ApiError::field("/title", "is required: the heading of the page, such as \"Thank you\""));
    }
    let making = Making::begin(&app, caller.workspace).await?;
    let exit = making.exit("", "thankYouPage", json!(page)).await?;
    let made = make_one(&app, &caller, making.prepare(rest, Some(exit))?).await?;
    Ok(Json(LinkResponse { link: made.link }))
}

/// Makes a link that opens a file of the library.
#[utoipa::path(post, path = "/v1/links/open-media", tag = "Links", operation_id = "create_open_media_link",
    request_body = CreateOpenMediaLinkRequest,
    responses((status = 200, body = CreateLinkResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_open_media_link(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<Map<String, Value>>,
) -> ApiResult<Json<CreateLinkResponse>> {
    let (mut own, rest) = parted(body, &["mediaId"])?;
    let media = own.pop().flatten().filter(|media| media.as_str() != Some(""));
    let media =
        media.ok_or_else(|| ApiError::field("/mediaId", "is required: the id of a file of the library"))?;
    let making = Making::begin(&app, caller.workspace).await?;
    let exit = making.exit("", "openMedia", json!({ "mediaId": media })).await?;
    make_one(&app, &caller, making.prepare(rest, Some(exit))?).await.map(Json)
}

/// Checks the items of a request for many links.
pub fn prepare_all(
    making: &Making<'_>,
    links: Vec<CreateLinkRequest>,
    pointer: fn(usize) -> String,
) -> ApiResult<Vec<Prepared>> {
    if links.is_empty() || links.len() > MAX_BULK {
        let message = format!("give 1 to {MAX_BULK} links; these are {}", links.len());
        let field = pointer(0);
        return Err(ApiError::field(field.strip_suffix("/0").unwrap_or(&field), message));
    }
    let prepare = |(place, link)| making.prepare(link, None).map_err(|error| error.below(&pointer(place)));
    links.into_iter().enumerate().map(prepare).collect()
}

async fn make_many(
    app: &App,
    caller: &Can<LinksWrite>,
    links: Vec<CreateLinkRequest>,
    pointer: fn(usize) -> String,
) -> ApiResult<Json<CreateBulkLinksResponse>> {
    let workspace = caller.workspace;
    let making = Making::begin(app, workspace).await?;
    let prepared = prepare_all(&making, links, pointer)?;
    let ids = make(app, workspace, caller.name(), prepared, pointer).await?;
    let mut db = app.catalog.read().await?;
    let mut made = Vec::with_capacity(ids.len());
    for id in ids {
        let link = links::get(&mut db, workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
        made.push(wire_link(app, link, &Shown::tags()));
    }
    Ok(Json(CreateBulkLinksResponse { links: made }))
}

/// Makes up to 250 links, all or none.
#[utoipa::path(post, path = "/v1/links/bulk", tag = "Links", operation_id = "create_links_bulk",
    request_body = CreateBulkLinksRequest,
    responses((status = 200, body = CreateBulkLinksResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_links_bulk(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<CreateBulkLinksRequest>,
) -> ApiResult<Json<CreateBulkLinksResponse>> {
    make_many(&app, &caller, body.links, in_links).await
}

/// Makes up to 250 links, all or none; the body is the list itself.
#[utoipa::path(post, path = "/v1/links/batch", tag = "Links", operation_id = "create_links_batch",
    request_body = Vec<CreateLinkRequest>,
    responses((status = 200, body = CreateBulkLinksResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_links_batch(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    body::List(body): body::List<CreateLinkRequest>,
) -> ApiResult<Json<CreateBulkLinksResponse>> {
    make_many(&app, &caller, body, in_list).await
}

/// Where an item of a bulk request stands in it.
pub fn bulk_pointer(place: usize) -> String {
    in_links(place)
}
