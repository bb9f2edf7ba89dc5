//! Analytics: series and breakdowns (dossier 4). Reads by POST, as the SDK does.

pub mod asked;

use super::auth::{AnalyticsRead, Can};
use super::body::Question;
use super::dimensions::{OTHER, Word, code, label};
use super::population::{self, Range};
use super::query;
use super::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use asked::{BreakdownRequest, GeoRequest, GroupedSeriesRequest, HoursRequest, SeriesRequest, TopRequest};
use axum::Json;
use axum::extract::State;
use model::buckets;
use model::clock::Clock;
use model::report::{Answer, Ask, By, ClockPart, Counts, Dimension, Value};
use model::{LinkId, Millis, WorkspaceId};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Intervals when none is asked for: about this many.
const DEFAULT_BUCKETS: i64 = 60;

/// One point of a series.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeriesPoint {
    timestamp: String,
    event_count: u64,
    /// Visitors per day, added.
    x_visitors: u64,
}

/// A series.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeries {
    data: Vec<TimeSeriesPoint>,
    total_data: u64,
    total_intervals: usize,
}

/// A series in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsTimeSeriesResponse {
    time_series: TimeSeries,
}

/// A point of a grouped series.
#[derive(Serialize, ToSchema)]
pub struct SeriesPoint {
    timestamp: String,
    value: u64,
}

/// A line of a grouped series.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeriesLine {
    label: String,
    points: Vec<SeriesPoint>,
    /// Whether this is the line of all values beyond the limit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    x_other: bool,
}

/// A grouped series.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupedTimeSeriesResponse {
    series: Vec<SeriesLine>,
    total_events: u64,
    /// Whether a scan can have several values, so that the lines may add up to more than the total.
    x_may_exceed_total: bool,
}

/// A row of a breakdown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownRow {
    label: String,
    /// ISO code where there is one; empty for `(unknown)`.
    code: String,
    event_count: u64,
    /// Of all scans of the range, in percent.
    percentage: f64,
    x_visitors: u64,
}

/// A breakdown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownResponse {
    data: Vec<BreakdownRow>,
    total: u64,
    /// Values there are, `(unknown)` included.
    x_groups: u64,
    /// Whether a scan can have several values (`tag`, `languages`, `parameter`), so that the rows may add up to more than the
    /// total.
    x_may_exceed_total: bool,
}

/// A place.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeoRow {
    location: String,
    event_count: u64,
    percentage: f64,
    /// Country of a city.
    #[serde(skip_serializing_if = "String::is_empty")]
    x_country: String,
}

/// Places.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeoResponse {
    data: Vec<GeoRow>,
    total_events: u64,
}

/// A kind of device.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRow {
    /// `DEVICE_TYPE_*`.
    device_type: String,
    event_count: u64,
    percentage: f64,
}

/// Kinds of devices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicesResponse {
    data: Vec<DeviceRow>,
    total_events: u64,
}

/// A link and its scans.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopLinkRow {
    name: String,
    shortlink: String,
    event_count: u64,
    x_link_id: String,
    x_visitors: u64,
}

/// Links with the most scans.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopLinksResponse {
    data: Vec<TopLinkRow>,
    total_events: u64,
}

/// New and returning visitors in an interval.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitorsPoint {
    timestamp: String,
    /// Human scans of visit type FIRST.
    new_visitor_count: u64,
    /// Human scans of visit type RETURNING.
    returning_visitor_count: u64,
}

/// New and returning visitors.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitorsResponse {
    data: Vec<VisitorsPoint>,
    total_new: u64,
    total_returning: u64,
}

