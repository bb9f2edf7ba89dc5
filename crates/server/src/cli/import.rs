//! `quietzone import`: links out of a file, by the server that runs.

use super::{SettingsArgs, remote};
use crate::config::{Config, ConfigError};
use crate::data_dir;
use crate::doctor::{ask, running::from_here};
use crate::simulate::progress::{Progress, grouped};
use anyhow::{Context, bail};
use model::import::Source;
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    /// CSV, or the JSON list of a program's API
    file: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    /// The program that made it: bitly, dub, kutt, shlink, yourls, csv; recognised by its columns if not given
    #[arg(long, value_name = "PROGRAM")]
    from: Option<String>,
    /// Say what would be made and what is wrong, and make nothing
    #[arg(long)]
    dry_run: bool,
    /// Make the rows that are right; otherwise one wrong row refuses all
    #[arg(long)]
    skip_invalid: bool,
    /// Secret token of the workspace, with the scope links:write; QUIETZONE_API_TOKEN if not given
    #[arg(long)]
    token: Option<String>,
}

/// How often a job is asked how far it is.
const LOOK: Duration = Duration::from_millis(200);
/// Longest that the look at ten thousand rows takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load_made()?;
    if let Some(word) = &args.from
        && Source::from_word(word).is_none()
    {
        let known: Vec<&str> = Source::ALL.into_iter().map(Source::as_str).collect();
        return Err(ConfigError(format!("--from {word}: none of {}", known.join(", "))).into());
    }
    let bytes = std::fs::read(&args.file).with_context(|| args.file.display().to_string())?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{}: not UTF-8; save it as CSV UTF-8", args.file.display()))?;
    let server = Running::find(&args, &config)?;
    let mut body = json!({ "csv": text, "dryRun": args.dry_run, "skipInvalid": args.skip_invalid });
    if let Some(from) = &args.from {
        body["from"] = json!(from);
    }
    let (status, answer) = server.call("POST", "/v1/x/links/import", Some(&body))?;
    match status {
        200 if args.dry_run => {
            tell(&answer);
            say("Nothing was made.\n");
            Ok(())
        }
        200 => {
            tell(&answer);
            made(answer["linkIds"].as_array().map_or(0, Vec::len), &answer["batchId"]);
            Ok(())
        }
        202 => server.follow(answer),
        _ => {
            for detail in answer["details"].as_array().into_iter().flatten() {
                let field = detail["field"].as_str().unwrap_or_default();
                let place = field.trim_start_matches("/csv/").replacen('/', ", ", 1);
                say(&format!("line {place}: {}\n", detail["message"].as_str().unwrap_or_default()));
            }
            bail!("the server says: {}", answer["message"].as_str().unwrap_or_default())
        }
    }
}

/// The server that has the data directory.
struct Running {
    address: std::net::SocketAddr,
    host: String,
    token: String,
}

impl Running {
    fn find(args: &Args, config: &Config) -> anyhow::Result<Self> {
        let holder = data_dir::is_held(&config.data).then(|| data_dir::holder(&config.data)).flatten();
        let Some(holder) = holder else {
            bail!("no server runs on {}; start it, links are made by it", config.data.display());
        };
        if holder.encrypted {
            bail!(
                "the server speaks https; use POST /v1/x/links/import, or \"Import from a file\" in the dashboard"
            );
        }
        let Some(token) = args.token.as_ref().or(config.api_token.as_ref()) else {
            let message = "give a secret token of the workspace by --token or QUIETZONE_API_TOKEN";
            return Err(ConfigError(message.to_owned()).into());
        };
        let address = from_here(holder.address);
        Ok(Self { address, host: remote::host(config, address), token: token.clone() })
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<(u16, Value)> {
        let body = body.map(Value::to_string);
        let (status, text) = ask::call_patiently(
            self.address,
            &self.host,
            method,
            path,
            Some(&self.token),
            body.as_deref(),
            PATIENCE,
        )
        .with_context(|| format!("the server at {} does not answer", self.address))?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Waits for the job of a large file.
    fn follow(&self, mut job: Value) -> anyhow::Result<()> {
        let path = job["statusUrl"].as_str().unwrap_or_default().to_owned();
        let mut progress = Progress::start();
        while !matches!(job["status"].as_str(), Some("JOB_STATUS_SUCCEEDED" | "JOB_STATUS_FAILED")) {
            std::thread::sleep(LOOK);
            job = self.call("GET", &path, None)?.1;
            let number = |value: &Value| value.as_u64().unwrap_or_default();
            progress.show("rows", number(&job["xImport"]["doneCount"]), number(&job["itemCount"]));
        }
        progress.end();
        say(&refused(&job["xImport"]["errors"]));
        made(job["linksBulkCreate"]["linkIds"].as_array().map_or(0, Vec::len), &job["xImport"]["batchId"]);
        match job["error"]["message"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(()),
        }
    }
}

fn row(error: &Value) -> String {
    let column = error["column"].as_str().filter(|column| !column.is_empty());
    let column = column.map_or_else(String::new, |column| format!(", {column}"));
    format!("line {}{column}: {}", error["line"], error["message"].as_str().unwrap_or_default())
}

/// Says it to whoever still listens: that `| head` has heard enough is no reason to fall.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn refused(errors: &Value) -> String {
    errors.as_array().into_iter().flatten().map(|error| format!("refused  {}\n", row(error))).collect()
}

/// What the file was read as, row by row where something is to be said.
fn tell(answer: &Value) {
    let number = |name: &str| grouped(answer[name].as_u64().unwrap_or_default());
    let mut told = format!(
        "{}: {} rows, {} can be made, {} refused\n{}",
        answer["source"].as_str().unwrap_or_default(),
        number("rowCount"),
        number("validCount"),
        number("errorCount"),
        refused(&answer["errors"])
    );
    for note in answer["notes"].as_array().into_iter().flatten() {
        told += &format!("note     {}\n", row(note));
    }
    for domain in answer["otherDomains"].as_array().into_iter().flatten() {
        told += &format!(
            "note     {} is no domain of this workspace: its slugs answer at the base host, and codes printed with it \
             lead where they led\n",
            domain.as_str().unwrap_or_default()
        );
    }
    if answer["importedClicks"].as_u64().unwrap_or_default() > 0 {
        told += &format!(
            "note     {} clicks of before are shown beside the links and added to nothing\n",
            number("importedClicks")
        );
    }
    say(&told);
}

fn made(links: usize, batch: &Value) {
    let undo = batch.as_str().map(|batch| format!("To take it back: POST /v1/x/links/bulk/{batch}/undo\n"));
    say(&format!("{} links were made\n{}", grouped(links as u64), undo.unwrap_or_default()));
}
