//! Tags of links.

use super::links::{Tag, gathered};
use super::{Connection, Result};
use model::slug::fold;
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

fn read(row: &SqliteRow) -> Result<Tag> {
    Ok(Tag {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        color: row.try_get("color")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// All tags of a workspace, oldest first, with the number of links that have each.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(Tag, i64)>> {
    let rows = sqlx::query(
        "select t.*, (select count(*) from link_tags lt join links l on l.id = lt.link_id
                      where lt.tag_id = t.id and l.deleted_at is null) as links
         from tags t where t.workspace_id = $1 order by t.created_at, t.id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.try_get("links")?))).collect()
}

/// Names of tags by link, deleted links included: what scans are grouped by.
pub async fn links_of_each(
    db: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<(String, Vec<LinkId>)>> {
    // A row a tag, not one a link: all are read for each overview.
    let rows = sqlx::query(
        "select t.name, group_concat(hex(lt.link_id), '') from link_tags lt join tags t on t.id = lt.tag_id
         where t.workspace_id = $1 group by t.id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, gathered::ids(row.try_get(1)?)))).collect()
}

/// The tag.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Tag>> {
    let row = sqlx::query("select * from tags where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The tag of a name, upper and lower case being the same.
pub async fn named(db: &mut Connection, workspace: WorkspaceId, name: &str) -> Result<Option<Tag>> {
    let folded = fold(name);
    let all = all(db, workspace).await?;
    Ok(all.into_iter().map(|(tag, _)| tag).find(|tag| fold(&tag.name) == folded))
}

/// Changes a tag; `color`: `Some(None)` clears it.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    name: Option<&str>,
    color: Option<Option<&str>>,
    now: Millis,
) -> Result<Option<Tag>> {
    let row = sqlx::query(
        "update tags set name = coalesce($3, name), color = case when $4 = 1 then $5 else color end,
             updated_at = case when updated_at >= $6 then updated_at + 1 else $6 end
         where workspace_id = $1 and id = $2 returning *",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(name)
    .bind(i64::from(color.is_some()))
    .bind(color.flatten())
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes a tag; links lose it.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<()> {
    sqlx::query("delete from tags where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// Links with a tag whose workflow asks for tags: what the scan path knows of them changes with the tag.
pub async fn asked_for(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Vec<LinkId>> {
    let rows = sqlx::query(
        "select l.id from link_tags lt join links l on l.id = lt.link_id
         join workflow_versions v on v.link_id = l.id and v.version = l.published_version
         where l.workspace_id = $1 and lt.tag_id = $2 and v.graph like '%TAG%'",
    )
    .bind(workspace.0)
    .bind(id)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(LinkId(row.try_get(0)?))).collect()
}
