//! What is sent and is not there: fields, words of closed lists, two fields of which one can be meant, bodies that are none.

use crate::app::{ADMIN, PASSWORD, TestApp};
use serde_json::{Value, json};
use server::router::document;

/// Every operation that reads a JSON body: method, path, and whether the body is a list.
fn with_bodies() -> Vec<(String, String, bool)> {
    let document: Value = serde_json::to_value(document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().filter_map(move |(method, operation)| {
            let schema = operation.pointer("/requestBody/content/application~1json/schema")?;
            Some((method.to_uppercase(), path.clone(), schema["type"] == "array"))
        })
    });
    operations.collect()
}

#[test]
fn a_field_that_there_is_not_is_named_by_every_operation() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let look = app.get("/v1/page-themes")["pageThemes"][0]["id"].as_str().unwrap().to_owned();
    let owner = app.sign_in(ADMIN, PASSWORD);
    let mut asked = 0;
    for (method, path, is_list) in with_bodies() {
        let path = path.replace("/page-themes/{id}", &format!("/page-themes/{look}"));
        let path = path.replace("{linkId}", &link.id).replace("/links/{id}", &format!("/links/{}", link.id));
        let concrete = with_ids(&path);
        let wrong = json!({ "noSuchField": 1 });
        let (body, field) = match is_list {
            true => (json!([wrong]), "/0/noSuchField"),
            false => (wrong, "/noSuchField"),
        };
        let (message, at) = owner.ask(&method, &concrete).json(&body).send().refusal(400);
        assert_eq!(at, field, "{method} {path}: {message}");
        asked += 1;
    }
    assert!(asked >= 70, "{asked} operations have a body");
}

/// A path whose places hold an id of nothing.
pub fn with_ids(path: &str) -> String {
    let parts: Vec<&str> = path.split('{').collect();
    let rest = parts[1..].iter().map(|part| part.split_once('}').unwrap().1);
    rest.fold(parts[0].to_owned(), |all, rest| format!("{all}0197a3c0-0000-7000-8000-000000000001{rest}"))
}

#[test]
fn a_misspelt_field_names_the_one_that_is_meant_wherever_it_stands() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let own = format!("/v1/links/{}", link.id);
    let steps = format!("{own}/workflow-steps");
    let exit = app.get(&steps)["workflowSteps"][1]["id"].as_str().unwrap().to_owned();
    let (exit, look) = (
        format!("{steps}/{exit}"),
        format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap()),
    );
    let form = json!({ "eventAction": "EVENT_ACTION_FORM_SUBMIT", "payload": { "form": {
        "formFields": [{ "key": "a", "type": "FORM_FIELD_TYPE_TEXT", "requird": true }] } } });
    for (method, path, body, field, meant) in [
        ("PATCH", own.as_str(), json!({ "tag": ["a"] }), "/tag", "tags"),
        ("PATCH", own.as_str(), json!({ "expiresAtDelet": true }), "/expiresAtDelet", "expiresAtDelete"),
        ("POST", "/v1/links", json!({ "destinaton": "https://example.com/" }), "/destinaton", "destination"),
        ("POST", "/v1/links/thank-you", json!({ "title": "T", "nam": "x" }), "/nam", "name"),
        ("POST", "/v1/links/bulk", json!({ "links": [{ "nmae": "x" }] }), "/links/0/nmae", "name"),
        ("POST", "/v1/x/links/bulk", json!({ "set": { "nmae": "x" } }), "/set/nmae", "name"),
        ("POST", steps.as_str(), form, "/payload/form/formFields/0/requird", "required"),
        (
            "PATCH",
            exit.as_str(),
            json!({ "payload": { "clientRedirect": { "destinatoin": "https://example.org/" } } }),
            "/payload/clientRedirect/destinatoin",
            "destination",
        ),
        (
            "PATCH",
            exit.as_str(),
            json!({ "canvasPosition": { "left": 1 } }),
            "/canvasPosition/left",
            "There are x, y",
        ),
        (
            "PATCH",
            look.as_str(),
            json!({ "dotsOptions": { "typ": "DOTS_TYPE_DOTS" } }),
            "/dotsOptions/typ",
            "type",
        ),
        ("PATCH", look.as_str(), json!({ "widht": 300 }), "/widht", "width"),
        (
            "POST",
            "/v1/visitors/search",
            json!({ "attributeFilters": [{ "key": "a", "opertor": "EXISTS" }] }),
            "/attributeFilters/0/opertor",
            "operator",
        ),
        (
            "POST",
            "/v1/analytics/dashboards",
            json!({ "config": { "widgets": [{ "titel": "x" }] } }),
            "/config/widgets/0/titel",
            "title",
        ),
        (
            "POST",
            "/v1/members/invite",
            json!({ "email": "a@example.com", "role": "ROLE_ADMIN" }),
            "/role",
            "xRole",
        ),
        ("PUT", "/v1/settings/data-collection", json!({ "level": "none" }), "/level", "dataCollection"),
        ("POST", "/v1/analytics/breakdown", json!({ "dimensions": "country" }), "/dimensions", "dimension"),
        (
            "POST",
            "/v1/x/exports",
            json!({ "object": "scans", "query": { "filter": [] } }),
            "/query/filter",
            "filters",
        ),
    ] {
        let (message, at) = app.api(method, path).json(&body).send().refusal(400);
        assert_eq!(at, field, "{method} {path} {body}: {message}");
        assert!(message.contains("is not a field here") && message.contains(meant), "{body}: {message}");
    }
    assert_eq!(app.get("/v1/members")["members"].as_array().unwrap().len(), 1, "nobody is invited");
    assert_eq!(app.get(&own)["link"]["name"], link.json["name"]);
}

