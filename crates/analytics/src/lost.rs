//! Files of the store that are damaged, and what answers lack by them.

use crate::days::Days;
use crate::local::Local;
use crate::schema::Table;
use crate::segment::Segment;
use model::{Millis, WorkspaceId};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// A segment that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its file.
    pub path: PathBuf,
    /// Whether it has scans; else what they did after their redirects.
    pub has_scans: bool,
    /// Days of its rows.
    pub days: Days,
    /// Number of its rows.
    pub rows: u64,
    /// What is wrong.
    pub reason: String,
}

/// Damaged files, in a sentence for those who wanted what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage(pub Vec<Lost>);

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        let name = first.path.file_name().unwrap_or_default().to_string_lossy();
        let what = if first.has_scans { "scans" } else { "traces" };
        let Lost { rows, days, reason, .. } = first;
        write!(f, "the store's file {name} is damaged, with {rows} {what} of {days}: {reason}")?;
        match self.0.len() - 1 {
            0 => {}
            more => write!(f, "; so are {more} more")?,
        }
        f.write_str(
            ". Restore what `quietzone store verify` names from a backup and start again, or choose days without it",
        )
    }
}

impl Segment {
    /// Whether it may have rows of a workspace, or of any, and of a time: by the manifest alone.
    pub(crate) fn may_meet(&self, workspace: Option<&[u8; 16]>, (from, to): (i64, i64)) -> bool {
        self.entry.first_at < to
            && self.entry.last_at >= from
            && workspace.is_none_or(|workspace| self.may_know(workspace))
    }

    /// What is lost by it, if it is damaged.
    pub(crate) fn lost(&self) -> Option<Lost> {
        let reason = self.damage()?;
        let entry = &self.entry;
        let has_scans = entry.table == Table::Scans;
        Some(Lost { path: self.path().to_owned(), has_scans, days: entry.days, rows: entry.rows, reason })
    }
}

impl Local {
    /// Damaged files that may have rows of a workspace, or of any, and of one of these times. What of their rows an answer
    /// lacks nobody can say: all of them at most.
    pub fn lost(&self, workspace: Option<WorkspaceId>, times: &[Range<Millis>]) -> Vec<Lost> {
        let workspace = workspace.map(|id| *id.as_bytes());
        let snapshot = self.snapshot();
        let meets = |segment: &Segment| {
            times.iter().any(|time| segment.may_meet(workspace.as_ref(), (time.start.0, time.end.0)))
        };
        snapshot
            .segments
            .iter()
            .filter(|segment| meets(segment))
            .filter_map(|segment| segment.lost())
            .collect()
    }

    /// How many scans answers about a workspace and these times lack at most, by damaged files.
    pub fn lost_scans(&self, workspace: WorkspaceId, times: &[Range<Millis>]) -> u64 {
        let lost = self.lost(Some(workspace), times);
        lost.iter().filter(|lost| lost.has_scans).map(|lost| lost.rows).sum()
    }
}
