//! The clock: scans are counted by it, and keys live by it.

use super::Check;
use super::kept::Kept;
use crate::clock::behind;
use crate::config::Config;
use jiff::tz::TimeZone;
use model::Millis;

/// 2026-01-01: no clock that is set shows less.
const PROGRAM_MADE: Millis = Millis(1_767_225_600_000);
const HOUR_MS: i64 = 3_600_000;

pub fn checks(config: &Config, kept: &Kept, now: Millis) -> Vec<Check> {
    vec![time(kept, now), zones(config, kept)]
}

fn time(kept: &Kept, now: Millis) -> Check {
    const NAME: &str = "clock.time";
    let shown = |at: Millis| at.timestamp().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let mend = "Have the system keep the time (timedatectl set-ntp true), then restart quietzone.";
    if now < PROGRAM_MADE {
        return Check::fail(NAME, format!("The clock says {} UTC, which is past.", shown(now)), mend);
    }
    let file = kept.newest_file.as_ref().map(|(path, at)| (path.display().to_string(), *at));
    let scan = kept.last_scan.map(|at| ("the last scan".to_owned(), at));
    let ahead = file.into_iter().chain(scan).max_by_key(|(_, at)| at.0);
    match ahead.and_then(|(what, at)| Some((at, behind(now, &what, at)?))) {
        Some((at, told)) if at.0 - now.0 > HOUR_MS => Check::fail(NAME, format!("The {told}."), mend),
        Some((_, told)) => Check::warn(NAME, format!("The {told}."), mend),
        None => Check::ok(NAME, format!("The clock says {} UTC, later than all that is kept.", shown(now))),
    }
}

fn zones(config: &Config, kept: &Kept) -> Check {
    const NAME: &str = "clock.zones";
    let mut zones: Vec<&str> =
        kept.zones.iter().map(String::as_str).chain([config.timezone.as_str()]).collect();
    zones.sort_unstable();
    zones.dedup();
    if let Some(unknown) = zones.iter().find(|zone| TimeZone::get(zone).is_err()) {
        return Check::fail(
            NAME,
            format!("The time zone {unknown} of a workspace is not known here; its days would be UTC's."),
            "Install the system's time zone data (tzdata), or give the workspace another zone.",
        );
    }
    Check::ok(NAME, format!("Time zones are known: {}.", zones.join(", ")))
}
