//! Verdicts given anew: the runs, and what the counters gain by the days that are being exchanged in the scan store.

use super::jobs::Status;
use super::{Connection, Result};
use analytics::Days;
use model::time::UtcDay;
use model::{LinkId, Millis, WorkspaceId};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// Whose scans; of all workspaces where it was asked for on the command line.
    pub workspace: Option<WorkspaceId>,
    /// How far it is.
    pub status: Status,
    /// From this instant on.
    pub from: Millis,
    /// Up to this instant, which is not included.
    pub to: Millis,
    /// It changes nothing.
    pub dry_run: bool,
    /// It gives scans their first verdicts back.
    pub restore: bool,
    /// Who asked for it.
    pub asked_by: String,
    /// The first UTC day that is not done; none before the first is.
    pub next_day: Option<UtcDay>,
    /// Days that have scans.
    pub days: u64,
    /// Those that are done.
    pub days_done: u64,
    /// What came of it so far.
    pub result: Value,
    /// Why it ended before its end; empty where it did not.
    pub error: String,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it ended.
    pub completed_at: Option<Millis>,
}

/// Days whose rows are being exchanged.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The days.
    pub days: Days,
    /// What the counters gain.
    pub changes: Value,
    /// What has come of the run when it is done.
    pub result: Value,
}

fn json(row: &SqliteRow, column: &str) -> Result<Value> {
    Ok(serde_json::from_str(row.try_get(column)?).unwrap_or_default())
}

fn read(row: &SqliteRow) -> Result<Run> {
    let day = |day: i64| UtcDay(day as i32);
    Ok(Run {
        id: row.try_get("id")?,
        workspace: row.try_get::<Option<Uuid>, _>("workspace_id")?.map(WorkspaceId),
        status: Status::from_column(row.try_get("status")?),
        from: Millis(row.try_get("from_at")?),
        to: Millis(row.try_get("to_at")?),
        dry_run: row.try_get::<i64, _>("dry_run")? != 0,
        restore: row.try_get::<i64, _>("restore")? != 0,
        asked_by: row.try_get("asked_by")?,
        next_day: row.try_get::<Option<i64>, _>("next_day")?.map(day),
        days: row.try_get::<i64, _>("days")? as u64,
        days_done: row.try_get::<i64, _>("days_done")? as u64,
        result: json(row, "result")?,
        error: row.try_get("error")?,
        created_at: Millis(row.try_get("created_at")?),
        completed_at: row.try_get::<Option<i64>, _>("completed_at")?.map(Millis),
    })
}

