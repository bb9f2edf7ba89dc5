//! Where the addresses of these tests are: a city file and a network file of their own.

use crate::app::TestApp;
use crate::client::IPHONE;
use crate::mmdb::{self, Value};
use crate::program::quietzone;
use std::path::Path;
use std::sync::LazyLock;
use tempfile::TempDir;

/// In Basel, Switzerland.
pub const BASEL: &str = "81.2.69.142";
/// In Perth, Australia.
pub const PERTH: &str = "8.20.30.40";
/// In Vienna, Austria.
pub const VIENNA: &str = "85.2.69.9";

/// In München, in the network of Deutsche Telekom.
pub const MUENCHEN: &str = "23.10.0.7";
/// In Paris, in the network of Cloudflare.
pub const PARIS: &str = "23.11.0.7";
/// In Austin, Texas.
pub const AUSTIN: &str = "23.12.0.7";

/// In the network of Proofpoint, who filters mail.
pub const MAIL_FILTER: &str = "23.1.0.9";
/// In a network by which iCloud Private Relay leaves.
pub const RELAY: &str = "23.2.0.9";
/// In Amazon's network.
pub const DATA_CENTRE: &str = "23.3.0.9";

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let networks = [
        ("81.2.69.0", 24, place("CH", "Basel-City", "Basel", (47.5584, 7.5733))),
        ("8.0.0.0", 8, place("AU", "Western Australia", "Perth", (-31.95, 115.86))),
        ("85.0.0.0", 8, place("AT", "Vienna", "Vienna", (48.2, 16.37))),
        ("23.10.0.0", 16, place("DE", "Bavaria", "München", (48.1, 11.6))),
        ("23.11.0.0", 16, place("FR", "Île-de-France", "Paris", (48.9, 2.4))),
        ("23.12.0.0", 16, place("US", "Texas", "Austin", (30.3, -97.7))),
    ];
    std::fs::write(folder.path().join("city-ipv4.mmdb"), mmdb::file(4, "city ipv4", &networks)).unwrap();
    let networks = [
        ("23.1.0.0", 16, network(22843, "Proofpoint, Inc.")),
        ("23.2.0.0", 16, network(36183, "Akamai Technologies, Inc.")),
        ("23.3.0.0", 16, network(16509, "Amazon.com, Inc.")),
        ("23.10.0.0", 16, network(3320, "Deutsche Telekom AG")),
        ("23.11.0.0", 16, network(13335, "Cloudflare")),
    ];
    std::fs::write(folder.path().join("asn-ipv4.mmdb"), mmdb::file(4, "asn ipv4", &networks)).unwrap();
    folder
});

/// The folder that holds the file; it lives as long as the tests.
pub fn folder() -> String {
    FOLDER.path().display().to_string()
}

/// A city file of many small networks and 9.9.9.0/24 behind them, whose record is damaged.
fn damaged_at_its_end() -> Vec<u8> {
    let names: Vec<String> = (0..1200).map(|n| format!("1.{}.{}.0", n / 256, n % 256)).collect();
    let mut networks: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), 24, place("AU", "Western Australia", "Perth", (-31.95, 115.86))))
        .collect();
    networks.push(("9.9.9.0", 24, place("CH", "Basel-City", "Bettingen", (47.5, 7.6))));
    damaged(mmdb::file(4, "city ipv4", &networks), "Bettingen")
}

/// The type of a text becomes one that there is not.
fn damaged(mut file: Vec<u8>, text: &str) -> Vec<u8> {
    let at = file.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    file[at - 1] = 0;
    file
}

fn told(app: &TestApp) -> String {
    server::tending::look_at_geo_files(app.server().app());
    app.request("GET", "/health/ready").send().expect(200)["reasons"].to_string()
}

#[test]
fn a_damaged_city_file_is_not_taken_and_told_of() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("city.mmdb");
    let networks = [
        ("81.2.69.0", 24, place("CH", "Basel-City", "Basel", (47.5, 7.5))),
        ("8.0.0.0", 8, place("AU", "Western Australia", "Perth", (-31.95, 115.86))),
    ];
    std::fs::write(&path, damaged(mmdb::file(4, "city ipv4", &networks), "Perth")).unwrap();
    let app = TestApp::with(&[("QUIETZONE_GEO_CITY", &path.display().to_string())]);
    assert!(told(&app).contains("is no MaxMind DB, or a damaged one"), "{}", told(&app));
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, IPHONE, BASEL);
    app.only_event(&link);
}

#[test]
fn damage_that_a_look_up_comes_upon_later_is_told_of() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("city.mmdb");
    std::fs::write(&path, damaged_at_its_end()).unwrap();
    let app = TestApp::with(&[("QUIETZONE_GEO_CITY", &path.display().to_string())]);
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, IPHONE, "1.0.0.9");
    assert_eq!(app.only_event(&link)["device"]["country"], "AU");
    assert_eq!(told(&app), "[]", "what it was asked it could tell");
    app.scan_by(&link, IPHONE, "9.9.9.9");
    let reasons = told(&app);
    assert!(reasons.contains("geo files: a record cannot be read"), "{reasons}");

    // Installing reads all of it.
    let data = TempDir::new().unwrap();
    let install = |path: &Path| {
        let mut command = quietzone(&[]);
        command.args(["geo", "install"]).arg(path).arg("--data").arg(data.path()).output().unwrap()
    };
    let refused = install(&path);
    let line = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && line.contains("is damaged"), "{line}");
    assert!(!data.path().join("geo/city.mmdb").exists());
    std::fs::write(
        &path,
        mmdb::file(4, "city ipv4", &[("9.9.9.0", 24, place("CH", "", "Basel", (47.5, 7.6)))]),
    )
    .unwrap();
    assert!(install(&path).status.success());
}

fn network(number: u32, name: &'static str) -> Value {
    Value::Map(vec![
        ("autonomous_system_number", Value::Number(number)),
        ("autonomous_system_organization", Value::Text(name)),
    ])
}

fn place(country: &'static str, region: &'static str, city: &'static str, at: (f64, f64)) -> Value {
    Value::Map(vec![
        ("city", Value::Text(city)),
        ("country_code", Value::Text(country)),
        ("latitude", Value::Double(at.0)),
        ("longitude", Value::Double(at.1)),
        ("postcode", Value::Text("")),
        ("state1", Value::Text(region)),
        ("state2", Value::Text("")),
        ("timezone", Value::Text("")),
    ])
}
