//! Merging: several sorted segments become one (`levels.rs` says which and when). With all rows of a day side by side,
//! who came first is decided anew from the rows themselves.

use crate::block::Block;
use crate::column::Rows;
use crate::days::Days;
use crate::error::Result;
use crate::firsts::Firsts;
use crate::forget::{self, Visitors};
use crate::hidden::{Hidden, Row};
use crate::levels::{self, Bounds, Merge, Part};
use crate::local::Local;
use crate::manifest::Entry;
use crate::purge::key;
use crate::rejudge::Moves;
use crate::schema::{self, ScanColumn, Table};
use crate::segment::{Reading, Segment};
use crate::snapshot::Snapshot;
use crate::write::{PAGES, SegmentWriter};
use model::time::UtcDay;
use model::{Millis, WorkspaceId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use uuid::Uuid;

/// What a merge has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Days whose segments were merged.
    pub days: Days,
    /// How many became one.
    pub segments: usize,
    /// Rows of the new segment.
    pub rows: u64,
}

/// How far a merge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merging {
    /// Days whose segments are merged.
    pub days: Days,
    /// Rows that are written.
    pub rows: u64,
    /// Rows there are.
    pub of: u64,
}

/// Most pages of rows that a merge holds of all its inputs together; of more inputs it reads less at a time.
const PAGES_HELD: usize = 16;

/// What a rewriting changes of the rows themselves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Edit<'e> {
    /// Workspace whose rows are left out.
    pub without: Option<WorkspaceId>,
    /// Visitors whose scans become nobody's.
    pub forget: Option<&'e Visitors>,
    /// Day from which on user agents are kept.
    pub facts_from: Option<UtcDay>,
    /// Scans that have other verdicts now.
    pub moves: Option<&'e Moves>,
    /// Rows that are left out.
    pub hidden: Option<&'e Hidden>,
    /// Scans that lose what tells whose they were.
    pub blank: Option<&'e Hidden>,
    /// Whose user agents go that it says are too old.
    pub without_facts: Option<&'e Hidden>,
}

/// A segment to be, of others.
pub(crate) struct Recipe<'r> {
    pub table: Table,
    pub segments: &'r [Arc<Segment>],
    pub level: u8,
    /// Whether all rows of the days are there, so that who came first is decided.
    pub decide: bool,
    pub edit: Edit<'r>,
}

impl Local {
    /// Does one merge if one is due. Nothing when there is nothing to do.
    pub fn merge_due(&self, now: Millis) -> Result<Option<Merged>> {
        self.merge_due_while(now, |_| true)
    }

    /// Does one merge if one is due. `each` is told now and then how far it is; when it says false the merge is given up
    /// and nothing has changed.
    pub fn merge_due_while(&self, now: Millis, each: impl FnMut(Merging) -> bool) -> Result<Option<Merged>> {
        let bounds = Bounds { merge_at: self.options.merge_at, merge_rows: self.options.merge_rows };
        let snapshot = self.snapshot();
        match levels::next(&parts(&snapshot), now, bounds) {
            Some(merge) => self.merge(&snapshot, &merge, each),
            None => Ok(None),
        }
    }

    /// Merges all segments that have rows of a UTC day into one a table, and decides anew which scans were their visitor's
    /// first. Asked for a day that still runs, it does so for the part that is sealed.
    pub fn merge_day(&self, day: UtcDay) -> Result<Option<Merged>> {
        let mut of_scans = None;
        for table in [Table::Traces, Table::Scans] {
            let snapshot = self.snapshot();
            let whole = levels::whole_day(&parts(&snapshot), table, day);
            of_scans = whole.map(|merge| self.merge(&snapshot, &merge, |_| true)).transpose()?.flatten();
        }
        Ok(of_scans)
    }

    fn merge(
        &self,
        snapshot: &Snapshot,
        merge: &Merge,
        each: impl FnMut(Merging) -> bool,
    ) -> Result<Option<Merged>> {
        let named = |segment: &&Arc<Segment>| merge.parts.iter().any(|part| part.name == segment.entry.name);
        let segments: Vec<Arc<Segment>> = snapshot.segments(merge.table).filter(named).cloned().collect();
        let Some(days) = covered(&segments) else { return Ok(None) };
        let _claim = self.claims.take(&segments);
        if !self.still_there(&segments) {
            // Somebody else was first.
            return Ok(None);
        }
        let (table, level) = (merge.table, merge.level);
        let decide = merge.decide && !is_harmed(snapshot, &segments);
        let edit = Edit { hidden: Some(&snapshot.hidden), ..Edit::default() };
        let recipe = Recipe { table, segments: &segments, level, decide, edit };
        let merged = self.write_merged(&recipe, each).and_then(|written| {
            let Written::Whole(entry) = written else { return Ok(None) };
            let entries: Vec<Entry> = entry.into_iter().collect();
            self.publish(&entries, &segments, None, |_| ())?;
            Ok(entries.first().map(|entry| Merged { days, segments: segments.len(), rows: entry.rows }))
        });
        match merged {
            Err(error) => self.leave_out(snapshot, error).map(|()| None),
            merged => merged,
        }
    }

