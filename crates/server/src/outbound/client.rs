//! The client: one POST, with the redirects that an endpoint may send it on.

use super::guard::{Guard, is_private};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

/// Longest that a whole attempt takes: names, connections, redirects and answers.
pub const LONGEST: Duration = Duration::from_secs(10);
/// Longest that connecting to one of several addresses takes.
const CONNECT: Duration = Duration::from_secs(4);
/// Redirects that are followed.
const REDIRECTS: usize = 3;
/// Bytes of an answer's body that are read; what is in them is of no interest.
const MOST_BODY: usize = 64 << 10;
/// Bytes of an answer's head that are read, and kept.
const MOST_HEAD: usize = 16 << 10;
const KEPT_HEAD: usize = 2048;

/// What is told of an address of the operator's network that nothing came of.
const NOT_REACHED: &str = "the endpoint could not be reached";

/// What an endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and headers, as far as they are kept.
    pub head: String,
    /// `Retry-After`.
    pub retry_after: Option<String>,
}

/// Makes requests.
pub struct Client {
    guard: Guard,
    tls: OnceLock<TlsConnector>,
}

impl Client {
    /// With what the operator allows.
    pub const fn new(guard: Guard) -> Self {
        Self { guard, tls: OnceLock::new() }
    }

    /// What may be connected to.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Posts `body` to `url`. The error is a sentence for the endpoint's owner.
    pub async fn post(&self, url: &Url, headers: &HeaderMap, body: Bytes) -> Result<Answer, String> {
        let at_home = AtomicBool::new(false);
        match tokio::time::timeout(LONGEST, self.follow(url.clone(), headers, body, &at_home)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(told(&at_home, format!("no answer within {} seconds", LONGEST.as_secs()))),
        }
    }

    async fn follow(
        &self,
        mut url: Url,
        headers: &HeaderMap,
        body: Bytes,
        at_home: &AtomicBool,
    ) -> Result<Answer, String> {
        for _ in 0..=REDIRECTS {
            let (answer, location) = self.once(&url, headers, body.clone(), at_home).await?;
            // The others of their class ask for a GET, and a delivery is none.
            if !matches!(answer.status, 301 | 302 | 307 | 308) {
                return Ok(answer);
            }
            let Some(location) = location else { return Ok(answer) };
            let next =
                url.join(&location).map_err(|_| "the answer redirects to what is no address".to_owned())?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(format!("the answer redirects from https to {}://", next.scheme()));
            }
            url = next;
        }
        Err(format!("the answers redirect more than {REDIRECTS} times"))
    }

    async fn once(
        &self,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
        at_home: &AtomicBool,
    ) -> Result<(Answer, Option<String>), String> {
        self.guard.check_url(url)?;
        let (stream, name) = self.connect(url, at_home).await?;
        let answer = match name {
            None => exchange(stream, url, headers, body).await,
            Some(name) => exchange(self.encrypt(name, stream, at_home).await?, url, headers, body).await,
        };
        answer.map_err(|why| told(at_home, why))
    }

    /// Connects to an address that was looked at; with https, also the name that the certificate must have. Notes whether
    /// it is one of the operator's network, of which errors are [`told`].
    pub(super) async fn connect(
        &self,
        url: &Url,
        at_home: &AtomicBool,
    ) -> Result<(TcpStream, Option<ServerName<'static>>), String> {
        let (addresses, name) = self.resolve(url).await?;
        let encrypted = url.scheme() == "https";
        // One that is not allowed spoils all: such a name is not an honest one.
        for address in &addresses {
            self.guard.check(address.ip(), encrypted)?;
        }
        at_home.store(addresses.iter().any(|address| is_private(address.ip())), Ordering::Relaxed);
        let mut last = format!("{} has no address", url.host_str().unwrap_or_default());
        for address in &addresses {
            match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    return Ok((stream, encrypted.then_some(name)));
                }
                Ok(Err(error)) => last = format!("no connection to {address}: {error}"),
                Err(_) => last = format!("no connection to {address} within {} seconds", CONNECT.as_secs()),
            }
        }
        Err(told(at_home, last))
    }

    /// The connection, encrypted.
    pub(super) async fn encrypt(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
        at_home: &AtomicBool,
    ) -> Result<TlsStream<TcpStream>, String> {
        let stream = self.tls().connect(name, stream).await;
        stream.map_err(|error| told(at_home, format!("no encrypted connection: {error}")))
    }

    async fn resolve(&self, url: &Url) -> Result<(Vec<SocketAddr>, ServerName<'static>), String> {
        let port = url.port_or_known_default().unwrap_or(443);
        let of =
            |address: IpAddr| (vec![SocketAddr::new(address, port)], ServerName::IpAddress(address.into()));
        match url.host() {
            None => Err("the address has no host".into()),
            Some(Host::Ipv4(address)) => Ok(of(address.into())),
            Some(Host::Ipv6(address)) => Ok(of(address.into())),
            Some(Host::Domain(name)) => {
                let server = ServerName::try_from(name.to_owned());
                let server = server.map_err(|_| format!("\"{name}\" is not the name of a host"))?;
                let found = tokio::net::lookup_host((name, port)).await;
                let found = found.map_err(|error| format!("{name} cannot be resolved: {error}"))?;
                Ok((found.collect(), server))
            }
        }
    }

    /// Made at the first use: reading the machine's certificates takes a moment.
    fn tls(&self) -> &TlsConnector {
        self.tls.get_or_init(|| TlsConnector::from(Arc::new(encryption())))
    }
}

