//! Who is first, who returns, and for how long anybody can tell.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{ANDROID, CURL, IPHONE};
use serde_json::{Value, json};
use url::Url;

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["visitType"].as_str().unwrap()).collect()
}

const FIRST: &str = "VISIT_TYPE_FIRST";
const RETURNING: &str = "VISIT_TYPE_RETURNING";
const UNSPECIFIED: &str = "VISIT_TYPE_UNSPECIFIED";

#[test]
fn a_visitor_is_first_once_a_utc_day() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.advance(HOUR);
    app.scan(&link);
    app.set_clock("2026-03-10T23:59:59.999Z");
    app.scan(&link);
    app.set_clock("2026-03-11T00:00:00Z");
    app.scan(&link);
    let events = app.events(&link, 4);
    assert_eq!(types(&events), [FIRST, RETURNING, RETURNING, FIRST]);
    let nth: Vec<_> = events.iter().map(|event| event["xNthToday"].as_u64().unwrap()).collect();
    assert_eq!(nth, [1, 3, 2, 1]);
    let id = |index: usize| events[index]["visitorId"].as_str().unwrap();
    assert_eq!((id(1), id(2)), (id(3), id(3)), "the same all day");
    assert_ne!(id(0), id(1), "and nobody knows him the day after");
}

#[test]
fn another_phone_another_address_or_another_workspace_is_somebody_else() {
    let app = TestApp::new();
    let other = app.other_workspace();
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, IPHONE, "198.51.100.7");
    app.scan_by(&link, ANDROID, "198.51.100.7");
    app.scan_by(&link, IPHONE, "198.51.100.8");
    // A telephone changes the second half of its IPv6 address all the time.
    app.scan_by(&link, IPHONE, "2001:db8:1:2::7");
    app.advance(1);
    app.scan_by(&link, IPHONE, "2001:db8:1:2:ffff:ffff:ffff:fffe");
    let events = app.events(&link, 5);
    assert_eq!(types(&events), [RETURNING, FIRST, FIRST, FIRST, FIRST]);
    let mut ids: Vec<&str> = events.iter().map(|event| event["visitorId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let theirs = app.link("https://example.com/").of(&other).create();
    app.scan_by(&theirs, IPHONE, "198.51.100.7");
    let event = crate::client::eventually("their scan", || {
        let page = app.request("GET", "/v1/events").bearer(&other).send().expect(200);
        page["json"]["events"].get(0).cloned()
    });
    assert!(!ids.contains(&event["visitorId"].as_str().unwrap()), "workspaces cannot compare their visitors");
}

#[test]
fn the_visitor_and_the_device_are_named_apart() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let event = app.only_event(&link);
    assert_ne!(event["visitorId"], event["deviceId"]);
    assert_eq!(event["device"]["id"], event["deviceId"]);
}

#[test]
fn exactly_one_of_eight_scans_at_once_is_first() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for round in 0..10 {
        let address = format!("198.51.100.{round}");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| app.scan_by(&link, IPHONE, &address));
            }
        });
    }
    let events = app.events(&link, 80);
    assert_eq!(types(&events).into_iter().filter(|kind| *kind == FIRST).count(), 10);
    let mut nth: Vec<_> = events.iter().map(|event| event["xNthToday"].as_u64().unwrap()).collect();
    nth.sort_unstable();
    assert_eq!(nth, (1..=8).flat_map(|nth| [nth; 10]).collect::<Vec<_>>());
    let figures = app.get(&format!("/v1/metrics/events?linkId={}", link.id));
    assert_eq!((&figures["totalEvents"], &figures["xVisitors"]), (&json!(80), &json!(10)));
}

#[test]
fn a_robots_scan_makes_nobodys_return() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.request("HEAD", &format!("/{}", link.slug)).agent(IPHONE).from("198.51.100.7").send();
    app.scan_by(&link, CURL, "198.51.100.7");
    app.advance(1);
    app.scan_by(&link, IPHONE, "198.51.100.7");
    let events = app.events(&link, 3);
    assert_eq!(types(&events), [FIRST, UNSPECIFIED, UNSPECIFIED]);
}

#[test]
fn a_visitor_is_known_again_after_a_restart_within_the_day() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.request("HEAD", &format!("/{}", link.slug)).agent(ANDROID).from("198.51.100.9").send();
    app.events(&link, 2);
    let mut app = app;
    for restarts in 1..=2 {
        app = app.restart();
        app.advance(1);
        app.scan(&link);
        let event = &app.events(&link, 2 + restarts)[0];
        assert_eq!((&event["visitType"], &event["xNthToday"]), (&json!(RETURNING), &json!(restarts + 1)));
    }
    app.advance(1);
    app.scan_by(&link, ANDROID, "198.51.100.9");
    assert_eq!(app.events(&link, 5)[0]["visitType"], FIRST, "only his preview was there before the restart");
    let figures = app.get(&format!("/v1/metrics/events?linkId={}", link.id));
    assert_eq!(figures["xVisitors"], 2);
}

