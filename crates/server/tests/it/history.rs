//! What was changed of a link, by whom, and the way back.

use crate::app::{ADMIN, DAY, PASSWORD, TestApp};
use crate::client::Link;
use serde_json::{Value, json};

fn entries(app: &TestApp, link: &Link) -> Vec<Value> {
    app.get(&format!("/v1/x/links/{}/history", link.id))["entries"].as_array().unwrap().clone()
}

fn back(app: &TestApp, link: &Link, entry: &Value, way: &str) -> Value {
    app.post(&format!("/v1/x/links/{}/history/{}/{way}", link.id, entry["id"].as_str().unwrap()), &json!({}))
}

fn fields(entry: &Value) -> Vec<&str> {
    entry["changes"].as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect()
}

fn lead_to(app: &TestApp, link: &Link, destination: &str) {
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let path = format!("/v1/links/{}/workflow-steps/{}", link.id, steps[1]["id"].as_str().unwrap());
    app.patch(&path, &json!({ "payload": { "clientRedirect": { "destination": destination } } }));
}

#[test]
fn every_change_of_a_link_is_a_row_with_who_when_and_what() {
    let app = TestApp::new();
    let link = app.link("https://example.com/1").slug("one").with("name", json!("First")).create();
    let own = format!("/v1/links/{}", link.id);
    let browser = app.sign_in(ADMIN, PASSWORD);
    app.advance(1000);
    let renamed = browser.ask("PATCH", &own).json(&json!({ "name": "Second", "tags": ["a"] })).send();
    renamed.expect(200);
    app.advance(1000);
    lead_to(&app, &link, "https://example.com/2");
    app.patch(&own, &json!({ "shortlink": "two" }));
    app.patch(&own, &json!({ "xPaused": true, "metadata": { "table": "7" } }));
    app.patch(&own, &json!({ "xArchived": true }));
    app.patch(&own, &json!({ "xArchived": true, "name": "Second" }));
    let design = link.json["qrcodeDesignId"].as_str().unwrap();
    app.patch(&format!("/v1/qrcode-designs/{design}"), &json!({ "width": 700 }));
    app.api("PUT", &format!("/v1/x/links/{}/page-theme", link.id))
        .json(&json!({ "containerEnabled": true }))
        .send()
        .expect(200);
    app.api("DELETE", &own).send().expect(200);
    app.api("POST", &format!("/v1/x/links/{}/restore", link.id)).send().expect(200);
    let entries = entries(&app, &link);
    let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..2], ["restored", "deleted"]);
    assert_eq!(actions.last(), Some(&"created"));
    let changed: Vec<Vec<&str>> =
        entries.iter().rev().filter(|entry| entry["action"] == "updated").map(fields).collect();
    assert_eq!(changed[0], ["name", "tags"]);
    assert_eq!(changed[1], ["xDestination", "xWorkflowVersion"]);
    assert_eq!(changed[2], ["shortlink", "xSlugs"]);
    assert_eq!(changed[3], ["metadata", "xPaused"]);
    assert_eq!(changed[4], ["xArchived"], "what changes nothing is no change");
    assert_eq!(changed[5..], [["qrcodeDesign"], ["pageTheme"]]);
    let renamed = &entries[entries.len() - 2];
    assert_eq!(renamed["actor"], json!({ "kind": "member", "id": renamed["actor"]["id"], "name": ADMIN }));
    assert_eq!(renamed["at"], app.get(&own)["link"]["createdAt"].as_str().unwrap().replace("00Z", "01Z"));
    assert_eq!(renamed["changes"][0], json!({ "field": "name", "before": "First", "after": "Second" }));
    assert_eq!(entries[0]["actor"]["kind"], "token");
}

