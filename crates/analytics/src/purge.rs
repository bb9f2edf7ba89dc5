//! Rows that are hidden leave the files, and scans lose what tells whose they were (DESIGN §5, §11.8). Every exchange of
//! files is at once or not at all, so what a crash interrupts is completed by calling again.

use crate::column::Rows;
use crate::error::Result;
use crate::forget::{self, BLANKED};
use crate::hidden::{Chosen, Floor, Hidden, Row};
use crate::local::Local;
use crate::manifest::Entry;
use crate::merge::{Edit, covering, is_harmed};
use crate::schema::{self, ScanColumn, Table, TraceColumn};
use crate::segment::Segment;
use crate::snapshot::Snapshot;
use model::scan::Verdict;
use model::time::UtcDay;
use model::{LinkId, Millis, WorkspaceId};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// What would be hidden, or is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Scans.
    pub scans: u64,
    /// Traces of scans.
    pub traces: u64,
    /// Human scans and all scans that links lose.
    pub links: BTreeMap<(WorkspaceId, LinkId), (u64, u64)>,
    /// Scans by workspace, UTC day, verdict and reason.
    pub reasons: BTreeMap<(WorkspaceId, UtcDay, Verdict, String), u64>,
    /// Times of the first and the last one.
    pub range: Option<(Millis, Millis)>,
}

/// What is in the store of chosen scans, hidden or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Scans; where only what tells the visitor is looked for, those that do.
    pub scans: u64,
    /// Scans of them with a user agent.
    pub user_agents: u64,
    /// Their traces.
    pub traces: u64,
}

/// What was written anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows that left the files, scans and traces.
    pub rows: u64,
    /// Segments that were replaced or unlinked.
    pub segments: u64,
}

/// Scans that lost what tells whose they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blanked {
    /// Scans that were chosen, those that had nothing to lose included.
    pub scans: u64,
    /// Scans among them that had something to lose.
    pub blanked: u64,
    /// Segments that were replaced.
    pub segments: u64,
    /// Visitors whose scans of the day that was named were among them: workspace, link and number, each once.
    pub visitors: Vec<(WorkspaceId, LinkId, u64)>,
}

const SORT_KEY: [usize; 4] = [schema::WORKSPACE, schema::LINK, schema::TIME, schema::TIE];
const _: () = assert!(TraceColumn::Scan as usize == schema::TIE && ScanColumn::Id as usize == schema::TIE);

/// A row's sort key.
pub(crate) fn key<'r>(rows: &'r Rows<'_>, row: usize) -> Row<'r> {
    let id = |column: usize| match rows.column(column) {
        crate::column::Column::Id(ids) => &ids[row],
        _ => unreachable!("the sort key begins with ids"),
    };
    Row {
        workspace: id(schema::WORKSPACE),
        link: id(schema::LINK),
        at: rows.column(schema::TIME).times()[row],
        scan: id(schema::TIE),
    }
}

