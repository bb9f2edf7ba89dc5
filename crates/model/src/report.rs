//! The closed set of questions that can be asked of the scan store, and the shape of the answers.
//!
//! Every number on every screen is one of these. The engines (local segments, ClickHouse) each have one renderer.

pub mod by;
mod filter;

pub use by::{By, ClockPart, Dimension, Labels};
pub use filter::{Filter, Test};

use crate::ids::{LinkId, ScanId, WorkspaceId};
use crate::judged::Judged;
use crate::scan::{Scan, Verdict};
use crate::time::Millis;
use serde::Serialize;

words! {
    /// What a question counts.
    Metric {
        /// Scans of the verdicts asked for.
        Scans = "scans",
        /// Scans of any verdict.
        AllScans = "allScans",
        /// Visitors per UTC day, added.
        Visitors = "visitors",
        /// Scans of visit type FIRST.
        New = "new",
        /// Scans of visit type RETURNING.
        Returning = "returning",
        /// Time of the first scan.
        FirstScan = "firstScan",
        /// Time of the last.
        LastScan = "lastScan",
    }
}

/// A set of verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdicts(u8);

impl Verdicts {
    /// What every number counts unless asked otherwise (DESIGN §11.1).
    pub const HUMAN: Self = Self(1 << Verdict::Human as u8);
    /// All of them.
    pub const ALL: Self = Self((1 << Verdict::ALL.len()) - 1);

    /// The set of exactly these.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        Self(verdicts.into_iter().fold(0, |bits, verdict| bits | 1 << verdict as u8))
    }

    /// Whether `verdict` is in the set.
    pub const fn contains(self, verdict: Verdict) -> bool {
        self.0 & 1 << verdict as u8 != 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Which links of the workspace are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Workspace,
    /// These. An empty list matches nothing.
    Links(Vec<LinkId>),
}

/// The population a question is about: what every part of an answer counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// Workspace; nothing outside it is ever looked at.
    pub workspace: WorkspaceId,
    /// Its links.
    pub scope: Scope,
    /// Verdicts counted.
    pub verdicts: Verdicts,
    /// First instant counted.
    pub from: Millis,
    /// First instant no longer counted.
    pub to: Millis,
    /// All must hold.
    pub filters: Vec<Filter>,
}

/// What is asked of a population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// One row of counts.
    Totals,
    /// Counts per bucket. `edges` are the bucket starts in ascending order followed by the end of the last one; scans
    /// outside are not counted. With `by`, one line for each of the `limit` most frequent values.
    Series {
        /// n + 1 edges of n buckets.
        edges: Vec<Millis>,
        /// Grouping and number of groups.
        by: Option<(By, usize)>,
    },
    /// Counts per value, most scans first, ties by label.
    Breakdown {
        /// What by.
        by: By,
        /// Rows at most.
        limit: usize,
    },
    /// First and last scan per value, all values.
    Spans {
        /// What by.
        by: By,
    },
    /// Counts per place on the map, most scans first.
    Places {
        /// Rows at most.
        limit: usize,
    },
}

/// What a group of scans counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Scans.
    pub scans: u64,
    /// Visitors (DESIGN §11.7): per UTC day, added.
    pub visitors: u64,
    /// Scans of visit type FIRST.
    pub first: u64,
    /// Scans of visit type RETURNING.
    pub returning: u64,
}

impl Counts {
    /// Adds another group's counts.
    #[inline]
    pub fn add(&mut self, other: Self) {
        self.scans += other.scans;
        self.visitors += other.visitors;
        self.first += other.first;
        self.returning += other.returning;
    }

    /// Takes the counts of a part away. A part that was counted a moment later may be larger than the whole was.
    pub fn take(&mut self, part: Self) {
        self.scans = self.scans.saturating_sub(part.scans);
        self.visitors = self.visitors.saturating_sub(part.visitors);
        self.first = self.first.saturating_sub(part.first);
        self.returning = self.returning.saturating_sub(part.returning);
    }
}

