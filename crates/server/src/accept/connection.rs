//! One redirect thread: it accepts, and answers redirects on the spot.

use super::body::TimedBody;
use super::direct::{self, Direct};
use super::listeners::{Inbox, Speaks};
use super::rewound::Rewound;
use super::seats::{Busy, Seats, TICK, Taken};
use super::{DRAIN_TIMEOUT, Service};
use crate::head::{self, Head};
use crate::redirect::batch::Batch;
use crate::tls::to_https;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Bytes of a request's head, and of what may wait behind it.
const MOST_HEAD: usize = 64 << 10;
/// Bytes of a request's path and query.
pub(super) const MOST_URL: usize = 8 << 10;
/// Streams of one h2 connection that are answered at a time.
const MOST_STREAMS: u32 = 128;
/// Streams of one h2 connection that may be reset before they are answered; past it the connection is ended.
const MOST_RESETS: usize = 32;
/// An h2 connection is asked this often whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// Bytes of body that are handed over in one piece.
const WHOLE_BODY: u64 = 1 << 20;

/// Address of the client by the trusted-proxy rule, on every request the API sees.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Address of the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

/// On requests that came by a TLS connection of ours.
#[derive(Clone, Copy, Debug)]
pub struct Encrypted;

/// How a connection came.
#[derive(Clone, Copy)]
enum Came {
    /// In the clear.
    Plain,
    /// In the clear, where https is to be used instead.
    PlainToTls,
    Encrypted,
}

type Answer = Response<Either<Full<Bytes>, UnsyncBoxBody<Bytes, axum::Error>>>;

/// What the connections of a thread share.
pub(super) struct Thread {
    pub service: Service,
    pub batch: Batch,
    pub direct: Direct,
    seats: Rc<Seats>,
    builder: auto::Builder<LocalExecutor>,
    pub stopping: watch::Receiver<bool>,
}

/// Accepts from every socket that comes into the inbox, until it is time to stop.
pub(super) async fn run(mut inbox: Inbox, service: Service, mut stopping: watch::Receiver<bool>) {
    let limits = service.limits;
    let seats = Seats::new(limits.connections, limits.head, limits.idle, service.counters.clone());
    let mut builder = auto::Builder::new(LocalExecutor);
    // No pipeline_flush: with it hyper holds the answer to a request that it cannot read back for ever.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(MOST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .max_pending_accept_reset_streams(MOST_RESETS)
        .max_local_error_reset_streams(MOST_RESETS)
        .max_header_list_size(MOST_HEAD as u32)
        .keep_alive_interval(PING);
    let batch = Batch::new(service.redirector.spool.clone());
    let direct = Direct::default();
    let thread = Rc::new(Thread { service, batch, direct, seats, builder, stopping: stopping.clone() });
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let ticking = thread.clone();
            let ticks = tokio::task::spawn_local(async move {
                let mut ticks = tokio::time::interval(TICK);
                loop {
                    ticks.tick().await;
                    ticking.seats.tick();
                }
            });
            let writing = thread.clone();
            let writes = tokio::task::spawn_local(async move { writing.batch.keep_writing().await });
            let mut accepting = Vec::new();
            loop {
                let (listener, speaks) = tokio::select! {
                    Some(heard) = inbox.0.recv() => heard,
                    _ = stopping.changed() => break,
                };
                accepting.push(tokio::task::spawn_local(accept(listener, speaks, thread.clone())));
            }
            for accepting in accepting {
                let _ = accepting.await;
            }
            ticks.abort();
            writes.abort();
            thread.batch.write();
        })
        .await;
}

async fn accept(listener: std::net::TcpListener, speaks: Speaks, thread: Rc<Thread>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "A redirect thread could not listen"),
    };
    let graceful = GracefulShutdown::new();
    let mut stopping = thread.stopping.clone();
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
        let Some(taken) = thread.seats.take() else { continue };
        let _ = stream.set_nodelay(true);
        let talk = talk(stream, peer.ip(), speaks.clone(), thread.clone(), taken, graceful.watcher());
        tokio::task::spawn_local(talk);
    }
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

