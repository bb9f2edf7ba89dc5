//! Keeps the scan store's files few and looks whether they are as they were written: merges what is due, lets old user
//! agents go, compares checksums. A thread of its own, so that no seal waits for a merge.

use super::Stop;
use crate::clock::Clock;
use crate::status::Sickness;
use analytics::{Hidden, Local};
use model::Millis;
use model::time::DAY_MS;
use std::sync::Arc;
use std::time::Duration;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// From the beginning of one pass over all files' checksums to the next. Within a pass, one file is read each time the
/// store is tended.
const PASS_MS: i64 = 6 * 3_600_000;
/// How often merging and old facts are looked after.
const TEND_MS: i64 = 60_000;
/// User agents are kept beside the scans for re-judging, none longer than 30 days (DESIGN §11.2). They go by whole UTC days,
/// so a day's go when it is over since 29.
const FACTS_MS: i64 = 29 * DAY_MS;

/// Longest that a day which is too old as a whole stays in the files: with the day itself less than 7 days.
const PURGE_MS: i64 = 5 * DAY_MS;

/// The instant before which the days ended whose user agents are to go.
pub const fn facts_end(now: Millis) -> Millis {
    now.plus(-FACTS_MS)
}

/// A pass over the checksums of all files.
struct Pass {
    began: Millis,
    /// The file that was compared last; nothing between two passes.
    compared: Option<uuid::Uuid>,
}

/// The job.
pub struct StoreMerger {
    /// What it merges.
    pub store: Arc<Local>,
    /// Where `now` comes from.
    pub clock: Clock,
    /// Where its troubles are told.
    pub sickness: Arc<Sickness>,
}

impl StoreMerger {
    /// Runs until it is asked to stop; a merge that is under way then is given up.
    pub fn run(&self, stop: &Stop) {
        let mut tended = self.clock.now().plus(-TEND_MS);
        let mut purged = None;
        let mut pass = Pass { began: Millis(i64::MIN), compared: None };
        while !stop.wait(LOOK) {
            let now = self.clock.now();
            if now.0 - tended.0 < TEND_MS && now >= tended {
                continue;
            }
            tended = now;
            self.store.remove_leftover();
            self.purge(now, &mut purged, stop);
            // Months wait for their user agents to be gone.
            match self.store.delete_facts_before(facts_end(now)) {
                Ok(_) => self.sickness.clear("facts"),
                Err(error) => self.sickness.note("facts", error),
            }
            while self.merge(now, stop) && !stop.is_asked() {}
            self.compare(&mut pass, now, stop);
            self.tell_lost();
        }
    }

    /// Has hidden rows leave the files, at the latest when it was a week.
    fn purge(&self, now: Millis, purged: &mut Option<(Arc<Hidden>, Millis)>, stop: &Stop) {
        let hidden = self.store.hidden();
        let is_due = purged
            .as_ref()
            .is_none_or(|(before, at)| *before != hidden && (!hidden.can_wait() || now.0 - at.0 >= PURGE_MS));
        if !is_due {
            return;
        }
        match self.store.purge(|| !stop.is_asked()) {
            Ok(done) => {
                self.sickness.clear("purging");
                if !stop.is_asked() {
                    *purged = Some((hidden, now));
                }
                if done.segments > 0 {
                    let (rows, segments) = (done.rows, done.segments);
                    tracing::info!(rows, segments, "Hidden scans left the files");
                }
            }
            Err(error) => self.sickness.note("purging", error),
        }
    }

    /// Compares the next file of a pass.
    fn compare(&self, pass: &mut Pass, now: Millis, stop: &Stop) {
        let begins = pass.compared.is_none();
        if begins && now < pass.began.plus(PASS_MS) && now >= pass.began {
            return;
        }
        match self.store.check_next(pass.compared, || !stop.is_asked()) {
            Ok(compared) => {
                self.sickness.clear("checksums");
                *pass = Pass { began: if begins { now } else { pass.began }, compared };
            }
            Err(error) => self.sickness.note("checksums", error),
        }
    }

    /// Says which files are damaged, as long as they are.
    fn tell_lost(&self) {
        let lost = self.store.stats().lost;
        let Some(first) = lost.first() else { return self.sickness.clear("store files") };
        let rows: u64 = lost.iter().map(|lost| lost.rows).sum();
        let (number, path, reason) = (lost.len(), first.path.display(), &first.reason);
        let told = format!(
            "{number} damaged, {path} ({reason}); every answer is without their {rows} rows. Run quietzone store verify and restore the files from a backup"
        );
        self.sickness.note("store files", told);
    }

    /// One merge that is due, if there is one.
    fn merge(&self, now: Millis, stop: &Stop) -> bool {
        match self.store.merge_due_while(now, |_| !stop.is_asked()) {
            Ok(merged) => {
                self.sickness.clear("merging");
                if let Some(merged) = merged {
                    let (days, rows, segments) = (merged.days, merged.rows, merged.segments);
                    tracing::debug!(%days, rows, segments, "Merged segments");
                }
                merged.is_some()
            }
            Err(error) => {
                self.sickness.note("merging", error);
                false
            }
        }
    }
}
