//! Counting: the answers to [`Ask`].

use crate::error::Result;
use crate::group::{Grouping, Key};
use crate::population::{Population, Visitors};
use crate::schema::ScanColumn;
use crate::select::{self, Piece, Selected};
use crate::snapshot::Snapshot;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};
use hashbrown::HashTable;
use model::Millis;
use model::report::{self, Answer, Ask, Counts, Dimension, Value};
use model::scan::VisitType;
use parking_lot::Mutex;
use rayon::prelude::*;
use std::hash::BuildHasher;

/// One pass over the rows of a population.
struct Pass<'q> {
    population: &'q Population,
    by: Option<Dimension>,
    /// Starts of the buckets and the end of the last; the population lies between the first and the last.
    edges: &'q [i64],
    /// Groups that count, when the others are known not to matter; their numbers are their places in the tally.
    only: Option<&'q Tally>,
}

/// What a pass has counted.
#[derive(Default)]
struct Tally {
    groups: Vec<Group>,
    index: HashTable<u32>,
    /// Seeded anew each time: the words are the visitors' own.
    hasher: RandomState,
    total: Counts,
    times: Option<(i64, i64)>,
}

struct Group {
    label: Box<[u8]>,
    within: Box<[u8]>,
    /// One entry a bucket.
    counts: Vec<Counts>,
}

/// Stands for the whole population where a group's number is expected.
const TOTAL: u32 = u32::MAX;

/// Visitors of one UTC day: group and visitor, with the earliest bucket. A visitor is counted in the bucket of the
/// day's first scan in the group, so that a series adds up to its total.
type Seen = HashMap<(u32, u64), u32>;

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
            let (groups, total) = (tally.groups.len() as u64, tally.total);
            let rows = tally.ranked(Some(*by)).into_iter().take(*limit);
            let rows = rows.map(|(value, counts)| (value, sum(&counts))).collect();
            Answer::Breakdown { rows, groups, total }
        }
        Ask::Series { edges, by } => {
            let edges: Vec<i64> = edges.iter().map(|edge| edge.0).collect();
            let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else {
                return Ok(Answer::Series { lines: vec![], total: Counts::default() });
            };
            population.from = population.from.max(first);
            population.to = population.to.min(last);
            let buckets = edges.len() - 1;
            let Some((by, limit)) = by else {
                let tally = run(snapshot, &population, None, &edges, None)?;
                let counts = tally.groups.into_iter().next().map(|group| group.counts);
                let line = (Value { label: String::new(), within: String::new() }, padded(counts, buckets));
                return Ok(Answer::Series { lines: vec![line], total: tally.total });
            };
            // The most frequent values first; then only theirs by bucket. Both from the same snapshot.
            let mut all = run(snapshot, &population, Some(*by), &[population.from, population.to], None)?;
            let total = all.total;
            all.keep(*limit, Some(*by));
            let tally = run(snapshot, &population, Some(*by), &edges, Some(&all))?;
            let mut lines = tally.ranked(Some(*by));
            lines.iter_mut().for_each(|(_, counts)| counts.resize(buckets, Counts::default()));
            Answer::Series { lines, total }
        }
    })
}

fn padded(counts: Option<Vec<Counts>>, buckets: usize) -> Vec<Counts> {
    let mut counts = counts.unwrap_or_default();
    counts.resize(buckets, Counts::default());
    counts
}

fn sum(counts: &[Counts]) -> Counts {
    let mut sum = Counts::default();
    counts.iter().for_each(|counts| sum.add(*counts));
    sum
}

