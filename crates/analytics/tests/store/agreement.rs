//! Every number agrees with every other (DESIGN §1.3, §11.7), whatever happens to the store in between: seals, merges of
//! days, weeks and months, restarts, scans and traces that come late, scans that are judged again, grow too old or are
//! erased. Prints how many comparisons were made.

mod funnel;

use crate::ageing::Aged;
use crate::world::{SMALL, START, Size};
use crate::{reference, rejudging, world};
use analytics::{Batch, Days, Local, Options, Selection};
use jiff::tz::TimeZone;
use model::buckets::{self, INTERVALS};
use model::compared::Compared;
use model::report::{
    Answer, Ask, Counts, Dimension, Filter, OwnedScan, Population, ScanPage, Scope, Test, Verdicts,
};
use model::scan::Scan;
use model::time::{DAY_MS, UtcDay};
use model::{Millis, Position, ScanId, Trace};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, HashSet};

const ZONES: [&str; 7] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "America/St_Johns",
    "UTC",
];

/// A record of the spool.
pub enum Record {
    Scan(OwnedScan),
    Trace(Trace),
}

/// A store that is fed from a log, as the consumer feeds it.
pub struct Fed {
    pub local: Option<Local>,
    pub log: Vec<Record>,
    pub given: usize,
    /// Days over which the scans are spread: some worlds are a few days long, some lie in two months.
    pub days: i64,
    /// Scans that were judged otherwise than before.
    moved: u64,
    /// What is hidden or gone.
    pub aged: Aged,
    dir: tempfile::TempDir,
}

pub fn options() -> Options {
    Options { row_group: 32, block_rows: 48, merge_at: 3, ..Options::default() }
}

pub fn position(n: usize) -> Position {
    world::position(n)
}

impl Fed {
    fn new(random: &mut StdRng, seed: u64) -> Self {
        let mut log = Vec::new();
        let mut late: Vec<(usize, Trace)> = Vec::new();
        let days = [SMALL.days, 12, 45][random.random_range(0..3)];
        for (number, scan) in world::scans(seed, 260, Size { days, ..SMALL }).into_iter().enumerate() {
            if random.random_ratio(1, 3) {
                for trace in 0..random.random_range(1..6) {
                    // Up to the end of the log later: in another seal than its scan, or another day.
                    late.push((number + random.random_range(1..120), world::trace(trace, &scan.get())));
                }
            }
            log.push(Record::Scan(scan));
            late.retain(|(due, trace)| {
                let waits = *due > number;
                if !waits {
                    log.push(Record::Trace(*trace));
                }
                waits
            });
        }
        log.extend(late.into_iter().map(|(_, trace)| Record::Trace(trace)));
        let dir = tempfile::tempdir().unwrap();
        let local = Some(Local::open(dir.path(), options()).unwrap());
        Self { local, log, given: 0, days, moved: 0, aged: Aged::default(), dir }
    }

    pub fn local(&self) -> &Local {
        self.local.as_ref().unwrap()
    }

    fn append(&self, from: usize, to: usize) {
        let mut batch = Batch::new();
        for n in from..to {
            match &self.log[n] {
                Record::Scan(scan) => batch.scan(position(n), &scan.get()),
                Record::Trace(trace) => batch.trace(position(n), trace),
            }
        }
        self.local().append(batch);
    }

