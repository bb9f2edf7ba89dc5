//! Looks at the spool again and again: says what is wrong with it, and in the log what was answered and not recorded.

use super::{LOG_PAUSE, Sickness, Unrecorded};
use spool::{Place, Spool};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a loss is told of. Losses come in bursts, and whoever looks between two of them must not be told that all is well.
const AFTER_LOSS: Duration = Duration::from_secs(60);

/// The parts of [`Sickness`] that are told of here.
const SPOOL: &str = "spool";
const LOST: &str = "lost scans";
const DISK: &str = "disk";
const FOLDER: &str = "spool folder";

/// See the top.
pub struct Watch {
    /// Where the spool was opened.
    folder: PathBuf,
    before: spool::Status,
    /// When a removed file was last restored.
    restored: Option<Instant>,
    losses: Losses,
    told: u64,
    told_at: Option<Instant>,
}

/// What was lost, as far as it has been seen.
#[derive(Default)]
struct Losses {
    by_reason: Vec<(&'static str, u64)>,
    /// When there were more than before, and the sentence about them.
    last: Option<(Instant, String)>,
}

impl Watch {
    /// Begins with what is so far.
    pub fn new(spool: &Spool, folder: PathBuf) -> Self {
        Self::since(spool.status(), folder)
    }

    fn since(before: spool::Status, folder: PathBuf) -> Self {
        let losses = Losses::default();
        Self { folder, before, restored: None, losses, told: 0, told_at: None }
    }

    /// One look.
    pub fn look(&mut self, now: spool::Status, unrecorded: &Unrecorded, sickness: &Sickness, at: Instant) {
        match trouble(&self.before, &now) {
            Some(trouble) => sickness.note(SPOOL, trouble),
            None => sickness.recover(SPOOL, at),
        }
        say(sickness, LOST, self.losses.look(unrecorded.by_reason(&now.lost), at));
        if now.restored > self.before.restored {
            self.restored = Some(at);
        }
        self.restored.take_if(|restored| at.duration_since(*restored) >= AFTER_LOSS);
        say(sickness, FOLDER, folder(&now, self.restored.is_some(), &self.folder));
        say(sickness, DISK, now.cramped.then(|| CRAMPED.to_owned()));
        self.tell(&now, unrecorded, at);
        self.before = now;
    }

    /// Tells the log what it has not been told yet, as nothing more will come.
    pub fn end(&mut self, now: &spool::Status, unrecorded: &Unrecorded) {
        self.told_at = None;
        self.tell(now, unrecorded, Instant::now());
    }

    fn tell(&mut self, now: &spool::Status, unrecorded: &Unrecorded, at: Instant) {
        if let Some((scans, reasons)) = self.news(&unrecorded.by_reason(&now.lost), at) {
            let error = now.last_error.as_deref().unwrap_or("no error was told");
            tracing::error!(scans, reasons, error, "Scans were answered and not recorded");
        }
    }

