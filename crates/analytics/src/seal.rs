//! Sealing: the hot rows become segments, and the position moves with them.

use crate::block::Block;
use crate::days::Days;
use crate::error::Result;
use crate::local::{Local, Step};
use crate::manifest::{Change, Entry};
use crate::schema::{self, Table};
use crate::segment::Segment;
use crate::snapshot::Snapshot;
use crate::write::{self, SegmentWriter};
use model::time::UtcDay;
use model::{Millis, Position};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// What a seal has made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Scans.
    pub scans: u64,
    /// Traces.
    pub traces: u64,
    /// Segments written: one a table and UTC day.
    pub segments: usize,
    /// The new [`Local::position`].
    pub position: Position,
}

impl Local {
    /// Seals if there are many hot rows or the oldest has waited long ([`Options`](crate::Options)).
    pub fn seal_due(&self, now: Millis) -> Result<Option<Sealed>> {
        let snapshot = self.snapshot();
        let rows = snapshot.hot_rows(Table::Scans) + snapshot.hot_rows(Table::Traces);
        let oldest = snapshot.sealing.iter().chain(&snapshot.fresh).map(|block| block.times().0).min();
        let waited = oldest.is_some_and(|oldest| oldest.saturating_add(self.options.seal_after) <= now.0);
        if rows >= self.options.seal_rows || waited { self.seal() } else { Ok(None) }
    }

    /// Writes the hot rows of this instant into segments. Files and position become known in one transaction of the
    /// manifest, and queries change from the one to the other in one step. Nothing if nothing was appended. After an
    /// error the rows are still hot, and the next seal takes them again.
    pub fn seal(&self) -> Result<Option<Sealed>> {
        let sealed = self.seal_hot();
        if let Err(error) = &sealed {
            *self.last_error.lock() = Some(error.to_string());
        }
        sealed
    }

    fn seal_hot(&self) -> Result<Option<Sealed>> {
        let _one = self.sealing.lock();
        let (blocks, range) = self.change(|snapshot| {
            let fresh = std::mem::take(&mut snapshot.fresh);
            snapshot.sealing.extend(fresh);
            (snapshot.sealing.clone(), snapshot.hot_range)
        });
        let Some(range) = range else { return Ok(None) };
        let mut entries = Vec::new();
        for table in [Table::Scans, Table::Traces] {
            let blocks: Vec<_> = blocks.iter().filter(|block| block.table() == table).cloned().collect();
            for (day, picks) in sorted(&blocks) {
                match self.write_picks(table, day, &blocks, &picks, range) {
                    Ok(entry) => entries.extend(entry),
                    Err(error) => {
                        self.discard(&entries);
                        return Err(error);
                    }
                }
            }
        }
        self.publish(&entries, &[], Some(range.1), |snapshot| {
            snapshot.sealing.clear();
            // What came meanwhile begins behind the sealed range.
            snapshot.hot_range =
                snapshot.hot_range.filter(|(_, last)| *last != range.1).map(|(_, last)| (range.1, last));
        })?;
        let rows = |table| entries.iter().filter(|entry| entry.table == table).map(|entry| entry.rows).sum();
        Ok(Some(Sealed {
            scans: rows(Table::Scans),
            traces: rows(Table::Traces),
            segments: entries.len(),
            position: range.1,
        }))
    }

    fn write_picks(
        &self,
        table: Table,
        day: UtcDay,
        blocks: &[Arc<Block>],
        picks: &[(u32, u32)],
        range: (Position, Position),
    ) -> Result<Option<Entry>> {
        let mut writer = SegmentWriter::create(
            &self.folder,
            Uuid::new_v4(),
            table,
            Days::one(day),
            self.options.row_group,
            Some(range),
            true,
        )?;
        for picks in picks.chunks(self.options.row_group) {
            let mut block =
                Block::gather(table, blocks.len(), |source, column| blocks[source].column(column), picks);
            block.finish();
            writer.append(block)?;
        }
        writer.finish(0)
    }

    /// Makes written segments part of the store, and others no longer: in the manifest, then for queries.
    pub(crate) fn publish(
        &self,
        add: &[Entry],
        remove: &[Arc<Segment>],
        position: Option<Position>,
        also: impl FnOnce(&mut Snapshot),
    ) -> Result<()> {
        let witness = self.options.witness;
        if let Err(error) = write::sync_folder(&self.folder) {
            self.discard(add);
            return Err(error);
        }
        witness(Step::Written);
        let names: Vec<Uuid> = remove.iter().map(|segment| segment.entry.name).collect();
        {
            let mut manifest = self.manifest.lock();
            let change = Change { add, remove: &names, position, ..Change::default() };
            if let Err(error) = manifest.commit(&change) {
                // An error of the disk can hide a commit that succeeded: what the manifest says now decides.
                let known =
                    manifest.entries().is_ok_and(|known| add.iter().all(|entry| known.contains(entry)));
                let moved = position.is_none() || manifest.position().is_ok_and(|now| now == position);
                if !(known && moved && (position.is_some() || !add.is_empty())) {
                    drop(manifest);
                    self.discard(add);
                    return Err(error);
                }
            }
        }
        witness(Step::Committed);
        self.change(|snapshot| {
            snapshot.segments.retain(|segment| !names.contains(&segment.entry.name));
            snapshot.segments.extend(
                add.iter().map(|entry| Arc::new(Segment::open(&self.folder, entry.clone(), &self.shared))),
            );
            snapshot.segments.sort_by_key(|segment| (segment.entry.days, segment.entry.name));
            snapshot.sealed_to = position.or(snapshot.sealed_to);
            also(snapshot);
        });
        witness(Step::Swapped);
        remove.iter().for_each(|segment| segment.retire());
        Ok(())
    }

    /// Removes files that will not become part of the store.
    pub(crate) fn discard(&self, entries: &[Entry]) {
        for entry in entries {
            self.shared.remove(&write::segment_path(&self.folder, entry.table, entry.days, entry.name));
            self.shared.remove(&write::facts_path(&self.folder, entry.days, entry.name));
        }
    }
}

/// Rows of the blocks, by UTC day in the order of a segment, as (block, row).
fn sorted(blocks: &[Arc<Block>]) -> BTreeMap<UtcDay, Vec<(u32, u32)>> {
    struct Keys<'a> {
        workspaces: &'a [[u8; 16]],
        links: &'a [[u8; 16]],
        times: &'a [i64],
        ties: &'a [[u8; 16]],
    }
    let keys: Vec<Keys<'_>> = blocks
        .iter()
        .map(|block| Keys {
            workspaces: block.column(schema::WORKSPACE).ids(),
            links: block.column(schema::LINK).ids(),
            times: block.column(schema::TIME).times(),
            ties: block.column(schema::TIE).ids(),
        })
        .collect();
    let mut days: BTreeMap<UtcDay, Vec<(u32, u32)>> = BTreeMap::new();
    for (block, keys) in keys.iter().enumerate() {
        for (row, at) in keys.times.iter().enumerate() {
            days.entry(Millis(*at).utc_day()).or_default().push((block as u32, row as u32));
        }
    }
    for picks in days.values_mut() {
        picks.sort_unstable_by_key(|&(block, row)| {
            let (keys, row) = (&keys[block as usize], row as usize);
            (keys.workspaces[row], keys.links[row], keys.times[row], keys.ties[row])
        });
    }
    days
}
