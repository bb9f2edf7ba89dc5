//! What cannot be is refused: 400 with the field and a sentence, never 500.

use crate::app::TestApp;
use serde_json::{Value, json};

const MENU: &str = "https://example.com/menu";

#[test]
fn what_cannot_be_a_link_is_refused_with_its_field_and_a_sentence() {
    let app = TestApp::new();
    let own = format!("http://{}/other", app.address);
    let own_name = format!("http://localhost:{}/other", app.address.port());
    let long = "a".repeat(5000);
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("destination", json!(""), "/destination", "required"),
        ("destination", json!("example.com/menu"), "/destination", "absolute URL"),
        ("destination", json!("javascript:alert(1)"), "/destination", "visitor's device"),
        ("destination", json!(" JAVASCRIPT:alert(1)"), "/destination", "visitor's device"),
        ("destination", json!("java\nscript:alert(1)"), "/destination", "visitor's device"),
        ("destination", json!("data:text/html,x"), "/destination", "visitor's device"),
        ("destination", json!("file:///etc/passwd"), "/destination", "visitor's device"),
        ("destination", json!("ftp://example.com"), "/destination", "not allowed"),
        ("destination", json!("https://me:pw@example.com"), "/destination", "user name or password"),
        ("destination", json!(own), "/destination", "circle"),
        ("destination", json!(own_name), "/destination", "circle"),
        ("destination", json!(format!("https://example.com/{long}")), "/destination", "4096 bytes"),
        ("destination", json!("https://"), "/destination", "absolute URL"),
        ("fallbackDestination", json!("javascript:x"), "/fallbackDestination", "visitor's device"),
        ("expiredDestination", json!(own), "/expiredDestination", "circle"),
        ("shortlink", json!("a b"), "/shortlink", "a space"),
        ("shortlink", json!("a/b"), "/shortlink", "cannot contain"),
        ("shortlink", json!("V1"), "/shortlink", "reserved"),
        ("shortlink", json!("robots.txt"), "/shortlink", "reserved"),
        ("shortlink", json!("414"), "/shortlink", "reserved"),
        ("shortlink", json!(".x"), "/shortlink", "dot"),
        ("shortlink", json!("a".repeat(129)), "/shortlink", "128 characters"),
        ("shortlink", json!("a\u{202e}b"), "/shortlink", "U+202E"),
        ("id", json!("seven"), "/id", "not a UUID"),
        ("name", json!("n".repeat(256)), "/name", "255 characters"),
        ("purpose", json!("p".repeat(1001)), "/purpose", "1000 characters"),
        ("tags", json!(["ok", " "]), "/tags/1", "cannot be empty"),
        ("tags", json!(["t".repeat(101)]), "/tags/0", "100 characters"),
        ("tags", json!((0..51).map(|n| n.to_string()).collect::<Vec<_>>()), "/tags", "50 tags"),
        ("metadata", json!({ "a/b": "v".repeat(5000) }), "/metadata/a~1b", "4096"),
        ("expiresAt", json!("soon"), "/expiresAt", "not a date"),
        ("expiresAt", json!("2026-03-09"), "/expiresAt", "has passed"),
    ];
    for (field, value, pointer, words) in cases {
        let (message, at) = app.link(MENU).with(field, value.clone()).send().refusal(400);
        assert_eq!(at, pointer, "{value}: {message}");
        assert!(message.contains(words), "{value}: {message}");
    }
    assert_eq!(app.get("/v1/links")["totalCount"], 0);
    let (_, field) = app.api("POST", "/v1/links").json(&json!({})).send().refusal(400);
    assert_eq!(field, "/destination");
    let unbuilt = app.link(MENU).with("qrcodeTemplateId", json!("x")).send();
    assert_eq!(unbuilt.refusal(400).1, "/qrcodeTemplateId");
}

#[test]
fn private_and_odd_but_good_destinations_are_taken() {
    let app = TestApp::new();
    for destination in [
        "http://127.0.0.1:9/",
        "http://192.168.1.1/admin",
        "https://[2001:db8::1]/",
        "HTTPS://EXAMPLE.COM",
        "https://münchen.example/süß?x=ä#ö",
    ] {
        let link = app.link(destination).create();
        assert_eq!(link.json["xDestination"], destination, "as its owner wrote it");
        assert!(app.scan(&link).location().is_ascii());
    }
}