    /// Whether queries still read all of these.
    pub(crate) fn still_there(&self, segments: &[Arc<Segment>]) -> bool {
        let snapshot = self.snapshot();
        segments.iter().all(|segment| snapshot.segments.iter().any(|other| Arc::ptr_eq(other, segment)))
    }

    /// Writes a segment anew with an edit, in place of the old one. Returns how many rows it lost.
    pub(crate) fn rewrite(&self, segment: &Arc<Segment>, edit: Edit<'_>) -> Result<u64> {
        let Entry { table, level, rows, .. } = segment.entry;
        let segments = std::slice::from_ref(segment);
        let recipe = Recipe { table, segments, level, decide: false, edit };
        let Written::Whole(entry) = self.write_merged(&recipe, |_| true)? else { return Ok(0) };
        let entries: Vec<Entry> = entry.into_iter().collect();
        self.publish(&entries, segments, None, |_| ())?;
        Ok(rows - entries.first().map_or(0, |entry| entry.rows))
    }

    /// Writes the scans of all segments that cover some days into one, with an edit.
    pub(crate) fn write_edited(
        &self,
        segments: &[Arc<Segment>],
        decide: bool,
        edit: Edit<'_>,
    ) -> Result<Option<Entry>> {
        let recipe = Recipe { table: Table::Scans, segments, level: Entry::WHOLE, decide, edit };
        match self.write_merged(&recipe, |_| true)? {
            Written::Whole(entry) => Ok(entry),
            Written::GivenUp => Ok(None),
        }
    }

    /// Writes the rows of segments into one.
    fn write_merged(&self, recipe: &Recipe<'_>, mut each: impl FnMut(Merging) -> bool) -> Result<Written> {
        let Recipe { table, segments, level, decide, edit } = *recipe;
        let Some(days) = covered(segments) else { return Ok(Written::Whole(None)) };
        let of = segments.iter().map(|segment| segment.entry.rows).sum();
        // What is damaged must not get a checksum that is right.
        for segment in segments {
            if !segment.is_as_written(|| each(Merging { days, rows: 0, of }))? {
                return Ok(Written::GivenUp);
            }
        }
        let facts = segments.iter().any(|segment| segment.has_facts());
        let name = Uuid::new_v4();
        let mut writer =
            SegmentWriter::create(&self.folder, name, table, days, self.options.row_group, None, facts)?;
        let mut firsts = decide.then(|| Firsts::new(segments, edit));
        let mut stream = Stream::new(table, segments, self.options.row_group, edit)?;
        let of = segments.iter().map(|segment| segment.entry.rows).sum();
        let mut rows = 0;
        while let Some(mut block) = stream.next(self.options.row_group)? {
            if let Some(moves) = edit.moves {
                moves.apply(&mut block);
            }
            if let Some(chosen) = edit.blank {
                let rows = rows_of(&block, |row| chosen.holds(row));
                if !rows.is_empty() {
                    forget::blank(&mut block, &rows);
                }
            }
            if let Some(firsts) = &mut firsts {
                firsts.decide(&mut block)?;
            }
            if let Some(visitors) = edit.forget {
                visitors.blank(&mut block);
            }
            if let Some(from) = edit.facts_from {
                without_old_facts(&mut block, from);
            }
            if let Some(hidden) = edit.without_facts {
                let old = rows_of(&block, |row| hidden.holds_facts(row));
                block.blank(ScanColumn::UserAgent as usize, &old, "");
            }
            rows += block.rows() as u64;
            block.finish();
            writer.append(block)?;
            if !each(Merging { days, rows, of }) {
                return Ok(Written::GivenUp);
            }
        }
        let entry = writer.finish(level)?;
        Ok(Written::Whole(entry.map(|entry| Entry { facts_from: facts_from(segments, edit), ..entry })))
    }
}

/// How writing ended.
enum Written {
    /// With a segment, or nothing if no row was left.
    Whole(Option<Entry>),
    /// Before its end, as was asked for.
    GivenUp,
}

/// Day from which on the facts of some segments tell something.
fn facts_from(segments: &[Arc<Segment>], edit: Edit<'_>) -> Option<UtcDay> {
    let with_facts = segments.iter().filter(|segment| segment.has_facts());
    let of = |segment: &Arc<Segment>| segment.entry.facts_from.unwrap_or(segment.entry.days.first);
    let first = with_facts.map(of).min()?.max(edit.facts_from.unwrap_or(UtcDay(i32::MIN)));
    (first > covered(segments)?.first).then_some(first)
}

