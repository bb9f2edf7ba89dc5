//! Page tokens: opaque, and signed so that a client cannot make one up or use one for another list.

use super::body::Query;
use crate::error::{ApiError, ApiResult};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Millis;
use serde::Serialize;
use serde::de::DeserializeOwned;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;
use uuid::Uuid;

const MAC_BYTES: usize = 16;

/// Signs page tokens.
#[derive(Clone)]
pub struct Cursors {
    key: [u8; 16],
}

impl Cursors {
    /// With the first half of `DIR/secret.key`'s derivation for cursors.
    pub const fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The token of a place in the list `list`.
    pub fn seal<T: Serialize>(&self, list: &str, place: &T) -> String {
        let body = serde_json::to_vec(place).unwrap_or_default();
        let mut bytes = self.mac(list, &body).to_vec();
        bytes.extend(body);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place behind a token of the list `list`.
    pub fn open<T: DeserializeOwned>(&self, list: &str, token: &str) -> ApiResult<T> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
            let (mac, body) = bytes.split_at_checked(MAC_BYTES)?;
            // Comparing in constant time is not needed: a forged token only moves within the caller's own list.
            (mac == self.mac(list, body)).then(|| serde_json::from_slice(body).ok())?
        };
        read().ok_or_else(|| {
            ApiError::field("pageToken", "this page token is not one of this list; start without one")
        })
    }

    fn mac(&self, list: &str, body: &[u8]) -> [u8; MAC_BYTES] {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write_u32(list.len() as u32);
        hasher.write(list.as_bytes());
        hasher.write(body);
        hasher.finish128().as_bytes()
    }
}

/// A page of a list that is ordered by creation: rows made meanwhile come later, rows that go leave no gap, and none is
/// shown twice.
pub struct Page {
    list: String,
    size: usize,
    after: Option<(Millis, Uuid)>,
}

impl Page {
    /// What a query asks for; `list` names the list with everything that chooses its rows.
    pub fn read(cursors: &Cursors, query: &Query, list: String) -> ApiResult<Self> {
        Self::of(cursors, query, list, 100)
    }

    /// The same, of `usual` rows where the query names no size.
    pub fn of(cursors: &Cursors, query: &Query, list: String, usual: usize) -> ApiResult<Self> {
        let size = query.page_size(usual, 1000)?;
        let after = match query.get("pageToken").or(query.get("cursor")) {
            None => None,
            Some(token) => Some(cursors.open(&list, token)?),
        };
        Ok(Self { list, size, after })
    }

    /// The same of rows whose newest come first: rows made meanwhile are before what was shown, and are not.
    pub fn cut_newest<T>(
        &self,
        cursors: &Cursors,
        rows: Vec<T>,
        place: impl Fn(&T) -> (Millis, Uuid),
    ) -> (Vec<T>, Option<String>) {
        let is_behind = |row: &T| self.after.is_none_or(|after| place(row) < after);
        self.fill(cursors, rows.into_iter().filter(is_behind), &place)
    }

    /// Cuts the page out of all rows, which are in order, and makes the token of the next one.
    pub fn cut<T>(
        &self,
        cursors: &Cursors,
        rows: Vec<T>,
        place: impl Fn(&T) -> (Millis, Uuid),
    ) -> (Vec<T>, Option<String>) {
        let is_behind = |row: &T| self.after.is_none_or(|after| place(row) > after);
        self.fill(cursors, rows.into_iter().filter(is_behind), &place)
    }

    fn fill<T>(
        &self,
        cursors: &Cursors,
        rows: impl Iterator<Item = T>,
        place: &impl Fn(&T) -> (Millis, Uuid),
    ) -> (Vec<T>, Option<String>) {
        let mut rows: Vec<T> = rows.take(self.size + 1).collect();
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next = rows.last().filter(|_| more).map(|last| cursors.seal(&self.list, &place(last)));
        (rows, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_on_its_own_list_only() {
        let cursors = Cursors::new([3; 16]);
        let token = cursors.seal("links", &(7, "x"));
        assert_eq!(cursors.open::<(i32, String)>("links", &token).unwrap(), (7, "x".to_owned()));
        for (list, token) in
            [("events", token.as_str()), ("links", ""), ("links", "AAAA"), ("links", &token[1..])]
        {
            assert!(cursors.open::<(i32, String)>(list, token).is_err());
        }
        assert!(Cursors::new([4; 16]).open::<(i32, String)>("links", &token).is_err());
    }
}
