//! Everything a dashboard shows of a population, counted in one reading of the store: its parts agree with each other.

use super::auth::{AnalyticsRead, Can};
use super::body::Question;
use super::dimensions::{Word, code, word};
use super::population::{self, Range};
use super::wire::time;
use super::{query, reports};
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::buckets;
use model::clock::{Clock, WEEK_HOURS};
use model::compared::Compared;
use model::report::{Answer, Ask, By, ClockPart, Counts, Place, Population, Value};
use model::time::DAY_MS;
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
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
    /// What `previous` and `previousSeries` are of: `previous_period` (the same number of days before), or
    /// `previous_year`.
    compare: Option<String>,
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
#[serde(rename_all = "camelCase")]
pub struct OverviewBreakdown {
    rows: Vec<OverviewRow>,
    /// Values there are, unknown included.
    groups: u64,
    /// The values beyond the limit, added.
    other: OverviewCounts,
    /// Whether a scan can have several values (`tag`, `languages`, `parameter`), so that rows and `other` may add up to more
    /// than the totals.
    may_exceed_total: bool,
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

/// Places on the map, most scans first, 500 at most.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewPlaces {
    rows: Vec<OverviewPlace>,
    /// Places there are.
    groups: u64,
    /// The places beyond these rows, added.
    other: OverviewCounts,
    /// Scans without a place.
    unknown: u64,
    /// Their visitors, per day, added.
    unknown_visitors: u64,
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
    /// The range compared with; null when the range has no start.
    previous: Option<OverviewTotals>,
    /// That range.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_range: Option<OverviewRange>,
    series: OverviewSeries,
    /// The series of the range compared with, where `compare` asks for it: as many intervals, each the one of `series` so
    /// much earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_series: Option<OverviewSeries>,
    /// Scans by weekday (Monday first) and hour of the zone, as the clock on the wall shows it.
    week: Vec<Vec<u64>>,
    breakdowns: BTreeMap<String, OverviewBreakdown>,
    places: OverviewPlaces,
    /// The last five minutes.
    now: OverviewTotals,
    /// Every scan answered before this moment is counted.
    read_up_to: String,
    /// Whether every scan could be counted. False while a file is damaged that may have scans of the workspace and of one
    /// of the ranges.
    exact: bool,
    /// Scans of all workspaces and times in such files: no more than so many are missing.
    lost_rows: u64,
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
        .map(|(number, asked)| Ok((asked.clone(), word(&format!("/dimensions/{number}"), asked)?)))
        .collect::<ApiResult<Vec<(String, Word)>>>()?;
    let compared = match body.compare.as_deref() {
        None => Compared::PreviousPeriod,
        Some(asked) => query::compared(asked)?,
    };
    let limit = body.limit.unwrap_or(DEFAULT_ROWS).clamp(1, MAX_ROWS);
    let mut asked = population::of_range(&app, caller.workspace, &body.range, "/").await?;
    let read_up_to = Millis(app.read_up_to.load(Ordering::Acquire));
    let instants = asked.instants();
    if !asked.has_start {
        asked.population.from = population::first_scan(&app, &asked.population).await?;
    }
    let (zone, population) = (asked.zone, asked.population);
    let (names, words): (Vec<String>, Vec<Word>) = dimensions.into_iter().unzip();
    let range = (population.from, population.to);
    let dimensions = query::resolve(&app, caller.workspace, &words, &zone, range).await?;
    let span = population.to.0 - population.from.0;
    let interval = match body.interval_in_minutes {
        Some(0) => return Err(ApiError::field("/intervalInMinutes", "an interval has at least one minute")),
        asked => population::minutes(asked)?,
    };
    let interval = interval.unwrap_or_else(|| reports::default_interval(span));
    let edges = buckets::edges(population.from, population.to, interval, &zone)
        .map_err(|why| ApiError::field("/intervalInMinutes", why))?;
    let starts = edges[..edges.len() - 1].to_vec();
    if span > MAX_WEEK_MS {
        return Err(ApiError::field("/startDate", "a range has at most 20 years"));
    }
    let clock = Arc::new(Clock::new(population.from, population.to, &zone));
    let week_hours = By::Clock(clock, ClockPart::WeekHour);

