//! A scan of a link that is not in memory: on the API runtime, since the catalog is asked first. The answer is made by the
//! same code as any other.

use super::{Answer, Redirector, Route, host, information_of, route};
use crate::catalog::Catalog;
use bytes::Bytes;
use http_body_util::Full;
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
            let answer = self.answer(head, peer);
            if answer.is_some() {
                return answer;
            }
        }
        Some(later())
    }

    fn slug_asked<'h>(&self, head: &'h Parts) -> Option<(DomainId, &'h str)> {
        let domain = self.hosts.load().domain(host(head))?;
        match route(head.uri.path()) {
            Route::Slug(segment, _, "") => Some((domain, information_of(segment).unwrap_or(segment))),
            Route::Slug(segment, ..) => Some((domain, segment)),
            Route::Nothing | Route::Elsewhere => None,
        }
    }
}

/// The catalog could not be asked.
fn later() -> Answer {
    let mut answer = Response::new(Full::<Bytes>::from(
        "This link cannot be looked up at the moment. Try again in a minute.\n",
    ));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    answer
}
