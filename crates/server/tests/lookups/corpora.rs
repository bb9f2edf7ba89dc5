//! User agents of the public lists. They are read from where `make setup` put them, never committed.

use serde_json::Value;
use std::path::PathBuf;

/// Kinds of in-app and phone browsers with a user agent each: (app, user agent).
pub fn in_app() -> Vec<(&'static str, &'static str)> {
    include_str!("in_app.tsv").lines().filter_map(|line| line.split_once('\t')).collect()
}

/// Every sample of npm `crawler-user-agents`.
pub fn crawlers() -> Vec<String> {
    let list = read("crawler-user-agents/crawler-user-agents.json");
    let instances =
        list.as_array().unwrap().iter().flat_map(|crawler| crawler["instances"].as_array().unwrap());
    instances.map(|instance| instance.as_str().unwrap().to_owned()).collect()
}

/// npm `user-agents`: 10,000 visits, as often as each user agent was seen.
pub fn visits() -> Vec<String> {
    let list = read("user-agents/dist/user-agents.json");
    list.as_array().unwrap().iter().map(|visit| visit["userAgent"].as_str().unwrap().to_owned()).collect()
}

/// npm `top-user-agents`: the hundred most common.
pub fn top() -> Vec<String> {
    let list = read("top-user-agents/src/index.json");
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Draws `count` of `all`, the same ones for the same seed (SplitMix64).
pub fn sample(all: &[String], count: usize, seed: u64) -> Vec<&str> {
    let draw = |i: usize| {
        let mut z = seed.wrapping_add((i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % all.len() as u64) as usize
    };
    (0..count).map(|i| all[draw(i)].as_str()).collect()
}

fn read(name: &str) -> Value {
    let lists = std::env::var_os("QUIETZONE_LISTS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../setup/lists/node_modules")),
        PathBuf::from,
    );
    let path = lists.join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `make setup` fetches the lists", path.display()));
    serde_json::from_str(&text).unwrap()
}
