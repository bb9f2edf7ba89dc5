//! Simulated scans: as many as were asked for, the same for the same seed, and like any others once recorded.

use crate::app::TestApp;
use crate::client::eventually;
use crate::program::{Program, quietzone};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

const UNTIL: &str = "2026-03-10T09:00:00Z";
const SCANS: i64 = 6_000;

/// `quietzone simulate` into `data`, over the tests' geo files.
fn simulate(data: &Path, arguments: &[&str]) -> Command {
    let geo = crate::places::folder();
    let mut command = quietzone(&[("QUIETZONE_GEO_CITY", &geo), ("QUIETZONE_GEO_ASN", &geo)]);
    command.arg("simulate").args(arguments).arg("--data").arg(data);
    command
}

fn simulated(seed: &str) -> Arc<TempDir> {
    let data = Arc::new(TempDir::new().unwrap());
    let size = ["--links", "12", "--workspaces", "2", "--days", "9", "--until", UNTIL, "--seed", seed];
    let output =
        simulate(data.path(), &[&size[..], &["--scans", &SCANS.to_string()]].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    data
}

/// All events of the first workspace, newest first, without what the catalog drew (ids of steps).
fn events(app: &TestApp) -> Vec<Value> {
    let mut events = Vec::new();
    let mut token = String::new();
    loop {
        let page = app.get(&format!("/v1/events?verdict=all&include=device&pageSize=1000&pageToken={token}"));
        events.extend(page["json"]["events"].as_array().unwrap().iter().cloned());
        match page["json"]["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return events,
        }
    }
}

fn app(data: &Arc<TempDir>) -> TestApp {
    TestApp::over(data, &[], crate::app::at(UNTIL))
}

#[test]
fn a_seed_gives_the_same_scans_again_and_another_seed_others() {
    let [first, again, other] = ["7", "7", "8"].map(|seed| events(&app(&simulated(seed))));
    // Ids of links begin with the time at which they were made, which is that of the range's begin: they too agree.
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn what_is_simulated_adds_up_and_looks_like_scans() {
    let data = simulated("3");
    let app = app(&data);
    let events = events(&app);
    let all = app.get("/v1/metrics/events?verdict=all")["totalEvents"].clone();
    assert_eq!(events.len() as i64, all.as_i64().unwrap());
    let status = app.request("GET", "/metrics").send().text();
    assert!(status.contains(&format!("quietzone_store_rows {SCANS}")), "{status}");

    let share = |count: usize| count as f64 / events.len() as f64;
    let count = |pick: &dyn Fn(&Value) -> bool| share(events.iter().filter(|event| pick(event)).count());
    let human = count(&|event| event["xVerdict"] == "human");
    assert!((0.86..0.92).contains(&human), "{human} of the scans are people's");
    for verdict in ["bot", "preview", "prefetch", "agent", "monitor"] {
        assert!(count(&|event| event["xVerdict"] == verdict) > 0.0005, "no {verdict}");
    }
    let scans = count(&|event| event["action"] == "ACTION_SCAN");
    assert!((0.7..0.9).contains(&scans), "{scans} through the code");
    let returning = count(&|event| event["visitType"] == "VISIT_TYPE_RETURNING");
    assert!((0.05..0.4).contains(&returning), "{returning} returning");

    let times: Vec<&str> = events.iter().map(|event| event["createdAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
    assert!(*times[0] < *UNTIL && *times[times.len() - 1] > *"2026-03-01T08:59:59", "{times:?}");
    let ids: HashSet<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), events.len());

    // Counters say what the events say.
    let mut of_link: HashMap<&str, i64> = HashMap::new();
    for event in events.iter().filter(|event| event["xVerdict"] == "human") {
        *of_link.entry(event["linkId"].as_str().unwrap()).or_default() += 1;
    }
    let links = app.get("/v1/links");
    let links = links["links"].as_array().unwrap();
    assert_eq!(links.len(), 6);
    for link in links {
        let counted = link["eventCount"].as_i64().unwrap_or_else(|| panic!("{link}"));
        assert_eq!(counted, of_link.get(link["id"].as_str().unwrap()).copied().unwrap_or_default());
    }
}

#[test]
fn a_second_simulation_comes_on_top() {
    let data = simulated("5");
    let output = simulate(data.path(), &["--scans", "500", "--links", "3", "--until", UNTIL, "--seed", "5"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("500 scans recorded") && said.contains(&format!("{} scans stored", SCANS + 500)),
        "{said}"
    );
}

#[test]
fn what_cannot_be_simulated_is_refused_in_one_line() {
    let data = TempDir::new().unwrap();
    let refused = |arguments: &[&str], words: &str| {
        let output = simulate(data.path(), arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    refused(&["--links", "2", "--workspaces", "3"], "every one of the 3 workspaces needs a link");
    refused(&["--until", "2100-01-01T00:00:00Z"], "lies in the future");
    refused(&["--until", "yesterday"], "--until");
    refused(&["--scans", "0"], "--scans");
    refused(&["--rate", "0"], "--rate");
    let mut running = Program::start(data.path(), &[]);
    refused(&["--scans", "10"], "is used by another quietzone");
    running.terminate();
}

#[test]
fn a_simulation_that_is_interrupted_leaves_what_it_has_recorded() {
    let data = TempDir::new().unwrap();
    let mut command = simulate(data.path(), &["--scans", "1000000", "--rate", "2000", "--days", "2"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.by_ref().find(|line| line.as_ref().is_ok_and(|line| line.contains(" scans (")));
    assert!(begun.is_some());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let said = lines.map_while(Result::ok).last().unwrap();
    let status = eventually("the end of the simulation", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(1), "{said}");
    let recorded = said.strip_prefix("quietzone: stopped after ").and_then(|rest| rest.split(' ').next());
    let recorded: u64 = recorded.unwrap_or_else(|| panic!("{said}")).parse().unwrap();
    let program = Program::start(data.path(), &[]);
    let status = program.request("GET", "/metrics").send().text();
    assert!(status.contains(&format!("quietzone_store_rows {recorded}\n")), "{recorded}: {status}");
}
