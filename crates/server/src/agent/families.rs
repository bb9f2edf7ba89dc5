//! Names of browsers, platforms and devices, by uap-core's patterns.
//!
//! Compiled all at once the 1,175 patterns take 28 MB and 170 ms. A day's user agents touch few of them, so
//! each is compiled when one pass of Aho-Corasick first finds a text in a user agent without which it cannot
//! match.

use super::lists::{BROWSERS, DEVICES, Family, PLATFORMS};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::ops::Range;
use std::sync::OnceLock;
use ua_parser::{device, os, user_agent};

/// What the patterns know of a user agent. Empty: not known.
#[derive(Debug, Default)]
pub(super) struct Families {
    pub browser: String,
    pub browser_version: [String; 2],
    pub platform: String,
    pub platform_version: [String; 2],
    pub brand: String,
    pub model: String,
}

/// One pattern, compiled. ua-parser's own extractors hold a list; ours hold one row each.
enum Pattern {
    Browser(user_agent::Extractor<'static>),
    Platform(os::Extractor<'static>),
    Device(device::Extractor<'static>),
}

/// All patterns with what is compiled of them.
pub(super) struct Patterns {
    needles: AhoCorasick,
    /// Rows that a needle speaks for, each with the bit of its set, by needle.
    owners: Vec<Box<[(u16, u8)]>>,
    /// Bits of the sets of which a row wants a needle each.
    wanted: Box<[u8]>,
    compiled: Vec<OnceLock<Option<Pattern>>>,
}

const BROWSER_ROWS: Range<usize> = 0..BROWSERS.len();
const PLATFORM_ROWS: Range<usize> = BROWSER_ROWS.end..BROWSER_ROWS.end + PLATFORMS.len();
const DEVICE_ROWS: Range<usize> = PLATFORM_ROWS.end..PLATFORM_ROWS.end + DEVICES.len();

impl Patterns {
    pub fn new() -> Self {
        let mut owners: std::collections::BTreeMap<&str, Vec<(u16, u8)>> = Default::default();
        let mut wanted = Vec::with_capacity(DEVICE_ROWS.end);
        for (row, family) in BROWSERS.iter().chain(PLATFORMS).chain(DEVICES).enumerate() {
            let row = u16::try_from(row).expect("uap-core has some 1,200 rows");
            let mut bits = 0;
            for (set, needles) in family.needles.iter().enumerate() {
                bits |= 1 << set;
                needles.iter().for_each(|needle| owners.entry(needle).or_default().push((row, 1 << set)));
            }
            wanted.push(bits);
        }
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(owners.keys())
            .expect("a few thousand short texts are within the automaton's limits");
        Self {
            needles,
            owners: owners.into_values().map(Vec::into_boxed_slice).collect(),
            wanted: wanted.into(),
            compiled: (0..DEVICE_ROWS.end).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The first row of each list that matches tells the names, as uap-core prescribes.
    pub fn find(&self, user_agent: &str) -> Families {
        let mut found = vec![0; self.wanted.len()];
        for needle in self.needles.find_overlapping_iter(user_agent) {
            for (row, bit) in &self.owners[needle.pattern().as_usize()] {
                found[usize::from(*row)] |= bit;
            }
        }
        let mut families = Families::default();
        for mut list in [BROWSER_ROWS, PLATFORM_ROWS, DEVICE_ROWS] {
            list.any(|row| found[row] == self.wanted[row] && self.try_row(row, user_agent, &mut families));
        }
        families
    }

    fn try_row(&self, row: usize, user_agent: &str, families: &mut Families) -> bool {
        let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
        match self.compiled[row].get_or_init(|| compile(row)) {
            Some(Pattern::Browser(pattern)) => pattern.extract(user_agent).is_some_and(|found| {
                families.browser = found.family.into_owned();
                families.browser_version = [text(found.major), text(found.minor)];
                true
            }),
            Some(Pattern::Platform(pattern)) => pattern.extract(user_agent).is_some_and(|found| {
                families.platform = found.os.into_owned();
                families.platform_version = [text(found.major.as_deref()), text(found.minor.as_deref())];
                true
            }),
            Some(Pattern::Device(pattern)) => pattern.extract(user_agent).is_some_and(|found| {
                families.brand = text(found.brand.as_deref());
                families.model = text(found.model.as_deref());
                true
            }),
            None => false,
        }
    }

    /// How many patterns have been compiled so far.
    #[cfg(test)]
    pub fn compiled(&self) -> usize {
        self.compiled.iter().filter(|pattern| pattern.get().is_some()).count()
    }
}

/// `None` for a row that the regex engine refuses; a test sees that there is none.
fn compile(row: usize) -> Option<Pattern> {
    let some = |text: &'static str| (!text.is_empty()).then_some(text.into());
    if BROWSER_ROWS.contains(&row) {
        let Family { regex, replacements: [family, v1, v2], .. } = BROWSERS[row];
        let parser = user_agent::Parser {
            regex: regex.into(),
            family_replacement: some(family),
            v1_replacement: some(v1),
            v2_replacement: some(v2),
            ..Default::default()
        };
        let built = user_agent::Builder::new().push(parser).ok()?.build().ok()?;
        Some(Pattern::Browser(built))
    } else if PLATFORM_ROWS.contains(&row) {
        let Family { regex, replacements: [family, v1, v2], .. } = PLATFORMS[row - PLATFORM_ROWS.start];
        let parser = os::Parser {
            regex: regex.into(),
            os_replacement: some(family),
            os_v1_replacement: some(v1),
            os_v2_replacement: some(v2),
            ..Default::default()
        };
        let built = os::Builder::new().push(parser).ok()?.build().ok()?;
        Some(Pattern::Platform(built))
    } else {
        let Family { regex, any_case, replacements: [name, brand, model], .. } =
            DEVICES[row - DEVICE_ROWS.start];
        let parser = device::Parser {
            regex: regex.into(),
            regex_flag: any_case.then_some(device::Flag::IgnoreCase),
            device_replacement: some(name),
            brand_replacement: some(brand),
            model_replacement: some(model),
        };
        let built = device::Builder::new().push(parser).ok()?.build().ok()?;
        Some(Pattern::Device(built))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_list_compiles() {
        let refused: Vec<usize> = (0..DEVICE_ROWS.end).filter(|&row| compile(row).is_none()).collect();
        assert!(refused.is_empty(), "rows {refused:?}");
    }

    #[test]
    fn patterns_are_compiled_only_when_needed() {
        let patterns = Patterns::new();
        assert_eq!(patterns.compiled(), 0);
        patterns.find("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1");
        let few = patterns.compiled();
        println!("one user agent compiled {few} of {} patterns", DEVICE_ROWS.end);
        assert!(few > 0 && few < DEVICE_ROWS.end / 10);
    }

    #[test]
    fn lazy_patterns_find_what_all_patterns_find() {
        let some = |text: &'static str| (!text.is_empty()).then_some(text.into());
        let browsers = BROWSERS.iter().map(|row| user_agent::Parser {
            regex: row.regex.into(),
            family_replacement: some(row.replacements[0]),
            v1_replacement: some(row.replacements[1]),
            v2_replacement: some(row.replacements[2]),
            ..Default::default()
        });
        let devices = DEVICES.iter().map(|row| device::Parser {
            regex: row.regex.into(),
            regex_flag: row.any_case.then_some(device::Flag::IgnoreCase),
            device_replacement: some(row.replacements[0]),
            brand_replacement: some(row.replacements[1]),
            model_replacement: some(row.replacements[2]),
        });
        let browsers = user_agent::Builder::new().push_all(browsers).unwrap().build().unwrap();
        let devices = device::Builder::new().push_all(devices).unwrap().build().unwrap();
        let patterns = Patterns::new();
        let corpus = include_str!("../../tests/lookups/in_app.tsv").lines();
        for user_agent in corpus.filter_map(|line| line.split_once('\t')).map(|(_, text)| text) {
            let found = patterns.find(user_agent);
            let browser = browsers.extract(user_agent).map(|browser| browser.family.into_owned());
            assert_eq!(found.browser, browser.unwrap_or_default(), "{user_agent}");
            let device = devices.extract(user_agent).unwrap_or_default();
            let expected = (device.brand.as_deref(), device.model.as_deref());
            assert_eq!(
                (found.brand.as_str(), found.model.as_str()),
                (expected.0.unwrap_or_default(), expected.1.unwrap_or_default())
            );
        }
    }
}
