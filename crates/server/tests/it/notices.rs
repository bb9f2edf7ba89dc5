//! Owners are told of leads by e-mail: through a mail server of this test's own, which keeps what it is handed.

use crate::app::{HOUR, TestApp};
use crate::client::{Client, Link, eventually};
use crate::workflows::{Phone, hidden, ids, publish, redirect};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// A letter as it was handed over.
#[derive(Clone, Debug)]
struct Letter {
    to: Vec<String>,
    text: String,
}

impl Letter {
    fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        let head = self.text.split("\r\n\r\n").next().unwrap();
        head.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default()
    }

    /// The body, with what quoted-printable writes in signs.
    fn body(&self) -> String {
        let body = self.text.split_once("\r\n\r\n").unwrap().1.replace("=\r\n", "");
        body.replace("=3D", "=").replace("\r\n", "\n")
    }
}

/// A mail server (RFC 5321) that takes everything, or answers RCPT with a status of the test's.
#[derive(Clone)]
struct Sink {
    address: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
    /// Status of its answers to recipients; 250 takes them.
    status: Arc<AtomicU16>,
}

impl Sink {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sink = Self {
            address: listener.local_addr().unwrap(),
            letters: Arc::default(),
            status: Arc::new(AtomicU16::new(250)),
        };
        let server = sink.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        sink
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut say = {
            let mut stream = stream;
            move |words: &str| stream.write_all(format!("{words}\r\n").as_bytes()).ok()
        };
        say("220 sink.example.com ESMTP")?;
        let mut to = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let line = line.trim_end();
            match line.split([' ', ':']).next()?.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" | "NOOP" | "RSET" => say("250 sink.example.com")?,
                "MAIL" => {
                    to.clear();
                    say("250 fine")?
                }
                "RCPT" => {
                    let status = self.status.load(Ordering::SeqCst);
                    to.push(line.to_owned());
                    say(&format!("{status} that is what it is"))?
                }
                "DATA" => {
                    say("354 go on")?;
                    let mut text = String::new();
                    loop {
                        let mut line = String::new();
                        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
                        if line == ".\r\n" {
                            break;
                        }
                        text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    }
                    self.letters.lock().push(Letter { to: to.clone(), text });
                    say("250 kept")?
                }
                "QUIT" => return say("221 bye"),
                _ => say("502 no")?,
            };
        }
    }

    fn app(&self) -> TestApp {
        let port = self.address.port().to_string();
        TestApp::with(&[
            ("QUIETZONE_SMTP_HOST", "127.0.0.1"),
            ("QUIETZONE_SMTP_PORT", &port),
            ("QUIETZONE_SMTP_ENCRYPTION", "none"),
            ("QUIETZONE_SMTP_FROM", "Quietzone <quietzone@example.com>"),
            ("QUIETZONE_TIMEZONE", "Europe/Berlin"),
        ])
    }

    #[track_caller]
    fn wait(&self, count: usize) -> Vec<Letter> {
        eventually(&format!("{count} letters"), || {
            let letters = self.letters.lock().clone();
            (letters.len() >= count).then_some(letters)
        })
    }
}

