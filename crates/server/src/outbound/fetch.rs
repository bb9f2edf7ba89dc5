//! A GET whose body is kept: files that are on the web already.

use super::client::{AbortOnDrop, Client, broken, host, target, told};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, HOST, LOCATION, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

/// Longest that a whole fetch takes.
const LONGEST: Duration = Duration::from_secs(60);
/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes of an answer's head.
const MOST_HEAD: usize = 16 << 10;

/// What was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// Its status.
    pub status: u16,
    /// Where it was at last.
    pub url: Url,
    /// Its bytes; of another status than 200 none.
    pub body: Bytes,
}

/// One answer.
enum Step {
    Done(u16, Bytes),
    Onward(String),
}

impl Client {
    /// Gets what lies at `url`, `most` bytes at most. The error is a sentence for whoever asked.
    pub async fn fetch(&self, url: &Url, most: u64) -> Result<Fetched, String> {
        let at_home = AtomicBool::new(false);
        match tokio::time::timeout(LONGEST, self.fetch_on(url.clone(), most, &at_home)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let why = format!("the file did not come within {} seconds", LONGEST.as_secs());
                Err(told(&at_home, why))
            }
        }
    }

    async fn fetch_on(&self, mut url: Url, most: u64, at_home: &AtomicBool) -> Result<Fetched, String> {
        for _ in 0..=REDIRECTS {
            self.guard().check_url(&url)?;
            if !self.guard().allow_private && url.port_or_known_default() != Some(443) {
                return Err("files are fetched from port 443 only".into());
            }
            let (stream, name) = self.connect(&url, at_home).await?;
            let step = match name {
                None => get(stream, &url, most, at_home).await?,
                Some(name) => get(self.encrypt(name, stream, at_home).await?, &url, most, at_home).await?,
            };
            match step {
                Step::Done(status, body) => return Ok(Fetched { status, url, body }),
                Step::Onward(location) => {
                    let next = url
                        .join(&location)
                        .map_err(|_| "the address redirects to what is none".to_owned())?;
                    if url.scheme() == "https" && next.scheme() != "https" {
                        return Err(format!("the address redirects from https to {}://", next.scheme()));
                    }
                    url = next;
                }
            }
        }
        Err(format!("the address redirects more than {REDIRECTS} times"))
    }
}

async fn get(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    most: u64,
    at_home: &AtomicBool,
) -> Result<Step, String> {
    let broken = |error| told(at_home, broken(error));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MOST_HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let _connection = AbortOnDrop(tokio::spawn(connection));
    let request = Request::builder()
        .method(Method::GET)
        .uri(target(url))
        .header(HOST, host(url)?)
        .header(USER_AGENT, concat!("Quietzone/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "image/*, application/pdf, video/mp4")
        .header(ACCEPT_ENCODING, "identity")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("the address cannot be asked: {error}"))?;
    let mut response = sender.send_request(request).await.map_err(broken)?;
    let status = response.status().as_u16();
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    if matches!(status, 301 | 302 | 303 | 307 | 308)
        && let Some(location) = text(LOCATION)
    {
        return Ok(Step::Onward(location.to_owned()));
    }
    if status != 200 {
        return Ok(Step::Done(status, Bytes::new()));
    }
    let too_large = || format!("the file has more than {} MB", most >> 20);
    let told = text(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if told.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(frame) = response.frame().await {
        let frame = frame.map_err(broken)?;
        if let Some(data) = frame.data_ref() {
            if (body.len() + data.len()) as u64 > most {
                return Err(too_large());
            }
            body.extend_from_slice(data);
        }
    }
    Ok(Step::Done(status, body.freeze()))
}