fn run(
    snapshot: &Snapshot,
    population: &Population,
    by: Option<Dimension>,
    edges: &[i64],
    only: Option<&Tally>,
) -> Result<Tally> {
    let pass = Pass { population, by, edges, only };
    let mut tally = only.map(Tally::emptied).unwrap_or_default();
    if edges.len() < 2 {
        return Ok(tally);
    }
    let days = select::pieces(snapshot, population)?;
    let shared = Mutex::new(&mut tally);
    // A day's pieces meet in one set of visitors, which is counted and dropped when the day is done.
    days.into_par_iter().try_for_each(|(_, pieces)| -> Result<()> {
        let seen = Mutex::new(Seen::new());
        pieces.par_iter().try_for_each(|piece| pass.count(piece, &shared, &seen))?;
        shared.lock().add_visitors(&seen.into_inner());
        Ok(())
    })?;
    if by.is_none() && population.visitors(None) == Visitors::Distinct {
        tally.total.visitors = tally.groups.iter().map(|group| sum(&group.counts).visitors).sum();
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
        let mut numbers = vec![TOTAL; cells.len() / buckets.width];
        for (code, cells) in cells.chunks_exact(buckets.width).enumerate() {
            if cells.iter().all(|cell| cell.scans == 0) {
                continue;
            }
            let number = if slots.is_some() { code as u32 } else { tally.number(grouping.key(code)) };
            numbers[code] = number;
            let counts = &mut tally.groups[number as usize].counts;
            if counts.len() < buckets.first + cells.len() {
                counts.resize(buckets.first + cells.len(), Counts::default());
            }
            for (place, cell) in cells.iter().enumerate() {
                counts[buckets.first + place].add(*cell);
            }
        }
        if self.only.is_none() {
            let mut total = sum(&cells);
            if of_total != of_groups {
                total.visitors = firsts(&selected, of_total);
            }
            tally.total.add(total);
            let (first, last) = selected.kept.iter().fold((i64::MAX, i64::MIN), |(first, last), &row| {
                (first.min(times[row as usize]), last.max(times[row as usize]))
            });
            let (earliest, latest) = tally.times.unwrap_or((first, last));
            tally.times = Some((earliest.min(first), latest.max(last)));
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
                    let bucket = (place as usize % buckets.width + buckets.first) as u32;
                    note(&mut here, (numbers[place as usize / buckets.width], visitor), bucket);
                }
                if of_total == Visitors::Distinct && self.only.is_none() && self.by.is_some() {
                    note(&mut here, (TOTAL, visitor), 0);
                }
            }
            let mut seen = seen.lock();
            if seen.is_empty() {
                *seen = here;
            } else {
                here.into_iter().for_each(|(key, bucket)| note(&mut seen, key, bucket));
            }
        }
        Ok(())
    }

    /// Where only some groups count: their number for each number here.
    fn slots(&self, grouping: &Grouping<'_>) -> Option<Slots> {
        let only = self.only?;
        let slot = |code| only.find(grouping.key(code)).unwrap_or(TOTAL);
        Some(Slots { slots: (0..grouping.len()).map(slot).collect(), groups: only.groups.len() })
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

fn note(seen: &mut Seen, key: (u32, u64), bucket: u32) {
    seen.entry(key).and_modify(|earliest| *earliest = bucket.min(*earliest)).or_insert(bucket);
}

/// Buckets of a piece's rows, counted from the first that occurs.
struct Buckets {
    first: usize,
    width: usize,
    /// One entry a row that counts; empty when all are in the first.
    of: Vec<u32>,
}

impl Buckets {
    fn of(edges: &[i64], times: &[i64], kept: &[u32]) -> Self {
        let bucket =
            |at: i64| edges.partition_point(|edge| *edge <= at).saturating_sub(1).min(edges.len() - 2);
        let range = kept.iter().map(|&row| times[row as usize]);
        let (Some(first), Some(last)) = (range.clone().min(), range.max()) else {
            return Self { first: 0, width: 1, of: vec![] };
        };
        let (first, last) = (bucket(first), bucket(last));
        if first == last {
            return Self { first, width: 1, of: vec![] };
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
        Self { first, width: last - first + 1, of }
    }
}

impl Tally {
    fn find(&self, key: Key<'_>) -> Option<u32> {
        self.index
            .find(self.hasher.hash_one(key), |&number| self.groups[number as usize].key() == key)
            .copied()
    }

    /// Number of a key, which gets one if it has none.
    fn number(&mut self, key: Key<'_>) -> u32 {
        if let Some(number) = self.find(key) {
            return number;
        }
        let number = self.groups.len() as u32;
        self.groups.push(Group { label: key.label.into(), within: key.within.into(), counts: vec![] });
        let (groups, hasher) = (&self.groups, &self.hasher);
        self.index.insert_unique(self.hasher.hash_one(key), number, |&number| {
            hasher.hash_one(groups[number as usize].key())
        });
        number
    }

    fn add_visitors(&mut self, seen: &Seen) {
        for (&(group, _), &bucket) in seen {
            if group == TOTAL {
                self.total.visitors += 1;
            } else {
                self.groups[group as usize].counts[bucket as usize].visitors += 1;
            }
        }
    }

    /// The same groups with nothing counted.
    fn emptied(&self) -> Self {
        let mut tally = Self::default();
        for group in &self.groups {
            tally.number(group.key());
        }
        tally
    }

    /// Keeps the `limit` most frequent groups.
    fn keep(&mut self, limit: usize, by: Option<Dimension>) {
        self.groups.sort_by_cached_key(|group| group.rank(by));
        self.groups.truncate(limit);
        let groups = std::mem::take(&mut self.groups);
        *self = Self::default();
        for group in groups {
            let number = self.number(group.key());
            self.groups[number as usize].counts = group.counts;
        }
    }

    /// Groups by their number of scans, most first, ties by label.
    fn ranked(mut self, by: Option<Dimension>) -> Vec<(Value, Vec<Counts>)> {
        self.groups.sort_by_cached_key(|group| group.rank(by));
        self.groups.into_iter().map(|group| (group.key().value(by), group.counts)).collect()
    }
}

impl Group {
    fn key(&self) -> Key<'_> {
        Key { label: &self.label, within: &self.within }
    }

    fn rank(&self, by: Option<Dimension>) -> (std::cmp::Reverse<u64>, Value) {
        (std::cmp::Reverse(sum(&self.counts).scans), self.key().value(by))
    }
}
