//! Steps by the API of Linkbreakers: made, changed, connected, deleted; each change is in force at once.

use super::{Phone, ends};
use crate::app::TestApp;
use serde_json::{Value, json};

fn steps_of(app: &TestApp, link: &str) -> Vec<Value> {
    app.get(&format!("/v1/links/{link}/workflow-steps"))["workflowSteps"].as_array().unwrap().clone()
}

#[test]
fn a_form_is_spliced_in_front_of_the_redirect() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let (entry, exit) = ends(&app, &link);
    let path = format!("/v1/links/{}/workflow-steps", link.id);
    let body = json!({
        "eventAction": "EVENT_ACTION_FORM_SUBMIT",
        "payload": { "form": { "formTitle": "F", "formFields": [
            { "key": "$email", "type": "FORM_FIELD_TYPE_EMAIL", "required": true }] } },
        "insertBefore": exit,
    });
    let made = app.post(&path, &body)["workflowStep"].take();
    assert_eq!(
        (&made["kind"], &made["nodeType"], &made["rendersPage"]),
        (&json!("KIND_INTERACTION"), &json!("NODE_TYPE_ATOMIC"), &json!(true))
    );
    assert_eq!(made["branches"][0]["branchId"], "next");
    assert_eq!(made["branches"][0]["nextStepId"], exit.as_str());
    assert_eq!(steps_of(&app, &link.id)[0]["branches"][0]["nextStepId"], made["id"]);
    let answer = app.visit(&format!("/{}", link.slug)).send();
    assert_eq!(answer.status, 303);
    // Deleted, the way is whole again.
    let step = made["id"].as_str().unwrap();
    app.api("DELETE", &format!("{path}/{step}")).send().expect(200);
    assert_eq!(app.api("DELETE", &format!("{path}/{step}")).send().status, 404, "a second time");
    assert_eq!(Phone::new(&app).scan(&link), "https://example.com/");
    let (message, _) = app.api("DELETE", &format!("{path}/{entry}")).send().refusal(400);
    assert!(message.contains("entry"), "{message}");
}

#[test]
fn a_country_has_a_branch_and_is_connected() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let (entry, exit) = ends(&app, &link);
    let path = format!("/v1/links/{}/workflow-steps", link.id);
    let condition = app.post(
        &path,
        &json!({
            "eventAction": "EVENT_ACTION_COUNTRY_CONDITION",
            "payload": { "countryCondition": { "countries": [{ "countryCode": "ch" }] } },
        }),
    )["workflowStep"]
        .take();
    let id = condition["id"].as_str().unwrap();
    let branches: Vec<&str> =
        condition["branches"].as_array().unwrap().iter().map(|b| b["branchId"].as_str().unwrap()).collect();
    assert_eq!(branches, ["CH", "else"]);
    let swiss = app.post(
        &path,
        &json!({ "payload": { "clientRedirect": { "destination": "https://swiss.example/" } } }),
    )["workflowStep"]
        .take();
    let swiss = swiss["id"].as_str().unwrap();
    let connect = |step: &str, branch: &str, next: &str| {
        app.api("PUT", &format!("{path}/{step}/branches/{branch}/connection"))
            .json(&json!({ "nextStepId": next }))
            .send()
    };
    let answer = connect(id, "CH", swiss).expect(200);
    assert_eq!(answer["unconnectedBranchIds"], json!(["else"]));
    assert!(
        answer["disconnectedSteps"].as_array().unwrap().iter().any(|issue| issue["stepId"] == id),
        "{answer}"
    );
    connect(id, "else", &exit).expect(200);
    let answer = connect(&entry, "next", id).expect(200);
    assert_eq!(answer["disconnectedSteps"], json!([]));
    assert_eq!(Phone::new(&app).at(crate::places::BASEL).scan(&link), "https://swiss.example/");
    assert_eq!(Phone::new(&app).at(crate::places::PERTH).scan(&link), "https://example.com/");
    // Both taken away twice.
    for _ in 0..2 {
        app.api("DELETE", &format!("{path}/{id}/branches/CH/connection")).send().expect(200);
    }
    // A circle, an entry, a step of nobody, a branch of nobody.
    let second =
        app.post(&path, &json!({ "payload": { "messagePage": { "title": "Hello" } } }))["workflowStep"]
            .take();
    let second = second["id"].as_str().unwrap();
    connect(id, "CH", second).expect(200);
    let (message, field) = connect(second, "next", id).refusal(400);
    assert!(message.contains("circle") && field == "/nextStepId", "{message} {field}");
    connect(second, "next", &entry).refusal(400);
    connect(second, "next", "00000000-0000-4000-8000-000000000000").refusal(400);
    connect(second, "nowhere", &exit).refusal(404);
}

