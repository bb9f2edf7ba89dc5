//! Names of browsers, platforms and devices, by uap-core's patterns.
//!
//! Compiled all at once the 1,175 patterns take 28 MB and 170 ms. A day's user agents touch few of them, so each is
//! compiled when one pass of Aho-Corasick first finds a text in a user agent without which it cannot match.

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
    /// Rows that a needle speaks for, by needle.
    owners: Vec<Box<[u16]>>,
    /// Rows that must always be tried.
    always: Vec<u16>,
    compiled: Vec<OnceLock<Option<Pattern>>>,
}

const BROWSER_ROWS: Range<usize> = 0..BROWSERS.len();
const PLATFORM_ROWS: Range<usize> = BROWSER_ROWS.end..BROWSER_ROWS.end + PLATFORMS.len();
const DEVICE_ROWS: Range<usize> = PLATFORM_ROWS.end..PLATFORM_ROWS.end + DEVICES.len();

impl Patterns {
    pub fn new() -> Self {
        let mut owners: std::collections::BTreeMap<&str, Vec<u16>> = Default::default();
        let mut always = Vec::new();
        for (row, family) in BROWSERS.iter().chain(PLATFORMS).chain(DEVICES).enumerate() {
            let row = u16::try_from(row).expect("uap-core has some 1,200 rows");
            if family.needles.is_empty() {
                always.push(row);
            }
            for needle in family.needles {
                owners.entry(needle).or_default().push(row);
            }
        }
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(owners.keys())
            .expect("a few thousand short texts are within the automaton's limits");
        Self {
            needles,
            owners: owners.into_values().map(Vec::into_boxed_slice).collect(),
            always,
            compiled: (0..DEVICE_ROWS.end).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The first row of each list that matches tells the names, as uap-core prescribes.
    pub fn find(&self, user_agent: &str) -> Families {
        let mut rows = self.always.clone();
        for found in self.needles.find_overlapping_iter(user_agent) {
            rows.extend_from_slice(&self.owners[found.pattern().as_usize()]);
        }
        rows.sort_unstable();
        rows.dedup();
        let mut families = Families::default();
        for list in [BROWSER_ROWS, PLATFORM_ROWS, DEVICE_ROWS] {
            let start = rows.partition_point(|&row| usize::from(row) < list.start);
            let end = rows.partition_point(|&row| usize::from(row) < list.end);
            rows[start..end].iter().any(|&row| self.try_row(usize::from(row), user_agent, &mut families));
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
        let Family { regex, any_case, replacements: [name, brand, model], .. } = DEVICES[row - DEVICE_ROWS.start];
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
        println!("one user agent compiled {few} of {} patterns, {} are always tried", DEVICE_ROWS.end, patterns.always.len());
        assert!(few > 0 && few < DEVICE_ROWS.end / 3);
    }
}
