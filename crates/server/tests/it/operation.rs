//! What operators and their programs see.

use crate::app::{HOUR, TestApp};
use crate::client::eventually;
use serde_json::{Value, json};
use server::router::document;

#[test]
fn health_is_told_to_everybody_and_reasons_to_few() {
    let app = TestApp::new();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(app.request("GET", path).header("host", "anything").send().status, 200, "{path}");
    }
    let ready = app.request("GET", "/health/ready").send().expect(200);
    assert_eq!(ready, json!({ "status": "ok", "reasons": [] }));
    app.server().app().sickness.note("store", "the disk is full");
    let ready = app.request("GET", "/health/ready").send().expect(200);
    assert_eq!(ready["status"], "degraded");
    assert!(ready["reasons"][0].as_str().unwrap().contains("the disk is full"));
}

#[test]
fn a_clock_that_is_behind_the_last_scan_is_told_of_until_it_has_caught_up() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.events(&link, 1);
    let told = |app: &TestApp| {
        server::tending::look_at_clock(app.server().app());
        let ready = app.request("GET", "/health/ready").send().expect(200);
        let told = ready["reasons"].to_string();
        assert_eq!(told.contains("clock: "), ready["status"] == "degraded", "{ready}");
        assert_eq!(
            told.contains("clock: "),
            app.get("/v1/x/system")["reasons"].to_string().contains("clock: ")
        );
        told
    };
    assert_eq!(told(&app), "[]");
    app.advance(-4_000);
    assert_eq!(told(&app), "[]", "clocks differ by some seconds");
    app.set_clock("2026-03-10T08:00:00Z");
    let words =
        "the clock says 2026-03-10 08:00:00 UTC and is behind the last scan (2026-03-10 09:00:00 UTC)";
    assert!(told(&app).contains(words));
    let app = app.restart();
    assert!(told(&app).contains(words), "it is read from what is kept");
    app.set_clock("2026-03-10T09:00:01Z");
    assert_eq!(told(&app), "[]");
}

#[test]
fn a_part_that_met_trouble_is_not_well_at_the_next_look() {
    let app = TestApp::new();
    // What the sender of webhooks says when it cannot write; half a second later it has nothing to write.
    let began = std::time::Instant::now();
    app.server().app().sickness.note("webhooks", "disk I/O error");
    let status = || app.request("GET", "/health/ready").send().expect(200)["status"].clone();
    assert_eq!(status(), "degraded");
    eventually("the sender to be well", || (status() == "ok").then_some(()));
    assert!(began.elapsed() >= std::time::Duration::from_secs(5), "well after {:?}", began.elapsed());
}

#[test]
fn metrics_count_what_has_happened() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.visit(&format!("/{}?gclid=1", link.slug)).send();
    app.visit("/nothing").send();
    app.request("GET", "/x").header("host", "evil.example").send();
    app.events(&link, 2);
    let figure = |name: &str| {
        let text = app.request("GET", "/metrics").send().text();
        let line = text.lines().find(|line| line.split_once(' ').is_some_and(|(key, _)| key == name));
        line.unwrap_or_else(|| panic!("{name} in {text}")).rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    for (name, value) in [
        ("quietzone_links", 1.0),
        ("quietzone_scans_written_total", 2.0),
        ("quietzone_scans_at_risk", 0.0),
        ("quietzone_store_hot_rows", 2.0),
        ("quietzone_unknown_slugs_total", 1.0),
        ("quietzone_unknown_hosts_total", 1.0),
        ("quietzone_dropped_parameters_total", 1.0),
        ("quietzone_degraded", 0.0),
    ] {
        assert_eq!(figure(name), value, "{name}");
    }
    eventually("the sync", || (figure("quietzone_scans_synced_total") == 2.0).then_some(()));
    assert!(app.request("GET", "/metrics").send().text().contains("quietzone_scans_lost_total{reason="));
}

