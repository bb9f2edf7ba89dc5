//! How long a start takes and what it keeps in memory.

use crate::processes::Server;
use crate::redirect::{SETTINGS, metric};
use anyhow::{Context, bail};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest that links may take into memory.
const PATIENCE: Duration = Duration::from_secs(300);

/// Starts with each number of links and tells time and memory.
pub fn run(binary: &Path, links: &[u32]) -> anyhow::Result<()> {
    println!("{:>12}{:>22}{:>22}{:>22}", "links", "first redirect, ms", "all in memory, ms", "RssAnon, MB");
    for &count in links {
        let data = TempDir::new()?;
        let mut slug = String::new();
        if count > 0 {
            slug = simulate(binary, data.path(), count)?;
        }
        let began = Instant::now();
        let server = Server::quietzone(binary, data.path(), &SETTINGS)?;
        let answered = match slug.as_str() {
            "" => began.elapsed(),
            slug => {
                redirect(&server, slug)?;
                began.elapsed()
            }
        };
        while metric(&server, "quietzone_links")? < u64::from(count) {
            if began.elapsed() > PATIENCE {
                bail!("{} of {count} links are in memory", metric(&server, "quietzone_links")?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let warm = began.elapsed();
        // What the start itself needed has been given back by then.
        std::thread::sleep(Duration::from_secs(3));
        let memory = server.anonymous_memory()? as f64 / 1e6;
        println!("{count:>12}{:>22}{:>22}{memory:>22.0}", answered.as_millis(), warm.as_millis());
        drop(server);
    }
    Ok(())
}

/// Makes links and one scan; answers the slug of the newest.
fn simulate(binary: &Path, data: &Path, links: u32) -> anyhow::Result<String> {
    let output = Command::new(binary)
        .args(["simulate", "--scans", "1", "--links", &links.to_string(), "--data"])
        .arg(data)
        .output()?;
    if !output.status.success() {
        bail!("quietzone simulate: {}", String::from_utf8_lossy(&output.stderr));
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let token = said.split_whitespace().last().context("simulate told no token")?;
    let server = Server::quietzone(binary, data, &[])?;
    let page = ureq::get(format!("http://{}/v1/links?pageSize=1", server.address))
        .header("Authorization", format!("Bearer {token}"))
        .call()?
        .body_mut()
        .read_to_string()?;
    let page: serde_json::Value = serde_json::from_str(&page)?;
    let slug = page["links"][0]["shortlink"].as_str().context("no link")?.to_owned();
    drop(server);
    Ok(slug)
}

/// One scan, of whose answer nothing but the status is looked at.
pub fn redirect(server: &Server, slug: &str) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(server.address)?;
    write!(stream, "GET /{slug} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 302") {
        bail!("the first answer was {answer}");
    }
    Ok(())
}
