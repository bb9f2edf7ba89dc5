//! What a dashboard asks for: one overview whose parts agree with each other and with every other number.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{ANDROID, CURL, FIREFOX, IPHONE, Link, eventually};
use crate::places::{BASEL, PERTH, VIENNA};
use serde_json::{Value, json};

/// Forty scans of eight days from three places, five of them a program's.
fn busy(app: &TestApp) -> (Link, Link) {
    let (one, two) =
        (app.link("https://example.com/").slug("one").create(), app.link("https://example.com/").create());
    for turn in 0..40i64 {
        let (agent, address) = match turn % 8 {
            0 | 3 => (IPHONE, BASEL),
            1 | 5 => (ANDROID, PERTH),
            2 | 6 => (FIREFOX, VIENNA),
            4 => (IPHONE, "198.51.100.7"),
            _ => (CURL, BASEL),
        };
        app.scan_by(if turn % 3 == 0 { &two } else { &one }, agent, address);
        app.advance(5 * HOUR - 7);
    }
    let counted = || (app.get("/v1/events?verdict=all")["json"]["totalCount"] == 40).then_some(());
    eventually("forty scans", counted);
    (one, two)
}

fn sum<'v>(values: impl IntoIterator<Item = &'v Value>) -> u64 {
    values.into_iter().map(|value| value.as_u64().unwrap()).sum()
}

fn rows<'v>(overview: &'v Value, dimension: &str) -> &'v Vec<Value> {
    overview["breakdowns"][dimension]["rows"].as_array().unwrap()
}

const DIMENSIONS: [&str; 6] = ["country", "city", "link", "device_type", "browser", "visit_type"];

#[test]
fn the_parts_of_an_overview_agree_with_each_other_and_with_the_other_endpoints() {
    let app = TestApp::new();
    busy(&app);
    for filter in [
        json!({}),
        json!({ "verdict": ["all"] }),
        json!({ "xFilters": ["country:CH", "country:AU"] }),
        json!({ "xFilters": ["country:CH", "device_type:DEVICE_TYPE_MOBILE"], "verdict": ["all"] }),
        json!({ "xFilters": ["city:"] }),
        json!({ "startDate": "2026-03-12", "endDate": "2026-03-14", "xTimezone": "Australia/Perth" }),
    ] {
        let with = |extra: Value| {
            let mut body = filter.clone();
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            body
        };
        let overview = app.post("/v1/x/overview", &with(json!({ "dimensions": DIMENSIONS, "limit": 100 })));
        let scans = overview["totals"]["scans"].as_u64().unwrap();
        let visitors = &overview["totals"]["visitors"];
        assert!(scans > 0, "{filter}");
        let series = overview["series"]["data"].as_array().unwrap();
        assert_eq!(sum(series.iter().map(|point| &point["scans"])), scans, "{filter}");
        assert_eq!(
            sum(series.iter().map(|point| &point["visitors"])),
            visitors.as_u64().unwrap(),
            "{filter}"
        );
        let week = overview["week"].as_array().unwrap().iter().flat_map(|day| day.as_array().unwrap());
        assert_eq!(sum(week), scans, "{filter}");
        for dimension in DIMENSIONS {
            let rows = rows(&overview, dimension);
            assert_eq!(sum(rows.iter().map(|row| &row["scans"])), scans, "{dimension} of {filter}");
            let breakdown =
                app.post("/v1/analytics/breakdown", &with(json!({ "dimension": dimension, "limit": 100 })));
            assert_eq!(breakdown["total"], scans);
            assert_eq!(breakdown["xGroups"], overview["breakdowns"][dimension]["groups"]);
        }
        let places = overview["places"]["rows"].as_array().unwrap();
        let placed = sum(places.iter().map(|place| &place["scans"]));
        assert_eq!(placed + overview["places"]["unknown"].as_u64().unwrap(), scans, "{filter}");
        assert_eq!(overview["places"]["groups"], places.len());
        let short = app.post("/v1/x/overview", &with(json!({ "dimensions": DIMENSIONS, "limit": 1 })));
        for dimension in DIMENSIONS {
            let all = rows(&overview, dimension);
            let rest = &short["breakdowns"][dimension]["other"];
            assert_eq!(
                rest["scans"],
                sum(all.iter().skip(1).map(|row| &row["scans"])),
                "{dimension} of {filter}"
            );
        }
        let query: Vec<String> = filter
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(text) => vec![format!("{name}={text}")],
                list => {
                    let name = if name == "xFilters" { "xFilter" } else { name };
                    let one = |value: &Value| format!("{name}={}", value.as_str().unwrap());
                    list.as_array().unwrap().iter().map(one).collect()
                }
            })
            .collect();
        let query = query.join("&");
        assert_eq!(app.get(&format!("/v1/events?{query}"))["json"]["totalCount"], scans, "{query}");
        let metric = app.get(&format!("/v1/metrics/events?{query}"));
        assert_eq!((&metric["totalEvents"], &metric["xVisitors"]), (&json!(scans), visitors), "{query}");
    }
}

