//! The scan, from request to answer: resolve, read, decide, record, redirect. Runs on the redirect threads, which do
//! nothing else: no await, no database, no lock that anybody holds for long.

pub mod answer;
pub mod batch;
pub mod days;
pub mod facts;
pub mod keys;
pub mod orphans;
pub mod pages;
pub mod reading;
pub mod recognised;
pub mod request;
pub mod seen;
pub mod table;
pub mod unknown;
pub mod unknown_hosts;
pub mod unloaded;
pub mod visit;
pub mod workspaces;

use self::pages::Page;
use crate::agent::Agents;
use crate::catalog::table::CompiledLink;
use crate::clock::Clock;
use crate::geo::Geo;
use crate::head::{Head, text};
use crate::hosts::{self, Hosts};
use crate::proxies::Proxies;
use crate::run::token::{Run, remembered};
use crate::run::visitor;
use crate::signed::Signer;
use crate::verdict::{self, Judgement};
use answer::Answer;
use arc_swap::ArcSwap;
use batch::Batch;
use bytes::Bytes;
use days::Days;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Response, StatusCode};
use model::conventions::{PathMode, RedirectStatus};
use model::destination::{Destination, Passed, Values};
use model::scan::{self, Action, Outcome, Path, Verdict, header_flags};
use model::workflow::attribute::Attributes;
use model::workflow::{self, Decision, Facts, Needs};
use model::{DomainId, Millis, ScanId, Trace, language, life};
use orphans::Orphans;
use reading::Reading;
use recognised::{Recognised, Recognition};
use spool::{Appended, Spool};
use std::borrow::Cow;
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use table::LinkTable;
use unknown::UnknownSlugs;
use unknown_hosts::UnknownHosts;
use uuid::Uuid;
use visit::{Answered, Visit};
use workspaces::Workspaces;

/// Kinds of records in the spool.
pub mod record {
    /// A [`model::Scan`].
    pub const SCAN: u8 = 1;
    /// A [`model::Trace`].
    pub const TRACE: u8 = 2;
}

/// What the redirect threads share.
pub struct Redirector {
    /// Where `now` comes from.
    pub clock: Clock,
    /// Hosts answered for; swapped when the base URL changes.
    pub hosts: ArcSwap<Hosts>,
    /// Links.
    pub table: Arc<LinkTable>,
    /// Workspaces.
    pub workspaces: Workspaces,
    /// Today's visitors.
    pub days: Arc<Days>,
    /// Places and networks; swapped when files change.
    pub geo: ArcSwap<Geo>,
    /// User agents.
    pub agents: Agents,
    /// Whose word about the client's address is believed.
    pub proxies: Proxies,
    /// Guesses.
    pub unknown: UnknownSlugs,
    /// Hosts that are not known and for which our slugs are asked.
    pub unknown_hosts: UnknownHosts,
    /// Slugs nobody made, on their way to be counted.
    pub orphans: Orphans,
    /// Scans whose browsers may be known, on their way to their visitors.
    pub recognition: Recognition,
    /// Signs visitors' ways through pages.
    pub runs: Signer,
    /// The log of scans.
    pub spool: Arc<Spool>,
    /// What happened besides.
    pub counters: Counters,
}

/// Things that happen on the redirect path and are no scans.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests for slugs nobody made.
    pub unknown_slugs: AtomicU64,
    /// Requests for hosts we do not answer for.
    pub unknown_hosts: AtomicU64,
    /// Query parameters not kept (DESIGN §9).
    pub dropped_parameters: AtomicU64,
    /// Conditions on a visitor's attributes that went on by `else`, since they could not be read.
    pub attributes_unavailable: AtomicU64,
}

/// What is known of the visitor's attributes.
#[derive(Clone, Copy)]
pub enum Profile<'a> {
    /// Nobody has looked; a browser that brings no visitor's cookie has none.
    Unasked,
    /// They could not be read in time.
    Unavailable,
    /// These.
    Known(&'a Attributes),
}

/// A request, not yet read.
#[derive(Clone, Copy)]
struct Request<'r> {
    head: &'r Head<'r>,
    peer: IpAddr,
    now: Millis,
}

