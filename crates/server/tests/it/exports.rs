//! What is taken away is what is counted; files are fetched whole, in parts, and go.

use crate::app::{DAY, TestApp};
use crate::client::{ANDROID, Answer, CURL, Client, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A server with two links that were scanned by people and programs, over some days.
fn scanned() -> (TestApp, [crate::client::Link; 2]) {
    let app = TestApp::new();
    let poster = app.link("https://example.com/a").slug("poster").with("name", json!("=Poster, \"big\""));
    let poster = poster.with("tags", json!(["print", "spring"])).create();
    let card = app.link("https://example.com/b").slug("Card").create();
    for day in 0..3 {
        for scan in 0..4 {
            app.advance(1000);
            let link = if scan % 2 == 0 { &poster } else { &card };
            app.scan_by(link, ANDROID, &format!("198.51.100.{}", 10 * day + scan));
            app.advance(1000);
            app.scan_by(link, CURL, "203.0.113.9");
        }
        app.advance(DAY);
    }
    app.events(&poster, 12);
    app.events(&card, 12);
    (app, [poster, card])
}

/// The finished export.
#[track_caller]
fn finished(app: &Client, made: &Value) -> Value {
    let path = format!("/v1/x/exports/{}", made["export"]["id"].as_str().unwrap());
    let export = eventually("the export", || {
        let export = app.get(&path)["export"].take();
        (export["status"] != "EXPORT_STATUS_PENDING" && export["status"] != "EXPORT_STATUS_RUNNING")
            .then_some(export)
    });
    assert_eq!(export["status"], "EXPORT_STATUS_SUCCEEDED", "{export}");
    export
}

#[track_caller]
pub fn made(app: &Client, body: &Value) -> Value {
    let answer = app.api("POST", "/v1/x/exports").json(body).send();
    let made = answer.expect(202);
    assert_eq!(
        answer.header("location"),
        format!("/v1/x/exports/{}", made["export"]["id"].as_str().unwrap())
    );
    finished(app, &made)
}

#[track_caller]
fn file(app: &Client, export: &Value) -> Answer {
    let answer = app.api("GET", export["fileUrl"].as_str().unwrap()).send();
    assert_eq!(answer.status, 200);
    answer
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rows of CSV as objects by the head's names.
fn table(bytes: &[u8]) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().unwrap().clone();
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        head.iter().map(str::to_owned).zip(row.unwrap().iter().map(str::to_owned)).collect()
    };
    reader.records().map(row).collect()
}

#[test]
fn rows_of_an_export_of_scans_are_the_reports_total_whatever_is_asked() {
    let (app, [poster, _]) = scanned();
    let questions = [
        json!({}),
        json!({ "verdict": ["all"] }),
        json!({ "verdict": "bot" }),
        json!({ "linkId": poster.id, "verdict": ["all"] }),
        json!({ "startDate": "2026-03-11", "endDate": "2026-03-11" }),
        json!({ "xFilters": ["device_type:mobile"] }),
        json!({ "xFilters": ["tag:print"], "verdict": ["all"] }),
        json!({ "filters": [{ "dimension": "platform", "operator": "is_not", "values": ["Android"] }], "verdict": ["all"] }),
        json!({ "xFilters": ["country:IS"] }),
    ];
    let mut totals = BTreeSet::new();
    for query in questions {
        let total = app.post("/v1/x/analytics/query", &query)["totals"]["scans"].as_u64().unwrap();
        totals.insert(total);
        for format in ["csv", "ndjson", "parquet"] {
            let body = json!({ "object": "scans", "format": format, "query": query });
            let export = made(&app, &body);
            assert_eq!(export["rowCount"], total, "{query} as {format}");
            let bytes = file(&app, &export).body;
            assert_eq!(export["size"], bytes.len());
            let rows = match format {
                "csv" => table(&bytes).len(),
                "ndjson" => lines(&bytes).len(),
                _ => {
                    use parquet::file::reader::FileReader;
                    let reader =
                        parquet::file::reader::SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
                    reader.metadata().file_metadata().num_rows() as usize
                }
            };
            assert_eq!(rows as u64, total, "{query} as {format}");
            let streamed = app.api("POST", "/v1/x/exports/stream").json(&body).send();
            assert_eq!(streamed.status, 200);
            if format != "parquet" {
                // What is sealed in between comes in another order.
                let sorted = |bytes: &[u8]| -> Vec<String> {
                    let mut lines: Vec<String> =
                        String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
                    lines.sort_unstable();
                    lines
                };
                assert_eq!(sorted(&streamed.body), sorted(&file(&app, &export).body));
            }
        }
    }
    assert!(totals.len() >= 4, "{totals:?}");
}

