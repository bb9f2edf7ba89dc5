//! Every question, over every mixture of hot, sealed and merged rows, against the plain reference.

use crate::world::{SMALL, START, Size};
use crate::{reference, world};
use analytics::{Batch, Local, Options};
use model::report::{
    Answer, Ask, Counts, Dimension, Filter, OwnedScan, Population, ScanPage, Scope, Test, Verdicts, Whose,
};
use model::scan::Verdict;
use model::time::{DAY_MS, UtcDay};
use model::{LinkId, Millis};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// Row groups, pages and blocks so small that every boundary is crossed.
fn options() -> Options {
    Options { row_group: 32, block_rows: 48, merge_at: 3, ..Options::default() }
}

#[derive(Clone, Debug)]
enum Deed {
    Append(usize),
    Seal,
    MergeDue(i64),
    MergeDay(i32),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        5 => (1usize..70).prop_map(Deed::Append),
        3 => Just(Deed::Seal),
        1 => (0i64..5).prop_map(Deed::MergeDue),
    ];
    proptest::collection::vec(deed, 1..25)
}

/// A store in a folder of its own, and the scans it was given.
struct Store {
    local: Local,
    scans: Vec<OwnedScan>,
    given: usize,
    dir: tempfile::TempDir,
}

impl Store {
    fn new(seed: u64, count: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let local = Local::open(dir.path(), options()).unwrap();
        Self { local, scans: world::scans(seed, count, SMALL), given: 0, dir }
    }

    fn run(&mut self, deed: &Deed) {
        match deed {
            Deed::Append(count) => {
                let mut batch = Batch::new();
                let end = (self.given + count).min(self.scans.len());
                for n in self.given..end {
                    batch.scan(world::position(n), &self.scans[n].get());
                }
                self.given = end;
                self.local.append(batch);
            }
            Deed::Seal => {
                self.local.seal().unwrap();
            }
            Deed::MergeDue(day) => {
                let now = START.plus(day * DAY_MS + 3_600_000);
                while self.local.merge_due(now).unwrap().is_some() {}
            }
            Deed::MergeDay(day) => {
                self.local.merge_day(UtcDay(START.utc_day().0 + day)).unwrap();
            }
        }
    }

    fn given(&self) -> Vec<&OwnedScan> {
        self.scans[..self.given].iter().collect()
    }
}

fn random_population(random: &mut StdRng, scans: &[&OwnedScan]) -> Population {
    let place = random.random_range(0..SMALL.workspaces);
    let mut population = reference::everything(world::workspace(place));
    let instant = |random: &mut StdRng| {
        let whole = START.plus(random.random_range(0..=SMALL.days) * DAY_MS);
        if random.random() { whole } else { START.plus(random.random_range(0..SMALL.days * DAY_MS)) }
    };
    if random.random() {
        population.from = instant(random);
    }
    if random.random() {
        population.to = instant(random);
    }
    population.verdicts = match random.random_range(0..4) {
        0 => Verdicts::ALL,
        1 => Verdicts::of([Verdict::Bot, Verdict::Human]),
        _ => Verdicts::HUMAN,
    };
    let links = |random: &mut StdRng| -> Vec<LinkId> {
        let count = random.random_range(0..3);
        (0..count).map(|_| world::link(place, random.random_range(0..SMALL.links))).collect()
    };
    match random.random_range(0..6) {
        0 => population.scope = Scope::Links(vec![world::link(place, random.random_range(0..SMALL.links))]),
        1 => population.scope = Scope::Links(links(random)),
        2 => {
            let mut values: Vec<String> = links(random).iter().map(LinkId::to_string).collect();
            values.push("not an id".to_owned());
            population.filters.push(Filter {
                by: Dimension::Link.into(),
                test: one_of(random, Test::ALL),
                values,
            });
        }
        _ => {}
    }
    for _ in 0..random.random_range(0..3) {
        let by = one_of(random, &world::bys());
        let mut values = vec!["no such value".to_owned()];
        for _ in 0..random.random_range(0..3) {
            if let Some(scan) = scans.get(random.random_range(0..scans.len().max(1))) {
                values.extend(reference::values(&scan.get(), &by).pop().map(|value| value.label));
            }
        }
        let test = one_of(random, Test::ALL);
        if test != Test::Is {
            // Parts of words, in other letters.
            values
                .iter_mut()
                .for_each(|value| *value = value.chars().take(2).collect::<String>().to_uppercase());
        }
        population.filters.push(Filter { by, test, values });
    }
    population
}

