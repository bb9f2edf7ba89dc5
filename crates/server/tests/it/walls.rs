//! No workspace sees or changes what is another's, through no operation there is.

use crate::app::TestApp;
use serde_json::{Value, json};
use server::router::document;

/// Every operation of the API: method and path with its parameters in braces.
pub fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::to_value(document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods
            .filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()))
            .map(|method| (method.to_uppercase(), path.clone()))
    });
    methods.collect()
}

/// Names of the fields that an operation's body has.
fn fields(method: &str, path: &str) -> Vec<String> {
    let document: Value = serde_json::to_value(document()).unwrap();
    let operation = &document["paths"][path][method.to_lowercase()];
    let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") else {
        return Vec::new();
    };
    let named = schema["$ref"].as_str().and_then(|at| document.pointer(at.trim_start_matches('#')));
    let properties = named.unwrap_or(schema)["properties"].as_object();
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn every_operation_that_takes_an_id_answers_404_for_another_workspaces() {
    let app = TestApp::new();
    let new = app.link("https://example.com/").slug("ours").with("name", json!("Ours"));
    let link = new.with("tags", json!(["ours"])).create();
    app.scan(&link);
    let event = app.only_event(&link);
    // The link's own count comes a moment later; nothing may be on its way when the link is compared.
    crate::client::eventually("the count", || {
        (app.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"] == 1).then_some(())
    });
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    let token = app.post(
        "/v1/workspace-tokens",
        &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "Ours" }),
    );
    let visitor = app.post(
        "/v1/visitor/identify",
        &json!({ "lbid": event["id"], "visitor": { "data": { "$email": "ours@example.com" } } }),
    );
    let media = app.post("/v1/media", &json!({ "fileName": "ours.pdf", "fileData": "JVBERi0xLjcK" }));
    let replacement = app.post(
        &format!("/v1/media/{}/replace-uploads", media["media"]["id"].as_str().unwrap()),
        &json!({ "fileName": "ours.pdf", "mimeType": "application/pdf", "size": 10 }),
    );
    let folder = app.post("/v1/directories", &json!({ "name": "ours" }))["directory"].take();
    let domain =
        app.post("/v1/custom-domains", &json!({ "name": "ours.example.com" }))["customDomain"].take();
    let invited = app.post("/v1/members/invite", &json!({ "email": "invited@example.com" }));
    let bulk = json!({ "links": [{ "destination": "https://example.com/job" }] });
    let job = app.api("POST", "/v1/links/bulk/jobs").json(&bulk).send().expect(202);
    let tags = app.get("/v1/tags");
    let workspace = app.get("/v1/workspace");
    let template = app.post("/v1/qrcode-templates", &json!({ "name": "Ours", "xLinkId": link.id }));
    let path = format!("/v1/qrcode-templates/{}", template["qrcodeTemplate"]["id"].as_str().unwrap());
    app.patch(&path, &json!({ "slug": "ours" }));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let hook = app.post(
        "/v1/webhooks",
        &json!({ "name": "Ours", "endpointUrl": "https://hooks.invalid/", "xEvents": ["link.created"] }),
    );
    app.link("https://example.com/told").create();
    let hook = text(&hook["webhook"]["id"]);
    let delivery = app.get(&format!("/v1/x/webhooks/{hook}/deliveries"))["deliveries"][0]["id"].take();
    let slugs = app.get(&format!("/v1/x/links/{}/slugs", link.id));
    let history = app.get(&format!("/v1/x/links/{}/history", link.id));
    let batch = app.post("/v1/x/links/bulk", &json!({ "linkIds": [link.id], "set": { "purpose": "Ours" } }));
    let dashboard = app.post("/v1/analytics/dashboards", &json!({ "name": "Ours" }))["dashboard"].take();
    let saved = json!({ "name": "Ours", "filters": ["country:DE"] });
    let saved = app.post("/v1/x/saved-filters", &saved)["savedFilter"].take();
    let note = app.post("/v1/x/annotations", &json!({ "text": "Ours" }))["annotation"].take();
    let export = app.api("POST", "/v1/x/exports").json(&json!({ "object": "links" })).send().expect(202);
    let run = app.api("POST", "/v1/x/analytics/rejudge").json(&json!({ "dryRun": true })).send().expect(202);
    let erased =
        json!({ "subject": "range", "startDate": "2020-01-01", "endDate": "2020-01-02", "confirm": true });
    let erased = app.api("POST", "/v1/x/erasures").json(&erased).send().expect(202);
    // The beginning of a path, and what stands in its place; the longest one that fits counts.
    let ids = [
        ("/v1/webhooks/{id}", hook.clone()),
        ("/v1/x/webhooks/{id}", hook),
        ("/deliveries/{deliveryId}", text(&delivery)),
        ("/v1/links/{id}", link.id.clone()),
        ("/v1/links/{linkId}", link.id.clone()),
        ("/v1/x/links/{id}", link.id.clone()),
        ("/v1/x/links/{linkId}", link.id.clone()),
        ("/slugs/{slugId}", text(&slugs["slugs"][0]["id"])),
        ("/v1/x/links/bulk/{batchId}", text(&batch["batchId"])),
        ("/history/{entryId}", text(&history["entries"][0]["id"])),
        ("/workflow-steps/{stepId}", text(&steps[0]["id"])),
        ("/workflow-steps/{id}", text(&steps[1]["id"])),
        ("/branches/{branchId}", "next".to_owned()),
        ("/versions/{version}", "1".to_owned()),
        ("/v1/visitors/{id}", text(&visitor["visitor"]["id"])),
        ("/v1/x/visitors/{id}", text(&visitor["visitor"]["id"])),
        ("/attributes/{attributeKey}", "email".to_owned()),
        ("/v1/media/{id}", text(&media["media"]["id"])),
        ("/replace-uploads/{replacementId}", text(&replacement["replacementId"])),
        ("/v1/events/{id}", text(&event["id"])),
        ("/v1/x/events/{id}", text(&event["id"])),
        ("/v1/workspace-tokens/{id}", text(&token["token"]["id"])),
        ("/v1/directories/{id}", text(&folder["id"])),
        ("/v1/custom-domains/{id}", text(&domain["id"])),
        ("/v1/x/invites/{id}", text(&invited["id"])),
        ("/v1/members/{id}", text(&invited["id"])),
        ("/v1/x/members/{id}", text(&app.get("/v1/member")["id"])),
        ("/v1/jobs/{id}", text(&job["id"])),
        ("/v1/x/tags/{id}", text(&tags["tags"][0]["id"])),
        ("/v1/settings/link-setting/{id}", text(&workspace["linkSettingId"])),
        ("/v1/workspaces/{id}", text(&workspace["id"])),
        ("/v1/myself/workspaces/{workspaceId}", text(&workspace["id"])),
        ("/v1/analytics/dashboards/{id}", text(&dashboard["id"])),
        ("/v1/x/saved-filters/{id}", text(&saved["id"])),
        ("/v1/x/annotations/{id}", text(&note["id"])),
        ("/v1/x/exports/{id}", text(&export["export"]["id"])),
        ("/v1/x/analytics/rejudge/{id}", text(&run["run"]["id"])),
        ("/v1/x/erasures/{id}", text(&erased["erasure"]["id"])),
        ("{file}", "qrcode.svg".to_owned()),
        ("/v1/qrcode-designs/{id}", text(&link.json["qrcodeDesignId"])),
        ("/v1/x/qrcode-designs/{id}", text(&link.json["qrcodeDesignId"])),
        ("/v1/page-themes/{id}", text(&link.json["pageThemeId"])),
        ("/v1/qrcode-templates/{id}", text(&template["qrcodeTemplate"]["id"])),
        ("/v1/public/qrcode-templates/{slug}", "ours".to_owned()),
    ];
    let before = [app.get(&format!("/v1/links/{}?include=tags", link.id)), app.get("/v1/workspace-tokens")];
    let theirs = app.other_workspace();
    let mut tried = 0;
    for (method, path) in operations() {
        let mut concrete = path.clone();
        for (part, id) in &ids {
            let filled = part.split_once('{').map(|(before, _)| format!("{before}{id}")).unwrap();
            concrete = concrete.replace(part, &filled);
        }
        assert!(!concrete.contains('{'), "{method} {concrete}: tell this test what stands there");
        if concrete == path {
            continue;
        }
        let mut body = json!({
            "name": "Theirs",
            "payload": { "clientRedirect": { "destination": "https://evil.example/" } },
            "nextStepId": steps[1]["id"], "revision": 0, "steps": [], "force": true,
            "step": { "id": steps[1]["id"], "payload": { "messagePage": {} } },
            "visitor": { "data": { "$email": "theirs@example.com" } },
            "dataCollection": "DATA_COLLECTION_NONE",
            "otherVisitorId": visitor["visitor"]["id"],
            "fileName": "theirs.pdf", "mimeType": "application/pdf", "size": 10,
            "url": "https://evil.example/x.png",
        });
        let known = fields(&method, &path);
        body.as_object_mut().unwrap().retain(|name, _| known.contains(name));
        let answer = match method.as_str() {
            "GET" | "DELETE" => app.request(&method, &concrete).bearer(&theirs).send(),
            _ => app.request(&method, &concrete).bearer(&theirs).json(&body).send(),
        };
        answer.refusal(404);
        tried += 1;
    }
    assert!(tried >= 60, "{tried} operations take an id");
    let after = [app.get(&format!("/v1/links/{}?include=tags", link.id)), app.get("/v1/workspace-tokens")];
    assert_eq!(before[0], after[0]);
    let names = |list: &Value| -> Vec<Value> {
        list["tokens"].as_array().unwrap().iter().map(|token| token["name"].clone()).collect()
    };
    assert_eq!(names(&before[1]), names(&after[1]));
    assert_eq!(app.scan(&link).location(), "https://example.com/");
}

