//! Who is first, who returns, and for how long anybody can tell.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{ANDROID, CURL, IPHONE};
use serde_json::{Value, json};

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["visitType"].as_str().unwrap()).collect()
}

const FIRST: &str = "VISIT_TYPE_FIRST";
const RETURNING: &str = "VISIT_TYPE_RETURNING";
const UNSPECIFIED: &str = "VISIT_TYPE_UNSPECIFIED";

#[test]
fn a_visitor_is_first_once_a_utc_day() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.advance(HOUR);
    app.scan(&link);
    app.set_clock("2026-03-10T23:59:59.999Z");
    app.scan(&link);
    app.set_clock("2026-03-11T00:00:00Z");
    app.scan(&link);
    let events = app.events(&link, 4);
    assert_eq!(types(&events), [FIRST, RETURNING, RETURNING, FIRST]);
    let nth: Vec<_> = events.iter().map(|event| event["xNthToday"].as_u64().unwrap()).collect();
    assert_eq!(nth, [1, 3, 2, 1]);
    let id = |index: usize| events[index]["visitorId"].as_str().unwrap();
    assert_eq!((id(1), id(2)), (id(3), id(3)), "the same all day");
    assert_ne!(id(0), id(1), "and nobody knows him the day after");
}

#[test]
fn another_phone_another_address_or_another_workspace_is_somebody_else() {
    let app = TestApp::new();
    let other = app.other_workspace();
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, IPHONE, "198.51.100.7");
    app.scan_by(&link, ANDROID, "198.51.100.7");
    app.scan_by(&link, IPHONE, "198.51.100.8");
    // A telephone changes the second half of its IPv6 address all the time.
    app.scan_by(&link, IPHONE, "2001:db8:1:2::7");
    app.advance(1);
    app.scan_by(&link, IPHONE, "2001:db8:1:2:ffff:ffff:ffff:fffe");
    let events = app.events(&link, 5);
    assert_eq!(types(&events), [RETURNING, FIRST, FIRST, FIRST, FIRST]);
    let mut ids: Vec<&str> = events.iter().map(|event| event["visitorId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let theirs = app.link("https://example.com/").of(&other).create();
    app.scan_by(&theirs, IPHONE, "198.51.100.7");
    let event = crate::client::eventually("their scan", || {
        let page = app.request("GET", "/v1/events").bearer(&other).send().expect(200);
        page["json"]["events"].get(0).cloned()
    });
    assert!(!ids.contains(&event["visitorId"].as_str().unwrap()), "workspaces cannot compare their visitors");
}

#[test]
fn the_visitor_and_the_device_are_named_apart() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let event = app.only_event(&link);
    assert_ne!(event["visitorId"], event["deviceId"]);
    assert_eq!(event["device"]["id"], event["deviceId"]);
}

#[test]
fn exactly_one_of_eight_scans_at_once_is_first() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for round in 0..10 {
        let address = format!("198.51.100.{round}");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| app.scan_by(&link, IPHONE, &address));
            }
        });
    }
    let events = app.events(&link, 80);
    assert_eq!(types(&events).into_iter().filter(|kind| *kind == FIRST).count(), 10);
    let mut nth: Vec<_> = events.iter().map(|event| event["xNthToday"].as_u64().unwrap()).collect();
    nth.sort_unstable();
    assert_eq!(nth, (1..=8).flat_map(|nth| [nth; 10]).collect::<Vec<_>>());
    let figures = app.get(&format!("/v1/metrics/events?linkId={}", link.id));
    assert_eq!((&figures["totalEvents"], &figures["xVisitors"]), (&json!(80), &json!(10)));
}

#[test]
fn a_robots_scan_makes_nobodys_return() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.request("HEAD", &format!("/{}", link.slug)).agent(IPHONE).from("198.51.100.7").send();
    app.scan_by(&link, CURL, "198.51.100.7");
    app.advance(1);
    app.scan_by(&link, IPHONE, "198.51.100.7");
    let events = app.events(&link, 3);
    assert_eq!(types(&events), [FIRST, UNSPECIFIED, UNSPECIFIED]);
}

#[test]
fn a_visitor_is_known_again_after_a_restart_within_the_day() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.request("HEAD", &format!("/{}", link.slug)).agent(ANDROID).from("198.51.100.9").send();
    app.events(&link, 2);
    let mut app = app;
    for restarts in 1..=2 {
        app = app.restart();
        app.advance(1);
        app.scan(&link);
        let event = &app.events(&link, 2 + restarts)[0];
        assert_eq!((&event["visitType"], &event["xNthToday"]), (&json!(RETURNING), &json!(restarts + 1)));
    }
    app.advance(1);
    app.scan_by(&link, ANDROID, "198.51.100.9");
    assert_eq!(app.events(&link, 5)[0]["visitType"], FIRST, "only his preview was there before the restart");
    let figures = app.get(&format!("/v1/metrics/events?linkId={}", link.id));
    assert_eq!(figures["xVisitors"], 2);
}

#[test]
fn the_key_of_a_day_is_gone_at_two_in_the_morning() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let key = app.data().join("keys/2026-03-10.key");
    assert_eq!(std::fs::read(&key).unwrap().len(), 16);
    app.set_clock("2026-03-11T01:59:59Z");
    app.scan(&link);
    app.tend_keys();
    assert!(key.exists());
    app.set_clock("2026-03-11T02:00:00Z");
    app.tend_keys();
    assert!(!key.exists());
    let mut left: Vec<_> = std::fs::read_dir(app.data().join("keys"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["2026-03-11.key", "2026-03-12.key"]);
}

#[test]
fn a_start_after_days_off_destroys_what_was_due_and_keeps_today_apart() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.events(&link, 1);
    app.advance(9 * DAY);
    let app = app.restart();
    assert!(!app.data().join("keys/2026-03-10.key").exists());
    app.scan(&link);
    assert_eq!(types(&app.events(&link, 2)), [FIRST, FIRST]);
}

#[test]
fn many_visitors_behind_one_address_make_it_shared() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for version in 1..=7 {
        app.advance(1);
        app.scan_by(&link, &IPHONE.replace("18_5", &format!("18_{version}")), "198.51.100.7");
    }
    let shared: Vec<_> = app.events(&link, 7).iter().map(|event| event["xSharedNetwork"] == true).collect();
    assert_eq!(shared, [true, true, false, false, false, false, false]);
}
