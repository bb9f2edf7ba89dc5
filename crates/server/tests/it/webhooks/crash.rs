//! Killed between a scan and its delivery, the program has lost nothing, and what it sends twice bears the same id.

use super::endpoint::{Endpoint, answer};
use super::{LOCAL, hook};
use crate::client::{IPHONE, eventually};
use crate::load::setting;
use crate::program::Program;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const PEOPLE: usize = 2;

/// Scans until the connection breaks, each with a number in `k`; those whose redirects were read.
fn scan_until_killed(address: std::net::SocketAddr, slug: &str, next: &AtomicU64) -> Vec<u64> {
    let mut read = Vec::new();
    let Ok(mut connection) = TcpStream::connect(address) else { return read };
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let request =
            format!("GET /{slug}?k={number} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {IPHONE}\r\n\r\n");
        if connection.write_all(request.as_bytes()).is_err() {
            return read;
        }
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match connection.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return read,
            }
        }
        assert!(head.starts_with(b"HTTP/1.1 302"), "{}", String::from_utf8_lossy(&head));
        read.push(number);
        // A person's pace, not a load test's.
        std::thread::sleep(Duration::from_millis(40));
    }
}

#[test]
fn killed_between_scan_and_delivery_it_has_lost_none() {
    let rounds = setting("ROUNDS", 4);
    let data = TempDir::new().unwrap();
    // Some fail at first, so that there is always something that waits.
    let failed = Mutex::new(BTreeSet::new());
    let endpoint = Endpoint::answering(move |_, received| {
        let fails =
            received.id().ends_with(['0', '4', '8']) && failed.lock().insert(received.id().to_owned());
        answer(if fails { 500 } else { 200 }, "")
    });
    let mut program = Program::start(data.path(), &[LOCAL]);
    let link = program.link("https://example.com/").create();
    hook(&program, &endpoint.url(), &["scan"], &[]);
    let next = AtomicU64::new(0);
    let mut answered = Vec::new();
    for round in 0..rounds {
        std::thread::scope(|scope| {
            let (address, slug, next) = (program.address, link.slug.clone(), &next);
            let people: Vec<_> = (0..PEOPLE)
                .map(|_| {
                    let slug = slug.clone();
                    scope.spawn(move || scan_until_killed(address, &slug, next))
                })
                .collect();
            // Another moment each time: before the first delivery, between, and among many.
            let scans = next.load(Ordering::SeqCst) + 20 + round * 37 % 60;
            let sent = endpoint.received().len() + [0, 1, 15, 40][round as usize % 4];
            eventually("the moment", || {
                (next.load(Ordering::SeqCst) >= scans && endpoint.received().len() >= sent).then_some(())
            });
            program.kill();
            for person in people {
                answered.extend(person.join().unwrap());
            }
        });
        program = Program::start(data.path(), &[LOCAL]);
    }
    let numbers = || -> BTreeMap<u64, BTreeSet<(String, String)>> {
        let mut of = BTreeMap::<u64, BTreeSet<(String, String)>>::new();
        for received in endpoint.received() {
            let number = received.json()["event"]["xParameters"]["k"].as_str().unwrap().parse().unwrap();
            of.entry(number).or_default().insert((received.id().to_owned(), received.body.clone()));
        }
        of
    };
    let missing =
        |told: &BTreeMap<u64, _>| answered.iter().filter(|number| !told.contains_key(number)).count();
    // As long as it takes, while it goes on.
    let mut left = missing(&numbers());
    while left > 0 {
        left = eventually("one more scan to be told", || {
            let now = missing(&numbers());
            (now < left).then_some(now)
        });
    }
    let (told, sent) = (numbers(), endpoint.received().len());
    let differing = told.values().filter(|sent| sent.len() != 1).count();
    println!(
        "rounds {rounds}, 302s read {}, scans told {}, requests {sent}, lost {}, with more than one id or body {differing}",
        answered.len(),
        told.len(),
        missing(&told)
    );
    assert_eq!(differing, 0);
    assert!(answered.len() as u64 >= 15 * rounds, "{}", answered.len());
}

#[test]
fn what_was_being_sent_when_it_was_killed_comes_again_at_once() {
    let data = TempDir::new().unwrap();
    let silent = Endpoint::silent();
    let program = Program::start(data.path(), &[LOCAL]);
    let address = silent.local_addr().unwrap();
    hook(&program, &format!("http://{address}/"), &["link.created"], &[]);
    program.link("https://example.com/").create();
    let first = silent.accept().unwrap();
    program.kill();
    drop(first);
    let began = std::time::Instant::now();
    let _program = Program::start(data.path(), &[LOCAL]);
    silent.accept().unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
