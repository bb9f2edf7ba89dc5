//! The other pages: password, message, buttons, links, card, thanks, file; and the ways between them.

use super::{Phone, ids, publish, redirect};
use crate::app::{DAY, HOUR, TestApp};
use crate::client::Link;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const EXIT: &str = "https://example.com/inside";

/// A link whose workflow is one page, then the exit.
fn with_page(app: &TestApp, payload: Value) -> Link {
    let link = app.link(EXIT).create();
    let [page, exit] = ids();
    let step =
        json!({ "id": page, "payload": payload, "branches": [{ "branchId": "next", "nextStepId": exit }] });
    publish(app, &link, vec![step, redirect(&exit, EXIT)]);
    link
}

#[test]
fn a_password_lets_in_and_never_tells() {
    let app = TestApp::new();
    let link = with_page(&app, json!({ "password": { "password": "open sesame", "title": "Members" } }));
    let steps = app.get(&format!("/v1/links/{}/workflow-steps", link.id));
    let step = &steps["workflowSteps"][1];
    assert_eq!(step["payload"]["password"], json!({ "title": "Members", "xPasswordSet": true }));
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    assert!(page.contains("Members"));
    for wrong in ["", "open", "Open Sesame"] {
        let answer = phone.post(&path, &[("password", wrong)]);
        assert_eq!((answer.status, answer.location()), (401, ""), "{wrong}");
    }
    let right = phone.post(&path, &[("password", "open sesame")]);
    assert_eq!((right.status, right.location()), (303, EXIT));
    // For twelve hours this browser is not asked again; others are.
    let again = phone.get(&format!("/{}", link.slug));
    assert_eq!(phone.get(again.location()).location(), EXIT);
    let mut other = Phone::new(&app).at("198.51.100.9");
    assert!(other.open(&link).1.contains("Members"));
    app.advance(12 * HOUR);
    assert!(phone.open(&link).1.contains("Members"));
    // A payload without the password keeps it.
    let id = step["id"].as_str().unwrap();
    let body = json!({ "payload": { "password": { "title": "Friends" } } });
    app.patch(&format!("/v1/links/{}/workflow-steps/{id}", link.id), &body);
    let (path, page) = other.open(&link);
    assert!(page.contains("Friends"));
    assert_eq!(other.post(&path, &[("password", "open sesame")]).status, 303);
    // Ten tries a minute.
    app.advance(60_000);
    let mut guesser = Phone::new(&app).at("198.51.100.77");
    let (path, _) = guesser.open(&link);
    let codes: Vec<u16> = (0..12).map(|_| guesser.post(&path, &[("password", "x")]).status).collect();
    assert_eq!((codes[9], codes[10]), (401, 429), "{codes:?}");
}

