//! What a step writes into the visitor's attributes when it is passed: templates, filled in.

use super::attribute::AttributeValue;
use super::draft::{AttributeCapture, WriteMode};
use crate::time::Millis;
use std::collections::BTreeMap;

/// What templates are filled from.
#[derive(Clone, Copy, Debug)]
pub struct CaptureFacts<'a> {
    /// `{{now}}`.
    pub now: Millis,
    /// `{{link.name}}`.
    pub link_name: &'a str,
    /// `{{link.metadata.KEY}}`.
    pub metadata: &'a BTreeMap<String, String>,
    /// `{{choice.id}}` and `{{choice.label}}`: the button pressed on a multi-link page.
    pub choice: Option<(&'a str, &'a str)>,
}

/// One attribute to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which.
    pub key: String,
    /// What.
    pub value: AttributeValue,
    /// Whether only where there is none yet.
    pub once: bool,
}

/// What the step writes. What comes out empty is not written.
pub fn writes(capture: &AttributeCapture, facts: &CaptureFacts<'_>) -> Vec<Write> {
    if !capture.enabled {
        return Vec::new();
    }
    let write = |write: &super::draft::AttributeWrite| {
        let value = fill(&write.value, facts);
        (!value.is_empty()).then(|| Write {
            key: write.key.clone(),
            value: AttributeValue::new(write.kind, value),
            once: write.mode == WriteMode::SetOnce,
        })
    };
    capture.writes.iter().filter_map(write).collect()
}

/// A part of a template.
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let named = rest.strip_prefix("{{").and_then(|inner| inner.split_once("}}"));
        if let Some((name, after)) = named {
            rest = after;
            return Some(Part::Name(name.trim()));
        }
        // The braces at the start, if any, are never closed: they are text.
        let end = rest.char_indices().skip(1).find(|(at, _)| rest[*at..].starts_with("{{")).map(|(at, _)| at);
        let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(Part::Text(text))
    })
}

fn fill(template: &str, facts: &CaptureFacts<'_>) -> String {
    let mut filled = String::new();
    for part in parts(template) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Name("now") => filled.push_str(&facts.now.timestamp().to_string()),
            Part::Name("link.name") => filled.push_str(facts.link_name),
            Part::Name("choice.id") => filled.push_str(facts.choice.map_or("", |(id, _)| id)),
            Part::Name("choice.label") => filled.push_str(facts.choice.map_or("", |(_, label)| label)),
            Part::Name(name) => {
                let value = name.strip_prefix("link.metadata.").and_then(|key| facts.metadata.get(key));
                filled.push_str(value.map_or("", String::as_str));
            }
        }
    }
    let trimmed = filled.trim();
    if trimmed.len() == filled.len() { filled } else { trimmed.to_owned() }
}

/// The first name in a template that nothing is filled in for. A choice is made on multi-link pages only.
pub fn unknown_name(template: &str, has_choice: bool) -> Option<&str> {
    parts(template).find_map(|part| match part {
        Part::Name("now" | "link.name") | Part::Text(_) => None,
        Part::Name("choice.id" | "choice.label") if has_choice => None,
        Part::Name(name) if name.strip_prefix("link.metadata.").is_some_and(|key| !key.is_empty()) => None,
        Part::Name(name) => Some(name),
    })
}

#[cfg(test)]
mod tests {
    use super::super::draft::{AttributeType, AttributeWrite};
    use super::*;

    #[test]
    fn templates_are_filled_and_empty_results_are_not_written() {
        let metadata = BTreeMap::from([("table".to_owned(), "12".to_owned())]);
        let facts = CaptureFacts {
            now: Millis(0),
            link_name: "Menu",
            metadata: &metadata,
            choice: Some(("b1", "Wine list")),
        };
        let write =
            |value: &str, kind, mode| AttributeWrite { key: "k".into(), value: value.into(), kind, mode };
        let capture = AttributeCapture {
            enabled: true,
            writes: vec![
                write(
                    "{{link.name}}: {{ choice.label }} ({{choice.id}})",
                    AttributeType::Unspecified,
                    WriteMode::Set,
                ),
                write("{{link.metadata.table}}", AttributeType::Number, WriteMode::SetOnce),
                write(" {{link.metadata.none}} ", AttributeType::String, WriteMode::Set),
                write("{{now}}", AttributeType::Date, WriteMode::Unspecified),
                write("a {{b", AttributeType::String, WriteMode::Set),
            ],
        };
        let written = writes(&capture, &facts);
        let values: Vec<_> = written.iter().map(|write| (write.value.value.as_str(), write.once)).collect();
        assert_eq!(
            values,
            [
                ("Menu: Wine list (b1)", false),
                ("12", true),
                ("1970-01-01T00:00:00Z", false),
                ("a {{b", false)
            ]
        );
        assert_eq!(written[0].value.kind, AttributeType::String);
        assert_eq!(writes(&AttributeCapture { enabled: false, ..capture }, &facts), []);
    }

    #[test]
    fn names_that_nothing_stands_for_are_found() {
        assert_eq!(unknown_name("{{now}} {{visitor.name}}", true), Some("visitor.name"));
        assert_eq!(unknown_name("{{choice.id}}", false), Some("choice.id"));
        assert_eq!(unknown_name("{{choice.id}} {{link.metadata.x}} {{", true), None);
        assert_eq!(unknown_name("{{link.metadata.}}", true), Some("link.metadata."));
    }
}
