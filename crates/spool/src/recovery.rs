//! Opening a directory that an earlier process left behind, in whatever state.

use crate::disk::{Disk, SpoolFile, read_full, write_all};
use crate::frame::{FILE_HEADER, FileHeader};
use crate::log_file::{Files, LogFile, parse_name};
use crate::scanner::{Run, Scanner};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Records that should be there and are not readable: damage with sound records behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The epoch they belong to.
    pub epoch: u32,
    /// Number of the first that is missing.
    pub from: u64,
    /// Number of the last that is missing.
    pub to: u64,
}

/// What was found at opening. A clean stop leaves everything but the counts and the time at zero.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// Files found sound, at least in part.
    pub files: usize,
    /// Records in them.
    pub records: u64,
    /// Bytes behind the last sound record of a file: a write that did not come to its end, or what a power loss took.
    /// They are passed over.
    pub torn_bytes: u64,
    /// Records that are missing between sound ones.
    pub gaps: Vec<Gap>,
    /// Files renamed to `*.bad` because their header is not sound.
    pub set_aside: Vec<String>,
    /// Copies (`*.quarantine`) made now of files with damage between sound records, for somebody to look at.
    pub quarantined: Vec<String>,
    /// Files that could not be opened or read, now or at an earlier opening, and why. They are renamed to `*.unread`, as no
    /// consumer would ever come back to their records and the files would go as if they had been read.
    pub unread: Vec<(String, String)>,
    /// Bytes that the disk could not read.
    pub unreadable_bytes: u64,
    /// What else went wrong, one sentence each.
    pub errors: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What recovery hands to the spool.
pub(crate) struct Recovered {
    pub files: Files,
    pub next_order: u64,
    pub report: Recovery,
}

/// The end of the name of a file that could not be read.
const UNREAD: &str = ".unread";

/// Reads all files. Fails only if the directory cannot be listed.
pub(crate) fn recover(disk: &dyn Disk) -> io::Result<Recovered> {
    let started = Instant::now();
    let mut names: Vec<(u64, u32, String)> = Vec::new();
    for name in disk.list()? {
        if let Some((order, epoch)) = parse_name(&name) {
            names.push((order, epoch, name));
        }
    }
    names.sort();
    let mut recovered = Recovered { files: Files::default(), next_order: 1, report: Recovery::default() };
    let mut renamed = false;
    for (order, epoch, name) in names.iter() {
        // Also of what was set aside: the order of the epochs must not depend on a header.
        if recovered.files.rank(*epoch).is_none() {
            recovered.files.epochs.push(*epoch);
        }
        recovered.next_order = recovered.next_order.max(order.saturating_add(1));
        if name.ends_with(UNREAD) {
            recovered.report.unread.push((name.clone(), "set aside at an earlier start".to_owned()));
        }
        if !name.ends_with(".log") {
            continue;
        }
        let read = read_file(disk, (*order, *epoch), name, &mut recovered.report);
        match read {
            Ok(Some(file)) => recovered.files.list.push(Arc::new(file)),
            Ok(None) => {
                let bad = format!("{name}.bad");
                match disk.rename(name, &bad) {
                    Ok(()) => recovered.report.set_aside.push(bad),
                    Err(error) => recovered.report.errors.push(format!("setting {name} aside: {error}")),
                }
                renamed = true;
            }
            Err(error) => {
                let aside = format!("{name}{UNREAD}");
                let kept = match disk.rename(name, &aside) {
                    Ok(()) => aside,
                    Err(error) => {
                        recovered.report.errors.push(format!("setting {name} aside: {error}"));
                        name.clone()
                    }
                };
                recovered.report.unread.push((kept, error.to_string()));
                renamed = true;
            }
        }
    }
    if renamed && let Err(error) = disk.sync_directory() {
        recovered.report.errors.push(format!("syncing the spool's directory: {error}"));
    }
    recovered.report.files = recovered.files.list.len();
    count(&recovered.files, &mut recovered.report);
    recovered.report.elapsed = started.elapsed();
    Ok(recovered)
}

/// `None` if the header is not sound, or not that of a file with this name.
fn read_file(
    disk: &dyn Disk,
    named: (u64, u32),
    name: &str,
    report: &mut Recovery,
) -> io::Result<Option<LogFile>> {
    let file = disk.open(name)?;
    let size = file.size()?;
    let mut header = [0; FILE_HEADER];
    let filled = read_full(&*file, &mut header, 0)?;
    let Some(header) = FileHeader::decode(&header[..filled]).filter(|h| (h.order, h.epoch) == named) else {
        return Ok(None);
    };
    let mut scanner = Scanner::new(&*file, header.seed(), size);
    let runs = scanner.runs(FILE_HEADER as u64, header.first_seq.saturating_sub(1));
    report.unreadable_bytes += scanner.unreadable;
    report.torn_bytes += size.saturating_sub(runs.last().map_or(FILE_HEADER as u64, |run| run.end));
    if is_broken_inside(&header, &runs) {
        quarantine(disk, &*file, name, size, report);
    }
    Ok(Some(LogFile::recovered(&header, runs, size)))
}

/// Whether there is damage in front of a sound record.
fn is_broken_inside(header: &FileHeader, runs: &[Run]) -> bool {
    runs.len() > 1
        || runs.first().is_some_and(|run| {
            run.start > FILE_HEADER as u64 || header.first_seq != 0 && run.first != header.first_seq
        })
}

fn quarantine(disk: &dyn Disk, file: &dyn SpoolFile, name: &str, size: u64, report: &mut Recovery) {
    let copy = format!("{name}.quarantine");
    match copy_to(disk, file, &copy, size) {
        Ok(_) => report.quarantined.push(copy),
        // Made at an earlier opening.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => report.errors.push(format!("copying {name} into quarantine: {error}")),
    }
}

/// Copies the first `size` bytes into a new file.
pub(crate) fn copy_to(
    disk: &dyn Disk,
    file: &dyn SpoolFile,
    name: &str,
    size: u64,
) -> io::Result<Arc<dyn SpoolFile>> {
    let copy = disk.create(name)?;
    let mut bytes = vec![0; 1 << 20];
    let mut at = 0;
    while at < size {
        let most = bytes.len().min((size - at) as usize);
        // What cannot be read stays a hole.
        let filled = read_full(file, &mut bytes[..most], at).unwrap_or(0);
        if filled > 0
            && let Err(error) = write_all(&*copy, &bytes[..filled], at)
        {
            drop(disk.remove(name));
            return Err(error);
        }
        at += bytes.len() as u64;
    }
    Ok(copy)
}

/// Counts records and finds the gaps between them, copies counted once.
fn count(files: &Files, report: &mut Recovery) {
    for &epoch in &files.epochs {
        let of_epoch = files.list.iter().filter(|file| file.epoch == epoch);
        let mut runs: Vec<Run> = of_epoch.flat_map(|file| file.runs.iter().copied()).collect();
        runs.sort_by_key(|run| (run.first, run.last));
        let mut last = None;
        for run in runs {
            let from = last.map_or(run.first, |last: u64| last + 1);
            if run.first > from {
                report.gaps.push(Gap { epoch, from, to: run.first - 1 });
            }
            report.records += (run.last + 1).saturating_sub(from.max(run.first));
            last = Some(last.map_or(run.last, |last| last.max(run.last)));
        }
    }
}
