//! What visitors' attributes say together (dossier 4.2). Who is meant: the visitors who are known to have scanned the
//! link, or in the time; with neither, all. Names, addresses and numbers are no attributes of this kind: they are read
//! with `visitors:read`.

use super::auth::{AnalyticsRead, Can};
use super::body::Body;
use super::population::{self, Range};
use super::wire::time;
use crate::app::App;
use crate::catalog::visitors::attributes::{self, Audience};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use model::report::Scope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rows when no limit is asked for.
const DEFAULT_ROWS: i64 = 10;
/// Rows at most.
const MAX_ROWS: i64 = 1000;

/// Which attribute, of whom.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeRequest {
    /// The attribute's key, without `$`.
    key: Option<String>,
    /// Visitors who are known to have scanned this link.
    link_id: Option<String>,
    /// Visitors who are known to have scanned since then.
    start_date: Option<String>,
    /// Until then, inclusive.
    end_date: Option<String>,
    /// Rows at most; 10.
    limit: Option<i64>,
}

/// An attribute in figures.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeMetricResponse {
    /// Visitors who have it.
    total_count: i64,
    /// Those whose value is a number.
    usable_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_value: Option<f64>,
    /// Visitors there are.
    audience_count: i64,
    /// Those who have it, in percent.
    coverage_rate: f64,
}

/// Visitors who have a value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeShare {
    label: String,
    visitor_count: i64,
    /// Of all who have the attribute.
    percentage: f64,
}

/// Values by how many have them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeDistributionResponse {
    data: Vec<AttributeShare>,
    /// Visitors who have the attribute, rows beyond the limit included.
    total: i64,
}

/// A value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeEntry {
    value: String,
    recorded_at: String,
}

/// Values, the last recorded first.
#[derive(Serialize, ToSchema)]
pub struct AttributeValuesResponse {
    data: Vec<AttributeEntry>,
    /// Visitors who have the attribute.
    total: i64,
}

/// A numeric attribute in figures.
#[utoipa::path(post, path = "/v1/analytics/attributes/metric", tag = "Analytics", operation_id = "get_attribute_metric",
    request_body = AttributeRequest, responses((status = 200, body = AttributeMetricResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn get_attribute_metric(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Body(body): Body<AttributeRequest>,
) -> ApiResult<Json<AttributeMetricResponse>> {
    let (key, audience) = asked(&app, caller.workspace, &body).await?;
    let mut db = app.catalog.read().await?;
    let audience_count = attributes::audience(&mut db, audience).await?;
    let values = attributes::values(&mut db, audience, &key).await?;
    let total_count: i64 = values.iter().map(|(_, visitors)| visitors).sum();
    let number = |(value, visitors): &(String, i64)| {
        value.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| (number, *visitors))
    };
    let numbers: Vec<(f64, i64)> = values.iter().filter_map(number).collect();
    let usable_count: i64 = numbers.iter().map(|(_, visitors)| visitors).sum();
    let sum: f64 = numbers.iter().map(|(number, visitors)| number * *visitors as f64).sum();
    Ok(Json(AttributeMetricResponse {
        total_count,
        usable_count,
        average_value: (usable_count > 0).then(|| sum / usable_count as f64),
        min_value: numbers.iter().map(|(number, _)| *number).reduce(f64::min),
        max_value: numbers.iter().map(|(number, _)| *number).reduce(f64::max),
        audience_count,
        coverage_rate: percent(total_count, audience_count),
    }))
}

/// An attribute's values by how many visitors have them.
#[utoipa::path(post, path = "/v1/analytics/attributes/distribution", tag = "Analytics", operation_id = "get_attribute_distribution",
    request_body = AttributeRequest, responses((status = 200, body = AttributeDistributionResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn get_attribute_distribution(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Body(body): Body<AttributeRequest>,
) -> ApiResult<Json<AttributeDistributionResponse>> {
    let limit = limit(&body)?;
    let (key, audience) = asked(&app, caller.workspace, &body).await?;
    let values = attributes::values(&mut *app.catalog.read().await?, audience, &key).await?;
    let total: i64 = values.iter().map(|(_, visitors)| visitors).sum();
    let row = |(label, visitor_count): (String, i64)| AttributeShare {
        label,
        visitor_count,
        percentage: percent(visitor_count, total),
    };
    let data = values.into_iter().take(limit as usize).map(row).collect();
    Ok(Json(AttributeDistributionResponse { data, total }))
}

/// An attribute's values, the last recorded first.
#[utoipa::path(post, path = "/v1/analytics/attributes/values", tag = "Analytics", operation_id = "get_attribute_values",
    request_body = AttributeRequest, responses((status = 200, body = AttributeValuesResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn get_attribute_values(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Body(body): Body<AttributeRequest>,
) -> ApiResult<Json<AttributeValuesResponse>> {
    let limit = limit(&body)?;
    let (key, audience) = asked(&app, caller.workspace, &body).await?;
    let mut db = app.catalog.read().await?;
    let total = attributes::values(&mut db, audience, &key).await?.iter().map(|(_, visitors)| visitors).sum();
    let latest = attributes::latest(&mut db, audience, &key, limit).await?;
    let data =
        latest.into_iter().map(|(value, at)| AttributeEntry { value, recorded_at: time(at) }).collect();
    Ok(Json(AttributeValuesResponse { data, total }))
}

async fn asked(app: &App, workspace: WorkspaceId, body: &AttributeRequest) -> ApiResult<(String, Audience)> {
    let key = body.key.as_deref().unwrap_or_default().trim();
    if key.is_empty() {
        return Err(ApiError::field("/key", "is required: the attribute's key"));
    }
    if key.starts_with('$') {
        let message =
            format!("\"{key}\" says who somebody is; GET /v1/visitors reads it, with visitors:read");
        return Err(ApiError::field("/key", message));
    }
    let range = Range {
        link_id: body.link_id.clone(),
        start_date: body.start_date.clone(),
        end_date: body.end_date.clone(),
        ..Range::default()
    };
    let population = population::of_range(app, workspace, &range, "/").await?.population;
    let link = match &population.scope {
        Scope::Links(links) => links.first().copied(),
        Scope::Workspace => None,
    };
    let is_dated = [&body.start_date, &body.end_date].into_iter().flatten().any(|date| !date.is_empty());
    let range = is_dated.then_some((population.from, population.to));
    Ok((key.to_owned(), Audience { workspace, link, range }))
}

fn limit(body: &AttributeRequest) -> ApiResult<i64> {
    match body.limit {
        None | Some(0) => Ok(DEFAULT_ROWS),
        Some(limit) if limit < 0 => Err(ApiError::field("/limit", "a limit is at least 1")),
        Some(limit) => Ok(limit.min(MAX_ROWS)),
    }
}

fn percent(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
