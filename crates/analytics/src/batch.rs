//! What the consumer hands over: records of the spool, in columns.

use crate::block::Block;
use crate::schema::{self, Table};
use model::{Position, Scan, Trace};

/// Rows of a block at most. As many as of a row group, so that hot and sealed rows are worked on in pieces alike.
pub(crate) const BLOCK_ROWS: usize = 65_536;

/// Records of the spool on their way into the store. Their strings are copied, so the spool's buffer is free again.
#[derive(Debug)]
pub struct Batch {
    pub(crate) scans: Vec<Block>,
    pub(crate) traces: Block,
    pub(crate) range: Option<(Position, Position)>,
}

impl Default for Batch {
    fn default() -> Self {
        Self { scans: vec![], traces: Block::new(Table::Traces), range: None }
    }
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a scan.
    pub fn scan(&mut self, position: Position, scan: &Scan<'_>) {
        if self.scans.last().is_none_or(|block| block.rows() >= BLOCK_ROWS) {
            self.scans.push(Block::new(Table::Scans));
        }
        if let Some(block) = self.scans.last_mut() {
            block.append(|data| schema::push_scan(data, position, scan));
        }
        self.passed(position);
    }

    /// Takes a trace.
    pub fn trace(&mut self, position: Position, trace: &Trace) {
        self.traces.append(|data| schema::push_trace(data, position, trace));
        self.passed(position);
    }

    /// Notes a record that leaves no row (unknown kind, unreadable), so that it is not read again after a restart.
    pub fn passed(&mut self, position: Position) {
        let (first, _) = self.range.unwrap_or((position, position));
        self.range = Some((first, position));
    }

    /// Number of scans and traces in it.
    pub fn rows(&self) -> usize {
        self.scans.iter().map(Block::rows).sum::<usize>() + self.traces.rows()
    }

    /// Whether it covers no record at all.
    pub fn is_empty(&self) -> bool {
        self.range.is_none()
    }
}
