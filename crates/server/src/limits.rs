//! Limits that protect the API and its accounts.

use crate::error::{ApiError, ApiResult};
use model::{MemberId, Millis, TokenId};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Callers remembered within a minute, at most; past it nobody new is limited until the minute is over.
const CALLERS: usize = 100_000;
/// A dashboard asks much behind one cookie: so many times what a token may.
const SESSION_FACTOR: u32 = 5;

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A token.
    Token(TokenId),
    /// A member who is signed in, with all browsers.
    Session(MemberId),
    /// Somebody who shows nothing, or nothing that is known: an IPv4 address, or a network of 64 bits.
    Address(IpAddr),
}

impl Caller {
    /// Somebody at an address.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        })
    }
}

/// Requests of each caller in the current minute.
pub struct RateLimit {
    limit: AtomicU32,
    minute: Mutex<(i64, HashMap<Caller, u32>)>,
}

/// Where a caller stands after a request.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Requests a minute; `None`: any number.
    pub limit: Option<u32>,
    /// Requests left.
    pub remaining: u32,
    /// Seconds until the count begins anew.
    pub reset_s: u64,
    /// When that is, in seconds since 1970.
    pub resets_at_s: i64,
    /// What is counted: `token`, `session`, `address`.
    pub who: &'static str,
    is_over: bool,
}

impl Standing {
    /// The refusal, where the limit is passed.
    pub fn refusal(&self) -> Option<ApiError> {
        let limit = self.limit.filter(|_| self.is_over)?;
        let wait = self.reset_s;
        let message = format!("more than {limit} requests in a minute; try again in {wait} s");
        Some(ApiError::too_many("MAX_PUBLIC_API_QUERIED_REACHED", message, wait))
    }
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

    /// Counts a request.
    pub fn count(&self, caller: Caller, now: Millis) -> Standing {
        let token = self.limit.load(Relaxed);
        let (limit, who) = match caller {
            Caller::Token(_) => (token, "token"),
            Caller::Session(_) => (token.saturating_mul(SESSION_FACTOR), "session"),
            Caller::Address(_) => (token.div_ceil(2), "address"),
        };
        let reset_s = 60 - now.0.div_euclid(1000).rem_euclid(60) as u64;
        let resets_at_s = now.0.div_euclid(1000) + reset_s as i64;
        let standing =
            Standing { limit: None, remaining: u32::MAX, reset_s, resets_at_s, who, is_over: false };
        if limit == 0 {
            return standing;
        }
        let mut minute = self.minute.lock();
        let current = now.0.div_euclid(60_000);
        if minute.0 != current {
            *minute = (current, HashMap::new());
        }
        if minute.1.len() >= CALLERS && !minute.1.contains_key(&caller) {
            return Standing { limit: Some(limit), remaining: limit, ..standing };
        }
        let used = minute.1.entry(caller).or_insert(0);
        *used = used.saturating_add(1);
        let (remaining, is_over) = (limit.saturating_sub(*used), *used > limit);
        Standing { limit: Some(limit), remaining, is_over, ..standing }
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
        let token = |n| Caller::Token(TokenId(Uuid::from_u128(n)));
        let is_over = |caller, at| limit.count(caller, Millis(at)).refusal().is_some();
        assert!(!is_over(token(1), 0) && !is_over(token(1), 1));
        assert!(is_over(token(1), 2));
        assert!(!is_over(token(2), 2));
        assert!(!is_over(token(1), 60_000));
        let standing = limit.count(token(3), Millis(61_500));
        assert_eq!((standing.limit, standing.remaining), (Some(2), 1));
        assert_eq!((standing.reset_s, standing.resets_at_s), (59, 120));
    }

    #[test]
    fn addresses_may_less_and_sessions_more_and_with_no_limit_nobody_is_counted() {
        let limit = RateLimit::new(4);
        let address = |text: &str| Caller::address(text.parse().unwrap());
        assert_eq!(limit.count(address("192.0.2.1"), Millis(0)).limit, Some(2));
        assert_eq!(limit.count(Caller::Session(MemberId(Uuid::nil())), Millis(0)).limit, Some(20));
        assert_eq!(address("2001:db8::1"), address("2001:db8::2:3"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        limit.set_limit(0);
        assert!((0..1000).all(|_| limit.count(address("192.0.2.1"), Millis(0)).refusal().is_none()));
        assert_eq!(limit.count(address("192.0.2.1"), Millis(0)).limit, None);
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
