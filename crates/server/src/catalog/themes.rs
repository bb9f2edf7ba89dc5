//! Looks of the pages that visitors meet, one a link; a link without a row has the house's own.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A look.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Its id.
    pub id: Uuid,
    /// Its link.
    pub link: Option<Uuid>,
    /// JSON, in the words of the wire.
    pub settings: String,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Theme> {
    Ok(Theme {
        id: row.try_get("id")?,
        link: row.try_get("link_id")?,
        settings: row.try_get("settings")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// The look of a link's pages, where it has one of its own.
pub async fn of_link(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<Option<Theme>> {
    let row = sqlx::query("select * from page_themes where workspace_id = $1 and link_id = $2")
        .bind(workspace.0)
        .bind(link.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Gives a link's pages a look, or another.
pub async fn put(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    settings: &str,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into page_themes (id, workspace_id, link_id, settings, created_at, updated_at)
         select $1, $2, l.id, $4, $5, $5 from links l where l.workspace_id = $2 and l.id = $3
         on conflict (link_id) do update set settings = excluded.settings, updated_at = excluded.updated_at",
    )
    .bind(Uuid::now_v7())
    .bind(workspace.0)
    .bind(link.0)
    .bind(settings)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a link's pages the house's own look again.
pub async fn remove(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<()> {
    sqlx::query("delete from page_themes where workspace_id = $1 and link_id = $2")
        .bind(workspace.0)
        .bind(link.0)
        .execute(db)
        .await?;
    Ok(())
}
