//! How far scans come, stage by stage, and what visitors' attributes say together.

use super::{Phone, hidden, ids, publish, redirect};
use crate::app::{DAY, TestApp};
use crate::client::{CURL, Link, eventually};
use crate::places::BASEL;
use serde_json::{Value, json};

const EXIT: &str = "https://shop.example/thanks";

/// A form, then buttons of which one leads to the exit and one nowhere.
fn survey(app: &TestApp) -> Link {
    let link = app.link(EXIT).create();
    let [form, buttons, exit] = ids();
    let fields = json!([
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true, "order": 1 },
        { "id": "n", "key": "n", "label": "How many?", "type": "FORM_FIELD_TYPE_NUMBER", "order": 2 },
    ]);
    let form = json!({ "id": form, "payload": { "form": { "formTitle": "Your visit", "formFields": fields } },
        "branches": [{ "branchId": "next", "nextStepId": buttons }] });
    let page = json!({ "id": buttons, "payload": { "multiLink": { "title": "Where to?", "buttons": [
        { "id": "shop", "label": "Shop", "order": 1, "nextStepId": exit },
        { "id": "map", "label": "Map", "order": 2, "nextStepId": exit }] } } });
    publish(app, &link, vec![form, page, redirect(&exit, EXIT)]);
    link
}

fn steps<'a>(funnel: &'a Value, field: &str) -> Vec<&'a Value> {
    funnel["steps"].as_array().unwrap().iter().map(|step| &step[field]).collect()
}

