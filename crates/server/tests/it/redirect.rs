//! A scan, as the phone sees it.

use crate::app::{DAY, HOUR, MINUTE, TestApp};
use crate::client::{ANDROID, CURL, IPHONE, TOKEN};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

const MENU: &str = "https://example.com/menu";

#[test]
fn a_scan_is_sent_on_and_nothing_may_keep_the_answer() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("Summer-26").create();
    let answer = app.scan(&link);
    assert_eq!((answer.status, answer.location()), (302, MENU));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("x-robots-tag"), "noindex");
    assert_eq!(answer.header("set-cookie"), "", "a scan sets no cookie");
    assert!(answer.body.is_empty());
    let event = app.only_event(&link);
    assert_eq!(event["xVerdict"], "human");
    assert_eq!(event["xOutcome"], "redirect");
    assert_eq!(event["destination"], MENU);
    assert_eq!(event["httpMethod"], "HTTP_METHOD_GET");
    assert_eq!(event["device"]["platformName"], "iOS");
    assert_eq!(event["device"].get("ipAddress"), None);
}

#[test]
fn a_code_is_told_from_a_typed_link_by_its_marker() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    let entrypoint = link.json["xQrEntrypoint"].as_str().unwrap();
    assert_eq!(entrypoint, format!("HTTP://{}/Q/SUMMER", app.address));
    let cases = [
        ("/Q/SUMMER", "ACTION_SCAN"),
        ("/q/summer", "ACTION_SCAN"),
        ("/summer?qr", "ACTION_SCAN"),
        ("/summer?qr=1", "ACTION_SCAN"),
        ("/summer?source=qr", "ACTION_SCAN"),
        ("/summer", "ACTION_CLICK"),
        ("/summer?qr=0", "ACTION_CLICK"),
        ("/summer?source=mail", "ACTION_CLICK"),
    ];
    for (count, (path, action)) in cases.into_iter().enumerate() {
        app.advance(1);
        assert_eq!(app.visit(path).send().status, 302, "{path}");
        assert_eq!(app.events(&link, count + 1)[0]["action"], action, "{path}");
    }
}

#[test]
fn a_head_request_is_a_preview_and_options_is_no_scan() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    let options = app.request("OPTIONS", "/summer").send();
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
    let post = app.request("POST", "/summer").body("text/plain", b"x".to_vec()).send();
    assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD, OPTIONS"));
    let head = app.request("HEAD", "/summer").agent(IPHONE).send();
    assert_eq!((head.status, head.location()), (302, MENU));
    let event = app.only_event(&link);
    assert_eq!(event["xVerdict"], "preview");
    assert_eq!(event["xReason"], "method:HEAD");
    assert_eq!(event["visitType"], "VISIT_TYPE_UNSPECIFIED");
}

#[test]
fn a_program_is_redirected_too_and_not_counted() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    app.scan_by(&link, CURL, "198.51.100.9");
    app.scan(&link);
    let verdicts: Vec<_> = app.events(&link, 2).iter().map(|event| event["xVerdict"].clone()).collect();
    assert!(verdicts.contains(&json!("bot")) && verdicts.contains(&json!("human")), "{verdicts:?}");
    let counted = app.get(&format!("/v1/events?linkId={}", link.id));
    assert_eq!(counted["json"]["totalCount"], 1);
}

#[test]
fn an_unknown_slug_is_404_in_the_visitors_language() {
    let app = TestApp::new();
    for (language, words) in [
        ("en", "Nothing here"),
        ("de-CH,de;q=0.9", "Hier ist nichts"),
        ("fr", "Rien ici"),
        ("it", "Nothing here"),
    ] {
        let answer = app.visit("/nobody-made-this").header("accept-language", language).send();
        assert_eq!(answer.status, 404);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert!(answer.text().contains(words), "{language}");
    }
    for path in ["/a/b", "/Q", "/Q/a/b", "/%FF", "/%2e%2e/%2e%2e/etc/passwd"] {
        assert_eq!(app.visit(path).send().status, 404, "{path}");
    }
}

#[test]
fn an_unknown_host_gets_plain_words_and_never_a_redirect() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    for host in ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:80"] {
        for path in ["/summer", "/Q/SUMMER", "/app/", "/v1/links", "/openapi.json"] {
            let answer = app.api("GET", path).agent(IPHONE).header("host", host).send();
            assert_eq!(answer.status, 404, "{host}{path}");
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{host}{path}");
        }
    }
    let port = app.address.port();
    for host in [format!("localhost:{port}"), format!("LOCALHOST:{port}"), format!("[::1]:{port}")] {
        assert_eq!(
            app.request("GET", "/summer").agent(IPHONE).header("host", &host).send().status,
            302,
            "{host}"
        );
    }
    app.events(&link, 3);
}

