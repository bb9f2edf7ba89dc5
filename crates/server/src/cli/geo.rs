//! `quietzone geo`: prepares geo files.

use crate::geo::asn;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Args {
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
    let Args::Asn { ipv4, ipv6, out } = args;
    let summary = asn::build(&ipv4, &ipv6, &out)?;
    println!(
        "{}: {} IPv4 and {} IPv6 ranges of {} networks",
        out.display(),
        summary.v4,
        summary.v6,
        summary.networks
    );
    Ok(())
}
