//! What was found when the spool was opened: to the log, and what is amiss to whoever looks after the server, until the next
//! start.

use crate::status::Sickness;
use spool::Recovery;
use std::path::Path;

/// The part of [`Sickness`] that is told of.
const PART: &str = "spool files";

/// Tells it.
pub fn tell(recovery: &Recovery, folder: &Path, sickness: &Sickness) {
    let (files, records) = (recovery.files, recovery.records);
    tracing::info!(files, records, duration_ms = recovery.elapsed.as_millis(), "Opened the spool");
    if recovery.torn_bytes > 0 {
        let bytes = recovery.torn_bytes;
        tracing::warn!(bytes, "The spool ended in records that were never written whole");
    }
    for gap in &recovery.gaps {
        let (epoch, from, to) = (gap.epoch, gap.from, gap.to);
        tracing::error!(epoch, from, to, "Records of the spool are damaged and lost");
    }
    for error in &recovery.errors {
        tracing::error!(error, "The spool was opened in spite of an error");
    }
    let amiss = amiss(recovery, folder);
    if !amiss.is_empty() {
        // Nothing clears it: what was not read at the start is not read later.
        sickness.note(PART, amiss.join("; "));
    }
}

/// What is amiss with the files, a sentence each, with the mend.
fn amiss(recovery: &Recovery, folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let unread = recovery.unread.iter().map(|(name, error)| {
        format!(
            "the scans of a spool file that could not be read at the start ({error}) are in no number; it is kept as {}. Let the \
             user that runs quietzone own all of that folder (chown -R), or see the system's log (dmesg) if the disk is at fault; \
             remove or move the file when it is of no more use",
            path(name)
        )
    });
    let set_aside = recovery.set_aside.iter().map(|name| {
        format!(
            "the head of a spool file is damaged, so its scans are lost; it was set aside as {}: look at the disk, then remove \
             the file",
            path(name)
        )
    });
    let lost: u64 = recovery.gaps.iter().map(|gap| gap.to - gap.from + 1).sum();
    let copies: Vec<String> = recovery.quarantined.iter().map(|name| path(name)).collect();
    let kept = if copies.is_empty() { String::new() } else { format!(" (copies: {})", copies.join(", ")) };
    let damaged = (lost > 0 || !copies.is_empty()).then(|| {
        format!("{lost} scans in the middle of spool files are damaged and lost{kept}: look at the disk, then remove the copies")
    });
    unread.chain(set_aside).chain(damaged).collect()
}
