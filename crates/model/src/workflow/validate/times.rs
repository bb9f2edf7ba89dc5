//! Findings in tests of time: overlaps and gaps of ranges, and edges that a change of the clock moves.

use super::Findings;
use crate::workflow::condition::{minutes, zone};
use crate::workflow::draft::StepDraft;
use crate::workflow::payload::{ELSE, Fact, Payload, TimeOfDayCondition, TimeRange};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const DAY: i32 = 1440;
/// A gap shorter than this, in minutes, is taken for a slip.
const SLIP: i32 = 15;
/// Changes of the clock are looked for this far ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 370);

pub(super) fn check(step: &StepDraft, findings: &mut Findings<'_>) {
    match &step.payload {
        Payload::TimeOfDayCondition(condition) => {
            overlaps_and_gaps(condition, step.branches.contains_key(ELSE), findings);
            for (index, range) in condition.ranges.iter().enumerate() {
                trap(
                    &format!("ranges/{index}"),
                    ["startTime", "endTime"],
                    range,
                    &condition.x_timezone,
                    findings,
                );
            }
        }
        Payload::XRulesCondition(condition) => {
            for (index, rule) in condition.options.iter().enumerate() {
                for (number, test) in
                    rule.tests.iter().enumerate().filter(|(_, test)| test.fact == Fact::TimeOfDay)
                {
                    let range = TimeRange {
                        name: rule.name.clone(),
                        start_time: test.from.clone(),
                        end_time: test.to.clone(),
                        ..TimeRange::default()
                    };
                    let at = format!("options/{index}/tests/{number}");
                    trap(&at, ["from", "to"], &range, &test.timezone, findings);
                }
            }
        }
        _ => {}
    }
}

/// Start and end; `None` of a range that cannot be read.
fn edges(range: &TimeRange) -> Option<(i32, i32)> {
    let from = minutes(&range.start_time).filter(|from| *from < 1440)?;
    Some((i32::from(from), i32::from(minutes(&range.end_time)?)))
}

/// The minutes of the day that a range takes.
pub(super) fn minutes_of(range: &TimeRange) -> Option<Vec<i32>> {
    let (from, to) = edges(range)?;
    Some(match from.cmp(&to) {
        std::cmp::Ordering::Less => (from..to).collect(),
        std::cmp::Ordering::Equal => (0..DAY).collect(),
        std::cmp::Ordering::Greater => (from..DAY).chain(0..to).collect(),
    })
}

fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn name(range: &TimeRange) -> String {
    let times = || format!("{} to {}", range.start_time, range.end_time);
    if range.name.is_empty() { times() } else { range.name.clone() }
}

fn overlaps_and_gaps(condition: &TimeOfDayCondition, has_else: bool, findings: &mut Findings<'_>) {
    // Which range takes each minute.
    let mut taken: [Option<usize>; DAY as usize] = [None; DAY as usize];
    for (index, range) in condition.ranges.iter().enumerate() {
        let Some(own) = minutes_of(range) else { continue };
        let clash = own.iter().find_map(|minute| taken[*minute as usize].map(|other| (*minute, other)));
        let is_dead = own.iter().all(|minute| taken[*minute as usize].is_some());
        if let (Some((minute, other)), false) = (clash, is_dead) {
            let message = format!(
                "\"{}\" and \"{}\" overlap from {}; the first in the list wins there; let one end where the other starts",
                name(&condition.ranges[other]),
                name(range),
                clock(minute)
            );
            findings.warning("OVERLAP", &format!("ranges/{index}"), message);
        }
        for minute in own {
            taken[minute as usize].get_or_insert(index);
        }
    }
    for (from, to) in gaps(&taken) {
        let length = (to - from).rem_euclid(DAY);
        if has_else && length >= SLIP {
            continue;
        }
        let until = if to == DAY { "24:00".to_owned() } else { clock(to) };
        let message = match has_else {
            true => format!(
                "from {} to {until} no range fits, and \"otherwise\" is taken; let one end where the next starts",
                clock(from)
            ),
            false => format!(
                "from {} to {until} no range fits, and \"otherwise\" leads nowhere; add a range or connect it",
                clock(from)
            ),
        };
        findings.warning("GAP", "ranges", message);
    }
}

