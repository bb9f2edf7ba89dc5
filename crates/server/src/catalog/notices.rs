//! E-mails that tell owners of leads: who of a link is written to, and what waits to be written.

use super::{Connection, Result, submissions};
use model::{LinkId, Millis, StepId, TraceId, WorkspaceId};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Sets who is written to of a link's leads.
pub async fn set_addresses(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    addresses: &[String],
) -> Result<()> {
    sqlx::query("update links set lead_emails = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(link.0)
        .bind(serde_json::json!(addresses).to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Notes a lead for everybody who is written to of its link; what is noted twice is one notice.
pub async fn note(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    submission: TraceId,
    now: Millis,
) -> Result<()> {
    let addresses: Option<String> =
        sqlx::query_scalar("select lead_emails from links where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(link.0)
            .fetch_optional(&mut *db)
            .await?;
    let addresses: Vec<String> = serde_json::from_str(&addresses.unwrap_or_default()).unwrap_or_default();
    for address in &addresses {
        let digest = Sha256::new().chain_update(submission.as_bytes()).chain_update(address).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        sqlx::query(
            "insert into lead_notices (id, workspace_id, link_id, submission_id, address, status, due_at, created_at)
             values ($1, $2, $3, $4, $5, 'waiting', $6, $6) on conflict (id) do nothing",
        )
        .bind(Uuid::from_bytes(id))
        .bind(workspace.0)
        .bind(link.0)
        .bind(submission.0)
        .bind(address)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A notice that waits.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// The lead's workspace.
    pub workspace: WorkspaceId,
    /// The lead's link.
    pub link: LinkId,
    /// The answer it tells of.
    pub submission: TraceId,
    /// Who is written to.
    pub address: String,
    /// Attempts made.
    pub attempts: u32,
    /// When it was noted.
    pub created_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Notice> {
    Ok(Notice {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        link: LinkId(row.try_get("link_id")?),
        submission: TraceId(row.try_get("submission_id")?),
        address: row.try_get("address")?,
        attempts: row.try_get::<i64, _>("attempts")? as u32,
        created_at: Millis(row.try_get("created_at")?),
    })
}

/// Notices that are due, oldest first, by link and address.
pub async fn due(
    db: &mut Connection,
    now: Millis,
    limit: i64,
) -> Result<BTreeMap<(LinkId, String), Vec<Notice>>> {
    let rows = sqlx::query(
        "select * from lead_notices where due_at is not null and due_at <= $1 order by due_at, created_at, id limit $2",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let mut due = BTreeMap::<_, Vec<_>>::new();
    for row in &rows {
        let notice = read(row)?;
        due.entry((notice.link, notice.address.clone())).or_default().push(notice);
    }
    Ok(due)
}

/// When the mails of a link went to an address since then, oldest first. Several notices in one mail are one.
pub async fn mailed(db: &mut Connection, link: LinkId, address: &str, since: Millis) -> Result<Vec<Millis>> {
    let rows = sqlx::query_scalar(
        "select min(sent_at) from lead_notices where link_id = $1 and address = $2 and status = 'sent' and sent_at > $3
         group by mail order by 1",
    )
    .bind(link.0)
    .bind(address)
    .bind(since.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Millis).collect())
}

/// Notes what came of a mail: sent, to be tried again, or given up.
pub async fn attempted(
    db: &mut Connection,
    notices: &[Uuid],
    (status, due_at): (&str, Option<Millis>),
    error: &str,
    now: Millis,
) -> Result<()> {
    for id in notices {
        sqlx::query(
            "update lead_notices set status = $2, due_at = $3, error = $4, attempts = attempts + 1, mail = $5,
                 sent_at = case when $2 = 'sent' then $6 else sent_at end
             where id = $1",
        )
        .bind(id)
        .bind(status)
        .bind(due_at.map(|at| at.0))
        .bind(error)
        .bind(notices.first())
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Puts notices off that are too many for now.
pub async fn put_off(db: &mut Connection, notices: &[Uuid], until: Millis) -> Result<()> {
    for id in notices {
        sqlx::query("update lead_notices set due_at = $2 where id = $1")
            .bind(id)
            .bind(until.0)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Lets go of what was written, or given up, before then.
pub async fn tidy(db: &mut Connection, before: Millis) -> Result<()> {
    sqlx::query("delete from lead_notices where due_at is null and created_at < $1")
        .bind(before.0)
        .execute(db)
        .await?;
    Ok(())
}

/// What a mail tells of an answer.
#[derive(Clone, Debug)]
pub struct Lead {
    /// The step that asked.
    pub step: StepId,
    /// Version of the workflow it stood in.
    pub version: u32,
    /// JSON: what was answered.
    pub answers: String,
    /// The visitor, where the answer made one known.
    pub visitor: Option<Uuid>,
    /// When.
    pub at: Millis,
}

/// The answer, unless it is gone.
pub async fn lead(db: &mut Connection, workspace: WorkspaceId, submission: TraceId) -> Result<Option<Lead>> {
    let found = submissions::get(db, workspace, submission).await?;
    Ok(found.map(|found| Lead {
        step: found.step,
        version: found.trace.workflow_version,
        answers: found.answers,
        visitor: found.visitor,
        at: found.trace.at,
    }))
}
