//! No visitor's address reaches the disk, in no spelling.

use crate::app::{DAY, TestApp};
use crate::client::{ANDROID, CURL, IPHONE, eventually};
use crate::program::Program;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Addresses whose bytes are unlikely anywhere else: none is 0 or 255, and none is a letter's or a digit's.
fn addresses(count: u32) -> Vec<IpAddr> {
    let byte =
        |number: u32, step: u32| 0x80 + (number.wrapping_mul(step).wrapping_add(step >> 3) % 0x7e) as u8;
    let address = |number: u32| -> IpAddr {
        let [a, b, c, d] = [byte(number / 126, 1), byte(number, 89), byte(number, 53), byte(number, 1)];
        match number % 2 {
            0 => Ipv4Addr::new(a, b, c, d).into(),
            _ => Ipv6Addr::from([0x2a, 0x91, a, b, c, d, b, a, d, c, a, a, b, c, d, d]).into(),
        }
    };
    let all: Vec<IpAddr> = (0..count).map(address).collect();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), count as usize);
    all
}

/// Every way in which an address might be written down; `raw`: an IPv4 address also as its four bytes.
fn spellings(address: IpAddr, raw: bool) -> Vec<Vec<u8>> {
    let (octets, mut texts) = match address {
        IpAddr::V4(v4) => (v4.octets().to_vec(), vec![v4.to_string()]),
        IpAddr::V6(v6) => {
            let groups = v6.segments().map(|group| format!("{group:04x}"));
            // The /64 is the visitor's too.
            let network: Vec<String> = v6.segments()[..4].iter().map(|group| format!("{group:x}")).collect();
            (v6.octets().to_vec(), vec![v6.to_string(), groups.join(":"), network.join(":")])
        }
    };
    let hex: String = octets.iter().map(|byte| format!("{byte:02x}")).collect();
    texts.push(hex);
    texts.extend(texts.iter().map(|text| text.to_uppercase()).collect::<Vec<_>>());
    texts.extend([STANDARD_NO_PAD.encode(&octets), URL_SAFE_NO_PAD.encode(&octets)]);
    let mut spellings: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    if octets.len() == 16 {
        spellings.push(octets[..8].to_vec());
        spellings.push(octets[..8].iter().rev().copied().collect());
    }
    if octets.len() == 16 || raw {
        spellings.push(octets.iter().rev().copied().collect());
        spellings.push(octets);
    }
    spellings
}

/// IPv4 addresses that are looked for as four raw bytes as well. Ids and visitor numbers are random bytes: among
/// 250 kB of them (3,000 scans) the 2 x 40 patterns of four bytes are found by chance once in two hundred runs, in the
/// suite's 600 scans once in a thousand. All other spellings are too long for chance.
const RAW: usize = 80;

/// What a Parquet file holds, unpacked.
pub fn unpacked(path: &Path) -> String {
    // One that a merge has replaced meanwhile holds nothing any more; one that it writes is waited for.
    let whole = eventually(&format!("{} to be whole", path.display()), || match std::fs::read(path) {
        Ok(bytes) => SerializedFileReader::new(bytes::Bytes::from(bytes)).ok().map(Some),
        Err(_) => Some(None),
    });
    let Some(reader) = whole else { return String::new() };
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        row.get_column_iter().map(|(name, field)| format!("{name}={field:?} ")).collect::<String>() + "\n"
    })
    .collect()
}

