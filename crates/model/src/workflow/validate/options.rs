//! Findings among the options of a condition: none at all, the same id twice, one that an earlier one leaves nothing to.

use super::{Findings, MAX_OPTIONS};
use crate::workflow::payload::{
    Branch, DateOption, DeviceCondition, ELSE, Match, NEXT, Payload, Rule, WireWord,
};

/// Where a condition's options stand in its payload.
pub(super) const fn list_name(payload: &Payload) -> &'static str {
    match payload {
        Payload::CountryCondition(_) => "countries",
        Payload::TimeOfDayCondition(_) => "ranges",
        Payload::MultiLink(_) => "buttons",
        _ => "options",
    }
}

pub(super) fn check(payload: &Payload, findings: &mut Findings<'_>) {
    let action = payload.action();
    if !action.is_composite() {
        return;
    }
    let list = list_name(payload);
    let branches = payload.branches();
    let options: Vec<&Branch<'_>> =
        branches.iter().filter(|branch| !(payload.has_else() && branch.id == ELSE)).collect();
    if options.len() + usize::from(payload.has_else()) < branches.len() {
        let message = format!("an option cannot have the id \"{ELSE}\"; give it another");
        findings.error("DUPLICATE_OPTION", list, message);
    }
    if options.is_empty() && !matches!(payload, Payload::MultiLink(_)) {
        findings.error("EMPTY_CONDITION", list, "there are no options, so nothing is decided; add one");
    }
    if options.len() > MAX_OPTIONS && !matches!(payload, Payload::MultiLink(_)) {
        findings.error("TOO_MANY", list, format!("there are at most {MAX_OPTIONS} options; delete some"));
    }
    for (index, option) in options.iter().enumerate() {
        let is_twice = options[..index].iter().any(|other| other.id == option.id);
        if is_twice || option.id == NEXT {
            let message = format!("two branches have the id \"{}\"; give one of them another", option.id);
            findings.error("DUPLICATE_OPTION", &format!("{list}/{index}"), message);
        }
    }
    for (index, covering) in dead(payload) {
        let name = |at: usize| options.get(at).map_or("", |option| option.label);
        let message = match covering {
            Some(earlier) => format!(
                "\"{}\" is never taken, for \"{}\" before it already takes every scan that fits; delete it or move it up",
                name(index),
                name(earlier)
            ),
            None => format!(
                "\"{}\" is never taken, for the options before it already take every scan that fits; delete it or move it up",
                name(index)
            ),
        };
        let issue = findings.add(super::Severity::Warning, "DEAD_OPTION", message);
        issue.field = Some(format!("/payload/{}/{list}/{index}", action.payload_key()));
        issue.branch_id = options.get(index).map(|option| option.id.to_owned());
    }
}

/// Options that nothing is left for, each with the one earlier option that takes everything, if it is one.
fn dead(payload: &Payload) -> Vec<(usize, Option<usize>)> {
    match payload {
        Payload::VisitTypeCondition(condition) => repeated(&condition.options, |a, b| a.value == b.value),
        Payload::CountryCondition(condition) => {
            repeated(&condition.countries, |a, b| a.country_code.eq_ignore_ascii_case(&b.country_code))
        }
        Payload::DeviceTypeCondition(condition) => device(condition),
        Payload::DevicePlatformCondition(condition) => device(condition),
        Payload::DeviceBrowserCondition(condition) => device(condition),
        Payload::DeviceBrandCondition(condition) => device(condition),
        Payload::DeviceActorCondition(condition) => device(condition),
        Payload::DayOfWeekCondition(condition) => {
            covered(&condition.options, |option| option.days_of_week.clone())
        }
        Payload::DayOfMonthCondition(condition) => {
            covered(&condition.options, |option| days_of_month(option.day_of_month))
        }
        Payload::SpecificDateCondition(condition) => repeated(&condition.options, date_covers),
        Payload::TimeOfDayCondition(condition) => {
            covered(&condition.ranges, |range| super::times::minutes_of(range).unwrap_or_default())
        }
        Payload::VisitorDataCondition(condition) => repeated(&condition.options, |a, b| {
            a.attribute_key == b.attribute_key
                && a.operator.eq_ignore_ascii_case(&b.operator)
                && a.comparison_value == b.comparison_value
        }),
        Payload::XRulesCondition(condition) => repeated(&condition.options, rule_covers),
        _ => Vec::new(),
    }
}

/// The days an option takes, each twice the day, and one more where it is the last of its month: a 31st always is, and
/// the last is a 28th, 29th, 30th or 31st.
fn days_of_month(day: i32) -> Vec<i32> {
    match day {
        -1 => (28..=31).map(|day| 2 * day + 1).collect(),
        31 => vec![63],
        28..=30 => vec![2 * day, 2 * day + 1],
        day => vec![2 * day],
    }
}

fn device<V: WireWord + PartialEq>(condition: &DeviceCondition<V>) -> Vec<(usize, Option<usize>)> {
    repeated(&condition.options, |a, b| a.value == b.value)
}

/// Options that a single earlier one covers.
fn repeated<T>(options: &[T], covers: impl Fn(&T, &T) -> bool) -> Vec<(usize, Option<usize>)> {
    let earlier = |(index, option): (usize, &T)| {
        let found = options[..index].iter().position(|before| covers(before, option))?;
        Some((index, Some(found)))
    };
    options.iter().enumerate().filter_map(earlier).collect()
}

/// Options whose values the earlier ones have all taken together.
fn covered<T>(options: &[T], values: impl Fn(&T) -> Vec<i32>) -> Vec<(usize, Option<usize>)> {
    let all: Vec<Vec<i32>> = options.iter().map(values).collect();
    let dead = |(index, own): (usize, &Vec<i32>)| {
        let before = &all[..index];
        let is_dead =
            !own.is_empty() && own.iter().all(|value| before.iter().any(|other| other.contains(value)));
        is_dead.then(|| {
            let one = before.iter().position(|other| own.iter().all(|value| other.contains(value)));
            (index, one)
        })
    };
    all.iter().enumerate().filter_map(dead).collect()
}

fn date_covers(earlier: &DateOption, later: &DateOption) -> bool {
    (earlier.day, earlier.month) == (later.day, later.month)
        && (earlier.year.is_none() || earlier.year == later.year)
}

/// Whether every scan that fits the later rule fits the earlier: one that asks for less, or offers more.
fn rule_covers(earlier: &Rule, later: &Rule) -> bool {
    let is_any = |rule: &Rule| rule.mode == Match::Any && rule.tests.len() > 1;
    if earlier.tests.is_empty() || later.tests.is_empty() {
        return false;
    }
    match (is_any(earlier), is_any(later)) {
        (false, false) => earlier.tests.iter().all(|test| later.tests.contains(test)),
        (true, true) => later.tests.iter().all(|test| earlier.tests.contains(test)),
        (true, false) => later.tests.iter().any(|test| earlier.tests.contains(test)),
        (false, true) => false,
    }
}
