//! What is wrong with a workflow that is being edited. Each finding names the step, the field and the mend.

mod options;
mod pages;
mod times;

use super::action::Kind;
use super::attribute::check_custom_key;
use super::capture::unknown_name;
use super::draft::{MAX_WRITES, StepDraft};
use super::graph::Graph;
use super::payload::{ELSE, Payload};
use super::shape::{Shape, unconnected_branches};
use crate::destination::{Destination, Policy};
use crate::ids::StepId;
use crate::time::Millis;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeSet;

/// Steps of a workflow, at most.
pub const MAX_STEPS: usize = 200;
/// Options of a condition, buttons of a page, fields of a form, at most.
pub const MAX_OPTIONS: usize = 250;
/// Characters of a back button's text, at most.
const MAX_BACK_LABEL: usize = 40;

wire_words! {
    /// How bad it is.
    Severity {
        /// It cannot be published.
        Error = "ERROR",
        /// It can, and is perhaps not meant.
        Warning = "WARNING",
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding it is: `LOOP`, `DEAD_OPTION`.
    pub code: &'static str,
    /// A sentence that names the mend.
    pub message: String,
    /// The step; absent where the workflow as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_id: Option<StepId>,
    /// Its action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_type: Option<&'static str>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch_id: Option<String>,
    /// JSON pointer of the field below the step: `/payload/form/formFields/0/key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What a workflow stands in.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// What destinations the workspace may use.
    pub policy: Policy<'a>,
    /// Time zone of the workspace.
    pub zone: &'a TimeZone,
    /// The next changes of the clock are looked for from here on.
    pub now: Millis,
    /// Whether the link has a fallback destination.
    pub has_fallback: bool,
    /// Files that can be opened; `None` where that is not known.
    pub media: Option<&'a BTreeSet<String>>,
}

/// Findings, as they are gathered.
struct Findings<'a> {
    issues: Vec<Issue>,
    surroundings: Surroundings<'a>,
    step: Option<&'a StepDraft>,
}

impl Findings<'_> {
    fn add(&mut self, severity: Severity, code: &'static str, message: impl Into<String>) -> &mut Issue {
        let index = self.issues.len();
        self.issues.push(Issue {
            severity,
            code,
            message: message.into(),
            step_id: self.step.map(|step| step.id),
            step_type: self.step.map(|step| step.action().as_str()),
            branch_id: None,
            field: None,
        });
        &mut self.issues[index]
    }

    /// A finding in a field of the payload.
    fn field(&mut self, severity: Severity, code: &'static str, field: &str, message: impl Into<String>) {
        let key = self.step.map_or("", |step| step.action().payload_key());
        self.add(severity, code, message).field = Some(format!("/payload/{key}/{field}"));
    }

    fn error(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        self.field(Severity::Error, code, field, message);
    }

    fn warning(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        self.field(Severity::Warning, code, field, message);
    }

    /// A text that must be there.
    fn required(&mut self, field: &str, text: &str, message: &str) {
        if text.trim().is_empty() {
            self.error("TEXT_MISSING", field, message);
        }
    }

    fn web_address(&mut self, field: &str, text: &str) {
        if let Err(error) = Destination::parse(text, self.surroundings.policy) {
            self.error("DESTINATION_INVALID", field, error.to_string());
        }
    }
}

/// Everything that is wrong with the steps: errors first, then in the order of the steps.
pub fn validate(steps: &[StepDraft], surroundings: Surroundings<'_>) -> Vec<Issue> {
    let mut findings = Findings { issues: Vec::new(), surroundings, step: None };
    let shape = Shape::of(steps);
    whole(steps, &shape, &mut findings);
    let graph = Graph::new(steps.to_vec(), None, None);
    let (_, flaws) = graph.compile_noting(0);
    for (index, step) in steps.iter().enumerate() {
        findings.step = Some(step);
        connections(steps, &shape, index, &mut findings);
        pages::check(&step.payload, &mut findings);
        for (_, flaw) in flaws.iter().filter(|(at, _)| graph.steps[*at].id == step.id) {
            let list = options::list_name(&step.payload);
            let field = match flaw.option {
                Some(option) => format!("{list}/{option}/{}", flaw.field),
                None => flaw.field.clone(),
            };
            findings.error("CONDITION_INVALID", &field, flaw.message.clone());
        }
        options::check(&step.payload, &mut findings);
        times::check(step, &mut findings);
        capture(step, &mut findings);
        back(step, shape.can_go_back(index), &mut findings);
    }
    let mut issues = findings.issues;
    issues.sort_by_key(|issue| issue.severity);
    issues
}

