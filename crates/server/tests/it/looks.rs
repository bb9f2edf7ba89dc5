//! Pictures in the middle of codes, looks that wait to be taken, and templates.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::Link;
use crate::qrcode::{decode, draw};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::Pixmap;
use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader};
use serde_json::{Value, json};

/// An SVG with all that a file could do besides being looked at.
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 40 20\" \
    onload=\"alert(1)\"><script>alert(2)</script><image width=\"9\" height=\"9\" href=\"https://evil.example/spy.png\"/>\
    <a xlink:href=\"javascript:alert(3)\"><rect width=\"40\" height=\"20\" rx=\"6\" fill=\"#b80f1c\"/></a></svg>";

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

fn design(link: &Link) -> String {
    format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap())
}

fn svg_of(app: &TestApp, link: &Link) -> String {
    app.api("GET", &format!("/v1/links/{}/qrcode.svg?size=600", link.id)).send().text()
}

/// What either of two readers finds: a picture in the middle is more than one of them mends.
fn read_again(image: &Pixmap) -> Option<String> {
    let side = image.width();
    let luma: Vec<u8> = image.pixels().iter().map(|pixel| pixel.green()).collect();
    let at = |x: usize, y: usize| luma[y * side as usize + x];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(side as usize, side as usize, at);
    let by_rqrr = prepared.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text);
    by_rqrr.or_else(|| {
        let source = Luma8LuminanceSource::new(luma, side, side).ok()?;
        let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let found = QRCodeReader::new().decode_with_hints(&mut bitmap, &hints).ok()?;
        Some(found.getText().to_owned())
    })
}

/// The code of a link is read from its SVG and from its PNG.
fn is_read(app: &TestApp, link: &Link) {
    let png = app.api("GET", &format!("/v1/links/{}/qrcode.png?size=600", link.id)).send();
    let png = Pixmap::decode_png(&png.body).unwrap();
    for image in [&draw(svg_of(app, link).as_bytes()), &png] {
        assert_eq!(read_again(image).as_deref(), link.json["xQrEntrypoint"].as_str());
    }
}

#[test]
fn a_picture_in_the_middle_is_cleaned_copied_and_read_past() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let media = app.post("/v1/media", &json!({ "fileName": "logo.svg", "fileData": base64(SVG) }));
    let media = media["media"]["id"].as_str().unwrap();
    let change = json!({ "centralImageMediaId": media, "centralImageSize": 0.5, "centralImageMargin": 8,
        "errorCorrectionLevel": "H" });
    let changed = app.patch(&design(&link), &change)["qrcodeDesign"].take();
    assert_eq!((&changed["centralImageMediaId"], &changed["centralImageSize"]), (&json!(media), &json!(0.5)));
    is_read(&app, &link);
    let svg = svg_of(&app, &link);
    let picture = svg.split("data:image/svg+xml;base64,").nth(1).unwrap().split('"').next().unwrap();
    let picture = String::from_utf8(STANDARD.decode(picture).unwrap()).unwrap();
    assert!(picture.contains("#b80f1c"), "{picture}");
    for evil in ["script", "alert", "evil.example", "onload", "href"] {
        assert!(!picture.contains(evil), "{evil} in {picture}");
    }
    // Its own address shows the very same.
    let url = changed["centralImageSignedUrl"].as_str().unwrap();
    let shown = app.request("GET", &url[url.find("/x/").unwrap()..]).send();
    assert_eq!((shown.status, shown.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(shown.text(), picture);
    assert!(shown.header("content-security-policy").contains("sandbox"));
    // The file may go: the look keeps its copy, and no longer names it.
    app.api("DELETE", &format!("/v1/media/{media}")).send().expect(200);
    let after = app.get(&design(&link))["qrcodeDesign"].take();
    assert!(after.get("centralImageMediaId").is_none() && after["centralImageSignedUrl"].is_string());
    assert_eq!(svg_of(&app, &link), svg);
    // Another change leaves it, and it can be taken out.
    app.patch(&design(&link), &json!({ "width": 800 }));
    assert!(svg_of(&app, &link).contains("<image"));
    let gone = app.patch(&design(&link), &json!({ "centralImageDelete": true }))["qrcodeDesign"].take();
    assert!(gone.get("centralImageSignedUrl").is_none() && !svg_of(&app, &link).contains("<image"));
    let held = app.request("GET", &url[url.find("/x/").unwrap()..]).send();
    assert_eq!(held.status, 404, "nobody has the picture any more");
}

#[test]
fn a_picture_can_be_had_back_for_thirty_days() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let look =
        json!({ "centralImageData": base64(SVG), "centralImageSize": 0.5, "errorCorrectionLevel": "H" });
    app.patch(&design(&link), &look);
    let with = svg_of(&app, &link);
    let history = format!("/v1/x/links/{}/history", link.id);
    let undo = |app: &TestApp| {
        let newest = app.get(&history)["entries"][0]["id"].as_str().unwrap().to_owned();
        app.api("POST", &format!("{history}/{newest}/undo")).send().expect(200)
    };
    app.patch(&design(&link), &json!({ "centralImageDelete": true }));
    app.tend_what_waits();
    let undone = undo(&app);
    assert!(undone.get("xWarnings").is_none_or(|warnings| warnings == &json!([])), "{undone}");
    assert_eq!(svg_of(&app, &link), with);
    app.patch(&design(&link), &json!({ "centralImageDelete": true }));
    app.advance(31 * DAY);
    app.tend_what_waits();
    assert!(undo(&app).to_string().contains("picture in its code is gone"));
}

