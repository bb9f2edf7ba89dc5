//! What the bundle says about itself.

use super::code::Code;
use model::Millis;
use serde_json::{Value, json};
use std::fmt::Write;

/// The page that is read first.
pub fn readme(workspace: &str, codes: &[Code], now: Millis) -> String {
    let lost = codes.iter().filter(|code| !code.losses.is_empty()).count();
    let mut out = format!(
        "# {workspace}, {}\n\n\
         Everything of this workspace as files that need no Quietzone, and {} printed addresses that go on leading where they led.\n\n\
         | folder | what |\n| --- | --- |\n\
         | `nginx/quietzone.conf` | the map for nginx; include it in the `http` block. Upper and lower case, the visitor's query and paths behind a slug as here |\n\
         | `caddy/Caddyfile` | the map for Caddy; the visitor's query goes along whole |\n\
         | `netlify/HOST/_redirects` | the map for Netlify and its kin |\n\
         | `site/HOST` | a page a code, for any host of files |\n\
         | `redirects.json` | the map for programs, with what each code loses |\n\
         | `codes` | each code in its look, as SVG and PNG, named by host and slug |\n\
         | `data` | links, scans, traces, visitors: CSV and Parquet |\n\n\
         Point the name of each host at the machine that serves one of them, with a certificate for it.\n",
        now.timestamp().strftime("%Y-%m-%d"),
        codes.len()
    );
    if lost == 0 {
        out.push_str("\nThe map does all that these links do.\n");
        return out;
    }
    let _ = write!(out, "\n## What a map cannot hold\n\n{lost} of them do more than lead to one place:\n\n");
    for code in codes.iter().filter(|code| !code.losses.is_empty()) {
        let to = match &code.target {
            Some(target) => format!("leads to <{}>", target.location()),
            None => format!("answers {}", code.status),
        };
        let _ = writeln!(out, "- `{}/{}` {to}:", code.host, code.spelled);
        for loss in &code.losses {
            let _ = writeln!(out, "  - {}", loss.sentence());
        }
    }
    out
}

/// The map for programs.
pub fn json(codes: &[Code]) -> Value {
    let code = |code: &Code| {
        let losses: Vec<&str> = code.losses.iter().map(|loss| loss.sentence()).collect();
        json!({
            "host": code.host,
            "slug": code.spelled,
            "folded": code.folded,
            "linkId": code.link.to_string(),
            "name": code.name,
            "status": code.status,
            "location": code.target.as_ref().map(super::code::Target::location),
            "queryMode": code.target.as_ref().map(|target| target.mode.as_str()),
            "pathMode": code.path.as_str(),
            "losses": losses,
        })
    };
    json!({ "codes": codes.iter().map(code).collect::<Vec<Value>>() })
}
