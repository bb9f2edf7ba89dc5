//! What ten conditions cost beside none: nanoseconds of a walk, to be held against those of a whole redirect
//! (`bench redirect`).
//!
//!     cargo run --release -p model --example conditions

use jiff::tz::TimeZone;
use model::life::Window;
use model::scan::VisitType;
use model::workflow::{Facts, Graph, StepDraft, decide};
use model::{Millis, StepId};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;
use uuid::Uuid;

const WALKS: u32 = 1_000_000;

/// An entry, conditions none of whose options fits, each leading on by `else`, and a redirect.
fn graph(conditions: Vec<Value>) -> Graph {
    let id = |index: usize| StepId(Uuid::from_u128(index as u128 + 1));
    let last = conditions.len() + 1;
    let entry = json!({ "id": id(0), "payload": { "linkVisit": {} }, "branches": [{ "branchId": "next", "nextStepId": id(1) }] });
    let exit =
        json!({ "id": id(last), "payload": { "clientRedirect": { "destination": "https://example.com/" } } });
    let condition = |(index, mut payload): (usize, Value)| {
        for inside in payload.as_object_mut().into_iter().flat_map(|payload| payload.values_mut()) {
            inside["elseNextStepId"] = json!(id(index + 2));
            for list in ["options", "ranges", "countries"] {
                for option in inside.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    option["nextStepId"] = json!(id(last));
                }
            }
        }
        json!({ "id": id(index + 1), "payload": payload })
    };
    let steps = std::iter::once(entry).chain(conditions.into_iter().enumerate().map(condition)).chain([exit]);
    let steps: Result<Vec<StepDraft>, _> = steps.map(StepDraft::from_wire).collect();
    Graph::new(steps.unwrap_or_default(), None, None)
}

fn ten() -> Vec<Value> {
    let rules = |test: Value| json!({ "xRulesCondition": { "options": [{ "id": "a", "match": "ALL", "tests": [test] }] } });
    vec![
        json!({ "countryCondition": { "countries": [{ "countryCode": "FR" }, { "countryCode": "IT" }, { "countryCode": "AT" }] } }),
        json!({ "timeOfDayCondition": { "ranges": [{ "id": "a", "startTime": "22:00", "endTime": "05:00" }] } }),
        json!({ "dayOfWeekCondition": { "options": [{ "id": "a", "daysOfWeek": [0, 6] }] } }),
        json!({ "deviceTypeCondition": { "options": [{ "id": "a", "value": "DEVICE_TYPE_CONDITION_VALUE_TABLET" }] } }),
        json!({ "devicePlatformCondition": { "options": [{ "id": "a", "value": "DEVICE_PLATFORM_CONDITION_VALUE_WINDOWS" }] } }),
        json!({ "visitTypeCondition": { "options": [{ "value": "VISIT_TYPE_RETURNING" }] } }),
        rules(json!({ "fact": "CITY", "operator": "IS", "values": ["Bern", "Basel"] })),
        rules(json!({ "fact": "RADIUS", "latitude": 47.6, "longitude": 7.6, "radiusKm": 20 })),
        rules(json!({ "fact": "LANGUAGE", "operator": "IS", "values": ["fr"] })),
        rules(json!({ "fact": "PARAMETER", "name": "table", "operator": "IS", "values": ["12"] })),
    ]
}

fn main() {
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let facts = Facts {
        zone: Some(&zone),
        country: "DE",
        city: "Berlin",
        point: Some((52.5, 13.4)),
        languages: "de-DE,de,en",
        platform: "iOS",
        browser: "Mobile Safari",
        brand: "Apple",
        visit_type: VisitType::First,
        query: "utm_source=flyer&utm_medium=print&k=7",
        ..Facts::at(Millis(1_773_133_200_000))
    };
    let mut path = Vec::new();
    for (name, conditions) in [("plain", Vec::new()), ("ten conditions", ten())] {
        let steps = conditions.len() + 2;
        let graph = graph(conditions);
        let workflow = graph.compile(1);
        let mut walk = || {
            path.clear();
            let decision = decide(Window::default(), black_box(&workflow), black_box(&facts), &mut path);
            (decision.destination, model::scan::Path(&path).steps().count())
        };
        let (destination, walked) = walk();
        let began = Instant::now();
        for _ in 0..WALKS {
            black_box(walk());
        }
        let nanoseconds = began.elapsed().as_secs_f64() * 1e9 / f64::from(WALKS);
        println!(
            "{name}: {walked} of {steps} steps walked to destination {destination}, {nanoseconds:.0} ns"
        );
    }
}