fn one_of<T: Clone>(random: &mut StdRng, of: &[T]) -> T {
    of[random.random_range(0..of.len())].clone()
}

fn random_edges(random: &mut StdRng) -> Vec<Millis> {
    let step = [3_600_000, 6 * 3_600_000, DAY_MS, 5 * DAY_MS][random.random_range(0..4)];
    let from = START.plus(random.random_range(-2..2) * 5_400_000);
    (0..=random.random_range(1..30)).map(|n| from.plus(n * step)).collect()
}

fn all_questions(random: &mut StdRng) -> Vec<Ask> {
    let mut asks = vec![Ask::Totals, Ask::Series { edges: random_edges(random), by: None }];
    asks.push(Ask::Places { limit: random.random_range(0..9) });
    for by in world::bys() {
        asks.push(Ask::Breakdown { by: by.clone(), limit: random.random_range(0..6) });
        asks.push(Ask::Spans { by: by.clone() });
        asks.push(Ask::Series { edges: random_edges(random), by: Some((by, random.random_range(0..4))) });
    }
    asks
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_the_references(seed in any::<u64>(), deeds in deeds()) {
        let mut store = Store::new(seed, 400);
        let mut random = StdRng::seed_from_u64(seed ^ 1);
        for deed in &deeds {
            store.run(deed);
        }
        let given = store.given();
        for _ in 0..4 {
            let population = random_population(&mut random, &given);
            let asks = all_questions(&mut random);
            let answers = store.local.reports(&population, &asks).unwrap();
            prop_assert_eq!(answers.len(), asks.len());
            for (ask, answer) in asks.iter().zip(answers) {
                let expected = reference::answer(&given, &population, ask);
                prop_assert_eq!(&sorted(answer), &expected, "{:?} of {:?}", ask, population);
                prop_assert_eq!(&sorted(store.local.report(&population, ask).unwrap()), &expected);
            }
        }
    }

    #[test]
    fn bits_and_distinct_visitors_are_the_same_number(seed in any::<u64>(), deeds in deeds(), minute in 1i64..2 * 1440) {
        // A workspace's bits count exactly its different visitors, wherever in a day a range begins. Asking for two verdicts of which one
        // does not occur makes the store count the different ones.
        let mut store = Store::new(seed, 300);
        store.scans.retain(|scan| scan.get().verdict != Verdict::Monitor);
        for deed in &deeds {
            store.run(deed);
        }
        let counts = |population: &Population| match store.local.report(population, &Ask::Totals).unwrap() {
            Answer::Totals { counts, .. } => counts,
            other => panic!("{other:?}"),
        };
        for (place, minute) in (0..SMALL.workspaces).zip([0, minute, 30 * (minute / 30)]) {
            let mut bits = reference::everything(world::workspace(place));
            bits.from = START.plus(minute * 60_000);
            bits.to = START.plus(2 * DAY_MS);
            let one_link = Population { scope: Scope::Links(vec![world::link(place, 0)]), ..bits.clone() };
            let place = Filter::is(Dimension::Country, vec!["US".to_owned()]);
            let filtered = Population { filters: vec![place], ..bits.clone() };
            for bits in [bits, one_link, filtered] {
                let both = Verdicts::of([Verdict::Human, Verdict::Monitor]);
                let distinct = Population { verdicts: both, ..bits.clone() };
                prop_assert_eq!(counts(&bits), counts(&distinct));
            }
        }
    }

    #[test]
    fn parts_add_up_to_the_whole(seed in any::<u64>(), deeds in deeds()) {
        let mut store = Store::new(seed, 300);
        for deed in &deeds {
            store.run(deed);
        }
        let mut random = StdRng::seed_from_u64(seed ^ 2);
        let mut population = random_population(&mut random, &store.given());
        let edges: Vec<Millis> = (0..=SMALL.days * 24).map(|hour| START.plus(hour * 3_600_000)).collect();
        (population.from, population.to) = (edges[0], edges[edges.len() - 1]);
        let Answer::Totals { counts: whole, .. } = store.local.report(&population, &Ask::Totals).unwrap() else { unreachable!() };
        let Answer::Series { lines, total, .. } = store.local.report(&population, &Ask::Series { edges, by: None }).unwrap() else { unreachable!() };
        prop_assert_eq!(total, whole);
        prop_assert_eq!(sum(lines[0].1.iter()), whole);
        for by in world::bys() {
            let ask = Ask::Breakdown { by: by.clone(), limit: 3 };
            let Answer::Breakdown { rows, other, total, .. } = store.local.report(&population, &ask).unwrap() else { unreachable!() };
            prop_assert_eq!(total, whole);
            let parts = sum(rows.iter().map(|(_, counts)| counts).chain([&other]));
            if by.may_exceed_total() {
                prop_assert!(parts.scans >= whole.scans);
                continue;
            }
            prop_assert_eq!((parts.scans, parts.first, parts.returning), (whole.scans, whole.first, whole.returning));
            let place_or_device = [Dimension::Country, Dimension::City, Dimension::Browser, Dimension::Network];
            if by.dimension().is_some_and(|by| place_or_device.contains(&by)) {
                prop_assert_eq!(parts.visitors, whole.visitors);
            }
            prop_assert!(parts.visitors >= whole.visitors);
        }
    }

    #[test]
    fn pages_hold_every_scan_once_while_the_store_changes(seed in any::<u64>(), deeds in deeds(), limit in 1usize..20) {
        let mut store = Store::new(seed, 300);
        store.run(&Deed::Append(150));
        let mut random = StdRng::seed_from_u64(seed ^ 3);
        let before: Vec<OwnedScan> = store.given().into_iter().cloned().collect();
        let before: Vec<&OwnedScan> = before.iter().collect();
        let mut page = ScanPage {
            population: random_population(&mut random, &before),
            visitor: match random.random_range(0..8) {
                0 => Some(Whose::Number(before[7].get().visitor)),
                1 => Some(Whose::Scans(before.iter().step_by(3).map(|scan| scan.get().id).collect())),
                _ => None,
            },
            before: None,
            limit,
        };
        // What is appended while we page is newer than the first page, so that it is on no later one.
        page.population.to = page.population.to.min(before[before.len() - 1].get().at);
        let mut deeds = deeds.iter();
        let mut seen = Vec::new();
        loop {
            let (rows, total) = store.local.list(&page).unwrap();
            prop_assert_eq!(&rows, &reference::page(&store.given(), &page));
            let whole = ScanPage { before: None, limit: usize::MAX, ..page.clone() };
            prop_assert_eq!(total, reference::page(&store.given(), &whole).len() as u64);
            let Some(last) = rows.last() else { break };
            page.before = Some((last.get().at, last.get().id));
            seen.extend(rows);
            deeds.next().into_iter().for_each(|deed| store.run(deed));
        }
        let all = ScanPage { before: None, limit: usize::MAX, ..page };
        prop_assert_eq!(seen, reference::page(&before, &all));
    }

    #[test]
    fn a_scan_is_found_by_its_id_only_in_its_workspace(seed in any::<u64>(), deeds in deeds()) {
        let mut store = Store::new(seed, 200);
        store.run(&Deed::Append(60));
        for deed in &deeds {
            store.run(deed);
        }
        for scan in store.given() {
            let row = scan.get();
            prop_assert_eq!(&store.local.scan(row.workspace, row.id).unwrap(), &Some(scan.clone()));
        }
        let row = store.scans[0].get();
        prop_assert_eq!(store.local.scan(model::WorkspaceId(Uuid::nil()), row.id).unwrap(), None);
        prop_assert_eq!(store.local.scan(row.workspace, model::ScanId(Uuid::nil())).unwrap(), None);
    }

    #[test]
    fn the_days_merge_decides_anew_who_came_first(seed in any::<u64>(), deeds in deeds()) {
        // The live set went wrong (a restart in between, say): bits, numbers and types are arbitrary.
        let mut store = Store::new(seed, 200);
        let truth = store.scans.clone();
        let mut random = StdRng::seed_from_u64(seed ^ 4);
        for scan in &mut store.scans {
            let mut row = scan.get();
            if row.verdict == Verdict::Human && row.visitor != 0 && random.random_ratio(1, 3) {
                row.nth_today = random.random_range(1..4);
                row.first_on_link = row.nth_today == 1;
                row.first_in_workspace = random.random();
                row.visit_type = if row.first_on_link { model::scan::VisitType::First } else { model::scan::VisitType::Returning };
                *scan = OwnedScan::from(&row);
            }
        }
        for deed in &deeds {
            store.run(deed);
        }
        store.run(&Deed::Append(200));
        store.run(&Deed::Seal);
        (0..SMALL.days as i32).for_each(|day| store.run(&Deed::MergeDay(day)));
        for (given, truth) in store.scans.iter().zip(&truth) {
            let (given, truth) = (given.get(), truth.get());
            let stored = store.local.scan(truth.workspace, truth.id).unwrap().unwrap();
            let stored = stored.get();
            prop_assert_eq!(
                (stored.first_in_workspace, stored.first_on_link, stored.nth_today),
                (truth.first_in_workspace, truth.first_on_link, truth.nth_today)
            );
            // A cookie knows more than the day, so its type stays what it was.
            let expected = if truth.identity == model::scan::Identity::Cookie { given } else { truth };
            prop_assert_eq!(stored.visit_type, expected.visit_type);
        }
    }

    #[test]
    fn reopened_it_answers_as_before(seed in any::<u64>(), deeds in deeds()) {
        let mut store = Store::new(seed, 300);
        for deed in &deeds {
            store.run(deed);
        }
        store.run(&Deed::Seal);
        // Of another seed, so that its id is another one's too.
        store.scans.truncate(store.given);
        store.scans.extend(world::scans(seed ^ 5, 1, SMALL));
        store.run(&Deed::Append(1));
        let sealed = store.local.seal().unwrap().unwrap();
        prop_assert_eq!((sealed.scans, sealed.position), (1, world::position(store.given - 1)));
        let Store { local, scans, given, dir } = store;
        drop(local);
        let local = Local::open(dir.path(), options()).unwrap();
        prop_assert_eq!(local.position(), Some(world::position(given - 1)));
        let given: Vec<&OwnedScan> = scans[..given].iter().collect();
        for place in 0..SMALL.workspaces {
            let page = ScanPage {
                population: Population { verdicts: Verdicts::ALL, ..reference::everything(world::workspace(place)) },
                visitor: None,
                before: None,
                limit: usize::MAX,
            };
            prop_assert_eq!(local.scans(&page).unwrap(), reference::page(&given, &page));
        }
    }
}

