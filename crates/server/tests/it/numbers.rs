//! Every number agrees with every other number.

use crate::app::{DAY, HOUR, MINUTE, TestApp, at};
use crate::client::{ANDROID, CURL, FIREFOX, IPHONE, Link, eventually};
use crate::places::{BASEL, PERTH, VIENNA};
use serde_json::{Value, json};

/// Scans of three days: 24 of people, 6 of a program.
fn busy(app: &TestApp) -> Link {
    let link = app.link("https://example.com/").slug("busy").create();
    app.set_clock("2026-03-08T22:30:00Z");
    for turn in 0..30u32 {
        let (agent, address) = match turn % 5 {
            0 => (IPHONE, BASEL),
            1 => (ANDROID, PERTH),
            2 => (FIREFOX, VIENNA),
            3 => (IPHONE, "198.51.100.7"),
            _ => (CURL, BASEL),
        };
        let path = if turn % 2 == 0 { "/busy?utm_source=poster" } else { "/Q/BUSY" };
        assert_eq!(app.request("GET", path).agent(agent).from(address).send().status, 302);
        app.advance(97 * MINUTE);
    }
    app.events(&link, 30);
    link
}

fn sum(points: &Value, field: &str) -> u64 {
    points.as_array().unwrap().iter().map(|point| point[field].as_u64().unwrap()).sum()
}

const DIMENSIONS: [&str; 24] = [
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
    "GROUP_BY_DIMENSION_COUNTRY",
];

/// What every figure must be: `scans` for `filter`, everywhere.
pub fn agree(app: &TestApp, filter: &Value, scans: u64) {
    let query: Vec<String> = filter
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", value.as_str().unwrap_or_else(|| value[0].as_str().unwrap()))
        })
        .collect();
    let query = query.join("&").replace('+', "%2B");
    let with = |extra: Value| {
        let mut body = filter.clone();
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    assert_eq!(app.get(&format!("/v1/events?{query}"))["json"]["totalCount"], scans, "{filter}");
    let figures = app.get(&format!("/v1/metrics/events?{query}"));
    assert_eq!(figures["totalEvents"], scans, "{filter}");
    let visitors = figures["xVisitors"].as_u64().unwrap();
    for interval in [7, 60, 240, 1440, 2000, 2880, 10_080] {
        let body = with(json!({ "intervalInMinutes": interval }));
        let series = app.post("/v1/timeseries/events", &body)["timeSeries"].take();
        assert_eq!(sum(&series["data"], "eventCount"), scans, "{body}");
        assert_eq!(series["totalData"], scans, "{body}");
        assert_eq!(sum(&series["data"], "xVisitors"), visitors, "{body}");
        let grouped = app.post(
            "/v1/analytics/timeseries",
            &with(json!({ "intervalInMinutes": interval, "groupBy": "country", "limit": 100 })),
        );
        let points: u64 =
            grouped["series"].as_array().unwrap().iter().map(|line| sum(&line["points"], "value")).sum();
        assert_eq!(points, scans, "{body}");
        let returning = app.post("/v1/analytics/visitors", &body);
        assert_eq!(sum(&returning["data"], "newVisitorCount"), returning["totalNew"].as_u64().unwrap());
        assert_eq!(
            sum(&returning["data"], "returningVisitorCount"),
            returning["totalReturning"].as_u64().unwrap()
        );
    }
    for dimension in DIMENSIONS {
        let answer =
            app.post("/v1/analytics/breakdown", &with(json!({ "dimension": dimension, "limit": 1000 })));
        assert_eq!(sum(&answer["data"], "eventCount"), scans, "{filter} {dimension}");
        assert_eq!(answer["total"], scans);
        assert_eq!(answer["xGroups"], answer["data"].as_array().unwrap().len());
        let visitors_sum = sum(&answer["data"], "xVisitors");
        // A visitor of several slugs or sources is one of each; where and with what he scans he has but one.
        if ["country", "region", "city", "device_type", "browser", "platform"].contains(&dimension) {
            assert_eq!(visitors_sum, visitors, "{filter} {dimension}");
        }
    }
    for asked in [
        json!({ "dimension": "country", "limit": 2 }),
        json!({ "dimension": "weekday_hour" }),
        json!({ "dimension": "directory" }),
        json!({ "dimension": "parameter:table" }),
        json!({ "interval": "hour" }),
        json!({ "interval": "month", "dimension": "city", "limit": 1 }),
    ] {
        let answer = app.post("/v1/x/analytics/query", &with(asked.clone()));
        assert_eq!(sum(&answer["rows"], "scans"), scans, "{filter} {asked}");
        assert_eq!(answer["totals"]["scans"], scans, "{filter} {asked}");
        assert_eq!(answer["totals"]["visitors"], visitors, "{filter} {asked}");
        if asked["dimension"] != "weekday_hour"
            && asked["dimension"] != "parameter:table"
            && asked["dimension"] != "directory"
        {
            assert_eq!(sum(&answer["rows"], "visitors"), visitors, "{filter} {asked}");
        }
    }
    for (path, total) in [("geo", "totalEvents"), ("devices", "totalEvents"), ("top-links", "totalEvents")] {
        let answer = app.post(&format!("/v1/analytics/{path}"), &with(json!({ "limit": 1000 })));
        assert_eq!(answer[total], scans, "{filter} {path}");
        assert_eq!(sum(&answer["data"], "eventCount"), scans, "{filter} {path}");
    }
}

