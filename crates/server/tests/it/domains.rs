//! Domains of workspaces: claimed, proved by real look-ups at a name server of this test, and answering.

use crate::app::TestApp;
use serde_json::{Value, json};
use simple_dns::rdata::{A, RData, TXT};
use simple_dns::{CLASS, Name, Packet, QTYPE, RCODE, ResourceRecord, TYPE};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// A name server with the records that a test writes.
struct NameServer {
    address: SocketAddr,
    records: Arc<Mutex<Vec<(String, Record)>>>,
}

#[derive(Clone)]
enum Record {
    Text(String),
    Address([u8; 4]),
}

impl NameServer {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let records = Arc::new(Mutex::new(Vec::new()));
        let known = records.clone();
        // Ends with the test's process.
        std::thread::spawn(move || {
            let mut bytes = [0; 1500];
            while let Ok((length, client)) = socket.recv_from(&mut bytes) {
                let answer = answer(&bytes[..length], &known.lock().unwrap());
                socket.send_to(&answer, client).unwrap();
            }
        });
        Self { address, records }
    }

    fn write(&self, name: &str, record: Record) {
        self.records.lock().unwrap().push((name.to_owned(), record));
    }

    fn clear(&self) {
        self.records.lock().unwrap().clear();
    }
}

fn answer(query: &[u8], records: &[(String, Record)]) -> Vec<u8> {
    let mut packet = Packet::parse(query).unwrap().into_reply();
    let question = packet.questions[0].clone();
    let name = question.qname.to_string();
    if !records.iter().any(|(known, _)| *known == name) {
        *packet.rcode_mut() = RCODE::NameError;
    }
    for (known, record) in records.iter().filter(|(known, _)| *known == name) {
        let data = match (record, question.qtype) {
            (Record::Text(text), QTYPE::TYPE(TYPE::TXT)) => RData::TXT(TXT::new().with_string(text).unwrap()),
            (Record::Address(address), QTYPE::TYPE(TYPE::A)) => {
                RData::A(A { address: u32::from_be_bytes(*address) })
            }
            _ => continue,
        };
        packet.answers.push(ResourceRecord::new(Name::new_unchecked(known), CLASS::IN, 0, data));
    }
    packet.build_bytes_vec().unwrap()
}

fn with_dns() -> (TestApp, NameServer) {
    let dns = NameServer::start();
    (TestApp::with(&[("QUIETZONE_DNS_SERVERS", &dns.address.to_string())]), dns)
}

fn add(app: &TestApp, token: &str, name: &str) -> Value {
    let answer =
        app.request("POST", "/v1/custom-domains").bearer(token).json(&json!({ "name": name })).send();
    answer.expect(200)["customDomain"].take()
}

fn path(domain: &Value) -> String {
    format!("/v1/custom-domains/{}", domain["id"].as_str().unwrap())
}

/// The record that proves a claim.
fn proof(app: &TestApp, token: &str, domain: &Value) -> (String, Record) {
    let path = format!("{}/validation_instructions", path(domain));
    let instructions = app.request("GET", &path).bearer(token).send().expect(200);
    let text = |field: &str| instructions["validations"][0][field].as_str().unwrap().to_owned();
    assert_eq!((text("type"), text("purpose")), ("TYPE_TXT".to_owned(), "PURPOSE_OWNERSHIP".to_owned()));
    (text("name"), Record::Text(text("value")))
}

fn check(app: &TestApp, domain: &Value) -> Value {
    app.api("POST", &format!("{}/check", path(domain))).send().expect(200)["customDomain"].take()
}

