//! The two consumers of the spool: one fills the scan store and the live feed, one keeps the catalog's counters.
//! Each commits its position together with what it wrote, so that a crash doubles nothing (DESIGN §4.6, §4.7, §11.3).

pub mod catalog;
pub mod merging;
pub mod store;
pub mod told;
pub mod uses;

use model::{Position, Scan, Trace, scan};
use parking_lot::{Condvar, Mutex};
use spool::{Batch, Reader};
use std::sync::Arc;
use std::time::Duration;

/// Names under which the spool knows its consumers.
pub const STORE: &str = "store";
/// See [`STORE`].
pub const CATALOG: &str = "catalog";

/// Records taken at once.
const BATCH_RECORDS: usize = 16_384;
/// Bytes taken at once.
const BATCH_BYTES: usize = 8 << 20;
/// How long a consumer waits after a failure before it tries again.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Asks background threads to end.
#[derive(Clone, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        *self.0.0.lock() = true;
        self.0.1.notify_all();
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        *self.0.0.lock()
    }

    /// Waits, and tells whether it was asked.
    pub fn wait(&self, at_most: Duration) -> bool {
        let mut asked = self.0.0.lock();
        if !*asked {
            self.0.1.wait_for(&mut asked, at_most);
        }
        *asked
    }
}

/// A batch of records, read: scans and traces with their positions.
pub struct Records<'b> {
    scans: Vec<(Position, Scan<'b>)>,
    traces: Vec<(Position, Trace)>,
    /// Records that this program cannot read.
    unreadable: u64,
}

fn next(reader: &mut Reader, most: usize, wait: Duration) -> std::io::Result<Batch> {
    reader.next(BATCH_RECORDS.min(most), BATCH_BYTES, wait)
}

/// How long scans gather before the next are taken: nobody sees the difference, and few large batches cost less than many
/// small ones, to the consumer as to the appends that would have to wake it.
const GATHER: Duration = Duration::from_millis(50);

/// Lets some scans gather, unless there are plenty.
fn gather(batch: &Batch, stop: &Stop) {
    if batch.len() < BATCH_RECORDS / 2 {
        stop.wait(GATHER);
    }
}

fn read(batch: &Batch) -> Records<'_> {
    let mut records = Records { scans: Vec::with_capacity(batch.len()), traces: Vec::new(), unreadable: 0 };
    let mut why = None;
    for record in batch.iter() {
        let known = match record.kind {
            crate::redirect::record::SCAN => Scan::decode(record.layout, record.payload)
                .map(|scan| records.scans.push((record.position, scan))),
            crate::redirect::record::TRACE => Trace::decode(record.layout, record.payload)
                .map(|trace| records.traces.push((record.position, trace))),
            _ => Err(scan::DecodeError::Layout(record.layout)),
        };
        if let Err(error) = known {
            records.unreadable += 1;
            why = Some((record.position, error));
        }
    }
    if let Some((position, error)) = why {
        let unreadable = records.unreadable;
        tracing::error!(unreadable, last = ?position, %error, "Records of the spool cannot be read and are left out");
    }
    records
}
