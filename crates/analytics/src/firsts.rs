//! Who came first: the bits and numbers that say so, decided from all rows of a day, or of several, each for itself.

use crate::block::{Block, Data};
use crate::error::Result;
use crate::hidden::Row;
use crate::merge::Edit;
use crate::schema::ScanColumn;
use crate::segment::Segment;
use foldhash::{HashMap, HashMapExt};
use model::Millis;
use model::scan::{Identity, Verdict, VisitType};
use model::time::UtcDay;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// Decides, row by row in the order of (workspace, link, time), which human scans were the first of their visitor.
///
/// Memory: 48 bytes a visitor and day of the largest workspace, and a few a visitor of its largest link.
pub(crate) struct Firsts<'a> {
    segments: &'a [Arc<Segment>],
    /// What the rows of `segments` do not have yet: other verdicts, and rows that go or become nobody's.
    edit: Edit<'a>,
    workspace: Option<[u8; 16]>,
    link: [u8; 16],
    day: UtcDay,
    /// Each visitor's first scan of each day in the workspace.
    in_workspace: HashMap<(u64, UtcDay), (i64, [u8; 16])>,
    /// Number of scans of each visitor on the link so far that day.
    on_link: HashMap<u64, u16>,
}

impl<'a> Firsts<'a> {
    /// `segments` hold all rows of their days, but for what `edit` changes.
    pub fn new(segments: &'a [Arc<Segment>], edit: Edit<'a>) -> Self {
        Self {
            segments,
            edit,
            workspace: None,
            link: [0; 16],
            day: UtcDay(0),
            in_workspace: HashMap::new(),
            on_link: HashMap::new(),
        }
    }

    /// Decides for the next rows.
    pub fn decide(&mut self, block: &mut Block) -> Result<()> {
        let mut in_workspace = Vec::with_capacity(block.rows());
        let mut on_link = Vec::with_capacity(block.rows());
        let mut nth_today = Vec::with_capacity(block.rows());
        let mut types: Vec<&'static str> = Vec::with_capacity(block.rows());
        {
            let column = |column: ScanColumn| block.column(column as usize);
            let workspaces = column(ScanColumn::Workspace).ids();
            let links = column(ScanColumn::Link).ids();
            let times = column(ScanColumn::At).times();
            let ids = column(ScanColumn::Id).ids();
            let visitors = column(ScanColumn::Visitor).u64s();
            let nths = column(ScanColumn::NthToday).u16s();
            let verdicts = column(ScanColumn::Verdict).words();
            let human = verdicts.table(|word| word == Verdict::Human.as_str().as_bytes());
            let identities = column(ScanColumn::Identity).words();
            let of_day = identities.table(|word| word == Identity::Day.as_str().as_bytes());
            let visit_types = column(ScanColumn::VisitType).words();
            for row in 0..block.rows() {
                if self.workspace != Some(workspaces[row]) {
                    self.enter(workspaces[row])?;
                    self.on_link.clear();
                }
                let day = Millis(times[row]).utc_day();
                if self.link != links[row] || self.day != day {
                    self.on_link.clear();
                }
                (self.link, self.day) = (links[row], day);
                let before = VisitType::from_word(visit_types.text(row)).unwrap_or(VisitType::Unspecified);
                let (visitor, nth) = (visitors[row], nths[row]);
                if visitor == 0 || !human[verdicts.codes[row] as usize] {
                    in_workspace.push(false);
                    on_link.push(false);
                    nth_today.push(nth);
                    types.push(before.as_str());
                    continue;
                }
                let count = self.on_link.entry(visitor).or_insert(0);
                *count = count.saturating_add(1);
                in_workspace.push(self.in_workspace.get(&(visitor, day)) == Some(&(times[row], ids[row])));
                on_link.push(*count == 1);
                nth_today.push(*count);
                // A type that says something else than the number did came from the browser's own memory (the *seen*
                // flag), which knows more than a day.
                let follows = before == VisitType::Unspecified || Some(before) == by_number(nth);
                let follows = follows && of_day[identities.codes[row] as usize];
                types.push(if follows { by_number(*count) } else { None }.unwrap_or(before).as_str());
            }
        }
        *block.data_mut(ScanColumn::FirstInWorkspace as usize) = Data::Bool(in_workspace);
        *block.data_mut(ScanColumn::FirstOnLink as usize) = Data::Bool(on_link);
        *block.data_mut(ScanColumn::NthToday as usize) = Data::U16(nth_today);
        block.set_words(ScanColumn::VisitType as usize, types.into_iter());
        Ok(())
    }

    /// Finds each visitor's first scan in the next workspace.
    fn enter(&mut self, workspace: [u8; 16]) -> Result<()> {
        const COLUMNS: [ScanColumn; 5] =
            [ScanColumn::At, ScanColumn::Id, ScanColumn::Visitor, ScanColumn::Verdict, ScanColumn::Link];
        self.workspace = Some(workspace);
        self.in_workspace.clear();
        for segment in self.segments {
            for group in segment.candidates(&workspace, None)? {
                let runs = segment.locate(group, &workspace, None)?;
                if runs.is_empty() {
                    continue;
                }
                let rows = segment.read(group, &runs, &COLUMNS.map(|column| column as usize))?;
                let [times, ids, visitors, verdicts, links] =
                    COLUMNS.map(|column| rows.column(column as usize));
                let (times, ids, visitors, links) = (times.times(), ids.ids(), visitors.u64s(), links.ids());
                let verdicts = verdicts.words();
                let human = verdicts.table(|word| word == Verdict::Human.as_str().as_bytes());
                for row in 0..rows.len() {
                    let moved = self.edit.moves.and_then(|moves| moves.verdict(&ids[row]));
                    let is_human =
                        moved.map_or(human[verdicts.codes[row] as usize], |now| now == Verdict::Human);
                    let key =
                        Row { workspace: &workspace, link: &links[row], at: times[row], scan: &ids[row] };
                    let goes =
                        [self.edit.hidden, self.edit.blank].into_iter().flatten().any(|of| of.holds(key));
                    if visitors[row] == 0 || !is_human || goes {
                        continue;
                    }
                    let this = (times[row], ids[row]);
                    match self.in_workspace.entry((visitors[row], Millis(times[row]).utc_day())) {
                        Entry::Vacant(vacant) => {
                            vacant.insert(this);
                        }
                        Entry::Occupied(mut first) => {
                            let earlier = this.min(*first.get());
                            first.insert(earlier);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Type of a visitor's nth scan of a link on a day.
pub(crate) fn by_number(nth: u16) -> Option<VisitType> {
    match nth {
        0 => None,
        1 => Some(VisitType::First),
        _ => Some(VisitType::Returning),
    }
}
