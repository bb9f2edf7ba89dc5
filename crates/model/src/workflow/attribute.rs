//! Attributes of a visitor: values that remember the type they were captured as, and the operators that compare them
//! (dossier 7.1, 7.3). A filter of the visitors' list and a condition of a workflow agree, for both are this.

use super::draft::AttributeType;
use crate::time::Millis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A visitor's attributes by key, the reserved ones (`$email`) among them.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// The value of an attribute. Its type is what it was captured as, not what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeValue {
    /// What it was captured as.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// The value itself, as text.
    pub value: String,
}

impl AttributeValue {
    /// A value of a type; one not said is text.
    pub fn new(kind: AttributeType, value: impl Into<String>) -> Self {
        let kind = if kind == AttributeType::Unspecified { AttributeType::String } else { kind };
        Self { kind, value: value.into() }
    }

    /// A text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::new(AttributeType::String, value)
    }

    /// Its number, if it was captured as one and is one.
    pub fn number(&self) -> Option<f64> {
        (self.kind == AttributeType::Number).then(|| number(&self.value))?
    }

    /// Whether it is true, if it was captured as true or false.
    pub fn boolean(&self) -> Option<bool> {
        match (self.kind, self.value.as_str()) {
            (AttributeType::Boolean, "true") => Some(true),
            (AttributeType::Boolean, "false") => Some(false),
            _ => None,
        }
    }

    /// Its day or instant, if it was captured as one and is one.
    pub fn date(&self) -> Option<DateValue> {
        (self.kind == AttributeType::Date).then(|| DateValue::read(&self.value))?
    }
}

/// A finite number.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A day, `2026-03-29`, or an instant in RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateValue {
    /// A calendar day.
    Day(Date),
    /// An instant.
    Instant(Millis),
}

impl DateValue {
    /// Reads either.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() == 10 {
            return text.parse().ok().map(Self::Day);
        }
        text.parse::<jiff::Timestamp>().ok().map(|timestamp| Self::Instant(timestamp.into()))
    }

    /// The day it falls on, in UTC.
    pub fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(at) => TimeZone::UTC.to_datetime(at.timestamp()).date(),
        }
    }

    /// Two instants compare as such; where one of them is a day, their days do.
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Instant(a), Self::Instant(b)) => a.cmp(&b),
            _ => self.day().cmp(&other.day()),
        }
    }
}

words! {
    /// How an attribute is compared.
    Operator {
        /// The text is the same.
        StringEquals = "STRING_EQUALS",
        /// The text is another.
        StringNotEquals = "STRING_NOT_EQUALS",
        /// The text has the value in it.
        StringContains = "STRING_CONTAINS",
        /// The text has not the value in it.
        StringNotContains = "STRING_NOT_CONTAINS",
        /// The text begins with the value.
        StringStartsWith = "STRING_STARTS_WITH",
        /// The text ends with the value.
        StringEndsWith = "STRING_ENDS_WITH",
        /// There is no text.
        StringIsEmpty = "STRING_IS_EMPTY",
        /// There is a text.
        StringIsNotEmpty = "STRING_IS_NOT_EMPTY",
        /// The number is the same.
        NumberEquals = "NUMBER_EQUALS",
        /// The number is another.
        NumberNotEquals = "NUMBER_NOT_EQUALS",
        /// The number is greater.
        NumberGreaterThan = "NUMBER_GREATER_THAN",
        /// The number is smaller.
        NumberLessThan = "NUMBER_LESS_THAN",
        /// The number is the same or greater.
        NumberGreaterOrEqual = "NUMBER_GREATER_OR_EQUAL",
        /// The number is the same or smaller.
        NumberLessOrEqual = "NUMBER_LESS_OR_EQUAL",
        /// The date is the same.
        DateEquals = "DATE_EQUALS",
        /// The date is earlier.
        DateBefore = "DATE_BEFORE",
        /// The date is later.
        DateAfter = "DATE_AFTER",
        /// The date is the same or earlier.
        DateBeforeOrEqual = "DATE_BEFORE_OR_EQUAL",
        /// The date is the same or later.
        DateAfterOrEqual = "DATE_AFTER_OR_EQUAL",
        /// It is true.
        BooleanIsTrue = "BOOLEAN_IS_TRUE",
        /// It is not true, or not there.
        BooleanIsFalse = "BOOLEAN_IS_FALSE",
        /// It is there.
        Exists = "EXISTS",
        /// It is not there.
        NotExists = "NOT_EXISTS",
    }
}

