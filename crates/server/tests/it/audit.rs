//! The log of a workspace: everything that changes something is in it, whole, and nothing takes it out again.

use crate::app::{ADMIN, DAY, PASSWORD, TestApp};
use crate::client::{ANDROID, eventually};
use crate::walls::operations;
use serde_json::{Map, Value, json};
use server::api::audit::acts::{ACTS, ASKS};
use std::collections::BTreeSet;

/// Fills `{names}` with what was kept under them.
fn filled(value: &Value, kept: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            if let Some(value) = text.strip_prefix('{').and_then(|name| kept.get(name.strip_suffix('}')?)) {
                return value.clone();
            }
            let put = |text: String, (name, value): (&String, &Value)| match value.as_str() {
                Some(value) => text.replace(&format!("{{{name}}}"), value),
                None => text,
            };
            kept.iter().fold(text.clone(), put).into()
        }
        Value::Array(list) => list.iter().map(|item| filled(item, kept)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), filled(value, kept))).collect()
        }
        other => other.clone(),
    }
}

fn log(app: &TestApp, query: &str) -> Vec<Value> {
    let (mut entries, mut token) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/x/audit?pageSize=100&{query}&{token}"));
        entries.extend(page["entries"].as_array().unwrap().clone());
        match page["nextPageToken"].as_str() {
            Some(next) => token = format!("pageToken={next}"),
            None => {
                assert_eq!(page["totalCount"], entries.len());
                return entries;
            }
        }
    }
}

