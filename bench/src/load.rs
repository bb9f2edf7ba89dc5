//! The load: a number of keep-alive connections on one thread, closed loop (as fast as answers come) or open loop (as
//! many a second as asked for, whatever the answers do).

use crate::workload::Workload;
use anyhow::{bail, ensure};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Keep-alive connections of W1.
pub const CONNECTIONS: usize = 64;

/// Sends `count` requests as fast as they are answered.
pub fn closed(workload: &Workload, address: SocketAddr, first: usize, count: usize) -> anyhow::Result<()> {
    let next = AtomicUsize::new(first);
    run(address, |mut connection| {
        let next = &next;
        async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= first + count {
                    return Ok(());
                }
                connection.ask(workload.request(number)).await?;
            }
        }
    })
}

/// Sends `rate` requests a second for a time, each at its own moment: one that has to wait for its connection waits on the
/// clock of its latency, so that a stalled server is not asked less (coordinated omission). Returns all latencies,
/// ascending.
pub fn open(
    workload: &Workload,
    address: SocketAddr,
    rate: usize,
    time: Duration,
) -> anyhow::Result<Vec<Duration>> {
    let count = (rate as f64 * time.as_secs_f64()) as usize;
    let next = AtomicUsize::new(0);
    let latencies = std::cell::RefCell::new(Vec::with_capacity(count));
    run(address, |mut connection| {
        let (next, latencies) = (&next, &latencies);
        async move {
            let begin = Instant::now();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                let due = begin + Duration::from_secs_f64(number as f64 / rate as f64);
                let waits = Instant::now() < due;
                tokio::time::sleep_until(due).await;
                // The timer's own lateness, a millisecond, is not the server's.
                let asked = if waits { Instant::now() } else { due };
                connection.ask(workload.request(number)).await?;
                latencies.borrow_mut().push(asked.elapsed());
            }
        }
    })?;
    let mut latencies = latencies.into_inner();
    latencies.sort_unstable();
    Ok(latencies)
}

/// The latency that a share of them does not exceed.
pub fn percentile(latencies: &[Duration], share: f64) -> Duration {
    latencies[((latencies.len() as f64 * share) as usize).min(latencies.len() - 1)]
}

/// Runs `work` on every connection at once.
fn run<F: Future<Output = anyhow::Result<()>>>(
    address: SocketAddr,
    work: impl Fn(Connection) -> F,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn(Connection::open(address));
        }
        let mut running = Vec::with_capacity(CONNECTIONS);
        while let Some(connection) = connections.join_next().await {
            running.push(work(connection??));
        }
        futures_util::future::try_join_all(running).await.map(drop)
    })
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 8192] })
    }

    /// Sends a request and reads its answer to the end; anything but a 302 is an error.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let (head, length) = loop {
            ensure!(filled < self.buffer.len(), "an answer has no end");
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed a connection");
            filled += read;
            if let Some(end) = find(&self.buffer[..filled], b"\r\n\r\n") {
                break (end + 4, content_length(&self.buffer[..end]));
            }
        };
        if !self.buffer.starts_with(b"HTTP/1.1 302") {
            bail!("answered {}", String::from_utf8_lossy(&self.buffer[..filled.min(200)]));
        }
        let mut missing = (head + length).saturating_sub(filled);
        while missing > 0 {
            let read = self.stream.read(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed a connection");
            missing = missing.saturating_sub(read);
        }
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// `Content-Length` of an answer's head.
fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length:";
    let line = head.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME));
    let digits = line.map_or(&[][..], |at| head[at + NAME.len()..].trim_ascii_start());
    digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |n, byte| n * 10 + usize::from(byte - b'0'))
}
