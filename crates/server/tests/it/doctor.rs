//! `quietzone doctor`: each thing is really broken, and it says so and how to mend it.

use crate::broken::disk::Tmpfs;
use crate::places;
use crate::program::{Program, quietzone};
use serde_json::Value;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// What it finds.
#[derive(Debug)]
pub struct Report {
    code: i32,
    json: Value,
}

impl Report {
    /// State and message of a check; there is one of this name.
    #[track_caller]
    fn of(&self, name: &str) -> (&str, &str) {
        let checks = self.json["checks"].as_array().unwrap();
        let found: Vec<&Value> = checks.iter().filter(|check| check["name"] == name).collect();
        assert_eq!(found.len(), 1, "{name}: {self:#?}");
        let [state, message] = ["state", "message"].map(|field| found[0][field].as_str().unwrap());
        assert_eq!(state == "ok", found[0]["mend"].is_null(), "{self:#?}");
        assert!(message.ends_with('.') && !message.contains('\n'), "{message}");
        (state, message)
    }

    #[track_caller]
    pub fn expect(&self, name: &str, state: &str, words: &str) {
        let found = self.of(name);
        assert!(found.0 == state && found.1.contains(words), "{name}: {found:?}");
        // 1 exactly when something fails.
        let fails = self.json["checks"].as_array().unwrap().iter().any(|check| check["state"] == "fail");
        assert_eq!((self.code == 1, &self.json["ok"]), (fails, &Value::Bool(!fails)), "{self:#?}");
    }
}

fn read(output: &Output) -> Report {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", text(&output.stdout), text(&output.stderr));
    });
    Report { code: output.status.code().unwrap(), json }
}

fn command(data: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = quietzone(settings);
    command.args(["doctor", "--json", "--data"]).arg(data);
    command
}

fn examine(data: &Path, arguments: &[&str]) -> Report {
    let all = [&["--listen", "127.0.0.1:0"], arguments].concat();
    read(&command(data, &[]).args(all).output().unwrap())
}

pub fn examine_with(data: &Path, settings: &[(&str, &str)]) -> Report {
    read(&command(data, &[&[("QUIETZONE_LISTEN", "127.0.0.1:0")], settings].concat()).output().unwrap())
}

/// A data directory that was used.
fn used() -> TempDir {
    let data = TempDir::new().unwrap();
    set_mode(data.path(), 0o700);
    let mut program = Program::start(data.path(), &[]);
    let link = program.link("https://example.com/").create();
    program.scan(&link);
    program.terminate();
    data
}

fn set_mode(path: impl AsRef<Path>, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn before_the_first_start_nothing_fails_and_nothing_is_made() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("not/yet");
    let report = examine(&data, &[]);
    assert_eq!(report.code, 0, "{report:#?}");
    report.expect("data.use", "ok", "does not exist yet");
    report.expect("base_url.name", "warn", "only this machine");
    report.expect("geo.files", "warn", "no place");
    assert!(!folder.path().join("not").exists());

    let used = used();
    let before = crate::privacy::files(used.path());
    let report = examine_with(used.path(), &[("QUIETZONE_GEO_CITY", &places::folder())]);
    for name in ["data.use", "data.format", "data.catalog", "access.private", "access.keys", "access.write"] {
        assert_eq!(report.of(name).0, "ok", "{report:#?}");
    }
    report.expect("clock.time", "ok", "later than all");
    report.expect("geo.files", "ok", "places and networks");
    assert_eq!(crate::privacy::files(used.path()), before, "nothing is made or removed");
}

#[test]
fn beside_a_running_server_it_takes_no_lock_and_finds_what_the_server_knows() {
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    let link = program.link("https://example.com/").create();
    let report = examine(data.path(), &[]);
    report.expect("data.use", "ok", &program.address.to_string());
    report.expect("port.listen", "ok", &program.address.port().to_string());
    report.expect("proxy.trusted", "ok", "No proxy is named");
    // The client's requests come with a forwarding header, and nobody has named its address.
    program.scan(&link);
    report.expect("proxy.host", "ok", "hosts that quietzone knows");
    for _ in 0..3 {
        let path = format!("/{}", link.slug);
        assert_eq!(program.visit(&path).header("host", "backend.internal").send().status, 404);
    }
    let report = examine(data.path(), &[]);
    report.expect("proxy.trusted", "warn", "not trusted");
    report.expect("proxy.host", "warn", "a host that quietzone does not know");
    program.terminate();
    let _again = Program::start(data.path(), &[]);
}

