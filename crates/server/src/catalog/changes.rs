//! What was changed by whom: rows that are only added. A link's history is read from it, and so can be a workspace's.

use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
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
    /// A member's address, or a token's name.
    pub name: String,
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
    // Some hundred rows a statement: each takes thirteen of the database's parameters.
    for changes in changes.chunks(250) {
        let mut rows = QueryBuilder::<Sqlite>::new(
            "insert into changes (id, workspace_id, object, object_id, action, actor_kind, actor_id, actor, batch,
                 restored, was, became, at) ",
        );
        rows.push_values(changes, |mut row, change| {
            row.push_bind(change.id)
                .push_bind(workspace.0)
                .push_bind(change.object.clone())
                .push_bind(change.object_id)
                .push_bind(change.action.clone())
                .push_bind(change.actor.kind.as_str())
                .push_bind(change.actor.id)
                .push_bind(change.actor.name.clone())
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

/// Changes of one thing, newest first, behind `after`.
pub async fn of_object(
    db: &mut Connection,
    workspace: WorkspaceId,
    object: Uuid,
    after: Option<(Millis, Uuid)>,
    limit: i64,
) -> Result<Vec<Change>> {
    let (at, id) = after.unwrap_or((Millis(i64::MAX), Uuid::max()));
    let rows = sqlx::query(
        "select * from changes where workspace_id = $1 and object_id = $2 and (at, id) < ($3, $4)
         order by at desc, id desc limit $5",
    )
    .bind(workspace.0)
    .bind(object)
    .bind(at.0)
    .bind(id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// One change of a thing.
pub async fn get(
    db: &mut Connection,
    workspace: WorkspaceId,
    object: Uuid,
    id: Uuid,
) -> Result<Option<Change>> {
    let row = sqlx::query("select * from changes where workspace_id = $1 and object_id = $2 and id = $3")
        .bind(workspace.0)
        .bind(object)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Changes of a thing since one of them, newest first; that one is not among them.
pub async fn since(
    db: &mut Connection,
    workspace: WorkspaceId,
    object: Uuid,
    change: &Change,
) -> Result<Vec<Change>> {
    let rows = sqlx::query(
        "select * from changes where workspace_id = $1 and object_id = $2 and (at, id) > ($3, $4)
         order by at desc, id desc",
    )
    .bind(workspace.0)
    .bind(object)
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
        r#"select * from changes where workspace_id = $1 and object = $2 and ($3 is null or object_id = $3)
             and at >= $4 and at < $5
             and (was like '%"xDestination"%' or was like '%"xWorkflowVersion"%' or was like '%"xPaused"%')
           order by at desc, id desc limit $6"#,
    )
    .bind(workspace.0)
    .bind(LINK)
    .bind(link.map(|link| link.0))
    .bind(from.0)
    .bind(to.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().rev().map(read).collect()
}
