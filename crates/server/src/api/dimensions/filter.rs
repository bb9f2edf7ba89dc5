//! Filters, as texts such as `country:DE` and as objects.

use super::asked::{Sources, Word, word};
use super::{NONE, UNKNOWN, enum_prefix, values};
use crate::error::{ApiError, ApiResult};
use model::report::{By, Dimension, Filter, Test};
use std::borrow::Cow;

/// Filters of a question at most.
const MAX_FILTERS: usize = 50;
/// Values of a filter at most.
const MAX_VALUES: usize = 1000;

/// A filter that is not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    word: Word,
    test: Test,
    values: Vec<String>,
}

impl Tested {
    /// Whether it looks at the clock on the wall.
    pub fn is_of_the_clock(&self) -> bool {
        matches!(self.word, Word::Clock(_))
    }

    /// What the store is asked.
    pub async fn resolve(self, sources: &mut Sources<'_>) -> ApiResult<Filter> {
        let is_part = matches!(self.test, Test::Contains | Test::ContainsNot);
        let by: By = match self.word {
            // A part of a link is a part of its name.
            Word::Row(Dimension::Link) if is_part => sources.names_of_links().await?,
            _ => self.word.resolve(sources).await?,
        };
        let test = match self.test {
            Test::Contains if values::is_listed(&self.word) => Test::Is,
            Test::ContainsNot if values::is_listed(&self.word) => Test::IsNot,
            test => test,
        };
        Ok(Filter { by, test, values: self.values })
    }
}

/// Filters of texts: `country:DE` is, `country!:DE` is not, `city~:dorf` contains, `city!~:dorf` contains not. Those of
/// one dimension and test are alternatives. `field` names the text with a number in errors.
pub fn of_texts<'t>(
    field: impl Fn(usize) -> String,
    texts: impl Iterator<Item = &'t str>,
) -> ApiResult<Vec<Tested>> {
    let mut filters: Vec<Tested> = Vec::new();
    for (number, text) in texts.enumerate() {
        let field = field(number);
        let (asked, test, value) = split(text).map_err(|message| ApiError::field(&field, message))?;
        let word = word(&field, &asked)?;
        let meant = values::meant(&field, &word, test, &plain(&word, value))?;
        match filters.iter_mut().find(|filter| filter.word == word && filter.test == test) {
            Some(filter) => filter.values.extend(meant),
            None => filters.push(Tested { word, test, values: meant }),
        }
        too_many(&field, &filters)?;
    }
    Ok(filters)
}

/// Dimension, test and value. A parameter's name stands between two colons, and the test before either of them; with one
/// colon the name is the value: what has this parameter.
fn split(text: &str) -> Result<(Cow<'_, str>, Test, &str), String> {
    let (head, value) = text.split_once(':').ok_or_else(|| {
        format!("\"{text}\" is not a filter such as country:DE (nothing behind the colon: unknown)")
    })?;
    let (dimension, test) = sign(head);
    let (true, Some((name, value))) = (dimension == "parameter", value.split_once(':')) else {
        return Ok((dimension.into(), test, value));
    };
    let (name, of_name) = sign(name);
    let test = match (test, of_name) {
        (Test::Is, test) | (test, Test::Is) => test,
        _ => return Err(format!("\"{text}\" says twice how to test; say it once, as in parameter:table!:7")),
    };
    Ok((format!("parameter:{name}").into(), test, value))
}

/// What stands before a colon, and the test that it ends with.
fn sign(head: &str) -> (&str, Test) {
    let tests = [("!~", Test::ContainsNot), ("~", Test::Contains), ("!", Test::IsNot)];
    let found = tests.into_iter().find_map(|(sign, test)| Some((head.strip_suffix(sign)?, test)));
    found.unwrap_or((head, Test::Is))
}

