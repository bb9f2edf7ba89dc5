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

/// A published version, compiled: steps refer to each other and to destinations by index. Most links of an installation
/// are an entry and a redirect, and a million of them lie in memory: theirs is two small boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Number of the version within its link, counted from 1.
    pub version: u32,
    /// Index of the destination of a scan that the steps lead nowhere.
    pub fallback: Option<u16>,
    /// Index of the destination of a scan after the link's end.
    pub expired: Option<u16>,
    /// What its conditions ask for.
    pub needs: Needs,
    /// Steps; the first is the entry.
    pub steps: Box<[Step]>,
    /// Destinations the steps lead to, then the fallback's and the end's.
    pub destinations: Box<[Destination]>,
    /// Time zones of conditions that name one.
    pub(super) zones: Box<[TimeZone]>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// What it does.
    pub act: Act,
}

/// Where a branch leads: index of a step.
pub type Next = Option<u16>;

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
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
        match &self.act {
            Act::LinkVisit(_) => Action::LinkVisit,
            Act::Redirect { .. } => Action::ClientRedirect,
            Act::Media(_) => Action::OpenMedia,
            Act::Page(action, _) => *action,
            Act::Condition(condition) => condition.action,
        }
    }

    /// Where its branches lead.
    pub fn branches(&self) -> &[Next] {
        match &self.act {
            Act::LinkVisit(next) => std::slice::from_ref(next),
            Act::Redirect { .. } | Act::Media(_) => &[],
            Act::Page(_, branches) => branches,
            Act::Condition(condition) => &condition.branches,
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
        let mut destinations = Vec::new();
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
            let act = match &step.payload {
                Payload::LinkVisit(_) => Act::LinkVisit(next(super::payload::NEXT)),
                Payload::ClientRedirect(redirect) => Act::Redirect {
                    destination: add(&redirect.destination).unwrap_or(NO_DESTINATION),
                    conversion_tracking: redirect.conversion_tracking,
                },
                Payload::OpenMedia(media) => Act::Media(media.media_id.as_str().into()),
                payload => match compiler.chooser(payload) {
                    Some(chooser) => {
                        let action = step.action();
                        Act::Condition(Box::new(Condition { action, chooser, branches: branches() }))
                    }
                    None => Act::Page(step.action(), branches()),
                },
            };
            flaws.extend(compiler.flaws.drain(..).map(|flaw| (index, flaw)));
            steps.push(Step { id: step.id, act });
        }
        let fallback = self.fallback.as_deref().and_then(&mut add);
        let expired = self.expired.as_deref().and_then(&mut add);
        let workflow = Workflow {
            version,
            fallback,
            expired,
            needs: compiler.needs,
            steps: steps.into(),
            destinations: destinations.into(),
            zones: compiler.zones.into(),
        };
        (workflow, flaws)
    }
}

impl Workflow {
    /// Where every scan leads while the link is open: the destination of a workflow that decides nothing.
    pub fn only_destination(&self) -> Option<&Destination> {
        let mut at = 0u16;
        for _ in 0..=self.steps.len() {
            match &self.steps.get(usize::from(at))?.act {
                Act::LinkVisit(next) => at = (*next)?,
                Act::Redirect { destination, .. } => return self.destination(*destination),
                Act::Media(_) | Act::Page(..) | Act::Condition(_) => return None,
            }
        }
        None
    }

    /// The destinations of redirects, each with whether it is told the scan's id.
    pub fn redirects(&self) -> impl Iterator<Item = (&Destination, bool)> {
        self.steps.iter().filter_map(|step| match &step.act {
            Act::Redirect { destination, conversion_tracking } => {
                Some((self.destination(*destination)?, *conversion_tracking))
            }
            _ => None,
        })
    }

    /// The destination of an index.
    pub fn destination(&self, index: u16) -> Option<&Destination> {
        self.destinations.get(usize::from(index))
    }

    /// The step at a place.
    pub fn step(&self, index: u16) -> Option<&Step> {
        self.steps.get(usize::from(index))
    }

    /// Where a branch of a step leads.
    pub fn next(&self, step: u16, branch: u16) -> Next {
        *self.step(step)?.branches().get(usize::from(branch))?
    }
}
