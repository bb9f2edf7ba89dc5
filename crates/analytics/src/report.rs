//! Counting: the answers to [`Ask`].

use crate::error::Result;
use crate::group::{Grouping, Key};
use crate::population::{Population, Visitors};
use crate::schema::ScanColumn;
use crate::select::{self, Piece, Selected};
use crate::snapshot::Snapshot;
use crate::tally::{Seen, TOTAL, Tally, sum};
use model::Millis;
use model::report::{self, Answer, Ask, Counts, Dimension};
use model::scan::VisitType;
use parking_lot::Mutex;
use rayon::prelude::*;

/// One pass over the rows of a population.
struct Pass<'q> {
    population: &'q Population,
    by: Option<Dimension>,
    /// Starts of the buckets and the end of the last; the population lies between the first and the last.
    edges: &'q [i64],
    /// Groups that count, when the others are known not to matter; their numbers are their places in the tally.
    only: Option<&'q Tally>,
}

/// Answers one question from one snapshot.
pub(crate) fn answer(snapshot: &Snapshot, asked: &report::Population, ask: &Ask) -> Result<Answer> {
    let mut population = Population::new(asked);
    Ok(match ask {
        Ask::Totals => {
            let tally = run(snapshot, &population, None, &[population.from, population.to], None)?;
            let (first_at, last_at) = tally.times.map(|(first, last)| (Millis(first), Millis(last))).unzip();
            Answer::Totals { counts: tally.total, first_at, last_at }
        }
        Ask::Breakdown { by, limit } => {
            let tally = run(snapshot, &population, Some(*by), &[population.from, population.to], None)?;
            let (groups, total) = (tally.len() as u64, tally.total);
            let lines = tally.keep(*limit).lines(Some(*by)).into_iter();
            Answer::Breakdown {
                rows: lines.map(|(value, counts)| (value, sum(&counts))).collect(),
                groups,
                total,
            }
        }
        Ask::Series { edges, by } => {
            let edges: Vec<i64> = edges.iter().map(|edge| edge.0).collect();
            let &[first, .., last] = edges.as_slice() else {
                return Ok(Answer::Series { lines: vec![], total: Counts::default() });
            };
            population.from = population.from.max(first);
            population.to = population.to.min(last);
            let Some((by, limit)) = by else {
                let mut tally = run(snapshot, &population, None, &edges, None)?;
                tally.number(Key { label: b"", within: b"" });
                return Ok(Answer::Series { lines: tally.lines(None), total: tally.total });
            };
            // The most frequent values first; then only theirs by bucket. Both from the same snapshot.
            let all = run(snapshot, &population, Some(*by), &[population.from, population.to], None)?;
            let total = all.total;
            let tally = run(snapshot, &population, Some(*by), &edges, Some(&all.keep(*limit)))?;
            Answer::Series { lines: tally.lines(Some(*by)), total }
        }
    })
}

fn run(
    snapshot: &Snapshot,
    population: &Population,
    by: Option<Dimension>,
    edges: &[i64],
    only: Option<&Tally>,
) -> Result<Tally> {
    let pass = Pass { population, by, edges, only };
    let buckets = edges.len() - 1;
    let empty = || only.map_or_else(|| Tally::new(buckets), |only| only.emptied(buckets));
    let days: Vec<_> = select::pieces(snapshot, population)?.into_values().collect();
    // Stretches of days are counted apart, so that threads seldom wait for each other's tally.
    let stretch = days.len().div_ceil(4).max(1);
    let mut tally = days
        .into_par_iter()
        .with_min_len(stretch)
        .try_fold(empty, |mut tally, pieces| -> Result<Tally> {
            // A day's pieces meet in one set of visitors, which is counted and dropped when the day is done.
            let seen = Mutex::new(Seen::new());
            let shared = Mutex::new(&mut tally);
            pieces.par_iter().try_for_each(|piece| pass.count(piece, &shared, &seen))?;
            tally.add_visitors(&seen.into_inner());
            Ok(tally)
        })
        .try_reduce(empty, |tally, other| Ok(tally.united(other)))?;
    if by.is_none() && population.visitors(None) == Visitors::Distinct {
        tally.total.visitors = tally.sum().visitors;
    }
    Ok(tally)
}

