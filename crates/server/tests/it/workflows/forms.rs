//! Forms: shown, answered, checked, kept once, and what becomes of the answers.

use super::{Phone, hidden, ids, publish, redirect};
use crate::app::{DAY, TestApp};
use crate::client::{Link, eventually};
use serde_json::{Value, json};

const EXIT: &str = "https://shop.example/thanks";

fn with_form(app: &TestApp, fields: Value, more: Value) -> Link {
    let link = app.link(EXIT).create();
    let [form, exit] = ids();
    let mut payload = json!({ "formTitle": "Your visit", "formFields": fields });
    for (name, value) in more.as_object().unwrap() {
        payload[name] = value.clone();
    }
    let step = json!({ "id": form, "payload": { "form": payload },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    let exit = json!({ "id": exit, "payload": { "clientRedirect": { "destination": EXIT, "conversionTracking": true } } });
    publish(app, &link, vec![step, exit]);
    link
}

fn fields() -> Value {
    json!([
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true, "order": 1 },
        { "id": "size", "key": "party", "label": "How many are you?", "type": "FORM_FIELD_TYPE_NUMBER", "order": 2 },
        { "id": "ok", "key": "newsletter", "xType": "CONSENT", "xConsentText": "Write to me", "xConsentVersion": "3", "order": 3 },
        { "id": "table", "key": "table", "xType": "HIDDEN", "xFrom": "query:table", "order": 4 },
    ])
}

#[test]
fn an_answer_becomes_a_lead_with_consent_and_leads_on() {
    let app = TestApp::new();
    let link = with_form(&app, fields(), json!({}));
    let mut phone = Phone::new(&app);
    let answer = phone.get(&format!("/{}?table=12", link.slug));
    let page = phone.get(answer.location());
    assert!(page.header("content-security-policy").contains("default-src 'none'"), "{page:?}");
    assert_eq!(page.header("cache-control"), "private, no-store");
    let path = answer.location().to_owned();
    let trap = hidden(&page.text(), "_t");
    app.advance(5_000);
    // Wrong: said beside the field, what was typed stands there still, nothing is kept.
    let wrong = phone.post(&path, &[("mail", "nobody"), ("size", "four"), ("_t", &trap)]);
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("value=\"nobody\"") && wrong.text().contains("aria-invalid"),
        "{}",
        wrong.text()
    );
    let right = [("mail", "Ada@Example.com"), ("size", "4"), ("ok", "true"), ("table", "99"), ("_t", &trap)];
    let done = phone.post(&path, &right);
    assert_eq!(done.status, 303, "{done:?}");
    let event = app.only_event(&link);
    let id = event["id"].as_str().unwrap();
    assert_eq!(done.location(), format!("{EXIT}?table=12&lbid={id}"));
    assert_eq!(event["xOutcome"], "page");
    // Sent twice: the first answer stands.
    let again = phone.post(&path, &[("mail", "ada@example.com"), ("size", "7"), ("_t", &trap)]);
    assert_eq!(again.status, 303);

    let list = app.get("/v1/visitors?email=ada@example.com");
    assert_eq!(list["json"]["totalCount"], 1, "{list}");
    let visitor = &list["json"]["visitors"][0];
    let attribute = |key: &str| {
        visitor["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["key"] == key)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(
        (&attribute("party")["value"], &attribute("party")["numberValue"]),
        (&json!("4"), &json!(4.0))
    );
    assert_eq!(attribute("table")["value"], "12", "a hidden field is filled by us, not by the page");
    assert_eq!(visitor["visitCount"], 1);
    let visitor = visitor["id"].as_str().unwrap();
    let timeline = app.get(&format!("/v1/x/visitors/{visitor}/timeline"));
    let kinds: Vec<&str> =
        timeline["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    for kind in ["scan", "answered", "consent"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let event = eventually("the visitor on the event", || {
        let page = app.get(&format!("/v1/events?linkId={}&include=visitor&include=journey", link.id));
        let event = page["json"]["events"][0].clone();
        (event["journey"]["completed"] == true).then_some(event)
    });
    assert_eq!(event["visitorId"], visitor);
    assert_eq!(event["visitor"]["email"], "ada@example.com");
    assert_eq!(event["journey"], json!({ "stepsReached": 3, "stepsTotal": 3, "completed": true }));
    let traces = app.get(&format!("/v1/events/{id}/traces"))["traces"].as_array().unwrap().clone();
    let actions: Vec<&str> = traces.iter().map(|trace| trace["stepAction"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        ["EVENT_ACTION_LINK_VISIT", "EVENT_ACTION_FORM_SUBMIT", "EVENT_ACTION_CLIENT_REDIRECT"]
    );
    let form = &traces[1]["stepData"]["form"];
    assert_eq!((&form["skipped"], &form["submittedFields"]), (&json!(false), &json!(4)), "{form}");
    assert_eq!(form["fields"][0]["value"], "ada@example.com");
}

#[test]
fn programs_that_fill_in_what_people_do_not_see_are_not_believed() {
    let app = TestApp::new();
    let link = with_form(&app, fields(), json!({}));
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    let trap = hidden(&page, "_t");
    app.advance(5_000);
    let answer = phone
        .post(&path, &[("mail", "spam@example.com"), ("_website", "https://spam.example/"), ("_t", &trap)]);
    assert_eq!(answer.status, 200, "shown once more");
    assert!(answer.text().contains("look at your answers once more"), "a person learns what to do");
    assert_eq!(app.get("/v1/visitors")["json"]["totalCount"], 0);
    // Quicker than anybody reads, again and again: five are let through, as autofill may be that quick.
    let mut kept = 0;
    for _ in 0..8 {
        let (path, page) = phone.open(&link);
        let trap = hidden(&page, "_t");
        kept += usize::from(phone.post(&path, &[("mail", "ada@example.com"), ("_t", &trap)]).status == 303);
    }
    assert_eq!(kept, 5);
}

#[test]
fn a_form_can_be_skipped_where_its_owner_says_so() {
    let app = TestApp::new();
    let link = with_form(&app, fields(), json!({ "skipForm": true, "skipButtonText": "Later" }));
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    assert!(page.contains("Later"));
    let answer = phone.post(&path, &[("_skip", "1")]);
    assert!(answer.status == 303 && answer.location().starts_with(EXIT), "{answer:?}");
    assert_eq!(app.get("/v1/visitors")["json"]["totalCount"], 0, "nothing is written");
    let event = app.only_event(&link);
    let traces = eventually("the trace of the form", || {
        let traces =
            app.get(&format!("/v1/events/{}/traces", event["id"].as_str().unwrap()))["traces"].take();
        (traces[1]["stepData"]["form"]["skipped"] == true).then_some(traces)
    });
    assert_eq!(traces[1]["xKind"], "skipped");
}

/// The same address twice is one person; what a stranger types over it changes nothing.
#[test]
fn one_address_is_one_visitor_and_strangers_fill_only_what_is_empty() {
    let app = TestApp::new();
    let fields = json!([
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true },
        { "id": "name", "key": "$firstName", "label": "Name", "type": "FORM_FIELD_TYPE_TEXT" },
        { "id": "plan", "key": "plan", "label": "Plan", "type": "FORM_FIELD_TYPE_TEXT" },
    ]);
    let link = with_form(&app, fields, json!({}));
    let send = |form: &[(&str, &str)], address: &str| {
        let mut phone = Phone::new(&app).at(address);
        let (path, page) = phone.open(&link);
        let trap = hidden(&page, "_t");
        app.advance(2_000);
        let form: Vec<_> = form.iter().copied().chain([("_t", trap.as_str())]).collect();
        assert_eq!(phone.post(&path, &form).status, 303);
    };
    send(&[("mail", "ada@example.com"), ("name", "Ada")], "198.51.100.1");
    send(&[("mail", "ADA@example.com"), ("name", "Mallory"), ("plan", "pro")], "198.51.100.2");
    let list = app.get("/v1/visitors");
    assert_eq!(list["json"]["totalCount"], 1);
    let visitor = &list["json"]["visitors"][0];
    assert_eq!((&visitor["firstName"], &visitor["visitCount"]), (&json!("Ada"), &json!(2)));
    assert_eq!(visitor["attributes"][0]["value"], "pro", "what was empty is filled");
}

