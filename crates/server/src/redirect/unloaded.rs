//! A scan of a link that is not in memory: on the API runtime, since the catalog is asked first. The answer is made by the
//! same code as any other.

use super::answer::Answer;
use super::batch::Batch;
use super::{Profile, Redirector, Request, Route, information_of, route};
use crate::catalog::Catalog;
use crate::head::{self, Head};
use crate::run::visitor;
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use model::DomainId;
use model::workflow::Needs;
use model::workflow::attribute::Attributes;
use std::net::IpAddr;
use std::time::Duration;

/// What came of asking for a visitor's attributes.
enum Read {
    /// Nobody asked.
    Nothing,
    /// The catalog did not answer in time.
    TooLate,
    /// These.
    Attributes(Attributes),
}

/// Longest that a scan waits for its visitor's attributes; past it conditions on them go on by `else`.
const IN_TIME: Duration = Duration::from_millis(20);
/// A link may leave memory again before it is answered for, when memory is far too small.
const TRIES: u32 = 5;

impl Redirector {
    /// Answers a request that [`Redirector::answer`] did not, if it asks for a slug.
    pub async fn answer_unloaded(&self, catalog: &Catalog, head: &Parts, peer: IpAddr) -> Option<Answer> {
        let (domain, segment) = self.slug_asked(head)?;
        for _ in 0..TRIES {
            if let Err(error) = self.table.load(catalog, domain, segment).await {
                tracing::error!(%error, "A link could not be loaded");
                break;
            }
            let profile = self.profile(catalog, head, domain, segment).await;
            let answer = tokio::task::block_in_place(|| self.answer_now(head, peer, &profile));
            if answer.is_some() {
                return answer;
            }
        }
        Some(later())
    }

    /// Answers from memory; the scan is in the spool before the answer is out.
    fn answer_now(&self, head: &Parts, peer: IpAddr, profile: &Read) -> Option<Answer> {
        let headers = head::list(&head.headers);
        let batch = Batch::new(self.spool.clone());
        let profile = match profile {
            Read::Nothing => Profile::Unasked,
            Read::TooLate => Profile::Unavailable,
            Read::Attributes(attributes) => Profile::Known(attributes),
        };
        let answer = self.answer_to(
            &Request { head: &Head::of(head, &headers), peer, now: self.clock.now() },
            &batch,
            profile,
        );
        batch.write();
        answer
    }

    /// What the catalog tells of the visitor in time, where the link asks.
    async fn profile(&self, catalog: &Catalog, head: &Parts, domain: DomainId, segment: &str) -> Read {
        let Some(cookie) = visitor::cookie(&head.headers) else { return Read::Nothing };
        let workspace = match self.table.links().resolve(domain, segment) {
            Some((link, _)) if link.workflow.needs().contains(Needs::ATTRIBUTES) => link.workspace,
            _ => return Read::Nothing,
        };
        let read = visitor::attributes(catalog, workspace, cookie);
        match tokio::time::timeout(IN_TIME, read).await {
            Ok(Ok(attributes)) => Read::Attributes(attributes),
            Ok(Err(_)) | Err(_) => Read::TooLate,
        }
    }

    fn slug_asked<'h>(&self, head: &'h Parts) -> Option<(DomainId, &'h str)> {
        let headers = head::list(&head.headers);
        let domain = self.hosts.load().domain(Head::of(head, &headers).host())?;
        match route(head.uri.path()) {
            Route::Slug(segment, _, "") => Some((domain, information_of(segment).unwrap_or(segment))),
            Route::Slug(segment, ..) => Some((domain, segment)),
            Route::Nothing | Route::Elsewhere => None,
        }
    }
}

/// The catalog could not be asked.
fn later() -> Answer {
    let mut answer = Response::new(Bytes::from_static(
        b"This link cannot be looked up at the moment. Try again in a minute.\n",
    ));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    answer.into()
}