    let mut asks = vec![
        Ask::Totals,
        Ask::Series { edges: reports::clipped(edges.clone(), population.from, population.to), by: None },
        Ask::Breakdown { by: week_hours, limit: WEEK_HOURS },
        // All: those that are not shown are told by their number and their sum.
        Ask::Places { limit: usize::MAX },
    ];
    asks.extend(dimensions.iter().map(|by| Ask::Breakdown { by: by.clone(), limit }));
    let previous = asked.has_start.then(|| {
        let (from, to) = compared.range(population.from, population.to, &zone);
        Population { from, to, ..population.clone() }
    });
    let previous_range = previous.as_ref().map(|previous| (previous.from, previous.to));
    let mut before = vec![Ask::Totals];
    let mut previous_starts = Vec::new();
    if let (Some((from, to)), true) = (previous_range, body.compare.is_some()) {
        let earlier = compared.edges(&edges, range, &zone);
        previous_starts = earlier[..earlier.len() - 1].to_vec();
        before.push(Ask::Series { edges: reports::clipped(earlier, from, to), by: None });
    }
    let now = app.clock.now();
    let latest = Population { from: now.plus(-NOW_MS), to: now.plus(1), ..population.clone() };
    let store = app.store.clone();
    let (answers, previous, latest, lost) = population::ask(&app, move || {
        let others = previous.iter().chain([&latest]).map(|of| of.from..of.to);
        let times: Vec<_> = [instants].into_iter().chain(others).collect();
        let previous = previous.map(|previous| store.reports(&previous, &before)).transpose()?;
        let (answers, latest) = (store.reports(&population, &asks)?, store.report(&latest, &Ask::Totals)?);
        Ok((answers, previous, latest, store.lost_scans(population.workspace, &times)))
    })
    .await?;

    let mut answers = answers.into_iter();
    let mut next = || answers.next().ok_or_else(|| ApiError::internal("a question was not answered"));
    let totals = totals(next()?)?;
    let series = line(next()?)?;
    let week = week(next()?)?;
    let places = places(next()?, app.redirector.geo.load().attributions().to_vec())?;
    let mut breakdowns = BTreeMap::new();
    for (name, by) in names.into_iter().zip(dimensions) {
        breakdowns.insert(name, breakdown(&app, caller.workspace, &by, next()?).await?);
    }
    let mut previous = previous.into_iter().flatten();
    let previous_totals = previous.next().map(self::totals).transpose()?;
    let previous_series = previous.next().map(line).transpose()?;
    let point = |(at, counts): (Millis, Counts)| OverviewPoint { timestamp: time(at), counts: counts.into() };
    Ok(Json(OverviewResponse {
        range: OverviewRange { from: time(range.0), to: time(range.1) },
        totals,
        previous: previous_totals,
        previous_range: previous_range.map(|(from, to)| OverviewRange { from: time(from), to: time(to) }),
        series: OverviewSeries {
            interval_in_minutes: interval,
            data: starts.into_iter().zip(series).map(point).collect(),
        },
        previous_series: previous_series.map(|series| OverviewSeries {
            interval_in_minutes: interval,
            data: previous_starts.into_iter().zip(series).map(point).collect(),
        }),
        week,
        breakdowns,
        places,
        now: self::totals(latest)?,
        read_up_to: time(read_up_to),
        exact: lost == 0,
        lost_rows: lost,
    }))
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

/// Scans by hour of the week, by day.
fn week(answer: Answer) -> ApiResult<Vec<Vec<u64>>> {
    let Answer::Breakdown { rows, .. } = answer else { return Err(mixed_up()) };
    let of: BTreeMap<String, u64> =
        rows.into_iter().map(|(value, counts)| (value.label, counts.scans)).collect();
    let hours = ClockPart::WeekHour.labels();
    let scans = |label: &String| of.get(label).copied().unwrap_or_default();
    Ok(hours.chunks(24).map(|day| day.iter().map(scans).collect()).collect())
}

fn places(answer: Answer, attributions: Vec<String>) -> ApiResult<OverviewPlaces> {
    let Answer::Places { mut rows, unknown, .. } = answer else { return Err(mixed_up()) };
    let groups = rows.len() as u64;
    let mut other = Counts::default();
    rows.drain(rows.len().min(MAX_PLACES)..).for_each(|(_, counts)| other.add(counts));
    let place = |(place, counts): (Place, Counts)| OverviewPlace {
        latitude: f64::from(place.latitude) / 10.0,
        longitude: f64::from(place.longitude) / 10.0,
        city: place.city,
        country: place.country,
        scans: counts.scans,
        visitors: counts.visitors,
    };
    Ok(OverviewPlaces {
        rows: rows.into_iter().map(place).collect(),
        groups,
        other: other.into(),
        unknown: unknown.scans,
        unknown_visitors: unknown.visitors,
        attributions,
    })
}

async fn breakdown(
    app: &App,
    workspace: WorkspaceId,
    by: &By,
    answer: Answer,
) -> ApiResult<OverviewBreakdown> {
    let Answer::Breakdown { rows, groups, other, .. } = answer else { return Err(mixed_up()) };
    let names = query::Names::of(app, workspace, by, rows.iter().map(|(value, _)| value)).await?;
    let row = |(value, counts): (Value, Counts)| OverviewRow {
        label: names.label(by, &value),
        code: code(by, &value),
        value: value.label,
        scans: counts.scans,
        visitors: counts.visitors,
    };
    Ok(OverviewBreakdown {
        rows: rows.into_iter().map(row).collect(),
        groups,
        other: other.into(),
        may_exceed_total: by.may_exceed_total(),
    })
}
