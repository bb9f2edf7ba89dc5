//! Webhooks: who is told of what, signed how, and what becomes of deliveries when endpoints, networks or this program
//! fail.

mod api;
mod crash;
mod crowd;
mod endpoint;
mod kinds;
mod network;
mod sending;

use crate::app::TestApp;
use crate::client::{Client, eventually};
use serde_json::{Value, json};

/// Lets deliveries go to endpoints of these tests.
pub const LOCAL: (&str, &str) = ("QUIETZONE_WEBHOOKS_ALLOW_NETWORKS", "127.0.0.0/8, ::1");

/// A server that may send to loopback.
pub fn app() -> TestApp {
    TestApp::with(&[LOCAL])
}

/// A webhook as it was made.
#[derive(Clone)]
pub struct Hook {
    pub id: String,
    pub secret: String,
}

/// Makes a webhook that is told of some events of ours and kinds of steps.
#[track_caller]
pub fn hook(app: &Client, url: &str, events: &[&str], triggers: &[&str]) -> Hook {
    let body = json!({ "name": "h", "endpointUrl": url, "xEvents": events, "triggers": triggers });
    let made = app.post("/v1/webhooks", &body)["webhook"].take();
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    Hook { id: text("id"), secret: text("xSecret") }
}

#[track_caller]
pub fn read(app: &Client, hook: &Hook) -> Value {
    app.get(&format!("/v1/webhooks/{}", hook.id))["webhook"].take()
}

/// The log of a webhook, newest first.
#[track_caller]
pub fn deliveries(app: &Client, hook: &Hook) -> Vec<Value> {
    let list = app.get(&format!("/v1/x/webhooks/{}/deliveries?pageSize=500", hook.id))["deliveries"].take();
    list.as_array().unwrap().clone()
}

/// The only delivery of a webhook, once it looks as it should.
#[track_caller]
pub fn only_delivery(app: &Client, hook: &Hook, is_right: impl Fn(&Value) -> bool) -> Value {
    eventually("the delivery", || {
        let mut all = deliveries(app, hook);
        assert!(all.len() < 2, "{all:?}");
        all.pop().filter(&is_right)
    })
}
