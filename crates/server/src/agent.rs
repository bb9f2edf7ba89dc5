//! What a user agent tells: device, platform, browser, and the kind of client.
//!
//! ```
//! use server::agent::{Agents, Hints};
//! let agents = Agents::default();
//! let text = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
//!             Version/18.5 Mobile/15E148 Safari/604.1";
//! let agent = agents.get(text, Hints::default());
//! assert_eq!((&*agent.brand, &*agent.platform, &*agent.browser_version), ("Apple", "iOS", "18.5"));
//! ```

mod apps;
mod class;
mod curated;
mod families;
mod lists;

pub use class::{Class, List, Rules};

use families::{Families, Patterns};
use foldhash::quality::RandomState;
use model::scan::DeviceType;
use quick_cache::sync::Cache;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Bytes of a user agent that are looked at; real ones have 100 to 400.
pub const READ: usize = 512;
/// Bytes of a user agent that a scan keeps (DESIGN §11.2).
pub const KEPT: usize = 256;
/// User agents remembered by default: some 4 MB when full.
const REMEMBERED: usize = 8192;

/// What a user agent tells. Empty texts: not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Kind of device.
    pub device_type: DeviceType,
    /// Maker of the device, as in `Apple`.
    pub brand: Box<str>,
    /// Model of the device, as in `iPhone` or `SM-S911B`.
    pub model: Box<str>,
    /// Operating system, as in `iOS`.
    pub platform: Box<str>,
    /// Its version, two numbers at most: `18.5`, `14`.
    pub platform_version: Box<str>,
    /// Browser, or the app whose own browser it is.
    pub browser: Box<str>,
    /// Its version, two numbers at most.
    pub browser_version: Box<str>,
    /// Kind of client.
    pub class: Class,
}

/// Client hints, the header values as sent (RFC 8942; quotes are taken off here). They refine what the user
/// agent tells since Chrome sends `Android 10; K` for every phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hints<'a> {
    /// `Sec-CH-UA-Platform`, as in `"Android"`.
    pub platform: Option<&'a str>,
    /// `Sec-CH-UA-Mobile`: `?1` or `?0`.
    pub mobile: Option<&'a str>,
    /// `Sec-CH-UA-Model`, as in `"Pixel 8"`.
    pub model: Option<&'a str>,
}

/// Reads user agents and remembers what it read, within bounds. Shared by all threads.
pub struct Agents {
    rules: Rules,
    patterns: Patterns,
    /// Keyed hash of user agent and hints; the key is drawn at each start, so nobody can aim at another's
    /// entry.
    remembered: Cache<u64, Arc<Agent>>,
    hasher: RandomState,
}

impl Default for Agents {
    fn default() -> Self {
        Self::new(Rules::default(), REMEMBERED)
    }
}

impl Agents {
    /// With the given rules, remembering at most `capacity` user agents.
    pub fn new(rules: Rules, capacity: usize) -> Self {
        Self {
            rules,
            patterns: Patterns::new(),
            remembered: Cache::new(capacity),
            hasher: RandomState::default(),
        }
    }

    /// What `user_agent` tells; its first [`READ`] bytes are looked at.
    pub fn get(&self, user_agent: &str, hints: Hints<'_>) -> Arc<Agent> {
        let user_agent = cut(user_agent, READ);
        let key = match hints {
            Hints { platform: None, mobile: None, model: None } => {
                self.hasher.hash_one(user_agent.as_bytes())
            }
            hints => self.hasher.hash_one((user_agent, hints)),
        };
        self.remembered.get(&key).unwrap_or_else(|| {
            let agent = Arc::new(self.read(user_agent, hints));
            self.remembered.insert(key, agent.clone());
            agent
        })
    }

    /// Reads without remembering.
    pub fn read(&self, user_agent: &str, hints: Hints<'_>) -> Agent {
        let user_agent = cut(user_agent, READ);
        let class = self.rules.class(user_agent);
        let mut found =
            if class == Class::Missing { Families::default() } else { self.patterns.find(user_agent) };
        if let Some(app) = apps::name(user_agent) {
            found.browser = app.to_owned();
            found.browser_version = apps::version(user_agent, app).map(str::to_owned);
        }
        refine(found, class, user_agent, hints)
    }

