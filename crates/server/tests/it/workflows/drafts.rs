//! Drafts, publishing, history, and what a pretend scan is told.

use super::{Phone, ends, ids, publish, redirect};
use crate::app::TestApp;
use serde_json::{Value, json};

fn path(link: &crate::client::Link, more: &str) -> String {
    format!("/v1/x/links/{}/workflow{more}", link.id)
}

#[test]
fn a_draft_is_not_in_force_until_it_is_published() {
    let app = TestApp::new();
    let link = app.link("https://one.example/").create();
    let (entry, exit) = ends(&app, &link);
    let document = app.get(&path(&link, ""));
    assert_eq!((&document["version"], &document["draft"]), (&json!(1), &Value::Null));
    let steps = |to: &str| {
        json!([
            { "id": entry, "payload": { "linkVisit": {} }, "branches": [{ "branchId": "next", "nextStepId": exit }] },
            { "id": exit, "payload": { "clientRedirect": { "destination": to } } },
        ])
    };
    let put = |revision: i64, steps: Value| {
        app.api("PUT", &path(&link, "/draft")).json(&json!({ "revision": revision, "steps": steps })).send()
    };
    let draft = put(0, steps("https://two.example/")).expect(200);
    assert_eq!((&draft["draft"]["revision"], &draft["draft"]["baseVersion"]), (&json!(1), &json!(1)));
    assert_eq!(Phone::new(&app).scan(&link), "https://one.example/");
    assert!(put(0, steps("https://x.example/")).refusal(409).0.contains("somebody else"));
    // Unfinished is kept, and refused when it is published.
    put(1, steps("")).expect(200);
    let refused = app.api("POST", &path(&link, "/publish")).json(&json!({ "revision": 2 })).send();
    let (message, field) = refused.refusal(400);
    assert!(message.contains("cannot be published") && field.starts_with("/steps/1"), "{message} {field}");
    // Malformed is not kept.
    let (_, field) =
        put(2, json!([{ "id": entry, "payload": { "form": { "formFields": [{ "type": "X" }] } } }]))
            .refusal(400);
    assert_eq!(field, "/steps/0/payload/form/formFields/0/type");
    put(2, steps("https://two.example/")).expect(200);
    let changes = app.get(&path(&link, "/diff"))["changes"].as_array().unwrap().clone();
    assert!(changes[0]["text"].as_str().unwrap().contains("two.example"), "{changes:?}");
    // Somebody changes a step meanwhile.
    let body = json!({ "payload": { "clientRedirect": { "destination": "https://three.example/" } } });
    app.patch(&format!("/v1/links/{}/workflow-steps/{exit}", link.id), &body);
    let moved_on = app.api("POST", &path(&link, "/publish")).json(&json!({ "revision": 3 })).send();
    assert!(moved_on.refusal(409).0.contains("version 2"));
    app.post(&path(&link, "/publish"), &json!({ "revision": 3, "force": true }));
    assert_eq!(Phone::new(&app).scan(&link), "https://two.example/");
    let versions = app.get(&path(&link, "/versions"))["versions"].as_array().unwrap().clone();
    let numbers: Vec<_> = versions.iter().map(|version| version["version"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert!(versions[0]["current"] == true && !versions[0]["publishedBy"].as_str().unwrap().is_empty());
    let back = app.post(&path(&link, "/versions/1/rollback"), &json!({}));
    assert_eq!(back["version"], 4);
    assert_eq!(Phone::new(&app).scan(&link), "https://one.example/");
    assert_eq!(app.api("GET", &path(&link, "/versions/9")).send().status, 404);
    assert_eq!(app.api("DELETE", &path(&link, "/draft")).send().status, 404, "it went when it was published");
}

/// A pretend scan is told what a real one gets.
#[test]
fn a_pretend_scan_goes_where_a_real_one_goes() {
    let app = TestApp::with(&[("QUIETZONE_TIMEZONE", "Europe/Zurich")]);
    let link = app.link("https://example.com/").create();
    let [country, hours, swiss, lunch, rest] = ids();
    let steps = vec![
        json!({ "id": country, "payload": { "countryCondition": { "countries": [{ "countryCode": "CH", "nextStepId": hours }], "elseNextStepId": rest } } }),
        json!({ "id": hours, "payload": { "timeOfDayCondition": { "ranges": [{ "id": "noon", "name": "Noon", "startTime": "11:00", "endTime": "14:00", "nextStepId": lunch }], "elseNextStepId": swiss } } }),
        redirect(&swiss, "https://swiss.example/"),
        redirect(&lunch, "https://lunch.example/"),
        redirect(&rest, "https://rest.example/"),
    ];
    publish(&app, &link, steps);
    let cases = [
        ("2026-03-10T10:30:00Z", "CH", crate::places::BASEL, "https://lunch.example/"),
        ("2026-03-10T11:30:00Z", "AU", crate::places::PERTH, "https://rest.example/"),
        ("2026-03-10T15:30:00Z", "CH", crate::places::BASEL, "https://swiss.example/"),
    ];
    for (at, code, address, to) in cases {
        app.set_clock(at);
        let told = app.post(
            &format!("/v1/x/links/{}/explain", link.id),
            &json!({ "scan": { "at": at, "country": code } }),
        );
        assert_eq!(told["end"]["destination"], to, "{told}");
        assert!(
            told["steps"].as_array().unwrap().iter().all(|step| !step["text"].as_str().unwrap().is_empty()),
            "{told}"
        );
        assert_eq!(Phone::new(&app).at(address).scan(&link), to);
    }
    let events = app.events(&link, 3);
    let traces =
        app.get(&format!("/v1/events/{}/traces", events[2]["id"].as_str().unwrap()))["traces"].take();
    assert_eq!(
        (&traces[1]["xBranchId"], &traces[2]["xBranchId"]),
        (&json!("CH"), &json!("noon")),
        "{traces}"
    );
}

#[test]
fn the_editor_sees_the_page_as_a_visitor_does() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let [step] = ids();
    let body = json!({ "step": { "id": step, "payload": { "thankYouPage": { "title": "Danke & bis bald" } } }, "language": "de" });
    let html = app.post(&path(&link, "/preview"), &body)["html"].as_str().unwrap().to_owned();
    assert!(html.contains("Danke &amp; bis bald") && html.contains("lang=\"de\""), "{html}");
}

/// What is wrong with a draft is told by the places its steps have in the request.
#[test]
fn faults_of_a_draft_name_the_step_that_was_sent() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let (entry, _) = super::ends(&app, &link);
    let (_, taken) = super::ends(&app, &app.link("https://other.example/").create());
    let [one, two] = super::ids();
    let message = |id: &str, next: &str| {
        json!({ "id": id, "payload": { "messagePage": { "title": "Hello" } },
            "branches": [{ "branchId": "next", "nextStepId": next }] })
    };
    let begin = json!({ "id": entry, "payload": { "linkVisit": {} }, "branches": [{ "branchId": "next", "nextStepId": one }] });
    let form = |kind: &str| json!({ "id": two, "payload": { "form": { "formFields": [{ "type": kind }] } } });
    for (steps, field, says) in [
        (json!([message(&one, &two), message(&two, &one), begin]), "/steps/0/nextStepId", "circle"),
        (json!([super::redirect(&taken, "https://a.example/"), begin]), "/steps/0/id", "another link"),
        (json!([begin, message(&one, &taken)]), "/steps/1/nextStepId", ""),
        (
            json!([begin, form("FORM_FIELD_TYPE_MAGIC")]),
            "/steps/1/payload/form/formFields/0/type",
            "is none of",
        ),
        (json!([begin, { "id": 7, "payload": { "messagePage": {} } }]), "/steps/1/id", ""),
    ] {
        let body = json!({ "revision": 0, "steps": steps });
        let answer = app.api("PUT", &format!("/v1/x/links/{}/workflow/draft", link.id)).json(&body).send();
        let (message, at) = answer.refusal(400);
        assert!(at == field && message.contains(says), "{at}: {message}");
    }
}
