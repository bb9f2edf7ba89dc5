//! The log: who did what to what, newest first.

use super::cell::{Kind, Row};
use super::columns::Column;
use super::source::{self, Shown};
use crate::api::audit::{AuditFilter, wire};
use crate::app::App;
use crate::catalog::changes::log::{self, Filter};
use crate::error::{ApiError, ApiResult};
use model::{Millis, WorkspaceId};
use uuid::Uuid;

/// Entries read at a time.
const PAGE: i64 = 500;

const COLUMNS: &[Shown] = &[
    Shown("id", Kind::Text, "/id", true),
    Shown("at", Kind::Time, "/at", true),
    Shown("actorKind", Kind::Text, "/actor/kind", true),
    Shown("actorId", Kind::Text, "/actor/id", true),
    Shown("actorName", Kind::Text, "/actor/name", true),
    Shown("session", Kind::Text, "/actor/session", true),
    Shown("action", Kind::Text, "/action", true),
    Shown("object", Kind::Text, "/object", true),
    Shown("objectId", Kind::Text, "/objectId", true),
    Shown("before", Kind::Text, "/before", true),
    Shown("after", Kind::Text, "/after", true),
    Shown("batchId", Kind::Text, "/batchId", true),
];

/// All columns.
pub fn columns() -> Vec<Column> {
    source::columns(COLUMNS)
}

/// A way through the log.
pub struct Audit {
    workspace: WorkspaceId,
    filter: Filter,
    after: Option<(Millis, Uuid)>,
    done: u64,
    total: u64,
}

impl Audit {
    /// Reads which entries are wanted: those that there are now.
    pub async fn open(app: &App, workspace: WorkspaceId, filter: AuditFilter) -> ApiResult<Self> {
        let mut filter = filter.read(app, workspace, "/audit/").await?;
        filter.to = filter.to.min(app.clock.now());
        let total = log::count(&mut *app.catalog.read().await?, workspace, &filter).await?.max(0) as u64;
        Ok(Self { workspace, filter, after: None, done: 0, total })
    }

    /// Entries done, and in all.
    pub const fn progress(&self) -> (u64, u64) {
        (self.done, self.total)
    }

    /// The next entries.
    pub async fn next(&mut self, app: &App, chosen: &[usize]) -> ApiResult<Option<Vec<Row>>> {
        let mut db = app.catalog.read().await?;
        let found = log::list(&mut db, self.workspace, &self.filter, self.after, PAGE).await?;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = Some((last.at, last.id));
        self.done += found.len() as u64;
        let row = |change| -> ApiResult<Row> {
            let entry = serde_json::to_value(wire(change)).map_err(ApiError::internal)?;
            Ok(source::row(&entry, COLUMNS, chosen))
        };
        found.into_iter().map(row).collect::<ApiResult<_>>().map(Some)
    }
}