#[test]
fn pictures_of_all_formats_are_taken_as_they_are_drawn() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for (name, kind) in [("logo.png", "png"), ("logo.jpg", "jpeg"), ("logo.webp", "png")] {
        let file = std::fs::read(format!("{}/tests/it/pictures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let body =
            json!({ "centralImageData": base64(file), "errorCorrectionLevel": "H", "centralImageSize": 0.4 });
        app.patch(&design(&link), &body);
        assert!(svg_of(&app, &link).contains(&format!("data:image/{kind};base64,")), "{name}");
        is_read(&app, &link);
    }
}

#[test]
fn what_is_no_picture_or_hides_too_much_is_refused_and_changes_nothing() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = design(&link);
    let pdf = app.post("/v1/media", &json!({ "fileName": "menu.pdf", "fileData": base64("%PDF-1.4\n") }));
    let before = app.get(&path);
    let uses = "<use href=\"#a\"/>".repeat(40);
    let nested = (1..6).fold(String::from("<g id=\"n0\"><rect width=\"1\" height=\"1\"/></g>"), |all, n| {
        format!("{all}<g id=\"n{n}\">{}</g>", format!("<use href=\"#n{}\"/>", n - 1).repeat(12))
    });
    let svg = |inside: &str| {
        base64(format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{inside}</svg>"))
    };
    let [data, media, size] = ["/centralImageData", "/centralImageMediaId", "/centralImageSize"];
    let black = svg("<rect width=\"9\" height=\"9\"/>");
    for (body, field, words) in [
        (json!({ "centralImageData": "no base64!" }), data, "base64"),
        (json!({ "centralImageData": base64("hello") }), data, "PNG, JPEG, WebP or SVG"),
        (json!({ "centralImageData": base64(b"\x89PNG\r\n\x1a\nbroken") }), data, "cannot be read"),
        (json!({ "centralImageData": base64(vec![b' '; (3 << 20) + 1]) }), data, "at most 3 MB"),
        (json!({ "centralImageData": svg("<text y=\"9\">A</text>") }), data, "turned into paths"),
        (json!({ "centralImageData": svg(&format!("{nested}{uses}")) }), data, "too many parts"),
        (json!({ "centralImageData": svg("<g id=\"a\"><use href=\"#a\"/></g>") }), data, "too many parts"),
        (json!({ "centralImageMediaId": "7" }), media, "not a UUID"),
        (json!({ "centralImageMediaId": link.id }), media, "upload it first"),
        (json!({ "centralImageMediaId": pdf["media"]["id"] }), media, "no picture"),
        (json!({ "centralImageData": black, "centralImageDelete": true }), data, "leave one"),
        (
            json!({ "centralImageData": black, "centralImageSize": 1.0, "errorCorrectionLevel": "H" }),
            size,
            "smaller",
        ),
        (json!({ "centralImageSize": 0 }), size, "above 0"),
    ] {
        let (message, at) = app.api("PATCH", &path).json(&body).send().refusal(400);
        let shown: String = body.to_string().chars().take(200).collect();
        assert!(at == field && message.contains(words), "{shown}: {at} {message}");
    }
    assert_eq!(app.get(&path), before);
}

#[test]
fn an_svg_that_would_take_hours_to_draw_is_refused_at_once() {
    let app = TestApp::new();
    let turbulence = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\"><filter id=\"f\"><feTurbulence \
        numOctaves=\"1000000\" baseFrequency=\"0.1\"/></filter><rect width=\"10\" height=\"10\" filter=\"url(#f)\"/></svg>";
    let blurred = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\"><rect width=\"10\" height=\"10\" \
        style=\"filter: blur(99999px)\"/></svg>";
    for evil in [turbulence, blurred] {
        let body = json!({ "centralImageData": base64(evil) });
        let refused = app.request("POST", "/v1/public/qrcode-designs").json(&body).send().refusal(400);
        assert!(refused.1 == "/centralImageData" && refused.0.contains("filters"), "{refused:?}");
    }
    // As a file of the library it is only kept, and a few bytes do not become many.
    let nested = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\">{}<rect/>{}</svg>",
        "<g>".repeat(8_000),
        "</g>".repeat(8_000)
    );
    let body = json!({ "fileName": "deep.svg", "fileData": base64(nested) });
    assert_eq!(app.api("POST", "/v1/media").json(&body).send().refusal(400).1, "/fileData");
}

