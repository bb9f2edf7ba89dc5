//! The range that a range is compared with.

use crate::time::{DAY_MS, Millis};
use jiff::Span;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

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
        let (span, otherwise) = self.span(from, to, zone);
        let earlier = |at: Millis| {
            let local = at.timestamp().to_zoned(zone.clone());
            let earlier = span.and_then(|span| local.checked_sub(span).ok());
            earlier.map_or(at.plus(-otherwise * DAY_MS), |zoned| zoned.timestamp().into())
        };
        (earlier(from), earlier(to))
    }

    /// The edges of the earlier range's buckets: one for each of the `edges` that cover `[from, to)`, shown by the wall's
    /// clock as long before as the ranges are apart. So the n-th bucket is compared with the n-th, and both are as long,
    /// but for hours and days that only one of the ranges has: what has no counterpart is compared with an empty bucket.
    pub fn edges(self, edges: &[Millis], (from, to): (Millis, Millis), zone: &TimeZone) -> Vec<Millis> {
        let (span, otherwise) = self.span(from, to, zone);
        // An hour that the clock shows twice, and a 29 February, have been compared already: their buckets begin where the
        // next new one does.
        let mut last: Option<DateTime> = None;
        let earlier: Vec<Option<Millis>> = edges
            .iter()
            .map(|edge| {
                let local = edge.timestamp().to_zoned(zone.clone()).datetime();
                let shown = span.and_then(|span| local.checked_sub(span).ok());
                let Some(shown) = shown else { return Some(edge.plus(-otherwise * DAY_MS)) };
                let is_new = last.is_none_or(|last| shown > last);
                last = last.max(Some(shown));
                is_new.then(|| first_at(shown, zone)).flatten()
            })
            .collect();
        let mut next = self.range(from, to, zone).1;
        let mut found: Vec<Millis> = earlier
            .into_iter()
            .rev()
            .map(|edge| {
                next = edge.unwrap_or(next);
                next
            })
            .collect();
        found.reverse();
        found
    }

    /// How much earlier, and in days where no calendar reaches so far.
    fn span(self, from: Millis, to: Millis, zone: &TimeZone) -> (Option<Span>, i64) {
        // By the wall's clock too: a week with a day of 25 hours has seven days.
        let shown = |at: Millis| at.timestamp().to_zoned(zone.clone()).datetime();
        let days = (shown(to).duration_since(shown(from)).as_millis() as i64 + DAY_MS - 1) / DAY_MS;
        match self {
            Self::PreviousPeriod => (Span::new().try_days(days).ok(), days),
            Self::PreviousYear => (Span::new().try_years(1).ok(), 365),
        }
    }
}

/// The first instant at which the clock shows this or, where it skips it, what comes after.
fn first_at(shown: DateTime, zone: &TimeZone) -> Option<Millis> {
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    if let AmbiguousOffset::Gap { .. } = ambiguous.offset() {
        let before = ambiguous.earlier().ok()?;
        return zone.following(before).next().map(|change| change.timestamp().into());
    }
    Some(ambiguous.earlier().ok()?.into())
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

    /// Local times of the earlier buckets' edges.
    fn edges(compared: Compared, from: &str, to: &str, minutes: i64) -> Vec<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| {
            Millis::from(format!("{text}[Europe/Berlin]").parse::<jiff::Zoned>().unwrap().timestamp())
        };
        let range = (at(from), at(to));
        let now = crate::buckets::edges(range.0, range.1, minutes, &zone).unwrap();
        let found = compared.edges(&now, range, &zone);
        assert_eq!(found.len(), now.len());
        assert!(found.is_sorted(), "{found:?}");
        assert_eq!(found.last().copied(), Some(compared.range(range.0, range.1, &zone).1));
        let shown =
            |edge: &Millis| edge.timestamp().to_zoned(zone.clone()).strftime("%d %H:%M%z").to_string();
        found.iter().map(shown).collect()
    }

    #[test]
    fn each_bucket_is_compared_with_one_of_its_own_length() {
        // The day of 25 hours with the one before: the second two o'clock has no counterpart.
        let long = edges(Compared::PreviousPeriod, "2026-10-25T00:00", "2026-10-26T00:00", 60);
        assert_eq!(long[1..5], ["24 01:00+0200", "24 02:00+0200", "24 03:00+0200", "24 03:00+0200"]);
        let quarters = edges(Compared::PreviousPeriod, "2026-10-25T00:00", "2026-10-26T00:00", 15);
        assert_eq!(
            quarters[8..14].join(" "),
            "24 02:00+0200 24 02:15+0200 24 02:30+0200 24 02:45+0200 24 03:00+0200 24 03:00+0200"
        );
        // The day after the one of 23 hours: its two o'clock is compared with nothing.
        let short = edges(Compared::PreviousPeriod, "2026-03-30T00:00", "2026-03-31T00:00", 60);
        assert_eq!(short[1..5], ["29 01:00+0100", "29 03:00+0200", "29 03:00+0200", "29 04:00+0200"]);
        // 29 February with nothing, and its neighbours with their namesakes.
        let leap = edges(Compared::PreviousYear, "2024-02-28T00:00", "2024-03-02T00:00", 1440);
        assert_eq!(leap, ["28 00:00+0100", "01 00:00+0100", "01 00:00+0100", "02 00:00+0100"]);
    }

    #[test]
    fn the_year_before_a_leap_day_ends_a_day_earlier() {
        let day = shown(Compared::PreviousYear, "2024-02-28T23:00:00Z", "2024-02-29T23:00:00Z");
        assert_eq!(day, ["2023-02-27T23:00:00Z", "2023-02-28T23:00:00Z"]);
    }
}