/// One connection, until it ends or has said nothing for too long.
async fn talk(
    stream: TcpStream,
    peer: IpAddr,
    speaks: Speaks,
    thread: Rc<Thread>,
    taken: Taken,
    watcher: Watcher,
) {
    let seat = taken.seat.clone();
    let talk = async {
        match speaks {
            Speaks::Plain => serve(stream, peer, Came::Plain, &thread, taken, watcher).await,
            Speaks::PlainToTls => serve(stream, peer, Came::PlainToTls, &thread, taken, watcher).await,
            Speaks::Tls(tls) => match TlsAcceptor::from(tls.current()).accept(stream).await {
                Ok(stream) => serve(stream, peer, Came::Encrypted, &thread, taken, watcher).await,
                Err(_) => {
                    let failed = &thread.service.counters.handshakes;
                    failed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            },
        }
    };
    tokio::select! {
        () = talk => {}
        () = seat.leave.notified() => {}
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    peer: IpAddr,
    came: Came,
    thread: &Rc<Thread>,
    taken: Taken,
    watcher: Watcher,
) {
    // A plain port that only leads to https has no scans, and h2 is hyper's.
    let stream = match came {
        Came::PlainToTls => Rewound::new(stream, Vec::new()),
        _ => match direct::talk(stream, peer, thread, &taken).await {
            Some(stream) => stream,
            None => return,
        },
    };
    let taken = Rc::new(taken);
    let answering = thread.clone();
    let answer = service_fn(move |request| answer(answering.clone(), request, peer, came, taken.clone()));
    let connection = thread.builder.serve_connection(TokioIo::new(stream), answer).into_owned();
    // Clients hang up in every way there is; none of them is news.
    let _ = watcher.watch(connection).await;
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
    thread: Rc<Thread>,
    request: Request<Incoming>,
    peer: IpAddr,
    came: Came,
    taken: Rc<Taken>,
) -> Result<Answer, Infallible> {
    taken.spoke();
    let service = &thread.service;
    let (head, body) = request.into_parts();
    if head.uri.path_and_query().is_some_and(|url| url.as_str().len() > MOST_URL) {
        return Ok(empty(StatusCode::URI_TOO_LONG));
    }
    if !names_its_host(&head) {
        let sentence = "A request names the host that it is for, in one Host header.\n";
        let mut answer = empty(StatusCode::BAD_REQUEST);
        *answer.body_mut() = Either::Left(Full::from(sentence));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        return Ok(answer);
    }
    if let Came::PlainToTls = came
        && let Some(answer) = to_https(&head, &service.redirector.hosts.load())
    {
        return Ok(answer.map(Either::Left));
    }
    let headers = head::list(&head.headers);
    let read = Head::of(&head, &headers);
    if let Some(answer) =
        service.redirector.answer(&read, peer, service.redirector.clock.now(), &thread.batch)
    {
        thread.batch.written().await;
        return Ok(answer.into_response().map(Either::Left));
    }
    let client = service.redirector.proxies.client(peer, &read.headers).0;
    drop(headers);
    let body = if body.is_end_stream() {
        Body::empty()
    } else {
        Body::new(TimedBody::new(body, service.limits.body, taken.awaited()))
    };
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(ClientAddress(client));
    request.extensions_mut().insert(PeerAddress(peer));
    if let Came::Encrypted = came {
        request.extensions_mut().insert(Encrypted);
    }
    let (router, busy, stopping) = (service.router.clone(), taken.busy(), thread.stopping.clone());
    let api = service.api.spawn(async move {
        let answer = match router.oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (head, body) = answer.into_parts();
        Response::from_parts(head, ship(body, stopping, busy).await)
    });
    // A handler that panicked has its message in the log.
    Ok(api.await.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR)))
}

/// Whether a request has the one `Host` header that HTTP/1.1 asks for, whatever its target says, and HTTP/1.0 lets be absent
/// (RFC 9112 §3.2). Of several each server on the way would take another.
fn names_its_host(head: &Parts) -> bool {
    let hosts = head.headers.get_all(HOST).iter().count();
    match head.version {
        Version::HTTP_09 | Version::HTTP_10 => hosts <= 1,
        Version::HTTP_11 => hosts == 1,
        // h2 has `:authority`.
        _ => true,
    }
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Either::Left(Full::default()));
    *answer.status_mut() = status;
    answer
}

/// Moves an answer's body to the redirect thread: in one piece where its size is known and small, else through a
/// channel that the API runtime fills, so that the making of it never runs on the redirect thread. A stream ends when
/// the server stops.
async fn ship(
    body: Body,
    mut stopping: watch::Receiver<bool>,
    busy: Busy,
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
    let frames = futures_util::stream::poll_fn(move |context| {
        // The connection is busy for as long as this stream lives.
        let _ = &busy;
        receive.poll_recv(context)
    });
    Either::Right(StreamBody::new(frames).boxed_unsync())
}
