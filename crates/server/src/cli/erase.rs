//! `quietzone erase`: what would go, and after it was confirmed, that it goes; by the server that runs or, while none does, right here.

use super::{SettingsArgs, export::start_alone, remote};
use crate::api::auth::hash_secret;
use crate::catalog::tokens;
use crate::config::{Config, ConfigError};
use crate::data_dir::{self, Unusable};
use crate::doctor::{ask, running::from_here};
use crate::erasure::receipt::Receipt;
use crate::simulate::progress::{Progress, grouped};
use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    /// Directory of everything that is kept
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// A settings file (see config.default.toml)
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
    /// Have the scans go as well: totals fall. Without it they stay as counts that are nobody's
    #[arg(long, global = true)]
    drop_scans: bool,
    /// Say what would go, and take nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, global = true)]
    yes: bool,
    /// Secret token of the workspace, with the scope workspace:write; QUIETZONE_API_TOKEN if not given
    #[arg(long, global = true)]
    token: Option<String>,
}

#[derive(Subcommand)]
enum What {
    /// A visitor, by id, e-mail address or telephone number
    Visitor {
        /// Whom
        visitor: String,
    },
    /// A scan, by its id or click id (lbid)
    Scan {
        /// Which
        scan: String,
    },
    /// What a link gathered
    Link {
        /// Which
        id: String,
    },
    /// What was gathered in a time
    Range {
        /// First day, as in 2026-11-01, or instant (RFC 3339)
        #[arg(long)]
        from: String,
        /// Last day, included
        #[arg(long)]
        to: String,
        /// Of this link alone
        #[arg(long)]
        link: Option<String>,
    },
    /// All that a workspace gathered; its links and settings stay
    Workspace,
}

/// How often the server is asked how far it is.
const LOOK: Duration = Duration::from_millis(200);
/// Longest that the look at what would go takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(args: Args) -> anyhow::Result<()> {
    // Of its own, for they stand behind the subcommand too.
    let settings = SettingsArgs { data: args.data.clone(), config: args.config.clone() };
    let config = settings.load_made()?;
    let Some(token) = args.token.clone().or_else(|| config.api_token.clone()) else {
        let message = "give a secret token of the workspace by --token or QUIETZONE_API_TOKEN";
        return Err(ConfigError(message.to_owned()).into());
    };
    match data_dir::open(&config.data) {
        Ok(lock) => {
            drop(lock);
            alone(&args, config, &token)
        }
        Err(Unusable::Locked(_)) => {
            let holder = data_dir::holder(&config.data)
                .context("another command of quietzone is at work; try again later")?;
            if holder.encrypted {
                bail!(
                    "the server that runs speaks https; use POST /v1/x/erasures, or the dashboard's page Privacy"
                );
            }
            let address = from_here(holder.address);
            erase(&args, (address, &remote::host(&config, address)), &token)
        }
        Err(error) => Err(error.into()),
    }
}

/// No server runs: one is started on a port of this machine alone, for as long as it takes.
fn alone(args: &Args, config: Config, token: &str) -> anyhow::Result<()> {
    let server = start_alone(config)?;
    let known = server.api_runtime().block_on(async {
        let mut db = server.app().catalog.read().await?;
        tokens::find(&mut db, &hash_secret(token)).await
    });
    let done = match known {
        Ok(Some(_)) => erase(args, (server.address(), &server.address().to_string()), token),
        Ok(None) => Err(ConfigError("no workspace has this token".to_owned()).into()),
        Err(error) => Err(error.into()),
    };
    server.stop();
    done
}

/// Has the server at an address, which answers for a host, do it.
fn erase(args: &Args, (address, host): (SocketAddr, &str), token: &str) -> anyhow::Result<()> {
    let call = |method: &str, path: &str, body: Option<&Value>| -> anyhow::Result<Value> {
        let body = body.map(Value::to_string);
        let (status, text) =
            ask::call_patiently(address, host, method, path, Some(token), body.as_deref(), PATIENCE)
                .with_context(|| format!("the server at {address} does not answer"))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if !(200..300).contains(&status) {
            let field = answer["details"][0]["field"].as_str().unwrap_or_default();
            bail!("{} {field}", answer["message"].as_str().unwrap_or(&text));
        }
        Ok(answer)
    };
    let mut body = args.what.body();
    body["scans"] = json!(if args.drop_scans { "drop" } else { "keep" });
    body["dryRun"] = json!(true);
    let foretold = call("POST", "/v1/x/erasures", Some(&body))?;
    let preview = Receipt::read(&foretold["preview"]);
    tell(&preview, true);
    if args.dry_run {
        println!("Nothing was taken.");
        return Ok(());
    }
    if !args.yes && !is_confirmed(foretold["confirmWith"].as_str().unwrap_or_default())? {
        println!("Nothing was taken.");
        return Ok(());
    }
    (body["dryRun"], body["confirm"]) = (json!(false), json!(true));
    let mut run = call("POST", "/v1/x/erasures", Some(&body))?["erasure"].take();
    let path = run["statusUrl"].as_str().unwrap_or_default().to_owned();
    let mut progress = Progress::start();
    while !matches!(run["status"].as_str(), Some("JOB_STATUS_SUCCEEDED" | "JOB_STATUS_FAILED")) {
        std::thread::sleep(LOOK);
        run = call("GET", &path, None)?["erasure"].take();
        let receipt = Receipt::read(&run["receipt"]);
        if receipt.steps_of > 0 {
            progress.show("steps", receipt.steps_done, receipt.steps_of);
        }
    }
    progress.end();
    tell(&Receipt::read(&run["receipt"]), false);
    println!("Receipt: erasure {}", run["id"].as_str().unwrap_or_default());
    match run["error"].as_str() {
        Some(error) if !error.is_empty() => bail!("{error}"),
        _ => Ok(()),
    }
}

impl What {
    fn body(&self) -> Value {
        match self {
            Self::Visitor { visitor } => json!({ "subject": "visitor", "visitor": visitor }),
            Self::Scan { scan } => json!({ "subject": "scan", "scan": scan }),
            Self::Link { id } => json!({ "subject": "link", "linkId": id }),
            Self::Range { from, to, link } => {
                json!({ "subject": "range", "startDate": from, "endDate": to, "linkId": link })
            }
            Self::Workspace => json!({ "subject": "workspace" }),
        }
    }
}

/// Whether the person at the terminal types what is asked for.
fn is_confirmed(with: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(ConfigError("nobody is here to confirm it: give --yes, or --dry-run".to_owned()).into());
    }
    print!("This cannot be undone. Type {with} to have it done: ");
    std::io::stdout().flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    Ok(typed.trim() == with)
}

/// The table of the places.
fn tell(receipt: &Receipt, is_preview: bool) {
    let heads = if is_preview { ["found", "", ""] } else { ["found", "erased", "left"] };
    println!("{:<18} {:>12} {:>12} {:>12}", "place", heads[0], heads[1], heads[2]);
    for place in &receipt.places {
        let [erased, left] = [place.erased, place.remaining]
            .map(|count| if is_preview { String::new() } else { grouped(count) });
        println!("{:<18} {:>12} {erased:>12} {left:>12}", place.place, grouped(place.found));
    }
    let verb = if is_preview { "would fall" } else { "fell" };
    println!("Totals {verb} by {} scans.", grouped(receipt.totals_fall_by));
    if receipt.sent_away > 0 {
        println!(
            "{} messages had gone out to webhooks or by mail before; they cannot be called back.",
            grouped(receipt.sent_away)
        );
    }
}
