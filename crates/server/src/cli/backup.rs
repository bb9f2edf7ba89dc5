//! `quietzone backup`, `quietzone backup list`, `quietzone backup verify` and `quietzone restore`. All work on the files
//! themselves: whether a server runs makes no difference, and nobody is asked for a token.

use super::SettingsArgs;
use crate::backup::record::Record;
use crate::backup::target::{Purpose, Target, is_archive};
use crate::backup::{Progress as Step, Tell, check, restore, worker};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::consumers::Stop;
use crate::erasure::journal;
use crate::simulate::progress::{Progress, grouped};
use anyhow::Context;
use clap::Subcommand;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// A folder, a single archive that ends in .tar, or s3://BUCKET/PREFIX; the setting backup.target if not given
    target: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Backups that stay in the target, 0 for all; the setting backup.keep if not given
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
}

#[derive(Subcommand)]
enum Command {
    /// Show the backups in a target, newest first
    List {
        /// The target; the setting backup.target if not given
        target: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Read all that lies in a target and compare it with its checksums, its lists and each other
    Verify {
        /// The target; the setting backup.target if not given
        target: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
        /// This backup alone
        #[arg(long, value_name = "ID")]
        backup: Option<String>,
    },
}

#[derive(clap::Args)]
pub struct RestoreArgs {
    /// Where the backup lies: a folder, an archive, or s3://BUCKET/PREFIX
    source: String,
    #[command(flatten)]
    settings: SettingsArgs,
    /// This backup; the latest if not given
    #[arg(long, value_name = "ID")]
    backup: Option<String>,
    /// The secret.key that was kept elsewhere, to be put in its place
    #[arg(long, value_name = "FILE")]
    secret_key: Option<PathBuf>,
    /// A log of erasures (DIR/erasures.jsonl of the old data directory): what it names is erased again. The one in the target
    /// is taken by itself
    #[arg(long, value_name = "FILE")]
    erasures: Vec<PathBuf>,
}

/// What takes no longer needs no progress told.
const AT_ONCE: Duration = Duration::from_secs(1);

/// 0: made, or sound; 1: something is wrong, and said.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    // 077, for what is made on the way and in the target.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    match args.command {
        None => make(args.target, &args.settings, args.keep),
        Some(Command::List { target, settings }) => list(target, &settings),
        Some(Command::Verify { target, settings, backup }) => verify(target, &settings, backup.as_deref()),
    }
}

/// The target of the command line, or that of the settings.
fn named(target: Option<String>, config: &Config) -> Result<String, ConfigError> {
    match target.unwrap_or_else(|| config.backup.target.clone()) {
        target if target.is_empty() => Err(ConfigError(
            "say where: `quietzone backup TARGET` with a folder, a file that ends in .tar or s3://BUCKET/PREFIX, or \
             set backup.target"
                .into(),
        )),
        target => Ok(target),
    }
}

