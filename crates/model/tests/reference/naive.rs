//! A naive reading of the wire: no indexes, nothing prepared, time as text.

use super::random::Scan;
use jiff::Zoned;
use model::scan::{DeviceType, VisitType};
use model::workflow::draft::AttributeType;
use model::workflow::payload::ActorValue;
use serde_json::Value;

/// The steps with the branches taken, and where it ended.
#[derive(Default)]
pub struct Walked {
    pub way: Vec<(String, String)>,
    pub end: String,
    pub attributes_missing: bool,
}

pub fn walk(steps: &[Value], fallback: Option<&str>, scan: &Scan) -> Walked {
    let mut walked = Walked::default();
    let find = |id: &str| steps.iter().find(|step| step["id"] == *id);
    let mut at = steps.iter().find(|step| !step["payload"]["linkVisit"].is_null());
    walked.end = fallback.unwrap_or("error").to_owned();
    while let Some(step) = at {
        let id = step["id"].as_str().unwrap();
        let (key, body) = step["payload"].as_object().unwrap().iter().next().unwrap();
        let (branch, next) = match key.as_str() {
            "linkVisit" => ("next".to_owned(), step["branches"][0]["nextStepId"].as_str()),
            "clientRedirect" => {
                walked.way.push((id.to_owned(), String::new()));
                if let Some(destination) = body["destination"].as_str().filter(|to| !to.is_empty()) {
                    walked.end = destination.to_owned();
                }
                return walked;
            }
            "openMedia" => {
                walked.way.push((id.to_owned(), String::new()));
                walked.end = format!("media {id}");
                return walked;
            }
            "messagePage" | "thankYouPage" => {
                walked.way.push((id.to_owned(), String::new()));
                walked.end = format!("page {id}");
                return walked;
            }
            "xSplit" => split(id, body, scan),
            _ => condition(key, body, scan, &mut walked.attributes_missing),
        };
        walked.way.push((id.to_owned(), branch));
        at = next.and_then(find);
    }
    walked
}

fn split<'s>(id: &str, body: &'s Value, scan: &Scan) -> (String, Option<&'s str>) {
    use std::hash::Hasher;
    let options = list(body, "options");
    let total: u64 = options.iter().map(|option| option["weight"].as_u64().unwrap()).sum();
    let mut hasher = siphasher::sip::SipHasher24::new_with_keys(0, 0);
    hasher.write(id.parse::<uuid::Uuid>().unwrap().as_bytes());
    let seed = if body["sticky"] == "VISITOR" {
        scan.visitor_seed.unwrap_or(scan.scan_seed)
    } else {
        scan.scan_seed
    };
    hasher.write(&seed.to_le_bytes());
    let mut left = (u128::from(hasher.finish()) * u128::from(total) / (1u128 << 64)) as u64;
    for option in options {
        let weight = option["weight"].as_u64().unwrap();
        if left < weight {
            return (option["id"].as_str().unwrap().to_owned(), option["nextStepId"].as_str());
        }
        left -= weight;
    }
    (String::new(), None)
}

fn list<'s>(body: &'s Value, name: &str) -> &'s [Value] {
    body[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'s>(value: &'s Value, name: &str) -> &'s str {
    value[name].as_str().unwrap_or("")
}

fn condition<'s>(key: &str, body: &'s Value, scan: &Scan, missing: &mut bool) -> (String, Option<&'s str>) {
    let name = match key {
        "countryCondition" => "countries",
        "timeOfDayCondition" => "ranges",
        _ => "options",
    };
    for option in list(body, name) {
        if fits(key, option, text(body, "xTimezone"), scan, missing) {
            let branch = match key {
                "countryCondition" => text(option, "countryCode"),
                "visitTypeCondition" => text(option, "value"),
                _ => text(option, "id"),
            };
            return (branch.to_owned(), option["nextStepId"].as_str());
        }
    }
    ("else".to_owned(), body["elseNextStepId"].as_str())
}

/// The wall clock of a zone; `None` of a zone that is none.
fn local(scan: &Scan, zone: &str) -> Option<Zoned> {
    let at = scan.at.timestamp();
    if zone.is_empty() { Some(at.to_zoned(scan.zone.clone())) } else { at.in_tz(zone).ok() }
}

