//! A trace: what a scan did in a step of its workflow after the redirect had been answered (DESIGN §11.6).
//!
//! Immediate steps leave no trace record: they are re-derived from the scan's version and path.

use crate::ids::{LinkId, ScanId, TraceId, WorkspaceId};
use crate::scan::{self, DecodeError};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

words! {
    /// What happened in the step.
    TraceKind {
        /// The page was shown.
        Shown = "shown",
        /// The visitor answered (form sent, button pressed, password right).
        Answered = "answered",
        /// The visitor, or a known profile, skipped it.
        Skipped = "skipped",
        /// The visitor tried and failed (password wrong).
        Failed = "failed",
        /// The workflow was left here.
        Exit = "exit",
        /// It was gone through without the visitor's seeing it, behind a page.
        Passed = "passed",
    }
}

/// One interaction. It holds no text that a visitor typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// UUIDv7.
    pub id: TraceId,
    /// Scan that began the visitor's way.
    pub scan: ScanId,
    /// Time of that scan; trace segments are sorted by it, like the scans.
    pub scan_at: Millis,
    /// When the interaction happened.
    pub at: Millis,
    /// Workspace of the link.
    pub workspace: WorkspaceId,
    /// Link.
    pub link: LinkId,
    /// Workflow version.
    pub workflow_version: u32,
    /// Index of the step in that version.
    pub step: u16,
    /// Branch taken, or [`scan::Path::NO_BRANCH`].
    pub branch: u16,
    /// What happened.
    pub kind: TraceKind,
    /// New destination (index into the version's table), or [`scan::NO_DESTINATION`].
    pub destination: u16,
}

impl Trace {
    /// Appends the trace's bytes to `buffer`, in the encoding of [`scan::Scan::encode`].
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        scan::encode(self, buffer);
    }

    /// Reads what [`Trace::encode`] wrote under `layout`.
    pub fn decode(layout: u8, bytes: &[u8]) -> Result<Self, DecodeError> {
        scan::decode(layout, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_trace_survives_its_encoding() {
        let trace = Trace {
            id: TraceId(Uuid::from_u128(9)),
            scan: ScanId(Uuid::from_u128(1)),
            scan_at: Millis(5),
            at: Millis(9),
            workspace: WorkspaceId(Uuid::from_u128(2)),
            link: LinkId(Uuid::from_u128(3)),
            workflow_version: 2,
            step: 1,
            branch: 0,
            kind: TraceKind::Answered,
            destination: scan::NO_DESTINATION,
        };
        let mut bytes = Vec::new();
        trace.encode(&mut bytes);
        assert_eq!(Trace::decode(scan::LAYOUT, &bytes).unwrap(), trace);
    }
}
