//! The typed question: `POST /v1/x/analytics/query`, and what is built of it.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{ANDROID, CURL, FIREFOX, IPHONE, Link, eventually};
use crate::places::{BASEL, PERTH, VIENNA};
use serde_json::{Value, json};

/// Two links with tags, one in a folder; 24 scans of people, 6 of a program, over six days.
fn busy(app: &TestApp) -> (Link, Link) {
    let folder = app.post("/v1/directories", &json!({ "name": "shop" }))["directory"]["id"].take();
    let one = app.link("https://example.com/").slug("one").with("tags", json!(["summer", "poster"]));
    let one = one.with("name", json!("First")).with("directoryId", folder).create();
    let two = app.link("https://example.com/").slug("two").with("tags", json!(["summer"])).create();
    for turn in 0..30u32 {
        let (agent, address) = match turn % 5 {
            0 => (IPHONE, BASEL),
            1 => (ANDROID, PERTH),
            2 => (FIREFOX, VIENNA),
            3 => (IPHONE, "198.51.100.7"),
            _ => (CURL, BASEL),
        };
        let slug = if turn % 3 == 0 { "two" } else { "one" };
        let path = format!("/{slug}?table={}&utm_source=poster", turn % 4);
        let path = if turn % 2 == 0 { path } else { format!("/{slug}") };
        assert_eq!(app.request("GET", &path).agent(agent).from(address).send().status, 302);
        app.advance(5 * HOUR);
    }
    eventually("all scans", || (app.get("/v1/events?verdict=all")["json"]["totalCount"] == 30).then_some(()));
    (one, two)
}

pub fn ask(app: &TestApp, body: Value) -> Value {
    app.post("/v1/x/analytics/query", &body)
}

fn sum(answer: &Value, metric: &str) -> u64 {
    answer["rows"].as_array().unwrap().iter().map(|row| row[metric].as_u64().unwrap()).sum()
}

fn row<'a>(answer: &'a Value, value: &str) -> &'a Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row["value"] == value).unwrap_or_else(|| panic!("{value}: {answer}"))
}

const SINGLE: [&str; 43] = [
    "country",
    "region",
    "city",
    "device_type",
    "device_brand",
    "device_model",
    "browser",
    "platform",
    "language",
    "referrer",
    "network",
    "visit_type",
    "verdict",
    "reason",
    "outcome",
    "action",
    "link",
    "slug",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "domain",
    "platform_version",
    "browser_version",
    "timezone",
    "method",
    "address_class",
    "identity",
    "asn",
    "status",
    "workflow_version",
    "shared_network",
    "privacy_signal",
    "campaign",
    "directory",
    "hour",
    "weekday",
    "weekday_hour",
    "parameter:table",
    "parameter:none",
    "GROUP_BY_DIMENSION_COUNTRY",
];

#[test]
fn every_dimension_adds_up_to_the_total() {
    let app = TestApp::new();
    busy(&app);
    for dimension in SINGLE {
        let metrics = json!(["scans", "allScans", "visitors", "new", "returning"]);
        let answer = ask(&app, json!({ "dimension": dimension, "metrics": metrics, "limit": 2 }));
        assert_eq!(answer["totals"]["scans"], 24, "{dimension}");
        assert_eq!((sum(&answer, "scans"), sum(&answer, "allScans")), (24, 30), "{dimension}: {answer}");
        assert_eq!(sum(&answer, "new") + sum(&answer, "returning"), 24, "{dimension}");
        assert_eq!(answer["meta"]["mayExceedTotal"], false, "{dimension}");
        assert_eq!(answer["meta"]["exact"], true);
    }
    for (dimension, least) in [("tag", 40), ("languages", 24), ("parameter", 24)] {
        let answer = ask(&app, json!({ "dimension": dimension }));
        assert_eq!(answer["meta"]["mayExceedTotal"], true, "{dimension}");
        assert!(sum(&answer, "scans") >= least, "{answer}");
    }
}