#[test]
fn an_exported_scan_says_what_the_list_of_events_says() {
    let (app, [poster, _]) = scanned();
    let body = json!({ "object": "scans", "format": "ndjson", "query": { "linkId": poster.id, "verdict": ["all"] } });
    let rows = lines(&app.api("POST", "/v1/x/exports/stream").json(&body).send().body);
    for event in app.events(&poster, 12) {
        let row = rows.iter().find(|row| row["id"] == event["id"]).unwrap();
        for (ours, theirs) in [
            ("scannedAt", "/scannedAt"),
            ("linkId", "/linkId"),
            ("destination", "/destination"),
            ("visitorId", "/visitorId"),
            ("verdict", "/xVerdict"),
            ("reason", "/xReason"),
            ("outcome", "/xOutcome"),
            ("country", "/device/country"),
            ("city", "/device/city"),
            ("platform", "/device/platformName"),
            ("browser", "/device/browserName"),
            ("network", "/device/isp"),
        ] {
            assert_eq!(Some(&row[ours]), event.pointer(theirs).or(Some(&Value::Null)), "{ours} of {event}");
        }
        assert_eq!(row["linkName"], "=Poster, \"big\"");
    }
}

#[test]
fn csv_is_defused_has_a_mark_if_asked_and_the_columns_chosen() {
    let (app, _) = scanned();
    let body = json!({ "object": "scans", "columns": ["linkName", "scannedAt"], "bom": true });
    let answer = app.api("POST", "/v1/x/exports/stream").json(&body).send();
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"scans-2026-03-13-"));
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with("\u{feff}linkName,scannedAt\r\n"), "{text}");
    assert!(text.contains("\r\n\"'=Poster, \"\"big\"\"\",2026-03-1"), "{text}");
    assert_eq!(text.matches("\r\n").count(), 13);
}

#[test]
fn links_can_be_taken_away_and_brought_in_again() {
    let (app, [poster, _]) = scanned();
    eventually("the counter of the link", || {
        let link = app.get(&format!("/v1/links/{}", poster.id));
        (link["link"]["eventCount"].as_i64() >= Some(6)).then_some(())
    });
    let answer = app.api("POST", "/v1/x/exports/stream").json(&json!({ "object": "links" })).send();
    let rows = table(&answer.body);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["name"], "'=Poster, \"big\"");
    assert_eq!((&*rows[0]["tags"], &*rows[1]["shortlink"]), ("print,spring", "Card"));
    assert_eq!(rows[0]["destination"], "https://example.com/a");
    let counted = |row: &std::collections::BTreeMap<String, String>| row["scans"].parse::<i64>().unwrap();
    assert!(counted(&rows[0]) >= 6);
    let theirs = app.other_workspace();
    let body = json!({ "csv": String::from_utf8(answer.body).unwrap(), "dryRun": true });
    let read = app.request("POST", "/v1/x/links/import").bearer(&theirs).json(&body).send().expect(200);
    let meanings: Vec<&str> =
        read["columns"].as_array().unwrap().iter().filter_map(|column| column["meaning"].as_str()).collect();
    for field in ["destination", "name", "shortlink", "tags", "purpose", "notes"] {
        assert!(meanings.contains(&field), "{field}: {read}");
    }
    // On the same host their slugs are taken; nothing else is wrong.
    for error in read["errors"].as_array().unwrap() {
        assert_eq!(error["column"], "shortlink", "{error}");
    }
}