#[test]
fn a_preview_is_what_the_file_will_be_and_says_whether_it_would_be_taken() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let id = link.json["qrcodeDesignId"].as_str().unwrap();
    let path = format!("/v1/x/qrcode-designs/{id}/preview");
    let change =
        json!({ "dotsOptions": { "type": "DOTS_TYPE_ROUNDED", "themeColor": { "colors": ["#0b5c4c"] } } });
    let seen = app.post(&path, &change);
    assert!(seen.get("refused").is_none() && seen["warnings"] == json!([]));
    assert!(seen["narrowestRead"].as_u64().unwrap() <= 33 * 4 && seen["modules"] == 25);
    assert_eq!(seen["printFromMm"], json!(13.2));
    assert_eq!(
        decode(&draw(seen["svg"].as_str().unwrap().as_bytes())),
        link.json["xQrEntrypoint"].as_str().unwrap()
    );
    assert_eq!(
        app.get(&design(&link))["qrcodeDesign"]["dotsOptions"]["type"],
        "DOTS_TYPE_SQUARE",
        "nothing is stored"
    );
    app.patch(&design(&link), &change);
    let file = app.api("GET", &format!("/v1/links/{}/qrcode.svg?size=480", link.id)).send().text();
    let untitled = |svg: &str| svg.split_once("</title>").map_or(svg.to_owned(), |(_, rest)| rest.to_owned());
    let inside = |svg: &str| untitled(svg)[untitled(svg).find("<rect").unwrap()..].to_owned();
    assert_eq!(inside(&file), inside(seen["svg"].as_str().unwrap()));
    // What would be refused is drawn all the same, with the reason.
    let pale = json!({ "dotsOptions": { "themeColor": { "colors": ["#dddddd"] } } });
    let seen = app.post(&path, &pale);
    assert_eq!(seen["refused"]["field"], "/dotsOptions/themeColor");
    assert!(seen["svg"].as_str().unwrap().contains("#dddddd"));
    app.api("POST", &path).json(&json!({ "shape": "SHAPE_CIRCLE" })).send().refusal(400);
}

/// Makes a look that nobody has, without an account.
fn fresh(app: &TestApp, settings: &Value) -> Value {
    app.request("POST", "/v1/public/qrcode-designs").json(settings).send().expect(200)["qrcodeDesign"].take()
}