#[test]
fn a_question_without_anything_is_the_total() {
    let app = TestApp::new();
    busy(&app);
    let metrics = json!(["scans", "allScans", "visitors", "new", "returning", "firstScan", "lastScan"]);
    let answer = ask(&app, json!({ "metrics": metrics }));
    let figures = app.get("/v1/metrics/events");
    let row = &answer["rows"][0];
    assert_eq!(answer["rows"].as_array().unwrap().len(), 1);
    assert_eq!((&row["scans"], &row["allScans"]), (&json!(24), &json!(30)));
    assert_eq!((&row["firstScan"], &row["lastScan"]), (&figures["firstAt"], &figures["lastAt"]));
    assert_eq!(row["visitors"], figures["xVisitors"]);
    assert!(answer["meta"]["rowsRead"].as_u64().unwrap() >= 30, "{answer}");
    assert_eq!(answer["meta"]["timezone"], "UTC");
    let bare = ask(&app, json!({}));
    assert_eq!(bare["rows"][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["scans", "visitors"]);
}

#[test]
fn intervals_are_those_of_the_calendar_and_hold_zeros() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.set_clock("2026-03-29T00:30:00Z"); // the day of 23 hours in Berlin
    app.scan(&link);
    app.advance(2 * DAY);
    app.scan(&link);
    app.events(&link, 2);
    let asked = |interval: &str| {
        ask(
            &app,
            json!({ "interval": interval, "startDate": "2026-03-28", "endDate": "2026-04-01",
            "xTimezone": "Europe/Berlin" }),
        )
    };
    for (interval, rows, first) in [
        ("day", 5, "2026-03-27T23:00:00Z"),
        ("hour", 119, "2026-03-27T23:00:00Z"),
        ("week", 2, "2026-03-22T23:00:00Z"),
        ("month", 2, "2026-02-28T23:00:00Z"),
        ("quarter", 2, "2025-12-31T23:00:00Z"),
        ("year", 1, "2025-12-31T23:00:00Z"),
    ] {
        let answer = asked(interval);
        assert_eq!(answer["rows"].as_array().unwrap().len(), rows, "{interval}");
        assert_eq!(answer["rows"][0]["timestamp"], first, "{interval}");
        assert_eq!((sum(&answer, "scans"), &answer["meta"]["interval"]), (2, &json!(interval)), "{interval}");
    }
    // Half past every hour: the zone's own minutes.
    let answer = ask(
        &app,
        json!({ "interval": "hour", "startDate": "2026-03-29", "endDate": "2026-03-29",
        "xTimezone": "Asia/Kathmandu" }),
    );
    assert_eq!(answer["rows"][0]["timestamp"], "2026-03-28T18:15:00Z");
    let lines = ask(
        &app,
        json!({ "interval": "month", "dimension": "link", "startDate": "2026-03-01", "endDate": "2026-03-31" }),
    );
    assert_eq!((sum(&lines, "scans"), lines["rows"].as_array().unwrap().len()), (2, 1));
}

