//! `quietzone store verify`, also while the server runs, and `quietzone store compact` while it is stopped.

use super::SettingsArgs;
use crate::clock::Clock;
use crate::consumers::merging;
use crate::data_dir;
use crate::simulate::progress::Progress;
use analytics::{Checked, Local, Verified};
use clap::Subcommand;
use model::Position;
use spool::Stretch;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What takes no longer needs no progress told.
const AT_ONCE: Duration = Duration::from_secs(1);

#[derive(Subcommand)]
pub enum Args {
    /// Read every file of the scan store and compare: with its checksum, with the list, with the spool
    Verify {
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Merge what can be merged, so that questions open as few files as possible; while the server is stopped. Exit code 1:
    /// files are damaged
    Compact {
        #[command(flatten)]
        settings: SettingsArgs,
    },
}

/// 0: sound; 1: something is wrong, and said.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args {
        Args::Verify { settings } => verify(&settings.load_made()?.data),
        Args::Compact { settings } => {
            let config = settings.load_made()?;
            let _lock = data_dir::open(&config.data)?;
            let sound = compact(&config.data.join("store"), &Clock::Real)?;
            Ok(ExitCode::from(u8::from(!sound)))
        }
    }
}

fn verify(data: &Path) -> anyhow::Result<ExitCode> {
    // The spool first: what it holds then begins at the position or before, however far that has moved since.
    let spool = spool::inspect(&data.join("spool"))?;
    let (mut progress, began) = (Progress::start(), Instant::now());
    let found = analytics::verify(&data.join("store"), |Checked { rows, of_rows, .. }| {
        if began.elapsed() >= AT_ONCE {
            progress.show("rows verified", rows, of_rows);
        }
    })?;
    progress.end();
    tell(&found);
    let gap = found.position.and_then(|position| gap(&spool, position));
    match gap {
        Some((from, to)) => println!(
            "WRONG   the store ends before number {from}, the spool begins behind {to}: the records between are lost"
        ),
        None => println!("spool   goes on where the store ends"),
    }
    for fault in &found.faults {
        println!("WRONG   {fault}");
    }
    let sound = found.is_sound() && gap.is_none();
    println!("{}", if sound { "sound" } else { "not sound" });
    Ok(ExitCode::from(u8::from(!sound)))
}

fn tell(found: &Verified) {
    println!(
        "store   {} segments ({} of several days) of {} days, {:.1} MB: {} scans, {} traces",
        found.segments,
        found.of_several_days,
        found.days,
        found.bytes as f64 / 1e6,
        found.scans,
        found.traces
    );
    if found.without_checksum > 0 {
        println!(
            "note    {} segments were written before checksums were kept: read whole, not compared",
            found.without_checksum
        );
    }
    for numbers in found.numbers.iter().filter(|numbers| numbers.absent > 0) {
        println!(
            "note    epoch {:08x}: {} of {} numbers are not there: erased, of a dropped workspace, or never kept",
            numbers.epoch, numbers.absent, numbers.last
        );
    }
    for orphan in &found.orphans {
        println!("note    {} belongs to nothing; the next start removes it", orphan.display());
    }
}

/// Numbers of the position's epoch that neither the store nor the spool has.
fn gap(spool: &[Stretch], position: Position) -> Option<(u64, u64)> {
    let first =
        spool.iter().filter(|stretch| stretch.epoch == position.epoch).map(|stretch| stretch.first).min()?;
    (first > position.seq + 1).then_some((position.seq + 1, first - 1))
}

/// Says whether all files could be read.
fn compact(store: &Path, clock: &Clock) -> anyhow::Result<bool> {
    let store = Local::open(store, analytics::Options::default())?;
    let (before, now) = (store.stats(), clock.now());
    let (mut progress, began) = (Progress::start(), Instant::now());
    // Months wait for their user agents to be gone.
    let old = store.delete_facts_before(merging::facts_end(now))?;
    if old > 0 {
        println!("user agents older than 30 days went from {old} segments");
    }
    loop {
        let merged = store.merge_due_while(now, |merging| {
            if began.elapsed() >= AT_ONCE {
                progress.show("rows merged", merging.rows, merging.of);
            }
            true
        })?;
        progress.end();
        let Some(merged) = merged else { break };
        println!("{}  {} segments became one of {} rows", merged.days, merged.segments, merged.rows);
    }
    let after = store.stats();
    println!(
        "{} segments of {:.1} MB, before {} of {:.1} MB",
        after.segments + after.trace_segments,
        (after.bytes + after.trace_bytes) as f64 / 1e6,
        before.segments + before.trace_segments,
        (before.bytes + before.trace_bytes) as f64 / 1e6
    );
    for lost in &after.lost {
        let (path, what) = (lost.path.display(), if lost.has_scans { "scans" } else { "traces" });
        println!(
            "WRONG   {path}: {}; its {} {what} of {} stay as they are, and no answer has them: see quietzone store verify",
            lost.reason, lost.rows, lost.days
        );
    }
    Ok(after.lost.is_empty())
}

#[cfg(test)]
mod tests {
    use super::gap;
    use model::Position;
    use spool::Stretch;

    #[test]
    fn a_gap_is_between_the_stores_end_and_the_spools_beginning() {
        let spool = |first| [Stretch { order: 1, epoch: 7, first, last: first + 9 }];
        let at = |seq| Position { epoch: 7, seq };
        assert_eq!(gap(&spool(1), at(5)), None);
        assert_eq!(gap(&spool(6), at(5)), None);
        assert_eq!(gap(&spool(8), at(5)), Some((6, 7)));
        assert_eq!(gap(&spool(8), Position { epoch: 6, seq: 5 }), None, "another epoch begins at one");
        assert_eq!(gap(&[], at(5)), None);
    }
}