fn shown(zoned: &Zoned, format: &str) -> String {
    zoned.strftime(format).to_string()
}

fn number(zoned: &Zoned, format: &str) -> i64 {
    shown(zoned, format).parse().unwrap()
}

fn is_clock(text: &str, last: &str) -> bool {
    text.len() == 5 && text >= "00:00" && text <= last
}

fn within(now: &str, from: &str, to: &str) -> bool {
    if !is_clock(from, "23:59") || !is_clock(to, "24:00") {
        return false;
    }
    if from == to {
        return true;
    }
    if from < to { from <= now && now < to } else { from <= now || now < to }
}

fn is_last_of_month(zoned: &Zoned) -> bool {
    shown(&zoned.date().tomorrow().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap(), "%d") == "01"
}

fn fits(key: &str, option: &Value, zone: &str, scan: &Scan, missing: &mut bool) -> bool {
    let now = local(scan, zone);
    let value = text(option, "value");
    let word = value.split("_CONDITION_VALUE_").nth(1).unwrap_or("");
    match key {
        "visitTypeCondition" => match scan.visit_type {
            VisitType::First => value == "VISIT_TYPE_FIRST",
            VisitType::Returning => value == "VISIT_TYPE_RETURNING",
            VisitType::Unspecified => false,
        },
        "countryCondition" => !scan.country.is_empty() && text(option, "countryCode") == scan.country,
        "dayOfWeekCondition" => now.is_some_and(|now| {
            let days: Vec<i64> = list(option, "daysOfWeek").iter().map(|day| day.as_i64().unwrap()).collect();
            days.iter().all(|day| (0..=6).contains(day)) && days.contains(&number(&now, "%w"))
        }),
        "timeOfDayCondition" => now.is_some_and(|now| {
            within(&shown(&now, "%H:%M"), text(option, "startTime"), text(option, "endTime"))
        }),
        "dayOfMonthCondition" => now.is_some_and(|now| match option["dayOfMonth"].as_i64().unwrap() {
            -1 => is_last_of_month(&now),
            day => day == number(&now, "%d"),
        }),
        "specificDateCondition" => now.is_some_and(|now| {
            option["day"] == number(&now, "%d")
                && option["month"] == number(&now, "%m")
                && (option["year"].is_null() || option["year"] == number(&now, "%Y"))
        }),
        "deviceTypeCondition" => word == device(scan),
        "devicePlatformCondition" => !word.is_empty() && word == platform(scan.platform),
        "deviceBrowserCondition" => !word.is_empty() && word == browser(scan.browser),
        "deviceBrandCondition" => !word.is_empty() && word == brand(scan.brand),
        "deviceActorCondition" => word == actor(scan),
        "visitorDataCondition" => {
            let operator = text(option, "operator");
            attribute(text(option, "attributeKey"), operator, text(option, "comparisonValue"), scan, missing)
        }
        "xRulesCondition" => {
            let tests = list(option, "tests");
            // Each test is looked at until the rule is settled: whether attributes were asked for depends on it.
            let mut holds = tests.iter().map(|test| holds(test, scan, missing));
            if option["match"] == "ANY" {
                holds.any(|it| it)
            } else {
                !tests.is_empty() && holds.all(|it| it)
            }
        }
        other => panic!("{other} is no condition"),
    }
}

fn device(scan: &Scan) -> &'static str {
    match scan.device_type {
        DeviceType::Mobile => "MOBILE",
        DeviceType::Tablet => "TABLET",
        DeviceType::Desktop => "DESKTOP",
        _ => "UNKNOWN",
    }
}

fn actor(scan: &Scan) -> &'static str {
    match scan.actor {
        ActorValue::Human => "HUMAN",
        ActorValue::Bot => "BOT",
        ActorValue::Agent => "AGENT",
        _ => "UNKNOWN",
    }
}

fn platform(name: &str) -> &'static str {
    match name {
        "iOS" | "iPadOS" => "IOS",
        "Android" => "ANDROID",
        "Windows" => "WINDOWS",
        "Mac OS X" => "MACOS",
        "Ubuntu" | "Linux" => "LINUX",
        "Chrome OS" => "CHROMEOS",
        _ => "",
    }
}