#[test]
fn filters_are_anded_and_say_is_is_not_in_and_contains() {
    let app = TestApp::new();
    let (one, _) = busy(&app);
    let scans =
        |filters: Value| ask(&app, json!({ "filters": filters }))["totals"]["scans"].as_u64().unwrap();
    let filter = |dimension: &str, operator: &str, values: &[&str]| json!({ "dimension": dimension, "operator": operator, "values": values });
    let swiss = scans(json!([filter("country", "is", &["CH"])]));
    assert_eq!(swiss, 6);
    assert_eq!(scans(json!([filter("country", "is_not", &["CH"])])), 24 - swiss);
    assert_eq!(scans(json!([filter("country", "in", &["CH", "AT"])])), 12);
    assert_eq!(scans(json!([filter("city", "contains", &["BAS"])])), 6);
    assert_eq!(scans(json!([filter("city", "contains_not", &["bas", "wien", "vienna"])])), 12);
    assert_eq!(scans(json!([filter("country", "is", &[""])])), 6, "unknown");
    assert_eq!(scans(json!([filter("tag", "is", &["summer"])])), 24);
    let of_one = ask(&app, json!({ "linkId": one.id }))["totals"]["scans"].as_u64().unwrap();
    for filters in [
        json!([filter("tag", "is", &["poster"])]),
        json!([filter("directory", "is", &["shop"])]),
        json!([filter("directory", "is_not", &[""])]),
        json!([filter("link", "is", &[&one.id])]),
        json!([filter("slug", "contains", &["ON"])]),
    ] {
        assert_eq!(scans(filters.clone()), of_one, "{filters}");
    }
    assert_eq!(scans(json!([filter("tag", "is_not", &["poster"])])), 24 - of_one);
    let table = scans(json!([filter("parameter:table", "is", &["2"])]));
    assert!(table > 0 && table < 24);
    for spelt in ["parameter:table!:2", "parameter!:table:2"] {
        assert_eq!(ask(&app, json!({ "xFilters": [spelt] }))["totals"]["scans"], 24 - table, "{spelt}");
    }
    for spelt in ["parameter:table~:2", "parameter~:table:2"] {
        assert_eq!(ask(&app, json!({ "xFilters": [spelt] }))["totals"]["scans"], table, "{spelt}");
    }
    let twice =
        app.api("POST", "/v1/x/analytics/query").json(&json!({ "xFilters": ["parameter!:table~:2"] }));
    assert_eq!(twice.send().refusal(400).1, "/xFilters/0");
    let both = json!([filter("parameter:table", "is", &["2"]), filter("country", "is", &["CH"])]);
    assert!(scans(both) < table);
    // The same in the short form, which every list and number takes.
    let encoded = "/v1/events?xFilter=parameter:table:2&xFilter=tag:summer";
    assert_eq!(app.get(encoded)["json"]["totalCount"], table);
    assert_eq!(app.get("/v1/metrics/events?xFilter=country!:CH")["totalEvents"], 24 - swiss);
    assert_eq!(app.get("/v1/metrics/events?xFilter=city~:base")["totalEvents"], 6);
    let overview =
        app.post("/v1/x/overview", &json!({ "xFilters": ["tag:poster"], "dimensions": ["tag", "weekday"] }));
    assert_eq!(overview["totals"]["scans"], of_one);
    assert_eq!(overview["breakdowns"]["tag"]["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn beyond_the_limit_there_is_one_row_and_deleted_links_keep_a_name() {
    let app = TestApp::new();
    let (one, _) = busy(&app);
    let answer = ask(&app, json!({ "dimension": "city", "limit": 1 }));
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &answer["meta"]["groups"]), (2, &json!(4)));
    assert_eq!(
        (&rows[1]["label"], &rows[1]["other"], &rows[1]["scans"]),
        (&json!("(other)"), &json!(true), &json!(18))
    );
    assert!(rows[1].get("value").is_none() && rows[0].get("other").is_none());
    let share = &rows[0]["shareInterval"];
    assert_eq!(rows[0]["share"], 25.0);
    assert!(share[0].as_f64().unwrap() < 25.0 && share[1].as_f64().unwrap() > 25.0, "{answer}");
    app.api("DELETE", &format!("/v1/links/{}", one.id)).send().expect(200);
    let links = ask(&app, json!({ "dimension": "link" }));
    assert_eq!(row(&links, &one.id)["label"], "First (deleted)");
    let top = app.post("/v1/analytics/top-links", &json!({}));
    let named = top["data"].as_array().unwrap().iter().find(|row| row["xLinkId"] == one.id.as_str()).unwrap();
    assert_eq!(named["name"], "First (deleted)");
    assert_eq!(sum(&links, "scans"), 24);
}

#[test]
fn what_is_beyond_the_limit_is_told_interval_by_interval() {
    let app = TestApp::new();
    busy(&app);
    for dimension in ["city", "tag", "verdict"] {
        let body = json!({ "dimension": dimension, "interval": "day", "limit": 1,
            "metrics": ["scans", "allScans", "visitors"] });
        let answer = ask(&app, body.clone());
        let mut whole = body.clone();
        whole["limit"] = json!(1000);
        let whole = ask(&app, whole);
        let others: Vec<&Value> =
            answer["rows"].as_array().unwrap().iter().filter(|row| row["other"] == true).collect();
        assert!(others.len() > 3, "{answer}");
        let shown = &answer["rows"][0]["value"];
        for other in others {
            for metric in ["scans", "allScans", "visitors"] {
                let rows = whole["rows"].as_array().unwrap().iter();
                let beyond =
                    rows.filter(|row| row["timestamp"] == other["timestamp"] && row["value"] != *shown);
                let sum: u64 = beyond.map(|row| row[metric].as_u64().unwrap()).sum();
                assert_eq!(other[metric].as_u64(), Some(sum), "{metric} by {dimension}: {other}");
            }
        }
    }
}

