//! Connections: one current-thread runtime a core, each with its own listening socket (`SO_REUSEPORT`). A redirect is
//! answered on the thread that read it; everything else moves, with its body, to the API runtime (DESIGN §11.9).

use crate::redirect::Redirector;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use parking_lot::Mutex;
use socket2::{Domain, Protocol, Socket, Type};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

/// A client may take this long for a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// In-flight answers may take this long once stopping has begun.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of body that are handed over in one piece.
const WHOLE_BODY: u64 = 1 << 20;

/// Address of the client by the trusted-proxy rule, on every request the API sees.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Address of the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

type Answer = Response<Either<Full<Bytes>, UnsyncBoxBody<Bytes, axum::Error>>>;

/// What answers requests.
#[derive(Clone)]
pub struct Service {
    /// Scans.
    pub redirector: Arc<Redirector>,
    /// Everything else.
    pub router: Router,
    /// Where everything else runs.
    pub api: tokio::runtime::Handle,
}

/// The redirect threads.
pub struct Threads {
    threads: Vec<std::thread::JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// The addresses that are listened on, each with one socket a redirect thread.
pub struct Listeners {
    threads: Vec<mpsc::UnboundedSender<std::net::TcpListener>>,
    addresses: Mutex<Vec<SocketAddr>>,
}

/// Where a redirect thread finds the sockets it is to accept from.
pub struct Inbox(mpsc::UnboundedReceiver<std::net::TcpListener>);

impl Listeners {
    /// Listens on `address` for a number of threads; port 0 becomes the same free port for all. An error when somebody
    /// listens there already.
    pub fn bind(address: SocketAddr, threads: usize) -> io::Result<(Self, Vec<Inbox>)> {
        let (senders, inboxes) = (0..threads)
            .map(|_| {
                let (sender, receiver) = mpsc::unbounded_channel();
                (sender, Inbox(receiver))
            })
            .unzip();
        let listeners = Self { threads: senders, addresses: Mutex::default() };
        listeners.add(address)?;
        Ok((listeners, inboxes))
    }

    /// Listens on one more address, while connections are being answered.
    pub fn add(&self, address: SocketAddr) -> io::Result<()> {
        // SO_REUSEPORT would let a second process of ours have half of the first one's visitors.
        drop(socket(address, false)?);
        let first = listen(address)?;
        let bound = first.local_addr()?;
        let further = (1..self.threads.len()).map(|_| listen(bound)).collect::<io::Result<Vec<_>>>()?;
        for (thread, listener) in self.threads.iter().zip(std::iter::once(first).chain(further)) {
            // A thread that has gone is stopping.
            let _ = thread.send(listener);
        }
        self.addresses.lock().push(bound);
        Ok(())
    }

    /// The address given at the start.
    pub fn main(&self) -> SocketAddr {
        self.addresses.lock()[0]
    }

    /// Whether connections to an address are answered.
    pub fn cover(&self, address: SocketAddr) -> bool {
        self.addresses.lock().iter().any(|own| {
            own.port() == address.port()
                && (own.ip() == address.ip()
                    || own.ip().is_unspecified() && (own.is_ipv6() || address.is_ipv4()))
        })
    }
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket(address, true)?;
    socket.set_nonblocking(true)?;
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

impl Threads {
    /// Starts a thread for each inbox.
    pub fn start(inboxes: Vec<Inbox>, service: Service) -> io::Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let threads = inboxes
            .into_iter()
            .enumerate()
            .map(|(number, inbox)| {
                let (service, stopping) = (service.clone(), stopping.clone());
                std::thread::Builder::new().name(format!("redirect-{number}")).spawn(move || {
                    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                        Ok(runtime) => runtime.block_on(run(inbox, service, stopping)),
                        Err(error) => tracing::error!(%error, "A redirect thread could not start"),
                    }
                })
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { threads, stop })
    }

