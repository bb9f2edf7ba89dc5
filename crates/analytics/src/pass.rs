//! One way of counting the rows of a population.

use crate::group::{By, Grouping};
use crate::population::{Population, Visitors};
use crate::schema::ScanColumn;
use crate::sheet::{LANE, Sheet, Weight};
use crate::steps::Steps;
use crate::tally::{Ranking, Seen, Tally};

/// No number.
const NONE: u32 = u32::MAX;

/// One way of counting the rows of a population.
pub(crate) struct Pass<'q> {
    pub by: Option<By<'q>>,
    /// Starts of the buckets and the end of the last; the population lies between the first and the last.
    pub edges: &'q [i64],
    steps: Steps<'q>,
    /// Groups that are told apart, when that is known; all others are counted as one.
    pub only: Option<&'q Ranking>,
    /// Whether the first and the last scan of each group are noted.
    spans: bool,
    /// How visitors are counted in each group, and in the whole population.
    pub of_groups: Visitors,
    pub of_total: Visitors,
}

impl<'q> Pass<'q> {
    pub fn new(
        population: &Population,
        by: Option<By<'q>>,
        edges: &'q [i64],
        spans: bool,
        only: Option<&'q Ranking>,
    ) -> Self {
        Self {
            by,
            edges,
            steps: Steps::new(edges),
            only,
            spans,
            of_groups: population.visitors(by.map(By::visited)),
            of_total: population.visitors(None),
        }
    }

    pub fn empty(&self) -> Tally {
        let buckets = self.edges.len() - 1;
        self.only.map_or_else(|| Tally::new(buckets), |only| only.emptied(buckets))
    }

    /// Columns the pass reads.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        let counted = [ScanColumn::VisitType, self.of_groups.column(), self.of_total.column()];
        Grouping::columns(self.by).chain(counted.map(|column| column as usize))
    }

    /// Counts the rows of a sheet. Visitors that have further scans on the day are noted in `seen` for each group; in the
    /// total, whoever knows them all counts them.
    pub fn count(&self, sheet: &Sheet<'_>, tally: &mut Tally, seen: &mut Seen) {
        let grouping = Grouping::of(&sheet.selected.rows, self.by.as_ref());
        let kept = sheet.selected.kept.as_slice();
        let (first, last) =
            sheet.range.map_or((0, 0), |(first, last)| (self.steps.of(first), self.steps.of(last)));
        let groups = self.only.map_or(grouping.len(), Ranking::slots);
        let mut counting = Counting {
            pass: self,
            times: sheet.selected.rows.column(ScanColumn::At as usize).times(),
            kept,
            weights: sheet.weights(self.of_groups),
            slots: self.only.map(|only| Slots::of(only, &grouping)),
            first,
            width: last - first + 1,
            numbers: vec![NONE; groups],
            cells: vec![],
            grouping: &grouping,
        };
        // Where rows have several values they are counted once for each, and in the total apart.
        if let Some((places, codes)) = grouping.expanded(kept) {
            counting
                .add(places.iter().zip(&codes).map(|(&place, &code)| (place as usize, code as usize)), tally);
        } else if grouping.codes.is_empty() {
            counting.add((0..kept.len()).map(|place| (place, 0)), tally);
        } else {
            let codes = grouping.codes.as_ref();
            counting.add(kept.iter().enumerate().map(|(n, &row)| (n, codes[row as usize] as usize)), tally);
        }
        if self.spans {
            for &row in kept {
                let at = counting.times[row as usize];
                grouping.each(row, |code| tally.note_span(counting.number(code), (at, at)));
            }
        }
        if self.only.is_none() {
            tally.total.add(sheet.sum(self.of_total));
            tally.note_times(sheet.range);
        }
        if self.of_groups == Visitors::Distinct {
            let mut groups = Vec::new();
            for scans in of_each(&sheet.repeated) {
                for &(_, place) in scans {
                    let bucket = counting.first + counting.bucket(place as usize);
                    grouping.each(kept[place as usize], |code| groups.push((counting.number(code), bucket)));
                }
                seen.note(scans[0].0, &mut groups);
            }
            let mut groups = Vec::new();
            for scans in of_each(&sheet.before) {
                for &(_, row) in scans {
                    grouping.each(row, |code| groups.extend(counting.number_before(code, tally)));
                }
                seen.note_before(scans[0].0, &mut groups);
            }
        }
    }
}