/// Killed between the answer and its trace, the trace is written at the next start.
#[test]
fn an_answer_whose_trace_was_not_written_is_traced_at_the_next_start() {
    let app = TestApp::new();
    let link = with_form(&app, fields(), json!({}));
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    let trap = hidden(&page, "_t");
    app.advance(2_000);
    assert_eq!(phone.post(&path, &[("mail", "ada@example.com"), ("_t", &trap)]).status, 303);
    let event = app.only_event(&link)["id"].as_str().unwrap().to_owned();
    let answered = |app: &TestApp| {
        let traces = app.get(&format!("/v1/events/{event}/traces"))["traces"].as_array().unwrap().clone();
        traces.iter().filter(|trace| trace["xKind"] == "answered").count()
    };
    eventually("the trace", || (answered(&app) == 1).then_some(()));
    let app = app.restart();
    assert_eq!(answered(&app), 1, "once, however often it was written");
}

/// At level ADVANCED a browser that answered once is known again: conditions see its attributes, and a form whose answers
/// are known is passed by. At BASIC nothing of it is kept in the browser.
#[test]
fn a_browser_that_answered_is_known_again_where_its_owner_says_so() {
    let app = TestApp::new();
    let known = app.link(EXIT).create();
    let [condition, form, pro, exit] = ids();
    let steps = vec![
        json!({ "id": condition, "payload": { "visitorDataCondition": { "options": [
            { "id": "pro", "attributeKey": "plan", "operator": "STRING_EQUALS", "comparisonValue": "pro", "nextStepId": pro }],
            "elseNextStepId": form } } }),
        json!({ "id": form, "payload": { "form": { "formTitle": "You", "autoSkipIfKnown": true, "formFields": [
            { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true },
            { "id": "plan", "key": "plan", "label": "Plan", "type": "FORM_FIELD_TYPE_TEXT" }] } },
            "branches": [{ "branchId": "next", "nextStepId": exit }] }),
        redirect(&pro, "https://shop.example/pro"),
        redirect(&exit, EXIT),
    ];
    publish(&app, &known, steps);
    let answer = |phone: &mut Phone<'_>, mail: &str, plan: &str| {
        let (path, page) = phone.open(&known);
        let trap = hidden(&page, "_t");
        app.advance(2_000);
        let done = phone.post(&path, &[("mail", mail), ("plan", plan), ("_t", &trap)]);
        assert_eq!(done.status, 303, "{done:?}");
        done.header("set-cookie").to_owned()
    };
    let mut phone = Phone::new(&app);
    assert_eq!(answer(&mut phone, "basic@example.com", "pro"), "", "level BASIC");
    assert!(phone.scan(&known).starts_with("/r/"), "nobody is known again");
    app.api("PUT", "/v1/workspace").json(&json!({ "xDataCollection": "advanced" })).send().expect(200);
    let cookie = answer(&mut phone, "ada@example.com", "pro");
    assert!(cookie.starts_with("qzv=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(phone.scan(&known), "https://shop.example/pro");
    let mut other = Phone::new(&app).at("198.51.100.8");
    answer(&mut other, "bob@example.com", "free");
    let path = other.scan(&known);
    assert!(other.get(&path).location().starts_with(EXIT), "the form is passed by");
    let polite = app.visit(&format!("/{}", known.slug)).header("cookie", "qzv=made-up").send();
    assert!(polite.location().starts_with("/r/"), "a cookie that nobody was given: {polite:?}");
}

/// What was agreed to is kept word for word, as the page showed it; a number without its country is nobody's identity.
#[test]
fn consent_is_kept_as_it_was_shown_and_a_local_number_joins_nobody() {
    let app = TestApp::new();
    let fields = json!([
        { "id": "phone", "key": "$phone", "label": "Phone", "type": "FORM_FIELD_TYPE_PHONE", "required": true },
        { "id": "ok", "key": "news", "label": "Write to me", "xType": "CONSENT", "xConsentText": "" },
    ]);
    let link = app.link(EXIT).create();
    let (_, exit) = super::ends(&app, &link);
    let form =
        json!({ "payload": { "form": { "formTitle": "F", "formFields": fields } }, "insertBefore": exit });
    app.post(&format!("/v1/links/{}/workflow-steps", link.id), &form);
    for address in ["198.51.100.1", "198.51.100.2"] {
        let mut phone = Phone::new(&app).at(address);
        let (path, page) = phone.open(&link);
        let trap = hidden(&page, "_t");
        app.advance(2_000);
        assert_eq!(phone.post(&path, &[("phone", "030 1234567"), ("ok", "true"), ("_t", &trap)]).status, 303);
    }
    let list = app.get("/v1/visitors")["json"].take();
    assert_eq!(list["totalCount"], 2, "two people");
    let id = list["visitors"][0]["id"].as_str().unwrap();
    let timeline = app.get(&format!("/v1/x/visitors/{id}/timeline"))["items"].as_array().unwrap().clone();
    let consent = timeline.iter().find(|item| item["kind"] == "consent").unwrap();
    assert_eq!(consent["data"]["text"], "Write to me", "{consent}");
}

/// At level ADVANCED the later scans of a browser whose owner has answered are beside their visitor, on every link and
/// over the days; at BASIC, or where the browser asks not to be told apart, they are not.
#[test]
fn later_scans_of_a_known_browser_are_its_visitors() {
    let app = TestApp::new();
    app.api("PUT", "/v1/workspace").json(&json!({ "xDataCollection": "advanced" })).send().expect(200);
    let (form, plain) = (with_form(&app, fields(), json!({})), app.link("https://plain.example/").create());
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&form);
    let trap = hidden(&page, "_t");
    app.advance(2_000);
    assert_eq!(phone.post(&path, &[("mail", "ada@example.com"), ("_t", &trap)]).status, 303);
    let ada = app.get("/v1/visitors?email=ada@example.com")["json"]["visitors"][0].clone();
    let of_ada = |event: &serde_json::Value| event["visitorId"] == ada["id"];
    phone.scan(&plain);
    app.advance(DAY);
    app.tend_keys();
    phone.scan(&plain);
    let polite =
        app.visit(&format!("/{}", plain.slug)).header("sec-gpc", "1").header("cookie", &phone.cookie());
    assert_eq!(polite.send().status, 302);
    app.scan(&plain);
    let events = eventually("scans beside their visitor", || {
        let events = app.events(&plain, 4);
        (events.iter().filter(|event| of_ada(event)).count() == 2).then_some(events)
    });
    let types: Vec<_> =
        events.iter().filter(|event| of_ada(event)).map(|event| &event["visitType"]).collect();
    assert_eq!(types, ["VISIT_TYPE_RETURNING", "VISIT_TYPE_FIRST"], "newest first");
    let id = ada["id"].as_str().unwrap();
    assert_eq!(app.get(&format!("/v1/visitors/{id}"))["visitCount"], 3);
    app.api("PUT", "/v1/workspace").json(&json!({ "xDataCollection": "basic" })).send().expect(200);
    // Scans of one millisecond have no order.
    app.advance(1_000);
    phone.scan(&plain);
    let newest = app.events(&plain, 5).remove(0);
    assert!(!of_ada(&newest), "level BASIC: {newest}");
}