/// Rows of a block that fit.
fn rows_of(block: &Block, fits: impl Fn(Row<'_>) -> bool) -> Vec<usize> {
    let rows = Rows::Block(block);
    (0..rows.len()).filter(|row| fits(key(&rows, *row))).collect()
}

fn without_old_facts(block: &mut Block, from: UtcDay) {
    let times = block.column(schema::TIME).times();
    let old: Vec<usize> = (0..times.len()).filter(|row| times[*row] < from.start().0).collect();
    block.blank(ScanColumn::UserAgent as usize, &old, "");
}

/// Whether a damaged segment may hold a visitor's first scan of these days: the bits of the others then stay as they were.
pub(crate) fn is_harmed(snapshot: &Snapshot, segments: &[Arc<Segment>]) -> bool {
    let Some(days) = covered(segments) else { return false };
    snapshot.segments.iter().any(|other| other.is_damaged() && other.entry.days.meet(days))
}

/// All segments of scans that have rows of some days, and of the days that are in them besides.
pub(crate) fn covering(snapshot: &Snapshot, mut days: Days) -> Vec<Arc<Segment>> {
    let met =
        |days: Days| snapshot.segments(Table::Scans).filter(move |segment| segment.entry.days.meet(days));
    while let Some(more) = met(days).map(|segment| segment.entry.days.and(days)).find(|more| *more != days) {
        days = more;
    }
    met(days).cloned().collect()
}

/// Days of some segments.
fn covered(segments: &[Arc<Segment>]) -> Option<Days> {
    segments.iter().map(|segment| segment.entry.days).reduce(Days::and)
}

/// What the plan is to know of the segments that can be read.
fn parts(snapshot: &Snapshot) -> Vec<Part> {
    let part = |segment: &Arc<Segment>| {
        let Entry { name, table, days, level, rows, .. } = segment.entry;
        Part { name, table, days, level, rows, facts: segment.has_facts() }
    };
    [Table::Scans, Table::Traces].into_iter().flat_map(|table| snapshot.segments(table)).map(part).collect()
}

/// Sort key of a row: workspace, link, time, tie.
type SortKey = ([u8; 16], [u8; 16], i64, [u8; 16]);

/// The rows of several sorted segments in one sorted stream. In memory are some pages of all columns together, and a
/// dictionary a column of each segment.
struct Stream<'a> {
    table: Table,
    /// Workspace whose rows are left out.
    without: Option<[u8; 16]>,
    /// Rows that are left out.
    hidden: Option<&'a Hidden>,
    /// Pieces that are held at most before the rows at hand are given out, few as they may be.
    most: usize,
    inputs: Vec<Input<'a>>,
    /// Rows read and not yet handed out; an input's current ones are at `Input::read`.
    read: Vec<Rows<'static>>,
    /// The next row of each input.
    heads: BinaryHeap<Reverse<(SortKey, usize)>>,
}

struct Input<'a> {
    reading: Reading<'a>,
    read: usize,
    row: usize,
}

impl<'a> Stream<'a> {
    fn new(table: Table, segments: &'a [Arc<Segment>], row_group: usize, edit: Edit<'a>) -> Result<Self> {
        let without = edit.without.map(|id| *id.as_bytes());
        let meets = |hidden: &&Hidden| {
            segments.iter().any(|segment| hidden.meets(segment.entry.first_at, segment.entry.last_at))
        };
        let hidden = edit.hidden.filter(meets);
        let at_a_time = row_group.div_ceil(PAGES) * PAGES_HELD / segments.len().max(PAGES_HELD);
        let most = segments.len() + row_group.div_ceil(at_a_time.max(1)) + 1;
        let (inputs, read, heads) = (vec![], vec![], BinaryHeap::new());
        let mut stream = Self { table, without, hidden, most, inputs, read, heads };
        for segment in segments {
            stream.inputs.push(Input { reading: segment.in_order(at_a_time)?, read: 0, row: 0 });
            stream.load(stream.inputs.len() - 1)?;
        }
        Ok(stream)
    }

    /// Reads an input's next rows and puts the first into the heap; does nothing at its end.
    fn load(&mut self, number: usize) -> Result<()> {
        let input = &mut self.inputs[number];
        let Some(rows) = input.reading.next()? else {
            // None of the rows at hand is its own any more.
            input.read = usize::MAX;
            return Ok(());
        };
        self.read.push(rows);
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
            && self.read.len() <= self.most
            && let Some(Reverse(((workspace, link, at, scan), number))) = self.heads.pop()
        {
            let input = &mut self.inputs[number];
            let row = Row { workspace: &workspace, link: &link, at, scan: &scan };
            if self.without != Some(workspace) && !self.hidden.is_some_and(|hidden| hidden.holds(row)) {
                picks.push((input.read as u32, input.row as u32));
            }
            input.row += 1;
            if input.row < self.read[input.read].len() {
                self.push_head(number);
            } else {
                self.load(number)?;
                if picks.is_empty() {
                    self.forget_read();
                }
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
