//! Everything a handler may need.

use crate::accept::{ConnectionCounters, Listeners};
use crate::api::cursor::Cursors;
use crate::api::idempotency::UnderWay;
use crate::api::stream::room::Rooms;
use crate::backup::worker::Backups;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::Supply;
use crate::dns::Dns;
use crate::feed::Feed;
use crate::hosts::Hosts;
use crate::limits::{RateLimit, SignInLimit};
use crate::notices::Notices;
use crate::passing;
use crate::redirect::Redirector;
use crate::redirect::table::LinkTable;
use crate::run::Runs;
use crate::signed::Signer;
use crate::status::{Sickness, Unrecorded};
use crate::tls::Tls;
use crate::webhooks::Webhooks;
use analytics::Local;
use model::Millis;
use parking_lot::Mutex;
use spool::Spool;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use tokio::sync::{Notify, Semaphore};

/// The parts of a running server, shared.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// See [`App`].
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// Where `now` comes from.
    pub clock: Clock,
    /// Everything that is not a scan.
    pub catalog: Catalog,
    /// The scan store.
    pub store: Arc<Local>,
    /// The log of scans.
    pub spool: Arc<Spool>,
    /// The scan path; hosts, places and user agents are read through it.
    pub redirector: Arc<Redirector>,
    /// Every scan answered before this moment is in the store. Milliseconds.
    pub read_up_to: Arc<AtomicI64>,
    /// Links in memory.
    pub table: Arc<LinkTable>,
    /// The live feed.
    pub feed: Arc<Feed>,
    /// Its listeners, by workspace.
    pub rooms: Rooms,
    /// Page tokens.
    pub cursors: Cursors,
    /// Ways of visitors through pages.
    pub runs: Runs,
    /// Tells others of what happens.
    pub webhooks: Webhooks,
    /// Tells owners of leads.
    pub notices: Notices,
    /// Signs the addresses of the library's files.
    pub media_addresses: Signer,
    /// Signs the addresses of codes' images.
    pub code_addresses: Signer,
    /// Requests with an idempotency key that are being answered.
    pub answering: UnderWay,
    /// Wakes the worker of the jobs.
    pub job_waits: Arc<Notify>,
    /// Wakes the maker of the exports.
    pub export_waits: Arc<Notify>,
    /// The server's own backups.
    pub backups: Backups,
    /// Wakes the worker that judges scans again.
    pub rejudge_waits: Arc<Notify>,
    /// Wakes the worker that erases.
    pub erasure_waits: Arc<Notify>,
    /// Held by whoever changes the past: counters follow one of them at a time.
    pub past: Arc<tokio::sync::Mutex<()>>,
    /// Asks name servers.
    pub dns: Dns,
    /// API requests a minute and token.
    pub rate_limit: RateLimit,
    /// Failed sign-ins.
    pub sign_ins: SignInLimit,
    /// Sessions that the catalog could not take.
    pub passing: passing::Sessions,
    /// Two at a time: argon2.
    pub hashing: Semaphore,
    /// One at a time: bytes of the library come and go.
    pub library: tokio::sync::Mutex<()>,
    /// One at a time: pictures that come into the library are unpacked whole.
    pub unpacking: Semaphore,
    /// Two at a time: codes drawn in a design.
    pub drawing: Semaphore,
    /// One at a time: looks of people without an account are checked.
    pub drawing_for_strangers: Semaphore,
    /// Two at a time: questions to the scan store.
    pub querying: Arc<Semaphore>,
    /// One at a time: having one's scans forgotten.
    pub forgetting: Semaphore,
    /// The one-time token of the set-up link, while nobody can sign in.
    pub setup: Mutex<Option<String>>,
    /// Supplies the demo with scans, while there is one.
    pub demo: Supply,
    /// Where connections come in.
    pub listeners: Arc<Listeners>,
    /// Certificate and key, where https is spoken.
    pub tls: Option<Arc<Tls>>,
    /// When the program started.
    pub started_at: Millis,
    /// What became of connections.
    pub connections: Arc<ConnectionCounters>,
    /// Scans that were answered and are not in the spool for other reasons than its own.
    pub unrecorded: Arc<Unrecorded>,
    /// What the background threads found wrong.
    pub sickness: Arc<Sickness>,
}

impl App {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What is wrong at the moment, a sentence a part.
    pub fn reasons(&self) -> Vec<String> {
        let now = self.clock.now();
        let proxy = self.redirector.proxies.unnamed(now).map(str::to_owned);
        let host = self.redirector.host_to_know(now).map(|host| {
            format!(
                "host: requests for your codes come for the host {host}, which is not known, and find nothing. Set base_url, \
                 add the domain, or have the proxy pass the Host header on"
            )
        });
        self.sickness.reasons().into_iter().chain(proxy).chain(host).collect()
    }

    /// Hosts answered for.
    pub fn hosts(&self) -> Arc<Hosts> {
        self.redirector.hosts.load_full()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