#[test]
fn places_have_coordinates_and_rows_are_filters() {
    let app = TestApp::new();
    let (one, _) = busy(&app);
    let ask = |filters: &[String]| {
        app.post("/v1/x/overview", &json!({ "xFilters": filters, "dimensions": DIMENSIONS, "limit": 100 }))
    };
    let whole = ask(&[]);
    let place = |city: &str| {
        let rows = whole["places"]["rows"].as_array().unwrap();
        rows.iter().find(|place| place["city"] == city).cloned().unwrap()
    };
    assert_eq!(
        (&place("Perth")["country"], place("Perth")["latitude"].as_f64()),
        (&json!("AU"), Some(-32.0))
    );
    assert!(place("Vienna")["longitude"].as_f64().unwrap() > 16.0);
    for dimension in DIMENSIONS {
        for row in rows(&whole, dimension) {
            let filtered = ask(&[format!("{dimension}:{}", row["value"].as_str().unwrap())]);
            assert_eq!(filtered["totals"]["scans"], row["scans"], "{dimension} {row}");
            assert_eq!(filtered["totals"]["visitors"], row["visitors"], "{dimension} {row}");
        }
    }
    let named = rows(&whole, "link").iter().find(|row| row["value"] == one.id.as_str()).unwrap();
    assert_eq!(named["label"], "one", "a link without a name goes by its slug");
}

#[test]
fn the_week_stands_in_the_zone_and_the_period_before_has_as_many_days() {
    let app = TestApp::with(&[("QUIETZONE_TIMEZONE", "Europe/Berlin")]);
    let link = app.link("https://example.com/").create();
    // Sunday 23:30 UTC is Monday half past midnight in Berlin.
    app.set_clock("2026-03-15T23:30:00Z");
    app.scan(&link);
    // A week later, nearly.
    app.set_clock("2026-03-22T22:30:00Z");
    app.scan(&link);
    app.scan(&link);
    app.events(&link, 3);
    let body = json!({ "startDate": "2026-03-16", "intervalInMinutes": 1440 });
    let overview = app.post("/v1/x/overview", &body);
    assert_eq!(overview["week"][0][0], 1, "Monday, the first hour");
    assert_eq!(overview["week"][6][23], 2, "Sunday, the last hour");
    assert_eq!(overview["series"]["data"].as_array().unwrap().len(), 7);
    assert_eq!(overview["now"]["scans"], 2);

    let body = json!({ "startDate": "2026-03-22", "endDate": "2026-03-22" });
    assert_eq!(app.post("/v1/x/overview", &body)["previous"]["scans"], 0);
    let body = json!({ "startDate": "2026-03-20", "endDate": "2026-03-22" });
    let previous = app.post("/v1/x/overview", &body);
    assert_eq!((&previous["totals"]["scans"], &previous["previous"]["scans"]), (&json!(2), &json!(0)));
    let body = json!({ "startDate": "2026-03-17" });
    assert_eq!(app.post("/v1/x/overview", &body)["previous"]["scans"], 1);
    let all = app.post("/v1/x/overview", &json!({}));
    assert_eq!((&all["totals"]["scans"], &all["previous"]), (&json!(3), &Value::Null));
}