#[test]
fn what_the_contract_has_and_we_do_not_honour_is_taken() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").with("waitForQrcode", json!(true)).create();
    let path = format!("/v1/links/{}", link.id);
    let theme = "0197a3c0-0000-7000-8000-000000000001";
    assert_eq!(app.patch(&path, &json!({ "name": "A", "pageThemeId": theme }))["link"]["name"], "A");
    let file = json!({ "fileName": "a.pdf", "fileData": "JVBERi0xLjcK", "mediaType": "MEDIA_TYPE_PDF", "usage": "x" });
    app.post("/v1/media", &file);
    let declared = json!({ "fileName": "b.pdf", "mimeType": "application/pdf", "size": 9, "usage": "x" });
    app.post("/v1/media/uploads", &declared);
    let put = |path: &str, body: &Value| app.api("PUT", path).json(body).send();
    let workspace = app.get("/v1/workspace");
    let same = json!({
        "enforceMfa": true, "digestFrequency": "DIGEST_FREQUENCY_WEEKLY", "slug": workspace["slug"],
        "description": "Menus",
    });
    assert_eq!(put("/v1/workspace", &same).expect(200)["description"], "Menus");
    assert_eq!(put("/v1/workspace", &json!({ "slug": "another" })).refusal(400).1, "/slug");
    let invited = app.post("/v1/members/invite", &json!({ "email": "a@example.com" }));
    let member = format!("/v1/members/{}", invited["id"].as_str().unwrap());
    let change = json!({ "email": "A@example.com", "displayLanguage": "de", "role": "ROLE_TECH" });
    assert_eq!(put(&member, &change).expect(200)["role"], "ROLE_TECH");
    assert_eq!(put(&member, &json!({ "email": "b@example.com" })).refusal(400).1, "/email");
    // Steps of a draft are sent back as they were answered.
    let workflow = app.get(&format!("/v1/x/links/{}/workflow", link.id));
    let draft = json!({ "revision": 0, "steps": workflow["steps"] });
    put(&format!("/v1/x/links/{}/workflow/draft", link.id), &draft).expect(200);
}

