//! What a webhook is told of, and in which words.

use super::endpoint::Endpoint;
use super::{app, deliveries, hook, only_delivery};
use crate::client::{CURL, IPHONE, Link, eventually};
use crate::workflows::{hidden, ids, publish, redirect};
use serde_json::{Value, json};

/// Bodies by type and kind of step, sorted.
fn told(endpoint: &Endpoint, count: usize) -> Vec<(String, String)> {
    let received = endpoint.wait(count);
    assert_eq!(received.len(), count, "{received:?}");
    let mut told: Vec<(String, String)> = received
        .iter()
        .map(|received| {
            let body = received.json();
            let kind = body["trace"]["stepKind"].as_str().unwrap_or_default().to_owned();
            (body["type"].as_str().unwrap().to_owned(), kind)
        })
        .collect();
    told.sort();
    told
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(kind, step)| ((*kind).to_owned(), (*step).to_owned())).collect()
}

#[test]
fn a_scan_is_told_with_device_link_and_the_steps_it_has_completed() {
    let app = app();
    let (all, exits, scans) = (Endpoint::new(), Endpoint::new(), Endpoint::new());
    hook(&app, &all.url(), &[], &[]);
    hook(&app, &exits.url(), &[], &["KIND_EXIT"]);
    hook(&app, &scans.url(), &["scan"], &[]);
    let link = app.link("https://example.com/menu").with("name", json!("Menu")).create();
    app.scan(&link);
    let listed = app.only_event(&link);
    let step = "workflow_step.completed";
    assert_eq!(told(&all, 2), pairs(&[(step, "KIND_ENTRY"), (step, "KIND_EXIT")]));
    assert_eq!(told(&exits, 1), pairs(&[(step, "KIND_EXIT")]));
    assert_eq!(told(&scans, 1), pairs(&[("scan", "")]));
    let exit = exits.only().json();
    let (event, trace) = (&exit["event"], &exit["trace"]);
    for field in ["id", "linkId", "scannedAt", "visitorId", "deviceId", "xVerdict", "entrypoint"] {
        assert_eq!(event[field], listed[field], "{field}");
        assert!(!event[field].is_null(), "{field}");
    }
    assert_eq!(event["device"], listed["device"]);
    assert_eq!((&event["link"]["id"], &event["link"]["name"]), (&json!(link.id), &json!("Menu")));
    assert_eq!(trace["stepData"]["redirect"]["destination"], "https://example.com/menu");
    let traces = app.get(&format!("/v1/events/{}/traces", listed["id"].as_str().unwrap()));
    assert_eq!(*trace, traces["traces"][1]);
    assert!(!exits.only().body.contains("198.51.100.7"), "never an address");
    assert_eq!(scans.only().json()["trace"], Value::Null);
}

/// The catalog reads scans up to a second late: those that came before the webhook are no news to it.
#[test]
fn what_happened_before_a_webhook_was_made_is_not_told() {
    let app = app();
    let endpoint = Endpoint::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.advance(1);
    let hook = hook(&app, &endpoint.url(), &["scan"], &[]);
    app.advance(1);
    app.scan(&link);
    let told = endpoint.only().json();
    assert_eq!(told["event"]["id"], app.events(&link, 2)[0]["id"], "the later one");
    assert_eq!(deliveries(&app, &hook).len(), 1);
}

#[test]
fn of_programs_nobody_is_told_unless_the_workspace_counts_them() {
    let app = app();
    let endpoint = Endpoint::new();
    let hook = hook(&app, &endpoint.url(), &["scan"], &[]);
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, CURL, "203.0.113.9");
    app.scan(&link);
    let human = endpoint.only().json();
    assert_eq!(human["event"]["xVerdict"], "human");
    assert_eq!(deliveries(&app, &hook).len(), 1);
    app.api("PUT", "/v1/workspace").json(&json!({ "xCounting": "all" })).send().expect(200);
    app.scan_by(&link, CURL, "203.0.113.9");
    assert_eq!(endpoint.wait(2)[1].json()["event"]["xVerdict"], "bot");
}

#[test]
fn a_webhook_of_one_link_is_told_of_no_other() {
    let app = app();
    let endpoint = Endpoint::new();
    let (menu, other) =
        (app.link("https://example.com/menu").create(), app.link("https://example.com/").create());
    let body = json!({ "name": "h", "endpointUrl": endpoint.url(), "linkId": menu.id,
        "xEvents": ["scan", "link.updated", "link.created"] });
    app.post("/v1/webhooks", &body);
    app.scan(&other);
    app.events(&other, 1);
    app.patch(&format!("/v1/links/{}", other.id), &json!({ "name": "Other" }));
    app.scan(&menu);
    assert_eq!(endpoint.only().json()["event"]["linkId"], menu.id);
    app.patch(&format!("/v1/links/{}", menu.id), &json!({ "name": "Menu" }));
    assert_eq!(endpoint.wait(2)[1].json()["link"]["name"], "Menu");
}