impl Pass<'_> {
    fn count(&self, piece: &Piece, tally: &Mutex<&mut Tally>, seen: &Mutex<Seen>) -> Result<()> {
        let of_groups = self.population.visitors(self.by);
        let of_total = self.population.visitors(None);
        let mut columns: Vec<usize> = Grouping::columns(self.by).collect();
        columns.push(ScanColumn::VisitType as usize);
        columns.extend([of_groups, of_total].map(|visitors| visitors.column() as usize));
        let Some(selected) = piece.select(self.population, &columns)? else { return Ok(()) };

        let grouping = Grouping::of(&selected.rows, self.by);
        let slots = self.slots(&grouping);
        let times = selected.rows.column(ScanColumn::At as usize).times();
        let buckets = Buckets::of(self.edges, times, &selected.kept);
        let places: Vec<u32> = self.places(&selected, &grouping, &slots, &buckets);
        let groups = slots.as_ref().map_or(grouping.len(), |slots| slots.groups);
        let cells = self.cells(&selected, &places, groups * buckets.width, of_groups);

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
        if self.only.is_none() {
            let mut total = sum(&cells);
            if of_total != of_groups {
                total.visitors = firsts(&selected, of_total);
            }
            tally.total.add(total);
            tally.note_times(buckets.times);
        }
        drop(tally);

        if of_groups == Visitors::Distinct || of_total == Visitors::Distinct {
            let visitors = selected.rows.column(ScanColumn::Visitor as usize).u64s();
            let mut here = Seen::new();
            for (&row, &place) in selected.kept.iter().zip(&places) {
                let visitor = visitors[row as usize];
                if visitor == 0 {
                    continue;
                }
                if of_groups == Visitors::Distinct && place != TOTAL {
                    let (code, bucket) = (place as usize / buckets.width, place as usize % buckets.width);
                    here.note(numbers[code], visitor, buckets.first + bucket);
                }
                if of_total == Visitors::Distinct && self.only.is_none() && self.by.is_some() {
                    here.note(TOTAL, visitor, 0);
                }
            }
            seen.lock().unite(here);
        }
        Ok(())
    }

    /// Where only some groups count: their number for each number here.
    fn slots(&self, grouping: &Grouping<'_>) -> Option<Slots> {
        let only = self.only?;
        let slot = |code| only.find(grouping.key(code)).unwrap_or(TOTAL);
        Some(Slots { slots: (0..grouping.len()).map(slot).collect(), groups: only.len() })
    }

    /// For each row that counts its cell (group and bucket), or [`TOTAL`] if its group does not count.
    fn places(
        &self,
        selected: &Selected<'_>,
        grouping: &Grouping<'_>,
        slots: &Option<Slots>,
        buckets: &Buckets,
    ) -> Vec<u32> {
        let width = buckets.width as u32;
        let code = |row: u32| if grouping.codes.is_empty() { 0 } else { grouping.codes[row as usize] as u32 };
        let bucket = |place: usize| if buckets.of.is_empty() { 0 } else { buckets.of[place] };
        let rows = selected.kept.iter().enumerate();
        match slots {
            None => rows.map(|(place, &row)| code(row) * width + bucket(place)).collect(),
            Some(slots) => rows
                .map(|(place, &row)| match slots.slots[code(row) as usize] {
                    TOTAL => TOTAL,
                    slot => slot * width + bucket(place),
                })
                .collect(),
        }
    }

    fn cells(
        &self,
        selected: &Selected<'_>,
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
        for (&row, &place) in selected.kept.iter().zip(places) {
            if place == TOTAL {
                continue;
            }
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

/// Numbers of the groups that count: for each number of the rows at hand its number in the tally, or [`TOTAL`].
struct Slots {
    slots: Vec<u32>,
    groups: usize,
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
