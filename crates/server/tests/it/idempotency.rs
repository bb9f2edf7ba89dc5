//! Requests that are sent again: answered again, done once.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{Answer, TOKEN};
use serde_json::{Value, json};
use std::sync::Barrier;

fn send(app: &TestApp, token: &str, key: &str, body: &Value) -> Answer {
    app.request("POST", "/v1/links").bearer(token).header("idempotency-key", key).json(body).send()
}

fn total(app: &TestApp) -> u64 {
    app.get("/v1/links?pageSize=1")["totalCount"].as_u64().unwrap()
}

fn secret(app: &TestApp) -> String {
    let made = app.post("/v1/workspace-tokens", &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET" }));
    made["accessToken"].as_str().unwrap().to_owned()
}

#[test]
fn the_same_key_answers_the_same_for_a_day_and_across_a_restart() {
    let app = TestApp::new();
    let body = json!({ "destination": "https://example.com/", "name": "Once" });
    let first = send(&app, TOKEN, "k", &body);
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, ""));
    let again = send(&app, TOKEN, "k", &body);
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(first.body, again.body);
    let app = app.restart();
    app.advance(DAY - HOUR);
    assert_eq!(send(&app, TOKEN, "k", &body).body, first.body);
    assert_eq!(total(&app), 1);
    app.advance(2 * HOUR);
    let later = send(&app, TOKEN, "k", &body);
    assert_eq!(later.header("idempotent-replayed"), "");
    assert_eq!(total(&app), 2, "after a day the key is free again");
}

#[test]
fn a_key_belongs_to_one_request_and_one_token() {
    let app = TestApp::new();
    let body = json!({ "destination": "https://example.com/" });
    send(&app, TOKEN, "k", &body).expect(200);
    let other = send(&app, TOKEN, "k", &json!({ "destination": "https://example.org/" }));
    assert_eq!(other.refusal(422).1, "Idempotency-Key");
    let spaced = b"{\n  \"name\": \"A\",\n  \"destination\" : \"https://example.com/\"\n}".to_vec();
    let named = json!({ "destination": "https://example.com/", "name": "A" });
    let made = send(&app, TOKEN, "spaced", &named);
    let again =
        app.api("POST", "/v1/links").header("idempotency-key", "spaced").body("application/json", spaced);
    let again = again.send();
    assert_eq!(
        (again.header("idempotent-replayed"), &again.body),
        ("true", &made.body),
        "the same, written otherwise"
    );
    let elsewhere = app.api("POST", "/v1/links/thank-you").header("idempotency-key", "k").json(&body).send();
    elsewhere.refusal(422);
    let second = secret(&app);
    assert_eq!(send(&app, &second, "k", &body).header("idempotent-replayed"), "");
    assert_eq!(total(&app), 3);
    for bad in ["", &"k".repeat(256)] {
        assert_eq!(send(&app, TOKEN, bad, &body).refusal(400).1, "Idempotency-Key");
    }
    assert_eq!(send(&app, TOKEN, &"k".repeat(255), &body).status, 200);
}

