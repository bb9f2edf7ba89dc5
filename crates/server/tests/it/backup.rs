//! Backups, by the real program: made under load, put back after the data is gone, and compared.

mod broken;
mod own;

use crate::client::{Client, IPHONE, Link, eventually};
use crate::load::{connect, read_heads, request, setting, stored};
use crate::program::{Program, quietzone};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A command of the program; how it ended and what it said.
#[track_caller]
pub fn command(arguments: &[&str]) -> (i32, String) {
    let output = quietzone(&[]).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

/// One that must succeed.
#[track_caller]
pub fn succeeds(arguments: &[&str]) -> String {
    let (code, said) = command(arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

/// The records of a target that is a folder, newest first.
pub fn records(target: &Path) -> Vec<serde_json::Value> {
    let folder = target.join("backups");
    let names: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    let read = |path: &PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut records: Vec<serde_json::Value> = names.iter().map(read).collect();
    records.sort_by_key(|record| std::cmp::Reverse(record["at"].as_i64()));
    records
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn now() -> i64 {
    server::clock::Clock::Real.now().0
}

/// Scans at a steady rate from four connections, each with a number; when each redirect was read.
struct Steady<'p> {
    program: &'p Program,
    link: &'p Link,
    rate: u64,
    next: AtomicU64,
    stop: AtomicBool,
}

impl Steady<'_> {
    /// Runs while `meanwhile` does; the scans that were answered, with the instant at which that was known.
    fn run<T>(&self, meanwhile: impl FnOnce() -> T) -> (Vec<(u64, i64)>, T) {
        self.stop.store(false, Ordering::SeqCst);
        let began = Instant::now();
        let first = self.next.load(Ordering::SeqCst);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| self.scan(first, began))).collect();
            let done = meanwhile();
            self.stop.store(true, Ordering::SeqCst);
            (threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect(), done)
        })
    }

    fn scan(&self, first: u64, began: Instant) -> Vec<(u64, i64)> {
        let (mut answered, mut buffer) = (Vec::new(), Vec::new());
        let mut connection = connect(self.program.address);
        while !self.stop.load(Ordering::SeqCst) {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            // Open loop: the time of each scan does not wait for the answers before.
            let due = Duration::from_micros((number - first) * 1_000_000 / self.rate);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            let asked = request(self.program.address, &self.link.slug, number, "");
            connection.write_all(asked.as_bytes()).unwrap();
            assert!(read_heads(&mut connection, &mut buffer, 1), "scan {number} had no answer");
            assert!(buffer.starts_with(b"HTTP/1.1 302 "), "{}", String::from_utf8_lossy(&buffer));
            answered.push((number, now()));
        }
        answered
    }
}

/// Bytes of all files below a folder.
fn bytes_below(folder: &Path) -> u64 {
    crate::privacy::files(folder).iter().map(|path| path.metadata().unwrap().len()).sum()
}

/// Epochs of a link's scans in the store's own files, as `store verify` tells them.
fn epochs(said: &str) -> usize {
    said.lines().filter(|line| line.contains("epoch ")).count()
}

