//! The log: sentences with fields, on standard error. Ids yes; addresses, user agents, tokens and bodies never.

use std::io::IsTerminal;
use std::sync::OnceLock;
use tracing_subscriber::EnvFilter;

/// Puts another filter into the log that was started.
type Change = Box<dyn Fn(EnvFilter) + Send + Sync>;

static CHANGE: OnceLock<Change> = OnceLock::new();

fn read(filter: &str) -> EnvFilter {
    EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Starts logging by a filter such as `info` or `info,server::redirect=debug`.
pub fn start(filter: &str) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(read(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_filter_reloading();
    let handle = log.reload_handle();
    // A second start in one process (tests) keeps the first log.
    if log.try_init().is_ok() {
        let change: Change = Box::new(move |filter| drop(handle.reload(filter)));
        let _ = CHANGE.set(change);
    }
}

/// Logs by another filter from now on.
pub fn change(filter: &str) {
    if let Some(change) = CHANGE.get() {
        change(read(filter));
    }
}
