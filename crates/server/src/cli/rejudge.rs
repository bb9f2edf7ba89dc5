//! `quietzone rejudge`: today's rules over recorded scans, by the server that runs or, while none does, right here.

use super::{SettingsArgs, remote, simulate::ask_on_signal};
use crate::agent::Agents;
use crate::catalog::jobs::Status;
use crate::catalog::rejudge::{self as rows, Run};
use crate::catalog::{Catalog, workspaces};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::consumers::Stop;
use crate::data_dir::{self, Unusable};
use crate::doctor::{ask, running::from_here};
use crate::erasure::is_counted;
use crate::pipeline::Pipeline;
use crate::rejudge::summary::Summary;
use crate::rejudge::{self, Bench};
use crate::simulate::progress::{Progress, grouped};
use crate::verdict::again::judge_again;
use anyhow::{Context, bail};
use jiff::tz::TimeZone;
use model::dates::{self, Bound};
use model::{Millis, WorkspaceId};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// First day, as in 2026-11-01, or instant (RFC 3339)
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Last day, included; the current UTC day is not judged again
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Judge nothing: give scans that were judged again their first verdicts back
    #[arg(long)]
    restore: bool,
    /// Scans of this workspace alone; while a server runs, the workspace of the token
    #[arg(long, value_name = "ID")]
    workspace: Option<WorkspaceId>,
    /// Secret token for a server that runs, with the scope workspace:write; QUIETZONE_API_TOKEN if not given
    #[arg(long)]
    token: Option<String>,
}

/// How often a server is asked how far it is.
const LOOK: Duration = Duration::from_millis(200);
/// Longest that is waited for what an earlier process left to be counted.
const CATCH_UP: Duration = Duration::from_secs(60);

pub fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load_made()?;
    args.range(&TimeZone::UTC)?;
    match data_dir::open(&config.data) {
        Ok(lock) => {
            crate::telemetry::start("warn");
            let done = alone(&args, &config);
            drop(lock);
            done
        }
        Err(Unusable::Locked(_)) => beside(&args, &config),
        Err(error) => Err(error.into()),
    }
}

impl Args {
    /// The instants asked for, the second not included.
    fn range(&self, zone: &TimeZone) -> Result<(Millis, Millis), ConfigError> {
        let read = |name, text: &str, bound| {
            let message =
                || format!("--{name} {text}: not a date such as 2026-11-22 or 2026-11-22T18:00:00Z");
            dates::parse(text, zone, bound).ok_or_else(|| ConfigError(message()))
        };
        let from = read("from", &self.from, Bound::Start)?;
        let to = read("to", &self.to, Bound::End)?.plus(1);
        if from >= to {
            return Err(ConfigError(format!("--to {}: lies before --from {}", self.to, self.from)));
        }
        Ok((from, to))
    }
}

/// Has the server that runs do it.
fn beside(args: &Args, config: &Config) -> anyhow::Result<()> {
    let holder =
        data_dir::holder(&config.data).context("another command of quietzone is at work; try again later")?;
    if holder.encrypted {
        bail!(
            "the server that runs speaks https; use POST /v1/x/analytics/rejudge, or the dashboard's page Re-judging"
        );
    }
    let Some(token) = args.token.as_ref().or(config.api_token.as_ref()) else {
        let message = "a server runs on this data directory: give a secret token of the workspace by --token or \
                       QUIETZONE_API_TOKEN, or stop the server";
        return Err(ConfigError(message.to_owned()).into());
    };
    let address = from_here(holder.address);
    let host = remote::host(config, address);
    let call = |method: &str, path: &str, body: Option<&Value>| -> anyhow::Result<Value> {
        let body = body.map(Value::to_string);
        let (status, text) = ask::call(address, &host, method, path, Some(token), body.as_deref())
            .with_context(|| format!("the server at {address} does not answer"))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if !(200..300).contains(&status) {
            bail!("the server says: {}", answer["message"].as_str().unwrap_or(&text));
        }
        Ok(answer)
    };
    let own = call("GET", "/v1/workspace", None)?;
    if let Some(asked) = args.workspace
        && own["id"] != json!(asked.to_string())
    {
        bail!("the token is of another workspace than {asked}; give one of its own");
    }
    let zone = TimeZone::get(own["timezone"].as_str().unwrap_or_default()).unwrap_or(TimeZone::UTC);
    let (_, wanted) = args.range(&zone)?;
    let body = json!({
        "startDate": args.from, "endDate": args.to, "dryRun": args.dry_run, "restore": args.restore,
    });
    let mut run = call("POST", "/v1/x/analytics/rejudge", Some(&body))?["run"].take();
    let path = run["statusUrl"].as_str().unwrap_or_default().to_owned();
    let mut progress = Progress::start();
    while !matches!(run["status"].as_str(), Some("JOB_STATUS_SUCCEEDED" | "JOB_STATUS_FAILED")) {
        std::thread::sleep(LOOK);
        run = call("GET", &path, None)?["run"].take();
        let number = |name: &str| run[name].as_u64().unwrap_or_default();
        if number("days") > 0 {
            progress.show("days", number("daysDone"), number("days"));
        }
    }
    progress.end();
    let last = run["endDate"].as_str().and_then(|last| dates::parse(last, &TimeZone::UTC, Bound::End));
    tell(&Summary::read(&run["result"]), args, last.filter(|last| last.plus(1) < wanted));
    match run["error"].as_str() {
        Some(error) if !error.is_empty() => bail!("{error}"),
        _ => Ok(()),
    }
}

