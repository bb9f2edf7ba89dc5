//! When a delivery to a webhook is tried again, and when its endpoint is given up. Pure: time and chance are parameters.

use crate::time::{DAY_MS, Millis};

words! {
    /// Where a delivery stands.
    DeliveryStatus {
        /// It is to be sent, for the first time or again.
        Waiting = "waiting",
        /// The endpoint took it.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }

    /// What a webhook can be told of beside the kinds of steps that the contract knows.
    Happening {
        /// A scan was answered.
        Scan = "scan",
        /// A link was made.
        LinkCreated = "link.created",
        /// A link was changed.
        LinkUpdated = "link.updated",
        /// Somebody said who made a scan.
        VisitorIdentified = "visitor.identified",
        /// A visitor sent a form.
        Lead = "lead",
    }
}

/// How long a delivery is tried, from when it was noted.
pub const TRIED_FOR_MS: i64 = DAY_MS;
/// An endpoint that has taken nothing for so long, with attempts all the while, is disabled.
pub const GIVEN_UP_AFTER_MS: i64 = 3 * DAY_MS;

/// Pauses after the first failed attempt, the second, and so on; the last one repeats.
const PAUSES_MS: [i64; 12] = [
    1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000,
    21_600_000,
];
/// Share of a pause by which it may be longer or shorter, so that many deliveries do not come back at the same moment.
const JITTER: f64 = 0.1;

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A 2xx.
    Taken,
    /// A 410: nobody is there any more, and nobody will be.
    Gone,
    /// Any other answer, or none.
    Failed {
        /// Milliseconds after which the endpoint asks to be tried again.
        retry_after: Option<i64>,
    },
}

/// What is next for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is there.
    Done,
    /// It is tried again then.
    Again(Millis),
    /// It is given up.
    GiveUp,
}

/// What follows from the attempt with number `attempts` (counted from 1) of a delivery that was noted at `noted`.
/// `chance` lies in 0..1.
pub fn next(attempt: Attempt, attempts: u32, noted: Millis, now: Millis, chance: f64) -> Next {
    let retry_after = match attempt {
        Attempt::Taken => return Next::Done,
        Attempt::Gone => return Next::GiveUp,
        Attempt::Failed { retry_after } => retry_after,
    };
    let place = (attempts.max(1) as usize - 1).min(PAUSES_MS.len() - 1);
    let varied = PAUSES_MS[place] as f64 * (1.0 + JITTER * (2.0 * chance - 1.0));
    let pause = retry_after.unwrap_or(0).max(varied as i64);
    let end = noted.plus(TRIED_FOR_MS);
    match now.plus(pause) {
        _ if now >= end => Next::GiveUp,
        // Asked to wait for longer than it is kept for, it is tried once more at the end.
        at => Next::Again(at.min(end)),
    }
}

/// Whether an endpoint that has been failing since then is disabled.
pub const fn is_given_up(failing_since: Millis, now: Millis) -> bool {
    now.0 - failing_since.0 >= GIVEN_UP_AFTER_MS
}

/// Milliseconds that a `Retry-After` header asks to wait: seconds, or a date that the caller has read.
pub fn retry_after(header: &str, date: impl FnOnce(&str) -> Option<Millis>, now: Millis) -> Option<i64> {
    let header = header.trim();
    match header.parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        Err(_) => date(header).map(|at| (at.0 - now.0).max(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: Attempt = Attempt::Failed { retry_after: None };

    #[test]
    fn the_first_retries_come_after_about_one_five_and_fifteen_seconds() {
        let now = Millis(1_000_000);
        for (attempts, pause) in [(1, 1_000), (2, 5_000), (3, 15_000)] {
            for chance in [0.0, 0.5, 0.999] {
                let Next::Again(at) = next(FAILED, attempts, now, now, chance) else { panic!() };
                let off = (at.0 - now.0 - pause).abs();
                assert!(off <= pause / 10, "{attempts}: {at:?}");
            }
        }
    }

    #[test]
    fn a_delivery_is_tried_for_a_day_and_not_longer() {
        let noted = Millis(0);
        for chance in [0.0, 0.5, 0.999] {
            let (mut now, mut attempts) = (noted, 0);
            loop {
                attempts += 1;
                match next(FAILED, attempts, noted, now, chance) {
                    Next::Again(at) => {
                        assert!(at > now && at.0 <= TRIED_FOR_MS, "{at:?}");
                        now = at;
                    }
                    Next::GiveUp => break,
                    Next::Done => panic!(),
                }
            }
            assert_eq!(now.0, TRIED_FOR_MS, "the last attempt is at the end");
            assert!((13..=15).contains(&attempts), "{attempts} attempts");
        }
    }

    #[test]
    fn what_the_endpoint_asks_for_is_done() {
        let now = Millis(50_000);
        let asked = |ms| Attempt::Failed { retry_after: Some(ms) };
        assert_eq!(next(asked(120_000), 1, now, now, 0.5), Next::Again(now.plus(120_000)));
        // Never sooner than by itself, and within the day.
        assert_eq!(next(asked(0), 1, now, now, 0.5), Next::Again(now.plus(1_000)));
        assert_eq!(next(asked(9 * DAY_MS), 1, now, now, 0.5), Next::Again(now.plus(DAY_MS)));
        assert_eq!(next(Attempt::Gone, 1, now, now, 0.5), Next::GiveUp);
        assert_eq!(next(Attempt::Taken, 9, now, now, 0.5), Next::Done);
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let date = |text: &str| (text == "then").then_some(Millis(70_000));
        assert_eq!(retry_after(" 30 ", date, Millis(0)), Some(30_000));
        assert_eq!(retry_after("then", date, Millis(10_000)), Some(60_000));
        assert_eq!(retry_after("then", date, Millis(90_000)), Some(0));
        assert_eq!(retry_after("-1", date, Millis(0)), None);
    }

    #[test]
    fn three_days_without_a_success_are_enough() {
        assert!(!is_given_up(Millis(0), Millis(3 * DAY_MS - 1)));
        assert!(is_given_up(Millis(0), Millis(3 * DAY_MS)));
    }
}