#[test]
fn a_deleted_link_says_410_from_the_next_scan_on_and_its_restoring_is_seen_as_fast() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    app.scan(&link);
    app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
    let answer = app.visit("/summer").send();
    assert_eq!(answer.status, 410);
    assert!(answer.text().contains("This code has ended"));
    app.api("POST", &format!("/v1/x/links/{}/restore", link.id)).send().expect(200);
    app.scan(&link);
    let outcomes: Vec<_> = app.events(&link, 3).iter().map(|event| event["xOutcome"].clone()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "ended").count(), 1, "recorded all the same");
}

#[test]
fn an_expired_link_leads_to_its_expired_destination_or_says_410() {
    let app = TestApp::new();
    let silent = app.link(MENU).with("expiresAt", json!(app.time_in(DAY))).create();
    let polite = app
        .link(MENU)
        .with("expiresAt", json!(app.time_in(DAY)))
        .with("expiredDestination", json!("https://example.com/over"))
        .create();
    app.advance(DAY - 1);
    assert_eq!(app.scan(&silent).location(), MENU);
    assert_eq!(app.scan(&polite).location(), MENU);
    app.advance(1);
    assert_eq!(app.visit(&format!("/{}", silent.slug)).send().status, 410);
    assert_eq!(app.scan(&polite).location(), "https://example.com/over");
    let event = &app.events(&polite, 2)[0];
    assert_eq!((&event["xOutcome"], &event["xStatus"]), (&json!("ended"), &json!(302)));
    assert_eq!(event["destination"], "https://example.com/over");
}

#[test]
fn a_link_that_is_paused_or_has_not_started_says_so() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    app.set_link(&link, "paused = 1");
    let answer = app.visit("/summer").send();
    assert_eq!(answer.status, 410);
    assert!(answer.text().contains("This code is paused"));
    app.set_link(&link, &format!("paused = 0, starts_at = {}", app.now() + HOUR));
    app.advance(HOUR - 1);
    let answer = app.visit("/summer").header("accept-language", "de").send();
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("Noch nicht"));
    app.advance(1);
    app.scan(&link);
    let outcomes: Vec<_> = app.events(&link, 3).iter().map(|event| event["xOutcome"].clone()).collect();
    assert_eq!(outcomes, ["redirect", "not_started", "paused"]);
}

#[test]
fn what_text_puts_around_a_link_is_looked_past() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("summer").create();
    let paths = [
        "/summer/",
        "//summer",
        "/summer.",
        "/summer,",
        "/summer).",
        "/summer%22",
        "/summer!",
        "/summer%E2%80%A6",
    ];
    for path in paths {
        assert_eq!(app.visit(path).send().location(), MENU, "{path}");
    }
    app.events(&link, paths.len());
    assert_eq!(app.visit("/summer-").send().status, 404, "part of a slug");
}

#[test]
fn slugs_fold_their_case_in_every_script() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("Menü-Öl").create();
    assert_eq!(link.slug, "Menü-Öl", "as it was spelled");
    assert_eq!(link.json["xQrEntrypoint"], format!("HTTP://{}/Q/MEN%C3%BC-%C3%96L", app.address));
    // In upper case, in lower case, and with the dots as characters of their own.
    for path in ["/MEN%C3%9C-%C3%96L", "/men%C3%BC-%C3%B6l", "/menu%CC%88-o%CC%88l", "/Q/MEN%C3%BC-%C3%96L"] {
        assert_eq!(app.visit(path).send().location(), MENU, "{path}");
    }
    app.events(&link, 4);
    assert_eq!(app.visit("/menu-ol").send().status, 404);
}

#[test]
fn the_visitors_query_is_passed_on_and_kept_with_the_event() {
    let app = TestApp::new();
    let link = app.link("https://example.com/?table=7#top").slug("summer").create();
    let query = "utm_source=poster&utm_campaign=May+sale&qr=1&table=9&seat=4&gclid=abc&mail=a@example.com";
    let answer = app.visit(&format!("/summer?{query}")).send();
    let location = "https://example.com/?table=7&utm_source=poster&utm_campaign=May+sale&seat=4&gclid=abc&mail=a@example.com#top";
    assert_eq!(answer.location(), location);
    let event = app.only_event(&link);
    assert_eq!(event["xUtm"], json!({ "source": "poster", "campaign": "May sale" }));
    assert_eq!(event["xParameters"], json!({ "table": "9", "seat": "4" }), "no click id, no e-mail address");
    assert_eq!(event["destination"], "https://example.com/?table=7#top", "never the visitor's own query");
}

