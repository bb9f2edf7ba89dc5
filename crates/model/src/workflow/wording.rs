//! Workflows in words: what a step is called, and what an option asks for.

use super::attribute::Operator;
use super::draft::StepDraft;
use super::payload::{DateOption, DeviceCondition, Fact, Payload, RuleTest, Sticky, TimeRange, WireWord};

/// What people call a step: `the form "Sign up"`.
pub fn step_name(step: &StepDraft) -> String {
    let titled = |what: &str, title: &str| match title.trim() {
        "" => format!("the {what}"),
        title => format!("the {what} \"{title}\""),
    };
    match &step.payload {
        Payload::LinkVisit(_) => "the entry".to_owned(),
        Payload::ClientRedirect(redirect) => titled("redirect", &redirect.destination),
        Payload::Password(page) => titled("password page", &page.title),
        Payload::Form(form) => titled("form", &form.form_title),
        Payload::Vcard(card) => titled("contact card", &format!("{} {}", card.first_name, card.last_name)),
        Payload::MultiLink(page) => titled("page of buttons", &page.title),
        Payload::SocialLinks(page) => titled("page of social links", &page.title),
        Payload::MessagePage(page) => titled("message", &page.title),
        Payload::ThankYouPage(page) => titled("thank-you page", &page.title),
        Payload::OpenMedia(_) => "the file".to_owned(),
        Payload::VisitTypeCondition(_) => "the fork by visit".to_owned(),
        Payload::CountryCondition(_) => "the fork by country".to_owned(),
        Payload::DayOfWeekCondition(_) => "the fork by weekday".to_owned(),
        Payload::TimeOfDayCondition(_) => "the fork by time of day".to_owned(),
        Payload::DayOfMonthCondition(_) => "the fork by day of the month".to_owned(),
        Payload::SpecificDateCondition(_) => "the fork by date".to_owned(),
        Payload::DeviceTypeCondition(_) => "the fork by device".to_owned(),
        Payload::DevicePlatformCondition(_) => "the fork by system".to_owned(),
        Payload::DeviceBrowserCondition(_) => "the fork by browser".to_owned(),
        Payload::DeviceBrandCondition(_) => "the fork by maker".to_owned(),
        Payload::DeviceActorCondition(_) => "the fork by person or program".to_owned(),
        Payload::VisitorDataCondition(_) => "the fork by visitor data".to_owned(),
        Payload::XRulesCondition(_) => "the fork by rules".to_owned(),
        Payload::XSplit(_) => "the split".to_owned(),
    }
}

/// What an option of a condition asks for: a phrase for each of its tests.
pub fn option_words(payload: &Payload, index: usize) -> Vec<String> {
    fn device<V: WireWord>(condition: &DeviceCondition<V>, index: usize, what: &str) -> Option<String> {
        Some(format!("{what} {}", condition.options.get(index)?.value.name()))
    }
    if let Payload::XRulesCondition(condition) = payload {
        return condition
            .options
            .get(index)
            .map_or(Vec::new(), |rule| rule.tests.iter().map(test_words).collect());
    }
    let words = match payload {
        Payload::VisitTypeCondition(condition) => {
            condition.options.get(index).map(|option| format!("the visit is: {}", option.value.name()))
        }
        Payload::CountryCondition(condition) => {
            condition.countries.get(index).map(|option| format!("the country is {}", option.country_code))
        }
        Payload::DayOfWeekCondition(condition) => {
            condition.options.get(index).map(|option| format!("it is {}", weekdays(&option.days_of_week)))
        }
        Payload::TimeOfDayCondition(condition) => condition.ranges.get(index).map(range),
        Payload::DayOfMonthCondition(condition) => {
            condition.options.get(index).map(|option| match option.day_of_month {
                -1 => "it is the last day of the month".to_owned(),
                day => format!("it is day {day} of the month"),
            })
        }
        Payload::SpecificDateCondition(condition) => condition.options.get(index).map(date),
        Payload::DeviceTypeCondition(condition) => device(condition, index, "the device is a"),
        Payload::DevicePlatformCondition(condition) => device(condition, index, "the system is"),
        Payload::DeviceBrowserCondition(condition) => device(condition, index, "the browser is"),
        Payload::DeviceBrandCondition(condition) => device(condition, index, "the maker is"),
        Payload::DeviceActorCondition(condition) => device(condition, index, "the visitor is:"),
        Payload::VisitorDataCondition(condition) => {
            let words = |o: &super::payload::VisitorDataOption| {
                attribute(&o.attribute_key, &o.operator, &o.comparison_value)
            };
            condition.options.get(index).map(words)
        }
        Payload::XSplit(split) => split.options.get(index).map(|option| {
            let sum: i32 = split.options.iter().map(|option| option.weight.clamp(0, 1000)).sum();
            let of = if split.sticky == Sticky::Visitor { "visitors" } else { "scans" };
            format!("{} of {sum} {of}", option.weight)
        }),
        _ => None,
    };
    words.into_iter().collect()
}

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn weekdays(days: &[i32]) -> String {
    let name = |day: &i32| {
        usize::try_from(*day).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or("no weekday")
    };
    days.iter().map(name).collect::<Vec<_>>().join(" or ")
}