/// Where a request's path leads.
enum Route<'p> {
    /// A slug (percent-encoded), with or without the code's marker, and what stands behind it.
    Slug(&'p str, Action, &'p str),
    /// A path that can be no slug.
    Nothing,
    /// Not the redirect's business.
    Elsewhere,
}

/// Paths that visitors meet, whatever host they came by.
const ON_EVERY_HOST: [&str; 6] =
    ["/r/", "/x/media/", "/x/qrcode/", "/.well-known/quietzone/", "/robots.txt", "/favicon.ico"];

/// What a request asks of which link.
struct Asked<'p> {
    /// Host and port.
    host: &'p str,
    /// The host's domain.
    domain: DomainId,
    /// The slug, percent-encoded.
    segment: &'p str,
    /// By the path's marker.
    action: Action,
    /// What stands behind the slug.
    behind: &'p str,
    method: scan::Method,
}

impl Redirector {
    /// Answers the scan of a slug, or what looks like one. `None`: the request is for the API or the dashboard. A scan is
    /// in `batch`, and its answer must not go out before that is written.
    /// `now`: the request's one clock read.
    pub fn answer(&self, head: &Head<'_>, peer: IpAddr, now: Millis, batch: &Batch) -> Option<Answer> {
        self.answer_to(&Request { head, peer, now }, batch, Profile::Unasked)
    }

    fn answer_to(&self, request: &Request<'_>, batch: &Batch, profile: Profile<'_>) -> Option<Answer> {
        let head = request.head;
        let path = head.path;
        if matches!(path, "/health/live" | "/health/ready" | "/metrics") {
            return None;
        }
        // However it is spelled, it is recorded as one.
        let host = &*hosts::plain(head.host());
        let Some(domain) = self.hosts.load().domain(host) else {
            return Some(self.unknown_host(request));
        };
        match route(path) {
            Route::Elsewhere => self.elsewhere(domain, path),
            Route::Nothing => Some(self.unknown(request)),
            Route::Slug(segment, action, behind) => {
                let method = match *head.method {
                    Method::GET => scan::Method::Get,
                    Method::HEAD => scan::Method::Head,
                    Method::OPTIONS => return Some(allowed(StatusCode::NO_CONTENT)),
                    _ => return Some(allowed(StatusCode::METHOD_NOT_ALLOWED)),
                };
                let asked = Asked { host, domain, segment, action, behind, method };
                match information_of(segment) {
                    Some(segment) if behind.is_empty() => {
                        self.information(request, Asked { segment, ..asked })
                    }
                    _ => self.scan(request, asked, batch, profile),
                }
            }
        }
    }

    /// What is no slug. API and dashboard are on the base host alone; a domain of a workspace has pages that visitors meet,
    /// and a root that leads where its owner says.
    fn elsewhere(&self, domain: DomainId, path: &str) -> Option<Answer> {
        let hosts = self.hosts.load();
        if hosts.is_base(domain) || ON_EVERY_HOST.iter().any(|part| path.starts_with(part)) {
            return None;
        }
        let root =
            hosts.root(domain).filter(|_| path == "/").and_then(|root| HeaderValue::from_str(root).ok());
        Some(match root {
            Some(root) => Answer::Onward(StatusCode::FOUND, root),
            None => plain(
                StatusCode::NOT_FOUND,
                "There is nothing here. Codes and short links go on from here.\n",
            ),
        })
    }

