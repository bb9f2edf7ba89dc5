//! A client of Quietzone: over loopback, without following redirects, in the words of the product.

use serde_json::{Value, json};
use std::fmt::Debug;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use ureq::http;

/// The full-access token that every server of these tests starts with.
pub const TOKEN: &str = "sk_live_token_of_the_test_suite";

pub const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                          Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
pub const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) \
                           Chrome/126.0.0.0 Mobile Safari/537.36";
pub const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub const CURL: &str = "curl/8.5.0";

/// Longest that anything is waited for.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until `look` finds what it looks for.
#[track_caller]
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    eventually_told(what, || look().ok_or(()))
}

/// [`eventually`]; in vain, what was found last is told.
pub fn eventually_told<T, E: Debug>(what: &str, mut look: impl FnMut() -> Result<T, E>) -> T {
    let began = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) => assert!(began.elapsed() < DEADLINE, "waited in vain for {what}: {last:?}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Calls one server.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    pub address: SocketAddr,
}

/// A link as it was made.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: String,
    pub slug: String,
    pub json: Value,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { agent: config.into(), address }
    }

    /// A request of somebody unknown.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let builder = http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        Request { client: self, builder, body: None }
    }

    /// A request of the API with the full-access token.
    pub fn api(&self, method: &str, path: &str) -> Request<'_> {
        self.request(method, path).bearer(TOKEN)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        self.api("GET", path).send().expect(200)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.api("POST", path).json(body).send().expect(200)
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Value {
        self.api("PATCH", path).json(body).send().expect(200)
    }

    /// What an iPhone at an address of its own sends when its owner follows `path`.
    pub fn visit(&self, path: &str) -> Request<'_> {
        self.request("GET", path).agent(IPHONE).from("198.51.100.7")
    }

    /// A link to be made.
    pub fn link(&self, destination: &str) -> NewLink<'_> {
        NewLink { client: self, body: json!({ "destination": destination }), token: TOKEN }
    }

    /// Scans the link's short URL with an iPhone.
    #[track_caller]
    pub fn scan(&self, link: &Link) -> Answer {
        let answer = self.visit(&format!("/{}", link.slug)).send();
        assert_eq!(answer.status, 302, "{answer:?}");
        answer
    }

    /// Scans with another program, or from another address.
    #[track_caller]
    pub fn scan_by(&self, link: &Link, agent: &str, address: &str) -> Answer {
        let answer = self.request("GET", &format!("/{}", link.slug)).agent(agent).from(address).send();
        assert_eq!(answer.status, 302, "{answer:?}");
        answer
    }

    /// All scans of the link, whoever made them, newest first, once there are `count` of them.
    #[track_caller]
    pub fn events(&self, link: &Link, count: usize) -> Vec<Value> {
        let path = format!("/v1/events?linkId={}&verdict=all&pageSize=1000&include=device", link.id);
        let page = eventually(&format!("{count} scans of {}", link.slug), || {
            let page = self.get(&path);
            (page["json"]["totalCount"].as_u64().unwrap() >= count as u64).then_some(page)
        });
        let events = page["json"]["events"].as_array().unwrap().clone();
        assert_eq!(events.len(), count, "scans of {}", link.slug);
        events
    }

    /// The one scan of a link.
    #[track_caller]
    pub fn only_event(&self, link: &Link) -> Value {
        self.events(link, 1).remove(0)
    }

    /// Follows the live feed.
    #[track_caller]
    pub fn feed(&self, query: &str, last_event_id: Option<&str>) -> FeedReader {
        let mut request = self.api("GET", &format!("/v1/events/stream{query}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.run();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        FeedReader { lines: BufReader::new(Box::new(response.into_body().into_reader())) }
    }
}

/// A browser whose owner is signed in.
pub struct Browser<'c> {
    client: &'c Client,
    pub cookie: String,
}

impl Client {
    /// Signs in with a browser of its own.
    #[track_caller]
    pub fn sign_in(&self, email: &str, password: &str) -> Browser<'_> {
        let body = json!({ "email": email, "password": password });
        self.browser(&self.request("POST", "/v1/x/session").json(&body).send())
    }

    /// The browser that an answer has signed in.
    #[track_caller]
    pub fn browser(&self, answer: &Answer) -> Browser<'_> {
        answer.expect(200);
        Browser { client: self, cookie: answer.header("set-cookie").split(';').next().unwrap().to_owned() }
    }
}

