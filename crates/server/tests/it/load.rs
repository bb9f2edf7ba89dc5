//! Scans by the thousand over raw connections, each with a number of its own in `k`, and what became of each.

use crate::client::{Client, IPHONE, Link, eventually, eventually_told};
use crate::program::Program;
use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Requests that are sent before the first answer is read.
const PIPELINED: u64 = 32;

/// From here on a load slows down: a minute of it should be told from the list of events in a minute.
const MANY: u64 = 50_000;

/// A setting of the tests themselves: `default` in the suite, a variable for `make soak`.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// A scan's request.
pub fn request(address: SocketAddr, slug: &str, number: u64, more: &str) -> String {
    format!("GET /{slug}?k={number}{more} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {IPHONE}\r\n\r\n")
}

/// A connection that waits ten seconds for an answer, and no longer.
pub fn connect(address: SocketAddr) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection
}

/// Reads the heads of so many answers without bodies; false when the connection ends before.
pub fn read_heads(connection: &mut TcpStream, buffer: &mut Vec<u8>, count: u64) -> bool {
    buffer.clear();
    let mut piece = [0; 16 << 10];
    loop {
        if buffer.windows(4).filter(|window| *window == b"\r\n\r\n").count() as u64 >= count {
            return true;
        }
        match connection.read(&mut piece) {
            Ok(read) if read > 0 => buffer.extend_from_slice(&piece[..read]),
            _ => return false,
        }
    }
}

/// Scans of one link, numbered.
pub struct Load<'p> {
    pub program: &'p Program,
    pub link: &'p Link,
    next: AtomicU64,
    answered: AtomicU64,
    /// More parameters of each scan: they make its record longer.
    pub more: String,
}

impl<'p> Load<'p> {
    pub fn new(program: &'p Program, link: &'p Link) -> Self {
        Self { program, link, next: AtomicU64::new(0), answered: AtomicU64::new(0), more: String::new() }
    }

    /// Scans asked for so far.
    pub fn asked(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    /// Redirects read to the last byte so far.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }

    /// Scans over four connections until `enough` says so; every one must be redirected.
    #[track_caller]
    pub fn run(&self, mut enough: impl FnMut() -> ControlFlow<()>) {
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut connection = connect(self.program.address);
                    let mut buffer = Vec::new();
                    while !stop.load(Ordering::SeqCst) {
                        self.batch(&mut connection, &mut buffer);
                        if self.asked() > MANY {
                            std::thread::sleep(Duration::from_millis(50));
                        }
                    }
                });
            }
            while enough().is_continue() {
                std::thread::sleep(Duration::from_millis(5));
            }
            stop.store(true, Ordering::SeqCst);
        });
        assert_eq!(self.answered(), self.asked(), "asked, and answered");
    }

    fn batch(&self, connection: &mut TcpStream, buffer: &mut Vec<u8>) {
        let first = self.next.fetch_add(PIPELINED, Ordering::SeqCst);
        let numbers = first..first + PIPELINED;
        let (address, slug) = (self.program.address, &self.link.slug);
        let requests: String = numbers.map(|number| request(address, slug, number, &self.more)).collect();
        connection.write_all(requests.as_bytes()).unwrap();
        assert!(read_heads(connection, buffer, PIPELINED), "{}", String::from_utf8_lossy(buffer));
        let redirects = buffer.windows(13).filter(|window| *window == b"HTTP/1.1 302 ").count() as u64;
        assert_eq!(redirects, PIPELINED, "{}", String::from_utf8_lossy(buffer));
        self.answered.fetch_add(redirects, Ordering::SeqCst);
    }

    /// The number of a scan that is asked for elsewhere.
    pub fn ask(&self) -> u64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    /// Such a scan was answered.
    pub fn was_answered(&self) {
        self.answered.fetch_add(1, Ordering::SeqCst);
    }

    /// One scan over a connection of its own.
    #[track_caller]
    pub fn one(&self) {
        let number = self.ask();
        let mut connection = connect(self.program.address);
        let request = request(self.program.address, &self.link.slug, number, &self.more);
        connection.write_all(request.as_bytes()).unwrap();
        let mut buffer = Vec::new();
        assert!(read_heads(&mut connection, &mut buffer, 1), "scan {number} had no answer in ten seconds");
        assert!(buffer.starts_with(b"HTTP/1.1 302 "), "{}", String::from_utf8_lossy(&buffer));
        self.was_answered();
    }

    /// After the fault: everything that is not counted as not recorded is stored, once, in the list and in the link's
    /// own count. Returns how many were not recorded.
    #[track_caller]
    pub fn settle(&self, world: &str) -> u64 {
        let (program, link) = (self.program, self.link);
        eventually("nothing to be at risk", || (figure(program, "scans_at_risk") == 0).then_some(()));
        let lost = lost(program);
        let unrecorded: u64 = lost.values().sum();
        let kept = self.answered() - unrecorded;
        let stored = stored(program, link, kept);
        let doubled = stored.values().filter(|count| **count > 1).count();
        println!(
            "{world}: asked {}, answered {}, not recorded {}, counted as {lost:?}, doubled {doubled}",
            self.asked(),
            self.answered(),
            self.answered() - stored.len() as u64,
        );
        assert_eq!(self.asked(), self.answered());
        assert_eq!((stored.len() as u64, doubled), (kept, 0), "answered {}, lost {lost:?}", self.answered());
        assert!(stored.keys().all(|number| *number < self.asked()));
        eventually("eventCount to be the count of the list", || {
            let count =
                program.get(&format!("/v1/links/{}", link.id))["link"]["eventCount"].as_u64().unwrap();
            assert!(count <= kept, "{count} counted, {kept} stored");
            (count == kept).then_some(())
        });
        unrecorded
    }
}

