//! The life of a link: start, pause, end, archive, and the limit that is exact.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{CURL, Client, IPHONE, Link, eventually};
use crate::program::Program;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const MENU: &str = "https://example.com/menu";
const OVER: &str = "https://example.com/over";

fn change(app: &Client, link: &Link, body: &Value) -> Value {
    app.patch(&format!("/v1/links/{}", link.id), body)["link"].take()
}

/// Status of one scan of the link by a person.
fn scan(app: &Client, link: &Link) -> u16 {
    app.request("GET", &format!("/{}", link.slug)).agent(IPHONE).send().status
}

/// How many of so many scans at the same time are let through.
fn scan_at_once(app: &Client, link: &Link, count: usize) -> usize {
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let scans: Vec<_> = (0..count).map(|_| scope.spawn(|| scan(app, link))).collect();
        scans.into_iter().map(|scan| scan.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| [302, 410].contains(status)), "{statuses:?}");
    statuses.into_iter().filter(|status| *status == 302).count()
}

#[test]
fn a_link_starts_pauses_and_ends_as_the_api_says() {
    let app = TestApp::new();
    let link = app
        .link(MENU)
        .with("xStartsAt", json!(app.time_in(HOUR)))
        .with("expiresAt", json!(app.time_in(DAY)))
        .with("expiredDestination", json!(OVER))
        .create();
    assert_eq!(link.json["xState"], "not_started");
    assert_eq!(link.json["xStartsAt"], app.time_in(HOUR));
    assert_eq!(link.json["xPaused"], false);
    assert_eq!(scan(&app, &link), 404);
    app.advance(HOUR);
    assert_eq!(app.scan(&link).location(), MENU);
    let paused = change(&app, &link, &json!({ "xPaused": true }));
    assert_eq!((&paused["xPaused"], &paused["xState"]), (&json!(true), &json!("paused")));
    assert_eq!(scan(&app, &link), 410);
    assert_eq!(change(&app, &link, &json!({ "xPaused": false }))["xState"], "open");
    app.scan(&link);
    app.advance(DAY);
    assert_eq!(app.scan(&link).location(), OVER, "expired");
    let read = app.get(&format!("/v1/links/{}", link.id))["link"].take();
    assert_eq!((&read["xState"], &read["shortlink"]), (&json!("ended"), &link.json["shortlink"]));
    let reopened = change(&app, &link, &json!({ "expiresAtDelete": true, "xStartsAtDelete": true }));
    assert_eq!((reopened.get("xStartsAt"), &reopened["xState"]), (None, &json!("open")));
    assert_eq!(app.scan(&link).location(), MENU);
    assert_eq!(app.events(&link, 6).len(), 6, "all of them are kept");
}

#[test]
fn an_archived_link_is_over_for_visitors_out_of_the_list_and_kept() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    app.scan(&link);
    app.events(&link, 1);
    let archived = change(&app, &link, &json!({ "xArchived": true }));
    assert_eq!((&archived["xState"], &archived["xArchivedAt"]), (&json!("archived"), &json!(app.time_in(0))));
    assert_eq!(scan(&app, &link), 410);
    change(&app, &link, &json!({ "expiredDestination": OVER }));
    assert_eq!(app.scan(&link).location(), OVER);
    let count = |query: &str| app.get(&format!("/v1/links{query}"))["totalCount"].as_u64().unwrap();
    assert_eq!((count(""), count("?xArchived=true"), count("?xArchived=all")), (0, 1, 1));
    app.api("GET", "/v1/links?xArchived=maybe").send().refusal(400);
    assert_eq!(app.get("/v1/metrics/workspace")["totalLinks"], 0);
    assert_eq!(app.link(MENU).slug("SUMMER").send().refusal(409).1, "/shortlink", "its slug stays its own");
    assert_eq!(change(&app, &link, &json!({ "xArchived": false }))["xState"], "open");
    assert_eq!(app.scan(&link).location(), MENU);
    assert_eq!(app.events(&link, 4).len(), 4);
    let restarted = app.restart();
    assert_eq!(restarted.scan(&link).location(), MENU);
}

