//! How far scans come: the stages of a way through pages and conditions, and what a scan did in each.
//!
//! A stage is one step of a link, or all steps of one action, however the question puts it; [`Stages`] says which step
//! of which version belongs to which.

use crate::ids::LinkId;
use crate::scan::{Outcome, Path};
use crate::trace::TraceKind;
use std::collections::{HashMap, VecDeque};

/// Where a step of a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of its stage.
    pub stage: u32,
    /// Number within the stage of each of its branches.
    pub branches: Vec<u32>,
    /// Number within the version of the step that each branch leads to.
    pub next: Vec<Option<u16>>,
    /// Whether it shows a page: then what happened there has a trace of its own.
    pub is_page: bool,
    /// Whether it is an exit.
    pub is_exit: bool,
}

/// The stages of a funnel.
#[derive(Clone, Debug, Default)]
pub struct Stages {
    /// Number of branches of each stage.
    pub branches: Vec<usize>,
    /// Steps of each version, in the version's order.
    pub places: HashMap<(LinkId, u32), Vec<Place>>,
}

/// What a scan did in a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Stage.
    pub stage: u32,
    /// How often.
    pub occurrences: u64,
    /// Whether it was answered there.
    pub answered: bool,
}

/// A scan's way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Stages that it came to, each once.
    pub passed: Vec<Passed>,
    /// Stages and their branches that it took, each once.
    pub branches: Vec<(u32, u32)>,
    /// Whether it came to an exit.
    pub is_complete: bool,
    /// Whether it came to any step: an ended or paused link has none.
    pub has_begun: bool,
    /// The stage it was in last.
    pub last: Option<u32>,
    /// The stage that lay next before it where it left, short of an exit.
    pub missed: Option<u32>,
}

impl Stages {
    /// The way of a scan by its path, and by what was noted behind pages: steps with branch and what happened.
    pub fn way(
        &self,
        of: (LinkId, u32),
        path: Path<'_>,
        outcome: Outcome,
        traces: &[(u16, u16, TraceKind)],
    ) -> Way {
        let mut way = Way { has_begun: !path.0.is_empty(), ..Way::default() };
        let Some(places) = self.places.get(&of) else { return way };
        let mut left_at = None;
        let mut take = |step: u16, branch: u16, occurrences: u64, answered: bool| {
            let Some(place) = places.get(usize::from(step)) else { return };
            let number = way.passed.iter().position(|passed| passed.stage == place.stage);
            let number = number.unwrap_or_else(|| {
                way.passed.push(Passed { stage: place.stage, ..Passed::default() });
                way.passed.len() - 1
            });
            way.passed[number].occurrences += occurrences;
            way.passed[number].answered |= answered;
            way.is_complete |= place.is_exit;
            way.last = Some(place.stage);
            left_at = Some((place, branch));
            if let Some(branch) = place.branches.get(usize::from(branch))
                && !way.branches.contains(&(place.stage, *branch))
            {
                way.branches.push((place.stage, *branch));
            }
        };
        for (step, branch) in path.steps() {
            // A page that the redirect led to is told of by its trace, once the browser has come.
            let is_page = places.get(usize::from(step)).is_some_and(|place| place.is_page);
            take(step, branch, u64::from(!(is_page && outcome == Outcome::Page)), false);
        }
        for (step, branch, kind) in traces {
            let comes = matches!(kind, TraceKind::Shown | TraceKind::Passed | TraceKind::Exit);
            take(*step, *branch, u64::from(comes), *kind == TraceKind::Answered);
        }
        // Who was there was there once at least, whatever was noted.
        way.passed.iter_mut().for_each(|passed| passed.occurrences = passed.occurrences.max(1));
        if let (Some((place, branch)), false) = (left_at, way.is_complete) {
            way.missed = nearest(places, place, branch, &way.passed);
        }
        way
    }
}

/// The nearest stage that a scan has not come to, by the branch that it took last, or by any where it took none.
fn nearest(places: &[Place], from: &Place, branch: u16, passed: &[Passed]) -> Option<u32> {
    let mut open: VecDeque<u16> = match from.next.get(usize::from(branch)) {
        Some(taken) => taken.iter().copied().collect(),
        None => from.next.iter().flatten().copied().collect(),
    };
    let mut seen = Vec::new();
    while let Some(step) = open.pop_front() {
        let Some(place) = places.get(usize::from(step)).filter(|_| !seen.contains(&step)) else { continue };
        if passed.iter().all(|passed| passed.stage != place.stage) {
            return Some(place.stage);
        }
        seen.push(step);
        open.extend(place.next.iter().flatten());
    }
    None
}

/// What a stage counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    /// Scans that came to it.
    pub scans: u64,
    /// How often they did.
    pub occurrences: u64,
    /// Scans that were answered in it.
    pub answered: u64,
    /// Scans that went no further, short of an exit.
    pub left: u64,
    /// Scans that left when this was the next stage before them.
    pub missed: u64,
    /// Different visitors of each UTC day that came to it, added.
    pub visitors: u64,
    /// Different known people who came to it.
    pub known: u64,
    /// Scans by the branch they took.
    pub branches: Vec<u64>,
}

/// A funnel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Scans that came to any step.
    pub begun: StageCounts,
    /// Scans that came to none: their link was paused, had ended or was not open yet.
    pub not_begun: u64,
    /// Scans that came to an exit.
    pub completed: StageCounts,
    /// By stage.
    pub stages: Vec<StageCounts>,
}

impl StageCounts {
    fn with(branches: usize) -> Self {
        Self { branches: vec![0; branches], ..Self::default() }
    }

