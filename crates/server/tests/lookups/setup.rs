//! The scripts of `setup/`, with outside tools that are missing, offline, or hand out small files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder of programs, for `PATH`: the named ones of this machine.
fn programs(names: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in names {
        let found = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(name));
        let found = found.into_iter().find(|path| path.exists());
        symlink(found.unwrap_or_else(|| panic!("{name} is needed")), folder.path().join(name)).unwrap();
    }
    folder
}

fn program(folder: &TempDir, name: &str, body: &str) {
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn run(script: &str, path: &TempDir, cache: &TempDir, arguments: &[&str]) -> Output {
    let script = format!("{}/../../setup/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("/bin/sh");
    command.arg(script).args(arguments).env_clear();
    command.env("PATH", path.path()).env("QUIETZONE_CACHE", cache.path()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const TOOLS: &[&str] = &[
    "sh", "awk", "sed", "head", "id", "paste", "mkdir", "cp", "mv", "ln", "rm", "cat", "dirname", "du",
    "cut", "readlink", "find",
];

#[test]
fn everything_missing_is_named_at_once_with_its_command() {
    let (path, cache) = (programs(TOOLS), TempDir::new().unwrap());
    program(&path, "apt-get", "exit 0");
    program(&path, "rustc", "echo 'rustc 1.80.1 (3f5fd8dd4 2024-08-06)'");
    program(&path, "cargo", "echo 'cargo 1.95.0 (f2d3ce0bd 2026-03-21)'");
    program(&path, "node", "echo v18.19.0");
    let output = run("check.sh", &path, &cache, &[]);
    let said = said(&output);
    println!("{said}");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("rustc    is 1.80.1")
            && said.contains("node     is 18.19.0")
            && !said.contains("cargo ")
    );
    for tool in ["npm", "cc", "python3", "make"] {
        assert!(said.contains(&format!("\n  {tool:8} is not installed")), "{tool}");
    }
    assert_eq!(said.matches("install with: ").count(), 6);
    assert!(run("check.sh", &path, &cache, &["cargo"]).status.success());
}

#[test]
fn without_a_network_a_line_says_so_and_nothing_fails() {
    let (path, cache) = (programs(TOOLS), TempDir::new().unwrap());
    program(&path, "npm", "echo 'npm error code ENOTFOUND' >&2; exit 1");
    let output = run("geo.sh", &path, &cache, &["false"]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("no places until") && said.contains("ENOTFOUND") && said.contains("make setup"));
    assert_eq!(cache.path().join("geo").read_dir().unwrap().count(), 0, "nothing half-made stays");
}

#[test]
fn geo_files_are_fetched_once() {
    let (path, cache) = (programs(TOOLS), TempDir::new().unwrap());
    program(
        &path,
        "npm",
        "p=node_modules/@ip-location-db; mkdir -p $p/asn $p/dbip-city-mmdb; echo fetched >>$QUIETZONE_CACHE/log
         echo 1,2,3,four >$p/asn/asn-ipv4-num.csv; echo 5,6,7,eight >$p/asn/asn-ipv6-num.csv
         echo cities >$p/dbip-city-mmdb/v4.mmdb",
    );
    program(&path, "make-asn", "cat \"$1\" \"$2\" >\"$3\"");
    for round in 0..2 {
        let output = run("geo.sh", &path, &cache, &["make-asn"]);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(said(&output).is_empty(), round == 1);
    }
    let current = cache.path().join("geo/current");
    assert_eq!(fs::read_to_string(current.join("networks.asn")).unwrap(), "1,2,3,four\n5,6,7,eight\n");
    assert_eq!(fs::read_to_string(current.join("v4.mmdb")).unwrap(), "cities\n");
    assert!(fs::read_to_string(current.join("ATTRIBUTION")).unwrap().contains("CC BY 4.0"));
    assert_eq!(fs::read_to_string(cache.path().join("log")).unwrap(), "fetched\n");
    let left: Vec<_> = cache.path().join("geo").read_dir().unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
