//! Limits that protect the API and its accounts.

use crate::error::{ApiError, ApiResult};
use model::{Millis, TokenId};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Requests of each token in the current minute.
pub struct RateLimit {
    limit: AtomicU32,
    minute: Mutex<(i64, HashMap<TokenId, u32>)>,
}

impl RateLimit {
    /// `limit` a minute and token; 0 = off.
    pub fn new(limit: u32) -> Self {
        Self { limit: AtomicU32::new(limit), minute: Mutex::default() }
    }

    /// Another limit, from the next request on.
    pub fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Relaxed);
    }

    /// Counts a request, or refuses it with the time to wait.
    pub fn admit(&self, token: TokenId, now: Millis) -> ApiResult<()> {
        let limit = self.limit.load(Relaxed);
        if limit == 0 {
            return Ok(());
        }
        let mut minute = self.minute.lock();
        let current = now.0.div_euclid(60_000);
        if minute.0 != current {
            *minute = (current, HashMap::new());
        }
        let used = minute.1.entry(token).or_insert(0);
        *used += 1;
        if *used <= limit {
            return Ok(());
        }
        let wait = 60 - now.0.div_euclid(1000).rem_euclid(60) as u64;
        let message = format!("more than {limit} requests in a minute; try again in {wait} s");
        Err(ApiError::too_many("MAX_PUBLIC_API_QUERIED_REACHED", message, wait))
    }
}

/// Failed sign-ins an account may have in a minute before it slows down.
const FREE_FAILURES: u32 = 5;
/// Longest wait between two tries of a slowed account.
const SLOWEST_MS: i64 = 30_000;
/// Accounts remembered at most; strangers' guesses must not fill the memory.
const CAPACITY: usize = 10_000;

/// Failed sign-ins of each account: five a minute, then slower and slower; never locked, or a stranger could lock the
/// owner out.
#[derive(Default)]
pub struct SignInLimit {
    accounts: Mutex<HashMap<String, Failures>>,
}

struct Failures {
    since: Millis,
    count: u32,
    last: Millis,
}

impl SignInLimit {
    /// Refuses a try that comes too soon.
    pub fn admit(&self, email: &str, now: Millis) -> ApiResult<()> {
        let accounts = self.accounts.lock();
        let Some(failures) = accounts.get(email) else { return Ok(()) };
        if failures.count < FREE_FAILURES
            || now.0 - failures.since.0 >= 60_000 && failures.count == FREE_FAILURES
        {
            return Ok(());
        }
        let pause = (1000 << (failures.count - FREE_FAILURES).min(5)).min(SLOWEST_MS);
        let left = failures.last.0 + pause - now.0;
        if left <= 0 {
            return Ok(());
        }
        let seconds = (left as u64).div_ceil(1000);
        let message = format!("too many wrong passwords for this account; try again in {seconds} s");
        Err(ApiError::too_many("SIGN_IN_SLOWED", message, seconds))
    }

    /// Notes a failure.
    pub fn failed(&self, email: &str, now: Millis) {
        let mut accounts = self.accounts.lock();
        if accounts.len() >= CAPACITY {
            accounts.retain(|_, failures| now.0 - failures.last.0 < 60_000);
        }
        let failures =
            accounts.entry(email.to_owned()).or_insert(Failures { since: now, count: 0, last: now });
        if now.0 - failures.last.0 >= 10 * 60_000
            || failures.count < FREE_FAILURES && now.0 - failures.since.0 >= 60_000
        {
            *failures = Failures { since: now, count: 0, last: now };
        }
        failures.count += 1;
        failures.last = now;
    }

    /// Forgets the failures of an account whose owner got in.
    pub fn succeeded(&self, email: &str) {
        self.accounts.lock().remove(email);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_token_may_do_so_much_a_minute() {
        let limit = RateLimit::new(2);
        let token = TokenId(Uuid::from_u128(1));
        assert!(limit.admit(token, Millis(0)).is_ok() && limit.admit(token, Millis(1)).is_ok());
        assert!(limit.admit(token, Millis(2)).is_err());
        assert!(limit.admit(TokenId(Uuid::from_u128(2)), Millis(2)).is_ok());
        assert!(limit.admit(token, Millis(60_000)).is_ok());
    }

    #[test]
    fn five_wrong_passwords_slow_an_account_and_never_lock_it() {
        let limit = SignInLimit::default();
        for i in 0..5 {
            assert!(limit.admit("a@b.c", Millis(i)).is_ok());
            limit.failed("a@b.c", Millis(i));
        }
        assert!(limit.admit("a@b.c", Millis(10)).is_err());
        assert!(limit.admit("other@b.c", Millis(10)).is_ok());
        assert!(limit.admit("a@b.c", Millis(1100)).is_ok(), "after a second");
        for i in 0..20 {
            limit.failed("a@b.c", Millis(2000 + i));
        }
        assert!(limit.admit("a@b.c", Millis(20_000)).is_err());
        assert!(limit.admit("a@b.c", Millis(2020 + SLOWEST_MS)).is_ok(), "never longer than the slowest");
        limit.succeeded("a@b.c");
        assert!(limit.admit("a@b.c", Millis(2021)).is_ok());
    }
}
