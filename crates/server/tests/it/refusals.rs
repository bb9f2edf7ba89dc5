//! What is refused, in words that tell what to send instead; and what is answered in fewer bytes.

use crate::app::TestApp;
use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

#[test]
fn a_wrong_type_names_its_field_in_plain_words() {
    let app = TestApp::new();
    for (body, field, words) in [
        (json!({ "destination": 7 }), "/destination", "send a text in quotation marks"),
        (json!({ "destination": "https://example.com/", "tags": "a" }), "/tags", "send a list"),
        (json!({ "destination": "https://example.com/", "tags": [1] }), "/tags/0", "send a text"),
        (
            json!({ "destination": "https://example.com/", "xPaused": "yes" }),
            "/xPaused",
            "send true or false",
        ),
        (json!(["https://example.com/"]), "", "is a list; send an object"),
        (json!("https://example.com/"), "", "is a text; send an object"),
    ] {
        let (message, at) = app.api("POST", "/v1/links").json(&body).send().refusal(400);
        assert!(at == field && message.contains(words), "{body}: {at} {message}");
        assert!(!message.contains("invalid type") && !message.contains("expected"), "{message}");
    }
    let login = app.request("POST", "/v1/x/session").json(&json!([])).send();
    assert!(login.refusal(400).0.contains("send an object"));
}

#[test]
fn what_is_not_built_is_501_and_what_is_nothing_404() {
    let app = TestApp::new();
    for (method, path) in [
        ("GET", "/v1/page-theme-templates?pageSize=10"),
        ("POST", "/v1/page-theme-templates/import"),
        ("GET", "/v1/pricing/plans"),
        ("POST", "/v1/slack-integrations/test"),
        ("GET", "/v1/assistant/threads"),
    ] {
        let (message, _) = app.api(method, path).send().refusal(501);
        assert!(message.contains("not built yet"), "{message}");
    }
    for path in ["/v1/tag", "/v1/nonsense", "/v1/x/nonsense"] {
        app.api("GET", path).send().refusal(404);
    }
}

#[test]
fn signs_that_nobody_sees_are_refused() {
    let app = TestApp::new();
    let refused = |field: &str, value: serde_json::Value| {
        let mut body = json!({ "destination": "https://example.com/" });
        body[field] = value;
        app.api("POST", "/v1/links").json(&body).send().refusal(400)
    };
    for hidden in ["\u{202e}", "\u{2066}", "\u{7}", "\u{0}"] {
        assert_eq!(refused("name", json!(format!("a{hidden}b"))).1, "/name");
        assert_eq!(refused("tags", json!([format!("a{hidden}b")])).1, "/tags/0");
        assert_eq!(refused("xNotes", json!(format!("a{hidden}b"))).1, "/xNotes");
        assert_eq!(refused("destination", json!(format!("https://example.com/{hidden}x"))).1, "/destination");
    }
    assert_eq!(refused("name", json!("two\nlines")).1, "/name");
    let notes = app.link("https://example.com/").with("xNotes", json!("two\r\nlines\tand a tab")).create();
    assert_eq!(notes.json["xNotes"], "two\nlines\tand a tab");
    let own = format!("http://localhost.:{}/x", app.address.port());
    let (message, field) = refused("destination", json!(own));
    assert!(field == "/destination" && message.contains("this Quietzone itself"), "{message}");
}

#[test]
fn tags_that_differ_by_case_alone_are_one() {
    let app = TestApp::new();
    let first = app.link("https://example.com/1").with("tags", json!(["Menü", "summer"])).create();
    let second = app.link("https://example.com/2").with("tags", json!(["MENÜ", "menü", "Summer"])).create();
    let tags = |id: &str| {
        let link = app.get(&format!("/v1/links/{id}?include=tags"));
        let tags = link["link"]["tags"].as_array().unwrap().clone();
        tags.iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(tags(&first.id), ["Menü", "summer"]);
    assert_eq!(tags(&second.id), ["Menü", "summer"], "spelled as they first were");
    let found = app.get("/v1/links?pageSize=10&tags=SUMMER");
    assert_eq!(found["totalCount"], 2);
    assert_eq!(app.get("/v1/links?pageSize=10&tags=winter")["totalCount"], 0);
}

#[test]
fn long_answers_come_compressed_to_who_takes_them() {
    let app = TestApp::new();
    for n in 0..8 {
        app.link(&format!("https://example.com/{n}")).create();
    }
    let ask =
        |accepted: &str| app.api("GET", "/v1/links?pageSize=10").header("accept-encoding", accepted).send();
    let plain = ask("identity");
    assert_eq!(plain.header("content-encoding"), "");
    for encoding in ["gzip", "br"] {
        let answer = ask(encoding);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding));
        assert!(answer.header("vary").to_lowercase().contains("accept-encoding"), "{answer:?}");
        assert!(answer.body.len() * 2 < plain.body.len(), "{} of {}", answer.body.len(), plain.body.len());
    }
    let short = app.api("GET", "/v1/workspace").header("accept-encoding", "gzip").send();
    assert_eq!(short.header("content-encoding"), "", "{} bytes", short.body.len());
    let (status, feed) = app.api("GET", "/v1/events/stream").header("accept-encoding", "gzip").head();
    assert!(status == 200 && !feed.contains_key("content-encoding"), "{feed:?}");
}

#[test]
fn a_locked_catalog_is_503_with_its_mend() {
    let app = TestApp::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = SqliteConnectOptions::new().filename(app.data().join("catalog.db"));
    let mut holder = runtime.block_on(database.connect()).unwrap();
    runtime.block_on(sqlx::raw_sql("begin immediate").execute(&mut holder)).unwrap();
    let answer = app.link("https://example.com/").send();
    let (message, _) = answer.refusal(503);
    assert!(message.contains("catalog.db"), "{message}");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    runtime.block_on(sqlx::raw_sql("rollback").execute(&mut holder)).unwrap();
    app.link("https://example.com/").create();
}
