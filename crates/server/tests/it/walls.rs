//! No workspace sees or changes what is another's, through no operation there is.

use crate::app::TestApp;
use serde_json::{Value, json};
use server::router::document;

/// Every operation of the API: method and path with its parameters in braces.
pub fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::to_value(document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods
            .filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()))
            .map(|method| (method.to_uppercase(), path.clone()))
    });
    methods.collect()
}

#[test]
fn every_operation_that_takes_an_id_answers_404_for_another_workspaces() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("ours").with("name", json!("Ours")).create();
    app.scan(&link);
    let event = app.only_event(&link);
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let token = app.post(
        "/v1/workspace-tokens",
        &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "Ours" }),
    );
    let visitor = app.post(
        "/v1/visitor/identify",
        &json!({ "lbid": event["id"], "visitor": { "data": { "$email": "ours@example.com" } } }),
    );
    let media = app.post("/v1/media", &json!({ "fileName": "ours.pdf", "fileData": "JVBERi0xLjcK" }));
    let ids = [
        ("/v1/links/{id}", link.id.as_str()),
        ("/v1/links/{linkId}", link.id.as_str()),
        ("/v1/x/links/{id}", link.id.as_str()),
        ("/v1/x/links/{linkId}", link.id.as_str()),
        ("/workflow-steps/{stepId}", steps[0]["id"].as_str().unwrap()),
        ("/branches/{branchId}", "next"),
        ("/versions/{version}", "1"),
        ("/v1/visitors/{id}", visitor["visitor"]["id"].as_str().unwrap()),
        ("/v1/x/visitors/{id}", visitor["visitor"]["id"].as_str().unwrap()),
        ("/attributes/{attributeKey}", "email"),
        ("/v1/media/{id}", media["media"]["id"].as_str().unwrap()),
        ("/workflow-steps/{id}", steps[1]["id"].as_str().unwrap()),
        ("/v1/events/{id}", event["id"].as_str().unwrap()),
        ("/v1/workspace-tokens/{id}", token["token"]["id"].as_str().unwrap()),
        ("{file}", "qrcode.svg"),
        ("/v1/qrcode-designs/{id}", link.json["qrcodeDesignId"].as_str().unwrap()),
    ];
    let before = [app.get(&format!("/v1/links/{}?include=tags", link.id)), app.get("/v1/workspace-tokens")];
    let theirs = app.other_workspace();
    let mut tried = 0;
    for (method, path) in operations() {
        let mut concrete = path.clone();
        for (part, id) in ids {
            let filled = part.split_once('{').map(|(before, _)| format!("{before}{id}")).unwrap();
            concrete = concrete.replace(part, &filled);
        }
        if concrete == path {
            continue;
        }
        assert!(!concrete.contains('{'), "{concrete}: tell this test what stands there");
        let body = json!({
            "name": "Theirs",
            "payload": { "clientRedirect": { "destination": "https://evil.example/" } },
            "nextStepId": steps[1]["id"], "revision": 0, "steps": [], "force": true,
            "step": { "id": steps[1]["id"], "payload": { "messagePage": {} } },
            "visitor": { "data": { "$email": "theirs@example.com" } },
            "otherVisitorId": visitor["visitor"]["id"],
        });
        let answer = match method.as_str() {
            "GET" | "DELETE" => app.request(&method, &concrete).bearer(&theirs).send(),
            _ => app.request(&method, &concrete).bearer(&theirs).json(&body).send(),
        };
        answer.refusal(404);
        tried += 1;
    }
    assert!(tried >= 11, "{tried} operations take an id");
    let after = [app.get(&format!("/v1/links/{}?include=tags", link.id)), app.get("/v1/workspace-tokens")];
    assert_eq!(before[0], after[0]);
    let names = |list: &Value| -> Vec<Value> {
        list["tokens"].as_array().unwrap().iter().map(|token| token["name"].clone()).collect()
    };
    assert_eq!(names(&before[1]), names(&after[1]));
    assert_eq!(app.scan(&link).location(), "https://example.com/");
}

#[test]
fn no_list_and_no_number_shows_what_is_another_workspaces() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("ours").with("tags", json!(["ours"])).create();
    app.scan(&link);
    app.events(&link, 1);
    let theirs = app.other_workspace();
    for (method, path) in operations() {
        if path.contains('{')
            || !path.starts_with("/v1/")
            || path.contains("stream")
            || path.starts_with("/v1/x/")
        {
            continue;
        }
        let answer = match method.as_str() {
            "GET" => app.request(&method, &path).bearer(&theirs).send(),
            "POST" => app
                .request(&method, &path)
                .bearer(&theirs)
                .json(&json!({ "dimension": "slug", "groupBy": "country" }))
                .send(),
            _ => continue,
        };
        for secret in [link.id.as_str(), "\"ours\"", "owner@example.com"] {
            assert!(!answer.text().contains(secret), "{method} {path}: {answer:?}");
        }
    }
}
