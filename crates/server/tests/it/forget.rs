//! "Forget my scans of today": what is left of them afterwards, in the answers and in every file.

use crate::app::TestApp;
use crate::client::{Client, IPHONE, Link, eventually};
use crate::privacy::{files, unpacked};
use crate::program::Program;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const ME: &str = "/.well-known/quietzone/me";
const HERS: &str = "198.51.100.7";

/// Somebody whose every trace can be told from others' by a word.
struct Person {
    word: &'static str,
    address: &'static str,
}

const SHE: Person = Person { word: "blackthorn", address: HERS };
const HE: Person = Person { word: "goldenrod", address: "198.51.100.8" };

impl Person {
    fn agent(&self) -> String {
        format!("{IPHONE} {}", self.word)
    }

    fn scan(&self, client: &Client, link: &Link) {
        let word = self.word;
        let path = format!("/{}?table={word}&utm_content={word}", link.slug);
        let request = client.request("GET", &path).agent(&self.agent()).from(self.address);
        let request = request.header("referer", &format!("https://{word}.example.com/"));
        assert_eq!(request.header("accept-language", &format!("de,{word};q=0.5")).send().status, 302);
    }

    fn forget(&self, client: &Client) -> Value {
        client.request("POST", ME).agent(&self.agent()).from(self.address).send().expect(200)
    }

    /// Files that hold the word, as they are or unpacked.
    fn traces(&self, folder: &Path) -> Vec<String> {
        let holds = |file: &Path| {
            let bytes = std::fs::read(file).unwrap();
            let is_parquet = file.extension().is_some_and(|extension| extension == "parquet");
            let rows = if is_parquet { unpacked(file).into_bytes() } else { Vec::new() };
            [bytes, rows]
                .iter()
                .any(|bytes| bytes.windows(self.word.len()).any(|w| w == self.word.as_bytes()))
        };
        files(folder).into_iter().filter(|file| holds(file)).map(|file| file.display().to_string()).collect()
    }
}

fn of_person<'e>(events: &'e [Value], person: &Person) -> Vec<&'e Value> {
    events.iter().filter(|event| event["xParameters"]["table"] == person.word).collect()
}

#[test]
fn her_scans_stay_as_counts_and_nothing_in_any_file_is_hers() {
    let data = TempDir::new().unwrap();
    let settings = [("QUIETZONE_TRUSTED_PROXIES", "127.0.0.1")];
    let mut program = Program::start(data.path(), &settings);
    let link = program.link("https://example.com/").slug("summer").create();
    let others = program.post("/v1/x/workspaces", &json!({ "name": "Others" }));
    let token = others["accessToken"].as_str().unwrap();
    let other = program.link("https://example.com/").slug("winter").of(token).create();
    for link in [&link, &other] {
        SHE.scan(&program, link);
        HE.scan(&program, link);
    }
    // Some of them in a segment, some in the spool alone.
    program.terminate();
    let program = Program::start(data.path(), &settings);
    for person in [&SHE, &SHE, &HE] {
        person.scan(&program, &link);
    }
    let before = program.events(&link, 5);
    assert_eq!(of_person(&before, &SHE).len(), 3);
    let found = SHE.traces(data.path());
    assert!(found.iter().any(|file| file.contains("/spool/")), "{found:?}");
    assert!(found.iter().any(|file| file.contains("/facts-")), "{found:?}");
    assert!(found.iter().any(|file| file.contains("/scans-")), "{found:?}");

    let told = SHE.forget(&program);
    assert_eq!((&told["scans"], &told["links"]), (&json!(4), &json!(2)), "{told}");
    assert_eq!(told["inSpool"], false, "{told}");
    assert!(told["remains"].as_array().unwrap().len() >= 2, "{told}");
    assert_eq!(SHE.traces(data.path()), Vec::<String>::new());
    assert!(!HE.traces(data.path()).is_empty(), "his are all there");
    assert_eq!(SHE.forget(&program)["scans"], 0, "a second time there is nothing");

    let after = program.events(&link, 5);
    check(&before, &after);
    let overview =
        |program: &Program| program.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"].clone();
    eventually("all five counted", || (overview(&program).as_i64() == Some(5)).then_some(()));

    // For the next one she was never there.
    SHE.scan(&program, &link);
    let next = program.events(&link, 6);
    assert_eq!(of_person(&next, &SHE)[0]["visitType"], "VISIT_TYPE_FIRST");
    assert_eq!(SHE.forget(&program)["scans"], 1);

    program.kill();
    let program = Program::start(data.path(), &settings);
    let again = program.events(&link, 6);
    assert!(of_person(&again, &SHE).is_empty());
    assert_eq!(SHE.traces(data.path()), Vec::<String>::new());
}

