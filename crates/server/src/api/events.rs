//! Events: the list of scans, and what each did in its workflow (dossier 1.5-1.7).

pub mod find;
pub mod traces;
pub mod whose;

use super::auth::{AnalyticsRead, Can};
use super::body::{Path, Query};
use super::links::{Link, Shown, wire_link};
use super::population;
use super::spreadsheet::{Csv, Page};
use super::visitors::wire::Visitor;
use super::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::slugs::{self, LinkSlug};
use crate::catalog::{links as link_rows, versions, visitors};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::report::by::privacy_signal;
use model::report::{OwnedScan, Population, ScanPage};
use model::scan::{Action, Identity, NO_DESTINATION, Outcome, Scan, Verdict, VisitType};
use model::visitor::{self, Namespace};
use model::workflow::{Graph, StepDraft, Workflow, journey};
use model::{LinkId, Millis, ScanId, Trace, WorkspaceId};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// A scan.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    id: String,
    workspace_id: String,
    link_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    /// `ACTION_SCAN`: through a code; `ACTION_CLICK`: through a link.
    action: &'static str,
    visit_type: String,
    triggered_by: &'static str,
    http_method: String,
    entrypoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_action: Option<&'static str>,
    scanned_at: String,
    created_at: String,
    updated_at: String,
    /// With `include=device`.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
    /// With `include=visitor`, where somebody said who it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor: Option<Visitor>,
    /// With `include=link`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Link>)]
    link: Option<Arc<Link>>,
    /// With `include=journey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    journey: Option<Journey>,
    /// `human`, `bot`, `agent`, `preview`, `prefetch`, `monitor`, `internal`.
    x_verdict: &'static str,
    /// Why; see `docs/API.md`.
    x_reason: String,
    /// Version of the rules that judged it.
    x_rules_version: u16,
    /// The verdict that was given when it was answered, where it was judged again since.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_judged_before: Option<JudgedBefore>,
    /// `redirect`, `page`, `fallback`, `ended`, `paused`, `not_started`, `limited`, `error`.
    x_outcome: &'static str,
    /// HTTP status of the answer.
    x_status: u16,
    /// How many times this visitor has scanned this link on that day; 0 where visitors are not told apart.
    x_nth_today: u16,
    x_workflow_version: u32,
    /// `source`, `medium`, `campaign`, `term`, `content`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    x_utm: BTreeMap<&'static str, String>,
    /// Other query parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    x_parameters: BTreeMap<String, String>,
    /// Host of the page that led here.
    #[serde(skip_serializing_if = "String::is_empty")]
    x_referrer: String,
    /// Many visitors shared the address that day.
    x_shared_network: bool,
    /// What its owner calls the address that was scanned: where it is printed.
    #[serde(skip_serializing_if = "String::is_empty")]
    x_placement: String,
    /// What the browser asked for by header: `gpc`, `dnt`.
    #[serde(skip_serializing_if = "str::is_empty")]
    x_privacy_signal: &'static str,
}

/// A verdict that another one has replaced.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct JudgedBefore {
    verdict: &'static str,
    reason: String,
    rules_version: u16,
}

/// What scanned. There is no address: it is not kept.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    device_type: String,
    device_actor: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    device_brand: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    device_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    platform_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    platform_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    browser_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    browser_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    browser_language: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    country: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    city: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    timezone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    isp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asn: Option<u32>,
    /// Kept for 30 days.
    #[serde(skip_serializing_if = "String::is_empty")]
    user_agent: String,
    created_at: String,
}

/// How far a scan came in its workflow; conditions are not counted.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Journey {
    steps_reached: usize,
    steps_total: usize,
    completed: bool,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsPage {
    events: Vec<Event>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: u64,
    /// Only while files are damaged that may have scans of the workspace and the range: no more than so many are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_lost_rows: Option<u64>,
}

/// A page of events in its wrapper: one of the two.
#[derive(Serialize, ToSchema)]
pub struct ListEventsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<EventsPage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<Csv>,
}

