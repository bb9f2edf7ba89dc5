//! Tags, directories, link settings, revisions, and pages of lists that do not repeat and do not skip.

use crate::app::TestApp;
use crate::client::Link;
use serde_json::{Value, json};

fn directory(app: &TestApp, name: &str, parent: Option<&Value>) -> Value {
    app.post("/v1/directories", &json!({ "name": name, "parentDirectoryId": parent }))["directory"].take()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

#[test]
fn directories_are_a_tree_with_paths() {
    let app = TestApp::new();
    let a = directory(&app, "a", None);
    let b = directory(&app, "b", Some(&a["id"]));
    let c = directory(&app, "c", Some(&b["id"]));
    assert_eq!((&c["path"], &c["parentDirectoryId"]), (&json!("a/b/c"), &b["id"]));
    let list =
        |query: &str| names(&app.get(&format!("/v1/directories?pageSize=10{query}"))["directories"], "path");
    assert_eq!(list(""), ["a"]);
    assert_eq!(list("&recursive=true"), ["a", "a/b", "a/b/c"]);
    assert_eq!(list(&format!("&parentDirectoryId={}", id(&a))), ["a/b"]);
    assert_eq!(
        list(&format!("&parentDirectoryId={}&recursive=true&includeRoot=true", id(&a))),
        ["a", "a/b", "a/b/c"]
    );
    assert_eq!(list("&recursive=true&search=C"), ["a/b/c"]);

    let refused = |method: &str, path: &str, body: Value, status: u16| {
        app.api(method, path).json(&body).send().refusal(status).1
    };
    assert_eq!(refused("POST", "/v1/directories", json!({ "name": "A" }), 409), "/name");
    assert_eq!(refused("POST", "/v1/directories", json!({ "name": "a/b" }), 400), "/name");
    assert_eq!(refused("POST", "/v1/directories", json!({ "name": " " }), 400), "/name");
    let missing = "0197a3c0-0000-7000-8000-000000000001";
    assert_eq!(
        refused("POST", "/v1/directories", json!({ "name": "x", "parentDirectoryId": missing }), 400),
        "/parentDirectoryId"
    );
    let path = |directory: &Value| format!("/v1/directories/{}", id(directory));
    for inside in [&a, &c] {
        let body = json!({ "parentDirectoryId": inside["id"] });
        assert_eq!(refused("PATCH", &path(&a), body, 400), "/parentDirectoryId", "not into itself");
    }
    let moved = app.patch(&path(&b), &json!({ "parentDirectoryIdDelete": true, "name": "z" }));
    assert_eq!(
        (&moved["directory"]["path"], moved["directory"].get("parentDirectoryId")),
        (&json!("z"), None)
    );
    assert_eq!(app.get(&path(&c))["directory"]["path"], "z/c");
    let (message, _) = app.api("DELETE", &path(&b)).send().refusal(412);
    assert!(message.contains("1 directories and 0 links"), "{message}");
    app.api("DELETE", &path(&c)).send().expect(200);
    app.api("DELETE", &path(&b)).send().expect(200);
    app.api("DELETE", &path(&b)).send().refusal(404);
}

#[test]
fn links_lie_in_directories_and_move() {
    let app = TestApp::new();
    let a = directory(&app, "a", None);
    let inside = app.link("https://example.com/").with("directoryId", a["id"].clone()).create();
    let outside = app.link("https://example.com/").create();
    let list = |query: &str| names(&app.get(&format!("/v1/links?pageSize=10&{query}"))["links"], "id");
    let here = format!("view=LINK_VIEW_DIRECTORY&directoryId={}", id(&a));
    assert_eq!(list(&here), [inside.id.as_str()]);
    assert_eq!(list("view=LINK_VIEW_DIRECTORY"), [outside.id.as_str()]);
    assert_eq!(list("").len(), 2);
    let path = |link: &Link| format!("/v1/links/{}", link.id);
    app.patch(&path(&outside), &json!({ "directoryId": a["id"] }));
    app.patch(&path(&inside), &json!({ "directoryIdDelete": true }));
    assert_eq!(list(&here), [outside.id.as_str()]);
    app.api("DELETE", &format!("/v1/directories/{}", id(&a))).send().refusal(412);
    app.api("DELETE", &path(&outside)).send().expect(200);
    app.api("DELETE", &format!("/v1/directories/{}", id(&a))).send().expect(200);
    let back = app.api("POST", &format!("/v1/x/links/{}/restore", outside.id)).send().expect(200);
    assert_eq!(back["link"].get("directoryId"), None, "its directory is gone, so it is at the top");
    app.api("GET", &format!("/v1/links?{here}")).send().refusal(404);
    let wrong = app.api("PATCH", &path(&inside)).json(&json!({ "directoryId": a["id"] })).send();
    assert_eq!(wrong.refusal(400).1, "/directoryId");
    assert_eq!(app.api("GET", "/v1/links?view=LINK_VIEW_TREE").send().refusal(400).1, "view");
}

#[test]
fn tags_are_found_renamed_coloured_and_deleted_by_name() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").with("tags", json!(["Küche", "Bar"])).create();
    let list = |query: &str| app.get(&format!("/v1/tags?pageSize=10{query}"));
    let tags = list("");
    assert_eq!(names(&tags["tags"], "name"), ["Küche", "Bar"]);
    assert_eq!((&tags["totalCount"], &tags["tags"][0]["xLinkCount"]), (&json!(2), &json!(1)));
    assert_eq!(names(&list("&search=K%C3%9CC")["tags"], "name"), ["Küche"]);
    let path = format!("/v1/x/tags/{}", id(&tags["tags"][0]));
    let changed = app.patch(&path, &json!({ "name": "Kitchen", "color": "1A8f5C" }));
    assert_eq!((&changed["tag"]["name"], &changed["tag"]["xColor"]), (&json!("Kitchen"), &json!("#1a8f5c")));
    let shown = app.get(&format!("/v1/links/{}?include=tags", link.id));
    assert!(shown["link"]["tags"].as_array().unwrap().iter().any(|tag| tag["xColor"] == "#1a8f5c"));
    let refused = |body: Value, status: u16| app.api("PATCH", &path).json(&body).send().refusal(status).1;
    assert_eq!(refused(json!({ "name": "bAR" }), 409), "/name");
    assert_eq!(refused(json!({ "color": "green" }), 400), "/color");
    app.patch(&path, &json!({ "name": "KITCHEN", "color": "" }));
    app.api("DELETE", "/v1/tags?name=kitchen").send().expect(200);
    app.api("DELETE", "/v1/tags?name=kitchen").send().refusal(404);
    assert_eq!(app.api("DELETE", "/v1/tags").send().refusal(400).1, "name");
    assert_eq!(names(&list("")["tags"], "name"), ["Bar"]);
}

