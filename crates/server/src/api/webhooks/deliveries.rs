//! What a webhook was sent: the log, and sending by hand.

use super::{not_found, webhook_id};
use crate::api::auth::{Can, WebhooksRead, WebhooksWrite};
use crate::api::body::{Path, Query};
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::webhooks as hooks;
use crate::catalog::webhooks::deliveries::{self as rows, BODY_MS, Noted};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::webhooks::compose::{Body, Source};
use crate::webhooks::sender;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::delivery::{Attempt, DeliveryStatus};
use model::{Millis, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What bodies of tests call themselves.
const TEST: &str = "webhook.test";

/// A delivery.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Also the header `webhook-id` of every attempt, and `id` of the body.
    id: String,
    webhook_id: String,
    /// What it tells of: `workflow_step.completed`, one of `xEvents`, or `webhook.test`.
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    /// `waiting`, `delivered`, `failed`.
    status: &'static str,
    /// Attempts made.
    attempts: u32,
    /// When it is sent, for the first time or again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<String>,
    /// Status of the last answer; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<u16>,
    /// What was wrong with the last attempt.
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    /// Last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<String>,
    created_at: String,
}

/// A delivery with what was sent and answered; kept for 7 days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryDetail {
    #[serde(flatten)]
    delivery: Delivery,
    /// The body, to the byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Status line and headers of the last answer, 2 kB at most.
    #[serde(skip_serializing_if = "String::is_empty")]
    response_head: String,
    /// Until when the body is kept.
    body_kept_until: String,
}

/// A delivery in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct DeliveryResponse {
    delivery: DeliveryDetail,
}

/// Deliveries of a webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListDeliveriesResponse {
    deliveries: Vec<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

fn wire(row: &rows::Delivery) -> Delivery {
    Delivery {
        id: row.id.to_string(),
        webhook_id: row.webhook.to_string(),
        r#type: row.kind.clone(),
        event_id: row.scan.map(|scan| scan.to_string()),
        status: row.status.as_str(),
        attempts: row.attempts,
        next_attempt_at: row.due_at.map(time),
        response_status: row.answer_status,
        error: row.error.clone(),
        last_sent_at: row.sent_at.map(time),
        delivered_at: row.delivered_at.map(time),
        created_at: time(row.created_at),
    }
}

fn detail(row: rows::Delivery) -> Json<DeliveryResponse> {
    let delivery = wire(&row);
    let body_kept_until = time(row.created_at.plus(BODY_MS));
    let response_head = row.answer_head;
    Json(DeliveryResponse {
        delivery: DeliveryDetail { delivery, body: row.body, response_head, body_kept_until },
    })
}