    /// One thing that happens to a store.
    fn live(&mut self, random: &mut StdRng) {
        match random.random_range(0..14) {
            10 => self.rejudge(random),
            11 => self.grow_old(random),
            12 => self.drop_some(random),
            13 => self.blank_some(random),
            0..5 => {
                let to = (self.given + random.random_range(1..90)).min(self.log.len());
                self.append(self.given, to);
                self.given = to;
            }
            5..7 => {
                self.local().seal().unwrap();
            }
            7 => {
                let day = UtcDay(START.utc_day().0 + random.random_range(0..self.days as i32));
                self.local().merge_day(day).unwrap();
            }
            8 => {
                let now = START.plus(random.random_range(1..self.days) * DAY_MS);
                while self.local().merge_due(now).unwrap().is_some() {}
            }
            9 => {
                // Months later: what comes afterwards is late.
                let now = START.plus(random.random_range(20..120) * DAY_MS);
                self.local().delete_facts_before(now.plus(-29 * DAY_MS)).unwrap();
                while self.local().merge_due(now).unwrap().is_some() {}
            }
            _ => {
                // A restart: what was not sealed comes from the log again.
                self.local = None;
                self.local = Some(Local::open(self.dir.path(), options()).unwrap());
                self.local().hide(self.aged.hidden());
                let from = self.local().position().map_or(0, |sealed| sealed.seq as usize);
                self.append(from, self.given);
            }
        }
    }

    /// Judges some days again that are over, as the server does: what is hot is sealed first.
    fn rejudge(&mut self, random: &mut StdRng) {
        let first = UtcDay(START.utc_day().0 + random.random_range(0..self.days as i32));
        let days = Days { first, last: UtcDay(first.0 + random.random_range(0..3)) };
        let is_of_days =
            |record: &Record| matches!(record, Record::Scan(scan) if days.holds(scan.get().at.utc_day()));
        if self.log[self.given..].iter().any(is_of_days) {
            return;
        }
        self.local().seal().unwrap();
        self.without_old_facts();
        let from = first.start().plus(random.random_range(-DAY_MS..DAY_MS));
        let of = Selection {
            workspace: random
                .random_ratio(1, 2)
                .then(|| world::workspace(random.random_range(0..SMALL.workspaces))),
            from,
            to: from.plus(random.random_range(1..4 * DAY_MS)),
            restore: random.random_ratio(1, 4),
        };
        let rules = random.random_range(1..7);
        let judge = |scan: &model::judged::Recorded<'_>| rejudging::judge(rules, scan);
        let local = self.local.as_ref().unwrap();
        let foretold = local.try_rejudge(days, &of, judge).unwrap();
        let noted = std::cell::RefCell::new(None);
        let rejudged = local
            .rejudge(days, &of, judge, |rejudged| {
                *noted.borrow_mut() = Some(rejudged.clone());
                analytics::Result::Ok(())
            })
            .unwrap();
        assert_eq!(foretold, rejudged, "what a dry run says is what is done");
        let moved: u64 = rejudged.moved.values().sum();
        assert_eq!(noted.into_inner(), (moved > 0).then_some(rejudged.clone()));
        let humans = |scans: &[&mut OwnedScan]| {
            let human = |scan: &&&mut OwnedScan| scan.get().verdict == model::scan::Verdict::Human;
            scans.iter().filter(human).count() as i64
        };
        let mut scans = self.aged.those_left(&mut self.log[..self.given]);
        let before = humans(&scans);
        let of_days = |number| rejudging::rejudge(&mut scans, UtcDay(number), &of, rules);
        assert_eq!(moved, (days.first.0..=days.last.0).map(of_days).sum::<u64>(), "{of:?}");
        assert_eq!(rejudged.links.values().sum::<i64>(), humans(&scans) - before, "{of:?}");
        self.moved += moved;
        // First verdicts and first visits included.
        self.same_rows(days);
    }

    /// The store has what the plain list has, row by row.
    pub fn same_rows(&self, days: Days) {
        let (from, to) = (days.first.start(), days.last.end());
        for place in 0..SMALL.workspaces {
            let population = Population {
                verdicts: Verdicts::ALL,
                from,
                to,
                ..reference::everything(world::workspace(place))
            };
            let page = ScanPage { population, visitor: None, before: None, limit: usize::MAX };
            assert_eq!(self.local().scans(&page).unwrap(), reference::page(&self.scans(), &page), "{days}");
        }
    }

