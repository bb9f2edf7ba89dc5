//! Values of an export, and the columns they stand in.

use model::Millis;
use serde_json::Value;

/// What a column's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; an id, a word, JSON.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// True or false.
    Flag,
    /// An instant.
    Time,
}

impl Kind {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Flag => "boolean",
            Self::Time => "time",
        }
    }
}

/// A value. Each column holds [`Cell::Nothing`] and the one variant of its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Not known, or not there.
    Nothing,
    /// See [`Kind::Text`].
    Text(String),
    /// See [`Kind::Integer`].
    Integer(i64),
    /// See [`Kind::Decimal`].
    Decimal(f64),
    /// See [`Kind::Flag`].
    Flag(bool),
    /// See [`Kind::Time`].
    Time(Millis),
}

/// One row.
pub type Row = Vec<Cell>;

impl Cell {
    /// A text; an empty one is not known.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }

    /// A value of the wire, in a column of a kind. What has parts of its own becomes JSON, a list of texts words.
    pub fn of_wire(value: Option<&Value>, kind: Kind) -> Self {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Self::Nothing };
        match kind {
            Kind::Text => match value {
                Value::String(text) => Self::text(text.as_str()),
                Value::Array(list) if list.iter().all(Value::is_string) => {
                    let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    Self::text(words.join(","))
                }
                Value::Object(fields) if fields.is_empty() => Self::Nothing,
                other => Self::Text(other.to_string()),
            },
            Kind::Integer => value.as_i64().map_or(Self::Nothing, Self::Integer),
            Kind::Decimal => value.as_f64().map_or(Self::Nothing, Self::Decimal),
            Kind::Flag => value.as_bool().map_or(Self::Nothing, Self::Flag),
            Kind::Time => value
                .as_str()
                .and_then(|text| text.parse::<jiff::Timestamp>().ok())
                .map_or(Self::Nothing, |at| Self::Time(Millis::from(at))),
        }
    }
}
