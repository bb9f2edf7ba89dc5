//! The command line.

mod admin;
mod audit;
mod backup;
mod doctor;
mod erase;
mod exit_bundle;
mod export;
mod geo;
mod import;
mod rejudge;
mod remote;
mod serve;
mod simulate;
mod store;
mod workspace;

use crate::config::{Config, ConfigError, Overrides};
use crate::data_dir;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Self-hosted QR-code tracking: dynamic codes, every scan counted, no visitor's address kept.
#[derive(Parser)]
#[command(name = "quietzone", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer redirects, the API and the dashboard
    Serve(serve::Args),
    /// Look at disk, clock, base URL, proxy, geo files and permissions, and say how to mend what is wrong
    Doctor(doctor::Args),
    /// Make or list workspaces while the server is stopped
    #[command(subcommand)]
    Workspace(workspace::Args),
    /// Look after accounts
    #[command(subcommand)]
    Admin(admin::Args),
    /// Record invented scans, for trying things out, while the server is stopped
    Simulate(simulate::Args),
    /// Look at the scan store, or make its files as few as they can be
    #[command(subcommand)]
    Store(store::Args),
    /// Take data away as a file: CSV, NDJSON or Parquet
    Export(Box<export::Args>),
    /// Who did what to what, newest first
    Audit(Box<audit::Args>),
    /// Write everything of a workspace, with its redirects for other servers: printed codes outlive this program
    ExitBundle(exit_bundle::Args),
    /// Judge recorded scans again by today's rules; also while the server runs
    Rejudge(rejudge::Args),
    /// Erase what is known of a visitor, a scan, a link, a time or a workspace; also while the server runs
    Erase(erase::Args),
    /// Make links out of a table, or of what Bitly, Dub, Kutt, Shlink or YOURLS exports; while the server runs
    Import(import::Args),
    /// Make a backup, also while the server runs; list or verify those there are
    Backup(backup::Args),
    /// Put a backup back into an empty data directory
    Restore(backup::RestoreArgs),
    /// Prepare geo files
    #[command(subcommand)]
    Geo(geo::Args),
}

/// Where the settings come from; the same for every command that opens a data directory.
#[derive(clap::Args, Clone)]
struct SettingsArgs {
    /// Directory of everything that is kept
    #[arg(long)]
    data: Option<PathBuf>,
    /// A settings file (see config.default.toml)
    #[arg(long)]
    config: Option<PathBuf>,
}

impl SettingsArgs {
    fn load(&self) -> Result<Config, ConfigError> {
        self.with(Overrides::default())
    }

    /// For commands about an installation that is there: they make none.
    fn load_made(&self) -> anyhow::Result<Config> {
        let config = self.load()?;
        data_dir::check_made(&config.data)?;
        Ok(config)
    }

    fn with(&self, overrides: Overrides) -> Result<Config, ConfigError> {
        let overrides = Overrides { file: self.config.clone(), data: self.data.clone(), ..overrides };
        Config::load(&overrides, std::env::vars())
    }
}

/// Runs the command line. 0: fine; 2: bad arguments or settings, with one clear line; 1: anything else.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Doctor(args) => return doctor::run(args).unwrap_or_else(told),
        Command::Workspace(args) => workspace::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Store(args) => return store::run(args).unwrap_or_else(told),
        Command::ExitBundle(args) => exit_bundle::run(args),
        Command::Export(args) => export::run(*args),
        Command::Audit(args) => audit::run(*args),
        Command::Rejudge(args) => rejudge::run(args),
        Command::Erase(args) => erase::run(args),
        Command::Import(args) => import::run(args),
        Command::Backup(args) => return backup::run(args).unwrap_or_else(told),
        Command::Restore(args) => backup::run_restore(args),
        Command::Geo(args) => geo::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(error),
    }
}

/// Shows why a command could not do its work.
fn told(error: anyhow::Error) -> ExitCode {
    eprintln!("quietzone: {error:#}");
    let settings = error.is::<ConfigError>() || error.is::<data_dir::Unusable>();
    ExitCode::from(if settings { 2 } else { 1 })
}