#[test]
fn codes_that_come_for_a_host_nobody_made_known_are_told_of() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let asked = |host: &str, path: &str| {
        assert_eq!(app.visit(path).header("host", host).send().status, 404, "{host}");
    };
    let told = || {
        let reasons = app.get("/v1/x/system")["reasons"].take();
        let told = reasons.as_array().unwrap().iter().map(|reason| reason.as_str().unwrap().to_owned());
        let told: Vec<String> = told.filter(|reason| reason.starts_with("host: ")).collect();
        let metrics = app.request("GET", "/metrics").send().text();
        assert!(
            metrics.contains(&format!("\nquietzone_unknown_host {}\n", told.len())),
            "{told:?} {metrics}"
        );
        told
    };
    let slug = format!("/Q/{}", link.slug.to_uppercase());
    // Scanners ask everywhere for everything, and now and then for what there is.
    for number in 0..200 {
        asked(&format!("{number}.example"), "/wp-login.php");
        asked(&format!("{number}.example"), &slug);
        asked("203.0.113.7", "/.env");
    }
    assert!(told().is_empty());
    for left in (0..3).rev() {
        assert!(told().is_empty());
        asked("Backend.internal:8080", &slug);
        assert_eq!(told().is_empty(), left > 0);
    }
    let told_once = told();
    assert!(told_once[0].contains("for the host backend.internal:8080, which is not known"), "{told_once:?}");
    app.advance(HOUR);
    assert!(told().is_empty(), "nobody has come for an hour");

    // A domain that was pointed here and is then made known.
    (0..3).for_each(|_| asked("qr.example.org", &slug));
    assert_eq!(told().len(), 1);
    app.post("/v1/custom-domains", &json!({ "name": "qr.example.org" }));
    app.activate_domains();
    let runtime = app.server().api_runtime();
    runtime.block_on(server::base_url::refresh_domains(app.server().app())).unwrap();
    assert!(told().is_empty());
}

#[test]
fn metrics_are_not_for_strangers_behind_a_proxy() {
    let app = TestApp::new();
    assert_eq!(app.request("GET", "/metrics").send().status, 200);
    assert_eq!(app.request("GET", "/metrics").from("198.51.100.7").send().status, 403);
    assert_eq!(app.request("GET", "/metrics").header("Via", "1.1 cache").send().status, 403);
    assert_eq!(app.api("GET", "/metrics").from("198.51.100.7").send().status, 200, "a token is enough");
}

#[test]
fn every_operation_described_is_answered() {
    let app = TestApp::new();
    let served: Value = app.request("GET", "/openapi.json").send().expect(200);
    assert_eq!(served, serde_json::to_value(document()).unwrap());
    let mut names = std::collections::HashSet::new();
    for (path, item) in served["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            if let Some(name) = operation["operationId"].as_str() {
                assert!(names.insert(name.to_owned()), "{path}: {name} twice");
            }
        }
    }
    let operations = crate::walls::operations();
    assert_eq!(operations.len(), names.len());
    for (method, path) in operations {
        if path == "/v1/events/stream" {
            app.feed("", None);
            continue;
        }
        let mut concrete = path.replace("{file}", "qrcode.svg").replace("{slug}", "classic");
        for name in ["{id}", "{linkId}"] {
            concrete = concrete.replace(name, "7");
        }
        let request = app.api(&method, &concrete);
        let answer = if method == "GET" { request.send() } else { request.json(&json!({})).send() };
        assert!(![404, 405, 500].contains(&answer.status), "{method} {path}: {answer:?}");
    }
}

#[test]
fn every_answer_is_hardened() {
    let app = TestApp::new();
    for path in ["/v1/links", "/v1/nothing", "/docs", "/openapi.json", "/robots.txt", "/app/"] {
        let answer = app.api("GET", path).send();
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
    let root = app.request("GET", "/").send();
    assert_eq!((root.status, root.location()), (307, "/app/"));
    assert!(app.request("GET", "/robots.txt").send().text().contains("Disallow: /"));
}
