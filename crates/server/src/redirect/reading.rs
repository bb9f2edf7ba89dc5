//! What a request tells of itself, read once: a scan is made of it, and `/.well-known/quietzone/me` shows it.

use super::request;
use crate::agent::{self, Agent, Agents, Hints};
use crate::head::{Head, Headers, text};
use crate::proxies::Proxies;
use crate::verdict::{self, Internal, Signals};
use model::language;
use model::query::Query;
use model::scan::{Method, header_flags};
use std::borrow::Cow;
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
    pub referrer_host: Cow<'r, str>,
    /// [`header_flags`].
    pub header_flags: u16,
    /// `Accept`, if sent.
    pub accept: Option<&'r str>,
    /// The browser carries the cookie that asks not to be counted.
    pub do_not_count: bool,
}

impl<'r> Reading<'r> {
    /// Reads a request that came from `peer`.
    pub fn of(head: &Head<'r>, peer: IpAddr, proxies: &Proxies, agents: &Agents) -> Self {
        let headers = &head.headers;
        let (address, proxied) = proxies.client(peer, headers);
        let user_agent = headers.user_agent.map_or("", agent::header_text);
        let query = head.query.unwrap_or_default();
        let accept = text(headers.accept);
        Self {
            address,
            user_agent,
            agent: agents.get(user_agent, Self::hints(headers)),
            query: if query.is_empty() { Query::default() } else { Query::read(query) },
            languages: language::preferences(text(headers.accept_language).unwrap_or_default()),
            referrer_host: request::referrer_host(headers),
            header_flags: request::flags(headers)
                | verdict::purpose(text(headers.fetch_dest), accept)
                | if proxied { header_flags::PROXIED } else { 0 },
            accept,
            do_not_count: headers.cookie.is_some()
                && request::asks_not_to_be_counted(headers.values("cookie")),
        }
    }

    /// What the browser says of its device besides its user agent.
    pub fn hints<'h>(headers: &Headers<'h>) -> Hints<'h> {
        Hints { platform: text(headers.platform), mobile: text(headers.mobile), model: text(headers.model) }
    }

    /// What a verdict is given by. `team`: the address is in one of the workspace's own networks.
    pub fn signals(&self, method: Method, team: bool, asn: u32) -> Signals {
        let browser = self.do_not_count.then_some(Internal::Browser);
        Signals {
            internal: if team { Some(Internal::Network) } else { browser },
            method,
            class: self.agent.class,
            header_flags: self.header_flags,
            asn,
        }
    }
}
