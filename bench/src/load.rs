//! The load: a number of keep-alive connections on one thread, closed loop (as fast as answers come) or open loop (as
//! many a second as asked for, whatever the answers do).

use crate::workload::Workload;
use anyhow::{bail, ensure};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

/// Keep-alive connections of W1.
pub const CONNECTIONS: usize = 64;

/// Who is asked.
#[derive(Clone, Copy)]
pub struct Target<'t> {
    /// Where it answers.
    pub address: SocketAddr,
    /// How TLS is spoken with it, if it is.
    pub tls: Option<&'t Arc<ClientConfig>>,
}

/// Sends `count` requests as fast as they are answered.
pub fn closed(workload: &Workload, to: &Target<'_>, first: usize, count: usize) -> anyhow::Result<()> {
    let next = AtomicUsize::new(first);
    run(to, |mut connection| {
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
    to: &Target<'_>,
    rate: usize,
    time: Duration,
) -> anyhow::Result<Vec<Duration>> {
    let count = (rate as f64 * time.as_secs_f64()) as usize;
    let next = AtomicUsize::new(0);
    let latencies = std::cell::RefCell::new(Vec::with_capacity(count));
    run(to, |mut connection| {
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
    to: &Target<'_>,
    work: impl Fn(Connection) -> F,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn(Connection::open(to.address, to.tls.cloned()));
        }
        let mut running = Vec::with_capacity(CONNECTIONS);
        while let Some(connection) = connections.join_next().await {
            running.push(work(connection??));
        }
        futures_util::future::try_join_all(running).await.map(drop)
    })
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = ServerName::IpAddress(address.ip().into());
                Box::new(TlsConnector::from(tls).connect(name, stream).await?)
            }
        };
        Ok(Self { stream, buffer: vec![0; 8192] })
    }

    /// Sends a request and reads its answer to the end; anything but a 302 is an error.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
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
