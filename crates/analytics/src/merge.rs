//! Merging: the segments of a UTC day become one, so that a question about a year opens one file a day; and with all
//! rows of the day side by side, who came first is decided anew from the rows themselves.

use crate::block::Block;
use crate::column::Rows;
use crate::error::Result;
use crate::firsts::Firsts;
use crate::forget::Visitors;
use crate::local::Local;
use crate::manifest::Entry;
use crate::rejudge::Moves;
use crate::schema::{self, Table};
use crate::segment::Segment;
use crate::write::{PAGES, SegmentWriter};
use model::time::UtcDay;
use model::{Millis, WorkspaceId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use uuid::Uuid;

/// What a merge has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Day whose segments were merged.
    pub day: UtcDay,
    /// How many became one.
    pub segments: usize,
    /// Rows of the new segment.
    pub rows: u64,
}

/// Time after the end of a day until its last rows are certainly sealed.
const GRACE: i64 = 10 * 60_000;

/// A run token lives for 24 hours, so until then a day's scans still get traces.
const TRACES_GRACE: i64 = 25 * 3_600_000;

/// What a rewriting changes of the rows themselves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Edit<'e> {
    /// Workspace whose rows are left out.
    pub without: Option<WorkspaceId>,
    /// Visitors whose scans become nobody's.
    pub forget: Option<&'e Visitors>,
    /// Scans that have other verdicts now.
    pub moves: Option<&'e Moves>,
}

impl Local {
    /// Does one merge if one is due: the segments of a finished day into one, or, while a day runs and there are many,
    /// those that are alike in size. Nothing when there is nothing to do.
    pub fn merge_due(&self, now: Millis) -> Result<Option<Merged>> {
        let mut by_day: BTreeMap<(UtcDay, &str), Vec<Arc<Segment>>> = BTreeMap::new();
        let snapshot = self.snapshot();
        for table in [Table::Scans, Table::Traces] {
            for segment in snapshot.segments(table) {
                by_day.entry((segment.entry.day, table.as_str())).or_default().push(segment.clone());
            }
        }
        for ((day, _), segments) in by_day {
            let table = segments[0].entry.table;
            let grace = if table == Table::Scans { GRACE } else { TRACES_GRACE };
            if day.end().plus(grace) <= now {
                if segments.len() > 1 || segments[0].entry.level != Entry::WHOLE {
                    return self.merge_table(day, table);
                }
                continue;
            }
            let mut levels: BTreeMap<u8, Vec<Arc<Segment>>> = BTreeMap::new();
            for segment in segments {
                levels.entry(segment.entry.level).or_default().push(segment);
            }
            if let Some((level, alike)) =
                levels.into_iter().find(|(_, alike)| alike.len() >= self.options.merge_at.max(2))
            {
                // Other rows of the day are not in these segments, so who came first cannot be decided here.
                return self.merge(day, table, alike, level.saturating_add(1).min(Entry::WHOLE - 1), false);
            }
        }
        Ok(None)
    }

    /// Merges all segments of a UTC day into one a table, and decides anew which scans were their visitor's first. Asked
    /// for a day that still runs, it does so for the part that is sealed.
    pub fn merge_day(&self, day: UtcDay) -> Result<Option<Merged>> {
        self.merge_table(day, Table::Traces)?;
        self.merge_table(day, Table::Scans)
    }

    fn merge_table(&self, day: UtcDay, table: Table) -> Result<Option<Merged>> {
        let snapshot = self.snapshot();
        let segments: Vec<_> =
            snapshot.segments(table).filter(|segment| segment.entry.day == day).cloned().collect();
        if segments.is_empty() {
            return Ok(None);
        }
        // A damaged segment may hold a visitor's first scan: the bits of the others then stay as they were.
        let whole = snapshot.segments.iter().all(|segment| segment.entry.day != day || !segment.is_damaged());
        self.merge(day, table, segments, Entry::WHOLE, whole && table == Table::Scans)
    }

    fn merge(
        &self,
        day: UtcDay,
        table: Table,
        segments: Vec<Arc<Segment>>,
        level: u8,
        decide: bool,
    ) -> Result<Option<Merged>> {
        let _one = self.merging.lock();
        let snapshot = self.snapshot();
        let still =
            |segment: &Arc<Segment>| snapshot.segments.iter().any(|other| Arc::ptr_eq(other, segment));
        if !segments.iter().all(still) {
            // Another merge was first.
            return Ok(None);
        }
        let written = self.write_merged(day, table, &segments, level, decide, Edit::default());
        let merged = written.and_then(|entry| {
            let entries: Vec<Entry> = entry.into_iter().collect();
            self.publish(&entries, &segments, None, |_| ())?;
            Ok(entries.first().map(|entry| Merged { day, segments: segments.len(), rows: entry.rows }))
        });
        match merged {
            Err(error) => self.leave_out(&snapshot, error).map(|()| None),
            merged => merged,
        }
    }

