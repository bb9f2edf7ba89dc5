//! Simulated scans, one after the other in the order of their times.

use super::clients;
use super::people::{Kind, People, Person, shares};
use super::rhythm::Span;
use super::world::{SimulatedLink, World, v7};
use crate::catalog::workspaces::DataCollection;
use crate::redirect::days::Day;
use crate::redirect::status;
use crate::redirect::visit::{Answered, Visit};
use crate::verdict::{self, Signals};
use model::query::Query;
use model::scan::{Action, Method, Path, header_flags};
use model::time::UtcDay;
use model::visitor::DayKey;
use model::workflow::{self, Facts};
use model::{Millis, Scan, ScanId};
use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;

/// Visitors that a link remembers to come back.
const REMEMBERED: usize = 4;
/// What browsers accept when they open a page.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Draws scans.
pub struct Visits<'w> {
    world: &'w World,
    people: &'w People<'w>,
    domain: &'w str,
    random: ChaCha8Rng,
    day: Day,
    /// Who scanned each link lately.
    recent: Vec<[Option<Person>; REMEMBERED]>,
    referrers: WeightedIndex<f32>,
    campaigns: WeightedIndex<f32>,
    /// What followed links ask for, by campaign.
    clicks: Vec<Query<'static>>,
    path: Vec<u8>,
}

impl<'w> Visits<'w> {
    /// Scans of `world` by `people`, asked for at the host `domain`.
    pub fn new(world: &'w World, people: &'w People<'w>, domain: &'w str, mut random: ChaCha8Rng) -> Self {
        let click = |[source, medium, campaign]: [&'static str; 3]| Query {
            utm: [source.into(), medium.into(), campaign.into(), "".into(), "".into()],
            ..Query::default()
        };
        Self {
            world,
            people,
            domain,
            day: Day::new(UtcDay(i32::MIN), DayKey(random.random())),
            random,
            recent: vec![[None; REMEMBERED]; world.links.len()],
            referrers: shares(clients::REFERRERS.iter().map(|(share, _)| *share)),
            campaigns: shares(clients::CAMPAIGNS.iter().map(|(share, _)| *share)),
            clicks: clients::CAMPAIGNS.iter().map(|(_, utm)| click(*utm)).collect(),
            path: Vec::new(),
        }
    }

    /// Draws the scans of a span and hands each to `each`, which may end it.
    pub fn of_span(
        &mut self,
        span: Span,
        mut each: impl FnMut(&Scan<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let busy: Vec<f64> = self.world.groups.iter().map(|group| group.intensity(span.start)).collect();
        // In an hour in which everybody sleeps, whoever is awake is anybody.
        let groups = WeightedIndex::new(&busy)
            .or_else(|_| WeightedIndex::new(self.world.groups.iter().map(|group| group.weight)))?;
        let length = (span.end.0 - span.start.0) as f64;
        for number in 0..span.scans {
            let place = (number as f64 + self.random.random::<f64>()) / span.scans as f64;
            let at = span.start.plus((place * length) as i64).min(span.end.plus(-1));
            let (members, weights) = &self.world.members[groups.sample(&mut self.random)];
            let link = members[weights.sample(&mut self.random)];
            each(&self.visit(at, link as usize))?;
        }
        Ok(())
    }

    fn visit(&mut self, at: Millis, index: usize) -> Scan<'_> {
        if self.day.day() != at.utc_day() {
            self.day = Day::new(at.utc_day(), DayKey(self.random.random()));
        }
        let link = &self.world.links[index];
        // Of a thousand requests: what kind of client, what method, what headers.
        let (kind, method, prefetch) = match self.random.random_range(0..1000) {
            0..60 => (Kind::Bot, Method::Get, 0),
            60..88 => (Kind::Preview, Method::Get, 0),
            88..96 => (Kind::Preview, Method::Head, 0),
            96..100 => (Kind::People, Method::Head, 0),
            100..106 => (Kind::People, Method::Get, header_flags::PREFETCH),
            106..116 => (Kind::Agent, Method::Get, 0),
            _ => (Kind::People, Method::Get, 0),
        };
        let person = self.person(index, link, kind);
        let people = self.people;
        let client = people.client(person, kind);
        let (address, place) = people.place(person);
        let is_code = kind == Kind::People && self.random.random_range(0..100) < link.trade.codes;
        let (query, referrer_host): (&Query<'static>, &str) = if is_code {
            (&link.code, "")
        } else {
            let referrer = clients::REFERRERS[self.referrers.sample(&mut self.random)].1;
            let campaign = self.campaigns.sample(&mut self.random);
            (&self.clicks[campaign], if kind == Kind::People { referrer } else { "" })
        };
        let accept = (kind == Kind::People).then_some(ACCEPT);
        let mut flags = u16::from(person.flags) | prefetch | verdict::purpose(None, accept);
        if kind == Kind::People && self.random.random_range(0..100) < 88 {
            flags |= header_flags::FETCH_ANY;
            if is_code || referrer_host.is_empty() {
                flags |= header_flags::FETCH_SITE_NONE | header_flags::FETCH_USER;
            }
        }
        let workflow = &link.link.workflow;
        self.path.clear();
        let decision = workflow::decide(link.link.terms().window, workflow, &Facts::at(at), &mut self.path);
        let leads = workflow.destination(decision.destination).is_some();
        let judgement = verdict::judge(&Signals {
            internal: None,
            method,
            class: client.agent.class,
            header_flags: flags,
            asn: place.asn,
        });
        let visit = Visit {
            at,
            id: ScanId(v7(at, &mut self.random)),
            slug: &link.slug,
            domain: self.domain,
            action: if is_code { Action::Scan } else { Action::Click },
            method,
            address,
            agent: &client.agent,
            user_agent: client.user_agent,
            place,
            query,
            languages: if kind == Kind::People { people.languages(person) } else { "" },
            referrer_host,
            header_flags: flags,
            judgement,
            collection: DataCollection::Basic,
        };
        let status = status(decision.outcome, leads, link.link.terms().conventions.status).as_u16();
        let visitor = visit.visitor(&link.link, &self.day);
        visit.scan(&link.link, visitor, Answered { decision, path: Path(&self.path), status })
    }

    /// Somebody new, somebody again, or somebody who has scanned another link of the workspace.
    fn person(&mut self, index: usize, link: &SimulatedLink, kind: Kind) -> Person {
        if kind != Kind::People {
            return self.people.draw(&link.market, kind, &mut self.random);
        }
        let known = match self.random.random_range(0..100) {
            0..25 => self.recent[index][self.random.random_range(0..REMEMBERED)],
            25..35 => {
                let other = self.random.random_range(link.siblings.clone()) as usize;
                self.recent[other][self.random.random_range(0..REMEMBERED)]
            }
            _ => None,
        };
        let person = known.unwrap_or_else(|| self.people.draw(&link.market, kind, &mut self.random));
        self.recent[index][self.random.random_range(0..REMEMBERED)] = Some(person);
        person
    }
}
