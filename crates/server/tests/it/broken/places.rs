//! Geo files that are not there, or are not what they should be.

use super::link;
use crate::client::{Client, IPHONE, eventually};
use crate::places;
use crate::program::Program;
use std::path::Path;
use tempfile::TempDir;

const PROXY: (&str, &str) = ("QUIETZONE_TRUSTED_PROXIES", "127.0.0.1");

fn good() -> Vec<u8> {
    std::fs::read(Path::new(&places::folder()).join("city-ipv4.mmdb")).unwrap()
}

/// Scans from a city; returns how many.
fn scans(client: &Client, slug: &str) -> usize {
    let mut asked = 0;
    while asked < 60 {
        let answer = client.request("GET", &format!("/{slug}")).agent(IPHONE).from(places::BASEL).send();
        assert_eq!(answer.status, 302);
        asked += 1;
    }
    asked
}

/// Files that are no database, in several ways.
fn broken_files() -> [(&'static str, Vec<u8>); 4] {
    let good = good();
    let mut flipped = good.clone();
    // The search tree leads anywhere; the metadata at the end is sound.
    flipped[..good.len() / 3].iter_mut().for_each(|byte| *byte ^= 0x5a);
    [
        ("empty", Vec::new()),
        ("half of it", good[..good.len() / 2].to_vec()),
        ("not a database", b"<html>rate limit exceeded</html>".repeat(100)),
        ("damaged inside", flipped),
    ]
}

#[test]
fn a_missing_or_corrupt_geo_file_at_the_start() {
    for (what, bytes) in broken_files() {
        let data = TempDir::new().unwrap();
        std::fs::create_dir_all(data.path().join("geo")).unwrap();
        std::fs::write(data.path().join("geo/city.mmdb"), bytes).unwrap();
        let program = Program::start(data.path(), &[PROXY]);
        let link = link(&program);
        let asked = scans(&program, &link.slug);
        let events = program.events(&link, asked);
        println!("geo file at the start, {what}: asked {asked}, answered {asked}, recorded {}", events.len());
        let reasons = program.request("GET", "/health/ready").send().expect(200)["reasons"].to_string();
        assert!(what == "damaged inside" || reasons.contains("geo/city.mmdb"), "{what}: {reasons}");
    }
    let data = TempDir::new().unwrap();
    let program = Program::start(data.path(), &[PROXY]);
    let made = link(&program);
    let asked = scans(&program, &made.slug);
    program.events(&made, asked);
    // Named in the settings, and not there.
    let (data, gone) = (TempDir::new().unwrap(), data.path().join("gone.mmdb"));
    let named = [PROXY, ("QUIETZONE_GEO_CITY", gone.to_str().unwrap())];
    let program = Program::start(data.path(), &named);
    let made = link(&program);
    let asked = scans(&program, &made.slug);
    program.events(&made, asked);
    let reasons = program.request("GET", "/health/ready").send().expect(200)["reasons"].to_string();
    assert!(reasons.contains("gone.mmdb"), "{reasons}");
}

#[test]
fn a_geo_file_that_goes_bad_while_it_is_used() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("geo");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("city.mmdb"), good()).unwrap();
    let program = Program::start(data.path(), &[PROXY]);
    let link = link(&program);
    let mut asked = 0;
    for (what, bytes) in broken_files().into_iter().take(3) {
        std::fs::write(folder.join("new"), bytes).unwrap();
        std::fs::rename(folder.join("new"), folder.join("city.mmdb")).unwrap();
        program.hang_up();
        eventually("the bad file to be seen", || {
            let ready = program.request("GET", "/health/ready").send().expect(200);
            ready["reasons"].to_string().contains("geo/city.mmdb").then_some(())
        });
        asked += scans(&program, &link.slug);
        let events = program.events(&link, asked);
        assert!(
            events.iter().all(|event| event["device"]["city"] == "Basel"),
            "{what}: the file in use stays in use: {}",
            events[0]
        );
    }
    std::fs::write(folder.join("new"), good()).unwrap();
    std::fs::rename(folder.join("new"), folder.join("city.mmdb")).unwrap();
    program.hang_up();
    eventually("the good file to be seen", || {
        let ready = program.request("GET", "/health/ready").send().expect(200);
        (ready["status"] == "ok").then_some(())
    });
    std::fs::remove_file(folder.join("city.mmdb")).unwrap();
    asked += scans(&program, &link.slug);
    program.events(&link, asked);
    println!("geo file bad while in use: asked {asked}, answered {asked}, not recorded 0");
}
