//! What a request is answered with, in the form that hyper sends and as the bytes themselves.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use std::io::Write;

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
/// Neither a browser nor a cache on the way may answer the next scan itself.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-store");
const NOT_INDEXED: HeaderValue = HeaderValue::from_static("noindex");

/// An answer.
#[derive(Debug)]
pub enum Answer {
    /// On to a location.
    Onward(StatusCode, HeaderValue),
    /// Anything else.
    Other(Response<Bytes>),
}

impl Answer {
    /// For hyper.
    pub fn into_response(self) -> Response<Full<Bytes>> {
        match self {
            Self::Other(answer) => answer.map(Full::from),
            Self::Onward(status, location) => {
                let mut answer = Response::new(Full::default());
                *answer.status_mut() = status;
                let headers = answer.headers_mut();
                headers.insert(header::LOCATION, location);
                headers.insert(header::CACHE_CONTROL, NOT_KEPT);
                headers.insert(X_ROBOTS_TAG, NOT_INDEXED);
                answer
            }
        }
    }

    /// The same with a cookie to be set.
    #[must_use]
    pub fn with_cookie(self, cookie: HeaderValue) -> Self {
        let mut answer = match self {
            Self::Other(answer) => answer,
            Self::Onward(..) => self.into_response().map(|_| Bytes::new()),
        };
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
        Self::Other(answer)
    }

    /// Appends the answer in HTTP/1.1, as hyper would write it. `date` is the value of its `Date` header; the answer to
    /// a HEAD has no body.
    pub fn write(&self, is_head: bool, date: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Onward(status, location) => {
                status_line(*status, out);
                for part in [b"location: ", location.as_bytes(), ONWARD, date, b"\r\n\r\n"] {
                    out.extend_from_slice(part);
                }
            }
            Self::Other(answer) => {
                status_line(answer.status(), out);
                for (name, value) in answer.headers() {
                    for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                        out.extend_from_slice(part);
                    }
                }
                let body = answer.body();
                // Writing to memory cannot fail.
                let _ = write!(out, "content-length: {}\r\ndate: ", body.len());
                for part in [date, b"\r\n\r\n", if is_head { b"" } else { body }] {
                    out.extend_from_slice(part);
                }
            }
        }
    }
}

/// What stands between the location and the date of every redirect.
const ONWARD: &[u8] =
    b"\r\ncache-control: private, no-store\r\nx-robots-tag: noindex\r\ncontent-length: 0\r\ndate: ";

fn status_line(status: StatusCode, out: &mut Vec<u8>) {
    if status == StatusCode::FOUND {
        return out.extend_from_slice(b"HTTP/1.1 302 Found\r\n");
    }
    let reason = status.canonical_reason().unwrap_or_default();
    let _ = write!(out, "HTTP/1.1 {} {reason}\r\n", status.as_str());
}

impl From<Response<Bytes>> for Answer {
    fn from(answer: Response<Bytes>) -> Self {
        Self::Other(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(answer: &Answer, is_head: bool) -> String {
        let mut out = Vec::new();
        answer.write(is_head, b"Thu, 01 Jan 1970 00:00:00 GMT", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn both_forms_say_the_same() {
        let location = HeaderValue::from_static("https://example.com/");
        let onward = Answer::Onward(StatusCode::TEMPORARY_REDIRECT, location);
        let bytes = written(&onward, false);
        assert!(bytes.starts_with("HTTP/1.1 307 Temporary Redirect\r\nlocation: https://example.com/\r\n"));
        assert!(bytes.ends_with("\r\ncontent-length: 0\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"));
        for (name, value) in onward.into_response().headers() {
            assert!(bytes.contains(&format!("\r\n{name}: {}\r\n", value.to_str().unwrap())), "{name}");
        }
    }

    #[test]
    fn the_answer_to_a_head_tells_the_length_of_the_body_it_does_not_have() {
        let answer = Answer::from(Response::new(Bytes::from_static(b"menu")));
        let whole = written(&answer, false);
        assert_eq!(whole.strip_suffix("menu"), Some(written(&answer, true).as_str()));
        assert!(whole.starts_with("HTTP/1.1 200 OK\r\ncontent-length: 4\r\ndate: "));
    }
}
