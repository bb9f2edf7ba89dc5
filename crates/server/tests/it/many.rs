//! One link after another, many links changed at once, and links out of a table.

use crate::app::{DAY, TestApp};
use crate::client::{Link, eventually};
use serde_json::{Value, json};

fn ids(links: &[Link]) -> Vec<&str> {
    links.iter().map(|link| link.id.as_str()).collect()
}

fn link_of(app: &TestApp, link: &Link) -> Value {
    app.get(&format!("/v1/links/{}?include=tags", link.id))["link"].take()
}

fn tags(link: &Value) -> Vec<&str> {
    link["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect()
}

#[test]
fn a_clone_has_everything_but_the_address_and_the_scans() {
    let app = TestApp::new();
    let folder = app.post("/v1/directories", &json!({ "name": "a" }))["directory"]["id"].take();
    let link = app
        .link("https://example.com/fallback-of-the-fork")
        .slug("original")
        .with("name", json!("Original"))
        .with("tags", json!(["print"]))
        .with("metadata", json!({ "table": "7" }))
        .with("directoryId", folder)
        .with("xScanLimit", json!(500))
        .with("expiresAt", json!("2026-12-31"))
        .with("xLeadEmails", json!(["owner@example.com"]))
        .with("fallbackDestination", json!("https://example.com/else"))
        .create();
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id))["workflowSteps"].take();
    app.post(
        &format!("/v1/links/{}/workflow-steps", link.id),
        &json!({ "payload": { "messagePage": {} }, "insertBefore": steps[1]["id"] }),
    );
    let design = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    app.patch(&design, &json!({ "width": 700 }));
    let theme = json!({ "containerEnabled": true });
    app.api("PUT", &format!("/v1/x/links/{}/page-theme", link.id)).json(&theme).send().expect(200);
    app.visit("/original").send();
    app.events(&link, 1);

    let made = app.post(&format!("/v1/x/links/{}/clone", link.id), &json!({}));
    let copy = &made["link"];
    assert_eq!(copy["name"], "Original (copy)");
    assert_eq!(copy["shortlink"].as_str().unwrap().len(), 7);
    assert_eq!(
        (&copy["eventCount"], &copy["xLifetimeScans"], &copy["xWorkflowVersion"]),
        (&json!(0), &json!(0), &json!(1))
    );
    let original = link_of(&app, &link);
    for field in [
        "metadata",
        "directoryId",
        "xScanLimit",
        "expiresAt",
        "xLeadEmails",
        "fallbackDestination",
        "xDestination",
    ] {
        assert_eq!(copy[field], original[field], "{field}");
    }
    assert_eq!(tags(copy), ["print"]);
    let of = |link: &Value| {
        app.get(&format!("/v1/links/{}/workflow-steps", link["id"].as_str().unwrap()))["workflowSteps"].take()
    };
    let (ours, theirs) = (of(&original), of(copy));
    let actions = |steps: &Value| -> Vec<Value> {
        steps.as_array().unwrap().iter().map(|step| step["eventAction"].clone()).collect()
    };
    assert_eq!(actions(&ours), actions(&theirs));
    assert_eq!(ours.as_array().unwrap().len(), 3);
    for step in theirs.as_array().unwrap() {
        assert!(!ours.to_string().contains(step["id"].as_str().unwrap()), "steps have ids of their own");
    }
    let look = app.get(&format!("/v1/qrcode-designs/{}", copy["qrcodeDesignId"].as_str().unwrap()));
    assert_eq!(look["qrcodeDesign"]["width"], 700);
    let page = |link: &Value| {
        app.get(&format!("/v1/x/links/{}/page-theme", link["id"].as_str().unwrap()))["pageTheme"].take()
    };
    let strip = |mut theme: Value| {
        for field in ["id", "linkId", "createdAt", "updatedAt"] {
            theme.as_object_mut().unwrap().remove(field);
        }
        theme
    };
    assert_eq!(strip(page(copy)), strip(page(&original)));
    // Each goes its own way from here.
    let slug = copy["shortlink"].as_str().unwrap().to_owned();
    app.patch(&format!("/v1/links/{}", link.id), &json!({ "xPaused": true }));
    assert_eq!(
        (app.visit("/original").send().status, app.visit(&format!("/{slug}")).send().status),
        (410, 303)
    );

    let path = format!("/v1/x/links/{}/clone", link.id);
    let named = app.post(&path, &json!({ "name": "Second", "shortlink": "second" }));
    assert_eq!((&named["link"]["name"], &named["link"]["shortlink"]), (&json!("Second"), &json!("second")));
    let refused = |body: Value, status: u16| app.api("POST", &path).json(&body).send().refusal(status).1;
    assert_eq!(refused(json!({ "shortlink": "ORIGINAL" }), 409), "/shortlink");
    assert_eq!(refused(json!({ "shortlink": "v1" }), 400), "/shortlink");
}

