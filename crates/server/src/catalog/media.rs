//! The library's files, by what is known of them; their bytes lie under `DIR/media`, named by SHA-256.

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

/// The file with these bytes.
pub async fn by_hash(db: &mut Connection, workspace: WorkspaceId, sha256: &str) -> Result<Option<Media>> {
    let row = sqlx::query("select * from media where workspace_id = $1 and sha256 = $2")
        .bind(workspace.0)
        .bind(sha256)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// All files, newest first; of one kind, if one is named.
pub async fn list(db: &mut Connection, workspace: WorkspaceId, kind: Option<&str>) -> Result<Vec<Media>> {
    let rows = sqlx::query(
        "select * from media where workspace_id = $1 and ($2 is null or kind = $2) order by created_at desc, id desc",
    )
    .bind(workspace.0)
    .bind(kind)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Adds a file.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, media: &Media) -> Result<()> {
    sqlx::query(
        "insert into media (id, workspace_id, file_name, kind, mime_type, size, sha256, visibility, uploaded_by,
             created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
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

/// Links whose steps open the file.
pub async fn links_using(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Vec<Uuid>> {
    let links = sqlx::query_scalar(
        "select distinct link_id from workflow_steps
         where workspace_id = $1 and action = 'OPEN_MEDIA' and payload like '%' || $2 || '%'",
    )
    .bind(workspace.0)
    .bind(id.to_string())
    .fetch_all(db)
    .await?;
    Ok(links)
}