impl Browser<'_> {
    /// A request with the session's cookie.
    pub fn ask(&self, method: &str, path: &str) -> Request<'_> {
        self.client.request(method, path).header("cookie", &self.cookie)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        self.ask("GET", path).send().expect(200)
    }
}

/// A request to be sent.
pub struct Request<'c> {
    client: &'c Client,
    builder: http::request::Builder,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn agent(self, agent: &str) -> Self {
        self.header("user-agent", agent)
    }

    /// The address that the trusted proxy in front of these tests' server tells.
    pub fn from(self, address: &str) -> Self {
        self.header("x-forwarded-for", address)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    pub fn body(self, kind: &str, body: Vec<u8>) -> Self {
        Self { body: Some(body), ..self.header("content-type", kind) }
    }

    #[track_caller]
    pub fn send(self) -> Answer {
        let response = self.run();
        let (head, body) = response.into_parts();
        let mut bytes = Vec::new();
        body.into_reader().read_to_end(&mut bytes).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body: bytes }
    }

    /// Status and headers of an answer whose body does not end.
    #[track_caller]
    pub fn head(self) -> (u16, http::HeaderMap) {
        let (head, _) = self.run().into_parts();
        (head.status.as_u16(), head.headers)
    }

    #[track_caller]
    fn run(self) -> http::Response<ureq::Body> {
        let agent = &self.client.agent;
        match self.body {
            Some(body) => agent.run(self.builder.body(body).unwrap()).unwrap(),
            None => agent.run(self.builder.body(()).unwrap()).unwrap(),
        }
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, self.text())
    }
}

impl Answer {
    /// A header's text, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, after a look at the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    /// An error of the API in its shape, with its sentence; returns the sentence and the field at fault.
    #[track_caller]
    pub fn refusal(&self, status: u16) -> (String, String) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.header("content-type").starts_with("application/json"), "{self:?}");
        let error: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(error["code"], status, "{self:?}");
        assert!(error["codeType"].as_str().is_some_and(|word| !word.is_empty()), "{self:?}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty(), "{self:?}");
        let field = error["details"].as_array().unwrap().first().map(|detail| {
            assert!(!detail["message"].as_str().unwrap().is_empty());
            detail["field"].as_str().unwrap().to_owned()
        });
        (message.to_owned(), field.unwrap_or_default())
    }
}

/// A link to be made.
pub struct NewLink<'c> {
    client: &'c Client,
    body: Value,
    token: &'c str,
}

impl<'c> NewLink<'c> {
    pub fn slug(self, slug: &str) -> Self {
        self.with("shortlink", json!(slug))
    }

    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    /// Made by the owner of another token.
    pub fn of(self, token: &'c str) -> Self {
        Self { token, ..self }
    }

    pub fn send(self) -> Answer {
        self.client.request("POST", "/v1/links").bearer(self.token).json(&self.body).send()
    }

    #[track_caller]
    pub fn create(self) -> Link {
        let mut made = self.send().expect(200);
        let json = made["link"].take();
        let text = |field: &str| json[field].as_str().unwrap().to_owned();
        Link { id: text("id"), slug: text("shortlink"), json }
    }
}

/// A live feed being read.
pub struct FeedReader {
    lines: BufReader<Box<dyn Read + Send>>,
}

/// One message of the feed.
#[derive(Debug)]
pub struct Message {
    pub id: String,
    pub event: String,
    pub data: Value,
}

impl FeedReader {
    /// The next message; comments and the retry hint are passed over. `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Message> {
        let (mut id, mut event) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", text)) => id = text.to_owned(),
                Some(("event", text)) => event = text.to_owned(),
                Some(("data", text)) => {
                    return Some(Message { id, event, data: serde_json::from_str(text).unwrap() });
                }
                _ => {}
            }
        }
    }

    /// The next message, which must be a scan.
    #[track_caller]
    pub fn scan(&mut self) -> Message {
        let message = self.next().unwrap();
        assert_eq!(message.event, "scan", "{message:?}");
        message
    }
}
