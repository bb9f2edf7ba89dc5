//! Steps as they go out.

use crate::api::wire::time;
use crate::catalog::steps::{StepRow, drafts};
use model::StepId;
use model::workflow::shape::Shape;
use model::workflow::{Issue as Found, StepDraft};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowStep {
    id: String,
    link_id: String,
    /// `EVENT_ACTION_LINK_VISIT`, `EVENT_ACTION_CLIENT_REDIRECT`, …; `EVENT_ACTION_UNSPECIFIED` with `xEventAction`.
    event_action: &'static str,
    /// `X_RULES_CONDITION`, `X_SPLIT`: what Linkbreakers has no word for.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_event_action: Option<&'static str>,
    /// `KIND_ENTRY`, `KIND_EXIT`, `KIND_INTERACTION`, `KIND_CONDITION`.
    kind: &'static str,
    /// `NODE_TYPE_ATOMIC`, `NODE_TYPE_COMPOSITE`.
    node_type: &'static str,
    /// One object under the action's name.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    payload: Value,
    #[schema(value_type = Vec<Branch>)]
    branches: Value,
    parent_step_ids: Vec<String>,
    child_step_ids: Vec<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    attribute_capture: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    back_button: Value,
    canvas_position: CanvasPosition,
    /// The visitor sees a page of ours.
    renders_page: bool,
    /// There is a page before it on some way.
    back_button_available: bool,
    /// A page behind it can lead back.
    next_can_go_back: bool,
    created_at: String,
    updated_at: String,
}

/// A way out of a step. The document names it; the value is made by the step itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    branch_id: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step_id: Option<String>,
}

/// Place of a step on the canvas.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct CanvasPosition {
    x: f64,
    y: f64,
}

/// Something that is wrong with a workflow, or may be.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowIssue {
    /// `ERROR`: a scan may come to nothing; `WARNING`: it is perhaps not what is meant.
    severity: &'static str,
    /// What kind of fault: `DEAD_END`, `LOOP`, …
    code: &'static str,
    /// What is wrong and how to mend it.
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<String>,
    /// JSON pointer into the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl WorkflowIssue {
    /// Whether it keeps a draft from being published.
    pub fn is_error(&self) -> bool {
        self.severity == "ERROR"
    }

    /// What kind of fault.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Whether it says that no scan reaches a step.
    pub fn is_about_reach(&self) -> bool {
        self.code == "UNREACHABLE"
    }

    /// What is wrong and how to mend it.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The step at fault.
    pub fn step_id(&self) -> Option<&str> {
        self.step_id.as_deref()
    }

    /// JSON pointer into the step; empty where the whole step is meant.
    pub fn field(&self) -> &str {
        self.field.as_deref().unwrap_or_default()
    }
}

/// What validation found.
#[derive(Serialize, ToSchema)]
pub struct ValidateWorkflowResponse {
    /// Empty when nothing is wrong.
    pub issues: Vec<WorkflowIssue>,
}

/// How many steps were moved.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepositionedResponse {
    /// Places on the canvas that are others now.
    pub steps_repositioned: usize,
}

/// The steps as they go out, with the relations between them.
pub fn wire_steps(rows: &[StepRow]) -> Vec<WorkflowStep> {
    let steps = drafts(rows);
    let shape = Shape::of(&steps);
    rows.iter().map(|row| wire(row, &steps, &shape)).collect()
}

/// One step among its link's.
pub fn wire_step(row: &StepRow, rows: &[StepRow]) -> WorkflowStep {
    let steps = drafts(rows);
    wire(row, &steps, &Shape::of(&steps))
}

fn wire(row: &StepRow, steps: &[StepDraft], shape: &Shape) -> WorkflowStep {
    wire_draft(&row.step, (steps, shape), row.link.to_string(), time(row.created_at), time(row.updated_at))
}

/// A step of a draft or of an old version.
pub fn wire_draft(
    step: &StepDraft,
    (all, shape): (&[StepDraft], &Shape),
    link_id: String,
    created_at: String,
    updated_at: String,
) -> WorkflowStep {
    let action = step.action();
    let place = all.iter().position(|other| other.id == step.id);
    let parents = all.iter().filter(|other| other.branches.values().any(|next| *next == step.id));
    let mut children: Vec<StepId> = Vec::new();
    for branch in step.payload.branches() {
        if let Some(next) = step.branches.get(branch.id).filter(|next| !children.contains(next)) {
            children.push(*next);
        }
    }
    WorkflowStep {
        id: step.id.to_string(),
        link_id,
        event_action: action.event_action(),
        x_event_action: action.x_event_action(),
        kind: action.wire_kind(),
        node_type: action.node_type(),
        payload: step.wire_payload(),
        branches: step.wire_branches(),
        parent_step_ids: parents.map(|parent| parent.id.to_string()).collect(),
        child_step_ids: children.iter().map(StepId::to_string).collect(),
        attribute_capture: json!(step.attribute_capture),
        back_button: json!(step.back_button),
        canvas_position: CanvasPosition { x: step.canvas.x, y: step.canvas.y },
        renders_page: action.renders_page(),
        back_button_available: place.is_some_and(|place| shape.can_go_back(place)),
        next_can_go_back: place.is_some_and(|place| shape.next_can_go_back(place)),
        created_at,
        updated_at,
    }
}

/// Findings as they go out.
pub fn wire_issues(issues: Vec<Found>) -> Vec<WorkflowIssue> {
    issues
        .into_iter()
        .map(|issue| WorkflowIssue {
            severity: issue.severity.as_str(),
            code: issue.code,
            message: issue.message,
            step_id: issue.step_id.map(|step| step.to_string()),
            step_type: issue.step_type,
            branch_id: issue.branch_id,
            field: issue.field,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::workflow::Payload;
    use uuid::Uuid;

    fn step(n: u128, payload: Payload, next: Option<u128>) -> StepDraft {
        let mut step = StepDraft::new(StepId(Uuid::from_u128(n)), payload);
        if let Some(next) = next {
            step.branches.insert("next".into(), StepId(Uuid::from_u128(next)));
        }
        step
    }

    #[test]
    fn a_page_can_lead_back_where_a_page_came_before() {
        let steps = [
            step(1, Payload::LinkVisit(Default::default()), Some(2)),
            step(2, Payload::MessagePage(Default::default()), Some(3)),
            step(3, Payload::Form(Default::default()), Some(4)),
            step(4, Payload::ClientRedirect(Default::default()), None),
        ];
        let shape = Shape::of(&steps);
        let text = String::new;
        let wire: Vec<WorkflowStep> =
            steps.iter().map(|step| wire_draft(step, (&steps, &shape), text(), text(), text())).collect();
        let flags: Vec<_> =
            wire.iter().map(|s| (s.renders_page, s.back_button_available, s.next_can_go_back)).collect();
        assert_eq!(
            flags,
            [(false, false, false), (true, false, true), (true, true, true), (false, false, false)]
        );
        assert_eq!(wire[2].parent_step_ids, [steps[1].id.to_string()]);
        assert_eq!(wire[1].child_step_ids, [steps[2].id.to_string()]);
    }
}