#[test]
fn a_look_made_without_an_account_is_taken_once_by_a_link() {
    let app = TestApp::new();
    let round = json!({ "dotsOptions": { "type": "DOTS_TYPE_DOTS" }, "centralImageData": base64(SVG),
        "errorCorrectionLevel": "H" });
    let made = fresh(&app, &round);
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["dotsOptions"]["type"], "DOTS_TYPE_DOTS");
    let link = app.link("https://example.com/").with("qrcodeDesignId", json!(id)).create();
    assert_eq!(link.json["qrcodeDesignId"], id);
    is_read(&app, &link);
    assert!(svg_of(&app, &link).contains("<image"));
    let again = json!({ "destination": "https://example.com/", "qrcodeDesignId": id });
    let (message, field) = app.api("POST", "/v1/links").json(&again).send().refusal(400);
    assert!(field == "/qrcodeDesignId" && message.contains(&link.id), "{field} {message}");
    let (message, _) = app.api("DELETE", &design(&link)).send().refusal(409);
    assert!(message.contains(&link.id));
    // One that nobody takes can be deleted, and goes after a day.
    let other = fresh(&app, &json!({}));
    let path = format!("/v1/qrcode-designs/{}", other["id"].as_str().unwrap());
    app.patch(&path, &json!({ "width": 500 }));
    app.request("GET", &path).bearer(&app.other_workspace()).send().refusal(404);
    app.api("DELETE", &path).send().expect(200);
    app.api("DELETE", &path).send().refusal(404);
    let stale = fresh(&app, &json!({ "centralImageData": base64(SVG) }));
    let path = format!("/v1/qrcode-designs/{}", stale["id"].as_str().unwrap());
    app.advance(DAY + 1);
    app.tend_what_waits();
    app.api("GET", &path).send().refusal(404);
}

#[test]
fn many_links_take_looks_all_or_none() {
    let app = TestApp::new();
    let id = fresh(&app, &json!({ "width": 500 }))["id"].take();
    let link = |design: &Value| json!({ "destination": "https://example.com/", "qrcodeDesignId": design });
    let twice = json!({ "links": [link(&id), link(&id)] });
    let (_, field) = app.api("POST", "/v1/links/bulk").json(&twice).send().refusal(400);
    assert_eq!(field, "/links/1/qrcodeDesignId");
    let taken = json!({ "links": [link(&id), { "destination": "nowhere" }] });
    app.api("POST", "/v1/links/bulk").json(&taken).send().refusal(400);
    let house =
        app.get("/v1/qrcode-templates?scope=QRCODE_TEMPLATE_SCOPE_AVAILABLE&search=ink")["qrcodeTemplates"]
            .take();
    let ink = &house[0]["id"];
    let with_template = json!({ "destination": "https://example.com/", "qrcodeTemplateId": ink });
    let links =
        app.post("/v1/links/bulk", &json!({ "links": [link(&id), with_template, with_template] }))["links"]
            .take();
    assert_eq!(links[0]["qrcodeDesignId"], id);
    assert_eq!((&links[1]["qrcodeTemplateId"], &links[2]["qrcodeTemplateId"]), (ink, ink));
    assert_ne!(links[1]["qrcodeDesignId"], links[2]["qrcodeDesignId"]);
    let one = app.get(&format!("/v1/links/{}?include=qrcodeDesign", links[1]["id"].as_str().unwrap()));
    assert_eq!(one["link"]["qrcodeDesign"]["dotsOptions"]["type"], "DOTS_TYPE_CLASSY_ROUNDED");
    for (field, id) in [("qrcodeTemplateId", links[0]["id"].clone()), ("qrcodeDesignId", id)] {
        let body = json!({ "destination": "https://example.com/", field: id });
        assert_eq!(app.api("POST", "/v1/links").json(&body).send().refusal(400).1, format!("/{field}"));
    }
}