#[test]
fn a_step_is_changed_only_into_what_a_step_can_be() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let path = |index: usize| {
        format!("/v1/links/{}/workflow-steps/{}", link.id, steps[index]["id"].as_str().unwrap())
    };
    let redirect = "/payload/clientRedirect";
    for (body, field) in [
        (json!({ "clientRedirect": { "destination": "javascript:x" } }), format!("{redirect}/destination")),
        (json!({ "clientRedirect": { "destination": "" } }), format!("{redirect}/destination")),
        (json!({ "clientRedirect": { "destination": 7 } }), format!("{redirect}/destination")),
        (
            json!({ "clientRedirect": { "destination": link.json["entrypoint"] } }),
            format!("{redirect}/destination"),
        ),
        (
            json!({ "clientRedirect": { "conversionTracking": "yes" } }),
            format!("{redirect}/conversionTracking"),
        ),
        (json!({ "linkVisit": {} }), "/payload/linkVisit".to_owned()),
    ] {
        let refused = app.api("PATCH", &path(1)).json(&json!({ "payload": body })).send();
        assert_eq!(refused.refusal(400).1, field, "{body}");
    }
    let refused = app.api("PATCH", &path(0)).json(&json!({ "payload": { "clientRedirect": {} } })).send();
    assert_eq!(refused.refusal(400).1, "/payload/clientRedirect");
    assert_eq!(app.scan(&link).location(), MENU);
    let moved = app.patch(&path(1), &json!({ "canvasPosition": { "x": 3.5, "y": -1 } }));
    assert_eq!(moved["workflowStep"]["canvasPosition"], json!({ "x": 3.5, "y": -1.0 }));
    assert_eq!(
        app.get(&format!("/v1/links/{}", link.id))["link"]["xWorkflowVersion"],
        1,
        "moving publishes nothing"
    );
}

/// Values of every JSON type, in places where they do not belong.
fn misfits() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(9e300),
        json!(u64::MAX),
        json!("\u{0}"),
        json!("x"),
        json!([]),
        json!([[]]),
        json!([null]),
        json!({}),
        json!({ "a": { "b": [1] } }),
    ]
}

#[test]
fn a_wrong_type_anywhere_is_400_and_never_500() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let step = format!("/v1/links/{}/workflow-steps/{}", link.id, steps[1]["id"].as_str().unwrap());
    let link_path = format!("/v1/links/{}", link.id);
    let targets: &[(&str, &str, &[&str])] = &[
        (
            "POST",
            "/v1/links",
            &[
                "destination",
                "id",
                "name",
                "shortlink",
                "metadata",
                "tags",
                "expiresAt",
                "conversionTracking",
            ],
        ),
        (
            "PATCH",
            &link_path,
            &["name", "metadata", "tags", "tagsDelete", "expiresAt", "fallbackDestination", "qrcodeEnabled"],
        ),
        ("PATCH", &step, &["payload", "canvasPosition"]),
        (
            "POST",
            "/v1/timeseries/events",
            &["linkId", "startDate", "endDate", "intervalInMinutes", "verdict", "xTimezone"],
        ),
        ("POST", "/v1/analytics/breakdown", &["dimension", "limit", "verdict"]),
        ("POST", "/v1/analytics/timeseries", &["groupBy", "limit"]),
        ("POST", "/v1/workspace-tokens", &["keyType", "name", "scopes"]),
        ("PUT", "/v1/workspace", &["name", "timezone"]),
        ("POST", "/v1/x/workspaces", &["name", "timezone"]),
        ("POST", "/v1/x/session", &["email", "password"]),
        ("POST", "/v1/x/setup", &["token", "email"]),
    ];
    for (method, path, fields) in targets {
        for value in misfits() {
            for field in *fields {
                let body = json!({ "destination": MENU, *field: value });
                let answer = app.api(method, path).json(&body).send();
                assert!(answer.status < 500 || answer.status == 501, "{method} {path} {body}: {answer:?}");
                if answer.status != 200 {
                    answer.refusal(answer.status);
                }
            }
            let answer = app.api(method, path).json(&value).send();
            assert!(answer.status < 500, "{method} {path} {value}: {answer:?}");
            if answer.status != 200 {
                answer.refusal(answer.status);
            }
        }
    }
}

