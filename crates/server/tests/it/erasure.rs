//! Erasure: what is left of a visitor, a scan, a link, a time and a workspace, in the answers and in every file.

use crate::app::{DAY, HOUR, TestApp};
use crate::client::{IPHONE, Link, TOKEN, eventually};
use crate::privacy::{files, unpacked};
use crate::program::{Program, base_urls, quietzone};
use crate::workflows::{hidden, ids, publish};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const ERASURES: &str = "/v1/x/erasures";
const EXIT: &str = "https://shop.example/thanks";

/// Somebody whose every trace can be told from others' by a word.
struct Person {
    word: &'static str,
    address: &'static str,
}

const SHE: Person = Person { word: "blackthorn", address: "198.51.100.7" };
const HE: Person = Person { word: "goldenrod", address: "198.51.100.8" };

/// Files below a folder that hold some bytes, as they are or unpacked.
fn holding(folder: &Path, sought: &[u8]) -> Vec<String> {
    let holds = |file: &Path| {
        let bytes = std::fs::read(file).unwrap_or_default();
        let is_parquet = file.extension().is_some_and(|extension| extension == "parquet");
        let rows = if is_parquet { unpacked(file).into_bytes() } else { Vec::new() };
        [bytes, rows].iter().any(|bytes| bytes.windows(sought.len()).any(|window| window == sought))
    };
    let found = files(folder).into_iter().filter(|file| holds(file));
    found.map(|file| file.strip_prefix(folder).unwrap().display().to_string()).collect()
}

impl Person {
    fn mail(&self) -> String {
        format!("{}@example.com", self.word)
    }

    fn request(&self, app: &TestApp, method: &str, path: &str, form: Option<&[(&str, &str)]>) -> String {
        let word = self.word;
        let mut request = app
            .request(method, path)
            .agent(&format!("{IPHONE} {word}"))
            .from(self.address)
            .header("accept", "text/html")
            .header("referer", &format!("https://{word}.example.com/"))
            .header("accept-language", &format!("de,{word};q=0.5"));
        if let Some(form) = form {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(form);
            request = request
                .header("origin", "null")
                .body("application/x-www-form-urlencoded", body.finish().into_bytes());
        }
        let answer = request.send();
        if answer.status == 200 { answer.text() } else { answer.location().to_owned() }
    }

    /// Scans a link; returns where it leads.
    fn scan(&self, app: &TestApp, link: &Link) -> String {
        let word = self.word;
        let path = format!("/{}?table={word}&utm_content={word}", link.slug);
        let location = self.request(app, "GET", &path, None);
        app.advance(1_000);
        location
    }