#[test]
fn a_query_cannot_break_out_of_the_location() {
    let app = TestApp::new();
    app.link(MENU).slug("summer").create();
    for query in ["a=%0d%0aSet-Cookie:x", "%0aLocation:%20https://evil.example", "a=%00", "a=%C3%A9%22%3C"] {
        let answer = app.visit(&format!("/summer?{query}")).send();
        assert_eq!(answer.location(), format!("{MENU}?{query}"));
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[test]
fn with_conversion_tracking_the_destination_is_told_the_events_id() {
    let app = TestApp::new();
    let link = app.link("https://example.com/?a=1").with("conversionTracking", json!(true)).create();
    let answer = app.visit(&format!("/{}?lbid=forged&b=2", link.slug)).send();
    let event = app.only_event(&link);
    assert_eq!(
        answer.location(),
        format!("https://example.com/?a=1&b=2&lbid={}", event["id"].as_str().unwrap())
    );
}

#[test]
fn only_a_trusted_proxy_is_believed_about_the_address() {
    let trusting = TestApp::new();
    let link = trusting.link(MENU).create();
    // The right-most address that is no trusted proxy; what stands left of it is the visitor's own invention.
    let answer = trusting.visit(&format!("/{}", link.slug)).header("x-forwarded-for", "8.8.8.8").send();
    assert_eq!(answer.status, 302);
    trusting.advance(1);
    trusting.scan_by(&link, ANDROID, "1.1.1.1, 8.8.8.8, 127.0.0.1");
    trusting.advance(1);
    trusting.request("GET", &format!("/{}", link.slug)).agent(ANDROID).from("8.8.8.8").send();
    let events = trusting.events(&link, 3);
    assert_eq!(events[0]["visitorId"], events[1]["visitorId"]);
    assert_eq!(events[0]["visitType"], "VISIT_TYPE_RETURNING");

    let wary = TestApp::with(&[("QUIETZONE_TRUSTED_PROXIES", "")]);
    let link = wary.link(MENU).create();
    for address in ["81.2.69.142", "8.20.30.40"] {
        wary.scan_by(&link, IPHONE, address);
    }
    let events = wary.events(&link, 2);
    assert_eq!(events[0]["visitorId"], events[1]["visitorId"], "the spoofed header made nobody else of him");
    assert_eq!(events[0]["device"].get("country"), None);
}

#[test]
fn another_header_is_believed_only_where_it_is_the_one_named() {
    let app = TestApp::with(&[("QUIETZONE_TRUSTED_PROXIES_HEADER", "CF-Connecting-IP")]);
    let link = app.link(MENU).create();
    let path = format!("/{}", link.slug);
    let request = || app.request("GET", &path).agent(IPHONE).header("x-forwarded-for", "8.20.30.40");
    request().header("cf-connecting-ip", "81.2.69.142").send();
    assert_eq!(app.only_event(&link)["device"]["country"], "CH");
}

#[test]
fn who_does_not_want_to_be_known_is_counted_and_not_known() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    for header in ["sec-gpc", "dnt"] {
        app.visit(&format!("/{}", link.slug)).header(header, "1").send();
    }
    app.visit(&format!("/{}", link.slug)).header("dnt", "0").send();
    let events = app.events(&link, 3);
    assert!(events.iter().all(|event| event["xVerdict"] == "human"));
    let known = |event: &&serde_json::Value| event.get("visitorId").is_some();
    assert_eq!(events.iter().filter(known).count(), 1, "DNT: 0 is no refusal");
    for event in events.iter().filter(|event| !known(event)) {
        assert_eq!(event["visitType"], "VISIT_TYPE_UNSPECIFIED");
        assert_eq!(event["device"].get("id"), None);
        assert_eq!(event["xNthToday"], 0);
    }
}

#[test]
fn a_link_that_collects_nothing_knows_no_visitor() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    app.set_link(&link, "data_collection = 'none'");
    app.scan(&link);
    assert_eq!(app.only_event(&link).get("visitorId"), None);
}

