//! Headline figures.

use super::auth::{AnalyticsRead, Can};
use super::body::Query;
use super::population;
use super::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::{accounts, directories, links};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use jiff::ToSpan;
use model::Millis;
use model::report::{Answer, Ask, Dimension, Population, Scope};
use serde::Serialize;
use utoipa::ToSchema;

/// Figures of a range of scans.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsMetric {
    total_events: u64,
    /// Countries known; scans without a place are in `totalEvents` alone.
    total_countries: u64,
    total_cities: u64,
    total_device_types: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_city: Option<String>,
    /// `DEVICE_TYPE_*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    top_device_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<String>,
    /// Visitors per day, added.
    x_visitors: u64,
    /// Only while files are damaged that may have scans of the workspace and the range: no more than so many are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_lost_rows: Option<u64>,
}

/// Figures of a workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceMetric {
    total_links: i64,
    total_events: u64,
    /// Since the first of the month in the workspace's zone.
    total_monthly_events: u64,
    total_members: usize,
    total_directories: i64,
    /// Only while files are damaged that may have scans of the workspace: no more than so many are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_lost_rows: Option<u64>,
}

/// Headline figures of a range of scans.
#[utoipa::path(get, path = "/v1/metrics/events", tag = "Analytics", operation_id = "get_events_metric",
    params(("linkId" = Option<uuid::Uuid>, Query), ("startDate" = Option<String>, Query), ("endDate" = Option<String>, Query),
        ("verdict" = Option<Vec<String>>, Query), ("xFilter" = Option<Vec<String>>, Query, description = "Only scans with this value, such as `country:DE`; repeatable"),
        ("xTimezone" = Option<String>, Query, description = "IANA zone of dates without an offset and of clocks; the workspace's when absent")),
    responses((status = 200, body = EventsMetric), (status = 400, body = ErrorResponse)))]
pub async fn get_events_metric(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    query: Query,
) -> ApiResult<Json<EventsMetric>> {
    let population = population::of_query(&app, caller.workspace, &query).await?;
    let store = app.store.clone();
    let breakdown = |by: Dimension| Ask::Breakdown { by: by.into(), limit: usize::MAX };
    let asks = [
        Ask::Totals,
        breakdown(Dimension::Country),
        breakdown(Dimension::City),
        breakdown(Dimension::DeviceType),
    ];
    let (answers, lost) = population::ask(&app, move || {
        let answers = store.reports(&population, &asks)?;
        Ok((answers, population::lost(&store, &population)))
    })
    .await?;
    let [Answer::Totals { counts, first_at, last_at }, country, city, device_type] = answers.as_slice()
    else {
        return Err(ApiError::internal("totals were answered with something else"));
    };
    let ((total_countries, top_country), (total_cities, top_city), (total_device_types, top_device_type)) =
        (known(country), known(city), known(device_type));
    Ok(Json(EventsMetric {
        total_events: counts.scans,
        total_countries,
        total_cities,
        total_device_types,
        top_country,
        top_city,
        top_device_type: top_device_type.map(|word| enum_value("DEVICE_TYPE", &word)),
        first_at: (*first_at).map(time),
        last_at: (*last_at).map(time),
        x_visitors: counts.visitors,
        x_lost_rows: lost,
    }))
}

/// How many known values there are, and the most frequent one.
fn known(answer: &Answer) -> (u64, Option<String>) {
    let Answer::Breakdown { rows, groups, .. } = answer else { return (0, None) };
    let top = rows.iter().map(|(value, _)| value.label.clone()).find(|label| !label.is_empty());
    (groups.saturating_sub(rows.iter().filter(|(value, _)| value.label.is_empty()).count() as u64), top)
}

/// Headline figures of the workspace.
#[utoipa::path(get, path = "/v1/metrics/workspace", tag = "Analytics", operation_id = "get_workspace_metric",
    responses((status = 200, body = WorkspaceMetric)))]