/// Columns of events as CSV: fields of an event by their JSON pointers.
const COLUMNS: [&str; 22] = [
    "/id",
    "/scannedAt",
    "/linkId",
    "/action",
    "/visitType",
    "/visitorId",
    "/entrypoint",
    "/destination",
    "/xVerdict",
    "/xReason",
    "/xOutcome",
    "/device/deviceType",
    "/device/platformName",
    "/device/browserName",
    "/device/country",
    "/device/region",
    "/device/city",
    "/xReferrer",
    "/xUtm/source",
    "/xUtm/medium",
    "/xUtm/campaign",
    "/httpMethod",
];

/// A page of events as CSV.
fn csv(page: Page, events: &[Event]) -> ApiResult<Csv> {
    let name = |column: &'static str| column.rsplit('/').next().unwrap_or(column);
    let row = |event: &Event| -> Vec<String> {
        let event = serde_json::to_value(event).unwrap_or_default();
        let cell = |column: &&str| match event.pointer(column) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) if !other.is_null() => other.to_string(),
            _ => String::new(),
        };
        COLUMNS.iter().map(cell).collect()
    };
    Csv::of(page, COLUMNS.into_iter().map(name), events.iter().map(row))
}

/// Scans, newest first.
#[utoipa::path(get, path = "/v1/events", tag = "Events", operation_id = "list_events",
    params(("linkId" = Option<uuid::Uuid>, Query), ("visitorId" = Option<uuid::Uuid>, Query, description = "As an event tells it: of a visitor of a day, or of somebody who gave data, whose scans are those known to be theirs. Any other id has none"),
        ("startDate" = Option<String>, Query, description = "Inclusive"), ("endDate" = Option<String>, Query, description = "Inclusive"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("responseFormat" = Option<String>, Query, description = "RESPONSE_FORMAT_JSON, RESPONSE_FORMAT_CSV"),
        ("include" = Option<Vec<String>>, Query, description = "visitor, device, link, journey"),
        ("verdict" = Option<Vec<String>>, Query, description = "`all`, or verdicts; humans when absent"),
        ("xFilter" = Option<Vec<String>>, Query, description = "Only scans with this value, such as `country:DE`; repeatable"),
        ("xTimezone" = Option<String>, Query, description = "IANA zone of dates without an offset and of clocks; the workspace's when absent")),
    responses((status = 200, body = ListEventsResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_events(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    query: Query,
) -> ApiResult<Json<ListEventsResponse>> {
    let is_csv = query.one_of("responseFormat", &IS_CSV)?.unwrap_or(false);
    if is_csv {
        caller.may_export()?;
    }
    let includes = Includes::of(&query)?;
    let mut population = population::of_query(&app, caller.workspace, &query).await?;
    let asked = query.parse::<Uuid>("visitorId", "a UUID")?;
    let visitor = match asked {
        None => None,
        Some(id) => Some(whose::scans(&app, &mut population, id).await?),
    };
    let limit = query.page_size(100, 1000)?;
    let Population { scope, verdicts, .. } = &population;
    let filters: Vec<&str> = query.all("xFilter").collect();
    let list = format!("events {scope:?} {verdicts:?} {filters:?} {asked:?}");
    let before: Option<(Millis, ScanId)> = match query.get("pageToken").or(query.get("cursor")) {
        None => None,
        Some(token) => Some(app.cursors.open(&list, token)?),
    };
    let page = ScanPage { population, visitor, before, limit: limit + 1 };
    let store = app.store.clone();
    let ((mut scans, total_count), x_lost_rows) =
        population::ask(&app, move || Ok((store.list(&page)?, population::lost(&store, &page.population))))
            .await?;
    let has_more = scans.len() > limit;
    scans.truncate(limit);
    let next_page_token = match scans.last() {
        Some(last) if has_more => Some(app.cursors.seal(&list, &(last.get().at, last.get().id))),
        _ => None,
    };
    let includes = Includes { device: includes.device || is_csv, ..includes };
    let events = wire_events(&app, caller.workspace, &scans, includes).await?;
    if is_csv {
        let page = Page { next: next_page_token, total: total_count };
        return Ok(Json(ListEventsResponse { json: None, csv: Some(csv(page, &events)?) }));
    }
    let page = EventsPage { events, has_more, next_page_token, total_count, x_lost_rows };
    Ok(Json(ListEventsResponse { json: Some(page), csv: None }))
}

/// An event in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct EventResponse {
    event: Event,
}

/// One scan with its device, and whatever else is asked for.
#[utoipa::path(get, path = "/v1/x/events/{id}", tag = "Events", operation_id = "get_event",
    params(("id" = uuid::Uuid, Path), ("include" = Option<Vec<String>>, Query, description = "visitor, link, journey")),
    responses((status = 200, body = EventResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 503, body = ErrorResponse)))]