#[test]
fn what_a_body_or_a_query_names_of_another_workspace_is_nowhere() {
    let app = TestApp::new();
    let folder = app.post("/v1/directories", &json!({ "name": "ours" }))["directory"]["id"].take();
    let domain =
        app.post("/v1/custom-domains", &json!({ "name": "ours.example.com" }))["customDomain"]["id"].take();
    let media =
        app.post("/v1/media", &json!({ "fileName": "ours.pdf", "fileData": "JVBERi0xLjcK" }))["media"]["id"]
            .take();
    let ours = app.link("https://example.com/").create();
    let template =
        app.post("/v1/qrcode-templates", &json!({ "xLinkId": ours.id }))["qrcodeTemplate"]["id"].take();
    let design = app.post("/v1/public/qrcode-designs", &json!({}))["qrcodeDesign"]["id"].take();
    let theirs = app.other_workspace();
    let link = app.link("https://example.com/").of(&theirs).create();
    let look = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    let destination = "https://example.com/";
    let own = format!("/v1/links/{}", link.id);
    for (method, path, body, field) in [
        ("POST", "/v1/links", json!({ "destination": destination, "directoryId": folder }), "/directoryId"),
        (
            "POST",
            "/v1/links",
            json!({ "destination": destination, "customDomainId": domain }),
            "/customDomainId",
        ),
        ("POST", "/v1/links/open-media", json!({ "mediaId": media }), "/mediaId"),
        (
            "POST",
            "/v1/links",
            json!({ "destination": destination, "qrcodeTemplateId": template }),
            "/qrcodeTemplateId",
        ),
        (
            "POST",
            "/v1/links",
            json!({ "destination": destination, "qrcodeDesignId": design }),
            "/qrcodeDesignId",
        ),
        ("PATCH", own.as_str(), json!({ "qrcodeTemplateId": template }), "/qrcodeTemplateId"),
        ("PATCH", look.as_str(), json!({ "centralImageMediaId": media }), "/centralImageMediaId"),
        ("POST", "/v1/qrcode-templates", json!({ "qrcodeDesignId": design }), "/qrcodeDesignId"),
        ("POST", "/v1/qrcode-templates", json!({ "xLinkId": ours.id }), "/xLinkId"),
        (
            "POST",
            "/v1/directories",
            json!({ "name": "x", "parentDirectoryId": folder }),
            "/parentDirectoryId",
        ),
        ("PATCH", own.as_str(), json!({ "directoryId": folder }), "/directoryId"),
    ] {
        let answer = app.request(method, path).bearer(&theirs).json(&body).send();
        assert_eq!(answer.refusal(400).1, field, "{method} {path}");
    }
    let folder = folder.as_str().unwrap();
    for path in [
        format!("/v1/links?directoryId={folder}"),
        format!("/v1/directories?parentDirectoryId={folder}"),
        format!("/v1/links/shortlink-availability?shortlink=x&customDomainId={}", domain.as_str().unwrap()),
    ] {
        app.request("GET", &path).bearer(&theirs).send().refusal(404);
    }
}