#[test]
fn one_click_goes_back_to_any_moment_and_that_can_be_undone() {
    let app = TestApp::new();
    let link = app.link("https://example.com/1").slug("one").with("name", json!("First")).create();
    let own = format!("/v1/links/{}", link.id);
    app.patch(&own, &json!({ "name": "Second", "tags": ["a", "b"], "metadata": { "k": "v" }, "expiresAt": "2026-12-31",
        "xScanLimit": 5, "xLeadEmails": ["x@example.com"], "fallbackDestination": "https://example.com/else" }));
    let moment = entries(&app, &link).remove(0);
    let then = app.get(&format!("{own}?include=tags"))["link"].take();
    app.advance(10);
    lead_to(&app, &link, "https://example.com/2");
    app.patch(&own, &json!({ "shortlink": "two" }));
    app.patch(
        &own,
        &json!({ "name": "Third", "tagsDelete": true, "metadata": {}, "expiresAtDelete": true,
        "xScanLimitDelete": true, "xLeadEmails": [], "fallbackDestination": "", "xPaused": true }),
    );
    let now = app.get(&format!("{own}?include=tags"))["link"].take();
    let answer = back(&app, &link, &moment, "restore");
    assert_eq!(answer["xWarnings"], json!([]));
    let moving = ["updatedAt", "xWorkflowVersion", "tags"];
    let strip = |mut link: Value| {
        moving.iter().for_each(|field| drop(link.as_object_mut().unwrap().remove(*field)));
        link
    };
    let restored = app.get(&format!("{own}?include=tags"))["link"].take();
    assert_eq!(restored["tags"].as_array().unwrap().len(), 2);
    assert_eq!(strip(restored), strip(then));
    for slug in ["one", "two"] {
        let answer = app.visit(&format!("/{slug}")).send();
        assert_eq!((answer.status, answer.location()), (302, "https://example.com/1"), "{slug}");
    }
    let entry = json!({ "id": answer["entryId"] });
    let noted = entries(&app, &link).remove(0);
    assert_eq!((&noted["action"], &noted["restoredEntryId"]), (&json!("rolled_back"), &moment["id"]));
    back(&app, &link, &entry, "undo");
    assert_eq!(strip(app.get(&format!("{own}?include=tags"))["link"].take()), strip(now));
    // To where it is already: nothing happens, and nothing is noted.
    let count = entries(&app, &link).len();
    let last = entries(&app, &link).remove(0);
    assert_eq!(back(&app, &link, &last, "restore").get("entryId"), None);
    assert_eq!(entries(&app, &link).len(), count);
}

#[test]
fn one_change_is_taken_back_and_later_ones_stay() {
    let app = TestApp::new();
    let link = app.link("https://example.com/1").create();
    let own = format!("/v1/links/{}", link.id);
    app.patch(&own, &json!({ "name": "Named", "purpose": "Why" }));
    let first = entries(&app, &link).remove(0);
    app.patch(&own, &json!({ "purpose": "Because", "xNotes": "Noted" }));
    lead_to(&app, &link, "https://example.com/2");
    let led = entries(&app, &link).remove(0);
    back(&app, &link, &led, "undo");
    assert_eq!(app.scan(&link).location(), "https://example.com/1");
    back(&app, &link, &first, "undo");
    let link_now = app.get(&own)["link"].take();
    assert_eq!((&link_now["name"], &link_now["xNotes"]), (&json!(""), &json!("Noted")));
    assert_eq!(link_now.get("purpose"), None);
    let created = entries(&app, &link).pop().unwrap();
    let path = format!("/v1/x/links/{}/history/{}/undo", link.id, created["id"].as_str().unwrap());
    app.api("POST", &path).json(&json!({})).send().refusal(409);
    let missing = format!("/v1/x/links/{}/history/0197a3c0-0000-7000-8000-000000000001/undo", link.id);
    app.api("POST", &missing).json(&json!({})).send().refusal(404);
}