fn all_agree(app: &TestApp, link: &Link) {
    agree(app, &json!({}), 24);
    agree(app, &json!({ "verdict": ["all"] }), 30);
    agree(app, &json!({ "verdict": ["bot"] }), 6);
    agree(app, &json!({ "linkId": link.id }), 24);
    agree(app, &json!({ "linkId": link.id, "startDate": "2026-03-09", "endDate": "2026-03-09" }), 12);
    eventually("eventCount", || {
        let link = app.get(&format!("/v1/links/{}", link.id))["link"].take();
        (link["eventCount"] == 24 && link["xLifetimeScans"] == 24).then_some(())
    });
    let workspace = app.get("/v1/metrics/workspace");
    assert_eq!((&workspace["totalEvents"], &workspace["totalMonthlyEvents"]), (&json!(24), &json!(24)));
}

#[test]
fn every_number_agrees_with_every_other_hot_sealed_merged_and_restarted() {
    let app = TestApp::new();
    let link = busy(&app);
    all_agree(&app, &link);
    app.advance(10 * MINUTE);
    eventually("the seal", || (app.server().app().store.stats().hot_scans == 0).then_some(()));
    all_agree(&app, &link);
    let app = app.restart();
    all_agree(&app, &link);
    app.advance(DAY);
    app.scan(&link);
    app.events(&link, 31);
    agree(&app, &json!({}), 25);
}

#[test]
fn dates_are_inclusive_and_read_in_the_workspaces_zone() {
    let app = TestApp::with(&[("QUIETZONE_TIMEZONE", "Europe/Berlin")]);
    let link = app.link("https://example.com/").create();
    for time in [
        "2026-03-09T22:59:59.999Z",
        "2026-03-09T23:00:00Z",
        "2026-03-10T22:59:59.999Z",
        "2026-03-10T23:00:00Z",
    ] {
        app.set_clock(time);
        app.scan(&link);
    }
    app.events(&link, 4);
    let count =
        |body: Value| app.post("/v1/timeseries/events", &body)["timeSeries"]["totalData"].as_u64().unwrap();
    for (start, end, expected) in [
        ("2026-03-10", "2026-03-10", 2),
        ("2026-03-10T00:00:00", "2026-03-10T23:59:59.999", 2),
        ("2026-03-10T00:00:00+01:00", "2026-03-10T23:59:59.999+01:00", 2),
        ("2026-03-10T00:00:00+0100", "2026-03-10T23:59:59+0100", 1),
        ("2026-03-09T23:00:00Z", "2026-03-10T23:00:00Z", 3),
        ("2026-03-09", "2026-03-11", 4),
        ("2026-03-10T23:59:59.999", "2026-03-10T23:59:59.999", 1),
    ] {
        assert_eq!(count(json!({ "startDate": start, "endDate": end })), expected, "{start} {end}");
    }
    assert_eq!(count(json!({ "startDate": "2026-03-10", "endDate": "2026-03-10", "xTimezone": "UTC" })), 2);
    assert_eq!(count(json!({ "startDate": "2026-03-11" })), 1, "until now, this millisecond included");
    assert_eq!(count(json!({ "endDate": "2026-03-09" })), 1, "from the first scan on");
    assert_eq!(count(json!({})), 4);
}

