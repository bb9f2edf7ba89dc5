//! The map for nginx: one look-up in a hash for each visitor, slugs in upper and lower case, query and path as the link
//! has them.

use super::code::{Code, Target};
use model::conventions::{PathMode, QueryMode};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Times that a name is looked for in a visitor's query and taken out.
const REPEATED: usize = 4;

/// Names of a destination's own parameters, and whether upper and lower case are one.
type Names = (Vec<String>, bool);

/// The file, to be included in nginx's `http` block.
pub fn render(codes: &[Code]) -> String {
    let mut sets: BTreeMap<Names, usize> = BTreeMap::new();
    for target in codes.iter().filter_map(|code| code.target.as_ref()) {
        if target.query.as_ref().is_some_and(|query| !query.is_empty()) {
            let next = sets.len();
            sets.entry(names(target)).or_insert(next);
        }
    }
    let mut out = String::from(HEAD);
    let _ = writeln!(out, "map_hash_max_size {};", (codes.len() * 8).next_power_of_two().max(2048));
    out.push_str(KEY);
    strip(&mut out, "args", "own", OURS, false, REPEATED);
    out.push_str(BROUGHT);
    for ((names, any_case), number) in &sets {
        let pattern = names.iter().map(|name| regex_escaped(name)).collect::<Vec<_>>().join("|");
        let pattern = format!("(?:{pattern})(?:=[^&]*)?");
        let step = format!("and{number}_");
        strip(&mut out, "qz_brought", &step, &pattern, *any_case, names.len() + REPEATED - 1);
        let last = names.len() + REPEATED - 1;
        let _ = writeln!(
            out,
            "map $qz_{step}{last} $qz_and_{number} {{\n    default \"\";\n    \"~^&*(?<qz_t{number}>[^&].*?)&*$\" \"&$qz_t{number}\";\n}}\n"
        );
    }
    for status in statuses(codes) {
        let _ = writeln!(out, "map $qz_key $qz_{status} {{\n    default \"\";");
        for code in codes.iter().filter(|code| code.status == status) {
            let value = match &code.target {
                Some(target) => value(target, code.path, &sets),
                None => "1".to_owned(),
            };
            for spelling in distinct(code) {
                let _ = writeln!(out, "    \"{}\" \"{value}\";", escaped(&spelling));
            }
        }
        out.push_str("}\n\n");
    }
    out.push_str("map $qz_key $qz_deep {\n    default 0;\n");
    for code in codes.iter().filter(|code| code.path != PathMode::NotFound) {
        for spelling in distinct(code) {
            let _ = writeln!(out, "    \"{}\" 1;", escaped(&spelling));
        }
    }
    out.push_str("}\n\nmap \"$qz_deep$qz_behind\" $qz_nothing {\n    default 0;\n    \"~^0.\" 1;\n}\n");
    let mut hosts: Vec<&str> = codes.iter().map(|code| code.host.as_str()).collect();
    hosts.dedup();
    for host in hosts {
        let _ = write!(out, "\nserver {{\n    listen 80;\n    server_name {host};\n{SERVER}");
        for status in statuses(codes) {
            let answer = match status {
                300..=399 => format!("return {status} $qz_{status};"),
                _ => format!("return {status};"),
            };
            let _ = writeln!(out, "        if ($qz_{status}) {{ {answer} }}");
        }
        out.push_str("        return 404;\n    }\n}\n");
    }
    out
}

