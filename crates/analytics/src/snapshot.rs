//! What a query sees: the hot blocks and the segments of one instant, every row exactly once.

use crate::block::Block;
use crate::schema::Table;
use crate::segment::Segment;
use model::Position;
use std::sync::Arc;

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

    /// Takes a block into the hot tier. Small blocks are united so that there are never many: a block is only copied
    /// together with one of at least its size, or both are small.
    pub fn push(&mut self, mut block: Arc<Block>, block_rows: usize) {
        while let Some(place) = self.fresh.iter().rposition(|other| other.table() == block.table()) {
            let last = &self.fresh[place];
            let rows = last.rows() + block.rows();
            if rows > block_rows || last.rows() > block.rows() * 2 {
                break;
            }
            let sources = [self.fresh.remove(place), block];
            let picks: Vec<(u32, u32)> = sources
                .iter()
                .enumerate()
                .flat_map(|(source, block)| (0..block.rows() as u32).map(move |row| (source as u32, row)))
                .collect();
            let table = sources[0].table();
            let mut united = Block::gather(table, 2, |source, column| sources[source].column(column), &picks);
            united.finish();
            block = Arc::new(united);
        }
        self.fresh.push(block);
    }
}
