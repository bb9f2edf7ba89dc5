//! Dashboards of widgets. A workspace has few, so they are read whole.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A dashboard.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// Its id.
    pub id: Uuid,
    /// Link it is of; none for the workspace's.
    pub link: Option<LinkId>,
    /// Its name.
    pub name: String,
    /// JSON: columns and widgets.
    pub config: String,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Dashboard> {
    Ok(Dashboard {
        id: row.try_get("id")?,
        link: row.try_get::<Option<Uuid>, _>("link_id")?.map(LinkId),
        name: row.try_get("name")?,
        config: row.try_get("config")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// All of a workspace, oldest first.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Dashboard>> {
    let rows = sqlx::query("select * from dashboards where workspace_id = $1 order by created_at, id")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Makes one. [`super::Error::Taken`] when its id is somebody's.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, dashboard: &Dashboard) -> Result<()> {
    sqlx::query(
        "insert into dashboards (id, workspace_id, link_id, name, config, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(dashboard.id)
    .bind(workspace.0)
    .bind(dashboard.link.map(|link| link.0))
    .bind(&dashboard.name)
    .bind(&dashboard.config)
    .bind(dashboard.created_at.0)
    .bind(dashboard.updated_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Changes one; what is absent stays. Nothing if there is none.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    name: Option<&str>,
    config: Option<&str>,
    now: Millis,
) -> Result<Option<Dashboard>> {
    let row = sqlx::query(
        "update dashboards set name = coalesce($3, name), config = coalesce($4, config),
             updated_at = case when updated_at >= $5 then updated_at + 1 else $5 end
         where workspace_id = $1 and id = $2 returning *",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(name)
    .bind(config)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes one; whether there was one.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let query = sqlx::query("delete from dashboards where workspace_id = $1 and id = $2");
    Ok(query.bind(workspace.0).bind(id).execute(db).await?.rows_affected() > 0)
}
