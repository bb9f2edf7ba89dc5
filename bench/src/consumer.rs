//! How fast the store takes in what lies in the spool, while redirects go on.

use crate::load::{self, Target};
use crate::processes::Server;
use crate::redirect::{SETTINGS, metric, prepare, slugs, stored};
use crate::workload::Workload;
use anyhow::bail;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Redirects a second that go on meanwhile.
const RATE: usize = 1_000;
/// Longest that the store may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Scans `count` times with nothing sealed, kills the program, and starts it again under redirects: everything that was
/// scanned is read from the spool anew.
pub fn run(binary: &Path, count: usize) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    prepare(binary, &data)?;
    let unsealed = [
        ("QUIETZONE_STORE_SEAL_AFTER_S", "1000000"),
        ("QUIETZONE_STORE_SEAL_ROWS", "1000000000"),
        ("QUIETZONE_STORE_HOT_ROWS_MAX", "1000000000"),
    ];
    let settings = [SETTINGS.as_slice(), &unsealed].concat();
    let server = Server::quietzone(binary, data.path(), &settings)?;
    let slugs = slugs(&server)?;
    let workload = Workload::draw(&slugs, &server.address.to_string(), 1)?;
    let before = stored(&server)?;
    load::closed(&workload, &Target { address: server.address, tls: None }, 0, count)?;
    server.kill()?;

    let began = Instant::now();
    let server = Server::quietzone(binary, data.path(), &settings)?;
    let ready = began.elapsed();
    let workload = Workload::draw(&slugs, &server.address.to_string(), 2)?;
    let at_start = stored(&server)?;
    let (seconds, rows) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| until_taken_in(&server, before + count as u64));
        let time = Duration::from_secs(2);
        while !watching.is_finished() {
            load::open(&workload, &Target { address: server.address, tls: None }, RATE, time)?;
        }
        watching.join().map_err(|_| anyhow::anyhow!("the watching panicked"))?
    })?;
    let rate = (rows - at_start) as f64 / seconds;
    println!("{count} scans in the spool, killed, started again under {RATE} redirects a second");
    println!("ready after {} ms, {} rows in the store by then", ready.as_millis(), at_start - before);
    println!("then {} rows in {seconds:.2} s: {rate:.0} scans a second", rows - at_start);
    println!("at risk {}", metric(&server, "quietzone_scans_at_risk")?);
    Ok(())
}

/// Waits until the store holds so many rows; seconds it took, and the rows it then had.
fn until_taken_in(server: &Server, rows: u64) -> anyhow::Result<(f64, u64)> {
    let began = Instant::now();
    loop {
        let now = stored(server)?;
        if now >= rows {
            return Ok((began.elapsed().as_secs_f64(), now));
        }
        if began.elapsed() > PATIENCE {
            bail!("the store has {now} of {rows} rows");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