    /// User agents that the store no longer has are not what the plain list judges by.
    pub fn without_old_facts(&mut self) {
        let workspaces = (0..SMALL.workspaces).map(world::workspace);
        let page = |workspace| {
            let population = Population { verdicts: Verdicts::ALL, ..reference::everything(workspace) };
            ScanPage { population, visitor: None, before: None, limit: usize::MAX }
        };
        let scans = workspaces.flat_map(|workspace| self.local().scans(&page(workspace)).unwrap());
        let gone: HashSet<ScanId> =
            scans.filter(|scan| scan.get().user_agent.is_empty()).map(|scan| scan.get().id).collect();
        for record in &mut self.log[..self.given] {
            let Record::Scan(scan) = record else { continue };
            if gone.contains(&scan.get().id) {
                let before = scan.first_judgement().cloned();
                *scan = OwnedScan::from(&Scan { user_agent: "", ..scan.get() }).judged_before(before);
            }
        }
    }

    pub fn scans(&self) -> Vec<&OwnedScan> {
        fn scan(record: &Record) -> Option<&OwnedScan> {
            match record {
                Record::Scan(scan) => Some(scan),
                Record::Trace(_) => None,
            }
        }
        let left = |scan: &&OwnedScan| {
            !self.aged.has(scan.get().workspace, scan.get().link, scan.get().at, scan.get().id)
        };
        self.log[..self.given].iter().filter_map(scan).filter(left).collect()
    }

    pub fn traces(&self) -> HashMap<ScanId, Vec<Trace>> {
        let mut traces: HashMap<ScanId, Vec<Trace>> = HashMap::new();
        for record in &self.log[..self.given] {
            if let Record::Trace(trace) = record
                && !self.aged.has(trace.workspace, trace.link, trace.scan_at, trace.scan)
            {
                traces.entry(trace.scan).or_default().push(*trace);
            }
        }
        traces.values_mut().for_each(|traces| traces.sort_by_key(|trace| (trace.at, trace.id)));
        traces
    }
}

fn population(random: &mut StdRng, scans: &[&OwnedScan], days: i64) -> Population {
    let place = random.random_range(0..SMALL.workspaces);
    let mut population = reference::everything(world::workspace(place));
    population.from = START.plus(random.random_range(-1..2) * DAY_MS + random.random_range(0..DAY_MS));
    population.from = population.from.plus(random.random_range(0..=days - SMALL.days) * DAY_MS);
    population.to = population.from.plus(random.random_range(1..(days + 1) * DAY_MS));
    // What people ask for: whole days of their zone, or half hours; and what nobody does.
    let tz = TimeZone::get(ZONES[random.random_range(0..ZONES.len())]).unwrap();
    match random.random_range(0..5) {
        0..3 => {
            let midnight = |at: Millis| {
                let date = at.timestamp().to_zoned(tz.clone()).date();
                model::dates::start_of_day(date, &tz).unwrap()
            };
            (population.from, population.to) =
                (midnight(population.from), midnight(population.to.plus(DAY_MS)));
        }
        3 => {
            population.from.0 -= population.from.0.rem_euclid(1_800_000);
            population.to.0 += 1_800_000 - population.to.0.rem_euclid(1_800_000);
        }
        _ => {}
    }
    if random.random_ratio(1, 3) {
        population.verdicts =
            [Verdicts::ALL, Verdicts::of([model::scan::Verdict::Bot])][random.random_range(0..2)];
    }
    if random.random_ratio(1, 3) {
        population.scope = Scope::Links(vec![world::link(place, random.random_range(0..SMALL.links))]);
    }
    for _ in 0..random.random_range(0..3) {
        let bys = world::bys();
        let by = bys[random.random_range(0..bys.len())].clone();
        let test = Test::ALL[random.random_range(0..Test::ALL.len())];
        let mut values = vec![String::new()];
        for _ in 0..2 {
            if let Some(scan) = scans.get(random.random_range(0..scans.len().max(1))) {
                values.extend(reference::values(&scan.get(), &by).into_iter().map(|value| value.label));
            }
        }
        population.filters.push(Filter { by, test, values });
    }
    population
}

/// Comparisons that were made, and those that failed.
#[derive(Default)]
struct Tried {
    made: usize,
    wrong: Vec<String>,
}