#[test]
fn many_links_are_changed_at_once_and_back_again() {
    let app = TestApp::new();
    let folder = app.post("/v1/directories", &json!({ "name": "a" }))["directory"]["id"].take();
    let links: Vec<Link> = (0..3)
        .map(|n| {
            app.link("https://example.com/")
                .with("name", json!(format!("{n}")))
                .with("tags", json!(["old", "Keep"]))
                .create()
        })
        .collect();
    let before: Vec<Value> = links.iter().map(|link| link_of(&app, link)).collect();
    app.advance(10);
    let change = |body: Value| app.post("/v1/x/links/bulk", &body);
    let dry = change(json!({ "linkIds": ids(&links), "dryRun": true, "set": { "xPaused": true } }));
    assert_eq!((&dry["count"], &dry["changedCount"], dry.get("batchId")), (&json!(3), &json!(3), None));
    assert_eq!(link_of(&app, &links[0])["xPaused"], false, "a dry run changes nothing");
    let done = change(
        json!({ "linkIds": ids(&links), "set": { "xPaused": true, "directoryId": folder, "expiresAt": "2026-12-31" },
        "addTags": ["new", "KEEP"], "removeTags": ["OLD"] }),
    );
    assert_eq!((&done["count"], &done["changedCount"]), (&json!(3), &json!(3)));
    for link in &links {
        let now = link_of(&app, link);
        assert_eq!((&now["xPaused"], &now["directoryId"]), (&json!(true), &folder));
        assert_eq!(tags(&now), ["Keep", "new"]);
        assert_eq!(app.visit(&format!("/{}", link.slug)).send().status, 410, "the next scan sees it");
    }
    let same = change(json!({ "linkIds": ids(&links), "set": { "xPaused": true } }));
    assert_eq!((&same["changedCount"], same.get("batchId")), (&json!(0), None));
    // One of them is changed further; what the batch did to it is taken back all the same, and nothing else.
    app.patch(&format!("/v1/links/{}", links[1].id), &json!({ "name": "renamed" }));
    let undo =
        |batch: &Value| app.post(&format!("/v1/x/links/bulk/{}/undo", batch.as_str().unwrap()), &json!({}));
    let undone = undo(&done["batchId"]);
    assert_eq!(undone["changedCount"], 3);
    for (link, before) in links.iter().zip(&before) {
        let now = link_of(&app, link);
        for field in ["xPaused", "expiresAt", "directoryId"] {
            assert_eq!(now.get(field), before.get(field), "{field}");
        }
        assert_eq!(tags(&now), ["Keep", "old"]);
        assert_eq!(app.visit(&format!("/{}", link.slug)).send().status, 302);
    }
    assert_eq!(link_of(&app, &links[1])["name"], "renamed");
    assert_eq!(undo(&done["batchId"])["changedCount"], 0, "twice is once");
    undo(&undone["batchId"]);
    assert_eq!(link_of(&app, &links[0])["xPaused"], true);

    let gone = change(json!({ "linkIds": ids(&links), "delete": true }));
    assert_eq!(app.get("/v1/links")["totalCount"], 0);
    undo(&gone["batchId"]);
    assert_eq!(app.get("/v1/links")["totalCount"], 3);
    let away = change(json!({ "linkIds": ids(&links[..2]), "set": { "xArchived": true } }));
    assert_eq!(app.get("/v1/links")["totalCount"], 1);
    undo(&away["batchId"]);
    assert_eq!(app.get("/v1/links")["totalCount"], 3);
}

