//! What happened at a time, to be seen beside the scans: written by people, or read from the history of a workflow.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// An annotation.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// Its id.
    pub id: Uuid,
    /// Link it concerns; none for the workspace.
    pub link: Option<LinkId>,
    /// When it was.
    pub at: Millis,
    /// What.
    pub text: String,
    /// Who wrote it.
    pub created_by: String,
    /// When it was written.
    pub created_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Annotation> {
    Ok(Annotation {
        id: row.try_get("id")?,
        link: row.try_get::<Option<Uuid>, _>("link_id")?.map(LinkId),
        at: Millis(row.try_get("at")?),
        text: row.try_get("text")?,
        created_by: row.try_get("created_by")?,
        created_at: Millis(row.try_get("created_at")?),
    })
}

/// Those of a time, oldest first: of a link those of the workspace as well, else all.
pub async fn of_range(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    (from, to): (Millis, Millis),
    limit: i64,
) -> Result<Vec<Annotation>> {
    let rows = sqlx::query(
        "select * from annotations where workspace_id = $1 and ($2 is null or link_id is null or link_id = $2)
             and at >= $3 and at < $4
         order by at, id limit $5",
    )
    .bind(workspace.0)
    .bind(link.map(|link| link.0))
    .bind(from.0)
    .bind(to.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Writes one.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, annotation: &Annotation) -> Result<()> {
    sqlx::query(
        "insert into annotations (id, workspace_id, link_id, at, text, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(annotation.id)
    .bind(workspace.0)
    .bind(annotation.link.map(|link| link.0))
    .bind(annotation.at.0)
    .bind(&annotation.text)
    .bind(&annotation.created_by)
    .bind(annotation.created_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes one away; whether there was one.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let query = sqlx::query("delete from annotations where workspace_id = $1 and id = $2");
    Ok(query.bind(workspace.0).bind(id).execute(db).await?.rows_affected() > 0)
}
