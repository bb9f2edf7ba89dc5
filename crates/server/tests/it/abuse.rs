//! Clients that are slow, greedy, confused or hostile, over raw sockets. Whatever they do, the next phone is answered.

use crate::app::TestApp;
use crate::client::{Client, IPHONE, Link, eventually};
use crate::load::{connect, figure, read_heads};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Everything that comes back until the server closes.
fn rest(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is a way of closing too.
    let _ = connection.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends bytes and reads all that comes until the server closes.
fn send(client: &Client, bytes: &[u8]) -> String {
    let mut connection = connect(client.address);
    // The server may have had enough before all is sent.
    let _ = connection.write_all(bytes);
    rest(&mut connection)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

fn short() -> (TestApp, Link) {
    let app = TestApp::with(&[
        ("QUIETZONE_CONNECTIONS_HEAD_TIMEOUT_S", "1"),
        ("QUIETZONE_CONNECTIONS_BODY_TIMEOUT_S", "1"),
        ("QUIETZONE_CONNECTIONS_IDLE_TIMEOUT_S", "2"),
        ("QUIETZONE_CONNECTIONS_MAX", "40"),
    ]);
    let link = app.link("https://example.com/").slug("menu").create();
    (app, link)
}

#[test]
fn bad_requests_are_refused_and_the_next_one_is_answered() {
    let (app, link) = short();
    let host = app.address.to_string();
    let headers = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let get = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")
    };
    let long = "a".repeat(100_000);
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("no HTTP", b"hello\r\n\r\n".to_vec(), &["400"]),
        ("binary", vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], &["400", "none"]),
        ("zeroes", vec![0; 4000], &["400"]),
        ("a version from the future", b"GET / HTTP/9.9\r\n\r\n".to_vec(), &["400"]),
        ("a line feed in the path", b"GET /a\nb HTTP/1.1\r\n\r\n".to_vec(), &["400"]),
        ("a bad header name", get("/menu", "b@d name: 1\r\n").into_bytes(), &["400"]),
        ("a bad header value", get("/menu", "x: a\0b\r\n").into_bytes(), &["400"]),
        (
            "two lengths",
            get("/v1/links", "content-length: 1\r\ncontent-length: 2\r\n").into_bytes(),
            &["400"],
        ),
        ("a length that is none", get("/v1/links", "content-length: many\r\n").into_bytes(), &["400"]),
        ("a negative length", get("/v1/links", "content-length: -1\r\n").into_bytes(), &["400"]),
        (
            "an unknown encoding",
            get("/v1/links", "transfer-encoding: gzip\r\n").into_bytes(),
            &["400", "411"],
        ),
        ("too many headers", get("/menu", &headers(200)).into_bytes(), &["431"]),
        ("a header that is too long", get("/menu", &format!("x: {long}\r\n")).into_bytes(), &["431"]),
        ("a URL that is too long", get(&format!("/{}", "a".repeat(9000)), "").into_bytes(), &["414"]),
        ("a query that is too long", get(&format!("/menu?{}", "a".repeat(9000)), "").into_bytes(), &["414"]),
        ("a URL beyond all bounds", get(&format!("/{long}"), "").into_bytes(), &["414", "431"]),
        ("no host", b"GET /menu HTTP/1.1\r\n\r\n".to_vec(), &["400"]),
        (
            "no host but in the target",
            format!("GET http://{host}/menu HTTP/1.1\r\n\r\n").into_bytes(),
            &["400"],
        ),
        ("a host for two", get("/menu", &format!("Host: {host}\r\n")).into_bytes(), &["400"]),
        ("two hosts", get("/menu", "host: evil.example\r\n").into_bytes(), &["400"]),
        ("two hosts of the API", get("/v1/links", "HOST: evil.example\r\n").into_bytes(), &["400"]),
        (
            "two hosts by HTTP/1.0",
            format!("GET /menu HTTP/1.0\r\nHost: {host}\r\nHost: {host}\r\n\r\n").into_bytes(),
            &["400"],
        ),
        ("an older client without a host", b"GET /menu HTTP/1.0\r\n\r\n".to_vec(), &["404"]),
        ("percent-nonsense", get("/%zz%", "").into_bytes(), &["404"]),
        ("not UTF-8", get("/%ff%fe", "").into_bytes(), &["404"]),
        ("up and away", get("/../../etc/passwd", "").into_bytes(), &["404"]),
        ("an unknown method", b"BREW /menu HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &["404", "405"]),
        (
            "CONNECT",
            b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_vec(),
            &["404", "400"],
        ),
        (
            "an h2 preface and nonsense",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense nonsense".to_vec(),
            &["none"],
        ),
    ];
    for (what, bytes, expected) in &cases {
        let answer = send(&app, bytes);
        assert!(expected.contains(&status(&answer)), "{what}: {answer:?}");
        app.scan(&link);
    }
    println!("bad requests: asked {}, refused all; scans between them answered {}", cases.len(), cases.len());
    app.events(&link, cases.len());
}