#[test]
fn visitors_come_with_their_attributes() {
    let (app, [poster, _]) = scanned();
    let [event, other, ..] = &app.events(&poster, 12)[..] else { unreachable!() };
    let data = json!({ "$email": "ada@example.com", "$firstName": "Ada", "plan": "gold" });
    app.post("/v1/visitor/identify", &json!({ "lbid": event["id"], "visitor": { "data": data } }));
    app.advance(1000);
    let bob = json!({ "lbid": other["id"], "visitor": { "data": { "$email": "bob@example.com" } } });
    app.post("/v1/visitor/identify", &bob);
    let export = made(&app, &json!({ "object": "visitors", "visitors": { "search": "ada" } }));
    let rows = table(&file(&app, &export).body);
    assert_eq!(rows.len(), 1);
    assert_eq!((&*rows[0]["email"], &*rows[0]["attributes.plan"]), ("ada@example.com", "gold"));
    let columns = app.get("/v1/x/exports/columns?object=visitors");
    assert!(columns["columns"].as_array().unwrap().iter().any(|column| column["name"] == "attributes.plan"));
    assert_eq!(made(&app, &json!({ "object": "visitors" }))["rowCount"], 2);
    // The scan is told with the person whose it is now.
    let scans = json!({ "object": "scans", "format": "ndjson", "query": { "linkId": poster.id, "verdict": ["all"] } });
    let rows = lines(&app.api("POST", "/v1/x/exports/stream").json(&scans).send().body);
    let row = rows.iter().find(|row| row["id"] == event["id"]).unwrap();
    let person = app.get("/v1/visitors?search=ada")["json"]["visitors"][0]["id"].take();
    assert_eq!(row["visitorId"], person);
}

#[test]
fn traces_are_those_of_each_scan() {
    let (app, [poster, card]) = scanned();
    let body = json!({ "object": "traces", "format": "ndjson", "query": { "verdict": ["all"] } });
    let rows = lines(&file(&app, &made(&app, &body)).body);
    let mut compared = 0;
    for event in app.events(&poster, 12).into_iter().chain(app.events(&card, 12)) {
        let traces = app.get(&format!("/v1/events/{}/traces", event["id"].as_str().unwrap()));
        let own: Vec<&Value> = rows.iter().filter(|row| row["scanId"] == event["id"]).collect();
        let theirs = traces["traces"].as_array().unwrap();
        assert_eq!(own.len(), theirs.len());
        for (own, theirs) in own.iter().zip(theirs) {
            assert_eq!((&own["id"], &own["kind"]), (&theirs["id"], &theirs["xKind"]));
            assert_eq!(own["stepId"], theirs["xStepId"]);
            compared += 1;
        }
    }
    assert!(compared >= 24);
    assert_eq!(rows.len(), compared);
}

#[test]
fn a_report_is_its_rows() {
    let (app, _) = scanned();
    let query = json!({ "dimension": "link", "metrics": ["scans", "visitors"], "startDate": "2026-03-09" });
    let answer = app.post("/v1/x/analytics/query", &query);
    let rows = table(&file(&app, &made(&app, &json!({ "object": "report", "query": query }))).body);
    assert_eq!(rows.len(), answer["rows"].as_array().unwrap().len());
    let sum: u64 = rows.iter().map(|row| row["scans"].parse::<u64>().unwrap()).sum();
    assert_eq!(answer["totals"]["scans"], sum);
    assert!(!rows[0].contains_key("previousScans"));
}

