//! Signatures, retries, and what becomes of an endpoint that fails.

use super::endpoint::{Endpoint, Received, answer};
use super::{Hook, app, deliveries, hook, only_delivery, read};
use crate::app::{DAY, HOUR, TestApp};
use crate::client::{Client, eventually};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// HMAC-SHA256 (RFC 2104), written out: the program under test uses a library.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// Which of the secrets have signed what was received.
fn signed_by(received: &Received, secrets: &[&str]) -> Vec<bool> {
    let content = format!("{}.{}.{}", received.id(), received.headers["webhook-timestamp"], received.body);
    let given: BTreeSet<&str> = received.headers["webhook-signature"].split(' ').collect();
    let is_there = |secret: &&str| {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        given.contains(format!("v1,{}", STANDARD.encode(hmac(&key, content.as_bytes()))).as_str())
    };
    secrets.iter().map(is_there).collect()
}

/// A server with a webhook that hears of new links, and an endpoint behind it.
fn told_of_links(endpoint: &Endpoint) -> (TestApp, Hook) {
    let app = app();
    let hook = hook(&app, &endpoint.url(), &["link.created"], &[]);
    (app, hook)
}

fn link(app: &Client) {
    app.link("https://example.com/").create();
}

#[test]
fn a_delivery_is_signed_as_standard_webhooks_says() {
    let endpoint = Endpoint::new();
    let (app, hook) = told_of_links(&endpoint);
    link(&app);
    let received = endpoint.only();
    assert_eq!(signed_by(&received, &[&hook.secret]), [true]);
    assert_eq!(received.headers["content-type"], "application/json");
    assert!(received.headers["user-agent"].starts_with("Quietzone/"), "{received:?}");
    assert_eq!(received.headers["webhook-timestamp"], (app.now() / 1000).to_string());
    assert_eq!(received.path, "/hook");
    let body = received.json();
    assert_eq!((&body["id"], &body["webhookId"]), (&json!(received.id()), &json!(hook.id)));
    assert_eq!((&body["type"], &body["createdAt"]), (&json!("link.created"), &json!(app.time_in(0))));
    assert_eq!(body["workspaceId"], read(&app, &hook)["workspaceId"]);
    // A changed byte, or another secret, is noticed.
    let forged = Received { body: received.body.replace("link.created", "link.deleted"), ..received.clone() };
    assert_eq!(signed_by(&forged, &[&hook.secret]), [false]);
    let webhook =
        eventually("the count", || Some(read(&app, &hook)).filter(|hook| hook["successCount"] == 1));
    assert_eq!(webhook["failureCount"], 0);
    assert_eq!(
        (&webhook["lastSentAt"], &webhook["lastDeliveredAt"]),
        (&json!(app.time_in(0)), &json!(app.time_in(0)))
    );
}

#[test]
fn for_a_day_after_a_rotation_both_secrets_sign() {
    let endpoint = Endpoint::new();
    let (app, hook) = told_of_links(&endpoint);
    let rotated =
        app.post(&format!("/v1/x/webhooks/{}/rotate-secret", hook.id), &json!({}))["webhook"].take();
    let new = rotated["xSecret"].as_str().unwrap();
    assert_ne!(new, hook.secret);
    assert_eq!(rotated["xFormerSecretUntil"], app.time_in(DAY));
    link(&app);
    let received = endpoint.wait(1);
    assert_eq!(signed_by(&received[0], &[new, &hook.secret]), [true, true]);
    app.advance(DAY - 1);
    link(&app);
    assert_eq!(signed_by(&endpoint.wait(2)[1], &[new, &hook.secret]), [true, true]);
    app.advance(1);
    link(&app);
    assert_eq!(signed_by(&endpoint.wait(3)[2], &[new, &hook.secret]), [true, false]);
    assert_eq!(read(&app, &hook)["xFormerSecretUntil"], Value::Null);
}