#[test]
fn the_key_of_a_day_is_gone_at_two_in_the_morning() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let key = app.data().join("keys/2026-03-10.key");
    assert_eq!(std::fs::read(&key).unwrap().len(), 16);
    app.set_clock("2026-03-11T01:59:59Z");
    app.scan(&link);
    app.tend_keys();
    assert!(key.exists());
    app.set_clock("2026-03-11T02:00:00Z");
    app.tend_keys();
    assert!(!key.exists());
    let mut left: Vec<_> = std::fs::read_dir(app.data().join("keys"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["2026-03-11.key", "2026-03-12.key"]);
}

#[test]
fn a_start_after_days_off_destroys_what_was_due_and_keeps_today_apart() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.events(&link, 1);
    app.advance(9 * DAY);
    let app = app.restart();
    assert!(!app.data().join("keys/2026-03-10.key").exists());
    app.scan(&link);
    assert_eq!(types(&app.events(&link, 2)), [FIRST, FIRST]);
}

#[test]
fn many_visitors_behind_one_address_make_it_shared() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for version in 1..=7 {
        app.advance(1);
        app.scan_by(&link, &IPHONE.replace("18_5", &format!("18_{version}")), "198.51.100.7");
    }
    let shared: Vec<_> = app.events(&link, 7).iter().map(|event| event["xSharedNetwork"] == true).collect();
    assert_eq!(shared, [true, true, false, false, false, false, false]);
}

