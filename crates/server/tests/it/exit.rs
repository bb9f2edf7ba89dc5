//! A printed code outlives the program: real nginx serves the exit bundle's map and answers each slug as we do.

use crate::app::{DAY, TestApp};
use crate::client::{Client, IPHONE, eventually};
use crate::workflows::{ids, publish, redirect};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// nginx with a map, ended when this is dropped.
struct Nginx {
    child: Child,
    client: Client,
}

impl Nginx {
    fn start(folder: &Path, map: &str) -> Self {
        // Free a moment ago; nobody else of this test takes it.
        let address: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let served = map.replace("listen 80;", &format!("listen {address};"));
        assert_ne!(served, map);
        std::fs::write(folder.join("quietzone.conf"), served).unwrap();
        let configuration = "daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr;\nevents {}\n\
             http {\n  access_log off;\n  client_body_temp_path body;\n  proxy_temp_path proxy;\n  fastcgi_temp_path fastcgi;\n\
             uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  include quietzone.conf;\n}\n";
        std::fs::write(folder.join("nginx.conf"), configuration).unwrap();
        // Debian has it where the PATH of who is not root may not lead.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap());
        let child = Command::new("nginx")
            .env("PATH", path)
            .args(["-p", folder.to_str().unwrap(), "-e", "stderr", "-c", "nginx.conf"])
            .stderr(Stdio::inherit())
            .spawn()
            .expect("nginx: apt-get install nginx-light");
        let mut nginx = Self { child, client: Client::new(address) };
        eventually("nginx", || {
            assert!(nginx.child.try_wait().unwrap().is_none(), "nginx refused the map");
            std::net::TcpStream::connect(address).ok()
        });
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGQUIT: its workers end with it.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        let _ = self.child.wait();
    }
}

/// The bundle of a workspace, unpacked.
pub fn bundle(app: &TestApp, folder: &Path) {
    let made = app.api("POST", "/v1/x/exports").json(&json!({ "object": "bundle" })).send().expect(202);
    let path = format!("/v1/x/exports/{}", made["export"]["id"].as_str().unwrap());
    let export = eventually("the bundle", || {
        let export = app.get(&path)["export"].take();
        (export["status"] != "EXPORT_STATUS_PENDING" && export["status"] != "EXPORT_STATUS_RUNNING")
            .then_some(export)
    });
    assert_eq!(export["status"], "EXPORT_STATUS_SUCCEEDED", "{export}");
    let bytes = app.api("GET", export["fileUrl"].as_str().unwrap()).send().body;
    zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap().extract(folder).unwrap();
}

/// Status and location of an answer.
fn answer(client: &Client, host: &str, path: &str) -> (u16, String) {
    let answer = client.request("GET", path).header("host", host).agent(IPHONE).from("198.51.100.7").send();
    let location = answer.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
    (answer.status, location.unwrap_or_default())
}

const DOMAIN: &str = "go.example.com";

