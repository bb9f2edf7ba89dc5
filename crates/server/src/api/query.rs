//! The typed question: one body for every number there is (DESIGN §5). Each screen and each of the contract's analytics
//! endpoints could be asked this way.

mod answer;
mod plan;

use super::auth::{AnalyticsRead, Can};
use super::body::Question;
use super::dimensions::asked::{Sources, Word};
use super::dimensions::{self, label, tested};
use super::population::{self, Range};
use crate::app::App;
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use answer::{Meta, QueryRow};
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use model::compared::Compared;
use model::report::{By, Dimension, Population, Value};
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A question. Each part may be left out: then one row counts everything.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryRequest {
    #[serde(flatten)]
    range: Range,
    /// `scans` (of the verdicts asked for: humans by default), `allScans` (whatever the verdict), `visitors` (per UTC day,
    /// added), `new`, `returning` (scans by visit type), `firstScan`, `lastScan`. `scans` and `visitors` when absent.
    metrics: Option<Vec<String>>,
    /// One of `country`, `city`, `device_type`, …, `tag`, `directory`, `hour`, `weekday`, `weekday_hour`, or
    /// `parameter:NAME` for the values of a query parameter.
    dimension: Option<String>,
    /// `minute`, `hour`, `day`, `week` (from Monday), `month`, `quarter`, `year`, by the calendar of the zone. Intervals
    /// without scans are there, with zeros.
    interval: Option<String>,
    /// Instead of `interval`: so many minutes; whole days are calendar days.
    interval_in_minutes: Option<i64>,
    /// All must hold. Beside `xFilters`.
    filters: Option<Vec<QueryFilter>>,
    /// `previous_period` (the same number of days before) or `previous_year`: each row gets a `previous`.
    compare: Option<String>,
    /// Values of the dimension at most; 10 (with an interval 5). The others are one row `(other)`.
    limit: Option<i64>,
}

/// A filter.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryFilter {
    /// A dimension.
    pub dimension: String,
    /// `is` and `in` (one of the values), `is_not` (none of them), `contains`, `contains_not`; `is` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Values; the empty text stands for unknown.
    pub values: Vec<String>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub struct QueryResponse {
    /// One a value of the dimension and interval; those of a value follow each other in time.
    pub rows: Vec<QueryRow>,
    totals: QueryRow,
    /// What it is the answer to.
    pub meta: Meta,
}

/// Answers a question about scans.
#[utoipa::path(post, path = "/v1/x/analytics/query", tag = "Analytics", operation_id = "query_analytics",
    request_body = QueryRequest, responses((status = 200, body = QueryResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn query_analytics(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<QueryRequest>,
) -> ApiResult<Json<QueryResponse>> {
    ask(&app, caller.workspace, body).await.map(Json)
}

/// Answers a question of a workspace.
pub async fn ask(app: &App, workspace: WorkspaceId, body: QueryRequest) -> ApiResult<QueryResponse> {
    let plan = plan::of(app, workspace, body).await?;
    answer::answer(app, workspace, plan).await
}

/// The scans that a question is about, for those who want the scans themselves.
pub async fn population(app: &App, workspace: WorkspaceId, body: QueryRequest) -> ApiResult<Population> {
    let counting = [
        ("/metrics", body.metrics.is_some()),
        ("/dimension", body.dimension.is_some()),
        ("/interval", body.interval.is_some()),
        ("/intervalInMinutes", body.interval_in_minutes.is_some()),
        ("/compare", body.compare.is_some()),
        ("/limit", body.limit.is_some()),
    ];
    if let Some((field, _)) = counting.into_iter().find(|(_, is_there)| *is_there) {
        return Err(ApiError::field(field, "chooses no scans; it is for reports"));
    }
    Ok(plan::asked(app, workspace, &body).await?.population)
}

/// What a range is compared with, by its word.
pub fn compared(asked: &str) -> ApiResult<Compared> {
    Compared::from_word(asked).ok_or_else(|| {
        let all: Vec<&str> = Compared::ALL.iter().map(|compared| compared.as_str()).collect();
        ApiError::field("/compare", format!("\"{asked}\" is not known; there are {}", all.join(", ")))
    })
}

/// What the store is asked for some dimensions of a range.
pub async fn resolve(
    app: &App,
    workspace: WorkspaceId,
    words: &[Word],
    zone: &TimeZone,
    range: (Millis, Millis),
) -> ApiResult<Vec<By>> {
    let mut db = app.catalog.read().await?;
    let mut sources = Sources { db: &mut db, workspace, zone, range };
    let mut all = Vec::with_capacity(words.len());
    for word in words {
        all.push(word.resolve(&mut sources).await?);
    }
    Ok(all)
}

/// Names of links, where values are links. A deleted link keeps its name as long as its row is kept.
pub struct Names(HashMap<String, String>);

impl Names {
    /// Of these values.
    pub async fn of<'v>(
        app: &App,
        workspace: WorkspaceId,
        by: &By,
        values: impl Iterator<Item = &'v Value>,
    ) -> ApiResult<Self> {
        if by.dimension() != Some(Dimension::Link) {
            return Ok(Self(HashMap::new()));
        }
        let ids: Vec<LinkId> = values.filter_map(|value| value.label.parse().ok()).collect();
        let found = links::of_events(&mut *app.catalog.read().await?, workspace, &ids).await?;
        Ok(Self(found.iter().map(|link| (link.id.to_string(), link.told())).collect()))
    }

    /// What people read.
    pub fn label(&self, by: &By, value: &Value) -> String {
        match self.0.get(&value.label) {
            Some(name) => name.clone(),
            None if by.dimension() == Some(Dimension::Link) => links::GONE.to_owned(),
            None => label(by, value),
        }
    }
}
