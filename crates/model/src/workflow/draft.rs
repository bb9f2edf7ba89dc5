//! A step as its owner edits it.

use super::action::Action;
use super::payload::{NEXT, Payload, WireError};
use crate::ids::StepId;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A step of a workflow that is being edited. Its serde form is the one storage keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepDraft {
    /// Its id, kept across versions.
    pub id: StepId,
    /// What it does.
    pub payload: Payload,
    /// Where its branches lead, by branch id. A branch that is not here leads nowhere.
    #[serde(default)]
    pub branches: BTreeMap<String, StepId>,
    /// What it writes into the visitor's attributes when it is passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute_capture: Option<AttributeCapture>,
    /// Its way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_button: Option<BackButton>,
    /// Its place on the canvas.
    #[serde(default, rename = "canvasPosition")]
    pub canvas: Canvas,
}

/// What an answer tells of a step and follows from the others: it may be sent back, and is not looked at.
const TOLD: [&str; 10] = [
    "linkId",
    "kind",
    "nodeType",
    "parentStepIds",
    "childStepIds",
    "rendersPage",
    "backButtonAvailable",
    "nextCanGoBack",
    "createdAt",
    "updatedAt",
];

/// A place on the canvas of the editor, in its units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Canvas {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// What a step writes into the visitor's attributes when it is passed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AttributeCapture {
    /// Whether it does.
    pub enabled: bool,
    /// What it writes, at most [`MAX_WRITES`].
    pub writes: Vec<AttributeWrite>,
}

/// Writes of a step, at most.
pub const MAX_WRITES: usize = 20;

/// One attribute to write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AttributeWrite {
    /// Which attribute.
    pub key: String,
    /// What is written: text with `{{now}}`, `{{link.name}}`, `{{link.metadata.KEY}}`, `{{choice.label}}`, `{{choice.id}}`.
    pub value: String,
    /// Type it is captured as.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// Whether it may replace a value.
    pub mode: WriteMode,
}

wire_words! {
    /// Type an attribute was captured as.
    AttributeType {
        /// Not said: text.
        Unspecified = "VISITOR_ATTRIBUTE_TYPE_UNSPECIFIED",
        /// Text.
        String = "VISITOR_ATTRIBUTE_TYPE_STRING",
        /// A number.
        Number = "VISITOR_ATTRIBUTE_TYPE_NUMBER",
        /// True or false.
        Boolean = "VISITOR_ATTRIBUTE_TYPE_BOOLEAN",
        /// A day or an instant.
        Date = "VISITOR_ATTRIBUTE_TYPE_DATE",
        /// One of a closed list.
        Enum = "VISITOR_ATTRIBUTE_TYPE_ENUM",
    }

    /// Whether a write may replace a value.
    WriteMode {
        /// Not said: it may.
        Unspecified = "ATTRIBUTE_WRITE_MODE_UNSPECIFIED",
        /// It may.
        Set = "ATTRIBUTE_WRITE_MODE_SET",
        /// Only where there is none yet.
        SetOnce = "ATTRIBUTE_WRITE_MODE_SET_ONCE",
    }
}

/// The way back to the page before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackButton {
    /// Whether there is one.
    pub enabled: bool,
    /// Its text, at most 40 characters; empty means the page's own word.
    pub label: String,
}

/// The same steps as those of another workflow: each with an id of its own, connected as they were.
pub fn with_fresh_ids(steps: Vec<StepDraft>, mut fresh: impl FnMut() -> StepId) -> Vec<StepDraft> {
    let ids: BTreeMap<StepId, StepId> = steps.iter().map(|step| (step.id, fresh())).collect();
    let of = |id: StepId| ids.get(&id).copied();
    let renewed = |mut step: StepDraft| {
        step.id = of(step.id).unwrap_or(step.id);
        // What leads to a step that is not there leads nowhere, in the copy too.
        step.branches =
            step.branches.into_iter().filter_map(|(branch, to)| Some((branch, of(to)?))).collect();
        step
    };
    steps.into_iter().map(renewed).collect()
}

impl StepDraft {
    /// A step without branches, at the canvas's origin.
    pub fn new(id: StepId, payload: Payload) -> Self {
        Self {
            id,
            payload,
            branches: BTreeMap::new(),
            attribute_capture: None,
            back_button: None,
            canvas: Canvas::default(),
        }
    }

    /// What it does.
    pub const fn action(&self) -> Action {
        self.payload.action()
    }

