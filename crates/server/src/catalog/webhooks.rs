//! Webhooks: who is told of what. Their secrets are sealed before they come here.

pub mod deliveries;
pub mod subscriptions;

use super::{Connection, Result};
use model::delivery::Happening;
use model::{LinkId, MemberId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// Whether a webhook is sent anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Active,
    /// Its owner wants nothing at the moment.
    Paused,
    /// Its endpoint was given up, or its owner has switched it off.
    Disabled,
}

impl Status {
    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    fn from_column(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "paused" => Self::Paused,
            _ => Self::Disabled,
        }
    }
}

/// A webhook, without its secret.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Where it is sent.
    pub endpoint_url: String,
    /// Only this link's; nothing: all links'.
    pub link: Option<LinkId>,
    /// Kinds of steps, as the wire writes them.
    pub triggers: Vec<String>,
    /// Our own happenings.
    pub events: Vec<Happening>,
    /// What made it, as the wire writes it.
    pub source: String,
    /// Whether it is sent anything.
    pub status: Status,
    /// Why it was disabled, if the program did it.
    pub notice: String,
    /// Until when the former secret signs too.
    pub former_until: Option<Millis>,
    /// Deliveries taken.
    pub success_count: i64,
    /// Attempts that failed.
    pub failure_count: i64,
    /// Last attempt.
    pub last_sent_at: Option<Millis>,
    /// Last success.
    pub last_delivered_at: Option<Millis>,
    /// First failure since then.
    pub failing_since: Option<Millis>,
    /// Who made it.
    pub created_by: Option<MemberId>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

pub(super) fn read(row: &SqliteRow) -> Result<Webhook> {
    let events: Vec<String> = serde_json::from_str(row.try_get("events")?).unwrap_or_default();
    let time = |column: &str| Ok::<_, super::Error>(row.try_get::<Option<i64>, _>(column)?.map(Millis));
    Ok(Webhook {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        name: row.try_get("name")?,
        endpoint_url: row.try_get("endpoint_url")?,
        link: row.try_get::<Option<Uuid>, _>("link_id")?.map(LinkId),
        triggers: serde_json::from_str(row.try_get("triggers")?).unwrap_or_default(),
        events: events.iter().filter_map(|word| Happening::from_word(word)).collect(),
        source: row.try_get("source")?,
        status: Status::from_column(row.try_get("status")?),
        notice: row.try_get("notice")?,
        former_until: time("former_until")?,
        success_count: row.try_get("success_count")?,
        failure_count: row.try_get("failure_count")?,
        last_sent_at: time("last_sent_at")?,
        last_delivered_at: time("last_delivered_at")?,
        failing_since: time("failing_since")?,
        created_by: row.try_get::<Option<Uuid>, _>("created_by")?.map(MemberId),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// What a new webhook is.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Where it is sent.
    pub endpoint_url: String,
    /// Only this link's.
    pub link: Option<LinkId>,
    /// Kinds of steps.
    pub triggers: Vec<String>,
    /// Our own happenings.
    pub events: Vec<Happening>,
    /// What makes it.
    pub source: String,
    /// Its secret, sealed.
    pub secret: Vec<u8>,
    /// Who makes it.
    pub created_by: Option<MemberId>,
}

/// What a change of a webhook sets. `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Name.
    pub name: Option<String>,
    /// Where it is sent.
    pub endpoint_url: Option<String>,
    /// Only this link's; `Some(None)`: all links'.
    pub link: Option<Option<LinkId>>,
    /// Kinds of steps.
    pub triggers: Option<Vec<String>>,
    /// Our own happenings.
    pub events: Option<Vec<Happening>>,
    /// What made it.
    pub source: Option<String>,
    /// Whether it is sent anything.
    pub status: Option<Status>,
}

fn words(events: &[Happening]) -> String {
    let words: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
    serde_json::json!(words).to_string()
}

/// Makes a webhook.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    new: NewWebhook,
    now: Millis,
) -> Result<Webhook> {
    let row = sqlx::query(
        "insert into webhooks (id, workspace_id, name, endpoint_url, link_id, triggers, events, source, status, secret,
             created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10, $11, $11) returning *",
    )
    .bind(new.id)
    .bind(workspace.0)
    .bind(new.name)
    .bind(new.endpoint_url)
    .bind(new.link.map(|link| link.0))
    .bind(serde_json::json!(new.triggers).to_string())
    .bind(words(&new.events))
    .bind(new.source)
    .bind(new.secret)
    .bind(new.created_by.map(|member| member.0))
    .bind(now.0)
    .fetch_one(db)
    .await?;
    read(&row)
}