#[test]
fn a_day_in_many_pieces_answers_as_in_one() {
    let mut store = Store::new(3, 0);
    store.scans = world::scans(3, 400, Size { days: 1, ..SMALL });
    for _ in 0..40 {
        store.run(&Deed::Append(10));
        store.run(&Deed::Seal);
    }
    assert_eq!(store.local.stats().segments, 40);
    let mut random = StdRng::seed_from_u64(4);
    for _ in 0..8 {
        let population = random_population(&mut random, &store.given());
        for ask in all_questions(&mut random) {
            let expected = reference::answer(&store.given(), &population, &ask);
            let answer = store.local.report(&population, &ask).unwrap();
            assert_eq!(sorted(answer), expected, "{ask:?} of {population:?}");
        }
    }
}

#[test]
fn a_group_of_more_rows_than_sixteen_bits_count_is_counted() {
    let scans = world::scans(5, 70_000, Size { workspaces: 1, links: 1, visitors: 9, days: 1 });
    let dir = tempfile::tempdir().unwrap();
    let local = Local::open(dir.path(), Options::default()).unwrap();
    let mut batch = Batch::new();
    scans.iter().enumerate().for_each(|(n, scan)| batch.scan(world::position(n), &scan.get()));
    local.append(batch);
    let everything = Population { verdicts: Verdicts::ALL, ..reference::everything(world::workspace(0)) };
    let scans: Vec<&OwnedScan> = scans.iter().collect();
    for by in [Dimension::Link, Dimension::Languages] {
        let ask = Ask::Breakdown { by: by.into(), limit: 9 };
        let expected = reference::answer(&scans, &everything, &ask);
        assert_eq!(local.report(&everything, &ask).unwrap(), expected, "{ask:?}");
    }
}

/// Spans come in no order.
fn sorted(answer: Answer) -> Answer {
    match answer {
        Answer::Spans(mut spans) => {
            spans.sort();
            Answer::Spans(spans)
        }
        other => other,
    }
}

fn sum<'a>(counts: impl Iterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::default();
    counts.for_each(|counts| sum.add(*counts));
    sum
}
