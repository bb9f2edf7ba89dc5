//! The disk: is there room, does it keep what it is given, and how fast does it say so?

use super::{Check, access};
use crate::config::Config;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// With less than this the next hour is in danger.
const LEAST_BYTES: u64 = 200 << 20;
/// Syncs timed; the slowest counts.
const SYNCS: usize = 5;
/// A sync that takes longer makes the sync interval a fiction.
const SLOW: Duration = Duration::from_millis(200);

pub fn checks(config: &Config) -> Vec<Check> {
    let place = access::nearest(&config.data);
    vec![room(config, place), kind(config, place), sync(place)]
}

fn room(config: &Config, place: &Path) -> Check {
    const NAME: &str = "disk.room";
    let mend = "Make room on this disk, or put the data directory (--data) on a larger one.";
    match rustix::fs::statvfs(place) {
        Err(error) => Check::fail(NAME, format!("{} cannot be looked at: {error}.", place.display()), mend),
        Ok(disk) => {
            let free = disk.f_bavail * disk.f_frsize;
            let message = format!("{} are free where {} is.", size(free), config.data.display());
            let spool = config.data.join("spool");
            if free < LEAST_BYTES && spool.exists() && !spool.join("ballast").exists() {
                let message = format!("{message} The spool's reserve (spool/ballast) is used up.");
                Check::fail(NAME, message, mend)
            } else if free < LEAST_BYTES {
                Check::fail(NAME, message, mend)
            } else if disk.f_files > 0 && disk.f_favail < 1000 {
                Check::fail(NAME, "The disk has no more room for new files (inodes).", mend)
            } else if free < config.max_spool_bytes {
                let most = size(config.max_spool_bytes);
                let message =
                    format!("{message} The spool alone may grow to {most} while the store is busy.");
                Check::warn(NAME, message, format!("{mend} Or lower spool.max_bytes."))
            } else {
                Check::ok(NAME, message)
            }
        }
    }
}

/// statfs(2): the numbers of file systems.
const KINDS: [(u32, &str, &str); 7] = [
    (0x0102_1994, "tmpfs", MEMORY),
    (0x8584_58f6, "ramfs", MEMORY),
    (0x794c_7630, "an overlay", CONTAINER),
    (0x6969, "NFS", NETWORK),
    (0xff53_4d42, "SMB", NETWORK),
    (0xfe53_4d42, "SMB", NETWORK),
    (0x0102_1997, "9P", NETWORK),
];
const MEMORY: &str = "is memory: everything is gone when the machine restarts";
const CONTAINER: &str = "is the layer of a container: everything goes with the container, unless the overlay is the machine's own root";
const NETWORK: &str = "is another machine's disk: a scan waits for the network, and locks may be lost";

fn kind(config: &Config, place: &Path) -> Check {
    const NAME: &str = "disk.kind";
    // The spool may be a mount of its own.
    let spool = config.data.join("spool");
    for place in [place, access::nearest(&spool)] {
        let Ok(found) = rustix::fs::statfs(place) else { continue };
        if let Some((_, kind, what)) = KINDS.iter().find(|(number, ..)| *number == found.f_type as u32) {
            let message = format!("{} is on {kind}, which {what}.", place.display());
            return Check::warn(NAME, message, "Put the data directory (--data) on a disk of this machine.");
        }
    }
    Check::ok(NAME, "The data directory is on a disk.")
}

fn sync(place: &Path) -> Check {
    const NAME: &str = "disk.sync";
    match slowest_sync(place) {
        Ok(slowest) => {
            let message = format!(
                "A write is on the disk after {:.1} ms (the slowest of {SYNCS}).",
                slowest.as_secs_f64() * 1000.0
            );
            if slowest <= SLOW {
                return Check::ok(NAME, message);
            }
            let mend = "A power failure may take back the scans of that time. Use a faster disk, or see what else writes to \
                        this one.";
            Check::warn(NAME, message, mend)
        }
        Err(error) => {
            let message = format!("Nothing can be written in {}: {error}.", place.display());
            let mend = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Make room on the disk.",
                io::ErrorKind::ReadOnlyFilesystem => "Mount the disk for writing.",
                io::ErrorKind::PermissionDenied => {
                    "Let the user that runs quietzone own the directory (chown -R)."
                }
                _ => "See the system's log (dmesg); the disk may be broken.",
            };
            Check::fail(NAME, message, mend)
        }
    }
}

/// Writes to a file that nobody else sees, and syncs it as the spool does.
fn slowest_sync(place: &Path) -> io::Result<Duration> {
    let mut file = tempfile::tempfile_in(place)?;
    let mut slowest = Duration::ZERO;
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        slowest = slowest.max(began.elapsed());
    }
    Ok(slowest)
}

/// Bytes in the unit that people would choose.
fn size(bytes: u64) -> String {
    let mega = bytes as f64 / f64::from(1 << 20);
    if mega < 1024.0 { format!("{mega:.0} MiB") } else { format!("{:.1} GiB", mega / 1024.0) }
}
