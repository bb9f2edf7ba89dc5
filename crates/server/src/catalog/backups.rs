//! Backups: the copy of the catalog, what must stand still while it is made, and the runs of the server's own.

use super::{Connection, Result};
use model::Millis;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::path::Path;
use uuid::Uuid;

/// A backup that the server made, or tried to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// Where to.
    pub target: String,
    /// When it began.
    pub started_at: Millis,
    /// When it ended; nothing while it runs, or if the process ended before it.
    pub ended_at: Option<Millis>,
    /// Name of the backup; empty where none was made.
    pub backup: String,
    /// Bytes of all its files.
    pub bytes: i64,
    /// Of these, brought to the target by this run.
    pub copied: i64,
    /// Files of it.
    pub files: i64,
    /// Why none was made, with the mend; empty where one was.
    pub error: String,
}

/// Copies the catalog, as it is at one instant, to the file `into`, which must not exist.
pub async fn copy(db: &mut Connection, into: &Path) -> Result<()> {
    let into = into.to_str().ok_or_else(|| sqlx::Error::Protocol("the path is no text".into()))?;
    sqlx::query("vacuum into $1").bind(into).execute(db).await?;
    Ok(())
}

/// What SQLite finds wrong with a catalog; nothing: it is whole.
pub async fn faults(db: &mut Connection) -> Result<Vec<String>> {
    let rows = sqlx::query("pragma integrity_check(20)").fetch_all(&mut *db).await?;
    let said = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<Vec<String>>>()?;
    let broken = sqlx::query("pragma foreign_key_check").fetch_all(&mut *db).await?;
    let mut faults: Vec<String> = said.into_iter().filter(|said| said != "ok").collect();
    if !broken.is_empty() {
        faults.push(format!("{} rows name others that are not there", broken.len()));
    }
    Ok(faults)
}

/// The installation's first workspace, by which backups of several installations are told apart.
pub async fn installation(db: &mut Connection) -> Result<Option<Uuid>> {
    let row =
        sqlx::query("select id from workspaces order by created_at, id limit 1").fetch_optional(db).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// How far changes are that span catalog and scan store. While two looks tell the same, nothing of the kind happened
/// between them, or it was announced before the first.
pub async fn moving(db: &mut Connection) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "select 'run ' || hex(id) || ' ' || status || ' ' || coalesce(next_day, '') from rejudge_runs
         union all select 'exchange ' || hex(run_id) || ' ' || first_day from rejudge_exchanges order by 1",
    )
    .fetch_all(&mut *db)
    .await?;
    let mut moving: Vec<String> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_>>()?;
    let erased =
        sqlx::query("select 1 from sqlite_master where name = 'erasures'").fetch_optional(&mut *db).await?;
    if erased.is_some() {
        let rows = sqlx::query(
            "select 'erasure ' || hex(id) || ' ' || status || ' ' || coalesce(hidden_at, '') from erasures order by 1",
        )
        .fetch_all(db)
        .await?;
        for row in &rows {
            moving.push(row.try_get(0)?);
        }
    }
    Ok(moving)
}

/// SHA-256 of all files of the library.
pub async fn media(db: &mut Connection) -> Result<Vec<String>> {
    let rows = sqlx::query("select distinct sha256 from media order by sha256").fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn read(row: &SqliteRow) -> Result<Run> {
    Ok(Run {
        id: row.try_get("id")?,
        target: row.try_get("target")?,
        started_at: Millis(row.try_get("started_at")?),
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(Millis),
        backup: row.try_get("backup")?,
        bytes: row.try_get("bytes")?,
        copied: row.try_get("copied")?,
        files: row.try_get("files")?,
        error: row.try_get("error")?,
    })
}

/// Notes a run: that it began, then what came of it. The hundred latest are kept.
pub async fn note(db: &mut Connection, run: &Run) -> Result<()> {
    sqlx::query(
        "insert into backups (id, target, started_at, ended_at, backup, bytes, copied, files, error)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do update set ended_at = excluded.ended_at, backup = excluded.backup,
             bytes = excluded.bytes, copied = excluded.copied, files = excluded.files, error = excluded.error",
    )
    .bind(run.id)
    .bind(&run.target)
    .bind(run.started_at.0)
    .bind(run.ended_at.map(|at| at.0))
    .bind(&run.backup)
    .bind(run.bytes)
    .bind(run.copied)
    .bind(run.files)
    .bind(&run.error)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "delete from backups where id not in (select id from backups order by started_at desc, id desc limit 100)",
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The latest runs, newest first.
pub async fn latest(db: &mut Connection, limit: i64) -> Result<Vec<Run>> {
    let rows = sqlx::query("select * from backups order by started_at desc, id desc limit $1")
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// The latest run that made a backup.
pub async fn last_good(db: &mut Connection) -> Result<Option<Run>> {
    let row =
        sqlx::query("select * from backups where backup <> '' order by started_at desc, id desc limit 1")
            .fetch_optional(db)
            .await?;
    row.as_ref().map(read).transpose()
}
