//! Stretches of UTC days: what a segment covers, and what it may be merged into.

use model::time::UtcDay;
use std::fmt;

/// UTC days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days {
    /// The first.
    pub first: UtcDay,
    /// The last, which is not before the first.
    pub last: UtcDay,
}

/// Days of the month on which a part of a month begins. All parts nest in months, as a "week" of seven days would not.
const PARTS: [i8; 4] = [1, 8, 15, 22];

impl Days {
    /// One day.
    pub const fn one(day: UtcDay) -> Self {
        Self { first: day, last: day }
    }

    /// The calendar month (UTC) that the day lies in.
    pub fn month_of(day: UtcDay) -> Self {
        let (day_of_month, of) = on_calendar(day);
        let first = UtcDay(day.0 - i32::from(day_of_month) + 1);
        Self { first, last: UtcDay(first.0 + i32::from(of) - 1) }
    }

    /// The part of a month that the day lies in: 1 to 7, 8 to 14, 15 to 21, or from the 22nd on.
    pub fn week_of(day: UtcDay) -> Self {
        let month = Self::month_of(day);
        let within = |part: i8| UtcDay(month.first.0 + i32::from(part) - 1);
        let part = PARTS.iter().rposition(|part| within(*part) <= day).unwrap_or_default();
        let last = PARTS.get(part + 1).map_or(month.last, |next| UtcDay(within(*next).0 - 1));
        Self { first: within(PARTS[part]), last }
    }

    /// How many they are.
    pub const fn count(self) -> usize {
        (self.last.0 - self.first.0 + 1) as usize
    }

    /// Whether a day is among them.
    pub fn holds(self, day: UtcDay) -> bool {
        self.first <= day && day <= self.last
    }

    /// Whether a day is among both.
    pub fn meet(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// From the first of both to the last of both.
    pub fn and(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }

    /// Their name in a file's name: `20261108`, or `20261108-20261114`.
    pub(crate) fn file_part(self) -> String {
        let name = |day: UtcDay| day.start().timestamp().strftime("%Y%m%d").to_string();
        if self.first == self.last {
            name(self.first)
        } else {
            format!("{}-{}", name(self.first), name(self.last))
        }
    }
}

/// As people read them: `2026-11-08`, or `2026-11-08 to 2026-11-14`.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: UtcDay| day.start().timestamp().strftime("%F").to_string();
        f.write_str(&name(self.first))?;
        if self.first < self.last {
            write!(f, " to {}", name(self.last))?;
        }
        Ok(())
    }
}

/// Day of the month, and how many days that month has.
fn on_calendar(day: UtcDay) -> (i8, i8) {
    let date = day.start().timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    (date.day(), date.days_in_month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> UtcDay {
        let date: jiff::civil::Date = date.parse().unwrap();
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        model::Millis::from(start).utc_day()
    }

    #[test]
    fn weeks_and_months_hold_each_day_once_and_nest() {
        let (mut next, mut weeks) = (day("1969-12-01"), 0);
        while next < day("1973-01-01") {
            let (week, month) = (Days::week_of(next), Days::month_of(next));
            assert_eq!(week.first, next);
            assert!((7..=10).contains(&week.count()), "{week}");
            assert!(month.holds(week.first) && month.holds(week.last), "{week} {month}");
            for number in week.first.0..=week.last.0 {
                assert_eq!((Days::week_of(UtcDay(number)), Days::month_of(UtcDay(number))), (week, month));
            }
            (next, weeks) = (week.last.next(), weeks + 1);
        }
        assert_eq!(weeks, 37 * 4);
        assert_eq!(Days::month_of(day("2028-02-29")).to_string(), "2028-02-01 to 2028-02-29");
        assert_eq!(Days::week_of(day("2026-11-26")).file_part(), "20261122-20261130");
    }
}