#[test]
fn a_word_that_is_none_of_those_there_are_names_them() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let (one, steps) =
        (format!("/v1/links/{}?include=leadScore", link.id), format!("/v1/links/{}/workflow-steps", link.id));
    for (path, field, known) in [
        ("/v1/links?include=tagz", "include", "tags, qrcodeDesign, qrcodeSignedUrl, pageTheme, customDomain"),
        ("/v1/links?include=tags,designs", "include", "customDomain"),
        (one.as_str(), "include", "pageTheme"),
        ("/v1/links?sortBy=NAME", "sortBy", "LINK_SORT_FIELD_NAME"),
        ("/v1/links?sortDirection=desc", "sortDirection", "SORT_DIRECTION_ASC, SORT_DIRECTION_DESC"),
        ("/v1/links?view=tree", "view", "LINK_VIEW_DIRECTORY"),
        ("/v1/links?xArchived=maybe", "xArchived", "true, false and all"),
        ("/v1/links?xTrash=maybe", "xTrash", "true or false"),
        ("/v1/events?include=devices", "include", "visitor, device, link, journey, workspace"),
        ("/v1/events?responseFormat=csv", "responseFormat", "RESPONSE_FORMAT_JSON, RESPONSE_FORMAT_CSV"),
        ("/v1/events?verdict=robot", "verdict", "human, bot"),
        ("/v1/visitors?include=device", "include", "devices, events, links"),
        ("/v1/visitors?responseFormat=xml", "responseFormat", "RESPONSE_FORMAT_CSV"),
        ("/v1/visitors?sortField=email", "sortField", "VISITOR_SORT_FIELD_VISIT_COUNT"),
        ("/v1/visitors?sortDirection=up", "sortDirection", "SORT_DIRECTION_ASC"),
        ("/v1/qrcode-templates?scope=all", "scope", "QRCODE_TEMPLATE_SCOPE_AVAILABLE"),
        ("/v1/qrcode-templates?include=design", "include", "qrcodeDesign"),
        ("/v1/analytics/dashboards?scope=link", "scope", "DASHBOARD_SCOPE_LINK"),
        ("/v1/media?kind=image", "kind", "KIND_IMAGE, KIND_DOCUMENT, KIND_VIDEO"),
        ("/v1/media?uploadedFrom=here", "uploadedFrom", "UPLOAD_ORIGIN_MEDIA_LIBRARY"),
        ("/v1/custom-domains?status=active", "status", "STATUS_ACTIVE"),
        ("/v1/webhooks?status=active", "status", "WEBHOOK_STATUS_PAUSED"),
        ("/v1/directories?recursive=yes", "recursive", "true or false"),
        ("/v1/x/exports/columns?object=all", "object", "scans"),
        ("/v1/x/audit?object=links", "object", "link"),
    ] {
        let (message, at) = app.api("GET", path).send().refusal(400);
        assert!(at == field && message.contains(known), "{path}: {at}: {message}");
        assert!(!message.contains("_UNSPECIFIED"), "{path}: {message}");
    }
    for (method, path, body, field, known) in [
        (
            "PUT",
            "/v1/workspace",
            json!({ "digestFrequency": "DAILY" }),
            "/digestFrequency",
            "DIGEST_FREQUENCY_WEEKLY",
        ),
        (
            "PUT",
            "/v1/workspace",
            json!({ "xDataCollection": "some" }),
            "/xDataCollection",
            "none, basic, advanced",
        ),
        ("PUT", "/v1/workspace", json!({ "xCounting": "some" }), "/xCounting", "human, all, default"),
        (
            "PUT",
            "/v1/settings/data-collection",
            json!({ "dataCollection": "basic" }),
            "/dataCollection",
            "DATA_COLLECTION_BASIC",
        ),
        (
            "POST",
            "/v1/members/invite",
            json!({ "email": "a@b.de", "xRole": "admin" }),
            "/xRole",
            "ROLE_ADMIN",
        ),
        ("POST", "/v1/x/invites", json!({ "email": "a@b.de", "role": "admin" }), "/role", "ROLE_ADMIN"),
        (
            "POST",
            "/v1/workspace-tokens",
            json!({ "keyType": "SECRET" }),
            "/keyType",
            "WORKSPACE_TOKEN_KEY_TYPE_SECRET",
        ),
        (
            "POST",
            "/v1/workspace-tokens",
            json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "scopes": ["links"] }),
            "/scopes/0",
            "API_SCOPE_LINKS_READ",
        ),
        (
            "POST",
            "/v1/media",
            json!({ "fileName": "a.pdf", "fileData": "JVBERi0xLjcK", "visibility": "public" }),
            "/visibility",
            "VISIBILITY_PUBLIC",
        ),
        (
            "POST",
            "/v1/visitors/search",
            json!({ "include": ["device"] }),
            "include",
            "devices, events, links",
        ),
        (
            "POST",
            "/v1/x/links/bulk",
            json!({ "filter": { "xArchived": "no" } }),
            "/filter/xArchived",
            "true, false",
        ),
        (
            "POST",
            steps.as_str(),
            json!({ "eventAction": "FORM" }),
            "/eventAction",
            "EVENT_ACTION_FORM_SUBMIT",
        ),
        ("POST", "/v1/analytics/timeseries", json!({ "groupBy": "shoe size" }), "/groupBy", "country"),
        ("POST", "/v1/analytics/geo", json!({ "groupBy": "moon" }), "/groupBy", "country"),
        ("POST", "/v1/x/erasures", json!({ "subject": "all" }), "/subject", "workspace"),
        ("POST", "/v1/x/links/import", json!({ "csv": "url\n", "from": "tinyurl" }), "/from", "bitly"),
    ] {
        let (message, at) = app.api(method, path).json(&body).send().refusal(400);
        assert!(at == field && message.contains(known), "{method} {path}: {at}: {message}");
    }
}