fn form(app: &Client, emails: &[&str]) -> Link {
    let link = app
        .link("https://example.com/")
        .with("name", json!("Menu"))
        .with("xLeadEmails", json!(emails))
        .create();
    let [form, exit] = ids();
    let step = json!({ "id": form, "payload": { "form": { "formTitle": "Say hello", "formFields": [
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true, "order": 1 },
        { "id": "wish", "key": "wish", "label": "Wish", "type": "FORM_FIELD_TYPE_TEXTAREA", "order": 2 }] } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    publish(app, &link, vec![step, redirect(&exit, "https://example.com/thanks")]);
    link
}

/// Fills the form in, as somebody of an address of their own.
fn answer(app: &TestApp, link: &Link, number: usize, wish: &str) {
    let mut visitor = Phone::new(app).at(&format!("198.51.{}.{}", 100 + number / 200, number % 200));
    let (path, page) = visitor.open(link);
    app.advance(5_000);
    let stamp = hidden(&page, "_t");
    let mail = format!("person-{number}@example.com");
    let done = visitor.post(&path, &[("mail", mail.as_str()), ("wish", wish), ("_t", stamp.as_str())]);
    assert_eq!(done.status, 303, "{done:?}");
}

#[test]
fn a_lead_is_told_to_whoever_the_link_names() {
    let (sink, owners) = (Sink::new(), ["owner@example.com", "till@example.com"]);
    let app = sink.app();
    let link = form(&app, &owners);
    assert_eq!(link.json["xLeadEmails"], json!(owners));
    answer(&app, &link, 1, "a table\r\nBcc: everybody@example.com");
    let mut letters = sink.wait(2);
    letters.sort_by_key(|letter| letter.to.clone());
    for (letter, owner) in letters.iter().zip(owners) {
        assert_eq!(letter.to, [format!("RCPT TO:<{owner}>")]);
        assert_eq!((letter.header("To"), letter.header("Subject")), (owner, "New lead: Menu"));
        assert_eq!(letter.header("From"), "Quietzone <quietzone@example.com>");
        assert!(letter.header("Bcc").is_empty(), "{letter:?}");
        let body = letter.body();
        assert!(body.contains("Somebody has filled in \"Say hello\" of Menu."), "{body}");
        assert!(body.contains("E-mail: person-1@example.com"), "{body}");
        assert!(body.contains("Wish:\n    a table\n    Bcc: everybody@example.com"), "{body}");
        assert!(body.contains("Time: 10 March 2026, 10:00 (Europe/Berlin)"), "{body}");
        let visitor = app.get("/v1/visitors")["json"]["visitors"][0]["id"].as_str().unwrap().to_owned();
        assert!(body.contains(&format!("See it: http://{}/app/leads/{visitor}\n", app.address)), "{body}");
    }
}

#[test]
fn a_letter_that_is_not_taken_is_tried_again_and_a_refused_one_is_not() {
    let sink = Sink::new();
    let app = sink.app();
    let link = form(&app, &["owner@example.com"]);
    sink.status.store(451, Ordering::SeqCst);
    answer(&app, &link, 1, "");
    eventually("it to be said", || {
        let health = app.api("GET", "/health/ready").send().expect(200);
        health["reasons"].to_string().contains("letters about leads wait").then_some(())
    });
    sink.status.store(250, Ordering::SeqCst);
    app.advance(1_200);
    sink.wait(1);
    eventually("it to be well again", || {
        let health = app.api("GET", "/health/ready").send().expect(200);
        (!health["reasons"].to_string().contains("letters")).then_some(())
    });
    sink.status.store(550, Ordering::SeqCst);
    answer(&app, &link, 2, "");
    sink.status.store(250, Ordering::SeqCst);
    // What was refused for good does not come again; what is sent after it does.
    answer(&app, &link, 3, "");
    let letters = sink.wait(2);
    assert!(letters[1].body().contains("person-"), "{letters:?}");
}

#[test]
fn many_leads_an_hour_are_one_letter_more_and_no_flood() {
    let sink = Sink::new();
    let app = sink.app();
    let link = form(&app, &["owner@example.com"]);
    for number in 1..=20 {
        answer(&app, &link, number, "");
        sink.wait(number);
    }
    for number in 21..=25 {
        answer(&app, &link, number, "");
    }
    app.advance(HOUR - 25 * 5_000);
    assert_eq!(sink.letters.lock().len(), 20);
    // Letters leave the hour one after the other: the first that may be written tells of all that wait.
    app.advance(5_000);
    let last = sink.wait(21).pop().unwrap();
    assert_eq!(last.header("Subject"), "5 new leads: Menu");
    assert!(last.body().contains(&format!("see them all: http://{}/app/leads", app.address)), "{last:?}");
}

#[test]
fn who_is_told_is_checked_and_a_server_without_mail_says_so() {
    let app = TestApp::new();
    let refused = |emails: Value| {
        let body = json!({ "destination": "https://example.com/", "xLeadEmails": emails });
        app.api("POST", "/v1/links").json(&body).send().refusal(400)
    };
    assert_eq!(refused(json!(["a@example.com", "b"])).1, "/xLeadEmails/1");
    assert_eq!(refused(json!(["a@example.com\r\nBcc: b@example.com"])).1, "/xLeadEmails/0");
    let many: Vec<String> = (0..11).map(|number| format!("a{number}@example.com")).collect();
    assert!(refused(json!(many)).0.contains("at most 10"));
    let link = app
        .link("https://example.com/")
        .with("xLeadEmails", json!([" A@Example.com", "a@example.com"]))
        .create();
    assert_eq!(link.json["xLeadEmails"], json!(["a@example.com"]));
    assert!(link.json["xWarnings"][0].as_str().unwrap().contains("no mail server"), "{}", link.json);
    let path = format!("/v1/links/{}", link.id);
    app.patch(&path, &json!({ "name": "x" }));
    assert_eq!(app.get(&path)["link"]["xLeadEmails"], json!(["a@example.com"]));
    app.patch(&path, &json!({ "xLeadEmails": [] }));
    let read = app.get(&path)["link"].take();
    assert_eq!((&read["xLeadEmails"], &read["xWarnings"]), (&json!([]), &Value::Null));
}