#[test]
fn taking_many_changes_back_leaves_what_was_done_since_and_says_so() {
    let app = TestApp::new();
    let links: Vec<Link> = (0..3).map(|n| app.link(&format!("https://example.com/{n}")).create()).collect();
    let own = |n: usize| format!("/v1/links/{}", links[n].id);
    app.patch(&own(2), &json!({ "name": "Before" }));
    let body = json!({ "linkIds": ids(&links), "set": { "name": "Many", "purpose": "Print" } });
    let batch = app.post("/v1/x/links/bulk", &body)["batchId"].take();
    app.patch(&own(0), &json!({ "name": "Mine" }));
    app.api("DELETE", &own(1)).send().expect(200);
    let undo = format!("/v1/x/links/bulk/{}/undo", batch.as_str().unwrap());
    let undone = app.api("POST", &undo).send().expect(200);
    assert_eq!(undone["changedCount"], 2);
    let said: Vec<&str> =
        undone["xWarnings"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().any(|w| w.contains(&links[1].id) && w.contains("deleted since")), "{said:?}");
    assert!(said.iter().any(|w| w.contains(&links[0].id) && w.starts_with("name of")), "{said:?}");
    let first = link_of(&app, &links[0]);
    assert_eq!(first["name"], "Mine");
    assert!(first.get("purpose").is_none(), "{first}");
    assert_eq!(link_of(&app, &links[2])["name"], "Before");
}

#[test]
fn a_list_can_be_changed_as_it_is_filtered() {
    let app = TestApp::new();
    app.link("https://other.example/").with("name", json!("other")).create();
    let many: Vec<Value> =
        (0..250).map(|n| json!({ "destination": format!("https://example.com/summer/{n}") })).collect();
    app.post("/v1/links/bulk", &json!({ "links": many }));
    app.post("/v1/links/bulk", &json!({ "links": many[..60] }));
    let body = json!({ "filter": { "search": "example.com/summer" }, "addTags": ["summer"] });
    let done = app.post("/v1/x/links/bulk", &body);
    assert_eq!((&done["count"], &done["changedCount"]), (&json!(310), &json!(310)));
    assert_eq!(app.get("/v1/links?tags=summer&pageSize=1")["totalCount"], 310);
    let body = json!({ "filter": { "tags": ["SUMMER"] }, "set": { "xPaused": true }, "dryRun": true });
    assert_eq!(app.post("/v1/x/links/bulk", &body)["changedCount"], 310);
    for _ in 0..3 {
        app.post("/v1/links/bulk", &json!({ "links": many }));
    }
    let (message, field) = app
        .api("POST", "/v1/x/links/bulk")
        .json(&json!({ "filter": { "xArchived": "false" }, "delete": true }))
        .send()
        .refusal(400);
    assert!(field == "/filter" && message.contains("1000"), "{message}");
    assert_eq!(app.get("/v1/links?pageSize=1")["totalCount"], 1061);
}

#[test]
fn a_slip_in_a_request_about_many_links_changes_none() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for (body, field) in [
        (json!({ "filter": { "tag": ["nope"] }, "delete": true }), "/filter/tag"),
        (json!({ "filter": {}, "delete": true }), "/filter"),
        (json!({ "filter": { "tags": [], "search": " " }, "delete": true }), "/filter"),
        (json!({ "filter": { "search": "x" }, "dryrun": true, "addTags": ["oops"] }), "/dryrun"),
    ] {
        let refused = app.api("POST", "/v1/x/links/bulk").json(&body).send().refusal(400);
        assert_eq!(refused.1, field, "{body}: {}", refused.0);
    }
    let table = json!({ "csv": "url\nhttps://example.com/2\n", "dryrun": true });
    assert_eq!(app.api("POST", "/v1/x/links/import").json(&table).send().refusal(400).1, "/dryrun");
    assert_eq!(
        (app.get("/v1/links")["totalCount"].as_u64(), tags(&link_of(&app, &link)).len()),
        (Some(1), 0)
    );
    let all = json!({ "filter": { "xArchived": "false" }, "addTags": ["meant"] });
    assert_eq!(app.post("/v1/x/links/bulk", &all)["changedCount"], 1);
    let stale = app.api("DELETE", &format!("/v1/links/{}", link.id)).header("if-match", "\"bogus\"").send();
    stale.refusal(412);
    app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
}