fn browser(name: &str) -> &'static str {
    match name {
        "Mobile Safari" | "Safari" => "SAFARI",
        "Chrome Mobile" | "Chrome" => "CHROME",
        "Firefox Mobile" => "FIREFOX",
        "Edge" => "EDGE",
        "Opera Mini" => "OPERA",
        "Samsung Internet" => "SAMSUNG_BROWSER",
        _ => "",
    }
}

fn brand(name: &str) -> &'static str {
    match name {
        "Apple" => "APPLE",
        "Samsung" => "SAMSUNG",
        "Google" => "GOOGLE",
        "Huawei" => "HUAWEI",
        "XiaoMi" => "XIAOMI",
        "OnePlus" => "ONEPLUS",
        _ => "",
    }
}

fn values(test: &Value) -> Vec<String> {
    let several: Vec<String> =
        list(test, "values").iter().map(|value| value.as_str().unwrap().to_owned()).collect();
    let several: Vec<String> = several.into_iter().filter(|value| !value.is_empty()).collect();
    if several.is_empty() { vec![text(test, "value").to_owned()] } else { several }
}

fn holds(test: &Value, scan: &Scan, missing: &mut bool) -> bool {
    let operator = text(test, "operator");
    let contrary = operator == "IS_NOT";
    let is_plain = matches!(operator, "" | "IS" | "IN" | "IS_NOT");
    let now = local(scan, text(test, "timezone"));
    match text(test, "fact") {
        "RADIUS" => {
            let (Some(point), Some(km)) = (scan.point, test["radiusKm"].as_f64().filter(|km| *km > 0.0))
            else {
                return false;
            };
            let middle = (test["latitude"].as_f64().unwrap(), test["longitude"].as_f64().unwrap());
            is_plain && (angle(point, middle) * 6371.0 <= km) != contrary
        }
        "NTH_SCAN" => {
            let Some(nth) = scan.nth else { return false };
            let of = |name: &str| text(test, name).parse::<u32>().ok().filter(|number| *number > 0);
            match operator {
                "IS" | "IN" => of("value") == Some(nth),
                "IS_NOT" => of("value").is_some_and(|value| value != nth),
                "AT_LEAST" => of("value").is_some_and(|value| nth >= value),
                "AT_MOST" => of("value").is_some_and(|value| nth <= value),
                "BETWEEN" => match (of("from"), of("to")) {
                    (Some(from), Some(to)) => from <= nth && nth <= to,
                    _ => false,
                },
                _ => false,
            }
        }
        "WEEKDAY" => {
            let days = values(test);
            let fine = days.iter().all(|day| matches!(day.as_str(), "0" | "1" | "2" | "3" | "4" | "5" | "6"));
            is_plain && fine && now.is_some_and(|now| days.contains(&shown(&now, "%w")) != contrary)
        }
        "TIME_OF_DAY" => {
            let (from, to) = (text(test, "from"), text(test, "to"));
            let fine = is_plain && is_clock(from, "23:59") && is_clock(to, "24:00");
            fine && now.is_some_and(|now| within(&shown(&now, "%H:%M"), from, to) != contrary)
        }
        "DAY_OF_MONTH" => {
            let of = |name: &str| text(test, name).parse::<i64>().unwrap_or(0);
            let (from, to) = (of("from"), of("to"));
            let days: Vec<i64> = if 1 <= from && from <= to && to <= 31 {
                (from..=to).collect()
            } else {
                values(test).iter().map(|day| day.parse().unwrap()).collect()
            };
            let fine = days.iter().all(|day| *day == -1 || (1..=31).contains(day));
            is_plain
                && fine
                && now.is_some_and(|now| {
                    (days.contains(&number(&now, "%d")) || (days.contains(&-1) && is_last_of_month(&now)))
                        != contrary
                })
        }
        "DATE_RANGE" => {
            let (from, to) = (text(test, "from"), text(test, "to"));
            let (Some(now), true) = (now, is_plain && !(from.is_empty() && to.is_empty())) else {
                return false;
            };
            let today = shown(&now, "%Y-%m-%d");
            // Whether now is before the edge; days are compared as the wall shows them.
            let is_before = |edge: &str| {
                let instant = edge.parse::<jiff::Timestamp>().ok();
                instant.map(|instant| scan.at.timestamp() < instant)
            };
            let is_day = |edge: &str| edge.parse::<jiff::civil::Date>().is_ok() && edge.len() == 10;
            let after_start = match from {
                "" => Some(true),
                day if is_day(day) => Some(today.as_str() >= day),
                instant => is_before(instant).map(|before| !before),
            };
            let before_end = match to {
                "" => Some(true),
                day if is_day(day) => Some(today.as_str() <= day),
                instant => is_before(instant),
            };
            match (after_start, before_end) {
                (Some(start), Some(end)) => (start && end) != contrary,
                _ => false,
            }
        }
        "ATTRIBUTE" => attribute(text(test, "key"), operator, text(test, "value"), scan, missing),
        fact => text_fact(fact, test, scan),
    }
}

