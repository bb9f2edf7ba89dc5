//! What the catalog consumer writes: counters of links, and how far it has come.

use super::{Connection, Result};
use model::{LinkId, Millis, Position, WorkspaceId};
use sqlx::Row;

/// What a stretch of the spool adds to a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Increment {
    /// Human scans.
    pub humans: i64,
    /// Time of the last of them.
    pub last_human: Option<Millis>,
    /// People let through.
    pub used: i64,
    /// Scans of everybody.
    pub all: i64,
    /// Time of the last of them.
    pub last: Option<Millis>,
}

/// Adds to a link's counters. A link that is gone is no error: its scans stay in the store.
pub async fn add(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    increment: Increment,
) -> Result<()> {
    sqlx::query(
        "update link_counters set event_count = event_count + $3, lifetime_scans = lifetime_scans + $3,
             last_scan_at = case when $4 > coalesce(last_scan_at, $4 - 1) then $4 else last_scan_at end,
             all_count = all_count + $5, used_scans = used_scans + $7,
             last_any_at = case when $6 > coalesce(last_any_at, $6 - 1) then $6 else last_any_at end
         where link_id = $2 and exists (select 1 from links where id = $2 and workspace_id = $1)",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(increment.humans)
    .bind(increment.last_human.map(|at| at.0))
    .bind(increment.all)
    .bind(increment.last.map(|at| at.0))
    .bind(increment.used)
    .execute(db)
    .await?;
    Ok(())
}

/// Time of the latest scan of any link.
pub async fn last_scan(db: &mut Connection) -> Result<Option<Millis>> {
    let row = sqlx::query("select max(last_any_at) from link_counters").fetch_one(db).await?;
    Ok(row.try_get::<Option<i64>, _>(0)?.map(Millis))
}

/// How far a consumer has come.
pub async fn position(db: &mut Connection, consumer: &str) -> Result<Option<Position>> {
    let row = sqlx::query("select epoch, seq from consumers where name = $1")
        .bind(consumer)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Position { epoch: row.try_get::<i64, _>(0)? as u32, seq: row.try_get::<i64, _>(1)? as u64 })
    })
    .transpose()
}

/// Notes how far a consumer has come; belongs into the transaction that holds what it wrote.
pub async fn set_position(db: &mut Connection, consumer: &str, position: Position) -> Result<()> {
    sqlx::query(
        "insert into consumers (name, epoch, seq) values ($1, $2, $3)
         on conflict (name) do update set epoch = excluded.epoch, seq = excluded.seq",
    )
    .bind(consumer)
    .bind(i64::from(position.epoch))
    .bind(position.seq as i64)
    .execute(db)
    .await?;
    Ok(())
}
