//! What a filter's values can be: words of closed lists, codes of countries, ids and numbers. What no scan can have is
//! refused, so that a mistyped value is not answered with zeros.

use super::{Word, label};
use crate::error::{ApiError, ApiResult};
use model::report::{By, ClockPart, Dimension, Test, Value};
use model::scan::{Action, AddressClass, DeviceType, Identity, Method, Outcome, Verdict, VisitType};
use uuid::Uuid;

/// Codes of countries (ISO 3166-1, and what the geo files have besides) with their English names as the dashboard shows
/// them: `Intl.DisplayNames` of CLDR.
const COUNTRIES: &str = include_str!("countries.txt");

/// Whether a dimension's values are known beforehand, so that a part of what is shown stands for some of them.
pub fn is_listed(word: &Word) -> bool {
    matches!(word, Word::Row(Dimension::Country) | Word::Clock(_)) || !closed(word).is_empty()
}

/// The values that one value of a filter stands for: itself as scans hold it, or where a part of it is asked for, all
/// whose name or code has that part.
pub fn meant(field: &str, word: &Word, test: Test, value: &str) -> ApiResult<Vec<String>> {
    if value.is_empty() {
        return Ok(vec![String::new()]);
    }
    let known = known(word);
    let is_part = matches!(test, Test::Contains | Test::ContainsNot);
    if is_part && is_listed(word) {
        let part = value.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&part);
        let found: Vec<String> = known
            .iter()
            .filter(|(code, name)| has(code) || has(name))
            .map(|(code, _)| code.clone())
            .collect();
        if found.is_empty() {
            return Err(ApiError::field(
                field,
                format!("no {} has \"{value}\" in it; {}", what(word), wanted(word)),
            ));
        }
        return Ok(found);
    }
    if is_part {
        return Ok(vec![value.to_owned()]);
    }
    let is = |text: &String| text.to_lowercase() == value.to_lowercase();
    let found = match known.iter().find(|(code, name)| is(code) || is(name)) {
        Some((code, _)) => Some(code.clone()),
        None => of_its_shape(word, value),
    };
    let refused = || ApiError::field(field, format!("\"{value}\" is no {}; {}", what(word), wanted(word)));
    found.map(|value| vec![value]).ok_or_else(refused)
}

/// A value that is not known beforehand, as scans would hold it; nothing if none can have it.
fn of_its_shape(word: &Word, value: &str) -> Option<String> {
    match word {
        Word::Row(Dimension::Link | Dimension::Campaign) => {
            Uuid::parse_str(value).ok().map(|id| id.to_string())
        }
        Word::Row(Dimension::Asn) => {
            let digits = value.strip_prefix("AS").or_else(|| value.strip_prefix("as")).unwrap_or(value);
            digits.parse::<u32>().ok().map(|number| number.to_string())
        }
        Word::Row(Dimension::Status | Dimension::WorkflowVersion) => {
            value.parse::<u32>().ok().map(|number| number.to_string())
        }
        Word::Row(Dimension::Country) => (value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic()))
            .then(|| value.to_ascii_uppercase()),
        word if is_listed(word) => None,
        _ => Some(value.to_owned()),
    }
}

/// Codes and names of all values, where they are known beforehand.
fn known(word: &Word) -> Vec<(String, String)> {
    match word {
        Word::Row(Dimension::Country) => {
            let both = COUNTRIES.lines().filter_map(|line| line.split_once(' '));
            both.map(|(code, name)| (code.to_owned(), name.to_owned())).collect()
        }
        Word::Row(dimension) => {
            let by = By::Dimension(*dimension);
            let named = |code: &&str| label(&by, &Value { label: (*code).to_owned(), within: String::new() });
            closed(word).iter().map(|code| ((*code).to_owned(), named(code))).collect()
        }
        Word::Clock(part) => {
            part.labels().into_iter().map(|code| (code.clone(), super::on_the_clock(*part, &code))).collect()
        }
        Word::Parameter(_) | Word::Tag | Word::Directory => vec![],
    }
}

/// Words of a closed list.
fn closed(word: &Word) -> Vec<&'static str> {
    let Word::Row(dimension) = word else { return vec![] };
    match dimension {
        Dimension::DeviceType => DeviceType::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::VisitType => VisitType::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::Verdict => Verdict::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::Outcome => Outcome::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::Action => Action::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::Method => Method::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::AddressClass => AddressClass::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::Identity => Identity::ALL.iter().map(|word| word.as_str()).collect(),
        Dimension::SharedNetwork => vec!["yes", "no"],
        Dimension::PrivacySignal => vec!["gpc", "dnt"],
        _ => vec![],
    }
}

