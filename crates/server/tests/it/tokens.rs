//! Tokens, and what they may do.

use crate::app::{MINUTE, TestApp};
use serde_json::{Value, json};

const SECRET: &str = "WORKSPACE_TOKEN_KEY_TYPE_SECRET";
const PUBLISHABLE: &str = "WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE";

fn token(app: &TestApp, key_type: &str, scopes: &[&str]) -> String {
    let made = app.post("/v1/workspace-tokens", &json!({ "keyType": key_type, "scopes": scopes }));
    made["accessToken"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_good_token_everything_is_401_and_says_how_to_do_better() {
    let app = TestApp::new();
    for authorization in [None, Some("Bearer wrong"), Some("Basic x"), Some("Bearer"), Some("Bearer ")] {
        for (method, path) in
            [("GET", "/v1/links"), ("POST", "/v1/links"), ("GET", "/v1/events"), ("GET", "/v1/member")]
        {
            let request = app.request(method, path);
            let request = match authorization {
                Some(value) => request.header("authorization", value),
                None => request,
            };
            let answer = request.send();
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert!(!answer.refusal(401).0.is_empty());
        }
    }
}

#[test]
fn a_scope_allows_what_it_names_and_nothing_else() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = format!("/v1/links/{}", link.id);
    let steps = format!("{path}/workflow-steps");
    let operations = [
        ("GET", "/v1/links", "links:read"),
        ("POST", "/v1/links", "links:write"),
        ("PATCH", path.as_str(), "links:write"),
        ("GET", steps.as_str(), "workflows:read"),
        ("GET", "/v1/events", "analytics:read"),
        ("POST", "/v1/analytics/breakdown", "analytics:read"),
        ("GET", "/v1/workspace-tokens", "tokens:read"),
        ("POST", "/v1/workspace-tokens", "tokens:write"),
        ("GET", "/v1/workspace", "workspace:read"),
        ("PUT", "/v1/workspace", "workspace:write"),
        ("POST", "/v1/x/workspaces", "workspace:write"),
        ("GET", "/v1/member", "members:read"),
    ];
    for held in [
        "links:read",
        "links:write",
        "workflows:read",
        "analytics:read",
        "tokens:write",
        "workspace:read",
        "members:read",
    ] {
        let token = token(&app, SECRET, &[held]);
        for (method, path, needed) in operations {
            let request = app.request(method, path).bearer(&token);
            let answer = if method == "GET" { request.send() } else { request.json(&json!({})).send() };
            let implied = held.replace(":write", ":read");
            let may = needed == held || needed == implied;
            if may {
                assert_ne!(answer.status, 403, "{held}: {method} {path}");
            } else {
                let (message, _) = answer.refusal(403);
                assert!(message.contains(needed), "{held}: {method} {path}: {message}");
            }
        }
    }
}

/// What anybody may ask: it takes a password, a one-time link or the browser's own cookie, or tells nothing.
const OPEN: [&str; 6] = [
    "/v1/x/session",
    "/v1/x/setup",
    "/v1/x/join",
    "/v1/x/password-reset",
    "/v1/x/do-not-count",
    "/v1/api-scopes",
];

#[test]
fn a_publishable_key_reads_and_changes_nothing() {
    let app = TestApp::new();
    let key = token(&app, PUBLISHABLE, &[]);
    assert!(key.starts_with("pk_live_"));
    for (method, path) in crate::walls::operations() {
        let open =
            OPEN.contains(&path.as_str()) || path.starts_with("/v1/public/") || !path.starts_with("/v1/");
        // What it is for: tests/it/visitors.rs.
        if open || path.contains('{') || path == "/v1/visitor/identify" {
            continue;
        }
        let request = app.request(&method, &path).bearer(&key);
        let answer = if method == "GET" { request.send() } else { request.json(&json!({})).send() };
        answer.refusal(403);
    }
    let scopes = json!({ "keyType": PUBLISHABLE, "scopes": ["links:read"] });
    assert_eq!(app.api("POST", "/v1/workspace-tokens").json(&scopes).send().refusal(400).1, "/scopes");
}

#[test]
fn a_token_cannot_hand_out_what_it_does_not_hold() {
    let app = TestApp::new();
    let maker = token(&app, SECRET, &["tokens:write", "links:write"]);
    let make = |scopes: Value| {
        app.request("POST", "/v1/workspace-tokens")
            .bearer(&maker)
            .json(&json!({ "keyType": SECRET, "scopes": scopes }))
            .send()
    };
    assert_eq!(make(json!(["links:read"])).status, 200);
    assert_eq!(make(json!(["API_SCOPE_LINKS_WRITE"])).status, 200);
    assert_eq!(make(json!(["links:read", "analytics:read"])).refusal(403).1, "/scopes/1");
    assert_eq!(make(json!([])).refusal(403).1, "/scopes");
    assert_eq!(make(json!(["links:fly"])).refusal(400).1, "/scopes/0");
}

#[test]
fn a_token_cannot_widen_another_beyond_itself() {
    let app = TestApp::new();
    let maker = token(&app, SECRET, &["tokens:write", "links:write"]);
    let list = app.get("/v1/workspace-tokens");
    let path = format!("/v1/workspace-tokens/{}", list["tokens"][1]["id"].as_str().unwrap());
    let change = |body: Value| app.request("PATCH", &path).bearer(&maker).json(&body).send();
    assert_eq!(change(json!({ "scopes": ["analytics:read"] })).status, 403);
    assert_eq!(change(json!({ "fullAccess": true })).status, 403);
    assert_eq!(change(json!({ "scopes": [] })).refusal(400).1, "/scopes");
    assert_eq!(change(json!({ "scopes": ["links:read"], "fullAccess": true })).refusal(400).1, "/scopes");
    assert_eq!(change(json!({ "scopes": ["links:read"] })).status, 200);
    change(json!({ "name": "x" })).refusal(403);
}

#[test]
fn a_tokens_secret_is_shown_once_and_a_deleted_token_is_refused_at_once() {
    let app = TestApp::new();
    let made = app.post("/v1/workspace-tokens", &json!({ "keyType": SECRET, "name": "Printer" }));
    let secret = made["accessToken"].as_str().unwrap();
    assert!(secret.starts_with("sk_live_") && secret.len() > 40);
    let path = format!("/v1/workspace-tokens/{}", made["token"]["id"].as_str().unwrap());
    for path in [path.as_str(), "/v1/workspace-tokens"] {
        assert!(!app.get(path).to_string().contains(secret));
    }
    assert_eq!(app.request("GET", "/v1/links").bearer(secret).send().status, 200);
    app.api("DELETE", &path).send().expect(200);
    app.request("GET", "/v1/links").bearer(secret).send().refusal(401);
    app.api("DELETE", &path).send().refusal(404);
    let disk = std::fs::read(app.data().join("catalog.db")).unwrap();
    let wal = std::fs::read(app.data().join("catalog.db-wal")).unwrap_or_default();
    for bytes in [disk, wal] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "no secret is kept");
    }
}

