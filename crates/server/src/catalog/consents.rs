//! The ledger of consents: what visitors said yes or no to, in which words, where and when.

use super::{Connection, Result};
use model::{LinkId, Millis, ScanId, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A consent, given or withheld.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Its id.
    pub id: Uuid,
    /// Whose, where that is known.
    pub visitor: Option<Uuid>,
    /// Of which scan.
    pub scan: ScanId,
    /// On which link.
    pub link: LinkId,
    /// What for.
    pub key: String,
    /// The words that were shown.
    pub text: String,
    /// Their version.
    pub version: String,
    /// Given, or not.
    pub given: bool,
    /// Whether it is the last word of this visitor on it.
    pub stands: bool,
    /// When.
    pub at: Millis,
}

/// Which consents.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of one visitor.
    pub visitor: Option<Uuid>,
    /// Of one link.
    pub link: Option<LinkId>,
    /// What for.
    pub key: Option<String>,
}

fn read(row: &SqliteRow) -> Result<Consent> {
    Ok(Consent {
        id: row.try_get("id")?,
        visitor: row.try_get("visitor_id")?,
        scan: ScanId(row.try_get("scan_id")?),
        link: LinkId(row.try_get("link_id")?),
        key: row.try_get("key")?,
        text: row.try_get("text")?,
        version: row.try_get("version")?,
        given: row.try_get::<i64, _>("given")? != 0,
        stands: row.try_get::<i64, _>("stands")? != 0,
        at: Millis(row.try_get("at")?),
    })
}

/// Consents, newest first, behind a place in that order.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    wanted: &Wanted,
    before: Option<(Millis, Uuid)>,
    limit: i64,
) -> Result<Vec<Consent>> {
    let rows = sqlx::query(
        "select c.*, c.visitor_id is not null and not exists (
                 select 1 from consents later where later.workspace_id = c.workspace_id
                     and later.visitor_id = c.visitor_id and later.key = c.key
                     and (later.at > c.at or (later.at = c.at and later.id > c.id))) as stands
         from consents c
         where c.workspace_id = $1 and ($2 is null or c.visitor_id = $2) and ($3 is null or c.link_id = $3)
             and ($4 is null or c.key = $4) and ($5 is null or c.at < $5 or (c.at = $5 and c.id < $6))
         order by c.at desc, c.id desc limit $7",
    )
    .bind(workspace.0)
    .bind(wanted.visitor)
    .bind(wanted.link.map(|link| link.0))
    .bind(wanted.key.as_deref())
    .bind(before.map(|(at, _)| at.0))
    .bind(before.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}
