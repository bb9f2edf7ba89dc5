//! Members, oneself, and workspaces.

use crate::app::{ADMIN, PASSWORD, TestApp};
use crate::client::TOKEN;
use serde_json::{Value, json};

fn invite(app: &TestApp, email: &str) -> Value {
    app.post("/v1/members/invite", &json!({ "email": email, "firstName": "Grace", "xRole": "ROLE_TECH" }))
}

fn join(app: &TestApp, invited: &Value) -> crate::client::Answer {
    let token = invited["xInviteUrl"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    app.request("POST", "/v1/x/join").json(&json!({ "token": token, "password": PASSWORD })).send()
}

fn act(app: &TestApp, member: &Value, verb: &str) -> crate::client::Answer {
    app.api("POST", &format!("/v1/members/{}/{verb}", member["id"].as_str().unwrap())).json(&json!({})).send()
}

#[test]
fn who_is_invited_stands_in_the_place_of_a_member_until_they_come() {
    let app = TestApp::new();
    let invited = invite(&app, "Grace@Example.com");
    let path = format!("/v1/members/{}", invited["id"].as_str().unwrap());
    assert_eq!((&invited["email"], &invited["xInvited"]), (&json!("grace@example.com"), &json!(true)));
    let seen = app.get(&path);
    assert_eq!(
        (&seen["firstName"], seen.get("xInviteUrl")),
        (&json!("Grace"), None),
        "the link is shown once"
    );
    let put = |body: Value| app.api("PUT", &path).json(&body).send();
    assert_eq!(put(json!({ "role": "ROLE_ADMIN", "lastName": "Hopper" })).expect(200)["role"], "ROLE_ADMIN");
    assert!(act(&app, &invited, "revoke").expect(200)["accessRevokedAt"].is_string());
    join(&app, &invited).refusal(403);
    assert!(act(&app, &invited, "allow").expect(200).get("accessRevokedAt").is_none());
    join(&app, &invited).expect(200);
    app.api("GET", &path).send().refusal(404);
    let members = app.get("/v1/members")["members"].take();
    let came =
        members.as_array().unwrap().iter().find(|member| member["email"] == "grace@example.com").unwrap();
    assert_eq!((&came["role"], &came["lastName"]), (&json!("ROLE_ADMIN"), &json!("Hopper")));
    assert!(came["lastSigninAt"].is_string());
    let again = app.api("POST", "/v1/members/invite").json(&json!({ "email": "grace@example.com" })).send();
    assert_eq!(again.refusal(409).1, "/email");
    let wrong = app
        .api("POST", "/v1/members/invite")
        .json(&json!({ "email": "x@example.com", "xRole": "BOSS" }))
        .send();
    assert_eq!(wrong.refusal(400).1, "/xRole");
    let back = invite(&app, "second@example.com");
    app.api("DELETE", &format!("/v1/members/{}", back["id"].as_str().unwrap())).send().expect(200);
    join(&app, &back).refusal(403);
}

#[test]
fn a_member_whose_access_is_revoked_is_out_at_once_and_comes_back_when_allowed() {
    let app = TestApp::new();
    let invited = invite(&app, "grace@example.com");
    let browser = app.browser(&join(&app, &invited));
    let members = app.get("/v1/members")["members"].take();
    let find =
        |email: &str| members.as_array().unwrap().iter().find(|m| m["email"] == email).unwrap().clone();
    let (grace, owner) = (find("grace@example.com"), find(ADMIN));
    act(&app, &owner, "revoke").refusal(409);
    browser.get("/v1/links");
    assert!(act(&app, &grace, "revoke").expect(200)["accessRevokedAt"].is_string());
    browser.ask("GET", "/v1/links").send().refusal(401);
    let sign_in = || {
        app.request("POST", "/v1/x/session")
            .json(&json!({ "email": "grace@example.com", "password": PASSWORD }))
            .send()
    };
    sign_in().refusal(403);
    act(&app, &grace, "allow").expect(200);
    browser.ask("GET", "/v1/links").send().refusal(401);
    let browser = app.browser(&sign_in());
    browser.get("/v1/links");
    act(&app, &grace, "signout").expect(200);
    browser.ask("GET", "/v1/links").send().refusal(401);
    let name = app.api("PUT", &format!("/v1/members/{}", grace["id"].as_str().unwrap()));
    assert_eq!(name.json(&json!({ "firstName": "Other" })).send().refusal(400).1, "/firstName");
}

#[test]
fn one_changes_oneself_and_a_token_nobody() {
    let app = TestApp::new();
    let browser = app.sign_in(ADMIN, PASSWORD);
    let put = |body: Value| browser.ask("PUT", "/v1/member").json(&body).send();
    assert_eq!(put(json!({ "firstName": "Ada" })).expect(200)["firstName"], "Ada");
    assert_eq!(put(json!({ "password": "another horse battery" })).refusal(400).1, "/xCurrentPassword");
    let wrong = put(json!({ "password": "another horse battery", "xCurrentPassword": "wrong" }));
    assert_eq!(wrong.refusal(400).1, "/xCurrentPassword");
    put(json!({ "password": "another horse battery", "xCurrentPassword": PASSWORD })).expect(200);
    browser.get("/v1/links");
    app.sign_in(ADMIN, "another horse battery");
    app.api("PUT", "/v1/member").json(&json!({ "email": "thief@example.com" })).send().refusal(403);
    assert_eq!(app.get("/v1/member")["email"], ADMIN);
}

#[test]
fn a_workspace_says_what_it_is_and_forgets_it_again() {
    let app = TestApp::new();
    let put = |body: Value| app.api("PUT", "/v1/workspace").json(&body).send();
    let said =
        put(json!({ "website": "https://example.com", "country": "de", "description": "A\nB" })).expect(200);
    assert_eq!((&said["country"], &said["description"]), (&json!("DE"), &json!("A\nB")));
    let kept = put(json!({ "name": "Bistro", "country": "" })).expect(200);
    assert_eq!((kept.get("country"), kept["website"].is_string()), (None, true));
    for (field, text) in
        [("country", "Germany"), ("website", "nowhere"), ("shortDescription", &"x".repeat(501))]
    {
        assert_eq!(put(json!({ field: text })).refusal(400).1, format!("/{field}"));
    }
    let id = kept["id"].as_str().unwrap();
    assert_eq!(app.get(&format!("/v1/workspaces/{id}")), app.get("/v1/workspace"));
}

#[test]
fn one_goes_to_ones_own_workspaces_and_to_no_others() {
    let app = TestApp::new();
    let browser = app.sign_in(ADMIN, PASSWORD);
    let own = browser.ask("POST", "/v1/x/workspaces").json(&json!({ "name": "Second" })).send().expect(200);
    let foreign = app.other_workspace();
    let foreign = app.request("GET", "/v1/workspace").bearer(&foreign).send().expect(200)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let list = browser.get("/v1/myself/workspaces")["workspaces"].take();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!((&list[0]["current"], &list[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!(
        app.get("/v1/myself/workspaces")["workspaces"].as_array().unwrap().len(),
        1,
        "a token is in one"
    );
    let second = own["workspace"]["id"].as_str().unwrap();
    browser.get(&format!("/v1/workspaces/{second}"));
    browser.ask("GET", &format!("/v1/workspaces/{foreign}")).send().refusal(404);
    let switch =
        |id: &str| browser.ask("POST", &format!("/v1/myself/workspaces/{id}:switch")).json(&json!({})).send();
    switch(&foreign).refusal(404);
    let there = app.browser(&switch(second));
    assert_eq!(there.get("/v1/workspace")["name"], "Second");
    let token = app.api(
        "POST",
        &format!("/v1/myself/workspaces/{}:switch", app.get("/v1/workspace")["id"].as_str().unwrap()),
    );
    assert_eq!(token.json(&json!({})).send().expect(200)["accessToken"], TOKEN);
    app.api("POST", &format!("/v1/myself/workspaces/{second}:switch")).json(&json!({})).send().refusal(404);
    app.api("POST", &format!("/v1/myself/workspaces/{second}:leave")).json(&json!({})).send().refusal(404);
}

#[test]
fn a_deleted_workspace_lets_nobody_in_and_its_slugs_are_nobody_elses() {
    let app = TestApp::new();
    app.api("DELETE", "/v1/workspace").send().refusal(409);
    let theirs = app.other_workspace();
    let link = app.link("https://example.com/").slug("theirs").of(&theirs).create();
    app.scan(&link);
    app.request("DELETE", "/v1/workspace").bearer(&theirs).send().expect(200);
    app.request("GET", "/v1/links").bearer(&theirs).send().refusal(401);
    assert_eq!(app.visit("/theirs").send().status, 410);
    assert_eq!(app.link("https://example.com/").slug("Theirs").send().refusal(409).1, "/shortlink");
    let app = app.restart();
    assert_eq!(app.visit("/theirs").send().status, 410);
}
