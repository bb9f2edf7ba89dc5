//! What a redirect costs and how long it takes, beside servers that do less.

use crate::load::{self, Target};
use crate::processes::{Server, free_address};
use crate::tls::Certificate;
use crate::workload::{LINKS, Workload};
use anyhow::{Context, bail};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A full-access token, so that the generator can ask the API.
pub const TOKEN: &str = "sk_live_bench_0123456789abcdef0123456789abcdef";
/// Scans that lie in the store before the load begins: an overview has something to count.
const STORED: u32 = 200_000;

/// What Quietzone is started with.
pub const SETTINGS: [(&str, &str); 3] = [
    ("QUIETZONE_API_TOKEN", TOKEN),
    ("QUIETZONE_API_RATE_LIMIT", "0"),
    ("QUIETZONE_TRUSTED_PROXIES", "127.0.0.1/32"),
];

/// Makes a data directory with the links of W1.
pub fn prepare(binary: &Path, data: &TempDir) -> anyhow::Result<()> {
    let made = Command::new(binary)
        .args(["simulate", "--seed", "1", "--days", "30", "--scans", &STORED.to_string()])
        .args(["--links", &LINKS.to_string(), "--data"])
        .arg(data.path())
        .output()?;
    if !made.status.success() {
        bail!("quietzone simulate: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(())
}

/// Quietzone with the links of W1, and where it is to be asked: over TLS at a port of its own.
fn quietzone(
    binary: &Path,
    data: &TempDir,
    tls: Option<&Certificate>,
) -> anyhow::Result<(Server, SocketAddr, Vec<String>)> {
    prepare(binary, data)?;
    let Some(tls) = tls else {
        let server = Server::quietzone(binary, data.path(), &SETTINGS)?;
        let (address, slugs) = (server.address, slugs(&server)?);
        return Ok((server, address, slugs));
    };
    let address = free_address()?;
    let (cert, key) = (tls.cert().display().to_string(), tls.key().display().to_string());
    let encrypted = [
        ("QUIETZONE_TLS_CERT", cert.as_str()),
        ("QUIETZONE_TLS_KEY", &key),
        ("QUIETZONE_TLS_LISTEN", &address.to_string()),
        ("QUIETZONE_TLS_REDIRECT", "false"),
    ];
    let server = Server::quietzone(binary, data.path(), &[SETTINGS.as_slice(), &encrypted].concat())?;
    let slugs = slugs(&server)?;
    Ok((server, address, slugs))
}

fn get(server: &Server, path: &str) -> anyhow::Result<String> {
    let mut answer = ureq::get(format!("http://{}{path}", server.address))
        .header("Authorization", format!("Bearer {TOKEN}"))
        .call()
        .with_context(|| path.to_owned())?;
    Ok(answer.body_mut().read_to_string()?)
}

/// The slugs of the first workspace.
pub fn slugs(server: &Server) -> anyhow::Result<Vec<String>> {
    let mut slugs = Vec::with_capacity(LINKS);
    let mut page = String::new();
    loop {
        let answer: Value =
            serde_json::from_str(&get(server, &format!("/v1/links?pageSize=1000&pageToken={page}"))?)?;
        let links = answer["links"].as_array().context("links")?;
        slugs.extend(links.iter().filter_map(|link| Some(link["shortlink"].as_str()?.to_owned())));
        page = answer["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if page.is_empty() {
            return Ok(slugs);
        }
    }
}

/// The value of a metric without labels.
pub fn metric(server: &Server, name: &str) -> anyhow::Result<u64> {
    let metrics = get(server, "/metrics")?;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(line.with_context(|| format!("no metric {name}"))?.trim().parse()?)
}

/// Scans that the store has taken in.
pub fn stored(server: &Server) -> anyhow::Result<u64> {
    Ok(metric(server, "quietzone_store_rows")? + metric(server, "quietzone_store_hot_rows")?)
}

/// Processor time of a redirect: Quietzone, nginx with and without its access log, bare hyper.
pub fn processor(binary: &Path, requests: usize, rounds: usize, tls: bool) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    let tls = tls.then(Certificate::make).transpose()?;
    let tls = tls.as_ref();
    let (ours, address, slugs) = quietzone(binary, &data, tls)?;
    let host = ours.address.to_string();
    let workload = Workload::draw(&slugs, &host, 1)?;
    let folders = (TempDir::new()?, TempDir::new()?);
    let logged = Server::nginx(folders.0.path(), true, tls)?;
    let silent = Server::nginx(folders.1.path(), false, tls)?;
    let bare = Server::hyper(tls)?;
    let client = tls.map(|tls| &tls.client);
    let servers = [
        ("quietzone, redirect threads", &ours, address),
        ("nginx with access log", &logged, logged.address),
        ("nginx", &silent, silent.address),
        ("bare hyper", &bare, bare.address),
    ];
    let to = |address| Target { address, tls: client };
    // Every server has seen the workload once before it is measured: caches are warm, code is paged in.
    for (.., address) in servers {
        load::closed(&workload, &to(address), 0, requests)?;
    }
    let mut rows: Vec<Vec<f64>> = vec![Vec::new(); servers.len() + 1];
    for round in 1..=rounds {
        for (index, (_, server, address)) in servers.into_iter().enumerate() {
            let is_ours = index == 0;
            let before = (server.answering_seconds()?, server.all_seconds()?);
            let expected = if is_ours { stored(server)? + requests as u64 } else { 0 };
            load::closed(&workload, &to(address), round * requests, requests)?;
            let each = |seconds: f64| seconds / requests as f64 * 1e6;
            rows[index].push(each(server.answering_seconds()? - before.0));
            if is_ours {
                let began = Instant::now();
                while stored(server)? < expected {
                    if began.elapsed() > Duration::from_secs(60) {
                        bail!("the store has not taken in every scan: {} of {expected}", stored(server)?);
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
                rows[servers.len()].push(each(server.all_seconds()? - before.1));
            }
        }
    }
    println!(
        "{requests} requests a round, {rounds} rounds, {} connections, W1{}",
        load::CONNECTIONS,
        over(tls)
    );
    println!("{:32}{:>10}{:>10}{:>10}", "CPU a request", "us", "to log", "to nginx");
    let names = servers.into_iter().map(|(name, ..)| name).chain(["quietzone, whole process"]);
    for (name, row) in names.zip(&rows) {
        let ratio =
            |yardstick: &[f64]| median(row.iter().zip(yardstick).map(|(own, other)| own / other).collect());
        println!("{name:32}{:>10.2}{:>10.2}{:>10.2}", median(row.clone()), ratio(&rows[1]), ratio(&rows[2]));
    }
    Ok(())
}

/// People who look at the overview.
pub struct Watchers {
    pub clients: usize,
    /// Time from a client's question to its next, if the answer is there by then.
    pub every: Duration,
}

/// Latency of an open loop: Quietzone, bare hyper, and Quietzone while clients ask for its overview.
pub fn latency(
    binary: &Path,
    rate: usize,
    seconds: u64,
    watchers: &Watchers,
    tls: bool,
) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    let tls = tls.then(Certificate::make).transpose()?;
    let tls = tls.as_ref();
    let (ours, address, slugs) = quietzone(binary, &data, tls)?;
    let workload = Workload::draw(&slugs, &ours.address.to_string(), 1)?;
    let bare = Server::hyper(tls)?;
    let time = Duration::from_secs(seconds);
    let to = |address| Target { address, tls: tls.map(|tls| &tls.client) };
    let asked = |address| load::open(&workload, &to(address), rate, time);
    load::closed(&workload, &to(address), 0, 100_000)?;
    load::closed(&workload, &to(bare.address), 0, 100_000)?;

    println!("{rate} scans a second, {seconds} s each, {} connections, W1{}", load::CONNECTIONS, over(tls));
    println!("{:32}{:>10}{:>10}{:>10}{:>10}", "latency, us", "p50", "p99", "p99.9", "max");
    let show = |name: &str, latencies: &[Duration]| {
        let at = |share| load::percentile(latencies, share).as_micros();
        println!("{name:32}{:>10}{:>10}{:>10}{:>10}", at(0.5), at(0.99), at(0.999), at(1.0));
        load::percentile(latencies, 0.99).as_secs_f64()
    };
    let yardstick = show("bare hyper", &asked(bare.address)?);
    let alone = show("quietzone", &asked(address)?);
    let done = AtomicBool::new(false);
    let watched = std::thread::scope(|scope| {
        let asking = || scope.spawn(|| ask_overview(&ours, watchers.every, &done));
        let asking: Vec<_> = (0..watchers.clients).map(|_| asking()).collect();
        let latencies = asked(address);
        done.store(true, Ordering::Relaxed);
        let panicked = |_| anyhow::anyhow!("the asking of the overview panicked");
        let answers = asking.into_iter().map(|asking| asking.join().map_err(panicked)?);
        let answers = answers.collect::<anyhow::Result<Vec<_>>>()?.concat();
        latencies.map(|latencies| (latencies, answers))
    })?;
    let (latencies, answers) = watched;
    let busy = show(&format!("quietzone, {} ask for overviews", watchers.clients), &latencies);
    println!("p99 to bare hyper {:.2}; with the overview to without {:.2}", alone / yardstick, busy / alone);
    println!("overviews answered {}, median {} ms", answers.len(), median(answers) as u64);
    Ok(())
}

/// What the dashboard's overview asks for.
const OVERVIEW: &str = r#"{"dimensions":["link","tag","directory","country","region","city","device_type","device_brand",
    "device_model","platform","browser","language","network","referrer","utm_campaign","utm_source","utm_medium",
    "visit_type","action","outcome"]}"#;

/// Asks for the overview of all time again and again until it is `done`; milliseconds of each answer.
fn ask_overview(server: &Server, every: Duration, done: &AtomicBool) -> anyhow::Result<Vec<f64>> {
    let mut answers = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let began = Instant::now();
        ureq::post(format!("http://{}/v1/x/overview", server.address))
            .header("Authorization", format!("Bearer {TOKEN}"))
            .header("Content-Type", "application/json")
            .send(OVERVIEW)?
            .body_mut()
            .read_to_vec()?;
        answers.push(began.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(every.saturating_sub(began.elapsed()));
    }
    Ok(answers)
}

fn over(tls: Option<&Certificate>) -> &'static str {
    if tls.is_some() { ", over TLS" } else { "" }
}

/// The middle of the values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