/// The wire's prefix of an operator in filters.
const PREFIX: &str = "VISITOR_ATTRIBUTE_FILTER_OPERATOR_";

impl Operator {
    /// Reads an operator in any of its spellings: `STRING_EQUALS`, `string_equals`, with the filters' prefix.
    pub fn read(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        Self::from_word(upper.strip_prefix(PREFIX).unwrap_or(&upper))
    }

    /// As people say it: `plan {contains} pro`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::StringEquals | Self::NumberEquals => "is",
            Self::StringNotEquals | Self::NumberNotEquals => "is not",
            Self::StringContains => "contains",
            Self::StringNotContains => "does not contain",
            Self::StringStartsWith => "starts with",
            Self::StringEndsWith => "ends with",
            Self::StringIsEmpty => "is empty",
            Self::StringIsNotEmpty => "is not empty",
            Self::NumberGreaterThan => "is greater than",
            Self::NumberLessThan => "is less than",
            Self::NumberGreaterOrEqual => "is at least",
            Self::NumberLessOrEqual => "is at most",
            Self::DateEquals => "is on",
            Self::DateBefore => "is before",
            Self::DateAfter => "is after",
            Self::DateBeforeOrEqual => "is on or before",
            Self::DateAfterOrEqual => "is on or after",
            Self::BooleanIsTrue => "is true",
            Self::BooleanIsFalse => "is not true",
            Self::Exists => "is known",
            Self::NotExists => "is not known",
        }
    }

    /// Whether it compares with a value.
    pub const fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::StringIsEmpty
                | Self::StringIsNotEmpty
                | Self::BooleanIsTrue
                | Self::BooleanIsFalse
                | Self::Exists
                | Self::NotExists
        )
    }

    const fn is_about_numbers(self) -> bool {
        matches!(
            self,
            Self::NumberEquals
                | Self::NumberNotEquals
                | Self::NumberGreaterThan
                | Self::NumberLessThan
                | Self::NumberGreaterOrEqual
                | Self::NumberLessOrEqual
        )
    }

    const fn is_about_dates(self) -> bool {
        matches!(
            self,
            Self::DateEquals
                | Self::DateBefore
                | Self::DateAfter
                | Self::DateBeforeOrEqual
                | Self::DateAfterOrEqual
        )
    }

    /// Whether attributes of this key can be compared so: reserved ones are text.
    pub fn suits(self, key: &str) -> bool {
        let is_text = !self.is_about_numbers()
            && !self.is_about_dates()
            && !matches!(self, Self::BooleanIsTrue | Self::BooleanIsFalse);
        is_text || !key.starts_with('$')
    }
}

/// A comparison, ready to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    operator: Operator,
    with: With,
}

/// What an attribute is compared with.
#[derive(Clone, Debug, PartialEq)]
enum With {
    Nothing,
    Text(Box<str>),
    Number(f64),
    Date(DateValue),
}

/// Why two things cannot be compared. The sentences are shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// No such operator.
    #[error(
        "\"{0}\" is no operator; write one such as STRING_EQUALS, NUMBER_GREATER_THAN, DATE_BEFORE, EXISTS"
    )]
    Operator(String),
    /// Not a number.
    #[error("\"{0}\" is not a number; write one such as 3 or 3.5")]
    Number(String),
    /// Not a date.
    #[error("\"{0}\" is not a date; write 2026-03-29 or 2026-03-29T10:00:00Z")]
    Date(String),
    /// A reserved attribute is text.
    #[error("{0} is text; compare it with a STRING_ operator, EXISTS or NOT_EXISTS")]
    Reserved(String),
}

impl Comparison {
    /// A comparison of the attribute `key` with `value`.
    pub fn new(key: &str, operator: &str, value: &str) -> Result<Self, ComparisonError> {
        let read = Operator::read(operator).ok_or_else(|| ComparisonError::Operator(operator.to_owned()))?;
        if !read.suits(key) {
            return Err(ComparisonError::Reserved(key.to_owned()));
        }
        let with = if !read.takes_value() {
            With::Nothing
        } else if read.is_about_numbers() {
            With::Number(number(value).ok_or_else(|| ComparisonError::Number(value.to_owned()))?)
        } else if read.is_about_dates() {
            With::Date(DateValue::read(value).ok_or_else(|| ComparisonError::Date(value.to_owned()))?)
        } else {
            With::Text(value.into())
        };
        Ok(Self { operator: read, with })
    }

