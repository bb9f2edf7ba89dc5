//! `quietzone serve`.

use super::SettingsArgs;
use crate::serve::Server;
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
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load(args.listen, args.base_url)?;
    crate::telemetry::start(&config.log);
    let server = Server::start(config, crate::clock::Clock::Real)?;
    println!("listening on http://{}", server.address());
    let asked = server.api_runtime().block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::io::Result::Ok(())
    });
    server.stop();
    Ok(asked?)
}