/// Scans over time.
#[utoipa::path(post, path = "/v1/timeseries/events", tag = "Analytics", operation_id = "get_events_time_series",
    request_body = SeriesRequest, responses((status = 200, body = EventsTimeSeriesResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_events_time_series(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<SeriesRequest>,
) -> ApiResult<Json<EventsTimeSeriesResponse>> {
    let series = series(&app, caller.workspace, &body.range, body.interval_in_minutes, None).await?;
    let counts = series.lines.into_iter().next().map(|(_, counts)| counts).unwrap_or_default();
    let point = |(at, counts): (&Millis, &Counts)| TimeSeriesPoint {
        timestamp: time(*at),
        event_count: counts.scans,
        x_visitors: counts.visitors,
    };
    let data: Vec<TimeSeriesPoint> = series.starts.iter().zip(&counts).map(point).collect();
    Ok(Json(EventsTimeSeriesResponse {
        time_series: TimeSeries { total_intervals: data.len(), data, total_data: series.total.scans },
    }))
}

/// Scans over time, one line a value of a dimension.
#[utoipa::path(post, path = "/v1/analytics/timeseries", tag = "Analytics", operation_id = "get_time_series",
    request_body = GroupedSeriesRequest, responses((status = 200, body = GroupedTimeSeriesResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_time_series(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<GroupedSeriesRequest>,
) -> ApiResult<Json<GroupedTimeSeriesResponse>> {
    let by = body.by()?.map(|(by, limit)| (By::from(by), limit));
    let series = series(&app, caller.workspace, &body.range, body.interval_in_minutes, by.clone()).await?;
    let points = |counts: Vec<Counts>| {
        let point =
            |(at, counts): (&Millis, Counts)| SeriesPoint { timestamp: time(*at), value: counts.scans };
        series.starts.iter().zip(counts).map(point).collect()
    };
    let line = |(value, counts): (Value, Vec<Counts>)| SeriesLine {
        label: by.as_ref().map_or_else(|| "Scans".to_owned(), |(by, _)| label(by, &value)),
        points: points(counts),
        x_other: false,
    };
    let mut lines: Vec<SeriesLine> = series.lines.into_iter().map(line).collect();
    if series.other.iter().any(|counts| counts.scans > 0) {
        lines.push(SeriesLine { label: OTHER.to_owned(), points: points(series.other), x_other: true });
    }
    Ok(Json(GroupedTimeSeriesResponse {
        series: lines,
        total_events: series.total.scans,
        x_may_exceed_total: by.is_some_and(|(by, _)| by.may_exceed_total()),
    }))
}

/// Scans by the values of a dimension.
#[utoipa::path(post, path = "/v1/analytics/breakdown", tag = "Analytics", operation_id = "get_breakdown",
    request_body = BreakdownRequest, responses((status = 200, body = BreakdownResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_breakdown(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<BreakdownRequest>,
) -> ApiResult<Json<BreakdownResponse>> {
    let (asked, limit) = body.by()?;
    let (by, (rows, groups, total)) = breakdown(&app, caller.workspace, &body.range, asked, limit).await?;
    let row = |(value, counts): (Value, Counts)| BreakdownRow {
        code: code(&by, &value),
        label: label(&by, &value),
        event_count: counts.scans,
        percentage: share(counts, total),
        x_visitors: counts.visitors,
    };
    Ok(Json(BreakdownResponse {
        data: rows.into_iter().map(row).collect(),
        total: total.scans,
        x_groups: groups,
        x_may_exceed_total: by.may_exceed_total(),
    }))
}

/// Scans by country or city.
#[utoipa::path(post, path = "/v1/analytics/geo", tag = "Analytics", operation_id = "get_geo",
    request_body = GeoRequest, responses((status = 200, body = GeoResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_geo(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<GeoRequest>,
) -> ApiResult<Json<GeoResponse>> {
    let (by, limit) = body.by()?;
    let (by, (rows, _, total)) = breakdown(&app, caller.workspace, &body.range, Word::Row(by), limit).await?;
    let row = |(value, counts): (Value, Counts)| GeoRow {
        location: label(&by, &value),
        event_count: counts.scans,
        percentage: share(counts, total),
        x_country: value.within.clone(),
    };
    Ok(Json(GeoResponse { data: rows.into_iter().map(row).collect(), total_events: total.scans }))
}

/// Scans by kind of device.
#[utoipa::path(post, path = "/v1/analytics/devices", tag = "Analytics", operation_id = "get_devices",
    request_body = TopRequest, responses((status = 200, body = DevicesResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_devices(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<TopRequest>,
) -> ApiResult<Json<DevicesResponse>> {
    let (_, (rows, _, total)) =
        breakdown(&app, caller.workspace, &body.range, Word::Row(Dimension::DeviceType), body.rows()?)
            .await?;
    let row = |(value, counts): (Value, Counts)| DeviceRow {
        device_type: enum_value("DEVICE_TYPE", &value.label),
        event_count: counts.scans,
        percentage: share(counts, total),
    };
    Ok(Json(DevicesResponse { data: rows.into_iter().map(row).collect(), total_events: total.scans }))
}

/// Links with the most scans.
#[utoipa::path(post, path = "/v1/analytics/top-links", tag = "Analytics", operation_id = "get_top_links",
    request_body = TopRequest, responses((status = 200, body = TopLinksResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_top_links(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<TopRequest>,
) -> ApiResult<Json<TopLinksResponse>> {
    let (_, (rows, _, total)) =
        breakdown(&app, caller.workspace, &body.range, Word::Row(Dimension::Link), body.rows()?).await?;
    let ids: Vec<LinkId> = rows.iter().filter_map(|(value, _)| value.label.parse().ok()).collect();
    let named = links::of_events(&mut *app.catalog.read().await?, caller.workspace, &ids).await?;
    let row = |(value, counts): (Value, Counts)| {
        let link = named.iter().find(|link| link.id.to_string() == value.label);
        TopLinkRow {
            name: match link {
                Some(link) if link.deleted_at.is_some() => link.told(),
                Some(link) => link.name.clone(),
                None => links::GONE.to_owned(),
            },
            shortlink: link.map(|link| link.slug.clone()).unwrap_or_default(),
            event_count: counts.scans,
            x_link_id: value.label,
            x_visitors: counts.visitors,
        }
    };
    Ok(Json(TopLinksResponse { data: rows.into_iter().map(row).collect(), total_events: total.scans }))
}

/// New and returning visitors over time.
#[utoipa::path(post, path = "/v1/analytics/visitors", tag = "Analytics", operation_id = "get_visitors",
    request_body = SeriesRequest, responses((status = 200, body = VisitorsResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_visitors(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<SeriesRequest>,
) -> ApiResult<Json<VisitorsResponse>> {
    let series = series(&app, caller.workspace, &body.range, body.interval_in_minutes, None).await?;
    let counts = series.lines.into_iter().next().map(|(_, counts)| counts).unwrap_or_default();
    let point = |(at, counts): (&Millis, &Counts)| VisitorsPoint {
        timestamp: time(*at),
        new_visitor_count: counts.first,
        returning_visitor_count: counts.returning,
    };
    Ok(Json(VisitorsResponse {
        data: series.starts.iter().zip(&counts).map(point).collect(),
        total_new: series.total.first,
        total_returning: series.total.returning,
    }))
}

/// Scans of one hour of the day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HourRow {
    /// 0 to 23, in the zone.
    hour: u8,
    event_count: u64,
}

/// Scans by the hour of the day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoursResponse {
    /// All 24.
    data: Vec<HourRow>,
    total_events: u64,
}

/// Hours of the day are told apart over so many years at most.
const MAX_HOURS_MS: i64 = 20 * 366 * model::time::DAY_MS;

/// Scans by the hour of the day, by the clock on the wall of the zone: a repeated hour has both, a skipped one none.
#[utoipa::path(post, path = "/v1/analytics/hours", tag = "Analytics", operation_id = "get_hours",
    request_body = HoursRequest, responses((status = 200, body = HoursResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_hours(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<HoursRequest>,
) -> ApiResult<Json<HoursResponse>> {
    let mut asked = population::of_range(&app, caller.workspace, &body.range, "/").await?;
    if !asked.has_start {
        asked.population.from = population::first_scan(&app, &asked.population).await?;
    }
    let (from, to) = (asked.population.from, asked.population.to);
    if to.0 - from.0 > MAX_HOURS_MS {
        return Err(ApiError::field("/startDate", "a range has at most 20 years"));
    }
    let hour = By::Clock(Arc::new(Clock::new(from, to, &asked.zone)), ClockPart::Hour);
    let (store, population) = (app.store.clone(), asked.population);
    let ask = Ask::Breakdown { by: hour, limit: 24 };
    let Answer::Breakdown { rows, total, .. } =
        population::ask(&app, move || store.report(&population, &ask)).await?
    else {
        return Err(ApiError::internal("a breakdown was answered with something else"));
    };
    let mut hours = [0; 24];
    for (value, counts) in rows {
        if let Some(hour) = value.label.parse().ok().and_then(|hour: usize| hours.get_mut(hour)) {
            *hour = counts.scans;
        }
    }
    let data = (0..).zip(hours).map(|(hour, event_count)| HourRow { hour, event_count }).collect();
    Ok(Json(HoursResponse { data, total_events: total.scans }))
}

struct Series {
    starts: Vec<Millis>,
    lines: Vec<(Value, Vec<Counts>)>,
    /// The lines beyond the limit, added.
    other: Vec<Counts>,
    total: Counts,
}

async fn series(
    app: &App,
    workspace: WorkspaceId,
    range: &Range,
    interval_in_minutes: Option<i64>,
    by: Option<(By, usize)>,
) -> ApiResult<Series> {
    let mut asked = population::of_range(app, workspace, range, "/").await?;
    if !asked.has_start {
        asked.population.from = population::first_scan(app, &asked.population).await?;
    }
    let (from, to) = (asked.population.from, asked.population.to);
    let interval = population::minutes(interval_in_minutes)?;
    let interval = interval.unwrap_or_else(|| default_interval(to.0 - from.0));
    let edges = buckets::edges(from, to, interval, &asked.zone)
        .map_err(|why| ApiError::field("/intervalInMinutes", why))?;
    let starts = edges[..edges.len() - 1].to_vec();
    let edges = clipped(edges, from, to);
    let (store, population) = (app.store.clone(), asked.population);
    match population::ask(app, move || store.report(&population, &Ask::Series { edges, by })).await? {
        Answer::Series { lines, other, total } => Ok(Series { starts, lines, other, total }),
        _ => Err(ApiError::internal("a series was answered with something else")),
    }
}

/// Buckets are whole, a population is not: what lies outside the range is not counted.
pub fn clipped(mut edges: Vec<Millis>, from: Millis, to: Millis) -> Vec<Millis> {
    edges.iter_mut().for_each(|edge| *edge = (*edge).clamp(from, to.max(from)));
    edges
}

/// A length that makes some sixty intervals, of a size people know.
pub fn default_interval(span_ms: i64) -> i64 {
    let wanted = span_ms / 60_000 / DEFAULT_BUCKETS;
    [1, 5, 15, 60, 180, 720, 1440, 10_080].into_iter().find(|minutes| *minutes >= wanted).unwrap_or(43_200)
}

/// Rows, number of groups, and total.
type Breakdown = (Vec<(Value, Counts)>, u64, Counts);

async fn breakdown(
    app: &App,
    workspace: WorkspaceId,
    range: &Range,
    word: Word,
    limit: usize,
) -> ApiResult<(By, Breakdown)> {
    let mut asked = population::of_range(app, workspace, range, "/").await?;
    if matches!(word, Word::Clock(_)) && !asked.has_start {
        asked.population.from = population::first_scan(app, &asked.population).await?;
    }
    let (from, to) = (asked.population.from, asked.population.to);
    let by = query::resolve(app, workspace, &[word], &asked.zone, (from, to)).await?;
    let by = by.into_iter().next().ok_or_else(|| ApiError::internal("a dimension was not resolved"))?;
    let (store, ask) = (app.store.clone(), Ask::Breakdown { by: by.clone(), limit });
    match population::ask(app, move || store.report(&asked.population, &ask)).await? {
        Answer::Breakdown { rows, groups, total, .. } => Ok((by, (rows, groups, total))),
        _ => Err(ApiError::internal("a breakdown was answered with something else")),
    }
}

fn share(counts: Counts, total: Counts) -> f64 {
    if total.scans == 0 { 0.0 } else { counts.scans as f64 * 100.0 / total.scans as f64 }
}
