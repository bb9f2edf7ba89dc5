//! Passwords of pages: ten tries a minute and address, and a page that is guessed at slows down for everybody but is
//! never locked. Memory only; addresses are numbers under the day's key.

use model::{Millis, StepId};
use parking_lot::Mutex;
use std::collections::HashMap;

/// Tries of one address a minute.
const TRIES: u32 = 10;
/// Wrong passwords of one page a minute, from all addresses together, before it slows down.
const FREE_WRONG: u32 = 60;
/// Longest pause between two tries of a page that is slowed down.
const SLOWEST_MS: i64 = 2_000;
/// Addresses and pages remembered within a minute, at most.
const CAPACITY: usize = 50_000;

/// Tries in the current minute.
#[derive(Default)]
pub struct PasswordTries(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    addresses: HashMap<u64, u32>,
    pages: HashMap<StepId, Wrong>,
}

#[derive(Default)]
struct Wrong {
    count: u32,
    next: Millis,
}

impl PasswordTries {
    /// Notes a try. `Err`: it comes too soon; in so many seconds there is room for it.
    pub fn admit(&self, address: u64, page: StepId, now: Millis) -> Result<(), u32> {
        let mut minute = self.0.lock();
        let number = now.0.div_euclid(60_000);
        if minute.number != number {
            *minute = Minute { number, ..Minute::default() };
        }
        let room = minute.addresses.len() < CAPACITY || minute.addresses.contains_key(&address);
        if room {
            let tries = minute.addresses.entry(address).or_default();
            if *tries >= TRIES {
                return Err((60 - now.0.div_euclid(1000).rem_euclid(60)) as u32);
            }
            *tries += 1;
        }
        let Some(wrong) = minute.pages.get_mut(&page).filter(|wrong| wrong.count > FREE_WRONG) else {
            return Ok(());
        };
        if now < wrong.next {
            return Err(((wrong.next.0 - now.0) as u32).div_ceil(1000));
        }
        let pause = (50 << (wrong.count - FREE_WRONG).min(6)).min(SLOWEST_MS);
        wrong.next = now.plus(pause);
        Ok(())
    }

    /// Notes that a password was wrong.
    pub fn wrong(&self, page: StepId) {
        let mut minute = self.0.lock();
        if minute.pages.len() < CAPACITY || minute.pages.contains_key(&page) {
            minute.pages.entry(page).or_default().count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PAGE: StepId = StepId(Uuid::from_u128(1));

    #[test]
    fn an_address_has_ten_tries_a_minute() {
        let tries = PasswordTries::default();
        let admitted = (0..12).filter(|_| tries.admit(7, PAGE, Millis(1_000)).is_ok()).count();
        assert_eq!(admitted, 10);
        assert_eq!(tries.admit(7, PAGE, Millis(1_000)), Err(59));
        assert!(tries.admit(8, PAGE, Millis(1_000)).is_ok(), "another address");
        assert!(tries.admit(7, PAGE, Millis(60_000)).is_ok(), "the next minute");
    }

    #[test]
    fn a_page_that_is_guessed_at_slows_down_and_is_never_locked() {
        let tries = PasswordTries::default();
        for address in 0..=u64::from(FREE_WRONG) + 10 {
            let _ = tries.admit(address, PAGE, Millis(0));
            tries.wrong(PAGE);
        }
        let now = Millis(30_000);
        assert!(tries.admit(1_000, PAGE, now).is_ok());
        assert_eq!(tries.admit(1_001, PAGE, now), Err(2), "the next at once");
        assert!(tries.admit(1_002, PAGE, now.plus(SLOWEST_MS)).is_ok());
        assert!(tries.admit(1_003, StepId(Uuid::from_u128(2)), now).is_ok(), "another page");
    }
}
