//! Scans by UTC day and the reason of their verdict. The catalog consumer writes them, with its position.

use super::{Connection, Result};
use model::WorkspaceId;
use model::time::UtcDay;
use sqlx::Row;

/// Adds scans of a day. A workspace that is gone is no error.
pub async fn add(
    db: &mut Connection,
    workspace: WorkspaceId,
    day: UtcDay,
    (verdict, reason): (&str, &str),
    scans: i64,
) -> Result<()> {
    sqlx::query(
        "insert into verdict_days (workspace_id, day, verdict, reason, scans)
         select $1, $2, $3, $4, $5 from workspaces where id = $1
         on conflict (workspace_id, day, verdict, reason) do update set scans = scans + excluded.scans",
    )
    .bind(workspace.0)
    .bind(i64::from(day.0))
    .bind(verdict)
    .bind(reason)
    .bind(scans)
    .execute(db)
    .await?;
    Ok(())
}

/// Lets go of the days before `since`.
pub async fn forget(db: &mut Connection, since: UtcDay) -> Result<()> {
    sqlx::query("delete from verdict_days where day < $1").bind(i64::from(since.0)).execute(db).await?;
    Ok(())
}

/// A day's scans of one reason.
#[derive(Clone, Debug)]
pub struct ReasonCount {
    /// The day.
    pub day: UtcDay,
    /// Who asked.
    pub verdict: String,
    /// Why it was judged so.
    pub reason: String,
    /// How many.
    pub scans: i64,
}

/// The days of a workspace since one of them, latest first, in each the commonest reason first.
pub async fn since(db: &mut Connection, workspace: WorkspaceId, day: UtcDay) -> Result<Vec<ReasonCount>> {
    let rows = sqlx::query(
        "select day, verdict, reason, scans from verdict_days where workspace_id = $1 and day >= $2
         order by day desc, scans desc, reason",
    )
    .bind(workspace.0)
    .bind(i64::from(day.0))
    .fetch_all(db)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(ReasonCount {
            day: UtcDay(row.try_get::<i64, _>("day")? as i32),
            verdict: row.try_get("verdict")?,
            reason: row.try_get("reason")?,
            scans: row.try_get("scans")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Scans of a day came to a reason, or went from it where `scans` is below zero. A day whose counts are no longer kept
/// gets none.
pub async fn shift(
    db: &mut Connection,
    workspace: WorkspaceId,
    day: UtcDay,
    reason: (&str, &str),
    scans: i64,
) -> Result<()> {
    let row = sqlx::query("select count(*) from verdict_days where workspace_id = $1 and day = $2")
        .bind(workspace.0)
        .bind(i64::from(day.0))
        .fetch_one(&mut *db)
        .await?;
    if row.try_get::<i64, _>(0)? == 0 {
        return Ok(());
    }
    add(db, workspace, day, reason, scans).await?;
    let empty = "delete from verdict_days where workspace_id = $1 and day = $2 and verdict = $3 and reason = $4 and scans = 0";
    let query = sqlx::query(empty).bind(workspace.0).bind(i64::from(day.0)).bind(reason.0).bind(reason.1);
    query.execute(db).await?;
    Ok(())
}
