//! The map for Caddy. The visitor's query goes along as it is; upper and lower case are one.

use super::code::Code;
use model::conventions::PathMode;
use std::fmt::Write;

/// The Caddyfile.
pub fn render(codes: &[Code]) -> String {
    let mut out = String::from("# Where each printed code leads: caddy run --config Caddyfile\n");
    let mut host = "";
    for (number, code) in codes.iter().enumerate() {
        if host != code.host {
            if !host.is_empty() {
                out.push_str("\trespond 404\n}\n");
            }
            host = &code.host;
            let _ = writeln!(
                out,
                "\n{host} {{\n\theader Cache-Control \"private, no-store\"\n\tmap {{query}} {{qz_query}} {{qz_and}} {{\n\t\t\"\" \"\" \"\"\n\t\tdefault \"?{{query}}\" \"&{{query}}\"\n\t}}"
            );
        }
        let spellings: Vec<String> = code.spellings().iter().map(|text| regex_escaped(text)).collect();
        let rest = if code.path == PathMode::NotFound { "/*$" } else { "(?:/.*)?$" };
        let _ = writeln!(out, "\t@c{number} path_regexp (?i)^/+(?:q/+)?(?:{}){rest}", spellings.join("|"));
        match &code.target {
            Some(target) => {
                let query = match &target.query {
                    Some(own) => format!("?{}{{qz_and}}", escaped(own)),
                    None => "{qz_query}".to_owned(),
                };
                let (before, fragment) = (escaped(&target.before), escaped(&target.fragment));
                let _ = writeln!(out, "\tredir @c{number} \"{before}{query}{fragment}\" {}", code.status);
            }
            None => {
                let _ = writeln!(out, "\trespond @c{number} {}", code.status);
            }
        }
    }
    if !host.is_empty() {
        out.push_str("\trespond 404\n}\n");
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '{' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn regex_escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let special = c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '~');
            special.then_some('\\').into_iter().chain([c])
        })
        .collect()
}
