//! What is wrong at the moment, and what was answered and could not be recorded.

mod watch;

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub use watch::Watch;

/// Least time between two lines of the log about one part: a fault that lasts must not fill the disk that it may have
/// come from.
pub const LOG_PAUSE: Duration = Duration::from_secs(60);
/// A part that meets trouble only when there is something to write is called sick for so long after its last trouble: the
/// next look, which had nothing to write, says nothing of the disk.
const RECOVERY: Duration = Duration::from_secs(5);

/// Each background part keeps one sentence here while it is sick.
#[derive(Default, Debug)]
pub struct Sickness(Mutex<BTreeMap<&'static str, Part>>);

#[derive(Default, Debug)]
struct Part {
    /// Set while it is sick.
    reason: Option<String>,
    /// When that was noted last.
    noted_at: Option<Instant>,
    /// What the log was told last, and when.
    told: Option<(String, Instant)>,
    /// The log knows that it is sick.
    known: bool,
}

impl Sickness {
    /// Notes what is wrong with a part; logged when it is news, at most once a minute.
    pub fn note(&self, part: &'static str, reason: impl std::fmt::Display) {
        if let Some(reason) = self.noted(part, reason.to_string(), Instant::now()) {
            tracing::error!(part, reason, "Degraded");
        }
    }

    /// [`Sickness::note`]; what is to be logged, if anything.
    fn noted(&self, part: &'static str, reason: String, now: Instant) -> Option<String> {
        let mut parts = self.0.lock();
        let part = parts.entry(part).or_default();
        let is_news = !part.known || part.told.as_ref().is_none_or(|(told, _)| *told != reason);
        let is_time = part.told.as_ref().is_none_or(|(_, at)| now.duration_since(*at) >= LOG_PAUSE);
        part.reason = Some(reason.clone());
        part.noted_at = Some(now);
        if !(is_news && is_time) {
            return None;
        }
        part.told = Some((reason.clone(), now));
        part.known = true;
        Some(reason)
    }

    /// The part is well again.
    pub fn clear(&self, part: &'static str) {
        let was_known = match self.0.lock().get_mut(part) {
            Some(part) => part.reason.take().is_some() && std::mem::take(&mut part.known),
            None => false,
        };
        if was_known {
            tracing::info!(part, "Well again");
        }
    }

    /// The part has met no trouble at `now`; well again once it has met none for some seconds.
    pub fn recover(&self, part: &'static str, now: Instant) {
        let is_over = |part: &Part| part.noted_at.is_none_or(|at| now.duration_since(at) >= RECOVERY);
        let recovers = self.0.lock().get(part).is_some_and(is_over);
        if recovers {
            self.clear(part);
        }
    }

    /// Whether the part is sick.
    pub fn is_sick(&self, part: &str) -> bool {
        self.0.lock().get(part).is_some_and(|part| part.reason.is_some())
    }

    /// All sentences.
    pub fn reasons(&self) -> Vec<String> {
        let parts = self.0.lock();
        let sick = parts.iter().filter_map(|(part, state)| Some((part, state.reason.as_ref()?)));
        sick.map(|(part, reason)| format!("{part}: {reason}")).collect()
    }
}

/// Scans that were answered and that no number counts, beside those that the spool itself could not keep.
#[derive(Default, Debug)]
pub struct Unrecorded {
    /// Records that this program cannot read.
    pub unreadable: AtomicU64,
    /// Records that damage took from between sound ones, found at the start.
    pub damaged: AtomicU64,
}

impl Unrecorded {
    /// Every reason there is with the number of scans since the start: the spool's reasons and these.
    pub fn by_reason(&self, spool: &spool::Losses) -> Vec<(&'static str, u64)> {
        let spool = spool.iter().map(|(reason, scans)| (reason.as_str(), scans));
        let own = [("unreadable", &self.unreadable), ("damaged", &self.damaged)];
        spool.chain(own.map(|(reason, scans)| (reason, scans.load(Relaxed)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_stays_sick_is_logged_once_a_minute_at_most() {
        let sickness = Sickness::default();
        let (begin, mut lines) = (Instant::now(), 0);
        for second in 0..180 {
            let reason = format!("{second} scans wait");
            let at = begin + Duration::from_secs(second);
            lines += usize::from(sickness.noted("spool", reason.clone(), at).is_some());
            assert_eq!(
                sickness.reasons(),
                [format!("spool: {reason}")],
                "what is shown is always the latest"
            );
            // It comes and goes; the log need not follow.
            if second % 7 == 0 {
                sickness.clear("spool");
            }
        }
        assert_eq!(lines, 3);
        assert!(sickness.noted("store", "gone".into(), begin).is_some(), "another part");
    }

    #[test]
    fn a_part_recovers_some_seconds_after_its_last_trouble() {
        let sickness = Sickness::default();
        let begin = Instant::now();
        let at = |second| begin + Duration::from_secs(second);
        for second in [0, 2, 4, 6] {
            sickness.noted("webhooks", "disk I/O error".into(), at(second));
            sickness.recover("webhooks", at(second + 1));
            assert!(sickness.is_sick("webhooks"), "every other look had nothing to write");
        }
        sickness.recover("webhooks", at(10));
        assert!(sickness.is_sick("webhooks"));
        sickness.recover("webhooks", at(11));
        assert!(!sickness.is_sick("webhooks"));
        sickness.recover("another", at(0));
    }

    #[test]
    fn what_does_not_change_is_told_once() {
        let sickness = Sickness::default();
        let begin = Instant::now();
        let told = |second| sickness.noted("store", "locked".into(), begin + Duration::from_secs(second));
        assert_eq!([told(0), told(61), told(122)].iter().flatten().count(), 1);
    }
}
