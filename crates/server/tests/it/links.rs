//! Links, made, found, changed, deleted and brought back.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::eventually;
use serde_json::{Value, json};

const MENU: &str = "https://example.com/menu";

fn slugs(page: &Value) -> Vec<&str> {
    page["links"].as_array().unwrap().iter().map(|link| link["shortlink"].as_str().unwrap()).collect()
}

#[test]
fn a_destination_is_all_a_link_needs() {
    let app = TestApp::new();
    let made = app.post("/v1/links", &json!({ "destination": MENU }));
    let link = &made["link"];
    let slug = link["shortlink"].as_str().unwrap();
    assert_eq!(slug.len(), 7);
    assert_eq!(link["entrypoint"], format!("http://{}/{slug}", app.address));
    assert_eq!(link["xDestination"], MENU);
    assert_eq!((&link["eventCount"], &link["qrcodeEnabled"]), (&json!(0), &json!(true)));
    let steps = made["workflowSteps"].as_array().unwrap();
    assert_eq!(steps[0]["eventAction"], "EVENT_ACTION_LINK_VISIT");
    assert_eq!(steps[1]["payload"]["clientRedirect"]["destination"], MENU);
    assert_eq!(steps[0]["branches"][0]["nextStepId"], steps[1]["id"]);
    assert_eq!(app.get(&format!("/v1/links/{}", link["id"].as_str().unwrap()))["link"]["id"], link["id"]);
}

