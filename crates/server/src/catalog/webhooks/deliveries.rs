//! Deliveries: noted in the transaction of what they tell of, claimed by the sender, kept as a log.

use super::{Connection, Result};
use model::delivery::DeliveryStatus;
use model::time::DAY_MS;
use model::{Millis, ScanId, WorkspaceId};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

/// How long what was sent is kept.
pub const BODY_MS: i64 = 7 * DAY_MS;
/// How long it is kept that it was.
pub const LOG_MS: i64 = 30 * DAY_MS;
/// Rows that one turn of tidying takes at most.
const TIDY_ROWS: i64 = 500;

/// Something to be told.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The delivery's id, the same on each attempt.
    pub id: Uuid,
    /// To whom.
    pub webhook: Uuid,
    /// The webhook's workspace.
    pub workspace: WorkspaceId,
    /// What it is, as bodies call it.
    pub kind: String,
    /// The scan it is about.
    pub scan: Option<ScanId>,
    /// Whose data it holds, where that is known already.
    pub visitor: Option<Uuid>,
    /// JSON: what the body is made from.
    pub source: String,
    /// The body, if it is made already.
    pub body: Option<String>,
    /// When it happened.
    pub at: Millis,
}

/// Rows that one statement writes.
const TOGETHER: usize = 500;

/// Notes what is to be told, but for what is noted already. A webhook that is gone is no error.
pub async fn note(db: &mut Connection, noted: &[Noted], now: Millis) -> Result<()> {
    for some in noted.chunks(TOGETHER) {
        let mut statement = QueryBuilder::new(
            "with noted (id, webhook_id, workspace_id, type, scan_id, visitor_id, source, body, status, due_at, at,
                 created_at) as (",
        );
        statement.push_values(some, |mut row, noted| {
            row.push_bind(noted.id)
                .push_bind(noted.webhook)
                .push_bind(noted.workspace.0)
                .push_bind(&noted.kind)
                .push_bind(noted.scan.map(|scan| scan.0))
                .push_bind(noted.visitor)
                .push_bind(&noted.source)
                .push_bind(&noted.body)
                .push_bind(DeliveryStatus::Waiting.as_str())
                .push_bind(now.0)
                .push_bind(noted.at.0)
                .push_bind(now.0);
        });
        statement.push(
            ") insert into deliveries (id, webhook_id, workspace_id, type, scan_id, visitor_id, source, body, status,
                 due_at, at, created_at)
             select * from noted where webhook_id in (select id from webhooks)
             on conflict (id) do nothing",
        );
        statement.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// A delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub webhook: Uuid,
    /// The webhook's workspace.
    pub workspace: WorkspaceId,
    /// What it is.
    pub kind: String,
    /// The scan it is about.
    pub scan: Option<ScanId>,
    /// What the body is made from.
    pub source: String,
    /// The body: not made yet, or let go of after its days.
    pub body: Option<String>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts made.
    pub attempts: u32,
    /// When it is to be sent.
    pub due_at: Option<Millis>,
    /// Status of the last answer.
    pub answer_status: Option<u16>,
    /// Head of the last answer.
    pub answer_head: String,
    /// What was wrong with the last attempt.
    pub error: String,
    /// When it happened.
    pub at: Millis,
    /// When it was noted.
    pub created_at: Millis,
    /// Last attempt.
    pub sent_at: Option<Millis>,
    /// Success.
    pub delivered_at: Option<Millis>,
}

