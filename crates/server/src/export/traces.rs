//! Traces: what scans did in each step of their workflows, as `GET /v1/events/{id}/traces` tells it, scan by scan.

use super::cell::{Kind, Row};
use super::columns::Column;
use super::source::{self, Shown};
use super::walking::Walking;
use crate::api::events::traces::Reader;
use crate::api::query::QueryRequest;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;

const COLUMNS: &[Shown] = &[
    Shown("id", Kind::Text, "/id", true),
    Shown("scanId", Kind::Text, "/eventId", true),
    Shown("linkId", Kind::Text, "/linkId", true),
    Shown("visitorId", Kind::Text, "/visitorId", true),
    Shown("kind", Kind::Text, "/xKind", true),
    Shown("stepId", Kind::Text, "/xStepId", true),
    Shown("stepAction", Kind::Text, "/stepAction", true),
    Shown("stepKind", Kind::Text, "/stepKind", true),
    Shown("branchId", Kind::Text, "/xBranchId", true),
    Shown("stepData", Kind::Text, "/stepData", true),
    Shown("savedAttributes", Kind::Text, "/savedAttributes", true),
    Shown("createdAt", Kind::Time, "/createdAt", true),
    Shown("completedAt", Kind::Time, "/completedAt", true),
];

/// All columns.
pub fn columns() -> Vec<Column> {
    source::columns(COLUMNS)
}

/// A way through the traces of scans.
pub struct Traces {
    walking: Walking,
    reader: Reader,
}

impl Traces {
    /// Reads whose are wanted.
    pub async fn open(app: &App, workspace: WorkspaceId, query: QueryRequest) -> ApiResult<Self> {
        Ok(Self { walking: Walking::open(app, workspace, query).await?, reader: Reader::default() })
    }

    /// Scans done, and in all.
    pub const fn progress(&self) -> (u64, u64) {
        self.walking.progress()
    }

    /// The traces of the next scans.
    pub async fn next(&mut self, app: &App, chosen: &[usize]) -> ApiResult<Option<Vec<Row>>> {
        let Some(part) = self.walking.next(app).await? else { return Ok(None) };
        let mut rows = Vec::new();
        for scan in &part.scans {
            let id = scan.get().id;
            let way = part.beside.ways.get(&id).map_or(&[][..], Vec::as_slice);
            let visitor = part.beside.people.get(&id).copied();
            for trace in self.reader.read(app, self.walking.workspace, scan, way, visitor).await? {
                let trace = serde_json::to_value(trace).map_err(ApiError::internal)?;
                rows.push(source::row(&trace, COLUMNS, chosen));
            }
        }
        Ok(Some(rows))
    }
}
