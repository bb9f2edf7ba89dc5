//! How many visitors can be identified and how many links made in a second while scans come in at a steady rate.

use crate::load::{self, Target, percentile};
use crate::processes::Server;
use crate::redirect::{SETTINGS, TOKEN, prepare, slugs};
use crate::workload::Workload;
use anyhow::Context;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Clients that write at once.
const CLIENTS: usize = 8;
/// Scans that wait to be identified; a part ends when there are no more.
const CLICKS: usize = 10_000;
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/18.5 Mobile/15E148 Safari/604.1";

/// Measures and prints.
pub fn run(binary: &Path, rate: usize, seconds: u64) -> anyhow::Result<()> {
    let data = TempDir::new()?;
    prepare(binary, &data)?;
    let mut settings = SETTINGS.to_vec();
    settings.push(("QUIETZONE_API_RATE_LIMIT", "0"));
    let server = Server::quietzone(binary, data.path(), &settings)?;
    let workload = Workload::draw(&slugs(&server)?, &server.address.to_string(), 1)?;
    let clicks = clicks(&server)?;
    println!("{rate} scans a second, {seconds} s each, {CLIENTS} clients that write");
    println!(
        "{:12}{:>12}{:>12}{:>12}{:>12}{:>16}",
        "", "a second", "p50, us", "p99, us", "written", "scan p99, us"
    );
    let identify = |number: usize| {
        let data = json!({ "$email": format!("visitor-{number}@example.com"), "plan": "pro" });
        let body = json!({ "lbid": clicks.get(number)?, "visitor": { "data": data } });
        Some(("/v1/visitor/identify", body))
    };
    part(&server, &workload, "identifies", (rate, seconds), identify)?;
    let create = |number: usize| {
        Some((
            "/v1/links",
            json!({ "destination": format!("https://example.com/{number}"), "tags": ["bench"] }),
        ))
    };
    part(&server, &workload, "links made", (rate, seconds), create)
}

/// One kind of write, as fast as it is answered, beside the scans.
fn part(
    server: &Server,
    workload: &Workload,
    name: &str,
    (rate, seconds): (usize, u64),
    request: impl Fn(usize) -> Option<(&'static str, Value)> + Sync,
) -> anyhow::Result<()> {
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let began = Instant::now();
    let (scans, mut writes, took) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let agent = agent();
                    let mut latencies = Vec::new();
                    while !done.load(Ordering::Relaxed) {
                        let Some((path, body)) = request(next.fetch_add(1, Ordering::Relaxed)) else { break };
                        let asked = Instant::now();
                        write(&agent, server, path, &body)?;
                        latencies.push(asked.elapsed());
                    }
                    anyhow::Ok((latencies, began.elapsed()))
                })
            })
            .collect();
        let to = Target { address: server.address, tls: None };
        let scans = load::open(workload, &to, rate, Duration::from_secs(seconds))?;
        done.store(true, Ordering::Relaxed);
        let (mut writes, mut took) = (Vec::new(), Duration::ZERO);
        for client in clients {
            let (latencies, until) =
                client.join().map_err(|_| anyhow::anyhow!("a client that writes panicked"))??;
            writes.extend(latencies);
            took = took.max(until);
        }
        anyhow::Ok((scans, writes, took))
    })?;
    writes.sort_unstable();
    println!(
        "{name:12}{:>12.0}{:>12}{:>12}{:>12}{:>16}",
        writes.len() as f64 / took.as_secs_f64(),
        percentile(&writes, 0.5).as_micros(),
        percentile(&writes, 0.99).as_micros(),
        writes.len(),
        percentile(&scans, 0.99).as_micros(),
    );
    Ok(())
}

/// Click ids of scans.
fn clicks(server: &Server) -> anyhow::Result<Vec<String>> {
    let agent = agent();
    let link = json!({ "destination": "https://example.com/", "conversionTracking": true });
    let made = write(&agent, server, "/v1/links", &link)?;
    let slug = made["link"]["shortlink"].as_str().context("a slug")?.to_owned();
    let url = format!("http://{}/{slug}", server.address);
    (0..CLICKS)
        .map(|_| {
            let answer = agent.get(&url).header("User-Agent", PHONE).call()?;
            let to = answer.headers().get("location").context("no location")?.to_str()?;
            Ok(to.split_once("lbid=").context("no click id")?.1.to_owned())
        })
        .collect()
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into()
}

fn write(agent: &ureq::Agent, server: &Server, path: &str, body: &Value) -> anyhow::Result<Value> {
    let mut answer = agent
        .post(format!("http://{}{path}", server.address))
        .header("Authorization", format!("Bearer {TOKEN}"))
        .header("Content-Type", "application/json")
        .send(body.to_string())?;
    let text = answer.body_mut().read_to_string()?;
    anyhow::ensure!(answer.status().is_success(), "{path}: {text}");
    Ok(serde_json::from_str(&text)?)
}
