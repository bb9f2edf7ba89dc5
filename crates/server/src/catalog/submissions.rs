//! Answers that visitors gave on pages. The first one of a scan and step wins; a later one changes nothing.

use super::{Connection, Result};
use model::trace::TraceKind;
use model::{LinkId, Millis, ScanId, StepId, Trace, TraceId, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// An answer, with the trace that tells of it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The trace, ready for the spool.
    pub trace: Trace,
    /// The step, by id.
    pub step: StepId,
    /// The visitor, where the answer made one known.
    pub visitor: Option<Uuid>,
    /// JSON: what was answered.
    pub answers: String,
}

/// A consent that a page asked for.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Key of the field.
    pub key: String,
    /// Text that was shown.
    pub text: String,
    /// Its version.
    pub version: String,
    /// Whether it was given.
    pub given: bool,
}

/// Takes an answer. False when there is one already: then this one is not kept.
pub async fn insert(db: &mut Connection, submission: &Submission) -> Result<bool> {
    let trace = &submission.trace;
    let done = sqlx::query(
        "insert into submissions
             (id, scan_id, step_id, workspace_id, link_id, version, step, visitor_id, answers, scan_at, at, branch, kind)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (scan_id, step_id) do nothing",
    )
    .bind(trace.id.0)
    .bind(trace.scan.0)
    .bind(submission.step.0)
    .bind(trace.workspace.0)
    .bind(trace.link.0)
    .bind(i64::from(trace.workflow_version))
    .bind(i64::from(trace.step))
    .bind(submission.visitor)
    .bind(&submission.answers)
    .bind(trace.scan_at.0)
    .bind(trace.at.0)
    .bind(i64::from(trace.branch))
    .bind(trace.kind.as_str())
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes consents that were given or withheld with an answer.
pub async fn insert_consents(
    db: &mut Connection,
    submission: &Submission,
    consents: &[Consent],
) -> Result<()> {
    for consent in consents {
        sqlx::query(
            "insert into consents (id, workspace_id, visitor_id, scan_id, link_id, key, text, version, given, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(Uuid::now_v7())
        .bind(submission.trace.workspace.0)
        .bind(submission.visitor)
        .bind(submission.trace.scan.0)
        .bind(submission.trace.link.0)
        .bind(&consent.key)
        .bind(&consent.text)
        .bind(&consent.version)
        .bind(i64::from(consent.given))
        .bind(submission.trace.at.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Notes that the traces of answers are in the spool.
pub async fn set_traced(db: &mut Connection, ids: &[TraceId]) -> Result<()> {
    for id in ids {
        sqlx::query("update submissions set traced = 1 where id = $1").bind(id.0).execute(&mut *db).await?;
    }
    Ok(())
}

/// Answers whose traces may not be in the spool, of any workspace: the process ended in between.
pub async fn untraced(db: &mut Connection) -> Result<Vec<Trace>> {
    let rows =
        sqlx::query("select * from submissions where traced = 0 order by at, id").fetch_all(db).await?;
    rows.iter().map(|row| read(row).map(|submission| submission.trace)).collect()
}

/// Answers of some scans.
pub async fn of_scans(
    db: &mut Connection,
    workspace: WorkspaceId,
    scans: &[ScanId],
) -> Result<Vec<Submission>> {
    let mut found = Vec::new();
    for scan in scans {
        let rows =
            sqlx::query("select * from submissions where workspace_id = $1 and scan_id = $2 order by at, id")
                .bind(workspace.0)
                .bind(scan.0)
                .fetch_all(&mut *db)
                .await?;
        for row in &rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// One answer.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: TraceId) -> Result<Option<Submission>> {
    let row = sqlx::query("select * from submissions where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Result<Submission> {
    Ok(Submission {
        trace: Trace {
            id: TraceId(row.try_get("id")?),
            scan: ScanId(row.try_get("scan_id")?),
            scan_at: Millis(row.try_get("scan_at")?),
            at: Millis(row.try_get("at")?),
            workspace: WorkspaceId(row.try_get("workspace_id")?),
            link: LinkId(row.try_get("link_id")?),
            workflow_version: row.try_get::<i64, _>("version")? as u32,
            step: row.try_get::<i64, _>("step")? as u16,
            branch: row.try_get::<i64, _>("branch")? as u16,
            kind: TraceKind::from_word(row.try_get("kind")?).unwrap_or(TraceKind::Answered),
            destination: model::scan::NO_DESTINATION,
        },
        step: StepId(row.try_get("step_id")?),
        visitor: row.try_get("visitor_id")?,
        answers: row.try_get("answers")?,
    })
}

/// Says whose the answers of a scan are.
pub async fn set_visitor(
    db: &mut Connection,
    workspace: WorkspaceId,
    scan: ScanId,
    visitor: Uuid,
) -> Result<()> {
    for table in ["submissions", "consents"] {
        let sql = format!("update {table} set visitor_id = $3 where workspace_id = $1 and scan_id = $2");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(scan.0)
            .bind(visitor)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
