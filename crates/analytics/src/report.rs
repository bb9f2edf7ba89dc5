//! Counting: the answers to [`Ask`].

use crate::error::Result;
use crate::group::{By, Key};
use crate::pass::Pass;
use crate::population::{self, Population, Visitors};
use crate::schema::ScanColumn;
use crate::select::{self, Piece, Selected};
use crate::sheet::{Scans, Sheet};
use crate::snapshot::Snapshot;
use crate::tally::{Ranking, Seen, Tally, sum};
use model::Millis;
use model::report::{self, Answer, Ask, Counts};
use parking_lot::Mutex;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Pieces that are held in memory together, until it is known which of their visitors have one scan only. The visitors
/// of more pieces are read before all else, and then once more.
const HELD: usize = 16;

/// Answers, and what it took.
#[derive(Debug)]
pub struct Answered {
    /// One a question, in their order.
    pub answers: Vec<Answer>,
    /// Rows that were looked at, one that several passes looked at as often.
    pub read: u64,
}

/// Answers questions about one population from one snapshot. Rows are found, read and filtered once for all of them.
pub(crate) fn answers(snapshot: &Snapshot, asked: &report::Population, asks: &[Ask]) -> Result<Answered> {
    let read = AtomicU64::new(0);
    let whole = Population::new(asked);
    let plans: Vec<Plan<'_>> = asks.iter().map(|ask| Plan::new(ask, &whole)).collect();
    let mut tallies: Vec<Option<Tally>> = plans.iter().map(|_| None).collect();
    for first in 0..plans.len() {
        if tallies[first].is_some() {
            continue;
        }
        let range = plans[first].range;
        // Series may cover less than the population; what covers the same goes together.
        let alike: Vec<usize> =
            (first..plans.len()).filter(|&n| tallies[n].is_none() && plans[n].range == range).collect();
        let population = whole.within(range);
        let passes: Vec<Pass<'_>> = alike.iter().map(|&n| plans[n].pass(&population, None)).collect();
        for (n, tally) in alike.iter().zip(run(snapshot, &population, &passes, &read)?) {
            tallies[*n] = Some(tally);
        }
    }
    let answers = asks
        .iter()
        .zip(&plans)
        .zip(tallies.into_iter().flatten())
        .map(|((ask, plan), tally)| answer(snapshot, &whole.within(plan.range), ask, tally, &read))
        .collect::<Result<_>>()?;
    Ok(Answered { answers, read: read.load(Ordering::Relaxed) })
}

/// Which instants a question covers, and how it counts.
struct Plan<'q> {
    range: (i64, i64),
    by: Option<By<'q>>,
    edges: Vec<i64>,
    spans: bool,
}

impl<'q> Plan<'q> {
    fn new(ask: &'q Ask, population: &Population) -> Self {
        let range = (population.from, population.to);
        let spans = matches!(ask, Ask::Spans { .. });
        match ask {
            Ask::Totals => Self { range, by: None, edges: vec![range.0, range.1], spans },
            Ask::Breakdown { by, .. } | Ask::Spans { by } => {
                Self { range, by: Some(By::Asked(by)), edges: vec![range.0, range.1], spans }
            }
            Ask::Places { .. } => Self { range, by: Some(By::Place), edges: vec![range.0, range.1], spans },
            Ask::Series { edges, by } => {
                let (first, last) = match edges.as_slice() {
                    [first, .., last] => (first.0, last.0),
                    // No bucket: nothing counts.
                    _ => (0, 0),
                };
                let range = (range.0.max(first), range.1.min(last));
                match by {
                    // Which values are the most frequent is found first.
                    Some((by, _)) => {
                        Self { range, by: Some(By::Asked(by)), edges: vec![range.0, range.1], spans }
                    }
                    None if edges.len() < 2 => Self { range, by: None, edges: vec![0, 0], spans },
                    None => Self { range, by: None, edges: edges.iter().map(|edge| edge.0).collect(), spans },
                }
            }
        }
    }
}

impl Plan<'_> {
    fn pass<'p>(&'p self, population: &Population, only: Option<&'p Ranking>) -> Pass<'p> {
        Pass::new(population, self.by, &self.edges, self.spans, only)
    }
}