/// Value of a dimension. Unknown is the empty label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value {
    /// What a person reads.
    pub label: String,
    /// What tells equal labels apart: the country of a city (`FR`), the country of a region; else empty.
    pub within: String,
}

/// A place on the map.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// City; empty where only the coordinates are known.
    pub city: String,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Tenths of a degree, north positive.
    pub latitude: i16,
    /// Tenths of a degree, east positive.
    pub longitude: i16,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Ask::Totals`].
    Totals {
        /// Counts.
        counts: Counts,
        /// Time of the first scan of the population.
        first_at: Option<Millis>,
        /// Time of the last.
        last_at: Option<Millis>,
    },
    /// To [`Ask::Series`].
    Series {
        /// One line a group (one with an empty label when not grouped), one entry a bucket.
        lines: Vec<(Value, Vec<Counts>)>,
        /// The groups beyond the limit, added.
        other: Vec<Counts>,
        /// Counts of the whole population inside the edges, groups beyond the limit included.
        total: Counts,
    },
    /// To [`Ask::Breakdown`].
    Breakdown {
        /// Rows, at most the limit.
        rows: Vec<(Value, Counts)>,
        /// Number of groups there are, unknown included.
        groups: u64,
        /// The groups beyond the limit, added.
        other: Counts,
        /// Counts of the whole population, rows beyond the limit included.
        total: Counts,
    },
    /// To [`Ask::Spans`]: times of the first and the last scan of each value, in no order.
    Spans(Vec<(Value, Millis, Millis)>),
    /// To [`Ask::Places`].
    Places {
        /// Rows, at most the limit; ties in the order of [`Place`].
        rows: Vec<(Place, Counts)>,
        /// Counts of scans without coordinates.
        unknown: Counts,
        /// Counts of the whole population.
        total: Counts,
    },
}

/// How the scans of a visitor are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// By the number of a visitor of a day, never 0: that is of everybody who is not told apart.
    Number(u64),
    /// By their ids: those that are known to be somebody's.
    Scans(Vec<ScanId>),
}

/// A page of the list of scans, newest first by (time, id).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanPage {
    /// Which scans.
    pub population: Population,
    /// Only scans of this visitor.
    pub visitor: Option<Whose>,
    /// Only scans older than this one.
    pub before: Option<(Millis, ScanId)>,
    /// Rows at most.
    pub limit: usize,
}

/// A scan that owns its bytes: what a store hands out.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedScan(Box<[u8]>, Option<Box<Judged>>);

impl OwnedScan {
    /// The scan.
    pub fn get(&self) -> Scan<'_> {
        // The bytes were written by `From`, below, in this very process.
        Scan::decode(crate::scan::LAYOUT, &self.0).expect("an owned scan decodes")
    }

    /// The scan with the verdict it had before it was judged again; nothing where it never was.
    pub fn judged_before(self, first: Option<Judged>) -> Self {
        Self(self.0, first.map(Box::new))
    }

    /// The verdict that was given when the scan was answered, where another was given since.
    pub fn first_judgement(&self) -> Option<&Judged> {
        self.1.as_deref()
    }
}

impl From<&Scan<'_>> for OwnedScan {
    fn from(scan: &Scan<'_>) -> Self {
        let mut bytes = Vec::with_capacity(320);
        scan.encode(&mut bytes);
        Self(bytes.into_boxed_slice(), None)
    }
}

impl std::fmt::Debug for OwnedScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_sets_hold_what_was_put_in() {
        let set = Verdicts::of([Verdict::Bot, Verdict::Preview]);
        assert!(
            set.contains(Verdict::Bot) && set.contains(Verdict::Preview) && !set.contains(Verdict::Human)
        );
        assert!(Verdict::ALL.iter().all(|verdict| Verdicts::ALL.contains(*verdict)));
        assert!(Verdicts::of([]).is_empty());
    }
}
