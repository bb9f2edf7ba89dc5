//! The yardstick: hyper as bare as it runs, on one current-thread runtime a core with `SO_REUSEPORT`, as Quietzone runs it.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use socket2::{Domain, Protocol, Socket, Type};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

/// Answers until it is killed; over TLS where there is a certificate with its key.
pub fn serve(address: SocketAddr, certificate: Option<(PathBuf, PathBuf)>) -> anyhow::Result<()> {
    let tls =
        certificate.map(|(cert, key)| crate::tls::server(&cert, &key)).transpose()?.map(TlsAcceptor::from);
    let threads = std::thread::available_parallelism()?.get();
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let tls = tls.clone();
            std::thread::spawn(move || run(address, tls))
        })
        .collect();
    for thread in running {
        thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok(())
}

fn run(address: SocketAddr, tls: Option<TlsAcceptor>) -> anyhow::Result<()> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let listener = tokio::net::TcpListener::from_std(socket.into())?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            match tls.clone() {
                None => drop(tokio::task::spawn_local(talk(stream))),
                Some(tls) => {
                    drop(tokio::task::spawn_local(async move { talk(tls.accept(stream).await?).await }))
                }
            }
        }
    })
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + 'static) -> anyhow::Result<()> {
    hyper::server::conn::http1::Builder::new()
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service_fn(async |_| Ok::<_, Infallible>(answer())))
        .await?;
    Ok(())
}

fn answer() -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::FOUND;
    let headers = answer.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static("https://www.example.com/menu/1"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    answer
}