const HEAD: &str = "\
# Where each printed code leads. Include this file in nginx's http block, and give the servers at its end your
# certificates (listen 443 ssl; ssl_certificate ...).
geo $qz_dollar { default \"$\"; }
map_hash_bucket_size 1024;
variables_hash_max_size 65536;
variables_hash_bucket_size 128;
";

const KEY: &str = r#"
# The slug, by itself or behind the Q of a code; what stands behind it, decoded and as it came.
map $uri $qz_slug {
    default "";
    "~*^/+q/+(?<qz_s1>[^/]+)" $qz_s1;
    "~^/+(?<qz_s2>[^/]+)" $qz_s2;
}
map $uri $qz_behind {
    default "";
    "~*^/+q/+[^/]+/+(?<qz_b1>[^/].*)$" $qz_b1;
    "~*^/+q/" "";
    "~^/+[^/]+/+(?<qz_b2>[^/].*)$" $qz_b2;
}
map $request_uri $qz_rest {
    default "";
    "~*^/+q/+[^/?]+/+(?<qz_r1>[^/?][^?]*)" $qz_r1;
    "~*^/+q/" "";
    "~^/+[^/?]+/+(?<qz_r2>[^/?][^?]*)" $qz_r2;
}
map $qz_rest $qz_rest_after {
    "" "";
    default "/$qz_rest";
}
map $qz_rest $qz_after_slash {
    "" "/";
    default "/$qz_rest";
}
map $host/$qz_slug $qz_key {
    default $host/$qz_slug;
}

# The visitor's query without what is our own business.
"#;

/// Pairs that are no business of the destination's.
const OURS: &str = "(?:(?:qr|lbid)(?:=[^&]*)?|source=qr)";

const BROUGHT: &str = r#"map $qz_own4 $qz_brought {
    default "";
    "~^&*(?<qz_t>[^&].*?)&*$" $qz_t;
}
map $qz_brought $qz_query {
    "" "";
    default "?$qz_brought";
}
map $qz_brought $qz_bare {
    "" "?";
    default "?$qz_brought";
}

"#;

const SERVER: &str = "    location / {
        add_header Cache-Control \"private, no-store\" always;
        add_header X-Robots-Tag noindex always;
        if ($qz_nothing) { return 404; }
";

/// Maps that take pairs out of a query, one a step.
fn strip(out: &mut String, from: &str, step: &str, pattern: &str, any_case: bool, steps: usize) {
    let case = if any_case { "*" } else { "" };
    for number in 1..=steps {
        let before = if number == 1 { from.to_owned() } else { format!("qz_{step}{}", number - 1) };
        let (head, tail) = (format!("qz_{step}h{number}"), format!("qz_{step}e{number}"));
        let _ = writeln!(
            out,
            "map ${before} $qz_{step}{number} {{\n    default ${before};\n    \"~{case}^(?<{head}>(?:.*&)?){pattern}(?:&(?<{tail}>.*))?$\" ${head}${tail};\n}}"
        );
    }
}

fn statuses(codes: &[Code]) -> Vec<u16> {
    let mut statuses: Vec<u16> =
        codes.iter().map(|code| code.status).filter(|status| *status != 404).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// Keys of a code; nginx takes ASCII in upper and lower case for one.
fn distinct(code: &Code) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for spelling in code.spellings() {
        let key = format!("{}/{}", code.host, spelling.to_ascii_lowercase());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn value(target: &Target, path: PathMode, sets: &BTreeMap<Names, usize>) -> String {
    let mut value = escaped(&target.before);
    if path == PathMode::Append {
        // A destination that ends in a slash has the one that the path would bring.
        if value.ends_with('/') {
            value.pop();
            value.push_str("$qz_after_slash");
        } else {
            value.push_str("$qz_rest_after");
        }
    }
    match &target.query {
        None => value.push_str("$qz_query"),
        Some(own) if own.is_empty() => value.push_str("$qz_bare"),
        Some(own) => {
            let number = sets.get(&names(target)).copied().unwrap_or_default();
            let _ = write!(value, "?{}${{qz_and_{number}}}", escaped(own));
        }
    }
    value.push_str(&escaped(&target.fragment));
    value
}

/// Names of the destination's own parameters.
fn names(target: &Target) -> Names {
    let query = target.query.as_deref().unwrap_or_default();
    let mut names: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name).to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    (names, target.mode == QueryMode::LinkWins)
}

/// A text within the quotes of nginx's configuration.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '$' => out.push_str("${qz_dollar}"),
            c => out.push(c),
        }
    }
    out
}

/// A text that stands for itself in a regular expression within quotes.
fn regex_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '%') || !c.is_ascii() {
            out.push(c);
        } else {
            let _ = write!(out, "[{}]", if matches!(c, '\\' | '^' | ']' | '"') { '.' } else { c });
        }
    }
    out
}