fn range(range: &TimeRange) -> String {
    format!("it is {} to {}", range.start_time, range.end_time)
}

fn date(option: &DateOption) -> String {
    let month =
        usize::try_from(option.month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"no month");
    match option.year {
        Some(year) => format!("it is {} {month} {year}", option.day),
        None => format!("it is {} {month} of any year", option.day),
    }
}

fn attribute(key: &str, operator: &str, value: &str) -> String {
    match Operator::read(operator) {
        Some(read) if read.takes_value() => format!("{key} {} {value}", read.phrase()),
        Some(read) => format!("{key} {}", read.phrase()),
        None => format!("{key} {operator} {value}"),
    }
}

/// What a test of a rule asks for.
pub fn test_words(test: &RuleTest) -> String {
    let subject = match test.fact {
        Fact::Unspecified => "nothing".to_owned(),
        Fact::Country => "the country".to_owned(),
        Fact::Region => "the region".to_owned(),
        Fact::City => "the city".to_owned(),
        Fact::Radius => "the place".to_owned(),
        Fact::Language => "the language".to_owned(),
        Fact::DeviceType => "the device".to_owned(),
        Fact::Platform => "the system".to_owned(),
        Fact::Browser => "the browser".to_owned(),
        Fact::Brand => "the maker".to_owned(),
        Fact::Actor => "the visitor".to_owned(),
        Fact::VisitType => "the visit".to_owned(),
        Fact::NthScan => "the number of the scan".to_owned(),
        Fact::Weekday | Fact::TimeOfDay | Fact::DateRange => "it".to_owned(),
        Fact::DayOfMonth => "the day of the month".to_owned(),
        Fact::Referrer => "the referrer".to_owned(),
        Fact::UtmSource => "utm_source".to_owned(),
        Fact::UtmMedium => "utm_medium".to_owned(),
        Fact::UtmCampaign => "utm_campaign".to_owned(),
        Fact::UtmTerm => "utm_term".to_owned(),
        Fact::UtmContent => "utm_content".to_owned(),
        Fact::Parameter => format!("the parameter {}", test.name),
        Fact::Network => "the network".to_owned(),
        Fact::Placement => "the placement".to_owned(),
        Fact::Tag => "a tag of the link".to_owned(),
        Fact::Attribute => return attribute(&test.key, &test.operator, &test.value),
    };
    let operator = test.operator.trim().to_ascii_uppercase();
    let not = if operator == "IS_NOT" { " not" } else { "" };
    let values = if test.values.is_empty() { test.value.clone() } else { test.values.join(" or ") };
    match test.fact {
        Fact::Radius => {
            let number = |number: Option<f64>| number.map_or("?".to_owned(), |number| number.to_string());
            return format!(
                "{subject} is{not} within {} km of {}, {}",
                number(test.radius_km),
                number(test.latitude),
                number(test.longitude)
            );
        }
        Fact::Weekday => {
            let numbers: Vec<i32> = values.split(" or ").filter_map(|day| day.trim().parse().ok()).collect();
            return format!("{subject} is{not} {}", weekdays(&numbers));
        }
        Fact::TimeOfDay => return format!("{subject} is{not} {} to {}", test.from, test.to),
        Fact::DateRange => {
            return match (test.from.as_str(), test.to.as_str()) {
                (from, "") => format!("{subject} is{not} {from} or later"),
                ("", to) => format!("{subject} is{not} {to} or earlier"),
                (from, to) => format!("{subject} is{not} {from} to {to}"),
            };
        }
        _ => {}
    }
    match operator.as_str() {
        "IS_NOT" => format!("{subject} is not {values}"),
        "CONTAINS" => format!("{subject} contains {values}"),
        "NOT_CONTAINS" => format!("{subject} does not contain {values}"),
        "STARTS_WITH" => format!("{subject} starts with {values}"),
        "AT_LEAST" => format!("{subject} is at least {}", test.value),
        "AT_MOST" => format!("{subject} is at most {}", test.value),
        "BETWEEN" => format!("{subject} is {} to {}", test.from, test.to),
        _ if values.is_empty() && !test.from.is_empty() => {
            format!("{subject} is {} to {}", test.from, test.to)
        }
        _ => format!("{subject} is {values}"),
    }
}