pub async fn get_event(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Json<EventResponse>> {
    let id: ScanId = id.parse().map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let includes = Includes { device: true, ..Includes::of(&query)? };
    let workspace = caller.workspace;
    let found = find::scan(&app, workspace, id).await?;
    let events = match &found {
        Some(scan) => wire_events(&app, workspace, std::slice::from_ref(scan), includes).await?,
        None => Vec::new(),
    };
    let event = events
        .into_iter()
        .next()
        .ok_or_else(|| ApiError::not_found("EVENT_NOT_FOUND", format!("event {id}")))?;
    Ok(Json(EventResponse { event }))
}

/// In which format a list comes.
pub const IS_CSV: [(&str, bool); 3] =
    [("RESPONSE_FORMAT_JSON", false), ("RESPONSE_FORMAT_CSV", true), ("RESPONSE_FORMAT_UNSPECIFIED", false)];

/// What else is asked for with an event.
#[derive(Clone, Copy, Default)]
pub struct Includes {
    /// The visitor.
    pub visitor: bool,
    /// The device.
    pub device: bool,
    /// The link.
    pub link: bool,
    /// How far it came.
    pub journey: bool,
}

impl Includes {
    fn of(query: &Query) -> ApiResult<Self> {
        // A workspace can be asked for in the contract; here it is the caller's own, and not told again.
        let known = ["visitor", "device", "link", "journey", "workspace"];
        let [visitor, device, link, journey, _] = query.includes(known)?;
        Ok(Self { visitor, device, link, journey })
    }
}

/// Scans as they go out, with the destinations of the versions that decided them, what became of those that were shown
/// pages, and whose they are where that is known.
pub async fn wire_events(
    app: &App,
    workspace: WorkspaceId,
    scans: &[OwnedScan],
    includes: Includes,
) -> ApiResult<Vec<Event>> {
    let mut ways = interactions(app, workspace, scans).await?;
    let mut db = app.catalog.read().await?;
    let mut versions: HashMap<(LinkId, u32), Option<Version>> = HashMap::new();
    let mut links: HashMap<LinkId, Option<Arc<Link>>> = HashMap::new();
    let mut placements: HashMap<LinkId, Vec<LinkSlug>> = HashMap::new();
    let ids: Vec<ScanId> = scans.iter().map(|scan| scan.get().id).collect();
    let known = visitors::of_scans(&mut db, workspace, &ids).await?;
    let mut events = Vec::with_capacity(scans.len());
    for stored in scans {
        let scan = stored.get();
        let key = (scan.link, scan.workflow_version);
        if let std::collections::hash_map::Entry::Vacant(place) = versions.entry(key) {
            let graph = versions::graph(&mut db, workspace, scan.link, scan.workflow_version).await?;
            place.insert(graph.map(|graph| Version::of(graph, scan.workflow_version)));
        }
        let version = versions[&key].as_ref();
        let way = ways.remove(&scan.id).unwrap_or_default();
        let mut event = wire_event(app, stored, version.map(|version| &version.workflow));
        if let Some(exit) = way.iter().rev().find(|trace| trace.destination != NO_DESTINATION) {
            let workflow = version.map(|version| &version.workflow);
            event.lead_to(destination(exit.destination, workflow));
        }
        if let std::collections::hash_map::Entry::Vacant(place) = placements.entry(scan.link) {
            place.insert(slugs::of_link(&mut db, workspace, scan.link).await?);
        }
        let domain = app.hosts().domain(scan.domain);
        // A domain that is gone is no longer known by its host; its slugs are.
        let is_it =
            |slug: &&LinkSlug| slug.folded == scan.slug && domain.is_none_or(|domain| slug.domain == domain);
        if let Some(slug) = placements[&scan.link].iter().find(is_it) {
            event.x_placement = slug.placement.clone();
        }
        let visitor = known.get(&scan.id);
        if let Some(visitor) = visitor {
            event.visitor_id = Some(visitor.to_string());
        }
        if includes.visitor
            && let Some(visitor) = visitor
        {
            event.visitor = wire_visitor_of(&mut db, workspace, *visitor).await?;
        }
        if includes.device {
            event.device = Some(wire_device(&scan));
        }
        if includes.journey {
            event.journey = Some(journey_of(&scan, version, &way));
        }
        if includes.link {
            if let std::collections::hash_map::Entry::Vacant(place) = links.entry(scan.link) {
                let link = link_rows::of_events(&mut db, workspace, &[scan.link]).await?.pop();
                place.insert(link.map(|link| Arc::new(wire_link(app, link, &Shown::default()))));
            }
            event.link = links[&scan.link].clone();
        }
        events.push(event);
    }
    Ok(events)
}

/// A version as events are read with it.
pub struct Version {
    /// The engine's.
    pub workflow: Workflow,
    /// Its owner's, in the same order.
    pub steps: Vec<StepDraft>,
}

impl Version {
    /// Of what was published.
    pub fn of(graph: Graph, version: u32) -> Self {
        Self { workflow: graph.compile(version), steps: graph.steps }
    }
}

/// What scans that were shown pages did there, in the order in which it happened.
async fn interactions(
    app: &App,
    workspace: WorkspaceId,
    scans: &[OwnedScan],
) -> ApiResult<HashMap<ScanId, Vec<Trace>>> {
    let paged = |scan: &OwnedScan| {
        let scan = scan.get();
        (scan.outcome == Outcome::Page).then_some((scan.id, scan.at))
    };
    let paged: Vec<(ScanId, Millis)> = scans.iter().filter_map(paged).collect();
    if paged.is_empty() {
        return Ok(HashMap::new());
    }
    let store = app.store.clone();
    population::ask(app, move || {
        let of = |(id, at): (ScanId, Millis)| Ok((id, store.traces(workspace, id, at)?));
        paged.into_iter().map(of).collect()
    })
    .await
}

async fn wire_visitor_of(
    db: &mut crate::catalog::Connection,
    workspace: WorkspaceId,
    id: Uuid,
) -> ApiResult<Option<Visitor>> {
    let found = visitors::get(db, workspace, id).await?;
    Ok(found.map(|row| super::visitors::wire::wire_visitor(workspace, &row)))
}

impl Event {
    fn lead_to(&mut self, destination: Option<String>) {
        self.destination_action = destination.is_some().then_some("EVENT_ACTION_CLIENT_REDIRECT");
        self.destination = destination;
    }
}

fn wire_event(app: &App, stored: &OwnedScan, workflow: Option<&Workflow>) -> Event {
    let scan = stored.get();
    let known = scan.identity != Identity::None;
    let id = |namespace| known.then(|| visitor::id(namespace, scan.at.utc_day(), scan.visitor).to_string());
    let destination = destination(scan.destination, workflow);
    let marker = if scan.action == Action::Scan { "Q/" } else { "" };
    let scheme = if app.hosts().is_https() { "https" } else { "http" };
    let utm = [
        ("source", scan.utm_source),
        ("medium", scan.utm_medium),
        ("campaign", scan.utm_campaign),
        ("term", scan.utm_term),
        ("content", scan.utm_content),
    ];
    let at = time(scan.at);
    Event {
        id: scan.id.to_string(),
        workspace_id: scan.workspace.to_string(),
        link_id: scan.link.to_string(),
        visitor_id: id(Namespace::Visitor),
        device_id: id(Namespace::Device),
        action: action(scan.action),
        visit_type: visit_type(scan.visit_type),
        triggered_by: "TRIGGERED_BY_VISITOR",
        http_method: format!("HTTP_METHOD_{}", scan.method.as_str()),
        entrypoint: format!("{scheme}://{}/{marker}{}", scan.domain, scan.slug),
        destination_action: destination.is_some().then_some("EVENT_ACTION_CLIENT_REDIRECT"),
        destination,
        scanned_at: at.clone(),
        created_at: at.clone(),
        updated_at: at,
        device: None,
        visitor: None,
        link: None,
        journey: None,
        x_verdict: scan.verdict.as_str(),
        x_reason: scan.reason.to_owned(),
        x_rules_version: scan.rules_version,
        x_judged_before: stored.first_judgement().map(|first| JudgedBefore {
            verdict: first.verdict.as_str(),
            reason: first.reason.clone(),
            rules_version: first.rules_version,
        }),
        x_outcome: scan.outcome.as_str(),
        x_status: scan.status,
        x_nth_today: scan.nth_today,
        x_workflow_version: scan.workflow_version,
        x_utm: utm.into_iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k, v.to_owned())).collect(),
        x_parameters: model::query::parameters(scan.parameters)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        x_referrer: scan.referrer_host.to_owned(),
        x_shared_network: scan.shared_network,
        x_placement: String::new(),
        x_privacy_signal: privacy_signal(scan.header_flags),
    }
}