#[test]
fn a_body_has_a_limit_and_a_time() {
    let (app, link) = short();
    let token = crate::client::TOKEN;
    let post = |more: &str| {
        format!(
            "POST /v1/links HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{more}",
            app.address
        )
    };
    let big = json!({ "destination": "https://example.com/", "name": "x".repeat(3 << 20) }).to_string();
    let told =
        send(&app, format!("{}{big}", post(&format!("Content-Length: {}\r\n\r\n", big.len()))).as_bytes());
    assert_eq!(status(&told), "413", "{told}");
    let chunked =
        format!("{}{:x}\r\n{big}\r\n0\r\n\r\n", post("Transfer-Encoding: chunked\r\n\r\n"), big.len());
    let answer = send(&app, chunked.as_bytes());
    assert_eq!(status(&answer), "413", "{answer}");
    // Half a body, and then nothing.
    let mut slow = connect(app.address);
    slow.write_all(post("Content-Length: 500\r\n\r\n{\"destination\":").as_bytes()).unwrap();
    let answer = rest(&mut slow);
    assert_eq!(status(&answer), "408", "{answer}");
    assert!(answer.contains("BODY_TIMEOUT"), "{answer}");
    // A scan does not wait for a body that nobody asked for.
    let mut odd = connect(app.address);
    write!(odd, "GET /menu HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n", app.address).unwrap();
    let mut buffer = Vec::new();
    assert!(read_heads(&mut odd, &mut buffer, 1));
    assert!(buffer.starts_with(b"HTTP/1.1 302 "));
    app.scan(&link);
}

#[test]
fn who_is_asked_to_continue_does() {
    let (app, _) = short();
    let body = json!({ "destination": "https://example.com/" }).to_string();
    let mut connection = connect(app.address);
    write!(
        connection,
        "POST /v1/links HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        app.address,
        crate::client::TOKEN,
        body.len()
    )
    .unwrap();
    let mut buffer = Vec::new();
    assert!(read_heads(&mut connection, &mut buffer, 1));
    assert!(buffer.starts_with(b"HTTP/1.1 100 Continue"), "{}", String::from_utf8_lossy(&buffer));
    connection.write_all(body.as_bytes()).unwrap();
    assert!(read_heads(&mut connection, &mut buffer, 1));
    assert!(buffer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&buffer));
}

/// Client libraries send head and body apart.
#[test]
fn who_is_refused_before_the_body_has_come_keeps_the_connection() {
    let (app, _) = short();
    let mut connection = connect(app.address);
    let mut ask = |token: &str, status: &str| {
        write!(
            connection,
            "POST /v1/links HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n",
            app.address
        )
        .unwrap();
        // The other end had time to refuse it meanwhile.
        app.get("/v1/links");
        connection.write_all(b"{}").unwrap();
        let mut buffer = Vec::new();
        assert!(read_heads(&mut connection, &mut buffer, 1), "{token}");
        let head = String::from_utf8_lossy(&buffer).into_owned();
        assert!(head.contains(&format!("HTTP/1.1 {status} ")), "{head}");
    };
    for _ in 0..10 {
        ask("sk_live_of_nobody", "401");
    }
    ask(crate::client::TOKEN, "400");
}

#[test]
fn requests_in_absolute_form_pipelined_and_kept_alive_are_scans_like_others() {
    let (app, link) = short();
    let (host, agent) = (app.address, format!("User-Agent: {IPHONE}\r\n"));
    let mut connection = connect(host);
    // The target's authority wins over the header (RFC 9112 §3.2.2).
    let absolute = format!("GET http://{host}/menu HTTP/1.1\r\nHost: evil.example\r\n{agent}\r\n");
    let plain = format!("GET /menu HTTP/1.1\r\nHost: {host}\r\n{agent}\r\n");
    let elsewhere = format!("GET http://evil.example/menu HTTP/1.1\r\nHost: {host}\r\n{agent}\r\n");
    let mut buffer = Vec::new();
    for _ in 0..3 {
        let pipelined = [absolute.as_str(), &plain, &plain].concat();
        connection.write_all(pipelined.as_bytes()).unwrap();
        assert!(read_heads(&mut connection, &mut buffer, 3));
        let answers = String::from_utf8_lossy(&buffer).into_owned();
        assert_eq!(answers.matches("HTTP/1.1 302 ").count(), 3, "{answers}");
    }
    connection.write_all(elsewhere.as_bytes()).unwrap();
    assert!(read_heads(&mut connection, &mut buffer, 1));
    assert!(buffer.starts_with(b"HTTP/1.1 404 "));
    // HTTP/1.0 closes.
    let old = send(&app, format!("GET /menu HTTP/1.0\r\nHost: {host}\r\n{agent}\r\n").as_bytes());
    assert_eq!(status(&old), "302");
    app.events(&link, 10);
}

