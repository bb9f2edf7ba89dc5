//! Rows of one piece that count, weighed once for all passes over them.

use crate::manifest::Entry;
use crate::population::{Population, Visitors};
use crate::schema::ScanColumn;
use crate::select::{Piece, Selected, Source};
use foldhash::HashMap;
use model::Millis;
use model::report::{Counts, Verdicts};
use model::scan::VisitType;
use model::time::UtcDay;
use std::collections::hash_map;

/// Rows whose weights can be added without one lane running into the next.
pub(crate) const LANE: usize = u16::MAX as usize;

/// What a row adds to the counts of its group: scans, visitors, first and returning in lanes of sixteen bits. At most
/// [`LANE`] rows are added before they are unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight(u64);

const VISITOR: u64 = 1 << 16;

impl Weight {
    fn of(visit_type: &[u8]) -> Self {
        let is = |kind: VisitType, lane: u32| u64::from(visit_type == kind.as_str().as_bytes()) << lane;
        Self(1 | is(VisitType::First, 32) | is(VisitType::Returning, 48))
    }

    pub fn add(&mut self, other: Self) {
        self.0 += other.0;
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn counts(self) -> Counts {
        let lane = |number: u32| self.0 >> (number * 16) & u64::from(u16::MAX);
        Counts { scans: lane(0), visitors: lane(1), first: lane(2), returning: lane(3) }
    }
}

/// A piece's rows that count. Weights are in the order of `selected.kept`.
pub(crate) struct Sheet<'a> {
    pub selected: Selected<'a>,
    /// Times of the first and the last row that counts; nothing if none does.
    pub range: Option<(i64, i64)>,
    /// Weights and their sum for each way of counting visitors that a pass has.
    weights: [Option<(Vec<Weight>, Counts)>; 3],
    /// Visitors that are to be told apart pass by pass, by number, ascending, each with the places in `selected.kept` of
    /// his rows: the weights are without them.
    pub repeated: Vec<(u32, u32)>,
    /// Visitors who may be among `repeated`, ascending, each with his rows from before the population begins.
    pub before: Vec<(u32, u32)>,
}

impl<'a> Sheet<'a> {
    /// Weighs the rows for the ways in which passes count visitors. `scans` knows the visitors of these days if one of
    /// the ways tells them apart; their numbers begin behind `base`.
    pub fn new(selected: Selected<'a>, ways: &[Visitors], scans: &Scans, base: u32) -> Self {
        let (rows, kept) = (&selected.rows, &selected.kept);
        let times = rows.column(ScanColumn::At as usize).times();
        let range = kept.iter().fold((i64::MAX, i64::MIN), |(first, last), &row| {
            (first.min(times[row as usize]), last.max(times[row as usize]))
        });
        let range = (!kept.is_empty()).then_some(range);
        let types = rows.column(ScanColumn::VisitType as usize).words();
        let kinds = types.table(Weight::of);
        let (mut weights, mut repeated) = ([None, None, None], Vec::new());
        for &way in ways {
            let plain = kept.iter().map(|&row| kinds[types.codes[row as usize] as usize]);
            let weighed: Vec<Weight> = if way == Visitors::Distinct {
                let visitors = rows.column(ScanColumn::Visitor as usize).u64s();
                let weigh = |((weight, &row), place): ((Weight, &u32), u32)| {
                    let (at, visitor) = (times[row as usize], visitors[row as usize]);
                    if visitor == 0 {
                        return weight;
                    }
                    match scans.number(visitor, Millis(at).utc_day()) {
                        0 => return Weight(weight.0 + VISITOR),
                        number => repeated.push((base + number, place)),
                    }
                    weight
                };
                plain.zip(kept).zip(0..).map(weigh).collect()
            } else {
                let bits = rows.column(way.column() as usize).bools();
                let visitor = |row: u32| u64::from(bits[row as usize]) * VISITOR;
                plain.zip(kept).map(|(weight, &row)| Weight(weight.0 + visitor(row))).collect()
            };
            let mut sum = Counts::default();
            for weights in weighed.chunks(LANE) {
                let mut added = Weight::default();
                weights.iter().for_each(|weight| added.add(*weight));
                sum.add(added.counts());
            }
            weights[way as usize] = Some((weighed, sum));
        }
        let mut before = Vec::new();
        if !selected.before.is_empty() {
            let visitors = rows.column(ScanColumn::Visitor as usize).u64s();
            let number = |row: usize| scans.number(visitors[row], Millis(times[row]).utc_day());
            let numbers = selected.before.iter().map(|&row| (row, number(row as usize)));
            before = numbers.filter(|(_, n)| *n > 0).map(|(row, n)| (base + n, row)).collect();
        }
        // Once here, not once a pass.
        repeated.sort_unstable();
        before.sort_unstable();
        Self { range, weights, repeated, before, selected }
    }

