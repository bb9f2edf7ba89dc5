//! `/.well-known/quietzone/me`: what a scan by the request that asks would store.

use crate::app::TestApp;
use crate::client::{Answer, CURL, IPHONE};
use crate::places::{BASEL, MAIL_FILTER};
use serde_json::{Value, json};

const ME: &str = "/.well-known/quietzone/me";

fn value(told: &Value, field: &str) -> Value {
    let fields = told["fields"].as_array().unwrap();
    let found: Vec<_> = fields.iter().filter(|other| other["field"] == field).collect();
    assert_eq!(found.len(), 1, "{field}");
    found[0]["value"].clone()
}

fn ask(app: &TestApp, address: &str) -> Answer {
    app.request("GET", &format!("{ME}?utm_source=poster&table=7&gclid=x"))
        .agent(IPHONE)
        .from(address)
        .header("accept-language", "de-CH,en;q=0.5")
        .header("referer", "https://news.example.com/private?token=1")
        .header("sec-fetch-site", "none")
        .send()
}

#[test]
fn it_tells_what_a_scan_by_the_same_request_stores() {
    let app = TestApp::new();
    let answer = ask(&app, BASEL);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let told = answer.expect(200);
    assert_eq!(
        (&told["counted"], &told["verdict"], &told["reason"]),
        (&json!(false), &json!("human"), &json!("browser"))
    );
    assert!(told["reasonText"].as_str().unwrap().contains("nothing against it"));
    assert_eq!(told["address"]["seen"], BASEL);
    assert_eq!(told["address"]["from"], "x-forwarded-for, told by the trusted proxy 127.0.0.1");
    assert_eq!(told["address"]["stored"], false);

    let link = app.link("https://example.com/").slug("summer").create();
    app.request("GET", "/summer?utm_source=poster&table=7&gclid=x")
        .agent(IPHONE)
        .from(BASEL)
        .header("accept-language", "de-CH,en;q=0.5")
        .header("referer", "https://news.example.com/private?token=1")
        .header("sec-fetch-site", "none")
        .send();
    let event = app.only_event(&link);
    let device = &event["device"];
    for (field, stored) in [
        ("country", &device["country"]),
        ("city", &device["city"]),
        ("platform", &device["platformName"]),
        ("browser", &device["browserName"]),
        ("user_agent", &device["userAgent"]),
        ("verdict", &event["xVerdict"]),
        ("reason", &event["xReason"]),
        ("rules_version", &event["xRulesVersion"]),
        ("utm_source", &event["xUtm"]["source"]),
    ] {
        assert!(!stored.is_null(), "{field}: {event}");
        assert_eq!(&value(&told, field), stored, "{field}");
    }
    assert_eq!(value(&told, "parameters"), "table=7");
    assert_eq!(value(&told, "languages"), "de-ch,en");
    assert_eq!(value(&told, "referrer_host"), "news.example.com");
    assert_eq!(value(&told, "address_class"), "public_v4");
    assert_eq!(value(&told, "header_flags"), json!(["Sec-Fetch-Site: none", "Sec-Fetch", "proxied"]));
    assert_eq!(value(&told, "visitor").as_str().unwrap().len(), 16);
    assert_eq!(value(&told, "link"), Value::Null);
    assert_eq!(told["fields"].as_array().unwrap().len(), 51);
}

#[test]
fn asking_is_no_scan_and_makes_nobody_a_returning_visitor() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for _ in 0..3 {
        ask(&app, "198.51.100.7");
    }
    app.request("HEAD", ME).send();
    app.scan(&link);
    let event = app.only_event(&link);
    assert_eq!(event["visitType"], "VISIT_TYPE_FIRST");
    assert_eq!(app.get("/v1/events?verdict=all")["json"]["totalCount"], 1);
    assert_eq!(app.get("/v1/x/orphans")["slugs"], json!([]));
}

#[test]
fn it_judges_as_a_scan_is_judged() {
    let app = TestApp::new();
    let verdict = |agent: &str, address: &str, name: &str, with: &str| {
        let told = app.request("GET", ME).agent(agent).from(address).header(name, with).send().expect(200);
        (told["verdict"].as_str().unwrap().to_owned(), value(&told, "visitor").is_null())
    };
    assert_eq!(verdict(CURL, "198.51.100.7", "x-none", ""), ("bot".into(), false));
    assert_eq!(verdict(IPHONE, MAIL_FILTER, "x-none", ""), ("bot".into(), false));
    assert_eq!(verdict(IPHONE, "198.51.100.7", "sec-purpose", "prefetch"), ("prefetch".into(), false));
    assert_eq!(verdict(IPHONE, "198.51.100.7", "sec-gpc", "1"), ("human".into(), true));
    assert_eq!(verdict(IPHONE, "198.51.100.7", "cookie", "qzi=1"), ("internal".into(), false));
    let app = TestApp::with(&[("QUIETZONE_TRUSTED_PROXIES", "")]);
    let told = ask(&app, BASEL).expect(200);
    assert_eq!(
        (&told["address"]["seen"], &told["address"]["from"]),
        (&json!("127.0.0.1"), &json!("the connection"))
    );
}

#[test]
fn as_a_page_it_speaks_the_visitors_language_without_scripts() {
    let app = TestApp::new();
    let page = |language: &str| {
        let request = app.request("GET", ME).agent("Mozilla/5.0 <b>Firefox</b>").from(BASEL);
        request.header("accept", "text/html,*/*;q=0.8").header("accept-language", language).send()
    };
    let english = page("it,en");
    assert_eq!((english.status, english.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(english.header("cache-control"), "private, no-store");
    assert!(english.header("content-security-policy").contains("default-src 'none'"));
    let text = english.text();
    assert!(
        text.contains("What a scan of yours would store") && text.contains("Basel") && text.contains(BASEL)
    );
    assert!(text.contains("Mozilla/5.0 &lt;b&gt;Firefox&lt;/b&gt;") && !text.contains("<script"));
    assert!(page("de-AT").text().contains("Was ein Scan von hier speichern würde"));
    assert!(page("fr").text().contains("Ce qu’un scan de votre part enregistrerait"));
    assert!(page("es-MX").text().contains("Lo que guardaría un escaneo tuyo"));
    assert!(text.len() < 15_000, "{}", text.len());
}
