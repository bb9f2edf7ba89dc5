//! HTTPS from files: by ALPN, reloaded without dropping anybody, refused in one line.

use crate::app::TestApp;
use crate::client::{IPHONE, Link, TOKEN, eventually};
use crate::load::{read_heads, request};
use crate::program::{Program, quietzone};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A certificate for 127.0.0.1 in files; trusts itself.
pub struct Certificate(CertificateDer<'static>);

impl Certificate {
    /// Writes a new one over what is there, by rename as tools do it.
    fn write(folder: &Path, name: &str) -> Self {
        Self::written(folder, name, |_| {})
    }

    /// One that is good until an instant, in milliseconds.
    pub fn write_until(folder: &Path, until: i64) -> Self {
        let until = UNIX_EPOCH + Duration::from_millis(until.try_into().unwrap());
        Self::written(folder, "until", |parameters| parameters.not_after = until.into())
    }

    fn written(folder: &Path, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut parameters = CertificateParams::new(vec!["127.0.0.1".into(), "localhost".into()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        change(&mut parameters);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        for (file, text) in [("cert.pem", certificate.pem()), ("key.pem", key.serialize_pem())] {
            std::fs::write(folder.join("new"), text).unwrap();
            std::fs::rename(folder.join("new"), folder.join(file)).unwrap();
        }
        Self(certificate.der().clone())
    }

    /// A connection that believes this certificate alone.
    fn connect(&self, address: SocketAddr, protocols: &[&[u8]]) -> Result<Stream, std::io::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(stream)
    }
}

pub fn files(folder: &Path) -> [(String, String); 2] {
    let path = |name: &str| folder.join(name).display().to_string();
    [("QUIETZONE_TLS_CERT".into(), path("cert.pem")), ("QUIETZONE_TLS_KEY".into(), path("key.pem"))]
}

/// The settings of the files, and more.
pub fn settings<'s>(files: &'s [(String, String)], more: &[(&'s str, &'s str)]) -> Vec<(&'s str, &'s str)> {
    files.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more.iter().copied()).collect()
}

pub fn start(data: &Path, folder: &Path, more: &[(&str, &str)]) -> Program {
    let more = [&[("QUIETZONE_LOG", "info")], more].concat();
    Program::start(data, &settings(&files(folder), &more))
}

/// That a start ends with 2 and one line that holds these words.
#[track_caller]
fn refused(data: &Path, folder: &Path, more: &[(&str, &str)], words: &str) {
    let output = quietzone(&settings(&files(folder), more))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .output()
        .unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains(words), "{line}");
}

/// One request and the head and body of its answer, read by its length.
fn ask(stream: &mut Stream, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0; 1]);
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&answer).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8_lossy(&[answer, body].concat()).into_owned()
}

fn post(address: SocketAddr, path: &str, body: &str) -> String {
    call("POST", address, path, body)
}

