//! Scans a day of many links at once: what stands beside each row of a list of links.

use super::auth::{AnalyticsRead, Can};
use super::body::Question;
use super::population;
use crate::app::App;
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use model::dates::start_of_day;
use model::report::{Answer, Ask, Dimension, Population, Scope};
use model::{LinkId, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Links asked about at once, at most.
const MAX_LINKS: usize = 100;
/// Days asked about, at most and when not said.
const MAX_DAYS: i64 = 90;
const DEFAULT_DAYS: i64 = 30;

/// Which links.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinksActivityRequest {
    link_ids: Vec<String>,
    /// Days up to today; 30.
    days: Option<i64>,
    /// `["all"]`, or verdicts; humans when absent.
    verdict: Option<Vec<String>>,
}

/// Scans a day.
#[derive(Serialize, ToSchema)]
pub struct LinksActivityResponse {
    /// The workspace's days, oldest first, today last.
    days: Vec<String>,
    /// Scans of each of the days, by link.
    links: BTreeMap<String, Vec<u64>>,
}

/// Scans a day of each of some links.
#[utoipa::path(post, path = "/v1/x/links/activity", tag = "Analytics", operation_id = "get_links_activity",
    request_body = LinksActivityRequest, responses((status = 200, body = LinksActivityResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_links_activity(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<LinksActivityRequest>,
) -> ApiResult<Json<LinksActivityResponse>> {
    if body.link_ids.len() > MAX_LINKS {
        return Err(ApiError::field("/linkIds", format!("at most {MAX_LINKS} links at once")));
    }
    let id = |(number, text): (usize, &String)| {
        text.parse::<LinkId>()
            .map_err(|_| ApiError::field(format!("/linkIds/{number}"), format!("\"{text}\" is not a UUID")))
    };
    let ids = body.link_ids.iter().enumerate().map(id).collect::<ApiResult<Vec<_>>>()?;
    let count = match body.days.unwrap_or(DEFAULT_DAYS) {
        days @ 1..=MAX_DAYS => days,
        days => return Err(ApiError::field("/days", format!("{days} is not between 1 and {MAX_DAYS}"))),
    };
    let workspace = workspaces::get(&mut *app.catalog.read().await?, caller.workspace).await?;
    let counting = workspace.as_ref().and_then(|workspace| workspace.counting);
    let verdicts = population::verdicts(&app, counting, body.verdict.as_deref(), "/verdict")?;
    let zone =
        workspace.and_then(|workspace| TimeZone::get(&workspace.timezone).ok()).unwrap_or(TimeZone::UTC);
    let today = app.clock.now().timestamp().to_zoned(zone.clone()).date();
    let dates: Vec<_> = (1 - count..=1).filter_map(|ahead| today.checked_add(ahead.days()).ok()).collect();
    let edges: Vec<Millis> = dates.iter().filter_map(|date| start_of_day(*date, &zone)).collect();
    let [from, .., to] = *edges else { return Err(ApiError::internal("a calendar without days")) };

    let mut links: BTreeMap<String, Vec<u64>> =
        ids.iter().map(|id| (id.to_string(), vec![0; edges.len() - 1])).collect();
    let population = Population {
        workspace: caller.workspace,
        verdicts,
        from,
        to,
        filters: Vec::new(),
        scope: Scope::Links(ids),
    };
    let ask = Ask::Series { edges, by: Some((Dimension::Link.into(), MAX_LINKS)) };
    let store = app.store.clone();
    let answer = population::ask(&app, move || store.report(&population, &ask)).await?;
    if let Answer::Series { lines, .. } = answer {
        let scans = |(link, counts): (model::report::Value, Vec<model::report::Counts>)| {
            (link.label, counts.iter().map(|counts| counts.scans).collect())
        };
        links.extend(lines.into_iter().map(scans));
    }
    let days = dates[..dates.len() - 1].iter().map(ToString::to_string).collect();
    Ok(Json(LinksActivityResponse { days, links }))
}
