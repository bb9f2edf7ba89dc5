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
use foldhash::{HashSet, HashSetExt};
use model::Millis;
use model::report::{self, Answer, Ask, Counts};
use parking_lot::Mutex;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Pieces that are held in memory together, until all passes have counted them. The visitors of a stretch of days with
/// more of them are read before all else, and then once more.
const HELD: usize = 16;

/// Passes that are worth a copy of the rows that they count.
const SEVERAL: usize = 4;

/// Columns that tell visitors apart.
const VISITOR: [usize; 2] = [ScanColumn::Visitor as usize, ScanColumn::FirstInWorkspace as usize];

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
    let tallies: Vec<Tally> = tallies.into_iter().flatten().collect();
    let answers = asks
        .par_iter()
        .zip(&plans)
        .zip(tallies)
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

/// Counts all passes over the rows of a population: some pieces are read, filtered and weighed, then each pass goes over
/// all of them, so that its groups stay in the processor's cache and no two threads meet in one tally.
fn run(
    snapshot: &Snapshot,
    population: &Population,
    passes: &[Pass<'_>],
    read: &AtomicU64,
) -> Result<Vec<Tally>> {
    let mut columns: Vec<usize> = passes.iter().flat_map(Pass::columns).collect();
    if columns.contains(&VISITOR[0]) {
        columns.extend(VISITOR);
    }
    columns.sort_unstable();
    columns.dedup();
    let ways = population::WAYS.into_iter();
    let ways: Vec<Visitors> = ways
        .filter(|way| passes.iter().any(|pass| pass.of_groups == *way || pass.of_total == *way))
        .collect();
    let told_apart = ways.contains(&Visitors::Distinct);
    let since_midnight = told_apart.then(|| population.clone().read_from_midnight());
    let population = since_midnight.as_ref().unwrap_or(population);
    let mut tallies: Vec<(Tally, Seen)> = passes.iter().map(|pass| (pass.empty(), Seen::default())).collect();
    for batch in batches(select::pieces(snapshot, population)?.into_values()) {
        let mut scans: Vec<Scans> = batch.iter().map(|stretch| Scans::new(stretch, population)).collect();
        let pieces: Vec<(usize, &Piece)> = batch
            .iter()
            .enumerate()
            .flat_map(|(n, stretch)| stretch.iter().map(move |piece| (n, piece)))
            .collect();
        let at_once = pieces.len() <= HELD;
        // Visitors who came before the population begins on its first day.
        let mut came_before: HashSet<u32> = HashSet::new();
        if told_apart && !at_once {
            note_visitors(&pieces, population, &mut scans)?;
        }
        for pieces in pieces.chunks(HELD) {
            let selected: Vec<Option<(usize, Selected<'_>)>> = pieces
                .par_iter()
                .map(|&(n, piece)| {
                    let selected = piece.select(population, &columns, read)?;
                    let apart = selected.map(|selected| {
                        if passes.len() < SEVERAL { selected } else { selected.apart(&columns) }
                    });
                    Ok(apart.map(|selected| (n, selected)))
                })
                .collect::<Result<_>>()?;
            let selected: Vec<(usize, Selected<'_>)> = selected.into_iter().flatten().collect();
            if told_apart && at_once {
                scans.par_iter_mut().enumerate().for_each(|(n, scans)| {
                    selected.iter().filter(|(of, _)| *of == n).for_each(|(_, selected)| scans.note(selected));
                });
            }
            let bases: Vec<u32> =
                (0..scans.len()).map(|n| scans[..n].iter().map(Scans::several).sum()).collect();
            let sheets: Vec<Sheet<'_>> = selected
                .into_par_iter()
                .map(|(n, selected)| Sheet::new(selected, &ways, &scans[n], bases[n]))
                .collect();
            came_before.extend(sheets.iter().flat_map(|sheet| &sheet.before).map(|(visitor, _)| *visitor));
            passes.par_iter().zip(&mut tallies).for_each(|(pass, (tally, seen))| {
                sheets.iter().for_each(|sheet| pass.count(sheet, tally, seen));
            });
        }
        let several: u64 = scans.iter().map(|scans| u64::from(scans.several())).sum();
        let several = several - came_before.len() as u64;
        passes.par_iter().zip(&mut tallies).for_each(|(pass, (tally, seen))| {
            tally.add_visitors(seen, pass.only);
            if pass.of_total == Visitors::Distinct {
                tally.total.visitors += several;
            }
        });
    }
    // The groups of a second pass are those that the first has found.
    let counted = |(pass, (tally, _)): (&Pass<'_>, (Tally, Seen))| match pass.only {
        None if population.since < population.from => tally.without_empty(),
        _ => tally,
    };
    Ok(passes.iter().zip(tallies).map(counted).collect())
}

/// Puts stretches of days together whose pieces can be held at once; one that has more stays alone.
fn batches(stretches: impl Iterator<Item = Vec<Piece>>) -> Vec<Vec<Vec<Piece>>> {
    let mut batches: Vec<Vec<Vec<Piece>>> = Vec::new();
    let mut held = 0;
    for stretch in stretches {
        match batches.last_mut() {
            Some(batch) if held + stretch.len() <= HELD => {
                held += stretch.len();
                batch.push(stretch);
            }
            _ => {
                held = stretch.len();
                batches.push(vec![stretch]);
            }
        }
    }
    batches
}

/// Notes the visitors of all pieces, each with the number of its stretch.
fn note_visitors(pieces: &[(usize, &Piece)], population: &Population, scans: &mut [Scans]) -> Result<()> {
    let noted: Vec<Mutex<&mut Scans>> = scans.iter_mut().map(Mutex::new).collect();
    pieces.par_iter().try_for_each(|(n, piece)| {
        if let Some(selected) = piece.select(population, &VISITOR, &AtomicU64::new(0))? {
            noted[*n].lock().note(&selected);
        }
        Ok(())
    })
}