fn read(row: &SqliteRow) -> Result<Delivery> {
    let time =
        |column: &str| Ok::<_, crate::catalog::Error>(row.try_get::<Option<i64>, _>(column)?.map(Millis));
    Ok(Delivery {
        id: row.try_get("id")?,
        webhook: row.try_get("webhook_id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        kind: row.try_get("type")?,
        scan: row.try_get::<Option<Uuid>, _>("scan_id")?.map(ScanId),
        source: row.try_get("source")?,
        body: row.try_get("body")?,
        status: DeliveryStatus::from_word(row.try_get("status")?).unwrap_or(DeliveryStatus::Failed),
        attempts: row.try_get::<i64, _>("attempts")? as u32,
        due_at: time("due_at")?,
        answer_status: row.try_get::<Option<i64>, _>("answer_status")?.map(|status| status as u16),
        answer_head: row.try_get("answer_head")?,
        error: row.try_get("error")?,
        at: Millis(row.try_get("at")?),
        created_at: Millis(row.try_get("created_at")?),
        sent_at: time("sent_at")?,
        delivered_at: time("delivered_at")?,
    })
}

/// Deliveries of a webhook, newest first, behind a place in that order.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    webhook: Uuid,
    status: Option<DeliveryStatus>,
    before: Option<(Millis, Uuid)>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let rows = sqlx::query(
        "select * from deliveries
         where workspace_id = $1 and webhook_id = $2 and ($3 is null or status = $3)
             and ($4 is null or created_at < $4 or (created_at = $4 and id < $5))
         order by created_at desc, id desc limit $6",
    )
    .bind(workspace.0)
    .bind(webhook)
    .bind(status.map(DeliveryStatus::as_str))
    .bind(before.map(|(at, _)| at.0))
    .bind(before.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// One delivery.
pub async fn get(
    db: &mut Connection,
    workspace: WorkspaceId,
    webhook: Uuid,
    id: Uuid,
) -> Result<Option<Delivery>> {
    let row = sqlx::query("select * from deliveries where workspace_id = $1 and webhook_id = $2 and id = $3")
        .bind(workspace.0)
        .bind(webhook)
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The webhooks in use that have something to be sent, and when the first of it is due; soonest first.
pub async fn queues(db: &mut Connection) -> Result<Vec<(Uuid, Millis)>> {
    let rows = sqlx::query(
        "select id, case when due > hold_until then due else hold_until end as next from (
             select w.id, w.hold_until,
                 (select min(d.due_at) from deliveries d where d.webhook_id = w.id and d.due_at is not null) as due
             from webhooks w where w.status = 'active') as q
         where due is not null order by next, id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, Millis(row.try_get("next")?)))).collect()
}