#[test]
fn a_domain_answers_once_it_is_proved_and_leads_here() {
    let (app, dns) = with_dns();
    let token = crate::client::TOKEN;
    let domain = add(&app, token, " Go.Example.COM. ");
    assert_eq!((&domain["name"], &domain["status"]), (&json!("go.example.com"), &json!("STATUS_INACTIVE")));
    let host = |path: &str| app.visit(path).header("host", "go.example.com").send();
    let link = |slug: &str| {
        app.link("https://example.com/menu").slug(slug).with("customDomainId", domain["id"].clone())
    };
    assert_eq!(
        link("menu").send().refusal(400).1,
        "/customDomainId",
        "nothing is printed that would lead nowhere"
    );

    let checked = check(&app, &domain);
    assert_eq!(checked["status"], "STATUS_VERIFICATION_PENDING");
    assert!(checked["lastError"].as_str().unwrap().contains("_quietzone.go.example.com"), "{checked}");
    let (name, record) = proof(&app, token, &domain);
    dns.write(&name, record);
    let checked = check(&app, &domain);
    assert_eq!(checked["status"], "STATUS_DOMAIN_PENDING");
    dns.write("go.example.com", Record::Address([192, 0, 2, 7]));
    let checked = check(&app, &domain);
    assert!(checked["lastError"].as_str().unwrap().contains("192.0.2.7"), "{checked}");
    assert_eq!(host("/menu").status, 404);
    dns.write("go.example.com", Record::Address([127, 0, 0, 1]));
    let guide = app.get(&format!("{}/setup-guide", path(&domain)))["setupGuide"].take();
    assert_eq!(guide["records"][0]["detected"], true);
    let checked = check(&app, &domain);
    assert_eq!((&checked["status"], checked.get("lastError")), (&json!("STATUS_ACTIVE"), None));

    // The same slug here and on the base host are two links.
    let theirs = link("menu").create();
    let ours = app.link("https://example.org/").slug("menu").create();
    assert_eq!(theirs.json["entrypoint"], format!("http://go.example.com:{}/menu", app.address.port()));
    assert!(theirs.json["xQrEntrypoint"].as_str().unwrap().starts_with("HTTP://GO.EXAMPLE.COM"));
    assert_eq!(host("/menu").location(), "https://example.com/menu");
    assert_eq!(app.scan(&ours).location(), "https://example.org/");
    assert_eq!(app.only_event(&theirs)["entrypoint"], "http://go.example.com/menu");
    let shown = app.get(&format!("/v1/links/{}?include=customDomain", theirs.id));
    assert_eq!(shown["link"]["customDomain"]["name"], "go.example.com");

    // API and dashboard are on the base host alone.
    for path in ["/v1/links", "/app/", "/docs", "/openapi.json"] {
        let answer = app.api("GET", path).header("host", "go.example.com").send();
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(host("/").status, 404);
    let root = json!({ "rootDestination": "https://example.com/home" });
    app.patch(&path(&domain), &root);
    assert_eq!((host("/").status, host("/").location()), (302, "https://example.com/home"));

    // What is printed goes on working when the records go, and across a restart.
    dns.clear();
    let checked = check(&app, &domain);
    assert_eq!(checked["status"], "STATUS_ACTIVE");
    assert!(checked["lastError"].is_string());
    let app = app.restart();
    let host = |path: &str| app.visit(path).header("host", "GO.example.com:80").send();
    assert_eq!(host("/menu").location(), "https://example.com/menu");
    assert_eq!(host("/").location(), "https://example.com/home");

    app.api("DELETE", &path(&domain)).send().refusal(409);
    app.api("DELETE", &format!("/v1/links/{}", theirs.id)).send().expect(200);
    app.api("DELETE", &path(&domain)).send().expect(200);
    app.api("GET", &path(&domain)).send().refusal(404);
    assert!(host("/").text().contains("does not answer for this host"));
}

#[test]
fn nobody_gets_a_domain_that_somebody_else_has_proved() {
    let (app, dns) = with_dns();
    let theirs = app.other_workspace();
    let ours = add(&app, crate::client::TOKEN, "go.example.com");
    let claim = add(&app, &theirs, "go.example.com");
    let twice = app.api("POST", "/v1/custom-domains").json(&json!({ "name": "go.example.com" })).send();
    assert_eq!(twice.refusal(409).1, "/name");
    dns.write("go.example.com", Record::Address([127, 0, 0, 1]));
    let (name, record) = proof(&app, crate::client::TOKEN, &ours);
    dns.write(&name, record);
    let check_theirs = || app.request("POST", &format!("{}/check", path(&claim))).bearer(&theirs).send();
    assert_eq!(check_theirs().expect(200)["customDomain"]["status"], "STATUS_VERIFICATION_PENDING");
    assert_eq!(check(&app, &ours)["status"], "STATUS_ACTIVE");
    // Even who may write into the zone cannot take the codes of the other one.
    let (name, record) = proof(&app, &theirs, &claim);
    dns.write(&name, record);
    assert_eq!(check_theirs().refusal(409).1, "/name");
    app.api("DELETE", &path(&ours)).send().expect(200);
    assert_eq!(check_theirs().expect(200)["customDomain"]["status"], "STATUS_ACTIVE");
}

#[test]
fn a_domain_is_a_name_and_an_unreachable_name_server_is_told_of() {
    let app = TestApp::with(&[("QUIETZONE_DNS_SERVERS", "127.0.0.1:9")]);
    for name in [
        "",
        "localhost",
        "https://go.example.com",
        "go.example.com/x",
        "go.example.com:8080",
        "192.0.2.1",
        "*.example.com",
        "-a.example.com",
        "a..example.com",
        "127.0.0.1",
        "a@example.com",
    ] {
        let answer = app.api("POST", "/v1/custom-domains").json(&json!({ "name": name })).send();
        assert_eq!(answer.refusal(400).1, "/name", "{name}");
    }
    let domain = add(&app, crate::client::TOKEN, "münchen.example.com");
    assert_eq!(domain["name"], "xn--mnchen-3ya.example.com");
    let checked = check(&app, &domain);
    assert!(checked["lastError"].as_str().unwrap().contains("could not be asked"), "{checked}");
    let listed = app.get("/v1/custom-domains?status=STATUS_VERIFICATION_PENDING");
    assert_eq!((&listed["totalCount"], &listed["customDomains"][0]["id"]), (&json!(1), &domain["id"]));
    assert_eq!(app.get("/v1/custom-domains?status=STATUS_ACTIVE")["totalCount"], 0);
}