    /// Writes the rows of `segments` into one, edited. Nothing if no row is left.
    pub(crate) fn write_merged(
        &self,
        day: UtcDay,
        table: Table,
        segments: &[Arc<Segment>],
        level: u8,
        decide: bool,
        edit: Edit<'_>,
    ) -> Result<Option<Entry>> {
        let facts = segments.iter().any(|segment| segment.has_facts());
        let mut writer = SegmentWriter::create(
            &self.folder,
            Uuid::new_v4(),
            table,
            day,
            self.options.row_group,
            None,
            facts,
        )?;
        let mut firsts = decide.then(|| Firsts::new(segments, edit.moves));
        let page_rows = self.options.row_group.div_ceil(PAGES);
        let mut stream = Stream::new(table, segments, page_rows, edit.without.map(|id| *id.as_bytes()))?;
        while let Some(mut block) = stream.next(self.options.row_group)? {
            if let Some(moves) = edit.moves {
                moves.apply(&mut block);
            }
            if let Some(firsts) = &mut firsts {
                firsts.decide(&mut block)?;
            }
            if let Some(visitors) = edit.forget {
                visitors.blank(&mut block);
            }
            block.finish();
            writer.append(block)?;
        }
        writer.finish(level)
    }
}

/// Sort key of a row: workspace, link, time, tie.
type SortKey = ([u8; 16], [u8; 16], i64, [u8; 16]);

/// The rows of several sorted segments in one sorted stream.
struct Stream<'a> {
    table: Table,
    page_rows: usize,
    /// Workspace whose rows are left out.
    without: Option<[u8; 16]>,
    inputs: Vec<Input<'a>>,
    /// Rows read and not yet handed out; an input's current ones are at `Input::read`.
    read: Vec<Rows<'static>>,
    /// The next row of each input.
    heads: BinaryHeap<Reverse<(SortKey, usize)>>,
}

struct Input<'a> {
    segment: &'a Segment,
    row_groups: Vec<usize>,
    group: usize,
    /// First row of the row group that was not read yet.
    next: usize,
    read: usize,
    row: usize,
}

impl<'a> Stream<'a> {
    fn new(
        table: Table,
        segments: &'a [Arc<Segment>],
        page_rows: usize,
        without: Option<[u8; 16]>,
    ) -> Result<Self> {
        let (inputs, read, heads) = (vec![], vec![], BinaryHeap::new());
        let mut stream = Self { table, page_rows, without, inputs, read, heads };
        for segment in segments {
            let row_groups = segment.row_groups()?;
            stream.inputs.push(Input { segment, row_groups, group: 0, next: 0, read: 0, row: 0 });
            stream.load(stream.inputs.len() - 1)?;
        }
        Ok(stream)
    }

    /// Reads an input's next rows and puts the first into the heap; does nothing at its end.
    fn load(&mut self, number: usize) -> Result<()> {
        let input = &mut self.inputs[number];
        while input.row_groups.get(input.group).is_some_and(|rows| input.next >= *rows) {
            input.group += 1;
            input.next = 0;
        }
        let Some(&rows) = input.row_groups.get(input.group) else { return Ok(()) };
        // A page at a time: the memory of a merge is one page of all columns for each segment.
        let range = input.next..rows.min(input.next + self.page_rows);
        input.next = range.end;
        let columns: Vec<usize> = (0..self.table.columns().len()).collect();
        self.read.push(input.segment.read(input.group, &[range], &columns)?);
        input.read = self.read.len() - 1;
        input.row = 0;
        self.push_head(number);
        Ok(())
    }

    fn push_head(&mut self, number: usize) {
        let input = &self.inputs[number];
        let rows = &self.read[input.read];
        let id = |column: usize| rows.column(column).ids()[input.row];
        let time = rows.column(schema::TIME).times()[input.row];
        self.heads.push(Reverse(((id(schema::WORKSPACE), id(schema::LINK), time, id(schema::TIE)), number)));
    }

    /// The next rows, at most `limit`.
    fn next(&mut self, limit: usize) -> Result<Option<Block>> {
        let mut picks = Vec::with_capacity(limit);
        while picks.len() < limit
            && let Some(Reverse(((workspace, ..), number))) = self.heads.pop()
        {
            let input = &mut self.inputs[number];
            if self.without != Some(workspace) {
                picks.push((input.read as u32, input.row as u32));
            }
            input.row += 1;
            if input.row < self.read[input.read].len() {
                self.push_head(number);
            } else {
                self.load(number)?;
            }
        }
        if picks.is_empty() {
            return Ok(None);
        }
        let block = Block::gather(
            self.table,
            self.read.len(),
            |source, column| self.read[source].column(column),
            &picks,
        );
        self.forget_read();
        Ok(Some(block))
    }

    /// Drops rows that were handed out whole.
    fn forget_read(&mut self) {
        let mut kept = Vec::with_capacity(self.inputs.len());
        let mut read: Vec<Option<Rows<'static>>> =
            std::mem::take(&mut self.read).into_iter().map(Some).collect();
        for input in &mut self.inputs {
            if let Some(rows) = read.get_mut(input.read).and_then(Option::take) {
                input.read = kept.len();
                kept.push(rows);
            }
        }
        self.read = kept;
    }
}
