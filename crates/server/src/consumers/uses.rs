//! At the start: what links have let through since the catalog last counted.

use model::LinkId;
use model::life::uses_up;
use spool::Reader;
use std::collections::HashMap;
use std::time::Duration;

/// Failed reads until the count is left as it is. The spool's reader passes over what it cannot read at the third.
const TRIES: u32 = 100;

/// Reads the spool from the catalog's position to its end, before anything is appended and before the consumers, who
/// let files go, begin.
pub fn uncounted(mut reader: Reader) -> HashMap<LinkId, u64> {
    let (mut uses, mut failures) = (HashMap::<LinkId, u64>::new(), 0);
    loop {
        match super::next(&mut reader, super::BATCH_RECORDS, Duration::ZERO) {
            Ok(batch) if batch.is_empty() => break,
            Ok(batch) => {
                for (_, scan) in super::read(&batch).scans {
                    if uses_up(scan.verdict, scan.reason, scan.outcome) {
                        *uses.entry(scan.link).or_default() += 1;
                    }
                }
            }
            Err(error) => {
                failures += 1;
                if failures == TRIES {
                    tracing::error!(%error, "The spool cannot be read; scan limits may let too many through");
                    break;
                }
            }
        }
    }
    uses
}
