//! `quietzone store`: what an operator asks of the scan store's files.

use crate::app::TestApp;
use crate::client::eventually;
use crate::program::{Program, quietzone};
use model::time::DAY_MS;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SEALING: [(&str, &str); 2] =
    [("QUIETZONE_STORE_SEAL_AFTER_S", "0"), ("QUIETZONE_STORE_SEAL_ROWS", "5")];

/// Runs `quietzone store WHAT`: its exit code and what it printed.
fn store(data: &Path, what: &str) -> (i32, String) {
    let output = quietzone(&[]).args(["store", what, "--data"]).arg(data).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

fn segments(data: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(data.join("store/segments")).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.to_string_lossy().contains("scans-") && path.extension().unwrap() == "parquet")
        .collect()
}

/// A program with scans in several segments.
fn scanned(data: &Path) -> Program {
    let program = Program::start(data, &SEALING);
    let link = program.link("https://example.com/").create();
    for round in 1..=3 {
        for _ in 0..6 {
            assert_eq!(program.visit(&format!("/{}", link.slug)).send().status, 302);
        }
        eventually("a seal", || (segments(data).len() >= round).then_some(()));
    }
    program
}

#[test]
fn a_store_is_verified_while_it_is_used_and_after_a_stop() {
    let data = TempDir::new().unwrap();
    let mut program = scanned(data.path());
    let (code, said) = store(data.path(), "verify");
    assert_eq!((code, said.lines().last()), (0, Some("sound")), "{said}");
    assert!(said.contains("goes on where the store ends"), "{said}");
    let (code, said) = store(data.path(), "compact");
    assert_eq!(code, 2, "a store that is in use is not compacted: {said}");
    program.terminate();
    let (code, said) = store(data.path(), "verify");
    assert_eq!((code, said.contains(": 18 scans, 0 traces")), (0, true), "{said}");
    let (code, said) = store(data.path(), "compact");
    assert_eq!(code, 0, "{said}");
    let (code, said) = store(data.path(), "verify");
    assert_eq!((code, said.contains(": 18 scans, 0 traces")), (0, true), "{said}");
}

#[test]
fn the_server_lets_user_agents_go_and_makes_one_file_of_a_month_by_itself() {
    let app = TestApp::new();
    app.set_clock("2026-03-03T12:00:00Z");
    let link = app.link("https://example.com/").create();
    let store = app.server().app().store.clone();
    for day in 1..=9 {
        assert_eq!(app.visit(&format!("/{}", link.slug)).send().status, 302);
        app.events(&link, day);
        store.seal().unwrap();
        app.advance(DAY_MS);
    }
    // Nine days in two parts of March; the second still runs.
    let with_facts = || {
        segments(app.data())
            .iter()
            .map(|path| path.to_string_lossy().replace("scans-", "facts-"))
            .filter(|path| Path::new(path).exists())
            .count()
    };
    eventually("the first part of the month", || {
        let names = segments(app.data());
        names.iter().any(|path| path.to_string_lossy().contains("scans-20260303-20260307-")).then_some(())
    });
    assert!(with_facts() >= 2);
    app.set_clock("2026-05-01T12:00:00Z");
    eventually("one file of March", || {
        let names = segments(app.data());
        (names.len() == 1 && names[0].to_string_lossy().contains("scans-20260303-20260311-")).then_some(())
    });
    assert_eq!(with_facts(), 0);
    assert_eq!(app.events(&link, 9).len(), 9);
}

#[test]
fn what_is_wrong_with_a_store_is_said_and_is_its_exit_code() {
    let data = TempDir::new().unwrap();
    scanned(data.path()).terminate();
    let victim = &segments(data.path())[0];
    let mut bytes = std::fs::read(victim).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 8;
    std::fs::write(victim, bytes).unwrap();
    let (code, said) = store(data.path(), "verify");
    assert_eq!((code, said.lines().last()), (1, Some("not sound")), "{said}");
    assert!(
        said.contains(victim.to_str().unwrap()) && said.contains("not those that were written"),
        "{said}"
    );
    let (code, said) = store(&data.path().join("nowhere"), "verify");
    assert_eq!(code, 1, "{said}");
}