/// What of a webhook's is due, soonest first.
pub async fn due(db: &mut Connection, webhook: Uuid, now: Millis, limit: i64) -> Result<Vec<Delivery>> {
    let rows = sqlx::query(
        "select * from deliveries where webhook_id = $1 and due_at is not null and due_at <= $2
         order by due_at limit $3",
    )
    .bind(webhook)
    .bind(now.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// A delivery that is taken for sending.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery.
    pub id: Uuid,
    /// The body that every attempt will have, if it was made just now.
    pub body: Option<String>,
    /// Whose data it holds.
    pub visitor: Option<Uuid>,
}

/// Takes deliveries for sending: they come back by themselves at `again`.
pub async fn claim(db: &mut Connection, claimed: &[Claimed], again: Millis) -> Result<()> {
    for some in claimed.chunks(TOGETHER) {
        let mut statement = QueryBuilder::new("with claimed (id, body, visitor) as (");
        statement.push_values(some, |mut row, claimed| {
            row.push_bind(claimed.id).push_bind(&claimed.body).push_bind(claimed.visitor);
        });
        statement.push(") update deliveries as d set leased = 1, due_at = ").push_bind(again.0);
        statement.push(
            ", body = coalesce(d.body, c.body), visitor_id = coalesce(d.visitor_id, c.visitor)
             from claimed c where d.id = c.id",
        );
        statement.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// Leaves a delivery to whoever sends it by hand.
pub async fn hand_over(db: &mut Connection, id: Uuid) -> Result<()> {
    sqlx::query("update deliveries set due_at = null where id = $1").bind(id).execute(db).await?;
    Ok(())
}

/// Takes back what was noted and is not to be told.
pub async fn withdraw(db: &mut Connection, id: Uuid) -> Result<()> {
    sqlx::query("delete from deliveries where id = $1").bind(id).execute(db).await?;
    Ok(())
}

/// What an earlier process was sending when it ended is due at once.
pub async fn release(db: &mut Connection, now: Millis) -> Result<u64> {
    let done =
        sqlx::query("update deliveries set due_at = $1, leased = 0 where leased = 1 and due_at is not null")
            .bind(now.0)
            .execute(db)
            .await?;
    Ok(done.rows_affected())
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// The delivery.
    pub id: Uuid,
    /// To whom.
    pub webhook: Uuid,
    /// Where it stands now.
    pub status: DeliveryStatus,
    /// When it is tried again.
    pub due_at: Option<Millis>,
    /// Status of the answer.
    pub answer_status: Option<u16>,
    /// Head of the answer.
    pub answer_head: String,
    /// What was wrong.
    pub error: String,
    /// The endpoint asked not to be sent anything before.
    pub hold_until: Option<Millis>,
    /// When it was sent.
    pub at: Millis,
}

/// Notes what came of an attempt, on the delivery and on its webhook. Returns since when the webhook has been failing.
pub async fn attempted(db: &mut Connection, attempted: &Attempted) -> Result<Option<Millis>> {
    let is_taken = attempted.status == DeliveryStatus::Delivered;
    sqlx::query(
        "update deliveries set status = $2, due_at = $3, leased = 0, attempts = attempts + 1, answer_status = $4,
             answer_head = $5, error = $6, sent_at = $7, delivered_at = case when $2 = 'delivered' then $7 else delivered_at end
         where id = $1",
    )
    .bind(attempted.id)
    .bind(attempted.status.as_str())
    .bind(attempted.due_at.map(|at| at.0))
    .bind(attempted.answer_status.map(i64::from))
    .bind(&attempted.answer_head)
    .bind(&attempted.error)
    .bind(attempted.at.0)
    .execute(&mut *db)
    .await?;
    let row = sqlx::query(
        "update webhooks set
             success_count = success_count + $2, failure_count = failure_count + 1 - $2, last_sent_at = $3,
             last_delivered_at = case when $2 = 1 then $3 else last_delivered_at end,
             failing_since = case when $2 = 1 then null else coalesce(failing_since, $3) end,
             hold_until = coalesce($4, case when $2 = 1 then 0 else hold_until end)
         where id = $1 returning failing_since",
    )
    .bind(attempted.webhook)
    .bind(i64::from(is_taken))
    .bind(attempted.at.0)
    .bind(attempted.hold_until.map(|at| at.0))
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(row.try_get::<Option<i64>, _>(0)?.map(Millis))).transpose().map(Option::flatten)
}

/// Disables a webhook in use and says why.
pub async fn disable(db: &mut Connection, webhook: Uuid, notice: &str, now: Millis) -> Result<()> {
    sqlx::query(
        "update webhooks set status = 'disabled', notice = $2, updated_at = $3 where id = $1 and status = 'active'",
    )
    .bind(webhook)
    .bind(notice)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Lets go of bodies and rows that are old; true when there may be more. What waits behind a webhook that is not in use
/// is given up with its body.
pub async fn tidy(db: &mut Connection, now: Millis) -> Result<bool> {
    let bodies = sqlx::query(
        "update deliveries set body = null, answer_head = '', due_at = null,
             status = case status when 'waiting' then 'failed' else status end,
             error = case status when 'waiting' then 'it waited for 7 days behind a webhook that was not active' else error end
         where id in (select id from deliveries where created_at < $1 and (body is not null or due_at is not null) limit $2)",
    )
    .bind(now.0 - BODY_MS)
    .bind(TIDY_ROWS)
    .execute(&mut *db)
    .await?;
    let rows = sqlx::query(
        "delete from deliveries where id in (select id from deliveries where created_at < $1 limit $2)",
    )
    .bind(now.0 - LOG_MS)
    .bind(TIDY_ROWS)
    .execute(db)
    .await?;
    Ok(bodies.rows_affected().max(rows.rows_affected()) as i64 == TIDY_ROWS)
}

/// Forgets what was, or was to be, told of a visitor: what waits is not sent any more (DESIGN §11.8).
pub async fn forget_visitor(db: &mut Connection, workspace: WorkspaceId, visitor: Uuid) -> Result<()> {
    sqlx::query(
        "delete from deliveries where workspace_id = $1 and (
             visitor_id in (select id from visitors where workspace_id = $1 and (id = $2 or merged_into = $2))
             or scan_id in (select scan_id from visitor_scans where workspace_id = $1 and visitor_id = $2))",
    )
    .bind(workspace.0)
    .bind(visitor)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets what was told since `since` of whoever has this id on that day: what waits is not sent any more.
pub async fn forget_day(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    since: Millis,
) -> Result<()> {
    sqlx::query(
        "delete from deliveries where workspace_id = $1 and created_at >= $2 and body like '%' || $3 || '%'",
    )
    .bind(workspace.0)
    .bind(since.0)
    .bind(visitor.to_string())
    .execute(db)
    .await?;
    Ok(())
}
