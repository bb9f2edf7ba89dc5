//! Edges of a time series' buckets (DESIGN §9): aligned to local midnight of a zone, calendar days where the interval is
//! whole days, changes of the clock included.

use crate::dates::start_of_day;
use crate::time::Millis;
use jiff::ToSpan;
use jiff::tz::TimeZone;

/// Buckets in a series, at most.
pub const MAX_BUCKETS: usize = 10_000;
/// Minutes of a day.
const DAY: i64 = 1440;

/// The interval and the range make too many buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this would be more than {MAX_BUCKETS} intervals; take a longer interval or a shorter range")]
pub struct TooMany;

/// Minutes of an interval, at most: a hundred years.
pub const MAX_MINUTES: i64 = 36_525 * DAY;

/// No interval is this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not between 1 and {MAX_MINUTES} (minutes of a hundred years)")]
pub struct NoInterval(i64);

/// Minutes of an interval as they are asked for; nothing for 0, which stands for none.
pub const fn minutes(asked: i64) -> Result<Option<i64>, NoInterval> {
    match asked {
        0 => Ok(None),
        1..=MAX_MINUTES => Ok(Some(asked)),
        _ => Err(NoInterval(asked)),
    }
}

/// Edges of the buckets that cover `[from, to)`: n + 1 instants for n buckets, the first at or before `from`, the last
/// at or after `to`. Within a day, buckets count from local midnight; the last of a day can be shorter. Those of some hours
/// that a day holds a whole number of begin when the clock shows it (00:00, 06:00, 12:00, 18:00), however long that day's
/// are; of shorter ones a day of 25 hours has more. Whole days are calendar days. Longer ones that are no whole days follow each other
/// from the first midnight on, each as long as asked, whatever the clocks do.
pub fn edges(
    from: Millis,
    to: Millis,
    interval_minutes: i64,
    zone: &TimeZone,
) -> Result<Vec<Millis>, TooMany> {
    let interval = interval_minutes.clamp(1, MAX_MINUTES);
    let whole_days = if interval % DAY == 0 { interval / DAY } else { 1 };
    let span_ms = to.0.saturating_sub(from.0).max(0);
    if (span_ms / (interval * 60_000)) as usize > MAX_BUCKETS {
        return Err(TooMany);
    }
    let mut edges = Vec::new();
    let mut date = from.timestamp().to_zoned(zone.clone()).date();
    let mut midnight = start_of_day(date, zone).unwrap_or(from);
    if interval > DAY && interval % DAY != 0 {
        let edges = (0..).map(|n| midnight.plus(n * interval * 60_000));
        let before_end = edges.clone().take_while(|edge| *edge < to).count().max(1);
        return Ok(edges.take(before_end + 1).collect());
    }
    while midnight < to {
        let Ok(next_date) = date.checked_add(whole_days.days()) else { break };
        let next = start_of_day(next_date, zone).unwrap_or(to);
        if next <= midnight {
            // A day that the zone left out (Samoa, 2011-12-30) has no bucket.
            date = next_date;
            continue;
        }
        if interval % DAY == 0 {
            edges.push(midnight);
        } else {
            let mut edge = midnight;
            while edge < next && edge < to {
                let end = if is_of_the_clock(interval) {
                    next_of_the_clock(edge, interval, zone)
                } else {
                    edge.plus(interval * 60_000)
                };
                let end = end.min(next);
                if end > from {
                    edges.push(edge);
                }
                edge = end;
            }
        }
        if edges.len() > MAX_BUCKETS {
            return Err(TooMany);
        }
        (date, midnight) = (next_date, next);
    }
    let end = match edges.last() {
        None => return Ok(vec![from, to.max(from)]),
        Some(_) if interval % DAY == 0 => midnight,
        Some(last) if is_of_the_clock(interval) => next_of_the_clock(*last, interval, zone).min(midnight),
        Some(last) => last.plus(interval * 60_000).min(midnight),
    };
    edges.push(end);
    Ok(edges)
}

/// Whether buckets of so many minutes begin at the same times by the clock every day. Hours themselves do not: of the one
/// that a clock shows twice, each is its own.
const fn is_of_the_clock(interval: i64) -> bool {
    interval > 60 && interval % 60 == 0 && DAY % interval == 0
}

/// The next time at which such a bucket begins.
fn next_of_the_clock(edge: Millis, interval: i64, zone: &TimeZone) -> Millis {
    let zoned = edge.timestamp().to_zoned(zone.clone());
    let hours = interval / 60;
    let hour = (i64::from(zoned.hour()) / hours + 1) * hours;
    let next = match i8::try_from(hour) {
        Ok(hour @ 0..24) => zoned.date().at(hour, 0, 0, 0).to_zoned(zone.clone()).ok(),
        // Midnight is the day's end.
        _ => None,
    };
    next.map_or(Millis(i64::MAX), |next| next.timestamp().into())
}

