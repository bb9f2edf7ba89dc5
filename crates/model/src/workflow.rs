//! A workflow: what a link does with a scan. Its owner edits [`StepDraft`]s; publishing them makes a [`Graph`], numbered
//! and immutable, whose steps keep their ids; [`Graph::compile`] makes of it the [`Workflow`] that a redirect thread
//! walks with [`advance()`]. All of it is pure: what a walk may look at is in [`Facts`].

pub mod action;
mod advance;
pub mod attribute;
pub mod capture;
mod compile;
pub mod condition;
mod diff;
pub mod draft;
mod explain;
mod facts;
pub mod form;
mod graph;
mod journey;
pub mod payload;
pub mod shape;
pub mod validate;
mod wording;

pub use action::{Action, Kind};
pub use advance::{Decision, advance, decide, fall_back};
pub use compile::{Condition, Next, Plan, Step, Workflow};
pub use diff::{Change, ChangeKind, diff};
pub use draft::{AttributeCapture, BackButton, StepDraft};
pub use explain::{Explained, Explanation, explain};
pub use facts::{Facts, Needs};
pub use graph::Graph;
pub use journey::{Journey, journey};
pub use payload::Payload;
pub use shape::connect_would_loop;
pub use validate::{Issue, Severity, Surroundings, validate};
pub use wording::step_name;

#[cfg(test)]
mod tests;
