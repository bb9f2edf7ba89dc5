//! Each operation of `openapi.json` with each scope: it is let in with the one it needs and refused with any other.

use crate::app::TestApp;
use crate::walls::operations;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What an operation needs.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Needs {
    /// Nothing.
    Nothing,
    /// A person who is signed in: no token will do.
    Person,
    Scope(&'static str),
}

/// By the beginning of the path, the longest one that fits: what reading needs, and what anything else does.
const PATHS: &[(&str, &str, &str)] = &[
    ("/.well-known/", "", ""),
    ("/health/", "", ""),
    ("/metrics", "", ""),
    ("/v1", "", ""),
    ("/v1/analytics/", "analytics:read", "analytics:read"),
    ("/v1/analytics/dashboards", "analytics:read", "analytics:write"),
    ("/v1/api-scopes", "", ""),
    ("/v1/custom-domains", "domains:read", "domains:write"),
    ("/v1/directories", "links:read", "links:write"),
    ("/v1/events", "analytics:read", "analytics:write"),
    ("/v1/jobs/", "links:read", "links:write"),
    ("/v1/links", "links:read", "links:write"),
    ("/v1/links/qrcode-images:resolve", "links:read", "links:read"),
    ("/v1/links/{id}/{file}", "qrcodes:read", "qrcodes:write"),
    ("/v1/links/{linkId}/workflow-steps", "workflows:read", "workflows:write"),
    ("/v1/media", "media:read", "media:write"),
    ("/v1/member", "members:read", "person"),
    ("/v1/members", "members:read", "members:write"),
    ("/v1/metrics/", "analytics:read", "analytics:write"),
    ("/v1/myself/workspaces", "members:read", "members:read"),
    ("/v1/page-themes", "page_themes:read", "page_themes:write"),
    ("/v1/public/", "", ""),
    ("/v1/qrcode-designs/", "qrcodes:read", "qrcodes:write"),
    ("/v1/settings/", "links:read", "links:write"),
    ("/v1/qrcode-templates", "qrcodes:read", "qrcodes:write"),
    ("/v1/qrcode-templates/images:resolve", "qrcodes:read", "qrcodes:read"),
    ("/v1/tags", "links:read", "links:write"),
    ("/v1/timeseries/", "analytics:read", "analytics:read"),
    ("/v1/visitor/identify", "visitors:write", "visitors:write"),
    ("/v1/visitors", "visitors:read", "visitors:write"),
    ("/v1/visitors/search", "visitors:read", "visitors:read"),
    ("/v1/webhooks", "webhooks:read", "webhooks:write"),
    ("/v1/workspace", "workspace:read", "workspace:write"),
    ("/v1/workspace-tokens", "tokens:read", "tokens:write"),
    ("/v1/workspaces/", "workspace:read", "workspace:write"),
    ("/v1/x/account", "person", "person"),
    ("/v1/x/analytics/query", "analytics:read", "analytics:read"),
    ("/v1/x/analytics/rejudge", "workspace:read", "workspace:write"),
    ("/v1/x/audit", "members:read", "members:write"),
    ("/v1/x/backups", "workspace:read", "workspace:write"),
    ("/v1/x/annotations", "analytics:read", "analytics:write"),
    ("/v1/x/demo/leave", "workspace:read", "workspace:write"),
    ("/v1/x/consents", "visitors:read", "visitors:read"),
    ("/v1/x/erasures", "workspace:read", "workspace:write"),
    ("/v1/x/events/", "analytics:read", "analytics:write"),
    ("/v1/x/do-not-count", "person", "person"),
    ("/v1/x/installation", "workspace:read", "workspace:write"),
    ("/v1/x/invites", "members:read", "members:write"),
    ("/v1/x/join", "", ""),
    ("/v1/x/links/", "links:read", "links:write"),
    ("/v1/x/links/activity", "analytics:read", "analytics:read"),
    ("/v1/x/links/{linkId}/explain", "workflows:read", "workflows:read"),
    ("/v1/x/links/{linkId}/page-theme", "page_themes:read", "page_themes:write"),
    ("/v1/x/links/{linkId}/workflow", "workflows:read", "workflows:write"),
    ("/v1/x/links/{linkId}/workflow/preview", "workflows:read", "workflows:read"),
    ("/v1/x/members/", "members:read", "members:write"),
    ("/v1/x/exports", "analytics:read", "analytics:read"),
    ("/v1/x/orphans", "workspace:read", "workspace:write"),
    ("/v1/x/overview", "analytics:read", "analytics:read"),
    ("/v1/x/retention", "workspace:read", "workspace:write"),
    ("/v1/x/saved-filters", "analytics:read", "analytics:write"),
    ("/v1/x/password-reset", "", ""),
    ("/v1/x/qrcode-designs/", "qrcodes:read", "qrcodes:read"),
    ("/v1/x/session", "", ""),
    ("/v1/x/session/workspace", "person", "person"),
    ("/v1/x/setup", "", ""),
    ("/v1/x/system", "workspace:read", "workspace:write"),
    ("/v1/x/tags/", "links:read", "links:write"),
    ("/v1/x/visitors/", "visitors:read", "visitors:write"),
    ("/v1/x/webhooks/", "webhooks:read", "webhooks:write"),
    ("/v1/x/workspaces", "person", "workspace:write"),
];

fn needs(method: &str, path: &str) -> Needs {
    // The entry alone is no beginning of others.
    let known =
        PATHS.iter().filter(|(begin, ..)| path.starts_with(begin) && (*begin != "/v1" || path == "/v1"));
    let (_, read, write) = known
        .max_by_key(|(begin, ..)| begin.len())
        .unwrap_or_else(|| panic!("{method} {path}: tell this test which scope it needs"));
    match if method == "GET" { *read } else { *write } {
        "" => Needs::Nothing,
        "person" => Needs::Person,
        scope => Needs::Scope(scope),
    }
}

#[test]
fn each_operation_is_let_in_by_its_own_scope_and_by_no_other() {
    let app = TestApp::new();
    let scopes = app.get("/v1/api-scopes")["scopes"].take();
    let scopes: Vec<&str> =
        scopes.as_array().unwrap().iter().map(|scope| scope["name"].as_str().unwrap()).collect();
    assert_eq!(scopes.len(), 29);
    let token = |scope: &&str| {
        let body = json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": scope, "scopes": [scope] });
        app.post("/v1/workspace-tokens", &body)["accessToken"].as_str().unwrap().to_owned()
    };
    let tokens: BTreeMap<&str, String> = scopes.iter().map(|scope| (*scope, token(scope))).collect();
    let (mut cells, mut wrong) = (0, Vec::new());
    for (method, path) in operations() {
        let needed = needs(&method, &path);
        if needed == Needs::Nothing {
            continue;
        }
        // What is asked about is nowhere: nothing is changed, and who is let in learns 404 or 400.
        let concrete = path.replace("{file}", "qrcode.svg").replace("{version}", "1");
        let concrete: Vec<&str> = concrete.split('{').collect();
        let places = concrete[1..].iter().map(|rest| rest.split_once('}').unwrap().1);
        let concrete = places.fold(concrete[0].to_owned(), |all, rest| {
            format!("{all}0197a3c0-0000-7000-8000-000000000001{rest}")
        });
        for scope in &scopes {
            let request = app.request(&method, &concrete).bearer(&tokens[scope]);
            let request =
                if method == "GET" || method == "DELETE" { request } else { request.json(&json!({})) };
            let (status, message) = if path == "/v1/events/stream"
                && matches!(needed, Needs::Scope(needed) if needed == *scope || format!("{}:write", needed.trim_end_matches(":read")) == *scope)
            {
                (request.head().0, String::new())
            } else {
                let answer = request.send();
                let error: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                (answer.status, error["message"].as_str().unwrap_or_default().to_owned())
            };
            let lacks = status == 403 && message.starts_with("this token lacks the scope ");
            let right = match needed {
                Needs::Nothing => true,
                Needs::Person => status == 403 && !lacks,
                Needs::Scope(needed) => {
                    let implied =
                        needed.strip_suffix(":read").is_some_and(|r| *scope == format!("{r}:write"));
                    lacks != (*scope == needed || implied) && (!lacks || message.ends_with(needed))
                }
            };
            cells += 1;
            if !right {
                wrong.push(format!("{method} {path} with {scope}: {status} {message}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{cells} cells, 0 wrong");
}

#[test]
fn every_scope_the_table_names_is_one_and_every_path_is_used() {
    let scopes = TestApp::new().get("/v1/api-scopes")["scopes"].take();
    let known: Vec<&str> =
        scopes.as_array().unwrap().iter().map(|scope| scope["name"].as_str().unwrap()).collect();
    let operations = operations();
    for (begin, read, write) in PATHS {
        for scope in [read, write] {
            assert!(["", "person"].contains(scope) || known.contains(scope), "{begin}: {scope}");
        }
        assert!(operations.iter().any(|(_, path)| path.starts_with(begin)), "{begin} is no path any more");
    }
}

#[test]
fn a_token_lets_nobody_in_who_may_more_than_itself() {
    let app = TestApp::new();
    let made = app.post(
        "/v1/workspace-tokens",
        &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "scopes": ["members:write"] }),
    );
    let token = made["accessToken"].as_str().unwrap();
    let post = |path: &str, body: Value| app.request("POST", path).bearer(token).json(&body).send().status;
    let invited = |role: &str| {
        let invited = json!({ "email": "new@example.com", "xRole": role });
        post("/v1/members/invite", invited)
    };
    assert_eq!([invited("ROLE_ADMIN"), invited("ROLE_TECH"), invited("ROLE_VIEWER")], [403, 403, 200]);
    let role = json!({ "email": "other@example.com", "role": "ROLE_ADMIN" });
    assert_eq!(post("/v1/x/invites", role), 403);
    let members = app.get("/v1/members");
    let admin = members["members"][0]["id"].as_str().unwrap();
    assert_eq!(post(&format!("/v1/x/members/{admin}/password-reset"), json!({})), 403);
    let change = app.request("PUT", &format!("/v1/members/{admin}")).bearer(token);
    assert_eq!(change.json(&json!({ "role": "ROLE_ADMIN" })).send().status, 403);
}
