//! Questions and answers as JSON, for those who ask another engine the same.

use model::LinkId;
use model::report::{Answer, Ask, By, ClockPart, Counts, Place, Population, Scope, Value};
use model::scan::Verdict;
use serde_json::json;
use std::collections::BTreeMap;

pub fn population_json(population: &Population) -> serde_json::Value {
    let links = match &population.scope {
        Scope::Workspace => None,
        Scope::Links(links) => Some(links.iter().map(LinkId::to_string).collect::<Vec<_>>()),
    };
    let verdicts = Verdict::ALL.iter().filter(|verdict| population.verdicts.contains(**verdict));
    let filters = population
        .filters
        .iter()
        .map(|filter| json!({ "dimension": by_word(&filter.by), "test": filter.test.as_str(), "values": filter.values }));
    json!({
        "workspace": population.workspace.to_string(),
        "links": links,
        "verdicts": verdicts.map(|verdict| verdict.as_str()).collect::<Vec<_>>(),
        "from": population.from.0,
        "to": population.to.0,
        "filters": filters.collect::<Vec<_>>(),
    })
}

pub fn ask_json(ask: &Ask) -> serde_json::Value {
    match ask {
        Ask::Totals => json!({ "kind": "totals" }),
        Ask::Series { edges, by } => json!({
            "kind": "series",
            "edges": edges,
            "by": by.as_ref().map(|(by, _)| by_word(by)),
            "limit": by.as_ref().map(|(_, limit)| limit),
        }),
        Ask::Breakdown { by: by @ By::Labels(labels), limit } => {
            let of = labels.by_link.keys().map(|link| (link.to_string(), labels.of(*link)));
            let of: BTreeMap<_, _> = of.collect();
            json!({ "kind": "breakdown", "by": by_word(by), "limit": limit, "labels": of })
        }
        Ask::Breakdown { by, limit } => json!({ "kind": "breakdown", "by": by_word(by), "limit": limit }),
        Ask::Spans { by } => json!({ "kind": "spans", "by": by_word(by) }),
        Ask::Places { limit } => json!({ "kind": "places", "limit": limit }),
    }
}

fn by_word(by: &By) -> String {
    match by {
        By::Dimension(dimension) => dimension.as_str().to_owned(),
        By::Parameter(name) => format!("parameter:{name}"),
        By::Clock(_, ClockPart::WeekHour) => "week_hour".to_owned(),
        By::Clock(..) => unreachable!("not asked here"),
        By::Labels(labels) if labels.several => "tag".to_owned(),
        By::Labels(_) => "folder".to_owned(),
    }
}

fn counts_json(counts: &Counts) -> serde_json::Value {
    json!([counts.scans, counts.visitors, counts.first, counts.returning])
}

pub fn answer_json(answer: &Answer) -> serde_json::Value {
    let value = |value: &Value| json!([value.label, value.within]);
    match answer {
        Answer::Totals { counts, first_at, last_at } => {
            json!({ "counts": counts_json(counts), "first_at": first_at, "last_at": last_at })
        }
        Answer::Series { lines, other, total } => {
            let line = |(of, counts): &(Value, Vec<Counts>)| {
                json!([value(of), counts.iter().map(counts_json).collect::<Vec<_>>()])
            };
            json!({
                "lines": lines.iter().map(line).collect::<Vec<_>>(),
                "other": other.iter().map(counts_json).collect::<Vec<_>>(),
                "total": counts_json(total),
            })
        }
        Answer::Places { rows, unknown, total } => {
            let row = |(place, counts): &(Place, Counts)| {
                let Place { city, country, latitude, longitude } = place;
                json!([[city, country, latitude, longitude], counts_json(counts)])
            };
            json!({
                "rows": rows.iter().map(row).collect::<Vec<_>>(),
                "unknown": counts_json(unknown),
                "total": counts_json(total),
            })
        }
        Answer::Spans(spans) => {
            let mut spans = spans.clone();
            spans.sort_unstable();
            json!({ "spans": spans.iter().map(|(of, first, last)| json!([value(of), first, last])).collect::<Vec<_>>() })
        }
        Answer::Breakdown { rows, groups, other, total } => {
            let row = |(of, counts): &(Value, Counts)| json!([value(of), counts_json(counts)]);
            json!({
                "rows": rows.iter().map(row).collect::<Vec<_>>(),
                "groups": groups,
                "other": counts_json(other),
                "total": counts_json(total),
            })
        }
    }
}
