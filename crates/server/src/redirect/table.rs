//! The table of links in memory: host and folded slug to compiled link. No database on the redirect path.
//!
//! An edit is seen by the next scan: whoever changes a link in the catalog calls [`LinkTable::refresh`] before
//! answering its caller, and of a slug that the link gave up [`LinkTable::refresh_slug`]. Whatever reads the catalog for the
//! table (a refresh, a page of the start's links, a slug that is not in memory) does so while it has the turn, and installs
//! what it read before the next one reads: an older state never replaces a newer one, nor does "there is no such slug"
//! outlive the making of the link.
//!
//! While the table is not complete (the start is still reading, or the links need more memory than they may), a slug
//! that is not here may be in the catalog: [`LinkTable::is_missing`], [`LinkTable::load`].

mod known;
mod turn;

use crate::catalog::table::{self, CompiledLink};
use crate::catalog::{Catalog, Result};
use foldhash::quality::RandomState;
use known::Known;
use model::{DomainId, LinkId, WorkspaceId};
use papaya::{Equivalent, HashMapRef, LocalGuard};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use turn::{Turn, Warming};

/// A slug's place: domain and folded slug.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::redirect) struct Key {
    domain: DomainId,
    slug: Box<str>,
}

/// The same, borrowed, so that a look-up allocates nothing.
#[derive(Clone, Copy, Hash)]
struct Place<'s> {
    domain: DomainId,
    slug: &'s str,
}

impl Key {
    fn place(&self) -> Place<'_> {
        Place { domain: self.domain, slug: &self.slug }
    }
}

impl Equivalent<Key> for Place<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.slug == *key.slug && self.domain == key.domain
    }
}

/// Links that the start reads at a time; edits wait for one such page at most.
const PAGE: u32 = 2048;
/// How long it is believed that a slug is nowhere.
const ABSENT: Duration = Duration::from_secs(30);
/// Slugs that are remembered as being nowhere.
const ABSENT_MOST: usize = 50_000;

