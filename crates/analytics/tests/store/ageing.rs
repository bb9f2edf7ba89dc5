//! Scans that grow too old, go, or become nobody's: what happens to them in the store, and the plain way in a list.

use crate::agreement::{Fed, Record};
use crate::world::{SMALL, START};
use crate::{rejudging, world};
use analytics::{Chosen, Days, Floor, Hidden};
use model::report::OwnedScan;
use model::scan::{Identity, Scan, Verdict, VisitType};
use model::time::{DAY_MS, UtcDay};
use model::{LinkId, Millis, ScanId, WorkspaceId};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};

/// What is hidden or gone, the plain way.
#[derive(Default)]
pub struct Aged {
    /// Of a workspace, and of its links that have an instant of their own.
    floors: BTreeMap<WorkspaceId, (Millis, BTreeMap<LinkId, Millis>)>,
    facts: BTreeMap<WorkspaceId, Millis>,
    erased: BTreeSet<ScanId>,
    /// How often each thing happened: too old, gone, nobody's; and scans that it happened to.
    pub times: [u64; 3],
    pub scans: [u64; 3],
}

impl Aged {
    pub fn has(&self, workspace: WorkspaceId, link: LinkId, at: Millis, scan: ScanId) -> bool {
        let floor = self.floors.get(&workspace).map(|(own, links)| links.get(&link).copied().unwrap_or(*own));
        self.erased.contains(&scan) || floor.is_some_and(|floor| at < floor)
    }

    /// As the store is told.
    pub fn hidden(&self) -> Hidden {
        let floor =
            |(own, links): &(Millis, BTreeMap<LinkId, Millis>)| Floor { own: *own, links: links.clone() };
        Hidden {
            floors: self.floors.iter().map(|(id, floors)| (*id, floor(floors))).collect(),
            facts: self
                .facts
                .iter()
                .map(|(id, own)| (*id, Floor { own: *own, ..Floor::default() }))
                .collect(),
            erased: Vec::new(),
        }
    }

    /// Scans of a log that are not hidden or gone.
    pub fn those_left<'l>(&self, log: &'l mut [Record]) -> Vec<&'l mut OwnedScan> {
        fn scan(record: &mut Record) -> Option<&mut OwnedScan> {
            match record {
                Record::Scan(scan) => Some(scan),
                Record::Trace(_) => None,
            }
        }
        let left = |scan: &&mut OwnedScan| {
            let scan = scan.get();
            !self.has(scan.workspace, scan.link, scan.at, scan.id)
        };
        log.iter_mut().filter_map(scan).filter(left).collect()
    }
}

impl Fed {
    /// Some days, all of whose scans were given.
    fn finished_days(&self, random: &mut StdRng, most: i32) -> Option<Days> {
        let first = UtcDay(START.utc_day().0 + random.random_range(0..self.days as i32));
        let days = Days { first, last: UtcDay(first.0 + random.random_range(0..most)) };
        let is_of_days =
            |record: &Record| matches!(record, Record::Scan(scan) if days.holds(scan.get().at.utc_day()));
        (!self.log[self.given..].iter().any(is_of_days)).then_some(days)
    }

    /// Scans that are there, by whether they are human.
    fn here(&self) -> (usize, usize, usize) {
        let scans = self.scans();
        let humans = scans.iter().filter(|scan| scan.get().verdict == Verdict::Human).count();
        (scans.len(), humans, self.traces().values().map(Vec::len).sum())
    }

    /// A workspace or a link keeps its scans for a shorter time.
    pub fn grow_old(&mut self, random: &mut StdRng) {
        let place = random.random_range(0..SMALL.workspaces);
        let workspace = world::workspace(place);
        if random.random_ratio(1, 4) {
            let facts = START.utc_day().start().plus(random.random_range(0..self.days) * DAY_MS);
            let floor = self.aged.facts.entry(workspace).or_default();
            *floor = (*floor).max(facts);
            self.local().hide(self.aged.hidden());
            self.local().purge(|| true).unwrap();
            return;
        }
        // Seldom very far: something is to be left for the others.
        let days = random.random_range(1..=(self.days / 3).max(1));
        let floor = START.utc_day().start().plus(days * DAY_MS);
        let of_link = random.random_ratio(1, 3);
        let late = |record: &Record| matches!(record, Record::Scan(scan) if scan.get().at < floor);
        if of_link && self.log[self.given..].iter().any(late) {
            return;
        }
        let (before, traces_before) = ((self.here().0, self.here().1), self.here().2);
        let (own, links) = self.aged.floors.entry(workspace).or_default();
        if of_link {
            let link = world::link(place, random.random_range(0..SMALL.links));
            let known = links.entry(link).or_insert(*own);
            *known = (*known).max(floor);
        } else {
            *own = (*own).max(floor);
        }
        let hidden = self.aged.hidden();
        let foretold = self.local().would_hide(&hidden).unwrap();
        let after = self.here();
        let humans: u64 = foretold.links.values().map(|(humans, _)| humans).sum();
        assert_eq!(
            (foretold.scans as usize, humans as usize, foretold.traces as usize),
            (before.0 - after.0, before.1 - after.1, traces_before - after.2),
        );
        assert_eq!(foretold.reasons.values().sum::<u64>(), foretold.scans);
        self.local().hide(hidden);
        if of_link || random.random_ratio(1, 2) {
            self.purge();
            if of_link {
                self.decide(Days { first: START.utc_day(), last: floor.utc_day() });
            }
        }
        (self.aged.times[0], self.aged.scans[0]) =
            (self.aged.times[0] + 1, self.aged.scans[0] + foretold.scans);
    }