fn what(word: &Word) -> &'static str {
    match word {
        Word::Row(Dimension::Link) => "id of a link",
        Word::Row(Dimension::Campaign) => "id of a campaign",
        Word::Row(dimension) => dimension.as_str(),
        Word::Clock(ClockPart::Hour) => "hour",
        Word::Clock(ClockPart::Weekday) => "weekday",
        Word::Clock(ClockPart::WeekHour) => "hour of the week",
        Word::Parameter(_) | Word::Tag | Word::Directory => "value",
    }
}

/// What can be sent instead.
fn wanted(word: &Word) -> String {
    match word {
        Word::Row(Dimension::Country) => {
            "send a code of two letters, such as DE, or the English name".to_owned()
        }
        Word::Row(Dimension::Link | Dimension::Campaign) => "send a UUID".to_owned(),
        Word::Row(Dimension::Asn | Dimension::Status | Dimension::WorkflowVersion) => {
            "send a number".to_owned()
        }
        Word::Clock(ClockPart::Hour) => "there are 0 to 23".to_owned(),
        Word::Clock(ClockPart::Weekday) => "there are 1 (Monday) to 7 (Sunday)".to_owned(),
        Word::Clock(ClockPart::WeekHour) => "there are \"1 0\" (Monday 00:00) to \"7 23\"".to_owned(),
        word => format!("there are {}", closed(word).join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &Word, test: Test, value: &str) -> Result<Vec<String>, String> {
        meant("/x", word, test, value).map_err(|error| error.detail().unwrap().message.clone())
    }

    #[test]
    fn what_no_scan_can_have_is_refused_with_what_there_is() {
        let row = Word::Row;
        let refused = |word: Word, value: &str| read(&word, Test::Is, value).unwrap_err();
        assert_eq!(
            refused(row(Dimension::Verdict), "robot"),
            "\"robot\" is no verdict; there are human, bot, agent, preview, prefetch, monitor, internal"
        );
        assert!(refused(row(Dimension::DeviceType), "phone").contains("mobile"));
        assert!(refused(row(Dimension::Country), "D").contains("two letters"));
        assert_eq!(refused(row(Dimension::Link), "summer"), "\"summer\" is no id of a link; send a UUID");
        assert!(refused(row(Dimension::Status), "ok").contains("number"));
        assert!(refused(Word::Clock(ClockPart::Weekday), "8").contains("7 (Sunday)"));
    }

    #[test]
    fn codes_are_found_by_their_names_and_in_any_letters() {
        for (word, test, value, found) in [
            (Word::Row(Dimension::Country), Test::Is, "de", &["DE"][..]),
            (Word::Row(Dimension::Country), Test::Is, "Germany", &["DE"]),
            (Word::Row(Dimension::Country), Test::Is, "QQ", &["QQ"]),
            (Word::Row(Dimension::Country), Test::Contains, "german", &["DE"]),
            (Word::Row(Dimension::Country), Test::ContainsNot, "Korea", &["KP", "KR"]),
            (Word::Row(Dimension::DeviceType), Test::Contains, "DEVICE_TYPE_MOB", &["mobile"]),
            (Word::Row(Dimension::DeviceType), Test::IsNot, "", &[""]),
            (Word::Row(Dimension::Asn), Test::Is, "AS3320", &["3320"]),
            (Word::Clock(ClockPart::Weekday), Test::Is, "sunday", &["7"]),
            (Word::Clock(ClockPart::Hour), Test::Is, "09:00", &["9"]),
            (Word::Row(Dimension::City), Test::Contains, "dorf", &["dorf"]),
            (Word::Tag, Test::Is, "no such tag", &["no such tag"]),
        ] {
            assert_eq!(read(&word, test, value).unwrap(), found, "{word:?} {value}");
        }
        let link = "0197A3C0-0000-7000-8000-000000000001";
        assert_eq!(read(&Word::Row(Dimension::Link), Test::Is, link).unwrap(), [link.to_lowercase()]);
        assert!(read(&Word::Row(Dimension::Country), Test::Contains, "atlantis").is_err());
    }
}