    /// Scans a link with a form and fills it in.
    fn answer(&self, app: &TestApp, link: &Link) {
        let page = self.scan(app, link);
        let trap = hidden(&self.request(app, "GET", &page, None), "_t");
        app.advance(5_000);
        let form = [
            ("mail", self.mail()),
            ("drink", format!("{} tea", self.word)),
            ("ok", "true".to_owned()),
            ("_t", trap),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let leads = self.request(app, "POST", &page, Some(&form));
        assert!(leads.starts_with(EXIT), "{leads}");
        app.advance(1_000);
    }

    /// Files that hold the word.
    fn traces(&self, app: &TestApp) -> Vec<String> {
        holding(app.data(), self.word.as_bytes())
    }

    fn row(&self, app: &TestApp) -> Value {
        app.get(&format!("/v1/visitors?email={}", self.mail()))["json"]["visitors"][0].clone()
    }
}

fn with_form(app: &TestApp) -> Link {
    let link = app.link(EXIT).create();
    let [form, exit] = ids();
    let fields = json!([
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true, "order": 1 },
        { "id": "drink", "key": "drink", "label": "Drink", "type": "FORM_FIELD_TYPE_TEXT", "order": 2 },
        { "id": "ok", "key": "letter", "xType": "CONSENT", "xConsentText": "Write to me", "xConsentVersion": "3", "order": 3 },
    ]);
    let form = json!({ "id": form, "payload": { "form": { "formTitle": "Your visit", "formFields": fields } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    let exit = json!({ "id": exit, "payload": { "clientRedirect": { "destination": EXIT } } });
    publish(app, &link, vec![form, exit]);
    link
}

fn preview(app: &TestApp, body: Value) -> Value {
    let mut body = body;
    body["dryRun"] = json!(true);
    app.api("POST", ERASURES).json(&body).send().expect(200)
}

/// Has it done and returns the receipt.
#[track_caller]
fn erase(app: &TestApp, body: Value) -> Value {
    let mut body = body;
    body["confirm"] = json!(true);
    let begun = app.api("POST", ERASURES).json(&body).send().expect(202);
    done(app, begun["erasure"]["id"].as_str().unwrap())
}

#[track_caller]
fn done(app: &TestApp, id: &str) -> Value {
    let erasure = eventually("the erasure", || {
        let erasure = app.get(&format!("{ERASURES}/{id}"))["erasure"].take();
        (erasure["status"] == "JOB_STATUS_SUCCEEDED").then_some(erasure)
    });
    for place in erasure["receipt"]["places"].as_array().unwrap() {
        assert_eq!(place["remaining"], 0, "{place}");
        assert!(place["erased"].as_u64() >= place["found"].as_u64(), "{place}");
    }
    assert_eq!(erasure["receipt"]["stepsDone"], erasure["receipt"]["stepsOf"], "{erasure}");
    erasure["receipt"].clone()
}

fn place(receipt: &Value, name: &str) -> u64 {
    let places = receipt["places"].as_array().unwrap();
    let found = places.iter().find(|place| place["place"] == name);
    found.unwrap_or_else(|| panic!("{name} in {receipt}"))["found"].as_u64().unwrap()
}

fn event_count(app: &TestApp, link: &Link) -> (u64, u64) {
    let link = app.get(&format!("/v1/links/{}", link.id))["link"].take();
    (link["eventCount"].as_u64().unwrap_or_default(), link["xLifetimeScans"].as_u64().unwrap_or_default())
}

/// A day of the two of them: in segments, in the spool, in profiles, in deliveries.
fn a_day(app: TestApp) -> (TestApp, Link, Link) {
    let (form, plain) = (with_form(&app), app.link("https://example.com/").create());
    app.post(
        "/v1/webhooks",
        &json!({ "name": "Hook", "endpointUrl": "https://hooks.invalid/", "xEvents": ["scan", "lead", "visitor.identified"] }),
    );
    for person in [&SHE, &HE] {
        person.answer(&app, &form);
        person.scan(&app, &plain);
    }
    app.events(&form, 2);
    app.events(&plain, 2);
    // Sealed, and a day later some more that are only in memory and in the spool.
    let app = app.restart();
    app.advance(DAY);
    for (person, there) in [(&SHE, 3), (&HE, 4)] {
        person.scan(&app, &plain);
        let newest = app.events(&plain, there).remove(0);
        let data = json!({ "$email": person.mail(), "city": format!("{} hill", person.word) });
        let body = json!({ "lbid": newest["id"], "visitor": { "data": data } });
        let request = app.api("POST", "/v1/visitor/identify").json(&body);
        request.header("idempotency-key", person.word).send().expect(200);
    }
    (app, form, plain)
}

#[test]
fn her_scans_stay_as_counts_and_nothing_of_her_is_in_any_file() {
    let (app, form, plain) = a_day(TestApp::new());
    let visitor = SHE.row(&app);
    let id = visitor["id"].as_str().unwrap();
    for object in ["scans", "visitors", "links"] {
        crate::exports::made(&app, &json!({ "object": object, "format": "csv" }));
    }
    // All of them in one file, packed.
    let bundle = crate::exports::made(&app, &json!({ "object": "bundle" }));
    let bundle = format!("exports/{}", bundle["id"].as_str().unwrap());
    assert!(app.data().join(&bundle).exists());
    // Meanwhile a merge may write a file anew.
    let is_everywhere = || {
        for file in ["catalog.db", "exports/", "spool/", "store/segments/scans-", "store/segments/facts-"] {
            eventually(file, || SHE.traces(&app).iter().any(|found| found.starts_with(file)).then_some(()));
        }
    };
    is_everywhere();
    let before = SHE.traces(&app).len();
    let asked = json!({ "subject": "visitor", "visitor": SHE.mail() });
    let foretold = preview(&app, asked.clone());
    assert_eq!(foretold["confirmWith"], SHE.mail());
    let foretold = &foretold["preview"];
    assert_eq!(
        (&foretold["scans"], &foretold["totalsFallBy"], &foretold["visitors"]),
        (&json!(2), &json!(0), &json!(1))
    );
    // A preview takes nothing.
    is_everywhere();
    // A scan that nobody said is hers cannot be found as hers: it stays as it is.
    let receipt = erase(&app, asked);
    for (name, found) in [
        ("profiles", 1),
        ("exports", 3),
        ("answers", 1),
        ("consents", 1),
        ("attached_scans", 2),
        ("scan_store", 2),
        ("user_agents", 2),
    ] {
        assert_eq!((name, place(&receipt, name)), (name, found), "{receipt}");
        if name != "user_agents" {
            assert_eq!((name, place(foretold, name)), (name, found), "{foretold}");
        }
    }
    for name in ["attributes", "deliveries", "stored_answers", "live_feed"] {
        assert!(place(&receipt, name) > 0, "{name}: {receipt}");
    }
    assert_eq!(receipt["totalsFallBy"], 0);
    assert_eq!(app.api("GET", &format!("/v1/visitors/{id}")).send().status, 404);
    // What was not known to be hers goes by its time.
    let scan =
        app.events(&plain, 4).into_iter().find(|scan| scan["xParameters"]["table"] == SHE.word).unwrap();
    let receipt = erase(&app, json!({ "subject": "scan", "scan": scan["id"] }));
    assert_eq!((place(&receipt, "scan_store"), place(&receipt, "user_agents")), (1, 1), "{receipt}");

    assert!(!app.data().join(&bundle).exists());
    let after = SHE.traces(&app);
    println!("files with a trace of her: {before} before, {} after", after.len());
    assert_eq!(after, Vec::<String>::new());
    assert!(!HE.traces(&app).is_empty(), "his are all there");
    let bytes = *id.parse::<uuid::Uuid>().unwrap().as_bytes();
    assert_eq!(holding(app.data(), id.as_bytes()), ["erasures.jsonl"], "by id alone");
    assert_eq!(holding(app.data(), &bytes), ["catalog.db"], "by id alone");
    assert_eq!((event_count(&app, &form).0, event_count(&app, &plain).0), (2, 4));
    crate::numbers::agree(&app, &json!({ "linkId": plain.id }), 4);
    let his = app.events(&form, 2).into_iter().filter(|scan| scan["xParameters"]["table"] == HE.word);
    assert_eq!(his.count(), 1);
    let app = app.restart();
    assert_eq!(SHE.traces(&app), Vec::<String>::new());
    assert_eq!(app.get(ERASURES)["erasures"].as_array().unwrap().len(), 2);
    let exports = app.get("/v1/x/exports");
    let left: Vec<&str> = exports["exports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|export| export["object"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["links"]);
    let log = app.get("/v1/x/audit?object=erasure");
    assert_eq!(log["entries"].as_array().unwrap().len(), 2, "two, and no preview: {log}");
}

#[test]
fn scans_go_where_the_owner_chooses_and_totals_fall_by_what_the_receipt_says() {
    let (app, form, plain) = a_day(TestApp::new());
    let receipt = erase(&app, json!({ "subject": "visitor", "visitor": SHE.mail(), "scans": "drop" }));
    assert_eq!((&receipt["totalsFallBy"], &receipt["humanTotalsFallBy"]), (&json!(2), &json!(2)));
    assert_eq!(place(&receipt, "trace_store"), 3, "shown, answered, exit: {receipt}");
    app.events(&form, 1);
    app.events(&plain, 3);
    assert_eq!(
        (event_count(&app, &form), event_count(&app, &plain)),
        ((1, 2), (3, 4)),
        "and the lifetime stays"
    );
    crate::numbers::agree(&app, &json!({ "linkId": plain.id }), 3);
    let rows = app.get("/v1/x/system");
    assert!(rows.to_string().len() > 10);
    let app = app.restart();
    app.events(&plain, 3);
    assert_eq!(event_count(&app, &plain), (3, 4));
}

#[test]
fn a_link_a_time_and_a_workspace_are_erased_with_whom_they_alone_knew() {
    let (app, form, plain) = a_day(TestApp::new());
    // The first day alone: both are known by the second as well.
    let time = |ms| app.time_in(ms);
    let receipt = erase(
        &app,
        json!({ "subject": "range", "startDate": time(-3 * DAY), "endDate": time(-2 * HOUR), "linkId": plain.id, "scans": "drop" }),
    );
    assert_eq!((&receipt["scans"], &receipt["visitors"]), (&json!(2), &json!(0)), "{receipt}");
    app.events(&plain, 2);
    let receipt = erase(&app, json!({ "subject": "link", "linkId": plain.id }));
    assert_eq!(
        (&receipt["scans"], &receipt["visitors"], &receipt["totalsFallBy"]),
        (&json!(2), &json!(0), &json!(0))
    );
    assert!(app.events(&plain, 2).iter().all(|scan| scan["xParameters"].is_null()));
    assert_eq!(SHE.row(&app)["email"], SHE.mail(), "she is known by the form");
    let receipt = erase(&app, json!({ "subject": "link", "linkId": form.id, "scans": "drop" }));
    assert_eq!((&receipt["scans"], &receipt["visitors"]), (&json!(2), &json!(2)), "{receipt}");
    assert_eq!([SHE.traces(&app), HE.traces(&app)], [Vec::<String>::new(), Vec::new()]);

    SHE.answer(&app, &form);
    assert!(!SHE.traces(&app).is_empty());
    let asked = json!({ "subject": "workspace" });
    assert_eq!(preview(&app, asked.clone())["confirmWith"], "My workspace");
    let receipt = erase(&app, asked);
    assert_eq!((&receipt["visitors"], &receipt["scans"]), (&json!(1), &json!(3)), "{receipt}");
    assert_eq!(SHE.traces(&app), Vec::<String>::new());
}

#[test]
fn another_workspace_keeps_everything() {
    let (app, ..) = a_day(TestApp::new());
    let token = app.other_workspace();
    let body = json!({ "subject": "workspace", "scans": "drop", "confirm": true });
    let begun = app.request("POST", ERASURES).bearer(&token).json(&body).send().expect(202);
    let path = format!("{ERASURES}/{}", begun["erasure"]["id"].as_str().unwrap());
    eventually("the erasure of the other", || {
        let erasure = app.request("GET", &path).bearer(&token).send().expect(200)["erasure"].take();
        (erasure["status"] == "JOB_STATUS_SUCCEEDED").then_some(())
    });
    assert_eq!(app.api("GET", &path).send().status, 404, "nobody else sees it");
    assert_eq!(app.get("/v1/events?pageSize=1")["json"]["totalCount"], 6);
    assert_eq!(SHE.row(&app)["email"], SHE.mail());
    let body = json!({ "subject": "visitor", "visitor": SHE.mail(), "confirm": true });
    let other = app.request("POST", ERASURES).bearer(&token).json(&body).send();
    assert_eq!(other.status, 404);
}

#[test]
fn an_interrupted_erasure_goes_on_at_the_next_start_and_counts_nothing_twice() {
    let (mut app, form, plain) = a_day(TestApp::new());
    let body = json!({ "subject": "visitor", "visitor": SHE.mail(), "scans": "drop", "confirm": true });
    let begun = app.api("POST", ERASURES).json(&body).send().expect(202);
    let id = begun["erasure"]["id"].as_str().unwrap().to_owned();
    app = app.restart();
    done(&app, &id);
    // As if the process had died behind the transaction of the catalog.
    let erasure: uuid::Uuid = id.parse().unwrap();
    let catalog = app.server().app().catalog.clone();
    let change = async move |db: &mut server::catalog::Connection| {
        let sql = "update erasures set status = 'running', completed_at = null where id = $1";
        Ok(sqlx::query(sql).bind(erasure).execute(db).await?)
    };
    app.server().api_runtime().block_on(catalog.write(change)).unwrap();
    app = app.restart();
    done(&app, &id);
    app.events(&form, 1);
    assert_eq!((event_count(&app, &form), event_count(&app, &plain)), ((1, 2), (3, 4)));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() { copy(&path, &target) } else { std::fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[test]
fn a_catalog_and_a_store_that_are_put_back_lose_her_again() {
    for how in ["keep", "drop"] {
        let (app, form, plain) = a_day(TestApp::new());
        let now = app.now();
        let data = app.stopped();
        let kept = TempDir::new().unwrap();
        for part in ["catalog.db", "store"] {
            let (from, to) = (data.path().join(part), kept.path().join(part));
            if from.is_dir() { copy(&from, &to) } else { std::fs::copy(&from, &to).map(|_| ()).unwrap() }
        }
        let app = TestApp::over(&data, &[], now);
        erase(&app, json!({ "subject": "visitor", "visitor": SHE.mail(), "scans": how }));
        // The scan that nobody said is hers, and what webhooks are told of it, stay.
        assert_eq!(holding(app.data(), SHE.mail().as_bytes()), Vec::<String>::new());
        drop(app.stopped());
        for part in ["catalog.db", "store"] {
            let (from, to) = (kept.path().join(part), data.path().join(part));
            if from.is_dir() {
                std::fs::remove_dir_all(&to).unwrap();
                copy(&from, &to);
            } else {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(data.path().join(format!("{part}{end}")));
                }
                std::fs::copy(&from, &to).unwrap();
            }
        }
        assert!(holding(data.path(), SHE.mail().as_bytes()).contains(&"catalog.db".to_owned()));
        let app = TestApp::over(&Arc::clone(&data), &[], now);
        let id = eventually("the erasure of before", || {
            app.get(ERASURES)["erasures"][0]["id"].as_str().map(str::to_owned)
        });
        let receipt = done(&app, &id);
        assert_eq!(place(&receipt, "profiles"), 1, "{receipt}");
        assert_eq!(holding(app.data(), SHE.mail().as_bytes()), Vec::<String>::new());
        let counts = if how == "keep" { ((2, 2), (4, 4)) } else { ((1, 2), (3, 4)) };
        eventually("the counters", || {
            ((event_count(&app, &form), event_count(&app, &plain)) == counts).then_some(())
        });
        // A store alone that is put back is told by `reapply`.
        let parts = app.server().app();
        let (catalog, folder) = (parts.catalog.clone(), data.path().to_owned());
        let again = app
            .server()
            .api_runtime()
            .block_on(async move { server::erasure::reapply(&catalog, &folder).await.unwrap() });
        assert_eq!(again, 1);
        let app = app.restart();
        done(&app, &id);
        assert_eq!((event_count(&app, &form), event_count(&app, &plain)), counts);
    }
}

#[test]
fn what_is_asked_wrongly_is_told_and_nothing_goes() {
    let (app, _, plain) = a_day(TestApp::new());
    let refused = |body: Value, status: u16, field: &str| {
        let answer = app.api("POST", ERASURES).json(&body).send();
        let said = answer.expect(status);
        assert_eq!(said["details"][0]["field"], field, "{body}: {said}");
    };
    refused(json!({ "subject": "visitor", "visitor": SHE.mail() }), 400, "/confirm");
    refused(json!({ "subject": "everything", "confirm": true }), 400, "/subject");
    refused(json!({ "subject": "visitor", "confirm": true }), 400, "/visitor");
    refused(
        json!({ "subject": "visitor", "visitor": "nobody@example.com", "confirm": true }),
        404,
        "/visitor",
    );
    refused(json!({ "subject": "scan", "scan": "x", "confirm": true }), 400, "/scan");
    refused(json!({ "subject": "link", "linkId": "x", "confirm": true }), 400, "/linkId");
    refused(json!({ "subject": "range", "startDate": "2026-01-01", "confirm": true }), 400, "/endDate");
    refused(
        json!({ "subject": "link", "linkId": plain.id, "scans": "some", "confirm": true }),
        400,
        "/scans",
    );
    assert_eq!(app.get(ERASURES)["erasures"], json!([]));
    app.events(&plain, 4);
}

#[test]
fn the_command_erases_alone_whatever_the_base_url_is_and_notes_none() {
    let (folder, day) = (TempDir::new().unwrap(), ["--from", "2020-01-01", "--to", "2020-01-02"]);
    let (served, unserved) = (folder.path().join("served"), folder.path().join("unserved"));
    let erase = |data: &Path, arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = quietzone(settings);
        let output = command.arg("erase").args(arguments).arg("--data").arg(data).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        said
    };
    let mut program = Program::start(&served, &[]);
    let link = program.link("https://example.com/").create();
    for _ in 0..3 {
        program.scan(&link);
    }
    program.events(&link, 3);
    program.terminate();
    let base = ("QUIETZONE_BASE_URL", "https://go.example.com");
    let token = ("QUIETZONE_API_TOKEN", TOKEN);
    let mut program = Program::start(&served, &[base]);
    let said = erase(&served, &["link", &link.id, "--dry-run"], &[token]);
    assert!(said.contains("Nothing was taken."), "beside a server: {said}");
    program.terminate();
    let recorded = base_urls(&served);
    assert_eq!((recorded[0].url.as_str(), recorded[0].last_used_at), (base.1, None));
    for base in [None, Some(base), Some(("QUIETZONE_BASE_URL", "https://other.example.com"))] {
        let settings: Vec<(&str, &str)> = std::iter::once(token).chain(base).collect();
        let said = erase(&served, &["link", &link.id, "--drop-scans", "--dry-run"], &settings);
        assert!(said.contains("Nothing was taken."), "{base:?}: {said}");
    }
    let said = erase(&served, &["--drop-scans", "--yes", "link", &link.id], &[token]);
    assert!(said.contains("Totals fell by 3 scans."), "{said}");
    assert_eq!(base_urls(&served), recorded);

    let made = ["simulate", "--scans", "20", "--links", "2", "--days", "2", "--data"];
    let made = quietzone(&[]).args(made).arg(&unserved).output().unwrap();
    let made = String::from_utf8(made.stdout).unwrap();
    let token = made.trim_end().rsplit(' ').next().unwrap();
    erase(&unserved, &[&["range"][..], &day[..], &["--dry-run", "--token", token]].concat(), &[]);
    assert!(base_urls(&unserved).is_empty(), "{made}");
}
