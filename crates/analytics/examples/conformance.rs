//! Writes a store and a list of questions with our answers, for `tests/duckdb_conformance.py`, which asks DuckDB the
//! same of the Parquet files: `cargo run --release -p analytics --example conformance -- DIR`.
//!
//! With the ids of workspaces, asks about these in a store that is there, which no process may have open.

#[path = "../tests/store/world.rs"]
#[expect(dead_code, reason = "the tests use more of the world than this does")]
mod world;

#[path = "spoken/answers.rs"]
mod spoken;

use analytics::{Batch, Local, Options};
use model::report::{Answer, Ask, By, Dimension, Filter, Population, ScanPage, Scope, Test, Verdicts};
use model::scan::Verdict;
use model::time::{DAY_MS, UtcDay};
use model::{LinkId, Millis, WorkspaceId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use std::path::Path;
use world::{START, Size};

const SIZE: Size = Size { workspaces: 4, links: 25, visitors: 700, days: 5 };

/// What is asked about.
struct Subject {
    workspaces: Vec<WorkspaceId>,
    /// Of the first workspace.
    links: Vec<LinkId>,
    /// Start of the first day.
    start: Millis,
    days: i64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("usage: conformance DIR [WORKSPACE...]")?;
    let dir = Path::new(&dir);
    let workspaces: Vec<WorkspaceId> = arguments.map(|id| id.parse()).collect::<Result<_, _>>()?;
    let options = Options { row_group: 2048, ..Options::default() };
    let (store, subject) = if workspaces.is_empty() {
        made(Local::open(dir, options)?)?
    } else {
        found(Local::open(dir, Options::default())?, workspaces)?
    };

    let mut random = StdRng::seed_from_u64(5);
    let mut questions = Vec::new();
    for population in populations(&subject, &mut random) {
        for ask in asks(&subject, &mut random) {
            let answer = store.report(&population, &ask)?;
            questions.push(json!({
                "population": spoken::population_json(&population),
                "ask": spoken::ask_json(&ask),
                "answer": spoken::answer_json(&answer),
            }));
        }
        let page = ScanPage { population: population.clone(), visitor: None, before: None, limit: 40 };
        let ids: Vec<String> = store.scans(&page)?.iter().map(|scan| scan.get().id.to_string()).collect();
        questions.push(json!({
            "population": spoken::population_json(&population),
            "ask": { "kind": "page", "limit": 40 },
            "answer": { "ids": ids },
        }));
    }
    println!("{} questions", questions.len());
    std::fs::write(dir.join("questions.json"), serde_json::to_vec_pretty(&questions)?)?;
    Ok(())
}

/// A new store with segments of each kind: as sealed, as merged while the day ran, and of whole days.
fn made(store: Local) -> Result<(Local, Subject), Box<dyn std::error::Error>> {
    let scans = world::scans(20_261_122, 30_000, SIZE);
    for (number, chunk) in scans.chunks(2_500).enumerate() {
        let mut batch = Batch::new();
        for (place, scan) in chunk.iter().enumerate() {
            batch.scan(world::position(number * 2_500 + place), &scan.get());
        }
        store.append(batch);
        store.seal()?;
        if number == 5 {
            store.merge_day(UtcDay(START.utc_day().0 + 1))?;
        }
    }
    // What some of them did afterwards, for those who read the files.
    let mut batch = Batch::new();
    for (number, scan) in scans.iter().step_by(7).enumerate() {
        batch.trace(world::position(scans.len() + number), &world::trace(number as u64, &scan.get()));
    }
    store.append(batch);
    store.seal()?;
    store.merge_day(START.utc_day())?;
    let subject = Subject {
        workspaces: [0, 2, 1].map(world::workspace).to_vec(),
        links: (0..4).map(|link| world::link(0, link)).collect(),
        start: START,
        days: SIZE.days,
    };
    Ok((store, subject))
}

/// A store that is there, about some of its workspaces and the busiest links of the first.
fn found(store: Local, workspaces: Vec<WorkspaceId>) -> Result<(Local, Subject), Box<dyn std::error::Error>> {
    let (first, last) = store.stats().range.ok_or("the store is empty")?;
    let start = first.utc_day().start();
    let mut subject = Subject { workspaces, links: vec![], start, days: (last.0 - start.0) / DAY_MS + 1 };
    let all = Population {
        workspace: subject.workspaces[0],
        scope: Scope::Workspace,
        verdicts: Verdicts::ALL,
        from: start,
        to: start.plus(subject.days * DAY_MS),
        filters: vec![],
    };
    if let Answer::Breakdown { rows, .. } =
        store.report(&all, &Ask::Breakdown { by: Dimension::Link.into(), limit: 4 })?
    {
        subject.links =
            rows.iter().map(|(value, _)| value.label.parse::<LinkId>()).collect::<Result<_, _>>()?;
    }
    Ok((store, subject))
}

fn populations(subject: &Subject, random: &mut StdRng) -> Vec<Population> {
    let Subject { workspaces, links, start, days } = subject;
    let link = |n: usize| links[n % links.len()];
    let whole = |n: usize| Population {
        workspace: workspaces[n % workspaces.len()],
        scope: Scope::Workspace,
        verdicts: Verdicts::HUMAN,
        from: *start,
        to: start.plus(days * DAY_MS),
        filters: vec![],
    };
    let tested = |dimension: Dimension, test, values: &[&str]| Filter {
        by: dimension.into(),
        test,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let filter = |dimension, values: &[&str]| tested(dimension, Test::Is, values);
    let with = |filters: Vec<Filter>| Population { filters, ..whole(0) };
    let instant = start.plus(random.random_range(0..2 * DAY_MS));
    vec![
        whole(0),
        whole(1),
        Population { from: instant, to: instant.plus(2 * DAY_MS + 7), ..whole(0) },
        Population { verdicts: Verdicts::ALL, ..whole(0) },
        Population { verdicts: Verdicts::of([Verdict::Bot, Verdict::Human]), ..whole(2) },
        Population { scope: Scope::Links(vec![link(0)]), ..whole(0) },
        Population { scope: Scope::Links(vec![link(1), link(2)]), ..whole(0) },
        with(vec![filter(Dimension::Country, &["US", "FR"])]),
        with(vec![filter(Dimension::Country, &["US"]), filter(Dimension::DeviceType, &["mobile", "tablet"])]),
        with(vec![filter(Dimension::UtmSource, &["poster", ""])]),
        with(vec![filter(Dimension::Link, &[&link(3).to_string()]), filter(Dimension::City, &["Paris"])]),
        with(vec![filter(Dimension::VisitType, &["returning"])]),
        with(vec![filter(Dimension::Verdict, &["human", "bot"])]),
        with(vec![filter(Dimension::Browser, &["no such browser"])]),
        with(vec![tested(Dimension::Country, Test::IsNot, &["US", ""])]),
        with(vec![tested(Dimension::City, Test::Contains, &["PARI", "field"])]),
        with(vec![tested(Dimension::Domain, Test::ContainsNot, &["example.org"])]),
        with(vec![tested(Dimension::Languages, Test::IsNot, &["fr"])]),
        with(vec![filter(Dimension::Languages, &["de", ""])]),
        with(vec![filter(Dimension::Parameter, &["room"]), tested(Dimension::Asn, Test::IsNot, &["2"])]),
        with(vec![tested(Dimension::Verdict, Test::IsNot, &["bot"])]),
        with(vec![tested(Dimension::Link, Test::IsNot, &[&link(3).to_string()])]),
        with(vec![Filter::is(By::Parameter("table".to_owned()), vec!["7".to_owned(), "3".to_owned()])]),
    ]
}

fn asks(subject: &Subject, random: &mut StdRng) -> Vec<Ask> {
    let edges = |random: &mut StdRng| -> Vec<Millis> {
        let step = [3_600_000, DAY_MS][random.random_range(0..2)];
        // Days of a zone 5.5 hours from UTC, and hours.
        let from = subject.start.plus(-19_800_000);
        // A list of thousands of hours is more than DuckDB's side can look through for each row.
        let days = if step == DAY_MS { subject.days } else { subject.days.min(5) };
        (0..=(days + 1) * DAY_MS / step).map(|n| from.plus(n * step)).collect()
    };
    let series = Ask::Series { edges: edges(random), by: None };
    let mut asks = vec![Ask::Totals, series, Ask::Places { limit: 12 }];
    // Tags, folders and clocks are not in the files: the store's own tests hold those against a plain reference.
    let in_the_files = Dimension::ALL.iter().map(|dimension| By::Dimension(*dimension));
    for by in in_the_files.chain([By::Parameter("table".to_owned())]) {
        asks.push(Ask::Breakdown { by: by.clone(), limit: 8 });
        asks.push(Ask::Spans { by: by.clone() });
        asks.push(Ask::Series { edges: edges(random), by: Some((by, 3)) });
    }
    asks
}
