//! Ranges that begin in the midst of a UTC day, as every local day does outside of UTC: a visitor's number lives a UTC
//! day, and it is a visitor where its first scan of that day lies.

use crate::reference;
use crate::world::{self, SMALL, START};
use analytics::{Batch, Local, Options};
use model::funnel::{Place, Stages};
use model::report::{Answer, Ask, By, Dimension, Filter, OwnedScan, Population, Test};
use model::scan::{Path, Scan, Verdict};
use model::time::{DAY_MS, UtcDay};
use model::{Millis, ScanId};
use std::collections::HashMap;

const MINUTE: i64 = 60_000;
/// Midnight in Kolkata, in minutes of the UTC day.
const KOLKATA: i64 = 18 * 60 + 30;

/// Minute (from the first UTC midnight on), visitor, whether it is that visitor's first scan of the UTC day, referrer.
const SCANS: [(i64, u64, bool, &str); 8] = [
    (17 * 60, 1, true, "t.co"),
    (18 * 60 + 29, 2, true, ""),
    // The day in Kolkata begins.
    (18 * 60 + 30, 2, false, ""),
    (19 * 60, 1, false, ""),
    (23 * 60 + 50, 3, true, ""),
    // The UTC day begins: whoever comes has another number from now on.
    (24 * 60 + 10, 4, true, ""),
    (25 * 60, 4, false, "t.co"),
    // The next day in Kolkata.
    (42 * 60 + 30, 4, false, ""),
];

fn scans() -> Vec<OwnedScan> {
    let template = world::scans(3, 1, SMALL).remove(0);
    let mut path = Vec::new();
    Path::push(&mut path, 0, 0);
    let scan = |(minute, visitor, first, referrer): (i64, u64, bool, &str)| {
        let at = START.plus(minute * MINUTE);
        let id = uuid::Builder::from_unix_timestamp_millis(at.0 as u64, &[minute as u8; 10]).into_uuid();
        OwnedScan::from(&Scan {
            id: ScanId(id),
            at,
            verdict: Verdict::Human,
            visitor,
            first_in_workspace: first,
            first_on_link: first,
            referrer_host: referrer,
            path: Path(&path),
            ..template.get()
        })
    };
    SCANS.map(scan).to_vec()
}

fn visitors(local: &Local, population: &Population) -> u64 {
    let answers = local.reports(population, &[Ask::Totals, Ask::Places { limit: 9 }]).unwrap();
    let [Answer::Totals { counts, .. }, Answer::Places { total, .. }] = answers.as_slice() else { panic!() };
    assert_eq!(counts, total);
    counts.visitors
}

fn by(local: &Local, population: &Population, dimension: Dimension) -> Vec<(String, u64, u64)> {
    let ask = Ask::Breakdown { by: By::Dimension(dimension), limit: 9 };
    let Answer::Breakdown { rows, .. } = local.report(population, &ask).unwrap() else { panic!() };
    rows.into_iter().map(|(value, counts)| (value.label, counts.scans, counts.visitors)).collect()
}

/// Asks while all is in memory, after a seal, and after the days' merges.
fn in_every_state(check: impl Fn(&Local, &Population)) {
    let dir = tempfile::tempdir().unwrap();
    let local = Local::open(dir.path(), Options { row_group: 2, ..Options::default() }).unwrap();
    let scans = scans();
    let mut batch = Batch::new();
    scans.iter().enumerate().for_each(|(n, scan)| batch.scan(world::position(n), &scan.get()));
    local.append(batch);
    let population = reference::everything(scans[0].get().workspace);
    check(&local, &population);
    local.seal().unwrap();
    check(&local, &population);
    for day in 0..2 {
        local.merge_day(UtcDay(START.utc_day().0 + day)).unwrap();
    }
    check(&local, &population);
}

fn filtered(population: &Population, dimension: Dimension, test: Test, value: &str) -> Population {
    let filter = Filter { by: dimension.into(), test, values: vec![value.to_owned()] };
    Population { filters: vec![filter], ..population.clone() }
}

