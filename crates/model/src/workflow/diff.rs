//! What changed from one version to another, in words.

use super::draft::{AttributeType, AttributeWrite, StepDraft, WriteMode};
use super::graph::Graph;
use super::wording::step_name;
use crate::ids::StepId;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

wire_words! {
    /// What kind of change it is.
    ChangeKind {
        /// A step is new.
        Added = "ADDED",
        /// A step is gone.
        Removed = "REMOVED",
        /// What a step holds is another.
        Changed = "CHANGED",
        /// A branch leads elsewhere.
        Connected = "CONNECTED",
        /// Something of the link as a whole.
        Link = "LINK",
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What kind.
    pub kind: ChangeKind,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_id: Option<StepId>,
    /// A sentence.
    pub text: String,
}

/// Changes from `before` to `after`; places on the canvas are none.
pub fn diff(before: &Graph, after: &Graph) -> Vec<Change> {
    let mut changes = Vec::new();
    for step in &after.steps {
        match before.index(step.id).and_then(|at| before.step(at)) {
            None => changes.push(change(ChangeKind::Added, step, format!("{} is new", step_name(step)))),
            Some(old) => fields(old, step, &mut changes),
        }
    }
    for step in before.steps.iter().filter(|step| after.index(step.id).is_none()) {
        changes.push(change(ChangeKind::Removed, step, format!("{} is gone", step_name(step))));
    }
    for step in &after.steps {
        let old = before.index(step.id).and_then(|at| before.step(at));
        connections((before, old), (after, step), &mut changes);
    }
    for (what, old, new) in [
        ("the fallback destination", &before.fallback, &after.fallback),
        ("the destination after the end", &before.expired, &after.expired),
    ] {
        if old != new {
            let text = became(what, old.as_deref(), new.as_deref());
            changes.push(Change { kind: ChangeKind::Link, step_id: None, text });
        }
    }
    changes
}

fn change(kind: ChangeKind, step: &StepDraft, text: String) -> Change {
    Change { kind, step_id: Some(step.id), text }
}

fn became(what: &str, old: Option<&str>, new: Option<&str>) -> String {
    match (old, new) {
        (None, Some(new)) => format!("{what} is now {new}"),
        (Some(old), None) => format!("{what} is no longer set; it was {old}"),
        (Some(old), Some(new)) => format!("{what} is now {new}; it was {old}"),
        (None, None) => format!("{what} is as it was"),
    }
}

/// What the steps hold.
fn fields(old: &StepDraft, new: &StepDraft, changes: &mut Vec<Change>) {
    if old.action() != new.action() {
        let text = format!("{} is now {}", step_name(old), step_name(new));
        changes.push(change(ChangeKind::Changed, new, text));
        return;
    }
    let body = |step: &StepDraft| {
        let mut stored = step.payload.to_stored();
        stored.get_mut(step.action().payload_key()).map(Value::take).unwrap_or_default()
    };
    let mut texts = Vec::new();
    values("", &body(old), &body(new), &mut texts);
    let back = |step: &StepDraft| serde_json::to_value(&step.back_button).unwrap_or_default();
    values("back button", &back(old), &back(new), &mut texts);
    values("capture", &capture(old), &capture(new), &mut texts);
    let name = step_name(old);
    changes.extend(texts.into_iter().map(|text| change(ChangeKind::Changed, new, format!("{name}: {text}"))));
}

/// What a step writes, by attribute; one that writes nothing holds nothing, however that is spelled.
fn capture(step: &StepDraft) -> Value {
    let capture = step.attribute_capture.as_ref().filter(|capture| capture.enabled);
    let written = |write: &AttributeWrite| {
        let kind = (write.kind != AttributeType::Unspecified)
            .then(|| write.kind.as_str().replace("VISITOR_ATTRIBUTE_TYPE_", "as ").to_lowercase());
        let once = (write.mode == WriteMode::SetOnce).then(|| "where there is none yet".to_owned());
        let notes: Vec<String> = [kind, once].into_iter().flatten().collect();
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        (format!("\"{}\"", write.key), Value::String(format!("{}{notes}", write.value)))
    };
    Value::Object(capture.into_iter().flat_map(|capture| &capture.writes).map(written).collect())
}

/// Differences of two values, each with the way to it in words.
fn values(place: &str, old: &Value, new: &Value, texts: &mut Vec<String>) {
    if old == new {
        return;
    }
    // A password's hash is nobody's business.
    if place.ends_with("password hash") {
        texts.push(if new.is_null() {
            "the password is no longer set".into()
        } else {
            "the password is another".into()
        });
        return;
    }
    let below = |key: &str| if place.is_empty() { words(key) } else { format!("{place}, {}", words(key)) };
    match (old, new) {
        (Value::Object(_), Value::Object(_) | Value::Null) | (Value::Null, Value::Object(_)) => {
            let none = Map::new();
            let (old, new) = (old.as_object().unwrap_or(&none), new.as_object().unwrap_or(&none));
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                values(&below(key), &of(old), &of(new), texts);
            }
        }
        (Value::Array(old), Value::Array(new)) if has_ids(old) && has_ids(new) => {
            for member in new {
                let before = old.iter().find(|other| id(other) == id(member));
                let name = below(&named(member));
                match before {
                    None => texts.push(format!("{name} is new")),
                    Some(before) => values(&name, before, member, texts),
                }
            }
            for member in old.iter().filter(|member| !new.iter().any(|other| id(other) == id(member))) {
                texts.push(format!("{} is gone", below(&named(member))));
            }
            let order = |list: &[Value], other: &[Value]| {
                let kept = list
                    .iter()
                    .filter_map(id)
                    .filter(|id| other.iter().any(|member| self::id(member) == Some(*id)));
                kept.map(str::to_owned).collect::<Vec<_>>()
            };
            if order(old, new) != order(new, old) {
                texts.push(format!("{place}: the order is another"));
            }
        }
        _ => {
            let said = |value: &Value| match value {
                Value::Null => None,
                Value::String(text) => Some(format!("\"{text}\"")),
                other => Some(other.to_string()),
            };
            texts.push(became(place, said(old).as_deref(), said(new).as_deref()));
        }
    }
}

