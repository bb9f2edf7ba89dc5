//! Erasures: what was asked for, how far it is, and what came of it; by ids alone (DESIGN §11.8).

pub mod places;
pub mod scope;

use super::jobs::Status;
use super::{Connection, Result};
use analytics::Chosen;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One visitor.
    Visitor,
    /// One scan.
    Scan,
    /// What a link gathered.
    Link,
    /// What was gathered in a time.
    Range,
    /// All that was gathered.
    Workspace,
}

impl Subject {
    const ALL: [Self; 5] = [Self::Visitor, Self::Scan, Self::Link, Self::Range, Self::Workspace];

    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Scan => "scan",
            Self::Link => "link",
            Self::Range => "range",
            Self::Workspace => "workspace",
        }
    }

    /// Of its word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.as_str() == word)
    }

    /// Whether it takes all of a time, rather than some ids.
    pub const fn is_span(self) -> bool {
        matches!(self, Self::Link | Self::Range | Self::Workspace)
    }
}

/// What becomes of the scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scans {
    /// They stay as counts, without what tells whose they were.
    Keep,
    /// They go, and totals fall.
    Drop,
}

impl Scans {
    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
        }
    }

    /// Of its word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Keep, Self::Drop].into_iter().find(|scans| scans.as_str() == word)
    }
}

/// An erasure.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Its id.
    pub id: Uuid,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// What is erased.
    pub subject: Subject,
    /// The link, where it is one's.
    pub link: Option<LinkId>,
    /// Of scans from this instant on.
    pub from: Millis,
    /// Up to this instant, which is not included.
    pub to: Millis,
    /// What becomes of the scans.
    pub scans: Scans,
    /// How far it is.
    pub status: Status,
    /// Since when the catalog has nothing of it any more.
    pub hidden_at: Option<Millis>,
    /// Who asked for it.
    pub asked_by: String,
    /// What was found, place by place.
    pub receipt: Value,
    /// Why it ended before its end.
    pub error: String,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it ended.
    pub completed_at: Option<Millis>,
}

/// The visitors and scans that an erasure names, the scans with their times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// Rows of visitors.
    pub visitors: BTreeSet<Uuid>,
    /// Scans.
    pub scans: BTreeSet<(ScanId, Millis)>,
}

fn read(row: &SqliteRow) -> Result<Erasure> {
    Ok(Erasure {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        subject: Subject::from_word(row.try_get("subject")?).unwrap_or(Subject::Scan),
        link: row.try_get::<Option<Uuid>, _>("link_id")?.map(LinkId),
        from: Millis(row.try_get("from_at")?),
        to: Millis(row.try_get("to_at")?),
        scans: Scans::from_word(row.try_get("scans")?).unwrap_or(Scans::Keep),
        status: Status::from_column(row.try_get("status")?),
        hidden_at: row.try_get::<Option<i64>, _>("hidden_at")?.map(Millis),
        asked_by: row.try_get("asked_by")?,
        receipt: serde_json::from_str(row.try_get("receipt")?).unwrap_or_default(),
        error: row.try_get("error")?,
        created_at: Millis(row.try_get("created_at")?),
        completed_at: row.try_get::<Option<i64>, _>("completed_at")?.map(Millis),
    })
}

/// Notes an erasure that is to be, unless it is known. False where it is.
pub async fn create(db: &mut Connection, erasure: &Erasure, ids: &Ids) -> Result<bool> {
    let done = sqlx::query(
        "insert into erasures (id, workspace_id, subject, link_id, from_at, to_at, scans, status, asked_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9) on conflict (id) do nothing",
    )
    .bind(erasure.id)
    .bind(erasure.workspace.0)
    .bind(erasure.subject.as_str())
    .bind(erasure.link.map(|link| link.0))
    .bind(erasure.from.0)
    .bind(erasure.to.0)
    .bind(erasure.scans.as_str())
    .bind(&erasure.asked_by)
    .bind(erasure.created_at.0)
    .execute(&mut *db)
    .await?;
    add_ids(db, erasure.id, ids).await?;
    Ok(done.rows_affected() > 0)
}

