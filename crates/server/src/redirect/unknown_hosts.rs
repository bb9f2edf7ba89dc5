//! Hosts for which our codes are asked and that nobody has made known: a proxy that writes its own `Host`, or a domain that
//! was pointed here and not added. Each such code is a 404, and only the operator can mend it.
//!
//! Scanners ask for every host there is, so a request alone says nothing. One that asks for a slug which we have does, and
//! only the third: anybody may send one of those too.

use super::answer::Answer;
use super::{Redirector, Request, Route, plain, route};
use hyper::StatusCode;
use model::Millis;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// So many requests for slugs of ours within an hour make a host one that somebody means.
const MEANT_FROM: u32 = 3;
/// How long a request is remembered.
const REMEMBERED_MS: i64 = 3_600_000;
/// Hosts that are remembered. The one with the fewest requests goes first, so that inventing some drives out no other.
const MOST: usize = 64;
/// Bytes of a host (RFC 1035 §2.3.4) and its port.
const LONGEST: usize = 260;

/// The hosts of the last hour.
#[derive(Default)]
pub struct UnknownHosts(Mutex<HashMap<Box<str>, Asked>>);

#[derive(Clone, Copy)]
struct Asked {
    times: u32,
    since: Millis,
    last: Millis,
}

impl UnknownHosts {
    /// Notes that a slug of ours was asked for at a host that is not known.
    pub fn note(&self, host: &str, now: Millis) {
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if host.is_empty() || host.len() > LONGEST || !host.bytes().all(is_host) {
            return;
        }
        let host = host.to_ascii_lowercase();
        let mut hosts = self.0.lock();
        if hosts.len() >= MOST && !hosts.contains_key(&*host) {
            hosts.retain(|_, asked| is_recent(asked.last, now));
            let least = hosts.iter().min_by_key(|(_, asked)| (asked.times, asked.last)).map(|(host, _)| host);
            if let Some(least) = least.filter(|_| hosts.len() >= MOST).cloned() {
                hosts.remove(&least);
            }
        }
        let asked = hosts.entry(host.into()).or_insert(Asked { times: 0, since: now, last: now });
        if !is_recent(asked.since, now) {
            *asked = Asked { times: 0, since: now, last: now };
        }
        asked.times = asked.times.saturating_add(1);
        asked.last = now;
    }

    /// The host that was meant oftenest within the last hour. `is_known`: it has been made known since.
    pub fn meant(&self, now: Millis, is_known: impl Fn(&str) -> bool) -> Option<String> {
        let hosts = self.0.lock();
        let meant = hosts.iter().filter(|(host, asked)| {
            asked.times >= MEANT_FROM && is_recent(asked.last, now) && !is_known(host)
        });
        meant.max_by_key(|(_, asked)| asked.times).map(|(host, _)| host.to_string())
    }
}

impl Redirector {
    /// A host that is not ours. Whether the slug is, is told to the operator alone.
    pub(super) fn unknown_host(&self, request: &Request<'_>) -> Answer {
        self.counters.unknown_hosts.fetch_add(1, Ordering::Relaxed);
        if let Route::Slug(segment, ..) = route(request.head.path) {
            let (hosts, links) = (self.hosts.load(), self.table.links());
            if hosts.link_domains().any(|domain| links.resolve(domain, segment).is_some()) {
                self.unknown_hosts.note(request.head.host(), request.now);
            }
        }
        plain(StatusCode::NOT_FOUND, "This server does not answer for this host.\n")
    }

    /// The host that is not known and that somebody means, of the last hour.
    pub fn host_to_know(&self, now: Millis) -> Option<String> {
        let hosts = self.hosts.load();
        self.unknown_hosts.meant(now, |host| hosts.domain(host).is_some())
    }
}

fn is_recent(at: Millis, now: Millis) -> bool {
    now.0.abs_diff(at.0) < REMEMBERED_MS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(hosts: &UnknownHosts, now: i64) -> Option<String> {
        hosts.meant(Millis(now), |_| false)
    }

    #[test]
    fn the_third_request_within_an_hour_is_meant_and_for_an_hour() {
        let hosts = UnknownHosts::default();
        for at in [0, 1] {
            hosts.note("Backend:8080", Millis(at));
            assert_eq!(meant(&hosts, at), None);
        }
        hosts.note("backend:8080", Millis(2));
        assert_eq!(meant(&hosts, REMEMBERED_MS + 1).as_deref(), Some("backend:8080"));
        assert_eq!(meant(&hosts, REMEMBERED_MS + 2), None);
        assert_eq!(hosts.meant(Millis(3), |host| host == "backend:8080"), None, "it was made known");
        hosts.note("backend:8080", Millis(REMEMBERED_MS + 2));
        assert_eq!(meant(&hosts, REMEMBERED_MS + 2), None, "it counts anew");
    }

    #[test]
    fn invented_hosts_drive_out_none_that_is_meant_and_fill_no_memory() {
        let hosts = UnknownHosts::default();
        (0..3).for_each(|at| hosts.note("backend", Millis(at)));
        for number in 0..10_000 {
            hosts.note(&format!("host-{number}.example"), Millis(10 + number));
        }
        assert_eq!(hosts.0.lock().len(), MOST);
        assert_eq!(meant(&hosts, 10_011).as_deref(), Some("backend"));
        for host in ["", "a b", "<script>", &"a".repeat(LONGEST + 1)] {
            (0..3).for_each(|_| hosts.note(host, Millis(20_000)));
        }
        assert_eq!(meant(&hosts, 20_000).as_deref(), Some("backend"));
    }
}
