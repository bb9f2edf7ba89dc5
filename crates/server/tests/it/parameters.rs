//! Parameters of queries: those that can only be a mistake, those that are passed over, and the zone.

use crate::app::TestApp;
use crate::fields::with_ids;
use serde_json::{Value, json};
use server::router::document;

#[test]
fn a_parameter_that_begins_with_our_letter_and_is_not_there_is_named_by_every_operation() {
    let app = TestApp::new();
    let document: Value = serde_json::to_value(document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut asked = 0;
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
        for method in item.as_object().unwrap().keys() {
            let concrete = format!("{}?xNoSuchThing=1", with_ids(path));
            let (message, at) = app.api(&method.to_uppercase(), &concrete).send().refusal(400);
            assert_eq!(at, "xNoSuchThing", "{method} {path}: {message}");
            asked += 1;
        }
    }
    assert!(asked >= 180, "{asked} operations");
}

#[test]
fn a_parameter_that_can_only_be_a_mistake_is_refused_with_what_is_meant() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let own = format!("/v1/links/{}?name=Menu", link.id);
    let misspelt = format!("/v1/metrics/events?link_id={}", link.id);
    for (method, path, parameter, meant) in [
        ("GET", "/v1/metrics/events?xFilters=country:DE", "xFilters", "did you mean \"xFilter\"?"),
        ("GET", "/v1/metrics/events?filter=country:DE", "filter", "did you mean \"xFilter\"?"),
        ("GET", "/v1/metrics/events?verdicts=all", "verdicts", "did you mean \"verdict\"?"),
        ("GET", "/v1/metrics/events?start_date=2026-03-01", "start_date", "did you mean \"startDate\"?"),
        ("GET", "/v1/events?END_DATE=2026-03-01", "END_DATE", "did you mean \"endDate\"?"),
        ("GET", misspelt.as_str(), "link_id", "did you mean \"linkId\"?"),
        ("GET", "/v1/metrics/workspace?xFilter=country:DE", "xFilter", "there are none"),
        ("GET", "/v1/links?trash=true", "trash", "did you mean \"xTrash\"?"),
        ("POST", "/v1/x/overview?startDate=2026-03-01", "startDate", "send it in the body, as \"startDate\""),
        ("POST", "/v1/x/analytics/query?xFilter=country:DE", "xFilter", "in the body, as \"xFilters\""),
        ("PATCH", own.as_str(), "name", "send it in the body, as \"name\""),
    ] {
        let request = app.api(method, path);
        let answer = if method == "POST" { request.json(&json!({})) } else { request }.send();
        let (message, at) = answer.refusal(400);
        assert!(at == parameter && message.contains(meant), "{method} {path}: {at}: {message}");
    }
    assert_eq!(app.api("HEAD", "/v1/metrics/events?xFilters=country:DE").send().status, 400);
    // What clients of the contract may send.
    for path in [
        "/v1/members?pageSize=5&cursor=",
        "/v1/media?usage=USAGE_ALL",
        "/v1/public/qrcode-templates?include=qrcodeDesign&workspaceId=1",
        "/v1/metrics/events?utm_source=flyer&tag=a",
        "/.well-known/quietzone/me?xyz=1",
    ] {
        app.api("GET", path).send().expect(200);
    }
}

#[test]
fn a_verdict_in_the_query_is_taken_by_every_question() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.scan_by(&link, "Googlebot/2.1", "198.51.100.7");
    app.events(&link, 2);
    let ids = json!({ "linkIds": [link.id] });
    let today = |query: &str| {
        let days = app.post(&format!("/v1/x/links/activity{query}"), &ids)["links"][&link.id].take();
        days.as_array().unwrap().last().cloned()
    };
    assert_eq!((today(""), today("?verdict=all")), (Some(json!(1)), Some(json!(2))));
    let (message, at) = app.api("POST", "/v1/x/links/activity?verdict=robot").json(&ids).send().refusal(400);
    assert!(at == "/verdict" && message.contains("human, bot"), "{at}: {message}");
}

#[test]
fn the_zone_of_a_query_is_taken_wherever_it_is_described() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.set_clock("2026-03-20T22:30:00Z");
    app.scan(&link);
    app.events(&link, 1);
    let day = "startDate=2026-03-21&endDate=2026-03-21&xTimezone";
    for (zone, scans) in [("UTC", 0), ("Europe/Berlin", 0), ("Africa/Cairo", 1)] {
        let figures = app.get(&format!("/v1/metrics/events?{day}={zone}"));
        assert_eq!(figures["totalEvents"], scans, "{zone}");
        assert_eq!(app.get(&format!("/v1/events?{day}={zone}"))["json"]["totalCount"], scans, "{zone}");
    }
    app.get(&format!("/v1/x/annotations?{day}=Africa/Cairo"));
    for path in ["/v1/events", "/v1/events/stream", "/v1/metrics/events", "/v1/x/annotations"] {
        let (message, at) = app.api("GET", &format!("{path}?xTimezone=Moon")).send().refusal(400);
        assert!(at == "xTimezone" && message.contains("IANA"), "{path}: {message}");
    }
}
