//! The scan, from request to answer: resolve, read, decide, record, redirect. Runs on the redirect threads, which do
//! nothing else: no await, no database, no lock that anybody holds for long.

pub mod days;
pub mod keys;
pub mod pages;
pub mod request;
pub mod table;
pub mod unknown;
pub mod visit;
pub mod workspaces;

use crate::agent::{self, Agents, Hints};
use crate::clock::Clock;
use crate::geo::Geo;
use crate::hosts::Hosts;
use crate::proxies::Proxies;
use crate::verdict::Internal;
use arc_swap::ArcSwap;
use bytes::Bytes;
use days::Days;
use http_body_util::Full;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use model::query::Query;
use model::scan::{self, Action, Outcome, Path, Scan, header_flags};
use model::workflow::{self, Facts};
use model::{DomainId, Millis, ScanId, language};
use pages::Page;
use spool::{Appended, Spool};
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use table::LinkTable;
use unknown::UnknownSlugs;
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
}

/// Where a request's path leads.
enum Route<'p> {
    /// A slug (percent-encoded), with or without the code's marker.
    Slug(&'p str, Action),
    /// A path that can be no slug.
    Nothing,
    /// Not the redirect's business.
    Elsewhere,
}

type Answer = Response<Full<Bytes>>;

impl Redirector {
    /// Answers the scan of a slug, or what looks like one. `None`: the request is for the API or the dashboard.
    pub fn answer(&self, head: &Parts, peer: IpAddr) -> Option<Answer> {
        let path = head.uri.path();
        if matches!(path, "/health/live" | "/health/ready" | "/metrics") {
            return None;
        }
        let host = host(head);
        let Some(domain) = self.hosts.load().domain(host) else {
            self.counters.unknown_hosts.fetch_add(1, Ordering::Relaxed);
            return Some(plain(StatusCode::NOT_FOUND, "This server does not answer for this host.\n"));
        };
        match route(path) {
            Route::Elsewhere => None,
            Route::Nothing => Some(self.unknown(head, peer)),
            Route::Slug(segment, action) => Some(match head.method {
                Method::GET => self.scan(head, peer, host, domain, segment, action, scan::Method::Get),
                Method::HEAD => self.scan(head, peer, host, domain, segment, action, scan::Method::Head),
                Method::OPTIONS => allowed(StatusCode::NO_CONTENT),
                _ => allowed(StatusCode::METHOD_NOT_ALLOWED),
            }),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what the route has read; a struct would be taken apart at once"
    )]
    fn scan(
        &self,
        head: &Parts,
        peer: IpAddr,
        host: &str,
        domain: DomainId,
        segment: &str,
        action: Action,
        method: scan::Method,
    ) -> Answer {
        let now = self.clock.now();
        let Some((link, slug)) = self.table.resolve(domain, segment) else { return self.unknown(head, peer) };

        let headers = &head.headers;
        let (address, proxied) = self.proxies.client(peer, headers);
        if !proxied {
            self.proxies.look_for_unnamed(peer, headers, now);
        }
        let user_agent =
            headers.get(header::USER_AGENT).map_or("", |value| agent::header_text(value.as_bytes()));
        let hint = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let hints = Hints {
            platform: hint("sec-ch-ua-platform"),
            mobile: hint("sec-ch-ua-mobile"),
            model: hint("sec-ch-ua-model"),
        };
        let agent = self.agents.get(user_agent, hints);
        let geo = self.geo.load();
        let place = geo.place(address);
        let raw_query = head.uri.query().unwrap_or_default();
        let query = if raw_query.is_empty() { Query::default() } else { Query::read(raw_query) };
        let languages = language::preferences(request::text(headers, header::ACCEPT_LANGUAGE));
        let referrer_host = request::referrer_host(headers);
        let flags = request::flags(headers) | if proxied { header_flags::PROXIED } else { 0 };
        let (level, team) = self.workspaces.of(link.workspace, address);
        let internal = if team {
            Some(Internal::Network)
        } else {
            request::asks_not_to_be_counted(headers).then_some(Internal::Browser)
        };
        let mut path = PathBuffer::take();
        let workflow = &link.workflow;
        let decision = workflow::decide(link.window, workflow, Facts { now }, &mut path.0);
        let id = ScanId(scan_id(now));
        let click_id = decision.conversion_tracking.then(|| format!("lbid={}", id.0));
        let location = workflow.destination(decision.destination).and_then(|destination| {
            HeaderValue::from_str(&destination.location_with(head.uri.query(), click_id.as_deref())).ok()
        });
        let status = status(decision.outcome, location.is_some());
        let visit = Visit {
            at: now,
            id,
            slug: &slug,
            domain: host,
            action,
            method,
            address,
            agent: &agent,
            user_agent,
            place,
            query: &query,
            languages: &languages,
            referrer_host: &referrer_host,
            header_flags: flags,
            fetch_dest: hint("sec-fetch-dest"),
            accept: hint("accept"),
            internal,
            collection: link.collection.unwrap_or(level),
        };
        let answered = Answered { decision, path: Path(&path.0), status: status.as_u16() };
        let scan = visit.scan(&link, &self.days.of(now), answered);
        // Whatever became of it is in the spool's counters; the answer is sent all the same (promise 1).
        let _ = record(&self.spool, &scan);
        if query.dropped > 0 {
            self.counters.dropped_parameters.fetch_add(u64::from(query.dropped), Ordering::Relaxed);
        }
        respond(decision.outcome, status, location, &languages)
    }