/// A team's own server says who scanned; a web page with a publishable key may say it, and learns nothing.
#[test]
fn whoever_is_identified_is_one_and_a_pen_reads_nothing() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let scans: Vec<String> = (0..3)
        .map(|n| {
            app.advance(1000);
            app.scan(&link);
            app.events(&link, n + 1)[0]["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let say = |lbid: &str, data: Value| json!({ "lbid": lbid, "visitor": { "data": data } });
    let first = app.post(
        "/v1/visitor/identify",
        &say(&scans[0], json!({ "$email": " Ada@Example.com ", "plan": "pro", "n": 3 })),
    );
    assert_eq!((&first["created"], &first["visitor"]["email"]), (&json!(true), &json!("ada@example.com")));
    let mut once = say(&scans[1], json!({ "$email": "ada@example.com", "plan": "free", "city": "Basel" }));
    once["setOnce"] = json!(true);
    let second = app.post("/v1/visitor/identify", &once);
    assert_eq!((&second["created"], &second["visitor"]["id"]), (&json!(false), &first["visitor"]["id"]));
    let id = first["visitor"]["id"].as_str().unwrap();
    let visitor = app.get(&format!("/v1/visitors/{id}?include=events&include=links&include=devices"));
    let value = |key: &str| {
        let found =
            visitor["attributes"].as_array().unwrap().iter().find(|attribute| attribute["key"] == key);
        found.map(|attribute| attribute["value"].as_str().unwrap().to_owned())
    };
    assert_eq!((value("plan").as_deref(), value("city").as_deref()), (Some("pro"), Some("Basel")));
    assert_eq!((&visitor["visitCount"], visitor["events"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(visitor["links"][0]["eventCount"], 2);
    // By attributes, as conditions compare them.
    let search = |key: &str, operator: &str, value: &str| {
        let operator = format!("VISITOR_ATTRIBUTE_FILTER_OPERATOR_{operator}");
        let filters = json!([{ "key": key, "operator": operator, "value": value }]);
        app.post("/v1/visitors/search", &json!({ "attributeFilters": filters }))["json"]["totalCount"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(search("n", "NUMBER_GREATER_OR_EQUAL", "3"), 1);
    assert_eq!(search("n", "NUMBER_LESS_THAN", "3"), 0);
    assert_eq!(search("plan", "STRING_STARTS_WITH", "p"), 1);
    assert_eq!(search("$email", "STRING_CONTAINS", "@example"), 1);
    assert_eq!(search("none", "NOT_EXISTS", ""), 1);
    let many = json!({ "attributeFilters": vec![json!({ "key": "a", "operator": "EXISTS" }); 21] });
    app.api("POST", "/v1/visitors/search").json(&many).send().refusal(400);
    // A pen.
    let key = app.post(
        "/v1/workspace-tokens",
        &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE", "name": "shop" }),
    );
    let key = key["accessToken"].as_str().unwrap();
    let said = say(&scans[2], json!({ "$email": "ada@example.com", "plan": "stolen" }));
    let answer = app.request("POST", "/v1/visitor/identify").bearer(key).json(&said).send().expect(200);
    assert_ne!(answer["visitor"]["id"], first["visitor"]["id"]);
    assert_eq!(
        answer["visitor"]["attributes"].as_array().unwrap().len(),
        1,
        "what it said, and no more: {answer}"
    );
    assert_eq!(answer["created"], false);
    let after = app.get(&format!("/v1/visitors/{id}"));
    assert_eq!(
        (&after["visitCount"], &after["attributes"]),
        (&json!(2), &visitor["attributes"]),
        "it waits for a member"
    );
    // Not with the click id of one of her scans either: addresses are passed on.
    let said = say(&scans[0], json!({ "$firstName": "Eve", "vip": true }));
    // A page says it each time that it is loaded.
    for _ in 0..3 {
        app.advance(1000);
        app.request("POST", "/v1/visitor/identify").bearer(key).json(&said).send().expect(200);
    }
    let after = app.get(&format!("/v1/visitors/{id}"));
    assert_eq!((&after["firstName"], &after["attributes"]), (&visitor["firstName"], &visitor["attributes"]));
    let timeline = app.get(&format!("/v1/x/visitors/{id}/timeline"))["items"].take();
    let claims = timeline.as_array().unwrap().iter().filter(|entry| entry["kind"] == "claim").count();
    assert_eq!(claims, 2, "{timeline}");
    // What is known of her already is no claim.
    let said = say(&scans[0], json!({ "$email": "ada@example.com", "plan": "pro" }));
    app.request("POST", "/v1/visitor/identify").bearer(key).json(&said).send().expect(200);
    let timeline = app.get(&format!("/v1/x/visitors/{id}/timeline"))["items"].take();
    assert_eq!(timeline.as_array().unwrap().iter().filter(|entry| entry["kind"] == "claim").count(), 2);
    // Deleted: the row, its answers; the scans stay counted.
    app.api("DELETE", &format!("/v1/visitors/{id}")).send().expect(200);
    app.api("GET", &format!("/v1/visitors/{id}")).send().refusal(404);
    app.api("DELETE", &format!("/v1/visitors/{id}")).send().refusal(404);
    assert_eq!(app.events(&link, 3).len(), 3);
}

/// Who follows the redirect is faster than the scan store.
#[test]
fn a_scan_can_be_identified_as_soon_as_it_is_answered() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").with("conversionTracking", json!(true)).create();
    for n in 0..40 {
        app.advance(1000);
        let answer = app.scan(&link);
        let target = Url::parse(answer.location()).unwrap();
        let lbid = target.query_pairs().find(|(name, _)| name == "lbid").unwrap().1.into_owned();
        let said = json!({ "lbid": lbid, "visitor": { "data": { "$email": format!("{n}@example.com") } } });
        assert_eq!(app.post("/v1/visitor/identify", &said)["created"], true);
        assert_eq!(app.get(&format!("/v1/x/events/{lbid}"))["event"]["id"], lbid);
    }
}

/// A shop's page asks with its publishable key; no other operation answers pages of other origins.
#[test]
fn a_page_of_another_origin_may_identify_and_nothing_else() {
    let app = TestApp::new();
    let ask = |path: &str| {
        app.request("OPTIONS", path)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
            .send()
    };
    let answer = ask("/v1/visitor/identify");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert!(answer.header("access-control-allow-headers").contains("authorization"), "{answer:?}");
    let answer = ask("/v1/links");
    assert_eq!((answer.status, answer.headers.get("access-control-allow-origin")), (405, None), "{answer:?}");
    // What is refused is told to the page too.
    let refused = app.request("POST", "/v1/visitor/identify").header("origin", "https://shop.example");
    let answer = refused.bearer("pk_live_of_nobody").json(&json!({})).send();
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, "*"), "{answer:?}");
    assert_eq!(answer.headers.get("access-control-allow-credentials"), None);
}

/// Two profiles of one person become one, and two again.
#[test]
fn a_merge_can_be_undone() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let made: Vec<String> = ["one@example.com", "two@example.com"]
        .iter()
        .enumerate()
        .map(|(n, email)| {
            app.advance(1000);
            app.scan(&link);
            let scan = app.events(&link, n + 1)[0]["id"].clone();
            let data = json!({ "$email": email, (format!("key{n}")): "v" });
            let said =
                app.post("/v1/visitor/identify", &json!({ "lbid": scan, "visitor": { "data": data } }));
            said["visitor"]["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let before: Vec<Value> = made.iter().map(|id| app.get(&format!("/v1/visitors/{id}"))).collect();
    app.post(&format!("/v1/x/visitors/{}/merge", made[1]), &json!({ "otherVisitorId": made[0] }));
    let one = app.get(&format!("/v1/visitors/{}", made[1]));
    assert_eq!(
        (&one["id"], &one["visitCount"], &one["email"]),
        (&json!(made[0]), &json!(2), &json!("one@example.com"))
    );
    assert_eq!(app.get("/v1/visitors")["json"]["totalCount"], 1);
    assert_eq!(
        app.get(&format!("/v1/x/visitors/{}/merges", made[0]))["merges"][0]["visitorId"],
        made[1].as_str()
    );
    app.post(&format!("/v1/x/visitors/{}/unmerge", made[1]), &json!({}));
    for (id, before) in made.iter().zip(&before) {
        let after = app.get(&format!("/v1/visitors/{id}"));
        for field in ["id", "email", "visitCount", "attributes"] {
            assert_eq!(after[field], before[field], "{field}");
        }
    }
    app.advance(31 * DAY);
    app.post(&format!("/v1/x/visitors/{}/merge", made[1]), &json!({ "otherVisitorId": made[0] }));
    app.advance(31 * DAY);
    app.api("POST", &format!("/v1/x/visitors/{}/unmerge", made[1])).json(&json!({})).send().refusal(404);
}
