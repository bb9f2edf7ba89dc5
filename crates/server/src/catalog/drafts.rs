//! Drafts of workflows: one document a link, edited in the dashboard and in force only once it is published.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Grows with each change.
    pub revision: i64,
    /// The version that it began from.
    pub base_version: u32,
    /// JSON of its steps.
    pub steps: String,
    /// Last changed.
    pub updated_at: Millis,
    /// By whom.
    pub updated_by: String,
}

/// The draft of a link, if there is one.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<Option<Draft>> {
    let row = sqlx::query("select * from workflow_drafts where workspace_id = $1 and link_id = $2")
        .bind(workspace.0)
        .bind(link.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Draft {
            revision: row.try_get("revision")?,
            base_version: row.try_get::<i64, _>("base_version")? as u32,
            steps: row.try_get("steps")?,
            updated_at: Millis(row.try_get("updated_at")?),
            updated_by: row.try_get("updated_by")?,
        })
    })
    .transpose()
}

/// Writes the draft's next revision if `revision` is the stored one (0: there is none). False when it is not: somebody
/// else was faster.
pub async fn put(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    revision: i64,
    draft: &Draft,
) -> Result<bool> {
    let sql = if revision == 0 {
        "insert into workflow_drafts (link_id, workspace_id, revision, base_version, steps, updated_at, updated_by)
         select l.id, $1, 1, $4, $5, $6, $7 from links l
         where l.workspace_id = $1 and l.id = $2 and $3 = 0
         on conflict (link_id) do nothing"
    } else {
        "update workflow_drafts set revision = revision + 1, steps = $5, updated_at = $6, updated_by = $7
         where workspace_id = $1 and link_id = $2 and revision = $3 and $4 is not null"
    };
    let done = sqlx::query(sql)
        .bind(workspace.0)
        .bind(link.0)
        .bind(revision)
        .bind(i64::from(draft.base_version))
        .bind(&draft.steps)
        .bind(draft.updated_at.0)
        .bind(&draft.updated_by)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Throws the draft away. False when there was none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<bool> {
    let done = sqlx::query("delete from workflow_drafts where workspace_id = $1 and link_id = $2")
        .bind(workspace.0)
        .bind(link.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}