/// The workflow as a whole.
fn whole(steps: &[StepDraft], shape: &Shape, findings: &mut Findings<'_>) {
    let entries = steps.iter().filter(|step| step.action().kind() == Kind::Entry).count();
    if entries == 0 {
        findings.add(Severity::Error, "NO_ENTRY", "there is no entry; add the step that scans arrive at");
    } else if entries > 1 {
        findings.add(
            Severity::Error,
            "SEVERAL_ENTRIES",
            format!("there are {entries} entries; delete all but one"),
        );
    }
    if steps.len() > MAX_STEPS {
        let message = format!("a workflow has at most {MAX_STEPS} steps; this one has {}", steps.len());
        findings.add(Severity::Error, "TOO_MANY_STEPS", message);
    }
    for (index, step) in steps.iter().enumerate() {
        if steps[..index].iter().any(|other| other.id == step.id) {
            let message = format!("two steps have the id {}; give one of them another", step.id);
            findings.add(Severity::Error, "DUPLICATE_STEP", message).step_id = Some(step.id);
        }
    }
    if let Some(circle) = shape.circle() {
        let names: Vec<_> = circle.iter().map(|at| steps[*at].action().as_str()).collect();
        let message = format!(
            "the way runs in a circle ({} and back to the first); disconnect one of these branches",
            names.join(", ")
        );
        let first = &steps[circle[0]];
        let issue = findings.add(Severity::Error, "LOOP", message);
        issue.step_id = Some(first.id);
        issue.step_type = Some(first.action().as_str());
    }
}

/// What leads to a step, and where it leads.
fn connections(steps: &[StepDraft], shape: &Shape, index: usize, findings: &mut Findings<'_>) {
    let step = &steps[index];
    if !shape.is_reachable[index] && step.action().kind() != Kind::Entry {
        findings.add(
            Severity::Warning,
            "UNREACHABLE",
            "no scan comes to this step; connect a branch to it or delete it",
        );
    }
    for branch in step.payload.branches() {
        let missing = step.branches.get(branch.id).filter(|next| !steps.iter().any(|step| step.id == **next));
        if missing.is_some() {
            let message = format!("\"{}\" leads to a step that is not there; connect it again", branch.label);
            findings.add(Severity::Error, "BROKEN_BRANCH", message).branch_id = Some(branch.id.to_owned());
        }
    }
    let (severity, what) = match findings.surroundings.has_fallback {
        true => (Severity::Warning, "visitors get the link's fallback destination"),
        false => (Severity::Error, "visitors get an error, for the link has no fallback destination"),
    };
    let branches = step.payload.branches();
    for id in unconnected_branches(step) {
        let label = branches.iter().find(|branch| branch.id == id).map_or("", |branch| branch.label);
        let code = match step.action().kind() {
            _ if id == ELSE => "ELSE_MISSING",
            Kind::Interaction if branches.len() == 1 => "DEAD_END",
            _ => "UNCONNECTED",
        };
        let message = format!("\"{label}\" leads nowhere: {what}; connect it to a step");
        findings.add(severity, code, message).branch_id = Some(id);
    }
}

/// What the step writes into attributes.
fn capture(step: &StepDraft, findings: &mut Findings<'_>) {
    let Some(capture) = step.attribute_capture.as_ref().filter(|capture| capture.enabled) else { return };
    let mut error = |field: String, message: String| {
        findings.add(Severity::Error, "CAPTURE_INVALID", message).field =
            Some(format!("/attributeCapture{field}"));
    };
    if step.action().kind() == Kind::Condition {
        error(
            String::new(),
            "a condition captures nothing; let the step before or behind it do so".to_owned(),
        );
    }
    if capture.writes.is_empty() {
        error(
            "/writes".to_owned(),
            "there is nothing to capture; add an attribute or switch it off".to_owned(),
        );
    }
    if capture.writes.len() > MAX_WRITES {
        error("/writes".to_owned(), format!("a step writes at most {MAX_WRITES} attributes; delete some"));
    }
    for (index, write) in capture.writes.iter().enumerate() {
        if let Err(why) = check_custom_key(&write.key) {
            error(format!("/writes/{index}/key"), why.to_string());
        }
        if let Some(name) = unknown_name(&write.value, matches!(step.payload, Payload::MultiLink(_))) {
            let message = format!(
                "nothing is filled in for {{{{{name}}}}}; there are {{{{now}}}}, {{{{link.name}}}}, {{{{link.metadata.KEY}}}} and, on a page of buttons, {{{{choice.label}}}} and {{{{choice.id}}}}"
            );
            error(format!("/writes/{index}/value"), message);
        }
        if write.value.trim().is_empty() {
            error(
                format!("/writes/{index}/value"),
                "there is no value; write one or delete the line".to_owned(),
            );
        }
    }
}

/// The step's way back.
fn back(step: &StepDraft, can_go_back: bool, findings: &mut Findings<'_>) {
    let Some(back) = step.back_button.as_ref().filter(|back| back.enabled) else { return };
    if !can_go_back {
        let message = match step.action().renders_page() {
            true => "the back button is never seen, for no page comes before; switch it off",
            false => "this step shows no page, so it has no back button; switch it off",
        };
        findings.add(Severity::Warning, "BACK_NEVER_SEEN", message).field =
            Some("/backButton/enabled".to_owned());
    }
    if back.label.chars().count() > MAX_BACK_LABEL {
        let message = format!("the back button's text has at most {MAX_BACK_LABEL} characters; shorten it");
        findings.add(Severity::Error, "TEXT_TOO_LONG", message).field = Some("/backButton/label".to_owned());
    }
}

#[cfg(test)]
mod tests;
