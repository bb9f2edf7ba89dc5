//! Guessing slugs: how many unknown ones an address may ask for a minute. Known slugs are never limited.

use model::Millis;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Addresses remembered within a minute, at most; past it nobody new is limited until the minute is over.
const CAPACITY: usize = 100_000;

/// Unknown slugs asked for in the current minute, by [`model::visitor::DayKey::address`]'s number.
pub struct UnknownSlugs {
    limit: AtomicU32,
    minute: Mutex<(i64, HashMap<u64, u32>)>,
}

impl UnknownSlugs {
    /// `limit` a minute and address; 0 = no limit.
    pub fn new(limit: u32) -> Self {
        Self { limit: AtomicU32::new(limit), minute: Mutex::default() }
    }

    /// Another limit, from the next guess on.
    pub fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Relaxed);
    }

    /// Notes one more and tells whether the address may have an ordinary answer.
    pub fn admit(&self, address: u64, now: Millis) -> bool {
        let limit = self.limit.load(Relaxed);
        if limit == 0 {
            return true;
        }
        let mut minute = self.minute.lock();
        let current = now.0.div_euclid(60_000);
        if minute.0 != current {
            *minute = (current, HashMap::new());
        }
        if minute.1.len() >= CAPACITY && !minute.1.contains_key(&address) {
            return true;
        }
        let asked = minute.1.entry(address).or_insert(0);
        *asked += 1;
        *asked <= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_by_address_and_minute() {
        let unknown = UnknownSlugs::new(2);
        let asked: Vec<bool> = (0..3).map(|_| unknown.admit(1, Millis(0))).collect();
        assert_eq!(asked, [true, true, false]);
        assert!(unknown.admit(2, Millis(0)), "another address");
        assert!(unknown.admit(1, Millis(60_000)), "the next minute");
        unknown.set_limit(1);
        assert!(!unknown.admit(1, Millis(60_000)), "another limit");
        assert!((0..1000).all(|_| UnknownSlugs::new(0).admit(1, Millis(0))), "no limit");
    }
}