    /// What the log must be told of: how many scans were not recorded since the last time, and all since the start by
    /// reason.
    fn news(&mut self, by_reason: &[(&'static str, u64)], at: Instant) -> Option<(u64, String)> {
        let total: u64 = by_reason.iter().map(|(_, scans)| scans).sum();
        let is_time = self.told_at.is_none_or(|told| at.duration_since(told) >= LOG_PAUSE);
        if total == self.told || !is_time {
            return None;
        }
        let scans = total - self.told;
        (self.told, self.told_at) = (total, Some(at));
        Some((scans, listed(by_reason)))
    }
}

impl Losses {
    /// The sentence about what was lost in the last minute, if anything was.
    fn look(&mut self, now: Vec<(&'static str, u64)>, at: Instant) -> Option<String> {
        let before = |reason: &str| {
            self.by_reason.iter().find(|(name, _)| *name == reason).map_or(0, |(_, scans)| *scans)
        };
        let grown: Vec<&str> =
            now.iter().filter(|(reason, scans)| *scans > before(reason)).map(|(reason, _)| *reason).collect();
        if !grown.is_empty() {
            let total: u64 = now.iter().map(|(_, scans)| scans).sum();
            let mends: Vec<&str> = grown.iter().filter_map(|reason| mend(reason)).collect();
            let mends = if mends.is_empty() { "see the log".to_owned() } else { mends.join("; ") };
            let sentence = format!(
                "{total} scans were answered and are not recorded ({}), the last of them within the last minute: {mends}",
                listed(&now)
            );
            self.last = Some((at, sentence));
        }
        self.by_reason = now;
        self.last.take_if(|(last, _)| at.duration_since(*last) >= AFTER_LOSS);
        self.last.as_ref().map(|(_, sentence)| sentence.clone())
    }
}

const CRAMPED: &str = "the disk is nearly full and the spool's reserve (spool/ballast) is used up: free room, or scans will be \
                       lost; the reserve comes back when twice its size is free";

/// What became of the spool's folder and the files in it, if somebody laid hands on them.
fn folder(now: &spool::Status, was_restored: bool, path: &Path) -> Option<String> {
    let (path, error) = (path.display(), now.last_error.as_deref().unwrap_or("no error was told"));
    if now.adrift > 0 || now.place == Place::Removed {
        return Some(format!(
            "{path}, or a file in it, was removed while in use and cannot be made again ({error}): {} scans are in no file \
             that outlives this process; let the user that runs quietzone make that folder, and free room if the disk is full",
            now.adrift
        ));
    }
    if now.place == Place::Moved {
        return Some(format!(
            "{path} is not the folder that is in use; that one was moved away, or its disk unmounted. Scans go on into it and \
             are not lost; put it back to {path}, or a restart will not find them"
        ));
    }
    was_restored.then(|| {
        format!(
            "a file of {path} was removed while in use, or the folder was; it is there again with all its scans. See what \
             removed it, and whether more of the data directory is missing"
        )
    })
}

/// What an operator can do about losses of this reason.
fn mend(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "spool_full" => {
            "the spool is at spool.max_bytes, as store or catalog do not keep up; raise it, or see the other reasons"
        }
        "disk_full" => "the disk is full; free room",
        "write_error" => "the disk answers writes with errors; see the system's log (dmesg)",
        "file_gone" => "somebody removed files of the spool; see what did",
        "ring_full" => "the disk is too slow for the scans, or hangs",
        _ => return None,
    })
}

/// `disk_full=10 ring_full=1`: the reasons that there were.
fn listed(by_reason: &[(&'static str, u64)]) -> String {
    let some = by_reason.iter().filter(|(_, scans)| *scans > 0);
    some.map(|(reason, scans)| format!("{reason}={scans}")).collect::<Vec<_>>().join(" ")
}

/// The part is sick for this reason, or well.
fn say(sickness: &Sickness, part: &'static str, reason: Option<String>) {
    match reason {
        Some(reason) => sickness.note(part, reason),
        None => sickness.clear(part),
    }
}

/// What went wrong with the spool between two looks at it.
fn trouble(before: &spool::Status, now: &spool::Status) -> Option<String> {
    let errors = |status: &spool::Status| status.write_errors + status.sync_errors;
    let error = now.last_error.as_deref().unwrap_or("no error was told");
    if now.at_risk > 0 {
        Some(format!("{} scans wait to be written: {error}", now.at_risk))
    } else if now.unprotected > before.unprotected {
        Some(format!("{} scans would not survive a power failure: {error}", now.unprotected))
    } else {
        (errors(now) > errors(before)).then(|| error.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_once_a_minute_with_all_that_came_since() {
        let mut watch = Watch::since(spool::Status::default(), PathBuf::new());
        let begin = Instant::now();
        let mut told = Vec::new();
        for second in 0..150 {
            let by_reason = [("disk_full", second * 10), ("ring_full", second)];
            told.extend(watch.news(&by_reason, begin + Duration::from_secs(second)));
        }
        assert_eq!(
            told,
            [
                (11, "disk_full=10 ring_full=1".to_owned()),
                (660, "disk_full=610 ring_full=61".to_owned()),
                (660, "disk_full=1210 ring_full=121".to_owned()),
            ]
        );
    }

    #[test]
    fn it_is_not_well_between_two_losses_nor_in_the_minute_after_the_last() {
        let (mut losses, begin) = (Losses::default(), Instant::now());
        let mut look = |second, lost| {
            losses.look(vec![("spool_full", lost), ("disk_full", 0)], begin + Duration::from_secs(second))
        };
        assert_eq!(look(0, 0), None);
        for second in 1..=100 {
            // Some are lost every twenty seconds.
            let told = look(second, second / 20 + 1).unwrap();
            assert!(told.contains("spool.max_bytes") && told.contains("spool_full="), "{told}");
        }
        assert!(look(159, 6).is_some(), "the last was 59 seconds ago");
        assert_eq!(look(160, 6), None);
    }

    #[test]
    fn a_disk_without_room_for_the_reserve_is_told_until_there_is() {
        let (sickness, unrecorded, at) = (Sickness::default(), Unrecorded::default(), Instant::now());
        let mut watch = Watch::since(spool::Status::default(), PathBuf::new());
        let mut reasons = |cramped, second| {
            let now = spool::Status { cramped, ..Default::default() };
            watch.look(now, &unrecorded, &sickness, at + Duration::from_secs(second));
            sickness.reasons().concat()
        };
        assert!(reasons(true, 0).contains("disk: the disk is nearly full and the spool's reserve"));
        assert!(reasons(true, 600).contains("free room"), "however long nothing else goes wrong");
        assert_eq!(reasons(false, 601), "");
    }
}
