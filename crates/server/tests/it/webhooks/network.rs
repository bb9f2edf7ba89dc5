//! Where deliveries may go: not into the operator's network, by no name and through no redirect.

use super::endpoint::{Endpoint, answer};
use super::{LOCAL, app, hook, only_delivery, read};
use crate::app::TestApp;
use crate::client::Client;
use crate::program::Program;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use tempfile::TempDir;

/// What a test of the webhook comes to.
#[track_caller]
fn test(app: &Client, url: &str) -> Value {
    let hook = hook(app, url, &["link.created"], &[]);
    app.post(&format!("/v1/x/webhooks/{}/test", hook.id), &json!({}))["delivery"].take()
}

#[test]
fn a_name_that_leads_to_a_private_address_is_not_sent_to() {
    let app = TestApp::with(&[("QUIETZONE_WEBHOOKS_ALLOW_NETWORKS", "192.0.2.0/24")]);
    let endpoint = Endpoint::new();
    // Resolved like any name, and to where only this machine is.
    let url = format!("http://localhost:{}/hook", endpoint.address.port());
    let refused = test(&app, &url);
    assert_eq!(refused["status"], "failed");
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains("loopback") && error.contains("webhooks.allow_networks"), "{error}");
    assert!(endpoint.received().is_empty());

    let allowed = super::app();
    assert_eq!(test(&allowed, &url)["status"], "delivered");
    assert_eq!(endpoint.only().headers["host"], format!("localhost:{}", endpoint.address.port()));
}

#[test]
fn a_redirect_to_a_private_address_is_not_followed() {
    for target in [
        "http://10.0.0.1/hook",
        "http://169.254.169.254/latest/meta-data/",
        "https://[::ffff:192.168.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://0x0a000001/",
        "ftp://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
    ] {
        let app = app();
        let endpoint = Endpoint::answering(move |_, _| answer(307, &format!("location: {target}\r\n")));
        let refused = test(&app, &endpoint.url());
        assert_eq!(
            (&refused["status"], &refused["responseStatus"]),
            (&json!("failed"), &Value::Null),
            "{target}"
        );
        let error = refused["error"].as_str().unwrap();
        let is_told = ["is private", "metadata", "begin with https", "user name"]
            .iter()
            .any(|words| error.contains(words));
        assert!(is_told && !error.contains("secret"), "{target}: {error}");
        assert_eq!(endpoint.received().len(), 1);
    }
}

#[test]
fn three_redirects_are_followed_with_the_same_signed_body_and_no_fourth() {
    let app = app();
    let last = Endpoint::new();
    let mut urls = vec![last.url()];
    for _ in 0..4 {
        let to = urls.last().unwrap().clone();
        let endpoint = Endpoint::answering(move |_, _| answer(308, &format!("location: {to}\r\n")));
        urls.push(endpoint.url());
    }
    let followed = test(&app, &urls[3]);
    assert_eq!((&followed["status"], &followed["attempts"]), (&json!("delivered"), &json!(1)));
    assert_eq!(last.only().id(), followed["id"].as_str().unwrap());
    let refused = test(&app, &urls[4]);
    assert!(refused["error"].as_str().unwrap().contains("more than 3 times"), "{refused}");
    assert_eq!(last.received().len(), 1);
    // A redirect that asks for a GET is no success.
    let other = Endpoint::answering(|_, _| answer(303, "location: /done\r\n"));
    assert_eq!(test(&app, &other.url())["responseStatus"], 303);
}

/// Of what the operator's network does not answer, the same is told whatever is there.
const NOT_REACHED: &str = "the endpoint could not be reached";

#[test]
fn an_endpoint_that_speaks_nonsense_or_without_end_costs_one_attempt_and_tells_no_open_port_from_a_closed_one()
 {
    let app = app();
    let nonsense = Endpoint::answering(|_, _| "220 mail.example.com ESMTP\r\n".into());
    let endless =
        Endpoint::answering(|_, _| format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(1 << 20)));
    let silent = Endpoint::answering(|_, _| String::new());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let encrypted = free.replace("http", "https");
    let plain = nonsense.url().replace("http", "https");
    for url in [nonsense.url(), endless.url(), silent.url(), free, encrypted, plain] {
        let refused = test(&app, &url);
        assert_eq!((&refused["status"], &refused["error"]), (&json!("failed"), &json!(NOT_REACHED)), "{url}");
        let (id, webhook) = (refused["id"].as_str().unwrap(), refused["webhookId"].as_str().unwrap());
        let log = app.get(&format!("/v1/x/webhooks/{webhook}/deliveries/{id}"));
        assert_eq!(log["delivery"]["error"], NOT_REACHED);
    }
    // A body that is cut off after the head has said yes is a yes.
    let cut = Endpoint::answering(|_, _| "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nok".into());
    assert_eq!(test(&app, &cut.url())["status"], "delivered");
}

