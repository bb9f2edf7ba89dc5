//! Dates as clients write them: RFC 3339, the offset without a colon that the official SDK sends, no offset at all
//! (workspace zone), bare dates (DESIGN §9; dossier, wire fact 6).

use crate::time::Millis;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Which end of a range a date stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A bare date means its first instant.
    Start,
    /// A bare date means its last millisecond.
    End,
}

/// The instant that `text` names, for a workspace in `zone`. `None` when it is no date.
pub fn parse(text: &str, zone: &TimeZone, bound: Bound) -> Option<Millis> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.into());
    }
    // A `+` that was not percent-encoded has become a space.
    let repaired = text.replace(' ', "+");
    if let Ok(timestamp) = repaired.parse::<jiff::Timestamp>() {
        return Some(timestamp.into());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z"] {
        if let Ok(timestamp) = jiff::Timestamp::strptime(format, &repaired) {
            return Some(timestamp.into());
        }
    }
    // The last days of the year 9999, with which some say "for ever", lie beyond what an instant can be.
    let last = Millis::from(jiff::Timestamp::MAX);
    if text.len() == 10 {
        let date: Date = text.parse().ok()?;
        let next = || date.tomorrow().ok().and_then(|next| start_of_day(next, zone));
        return Some(match bound {
            Bound::Start => start_of_day(date, zone).unwrap_or(last),
            Bound::End => next().map_or(last, |next| next.plus(-1)),
        });
    }
    let local: DateTime = text.strip_suffix('Z').unwrap_or(text).parse().ok()?;
    match zone.to_ambiguous_timestamp(local).compatible() {
        Ok(timestamp) => Some(timestamp.into()),
        Err(_) => (local.year() == 9999).then_some(last),
    }
}

/// First instant of a calendar day in a zone; where a change of the clock skips midnight, the first that exists.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Option<Millis> {
    Some(zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, bound: Bound) -> Option<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        parse(text, &zone, bound).map(|millis| millis.timestamp().to_string())
    }

    #[test]
    fn every_spelling_clients_send_is_read() {
        let same = Some("2026-01-01T00:00:00Z".to_owned());
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000000+0000",
            "2026-01-01T00:00:00.000000 0000",
            "2026-01-01T01:00:00+01:00",
            "2026-01-01T01:00:00 01:00",
            "2026-01-01T01:00:00",
            "2026-01-01T01:00:00.000000",
            "2026-01-01T01:00+0100",
        ] {
            assert_eq!(at(text, Bound::Start), same, "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01", "2026-1-1", "01/02/2026"] {
            assert_eq!(at(text, Bound::Start), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_the_calendar_is_a_date() {
        let last = Millis::from(jiff::Timestamp::MAX).timestamp().to_string();
        for text in ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999"] {
            assert_eq!(at(text, Bound::End), Some(last.clone()), "{text}");
        }
    }

    #[test]
    fn a_bare_date_is_a_whole_day_of_the_workspace() {
        assert_eq!(at("2026-03-29", Bound::Start).unwrap(), "2026-03-28T23:00:00Z");
        assert_eq!(at("2026-03-29", Bound::End).unwrap(), "2026-03-29T21:59:59.999Z", "a day of 23 hours");
    }
}
