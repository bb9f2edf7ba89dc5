//! What ten conditions cost a redirect: the same requests to links that redirect plainly and to links that look at ten
//! things first, none of which holds.

use crate::load::{self, Target};
use crate::processes::Server;
use crate::redirect::{SETTINGS, TOKEN, median, prepare, slugs};
use crate::workload::Workload;
use anyhow::Context;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use uuid::Uuid;

/// Links of either kind.
const LINKS: usize = 500;

/// Measures and prints.
pub fn run(binary: &Path, requests: usize, rounds: usize) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    prepare(binary, &data)?;
    let server = Server::quietzone(binary, data.path(), &SETTINGS)?;
    let plain: Vec<String> = slugs(&server)?.into_iter().take(LINKS).collect();
    let host = server.address.to_string();
    let without = Workload::draw(&plain, &host, 1)?;
    let ten: Vec<String> = (0..LINKS).map(|_| make(&server, &conditions(true))).collect::<Result<_, _>>()?;
    let nine: Vec<String> =
        (0..LINKS).map(|_| make(&server, &conditions(false))).collect::<Result<_, _>>()?;
    let (ten, nine) = (Workload::draw(&ten, &host, 1)?, Workload::draw(&nine, &host, 1)?);
    let kinds = [("plain", &without), ("ten conditions", &ten), ("nine, without first or repeat", &nine)];
    let to = Target { address: server.address, tls: None };
    for (_, workload) in kinds {
        load::closed(workload, &to, 0, requests)?;
    }
    let mut rows: [Vec<f64>; 3] = Default::default();
    for round in 1..=rounds {
        for (index, (_, workload)) in kinds.into_iter().enumerate() {
            let before = server.answering_seconds()?;
            load::closed(workload, &to, round * requests, requests)?;
            rows[index].push((server.answering_seconds()? - before) / requests as f64 * 1e6);
        }
    }
    println!("{requests} requests a round, {rounds} rounds, {LINKS} links of each kind");
    println!("{:32}{:>10}{:>10}", "CPU a request", "us", "to plain");
    for ((name, _), row) in kinds.into_iter().zip(&rows) {
        let ratio = median(row.iter().zip(&rows[0]).map(|(own, plain)| own / plain).collect());
        println!("{name:32}{:>10.2}{ratio:>10.2}", median(row.clone()));
    }
    Ok(())
}

/// Conditions that hold for none of W1's requests.
fn conditions(with_visit: bool) -> Vec<Value> {
    let rules = |test: Value| json!({ "xRulesCondition": { "options": [{ "id": "a", "name": "A", "match": "ALL", "tests": [test] }] } });
    let mut all = vec![
        json!({ "countryCondition": { "countries": [{ "countryCode": "LI" }, { "countryCode": "SM" }] } }),
        json!({ "timeOfDayCondition": { "ranges": [{ "id": "a", "name": "A", "startTime": "03:00", "endTime": "03:01" }] } }),
        json!({ "dayOfMonthCondition": { "options": [{ "id": "a", "name": "A", "dayOfMonth": 31 }] } }),
        json!({ "deviceActorCondition": { "options": [{ "id": "a", "name": "A", "value": "DEVICE_ACTOR_CONDITION_VALUE_AGENT" }] } }),
        json!({ "devicePlatformCondition": { "options": [{ "id": "a", "name": "A", "value": "DEVICE_PLATFORM_CONDITION_VALUE_CHROMEOS" }] } }),
        rules(json!({ "fact": "CITY", "operator": "IS", "values": ["Vaduz", "Triesen"] })),
        rules(json!({ "fact": "RADIUS", "latitude": -54.8, "longitude": -68.3, "radiusKm": 20 })),
        rules(json!({ "fact": "LANGUAGE", "operator": "IS", "values": ["rm"] })),
        rules(json!({ "fact": "PARAMETER", "name": "table", "operator": "IS", "values": ["12"] })),
    ];
    if with_visit {
        let returning = json!({ "value": "VISIT_TYPE_RETURNING" });
        all.push(json!({ "visitTypeCondition": { "options": [returning] } }));
    }
    all
}

/// A link that asks all of them, one behind the other; its slug.
fn make(server: &Server, conditions: &[Value]) -> anyhow::Result<String> {
    let made = ask(server, "POST", "/v1/links", &json!({ "destination": "https://example.com/" }))?;
    let link = &made["link"];
    let path = format!("/v1/x/links/{}/workflow", link["id"].as_str().context("an id")?);
    let mut entry = made["workflowSteps"][0].clone();
    let ids: Vec<String> = (0..=conditions.len()).map(|_| Uuid::new_v4().to_string()).collect();
    let last = &ids[conditions.len()];
    entry["branches"] = json!([{ "branchId": "next", "nextStepId": ids[0] }]);
    let mut steps = vec![entry];
    for (index, payload) in conditions.iter().enumerate() {
        let mut payload = payload.clone();
        for inside in payload.as_object_mut().into_iter().flat_map(|payload| payload.values_mut()) {
            inside["elseNextStepId"] = json!(ids[index + 1]);
            for list in ["options", "ranges", "countries"] {
                for option in inside.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    option["nextStepId"] = json!(last);
                }
            }
        }
        steps.push(json!({ "id": ids[index], "payload": payload }));
    }
    let exit = json!({ "clientRedirect": { "destination": "https://example.com/" } });
    steps.push(json!({ "id": last, "payload": exit }));
    let draft = ask(server, "PUT", &format!("{path}/draft"), &json!({ "revision": 0, "steps": steps }))?;
    let publish = json!({ "revision": draft["draft"]["revision"], "force": true });
    ask(server, "POST", &format!("{path}/publish"), &publish)?;
    Ok(link["shortlink"].as_str().context("a slug")?.to_owned())
}

fn ask(server: &Server, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let url = format!("http://{}{path}", server.address);
    let request = if method == "PUT" { ureq::put(&url) } else { ureq::post(&url) };
    let mut answer = request
        .config()
        .http_status_as_error(false)
        .build()
        .header("Authorization", format!("Bearer {TOKEN}"))
        .header("Content-Type", "application/json")
        .send(body.to_string())
        .with_context(|| path.to_owned())?;
    let text = answer.body_mut().read_to_string()?;
    anyhow::ensure!(answer.status().is_success(), "{method} {path}: {text}");
    Ok(serde_json::from_str(&text)?)
}