/// What a webhook was sent and is to be sent, newest first. Kept for 30 days.
#[utoipa::path(get, path = "/v1/x/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "list_webhook_deliveries",
    params(("id" = uuid::Uuid, Path), ("status" = Option<String>, Query, description = "waiting, delivered, failed"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListDeliveriesResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_deliveries(
    State(app): State<App>,
    caller: Can<WebhooksRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Json<ListDeliveriesResponse>> {
    let (workspace, id) = (caller.workspace, webhook_id(&id)?);
    let status = match query.get("status") {
        None => None,
        Some(word) => Some(DeliveryStatus::from_word(word).ok_or_else(|| {
            ApiError::field("status", format!("\"{word}\" is none of waiting, delivered, failed"))
        })?),
    };
    let (size, list) = (query.page_size(50, 500)?, format!("deliveries {id} {status:?}"));
    let before: Option<(Millis, Uuid)> =
        query.get("pageToken").map(|token| app.cursors.open(&list, token)).transpose()?;
    let mut db = app.catalog.read().await?;
    if hooks::get(&mut db, workspace, id).await?.is_none() {
        return Err(not_found(id));
    }
    let mut page = rows::list(&mut db, workspace, id, status, before, size as i64 + 1).await?;
    let has_more = page.len() > size;
    page.truncate(size);
    let last = page.last().filter(|_| has_more).map(|last| (last.created_at, last.id));
    let next_page_token = last.map(|place| app.cursors.seal(&list, &place));
    Ok(Json(ListDeliveriesResponse { deliveries: page.iter().map(wire).collect(), next_page_token }))
}

/// One delivery, with its body and the head of the last answer.
#[utoipa::path(get, path = "/v1/x/webhooks/{id}/deliveries/{deliveryId}", tag = "Webhooks", operation_id = "get_webhook_delivery",
    params(("id" = uuid::Uuid, Path), ("deliveryId" = uuid::Uuid, Path)),
    responses((status = 200, body = DeliveryResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_delivery(
    State(app): State<App>,
    caller: Can<WebhooksRead>,
    Path((id, delivery)): Path<(String, String)>,
) -> ApiResult<Json<DeliveryResponse>> {
    let (id, delivery) = (webhook_id(&id)?, delivery_id(&delivery)?);
    Ok(detail(found(&app, caller.workspace, id, delivery).await?))
}

/// Sends a delivery once more, now: the same id and the same body, signed anew. Answers with what came of it. A webhook
/// that is paused or disabled is sent it too.
#[utoipa::path(post, path = "/v1/x/webhooks/{id}/deliveries/{deliveryId}/redeliver", tag = "Webhooks", operation_id = "redeliver_webhook",
    params(("id" = uuid::Uuid, Path), ("deliveryId" = uuid::Uuid, Path)),
    responses((status = 200, body = DeliveryResponse), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn redeliver(
    State(app): State<App>,
    caller: Can<WebhooksWrite>,
    Path((id, delivery)): Path<(String, String)>,
) -> ApiResult<Json<DeliveryResponse>> {
    let (id, delivery) = (webhook_id(&id)?, delivery_id(&delivery)?);
    let row = found(&app, caller.workspace, id, delivery).await?;
    if row.body.is_none() {
        let message = match row.due_at {
            Some(_) => "this delivery is about to be sent for the first time; look again in a second",
            None => "the body of this delivery was kept for 7 days and is gone",
        };
        return Err(ApiError::new(StatusCode::CONFLICT, "DELIVERY_BODY_GONE", message));
    }
    send_by_hand(&app, row).await
}

/// Sends a body of type `webhook.test`, once, and answers with what came of it. A webhook that is paused or disabled is
/// sent it too.
#[utoipa::path(post, path = "/v1/x/webhooks/{id}/test", tag = "Webhooks", operation_id = "test_webhook",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DeliveryResponse), (status = 404, body = ErrorResponse)))]
pub async fn test_webhook(
    State(app): State<App>,
    caller: Can<WebhooksWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<DeliveryResponse>> {
    let (workspace, webhook, now) = (caller.workspace, webhook_id(&id)?, app.clock.now());
    if hooks::get(&mut *app.catalog.read().await?, workspace, webhook).await?.is_none() {
        return Err(not_found(webhook));
    }
    let id = Uuid::now_v7();
    let noted = Noted {
        id,
        webhook,
        workspace,
        kind: TEST.to_owned(),
        scan: None,
        visitor: None,
        source: Source::Made.to_json(),
        body: Some(Body::of(id, TEST, now, workspace, webhook).to_json()),
        at: now,
    };
    app.catalog
        .write(async move |db| {
            rows::note(db, &[noted], now).await?;
            // Nobody but this request sends it.
            rows::hand_over(db, id).await
        })
        .await?;
    let row = found(&app, workspace, webhook, id).await?;
    send_by_hand(&app, row).await
}

/// One attempt, made by the request that asked for it. A delivery that still waited keeps its place; any other is not
/// tried again by itself.
async fn send_by_hand(app: &App, row: rows::Delivery) -> ApiResult<Json<DeliveryResponse>> {
    let (workspace, webhook, id) = (row.workspace, row.webhook, row.id);
    let (attempt, mut attempted) = sender::attempt(app, &row).await;
    if attempt != Attempt::Taken {
        (attempted.status, attempted.due_at) = match row.status {
            DeliveryStatus::Waiting if row.kind != TEST => (row.status, row.due_at),
            DeliveryStatus::Delivered => (row.status, None),
            _ => (DeliveryStatus::Failed, None),
        };
    }
    app.catalog.write(async move |db| sender::finish(db, attempt, &attempted).await).await?;
    Ok(detail(found(app, workspace, webhook, id).await?))
}

async fn found(app: &App, workspace: WorkspaceId, webhook: Uuid, id: Uuid) -> ApiResult<rows::Delivery> {
    let row = rows::get(&mut *app.catalog.read().await?, workspace, webhook, id).await?;
    row.ok_or_else(|| ApiError::not_found("DELIVERY_NOT_FOUND", format!("delivery {id}")))
}

fn delivery_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("deliveryId", format!("\"{text}\" is not a UUID")))
}
