//! Forgetting a visitor's scans of a day: they stay as counts, without what tells whose they were (DESIGN §11.8).

use crate::block::Block;
use crate::column::{Column, Rows};
use crate::error::Result;
use crate::local::Local;
use crate::merge::Edit;
use crate::schema::{self, ScanColumn, Table};
use crate::segment::Segment;
use model::scan::{Identity, VisitType};
use model::time::UtcDay;
use model::{LinkId, WorkspaceId};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Scans that now are nobody's.
    pub scans: u64,
    /// Links they are of, with the workspace and the number the visitor had there; each once.
    pub links: Vec<(WorkspaceId, LinkId, u64)>,
}

/// Visitors of a day to forget: workspace and number.
pub(crate) struct Visitors {
    day: UtcDay,
    of: HashSet<([u8; 16], u64)>,
}

/// Columns by which rows are found.
const COLUMNS: [usize; 4] = [schema::WORKSPACE, schema::LINK, schema::TIME, ScanColumn::Visitor as usize];

impl Local {
    /// Blanks what tells the visitor in all scans of `visitors` on `day`, hot ones included: visitor and visit,
    /// languages, referrer, parameters and user agent. No row goes, so every count of scans stays. Segments that hold
    /// such scans are written anew and the old files unlinked; each is replaced at once or not at all, so what a crash
    /// interrupts is completed by calling again. A segment that cannot be read is passed over: no answer counts its
    /// rows.
    pub fn forget(&self, day: UtcDay, visitors: &[(WorkspaceId, u64)]) -> Result<Forgotten> {
        // Number 0 is nobody, and nobody's scans tell nothing.
        let known = visitors.iter().filter(|(_, visitor)| *visitor != 0);
        let of = known.map(|(workspace, visitor)| (*workspace.as_bytes(), *visitor)).collect();
        let visitors = Visitors { day, of };
        // Looked for first: who has no scans must not be able to have segments written.
        let snapshot = self.snapshot();
        let is_hot = snapshot.hot(Table::Scans).any(|block| !visitors.rows(&Rows::Block(block)).is_empty());
        drop(snapshot);
        if is_hot {
            self.seal()?;
        }
        let mut found = Vec::new();
        loop {
            let snapshot = self.snapshot();
            let mut holder = None;
            let of_day = |segment: &&Arc<Segment>| segment.entry.days.holds(day);
            for segment in snapshot.segments(Table::Scans).filter(of_day) {
                match visitors.scans_in(segment) {
                    Ok(scans) if scans.is_empty() => {}
                    Ok(scans) => {
                        holder = Some((segment, scans));
                        break;
                    }
                    Err(error) => self.leave_out(&snapshot, error)?,
                }
            }
            // What a merge makes meanwhile of segments that hold none of theirs holds none.
            let Some((segment, scans)) = holder else { break };
            let _claim = self.claims.take(std::slice::from_ref(segment));
            if !self.still_there(std::slice::from_ref(segment)) {
                continue;
            }
            match self.rewrite(segment, Edit { forget: Some(&visitors), ..Edit::default() }) {
                Ok(_) => found.extend(scans),
                Err(error) => self.leave_out(&snapshot, error)?,
            }
        }
        let scans = found.len() as u64;
        found.sort_unstable();
        found.dedup();
        Ok(Forgotten { scans, links: found })
    }
}

impl Visitors {
    /// Rows that are theirs.
    fn rows(&self, rows: &Rows<'_>) -> Vec<usize> {
        let [workspaces, _, times, visitors] = COLUMNS.map(|column| rows.column(column));
        self.among(workspaces.ids(), times.times(), visitors.u64s())
    }

    fn among(&self, workspaces: &[[u8; 16]], times: &[i64], visitors: &[u64]) -> Vec<usize> {
        let day = self.day.start().0..self.day.end().0;
        let is_theirs =
            |row: &usize| day.contains(&times[*row]) && self.of.contains(&(workspaces[*row], visitors[*row]));
        (0..visitors.len()).filter(is_theirs).collect()
    }

    /// Their scans in a segment.
    fn scans_in(&self, segment: &Segment) -> Result<Vec<(WorkspaceId, LinkId, u64)>> {
        let mut scans = Vec::new();
        for (group, rows) in segment.row_groups()?.into_iter().enumerate() {
            let rows = segment.read(group, std::slice::from_ref(&(0..rows)), &COLUMNS)?;
            let [workspaces, links, _, visitors] = COLUMNS.map(|column| rows.column(column));
            let (workspaces, links, visitors) = (workspaces.ids(), links.ids(), visitors.u64s());
            let scan = |row: usize| {
                let id = |bytes: [u8; 16]| Uuid::from_bytes(bytes);
                (WorkspaceId(id(workspaces[row])), LinkId(id(links[row])), visitors[row])
            };
            scans.extend(self.rows(&rows).into_iter().map(scan));
        }
        Ok(scans)
    }

    /// Blanks their scans in a block that is not finished yet.
    pub(crate) fn blank(&self, block: &mut Block) {
        let column = |column: ScanColumn| block.column(column as usize);
        let rows = self.among(
            column(ScanColumn::Workspace).ids(),
            column(ScanColumn::At).times(),
            column(ScanColumn::Visitor).u64s(),
        );
        if rows.is_empty() {
            return;
        }
        blank(block, &rows);
    }
}

/// What tells whose a scan was, with the word that stands for nobody.
pub(crate) const BLANKED: [(ScanColumn, &str); 16] = [
    (ScanColumn::Identity, Identity::None.as_str()),
    (ScanColumn::VisitType, VisitType::Unspecified.as_str()),
    (ScanColumn::Languages, ""),
    (ScanColumn::ReferrerHost, ""),
    (ScanColumn::UtmSource, ""),
    (ScanColumn::UtmMedium, ""),
    (ScanColumn::UtmCampaign, ""),
    (ScanColumn::UtmTerm, ""),
    (ScanColumn::UtmContent, ""),
    (ScanColumn::Parameters, ""),
    (ScanColumn::UserAgent, ""),
    (ScanColumn::Visitor, ""),
    (ScanColumn::FirstInWorkspace, ""),
    (ScanColumn::FirstOnLink, ""),
    (ScanColumn::NthToday, ""),
    (ScanColumn::SharedNetwork, ""),
];

/// Blanks some rows of a block.
pub(crate) fn blank(block: &mut Block, rows: &[usize]) {
    for (column, word) in BLANKED {
        block.blank(column as usize, rows, word);
    }
}

/// Whether nothing tells whose a scan was, of rows read with the columns of [`BLANKED`].
pub(crate) fn is_blank(rows: &Rows<'_>, row: usize) -> bool {
    BLANKED.iter().all(|(column, word)| match rows.column(*column as usize) {
        Column::Word(words) => words.text(row) == *word,
        Column::U64(values) => values[row] == 0,
        Column::U16(values) => values[row] == 0,
        Column::Bool(values) => !values[row],
        _ => true,
    })
}