#[test]
fn a_failed_delivery_comes_again_the_same_after_about_one_five_and_fifteen_seconds() {
    let endpoint =
        Endpoint::answering(|number, _| answer(if number < 3 { 500 } else { 200 }, "x-why: me\r\n"));
    let (app, hook) = told_of_links(&endpoint);
    link(&app);
    for (attempts, pause) in [(1, 1000), (2, 5000), (3, 15_000)] {
        let delivery = only_delivery(&app, &hook, |delivery| delivery["attempts"] == attempts);
        assert_eq!((&delivery["status"], &delivery["responseStatus"]), (&json!("waiting"), &json!(500)));
        assert_eq!(delivery["error"], "the endpoint answered 500");
        let at = crate::app::at(delivery["nextAttemptAt"].as_str().unwrap());
        assert!((at - app.now() - pause).abs() <= pause / 10, "{delivery}");
        // Not before its time.
        app.advance(at - app.now() - 1);
        assert_eq!(endpoint.received().len(), attempts);
        app.advance(1);
    }
    let delivery = only_delivery(&app, &hook, |delivery| delivery["status"] == "delivered");
    assert_eq!((&delivery["attempts"], &delivery["responseStatus"]), (&json!(4), &json!(200)));
    let received = endpoint.received();
    assert_eq!(received.len(), 4);
    for again in &received[1..] {
        assert_eq!((again.id(), &again.body), (received[0].id(), &received[0].body));
        assert_eq!(signed_by(again, &[&hook.secret]), [true]);
    }
    let stamps: BTreeSet<&String> =
        received.iter().map(|again| &again.headers["webhook-timestamp"]).collect();
    // The first pause may end within the second it began in.
    assert!(stamps.len() >= 3, "each attempt is signed at its own time: {stamps:?}");
    let webhook = read(&app, &hook);
    assert_eq!((&webhook["successCount"], &webhook["failureCount"]), (&json!(1), &json!(3)));
    assert_eq!(webhook["xFailingSince"], Value::Null);
    let id = received[0].id();
    let detail = app.get(&format!("/v1/x/webhooks/{}/deliveries/{id}", hook.id))["delivery"].take();
    assert_eq!(detail["body"], received[0].body);
    assert!(detail["responseHead"].as_str().unwrap().contains("x-why: me"), "{detail}");
}

#[test]
fn a_delivery_is_given_up_after_a_day() {
    let endpoint = Endpoint::answering(|_, _| answer(503, ""));
    let (app, hook) = told_of_links(&endpoint);
    link(&app);
    let began = app.now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let delivery = only_delivery(&app, &hook, |delivery| delivery["attempts"] == attempts);
        let Some(next) = delivery["nextAttemptAt"].as_str() else {
            assert_eq!(delivery["status"], "failed");
            break;
        };
        app.set_clock(next);
    }
    assert_eq!(app.now() - began, DAY);
    assert!((13..=15).contains(&attempts), "{attempts} attempts in a day");
    assert_eq!(endpoint.received().len(), attempts);
}