/// One webhook.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Webhook>> {
    let row = sqlx::query("select * from webhooks where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Webhooks of a workspace, newest first, behind a place in that order.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    status: Option<Status>,
    before: Option<(Millis, Uuid)>,
    limit: i64,
) -> Result<Vec<Webhook>> {
    let rows = sqlx::query(
        "select * from webhooks
         where workspace_id = $1 and ($2 is null or status = $2)
             and ($3 is null or created_at < $3 or (created_at = $3 and id < $4))
         order by created_at desc, id desc limit $5",
    )
    .bind(workspace.0)
    .bind(status.map(Status::as_str))
    .bind(before.map(|(at, _)| at.0))
    .bind(before.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// How many there are.
pub async fn total(db: &mut Connection, workspace: WorkspaceId, status: Option<Status>) -> Result<i64> {
    let count = sqlx::query_scalar(
        "select count(*) from webhooks where workspace_id = $1 and ($2 is null or status = $2)",
    )
    .bind(workspace.0)
    .bind(status.map(Status::as_str))
    .fetch_one(db)
    .await?;
    Ok(count)
}

/// Changes a webhook. One that is made active again begins without the failures of before.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    update: Update,
    now: Millis,
) -> Result<Option<Webhook>> {
    let row = sqlx::query(
        "update webhooks set
             name = coalesce($3, name), endpoint_url = coalesce($4, endpoint_url),
             link_id = case when $5 then $6 else link_id end,
             triggers = coalesce($7, triggers), events = coalesce($8, events), source = coalesce($9, source),
             status = coalesce($10, status),
             notice = case when $10 is null then notice else '' end,
             failing_since = case when $10 = 'active' or $4 is not null then null else failing_since end,
             hold_until = case when $10 = 'active' or $4 is not null then 0 else hold_until end,
             updated_at = $11
         where workspace_id = $1 and id = $2 returning *",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(update.name)
    .bind(update.endpoint_url)
    .bind(update.link.is_some())
    .bind(update.link.flatten().map(|link| link.0))
    .bind(update.triggers.map(|triggers| serde_json::json!(triggers).to_string()))
    .bind(update.events.as_deref().map(words))
    .bind(update.source)
    .bind(update.status.map(Status::as_str))
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Gives a webhook another secret; the former one signs too until then.
pub async fn rotate(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    secret: &[u8],
    until: Millis,
    now: Millis,
) -> Result<Option<Webhook>> {
    let row = sqlx::query(
        "update webhooks set former_secret = secret, former_until = $4, secret = $3, updated_at = $5
         where workspace_id = $1 and id = $2 returning *",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(secret)
    .bind(until.0)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes a webhook with its deliveries. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from webhooks where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The sealed secrets that sign at this moment, the newest first.
pub async fn secrets(db: &mut Connection, webhook: Uuid, now: Millis) -> Result<Vec<Vec<u8>>> {
    let row = sqlx::query("select secret, former_secret, former_until from webhooks where id = $1")
        .bind(webhook)
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let former_until: Option<i64> = row.try_get("former_until")?;
    let former: Option<Vec<u8>> = row.try_get("former_secret")?;
    let former = former.filter(|_| former_until.is_some_and(|until| now.0 < until));
    Ok(std::iter::once(row.try_get("secret")?).chain(former).collect())
}
