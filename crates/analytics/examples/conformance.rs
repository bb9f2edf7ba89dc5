//! Writes a store and a list of questions with our answers, for `tests/duckdb_conformance.py`, which asks DuckDB the
//! same of the Parquet files: `cargo run --release -p analytics --example conformance -- DIR`.

#[path = "../tests/store/world.rs"]
#[expect(dead_code, reason = "the tests use more of the world than this does")]
mod world;

use analytics::{Batch, Local, Options};
use model::report::{Answer, Ask, Counts, Dimension, Filter, Population, ScanPage, Scope, Value, Verdicts};
use model::scan::Verdict;
use model::time::{DAY_MS, UtcDay};
use model::{LinkId, Millis};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use std::path::Path;
use world::{START, Size};

const SIZE: Size = Size { workspaces: 4, links: 25, visitors: 700, days: 5 };

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).ok_or("usage: conformance DIR")?;
    let dir = Path::new(&dir);
    let store = Local::open(dir, Options { row_group: 2048, ..Options::default() })?;
    let scans = world::scans(20_261_122, 30_000, SIZE);
    // Segments of each kind: as sealed, as merged while the day ran, and of whole days.
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
    store.merge_day(START.utc_day())?;

    let mut random = StdRng::seed_from_u64(5);
    let mut questions = Vec::new();
    for population in populations(&mut random) {
        for ask in asks(&mut random) {
            let answer = store.report(&population, &ask)?;
            questions.push(json!({
                "population": population_json(&population),
                "ask": ask_json(&ask),
                "answer": answer_json(&answer),
            }));
        }
        let page = ScanPage { population: population.clone(), visitor: None, before: None, limit: 40 };
        let ids: Vec<String> = store.scans(&page)?.iter().map(|scan| scan.get().id.to_string()).collect();
        questions.push(json!({
            "population": population_json(&population),
            "ask": { "kind": "page", "limit": 40 },
            "answer": { "ids": ids },
        }));
    }
    println!("{} questions", questions.len());
    std::fs::write(dir.join("questions.json"), serde_json::to_vec_pretty(&questions)?)?;
    Ok(())
}

fn populations(random: &mut StdRng) -> Vec<Population> {
    let whole = |place: u64| Population {
        workspace: world::workspace(place),
        scope: Scope::Workspace,
        verdicts: Verdicts::HUMAN,
        from: START,
        to: START.plus(SIZE.days * DAY_MS),
        filters: vec![],
    };
    let filter = |dimension, values: &[&str]| Filter {
        dimension,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let with = |filters: Vec<Filter>| Population { filters, ..whole(0) };
    let instant = START.plus(random.random_range(0..2 * DAY_MS));
    vec![
        whole(0),
        whole(2),
        Population { from: instant, to: instant.plus(2 * DAY_MS + 7), ..whole(0) },
        Population { verdicts: Verdicts::ALL, ..whole(0) },
        Population { verdicts: Verdicts::of([Verdict::Bot, Verdict::Human]), ..whole(1) },
        Population { scope: Scope::Links(vec![world::link(0, 0)]), ..whole(0) },
        Population { scope: Scope::Links(vec![world::link(0, 1), world::link(0, 2)]), ..whole(0) },
        with(vec![filter(Dimension::Country, &["US", "FR"])]),
        with(vec![filter(Dimension::Country, &["US"]), filter(Dimension::DeviceType, &["mobile", "tablet"])]),
        with(vec![filter(Dimension::UtmSource, &["poster", ""])]),
        with(vec![
            filter(Dimension::Link, &[&world::link(0, 3).to_string()]),
            filter(Dimension::City, &["Paris"]),
        ]),
        with(vec![filter(Dimension::VisitType, &["returning"])]),
        with(vec![filter(Dimension::Verdict, &["human", "bot"])]),
        with(vec![filter(Dimension::Browser, &["no such browser"])]),
    ]
}

fn asks(random: &mut StdRng) -> Vec<Ask> {
    let edges = |random: &mut StdRng| -> Vec<Millis> {
        let step = [3_600_000, DAY_MS][random.random_range(0..2)];
        // Days of a zone 5.5 hours from UTC, and hours.
        let from = START.plus(-19_800_000);
        (0..=(SIZE.days + 1) * DAY_MS / step).map(|n| from.plus(n * step)).collect()
    };
    let mut asks = vec![Ask::Totals, Ask::Series { edges: edges(random), by: None }];
    for by in Dimension::ALL {
        asks.push(Ask::Breakdown { by: *by, limit: 8 });
        asks.push(Ask::Series { edges: edges(random), by: Some((*by, 3)) });
    }
    asks
}

fn population_json(population: &Population) -> serde_json::Value {
    let links = match &population.scope {
        Scope::Workspace => None,
        Scope::Links(links) => Some(links.iter().map(LinkId::to_string).collect::<Vec<_>>()),
    };
    let verdicts = Verdict::ALL.iter().filter(|verdict| population.verdicts.contains(**verdict));
    let filters = population
        .filters
        .iter()
        .map(|filter| json!({ "dimension": filter.dimension.as_str(), "values": filter.values }));
    json!({
        "workspace": population.workspace.to_string(),
        "links": links,
        "verdicts": verdicts.map(|verdict| verdict.as_str()).collect::<Vec<_>>(),
        "from": population.from.0,
        "to": population.to.0,
        "filters": filters.collect::<Vec<_>>(),
    })
}

fn ask_json(ask: &Ask) -> serde_json::Value {
    match ask {
        Ask::Totals => json!({ "kind": "totals" }),
        Ask::Series { edges, by } => json!({
            "kind": "series",
            "edges": edges,
            "by": by.map(|(by, _)| by.as_str()),
            "limit": by.map(|(_, limit)| limit),
        }),
        Ask::Breakdown { by, limit } => json!({ "kind": "breakdown", "by": by.as_str(), "limit": limit }),
    }
}

fn counts_json(counts: &Counts) -> serde_json::Value {
    json!([counts.scans, counts.visitors, counts.first, counts.returning])
}

fn answer_json(answer: &Answer) -> serde_json::Value {
    let value = |value: &Value| json!([value.label, value.within]);
    match answer {
        Answer::Totals { counts, first_at, last_at } => {
            json!({ "counts": counts_json(counts), "first_at": first_at, "last_at": last_at })
        }
        Answer::Series { lines, total } => {
            let line = |(of, counts): &(Value, Vec<Counts>)| {
                json!([value(of), counts.iter().map(counts_json).collect::<Vec<_>>()])
            };
            json!({ "lines": lines.iter().map(line).collect::<Vec<_>>(), "total": counts_json(total) })
        }
        Answer::Breakdown { rows, groups, total } => {
            let row = |(of, counts): &(Value, Counts)| json!([value(of), counts_json(counts)]);
            json!({
                "rows": rows.iter().map(row).collect::<Vec<_>>(),
                "groups": groups,
                "total": counts_json(total),
            })
        }
    }
}
