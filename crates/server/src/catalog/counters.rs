//! What the catalog consumer writes: counters of links, and how far it has come.

use super::{Connection, Result};
use model::{LinkId, Millis, Position, WorkspaceId};
use sqlx::{QueryBuilder, Row};

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

/// Rows of one statement. One that is asked for each link would cost the threads of the catalog more than the counting.
const ROWS: usize = 128;

/// Adds to the counters of links. A link that is gone is no error: its scans stay in the store.
pub async fn add(
    db: &mut Connection,
    increments: impl IntoIterator<Item = ((WorkspaceId, LinkId), Increment)>,
) -> Result<()> {
    let mut increments: Vec<_> = increments.into_iter().collect();
    // Neighbours share their pages.
    increments.sort_unstable_by_key(|((_, link), _)| *link);
    for rows in increments.chunks(ROWS) {
        let mut statement = QueryBuilder::new(
            "with added (workspace_id, link_id, humans, last_human, used, scans, last_scan) as (",
        );
        statement.push_values(rows, |mut row, ((workspace, link), increment)| {
            row.push_bind(workspace.0)
                .push_bind(link.0)
                .push_bind(increment.humans)
                .push_bind(increment.last_human.map(|at| at.0))
                .push_bind(increment.used)
                .push_bind(increment.all)
                .push_bind(increment.last.map(|at| at.0));
        });
        statement.push(
            ") update link_counters as c set
                 event_count = c.event_count + a.humans, lifetime_scans = c.lifetime_scans + a.humans,
                 last_scan_at = case when a.last_human > coalesce(c.last_scan_at, a.last_human - 1)
                     then a.last_human else c.last_scan_at end,
                 all_count = c.all_count + a.scans, used_scans = c.used_scans + a.used,
                 last_any_at = case when a.last_scan > coalesce(c.last_any_at, a.last_scan - 1)
                     then a.last_scan else c.last_any_at end
             from added a join links l on l.id = a.link_id and l.workspace_id = a.workspace_id
             where c.link_id = a.link_id",
        );
        statement.build().execute(&mut *db).await?;
    }
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

/// Takes scans out of a link's counters; the lifetime number stays.
pub async fn lose(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    humans: i64,
    all: i64,
) -> Result<()> {
    sqlx::query(
        "update link_counters set event_count = event_count - $3, all_count = all_count - $4
         where link_id = $2 and exists (select 1 from links where id = $2 and workspace_id = $1)",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(humans)
    .bind(all)
    .execute(db)
    .await?;
    Ok(())
}

/// Sets when a link was scanned last, by people and by whomever, where that was not behind `end`.
pub async fn set_last(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    end: Millis,
    human: Option<Millis>,
    any: Option<Millis>,
) -> Result<()> {
    sqlx::query(
        "update link_counters set
             last_scan_at = case when last_scan_at <= $3 then $4 else last_scan_at end,
             last_any_at = case when last_any_at <= $3 then $5 else last_any_at end
         where link_id = $2 and exists (select 1 from links where id = $2 and workspace_id = $1)",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(end.0)
    .bind(human.map(|at| at.0))
    .bind(any.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}