#[test]
fn a_template_is_made_found_applied_published_and_imported() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.patch(
        &design(&link),
        &json!({ "centralImageData": base64(SVG), "errorCorrectionLevel": "H",
            "dotsOptions": { "themeColor": { "colors": ["#1c4a29"] } } }),
    );
    // Of a link's look, and of one that nobody has.
    let saved = app.post("/v1/qrcode-templates", &json!({ "name": "House style", "xLinkId": link.id }))["qrcodeTemplate"].take();
    let id = saved["id"].as_str().unwrap().to_owned();
    assert!(saved["owned"] == true && saved["builtIn"] == false && saved.get("slug").is_none());
    assert_eq!(saved["qrcodeDesign"]["dotsOptions"]["themeColor"]["colors"][0], "#1c4a29");
    let look = fresh(&app, &json!({ "dotsOptions": { "type": "DOTS_TYPE_CLASSY" } }));
    let body = json!({ "name": "Second", "tags": "menu", "qrcodeDesignId": look["id"] });
    app.post("/v1/qrcode-templates", &body);
    assert_eq!(app.api("POST", "/v1/qrcode-templates").json(&body).send().refusal(400).1, "/qrcodeDesignId");
    // Found.
    let names = |query: &str| -> Vec<String> {
        let all = app.get(&format!("/v1/qrcode-templates{query}"))["qrcodeTemplates"].take();
        all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(""), ["House style", "Second"]);
    assert_eq!(names("?search=MENU"), ["Second"]);
    assert_eq!(names("?scope=QRCODE_TEMPLATE_SCOPE_AVAILABLE").len(), 12);
    app.api("GET", "/v1/qrcode-templates?scope=ALL").send().refusal(400);
    let page = app.get("/v1/qrcode-templates?pageSize=1");
    assert!(page["hasMore"] == true && page["totalCount"] == 2);
    let next = page["nextPageToken"].as_str().unwrap();
    assert_eq!(names(&format!("?pageSize=1&pageToken={next}")), ["Second"]);
    // Applied: the picture comes along, and the template says how often it is used.
    let other = app.link("https://example.com/").slug("a-rather-long-slug-for-a-code").create();
    let apply = |link: &Link, name: Value| {
        let mut body = json!({ "linkId": link.id });
        body.as_object_mut().unwrap().extend(name.as_object().unwrap().clone());
        app.api("POST", "/v1/qrcode-designs/apply-template").json(&body).send()
    };
    let applied = apply(&other, json!({ "qrcodeTemplateId": id })).expect(200)["qrcodeDesign"].take();
    assert_eq!(applied["id"], other.json["qrcodeDesignId"]);
    is_read(&app, &other);
    assert!(svg_of(&app, &other).contains("<image"));
    assert_eq!(app.get(&format!("/v1/qrcode-templates/{id}"))["usageCount"], 1);
    apply(&other, json!({})).refusal(400);
    apply(&other, json!({ "templateSlug": "nothing" })).refusal(404);
    apply(&other, json!({ "templateSlug": "sunset" })).expect(200);
    assert!(!svg_of(&app, &other).contains("<image"), "a template's look is the whole look");
    is_read(&app, &other);
    // Published once it says what it is, imported by somebody else as his own.
    let path = format!("/v1/qrcode-templates/{id}");
    assert_eq!(app.api("POST", &format!("{path}/publish")).send().refusal(400).1, "/description");
    assert_eq!(app.api("PATCH", &path).json(&json!({ "slug": "Ink!" })).send().refusal(400).1, "/slug");
    app.api("PATCH", &path).json(&json!({ "slug": "ink" })).send().refusal(409);
    let said = app.patch(&path, &json!({ "description": "Ours.", "slug": "house-style" }));
    assert_eq!(said["qrcodeTemplate"]["name"], "House style");
    let theirs = app.other_workspace();
    let import = |slug: &str| {
        let body = json!({ "slug": slug });
        app.request("POST", "/v1/qrcode-templates/import").bearer(&theirs).json(&body).send()
    };
    import("house-style").refusal(404);
    app.request("GET", "/v1/public/qrcode-templates/house-style").send().refusal(404);
    assert!(app.post(&format!("{path}/publish"), &json!({}))["qrcodeTemplate"]["publishedAt"].is_string());
    app.api("PATCH", &path).json(&json!({ "slug": "" })).send().refusal(400);
    let public = app.request("GET", "/v1/public/qrcode-templates/house-style").send().expect(200);
    assert!(public["name"] == "House style" && public.get("workspaceId").is_none());
    let gallery = app.request("GET", "/v1/public/qrcode-templates?search=house").send().expect(200);
    assert_eq!(gallery["qrcodeTemplates"].as_array().unwrap().len(), 1);
    let copy = import("house-style").expect(200)["qrcodeTemplate"].take();
    assert!(copy["duplicatedFrom"] == id && copy["owned"] == true && copy.get("publishedAt").is_none());
    // Its picture, and what is deleted: links and copies keep their looks.
    let url = public["thumbnailSignedUrl"].as_str().unwrap();
    let picture = &url[url.find("/x/").unwrap()..];
    assert!(draw(&app.request("GET", picture).send().body).width() == 300);
    let images = json!({ "templateIds": [id, link.id] });
    let images = app.post("/v1/qrcode-templates/images:resolve", &images)["thumbnailSignedUrls"].take();
    assert_eq!(images.as_object().unwrap().len(), 1);
    apply(&other, json!({ "qrcodeTemplateId": id })).expect(200);
    app.api("DELETE", &path).send().expect(200);
    app.api("DELETE", &path).send().refusal(404);
    assert_eq!(app.request("GET", picture).send().status, 404);
    is_read(&app, &other);
    let mine = format!("/v1/qrcode-templates/{}?include=qrcodeDesign", copy["id"].as_str().unwrap());
    let mine = app.request("GET", &mine).bearer(&theirs).send().expect(200);
    assert!(mine["qrcodeDesign"]["centralImageSignedUrl"].is_string());
    app.advance(HOUR + 1);
    assert_eq!(app.request("GET", picture).send().status, 410);
}

