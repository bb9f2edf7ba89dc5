//! Reading conditions: from the wire's payloads to what the walk tests. What cannot be read never holds, and the flaw is
//! noted with its place, for validation.

use super::text::How;
use super::time::{TimeFact, edge};
use super::{Choice, Chooser, Test, TextFact, TextTest, TimeTest, minutes, zone};
use crate::dates::Bound;
use crate::workflow::attribute::{Comparison, check_key};
use crate::workflow::facts::{Needs, ZoneIndex};
use crate::workflow::payload::{
    DeviceCondition, Fact, Match, Payload, Rule, RuleTest, Sticky, TimeRange, WireWord,
};
use jiff::tz::TimeZone;

/// Why a part of a condition cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::workflow) struct Flaw {
    /// Index of the option; `None` of the condition as a whole.
    pub option: Option<usize>,
    /// Field below the option, or below the condition: `startTime`, `tests/0/value`.
    pub field: String,
    /// A sentence for the owner.
    pub message: String,
}

/// Gathers what the conditions of a workflow share.
#[derive(Default)]
pub(in crate::workflow) struct Compiler {
    pub zones: Vec<TimeZone>,
    names: Vec<String>,
    pub needs: Needs,
    pub flaws: Vec<Flaw>,
}

/// A test, or why not: field and sentence.
type Read<T> = Result<T, (&'static str, String)>;

impl Compiler {
    fn zone(&mut self, name: &str) -> Option<ZoneIndex> {
        self.needs = self.needs.union(Needs::ZONE);
        if name.is_empty() {
            return Some(0);
        }
        if let Some(at) = self.names.iter().position(|known| known == name) {
            return Some(at as ZoneIndex + 1);
        }
        if self.zones.len() >= usize::from(ZoneIndex::MAX) {
            return None;
        }
        self.zones.push(zone(name)?);
        self.names.push(name.to_owned());
        Some(self.zones.len() as ZoneIndex)
    }

    fn flaw(&mut self, option: Option<usize>, field: impl Into<String>, message: impl Into<String>) {
        self.flaws.push(Flaw { option, field: field.into(), message: message.into() });
    }

    /// A condition; `None` of other payloads.
    pub(in crate::workflow) fn chooser(&mut self, payload: &Payload) -> Option<Chooser> {
        let choices = match payload {
            Payload::VisitTypeCondition(condition) => {
                let words = condition.options.iter().map(|option| bare(option.value.as_str()));
                self.words(TextFact::VisitType, words)
            }
            Payload::CountryCondition(condition) => {
                let codes = condition.countries.iter().map(|option| option.country_code.as_str());
                let known = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
                let tests = codes.enumerate().map(|(index, code)| {
                    if !known(code) {
                        let message = format!("\"{code}\" is no country; write its two letters, such as FR");
                        self.flaw(Some(index), "countryCode", message);
                        return Test::Never;
                    }
                    Test::Text(TextFact::Country, TextTest::is([code]))
                });
                let tests: Vec<_> = tests.collect();
                self.needs = self.needs.union(Needs::PLACE);
                tests
            }
            Payload::DeviceTypeCondition(condition) => self.device(TextFact::DeviceType, condition),
            Payload::DevicePlatformCondition(condition) => self.device(TextFact::Platform, condition),
            Payload::DeviceBrowserCondition(condition) => self.device(TextFact::Browser, condition),
            Payload::DeviceBrandCondition(condition) => self.device(TextFact::Brand, condition),
            Payload::DeviceActorCondition(condition) => self.device(TextFact::Actor, condition),
            Payload::DayOfWeekCondition(condition) => {
                self.timed(&condition.x_timezone, &condition.options, |option| {
                    weekdays(option.days_of_week.iter().copied())
                        .filter(|days| *days != 0)
                        .map(TimeFact::Weekdays)
                        .ok_or_else(|| {
                            (
                                "daysOfWeek",
                                "choose at least one day, 0 for Sunday to 6 for Saturday".to_owned(),
                            )
                        })
                })
            }
            Payload::TimeOfDayCondition(condition) => {
                self.timed(&condition.x_timezone, &condition.ranges, range)
            }
            Payload::DayOfMonthCondition(condition) => {
                self.timed(&condition.x_timezone, &condition.options, |option| {
                    days_of_month([option.day_of_month]).map(TimeFact::DaysOfMonth).ok_or_else(|| {
                        let message = format!(
                            "{} is no day of a month; write 1 to 31, or -1 for the last",
                            option.day_of_month
                        );
                        ("dayOfMonth", message)
                    })
                })
            }
            Payload::SpecificDateCondition(condition) => {
                self.timed(&condition.x_timezone, &condition.options, |option| {
                    // A day of every year must exist in some year: 2024 has the 29th of February.
                    let year = option.year.unwrap_or(2024);
                    let exists = (|| {
                        let (year, month, day) = (
                            year.try_into().ok()?,
                            option.month.try_into().ok()?,
                            option.day.try_into().ok()?,
                        );
                        let date = jiff::civil::Date::new(year, month, day).ok()?;
                        Some(TimeFact::Day {
                            day: date.day(),
                            month: date.month(),
                            year: option.year.map(|_| date.year()),
                        })
                    })();
                    exists.ok_or_else(|| {
                        (
                            "day",
                            format!(
                                "there is no day {} in month {}; correct day, month or year",
                                option.day, option.month
                            ),
                        )
                    })
                })
            }
            Payload::VisitorDataCondition(condition) => {
                self.needs = self.needs.union(Needs::ATTRIBUTES);
                let read = condition.options.iter().enumerate().map(|(index, option)| {
                    let key = option.attribute_key.as_str();
                    match attribute(key, &option.operator, &option.comparison_value) {
                        Ok(test) => test,
                        Err((field, message)) => {
                            let field = match field {
                                "key" => "attributeKey",
                                "value" => "comparisonValue",
                                other => other,
                            };
                            self.flaw(Some(index), field, message);
                            Test::Never
                        }
                    }
                });
                read.collect()
            }
            Payload::XRulesCondition(condition) => {
                let rules = condition.options.iter().enumerate();
                return Some(Chooser::First(rules.map(|(index, rule)| self.rule(index, rule)).collect()));
            }
            Payload::XSplit(split) => {
                if split.sticky == Sticky::Visitor {
                    self.needs = self.needs.union(Needs::VISITOR_SEED);
                }
                let mut sum = 0u32;
                let mut bounds = Vec::new();
                for (index, option) in split.options.iter().enumerate() {
                    if !(1..=1000).contains(&option.weight) {
                        self.flaw(
                            Some(index),
                            "weight",
                            format!("a weight is 1 to 1000; this one is {}", option.weight),
                        );
                    }
                    sum = sum.saturating_add(option.weight.clamp(0, 1000) as u32);
                    bounds.push(sum);
                }
                return Some(Chooser::Split { sticky: split.sticky, bounds: bounds.into() });
            }
            _ => return None,
        };
        Some(Chooser::First(choices.into_iter().map(Choice::One).collect()))
    }

    fn words(&mut self, fact: TextFact, words: impl Iterator<Item = Option<&'static str>>) -> Vec<Test> {
        self.needs = self.needs.union(fact.needs());
        let read = words.enumerate().map(|(index, word)| match word {
            Some(word) => Test::Text(fact.clone(), TextTest::is([word])),
            None => {
                self.flaw(Some(index), "value", "choose what this option is for");
                Test::Never
            }
        });
        read.collect()
    }

    fn device<V: WireWord>(&mut self, fact: TextFact, condition: &DeviceCondition<V>) -> Vec<Test> {
        self.words(fact, condition.options.iter().map(|option| bare(option.value.wire())))
    }

    fn timed<T>(&mut self, zone: &str, options: &[T], read: impl Fn(&T) -> Read<TimeFact>) -> Vec<Test> {
        let zone_index = self.zone(zone);
        if zone_index.is_none() {
            self.flaw(None, "xTimezone", unknown_zone(zone));
        }
        let tests = options.iter().enumerate().map(|(index, option)| match (read(option), zone_index) {
            (Ok(what), Some(zone)) => Test::Time(TimeTest { what, negate: false, zone }),
            (Ok(_), None) => Test::Never,
            (Err((field, message)), _) => {
                self.flaw(Some(index), field, message);
                Test::Never
            }
        });
        tests.collect()
    }

    fn rule(&mut self, index: usize, rule: &Rule) -> Choice {
        let mut tests: Vec<Test> = Vec::new();
        for (number, written) in rule.tests.iter().enumerate() {
            tests.push(test(written, self).unwrap_or_else(|(field, message)| {
                self.flaw(Some(index), format!("tests/{number}/{field}"), message);
                Test::Never
            }));
        }
        match (rule.mode, tests.len()) {
            (_, 1) => Choice::One(tests.remove(0)),
            (Match::All, _) => Choice::All(tests.into()),
            (Match::Any, _) => Choice::Any(tests.into()),
        }
    }
}

fn unknown_zone(name: &str) -> String {
    format!("\"{name}\" is no time zone; write an IANA name such as Europe/Berlin")
}

fn range(range: &TimeRange) -> Read<TimeFact> {
    let wrong = |text: &str| format!("\"{text}\" is no time of day; write it as HH:MM, such as 11:30");
    let from = minutes(&range.start_time).filter(|from| *from < 1440);
    let from = from.ok_or_else(|| ("startTime", wrong(&range.start_time)))?;
    let to = minutes(&range.end_time).ok_or_else(|| ("endTime", wrong(&range.end_time)))?;
    Ok(TimeFact::Minutes(from, to))
}

/// Bits of weekdays; `None` where one is none.
fn weekdays(days: impl IntoIterator<Item = i32>) -> Option<u8> {
    days.into_iter().try_fold(0, |bits, day| (0..=6).contains(&day).then(|| bits | 1 << day))
}

/// Bits of days of the month; `None` where one is none.
fn days_of_month(days: impl IntoIterator<Item = i32>) -> Option<u32> {
    days.into_iter().try_fold(0, |bits, day| match day {
        -1 => Some(bits | 1),
        1..=31 => Some(bits | 1 << day),
        _ => None,
    })
}

fn attribute(key: &str, operator: &str, value: &str) -> Read<Test> {
    check_key(key).map_err(|error| ("key", error.to_string()))?;
    let comparison = Comparison::new(key, operator, value).map_err(|error| {
        use crate::workflow::attribute::ComparisonError as E;
        let field = if matches!(error, E::Number(_) | E::Date(_)) { "value" } else { "operator" };
        (field, error.to_string())
    })?;
    Ok(Test::Attribute(key.into(), comparison))
}

/// Reads a test of a rule.
pub(in crate::workflow) fn test(written: &RuleTest, compiler: &mut Compiler) -> Read<Test> {
    let text = |fact: TextFact, compiler: &mut Compiler| {
        compiler.needs = compiler.needs.union(fact.needs());
        Ok(Test::Text(fact, text_test(written)?))
    };
    let utm = |name: &str| TextFact::Parameter(name.into());
    match written.fact {
        Fact::Unspecified => Err(("fact", "choose what is tested, such as COUNTRY".to_owned())),
        Fact::Country => text(TextFact::Country, compiler),
        Fact::Region => text(TextFact::Region, compiler),
        Fact::City => text(TextFact::City, compiler),
        Fact::Language => {
            let all = matches!(operator(written).as_str(), "CONTAINS" | "NOT_CONTAINS");
            let Test::Text(fact, test) = text(TextFact::Language(all), compiler)? else {
                return Ok(Test::Never);
            };
            // To contain a language is to have it among the others; a language is never a part of another's name.
            Ok(Test::Text(fact, TextTest { how: How::Is, ..test }))
        }
        Fact::DeviceType => text(TextFact::DeviceType, compiler),
        Fact::Platform => text(TextFact::Platform, compiler),
        Fact::Browser => text(TextFact::Browser, compiler),
        Fact::Brand => text(TextFact::Brand, compiler),
        Fact::Actor => text(TextFact::Actor, compiler),
        Fact::VisitType => text(TextFact::VisitType, compiler),
        Fact::Referrer => text(TextFact::Referrer, compiler),
        Fact::UtmSource => text(utm("utm_source"), compiler),
        Fact::UtmMedium => text(utm("utm_medium"), compiler),
        Fact::UtmCampaign => text(utm("utm_campaign"), compiler),
        Fact::UtmTerm => text(utm("utm_term"), compiler),
        Fact::UtmContent => text(utm("utm_content"), compiler),
        Fact::Parameter if written.name.is_empty() => {
            Err(("name", "say which query parameter, such as table".to_owned()))
        }
        Fact::Parameter => text(utm(&written.name), compiler),
        Fact::Network => text(TextFact::Network, compiler),
        Fact::Placement => text(TextFact::Placement, compiler),
        Fact::Tag => text(TextFact::Tag, compiler),
        Fact::Radius => {
            compiler.needs = compiler.needs.union(Needs::PLACE);
            let (Some(latitude), Some(longitude)) = (written.latitude, written.longitude) else {
                return Err(("latitude", "give latitude and longitude of the middle, in degrees".to_owned()));
            };
            if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
                return Err((
                    "latitude",
                    "latitude is -90 to 90 and longitude -180 to 180 degrees".to_owned(),
                ));
            }
            let km = written.radius_km.filter(|km| *km > 0.0 && km.is_finite());
            let km =
                km.ok_or_else(|| ("radiusKm", "give the radius in kilometres, such as 25".to_owned()))?;
            Ok(Test::Radius { latitude, longitude, km, farther: is_negated(written)? })
        }
        Fact::NthScan => {
            compiler.needs = compiler.needs.union(Needs::NTH);
            let (ranges, others) = numbers(written)?;
            Ok(Test::Nth(ranges.into(), others))
        }
        Fact::Weekday => timed(written, compiler, || {
            let days = whole_numbers(written)?;
            let bits = weekdays(days).filter(|days| *days != 0);
            bits.map(TimeFact::Weekdays)
                .ok_or_else(|| ("values", "weekdays are 0 for Sunday to 6 for Saturday".to_owned()))
        }),
        Fact::TimeOfDay => timed(written, compiler, || {
            let written = TimeRange {
                start_time: written.from.clone(),
                end_time: written.to.clone(),
                ..TimeRange::default()
            };
            range(&written)
                .map_err(|(field, message)| (if field == "startTime" { "from" } else { "to" }, message))
        }),
        Fact::DayOfMonth => timed(written, compiler, || {
            let days = match (whole(&written.from), whole(&written.to)) {
                (Some(from), Some(to)) if (1..=31).contains(&from) && (from..=31).contains(&to) => {
                    (from..=to).collect()
                }
                _ => whole_numbers(written)?,
            };
            let bits = days_of_month(days).filter(|days| *days != 0);
            bits.map(TimeFact::DaysOfMonth)
                .ok_or_else(|| ("values", "days of the month are 1 to 31, and -1 for the last".to_owned()))
        }),
        Fact::DateRange => timed(written, compiler, || {
            let wrong =
                |text: &str| format!("\"{text}\" is no date; write 2026-03-29 or 2026-03-29T10:00:00+02:00");
            let from = edge(&written.from, Bound::Start).ok_or_else(|| ("from", wrong(&written.from)))?;
            let to = edge(&written.to, Bound::End).ok_or_else(|| ("to", wrong(&written.to)))?;
            if written.from.is_empty() && written.to.is_empty() {
                return Err(("from", "give a first day, a last day or both".to_owned()));
            }
            Ok(TimeFact::Between(from, to))
        }),
        Fact::Attribute => {
            compiler.needs = compiler.needs.union(Needs::ATTRIBUTES);
            attribute(&written.key, &written.operator, &written.value)
        }
    }
}