    /// Nothing hidden is in any file afterwards.
    fn purge(&self) {
        let local = self.local();
        local.purge(|| true).unwrap();
        let floors = local.hidden();
        let everything = floors.floors.iter().flat_map(|(workspace, floor)| {
            let links =
                (0..SMALL.workspaces).flat_map(|place| (0..SMALL.links).map(move |n| world::link(place, n)));
            links.map(|link| Chosen {
                workspace: *workspace,
                link: Some(link),
                from: Millis(i64::MIN),
                to: floor.links.get(&link).copied().unwrap_or(floor.own),
                scans: None,
            })
        });
        let left = local.left(&everything.collect::<Vec<_>>(), false).unwrap();
        assert_eq!((left.scans, left.traces), (0, 0));
        assert_eq!(local.purge(|| true).unwrap().segments, 0, "a second time there is nothing");
    }

    fn decide(&mut self, days: Days) {
        let mut scans = self.aged.those_left(&mut self.log[..self.given]);
        (days.first.0..=days.last.0).for_each(|day| rejudging::decide(&mut scans, UtcDay(day)));
    }

    fn choose(&self, random: &mut StdRng, days: Days) -> Option<(Chosen, BTreeSet<ScanId>)> {
        let place = random.random_range(0..SMALL.workspaces);
        let workspace = world::workspace(place);
        let link = random.random_ratio(1, 3).then(|| world::link(place, random.random_range(0..SMALL.links)));
        let (from, to) = (days.first.start().plus(random.random_range(0..DAY_MS)), days.last.end());
        let some = random.random_ratio(1, 2);
        let scans = self.scans();
        let is_chosen = |scan: &Scan<'_>| {
            scan.workspace == workspace
                && link.is_none_or(|link| link == scan.link)
                && (from..to).contains(&scan.at)
        };
        let chosen = scans.iter().map(|scan| scan.get()).filter(is_chosen);
        let ids: BTreeSet<ScanId> =
            chosen.map(|scan| scan.id).filter(|_| !some || random.random_ratio(1, 2)).collect();
        let chosen = Chosen { workspace, link, from, to, scans: some.then(|| ids.clone()) };
        (!ids.is_empty()).then_some((chosen, ids))
    }

    /// Scans go, with their traces.
    pub fn drop_some(&mut self, random: &mut StdRng) {
        let Some(days) = self.finished_days(random, 2) else { return };
        let Some((chosen, ids)) = self.choose(random, days) else { return };
        let hidden = Hidden { erased: vec![chosen.clone()], ..self.aged.hidden() };
        let foretold = self.local().would_hide(&hidden).unwrap();
        assert_eq!(foretold.scans, ids.len() as u64);
        self.local().hide(hidden);
        assert_eq!(
            self.local().would_hide(&Hidden::of(vec![chosen.clone()])).unwrap(),
            analytics::Gone::default()
        );
        self.local().purge(|| true).unwrap();
        assert_eq!(self.local().left(&[chosen], false).unwrap(), analytics::Left::default());
        self.local().hide(self.aged.hidden());
        (self.aged.times[1], self.aged.scans[1]) =
            (self.aged.times[1] + 1, self.aged.scans[1] + ids.len() as u64);
        // What a visitor does after his scan has gone is in no answer, and not followed here.
        let goes_on = |record: &Record| matches!(record, Record::Trace(trace) if ids.contains(&trace.scan));
        let coming = self.log.split_off(self.given);
        self.log.extend(coming.into_iter().filter(|record| !goes_on(record)));
        self.aged.erased.extend(ids);
        self.without_old_facts();
        self.decide(days);
        self.same_rows(days);
    }

    /// Scans become nobody's.
    pub fn blank_some(&mut self, random: &mut StdRng) {
        let Some(days) = self.finished_days(random, 2) else { return };
        let Some((chosen, ids)) = self.choose(random, days) else { return };
        let all: u64 = self.local().left(std::slice::from_ref(&chosen), false).unwrap().scans;
        let blanked = self.local().blank(std::slice::from_ref(&chosen), days.first).unwrap();
        assert_eq!(blanked.scans, all);
        assert_eq!(self.local().left(&[chosen], true).unwrap().scans, 0);
        for stored in self.aged.those_left(&mut self.log[..self.given]) {
            if ids.contains(&stored.get().id) {
                let before = stored.first_judgement().cloned();
                *stored = OwnedScan::from(&Scan {
                    identity: Identity::None,
                    visit_type: VisitType::Unspecified,
                    visitor: 0,
                    first_in_workspace: false,
                    first_on_link: false,
                    nth_today: 0,
                    shared_network: false,
                    languages: "",
                    referrer_host: "",
                    utm_source: "",
                    utm_medium: "",
                    utm_campaign: "",
                    utm_term: "",
                    utm_content: "",
                    parameters: "",
                    user_agent: "",
                    ..stored.get()
                })
                .judged_before(before);
            }
        }
        (self.aged.times[2], self.aged.scans[2]) =
            (self.aged.times[2] + 1, self.aged.scans[2] + ids.len() as u64);
        self.without_old_facts();
        self.decide(days);
        self.same_rows(days);
    }
}