/// TLS as a client, trusting the usual authorities and those of this machine: an operator's own is among them.
pub fn encryption() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let own = rustls_native_certs::load_native_certs();
    for error in &own.errors {
        tracing::warn!(%error, "Certificates of this machine cannot be read");
    }
    roots.add_parsable_certificates(own.certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    match versions {
        Ok(builder) => builder.with_root_certificates(roots).with_no_client_auth(),
        // ring knows both versions of TLS that rustls speaks.
        Err(_) => unreachable!("ring speaks TLS 1.2 and 1.3"),
    }
}

/// What whoever asked is told of an attempt that failed. Of the operator's network it is one sentence: the words must not
/// tell which ports are open there. The log has the reason.
pub(super) fn told(at_home: &AtomicBool, why: String) -> String {
    if !at_home.load(Ordering::Relaxed) {
        return why;
    }
    tracing::info!(%why, "An endpoint in a network of this server's could not be reached");
    NOT_REACHED.to_owned()
}

/// Why there is no answer.
pub(super) fn broken(error: hyper::Error) -> String {
    match error.is_parse() {
        true => format!("the answer is not HTTP: {error}"),
        false => format!("the connection broke off: {error}"),
    }
}

/// What is asked for at a host.
pub(super) fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// The host, for the header of this name.
pub(super) fn host(url: &Url) -> Result<HeaderValue, String> {
    let host = HeaderValue::from_str(&model::destination::authority(url));
    host.map_err(|_| "the host cannot be written into a header".to_owned())
}

/// One request and its answer over a connection that is then closed.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<(Answer, Option<String>), String> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MOST_HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let connection = AbortOnDrop(tokio::spawn(connection));
    let mut request = Request::builder().method(Method::POST).uri(target(url));
    if let Some(all) = request.headers_mut() {
        all.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        all.insert(HOST, host(url)?);
        all.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let request =
        request.body(Full::new(body)).map_err(|error| format!("the address cannot be asked: {error}"))?;
    let mut response = sender.send_request(request).await.map_err(broken)?;
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (location, retry_after) = (text(LOCATION), text(RETRY_AFTER));
    let answer = Answer {
        status: response.status().as_u16(),
        head: head(response.status(), response.headers()),
        retry_after,
    };
    // An endpoint that has said yes and is slow with the rest has said yes.
    let mut read = 0;
    while read < MOST_BODY {
        match tokio::time::timeout(Duration::from_secs(1), response.frame()).await {
            Ok(Some(Ok(frame))) => read += frame.data_ref().map_or(0, Bytes::len),
            _ => break,
        }
    }
    drop(connection);
    Ok((answer, location))
}

/// The head of an answer, as far as it is kept: nothing that is a secret between the endpoint and its browsers.
fn head(status: StatusCode, headers: &HeaderMap) -> String {
    let mut head = format!("{} {}\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    for (name, value) in headers {
        if name == hyper::header::SET_COOKIE {
            continue;
        }
        let _ = writeln!(head, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
        if head.len() > KEPT_HEAD {
            let cut = (0..=KEPT_HEAD).rev().find(|at| head.is_char_boundary(*at)).unwrap_or_default();
            head.truncate(cut);
            head.push('…');
            break;
        }
    }
    head
}

/// A task that ends with whoever waits for it.
pub(super) struct AbortOnDrop<T>(pub(super) tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
