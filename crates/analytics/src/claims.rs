//! Who replaces which segments: no two at the same time, and nobody waits but for those that he is about to replace
//! himself. So a visitor who wants today forgotten does not wait while a month is merged.

use crate::segment::Segment;
use parking_lot::{Condvar, Mutex};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Default)]
pub(crate) struct Claims {
    taken: Mutex<HashSet<Uuid>>,
    given_back: Condvar,
}

/// Segments that nobody else replaces while this lives.
pub(crate) struct Claim<'c> {
    claims: &'c Claims,
    names: Vec<Uuid>,
}

impl Claims {
    /// Waits until nobody replaces any of these. They may be replaced by then: look whether they are still there.
    pub fn take(&self, segments: &[Arc<Segment>]) -> Claim<'_> {
        let names: Vec<Uuid> = segments.iter().map(|segment| segment.entry.name).collect();
        let mut taken = self.taken.lock();
        self.given_back.wait_while(&mut taken, |taken| names.iter().any(|name| taken.contains(name)));
        taken.extend(&names);
        Claim { claims: self, names }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut taken = self.claims.taken.lock();
        self.names.iter().for_each(|name| {
            taken.remove(name);
        });
        self.claims.given_back.notify_all();
    }
}