#[test]
fn under_load_a_backup_has_every_scan_acknowledged_before_its_moment() {
    let (data, target, again) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let rate = setting("SCANS_A_SECOND", 1000);
    let before = Duration::from_secs(setting("BACKUP_SECONDS", 2));
    // Segments come and go all the time.
    let sealing = [("QUIETZONE_STORE_SEAL_AFTER_S", "1"), ("QUIETZONE_STORE_SEAL_ROWS", "400")];
    let program = Program::start(data.path(), &sealing);
    let link = program.link("https://example.com/").create();
    let load = Steady { program: &program, link: &link, rate, next: AtomicU64::new(0), stop: false.into() };
    let mut answered: Vec<(u64, i64)> = Vec::new();
    let mut times = Vec::new();
    for _ in 0..3 {
        let (more, took) = load.run(|| {
            let until = load.next.load(Ordering::SeqCst) + rate * before.as_secs();
            eventually("the load", || (load.next.load(Ordering::SeqCst) >= until).then_some(()));
            let began = Instant::now();
            succeeds(&["backup", text(target.path()), "--data", text(data.path())]);
            began.elapsed()
        });
        answered.extend(more);
        times.push(took);
    }
    program.kill();
    let records = records(target.path());
    assert_eq!(records.len(), 3);
    for (record, took) in records.iter().rev().zip(&times) {
        println!(
            "{}: {} files of {} bytes, {} files of {} bytes copied, {:.2} s",
            record["id"],
            record["files"].as_array().unwrap().len(),
            record["files"]
                .as_array()
                .unwrap()
                .iter()
                .map(|file| file["bytes"].as_u64().unwrap())
                .sum::<u64>(),
            record["copiedFiles"],
            record["copied"],
            took.as_secs_f64(),
        );
    }
    println!(
        "data directory {} bytes, target {} bytes",
        bytes_below(data.path()),
        bytes_below(target.path())
    );
    let said = succeeds(&["backup", "verify", text(target.path())]);
    assert_eq!(said.matches("sound ").count(), 3, "{said}");
    data.close().unwrap();

    // Each of them, the oldest too, is whole: what was acknowledged before its moment is there, once.
    for record in &records {
        let folder = again.path().join(record["id"].as_str().unwrap());
        let said = succeeds(&[
            "restore",
            text(target.path()),
            "--backup",
            record["id"].as_str().unwrap(),
            "--data",
            text(&folder),
        ]);
        assert!(said.contains("secret.key is missing"), "{said}");
        let at = record["at"].as_i64().unwrap();
        let due: Vec<u64> =
            answered.iter().filter(|(_, read)| *read < at).map(|(number, _)| *number).collect();
        let mut program = Program::start(&folder, &sealing);
        let found = stored(&program, &link, due.len() as u64);
        let missing = due.iter().filter(|number| !found.contains_key(number)).count();
        let doubled = found.values().filter(|count| **count > 1).count();
        println!(
            "{}: {} acknowledged before its moment, {} stored, missing {missing}, doubled {doubled}",
            record["id"],
            due.len(),
            found.len()
        );
        assert!(due.len() as u64 > rate / 2, "the load was none");
        assert_eq!((missing, doubled), (0, 0));
        // The counters are another consumer's, in another database, and agree.
        eventually("eventCount to be the count of the list", || {
            let count =
                program.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"].as_u64().unwrap();
            assert!(count <= found.len() as u64, "{count} counted, {} stored", found.len());
            (count == found.len() as u64).then_some(())
        });
        // Scans of now get numbers of an epoch of their own: none is that of a record of before.
        for _ in 0..3 {
            assert_eq!(program.visit(&format!("/{}", link.slug)).agent(IPHONE).send().status, 302);
        }
        eventually("the new scans", || {
            let list = format!("/v1/events?linkId={}&verdict=all&pageSize=1", link.id);
            (program.get(&list)["json"]["totalCount"] == found.len() as u64 + 3).then_some(())
        });
        assert!(program.terminate().0.success());
        let said = succeeds(&["store", "verify", "--data", text(&folder)]);
        assert!(said.contains(&format!("{} scans", found.len() + 3)), "{said}");
        assert!(epochs(&said) <= 2 && said.ends_with("sound\n"), "{said}");
    }
}

#[test]
fn what_is_put_back_is_what_there_was() {
    let (data, target, again) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut program = Program::start(data.path(), &[]);
    let link = program.link("https://example.com/").slug("Summer-26").create();
    let media =
        program.post("/v1/media", &serde_json::json!({ "fileName": "a.pdf", "fileData": "JVBERi0xLjcK" }));
    // A page token is good for whoever has the key that made it.
    program.link("https://example.com/second").create();
    let token = program.get("/v1/links?pageSize=1")["nextPageToken"].as_str().unwrap().to_owned();
    program.scan(&link);
    program.only_event(&link);
    eventually("the count", || {
        (program.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"] == 1).then_some(())
    });
    let archive = target.path().join("one.tar");
    let folder = target.path().join("folder");
    // While it runs, into both; and once more when it is stopped.
    succeeds(&["backup", text(&archive), "--data", text(data.path())]);
    succeeds(&["backup", text(&folder), "--data", text(data.path())]);
    let events = program.get("/v1/events?verdict=all");
    assert!(program.terminate().0.success());
    let said = succeeds(&["backup", text(&folder), "--data", text(data.path())]);
    assert!(said.contains("secret.key is not in it"), "{said}");
    assert!(!data.path().join("backup").read_dir().unwrap().any(|entry| entry.unwrap().path().is_dir()));
    succeeds(&["backup", "verify", text(&archive)]);
    succeeds(&["backup", "verify", text(&folder)]);
    assert_eq!(succeeds(&["backup", "list", text(&folder)]).lines().count(), 2);

    // No secret is inside, under no name.
    let secrets: Vec<Vec<u8>> = crate::privacy::files(&data.path().join("keys"))
        .into_iter()
        .chain([data.path().join("secret.key")])
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(secrets.len() >= 2);
    for file in crate::privacy::files(target.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in &secrets {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", file.display());
        }
    }
    let names: Vec<String> = records(&folder)
        .iter()
        .flat_map(|record| record["files"].as_array().unwrap().clone())
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.iter().all(|name| !name.contains("key")), "{names:?}");

    let key = data.path().join("secret.key");
    for (number, source) in [archive, folder].iter().enumerate() {
        let to = again.path().join(number.to_string());
        let said = succeeds(&["restore", text(source), "--data", text(&to), "--secret-key", text(&key)]);
        assert!(!said.contains("secret.key is missing"), "{said}");
        let program = Program::start(&to, &[]);
        let answer = program.visit("/summer-26").send();
        assert_eq!((answer.status, answer.location()), (302, "https://example.com/"));
        let shown = program.get(&format!("/v1/media/{}", media["media"]["id"].as_str().unwrap()));
        assert_eq!(shown["media"]["size"], media["media"]["size"]);
        let rest = program.get(&format!("/v1/links?pageSize=1&pageToken={token}"));
        assert_eq!(rest["links"].as_array().unwrap().len(), 1, "the key that was kept is in its place");
        let before = &events["json"]["events"][0];
        let after = program.get("/v1/events?verdict=all&pageSize=50")["json"]["events"].take();
        assert!(after.as_array().unwrap().iter().any(|event| event["id"] == before["id"]), "{after}");
        // Into what is in use nothing is put back.
        let (code, said) = command(&["restore", text(source), "--data", text(&to)]);
        assert_eq!((code, said.contains("is used by another quietzone")), (2, true), "{said}");
    }
    let (code, said) =
        command(&["restore", text(&target.path().join("folder")), "--data", text(data.path())]);
    assert_eq!((code, said.contains("is not empty")), (1, true), "{said}");
}