/// Stretches of the day that nothing takes; one across midnight is one.
fn gaps(taken: &[Option<usize>; DAY as usize]) -> Vec<(i32, i32)> {
    if taken.iter().all(Option::is_none) {
        return Vec::new();
    }
    let is_free = |minute: i32| taken[minute.rem_euclid(DAY) as usize].is_none();
    let starts = (0..DAY).filter(|minute| is_free(*minute) && !is_free(minute - 1));
    let end = |start: i32| (start..).find(|minute| !is_free(*minute)).unwrap_or(start);
    starts
        .map(|start| (start, end(start)))
        .map(|(start, end)| (start, if end > DAY { end - DAY } else { end }))
        .collect()
}

/// A change of the clock: the local times on both sides of it.
struct Jump {
    before: DateTime,
    after: DateTime,
}

fn jumps(zone: &TimeZone, from: Timestamp) -> Vec<Jump> {
    let end = from.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let changes = zone.following(from).take_while(|change| change.timestamp() <= end);
    let jump = |change: jiff::tz::TimeZoneTransition<'_>| {
        let at = change.timestamp();
        let before = at.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        let before = zone.to_offset(before).to_datetime(at);
        let after = zone.to_datetime(at);
        (before != after).then_some(Jump { before, after })
    };
    changes.filter_map(jump).collect()
}

fn of_day(time: DateTime) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

/// An edge inside an hour that is skipped or repeated.
fn trap(place: &str, fields: [&str; 2], range: &TimeRange, zone_name: &str, findings: &mut Findings<'_>) {
    let Some((from, to)) = edges(range) else { return };
    let named = if zone_name.is_empty() { None } else { zone(zone_name) };
    if named.is_none() && !zone_name.is_empty() {
        return;
    }
    let zone = named.as_ref().unwrap_or(findings.surroundings.zone);
    let zone_name = zone.iana_name().unwrap_or("this zone").to_owned();
    let jumps = jumps(zone, findings.surroundings.now.timestamp());
    let mut told = [false; 2];
    for jump in jumps {
        let (before, after) = (of_day(jump.before), of_day(jump.after));
        let day = jump.after.strftime("%A %Y-%m-%d").to_string();
        let is_skip = jump.after > jump.before;
        // Across midnight the two sides are on different days; no edge is inside such a change that a person wrote.
        if jump.after.date() != jump.before.date() {
            continue;
        }
        let (low, high) = (before.min(after), before.max(after));
        if is_skip && low <= from && from < to && to <= high {
            let message = format!(
                "on {day} the clock in {zone_name} jumps from {} to {}, so \"{}\" does not happen that day; choose times outside of it",
                clock(before),
                clock(after),
                name(range)
            );
            findings.warning("DST_TRAP", place, message);
            return;
        }
        for (which, edge) in [from, to].into_iter().enumerate() {
            if !(low < edge && edge < high) || std::mem::replace(&mut told[which], true) {
                continue;
            }
            let what = match is_skip {
                true => format!(
                    "jumps from {} to {}, so {} does not exist",
                    clock(before),
                    clock(after),
                    clock(edge)
                ),
                false => format!(
                    "goes back from {} to {}, so {} comes twice",
                    clock(before),
                    clock(after),
                    clock(edge)
                ),
            };
            let message = format!(
                "on {day} the clock in {zone_name} {what}; let the range begin or end at {} or {}",
                clock(low),
                clock(high)
            );
            findings.warning("DST_TRAP", &format!("{place}/{}", fields[which]), message);
        }
    }
}
