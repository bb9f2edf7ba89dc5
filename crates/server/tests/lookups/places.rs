//! Places and networks, from files of every kind, whole, missing and damaged.

use crate::mmdb::{self, Value};
use server::geo::{Geo, Place, asn, cache_folder};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn flat(country: &'static str, region: &'static str, city: &'static str, at: (f64, f64)) -> Value {
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

fn names(english: &'static str, german: &'static str) -> Value {
    Value::Map(vec![(
        "names",
        Value::Map(vec![
            ("de", Value::Text(german)),
            ("en", Value::Text(english)),
            ("pt-BR", Value::Text("x")),
        ]),
    )])
}

fn flat_v4() -> Vec<u8> {
    let basel = flat("CH", "Basel-City", "Basel", (47.5584, 7.5733));
    let perth = flat("AU", "Western Australia", "Perth", (-31.95, 115.86));
    mmdb::file(4, "city ipv4", &[("81.2.69.0", 24, basel), ("8.0.0.0", 8, perth)])
}

fn nested() -> Vec<u8> {
    let location = Value::Map(vec![
        ("accuracy_radius", Value::Number(100)),
        ("latitude", Value::Double(48.2)),
        ("longitude", Value::Double(16.37)),
        ("time_zone", Value::Text("Europe/Vienna")),
    ]);
    let country = Value::Map(vec![("geoname_id", Value::Number(1)), ("iso_code", Value::Text("AT"))]);
    let vienna = Value::Map(vec![
        ("city", names("Vienna", "Wien")),
        ("continent", names("Europe", "Europa")),
        ("country", country),
        ("location", location),
        ("subdivisions", Value::List(vec![names("Vienna State", "Wien"), names("other", "andere")])),
    ]);
    mmdb::file(6, "GeoLite2-City", &[("2a02:8380::", 32, vienna.clone()), ("::5502:4500", 120, vienna)])
}

const V4: &str = "16777216,16777471,13335,\"Cloudflare, Inc.\"\n1358054656,1358054911,3303,Swisscom\n1358054912,1358055167,3303,Swisscom\n";
const V6: &str = "2001:200::,2001:200:1b9:ffff:ffff:ffff:ffff:ffff,2500,WIDE Project\n2a02:8380::,2a02:8380:ffff:ffff:ffff:ffff:ffff:ffff,8447,A1 Österreich\n";

fn networks(folder: &Path) -> PathBuf {
    let (v4, v6, out) = (folder.join("v4.csv"), folder.join("v6.csv"), folder.join("networks.asn"));
    fs::write(&v4, V4).unwrap();
    fs::write(&v6, V6).unwrap();
    let built = asn::build(&v4, &v6, &out).unwrap();
    assert_eq!((built.v4, built.v6, built.networks), (4, 4, 4));
    assert_eq!(fs::metadata(&out).unwrap().len(), built.bytes as u64);
    out
}

/// A folder of all kinds of files.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("flat-v4.mmdb"), flat_v4()).unwrap();
    fs::write(folder.path().join("nested-v6.mmdb"), nested()).unwrap();
    fs::write(folder.path().join("ATTRIBUTION"), "Made for a test, CC BY 4.0\n").unwrap();
    networks(folder.path());
    folder
}

fn open(path: &Path) -> Geo {
    let (geo, problems) = Geo::open(&[path.to_owned()], &[path.to_owned()]);
    assert_eq!(problems, []);
    geo
}

#[test]
fn flat_and_nested_records_and_networks_are_read() {
    let folder = folder();
    let geo = open(folder.path());
    let basel = Place {
        country: "CH",
        region: "Basel-City",
        city: "Basel",
        latitude: 476,
        longitude: 76,
        timezone: "",
        asn: 0,
        organisation: "",
    };
    assert_eq!(geo.place(ip("81.2.69.142")), basel);
    assert_eq!(geo.place(ip("::ffff:81.2.69.142")), basel);
    let perth = geo.place(ip("8.8.8.8"));
    assert_eq!((perth.city, perth.latitude, perth.longitude), ("Perth", -320, 1159));
    let vienna = geo.place(ip("2a02:8380::1"));
    assert_eq!((vienna.country, vienna.region, vienna.city), ("AT", "Vienna State", "Vienna"));
    assert_eq!((vienna.latitude, vienna.longitude, vienna.timezone), (482, 164, "Europe/Vienna"));
    assert_eq!((vienna.asn, vienna.organisation), (8447, "A1 Österreich"));
    assert_eq!(geo.place(ip("85.2.69.7")).city, "Vienna", "IPv4 in a tree of IPv6");
    assert_eq!(geo.attributions(), ["Made for a test, CC BY 4.0"]);
}

