//! From outside: the port, what codes begin with, and the proxy in front.

use super::Check;
use super::ask::{self, PATIENCE};
use super::kept::Kept;
use super::running::{Running, from_here};
use crate::base_url;
use crate::config::Config;
use crate::hosts::is_loopback;
use model::destination::authority;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use url::Url;

/// Whether the port is free, or the running server's own.
pub fn port(config: &Config, running: Option<&Running>) -> Check {
    const NAME: &str = "port.listen";
    let address = config.listen;
    if let Some(holder) = running.and_then(|running| running.at) {
        return Check::ok(NAME, format!("The running quietzone has the port {}.", holder.address.port()));
    }
    if address.port() == 0 {
        return Check::ok(NAME, "The system chooses a free port.");
    }
    let error = match TcpListener::bind(address) {
        Ok(_) => return Check::ok(NAME, format!("{address} is free.")),
        Err(error) => error,
    };
    let (who, mend) = match error.kind() {
        io::ErrorKind::AddrInUse => {
            let here = from_here(address);
            let is_quietzone = ask::get(here, &here.to_string(), "/health/ready")
                .is_ok_and(|(status, body)| status == 200 && body.contains("\"status\""));
            let who = match is_quietzone {
                true => "another quietzone, with another data directory, answers there",
                false => "another program has it",
            };
            (who.to_owned(), "Stop that one, or choose another --listen.")
        }
        io::ErrorKind::PermissionDenied => (
            "ports below 1024 are not for everybody".to_owned(),
            "Give the program the right (setcap cap_net_bind_service=+ep, systemd: AmbientCapabilities), or choose a port \
             from 1024 on behind a proxy.",
        ),
        io::ErrorKind::AddrNotAvailable => (
            "this machine has no such address".to_owned(),
            "Listen on 0.0.0.0, or on an address of this machine.",
        ),
        _ => (error.to_string(), "Choose another --listen."),
    };
    Check::fail(NAME, format!("{address} cannot be listened on: {who}."), mend)
}

/// What codes begin with: configured, saved, or the address listened on.
pub fn base(config: &Config, kept: &Kept, running: Option<&Running>) -> Option<Url> {
    let saved = || kept.base_url.as_deref().and_then(|text| Url::parse(text).ok());
    let listening = || match running.and_then(|running| running.at) {
        Some(holder) => {
            let scheme = if holder.encrypted { "https" } else { "http" };
            base_url::of_listening(scheme, holder.address).ok()
        }
        None => base_url::of_config(config).ok(),
    };
    config.base_url.clone().or_else(saved).or_else(listening)
}

pub fn base_url(config: &Config, kept: &Kept, running: Option<&Running>) -> Vec<Check> {
    let Some(base) = base(config, kept, running) else { return Vec::new() };
    let shown = base_url::spelled(&base);
    if is_loopback(&base) {
        return vec![Check::warn(
            "base_url.name",
            format!("Codes begin with {shown}, which only this machine can reach."),
            "Before you print: --base-url https://go.example.com, with a name that leads here.",
        )];
    }
    vec![name(&base, &shown), reachable(&base, &shown, running)]
}

fn name(base: &Url, shown: &str) -> Check {
    const NAME: &str = "base_url.name";
    let is_private = match base.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_private() || ip.is_link_local(),
        Some(url::Host::Ipv6(ip)) => {
            ip.segments()[0] & 0xfe00 == 0xfc00 || ip.segments()[0] & 0xffc0 == 0xfe80
        }
        Some(url::Host::Domain(name)) => !name.contains('.') || name.ends_with(".local"),
        None => false,
    };
    if is_private {
        let message = format!("Codes begin with {shown}, which is known in this network only.");
        return Check::warn(NAME, message, "Before you print for the street: a base URL with a public name.");
    }
    if matches!(base.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_))) {
        let message = format!("Codes begin with {shown}, an address that is not yours for ever.");
        return Check::warn(NAME, message, "A printed code cannot be changed: use a name of your own.");
    }
    if base.scheme() == "http" {
        let message =
            format!("Codes begin with {shown}: without https phones warn, and others may read along.");
        return Check::warn(NAME, message, "Use https: tls.cert and tls.key, or a proxy that speaks it.");
    }
    Check::ok(NAME, format!("Codes begin with {shown}."))
}

