//! Webhooks (dossier 2.2, 6): who is told of what happens.

pub mod checks;
pub mod deliveries;

use super::auth::{Can, Credential, WebhooksRead, WebhooksWrite};
use super::body::{Body, Path, Query, one_of};
use super::wire::{Empty, enum_value, time};
use crate::app::App;
use crate::catalog::webhooks::{self as rows, NewWebhook, Status, Update};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::webhooks::BOTH_SECRETS_MS;
use axum::Json;
use axum::extract::State;
use checks::{
    checked_endpoint, checked_events, checked_link, checked_name, checked_source, checked_triggers,
};
use model::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    id: String,
    workspace_id: String,
    name: String,
    endpoint_url: String,
    /// Only what happens to this link; absent: to all links.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<String>,
    /// `KIND_ENTRY`, `KIND_EXIT`, `KIND_INTERACTION`, `KIND_CONDITION`: it is told of each step of these kinds that a
    /// scan has completed. None of them and none of `xEvents`: of all kinds.
    triggers: Vec<String>,
    /// `scan`, `link.created`, `link.updated`, `visitor.identified`, `lead`: what else it is told of.
    x_events: Vec<&'static str>,
    /// `WEBHOOK_SOURCE_LINKBREAKERS`, `WEBHOOK_SOURCE_MAKE`, `WEBHOOK_SOURCE_ZAPIER`.
    source: String,
    /// `WEBHOOK_STATUS_ACTIVE`, `WEBHOOK_STATUS_PAUSED`, `WEBHOOK_STATUS_DISABLED`.
    status: String,
    /// Why this server disabled it.
    #[serde(skip_serializing_if = "String::is_empty")]
    x_notice: String,
    /// The signing secret: shown when the webhook is made and when the secret is replaced, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_secret: Option<String>,
    /// Until when the secret that was replaced signs beside the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_former_secret_until: Option<String>,
    /// Deliveries that were taken.
    success_count: i64,
    /// Attempts that failed.
    failure_count: i64,
    /// Since when every attempt has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_failing_since: Option<String>,
    /// Last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sent_at: Option<String>,
    /// Last answer of 2xx.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_delivered_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    created_at: String,
    updated_at: String,
}

/// A webhook in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct WebhookResponse {
    webhook: Webhook,
}

/// Webhooks of the workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListWebhooksResponse {
    webhooks: Vec<Webhook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: i64,
}

/// What a new webhook is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWebhookRequest {
    name: Option<String>,
    endpoint_url: Option<String>,
    /// Only what happens to this link.
    link_id: Option<String>,
    /// `KIND_…`; see the webhook.
    triggers: Option<Vec<String>>,
    source: Option<String>,
    /// See the webhook.
    x_events: Option<Vec<String>>,
}

/// What of a webhook can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWebhookRequest {
    name: Option<String>,
    endpoint_url: Option<String>,
    /// An empty text: of all links.
    link_id: Option<String>,
    triggers: Option<Vec<String>>,
    source: Option<String>,
    /// What is made active again begins without the failures of before.
    status: Option<String>,
    x_events: Option<Vec<String>>,
}