#[test]
fn networks_begin_and_end_where_the_ranges_do() {
    let folder = folder();
    let geo = open(folder.path());
    for (address, expected) in [
        ("0.255.255.255", 0),
        ("1.0.0.0", 13335),
        ("1.0.0.255", 13335),
        ("1.0.1.0", 0),
        ("80.242.68.255", 0),
        ("80.242.69.0", 3303),
        ("80.242.70.255", 3303),
        ("80.242.71.0", 0),
        ("223.255.255.255", 0),
        ("2001:1ff:ffff::", 0),
        ("2001:200::", 2500),
        ("2001:200:1b9:ffff:ffff:ffff:ffff:ffff", 2500),
        ("2001:200:1ba::", 0),
        ("2a02:8381::", 0),
        ("3fff::", 0),
    ] {
        assert_eq!(geo.place(ip(address)).asn, expected, "{address}");
    }
    assert_eq!(geo.place(ip("1.0.0.1")).organisation, "Cloudflare, Inc.");
}

#[test]
fn networks_in_maxminds_format_are_read() {
    let record = Value::Map(vec![
        ("autonomous_system_number", Value::Number(1221)),
        ("autonomous_system_organization", Value::Text("Telstra")),
    ]);
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("asn.mmdb"), mmdb::file(4, "GeoLite2-ASN", &[("1.128.0.0", 11, record)]))
        .unwrap();
    let geo = open(folder.path());
    assert_eq!((geo.place(ip("1.128.0.1")).asn, geo.place(ip("1.128.0.1")).organisation), (1221, "Telstra"));
}

#[test]
fn addresses_that_are_not_public_are_nowhere() {
    let folder = TempDir::new().unwrap();
    let everywhere = flat("CH", "Bern", "Bern", (46.9, 7.4));
    let all = [("0.0.0.0", 1, everywhere.clone()), ("128.0.0.0", 1, everywhere)];
    fs::write(folder.path().join("all.mmdb"), mmdb::file(4, "city", &all)).unwrap();
    let geo = open(folder.path());
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:192.168.1.1",
        "::",
    ] {
        assert_eq!(geo.place(ip(address)), Place::default(), "{address}");
    }
    assert_eq!(geo.place(ip("9.9.9.9")).city, "Bern");
}

#[test]
fn missing_and_foreign_files_are_told_and_the_others_work() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("text.mmdb"), "not a database").unwrap();
    fs::write(path("empty.mmdb"), "").unwrap();
    fs::write(path("other.mmdb"), mmdb::file(4, "Connection", &[("1.0.0.0", 8, Value::Text("cable"))]))
        .unwrap();
    let asn_file = fs::read(path("networks.asn")).unwrap();
    fs::write(path("short.asn"), &asn_file[..asn_file.len() - 1]).unwrap();
    fs::create_dir(path("nothing")).unwrap();
    let (geo, problems) = Geo::open(&[folder.path().to_owned(), path("gone.mmdb")], &[path("nothing")]);
    let told: Vec<String> = problems.iter().map(|problem| problem.to_string()).collect();
    println!("{}", told.join("\n"));
    for (name, word) in [
        ("text.mmdb", "fetch it again"),
        ("empty.mmdb", "fetch it again"),
        ("other.mmdb", "Connection"),
        ("short.asn", "cut short"),
        ("gone.mmdb", "make setup"),
        ("nothing", "holds no file"),
    ] {
        assert!(told.iter().any(|line| line.contains(name) && line.contains(word)), "{name}");
    }
    assert_eq!(told.len(), 6);
    assert_eq!(geo.place(ip("81.2.69.142")).city, "Basel");
    assert_eq!(Geo::default().place(ip("81.2.69.142")), Place::default());
    assert_eq!(Geo::default().sample(1), None);
}