#[test]
fn every_operation_that_changes_something_is_noted_by_whoever_did_it() {
    let backups = tempfile::TempDir::new().unwrap();
    let app = TestApp::with(&[
        ("QUIETZONE_WEBHOOKS_ALLOW_PRIVATE", "true"),
        ("QUIETZONE_BACKUP_TARGET", backups.path().to_str().unwrap()),
    ]);
    let text = |pointer: &str, value: &Value| value.pointer(pointer).cloned().unwrap_or_default();
    let mut kept = Map::from_iter([
        ("admin".to_owned(), json!(ADMIN)),
        ("password".to_owned(), json!(PASSWORD)),
        ("newPassword".to_owned(), json!("another horse battery")),
        ("web".to_owned(), json!(crate::media::web())),
    ]);
    let token = app.get("/v1/workspace-tokens")["tokens"][0]["id"].clone();
    let cases: Vec<Value> = serde_json::from_str(include_str!("audit/cases.json")).unwrap();
    let (mut cookie, mut wrong, mut tried) = (String::new(), Vec::new(), BTreeSet::new());
    for case in &cases {
        let operation = case["op"].as_str().unwrap();
        let (method, documented) = operation.split_once(' ').unwrap();
        if let Some(look) = case.get("look") {
            let seen = app.get(filled(&look["path"], &kept).as_str().unwrap());
            for (name, pointer) in look["keep"].as_object().unwrap() {
                kept.insert(name.clone(), text(pointer.as_str().unwrap(), &seen));
            }
        }
        if let Some(at) = case.get("put") {
            let url = filled(at, &kept);
            let path = &url.as_str().unwrap()[url.as_str().unwrap().find("/x/").unwrap()..];
            let bytes = case["bytes"].as_str().unwrap().as_bytes().to_vec();
            app.request("PUT", path).body("application/pdf", bytes).send().expect(200);
        }
        let path = filled(case.get("path").unwrap_or(&json!(documented)), &kept);
        let before = app.get("/v1/x/audit?pageSize=1")["totalCount"].as_u64().unwrap();
        app.advance(1000);
        let by = case["by"].as_str().unwrap_or("token");
        let request = match by {
            "token" => app.api(method, path.as_str().unwrap()),
            "person" => app.request(method, path.as_str().unwrap()).header("cookie", &cookie),
            _ => app.request(method, path.as_str().unwrap()),
        };
        let answer = match case.get("body") {
            Some(body) => request.json(&filled(body, &kept)).send(),
            None => request.send(),
        };
        assert!((200..300).contains(&answer.status), "{operation} {path}: {}", answer.text());
        if answer.headers.contains_key("set-cookie") {
            cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        }
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        for (name, pointer) in case.get("keep").and_then(Value::as_object).into_iter().flatten() {
            let value = text(pointer.as_str().unwrap(), &told);
            // Of a link that lets somebody in, what it lets in by.
            let secret =
                value.as_str().and_then(|url| url.split_once("token=")).map(|(_, token)| json!(token));
            kept.insert(name.clone(), secret.unwrap_or(value));
        }
        if operation == "POST /v1/links" {
            for place in 1..3 {
                app.advance(1000);
                app.visit("/logged").agent(ANDROID).from(&format!("198.51.100.{place}")).send();
            }
            let listed = || app.get("/v1/events?pageSize=5")["json"]["events"].as_array().cloned();
            let events = eventually("the scans", || listed().filter(|events| events.len() == 2));
            kept.extend([
                ("scan1".to_owned(), events[0]["id"].clone()),
                ("scan2".to_owned(), events[1]["id"].clone()),
            ]);
        }
        let page = app.get("/v1/x/audit?pageSize=20");
        let new = page["totalCount"].as_u64().unwrap() - before;
        let new = &page["entries"].as_array().unwrap()[..new as usize];
        let (_, object, action) = ACTS.iter().find(|(known, ..)| *known == operation).unwrap();
        // Links and what becomes of their looks and workflows are noted by their own history, field by field.
        let is_it = |entry: &&Value| {
            entry["object"] == "link" || entry["object"] == *object && entry["action"] == *action
        };
        let right_one = |entry: &&Value| match by {
            "token" => entry["actor"]["kind"] == "token" && entry["actor"]["id"] == token,
            "person" => entry["actor"]["kind"] == "member" && entry["actor"]["session"].is_string(),
            _ => entry["actor"]["kind"] == "member" && entry["actor"]["id"].is_string(),
        };
        if new.is_empty() || !new.iter().all(|entry| is_it(&entry) && right_one(&entry)) {
            wrong.push(format!("{operation}: {}", json!(new)));
        }
        tried.insert(operation.to_owned());
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    // Every operation there is: noted here, or named with the reason why it is not.
    tried.insert("POST /v1/x/setup".to_owned());
    let named: BTreeSet<String> = ASKS.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    let all: BTreeSet<String> = operations()
        .into_iter()
        .filter(|(method, _)| method != "GET")
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let missing: Vec<&String> =
        all.iter().filter(|one| !tried.contains(*one) && !named.contains(*one)).collect();
    assert!(missing.is_empty(), "changes something and is not in the log: {missing:?}");
    let stale: Vec<&String> = tried.iter().chain(&named).filter(|one| !all.contains(*one)).collect();
    assert!(stale.is_empty(), "no operation: {stale:?}");
    // Nothing of it lets anybody in, and nothing tells whose address is whose.
    let whole = json!(log(&app, "")).to_string();
    for secret in ["@example.com", "sk_live_", "whsec_", "another horse", PASSWORD, "gold", "silver"] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }
    assert!(whole.contains("\"$email\""), "which fields of a visitor changed is told");
}

#[test]
fn who_sets_an_installation_up_stands_first_in_its_log() {
    let app = TestApp::with(&[
        ("QUIETZONE_ADMIN_EMAIL", ""),
        ("QUIETZONE_ADMIN_PASSWORD", ""),
        ("QUIETZONE_API_TOKEN", ""),
    ]);
    let token = app.server().app().setup.lock().clone().unwrap();
    let body = json!({ "token": token, "email": ADMIN, "password": PASSWORD, "workspaceName": "House" });
    let answer = app.request("POST", "/v1/x/setup").json(&body).send();
    let browser = app.browser(&answer);
    let entries = browser.get("/v1/x/audit")["entries"].take();
    assert_eq!(entries[0]["object"], "installation");
    assert_eq!(entries[0]["action"], "set_up");
    assert!(!entries.to_string().contains(ADMIN) && !entries.to_string().contains(PASSWORD));
}

