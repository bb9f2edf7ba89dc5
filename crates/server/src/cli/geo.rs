//! `quietzone geo`: prepares geo files.

use super::SettingsArgs;
use crate::geo::{asn, sources};
use clap::Subcommand;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Args {
    /// Put city or network files (MMDB, or as `geo asn` makes them) into the data directory, for a server to take up
    Install {
        /// Files to install
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Turn the CSV ranges of autonomous systems into one file that can be mapped into memory
    Asn {
        /// Ranges of IPv4
        ipv4: PathBuf,
        /// Ranges of IPv6
        ipv6: PathBuf,
        /// File to write
        out: PathBuf,
    },
}

pub fn run(args: Args) -> anyhow::Result<()> {
    match args {
        Args::Install { files, settings } => install(&files, &settings),
        Args::Asn { ipv4, ipv6, out } => prepare(&ipv4, &ipv6, &out),
    }
}

fn install(files: &[PathBuf], settings: &SettingsArgs) -> anyhow::Result<()> {
    let config = settings.load()?;
    for file in files {
        let installed = sources::install(file, &config.data)?;
        let what = match (installed.places, installed.networks) {
            (true, true) => "places and networks",
            (true, false) => "places",
            _ => "networks",
        };
        let built = installed.built_at.and_then(|at| jiff::Timestamp::from_second(at).ok());
        let built = built.map_or_else(String::new, |at| format!(", built {}", at.strftime("%Y-%m-%d")));
        println!("{}: {what}{built}, {} bytes", installed.path.display(), installed.bytes);
    }
    println!("A running server takes them up within 20 seconds.");
    Ok(())
}

fn prepare(ipv4: &Path, ipv6: &Path, out: &Path) -> anyhow::Result<()> {
    let summary = asn::build(ipv4, ipv6, out)?;
    println!(
        "{}: {} IPv4 and {} IPv6 ranges of {} networks",
        out.display(),
        summary.v4,
        summary.v6,
        summary.networks
    );
    Ok(())
}