#[test]
fn of_many_links_all_are_changed_or_none() {
    let app = TestApp::new();
    let links: Vec<Link> = (0..2).map(|_| app.link("https://example.com/").create()).collect();
    let limited =
        app.link("https://example.com/").with("xScanLimit", json!(5)).with("name", json!("Limited")).create();
    let refused =
        |body: Value, status: u16| app.api("POST", "/v1/x/links/bulk").json(&body).send().refusal(status);
    let mut all = ids(&links);
    all.push(&limited.id);
    let (message, field) =
        refused(json!({ "linkIds": all, "set": { "xRedirectStatus": 301, "xNotes": "half" } }), 400);
    assert_eq!(field, "/set/xRedirectStatus");
    assert!(message.contains("Limited"), "it says which link: {message}");
    assert_eq!(link_of(&app, &links[0]).get("xNotes"), None, "nothing is half done");
    let missing = "0197a3c0-0000-7000-8000-000000000001";
    let (_, field) = refused(json!({ "linkIds": [links[0].id, missing], "set": { "xPaused": true } }), 404);
    assert_eq!(field, "/linkIds/1");
    assert_eq!(link_of(&app, &links[0])["xPaused"], false);
    for (body, at) in [
        (json!({}), "/linkIds"),
        (json!({ "linkIds": [] }), "/linkIds"),
        (json!({ "linkIds": vec![missing; 251] }), "/linkIds"),
        (json!({ "linkIds": ["x"] }), "/linkIds/0"),
        (json!({ "linkIds": [missing], "filter": {} }), "/filter"),
        (json!({ "linkIds": [links[0].id], "set": { "shortlink": "x" } }), "/set/shortlink"),
        (json!({ "linkIds": [links[0].id], "set": { "name": "x".repeat(300) } }), "/set/name"),
        (json!({ "linkIds": [links[0].id], "set": { "directoryId": missing } }), "/set/directoryId"),
        (json!({ "linkIds": [links[0].id], "addTags": [" "] }), "/addTags/0"),
        (json!({ "filter": { "directoryId": missing }, "delete": true }), "/filter/directoryId"),
        (json!({ "filter": { "xArchived": "maybe" }, "delete": true }), "/filter/xArchived"),
    ] {
        assert_eq!(refused(body.clone(), 400).1, at, "{body}");
    }
    app.api("POST", &format!("/v1/x/links/bulk/{missing}/undo")).json(&json!({})).send().refusal(404);
    let theirs = app.other_workspace();
    let body = json!({ "linkIds": ids(&links), "delete": true });
    app.request("POST", "/v1/x/links/bulk").bearer(&theirs).json(&body).send().refusal(404);
    let body = json!({ "filter": { "xArchived": "all" }, "delete": true });
    let none = app.request("POST", "/v1/x/links/bulk").bearer(&theirs).json(&body).send().expect(200);
    assert_eq!(none["count"], 0);
    let done = app.post("/v1/x/links/bulk", &json!({ "linkIds": ids(&links), "set": { "xPaused": true } }));
    let path = format!("/v1/x/links/bulk/{}/undo", done["batchId"].as_str().unwrap());
    app.request("POST", &path).bearer(&theirs).json(&json!({})).send().refusal(404);
}

fn import(app: &TestApp, csv: &str, more: Value) -> Value {
    let mut body = json!({ "csv": csv });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/v1/x/links/import", &body)
}

const TABLE: &str = "\u{feff}Long URL;Title;Back-half;Labels;Folder;metadata.Table;Clicks\r\n\
                     https://example.com/1;One;imp-1;a, b;Summer/Tables;7;99\r\n\
                     https://example.com/2;\"Two; really\";;;summer/tables;;\r\n\
                     \r\n\
                     https://example.com/3;;IMP-3;A;;;\r\n";

