//! The range that a range is compared with.

use crate::time::{DAY_MS, Millis};
use jiff::Span;
use jiff::tz::TimeZone;

words! {
    /// With what.
    Compared {
        /// The same number of whole local days earlier, so that a Monday morning is compared with a Monday morning.
        PreviousPeriod = "previous_period",
        /// The same days of the year before.
        PreviousYear = "previous_year",
    }
}

impl Compared {
    /// The earlier range, by the clock on the wall of the zone.
    pub fn range(self, from: Millis, to: Millis, zone: &TimeZone) -> (Millis, Millis) {
        // By the wall's clock too: a week with a day of 25 hours has seven days.
        let shown = |at: Millis| at.timestamp().to_zoned(zone.clone()).datetime();
        let days = (shown(to).duration_since(shown(from)).as_millis() as i64 + DAY_MS - 1) / DAY_MS;
        let (span, otherwise) = match self {
            Self::PreviousPeriod => (Span::new().try_days(days), days),
            Self::PreviousYear => (Span::new().try_years(1), 365),
        };
        let earlier = |at: Millis| {
            let local = at.timestamp().to_zoned(zone.clone());
            let earlier = span.as_ref().ok().and_then(|span| local.checked_sub(*span).ok());
            earlier.map_or(at.plus(-otherwise * DAY_MS), |zoned| zoned.timestamp().into())
        };
        (earlier(from), earlier(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(compared: Compared, from: &str, to: &str) -> [String; 2] {
        let at = |text: &str| Millis::from(text.parse::<jiff::Timestamp>().unwrap());
        let (from, to) = compared.range(at(from), at(to), &TimeZone::get("Europe/Berlin").unwrap());
        [from, to].map(|at| at.timestamp().to_string())
    }

    #[test]
    fn midnight_is_compared_with_midnight_also_across_a_change_of_the_clock() {
        // The week of the change of 2026-03-29: 7 days, 167 hours.
        let week = ("2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z");
        let before = shown(Compared::PreviousPeriod, week.0, week.1);
        assert_eq!(before, ["2026-03-15T23:00:00Z", "2026-03-22T23:00:00Z"]);
        // The week of the change of 2026-10-25: 7 days, 169 hours; and that day, of 25 hours.
        let week_of_169 = shown(Compared::PreviousPeriod, "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(week_of_169, ["2026-10-11T22:00:00Z", "2026-10-18T22:00:00Z"]);
        let day_of_25 = shown(Compared::PreviousPeriod, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(day_of_25, ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z"]);
        let year = shown(Compared::PreviousYear, week.0, week.1);
        assert_eq!(year, ["2025-03-22T23:00:00Z", "2025-03-29T23:00:00Z"]);
    }

    #[test]
    fn the_year_before_a_leap_day_ends_a_day_earlier() {
        let day = shown(Compared::PreviousYear, "2024-02-28T23:00:00Z", "2024-02-29T23:00:00Z");
        assert_eq!(day, ["2023-02-27T23:00:00Z", "2023-02-28T23:00:00Z"]);
    }
}
