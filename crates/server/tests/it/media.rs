//! The library: uploads, imports, replacements, and a list that neither repeats nor skips.

use crate::app::{HOUR, TestApp};
use crate::client::Answer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

fn pdf(bytes: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    file.resize(bytes.max(file.len()), b' ');
    file
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn add(app: &TestApp, name: &str, bytes: &[u8]) -> Value {
    app.post("/v1/media", &json!({ "fileName": name, "fileData": STANDARD.encode(bytes) }))["media"].take()
}

/// The part of an address of ours behind its host.
fn path(url: &Value) -> &str {
    let url = url.as_str().unwrap();
    &url[url.find("/x/").unwrap()..]
}

fn put(app: &TestApp, upload: &Value, bytes: &[u8]) -> Answer {
    let kind = upload["uploadHeaders"]["Content-Type"].as_str().unwrap();
    app.request("PUT", path(&upload["uploadUrl"])).body(kind, bytes.to_vec()).send()
}

fn shown(app: &TestApp, media: &Value) -> Vec<u8> {
    app.request("GET", path(&media["signedUrl"])).send().body
}

#[test]
fn a_large_file_is_declared_sent_and_complete() {
    let app = TestApp::new();
    let file = pdf(12 << 20);
    let declare = json!({ "fileName": "menu.pdf", "mimeType": "application/pdf", "size": file.len(),
        "sha256": hex(&file), "visibility": "VISIBILITY_PUBLIC", "uploadedFrom": "UPLOAD_ORIGIN_OPEN_MEDIA" });
    let upload = app.post("/v1/media/uploads", &declare);
    let id = upload["media"]["id"].as_str().unwrap();
    assert_eq!(
        (&upload["uploadMethod"], &upload["media"]["status"]),
        (&json!("PUT"), &json!("STATUS_PENDING"))
    );
    assert!(upload["uploadHeaders"]["x-amz-checksum-sha256"].is_string());
    assert_eq!(app.get(&format!("/v1/media/{id}"))["media"]["status"], "STATUS_PENDING");
    assert_eq!(app.get("/v1/media")["totalCount"], 0, "what is pending is not listed");
    let complete = format!("/v1/media/{id}:complete");
    app.api("POST", &complete).send().refusal(412);
    let mut other = file.clone();
    other[100] = b'x';
    for wrong in [&file[..100], &[file.as_slice(), b"more"].concat(), &other] {
        put(&app, &upload, wrong).refusal(400);
        app.api("POST", &complete).send().refusal(412);
    }
    assert_eq!(put(&app, &upload, &file).status, 200);
    let media = app.api("POST", &complete).send().expect(200)["media"].take();
    assert_eq!((&media["status"], &media["sha256"]), (&json!("STATUS_READY"), &json!(hex(&file))));
    assert_eq!(media["uploadedFrom"], "UPLOAD_ORIGIN_OPEN_MEDIA");
    assert_eq!(shown(&app, &media), file);
    // Once more is the same answer; the address is over; the same bytes are refused before they are sent.
    assert_eq!(app.api("POST", &complete).send().expect(200)["media"]["id"], media["id"]);
    put(&app, &upload, &file[..100]).refusal(404);
    let again = app.api("POST", "/v1/media/uploads").json(&declare).send();
    let error: Value = serde_json::from_slice(&again.body).unwrap();
    again.refusal(409);
    assert_eq!(error["details"][0]["metadata"]["existingMediaId"], media["id"]);
    assert_eq!(error["details"][0]["metadata"]["existingFileName"], "menu.pdf");
    app.api("POST", &format!("/v1/media/{id}")).send().refusal(405);
}

#[test]
fn an_upload_that_is_not_what_was_declared_or_comes_late_is_thrown_away() {
    let app = TestApp::new();
    let folder = app.data().join("media/uploads");
    let left = || std::fs::read_dir(&folder).map_or(0, |entries| entries.count());
    let begin = |size: usize, kind: &str| {
        app.post("/v1/media/uploads", &json!({ "fileName": "f", "mimeType": kind, "size": size }))
    };
    let upload = begin(20, "image/png");
    assert_eq!(put(&app, &upload, &pdf(20)).status, 200);
    let complete = format!("/v1/media/{}:complete", upload["media"]["id"].as_str().unwrap());
    assert_eq!(app.api("POST", &complete).send().refusal(400).1, "/mimeType");
    app.api("POST", &complete).send().refusal(404);
    assert_eq!(left(), 0);
    // A file that is there already is found out by its bytes.
    let known = add(&app, "known.pdf", &pdf(30));
    let upload = begin(30, "application/pdf");
    put(&app, &upload, &pdf(30));
    let complete = format!("/v1/media/{}:complete", upload["media"]["id"].as_str().unwrap());
    assert!(app.api("POST", &complete).send().refusal(409).0.contains(known["id"].as_str().unwrap()));
    let late = begin(40, "application/pdf");
    put(&app, &late, &pdf(40));
    assert_eq!(left(), 1);
    app.advance(HOUR + 1);
    let complete = format!("/v1/media/{}:complete", late["media"]["id"].as_str().unwrap());
    app.api("POST", &complete).send().refusal(404);
    put(&app, &late, &pdf(40)).refusal(404);
    app.tend_what_waits();
    assert_eq!(left(), 0);
    for (field, body) in [
        ("/mimeType", json!({ "fileName": "f", "mimeType": "text/html", "size": 1 })),
        ("/size", json!({ "fileName": "f", "mimeType": "image/png", "size": 0 })),
        ("/size", json!({ "fileName": "f", "mimeType": "image/png", "size": (10 << 20) + 1 })),
        ("/sha256", json!({ "fileName": "f", "mimeType": "image/png", "size": 1, "sha256": "7" })),
        ("/fileName", json!({ "fileName": " ", "mimeType": "image/png", "size": 1 })),
        (
            "/uploadedFrom",
            json!({ "fileName": "f", "mimeType": "image/png", "size": 1, "uploadedFrom": "X" }),
        ),
    ] {
        assert_eq!(app.api("POST", "/v1/media/uploads").json(&body).send().refusal(400).1, field, "{body}");
    }
}

/// A server of the web that knows a few paths.
pub fn web() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let (head, body) = match path.as_str() {
                "/menu%20card.pdf" => ("200 OK\r\nContent-Type: image/png".to_owned(), pdf(50)),
                "/other.pdf" => ("200 OK".to_owned(), pdf(60)),
                "/moved" => ("302 Found\r\nLocation: /menu%20card.pdf".to_owned(), vec![]),
                "/round" => ("302 Found\r\nLocation: /round".to_owned(), vec![]),
                "/huge" => ("200 OK\r\nContent-Length: 99999999".to_owned(), vec![]),
                "/page" => ("200 OK".to_owned(), b"<html>".to_vec()),
                _ => ("404 Not Found".to_owned(), vec![]),
            };
            let length = if head.contains("Length") {
                String::new()
            } else {
                format!("Content-Length: {}\r\n", body.len())
            };
            let _ =
                stream.write_all(format!("HTTP/1.1 {head}\r\n{length}Connection: close\r\n\r\n").as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    format!("http://{address}")
}

#[test]
fn a_file_of_the_web_is_fetched_and_nothing_of_the_operators_network() {
    let web = web();
    let closed = TestApp::new();
    for url in [
        format!("{web}/menu%20card.pdf"),
        "https://127.0.0.1/x.png".into(),
        "https://[::ffff:10.0.0.1]/x.png".into(),
        "https://169.254.169.254/latest/meta-data".into(),
        "https://user:secret@example.com/x.png".into(),
        "ftp://example.com/x.png".into(),
        "nowhere".into(),
        String::new(),
    ] {
        let answer = closed.api("POST", "/v1/media:import").json(&json!({ "url": url })).send();
        assert_eq!(answer.refusal(400).1, "/url", "{url}");
    }
    let app = TestApp::with(&[("QUIETZONE_WEBHOOKS_ALLOW_PRIVATE", "true")]);
    let import = |path: &str| {
        app.api("POST", "/v1/media:import").json(&json!({ "url": format!("{web}{path}") })).send()
    };
    let media = import("/moved").expect(200)["media"].take();
    assert_eq!(
        (&media["fileName"], &media["mimeType"]),
        (&json!("menu card.pdf"), &json!("application/pdf"))
    );
    assert_eq!(shown(&app, &media), pdf(50));
    import("/menu%20card.pdf").refusal(409);
    for (path, words) in [
        ("/round", "more than 5 times"),
        ("/huge", "more than 50 MB"),
        ("/nothing", "answers 404"),
        ("/page", "none of PNG"),
    ] {
        let (message, field) = import(path).refusal(400);
        assert!(field == "/url" && message.contains(words), "{path}: {message}");
    }
    let attached = json!({ "assistantAttachmentId": "7" });
    app.api("POST", "/v1/media:import").json(&attached).send().refusal(400);
    // A replacement from the web keeps the id.
    let replace = format!("/v1/media/{}/replace:import", media["id"].as_str().unwrap());
    let other = app.post(&replace, &json!({ "url": format!("{web}/other.pdf") }));
    assert!(other["unchanged"] == false && other["media"]["id"] == media["id"]);
    assert_eq!(other["media"]["fileName"], "other.pdf");
    let same = app.post(&replace, &json!({ "url": format!("{web}/other.pdf") }));
    assert_eq!(same["unchanged"], true);
}

#[test]
fn a_replaced_file_is_what_its_users_show_and_codes_keep_their_copies() {
    let app = TestApp::new();
    let red = b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect width=\"9\" height=\"9\" fill=\"#b80f1c\"/></svg>";
    let media = add(&app, "logo.svg", red);
    let id = media["id"].as_str().unwrap().to_owned();
    let link = app.link("https://example.com/").create();
    let look = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    app.patch(&look, &json!({ "centralImageMediaId": id, "errorCorrectionLevel": "H" }));
    let opens = app.post("/v1/links/open-media", &json!({ "mediaId": id }))["link"]["id"].take();
    let uses = app.get(&format!("/v1/media/{id}"))["media"]["references"].take();
    let kinds: Vec<&str> = uses.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["TYPE_OPEN_MEDIA_STEP", "TYPE_QR_CODE_LOGO"]);
    assert_eq!((&uses[0]["linkId"], &uses[1]["linkId"]), (&opens, &json!(link.id)));
    // Only pictures fit on a page; a code that opens the file takes any.
    let file = pdf(70);
    let begin = format!("/v1/media/{id}/replace-uploads");
    let body = json!({ "fileName": "menu.pdf", "mimeType": "application/pdf", "size": 70 });
    app.request("PUT", &format!("/v1/x/links/{}/page-theme", link.id))
        .bearer(crate::client::TOKEN)
        .json(&json!({ "badgeId": id, "badgeEnabled": true }))
        .send()
        .expect(200);
    assert!(app.api("POST", &begin).json(&body).send().refusal(409).0.contains("takes a picture"));
    app.request("PUT", &format!("/v1/x/links/{}/page-theme", link.id))
        .bearer(crate::client::TOKEN)
        .json(&json!({}))
        .send()
        .expect(200);
    let upload = app.post(&begin, &body);
    put(&app, &upload, &file);
    assert_eq!(shown(&app, &app.get(&format!("/v1/media/{id}"))["media"]), shown(&app, &media), "not yet");
    let complete = format!("{begin}/{}:complete", upload["replacementId"].as_str().unwrap());
    let done = app.api("POST", &complete).send().expect(200);
    assert_eq!(
        (&done["media"]["fileName"], &done["media"]["kind"]),
        (&json!("menu.pdf"), &json!("KIND_DOCUMENT"))
    );
    assert_eq!(done["detachedReferences"][0]["linkId"], json!(link.id));
    assert_eq!(shown(&app, &media), file, "an address that is out shows what the file is now");
    let kept = app.get(&look)["qrcodeDesign"].take();
    assert!(kept.get("centralImageMediaId").is_none() && kept["centralImageSignedUrl"].is_string());
    app.api("POST", &complete).send().refusal(404);
    // Nothing is left of the old bytes.
    let files: Vec<String> = std::fs::read_dir(app.data().join("media"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, [hex(&file)]);
    let same = json!({ "fileName": "x", "mimeType": "application/pdf", "size": 70, "sha256": hex(&file) });
    assert_eq!(app.post(&begin, &same)["unchanged"], true);
}

#[test]
fn the_list_neither_repeats_nor_skips_while_files_come_and_go() {
    let app = TestApp::new();
    let mut ids: Vec<String> = (0..7)
        .map(|n| {
            app.advance(n % 2);
            add(&app, &format!("{n}.pdf"), &pdf(100 + n as usize))["id"].as_str().unwrap().to_owned()
        })
        .collect();
    ids.reverse();
    let page = |token: &str| {
        let page = app.get(&format!("/v1/media?pageSize=2{token}"));
        let ids: Vec<String> = page["media"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["id"].as_str().unwrap().to_owned())
            .collect();
        (ids, page["nextPageToken"].as_str().map(|token| format!("&pageToken={token}")))
    };
    let (mut seen, mut next) = page("");
    assert_eq!(seen, ids[..2]);
    // One that was shown and one that was not go; one comes.
    for gone in [&ids[1], &ids[4]] {
        app.api("DELETE", &format!("/v1/media/{gone}")).send().expect(200);
    }
    app.advance(1);
    let new = add(&app, "new.pdf", &pdf(200))["id"].as_str().unwrap().to_owned();
    while let Some(token) = next {
        let (more, after) = page(&token);
        seen.extend(more);
        next = after;
    }
    let expected: Vec<&String> = ids.iter().filter(|id| **id != ids[4]).collect();
    assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    assert!(!seen.contains(&new));
    assert_eq!(app.get("/v1/media?kind=KIND_IMAGE")["totalCount"], 0);
    app.api("GET", "/v1/media?uploadedFrom=X").send().refusal(400);
}

#[test]
fn an_svg_is_cleaned_and_known_again_either_way() {
    let app = TestApp::new();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><script>alert(1)</script>\
        <rect width=\"9\" height=\"9\" onclick=\"alert(2)\"/></svg>";
    let media = add(&app, "logo.svg", svg);
    let kept = shown(&app, &media);
    let text = String::from_utf8(kept.clone()).unwrap();
    assert!(text.contains("<rect") && !text.contains("alert"), "{text}");
    assert_eq!((&media["sha256"], &media["size"]), (&json!(hex(&kept)), &json!(kept.len())));
    for again in [svg.as_slice(), &kept] {
        let body = json!({ "fileName": "again.svg", "fileData": STANDARD.encode(again) });
        app.api("POST", "/v1/media").json(&body).send().refusal(409);
    }
    let broken = json!({ "fileName": "x.svg", "fileData": STANDARD.encode("<svg><rect></svg>") });
    assert!(app.api("POST", "/v1/media").json(&broken).send().refusal(400).0.contains("cannot be read"));
    // What browsers would fetch is not in what they are shown.
    let fetching = "<svg xmlns=\"http://www.w3.org/2000/svg\"><style>@import 'evil.css';\
        .a{background:image-set(\"http://evil.example/x\" 1x);fill:#b80f1c}</style><image href=\"/evil\"/><rect class=\"a\"/></svg>";
    let kept = String::from_utf8(shown(&app, &add(&app, "fetching.svg", fetching.as_bytes()))).unwrap();
    assert!(kept.contains("fill:#b80f1c") && !kept.contains("evil") && !kept.contains("import"), "{kept}");
}

const PICTURES: [(&str, &[u8]); 3] = [
    ("image/png", include_bytes!("pictures/logo.png")),
    ("image/jpeg", include_bytes!("pictures/logo.jpg")),
    ("image/webp", include_bytes!("pictures/logo.webp")),
];

#[test]
fn what_is_no_picture_but_by_its_first_bytes_never_comes_in() {
    let app = TestApp::new();
    for (kind, whole) in PICTURES {
        let broken = &whole[..whole.len() / 4];
        let body = json!({ "fileName": "x", "fileData": STANDARD.encode(broken) });
        let (message, field) = app.api("POST", "/v1/media").json(&body).send().refusal(400);
        assert!(field == "/fileData" && message.contains("damaged"), "{kind}: {message}");
        let declared = json!({ "fileName": "x", "mimeType": kind, "size": broken.len() });
        let upload = app.post("/v1/media/uploads", &declared);
        assert_eq!(put(&app, &upload, broken).status, 200);
        let file = format!("/v1/media/{}", upload["media"]["id"].as_str().unwrap());
        let (message, _) = app.api("POST", &format!("{file}:complete")).send().refusal(400);
        assert!(message.contains("damaged"), "{kind}: {message}");
        app.api("GET", &file).send().refusal(404);
        assert_eq!(app.get("/v1/media")["totalCount"], 0, "{kind}");
    }
    // A picture too large to be unpacked, by its head.
    let mut huge = PICTURES[0].1.to_vec();
    huge[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let sum = crc32fast::hash(&huge[12..29]).to_be_bytes();
    huge[29..33].copy_from_slice(&sum);
    let body = json!({ "fileName": "huge.png", "fileData": STANDARD.encode(huge) });
    assert!(app.api("POST", "/v1/media").json(&body).send().refusal(400).0.contains("30000 x 30000"));
    for (kind, whole) in PICTURES {
        assert_eq!(add(&app, "x", whole)["mimeType"], kind);
    }
}

#[test]
fn a_name_is_the_last_part_of_what_was_sent_and_no_path() {
    let app = TestApp::new();
    let long = format!("{}.pdf", "ü".repeat(200));
    let names = [
        ("../../etc/passwd", "passwd"),
        ("C:\\menus\\lunch.pdf", "lunch.pdf"),
        ("a\u{0}b\r\n.pdf", "ab.pdf"),
        (long.as_str(), ""),
    ];
    for (n, (sent, kept)) in names.into_iter().enumerate() {
        let media = add(&app, sent, &pdf(20 + n));
        let name = media["fileName"].as_str().unwrap();
        assert!(name == kept || kept.is_empty() && name.len() <= 255 && name.ends_with(".pdf"), "{name}");
        assert_eq!(shown(&app, &media), pdf(20 + n));
    }
    let declared = json!({ "fileName": "../up/menu.pdf", "mimeType": "application/pdf", "size": 90 });
    assert_eq!(app.post("/v1/media/uploads", &declared)["media"]["fileName"], "menu.pdf");
    for none in ["", " ", "..", "/", "../"] {
        let body = json!({ "fileName": none, "fileData": STANDARD.encode(pdf(99)) });
        assert_eq!(app.api("POST", "/v1/media").json(&body).send().refusal(400).1, "/fileName", "{none:?}");
    }
}

#[test]
fn three_megabytes_are_taken_with_a_key_as_without_and_parts_of_a_file_are_served() {
    let app = TestApp::new();
    let file = pdf(3 << 20);
    let body = json!({ "fileName": "menu.pdf", "fileData": STANDARD.encode(&file) });
    let post = || app.api("POST", "/v1/media").header("idempotency-key", "once").json(&body).send();
    let media = post().expect(200)["media"].take();
    let again = post();
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(200)["media"]["id"], media["id"]);
    let large = json!({ "fileName": "menu.pdf", "fileData": STANDARD.encode(pdf(4 << 20)) });
    app.api("POST", "/v1/media").header("idempotency-key", "other").json(&large).send().refusal(413);
    // Other operations keep their own limit behind the key's.
    let long = json!({ "destination": "https://example.com/", "xNotes": "x".repeat(3 << 20) });
    app.api("POST", "/v1/links").header("idempotency-key", "third").json(&long).send().refusal(413);
    let part = app.request("GET", path(&media["signedUrl"])).header("range", "bytes=0-8").send();
    assert_eq!((part.status, part.body.as_slice()), (206, b"%PDF-1.4\n".as_slice()));
    assert_eq!(part.header("content-range"), format!("bytes 0-8/{}", 3 << 20));
    let beyond = app.request("GET", path(&media["signedUrl"])).header("range", "bytes=9999999-").send();
    assert_eq!(beyond.status, 416);
}
