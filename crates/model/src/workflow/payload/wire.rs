//! Payloads on the wire and in storage. The wire writes the id of the next step beside each option; in storage those
//! ids are a map of their own.

use super::{ELSE, Payload};
use crate::ids::StepId;
use crate::strict::{self, Strict};
use crate::workflow::action::Action;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where a step's branches lead, by branch id.
pub type Branches = BTreeMap<String, StepId>;

/// What is written is not a step. The sentence is shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// JSON pointer of the field, below what was read: `/form/formFields/0/key`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl WireError {
    pub(in crate::workflow) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same, seen from `above`.
    pub(in crate::workflow) fn below(self, above: &str) -> Self {
        Self { field: format!("{above}{}", self.field), ..self }
    }
}

/// What an answer tells of a payload and nobody writes, and what storage alone has: of a password whether it is set, and its
/// hash.
const TOLD: [&str; 2] = ["xPasswordSet", "xPasswordHash"];

/// Where an action's options stand, what names their branch, and what an unnamed one is called.
const fn list(action: Action) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match action {
        Action::MultiLink => ("buttons", "id", "button"),
        Action::CountryCondition => ("countries", "countryCode", ""),
        Action::VisitTypeCondition => ("options", "value", ""),
        Action::TimeOfDayCondition => ("ranges", "id", "range"),
        _ if action.is_composite() => ("options", "id", "option"),
        _ => return None,
    })
}

/// Lists whose members have ids of their own and no branches.
const fn plain_list(action: Action) -> Option<(&'static str, &'static str)> {
    match action {
        Action::FormSubmit => Some(("formFields", "field")),
        Action::SocialLinksPage => Some(("links", "link")),
        Action::ContactCard => Some(("socialLinks", "link")),
        _ => None,
    }
}

impl Payload {
    /// Reads the wire's `payload` object. The ids of the next steps come apart; options without an id get one that no
    /// other has. A password's hash is never read from the wire.
    pub fn from_wire(wire: Value) -> Result<(Self, Branches), WireError> {
        let Value::Object(wire) = without_nulls(wire) else {
            return Err(WireError::new("", "payload must be an object such as {\"clientRedirect\": {…}}"));
        };
        let mut steps = wire.into_iter();
        let (Some((key, mut body)), None) = (steps.next(), steps.next()) else {
            return Err(WireError::new(
                "",
                "payload must hold exactly one step's object, such as {\"form\": {…}}",
            ));
        };
        let Some(action) = Action::from_payload_key(&key) else {
            let known: Vec<&str> = Action::ALL.iter().map(|action| action.payload_key()).collect();
            let message = format!("is no payload of a step; there are {}", known.join(", "));
            return Err(WireError::new(format!("/{key}"), message));
        };
        if let Value::Object(body) = &mut body {
            body.retain(|name, _| !TOLD.contains(&name.as_str()));
        }
        let branches = take_branches(action, &mut body).map_err(|error| error.below(&format!("/{key}")))?;
        let payload = read(Value::Object(Map::from_iter([(key, body)])))?;
        Ok((payload, branches))
    }

    /// The wire's `payload` object, with the ids of the next steps. Unset is absent; a password is only said to be set.
    pub fn to_wire(&self, branches: &Branches) -> Value {
        let mut wire = self.to_stored();
        let action = self.action();
        let Some(Value::Object(body)) = wire.get_mut(action.payload_key()) else { return wire };
        if let Self::Password(password) = self {
            body.remove("xPasswordHash");
            body.insert("xPasswordSet".into(), password.is_set().into());
        }
        if let Some((list, id, _)) = list(action) {
            for option in body.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let next = option.get(id).and_then(Value::as_str).and_then(|id| branches.get(id));
                if let (Some(next), Value::Object(option)) = (next, option) {
                    option.insert("nextStepId".into(), next.to_string().into());
                }
            }
            if let (true, Some(next)) = (self.has_else(), branches.get(ELSE)) {
                body.insert("elseNextStepId".into(), next.to_string().into());
            }
        }
        wire
    }

    /// What storage keeps: the same object, without the ids of the next steps, with a password's hash.
    pub fn to_stored(&self) -> Value {
        // A payload is made of texts, numbers and lists: writing it to memory cannot fail.
        without_unset(serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads what [`Payload::to_stored`] wrote.
    pub fn from_stored(stored: Value) -> Result<Self, WireError> {
        // Not to the letter: an older program may have kept more.
        serde_path_to_error::deserialize(without_nulls(stored)).map_err(|error| wire_error(&error))
    }

    /// Keeps the password that was set before, where this payload brings no new one.
    pub fn keep_password(&mut self, before: &Self) {
        if let (Self::Password(new), Self::Password(old)) = (self, before)
            && !new.is_set()
        {
            new.hash.clone_from(&old.hash);
        }
    }
}

/// Reads what the wire says, to the letter.
pub(in crate::workflow) fn read<T: DeserializeOwned>(value: Value) -> Result<T, WireError> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| wire_error(&error))
}

