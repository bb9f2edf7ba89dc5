//! How far scans came, walked scan by scan.

use super::{Fed, Tried};
use crate::world::SMALL;
use crate::{reference, world};
use model::ScanId;
use model::Trace;
use model::funnel::{Funnel, Place, Stages};
use model::report::Population;
use model::scan::{Outcome, Path, Scan};
use model::time::UtcDay;
use model::trace::TraceKind;
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Stages of every version: two steps are one stage, the last is an exit.
fn stages() -> Stages {
    let place = |stage, branches: &[u32], next: &[Option<u16>], is_page, is_exit| Place {
        stage,
        branches: branches.to_vec(),
        next: next.to_vec(),
        is_page,
        is_exit,
    };
    let places = vec![
        place(0, &[0], &[Some(1)], false, false),
        place(1, &[0, 1], &[Some(2), Some(3)], true, false),
        place(1, &[1, 2], &[Some(3), None], true, false),
        place(2, &[], &[], false, true),
    ];
    let links = (0..SMALL.workspaces).flat_map(|w| (0..SMALL.links).map(move |n| world::link(w, n)));
    // Version 3 of every link is lost.
    let of = links.flat_map(|link| (0..3).map(move |version| (link, version)));
    Stages { branches: vec![1, 3, 0], places: of.map(|of| (of, places.clone())).collect() }
}

/// What a scan did, stage by stage: occurrences and whether it was answered; branches; complete; last stage; the stage
/// that it would have come to next.
struct Naive {
    passed: BTreeMap<u32, (u64, bool)>,
    branches: BTreeSet<(u32, u32)>,
    complete: bool,
    last: Option<u32>,
    missed: Option<u32>,
}

fn naive(stages: &Stages, scan: &Scan<'_>, traces: &[Trace]) -> Naive {
    let mut found = Naive {
        passed: BTreeMap::new(),
        branches: BTreeSet::new(),
        complete: false,
        last: None,
        missed: None,
    };
    let mut ways = vec![];
    let Some(places) = stages.places.get(&(scan.link, scan.workflow_version)) else { return found };
    let from_path = Path(scan.path.0).steps().map(|(step, branch)| (step, branch, None));
    let behind = traces.iter().map(|trace| (trace.step, trace.branch, Some(trace.kind)));
    for (step, branch, kind) in from_path.chain(behind) {
        let Some(place) = places.get(step as usize) else { continue };
        let comes = match kind {
            None => !(place.is_page && scan.outcome == Outcome::Page),
            Some(kind) => [TraceKind::Shown, TraceKind::Passed, TraceKind::Exit].contains(&kind),
        };
        let (times, answered) = found.passed.entry(place.stage).or_default();
        *times += u64::from(comes);
        *answered |= kind == Some(TraceKind::Answered);
        if let Some(branch) = place.branches.get(branch as usize) {
            found.branches.insert((place.stage, *branch));
        }
        found.complete |= place.is_exit;
        found.last = Some(place.stage);
        ways = match place.next.get(branch as usize) {
            Some(way) => vec![*way],
            None => place.next.clone(),
        };
    }
    // Level by level; no way leads back.
    while found.missed.is_none() && !found.complete && !ways.is_empty() {
        let level: Vec<&Place> = ways.iter().flatten().map(|step| &places[usize::from(*step)]).collect();
        found.missed = level.iter().map(|place| place.stage).find(|stage| !found.passed.contains_key(stage));
        ways = level.iter().flat_map(|place| place.next.clone()).collect();
    }
    found
}

/// A funnel of a population against the plain reference.
pub fn funnels(tried: &mut Tried, fed: &Fed, population: &Population, random: &mut StdRng) {
    let stages = stages();
    let (scans, traces) = (fed.scans(), fed.traces());
    let known: HashMap<ScanId, u32> = scans
        .iter()
        .filter(|_| random.random_ratio(1, 4))
        .map(|scan| (scan.get().id, scan.get().nth_today.into()))
        .collect();
    let found = fed.local().funnel(population, &stages, &known).unwrap();
    let mut expected = Funnel::of(&stages);
    let mut visitors: BTreeSet<(u32, UtcDay, u64)> = BTreeSet::new();
    let mut people: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut came_before: BTreeSet<(u32, UtcDay, u64)> = BTreeSet::new();
    let from_midnight = Population { from: population.from.utc_day().start(), ..population.clone() };
    for scan in scans.iter().map(|scan| scan.get()).filter(|scan| reference::belongs(scan, &from_midnight)) {
        let way = naive(&stages, &scan, traces.get(&scan.id).map_or(&[], Vec::as_slice));
        let mut come: Vec<u32> = way.passed.keys().copied().collect();
        come.extend((!scan.path.0.is_empty()).then_some(Funnel::BEGUN));
        come.extend(way.complete.then_some(Funnel::COMPLETED));
        let visits = come.iter().map(|stage| (*stage, scan.at.utc_day(), scan.visitor));
        if scan.at < population.from {
            came_before.extend(visits);
            continue;
        }
        visitors.extend(visits.filter(|(.., visitor)| *visitor != 0));
        for (stage, (times, answered)) in &way.passed {
            let counts = &mut expected.stages[*stage as usize];
            counts.scans += 1;
            counts.occurrences += (*times).max(1);
            counts.answered += u64::from(*answered);
        }
        way.branches.iter().for_each(|(s, b)| expected.stages[*s as usize].branches[*b as usize] += 1);
        expected.begun.scans += u64::from(!scan.path.0.is_empty());
        expected.not_begun += u64::from(scan.path.0.is_empty());
        if let Some(missed) = way.missed {
            expected.stages[missed as usize].missed += 1;
        }
        if way.complete {
            expected.completed.scans += 1;
        } else if let Some(last) = way.last {
            expected.stages[last as usize].left += 1;
        }
        for stage in come {
            if let Some(person) = known.get(&scan.id) {
                people.insert((stage, *person));
            }
        }
    }
    visitors.difference(&came_before).for_each(|(stage, ..)| expected.stage(*stage).visitors += 1);
    people.into_iter().for_each(|(stage, _)| expected.stage(stage).known += 1);
    tried.equal(|| format!("the funnel of {population:?}"), found, expected);
}
