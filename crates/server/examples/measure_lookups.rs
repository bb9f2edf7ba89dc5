//! `measure_lookups [GEO FOLDER]`: what a look-up costs in time and memory, on real user agents and real
//! files.

use model::scan::Method;
use server::agent::{Agents, Hints};
use server::geo::{Geo, cache_folder};
use server::verdict::{Signals, judge, purpose};
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn main() {
    let lists = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../setup/lists/node_modules"));
    let folder =
        std::env::args_os().nth(1).map(PathBuf::from).or_else(|| cache_folder(|name| std::env::var_os(name)));
    agents(&lists);
    places(folder.as_slice());
}

fn agents(lists: &std::path::Path) {
    println!("at start: {}", memory());
    let start = Instant::now();
    let agents = Agents::default();
    println!("Agents::default: {:?}, {}", start.elapsed(), memory());
    let start = Instant::now();
    agents.warm();
    println!("warm: {:?}, {}", start.elapsed(), memory());
    for (_, text) in
        include_str!("../tests/lookups/in_app.tsv").lines().filter_map(|line| line.split_once('\t'))
    {
        agents.read(text, Hints::default());
    }
    println!("after 60 kinds of phone browsers: {}", memory());
    let before = memory();
    let texts = user_agents(lists);
    println!("(reading {} user agents for this measure: {before} -> {})", texts.len(), memory());

    let mut slowest = Duration::ZERO;
    let time = |what: &str, rounds: u32, one: &mut dyn FnMut(&str)| {
        let start = Instant::now();
        for _ in 0..rounds {
            texts.iter().for_each(|text| one(text));
        }
        println!("{what}: {:?} each", start.elapsed() / (rounds * texts.len() as u32));
    };
    time("first read, patterns compiled as needed", 1, &mut |text| {
        let start = Instant::now();
        black_box(agents.read(text, Hints::default()));
        slowest = slowest.max(start.elapsed());
    });
    println!("  slowest {slowest:?}, {}", memory());
    time("read again, nothing remembered", 5, &mut |text| {
        drop(black_box(agents.read(text, Hints::default())))
    });
    time("get, first", 1, &mut |text| drop(black_box(agents.get(text, Hints::default()))));
    time("get, remembered", 200, &mut |text| drop(black_box(agents.get(text, Hints::default()))));
    time("get and judge, remembered", 200, &mut |text| {
        let class = agents.get(text, Hints::default()).class;
        black_box(judge(&Signals {
            internal: None,
            method: Method::Get,
            class,
            header_flags: purpose(Some("document"), Some("text/html,application/xhtml+xml,*/*;q=0.8")),
            asn: 3320,
        }));
    });
    println!("  {}", memory());
}

fn places(folder: &[PathBuf]) {
    let before = memory();
    let start = Instant::now();
    let (geo, problems) = Geo::open(folder, folder);
    println!("Geo::open {folder:?}: {:?}, {before} -> {}", start.elapsed(), memory());
    problems.iter().for_each(|problem| println!("  {problem}"));
    geo.attributions().iter().for_each(|line| println!("  {line}"));
    if geo.is_empty() {
        return;
    }
    let addresses: Vec<_> = (0..100_000).filter_map(|random| geo.sample(random)).collect();
    let v6 = addresses.iter().filter(|address| address.is_ipv6()).count();
    println!("sample: {} addresses, {v6} of them IPv6", addresses.len());
    for round in ["pages cold or warm", "pages warm"] {
        let start = Instant::now();
        let (mut cities, mut networks) = (0, 0);
        for address in &addresses {
            let place = black_box(geo.place(*address));
            cities += usize::from(!place.city.is_empty());
            networks += usize::from(place.asn != 0);
        }
        let each = start.elapsed() / addresses.len() as u32;
        println!("place, {round}: {each:?} each; {cities} cities, {networks} networks known; {}", memory());
    }
    for address in addresses.iter().take(6) {
        println!("  {address}: {:?}", geo.place(*address));
    }
}

fn user_agents(lists: &std::path::Path) -> Vec<String> {
    let read =
        |name: &str| std::fs::read_to_string(lists.join(name)).expect("`make setup` fetches the lists");
    let visits: Vec<serde_json::Value> =
        serde_json::from_str(&read("user-agents/dist/user-agents.json")).expect("a JSON list");
    let crawlers: Vec<serde_json::Value> =
        serde_json::from_str(&read("crawler-user-agents/crawler-user-agents.json")).expect("a JSON list");
    let of_crawlers = crawlers.iter().filter_map(|crawler| crawler["instances"].as_array()).flatten();
    let of_visits = visits.iter().map(|visit| &visit["userAgent"]);
    let mut texts: Vec<String> =
        of_visits.chain(of_crawlers).filter_map(|text| text.as_str()).map(str::to_owned).collect();
    texts.sort();
    texts.dedup();
    texts
}

/// Memory of our own (RssAnon), as Linux counts it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap_or("RssAnon: not told here");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
