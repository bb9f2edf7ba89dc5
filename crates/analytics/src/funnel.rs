//! How far scans came: by the path of the redirect, and by the traces of what was done on pages after it. One stretch of
//! days after the other, so that no more than a stretch's visitors and traces are in memory a thread.

use crate::error::Result;
use crate::population::Population;
use crate::schema::ScanColumn;
use crate::select::{self, Piece, Selected};
use crate::snapshot::Snapshot;
use crate::trace::{self, Behind};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use model::funnel::{Funnel, Stages, Way};
use model::ids::{LinkId, ScanId};
use model::report;
use model::scan::{Outcome, Path};
use model::time::UtcDay;
use model::{Millis, trace::TraceKind};
use rayon::prelude::*;
use std::sync::atomic::AtomicU64;
use uuid::Uuid;

type Traces = HashMap<[u8; 16], Vec<Behind>>;
/// Scans of the same link, version, path and outcome, the last two by their numbers among the rows at hand.
type Alike = ([u8; 16], u32, i32, i32);

/// What some days have counted, and who of the known came to which stage.
struct Counted {
    funnel: Funnel,
    known: HashSet<(u32, u32)>,
}

/// Visitors by stage and UTC day.
#[derive(Default)]
struct Seen {
    in_time: HashSet<(u32, UtcDay, u64)>,
    /// Those who came to the stage before the population begins, on its first day: they are no visitors of the rest.
    before: HashSet<(u32, UtcDay, u64)>,
}

/// Counts the scans of a population by stage.
pub(crate) fn count(
    snapshot: &Snapshot,
    asked: &report::Population,
    stages: &Stages,
    known: &std::collections::HashMap<ScanId, u32>,
) -> Result<Funnel> {
    let population = Population::new(asked).read_from_midnight();
    let empty = || Counted { funnel: Funnel::of(stages), known: HashSet::new() };
    let stretches: Vec<Vec<Piece>> = select::pieces(snapshot, &population)?.into_values().collect();
    let Counted { mut funnel, known } = stretches
        .into_par_iter()
        .map(|pieces| -> Result<Counted> {
            let range = pieces
                .iter()
                .fold((i64::MAX, i64::MIN), |(from, to), piece| (from.min(piece.from), to.max(piece.to)));
            let links = population.links.as_deref();
            let traces = trace::behind_range(snapshot, &population.workspace, links, range)?;
            let mut counted = empty();
            let mut seen = Seen::default();
            for piece in pieces {
                let columns = COLUMNS.map(|column| column as usize);
                if let Some(selected) = piece.select(&population, &columns, &AtomicU64::new(0))? {
                    counted.piece(&selected, stages, &traces, known, &mut seen);
                }
            }
            for (stage, ..) in seen.in_time.difference(&seen.before) {
                counted.funnel.stage(*stage).visitors += 1;
            }
            Ok(counted)
        })
        .try_reduce(empty, |mut one, other| {
            one.funnel.add(&other.funnel);
            one.known.extend(other.known);
            Ok(one)
        })?;
    for (stage, _) in known {
        funnel.stage(stage).known += 1;
    }
    Ok(funnel)
}

const COLUMNS: [ScanColumn; 7] = [
    ScanColumn::At,
    ScanColumn::Id,
    ScanColumn::Link,
    ScanColumn::WorkflowVersion,
    ScanColumn::Path,
    ScanColumn::Outcome,
    ScanColumn::Visitor,
];

impl Counted {
    fn piece(
        &mut self,
        selected: &Selected<'_>,
        stages: &Stages,
        traces: &Traces,
        known: &std::collections::HashMap<ScanId, u32>,
        seen: &mut Seen,
    ) {
        let [times, ids, links, versions, paths, outcomes, visitors] =
            COLUMNS.map(|column| selected.rows.column(column as usize));
        let (ids, links, versions) = (ids.ids(), links.ids(), versions.u32s());
        let (paths, outcomes, visitors) = (paths.words(), outcomes.words(), visitors.u64s());
        // Most scans walk like another one: their ways are worked out once.
        let mut ways: HashMap<Alike, (Way, u64)> = HashMap::new();
        let kept = selected.kept.iter().map(|&row| (row as usize, true));
        for (row, counts) in kept.chain(selected.before.iter().map(|&row| (row as usize, false))) {
            let of = (LinkId(Uuid::from_bytes(links[row])), versions[row]);
            let way = |traces: &[(u16, u16, TraceKind)]| {
                let outcome = Outcome::from_word(outcomes.text(row)).unwrap_or(Outcome::Error);
                stages.way(of, Path(paths.word(paths.codes[row])), outcome, traces)
            };
            let of_its_own;
            let way = match traces.get(&ids[row]) {
                Some(traces) => {
                    let steps: Vec<_> = traces.iter().map(|t| (t.step, t.branch, t.kind)).collect();
                    of_its_own = way(&steps);
                    self.funnel.count(&of_its_own, u64::from(counts));
                    &of_its_own
                }
                None => {
                    let alike = (links[row], versions[row], paths.codes[row], outcomes.codes[row]);
                    let (way, times) = ways.entry(alike).or_insert_with(|| (way(&[]), 0));
                    *times += u64::from(counts);
                    way
                }
            };
            if visitors[row] != 0 {
                let day = Millis(times.times()[row]).utc_day();
                let seen = if counts { &mut seen.in_time } else { &mut seen.before };
                seen.extend(way.stages().map(|stage| (stage, day, visitors[row])));
            }
            if counts && let Some(person) = known.get(&ScanId(Uuid::from_bytes(ids[row]))) {
                self.known.extend(way.stages().map(|stage| (stage, *person)));
            }
        }
        for (way, times) in ways.into_values() {
            self.funnel.count(&way, times);
        }
    }
}