#[test]
fn a_funnel_counts_scans_and_visitors_stage_by_stage() {
    let app = TestApp::new();
    let link = survey(&app);
    // One only looks, twice; two send the form, of whom one goes on; a program is not counted.
    let mut looks = Phone::new(&app).at("198.51.100.1");
    looks.open(&link);
    looks.open(&link);
    let send = |address: &str, mail: &str, n: &str| {
        let mut phone = Phone::new(&app).at(address);
        let (path, page) = phone.open(&link);
        app.advance(5_000);
        let sent = phone.post(&path, &[("mail", mail), ("n", n), ("_t", &hidden(&page, "_t"))]);
        assert_eq!(sent.status, 303, "{sent:?}");
        (phone, sent.location().to_owned())
    };
    let (mut goes_on, buttons) = send("198.51.100.2", "ada@example.com", "3");
    let (mut stays, page) = send("198.51.100.3", "bob@example.com", "8");
    // Traces of one millisecond have no order.
    app.advance(1_000);
    stays.get(&page);
    goes_on.get(&buttons);
    assert_eq!(goes_on.post(&buttons, &[("button", "shop")]).location(), EXIT);
    let program = app.request("GET", &format!("/{}", link.slug)).agent(CURL).from(BASEL).send();
    assert_eq!(program.status, 303);

    let asked = |body: Value| app.post("/v1/analytics/funnel", &body);
    let by_step = json!({ "linkId": link.id, "xBy": "step" });
    let whole = eventually("the traces", || {
        let funnel = asked(by_step.clone());
        let seen = funnel["steps"][2]["visits"] == 2 && funnel["steps"][1]["interactions"] == 2;
        (funnel["xCompleted"] == 1 && seen).then_some(funnel)
    });
    // The version that the link was made with had an exit of its own; nobody came to it.
    let mut funnel = whole.clone();
    let older = funnel["steps"].as_array_mut().unwrap().pop().unwrap();
    assert_eq!((&older["visits"], &older["stepKind"]), (&json!(0), &json!("KIND_EXIT")));
    assert_eq!((&funnel["entryVisits"], &funnel["xVisitors"]), (&json!(4), &json!(3)));
    assert_eq!(
        steps(&funnel, "stepAction"),
        [
            "EVENT_ACTION_LINK_VISIT",
            "EVENT_ACTION_FORM_SUBMIT",
            "EVENT_ACTION_MULTI_LINK",
            "EVENT_ACTION_CLIENT_REDIRECT"
        ]
    );
    assert_eq!(steps(&funnel, "visits"), [4, 4, 2, 1]);
    assert_eq!(steps(&funnel, "xVisitors"), [3, 3, 2, 1]);
    assert_eq!(steps(&funnel, "identifiedVisitors"), [2, 2, 2, 1]);
    assert_eq!(steps(&funnel, "dropOffFromPrevious"), [0, 0, 2, 1]);
    assert_eq!(steps(&funnel, "xLeft"), [0, 2, 1, 0]);
    assert_eq!(
        (&funnel["completionRate"], &funnel["steps"][1]["interactionRate"]),
        (&json!(25.0), &json!(50.0))
    );
    assert_eq!(funnel["steps"][1]["xName"], "the form \"Your visit\"");
    let low = funnel["xCompletionInterval"][0].as_f64().unwrap();
    assert!(low > 0.0 && low < 25.0, "{funnel}");
    let branches = funnel["steps"][2]["branches"].as_array().unwrap();
    let taken: Vec<(&Value, &Value)> = branches.iter().map(|b| (&b["label"], &b["visits"])).collect();
    assert_eq!(taken, [(&json!("Shop"), &json!(1)), (&json!("Map"), &json!(0))], "also those nobody took");

    // The same by action, of the workspace; with a filter; of another time; with everybody.
    let by_action = asked(json!({}));
    assert_eq!(steps(&by_action, "visits"), [4, 4, 2, 1]);
    assert!(by_action["steps"][0].get("xStepId").is_none());
    assert_eq!(asked(json!({ "xFilters": ["country:CH"] }))["entryVisits"], 0);
    assert_eq!(asked(json!({ "endDate": "2026-03-09" }))["entryVisits"], 0);
    eventually("the program's scan", || {
        (asked(json!({ "verdict": "all" }))["entryVisits"] == 5).then_some(())
    });
    for (body, field) in [
        (json!({ "xBy": "page" }), "/xBy"),
        (json!({ "xBy": "step" }), "/linkId"),
        (json!({ "linkId": "x" }), "/linkId"),
    ] {
        assert_eq!(app.api("POST", "/v1/analytics/funnel").json(&body).send().refusal(400).1, field);
    }

    // Sealed, merged and restarted it is the same.
    app.advance(DAY);
    eventually("the seal", || (app.server().app().store.stats().hot_scans == 0).then_some(()));
    let app = app.restart();
    assert_eq!(app.post("/v1/analytics/funnel", &by_step), whole);

    // What the two said.
    let metric = app.post("/v1/analytics/attributes/metric", &json!({ "key": "n", "linkId": link.id }));
    assert_eq!(
        metric,
        json!({ "totalCount": 2, "usableCount": 2, "averageValue": 5.5, "minValue": 3.0, "maxValue": 8.0,
            "audienceCount": 2, "coverageRate": 100.0 })
    );
    let spread = app.post("/v1/analytics/attributes/distribution", &json!({ "key": "n", "limit": 1 }));
    assert_eq!(
        spread,
        json!({ "data": [{ "label": "3", "visitorCount": 1, "percentage": 50.0 }], "total": 2 })
    );
    let values = app.post("/v1/analytics/attributes/values", &json!({ "key": "n" }));
    assert_eq!(
        (&values["data"][0]["value"], &values["total"]),
        (&json!("8"), &json!(2)),
        "the last one first"
    );
    let elsewhere = app.link("https://example.com/").create();
    let nobody = app.post("/v1/analytics/attributes/metric", &json!({ "key": "n", "linkId": elsewhere.id }));
    assert_eq!((&nobody["audienceCount"], &nobody["totalCount"]), (&json!(0), &json!(0)));
    let before = json!({ "key": "n", "endDate": "2026-03-09" });
    assert_eq!(app.post("/v1/analytics/attributes/metric", &before)["audienceCount"], 0);
    for (body, field) in [
        (json!({}), "/key"),
        (json!({ "key": "$email" }), "/key"),
        (json!({ "key": "n", "linkId": "x" }), "/linkId"),
    ] {
        assert_eq!(
            app.api("POST", "/v1/analytics/attributes/values").json(&body).send().refusal(400).1,
            field
        );
    }
}

