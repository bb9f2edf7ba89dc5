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

/// Edges of the buckets that cover `[from, to)`: n + 1 instants for n buckets, the first at or before `from`, the last
/// at or after `to`. Within a day, buckets count from local midnight; the last of a day can be shorter, or on a day of
/// 25 hours there are more of them.
pub fn edges(
    from: Millis,
    to: Millis,
    interval_minutes: i64,
    zone: &TimeZone,
) -> Result<Vec<Millis>, TooMany> {
    at_most(MAX_BUCKETS, from, to, interval_minutes, zone)
}

/// Edges of the local hours that cover `[from, to)`, however many.
pub fn hours(from: Millis, to: Millis, zone: &TimeZone) -> Vec<Millis> {
    at_most(usize::MAX, from, to, 60, zone).unwrap_or_else(|_| vec![from, to.max(from)])
}

fn at_most(
    most: usize,
    from: Millis,
    to: Millis,
    interval_minutes: i64,
    zone: &TimeZone,
) -> Result<Vec<Millis>, TooMany> {
    let interval = interval_minutes.max(1);
    let whole_days = if interval % DAY == 0 { interval / DAY } else { 1 };
    let span_ms = to.0.saturating_sub(from.0).max(0);
    if (span_ms / (interval * 60_000)) as usize > most {
        return Err(TooMany);
    }
    let mut edges = Vec::new();
    let mut date = from.timestamp().to_zoned(zone.clone()).date();
    let mut midnight = start_of_day(date, zone).unwrap_or(from);
    while midnight < to {
        let Ok(next_date) = date.checked_add(whole_days.days()) else { break };
        let next = start_of_day(next_date, zone).unwrap_or(to);
        if interval % DAY == 0 {
            edges.push(midnight);
        } else {
            let mut edge = midnight;
            while edge < next && edge < to {
                let end = edge.plus(interval * 60_000).min(next);
                if end > from {
                    edges.push(edge);
                }
                edge = end;
            }
        }
        if edges.len() > most {
            return Err(TooMany);
        }
        (date, midnight) = (next_date, next);
    }
    let end = match edges.last() {
        None => return Ok(vec![from, to.max(from)]),
        Some(_) if interval % DAY == 0 => midnight,
        Some(last) => last.plus(interval * 60_000).min(midnight),
    };
    edges.push(end);
    Ok(edges)
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
    fn hours_count_from_local_midnight() {
        assert_eq!(
            shown("2026-01-01T10:30:00Z", "2026-01-01T13:00:00Z", 60),
            ["2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z"]
        );
        let long_day = shown("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 60);
        assert_eq!(long_day.len(), 26, "25 hours");
    }

    #[test]
    fn there_can_be_hours_of_many_years() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let hours = hours(at("2020-01-01T00:00:00+01:00"), at("2026-01-01T00:00:00+01:00"), &zone);
        assert_eq!(hours.len(), (6 * 365 + 2) * 24 + 1);
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
            interval in prop::sample::select(vec![5i64, 7, 60, 90, 1440, 2880, 10_080]),
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
