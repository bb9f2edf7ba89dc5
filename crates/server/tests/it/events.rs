//! The list of scans.

use crate::app::{DAY, HOUR, TestApp, at};
use crate::client::{ANDROID, CURL, IPHONE, Link, eventually};
use serde_json::{Value, json};
use std::collections::HashSet;

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// All pages of a list, with what `between` does before each further page.
fn pages(app: &TestApp, query: &str, mut between: impl FnMut()) -> Vec<Value> {
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/events?{query}&pageToken={token}"))["json"].take();
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        assert_eq!(page["hasMore"], page.get("nextPageToken").is_some());
        match page["nextPageToken"].as_str() {
            None => return events,
            Some(next) => token = next.to_owned(),
        }
        between();
    }
}

fn scans(app: &TestApp, link: &Link, count: usize) {
    for number in 0..count {
        app.scan_by(link, IPHONE, &format!("203.0.113.{number}"));
        if number % 3 == 0 {
            app.advance(1);
        }
    }
}

#[test]
fn events_come_newest_first_and_those_of_one_millisecond_by_id() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    scans(&app, &link, 20);
    let events = app.events(&link, 20);
    let order: Vec<(i64, &str)> = events
        .iter()
        .map(|event| (at(event["scannedAt"].as_str().unwrap()), event["id"].as_str().unwrap()))
        .collect();
    assert!(order.windows(2).all(|pair| pair[0] > pair[1]), "{order:?}");
}

#[test]
fn paging_neither_repeats_nor_skips_while_scans_come_in() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    scans(&app, &link, 23);
    let before: HashSet<_> = ids(&app.events(&link, 23)).into_iter().collect();
    let mut more = 23;
    let events = pages(&app, &format!("linkId={}&pageSize=4", link.id), || {
        app.scan(&link);
        more += 1;
        app.events(&link, more);
    });
    let read = ids(&events);
    assert_eq!(read.len(), 23, "new scans are newer than the first page");
    assert_eq!(read.into_iter().collect::<HashSet<_>>(), before);
}

#[test]
fn paging_is_the_same_while_scans_are_sealed_and_merged() {
    let app = TestApp::with(&[("QUIETZONE_STORE_SEAL_ROWS", "5")]);
    let link = app.link("https://example.com/").create();
    for _ in 0..4 {
        scans(&app, &link, 6);
        let query = format!("linkId={}&pageSize=7", link.id);
        let sealed = || app.server().app().store.stats().rows;
        let all = app.get(&format!("/v1/events?linkId={}&verdict=all&pageSize=1000", link.id));
        let known = all["json"]["totalCount"].as_u64().unwrap();
        eventually("a seal", || (sealed() >= 1).then_some(()));
        let read = ids(&pages(&app, &query, || ()));
        let unique: HashSet<_> = read.iter().collect();
        assert_eq!(read.len(), unique.len());
        assert!(read.len() as u64 >= known);
    }
    app.events(&link, 24);
}

#[test]
fn a_list_is_narrowed_by_link_date_and_verdict() {
    let app = TestApp::new();
    let (one, other) =
        (app.link("https://example.com/1").create(), app.link("https://example.com/2").create());
    app.scan(&one);
    app.advance(HOUR);
    app.scan_by(&one, CURL, "198.51.100.9");
    app.advance(HOUR);
    app.scan_by(&other, ANDROID, "198.51.100.10");
    app.request("HEAD", &format!("/{}", other.slug)).agent(IPHONE).send();
    app.events(&one, 2);
    app.events(&other, 2);
    let count = |query: &str| app.get(&format!("/v1/events?{query}"))["json"]["totalCount"].as_u64().unwrap();
    for (query, expected) in [
        ("", 2),
        ("verdict=all", 4),
        ("verdict=bot", 1),
        ("verdict=bot,preview", 2),
        ("verdict=bot&verdict=human", 3),
        (&format!("linkId={}", one.id), 1),
        (&format!("linkId={}&verdict=all", other.id), 2),
        ("verdict=all&startDate=2026-03-10T10:00:00Z", 3),
        ("verdict=all&endDate=2026-03-10T10:00:00Z", 2),
        ("verdict=all&startDate=2026-03-10T09:00:00Z&endDate=2026-03-10T09:00:00Z", 1),
        ("verdict=all&startDate=2026-03-10&endDate=2026-03-10", 4),
        ("verdict=all&startDate=2026-03-11", 0),
    ] {
        if query == "verdict=all&startDate=2026-03-11" {
            app.advance(DAY);
        }
        assert_eq!(count(query), expected, "{query}");
    }
}