#[test]
fn a_part_is_looked_for_in_what_people_read() {
    let app = TestApp::new();
    let (one, two) = busy(&app);
    let scans =
        |filter: &str| ask(&app, json!({ "xFilters": [filter] }))["totals"]["scans"].as_u64().unwrap();
    let id = |link: &Link| scans(&format!("link:{}", link.id));
    assert_eq!(scans("link~:firs"), id(&one));
    assert_eq!(scans("link~:TWO"), id(&two));
    assert_eq!(scans("link!~:firs"), id(&two));
    assert_eq!(scans("link~:no such"), 0);
    assert_eq!(scans("country~:switzer"), scans("country:CH"));
    assert_eq!(scans("country:austria"), scans("country:AT"));
    assert_eq!(scans("country!~:austr"), 24 - scans("country:AT") - scans("country:AU"));
    assert_eq!(scans("device_type~:DEVICE_TYPE_MOB"), scans("device_type:mobile"));
    assert_eq!(scans("weekday~:day"), 24);
    assert_eq!((scans("directory~:HO"), scans("tag~:post")), (id(&one), id(&one)));
    let deleted = app.api("DELETE", &format!("/v1/links/{}", one.id)).send();
    deleted.expect(200);
    assert_eq!(scans("link~:(deleted)"), id(&one));
}

#[test]
fn the_clock_on_the_wall_has_every_hour() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link); // Tuesday, 9:00 UTC
    app.events(&link, 1);
    let hours = ask(&app, json!({ "dimension": "hour", "xTimezone": "Europe/Berlin" }));
    assert_eq!(hours["rows"].as_array().unwrap().len(), 24);
    assert_eq!((&hours["rows"][10]["scans"], &hours["rows"][10]["label"]), (&json!(1), &json!("10:00")));
    let days = ask(&app, json!({ "dimension": "weekday" }));
    assert_eq!((&days["rows"][1]["label"], &days["rows"][1]["scans"]), (&json!("Tuesday"), &json!(1)));
    let week = ask(&app, json!({ "dimension": "weekday_hour" }));
    assert_eq!((week["rows"].as_array().unwrap().len(), &week["rows"][33]["scans"]), (168, &json!(1)));
    let weekend = json!([{ "dimension": "weekday", "values": ["6", "7"] }]);
    assert_eq!(ask(&app, json!({ "filters": weekend }))["totals"]["scans"], 0);
}

#[test]
fn a_question_that_cannot_be_answered_names_its_field() {
    let app = TestApp::new();
    for (body, field) in [
        (json!({ "metrics": ["scans", "clicks"] }), "/metrics/1"),
        (json!({ "dimension": "colour" }), "/dimension"),
        (json!({ "dimension": "parameter:" }), "/dimension"),
        (json!({ "interval": "fortnight" }), "/interval"),
        (json!({ "interval": "day", "intervalInMinutes": 60 }), "/intervalInMinutes"),
        (json!({ "intervalInMinutes": -1 }), "/intervalInMinutes"),
        (json!({ "interval": "minute", "startDate": "2020-01-01" }), "/interval"),
        (json!({ "interval": "day", "metrics": ["firstScan"] }), "/metrics/0"),
        (
            json!({ "filters": [{ "dimension": "country", "values": ["DE"] }, { "dimension": "hue", "values": ["x"] }] }),
            "/filters/1/dimension",
        ),
        (
            json!({ "filters": [{ "dimension": "country", "operator": "like", "values": ["DE"] }] }),
            "/filters/0/operator",
        ),
        (json!({ "filters": [{ "dimension": "country", "values": [] }] }), "/filters/0/values"),
        (json!({ "filters": [{ "dimension": "country" }] }), "/filters/0/values"),
        (json!({ "xFilters": ["country"] }), "/xFilters/0"),
        (json!({ "compare": "yesterday" }), "/compare"),
        (json!({ "compare": "previous_year" }), "/startDate"),
        (json!({ "limit": 5000 }), "/limit"),
        (
            json!({ "interval": "hour", "dimension": "city", "limit": 900, "startDate": "2026-01-01" }),
            "/limit",
        ),
        (json!({ "xTimezone": "Berlin" }), "/xTimezone"),
        (json!({ "dimensions": "country" }), "/dimensions"),
        (json!({ "timezone": "Europe/Berlin" }), "/timezone"),
        (
            json!({ "filters": [{ "dimension": "country", "operater": "is", "values": ["DE"] }] }),
            "/filters/0/operater",
        ),
        (
            json!({ "filters": [{ "dimension": "country", "values": ["FR", "Atlantis"] }] }),
            "/filters/0/values/1",
        ),
        (
            json!({ "filters": [{ "dimension": "device_type", "operator": "is_not", "values": ["phone"] }] }),
            "/filters/0/values/0",
        ),
        (json!({ "xFilters": ["country:DE", "verdict:robot"] }), "/xFilters/1"),
        (json!({ "xFilters": ["outcome:happy"] }), "/xFilters/0"),
        (json!({ "xFilters": ["link:summer"] }), "/xFilters/0"),
        (json!({ "xFilters": ["country~:atlant"] }), "/xFilters/0"),
    ] {
        let refused = app.api("POST", "/v1/x/analytics/query").json(&body).send();
        assert_eq!(refused.refusal(400).1, field, "{body}");
    }
    app.api("POST", "/v1/x/analytics/query")
        .json(&json!({ "linkId": "0197a3c0-0000-7000-8000-000000000001" }))
        .send()
        .refusal(404);
}

