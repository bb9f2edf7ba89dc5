//! Everything a dashboard shows of a population, counted in one reading of the store: its parts agree with each other.

use super::auth::{AnalyticsRead, Can};
use super::body::Question;
use super::dimensions::{code, dimension, label};
use super::population::{self, Range};
use super::reports;
use super::wire::time;
use crate::app::App;
use crate::catalog::links;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use model::buckets;
use model::report::{Answer, Ask, Counts, Dimension, Place, Population, Value};
use model::time::DAY_MS;
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Rows of a breakdown when no limit is asked for.
const DEFAULT_ROWS: usize = 8;
/// Rows at most.
const MAX_ROWS: usize = 1000;
/// Places on the map at most.
const MAX_PLACES: usize = 500;
/// How far back "now" reaches.
const NOW_MS: i64 = 5 * 60_000;
/// The hours of the week are told apart over so many years at most.
const MAX_WEEK_MS: i64 = 20 * 366 * DAY_MS;

/// A question about a range.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewRequest {
    #[serde(flatten)]
    range: Range,
    /// Minutes of an interval of the series; whole days are calendar days of the zone. Chosen by the range when absent.
    interval_in_minutes: Option<i64>,
    /// What to break the scans down by: `country`, `city`, `browser`, …
    dimensions: Option<Vec<String>>,
    /// Rows of each breakdown; 8.
    limit: Option<usize>,
}

/// What a group of scans counts.
#[derive(Serialize, ToSchema)]
pub struct OverviewCounts {
    scans: u64,
    /// Visitors per day, added.
    visitors: u64,
    /// Scans of visit type FIRST.
    first: u64,
    /// Scans of visit type RETURNING.
    returning: u64,
}

impl From<Counts> for OverviewCounts {
    fn from(counts: Counts) -> Self {
        let Counts { scans, visitors, first, returning } = counts;
        Self { scans, visitors, first, returning }
    }
}

/// Counts, and the time they cover.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewTotals {
    #[serde(flatten)]
    counts: OverviewCounts,
    /// First scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_at: Option<String>,
    /// Last scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<String>,
}

/// An interval of the series.
#[derive(Serialize, ToSchema)]
pub struct OverviewPoint {
    /// Its start.
    timestamp: String,
    #[serde(flatten)]
    counts: OverviewCounts,
}

/// Scans over time.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewSeries {
    interval_in_minutes: i64,
    data: Vec<OverviewPoint>,
}

/// A value of a dimension.
#[derive(Serialize, ToSchema)]
pub struct OverviewRow {
    /// What a filter takes behind the colon; empty for unknown.
    value: String,
    /// What people read.
    label: String,
    /// ISO code of a country, also of the one a city or region lies in.
    code: String,
    scans: u64,
    visitors: u64,
}

/// The most frequent values of a dimension.
#[derive(Serialize, ToSchema)]
pub struct OverviewBreakdown {
    rows: Vec<OverviewRow>,
    /// Values there are, unknown included.
    groups: u64,
}

/// A place on the map.
#[derive(Serialize, ToSchema)]
pub struct OverviewPlace {
    /// Degrees, to a tenth.
    latitude: f64,
    longitude: f64,
    city: String,
    /// ISO 3166-1 alpha-2.
    country: String,
    scans: u64,
    visitors: u64,
}

/// Places on the map, most scans first.
#[derive(Serialize, ToSchema)]
pub struct OverviewPlaces {
    rows: Vec<OverviewPlace>,
    /// Scans without a place.
    unknown: u64,
    /// Lines that the licences of the geo files ask for wherever places are shown.
    attributions: Vec<String>,
}

/// What was asked, as understood.
#[derive(Serialize, ToSchema)]
pub struct OverviewRange {
    from: String,
    /// Exclusive.
    to: String,
}

