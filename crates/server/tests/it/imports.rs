//! Links out of what other programs export: the sample files of docs/IMPORT.md.

use crate::app::TestApp;
use crate::client::{TOKEN, eventually};
use crate::program::{Program, quietzone};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import").join(name)
}

fn import(app: &TestApp, name: &str, more: Value) -> Value {
    let mut body = json!({ "csv": std::fs::read_to_string(sample(name)).unwrap() });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/v1/x/links/import", &body)
}

#[test]
fn links_of_every_program_come_with_their_slugs_and_their_past_apart() {
    for (name, source, clicks, refused) in [
        ("bitly.csv", "bitly", json!(1251), 1),
        ("bitly.json", "bitly", json!(0), 0),
        ("dub.csv", "dub", json!(1242), 0),
        ("dub.json", "dub", json!(1234), 0),
        ("shlink.csv", "shlink", json!(1251), 0),
        ("shlink.json", "shlink", json!(1251), 0),
        ("yourls.csv", "yourls", json!(1251), 0),
        ("yourls.json", "yourls", json!(1251), 0),
        ("kutt.json", "kutt", json!(1242), 0),
        ("kutt.csv", "kutt", json!(1251), 0),
        ("plain.csv", "csv", json!(1234), 0),
    ] {
        let app = TestApp::new();
        let seen = import(&app, name, json!({ "dryRun": true }));
        assert_eq!(
            (&seen["source"], &seen["errorCount"]),
            (&json!(source), &json!(refused)),
            "{name}: {seen}"
        );
        assert_eq!(seen["importedClicks"], clicks, "{name}");
        assert_eq!(app.get("/v1/links")["links"], json!([]), "a dry run makes nothing");
        let made = import(&app, name, json!({ "skipInvalid": refused > 0, "from": source }));
        let rows = made["rowCount"].as_u64().unwrap() - refused;
        assert_eq!(made["linkIds"].as_array().unwrap().len() as u64, rows, "{name}: {made}");

        // A code of before is answered here, by the slug it has.
        let answer = app.visit("/menu-7").send();
        assert_eq!((answer.status, answer.location()), (302, "https://example.com/menu?table=7"), "{name}");
        let path = format!("/v1/links/{}?include=tags", made["linkIds"][0].as_str().unwrap());
        let link = eventually("the scan to be counted", || {
            let link = app.get(&path)["link"].take();
            (link["eventCount"] == 1).then_some(link)
        });
        assert_eq!(
            (&link["name"], &link["shortlink"]),
            (&json!("Menu, table 7"), &json!("Menu-7")),
            "{name}"
        );
        // What was counted elsewhere stands apart from what was seen here.
        let before = &link["xImported"];
        let known = if name == "bitly.json" { Value::Null } else { json!(1234) };
        assert_eq!((&before["source"], &before["clicks"]), (&json!(source), &known), "{name}");
        assert_eq!(before["createdAt"], "2021-05-03T09:00:00Z", "{name}");
        assert_eq!(link["xLifetimeScans"], 1, "{name}");
        let tags = link["tags"].as_array().unwrap().len();
        let has_tags = !matches!(source, "yourls" | "kutt");
        assert_eq!(tags, if has_tags { 2 } else { 0 }, "{name}: {link}");
        let elsewhere = made["otherDomains"].as_array().unwrap();
        let host = elsewhere.first().and_then(Value::as_str).unwrap_or_default();
        let address = if host.is_empty() { Value::Null } else { json!(format!("{host}/Menu-7")) };
        assert_eq!(before["address"], address, "{name}: {made}");

        let undo = format!("/v1/x/links/bulk/{}/undo", made["batchId"].as_str().unwrap());
        app.post(&undo, &json!({}));
        assert_eq!(app.visit("/menu-7").send().status, 410, "{name}: taken back");
    }
}