#[test]
fn an_update_tells_what_was_and_what_became_and_a_refusal_nothing() {
    let app = TestApp::new();
    let made = app.post("/v1/directories", &json!({ "name": "Posters" }));
    let path = format!("/v1/directories/{}", made["directory"]["id"].as_str().unwrap());
    app.advance(1000);
    app.patch(&path, &json!({ "name": "Cards" }));
    let before = log(&app, "").len();
    app.api("PATCH", &path).json(&json!({ "name": 7 })).send().refusal(400);
    app.api("PATCH", "/v1/directories/0197a3c0-0000-7000-8000-000000000001")
        .json(&json!({}))
        .send()
        .refusal(404);
    let entries = log(&app, "object=directory");
    assert_eq!(log(&app, "").len(), before, "what was not done is not noted");
    let changed = |side: &str| -> Vec<(String, Value)> {
        let fields = entries[0][side].as_object().unwrap().clone();
        fields.into_iter().filter(|(name, _)| name != "path").collect()
    };
    assert_eq!(changed("before"), [("name".to_owned(), json!("Posters"))]);
    assert_eq!(changed("after"), [("name".to_owned(), json!("Cards"))]);
    assert_eq!(entries[0]["objectId"], made["directory"]["id"]);
    assert_eq!(entries[1]["after"]["name"], "Posters");
    app.advance(1000);
    app.api("DELETE", &path).send().expect(200);
    let gone = log(&app, "object=directory&action=deleted").remove(0);
    assert_eq!((&gone["before"]["name"], &gone["after"]), (&json!("Cards"), &json!({})));
}

#[test]
fn the_log_is_chosen_by_who_what_and_when() {
    let app = TestApp::new();
    let browser = app.sign_in(ADMIN, PASSWORD);
    let me = browser.get("/v1/x/session")["member"]["id"].clone();
    app.advance(DAY);
    browser.ask("POST", "/v1/x/annotations").json(&json!({ "text": "Opened" })).send().expect(200);
    app.advance(DAY);
    let note = app.post("/v1/x/annotations", &json!({ "text": "Closed" }))["annotation"]["id"].take();
    let id = note.as_str().unwrap();
    assert_eq!(log(&app, "object=annotation").len(), 2);
    assert_eq!(log(&app, &format!("objectId={id}")).len(), 1);
    let own = log(&app, &format!("actorId={}", me.as_str().unwrap()));
    assert_eq!(own.iter().map(|entry| &entry["object"]).collect::<Vec<_>>(), ["annotation", "session"]);
    assert!(
        own[0]["actor"]["session"].as_str().unwrap().len() == 12 && own[0]["actor"].get("name").is_none()
    );
    assert_eq!(
        log(&app, "startDate=2026-03-11&endDate=2026-03-11&object=annotation")[0]["after"]["text"],
        "Opened"
    );
    assert_eq!(log(&app, "action=never"), Vec::<Value>::new());
    for (query, field) in [
        ("objectId=7", "objectId"),
        ("actorId=7", "actorId"),
        ("startDate=x", "startDate"),
        ("pageToken=x", "pageToken"),
    ] {
        assert_eq!(app.api("GET", &format!("/v1/x/audit?{query}")).send().refusal(400).1, field);
    }
    // Another workspace has its own.
    let theirs = app.other_workspace();
    let seen = app.request("GET", "/v1/x/audit").bearer(&theirs).send().expect(200);
    assert_eq!(seen["entries"], json!([]));
    // Taken away as a file, it has the same rows.
    let body = json!({ "object": "audit", "format": "ndjson", "audit": { "object": "annotation" } });
    let streamed = app.api("POST", "/v1/x/exports/stream").json(&body).send();
    let lines: Vec<Value> = streamed.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["objectId"], &lines[0]["actorKind"]), (&note, &json!("token")));
    let wrong = json!({ "object": "audit", "audit": { "startDate": "x" } });
    assert_eq!(app.api("POST", "/v1/x/exports").json(&wrong).send().refusal(400).1, "/audit/startDate");
}

