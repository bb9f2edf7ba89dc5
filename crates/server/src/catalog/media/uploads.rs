//! Files that are on their way into the library: declared, not complete.

use crate::catalog::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// How long a file may be on its way. Milliseconds.
pub const UPLOAD_MS: i64 = 3_600_000;

/// A file on its way.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Id of the file to be; of a replacement its own.
    pub id: Uuid,
    /// The file whose bytes it is to replace.
    pub replaces: Option<Uuid>,
    /// As its owner calls it.
    pub file_name: String,
    /// As declared.
    pub mime_type: String,
    /// As declared. Bytes.
    pub size: u64,
    /// As declared: 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Shown to anybody, or by signed address only.
    pub public: bool,
    /// The word behind `UPLOAD_ORIGIN_`, in lower case.
    pub uploaded_from: String,
    /// Who uploads it.
    pub uploaded_by: String,
    /// Declared.
    pub created_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Upload> {
    Ok(Upload {
        id: row.try_get("id")?,
        replaces: row.try_get("replaces")?,
        file_name: row.try_get("file_name")?,
        mime_type: row.try_get("mime_type")?,
        size: row.try_get::<i64, _>("size")? as u64,
        sha256: row.try_get("sha256")?,
        public: row.try_get::<&str, _>("visibility")? == "public",
        uploaded_from: row.try_get("uploaded_from")?,
        uploaded_by: row.try_get("uploaded_by")?,
        created_at: Millis(row.try_get("created_at")?),
    })
}

/// Notes a file that is to come.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, upload: &Upload) -> Result<()> {
    sqlx::query(
        "insert into media_uploads (id, workspace_id, replaces, file_name, mime_type, size, sha256, visibility,
             uploaded_from, uploaded_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(upload.id)
    .bind(workspace.0)
    .bind(upload.replaces)
    .bind(&upload.file_name)
    .bind(&upload.mime_type)
    .bind(upload.size as i64)
    .bind(&upload.sha256)
    .bind(if upload.public { "public" } else { "private" })
    .bind(&upload.uploaded_from)
    .bind(&upload.uploaded_by)
    .bind(upload.created_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// A file on its way, unless its hour is over.
pub async fn get(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    now: Millis,
) -> Result<Option<Upload>> {
    let row =
        sqlx::query("select * from media_uploads where workspace_id = $1 and id = $2 and created_at > $3")
            .bind(workspace.0)
            .bind(id)
            .bind(now.0 - UPLOAD_MS)
            .fetch_optional(db)
            .await?;
    row.as_ref().map(read).transpose()
}

/// How many files of a workspace are on their way.
pub async fn total(db: &mut Connection, workspace: WorkspaceId) -> Result<i64> {
    let row = sqlx::query("select count(*) from media_uploads where workspace_id = $1").bind(workspace.0);
    Ok(row.fetch_one(db).await?.try_get(0)?)
}

/// It is no more on its way.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<()> {
    sqlx::query("delete from media_uploads where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// Files whose hour is over.
pub async fn late(db: &mut Connection, now: Millis) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar("select id from media_uploads where created_at <= $1");
    Ok(rows.bind(now.0 - UPLOAD_MS).fetch_all(db).await?)
}

/// Lets these go.
pub async fn forget(db: &mut Connection, ids: &[Uuid]) -> Result<()> {
    for id in ids {
        sqlx::query("delete from media_uploads where id = $1").bind(id).execute(&mut *db).await?;
    }
    Ok(())
}