/// A visit type on the wire.
pub fn visit_type(visit_type: VisitType) -> String {
    enum_value("VISIT_TYPE", visit_type.as_str())
}

fn destination(index: u16, workflow: Option<&Workflow>) -> Option<String> {
    let index = (index != NO_DESTINATION).then_some(index)?;
    Some(workflow?.destination(index)?.as_str().to_owned())
}

/// Devices have no row of their own: one is composed from its scan.
fn wire_device(scan: &Scan<'_>) -> Device {
    let known = scan.identity != Identity::None;
    Device {
        id: known.then(|| visitor::id(Namespace::Device, scan.at.utc_day(), scan.visitor).to_string()),
        device_type: enum_value("DEVICE_TYPE", scan.device_type.as_str()),
        device_actor: actor(scan.verdict),
        device_brand: scan.device_brand.to_owned(),
        device_name: scan.device_model.to_owned(),
        platform_name: scan.platform.to_owned(),
        platform_version: scan.platform_version.to_owned(),
        browser_name: scan.browser.to_owned(),
        browser_version: scan.browser_version.to_owned(),
        browser_language: scan.languages.to_owned(),
        country: scan.country.to_owned(),
        region: scan.region.to_owned(),
        city: scan.city.to_owned(),
        timezone: scan.timezone.to_owned(),
        isp: scan.organisation.to_owned(),
        asn: (scan.asn != 0).then_some(scan.asn),
        user_agent: scan.user_agent.to_owned(),
        created_at: time(scan.at),
    }
}