#[test]
fn the_endpoint_says_when_it_wants_to_be_asked_again() {
    let endpoint = Endpoint::answering(|number, _| match number {
        0 => answer(429, "retry-after: 120\r\n"),
        _ => answer(200, ""),
    });
    let (app, hook) = told_of_links(&endpoint);
    link(&app);
    let delivery = only_delivery(&app, &hook, |delivery| delivery["attempts"] == 1);
    assert_eq!(delivery["nextAttemptAt"], app.time_in(120_000));
    // What happens meanwhile waits as long.
    link(&app);
    app.advance(119_000);
    assert_eq!(endpoint.received().len(), 1);
    let waiting = deliveries(&app, &hook);
    assert!(waiting.iter().all(|delivery| delivery["status"] == "waiting"), "{waiting:?}");
    app.advance(1000);
    endpoint.wait(3);
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_at_once() {
    let endpoint = Endpoint::answering(|_, _| answer(410, ""));
    let (app, hook) = told_of_links(&endpoint);
    link(&app);
    let webhook = eventually("the end of it", || {
        Some(read(&app, &hook)).filter(|hook| hook["status"] == "WEBHOOK_STATUS_DISABLED")
    });
    assert!(webhook["xNotice"].as_str().unwrap().contains("410 Gone"), "{webhook}");
    assert_eq!(only_delivery(&app, &hook, |_| true)["status"], "failed");
    link(&app);
    assert_eq!(deliveries(&app, &hook).len(), 1, "nothing is noted for it any more");
    let again =
        app.patch(&format!("/v1/webhooks/{}", hook.id), &json!({ "status": "WEBHOOK_STATUS_ACTIVE" }));
    assert_eq!(again["webhook"]["xNotice"], Value::Null);
}

#[test]
fn after_three_days_without_a_success_the_endpoint_is_disabled_with_a_notice() {
    let endpoint = Endpoint::answering(|_, _| answer(500, ""));
    let (app, hook) = told_of_links(&endpoint);
    let began = app.time_in(0);
    for _ in 0..3 {
        link(&app);
        // All of them, since an outcome that is written after the clock moved is one of that later time.
        eventually("an attempt at each", || {
            deliveries(&app, &hook).iter().all(|delivery| delivery["attempts"] != 0).then_some(())
        });
        let failing = read(&app, &hook);
        assert_eq!(failing["status"], "WEBHOOK_STATUS_ACTIVE");
        assert_eq!(failing["xFailingSince"], began);
        app.advance(DAY - HOUR);
    }
    app.advance(4 * HOUR);
    let webhook = eventually("the end of it", || {
        Some(read(&app, &hook)).filter(|hook| hook["status"] == "WEBHOOK_STATUS_DISABLED")
    });
    let notice = webhook["xNotice"].as_str().unwrap();
    assert!(notice.contains(&began) && notice.contains("answered 500"), "{notice}");
}

#[test]
fn a_paused_webhook_is_sent_nothing_and_what_waited_comes_later() {
    let endpoint = Endpoint::answering(|number, _| answer(if number == 0 { 500 } else { 200 }, ""));
    let (app, hook) = told_of_links(&endpoint);
    let path = format!("/v1/webhooks/{}", hook.id);
    link(&app);
    only_delivery(&app, &hook, |delivery| delivery["attempts"] == 1);
    app.patch(&path, &json!({ "status": "WEBHOOK_STATUS_PAUSED" }));
    link(&app);
    app.advance(HOUR);
    let other = super::hook(&app, &Endpoint::new().url(), &["link.created"], &[]);
    link(&app);
    only_delivery(&app, &other, |delivery| delivery["status"] == "delivered");
    assert_eq!(endpoint.received().len(), 1, "not while it is paused");
    app.patch(&path, &json!({ "status": "WEBHOOK_STATUS_ACTIVE" }));
    let received = endpoint.wait(2);
    assert_eq!(received[0].id(), received[1].id());
    assert_eq!(deliveries(&app, &hook).len(), 1, "what happened while it was paused is not told");
}

#[test]
fn one_can_test_and_send_again_by_hand() {
    let endpoint = Endpoint::answering(|number, _| answer([200, 500, 200, 200, 500][number.min(4)], ""));
    let (app, hook) = told_of_links(&endpoint);
    let test =
        |app: &Client| app.post(&format!("/v1/x/webhooks/{}/test", hook.id), &json!({}))["delivery"].take();
    let tested = test(&app);
    assert_eq!((&tested["status"], &tested["type"]), (&json!("delivered"), &json!("webhook.test")));
    assert_eq!(signed_by(&endpoint.wait(1)[0], &[&hook.secret]), [true]);
    let failed = test(&app);
    assert_eq!((&failed["status"], &failed["responseStatus"]), (&json!("failed"), &json!(500)));
    assert_eq!(failed["nextAttemptAt"], Value::Null, "a test is not tried again");
    app.patch(&format!("/v1/webhooks/{}", hook.id), &json!({ "status": "WEBHOOK_STATUS_PAUSED" }));
    assert_eq!(test(&app)["status"], "delivered", "also while it is paused");

    let id = failed["id"].as_str().unwrap();
    let path = format!("/v1/x/webhooks/{}/deliveries/{id}/redeliver", hook.id);
    let again = app.post(&path, &json!({}))["delivery"].take();
    assert_eq!((&again["status"], &again["attempts"]), (&json!("delivered"), &json!(2)));
    let received = endpoint.received();
    assert_eq!((received[3].id(), &received[3].body), (received[1].id(), &received[1].body));
    // What was delivered once stays delivered, whatever a repetition comes to.
    let again = app.post(&path, &json!({}))["delivery"].take();
    assert_eq!((&again["status"], &again["responseStatus"]), (&json!("delivered"), &json!(500)));
    app.api("POST", &path.replace(id, &uuid::Uuid::nil().to_string())).json(&json!({})).send().refusal(404);
}

#[test]
fn bodies_are_kept_for_a_week_and_the_log_for_a_month() {
    let endpoint = Endpoint::new();
    let (app, hook) = told_of_links(&endpoint);
    link(&app);
    let delivery = only_delivery(&app, &hook, |delivery| delivery["status"] == "delivered");
    let path = format!("/v1/x/webhooks/{}/deliveries/{}", hook.id, delivery["id"].as_str().unwrap());
    assert!(app.get(&path)["delivery"]["body"].is_string());
    app.advance(7 * DAY + 1);
    // A start tidies up.
    let app = app.restart();
    eventually("the body to go", || app.get(&path)["delivery"]["body"].is_null().then_some(()));
    app.api("POST", &format!("{path}/redeliver")).json(&json!({})).send().refusal(409);
    app.advance(23 * DAY);
    let app = app.restart();
    eventually("the row to go", || deliveries(&app, &hook).is_empty().then_some(()));
}

/// Runs the code of `docs/API.md` against what an endpoint really received.
#[test]
fn the_documented_python_verifies_a_real_delivery_and_refuses_a_forged_one() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/API.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```python\n").skip(1).filter_map(|rest| rest.split("```").next());
    let code = { blocks }.find(|code| code.contains("def verify(")).unwrap();
    let endpoint = Endpoint::new();
    let (app, hook) = told_of_links(&endpoint);
    app.post(&format!("/v1/x/webhooks/{}/rotate-secret", hook.id), &json!({}));
    link(&app);
    let received = endpoint.only();
    let stamp: i64 = received.headers["webhook-timestamp"].parse().unwrap();
    let input =
        json!({ "secret": hook.secret, "headers": received.headers, "body": received.body, "now": stamp });
    let script = format!(
        "{code}\nimport json, sys\ngot = json.load(sys.stdin)\nbody = got['body'].encode()\n\
         ask = lambda body, now: verify(got['secret'], got['headers'], body, now)\n\
         print(ask(body, got['now']), ask(body + b' ', got['now']), ask(body, got['now'] + 301))"
    );
    let mut python = std::process::Command::new("python3")
        .args(["-c", &script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut python.stdin.take().unwrap(), input.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "True False False");
}
