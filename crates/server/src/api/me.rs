//! `/.well-known/quietzone/me`: what a scan by the very request that asks would store, field by field, and from where.
//! The scan is made by the same code as any other and then shown instead of recorded.

mod page;

use super::auth;
use crate::accept::PeerAddress;
use crate::app::App;
use crate::catalog::table::{CompiledLink, Touched};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult};
use crate::forget;
use crate::head::{self, Head};
use crate::redirect::days::Day;
use crate::redirect::reading::Reading;
use crate::redirect::visit::{Answered, Visit};
use crate::uses::Uses;
use crate::verdict::{self, REASONS};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use model::scan::{self, Action, Identity, Outcome, Path, Scan, header_flags};
use model::workflow::{Decision, Graph};
use model::{LinkId, ScanId, WorkspaceId, language};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a scan by this request would store.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnRequest {
    /// Never: this request is no scan, and nothing of it is kept.
    counted: bool,
    /// Who asks, as far as the request tells.
    verdict: &'static str,
    reason: &'static str,
    /// The reason in words.
    reason_text: &'static str,
    address: OwnAddress,
    /// Every field of a scan.
    fields: Vec<OwnField>,
}

/// The address that the server sees. A scan does not store it.
#[derive(Serialize, ToSchema)]
pub struct OwnAddress {
    seen: String,
    /// The header that told it, or the connection.
    from: String,
    stored: bool,
}

/// A field of a scan.
#[derive(Serialize, ToSchema)]
pub struct OwnField {
    field: &'static str,
    /// Null where only a link could tell, or nothing is stored.
    value: Value,
    from: String,
    #[serde(skip)]
    source: Source,
}

/// Where a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The headers of this name.
    Headers(&'static str),
    /// The path and query.
    RequestLine,
    /// The server's clock.
    Clock,
    /// The link, and what it decides.
    Link,
    /// The server itself.
    Server,
    /// The kind of the address.
    AddressKind,
    /// The address, looked up in the files of places.
    Place,
    /// The address, looked up in the files of networks.
    Network,
    /// A hash of address and user agent under the day's key.
    Hash,
    /// Earlier scans with the same hash on the same day.
    Today,
    /// The rules of verdicts.
    Rules,
}

/// What a scan by this request would store, and from which header. Never counted, never kept.
#[utoipa::path(get, path = "/.well-known/quietzone/me", tag = "Operation", operation_id = "get_own_request",
    responses((status = 200, body = OwnRequest)))]
pub async fn get_own_request(
    State(app): State<App>,
    Extension(PeerAddress(peer)): Extension<PeerAddress>,
    parts: Parts,
) -> ApiResult<Response> {
    let workspace = workspaces::first(&mut *app.catalog.read().await?).await?;
    let workspace = workspace.ok_or_else(|| ApiError::internal("there is no workspace"))?.id;
    let redirector = &app.redirector;
    let headers = head::list(&parts.headers);
    let head = Head::of(&parts, &headers);
    let reading = Reading::of(&head, peer, &redirector.proxies, &redirector.agents);
    let geo = redirector.geo.load();
    let place = geo.place(reading.address);
    let (collection, team) = redirector.workspaces.of(workspace, reading.address);
    let method = if parts.method == Method::HEAD { scan::Method::Head } else { scan::Method::Get };
    let at = redirector.clock.now();
    let judgement = verdict::judge(&reading.signals(method, team, place.asn));
    let visit = Visit {
        at,
        id: ScanId(Uuid::nil()),
        slug: "",
        domain: head.host(),
        action: Action::Click,
        method,
        address: reading.address,
        agent: &reading.agent,
        user_agent: reading.user_agent,
        place,
        query: &reading.query,
        languages: &reading.languages,
        referrer_host: &reading.referrer_host,
        header_flags: reading.header_flags,
        judgement,
        collection,
    };
    // A day of its own with the key of today: nobody becomes a returning visitor by asking.
    let day = Day::new(at.utc_day(), redirector.days.of(at).key);
    let decision = Decision::without_destination(Outcome::Redirect);
    let nowhere = no_link(workspace);
    let visitor = visit.visitor(&nowhere, &day);
    let scan = visit.scan(&nowhere, visitor, Answered { decision, path: Path(&[]), status: 0 });
    let is_proxied = reading.header_flags & header_flags::PROXIED != 0;
    let from = match is_proxied {
        true => format!("{}, told by the trusted proxy {peer}", redirector.proxies.header()),
        false => "the connection".to_owned(),
    };
    let told = OwnRequest {
        counted: false,
        verdict: judgement.verdict.as_str(),
        reason: judgement.reason,
        reason_text: REASONS
            .iter()
            .find(|(reason, ..)| *reason == judgement.reason)
            .map_or("", |(.., text)| text),
        address: OwnAddress { seen: reading.address.to_string(), from, stored: false },
        fields: fields(&scan),
    };
    let fresh = [(header::CACHE_CONTROL, "private, no-store"), (header::VARY, "*")];
    if reading.accept.is_some_and(|accept| accept.contains("text/html")) {
        let page = page::of(&told, language::page_language(&reading.languages));
        return Ok((fresh, page).into_response());
    }
    Ok((fresh, Json(told)).into_response())
}