#[test]
fn a_cut_connection_is_gone_on_with_and_the_bytes_are_equal() {
    let (app, _) = scanned();
    let export = made(&app, &json!({ "object": "scans", "query": { "verdict": ["all"] } }));
    let whole = file(&app, &export);
    let etag = whole.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", export["sha256"].as_str().unwrap()));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let url = export["fileUrl"].as_str().unwrap();
    for cut in [1, 700, whole.body.len() - 1] {
        let rest =
            app.api("GET", url).header("range", &format!("bytes={cut}-")).header("if-range", &etag).send();
        assert_eq!(rest.status, 206);
        let size = whole.body.len();
        assert_eq!(rest.header("content-range"), format!("bytes {cut}-{}/{size}", size - 1));
        assert_eq!([&whole.body[..cut], &rest.body[..]].concat(), whole.body);
    }
    let other = app.api("GET", url).header("range", "bytes=5-").header("if-range", "\"another\"").send();
    assert_eq!((other.status, other.body.len()), (200, whole.body.len()));
    assert_eq!(app.api("GET", url).header("range", "bytes=9999999-").send().status, 416);
}

#[test]
fn an_export_is_listed_deleted_and_goes_after_seven_days() {
    let (app, _) = scanned();
    let first = made(&app, &json!({ "object": "links" }));
    app.advance(1000);
    let second = made(&app, &json!({ "object": "scans" }));
    let listed = |app: &TestApp| -> Vec<Value> {
        let list = app.get("/v1/x/exports")["exports"].take();
        list.as_array().unwrap().iter().map(|export| export["id"].clone()).collect()
    };
    assert_eq!(listed(&app), [second["id"].clone(), first["id"].clone()]);
    let path = format!("/v1/x/exports/{}", first["id"].as_str().unwrap());
    let on_disk = |export: &Value| app.data().join("exports").join(export["id"].as_str().unwrap());
    assert!(on_disk(&first).exists());
    app.api("DELETE", &path).send().expect(200);
    app.api("GET", &path).send().refusal(404);
    app.api("DELETE", &path).send().refusal(404);
    assert!(!on_disk(&first).exists() && on_disk(&second).exists());
    app.advance(7 * DAY);
    app.tend_what_waits();
    assert!(listed(&app).is_empty());
    assert!(!on_disk(&second).exists());
}

#[test]
fn what_waits_is_made_after_a_restart() {
    let (app, _) = scanned();
    let export = made(&app, &json!({ "object": "scans" }));
    let stranger = app.data().join("exports/stranger.part");
    std::fs::write(&stranger, "half").unwrap();
    let app = app.restart();
    eventually("the stranger to go", || (!stranger.exists()).then_some(()));
    assert_eq!(file(&app, &export).body.len(), export["size"].as_u64().unwrap() as usize);
}

#[test]
fn what_is_asked_wrongly_is_told_by_field() {
    let (app, _) = scanned();
    for (body, field) in [
        (json!({}), "/object"),
        (json!({ "object": "everything" }), "/object"),
        (json!({ "object": "scans", "format": "xlsx" }), "/format"),
        (json!({ "object": "scans", "columns": ["id", "ip"] }), "/columns/1"),
        (json!({ "object": "scans", "columns": ["id", "id"] }), "/columns/1"),
        (json!({ "object": "scans", "format": "parquet", "bom": true }), "/bom"),
        (json!({ "object": "scans", "links": {} }), "/links"),
        (json!({ "object": "links", "query": {} }), "/query"),
        (json!({ "object": "scans", "query": { "startDate": "yesterday" } }), "/query/startDate"),
        (json!({ "object": "scans", "query": { "linkId": 7 } }), "/query/linkId"),
        (json!({ "object": "scans", "query": { "dimension": "country" } }), "/query/dimension"),
        (json!({ "object": "report", "query": { "dimension": "planet" } }), "/query/dimension"),
        (json!({ "object": "scans", "query": { "xFilters": ["planet:Mars"] } }), "/query/xFilters/0"),
        (json!({ "object": "links", "links": { "xSilentSince": "x" } }), "/links/xSilentSince"),
        (json!({ "object": "scans", "sheet": 1 }), "/sheet"),
    ] {
        for path in ["/v1/x/exports", "/v1/x/exports/stream"] {
            let (message, told) = app.api("POST", path).json(&body).send().refusal(400);
            assert_eq!(told, field, "{body}: {message}");
        }
    }
    assert_eq!(app.get("/v1/x/exports")["exports"], json!([]));
}

