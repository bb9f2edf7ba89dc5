//! What is done in turn: installing links, and making room for them.

use super::{Key, LinkTable};
use crate::catalog::table::{CompiledLink, Entry};
use crate::uses::Uses;
use model::{DomainId, LinkId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// State of the table that only who has the turn sees.
#[derive(Default)]
pub(super) struct Turn {
    /// Estimate of what the links in memory take.
    pub bytes: usize,
    /// What the start has read.
    pub warming: Warming,
    /// How many people links have let through that are not in memory, where the catalog may be behind. Kept for good: a
    /// limit must be exact (50 bytes a link that was scanned and left memory).
    uses: HashMap<LinkId, Arc<Uses>>,
}

/// How far the start has come.
pub(super) enum Warming {
    /// It reads links, those behind this one.
    Links(Option<LinkId>),
    /// Memory is full; it reads slugs, those behind this one.
    Slugs(Option<(DomainId, Box<str>)>),
    /// It has read all it will.
    Done,
}

impl Default for Warming {
    fn default() -> Self {
        Self::Links(None)
    }
}

impl Turn {
    /// Takes over exact counts.
    pub fn keep(&mut self, counts: impl Iterator<Item = (LinkId, u64)>) {
        self.uses.extend(counts.map(|(link, count)| (link, Arc::new(Uses::new(count)))));
    }
}

/// A link with all its slugs.
pub(super) struct Whole {
    keys: Vec<Key>,
    link: CompiledLink,
}

/// Entries, those of a link one after the other, as links.
pub(super) fn by_link(entries: Vec<Entry>) -> Vec<Whole> {
    let mut links: Vec<Whole> = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = Key { domain: entry.domain, slug: entry.folded.into_boxed_str() };
        match links.last_mut() {
            Some(last) if last.link.id == entry.link.id => last.keys.push(key),
            _ => links.push(Whole { keys: vec![key], link: entry.link }),
        }
    }
    links
}

/// Estimate of what a slug takes: its entry, and its link, which it may share with others.
pub(super) fn bytes(key: &Key, link: &CompiledLink) -> usize {
    const ENTRY: usize = 96;
    ENTRY + key.slug.len() + link.bytes()
}

impl LinkTable {
    /// Puts a link, just read, in the place of what is there.
    pub(super) fn install(&self, turn: &mut Turn, whole: Whole) {
        let Whole { keys, mut link } = whole;
        let links = self.links.pin();
        // What it has let through is known best here: the catalog is some scans behind.
        let before = keys.iter().filter_map(|key| links.get(key)).find(|before| before.id == link.id);
        if let Some(uses) = before.map(|before| before.uses.clone()).or_else(|| turn.uses.remove(&link.id)) {
            link.uses = uses;
        }
        let link = Arc::new(link);
        let absent = self.absent.pin();
        for key in keys {
            self.known.add(key.place());
            absent.remove(&key);
            turn.bytes += bytes(&key, &link);
            if let Some(before) = links.get(&key) {
                turn.bytes -= bytes(&key, before);
            }
            links.insert(key, link.clone());
        }
    }

    /// Lets links go while they take more than they may: those that were not asked for since this last went through
    /// them. A link with a limit stays, and so does one that somebody asks for at this moment.
    pub(super) fn make_room(&self, turn: &mut Turn) {
        if turn.bytes <= self.memory_limit {
            return;
        }
        let links = self.links.pin();
        // First of all: from here on a slug that is not here may be in the catalog.
        if self.complete.load(Ordering::Acquire) {
            self.known.begin();
            links.keys().for_each(|key| self.known.add(key.place()));
            self.known.end();
            self.complete.store(false, Ordering::Release);
        }
        // A tenth at once, so that not every load goes through all links.
        let aim = self.memory_limit / 10 * 9;
        for _ in 0..2 {
            let mut going: HashSet<LinkId> = HashSet::new();
            let mut left = turn.bytes;
            for (key, link) in &links {
                if left <= aim {
                    break;
                }
                if link.terms().limit.is_none() && link.touched.is_cold() {
                    left -= bytes(key, link);
                    going.insert(link.id);
                }
            }
            links.retain(|key, link| {
                if !going.contains(&link.id) {
                    return true;
                }
                turn.bytes -= bytes(key, link);
                if link.touched.ever() {
                    turn.uses.insert(link.id, link.uses.clone());
                }
                false
            });
            if turn.bytes <= aim {
                return;
            }
        }
    }
}