fn timed(written: &RuleTest, compiler: &mut Compiler, what: impl FnOnce() -> Read<TimeFact>) -> Read<Test> {
    let zone =
        compiler.zone(&written.timezone).ok_or_else(|| ("timezone", unknown_zone(&written.timezone)))?;
    Ok(Test::Time(TimeTest { what: what()?, negate: is_negated(written)?, zone }))
}

fn operator(written: &RuleTest) -> String {
    written.operator.trim().to_ascii_uppercase()
}

/// Whether a test that has no choice of comparison is turned into its contrary.
fn is_negated(written: &RuleTest) -> Read<bool> {
    match operator(written).as_str() {
        "" | "IS" | "IN" | "BETWEEN" => Ok(false),
        "IS_NOT" => Ok(true),
        other => Err(("operator", format!("{other} does not go with this fact; use IS or IS_NOT"))),
    }
}

fn candidates(written: &RuleTest) -> Vec<&str> {
    let several = written.values.iter().map(String::as_str).filter(|value| !value.trim().is_empty());
    let candidates: Vec<_> = several.map(str::trim).collect();
    if candidates.is_empty() { vec![written.value.trim()] } else { candidates }
}

fn text_test(written: &RuleTest) -> Read<TextTest> {
    let (how, negate) = match operator(written).as_str() {
        "" | "IS" | "IN" => (How::Is, false),
        "IS_NOT" => (How::Is, true),
        "CONTAINS" => (How::Contains, false),
        "NOT_CONTAINS" => (How::Contains, true),
        "STARTS_WITH" => (How::StartsWith, false),
        other => {
            let message = format!(
                "{other} does not go with this fact; use IS, IS_NOT, IN, CONTAINS, NOT_CONTAINS or STARTS_WITH"
            );
            return Err(("operator", message));
        }
    };
    let values: Vec<_> = candidates(written);
    if how != How::Is && values.iter().any(|value| value.is_empty()) {
        return Err(("value", "give a text to compare with".to_owned()));
    }
    let word = |value: &str| bare(value).unwrap_or(value).to_lowercase().into();
    Ok(TextTest { how, negate, values: values.into_iter().map(word).collect() })
}

