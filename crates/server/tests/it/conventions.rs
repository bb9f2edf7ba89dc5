//! How a link sends its visitors on: status, query, path, placeholders; and what it tells who asks first.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{IPHONE, Link, eventually};
use crate::places::{BASEL, PERTH};
use serde_json::{Value, json};

const MENU: &str = "https://example.com/menu";

fn change(app: &TestApp, link: &Link, body: &Value) -> Value {
    app.patch(&format!("/v1/links/{}", link.id), body)["link"].take()
}

fn refused(app: &TestApp, link: &Link, body: &Value) -> (String, String) {
    app.api("PATCH", &format!("/v1/links/{}", link.id)).json(body).send().refusal(400)
}

#[test]
fn the_status_is_its_owners_choice_and_a_permanent_one_is_warned_of() {
    let app = TestApp::new();
    let link = app.link(MENU).with("fallbackDestination", json!("https://example.com/else")).create();
    assert_eq!((&link.json["xRedirectStatus"], link.json.get("xWarnings")), (&json!(302), None));
    for (count, status) in [307, 301, 308, 302].into_iter().enumerate() {
        let changed = change(&app, &link, &json!({ "xRedirectStatus": status }));
        assert_eq!(changed["xRedirectStatus"], status);
        let warned = changed.get("xWarnings").is_some();
        assert_eq!(warned, [301, 308].contains(&status), "{changed}");
        app.advance(1);
        let answer = app.visit(&format!("/{}", link.slug)).send();
        assert_eq!((answer.status, answer.location()), (status, MENU));
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert_eq!(app.events(&link, count + 1)[0]["xStatus"], status);
    }
    let made = app.link(MENU).with("xRedirectStatus", json!(308)).create();
    assert!(made.json["xWarnings"][0].as_str().unwrap().contains("may be remembered"));
    change(
        &app,
        &made,
        &json!({ "expiresAt": app.time_in(DAY), "expiredDestination": "https://example.com/over" }),
    );
    app.advance(DAY);
    assert_eq!(app.scan(&made).status, 302, "an end is not for good");
}

#[test]
fn what_does_not_go_together_is_refused_when_it_is_written() {
    let app = TestApp::new();
    let told = "https://example.com/?id={scan_id}";
    for (body, field, words) in [
        (json!({ "destination": MENU, "xRedirectStatus": 303 }), "/xRedirectStatus", "none of 302"),
        (
            json!({ "destination": MENU, "xQueryMode": "both" }),
            "/xQueryMode",
            "append-missing, request-wins, link-wins",
        ),
        (json!({ "destination": MENU, "xPathMode": "" }), "/xPathMode", "not-found, ignore, append"),
        (
            json!({ "destination": MENU, "xRedirectStatus": 301, "xScanLimit": 5 }),
            "/xRedirectStatus",
            "scan limit",
        ),
        (
            json!({ "destination": MENU, "xRedirectStatus": 308, "conversionTracking": true }),
            "/xRedirectStatus",
            "scan_id",
        ),
        (json!({ "destination": told, "xRedirectStatus": 308 }), "/xRedirectStatus", "id of the first"),
        (json!({ "destination": "https://{slug}.example.com/" }), "/destination", "not before them"),
        (
            json!({ "destination": "https://example.com/{table}" }),
            "/destination",
            "{table} is no placeholder",
        ),
        (
            json!({ "destination": MENU, "expiredDestination": "https://{lang}.e.com" }),
            "/expiredDestination",
            "not before them",
        ),
    ] {
        let (message, at) = app.api("POST", "/v1/links").json(&body).send().refusal(400);
        assert_eq!(at, field, "{body}");
        assert!(message.contains(words), "{body}: {message}");
    }
    assert_eq!(app.get("/v1/links")["totalCount"], 0);

    let link = app.link(MENU).with("xScanLimit", json!(5)).create();
    assert_eq!(refused(&app, &link, &json!({ "xRedirectStatus": 301 })).1, "/xRedirectStatus");
    let link = app.link(MENU).with("xRedirectStatus", json!(301)).create();
    assert_eq!(refused(&app, &link, &json!({ "xScanLimit": 5 })).1, "/xScanLimit");
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let step = format!("/v1/links/{}/workflow-steps/{}", link.id, steps[1]["id"].as_str().unwrap());
    for redirect in [json!({ "conversionTracking": true }), json!({ "destination": told })] {
        let body = json!({ "payload": { "clientRedirect": redirect } });
        let (message, field) = app.api("PATCH", &step).json(&body).send().refusal(400);
        assert_eq!(field, "/payload/clientRedirect", "{message}");
    }
    assert_eq!(app.visit(&format!("/{}", link.slug)).send().location(), MENU, "nothing was changed");
    change(&app, &link, &json!({ "xRedirectStatus": 302, "xScanLimit": 5 }));
}

#[test]
fn the_visitors_query_goes_along_as_the_owner_says() {
    let app = TestApp::new();
    let link = app.link("https://example.com/?a=1&flag#top").slug("summer").create();
    let visit = || app.visit("/summer?a=2&b&qr=1&b=3&source=qr&lbid=x").send().location().to_owned();
    assert_eq!(visit(), "https://example.com/?a=1&flag&b&b=3#top");
    let changed = change(&app, &link, &json!({ "xQueryMode": "request-wins" }));
    assert_eq!(changed["xQueryMode"], "request-wins");
    assert_eq!(visit(), "https://example.com/?flag&a=2&b&b=3#top");
    change(&app, &link, &json!({ "xQueryMode": "link-wins" }));
    assert_eq!(visit(), "https://example.com/?a=1&flag&b&b=3#top");
    assert_eq!(app.visit("/summer?A=2").send().location(), "https://example.com/?a=1&flag#top");
}

