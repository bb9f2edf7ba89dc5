//! Dimensions and their values as the wire spells them.

use super::wire::enum_value;
use crate::error::{ApiError, ApiResult};
use model::report::{Dimension, Filter, Value};

/// Label of a value that is not known.
pub const UNKNOWN: &str = "(unknown)";

/// A dimension's word, in our spelling or as `GROUP_BY_DIMENSION_*`.
pub fn dimension(field: &str, word: &str) -> ApiResult<Dimension> {
    let plain =
        word.strip_prefix("GROUP_BY_DIMENSION_").unwrap_or(word).to_lowercase().replace([' ', '-'], "_");
    Dimension::from_word(&plain).ok_or_else(|| {
        let all: Vec<&str> = Dimension::ALL.iter().map(|dimension| dimension.as_str()).collect();
        ApiError::field(field, format!("\"{word}\" is not a dimension; there are {}", all.join(", ")))
    })
}

/// What people read.
pub fn label(by: Dimension, value: &Value) -> String {
    match enum_prefix(by) {
        _ if value.label.is_empty() => UNKNOWN.to_owned(),
        Some(prefix) => enum_value(prefix, &value.label),
        None => value.label.clone(),
    }
}

/// ISO code where there is one, else the value; empty for unknown.
pub fn code(by: Dimension, value: &Value) -> String {
    match by {
        Dimension::City | Dimension::Region => value.within.clone(),
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

/// Filters of texts such as `country:DE`: one filter a dimension, whose values are alternatives. `field` names the text
/// with a number in errors.
pub fn filters<'t>(
    field: impl Fn(usize) -> String,
    texts: impl Iterator<Item = &'t str>,
) -> ApiResult<Vec<Filter>> {
    let mut filters: Vec<Filter> = Vec::new();
    for (number, text) in texts.enumerate() {
        let (word, value) = text.split_once(':').ok_or_else(|| {
            let message =
                format!("\"{text}\" is not a filter such as country:DE (nothing behind the colon: unknown)");
            ApiError::field(field(number), message)
        })?;
        let by = dimension(&field(number), word)?;
        let value = plain(by, value);
        match filters.iter_mut().find(|filter| filter.dimension == by) {
            Some(filter) => filter.values.push(value),
            None => filters.push(Filter { dimension: by, values: vec![value] }),
        }
    }
    Ok(filters)
}

/// A value as scans hold it: `DEVICE_TYPE_MOBILE` is `mobile`, `(unknown)` is empty.
fn plain(by: Dimension, value: &str) -> String {
    if value == UNKNOWN {
        return String::new();
    }
    let bare = enum_prefix(by).and_then(|prefix| value.strip_prefix(prefix)?.strip_prefix('_'));
    bare.map_or_else(|| value.to_owned(), str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> ApiResult<Vec<Filter>> {
        filters(|number| format!("/xFilters/{number}"), texts.iter().copied())
    }

    #[test]
    fn filters_of_one_dimension_are_alternatives() {
        let read =
            read(&["country:DE", "device_type:DEVICE_TYPE_MOBILE", "country:FR", "referrer:"]).unwrap();
        let filter = |dimension, values: &[&str]| Filter {
            dimension,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let expected = [
            filter(Dimension::Country, &["DE", "FR"]),
            filter(Dimension::DeviceType, &["mobile"]),
            filter(Dimension::Referrer, &[""]),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_value_may_hold_colons_and_be_unknown() {
        assert_eq!(read(&["network:A: B"]).unwrap()[0].values, ["A: B"]);
        assert_eq!(read(&["city:(unknown)"]).unwrap()[0].values, [""]);
        assert!(read(&["country"]).is_err() && read(&["planet:Mars"]).is_err());
    }
}