#[test]
fn no_address_is_on_the_disk_in_any_spelling_and_the_key_goes_with_its_day() {
    let count: u32 = std::env::var("SCANS").ok().map_or(600, |text| text.parse().unwrap());
    let data = Arc::new(TempDir::new().unwrap());
    let settings = [("QUIETZONE_TRUSTED_PROXIES", "127.0.0.1"), ("QUIETZONE_LOG", "debug")];
    let mut program = Program::start(data.path(), &settings);
    program.link("https://example.com/").slug("summer").create();
    let addresses = addresses(count);
    for (number, address) in addresses.iter().enumerate() {
        let agent = [IPHONE, ANDROID, CURL][number % 3];
        let address = address.to_string();
        let path = if number % 7 == 0 { "/summer?ip=kept" } else { "/Q/SUMMER" };
        let request = program.request("GET", path).agent(agent).from(&address);
        assert_eq!(request.header("referer", "https://example.com/x").send().status, 302);
        if number % 50 == 0 {
            // Those who guess, and those who fail to sign in, have addresses too.
            program.visit("/guess").from(&address).send();
            program.request("POST", "/v1/x/session").from(&address).json(&serde_json::json!({})).send();
        }
    }
    eventually("all scans", || {
        let list = program.get("/v1/events?verdict=all&pageSize=1");
        (list["json"]["totalCount"] == count).then_some(())
    });
    // First as a thief finds the disk while it runs, then after the stop.
    let hot = search(data.path(), &addresses);
    program.terminate();
    let log = program.log();
    assert!(!log.is_empty());
    std::fs::write(data.path().join("what-it-said.log"), log).unwrap();
    let cold = search(data.path(), &addresses);
    println!("{count} addresses: {hot} while running, {cold} after the stop");
    assert_eq!((hot.hits, cold.hits), (vec![], vec![]));
    assert!(cold.parquet >= 1 && cold.rows >= count as usize, "every scan was unpacked: {} rows", cold.rows);

    let keys = files(&data.path().join("keys"));
    assert!(!keys.is_empty());
    let secrets: Vec<Vec<u8>> = keys.iter().map(|key| std::fs::read(key).unwrap()).collect();
    TestApp::over(&data, &[], server::clock::Clock::Real.now().0 + 3 * DAY);
    for file in files(data.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!keys.contains(&file), "{} has outlived its day", file.display());
        assert!(!secrets.iter().any(|key| contains(&bytes, key)), "a key is in {}", file.display());
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let folder = TempDir::new().unwrap();
    let addresses = addresses(40);
    for address in &addresses {
        for spelling in spellings(*address, true) {
            let bytes = [b"before".as_slice(), &spelling, b"after"].concat();
            std::fs::write(folder.path().join("file"), bytes).unwrap();
            assert!(!search(folder.path(), &[*address]).hits.is_empty(), "{address} as {spelling:x?}");
        }
    }
}

fn contains(bytes: &[u8], sought: &[u8]) -> bool {
    bytes.windows(sought.len()).any(|window| window == sought)
}

#[derive(Default)]
struct Searched {
    hits: Vec<String>,
    files: usize,
    bytes: usize,
    parquet: usize,
    rows: usize,
}

impl std::fmt::Display for Searched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hits, files, bytes, parquet, rows } = self;
        write!(
            f,
            "{} hits in {files} files, {bytes} bytes, {parquet} of them Parquet with {rows} rows",
            hits.len()
        )
    }
}

/// Looks for every spelling in every file, as it is and unpacked.
fn search(folder: &Path, addresses: &[IpAddr]) -> Searched {
    let all = addresses.iter().enumerate();
    let spellings: Vec<Vec<u8>> =
        all.flat_map(|(number, address)| spellings(*address, number < RAW)).collect();
    let sought = aho_corasick::AhoCorasick::new(&spellings).unwrap();
    let mut searched = Searched::default();
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        searched.files += 1;
        searched.bytes += bytes.len();
        let mut layers = vec![bytes];
        if file.extension().is_some_and(|extension| extension == "parquet") {
            let rows = unpacked(&file);
            searched.parquet += 1;
            searched.rows += rows.lines().count();
            layers.push(rows.into_bytes());
        }
        for layer in layers {
            searched.hits.extend(sought.find_iter(&layer).map(|hit| {
                let spelling = &spellings[hit.pattern().as_usize()];
                format!("{}: {spelling:x?} ({})", file.display(), String::from_utf8_lossy(spelling))
            }));
        }
    }
    searched
}
