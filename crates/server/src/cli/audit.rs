//! `quietzone audit`: who did what to what, newest first; beside a running server or alone.

use super::SettingsArgs;
use super::export::{chosen, start_alone, told};
use super::remote::{Asked, Remote};
use crate::api::audit::{AuditFilter, entries};
use crate::config::ConfigError;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Entries asked for at a time.
const PAGE: usize = 500;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Of this kind of thing only: link, webhook, member, …
    #[arg(long, value_name = "WORD")]
    object: Option<String>,
    /// Of this one only
    #[arg(long, value_name = "ID")]
    object_id: Option<String>,
    /// What this member or token did only
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// What is called so only: created, updated, deleted, …
    #[arg(long, value_name = "WORD")]
    action: Option<String>,
    /// First day or instant
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last day or instant
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Entries at most
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// One JSON object a line, with everything
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    asked: Asked,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load()?;
    let remote = Remote::find(&args.asked, &config)?;
    let found = match remote {
        Some(remote) => asked(&remote, &args)?,
        None => {
            let server = start_alone(config)?;
            let outcome = server.api_runtime().block_on(async {
                let app = server.app();
                let workspace = chosen(app, args.asked.workspace).await?;
                let filter = AuditFilter {
                    object: args.object.clone(),
                    object_id: args.object_id.clone(),
                    actor_id: args.actor.clone(),
                    action: args.action.clone(),
                    start_date: args.from.clone(),
                    end_date: args.to.clone(),
                };
                let found = entries(app, workspace, filter, args.limit).await;
                anyhow::Ok(found.map_err(|error| ConfigError(told(&error)))?)
            });
            server.stop();
            outcome?.into_iter().map(serde_json::to_value).collect::<Result<_, _>>()?
        }
    };
    let mut out = String::new();
    for entry in &found {
        match args.json {
            true => writeln!(out, "{entry}")?,
            false => writeln!(out, "{}", line(entry))?,
        }
    }
    print!("{out}");
    Ok(())
}

/// Asks a running server, page by page.
fn asked(remote: &Remote, args: &Args) -> anyhow::Result<Vec<Value>> {
    let mut found: Vec<Value> = Vec::new();
    let mut token: Option<String> = None;
    while found.len() < args.limit {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("object", &args.object),
            ("objectId", &args.object_id),
            ("actorId", &args.actor),
            ("action", &args.action),
            ("startDate", &args.from),
            ("endDate", &args.to),
            ("pageToken", &token),
        ];
        for (name, value) in fields {
            query.extend_pairs(value.as_ref().map(|value| (name, value)));
        }
        query.append_pair("pageSize", &(args.limit - found.len()).min(PAGE).to_string());
        let mut page = remote.ask("GET", &format!("/v1/x/audit?{}", query.finish()), None)?;
        if let Value::Array(entries) = page["entries"].take() {
            found.extend(entries);
        }
        token = page["nextPageToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    Ok(found)
}

/// An entry for people: when, who, what, and the fields of it.
fn line(entry: &Value) -> String {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let who = match (text("/actor/kind"), text("/actor/name")) {
        (kind, "") => format!("{kind} {}", text("/actor/id")),
        (_, name) => name.to_owned(),
    };
    let nothing = Map::new();
    let fields = |name: &str| entry[name].as_object().unwrap_or(&nothing).clone();
    let (before, after) = (fields("before"), fields("after"));
    let names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    format!(
        "{}  {}  {} {}  {}  {}",
        text("/at"),
        who.trim(),
        text("/object"),
        text("/action"),
        text("/objectId"),
        names.join(", ")
    )
}