    /// Reads a step of the wire, as an answer tells it or with less: `id`, `payload` with the ids of the next steps, `branches` (`next` of an atomic step;
    /// of the others they may stand there too, and the payload's win), `attributeCapture`, `backButton`,
    /// `canvasPosition`. `eventAction`, where it is given, must be the payload's.
    pub fn from_wire(wire: Value) -> Result<Self, WireError> {
        /// What is read by serde as it stands.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: StepId,
            payload: Value,
            event_action: Option<String>,
            x_event_action: Option<String>,
            #[serde(default)]
            branches: Vec<WireBranch>,
            attribute_capture: Option<AttributeCapture>,
            back_button: Option<BackButton>,
            #[serde(default)]
            canvas_position: Canvas,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct WireBranch {
            branch_id: String,
            next_step_id: Option<Value>,
            #[serde(rename = "label")]
            _label: Option<IgnoredAny>,
        }
        let mut wire = super::payload::without_nulls(wire);
        if let Value::Object(fields) = &mut wire {
            fields.retain(|name, _| !TOLD.contains(&name.as_str()));
        }
        let wire: Wire = super::payload::read(wire)?;
        let (payload, in_payload) =
            Payload::from_wire(wire.payload).map_err(|error| error.below("/payload"))?;
        if let Some(said) = wire.event_action {
            let named = Action::from_event_action(&said, wire.x_event_action.as_deref());
            if named.is_some_and(|named| named != payload.action()) {
                let message = format!(
                    "{said} does not go with a payload \"{}\"; leave it out or make them agree",
                    payload.action().payload_key()
                );
                return Err(WireError::new("/eventAction", message));
            }
        }
        let mut branches = BTreeMap::new();
        for (index, branch) in wire.branches.into_iter().enumerate() {
            let field = || format!("/branches/{index}/nextStepId");
            if let Some(next) = super::payload::step_id(branch.next_step_id, field)? {
                branches.insert(branch.branch_id, next);
            }
        }
        branches.extend(in_payload);
        let mut step = Self {
            id: wire.id,
            payload,
            branches,
            attribute_capture: wire.attribute_capture,
            back_button: wire.back_button,
            canvas: wire.canvas_position,
        };
        step.forget_unknown_branches();
        Ok(step)
    }

    /// The wire's `branches`: every way out, with its label and where it leads.
    pub fn wire_branches(&self) -> Value {
        let branch = |branch: super::payload::Branch<'_>| {
            let mut wire = json!({ "branchId": branch.id, "label": branch.label });
            if let Some(next) = self.branches.get(branch.id) {
                wire["nextStepId"] = next.to_string().into();
            }
            wire
        };
        self.payload.branches().into_iter().map(branch).collect()
    }

    /// The wire's `payload`, with the ids of the next steps.
    pub fn wire_payload(&self) -> Value {
        self.payload.to_wire(&self.branches)
    }

    /// Where `next` leads.
    pub fn next(&self) -> Option<StepId> {
        self.branches.get(NEXT).copied()
    }

    /// Drops what leads on from branches that the step does not have (any more).
    pub fn forget_unknown_branches(&mut self) {
        let known: Vec<String> =
            self.payload.branches().into_iter().map(|branch| branch.id.to_owned()).collect();
        self.branches.retain(|id, _| known.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_step_is_read_from_the_wire_and_from_storage() {
        let (me, on) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
        let wire = json!({
            "id": me,
            "eventAction": "EVENT_ACTION_FORM_SUBMIT",
            "payload": { "form": { "formFields": [{ "key": "$email", "type": "FORM_FIELD_TYPE_EMAIL" }] } },
            "branches": [{ "branchId": "next", "label": "next step", "nextStepId": on }, { "branchId": "old", "nextStepId": on }],
            "backButton": { "enabled": true },
            "canvasPosition": { "x": 1.5, "y": 2 },
        });
        let step = StepDraft::from_wire(wire.clone()).unwrap();
        assert_eq!(step.next(), Some(StepId(Uuid::from_u128(2))));
        assert_eq!(step.branches.len(), 1, "a branch the step does not have");
        assert_eq!(step.wire_branches()[0]["nextStepId"], json!(on));
        let stored = serde_json::to_value(&step).unwrap();
        assert_eq!(serde_json::from_value::<StepDraft>(stored).unwrap(), step);

        let refused = |key: &str, value: Value| {
            let mut wire = wire.clone();
            wire[key] = value;
            StepDraft::from_wire(wire).unwrap_err().field
        };
        assert_eq!(refused("id", json!("x")), "/id");
        assert_eq!(refused("eventAction", json!("EVENT_ACTION_OPEN_MEDIA")), "/eventAction");
        assert_eq!(refused("payload", json!({ "form": { "formTitle": [] } })), "/payload/form/formTitle");
        assert_eq!(refused("backButton", json!({ "enabled": "yes" })), "/backButton/enabled");
    }
}
