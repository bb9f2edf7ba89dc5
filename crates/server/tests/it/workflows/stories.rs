//! The three stories that Quietzone was made for.

use super::{Phone, ids, publish, redirect};
use crate::app::{DAY, TestApp};
use crate::places::{BASEL, PERTH, VIENNA};
use serde_json::json;

const LUNCH: &str = "https://restaurant.example/lunch";
const DINNER: &str = "https://restaurant.example/dinner";
const HOW_TO: &str = "https://maker.example/how-to";
const SUPPORT: &str = "https://maker.example/support";

/// A restaurant sends lunch scans to the lunch menu, by the wall clock of its town, over the change to summer time.
#[test]
fn lunch_and_dinner_over_the_change_of_the_clock() {
    let app = TestApp::with(&[("QUIETZONE_TIMEZONE", "Europe/Berlin")]);
    let link = app.link(DINNER).create();
    let [condition, lunch, dinner] = ids();
    let step = json!({ "id": condition, "payload": { "timeOfDayCondition": {
        "ranges": [{ "id": "lunch", "name": "Lunch", "startTime": "11:00", "endTime": "14:30", "nextStepId": lunch }],
        "elseNextStepId": dinner,
    } } });
    publish(&app, &link, vec![step, redirect(&lunch, LUNCH), redirect(&dinner, DINNER)]);
    let mut phone = Phone::new(&app);
    // On 28 March 2026 Berlin is at +01:00; in the night the clock goes forward.
    for (at, leads_to) in [
        ("2026-03-28T09:59:59Z", DINNER),
        ("2026-03-28T10:00:00Z", LUNCH),
        ("2026-03-28T13:29:59Z", LUNCH),
        ("2026-03-28T13:30:00Z", DINNER),
        ("2026-03-29T08:59:59Z", DINNER),
        ("2026-03-29T09:00:00Z", LUNCH),
        ("2026-03-29T12:29:59Z", LUNCH),
        ("2026-03-29T12:30:00Z", DINNER),
        // And back in October.
        ("2026-10-25T09:59:59Z", DINNER),
        ("2026-10-25T10:00:00Z", LUNCH),
    ] {
        app.set_clock(at);
        assert_eq!(phone.scan(&link), leads_to, "{at}");
    }
}

/// A maker sends the first scan to the how-to and each after it to support, though nobody is told apart over the days.
#[test]
fn first_and_repeat_over_two_days() {
    let app = TestApp::new();
    let link = app.link(HOW_TO).create();
    let [condition, first, again] = ids();
    let step = json!({ "id": condition, "payload": { "visitTypeCondition": {
        "options": [
            { "value": "VISIT_TYPE_FIRST", "nextStepId": first },
            { "value": "VISIT_TYPE_RETURNING", "nextStepId": again },
        ],
        "elseNextStepId": first,
    } } });
    publish(&app, &link, vec![step, redirect(&first, HOW_TO), redirect(&again, SUPPORT)]);
    let mut phone = Phone::new(&app);
    // Scans of one millisecond have no order.
    let scan = |phone: &mut Phone<'_>| {
        app.advance(1000);
        phone.scan(&link)
    };
    assert_eq!(scan(&mut phone), HOW_TO);
    assert_eq!(scan(&mut phone), SUPPORT);
    app.advance(DAY);
    app.tend_keys();
    assert_eq!(scan(&mut phone), SUPPORT, "the next day, in the same browser");
    let mut other = Phone::new(&app);
    assert_eq!(scan(&mut other), HOW_TO, "another browser of the same make at the same address");
    phone.forget_cookies();
    assert_eq!(scan(&mut phone), HOW_TO, "a browser that was cleared");
    app.advance(1000);
    // The flag says which links were scanned, and nothing of whom.
    let (one, two) = (
        Phone::new(&app).get(&format!("/{}", link.slug)),
        Phone::new(&app).at(BASEL).get(&format!("/{}", link.slug)),
    );
    assert_eq!(one.header("set-cookie"), two.header("set-cookie"));
    assert!(one.header("set-cookie").contains("HttpOnly; SameSite=Lax"), "{one:?}");
    let events = app.events(&link, 7);
    let types: Vec<&str> = events.iter().rev().map(|event| event["visitType"].as_str().unwrap()).collect();
    let (f, r) = ("VISIT_TYPE_FIRST", "VISIT_TYPE_RETURNING");
    assert_eq!(types, [f, r, r, f, f, f, f]);
}

/// Who asks not to be told apart gets no flag and goes by else; so does everybody at level NONE.
#[test]
fn who_asks_not_to_be_told_apart_is_not() {
    let app = TestApp::new();
    let link = app.link(HOW_TO).create();
    let [condition, first, otherwise] = ids();
    let step = json!({ "id": condition, "payload": { "visitTypeCondition": {
        "options": [{ "value": "VISIT_TYPE_FIRST", "nextStepId": first }],
        "elseNextStepId": otherwise,
    } } });
    publish(&app, &link, vec![step, redirect(&first, HOW_TO), redirect(&otherwise, SUPPORT)]);
    for header in ["sec-gpc", "dnt"] {
        let answer = app.visit(&format!("/{}", link.slug)).header(header, "1").send();
        assert_eq!((answer.location(), answer.header("set-cookie")), (SUPPORT, ""), "{header}");
    }
    let plain = app.link("https://plain.example/").create();
    assert_eq!(app.scan(&plain).header("set-cookie"), "", "a link that does not ask sets nothing");
}

/// A tour compares its posters city by city, and each poster leads to the concert of its city.
#[test]
fn posters_by_city() {
    let app = TestApp::new();
    let link = app.link("https://tour.example/").create();
    let [condition, basel, perth, all] = ids();
    let step = json!({ "id": condition, "payload": { "xRulesCondition": {
        "options": [
            { "id": "basel", "name": "Basel and around", "match": "ALL",
              "tests": [{ "fact": "RADIUS", "latitude": 47.56, "longitude": 7.59, "radiusKm": 50 }], "nextStepId": basel },
            { "id": "perth", "name": "Perth", "match": "ANY",
              "tests": [{ "fact": "CITY", "operator": "IS", "values": ["Perth"] },
                        { "fact": "PLACEMENT", "operator": "IS", "values": ["perth-poster"] }], "nextStepId": perth },
        ],
        "elseNextStepId": all,
    } } });
    let to = |city: &str| format!("https://tour.example/{city}");
    publish(
        &app,
        &link,
        vec![
            step,
            redirect(&basel, &to("basel")),
            redirect(&perth, &to("perth")),
            redirect(&all, &to("all")),
        ],
    );
    for (address, city) in [(BASEL, "basel"), (PERTH, "perth"), (VIENNA, "all"), ("198.51.100.7", "all")] {
        assert_eq!(Phone::new(&app).at(address).scan(&link), to(city), "{city}");
    }
    let page = crate::client::eventually("the cities in the breakdown", || {
        let body = json!({ "linkId": link.id, "dimension": "city" });
        let page = app.post("/v1/analytics/breakdown", &body);
        (page["data"].as_array().is_some_and(|rows| rows.len() == 4)).then_some(page)
    });
    let rows = page["data"].as_array().unwrap();
    let of = |city: &str| rows.iter().find(|row| row["label"] == city).unwrap()["eventCount"].as_i64();
    assert_eq!((of("Basel"), of("Perth"), of("Vienna")), (Some(1), Some(1), Some(1)));
}
