//! Slugs that nobody made: counted, listed, forgotten; and nothing of who asked.

use crate::app::{ADMIN, DAY, HOUR, PASSWORD, TestApp};
use crate::client::{TOKEN, eventually};
use serde_json::{Value, json};

fn listed(app: &TestApp, requests: i64) -> Value {
    eventually("the requests in the list", || {
        let list = app.get("/v1/x/orphans");
        let hours = list["hours"].as_array().unwrap();
        let sum: i64 = hours.iter().map(|hour| hour["requests"].as_i64().unwrap()).sum();
        (sum == requests).then_some(list)
    })
}

#[test]
fn unknown_slugs_are_counted_by_host_and_hour() {
    let app = TestApp::new();
    app.link("https://example.com/").slug("summer").create();
    for path in ["/Winter", "/winter/", "/Q/WINTER", "/winter?mail=a@example.com", "/wp-login.php", "/summer"]
    {
        app.visit(path).send();
    }
    let first = app.time_in(0);
    app.advance(HOUR);
    app.visit("/winter").send();
    app.visit("/summer/behind").send();
    app.visit("/chef@example.com").send();
    let list = listed(&app, 8);
    let host = app.address.to_string();
    let slug = |slug: &str, requests: i64, first: &str, last: &str| json!({ "host": host, "slug": slug, "requests": requests, "firstHour": first, "lastHour": last });
    let now = app.time_in(0);
    let slugs = list["slugs"].as_array().unwrap();
    assert_eq!(slugs[0], slug("winter", 5, &first, &now));
    assert!(slugs.contains(&slug("wp-login.php", 1, &first, &first)));
    assert!(slugs.contains(&slug("summer/behind", 1, &now, &now)));
    assert_eq!(slugs.len(), 3, "an e-mail address is not kept: {slugs:?}");
    assert_eq!(
        list["hours"],
        json!([
            { "host": host, "hour": first, "requests": 5 },
            { "host": host, "hour": now, "requests": 3 },
        ])
    );
    assert_eq!((&list["days"], &list["missed"]), (&json!(7), &json!(0)));
    assert!(!list.to_string().contains("198.51.100"));
    assert_eq!(app.get("/v1/events?verdict=all")["json"]["totalCount"], 1, "they are no scans");
    assert_eq!(app.get("/v1/x/orphans?pageSize=1")["slugs"].as_array().unwrap().len(), 1);
}

#[test]
fn slugs_are_forgotten_after_seven_days_and_counts_are_kept() {
    let app = TestApp::new();
    for path in ["/winter", "/spring"] {
        app.visit(path).send();
    }
    listed(&app, 2);
    app.advance(7 * DAY + HOUR);
    app.visit("/autumn").send();
    let list = eventually("the old slugs to be forgotten", || {
        let list = app.get("/v1/x/orphans");
        (list["slugs"].as_array().unwrap().len() == 1).then_some(list)
    });
    assert_eq!(list["slugs"][0]["slug"], "autumn");
    let app = app.restart();
    app.advance(-DAY);
    let hours = app.get("/v1/x/orphans")["hours"].take();
    let requests: Vec<_> = hours.as_array().unwrap().iter().map(|hour| hour["requests"].clone()).collect();
    assert_eq!(requests, [2, 1], "as counts of their hour");
}

#[test]
fn what_is_asked_for_last_is_written_before_the_end() {
    let app = TestApp::new();
    app.visit("/winter").send();
    let app = app.restart();
    assert_eq!(listed(&app, 1)["slugs"][0]["slug"], "winter");
}

#[test]
fn guesses_past_the_limit_are_not_listed() {
    let app = TestApp::with(&[("QUIETZONE_UNKNOWN_SLUG_LIMIT", "2")]);
    let statuses: Vec<u16> = (0..5).map(|_| app.visit("/guess").send().status).collect();
    assert_eq!(statuses, [404, 404, 429, 429, 429]);
    // The list is read after the sums, which may have moved meanwhile.
    eventually("both in the list", || (listed(&app, 2)["slugs"][0]["requests"] == 2).then_some(()));
}

#[test]
fn only_administrators_of_the_first_workspace_see_them() {
    let app = TestApp::new();
    let theirs = app.other_workspace();
    assert_eq!(app.request("GET", "/v1/x/orphans").bearer(TOKEN).send().status, 200);
    app.request("GET", "/v1/x/orphans").bearer(&theirs).send().refusal(403);
    app.request("GET", "/v1/x/orphans").send().refusal(401);
    let reader = app.post(
        "/v1/workspace-tokens",
        &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "Reader", "scopes": ["workspace:read"] }),
    );
    let reader = reader["accessToken"].as_str().unwrap().to_owned();
    app.request("GET", "/v1/x/orphans").bearer(&reader).send().refusal(403);
    let signed_in =
        app.request("POST", "/v1/x/session").json(&json!({ "email": ADMIN, "password": PASSWORD })).send();
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(app.request("GET", "/v1/x/orphans").header("cookie", &cookie).send().status, 200);
}
