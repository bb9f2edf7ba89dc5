//! Levels of data collection, the copy of one's data, and the ledger of consents: by what is on the disk and in the answers.

use crate::app::{DAY, TestApp};
use crate::client::{IPHONE, Link, eventually};
use crate::privacy::{files, unpacked};
use crate::workflows::{Phone, hidden, ids, publish};
use serde_json::{Value, json};

const EXIT: &str = "https://shop.example/thanks";

fn with_form(app: &TestApp, version: &str) -> Link {
    let link = app.link(EXIT).create();
    let [form, exit] = ids();
    let fields = json!([
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "order": 1 },
        { "id": "ok", "key": "letter", "xType": "CONSENT", "xConsentText": format!("Write to me, {version}"), "xConsentVersion": version, "order": 2 },
    ]);
    let form = json!({ "id": form, "payload": { "form": { "formTitle": "Hello", "formFields": fields } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    let exit = json!({ "id": exit, "payload": { "clientRedirect": { "destination": EXIT } } });
    publish(app, &link, vec![form, exit]);
    link
}

fn answer(app: &TestApp, phone: &mut Phone<'_>, link: &Link, mail: &str, agrees: bool) {
    let (path, page) = phone.open(link);
    app.advance(5_000);
    let trap = hidden(&page, "_t");
    let mut form = vec![("mail", mail), ("_t", trap.as_str())];
    if agrees {
        form.push(("ok", "true"));
    }
    assert_eq!(phone.post(&path, &form).status, 303);
    app.advance(1_000);
}

/// What the files say of a link's scans: identity and visitor's number.
fn on_disk(app: &TestApp, link: &Link) -> Vec<(String, String)> {
    let field = |line: &str, name: &str| {
        let at = line.find(&format!("{name}=")).unwrap_or_else(|| panic!("{name} in {line}"));
        line[at + name.len() + 1..].split(' ').next().unwrap().to_owned()
    };
    let scans = files(&app.data().join("store/segments"));
    let scans = scans.iter().filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("scans-"));
    let rows = scans.flat_map(|file| unpacked(file).lines().map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|line| line.contains(&format!("mark={}", link.slug)))
        .map(|line| (field(&line, "identity"), field(&line, "visitor")))
        .collect()
}

#[test]
fn levels_are_what_is_on_the_disk() {
    let app = TestApp::new();
    let workspace = |level: &str| {
        let id = app.get("/v1/workspace")["linkSettingId"].as_str().unwrap().to_owned();
        let body = json!({ "dataCollection": level });
        app.api("PUT", &format!("/v1/settings/link-setting/{id}")).json(&body).send().expect(200);
    };
    let scan = |link: &Link, gpc: bool| {
        let mut request =
            app.visit(&format!("/{}?mark={}", link.slug, link.slug)).agent(IPHONE).from("198.51.100.9");
        if gpc {
            request = request.header("sec-gpc", "1");
        }
        let answer = request.send();
        assert_eq!(answer.status, 302);
        app.advance(1_000);
        answer.headers.get_all("set-cookie").iter().count()
    };
    let link = || app.link("https://example.com/").create();
    let (none, basic, advanced, apart, wish) = (link(), link(), link(), link(), link());
    let mut cookies = Vec::new();
    for (level, link) in [
        ("DATA_COLLECTION_NONE", &none),
        ("DATA_COLLECTION_BASIC", &basic),
        ("DATA_COLLECTION_ADVANCED", &advanced),
    ] {
        workspace(level);
        cookies.push(scan(link, false));
    }
    // The workspace is at advanced; one link at none, and one visitor wants nothing.
    app.set_link(&apart, "data_collection = 'none'");
    cookies.extend([scan(&apart, false), scan(&wish, true)]);
    assert_eq!(cookies, [0; 5], "no level sets a cookie on a plain scan");
    for link in [&none, &basic, &advanced, &apart, &wish] {
        app.events(link, 1);
    }
    let app = app.restart();
    for (link, is_known) in
        [(&none, false), (&basic, true), (&advanced, true), (&apart, false), (&wish, false)]
    {
        let found = on_disk(&app, link);
        assert_eq!(found.len(), 1, "{found:?}");
        let (identity, visitor) = &found[0];
        assert_eq!(identity.contains("day"), is_known, "{found:?}");
        assert_eq!(visitor.contains("(0)"), !is_known, "{found:?}");
    }
}

#[test]
fn a_browser_is_known_again_at_advanced_alone_and_only_after_it_answered() {
    let app = TestApp::new();
    let (basic, advanced) = (with_form(&app, "1"), with_form(&app, "1"));
    app.set_link(&advanced, "data_collection = 'advanced'");
    let browsers = || {
        let catalog = app.server().app().catalog.clone();
        app.server().api_runtime().block_on(async move {
            let mut db = catalog.read().await.unwrap();
            sqlx::query_scalar::<_, i64>("select count(*) from visitor_cookies")
                .fetch_one(&mut *db)
                .await
                .unwrap()
        })
    };
    let mut phone = Phone::new(&app);
    answer(&app, &mut phone, &basic, "ada@example.com", false);
    assert_eq!((phone.cookie().contains("qzv"), browsers()), (false, 0));
    let mut phone = Phone::new(&app);
    phone.open(&advanced);
    assert_eq!((phone.cookie().contains("qzv"), browsers()), (false, 0), "to look is not to act");
    answer(&app, &mut phone, &advanced, "grace@example.com", false);
    assert_eq!((phone.cookie().contains("qzv"), browsers()), (true, 1));
}

#[test]
fn the_ledger_has_every_yes_and_no_and_the_last_one_stands() {
    let app = TestApp::new();
    let (first, second) = (with_form(&app, "1"), with_form(&app, "2"));
    answer(&app, &mut Phone::new(&app), &first, "ada@example.com", true);
    app.advance(DAY);
    answer(&app, &mut Phone::new(&app).at("198.51.100.20"), &second, "ada@example.com", false);
    answer(&app, &mut Phone::new(&app).at("198.51.100.21"), &first, "grace@example.com", true);
    let ledger = app.get("/v1/x/consents");
    let rows = ledger["consents"].as_array().unwrap();
    let told: Vec<(&Value, &Value, &Value)> =
        rows.iter().map(|row| (&row["version"], &row["given"], &row["stands"])).collect();
    let (yes, no) = (json!(true), json!(false));
    let (one, two) = (json!("1"), json!("2"));
    assert_eq!(told, [(&one, &yes, &yes), (&two, &no, &yes), (&one, &yes, &no)], "{ledger}");
    assert_eq!(rows[1]["text"], "Write to me, 2");
    let ada = rows[1]["visitorId"].as_str().unwrap();
    assert_eq!(rows[2]["visitorId"], ada);
    assert_eq!(app.get(&format!("/v1/x/consents?visitorId={ada}"))["consents"].as_array().unwrap().len(), 2);
    assert_eq!(
        app.get(&format!("/v1/x/consents?linkId={}", first.id))["consents"].as_array().unwrap().len(),
        2
    );
    let page = app.get("/v1/x/consents?pageSize=2");
    let next = page["nextPageToken"].as_str().unwrap();
    let rest = app.get(&format!("/v1/x/consents?pageSize=2&pageToken={next}"));
    assert_eq!(rest["consents"].as_array().unwrap().len(), 1);
    assert!(rest["nextPageToken"].is_null());
    let theirs = app.request("GET", "/v1/x/consents").bearer(&app.other_workspace()).send().expect(200);
    assert_eq!(theirs["consents"], json!([]));
}

#[test]
fn the_copy_holds_all_that_is_known_for_people_and_for_programs() {
    let app = TestApp::new();
    let form = with_form(&app, "7");
    answer(&app, &mut Phone::new(&app), &form, "ada@example.com", true);
    let scan = app.only_event(&form);
    let data = json!({ "$firstName": "<b>Ada</b>", "table": "twelve" });
    let body = json!({ "lbid": scan["id"], "visitor": { "data": data } });
    let id = app.post("/v1/visitor/identify", &body)["visitor"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/x/visitors/{id}/export");
    let copy = eventually("what the scan did", || {
        let answer = app.api("GET", &path).send();
        assert!(answer.header("content-disposition").contains(&format!("visitor-{id}.json")), "{answer:?}");
        let copy = answer.expect(200);
        (copy["scans"][0]["traces"].as_array()?.len() >= 2).then_some(copy)
    });
    let records = copy["records"].as_object().unwrap();
    let names: Vec<&str> = records.keys().map(String::as_str).collect();
    for name in ["profiles", "attributes", "answers", "consents", "attached_scans"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert_eq!(copy["records"]["profiles"][0]["email"], "ada@example.com");
    assert_eq!(copy["records"]["consents"][0]["text"], "Write to me, 7");
    assert_eq!((&copy["scans"][0]["id"], &copy["scans"][0]["userAgent"]), (&scan["id"], &json!(IPHONE)));
    assert!(!copy["notIncluded"].as_array().unwrap().is_empty());
    // What is copied is what an erasure would take.
    let body = json!({ "subject": "visitor", "visitor": id, "dryRun": true });
    let preview = app.api("POST", "/v1/x/erasures").json(&body).send().expect(200);
    for place in preview["preview"]["places"].as_array().unwrap() {
        if let Some(rows) = records.get(place["place"].as_str().unwrap()) {
            assert_eq!(place["found"], rows.as_array().unwrap().len(), "{place}");
        }
    }
    let html = app.api("GET", &format!("{path}?format=html")).send();
    assert_eq!(html.status, 200);
    assert!(html.header("content-security-policy").contains("sandbox"), "{html:?}");
    let text = html.text();
    assert!(text.contains("ada@example.com") && text.contains("&lt;b&gt;Ada&lt;/b&gt;"), "{text}");
    assert!(text.contains("<pre id=\"json\">{") && !text.contains("<b>Ada"), "{text}");
    assert_eq!(app.api("GET", &format!("{path}?format=pdf")).send().status, 400);
    let other = app.other_workspace();
    assert_eq!(app.request("GET", &path).bearer(&other).send().status, 404);
    assert_eq!(app.get("/v1/x/erasures")["erasures"], json!([]), "a copy is no erasure");
}
