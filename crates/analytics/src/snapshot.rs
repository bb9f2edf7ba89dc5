//! What a query sees: the hot blocks and the segments of one instant, every row exactly once.

use crate::block::Block;
use crate::hidden::Hidden;
use crate::schema::Table;
use crate::segment::Segment;
use model::Position;
use std::sync::Arc;

/// Small blocks that are united at a time, at least.
const UNITED: usize = 8;

/// State of the store at one instant; never changed, only replaced.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    /// Blocks that a segment is being written of.
    pub sealing: Vec<Arc<Block>>,
    /// Blocks that came since.
    pub fresh: Vec<Arc<Block>>,
    /// Segments, oldest day first.
    pub segments: Vec<Arc<Segment>>,
    /// First and last spool position of the hot blocks.
    pub hot_range: Option<(Position, Position)>,
    /// How far into the spool the segments reach: what the manifest says, without asking it, so that nobody waits for
    /// a manifest that is locked.
    pub sealed_to: Option<Position>,
    /// Rows that no answer shows.
    pub hidden: Arc<Hidden>,
}

impl Snapshot {
    /// Hot blocks of a table.
    pub fn hot(&self, table: Table) -> impl Iterator<Item = &Arc<Block>> {
        self.sealing.iter().chain(&self.fresh).filter(move |block| block.table() == table)
    }

    /// Readable segments of a table.
    pub fn segments(&self, table: Table) -> impl Iterator<Item = &Arc<Segment>> {
        self.segments.iter().filter(move |segment| segment.entry.table == table && !segment.is_damaged())
    }

    /// Takes a block into the hot tier. Small blocks are united so that there are never many, [`UNITED`] or more at a
    /// time: a row is copied a few times, not at each batch, until its block is large.
    pub fn push(&mut self, block: Arc<Block>, block_rows: usize) {
        let table = block.table();
        self.fresh.push(block);
        while let Some(places) = self.to_unite(table, block_rows) {
            let blocks: Vec<_> = places.iter().map(|&place| self.fresh[place].clone()).collect();
            let (first, others) = (places[0], &places[1..]);
            self.fresh[first] = Arc::new(Block::unite(table, &blocks));
            others.iter().rev().for_each(|&place| drop(self.fresh.remove(place)));
        }
    }

    /// Places of fresh blocks that are to become one: the youngest, once there are enough that are no larger than the
    /// last, by its order of magnitude.
    fn to_unite(&self, table: Table, block_rows: usize) -> Option<Vec<usize>> {
        let rows = |place: usize| self.fresh[place].rows();
        let size = |place| rows(place).max(1).ilog(UNITED);
        let own = (0..self.fresh.len()).rev().filter(|&place| self.fresh[place].table() == table);
        let last = own.clone().next()?;
        let mut places: Vec<usize> =
            own.take_while(|&place| rows(place) <= block_rows / 2 && size(place) <= size(last)).collect();
        if places.len() < UNITED {
            return None;
        }
        places.reverse();
        let mut sum = 0;
        let fitting = |place: &&usize| {
            sum += rows(**place);
            sum <= block_rows
        };
        let count = places.iter().take_while(fitting).count();
        places.truncate(count);
        Some(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use model::ids::{LinkId, ScanId, TraceId, WorkspaceId};
    use model::trace::TraceKind;
    use model::{Millis, Trace};
    use uuid::Uuid;

    #[test]
    fn blocks_are_few_whatever_sizes_they_come_in() {
        let trace = Trace {
            id: TraceId(Uuid::nil()),
            scan: ScanId(Uuid::nil()),
            scan_at: Millis(1),
            at: Millis(2),
            workspace: WorkspaceId(Uuid::nil()),
            link: LinkId(Uuid::nil()),
            workflow_version: 1,
            step: 0,
            branch: 0,
            kind: TraceKind::Shown,
            destination: 0,
        };
        for sizes in [&[1, 1, 1][..], &[500, 3, 3, 3, 3], &[40, 4000, 1], &[60_000, 7], &[70_000]] {
            let (mut snapshot, mut rows) = (Snapshot::default(), 0);
            for size in sizes.iter().cycle().take(400) {
                let mut block = Block::new(Table::Traces);
                for _ in 0..*size {
                    block.append(|data| schema::push_trace(data, Position { epoch: 1, seq: 1 }, &trace));
                }
                block.finish();
                snapshot.push(Arc::new(block), 65_536);
                rows += size;
                let held: usize = snapshot.fresh.iter().map(|block| block.rows()).sum();
                let full = snapshot.fresh.iter().filter(|block| block.rows() > 32_768).count();
                assert_eq!(held, rows);
                assert!(snapshot.fresh.len() - full <= 6 * UNITED, "{sizes:?}: {}", snapshot.fresh.len());
                assert!(full <= 2 * rows / 65_536 + 1);
                if rows > 1_500_000 {
                    break;
                }
            }
        }
    }
}
