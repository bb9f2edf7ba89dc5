//! `quietzone serve`.

use super::SettingsArgs;
use crate::config::Overrides;
use crate::serve::Server;
use anyhow::bail;
use tokio::signal::unix::{SignalKind, signal};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Address and port to answer on; port 0 picks a free one
    #[arg(long)]
    listen: Option<String>,
    /// What printed codes begin with, e.g. https://go.example.com
    #[arg(long)]
    base_url: Option<String>,
    /// Make a workspace of simulated scans to look around in
    #[arg(long)]
    demo: bool,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let overrides =
        Overrides { listen: args.listen, base_url: args.base_url, demo: args.demo, ..Overrides::default() };
    let config = args.settings.with(overrides.clone())?;
    crate::telemetry::start(&config.log);
    let server = Server::start(config, crate::clock::Clock::Real)?;
    let (mut terminate, mut interrupt, mut hangup) = {
        let _runtime = server.api_runtime().enter();
        let hear = |kind| signal(kind);
        (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?, hear(SignalKind::hangup())?)
    };
    // Only now: whoever has read the line may send a signal at once.
    println!("listening on {}://{}", server.scheme(), server.address());
    loop {
        let goes_on = server.api_runtime().block_on(async {
            tokio::select! {
                _ = terminate.recv() => false,
                _ = interrupt.recv() => false,
                _ = hangup.recv() => true,
            }
        });
        if !goes_on {
            break;
        }
        server.reload(args.settings.with(overrides.clone()));
    }
    match server.stop() {
        0 => Ok(()),
        lost => bail!("{lost} scans that were answered could not be written before the end; they are lost"),
    }
}
