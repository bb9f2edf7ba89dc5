//! The server that runs on the data directory, if one does: found without touching its lock.

use super::{Check, ask};
use crate::config::Config;
use crate::data_dir;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// A process that has the data directory.
#[derive(Debug)]
pub struct Running {
    /// What it has noted of itself; nothing where another command of quietzone has the directory.
    pub at: Option<data_dir::Holder>,
    /// Body of `/health/ready`, asked over plain http from this machine.
    health: Option<Value>,
    /// Whether it has seen forwarding headers of somebody unnamed; nothing where it does not tell.
    pub unnamed_proxy: Option<bool>,
    /// Whether codes are asked for at a host that it does not know; nothing where it does not tell.
    pub unknown_host: Option<bool>,
}

impl Running {
    /// Looks for it.
    pub fn find(config: &Config) -> Option<Self> {
        if !data_dir::is_held(&config.data) {
            return None;
        }
        let at = data_dir::holder(&config.data);
        let mut running = Self { at, health: None, unnamed_proxy: None, unknown_host: None };
        if let Some(address) = running.plain_address() {
            let body = |path| match ask::get(address, &address.to_string(), path) {
                Ok((200, body)) => Some(body),
                _ => None,
            };
            running.health = body("/health/ready").and_then(|body| serde_json::from_str(&body).ok());
            let metrics = body("/metrics").unwrap_or_default();
            let says = |figure: &str| {
                let value = metrics.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(' '))?;
                Some(value.trim() != "0")
            };
            running.unnamed_proxy = says("quietzone_unnamed_proxy");
            running.unknown_host = says("quietzone_unknown_host");
        }
        Some(running)
    }

    /// Where it answers over plain http, seen from this machine.
    fn plain_address(&self) -> Option<SocketAddr> {
        let holder = self.at.as_ref().filter(|holder| !holder.encrypted)?;
        Some(from_here(holder.address))
    }

    /// What it says is wrong with itself.
    pub fn complaints(&self) -> Vec<Check> {
        let reasons = self.health.as_ref().and_then(|health| health["reasons"].as_array());
        let reasons = reasons.into_iter().flatten().filter_map(Value::as_str);
        reasons
            .map(|reason| {
                let mend = "The log says since when; what is written above may be the cause.";
                Check::warn("server.health", format!("The running server says: {reason}."), mend)
            })
            .collect()
    }
}

/// The address at which this machine reaches what listens on `address`.
pub fn from_here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Who has the directory.
pub fn check(data: &Path, running: Option<&Running>) -> Check {
    let shown = data.display();
    match running {
        None if !data.exists() => {
            Check::ok("data.use", format!("{shown} does not exist yet; the first start makes it."))
        }
        None => Check::ok("data.use", format!("No quietzone runs on {shown}.")),
        Some(Running { at: Some(at), health: Some(_), .. }) => {
            Check::ok("data.use", format!("A quietzone (process {}) answers at {}.", at.pid, at.address))
        }
        Some(Running { at: Some(at), .. }) if at.encrypted => Check::ok(
            "data.use",
            format!("A quietzone (process {}) listens for https at {}.", at.pid, at.address),
        ),
        Some(Running { at: Some(at), .. }) => Check::fail(
            "data.use",
            format!("The quietzone (process {}) at {} does not answer.", at.pid, at.address),
            "Read its log; if it hangs, stop it and start it again.",
        ),
        Some(Running { at: None, .. }) => {
            Check::ok("data.use", format!("Another command of quietzone is at work on {shown}."))
        }
    }
}
