//! Exports: files of data that somebody asked for. The row says what is asked, how far it is and when the file goes.

use super::changes::{Actor, ActorKind};
use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

pub use super::jobs::Status;

/// An export.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its id, and the name of its file.
    pub id: Uuid,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// `scans`, `links`, ….
    pub object: String,
    /// `csv`, `ndjson`, `parquet`, ….
    pub format: String,
    /// What was asked for.
    pub request: Value,
    /// What the file is called when it is fetched.
    pub file_name: String,
    /// How far it is.
    pub status: Status,
    /// Rows written.
    pub done: u64,
    /// How far it is, in thousandths.
    pub progress: u64,
    /// Bytes written.
    pub bytes: u64,
    /// SHA-256 of the finished file, hexadecimal.
    pub sha256: Option<String>,
    /// Why it could not be made.
    pub error: Option<String>,
    /// Who asked.
    pub actor: Actor,
    /// When.
    pub created_at: Millis,
    /// Finished.
    pub completed_at: Option<Millis>,
    /// When the file goes.
    pub expires_at: Option<Millis>,
}

fn read(row: &SqliteRow) -> Result<Export> {
    let count = |column: &str| -> Result<u64> { Ok(row.try_get::<i64, _>(column)?.max(0) as u64) };
    Ok(Export {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        object: row.try_get("object")?,
        format: row.try_get("format")?,
        request: serde_json::from_str(row.try_get("request")?).unwrap_or_default(),
        file_name: row.try_get("file_name")?,
        status: Status::from_column(row.try_get("status")?),
        done: count("done")?,
        progress: count("progress")?,
        bytes: count("bytes")?,
        sha256: row.try_get("sha256")?,
        error: row.try_get("error")?,
        actor: Actor {
            kind: ActorKind::from_column(row.try_get("actor_kind")?),
            id: row.try_get("actor_id")?,
            name: row.try_get("actor")?,
            session: None,
        },
        created_at: Millis(row.try_get("created_at")?),
        completed_at: row.try_get::<Option<i64>, _>("completed_at")?.map(Millis),
        expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(Millis),
    })
}

/// Notes what is asked for.
pub async fn create(db: &mut Connection, export: &Export) -> Result<()> {
    sqlx::query(
        "insert into exports (id, workspace_id, object, format, request, file_name, status, actor_kind, actor_id, actor,
             created_at)
         values ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10)",
    )
    .bind(export.id)
    .bind(export.workspace.0)
    .bind(&export.object)
    .bind(&export.format)
    .bind(export.request.to_string())
    .bind(&export.file_name)
    .bind(export.actor.kind.as_str())
    .bind(export.actor.id)
    .bind(&export.actor.name)
    .bind(export.created_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// One export of a workspace.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Export>> {
    let row = sqlx::query("select * from exports where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// A workspace's exports, newest first.
pub async fn list(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Export>> {
    let rows = sqlx::query(
        "select * from exports where workspace_id = $1 order by created_at desc, id desc limit 500",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// How many of a workspace wait or are made.
pub async fn waiting(db: &mut Connection, workspace: WorkspaceId) -> Result<i64> {
    let row = sqlx::query("select count(*) from exports where workspace_id = $1 and completed_at is null")
        .bind(workspace.0)
        .fetch_one(db)
        .await?;
    Ok(row.try_get(0)?)
}

/// The oldest export that is not finished, of whatever workspace.
pub async fn next(db: &mut Connection) -> Result<Option<Export>> {
    let row = sqlx::query("select * from exports where completed_at is null order by created_at, id limit 1")
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Notes how far an export is. False when it is no longer to be made.
pub async fn note(db: &mut Connection, id: Uuid, done: u64, progress: u64, bytes: u64) -> Result<bool> {
    let noted = sqlx::query(
        "update exports set status = 'running', done = $2, progress = $3, bytes = $4
         where id = $1 and completed_at is null",
    )
    .bind(id)
    .bind(done as i64)
    .bind(progress as i64)
    .bind(bytes as i64)
    .execute(db)
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// What came of an export.
pub struct Finished {
    /// Rows written.
    pub done: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Of the file; or why there is none.
    pub outcome: std::result::Result<String, String>,
    /// When it goes.
    pub expires_at: Millis,
}

/// Finishes an export. False when it was taken back meanwhile.
pub async fn finish(db: &mut Connection, id: Uuid, finished: &Finished, now: Millis) -> Result<bool> {
    let status = if finished.outcome.is_ok() { Status::Succeeded } else { Status::Failed };
    let noted = sqlx::query(
        "update exports set status = $2, done = $3, progress = case when $5 is null then progress else 1000 end, bytes = $4,
             sha256 = $5, error = $6, completed_at = $7, expires_at = $8
         where id = $1 and completed_at is null",
    )
    .bind(id)
    .bind(status.as_str())
    .bind(finished.done as i64)
    .bind(finished.bytes as i64)
    .bind(finished.outcome.as_ref().ok())
    .bind(finished.outcome.as_ref().err())
    .bind(now.0)
    .bind(finished.expires_at.0)
    .execute(db)
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// Forgets an export, finished or not. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from exports where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Exports whose time is over.
pub async fn expired(db: &mut Connection, now: Millis) -> Result<Vec<Uuid>> {
    let rows = sqlx::query("select id from exports where expires_at <= $1").bind(now.0).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Forgets exports whose time is over.
pub async fn forget_expired(db: &mut Connection, now: Millis) -> Result<()> {
    sqlx::query("delete from exports where expires_at <= $1").bind(now.0).execute(db).await?;
    Ok(())
}

/// Every export there is, of all workspaces: whose files belong to something.
pub async fn ids(db: &mut Connection) -> Result<Vec<Uuid>> {
    let rows = sqlx::query("select id from exports").fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