#[test]
fn a_mistake_in_a_query_names_its_parameter() {
    let app = TestApp::new();
    for (query, field) in [
        ("verdict=robot", "verdict"),
        ("startDate=yesterday", "startDate"),
        ("endDate=2026-02-30", "endDate"),
        ("startDate=2026-03-10&endDate=2026-03-09", "endDate"),
        ("linkId=summer", "linkId"),
        ("visitorId=me", "visitorId"),
        ("pageToken=AAAA", "pageToken"),
        ("pageSize=-1", "pageSize"),
        ("pageSize=many", "pageSize"),
        ("xTimezone=Mars", "xTimezone"),
        ("responseFormat=XML", "responseFormat"),
    ] {
        let refused = app.api("GET", &format!("/v1/events?{query}")).send();
        assert_eq!(refused.refusal(400).1, field, "{query}");
    }
    let unknown = app.api("GET", "/v1/events?linkId=0199d8a0-0000-7000-8000-000000000000").send();
    assert_eq!(unknown.refusal(404).1, "linkId");
}

#[test]
fn a_page_token_is_good_for_its_own_list_only() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    scans(&app, &link, 3);
    app.events(&link, 3);
    let page = app.get("/v1/events?pageSize=1");
    let token = page["json"]["nextPageToken"].as_str().unwrap();
    let refused = app.api("GET", &format!("/v1/events?verdict=all&pageToken={token}")).send();
    assert_eq!(refused.refusal(400).1, "pageToken");
}

#[test]
fn the_scans_of_a_visitor_are_found_by_the_computed_id() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for address in ["203.0.113.1", "203.0.113.2", "203.0.113.1"] {
        app.scan_by(&link, IPHONE, address);
        app.advance(1);
    }
    let events = app.events(&link, 3);
    let visitor = events[0]["visitorId"].as_str().unwrap();
    let page = app.get(&format!("/v1/events?visitorId={visitor}"))["json"].take();
    assert_eq!(page["totalCount"], 2);
    let found = ids(page["events"].as_array().unwrap());
    assert_eq!(found, [ids(&events)[0].clone(), ids(&events)[2].clone()]);
    let paged = pages(&app, &format!("visitorId={visitor}&pageSize=1"), || ());
    assert_eq!(ids(&paged), found);
    for nobody in [events[0]["deviceId"].as_str().unwrap(), "0199d8a0-0000-7000-8000-000000000000"] {
        assert_eq!(app.get(&format!("/v1/events?visitorId={nobody}"))["json"]["totalCount"], 0);
    }
}