/// Notes visitors and scans that an erasure names.
pub async fn add_ids(db: &mut Connection, erasure: Uuid, ids: &Ids) -> Result<()> {
    let visitors = ids.visitors.iter().map(|id| ("visitor", *id, 0));
    let scans = ids.scans.iter().map(|(id, at)| ("scan", id.0, at.0));
    for (kind, id, at) in visitors.chain(scans) {
        sqlx::query(
            "insert into erasure_ids (erasure_id, kind, id, at) values ($1, $2, $3, $4)
             on conflict (erasure_id, kind, id) do nothing",
        )
        .bind(erasure)
        .bind(kind)
        .bind(id)
        .bind(at)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// The visitors and scans that an erasure names.
pub async fn ids(db: &mut Connection, erasure: Uuid) -> Result<Ids> {
    let rows: Vec<(String, Uuid, i64)> =
        sqlx::query_as("select kind, id, at from erasure_ids where erasure_id = $1")
            .bind(erasure)
            .fetch_all(db)
            .await?;
    let mut ids = Ids::default();
    for (kind, id, at) in rows {
        match kind.as_str() {
            "visitor" => drop(ids.visitors.insert(id)),
            _ => drop(ids.scans.insert((ScanId(id), Millis(at)))),
        }
    }
    Ok(ids)
}

/// An erasure of a workspace.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Erasure>> {
    let row = sqlx::query("select * from erasures where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The latest erasures of a workspace, newest first.
pub async fn latest(db: &mut Connection, workspace: WorkspaceId, limit: i64) -> Result<Vec<Erasure>> {
    let rows = sqlx::query(
        "select * from erasures where workspace_id = $1 order by created_at desc, id desc limit $2",
    )
    .bind(workspace.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The oldest erasure that has not ended, of whatever workspace; one that has begun first.
pub async fn next(db: &mut Connection) -> Result<Option<Erasure>> {
    let row = sqlx::query(
        "select * from erasures where status in ('pending', 'running')
         order by case status when 'running' then 0 else 1 end, created_at, id limit 1",
    )
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes how far an erasure is.
pub async fn note(db: &mut Connection, erasure: &Erasure) -> Result<()> {
    sqlx::query(
        "update erasures set status = $2, hidden_at = $3, receipt = $4, error = $5, completed_at = $6 where id = $1",
    )
    .bind(erasure.id)
    .bind(erasure.status.as_str())
    .bind(erasure.hidden_at.map(|at| at.0))
    .bind(erasure.receipt.to_string())
    .bind(&erasure.error)
    .bind(erasure.completed_at.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}

/// Has every erasure that ended done once more: for a store or a catalog of before them. Returns how many.
pub async fn again(db: &mut Connection) -> Result<u64> {
    let done = sqlx::query(
        "update erasures set status = 'pending', hidden_at = null, completed_at = null, error = ''
         where status in ('succeeded', 'failed')",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Erased scans that go and may still be in the scan store: what it is to hide.
pub async fn hidden(db: &mut Connection) -> Result<Vec<Chosen>> {
    let rows = sqlx::query(
        "select * from erasures where scans = 'drop' and hidden_at is not null and status <> 'succeeded'",
    )
    .fetch_all(&mut *db)
    .await?;
    let mut chosen = Vec::new();
    for row in &rows {
        let erasure = read(row)?;
        chosen.extend(erasure.chosen(&ids(db, erasure.id).await?));
    }
    Ok(chosen)
}

impl Erasure {
    /// Its scans, as the store finds them; nothing where there are none.
    pub fn chosen(&self, ids: &Ids) -> Option<Chosen> {
        let (workspace, link) = (self.workspace, self.link);
        if self.subject.is_span() {
            return Some(Chosen { workspace, link, from: self.from, to: self.to, scans: None });
        }
        let times = || ids.scans.iter().map(|(_, at)| *at);
        Some(Chosen {
            workspace,
            link: None,
            from: times().min()?,
            to: times().max()?.plus(1),
            scans: Some(ids.scans.iter().map(|(id, _)| *id).collect()),
        })
    }
}
