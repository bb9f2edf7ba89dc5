//! Measures the store at size: `cargo run --release -p analytics --example scale -- DIR ROWS [DAYS [ANSWERS]]`.
//!
//! Writes DAYS (365) of scans of 500 workspaces (Zipf 1) and 100,000 links into DIR (which must not exist, or holds what a
//! run before wrote: then only the questions are measured), and reports rates, bytes by column, latencies and memory.
//! Segments are merged as a server would have by the end of these days. With ONLY=WORDS in the environment, only questions
//! whose names have these words are asked. Questions, answers and times also go into the file ANSWERS as JSON:
//! `bench/analytics` asks other engines the same.

mod questions;
#[path = "../spoken/answers.rs"]
mod spoken;
mod world;

use analytics::{Batch, Local, Options};
use model::report::ScanPage;
use model::time::DAY_MS;
use model::{Millis, Position};
use parquet::file::reader::{FileReader, SerializedFileReader};
use questions::{Asks, Question};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::Instant;
use world::{Draw, World};

/// 2026-01-01.
pub const START: Millis = Millis(1_767_225_600_000);
/// Threads that draw scans while the store takes in those of the day before.
const DRAWERS: i64 = 2;
/// Runs of a question, the first of which warms up.
const RUNS: usize = 6;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(dir), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("usage: scale DIR ROWS [DAYS [ANSWERS]]".into());
    };
    let (dir, rows): (_, usize) = (Path::new(&dir), rows.parse()?);
    let days: i64 = arguments.next().map_or(Ok(365), |days| days.parse())?;
    let world = World::new();
    if !dir.exists() {
        write(dir, rows, days, &world)?;
        columns(dir)?;
    }
    merge(dir, START.plus(days * DAY_MS))?;
    let asked = ask(dir, days, &world)?;
    if let Some(answers) = arguments.next() {
        std::fs::write(answers, serde_json::to_vec(&asked)?)?;
    }
    Ok(())
}

fn write(dir: &Path, rows: usize, days: i64, world: &World) -> Result<()> {
    let store = Local::open(dir, Options::default())?;
    let per_day = rows.div_ceil(days as usize);
    // Rates are by CPU time: the machine may have other work.
    let (mut appending, mut sealing, mut merging, mut merged) = (0.0, 0.0, 0.0, 0);
    std::thread::scope(|scope| -> Result<()> {
        let drawers: Vec<_> = (0..DRAWERS)
            .map(|first| {
                let (give, take) = sync_channel(1);
                scope.spawn(move || {
                    let of_all = (first..days).step_by(DRAWERS as usize);
                    // Nobody takes them any more after an error.
                    of_all.map(|day| draw(world, day, per_day)).try_for_each(|day| give.send(day))
                });
                take
            })
            .collect();
        for day in 0..days {
            let (batches, pushing) = drawers[(day % DRAWERS) as usize].recv()?;
            let busy = own_cpu();
            batches.into_iter().for_each(|batch| store.append(batch));
            appending += pushing + own_cpu() - busy;
            let busy = own_cpu();
            store.seal()?;
            sealing += own_cpu() - busy;
            // As of a day later, when it is merged whole: measured on some days, for its rate.
            if day % 6 == 0 && day < 36 {
                let busy = own_cpu();
                store.merge_day(START.plus(day * DAY_MS).utc_day())?;
                merging += own_cpu() - busy;
                merged += per_day;
            }
            if day % 30 == 29 {
                eprintln!("{} of {days} days are written", day + 1);
            }
        }
        Ok(())
    })?;
    let rows = per_day as f64 * days as f64;
    let stats = store.stats();
    println!("rows                  {}", stats.rows);
    println!("append                {:.2} M scans a second of CPU", rows / appending / 1e6);
    println!("seal                  {:.2} M scans a second of CPU", rows / sealing / 1e6);
    println!("append and seal       {:.2} M scans a second of CPU", rows / (appending + sealing) / 1e6);
    println!("merge of a day        {:.2} M scans a second of CPU", merged as f64 / merging / 1e6);
    println!(
        "bytes a scan          {:.1} and {:.1} of facts",
        stats.bytes as f64 / rows,
        stats.facts_bytes as f64 / rows
    );
    Ok(())
}

/// Brings the store to what it is on a server at this instant.
fn merge(dir: &Path, now: Millis) -> Result<()> {
    let store = Local::open(dir, Options::default())?;
    store.delete_facts_before(now.plus(-30 * DAY_MS))?;
    let (began, busy) = (Instant::now(), own_cpu());
    let mut rows = 0;
    while let Some(merged) = store.merge_due(now)? {
        rows += merged.rows;
        eprintln!("{rows} rows are merged");
    }
    println!(
        "merges                {rows} rows in {:.0} s, {:.2} M a second of CPU; {} files",
        began.elapsed().as_secs_f64(),
        rows as f64 / (own_cpu() - busy) / 1e6,
        store.stats().segments
    );
    Ok(())
}

/// Scans of a day, and the seconds of CPU that took which the store's consumer would need too.
fn draw(world: &World, day: i64, per_day: usize) -> (Vec<Batch>, f64) {
    let mut random = StdRng::seed_from_u64(day as u64);
    let mut times: Vec<i64> =
        (0..per_day).map(|_| START.0 + day * DAY_MS + random.random_range(0..DAY_MS)).collect();
    times.sort_unstable();
    let (mut seen, mut pushing, mut seq) =
        ((HashSet::new(), HashSet::new()), 0.0, day as u64 * per_day as u64);
    let mut batch = |times: &[i64]| {
        let drawn: Vec<Draw<'_>> = times
            .iter()
            .map(|at| Draw::new(world, &mut random, Millis(*at), day as u64, &mut seen))
            .collect();
        let busy = own_cpu();
        let mut batch = Batch::new();
        for draw in &drawn {
            seq += 1;
            batch.scan(Position { epoch: 1, seq }, &draw.scan());
        }
        pushing += own_cpu() - busy;
        batch
    };
    let batches = times.chunks(20_000).map(&mut batch).collect();
    (batches, pushing)
}

