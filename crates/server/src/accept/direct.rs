//! HTTP/1.1 without hyper, for what nearly every connection of a phone carries: a scan whose head came in one piece. It is
//! read where it lies and answered from a few pieces of text. Everything else, be it another method or path, a body, an
//! upgrade, h2, or a head that is cut or strange, goes to hyper with its bytes, and the connection stays there: hyper alone
//! decides what is a bad request, and keeps time for those who are slow.

use super::connection::{MOST_URL, Thread};
use super::rewound::Rewound;
use super::seats::Taken;
use crate::head::{Head, Headers};
use httparse::{Request, Status};
use hyper::Method;
use model::Millis;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// Bytes that are read at once.
const MOST_READ: usize = 16 << 10;
/// Headers of a request; one with more is hyper's.
const MOST_HEADERS: usize = 64;

/// What the connections of a thread share.
pub(super) struct Direct {
    /// What was read is dealt with before anything else is, so that one buffer serves all connections.
    buffer: RefCell<Box<[u8]>>,
    date: Cell<(i64, [u8; DATE])>,
}

/// Bytes of a date in HTTP.
const DATE: usize = "Thu, 01 Jan 1970 00:00:00 GMT".len();

impl Default for Direct {
    fn default() -> Self {
        Self { buffer: RefCell::new(vec![0; MOST_READ].into()), date: Cell::new((i64::MIN, [0; DATE])) }
    }
}

impl Direct {
    /// The value of a `Date` header, made once a second.
    fn date(&self, now: Millis) -> [u8; DATE] {
        let second = now.0.div_euclid(1000);
        let (made, mut date) = self.date.get();
        if made != second {
            let time = UNIX_EPOCH + Duration::from_secs(second.max(0) as u64);
            date.copy_from_slice(httpdate::fmt_http_date(time).as_bytes());
            self.date.set((second, date));
        }
        date
    }
}

/// Answers the requests of a connection until it ends, or until one comes that is hyper's; with that it is given back.
pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    peer: IpAddr,
    thread: &Thread,
    taken: &Taken,
) -> Option<Rewound<S>> {
    let mut stopping = thread.stopping.clone();
    let mut stop = pin!(stopping.changed());
    let mut out = Vec::new();
    loop {
        let left = poll_fn(|context| {
            let mut buffer = thread.direct.buffer.borrow_mut();
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(&mut stream).poll_read(context, &mut buffer) {
                Poll::Pending => stop.as_mut().poll(context).map(|_| None),
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    Poll::Ready(Some(answer_all(buffer.filled(), peer, thread, taken, &mut out)))
                }
                Poll::Ready(_) => Poll::Ready(None),
            }
        });
        let left = left.await?;
        if !out.is_empty() {
            thread.batch.written().await;
            stream.write_all(&out).await.ok()?;
            stream.flush().await.ok()?;
            out.clear();
        }
        if !left.is_empty() {
            return Some(Rewound::new(stream, left));
        }
    }
}

/// Appends the answers to the requests that `bytes` hold; what is left is hyper's.
fn answer_all(mut bytes: &[u8], peer: IpAddr, thread: &Thread, taken: &Taken, out: &mut Vec<u8>) -> Vec<u8> {
    while let Some(length) = answer(bytes, peer, thread, out) {
        taken.spoke();
        bytes = &bytes[length..];
    }
    bytes.to_vec()
}

/// Appends the answer to the request that `bytes` begin with, and tells its length; `None` if it is hyper's.
fn answer(bytes: &[u8], peer: IpAddr, thread: &Thread, out: &mut Vec<u8>) -> Option<usize> {
    let redirector = &*thread.service.redirector;
    let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut request = Request::new(&mut []);
    let Ok(Status::Complete(length)) = request.parse_with_uninit_headers(bytes, &mut headers) else {
        return None;
    };
    let (head, is_head) = read(&request)?;
    let now = redirector.clock.now();
    let answer = redirector.answer(&head, peer, now, &thread.batch)?;
    answer.write(is_head, &thread.direct.date(now), out);
    Some(length)
}

/// The head of a request that may be a scan, and whether it is a HEAD.
fn read<'r>(request: &'r Request<'_, '_>) -> Option<(Head<'r>, bool)> {
    let method = match request.method? {
        "GET" => &Method::GET,
        "HEAD" => &Method::HEAD,
        _ => return None,
    };
    let target = request.path.filter(|target| target.len() <= MOST_URL && target.bytes().all(is_ordinary))?;
    let headers = Headers::find(request.headers);
    let special = [
        headers.content_length,
        headers.transfer_encoding,
        headers.expect,
        headers.upgrade,
        headers.connection.filter(|value| !value.eq_ignore_ascii_case(b"keep-alive")),
    ];
    let names_one_host = headers.values("host").count() == 1;
    if request.version != Some(1)
        || !target.starts_with('/')
        || special.iter().any(Option::is_some)
        || !names_one_host
    {
        return None;
    }
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    Some((Head { method, path, query, authority: None, headers }, method == Method::HEAD))
}

/// Whether a byte is one that paths and queries are made of (RFC 3986 §3.3, §3.4). What else may pass hyper decides.
fn is_ordinary(byte: u8) -> bool {
    const ORDINARY: [bool; 256] = {
        let mut ordinary = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            ordinary[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let others = b"-._~%!$&'()*+,;=:@/?";
        let mut at = 0;
        while at < others.len() {
            ordinary[others[at] as usize] = true;
            at += 1;
        }
        ordinary
    };
    ORDINARY[usize::from(byte)]
}