pub async fn get_workspace_metric(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
) -> ApiResult<Json<WorkspaceMetric>> {
    let asked = population::of_range(&app, caller.workspace, &population::Range::default(), "").await?;
    let now = app.clock.now();
    let month = start_of_month(now, &asked.zone);
    let all = Population { scope: Scope::Workspace, ..asked.population };
    let store = app.store.clone();
    let ([total_events, total_monthly_events], lost) = population::ask(&app, move || {
        let total = store.report(&all, &Ask::Totals)?;
        let lost = population::lost(&store, &all);
        let month = store.report(&Population { from: month, ..all }, &Ask::Totals)?;
        let scans = [total, month].map(|answer| match answer {
            Answer::Totals { counts, .. } => counts.scans,
            _ => 0,
        });
        Ok((scans, lost))
    })
    .await?;
    let mut db = app.catalog.read().await?;
    Ok(Json(WorkspaceMetric {
        total_links: links::total(&mut db, caller.workspace).await?,
        total_events,
        total_monthly_events,
        total_members: accounts::members(&mut db, caller.workspace).await?.len(),
        total_directories: directories::total(&mut db, caller.workspace).await?,
        x_lost_rows: lost,
    }))
}

/// What a workspace mostly makes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceInsight {
    /// `PREFERRED_LINK_TYPE_URL`, `_CONTACT_CARD`, `_SOCIAL_LINKS_PAGE`, `_OPEN_MEDIA`, or `_MIX` where none is the exit of
    /// eight links in ten.
    preferred_link_type: &'static str,
}

/// The kind of link that the workspace mostly makes.
#[utoipa::path(get, path = "/v1/metrics/workspace/insight", tag = "Analytics", operation_id = "get_workspace_insight",
    responses((status = 200, body = WorkspaceInsight)))]
pub async fn get_workspace_insight(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
) -> ApiResult<Json<WorkspaceInsight>> {
    let exits = links::exits(&mut *app.catalog.read().await?, caller.workspace).await?;
    Ok(Json(WorkspaceInsight { preferred_link_type: preferred(&exits) }))
}

fn preferred(exits: &[(String, i64)]) -> &'static str {
    let all: i64 = exits.iter().map(|(_, links)| links).sum();
    let mostly = exits.iter().find(|(_, links)| links * 10 >= all * 8);
    match mostly.map(|(action, _)| action.as_str()) {
        None if all > 0 => "PREFERRED_LINK_TYPE_MIX",
        None | Some("CLIENT_REDIRECT") => "PREFERRED_LINK_TYPE_URL",
        Some("CONTACT_CARD") => "PREFERRED_LINK_TYPE_CONTACT_CARD",
        Some("SOCIAL_LINKS_PAGE") => "PREFERRED_LINK_TYPE_SOCIAL_LINKS_PAGE",
        Some("OPEN_MEDIA") => "PREFERRED_LINK_TYPE_OPEN_MEDIA",
        Some(_) => "PREFERRED_LINK_TYPE_MIX",
    }
}

fn start_of_month(now: Millis, zone: &jiff::tz::TimeZone) -> Millis {
    let date = now.timestamp().to_zoned(zone.clone()).date();
    let first = date.checked_sub((i32::from(date.day()) - 1).days()).unwrap_or(date);
    model::dates::start_of_day(first, zone).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn what_is_mostly_made_is_eight_in_ten() {
        let exits = |all: &[(&str, i64)]| -> Vec<(String, i64)> {
            all.iter().map(|(action, links)| ((*action).to_owned(), *links)).collect()
        };
        for (all, expected) in [
            (&[][..], "PREFERRED_LINK_TYPE_URL"),
            (&[("CONTACT_CARD", 8), ("CLIENT_REDIRECT", 2)], "PREFERRED_LINK_TYPE_CONTACT_CARD"),
            (&[("CONTACT_CARD", 7), ("CLIENT_REDIRECT", 3)], "PREFERRED_LINK_TYPE_MIX"),
            (&[("CLIENT_REDIRECT", 5)], "PREFERRED_LINK_TYPE_URL"),
        ] {
            assert_eq!(preferred(&exits(all)), expected, "{all:?}");
        }
    }
}