#[test]
fn a_message_waits_for_its_button_or_its_timer() {
    let app = TestApp::new();
    let button = with_page(
        &app,
        json!({ "messagePage": { "title": "Hello", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON", "buttonLabel": "On we go" } }),
    );
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&button);
    assert!(page.contains("On we go"));
    assert_eq!(phone.post(&path, &[]).location(), EXIT);
    let timed = with_page(
        &app,
        json!({ "messagePage": { "title": "Wait", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER", "timerSeconds": 3 } }),
    );
    let path = phone.scan(&timed);
    let page = phone.get(&path);
    let refresh = page.header("refresh").to_owned();
    let next = refresh.strip_prefix("3;url=").unwrap_or_else(|| panic!("{refresh}"));
    assert_eq!(phone.get(next).location(), EXIT);
}

#[test]
fn buttons_have_ways_of_their_own_and_lead_back() {
    let app = TestApp::new();
    let link = app.link(EXIT).create();
    let [menu, food, thanks] = ids();
    let step = json!({ "id": menu, "payload": { "multiLink": { "title": "What would you like?", "buttons": [
        { "id": "food", "label": "Food", "order": 1, "nextStepId": food },
        { "id": "bye", "label": "Nothing", "order": 2, "nextStepId": thanks }] } },
        "attributeCapture": { "enabled": true, "writes": [{ "key": "wish", "value": "{{choice.label}}", "type": "VISITOR_ATTRIBUTE_TYPE_STRING", "mode": "ATTRIBUTE_WRITE_MODE_SET" }] } });
    let bye = json!({ "id": thanks, "payload": { "thankYouPage": { "title": "Until next time" } },
        "backButton": { "enabled": true, "label": "Back to the start" } });
    publish(&app, &link, vec![step, redirect(&food, "https://example.com/food"), bye]);
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    assert!(page.contains("Food") && page.contains("Nothing"));
    assert_eq!(phone.post(&path, &[("button", "none")]).status, 200, "shown again");
    app.advance(1000);
    let answer = phone.post(&path, &[("button", "bye")]);
    app.advance(1000);
    let thanks = phone.get(answer.location());
    assert!(thanks.text().contains("Until next time"));
    let back =
        thanks.text().split("class=\"back\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(phone.get(&back).text().contains("What would you like?"));
    assert_eq!(phone.post(&path, &[("button", "food")]).location(), "https://example.com/food");
    let event = app.only_event(&link);
    let traces = crate::client::eventually("the choice", || {
        let traces =
            app.get(&format!("/v1/events/{}/traces", event["id"].as_str().unwrap()))["traces"].take();
        traces[1]["stepData"]["multiLink"]["selectedButton"].is_object().then_some(traces)
    });
    assert_eq!(traces[1]["stepData"]["multiLink"]["selectedButton"]["id"], "bye", "the first choice is kept");
    assert_eq!(traces[1]["savedAttributes"]["wish"], "Nothing");
}

#[test]
fn a_card_can_be_saved() {
    let app = TestApp::new();
    let link = with_page(
        &app,
        json!({ "vcard": { "firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com",
        "phone": "+49 30 1234567", "website": "https://ada.example/", "saveButtonEnabled": true } }),
    );
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    assert!(page.contains("Ada Lovelace"));
    let file = phone.get(&format!("{path}/contact.vcf"));
    assert!(file.header("content-type").starts_with("text/vcard"), "{file:?}");
    assert!(file.text().starts_with("BEGIN:VCARD\r\nVERSION:3.0\r\n"), "{}", file.text());
    assert!(phone.get(&format!("{path}/contact.vcf?version=4")).text().contains("VERSION:4.0"));
}

/// What the library says it takes, it takes; what is larger is refused with its limit.
#[test]
fn a_file_of_three_megabytes_is_taken_and_no_larger_one() {
    let app = TestApp::new();
    let post = |bytes: usize| {
        let mut pdf = b"%PDF-1.4\n".to_vec();
        pdf.resize(bytes, b' ');
        let body = json!({ "fileName": "menu.pdf", "fileData": STANDARD.encode(pdf) });
        app.api("POST", "/v1/media").json(&body).send()
    };
    assert_eq!(post(3 << 20).expect(200)["media"]["size"], 3 << 20);
    let (message, field) = post((3 << 20) + 1).refusal(400);
    assert!(field == "/fileData" && message.contains("3 MB"), "{field}: {message}");
    assert!(post(4 << 20).refusal(413).0.contains("a file up to 3 MiB"));
}

#[test]
fn a_code_opens_a_file_and_falls_back_where_it_is_gone() {
    let app = TestApp::new();
    let png = include_bytes!("../pictures/logo.png");
    let body = json!({ "fileName": "menu.png", "fileData": STANDARD.encode(png), "visibility": "VISIBILITY_PRIVATE" });
    let made = app.post("/v1/media", &body)["media"].take();
    assert_eq!((&made["kind"], &made["mimeType"]), (&json!("KIND_IMAGE"), &json!("image/png")));
    let twice = app.api("POST", "/v1/media").json(&body).send();
    assert!(twice.refusal(409).0.contains("menu.png"));
    let link = app.link(EXIT).with("fallbackDestination", json!("https://example.com/instead")).create();
    let [open] = ids();
    publish(&app, &link, vec![json!({ "id": open, "payload": { "openMedia": { "mediaId": made["id"] } } })]);
    let mut phone = Phone::new(&app);
    let first = phone.scan(&link);
    let to = phone.get(&first).location().to_owned();
    let file = phone.get(&to);
    assert_eq!((file.header("content-type"), file.body.as_slice()), ("image/png", png.as_slice()));
    assert!(file.header("content-security-policy").contains("sandbox"));
    app.advance(2 * HOUR);
    assert_eq!(phone.get(&to).status, 410, "a signed address ends");
    let id = made["id"].as_str().unwrap();
    let (message, _) = app.api("DELETE", &format!("/v1/media/{id}")).send().refusal(409);
    assert!(message.contains("open this file"), "{message}");
    // Forged and foreign addresses.
    assert_eq!(app.visit("/x/media/AAAA").send().status, 404);
}

#[test]
fn a_way_ends_with_its_day_and_cannot_be_made_up() {
    let app = TestApp::new();
    let link = with_page(&app, json!({ "messagePage": { "title": "Hello" } }));
    let mut phone = Phone::new(&app);
    let (path, _) = phone.open(&link);
    let forged = format!("{}{}{}", &path[..40], if &path[40..41] == "A" { "B" } else { "A" }, &path[41..]);
    for broken in ["/r/AAAA", "/r/%FF", &forged] {
        assert_eq!(phone.get(broken).status, 404, "{broken}");
    }
    app.advance(DAY);
    assert_eq!(phone.get(&path).status, 200);
    app.advance(1);
    let over = phone.get(&path);
    assert!(over.status == 410 && over.text().contains("can the code"), "{over:?}");
    // A page is no scan.
    assert_eq!(app.events(&link, 1).len(), 1);
}

#[test]
fn a_page_of_a_link_that_is_gone_says_so() {
    let app = TestApp::new();
    let link = with_page(&app, json!({ "messagePage": { "title": "Hello" } }));
    let mut phone = Phone::new(&app);
    let (path, _) = phone.open(&link);
    app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
    assert_eq!(phone.get(&path).status, 410);
}

/// A link's pages look as its owner wants; what he writes cannot break out of the style sheet.
#[test]
fn pages_have_the_look_of_their_link() {
    let app = TestApp::new();
    let link = with_page(&app, json!({ "messagePage": { "title": "Hello" } }));
    let path = format!("/v1/x/links/{}/page-theme", link.id);
    assert_eq!(app.get(&path)["pageTheme"], json!({}));
    let plain = Phone::new(&app).open(&link).1;
    let theme = |font: &str| {
        json!({ "canvasColor": { "type": "THEME_COLOR_TYPE_SOLID", "colors": ["#123456"] },
            "titleFont": { "familyStack": font } })
    };
    let hostile = theme("x}</style><script>alert(1)</script>");
    assert_eq!(app.api("PUT", &path).json(&hostile).send().refusal(400).1, "/titleFont/familyStack");
    app.api("PUT", &path).json(&theme("Georgia, 'Open Sans', serif")).send().expect(200);
    let themed = Phone::new(&app).open(&link).1;
    assert!(themed != plain && themed.contains("#123456") && themed.contains("Georgia"), "{themed}");
    let kept = app.get(&path);
    assert_eq!(app.api("PUT", &path).json(&kept).send().expect(200), kept, "what was read can be written");
    assert_eq!(app.api("PUT", &path).json(&json!({ "colour": "red" })).send().refusal(400).1, "/colour");
    let (_, field) = app.api("PUT", &path).json(&json!({ "badgeId": "none" })).send().refusal(400);
    assert_eq!(field, "/badgeId");
    app.api("PUT", &path).json(&json!({})).send().expect(200);
    assert_eq!(Phone::new(&app).open(&link).1.len(), plain.len());
}

/// A button that leads nowhere ends at the link's fallback; what was chosen stands in its trace all the same.
#[test]
fn a_choice_that_leads_nowhere_is_kept_and_falls_back() {
    let app = TestApp::new();
    let link = app.link(EXIT).with("fallbackDestination", json!("https://example.com/instead")).create();
    let [menu] = ids();
    let step = json!({ "id": menu, "payload": { "multiLink": { "title": "Choose", "buttons": [{ "id": "loose", "label": "Loose" }] } } });
    publish(&app, &link, vec![step]);
    let mut phone = Phone::new(&app);
    let (path, _) = phone.open(&link);
    app.advance(1000);
    assert_eq!(phone.post(&path, &[("button", "loose")]).location(), "https://example.com/instead");
    let event = app.only_event(&link)["id"].as_str().unwrap().to_owned();
    let traces = crate::client::eventually("the end", || {
        let traces = app.get(&format!("/v1/events/{event}/traces"))["traces"].take();
        traces[2].is_object().then_some(traces)
    });
    assert_eq!(
        (&traces[1]["xKind"], &traces[1]["xBranchId"]),
        (&json!("answered"), &json!("loose")),
        "{traces}"
    );
    assert_eq!(traces[2]["stepData"]["redirect"]["fallback"], true, "{traces}");
}

/// A profile that is chosen is in the trace of its scan; a telephone number is the device's own affair.
#[test]
fn a_profile_that_was_chosen_is_noted_and_followed() {
    let app = TestApp::new();
    app.allow_app_schemes(r#"["tel"]"#);
    let link = app.link(EXIT).create();
    let [social] = ids();
    let links = json!([
        { "id": "photos", "order": 2, "url": "https://www.instagram.com/lumen" },
        { "id": "call", "order": 3, "url": "tel:+46812345678" },
        { "id": "films", "order": 1, "url": "https://www.youtube.com/@lumen" },
    ]);
    let step = json!({ "id": social, "payload": { "socialLinks": { "title": "Find us", "links": links } } });
    publish(&app, &link, vec![step]);
    let mut phone = Phone::new(&app);
    let (path, page) = phone.open(&link);
    assert!(page.contains("href=\"tel:+46812345678\""), "{page}");
    let films = format!("{path}/link/0");
    assert!(page.contains(&format!("href=\"{films}\"")), "in their order: {page}");
    let followed = phone.get(&films);
    assert_eq!((followed.status, followed.location()), (303, "https://www.youtube.com/@lumen"));
    assert_eq!(phone.get(&format!("{path}/link/1")).location(), "https://www.instagram.com/lumen");
    let event = app.only_event(&link)["id"].as_str().unwrap().to_owned();
    let trace = crate::client::eventually("the choice in the trace", || {
        let traces = app.get(&format!("/v1/events/{event}/traces"))["traces"].take();
        traces.as_array()?.iter().find(|trace| trace["xKind"] == "answered").cloned()
    });
    let told = &trace["stepData"]["socialLinks"];
    assert_eq!(told["selectedLink"]["id"], "films", "the first choice stays: {trace}");
    assert_eq!(told["links"].as_array().unwrap().len(), 3);
    for nothing in ["/link/7", "/link/x", "/contact.vcf", "/else"] {
        let answer = phone.get(&format!("{path}{nothing}"));
        let is_page = answer.header("content-type").starts_with("text/html");
        assert!(matches!(answer.status, 200 | 404) && is_page, "{nothing}: {answer:?}");
    }
}

#[test]
fn a_password_step_in_force_has_a_password() {
    let app = TestApp::new();
    let link = app.link(EXIT).create();
    let path = format!("/v1/links/{}/workflow-steps", link.id);
    let empty = json!({ "payload": { "password": { "title": "Members" } } });
    let (message, field) = app.api("POST", &path).json(&empty).send().refusal(400);
    assert_eq!(field, "/payload/password/password", "{message}");
}
