//! Databases that somebody else holds: a backup, a curious `sqlite3`, a process that hangs.

use super::{reasons, world};
use crate::load::figure;
use crate::program::Program;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

const ROLE: &str = "HOLD_DATABASE";

/// Another process that holds a database's lock until it is let go.
struct Holder(Child, BufReader<ChildStdout>);

impl Holder {
    /// This very test in another process, where it only holds.
    fn of(database: &Path, test: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(ROLE, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Kept open: its last words would end it with an error.
        let mut output = BufReader::new(child.stdout.take().unwrap());
        assert!(
            output.by_ref().lines().map_while(Result::ok).any(|line| line.contains("held")),
            "{}",
            database.display()
        );
        Self(child, output)
    }

    fn let_go(mut self) {
        drop(self.0.stdin.take());
        let mut rest = String::new();
        self.1.read_to_string(&mut rest).unwrap();
        assert!(self.0.wait().unwrap().success(), "{rest}");
    }
}

/// In the other process: holds the lock until standard input ends.
fn hold() -> bool {
    let Some(database) = std::env::var_os(ROLE) else { return false };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(Path::new(&database));
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql("begin exclusive").execute(&mut connection).await.unwrap();
        println!("\nheld");
        let mut nothing = Vec::new();
        std::io::stdin().read_to_end(&mut nothing).unwrap();
        sqlx::raw_sql("rollback").execute(&mut connection).await.unwrap();
    });
    true
}

#[test]
fn a_locked_catalog() {
    if hold() {
        return;
    }
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    let (database, mut holder) = (data.path().join("catalog.db"), None);
    let holding = std::cell::RefCell::new(&mut holder);
    let lost = world(
        "catalog locked",
        &mut program,
        String::new(),
        || **holding.borrow_mut() = Some(Holder::of(&database, "broken::locks::a_locked_catalog")),
        "the catalog to be called sick",
        |program| reasons(program).contains("catalog consumer: "),
        || holding.borrow_mut().take().unwrap().let_go(),
    );
    assert_eq!(lost, 0);
}

#[test]
fn a_locked_manifest_and_a_full_hot_tier() {
    if hold() {
        return;
    }
    let data = TempDir::new().unwrap();
    let settings = [
        ("QUIETZONE_STORE_SEAL_ROWS", "20000"),
        ("QUIETZONE_STORE_HOT_ROWS_MAX", "30000"),
        ("QUIETZONE_STORE_SEAL_AFTER_S", "1"),
    ];
    let mut program = Program::start(data.path(), &settings);
    let (database, mut holder) = (data.path().join("store/manifest.db"), None);
    let holding = std::cell::RefCell::new(&mut holder);
    let test = "broken::locks::a_locked_manifest_and_a_full_hot_tier";
    let lost = world(
        "manifest locked, hot tier at its cap",
        &mut program,
        String::new(),
        || **holding.borrow_mut() = Some(Holder::of(&database, test)),
        "the manifest to be called locked and the hot tier full",
        |program| {
            assert!(figure(program, "store_hot_rows") <= 30_000);
            let reasons = reasons(program);
            reasons.contains("sealing: ") && reasons.contains("hot scans: full with 30000 scans")
        },
        || holding.borrow_mut().take().unwrap().let_go(),
    );
    assert_eq!(lost, 0);
}

#[test]
fn a_start_while_both_databases_are_locked() {
    if hold() {
        return;
    }
    let data = TempDir::new().unwrap();
    let mut program = Program::start(data.path(), &[]);
    let link = super::link(&program);
    program.scan(&link);
    program.events(&link, 1);
    program.terminate();
    let test = "broken::locks::a_start_while_both_databases_are_locked";
    let holders =
        ["catalog.db", "store/manifest.db"].map(|database| Holder::of(&data.path().join(database), test));
    let program = Program::start(data.path(), &[]);
    for _ in 0..50 {
        program.scan(&link);
    }
    holders.into_iter().for_each(Holder::let_go);
    program.events(&link, 51);
    println!("start with locked databases: asked 50, answered 50, not recorded 0");
}
