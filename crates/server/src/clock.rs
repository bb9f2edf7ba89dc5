//! The one place that reads the time, so that tests can move it.

use model::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// File systems round times, and other machines' clocks differ by this.
const ROUNDING_MS: i64 = 5_000;

/// What is to be said of a clock that is behind `what`, which was recorded at `at`; nothing of one that is not.
pub fn behind(now: Millis, what: &str, at: Millis) -> Option<String> {
    let shown = |at: Millis| at.timestamp().strftime("%Y-%m-%d %H:%M:%S").to_string();
    (at.0 - now.0 > ROUNDING_MS).then(|| {
        format!(
            "clock says {} UTC and is behind {what} ({} UTC): it was, or is, wrong",
            shown(now),
            shown(at)
        )
    })
}

/// Where `now` comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's, through libc's `clock_gettime` (so that `faketime` moves it).
    #[default]
    Real,
    /// A clock that a test sets, in milliseconds.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The time.
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn now(&self) -> Millis {
        match self {
            Self::Real => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Millis(since.map_or(0, |since| since.as_millis() as i64))
            }
            Self::Set(ms) => Millis(ms.load(Ordering::Relaxed)),
        }
    }
}
