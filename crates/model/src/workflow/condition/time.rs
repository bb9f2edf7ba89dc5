//! Tests of the wall clock and of the calendar. A change of the clock needs no care of its own: what counts is what the
//! clock on the wall shows, so an hour that is skipped is never, and one that is repeated is twice.

use crate::dates::{Bound, parse};
use crate::time::Millis;
use crate::workflow::facts::{Clocks, ZoneIndex};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A test of the wall clock or of the calendar, in the zone it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeTest {
    pub(in crate::workflow) what: TimeFact,
    pub(in crate::workflow) negate: bool,
    pub(in crate::workflow) zone: ZoneIndex,
}

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFact {
    /// Weekdays: bit 0 is Sunday.
    Weekdays(u8),
    /// Minutes of the day, from and up to but without. Across midnight where the end is first; the whole day where they
    /// are equal.
    Minutes(u16, u16),
    /// Days of the month: bit 1 is the first, bit 0 the last.
    DaysOfMonth(u32),
    /// A day, of one year or of every.
    Day {
        /// 1 to 31.
        day: i8,
        /// 1 to 12.
        month: i8,
        /// The year; `None` means every year.
        year: Option<i16>,
    },
    /// From, and up to but without.
    Between(Edge, Edge),
}

/// An end of a range of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// There is none.
    Open,
    /// Midnight at the start of a day, by the zone's clock.
    Day(Date),
    /// An instant.
    At(Millis),
}

impl TimeTest {
    pub(in crate::workflow) fn holds(&self, now: Millis, clocks: &mut Clocks<'_>) -> bool {
        let local = clocks.local(self.zone);
        let holds = match self.what {
            TimeFact::Weekdays(days) => days >> local.date().weekday().to_sunday_zero_offset() & 1 == 1,
            TimeFact::Minutes(from, to) => {
                let minute = local.hour() as u16 * 60 + local.minute() as u16;
                match from.cmp(&to) {
                    std::cmp::Ordering::Less => (from..to).contains(&minute),
                    std::cmp::Ordering::Equal => true,
                    std::cmp::Ordering::Greater => minute >= from || minute < to,
                }
            }
            TimeFact::DaysOfMonth(days) => {
                let date = local.date();
                days >> date.day() & 1 == 1 || (days & 1 == 1 && date.day() == date.days_in_month())
            }
            TimeFact::Day { day, month, year } => {
                let date = local.date();
                date.day() == day && date.month() == month && year.is_none_or(|year| date.year() == year)
            }
            TimeFact::Between(from, to) => {
                let reached = |edge: Edge, open: bool| match edge {
                    Edge::Open => open,
                    Edge::Day(day) => local.date() >= day,
                    Edge::At(at) => now >= at,
                };
                reached(from, true) && !reached(to, false)
            }
        };
        holds != self.negate
    }
}

/// Minutes since midnight of `HH:MM`; 1440 of `24:00`.
pub(in crate::workflow) fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |text: &str| {
        let fine = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| text.parse::<u16>().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes).filter(|_| minutes.len() == 2)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 1440).then_some(all)
}

/// The time zone of an IANA name.
pub(in crate::workflow) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// An end of a range: nothing, a day (which as an end is included), an instant in RFC 3339.
pub(in crate::workflow) fn edge(text: &str, bound: Bound) -> Option<Edge> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Edge::Open);
    }
    if text.len() == 10 {
        let day: Date = text.parse().ok()?;
        return match bound {
            Bound::Start => Some(Edge::Day(day)),
            Bound::End => day.tomorrow().ok().map(Edge::Day),
        };
    }
    // A time without an offset would mean another instant in each zone; it must say which.
    let has_offset = text.ends_with(['Z', 'z']) || text.get(10..)?.contains(['+', '-']);
    has_offset.then(|| parse(text, &TimeZone::UTC, bound).map(Edge::At))?
}
