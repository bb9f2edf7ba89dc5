//! `quietzone doctor`: what is wrong around the program, and how to mend it.

use super::SettingsArgs;
use crate::clock::Clock;
use crate::config::Overrides;
use crate::doctor::{self, Check, State};
use serde_json::json;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Address and port that `serve` is given
    #[arg(long)]
    listen: Option<String>,
    /// Base URL that `serve` is given
    #[arg(long)]
    base_url: Option<String>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// 0: nothing fails; 1: something does.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let overrides = Overrides { listen: args.listen, base_url: args.base_url, ..Overrides::default() };
    let config = args.settings.with(overrides)?;
    // 077, should a look at the catalog leave SQLite's own files beside it.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let checks = doctor::examine(&config, Clock::Real.now());
    let fails = checks.iter().any(|check| check.state == State::Fail);
    if args.json {
        println!("{:#}", json!({ "ok": !fails, "checks": checks }));
    } else {
        checks.iter().for_each(show);
    }
    Ok(ExitCode::from(u8::from(fails)))
}

fn show(check: &Check) {
    println!("{:<5}{:<18} {}", check.state.as_str(), check.name, check.message);
    if let Some(mend) = &check.mend {
        println!("{:24}{mend}", "");
    }
}
