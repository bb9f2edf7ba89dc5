//! What a request tells of itself, read once: a scan is made of it, and `/.well-known/quietzone/me` shows it.

use super::request;
use crate::agent::{self, Agent, Agents, Hints};
use crate::proxies::Proxies;
use crate::verdict::{Internal, Signals};
use hyper::HeaderMap;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use model::language;
use model::query::Query;
use model::scan::{Method, header_flags};
use std::net::IpAddr;
use std::sync::Arc;

/// A request, read.
pub struct Reading<'r> {
    /// The client's address; goes into keyed hashes and nowhere else.
    pub address: IpAddr,
    /// The user agent, as sent.
    pub user_agent: &'r str,
    /// What it tells.
    pub agent: Arc<Agent>,
    /// The query string.
    pub query: Query<'r>,
    /// Languages, by [`language::preferences`].
    pub languages: String,
    /// Host of the referrer.
    pub referrer_host: String,
    /// [`header_flags`].
    pub header_flags: u16,
    /// `Sec-Fetch-Dest`, if sent.
    pub fetch_dest: Option<&'r str>,
    /// `Accept`, if sent.
    pub accept: Option<&'r str>,
    /// The browser carries the cookie that asks not to be counted.
    pub do_not_count: bool,
}

impl<'r> Reading<'r> {
    /// Reads a request that came from `peer`.
    pub fn of(head: &'r Parts, peer: IpAddr, proxies: &Proxies, agents: &Agents) -> Self {
        let headers = &head.headers;
        let (address, proxied) = proxies.client(peer, headers);
        let user_agent =
            headers.get(header::USER_AGENT).map_or("", |value| agent::header_text(value.as_bytes()));
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let query = head.uri.query().unwrap_or_default();
        Self {
            address,
            user_agent,
            agent: agents.get(user_agent, Self::hints(headers)),
            query: if query.is_empty() { Query::default() } else { Query::read(query) },
            languages: language::preferences(request::text(headers, header::ACCEPT_LANGUAGE)),
            referrer_host: request::referrer_host(headers),
            header_flags: request::flags(headers) | if proxied { header_flags::PROXIED } else { 0 },
            fetch_dest: text("sec-fetch-dest"),
            accept: text("accept"),
            do_not_count: request::asks_not_to_be_counted(headers),
        }
    }

    /// What the browser says of its device besides its user agent.
    pub fn hints(headers: &HeaderMap) -> Hints<'_> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        Hints {
            platform: text("sec-ch-ua-platform"),
            mobile: text("sec-ch-ua-mobile"),
            model: text("sec-ch-ua-model"),
        }
    }

    /// What a verdict is given by. `team`: the address is in one of the workspace's own networks.
    pub fn signals(&self, method: Method, team: bool, asn: u32) -> Signals<'r> {
        let browser = self.do_not_count.then_some(Internal::Browser);
        Signals {
            internal: if team { Some(Internal::Network) } else { browser },
            method,
            class: self.agent.class,
            header_flags: self.header_flags,
            fetch_dest: self.fetch_dest,
            accept: self.accept,
            asn,
        }
    }
}
