//! A certificate that cannot be read again, runs out, or is not for who is asked: told before a phone tells it.

use crate::app::{DAY, TestApp, at};
use crate::client::eventually;
use crate::doctor::examine_with;
use crate::tls::{Certificate, files, settings, start};
use rcgen::KeyPair;
use server::clock::Clock;
use tempfile::TempDir;

const PLAIN_TOO: [(&str, &str); 1] = [("QUIETZONE_TLS_LISTEN", "127.0.0.1:0")];

/// What is told of https at `/health/ready`, and that the system page tells the same.
fn told(app: &crate::client::Client) -> Option<String> {
    let of_https = |reasons: &serde_json::Value| {
        let mut reasons = reasons.as_array().unwrap().iter().map(|reason| reason.as_str().unwrap());
        reasons.find(|reason| reason.starts_with("https: ")).map(str::to_owned)
    };
    let ready = || app.request("GET", "/health/ready").send().expect(200);
    let (before, page, after) = (ready(), app.get("/v1/x/system"), ready());
    let told = of_https(&after["reasons"]);
    assert_eq!(told.is_some(), after["status"] == "degraded", "{after}");
    // A reload may fall between two of the questions.
    assert!([of_https(&before["reasons"]), told.clone()].contains(&of_https(&page["reasons"])), "{page}");
    told
}

#[test]
fn a_certificate_that_runs_out_is_told_of_two_weeks_before_and_until_a_new_one_is_there() {
    let folder = TempDir::new().unwrap();
    Certificate::write_until(folder.path(), at("2026-03-31T12:00:00Z"));
    let files = files(folder.path());
    let app = TestApp::with(&settings(&files, &PLAIN_TOO));
    let told = || {
        server::tending::look_at_certificate(app.server().app());
        told(&app)
    };
    assert_eq!(told(), None, "three weeks are left");
    app.set_clock("2026-03-17T12:00:00Z");
    assert!(told().unwrap().contains("the certificate runs out on 2026-03-31"));
    app.set_clock("2026-03-31T12:00:00Z");
    assert!(told().unwrap().contains("the certificate ran out on 2026-03-31"));
    Certificate::write_until(folder.path(), at("2026-06-30T12:00:00Z"));
    assert!(told().is_some(), "it is not read yet");
    app.server().app().tls.as_ref().unwrap().reload(app.server().app().config.tls.as_ref().unwrap()).unwrap();
    assert_eq!(told(), None);
}

#[test]
fn a_reload_that_fails_is_told_of_until_a_good_one() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    Certificate::write_until(folder.path(), Clock::Real.now().0 + 90 * DAY);
    let program = start(data.path(), folder.path(), &PLAIN_TOO);
    assert_eq!(told(&program), None);
    std::fs::write(folder.path().join("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    program.hang_up();
    let complaint = eventually("the complaint", || told(&program));
    for words in ["could not be read again: tls.key: ", "does not fit", "the one in use runs out on "] {
        assert!(complaint.contains(words), "{complaint}");
    }
    Certificate::write_until(folder.path(), Clock::Real.now().0 + 90 * DAY);
    program.hang_up();
    eventually("a good one", || told(&program).is_none().then_some(()));
}

#[test]
fn the_doctor_looks_at_files_name_and_end() {
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let files = files(folder.path());
    let at_base = |base: &str| examine_with(data.path(), &settings(&files, &[("QUIETZONE_BASE_URL", base)]));
    examine_with(data.path(), &[]).expect("tls.files", "ok", "No certificate is named");
    at_base("https://localhost").expect("tls.files", "fail", "tls.cert: ");

    let now = Clock::Real.now().0;
    Certificate::write_until(folder.path(), now + 90 * DAY + DAY / 2);
    let report = at_base("https://localhost");
    report.expect("tls.files", "ok", "its key fits");
    report.expect("tls.name", "ok", "is for localhost");
    report.expect("tls.end", "ok", "for 90 days");
    at_base("https://127.0.0.1:8443").expect("tls.name", "ok", "is for 127.0.0.1");
    at_base("https://quietzone.invalid").expect("tls.name", "fail", "is not for quietzone.invalid");
    // The codes of a domain begin with its own name.
    let app = TestApp::new();
    app.post("/v1/custom-domains", &serde_json::json!({ "name": "qr.example.org" }));
    app.activate_domains();
    let with_domain = app.stopped();
    let report =
        examine_with(with_domain.path(), &settings(&files, &[("QUIETZONE_BASE_URL", "https://localhost")]));
    report.expect("tls.name", "fail", "is not for qr.example.org,");
    at_base("https://sub.localhost").expect("tls.name", "fail", "is not for sub.localhost");

    Certificate::write_until(folder.path(), now + 5 * DAY + DAY / 2);
    at_base("https://localhost").expect("tls.end", "warn", "in 5 days");
    Certificate::write_until(folder.path(), now - DAY);
    at_base("https://localhost").expect("tls.end", "fail", "ran out on");

    std::fs::write(folder.path().join("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    at_base("https://localhost").expect("tls.files", "fail", "does not fit");
}
