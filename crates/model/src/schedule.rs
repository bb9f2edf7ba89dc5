//! When something that comes again is due next.

use crate::Millis;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Only when somebody asks.
    Never,
    /// So many hours after the last time.
    Hours(u32),
    /// Once a day, when the clock on the wall shows this.
    Daily(Time),
}

/// Pause after a failure.
const AGAIN: i64 = 15 * 60_000;

impl Schedule {
    /// When it is due. `done`: when what was done last began; `failed`: when it failed since; `since`: when there began to
    /// be a schedule.
    pub fn next(
        self,
        done: Option<Millis>,
        failed: Option<Millis>,
        since: Millis,
        zone: &TimeZone,
    ) -> Option<Millis> {
        let due = match self {
            Self::Never => return None,
            Self::Hours(hours) => done.map_or(since, |done| done.plus(i64::from(hours) * 3_600_000)),
            Self::Daily(time) => first_after(time, done.unwrap_or(since), zone),
        };
        Some(failed.map_or(due, |failed| due.max(failed.plus(AGAIN))))
    }
}

/// The first instant after `after` at which the clock on the wall shows `time`; a time that a day skips comes an hour later.
fn first_after(time: Time, after: Millis, zone: &TimeZone) -> Millis {
    let start = jiff::Timestamp::from_millisecond(after.0).unwrap_or_default().to_zoned(zone.clone());
    let mut day = start.date();
    loop {
        let at = day.to_datetime(time).to_zoned(zone.clone());
        let at = at.map_or(i64::MAX, |at| at.timestamp().as_millisecond());
        if at > after.0 {
            return Millis(at);
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return Millis(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn daily_is_by_the_clock_on_the_wall_over_its_changes_too() {
        let (zone, daily) =
            (TimeZone::get("Europe/Berlin").unwrap(), Schedule::Daily(Time::constant(2, 30, 0, 0)));
        let cases = [
            ("2026-03-27T12:00:00Z", "2026-03-28T01:30:00Z"),
            // The night in which 02:30 is skipped.
            ("2026-03-28T02:00:00Z", "2026-03-29T01:30:00Z"),
            ("2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
            // The night in which it comes twice: once.
            ("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ];
        for (done, next) in cases {
            assert_eq!(daily.next(Some(at(done)), None, Millis(0), &zone), Some(at(next)), "{done}");
        }
        assert_eq!(daily.next(None, None, at(cases[0].0), &zone), Some(at(cases[0].1)));
    }

    #[test]
    fn hours_count_from_the_last_and_a_failure_is_followed_by_a_pause() {
        let (zone, start) = (TimeZone::UTC, at("2026-01-01T00:00:00Z"));
        let six = Schedule::Hours(6);
        assert_eq!(six.next(None, None, start, &zone), Some(start));
        assert_eq!(six.next(Some(start), None, start, &zone), Some(start.plus(6 * 3_600_000)));
        let failed = start.plus(7 * 3_600_000);
        assert_eq!(six.next(Some(start), Some(failed), start, &zone), Some(failed.plus(AGAIN)));
        assert_eq!(six.next(Some(start), Some(start), start, &zone), Some(start.plus(6 * 3_600_000)));
        assert_eq!(Schedule::Never.next(Some(start), Some(start), start, &zone), None);
    }
}
