//! Slugs of links, one a place where a link is printed. One of a link's slugs is its main one: what the link is shown
//! with, and what its code holds unless another is asked for.

use super::{Connection, Result};
use model::{DomainId, LinkId, Millis, Slug, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A slug of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSlug {
    /// Its id.
    pub id: Uuid,
    /// Its link.
    pub link: LinkId,
    /// Its domain.
    pub domain: DomainId,
    /// As spelled.
    pub spelled: String,
    /// As looked up.
    pub folded: String,
    /// What its owner calls the place where it is printed; may be empty.
    pub placement: String,
    /// It leads where the link leads; else it says that it has ended.
    pub is_live: bool,
    /// The link is shown with it.
    pub is_main: bool,
    /// Made.
    pub created_at: Millis,
}

fn read(row: &SqliteRow) -> Result<LinkSlug> {
    Ok(LinkSlug {
        id: row.try_get("id")?,
        link: LinkId(row.try_get("link_id")?),
        domain: DomainId(row.try_get("domain_id")?),
        spelled: row.try_get("spelled")?,
        folded: row.try_get("folded")?,
        placement: row.try_get("placement")?,
        is_live: row.try_get::<&str, _>("state")? == "live",
        is_main: row.try_get::<i64, _>("main")? != 0,
        created_at: Millis(row.try_get("created_at")?),
    })
}

/// The slugs of a link, be it deleted: the main one first, then as they were made.
pub async fn of_link(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<Vec<LinkSlug>> {
    let rows = sqlx::query(
        "select * from slugs where workspace_id = $1 and link_id = $2 order by main desc, created_at, folded",
    )
    .bind(workspace.0)
    .bind(link.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The slug at a place, if it is the workspace's: whose a taken one is is told to nobody else.
pub async fn at(
    db: &mut Connection,
    workspace: WorkspaceId,
    domain: DomainId,
    folded: &str,
) -> Result<Option<LinkSlug>> {
    let row = sqlx::query("select * from slugs where workspace_id = $1 and domain_id = $2 and folded = $3")
        .bind(workspace.0)
        .bind(domain.0)
        .bind(folded)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Gives a link another slug, which nobody has; it does not become the main one.
pub async fn add(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    (domain, slug): (DomainId, &Slug),
    placement: &str,
    now: Millis,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into slugs (domain_id, folded, spelled, workspace_id, link_id, created_at, id, placement, main)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
    )
    .bind(domain.0)
    .bind(slug.folded())
    .bind(slug.as_str())
    .bind(workspace.0)
    .bind(link.0)
    .bind(now.0)
    .bind(id)
    .bind(placement)
    .execute(db)
    .await?;
    Ok(id)
}

/// Names the place where a slug is printed.
pub async fn set_placement(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    placement: &str,
) -> Result<()> {
    sqlx::query("update slugs set placement = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .bind(placement)
        .execute(db)
        .await?;
    Ok(())
}

/// Stops a slug, or has it lead on again.
pub async fn set_live(db: &mut Connection, workspace: WorkspaceId, id: Uuid, is_live: bool) -> Result<()> {
    sqlx::query("update slugs set state = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .bind(if is_live { "live" } else { "stopped" })
        .execute(db)
        .await?;
    Ok(())
}

/// Spells a slug otherwise; its folded form stays.
pub async fn respell(db: &mut Connection, workspace: WorkspaceId, id: Uuid, slug: &Slug) -> Result<()> {
    sqlx::query("update slugs set spelled = $3 where workspace_id = $1 and id = $2 and folded = $4")
        .bind(workspace.0)
        .bind(id)
        .bind(slug.as_str())
        .bind(slug.folded())
        .execute(db)
        .await?;
    Ok(())
}

/// Makes a slug of a link its main one, and live: a link is never shown with an address that has ended.
pub async fn make_main(db: &mut Connection, workspace: WorkspaceId, link: LinkId, id: Uuid) -> Result<()> {
    // In this order: at no moment are there two.
    sqlx::query("update slugs set main = 0 where workspace_id = $1 and link_id = $2 and id <> $3")
        .bind(workspace.0)
        .bind(link.0)
        .bind(id)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "update slugs set main = 1, state = 'live' where workspace_id = $1 and link_id = $2 and id = $3",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(id)
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a slug go, for anybody to take.
pub async fn release(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<()> {
    sqlx::query("delete from slugs where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
