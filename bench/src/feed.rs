//! Listeners of the live feed: whether each hears every scan, how late, and what that costs the server.

use crate::load::{self, Target, percentile};
use crate::processes::Server;
use crate::redirect::{SETTINGS, TOKEN, prepare, slugs};
use crate::workload::Workload;
use anyhow::{Context, ensure};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A scan that a listener hears of later than this is late.
const LATE: Duration = Duration::from_secs(2);
/// Part of the time for which scans come with nobody listening: what they cost by themselves.
const ALONE: u32 = 4;
/// Longest that listeners wait for what they have not heard when no more scans come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the listeners heard.
#[derive(Default)]
struct Heard {
    /// From the scan's own clock reading until it was read, of each scan and listener.
    delays: Vec<Duration>,
    /// Notices of a gap.
    gaps: usize,
}

/// Scans at a steady rate, a quarter of the time with nobody listening and then with the listeners.
pub fn run(binary: &Path, listeners: usize, rate: usize, seconds: u64) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    prepare(binary, &data)?;
    let server = Server::quietzone(binary, data.path(), &SETTINGS)?;
    let workload = Workload::draw(&slugs(&server)?, &server.address.to_string(), 1)?;
    let target = Target { address: server.address, tls: None };
    let time = Duration::from_secs(seconds);
    load::closed(&workload, &target, 0, 1_000)?;

    let cores = |time: Duration| -> anyhow::Result<f64> {
        let (began, before) = (Instant::now(), server.all_seconds()?);
        load::open(&workload, &target, rate, time)?;
        Ok((server.all_seconds()? - before) / began.elapsed().as_secs_f64())
    };
    let alone = cores(time / ALONE)?;

    let (ready, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let address = server.address;
    let scans = (rate as f64 * time.as_secs_f64()) as usize;
    let (heard, listening) = std::thread::scope(|scope| {
        let listening = scope.spawn(|| listen(address, listeners, scans, &ready, &over));
        while ready.load(Ordering::Relaxed) < listeners && !listening.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let busy = cores(time);
        over.store(true, Ordering::Relaxed);
        let heard = listening.join().map_err(|_| anyhow::anyhow!("the listening panicked"))?;
        anyhow::Ok((heard?, busy?))
    })?;
    let mut delays = heard.delays;
    let expected = scans * listeners;
    delays.sort_unstable();
    let late = delays.len() - delays.partition_point(|delay| *delay <= LATE);
    let at = |share| percentile(&delays, share).as_millis();
    println!("{listeners} listeners, {rate} scans a second for {seconds} s: {scans} scans");
    println!("heard {} of {expected}, lost {}", delays.len(), expected.saturating_sub(delays.len()));
    println!("gap notices {}", heard.gaps);
    println!("late (> 2 s) {late}, a share of {:.6}", late as f64 / expected as f64);
    println!("delay, ms: p50 {}, p99 {}, p99.9 {}, max {}", at(0.5), at(0.99), at(0.999), at(1.0));
    println!("CPU of the server, of one core: {listening:.3}; {alone:.3} with nobody listening");
    let each = (listening - alone) / (rate * listeners) as f64 * 1e6;
    println!("so {each:.1} us for a scan and listener");
    Ok(())
}

/// Listens until each has heard so many scans, or some time after it is `over`.
fn listen(
    address: SocketAddr,
    listeners: usize,
    scans: usize,
    ready: &AtomicUsize,
    over: &AtomicBool,
) -> anyhow::Result<Heard> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut streams = Vec::with_capacity(listeners);
        for _ in 0..listeners {
            streams.push(open(address).await?);
            ready.fetch_add(1, Ordering::Relaxed);
        }
        let each = streams.into_iter().map(|stream| hear(stream, scans, over));
        let all = futures_util::future::try_join_all(each).await?;
        let mut heard = Heard::default();
        for one in all {
            heard.delays.extend(one.delays);
            heard.gaps += one.gaps;
        }
        Ok(heard)
    })
}

/// Opens the feed of everything; its answer has begun when this returns.
async fn open(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "GET /v1/events/stream?verdict=all HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut begun = Vec::new();
    // The first piece is a hint for reconnecting: whoever has it is entered as a listener.
    while !begun.windows(6).any(|window| window == b"retry:") {
        ensure!(stream.read_buf(&mut begun).await? > 0, "the server closed a listener's connection");
    }
    ensure!(begun.starts_with(b"HTTP/1.1 200"), "answered {}", String::from_utf8_lossy(&begun));
    Ok(stream)
}

#[expect(clippy::disallowed_methods, reason = "ids were made by this machine's clock")]
async fn hear(mut stream: TcpStream, scans: usize, over: &AtomicBool) -> anyhow::Result<Heard> {
    let mut heard = Heard { delays: Vec::with_capacity(scans), gaps: 0 };
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut ends: Option<Instant> = None;
    while heard.delays.len() < scans {
        match tokio::time::timeout(Duration::from_secs(1), stream.read_buf(&mut buffer)).await {
            Err(_) => {}
            Ok(read) => ensure!(read? > 0, "the server closed a listener's connection"),
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let mut from = 0;
        while let Some(length) = buffer[from..].windows(2).position(|window| window == b"\n\n") {
            let message = &buffer[from..from + length];
            from += length + 2;
            if let Some(at) = scanned_at(message)? {
                heard.delays.push(now.saturating_sub(at));
            } else if message.windows(10).any(|window| window == b"event: gap") {
                heard.gaps += 1;
            }
        }
        buffer.drain(..from);
        if over.load(Ordering::Relaxed) && ends.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            break;
        }
    }
    Ok(heard)
}

/// When a scan was made: its id begins with the clock reading of its request.
fn scanned_at(message: &[u8]) -> anyhow::Result<Option<Duration>> {
    const DATA: &[u8] = b"event: scan\ndata: {\"id\":\"";
    let Some(at) = message.windows(DATA.len()).position(|window| window == DATA) else { return Ok(None) };
    let id = message.get(at + DATA.len()..at + DATA.len() + 36).context("a scan without an id")?;
    let bytes = Uuid::try_parse_ascii(id)?.into_bytes();
    let milliseconds = bytes[..6].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    Ok(Some(Duration::from_millis(milliseconds)))
}
