//! Tags of links: set by name, attached to links that are read.

use super::{Link, Tag};
use crate::catalog::{Connection, Result};
use model::slug::fold;
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use uuid::Uuid;

/// Adds their tags to links.
pub(super) async fn attach_tags(db: &mut Connection, links: &mut [Link]) -> Result<()> {
    for link in links {
        let rows = sqlx::query(
            "select t.id, t.name, t.created_at, t.updated_at, t.color from link_tags lt join tags t on t.id = lt.tag_id
             where t.workspace_id = $1 and lt.link_id = $2 order by t.name",
        )
        .bind(link.workspace.0)
        .bind(link.id.0)
        .fetch_all(&mut *db)
        .await?;
        for row in rows {
            link.tags.push(Tag {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                created_at: Millis(row.try_get(2)?),
                updated_at: Millis(row.try_get(3)?),
                color: row.try_get(4)?,
            });
        }
    }
    Ok(())
}

/// The tag of a name, made where there is none. Upper and lower case are the same tag, spelled as it first was. On the
/// one writer thread, so nobody makes the same one meanwhile.
pub(super) async fn tag_id(
    db: &mut Connection,
    workspace: WorkspaceId,
    name: &str,
    now: Millis,
) -> Result<Uuid> {
    if let Some(known) = tags_named(db, workspace, &[name]).await?.first() {
        return Ok(*known);
    }
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into tags (id, workspace_id, name, created_at, updated_at) values ($1, $2, $3, $4, $4)",
    )
    .bind(id)
    .bind(workspace.0)
    .bind(name)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(id)
}

/// Tags of a workspace that have one of these names but for upper and lower case, those spelled just so first. A database
/// folds only some alphabets, and the tags of a workspace are few.
pub(super) async fn tags_named(
    db: &mut Connection,
    workspace: WorkspaceId,
    names: &[&str],
) -> Result<Vec<Uuid>> {
    let rows = sqlx::query("select id, name from tags where workspace_id = $1 order by created_at, id")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let mut found: Vec<(bool, Uuid)> = Vec::new();
    for row in &rows {
        let name: &str = row.try_get(1)?;
        if folded.contains(&fold(name)) {
            found.push((!names.contains(&name), row.try_get(0)?));
        }
    }
    found.sort_by_key(|(is_other, _)| *is_other);
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// Tags of a workspace whose name holds a text, upper and lower case being the same. At most so many: a database takes
/// only so many at once.
pub(super) async fn tags_alike(db: &mut Connection, workspace: WorkspaceId, text: &str) -> Result<Vec<Uuid>> {
    const MOST: usize = 1000;
    let text = fold(text);
    let rows = sqlx::query("select id, name from tags where workspace_id = $1 order by created_at, id")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        if fold(row.try_get(1)?).contains(&text) {
            found.push(row.try_get(0)?);
        }
    }
    found.truncate(MOST);
    Ok(found)
}

pub(super) async fn set_tags(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    names: &[String],
    now: Millis,
) -> Result<()> {
    sqlx::query("delete from link_tags where link_id = $1").bind(link.0).execute(&mut *db).await?;
    for name in names {
        let tag = tag_id(db, workspace, name, now).await?;
        sqlx::query("insert into link_tags (link_id, tag_id) values ($1, $2) on conflict do nothing")
            .bind(link.0)
            .bind(tag)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