#[test]
fn a_table_is_looked_at_then_imported_and_taken_back() {
    let app = TestApp::new();
    let seen = import(&app, TABLE, json!({ "dryRun": true }));
    assert_eq!(
        (&seen["rowCount"], &seen["validCount"], &seen["errorCount"]),
        (&json!(3), &json!(3), &json!(0))
    );
    assert_eq!(seen["newFolders"], json!(["Summer/Tables"]));
    assert_eq!(seen["columns"][6], json!({ "name": "Clicks", "meaning": "clicks" }));
    assert_eq!(seen["columns"][0]["meaning"], "destination");
    assert_eq!(seen["preview"][1]["name"], "Two; really");
    assert_eq!(app.get("/v1/links")["totalCount"], 0, "a look makes nothing");
    assert_eq!(app.get("/v1/directories")["totalCount"], 0);

    let made = import(&app, TABLE, json!({}));
    let links = made["linkIds"].as_array().unwrap();
    assert_eq!(links.len(), 3);
    let get = |place: usize| {
        app.get(&format!("/v1/links/{}?include=tags", links[place].as_str().unwrap()))["link"].take()
    };
    let one = get(0);
    assert_eq!(
        (&one["name"], &one["shortlink"], &one["metadata"]),
        (&json!("One"), &json!("imp-1"), &json!({ "Table": "7" }))
    );
    assert_eq!(tags(&one), ["a", "b"]);
    assert_eq!((&one["xImported"]["clicks"], &one["eventCount"]), (&json!(99), &json!(0)));
    assert_eq!(get(1)["directoryId"], one["directoryId"], "folders fold");
    assert_eq!(app.get("/v1/directories?recursive=true")["directories"].as_array().unwrap().len(), 2);
    assert_eq!(app.visit("/imp-3").send().location(), "https://example.com/3");
    let history = app.get(&format!("/v1/x/links/{}/history", links[0].as_str().unwrap()));
    assert_eq!(history["entries"][0]["batchId"], made["batchId"]);
    // The same again: what is there is told, row by row.
    let again = import(&app, TABLE, json!({ "dryRun": true }));
    assert_eq!((&again["validCount"], &again["errorCount"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&again["errors"][0]["line"], &again["errors"][0]["column"]),
        (&json!(2), &json!("Back-half"))
    );
    app.post(&format!("/v1/x/links/bulk/{}/undo", made["batchId"].as_str().unwrap()), &json!({}));
    assert_eq!(app.get("/v1/links")["totalCount"], 0);
    assert_eq!(app.visit("/imp-3").send().status, 410);
}

#[test]
fn wrong_rows_are_told_with_their_lines_and_hold_up_the_others_unless_they_are_skipped() {
    let app = TestApp::new();
    app.link("https://example.com/").slug("taken").create();
    let table = "destination,slug,domain,expires,folder\n\
                 https://example.com/1,fine,,,\n\
                 ,,,,x\n\
                 not a url,,,,\n\
                 https://example.com/2,taken,,,\n\
                 https://example.com/3,FINE,,,\n\
                 https://example.com/4,v1,,,\n\
                 https://example.com/5,,go.example.com,,\n\
                 https://example.com/6,,,yesterday,\n\
                 https://example.com/7,,,,a/.\u{202e}b\n\
                 https://example.com/8,/slashed,,2027-01-31,\n";
    let seen = import(&app, table, json!({ "dryRun": true }));
    let errors: Vec<(u64, &str)> = seen["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["line"].as_u64().unwrap(), error["column"].as_str().unwrap()))
        .collect();
    assert_eq!(
        errors,
        [
            (3, "destination"),
            (4, "destination"),
            (5, "slug"),
            (6, "slug"),
            (7, "slug"),
            (8, "domain"),
            (9, "expires"),
            (10, "folder")
        ]
    );
    let (message, field) =
        app.api("POST", "/v1/x/links/import").json(&json!({ "csv": table })).send().refusal(400);
    assert!(message.contains("8 of 10") && field.starts_with("/csv/3"), "{message} {field}");
    assert_eq!(app.get("/v1/links")["totalCount"], 1, "nothing was made");
    let made = import(&app, table, json!({ "skipInvalid": true }));
    assert_eq!(made["linkIds"].as_array().unwrap().len(), 2);
    assert_eq!(app.visit("/slashed").send().location(), "https://example.com/8");
    for csv in ["", "name\nx\n", "destination\n"] {
        assert_eq!(
            app.api("POST", "/v1/x/links/import").json(&json!({ "csv": csv })).send().refusal(400).1,
            "/csv"
        );
    }
}

#[test]
fn a_long_table_is_a_job_that_tells_its_progress_and_survives_a_restart() {
    let app = TestApp::new();
    let rows: String = (0..1100)
        .map(|n| format!("https://example.com/{n},row-{n},{}\n", if n == 700 { "bulk" } else { "" }))
        .collect();
    let table = format!("url,slug,tags\n{rows}");
    let accepted = app.api("POST", "/v1/x/links/import").json(&json!({ "csv": table })).send();
    let job = accepted.expect(202);
    let path = accepted.header("location").to_owned();
    assert_eq!((&job["itemCount"], &job["type"]), (&json!(1100), &json!("JOB_TYPE_LINKS_BULK_CREATE")));
    // However far it has come by then, it is gone on with, and nothing is made twice.
    let app = app.restart();
    let done = eventually("the import", || {
        let job = app.get(&path);
        (job["status"] == "JOB_STATUS_SUCCEEDED").then_some(job)
    });
    assert_eq!((&done["xImport"]["doneCount"], &done["xImport"]["errorCount"]), (&json!(1100), &json!(0)));
    assert_eq!(done["linksBulkCreate"]["linkIds"].as_array().unwrap().len(), 1100);
    assert_eq!(app.get("/v1/links?pageSize=1")["totalCount"], 1100);
    assert_eq!(app.visit("/row-1099").send().location(), "https://example.com/1099");
    app.post(&format!("/v1/x/links/bulk/{}/undo", done["xImport"]["batchId"].as_str().unwrap()), &json!({}));
    assert_eq!(app.get("/v1/links?pageSize=1")["totalCount"], 0);
    let theirs = app.other_workspace();
    app.request("GET", &path).bearer(&theirs).send().refusal(404);
    let long = format!("url\n{}", "https://example.com/\n".repeat(10_001));
    assert_eq!(
        app.api("POST", "/v1/x/links/import").json(&json!({ "csv": long })).send().refusal(400).1,
        "/csv"
    );
}

#[test]
fn links_are_found_by_destination_tag_metadata_placement_and_short_url() {
    let app = TestApp::new();
    let make = |slug: &str, destination: &str| app.link(destination).slug(slug);
    make("one", "https://example.com/speisekarte").create();
    make("two", "https://example.com/").with("tags", json!(["Café Müller"])).create();
    make("three", "https://example.com/").with("metadata", json!({ "Tisch": "Ecke Süd" })).create();
    let four = make("four", "https://example.com/").create();
    app.post(
        &format!("/v1/x/links/{}/slugs", four.id),
        &json!({ "shortlink": "five", "placement": "Poster at the station" }),
    );
    make("six", "https://example.com/a")
        .with("fallbackDestination", json!("https://else.example/b"))
        .create();
    let found = |search: &str| -> Vec<String> {
        let page = app.get(&format!(
            "/v1/links?sortBy=LINK_SORT_FIELD_CREATED_AT&sortDirection=SORT_DIRECTION_ASC&search={search}"
        ));
        let links = page["links"].as_array().unwrap();
        assert_eq!(page["totalCount"], links.len());
        links.iter().map(|link| link["shortlink"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found("SPEISE"), ["one"]);
    assert_eq!(found("caf%C3%89%20m%C3%9CLL"), ["two"]);
    assert_eq!(found("ecke%20S%C3%9CD"), ["three"]);
    assert_eq!(found("tisch"), ["three"]);
    assert_eq!(found("station"), ["four"]);
    assert_eq!(found("fiv"), ["four"]);
    assert_eq!(found("else.example"), ["six"]);
    assert_eq!(found("redirect"), Vec::<String>::new());
    let address = app.address;
    assert_eq!(found(&format!("http%3A%2F%2F{address}%2FQ%2FFIVE")), ["four"]);
    // What changes is found as it is now.
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", four.id))["workflowSteps"].take();
    let path = format!("/v1/links/{}/workflow-steps/{}", four.id, steps[1]["id"].as_str().unwrap());
    app.patch(&path, &json!({ "payload": { "clientRedirect": { "destination": "https://new.example/" } } }));
    app.patch(&format!("/v1/links/{}", four.id), &json!({ "metadata": { "k": "Übermut" } }));
    assert_eq!(
        (found("new.example"), found("%C3%BCBERM")),
        (vec!["four".to_owned()], vec!["four".to_owned()])
    );
    app.advance(DAY);
    let app = app.restart();
    assert_eq!(app.get("/v1/links?search=new.example")["totalCount"], 1);
}
