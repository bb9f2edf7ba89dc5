//! Signing in, and the set-up link.

use crate::app::{ADMIN, DAY, MINUTE, PASSWORD, TestApp};
use crate::client::{Answer, Client};
use serde_json::{Value, json};

fn sign_in(app: &Client, email: &str, password: &str) -> Answer {
    app.request("POST", "/v1/x/session").json(&json!({ "email": email, "password": password })).send()
}

/// `name=value` of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[test]
fn an_owner_signs_in_and_out() {
    let app = TestApp::new();
    let answer = sign_in(&app, " Owner@Example.com ", PASSWORD);
    let body = answer.expect(200);
    assert_eq!((&body["member"]["email"], &body["member"]["role"]), (&json!(ADMIN), &json!("ROLE_ADMIN")));
    assert_eq!(body["workspace"]["baseUrl"], format!("http://{}", app.address));
    let set = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(!set.contains("Secure") && !set.contains("Domain"), "{set}");
    let cookie = cookie(&answer);
    let who = |cookie: &str| app.request("GET", "/v1/x/session").header("cookie", cookie).send();
    assert_eq!(who(&cookie).expect(200)["member"], body["member"]);
    let gone = app.request("DELETE", "/v1/x/session").header("cookie", &cookie).send();
    gone.expect(200);
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    who(&cookie).refusal(401);
    who("qz_session=forged").refusal(401);
}

#[test]
fn on_https_the_cookie_is_secure_and_bound_to_its_host() {
    let app = TestApp::with(&[("QUIETZONE_BASE_URL", "https://go.example.com")]);
    let body = json!({ "email": ADMIN, "password": PASSWORD });
    let answer = app.request("POST", "/v1/x/session").header("host", "go.example.com").json(&body).send();
    assert_eq!(answer.status, 200);
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-qz_session=") && set.contains("; Secure"), "{set}");
}

#[test]
fn a_session_ends_after_thirty_days() {
    let app = TestApp::new();
    let cookie = cookie(&sign_in(&app, ADMIN, PASSWORD));
    app.advance(30 * DAY - 1000);
    assert_eq!(app.request("GET", "/v1/links").header("cookie", &cookie).send().status, 200);
    app.advance(1000);
    app.request("GET", "/v1/links").header("cookie", &cookie).send().refusal(401);
}

#[test]
fn five_wrong_passwords_slow_an_account_down_and_never_lock_it() {
    let app = TestApp::new();
    for _ in 0..5 {
        assert_eq!(sign_in(&app, ADMIN, "wrong password").status, 401);
    }
    let slowed = sign_in(&app, ADMIN, PASSWORD);
    assert_eq!(slowed.header("retry-after"), "1");
    slowed.refusal(429);
    assert_eq!(sign_in(&app, "nobody@example.com", PASSWORD).status, 401, "another account");
    app.advance(1000);
    assert_eq!(sign_in(&app, ADMIN, PASSWORD).status, 200);
    assert_eq!(sign_in(&app, ADMIN, "wrong password").status, 401, "the count begins anew");
    app.advance(MINUTE);
    let known = sign_in(&app, ADMIN, "wrong password").refusal(401);
    assert_eq!(
        known,
        sign_in(&app, "nobody@example.com", "wrong password").refusal(401),
        "nobody learns who has an account"
    );
}

#[test]
fn another_sites_form_cannot_use_the_cookie() {
    let app = TestApp::new();
    let cookie = cookie(&sign_in(&app, ADMIN, PASSWORD));
    let own = format!("http://{}", app.address);
    let make = |headers: &[(&str, &str)]| {
        let request = app.request("POST", "/v1/links").header("cookie", &cookie);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.json(&json!({ "destination": "https://example.com/" })).send().status
    };
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(make(headers), 403, "{headers:?}");
    }
    for headers in [&[("origin", own.as_str())][..], &[("sec-fetch-site", "same-origin")], &[]] {
        assert_eq!(make(headers), 200, "{headers:?}");
    }
    let body = json!({ "email": ADMIN, "password": PASSWORD });
    let foreign =
        app.request("POST", "/v1/x/session").header("origin", "https://evil.example").json(&body).send();
    foreign.refusal(403);
    let reads = app
        .request("GET", "/v1/links")
        .header("cookie", &cookie)
        .header("origin", "https://evil.example")
        .send();
    assert_eq!(reads.status, 200);
    assert_eq!(reads.header("access-control-allow-origin"), "", "but the other site cannot see it");
}

fn set_up(app: &TestApp, token: &str, changes: &Value) -> Answer {
    let mut body = json!({ "token": token, "email": "first@example.com", "password": PASSWORD, "workspaceName": "Bistro" });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    app.request("POST", "/v1/x/setup").json(&body).send()
}

#[test]
fn the_set_up_link_works_once() {
    let app = TestApp::with(&[("QUIETZONE_ADMIN_EMAIL", ""), ("QUIETZONE_ADMIN_PASSWORD", "")]);
    let token = app.server().app().setup.lock().clone().unwrap();
    let status = |token: &str| app.request("GET", &format!("/v1/x/setup?token={token}")).send().status;
    assert_eq!((status(&token), status("guess"), status("")), (200, 403, 403));
    set_up(&app, "guess", &json!({})).refusal(403);
    for (changes, field) in [
        (json!({ "email": "first" }), "/email"),
        (json!({ "password": "short" }), "/password"),
        (json!({ "workspaceName": " " }), "/workspaceName"),
        (json!({ "timezone": "Berlin" }), "/timezone"),
    ] {
        assert_eq!(set_up(&app, &token, &changes).refusal(400).1, field);
    }
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let trying = ["a@example.com", "b@example.com"].map(|email| {
            let (app, token) = (&app, &token);
            scope.spawn(move || {
                set_up(app, token, &json!({ "email": email, "timezone": "Europe/Berlin" })).status
            })
        });
        trying.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.contains(&200) && statuses.contains(&403), "{statuses:?}");
    assert_eq!(status(&token), 403);
    set_up(&app, &token, &json!({})).refusal(403);
    let workspace = app.get("/v1/workspace");
    assert_eq!((&workspace["name"], &workspace["timezone"]), (&json!("Bistro"), &json!("Europe/Berlin")));
    let app = app.restart();
    assert!(app.server().app().setup.lock().is_none(), "nothing is left to set up");
}

#[test]
fn an_unattended_first_start_needs_no_set_up_link() {
    let app = TestApp::new();
    assert!(app.server().app().setup.lock().is_none());
    assert_eq!(sign_in(&app, ADMIN, PASSWORD).status, 200);
}