#[test]
fn a_path_behind_the_slug_is_for_links_that_ask_for_it() {
    let app = TestApp::new();
    let link = app.link("https://example.com/shop?x=1").slug("shop").create();
    assert_eq!(link.json["xPathMode"], "not-found");
    for path in ["/shop/a", "/Q/SHOP/a", "/nothing/a"] {
        assert_eq!(app.visit(path).send().status, 404, "{path}");
    }
    change(&app, &link, &json!({ "xPathMode": "ignore" }));
    assert_eq!(app.visit("/shop/a/b").send().location(), "https://example.com/shop?x=1");
    change(&app, &link, &json!({ "xPathMode": "append" }));
    for (path, location) in [
        ("/shop", "https://example.com/shop?x=1"),
        ("/shop/", "https://example.com/shop?x=1"),
        ("/shop/a/b", "https://example.com/shop/a/b?x=1"),
        ("/Q/SHOP/a//b/?y=2", "https://example.com/shop/a/b/?x=1&y=2"),
        ("/shop/a%2F..%2F..%2F..%2Fetc", "https://example.com/shop/etc?x=1"),
        ("/shop//evil.example/", "https://example.com/shop/evil.example/?x=1"),
    ] {
        assert_eq!(app.visit(path).send().location(), location, "{path}");
    }
    let events = app.events(&link, 7);
    assert!(events.iter().all(|event| event["destination"] == "https://example.com/shop?x=1"));
    app.allow_app_schemes("[\"mailto\"]");
    let mail = app.link("mailto:chef@example.com").with("xPathMode", json!("append")).send();
    assert_eq!(mail.refusal(400).1, "/destination");
    let mail = app.link("mailto:chef@example.com").create();
    assert_eq!(refused(&app, &mail, &json!({ "xPathMode": "append" })).1, "/xPathMode");
}

#[test]
fn placeholders_are_filled_in_with_what_the_scan_is() {
    let app = TestApp::new();
    let template = "https://example.com/{country}/{lang}?code={slug}&place={placement}&scan={scan_id}#{slug}";
    let link = app.link(template).slug("Menü").create();
    assert_eq!(link.json["xDestination"], template, "as its owner wrote it");
    let visit = |address: &str, language: &str| {
        let request = app.request("GET", "/MEN%C3%9C").agent(IPHONE).from(address);
        request.header("accept-language", language).send().location().to_owned()
    };
    let location = visit(BASEL, "de-CH,en;q=0.5");
    let event = app.only_event(&link);
    let id = event["id"].as_str().unwrap();
    assert_eq!(
        location,
        format!("https://example.com/CH/de-ch?code=men%C3%BC&place=men%C3%BC&scan={id}#men%C3%BC")
    );
    assert_eq!(event["destination"], template);
    assert!(visit(PERTH, "../../<x>").starts_with("https://example.com/"));
    assert!(visit("198.51.100.7", "").starts_with("https://example.com//?code="), "nothing is known of it");
}

#[test]
fn the_plus_page_tells_where_a_code_leads_and_counts_nothing() {
    let app = TestApp::new();
    let link = app.link("https://example.com/?a=1&b=<2>").slug("Summer").create();
    for path in ["/summer+", "/SUMMER%2B", "/Q/SUMMER+", "/summer+/", "/summer+?x=1"] {
        let page = app.visit(path).send();
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("https://example.com/?a=1&amp;b=&lt;2&gt;"), "{}", page.text());
        assert!(page.text().contains("not counted") && page.text().contains("href=\"/summer\""));
        assert_eq!(page.header("cache-control"), "private, no-store");
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(page.header("location"), "");
    }
    assert!(app.visit("/summer+").header("accept-language", "de").send().text().contains("führt zu"));
    assert_eq!(app.request("HEAD", "/summer+").send().status, 200);
    assert_eq!(app.visit("/nobody-made-this+").send().status, 404);
    for (body, status) in [
        (json!({ "xPaused": true }), 410),
        (json!({ "xPaused": false, "xStartsAt": app.time_in(HOUR) }), 404),
        (
            json!({ "xStartsAtDelete": true, "xArchived": true, "expiredDestination": "https://example.com/over" }),
            410,
        ),
    ] {
        change(&app, &link, &body);
        let page = app.visit("/summer+").send();
        assert_eq!(page.status, status, "{body}");
        assert!(!page.text().contains("example.com"), "{body}: {}", page.text());
    }
    change(&app, &link, &json!({ "xArchived": false, "xScanLimit": 1 }));
    assert_eq!(app.visit("/summer+").send().status, 200, "asking does not use it up");
    app.scan(&link);
    let page = app.visit("/summer+").send();
    assert_eq!(page.status, 410);
    assert!(page.text().contains("used up") && !page.text().contains("example.com"));
    assert_eq!(app.events(&link, 1).len(), 1);
    eventually("the count", || {
        (app.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"] == 1).then_some(())
    });
}