/// Every scan is still there; hers hold what is no person's.
fn check(before: &[Value], after: &[Value]) {
    for scan in before {
        let same = after.iter().find(|other| other["id"] == scan["id"]).unwrap();
        if scan["xParameters"]["table"] == HE.word {
            assert_eq!(same, scan, "his scans are as they were");
            continue;
        }
        for field in ["scannedAt", "linkId", "xVerdict", "xReason", "xOutcome"] {
            assert_eq!(same[field], scan[field], "{field}");
        }
        for field in ["country", "platformName", "browserName", "type"] {
            assert_eq!(same["device"][field], scan["device"][field], "{field}");
        }
        assert_eq!(same["visitType"], "VISIT_TYPE_UNSPECIFIED", "{same}");
        assert!(same["visitorId"].is_null() && same["xParameters"].is_null(), "{same}");
        assert!(!same.to_string().contains(SHE.word), "{same}");
    }
}

#[test]
fn numbers_agree_before_and_after() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    for person in [&SHE, &HE, &SHE] {
        person.scan(&app, &link);
    }
    app.events(&link, 3);
    let visitors = |people: u64| {
        let filter = json!({ "linkId": link.id });
        crate::numbers::agree(&app, &filter, 3);
        assert_eq!(app.get(&format!("/v1/metrics/events?linkId={}", link.id))["xVisitors"], people);
    };
    visitors(2);
    assert_eq!(SHE.forget(&app)["scans"], 2);
    visitors(1);
    // The day's merge decides anew who came first, from the rows that are left.
    let store = app.server().app().store.clone();
    store.merge_day(model::Millis(app.now()).utc_day()).unwrap();
    visitors(1);
    SHE.scan(&app, &link);
    let scans = app.events(&link, 4);
    assert_eq!(scans.iter().filter(|scan| scan["visitType"] == "VISIT_TYPE_FIRST").count(), 2, "{scans:?}");
}

#[test]
fn only_who_asks_is_forgotten_and_no_other_site_can_ask() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    SHE.scan(&app, &link);
    app.events(&link, 1);
    let ask = |header: &str, value: &str| {
        app.request("POST", ME).agent(&SHE.agent()).from(HERS).header(header, value).send()
    };
    ask("origin", "https://evil.example.com").refusal(403);
    ask("origin", "null").refusal(403);
    ask("sec-fetch-site", "cross-site").refusal(403);
    assert_eq!(HE.forget(&app)["scans"], 0);
    // Her address with another browser, her browser at another address.
    let other = app.request("POST", ME).agent(IPHONE).from(HERS).send().expect(200);
    let elsewhere = app.request("POST", ME).agent(&SHE.agent()).from("198.51.100.9").send().expect(200);
    assert_eq!((&other["scans"], &elsewhere["scans"]), (&json!(0), &json!(0)));
    assert_eq!(of_person(&app.events(&link, 1), &SHE).len(), 1);

    let origin = format!("http://{}", app.address);
    let page = app.request("GET", ME).agent(&SHE.agent()).from(HERS).header("accept", "text/html").send();
    assert!(
        page.text()
            .contains("<form method=\"post\"><button class=\"button second\">Forget my scans of today"),
        "{page:?}"
    );
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self'") && !policy.contains("sandbox"), "{policy}");
    let answer = app.request("POST", ME).agent(&SHE.agent()).from(HERS).header("origin", &origin);
    let answer = answer.header("accept", "text/html").header("accept-language", "de").send();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.text().contains("niemandem mehr gehören: 1, von 1 Links"), "{answer:?}");
    assert!(of_person(&app.events(&link, 1), &SHE).is_empty());
}

#[test]
fn yesterdays_scans_and_those_without_a_hash_are_not_found() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    SHE.scan(&app, &link);
    app.events(&link, 1);
    app.advance(crate::app::DAY);
    app.request("GET", &format!("/{}?table=quiet", link.slug))
        .agent(&SHE.agent())
        .from(HERS)
        .header("sec-gpc", "1")
        .send();
    app.events(&link, 2);
    assert_eq!(SHE.forget(&app)["scans"], 0);
    assert_eq!(of_person(&app.events(&link, 2), &SHE).len(), 1);
}