fn text_fact(fact: &str, test: &Value, scan: &Scan) -> bool {
    let operator = text(test, "operator");
    let parameter = |name: &str| {
        let found = scan.query.iter().find(|(key, _)| *key == name);
        Some(vec![found.map_or("", |(_, value)| value).to_owned()])
    };
    let known = |texts: &[&str]| {
        let texts: Vec<String> =
            texts.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()).collect();
        (!texts.is_empty()).then_some(texts)
    };
    let texts: Option<Vec<String>> = match fact {
        "COUNTRY" => known(&[scan.country]),
        "REGION" => known(&[scan.region]),
        "CITY" => known(&[scan.city]),
        "LANGUAGE" => {
            let all = operator.contains("CONTAINS");
            let tags = scan.languages.iter().take(if all { usize::MAX } else { 1 });
            let texts: Vec<String> =
                tags.flat_map(|tag| [(*tag).to_owned(), tag.split('-').next().unwrap().to_owned()]).collect();
            (!texts.is_empty()).then_some(texts)
        }
        "DEVICE_TYPE" => known(&[device(scan)]),
        "PLATFORM" => known(&[platform(scan.platform), scan.platform]),
        "BROWSER" => known(&[browser(scan.browser), scan.browser]),
        "BRAND" => known(&[brand(scan.brand), scan.brand]),
        "ACTOR" => known(&[actor(scan)]),
        "VISIT_TYPE" => match scan.visit_type {
            VisitType::First => known(&["first"]),
            VisitType::Returning => known(&["returning"]),
            VisitType::Unspecified => None,
        },
        "REFERRER" => {
            Some(vec![scan.referrer.to_owned(), scan.referrer.trim_start_matches("www.").to_owned()])
        }
        "UTM_SOURCE" => parameter("utm_source"),
        "UTM_CAMPAIGN" => parameter("utm_campaign"),
        "PARAMETER" if text(test, "name").is_empty() => None,
        "PARAMETER" => parameter(text(test, "name")),
        "NETWORK" => {
            let number = if scan.asn == 0 { String::new() } else { scan.asn.to_string() };
            let named = if scan.asn == 0 { String::new() } else { format!("AS{}", scan.asn) };
            known(&[&number, &named, scan.organisation])
        }
        "PLACEMENT" => known(&[scan.placement]),
        "TAG" if scan.tags.is_empty() => Some(vec![String::new()]),
        "TAG" => Some(scan.tags.clone()),
        other => panic!("{other} is no fact"),
    };
    let Some(texts) = texts else { return false };
    let wanted: Vec<String> = values(test)
        .into_iter()
        .map(|value| {
            let bare = value.split("_CONDITION_VALUE_").last().unwrap();
            bare.strip_prefix("VISIT_TYPE_").unwrap_or(bare).to_lowercase()
        })
        .collect();
    let any = |matches: &dyn Fn(&str, &str) -> bool| {
        texts.iter().any(|text| wanted.iter().any(|value| matches(&text.to_lowercase(), value)))
    };
    let is_empty = wanted.iter().any(String::is_empty);
    match operator {
        "" | "IS" | "IN" => any(&|text, value| text == value),
        "IS_NOT" => !any(&|text, value| text == value),
        // A language is contained whole or not at all.
        "CONTAINS" if fact == "LANGUAGE" && !is_empty => any(&|text, value| text == value),
        "NOT_CONTAINS" if fact == "LANGUAGE" && !is_empty => !any(&|text, value| text == value),
        "STARTS_WITH" if fact == "LANGUAGE" && !is_empty => any(&|text, value| text == value),
        "CONTAINS" if !is_empty => any(&|text, value| text.contains(value)),
        "NOT_CONTAINS" if !is_empty => !any(&|text, value| text.contains(value)),
        "STARTS_WITH" if !is_empty => any(&|text, value| text.starts_with(value)),
        _ => false,
    }
}

