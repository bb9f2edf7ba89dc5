//! A workflow: what a link does with a scan. Its owner edits [`StepDraft`]s; publishing them makes a [`Graph`], numbered
//! and immutable, whose steps keep their ids; [`Graph::compile`] makes of it the [`Workflow`] that a redirect thread
//! walks with [`advance()`]. All of it is pure: what a walk may look at is in [`Facts`].

pub mod action;
mod advance;
pub mod attribute;
pub mod capture;
mod compile;
pub mod condition;
pub mod draft;
mod facts;
pub mod form;
mod graph;
pub mod payload;

pub use action::{Action, Kind};
pub use advance::{Decision, advance, decide, fall_back};
pub use compile::{Act, Condition, Next, Step, Workflow};
pub use draft::{AttributeCapture, BackButton, StepDraft};
pub use facts::{Facts, Needs};
pub use graph::Graph;
pub use payload::Payload;

#[cfg(test)]
mod tests;