/// The table. Look-ups take no lock.
pub struct LinkTable {
    links: papaya::HashMap<Key, Arc<CompiledLink>, RandomState>,
    /// The slugs there are, while their links are not all here.
    known: Known,
    /// Slugs that were looked for in vain, and until when that is believed. Empty once the table is complete.
    absent: papaya::HashMap<Key, Instant, RandomState>,
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
            links: papaya::HashMap::default(),
            known: Known::default(),
            absent: papaya::HashMap::default(),
            complete: AtomicBool::new(false),
            memory_limit,
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Reads all links until there is no more, no more room, or no more time; where there is no more room, the slugs of
    /// the others. True when it need not be called again.
    pub async fn warm(&self, catalog: &Catalog, until: Option<Instant>) -> Result<bool> {
        let mut db = catalog.read().await?;
        loop {
            let mut turn = self.turn.lock().await;
            match std::mem::take(&mut turn.warming) {
                Warming::Done => return Ok(true),
                Warming::Links(after) => {
                    // Should the reading fail, the next call goes on here.
                    turn.warming = Warming::Links(after);
                    let (entries, next) = table::page(&mut db, after, PAGE).await?;
                    for link in turn::by_link(entries) {
                        self.install(&mut turn, link);
                    }
                    turn.warming = match next {
                        None => {
                            self.complete.store(true, Ordering::Release);
                            self.absent.pin().clear();
                            Warming::Done
                        }
                        Some(_) if turn.bytes > self.memory_limit => {
                            self.known.begin();
                            Warming::Slugs(None)
                        }
                        next => Warming::Links(next),
                    };
                    self.make_room(&mut turn);
                }
                Warming::Slugs(after) => {
                    turn.warming = Warming::Slugs(after.clone());
                    let slugs = table::slugs(&mut db, after, PAGE).await?;
                    slugs.iter().for_each(|(domain, slug)| self.known.add(Place { domain: *domain, slug }));
                    let is_last = slugs.len() < PAGE as usize;
                    turn.warming = Warming::Slugs(slugs.into_iter().last());
                    if is_last {
                        self.known.end();
                        turn.warming = Warming::Done;
                    }
                }
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

    /// Installs what the catalog now says of a slug: that it leads to another link, or nowhere any more.
    pub async fn refresh_slug(&self, catalog: &Catalog, domain: DomainId, folded: &str) -> Result<()> {
        let mut turn = self.turn.lock().await;
        let leads_to = table::link_of(&mut *catalog.read().await?, domain, folded).await?;
        match leads_to {
            Some(link) => self.read(&mut turn, catalog, link).await,
            None => {
                self.take_out(&mut turn, Place { domain, slug: folded });
                Ok(())
            }
        }
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

    /// The links, for looking them up. What is found stays for as long as this does, whatever is edited meanwhile.
    pub fn links(&self) -> Links<'_> {
        Links(self.links.pin())
    }

    /// Whether a segment that [`Links::resolve`] does not know may lead to a link that is not in memory.
    pub fn is_missing(&self, domain: DomainId, segment: &str) -> bool {
        if self.complete.load(Ordering::Acquire) {
            return false;
        }
        let now = Instant::now();
        let absent = self.absent.pin();
        let is_absent = |key: &Key| absent.get(key).is_some_and(|until| now < *until);
        let may_be = |key: &Key| self.known.may_have(key.place()) && !is_absent(key);
        decode(segment).is_some_and(|decoded| keys(domain, &decoded).iter().any(may_be))
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
            let found = table::link_of(&mut *catalog.read().await?, domain, &key.slug).await?;
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
        self.links.pin().get(&Place { domain, slug: folded }).cloned()
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

/// See [`LinkTable::links`].
pub struct Links<'t>(HashMapRef<'t, Key, Arc<CompiledLink>, RandomState, LocalGuard<'t>>);

impl Links<'_> {
    /// The link that a path segment (still percent-encoded) leads to, and its folded slug. Slashes, and blanks and
    /// punctuation that text around a link adds to its end, encoded or not, are looked past.
    pub fn resolve(&self, domain: DomainId, segment: &str) -> Option<(&CompiledLink, &str)> {
        let mut buffer = [0; SHORT];
        let folded = fold(segment, &mut buffer)?;
        let mut slug = &*folded;
        loop {
            if let Some((key, link)) = self.0.get_key_value(&Place { domain, slug }) {
                link.touched.touch();
                return Some((link, &key.slug));
            }
            slug = shorter(slug)?;
        }
    }
}

/// Bytes of a segment that is folded without an allocation.
const SHORT: usize = 64;

/// A segment, percent-decoded and folded.
fn fold<'s>(segment: &str, buffer: &'s mut [u8; SHORT]) -> Option<Cow<'s, str>> {
    let is_plain = segment.bytes().all(|byte| byte.is_ascii() && byte != b'%');
    if let Some(plain) = buffer.get_mut(..segment.len()).filter(|_| is_plain) {
        plain.copy_from_slice(segment.as_bytes());
        plain.make_ascii_lowercase();
        return std::str::from_utf8(plain).ok().map(Cow::Borrowed);
    }
    Some(Cow::Owned(model::slug::fold(&decode(segment)?)))
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    percent_encoding::percent_decode_str(segment).decode_utf8().ok()
}

/// A slug without the last sign, if that is a blank or punctuation which text around a link adds.
fn shorter(slug: &str) -> Option<&str> {
    const ADDED: &str = ".,)…;:!?\"'>]”’»\u{200b}\u{feff}";
    slug.strip_suffix(|sign: char| sign.is_whitespace() || ADDED.contains(sign))
}

/// The slugs that a decoded segment may mean, the likeliest first.
fn keys(domain: DomainId, decoded: &str) -> Vec<Key> {
    let folded = model::slug::fold(decoded);
    let slugs = std::iter::successors(Some(folded.as_str()), |slug| shorter(slug));
    slugs.take(SHORTENED).map(|slug| Key { domain, slug: slug.into() }).collect()
}

/// Most signs that are looked past for what is not in memory: each costs a look into the catalog.
const SHORTENED: usize = 8;
