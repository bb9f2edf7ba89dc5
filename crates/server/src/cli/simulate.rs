//! `quietzone simulate`: scans for trying things out, while the server is stopped.

use super::SettingsArgs;
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::consumers::Stop;
use crate::simulate::{self, Plan};
use model::Millis;
use tokio::signal::unix::{SignalKind, signal};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Scans to make
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000_000))]
    scans: u64,
    /// Links they fall on, some much more often than others
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    links: u32,
    /// Workspaces the links belong to
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    workspaces: u32,
    /// Days they are spread over
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The same seed and end give the same scans
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End of the last day (RFC 3339); now, if not given
    #[arg(long, value_name = "TIME")]
    until: Option<jiff::Timestamp>,
    /// Scans a second at most
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    rate: Option<u64>,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    if args.links < args.workspaces {
        let sentence = format!(
            "--links {}: every one of the {} workspaces needs a link; raise --links or lower --workspaces",
            args.links, args.workspaces
        );
        return Err(ConfigError(sentence).into());
    }
    let clock = Clock::Real;
    let until = args.until.map_or_else(|| clock.now(), Millis::from);
    if until > clock.now() {
        return Err(ConfigError("--until: lies in the future; scans are of the past".into()).into());
    }
    let config = args.settings.load()?;
    crate::telemetry::start("warn");
    let plan = Plan {
        scans: args.scans,
        links: args.links,
        workspaces: args.workspaces,
        days: args.days,
        until,
        seed: args.seed,
        rate: args.rate,
    };
    let stop = Stop::default();
    ask_on_signal(stop.clone())?;
    let outcome = simulate::run(&config, &clock, plan, &stop)?;
    let seconds = outcome.recording.as_secs_f64();
    println!(
        "{} scans recorded in {seconds:.1} s ({:.0} a second); {:.1} s altogether",
        outcome.scans,
        outcome.scans as f64 / seconds.max(0.001),
        outcome.altogether.as_secs_f64()
    );
    println!(
        "{} scans stored on {} days in {} bytes ({:.1} a scan)",
        outcome.stored,
        outcome.days,
        outcome.bytes,
        outcome.bytes as f64 / outcome.stored.max(1) as f64
    );
    if let Some(busiest) = outcome.workspaces.first() {
        let made = outcome.workspaces.len();
        let are = if made == 1 { "workspace; it is" } else { "workspaces; the busiest is" };
        println!("{made} {are} {busiest}, its token {}", outcome.token);
    }
    if outcome.scans < plan.scans {
        anyhow::bail!("stopped after {} of {} scans; those are kept", outcome.scans, plan.scans);
    }
    Ok(())
}

/// The first Ctrl-C or SIGTERM ends in good order; a second one at once.
pub(super) fn ask_on_signal(stop: Stop) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            for asked in 0.. {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if asked > 0 {
                    // What is recorded is in the spool; the next start takes it from there.
                    std::process::exit(130);
                }
                stop.ask();
            }
        });
    })?;
    Ok(())
}