fn id(member: &Value) -> Option<&str> {
    ["id", "countryCode"].iter().find_map(|key| member.get(key)).and_then(Value::as_str)
}

fn has_ids(list: &[Value]) -> bool {
    list.iter().all(|member| id(member).is_some())
}

/// What a member of a list is called.
fn named(member: &Value) -> String {
    let name = ["name", "label", "attributeKey", "countryCode", "id"]
        .iter()
        .find_map(|key| member.get(key)?.as_str());
    format!("\"{}\"", name.unwrap_or_default())
}

/// `formTitle` is `form title`; what is in quotes stays.
fn words(key: &str) -> String {
    if key.starts_with('"') {
        return key.to_owned();
    }
    let own = key
        .strip_prefix('x')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        .unwrap_or(key);
    let mut words = String::new();
    for (at, letter) in own.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// Where branches lead.
fn connections(
    (before, old): (&Graph, Option<&StepDraft>),
    (after, new): (&Graph, &StepDraft),
    changes: &mut Vec<Change>,
) {
    let target = |graph: &Graph, step: &StepDraft, branch: &str| {
        let next = graph.step(graph.index(*step.branches.get(branch)?)?)?;
        Some((next.id, step_name(next)))
    };
    let branches = new.payload.branches();
    for branch in &branches {
        let to = target(after, new, branch.id);
        let from = old.and_then(|old| target(before, old, branch.id));
        if from.as_ref().map(|(id, _)| *id) == to.as_ref().map(|(id, _)| *id) {
            continue;
        }
        let name = match branches.len() {
            1 => step_name(new),
            _ => format!("\"{}\" of {}", branch.label, step_name(new)),
        };
        let text = match (old.and(from), to) {
            (None, Some((_, to))) => format!("{name} leads to {to}"),
            (Some((_, from)), Some((_, to))) => format!("{name} leads to {to}; before, to {from}"),
            (Some((_, from)), None) => format!("{name} leads nowhere; before, to {from}"),
            (None, None) => continue,
        };
        changes.push(change(ChangeKind::Connected, new, text));
    }
}