    /// How it compares.
    pub const fn operator(&self) -> Operator {
        self.operator
    }

    /// Whether it holds. An absent attribute reads as empty text; numbers and dates compare only with what was captured
    /// as such.
    pub fn holds(&self, attribute: Option<&AttributeValue>) -> bool {
        use Operator as O;
        let text = attribute.map_or("", |attribute| attribute.value.as_str());
        match (&self.with, self.operator) {
            (With::Text(value), operator) => match operator {
                O::StringEquals => text == &**value,
                O::StringNotEquals => text != &**value,
                O::StringContains => text.contains(&**value),
                O::StringNotContains => !text.contains(&**value),
                O::StringStartsWith => text.starts_with(&**value),
                O::StringEndsWith => text.ends_with(&**value),
                _ => false,
            },
            (With::Number(value), operator) => {
                let order = attribute.and_then(AttributeValue::number).and_then(|n| n.partial_cmp(value));
                order.is_some_and(|order| match operator {
                    O::NumberEquals => order.is_eq(),
                    O::NumberNotEquals => order.is_ne(),
                    O::NumberGreaterThan => order.is_gt(),
                    O::NumberLessThan => order.is_lt(),
                    O::NumberGreaterOrEqual => order.is_ge(),
                    O::NumberLessOrEqual => order.is_le(),
                    _ => false,
                })
            }
            (With::Date(value), operator) => {
                let order = attribute.and_then(AttributeValue::date).map(|date| date.compare(*value));
                order.is_some_and(|order| match operator {
                    O::DateEquals => order.is_eq(),
                    O::DateBefore => order.is_lt(),
                    O::DateAfter => order.is_gt(),
                    O::DateBeforeOrEqual => order.is_le(),
                    O::DateAfterOrEqual => order.is_ge(),
                    _ => false,
                })
            }
            (With::Nothing, operator) => {
                let is_true = attribute.and_then(AttributeValue::boolean) == Some(true);
                match operator {
                    O::StringIsEmpty => text.is_empty(),
                    O::StringIsNotEmpty => !text.is_empty(),
                    O::BooleanIsTrue => is_true,
                    O::BooleanIsFalse => !is_true,
                    O::Exists => attribute.is_some(),
                    O::NotExists => attribute.is_none(),
                    _ => false,
                }
            }
        }
    }
}

/// Attributes that are fields of the visitor.
pub const RESERVED: [&str; 4] = ["$email", "$phone", "$firstName", "$lastName"];

/// Characters in a key, at most.
pub const MAX_KEY: usize = 64;

/// Why a text cannot name an attribute. The sentences are shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing there.
    #[error("an attribute needs a key, such as company")]
    Empty,
    /// Beyond [`MAX_KEY`].
    #[error("the key \"{0}\" is too long; {MAX_KEY} characters at most")]
    TooLong(String),
    /// `$` belongs to the reserved ones.
    #[error(
        "\"{0}\" is reserved; keys with $ are $email, $phone, $firstName and $lastName, and only a form's answer can fill them"
    )]
    Reserved(String),
    /// Characters that keys do not have.
    #[error("the key \"{0}\" may hold letters, digits, _, - and . only")]
    Characters(String),
}

/// Whether a text can name an attribute of the owner's own.
pub fn check_custom_key(key: &str) -> Result<(), KeyError> {
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    if key.starts_with('$') {
        return Err(KeyError::Reserved(key.to_owned()));
    }
    if key.len() > MAX_KEY {
        return Err(KeyError::TooLong(key.to_owned()));
    }
    let is_fine = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if is_fine { Ok(()) } else { Err(KeyError::Characters(key.to_owned())) }
}