/// The angle between two points as seen from the middle of the earth, by their unit vectors.
fn angle(a: (f64, f64), b: (f64, f64)) -> f64 {
    let vector = |(latitude, longitude): (f64, f64)| {
        let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    };
    let (a, b) = (vector(a), vector(b));
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let length = cross.iter().map(|x| x * x).sum::<f64>().sqrt();
    length.atan2(a.iter().zip(b).map(|(x, y)| x * y).sum())
}

fn attribute(key: &str, operator: &str, value: &str, scan: &Scan, missing: &mut bool) -> bool {
    let operator = operator.to_uppercase().replace("VISITOR_ATTRIBUTE_FILTER_OPERATOR_", "");
    let family = operator.split('_').next().unwrap();
    let number = |text: &str| text.parse::<f64>().ok();
    // A day as text, with the time of an instant behind it.
    let date = |text: &str| match text.parse::<jiff::Timestamp>() {
        Ok(at) => Some((at.to_string()[..10].to_owned(), Some(at))),
        Err(_) => text.parse::<jiff::civil::Date>().ok().map(|day| (day.to_string(), None)),
    };
    // What cannot be read asks for nothing.
    let is_about = matches!(family, "NUMBER" | "DATE" | "BOOLEAN");
    if (key.starts_with('$') && is_about)
        || (family == "NUMBER" && number(value).is_none())
        || (family == "DATE" && date(value).is_none())
    {
        return false;
    }
    let Some(attributes) = &scan.attributes else {
        *missing = true;
        return false;
    };
    let attribute = attributes.get(key);
    let own = attribute.map_or("", |attribute| attribute.value.as_str());
    let kind = attribute.map(|attribute| attribute.kind);
    match family {
        "NUMBER" => {
            let (Some(own), Some(value), Some(AttributeType::Number)) = (number(own), number(value), kind)
            else {
                return false;
            };
            match operator.as_str() {
                "NUMBER_EQUALS" => own == value,
                "NUMBER_NOT_EQUALS" => own != value,
                "NUMBER_GREATER_THAN" => own > value,
                "NUMBER_LESS_THAN" => own < value,
                "NUMBER_GREATER_OR_EQUAL" => own >= value,
                _ => own <= value,
            }
        }
        "DATE" => {
            let (Some(own), Some(value), Some(AttributeType::Date)) = (date(own), date(value), kind) else {
                return false;
            };
            let order = match (own.1, value.1) {
                (Some(own), Some(value)) => own.cmp(&value),
                _ => own.0.cmp(&value.0),
            };
            match operator.as_str() {
                "DATE_EQUALS" => order.is_eq(),
                "DATE_BEFORE" => order.is_lt(),
                "DATE_AFTER" => order.is_gt(),
                "DATE_BEFORE_OR_EQUAL" => order.is_le(),
                _ => order.is_ge(),
            }
        }
        _ => match operator.as_str() {
            "STRING_EQUALS" => own == value,
            "STRING_NOT_EQUALS" => own != value,
            "STRING_CONTAINS" => own.contains(value),
            "STRING_NOT_CONTAINS" => !own.contains(value),
            "STRING_STARTS_WITH" => own.starts_with(value),
            "STRING_ENDS_WITH" => own.ends_with(value),
            "STRING_IS_EMPTY" => own.is_empty(),
            "STRING_IS_NOT_EMPTY" => !own.is_empty(),
            "BOOLEAN_IS_TRUE" => kind == Some(AttributeType::Boolean) && own == "true",
            "BOOLEAN_IS_FALSE" => !(kind == Some(AttributeType::Boolean) && own == "true"),
            "EXISTS" => attribute.is_some(),
            "NOT_EXISTS" => attribute.is_none(),
            other => panic!("{other} is no operator"),
        },
    }
}