fn wire_error(error: &serde_path_to_error::Error<serde_json::Error>) -> WireError {
    let message = error.inner().to_string();
    let mut field = pointer(error.path());
    if let Some(name) = strict::unknown_field(&message) {
        field.push_str(&format!("/{name}"));
    }
    WireError { field, message }
}

/// Takes the ids of the next steps out of a payload's body, and gives an id to each option that has none.
fn take_branches(action: Action, body: &mut Value) -> Result<Branches, WireError> {
    let mut branches = Branches::new();
    let Value::Object(body) = body else { return Ok(branches) };
    if let Some((name, stem)) = plain_list(action) {
        name_the_nameless(body.get_mut(name), "id", stem);
    }
    let Some((name, id, stem)) = list(action) else { return Ok(branches) };
    if !stem.is_empty() {
        name_the_nameless(body.get_mut(name), id, stem);
    }
    for (index, option) in body.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().enumerate()
    {
        let Value::Object(option) = option else { continue };
        if action == Action::CountryCondition
            && let Some(Value::String(code)) = option.get_mut(id)
        {
            *code = code.trim().to_ascii_uppercase();
        }
        let next = option.remove("nextStepId");
        let next = step_id(next, || format!("/{name}/{index}/nextStepId"))?;
        if let (Some(next), Some(branch)) = (next, option.get(id).and_then(Value::as_str)) {
            branches.entry(branch.to_owned()).or_insert(next);
        }
    }
    if let Some(next) = step_id(body.remove("elseNextStepId"), || "/elseNextStepId".to_owned())? {
        branches.insert(ELSE.to_owned(), next);
    }
    Ok(branches)
}

/// The id of a step, where one is given.
pub(in crate::workflow) fn step_id(
    value: Option<Value>,
    field: impl Fn() -> String,
) -> Result<Option<StepId>, WireError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => match text.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => {
                Err(WireError::new(field(), format!("\"{text}\" is not a UUID; give the id of a step")))
            }
        },
        Some(_) => Err(WireError::new(field(), "must be the id of a step, as text")),
    }
}

/// Gives each member without an id the first of `stem-1`, `stem-2` … that no other has.
fn name_the_nameless(list: Option<&mut Value>, id: &str, stem: &str) {
    let Some(list) = list.and_then(Value::as_array_mut) else { return };
    let text = |member: &Value| member.get(id).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut taken: Vec<String> = list.iter().map(text).collect();
    let mut number = 0;
    for member in list {
        if !text(member).is_empty() {
            continue;
        }
        let fresh = loop {
            number += 1;
            let name = format!("{stem}-{number}");
            if !taken.contains(&name) {
                break name;
            }
        };
        if let Value::Object(member) = member {
            member.insert(id.to_owned(), fresh.clone().into());
            taken.push(fresh);
        }
    }
}

/// A path as a JSON pointer.
pub(in crate::workflow) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{key}")),
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// Null is absent, at every depth.
pub(in crate::workflow) fn without_nulls(value: Value) -> Value {
    prune(value, &|value| value.is_null())
}

/// Null and empty text are absent, at every depth.
fn without_unset(value: Value) -> Value {
    prune(value, &|value| value.is_null() || value.as_str().is_some_and(str::is_empty))
}

fn prune(value: Value, is_unset: &dyn Fn(&Value) -> bool) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !is_unset(value))
            .map(|(key, value)| (key, prune(value, is_unset)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.into_iter().map(|value| prune(value, is_unset)).collect::<Vec<_>>().into(),
        scalar => scalar,
    }
}
