//! The stages of a funnel, from the versions of workflows.

use model::funnel::{Place, Stages};
use model::workflow::{Action, Kind, StepDraft, step_name};
use model::{LinkId, StepId};
use std::collections::{HashMap, VecDeque};

/// A stage as it is shown.
pub struct Stage {
    /// Its number.
    pub number: usize,
    /// What its steps do.
    pub action: Action,
    /// The step, where each is a stage by itself.
    pub step: Option<StepId>,
    /// What people call the step; empty where many are one stage.
    pub name: String,
    /// Labels of its branches.
    pub branches: Vec<String>,
}

/// What makes two steps one stage.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Step(StepId),
    Action(Action),
}

/// Gathers stages; newer versions come first, so that names and order are theirs.
pub struct Builder {
    by_step: bool,
    numbers: HashMap<Key, usize>,
    stages: Vec<Stage>,
    /// What tells the branches of each stage apart: ids of a step's, labels of an action's.
    branches: Vec<Vec<String>>,
    places: HashMap<(LinkId, u32), Vec<Place>>,
}

impl Builder {
    /// With a stage for each step, or for each action.
    pub fn new(by_step: bool) -> Self {
        Self { by_step, numbers: HashMap::new(), stages: vec![], branches: vec![], places: HashMap::new() }
    }

    /// Adds a version.
    pub fn add(&mut self, link: LinkId, version: u32, steps: &[StepDraft]) {
        // Stages are numbered in the order in which a visitor comes to them.
        for step in walked(steps) {
            self.stage(step);
        }
        let numbers: HashMap<StepId, u16> = steps.iter().map(|step| step.id).zip(0..).collect();
        let place = |step: &StepDraft| {
            let number = self.stage(step);
            let action = step.action();
            let ways = step.payload.branches().into_iter().map(|branch| step.branches.get(branch.id));
            Place {
                stage: number as u32,
                branches: self.branches(number, step),
                next: ways.map(|way| numbers.get(way?).copied()).collect(),
                is_page: action.renders_page(),
                is_exit: action.kind() == Kind::Exit,
            }
        };
        let places = steps.iter().map(place).collect();
        self.places.insert((link, version), places);
    }

    fn stage(&mut self, step: &StepDraft) -> usize {
        let key = if self.by_step { Key::Step(step.id) } else { Key::Action(step.action()) };
        let next = self.stages.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.stages.push(Stage {
                number,
                action: step.action(),
                step: self.by_step.then_some(step.id),
                name: if self.by_step { step_name(step) } else { String::new() },
                branches: vec![],
            });
            self.branches.push(vec![]);
        }
        number
    }

    fn branches(&mut self, number: usize, step: &StepDraft) -> Vec<u32> {
        let known = &mut self.branches[number];
        let shown = &mut self.stages[number].branches;
        let number = |branch: model::workflow::payload::Branch<'_>| {
            let name = if self.by_step { branch.id } else { branch.label };
            let place = known.iter().position(|known| known == name).unwrap_or_else(|| {
                known.push(name.to_owned());
                shown.push(branch.label.to_owned());
                known.len() - 1
            });
            place as u32
        };
        step.payload.branches().into_iter().map(number).collect()
    }

    /// The stages in the order in which they are shown (arrival, what lies between, exits), and for the store.
    pub fn done(self) -> (Vec<Stage>, Stages) {
        let branches = self.stages.iter().map(|stage| stage.branches.len()).collect();
        let mut stages = self.stages;
        stages.sort_by_key(|stage| match stage.action.kind() {
            Kind::Entry => 0,
            Kind::Condition | Kind::Interaction => 1,
            Kind::Exit => 2,
        });
        (stages, Stages { branches, places: self.places })
    }
}

/// The steps that can be come to, nearest to the entry first.
fn walked(steps: &[StepDraft]) -> Vec<&StepDraft> {
    let by_id: HashMap<StepId, &StepDraft> = steps.iter().map(|step| (step.id, step)).collect();
    let mut open: VecDeque<&StepDraft> = steps.first().into_iter().collect();
    let mut found: Vec<&StepDraft> = Vec::new();
    while let Some(step) = open.pop_front() {
        if found.iter().any(|known| known.id == step.id) {
            continue;
        }
        found.push(step);
        let ways = step.payload.branches().into_iter().filter_map(|branch| step.branches.get(branch.id));
        open.extend(ways.filter_map(|id| by_id.get(id)));
    }
    found
}