impl Tried {
    fn equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: impl FnOnce() -> String,
        found: T,
        expected: T,
    ) {
        self.made += 1;
        if found != expected {
            self.wrong.push(format!("{}: {found:?}, expected {expected:?}", what()));
        }
    }
}

pub fn sum<'a>(counts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::default();
    counts.into_iter().for_each(|counts| sum.add(*counts));
    sum
}

/// All ways of counting a population, against each other and against the plain reference.
fn agree(tried: &mut Tried, fed: &Fed, population: &Population, random: &mut StdRng) {
    let (local, scans) = (fed.local(), fed.scans());
    let report = |ask: &Ask| local.report(population, ask).unwrap();
    let expected = match reference::answer(&scans, population, &Ask::Totals) {
        Answer::Totals { counts, .. } => counts,
        other => panic!("{other:?}"),
    };
    let Answer::Totals { counts: whole, .. } = report(&Ask::Totals) else { panic!("no totals") };
    tried.equal(|| format!("the total of {population:?}"), whole, expected);

    let zone = ZONES[random.random_range(0..ZONES.len())];
    let tz = TimeZone::get(zone).unwrap();
    for (name, interval) in INTERVALS.into_iter().filter(|(name, _)| *name != "minute") {
        let edges = buckets::of(population.from, population.to, interval, &tz).unwrap();
        let Answer::Series { lines, total, .. } = report(&Ask::Series { edges: edges.clone(), by: None })
        else {
            panic!("no series")
        };
        tried.equal(|| format!("the total of {name} in {zone}"), total, whole);
        tried.equal(|| format!("the sum of {name} in {zone}"), sum(&lines[0].1), whole);
        let grouped = Ask::Series { edges, by: Some((Dimension::Country.into(), random.random_range(0..3))) };
        let Answer::Series { lines, other, .. } = report(&grouped) else { panic!("no series") };
        let parts = sum(lines.iter().flat_map(|(_, counts)| counts).chain(&other));
        tried.equal(|| format!("countries over {name} in {zone}"), parts, whole);
    }
    for by in world::bys().into_iter().filter(|by| !by.may_exceed_total()) {
        let ask = Ask::Breakdown { by: by.clone(), limit: random.random_range(0..6) };
        let Answer::Breakdown { rows, other, total, .. } = report(&ask) else { panic!("no breakdown") };
        let mut parts = sum(rows.iter().map(|(_, counts)| counts).chain([&other]));
        tried.equal(|| format!("the total by {by:?}"), total, whole);
        let place_or_device = [
            Dimension::Country,
            Dimension::Region,
            Dimension::City,
            Dimension::Network,
            Dimension::DeviceType,
            Dimension::DeviceModel,
            Dimension::Browser,
            Dimension::Platform,
        ];
        if !by.dimension().is_some_and(|by| place_or_device.contains(&by)) {
            // A visitor of two links, hours or sources is one of each.
            assert!(parts.visitors >= whole.visitors);
            parts.visitors = whole.visitors;
        }
        tried.equal(|| format!("the sum by {:?}", by.dimension()), parts, whole);
    }
    let mut page = ScanPage { population: population.clone(), visitor: None, before: None, limit: 70 };
    let mut listed: Vec<OwnedScan> = Vec::new();
    loop {
        let (rows, total) = local.list(&page).unwrap();
        tried.equal(|| "the list's total".to_owned(), total, whole.scans);
        listed.extend_from_slice(&rows);
        let Some(last) = rows.last() else { break };
        page.before = Some((last.get().at, last.get().id));
    }
    tried.equal(|| "the rows of the list".to_owned(), listed.len() as u64, whole.scans);
    taken_away(tried, local, population, listed, whole.scans);
    // The week before and this one are the fortnight.
    let (from, to) = Compared::PreviousPeriod.range(population.from, population.to, &TimeZone::UTC);
    let before = Population { from, to: to.min(population.from), ..population.clone() };
    let both = Population { from, ..population.clone() };
    let counts_of = |population: &Population| match local.report(population, &Ask::Totals).unwrap() {
        Answer::Totals { counts, .. } => counts,
        other => panic!("{other:?}"),
    };
    if to == population.from {
        tried.equal(|| "two periods".to_owned(), sum(&[counts_of(&before), whole]), counts_of(&both));
    }
    let hours = buckets::edges(population.from, population.to, 60, &tz).unwrap();
    let by = |dimension: Dimension| Ask::Breakdown { by: dimension.into(), limit: 5 };
    let mut asks = vec![Ask::Totals, Ask::Series { edges: hours, by: None }, Ask::Places { limit: 5 }];
    asks.extend([Dimension::Country, Dimension::Link, Dimension::Referrer, Dimension::Languages].map(by));
    filtered_by_nothing(tried, local, population, &asks);
    funnel::funnels(tried, fed, population, random);
}

