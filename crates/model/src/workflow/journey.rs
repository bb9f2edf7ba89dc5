//! How far a scan came: steps reached, steps there are on its way, and whether it came to an exit. Conditions are not
//! counted, for visitors do not see them.

use super::action::Kind;
use super::compile::Workflow;
use crate::scan::Path;
use serde::Serialize;
use std::collections::VecDeque;

/// How far a scan came (dossier 1.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Journey {
    /// Steps come to, the entry counted.
    pub steps_reached: usize,
    /// Those, and the fewest still ahead to an exit.
    pub steps_total: usize,
    /// Whether an exit was come to.
    pub completed: bool,
}

/// The journey of a scan: `walked` are the steps of its path and, behind them, those of its answers, each with the
/// branch taken ([`Path::NO_BRANCH`] where it still stands).
pub fn journey(workflow: &Workflow, walked: impl Iterator<Item = (u16, u16)>) -> Journey {
    let mut seen = Vec::new();
    let mut last = None;
    let mut completed = false;
    for (step, branch) in walked {
        let Some(kind) = workflow.step(step).map(|step| step.action().kind()) else { continue };
        if kind != Kind::Condition && !seen.contains(&step) {
            seen.push(step);
        }
        completed |= kind == Kind::Exit;
        last = Some((step, branch));
    }
    let ahead = match last {
        Some((step, branch)) if !completed => fewest_ahead(workflow, step, branch),
        _ => 0,
    };
    Journey { steps_reached: seen.len(), steps_total: seen.len() + ahead, completed }
}

/// Fewest steps to an exit that follow a step by one of its branches; 0 where no exit can be come to.
fn fewest_ahead(workflow: &Workflow, step: u16, branch: u16) -> usize {
    let from: Vec<u16> = match branch {
        Path::NO_BRANCH => {
            workflow.step(step).map_or(Vec::new(), |s| s.branches().iter().flatten().copied().collect())
        }
        branch => workflow.next(step, branch).into_iter().collect(),
    };
    let cost = |at: u16| workflow.step(at).map(|step| usize::from(step.action().kind() != Kind::Condition));
    // Steps that cost nothing are looked at first, so each is come to by its cheapest way.
    let mut open: VecDeque<(u16, usize)> = VecDeque::new();
    let reach = |open: &mut VecDeque<(u16, usize)>, at: u16, so_far: usize| match cost(at) {
        Some(0) => open.push_front((at, so_far)),
        Some(one) => open.push_back((at, so_far + one)),
        None => {}
    };
    for at in from {
        reach(&mut open, at, 0);
    }
    let mut done = vec![false; workflow.plan.steps.len()];
    while let Some((at, steps)) = open.pop_front() {
        if std::mem::replace(&mut done[usize::from(at)], true) {
            continue;
        }
        let Some(step) = workflow.step(at) else { continue };
        if step.action().kind() == Kind::Exit {
            return steps;
        }
        for next in step.branches().iter().flatten() {
            reach(&mut open, *next, steps);
        }
    }
    0
}
