//! The server's own backups: when they are due, when somebody asks, and when they fail.

use super::{records, succeeds, text};
use crate::app::{HOUR, TestApp};
use crate::client::{Client, eventually};
use crate::load::figure;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The latest backup, once it has ended.
#[track_caller]
fn ended(app: &Client, count: usize) -> Value {
    eventually("a backup to end", || {
        let state = app.get("/v1/x/backups");
        let backups = state["backups"].as_array().unwrap();
        (backups.len() == count && backups[0]["status"] != "RUNNING").then(|| backups[0].clone())
    })
}

#[test]
fn the_server_makes_them_when_they_are_due_and_when_somebody_asks() {
    let target = TempDir::new().unwrap();
    let folder = target.path().join("made/where/missing");
    let app = TestApp::with(&[
        ("QUIETZONE_BACKUP_TARGET", text(&folder)),
        ("QUIETZONE_BACKUP_KEEP", "2"),
        ("QUIETZONE_BACKUP_AT", "03:30"),
        ("QUIETZONE_TIMEZONE", "Europe/Berlin"),
    ]);
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let state = eventually("the first plan", || {
        let state = app.get("/v1/x/backups");
        state["next"].is_string().then_some(state)
    });
    assert_eq!(state["next"], "2026-03-11T02:30:00Z", "{state}");
    let plan = json!([state["everyHours"], state["at"], state["keep"], state["mayMake"], state["backups"]]);
    assert_eq!(plan, json!([24, "03:30", 2, true, []]));

    let asked = app.api("POST", "/v1/x/backups").send().expect(202);
    assert_eq!(asked["backups"].as_array().unwrap().len(), 1, "{asked}");
    let first = ended(&app, 1);
    assert_eq!((&first["status"], &first["error"]), (&json!("SUCCEEDED"), &Value::Null), "{first}");
    assert_eq!(first["bytes"], first["copiedBytes"]);
    assert_eq!(records(&folder)[0]["id"], first["name"]);
    assert_eq!(figure(&app, "backup_last_success_timestamp_seconds") * 1000, app.now() as u64);
    assert_eq!(figure(&app, "backup_last_bytes"), first["bytes"].as_u64().unwrap());

    // Half past three in the night.
    app.set_clock("2026-03-11T02:30:00Z");
    let second = ended(&app, 2);
    assert_eq!(second["startedAt"], "2026-03-11T02:30:00Z", "{second}");
    app.advance(25 * HOUR);
    let third = ended(&app, 3);
    assert_eq!(third["status"], "SUCCEEDED", "{third}");
    let left = records(&folder);
    let left: Vec<&Value> = left.iter().map(|record| &record["id"]).collect();
    assert_eq!(left, [&third["name"], &second["name"]], "two are kept");
    succeeds(&["backup", "verify", text(&folder)]);
    eventually("the next plan", || {
        (app.get("/v1/x/backups")["next"] == "2026-03-13T02:30:00Z").then_some(())
    });
    // After a restart it knows of them.
    let app = app.restart();
    eventually("the last one to be known", || {
        let text = app.request("GET", "/metrics").send().text();
        text.contains("quietzone_backup_last_bytes").then_some(())
    });
    assert_eq!(app.get("/v1/x/backups")["backups"].as_array().unwrap().len(), 3);
}

#[test]
fn one_that_fails_says_why_and_is_tried_again() {
    let target = TempDir::new().unwrap();
    let folder = target.path().join("backups of us");
    std::fs::write(&folder, "a file where a folder should be").unwrap();
    let app = TestApp::with(&[("QUIETZONE_BACKUP_TARGET", text(&folder)), ("QUIETZONE_BACKUP_EVERY_H", "6")]);
    let failed = ended(&app, 1);
    assert_eq!(failed["status"], "FAILED", "{failed}");
    assert!(failed["error"].as_str().unwrap().contains("backups of us"), "{failed}");
    let health = app.request("GET", "/health/ready").send().expect(200);
    assert_eq!(health["status"], "degraded");
    assert!(health["reasons"][0].as_str().unwrap().starts_with("backup: "), "{health}");
    assert_eq!(figure(&app, "backup_failures_total"), 1);

    std::fs::remove_file(&folder).unwrap();
    app.advance(HOUR);
    let made = ended(&app, 2);
    assert_eq!(made["status"], "SUCCEEDED", "{made}");
    eventually("the server to be well", || {
        (app.request("GET", "/health/ready").send().expect(200)["status"] == "ok").then_some(())
    });
    assert_eq!(records(&folder).len(), 1);
}

#[test]
fn without_a_place_and_for_others_there_are_none() {
    let app = TestApp::new();
    let answer = app.api("POST", "/v1/x/backups").send().expect(409);
    assert!(answer["message"].as_str().unwrap().contains("QUIETZONE_BACKUP_TARGET"), "{answer}");
    let others = app.other_workspace();
    let state = app.request("GET", "/v1/x/backups").bearer(&others).send().expect(200);
    assert_eq!((&state["mayMake"], &state["target"]), (&json!(false), &json!("")), "{state}");
    app.request("POST", "/v1/x/backups").bearer(&others).send().expect(403);
}
