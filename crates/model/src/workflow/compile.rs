//! From a stored version to what a redirect thread walks: steps and destinations by index, conditions read once.

use super::action::Action;
use super::condition::{Chooser, Compiler};
use super::facts::Needs;
use super::graph::Graph;
use super::payload::Payload;
use crate::destination::Destination;
use crate::ids::StepId;
use crate::scan::NO_DESTINATION;
use jiff::tz::TimeZone;
use smallvec::SmallVec;
use std::sync::{Arc, LazyLock};

/// A published version, compiled: steps refer to each other and to destinations by index.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Number of the version within its link, counted from 1.
    pub version: u32,
    /// Index of the destination of a scan that the steps lead nowhere.
    pub fallback: Option<u16>,
    /// Index of the destination of a scan after the link's end.
    pub expired: Option<u16>,
    /// What a walk goes by.
    pub plan: Arc<Plan>,
    /// Destinations the steps lead to, then the fallback's and the end's. Most versions have one, and need no list for it.
    pub destinations: SmallVec<[Destination; 1]>,
}

/// What a walk goes by. Most links of an installation are an entry and a redirect, and a million of them lie in memory:
/// they share one plan, which is why nothing in it is a link's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What its conditions ask for.
    pub needs: Needs,
    /// Steps; the first is the entry.
    pub steps: Box<[Step]>,
    /// Time zones of conditions that name one.
    pub(super) zones: Box<[TimeZone]>,
}

/// Where a branch leads: index of a step.
pub type Next = Option<u16>;

/// A step: what it does. Its id, and all else its owner wrote, is in the [`Graph`] at the same place.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The link was visited: where every walk begins. Its one branch.
    LinkVisit(Next),
    /// Leaves for a destination.
    Redirect {
        /// Index into the version's destinations, or [`NO_DESTINATION`] where none was written.
        destination: u16,
        /// Whether the destination is told the scan's id (`lbid`).
        conversion_tracking: bool,
    },
    /// Leaves for a file of the library, by its id.
    Media(Box<str>),
    /// Shows a page; its branches.
    Page(Action, Box<[Next]>),
    /// Forks.
    Condition(Box<Condition>),
}

/// A fork.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Id of the step.
    pub id: StepId,
    /// Which of the conditions.
    pub action: Action,
    /// How it chooses.
    pub chooser: Chooser,
    /// Its branches: of each option, then `else`.
    pub branches: Box<[Next]>,
}

impl Step {
    /// Its action.
    pub fn action(&self) -> Action {
        match self {
            Step::LinkVisit(_) => Action::LinkVisit,
            Step::Redirect { .. } => Action::ClientRedirect,
            Step::Media(_) => Action::OpenMedia,
            Step::Page(action, _) => *action,
            Step::Condition(condition) => condition.action,
        }
    }

    /// Where its branches lead.
    pub fn branches(&self) -> &[Next] {
        match self {
            Step::LinkVisit(next) => std::slice::from_ref(next),
            Step::Redirect { .. } | Step::Media(_) => &[],
            Step::Page(_, branches) => branches,
            Step::Condition(condition) => &condition.branches,
        }
    }
}

impl Graph {
    /// The version as the engine walks it. What is unfinished leads nowhere.
    pub fn compile(&self, version: u32) -> Workflow {
        self.compile_noting(version).0
    }

    /// The same, with what the conditions have that cannot be read, by step.
    pub(super) fn compile_noting(&self, version: u32) -> (Workflow, Vec<(usize, super::condition::Flaw)>) {
        let mut compiler = Compiler::default();
        let mut flaws = Vec::new();
        let mut destinations = SmallVec::new();
        let mut add = |text: &str| {
            if text.is_empty() {
                return None;
            }
            destinations.push(Destination::stored(text));
            Some((destinations.len() - 1) as u16)
        };
        let mut steps = Vec::with_capacity(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            let next = |branch: &str| self.index(*step.branches.get(branch)?);
            let branches =
                || step.payload.branches().iter().map(|branch| next(branch.id)).collect::<Box<[Next]>>();
            let compiled = match &step.payload {
                Payload::LinkVisit(_) => Step::LinkVisit(next(super::payload::NEXT)),
                Payload::ClientRedirect(redirect) => Step::Redirect {
                    destination: add(&redirect.destination).unwrap_or(NO_DESTINATION),
                    conversion_tracking: redirect.conversion_tracking,
                },
                Payload::OpenMedia(media) => Step::Media(media.media_id.as_str().into()),
                payload => match compiler.chooser(payload) {
                    Some(chooser) => {
                        let (id, action) = (step.id, step.action());
                        Step::Condition(Box::new(Condition { id, action, chooser, branches: branches() }))
                    }
                    None => Step::Page(step.action(), branches()),
                },
            };
            flaws.extend(compiler.flaws.drain(..).map(|flaw| (index, flaw)));
            steps.push(compiled);
        }
        let fallback = self.fallback.as_deref().and_then(&mut add);
        let expired = self.expired.as_deref().and_then(&mut add);
        let plan = Plan { needs: compiler.needs, steps: steps.into(), zones: compiler.zones.into() };
        destinations.shrink_to_fit();
        let workflow = Workflow { version, fallback, expired, plan: plan.shared(), destinations };
        (workflow, flaws)
    }
}

/// The plans of an entry and a redirect: the destination is not told the scan's id, or is.
static PLAIN: LazyLock<[Arc<Plan>; 2]> = LazyLock::new(|| {
    [false, true].map(|conversion_tracking| {
        let redirect = Step::Redirect { destination: 0, conversion_tracking };
        Arc::new(Plan { steps: [Step::LinkVisit(Some(1)), redirect].into(), ..Plan::default() })
    })
});

impl Plan {
    /// Whether it is an entry and a redirect.
    pub fn is_plain(&self) -> bool {
        PLAIN.iter().any(|plain| **plain == *self)
    }

    /// In memory: of a plain one there is only one.
    fn shared(self) -> Arc<Self> {
        let plain = PLAIN.iter().find(|plain| ***plain == self).cloned();
        plain.unwrap_or_else(|| Arc::new(self))
    }
}

impl Workflow {
    /// Where every scan leads while the link is open: the destination of a workflow that decides nothing.
    pub fn only_destination(&self) -> Option<&Destination> {
        let mut at = 0u16;
        for _ in 0..=self.plan.steps.len() {
            match self.step(at)? {
                Step::LinkVisit(next) => at = (*next)?,
                Step::Redirect { destination, .. } => return self.destination(*destination),
                Step::Media(_) | Step::Page(..) | Step::Condition(_) => return None,
            }
        }
        None
    }

    /// The destinations of redirects, each with whether it is told the scan's id.
    pub fn redirects(&self) -> impl Iterator<Item = (&Destination, bool)> {
        self.plan.steps.iter().filter_map(|step| match step {
            Step::Redirect { destination, conversion_tracking } => {
                Some((self.destination(*destination)?, *conversion_tracking))
            }
            _ => None,
        })
    }

    /// The destination of an index.
    pub fn destination(&self, index: u16) -> Option<&Destination> {
        self.destinations.get(usize::from(index))
    }

    /// What its conditions ask for.
    pub fn needs(&self) -> Needs {
        self.plan.needs
    }

    /// The step at a place.
    pub fn step(&self, index: u16) -> Option<&Step> {
        self.plan.steps.get(usize::from(index))
    }

    /// Where a branch of a step leads.
    pub fn next(&self, step: u16, branch: u16) -> Next {
        *self.step(step)?.branches().get(usize::from(branch))?
    }
}
