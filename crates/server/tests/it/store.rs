//! `quietzone store`: what an operator asks of the scan store's files.

use crate::client::eventually;
use crate::program::{Program, quietzone};
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

/// Of all files, the one whose name (a random id, behind the day) comes first.
fn first_compared(data: &Path) -> PathBuf {
    let name = |path: &PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        stem.split_once('-').unwrap().1.split_once('-').unwrap().1.to_owned()
    };
    segments(data).into_iter().min_by_key(name).unwrap()
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
fn what_is_wrong_with_a_store_is_said_and_is_its_exit_code() {
    let data = TempDir::new().unwrap();
    scanned(data.path()).terminate();
    // The one that a server compares first.
    let victim = &first_compared(data.path());
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
    let program = Program::start(data.path(), &SEALING);
    let reason = eventually("the damage is told", || {
        let ready = program.request("GET", "/health/ready").send().expect(200);
        let reasons = ready["reasons"].as_array().unwrap();
        reasons.iter().filter_map(|r| r.as_str()).find(|r| r.starts_with("store files")).map(str::to_owned)
    });
    assert!(reason.contains(victim.to_str().unwrap()) && reason.contains("store verify"), "{reason}");
    drop(program);
    let (code, said) = store(&data.path().join("nowhere"), "verify");
    assert_eq!((code, said.contains("it has no catalog.db")), (2, true), "{said}");
}