#[test]
fn what_cannot_be_kept_is_told_row_by_row() {
    let app = TestApp::new();
    let seen = import(&app, "bitly.csv", json!({ "dryRun": true }));
    let error = &seen["errors"][0];
    assert_eq!((&error["line"], &error["column"]), (&json!(4), &json!("link")), "{seen}");
    assert!(error["message"].as_str().unwrap().contains("upper and lower case are the same"), "{error}");
    assert_eq!(seen["otherDomains"], json!(["bit.ly"]));
    let kutt = import(&app, "kutt.json", json!({ "dryRun": true }));
    let notes: Vec<&str> =
        kutt["notes"].as_array().unwrap().iter().map(|note| note["message"].as_str().unwrap()).collect();
    assert_eq!((kutt["noteCount"].as_u64(), notes.len()), (Some(2), 2), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("password")), "{notes:?}");

    // A domain of the workspace stays one, whoever had it before.
    let domain = app.post("/v1/custom-domains", &json!({ "name": "s.example.com" }));
    let seen = import(&app, "shlink.csv", json!({ "dryRun": true }));
    assert!(seen["errors"][0]["message"].as_str().unwrap().contains("not active yet"), "{seen} {domain}");

    let body = json!({ "csv": "url\nhttps://a.example/\n", "from": "tinyurl" });
    let refusal = app.api("POST", "/v1/x/links/import").json(&body).send().refusal(400);
    assert_eq!(refusal.1, "/from");
    let body = json!({ "csv": "url\nhttps://a.example/\n", "from": "shlink" });
    let refusal = app.api("POST", "/v1/x/links/import").json(&body).send().refusal(400);
    assert_eq!(refusal.1, "/csv");
}

#[test]
fn the_command_looks_imports_and_says_why_not() {
    let data = TempDir::new().unwrap();
    let import = |file: &Path, more: &[&str]| {
        let mut command = quietzone(&[("QUIETZONE_API_TOKEN", TOKEN)]);
        let output =
            command.arg("import").arg(file).arg("--data").arg(data.path()).args(more).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said)
    };
    Program::start(data.path(), &[]).terminate();
    let (code, said) = import(&sample("bitly.csv"), &["--dry-run"]);
    assert_eq!((code, said.contains("no server runs")), (1, true), "{said}");
    let program = Program::start(data.path(), &[]);
    let (code, said) = import(&sample("bitly.csv"), &["--dry-run"]);
    assert_eq!(code, 0, "{said}");
    for words in [
        "bitly: 3 rows, 2 can be made, 1 refused",
        "refused  line 4, link: ",
        "bit.ly is no domain",
        "Nothing was made.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let (code, said) = import(&sample("bitly.csv"), &["--from", "bitly"]);
    assert_eq!(
        (code, said.contains("line 4, link: "), said.contains("nothing was")),
        (1, true, true),
        "{said}"
    );
    let (code, said) = import(&sample("bitly.csv"), &["--skip-invalid"]);
    assert_eq!((code, said.contains("2 links were made")), (0, true), "{said}");
    assert_eq!(program.visit("/menu-7").send().status, 302);
    let (code, said) = import(&sample("bitly.csv"), &["--from", "tinyurl"]);
    assert_eq!((code, said.contains("none of csv, bitly")), (2, true), "{said}");

    // More than a request makes is a job that is followed to its end.
    let rows: String =
        (0..600).map(|n| format!("k{n},https://example.com/{n},T,2021-05-03 09:00:00,,{n}\n")).collect();
    let many = data.path().join("many.csv");
    std::fs::write(&many, format!("keyword,url,title,timestamp,ip,clicks\n{rows}")).unwrap();
    let (code, said) = import(&many, &[]);
    assert_eq!((code, said.contains("600 links were made")), (0, true), "{said}");
    assert_eq!(program.visit("/k599").send().location(), "https://example.com/599");
    let list = program.get("/v1/links?pageSize=1&search=k599");
    assert_eq!(list["links"][0]["xImported"]["clicks"], 599, "{list}");
}
