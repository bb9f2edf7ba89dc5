//! A range beside the one before it, and beside the same of a year before.

use crate::app::{DAY, TestApp};
use crate::client::{ANDROID, FIREFOX, IPHONE};
use crate::places::BASEL;
use crate::query::ask;
use serde_json::{Value, json};

#[test]
fn the_period_before_and_the_year_before_are_compared() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for (day, agents) in [("2025-03-10", 1), ("2026-03-09", 2), ("2026-03-10", 3)] {
        app.set_clock(&format!("{day}T09:00:00Z"));
        for agent in [IPHONE, ANDROID, FIREFOX].iter().take(agents) {
            app.scan_by(&link, agent, BASEL);
        }
    }
    app.events(&link, 6);
    let asked = |compare: &str, more: Value| {
        let mut body = json!({ "startDate": "2026-03-10", "endDate": "2026-03-10", "compare": compare });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask(&app, body)
    };
    let before = asked("previous_period", json!({}));
    assert_eq!((&before["totals"]["scans"], &before["totals"]["previous"]["scans"]), (&json!(3), &json!(2)));
    assert_eq!(
        before["meta"]["previousRange"],
        json!({ "from": "2026-03-09T00:00:00Z", "to": "2026-03-10T00:00:00Z" })
    );
    let year = asked("previous_year", json!({ "dimension": "browser" }));
    let previous: u64 =
        year["rows"].as_array().unwrap().iter().map(|row| row["previous"]["scans"].as_u64().unwrap()).sum();
    assert_eq!((previous, &year["totals"]["previous"]["scans"]), (1, &json!(1)));
    let hours = asked("previous_period", json!({ "interval": "hour", "dimension": "country" }));
    let nine = &hours["rows"][9];
    assert_eq!((&nine["scans"], &nine["previous"]["scans"]), (&json!(3), &json!(2)), "{nine}");
    assert_eq!(nine["previous"]["timestamp"], "2026-03-09T09:00:00Z");
    let overview = app.post(
        "/v1/x/overview",
        &json!({ "startDate": "2026-03-10", "endDate": "2026-03-10",
        "compare": "previous_year", "intervalInMinutes": 60 }),
    );
    assert_eq!(overview["previous"]["scans"], 1);
    assert_eq!(overview["previousSeries"]["data"][9]["scans"], 1, "{overview}");
    assert_eq!(overview["previousRange"]["from"], "2025-03-10T00:00:00Z");
}

#[test]
fn every_interval_is_compared_with_one_of_its_own_length() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    // One scan a day: what an interval counts is its days.
    app.set_clock("2025-10-01T12:00:00Z");
    for _ in 0..42 {
        app.scan(&link);
        app.advance(DAY);
    }
    app.events(&link, 42);
    // Saturday to Monday of the week after next: weeks of 2, 7 and 1 days.
    let range = json!({ "startDate": "2025-11-01", "endDate": "2025-11-10" });
    let with = |extra: Value| {
        let mut body = range.clone();
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let weeks = ask(&app, with(json!({ "interval": "week", "compare": "previous_period" })));
    let rows: Vec<_> = weeks["rows"].as_array().unwrap().iter().collect();
    let scans = |row: &Value| (row["scans"].as_u64().unwrap(), row["previous"]["scans"].as_u64().unwrap());
    assert_eq!(rows.iter().map(|row| scans(row)).collect::<Vec<_>>(), [(2, 2), (7, 7), (1, 1)], "{weeks}");
    assert_eq!(rows[1]["previous"]["timestamp"], "2025-10-24T00:00:00Z", "ten days before the 3rd");
    assert_eq!(weeks["totals"]["previous"]["scans"], 10);
    let of_a_link =
        ask(&app, with(json!({ "interval": "week", "dimension": "link", "compare": "previous_period" })));
    let shown: Vec<_> = of_a_link["rows"].as_array().unwrap().iter().map(scans).collect();
    assert_eq!(shown, [(2, 2), (7, 7), (1, 1)]);
    let months = json!({ "interval": "month", "startDate": "2025-10-20", "endDate": "2025-11-10",
        "compare": "previous_period" });
    let months = ask(&app, months);
    let shown: Vec<_> = months["rows"].as_array().unwrap().iter().map(scans).collect();
    // 28 September to 9 October, and from there to the 19th; scans begin on 1 October.
    assert_eq!(shown, [(12, 9), (10, 10)], "{months}");
    let overview =
        app.post("/v1/x/overview", &with(json!({ "compare": "previous_period", "intervalInMinutes": 4320 })));
    for series in ["series", "previousSeries"] {
        let data = overview[series]["data"].as_array().unwrap().iter();
        assert_eq!(
            data.map(|point| point["scans"].as_u64().unwrap()).collect::<Vec<_>>(),
            [3, 3, 3, 1],
            "{series}"
        );
    }
}
