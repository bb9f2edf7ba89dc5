//! Killed in the middle of everything, the program has lost and doubled nothing whose redirect was read.

use crate::client::{IPHONE, eventually};
use crate::load::{read_heads, setting, stored};
use crate::program::Program;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const CONNECTIONS: usize = 8;

/// Scans over one connection until it breaks, each with a number of its own in `k`; the numbers whose redirects were
/// read to the last byte.
fn scan_until_broken(address: SocketAddr, slug: &str, next: &AtomicU64) -> Vec<u64> {
    let mut read = Vec::new();
    let Ok(mut connection) = TcpStream::connect(address) else { return read };
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut buffer = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let request =
            format!("GET /{slug}?k={number} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {IPHONE}\r\n\r\n");
        if connection.write_all(request.as_bytes()).is_err() || !read_heads(&mut connection, &mut buffer, 1) {
            return read;
        }
        let head = String::from_utf8_lossy(&buffer);
        assert!(head.starts_with("HTTP/1.1 302 "), "{head}");
        assert!(head.contains(&format!("k={number}\r\n")), "{head}");
        read.push(number);
    }
}

/// Kills under load again and again, each time when `wait_for_moment` returns, and counts.
fn kill_and_count(rounds: u64, settings: &[(&str, &str)], wait_for_moment: impl Fn(u64, &Path, &AtomicU64)) {
    let data = TempDir::new().unwrap();
    let numbers = AtomicU64::new(0);
    let mut answered: Vec<u64> = Vec::new();
    let link = {
        let program = start(data.path(), settings);
        program.link("https://example.com/").create()
    };
    let mut program = start(data.path(), settings);
    for round in 0..rounds {
        let (address, slug) = (program.address, link.slug.clone());
        std::thread::scope(|scope| {
            let loads: Vec<_> = (0..CONNECTIONS)
                .map(|_| scope.spawn(|| scan_until_broken(address, &slug, &numbers)))
                .collect();
            wait_for_moment(round, data.path(), &numbers);
            program.kill();
            for load in loads {
                answered.extend(load.join().unwrap());
            }
        });
        program = start(data.path(), settings);
    }
    // A last scan, so that everything before it has been read.
    let last = numbers.fetch_add(1, Ordering::Relaxed);
    assert_eq!(program.visit(&format!("/{}?k={last}", link.slug)).send().status, 302);
    answered.push(last);
    let (newest, last) = (format!("/v1/events?linkId={}&pageSize=1", link.id), last.to_string());
    eventually("the last scan", || {
        (program.get(&newest)["json"]["events"][0]["xParameters"]["k"] == last).then_some(())
    });
    let stored = stored(&program, &link, answered.len() as u64);
    let lost = answered.iter().filter(|number| !stored.contains_key(number)).count();
    let doubled = stored.values().filter(|count| **count > 1).count();
    println!(
        "rounds {rounds}, 302s read {}, stored {}, lost {lost}, doubled {doubled}",
        answered.len(),
        stored.len()
    );
    assert_eq!((lost, doubled), (0, 0));
    assert!(answered.len() as u64 > 10 * rounds, "the load was none: {}", answered.len());
    // The link's own count is kept by another consumer, in another database.
    eventually("eventCount to be the count of the list", || {
        let count = program.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"].as_u64().unwrap();
        assert!(count <= stored.len() as u64, "{count} counted, {} stored", stored.len());
        (count == stored.len() as u64).then_some(())
    });
}

fn start(data: &Path, settings: &[(&str, &str)]) -> Program {
    Program::start(data, settings)
}

#[test]
fn killed_under_load_it_has_lost_and_doubled_nothing() {
    kill_and_count(setting("ROUNDS", 6), &[], |round, _, numbers| {
        // Any moment will do, as long as it is another one each time.
        let enough = numbers.load(Ordering::Relaxed) + 500 + round * 797 % 3000;
        eventually("the load", || (numbers.load(Ordering::Relaxed) >= enough).then_some(()));
    });
}

#[test]
fn killed_while_it_seals_it_has_lost_and_doubled_nothing() {
    let settings = [("QUIETZONE_STORE_SEAL_AFTER_S", "0"), ("QUIETZONE_STORE_SEAL_ROWS", "50")];
    let seals = |round: u64, data: &Path, _: &AtomicU64| {
        let segments = || names(&data.join("store/segments"));
        let before = segments();
        let is_new = |name: &&String| !before.contains(*name);
        eventually("a seal", || {
            let now = segments();
            let mut new = now.iter().filter(is_new);
            match round % 3 {
                // While a segment is being written, when it has its name, and when there is a second one.
                0 => new.any(|name| name.ends_with(".tmp")).then_some(()),
                1 => new.any(|name| !name.ends_with(".tmp")).then_some(()),
                _ => (new.filter(|name| !name.ends_with(".tmp")).count() > 2).then_some(()),
            }
        });
    };
    // A store of millions of rows merges for longer than a seal is waited for.
    let mut rounds = setting("ROUNDS", 8);
    while rounds > 0 {
        kill_and_count(rounds.min(20), &settings, seals);
        rounds = rounds.saturating_sub(20);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
