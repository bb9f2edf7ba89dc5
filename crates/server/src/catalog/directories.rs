//! Folders that links lie in. A workspace has few, so the tree is read whole.

use super::links::gathered;
use super::{Connection, Result};
use model::slug::fold;
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A folder.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Its id.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The folder it lies in; none at the top.
    pub parent: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Directory> {
    Ok(Directory {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        parent: row.try_get("parent_id")?,
        name: row.try_get("name")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// All folders of a workspace, oldest first.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Directory>> {
    let rows = sqlx::query("select * from directories where workspace_id = $1 order by created_at, id")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Folders of links that lie in one, deleted links included: what scans are grouped by.
pub async fn links_of_each(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(Uuid, Vec<LinkId>)>> {
    let rows = sqlx::query(
        "select directory_id, group_concat(hex(id), '') from links
         where workspace_id = $1 and directory_id is not null group by directory_id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, gathered::ids(row.try_get(1)?)))).collect()
}

/// The folder.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Directory>> {
    let row = sqlx::query("select * from directories where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// How many folders a workspace has.
pub async fn total(db: &mut Connection, workspace: WorkspaceId) -> Result<i64> {
    let row = sqlx::query("select count(*) from directories where workspace_id = $1");
    Ok(row.bind(workspace.0).fetch_one(db).await?.try_get(0)?)
}

/// Makes a folder.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    parent: Option<Uuid>,
    name: &str,
    now: Millis,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into directories (id, workspace_id, parent_id, name, folded, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(id)
    .bind(workspace.0)
    .bind(parent)
    .bind(name)
    .bind(fold(name))
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(id)
}

/// Renames and moves a folder.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    parent: Option<Uuid>,
    name: &str,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "update directories set parent_id = $3, name = $4, folded = $5,
             updated_at = case when updated_at >= $6 then updated_at + 1 else $6 end
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(parent)
    .bind(name)
    .bind(fold(name))
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// How many folders and links lie directly in a folder; those in the trash do not count.
pub async fn contents(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "select (select count(*) from directories where workspace_id = $1 and parent_id = $2),
                (select count(*) from links where workspace_id = $1 and directory_id = $2 and deleted_at is null)",
    )
    .bind(workspace.0)
    .bind(id)
    .fetch_one(db)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Deletes an empty folder; a link in the trash that lay in it will come back at the top.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<()> {
    sqlx::query("delete from directories where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