#[test]
fn a_day_of_23_hours_has_23_hours() {
    let app = TestApp::with(&[("QUIETZONE_TIMEZONE", "Europe/Berlin")]);
    let link = app.link("https://example.com/").create();
    app.set_clock("2026-03-28T23:00:00Z"); // midnight of Sunday the 29th in Berlin
    for _ in 0..23 {
        app.scan(&link);
        app.advance(HOUR);
    }
    app.scan(&link); // midnight of Monday
    app.events(&link, 24);
    let hours = json!({ "startDate": "2026-03-29", "endDate": "2026-03-29", "intervalInMinutes": 60 });
    let series = app.post("/v1/timeseries/events", &hours)["timeSeries"].take();
    assert_eq!((&series["totalIntervals"], &series["totalData"]), (&json!(23), &json!(23)));
    assert!(series["data"].as_array().unwrap().iter().all(|point| point["eventCount"] == 1), "{series}");
    let days = json!({ "startDate": "2026-03-28", "endDate": "2026-03-30", "intervalInMinutes": 1440 });
    let series = app.post("/v1/timeseries/events", &days)["timeSeries"].take();
    let points: Vec<_> = series["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (at(p["timestamp"].as_str().unwrap()), p["eventCount"].as_u64().unwrap()))
        .collect();
    let midnight = |text| at(text);
    assert_eq!(
        points,
        [
            (midnight("2026-03-27T23:00:00Z"), 0),
            (midnight("2026-03-28T23:00:00Z"), 23),
            (midnight("2026-03-29T22:00:00Z"), 1)
        ]
    );
}

#[test]
fn places_and_devices_have_their_names_and_codes() {
    let app = TestApp::new();
    let link = busy(&app);
    let body = json!({ "linkId": link.id, "dimension": "country" });
    let rows = app.post("/v1/analytics/breakdown", &body)["data"].take();
    let mut countries: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    countries.sort_unstable();
    assert_eq!(countries, ["", "AT", "AU", "CH"]);
    let unknown = rows.as_array().unwrap().iter().find(|row| row["code"] == "").unwrap();
    assert_eq!((&unknown["label"], &unknown["percentage"]), (&json!("(unknown)"), &json!(25.0)));
    let cities = app.post("/v1/analytics/geo", &json!({ "groupBy": "city" }))["data"].take();
    let basel = cities.as_array().unwrap().iter().find(|row| row["location"] == "Basel").unwrap();
    assert_eq!(basel["xCountry"], "CH");
    let devices = app.post("/v1/analytics/devices", &json!({}))["data"].take();
    assert_eq!(
        (&devices[0]["deviceType"], &devices[0]["eventCount"]),
        (&json!("DEVICE_TYPE_MOBILE"), &json!(18))
    );
    let figures = app.get("/v1/metrics/events");
    assert_eq!((&figures["totalCountries"], &figures["totalCities"]), (&json!(3), &json!(3)), "known ones");
    assert_eq!(figures["topDeviceType"], "DEVICE_TYPE_MOBILE");
}

#[test]
fn a_limit_cuts_the_rows_and_not_the_total() {
    let app = TestApp::new();
    busy(&app);
    for (limit, rows) in [(json!(1), 1), (json!(2), 2), (json!(0), 4), (Value::Null, 4)] {
        let answer = app.post("/v1/analytics/breakdown", &json!({ "dimension": "city", "limit": limit }));
        assert_eq!(answer["data"].as_array().unwrap().len(), rows, "{limit}");
        assert_eq!((&answer["total"], &answer["xGroups"]), (&json!(24), &json!(4)));
    }
    let series = app.post("/v1/analytics/timeseries", &json!({ "groupBy": "city", "limit": 2 }));
    let lines = series["series"].as_array().unwrap();
    assert_eq!((lines.len(), &series["totalEvents"]), (3, &json!(24)), "what lies beyond is a line too");
    assert_eq!((&lines[2]["label"], &lines[2]["xOther"]), (&json!("(other)"), &json!(true)));
    assert!(lines[1].get("xOther").is_none());
    assert_eq!(lines.iter().map(|line| sum(&line["points"], "value")).sum::<u64>(), 24);
    let all = app.post("/v1/analytics/timeseries", &json!({ "groupBy": "city", "limit": 4 }));
    assert_eq!(all["series"].as_array().unwrap().len(), 4, "nothing lies beyond");
}

#[test]
fn rows_that_may_add_up_to_more_than_the_total_say_so() {
    let app = TestApp::new();
    let tags = json!(["summer", "poster"]);
    let link = app.link("https://example.com/").with("tags", tags).create();
    app.scan(&link);
    app.events(&link, 1);
    for (dimension, more) in [("tag", true), ("languages", true), ("parameter", true), ("country", false)] {
        let breakdown = app.post("/v1/analytics/breakdown", &json!({ "dimension": dimension }));
        assert_eq!(breakdown["xMayExceedTotal"], more, "{dimension}");
        let overview = app.post("/v1/x/overview", &json!({ "dimensions": [dimension] }));
        assert_eq!(overview["breakdowns"][dimension]["mayExceedTotal"], more, "{dimension}");
    }
    for (group, more) in [("languages", true), ("country", false)] {
        let series = app.post("/v1/analytics/timeseries", &json!({ "groupBy": group }));
        assert_eq!(series["xMayExceedTotal"], more, "{group}");
    }
}

#[test]
fn a_field_that_would_do_nothing_is_refused() {
    let app = TestApp::new();
    for (path, field, value) in [
        ("analytics/timeseries", "dimension", json!("country")),
        ("analytics/breakdown", "groupBy", json!("country")),
        ("analytics/breakdown", "intervalInMinutes", json!(60)),
        ("analytics/geo", "dimension", json!("tag")),
        ("analytics/geo", "intervalInMinutes", json!(60)),
        ("analytics/devices", "groupBy", json!("foo")),
        ("analytics/devices", "dimension", json!("tag")),
        ("analytics/hours", "limit", json!(3)),
        ("analytics/top-links", "groupBy", json!("foo")),
        ("analytics/top-links", "intervalInMinutes", json!(60)),
        ("analytics/visitors", "groupBy", json!("foo")),
        ("timeseries/events", "limit", json!(3)),
    ] {
        let refused = app.api("POST", &format!("/v1/{path}")).json(&json!({ field: value })).send();
        let (message, at) = refused.refusal(400);
        assert_eq!(at, format!("/{field}"), "{path}: {message}");
        assert!(message.contains("is not a field here"), "{path}: {message}");
    }
    // What the contract's own bodies have is taken.
    for (path, body) in [
        (
            "analytics/timeseries",
            json!({ "groupBy": "GROUP_BY_DIMENSION_COUNTRY", "limit": 3, "intervalInMinutes": 60 }),
        ),
        ("analytics/breakdown", json!({ "dimension": "browser", "limit": 3 })),
        ("analytics/geo", json!({ "groupBy": "country", "limit": 3 })),
        ("analytics/top-links", json!({ "limit": 3 })),
        ("analytics/visitors", json!({ "intervalInMinutes": 60 })),
        ("timeseries/events", json!({ "intervalInMinutes": 60 })),
    ] {
        app.post(&format!("/v1/{path}"), &body);
    }
    let widget = |endpoint: &str, params: Value| {
        let config = json!({ "widgets": [{ "dataSource": { "endpoint": endpoint, "params": params } }] });
        app.api("POST", "/v1/analytics/dashboards").json(&json!({ "config": config })).send()
    };
    for (endpoint, params, field) in [
        ("/v1/analytics/geo", json!({ "groupBy": "nix" }), "/groupBy"),
        ("/v1/analytics/devices", json!({ "groupBy": "country" }), "/groupBy"),
        ("/v1/analytics/breakdown", json!({}), "/dimension"),
    ] {
        let at = widget(endpoint, params).refusal(400).1;
        assert_eq!(at, format!("/config/widgets/0/dataSource/params{field}"), "{endpoint}");
    }
    widget("/v1/analytics/geo", json!({ "groupBy": "city", "verdict": "all" })).expect(200);
}

#[test]
fn intervals_are_as_long_as_they_are_asked_to_be() {
    let app = TestApp::new();
    let starts = |minutes: i64| -> Vec<String> {
        let body = json!({ "startDate": "2026-03-28", "endDate": "2026-03-30", "intervalInMinutes": minutes,
            "xTimezone": "Europe/Berlin" });
        let series = app.post("/v1/timeseries/events", &body);
        let data = series["timeSeries"]["data"].as_array().unwrap();
        data.iter().map(|point| point["timestamp"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(starts(2160), ["2026-03-27T23:00:00Z", "2026-03-29T11:00:00Z"]);
    assert_eq!(starts(2000), ["2026-03-27T23:00:00Z", "2026-03-29T08:20:00Z", "2026-03-30T17:40:00Z"]);
    assert_eq!(starts(7)[..2], ["2026-03-27T23:00:00Z", "2026-03-27T23:07:00Z"]);
}

#[test]
fn a_question_that_cannot_be_answered_names_its_field() {
    let app = TestApp::new();
    for (path, body, field) in [
        ("analytics/breakdown", json!({ "dimension": "colour" }), "/dimension"),
        ("analytics/breakdown", json!({}), "/dimension"),
        ("analytics/breakdown", json!({ "dimension": "city", "limit": -1 }), "/limit"),
        ("analytics/timeseries", json!({ "groupBy": "GROUP_BY_DIMENSION_COLOUR" }), "/groupBy"),
        ("analytics/geo", json!({ "groupBy": "browser" }), "/groupBy"),
        ("timeseries/events", json!({ "intervalInMinutes": -5 }), "/intervalInMinutes"),
        ("timeseries/events", json!({ "intervalInMinutes": 1_i64 << 62 }), "/intervalInMinutes"),
        ("analytics/visitors", json!({ "intervalInMinutes": i64::MAX }), "/intervalInMinutes"),
        (
            "timeseries/events",
            json!({ "intervalInMinutes": 1, "startDate": "2020-01-01" }),
            "/intervalInMinutes",
        ),
        ("timeseries/events", json!({ "startDate": "soon" }), "/startDate"),
        ("timeseries/events", json!({ "startDate": "2026-03-10", "endDate": "2026-03-09" }), "/endDate"),
        ("analytics/visitors", json!({ "xTimezone": "Berlin" }), "/xTimezone"),
        ("analytics/devices", json!({ "verdict": ["robot"] }), "/verdict"),
        ("analytics/top-links", json!({ "linkId": "summer" }), "/linkId"),
    ] {
        let refused = app.api("POST", &format!("/v1/{path}")).json(&body).send();
        assert_eq!(refused.refusal(400).1, field, "{path} {body}");
    }
}

#[test]
fn nothing_scanned_is_nothing_counted() {
    let app = TestApp::new();
    agree(&app, &json!({}), 0);
    let figures = app.get("/v1/metrics/events");
    assert!(figures.get("topCountry").or(figures.get("firstAt")).is_none());
}

#[test]
fn numbers_of_another_workspace_are_not_ours() {
    let app = TestApp::new();
    let link = busy(&app);
    let other = app.other_workspace();
    let theirs = app.request("GET", "/v1/metrics/events").bearer(&other).send().expect(200);
    assert_eq!(theirs["totalEvents"], 0);
    for (path, mut body) in [
        ("analytics/breakdown", json!({ "dimension": "city" })),
        ("timeseries/events", json!({})),
        ("analytics/visitors", json!({})),
    ] {
        body["linkId"] = json!(link.id);
        app.request("POST", &format!("/v1/{path}")).bearer(&other).json(&body).send().refusal(404);
    }
}

#[test]
fn hours_of_the_day_are_those_of_the_clock_on_the_wall() {
    let app = TestApp::new();
    app.api("PUT", "/v1/workspace").json(&json!({ "timezone": "Europe/Berlin" })).send().expect(200);
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    app.advance(DAY + HOUR);
    app.scan(&link);
    app.scan(&link);
    app.events(&link, 3);
    let hours = app.post("/v1/analytics/hours", &json!({}));
    assert_eq!(hours["totalEvents"], 3);
    let counts: Vec<u64> =
        hours["data"].as_array().unwrap().iter().map(|row| row["eventCount"].as_u64().unwrap()).collect();
    assert_eq!(
        (counts.len(), counts[10], counts[11], counts.iter().sum::<u64>()),
        (24, 1, 2, 3),
        "9:00 UTC is 10:00 there"
    );
    let utc = app.post("/v1/analytics/hours", &json!({ "xTimezone": "UTC", "linkId": link.id }));
    assert_eq!((&utc["data"][9]["eventCount"], &utc["data"][10]["eventCount"]), (&json!(1), &json!(2)));
}
