//! The graph of a workflow that is being edited: what leads where, what is reachable, where a way back is seen.

use super::draft::StepDraft;
use super::payload::Payload;
use crate::ids::StepId;
use std::collections::HashMap;

/// Steps by index, with their ways out in the order of their branches.
pub struct Shape {
    /// Where each step's branches lead, once each.
    pub children: Vec<Vec<usize>>,
    /// What leads to each step, once each.
    pub parents: Vec<Vec<usize>>,
    /// Whether a walk from the entry can come to the step.
    pub is_reachable: Vec<bool>,
    /// Whether the visitor may have seen a page before.
    pub has_page_before: Vec<bool>,
    shows_page: Vec<bool>,
}

impl Shape {
    /// The shape of these steps.
    pub fn of(steps: &[StepDraft]) -> Self {
        let index: HashMap<StepId, usize> =
            steps.iter().enumerate().map(|(at, step)| (step.id, at)).collect();
        let mut children = vec![Vec::new(); steps.len()];
        let mut parents = vec![Vec::new(); steps.len()];
        for (at, step) in steps.iter().enumerate() {
            for branch in step.payload.branches() {
                let Some(next) = step.branches.get(branch.id).and_then(|next| index.get(next)) else {
                    continue;
                };
                if !children[at].contains(next) {
                    children[at].push(*next);
                    parents[*next].push(at);
                }
            }
        }
        let shows_page: Vec<bool> = steps.iter().map(|step| step.action().renders_page()).collect();
        let entry = steps.iter().position(|step| matches!(step.payload, Payload::LinkVisit(_)));
        let is_reachable = reach(&children, entry.into_iter());
        let behind_pages = (0..steps.len()).filter(|at| shows_page[*at]).flat_map(|at| children[at].clone());
        let has_page_before = reach(&children, behind_pages);
        Self { children, parents, is_reachable, has_page_before, shows_page }
    }

    /// Whether the step's page has an earlier page to go back to.
    pub fn can_go_back(&self, step: usize) -> bool {
        self.shows_page[step] && self.has_page_before[step]
    }

    /// Whether a page that comes next could go back.
    pub fn next_can_go_back(&self, step: usize) -> bool {
        !self.children[step].is_empty() && (self.shows_page[step] || self.has_page_before[step])
    }

    /// The steps of a circle, in order from the one listed first, if there is one.
    pub fn circle(&self) -> Option<Vec<usize>> {
        // Steps whose parents have all gone are taken away until none is left, or a circle.
        let mut waits: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        let mut free: Vec<usize> = (0..waits.len()).filter(|at| waits[*at] == 0).collect();
        while let Some(at) = free.pop() {
            for child in &self.children[at] {
                waits[*child] -= 1;
                if waits[*child] == 0 {
                    free.push(*child);
                }
            }
        }
        // Each step left has a parent that is left: going back along them ends in a circle.
        let mut way = vec![waits.iter().position(|left| *left > 0)?];
        loop {
            let at = *way.last()?;
            let before = *self.parents[at].iter().find(|parent| waits[**parent] > 0)?;
            if let Some(start) = way.iter().position(|known| *known == before) {
                let mut circle = way.split_off(start);
                circle.reverse();
                let first =
                    circle.iter().enumerate().min_by_key(|(_, step)| **step).map_or(0, |(place, _)| place);
                circle.rotate_left(first);
                return Some(circle);
            }
            way.push(before);
        }
    }
}

/// What can be come to from some steps, those included.
fn reach(children: &[Vec<usize>], from: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut reached = vec![false; children.len()];
    let mut open: Vec<usize> = from.collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(&children[at]);
        }
    }
    reached
}

/// Whether leading a branch of `from` to `to` would make a circle.
pub fn connect_would_loop(steps: &[StepDraft], from: StepId, to: StepId) -> bool {
    let at = |id| steps.iter().position(|step| step.id == id);
    let (Some(from), Some(to)) = (at(from), at(to)) else { return false };
    reach(&Shape::of(steps).children, std::iter::once(to))[from]
}

/// The step's branches that lead nowhere.
pub fn unconnected_branches(step: &StepDraft) -> Vec<String> {
    let branches = step.payload.branches();
    branches.iter().filter(|b| !step.branches.contains_key(b.id)).map(|b| b.id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::payload::{LinkVisit, MessagePage, NEXT};
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> StepId {
        StepId(Uuid::from_u128(n))
    }

    fn chain(ways: &[(u128, u128)]) -> Vec<StepDraft> {
        let step = |(from, to): &(u128, u128)| {
            let payload = match from {
                1 => Payload::LinkVisit(LinkVisit {}),
                _ => Payload::MessagePage(MessagePage::default()),
            };
            let mut step = StepDraft::new(id(*from), payload);
            step.branches.insert(NEXT.into(), id(*to));
            step
        };
        ways.iter().map(step).collect()
    }

    #[test]
    fn circles_are_found_and_foreseen() {
        let steps = chain(&[(1, 2), (2, 3), (3, 9)]);
        assert_eq!(Shape::of(&steps).circle(), None);
        assert!(connect_would_loop(&steps, id(3), id(2)) && connect_would_loop(&steps, id(2), id(2)));
        assert!(!connect_would_loop(&steps, id(1), id(3)) && !connect_would_loop(&steps, id(3), id(9)));
        assert_eq!(Shape::of(&chain(&[(1, 2), (2, 3), (3, 2)])).circle(), Some(vec![1, 2]));
        assert_eq!(Shape::of(&chain(&[(1, 2), (2, 2)])).circle(), Some(vec![1]));
        assert_eq!(Shape::of(&chain(&[(1, 9), (2, 3), (3, 2)])).circle().map(|circle| circle.len()), Some(2));
    }

    #[test]
    fn a_way_back_needs_a_page_before() {
        let shape = Shape::of(&chain(&[(1, 2), (2, 3), (3, 9), (4, 9)]));
        let back: Vec<_> =
            (0..4).map(|step| (shape.can_go_back(step), shape.next_can_go_back(step))).collect();
        assert_eq!(back, [(false, false), (false, true), (true, false), (false, false)]);
        assert_eq!(shape.is_reachable, [true, true, true, false]);
        assert_eq!(shape.parents, [vec![], vec![0], vec![1], vec![]]);
    }
}