/// A filter that all scans pass changes no number, though visitors are then told apart one by one.
fn filtered_by_nothing(tried: &mut Tried, local: &Local, population: &Population, asks: &[Ask]) {
    let mut filtered = population.clone();
    let anything = vec!["no such domain".to_owned()];
    filtered.filters.push(Filter { by: Dimension::Domain.into(), test: Test::IsNot, values: anything });
    let (plain, told_apart) =
        (local.reports(population, asks).unwrap(), local.reports(&filtered, asks).unwrap());
    for ((ask, plain), told_apart) in asks.iter().zip(plain).zip(told_apart) {
        tried.equal(|| format!("{ask:?} of {population:?}, filtered by nothing"), told_apart, plain);
    }
}

/// What is taken away, scan by scan with its traces, is what is listed.
fn taken_away(
    tried: &mut Tried,
    local: &Local,
    population: &Population,
    mut listed: Vec<OwnedScan>,
    total: u64,
) {
    let mut walk = local.walk(population).unwrap();
    tried.equal(|| "the total of an export".to_owned(), walk.total(), total);
    let mut taken: Vec<OwnedScan> = Vec::new();
    while let Some(scans) = walk.forward(local).unwrap() {
        let traces = walk.traces(local, &scans).unwrap();
        for scan in scans.iter().take(5) {
            let scan = scan.get();
            let alone = local.traces(population.workspace, scan.id, scan.at).unwrap();
            let beside = traces.get(&scan.id).cloned().unwrap_or_default();
            tried.equal(|| "the traces of an exported scan".to_owned(), beside, alone);
        }
        taken.extend(scans);
    }
    let id = |scan: &OwnedScan| scan.get().id;
    listed.sort_unstable_by_key(id);
    taken.sort_unstable_by_key(id);
    tried.equal(|| "the rows of an export".to_owned(), taken == listed, true);
}

#[test]
fn every_number_agrees_with_every_other() {
    let cases: u64 = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    let (mut tried, mut moved) = (Tried::default(), 0);
    let (mut times, mut aged) = ([0; 3], [0; 3]);
    for seed in 0..cases {
        let mut random = StdRng::seed_from_u64(seed);
        let mut fed = Fed::new(&mut random, seed);
        while fed.given < fed.log.len() {
            for _ in 0..4 {
                fed.live(&mut random);
            }
            let population = population(&mut random, &fed.scans(), fed.days);
            agree(&mut tried, &fed, &population, &mut random);
        }
        moved += fed.moved;
        for kind in 0..3 {
            times[kind] += fed.aged.times[kind];
            aged[kind] += fed.aged.scans[kind];
        }
    }
    println!("too old, gone, nobody's: {times:?} times, {aged:?} scans");
    println!(
        "{cases} cases, {moved} scans judged otherwise on the way, {} comparisons, {} disagreements",
        tried.made,
        tried.wrong.len()
    );
    assert!(moved > 0, "no case has judged again");
    assert!(aged.iter().all(|scans| *scans > 0), "something never happened: {aged:?}");
    assert!(tried.wrong.is_empty(), "{}", tried.wrong.join("\n"));
}