    /// Accepts nothing more, lets in-flight answers go out, closes idle connections, ends.
    pub fn stop(self) {
        let _ = self.stop.send(true);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("A redirect thread panicked");
            }
        }
    }
}

/// Accepts from every socket that comes into the inbox, until it is time to stop.
async fn run(mut inbox: Inbox, service: Service, mut stopping: watch::Receiver<bool>) {
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let mut accepting = Vec::new();
            loop {
                let listener = tokio::select! {
                    Some(listener) = inbox.0.recv() => listener,
                    _ = stopping.changed() => break,
                };
                let (service, stopping) = (service.clone(), stopping.clone());
                accepting.push(tokio::task::spawn_local(accept(listener, service, stopping)));
            }
            for accepting in accepting {
                let _ = accepting.await;
            }
        })
        .await;
}

async fn accept(listener: std::net::TcpListener, service: Service, mut stopping: watch::Receiver<bool>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "A redirect thread could not listen"),
    };
    let graceful = GracefulShutdown::new();
    let mut builder = auto::Builder::new(LocalExecutor);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).pipeline_flush(true);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(128);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: give connections the time to end.
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (service, closing) = (service.clone(), stopping.clone());
        let answer = service_fn(move |request| answer(service.clone(), request, peer.ip(), closing.clone()));
        let connection = builder.serve_connection(TokioIo::new(stream), answer).into_owned();
        let connection = graceful.watch(connection);
        tokio::task::spawn_local(async move {
            // Clients hang up in every way there is; none of them is news.
            let _ = connection.await;
        });
    }
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

/// Runs hyper's own tasks (h2) on the thread of their connection.
#[derive(Clone, Copy)]
struct LocalExecutor;

impl<F: Future + 'static> hyper::rt::Executor<F> for LocalExecutor {
    fn execute(&self, task: F) {
        tokio::task::spawn_local(async move {
            task.await;
        });
    }
}

async fn answer(
    service: Service,
    request: Request<Incoming>,
    peer: IpAddr,
    stopping: watch::Receiver<bool>,
) -> Result<Answer, Infallible> {
    let (head, body) = request.into_parts();
    if let Some(answer) = service.redirector.answer(&head, peer) {
        return Ok(answer.map(Either::Left));
    }
    let client = service.redirector.proxies.client(peer, &head.headers).0;
    let mut request = Request::from_parts(head, Body::new(body));
    request.extensions_mut().insert(ClientAddress(client));
    request.extensions_mut().insert(PeerAddress(peer));
    let router = service.router;
    let api = service.api.spawn(async move {
        let answer = match router.oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (head, body) = answer.into_parts();
        Response::from_parts(head, ship(body, stopping).await)
    });
    Ok(api.await.unwrap_or_else(|_| {
        // The handler panicked; its message is in the log.
        let mut answer = Response::new(Either::Left(Full::default()));
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        answer
    }))
}

/// Moves an answer's body to the redirect thread: in one piece where its size is known and small, else through a
/// channel that the API runtime fills, so that the making of it never runs on the redirect thread. A stream ends when
/// the server stops.
async fn ship(
    body: Body,
    mut stopping: watch::Receiver<bool>,
) -> Either<Full<Bytes>, UnsyncBoxBody<Bytes, axum::Error>> {
    if body.size_hint().exact().is_some_and(|size| size <= WHOLE_BODY) {
        let whole = body.collect().await.map(|whole| whole.to_bytes()).unwrap_or_default();
        return Either::Left(Full::from(whole));
    }
    let (send, mut receive) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, axum::Error>>(16);
    tokio::spawn(async move {
        let mut body = body;
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                _ = stopping.changed() => return,
                () = send.closed() => return,
            };
            let Some(frame) = frame else { return };
            if send.send(frame).await.is_err() {
                return;
            }
        }
    });
    let frames = futures_util::stream::poll_fn(move |context| receive.poll_recv(context));
    Either::Right(StreamBody::new(frames).boxed_unsync())
}
