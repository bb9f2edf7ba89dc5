//! How the program starts, refuses to, and ends.

use crate::app::{ADMIN, PASSWORD};
use crate::client::{TOKEN, eventually};
use crate::program::{Program, quietzone};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;

/// Runs `quietzone` to its end: exit code, standard output, standard error.
fn run(arguments: &[&str], data: &Path, settings: &[(&str, &str)], input: &str) -> (i32, String, String) {
    let mut command = quietzone(settings);
    command.args(arguments).arg("--data").arg(data);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses before reading closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A refused start: exit 2 with one line.
#[track_caller]
fn refused(data: &Path, settings: &[(&str, &str)]) -> String {
    let (code, stdout, stderr) = run(&["serve", "--listen", "127.0.0.1:0"], data, settings, "");
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
}

#[test]
fn a_directory_in_use_or_of_a_newer_program_is_refused() {
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    assert!(refused(data.path(), &[]).contains("is used by another quietzone"));
    let (code, _, stderr) = run(&["workspace", "create", "Second"], data.path(), &[], "");
    assert_eq!(code, 2, "{stderr}");
    program.terminate();
    std::fs::write(data.path().join("format"), "99\n").unwrap();
    assert!(refused(data.path(), &[]).contains("has format 99"));
}

#[test]
fn a_command_about_an_installation_makes_none_where_none_is() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("empty")).unwrap();
    let (table, archive) = (path("k.csv"), path("bundle.zip"));
    for file in [&table, &archive] {
        std::fs::write(file, "of before").unwrap();
    }
    let (table, archive) = (table.to_str().unwrap(), archive.to_str().unwrap());
    let target = path("backups");
    let commands: [&[&str]; 11] = [
        &["export", "scans", "--output", table],
        &["exit-bundle", archive],
        &["audit"],
        &["erase", "workspace", "--yes"],
        &["store", "compact"],
        &["store", "verify"],
        &["admin", "reset-password", ADMIN],
        &["workspace", "create", "Second"],
        &["rejudge", "--from", "2026-01-01", "--to", "2026-01-31"],
        &["import", table],
        &["backup", target.to_str().unwrap()],
    ];
    for data in [path("nodir"), path("empty")] {
        for arguments in commands {
            let (code, stdout, stderr) =
                run(arguments, &data, &[("QUIETZONE_API_TOKEN", TOKEN)], "new password\n");
            let why = format!("{} is no data directory of quietzone: it has no catalog.db", data.display());
            assert_eq!(
                (code, stdout.as_str(), stderr.contains(&why)),
                (2, "", true),
                "{arguments:?}: {stderr}"
            );
        }
    }
    assert!(!path("nodir").exists() && !target.exists());
    assert_eq!(std::fs::read_dir(path("empty")).unwrap().count(), 0);
    for file in [table, archive] {
        assert_eq!(std::fs::read_to_string(file).unwrap(), "of before", "{file}");
    }
}

#[test]
fn a_setting_that_cannot_be_is_refused_in_one_line() {
    let data = TempDir::new().unwrap();
    for (name, value, words) in [
        ("QUIETZONE_SPOOL_MAX_WAIT", "9", "did you mean QUIETZONE_SPOOL_MAX_WAIT_MS?"),
        ("QUIETZONE_TRUSTED_PROXY", "::1", "did you mean QUIETZONE_TRUSTED_PROXIES?"),
        ("QUIETZONE_SCANS", "clickhouse://localhost", "not built yet"),
        ("QUIETZONE_ROLES", "redirect", "splitting roles"),
        ("QUIETZONE_ADMIN_PASSWORD", "long enough", "both or neither"),
        ("QUIETZONE_API_TOKEN", "short", "16 to 256"),
    ] {
        let line = refused(data.path(), &[(name, value)]);
        assert!(line.contains(words), "{line}");
    }
    let (code, _, stderr) = run(&["serve", "--listen", "here"], data.path(), &[], "");
    assert!(code == 2 && stderr.contains("not an address and port"), "{stderr}");
    let (code, _, stderr) = run(&["serve", "--port", "80"], data.path(), &[], "");
    assert!(code == 2 && stderr.contains("--port"), "{stderr}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_port_that_another_program_answers_on_is_refused() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let program = Program::start(one.path(), &[]);
    let address = program.address.to_string();
    let (code, stdout, stderr) = run(&["serve", "--listen", &address], two.path(), &[], "");
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains(&address), "{stderr}");
}