#[test]
fn a_range_without_a_start_begins_with_the_first_scan() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let empty = ask(&app, json!({ "endDate": "2026-03-09" }));
    assert_eq!(empty["meta"]["range"]["from"], "2026-03-09T00:00:00Z", "a day, where there is nothing");
    app.scan(&link);
    let first = app.events(&link, 1)[0]["scannedAt"].clone();
    app.advance(3 * DAY);
    app.scan(&link);
    app.events(&link, 2);
    let overview = app.post("/v1/x/overview", &json!({}));
    for body in [json!({}), json!({ "dimension": "country" }), json!({ "dimension": "hour" })] {
        let from = ask(&app, body.clone())["meta"]["range"]["from"].take();
        assert_eq!((&from, &from), (&first, &overview["range"]["from"]), "{body}");
    }
    // The clock of a filter begins there too, and shows the hours it always did.
    let of =
        |hour: &str| ask(&app, json!({ "xFilters": [format!("hour:{hour}")] }))["totals"]["scans"].take();
    assert_eq!((of("9"), of("10")), (json!(2), json!(0)));
    let all = json!({ "xFilters": ["hour:9"], "verdict": "all", "startDate": "1970-01-01", "endDate": "9999-12-31" });
    assert_eq!(ask(&app, all)["totals"]["scans"], 2);
}

#[test]
fn what_is_wrong_with_a_question_is_said_as_it_is() {
    let app = TestApp::new();
    for (path, body, field, words) in [
        ("analytics/query", json!({ "verdict": "all,human" }), "/verdict", "send it alone"),
        ("analytics/query", json!({ "startDate": "2027-05-01" }), "/startDate", "lies in the future"),
        (
            "analytics/query",
            json!({ "startDate": "0001-01-01", "compare": "previous_year" }),
            "/startDate",
            "before 1970",
        ),
        ("analytics/query", json!({ "endDate": "1960-12-31" }), "/endDate", "before 1970"),
        (
            "overview",
            json!({ "limit": -1 }),
            "/limit",
            "is -1, which does not fit; send a whole number from 0 on",
        ),
    ] {
        let (message, at) = app.api("POST", &format!("/v1/x/{path}")).json(&body).send().refusal(400);
        assert!(at == field && message.contains(words), "{body}: {at}: {message}");
    }
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.scan_by(&link, CURL, BASEL);
    app.events(&link, 2);
    for body in [json!({ "verdict": "human, bot" }), json!({ "verdict": ["human", " bot"] })] {
        assert_eq!(ask(&app, body.clone())["totals"]["scans"], 2, "{body}");
    }
    assert_eq!(app.get("/v1/metrics/events?verdict=human,%20bot")["totalEvents"], 2);
    for end in ["9999-12-31", "9999-12-31T23:59:59Z"] {
        assert_eq!(ask(&app, json!({ "endDate": end }))["totals"]["scans"], 1, "{end}");
        assert_eq!(app.get(&format!("/v1/metrics/events?endDate={end}"))["totalEvents"], 1, "{end}");
    }
}

#[test]
fn filters_can_be_saved_by_name() {
    let app = TestApp::new();
    let body = json!({ "name": "Swiss phones", "filters": ["country:CH", "device_type!:desktop"] });
    let made = app.post("/v1/x/saved-filters", &body)["savedFilter"].take();
    assert_eq!(made["filters"], body["filters"]);
    let again = app
        .api("POST", "/v1/x/saved-filters")
        .json(&json!({ "name": "SWISS phones", "filters": ["tag:x"] }))
        .send();
    assert_eq!(again.refusal(409).1, "/name");
    for (body, field) in [
        (json!({ "filters": ["country:CH"] }), "/name"),
        (json!({ "name": "x" }), "/filters"),
        (json!({ "name": "x", "filters": [] }), "/filters"),
        (json!({ "name": "x", "filters": ["country:CH", "planet:Mars"] }), "/filters/1"),
    ] {
        assert_eq!(app.api("POST", "/v1/x/saved-filters").json(&body).send().refusal(400).1, field, "{body}");
    }
    let path = format!("/v1/x/saved-filters/{}", made["id"].as_str().unwrap());
    let renamed = app.patch(&path, &json!({ "name": "Phones" }))["savedFilter"].take();
    assert_eq!((&renamed["name"], &renamed["filters"]), (&json!("Phones"), &body["filters"]));
    assert_eq!(app.get("/v1/x/saved-filters")["savedFilters"].as_array().unwrap().len(), 1);
    app.api("DELETE", &path).send().expect(200);
    app.api("DELETE", &path).send().refusal(404);
}

