//! Requests, slugs and URLs as nobody would write them.

use crate::app::TestApp;
use crate::client::TOKEN;
use crate::fuzzing::fuzz;
use crate::load::connect;
use model::conventions::QueryMode;
use model::destination::{Destination, Passed, Policy, Values};
use model::{ScanId, Slug, query, slug};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use url::Url;
use uuid::Uuid;

/// Panics of the server's own threads.
static PANICS: AtomicU64 = AtomicU64::new(0);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

fn count_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        if thread.name().is_some_and(|name| name.starts_with("redirect-") || name == "api") {
            PANICS.fetch_add(1, Ordering::SeqCst);
        }
        before(info);
    }));
}

#[test]
fn whatever_is_sent_the_answer_is_well_formed_and_the_next_phone_is_answered() {
    count_panics();
    let app = TestApp::with(&[("QUIETZONE_CONNECTIONS_HEAD_TIMEOUT_S", "1")]);
    let link = app.link("https://example.com/").slug("menu").create();
    let host = app.address.to_string();
    let words: [&[u8]; 14] = [
        b"\r\n",
        b"\r\n\r\n",
        b" HTTP/1.1\r\n",
        b"Host: ",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"/v1/links",
        b"/menu",
        b"%2e%2e%2f",
        b"%00",
        b"?qr&utm_source=\xff",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\x04\x01\x05\0\0\0\x01",
    ];
    let mut tried = 0;
    fuzz("requests", &folder("requests"), &words, |_, bytes| {
        let bytes = replaced(&replaced(bytes, b"HOST", host.as_bytes()), b"TOKEN", TOKEN.as_bytes());
        let mut connection = connect(app.address);
        // The server may have had enough before all is sent; with the end of what comes it closes.
        let _ = connection.write_all(&bytes);
        let _ = connection.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer);
        if !answer.is_empty() && !bytes.starts_with(b"PRI") {
            let text = String::from_utf8_lossy(&answer);
            let status = text.strip_prefix("HTTP/1.1 ").or(text.strip_prefix("HTTP/1.0 "));
            let status: u16 = status.and_then(|text| text.get(..3)).unwrap().parse().unwrap();
            assert!((100..500).contains(&status) || status == 501, "{text}");
        }
        tried += 1;
        if tried % 25 == 0 {
            app.scan(&link);
        }
        assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    });
    app.scan(&link);
}

fn replaced(bytes: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix(what) {
            out.extend_from_slice(by);
            rest = behind;
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out
}

#[test]
fn slugs_queries_and_destinations_stay_what_they_are() {
    let words: [&[u8]; 14] = [
        b"https://",
        b"://",
        b"@",
        b"#",
        b"?",
        b"&",
        b"=",
        b"%0d%0a",
        b"\r\n",
        "İ".as_bytes(),
        "ß".as_bytes(),
        "e\u{301}".as_bytes(),
        "\u{202e}".as_bytes(),
        b"lbid=1&qr&source=qr",
    ];
    fuzz("slugs and URLs", &folder("slugs"), &words, |_, bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (one, other) = text.split_at(text.floor_char_boundary(text.len() / 2));
        check_slug(&text);
        check_query(&text);
        for (destination, query) in
            [(&*text, other), (one, other), (other, one), ("https://e.com/a?b#c", &*text)]
        {
            check_destination(destination, query);
        }
    });
}

fn check_slug(text: &str) {
    let Ok(slug) = Slug::parse(text) else { return };
    assert_eq!(slug::fold(slug.folded()), slug.folded(), "folding once is enough");
    let again = Slug::parse(slug.as_str()).unwrap();
    assert_eq!((again.as_str(), again.folded()), (slug.as_str(), slug.folded()));
    let code = slug.for_code();
    assert!(code.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_lowercase()), "{code}");
    let read: Vec<u8> = percent_encoding::percent_decode_str(&code).collect();
    assert_eq!(
        slug::fold(std::str::from_utf8(&read).unwrap()),
        slug.folded(),
        "{code} leads to the same link"
    );
}

fn check_query(text: &str) {
    let read = query::Query::read(text);
    let parameters: Vec<_> = query::parameters(&read.parameters).collect();
    assert!(parameters.len() <= query::MAX_PARAMETERS);
    for (name, value) in &parameters {
        assert!(name.chars().count() <= 40 && value.chars().count() <= 64, "{name}={value}");
    }
    assert!(read.utm.iter().all(|value| value.chars().count() <= 64));
}

fn check_destination(text: &str, query: &str) {
    let policy = Policy { app_schemes: &[], own_authorities: &[] };
    let Ok(destination) = Destination::parse(text, policy) else { return };
    let before = Url::parse(destination.location()).unwrap();
    let values = Values {
        slug: text,
        placement: query,
        scan_id: ScanId(Uuid::from_u128(7)),
        country: "CH",
        lang: "de-CH",
    };
    for mode in [QueryMode::AppendMissing, QueryMode::RequestWins, QueryMode::LinkWins] {
        for path in ["", query] {
            let passed = Passed { values, query: Some(query), mode, path, last: Some("lbid=1") };
            let location = destination.location_for(&passed).into_owned();
            hyper::header::HeaderValue::from_str(&location).unwrap();
            let after = Url::parse(&location).unwrap();
            let told = format!("{text:?} with {query:?} and path {path:?}: {location}");
            assert_eq!((before.scheme(), before.authority()), (after.scheme(), after.authority()), "{told}");
            assert!(after.query().unwrap().ends_with("lbid=1"), "{told}");
            if path.is_empty() && !text.contains('{') {
                assert_eq!((before.path(), before.fragment()), (after.path(), after.fragment()), "{told}");
            }
        }
    }
    assert_eq!(Destination::stored(destination.as_str()).location(), destination.location());
}