/// Everything about a range.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewResponse {
    range: OverviewRange,
    totals: OverviewTotals,
    /// The same number of days before; null when the range has no start.
    previous: Option<OverviewTotals>,
    series: OverviewSeries,
    /// Scans by weekday (Monday first) and hour of the zone.
    week: Vec<Vec<u64>>,
    breakdowns: BTreeMap<String, OverviewBreakdown>,
    places: OverviewPlaces,
    /// The last five minutes.
    now: OverviewTotals,
    /// Every scan answered before this moment is counted.
    read_up_to: String,
}

/// Totals, series, hours of the week, breakdowns and places of a range, all of the same scans.
#[utoipa::path(post, path = "/v1/x/overview", tag = "Analytics", operation_id = "get_overview",
    request_body = OverviewRequest, responses((status = 200, body = OverviewResponse), (status = 400, body = ErrorResponse)))]
pub async fn get_overview(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<OverviewRequest>,
) -> ApiResult<Json<OverviewResponse>> {
    let dimensions = body.dimensions.iter().flatten().enumerate();
    let dimensions = dimensions
        .map(|(number, word)| dimension(&format!("/dimensions/{number}"), word))
        .collect::<ApiResult<Vec<Dimension>>>()?;
    let limit = body.limit.unwrap_or(DEFAULT_ROWS).clamp(1, MAX_ROWS);
    let mut asked = population::of_range(&app, caller.workspace, &body.range, "/").await?;
    let read_up_to = Millis(app.read_up_to.load(Ordering::Acquire));
    if !asked.has_start {
        asked.population.from = reports::first_scan(&app, &asked.population).await?;
    }
    let (zone, population) = (asked.zone, asked.population);
    let span = population.to.0 - population.from.0;
    let interval = match body.interval_in_minutes {
        Some(minutes) if minutes > 0 => minutes,
        Some(_) => {
            return Err(ApiError::field("/intervalInMinutes", "an interval has at least one minute"));
        }
        None => reports::default_interval(span),
    };
    let clipped = |mut edges: Vec<Millis>| {
        edges[0] = population.from.max(edges[0]);
        if let Some(last) = edges.last_mut() {
            *last = population.to.min(*last);
        }
        edges
    };
    let edges = buckets::edges(population.from, population.to, interval, &zone)
        .map_err(|why| ApiError::field("/intervalInMinutes", why))?;
    let starts = edges[..edges.len() - 1].to_vec();
    if span > MAX_WEEK_MS {
        return Err(ApiError::field("/startDate", "a range has at most 20 years"));
    }
    let hours = buckets::hours(population.from, population.to, &zone);

    let mut asks = vec![
        Ask::Totals,
        Ask::Series { edges: clipped(edges), by: None },
        Ask::Series { edges: clipped(hours.clone()), by: None },
        Ask::Places { limit: MAX_PLACES },
    ];
    asks.extend(dimensions.iter().map(|by| Ask::Breakdown { by: *by, limit }));
    let previous = asked.has_start.then(|| before(&population, &zone));
    let now = app.clock.now();
    let latest = Population { from: now.plus(-NOW_MS), to: now.plus(1), ..population.clone() };
    let (store, range) = (app.store.clone(), (population.from, population.to));
    let (answers, previous, latest) = population::ask(&app, move || {
        let previous = previous.map(|previous| store.report(&previous, &Ask::Totals)).transpose()?;
        Ok((store.reports(&population, &asks)?, previous, store.report(&latest, &Ask::Totals)?))
    })
    .await?;

    let mut answers = answers.into_iter();
    let mut next = || answers.next().ok_or_else(|| ApiError::internal("a question was not answered"));
    let totals = totals(next()?)?;
    let series = line(next()?)?;
    let week = week(&hours, &line(next()?)?, &zone);
    let places = places(next()?, app.redirector.geo.load().attributions().to_vec())?;
    let mut breakdowns = BTreeMap::new();
    for by in dimensions {
        breakdowns.insert(by.as_str().to_owned(), breakdown(&app, caller.workspace, by, next()?).await?);
    }
    let point = |(at, counts): (Millis, Counts)| OverviewPoint { timestamp: time(at), counts: counts.into() };
    Ok(Json(OverviewResponse {
        range: OverviewRange { from: time(range.0), to: time(range.1) },
        totals,
        previous: previous.map(self::totals).transpose()?,
        series: OverviewSeries {
            interval_in_minutes: interval,
            data: starts.into_iter().zip(series).map(point).collect(),
        },
        week,
        breakdowns,
        places,
        now: self::totals(latest)?,
        read_up_to: time(read_up_to),
    }))
}

