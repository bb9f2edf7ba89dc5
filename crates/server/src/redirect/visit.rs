//! What is kept of a request once it is read: the verdict, the visitor, and the row they make together.

use super::days::{Day, Standing};
use super::request::{self, address_class};
use crate::agent::{self, Agent};
use crate::catalog::table::CompiledLink;
use crate::catalog::workspaces::DataCollection;
use crate::geo::Place;
use crate::head::Headers;
use crate::run::visitor as cookie;
use crate::verdict::{self, Judgement};
use model::query::Query;
use model::scan::{Action, Identity, Method, Path, Verdict, VisitType, header_flags};
use model::workflow::Decision;
use model::{Millis, Scan, ScanId, language};
use std::net::IpAddr;
use uuid::Uuid;

/// A request of a slug that leads somewhere, read.
pub struct Visit<'v> {
    /// The request's one clock read.
    pub at: Millis,
    /// UUIDv7 of it.
    pub id: ScanId,
    /// Slug asked for, folded.
    pub slug: &'v str,
    /// Host and port asked for.
    pub domain: &'v str,
    /// By the path's marker, or the query's.
    pub action: Action,
    /// Method.
    pub method: Method,
    /// The visitor's address; goes into keyed hashes and nowhere else.
    pub address: IpAddr,
    /// What the user agent tells.
    pub agent: &'v Agent,
    /// The user agent itself.
    pub user_agent: &'v str,
    /// Where the address is.
    pub place: Place<'v>,
    /// The query string, read.
    pub query: &'v Query<'v>,
    /// Languages, by [`language::preferences`].
    pub languages: &'v str,
    /// Host of the referrer.
    pub referrer_host: &'v str,
    /// [`header_flags`].
    pub header_flags: u16,
    /// Who asked.
    pub judgement: Judgement,
    /// How much is kept of its visitor.
    pub collection: DataCollection,
}

/// What was decided, and answered.
#[derive(Clone, Copy)]
pub struct Answered<'v> {
    /// Where the workflow led.
    pub decision: Decision,
    /// Steps walked.
    pub path: Path<'v>,
    /// HTTP status.
    pub status: u16,
}

impl<'v> Visit<'v> {
    /// The scan.
    pub fn scan(&self, link: &CompiledLink, visitor: Visitor, answered: Answered<'v>) -> Scan<'v> {
        let judgement = self.judgement;
        let (agent, place, query) = (self.agent, &self.place, self.query);
        Scan {
            id: self.id,
            at: self.at,
            workspace: link.workspace,
            link: link.id,
            slug: self.slug,
            domain: self.domain,
            workflow_version: link.workflow.version,
            path: answered.path,
            outcome: answered.decision.outcome,
            status: answered.status,
            destination: answered.decision.destination,
            action: if query.is_code { Action::Scan } else { self.action },
            method: self.method,
            verdict: judgement.verdict,
            reason: judgement.reason,
            rules_version: verdict::RULES_VERSION,
            header_flags: self.header_flags,
            address_class: address_class(self.address),
            identity: visitor.identity,
            visitor: visitor.number,
            first_in_workspace: visitor.standing.first_in_workspace,
            first_on_link: visitor.standing.first_on_link,
            nth_today: visitor.standing.nth,
            visit_type: visitor.visit_type,
            country: place.country,
            region: place.region,
            city: place.city,
            latitude: place.latitude,
            longitude: place.longitude,
            timezone: place.timezone,
            asn: place.asn,
            organisation: place.organisation,
            device_type: agent.device_type,
            device_brand: &agent.brand,
            device_model: &agent.model,
            platform: &agent.platform,
            platform_version: &agent.platform_version,
            browser: &agent.browser,
            browser_version: &agent.browser_version,
            language: language::first(self.languages),
            languages: self.languages,
            referrer_host: self.referrer_host,
            utm_source: &query.utm[0],
            utm_medium: &query.utm[1],
            utm_campaign: &query.utm[2],
            utm_term: &query.utm[3],
            utm_content: &query.utm[4],
            parameters: &query.parameters,
            shared_network: visitor.standing.shared_network,
            campaign: Uuid::nil(),
            user_agent: agent::kept(self.user_agent),
        }
    }

    /// At level ADVANCED: what the catalog may know the person's browser by. The visitor is then known by its cookie, and
    /// first or returning by what the browser remembers (DESIGN §11.4).
    pub fn browser(
        &self,
        link: &CompiledLink,
        headers: &Headers<'_>,
        visitor: &mut Visitor,
    ) -> Option<[u8; 32]> {
        let is_known_again = self.collection == DataCollection::Advanced
            && visitor.identity == Identity::Day
            && self.judgement.verdict == Verdict::Human;
        if !is_known_again || headers.cookie.is_none() {
            return None;
        }
        let cookie = request::cookie(headers.values("cookie"), cookie::COOKIE)?;
        visitor.identity = Identity::Cookie;
        Some(cookie::hash(link.workspace, cookie))
    }

    /// Notes the visitor in `day`, and tells who it is.
    pub fn visitor(&self, link: &CompiledLink, day: &Day) -> Visitor {
        let human = self.judgement.verdict == Verdict::Human;
        let asks_not_to = self.header_flags & (header_flags::GPC | header_flags::DNT) != 0;
        if self.collection == DataCollection::None || asks_not_to {
            return Visitor::nobody();
        }
        let number = day.key.visitor(link.workspace, self.address, self.user_agent);
        if !human {
            // A program's scan is nobody's first and makes nobody's return.
            let standing = Standing { nth: day.peek(link.id, number), ..Visitor::nobody().standing };
            return Visitor { identity: Identity::Day, number, standing, visit_type: VisitType::Unspecified };
        }
        let standing = day.note(link.workspace, link.id, number, day.key.address(self.address));
        let visit_type = if standing.first_on_link { VisitType::First } else { VisitType::Returning };
        Visitor { identity: Identity::Day, number, standing, visit_type }
    }
}

/// What is known of who scans.
#[derive(Clone, Copy)]
pub struct Visitor {
    /// How it is known.
    pub identity: Identity,
    /// Its number; 0 where nobody is told apart.
    pub number: u64,
    /// Where the scan stands among those of its day.
    pub standing: Standing,
    /// First or again: within the day, or as the browser remembers.
    pub visit_type: VisitType,
}

impl Visitor {
    const fn nobody() -> Self {
        let standing =
            Standing { first_in_workspace: false, first_on_link: false, nth: 0, shared_network: false };
        Self { identity: Identity::None, number: 0, standing, visit_type: VisitType::Unspecified }
    }
}