#[test]
fn what_cannot_be_a_life_is_refused_with_its_field_and_a_sentence() {
    let app = TestApp::new();
    let in_days = |days: i64| json!(app.time_in(days * DAY));
    for (field, value, words) in [
        ("xStartsAt", json!("soon"), "not a date"),
        ("xScanLimit", json!(0), "pause the link"),
        ("xScanLimit", json!(-1), "from 1 to"),
        ("xScanLimit", json!(1_000_000_001), "from 1 to"),
    ] {
        let (message, at) = app.link(MENU).with(field, value.clone()).send().refusal(400);
        assert_eq!(at, format!("/{field}"), "{value}");
        assert!(message.contains(words), "{value}: {message}");
    }
    let never = app.link(MENU).with("xStartsAt", in_days(2)).with("expiresAt", in_days(1)).send();
    assert!(never.refusal(400).0.contains("would end before it starts"));
    assert_eq!(app.get("/v1/links")["totalCount"], 0);

    let link = app.link(MENU).with("xStartsAt", in_days(2)).create();
    let path = format!("/v1/links/{}", link.id);
    for (body, field) in [
        (json!({ "expiresAt": in_days(1) }), "/expiresAt"),
        (json!({ "expiresAt": in_days(5), "xStartsAt": in_days(6) }), "/xStartsAt"),
        (json!({ "xScanLimit": 0 }), "/xScanLimit"),
    ] {
        assert_eq!(app.api("PATCH", &path).json(&body).send().refusal(400).1, field, "{body}");
    }
    for body in [json!({ "xScanLimit": 1.5 }), json!({ "xPaused": "yes" }), json!({ "xArchived": 1 })] {
        app.api("PATCH", &path).json(&body).send().refusal(400);
    }
    assert_eq!(app.get(&path)["link"]["xStartsAt"], in_days(2), "nothing was changed by what was refused");
}

#[test]
fn of_a_hundred_at_once_a_limit_of_ten_lets_ten_through() {
    let app = TestApp::new();
    let link = app.link(MENU).with("xScanLimit", json!(10)).create();
    assert_eq!((&link.json["xScanLimit"], &link.json["xScansUsed"]), (&json!(10), &json!(0)));
    assert_eq!(scan_at_once(&app, &link, 100), 10);
    let refused = app.visit(&format!("/{}", link.slug)).header("accept-language", "de").send();
    assert_eq!(refused.status, 410);
    assert!(refused.text().contains("aufgebraucht"));
    let events = app.events(&link, 101);
    let of = |outcome: &str| events.iter().filter(|event| event["xOutcome"] == outcome).count();
    assert_eq!((of("redirect"), of("limited")), (10, 91));
    let read = app.get(&format!("/v1/links/{}", link.id))["link"].take();
    assert_eq!((&read["xState"], &read["xScansUsed"]), (&json!("limited"), &json!(10)));
    // More room, and the door opens for as many as there is room for now.
    assert_eq!(change(&app, &link, &json!({ "xScanLimit": 15 }))["xState"], "open");
    assert_eq!(scan_at_once(&app, &link, 20), 5);
    assert_eq!(change(&app, &link, &json!({ "xScanLimitDelete": true })).get("xScanLimit"), None);
    assert_eq!(scan_at_once(&app, &link, 5), 5);
}

#[test]
fn programs_use_no_limit_up_and_do_not_get_past_it() {
    let app = TestApp::new();
    let link = app.link(MENU).with("xScanLimit", json!(2)).create();
    for _ in 0..5 {
        app.scan_by(&link, CURL, "198.51.100.9");
    }
    let head = app.request("HEAD", &format!("/{}", link.slug)).agent(IPHONE).send();
    assert_eq!(head.status, 302);
    assert_eq!(scan_at_once(&app, &link, 5), 2);
    let late = app.request("GET", &format!("/{}", link.slug)).agent(CURL).send();
    assert_eq!(late.status, 410);
}

#[test]
fn a_browser_that_asks_not_to_be_counted_takes_a_place_like_any_other() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").with("xScanLimit", json!(2)).create();
    let path = format!("/{}", link.slug);
    let statuses = |app: &TestApp| -> Vec<u16> {
        (0..2).map(|_| app.visit(&path).header("cookie", "qzi=1").send().status).collect()
    };
    assert_eq!(app.visit(&path).header("cookie", "qzi=1").send().status, 302);
    assert_eq!(app.get(&format!("/v1/links/{}", link.id))["link"]["xScansUsed"], 1);
    // A start reads it from the spool, or from the counters.
    let app = app.restart();
    assert_eq!(statuses(&app), [302, 410]);
    let read = app.get(&format!("/v1/links/{}", link.id));
    assert_eq!((&read["link"]["xScansUsed"], &read["link"]["eventCount"]), (&json!(2), &json!(0)));
    // The office, which the owner has named, takes none.
    app.api("PUT", "/v1/workspace").json(&json!({ "xTeamNetworks": ["198.51.100.0/24"] })).send().expect(200);
    let other = app.link("https://example.com/").with("xScanLimit", json!(1)).create();
    assert!((0..3).all(|_| app.visit(&format!("/{}", other.slug)).send().status == 302));
}