/// Scans of visitors who are not told apart are nobody's, whatever id is asked for.
#[test]
fn the_scans_of_somebody_who_gave_data_are_those_attached_to_them() {
    let app = TestApp::new();
    let [link, other] = [0; 2].map(|_| app.link("https://example.com/").create());
    app.scan(&link);
    let attached = app.only_event(&link);
    for place in [&link, &other] {
        app.advance(1000);
        app.visit(&format!("/{}", place.slug)).header("sec-gpc", "1").send();
    }
    app.advance(HOUR);
    app.scan(&other);
    let other_scans = app.events(&other, 2);
    let others = app.events(&link, 2);
    let say = |event: &Value, data: Value| {
        app.post("/v1/visitor/identify", &json!({ "lbid": event["id"], "visitor": { "data": data } }))
    };
    let ada = say(&attached, json!({ "$email": "ada@example.com" }))["visitor"]["id"].take();
    let ada = ada.as_str().unwrap();
    let listed = |query: &str| {
        let page = app.get(&format!("/v1/events?{query}"))["json"].take();
        let found = ids(page["events"].as_array().unwrap());
        assert_eq!(page["totalCount"], found.len(), "{query}");
        found
    };
    assert_eq!(listed(&format!("visitorId={ada}")), ids(std::slice::from_ref(&attached)));
    say(&other_scans[0], json!({ "$email": "ada@example.com" }));
    let both = [ids(&other_scans)[0].clone(), ids(std::slice::from_ref(&attached))[0].clone()];
    assert_eq!(listed(&format!("visitorId={ada}")), both);
    assert_eq!(ids(&pages(&app, &format!("visitorId={ada}&pageSize=1"), || ())), both);
    assert_eq!(listed(&format!("visitorId={ada}&linkId={}", link.id)), both[1..]);
    assert_eq!(listed(&format!("visitorId={ada}&startDate=2026-03-10T09:30:00Z")).len(), 1);
    assert!(listed(&format!("visitorId={ada}&verdict=bot")).is_empty());
    let csv = app.get(&format!("/v1/events?visitorId={ada}&responseFormat=RESPONSE_FORMAT_CSV"));
    assert_eq!(csv["csv"]["csvData"].as_str().unwrap().lines().count(), 3, "{csv}");
    // A computed id of number 0 is nobody's as well.
    let day = model::Millis(app.now()).utc_day();
    let nobody = model::visitor::id(model::visitor::Namespace::Visitor, day, 0).to_string();
    let device = attached["deviceId"].as_str().unwrap();
    for id in [nobody.as_str(), device, &link.id, "6f7a2b0e-3a38-4c43-9d6a-3a0f0c8f2d11"] {
        assert!(listed(&format!("visitorId={id}&verdict=all")).is_empty(), "{id}");
        assert!(listed(&format!("visitorId={id}&linkId={}", link.id)).is_empty(), "{id}");
        app.api("GET", &format!("/v1/visitors/{id}")).send().refusal(404);
    }
    app.api("DELETE", &format!("/v1/visitors/{ada}")).send().expect(200);
    assert!(listed(&format!("visitorId={ada}&verdict=all")).is_empty());
    assert_eq!(others.len(), 2);
}

