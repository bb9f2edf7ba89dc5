//! A question to a server over plain http, answered within two seconds or not at all.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest that anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Longest answer that is read.
const MOST: u64 = 1 << 20;

/// Status and body of `GET path`.
pub fn get(address: SocketAddr, host: &str, path: &str) -> io::Result<(u16, String)> {
    answer(address, &format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"), PATIENCE)
}

/// Status and body of a call of the API, with a token and a JSON body.
pub fn call(
    address: SocketAddr,
    host: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> io::Result<(u16, String)> {
    call_patiently(address, host, method, path, token, body, PATIENCE)
}

/// [`call`] of what takes longer.
pub fn call_patiently(
    address: SocketAddr,
    host: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
    patience: Duration,
) -> io::Result<(u16, String)> {
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\n");
    if let Some(token) = token {
        head.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    if let Some(body) = body {
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    answer(address, &format!("{head}\r\n{}", body.unwrap_or_default()), patience)
}

fn answer(address: SocketAddr, request: &str, patience: Duration) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    // HTTP/1.0: no chunks, and the connection ends with the answer.
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let no_http = || io::Error::new(io::ErrorKind::InvalidData, "it does not speak http");
    let status = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status.ok_or_else(no_http)?, body.to_owned()))
}