/// Does it here: no server has the directory.
fn alone(args: &Args, config: &Config) -> anyhow::Result<()> {
    let clock = Clock::Real;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let catalog = runtime.block_on(Catalog::open(&config.data.join("catalog.db"))).context("catalog.db")?;
    let (mut run, wanted) = runtime.block_on(asked(args, &catalog, &clock))?;
    let stop = Stop::default();
    ask_on_signal(stop.clone())?;
    let pipeline = Pipeline::start(config, &clock, &catalog, runtime.handle(), |_| Ok(()))?;
    let agents = Agents::default();
    let bench = Bench {
        catalog: catalog.clone(),
        store: pipeline.store.clone(),
        clock: clock.clone(),
        judge: Arc::new(move |scan| judge_again(scan, &agents)),
        past: Arc::default(),
    };
    pipeline.catch_up(CATCH_UP);
    let mut progress = Progress::start();
    let done = runtime.block_on(async {
        let began = Instant::now();
        while !is_counted(&pipeline.spool, &pipeline.store, &catalog).await? && began.elapsed() < CATCH_UP {
            tokio::time::sleep(LOOK).await;
        }
        // What an earlier process began comes first: it has counters to set right.
        while let Some(mut earlier) = rows::next(&mut *catalog.read().await?).await? {
            progress.say("Going on with a run that was interrupted.");
            if !bench.go_on(&mut earlier, || stop.is_asked(), |_| ()).await? {
                return Ok(false);
            }
        }
        let wanted = run.clone();
        catalog.write(async move |db| rows::create(db, &wanted).await).await?;
        let tell = |run: &Run| progress.show("days", run.days_done, run.days);
        anyhow::Ok(bench.go_on(&mut run, || stop.is_asked(), tell).await?)
    });
    progress.end();
    pipeline.stop();
    runtime.block_on(catalog.close());
    let done = done?;
    tell(&Summary::read(&run.result), args, (run.to < wanted).then(|| run.to.plus(-1)));
    if !done {
        bail!(
            "stopped after {} of {} days; the next start or the same command goes on",
            run.days_done,
            run.days
        );
    }
    if !run.error.is_empty() {
        bail!("{}", run.error);
    }
    Ok(())
}

/// The run that is asked for, and the instant that it was asked to end before.
async fn asked(args: &Args, catalog: &Catalog, clock: &Clock) -> anyhow::Result<(Run, Millis)> {
    let zone = match args.workspace {
        None => TimeZone::UTC,
        Some(id) => {
            let found = workspaces::get(&mut *catalog.read().await?, id).await?;
            let found =
                found.ok_or_else(|| ConfigError(format!("--workspace {id}: there is no such workspace")))?;
            TimeZone::get(&found.timezone).unwrap_or(TimeZone::UTC)
        }
    };
    let (from, wanted) = args.range(&zone)?;
    let to = wanted.min(rejudge::end(clock.now()));
    if from >= to {
        let message = format!("--from {}: only UTC days that are over are judged again", args.from);
        return Err(ConfigError(message).into());
    }
    let run = Run {
        id: Uuid::now_v7(),
        workspace: args.workspace,
        status: Status::Pending,
        from,
        to,
        dry_run: args.dry_run,
        restore: args.restore,
        asked_by: "the command line".to_owned(),
        next_day: None,
        days: 0,
        days_done: 0,
        result: json!({}),
        error: String::new(),
        created_at: clock.now(),
        completed_at: None,
    };
    Ok((run, wanted))
}

/// The table at the end. `last` is the last instant that was looked at, where more was asked for.
fn tell(summary: &Summary, args: &Args, last: Option<Millis>) {
    let moved: u64 = summary.moved.iter().map(|moved| moved.scans).sum();
    let stayed: u64 = summary.stayed.iter().map(|stayed| stayed.scans).sum();
    let [moves, are] = if args.dry_run { ["would move", "would be"] } else { ["moved", "are now"] };
    println!("{} scans looked at, {} {moves}", grouped(summary.scans), grouped(moved));
    for row in &summary.moved {
        let before = format!("{} ({})", row.verdict_before, row.reason_before);
        println!("{:>14}  {before:<34} -> {} ({})", grouped(row.scans), row.verdict, row.reason);
    }
    println!(
        "{} of them were people's, {} {are}",
        grouped(summary.humans_before),
        grouped(summary.humans_after)
    );
    if stayed > 0 {
        println!("{} could not be judged again and stay as they are", grouped(stayed));
        for row in &summary.stayed {
            println!("{:>14}  {}", grouped(row.scans), row.cause_text);
        }
    }
    if let Some(last) = last {
        let (asked, last) = (&args.to, last.timestamp());
        println!(
            "--to {asked} reaches beyond the last UTC day that is over: scans after {last} were not looked at"
        );
    }
    if args.dry_run {
        println!("Nothing was changed.");
    } else if moved > 0 && !args.restore {
        println!("First verdicts are kept; --restore gives them back.");
    }
}
