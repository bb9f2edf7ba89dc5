//! The library's files, by what is known of them; their bytes lie under `DIR/media`, named by SHA-256.

pub mod uploads;
pub mod uses;

use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A file.
#[derive(Clone, Debug)]
pub struct Media {
    /// Its id.
    pub id: Uuid,
    /// As its owner calls it.
    pub file_name: String,
    /// `image`, `document`, `video`.
    pub kind: String,
    /// By its bytes.
    pub mime_type: String,
    /// Bytes.
    pub size: i64,
    /// 64 hexadecimal digits.
    pub sha256: String,
    /// Shown to anybody, or by signed address only.
    pub public: bool,
    /// SHA-256 of what was uploaded, where that is not what is kept.
    pub source_sha256: Option<String>,
    /// Where it was uploaded from: the word behind `UPLOAD_ORIGIN_`, in lower case.
    pub uploaded_from: String,
    /// Who uploaded it.
    pub uploaded_by: String,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Media> {
    Ok(Media {
        id: row.try_get("id")?,
        file_name: row.try_get("file_name")?,
        kind: row.try_get("kind")?,
        mime_type: row.try_get("mime_type")?,
        size: row.try_get("size")?,
        sha256: row.try_get("sha256")?,
        public: row.try_get::<&str, _>("visibility")? == "public",
        source_sha256: row.try_get("source_sha256")?,
        uploaded_from: row.try_get("uploaded_from")?,
        uploaded_by: row.try_get("uploaded_by")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// One file.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Media>> {
    let row = sqlx::query("select * from media where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The file with these bytes, be it as it is kept or as it was uploaded.
pub async fn by_hash(db: &mut Connection, workspace: WorkspaceId, sha256: &str) -> Result<Option<Media>> {
    let row =
        sqlx::query("select * from media where workspace_id = $1 and (sha256 = $2 or source_sha256 = $2)")
            .bind(workspace.0)
            .bind(sha256)
            .fetch_optional(db)
            .await?;
    row.as_ref().map(read).transpose()
}

/// All files, newest first; of one kind and from one place, if such are named.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    kind: Option<&str>,
    uploaded_from: Option<&str>,
) -> Result<Vec<Media>> {
    let rows = sqlx::query(
        "select * from media where workspace_id = $1 and ($2 is null or kind = $2) and ($3 is null or uploaded_from = $3)
         order by created_at desc, id desc",
    )
    .bind(workspace.0)
    .bind(kind)
    .bind(uploaded_from)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Adds a file.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, media: &Media) -> Result<()> {
    sqlx::query(
        "insert into media (id, workspace_id, file_name, kind, mime_type, size, sha256, visibility, uploaded_by,
             created_at, updated_at, source_sha256, uploaded_from)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)",
    )
    .bind(media.id)
    .bind(workspace.0)
    .bind(&media.file_name)
    .bind(&media.kind)
    .bind(&media.mime_type)
    .bind(media.size)
    .bind(&media.sha256)
    .bind(if media.public { "public" } else { "private" })
    .bind(&media.uploaded_by)
    .bind(media.created_at.0)
    .bind(&media.source_sha256)
    .bind(&media.uploaded_from)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a file other bytes; whatever uses it by its id shows these from then on.
pub async fn replace(db: &mut Connection, workspace: WorkspaceId, media: &Media) -> Result<()> {
    sqlx::query(
        "update media set file_name = $3, kind = $4, mime_type = $5, size = $6, sha256 = $7, source_sha256 = $8,
             updated_at = $9 where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(media.id)
    .bind(&media.file_name)
    .bind(&media.kind)
    .bind(&media.mime_type)
    .bind(media.size)
    .bind(&media.sha256)
    .bind(&media.source_sha256)
    .bind(media.updated_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a file out of the library. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from media where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether any workspace has a file with these bytes.
pub async fn is_used(db: &mut Connection, sha256: &str) -> Result<bool> {
    let used: Option<i64> =
        sqlx::query_scalar("select 1 from media where sha256 = $1").bind(sha256).fetch_optional(db).await?;
    Ok(used.is_some())
}
