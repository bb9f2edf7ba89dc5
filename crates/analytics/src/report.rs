//! Counting: the answers to [`Ask`].

use crate::error::Result;
use crate::group::{By, Grouping, Key};
use crate::population::{Population, Visitors};
use crate::schema::ScanColumn;
use crate::select::{self, Piece, Selected};
use crate::snapshot::Snapshot;
use crate::tally::{Ranking, Seen, TOTAL, Tally, sum};
use model::Millis;
use model::report::{self, Answer, Ask, Counts};
use model::scan::VisitType;
use parking_lot::Mutex;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// One way of counting the rows of a population.
struct Pass<'q> {
    by: Option<By<'q>>,
    /// Starts of the buckets and the end of the last; the population lies between the first and the last.
    edges: &'q [i64],
    /// Groups that are told apart, when that is known; all others are counted as one.
    only: Option<&'q Ranking>,
    /// Whether the first and the last scan of each group are noted.
    spans: bool,
    /// How visitors are counted in each group, and in the whole population.
    of_groups: Visitors,
    of_total: Visitors,
}

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
        let range = plans[first].range;
        // Series may cover less than the population; what covers the same goes together.
        let alike: Vec<usize> =
            (first..plans.len()).filter(|&n| tallies[n].is_none() && plans[n].range == range).collect();
        let population = whole.within(range);
        let passes: Vec<Pass<'_>> = alike.iter().map(|&n| Pass::new(&population, &plans[n], None)).collect();
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
            let tallies = run(snapshot, population, &[Pass::new(population, &plan, Some(&ranking))], read)?;
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
    let days: Vec<_> = select::pieces(snapshot, population)?.into_values().collect();
    // Some stretches of days are counted apart, so that threads seldom wait for each other's tally.
    let stretch = days.len().div_ceil(4).max(1);
    let count = |mut tallies: Vec<Tally>, pieces: Vec<Piece>| -> Result<Vec<Tally>> {
        // A stretch's pieces meet in one set of visitors a pass, which is counted and dropped when the stretch is done.
        let shared: Vec<_> =
            tallies.iter_mut().map(|tally| (Mutex::new(tally), Mutex::new(Seen::new()))).collect();
        pieces.par_iter().try_for_each(|piece| -> Result<()> {
            let Some(selected) = piece.select(population, &columns, read)? else { return Ok(()) };
            for (pass, (tally, seen)) in passes.iter().zip(&shared) {
                pass.count(&selected, tally, seen);
            }
            Ok(())
        })?;
        for ((tally, seen), pass) in shared.into_iter().zip(passes) {
            tally.into_inner().add_visitors(&seen.into_inner(), pass.only);
        }
        Ok(tallies)
    };
    let united = |tallies: Vec<Tally>, others: Vec<Tally>| {
        Ok(tallies.into_iter().zip(others).map(|(tally, other)| tally.united(other)).collect())
    };
    let mut tallies =
        days.into_par_iter().with_min_len(stretch).try_fold(empty, count).try_reduce(empty, united)?;
    for (tally, pass) in tallies.iter_mut().zip(passes) {
        if pass.by.is_none() && pass.of_total == Visitors::Distinct {
            tally.total.visitors = tally.sum().visitors;
        }
    }
    Ok(tallies)
}

impl<'q> Pass<'q> {
    fn new(population: &Population, plan: &'q Plan<'q>, only: Option<&'q Ranking>) -> Self {
        Self {
            by: plan.by,
            edges: &plan.edges,
            only,
            spans: plan.spans,
            of_groups: population.visitors(plan.by.map(By::visited)),
            of_total: population.visitors(None),
        }
    }

    fn empty(&self) -> Tally {
        let buckets = self.edges.len() - 1;
        self.only.map_or_else(|| Tally::new(buckets), |only| only.emptied(buckets))
    }

    /// Columns the pass reads.
    fn columns(&self) -> impl Iterator<Item = usize> {
        let counted = [ScanColumn::VisitType, self.of_groups.column(), self.of_total.column()];
        Grouping::columns(self.by).chain(counted.map(|column| column as usize))
    }