#[test]
fn two_fields_of_which_one_can_be_meant_are_both_named() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").with("tags", json!(["a"])).create();
    let folder = app.post("/v1/directories", &json!({ "name": "A" }))["directory"]["id"].take();
    let token = app.post("/v1/workspace-tokens", &json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET" }));
    let own = format!("/v1/links/{}", link.id);
    let look = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    let token = format!("/v1/workspace-tokens/{}", token["token"]["id"].as_str().unwrap());
    let directory = format!("/v1/directories/{}", folder.as_str().unwrap());
    let cases = [
        (&own, "tags", json!(["b"]), "tagsDelete"),
        (&own, "expiresAt", json!("2027-01-01"), "expiresAtDelete"),
        (&own, "expiredDestination", json!("https://example.org/"), "expiredDestinationDelete"),
        (&own, "xStartsAt", json!("2026-01-01"), "xStartsAtDelete"),
        (&own, "xScanLimit", json!(5), "xScanLimitDelete"),
        (&own, "directoryId", folder.clone(), "directoryIdDelete"),
        (&own, "qrcodeTemplateId", folder.clone(), "qrcodeTemplateIdDelete"),
        (&directory, "parentDirectoryId", folder.clone(), "parentDirectoryIdDelete"),
        (&look, "centralImageData", json!("AAAA"), "centralImageDelete"),
        (&token, "scopes", json!(["API_SCOPE_LINKS_READ"]), "fullAccess"),
    ];
    for (path, field, value, twin) in cases {
        let answer = app.api("PATCH", path).json(&json!({ field: value, twin: true })).send();
        let (message, _) = answer.refusal(400);
        let named = answer.expect(400)["details"].take();
        let named: Vec<&str> =
            named.as_array().unwrap().iter().map(|detail| detail["field"].as_str().unwrap()).collect();
        assert_eq!(named, [format!("/{field}"), format!("/{twin}")], "{message}");
        assert!(message.contains(field) && message.contains(twin), "{message}");
    }
    let kept = app.get(&format!("{own}?include=tags"))["link"].take();
    assert_eq!((&kept["tags"][0]["name"], &kept["updatedAt"]), (&json!("a"), &link.json["updatedAt"]));
    let both_off = json!({ "tags": ["b"], "tagsDelete": false });
    assert_eq!(app.patch(&own, &both_off)["link"]["id"], link.id.as_str());
}

#[test]
fn what_is_no_json_says_where_it_breaks_off() {
    let app = TestApp::new();
    let send = |body: &str| {
        let answer = app.api("POST", "/v1/links").body("application/json", body.as_bytes().to_vec()).send();
        answer.refusal(400)
    };
    for (body, place, words) in [
        ("{\"name\": \"x\",\n \"tags\": [\"a\" \"b\"]}", "line 2, column 15", "comma or a closing bracket"),
        ("{\"name\": 'x'}", "line 1, column 10", "quotation marks"),
        ("{\"name\": \"x\"", "line 1, column 12", "not closed"),
    ] {
        let (message, field) = send(body);
        assert!(message.contains(place) && message.contains(words), "{body}: {message}");
        assert_eq!(field, "");
    }
    for path in
        ["/v1/analytics/hours", "/v1/analytics/devices", "/v1/links", "/v1/links/batch", "/v1/x/overview"]
    {
        for answer in
            [app.api("POST", path).send(), app.api("POST", path).body("application/json", Vec::new()).send()]
        {
            let (message, field) = answer.refusal(400);
            assert!(field.is_empty() && message.contains("a body is needed"), "{path}: {message}");
        }
    }
}