fn call(method: &str, address: SocketAddr, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Makes a link over a connection.
fn link(stream: &mut Stream, address: SocketAddr) -> Link {
    let answer = ask(stream, &post(address, "/v1/links", r#"{"destination":"https://example.com/"}"#));
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    let text = |field: &str| json["link"][field].as_str().unwrap().to_owned();
    Link { id: text("id"), slug: text("shortlink"), json: json["link"].clone() }
}

#[test]
fn scans_api_and_cookies_go_by_https() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let certificate = Certificate::write(folder.path(), "one");
    let program = start(data.path(), folder.path(), &[]);
    let address = program.address;
    let mut stream = certificate.connect(address, &[b"http/1.1"]).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    let link = link(&mut stream, address);
    assert_eq!(link.json["entrypoint"], format!("https://{address}/{}", link.slug), "codes say https");
    let answer = ask(&mut stream, &request(address, &link.slug, 1, ""));
    assert!(answer.starts_with("HTTP/1.1 302 "), "{answer}");
    // Without ALPN it is HTTP/1.1.
    let mut plain = certificate.connect(address, &[]).unwrap();
    assert!(ask(&mut plain, &request(address, &link.slug, 2, "")).starts_with("HTTP/1.1 302 "));
    let body = format!(r#"{{"email":"{}","password":"{}"}}"#, crate::app::ADMIN, crate::app::PASSWORD);
    let signed_in = ask(&mut stream, &post(address, "/v1/x/session", &body));
    let cookie = signed_in.lines().find(|line| line.to_lowercase().starts_with("set-cookie:")).unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    // HTTP spoken to the https port is nobody's request.
    let mut confused = TcpStream::connect(address).unwrap();
    confused.write_all(request(address, &link.slug, 3, "").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let _ = confused.read_to_end(&mut bytes);
    assert!(!String::from_utf8_lossy(&bytes).contains("302"));
}

#[test]
fn h2_is_chosen_by_alpn() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let certificate = Certificate::write(folder.path(), "one");
    let program = start(data.path(), folder.path(), &[]);
    let link = link(&mut certificate.connect(program.address, &[]).unwrap(), program.address);
    let mut stream = certificate.connect(program.address, &[b"h2", b"http/1.1"]).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    // :method GET, :scheme https, :path and :authority as literals.
    let (path, authority) = (format!("/{}", link.slug), program.address.to_string());
    let mut head = vec![0x82, 0x87, 0x04, path.len() as u8];
    head.extend_from_slice(path.as_bytes());
    head.extend_from_slice(&[0x01, authority.len() as u8]);
    head.extend_from_slice(authority.as_bytes());
    let mut frame = vec![0, 0, head.len() as u8, 1, 5, 0, 0, 0, 1];
    frame.extend_from_slice(&head);
    stream.write_all(&frame).unwrap();
    // The answer's HEADERS frame of stream 1: its block begins with `:status: 302`, name indexed (8), value a literal.
    loop {
        let mut header = [0; 9];
        stream.read_exact(&mut header).unwrap();
        let mut payload = vec![0; u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize];
        stream.read_exact(&mut payload).unwrap();
        if header[3] == 1 {
            assert_eq!(header[5..9], [0, 0, 0, 1]);
            // Huffman-coded "302" is 64 02.
            assert!(payload.starts_with(&[0x48, 0x82, 0x64, 0x02]), "{payload:x?}");
            break;
        }
    }
}

#[test]
fn a_new_certificate_is_taken_up_and_nobody_is_dropped() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let first = Certificate::write(folder.path(), "one");
    let program = start(data.path(), folder.path(), &[]);
    let address = program.address;
    let mut kept = first.connect(address, &[]).unwrap();
    let link = link(&mut kept, address);
    let second = Certificate::write(folder.path(), "two");
    program.hang_up();
    eventually("the new certificate", || second.connect(address, &[]).ok());
    assert!(first.connect(address, &[]).is_err(), "the old one is not presented any more");
    assert!(ask(&mut kept, &request(address, &link.slug, 1, "")).starts_with("HTTP/1.1 302 "));
    // A bad one changes nothing, and the log says so.
    for (file, text) in [
        ("key.pem", KeyPair::generate().unwrap().serialize_pem()),
        ("cert.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n".to_owned()),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
        let told = || program.log().matches("those in use stay in use").count();
        let before = told();
        program.hang_up();
        eventually("the log to tell of it", || (told() > before).then_some(()));
        let mut stream = second.connect(address, &[]).unwrap();
        assert!(ask(&mut stream, &request(address, &link.slug, 2, "")).starts_with("HTTP/1.1 302 "));
    }
    assert!(ask(&mut kept, &request(address, &link.slug, 3, "")).starts_with("HTTP/1.1 302 "));
}

#[test]
fn files_that_cannot_be_used_refuse_the_start_in_one_line() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    Certificate::write(folder.path(), "one");
    let refused = |words: &str| refused(data.path(), folder.path(), &[], words);
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    refused("does not fit");
    std::fs::write(path("key.pem"), "no key").unwrap();
    refused("tls.key: ");
    std::fs::write(path("cert.pem"), "no certificate").unwrap();
    refused("holds no certificate in PEM");
    std::fs::remove_file(path("cert.pem")).unwrap();
    refused("tls.cert: ");
}

#[test]
fn the_plain_port_may_stay_or_lead_to_the_other() {
    for leads in ["false", "true"] {
        let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let certificate = Certificate::write(folder.path(), "one");
        let settings = [("QUIETZONE_TLS_LISTEN", "127.0.0.1:0"), ("QUIETZONE_TLS_REDIRECT", leads)];
        let program = start(data.path(), folder.path(), &settings);
        let log = program.log();
        let line = log.lines().find(|line| line.contains("Listening for https")).unwrap();
        let https: SocketAddr = line.rsplit_once("address=").unwrap().1.trim().parse().unwrap();
        let mut stream = certificate.connect(https, &[]).unwrap();
        let link = link(&mut stream, https);
        assert_eq!(link.json["entrypoint"], format!("https://{https}/{}", link.slug));
        let scanned = program.request("GET", &format!("/{}?a=b", link.slug)).agent(IPHONE).send();
        if leads == "true" {
            assert_eq!(scanned.status, 308);
            assert_eq!(scanned.location(), format!("https://{https}/{}?a=b", link.slug));
            assert_eq!(program.request("GET", "/app/").send().status, 308);
        } else {
            assert_eq!((scanned.status, scanned.location()), (302, "https://example.com/?a=b"));
        }
        assert_eq!(program.request("GET", "/health/ready").send().status, 200);
        assert_eq!(program.request("GET", "/metrics").send().status, 200);
        let stranger = program.request("GET", "/x").header("host", "evil.example").send();
        assert_eq!(stranger.status, 404, "no stranger's host is led anywhere");
        let mut connection = TcpStream::connect(program.address).unwrap();
        connection.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut buffer = Vec::new();
        assert!(read_heads(&mut connection, &mut buffer, 1));
    }
}

#[test]
fn the_plain_port_leads_where_the_base_url_says_whatever_a_firewall_maps() {
    let folder = TempDir::new().unwrap();
    Certificate::write(folder.path(), "one");
    let files = files(folder.path());
    let leads = [("QUIETZONE_TLS_LISTEN", "127.0.0.1:0"), ("QUIETZONE_TLS_REDIRECT", "true")];
    for (base, own, domain) in [
        ("https://go.example.com", "https://go.example.com", "https://qr.example.org"),
        ("https://go.example.com:9443", "https://go.example.com:9443", "https://qr.example.org:9443"),
    ] {
        let more = [&leads[..], &[("QUIETZONE_BASE_URL", base)]].concat();
        let app = TestApp::with(&settings(&files, &more));
        app.post("/v1/custom-domains", &json!({ "name": "qr.example.org" }));
        app.activate_domains();
        let app = app.restart();
        for (host, authority) in [
            ("go.example.com", own),
            ("GO.example.com:80", own),
            ("go.example.com.:8080", own),
            ("qr.example.org", domain),
        ] {
            let answer = app.request("GET", "/menu?a=b").header("host", host).send();
            assert_eq!(
                (answer.status, answer.location()),
                (308, &*format!("{authority}/menu?a=b")),
                "{host}"
            );
        }
        assert_eq!(app.request("GET", "/menu").header("host", "evil.example").send().status, 404);
        // Whoever has mistyped the base URL comes in by the address listened on.
        assert_eq!(app.request("GET", "/docs").send().status, 200);
    }
}

#[test]
fn a_plain_port_cannot_lead_to_https_while_codes_say_http() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let certificate = Certificate::write(folder.path(), "one");
    let leads = [("QUIETZONE_TLS_LISTEN", "127.0.0.1:0"), ("QUIETZONE_TLS_REDIRECT", "true")];
    let words = "tls.redirect: codes begin with http://go.example.com";
    let configured = [&leads[..], &[("QUIETZONE_BASE_URL", "http://go.example.com")]].concat();
    refused(data.path(), folder.path(), &configured, words);

    let program = start(data.path(), folder.path(), &leads);
    let log = program.log();
    let line = log.lines().find(|line| line.contains("Listening for https")).unwrap();
    let https: SocketAddr = line.rsplit_once("address=").unwrap().1.trim().parse().unwrap();
    let mut stream = certificate.connect(https, &[]).unwrap();
    let body = r#"{"baseUrl":"http://go.example.com"}"#;
    let answer = ask(&mut stream, &call("PUT", https, "/v1/x/installation", body));
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(words), "{answer}");
    assert!(answer.contains("\"/baseUrl\""), "{answer}");

    // One that was saved before the plain port was to lead away.
    let app = TestApp::new();
    app.api("PUT", "/v1/x/installation")
        .json(&json!({ "baseUrl": "http://go.example.com" }))
        .send()
        .expect(200);
    let data = app.stopped();
    refused(data.path(), folder.path(), &leads, words);
}

#[test]
fn settings_are_taken_up_on_sighup() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let config = folder.path().join("quietzone.toml");
    let write = |text: &str| std::fs::write(&config, text).unwrap();
    write("unknown_slug_limit = 2\n");
    let program = Program::with_arguments(data.path(), &["--config", config.to_str().unwrap()], &[]);
    let guess = || program.request("GET", "/guess").from("198.51.100.9").send().status;
    eventually("the limit", || (guess() == 429).then_some(()));
    write("unknown_slug_limit = 0\ntrusted_proxies = \"127.0.0.1\"\n");
    program.hang_up();
    eventually("no limit", || (guess() == 404).then_some(()));
    let link = program.link("https://example.com/").create();
    program.request("GET", &format!("/{}", link.slug)).agent(IPHONE).from("198.51.100.9").send();
    let seen = program.get("/v1/x/system")["reasons"].to_string();
    assert!(!seen.contains("proxy"), "it is named now: {seen}");
    write("unknown_slug_limit = \"many\"\n");
    program.hang_up();
    eventually("the log to tell of it", || program.log().contains("Not reloaded").then_some(()));
    assert_eq!(guess(), 404, "all is as it was");
}
