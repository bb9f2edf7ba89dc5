//! An endpoint as its owner would run one: it listens on loopback and remembers what it was sent.

use crate::client::eventually;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What it was sent.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    pub at: Instant,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What it answers: status line and headers, by the number of the request (from 0) and the request.
type Answering = dyn Fn(usize, &Received) -> String + Send + Sync;

/// A running endpoint; it listens until the process ends.
#[derive(Clone)]
pub struct Endpoint {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

/// Answer with a status and some more headers.
pub fn answer(status: u16, more: &str) -> String {
    format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 0\r\n{more}\r\n")
}

impl Endpoint {
    /// One that takes everything.
    pub fn new() -> Self {
        Self::answering(|_, _| answer(204, ""))
    }

    /// One with a mind of its own.
    pub fn answering(how: impl Fn(usize, &Received) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let (all, how): (_, Arc<Answering>) = (received.clone(), Arc::new(how));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, how) = (all.clone(), how.clone());
                std::thread::spawn(move || serve(stream, &all, &*how));
            }
        });
        Self { address, received }
    }

    /// One that lets connections in and says nothing.
    pub fn silent() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }

    /// What it was sent, once there are so many.
    #[track_caller]
    pub fn wait(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} requests at the endpoint"), || {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
    }

    /// The one request it was sent.
    #[track_caller]
    pub fn only(&self) -> Received {
        let mut received = self.wait(1);
        assert_eq!(received.len(), 1, "{received:?}");
        received.remove(0)
    }
}

fn serve(stream: TcpStream, all: &Mutex<Vec<Received>>, how: &Answering) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(received) = read(&mut reader) else { return };
    let answer = {
        let mut all = all.lock();
        all.push(received);
        let number = all.len() - 1;
        let received = all[number].clone();
        drop(all);
        how(number, &received)
    };
    let mut stream = stream;
    let _ = stream.write_all(answer.as_bytes());
}

/// One request; nothing when the connection ends before it is whole.
fn read(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    assert!(line.starts_with("POST "), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).unwrap(), at: Instant::now() })
}
