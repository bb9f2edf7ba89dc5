//! What the figures of docs/PERFORMANCE.md are measured with. Every figure is a ratio to a yardstick of the same run:
//! machines are shared, and only their ratios repeat.

mod conditions;
mod consumer;
mod feed;
mod hyper;
mod load;
mod processes;
mod recovery;
mod redirect;
mod start;
mod tls;
mod workload;
mod writes;

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Parser)]
#[command(name = "bench")]
struct Cli {
    /// The program that is measured
    #[arg(long, global = true, default_value = "target/release/quietzone")]
    binary: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Processor time of a redirect under W1, beside nginx and bare hyper
    Redirect {
        /// Requests of a round
        #[arg(long, default_value_t = 200_000)]
        requests: usize,
        /// Rounds; each asks every server once
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Over TLS, all of them
        #[arg(long)]
        tls: bool,
    },
    /// Latency of an open loop at a steady rate, beside bare hyper, and while clients ask for the overview
    Latency {
        /// Scans a second
        #[arg(long, default_value_t = 5_000)]
        rate: usize,
        /// Seconds of each part
        #[arg(long, default_value_t = 20)]
        seconds: u64,
        /// Clients that ask for the overview
        #[arg(long, default_value_t = 1)]
        clients: usize,
        /// Milliseconds from a client's question to its next; 0 asks as soon as it is answered
        #[arg(long, default_value_t = 1_000)]
        every: u64,
        /// Over TLS, both
        #[arg(long)]
        tls: bool,
    },
    /// Processor time of a redirect through ten conditions, beside a plain one
    Conditions {
        /// Requests of a round
        #[arg(long, default_value_t = 100_000)]
        requests: usize,
        /// Rounds; each asks links of every kind once
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// How fast the store takes in a spool while redirects go on
    Consumer {
        /// Scans in the spool
        #[arg(long, default_value_t = 1_500_000)]
        scans: usize,
    },
    /// Listeners of the live feed: what they lose, how late they hear, and what they cost
    Feed {
        /// Listeners
        #[arg(long, default_value_t = 1_000)]
        listeners: usize,
        /// Scans a second
        #[arg(long, default_value_t = 20)]
        rate: usize,
        /// Seconds that scans come
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Visitors identified and links made in a second, beside scans at a steady rate
    Writes {
        /// Scans a second
        #[arg(long, default_value_t = 10_000)]
        rate: usize,
        /// Seconds of each part
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Start after a crash that left a large spool behind
    Recovery {
        /// MiB of spool
        #[arg(long, default_value_t = 1024)]
        mib: u64,
    },
    /// Start and memory with a number of links
    Start {
        /// Links
        #[arg(long, default_values_t = [0, 100_000, 1_000_000])]
        links: Vec<u32>,
    },
    /// The yardstick by itself
    Hyper {
        /// Where it answers
        address: SocketAddr,
        /// Certificate in PEM; with its key, TLS is spoken
        #[arg(long, requires = "key")]
        cert: Option<PathBuf>,
        /// Key of the certificate, in PEM
        #[arg(long, requires = "cert")]
        key: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Command::Redirect { requests, rounds, tls } => {
            redirect::processor(&cli.binary, requests, rounds, tls)
        }
        Command::Latency { rate, seconds, clients, every, tls } => {
            let watchers = redirect::Watchers { clients, every: Duration::from_millis(every) };
            redirect::latency(&cli.binary, rate, seconds, &watchers, tls)
        }
        Command::Conditions { requests, rounds } => conditions::run(&cli.binary, requests, rounds),
        Command::Consumer { scans } => consumer::run(&cli.binary, scans),
        Command::Feed { listeners, rate, seconds } => feed::run(&cli.binary, listeners, rate, seconds),
        Command::Writes { rate, seconds } => writes::run(&cli.binary, rate, seconds),
        Command::Recovery { mib } => recovery::run(&cli.binary, mib << 20),
        Command::Start { links } => start::run(&cli.binary, &links),
        Command::Hyper { address, cert, key } => hyper::serve(address, cert.zip(key)),
    }
}