#[test]
fn a_body_that_is_no_json_is_400_with_a_sentence() {
    let app = TestApp::new();
    let post = |kind: &str, body: &[u8]| app.api("POST", "/v1/links").body(kind, body.to_vec()).send();
    for body in [&b"{"[..], b"", b"\xff\xfe", b"{\"destination\":}", b"{} {}", &b"[".repeat(100_000)] {
        assert!(!post("application/json", body).refusal(400).0.is_empty());
    }
    assert!(post("text/plain", b"{}").refusal(400).0.contains("Content-Type: application/json"));
    assert!(app.api("POST", "/v1/links").send().refusal(400).0.contains("JSON"));
    // One byte too many, so that all of it is on its way when the answer comes.
    let large = [b"{}".as_slice(), &vec![b' '; (2 << 20) - 1]].concat();
    assert!(post("application/json", &large).refusal(413).0.contains("2 MiB"));
}

#[test]
fn a_byte_order_mark_before_a_body_is_passed_over() {
    let app = TestApp::new();
    let marked = |json: &str| [b"\xef\xbb\xbf".as_slice(), json.as_bytes()].concat();
    let send = |path: &str, json: &str, key: &str| {
        let request = app.api("POST", path).body("application/json", marked(json));
        if key.is_empty() { request.send() } else { request.header("idempotency-key", key).send() }
    };
    let made = send("/v1/links", "{\"destination\":\"https://example.com/\"}", "").expect(200);
    send("/v1/links", "{\"destination\":\"https://example.com/\"}", "a").expect(200);
    send("/v1/x/analytics/query", "{\"metrics\":[\"scans\"]}", "").expect(200);
    let id = made["link"]["id"].as_str().unwrap();
    let change = app.api("PATCH", &format!("/v1/links/{id}"));
    change.body("application/json", marked("{\"name\":\"Menu\"}")).send().expect(200);
    assert_eq!(app.get(&format!("/v1/links/{id}"))["link"]["name"], "Menu");
    // A second mark is no JSON.
    let twice = app.api("POST", "/v1/links").body("application/json", b"\xef\xbb\xbf\xef\xbb\xbf{}".to_vec());
    assert!(twice.send().refusal(400).0.contains("JSON"));
}

#[test]
fn what_is_too_large_is_told_the_limit_of_that_thing() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let design = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    let body = |bytes: usize| [b"{}".as_slice(), &vec![b' '; bytes - 1]].concat();
    // What base64 makes of 3 MiB, and 64 KiB.
    let with_file = (4 << 20) + (64 << 10);
    for (method, path, most, words) in [
        ("POST", "/v1/links", 2 << 20, "2 MiB"),
        ("POST", "/v1/media", with_file, "a file up to 3 MiB"),
        ("PATCH", design.as_str(), with_file, "a picture up to 3 MiB"),
        ("POST", "/v1/public/qrcode-designs", with_file, "a picture up to 3 MiB"),
    ] {
        let (message, _) = app.api(method, path).body("application/json", body(most)).send().refusal(413);
        assert!(message.contains(words), "{path}: {message}");
        // With a key the body is read before the operation.
        let keyed = app.api(method, path).header("idempotency-key", "k").body("application/json", body(most));
        let (message, _) = keyed.send().refusal(413);
        assert!(message.contains(words), "{path} with a key: {message}");
    }
}

#[test]
fn an_id_that_is_none_and_a_path_that_is_none_are_refused_in_the_same_shape() {
    let app = TestApp::new();
    for path in [
        "/v1/links/7",
        "/v1/links/%F0%9F%8D%95",
        "/v1/links/%FF",
        "/v1/links/7/qrcode.svg",
        "/v1/workspace-tokens/x",
        "/v1/events/x/traces",
    ] {
        app.api("GET", path).send().refusal(400);
    }
    for path in ["/v1/nothing", "/v1/links/", "/api/links"] {
        app.api("GET", path).send().refusal(404);
    }
    app.api("DELETE", "/v1/links").send().refusal(405);
    app.api("POST", "/v1/events").send().refusal(405);
}

#[test]
fn a_long_bad_value_is_not_sent_back_whole() {
    let app = TestApp::new();
    let answer = app.api("GET", &format!("/v1/links/{}", "x".repeat(5000))).send();
    let said = answer.expect(400)["message"].as_str().unwrap().to_owned();
    assert!(said.chars().count() < 400 && said.ends_with("is not a UUID"), "{said}");
}

#[test]
fn what_a_link_cannot_change_is_refused_with_the_way_that_is_there() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for (field, words) in [("destination", "workflow-steps"), ("shortlink", "cannot contain")] {
        let body = json!({ field: "https://example.com/other" });
        let refused = app.api("PATCH", &format!("/v1/links/{}", link.id)).json(&body).send().refusal(400);
        assert!(refused.0.contains(words) && refused.1 == format!("/{field}"), "{refused:?}");
    }
}