#[test]
fn a_server_that_hangs_is_told_of() {
    let data = TempDir::new().unwrap();
    let program = Program::start(data.path(), &[]);
    program.pause();
    examine(data.path(), &[]).expect("data.use", "fail", "does not answer");
}

#[test]
fn what_the_server_suffers_from_is_told() {
    let data = TempDir::new().unwrap();
    let geo = TempDir::new().unwrap();
    std::fs::write(geo.path().join("city.mmdb"), "no database").unwrap();
    let path = geo.path().display().to_string();
    let _program = Program::start(data.path(), &[("QUIETZONE_GEO_CITY", &path)]);
    let report = examine_with(data.path(), &[("QUIETZONE_GEO_CITY", &path)]);
    report.expect("server.health", "warn", "geo files");
    report.expect("geo.files", "fail", "MaxMind DB");
}

#[test]
fn a_disk_that_is_small_full_or_read_only() {
    let disk = Tmpfs::mount(20);
    let data = disk.path().join("data");
    let report = examine(&data, &[]);
    report.expect("disk.kind", "warn", "tmpfs");
    report.expect("disk.room", "fail", "20 MiB are free");
    report.expect("disk.sync", "ok", "ms");
    disk.fill();
    examine(&data, &[]).expect("disk.sync", "fail", "Nothing can be written");
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(disk.path()).status().unwrap();
    assert!(remounted.success());
    let report = examine(&data, &[]);
    report.expect("disk.sync", "fail", "Nothing can be written");
    report.expect("access.write", "fail", "cannot be made");
}

#[test]
fn a_spool_whose_reserve_is_used_up() {
    let disk = Tmpfs::mount(100);
    let data = disk.path().join("data");
    let mut program = Program::start(&data, &[]);
    crate::client::eventually("the server to say so", || {
        let ready = program.request("GET", "/health/ready").send().expect(200);
        ready["reasons"].to_string().contains("reserve").then_some(())
    });
    let report = examine(&data, &[]);
    report.expect("server.health", "warn", "the spool's reserve");
    report.expect("disk.room", "fail", "reserve (spool/ballast) is used up");
    program.terminate();
    examine(&data, &[]).expect("disk.room", "fail", "reserve (spool/ballast) is used up");
}

