//! The table of links in memory: host and folded slug to compiled link. No database on the redirect path.
//!
//! An edit is seen by the next scan: whoever changes a link in the catalog calls [`LinkTable::refresh`] before
//! answering its caller. Whatever reads the catalog for the table (a refresh, a page of the start's links, a slug that is
//! not in memory) does so while it has the turn, and installs what it read before the next one reads: an older state
//! never replaces a newer one, nor does "there is no such slug" outlive the making of the link.
//!
//! While the table is not complete (the start is still reading, or the links need more memory than they may), a slug
//! that is not here may be in the catalog: [`LinkTable::is_missing`], [`LinkTable::load`].

mod turn;

use crate::catalog::table::{self, CompiledLink};
use crate::catalog::{Catalog, Result};
use model::{DomainId, LinkId, WorkspaceId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use turn::Turn;

/// A slug's place: domain and folded slug.
type Key = (DomainId, Box<str>);

/// Links that the start reads at a time; edits wait for one such page at most.
const PAGE: u32 = 2048;
/// How long it is believed that a slug is nowhere.
const ABSENT: Duration = Duration::from_secs(30);
/// Slugs that are remembered as being nowhere.
const ABSENT_MOST: usize = 50_000;

/// The table. Look-ups take no lock.
pub struct LinkTable {
    links: papaya::HashMap<Key, Arc<CompiledLink>>,
    /// Slugs that were looked for in vain, and until when that is believed. Empty once the table is complete.
    absent: papaya::HashMap<Key, Instant>,
    /// Every slug there is is here.
    complete: AtomicBool,
    /// Bytes that links may take, by estimate.
    memory_limit: usize,
    turn: tokio::sync::Mutex<Turn>,
}

impl LinkTable {
    /// An empty table whose links may take so many bytes.
    pub fn new(memory_limit: usize) -> Self {
        Self {
            links: papaya::HashMap::new(),
            absent: papaya::HashMap::new(),
            complete: AtomicBool::new(false),
            memory_limit,
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Reads all links until there is no more, no more room, or no more time. True when it need not be called again.
    pub async fn warm(&self, catalog: &Catalog, until: Option<Instant>) -> Result<bool> {
        loop {
            let mut turn = self.turn.lock().await;
            if turn.is_warm {
                return Ok(true);
            }
            let (entries, next) = table::page(&mut *catalog.read().await?, turn.warmed, PAGE).await?;
            for link in turn::by_link(entries) {
                self.install(&mut turn, link);
            }
            turn.warmed = next;
            if next.is_none() || turn.bytes > self.memory_limit {
                turn.is_warm = true;
                if next.is_none() {
                    self.complete.store(true, Ordering::Release);
                    self.absent.pin().clear();
                }
                self.make_room(&mut turn);
                return Ok(true);
            }
            drop(turn);
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Installs what the catalog now says of a link.
    pub async fn refresh(&self, catalog: &Catalog, link: LinkId) -> Result<()> {
        let mut turn = self.turn.lock().await;
        self.read(&mut turn, catalog, link).await
    }

    async fn read(&self, turn: &mut Turn, catalog: &Catalog, link: LinkId) -> Result<()> {
        let entries = table::of_link(&mut *catalog.read().await?, link).await?;
        for link in turn::by_link(entries) {
            self.install(turn, link);
        }
        self.make_room(turn);
        Ok(())
    }

    /// Takes out every link of a workspace that the catalog no longer has.
    pub async fn forget_workspace(&self, workspace: WorkspaceId) {
        let mut turn = self.turn.lock().await;
        self.links.pin().retain(|key, link| {
            let stays = link.workspace != workspace;
            turn.bytes -= if stays { 0 } else { turn::bytes(key, link) };
            stays
        });
    }

    /// Installs what the catalog now says of every link of a workspace.
    pub async fn refresh_workspace(&self, catalog: &Catalog, workspace: WorkspaceId) -> Result<()> {
        let links = table::of_workspace(&mut *catalog.read().await?, workspace).await?;
        for link in links {
            self.refresh(catalog, link).await?;
        }
        Ok(())
    }

    /// The link that a path segment (still percent-encoded) leads to, and its folded slug. Slashes, and punctuation
    /// that text around a link adds to its end, are looked past.
    pub fn resolve(&self, domain: DomainId, segment: &str) -> Option<(Arc<CompiledLink>, Box<str>)> {
        let decoded = decode(segment)?;
        let folded = model::slug::fold(&decoded);
        let links = self.links.pin();
        let mut slug = folded.as_str();
        loop {
            let key = (domain, Box::from(slug));
            if let Some(link) = links.get(&key) {
                link.touched.touch();
                return Some((link.clone(), key.1));
            }
            slug = shorter(slug)?;
        }
    }

    /// Whether a segment that [`LinkTable::resolve`] does not know may lead to a link that is not in memory.
    pub fn is_missing(&self, domain: DomainId, segment: &str) -> bool {
        if self.complete.load(Ordering::Acquire) {
            return false;
        }
        let now = Instant::now();
        let absent = self.absent.pin();
        let is_absent = |key: &Key| absent.get(key).is_some_and(|until| now < *until);
        decode(segment).is_some_and(|decoded| !keys(domain, &decoded).iter().all(is_absent))
    }

    /// Looks in the catalog for what a segment leads to; afterwards it is in memory, or known to be nowhere. Many who
    /// ask for the same one cause one look.
    pub async fn load(&self, catalog: &Catalog, domain: DomainId, segment: &str) -> Result<()> {
        let Some(decoded) = decode(segment) else { return Ok(()) };
        for key in keys(domain, &decoded) {
            let mut turn = self.turn.lock().await;
            // Somebody who had the turn before has looked.
            if self.links.pin().contains_key(&key) {
                return Ok(());
            }
            if self.absent.pin().get(&key).is_some_and(|until| Instant::now() < *until) {
                continue;
            }
            let found = table::link_of(&mut *catalog.read().await?, domain, &key.1).await?;
            if let Some(link) = found {
                return self.read(&mut turn, catalog, link).await;
            }
            let absent = self.absent.pin();
            if absent.len() >= ABSENT_MOST {
                absent.clear();
            }
            absent.insert(key, Instant::now() + ABSENT);
        }
        Ok(())
    }

    /// The link of a folded slug, if it is in memory.
    pub fn get(&self, domain: DomainId, folded: &str) -> Option<Arc<CompiledLink>> {
        self.links.pin().get(&(domain, Box::from(folded))).cloned()
    }

    /// Adds what links have let through in earlier processes and the catalog has not counted. Before anything counts
    /// in the catalog.
    pub async fn add_uses(&self, catalog: &Catalog, uses: HashMap<LinkId, u64>) -> Result<()> {
        let mut turn = self.turn.lock().await;
        let counted = table::used(&mut *catalog.read().await?, uses.keys().copied()).await?;
        turn.keep(counted.into_iter().map(|(link, counted)| (link, counted + uses.get(&link).unwrap_or(&0))));
        Ok(())
    }

    /// Whether every slug there is is in memory.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// How many slugs are in memory.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    percent_encoding::percent_decode_str(segment).decode_utf8().ok()
}

/// A slug without the last sign, if that is punctuation which text around a link adds.
fn shorter(slug: &str) -> Option<&str> {
    slug.strip_suffix(['.', ',', ')', '…', ';', ':', '!', '?', '"', '\'', '>', ']'])
}

/// The slugs that a decoded segment may mean, the likeliest first.
fn keys(domain: DomainId, decoded: &str) -> Vec<Key> {
    let folded = model::slug::fold(decoded);
    let slugs = std::iter::successors(Some(folded.as_str()), |slug| shorter(slug));
    slugs.take(SHORTENED).map(|slug| (domain, Box::from(slug))).collect()
}

/// Most signs that are looked past for what is not in memory: each costs a look into the catalog.
const SHORTENED: usize = 8;
