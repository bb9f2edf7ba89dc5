//! Links that do not all fit into memory: every one answers, an edit is seen by the next scan, and limits stay exact.

use crate::app::TestApp;
use crate::client::{Client, IPHONE, Link, eventually};
use crate::load::figure;
use serde_json::json;
use server::catalog::links::BASE_DOMAIN;
use server::redirect::table::LinkTable;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The least that the settings allow: room for some hundred links.
const TIGHT: [(&str, &str); 2] =
    [("QUIETZONE_LINKS_MEMORY_LIMIT", "65536"), ("QUIETZONE_UNKNOWN_SLUG_LIMIT", "0")];

fn links(app: &TestApp, count: usize) -> Vec<Link> {
    (0..count)
        .map(|n| app.link(&format!("https://example.com/{n}")).slug(&format!("link-{n}")).create())
        .collect()
}

fn location(client: &Client, link: &Link) -> String {
    let answer = client.request("GET", &format!("/{}", link.slug)).agent(IPHONE).send();
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.location().to_owned()
}

fn in_memory(app: &TestApp) -> u64 {
    figure(app, "links")
}

#[test]
fn every_link_answers_however_little_memory_there_is() {
    let app = TestApp::with(&TIGHT);
    let links = links(&app, 300);
    assert!(in_memory(&app) < 250, "{} of 300 are in memory", in_memory(&app));
    for round in 0..2 {
        for (number, link) in links.iter().enumerate() {
            assert_eq!(location(&app, link), format!("https://example.com/{number}"), "round {round}");
        }
        assert!(in_memory(&app) < 250);
    }
    let cold = app.visit("/Q/LINK-0?qr=1").send();
    assert_eq!((cold.status, cold.location()), (302, "https://example.com/0"));
    assert_eq!(cold.header("cache-control"), "private, no-store");
    assert_eq!(cold.header("referrer-policy"), "", "a redirect's headers are its own");
    assert_eq!(app.request("HEAD", "/link-1").send().status, 302);
    assert!(app.visit("/link-2+").send().text().contains("https://example.com/2"));
    assert_eq!(app.visit("/link-3).").send().location(), "https://example.com/3");

    // Every one of these scans is recorded.
    assert_eq!(app.events(&links[299], 2).len(), 2);
    // Nobody has made these; one is made after it was asked for.
    assert_eq!(app.visit("/nobody").send().status, 404);
    assert_eq!(app.visit("/nobody").send().status, 404);
    let late = app.link("https://example.com/late").slug("nobody").create();
    assert_eq!(location(&app, &late), "https://example.com/late");
    let app = app.restart();
    assert!(in_memory(&app) < 250);
    assert_eq!(location(&app, &late), "https://example.com/late");
    assert_eq!(location(&app, &links[0]), "https://example.com/0");
    assert_eq!(app.get("/v1/x/system")["reasons"], json!([]));
}

