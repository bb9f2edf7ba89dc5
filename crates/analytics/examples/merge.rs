//! Measures merging: `cargo run --release -p analytics --example merge -- DIR [DAYS]`.
//!
//! Opens the store in DIR (as `scale` writes one), lets user agents go as of DAYS (100) after its last scan and merges what is
//! due then; reports each merge with its rate and the process's peak of memory. Beside it, scans are appended and
//! sealed all the time, before and during the merges; what each seal took is reported too.

use analytics::{Batch, Local, Options};
use model::report::{OwnedScan, Population, ScanPage, Scope, Verdicts};
use model::time::DAY_MS;
use model::{Millis, Position, WorkspaceId};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Scans of a seal: those of five minutes of a store of 100 million a year.
const SEAL: usize = 950;
/// Time between two seals. (In life it is five minutes.)
const PAUSE: Duration = Duration::from_secs(2);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(dir) = arguments.next() else { return Err("usage: merge DIR [DAYS]".into()) };
    let days: i64 = arguments.next().map_or(Ok(100), |days| days.parse())?;
    let store = Local::open(Path::new(&dir), Options::default())?;
    let Some((_, last)) = store.stats().range else { return Err("the store is empty".into()) };
    let later = last.plus(days * DAY_MS);
    store.delete_facts_before(later)?;
    let fresh = some_scans(&store, later)?;
    let before = store.stats();
    println!("opened                {} segments, {} rows; peak {} MB", before.segments, before.rows, peak());
    let done = AtomicBool::new(false);
    let alone = seals(&store, &fresh, &done, 8)?;
    std::thread::scope(|scope| -> Result<()> {
        let sealing = scope.spawn(|| seals(&store, &fresh, &done, usize::MAX));
        let merged = merges(&store, later);
        done.store(true, Ordering::Relaxed);
        let beside = sealing.join().map_err(|_| "sealing fell")??;
        tell("a seal alone", alone);
        tell("a seal beside merges", beside);
        merged
    })?;
    let after = store.stats();
    println!("now                   {} segments, {} rows; peak {} MB", after.segments, after.rows, peak());
    Ok(())
}

fn merges(store: &Local, now: Millis) -> Result<()> {
    loop {
        let (began, busy) = (Instant::now(), cpu());
        let Some(merged) = store.merge_due(now)? else { return Ok(()) };
        let (took, busy) = (began.elapsed().as_secs_f64(), cpu() - busy);
        println!(
            "{}  {} segments, {} rows: {took:.1} s, {busy:.1} s of CPU, {:.2} M rows a second of CPU; peak {} MB",
            merged.days,
            merged.segments,
            merged.rows,
            merged.rows as f64 / busy / 1e6,
            peak()
        );
    }
}

/// Appends and seals until it is done, or `most` times; what each took.
fn seals(store: &Local, fresh: &[OwnedScan], done: &AtomicBool, most: usize) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    let mut seq = store.position().map_or(0, |position| position.seq);
    while !done.load(Ordering::Relaxed) && took.len() < most {
        let mut batch = Batch::new();
        for scan in fresh {
            seq += 1;
            batch.scan(Position { epoch: u32::MAX, seq }, &scan.get());
        }
        store.append(batch);
        let began = Instant::now();
        store.seal()?;
        took.push(began.elapsed());
        std::thread::sleep(PAUSE);
    }
    Ok(took)
}

/// Scans of the store as if they were made on another day.
fn some_scans(store: &Local, at: Millis) -> Result<Vec<OwnedScan>> {
    let mut found = Vec::new();
    store.today(store.stats().range.map_or(at, |(first, _)| first).utc_day(), |row| {
        if found.is_empty() {
            found.push(row.workspace);
        }
    })?;
    let workspace: WorkspaceId = *found.first().ok_or("the first day has no human scan of a visitor")?;
    let everything = Population {
        workspace,
        scope: Scope::Workspace,
        verdicts: Verdicts::ALL,
        from: Millis(0),
        to: Millis(i64::MAX),
        filters: vec![],
    };
    let page = ScanPage { population: everything, visitor: None, before: None, limit: SEAL };
    let moved = |scan: &OwnedScan| {
        let mut scan = scan.get();
        scan.at = at;
        OwnedScan::from(&scan)
    };
    Ok(store.scans(&page)?.iter().map(moved).collect())
}

fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let (Some(median), Some(most)) = (took.get(took.len() / 2), took.last()) else { return };
    println!("{what:21} {} times: median {median:.1?}, most {most:.1?}", took.len());
}

/// Seconds of processor time of this thread.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

/// Most anonymous and other memory that the process ever had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
