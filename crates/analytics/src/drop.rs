//! Dropping a workspace: its rows leave the files, not only the answers.

use crate::error::Result;
use crate::local::Local;
use crate::manifest::Entry;
use crate::merge::Edit;
use crate::segment::Segment;
use model::WorkspaceId;
use std::sync::Arc;

impl Local {
    /// Removes every row of a workspace, hot ones included, by rewriting the segments that hold some. Returns how many
    /// scans and traces went. Each segment is replaced at once or not at all, so what a crash interrupts is completed by
    /// calling again. A segment that cannot be read is passed over: no answer counts its rows.
    pub fn drop_workspace(&self, workspace: WorkspaceId) -> Result<u64> {
        self.seal()?;
        let mut gone = 0;
        loop {
            // A merge may replace the segments under way; it must not carry rows over into new ones unseen.
            let _one = self.merging.lock();
            let snapshot = self.snapshot();
            let mut holder = None;
            for segment in snapshot.segments.iter().filter(|segment| !segment.is_damaged()) {
                match holds(segment, workspace) {
                    Ok(true) => {
                        holder = Some(segment);
                        break;
                    }
                    Ok(false) => {}
                    Err(error) => self.leave_out(&snapshot, error)?,
                }
            }
            let Some(segment) = holder else { return Ok(gone) };
            match self.rewrite_without(segment, workspace) {
                Ok(rows) => gone += rows,
                Err(error) => self.leave_out(&snapshot, error)?,
            }
        }
    }

    fn rewrite_without(&self, segment: &Arc<Segment>, workspace: WorkspaceId) -> Result<u64> {
        let Entry { day, table, level, rows, .. } = segment.entry;
        let old = std::slice::from_ref(segment);
        let edit = Edit { without: Some(workspace), ..Edit::default() };
        let rest = self.write_merged(day, table, old, level, false, edit)?;
        let entries: Vec<Entry> = rest.into_iter().collect();
        self.publish(&entries, old, None, |_| ())?;
        Ok(rows - entries.first().map_or(0, |entry| entry.rows))
    }
}

/// Whether a segment has rows of a workspace.
fn holds(segment: &Segment, workspace: WorkspaceId) -> Result<bool> {
    let entry = &segment.entry;
    if workspace < entry.first_workspace || workspace > entry.last_workspace {
        return Ok(false);
    }
    for group in segment.candidates(workspace.as_bytes(), None)? {
        if !segment.locate(group, workspace.as_bytes(), None)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
