//! The log: sentences with fields, on standard error. Ids yes; addresses, user agents, tokens and bodies never.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging by a filter such as `info` or `info,server::redirect=debug`.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // A second start in one process (tests) keeps the first log.
    let _ = log.try_init();
}
