//! Rows of one piece that count, weighed once for all passes over them.

use crate::population::Visitors;
use crate::schema::ScanColumn;
use crate::select::Selected;
use foldhash::HashMap;
use model::Millis;
use model::report::Counts;
use model::scan::VisitType;
use model::time::UtcDay;

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
    /// Times of the first and the last row that counts.
    pub range: (i64, i64),
    /// Weights and their sum for each way of counting visitors that a pass has.
    weights: [Option<(Vec<Weight>, Counts)>; 3],
    /// Places in `selected.kept` of rows whose visitors are to be told apart pass by pass: the weights are without them.
    pub repeated: Vec<u32>,
}

impl<'a> Sheet<'a> {
    /// Weighs the rows for the ways in which passes count visitors. `scans` knows the visitors of these days if one of
    /// the ways tells them apart.
    pub fn new(selected: Selected<'a>, ways: &[Visitors], scans: &Scans) -> Self {
        let (rows, kept) = (&selected.rows, &selected.kept);
        let times = rows.column(ScanColumn::At as usize).times();
        let range = kept.iter().fold((i64::MAX, i64::MIN), |(first, last), &row| {
            (first.min(times[row as usize]), last.max(times[row as usize]))
        });
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
                    if scans.has_one(visitor, Millis(at).utc_day()) {
                        return Weight(weight.0 + VISITOR);
                    }
                    repeated.push(place);
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
        Self { range, weights, repeated, selected }
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

    /// UTC day and number of the visitor of a row that counts.
    pub fn visitor(&self, place: u32) -> (UtcDay, u64) {
        let row = self.selected.kept[place as usize] as usize;
        let times = self.selected.rows.column(ScanColumn::At as usize).times();
        let visitors = self.selected.rows.column(ScanColumn::Visitor as usize).u64s();
        (Millis(times[row]).utc_day(), visitors[row])
    }
}

/// Whether each visitor of some UTC days has several scans on the day.
#[derive(Default)]
pub(crate) struct Scans(HashMap<(UtcDay, u64), bool>);

impl Scans {
    /// Takes in the rows of a piece that count.
    pub fn note(&mut self, piece: &Selected<'_>) {
        let times = piece.rows.column(ScanColumn::At as usize).times();
        let visitors = piece.rows.column(ScanColumn::Visitor as usize).u64s();
        self.0.reserve(piece.kept.len());
        for &row in &piece.kept {
            let visitor = (Millis(times[row as usize]).utc_day(), visitors[row as usize]);
            self.0.entry(visitor).and_modify(|several| *several = true).or_insert(false);
        }
    }

    /// Number of visitors and days with several scans.
    pub fn several(&self) -> u64 {
        self.0.iter().filter(|((_, visitor), several)| **several && *visitor != 0).count() as u64
    }

    fn has_one(&self, visitor: u64, day: UtcDay) -> bool {
        self.0.get(&(day, visitor)) == Some(&false)
    }
}
