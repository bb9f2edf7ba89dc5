//! The sockets that are listened on.

use crate::tls::Tls;
use parking_lot::Mutex;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The kernel gives a connection up whose other end has taken nothing of what was sent for this long.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(60);

/// What is spoken on a socket.
#[derive(Clone)]
pub enum Speaks {
    /// HTTP.
    Plain,
    /// HTTP, and every answer but health and metrics leads to https.
    PlainToTls,
    /// HTTPS.
    Tls(Arc<Tls>),
}

/// A socket, and what is spoken on it.
pub(super) type Heard = (TcpListener, Speaks);

/// The addresses that are listened on, each with one socket a redirect thread.
pub struct Listeners {
    threads: Vec<mpsc::UnboundedSender<Heard>>,
    bound: Mutex<Vec<Bound>>,
}

struct Bound {
    address: SocketAddr,
    speaks: Speaks,
    /// The same sockets once more, for a thread that stands in for another.
    sockets: Vec<TcpListener>,
}

/// Where a redirect thread finds the sockets it is to accept from.
pub struct Inbox(pub(super) mpsc::UnboundedReceiver<Heard>);

impl Listeners {
    /// None yet, for a number of threads.
    pub fn new(threads: usize) -> (Self, Vec<Inbox>) {
        let (senders, inboxes) = (0..threads)
            .map(|_| {
                let (sender, receiver) = mpsc::unbounded_channel();
                (sender, Inbox(receiver))
            })
            .unzip();
        (Self { threads: senders, bound: Mutex::default() }, inboxes)
    }

    /// Listens on one more address, also while connections are being answered; port 0 becomes the same free port for all
    /// threads. An error when somebody listens there already.
    pub fn add(&self, address: SocketAddr, speaks: Speaks) -> io::Result<SocketAddr> {
        // SO_REUSEPORT would let a second process of ours have half of the first one's visitors.
        drop(socket(address, false)?);
        let first = listen(address)?;
        let address = first.local_addr()?;
        let further = (1..self.threads.len()).map(|_| listen(address)).collect::<io::Result<Vec<_>>>()?;
        let mut sockets = Vec::new();
        for (thread, listener) in self.threads.iter().zip(std::iter::once(first).chain(further)) {
            sockets.push(listener.try_clone()?);
            // A thread that has gone is stopping.
            let _ = thread.send((listener, speaks.clone()));
        }
        self.bound.lock().push(Bound { address, speaks, sockets });
        Ok(address)
    }

    /// All sockets of all threads, for one thread more.
    pub(super) fn all_again(&self) -> io::Result<Inbox> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for bound in &*self.bound.lock() {
            for socket in &bound.sockets {
                let _ = sender.send((socket.try_clone()?, bound.speaks.clone()));
            }
        }
        Ok(Inbox(receiver))
    }

    /// The address that `listen` names: the plain one, if there is one.
    pub fn main(&self) -> SocketAddr {
        let bound = self.bound.lock();
        let plain = bound.iter().find(|bound| !matches!(bound.speaks, Speaks::Tls(_)));
        plain.unwrap_or(&bound[0]).address
    }

    /// The address at which https is spoken.
    pub fn tls(&self) -> Option<SocketAddr> {
        let bound = self.bound.lock();
        bound.iter().find(|bound| matches!(bound.speaks, Speaks::Tls(_))).map(|bound| bound.address)
    }

    /// Whether connections to an address are answered.
    pub fn cover(&self, address: SocketAddr) -> bool {
        self.bound.lock().iter().any(|Bound { address: own, .. }| {
            own.port() == address.port()
                && (own.ip() == address.ip()
                    || own.ip().is_unspecified() && (own.is_ipv6() || address.is_ipv4()))
        })
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address, true)?;
    socket.set_nonblocking(true)?;
    // Connections have it from their listener.
    socket.set_tcp_user_timeout(Some(UNREAD_TIMEOUT))?;
    socket.listen(4096)?;
    Ok(socket.into())
}

fn socket(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    Ok(socket)
}