    fn weighed(&self, way: Visitors) -> &(Vec<Weight>, Counts) {
        self.weights[way as usize].as_ref().expect("the sheet was made for the ways of all passes")
    }

    /// Weights of the rows that count.
    pub fn weights(&self, way: Visitors) -> &[Weight] {
        &self.weighed(way).0
    }

    /// Sum of these.
    pub fn sum(&self, way: Visitors) -> Counts {
        self.weighed(way).1
    }
}

/// Which visitors of some UTC days have, or may have, several scans on the day.
#[derive(Default)]
pub(crate) struct Scans {
    /// Visitors by day: 0 for one scan, else the visitor's number, from 1 on.
    visitors: HashMap<(UtcDay, u64), u32>,
    /// How many have a number.
    several: u32,
    /// Whether the rows say themselves which of them are their visitor's first of the day: noted are then only the
    /// visitors of further ones, which are few.
    decided: bool,
}

impl Scans {
    /// For the rows of a stretch of days of which a population's count.
    pub fn new(stretch: &[Piece], population: &Population) -> Self {
        // The bits are of human scans, and were decided among all that there are when one segment has all of the days.
        let whole = |piece: &Piece| match &piece.source {
            Source::Group(segment, _) if segment.entry.level == Entry::WHOLE => Some(segment.entry.name),
            _ => None,
        };
        let one = stretch.first().and_then(whole);
        let decided = one.is_some()
            && stretch.iter().all(|piece| whole(piece) == one)
            && population.verdicts == Verdicts::HUMAN;
        Self { visitors: HashMap::default(), several: 0, decided }
    }

    /// Takes in the rows of a piece that count, and those before. Visitor 0 is nobody.
    pub fn note(&mut self, piece: &Selected<'_>) {
        let times = piece.rows.column(ScanColumn::At as usize).times();
        let visitors = piece.rows.column(ScanColumn::Visitor as usize).u64s();
        let rows = piece.before.iter().chain(&piece.kept).map(|&row| row as usize);
        let known = rows.filter(|&row| visitors[row] != 0);
        let visitor = |row: usize| (Millis(times[row]).utc_day(), visitors[row]);
        if self.decided {
            let first = piece.rows.column(ScanColumn::FirstInWorkspace as usize).bools();
            for row in known.filter(|&row| !first[row]) {
                self.visitors.entry(visitor(row)).or_insert_with(|| {
                    self.several += 1;
                    self.several
                });
            }
            return;
        }
        self.visitors.reserve(piece.kept.len());
        for row in known {
            match self.visitors.entry(visitor(row)) {
                hash_map::Entry::Vacant(vacant) => drop(vacant.insert(0)),
                hash_map::Entry::Occupied(mut known) if *known.get() == 0 => {
                    self.several += 1;
                    known.insert(self.several);
                }
                hash_map::Entry::Occupied(_) => {}
            }
        }
    }

    /// Number of visitors and days that are told apart row by row.
    pub fn several(&self) -> u32 {
        self.several
    }

    /// Number of a visitor that has a row here; 0 if it has one scan.
    fn number(&self, visitor: u64, day: UtcDay) -> u32 {
        self.visitors.get(&(day, visitor)).copied().unwrap_or(0)
    }
}