/// A workspace with a domain of its own, and links of all kinds.
fn furnished() -> TestApp {
    let app = TestApp::new();
    let domain = app.post("/v1/custom-domains", &json!({ "name": DOMAIN }))["customDomain"]["id"].take();
    app.activate_domains();
    let app = app.restart();
    let make = |slug: &str, destination: &str, more: Value| {
        let mut new = app.link(destination).slug(slug);
        for (field, value) in more.as_object().unwrap() {
            new = new.with(field, value.clone());
        }
        new.create()
    };
    make("plain", "https://example.com/a", json!({}));
    make("Mixed-Case", "https://example.com/b?x=1&y=%20z#part", json!({}));
    make("menü", "https://example.com/menü?tisch=7", json!({}));
    make("ΣΊΣΥΦΟΣ", "https://example.com/s", json!({}));
    make("😀.~_-1", "https://example.com/emoji", json!({}));
    make("dollar", "https://example.com/$uri/$$?a=$host&b=\\\"{1}'`#$1", json!({}));
    make("bare", "https://example.com/?", json!({}));
    make("placed", "https://example.com/{slug}/p?from={placement}&l={lang}&c={country}", json!({}));
    make("moved", "https://example.com/m", json!({ "xRedirectStatus": 301 }));
    make("kept", "https://example.com/k", json!({ "xRedirectStatus": 307 }));
    make("winner", "https://example.com/w?Utm=own&b=2", json!({ "xQueryMode": "link-wins" }));
    make("yielding", "https://example.com/y?utm=own", json!({ "xQueryMode": "request-wins" }));
    make("deep", "https://example.com/d/", json!({ "xPathMode": "append" }));
    make("deeper", "https://example.com/e?x=1", json!({ "xPathMode": "append" }));
    make("wide", "https://example.com/i", json!({ "xPathMode": "ignore" }));
    make("theirs", "https://example.com/t", json!({ "customDomainId": domain }));
    make("plain", "https://example.com/other", json!({ "customDomainId": domain }));
    make("limited", "https://example.com/l", json!({ "xScanLimit": 1000 }));
    make("ending", "https://example.com/z", json!({ "expiresAt": app.time_in(30 * DAY) }));
    let over = json!({ "expiresAt": app.time_in(DAY), "expiredDestination": "https://example.com/over?o=1" });
    make("over", "https://example.com/before", over);
    make("gone", "https://example.com/before", json!({ "expiresAt": app.time_in(DAY) }));
    let paused = make("paused", "https://example.com/p", json!({}));
    app.patch(&format!("/v1/links/{}", paused.id), &json!({ "xPaused": true }));
    let deleted = make("deleted", "https://example.com/x", json!({}));
    app.api("DELETE", &format!("/v1/links/{}", deleted.id)).send().expect(200);
    let many = make("many", "https://example.com/many", json!({}));
    app.post(&format!("/v1/x/links/{}/slugs", many.id), &json!({ "shortlink": "also", "placement": "Door" }));
    app.advance(2 * DAY);
    app
}

#[test]
fn nginx_answers_each_slug_of_the_bundle_as_we_do() {
    let app = furnished();
    let folder = tempfile::tempdir().unwrap();
    bundle(&app, folder.path());
    let map = std::fs::read_to_string(folder.path().join("nginx/quietzone.conf")).unwrap();
    let nginx = Nginx::start(folder.path(), &map);
    let codes: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("redirects.json")).unwrap()).unwrap();
    let codes = codes["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 25);
    let (mut compared, mut wrong) = (0, Vec::new());
    for code in codes {
        let text = |field: &str| code[field].as_str().unwrap();
        let host = if text("host") == DOMAIN { DOMAIN.to_owned() } else { app.address.to_string() };
        let spellings = [
            text("slug").to_owned(),
            text("folded").to_owned(),
            text("slug").to_uppercase(),
            text("slug").to_ascii_lowercase(),
        ];
        for spelling in spellings {
            let slug = percent_encoding::utf8_percent_encode(&spelling, percent_encoding::NON_ALPHANUMERIC);
            for path in
                [format!("/{slug}"), format!("/Q/{slug}"), format!("/q/{slug}/"), format!("//{slug}//")]
            {
                for query in [
                    "",
                    "?qr=1",
                    "?table=7&a=b%20c",
                    "?lbid=1&source=qr&x=9&UTM=v&utm=w&tisch=3&z=1",
                    "?a&a=2&qr",
                ] {
                    if text("slug") == "yielding" && query.contains("utm") {
                        continue;
                    }
                    app.advance(1);
                    let path = format!("{path}{query}");
                    let (ours, theirs) = (answer(&app, &host, &path), answer(&nginx.client, &host, &path));
                    compared += 1;
                    if ours != theirs {
                        wrong.push(format!("{host}{path}: {ours:?}, nginx {theirs:?}"));
                    }
                }
            }
        }
    }
    for (slug, rest) in
        [("deep", "a/b"), ("deep", ""), ("deeper", "a%20b/c?q=1"), ("wide", "a/b"), ("plain", "a/b")]
    {
        let path = format!("/{slug}/{rest}");
        let host = app.address.to_string();
        let (ours, theirs) = (answer(&app, &host, &path), answer(&nginx.client, &host, &path));
        compared += 1;
        if ours != theirs {
            wrong.push(format!("{path}: {ours:?}, nginx {theirs:?}"));
        }
    }
    assert_eq!(answer(&nginx.client, DOMAIN, "/nobody").0, 404);
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} codes, {compared} requests compared, 0 differ", codes.len());
}