#[test]
fn what_is_wrong_names_its_field() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let (_, exit) = ends(&app, &link);
    let path = format!("/v1/links/{}/workflow-steps", link.id);
    for (body, field) in [
        (json!({}), "/eventAction"),
        (json!({ "eventAction": "EVENT_ACTION_DANCE" }), "/eventAction"),
        (json!({ "eventAction": "EVENT_ACTION_LINK_VISIT" }), "/eventAction"),
        (
            json!({ "payload": { "clientRedirect": { "destination": "javascript:alert(1)" } } }),
            "/payload/clientRedirect/destination",
        ),
        (
            json!({ "payload": { "form": { "formFields": [{ "key": "a", "type": "FORM_FIELD_TYPE_MAGIC" }] } } }),
            "/payload/form/formFields/0/type",
        ),
        (json!({ "payload": { "messagePage": {} }, "insertBefore": "x" }), "/insertBefore"),
        (
            json!({ "payload": { "openMedia": { "mediaId": "00000000-0000-4000-8000-000000000000" } } }),
            "/payload/openMedia/mediaId",
        ),
        (
            json!({ "payload": { "form": { "formFields": [{ "id": "a", "key": "a", "label": "A", "validationPattern": "(?=a)" }] } } }),
            "/payload/form/formFields/0/validationPattern",
        ),
        (
            json!({ "payload": { "form": { "formFields": [{ "id": "_skip", "key": "a", "label": "A" }] } } }),
            "/payload/form/formFields/0/id",
        ),
        (
            json!({ "payload": { "messagePage": { "title": "A", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER", "timerSeconds": -1 } } }),
            "/payload/messagePage/timerSeconds",
        ),
    ] {
        let answer = app.api("POST", &path).json(&body).send();
        let (message, at) = answer.refusal(400);
        assert_eq!(at, field, "{body}: {message}");
    }
    let answer =
        app.api("PATCH", &format!("{path}/{exit}")).json(&json!({ "payload": { "form": {} } })).send();
    assert_eq!(answer.refusal(400).1, "/payload/form");
    assert_eq!(Phone::new(&app).scan(&link), "https://example.com/", "nothing of it was done");
}

#[test]
fn validation_finds_what_leads_nowhere() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = format!("/v1/links/{}/workflow-steps", link.id);
    assert_eq!(app.get(&format!("{path}/validate"))["issues"], json!([]));
    app.post(
        &path,
        &json!({ "payload": { "multiLink": { "title": "Choose", "buttons": [{ "label": "One" }] } } }),
    );
    let issues = app.get(&format!("{path}/validate"))["issues"].as_array().unwrap().clone();
    assert!(issues.iter().any(|issue| issue["code"] == "UNREACHABLE"), "{issues:?}");
    assert!(issues.iter().all(|issue| !issue["message"].as_str().unwrap().is_empty()));
}

/// A split of ours travels so that a client with a closed list of actions can read it.
#[test]
fn a_split_shares_visitors_out_and_holds_on_to_them() {
    let app = TestApp::new();
    let link = app.link("https://a.example/").create();
    let (entry, exit) = ends(&app, &link);
    let path = format!("/v1/links/{}/workflow-steps", link.id);
    let b =
        app.post(&path, &json!({ "payload": { "clientRedirect": { "destination": "https://b.example/" } } }))
            ["workflowStep"]
            .take();
    let split = app.post(&path, &json!({ "payload": { "xSplit": { "sticky": "VISITOR", "options": [
        { "id": "a", "weight": 1, "nextStepId": exit }, { "id": "b", "weight": 1, "nextStepId": b["id"] }] } } }))["workflowStep"].take();
    assert_eq!(split["eventAction"], "EVENT_ACTION_UNSPECIFIED");
    assert_eq!(split["xEventAction"], "X_SPLIT");
    let connection = format!("{path}/{entry}/branches/next/connection");
    app.api("PUT", &connection).json(&json!({ "nextStepId": split["id"] })).send().expect(200);
    let mut counts = [0, 0];
    for n in 0..60 {
        let address = format!("198.51.100.{n}");
        let first = Phone::new(&app).at(&address).scan(&link);
        assert_eq!(Phone::new(&app).at(&address).scan(&link), first, "the same visitor");
        counts[usize::from(first.contains("//b."))] += 1;
    }
    assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
}
