//! Instants in milliseconds, and the UTC day they fall in.

use serde::{Deserialize, Serialize};

/// Milliseconds in a UTC day; Unix time knows no leap seconds.
pub const DAY_MS: i64 = 86_400_000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// A UTC day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcDay(pub i32);

impl Millis {
    /// The UTC day this instant falls in.
    pub const fn utc_day(self) -> UtcDay {
        UtcDay(self.0.div_euclid(DAY_MS) as i32)
    }

    /// This instant moved by `ms` milliseconds; saturates at the ends of the range.
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The same instant as jiff knows it. Instants beyond jiff's range (year 9999) are cut to its ends.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl From<jiff::Timestamp> for Millis {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

impl UtcDay {
    /// First instant of the day.
    pub const fn start(self) -> Millis {
        Millis(self.0 as i64 * DAY_MS)
    }

    /// First instant after the day.
    pub const fn end(self) -> Millis {
        Millis((self.0 as i64 + 1) * DAY_MS)
    }

    /// The day after.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
