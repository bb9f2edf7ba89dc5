//! `quietzone export`: data as a file, from the running server by its API, or alone while none runs.

use super::SettingsArgs;
use super::remote::{Asked, Remote};
use crate::app::App;
use crate::catalog::workspaces;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::export::{Making, read};
use crate::serve::Server;
use anyhow::Context;
use model::WorkspaceId;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// What: scans, traces, visitors, links, report or audit
    object: String,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    asked: Asked,
    /// csv, ndjson or parquet; by the end of the output's name, if not given
    #[arg(long)]
    format: Option<String>,
    /// Columns, separated by commas
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// Begin CSV with a byte order mark, for Excel
    #[arg(long)]
    bom: bool,
    /// First day or instant of the scans, or of the log
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last day or instant of the scans, or of the log
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Scans of this link only
    #[arg(long, value_name = "ID")]
    link: Option<String>,
    /// all, or verdicts separated by commas; people, if not given
    #[arg(long)]
    verdict: Option<String>,
    /// Only scans with this value, such as country:DE; repeatable
    #[arg(long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
    /// Links or visitors with this text; a report's question as JSON with --question
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Of a report: the body of an analytics query, as JSON
    #[arg(long, value_name = "JSON")]
    question: Option<String>,
    /// Where to; - is the standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let body = body(&args)?;
    let config = args.settings.load()?;
    let remote = Remote::find(&args.asked, &config)?;
    let rows = match remote {
        Some(remote) => remote.export(&body, &args.output)?,
        None => alone(config, args.asked.workspace, &body, &args.output)?,
    };
    eprintln!("{rows} rows in {}", args.output.display());
    Ok(())
}

/// The request, in the words of the API.
fn body(args: &Args) -> anyhow::Result<Value> {
    let ending = args.output.extension().and_then(|ending| ending.to_str()).map(str::to_owned);
    let known = |ending: &String| ["csv", "ndjson", "parquet"].contains(&ending.as_str());
    let format = args.format.clone().or_else(|| ending.filter(known));
    let mut body = Map::from_iter([("object".to_owned(), json!(args.object))]);
    body.extend(format.map(|format| ("format".to_owned(), json!(format))));
    if !args.columns.is_empty() {
        body.insert("columns".to_owned(), json!(args.columns));
    }
    if args.bom {
        body.insert("bom".to_owned(), json!(true));
    }
    let mut query = match &args.question {
        None => Map::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| ConfigError(format!("--question is not a JSON object: {error}")))?,
    };
    let range = [("startDate", &args.from), ("endDate", &args.to)];
    let range = range.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
    if args.object == "audit" {
        body.insert(args.object.clone(), Value::Object(range.collect()));
    } else {
        query.extend(range);
    }
    query.extend(args.link.as_ref().map(|link| ("linkId".to_owned(), json!(link))));
    if let Some(words) = &args.verdict {
        query.insert("verdict".to_owned(), words.split(',').collect());
    }
    if !args.filters.is_empty() {
        query.insert("xFilters".to_owned(), json!(args.filters));
    }
    if !query.is_empty() {
        body.insert("query".to_owned(), Value::Object(query));
    }
    if let Some(search) = &args.search {
        body.insert(args.object.clone(), json!({ "search": search }));
    }
    Ok(Value::Object(body))
}

/// Makes it in this process, which has the data directory meanwhile.
fn alone(config: Config, workspace: Option<WorkspaceId>, body: &Value, output: &Path) -> anyhow::Result<u64> {
    let request = read(body).map_err(|error| ConfigError(told(&error)))?;
    let server = start_alone(config)?;
    let outcome = server.api_runtime().block_on(async {
        let app = server.app();
        let workspace = chosen(app, workspace).await?;
        let mut making =
            Making::begin(app, workspace, request).await.map_err(|error| ConfigError(told(&error)))?;
        let mut out = Output::create(output)?;
        while let Some(bytes) = making.next().await.map_err(|error| anyhow::anyhow!(told(&error)))? {
            out.write(&bytes)?;
            progress(making.progress(), &format!("{} rows", making.rows));
        }
        out.end()?;
        anyhow::Ok(making.rows)
    });
    end_progress();
    server.stop();
    outcome
}

/// A server for this command alone.
pub fn start_alone(config: Config) -> anyhow::Result<Server> {
    crate::telemetry::start("warn");
    Server::start_alone(config, Clock::Real)
}

/// The workspace asked for, or the first one.
pub async fn chosen(app: &App, asked: Option<WorkspaceId>) -> anyhow::Result<WorkspaceId> {
    let mut db = app.catalog.read().await?;
    let found = match asked {
        Some(id) => workspaces::get(&mut db, id).await?,
        None => workspaces::first(&mut db).await?,
    };
    Ok(found.context("there is no such workspace")?.id)
}

/// An error of the API as a line.
pub fn told(error: &crate::error::ApiError) -> String {
    let field = error.detail().map(|detail| format!("{}: ", detail.field)).unwrap_or_default();
    format!("{field}{}", error.message())
}

/// Where the bytes go. A file appears under its name when it is whole.
pub struct Output(Option<(File, PathBuf, PathBuf)>);

impl Output {
    /// Begins; `-` is the standard output.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self(None));
        }
        let mut name = path.file_name().context("name a file with --output")?.to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let file = File::create(&part).with_context(|| format!("--output {}", path.display()))?;
        Ok(Self(Some((file, part, path.to_owned()))))
    }

    /// Writes the next bytes.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.0 {
            Some((file, ..)) => file.write_all(bytes),
            None => std::io::stdout().write_all(bytes),
        }
    }

    /// Ends.
    pub fn end(self) -> std::io::Result<()> {
        match self.0 {
            Some((file, part, path)) => file.sync_all().and_then(|()| std::fs::rename(part, path)),
            None => std::io::stdout().flush(),
        }
    }
}

/// A bar that is written over, for somebody who looks on.
pub fn progress(thousandths: u64, what: &str) {
    const WIDTH: usize = 30;
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let full = WIDTH * thousandths.min(1000) as usize / 1000;
        let bar = format!("{}{}", "#".repeat(full), ".".repeat(WIDTH - full));
        let _ = write!(out, "\r[{bar}] {:>3} %  {what} ", thousandths / 10);
        let _ = out.flush();
    }
}

/// The end of the bar.
pub fn end_progress() {
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
}