/// Flips bits all over a copy of each file. Look-ups may find something else or nothing; nothing panics.
#[test]
fn damaged_files_harm_nothing() {
    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("networks");
    fs::create_dir(&whole).unwrap();
    let networks = fs::read(networks(&whole)).unwrap();
    let mut opened = 0;
    for (name, bytes) in [("flat.mmdb", flat_v4()), ("nested.mmdb", nested()), ("networks.asn", networks)] {
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if name == "networks.asn" {
                // With the checksum set right again, the look-ups themselves must be safe.
                let checksum = crc32fast::hash(&damaged[12..]);
                damaged[8..12].copy_from_slice(&checksum.to_be_bytes());
            }
            let path = folder.path().join(format!("{}-{name}", bit % 8));
            fs::write(&path, &damaged).unwrap();
            let (geo, problems) = Geo::open(std::slice::from_ref(&path), &[]);
            assert_eq!(problems.is_empty(), !geo.is_empty());
            opened += usize::from(!geo.is_empty());
            for address in ["81.2.69.142", "8.8.8.8", "85.2.69.7", "1.0.0.1", "2a02:8380::1", "2001:200::1"] {
                let place = geo.place(ip(address));
                assert!(place.country.len() < 300 && place.organisation.len() < 300);
            }
            geo.sample(bit as u64);
            drop(geo);
            fs::remove_file(&path).unwrap();
        }
    }
    println!("{opened} damaged files were opened all the same");
    assert!(opened > 0);
}

#[test]
fn a_damaged_file_of_networks_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = networks(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (geo, problems) = Geo::open(&[], &[path]);
    assert!(geo.is_empty() && problems[0].to_string().contains("damaged"));
}

#[test]
fn wrong_lines_are_named_and_leave_no_file() {
    let folder = TempDir::new().unwrap();
    let (v4, v6, out) =
        (folder.path().join("v4.csv"), folder.path().join("v6.csv"), folder.path().join("out.asn"));
    fs::write(&v6, V6).unwrap();
    for (line, word) in [
        ("x,1,2,name", "first field"),
        ("1,x,2,name", "second field"),
        ("1,2,x,name", "third field"),
        ("2,1,3,name", "ends before"),
        ("1.2.3.4", "second field"),
    ] {
        fs::write(&v4, format!("1,5,7,fine\n{line}\n")).unwrap();
        let error = asn::build(&v4, &v6, &out).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains(word), "{error}");
    }
    assert!(
        asn::build(&folder.path().join("gone.csv"), &v6, &out).unwrap_err().to_string().contains("gone.csv")
    );
    assert!(!out.exists());
}

#[test]
fn sampled_addresses_have_a_country_and_are_the_same_again() {
    let folder = TempDir::new().unwrap();
    let half = flat("CH", "Bern", "Bern", (46.9, 7.4));
    let other = flat("JP", "Tokyo", "Tokyo", (35.7, 139.7));
    fs::write(folder.path().join("v4.mmdb"), mmdb::file(4, "city", &[("64.0.0.0", 2, half)])).unwrap();
    fs::write(folder.path().join("v6.mmdb"), mmdb::file(6, "city", &[("2001:200::", 32, other)])).unwrap();
    networks(folder.path());
    let geo = open(folder.path());
    let sampled: Vec<IpAddr> = (0..2000).filter_map(|random| geo.sample(random)).collect();
    assert_eq!(sampled.len(), 2000);
    assert!(sampled.iter().all(|address| !geo.place(*address).country.is_empty()));
    let v6 = sampled.iter().filter(|address| address.is_ipv6()).count();
    assert!((300..500).contains(&v6), "{v6} of 2000 are IPv6");
    assert_eq!(sampled[7], geo.sample(7).unwrap());
}

#[test]
fn the_cache_folder_is_the_one_that_setup_fills() {
    let with = |set: &'static [(&str, &str)]| {
        cache_folder(move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    };
    assert_eq!(with(&[("QUIETZONE_CACHE", "/c"), ("HOME", "/h")]), Some("/c/geo/current".into()));
    assert_eq!(with(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), Some("/x/quietzone/geo/current".into()));
    assert_eq!(
        with(&[("XDG_CACHE_HOME", ""), ("HOME", "/h")]),
        Some("/h/.cache/quietzone/geo/current".into())
    );
    assert_eq!(with(&[]), None);
}
