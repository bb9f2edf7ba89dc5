//! Dimensions and their values as the wire spells them.

pub mod asked;
mod filter;
mod values;

pub use asked::{Word, dimension, word};
pub use filter::{Tested, of_texts, tested};

use super::wire::enum_value;
use model::report::{By, ClockPart, Dimension, Value};

/// Label of a value that is not known.
pub const UNKNOWN: &str = "(unknown)";
/// Label of the values beyond a limit.
pub const OTHER: &str = "(other)";
/// Label of a link without tag or folder.
const NONE: &str = "(none)";
/// Names of weekdays, Monday first.
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What people read.
pub fn label(by: &By, value: &Value) -> String {
    match by {
        By::Dimension(by) => match enum_prefix(*by) {
            _ if value.label.is_empty() => UNKNOWN.to_owned(),
            Some(prefix) => enum_value(prefix, &value.label),
            None => value.label.clone(),
        },
        By::Parameter(_) | By::Labels(_) if value.label.is_empty() => NONE.to_owned(),
        By::Parameter(_) | By::Labels(_) => value.label.clone(),
        By::Clock(_, part) => on_the_clock(*part, &value.label),
    }
}

/// `9` as `09:00`, `1` as `Monday`, `1 9` as `Monday 09:00`.
fn on_the_clock(part: ClockPart, label: &str) -> String {
    let (day, hour) = match part {
        ClockPart::Hour => ("", label),
        ClockPart::Weekday => (label, ""),
        ClockPart::WeekHour => label.split_once(' ').unwrap_or_default(),
    };
    let day = day.parse::<usize>().ok().and_then(|day| WEEKDAYS.get(day.wrapping_sub(1)).copied());
    let hour = hour.parse::<u8>().ok().map(|hour| format!("{hour:02}:00"));
    [day.map(str::to_owned), hour].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// ISO code where there is one, else the value; empty for unknown.
pub fn code(by: &By, value: &Value) -> String {
    match by.dimension() {
        Some(Dimension::City | Dimension::Region) => value.within.clone(),
        _ => value.label.clone(),
    }
}

/// Enumerations have a prefix on the wire.
const fn enum_prefix(by: Dimension) -> Option<&'static str> {
    match by {
        Dimension::DeviceType => Some("DEVICE_TYPE"),
        Dimension::VisitType => Some("VISIT_TYPE"),
        Dimension::Action => Some("ACTION"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_read_as_people_say_it() {
        for (part, label, read) in [
            (ClockPart::Hour, "9", "09:00"),
            (ClockPart::Weekday, "7", "Sunday"),
            (ClockPart::WeekHour, "1 23", "Monday 23:00"),
        ] {
            assert_eq!(on_the_clock(part, label), read);
        }
    }
}
