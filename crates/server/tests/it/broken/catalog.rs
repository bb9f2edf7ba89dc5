//! A catalog that cannot be written: its disk is full, or answers with errors.

use super::disk::Tmpfs;
use super::{EIO, ENOSPC, Fault, Faults, link, reasons};
use crate::app::{ADMIN, PASSWORD};
use crate::client::{Answer, Browser, eventually};
use crate::program::Program;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;

/// A 503 with this word; returns its sentence.
#[track_caller]
fn unavailable(answer: &Answer, code_type: &str) -> String {
    let (sentence, _) = answer.refusal(503);
    assert_eq!(answer.expect(503)["codeType"], code_type, "{answer:?}");
    assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
    sentence
}

fn session(browser: &Browser<'_>) -> u16 {
    browser.ask("GET", "/v1/x/session").send().status
}

#[test]
fn a_catalog_that_cannot_be_written_says_why_and_can_be_looked_at() {
    let folder = TempDir::new().unwrap();
    let faults = Faults::new(folder.path());
    let program = faults.start(&folder.path().join("data"), &[]);
    let link = link(&program);
    let before = program.sign_in(ADMIN, PASSWORD);
    for (error, code_type, words) in [
        (ENOSPC, "DISK_FULL", "the disk is full"),
        (EIO, "DISK_FAILING", "the disk of the catalog answers with errors"),
    ] {
        faults.set(Fault::CatalogError, error);
        let (new, change) =
            (json!({ "destination": "https://example.com/other" }), json!({ "name": "Other" }));
        let path = format!("/v1/links/{}", link.id);
        for answer in [
            program.api("POST", "/v1/links").json(&new).send(),
            program.api("PATCH", &path).json(&change).send(),
            program.api("DELETE", &path).send(),
        ] {
            let sentence = unavailable(&answer, code_type);
            assert!(sentence.contains(words), "{sentence}");
        }
        // Codes lead on, and what is there can be read, by those who come now too.
        assert_eq!(program.scan(&link).location(), "https://example.com/");
        assert_eq!(program.get(&path)["link"]["id"], link.id.as_str());
        let browser = program.sign_in(ADMIN, PASSWORD);
        let told = browser.get("/v1/x/session");
        assert!(told["notice"].as_str().unwrap().contains("kept in memory"), "{told}");
        eventually("the system page to tell it", || {
            let system = browser.get("/v1/x/system");
            system["reasons"].to_string().contains("catalog consumer: ").then_some(())
        });
        unavailable(&browser.ask("POST", "/v1/links").json(&new).send(), code_type);
        let other = program.sign_in(ADMIN, PASSWORD);
        other.ask("DELETE", "/v1/x/session").send().expect(200);
        assert_eq!((session(&other), session(&browser)), (401, 200));

        faults.set(Fault::CatalogError, 0);
        eventually("the catalog to be well", || (reasons(&program) == "[]").then_some(()));
        program.patch(&path, &change);
        assert!(before.get("/v1/x/session")["notice"].is_null(), "a session that is kept");
        assert_eq!(session(&browser), 200);
        before.ask("POST", "/v1/x/account/sign-out-others").send().expect(200);
        assert_eq!((session(&browser), session(&before)), (401, 200));
    }
}

#[test]
fn a_file_for_which_the_disk_has_no_room_is_refused_with_that() {
    let disk = Tmpfs::mount(24);
    let program = Program::start(&disk.path().join("data"), &[]);
    let picture =
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>"#;
    let body = json!({ "fileName": "logo.svg", "fileData": STANDARD.encode(picture) });
    let add = || program.api("POST", "/v1/media").json(&body).send();
    disk.fill();
    let sentence = unavailable(&add(), "DISK_FULL");
    assert!(sentence.contains("Free room"), "{sentence}");
    disk.empty();
    eventually("room", || (add().status == 200).then_some(()));
}