/// An endpoint that speaks https with a certificate for `localhost`, and the authority that vouches for it.
fn encrypted(answer: String) -> (u16, String) {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let (listener, config) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(config));
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream));
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let _ = stream.read_exact(&mut vec![0; length]);
            let _ = stream.get_mut().write_all(answer.as_bytes());
            let _ = stream.get_mut().flush();
        }
    });
    (port, root.pem())
}

#[test]
fn https_is_checked_against_this_machines_authorities_and_never_left_for_http() {
    let plain = Endpoint::new();
    let folder = TempDir::new().unwrap();
    let (taking, pem) = encrypted(answer(200, ""));
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, pem).unwrap();
    let settings = [LOCAL, ("SSL_CERT_FILE", file.to_str().unwrap())];
    let program = Program::start(&folder.path().join("data"), &settings);
    assert_eq!(test(&program, &format!("https://localhost:{taking}/hook"))["status"], "delivered");
    // The name is another one.
    let wrong = test(&program, &format!("https://127.0.0.1:{taking}/hook"));
    assert_eq!(wrong["error"], NOT_REACHED);
    // Nobody vouches for this one.
    let (leaving, _) = encrypted(answer(307, &format!("location: {}\r\n", plain.url())));
    let unknown = test(&program, &format!("https://localhost:{leaving}/hook"));
    assert_eq!(unknown["error"], NOT_REACHED);

    let (leaving, pem) = encrypted(answer(307, &format!("location: {}\r\n", plain.url())));
    std::fs::write(&file, pem).unwrap();
    drop(program);
    let program = Program::start(&folder.path().join("data"), &settings);
    let left = test(&program, &format!("https://localhost:{leaving}/hook"));
    assert!(left["error"].as_str().unwrap().contains("redirects from https to http"), "{left}");
    assert!(plain.received().is_empty());
}

#[test]
fn everything_is_allowed_where_the_operator_says_so() {
    let app = TestApp::with(&[("QUIETZONE_WEBHOOKS_ALLOW_PRIVATE", "true")]);
    let endpoint = Endpoint::new();
    let hook = hook(&app, &endpoint.url(), &["link.created"], &[]);
    app.link("https://example.com/").create();
    only_delivery(&app, &hook, |delivery| delivery["status"] == "delivered");
    assert_eq!(read(&app, &hook)["successCount"], 1);
}

#[test]
fn what_is_of_this_machine_or_its_network_is_refused_when_it_is_named() {
    let app = TestApp::new();
    let made = app.post("/v1/webhooks", &json!({ "name": "x", "endpointUrl": "https://example.com/hook" }));
    let change = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    for url in [
        "https://localhost/",
        "https://LOCALHOST.:8443/hook",
        "https://api.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://[::ffff:10.1.2.3]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::]/",
        "https://[fd00:ec2::254]/",
    ] {
        let body = json!({ "name": "x", "endpointUrl": url });
        for (method, path) in [("POST", "/v1/webhooks"), ("PATCH", change.as_str())] {
            let (message, field) = app.api(method, path).json(&body).send().refusal(400);
            assert!(
                field == "/endpointUrl" && message.contains("sent to"),
                "{method} {url}: {field} {message}"
            );
        }
    }
    assert_eq!(app.get("/v1/webhooks")["totalCount"], 1);
    assert_eq!(app.get(&change)["webhook"]["endpointUrl"], "https://example.com/hook");
    // Where the operator lets everything through, the clouds' credentials are still out of reach.
    let open = TestApp::with(&[("QUIETZONE_WEBHOOKS_ALLOW_PRIVATE", "true")]);
    open.post("/v1/webhooks", &json!({ "name": "x", "endpointUrl": "http://localhost/" }));
    for url in ["http://169.254.169.254/", "http://[::ffff:a9fe:a9fe]/", "http://[fd00:ec2::254]/"] {
        let (message, field) = open
            .api("POST", "/v1/webhooks")
            .json(&json!({ "name": "x", "endpointUrl": url }))
            .send()
            .refusal(400);
        assert!(field == "/endpointUrl" && message.contains("metadata"), "{url}: {message}");
    }
}