#[test]
fn a_connection_may_ask_for_scans_and_for_all_else_in_any_order() {
    let (app, _link) = short();
    let get = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {IPHONE}\r\n{more}\r\n", app.address)
    };
    let (scan, health) = (get("/menu", ""), get("/health/live", ""));
    let unknown = get("/nobody-made-this", "Connection: keep-alive\r\n");
    let head = scan.replacen("GET", "HEAD", 1);
    let statuses = |requests: &[&str], pieces: usize| {
        let mut connection = connect(app.address);
        let all = requests.concat();
        for piece in all.as_bytes().chunks(all.len().div_ceil(pieces)) {
            connection.write_all(piece).unwrap();
            std::thread::yield_now();
        }
        let mut buffer = Vec::new();
        assert!(read_heads(&mut connection, &mut buffer, requests.len() as u64));
        let answers = String::from_utf8_lossy(&buffer).into_owned();
        let of = |answer: &str| answer.get(..3).unwrap_or_default().to_owned();
        answers.split("HTTP/1.1 ").skip(1).map(of).collect::<Vec<_>>()
    };
    for pieces in [1, 2, 7] {
        assert_eq!(statuses(&[&scan, &health, &scan], pieces), ["302", "200", "302"]);
        assert_eq!(
            statuses(&[&scan, &unknown, &scan, &head, &scan], pieces),
            ["302", "404", "302", "302", "302"]
        );
        assert_eq!(statuses(&[&health, &scan], pieces), ["200", "302"]);
        assert_eq!(statuses(&[&scan, &get("/menu", "Expect: nothing\r\n")], pieces)[0], "302");
    }
    let last = send(&app, get("/menu", "Connection: close\r\n").as_bytes());
    assert_eq!(status(&last), "302");
}

#[test]
fn who_says_nothing_is_shown_out() {
    let (app, link) = short();
    let began = Instant::now();
    let beginnings: [&[u8]; 6] = [
        b"",
        b"G",
        b"PRI * HT",
        b"GET /menu HTTP/1.1\r\nHost:",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ];
    let silent: Vec<TcpStream> = beginnings
        .iter()
        .map(|bytes| {
            let mut connection = connect(app.address);
            connection.write_all(bytes).unwrap();
            connection
        })
        .collect();
    // One sends a byte now and then, which does not help it.
    let mut dripping = connect(app.address);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let head = format!("GET /menu HTTP/1.1\r\nHost: {}\r\nX-Long: {}", app.address, "x".repeat(1000));
            for byte in head.bytes() {
                if dripping.write_all(&[byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            panic!("a head may take a second");
        });
        for mut connection in silent {
            rest(&mut connection);
        }
    });
    // Between two requests there is more time, and an end to it.
    let mut idle = connect(app.address);
    write!(idle, "GET /menu HTTP/1.1\r\nHost: {}\r\n\r\n", app.address).unwrap();
    assert_eq!(status(&rest(&mut idle)), "302");
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert!(figure(&app, "connections_silent_total") >= 4);
    app.scan(&link);
}

#[test]
fn a_flood_of_silent_connections_clears_its_own() {
    let (app, link) = short();
    // A feed is busy, not idle: it stays.
    let mut feed = app.feed("", None);
    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(connect(app.address));
        if flood.len() % 20 == 0 {
            app.scan_by(&link, IPHONE, "198.51.100.9");
        }
    }
    assert!(figure(&app, "connections") <= 40 + 10, "40 and those about to leave");
    assert!(figure(&app, "connections_shed_total") >= 150);
    assert_eq!(feed.scan().event, "scan");
    println!("flood: 200 silent connections, 10 scans asked, 10 answered");
    app.events(&link, 10);
}

