//! What owners set: who comes in and as what, what codes begin with, who is not counted.

use crate::app::{ADMIN, DAY, PASSWORD, TestApp};
use crate::client::Client;
use serde_json::{Value, json};

const VIEWER: &str = "viewer@example.com";
const NEW_PASSWORD: &str = "another long password";

/// The token at the end of a one-time link.
fn token(link: &Value, field: &str) -> String {
    let url = link[field].as_str().unwrap();
    url.split_once("token=").unwrap().1.to_owned()
}

fn invite(app: &Client, email: &str, role: &str) -> String {
    let body = json!({ "email": email, "role": role });
    token(&app.sign_in(ADMIN, PASSWORD).ask("POST", "/v1/x/invites").json(&body).send().expect(200), "url")
}

fn join(app: &Client, token: &str, password: &str) -> crate::client::Answer {
    let body = json!({ "token": token, "password": password, "firstName": "Vera" });
    app.request("POST", "/v1/x/join").json(&body).send()
}

#[test]
fn an_invitation_lets_one_person_in_with_the_role_it_names() {
    let app = TestApp::new();
    let token = invite(&app, VIEWER, "ROLE_VIEWER");
    let seen = app.request("GET", &format!("/v1/x/join?token={token}")).send().expect(200);
    assert_eq!((&seen["email"], &seen["hasAccount"]), (&json!(VIEWER), &json!(false)));
    assert_eq!(join(&app, &token, "short").refusal(400).1, "/password");
    let members = app.get("/v1/members")["members"].take();
    let told: Vec<(&Value, &Value)> =
        members.as_array().unwrap().iter().map(|member| (&member["email"], &member["xInvited"])).collect();
    assert_eq!(told, [(&json!(ADMIN), &Value::Null), (&json!(VIEWER), &json!(true))]);
    let viewer = app.browser(&join(&app, &token, NEW_PASSWORD));
    join(&app, &token, NEW_PASSWORD).refusal(403);

    assert_eq!(viewer.get("/v1/x/session")["member"]["role"], "ROLE_VIEWER");
    viewer.get("/v1/links");
    let link = json!({ "destination": "https://example.com/" });
    viewer.ask("POST", "/v1/links").json(&link).send().refusal(403);
    viewer.ask("POST", "/v1/x/invites").json(&json!({ "email": "x@example.com" })).send().refusal(403);
    // It looks, and takes nothing away.
    viewer.get("/v1/events");
    viewer.ask("GET", "/v1/events?responseFormat=RESPONSE_FORMAT_CSV").send().refusal(403);
    for path in ["/v1/x/exports", "/v1/x/exports/stream"] {
        viewer.ask("POST", path).json(&json!({ "object": "scans", "format": "csv" })).send().refusal(403);
    }
    assert_eq!(app.get("/v1/members")["members"][1]["xInvited"], Value::Null);
    app.sign_in(VIEWER, NEW_PASSWORD);
}

#[test]
fn an_invitation_ends_after_a_week_and_when_it_is_taken_back() {
    let app = TestApp::new();
    let late = invite(&app, VIEWER, "ROLE_TECH");
    app.advance(7 * DAY + 1);
    join(&app, &late, NEW_PASSWORD).refusal(403);
    let taken_back = invite(&app, VIEWER, "ROLE_TECH");
    let owner = app.sign_in(ADMIN, PASSWORD);
    let listed = owner.get("/v1/x/invites");
    let id = listed["invites"][0]["id"].as_str().unwrap();
    owner.ask("DELETE", &format!("/v1/x/invites/{id}")).send().expect(200);
    join(&app, &taken_back, NEW_PASSWORD).refusal(403);
}

