//! Looks of the pages that visitors meet, one a link; a link without a row has the house's own.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use uuid::Uuid;

/// What the ids of a link and of its look differ in.
const OTHER: u128 = u128::from_be_bytes(*b"\0\0\0\0\0\0\0\0\0\0theme\0");

/// The id of the look of a link's pages, whether or not it has a row.
pub fn id_of(link: LinkId) -> Uuid {
    Uuid::from_u128(link.0.as_u128() ^ OTHER)
}

/// The link whose look has this id, if it is the id of one.
pub fn link_of(theme: Uuid) -> LinkId {
    LinkId(id_of(LinkId(theme)))
}

/// A look.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Its link.
    pub link: LinkId,
    /// JSON, in the words of the wire.
    pub settings: String,
    /// Made, with its link.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

/// The look of a link's pages, also the house's own; of a deleted link nothing.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<Option<Theme>> {
    let row = sqlx::query(
        "select coalesce(p.settings, '{}') as settings, l.created_at,
             coalesce(p.updated_at, l.created_at) as updated_at
         from links l left join page_themes p on p.link_id = l.id
         where l.workspace_id = $1 and l.id = $2 and l.deleted_at is null",
    )
    .bind(workspace.0)
    .bind(link.0)
    .fetch_optional(db)
    .await?;
    let read = |row: sqlx::sqlite::SqliteRow| -> Result<Theme> {
        Ok(Theme {
            link,
            settings: row.try_get("settings")?,
            created_at: Millis(row.try_get("created_at")?),
            updated_at: Millis(row.try_get("updated_at")?),
        })
    };
    row.map(read).transpose()
}

/// The links of a workspace, each of which has a look, with when they were made; oldest first.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(Millis, LinkId)>> {
    let rows = sqlx::query(
        "select id, created_at from links where workspace_id = $1 and deleted_at is null order by created_at, id",
    );
    let rows = rows.bind(workspace.0).fetch_all(db).await?;
    rows.iter().map(|row| Ok((Millis(row.try_get("created_at")?), LinkId(row.try_get("id")?)))).collect()
}

/// The settings of the look of a link's pages, where it has one of its own.
pub async fn of_link(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<Option<String>> {
    let found =
        sqlx::query_scalar("select settings from page_themes where workspace_id = $1 and link_id = $2")
            .bind(workspace.0)
            .bind(link.0)
            .fetch_optional(db)
            .await?;
    Ok(found)
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
        "insert into page_themes (link_id, workspace_id, settings, updated_at)
         select l.id, $2, $3, $4 from links l where l.workspace_id = $2 and l.id = $1
         on conflict (link_id) do update set settings = excluded.settings, updated_at = excluded.updated_at",
    )
    .bind(link.0)
    .bind(workspace.0)
    .bind(settings)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_and_its_link_name_each_other() {
        let link = LinkId(Uuid::from_u128(0x0197_a3c0_0000_7000_8000_0000_0000_0001));
        let theme = id_of(link);
        assert!(theme != link.0 && link_of(theme) == link);
        assert_eq!((theme.get_version_num(), theme.get_variant()), (7, uuid::Variant::RFC4122));
    }
}
