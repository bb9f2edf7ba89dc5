//! What kind of client a user agent names: a browser, a robot by the public lists, a preview fetcher and so
//! on.
//!
//! The order matters: what a client says of itself in a curated token wins over the lists, and a known app's
//! browser is kept from the lists. A real phone taken for a robot is worse than a robot missed.

use super::apps;
use super::curated::{AGENTS, AUTOMATED, MAIL_SCANNERS, MONITORS, OLD_PHONES, PREVIEWS, PREVIEWS_AT_START};
use super::lists::{CRAWLER_LITERALS, CRAWLER_PATTERNS, ISBOT_GUARDED, ISBOT_LITERALS, ISBOT_PATTERNS};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Regex, RegexBuilder};

/// Kind of client, by its user agent alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// No user agent.
    Missing,
    /// A browser.
    Browser,
    /// The browser inside a known app, or one that phones come with.
    App,
    /// Fetches previews for a messenger or social network.
    Preview,
    /// Fetches for a person who asked an assistant.
    Agent,
    /// Watches whether pages answer.
    Monitor,
    /// Opens the links of mails to see whether they are safe.
    MailScanner,
    /// Calls itself a robot, or names a page to complain to, as robots do and browsers do not.
    SaysSo,
    /// In one of the public lists of robots.
    Listed,
    /// Does not look like a browser: a library, a script, a scanner's own fetcher.
    NotABrowser,
}

impl Class {
    /// A person looks at the answer.
    pub fn is_human(self) -> bool {
        matches!(self, Self::Browser | Self::App)
    }
}

/// A public list of robots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// npm `crawler-user-agents`.
    CrawlerUserAgents,
    /// npm `isbot`.
    Isbot,
}

/// The curated tokens in one automaton, with the class that each stands for.
struct Tokens {
    automaton: AhoCorasick,
    classes: Vec<Class>,
}

/// isbot's patterns that look around: what must not stand before, the core, what must not follow.
struct Guarded {
    before: Option<Regex>,
    core: Regex,
    after: Option<Regex>,
}

/// Robots of one public list.
struct Robots {
    literals: AhoCorasick,
    patterns: Regex,
    guarded: Vec<Guarded>,
}

/// All that is known for telling clients apart.
pub struct Rules {
    tokens: Tokens,
    says_so: Regex,
    lists: Vec<Robots>,
}

impl Default for Rules {
    fn default() -> Self {
        Self::with(&[List::CrawlerUserAgents, List::Isbot])
    }
}

impl Rules {
    /// All rules but those of one list: how tests learn what the rules can do with robots nobody has listed
    /// yet.
    pub fn without(list: List) -> Self {
        Self::with(match list {
            List::CrawlerUserAgents => &[List::Isbot],
            List::Isbot => &[List::CrawlerUserAgents],
        })
    }

    /// The rules with the given lists.
    pub fn with(lists: &[List]) -> Self {
        let tokens = [
            (PREVIEWS, Class::Preview),
            (AGENTS, Class::Agent),
            (MONITORS, Class::Monitor),
            (MAIL_SCANNERS, Class::MailScanner),
            (AUTOMATED, Class::SaysSo),
        ];
        let (texts, classes): (Vec<_>, Vec<_>) =
            tokens.iter().flat_map(|&(texts, class)| texts.iter().map(move |text| (*text, class))).unzip();
        Self {
            tokens: Tokens { automaton: automaton(&texts, true), classes },
            // `Cubot` makes phones.
            says_so: pattern(
                r"(?:^|[^u]|[^c]u)bots?(?:[^a-z]|$)|(?:crawler|spider|scraper)s?(?:[^a-z]|$)|https?:",
            ),
            lists: lists.iter().map(|list| Robots::of(*list)).collect(),
        }
    }

