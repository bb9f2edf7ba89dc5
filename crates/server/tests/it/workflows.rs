//! Workflows as visitors and their owners meet them: every step on a real scan, through the real server.

mod crash;
mod drafts;
mod forms;
mod funnel;
#[path = "../../../model/tests/reference/naive.rs"]
mod naive;
mod pages;
#[path = "../../../model/tests/reference/random.rs"]
mod random;
mod reference;
mod steps;
mod stories;

use crate::client::{Answer, Client, IPHONE, Link};
use serde_json::{Value, json};
use uuid::Uuid;

/// The entry and the exit that a link is made with.
#[track_caller]
pub fn ends(client: &Client, link: &Link) -> (String, String) {
    let steps = client.get(&format!("/v1/links/{}/workflow-steps", link.id));
    let id = |index: usize| steps["workflowSteps"][index]["id"].as_str().unwrap().to_owned();
    (id(0), id(1))
}

/// Replaces the workflow of a link: `steps` are behind the entry, which leads to the first. Published.
#[track_caller]
pub fn publish(client: &Client, link: &Link, steps: Vec<Value>) -> Value {
    let (entry, _) = ends(client, link);
    let path = format!("/v1/x/links/{}/workflow", link.id);
    let revision = client.get(&path)["draft"]["revision"].as_i64().unwrap_or(0);
    let first = steps[0]["id"].clone();
    let entry = json!({
        "id": entry, "payload": { "linkVisit": {} }, "branches": [{ "branchId": "next", "nextStepId": first }],
    });
    let all: Vec<Value> = std::iter::once(entry).chain(steps).collect();
    let body = json!({ "revision": revision, "steps": all });
    let draft = client.api("PUT", &format!("{path}/draft")).json(&body).send().expect(200);
    let body = json!({ "revision": draft["draft"]["revision"], "force": true });
    client.post(&format!("{path}/publish"), &body)
}

/// Ids that no other test has: those of all links are in one table.
pub fn ids<const N: usize>() -> [String; N] {
    std::array::from_fn(|_| Uuid::new_v4().to_string())
}

/// A redirect.
pub fn redirect(id: &str, destination: &str) -> Value {
    json!({ "id": id, "payload": { "clientRedirect": { "destination": destination } } })
}

/// A browser that keeps its cookies.
pub struct Phone<'c> {
    client: &'c Client,
    agent: String,
    address: String,
    cookies: Vec<(String, String)>,
}

impl<'c> Phone<'c> {
    pub fn new(client: &'c Client) -> Self {
        Self { client, agent: IPHONE.to_owned(), address: "198.51.100.7".to_owned(), cookies: Vec::new() }
    }

    pub fn at(self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self }
    }

    /// Its cookies, as it sends them.
    pub fn cookie(&self) -> String {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    fn ask(&mut self, method: &str, path: &str, form: Option<&[(&str, &str)]>) -> Answer {
        let mut request = self
            .client
            .request(method, path)
            .agent(&self.agent)
            .from(&self.address)
            .header("accept", "text/html,application/xhtml+xml")
            .header("accept-language", "en-GB,en;q=0.9");
        if !self.cookies.is_empty() {
            request = request.header("cookie", &self.cookie());
        }
        if let Some(form) = form {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(form);
            request = request
                .header("origin", "null")
                .body("application/x-www-form-urlencoded", body.finish().into_bytes());
        }
        let answer = request.send();
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.ask("POST", path, Some(form))
    }

    /// Scans, and tells where it leads.
    #[track_caller]
    pub fn scan(&mut self, link: &Link) -> String {
        let answer = self.get(&format!("/{}", link.slug));
        assert!(matches!(answer.status, 302 | 303), "{answer:?}");
        answer.location().to_owned()
    }

    /// Scans a link that shows a page: its address, and the page.
    #[track_caller]
    pub fn open(&mut self, link: &Link) -> (String, String) {
        let answer = self.get(&format!("/{}", link.slug));
        assert_eq!(answer.status, 303, "{answer:?}");
        let path = answer.location().to_owned();
        assert!(path.starts_with("/r/"), "{path}");
        let page = self.get(&path);
        assert_eq!(page.status, 200, "{page:?}");
        (path, page.text())
    }
}

/// The value of a hidden input.
#[track_caller]
pub fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let rest = &page[at..];
    let value = &rest[rest.find("value=\"").unwrap() + 7..];
    value[..value.find('"').unwrap()].to_owned()
}
