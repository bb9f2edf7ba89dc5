//! Looks of pages by their ids, and those that come with the program.

use crate::app::TestApp;
use crate::client::Link;
use crate::workflows::{Phone, ids, publish, redirect};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::HashSet;

const EXIT: &str = "https://example.com/inside";
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect width=\"9\" height=\"9\" fill=\"#b80f1c\"/></svg>";

/// A link that shows a page before it leads on.
fn with_page(app: &TestApp) -> Link {
    let link = app.link(EXIT).create();
    let [page, exit] = ids();
    let step = json!({ "id": page, "payload": { "messagePage": { "title": "Hello" } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    publish(app, &link, vec![step, redirect(&exit, EXIT)]);
    link
}

fn path(link: &Link) -> String {
    format!("/v1/page-themes/{}", link.json["pageThemeId"].as_str().unwrap())
}

fn upload(app: &TestApp, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let body = json!({ "fileName": name, "fileData": STANDARD.encode(bytes) });
    app.post("/v1/media", &body)["media"]["id"].as_str().unwrap().to_owned()
}

/// Whether a page shows a cover, a badge and a logo at its foot.
fn pictures(page: &str) -> [bool; 3] {
    [
        "<img class=\"cover full\" src=\"/x/media/",
        "<img class=\"badge circle\" src=\"/x/media/",
        "<footer><img src=\"/x/media/",
    ]
    .map(|image| page.contains(image))
}

fn solid(color: &str) -> Value {
    json!({ "type": "THEME_COLOR_TYPE_SOLID", "colors": [color] })
}

#[test]
fn a_look_has_one_id_before_and_after_it_is_changed_and_stands_on_its_link() {
    let app = TestApp::new();
    let link = with_page(&app);
    let fresh = app.get(&path(&link))["pageTheme"].take();
    assert_eq!((&fresh["id"], &fresh["xLinkId"]), (&link.json["pageThemeId"], &json!(link.id)));
    assert_eq!(fresh.as_object().unwrap().len(), 5, "the house's look says nothing: {fresh}");
    let theme = json!({ "canvasColor": solid("#123456"), "containerEnabled": true,
        "containerConfig": { "variant": "PAGE_THEME_CONTAINER_VARIANT_SQUARE", "borderSize": 3 },
        "titleFont": { "family": "PAGE_THEME_FONT_FAMILY_GEORGIA", "bold": true } });
    app.set_clock("2026-03-11T09:00:00Z");
    let mut changed = app.patch(&path(&link), &theme)["pageTheme"].take();
    assert_eq!((&changed["id"], &changed["createdAt"]), (&fresh["id"], &fresh["createdAt"]));
    assert_eq!(changed["updatedAt"], "2026-03-11T09:00:00Z");
    assert_eq!(app.get(&path(&link))["pageTheme"], changed);
    for (field, value) in theme.as_object().unwrap() {
        assert_eq!(&changed[field], value);
    }
    // On the link, alone and in the list, and by the link's own way.
    for query in ["", "?include=tags", "?include=qrcodeDesign"] {
        let plain = app.get(&format!("/v1/links/{}{query}", link.id))["link"].take();
        assert!(plain["pageThemeId"] == fresh["id"] && plain.get("pageTheme").is_none(), "{query}");
    }
    let one = app.get(&format!("/v1/links/{}?include=pageTheme,qrcodeDesign", link.id));
    assert_eq!(one["link"]["pageTheme"], changed);
    assert!(one["link"]["qrcodeDesign"].is_object());
    assert_eq!(app.get("/v1/links?pageSize=5&include=pageTheme")["links"][0]["pageTheme"], changed);
    assert_eq!(app.get(&format!("/v1/x/links/{}/page-theme", link.id))["pageTheme"], theme);
    // What was read can be sent back.
    app.set_clock("2026-03-12T09:00:00Z");
    let mut again = app.patch(&path(&link), &changed)["pageTheme"].take();
    assert_eq!(again["updatedAt"], "2026-03-12T09:00:00Z");
    again["updatedAt"] = changed["updatedAt"].take();
    changed["updatedAt"] = again["updatedAt"].clone();
    assert_eq!(again, changed);
    let history = app.get(&format!("/v1/x/links/{}/history", link.id));
    let of_looks = |entry: &&Value| entry["changes"][0]["field"] == "pageTheme";
    assert_eq!(history["entries"].as_array().unwrap().iter().filter(of_looks).count(), 1, "once changed");
}

#[test]
fn a_change_leaves_what_it_does_not_name_and_the_next_page_has_it() {
    let app = TestApp::new();
    let link = with_page(&app);
    let plain = Phone::new(&app).open(&link).1;
    app.patch(
        &path(&link),
        &json!({ "canvasColor": solid("#fbf4ea"), "containerEnabled": true,
            "containerConfig": { "backgroundColor": solid("#ffffff"), "borderSize": 3, "borderColor": solid("#3b2f2f") },
            "bodyFont": { "familyStack": "Iowan Old Style, serif", "fontSize": 18 } }),
    );
    let themed = Phone::new(&app).open(&link).1;
    assert!(!plain.contains("#fbf4ea") && themed.contains("#fbf4ea") && themed.contains("#3b2f2f"));
    let change = json!({ "containerConfig": { "borderSize": 1 }, "bodyFont": { "family": "PAGE_THEME_FONT_FAMILY_ARIAL" },
        "elementColor": solid("#7b2d26"), "canvasColor": null,
        "visitorExperience": "PAGE_THEME_VISITOR_EXPERIENCE_CLASSIC" });
    let theme = app.patch(&path(&link), &change)["pageTheme"].take();
    assert_eq!(
        theme["containerConfig"],
        json!({ "backgroundColor": solid("#ffffff"), "borderSize": 1, "borderColor": solid("#3b2f2f") })
    );
    assert_eq!(theme["bodyFont"], json!({ "family": "PAGE_THEME_FONT_FAMILY_ARIAL", "fontSize": 18 }));
    assert_eq!((&theme["canvasColor"], &theme["elementColor"]), (&solid("#fbf4ea"), &solid("#7b2d26")));
    let again = Phone::new(&app).open(&link).1;
    assert!(again.contains("#fbf4ea") && again.contains("#7b2d26"));
    let before = app.get(&path(&link));
    for (body, field, words) in [
        (json!({ "colour": "red" }), "/colour", "no field"),
        (json!({ "elementColor": solid("teal;") }), "/elementColor/colors/0", "no colour"),
        (
            json!({ "titleFont": { "color": { "type": "THEME_COLOR_TYPE_SOLID", "colors": [] } } }),
            "/titleFont/color/colors",
            "no colour",
        ),
        (json!({ "containerConfig": { "borderSize": "3" } }), "/containerConfig/borderSize", "whole number"),
        (json!({ "badgeShape": "STAR" }), "/badgeShape", "CIRCLE"),
        (json!({ "containerConfig": { "borderSize": 1_000_000 } }), "/containerConfig/borderSize", "0 to 12"),
        (json!({ "containerConfig": { "borderSize": -3 } }), "/containerConfig/borderSize", "0 to 12"),
        (json!({ "containerConfig": { "opacity": 250 } }), "/containerConfig/opacity", "0 to 100"),
        (json!({ "titleFont": { "fontSize": -12 } }), "/titleFont/fontSize", "8 to 96"),
        (json!({ "titleFont": { "fontSize": 1e300 } }), "/titleFont/fontSize", "whole number"),
        (json!({ "titleFont": { "family": "COMIC" } }), "/titleFont/family", "VERDANA"),
        (json!({ "titleFont": { "familyStack": "x}*{display:none" } }), "/titleFont/familyStack", "no name"),
        (
            json!({ "canvasColor": { "type": "LINEAR", "colors": ["#fff", "#000"], "direction": "NaNdeg" } }),
            "/canvasColor/direction",
            "135deg",
        ),
        (
            json!({ "canvasColor": { "type": "LINEAR", "colors": ["#fff", "#000"], "stops": ["0%", "inf%"] } }),
            "/canvasColor/stops/1",
            "0% to 100%",
        ),
        (
            json!({ "visitorExperience": "PAGE_THEME_VISITOR_EXPERIENCE_FOCUSED" }),
            "/visitorExperience",
            "whole",
        ),
        // All of a change or nothing.
        (json!({ "containerEnabled": false, "badge": { "id": "none" } }), "/badge/id", "upload it first"),
    ] {
        let (message, at) = app.api("PATCH", &path(&link)).json(&body).send().refusal(400);
        assert!(at == field && message.contains(words), "{body}: {at} {message}");
    }
    assert_eq!(app.get(&path(&link)), before);
}

#[test]
fn pictures_of_the_library_are_chosen_and_taken_away() {
    let app = TestApp::new();
    let link = with_page(&app);
    let [cover, badge] = [upload(&app, "cover.svg", SVG), upload(&app, "badge.svg", SVG.replace("9", "8"))];
    let change = json!({ "canvasCover": { "id": cover }, "badge": { "id": badge }, "badgeEnabled": true,
        "footerLogo": { "id": badge } });
    let theme = app.patch(&path(&link), &change)["pageTheme"].take();
    assert_eq!(
        [&theme["canvasCoverId"], &theme["badgeId"], &theme["footerLogoId"]],
        [&json!(cover), &json!(badge), &json!(badge)]
    );
    let page = Phone::new(&app).open(&link).1;
    assert_eq!(pictures(&page), [true; 3], "{page}");
    let uses = app.get(&format!("/v1/media/{cover}"))["media"]["references"].take();
    assert_eq!((&uses[0]["type"], &uses[0]["linkId"]), (&json!("TYPE_PAGE_THEME_COVER"), &json!(link.id)));
    // What shows a file holds it.
    app.api("DELETE", &format!("/v1/media/{cover}")).send().refusal(409);
    let theme = app.patch(
        &path(&link),
        &json!({ "canvasCover": { "delete": {} }, "canvasCoverId": cover, "footerLogoEnabled": false }),
    )["pageTheme"]
        .take();
    assert!(theme.get("canvasCoverId").is_none() && theme["badgeId"] == json!(badge), "{theme}");
    assert_eq!(theme["footerLogoId"], json!(badge), "hidden, and kept");
    let page = Phone::new(&app).open(&link).1;
    assert_eq!(pictures(&page), [false, true, false], "{page}");
    app.api("DELETE", &format!("/v1/media/{cover}")).send().expect(200);

    let pdf = upload(&app, "menu.pdf", "%PDF-1.4\n");
    let mut png = STANDARD.decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==").unwrap();
    png.resize((3 << 20) + 1, 0);
    let large = app.post(
        "/v1/media/uploads",
        &json!({ "fileName": "large.png", "mimeType": "image/png", "size": png.len() }),
    );
    let to = large["uploadUrl"].as_str().unwrap();
    app.request("PUT", &to[to.find("/x/").unwrap()..]).body("image/png", png).send().expect(200);
    let large = large["media"]["id"].as_str().unwrap();
    app.api("POST", &format!("/v1/media/{large}:complete")).send().expect(200);
    let theirs = app.other_workspace();
    let foreign = json!({ "fileName": "theirs.svg", "fileData": STANDARD.encode(SVG) });
    let foreign = app.request("POST", "/v1/media").bearer(&theirs).json(&foreign).send().expect(200);
    for (body, field, word) in [
        (json!({ "footerLogo": { "id": pdf } }), "/footerLogo/id", "MEDIA_NOT_ALLOWED_HERE"),
        (json!({ "canvasCover": { "id": large } }), "/canvasCover/id", "MEDIA_NOT_ALLOWED_HERE"),
        (json!({ "badge": { "id": foreign["media"]["id"] } }), "/badge/id", "VALIDATION_FAILED"),
        (json!({ "badge": { "id": cover } }), "/badge/id", "VALIDATION_FAILED"),
        (json!({ "badge": { "id": 7 } }), "/badge/id", "VALIDATION_FAILED"),
        (json!({ "badge": { "id": badge, "delete": {} } }), "/badge", "VALIDATION_FAILED"),
        (json!({ "badge": {} }), "/badge", "VALIDATION_FAILED"),
        (json!({ "badge": badge }), "/badge", "VALIDATION_FAILED"),
        (json!({ "badge": { "delete": "yes" } }), "/badge/delete", "VALIDATION_FAILED"),
        (json!({ "badgeId": pdf }), "/badgeId", "MEDIA_NOT_ALLOWED_HERE"),
    ] {
        let error = app.api("PATCH", &path(&link)).json(&body).send().expect(400);
        assert_eq!(
            (&error["details"][0]["field"], &error["codeType"]),
            (&json!(field), &json!(word)),
            "{body}"
        );
        if word == "MEDIA_NOT_ALLOWED_HERE" {
            let metadata = &error["details"][0]["metadata"];
            assert!(metadata["slot"].is_string() && metadata["limit"] == "3145728", "{error}");
            let reason = if body["canvasCover"].is_object() { "TOO_LARGE" } else { "KIND_NOT_ACCEPTED" };
            assert_eq!(metadata["reason"], reason);
        }
    }
    assert_eq!(app.get(&path(&link))["pageTheme"], theme);
}

#[test]
fn looks_are_listed_by_pages_and_nobody_sees_anothers() {
    let app = TestApp::new();
    let links: Vec<Link> = (0..5).map(|_| app.link(EXIT).create()).collect();
    app.patch(&path(&links[3]), &json!({ "badgeEnabled": true }));
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/page-themes?pageSize=2&pageToken={token}"));
        assert_eq!(page["totalCount"], 5);
        seen.extend(page["pageThemes"].as_array().unwrap().iter().cloned());
        match page["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert!(seen.len() == 5 && seen[3]["badgeEnabled"] == true && seen[2].get("badgeEnabled").is_none());
    for (theme, link) in seen.iter().zip(&links) {
        assert_eq!(theme["id"], link.json["pageThemeId"]);
    }
    let ids: HashSet<&str> = seen.iter().map(|theme| theme["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 5 && links.iter().all(|link| !ids.contains(link.id.as_str())));
    let theirs = app.other_workspace();
    assert_eq!(app.request("GET", "/v1/page-themes").bearer(&theirs).send().expect(200)["totalCount"], 0);
    let change = json!({ "badgeEnabled": false });
    app.request("GET", &path(&links[3])).bearer(&theirs).send().refusal(404);
    app.request("PATCH", &path(&links[3])).bearer(&theirs).json(&change).send().refusal(404);
    assert_eq!(app.get(&path(&links[3]))["pageTheme"]["badgeEnabled"], true);
    // Neither is a link's id one of a look, nor does a look outlive its link.
    app.api("GET", &format!("/v1/page-themes/{}", links[0].id)).send().refusal(404);
    assert_eq!(app.api("GET", "/v1/page-themes/none").send().refusal(400).1, "id");
    app.api("DELETE", &format!("/v1/links/{}", links[3].id)).send().expect(200);
    app.api("GET", &path(&links[3])).send().refusal(404);
    app.api("PATCH", &path(&links[3])).json(&change).send().refusal(404);
    assert_eq!(app.get("/v1/page-themes")["totalCount"], 4);
    app.api("POST", &format!("/v1/x/links/{}/restore", links[3].id)).send().expect(200);
    assert_eq!(app.get(&path(&links[3]))["pageTheme"]["badgeEnabled"], true);
}

#[test]
fn a_look_of_the_house_is_given_known_again_and_taken_back() {
    let app = TestApp::new();
    let link = with_page(&app);
    let matching = format!("/v1/page-themes/matching-template?linkId={}", link.id);
    let plain = app.get(&matching);
    assert_eq!((&plain["matched"], &plain["pageThemeTemplate"]["slug"]), (&json!(true), &json!("plain")));
    let (mut looks, mut templates) = (HashSet::new(), HashSet::new());
    for slug in ["linen", "midnight", "gazette", "shore", "workshop", "plain"] {
        let applied = app.post("/v1/page-themes/apply-template", &json!({ "linkId": link.id, "slug": slug }));
        assert_eq!(applied, app.get(&path(&link)));
        let template = app.get(&matching)["pageThemeTemplate"].take();
        assert!(template["slug"] == slug && template["builtIn"] == true && template["owned"] == false);
        looks.insert(Phone::new(&app).open(&link).1.split("</style>").next().unwrap().to_owned());
        templates.insert(template["id"].as_str().unwrap().to_owned());
        // By its id it is the same.
        let body = json!({ "linkId": link.id, "pageThemeTemplateId": template["id"] });
        let again = app.post("/v1/page-themes/apply-template", &body);
        assert_eq!(again["pageTheme"]["canvasColor"], applied["pageTheme"]["canvasColor"]);
        assert_eq!(app.get(&matching)["pageThemeTemplate"], template);
    }
    assert_eq!((looks.len(), templates.len()), (6, 6), "no two pages look alike");
    // What was there before is replaced whole, and can be had back.
    app.patch(&path(&link), &json!({ "badgeEnabled": true }));
    assert_eq!(app.get(&matching), json!({ "matched": false }));
    app.post("/v1/page-themes/apply-template", &json!({ "linkId": link.id, "slug": "linen" }));
    assert!(app.get(&path(&link))["pageTheme"].get("badgeEnabled").is_none());
    let history = app.get(&format!("/v1/x/links/{}/history", link.id));
    let last = &history["entries"][0];
    assert_eq!((&last["changes"][0]["field"], &last["action"]), (&json!("pageTheme"), &json!("updated")));
    let undo = format!("/v1/x/links/{}/history/{}/undo", link.id, last["id"].as_str().unwrap());
    app.api("POST", &undo).send().expect(200);
    assert_eq!(app.get(&path(&link))["pageTheme"]["badgeEnabled"], true);

    let none = "0197a3c0-0000-7000-8000-000000000001";
    let apply = |body: Value| app.api("POST", "/v1/page-themes/apply-template").json(&body).send();
    apply(json!({ "linkId": none, "slug": "linen" })).refusal(404);
    apply(json!({ "linkId": link.id, "slug": "nothing" })).refusal(404);
    apply(json!({ "linkId": link.id, "pageThemeTemplateId": none })).refusal(404);
    assert_eq!(apply(json!({ "linkId": "x", "slug": "linen" })).refusal(400).1, "/linkId");
    for body in [
        json!({ "linkId": link.id }),
        json!({ "linkId": link.id, "slug": "linen", "pageThemeTemplateId": none }),
    ] {
        assert_eq!(apply(body).refusal(400).1, "/pageThemeTemplateId");
    }
    let asked = |query: &str| app.api("GET", &format!("/v1/page-themes/matching-template{query}")).send();
    assert_eq!(asked("").refusal(400).1, "linkId");
    assert_eq!(asked("?linkId=x").refusal(400).1, "linkId");
    asked(&format!("?linkId={none}")).refusal(404);
    let theirs = app.other_workspace();
    app.request("GET", &matching).bearer(&theirs).send().refusal(404);
    let body = json!({ "linkId": link.id, "slug": "linen" });
    app.request("POST", "/v1/page-themes/apply-template").bearer(&theirs).json(&body).send().refusal(404);
}