/// Whether a text can name an attribute, a reserved one included.
pub fn check_key(key: &str) -> Result<(), KeyError> {
    if RESERVED.contains(&key) { Ok(()) } else { check_custom_key(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, value: &str, attribute: Option<(AttributeType, &str)>) -> bool {
        let attribute = attribute.map(|(kind, value)| AttributeValue::new(kind, value));
        Comparison::new("k", operator, value).unwrap().holds(attribute.as_ref())
    }

    #[test]
    fn every_spelling_of_an_operator_is_read() {
        assert_eq!(Operator::ALL.len(), 23);
        for operator in Operator::ALL {
            let word = operator.as_str();
            for spelling in [word.to_owned(), word.to_lowercase(), format!("{PREFIX}{word}")] {
                assert_eq!(Operator::read(&spelling), Some(*operator));
            }
        }
        assert_eq!(Operator::read("VISITOR_ATTRIBUTE_FILTER_OPERATOR_UNSPECIFIED"), None);
    }

    #[test]
    fn texts_compare_case_for_case_and_absent_reads_as_empty() {
        let pro = Some((AttributeType::Enum, "Pro"));
        assert!(holds("STRING_EQUALS", "Pro", pro) && !holds("STRING_EQUALS", "pro", pro));
        assert!(holds("STRING_STARTS_WITH", "Pr", pro) && holds("STRING_ENDS_WITH", "ro", pro));
        assert!(holds("STRING_CONTAINS", "r", pro) && !holds("STRING_NOT_CONTAINS", "r", pro));
        for operator in
            ["STRING_NOT_EQUALS", "STRING_NOT_CONTAINS", "STRING_IS_EMPTY", "BOOLEAN_IS_FALSE", "NOT_EXISTS"]
        {
            assert!(holds(operator, "x", None), "{operator}");
        }
        for operator in ["STRING_EQUALS", "STRING_IS_NOT_EMPTY", "BOOLEAN_IS_TRUE", "EXISTS"] {
            assert!(!holds(operator, "x", None), "{operator}");
        }
        assert!(holds("EXISTS", "", Some((AttributeType::String, ""))));
    }

    #[test]
    fn numbers_dates_and_truths_compare_only_with_their_kind() {
        let ten = Some((AttributeType::Number, "10"));
        assert!(holds("NUMBER_EQUALS", "10.0", ten) && holds("NUMBER_GREATER_THAN", "9", ten));
        assert!(holds("NUMBER_LESS_OR_EQUAL", "10", ten) && !holds("NUMBER_NOT_EQUALS", "10", ten));
        assert!(!holds("NUMBER_EQUALS", "10", Some((AttributeType::String, "10"))));
        assert!(!holds("NUMBER_NOT_EQUALS", "10", None));
        let noon = Some((AttributeType::Date, "2026-03-29T12:00:00Z"));
        assert!(
            holds("DATE_EQUALS", "2026-03-29", noon) && holds("DATE_BEFORE", "2026-03-29T12:00:01Z", noon)
        );
        assert!(holds("DATE_AFTER_OR_EQUAL", "2026-03-29", noon) && !holds("DATE_AFTER", "2026-03-29", noon));
        assert!(holds("BOOLEAN_IS_TRUE", "", Some((AttributeType::Boolean, "true"))));
        assert!(holds("BOOLEAN_IS_FALSE", "", Some((AttributeType::String, "true"))));
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let refused =
            |key: &str, operator: &str, value: &str| Comparison::new(key, operator, value).unwrap_err();
        assert!(matches!(refused("k", "LIKE", "x"), ComparisonError::Operator(_)));
        assert!(matches!(refused("k", "NUMBER_EQUALS", "many"), ComparisonError::Number(_)));
        assert!(matches!(refused("k", "DATE_BEFORE", "soon"), ComparisonError::Date(_)));
        assert!(matches!(refused("$email", "NUMBER_EQUALS", "1"), ComparisonError::Reserved(_)));
        assert!(Comparison::new("$email", "exists", "").is_ok());
    }

    #[test]
    fn keys_are_plain_and_dollars_are_reserved() {
        assert!(check_key("company.size-2_b").is_ok() && check_key("$email").is_ok());
        assert_eq!(check_custom_key("$email"), Err(KeyError::Reserved("$email".into())));
        assert_eq!(check_key("$mail"), Err(KeyError::Reserved("$mail".into())));
        assert_eq!(check_key(""), Err(KeyError::Empty));
        assert!(matches!(check_key("größe"), Err(KeyError::Characters(_))));
        assert!(matches!(check_key(&"k".repeat(65)), Err(KeyError::TooLong(_))));
    }
}