/// Bytes a scan by column, over all segments.
fn columns(dir: &Path) -> Result<()> {
    let mut bytes: BTreeMap<String, i64> = BTreeMap::new();
    let (mut rows, mut indexes) = (0, 0);
    for file in std::fs::read_dir(dir.join("segments"))? {
        let path = file?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("scans-")) {
            continue;
        }
        let length = std::fs::metadata(&path)?.len() as i64;
        let reader = SerializedFileReader::new(File::open(&path)?)?;
        let mut data = 0;
        for group in reader.metadata().row_groups() {
            rows += group.num_rows();
            for column in group.columns() {
                let size = column.compressed_size();
                *bytes.entry(column.column_path().string()).or_default() += size;
                data += size;
                let bloom = i64::from(column.bloom_filter_length().unwrap_or(0));
                *bytes.entry("(bloom filter)".to_owned()).or_default() += bloom;
                data += bloom;
            }
        }
        indexes += length - data;
    }
    bytes.insert("(footer and page index)".to_owned(), indexes);
    let mut bytes: Vec<_> = bytes.into_iter().collect();
    bytes.sort_by_key(|(_, bytes)| -bytes);
    for (name, bytes) in bytes {
        println!("  {:6.3}  {name}", bytes as f64 / rows as f64);
    }
    Ok(())
}

/// Asks every question and tells how long it took; what was asked and answered is handed back.
fn ask(dir: &Path, days: i64, world: &World) -> Result<Value> {
    let began = Instant::now();
    let store = Local::open(dir, Options::default())?;
    println!("open                  {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    println!("RssAnon, opened       {:.0} MB", memory());
    let mut asked = Vec::new();
    for Question { name, population, asks } in questions::all(world, days) {
        if std::env::var("ONLY").is_ok_and(|only| !name.contains(&only)) {
            continue;
        }
        let page = |limit| ScanPage { population: population.clone(), visitor: None, before: None, limit };
        let mut question = json!({ "name": name, "population": spoken::population_json(&population) });
        let (took, scans) = match &asks {
            Asks::Reports(asks) => {
                let (took, answered) = timed(|| store.answer(&population, asks))?;
                question["asks"] = asks.iter().map(spoken::ask_json).collect();
                question["answers"] = answered.answers.iter().map(spoken::answer_json).collect();
                (took, answered.read)
            }
            Asks::Page(limit) => {
                let (took, scans) = timed(|| store.scans(&page(*limit)))?;
                let ids: Vec<String> = scans.iter().map(|scan| scan.get().id.to_string()).collect();
                question["asks"] = json!([{ "kind": "page", "limit": limit }]);
                question["answers"] = json!([ids]);
                (took, scans.len() as u64)
            }
            Asks::One => {
                let newest = store.scans(&page(100))?;
                let id = newest[newest.len() / 2].get().id;
                let (took, scan) = timed(|| store.scan(population.workspace, id))?;
                let city = scan.ok_or("the scan is not found by its id")?.get().city.to_owned();
                question["asks"] = json!([{ "kind": "one", "id": id.to_string() }]);
                question["answers"] = json!([city]);
                (took, 1)
            }
        };
        println!(
            "{name:50} {:8.1} ms, {:.1} ms of CPU; {:.1} ms the first time; {scans} scans",
            took.median, took.cpu, took.first
        );
        question["ms"] = took.median.into();
        question["cpu"] = took.cpu.into();
        asked.push(question);
    }
    println!("RssAnon, asked        {:.0} MB", memory());
    let stats = store.stats();
    Ok(json!({
        "rows": stats.rows,
        "bytes": stats.bytes,
        "memory": memory(),
        "start": START,
        "days": days,
        "questions": asked,
    }))
}

/// Milliseconds.
struct Took {
    first: f64,
    median: f64,
    cpu: f64,
}

fn timed<T>(ask: impl Fn() -> analytics::Result<T>) -> Result<(Took, T)> {
    let run = || -> Result<(f64, f64, T)> {
        let (began, busy) = (Instant::now(), cpu());
        let answer = ask()?;
        Ok((began.elapsed().as_secs_f64() * 1e3, (cpu() - busy) * 1e3, answer))
    };
    let (first, _, mut answer) = run()?;
    let (mut walls, mut busy) = (Vec::new(), Vec::new());
    for _ in 1..RUNS {
        let (wall, cpu, again) = run()?;
        walls.push(wall);
        busy.push(cpu);
        answer = again;
    }
    walls.sort_by(f64::total_cmp);
    busy.sort_by(f64::total_cmp);
    Ok((Took { first, median: walls[walls.len() / 2], cpu: busy[busy.len() / 2] }, answer))
}

/// Seconds of CPU this process has used, in all threads.
fn cpu() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let used = |path: &Path| -> Option<f64> {
        std::fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    threads.filter_map(|thread| used(&thread.ok()?.path())).sum::<f64>() / 1e9
}

/// Seconds of CPU this thread has used.
fn own_cpu() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

/// Megabytes of memory that are no file's.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes / 1e3)
}