/// The answer to one question, from what its pass has counted.
fn answer(
    snapshot: &Snapshot,
    population: &Population,
    ask: &Ask,
    mut tally: Tally,
    read: &AtomicU64,
) -> Result<Answer> {
    let total = tally.total;
    Ok(match ask {
        Ask::Totals => {
            let (first_at, last_at) = tally.times.map(|(first, last)| (Millis(first), Millis(last))).unzip();
            Answer::Totals { counts: total, first_at, last_at }
        }
        Ask::Breakdown { by, limit } => {
            let groups = tally.len() as u64;
            let (rows, other) = tally.ranked(*limit).rows(by);
            Answer::Breakdown { rows, groups, other, total }
        }
        Ask::Spans { by } => Answer::Spans(tally.spans(by)),
        Ask::Places { limit } => {
            let unknown = Key { label: b"", within: b"" };
            let unknown =
                tally.find(unknown).map_or_else(Counts::default, |number| sum(tally.counts(number)));
            let mut rows = tally.places();
            rows.sort_unstable_by(|a, b| b.1.scans.cmp(&a.1.scans).then_with(|| a.0.cmp(&b.0)));
            rows.truncate(*limit);
            Answer::Places { rows, unknown, total }
        }
        Ask::Series { edges, .. } if edges.len() < 2 => {
            Answer::Series { lines: vec![], other: vec![], total }
        }
        Ask::Series { by: None, edges } => {
            tally.number(Key { label: b"", within: b"" });
            let other = vec![Counts::default(); edges.len() - 1];
            Answer::Series { lines: tally.lines(None), other, total }
        }
        Ask::Series { edges, by: Some((by, limit)) } => {
            let edges = edges.iter().map(|edge| edge.0).collect();
            let plan = Plan {
                range: (population.from, population.to),
                by: Some(By::Asked(by)),
                edges,
                spans: false,
            };
            let ranking = tally.ranked(*limit);
            let tallies = run(snapshot, population, &[plan.pass(population, Some(&ranking))], read)?;
            let mut lines: Vec<_> = tallies.iter().flat_map(|tally| tally.lines(Some(by))).collect();
            let other = lines.pop().map(|(_, counts)| counts).unwrap_or_default();
            Answer::Series { lines, other, total }
        }
    })
}

/// Counts all passes over the rows of a population.
fn run(
    snapshot: &Snapshot,
    population: &Population,
    passes: &[Pass<'_>],
    read: &AtomicU64,
) -> Result<Vec<Tally>> {
    let empty = || passes.iter().map(Pass::empty).collect::<Vec<Tally>>();
    let mut columns: Vec<usize> = passes.iter().flat_map(Pass::columns).collect();
    columns.sort_unstable();
    columns.dedup();
    let ways = population::WAYS.into_iter();
    let ways: Vec<Visitors> = ways
        .filter(|way| passes.iter().any(|pass| pass.of_groups == *way || pass.of_total == *way))
        .collect();
    let days: Vec<_> = select::pieces(snapshot, population)?.into_values().collect();
    // Some stretches of days are counted apart, so that threads seldom wait for each other's tally.
    let stretch = days.len().div_ceil(4).max(1);
    let count = |mut tallies: Vec<Tally>, pieces: Vec<Piece>| -> Result<Vec<Tally>> {
        // A stretch's pieces meet in one set of visitors a pass, which is counted and dropped when the stretch is done.
        let shared: Vec<_> =
            tallies.iter_mut().map(|tally| (Mutex::new(tally), Mutex::new(Seen::new()))).collect();
        let count = |selected: Selected<'_>, scans: &Scans| {
            let sheet = Sheet::new(selected, &ways, scans);
            for (pass, (tally, seen)) in passes.iter().zip(&shared) {
                pass.count(&sheet, tally, seen);
            }
        };
        let mut scans = Mutex::new(Scans::default());
        let told_apart = ways.contains(&Visitors::Distinct);
        if told_apart && pieces.len() <= HELD {
            let selected: Vec<Option<Selected<'_>>> = pieces
                .par_iter()
                .map(|piece| piece.select(population, &columns, read))
                .collect::<Result<_>>()?;
            selected.iter().flatten().for_each(|selected| scans.get_mut().note(selected));
            let scans = scans.get_mut();
            selected.into_par_iter().flatten().for_each(|selected| count(selected, scans));
        } else {
            if told_apart {
                pieces.par_iter().try_for_each(|piece| -> Result<()> {
                    let visitor = [ScanColumn::Visitor as usize];
                    if let Some(selected) = piece.select(population, &visitor, &AtomicU64::new(0))? {
                        scans.lock().note(&selected);
                    }
                    Ok(())
                })?;
            }
            let scans = scans.get_mut();
            pieces.par_iter().try_for_each(|piece| -> Result<()> {
                if let Some(selected) = piece.select(population, &columns, read)? {
                    count(selected, scans);
                }
                Ok(())
            })?;
        }
        let several = scans.get_mut().several();
        for ((tally, seen), pass) in shared.into_iter().zip(passes) {
            let tally = tally.into_inner();
            tally.add_visitors(&seen.into_inner(), pass.only);
            if pass.of_total == Visitors::Distinct {
                tally.total.visitors += several;
            }
        }
        Ok(tallies)
    };
    let united = |tallies: Vec<Tally>, others: Vec<Tally>| {
        Ok(tallies.into_iter().zip(others).map(|(tally, other)| tally.united(other)).collect())
    };
    days.into_par_iter().with_min_len(stretch).try_fold(empty, count).try_reduce(empty, united)
}