/// A filter of its parts.
pub fn tested(field: &str, asked: &str, operator: Option<&str>, values: &[String]) -> ApiResult<Tested> {
    let word = word(&format!("{field}/dimension"), asked)?;
    let test = match operator {
        None | Some("in") => Test::Is,
        Some(operator) => Test::from_word(operator).ok_or_else(|| {
            let message = format!(
                "\"{operator}\" is not an operator; there are is, is_not, in, contains, contains_not"
            );
            ApiError::field(format!("{field}/operator"), message)
        })?,
    };
    if values.is_empty() {
        let message = "is required: one value at least (the empty text stands for unknown)";
        return Err(ApiError::field(format!("{field}/values"), message));
    }
    let mut filter = Tested { word, test, values: vec![] };
    for (number, value) in values.iter().enumerate() {
        let field = format!("{field}/values/{number}");
        filter.values.extend(values::meant(&field, &filter.word, test, &plain(&filter.word, value))?);
    }
    too_many(&format!("{field}/values"), std::slice::from_ref(&filter))?;
    Ok(filter)
}

fn too_many(field: &str, filters: &[Tested]) -> ApiResult<()> {
    if filters.len() > MAX_FILTERS || filters.iter().any(|filter| filter.values.len() > MAX_VALUES) {
        return Err(ApiError::field(field, "a question has 50 filters of 1000 values each at most"));
    }
    Ok(())
}

/// A value as scans hold it: `DEVICE_TYPE_MOBILE` is `mobile`, `(unknown)` is empty.
fn plain(word: &Word, value: &str) -> String {
    if value == UNKNOWN || value == NONE {
        return String::new();
    }
    let Word::Row(by) = word else { return value.to_owned() };
    let bare = enum_prefix(*by).and_then(|prefix| value.strip_prefix(prefix)?.strip_prefix('_'));
    bare.map_or_else(|| value.to_owned(), str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> ApiResult<Vec<Tested>> {
        of_texts(|number| format!("/xFilters/{number}"), texts.iter().copied())
    }

    fn filter(word: Word, test: Test, values: &[&str]) -> Tested {
        Tested { word, test, values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[test]
    fn filters_of_one_dimension_and_test_are_alternatives() {
        let texts = [
            "country:DE",
            "device_type:DEVICE_TYPE_MOBILE",
            "country:FR",
            "referrer:",
            "city!~:dorf",
            "tag!:summer",
            "parameter:table~:7",
        ];
        let row = |dimension, test, values: &[&str]| filter(Word::Row(dimension), test, values);
        let expected = [
            row(Dimension::Country, Test::Is, &["DE", "FR"]),
            row(Dimension::DeviceType, Test::Is, &["mobile"]),
            row(Dimension::Referrer, Test::Is, &[""]),
            row(Dimension::City, Test::ContainsNot, &["dorf"]),
            filter(Word::Tag, Test::IsNot, &["summer"]),
            filter(Word::Parameter("table".to_owned()), Test::Contains, &["7"]),
        ];
        assert_eq!(read(&texts).unwrap(), expected);
    }

    #[test]
    fn a_value_may_hold_colons_and_be_unknown() {
        assert_eq!(read(&["network:A: B"]).unwrap()[0].values, ["A: B"]);
        assert_eq!(read(&["city:(unknown)"]).unwrap()[0].values, [""]);
        assert!(read(&["country"]).is_err() && read(&["planet:Mars"]).is_err());
        let having = filter(Word::Row(Dimension::Parameter), Test::Is, &["x"]);
        assert_eq!(read(&["parameter:x"]).unwrap(), [having]);
        assert_eq!(read(&["parameter!~:x"]).unwrap()[0].test, Test::ContainsNot);
    }

    #[test]
    fn the_test_of_a_parameters_value_may_stand_before_either_colon() {
        let table = |test| filter(Word::Parameter("table".to_owned()), test, &["7"]);
        for (sign, test) in [("!", Test::IsNot), ("~", Test::Contains), ("!~", Test::ContainsNot)] {
            assert_eq!(read(&[&format!("parameter{sign}:table:7")]).unwrap(), [table(test)]);
            assert_eq!(read(&[&format!("parameter:table{sign}:7")]).unwrap(), [table(test)]);
        }
        assert_eq!(read(&["parameter:table:a:b"]).unwrap()[0].values, ["a:b"]);
        for text in ["parameter!:table~:7", "parameter::7", "parameter!::7"] {
            assert!(read(&[text]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_filter_of_its_parts_says_what_is_wrong() {
        let values = ["DE".to_owned()];
        assert!(tested("/filters/0", "country", Some("in"), &values).is_ok());
        assert!(tested("/filters/0", "country", Some("like"), &values).is_err());
        assert!(tested("/filters/0", "country", None, &[]).is_err());
    }
}