#[test]
fn a_limit_set_later_counts_who_came_before_at_once() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    for _ in 0..7 {
        app.scan(&link);
    }
    change(&app, &link, &json!({ "xPaused": true }));
    assert_eq!(scan(&app, &link), 410, "who finds a paused link is not let through");
    let limited = change(&app, &link, &json!({ "xPaused": false, "xScanLimit": 10 }));
    assert_eq!(limited["xScansUsed"], 7);
    assert_eq!(scan_at_once(&app, &link, 20), 3);
    let app = app.restart();
    assert_eq!(scan_at_once(&app, &link, 5), 0);
}

#[test]
fn killed_at_seven_of_ten_it_lets_exactly_three_more_through() {
    let data = TempDir::new().unwrap();
    let program = Program::start(data.path(), &[]);
    let link = program.link(MENU).with("xScanLimit", json!(10)).create();
    // Some the catalog has counted, some that are in the spool alone.
    assert_eq!(scan_at_once(&program, &link, 4), 4);
    eventually("the catalog's count", || {
        let read = program.get(&format!("/v1/links/{}", link.id))["link"].take();
        (read["eventCount"] == 4).then_some(())
    });
    assert_eq!(scan_at_once(&program, &link, 3), 3);
    program.kill();
    let program = Program::start(data.path(), &[]);
    let read = program.get(&format!("/v1/links/{}", link.id))["link"].take();
    assert_eq!(read["xScansUsed"], 7);
    assert_eq!(scan_at_once(&program, &link, 30), 3);
    program.kill();
    let program = Program::start(data.path(), &[]);
    assert_eq!(scan_at_once(&program, &link, 10), 0, "and none after another kill");
}

/// Scans over one connection until it breaks or a scan is not let through; counts those that were.
fn scan_until_refused(address: SocketAddr, slug: &str, redirects: &AtomicUsize) {
    let mut connection = TcpStream::connect(address).unwrap();
    let request = format!("GET /{slug} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {IPHONE}\r\n\r\n");
    let (mut head, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        head.clear();
        if connection.write_all(request.as_bytes()).is_err() {
            return;
        }
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            match connection.read(&mut piece) {
                Ok(count) if count > 0 => head.extend_from_slice(&piece[..count]),
                _ => return,
            }
        }
        if !head.starts_with(b"HTTP/1.1 302 ") {
            return;
        }
        redirects.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn killed_under_load_a_limit_is_as_exact_as_before() {
    const LIMIT: usize = 400;
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    let link = program.link(MENU).with("xScanLimit", json!(LIMIT)).create();
    let redirects = AtomicUsize::new(0);
    for kill_after in [60, 150, 270] {
        let (address, slug, counted) = (program.address, link.slug.as_str(), &redirects);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || scan_until_refused(address, slug, counted));
            }
            eventually("the load", || (redirects.load(Ordering::Relaxed) >= kill_after).then_some(()));
            program.kill();
        });
        program = Program::start(data.path(), &[]);
    }
    let address = program.address;
    std::thread::scope(|scope| {
        (0..8).for_each(|_| drop(scope.spawn(|| scan_until_refused(address, &link.slug, &redirects))));
    });
    assert_eq!(program.visit(&format!("/{}?k=last", link.slug)).send().status, 410);
    let list = format!("/v1/events?linkId={}&verdict=all&pageSize=1000", link.id);
    let events = eventually("the last scan", || {
        let events = program.get(&list)["json"]["events"].take();
        // Not the first of the list for certain: those that were refused in the same millisecond may stand before it.
        let is_there = events.as_array()?.iter().any(|event| event["xParameters"]["k"] == "last");
        is_there.then_some(events)
    });
    // A redirect that was recorded and not read has used its place up all the same; none was given out twice.
    let recorded = events.as_array().unwrap().iter().filter(|event| event["xOutcome"] == "redirect").count();
    assert_eq!(recorded, LIMIT);
    assert!(redirects.into_inner() <= LIMIT);
}