#[test]
fn a_visitor_of_a_day_is_known_by_the_computed_id() {
    let app = TestApp::new();
    let [link, other] = [0; 2].map(|_| app.link("https://example.com/").with("name", json!("Menu")).create());
    for place in [&link, &other, &link] {
        app.scan_by(place, IPHONE, "203.0.113.1");
        app.advance(1000);
    }
    app.scan_by(&link, IPHONE, "203.0.113.2");
    let events = app.events(&link, 3);
    app.events(&other, 1);
    let id = events[1]["visitorId"].as_str().unwrap();
    let visitor = app.get(&format!("/v1/visitors/{id}?include=devices,events,links"));
    assert_eq!((visitor["id"].as_str(), &visitor["attributes"]), (Some(id), &json!([])));
    assert_eq!(
        (&visitor["visitCount"], &visitor["deviceCount"], &visitor["qrcodeCount"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(visitor["xFirstScanAt"], events[2]["scannedAt"]);
    assert_eq!(visitor["xLastScanAt"], events[1]["scannedAt"]);
    assert_eq!(visitor["events"].as_array().unwrap().len(), 3);
    assert_eq!(visitor["devices"][0]["id"], events[1]["deviceId"]);
    let of: Vec<(&Value, &Value)> =
        visitor["links"].as_array().unwrap().iter().map(|link| (&link["id"], &link["eventCount"])).collect();
    assert_eq!(of, [(&json!(link.id), &json!(2)), (&json!(other.id), &json!(1))]);
    assert!(app.get(&format!("/v1/visitors/{id}")).get("links").is_none());
    let theirs = app.other_workspace();
    app.request("GET", &format!("/v1/visitors/{id}")).bearer(&theirs).send().refusal(404);
    assert_eq!(app.get("/v1/visitors")["json"]["totalCount"], 0, "lists have those who gave data");
}

#[test]
fn what_a_scan_did_in_each_step_is_told_by_its_traces() {
    let app = TestApp::new();
    let link = app.link("https://example.com/a").create();
    app.scan(&link);
    let event = app.only_event(&link);
    let step = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"][1]["id"].take();
    let path = format!("/v1/links/{}/workflow-steps/{}", link.id, step.as_str().unwrap());
    app.patch(&path, &json!({ "payload": { "clientRedirect": { "destination": "https://example.com/b" } } }));
    let path = format!("/v1/events/{}/traces", event["id"].as_str().unwrap());
    let traces = app.get(&path)["traces"].take();
    let actions: Vec<_> =
        traces.as_array().unwrap().iter().map(|trace| trace["stepAction"].as_str().unwrap()).collect();
    assert_eq!(actions, ["EVENT_ACTION_LINK_VISIT", "EVENT_ACTION_CLIENT_REDIRECT"]);
    assert_eq!(
        traces[1]["stepData"]["redirect"]["destination"], "https://example.com/a",
        "of the version that decided"
    );
    assert_eq!(traces[1]["xStepId"], step);
    let again = app.get(&path)["traces"].take();
    assert_eq!(traces, again, "the same ids each time");
    app.api("GET", "/v1/events/0199d8a0-0000-7000-8000-000000000000/traces").send().refusal(404);
    app.api("GET", "/v1/events/first/traces").send().refusal(400);
    let other = app.other_workspace();
    app.request("GET", &path).bearer(&other).send().refusal(404);
}

#[test]
fn an_event_brings_its_device_link_and_journey_when_asked() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").with("name", json!("Menu")).create();
    app.visit(&format!("/{}", link.slug)).header("referer", "https://News.example.com/x?y").send();
    app.events(&link, 1);
    let plain = app.get("/v1/events")["json"]["events"][0].take();
    assert!(plain.get("device").or(plain.get("link")).or(plain.get("journey")).is_none());
    for query in ["include=device&include=link&include=journey", "include=device,link,journey"] {
        let event = app.get(&format!("/v1/events?{query}"))["json"]["events"][0].take();
        assert_eq!(event["device"]["deviceActor"], "DEVICE_ACTOR_HUMAN");
        assert_eq!(event["link"]["name"], "Menu");
        assert_eq!(event["journey"], json!({ "stepsReached": 2, "stepsTotal": 2, "completed": true }));
        assert_eq!(event["xReferrer"], "news.example.com");
    }
}

#[test]
fn a_page_as_csv_says_where_it_goes_on() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    scans(&app, &link, 5);
    let events = app.events(&link, 5);
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/events?responseFormat=RESPONSE_FORMAT_CSV&pageSize=2&pageToken={token}");
        let page = app.get(&path)["csv"].take();
        let mut lines = page["csvData"].as_str().unwrap().lines();
        assert!(lines.next().unwrap().starts_with("id,scannedAt,linkId,"), "{page}");
        found.extend(lines.map(|line| line.split(',').next().unwrap().to_owned()));
        assert_eq!(page["xTotalCount"], 5);
        assert_eq!(page["xHasMore"], page.get("xNextPageToken").is_some());
        match page["xNextPageToken"].as_str() {
            None => break,
            Some(next) => token = next.to_owned(),
        }
    }
    assert_eq!(found, ids(&events));
    for (event, email) in events.iter().zip(["ada@example.com", "ben@example.com"]) {
        let said = json!({ "lbid": event["id"], "visitor": { "data": { "$email": email } } });
        app.post("/v1/visitor/identify", &said);
    }
    let path = "/v1/visitors?responseFormat=RESPONSE_FORMAT_CSV&pageSize=1";
    let page = app.get(path)["csv"].take();
    assert_eq!((&page["xTotalCount"], &page["xHasMore"]), (&json!(2), &json!(true)), "{page}");
    let token = page["xNextPageToken"].as_str().unwrap();
    let last = app.get(&format!("{path}&pageToken={token}"))["csv"].take();
    assert_eq!((&last["xHasMore"], last.get("xNextPageToken")), (&json!(false), None), "{last}");
    assert_ne!(last["csvData"], page["csvData"]);
}

#[test]
fn the_events_of_a_deleted_link_stay() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.events(&link, 1);
    app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
    assert_eq!(app.get("/v1/events?include=link")["json"]["events"][0]["link"]["id"], link.id);
    assert_eq!(app.events(&link, 1).len(), 1);
}

#[test]
fn an_installation_that_counts_all_lists_all() {
    let app = TestApp::with(&[("QUIETZONE_COUNTING_DEFAULT", "all")]);
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, CURL, "198.51.100.9");
    app.events(&link, 1);
    assert_eq!(app.get("/v1/events")["json"]["totalCount"], 1);
    assert_eq!(app.get("/v1/metrics/events")["totalEvents"], 1);
    eventually("eventCount", || {
        (app.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"] == 1).then_some(())
    });
}
