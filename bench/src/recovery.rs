//! How long a start takes after a crash that left a large spool behind.

use crate::load::{self, Target};
use crate::processes::Server;
use crate::redirect::{SETTINGS, prepare, slugs, stored};
use crate::start;
use crate::workload::Workload;
use anyhow::bail;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Scans asked for between two looks at the size of the spool.
const ROUND: usize = 100_000;
/// Longest that the store may take to have every scan.
const PATIENCE: Duration = Duration::from_secs(300);

/// Scans until the spool has so many bytes, kills the program and starts it again: with a catalog that has counted the
/// scans but for the last few, then with one that has counted none of them. The first request of each start is a scan.
pub fn run(binary: &Path, bytes: u64) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    prepare(binary, &data)?;
    let before = TempDir::new()?;
    copy_catalog(data.path(), before.path())?;
    // Nothing is sealed, so that the store has to read everything again.
    let unsealed = [
        ("QUIETZONE_STORE_SEAL_AFTER_S", "1000000"),
        ("QUIETZONE_STORE_SEAL_ROWS", "1000000000"),
        ("QUIETZONE_STORE_HOT_ROWS_MAX", "1000000000"),
    ];
    let settings = [SETTINGS.as_slice(), &unsealed].concat();
    let mut server = Server::quietzone(binary, data.path(), &settings)?;
    let slugs = slugs(&server)?;
    let workload = Workload::draw(&slugs, &server.address.to_string(), 1)?;
    let (sealed, mut scans) = (stored(&server)?, 0);
    while spool_bytes(data.path())? < bytes {
        load::closed(&workload, &Target { address: server.address, tls: None }, scans, ROUND)?;
        scans += ROUND;
    }
    println!("{scans} scans, {} MiB of spool, killed", spool_bytes(data.path())? >> 20);
    println!(
        "{:28}{:>16}{:>24}{:>22}",
        "the catalog had counted", "ready, ms", "first redirect, ms", "all in store, ms"
    );
    for (counted, restore) in [("nearly all", false), ("nothing", true)] {
        server.kill()?;
        if restore {
            copy_catalog(before.path(), data.path())?;
        }
        let began = Instant::now();
        server = Server::quietzone(binary, data.path(), &settings)?;
        let ready = began.elapsed();
        start::redirect(&server, &slugs[0])?;
        let first = began.elapsed();
        scans += 1;
        while stored(&server)? < sealed + scans as u64 {
            if began.elapsed() > PATIENCE {
                bail!("the store has {} of {} rows", stored(&server)?, sealed + scans as u64);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let [ready, first, all] = [ready, first, began.elapsed()].map(|time| time.as_millis());
        println!("{counted:28}{ready:>16}{first:>24}{all:>22}");
    }
    Ok(())
}

fn spool_bytes(data: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(data.join("spool"))? {
        let file = file?;
        if file.file_name() != "ballast" {
            // A file may go while it is looked at.
            bytes += file.metadata().map_or(0, |metadata| metadata.len());
        }
    }
    Ok(bytes)
}

/// Copies a catalog that nobody has open, what its log holds included, over what is there.
fn copy_catalog(from: &Path, to: &Path) -> anyhow::Result<()> {
    for name in ["catalog.db", "catalog.db-wal", "catalog.db-shm"] {
        let there = to.join(name);
        if there.exists() {
            fs::remove_file(&there)?;
        }
        if from.join(name).exists() {
            fs::copy(from.join(name), there)?;
        }
    }
    Ok(())
}
