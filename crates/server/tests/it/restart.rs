//! What was answered before a stop is there after it, once.

use crate::app::{DAY, TestApp};
use crate::client::{CURL, IPHONE, eventually};
use serde_json::json;
use std::collections::HashSet;

#[test]
fn every_scan_is_found_once_after_each_restart() {
    let mut app = TestApp::new();
    let link = app.link("https://example.com/").slug("summer").create();
    let mut scans = 0;
    for round in 0..4 {
        for number in 0..40 {
            let agent = if number % 4 == 0 { CURL } else { IPHONE };
            app.scan_by(&link, agent, &format!("203.0.113.{number}"));
            scans += 1;
        }
        // Two of the stops come at once, two after the scans have been read.
        if round % 2 == 0 {
            app.events(&link, scans);
        }
        app = app.restart();
        let events = app.events(&link, scans);
        let ids: HashSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), scans);
        eventually("eventCount", || {
            let count = app.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"].as_u64().unwrap();
            assert!(count as usize <= scans / 4 * 3);
            (count as usize == scans / 4 * 3).then_some(())
        });
        app.advance(DAY / 3);
    }
    let files = std::fs::read_dir(app.data().join("spool")).unwrap().count();
    assert!(files <= 4, "{files} files: what both consumers have read is let go");
}

#[test]
fn links_tokens_sessions_and_page_tokens_survive() {
    let app = TestApp::new();
    let links: Vec<_> = (0..3).map(|_| app.link("https://example.com/").create()).collect();
    app.api("DELETE", &format!("/v1/links/{}", links[2].id)).send().expect(200);
    let page = app.get("/v1/links?pageSize=1");
    let app = app.restart();
    assert_eq!(app.scan(&links[0]).location(), "https://example.com/");
    assert_eq!(app.visit(&format!("/{}", links[2].slug)).send().status, 410);
    let next =
        app.get(&format!("/v1/links?pageSize=1&pageToken={}", page["nextPageToken"].as_str().unwrap()));
    assert_ne!(next["links"][0]["id"], page["links"][0]["id"]);
    assert_eq!(next["totalCount"], json!(2));
}
