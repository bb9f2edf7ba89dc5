//! The resource as the contract has it, and what of it is ours.

use super::endpoint::Endpoint;
use super::{app, deliveries, hook, read};
use crate::app::TestApp;
use serde_json::{Value, json};

#[test]
fn a_webhook_has_the_fields_of_the_contract() {
    let app = app();
    let made = app.post(
        "/v1/webhooks",
        &json!({ "name": "h", "endpointUrl": "http://127.0.0.1:9/", "triggers": ["KIND_EXIT"] }),
    );
    let made = &made["webhook"];
    let secret = made["xSecret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "{secret}");
    for (field, value) in [
        ("status", json!("WEBHOOK_STATUS_ACTIVE")),
        ("source", json!("WEBHOOK_SOURCE_LINKBREAKERS")),
        ("triggers", json!(["KIND_EXIT"])),
        ("xEvents", json!([])),
        ("successCount", json!(0)),
        ("failureCount", json!(0)),
        ("endpointUrl", json!("http://127.0.0.1:9/")),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/webhooks/{id}");
    let got = app.get(&path);
    assert_eq!(got["webhook"]["xSecret"], Value::Null, "shown once");
    assert_eq!(got["webhook"]["linkId"], Value::Null);

    let link = app.link("https://example.com/").create();
    let body = json!({ "name": "n", "status": "WEBHOOK_STATUS_PAUSED", "linkId": link.id, "triggers": [],
        "xEvents": ["scan", "scan"], "source": "WEBHOOK_SOURCE_ZAPIER" });
    let changed = app.patch(&path, &body)["webhook"].take();
    assert_eq!(changed["status"], "WEBHOOK_STATUS_PAUSED");
    assert_eq!((&changed["linkId"], &changed["xEvents"]), (&json!(link.id), &json!(["scan"])));
    assert_eq!((&changed["source"], &changed["name"]), (&json!("WEBHOOK_SOURCE_ZAPIER"), &json!("n")));
    let cleared = app.patch(&path, &json!({ "linkId": "" }))["webhook"].take();
    assert_eq!((&cleared["linkId"], &cleared["name"]), (&Value::Null, &json!("n")));
    app.api("DELETE", &path).send().expect(200);
    app.api("DELETE", &path).send().refusal(404);
    app.api("GET", &path).send().refusal(404);
}

#[test]
fn lists_are_paged_and_filtered() {
    let app = app();
    let mut ids: Vec<String> = Vec::new();
    for _ in 0..5 {
        app.advance(1);
        ids.push(hook(&app, "http://127.0.0.1:9/", &[], &[]).id);
    }
    ids.reverse();
    app.patch(&format!("/v1/webhooks/{}", ids[2]), &json!({ "status": "WEBHOOK_STATUS_PAUSED" }));
    let list = |query: &str| app.get(&format!("/v1/webhooks?{query}"));
    let named = |page: &Value| -> Vec<String> {
        page["webhooks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hook| hook["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = list("pageSize=2");
    assert_eq!((named(&first), &first["totalCount"]), (ids[..2].to_vec(), &json!(5)));
    let second = list(&format!("pageSize=3&pageToken={}", first["nextPageToken"].as_str().unwrap()));
    assert_eq!((named(&second), &second["nextPageToken"]), (ids[2..].to_vec(), &Value::Null));
    assert_eq!(named(&list("status=WEBHOOK_STATUS_PAUSED")), ids[2..3]);
    assert_eq!(app.api("GET", "/v1/webhooks?status=OFF").send().refusal(400).1, "status");
    assert_eq!(app.api("GET", "/v1/webhooks?pageToken=x").send().refusal(400).1, "pageToken");
}

#[test]
fn what_cannot_be_a_webhook_is_refused_by_field() {
    let app = TestApp::new();
    let refused = |field: &str, value: Value| {
        let mut body = json!({ "name": "h", "endpointUrl": "https://example.com/" });
        body[field] = value;
        app.api("POST", "/v1/webhooks").json(&body).send().refusal(400)
    };
    for (field, value, at, words) in [
        ("name", json!(""), "/name", "give the webhook a name"),
        ("name", json!("x".repeat(101)), "/name", "at most 100"),
        ("endpointUrl", json!(""), "/endpointUrl", "say where"),
        ("endpointUrl", json!("example.com"), "/endpointUrl", "whole address"),
        ("endpointUrl", json!("ftp://example.com/"), "/endpointUrl", "begin with https"),
        ("endpointUrl", json!("https://me:secret@example.com/"), "/endpointUrl", "user name or password"),
        ("endpointUrl", json!("http://example.com/"), "/endpointUrl", "use https"),
        ("endpointUrl", json!("https://169.254.169.254/latest"), "/endpointUrl", "metadata"),
        ("endpointUrl", json!("https://[::1]/"), "/endpointUrl", "loopback"),
        ("triggers", json!(["scan"]), "/triggers/0", "xEvents"),
        ("xEvents", json!(["scan", "KIND_EXIT"]), "/xEvents/1", "link.created"),
        ("source", json!("WEBHOOK_SOURCE_IFTTT"), "/source", "WEBHOOK_SOURCE_ZAPIER"),
        ("linkId", json!("7"), "/linkId", "UUID"),
        ("triggers", json!("KIND_EXIT"), "/triggers", "list"),
    ] {
        let (message, field_at) = refused(field, value.clone());
        assert!(field_at == at && message.contains(words), "{value}: {field_at}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
    let nobodys = json!({ "name": "h", "endpointUrl": "https://example.com/", "linkId": uuid::Uuid::nil() });
    assert_eq!(app.api("POST", "/v1/webhooks").json(&nobodys).send().refusal(404).1, "/linkId");
    assert_eq!(app.get("/v1/webhooks")["totalCount"], 0);
}

#[test]
fn a_webhook_is_told_of_its_own_workspace_only() {
    let app = app();
    let (theirs, endpoint) = (app.other_workspace(), Endpoint::new());
    let body = json!({ "name": "theirs", "endpointUrl": endpoint.url(),
        "xEvents": ["scan", "link.created", "link.updated", "visitor.identified", "lead"],
        "triggers": ["KIND_ENTRY", "KIND_EXIT", "KIND_INTERACTION", "KIND_CONDITION"] });
    let other = app.request("POST", "/v1/webhooks").bearer(&theirs).json(&body).send().expect(200);
    let own = Endpoint::new();
    let hook = hook(&app, &own.url(), &["scan", "link.created"], &[]);
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let event = app.only_event(&link);
    app.post(
        "/v1/visitor/identify",
        &json!({ "lbid": event["id"], "visitor": { "data": { "$email": "a@example.com" } } }),
    );
    own.wait(2);
    // Theirs is heard of in the same breath, so ours are in its past.
    let their_link = app.link("https://example.com/").of(&theirs).create();
    let told = endpoint.only().json();
    assert_eq!((&told["type"], &told["link"]["id"]), (&json!("link.created"), &json!(their_link.id)));
    // Nor do they see each other's.
    let listed = app.request("GET", "/v1/webhooks").bearer(&theirs).send().text();
    assert!(!listed.contains(&hook.id));
    let delivery = deliveries(&app, &hook)[0]["id"].as_str().unwrap().to_owned();
    let other = other["webhook"]["id"].as_str().unwrap();
    for path in [
        format!("/v1/x/webhooks/{}/deliveries", hook.id),
        format!("/v1/x/webhooks/{}/deliveries/{delivery}", hook.id),
        format!("/v1/x/webhooks/{other}/deliveries/{delivery}"),
    ] {
        app.request("GET", &path).bearer(&theirs).send().refusal(404);
    }
    let again = format!("/v1/x/webhooks/{other}/deliveries/{delivery}/redeliver");
    app.request("POST", &again).bearer(&theirs).json(&json!({})).send().refusal(404);
}

#[test]
fn reading_and_writing_need_their_scopes() {
    let app = app();
    let hook = hook(&app, "http://127.0.0.1:9/", &[], &[]);
    let token = |scope: &str| {
        let body = json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "t", "scopes": [scope] });
        app.post("/v1/workspace-tokens", &body)["accessToken"].as_str().unwrap().to_owned()
    };
    let (reader, stranger) = (token("webhooks:read"), token("links:write"));
    for (method, path) in [
        ("GET", "/v1/webhooks".to_owned()),
        ("GET", format!("/v1/webhooks/{}", hook.id)),
        ("GET", format!("/v1/x/webhooks/{}/deliveries", hook.id)),
        ("POST", "/v1/webhooks".to_owned()),
        ("PATCH", format!("/v1/webhooks/{}", hook.id)),
        ("DELETE", format!("/v1/webhooks/{}", hook.id)),
        ("POST", format!("/v1/x/webhooks/{}/test", hook.id)),
        ("POST", format!("/v1/x/webhooks/{}/rotate-secret", hook.id)),
    ] {
        let ask = |token: &str| app.request(method, &path).bearer(token).json(&json!({})).send();
        ask(&stranger).refusal(403);
        if method == "GET" {
            ask(&reader).expect(200);
        } else {
            ask(&reader).refusal(403);
        }
    }
    read(&app, &hook);
}