#[test]
fn what_cannot_be_had_back_is_told_and_all_else_is() {
    let app = TestApp::new();
    let folder = app.post("/v1/directories", &json!({ "name": "a" }))["directory"]["id"].take();
    let link = app.link("https://example.com/").slug("one").with("directoryId", folder.clone()).create();
    let own = format!("/v1/links/{}", link.id);
    app.patch(&own, &json!({ "name": "Named" }));
    let moment = entries(&app, &link).remove(0);
    app.patch(&own, &json!({ "shortlink": "two", "name": "", "directoryIdDelete": true }));
    let slugs = app.get(&format!("/v1/x/links/{}/slugs", link.id))["slugs"].take();
    let old = slugs.as_array().unwrap().iter().find(|slug| slug["shortlink"] == "one").unwrap();
    let path = format!("/v1/x/links/{}/slugs/{}", link.id, old["id"].as_str().unwrap());
    app.api("DELETE", &path).send().expect(200);
    app.link("https://example.com/new").slug("one").create();
    app.api("DELETE", &format!("/v1/directories/{}", folder.as_str().unwrap())).send().expect(200);
    let answer = back(&app, &link, &moment, "restore");
    let warnings = answer["xWarnings"].to_string();
    assert!(warnings.contains("folder") && warnings.contains("/one"), "{warnings}");
    assert_eq!((&answer["link"]["name"], &answer["link"]["shortlink"]), (&json!("Named"), &json!("two")));
    assert_eq!(app.visit("/one").send().location(), "https://example.com/new");
    // An address that was released and that nobody took comes back.
    let slug = app.post(
        &format!("/v1/x/links/{}/slugs", link.id),
        &json!({ "shortlink": "three", "placement": "Door" }),
    );
    let added = entries(&app, &link).remove(0);
    let path = format!("/v1/x/links/{}/slugs/{}", link.id, slug["slug"]["id"].as_str().unwrap());
    app.api("DELETE", &path).send().expect(200);
    assert_eq!(app.visit("/three").send().status, 404);
    assert_eq!(back(&app, &link, &added, "restore")["xWarnings"], json!([]));
    assert_eq!(app.visit("/three").send().status, 302);
    let slugs = app.get(&format!("/v1/x/links/{}/slugs", link.id));
    assert!(slugs.to_string().contains("\"Door\""), "{slugs}");
}

#[test]
fn pages_of_history_neither_repeat_nor_skip_while_changes_come() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let own = format!("/v1/links/{}", link.id);
    for n in 0..9 {
        app.patch(&own, &json!({ "name": format!("{n}") }));
    }
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let page = app.get(&format!("/v1/x/links/{}/history?pageSize=4{token}", link.id));
        names.extend(
            page["entries"].as_array().unwrap().iter().map(|entry| entry["changes"][0]["after"].clone()),
        );
        app.patch(&own, &json!({ "name": format!("new {}", names.len()) }));
        match page["nextPageToken"].as_str() {
            Some(next) => token = format!("&pageToken={next}"),
            None => break,
        }
    }
    let shown: Vec<_> = names.iter().map(|name| name.as_str().unwrap_or_default()).collect();
    assert_eq!(shown[..9], ["8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    assert_eq!(names.len(), 10);
    app.api("GET", &format!("/v1/x/links/{}/history?pageToken=AAAA", link.id)).send().refusal(400);
    app.advance(40 * DAY);
    assert_eq!(entries(&app, &link).len(), 13, "it is kept");
}

#[test]
fn who_may_not_publish_does_not_publish_by_going_back() {
    let app = TestApp::new();
    let link = app.link("https://example.com/1").create();
    app.patch(&format!("/v1/links/{}", link.id), &json!({ "name": "Named" }));
    let named = entries(&app, &link).remove(0);
    lead_to(&app, &link, "https://example.com/2");
    let made = app.post(
        "/v1/workspace-tokens",
        &json!({
        "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "Pen", "scopes": ["links:write"] }),
    );
    let token = made["accessToken"].as_str().unwrap();
    let path = |way: &str| format!("/v1/x/links/{}/history/{}/{way}", link.id, named["id"].as_str().unwrap());
    let (message, _) =
        app.request("POST", &path("restore")).bearer(token).json(&json!({})).send().refusal(403);
    assert!(message.contains("workflows:write"), "{message}");
    assert_eq!(app.scan(&link).location(), "https://example.com/2");
    app.request("POST", &path("undo")).bearer(token).json(&json!({})).send().expect(200);
    let entry = entries(&app, &link).remove(0);
    assert_eq!(entry["actor"]["name"], "API token Pen");
    // Nor does who may not draw codes put a picture into one.
    let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let look = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    app.patch(&look, &json!({ "centralImageData": pixel, "errorCorrectionLevel": "H" }));
    app.patch(&look, &json!({ "centralImageDelete": true }));
    let gone = entries(&app, &link).remove(0);
    assert_eq!(fields(&gone), ["xCentralImage"]);
    let undo = format!("/v1/x/links/{}/history/{}/undo", link.id, gone["id"].as_str().unwrap());
    let (message, _) = app.request("POST", &undo).bearer(token).json(&json!({})).send().refusal(403);
    assert!(message.contains("qrcodes:write"), "{message}");
}
