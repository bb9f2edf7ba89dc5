//! What the spool promises, tried on a simulated disk with faults and on the real one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod damage;
mod faults;
mod fuzz;
mod fuzzing;
mod gone;
mod kill;
mod model;
mod power;
mod reading;
mod sim_disk;

use spool::{Appended, Batch, Entry, Options, Reader, Spool};
use std::time::Duration;

/// Options for tests that say themselves when to sync.
fn options(epoch: u32) -> Options {
    Options {
        sync_interval: Duration::from_secs(3600),
        ballast_bytes: 0,
        ..Options::new(epoch, 1_790_000_000_000, &["store", "catalog"])
    }
}

fn entry(payload: &[u8]) -> Entry<'_> {
    Entry { kind: 1, layout: 2, at_ms: 3, payload }
}

/// Appends and insists on an answer.
fn written(spool: &Spool, payload: &[u8]) -> ::model::Position {
    match spool.append(entry(payload)) {
        Appended::Written(position) => position,
        other => panic!("{other:?}: {:?}", spool.status()),
    }
}

/// Everything a reader delivers now.
fn drain(reader: &mut Reader) -> Vec<(::model::Position, Vec<u8>)> {
    let mut records = Vec::new();
    loop {
        let batch: Batch = reader.next(7, 4096, Duration::ZERO).unwrap();
        if batch.is_empty() {
            return records;
        }
        assert_eq!(batch.iter().count(), batch.len());
        assert_eq!(batch.iter().last().map(|record| record.position), batch.last());
        records.extend(batch.iter().map(|record| (record.position, record.payload.to_vec())));
    }
}

fn payloads(reader: &mut Reader) -> Vec<Vec<u8>> {
    drain(reader).into_iter().map(|(_, payload)| payload).collect()
}
