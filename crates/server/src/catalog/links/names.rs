//! What people read of links.

use super::{Connection, Result};
use model::{LinkId, WorkspaceId};
use sqlx::Row;

/// Names of a workspace's links, deleted ones too.
pub async fn of_all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(LinkId, String)>> {
    let rows = sqlx::query(
        "select l.id, l.name, s.spelled, l.deleted_at is not null
         from links l join slugs s on s.link_id = l.id and s.main = 1
         where l.workspace_id = $1",
    );
    let rows = rows.bind(workspace.0).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let (name, slug): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            Ok((LinkId(row.try_get(0)?), shown(&name, &slug, row.try_get(3)?)))
        })
        .collect()
}

/// A link's name, or its slug where it has none; of a deleted one with `(deleted)`.
pub fn shown(name: &str, slug: &str, is_deleted: bool) -> String {
    let name = if name.is_empty() { slug } else { name };
    if is_deleted { format!("{name} (deleted)") } else { name.to_owned() }
}
