//! A scan of a link that is not in memory: on the API runtime, since the catalog is asked first. The answer is made by the
//! same code as any other.

use super::answer::Answer;
use super::batch::Batch;
use super::{Redirector, Route, information_of, route};
use crate::catalog::Catalog;
use crate::head::{self, Head};
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use model::DomainId;
use std::net::IpAddr;

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
            let answer = tokio::task::block_in_place(|| self.answer_now(head, peer));
            if answer.is_some() {
                return answer;
            }
        }
        Some(later())
    }

    /// Answers from memory; the scan is in the spool before the answer is out.
    fn answer_now(&self, head: &Parts, peer: IpAddr) -> Option<Answer> {
        let headers = head::list(&head.headers);
        let batch = Batch::new(self.spool.clone());
        let answer = self.answer(&Head::of(head, &headers), peer, &batch);
        batch.write();
        answer
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