#[test]
fn who_may_not_read_it_may_not_take_it_away() {
    let (app, _) = scanned();
    let links = made(&app, &json!({ "object": "links" }));
    let visitors = made(&app, &json!({ "object": "visitors" }));
    let body = json!({ "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "Numbers", "scopes": ["analytics:read"] });
    let token = app.post("/v1/workspace-tokens", &body)["accessToken"].as_str().unwrap().to_owned();
    for object in ["links", "visitors"] {
        let asked =
            app.request("POST", "/v1/x/exports").bearer(&token).json(&json!({ "object": object })).send();
        asked.refusal(403);
    }
    for export in [&links, &visitors] {
        app.request("GET", export["fileUrl"].as_str().unwrap()).bearer(&token).send().refusal(403);
    }
    let listed = app.request("GET", "/v1/x/exports").bearer(&token).send().expect(200);
    assert_eq!(listed["exports"], json!([]));
    let theirs = app.other_workspace();
    app.request("GET", links["fileUrl"].as_str().unwrap()).bearer(&theirs).send().refusal(404);
    let own = app
        .request("POST", "/v1/x/exports/stream")
        .bearer(&theirs)
        .json(&json!({ "object": "scans" }))
        .send();
    assert_eq!(table(&own.body).len(), 0);
}

#[test]
fn the_command_line_takes_the_same_away_beside_a_running_server_and_alone() {
    use crate::client::TOKEN;
    use crate::program::{Program, quietzone};
    let (data, out) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
    let mut program = Program::start(data.path(), &[]);
    let link = program.link("https://example.com/").slug("door").create();
    for _ in 0..3 {
        assert_eq!(program.visit("/door").send().status, 302);
    }
    program.events(&link, 3);
    let run = |arguments: &[&str], token: &str| {
        let mut command = quietzone(&[("QUIETZONE_API_TOKEN", token)]);
        let output = command.args(arguments).arg("--data").arg(data.path()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), output.stdout)
    };
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let export = |name: &str| run(&["export", "scans", "--verdict", "all", "--output", &path(name)], TOKEN);
    let (code, said, _) = export("beside.csv");
    assert_eq!((code, said.contains("3 rows in")), (0, true), "{said}");
    let (code, said, _) = run(&["export", "visitors", "--output", &path("nobody.ndjson")], TOKEN);
    assert_eq!((code, said.contains("0 rows in")), (0, true), "{said}");
    assert_eq!(std::fs::read(path("nobody.ndjson")).unwrap(), b"");
    assert!(!out.path().join("nobody.ndjson.part").exists());
    assert_eq!(program.get("/v1/x/exports")["exports"], json!([]), "nothing is left behind");
    let (code, said, _) = run(&["export", "scans", "--columns", "ip", "--output", &path("x.csv")], TOKEN);
    assert_eq!((code, said.contains("/columns/0: \"ip\" is not a column")), (2, true), "{said}");
    let (code, said, _) = run(&["export", "scans", "--output", &path("x.csv")], "wrong");
    assert_eq!((code, said.contains("token")), (2, true), "{said}");
    let (code, said, _) = run(&["exit-bundle", &path("beside")], TOKEN);
    assert_eq!(code, 0, "{said}");
    program.terminate();
    let (code, said, _) = export("alone.csv");
    assert_eq!((code, said.contains("3 rows in")), (0, true), "{said}");
    let read = |name: &str| std::fs::read(out.path().join(name)).unwrap();
    assert_eq!(table(&read("alone.csv")).len(), 3);
    // The server that was asked has another port, and nothing else of a scan follows from it. Scans of one millisecond
    // have no order.
    let rows = |name: &str| {
        let mut rows = table(&read(name));
        rows.sort();
        rows
    };
    assert_eq!(rows("alone.csv"), rows("beside.csv"));
    let (code, _, printed) = run(&["export", "links", "--output", "-"], TOKEN);
    assert_eq!((code, table(&printed)[0]["shortlink"].as_str()), (0, "door"));
    let (code, said, _) = run(&["exit-bundle", &path("alone")], TOKEN);
    assert_eq!(code, 0, "{said}");
    for folder in ["beside", "alone"] {
        for file in ["README.md", "nginx/quietzone.conf", "data/scans.parquet"] {
            assert!(out.path().join(folder).join(file).exists(), "{folder}/{file}");
        }
    }
    let (code, said, _) = run(&["exit-bundle", &path("alone")], TOKEN);
    assert_eq!((code, said.contains("not empty")), (1, true), "{said}");
    assert!(!out.path().join("beside.zip.part").exists() && !out.path().join("x.csv").exists());
}

#[test]
fn alone_the_command_line_begins_links_as_the_installation_does_and_notes_nothing() {
    use crate::client::TOKEN;
    use crate::program::{Program, base_urls, quietzone};
    const STRANGER: &str = "sk_live_of_nobody_at_all";
    let (data, out) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
    let mut program = Program::start(data.path(), &[]);
    program.link("https://example.com/").slug("door").create();
    program.terminate();
    let own = "https://go.example.com";
    let run = |arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = quietzone(settings);
        let output = command.args(arguments).arg("--data").arg(data.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let short_url = |settings: &[(&str, &str)]| {
        table(&run(&["export", "links", "--output", "-"], settings))[0]["shortUrl"].clone()
    };
    let mut program = Program::start(data.path(), &[("QUIETZONE_BASE_URL", own)]);
    assert_eq!(
        short_url(&[("QUIETZONE_API_TOKEN", TOKEN)]),
        "https://go.example.com/door",
        "beside a server"
    );
    program.terminate();
    let recorded = base_urls(data.path());
    assert_eq!((recorded[0].url.as_str(), recorded[0].last_used_at), (own, None));
    assert_eq!(short_url(&[]), "https://go.example.com/door");
    let other = ("QUIETZONE_BASE_URL", "https://other.example.com");
    assert_eq!(short_url(&[other]), "https://other.example.com/door", "the settings name it");
    // A token that nobody has becomes none of the installation's.
    assert_eq!(short_url(&[("QUIETZONE_API_TOKEN", STRANGER)]), "https://go.example.com/door");
    let bundle = out.path().join("bundle");
    run(&["exit-bundle", bundle.to_str().unwrap()], &[]);
    let codes = std::fs::read(bundle.join("redirects.json")).unwrap();
    let codes: Value = serde_json::from_slice(&codes).unwrap();
    assert_eq!(codes["codes"][0]["host"], "go.example.com", "{codes}");
    assert_eq!(base_urls(data.path()), recorded);
    let program = Program::start(data.path(), &[]);
    assert_eq!(program.request("GET", "/v1/links").bearer(STRANGER).send().status, 401);
}

#[test]
fn the_scans_of_a_deleted_link_bear_the_name_that_reports_show() {
    let (app, [poster, card]) = scanned();
    for link in [&poster, &card] {
        app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
    }
    let body = json!({ "object": "scans", "format": "ndjson" });
    let rows = lines(&app.api("POST", "/v1/x/exports/stream").json(&body).send().body);
    let names: BTreeSet<&str> = rows.iter().map(|row| row["linkName"].as_str().unwrap()).collect();
    let report = app.post("/v1/x/analytics/query", &json!({ "dimension": "link" }));
    let labels = report["rows"].as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap());
    assert_eq!(names, labels.collect());
    assert_eq!(names, BTreeSet::from(["=Poster, \"big\" (deleted)", "Card (deleted)"]));
}