    /// `None`: the catalog has to be asked first, for the link or for the visitor ([`unloaded`]).
    fn scan(
        &self,
        request: &Request<'_>,
        asked: Asked<'_>,
        batch: &Batch,
        profile: Profile<'_>,
    ) -> Option<Answer> {
        let Request { head, peer, now } = *request;
        let Asked { host, domain, segment, action, behind, method } = asked;
        let links = self.table.links();
        let Some((link, slug)) = links.resolve(domain, segment) else {
            return self.unresolved(request, domain, segment);
        };
        let conventions = link.terms().conventions;
        if !behind.is_empty() && conventions.path == PathMode::NotFound {
            return Some(self.unknown(request));
        }

        if matches!(profile, Profile::Unasked) && asks_for_a_visitor(link, head) {
            return None;
        }

        let geo = self.geo.load();
        let reading = Reading::of(head, peer, &self.proxies, &self.agents);
        if reading.header_flags & header_flags::PROXIED == 0 {
            self.proxies.look_for_unnamed(peer, &head.headers, now);
        }
        let day = self.days.of(now);
        let address = day.key.address(reading.address);
        let known = geo.known(reading.address, address);
        let place = known.place();
        let (level, team) = self.workspaces.of(link.workspace, reading.address);
        let judgement = verdict::judge(&reading.signals(method, team, place.asn));
        let id = ScanId(scan_id(now));
        let visit = Visit {
            at: now,
            id,
            slug,
            domain: host,
            action,
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
            collection: link.terms().collection.unwrap_or(level),
        };
        let workflow = &link.workflow;
        let mut visitor = visit.visitor(link, &day);
        let browser = visit.browser(link, &head.headers, &mut visitor);
        let asks = browser.is_some() || workflow.needs().intersects(Needs::VISIT_TYPE.union(Needs::NTH));
        let seen = asks.then(|| seen::note(&head.headers, link.id, &mut visitor)).flatten();
        let mut path = PathBuffer::take();
        let decision = if workflow.needs() == Needs::NONE {
            decide(link, &Facts::at(now), judgement, &mut path.0)
        } else {
            let zone = workflow.needs().contains(Needs::ZONE).then(|| self.workspaces.zone(link.workspace));
            let zone = zone.flatten();
            let known = facts::Known {
                now,
                zone: zone.as_ref(),
                place: &visit.place,
                agent: &reading.agent,
                languages: &reading.languages,
                verdict: judgement.verdict,
                visit_type: visitor.visit_type,
                nth: seen.as_ref().map_or(visitor.standing.nth, |seen| seen.nth),
                referrer_host: &reading.referrer_host,
                query: head.query.unwrap_or_default(),
                placement: slug,
                tags: &link.terms().tags,
                attributes: match profile {
                    Profile::Unasked => Some(&NOBODYS),
                    Profile::Unavailable => None,
                    Profile::Known(attributes) => Some(attributes),
                },
                visitor: visitor.number,
                scan: id,
            };
            decide(link, &known.facts(), judgement, &mut path.0)
        };
        if decision.attributes_missing {
            self.counters.attributes_unavailable.fetch_add(1, Ordering::Relaxed);
        }
        let click_id = decision.conversion_tracking.then(|| format!("lbid={}", id.0));
        let is_joined = conventions.path == PathMode::Append && decision.outcome == Outcome::Redirect;
        let passed = Passed {
            values: Values {
                slug,
                placement: slug,
                scan_id: id,
                country: visit.place.country,
                lang: language::first(&reading.languages),
            },
            query: head.query,
            mode: conventions.query,
            path: if is_joined { behind } else { "" },
            last: click_id.as_deref(),
        };
        let location = match decision.page.or(decision.media) {
            Some(step) => {
                let run = Run {
                    scan: id,
                    at: now,
                    workspace: link.workspace,
                    link: link.id,
                    version: workflow.version,
                    step,
                    behind: Vec::new(),
                    slug: slug.to_string(),
                    query: remembered(head.query.unwrap_or_default()).to_owned(),
                    visit_type: visitor.visit_type,
                    nth: seen.as_ref().map_or(visitor.standing.nth, |seen| seen.nth),
                    human: judgement.verdict == Verdict::Human,
                    visitor: None,
                };
                Some(Cow::Owned(format!("/r/{}", self.runs.seal(&run))))
            }
            None => workflow.destination(decision.destination).map(|to| to.location_for(&passed)),
        };
        let location = location.and_then(|location| HeaderValue::from_str(&location).ok());
        let status = status(decision.outcome, location.is_some(), conventions.status);
        let answered = Answered { decision, path: Path(&path.0), status: status.as_u16() };
        let scan = visit.scan(link, visitor, answered);
        batch.add(&scan);
        if let Some(browser) = browser {
            let (workspace, link) = (link.workspace, link.id);
            self.recognition.note(Recognised { workspace, link, scan: id, at: now, browser });
        }
        let dropped = reading.query.dropped;
        if dropped > 0 {
            self.counters.dropped_parameters.fetch_add(u64::from(dropped), Ordering::Relaxed);
        }
        let answer = respond(decision.outcome, status, location, &reading.languages);
        let cookie = seen.and_then(|seen| seen.cookie(self.hosts.load().is_https()));
        Some(match cookie {
            Some(cookie) => answer.with_cookie(cookie),
            None => answer,
        })
    }

