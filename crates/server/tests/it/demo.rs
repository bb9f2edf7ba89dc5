//! The demo: there at once, told apart from real numbers, and gone whole when its owner leaves it.

use crate::app::{ADMIN, DAY, PASSWORD, TestApp};
use crate::client::{Answer, Browser, eventually};
use serde_json::{Value, json};
use server::demo::remove_dropped;

const DEMO: &[(&str, &str)] = &[("QUIETZONE_DEMO", "true")];

/// What the demo begins with.
const SCANS: u64 = 240_000;

fn all_scans(app: &TestApp) -> u64 {
    let overview = app.post("/v1/x/overview", &json!({ "verdict": ["all"] }));
    overview["totals"]["scans"].as_u64().unwrap()
}

fn with_demo(settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(settings);
    eventually("ninety days of scans", || (stored(&app) >= SCANS).then_some(()));
    assert!(all_scans(&app) >= SCANS);
    app
}

/// Scans in the store, whoever's: what costs the server nothing to tell while it is busy.
fn stored(app: &TestApp) -> u64 {
    let stats = app.server().app().store.stats();
    stats.rows + stats.hot_scans
}

fn leave(owner: &Browser<'_>, body: &Value) -> Answer {
    owner.ask("POST", "/v1/x/demo/leave").json(body).send()
}

#[test]
fn it_begins_with_ninety_days_of_three_businesses_and_goes_on_where_it_stopped() {
    let app = with_demo(DEMO);
    let links = app.get("/v1/links?pageSize=100");
    let names: Vec<&str> =
        links["links"].as_array().unwrap().iter().map(|link| link["name"].as_str().unwrap()).collect();
    for (start, count) in
        [("Linden Kitchen: Table ", 8), ("Alpine Coffee: Box insert ", 4), ("Paper Boats: Poster ", 7)]
    {
        assert_eq!(names.iter().filter(|name| name.starts_with(start)).count(), count, "{names:?}");
    }
    assert_eq!(app.sign_in(ADMIN, PASSWORD).get("/v1/x/session")["workspace"]["demo"], true);

    // Two days later, started without the setting: those two days are there as well, and no second demo is.
    app.advance(2 * DAY);
    let app = app.restart();
    eventually("two more days", || (stored(&app) > SCANS + 4_000).then_some(()));
    assert!(all_scans(&app) > SCANS + 4_000);
    assert_eq!(app.get("/v1/links?pageSize=100")["links"].as_array().unwrap().len(), names.len());
}

#[test]
fn leaving_it_makes_an_empty_workspace_and_drops_links_codes_and_scans() {
    let app = with_demo(DEMO);
    let slug = app.get("/v1/links")["links"][0]["shortlink"].as_str().unwrap().to_owned();
    assert_eq!(app.visit(&format!("/{slug}")).send().status, 302);
    let owner = app.sign_in(ADMIN, PASSWORD);
    leave(&owner, &json!({ "workspaceName": " " })).refusal(400);
    leave(&owner, &json!({ "workspaceName": "Own", "timezone": "Moon" })).refusal(400);
    app.api("POST", "/v1/x/demo/leave").json(&json!({ "workspaceName": "Own" })).send().refusal(403);
    assert_eq!(app.visit(&format!("/{slug}")).send().status, 302, "what was refused changed nothing");

    let own = leave(&owner, &json!({ "workspaceName": "Own", "timezone": "Asia/Tokyo" })).expect(200);
    let workspace = &own["workspace"];
    assert_eq!((&workspace["name"], &workspace["demo"]), (&json!("Own"), &json!(false)));
    assert_eq!(owner.get("/v1/x/session"), own, "the session goes on in it");
    assert_eq!(app.visit(&format!("/{slug}")).send().status, 404);
    assert_eq!(app.get("/v1/links")["links"], json!([]));
    assert_eq!(all_scans(&app), 0);
    assert_eq!(leave(&owner, &json!({ "workspaceName": "Again" })).status, 409);

    // Not one of its scans stays on the disk.
    app.advance(3_000);
    let server = app.server();
    eventually("the scan store without the demo", || {
        server.api_runtime().block_on(remove_dropped(server.app())).unwrap();
        (stored(&app) == 0).then_some(())
    });
    let link = app.link("https://example.com/menu").create();
    app.scan(&link);
    app.events(&link, 1);
    let app = app.restart();
    assert_eq!(all_scans(&app), 1, "and no new demo is made beside a workspace of one's own");
}

#[test]
fn a_set_up_link_of_a_demo_asks_for_no_workspace() {
    let settings = [("QUIETZONE_ADMIN_EMAIL", ""), ("QUIETZONE_ADMIN_PASSWORD", "")];
    let app = with_demo(&[DEMO, settings.as_slice()].concat());
    let token = app.server().app().setup.lock().clone().unwrap();
    let state = app.request("GET", &format!("/v1/x/setup?token={token}")).send().expect(200);
    assert_eq!(state, json!({ "valid": true, "demo": true }));
    let body = json!({ "token": token, "email": ADMIN, "password": PASSWORD });
    let session = app.request("POST", "/v1/x/setup").json(&body).send().expect(200);
    assert_eq!(session["workspace"]["name"], "Demo");
}
