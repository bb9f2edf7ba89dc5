//! Looks of codes, one a link.

use super::{Connection, Result};
use model::{DomainId, LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A look, with the link whose code has it.
#[derive(Clone, Debug)]
pub struct Design {
    /// Its id.
    pub id: Uuid,
    /// Its link.
    pub link: LinkId,
    /// The link's slug, as spelled.
    pub slug: String,
    /// The slug's domain.
    pub domain: DomainId,
    /// JSON, in the words of the wire.
    pub settings: String,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Design> {
    Ok(Design {
        id: row.try_get("id")?,
        link: LinkId(row.try_get("link_id")?),
        slug: row.try_get("spelled")?,
        domain: DomainId(row.try_get("domain_id")?),
        settings: row.try_get("settings")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// One look, unless its link is deleted.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Design>> {
    let row = sqlx::query(
        "select d.id, d.settings, d.created_at, d.updated_at, l.id as link_id, s.spelled, s.domain_id
         from designs d join links l on l.design_id = d.id join slugs s on s.link_id = l.id and s.main = 1
         where d.workspace_id = $1 and d.id = $2 and l.deleted_at is null",
    )
    .bind(workspace.0)
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Changes a look. False when it is not what it was when it was read, or no more there.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    design: &Design,
    settings: &str,
    now: Millis,
) -> Result<bool> {
    let done = sqlx::query(
        "update designs set settings = $4, updated_at = $5 where workspace_id = $1 and id = $2 and settings = $3",
    )
    .bind(workspace.0)
    .bind(design.id)
    .bind(&design.settings)
    .bind(settings)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The look of a link's code as it is stored.
pub async fn settings(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<String> {
    let text: Option<String> =
        sqlx::query_scalar("select settings from designs where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id)
            .fetch_optional(db)
            .await?;
    Ok(text.unwrap_or_else(|| "{}".to_owned()))
}

/// Stores a look, whatever it was.
pub async fn set(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    settings: &str,
    now: Millis,
) -> Result<()> {
    sqlx::query("update designs set settings = $3, updated_at = $4 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .bind(settings)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