/// The same number of whole local days earlier, so that a Monday morning is compared with a Monday morning.
fn before(population: &Population, zone: &TimeZone) -> Population {
    let days = (population.to.0 - population.from.0 + DAY_MS - 1) / DAY_MS;
    let earlier = |at: Millis| {
        let local = at.timestamp().to_zoned(zone.clone());
        let earlier = jiff::Span::new().try_days(days).and_then(|days| local.checked_sub(days));
        earlier.map_or(at.plus(-days * DAY_MS), |zoned| zoned.timestamp().into())
    };
    Population { from: earlier(population.from), to: earlier(population.to), ..population.clone() }
}

fn mixed_up() -> ApiError {
    ApiError::internal("a question was answered with the answer to another")
}

fn totals(answer: Answer) -> ApiResult<OverviewTotals> {
    match answer {
        Answer::Totals { counts, first_at, last_at } => Ok(OverviewTotals {
            counts: counts.into(),
            first_at: first_at.map(time),
            last_at: last_at.map(time),
        }),
        _ => Err(mixed_up()),
    }
}

fn line(answer: Answer) -> ApiResult<Vec<Counts>> {
    match answer {
        Answer::Series { lines, .. } => {
            Ok(lines.into_iter().next().map(|(_, counts)| counts).unwrap_or_default())
        }
        _ => Err(mixed_up()),
    }
}

/// Hours of the calendar, laid one upon the other.
fn week(edges: &[Millis], counts: &[Counts], zone: &TimeZone) -> Vec<Vec<u64>> {
    let mut week = vec![vec![0; 24]; 7];
    for (start, counts) in edges.iter().zip(counts).filter(|(_, counts)| counts.scans > 0) {
        let local = start.timestamp().to_zoned(zone.clone());
        let day = local.weekday().to_monday_zero_offset() as usize;
        week[day][local.hour() as usize] += counts.scans;
    }
    week
}

fn places(answer: Answer, attributions: Vec<String>) -> ApiResult<OverviewPlaces> {
    let Answer::Places { rows, unknown, .. } = answer else { return Err(mixed_up()) };
    let place = |(place, counts): (Place, Counts)| OverviewPlace {
        latitude: f64::from(place.latitude) / 10.0,
        longitude: f64::from(place.longitude) / 10.0,
        city: place.city,
        country: place.country,
        scans: counts.scans,
        visitors: counts.visitors,
    };
    Ok(OverviewPlaces { rows: rows.into_iter().map(place).collect(), unknown: unknown.scans, attributions })
}

async fn breakdown(
    app: &App,
    workspace: WorkspaceId,
    by: Dimension,
    answer: Answer,
) -> ApiResult<OverviewBreakdown> {
    let Answer::Breakdown { rows, groups, .. } = answer else { return Err(mixed_up()) };
    let mut names = BTreeMap::new();
    if by == Dimension::Link {
        let ids: Vec<LinkId> = rows.iter().filter_map(|(value, _)| value.label.parse().ok()).collect();
        for link in links::of_events(&mut *app.catalog.read().await?, workspace, &ids).await? {
            names.insert(link.id.to_string(), if link.name.is_empty() { link.slug } else { link.name });
        }
    }
    let row = |(value, counts): (Value, Counts)| OverviewRow {
        label: names.get(&value.label).cloned().unwrap_or_else(|| label(by, &value)),
        code: code(by, &value),
        value: value.label,
        scans: counts.scans,
        visitors: counts.visitors,
    };
    Ok(OverviewBreakdown { rows: rows.into_iter().map(row).collect(), groups })
}