/// How long the buckets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// So many minutes; whole days are calendar days.
    Minutes(i64),
    /// Calendar weeks, from Monday on.
    Weeks,
    /// So many calendar months, counted from January.
    Months(i8),
}

/// Words of intervals.
pub const INTERVALS: [(&str, Interval); 7] = [
    ("minute", Interval::Minutes(1)),
    ("hour", Interval::Minutes(60)),
    ("day", Interval::Minutes(DAY)),
    ("week", Interval::Weeks),
    ("month", Interval::Months(1)),
    ("quarter", Interval::Months(3)),
    ("year", Interval::Months(12)),
];

/// Edges as [`edges`], of any interval.
pub fn of(from: Millis, to: Millis, interval: Interval, zone: &TimeZone) -> Result<Vec<Millis>, TooMany> {
    let date = from.timestamp().to_zoned(zone.clone()).date();
    let (first, span) = match interval {
        Interval::Minutes(minutes) => return edges(from, to, minutes, zone),
        Interval::Weeks => {
            (date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()), 7.days())
        }
        Interval::Months(months) => {
            let first = (date.month() - 1) / months * months + 1;
            (jiff::civil::Date::new(date.year(), first, 1), i64::from(months).months())
        }
    };
    let Ok(mut date) = first else { return Ok(vec![from, to.max(from)]) };
    let mut edges = vec![start_of_day(date, zone).unwrap_or(from)];
    loop {
        let next = date.checked_add(span);
        let start = next.as_ref().ok().and_then(|next| start_of_day(*next, zone)).unwrap_or(to);
        edges.push(start);
        if start >= to {
            return Ok(edges);
        }
        if edges.len() > MAX_BUCKETS + 1 {
            return Err(TooMany);
        }
        let Ok(next) = next else { return Ok(edges) };
        date = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Millis {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn shown(from: &str, to: &str, interval: i64) -> Vec<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        edges(at(from), at(to), interval, &zone)
            .unwrap()
            .iter()
            .map(|edge| edge.timestamp().to_string())
            .collect()
    }

    #[test]
    fn days_are_calendar_days_also_when_the_clock_changes() {
        assert_eq!(
            shown("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", 1440),
            ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"]
        );
    }

    #[test]
    fn an_interval_is_as_long_as_it_is_asked_to_be() {
        // 33 hours and 20 minutes, over a change of the clock.
        let expected =
            ["2026-03-27T23:00:00Z", "2026-03-29T08:20:00Z", "2026-03-30T17:40:00Z", "2026-04-01T03:00:00Z"];
        assert_eq!(shown("2026-03-28T12:00:00Z", "2026-03-30T18:00:00Z", 2000), expected);
        assert_eq!(shown("2026-03-28T12:00:00Z", "2026-03-28T13:00:00Z", 2000), expected[..2]);
        for minutes in [i64::MIN, -1, MAX_MINUTES + 1, 1 << 62, i64::MAX] {
            assert_eq!(super::minutes(minutes), Err(NoInterval(minutes)));
            assert!(
                edges(at("2026-03-28T12:00:00Z"), at("2026-03-28T12:00:30Z"), minutes, &TimeZone::UTC)
                    .is_ok()
            );
        }
        assert_eq!((super::minutes(0), super::minutes(MAX_MINUTES)), (Ok(None), Ok(Some(MAX_MINUTES))));
        assert_eq!(shown("2026-03-28T12:00:00Z", "2026-03-28T13:00:00Z", MAX_MINUTES).len(), 2);
    }

    #[test]
    fn hours_count_from_local_midnight() {
        assert_eq!(
            shown("2026-01-01T10:30:00Z", "2026-01-01T13:00:00Z", 60),
            ["2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z"]
        );
        let long_day = shown("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 60);
        assert_eq!(long_day.len(), 26, "25 hours");
    }

    #[test]
    fn six_hours_begin_at_six_whatever_the_day() {
        let of = |from: &str, to: &str, minutes| {
            let zone = TimeZone::get("Europe/Berlin").unwrap();
            let edges = edges(at(from), at(to), minutes, &zone).unwrap();
            let time = |edge: &Millis| edge.timestamp().to_zoned(zone.clone()).strftime("%d %H").to_string();
            edges.iter().map(time).collect::<Vec<_>>()
        };
        assert_eq!(
            of("2026-10-24T22:00:00Z", "2026-10-26T05:00:00Z", 360),
            ["25 00", "25 06", "25 12", "25 18", "26 00", "26 06"]
        );
        assert_eq!(of("2026-03-28T23:00:00Z", "2026-03-29T10:00:00Z", 360), ["29 00", "29 06", "29 12"]);
        // Two o'clock is shown twice in autumn, and not at all in spring.
        assert_eq!(
            of("2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z", 120),
            ["25 00", "25 02", "25 04", "25 06"]
        );
        assert_eq!(of("2026-03-28T23:00:00Z", "2026-03-29T02:00:00Z", 120), ["29 00", "29 03", "29 04"]);
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first_by_the_zones_calendar() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let found = |interval| {
            let edges = of(at("2026-02-12T12:00:00Z"), at("2026-04-05T12:00:00Z"), interval, &zone).unwrap();
            let date = |edge: &Millis| edge.timestamp().to_zoned(zone.clone()).datetime().to_string();
            [&edges[0], &edges[edges.len() - 1]]
                .map(date)
                .into_iter()
                .chain([edges.len().to_string()])
                .collect::<Vec<_>>()
        };
        assert_eq!(found(Interval::Weeks), ["2026-02-09T00:00:00", "2026-04-06T00:00:00", "9"]);
        assert_eq!(found(Interval::Months(1)), ["2026-02-01T00:00:00", "2026-05-01T00:00:00", "4"]);
        assert_eq!(found(Interval::Months(3)), ["2026-01-01T00:00:00", "2026-07-01T00:00:00", "3"]);
        assert_eq!(found(Interval::Months(12)), ["2026-01-01T00:00:00", "2027-01-01T00:00:00", "2"]);
    }

    /// A day of each zone on which its clocks change, with the day's hours: buckets of an hour count from midnight, the
    /// last of the day may be shorter.
    #[test]
    fn days_are_as_long_as_their_zone_has_them() {
        for (zone, day, minutes) in [
            ("Europe/Berlin", "2026-03-29", 23 * 60),
            ("Europe/Berlin", "2026-10-25", 25 * 60),
            ("America/New_York", "2026-03-08", 23 * 60),
            ("America/New_York", "2026-11-01", 25 * 60),
            ("Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30),
            ("Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30),
            ("America/St_Johns", "2026-03-08", 23 * 60),
            ("America/St_Johns", "2026-11-01", 25 * 60),
            ("Asia/Kathmandu", "2026-03-29", 24 * 60),
            ("Africa/Casablanca", "2026-02-15", 25 * 60),
            // Midnight itself is skipped.
            ("America/Santiago", "2026-09-06", 23 * 60),
            ("Asia/Beirut", "2026-03-29", 23 * 60),
            // Before the day that Samoa left out.
            ("Pacific/Apia", "2011-12-29", 24 * 60),
        ] {
            let tz = TimeZone::get(zone).unwrap();
            let date: jiff::civil::Date = day.parse().unwrap();
            let (from, to) =
                (start_of_day(date, &tz).unwrap(), start_of_day(date.tomorrow().unwrap(), &tz).unwrap());
            assert_eq!((to.0 - from.0) / 60_000, minutes, "{zone} {day}");
            assert_eq!(edges(from, to, DAY, &tz).unwrap(), [from, to], "{zone} {day}");
            let hours = edges(from, to, 60, &tz).unwrap();
            assert_eq!(hours.len() as i64 - 1, (minutes + 59) / 60, "{zone} {day}");
            assert_eq!((hours[0], hours[hours.len() - 1]), (from, to), "{zone} {day}");
        }
    }

    #[test]
    fn a_day_that_is_left_out_has_no_bucket() {
        let zone = TimeZone::get("Pacific/Apia").unwrap();
        let (from, to) = (at("2011-12-29T00:00:00-10:00"), at("2012-01-01T00:00:00+14:00"));
        let edges = edges(from, to, DAY, &zone).unwrap();
        assert_eq!(edges, [from, at("2011-12-31T00:00:00+14:00"), to]);
    }

    #[test]
    fn too_many_buckets_are_refused() {
        let zone = TimeZone::UTC;
        assert_eq!(edges(at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"), 1, &zone), Err(TooMany));
        assert_eq!(
            edges(at("2026-01-01T00:00:00Z"), at("2026-01-07T22:00:00Z"), 1, &zone).unwrap().len(),
            9961
        );
    }

    proptest! {
        #[test]
        fn buckets_cover_the_range_without_gap(
            start in 1_600_000_000_000i64..1_900_000_000_000,
            minutes in 1i64..5000,
            interval in prop::sample::select(vec![5i64, 7, 60, 90, 120, 360, 720, 1440, 2880, 10_080]),
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let (from, to) = (Millis(start), Millis(start + minutes * 60_000));
            let edges = edges(from, to, interval, &zone).unwrap();
            prop_assert!(edges.len() >= 2);
            prop_assert!(edges.is_sorted_by(|a, b| a < b));
            prop_assert!(edges[0] <= from && edges[1] > from);
            prop_assert!(edges[edges.len() - 1] >= to && edges[edges.len() - 2] < to);
        }
    }
}
