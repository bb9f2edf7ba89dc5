//! How long things are kept: hidden at once, out of the counters at once, out of the files within a week.

use crate::app::{DAY, TestApp};
use crate::client::{ANDROID, IPHONE, Link, eventually};
use crate::privacy::{files, unpacked};
use serde_json::{Value, json};
use std::path::Path;

const RETENTION: &str = "/v1/x/retention";

/// A scan a day on each of two links for ten days; the last day is today.
fn ten_days(app: &TestApp) -> (Link, Link) {
    let links = (app.link("https://example.com/").create(), app.link("https://example.com/").create());
    for day in 0..10 {
        if day > 0 {
            app.advance(DAY);
        }
        for (agent, link) in [(IPHONE, &links.0), (ANDROID, &links.1)] {
            let path = format!("/{}?day=d{day}", link.slug);
            let answer =
                app.request("GET", &path).agent(&format!("{agent} day{day}")).from("198.51.100.7").send();
            assert_eq!(answer.status, 302);
            app.advance(1_000);
        }
    }
    app.events(&links.0, 10);
    app.events(&links.1, 10);
    (links.0, links.1)
}

fn set(app: &TestApp, body: Value) -> Value {
    app.api("PUT", RETENTION).json(&body).send().expect(200)
}

fn tick(app: &TestApp) -> server::retention::Went {
    let bench = server::erasure::worker::bench(app.server().app());
    app.server().api_runtime().block_on(async move { server::retention::tick(&bench).await.unwrap() })
}

fn counts(app: &TestApp, link: &Link) -> (u64, u64) {
    let link = app.get(&format!("/v1/links/{}", link.id))["link"].take();
    (link["eventCount"].as_u64().unwrap_or_default(), link["xLifetimeScans"].as_u64().unwrap_or_default())
}

fn holding(answer: &Value, what: &str) -> Value {
    answer["holdings"].as_array().unwrap().iter().find(|holding| holding["what"] == what).unwrap().clone()
}

/// Files of the scan store of a server that is stopped, and rows in them that hold a word.
fn stored(data: &Path, word: &str) -> (usize, usize) {
    let files: Vec<_> = files(&data.join("store/segments"));
    let rows: usize =
        files.iter().map(|file| unpacked(file).lines().filter(|line| line.contains(word)).count()).sum();
    (files.len(), rows)
}

