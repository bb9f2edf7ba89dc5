//! What was changed by whom: rows that are only added. A link's history is read from it, and so can be a workspace's.

pub mod begun;
pub mod log;

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite};
use uuid::Uuid;

/// Kind of thing that a row is about.
pub const LINK: &str = "link";

/// Who changed something. The name stays when member or token are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Member, token, or the program itself.
    pub kind: ActorKind,
    /// The member's or token's id.
    pub id: Option<Uuid>,
    /// A person's name, which may be empty, never an address; or a token's name.
    pub name: String,
    /// The session that a member is signed in by: the beginning of its hash.
    #[serde(default)]
    pub session: Option<String>,
}

/// What kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// A person signed in.
    Member,
    /// An API token.
    Token,
    /// The program.
    System,
}

impl ActorKind {
    /// As column and wire have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Token => "token",
            Self::System => "system",
        }
    }

    pub(super) fn from_column(text: &str) -> Self {
        match text {
            "member" => Self::Member,
            "token" => Self::Token,
            _ => Self::System,
        }
    }
}

/// A change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its id.
    pub id: Uuid,
    /// Kind of thing changed.
    pub object: String,
    /// Which one.
    pub object_id: Uuid,
    /// `created`, `updated`, …
    pub action: String,
    /// By whom.
    pub actor: Actor,
    /// Changes that one request made of many things.
    pub batch: Option<Uuid>,
    /// The change that this one takes back or goes back to.
    pub restored: Option<Uuid>,
    /// Fields that differ, as they were; absent or null: there was nothing.
    pub was: Map<String, Value>,
    /// The same fields as they became.
    pub became: Map<String, Value>,
    /// When.
    pub at: Millis,
}

fn read(row: &SqliteRow) -> Result<Change> {
    let fields = |column: &str| -> Result<Map<String, Value>> {
        Ok(serde_json::from_str(row.try_get(column)?).unwrap_or_default())
    };
    Ok(Change {
        id: row.try_get("id")?,
        object: row.try_get("object")?,
        object_id: row.try_get("object_id")?,
        action: row.try_get("action")?,
        actor: Actor {
            kind: ActorKind::from_column(row.try_get("actor_kind")?),
            id: row.try_get("actor_id")?,
            name: row.try_get("actor")?,
            session: row.try_get("session")?,
        },
        batch: row.try_get("batch")?,
        restored: row.try_get("restored")?,
        was: fields("was")?,
        became: fields("became")?,
        at: Millis(row.try_get("at")?),
    })
}

/// Notes changes.
pub async fn add(db: &mut Connection, workspace: WorkspaceId, changes: &[Change]) -> Result<()> {
    insert(db, "changes", workspace, changes).await
}

async fn insert(
    db: &mut Connection,
    table: &'static str,
    workspace: WorkspaceId,
    changes: &[Change],
) -> Result<()> {
    // Some hundred rows a statement: each takes fourteen of the database's parameters.
    for changes in changes.chunks(250) {
        let mut rows = QueryBuilder::<Sqlite>::new(format!(
            "insert into {table} (id, workspace_id, object, object_id, action, actor_kind, actor_id, actor, session,
                 batch, restored, was, became, at) "
        ));
        rows.push_values(changes, |mut row, change| {
            row.push_bind(change.id)
                .push_bind(workspace.0)
                .push_bind(change.object.clone())
                .push_bind(change.object_id)
                .push_bind(change.action.clone())
                .push_bind(change.actor.kind.as_str())
                .push_bind(change.actor.id)
                .push_bind(change.actor.name.clone())
                .push_bind(change.actor.session.clone())
                .push_bind(change.batch)
                .push_bind(change.restored)
                .push_bind(Value::Object(change.was.clone()).to_string())
                .push_bind(Value::Object(change.became.clone()).to_string())
                .push_bind(change.at.0);
        });
        rows.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// The columns of a link's changes. Where a member has no name, the address that he has now tells who it was.
const OF_LINK: &str =
    "select c.id, c.object, c.object_id, c.action, c.actor_kind, c.actor_id, c.session, c.batch,
    c.restored, c.was, c.became, c.at,
    case when c.actor = '' then coalesce(
        (select a.email from members m join accounts a on a.id = m.account_id where m.id = c.actor_id), '')
    else c.actor end as actor
    from changes c where c.object = 'link' and c.workspace_id = $1 and c.object_id = $2";

/// Changes of one link, newest first, behind `after`.
pub async fn of_link(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Uuid,
    after: Option<(Millis, Uuid)>,
    limit: i64,
) -> Result<Vec<Change>> {
    let (at, id) = after.unwrap_or((Millis(i64::MAX), Uuid::max()));
    let rows = sqlx::query(AssertSqlSafe(format!(
        "{OF_LINK} and (c.at, c.id) < ($3, $4) order by c.at desc, c.id desc limit $5"
    )))
    .bind(workspace.0)
    .bind(link)
    .bind(at.0)
    .bind(id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// One change of a link.
pub async fn get(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Uuid,
    id: Uuid,
) -> Result<Option<Change>> {
    let row = sqlx::query(AssertSqlSafe(format!("{OF_LINK} and c.id = $3")))
        .bind(workspace.0)
        .bind(link)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Changes of a link since one of them, newest first; that one is not among them.
pub async fn since(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Uuid,
    change: &Change,
) -> Result<Vec<Change>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "{OF_LINK} and (c.at, c.id) > ($3, $4) order by c.at desc, c.id desc"
    )))
    .bind(workspace.0)
    .bind(link)
    .bind(change.at.0)
    .bind(change.id)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// What one request changed, in the order in which it did.
pub async fn of_batch(db: &mut Connection, workspace: WorkspaceId, batch: Uuid) -> Result<Vec<Change>> {
    let rows = sqlx::query("select * from changes where workspace_id = $1 and batch = $2 order by at, id")
        .bind(workspace.0)
        .bind(batch)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Changes of links in a time that scans may show: of where they lead, of their workflow's version, of pausing. Oldest
/// first; of more than `limit` the newest.
pub async fn seen_in_scans(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    (from, to): (Millis, Millis),
    limit: i64,
) -> Result<Vec<Change>> {
    // What was there before tells a change from how a link began.
    let rows = sqlx::query(
        r#"select c.*, case when c.actor = '' then coalesce(
             (select a.email from members m join accounts a on a.id = m.account_id where m.id = c.actor_id), '')
           else c.actor end as who
           from changes c where c.workspace_id = $1 and c.object = $2 and ($3 is null or c.object_id = $3)
             and c.at >= $4 and c.at < $5
             and (c.was like '%"xDestination"%' or c.was like '%"xWorkflowVersion"%' or c.was like '%"xPaused"%')
           order by c.at desc, c.id desc limit $6"#,
    )
    .bind(workspace.0)
    .bind(LINK)
    .bind(link.map(|link| link.0))
    .bind(from.0)
    .bind(to.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let told = |row: &SqliteRow| -> Result<Change> {
        let change = read(row)?;
        let name = row.try_get("who")?;
        Ok(Change { actor: Actor { name, ..change.actor }, ..change })
    };
    rows.iter().rev().map(told).collect()
}