#[test]
fn a_workflow_that_asks_for_a_tag_sees_it_go() {
    let app = TestApp::new();
    let link = app.link("https://example.com/else").with("tags", json!(["Lunch"])).create();
    let steps = format!("/v1/links/{}/workflow-steps", link.id);
    let rows = app.get(&steps)["workflowSteps"].take();
    let tagged = app.post(
        &steps,
        &json!({ "payload": { "clientRedirect": { "destination": "https://example.com/lunch" } } }),
    );
    let rule = json!({ "options": [{ "id": "lunch", "name": "Lunch", "match": "ALL",
        "tests": [{ "fact": "TAG", "operator": "IS", "values": ["Lunch"] }], "nextStepId": tagged["workflowStep"]["id"] }] });
    let made = app
        .api("POST", &steps)
        .json(&json!({ "xEventAction": "X_RULES_CONDITION",
        "payload": { "xRulesCondition": rule }, "insertBefore": rows[1]["id"] }))
        .send();
    if made.status == 400 {
        panic!("{made:?}");
    }
    assert_eq!(app.scan(&link).location(), "https://example.com/lunch");
    app.api("DELETE", "/v1/tags?name=Lunch").send().expect(200);
    assert_eq!(app.scan(&link).location(), "https://example.com/else");
}

