//! Filters that people gave a name.

use super::{Connection, Result};
use model::slug::fold;
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A saved filter.
#[derive(Clone, Debug)]
pub struct SavedFilter {
    /// Its id.
    pub id: Uuid,
    /// Its name, no two of a workspace alike.
    pub name: String,
    /// Texts such as `country:DE`.
    pub filters: Vec<String>,
    /// By whom.
    pub created_by: String,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<SavedFilter> {
    let filters: String = row.try_get("filters")?;
    Ok(SavedFilter {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        filters: serde_json::from_str(&filters).unwrap_or_default(),
        created_by: row.try_get("created_by")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// All of a workspace, by name.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<SavedFilter>> {
    let rows = sqlx::query("select * from saved_filters where workspace_id = $1 order by folded, id")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Saves one. [`super::Error::Taken`] when its name is another's.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, filter: &SavedFilter) -> Result<()> {
    sqlx::query(
        "insert into saved_filters (id, workspace_id, name, folded, filters, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(filter.id)
    .bind(workspace.0)
    .bind(&filter.name)
    .bind(fold(&filter.name))
    .bind(serde_json::json!(filter.filters).to_string())
    .bind(&filter.created_by)
    .bind(filter.created_at.0)
    .bind(filter.updated_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Changes one; what is absent stays. Nothing if there is none, [`super::Error::Taken`] when its name is another's.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    name: Option<&str>,
    filters: Option<&[String]>,
    now: Millis,
) -> Result<Option<SavedFilter>> {
    let row = sqlx::query(
        "update saved_filters set name = coalesce($3, name), folded = coalesce($4, folded),
             filters = coalesce($5, filters), updated_at = case when updated_at >= $6 then updated_at + 1 else $6 end
         where workspace_id = $1 and id = $2 returning *",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(name)
    .bind(name.map(fold))
    .bind(filters.map(|filters| serde_json::json!(filters).to_string()))
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes one; whether there was one.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let query = sqlx::query("delete from saved_filters where workspace_id = $1 and id = $2");
    Ok(query.bind(workspace.0).bind(id).execute(db).await?.rows_affected() > 0)
}