    /// Class of a user agent. Costs some microseconds: [`super::Agents`] remembers it.
    pub fn class(&self, user_agent: &str) -> Class {
        if user_agent.trim().is_empty() {
            return Class::Missing;
        }
        if PREVIEWS_AT_START.iter().any(|start| user_agent.starts_with(start)) {
            return Class::Preview;
        }
        // Of several tokens the class named first in `with` counts: a preview by an assistant's maker is a
        // preview.
        let token = |found: aho_corasick::Match| found.pattern().as_usize();
        if let Some(first) = self.tokens.automaton.find_overlapping_iter(user_agent).map(token).min() {
            return self.tokens.classes[first];
        }
        if self.says_so.is_match(user_agent) {
            return Class::SaysSo;
        }
        if apps::is_known(user_agent) {
            return Class::App;
        }
        if self.lists.iter().any(|robots| robots.know(user_agent)) {
            return Class::Listed;
        }
        if looks_like_a_browser(user_agent) { Class::Browser } else { Class::NotABrowser }
    }
}

impl Robots {
    fn of(list: List) -> Self {
        match list {
            List::CrawlerUserAgents => Self {
                literals: automaton(CRAWLER_LITERALS, false),
                patterns: any_of(CRAWLER_PATTERNS, false),
                guarded: Vec::new(),
            },
            List::Isbot => Self {
                literals: automaton(ISBOT_LITERALS, true),
                patterns: any_of(ISBOT_PATTERNS, true),
                guarded: ISBOT_GUARDED.iter().map(|parts| Guarded::new(*parts)).collect(),
            },
        }
    }

    fn know(&self, user_agent: &str) -> bool {
        self.literals.is_match(user_agent)
            || self.patterns.is_match(user_agent)
            || self.guarded.iter().any(|guarded| guarded.is_match(user_agent))
    }
}

impl Guarded {
    fn new((before, core, after): (&str, &str, &str)) -> Self {
        let some = |part: &str, anchored: String| (!part.is_empty()).then(|| pattern(&anchored));
        Self {
            before: some(before, format!("(?:{before})$")),
            core: pattern(core),
            after: some(after, format!("^(?:{after})")),
        }
    }

    fn is_match(&self, user_agent: &str) -> bool {
        self.core.find_iter(user_agent).any(|found| {
            let forbidden =
                |guard: &Option<Regex>, text| guard.as_ref().is_some_and(|guard| guard.is_match(text));
            !forbidden(&self.before, &user_agent[..found.start()])
                && !forbidden(&self.after, &user_agent[found.end()..])
        })
    }
}

/// An engine that draws pages, named as browsers name it.
fn looks_like_a_browser(user_agent: &str) -> bool {
    const ENGINES: &[&str] = &[
        "AppleWebKit/",
        "Gecko/",
        "Trident/",
        "MSIE ",
        "KHTML/",
        "Opera ",
        "Presto/",
        "NetFront",
        "Goanna/",
    ];
    let old_phone = || OLD_PHONES.iter().any(|start| user_agent.starts_with(start));
    (user_agent.starts_with("Mozilla/") && ENGINES.iter().any(|engine| user_agent.contains(engine)))
        || (old_phone() && user_agent.contains(['(', ' ']))
}

fn automaton(texts: &[&str], any_case: bool) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(any_case)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(texts)
        .expect("a few thousand short texts are within the automaton's limits")
}

fn pattern(text: &str) -> Regex {
    compile(text, true)
}

fn any_of(patterns: &[&str], any_case: bool) -> Regex {
    let grouped: Vec<String> = patterns.iter().map(|pattern| format!("(?:{pattern})")).collect();
    // An empty alternation would match everything.
    compile(&if grouped.is_empty() { "[^\\s\\S]".to_owned() } else { grouped.join("|") }, any_case)
}

fn compile(text: &str, any_case: bool) -> Regex {
    RegexBuilder::new(text)
        .case_insensitive(any_case)
        .size_limit(64 << 20)
        .build()
        .expect("build.rs has parsed every pattern of the lists, and a test builds them all")
}