#[test]
fn pages_neither_repeat_nor_skip_while_rows_come_and_go() {
    let app = TestApp::new();
    let tags: Vec<String> = (0..7).map(|n| format!("t{n}")).collect();
    app.link("https://example.com/").with("tags", json!(tags)).create();
    for n in 0..7 {
        app.advance(1);
        directory(&app, &format!("d{n}"), None);
    }
    for (path, field) in [("/v1/tags", "tags"), ("/v1/directories", "directories")] {
        let mut seen = Vec::new();
        let mut token = String::new();
        for round in 0.. {
            let page = app.get(&format!("{path}?pageSize=2&pageToken={token}"));
            seen.extend(names(&page[field], "name"));
            // One of those shown goes, and another one comes.
            if round == 1 && field == "tags" {
                app.api("DELETE", "/v1/tags?name=t0").send().expect(200);
            }
            if round == 1 && field == "directories" {
                let first = app.get(&format!("{path}?pageSize=1"))["directories"][0].take();
                app.api("DELETE", &format!("/v1/directories/{}", id(&first))).send().expect(200);
            }
            match page["nextPageToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
        let prefix = &field[..1];
        assert_eq!(seen, (0..7).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>());
        let page = app.get(&format!("{path}?pageSize=2"));
        let token = page["nextPageToken"].as_str().unwrap();
        let elsewhere = app.api("GET", &format!("{path}?pageSize=2&search=x&pageToken={token}")).send();
        assert_eq!(elsewhere.refusal(400).1, "pageToken", "a token belongs to its list");
    }
}

#[test]
fn who_changes_what_was_changed_meanwhile_is_told() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let folder = directory(&app, "a", None);
    for (method, path) in [
        ("PATCH", format!("/v1/links/{}", link.id)),
        ("PATCH", format!("/v1/directories/{}", id(&folder))),
        ("PUT", "/v1/workspace".to_owned()),
    ] {
        let read = || app.api("GET", &path).send().header("etag").to_owned();
        let change = |name: &str, etag: &str| {
            app.api(method, &path).header("if-match", etag).json(&json!({ "name": name })).send()
        };
        let first = read();
        assert!(first.starts_with('"'), "{path}: {first}");
        let changed = change("one", &first);
        assert_eq!(changed.status, 200, "{path}: {changed:?}");
        assert_ne!(changed.header("etag"), first);
        assert_eq!(changed.header("etag"), read());
        assert_eq!(change("two", &first).refusal(412).1, "If-Match");
        assert_eq!(change("two", changed.header("etag")).status, 200);
        assert_eq!(change("three", "*").status, 200);
        assert_eq!(app.api(method, &path).json(&json!({ "name": "four" })).send().status, 200);
    }
    let before = app.api("GET", &format!("/v1/links/{}", link.id)).send().header("etag").to_owned();
    app.scan(&link);
    app.events(&link, 1);
    assert_eq!(
        app.api("GET", &format!("/v1/links/{}", link.id)).send().header("etag"),
        before,
        "a scan changes nothing"
    );
    let steps = format!("/v1/links/{}/workflow-steps", link.id);
    let exit = app.get(&steps)["workflowSteps"][1].take();
    app.patch(
        &format!("{steps}/{}", id(&exit)),
        &json!({ "payload": { "clientRedirect": { "destination": "https://example.org/" } } }),
    );
    assert_ne!(app.api("GET", &format!("/v1/links/{}", link.id)).send().header("etag"), before);
}

#[test]
fn a_link_setting_is_the_workspaces_level() {
    let app = TestApp::new();
    let workspace = app.get("/v1/workspace");
    let path = format!("/v1/settings/link-setting/{}", workspace["linkSettingId"].as_str().unwrap());
    assert_eq!(app.get(&path)["linkSetting"]["dataCollection"], "DATA_COLLECTION_BASIC");
    let put = |level: &str| app.api("PUT", &path).json(&json!({ "dataCollection": level })).send();
    assert_eq!(
        put("DATA_COLLECTION_NONE").expect(200)["linkSetting"]["dataCollection"],
        "DATA_COLLECTION_NONE"
    );
    assert_eq!(app.get("/v1/workspace")["xDataCollection"], "none");
    assert_eq!(
        app.get("/v1/settings/data-collection")["linkSetting"]["dataCollection"],
        "DATA_COLLECTION_NONE"
    );
    let link = app.link("https://example.com/").create();
    app.scan(&link);
    assert_eq!(app.only_event(&link).get("visitorId"), None, "from the next scan on");
    let basic = json!({ "dataCollection": "DATA_COLLECTION_BASIC" });
    let changed = app.api("PUT", "/v1/settings/data-collection").json(&basic).send().expect(200);
    assert_eq!(changed["linkSetting"]["id"], workspace["linkSettingId"]);
    assert_eq!(app.get("/v1/workspace")["xDataCollection"], "basic");
    assert_eq!(put("DATA_COLLECTION_SOME").refusal(400).1, "/dataCollection");
    app.api("GET", "/v1/settings/link-setting/0197a3c0-0000-7000-8000-000000000001").send().refusal(404);
}
