//! The clock on the wall of a zone over a range: which hour of which weekday it shows at any instant. A skipped hour is
//! never, a repeated one twice; zones whose clocks change by half an hour are cut where they change.

use crate::time::Millis;
use jiff::tz::TimeZone;

/// Hours of a week.
pub const WEEK_HOURS: usize = 168;
const HOUR_MS: i64 = 3_600_000;

/// Stretches of a range in which the clock shows one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    starts: Vec<Millis>,
    end: Millis,
    /// Weekday (Monday 0) times 24 plus hour.
    shown: Vec<u8>,
}

impl Clock {
    /// The clock over `[from, to)`.
    pub fn new(from: Millis, to: Millis, zone: &TimeZone) -> Self {
        let mut clock = Self { starts: vec![], end: to.max(from), shown: vec![] };
        let mut at = from;
        while at < to {
            let offset = i64::from(zone.to_offset(at.timestamp()).seconds()) * 1000;
            let change = zone.following(at.timestamp()).next().map(|change| change.timestamp().into());
            let until: Millis =
                change.filter(|change: &Millis| *change > at).map_or(to, |change| change.min(to));
            while at < until {
                let hour = (at.0 + offset).div_euclid(HOUR_MS);
                clock.starts.push(at);
                // Hour 0 of 1970 was a Thursday's.
                clock.shown.push((hour + 3 * 24).rem_euclid(WEEK_HOURS as i64) as u8);
                at = Millis((hour + 1) * HOUR_MS - offset).min(until);
            }
        }
        clock
    }

    /// Starts of the stretches.
    pub fn starts(&self) -> &[Millis] {
        &self.starts
    }

    /// The stretches' starts and the end of the last, as a series takes them.
    pub fn edges(&self) -> Vec<Millis> {
        self.starts.iter().copied().chain([self.end]).collect()
    }

    /// Number of the stretch of an instant; of one outside, the nearest.
    pub fn stretch(&self, at: Millis) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// What the clock shows in a stretch: weekday (Monday 0) times 24 plus hour.
    pub fn shown(&self, stretch: usize) -> u8 {
        self.shown.get(stretch).copied().unwrap_or_default()
    }

    /// What the clock shows at an instant.
    pub fn at(&self, at: Millis) -> u8 {
        self.shown(self.stretch(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONES: [&str; 7] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ];

    #[test]
    fn a_clock_that_changes_by_half_an_hour_is_cut_there() {
        // 2026-04-05, 02:00 daylight time becomes 01:30.
        let zone = TimeZone::get("Australia/Lord_Howe").unwrap();
        let at = |text: &str| Millis::from(text.parse::<jiff::Timestamp>().unwrap());
        let clock = Clock::new(at("2026-04-04T13:00:00Z"), at("2026-04-05T13:30:00Z"), &zone);
        let hours: Vec<u8> = (0..clock.starts().len()).map(|n| clock.shown(n) % 24).collect();
        assert_eq!(hours[..4], [0, 1, 1, 2], "one o'clock has an hour and a half");
        assert_eq!(hours.len(), 25);
    }

    proptest! {
        #[test]
        fn it_shows_what_a_calendar_says(
            start in 1_600_000_000_000i64..1_900_000_000_000,
            minutes in 1i64..30_000,
            ask in 0.0f64..1.0,
            zone in prop::sample::select(ZONES.to_vec()),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let (from, to) = (Millis(start), Millis(start + minutes * 60_000));
            let clock = Clock::new(from, to, &zone);
            prop_assert!(clock.edges().is_sorted_by(|a, b| a < b));
            let at = Millis(start + (ask * (minutes * 60_000) as f64) as i64);
            let local = at.timestamp().to_zoned(zone);
            let expected = local.weekday().to_monday_zero_offset() * 24 + local.hour();
            prop_assert_eq!(clock.at(at), expected as u8);
        }
    }
}
