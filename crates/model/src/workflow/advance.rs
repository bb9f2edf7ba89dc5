//! The walk: immediate steps run through, until a page or an exit.

use super::compile::{Next, Step, Workflow};
use super::condition::View;
use super::facts::{Clocks, Facts};
use crate::life::Window;
use crate::scan::{NO_DESTINATION, Outcome, Path};

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the visitor gets.
    pub outcome: Outcome,
    /// Index into the version's destinations, or [`NO_DESTINATION`].
    pub destination: u16,
    /// Whether the destination is told the scan's id.
    pub conversion_tracking: bool,
    /// With [`Outcome::Page`]: index of the step whose page is shown.
    pub page: Option<u16>,
    /// With [`Outcome::Redirect`] and no destination: index of the step whose file is opened. Where the file is missing,
    /// [`fall_back`] says what instead.
    pub media: Option<u16>,
    /// A condition asked for attributes that could not be read, and went on by `else`.
    pub attributes_missing: bool,
}

impl Decision {
    /// An answer without a destination.
    pub const fn without_destination(outcome: Outcome) -> Self {
        Self {
            outcome,
            destination: NO_DESTINATION,
            conversion_tracking: false,
            page: None,
            media: None,
            attributes_missing: false,
        }
    }
}

/// What a scan of a link gets: the workflow's answer while the link is open, else what its end says.
pub fn decide(window: Window, workflow: &Workflow, facts: &Facts<'_>, path: &mut Vec<u8>) -> Decision {
    match window.closed(facts.now) {
        None => advance(workflow, Some(0), facts, path),
        Some(Outcome::Ended) if !window.ended => {
            let decision = Decision::without_destination(Outcome::Ended);
            Decision { destination: workflow.expired.unwrap_or(NO_DESTINATION), ..decision }
        }
        Some(outcome) => Decision::without_destination(outcome),
    }
}

/// What a scan gets that the steps lead nowhere: the link's fallback destination, else an error.
pub fn fall_back(workflow: &Workflow) -> Decision {
    match workflow.fallback {
        Some(destination) => Decision { destination, ..Decision::without_destination(Outcome::Fallback) },
        None => Decision::without_destination(Outcome::Error),
    }
}

/// Walks from a step (the entry is 0; after a page it is [`Workflow::next`] of the branch taken) through the immediate
/// steps to a page or an exit, and notes the way in `path` ([`Path`]'s packing). A branch that leads nowhere ends in the
/// link's fallback.
pub fn advance(workflow: &Workflow, from: Next, facts: &Facts<'_>, path: &mut Vec<u8>) -> Decision {
    let mut view =
        View { facts, clocks: Clocks::new(facts, &workflow.plan.zones), attributes_missing: false };
    let decision = walk(workflow, from, &mut view, path).unwrap_or_else(|| fall_back(workflow));
    Decision { attributes_missing: view.attributes_missing, ..decision }
}

fn walk(workflow: &Workflow, from: Next, view: &mut View<'_>, path: &mut Vec<u8>) -> Option<Decision> {
    let mut at = from?;
    // A published version has no circles; the bound keeps a damaged one from holding up a redirect thread.
    for _ in 0..=workflow.plan.steps.len() {
        let branch = match workflow.step(at)? {
            Step::LinkVisit(_) => Some(0),
            Step::Condition(condition) => {
                condition.chooser.choose(condition.id, view).map(|branch| branch as u16)
            }
            Step::Redirect { destination, conversion_tracking } => {
                Path::push(path, at, Path::NO_BRANCH);
                return (*destination != NO_DESTINATION).then_some(Decision {
                    destination: *destination,
                    conversion_tracking: *conversion_tracking,
                    ..Decision::without_destination(Outcome::Redirect)
                });
            }
            Step::Media(_) => {
                Path::push(path, at, Path::NO_BRANCH);
                return Some(Decision {
                    media: Some(at),
                    ..Decision::without_destination(Outcome::Redirect)
                });
            }
            Step::Page(..) => {
                Path::push(path, at, Path::NO_BRANCH);
                return Some(Decision { page: Some(at), ..Decision::without_destination(Outcome::Page) });
            }
        };
        Path::push(path, at, branch.unwrap_or(Path::NO_BRANCH));
        at = workflow.next(at, branch?)?;
    }
    None
}