    /// What a link is, for people who want to know before they go: `/slug+`. No scan, and no target where that depends
    /// on who asks or when.
    fn information(&self, request: &Request<'_>, asked: Asked<'_>) -> Option<Answer> {
        let Request { head, now, .. } = *request;
        let links = self.table.links();
        let Some((link, slug)) = links.resolve(asked.domain, asked.segment) else {
            return self.unresolved(request, asked.domain, asked.segment);
        };
        let languages = language::preferences(text(head.headers.accept_language).unwrap_or_default());
        let terms = link.terms();
        let closed = terms.window.closed(now);
        if let Some(outcome) = closed.or((!link.uses.admit(terms.limit, false)).then_some(Outcome::Limited)) {
            return Some(respond(outcome, status(outcome, false, RedirectStatus::Found), None, &languages));
        }
        let target = link.workflow.only_destination().map(Destination::as_str);
        let page = pages::information(language::page_language(&languages), asked.host, slug, target);
        Some(html_answer(page, StatusCode::OK).into())
    }

    /// A slug that is not in memory: nobody made it, or it has to be loaded.
    fn unresolved(&self, request: &Request<'_>, domain: DomainId, segment: &str) -> Option<Answer> {
        (!self.table.is_missing(domain, segment)).then(|| self.unknown(request))
    }

    /// A slug nobody made: no scan, but counted, and limited by address.
    fn unknown(&self, request: &Request<'_>) -> Answer {
        let Request { head, peer, now } = *request;
        self.counters.unknown_slugs.fetch_add(1, Ordering::Relaxed);
        let (address, _) = self.proxies.client(peer, &head.headers);
        let languages = language::preferences(text(head.headers.accept_language).unwrap_or_default());
        if self.unknown.admit(self.days.of(now).key.address(address), now) {
            self.orphans.note(&hosts::plain(head.host()), head.path, now);
            return page(Page::Unknown, StatusCode::NOT_FOUND, &languages).into();
        }
        // Small: it is sent to programs, and by the thousand.
        let (title, sentence) = Page::TooMany.words(language::page_language(&languages));
        let mut answer = text_answer(StatusCode::TOO_MANY_REQUESTS, format!("{title}\n{sentence}\n"));
        let wait = 60 - now.0.div_euclid(1000).rem_euclid(60);
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        answer.into()
    }
}

/// What a scan of a link gets. A person who is let through takes one of the places that the link's limit leaves, before
/// the scan is recorded.
fn decide(link: &CompiledLink, facts: &Facts<'_>, judgement: Judgement, path: &mut Vec<u8>) -> Decision {
    let terms = link.terms();
    let decision = workflow::decide(terms.window, &link.workflow, facts, path);
    let takes_a_place = life::takes_a_place(judgement.verdict, judgement.reason);
    if !life::lets_through(decision.outcome) || link.uses.admit(terms.limit, takes_a_place) {
        return decision;
    }
    path.clear();
    Decision::without_destination(Outcome::Limited)
}

/// Whether the link's conditions look at attributes, and the browser says whose it is.
fn asks_for_a_visitor(link: &CompiledLink, head: &Head<'_>) -> bool {
    link.workflow.needs().contains(Needs::ATTRIBUTES)
        && head.headers.cookie.is_some()
        && request::cookie(head.headers.values("cookie"), visitor::COOKIE).is_some()
}

/// Of a browser that has not proved to be anybody's.
static NOBODYS: Attributes = Attributes::new();

