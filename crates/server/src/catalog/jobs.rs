//! Jobs: work that was asked for and is done later, once. A job's row says that it is done in the transaction that does it.

use super::{Connection, Result};
use model::time::DAY_MS;
use model::{Millis, WorkspaceId};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// How long a finished job can be read.
const READABLE_MS: i64 = DAY_MS;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits for its turn.
    Pending,
    /// Is being done.
    Running,
    /// Done.
    Succeeded,
    /// Could not be done; nothing of it was.
    Failed,
}

impl Status {
    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    pub(super) fn from_column(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => Self::Pending,
        }
    }
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What kind of work.
    pub kind: String,
    /// How far it is.
    pub status: Status,
    /// What is to be done; null once it is finished.
    pub payload: Value,
    /// What came of it.
    pub result: Value,
    /// Made.
    pub created_at: Millis,
    /// Finished.
    pub completed_at: Option<Millis>,
}

fn read(row: &SqliteRow) -> Result<Job> {
    let json = |column: &str| -> Result<Value> {
        Ok(serde_json::from_str(row.try_get(column)?).unwrap_or_default())
    };
    Ok(Job {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        kind: row.try_get("kind")?,
        status: Status::from_column(row.try_get("status")?),
        payload: json("payload")?,
        result: json("result")?,
        created_at: Millis(row.try_get("created_at")?),
        completed_at: row.try_get::<Option<i64>, _>("completed_at")?.map(Millis),
    })
}

/// Puts a job into the queue; lets those go that nobody can read any more.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    kind: &str,
    payload: &Value,
    result: &Value,
    now: Millis,
) -> Result<Job> {
    sqlx::query("delete from jobs where completed_at <= $1")
        .bind(now.plus(-READABLE_MS).0)
        .execute(&mut *db)
        .await?;
    let row = sqlx::query(
        "insert into jobs (id, workspace_id, kind, status, payload, result, created_at)
         values ($1, $2, $3, 'pending', $4, $5, $6) returning *",
    )
    .bind(Uuid::now_v7())
    .bind(workspace.0)
    .bind(kind)
    .bind(payload.to_string())
    .bind(result.to_string())
    .bind(now.0)
    .fetch_one(db)
    .await?;
    read(&row)
}

/// The job, while it can be read.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid, now: Millis) -> Result<Option<Job>> {
    let row = sqlx::query(
        "select * from jobs where workspace_id = $1 and id = $2 and coalesce(completed_at > $3, 1 = 1)",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(now.plus(-READABLE_MS).0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The oldest job that is not finished, of whatever workspace.
pub async fn next(db: &mut Connection) -> Result<Option<Job>> {
    let row = sqlx::query(
        "select * from jobs where status in ('pending', 'running') order by created_at, id limit 1",
    )
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Says that a job is being done. False when it no longer is to be.
pub async fn start(db: &mut Connection, id: Uuid) -> Result<bool> {
    let done =
        sqlx::query("update jobs set status = 'running' where id = $1 and status in ('pending', 'running')")
            .bind(id)
            .execute(db)
            .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes how far a job is.
pub async fn note(db: &mut Connection, id: Uuid, result: &Value) -> Result<()> {
    sqlx::query("update jobs set status = 'running', result = $2 where id = $1 and completed_at is null")
        .bind(id)
        .bind(result.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Finishes a job; what it held to be done goes.
pub async fn finish(
    db: &mut Connection,
    id: Uuid,
    status: Status,
    result: &Value,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "update jobs set status = $2, result = $3, payload = 'null', completed_at = $4 where id = $1",
    )
    .bind(id)
    .bind(status.as_str())
    .bind(result.to_string())
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}