#[test]
fn a_search_for_what_nothing_holds_finds_nothing() {
    let app = TestApp::new();
    app.link("https://example.com/").with("tags", json!(["a"])).with("name", json!("A")).create();
    app.post("/v1/directories", &json!({ "name": "a" }));
    for (path, list) in [
        ("/v1/links", "/links"),
        ("/v1/tags", "/tags"),
        ("/v1/directories", "/directories"),
        ("/v1/qrcode-templates", "/qrcodeTemplates"),
        ("/v1/visitors", "/json/visitors"),
    ] {
        for search in ["%00", "a%00", "%00a"] {
            let found = app.get(&format!("{path}?pageSize=10&search={search}"));
            assert_eq!(found.pointer(list), Some(&json!([])), "{path} {search}");
        }
    }
    assert_eq!(app.get("/v1/links?search=a")["totalCount"], 1);
}

#[test]
fn an_end_in_the_last_year_there_is_is_taken_and_one_beyond_is_refused() {
    let app = TestApp::new();
    let end = |text: &str| app.link("https://example.com/").with("expiresAt", json!(text)).send();
    let last = end("9999-12-29").expect(200)["link"]["expiresAt"].take();
    assert_eq!(last, "9999-12-29T23:59:59.999Z");
    for forever in ["9999-12-31", "9999-12-31T23:59:59Z"] {
        let last = end(forever).expect(200)["link"]["expiresAt"].take();
        assert!(last.as_str().unwrap().starts_with("9999-12-30"), "{forever}: {last}");
    }
    for text in ["10000-01-01", "+010000-01-01T00:00:00Z", "99999-01-01"] {
        let (message, field) = end(text).refusal(400);
        assert!(field == "/expiresAt" && message.contains("9999-12-31"), "{text}: {message}");
    }
}

#[test]
fn the_entry_tells_what_answers_and_where_it_is_described() {
    let app = TestApp::new();
    let entry = app.request("GET", "/v1").send().expect(200);
    assert_eq!((&entry["name"], &entry["version"]), (&json!("Quietzone"), &json!(env!("CARGO_PKG_VERSION"))));
    for (name, holds) in [("openapi", "\"openapi\":\"3.1."), ("documentation", "<!doctype html>")] {
        let url = url::Url::parse(entry[name].as_str().unwrap()).unwrap();
        let described = app.request("GET", url.path()).send();
        assert!(described.status == 200 && described.text().contains(holds), "{url}");
    }
}

/// Words that this source can answer as `codeType`.
fn code_types() -> std::collections::BTreeSet<String> {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let answers = regex::Regex::new(
        r#"(?:\b(?:not_found|conflict|precondition|unavailable|too_many|called)\(|::new\(\s*[\w:]*StatusCode::[A-Z_]+,)\s*"([A-Z_]+)""#,
    );
    let (answers, words) = (answers.unwrap(), regex::Regex::new(r#""([A-Z][A-Z_]+)""#).unwrap());
    let mut found = std::collections::BTreeSet::new();
    for file in crate::privacy::files(&source) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        // The table of what each broken rule of the catalog is called stands among the errors themselves.
        let which = if file.ends_with("src/error.rs") { &words } else { &answers };
        found.extend(which.captures_iter(&text).map(|word| word[1].to_owned()));
    }
    found
}

#[test]
fn the_list_of_code_types_is_complete() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/API.md")).unwrap();
    let section = docs.split("\n## ").find(|section| section.starts_with("Errors\n")).unwrap();
    let words = regex::Regex::new("`([A-Z][A-Z_]+)`").unwrap();
    let listed: std::collections::BTreeSet<String> =
        words.captures_iter(section).map(|word| word[1].to_owned()).collect();
    let there_are = code_types();
    assert!(there_are.len() > 90, "{there_are:?}");
    let missing: Vec<_> = there_are.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there_are).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/API.md lacks {missing:?} and lists in vain {gone:?}"
    );
}