/// What was forgotten.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnForgotten {
    /// Scans of today that now are nobody's: counted as before, without visitor, languages, referrer, parameters and
    /// user agent.
    scans: u64,
    /// Links they are of.
    links: usize,
    /// Whether the spool, which scans pass on their way into the store, still holds copies. They go by themselves as
    /// soon as everything in the same file was counted.
    in_spool: bool,
    /// Until when copies remain, in words.
    remains: Vec<&'static str>,
}

/// Forgets today's scans by whoever asks, in every workspace of this host: those with the same address and user agent.
/// They stay as counts. Scans of earlier days, and those that asked for no hash (Sec-GPC, DNT), cannot be found by
/// anybody.
#[utoipa::path(post, path = "/.well-known/quietzone/me", tag = "Operation", operation_id = "forget_own_scans",
    responses((status = 200, body = OwnForgotten), (status = 403), (status = 429), (status = 503)))]
pub async fn forget_own_scans(
    State(app): State<App>,
    Extension(PeerAddress(peer)): Extension<PeerAddress>,
    parts: Parts,
) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    let redirector = &app.redirector;
    let headers = head::list(&parts.headers);
    let reading = Reading::of(&Head::of(&parts, &headers), peer, &redirector.proxies, &redirector.agents);
    let forgotten = forget::own_scans(&app, reading.address, reading.user_agent).await?;
    let language = language::page_language(&reading.languages);
    let is_page = reading.accept.is_some_and(|accept| accept.contains("text/html"));
    let fresh = [(header::CACHE_CONTROL, "private, no-store"), (header::VARY, "*")];
    if is_page {
        return Ok((fresh, page::forgotten(forgotten, language)).into_response());
    }
    let forget::Forgotten { scans, links, in_spool } = forgotten;
    let remains = page::remains(forgotten, language::PageLanguage::English);
    Ok((fresh, Json(OwnForgotten { scans, links, in_spool, remains })).into_response())
}

/// A link that is none.
fn no_link(workspace: WorkspaceId) -> CompiledLink {
    CompiledLink {
        id: LinkId(Uuid::nil()),
        workspace,
        workflow: Graph::default().compile(0),
        uses: Arc::new(Uses::default()),
        own_terms: None,
        touched: Touched::default(),
    }
}