#[test]
fn older_scans_are_hidden_at_once_and_leave_the_files_within_a_week() {
    let app = TestApp::new();
    let (one, other) = ten_days(&app);
    eventually("the counters", || (counts(&app, &one) == (10, 10)).then_some(()));
    let now = app.now();
    let data = app.stopped();
    let (files_before, rows_before) = stored(data.path(), "day=d0");
    assert!(rows_before > 0);
    let app = TestApp::over(&data, &[], now);
    let before = app.get(RETENTION);
    assert_eq!(holding(&before, "scans")["count"], 20);
    assert!(holding(&before, "scans")["until"].is_null(), "{before}");
    assert_eq!(holding(&before, "user_agents")["days"], 30);

    // Four whole days and today: five of ten are left.
    let asked = json!({ "scansDays": 4 });
    let mut looked = asked.clone();
    looked["dryRun"] = json!(true);
    let foretold = set(&app, looked);
    assert_eq!(
        (&foretold["goes"]["scans"], &foretold["goes"]["humanScans"]),
        (&json!(10), &json!(10)),
        "{foretold}"
    );
    assert!(foretold["terms"]["scansDays"].is_null(), "nothing is set");
    let refused = app.api("PUT", RETENTION).json(&asked).send();
    let said = refused.expect(409);
    assert!(said["message"].as_str().unwrap().contains("10 scans"), "{said}");
    app.events(&one, 10);
    let mut confirmed = asked;
    confirmed["confirm"] = json!(true);
    let done = set(&app, confirmed);
    assert_eq!(done["goes"]["scans"], 10, "{done}");
    for link in [&one, &other] {
        app.events(link, 5);
        assert_eq!(counts(&app, link), (5, 10), "and the lifetime stays");
        crate::numbers::agree(&app, &json!({ "linkId": link.id }), 5);
    }
    crate::numbers::agree(&app, &json!({}), 10);
    let now = holding(&done, "scans");
    assert_eq!((&now["count"], &now["days"]), (&json!(10), &json!(4)));
    assert!(now["since"].as_str().unwrap() < now["until"].as_str().unwrap(), "{now}");

    // The files follow by themselves, with a merge that is due or within a week.
    let (store, floors) = (app.server().app().store.clone(), app.server().app().store.hidden());
    let workspace = *floors.floors.keys().next().unwrap();
    let (link, to) = (None, floors.floors[&workspace].own);
    let old = [analytics::Chosen { workspace, link, from: model::Millis(0), to, scans: None }];
    app.advance(5 * DAY + DAY / 2);
    eventually("the first days to be out of the files", || {
        (store.left(&old, false).unwrap().scans == 0).then_some(())
    });
    let now = app.now();
    drop(store);
    let data = app.stopped();
    let (files_after, rows_after) = stored(data.path(), "day=d0");
    assert_eq!((rows_after, stored(data.path(), "day0").1), (0, 0), "user agents as well");
    println!(
        "files {files_before} before, {files_after} after; rows of the first day {rows_before} before, {rows_after} after"
    );
    let app = TestApp::over(&data, &[], now);
    tick(&app);
    let left = app.get("/v1/events?pageSize=1")["json"]["totalCount"].as_u64().unwrap();
    assert_eq!(counts(&app, &one).0 + counts(&app, &other).0, left, "days went on meanwhile");
    assert_eq!(counts(&app, &one).1, 10);
}

#[test]
fn a_link_keeps_its_scans_for_longer_or_shorter_than_its_workspace() {
    let app = TestApp::new();
    let (long, short) = ten_days(&app);
    set(&app, json!({ "linkId": long.id, "scansDays": 8, "confirm": true }));
    app.events(&long, 9);
    app.events(&short, 10);
    set(&app, json!({ "scansDays": 3, "confirm": true }));
    app.events(&long, 9);
    app.events(&short, 4);
    eventually("the counters", || {
        ((counts(&app, &long), counts(&app, &short)) == ((9, 10), (4, 10))).then_some(())
    });
    // Longer again: what is hidden is not shown again, and a link without terms of its own has its workspace's.
    set(&app, json!({ "scansDays": 30 }));
    app.events(&short, 4);
    let answer = set(&app, json!({ "linkId": long.id }));
    assert_eq!((&answer["terms"], &answer["effective"]["scansDays"]), (&json!({}), &json!(30)));
    app.events(&long, 9);
    app.advance(DAY);
    assert_eq!(tick(&app).scans, 0);
    crate::numbers::agree(&app, &json!({}), 13);
    let app = app.restart();
    crate::numbers::agree(&app, &json!({}), 13);
    assert_eq!((counts(&app, &long), counts(&app, &short)), ((9, 10), (4, 10)));
}