#[test]
fn who_never_had_a_step_before_him_does_not_drop_off_there() {
    let app = TestApp::new();
    let link = app.link(EXIT).create();
    for _ in 0..3 {
        assert_eq!(app.scan(&link).location(), EXIT);
    }
    // From today on there is a form in the way; one only looks at it. Then the link is paused, and one finds it so.
    let [form, buttons, exit] = ids();
    let fields = json!([{ "id": "n", "key": "n", "label": "How many?", "type": "FORM_FIELD_TYPE_NUMBER" }]);
    let form = json!({ "id": form, "payload": { "form": { "formTitle": "Your visit", "formFields": fields } },
        "branches": [{ "branchId": "next", "nextStepId": buttons }] });
    let page = json!({ "id": buttons, "payload": { "multiLink": { "title": "Where to?", "buttons": [
        { "id": "shop", "label": "Shop", "order": 1, "nextStepId": exit }] } } });
    publish(&app, &link, vec![form, page, redirect(&exit, EXIT)]);
    Phone::new(&app).at("198.51.100.1").open(&link);
    app.patch(&format!("/v1/links/{}", link.id), &json!({ "xPaused": true }));
    assert_eq!(app.visit(&format!("/{}", link.slug)).send().status, 410);
    let funnel = eventually("the scans", || {
        let funnel = app.post("/v1/analytics/funnel", &json!({}));
        (funnel["entryVisits"] == 4 && funnel["xNotBegun"] == 1).then_some(funnel)
    });
    let by_action = |action: &str| {
        let steps = funnel["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["stepAction"] == action).unwrap();
        (step["visits"].as_u64().unwrap(), step["dropOffFromPrevious"].as_u64().unwrap())
    };
    assert_eq!(by_action("EVENT_ACTION_LINK_VISIT"), (4, 0));
    assert_eq!(by_action("EVENT_ACTION_FORM_SUBMIT"), (1, 0), "three had no form before them");
    assert_eq!(
        by_action("EVENT_ACTION_MULTI_LINK"),
        (0, 1),
        "who left at the form had the buttons before him"
    );
    assert_eq!(by_action("EVENT_ACTION_CLIENT_REDIRECT"), (3, 0));
    assert_eq!(app.get("/v1/metrics/events")["totalEvents"], 5);
}

#[test]
fn a_dashboard_begins_with_widgets_that_can_be_asked() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.events(&link, 1);
    for body in
        [json!({ "useDefaultWidgets": true }), json!({ "useDefaultWidgets": true, "linkId": link.id })]
    {
        let made = app.post("/v1/analytics/dashboards", &body)["dashboard"].take();
        assert_eq!((&made["name"], &made["config"]["gridColumns"]), (&json!("Default Dashboard"), &json!(8)));
        let widgets = made["config"]["widgets"].as_array().unwrap();
        assert!(widgets.len() >= 6);
        for widget in widgets {
            let source = &widget["dataSource"];
            let mut found = app.post(source["endpoint"].as_str().unwrap(), &source["params"]);
            for part in source["responseDataPath"].as_str().unwrap().split('.') {
                found = found[part].take();
            }
            let row = &found[0];
            for mapping in widget["visualization"]["fieldMappings"].as_array().unwrap() {
                assert!(row.get(mapping["sourceField"].as_str().unwrap()).is_some(), "{widget}: {row}");
            }
        }
    }
    let all = app.get("/v1/analytics/dashboards");
    assert_eq!(all["totalCount"], 2);
    let of = |query: &str| {
        app.get(&format!("/v1/analytics/dashboards?{query}"))["dashboards"].as_array().unwrap().clone()
    };
    assert_eq!(of("scope=DASHBOARD_SCOPE_WORKSPACE").len(), 1);
    assert_eq!(of("scope=DASHBOARD_SCOPE_LINK")[0]["linkId"], link.id);
    assert_eq!(of(&format!("linkId={}", link.id)).len(), 1);
    let path = format!("/v1/analytics/dashboards/{}", all["dashboards"][0]["id"].as_str().unwrap());
    let renamed = app.api("PUT", &path).json(&json!({ "name": "Mine" })).send().expect(200);
    assert_eq!(
        (&renamed["dashboard"]["name"], renamed["dashboard"]["config"]["widgets"].as_array().unwrap().len()),
        (&json!("Mine"), 7)
    );
    let stray = json!({ "config": { "widgets": [{ "dataSource": { "endpoint": "/v1/links" } }] } });
    let refused = app.api("PUT", &path).json(&stray).send().refusal(400);
    assert_eq!(refused.1, "/config/widgets/0/dataSource/endpoint");
    let twice = json!({ "id": all["dashboards"][0]["id"] });
    assert_eq!(app.api("POST", "/v1/analytics/dashboards").json(&twice).send().refusal(409).1, "/id");
    app.api("DELETE", &path).send().expect(200);
    app.api("DELETE", &path).send().refusal(404);
    assert_eq!(
        app.get("/v1/metrics/workspace/insight"),
        json!({ "preferredLinkType": "PREFERRED_LINK_TYPE_URL" })
    );
}
