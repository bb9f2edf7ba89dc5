//! W1, the workload of every redirect figure (DESIGN §10): 50,000 links by Zipf's law with exponent 1, 100,000 client
//! addresses (80 % IPv4) told by X-Forwarded-For from a trusted peer, 2,000 user agents of the npm corpora.

use anyhow::{Context, ensure};
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// Links of W1.
pub const LINKS: usize = 50_000;
/// Client addresses of W1.
const ADDRESSES: usize = 100_000;
/// User agents of W1.
const USER_AGENTS: usize = 2_000;
/// Different requests that are made ahead; the generator sends them round and round.
const REQUESTS: usize = 200_000;

/// Requests as bytes, ready to be sent.
pub struct Workload {
    requests: Vec<Box<[u8]>>,
}

impl Workload {
    /// Draws the requests for links with these slugs, named by `host`. The same seed gives the same requests.
    pub fn draw(slugs: &[String], host: &str, seed: u64) -> anyhow::Result<Self> {
        ensure!(!slugs.is_empty(), "there are no links to ask for");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let agents = user_agents(&mut random)?;
        let addresses: Vec<IpAddr> = (0..ADDRESSES).map(|_| address(&mut random)).collect();
        let links = WeightedIndex::new((1..=slugs.len()).map(|rank| 1.0 / rank as f64))?;
        let languages =
            ["de-DE,de;q=0.9,en;q=0.8", "en-US,en;q=0.9", "fr-FR,fr;q=0.9,en;q=0.8", "ja-JP,ja;q=0.9"];
        let requests = (0..REQUESTS).map(|_| {
            let slug = &slugs[links.sample(&mut random)];
            let address = addresses.choose(&mut random).expect("some");
            let agent = agents.choose(&mut random).expect("some");
            let language = languages.choose(&mut random).expect("some");
            format!(
                "GET /{slug} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\n\
                 Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
                 Accept-Language: {language}\r\nAccept-Encoding: gzip, deflate, br\r\n\
                 Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n\
                 X-Forwarded-For: {address}\r\n\r\n"
            )
            .into_bytes()
            .into_boxed_slice()
        });
        Ok(Self { requests: requests.collect() })
    }

    /// The `number`-th request.
    pub fn request(&self, number: usize) -> &[u8] {
        &self.requests[number % self.requests.len()]
    }
}

/// The corpora that the set-up fetches, with where in an entry the texts are. People's browsers first: programs only fill
/// up what is missing.
const CORPORA: [(&str, Option<&str>); 3] = [
    ("user-agents/dist/user-agents.json", Some("userAgent")),
    ("top-user-agents/src/index.json", None),
    ("crawler-user-agents/crawler-user-agents.json", Some("instances")),
];

fn user_agents(random: &mut impl Rng) -> anyhow::Result<Vec<String>> {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("../setup/lists/node_modules");
    let mut chosen: Vec<String> = Vec::with_capacity(USER_AGENTS);
    let mut seen = HashSet::new();
    for (file, field) in CORPORA {
        let path = lists.join(file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{}: `make setup` fetches it", path.display()))?;
        let entries: Vec<Value> = serde_json::from_str(&text)?;
        let mut agents: Vec<String> = entries.iter().flat_map(|entry| texts(entry, field)).collect();
        agents.retain(|agent| {
            let sendable = !agent.is_empty() && agent.bytes().all(|byte| (32..127).contains(&byte));
            sendable && seen.insert(agent.clone())
        });
        agents.shuffle(random);
        agents.truncate(USER_AGENTS - chosen.len());
        chosen.extend(agents);
    }
    ensure!(chosen.len() == USER_AGENTS, "the corpora hold only {} user agents", chosen.len());
    Ok(chosen)
}

fn texts(entry: &Value, field: Option<&str>) -> Vec<String> {
    let found = field.map_or(entry, |field| &entry[field]);
    match found {
        Value::Array(list) => list.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect(),
        text => text.as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// A public unicast address.
fn address(random: &mut impl Rng) -> IpAddr {
    if random.random_bool(0.8) {
        loop {
            let address = Ipv4Addr::from_bits(random.random());
            let [first, ..] = address.octets();
            if (1..224).contains(&first) && first != 127 && !address.is_private() && !address.is_link_local()
            {
                return address.into();
            }
        }
    }
    // 2000::/3 is where public addresses are given out.
    Ipv6Addr::from_bits(0x2 << 124 | random.random::<u128>() >> 3).into()
}
