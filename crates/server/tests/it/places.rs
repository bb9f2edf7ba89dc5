//! Where the addresses of these tests are: a city file and a network file of their own.

use crate::mmdb::{self, Value};
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
