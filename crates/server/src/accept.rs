//! Connections: one current-thread runtime a core, each with its own listening socket (`SO_REUSEPORT`). A redirect is
//! answered on the thread that read it; everything else moves, with its body, to the API runtime (DESIGN §11.9).

mod body;
mod connection;
mod direct;
mod listeners;
mod rewound;
mod seats;

pub use body::BodyTimeout;
pub use connection::{ClientAddress, Encrypted, PeerAddress};
pub use listeners::{Inbox, Listeners, Speaks};
pub use seats::ConnectionCounters;

use crate::niceness::be_prompt;
use crate::redirect::Redirector;
use axum::Router;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// In-flight answers may take this long once stopping has begun.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// A thread that has not ended by then is held up by the disk, and is not waited for.
const STOP_TIMEOUT: Duration = Duration::from_secs(7);
/// A stand-in stays until the disk has been well for this long.
const STAND_IN_STAYS: Duration = Duration::from_secs(5);

/// What answers requests.
#[derive(Clone)]
pub struct Service {
    /// Scans.
    pub redirector: Arc<Redirector>,
    /// Everything else.
    pub router: Router,
    /// Where everything else runs.
    pub api: tokio::runtime::Handle,
    /// What a connection may take.
    pub limits: Limits,
    /// What became of connections.
    pub counters: Arc<ConnectionCounters>,
}

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections of all threads together.
    pub connections: usize,
    /// For a request's head, and for a TLS handshake.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// For a request's body.
    pub body: Duration,
}

/// The redirect threads.
pub struct Threads {
    service: Service,
    listeners: Arc<Listeners>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    stop: watch::Sender<bool>,
    stand_in: Mutex<Option<StandIn>>,
}

/// A thread that answers new connections while another is held up by the disk.
struct StandIn {
    thread: JoinHandle<()>,
    stop: watch::Sender<bool>,
    needed_at: Instant,
}

impl Threads {
    /// Starts a thread for each inbox.
    pub fn start(inboxes: Vec<Inbox>, listeners: Arc<Listeners>, mut service: Service) -> io::Result<Self> {
        let (stop, stopping) = watch::channel(false);
        service.limits.connections = service.limits.connections.div_ceil(inboxes.len().max(1));
        let threads = inboxes
            .into_iter()
            .enumerate()
            .map(|(number, inbox)| {
                start(&format!("redirect-{number}"), inbox, service.clone(), stopping.clone())
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { service, listeners, threads: Mutex::new(threads), stop, stand_in: Mutex::default() })
    }

    /// Says whether a redirect thread hangs in a write. While one does, a thread that stands in for it accepts from all
    /// sockets, so that every new connection is answered.
    pub fn stalled(&self, stalled: bool) {
        let mut running = self.stand_in.lock();
        match (&mut *running, stalled) {
            (Some(stand_in), true) => stand_in.needed_at = Instant::now(),
            (Some(stand_in), false) if stand_in.needed_at.elapsed() >= STAND_IN_STAYS => {
                let _ = stand_in.stop.send(true);
                if stand_in.thread.is_finished() {
                    *running = None;
                }
            }
            (None, true) if !*self.stop.borrow() => match self.start_stand_in() {
                Ok(stand_in) => {
                    tracing::warn!("The disk holds up a redirect thread; another stands in for it");
                    *running = Some(stand_in);
                }
                Err(error) => {
                    tracing::error!(%error, "No thread could be started to stand in for a stalled one")
                }
            },
            _ => {}
        }
    }

    fn start_stand_in(&self) -> io::Result<StandIn> {
        let (stop, stopping) = watch::channel(false);
        let thread = start("redirect-spare", self.listeners.all_again()?, self.service.clone(), stopping)?;
        Ok(StandIn { thread, stop, needed_at: Instant::now() })
    }

    /// Accepts nothing more, lets in-flight answers go out, closes idle connections, ends.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
        let until = Instant::now() + STOP_TIMEOUT;
        let mut threads = std::mem::take(&mut *self.threads.lock());
        if let Some(stand_in) = self.stand_in.lock().take() {
            let _ = stand_in.stop.send(true);
            threads.push(stand_in.thread);
        }
        for thread in threads {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(2));
            }
            if !thread.is_finished() {
                tracing::error!("A redirect thread is held up by the disk and is left behind");
            } else if thread.join().is_err() {
                tracing::error!("A redirect thread panicked");
            }
        }
    }
}

fn start(
    name: &str,
    inbox: Inbox,
    service: Service,
    stopping: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        be_prompt();
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(connection::run(inbox, service, stopping)),
            Err(error) => tracing::error!(%error, "A redirect thread could not start"),
        }
    })
}
