//! All scans of a population, one row group after the other, for those who take them away (exports).

use crate::error::{Error, Result};
use crate::local::Local;
use crate::lost::Damage;
use crate::page;
use crate::population::Population;
use crate::report;
use crate::select::{self, Piece};
use crate::snapshot::Snapshot;
use crate::trace;
use model::ids::ScanId;
use model::report::{self as asked, Answer, Ask, OwnedScan};
use model::{Millis, Trace};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A way through all scans of a population as they were at one instant: UTC day after day, within a day by link and
/// time, the latest minutes in the order in which they came. Holds one row group at a time.
pub struct Walk {
    snapshot: Arc<Snapshot>,
    population: Population,
    pieces: std::vec::IntoIter<Piece>,
    total: u64,
}

impl Local {
    /// Begins a way through all scans of a population. What is taken away is whole: where files are damaged that may hold
    /// some of them, or what they did, this is [`Error::Damage`].
    pub fn walk(&self, population: &asked::Population) -> Result<Walk> {
        let (workspace, time) = (population.workspace, population.from..population.to);
        let (snapshot, total) = self.query(|snapshot| {
            let answered = report::answers(snapshot, population, &[Ask::Totals])?;
            let total = answered.answers.iter().find_map(|answer| match answer {
                Answer::Totals { counts, .. } => Some(counts.scans),
                _ => None,
            });
            Ok((Arc::new(snapshot.clone()), total.unwrap_or_default()))
        })?;
        let population = Population::new(population);
        let pieces: Vec<Piece> = select::pieces(&snapshot, &population)?.into_values().flatten().collect();
        let lost = self.lost(Some(workspace), std::slice::from_ref(&time));
        if !lost.is_empty() {
            return Err(Error::Damage(Damage(lost)));
        }
        Ok(Walk { snapshot, population, pieces: pieces.into_iter(), total })
    }
}

impl Walk {
    /// How many scans there are in all, as every report of this instant counts them.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The next scans, some ten thousand at most; nothing at the end. A segment that turns out to be damaged ends the way
    /// with [`Error::Damage`].
    pub fn forward(&mut self, store: &Local) -> Result<Option<Vec<OwnedScan>>> {
        for piece in self.pieces.by_ref() {
            match store.within(|| whole(&self.snapshot, &piece, &self.population)) {
                Ok(scans) if scans.is_empty() => {}
                Ok(scans) => return Ok(Some(scans)),
                Err(error) => return Err(self.ended(store, error)),
            }
        }
        Ok(None)
    }

    /// What these scans, of one part of the way, did after their redirects; each in the order in which it happened.
    pub fn traces(&self, store: &Local, scans: &[OwnedScan]) -> Result<HashMap<ScanId, Vec<Trace>>> {
        let mut links: Vec<[u8; 16]> = scans.iter().map(|scan| *scan.get().link.as_bytes()).collect();
        links.sort_unstable();
        links.dedup();
        let times = scans.iter().map(|scan| scan.get().at);
        let (Some(from), Some(last)) = (times.clone().min(), times.max()) else { return Ok(HashMap::new()) };
        let range = (from.0, Millis(last.0).plus(1).0);
        let found =
            store.within(|| trace::of_range(&self.snapshot, &self.population.workspace, &links, range));
        found.map_err(|error| self.ended(store, error))
    }

    /// What ends the way: damage is told as that, and its segment left out of all answers.
    fn ended(&self, store: &Local, error: Error) -> Error {
        let Error::Segment { path, .. } = &error else { return error };
        let path = path.clone();
        if let Err(error) = store.leave_out(&self.snapshot, error) {
            return error;
        }
        let damaged = self.snapshot.segments.iter().filter(|segment| segment.path() == path);
        Error::Damage(Damage(damaged.filter_map(|segment| segment.lost()).collect()))
    }
}

fn whole(snapshot: &Snapshot, piece: &Piece, population: &Population) -> Result<Vec<OwnedScan>> {
    let Some(selected) = piece.select(population, &[], &AtomicU64::new(0))? else { return Ok(vec![]) };
    let places: Vec<usize> = selected.kept.iter().map(|&row| selected.place(row)).collect();
    page::whole(snapshot, piece, &places)
}