#[test]
fn what_happened_is_told_beside_the_scans() {
    let app = TestApp::new();
    let link = app.link("https://example.com/old").create();
    let text = json!({ "text": "Poster printed", "at": "2026-03-09", "linkId": link.id });
    let note = app.post("/v1/x/annotations", &text)["annotation"].take();
    app.post("/v1/x/annotations", &json!({ "text": "Fair" }));
    app.advance(HOUR);
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let exit = steps[1]["id"].as_str().unwrap();
    let body = json!({ "payload": { "clientRedirect": { "destination": "https://example.com/new" } } });
    app.patch(&format!("/v1/links/{}/workflow-steps/{exit}", link.id), &body);
    let told =
        app.get(&format!("/v1/x/annotations?linkId={}&startDate=2026-03-01", link.id))["annotations"].take();
    let texts: Vec<&str> = told.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Poster printed", "Fair", "Destination changed to https://example.com/new"]);
    assert!(told[2].get("id").is_none());
    let kinds: Vec<&Value> = told.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["note", "note", "destination"]);
    let all = app.get("/v1/x/annotations?startDate=2026-03-10")["annotations"].take();
    assert_eq!((&all[0]["text"], &all[1]["text"]), (&json!("Fair"), &told[2]["text"]), "of all links");
    assert_eq!(all[1]["linkName"], json!(link.slug));
    for (body, field) in [
        (json!({}), "/text"),
        (json!({ "text": "x", "at": "soon" }), "/at"),
        (json!({ "text": "x", "linkId": "y" }), "/linkId"),
    ] {
        assert_eq!(app.api("POST", "/v1/x/annotations").json(&body).send().refusal(400).1, field);
    }
    app.api("DELETE", &format!("/v1/x/annotations/{}", note["id"].as_str().unwrap())).send().expect(200);
}

#[test]
fn what_one_request_did_to_many_links_happened_once() {
    let app = TestApp::new();
    let links: Vec<_> = (0..3).map(|_| app.link("https://example.com/").create()).collect();
    let other = app.other_workspace();
    let theirs = app.link("https://example.com/").of(&other).create();
    app.advance(HOUR);
    let ids: Vec<&str> = links.iter().map(|link| link.id.as_str()).collect();
    app.post("/v1/x/links/bulk", &json!({ "linkIds": ids, "set": { "xPaused": true } }));
    app.advance(HOUR);
    app.patch(&format!("/v1/links/{}", links[0].id), &json!({ "xPaused": false }));
    let told = app.get("/v1/x/annotations")["annotations"].take();
    let said: Vec<_> = told.as_array().unwrap().iter().map(|one| (&one["kind"], &one["text"])).collect();
    let expected = [(json!("paused"), json!("3 links paused")), (json!("resumed"), json!("Resumed"))];
    assert_eq!(said, expected.iter().map(|(kind, text)| (kind, text)).collect::<Vec<_>>());
    assert!(told[0].get("linkId").is_none() && told[1]["linkId"] == links[0].id.as_str());
    let of_one = app.get(&format!("/v1/x/annotations?linkId={}", links[1].id))["annotations"].take();
    assert_eq!((of_one[0]["text"].as_str(), of_one.as_array().unwrap().len()), (Some("Paused"), 1));
    assert_eq!(theirs.id.len(), 36);
}

#[test]
fn a_wrong_type_in_what_all_questions_share_names_its_field() {
    let app = TestApp::new();
    for path in ["/v1/x/analytics/query", "/v1/x/overview", "/v1/analytics/breakdown", "/v1/analytics/funnel"]
    {
        for (field, wrong) in [
            ("linkId", json!(5)),
            ("startDate", json!([])),
            ("xTimezone", json!(5)),
            ("verdict", json!(5)),
            ("xFilters", json!("country:DE")),
        ] {
            let refused = app.api("POST", path).json(&json!({ (field): wrong })).send().refusal(400);
            assert_eq!(refused.1, format!("/{field}"), "{path}: {}", refused.0);
        }
    }
}
