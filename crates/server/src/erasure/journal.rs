//! The log of erasures beside the catalog, `erasures.jsonl`: one line each, ids and times alone. It outlives a catalog that is
//! put back, and is what a restore has done again.

use crate::catalog::erasures::{Erasure, Ids, Scans, Subject};
use crate::catalog::jobs::Status;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;
use uuid::Uuid;

/// Its name in the data directory.
pub const FILE: &str = "erasures.jsonl";

#[derive(Serialize, Deserialize)]
struct Line {
    id: Uuid,
    workspace: WorkspaceId,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    link: Option<LinkId>,
    from: i64,
    to: i64,
    scans: String,
    at: i64,
    visitors: Vec<Uuid>,
    /// With their times.
    of_scans: Vec<(ScanId, i64)>,
}

/// Writes an erasure down before anything of it goes. The line is on the disk when this returns.
pub fn write(data: &Path, erasure: &Erasure, ids: &Ids) -> Result<()> {
    let line = Line {
        id: erasure.id,
        workspace: erasure.workspace,
        subject: erasure.subject.as_str().to_owned(),
        link: erasure.link,
        from: erasure.from.0,
        to: erasure.to.0,
        scans: erasure.scans.as_str().to_owned(),
        at: erasure.created_at.0,
        visitors: ids.visitors.iter().copied().collect(),
        of_scans: ids.scans.iter().map(|(id, at)| (*id, at.0)).collect(),
    };
    let mut text = serde_json::to_string(&line)?;
    text.push('\n');
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(data.join(FILE))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Whether a text is such a log: one erasure at least can be read in it.
pub fn is_log(text: &str) -> bool {
    text.lines().any(|line| serde_json::from_str::<Line>(line).is_ok())
}

/// The erasures of the log; what was noted twice, with all ids that were noted. A line that a crash cut short is passed over: what
/// it tells of had not begun.
pub fn read(data: &Path) -> Result<Vec<(Erasure, Ids)>> {
    let text = match std::fs::read_to_string(data.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut all: Vec<(Erasure, Ids)> = Vec::new();
    for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        let (Some(subject), Some(scans)) = (Subject::from_word(&line.subject), Scans::from_word(&line.scans))
        else {
            continue;
        };
        let mut ids = Ids {
            visitors: line.visitors.into_iter().collect(),
            scans: line.of_scans.into_iter().map(|(id, at)| (id, Millis(at))).collect(),
        };
        if let Some((_, earlier)) = all.iter_mut().find(|(erasure, _)| erasure.id == line.id) {
            earlier.visitors.append(&mut ids.visitors);
            earlier.scans.append(&mut ids.scans);
            continue;
        }
        let erasure = Erasure {
            id: line.id,
            workspace: line.workspace,
            subject,
            link: line.link,
            from: Millis(line.from),
            to: Millis(line.to),
            scans,
            status: Status::Pending,
            hidden_at: None,
            asked_by: "the log of erasures".to_owned(),
            receipt: serde_json::json!({}),
            error: String::new(),
            created_at: Millis(line.at),
            completed_at: None,
        };
        all.push((erasure, ids));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_twice_is_one_erasure_with_all_its_ids() {
        let data = tempfile::tempdir().expect("a folder");
        assert!(read(data.path()).expect("no log is an empty one").is_empty());
        let erasure = Erasure {
            id: Uuid::from_u128(1),
            workspace: WorkspaceId(Uuid::from_u128(2)),
            subject: Subject::Visitor,
            link: None,
            from: Millis(0),
            to: Millis(9),
            scans: Scans::Keep,
            status: Status::Pending,
            hidden_at: None,
            asked_by: "owner@example.com".to_owned(),
            receipt: serde_json::json!({}),
            error: String::new(),
            created_at: Millis(5),
            completed_at: None,
        };
        let ids = |n: u128| Ids {
            visitors: [Uuid::from_u128(n)].into(),
            scans: [(ScanId(Uuid::from_u128(n)), Millis(7))].into(),
        };
        write(data.path(), &erasure, &ids(3)).expect("the first line");
        write(data.path(), &erasure, &ids(4)).expect("the second line");
        let cut = std::fs::read_to_string(data.path().join(FILE)).expect("the log");
        assert!(!cut.contains("owner@example.com"), "{cut}");
        std::fs::write(data.path().join(FILE), format!("{cut}{{\"id\":\"00")).expect("a torn line");
        let found = read(data.path()).expect("the log");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].1.visitors.len(), found[0].1.scans.len()), (2, 2));
    }
}