/// Edits a link again and again while it is scanned. No scan that begins after an edit was answered may lead to where
/// an earlier one pointed.
fn edits_are_seen(app: &TestApp, others: &[Link]) {
    let link = app.link("https://example.com/0").create();
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let path = format!("/v1/links/{}/workflow-steps/{}", link.id, steps[1]["id"].as_str().unwrap());
    let (answered, scans, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for reader in 0..4_usize {
            let (link, answered, scans, stop) = (&link, &answered, &scans, &stop);
            scope.spawn(move || {
                let client = Client::new(app.address);
                let mut turn = reader;
                while !stop.load(Ordering::Relaxed) {
                    let least = answered.load(Ordering::SeqCst);
                    let location = location(&client, link);
                    let seen: u64 = location.rsplit('/').next().unwrap().parse().unwrap();
                    assert!(seen >= least, "{location} after {least} was acknowledged");
                    scans.fetch_add(1, Ordering::Relaxed);
                    // Others push it out of memory.
                    for _ in 0..others.len().min(20) {
                        turn = (turn + 7) % others.len();
                        self::location(&client, &others[turn]);
                    }
                }
            });
        }
        let began = Instant::now();
        let mut edits = 0;
        while edits < 60 || began.elapsed() < Duration::from_secs(2) {
            edits += 1;
            let destination = format!("https://example.com/{edits}");
            app.patch(&path, &json!({ "payload": { "clientRedirect": { "destination": destination } } }));
            answered.store(edits, Ordering::SeqCst);
        }
        while scans.load(Ordering::Relaxed) < 100 {
            std::thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn an_edit_is_seen_by_the_next_scan_under_load() {
    edits_are_seen(&TestApp::new(), &[]);
}

#[test]
fn an_edit_is_seen_by_the_next_scan_of_a_link_that_leaves_memory() {
    let app = TestApp::with(&TIGHT);
    let others = links(&app, 250);
    edits_are_seen(&app, &others);
    assert!(in_memory(&app) < 250);
}

#[test]
fn a_limit_counts_who_came_while_the_link_was_in_and_out_of_memory() {
    let app = TestApp::with(&TIGHT);
    let link = app.link("https://example.com/").slug("tickets").create();
    let others = links(&app, 250);
    let let_through = |scans: usize| {
        let answers = (0..scans).map(|_| app.visit("/tickets").send().status);
        answers.filter(|status| *status == 302).count()
    };
    let has = || {
        let table = &app.server().app().table;
        table.get(BASE_DOMAIN, "tickets").is_some()
    };
    for _ in 0..7 {
        assert_eq!(let_through(1), 1);
        let mut round = 0;
        while has() {
            others.iter().for_each(|other| drop(location(&app, other)));
            round += 1;
            assert!(round < 20, "it never leaves memory");
        }
    }
    app.patch(&format!("/v1/links/{}", link.id), &json!({ "xScanLimit": 10 }));
    assert_eq!(let_through(10), 3);
    others.iter().for_each(|other| drop(location(&app, other)));
    assert_eq!(let_through(3), 0);
}

/// The catalog may be scans behind when a link is read again; that nobody asked for it since makes no difference.
#[test]
fn what_a_link_let_through_outlives_a_stay_in_memory_without_a_scan() {
    let app = TestApp::new();
    let links = links(&app, 300);
    let server = app.server();
    let (catalog, table) = (&server.app().catalog, LinkTable::new(65_536));
    let load = |slug: &str| {
        server.api_runtime().block_on(table.load(catalog, BASE_DOMAIN, slug)).unwrap();
    };
    let until_it_is_gone = || {
        for other in links[1..].iter().cycle().take(20 * links.len()) {
            if table.get(BASE_DOMAIN, "link-0").is_none() {
                return;
            }
            load(&other.slug);
            // Asked for lately, should it still be there: room is made of what is not.
            let _ = table.links().resolve(BASE_DOMAIN, &other.slug);
        }
        panic!("it never leaves memory");
    };
    load("link-0");
    {
        let known = table.links();
        let (link, _) = known.resolve(BASE_DOMAIN, "link-0").unwrap();
        assert!((0..7).all(|_| link.uses.admit(None, true)));
    }
    for _ in 0..3 {
        until_it_is_gone();
        load("link-0");
    }
    assert_eq!(table.get(BASE_DOMAIN, "link-0").unwrap().uses.count(), 7);
}

#[test]
fn many_who_ask_for_the_same_cold_link_at_once_are_all_answered() {
    let app = TestApp::with(&TIGHT);
    let links = links(&app, 250);
    let app = app.restart();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            let (app, links) = (&app, &links);
            scope.spawn(move || {
                let client = Client::new(app.address);
                for (number, link) in links.iter().enumerate().take(60) {
                    assert_eq!(location(&client, link), format!("https://example.com/{number}"));
                }
            });
        }
    });
    for link in &links[..3] {
        app.events(link, 16);
    }
}

#[test]
fn guesses_cost_the_catalog_nothing_and_known_slugs_are_not_limited_with_them() {
    let app = TestApp::with(&[TIGHT[0], ("QUIETZONE_UNKNOWN_SLUG_LIMIT", "5")]);
    let links = links(&app, 300);
    let check = |app: &TestApp| {
        let table = &app.server().app().table;
        let is_missing = |slug: &str| table.is_missing(BASE_DOMAIN, slug);
        assert!(!table.is_complete());
        // Of what is not in memory, links alone are looked for in the catalog.
        eventually("every slug is known", || (!is_missing("guess-0")).then_some(()));
        assert!((0..1000).all(|n| !is_missing(&format!("guess-{n}"))));
        let has = |slug: &str| table.get(BASE_DOMAIN, slug).is_some();
        assert!(links.iter().all(|link| has(&link.slug) || is_missing(&link.slug)));
        let statuses: Vec<u16> = (0..40).map(|n| app.visit(&format!("/guess-{n}")).send().status).collect();
        // More than five only where a minute ended meanwhile.
        assert!((5..=10).contains(&statuses.iter().filter(|status| **status == 404).count()), "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 404 | 429)), "{statuses:?}");
        for (number, link) in links.iter().enumerate() {
            assert_eq!(location(app, link), format!("https://example.com/{number}"));
        }
    };
    check(&app);
    let app = app.restart();
    check(&app);
    let late = app.link("https://example.com/late").slug("guess-7").create();
    assert_eq!(location(&app, &late), "https://example.com/late");
}