#[test]
fn user_agents_visitors_and_bodies_go_by_their_own_times() {
    let app = TestApp::new();
    app.post(
        "/v1/webhooks",
        &json!({ "name": "Hook", "endpointUrl": "https://hooks.invalid/", "xEvents": ["visitor.identified"] }),
    );
    let (one, _) = ten_days(&app);
    let scans = app.events(&one, 10);
    let identify = |scan: &Value, mail: &str| {
        let body = json!({ "lbid": scan["id"], "visitor": { "data": { "$email": mail } } });
        app.post("/v1/visitor/identify", &body)["visitor"]["id"].as_str().unwrap().to_owned()
    };
    // Newest first: today's scan, and one of eight days ago; but both became known today.
    let (new, old) = (identify(&scans[0], "new@example.com"), identify(&scans[8], "old@example.com"));
    let agent = |scan: &Value| {
        let event = app.get(&format!("/v1/x/events/{}", scan["id"].as_str().unwrap()));
        event["event"]["device"]["userAgent"].as_str().unwrap_or_default().to_owned()
    };
    assert!(agent(&scans[8]).contains("day1"), "{}", agent(&scans[8]));
    let answer =
        set(&app, json!({ "userAgentsDays": 2, "visitorsDays": 5, "deliveriesDays": 1, "confirm": true }));
    assert_eq!(answer["goes"]["userAgents"], 14, "{answer}");
    assert_eq!((&answer["goes"]["scans"], &answer["goes"]["visitors"]), (&json!(0), &json!(0)));
    assert_eq!(agent(&scans[8]), "");
    assert!(agent(&scans[0]).contains("day9"));
    app.events(&one, 10);
    // Six days later nobody was heard of; but one came again yesterday.
    app.advance(5 * DAY);
    let path = format!("/{}", one.slug);
    assert_eq!(app.request("GET", &path).agent(IPHONE).from("198.51.100.7").send().status, 302);
    app.advance(1_000);
    let again = app.events(&one, 11);
    identify(&again[0], "new@example.com");
    app.advance(DAY);
    let went = tick(&app);
    assert_eq!((went.visitors, went.scans), (1, 0));
    assert!(went.deliveries > 0, "{went:?}");
    assert_eq!(app.api("GET", &format!("/v1/visitors/{old}")).send().status, 404);
    assert_eq!(app.get(&format!("/v1/visitors/{new}"))["email"], "new@example.com");
    app.events(&one, 11);
}

#[test]
fn user_agents_that_went_stay_gone_when_they_are_kept_for_longer_again() {
    let app = TestApp::new();
    let (one, other) = ten_days(&app);
    let shown = |app: &TestApp| {
        let query = json!({ "verdict": ["all"] });
        let body = json!({ "object": "scans", "format": "csv", "columns": ["userAgent"], "query": query });
        let export = crate::exports::made(app, &body);
        let file = app.api("GET", export["fileUrl"].as_str().unwrap()).send();
        file.text().matches(" day").count()
    };
    assert_eq!(shown(&app), 20);
    // Five whole days and today.
    set(&app, json!({ "scansDays": 30, "userAgentsDays": 5, "confirm": true }));
    assert_eq!(shown(&app), 12);
    assert!(set(&app, json!({}))["terms"]["userAgentsDays"].is_null());
    assert_eq!(shown(&app), 12);
    set(&app, json!({ "linkId": one.id, "userAgentsDays": 20 }));
    assert_eq!(shown(&app), 12, "of a link neither");
    let app = app.restart();
    assert_eq!(shown(&app), 12);
    // Shorter terms go on from there.
    set(&app, json!({ "linkId": other.id, "userAgentsDays": 2, "confirm": true }));
    assert_eq!(shown(&app), 9);
    app.events(&one, 10);
}

#[test]
fn what_is_set_wrongly_is_told() {
    let app = TestApp::new();
    for (body, field) in [
        (json!({ "scansDays": 0 }), "/scansDays"),
        (json!({ "userAgentsDays": 31 }), "/userAgentsDays"),
        (json!({ "visitorsDays": -1 }), "/visitorsDays"),
        (json!({ "deliveriesDays": 8 }), "/deliveriesDays"),
        (json!({ "linkId": "x" }), "/linkId"),
    ] {
        let said = app.api("PUT", RETENTION).json(&body).send().expect(400);
        assert_eq!(said["details"][0]["field"], field, "{said}");
    }
    let other = app.other_workspace();
    let link = app.link("https://example.com/").create();
    let body = json!({ "linkId": link.id, "scansDays": 5 });
    assert_eq!(app.request("PUT", RETENTION).bearer(&other).json(&body).send().status, 404);
}