#[test]
fn a_local_day_has_the_visitors_whose_first_scan_of_the_utc_day_lies_in_it() {
    in_every_state(|local, all| {
        let days = [0, KOLKATA, KOLKATA + 1440, 2 * 1440].map(|minute| START.plus(minute * MINUTE));
        let of_days = [(2, 2), (5, 2), (1, 0)];
        for (days, (scans, visitors)) in days.windows(2).zip(of_days) {
            let day = Population { from: days[0], to: days[1], ..all.clone() };
            let anything = filtered(&day, Dimension::Referrer, Test::IsNot, "no such");
            for day in [&day, &anything] {
                assert_eq!(self::visitors(local, day), visitors, "{day:?}");
                let rows = by(local, day, Dimension::Domain);
                assert_eq!(rows.iter().map(|row| (row.1, row.2)).collect::<Vec<_>>(), [(scans, visitors)]);
            }
        }
        // Over all days, by the day, filtered or not.
        let series = Ask::Series { edges: days.to_vec(), by: None };
        let whole = Population { from: days[0], to: days[3], ..all.clone() };
        for whole in [&whole, &filtered(&whole, Dimension::Referrer, Test::IsNot, "no such")] {
            let Answer::Series { lines, .. } = local.report(whole, &series).unwrap() else { panic!() };
            let found: Vec<_> = lines[0].1.iter().map(|counts| (counts.scans, counts.visitors)).collect();
            assert_eq!(found, of_days);
        }
    });
}

#[test]
fn who_came_before_is_told_apart_group_by_group() {
    in_every_state(|local, all| {
        let from = START.plus(KOLKATA * MINUTE);
        let day = Population { from, to: from.plus(DAY_MS), ..all.clone() };
        // Visitor 1 came by t.co before, and directly for the first time; visitor 4 both ways on the next UTC day.
        let rows = by(local, &day, Dimension::Referrer);
        assert_eq!(rows, [(String::new(), 4, 3), ("t.co".to_owned(), 1, 1)]);
        // Whoever came by t.co only before the range is in no row, and the row is not there.
        let evening = Population { to: START.plus(DAY_MS), ..day.clone() };
        assert_eq!(by(local, &evening, Dimension::Referrer), [(String::new(), 3, 2)]);
        assert_eq!(visitors(local, &filtered(&evening, Dimension::Referrer, Test::Is, "")), 2);
        assert_eq!(visitors(local, &filtered(&evening, Dimension::Referrer, Test::Is, "t.co")), 0);
        let spans = Ask::Spans { by: By::Dimension(Dimension::Referrer) };
        let Answer::Spans(spans) = local.report(&evening, &spans).unwrap() else { panic!() };
        let minutes = |at: Millis| (at.0 - START.0) / MINUTE;
        let spans: Vec<_> = spans.iter().map(|(_, first, last)| (minutes(*first), minutes(*last))).collect();
        assert_eq!(spans, [(KOLKATA, 23 * 60 + 50)]);
    });
}

#[test]
fn a_funnel_counts_the_visitors_that_the_total_counts() {
    in_every_state(|local, all| {
        let scans = scans();
        let (link, version) = (scans[0].get().link, scans[0].get().workflow_version);
        let stage = Place { stage: 0, branches: vec![0], next: vec![None], is_page: false, is_exit: true };
        let stages = Stages { branches: vec![1], places: HashMap::from([((link, version), vec![stage])]) };
        for minute in [0, KOLKATA, KOLKATA + 30, 24 * 60, 24 * 60 + 10, KOLKATA + 1440] {
            let range = Population { from: START.plus(minute * MINUTE), ..all.clone() };
            let funnel = local.funnel(&range, &stages, &HashMap::new()).unwrap();
            let expected = visitors(local, &range);
            let counted = [&funnel.begun, &funnel.completed, &funnel.stages[0]].map(|stage| stage.visitors);
            assert_eq!(counted, [expected; 3], "from minute {minute} on");
        }
    });
}