#[test]
fn what_is_done_to_links_is_told_as_it_is_afterwards() {
    let app = app();
    let endpoint = Endpoint::new();
    hook(&app, &endpoint.url(), &["link.created", "link.updated"], &[]);
    let link = app.link("https://example.com/a").with("tags", json!(["t"])).create();
    let path = format!("/v1/links/{}", link.id);
    let created = endpoint.wait(1)[0].json();
    assert_eq!(
        (&created["type"], &created["link"]["shortlink"]),
        (&json!("link.created"), &json!(link.slug))
    );
    assert_eq!(created["link"]["tags"][0]["name"], "t");
    assert_eq!(created["event"], Value::Null);
    app.patch(&path, &json!({ "name": "New" }));
    let updated = endpoint.wait(2)[1].json();
    assert_eq!((&updated["type"], &updated["link"]["name"]), (&json!("link.updated"), &json!("New")));
    // Its destination is a step's.
    let steps = app.get(&format!("{path}/workflow-steps"));
    let exit = steps["workflowSteps"][1]["id"].as_str().unwrap().to_owned();
    let payload = json!({ "payload": { "clientRedirect": { "destination": "https://example.com/b" } } });
    app.patch(&format!("{path}/workflow-steps/{exit}"), &payload);
    assert_eq!(endpoint.wait(3)[2].json()["link"]["xDestination"], "https://example.com/b");
    app.api("DELETE", &path).send().expect(200);
    assert_eq!(endpoint.wait(4)[3].json()["link"]["xState"], "deleted");
    app.post(&format!("/v1/x/links/{}/restore", link.id), &json!({}));
    assert_eq!(endpoint.wait(5)[4].json()["link"]["xState"], "open");
    // What is refused is not told.
    app.api("PATCH", &path).json(&json!({ "xScanLimit": 0 })).send().refusal(400);
    app.patch(&path, &json!({ "name": "Last" }));
    assert_eq!(endpoint.wait(6)[5].json()["link"]["name"], "Last");
}

#[test]
fn whoever_identifies_a_visitor_tells_the_others() {
    let app = app();
    let endpoint = Endpoint::new();
    let hook = hook(&app, &endpoint.url(), &["visitor.identified"], &[]);
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let event = app.only_event(&link);
    let said =
        json!({ "lbid": event["id"], "visitor": { "data": { "$email": "a@example.com", "size": "L" } } });
    let visitor = app.post("/v1/visitor/identify", &said)["visitor"].take();
    let told = endpoint.only().json();
    assert_eq!(told["type"], "visitor.identified");
    assert_eq!(
        (&told["visitor"]["id"], &told["visitor"]["email"]),
        (&visitor["id"], &json!("a@example.com"))
    );
    assert_eq!(told["visitor"]["attributes"][0]["value"], "L");
    assert_eq!((&told["event"]["id"], &told["event"]["visitorId"]), (&event["id"], &visitor["id"]));

    // With the visitor goes what was told of him.
    only_delivery(&app, &hook, |delivery| delivery["status"] == "delivered");
    app.api("DELETE", &format!("/v1/visitors/{}", visitor["id"].as_str().unwrap())).send().expect(200);
    assert!(deliveries(&app, &hook).is_empty());
}

fn form(app: &crate::client::Client) -> Link {
    let link = app.link("https://example.com/thanks").create();
    let [form, exit] = ids();
    let step = json!({ "id": form, "payload": { "form": { "formTitle": "Hello", "formFields": [
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true }] } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    publish(app, &link, vec![step, redirect(&exit, "https://example.com/thanks")]);
    link
}

#[test]
fn a_form_that_is_sent_is_a_lead_and_an_interaction() {
    let app = app();
    let (leads, steps) = (Endpoint::new(), Endpoint::new());
    hook(&app, &leads.url(), &["lead"], &[]);
    hook(&app, &steps.url(), &[], &["KIND_INTERACTION", "KIND_EXIT"]);
    let link = form(&app);
    let ask = |method: &str, path: &str| app.request(method, path).agent(IPHONE).from("198.51.100.7");
    let shown = ask("GET", &format!("/{}", link.slug)).send();
    let path = shown.location().to_owned();
    let page = ask("GET", &path).send().text();
    app.advance(5_000);
    let body = format!("mail=person%40example.com&_t={}", hidden(&page, "_t"));
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(ask("POST", &path).body(kind, body.clone().into_bytes()).send().status, 303);
    // Sent once more, it is still one.
    ask("POST", &path).body(kind, body.into_bytes()).send();
    let lead = leads.only().json();
    assert_eq!(lead["type"], "lead");
    let visitor = &lead["event"]["visitor"];
    assert_eq!(visitor["email"], "person@example.com");
    assert_eq!(lead["trace"]["stepData"]["form"]["fields"][0]["value"], "person@example.com");
    assert_eq!(lead["trace"]["xKind"], "answered");
    let step = "workflow_step.completed";
    assert_eq!(told(&steps, 2), pairs(&[(step, "KIND_EXIT"), (step, "KIND_INTERACTION")]));
    let event = lead["event"]["id"].as_str().unwrap();
    let traces = app.get(&format!("/v1/events/{event}/traces"))["traces"].take();
    for received in steps.received() {
        let trace = received.json()["trace"].take();
        let known = traces.as_array().unwrap().iter().any(|known| known["id"] == trace["id"]);
        assert!(known, "{trace} is none of {traces}");
    }
}

#[test]
fn one_s_own_scans_are_forgotten_in_what_was_told_too() {
    let app = app();
    let endpoint = Endpoint::new();
    let hook = hook(&app, &endpoint.url(), &["scan"], &[]);
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    only_delivery(&app, &hook, |delivery| delivery["status"] == "delivered");
    let me = app.request("POST", "/.well-known/quietzone/me").agent(IPHONE).from("198.51.100.7");
    assert_eq!(me.send().expect(200)["scans"], 1);
    eventually("what was told to go", || deliveries(&app, &hook).is_empty().then_some(()));
}
