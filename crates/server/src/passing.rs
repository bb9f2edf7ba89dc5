//! Sessions that the catalog could not take, because its disk is full or fails or somebody holds it: whoever is to mend that
//! must be able to look. They live in memory, for half a day at most, and end with the process.

use model::{MemberId, Millis, WorkspaceId};
use parking_lot::Mutex;
use std::collections::HashMap;
use uuid::Uuid;

/// How long one lasts, in milliseconds.
pub const LIFETIME_MS: i64 = 12 * 3_600_000;
/// So many at a time: each comes of a right password.
const MOST: usize = 1000;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Where.
    pub workspace: WorkspaceId,
    /// Who.
    pub member: MemberId,
    /// Whose account it is.
    pub account: Uuid,
    /// Until when.
    pub expires_at: Millis,
}

/// Those that are open, by the SHA-256 of their cookie.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    /// Opens one; false if there are too many.
    pub fn open(&self, hash: [u8; 32], session: Session, now: Millis) -> bool {
        let mut open = self.0.lock();
        open.retain(|_, session| session.expires_at > now);
        let has_room = open.len() < MOST;
        if has_room {
            open.insert(hash, session);
        }
        has_room
    }

    /// Whose session a cookie is.
    pub fn find(&self, hash: &[u8; 32], now: Millis) -> Option<(WorkspaceId, MemberId)> {
        let open = self.0.lock();
        open.get(hash)
            .filter(|session| session.expires_at > now)
            .map(|session| (session.workspace, session.member))
    }

    /// Ends one; whether there was one.
    pub fn end(&self, hash: &[u8; 32]) -> bool {
        self.0.lock().remove(hash).is_some()
    }

    /// Ends all of an account but the one with this hash.
    pub fn end_others(&self, account: Uuid, kept: Option<&[u8; 32]>) {
        self.0.lock().retain(|hash, session| session.account != account || Some(hash) == kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_end_in_time_and_are_not_without_number() {
        let sessions = Sessions::default();
        let session = |account, expires| Session {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            member: MemberId(Uuid::from_u128(2)),
            account: Uuid::from_u128(account),
            expires_at: Millis(expires),
        };
        let hash = |n: usize| std::array::from_fn(|at| n.to_be_bytes()[at % 8]);
        for n in 0..MOST {
            assert!(sessions.open(hash(n), session(n as u128 % 2, 10), Millis(0)));
        }
        assert!(!sessions.open(hash(MOST), session(0, 10), Millis(9)));
        sessions.end_others(Uuid::from_u128(1), Some(&hash(3)));
        let found = [2, 3, 5].map(|n| sessions.find(&hash(n), Millis(9)).is_some());
        assert_eq!(found, [true, true, false]);
        assert!(sessions.find(&hash(3), Millis(10)).is_none());
        assert!(sessions.open(hash(MOST), session(0, 20), Millis(10)) && sessions.end(&hash(MOST)));
    }
}
