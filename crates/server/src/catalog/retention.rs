//! How long things are kept, by workspace and link, and what is hidden by it already.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// Whole UTC days that something is kept; nothing: without end, or as long as the program keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Scans with their traces.
    pub scans: Option<u32>,
    /// User agents of scans.
    pub facts: Option<u32>,
    /// Visitors of whom nothing was heard since.
    pub visitors: Option<u32>,
    /// Bodies of deliveries.
    pub deliveries: Option<u32>,
}

/// Terms as they were set.
#[derive(Clone, Debug)]
pub struct Set {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Of a link, or of the workspace.
    pub link: Option<LinkId>,
    /// The terms.
    pub terms: Terms,
    /// Who set them.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// What floors are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Scans with their traces.
    Scans,
    /// User agents of scans.
    Facts,
}

impl Of {
    const fn table(self) -> &'static str {
        match self {
            Self::Scans => "retention_floors",
            Self::Facts => "retention_fact_floors",
        }
    }
}

/// What is before an instant is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floored {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Of a link that has its own, or of the workspace.
    pub link: Option<LinkId>,
    /// The instant.
    pub floor: Millis,
}

impl Terms {
    /// A link's own terms, and its workspace's where it has none.
    pub fn or(self, workspace: Self) -> Self {
        Self {
            scans: self.scans.or(workspace.scans),
            facts: self.facts.or(workspace.facts),
            visitors: self.visitors.or(workspace.visitors),
            deliveries: self.deliveries.or(workspace.deliveries),
        }
    }
}

fn read(row: &SqliteRow) -> Result<Set> {
    let days = |column: &str| -> Result<Option<u32>> {
        Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|days| u32::try_from(days).ok()))
    };
    Ok(Set {
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        link: row.try_get::<Option<Uuid>, _>("link_id")?.map(LinkId),
        terms: Terms {
            scans: days("scans_days")?,
            facts: days("facts_days")?,
            visitors: days("visitors_days")?,
            deliveries: days("deliveries_days")?,
        },
        by: row.try_get("updated_by")?,
        at: Millis(row.try_get("updated_at")?),
    })
}

/// Terms of all workspaces, or of one.
pub async fn terms(db: &mut Connection, workspace: Option<WorkspaceId>) -> Result<Vec<Set>> {
    let rows =
        sqlx::query("select * from retention where $1 is null or workspace_id = $1 order by updated_at")
            .bind(workspace.map(|id| id.0))
            .fetch_all(db)
            .await?;
    rows.iter().map(read).collect()
}