#[test]
fn a_first_start_prints_the_set_up_link_on_standard_error() {
    let data = TempDir::new().unwrap();
    let mut command = quietzone(&[]);
    let data = data.path().join("made/where/missing");
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = [0; 64];
    let count = child.stdout.as_mut().unwrap().read(&mut line).unwrap();
    let line = String::from_utf8_lossy(&line[..count]).into_owned();
    let base = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains(&format!("{base}/app/setup?token=")), "{stderr}");
    // Who only looks at it while it is stopped is given none.
    let admin = [("QUIETZONE_ADMIN_EMAIL", ADMIN), ("QUIETZONE_ADMIN_PASSWORD", PASSWORD)];
    let (code, _, stderr) = run(&["audit"], &data, &admin, "");
    assert_eq!((code, stderr.contains("/app/setup")), (0, false), "{stderr}");
    let (code, _, stderr) = run(&["admin", "reset-password", ADMIN], &data, &[], "another password\n");
    assert_eq!((code, stderr.contains("there is no account")), (1, true), "{stderr}");
}

#[test]
fn sigterm_ends_it_in_time_with_connections_and_feeds_open() {
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    let link = program.link("https://example.com/").create();
    program.scan(&link);
    let mut feed = program.feed("", None);
    let mut idle: Vec<TcpStream> = (0..4).map(|_| TcpStream::connect(program.address).unwrap()).collect();
    for connection in &mut idle[..2] {
        write!(connection, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut buffer = [0; 512];
        assert!(connection.read(&mut buffer).unwrap() > 0);
    }
    // One has sent half a request.
    write!(idle[2], "GET /{} HTTP/1.1\r\nHost:", link.slug).unwrap();
    let (status, took) = program.terminate();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    while feed.next().is_some() {}
    let program = Program::start(data.path(), &[]);
    program.events(&link, 1);
}

#[test]
fn a_workspace_and_a_password_are_made_on_the_machine_while_it_is_stopped() {
    let data = TempDir::new().unwrap();
    Program::start(data.path(), &[]).terminate();
    let (code, token, stderr) = run(&["workspace", "create", "Second", "--token"], data.path(), &[], "");
    assert_eq!(code, 0, "{stderr}");
    let (code, both, _) = run(&["workspace", "create", "Third"], data.path(), &[], "");
    assert!(code == 0 && both.contains("\tsk_live_"), "{both}");
    let reset = |email: &str, input: &str| run(&["admin", "reset-password", email], data.path(), &[], input);
    assert_eq!(reset("nobody@example.com", "another password\n").0, 1);
    let (code, _, stderr) = reset(ADMIN, "short\n");
    assert!(code != 0 && stderr.contains("at least 8"), "{stderr}");

    let mut program = Program::start(data.path(), &[]);
    let workspace = program.request("GET", "/v1/workspace").bearer(token.trim()).send().expect(200);
    assert_eq!(workspace["name"], "Second");
    let sign_in = |program: &Program, password: &str| {
        let body = json!({ "email": ADMIN, "password": password });
        program.request("POST", "/v1/x/session").json(&body).send()
    };
    let before = sign_in(&program, PASSWORD);
    assert_eq!(before.status, 200);
    let cookie = before.header("set-cookie").split(';').next().unwrap().to_owned();
    program.terminate();
    let (code, _, stderr) = reset(ADMIN, "another password\n");
    assert_eq!(code, 0, "{stderr}");
    let program = Program::start(data.path(), &[]);
    assert_eq!(sign_in(&program, PASSWORD).status, 401);
    assert_eq!(sign_in(&program, "another password").status, 200);
    let old = program.request("GET", "/v1/links").header("cookie", &cookie).send();
    assert_eq!(old.status, 401, "its sessions have ended");
}

#[test]
fn what_is_kept_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    let link = program.link("https://example.com/").create();
    program.scan(&link);
    program.terminate();
    let files = crate::privacy::files(data.path());
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", file.display());
    }
}

#[test]
fn the_keys_are_looked_after_while_it_runs() {
    let data = TempDir::new().unwrap();
    let _program = Program::start(data.path(), &[]);
    eventually("today's key and tomorrow's", || {
        (std::fs::read_dir(data.path().join("keys")).unwrap().count() == 2).then_some(())
    });
}

#[test]
fn faketime_moves_its_clock() {
    let output = std::process::Command::new("faketime")
        .args(["2026-03-10 11:00:00 UTC", "printenv", "LD_PRELOAD", "FAKETIME"])
        .output()
        .expect("faketime, which `make test-tools` installs");
    let lines = String::from_utf8(output.stdout).unwrap();
    let (library, offset) = lines.trim_end().split_once('\n').unwrap();
    let data = TempDir::new().unwrap();
    let program = Program::start(data.path(), &[("LD_PRELOAD", library), ("FAKETIME", offset)]);
    let link = program.link("https://example.com/").create();
    program.scan(&link);
    let scanned = program.events(&link, 1)[0]["scannedAt"].as_str().unwrap().to_owned();
    assert!(scanned.starts_with("2026-03-10T11:0"), "{scanned}");
    assert!(data.path().join("keys/2026-03-10.key").exists());
}
