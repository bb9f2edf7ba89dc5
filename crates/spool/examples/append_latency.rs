//! How long an append takes while the sync thread is at work: `append_latency [DIRECTORY] [RECORDS]`.
//!
//! Prints a line each for 1 and 8 threads, back to back and at 20,000 records a second, with a reader behind.

use spool::{Entry, Options, Spool};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const PAYLOAD: [u8; 228] = [7; 228];

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let records: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(400_000);
    let directory = directory.join(format!("append-latency-{}", std::process::id()));
    println!("256 B frames; append in us: p50 / p99 / p99.9 / max; written = without waiting in memory");
    bare_writes(&directory, records)?;
    for threads in [1, 8] {
        for rate in [None, Some(20_000)] {
            run(&directory, threads, rate, if rate.is_some() { records / 8 } else { records })?;
        }
    }
    std::fs::remove_dir_all(directory)
}

/// The same bytes to a file that nobody syncs or reads, for comparison.
fn bare_writes(directory: &Path, records: usize) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let file = File::create(directory.join("bare"))?;
    let mut times = Vec::with_capacity(records);
    for record in 0..records as u64 {
        let started = Instant::now();
        file.write_all_at(&[7; 256], record * 256)?;
        times.push(u32::try_from(started.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
    times.sort_unstable();
    println!("bare write: {}", quantiles(&times));
    std::fs::remove_file(directory.join("bare"))
}

fn quantiles(sorted: &[u32]) -> String {
    let at = |share: f64| f64::from(sorted[((sorted.len() - 1) as f64 * share) as usize]) / 1000.0;
    format!("{:.2} / {:.2} / {:.2} / {:.0} us", at(0.5), at(0.99), at(0.999), at(1.0))
}

fn run(directory: &Path, threads: usize, rate: Option<u32>, records: usize) -> std::io::Result<()> {
    let options = Options { ballast_bytes: 0, ..Options::new(threads as u32, 0, &["bench"]) };
    let (spool, _) = Spool::open(directory, options)?;
    let done = AtomicBool::new(false);
    let started = Instant::now();
    let (mut times, read) = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut reader, mut read) = (spool.reader(None), 0);
            loop {
                let stop = done.load(Ordering::Acquire);
                match reader.next(65_536, 1 << 20, Duration::from_millis(20)) {
                    Ok(batch) if batch.is_empty() && stop => return read,
                    Ok(batch) => {
                        read += batch.len();
                        batch.last().into_iter().for_each(|position| spool.release("bench", position));
                        // As the store consumer does: not woken for every single record.
                        thread::sleep(Duration::from_millis(10));
                    }
                    Err(error) => eprintln!("{error}"),
                }
            }
        });
        let writers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| append(&spool, records / threads, rate.map(|rate| rate / threads as u32)))
            })
            .collect();
        let times: Vec<u32> = writers.into_iter().filter_map(|writer| writer.join().ok()).flatten().collect();
        done.store(true, Ordering::Release);
        (times, reading.join().unwrap_or(0))
    });
    let elapsed = started.elapsed();
    times.sort_unstable();
    let status = spool.status();
    println!(
        "{threads} threads, {}: {}; {} written, {} at risk, {} lost, {read} read, \
         {:.0} k/s; last sync {:?}",
        rate.map_or("back to back".into(), |rate| format!("{rate} a second")),
        quantiles(&times),
        status.written - status.at_risk_total,
        status.at_risk_total,
        status.lost.total(),
        times.len() as f64 / elapsed.as_secs_f64() / 1000.0,
        status.last_sync,
    );
    Ok(())
}

/// Nanoseconds of each append.
fn append(spool: &Spool, records: usize, rate: Option<u32>) -> Vec<u32> {
    let gap = rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate);
    let mut times = Vec::with_capacity(records);
    let mut due = Instant::now();
    for _ in 0..records {
        while Instant::now() < due {
            thread::yield_now();
        }
        let started = Instant::now();
        let _ = spool.append(Entry { kind: 1, layout: 1, at_ms: 0, payload: &PAYLOAD });
        times.push(u32::try_from(started.elapsed().as_nanos()).unwrap_or(u32::MAX));
        due += gap;
    }
    times
}
