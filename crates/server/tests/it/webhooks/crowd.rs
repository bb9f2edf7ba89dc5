//! Many endpoints, of which some never answer: the others do not wait for them.

use super::endpoint::Endpoint;
use super::{app, deliveries, hook};
use crate::client::eventually;
use crate::load::setting;
use serde_json::json;
use std::time::Instant;

#[test]
fn an_endpoint_that_never_answers_holds_up_nobody_else() {
    let app = app();
    let (silent, endpoint) = (Endpoint::silent(), Endpoint::new());
    let dead = hook(&app, &format!("http://{}/", silent.local_addr().unwrap()), &["scan"], &[]);
    hook(&app, &endpoint.url(), &["scan"], &[]);
    let link = app.link("https://example.com/").create();
    // More than are ever under way to one endpoint.
    for _ in 0..20 {
        app.scan(&link);
    }
    endpoint.wait(20);
    let waiting = deliveries(&app, &dead);
    assert_eq!(waiting.len(), 20);
    assert!(waiting.iter().all(|delivery| delivery["status"] == "waiting"), "{waiting:?}");
}

/// ENDPOINTS=1000 measures; by itself it is a test of a hundred.
#[test]
fn of_many_endpoints_each_hears_of_a_scan_within_seconds_though_one_never_answers() {
    let (endpoints, scans) = (setting("ENDPOINTS", 100) as usize, setting("SCANS", 5) as usize);
    let app = app();
    let (silent, endpoint) = (Endpoint::silent(), Endpoint::new());
    hook(&app, &format!("http://{}/", silent.local_addr().unwrap()), &["scan"], &[]);
    for number in 1..endpoints {
        let url = format!("http://{}/{number}", endpoint.address);
        app.post(
            "/v1/webhooks",
            &json!({ "name": number.to_string(), "endpointUrl": url, "xEvents": ["scan"] }),
        );
    }
    let link = app.link("https://example.com/").create();
    let mut behind = Vec::new();
    for scan in 1..=scans {
        let began = Instant::now();
        app.scan(&link);
        let received = eventually("everybody to hear", || {
            let received = endpoint.received();
            (received.len() >= scan * (endpoints - 1)).then_some(received)
        });
        let new = &received[(scan - 1) * (endpoints - 1)..];
        behind.extend(new.iter().map(|received| received.at.duration_since(began)));
    }
    behind.sort_unstable();
    let at = |share: f64| behind[((behind.len() - 1) as f64 * share) as usize];
    println!(
        "{endpoints} endpoints, one silent, {scans} scans: {} deliveries, behind their scan p50 {:?}, p99 {:?}, most {:?}",
        behind.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    assert_eq!(behind.len(), scans * (endpoints - 1));
}