fn reachable(base: &Url, shown: &str, running: Option<&Running>) -> Check {
    const NAME: &str = "base_url.reach";
    let port = base.port_or_known_default().unwrap_or(80);
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let addresses: Vec<SocketAddr> = match (host, port).to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            let mend = "Give the name an A or AAAA record that leads here, or correct the base URL.";
            return Check::fail(NAME, format!("The name {host} leads nowhere ({error})."), mend);
        }
    };
    let Some(address) = addresses.first().copied() else {
        return Check::fail(NAME, format!("The name {host} leads nowhere."), "Give it an A or AAAA record.");
    };
    if running.is_none() {
        let message =
            format!("{host} leads to {}; whether it answers shows once quietzone runs.", address.ip());
        return Check::ok(NAME, message);
    }
    if base.scheme() == "https" {
        return match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => Check::ok(NAME, format!("{shown} takes connections (at {address}).")),
            Err(error) => unreachable(shown, address, &error),
        };
    }
    match ask::get(address, &authority(base), "/health/ready") {
        Ok((200, body)) if body.contains("\"status\"") => {
            Check::ok(NAME, format!("{shown} is answered by quietzone (at {address})."))
        }
        Ok((status, _)) => Check::fail(
            NAME,
            format!("{shown} is answered by something else (at {address}, status {status})."),
            "Have the name, or the proxy at that address, lead to this quietzone.",
        ),
        Err(error) => unreachable(shown, address, &error),
    }
}

fn unreachable(shown: &str, address: SocketAddr, error: &io::Error) -> Check {
    Check::fail(
        "base_url.reach",
        format!("{shown} does not answer at {address}: {error}."),
        "Open the port in the firewall, start the proxy, or correct the base URL.",
    )
}

/// Whether codes come for a host that the running server does not know.
pub fn host(running: Option<&Running>) -> Option<Check> {
    const NAME: &str = "proxy.host";
    running?.unknown_host.map(|unknown| match unknown {
        false => Check::ok(NAME, "Codes are asked for at hosts that quietzone knows."),
        true => Check::warn(
            NAME,
            "Codes were asked for in the last hour at a host that quietzone does not know, and found nothing.",
            "Set base_url, add the domain, or have the proxy pass the Host header on; the page System names the host.",
        ),
    })
}

/// Whether the client's address is known behind a proxy.
pub fn proxy(config: &Config, kept: &Kept, running: Option<&Running>) -> Vec<Check> {
    const NAME: &str = "proxy.trusted";
    let trusts = |address: &str| address.parse::<IpAddr>().is_ok_and(|ip| config.proxies.trusts(ip));
    // Two documentation addresses (RFC 5737) that can be nobody's proxy.
    let trusts_all = trusts("192.0.2.1") && trusts("203.0.113.254");
    let name = "Name it in trusted_proxies, or all visitors look like one.";
    let is_fronted = base(config, kept, running)
        .is_some_and(|base| base.scheme() == "https" && config.tls.is_none() && !is_loopback(&base));
    let header = config.proxies.header();
    vec![if trusts_all {
        Check::warn(
            NAME,
            "Every address is trusted as a proxy, so anybody may claim any address.",
            "Name your proxies alone in trusted_proxies.",
        )
    } else if running.and_then(|running| running.unnamed_proxy) == Some(true) {
        let message =
            "Requests of the last hour came with a forwarding header from an address that is not trusted.";
        Check::warn(NAME, message, format!("Behind a proxy? {name}"))
    } else if config.proxies.is_empty() && is_fronted {
        let message =
            "Codes begin with https and quietzone does not speak it itself, so a proxy does; none is named.";
        Check::warn(NAME, message, name)
    } else if config.proxies.is_empty() {
        Check::ok(NAME, "No proxy is named: the connection's address is the client's.")
    } else {
        Check::ok(NAME, format!("Proxies are named, and {header} is believed from them."))
    }]
}