#[test]
fn requests_are_limited_a_minute_and_token_and_scans_are_not() {
    let app = TestApp::with(&[("QUIETZONE_API_RATE_LIMIT", "4")]);
    let link = app.link("https://example.com/").create();
    for _ in 0..3 {
        app.get("/v1/links");
    }
    let answer = app.api("GET", "/v1/links").send();
    assert_eq!(answer.header("retry-after"), "60");
    answer.refusal(429);
    assert_eq!(
        (answer.header("ratelimit"), answer.header("ratelimit-policy")),
        ("\"token\";r=0;t=60", "\"token\";q=4;w=60")
    );
    for _ in 0..10 {
        app.scan(&link);
    }
    app.advance(MINUTE);
    app.get("/v1/links");
}

#[test]
fn every_answer_tells_how_much_is_left() {
    let app = TestApp::with(&[("QUIETZONE_API_RATE_LIMIT", "100")]);
    app.advance(12_000);
    let told = |answer: crate::client::Answer| {
        for (new, old) in
            [("ratelimit-limit", "x-ratelimit-limit"), ("ratelimit-remaining", "x-ratelimit-remaining")]
        {
            assert_eq!(answer.header(new), answer.header(old), "{answer:?}");
        }
        assert_eq!(answer.header("ratelimit-reset"), "48");
        assert_eq!(answer.header("x-ratelimit-reset"), ((app.now() + 48_000) / 1000).to_string());
        (answer.header("ratelimit-limit").to_owned(), answer.header("ratelimit-remaining").to_owned())
    };
    let of = |limit: &str, left: &str| (limit.to_owned(), left.to_owned());
    assert_eq!(told(app.api("GET", "/v1/links").send()), of("100", "99"));
    assert_eq!(told(app.api("GET", "/v1/nowhere").send()), of("100", "98"));
    assert_eq!(told(app.api("POST", "/v1/links").json(&json!({})).send()), of("100", "97"));
    // Guesses at tokens count for the address, and one address is not another.
    for left in ["49", "48"] {
        assert_eq!(
            told(app.request("GET", "/v1/links").bearer("guess").from("192.0.2.1").send()),
            of("50", left)
        );
    }
    assert_eq!(told(app.request("GET", "/v1/api-scopes").from("192.0.2.2").send()), of("50", "49"));
    let browser = app.sign_in(crate::app::ADMIN, crate::app::PASSWORD);
    assert_eq!(told(browser.ask("GET", "/v1/links").send()), of("500", "499"));
    assert_eq!(
        TestApp::new().api("GET", "/v1/links").send().header("ratelimit-limit"),
        "",
        "no limit, no headers"
    );
}

#[test]
fn the_caller_is_told_who_he_is() {
    let app = TestApp::new();
    assert_eq!(app.get("/v1/member")["email"], crate::app::ADMIN);
    assert_eq!(app.get("/v1/api-scopes")["scopes"].as_array().unwrap().len(), 29);
    let changed = app
        .api("PUT", "/v1/workspace")
        .json(&json!({ "name": "Bistro", "timezone": "Europe/Berlin" }))
        .send()
        .expect(200);
    assert_eq!((&changed["name"], &changed["timezone"]), (&json!("Bistro"), &json!("Europe/Berlin")));
    assert_eq!(app.get("/v1/workspace")["name"], "Bistro");
    let wrong = app.api("PUT", "/v1/workspace").json(&json!({ "timezone": "Berlin" })).send();
    assert_eq!(wrong.refusal(400).1, "/timezone");
}