/// Notes a run that is to be. False where one of the same workspace has not ended.
pub async fn create(db: &mut Connection, run: &Run) -> Result<bool> {
    let done = sqlx::query(
        "insert into rejudge_runs (id, workspace_id, status, from_at, to_at, dry_run, restore, asked_by, result, created_at)
         select $1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9
         where not exists (select 1 from rejudge_runs
             where status in ('pending', 'running') and (workspace_id = $2 or $2 is null and workspace_id is null))",
    )
    .bind(run.id)
    .bind(run.workspace.map(|id| id.0))
    .bind(run.from.0)
    .bind(run.to.0)
    .bind(i64::from(run.dry_run))
    .bind(i64::from(run.restore))
    .bind(&run.asked_by)
    .bind(run.result.to_string())
    .bind(run.created_at.0)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A run of a workspace.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Run>> {
    let row = sqlx::query("select * from rejudge_runs where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The latest runs of a workspace, newest first.
pub async fn latest(db: &mut Connection, workspace: WorkspaceId, limit: i64) -> Result<Vec<Run>> {
    let rows = sqlx::query(
        "select * from rejudge_runs where workspace_id = $1 order by created_at desc, id desc limit $2",
    )
    .bind(workspace.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The oldest run that has not ended, of whatever workspace; one that has begun first, so that there are never two.
pub async fn next(db: &mut Connection) -> Result<Option<Run>> {
    let row = sqlx::query(
        "select * from rejudge_runs where status in ('pending', 'running')
         order by case status when 'running' then 0 else 1 end, created_at, id limit 1",
    )
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes how far a run is. False when there is no such run any more.
pub async fn note(db: &mut Connection, run: &Run) -> Result<bool> {
    let done = sqlx::query(
        "update rejudge_runs set status = $2, next_day = $3, days = $4, days_done = $5, result = $6, error = $7,
                                 completed_at = $8
         where id = $1",
    )
    .bind(run.id)
    .bind(run.status.as_str())
    .bind(run.next_day.map(|day| i64::from(day.0)))
    .bind(run.days as i64)
    .bind(run.days_done as i64)
    .bind(run.result.to_string())
    .bind(&run.error)
    .bind(run.completed_at.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes what some days will change, before its rows are exchanged.
pub async fn announce(db: &mut Connection, run: Uuid, exchange: &Exchange) -> Result<()> {
    sqlx::query("insert into rejudge_exchanges (run_id, first_day, last_day, changes, result) values ($1, $2, $3, $4, $5)")
        .bind(run)
        .bind(i64::from(exchange.days.first.0))
        .bind(i64::from(exchange.days.last.0))
        .bind(exchange.changes.to_string())
        .bind(exchange.result.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// The days of a run that were announced.
pub async fn announced(db: &mut Connection, run: Uuid) -> Result<Option<Exchange>> {
    let row =
        sqlx::query("select * from rejudge_exchanges where run_id = $1").bind(run).fetch_optional(db).await?;
    let read = |row: SqliteRow| {
        let day = |column| Ok::<_, sqlx::Error>(UtcDay(row.try_get::<i64, _>(column)? as i32));
        let days = Days { first: day("first_day")?, last: day("last_day")? };
        Ok(Exchange { days, changes: json(&row, "changes")?, result: json(&row, "result")? })
    };
    row.map(read).transpose()
}

/// Forgets the announced days: they are done, or never were.
pub async fn forget(db: &mut Connection, run: Uuid) -> Result<()> {
    sqlx::query("delete from rejudge_exchanges where run_id = $1").bind(run).execute(db).await?;
    Ok(())
}

/// What a link's counters gain.
#[derive(Clone, Copy, Debug)]
pub struct Gain {
    /// The link.
    pub link: LinkId,
    /// Human scans; fewer than none where it loses some.
    pub humans: i64,
    /// Its last human scan now, where that may have changed.
    pub last: Option<Option<Millis>>,
}

/// Those of some links whose last human scan is not known to be later than `end`.
pub async fn ending_before(db: &mut Connection, links: &[LinkId], end: Millis) -> Result<Vec<LinkId>> {
    let mut found = Vec::new();
    for links in links.chunks(512) {
        let mut statement = QueryBuilder::new("select link_id from link_counters where link_id in (");
        let mut ids = statement.separated(", ");
        for link in links {
            ids.push_bind(link.0);
        }
        statement.push(") and coalesce(last_scan_at, 0) < ").push_bind(end.0);
        for row in statement.build().fetch_all(&mut *db).await? {
            found.push(LinkId(row.try_get(0)?));
        }
    }
    Ok(found)
}

/// Changes a link's counters by scans before `end`. The lifetime number rises where there are more human scans than ever,
/// and never falls. A last scan that was counted meanwhile is later than all that was judged.
pub async fn gain(db: &mut Connection, workspace: WorkspaceId, end: Millis, gain: &Gain) -> Result<()> {
    sqlx::query(
        "update link_counters set event_count = event_count + $3,
             lifetime_scans = case when event_count + $3 > lifetime_scans then event_count + $3 else lifetime_scans end,
             last_scan_at = case when $4 = 1 and coalesce(last_scan_at, 0) < $5 then $6 else last_scan_at end
         where link_id = $2 and exists (select 1 from links where id = $2 and workspace_id = $1)",
    )
    .bind(workspace.0)
    .bind(gain.link.0)
    .bind(gain.humans)
    .bind(i64::from(gain.last.is_some()))
    .bind(end.0)
    .bind(gain.last.flatten().map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}
