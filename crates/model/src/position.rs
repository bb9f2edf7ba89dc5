//! Where a record stands in the spool.

use serde::{Deserialize, Serialize};

/// A place in the spool: the process start that wrote it and its number within that start (DESIGN §11.3).
///
/// Epochs are random, so they have no order of their own: which epoch came first is known to the spool, by its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Random 32 bits drawn at each process start.
    pub epoch: u32,
    /// Number of the record within the epoch, counted from 1.
    pub seq: u64,
}