    fn add(&mut self, other: &Self) {
        self.scans += other.scans;
        self.occurrences += other.occurrences;
        self.answered += other.answered;
        self.left += other.left;
        self.missed += other.missed;
        self.visitors += other.visitors;
        self.known += other.known;
        self.branches.iter_mut().zip(&other.branches).for_each(|(sum, more)| *sum += more);
    }
}

impl Funnel {
    /// Nothing counted.
    pub fn of(stages: &Stages) -> Self {
        Self {
            stages: stages.branches.iter().map(|branches| StageCounts::with(*branches)).collect(),
            ..Self::default()
        }
    }

    /// The counts of one stage: [`Funnel::BEGUN`], [`Funnel::COMPLETED`], or a stage's number.
    pub fn stage(&mut self, number: u32) -> &mut StageCounts {
        match number {
            Self::BEGUN => &mut self.begun,
            Self::COMPLETED => &mut self.completed,
            number => &mut self.stages[number as usize],
        }
    }

    /// Stands for [`Funnel::begun`] where a stage's number is expected.
    pub const BEGUN: u32 = u32::MAX;
    /// Stands for [`Funnel::completed`].
    pub const COMPLETED: u32 = u32::MAX - 1;

    /// Counts a way `times` times, but for visitors and known people.
    pub fn count(&mut self, way: &Way, times: u64) {
        for passed in &way.passed {
            let counts = self.stage(passed.stage);
            counts.scans += times;
            counts.occurrences += passed.occurrences * times;
            counts.answered += if passed.answered { times } else { 0 };
        }
        for (stage, branch) in &way.branches {
            self.stages[*stage as usize].branches[*branch as usize] += times;
        }
        if let (Some(last), false) = (way.last, way.is_complete) {
            self.stage(last).left += times;
        }
        if let Some(missed) = way.missed {
            self.stage(missed).missed += times;
        }
        *(if way.has_begun { &mut self.begun.scans } else { &mut self.not_begun }) += times;
        self.completed.scans += if way.is_complete { times } else { 0 };
    }

    /// Adds what other scans have counted. Known people have to be told apart by who calls.
    pub fn add(&mut self, other: &Self) {
        self.begun.add(&other.begun);
        self.not_begun += other.not_begun;
        self.completed.add(&other.completed);
        self.stages.iter_mut().zip(&other.stages).for_each(|(sum, more)| sum.add(more));
    }
}

impl Way {
    /// All stages that visitors of this way are counted in.
    pub fn stages(&self) -> impl Iterator<Item = u32> {
        let begun = self.has_begun.then_some(Funnel::BEGUN);
        let completed = self.is_complete.then_some(Funnel::COMPLETED);
        self.passed.iter().map(|passed| passed.stage).chain(begun).chain(completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_scan_counts_once_a_stage_however_often_it_comes() {
        let link = LinkId(Uuid::from_u128(1));
        let place = |stage, branches: &[u32], next: &[Option<u16>], is_page, is_exit| Place {
            stage,
            branches: branches.to_vec(),
            next: next.to_vec(),
            is_page,
            is_exit,
        };
        let places = vec![
            place(0, &[0], &[Some(1)], false, false),
            place(1, &[0, 1], &[None, Some(2)], true, false),
            place(2, &[], &[], false, true),
        ];
        let stages = Stages { branches: vec![1, 2, 0], places: [((link, 3), places)].into() };
        let mut path = Vec::new();
        Path::push(&mut path, 0, 0);
        Path::push(&mut path, 1, Path::NO_BRANCH);
        let traces = [
            (1, Path::NO_BRANCH, TraceKind::Shown),
            (1, Path::NO_BRANCH, TraceKind::Failed),
            (1, Path::NO_BRANCH, TraceKind::Shown),
            (1, 1, TraceKind::Answered),
            (2, Path::NO_BRANCH, TraceKind::Exit),
        ];
        let way = stages.way((link, 3), Path(&path), Outcome::Page, &traces);
        assert_eq!(way.passed[1], Passed { stage: 1, occurrences: 2, answered: true });
        assert_eq!((way.branches.as_slice(), way.is_complete), (&[(0, 0), (1, 1)][..], true));
        let gone = stages.way((link, 3), Path(&path), Outcome::Page, &[]);
        assert_eq!((gone.passed.len(), gone.passed[1].occurrences, gone.is_complete), (2, 1, false));
        let mut funnel = Funnel::of(&stages);
        funnel.count(&way, 1);
        funnel.count(&gone, 3);
        let ended = stages.way((link, 0), Path(&[]), Outcome::Ended, &[]);
        funnel.count(&ended, 5);
        assert_eq!((funnel.begun.scans, funnel.not_begun, funnel.completed.scans), (4, 5, 1));
        assert_eq!(funnel.stages.iter().map(|stage| stage.scans).collect::<Vec<_>>(), [4, 4, 1]);
        assert_eq!(funnel.stages.iter().map(|stage| stage.left).collect::<Vec<_>>(), [0, 3, 0]);
        assert_eq!(funnel.stages.iter().map(|stage| stage.missed).collect::<Vec<_>>(), [0, 0, 3]);
        let nowhere = [(1, 0, TraceKind::Answered)];
        let ended_nowhere = stages.way((link, 3), Path(&path), Outcome::Page, &nowhere);
        assert_eq!((ended_nowhere.last, ended_nowhere.missed), (Some(1), None), "nothing lay before it");
        assert_eq!((funnel.stages[1].answered, &funnel.stages[1].branches[..]), (1, &[0, 1][..]));
    }
}
