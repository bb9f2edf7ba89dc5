//! When simulated scans happen: the hours of a span of days, each with its share of all scans.

use model::Millis;
use model::time::DAY_MS;
use rand::Rng;

const HOUR_MS: i64 = 3_600_000;

/// Links that live by the same clock: the same trade in the same zone.
pub struct Group {
    /// Index into the trades.
    pub trade: usize,
    /// Hours that the zone is ahead of UTC.
    pub utc_offset: i8,
    /// Sum of the weights of its links.
    pub weight: f64,
}

impl Group {
    /// How busy the group is in the UTC hour that begins at `start`: weight by local hour and weekday.
    pub fn intensity(&self, start: Millis) -> f64 {
        let trade = &super::trades::TRADES[self.trade];
        let local = start.0 + i64::from(self.utc_offset) * HOUR_MS;
        let hour = local.rem_euclid(DAY_MS) / HOUR_MS;
        // 1970-01-01 was a Thursday.
        let weekday = (local.div_euclid(DAY_MS) + 3).rem_euclid(7);
        let (hour, weekday) = (trade.hours[hour as usize], trade.weekdays[weekday as usize]);
        self.weight * f64::from(hour) * f64::from(weekday)
    }
}

/// A stretch of time with its number of scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub start: Millis,
    /// End, not included.
    pub end: Millis,
    /// Scans in it.
    pub scans: u64,
}

/// How busy all groups together are in the UTC hour of `at`.
pub fn intensity(groups: &[Group], at: Millis) -> f64 {
    groups.iter().map(|group| group.intensity(Millis(at.0.div_euclid(HOUR_MS) * HOUR_MS))).sum()
}

/// How busy they are in the mean of the week before `at`.
pub fn mean_intensity(groups: &[Group], at: Millis) -> f64 {
    const HOURS: i64 = 7 * 24;
    (0..HOURS).map(|hour| intensity(groups, at.plus(-hour * HOUR_MS))).sum::<f64>() / HOURS as f64
}

/// Shares `scans` out over the hours from `begin` to `until`: by the groups' clocks, with growth of a half over the
/// whole time, and with good and bad days. The shares add up to `scans` exactly.
pub fn spans(groups: &[Group], begin: Millis, until: Millis, scans: u64, random: &mut impl Rng) -> Vec<Span> {
    let mut weights = Vec::with_capacity(((until.0 - begin.0) / HOUR_MS).max(0) as usize + 2);
    let mut start = begin;
    let (mut day, mut mood) = (i64::MIN, 1.0);
    while start < until {
        let next_hour = (start.0.div_euclid(HOUR_MS) + 1) * HOUR_MS;
        let end = Millis(next_hour).min(until);
        if start.0.div_euclid(DAY_MS) != day {
            (day, mood) = (start.0.div_euclid(DAY_MS), random.random_range(0.8..1.25));
        }
        let grown = 1.0 + 0.5 * (start.0 - begin.0) as f64 / (until.0 - begin.0) as f64;
        let part = (end.0 - start.0) as f64 / HOUR_MS as f64;
        let busy: f64 = groups.iter().map(|group| group.intensity(start)).sum();
        let weight = busy * part * grown * mood * random.random_range(0.85..1.18);
        weights.push((start, end, weight));
        start = end;
    }
    let total: f64 = weights.iter().map(|(_, _, weight)| weight).sum();
    let (mut sum, mut given) = (0.0, 0);
    let last = weights.len().saturating_sub(1);
    let mut spans = Vec::with_capacity(weights.len());
    for (index, (start, end, weight)) in weights.into_iter().enumerate() {
        sum += weight;
        // All hours can be asleep at once when the span is an hour of one restaurant's night: then the last takes all.
        let upto = if index == last { scans } else { (scans as f64 * sum / total) as u64 };
        let upto = upto.clamp(given, scans);
        spans.push(Span { start, end, scans: upto - given });
        given = upto;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Monday 2026-11-23 00:00 UTC.
    const MONDAY: i64 = 20_780 * DAY_MS;

    fn lunch(days: u32, until: i64) -> Vec<Span> {
        let groups = [Group { trade: 0, utc_offset: 1, weight: 1.0 }];
        let begin = Millis(until - i64::from(days) * DAY_MS);
        spans(&groups, begin, Millis(until), 100_000, &mut ChaCha8Rng::seed_from_u64(1))
    }

    #[test]
    fn hours_are_in_order_without_gaps_and_give_every_scan() {
        let spans = lunch(30, MONDAY + 12_345_678);
        assert_eq!(spans.iter().map(|span| span.scans).sum::<u64>(), 100_000);
        assert_eq!(spans[0].start, Millis(MONDAY + 12_345_678 - 30 * DAY_MS));
        assert_eq!(spans.last().unwrap().end, Millis(MONDAY + 12_345_678));
        assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn a_restaurant_is_scanned_at_noon_of_its_own_zone_and_on_saturdays() {
        let spans = lunch(28, MONDAY);
        let of = |pick: &dyn Fn(i64) -> bool| -> u64 {
            spans.iter().filter(|span| pick(span.start.0)).map(|span| span.scans).sum()
        };
        let hour = |wanted: i64| of(&|at| at.rem_euclid(DAY_MS) / HOUR_MS == wanted);
        assert_eq!(
            (0..24).max_by_key(|&wanted| hour(wanted)),
            Some(11),
            "noon in Zurich is 11:00 UTC in winter"
        );
        let day = |wanted: i64| of(&|at| (at.div_euclid(DAY_MS) + 3).rem_euclid(7) == wanted);
        assert!(day(5) > day(0) * 3 / 2, "Saturdays {} against Mondays {}", day(5), day(0));
    }

    #[test]
    fn a_span_of_sleep_still_gives_every_scan() {
        let groups = [Group { trade: 3, utc_offset: 0, weight: 1.0 }];
        let until = Millis(MONDAY + 3 * HOUR_MS);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let spans = spans(&groups, until.plus(-DAY_MS), until, 10, &mut random);
        assert_eq!(spans.iter().map(|span| span.scans).sum::<u64>(), 10);
    }
}