    /// Reads the most common user agents once, so that the first scans do not wait for patterns to be
    /// compiled.
    pub fn warm(&self) {
        for user_agent in COMMON {
            self.read(user_agent, Hints::default());
        }
    }
}

/// The user agent as a scan keeps it: its first [`KEPT`] bytes, cut between characters.
pub fn kept(user_agent: &str) -> &str {
    cut(user_agent, KEPT)
}

/// A header's value as text: up to the first byte that is not UTF-8, and [`READ`] bytes at most.
pub fn header_text(value: &[u8]) -> &str {
    let value = &value[..value.len().min(READ)];
    std::str::from_utf8(value)
        .unwrap_or_else(|error| std::str::from_utf8(&value[..error.valid_up_to()]).unwrap_or_default())
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Names as people know them: placeholders gone, hints filled in.
fn refine(found: Families, class: Class, user_agent: &str, hints: Hints<'_>) -> Agent {
    const PLACEHOLDERS: [&str; 7] =
        ["Other", "Generic", "Generic_Android", "Spider", "K", "Smartphone", "Feature Phone"];
    let known = |text: String| if PLACEHOLDERS.contains(&text.as_str()) { String::new() } else { text };
    let unquoted = |hint: Option<&str>| cut(hint.unwrap_or_default().trim().trim_matches('"'), 64).to_owned();
    let mut platform = known(found.platform);
    if platform.is_empty() {
        platform = known(unquoted(hints.platform)).replace("macOS", "Mac OS X");
    }
    let hinted_model = unquoted(hints.model);
    let model = if hinted_model.is_empty() { known(found.model) } else { hinted_model };
    let reduced = user_agent.contains("Android 10; K)");
    let platform_version = if reduced { String::new() } else { version(found.platform_version) };
    Agent {
        device_type: device_type(class, &platform, user_agent, hints),
        brand: known(found.brand).into(),
        model: if model.starts_with("Generic") { "".into() } else { model.into() },
        platform: platform.into(),
        platform_version: platform_version.into(),
        browser: known(found.browser).into(),
        browser_version: version(found.browser_version).into(),
        class,
    }
}

/// `18.5`, or `120` when the second number is nought or missing.
fn version([major, minor]: [String; 2]) -> String {
    if minor.is_empty() || minor == "0" || major.is_empty() { major } else { format!("{major}.{minor}") }
}

fn device_type(class: Class, platform: &str, user_agent: &str, hints: Hints<'_>) -> DeviceType {
    let has = |texts: &[&str]| texts.iter().any(|text| user_agent.contains(text));
    if has(&["iPad", "Tablet", "Kindle", "Silk/", "PlayBook"]) {
        return DeviceType::Tablet;
    }
    if has(&["TV", "BRAVIA", "AFTT", "PlayStation", "Xbox", "Nintendo"]) {
        return DeviceType::Desktop;
    }
    if !user_agent.starts_with("Mozilla/") && has(&["CFNetwork", "Dalvik/", "okhttp"]) {
        return DeviceType::Native;
    }
    if matches!(class, Class::NotABrowser | Class::Missing) {
        return DeviceType::Unknown;
    }
    match platform {
        "iOS" | "Windows Phone" | "KaiOS" | "HarmonyOS" | "BlackBerry OS" | "Symbian OS" => {
            DeviceType::Mobile
        }
        "Android" if hints.mobile == Some("?0") => DeviceType::Tablet,
        "Android" if hints.mobile == Some("?1") || has(&["Mobile", "Opera Mini", "wv)"]) => {
            DeviceType::Mobile
        }
        "Android" => DeviceType::Tablet,
        "" if has(&["Mobile", "Opera Mini", "MIDP"]) => DeviceType::Mobile,
        "" => DeviceType::Unknown,
        _ if has(&["Mobile"]) && !has(&["Windows NT", "Macintosh"]) => DeviceType::Mobile,
        _ => DeviceType::Desktop,
    }
}

/// One user agent of each kind that most scans come with.
const COMMON: [&str; 8] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.0.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 380.0.0.1",
];