/// How far a scan came: by the path of its redirect, and by what was done on pages after it.
fn journey_of(scan: &Scan<'_>, version: Option<&Version>, way: &[Trace]) -> Journey {
    let Some(version) = version else {
        let steps_reached = scan.path.steps().count();
        return Journey { steps_reached, steps_total: steps_reached, completed: false };
    };
    let on_pages = way.iter().map(|trace| (trace.step, trace.branch));
    let found = journey(&version.workflow, scan.path.steps().chain(on_pages));
    Journey { steps_reached: found.steps_reached, steps_total: found.steps_total, completed: found.completed }
}

/// A scan's action on the wire.
pub const fn action(action: Action) -> &'static str {
    match action {
        Action::Scan => "ACTION_SCAN",
        Action::Click => "ACTION_CLICK",
    }
}

/// The device of a scan, and the number that tells devices of a day apart.
pub fn device_of(scan: &Scan<'_>) -> (Device, Option<u64>) {
    (wire_device(scan), (scan.identity != Identity::None).then_some(scan.visitor))
}

/// Who asked, on the wire (DESIGN §11.1).
pub const fn actor(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Human | Verdict::Internal => "DEVICE_ACTOR_HUMAN",
        Verdict::Bot | Verdict::Preview | Verdict::Monitor => "DEVICE_ACTOR_BOT",
        Verdict::Agent => "DEVICE_ACTOR_AGENT",
        Verdict::Prefetch => "DEVICE_ACTOR_UNKNOWN",
    }
}