/// Shows how far it is, and hears of a wish to stop.
fn with_progress<T>(work: impl FnOnce(Tell<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let stop = Stop::default();
    super::simulate::ask_on_signal(stop.clone())?;
    let (progress, began) = (RefCell::new(Progress::start()), Instant::now());
    let done = work(&|Step { what, done, of }| {
        if began.elapsed() >= AT_ONCE {
            progress.borrow_mut().show(what, done, of);
        }
        !stop.is_asked()
    });
    progress.borrow_mut().end();
    done
}

fn make(target: Option<String>, settings: &SettingsArgs, keep: Option<usize>) -> anyhow::Result<ExitCode> {
    let mut config = settings.load_made()?;
    let target = named(target, &config)?;
    config.backup.keep = keep.unwrap_or(config.backup.keep);
    crate::telemetry::start("warn");
    let made = with_progress(|tell| worker::make(&config.data, &target, &config.backup, &Clock::Real, tell));
    let (record, notes) = made?;
    for note in notes {
        println!("note    {note}");
    }
    println!("backup  {} in {target}", record.id);
    println!(
        "        {} files, {}; new in the target: {} files, {}; {:.1} s",
        grouped(record.files.len() as u64),
        size(record.bytes()),
        grouped(record.copied_files),
        size(record.copied),
        record.took as f64 / 1000.0
    );
    println!(
        "note    secret.key is not in it: keep a copy of {} somewhere else, apart from the backups",
        config.data.join("secret.key").display()
    );
    Ok(ExitCode::SUCCESS)
}

fn list(target: Option<String>, settings: &SettingsArgs) -> anyhow::Result<ExitCode> {
    let config = settings.load()?;
    let target = Target::open(&named(target, &config)?, &config.backup.access, Purpose::Read)?;
    let (records, faults) = target.records()?;
    for record in &records {
        println!("{}", line(record));
    }
    for fault in &faults {
        println!("WRONG   {fault}");
    }
    if records.is_empty() && faults.is_empty() {
        println!("there is no backup in {}", target.name());
    }
    Ok(ExitCode::from(u8::from(!faults.is_empty())))
}

fn line(record: &Record) -> String {
    format!(
        "{}  {} files, {}, of these {} new then; made by {}",
        record.id,
        grouped(record.files.len() as u64),
        size(record.bytes()),
        size(record.copied),
        record.program
    )
}

fn verify(target: Option<String>, settings: &SettingsArgs, backup: Option<&str>) -> anyhow::Result<ExitCode> {
    let config = settings.load()?;
    let target = Target::open(&named(target, &config)?, &config.backup.access, Purpose::Read)?;
    let found = with_progress(|tell| check::check(&target, backup, tell))?;
    for (record, faults) in &found.backups {
        println!("{}  {}", if faults.is_empty() { "sound " } else { "WRONG " }, line(record));
        for fault in faults {
            println!("        {fault}");
        }
    }
    for fault in &found.faults {
        println!("WRONG   {fault}");
    }
    if found.unnamed > 0 {
        println!("note    {} files belong to no backup; the next backup removes them", found.unnamed);
    }
    let (objects, bytes) = (grouped(found.objects as u64), size(found.bytes));
    let none = found.backups.is_empty();
    if none {
        println!("there is no backup in {}", target.name());
    }
    let sound = found.is_sound() && !none;
    println!("{}: {objects} files read, {bytes}", if sound { "sound" } else { "not sound" });
    Ok(ExitCode::from(u8::from(!sound)))
}

/// `quietzone restore`.
pub fn run_restore(args: RestoreArgs) -> anyhow::Result<()> {
    let config = args.settings.load()?;
    if is_archive(&args.source) && args.backup.is_some() {
        return Err(ConfigError("--backup: an archive holds one backup".into()).into());
    }
    let key = args.secret_key.as_ref().map(|file| {
        let bytes = std::fs::read(file).with_context(|| format!("--secret-key {}", file.display()))?;
        match bytes.len() {
            32 => Ok(bytes),
            length => {
                Err(anyhow::anyhow!("--secret-key {}: has {length} bytes instead of 32", file.display()))
            }
        }
    });
    let key = key.transpose()?;
    let logs: Vec<String> =
        args.erasures.iter().map(|file| log_of_erasures(file)).collect::<anyhow::Result<_>>()?;
    let target = Target::open(&args.source, &config.backup.access, Purpose::Read)?;
    let data = &config.data;
    let id = args.backup.as_deref();
    let record = with_progress(|tell| restore::restore(&target, id, data, &logs, tell))?;
    if let Some(key) = key {
        std::fs::write(data.join("secret.key"), key)?;
    }
    println!("restored {} into {}", record.id, data.display());
    println!("        {} files, {}", grouped(record.files.len() as u64), size(record.bytes()));
    if !data.join("secret.key").exists() {
        println!(
            "note    secret.key is missing: put the old one at {} before the first start. Without it the signing \
             secrets of webhooks have to be set anew, and signed addresses of files, codes and open pages that were \
             given out end",
            data.join("secret.key").display()
        );
    }
    println!("Start the server as ever: quietzone serve --data {}", data.display());
    Ok(())
}

/// Reads a log that was named; another file would have nothing erased again, and nobody would notice.
fn log_of_erasures(file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("--erasures {}", file.display()))?;
    let log = String::from_utf8_lossy(&bytes).into_owned();
    if !journal::is_log(&log) {
        let message =
            "has no erasure in it; name the erasures.jsonl of the old data directory, or leave this out";
        return Err(ConfigError(format!("--erasures {}: {message}", file.display())).into());
    }
    Ok(log)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