fn wire(row: rows::Webhook, now: Millis) -> Webhook {
    Webhook {
        id: row.id.to_string(),
        workspace_id: row.workspace.to_string(),
        name: row.name,
        endpoint_url: row.endpoint_url,
        link_id: row.link.map(|link| link.to_string()),
        triggers: row.triggers,
        x_events: row.events.iter().map(|event| event.as_str()).collect(),
        source: row.source,
        status: enum_value("WEBHOOK_STATUS", row.status.as_str()),
        x_notice: row.notice,
        x_secret: None,
        x_former_secret_until: row.former_until.filter(|until| now < *until).map(time),
        success_count: row.success_count,
        failure_count: row.failure_count,
        x_failing_since: row.failing_since.map(time),
        last_sent_at: row.last_sent_at.map(time),
        last_delivered_at: row.last_delivered_at.map(time),
        created_by: row.created_by.map(|member| member.to_string()),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

fn checked_status(field: &str, text: &str) -> ApiResult<Status> {
    let known = [
        ("WEBHOOK_STATUS_ACTIVE", Status::Active),
        ("WEBHOOK_STATUS_PAUSED", Status::Paused),
        ("WEBHOOK_STATUS_DISABLED", Status::Disabled),
    ];
    one_of(field, text, &known)
}

/// Webhooks of the workspace, newest first.
#[utoipa::path(get, path = "/v1/webhooks", tag = "Webhooks", operation_id = "list_webhooks",
    params(("status" = Option<String>, Query, description = "WEBHOOK_STATUS_*"), ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListWebhooksResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_webhooks(
    State(app): State<App>,
    caller: Can<WebhooksRead>,
    query: Query,
) -> ApiResult<Json<ListWebhooksResponse>> {
    let status = match query.get("status") {
        None | Some("WEBHOOK_STATUS_UNSPECIFIED") => None,
        Some(text) => Some(checked_status("status", text)?),
    };
    let (size, list) = (query.page_size(100, 1000)?, format!("webhooks {status:?}"));
    let before: Option<(Millis, Uuid)> =
        query.get("pageToken").map(|token| app.cursors.open(&list, token)).transpose()?;
    let mut db = app.catalog.read().await?;
    let mut page = rows::list(&mut db, caller.workspace, status, before, size as i64 + 1).await?;
    let total_count = rows::total(&mut db, caller.workspace, status).await?;
    let has_more = page.len() > size;
    page.truncate(size);
    let last = page.last().filter(|_| has_more).map(|last| (last.created_at, last.id));
    let next_page_token = last.map(|place| app.cursors.seal(&list, &place));
    let now = app.clock.now();
    let webhooks = page.into_iter().map(|row| wire(row, now)).collect();
    Ok(Json(ListWebhooksResponse { webhooks, next_page_token, total_count }))
}

/// Makes a webhook. Its signing secret is in this answer, and in no later one.
#[utoipa::path(post, path = "/v1/webhooks", tag = "Webhooks", operation_id = "create_webhook", request_body = CreateWebhookRequest,
    responses((status = 200, body = WebhookResponse), (status = 400, body = ErrorResponse)))]
pub async fn create_webhook(
    State(app): State<App>,
    caller: Can<WebhooksWrite>,
    Body(body): Body<CreateWebhookRequest>,
) -> ApiResult<Json<WebhookResponse>> {
    let (workspace, now, id) = (caller.workspace, app.clock.now(), Uuid::now_v7());
    let name = checked_name(body.name.as_deref().unwrap_or_default())?;
    let endpoint_url = checked_endpoint(&app, body.endpoint_url.as_deref().unwrap_or_default())?;
    let triggers = checked_triggers(&body.triggers.unwrap_or_default())?;
    let events = checked_events(&body.x_events.unwrap_or_default())?;
    let source = checked_source(body.source.as_deref().unwrap_or_default())?;
    let link = match body.link_id.as_deref() {
        None | Some("") => None,
        Some(text) => Some(checked_link(&app, workspace, text).await?),
    };
    let (secret, sealed) = app.webhooks.new_secret(id);
    let created_by = match &caller.credential {
        Credential::Session(member) => Some(member.id),
        Credential::Token { .. } => None,
    };
    let new =
        NewWebhook { id, name, endpoint_url, link, triggers, events, source, secret: sealed, created_by };
    let row = app.catalog.write(async move |db| rows::create(db, workspace, new, now).await).await?;
    Ok(Json(WebhookResponse { webhook: Webhook { x_secret: Some(secret), ..wire(row, now) } }))
}

/// One webhook.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "get_webhook",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = WebhookResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_webhook(
    State(app): State<App>,
    caller: Can<WebhooksRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<WebhookResponse>> {
    let id = webhook_id(&id)?;
    let row = rows::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    Ok(Json(WebhookResponse { webhook: wire(row.ok_or_else(|| not_found(id))?, app.clock.now()) }))
}

/// Changes a webhook.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "update_webhook",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateWebhookRequest,
    responses((status = 200, body = WebhookResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_webhook(
    State(app): State<App>,
    caller: Can<WebhooksWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateWebhookRequest>,
) -> ApiResult<Json<WebhookResponse>> {
    let (workspace, id, now) = (caller.workspace, webhook_id(&id)?, app.clock.now());
    if rows::get(&mut *app.catalog.read().await?, workspace, id).await?.is_none() {
        return Err(not_found(id));
    }
    let update = Update {
        name: body.name.as_deref().map(checked_name).transpose()?,
        endpoint_url: body.endpoint_url.as_deref().map(|text| checked_endpoint(&app, text)).transpose()?,
        link: match body.link_id.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => Some(Some(checked_link(&app, workspace, text).await?)),
        },
        triggers: body.triggers.as_deref().map(checked_triggers).transpose()?,
        events: body.x_events.as_deref().map(checked_events).transpose()?,
        source: body.source.as_deref().map(checked_source).transpose()?,
        status: body.status.as_deref().map(|text| checked_status("/status", text)).transpose()?,
    };
    let row = app.catalog.write(async move |db| rows::update(db, workspace, id, update, now).await).await?;
    app.webhooks.bell.notify_one();
    Ok(Json(WebhookResponse { webhook: wire(row.ok_or_else(|| not_found(id))?, now) }))
}

/// Deletes a webhook with the log of its deliveries; what waits is not sent.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "delete_webhook",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Empty), (status = 404, body = ErrorResponse)))]
pub async fn delete_webhook(
    State(app): State<App>,
    caller: Can<WebhooksWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, webhook_id(&id)?);
    match app.catalog.write(async move |db| rows::delete(db, workspace, id).await).await? {
        true => Ok(Json(Empty {})),
        false => Err(not_found(id)),
    }
}

/// Replaces the signing secret. For 24 hours each delivery is signed with both.
#[utoipa::path(post, path = "/v1/x/webhooks/{id}/rotate-secret", tag = "Webhooks", operation_id = "rotate_webhook_secret",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = WebhookResponse), (status = 404, body = ErrorResponse)))]
pub async fn rotate_webhook_secret(
    State(app): State<App>,
    caller: Can<WebhooksWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<WebhookResponse>> {
    let (workspace, id, now) = (caller.workspace, webhook_id(&id)?, app.clock.now());
    let (secret, sealed) = app.webhooks.new_secret(id);
    let until = now.plus(BOTH_SECRETS_MS);
    let row =
        app.catalog.write(async move |db| rows::rotate(db, workspace, id, &sealed, until, now).await).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    Ok(Json(WebhookResponse { webhook: Webhook { x_secret: Some(secret), ..wire(row, now) } }))
}

/// The id of a path; what is no UUID names no webhook.
fn webhook_id(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("WEBHOOK_NOT_FOUND", format!("webhook {id}"))
}