/// A figure of `/metrics`.
#[track_caller]
pub fn figure(client: &Client, name: &str) -> u64 {
    let text = client.request("GET", "/metrics").send().text();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("quietzone_{name} ")));
    line.unwrap_or_else(|| panic!("{name} in {text}")).parse().unwrap()
}

/// Scans not recorded, by reason, in `/metrics`; the system page says the same.
#[track_caller]
pub fn lost(client: &Client) -> HashMap<String, u64> {
    let metrics = || -> HashMap<String, u64> {
        let text = client.request("GET", "/metrics").send().text();
        let lines = text.lines().filter_map(|line| line.strip_prefix("quietzone_scans_lost_total{reason=\""));
        let counts = lines.map(|line| line.split_once("\"} ").unwrap());
        counts.map(|(reason, count)| (reason.to_owned(), count.parse().unwrap())).collect()
    };
    let before = metrics();
    assert!(before.len() >= 8, "every reason is there from the start: {before:?}");
    let system = client.get("/v1/x/system");
    let page: HashMap<String, u64> = system["spool"]["lost"]
        .as_array()
        .unwrap()
        .iter()
        .map(|loss| (loss["reason"].as_str().unwrap().to_owned(), loss["scans"].as_u64().unwrap()))
        .collect();
    let after: HashMap<_, _> = metrics().into_iter().filter(|(_, scans)| *scans > 0).collect();
    if before.values().sum::<u64>() == after.values().sum::<u64>() {
        assert_eq!(page, after, "the system page and the metrics");
    }
    after
}

/// How often each number is in the list of events, once all that can be there is.
pub fn stored(program: &Program, link: &Link, at_least: u64) -> HashMap<u64, u32> {
    let list = format!("/v1/events?linkId={}&verdict=all&pageSize=1000", link.id);
    eventually_told("all scans to be stored", || {
        let listed = program.get(&list)["json"]["totalCount"].as_u64().unwrap();
        if listed >= at_least {
            return Ok(());
        }
        let state = program.request("GET", "/health/ready").send().expect(200);
        Err(format!("{listed} of {at_least} are listed; {state}"))
    });
    let (mut count, mut token, mut ids) = (HashMap::new(), String::new(), HashSet::new());
    loop {
        let page = program.get(&format!("{list}&pageToken={token}"))["json"].take();
        for event in page["events"].as_array().unwrap() {
            assert!(ids.insert(event["id"].as_str().unwrap().to_owned()), "an event on two pages: {event}");
            if let Some(number) = event["xParameters"]["k"].as_str() {
                *count.entry(number.parse().unwrap()).or_insert(0) += 1;
            }
        }
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return count,
        }
    }
}
