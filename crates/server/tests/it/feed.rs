//! The live feed.

use crate::app::TestApp;
use crate::client::{ANDROID, CURL, IPHONE};
use serde_json::json;
use std::collections::HashSet;

#[test]
fn a_scan_arrives_with_its_device() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let mut feed = app.feed("", None);
    app.scan(&link);
    let message = feed.scan();
    assert_eq!(message.data["linkId"], link.id);
    assert_eq!(message.data["device"]["deviceType"], "DEVICE_TYPE_MOBILE");
    let mut event = app.only_event(&link);
    assert_eq!(message.data["device"], event["device"].take());
    assert_eq!(message.data["id"], event["id"]);
}

#[test]
fn a_broken_feed_is_resumed_where_it_broke() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let mut feed = app.feed("", None);
    app.scan(&link);
    let first = feed.scan();
    drop(feed);
    let missed: Vec<_> = (0..5).map(|_| drop(app.scan(&link))).collect();
    app.events(&link, 1 + missed.len());
    let mut feed = app.feed("", Some(&first.id));
    let mut ids: Vec<_> = missed.iter().map(|()| feed.scan().data["id"].clone()).collect();
    app.scan(&link);
    ids.push(feed.scan().data["id"].clone());
    let mut listed: Vec<_> = app.events(&link, 7).iter().map(|event| event["id"].clone()).collect();
    listed.retain(|id| *id != first.data["id"]);
    let sorted = |mut ids: Vec<serde_json::Value>| {
        ids.sort_by_key(ToString::to_string);
        ids
    };
    assert_eq!(sorted(ids), sorted(listed), "each once");
}

#[test]
fn what_cannot_be_resumed_is_told_as_a_gap() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for unknown in ["00000000-7", "ffffffff-1", "42", "seven-7", "-"] {
        let mut feed = app.feed("", Some(unknown));
        let gap = feed.next().unwrap();
        assert_eq!((gap.event.as_str(), gap.data), ("gap", json!({ "missed": null })), "{unknown}");
        app.scan(&link);
        feed.scan();
    }
    let mut feed = app.feed("", None);
    app.scan(&link);
    let last = feed.scan().id;
    let app = app.restart();
    assert_eq!(app.feed("", Some(&last)).next().unwrap().event, "gap", "after a restart");
}

/// Ninety days that a demo makes up in seconds: nobody follows them scan by scan.
#[test]
fn of_history_only_its_count_is_told() {
    let app = TestApp::with(&[("QUIETZONE_DEMO", "true")]);
    let mut feed = app.feed("?verdict=all", None);
    let mut messages: Vec<_> = (0..3).map(|_| feed.next().unwrap()).collect();
    assert!(
        messages.iter().all(|told| told.event == "gap" && told.data["missed"].as_u64() > Some(0)),
        "{messages:?}"
    );
    let last = messages.pop().unwrap();
    let mut resumed = app.feed("?verdict=all", Some(&last.id));
    let (next, again) = (feed.next().unwrap(), resumed.next().unwrap());
    assert_eq!((next.id, next.data), (again.id, again.data), "where it broke");
}

#[test]
fn a_feed_is_narrowed_by_link_verdict_and_workspace() {
    let app = TestApp::new();
    let other = app.other_workspace();
    let (one, two) = (app.link("https://example.com/1").create(), app.link("https://example.com/2").create());
    let theirs = app.link("https://example.com/3").of(&other).create();
    let mut of_two = app.feed(&format!("?linkId={}", two.id), None);
    let mut robots = app.feed("?verdict=bot", None);
    let mut everything = app.feed("?verdict=all", None);
    app.scan_by(&theirs, CURL, "198.51.100.3");
    app.scan_by(&one, IPHONE, "198.51.100.4");
    app.scan_by(&two, CURL, "198.51.100.5");
    app.events(&one, 1);
    app.events(&two, 1);
    app.scan_by(&two, ANDROID, "198.51.100.6");
    assert_eq!(of_two.scan().data["device"]["platformName"], "Android");
    assert_eq!(robots.scan().data["linkId"], two.id);
    let links: Vec<_> = (0..3).map(|_| everything.scan().data["linkId"].clone()).collect();
    assert_eq!(links, [one.id.as_str(), two.id.as_str(), two.id.as_str()]);
}

/// A listener that does not read for as long as the others do holds nobody, and is told what it missed.
#[test]
fn hundreds_listen_and_a_slow_one_holds_nobody() {
    const LISTENERS: usize = 200;
    const SCANS: usize = 60;
    let app = TestApp::new();
    let other = app.other_workspace();
    let link = app.link("https://example.com/").create();
    let theirs = app.link("https://example.com/theirs").of(&other).create();
    let mut slow = app.feed("?verdict=all", None);
    let feeds: Vec<_> = (0..LISTENERS).map(|_| app.feed("", None)).collect();
    for turn in 0..SCANS {
        app.scan_by(&link, IPHONE, &format!("198.51.100.{}", turn % 200));
        if turn % 10 == 0 {
            app.scan_by(&theirs, IPHONE, "198.51.100.7");
        }
    }
    let listed: HashSet<String> =
        app.events(&link, SCANS).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed.len(), SCANS);
    std::thread::scope(|scope| {
        for mut feed in feeds {
            let listed = &listed;
            scope.spawn(move || {
                let heard: Vec<String> =
                    (0..SCANS).map(|_| feed.scan().data["id"].as_str().unwrap().to_owned()).collect();
                assert_eq!(
                    heard.iter().cloned().collect::<HashSet<_>>(),
                    *listed,
                    "each once, and none of theirs"
                );
            });
        }
    });
    // The others are through; only now this one reads at all.
    let heard: HashSet<String> =
        (0..SCANS).map(|_| slow.scan().data["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(heard, listed);
}

/// Many come back at once after a broken connection: each is told what it missed, once.
#[test]
fn a_crowd_resumes_where_it_broke() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let mut feed = app.feed("", None);
    app.scan(&link);
    let first = feed.scan();
    (0..20).for_each(|_| drop(app.scan(&link)));
    app.events(&link, 21);
    let mut crowd: Vec<_> = (0..50).map(|_| app.feed("", Some(&first.id))).collect();
    app.scan(&link);
    let missed: Vec<Vec<String>> =
        crowd.iter_mut().map(|feed| (0..21).map(|_| feed.scan().id).collect()).collect();
    assert!(missed.iter().all(|ids| *ids == missed[0]), "all in the same order");
    assert_eq!(missed[0].iter().collect::<HashSet<_>>().len(), 21);
}

#[test]
fn a_feed_is_refused_to_who_may_not_read() {
    let app = TestApp::new();
    app.request("GET", "/v1/events/stream").send().refusal(401);
    assert_eq!(app.api("GET", "/v1/events/stream?verdict=robot").send().refusal(400).1, "verdict");
    let unknown = "/v1/events/stream?linkId=0199d8a0-0000-7000-8000-000000000000";
    app.api("GET", unknown).send().refusal(404);
}

#[test]
fn an_open_feed_ends_with_the_server() {
    let app = TestApp::new();
    let mut feed = app.feed("", None);
    let reading = std::thread::spawn(move || feed.next().is_none());
    drop(app);
    assert!(reading.join().unwrap());
}