#[test]
fn it_says_up_to_when_every_scan_is_counted() {
    let app = TestApp::new();
    let read_up_to = |app: &TestApp| {
        let overview = app.post("/v1/x/overview", &json!({}));
        overview["readUpTo"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
    };
    app.advance(DAY);
    let now = app.now();
    eventually("the store to have read up to now", || (read_up_to(&app) == now).then_some(()));
}

#[test]
fn what_cannot_be_read_is_named() {
    let app = TestApp::new();
    let refused = |body: Value, field: &str| {
        let answer = app.api("POST", "/v1/x/overview").json(&body).send();
        let error = answer.expect(400);
        assert_eq!(error["details"][0]["field"], field, "{error}");
    };
    refused(json!({ "dimensions": ["country", "planet"] }), "/dimensions/1");
    refused(json!({ "xFilters": ["country:DE", "DE"] }), "/xFilters/1");
    refused(json!({ "xFilters": ["planet:Mars"] }), "/xFilters/0");
    refused(json!({ "intervalInMinutes": 0 }), "/intervalInMinutes");
    refused(json!({ "startDate": "1999-01-01" }), "/startDate");
    let answer = app.api("GET", "/v1/events?xFilter=DE").send();
    assert_eq!(answer.expect(400)["details"][0]["field"], "xFilter");
}

#[test]
fn the_feed_tells_of_the_scans_that_pass_the_filter() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let mut feed = app.feed("?xFilter=country:AU", None);
    app.scan_by(&link, IPHONE, BASEL);
    app.scan_by(&link, IPHONE, PERTH);
    assert_eq!(feed.scan().data["device"]["country"], "AU");
}

#[test]
fn links_tell_their_days_their_silence_and_their_deletion() {
    let app = TestApp::new();
    let (one, two) = busy(&app);
    app.advance(DAY);
    let silent = app.link("https://example.com/").create();
    app.scan(&one);
    app.scan(&one);
    app.events(&one, 28);
    let activity =
        app.post("/v1/x/links/activity", &json!({ "linkIds": [one.id, two.id, silent.id], "days": 10 }));
    let days = activity["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]), (10, &json!("2026-03-10")));
    let of = |link: &Link| activity["links"][&link.id].as_array().unwrap().clone();
    let people = |link: &Link| {
        app.get(&format!("/v1/metrics/events?linkId={}", link.id))["totalEvents"].as_u64().unwrap()
    };
    assert_eq!((sum(&of(&one)), sum(&of(&two))), (people(&one), people(&two)));
    assert_eq!(of(&silent), vec![json!(0); 10]);
    assert_eq!(of(&one)[9], 2, "today is the last");

    let listed = |query: &str| {
        let page = app.get(&format!("/v1/links?{query}"));
        page["links"]
            .as_array()
            .unwrap()
            .iter()
            .map(|link| link["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let latest_first = [&one.id, &two.id, &silent.id].map(String::clone).to_vec();
    eventually("the last scans to be known", || (listed("sortBy=xLastScanAt") == latest_first).then_some(()));
    // The order may be right before today's scans are known. A new link is not silent yet.
    let only_two = std::slice::from_ref(&two.id);
    eventually("one silent link", || (listed("xSilentSince=2026-03-19") == only_two).then_some(()));

    app.api("DELETE", &format!("/v1/links/{}", two.id)).send().expect(200);
    let trash = app.get("/v1/links?xTrash=true");
    assert_eq!((&trash["totalCount"], &trash["links"][0]["id"]), (&json!(1), &json!(two.id)));
    assert_eq!(trash["links"][0]["xDeletedAt"], trash["links"][0]["updatedAt"]);
    let gone = trash["links"][0]["xGoneAt"].as_str().unwrap().to_owned();
    assert_eq!(listed("").len(), 2);
    app.set_clock(&gone);
    assert_eq!(app.get("/v1/links?xTrash=true")["totalCount"], 0);
}

#[test]
fn verdicts_are_asked_for_in_the_query_or_the_body_as_a_word_or_a_list() {
    let app = TestApp::new();
    busy(&app);
    let scans = |query: &str, body: Value| {
        let overview = app.post(&format!("/v1/x/overview{query}"), &body);
        let breakdown = app.post(
            &format!("/v1/analytics/breakdown{query}"),
            &json!({ "dimension": "country", "limit": 100, "verdict": body["verdict"] }),
        );
        (overview["totals"]["scans"].as_u64().unwrap(), breakdown["total"].as_u64().unwrap())
    };
    let people = scans("", json!({}));
    assert_eq!(people, (35, 35));
    let everybody = scans("", json!({ "verdict": ["all"] }));
    assert_eq!(everybody, (40, 40));
    assert_eq!(scans("?verdict=all", json!({})), everybody);
    assert_eq!(scans("", json!({ "verdict": "all" })), everybody);
    assert_eq!(scans("", json!({ "verdict": "human,bot" })), everybody);
    assert_eq!(scans("?verdict=all", json!({ "verdict": "human" })), people, "the body is nearer");
}