    /// A slug nobody made: no scan, but counted, and limited by address.
    fn unknown(&self, head: &Parts, peer: IpAddr) -> Answer {
        let now = self.clock.now();
        self.counters.unknown_slugs.fetch_add(1, Ordering::Relaxed);
        let (address, _) = self.proxies.client(peer, &head.headers);
        let languages = language::preferences(request::text(&head.headers, header::ACCEPT_LANGUAGE));
        if self.unknown.admit(self.days.of(now).key.address(address), now) {
            let mut answer = page(Page::Unknown, StatusCode::NOT_FOUND, &languages);
            // The slug may be made in the next minute.
            let cache = HeaderValue::from_static("public, max-age=60");
            answer.headers_mut().insert(header::CACHE_CONTROL, cache);
            answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
            return answer;
        }
        let mut answer = page(Page::TooMany, StatusCode::TOO_MANY_REQUESTS, &languages);
        let wait = 60 - now.0.div_euclid(1000).rem_euclid(60);
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        answer
    }
}

/// Appends a scan to the spool.
pub fn record(spool: &Spool, scan: &Scan<'_>) -> Appended {
    thread_local!(static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        scan.encode(buffer);
        spool.append(spool::Entry {
            kind: record::SCAN,
            layout: scan::LAYOUT,
            at_ms: scan.at.0,
            payload: buffer,
        })
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

fn host(head: &Parts) -> &str {
    match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => request::text(&head.headers, header::HOST),
    }
}

/// `/slug`, `/Q/slug`; doubled and trailing slashes are looked past.
fn route(path: &str) -> Route<'_> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    match (segments.next(), segments.next(), segments.next()) {
        (None, ..) => Route::Elsewhere,
        (Some(marker), Some(slug), None) if marker.eq_ignore_ascii_case("q") => {
            Route::Slug(slug, Action::Scan)
        }
        (Some(first), rest, _) => {
            if model::slug::is_reserved(&first.to_ascii_lowercase()) {
                return if first.eq_ignore_ascii_case("q") { Route::Nothing } else { Route::Elsewhere };
            }
            if rest.is_some() { Route::Nothing } else { Route::Slug(first, Action::Click) }
        }
    }
}

/// HTTP status of an answer, by whether it leads somewhere.
pub const fn status(outcome: Outcome, has_location: bool) -> StatusCode {
    match outcome {
        _ if has_location => StatusCode::FOUND,
        Outcome::Ended | Outcome::Paused | Outcome::Limited => StatusCode::GONE,
        Outcome::Page => StatusCode::SEE_OTHER,
        Outcome::Redirect | Outcome::Fallback | Outcome::NotStarted | Outcome::Error => StatusCode::NOT_FOUND,
    }
}

fn respond(outcome: Outcome, status: StatusCode, location: Option<HeaderValue>, languages: &str) -> Answer {
    let Some(location) = location else {
        let which = match outcome {
            Outcome::Ended | Outcome::Limited => Page::Ended,
            Outcome::Paused => Page::Paused,
            Outcome::NotStarted => Page::NotStarted,
            _ => Page::Nowhere,
        };
        return page(which, status, languages);
    };
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    answer
}

fn page(page: Page, status: StatusCode, languages: &str) -> Answer {
    let mut answer = Response::new(Full::from(page.html(language::page_language(languages))));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages::CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

fn allowed(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    answer
}

/// UUIDv7 (RFC 9562 §5.7) of the request's one clock read and the thread's randomness.
fn scan_id(now: Millis) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now.0.max(0) as u64, &rand::random()).into_uuid()
}