#[test]
fn a_flood_of_bodies_that_do_not_come_clears_its_own() {
    let app = TestApp::with(&[("QUIETZONE_CONNECTIONS_MAX", "40")]);
    let link = app.link("https://example.com/").slug("menu").create();
    let body = "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{";
    let mut flood: Vec<TcpStream> = (0..80).map(|_| connect(app.address)).collect();
    for connection in &mut flood {
        // Who came too late was refused already.
        let _ = write!(connection, "POST /v1/x/session HTTP/1.1\r\nHost: {}\r\n{body}", app.address);
    }
    let phone = || {
        let request = format!("GET /menu HTTP/1.1\r\nHost: {}\r\nUser-Agent: {IPHONE}\r\n\r\n", app.address);
        let (mut connection, mut buffer) = (connect(app.address), Vec::new());
        let is_sent = connection.write_all(request.as_bytes()).is_ok();
        is_sent && read_heads(&mut connection, &mut buffer, 1)
    };
    let mut answered = 0;
    // Each of the 40 has two seconds to send something.
    eventually("the bodies that do not come to make room for 20 phones in a row", || {
        let row = (0..20).take_while(|_| phone()).count();
        answered += row;
        (row == 20).then_some(())
    });
    drop(flood);
    app.events(&link, answered);
}

/// An h2 frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[test]
fn streams_that_are_reset_at_once_end_the_connection() {
    let (app, link) = short();
    let mut connection = connect(app.address);
    connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    connection.write_all(&frame(4, 0, 0, &[])).unwrap();
    // :method GET, :scheme http, :path /v1/x/system, :authority as a literal (RFC 7541).
    let authority = app.address.to_string();
    let path = "/v1/x/system";
    let mut head = vec![0x82, 0x86, 0x04, path.len() as u8];
    head.extend_from_slice(path.as_bytes());
    head.extend_from_slice(&[0x01, authority.len() as u8]);
    head.extend_from_slice(authority.as_bytes());
    let mut sent = 0;
    let mut flood = Vec::new();
    for n in 0..5000_u32 {
        flood.extend(frame(1, 0x05, 2 * n + 1, &head));
        flood.extend(frame(3, 0, 2 * n + 1, &8_u32.to_be_bytes()));
    }
    for piece in flood.chunks(4096) {
        if connection.write_all(piece).is_err() {
            break;
        }
        sent += piece.len();
    }
    let mut answers = Vec::new();
    let _ = connection.read_to_end(&mut answers);
    // GOAWAY (7) with ENHANCE_YOUR_CALM (11), unless the connection was reset before it could be read.
    let (mut rest, mut calm) = (answers.as_slice(), false);
    while let Some((head, more)) = rest.split_first_chunk::<9>() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (payload, more) = more.split_at(length.min(more.len()));
        calm |= head[3] == 7 && payload.get(4..8) == Some(&[0, 0, 0, 11]);
        rest = more;
    }
    assert!(calm || sent < flood.len() || answers.is_empty(), "{sent} bytes taken, {} came", answers.len());
    app.scan(&link);
    app.events(&link, 1);
}

#[test]
fn a_guess_too_many_gets_a_small_answer_and_leaves_no_trace() {
    let app = TestApp::with(&[("QUIETZONE_UNKNOWN_SLUG_LIMIT", "3")]);
    let link = app.link("https://example.com/").slug("menu").create();
    for guess in 0..3 {
        assert_eq!(app.visit(&format!("/guess-{guess}")).send().status, 404);
    }
    for guess in 0..50 {
        let refused = app.visit(&format!("/more-{guess}")).send();
        assert_eq!(refused.status, 429);
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds));
        assert!(refused.body.len() < 2048, "{} bytes", refused.body.len());
        // Somebody who guesses may scan.
        app.scan(&link);
    }
    app.events(&link, 50);
    assert_eq!(figure(&app, "scans_written_total"), 50, "a guess is no record");
    assert_eq!(figure(&app, "unknown_slugs_total"), 53);
}

#[test]
fn a_proxy_that_nobody_named_is_told_of() {
    let app = TestApp::with(&[("QUIETZONE_TRUSTED_PROXIES", "")]);
    let link = app.link("https://example.com/").create();
    let told = || app.get("/v1/x/system")["reasons"].to_string().contains("Behind a proxy? Name it");
    app.request("GET", &format!("/{}", link.slug)).agent(IPHONE).send();
    assert!(!told());
    app.scan(&link);
    assert!(told());
    let ready = app.request("GET", "/health/ready").send().expect(200);
    assert_eq!(ready["status"], "ok", "a stranger's header is no sickness");
    app.advance(crate::app::HOUR + 1);
    assert!(!told());
    let named = TestApp::new();
    let link = named.link("https://example.com/").create();
    named.scan(&link);
    assert_eq!(named.get("/v1/x/system")["reasons"], json!([]));
    eventually("the scan", || (figure(&named, "scans_written_total") == 1).then_some(()));
}
