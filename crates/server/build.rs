//! Compiles the public lists of `setup/lists` into the binary: robots' patterns (npm `crawler-user-agents`,
//! `isbot`) and the families of browsers, platforms and devices (npm `uap-core`). The lists themselves are
//! never committed.

use regex_syntax::hir::{Hir, HirKind};
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

fn main() {
    // The dashboard is embedded: a newly built one must be taken in.
    println!("cargo:rerun-if-changed=../../web/dist");
    println!("cargo:rerun-if-env-changed=QUIETZONE_LISTS");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    let lists = env::var_os("QUIETZONE_LISTS").map_or_else(
        || {
            PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"))
                .join("../../setup/lists/node_modules")
        },
        PathBuf::from,
    );
    let code = crawler_user_agents(&lists)
        .and_then(|code| Ok(code + &isbot(&lists)?))
        .and_then(|code| Ok(code + &families(&lists)?))
        .unwrap_or_else(|error| {
            eprintln!("{error}");
            eprintln!(
                "The lists of robots and browsers are fetched by `make setup`; run it, then build again."
            );
            process::exit(1);
        });
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("lists.rs");
    fs::write(&out, code).unwrap_or_else(|error| panic!("cannot write {}: {error}", out.display()));
}

/// Reads a file of the lists, and asks cargo to run this script again when it changes.
fn read(lists: &Path, name: &str) -> Result<String, String> {
    let path = lists.join(name);
    println!("cargo:rerun-if-changed={}", path.display());
    fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// `static NAME: &[&str]` of the given texts.
fn texts(name: &str, texts: &[String]) -> String {
    format!("pub(super) static {name}: &[&str] = &{texts:?};\n")
}

#[derive(Deserialize)]
struct Crawler {
    pattern: String,
}

fn crawler_user_agents(lists: &Path) -> Result<String, String> {
    let name = "crawler-user-agents/crawler-user-agents.json";
    let crawlers: Vec<Crawler> =
        serde_json::from_str(&read(lists, name)?).map_err(|error| format!("{name}: {error}"))?;
    let mut literals = Vec::new();
    let mut patterns = Vec::new();
    for crawler in crawlers {
        let hir = parse(&crawler.pattern).map_err(|error| format!("{name}: {error}"))?;
        match hir.kind() {
            HirKind::Literal(literal) => literals.push(String::from_utf8_lossy(&literal.0).into_owned()),
            _ => patterns.push(crawler.pattern),
        }
    }
    Ok(texts("CRAWLER_LITERALS", &literals) + &texts("CRAWLER_PATTERNS", &patterns))
}

/// isbot's patterns are JavaScript's and used without regard to case. Some begin with a look-behind or end
/// with a look-ahead, which our regex engine lacks: those become (what must not stand before, core, what must
/// not follow).
fn isbot(lists: &Path) -> Result<String, String> {
    let name = "isbot/index.mjs";
    let source = read(lists, name)?;
    let array = source
        .split_once("var patterns_default = ")
        .and_then(|(_, rest)| rest.split_once("];"))
        .map(|(array, _)| format!("{array}]"))
        .ok_or_else(|| format!("{name}: holds no array `patterns_default` any more; adapt build.rs"))?;
    let all: Vec<String> = serde_json::from_str(&array).map_err(|error| format!("{name}: {error}"))?;
    let (mut literals, mut patterns, mut guarded) = (Vec::new(), Vec::new(), String::new());
    for pattern in all {
        // JavaScript takes a hyphen behind a class for itself.
        let pattern = pattern.replace(r"\d-", r"\d\-").replace(r"\w-", r"\w\-");
        if pattern.contains("(?!") || pattern.contains("(?<!") {
            let (before, rest) = match pattern.strip_prefix("(?<!") {
                Some(rest) => rest.split_once(')').ok_or_else(|| format!("{name}: {pattern}"))?,
                None => ("", pattern.as_str()),
            };
            let (core, after) = match rest.split_once("(?!") {
                Some((core, after)) => {
                    (core, after.strip_suffix(')').ok_or_else(|| format!("{name}: {pattern}"))?)
                }
                None => (rest, ""),
            };
            for part in [before, core, after] {
                parse(part).map_err(|error| format!("{name}: {pattern}: {error}; adapt build.rs"))?;
            }
            write!(guarded, "({before:?}, {core:?}, {after:?}), ").expect("writing to memory");
            continue;
        }
        let hir = parse(&pattern).map_err(|error| format!("{name}: {pattern}: {error}"))?;
        match hir.kind() {
            HirKind::Literal(literal) => literals.push(String::from_utf8_lossy(&literal.0).into_owned()),
            _ => patterns.push(pattern),
        }
    }
    Ok(texts("ISBOT_LITERALS", &literals)
        + &texts("ISBOT_PATTERNS", &patterns)
        + &format!("pub(super) static ISBOT_GUARDED: &[(&str, &str, &str)] = &[{guarded}];\n"))
}

#[derive(Deserialize)]
struct Families {
    user_agent_parsers: Vec<Family>,
    os_parsers: Vec<Family>,
    device_parsers: Vec<Family>,
}

/// One row of uap-core's `regexes.yaml`; each of its three lists uses some of the fields.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Family {
    regex: String,
    regex_flag: Option<String>,
    family_replacement: String,
    v1_replacement: String,
    v2_replacement: String,
    os_replacement: String,
    os_v1_replacement: String,
    os_v2_replacement: String,
    device_replacement: String,
    brand_replacement: String,
    model_replacement: String,
}

