//! The answer of an analytics query.

use super::cell::{Kind, Row};
use super::columns::Column;
use super::source::{self, Shown};
use crate::api::query::{self, QueryRequest};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;
use serde_json::Value;

const COLUMNS: &[Shown] = &[
    Shown("value", Kind::Text, "/value", true),
    Shown("label", Kind::Text, "/label", true),
    Shown("code", Kind::Text, "/code", true),
    Shown("other", Kind::Flag, "/other", true),
    Shown("timestamp", Kind::Time, "/timestamp", true),
    Shown("scans", Kind::Integer, "/scans", true),
    Shown("allScans", Kind::Integer, "/allScans", true),
    Shown("visitors", Kind::Integer, "/visitors", true),
    Shown("new", Kind::Integer, "/new", true),
    Shown("returning", Kind::Integer, "/returning", true),
    Shown("firstScan", Kind::Time, "/firstScan", true),
    Shown("lastScan", Kind::Time, "/lastScan", true),
    Shown("share", Kind::Decimal, "/share", true),
    Shown("previousTimestamp", Kind::Time, "/previous/timestamp", true),
    Shown("previousScans", Kind::Integer, "/previous/scans", true),
    Shown("previousAllScans", Kind::Integer, "/previous/allScans", true),
    Shown("previousVisitors", Kind::Integer, "/previous/visitors", true),
    Shown("previousNew", Kind::Integer, "/previous/new", true),
    Shown("previousReturning", Kind::Integer, "/previous/returning", true),
];

/// All columns.
pub fn columns() -> Vec<Column> {
    source::columns(COLUMNS)
}

/// An answer, all of it: it has fifty thousand rows at most.
pub struct Report {
    rows: Vec<Value>,
    done: bool,
}

impl Report {
    /// Asks.
    pub async fn open(app: &App, workspace: WorkspaceId, request: QueryRequest) -> ApiResult<Self> {
        let answer = query::ask(app, workspace, request).await.map_err(|error| error.below("/query"))?;
        answer.meta.require_exact()?;
        let rows = answer.rows.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        Ok(Self { rows: rows.map_err(ApiError::internal)?, done: false })
    }

    /// Rows done, and in all.
    pub const fn progress(&self) -> (u64, u64) {
        let all = self.rows.len() as u64;
        (if self.done { all } else { 0 }, all)
    }

    /// All columns; usual are those in which this answer has something.
    pub fn columns(&self) -> Vec<Column> {
        let has =
            |Shown(_, _, pointer, _): &Shown| self.rows.iter().any(|row| row.pointer(pointer).is_some());
        let columns = source::columns(COLUMNS).into_iter().zip(COLUMNS);
        columns.map(|(column, shown)| Column { usual: has(shown), ..column }).collect()
    }

    /// All rows, once.
    pub fn next(&mut self, chosen: &[usize]) -> Option<Vec<Row>> {
        let is_done = std::mem::replace(&mut self.done, true);
        (!is_done).then(|| self.rows.iter().map(|row| source::row(row, COLUMNS, chosen)).collect())
    }
}