#[test]
fn a_link_keeps_what_it_was_given() {
    let app = TestApp::new();
    let id = "0199d8a0-0000-7000-8000-000000000001";
    let link = app
        .link(MENU)
        .slug("Summer-26")
        .with("id", json!(id))
        .with("name", json!("  Summer menu "))
        .with("purpose", json!("Tables 1 to 20"))
        .with("metadata", json!({ "table": "7" }))
        .with("tags", json!(["print", "garden"]))
        .with("fallbackDestination", json!("https://example.com/else"))
        .with("expiredDestination", json!("https://example.com/over"))
        .with("expiresAt", json!("2026-12-31"))
        .with("qrcodeEnabled", json!(false))
        .create();
    assert_eq!((link.id.as_str(), link.slug.as_str()), (id, "Summer-26"));
    for (field, value) in [
        ("name", json!("Summer menu")),
        ("purpose", json!("Tables 1 to 20")),
        ("metadata", json!({ "table": "7" })),
        ("fallbackDestination", json!("https://example.com/else")),
        ("expiredDestination", json!("https://example.com/over")),
        ("expiresAt", json!("2026-12-31T23:59:59.999Z")),
        ("qrcodeEnabled", json!(false)),
    ] {
        assert_eq!(link.json[field], value, "{field}");
    }
    let tags: Vec<_> =
        link.json["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(tags, ["garden", "print"]);
    let read = app.get(&format!("/v1/links/{id}?include=tags"))["link"].take();
    assert_eq!(read, link.json);
    assert_eq!(app.get(&format!("/v1/links/{id}"))["link"].get("tags"), None);
}

#[test]
fn a_taken_slug_is_409_however_it_is_spelled_and_stays_taken_by_a_deleted_link() {
    let app = TestApp::new();
    let link = app.link(MENU).slug("Menü").create();
    for slug in ["Menü", "MENÜ", "menu\u{308}"] {
        let (message, field) = app.link(MENU).slug(slug).send().refusal(409);
        assert_eq!(field, "/shortlink");
        assert!(message.contains("upper and lower case"), "{message}");
    }
    app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
    app.link(MENU).slug("menü").send().refusal(409);
    assert_eq!(app.get("/v1/links")["totalCount"], 0, "a refused link leaves nothing behind");
    let again = app.link(MENU).with("id", json!(link.id)).send();
    assert_eq!(again.refusal(409).1, "/id");
}

#[test]
fn of_many_who_ask_for_a_slug_at_once_one_gets_it() {
    let app = TestApp::new();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..8).map(|_| scope.spawn(|| app.link(MENU).slug("wanted").send().status)).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[test]
fn links_are_searched_by_name_and_slug() {
    let app = TestApp::new();
    for (slug, name) in [
        ("summer", "Garden menu"),
        ("winter", "100% wool"),
        ("spring", "SUMMER party"),
        ("Öl", "oil_can"),
        ("terrasse", "Menükarte"),
    ] {
        app.link("https://example.com/").slug(slug).with("name", json!(name)).create();
    }
    for (search, found) in [
        ("summer", vec!["spring", "summer"]),
        ("SUMMER", vec!["spring", "summer"]),
        ("menu", vec!["summer"]),
        ("MEN%C3%9CK", vec!["terrasse"]),
        ("menu%CC%88", vec!["terrasse"]),
        ("%25", vec!["winter"]),
        ("_", vec!["Öl"]),
        ("%C3%B6l", vec!["Öl"]),
        ("%5C", vec![]),
        ("'", vec![]),
    ] {
        let page = app.get(&format!(
            "/v1/links?search={search}&sortBy=LINK_SORT_FIELD_SHORTLINK&sortDirection=SORT_DIRECTION_ASC"
        ));
        assert_eq!(slugs(&page), found, "{search}");
        assert_eq!(page["totalCount"], found.len(), "{search}");
    }
}

#[test]
fn links_are_listed_in_the_order_asked_for_page_by_page() {
    let app = TestApp::new();
    for (number, name) in ["b", "A", "ä", "a", "", "", "c"].iter().enumerate() {
        let link = app.link(MENU).slug(&format!("slug-{number}")).with("name", json!(name)).create();
        if number < 3 {
            (0..=number).for_each(|_| drop(app.scan(&link)));
        }
        app.events(&link, if number < 3 { number + 1 } else { 0 });
        // Two of them were made in the same millisecond.
        if number != 4 {
            app.advance(1);
        }
    }
    eventually("the counters", || {
        let page = app.get("/v1/links?sortBy=LINK_SORT_FIELD_EVENT_COUNT&pageSize=1");
        (page["links"][0]["eventCount"] == 3).then_some(())
    });
    for sort in ["CREATED_AT", "UPDATED_AT", "SHORTLINK", "NAME", "EVENT_COUNT"] {
        for direction in ["ASC", "DESC"] {
            let query = format!("sortBy=LINK_SORT_FIELD_{sort}&sortDirection=SORT_DIRECTION_{direction}");
            let whole = app.get(&format!("/v1/links?{query}"));
            let expected: Vec<String> = slugs(&whole).into_iter().map(str::to_owned).collect();
            assert_eq!((expected.len(), whole.get("nextPageToken")), (7, None));
            let (mut paged, mut token) = (Vec::new(), String::new());
            loop {
                let page = app.get(&format!("/v1/links?{query}&pageSize=2&pageToken={token}"));
                assert_eq!(page["totalCount"], 7);
                paged.extend(slugs(&page).into_iter().map(str::to_owned));
                match page["nextPageToken"].as_str() {
                    Some(next) => token = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(paged, expected, "{query}");
            if sort == "EVENT_COUNT" && direction == "DESC" {
                assert_eq!(expected[..3], ["slug-2", "slug-1", "slug-0"]);
            }
            if sort == "NAME" && direction == "ASC" {
                // a and A are the same to a reader.
                assert_eq!(
                    (expected[4].as_str(), expected[6].as_str()),
                    ("slug-0", "slug-2"),
                    "{expected:?}"
                );
            }
            if sort == "SHORTLINK" && direction == "ASC" {
                assert!(expected.is_sorted());
            }
        }
    }
    for (query, field) in
        [("sortBy=NAME", "sortBy"), ("sortDirection=UP", "sortDirection"), ("pageToken=x", "pageToken")]
    {
        assert_eq!(app.api("GET", &format!("/v1/links?{query}")).send().refusal(400).1, field);
    }
}

#[test]
fn links_of_a_tag_are_listed() {
    let app = TestApp::new();
    app.link(MENU).slug("one").with("tags", json!(["print"])).create();
    app.link(MENU).slug("two").with("tags", json!(["print", "garden"])).create();
    app.link(MENU).slug("three").create();
    let count = |query: &str| app.get(&format!("/v1/links?{query}"))["totalCount"].as_u64().unwrap();
    assert_eq!(
        (count("tags=print"), count("tags=garden"), count("tags=garden,print"), count("tags=none")),
        (2, 1, 2, 0)
    );
    assert_eq!(count("tags=garden&tags=print&search=two"), 1);
}

#[test]
fn a_change_changes_what_it_names_and_clears_what_it_is_told_to() {
    let app = TestApp::new();
    let link = app
        .link(MENU)
        .with("name", json!("Menu"))
        .with("tags", json!(["print"]))
        .with("expiresAt", json!(app.time_in(DAY)))
        .with("expiredDestination", json!("https://example.com/over"))
        .with("fallbackDestination", json!("https://example.com/else"))
        .create();
    let path = format!("/v1/links/{}", link.id);
    app.advance(HOUR);
    let changed = app.patch(&path, &json!({ "purpose": "Tables" }))["link"].take();
    for field in
        ["name", "tags", "expiresAt", "expiredDestination", "fallbackDestination", "shortlink", "createdAt"]
    {
        assert_eq!(changed[field], link.json[field], "{field}");
    }
    assert_eq!(changed["purpose"], "Tables");
    assert_ne!(changed["updatedAt"], link.json["updatedAt"]);
    let cleared = json!({ "name": "", "tagsDelete": true, "expiresAtDelete": true, "expiredDestinationDelete": true,
                          "fallbackDestination": "" });
    let changed = app.patch(&path, &cleared)["link"].take();
    assert_eq!((&changed["name"], &changed["tags"]), (&json!(""), &json!([])));
    for field in ["expiresAt", "expiredDestination", "fallbackDestination"] {
        assert_eq!(changed.get(field), None, "{field}");
    }
    app.advance(2 * DAY);
    app.scan(&link);
}

#[test]
fn a_deleted_link_is_gone_at_once_and_can_be_brought_back_for_30_days() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    let path = format!("/v1/links/{}", link.id);
    let restore = format!("/v1/x/links/{}/restore", link.id);
    app.api("POST", &restore).send().refusal(404);
    app.api("DELETE", &path).send().expect(200);
    for method in ["GET", "DELETE"] {
        app.api(method, &path).send().refusal(404);
    }
    app.api("PATCH", &path).json(&json!({ "name": "x" })).send().refusal(404);
    app.api("GET", &format!("{path}/workflow-steps")).send().refusal(404);
    app.api("GET", &format!("{path}/qrcode.svg")).send().refusal(404);
    assert_eq!(app.get("/v1/links")["totalCount"], 0);
    app.advance(30 * DAY - 1);
    app.api("POST", &restore).send().expect(200);
    app.scan(&link);
    app.api("DELETE", &path).send().expect(200);
    app.advance(30 * DAY);
    app.api("POST", &restore).send().refusal(404);
}

#[test]
fn the_count_of_a_link_moves_with_its_scans() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    for _ in 0..3 {
        app.scan(&link);
    }
    app.scan_by(&link, crate::client::CURL, "198.51.100.9");
    let read = eventually("the counters", || {
        let read = app.get(&format!("/v1/links/{}", link.id))["link"].take();
        (read["eventCount"] == 3).then_some(read)
    });
    assert_eq!(read["xLifetimeScans"], 3);
    assert_eq!(read["xLastScanAt"], app.time_in(0));
    let workspace = app.get("/v1/metrics/workspace");
    assert_eq!((&workspace["totalLinks"], &workspace["totalMembers"]), (&json!(1), &json!(1)));
}