/// Sets terms; where there are none, the row goes.
pub async fn set(db: &mut Connection, set: &Set) -> Result<()> {
    sqlx::query(
        "delete from retention where workspace_id = $1 and coalesce(link_id, x'') = coalesce($2, x'')",
    )
    .bind(set.workspace.0)
    .bind(set.link.map(|link| link.0))
    .execute(&mut *db)
    .await?;
    if set.terms == Terms::default() {
        return Ok(());
    }
    sqlx::query(
        "insert into retention (workspace_id, link_id, scans_days, facts_days, visitors_days, deliveries_days,
             updated_by, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(set.workspace.0)
    .bind(set.link.map(|link| link.0))
    .bind(set.terms.scans)
    .bind(set.terms.facts)
    .bind(set.terms.visitors)
    .bind(set.terms.deliveries)
    .bind(&set.by)
    .bind(set.at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// What is hidden, of all workspaces.
pub async fn floors(db: &mut Connection, of: Of) -> Result<Vec<Floored>> {
    let sql = format!("select workspace_id, link_id, floor from {}", of.table());
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(db).await?;
    let read = |row: &SqliteRow| {
        Ok(Floored {
            workspace: WorkspaceId(row.try_get(0)?),
            link: row.try_get::<Option<Uuid>, _>(1)?.map(LinkId),
            floor: Millis(row.try_get(2)?),
        })
    };
    rows.iter().map(read).collect()
}

/// Notes what is hidden. An instant never goes back: what was hidden may be gone.
pub async fn raise(db: &mut Connection, of: Of, floored: Floored) -> Result<()> {
    let sql = format!(
        "insert into {} (workspace_id, link_id, floor) values ($1, $2, $3)
         on conflict (workspace_id, coalesce(link_id, x'')) do update set
             floor = case when excluded.floor > floor then excluded.floor else floor end",
        of.table()
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(floored.workspace.0)
        .bind(floored.link.map(|link| link.0))
        .bind(floored.floor.0)
        .execute(db)
        .await?;
    Ok(())
}

/// A visitor of whom nothing was heard since $2: no scan, no answer, no change of the row.
const IDLE: &str = "v.updated_at < $2
    and not exists (select 1 from visitor_scans s where s.visitor_id = v.id and s.at >= $2)
    and not exists (select 1 from submissions s where s.visitor_id = v.id and s.at >= $2)";

/// Which visitors a term is about: all of the workspace that no link's own term is about, or those that one link alone knows.
fn about(link: Option<LinkId>) -> &'static str {
    match link {
        None => {
            "not exists (select 1 from retention r where r.workspace_id = v.workspace_id and r.visitors_days is not null
                 and r.link_id is not null
                 and exists (select 1 from visitor_scans s where s.visitor_id = v.id and s.link_id = r.link_id)
                 and not exists (select 1 from visitor_scans s where s.visitor_id = v.id and s.link_id <> r.link_id))"
        }
        Some(_) => {
            "exists (select 1 from visitor_scans s where s.visitor_id = v.id and s.link_id = $3)
             and not exists (select 1 from visitor_scans s where s.visitor_id = v.id and s.link_id <> $3)"
        }
    }
}

/// Visitors that nothing was heard of since an instant; at most `limit`.
pub async fn idle(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    before: Millis,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let sql = format!(
        "select v.id from visitors v where v.workspace_id = $1 and v.merged_into is null and {IDLE} and {} limit $4",
        about(link)
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(before.0)
        .bind(link.map(|link| link.0))
        .bind(limit)
        .fetch_all(db)
        .await?)
}

/// Visitors of a workspace, and since when there are some.
pub async fn visitors(db: &mut Connection, workspace: WorkspaceId) -> Result<(u64, Option<Millis>)> {
    let row = sqlx::query(
        "select count(*), min(created_at) from visitors where workspace_id = $1 and merged_into is null",
    )
    .bind(workspace.0)
    .fetch_one(db)
    .await?;
    Ok((row.try_get::<i64, _>(0)? as u64, row.try_get::<Option<i64>, _>(1)?.map(Millis)))
}

/// Bodies of deliveries, and since when.
pub async fn bodies(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    before: Millis,
) -> Result<(u64, Option<Millis>)> {
    let row = sqlx::query(
        "select count(*), min(d.created_at) from deliveries d join webhooks w on w.id = d.webhook_id
         where d.workspace_id = $1 and ($2 is null or w.link_id = $2) and d.created_at < $3
             and (d.body is not null or d.source <> '{}')",
    )
    .bind(workspace.0)
    .bind(link.map(|link| link.0))
    .bind(before.0)
    .fetch_one(db)
    .await?;
    Ok((row.try_get::<i64, _>(0)? as u64, row.try_get::<Option<i64>, _>(1)?.map(Millis)))
}

/// Lets bodies of deliveries go that are older than an instant, with what they were made from; what still waits is given up.
pub async fn forget_bodies(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    before: Millis,
) -> Result<u64> {
    let done = sqlx::query(
        "update deliveries set body = null, source = '{}', answer_head = '', due_at = null,
             status = case status when 'waiting' then 'failed' else status end,
             error = case status when 'waiting' then 'it waited for longer than its body is kept' else error end
         where workspace_id = $1 and created_at < $3 and (body is not null or source <> '{}')
             and webhook_id in (select id from webhooks where workspace_id = $1 and ($2 is null or link_id = $2))",
    )
    .bind(workspace.0)
    .bind(link.map(|link| link.0))
    .bind(before.0)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