#[test]
fn no_statement_takes_a_row_out_of_the_log_or_changes_one() {
    let app = TestApp::new();
    app.link("https://example.com/").create();
    app.post("/v1/x/annotations", &json!({ "text": "Opened" }));
    let before = log(&app, "");
    let catalog = app.server().app().catalog.clone();
    for statement in [
        "delete from changes",
        "update changes set actor = 'somebody else'",
        "update changes set at = at + 1 where object = 'annotation'",
        "insert or replace into changes (id, workspace_id, object, object_id, action, actor_kind, actor, at)
         select id, workspace_id, object, object_id, 'never', actor_kind, actor, at from changes",
    ] {
        let change = async move |db: &mut server::catalog::Connection| {
            Ok(sqlx::query(statement).execute(db).await?.rows_affected())
        };
        let refused = app.server().api_runtime().block_on(catalog.write(change));
        assert!(refused.unwrap_err().to_string().contains("only added to"), "{statement}");
    }
    assert_eq!(log(&app, ""), before);
}

#[test]
fn what_a_killed_process_had_begun_is_in_the_log_after_the_next_start() {
    let app = TestApp::new();
    app.post("/v1/x/annotations", &json!({ "text": "Opened" }));
    let catalog = app.server().app().catalog.clone();
    // As a process leaves it that was killed between a change and its whole note.
    let change = async move |db: &mut server::catalog::Connection| {
        let sql = "insert into changes_begun select randomblob(16), workspace_id, object, object_id, 'deleted', actor_kind,
             actor_id, actor, session, batch, restored, was, became, at + 1 from changes where object = 'annotation'";
        Ok(sqlx::query(sql).execute(db).await?.rows_affected())
    };
    assert_eq!(app.server().api_runtime().block_on(catalog.write(change)).unwrap(), 1);
    let app = app.restart();
    eventually("what was begun, in the log", || {
        let entries = app.get("/v1/x/audit?object=annotation")["entries"].take();
        (entries.as_array().unwrap().len() > 1).then_some(())
    });
    let entries = log(&app, "object=annotation");
    assert_eq!(entries.iter().map(|entry| &entry["action"]).collect::<Vec<_>>(), ["deleted", "created"]);
    let app = app.restart();
    assert_eq!(log(&app, "object=annotation").len(), 2, "once");
    let catalog = app.server().app().catalog.clone();
    let left = async |db: &mut server::catalog::Connection| {
        Ok(sqlx::query_scalar::<_, i64>("select count(*) from changes_begun").fetch_one(db).await?)
    };
    assert_eq!(app.server().api_runtime().block_on(catalog.write(left)).unwrap(), 0, "nothing is left begun");
}

#[test]
fn a_deleted_workspaces_log_goes_with_it() {
    let app = TestApp::new();
    let theirs = app.other_workspace();
    app.request("POST", "/v1/x/annotations").bearer(&theirs).json(&json!({ "text": "x" })).send().expect(200);
    app.request("DELETE", "/v1/workspace").bearer(&theirs).send().expect(200);
    let catalog = app.server().app().catalog.clone();
    let left = async |db: &mut server::catalog::Connection| {
        let sql = "select count(*) from changes where object = 'annotation'";
        Ok(sqlx::query_scalar::<_, i64>(sql).fetch_one(db).await?)
    };
    assert_eq!(app.server().api_runtime().block_on(catalog.write(left)).unwrap(), 0);
}