fn families(lists: &Path) -> Result<String, String> {
    let name = "uap-core/regexes.yaml";
    let families: Families =
        serde_saphyr::from_str(&read(lists, name)?).map_err(|error| format!("{name}: {error}"))?;
    let mut code = String::new();
    for (list, rows) in [
        ("BROWSERS", families.user_agent_parsers),
        ("PLATFORMS", families.os_parsers),
        ("DEVICES", families.device_parsers),
    ] {
        writeln!(code, "pub(super) static {list}: &[Family] = &[").expect("writing to memory");
        for row in rows {
            let hir = parse(&row.regex).map_err(|error| format!("{name}: {}: {error}", row.regex))?;
            let needles = required(&hir);
            let replacements = match list {
                "BROWSERS" => [row.family_replacement, row.v1_replacement, row.v2_replacement],
                "PLATFORMS" => [row.os_replacement, row.os_v1_replacement, row.os_v2_replacement],
                _ => [row.device_replacement, row.brand_replacement, row.model_replacement],
            };
            writeln!(
                code,
                "Family {{ regex: {:?}, any_case: {}, replacements: {replacements:?}, needles: &[{}] }},",
                row.regex,
                row.regex_flag.as_deref() == Some("i"),
                needles.iter().map(|set| format!("&{set:?}")).collect::<Vec<_>>().join(", "),
            )
            .expect("writing to memory");
        }
        code.push_str("];\n");
    }
    Ok(code)
}

fn parse(pattern: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new().unicode(true).build().parse(pattern).map_err(|error| error.to_string())
}

/// Words so common in user agents that finding one says nothing.
const COMMON: [&str; 16] = [
    "mozilla",
    "android",
    "applewebkit",
    "build",
    "linux",
    "mobile",
    "safari",
    "chrome",
    "version",
    "gecko",
    "khtml",
    "windows",
    "like",
    "mac os x",
    "webkit",
    "; ",
];

/// Sets of texts (lower case): every match of the pattern contains at least one of each set. The eight that
/// tell most. They let one pass of Aho-Corasick choose the few patterns worth trying.
fn required(hir: &Hir) -> Vec<Vec<String>> {
    let mut sets = match hir.kind() {
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0).to_ascii_lowercase();
            if text.len() >= 2 { vec![vec![text]] } else { Vec::new() }
        }
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(required).collect(),
        HirKind::Alternation(branches) => {
            let best = |branch: &Hir| required(branch).into_iter().next();
            let all: Option<Vec<_>> = branches.iter().map(best).collect();
            all.map(|sets| sets.concat()).filter(|set| set.len() <= 200).into_iter().collect()
        }
        _ => Vec::new(),
    };
    sets.sort_by_key(|set| std::cmp::Reverse(rarity(set)));
    sets.dedup();
    sets.truncate(8);
    sets
}

/// How much a find of one of the needles tells: the length of the shortest, nothing for common words.
fn rarity(needles: &[String]) -> usize {
    let telling = |needle: &String| if COMMON.contains(&needle.trim()) { 1 } else { needle.trim().len() };
    needles.iter().map(telling).min().unwrap_or(0)
}
