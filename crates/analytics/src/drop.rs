//! Dropping a workspace: its rows leave the files, not only the answers.

use crate::error::Result;
use crate::local::Local;
use crate::merge::Edit;
use crate::segment::Segment;
use model::WorkspaceId;

impl Local {
    /// Removes every row of a workspace, hot ones included, by rewriting the segments that hold some. Returns how many
    /// scans and traces went. Each segment is replaced at once or not at all, so what a crash interrupts is completed by
    /// calling again. A segment that cannot be read is passed over: no answer counts its rows.
    pub fn drop_workspace(&self, workspace: WorkspaceId) -> Result<u64> {
        self.seal()?;
        let mut gone = 0;
        loop {
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
            // What a merge makes meanwhile of segments that hold none holds none.
            let Some(segment) = holder else { return Ok(gone) };
            let _claim = self.claims.take(std::slice::from_ref(segment));
            if !self.still_there(std::slice::from_ref(segment)) {
                continue;
            }
            match self.rewrite(segment, Edit { without: Some(workspace), ..Edit::default() }) {
                Ok(rows) => gone += rows,
                Err(error) => self.leave_out(&snapshot, error)?,
            }
        }
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