#[test]
fn what_was_erased_after_a_backup_is_known_when_it_is_put_back() {
    let (data, target, again) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut program = some_data(data.path());
    assert!(program.terminate().0.success());
    let log = data.path().join("erasures.jsonl");
    let line = |n: u32| format!("{{\"id\":{n}}}\n");
    let backup = || succeeds(&["backup", text(target.path()), "--data", text(data.path())]);
    std::fs::write(&log, line(1)).unwrap();
    backup();
    std::fs::write(&log, line(1) + &line(2)).unwrap();
    backup();
    // By the server itself as soon as it grows, and by what its operator still has.
    let own = [("QUIETZONE_BACKUP_TARGET", text(target.path())), ("QUIETZONE_BACKUP_EVERY_H", "0")];
    let program = Program::start(data.path(), &own);
    std::fs::write(&log, line(1) + &line(2) + &line(3)).unwrap();
    eventually("the log in the target", || {
        let there = std::fs::read_to_string(target.path().join("erasures.jsonl")).unwrap();
        (there == line(1) + &line(2) + &line(3)).then_some(())
    });
    program.kill();
    let kept = again.path().join("kept.jsonl");
    let id = "01900000-0000-7000-8000-000000000004";
    let fourth = serde_json::json!({ "id": id, "workspace": id, "subject": "visitor", "from": 0, "to": 9, "scans": "keep", "at": 9,
        "visitors": [id], "of_scans": [] })
    .to_string()
        + "\n";
    std::fs::write(&kept, fourth.clone() + "{\"id\":").unwrap();
    let first = records(target.path()).pop().unwrap()["id"].as_str().unwrap().to_owned();
    let to = again.path().join("data");
    let to = text(&to);
    let restore =
        ["restore", text(target.path()), "--backup", &first, "--data", to, "--erasures", text(&kept)];
    // Another file has nothing erased again.
    let other = again.path().join("other.jsonl");
    for content in ["", "{\"id\":4}\n", "a,b\n1,2\n"] {
        std::fs::write(&other, content).unwrap();
        let mut restore = restore;
        restore[7] = text(&other);
        let (code, said) = command(&restore);
        assert_eq!((code, said.contains("has no erasure in it")), (2, true), "{said}");
        assert!(!Path::new(to).join("catalog.db").exists());
    }
    succeeds(&restore);
    let known = std::fs::read_to_string(Path::new(to).join("erasures.jsonl")).unwrap();
    assert_eq!(known, line(1) + &line(2) + &line(3) + &fourth);
}

/// A program with a link and some scans that are sealed.
fn some_data(data: &Path) -> Program {
    let program =
        Program::start(data, &[("QUIETZONE_STORE_SEAL_AFTER_S", "0"), ("QUIETZONE_STORE_SEAL_ROWS", "10")]);
    let link = program.link("https://example.com/").slug("some").create();
    for _ in 0..40 {
        program.scan(&link);
    }
    program.events(&link, 40);
    wait_for_segments(&program);
    program
}

fn wait_for_segments(client: &Client) {
    eventually("sealed scans", || {
        (client.get("/v1/x/system")["storage"]["rows"].as_u64().unwrap() >= 40).then_some(())
    });
}