#[test]
fn every_kind_of_change_takes_a_key_and_refusals_are_kept_too() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = format!("/v1/links/{}", link.id);
    let ask = |method: &str, path: &str, body: Value| {
        let twice = [0, 1].map(|_| {
            app.api(method, path).header("idempotency-key", &format!("{method}{path}")).json(&body).send()
        });
        assert_eq!(twice[0].status, twice[1].status);
        assert_eq!(twice[0].body, twice[1].body);
        assert_eq!(twice[1].header("idempotent-replayed"), "true", "{method} {path}");
    };
    ask("PATCH", &path, json!({ "name": "A" }));
    ask("PUT", "/v1/workspace", json!({ "name": "B" }));
    ask("POST", "/v1/links", json!({ "destination": "nowhere" }));
    ask("POST", "/v1/links/bulk/jobs", json!({ "links": [{ "destination": "https://example.com/" }] }));
    let job = |key: &str| {
        let body = json!({ "links": [{ "destination": "https://example.com/j" }] });
        app.api("POST", "/v1/links/bulk/jobs").header("idempotency-key", key).json(&body).send()
    };
    assert_eq!((job("j").location().to_owned(), job("j").status), (job("j").location().to_owned(), 202));
    // 401 and 403 are not kept: the next try may be allowed.
    let made = app.post(
        "/v1/workspace-tokens",
        &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "scopes": ["links:read"] }),
    );
    let reader = made["accessToken"].as_str().unwrap();
    let body = json!({ "destination": "https://example.com/" });
    send(&app, reader, "k", &body).refusal(403);
    let id = made["token"]["id"].as_str().unwrap();
    app.patch(&format!("/v1/workspace-tokens/{id}"), &json!({ "scopes": ["links:write"] }));
    assert_eq!(send(&app, reader, "k", &body).status, 200);
}

#[test]
fn of_many_at_once_one_is_done() {
    let app = TestApp::new();
    let body = json!({ "destination": "https://example.com/" });
    let start = Barrier::new(8);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let one = || {
            start.wait();
            send(&app, TOKEN, "k", &body)
        };
        let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for answer in &answers {
        if answer.status != 200 {
            assert_eq!(answer.header("retry-after"), "1");
            answer.refusal(409);
        }
    }
    let fresh = answers.iter().filter(|a| a.status == 200 && a.header("idempotent-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    assert_eq!(total(&app), 1);
}

#[test]
fn what_a_killed_process_left_open_is_not_done_again() {
    let app = TestApp::new();
    let body = json!({ "destination": "https://example.com/" });
    send(&app, TOKEN, "k", &body).expect(200);
    let server = app.server();
    let catalog = server.app().catalog.clone();
    let forget = async move |db: &mut server::catalog::Connection| {
        Ok(sqlx::query("update stored_answers set sealed = null").execute(db).await?)
    };
    server.api_runtime().block_on(catalog.write(forget)).unwrap();
    let app = app.restart();
    let (message, _) = send(&app, TOKEN, "k", &body).refusal(409);
    assert!(message.contains("another key"), "{message}");
    assert_eq!(total(&app), 1);
}

#[test]
fn a_kept_answer_cannot_be_read_from_the_disk_and_goes_with_a_visitor() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    let event = app.only_event(&link);
    let body = json!({ "lbid": event["id"], "visitor": { "data": { "$email": "a@b.example", "secret": "Rumpelstilzchen" } } });
    let identify =
        || app.api("POST", "/v1/visitor/identify").header("idempotency-key", "v").json(&body).send();
    let visitor = identify().expect(200);
    assert_eq!(identify().header("idempotent-replayed"), "true");
    let kept =
        send(&app, TOKEN, "k", &json!({ "destination": "https://example.com/", "name": "Knusperhexe" }))
            .expect(200);
    app.api("DELETE", &format!("/v1/links/{}", kept["link"]["id"].as_str().unwrap())).send().expect(200);
    let server = app.server();
    let catalog = server.app().catalog.clone();
    let rows: Vec<Vec<u8>> = server.api_runtime().block_on(async move {
        let mut db = catalog.read().await.unwrap();
        sqlx::query_scalar("select sealed from stored_answers").fetch_all(&mut *db).await.unwrap()
    });
    assert_eq!(rows.len(), 2);
    for word in ["Rumpelstilzchen", "Knusperhexe"] {
        assert!(rows.iter().all(|row| !row.windows(word.len()).any(|part| part == word.as_bytes())));
    }
    let id = visitor["visitor"]["id"].as_str().unwrap();
    app.api("DELETE", &format!("/v1/visitors/{id}")).send().expect(200);
    assert_ne!(identify().header("idempotent-replayed"), "true", "the visitor's answers went with him");
}
