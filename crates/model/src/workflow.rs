//! A workflow: what a link does with a scan. A published version is immutable and numbered; steps keep their ids.
//!
//! [`advance`] walks the immediate steps of a version. It is pure: what it may look at is in [`Facts`].

pub mod action;
pub mod draft;
pub mod payload;

pub use action::{Action, Kind};
pub use draft::{AttributeCapture, BackButton, StepDraft};
pub use payload::Payload;

use crate::destination::Destination;
use crate::ids::StepId;
use crate::life::Window;
use crate::scan::{NO_DESTINATION, Outcome, Path};
use crate::time::Millis;

/// A published version, compiled: steps refer to each other and to destinations by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Number of the version within its link, counted from 1.
    pub version: u32,
    /// Steps; the first is the entry.
    pub steps: Vec<Step>,
    /// Destinations the steps lead to.
    pub destinations: Vec<Destination>,
    /// Index of the destination of a scan that the steps lead nowhere.
    pub fallback: Option<u16>,
    /// Index of the destination of a scan after the link's end.
    pub expired: Option<u16>,
}

impl Workflow {
    /// Where every scan leads while the link is open: the destination of a workflow that decides nothing.
    pub fn only_destination(&self) -> Option<&Destination> {
        let mut at = 0u16;
        for _ in 0..=self.steps.len() {
            let step = self.steps.get(usize::from(at))?;
            match &step.action {
                Act::LinkVisit => at = (*step.branches.first()?)?,
                Act::Redirect { destination, .. } => return self.destination(*destination),
            }
        }
        None
    }

    /// The destinations of redirects, each with whether it is told the scan's id.
    pub fn redirects(&self) -> impl Iterator<Item = (&Destination, bool)> {
        self.steps.iter().filter_map(|step| match &step.action {
            Act::LinkVisit => None,
            Act::Redirect { destination, conversion_tracking } => {
                Some((self.destination(*destination)?, *conversion_tracking))
            }
        })
    }

    /// The destination of an index.
    pub fn destination(&self, index: u16) -> Option<&Destination> {
        self.destinations.get(usize::from(index))
    }
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// What it does.
    pub action: Act,
    /// Where each of its branches leads, by index of step.
    pub branches: Vec<Option<u16>>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The link was visited: where every walk begins. One branch, `next`.
    LinkVisit,
    /// Leaves for a destination.
    Redirect {
        /// Index into the version's destinations.
        destination: u16,
        /// Whether the destination is told the scan's id (`lbid`).
        conversion_tracking: bool,
    },
}

/// What a walk may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Time of the scan.
    pub now: Millis,
}

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the visitor gets.
    pub outcome: Outcome,
    /// Index into the version's destinations, or [`NO_DESTINATION`].
    pub destination: u16,
    /// Whether the destination is told the scan's id.
    pub conversion_tracking: bool,
}

impl Decision {
    /// An answer without a destination.
    pub const fn without_destination(outcome: Outcome) -> Self {
        Self { outcome, destination: NO_DESTINATION, conversion_tracking: false }
    }
}

/// What a scan of a link gets: the workflow's answer while the link is open, else what its end says.
pub fn decide(window: Window, workflow: &Workflow, facts: Facts, path: &mut Vec<u8>) -> Decision {
    let decision = match window.closed(facts.now) {
        Some(outcome) => Decision::without_destination(outcome),
        None => advance(workflow, facts, path),
    };
    let instead = match decision.outcome {
        Outcome::Fallback => workflow.fallback,
        Outcome::Ended if !window.ended => workflow.expired,
        _ => return decision,
    };
    match instead {
        Some(destination) => Decision { destination, ..decision },
        None if decision.outcome == Outcome::Fallback => Decision::without_destination(Outcome::Error),
        None => decision,
    }
}