#[test]
fn a_clock_that_went_back() {
    let data = used();
    for (offset, state) in [("-2d", "fail"), ("-5m", "warn")] {
        let output = Command::new("faketime")
            .args([
                "-f",
                offset,
                env!("CARGO_BIN_EXE_quietzone"),
                "doctor",
                "--json",
                "--listen",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data.path())
            .output()
            .expect("faketime, which `make test-tools` installs");
        read(&output).expect("clock.time", state, "is behind");
    }
}

#[test]
fn a_base_url_that_leads_nowhere_or_elsewhere() {
    let data = TempDir::new().unwrap();
    let report = examine(data.path(), &["--base-url", "https://quietzone.invalid"]);
    report.expect("base_url.reach", "fail", "leads nowhere");
    report.expect("proxy.trusted", "warn", "none is named");
    let report = examine_with(
        data.path(),
        &[("QUIETZONE_BASE_URL", "https://quietzone.invalid"), ("QUIETZONE_TRUSTED_PROXIES", "10.0.0.1")],
    );
    report.expect("proxy.trusted", "ok", "Proxies are named");
    let everybody = [("QUIETZONE_TRUSTED_PROXIES", "0.0.0.0/0")];
    examine_with(data.path(), &everybody).expect("proxy.trusted", "warn", "anybody may claim");

    let Some(lan) = server::base_url::lan_address() else { return };
    let _program = Program::start(data.path(), &[]);
    let closed = TcpListener::bind((lan, 0)).unwrap().local_addr().unwrap();
    let report = examine(data.path(), &["--base-url", &format!("http://{closed}")]);
    report.expect("base_url.reach", "fail", "does not answer");
}

#[test]
fn keys_and_folders_that_others_may_read() {
    let data = used();
    set_mode(data.path().join("secret.key"), 0o644);
    examine(data.path(), &[]).expect("access.keys", "fail", "secret.key (644)");
    set_mode(data.path().join("secret.key"), 0o600);
    set_mode(data.path(), 0o755);
    examine(data.path(), &[]).expect("access.private", "warn", "(755)");
    set_mode(data.path(), 0o700);
    std::fs::write(data.path().join("secret.key"), "short").unwrap();
    examine(data.path(), &[]).expect("access.keys", "fail", "5 bytes instead of 32");
}

#[test]
fn a_data_directory_that_is_none_newer_or_damaged() {
    let data = used();
    let file = data.path().join("secret.key");
    examine(&file, &[]).expect("access.write", "fail", "is no directory");
    examine(&file.join("below"), &[]).expect("access.write", "fail", "is no directory");
    std::fs::write(data.path().join("format"), "99\n").unwrap();
    examine(data.path(), &[]).expect("data.format", "fail", "99");
    std::fs::write(data.path().join("catalog.db"), "not a database".repeat(400)).unwrap();
    examine(data.path(), &[]).expect("data.catalog", "fail", "cannot be read");
}

#[test]
fn too_few_open_files() {
    let data = TempDir::new().unwrap();
    let limited = |files: u32| {
        let mut command = Command::new("sh");
        command
            .env_clear()
            .arg("-c")
            .arg(format!("ulimit -n {files}; exec \"$0\" doctor --json --listen 127.0.0.1:0 --data \"$1\""));
        let arguments = [OsStr::new(env!("CARGO_BIN_EXE_quietzone")), data.path().as_os_str()];
        read(&command.args(arguments).output().unwrap())
    };
    limited(300).expect("access.files", "fail", "44 connections");
    limited(4096).expect("access.files", "warn", "3840 connections");
}

#[test]
fn a_port_that_somebody_has() {
    let (data, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    read(&command(data.path(), &[("QUIETZONE_LISTEN", &address)]).output().unwrap()).expect(
        "port.listen",
        "fail",
        "another program has it",
    );
    let program = Program::start(other.path(), &[]);
    let address = program.address.to_string();
    let report = read(&command(data.path(), &[("QUIETZONE_LISTEN", &address)]).output().unwrap());
    report.expect("port.listen", "fail", "another quietzone");
    let nobody = [("QUIETZONE_LISTEN", "203.0.113.1:8080")];
    read(&command(data.path(), &nobody).output().unwrap()).expect("port.listen", "fail", "no such address");
}

#[test]
fn people_read_a_line_a_check_with_its_mend_and_mistyped_settings_are_exit_2() {
    let data = used();
    set_mode(data.path().join("secret.key"), 0o644);
    let mut command = quietzone(&[]);
    command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("fail access.keys"), "{text}");
    assert!(text.contains("chmod 600"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("ok   disk.sync")), "{text}");
    let output = quietzone(&[("QUIETZONE_LISTEN", "here")]).arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn it_says_whether_letters_can_be_handed_over() {
    let data = TempDir::new().unwrap();
    set_mode(data.path(), 0o700);
    examine(data.path(), &[]).expect("smtp", "ok", "No mail server is named");
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let settings = [
        ("QUIETZONE_SMTP_HOST", "127.0.0.1"),
        ("QUIETZONE_SMTP_PORT", port.as_str()),
        ("QUIETZONE_SMTP_ENCRYPTION", "none"),
        ("QUIETZONE_SMTP_FROM", "quietzone@example.com"),
    ];
    let greeting = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let (mut stream, _) = server.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 sink ESMTP\r\n").unwrap();
        while let Some(Ok(_)) = lines.next() {
            stream.write_all(b"250 fine\r\n").unwrap();
        }
    });
    examine_with(data.path(), &settings).expect("smtp", "ok", "answers");
    greeting.join().unwrap();
    // Nobody listens there any more.
    examine_with(data.path(), &settings).expect("smtp", "warn", "does not take letters");
}
