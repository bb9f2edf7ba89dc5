//! How many people a link has let through: what its scan limit counts (DESIGN §9, "limited").
//!
//! Every link counts, also one without a limit, so that a limit set later is exact from its first scan on. The count is
//! the catalog's at the start, with what the spool holds behind it; from then on it is kept here.

use std::sync::atomic::{AtomicU64, Ordering};

/// The count of one link, shared by every state of it that the link table holds.
#[derive(Debug, Default)]
pub struct Uses(AtomicU64);

impl Uses {
    /// Starts from a count.
    pub const fn new(used: u64) -> Self {
        Self(AtomicU64::new(used))
    }

    /// Whether a scan may still be let through. A person's takes its place at once, before it is recorded: of a hundred
    /// at the same time no more get in than there is room for. Others take none, and find the same door.
    pub fn admit(&self, limit: Option<u64>, is_person: bool) -> bool {
        match (limit, is_person) {
            (None, false) => true,
            (None, true) => {
                self.0.fetch_add(1, Ordering::Relaxed);
                true
            }
            (Some(limit), false) => self.count() < limit,
            (Some(limit), true) => {
                let next = |used: u64| (used < limit).then_some(used + 1);
                self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
            }
        }
    }

    /// Adds those of an earlier process.
    pub fn add(&self, uses: u64) {
        self.0.fetch_add(uses, Ordering::Relaxed);
    }

    /// People let through.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_at_once_as_many_get_in_as_there_is_room_for() {
        let uses = Uses::new(3);
        let admitted = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        admitted.fetch_add(u64::from(uses.admit(Some(1000), true)), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!((admitted.into_inner(), uses.count()), (997, 1000));
    }

    #[test]
    fn programs_find_the_same_door_and_take_no_room() {
        let uses = Uses::default();
        assert!((0..10).all(|_| uses.admit(Some(1), false)));
        assert!(uses.admit(Some(1), true));
        assert!(!uses.admit(Some(1), true) && !uses.admit(Some(1), false));
        assert!(uses.admit(None, true), "the limit was taken away");
        assert!(!uses.admit(Some(2), true), "and counts who came meanwhile when it is back");
    }
}