/// Walks from the entry through the immediate steps to an exit, and notes the way in `path` ([`Path`]'s packing).
/// A branch that leads nowhere ends in [`Outcome::Fallback`].
pub fn advance(workflow: &Workflow, _facts: Facts, path: &mut Vec<u8>) -> Decision {
    let mut at = 0u16;
    // A published version has no circles; the bound keeps a damaged one from holding up a redirect thread.
    for _ in 0..=workflow.steps.len() {
        let Some(step) = workflow.steps.get(usize::from(at)) else { break };
        let branch = match &step.action {
            Act::LinkVisit => 0u16,
            Act::Redirect { destination, conversion_tracking } => {
                Path::push(path, at, Path::NO_BRANCH);
                return Decision {
                    outcome: Outcome::Redirect,
                    destination: *destination,
                    conversion_tracking: *conversion_tracking,
                };
            }
        };
        Path::push(path, at, branch);
        match step.branches.get(usize::from(branch)) {
            Some(Some(next)) => at = *next,
            _ => break,
        }
    }
    Decision::without_destination(Outcome::Fallback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn step(n: u128, action: Act, branches: Vec<Option<u16>>) -> Step {
        Step { id: StepId(Uuid::from_u128(n)), action, branches }
    }

    fn walk(steps: Vec<Step>) -> (Decision, Vec<(u16, u16)>) {
        let destinations = vec![Destination::stored("https://e.com/")];
        let workflow = Workflow { version: 1, steps, destinations, fallback: None, expired: None };
        let mut path = Vec::new();
        let decision = advance(&workflow, Facts { now: Millis(0) }, &mut path);
        (decision, Path(&path).steps().collect())
    }

    #[test]
    fn a_plain_link_goes_from_its_entry_to_its_redirect() {
        let (decision, path) = walk(vec![
            step(1, Act::LinkVisit, vec![Some(1)]),
            step(2, Act::Redirect { destination: 0, conversion_tracking: false }, vec![]),
        ]);
        assert_eq!((decision.outcome, decision.destination), (Outcome::Redirect, 0));
        assert_eq!(path, [(0, 0), (1, Path::NO_BRANCH)]);
    }

    #[test]
    fn only_a_workflow_that_decides_nothing_has_one_destination() {
        let redirect = Act::Redirect { destination: 0, conversion_tracking: true };
        let of = |steps| {
            let destinations = vec![Destination::stored("https://e.com/")];
            Workflow { version: 1, steps, destinations, fallback: None, expired: None }
        };
        let entry = |next| step(1, Act::LinkVisit, vec![next]);
        let plain = of(vec![entry(Some(1)), step(2, redirect, vec![])]);
        assert_eq!(plain.only_destination().unwrap().as_str(), "https://e.com/");
        assert_eq!(plain.redirects().count(), 1);
        for steps in [vec![], vec![entry(None)], vec![entry(Some(0))], vec![entry(Some(7))]] {
            assert_eq!(of(steps).only_destination(), None);
        }
    }

    #[test]
    fn a_way_that_leads_nowhere_falls_back() {
        assert_eq!(walk(vec![step(1, Act::LinkVisit, vec![None])]).0.outcome, Outcome::Fallback);
        assert_eq!(
            walk(vec![step(1, Act::LinkVisit, vec![Some(0)])]).0.outcome,
            Outcome::Fallback,
            "a circle"
        );
        assert_eq!(walk(vec![]).0.outcome, Outcome::Fallback);
    }

    #[test]
    fn what_is_no_redirect_goes_where_the_owner_said() {
        let steps = vec![step(1, Act::LinkVisit, vec![None])];
        let destinations = vec![Destination::stored("https://f.com/"), Destination::stored("https://x.com/")];
        let with = Workflow { version: 1, steps, destinations, fallback: Some(0), expired: Some(1) };
        let without = Workflow { fallback: None, expired: None, ..with.clone() };
        let over = Window { expires_at: Some(Millis(5)), ..Window::default() };
        let of = |window, workflow: &Workflow| {
            let decision = decide(window, workflow, Facts { now: Millis(9) }, &mut Vec::new());
            (decision.outcome, decision.destination)
        };
        assert_eq!(of(Window::default(), &with), (Outcome::Fallback, 0));
        assert_eq!(of(Window::default(), &without), (Outcome::Error, NO_DESTINATION));
        assert_eq!(of(over, &with), (Outcome::Ended, 1));
        assert_eq!(of(over, &without), (Outcome::Ended, NO_DESTINATION));
        assert_eq!(of(Window { ended: true, ..over }, &with), (Outcome::Ended, NO_DESTINATION), "deleted");
        let archived = Window { archived: true, ..Window::default() };
        assert_eq!(of(archived, &with), (Outcome::Ended, 1));
    }
}