#[test]
fn a_template_that_would_not_be_read_from_a_links_code_is_refused() {
    let app = TestApp::new();
    // A picture as large as the short code of a template lets it be, over the dense one of a long slug.
    let link = app.link("https://example.com/").create();
    let template = json!({ "name": "Bold", "xLinkId": link.id });
    app.patch(&design(&link), &json!({ "centralImageData": base64(SVG), "errorCorrectionLevel": "H" }));
    let template = app.post("/v1/qrcode-templates", &template)["qrcodeTemplate"].take();
    let look = format!("/v1/qrcode-designs/{}", template["qrcodeDesignId"].as_str().unwrap());
    let pale = json!({ "dotsOptions": { "themeColor": { "colors": ["#cccccc"] } } });
    assert_eq!(app.api("PATCH", &look).json(&pale).send().refusal(400).1, "/dotsOptions/themeColor");
    let dark = app.patch(&look, &json!({ "dotsOptions": { "themeColor": { "colors": ["#541440"] } } }));
    assert_eq!(dark["qrcodeDesign"]["dotsOptions"]["themeColor"]["colors"][0], "#541440");
    app.api("DELETE", &look).send().refusal(409);
}

#[test]
fn a_field_that_there_is_not_and_a_value_that_is_none_are_refused_by_every_way_to_a_look() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = design(&link);
    let before = app.get(&path);
    let preview = path.replace("/v1/", "/v1/x/") + "/preview";
    for (body, field, words) in [
        (json!({ "errorCorrectionLevel": "X" }), "/errorCorrectionLevel", "L, M, Q, H"),
        (json!({ "errorCorrectionLevel": "h" }), "/errorCorrectionLevel", "L, M, Q, H"),
        (json!({ "margin": -5 }), "/margin", "centralImageMargin"),
        (json!({ "color": "no colour" }), "/color", "dotsOptions"),
        (json!({ "dotsOptions": { "color": "#000" } }), "/dotsOptions/color", "themeColor"),
        (json!({ "backgroundOptions": { "type": "X" } }), "/backgroundOptions/type", "themeColor"),
        (json!({ "centralImageMargin": -1 }), "/centralImageMargin", "0 to 1000"),
        (
            json!({ "dotsOptions": { "themeColor": { "colors": ["teal-ish"] } } }),
            "/dotsOptions/themeColor/colors/0",
            "#0b6653",
        ),
    ] {
        for (method, path) in
            [("PATCH", path.as_str()), ("POST", "/v1/public/qrcode-designs"), ("POST", preview.as_str())]
        {
            // A preview of what is no look at all is refused, of what would not scan it is drawn.
            let (message, at) = app.api(method, path).json(&body).send().refusal(400);
            assert!(at == field && message.contains(words), "{method} {path} {body}: {at} {message}");
        }
    }
    assert_eq!(app.get(&path), before);
    // What was read can be sent back.
    assert_eq!(app.patch(&path, &before["qrcodeDesign"])["qrcodeDesign"]["id"], before["qrcodeDesign"]["id"]);
    for query in ["errorCorrectionLevel=H", "margin=-1", "color=zzz", "size=300&colour=red"] {
        for kind in ["svg", "png"] {
            let image = app.api("GET", &format!("/v1/links/{}/qrcode.{kind}?{query}", link.id)).send();
            let (message, field) = image.refusal(400);
            assert!(query.contains(&format!("{field}=")), "{query}: {field}");
            assert!(message.contains("size, slugId, download"), "{query}: {message}");
        }
    }
    let (_, field) = app.api("GET", &format!("/v1/links/{}/qrcode.svg?size=-1", link.id)).send().refusal(400);
    assert_eq!(field, "size");
}