/// Every field of a scan. The pattern names them all, so that a new one cannot be forgotten here.
fn fields(scan: &Scan<'_>) -> Vec<OwnField> {
    use Source::{
        AddressKind, Clock, Hash, Headers, Link, Network, Place, RequestLine, Rules, Server, Today,
    };
    const AGENT: Source = Headers("User-Agent, Sec-CH-UA-Platform, Sec-CH-UA-Mobile, Sec-CH-UA-Model");
    const WISHES: Source = Headers("Sec-GPC, DNT, Sec-Purpose, Purpose, X-Purpose, X-Moz, Sec-Fetch-*");
    let Scan {
        id: _,
        at,
        workspace: _,
        link: _,
        slug: _,
        domain,
        workflow_version: _,
        path: _,
        outcome: _,
        status: _,
        destination: _,
        action: _,
        method,
        verdict,
        reason,
        rules_version,
        header_flags,
        address_class,
        identity,
        visitor,
        first_in_workspace: _,
        first_on_link: _,
        nth_today: _,
        visit_type: _,
        country,
        region,
        city,
        latitude,
        longitude,
        timezone,
        asn,
        organisation,
        device_type,
        device_brand,
        device_model,
        platform,
        platform_version,
        browser,
        browser_version,
        language,
        languages,
        referrer_host,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        parameters,
        shared_network: _,
        campaign: _,
        user_agent,
    } = *scan;
    let has_place = !country.is_empty();
    let tenths = |degrees: i16| if has_place { json!(f64::from(degrees) / 10.0) } else { Value::Null };
    let is_known = identity != Identity::None;
    let rows = [
        ("id", Value::Null, Clock),
        ("at", json!(super::wire::time(at)), Clock),
        ("workspace", Value::Null, Link),
        ("link", Value::Null, Link),
        ("slug", Value::Null, RequestLine),
        ("domain", text(domain), Headers("Host")),
        ("workflow_version", Value::Null, Link),
        ("path", Value::Null, Link),
        ("outcome", Value::Null, Link),
        ("status", Value::Null, Link),
        ("destination", Value::Null, Link),
        ("action", Value::Null, RequestLine),
        ("method", text(method.as_str()), RequestLine),
        ("verdict", text(verdict.as_str()), Rules),
        ("reason", text(reason), Rules),
        ("rules_version", json!(rules_version), Server),
        ("header_flags", json!(flag_names(header_flags)), WISHES),
        ("address_class", text(address_class.as_str()), AddressKind),
        ("identity", text(identity.as_str()), Headers("Sec-GPC, DNT")),
        ("visitor", if is_known { json!(format!("{visitor:016x}")) } else { Value::Null }, Hash),
        ("first_in_workspace", Value::Null, Today),
        ("first_on_link", Value::Null, Today),
        ("nth_today", Value::Null, Today),
        ("visit_type", Value::Null, Today),
        ("country", text(country), Place),
        ("region", text(region), Place),
        ("city", text(city), Place),
        ("latitude", tenths(latitude), Place),
        ("longitude", tenths(longitude), Place),
        ("timezone", text(timezone), Place),
        ("asn", if asn == 0 { Value::Null } else { json!(asn) }, Network),
        ("organisation", text(organisation), Network),
        ("device_type", text(device_type.as_str()), AGENT),
        ("device_brand", text(device_brand), AGENT),
        ("device_model", text(device_model), AGENT),
        ("platform", text(platform), AGENT),
        ("platform_version", text(platform_version), AGENT),
        ("browser", text(browser), AGENT),
        ("browser_version", text(browser_version), AGENT),
        ("language", text(language), Headers("Accept-Language")),
        ("languages", text(languages), Headers("Accept-Language")),
        ("referrer_host", text(referrer_host), Headers("Referer")),
        ("utm_source", text(utm_source), RequestLine),
        ("utm_medium", text(utm_medium), RequestLine),
        ("utm_campaign", text(utm_campaign), RequestLine),
        ("utm_term", text(utm_term), RequestLine),
        ("utm_content", text(utm_content), RequestLine),
        ("parameters", text(parameters), RequestLine),
        ("shared_network", Value::Null, Today),
        ("campaign", Value::Null, Link),
        ("user_agent", text(user_agent), Headers("User-Agent")),
    ];
    let field = |(field, value, source): (_, _, Source)| {
        let from = source.words(language::PageLanguage::English);
        OwnField { field, value, from, source }
    };
    rows.into_iter().map(field).collect()
}

/// An empty text is one that is not known.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn flag_names(flags: u16) -> Vec<&'static str> {
    const NAMES: [(u16, &str); 9] = [
        (header_flags::GPC, "Sec-GPC"),
        (header_flags::DNT, "DNT"),
        (header_flags::PREFETCH, "prefetch"),
        (header_flags::FETCH_USER, "Sec-Fetch-User"),
        (header_flags::FETCH_SITE_NONE, "Sec-Fetch-Site: none"),
        (header_flags::FETCH_ANY, "Sec-Fetch"),
        (header_flags::PROXIED, "proxied"),
        (header_flags::NOT_SHOWN, "Sec-Fetch-Dest: not a page"),
        (header_flags::NO_PAGE_ASKED, "Accept: not a page"),
    ];
    NAMES.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, name)| *name).collect()
}