/// The scans of each visitor.
fn of_each(scans: &[(u32, u32)]) -> impl Iterator<Item = &[(u32, u32)]> {
    scans.chunk_by(|one, other| one.0 == other.0)
}

/// The counting of one sheet by one pass.
struct Counting<'c> {
    pass: &'c Pass<'c>,
    grouping: &'c Grouping<'c>,
    times: &'c [i64],
    kept: &'c [u32],
    weights: &'c [Weight],
    slots: Option<Slots>,
    /// First bucket that occurs, and number of buckets from it to the last.
    first: usize,
    width: usize,
    /// What is added, by group and bucket.
    cells: Vec<Weight>,
    /// Number in the tally of each number here that has rows.
    numbers: Vec<u32>,
}

impl Counting<'_> {
    /// Bucket of a row that counts, from the first that occurs.
    fn bucket(&self, place: usize) -> usize {
        match self.width {
            1 => 0,
            _ => self.pass.steps.of(self.times[self.kept[place] as usize]) - self.first,
        }
    }

    /// Number among all groups of a number here that has rows.
    fn number(&self, code: usize) -> u32 {
        self.slots.as_ref().map_or_else(|| self.numbers[code], |slots| slots.numbers[code])
    }

    /// Number among all groups of a number here that may have rows only before the population begins; nothing where
    /// the groups are known and it is none of them.
    fn number_before(&mut self, code: usize, tally: &mut Tally) -> Option<u32> {
        if let Some(slots) = &self.slots {
            return Some(slots.numbers[code]).filter(|number| *number != NONE);
        }
        if self.numbers[code] == NONE {
            self.numbers[code] = tally.number(self.grouping.key(code));
        }
        Some(self.numbers[code])
    }

    /// Adds rows: their places among those that count, and their groups.
    fn add(&mut self, mut entries: impl Iterator<Item = (usize, usize)>, tally: &mut Tally) {
        self.cells = vec![Weight::default(); self.numbers.len() * self.width];
        let (weights, plain) = (self.weights, self.slots.is_none() && self.width == 1);
        let mut full = true;
        while full {
            let mut count = 0;
            let mut cells = std::mem::take(&mut self.cells);
            for (place, code) in entries.by_ref().take(LANE) {
                let cell = if plain {
                    code
                } else {
                    let group = self.slots.as_ref().map_or(code, |slots| slots.ranks[code] as usize);
                    group * self.width + self.bucket(place)
                };
                cells[cell].add(weights[place]);
                count += 1;
            }
            self.cells = cells;
            full = count == LANE;
            self.unpack(tally);
        }
    }

    /// Moves what was added into the tally.
    fn unpack(&mut self, tally: &mut Tally) {
        let cells = self.cells.chunks_exact(self.width).zip(0..);
        let groups: Vec<u32> = cells
            .filter(|(cells, _)| !cells.iter().all(|cell| cell.is_zero()))
            .map(|(_, group)| group)
            .collect();
        let numbers = match self.slots {
            Some(_) => groups.clone(),
            None => tally.numbers(groups.iter().map(|group| self.grouping.key(*group as usize))),
        };
        for (group, number) in groups.into_iter().zip(numbers) {
            self.numbers[group as usize] = number;
            let cells = &mut self.cells[group as usize * self.width..][..self.width];
            let counts = &mut tally.counts(number)[self.first..];
            counts.iter_mut().zip(cells).for_each(|(counts, cell)| counts.add(std::mem::take(cell).counts()));
        }
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
        let slot = |code| ranking.slot(grouping.key(code)).unwrap_or((0, NONE));
        let (ranks, numbers) = (0..grouping.len()).map(slot).unzip();
        Self { ranks, numbers }
    }
}
