//! Which slugs there are, while more links are made than memory holds: what is not among them is nowhere, and whoever
//! guesses costs the catalog nothing. 40 bits of a hash stand for a slug (6 to 11 bytes of memory); one of a hundred
//! thousand guesses among ten million slugs is taken for one of them, and looked for in the catalog.
//!
//! Slugs are only added: those of a workspace that is gone are looked for as well.

use super::Place;
use foldhash::quality::RandomState;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU8, Ordering};

/// So many that none is held for long while it grows.
const SHARDS: usize = 256;

/// Nothing is kept.
const OFF: u8 = 0;
/// What is made meanwhile is added; the rest is still being read.
const FILLING: u8 = 1;
/// Every slug there is is here.
const WHOLE: u8 = 2;

/// The set.
pub(super) struct Known {
    state: AtomicU8,
    hasher: RandomState,
    shards: [Mutex<HashSet<u32, RandomState>>; SHARDS],
}

impl Default for Known {
    fn default() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { state: AtomicU8::new(OFF), hasher: RandomState::default(), shards }
    }
}

impl Known {
    /// From here on slugs are kept.
    pub fn begin(&self) {
        self.state.store(FILLING, Ordering::Release);
    }

    /// Every slug has been added.
    pub fn end(&self) {
        self.state.store(WHOLE, Ordering::Release);
    }

    /// Adds a slug, if slugs are kept.
    pub fn add(&self, place: Place<'_>) {
        if self.state.load(Ordering::Acquire) != OFF {
            let (shard, rest) = self.split(place);
            shard.lock().insert(rest);
        }
    }

    /// Whether there may be such a slug.
    pub fn may_have(&self, place: Place<'_>) -> bool {
        if self.state.load(Ordering::Acquire) != WHOLE {
            return true;
        }
        let (shard, rest) = self.split(place);
        shard.lock().contains(&rest)
    }

    fn split(&self, place: Place<'_>) -> (&Mutex<HashSet<u32, RandomState>>, u32) {
        let hash = self.hasher.hash_one(place);
        (&self.shards[(hash >> 32) as usize % SHARDS], hash as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::DomainId;
    use uuid::Uuid;

    const HERE: DomainId = DomainId(Uuid::nil());
    const ELSEWHERE: DomainId = DomainId(Uuid::max());

    #[test]
    fn a_slug_that_was_made_is_always_known_and_hardly_any_other() {
        let known = Known::default();
        let slugs: Vec<String> = (0..50_000).map(|n| format!("slug-{n}")).collect();
        known.add(Place { domain: HERE, slug: "before" });
        known.begin();
        for slug in &slugs {
            known.add(Place { domain: HERE, slug });
        }
        assert!(known.may_have(Place { domain: HERE, slug: "nobody" }), "not all have been read");
        known.end();
        let has = |domain, slug: &str| known.may_have(Place { domain, slug });
        assert!(slugs.iter().all(|slug| has(HERE, slug)));
        // In the mean 0.002 of these.
        let mistaken = slugs.iter().filter(|slug| has(ELSEWHERE, slug)).count();
        assert!(mistaken < 3, "{mistaken} of {} are taken for others", slugs.len());
        known.add(Place { domain: ELSEWHERE, slug: "slug-1" });
        assert!(has(ELSEWHERE, "slug-1"), "made later");
    }
}