/// The word of a device's or a visit's value, without the wire's prefix; `None` where it has none, or says nothing.
fn bare(wire: &str) -> Option<&str> {
    let behind = |prefix| wire.split_once(prefix).map(|(_, word)| word);
    behind("_CONDITION_VALUE_").or_else(|| behind("VISIT_TYPE_")).filter(|word| *word != "UNSPECIFIED")
}

fn whole(text: &str) -> Option<i32> {
    text.trim().parse().ok()
}

fn whole_numbers(written: &RuleTest) -> Read<Vec<i32>> {
    let read = candidates(written).into_iter().map(|text| whole(text).ok_or_else(|| text.to_owned()));
    read.collect::<Result<_, _>>().map_err(|text| ("values", format!("\"{text}\" is not a whole number")))
}

/// Ranges of numbers, ends included, and whether what lies in none of them is meant.
fn numbers(written: &RuleTest) -> Read<(Vec<(u32, u32)>, bool)> {
    let number = |field: &'static str, text: &str| {
        let read = text.trim().parse::<u32>().ok().filter(|number| *number > 0);
        read.ok_or_else(|| (field, format!("\"{text}\" is no count; write a whole number from 1")))
    };
    let each = || {
        let ranges = candidates(written).into_iter().map(|text| number("value", text).map(|n| (n, n)));
        ranges.collect::<Result<Vec<_>, _>>()
    };
    match operator(written).as_str() {
        "" | "IS" | "IN" => Ok((each()?, false)),
        "IS_NOT" => Ok((each()?, true)),
        "AT_LEAST" => Ok((vec![(number("value", &written.value)?, u32::MAX)], false)),
        "AT_MOST" => Ok((vec![(1, number("value", &written.value)?)], false)),
        "BETWEEN" => {
            let (from, to) = (number("from", &written.from)?, number("to", &written.to)?);
            if from > to {
                return Err(("to", format!("{to} is less than {from}; let the range end after it starts")));
            }
            Ok((vec![(from, to)], false))
        }
        other => Err((
            "operator",
            format!("{other} does not go with a number; use IS, AT_LEAST, AT_MOST or BETWEEN"),
        )),
    }
}