#[test]
fn the_bundle_has_every_form_each_code_all_data_and_says_what_is_lost() {
    let app = furnished();
    let folder = tempfile::tempdir().unwrap();
    let plain = app.link("https://example.com/").slug("counted").create();
    app.scan(&plain);
    app.events(&plain, 1);
    bundle(&app, folder.path());
    let read = |name: &str| {
        let path = folder.path().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let readme = read("README.md");
    for loss in [
        "it lets a number of people through",
        "it ends on a day",
        "it is paused",
        "parameters of the visitor",
    ] {
        assert!(readme.contains(loss), "{loss}: {readme}");
    }
    let netlify = read("netlify/go.example.com/_redirects");
    assert!(
        netlify.contains("/theirs https://example.com/t 302!\n/Q/theirs https://example.com/t 302!"),
        "{netlify}"
    );
    assert!(netlify.contains("/Q/THEIRS https://example.com/t 302!"));
    let caddy = read("caddy/Caddyfile");
    assert!(caddy.contains("path_regexp (?i)^/+(?:q/+)?(?:theirs|THEIRS)/*$"), "{caddy}");
    assert!(read("site/go.example.com/theirs/index.html").contains("url=https://example.com/t\""));
    assert!(folder.path().join("site/go.example.com/Q/THEIRS/index.html").exists());
    assert!(read("codes/go.example.com/theirs.svg").starts_with("<svg"));
    let png = std::fs::read(folder.path().join("codes/go.example.com/theirs.png")).unwrap();
    let payload = crate::qrcode::decode(&resvg::tiny_skia::Pixmap::decode_png(&png).unwrap());
    assert!(payload.starts_with("HTTP://GO.EXAMPLE.COM") && payload.ends_with("/Q/THEIRS"), "{payload}");
    assert_eq!(read("data/scans.csv").lines().count(), 2);
    assert!(read("data/links.csv").contains("counted"));
    assert!(std::fs::read(folder.path().join("data/scans.parquet")).unwrap().starts_with(b"PAR1"));
    read("data/visitors.csv");
    read("data/traces.ndjson");
}

#[test]
fn a_page_before_the_destination_is_not_passed_by() {
    let app = TestApp::new();
    let link = app.link("https://example.com/secret").slug("door").create();
    let [page, exit] = ids();
    let step = json!({
        "id": page, "payload": { "password": { "password": "sesame" } },
        "branches": [{ "branchId": "next", "nextStepId": exit }],
    });
    publish(&app, &link, vec![step, redirect(&exit, "https://example.com/secret")]);
    let folder = tempfile::tempdir().unwrap();
    bundle(&app, folder.path());
    let all = std::fs::read_to_string(folder.path().join("redirects.json")).unwrap();
    let maps = ["nginx/quietzone.conf", "caddy/Caddyfile", "redirects.json"];
    let led = app.visit("/door").send();
    assert_eq!(led.status, 303, "the door is closed: {led:?}");
    for map in maps {
        let text = std::fs::read_to_string(folder.path().join(map)).unwrap();
        assert!(!text.contains("https://example.com/secret"), "{map}: {all}");
    }
}
