//! Who wants to hear of something, asked in the transaction that notes it.

use super::{Connection, Result};
use model::delivery::Happening;
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// What a webhook in use listens to.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The webhook.
    pub webhook: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Only this link's.
    pub link: Option<LinkId>,
    /// When it was made: what happened before is not its affair, though it be read later.
    pub since: Millis,
    /// Whether its workspace counts everybody; nothing: as the installation does.
    pub counts_all: Option<bool>,
    triggers: Vec<String>,
    events: Vec<Happening>,
}

impl Subscription {
    /// Whether it listens to what happens to a link.
    pub fn is_of(&self, link: LinkId) -> bool {
        self.link.is_none_or(|own| own == link)
    }

    /// Whether it wants the completion of steps of a kind. With neither kinds nor happenings named, it wants all kinds.
    pub fn wants_steps(&self, kind: &str) -> bool {
        match self.triggers.as_slice() {
            [] => self.events.is_empty(),
            triggers => triggers.iter().any(|trigger| trigger == kind),
        }
    }

    /// Whether it wants the completion of steps of any kind.
    pub fn wants_any_step(&self) -> bool {
        !self.triggers.is_empty() || self.events.is_empty()
    }

    /// Whether it wants a happening of ours.
    pub fn wants(&self, happening: Happening) -> bool {
        self.events.contains(&happening)
    }
}

const COLUMNS: &str = "select h.id, h.workspace_id, h.link_id, h.triggers, h.events, h.created_at,
        coalesce(w.counting, d.value) as counting
    from webhooks h join workspaces w on w.id = h.workspace_id
    left join settings d on d.name = 'counting_default'
    where h.status = 'active'";

fn read(row: &SqliteRow) -> Result<Subscription> {
    let events: Vec<String> = serde_json::from_str(row.try_get("events")?).unwrap_or_default();
    let counting: Option<&str> = row.try_get("counting")?;
    Ok(Subscription {
        webhook: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        link: row.try_get::<Option<Uuid>, _>("link_id")?.map(LinkId),
        since: Millis(row.try_get("created_at")?),
        counts_all: counting.map(|word| word == "all"),
        triggers: serde_json::from_str(row.try_get("triggers")?).unwrap_or_default(),
        events: events.iter().filter_map(|word| Happening::from_word(word)).collect(),
    })
}

/// Those of every workspace: what the consumer of all scans asks.
pub async fn all(db: &mut Connection) -> Result<Vec<Subscription>> {
    let rows = sqlx::query(COLUMNS).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Those of a workspace.
pub async fn of(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Subscription>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} and h.workspace_id = $1")))
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}