    fn count(&self, selected: &Selected<'_>, tally: &Mutex<&mut Tally>, seen: &Mutex<Seen>) {
        let Self { of_groups, of_total, .. } = *self;
        let grouping = Grouping::of(&selected.rows, self.by.as_ref());
        // Where rows have several values they are counted once for each, and in the total apart.
        let expanded = grouping.expanded(&selected.kept);
        let (kept, codes) = match &expanded {
            Some((kept, codes)) => (kept.as_slice(), Some(codes.as_slice())),
            None => (selected.kept.as_slice(), None),
        };
        let code = |place: usize| match codes {
            Some(codes) => codes[place] as usize,
            None if grouping.codes.is_empty() => 0,
            None => grouping.codes[kept[place] as usize] as usize,
        };
        let times = selected.rows.column(ScanColumn::At as usize).times();
        let buckets = Buckets::of(self.edges, times, kept);
        let slots = self.only.map(|only| Slots::of(only, &grouping));
        let slot = |code: usize| slots.as_ref().map_or(code as u32, |slots| slots.ranks[code]);
        let bucket = |place: usize| if buckets.of.is_empty() { 0 } else { buckets.of[place] };
        let width = buckets.width as u32;
        let places: Vec<u32> =
            (0..kept.len()).map(|place| slot(code(place)) * width + bucket(place)).collect();
        let groups = self.only.map_or(grouping.len(), Ranking::slots);
        let cells = self.cells(selected, kept, &places, groups * buckets.width, of_groups);

        let mut tally = tally.lock();
        // Number in the tally of each number here that has rows.
        let mut numbers = vec![TOTAL; groups];
        for (code, cells) in cells.chunks_exact(buckets.width).enumerate() {
            if cells.iter().all(|cell| cell.scans == 0) {
                continue;
            }
            let number = if slots.is_some() { code as u32 } else { tally.number(grouping.key(code)) };
            numbers[code] = number;
            let counts = &mut tally.counts(number)[buckets.first..];
            counts.iter_mut().zip(cells).for_each(|(counts, cell)| counts.add(*cell));
        }
        if self.spans {
            for (place, &row) in kept.iter().enumerate() {
                let at = times[row as usize];
                tally.note_span(numbers[slot(code(place)) as usize], (at, at));
            }
        }
        if self.only.is_none() {
            let mut total = match &expanded {
                Some(_) => {
                    sum(&self.cells(selected, &selected.kept, &vec![0; selected.kept.len()], 1, of_total))
                }
                None => sum(&cells),
            };
            if of_total != of_groups {
                total.visitors = firsts(selected, of_total);
            }
            tally.total.add(total);
            tally.note_times(buckets.times);
        }
        drop(tally);

        if of_groups == Visitors::Distinct || of_total == Visitors::Distinct {
            let visitors = selected.rows.column(ScanColumn::Visitor as usize).u64s();
            let who = |row: u32| (Millis(times[row as usize]).utc_day(), visitors[row as usize]);
            let mut here = Seen::new();
            if of_groups == Visitors::Distinct {
                for (place, &row) in kept.iter().enumerate() {
                    let group = match &slots {
                        Some(slots) => slots.numbers[code(place)],
                        None => numbers[code(place)],
                    };
                    here.note(group, who(row), buckets.first + bucket(place) as usize);
                }
            }
            if of_total == Visitors::Distinct && self.only.is_none() && self.by.is_some() {
                selected.kept.iter().for_each(|&row| here.note(TOTAL, who(row), 0));
            }
            seen.lock().unite(here);
        }
    }

    fn cells(
        &self,
        selected: &Selected<'_>,
        kept: &[u32],
        places: &[u32],
        cells: usize,
        visitors: Visitors,
    ) -> Vec<Counts> {
        let types = selected.rows.column(ScanColumn::VisitType as usize).words();
        let kinds = types.table(|word| {
            let is = |kind: VisitType| u64::from(word == kind.as_str().as_bytes());
            (is(VisitType::First), is(VisitType::Returning))
        });
        let bits = (visitors != Visitors::Distinct)
            .then(|| selected.rows.column(visitors.column() as usize).bools());
        let mut counts = vec![Counts::default(); cells];
        for (&row, &place) in kept.iter().zip(places) {
            let cell = &mut counts[place as usize];
            let (first, returning) = kinds[types.codes[row as usize] as usize];
            cell.scans += 1;
            cell.first += first;
            cell.returning += returning;
            cell.visitors += bits.map_or(0, |bits| u64::from(bits[row as usize]));
        }
        counts
    }
}

/// For each number of the rows at hand its rank, and its number among all groups.
struct Slots {
    ranks: Vec<u32>,
    numbers: Vec<u32>,
}

impl Slots {
    fn of(ranking: &Ranking, grouping: &Grouping<'_>) -> Self {
        // What has no rows here may be unknown there; it counts nowhere.
        let slot = |code| ranking.slot(grouping.key(code)).unwrap_or((0, 0));
        let (ranks, numbers) = (0..grouping.len()).map(slot).unzip();
        Self { ranks, numbers }
    }
}

impl Visitors {
    fn column(self) -> ScanColumn {
        match self {
            Self::FirstInWorkspace => ScanColumn::FirstInWorkspace,
            Self::FirstOnLink => ScanColumn::FirstOnLink,
            Self::Distinct => ScanColumn::Visitor,
        }
    }
}

/// Number of rows that count and have the bit; the distinct are counted elsewhere.
fn firsts(selected: &Selected<'_>, visitors: Visitors) -> u64 {
    if visitors == Visitors::Distinct {
        return 0;
    }
    let bits = selected.rows.column(visitors.column() as usize).bools();
    selected.kept.iter().map(|&row| u64::from(bits[row as usize])).sum()
}

/// Buckets of a piece's rows, counted from the first that occurs.
struct Buckets {
    first: usize,
    width: usize,
    /// Times of the first and the last of the rows that count.
    times: Option<(i64, i64)>,
    /// One entry a row that counts; empty when all are in the first.
    of: Vec<u32>,
}

impl Buckets {
    fn of(edges: &[i64], times: &[i64], kept: &[u32]) -> Self {
        let bucket =
            |at: i64| edges.partition_point(|edge| *edge <= at).saturating_sub(1).min(edges.len() - 2);
        if kept.is_empty() {
            return Self { first: 0, width: 1, times: None, of: vec![] };
        }
        let range = kept.iter().fold((i64::MAX, i64::MIN), |(first, last), &row| {
            (first.min(times[row as usize]), last.max(times[row as usize]))
        });
        let (first, last) = (bucket(range.0), bucket(range.1));
        if first == last {
            return Self { first, width: 1, times: Some(range), of: vec![] };
        }
        // Rows of a link follow each other in time, so a row's bucket is nearly always that of the row before.
        let mut now = first;
        let of = kept
            .iter()
            .map(|&row| {
                let at = times[row as usize];
                if at < edges[now] || at >= edges[now + 1] {
                    now = bucket(at);
                }
                (now - first) as u32
            })
            .collect();
        Self { first, width: last - first + 1, times: Some(range), of }
    }
}