/// Appends a trace to the spool.
pub fn record_trace(spool: &Spool, trace: &Trace) -> Appended {
    let mut payload = Vec::new();
    trace.encode(&mut payload);
    spool.append(spool::Entry {
        kind: record::TRACE,
        layout: scan::LAYOUT,
        at_ms: trace.at.0,
        payload: &payload,
    })
}

/// A thread's buffer for the path of the scan at hand.
struct PathBuffer(Vec<u8>);

thread_local!(static PATH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

impl PathBuffer {
    fn take() -> Self {
        let mut buffer = PATH.take();
        buffer.clear();
        Self(buffer)
    }
}

impl Drop for PathBuffer {
    fn drop(&mut self) {
        PATH.set(std::mem::take(&mut self.0));
    }
}

/// `/slug`, `/Q/slug`, and what stands behind; doubled and trailing slashes are looked past.
fn route(path: &str) -> Route<'_> {
    let (first, behind) = first_segment(path);
    if first.is_empty() {
        return Route::Elsewhere;
    }
    if first.eq_ignore_ascii_case("q") {
        return match first_segment(behind) {
            ("", _) => Route::Nothing,
            (slug, behind) => Route::Slug(slug, Action::Scan, behind),
        };
    }
    if model::slug::is_reserved(&first.to_ascii_lowercase()) {
        return Route::Elsewhere;
    }
    Route::Slug(first, Action::Click, behind)
}

/// The first segment of a path, and what stands behind it: nothing, or something that does not begin with a slash.
fn first_segment(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    let (first, behind) = path.split_once('/').unwrap_or((path, ""));
    (first, behind.trim_start_matches('/'))
}

/// The slug that a segment asks about: no slug ends in a plus.
fn information_of(segment: &str) -> Option<&str> {
    ["+", "%2B", "%2b"].iter().find_map(|plus| segment.strip_suffix(plus))
}

/// HTTP status of an answer, by whether it leads somewhere; a redirect's is its owner's choice.
pub const fn status(outcome: Outcome, has_location: bool, chosen: RedirectStatus) -> StatusCode {
    match (outcome, chosen) {
        (Outcome::Redirect, RedirectStatus::MovedPermanently) if has_location => {
            StatusCode::MOVED_PERMANENTLY
        }
        (Outcome::Redirect, RedirectStatus::TemporaryRedirect) if has_location => {
            StatusCode::TEMPORARY_REDIRECT
        }
        (Outcome::Redirect, RedirectStatus::PermanentRedirect) if has_location => {
            StatusCode::PERMANENT_REDIRECT
        }
        (Outcome::Page, _) if has_location => StatusCode::SEE_OTHER,
        _ if has_location => StatusCode::FOUND,
        (Outcome::Ended | Outcome::Paused | Outcome::Limited, _) => StatusCode::GONE,
        (Outcome::Page | Outcome::Redirect | Outcome::Fallback | Outcome::NotStarted | Outcome::Error, _) => {
            StatusCode::NOT_FOUND
        }
    }
}

fn respond(outcome: Outcome, status: StatusCode, location: Option<HeaderValue>, languages: &str) -> Answer {
    if let Some(location) = location {
        return Answer::Onward(status, location);
    }
    let which = match outcome {
        Outcome::Ended => Page::Ended,
        Outcome::Limited => Page::Limited,
        Outcome::Paused => Page::Paused,
        Outcome::NotStarted => Page::NotStarted,
        _ => Page::Nowhere,
    };
    page(which, status, languages).into()
}

fn page(page: Page, status: StatusCode, languages: &str) -> Response<Bytes> {
    html_answer(pages::closed(page, language::page_language(languages)), status)
}

fn html_answer(page: pages::Ready, status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(page.html));
    *answer.status_mut() = status;
    answer.headers_mut().extend(page.headers);
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    text_answer(status, text).into()
}

fn text_answer(status: StatusCode, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(text.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

fn allowed(status: StatusCode) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    answer.into()
}

/// UUIDv7 (RFC 9562 §5.7) of the request's one clock read and the thread's randomness.
fn scan_id(now: Millis) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now.0.max(0) as u64, &rand::random()).into_uuid()
}
