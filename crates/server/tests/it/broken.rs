//! Answers when all else is broken: each test breaks one thing for as long as `BROKEN_SECONDS` say (two; a minute in
//! `make soak`) while scans come in. Every redirect goes out; what is not recorded is counted by reason; afterwards
//! everything that was recorded is there, once.

mod catalog;
mod clock;
pub mod disk;
mod folder;
mod locks;
mod places;
mod spool;

use crate::client::Link;
use crate::load::{Load, setting};
use crate::program::Program;
use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a fault lasts, at least.
fn duration() -> Duration {
    Duration::from_secs(setting("BROKEN_SECONDS", 2))
}

/// Longest that a condition of a broken world is waited for.
fn patience() -> Duration {
    duration() + Duration::from_secs(60)
}

/// Goes on until the fault has lasted and `seen` what it is to bring about.
fn until(what: &'static str, mut seen: impl FnMut() -> bool) -> impl FnMut() -> ControlFlow<()> {
    let (began, mut has_seen) = (Instant::now(), false);
    move || {
        has_seen = has_seen || seen();
        assert!(began.elapsed() < patience(), "waited in vain for {what}");
        if has_seen && began.elapsed() >= duration() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// The library that breaks things, compiled once.
static SHIM: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let library = folder.path().join("shim.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/broken/shim.c");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .args([source, "-ldl"])
        .status()
        .expect("a C compiler, which Rust's linker needs as well");
    assert!(status.success());
    (folder, library)
});

/// What is broken in a program at the moment.
struct Faults {
    file: File,
    path: PathBuf,
}

/// The places of `struct faults` in `shim.c`.
#[derive(Clone, Copy)]
enum Fault {
    WriteError,
    SyncError,
    Stall,
    ClockSeconds,
    Struck,
    CatalogError,
    ReadError,
}

impl Faults {
    fn new(folder: &Path) -> Self {
        let path = folder.join("faults");
        let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        file.set_len(4096).unwrap();
        Self { file, path }
    }

    /// Starts the program with them.
    fn start(&self, data: &Path, settings: &[(&str, &str)]) -> Program {
        let (library, page) = (SHIM.1.display().to_string(), self.path.display().to_string());
        let own = [("LD_PRELOAD", library.as_str()), ("FAULTS_FILE", page.as_str())];
        Program::start(data, &[&own, settings].concat())
    }

    fn set(&self, fault: Fault, value: i32) {
        self.file.write_all_at(&value.to_ne_bytes(), fault as u64 * 4).unwrap();
    }

    /// How often a fault was met.
    fn struck(&self) -> i32 {
        let mut value = [0; 4];
        self.file.read_exact_at(&mut value, Fault::Struck as u64 * 4).unwrap();
        i32::from_ne_bytes(value)
    }
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn link(program: &Program) -> Link {
    program.link("https://example.com/").create()
}

/// What the program says is wrong with itself, as JSON.
fn reasons(program: &Program) -> String {
    let ready = program.request("GET", "/health/ready").send().expect(200);
    assert_eq!(ready["status"] == "ok", ready["reasons"].as_array().unwrap().is_empty(), "{ready}");
    ready["reasons"].to_string()
}

/// Parameters that make a record long, so that what waits in memory soon has no more room.
fn long() -> String {
    (0..9).map(|n| format!("&p{n}={}", "x".repeat(60))).collect()
}

/// Lines of the log about scans that were not recorded: one at once, then one a minute, and one at the end.
fn assert_log_is_short(program: &mut Program, lost: u64, lasted: Duration) {
    program.terminate();
    let log = program.log();
    let lines =
        log.lines().filter(|line| line.contains("Scans were answered and not recorded")).count() as u64;
    assert_eq!(lines > 0, lost > 0, "{log}");
    assert!(lines <= 2 + lasted.as_secs() / 60, "{lines} lines in {lasted:?}: {log}");
    assert!(log.lines().count() < 40, "{log}");
}

/// A world in which nothing but the redirect needs to work: scans before the fault, for as long as it lasts, and after.
fn world(
    name: &str,
    program: &mut Program,
    more: String,
    break_it: impl FnOnce(),
    what: &'static str,
    seen: impl FnMut(&Program) -> bool,
    mend: impl FnOnce(),
) -> u64 {
    let link = link(program);
    let began = Instant::now();
    let lost = {
        let mut load = Load::new(program, &link);
        load.more = more;
        load.run(|| if load.asked() > 200 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
        break_it();
        let mut seen = seen;
        load.run(until(what, || seen(program)));
        mend();
        load.one();
        load.settle(name)
    };
    assert_log_is_short(program, lost, began.elapsed());
    lost
}
