//! What is done in turn: installing links, and making room for them.

use super::{Key, LinkTable, Place};
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
    live: Leading,
    /// Those that its owner has stopped: to them it has ended. Most links have none.
    stopped: Option<Leading>,
}

/// Slugs, and the link as they lead to it.
struct Leading {
    keys: Vec<Key>,
    link: CompiledLink,
}

/// Entries, those of a link one after the other, as links.
pub(super) fn by_link(entries: Vec<Entry>) -> Vec<Whole> {
    let mut links: Vec<(LinkId, [Option<Leading>; 2])> = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = Key { domain: entry.domain, slug: entry.folded.into_boxed_str() };
        if links.last().is_none_or(|(id, _)| *id != entry.link.id) {
            links.push((entry.link.id, [None, None]));
        }
        let Some((_, halves)) = links.last_mut() else { continue };
        match &mut halves[usize::from(entry.is_stopped)] {
            Some(half) => half.keys.push(key),
            half => *half = Some(Leading { keys: vec![key], link: entry.link }),
        }
    }
    // A link's main slug is live, so the first half is there.
    let whole = |(_, [live, stopped]): (LinkId, [Option<Leading>; 2])| Some(Whole { live: live?, stopped });
    links.into_iter().filter_map(whole).collect()
}

/// Estimate of what a slug takes: its entry, and its link, which it may share with others.
pub(super) fn bytes(key: &Key, link: &CompiledLink) -> usize {
    const ENTRY: usize = 96;
    ENTRY + key.slug.len() + link.bytes()
}

impl LinkTable {
    /// Puts a link, just read, in the place of what is there.
    pub(super) fn install(&self, turn: &mut Turn, whole: Whole) {
        let links = self.links.pin();
        let halves = || std::iter::once(&whole.live).chain(&whole.stopped);
        let id = whole.live.link.id;
        // What it has let through is known best here: the catalog is some scans behind.
        let mut before = halves().flat_map(|half| &half.keys).filter_map(|key| links.get(key));
        let before = before.find(|before| before.id == id).map(|before| before.uses.clone());
        let ours = before.or_else(|| turn.uses.remove(&id));
        let is_ours = ours.is_some();
        let uses = ours.unwrap_or_else(|| whole.live.link.uses.clone());
        let absent = self.absent.pin();
        for Leading { keys, mut link } in std::iter::once(whole.live).chain(whole.stopped) {
            link.uses = uses.clone();
            // It may leave memory again before anybody asks for it.
            if is_ours {
                link.touched.was_touched();
            }
            let link = Arc::new(link);
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
    }

    /// Takes out a slug that leads nowhere any more.
    pub(super) fn take_out(&self, turn: &mut Turn, place: Place<'_>) {
        let links = self.links.pin();
        if let Some((key, link)) = links.remove_entry(&place) {
            turn.bytes -= bytes(key, link);
            // What its link has let through must not be forgotten with it, should that have no other slug in memory.
            if link.touched.ever() {
                turn.uses.entry(link.id).or_insert_with(|| link.uses.clone());
            }
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