#[test]
fn no_list_and_no_number_shows_what_is_another_workspaces() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("ours").with("tags", json!(["ours"])).create();
    app.scan(&link);
    app.events(&link, 1);
    app.post("/v1/directories", &json!({ "name": "ours" }));
    app.post("/v1/custom-domains", &json!({ "name": "ours.example.com" }));
    app.post("/v1/members/invite", &json!({ "email": "ours@example.com" }));
    app.post("/v1/qrcode-templates", &json!({ "name": "ours", "xLinkId": link.id }));
    let theirs = app.other_workspace();
    for (method, path) in operations() {
        if path.contains('{')
            || !path.starts_with("/v1/")
            || path.contains("stream")
            || path.starts_with("/v1/x/")
        {
            continue;
        }
        let answer = match method.as_str() {
            "GET" => app.request(&method, &path).bearer(&theirs).send(),
            "POST" => app
                .request(&method, &path)
                .bearer(&theirs)
                .json(&json!({ "dimension": "slug", "groupBy": "country" }))
                .send(),
            _ => continue,
        };
        for secret in
            [link.id.as_str(), "\"ours\"", "ours.example.com", "ours@example.com", "owner@example.com"]
        {
            assert!(!answer.text().contains(secret), "{method} {path}: {answer:?}");
        }
    }
}
