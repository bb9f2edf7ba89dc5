//! What the jobs and the system page ask of the store.

use crate::error::Result;
use crate::local::Local;
use crate::lost::Lost;
use crate::manifest::{Change, Entry};
use crate::merge::Edit;
use crate::schema::{self, ScanColumn, Table};
use crate::segment::Segment;
use model::ids::{LinkId, WorkspaceId};
use model::scan::Verdict;
use model::time::UtcDay;
use model::{Millis, Position};
use std::sync::Arc;
use uuid::Uuid;

/// What the store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Segments of scans that can be read.
    pub segments: usize,
    /// Scans in them.
    pub rows: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// UTC days they cover.
    pub days: usize,
    /// Bytes of the facts files.
    pub facts_bytes: u64,
    /// Segments of traces that can be read.
    pub trace_segments: usize,
    /// Traces in them.
    pub traces: u64,
    /// Bytes of them.
    pub trace_bytes: u64,
    /// Scans that are in memory only, and in the spool.
    pub hot_scans: u64,
    /// Traces of that kind.
    pub hot_traces: u64,
    /// Memory of what is kept of the files' ends, in bytes.
    pub footer_bytes: u64,
    /// Times of the first and the last scan.
    pub range: Option<(Millis, Millis)>,
    /// How far into the spool the segments reach.
    pub position: Option<Position>,
    /// Segments that cannot be read; no answer counts their rows.
    pub lost: Vec<Lost>,
    /// The last thing that went wrong.
    pub last_error: Option<String>,
}

/// A human scan of a visitor, as far as today's sets of first scans need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TodayRow {
    /// When.
    pub at: Millis,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Link.
    pub link: LinkId,
    /// Number of the visitor, never 0.
    pub visitor: u64,
    /// How many times the visitor had scanned the link that day, this one included.
    pub nth_today: u16,
}

impl Local {
    /// What the store holds now.
    pub fn stats(&self) -> Stats {
        let snapshot = self.snapshot();
        let mut stats = Stats {
            position: snapshot.sealed_to,
            last_error: self.last_error.lock().clone(),
            hot_scans: snapshot.hot_rows(Table::Scans) as u64,
            hot_traces: snapshot.hot_rows(Table::Traces) as u64,
            footer_bytes: self.shared.footer_bytes(),
            ..Stats::default()
        };
        let mut days: Vec<UtcDay> = Vec::new();
        let mut times: Vec<(i64, i64)> = snapshot.hot(Table::Scans).map(|block| block.times()).collect();
        for segment in &snapshot.segments {
            let entry = &segment.entry;
            if let Some(lost) = segment.lost() {
                stats.lost.push(lost);
            } else if entry.table == Table::Traces {
                stats.trace_segments += 1;
                stats.traces += entry.rows;
                stats.trace_bytes += entry.bytes;
            } else {
                stats.segments += 1;
                stats.rows += entry.rows;
                stats.bytes += entry.bytes;
                stats.facts_bytes += entry.facts_bytes.filter(|_| segment.has_facts()).unwrap_or(0);
                days.extend((entry.days.first.0..=entry.days.last.0).map(UtcDay));
                times.push((entry.first_at, entry.last_at));
            }
        }
        days.sort_unstable();
        days.dedup();
        stats.days = days.len();
        stats.range = times
            .into_iter()
            .reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
            .map(|(first, last)| (Millis(first), Millis(last)));
        stats
    }

    /// Calls `each` with the sealed human scans of visitors on `day`, in no particular order: what today's sets of
    /// first scans are rebuilt from at start, together with the spool behind [`Local::position`].
    pub fn today(&self, day: UtcDay, mut each: impl FnMut(&TodayRow)) -> Result<()> {
        const COLUMNS: [usize; 6] = [
            schema::WORKSPACE,
            schema::LINK,
            schema::TIME,
            ScanColumn::Visitor as usize,
            ScanColumn::NthToday as usize,
            ScanColumn::Verdict as usize,
        ];
        let snapshot = self.snapshot();
        for segment in snapshot.segments(Table::Scans).filter(|segment| segment.entry.days.holds(day)) {
            let mut read = || -> Result<()> {
                for (group, rows) in segment.row_groups()?.into_iter().enumerate() {
                    let rows = segment.read(group, std::slice::from_ref(&(0..rows)), &COLUMNS)?;
                    let [workspaces, links, times, visitors, nths, verdicts] =
                        COLUMNS.map(|column| rows.column(column));
                    let (workspaces, links) = (workspaces.ids(), links.ids());
                    let (times, visitors, nths) = (times.times(), visitors.u64s(), nths.u16s());
                    let verdicts = verdicts.words();
                    let human = verdicts.table(|word| word == Verdict::Human.as_str().as_bytes());
                    for row in 0..rows.len() {
                        let on_day = Millis(times[row]).utc_day() == day;
                        if on_day && visitors[row] != 0 && human[verdicts.codes[row] as usize] {
                            each(&TodayRow {
                                at: Millis(times[row]),
                                workspace: WorkspaceId(Uuid::from_bytes(workspaces[row])),
                                link: LinkId(Uuid::from_bytes(links[row])),
                                visitor: visitors[row],
                                nth_today: nths[row],
                            });
                        }
                    }
                }
                Ok(())
            };
            if let Err(error) = read() {
                self.leave_out(&snapshot, error)?;
            }
        }
        Ok(())
    }

    /// Deletes the user agents of the UTC days that ended by `instant`: whole files, and in a segment that has younger days
    /// besides, by writing it anew. Returns the number of segments that lost some.
    pub fn delete_facts_before(&self, instant: Millis) -> Result<usize> {
        // The first day whose user agents stay.
        let from = instant.utc_day();
        let mut segments = 0;
        loop {
            let snapshot = self.snapshot();
            let is_old = |segment: &&Arc<Segment>| {
                let Entry { days, facts_from, .. } = segment.entry;
                // One that cannot be read cannot be written anew; its file goes with its last day.
                let may = !segment.is_damaged() || days.last < from;
                segment.has_facts() && may && facts_from.unwrap_or(days.first) < from
            };
            let Some(segment) = snapshot.segments.iter().find(is_old) else { break };
            let one = std::slice::from_ref(segment);
            // A merge under way reads the user agents of its inputs into a file of its own.
            let _claim = self.claims.take(one);
            if !self.still_there(one) {
                continue;
            }
            segments += 1;
            if segment.entry.days.last < from {
                let names = [segment.entry.name];
                self.manifest.lock().commit(&Change { without_facts: &names, ..Change::default() })?;
                segment.drop_facts();
            } else if let Err(error) =
                self.rewrite(segment, Edit { facts_from: Some(from), ..Edit::default() })
            {
                self.leave_out(&snapshot, error)?;
            }
        }
        Ok(segments)
    }

    /// Removes files of segments that were replaced and could not be removed then. Returns how many are still there.
    pub fn remove_leftover(&self) -> usize {
        self.shared.clear()
    }
}