#[test]
fn an_edit_is_seen_by_the_next_scan_however_many_scan() {
    let app = TestApp::new();
    let link = app.link("https://example.com/0").slug("summer").create();
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id));
    let step = steps["workflowSteps"][1]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/links/{}/workflow-steps/{step}", link.id);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut newest = 0;
                while !done.load(Ordering::Relaxed) {
                    let answer = app.visit("/summer").send();
                    let number: u32 = answer.location().rsplit_once('/').unwrap().1.parse().unwrap();
                    assert!(number >= newest, "an older destination came back: {number} after {newest}");
                    newest = number;
                }
            });
        }
        for number in 1..=30 {
            let destination = format!("https://example.com/{number}");
            app.patch(&path, &json!({ "payload": { "clientRedirect": { "destination": destination } } }));
            assert_eq!(app.visit("/summer").send().location(), destination);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(app.get(&format!("/v1/links/{}", link.id))["link"]["xWorkflowVersion"], 31);
}

#[test]
fn guessing_slugs_is_limited_by_address_and_scanning_never_is() {
    let app = TestApp::with(&[("QUIETZONE_UNKNOWN_SLUG_LIMIT", "5")]);
    let link = app.link(MENU).slug("summer").create();
    let guess = |address: &str| app.visit("/guess").from(address).send();
    for _ in 0..5 {
        assert_eq!(guess("198.51.100.7").status, 404);
    }
    let refused = guess("198.51.100.7");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(guess("198.51.100.8").status, 404, "another address");
    for _ in 0..20 {
        app.scan(&link);
    }
    app.advance(MINUTE);
    assert_eq!(guess("198.51.100.7").status, 404, "the next minute");
    app.events(&link, 20);
    let none = app.get("/v1/events?verdict=all");
    assert_eq!(none["json"]["totalCount"], 20, "guesses are no scans");
}

#[test]
fn slugs_of_workspaces_share_one_host_and_nothing_else() {
    let app = TestApp::new();
    let other = app.other_workspace();
    app.link(MENU).slug("summer").create();
    let theirs = app.link(MENU).slug("SUMMER").of(&other).send();
    assert_eq!(theirs.refusal(409).1, "/shortlink");
    let winter = app.link(MENU).slug("winter").of(&other).create();
    app.scan(&winter);
    let page = crate::client::eventually("their scan", || {
        let page = app.request("GET", "/v1/events").bearer(&other).send().expect(200);
        (page["json"]["totalCount"] == 1).then_some(page)
    });
    assert_eq!(page["json"]["events"][0]["linkId"], winter.id);
    assert_eq!(app.request("GET", "/v1/events").bearer(TOKEN).send().expect(200)["json"]["totalCount"], 0);
}

#[test]
fn what_text_adds_behind_a_code_is_looked_past_encoded_or_not() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("menu").create();
    for added in [
        ".",
        ",",
        ")",
        "%20",
        "%20%20",
        "%09",
        "%0A",
        "%C2%A0",
        "%E2%80%8B",
        "%2C",
        "%2E",
        "%29",
        "%3F",
        "%21",
        "%22",
        "%E2%80%9D",
        "%E2%80%99",
        "%C2%BB",
        "%E2%80%A6",
        ".%20",
        "%2C%20%0D%0A",
    ] {
        for path in ["/menu", "/Q/MENU"] {
            let answer = app.visit(&format!("{path}{added}")).send();
            assert_eq!((answer.status, answer.location()), (302, "https://example.com/"), "{path}{added}");
        }
    }
    assert_eq!(app.visit("/menu%20card").send().status, 404, "within a slug a blank is another one");
    app.link("https://example.com/quoted").slug("menu”").create();
    let found = app.visit("/menu%E2%80%9D").send();
    assert_eq!(found.location(), "https://example.com/quoted", "one that ends so is found first");
    app.events(&link, 42);
}

#[test]
fn a_host_is_one_however_it_is_spelled() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("menu").create();
    for base in ["http://go.example.com", "https://go.example.com"] {
        app.api("PUT", "/v1/x/installation").json(&json!({ "baseUrl": base })).send().expect(200);
        for host in [
            "go.example.com",
            "GO.example.com:80",
            "go.example.com:443",
            "go.example.com.",
            "go.example.com.:80",
        ] {
            let answer = app.visit("/menu").header("host", host).send();
            assert_eq!((answer.status, answer.location()), (302, MENU), "{base} {host}");
        }
        for host in ["go.example.com:8080", "example.com.", "."] {
            assert_eq!(app.visit("/menu").header("host", host).send().status, 404, "{base} {host}");
        }
    }
    let recorded = app.events(&link, 10);
    let end = |event: &serde_json::Value| {
        event["entrypoint"].as_str().unwrap().split_once("://").unwrap().1.to_owned()
    };
    assert!(recorded.iter().all(|event| end(event) == "go.example.com/menu"), "{recorded:#?}");
}