/// Looks at the rows of a segment that are among `of`; `each` says whether it wants more.
fn in_segment(
    segment: &Segment,
    of: &Hidden,
    columns: &[usize],
    mut each: impl FnMut(&Rows<'_>, usize) -> bool,
) -> Result<()> {
    let Entry { first_at, last_at, .. } = segment.entry;
    for workspace in of.workspaces() {
        let workspace = workspace.as_bytes();
        let Some(veil) = of.veil(workspace, first_at, last_at.saturating_add(1)) else { continue };
        if !segment.may_know(workspace) {
            continue;
        }
        for group in segment.candidates(workspace, None)? {
            let runs = segment.locate(group, workspace, None)?;
            if runs.is_empty() {
                continue;
            }
            let rows = segment.read(group, &runs, &[&SORT_KEY, columns].concat())?;
            for row in 0..rows.len() {
                if veil.hides(key(&rows, row)) && !each(&rows, row) {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Looks at all rows of a table that are among `of`, hot ones included.
fn in_snapshot(
    snapshot: &Snapshot,
    table: Table,
    of: &Hidden,
    columns: &[usize],
    mut each: impl FnMut(&Rows<'_>, usize),
) -> Result<()> {
    for block in snapshot.hot(table) {
        let rows = Rows::Block(block);
        (0..rows.len()).filter(|row| of.holds(key(&rows, *row))).for_each(|row| each(&rows, row));
    }
    for segment in snapshot.segments(table) {
        in_segment(segment, of, columns, |rows, row| {
            each(rows, row);
            true
        })?;
    }
    Ok(())
}

impl Local {
    /// Hides rows from every question that begins afterwards, in place of what was hidden before.
    pub fn hide(&self, hidden: Hidden) {
        self.change(|snapshot| snapshot.hidden = Arc::new(hidden));
    }

    /// What is hidden.
    pub fn hidden(&self) -> Arc<Hidden> {
        self.snapshot().hidden.clone()
    }

    /// What hiding more would take out of every answer. Rows that are hidden already are not counted.
    pub fn would_hide(&self, more: &Hidden) -> Result<Gone> {
        self.looked(|snapshot| gone(snapshot, more))
    }

    /// Writes files anew without the rows that are hidden, hot ones included, and unlinks those of which nothing is left.
    /// Who came first is decided anew on the days that change. Stops when `go_on` says so.
    pub fn purge(&self, go_on: impl Fn() -> bool) -> Result<Purged> {
        let hidden = self.hidden();
        if hidden.is_empty() && hidden.facts.is_empty() {
            return Ok(Purged::default());
        }
        // Who came first is decided from what is sealed.
        self.seal()?;
        let mut purged = Purged::default();
        let edit = Edit { hidden: Some(&hidden), ..Edit::default() };
        for table in [Table::Scans, Table::Traces] {
            let done = self.exchange(table, &hidden, &[], |_, _| true, edit, &go_on)?;
            purged = Purged { rows: purged.rows + done.rows, segments: purged.segments + done.segments };
        }
        let facts = hidden.of_facts();
        let edit = Edit { without_facts: Some(&hidden), ..Edit::default() };
        let agent = ScanColumn::UserAgent as usize;
        let has_agent = |rows: &Rows<'_>, row: usize| !rows.column(agent).words().text(row).is_empty();
        let done = self.exchange(Table::Scans, &facts, &[agent], has_agent, edit, &go_on)?;
        purged.segments += done.segments;
        Ok(purged)
    }

    /// Blanks what tells the visitor in the scans that are chosen, hot ones included. No row goes, so every count of scans
    /// stays. `today` is the day whose visitors are told.
    pub fn blank(&self, chosen: &[Chosen], today: UtcDay) -> Result<Blanked> {
        let of = Hidden::of(chosen.to_vec());
        let scans = self.left(chosen, false)?.scans;
        let mut blanked = Blanked { scans, visitors: self.visitors_of(chosen, today)?, ..Blanked::default() };
        if blanked.scans == 0 {
            return Ok(blanked);
        }
        self.seal()?;
        let edit = Edit { blank: Some(&of), ..Edit::default() };
        let columns: Vec<usize> = BLANKED.iter().map(|(column, _)| *column as usize).collect();
        let tells = |rows: &Rows<'_>, row: usize| !forget::is_blank(rows, row);
        let done = self.exchange(Table::Scans, &of, &columns, tells, edit, &|| true)?;
        (blanked.blanked, blanked.segments) = (done.wanted, done.segments);
        Ok(blanked)
    }

    /// What files and memory still hold of scans, whether or not it is hidden; `telling`: of scans that tell whose they were.
    pub fn left(&self, chosen: &[Chosen], telling: bool) -> Result<Left> {
        let of = Hidden::of(chosen.to_vec());
        let columns: Vec<usize> = BLANKED.iter().map(|(column, _)| *column as usize).collect();
        let agent = ScanColumn::UserAgent as usize;
        self.looked(|snapshot| {
            let mut left = Left::default();
            in_snapshot(snapshot, Table::Scans, &of, &columns, |rows, row| {
                left.scans += u64::from(!telling || !forget::is_blank(rows, row));
                left.user_agents += u64::from(!rows.column(agent).words().text(row).is_empty());
            })?;
            in_snapshot(snapshot, Table::Traces, &of, &[], |_, _| left.traces += 1)?;
            Ok(left)
        })
    }

    /// Scans that have a user agent and are older than these instants.
    pub fn facts_before(&self, floors: &BTreeMap<WorkspaceId, Floor>) -> Result<u64> {
        let of = Hidden { floors: floors.clone(), ..Hidden::default() };
        let agent = ScanColumn::UserAgent as usize;
        self.looked(|snapshot| {
            let mut found = 0;
            in_snapshot(snapshot, Table::Scans, &of, &[agent], |rows, row| {
                let key = key(rows, row);
                let is_there = !rows.column(agent).words().text(row).is_empty();
                let is_seen = !snapshot.hidden.holds(key) && !snapshot.hidden.holds_facts(key);
                found += u64::from(is_there && is_seen);
            })?;
            Ok(found)
        })
    }

    /// User agents that are shown of a workspace's or a link's scans since an instant, and the time of the oldest of these scans.
    pub fn user_agents(
        &self,
        workspace: WorkspaceId,
        link: Option<LinkId>,
        since: Millis,
    ) -> Result<(u64, Option<Millis>)> {
        let of = Hidden::of(vec![Chosen { workspace, link, from: since, to: Millis(i64::MAX), scans: None }]);
        let agent = ScanColumn::UserAgent as usize;
        self.looked(|snapshot| {
            let (mut found, mut first) = (0, None);
            in_snapshot(snapshot, Table::Scans, &of, &[agent], |rows, row| {
                let key = key(rows, row);
                let is_there = !rows.column(agent).words().text(row).is_empty();
                if is_there && !snapshot.hidden.holds(key) && !snapshot.hidden.holds_facts(key) {
                    found += 1;
                    first = Some(first.map_or(key.at, |first: i64| first.min(key.at)));
                }
            })?;
            Ok((found, first.map(Millis)))
        })
    }

    /// Visitors of scans on a day: workspace, link and number, each once.
    pub fn visitors_of(&self, chosen: &[Chosen], day: UtcDay) -> Result<Vec<(WorkspaceId, LinkId, u64)>> {
        let of = Hidden::of(chosen.to_vec());
        let visitor = ScanColumn::Visitor as usize;
        let mut visitors = self.looked(|snapshot| {
            let mut visitors = Vec::new();
            in_snapshot(snapshot, Table::Scans, &of, &[visitor], |rows, row| {
                let (key, number) = (key(rows, row), rows.column(visitor).u64s()[row]);
                if number != 0 && Millis(key.at).utc_day() == day {
                    let id = Uuid::from_bytes;
                    visitors.push((WorkspaceId(id(*key.workspace)), LinkId(id(*key.link)), number));
                }
            })?;
            Ok(visitors)
        })?;
        visitors.sort_unstable();
        visitors.dedup();
        Ok(visitors)
    }

    /// Looks at a snapshot; without a segment that cannot be read.
    fn looked<T>(&self, look: impl Fn(&Snapshot) -> Result<T>) -> Result<T> {
        loop {
            let snapshot = self.snapshot();
            match look(&snapshot) {
                Err(error) => self.leave_out(&snapshot, error)?,
                found => return found,
            }
        }
    }

    /// Writes the segments anew that have a row among `of` which is wanted, with an edit.
    fn exchange(
        &self,
        table: Table,
        of: &Hidden,
        columns: &[usize],
        wants: impl Fn(&Rows<'_>, usize) -> bool,
        edit: Edit<'_>,
        go_on: &impl Fn() -> bool,
    ) -> Result<Exchanged> {
        let mut done = Exchanged::default();
        let mut clean: HashSet<Uuid> = HashSet::new();
        let wanted = |segment: &Segment, most: u64| -> Result<u64> {
            let mut count = 0;
            in_segment(segment, of, columns, |rows, row| {
                count += u64::from(wants(rows, row));
                count < most
            })?;
            Ok(count)
        };
        'segments: while go_on() {
            let snapshot = self.snapshot();
            let mut holder = None;
            for segment in snapshot.segments(table) {
                let Entry { first_at, last_at, name, .. } = segment.entry;
                if !of.meets(first_at, last_at) || clean.contains(&name) {
                    continue;
                }
                match wanted(segment, 1) {
                    Ok(0) => {
                        clean.insert(name);
                    }
                    Ok(_) => {
                        holder = Some(segment);
                        break;
                    }
                    Err(error) => {
                        self.leave_out(&snapshot, error)?;
                        continue 'segments;
                    }
                }
            }
            let Some(holder) = holder else { break };
            // Who came first is decided from all rows of a day; traces stand each for itself.
            let segments = match table {
                Table::Scans => covering(&snapshot, holder.entry.days),
                Table::Traces => vec![holder.clone()],
            };
            let _claim = self.claims.take(&segments);
            if !self.still_there(&segments) {
                continue;
            }
            let rows =
                |entries: &mut dyn Iterator<Item = &Entry>| entries.map(|entry| entry.rows).sum::<u64>();
            let before = rows(&mut segments.iter().map(|segment| &segment.entry));
            let exchanged = (|| {
                let mut found = 0;
                for segment in &segments {
                    found += wanted(segment, u64::MAX)?;
                }
                let entries: Vec<Entry> = match table {
                    Table::Scans => {
                        let decide = !is_harmed(&snapshot, &segments);
                        self.write_edited(&segments, decide, edit)?.into_iter().collect()
                    }
                    Table::Traces => {
                        return Ok((found, self.rewrite(&segments[0], edit)?));
                    }
                };
                let after = rows(&mut entries.iter());
                self.publish(&entries, &segments, None, |_| ())?;
                Ok((found, before - after))
            })();
            match exchanged {
                Ok((found, lost)) => {
                    done.wanted += found;
                    done.rows += lost;
                    done.segments += segments.len() as u64;
                }
                Err(error) => self.leave_out(&snapshot, error)?,
            }
        }
        Ok(done)
    }
}

/// What an exchange of files came to.
#[derive(Clone, Copy, Default)]
struct Exchanged {
    /// Rows that were wanted.
    wanted: u64,
    /// Rows that are gone.
    rows: u64,
    segments: u64,
}

fn gone(snapshot: &Snapshot, more: &Hidden) -> Result<Gone> {
    let mut gone = Gone::default();
    let columns = [ScanColumn::Verdict as usize, ScanColumn::Reason as usize];
    in_snapshot(snapshot, Table::Scans, more, &columns, |rows, row| {
        let key = key(rows, row);
        if snapshot.hidden.holds(key) {
            return;
        }
        let word = |column: ScanColumn| rows.column(column as usize).words().text(row);
        // One that a newer program gave is most carefully none of a person.
        let verdict = Verdict::from_word(word(ScanColumn::Verdict)).unwrap_or(Verdict::Bot);
        let (workspace, link) =
            (WorkspaceId(Uuid::from_bytes(*key.workspace)), LinkId(Uuid::from_bytes(*key.link)));
        gone.scans += 1;
        let (humans, all) = gone.links.entry((workspace, link)).or_default();
        *humans += u64::from(verdict == Verdict::Human);
        *all += 1;
        let reason = word(ScanColumn::Reason).to_owned();
        *gone.reasons.entry((workspace, Millis(key.at).utc_day(), verdict, reason)).or_default() += 1;
        let at = Millis(key.at);
        let (first, last) = gone.range.unwrap_or((at, at));
        gone.range = Some((first.min(at), last.max(at)));
    })?;
    in_snapshot(snapshot, Table::Traces, more, &[], |rows, row| {
        gone.traces += u64::from(!snapshot.hidden.holds(key(rows, row)));
    })?;
    Ok(gone)
}