#[test]
fn a_reset_link_sets_one_new_password_and_ends_the_sessions() {
    let app = TestApp::new();
    let viewer = app.browser(&join(&app, &invite(&app, VIEWER, "ROLE_VIEWER"), NEW_PASSWORD));
    let owner = app.sign_in(ADMIN, PASSWORD);
    let members = owner.get("/v1/members");
    let of = |email: &str| {
        let found = members["members"].as_array().unwrap().iter().find(|member| member["email"] == email);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let path = format!("/v1/x/members/{}/password-reset", of(VIEWER));
    let token = token(&owner.ask("POST", &path).send().expect(200), "url");
    let set = |password: &str| {
        let body = json!({ "token": token, "password": password });
        app.request("POST", "/v1/x/password-reset").json(&body).send()
    };
    assert_eq!(set("short").refusal(400).1, "/password");
    set("a third long password").expect(200);
    set("a fourth long password").refusal(403);
    viewer.ask("GET", "/v1/x/session").send().refusal(401);
    app.sign_in(VIEWER, "a third long password");

    // Whoever is the last administrator stays one.
    let own = format!("/v1/members/{}", of(ADMIN));
    owner.ask("DELETE", &own).send().refusal(409);
}

#[test]
fn changing_the_base_url_warns_of_codes_that_were_taken_and_locks_nobody_out() {
    let app = TestApp::new();
    let owner = app.sign_in(ADMIN, PASSWORD);
    let link = app.link("https://example.com/menu").slug("menu").create();
    let change = |url: &str, acknowledged: bool| {
        let body = json!({ "baseUrl": url, "codesTakenAcknowledged": acknowledged });
        owner.ask("PUT", "/v1/x/installation").json(&body).send()
    };
    assert_eq!(change("go.example.com", false).refusal(400).1, "/baseUrl");
    change("https://typo.example.com", false).expect(200);
    assert_eq!(owner.get("/v1/x/session")["workspace"]["baseUrl"], "https://typo.example.com");
    assert_eq!(app.visit("/menu").send().status, 302, "asked at the address listened on");

    // The same browser, and one that signs in anew at that address, can mend the mistake.
    app.sign_in(ADMIN, PASSWORD).get("/v1/x/installation");
    let made = app.get(&format!("/v1/links/{}", link.id));
    assert_eq!(made["link"]["xQrEntrypoint"], "HTTPS://TYPO.EXAMPLE.COM/Q/MENU");
    app.api("GET", &format!("/v1/links/{}/qrcode.png?download=1", link.id)).send();
    let (message, _) = change("https://go.example.com", false).refusal(409);
    assert!(message.contains("1 codes with https://typo.example.com"), "{message}");
    change("https://go.example.com", true).expect(200);
    let printed = app.visit("/Q/MENU").header("host", "typo.example.com").send();
    assert_eq!(printed.status, 302, "the code that was taken still leads on");
    assert_eq!(app.visit("/menu").header("host", "other.example.com").send().status, 404);

    let app = app.restart();
    assert_eq!(app.visit("/menu").header("host", "go.example.com").send().status, 302);
}

#[test]
fn the_team_is_recorded_and_not_counted() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let owner = app.sign_in(ADMIN, PASSWORD);
    let networks =
        |list: Value| owner.ask("PUT", "/v1/workspace").json(&json!({ "xTeamNetworks": list })).send();
    assert_eq!(networks(json!(["198.51.100.0/24", "kitchen"])).refusal(400).1, "/xTeamNetworks/1");
    networks(json!(["198.51.100.0/24"])).expect(200);
    app.scan(&link);
    let scan = app.only_event(&link);
    assert_eq!((&scan["xVerdict"], &scan["xReason"]), (&json!("internal"), &json!("team:network")));
    networks(json!([])).expect(200);

    let on = owner.ask("PUT", "/v1/x/do-not-count").json(&json!({ "on": true })).send();
    let cookie = on.header("set-cookie").split(';').next().unwrap().to_owned();
    // Scans of one millisecond come in the order of their random ids.
    app.advance(1);
    app.visit(&format!("/{}", link.slug)).header("cookie", &cookie).send();
    app.advance(1);
    app.scan(&link);
    let reasons: Vec<Value> = app.events(&link, 3).into_iter().map(|scan| scan["xReason"].clone()).collect();
    assert_eq!(reasons, ["browser", "browser:do-not-count", "team:network"]);
    let counted = app.get(&format!("/v1/events?linkId={}", link.id));
    assert_eq!(counted["json"]["totalCount"], 1);
}
