//! What a request does, from its first change until the log has it whole. The first change writes down, in its own
//! transaction, what is known before the request is done; what a killed process leaves so is taken into the log at the
//! next start. What notes itself (links, `history.rs`) needs none of it.

use super::{Change, insert};
use crate::catalog::{Connection, Result};
use model::WorkspaceId;
use sqlx::Row;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

tokio::task_local! {
    static ACT: Arc<Act>;
}

/// What one request does.
#[derive(Debug)]
pub struct Act {
    workspace: WorkspaceId,
    /// As far as it is known beforehand.
    change: Change,
    has_begun: AtomicBool,
    notes_itself: AtomicBool,
}

impl Act {
    /// An act that has changed nothing yet.
    pub fn new(workspace: WorkspaceId, change: Change) -> Arc<Self> {
        Arc::new(Self {
            workspace,
            change,
            has_begun: AtomicBool::new(false),
            notes_itself: AtomicBool::new(false),
        })
    }

    /// Runs the request: the changes that it makes are this act's.
    pub async fn run<T>(self: &Arc<Self>, request: impl Future<Output = T>) -> T {
        ACT.scope(self.clone(), request).await
    }

    /// Whether one of its changes was noted by whoever made it.
    pub fn notes_itself(&self) -> bool {
        self.notes_itself.load(Ordering::Acquire)
    }

    /// Whether it is written down as begun.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// Makes one of its changes, in the transaction of which it is written down.
    pub(in crate::catalog) async fn during<T>(
        &self,
        db: &mut Connection,
        change: impl AsyncFnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        let last = last(db).await?;
        let done = change(db).await?;
        if is_noted_since(db, self.workspace, last).await? {
            self.notes_itself.store(true, Ordering::Release);
        } else if !self.notes_itself() && !self.has_begun() {
            insert(db, "changes_begun", self.workspace, std::slice::from_ref(&self.change)).await?;
            self.has_begun.store(true, Ordering::Release);
        }
        Ok(done)
    }
}

/// The act of the request that is being answered here.
pub(in crate::catalog) fn current() -> Option<Arc<Act>> {
    ACT.try_with(Arc::clone).ok()
}

/// Number of the last row, of whatever workspace.
async fn last(db: &mut Connection) -> Result<i64> {
    Ok(sqlx::query("select coalesce(max(rowid), 0) from changes").fetch_one(db).await?.try_get(0)?)
}

/// Whether something was noted behind that row.
async fn is_noted_since(db: &mut Connection, workspace: WorkspaceId, row: i64) -> Result<bool> {
    let found = sqlx::query("select 1 from changes where rowid > $1 and workspace_id = $2 limit 1")
        .bind(row)
        .bind(workspace.0)
        .fetch_optional(db)
        .await?;
    Ok(found.is_some())
}

/// Ends an act: with what is to be noted of it, if anything is. The workspace may be gone by now, and its log with it.
pub async fn end(db: &mut Connection, id: Uuid, noted: Option<(WorkspaceId, Change)>) -> Result<()> {
    sqlx::query("delete from changes_begun where id = $1").bind(id).execute(&mut *db).await?;
    let Some((workspace, change)) = noted else { return Ok(()) };
    let is_there = sqlx::query("select 1 from workspaces where id = $1 and deleted_at is null")
        .bind(workspace.0)
        .fetch_optional(&mut *db)
        .await?;
    if is_there.is_some() { super::add(db, workspace, &[change]).await } else { Ok(()) }
}

/// What a killed process had begun; asked before the first request of this one.
pub async fn left(db: &mut Connection) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar("select id from changes_begun order by at, id").fetch_all(db).await?)
}

/// Takes these into the log, with what was known of them when they began.
pub async fn take_over(db: &mut Connection, left: &[Uuid]) -> Result<()> {
    for id in left {
        sqlx::query(
            "insert into changes (id, workspace_id, object, object_id, action, actor_kind, actor_id, actor, session, batch,
                 restored, was, became, at)
             select id, workspace_id, object, object_id, action, actor_kind, actor_id, actor, session, batch, restored, was,
                 became, at
             from changes_begun where id = $1",
        )
        .bind(id)
        .execute(&mut *db)
        .await?;
        sqlx::query("delete from changes_begun where id = $1").bind(id).execute(&mut *db).await?;
    }
    Ok(())
}
