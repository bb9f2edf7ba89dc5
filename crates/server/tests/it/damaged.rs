//! While a file of the scan store is damaged, whatever may lack its scans says so, or is refused.

use crate::app::{DAY, TestApp};
use crate::client::{ANDROID, IPHONE, eventually};
use crate::exit::bundle;
use crate::program::quietzone;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The first day, whose file is damaged, and a later one.
const FIRST: &str = "2026-03-10";
const LATER: &str = "2026-03-13";
const REJUDGE: &str = "/v1/x/analytics/rejudge";

/// The file of the first day.
fn victim(data: &Path) -> PathBuf {
    let files = std::fs::read_dir(data.join("store/segments")).unwrap().map(|file| file.unwrap().path());
    let mut of_day = files.filter(|path| path.to_string_lossy().contains("scans-20260310"));
    of_day.next().unwrap()
}

/// Two scans of the first day, whose file is cut short, and three of a later one; and the token of a workspace that had none
/// on the first day.
fn damaged() -> (Arc<TempDir>, i64, String) {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for address in ["203.0.113.1", "203.0.113.2"] {
        app.scan_by(&link, IPHONE, address);
    }
    app.events(&link, 2);
    let app = app.restart();
    app.advance(3 * DAY);
    for address in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
        app.scan_by(&link, ANDROID, address);
    }
    app.events(&link, 5);
    let other = app.other_workspace();
    let theirs = app.link("https://example.com/").of(&other).create();
    app.scan_by(&theirs, IPHONE, "203.0.113.1");
    app.advance(DAY);
    let now = app.now();
    let data = app.stopped();
    let victim = victim(data.path());
    let bytes = std::fs::read(&victim).unwrap();
    std::fs::write(&victim, &bytes[..bytes.len() / 2]).unwrap();
    (data, now, other)
}

#[test]
fn numbers_that_may_lack_its_scans_say_so_and_others_are_exact() {
    let (data, now, other) = damaged();
    let app = TestApp::over(&data, &[], now);
    for (range, scans, lost) in [
        (json!({}), 3, 2),
        (json!({ "startDate": FIRST, "endDate": FIRST }), 0, 2),
        (json!({ "startDate": LATER }), 3, 0),
    ] {
        let mark = (json!(lost == 0), json!(lost));
        let answer = app.post("/v1/x/analytics/query", &range);
        let meta = &answer["meta"];
        assert_eq!((&answer["totals"]["scans"], &meta["exact"]), (&json!(scans), &mark.0), "{range}");
        assert_eq!(meta["lostRows"], mark.1, "{range}");
        // Intervals begin with the first scan there is.
        let mut in_days = range.clone();
        in_days["interval"] = json!("day");
        assert_eq!(app.post("/v1/x/analytics/query", &in_days)["meta"]["lostRows"], mark.1, "{range}");
        // Compared with the day before, which is sound.
        let overview = app.post("/v1/x/overview", &range);
        assert_eq!((&overview["exact"], &overview["lostRows"]), (&mark.0, &mark.1), "{range}");
        let query: Vec<String> = range
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect();
        let only_then = if lost == 0 { Value::Null } else { mark.1 };
        let page = app.get(&format!("/v1/events?{}", query.join("&")))["json"].take();
        assert_eq!((&page["totalCount"], &page["xLostRows"]), (&json!(scans), &only_then), "{range}");
        let metric = app.get(&format!("/v1/metrics/events?{}", query.join("&")));
        assert_eq!((&metric["totalEvents"], &metric["xLostRows"]), (&json!(scans), &only_then), "{range}");
    }
    assert_eq!(app.get("/v1/metrics/workspace")["xLostRows"], 2);
    // The range compared with counts as well.
    let compared =
        json!({ "startDate": "2026-03-11", "endDate": "2026-03-11", "compare": "previous_period" });
    assert_eq!(app.post("/v1/x/analytics/query", &compared)["meta"]["exact"], false);
    assert_eq!(app.post("/v1/x/overview", &compared)["exact"], false);
    let theirs =
        app.request("POST", "/v1/x/analytics/query").bearer(&other).json(&json!({})).send().expect(200);
    assert_eq!((&theirs["totals"]["scans"], &theirs["meta"]["exact"]), (&json!(1), &json!(true)));
}

#[test]
fn what_is_taken_away_or_judged_again_is_whole_or_refused() {
    let (data, now, other) = damaged();
    let name = victim(data.path()).file_name().unwrap().to_str().unwrap().to_owned();
    let app = TestApp::over(&data, &[], now);
    let is_told = |text: &str| {
        for part in [name.as_str(), "2 scans of 2026-03-10", "quietzone store verify"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    let ended = |path: &str, what: &str| {
        eventually(what, || {
            let job = app.get(path)[what].take();
            (!job["completedAt"].is_null()).then_some(job)
        })
    };
    for object in ["scans", "traces", "report"] {
        let body = |query: Value| json!({ "object": object, "format": "csv", "query": query });
        let refused = app.api("POST", "/v1/x/exports/stream").json(&body(json!({}))).send().expect(500);
        assert_eq!(refused["codeType"], "STORE_DAMAGED", "{object}");
        is_told(refused["message"].as_str().unwrap());
        let refused = app.api("POST", "/v1/x/exports").json(&body(json!({}))).send().expect(500);
        is_told(refused["message"].as_str().unwrap());
        let rest = body(json!({ "startDate": LATER }));
        assert_eq!(app.api("POST", "/v1/x/exports/stream").json(&rest).send().status, 200, "{object}");
        let theirs = app.request("POST", "/v1/x/exports/stream").bearer(&other).json(&body(json!({}))).send();
        assert_eq!(theirs.status, 200, "{object}");
    }
    // Codes lead on without it: a bundle has the rest.
    let folder = TempDir::new().unwrap();
    bundle(&app, folder.path());
    let is_there = |file: &str| folder.path().join(file).exists();
    assert!(is_there("redirects.json") && is_there("data/links.csv") && !is_there("data/scans.csv"));
    is_told(&std::fs::read_to_string(folder.path().join("data/scans.csv.not-included.txt")).unwrap());
    for dry_run in [true, false] {
        let run = |body: Value| {
            let begun = app.api("POST", REJUDGE).json(&body).send();
            begun.expect(202);
            ended(begun.header("location"), "run")
        };
        let refused = run(json!({ "dryRun": dry_run }));
        assert_eq!(refused["status"], "JOB_STATUS_FAILED", "{refused}");
        is_told(refused["error"].as_str().unwrap());
        let done = run(json!({ "dryRun": dry_run, "startDate": LATER }));
        assert_eq!((&done["status"], &done["result"]["scans"]), (&json!("JOB_STATUS_SUCCEEDED"), &json!(3)));
    }
}

#[test]
fn compacting_names_the_file() {
    let (data, ..) = damaged();
    let output = quietzone(&[]).args(["store", "compact", "--data"]).arg(data.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(victim(data.path()).to_str().unwrap()), "{said}");
    assert!(said.contains("2 scans of 2026-03-10") && said.contains("store verify"), "{said}");
}
