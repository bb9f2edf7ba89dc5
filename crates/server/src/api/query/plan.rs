//! From the body of a question to what the store is asked.

use super::{QueryRequest, Range, compared, dimensions, population, resolve, tested};
use crate::api::population::{Asked, first_scan};
use crate::api::reports::clipped;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use dimensions::Word;
use jiff::tz::TimeZone;
use model::buckets::{self, INTERVALS, Interval};
use model::compared::Compared;
use model::report::{By, Metric, Population};
use model::{Millis, WorkspaceId};

/// Values of a dimension at most.
const MAX_LIMIT: i64 = 1000;
/// Rows of an answer at most.
const MAX_ROWS: usize = 50_000;
/// The clock on the wall is read over so many years at most.
const MAX_CLOCK_MS: i64 = 20 * 366 * model::time::DAY_MS;

/// Intervals of a range.
pub struct Buckets {
    /// Starts of the whole intervals.
    pub starts: Vec<Millis>,
    /// Their edges within the range.
    pub edges: Vec<Millis>,
}

/// A question as the store understands it.
pub struct Plan {
    /// What is counted.
    pub metrics: Vec<Metric>,
    /// Which scans.
    pub population: Population,
    /// Whether the start was given; else the range begins with the first scan.
    pub has_start: bool,
    /// The instants asked about.
    pub instants: std::ops::Range<Millis>,
    /// Zone of days and hours.
    pub zone: TimeZone,
    /// The dimension, and values at most.
    pub by: Option<(By, usize)>,
    /// Word or minutes, and the intervals of the range.
    pub buckets: Option<(String, Buckets)>,
    /// The range compared with, and its intervals.
    pub previous: Option<(Compared, Population, Option<Buckets>)>,
}

impl Buckets {
    /// Of whole intervals, cut to a population.
    fn of(whole: Vec<Millis>, population: &Population) -> Self {
        let starts = whole[..whole.len() - 1].to_vec();
        Self { starts, edges: clipped(whole, population.from, population.to) }
    }
}

impl Plan {
    /// Whether a metric is asked for.
    pub fn wants(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric)
    }

    /// Whether first or last scans are.
    pub fn wants_spans(&self) -> bool {
        self.wants(Metric::FirstScan) || self.wants(Metric::LastScan)
    }
}

/// Reads which scans a question is about.
pub async fn asked(app: &App, workspace: WorkspaceId, body: &QueryRequest) -> ApiResult<Asked> {
    let mut filters = dimensions::of_texts(
        |number| format!("/xFilters/{number}"),
        body.range.x_filters.iter().flatten().map(String::as_str),
    )?;
    for (number, filter) in body.filters.iter().flatten().enumerate() {
        let field = format!("/filters/{number}");
        filters.push(tested(&field, &filter.dimension, filter.operator.as_deref(), &filter.values)?);
    }
    let range: &Range = &body.range;
    population::with_filters(app, workspace, range, "/", filters).await
}

/// Reads a question.
pub async fn of(app: &App, workspace: WorkspaceId, body: QueryRequest) -> ApiResult<Plan> {
    let metrics = metrics(body.metrics.as_deref())?;
    let word = match body.dimension.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(asked) => Some(dimensions::word("/dimension", asked)?),
    };
    let interval = interval(&body)?;
    let spans = metrics.iter().position(|metric| matches!(metric, Metric::FirstScan | Metric::LastScan));
    if let (Some(number), Some(_)) = (spans, &interval) {
        let message = "is not told of intervals; leave the interval out, or the metric";
        return Err(ApiError::field(format!("/metrics/{number}"), message));
    }
    let compare = body.compare.as_deref().filter(|asked| !asked.is_empty()).map(compared).transpose()?;
    let limit = match body.limit {
        None | Some(0) if interval.is_some() => 5,
        None | Some(0) => 10,
        Some(limit @ 1..=MAX_LIMIT) => limit as usize,
        Some(limit) => {
            return Err(ApiError::field("/limit", format!("{limit} is not between 1 and {MAX_LIMIT}")));
        }
    };
    let mut asked = asked(app, workspace, &body).await?;
    if compare.is_some() && !asked.has_start {
        return Err(ApiError::field("/startDate", "is required: a range without a start has none before it"));
    }
    let on_the_clock = matches!(word, Some(Word::Clock(_)));
    if !asked.has_start && (interval.is_some() || on_the_clock) {
        asked.population.from = first_scan(app, &asked.population).await?;
    }
    let instants = asked.instants();
    let (zone, population, has_start) = (asked.zone, asked.population, asked.has_start);
    if on_the_clock && population.to.0 - population.from.0 > MAX_CLOCK_MS {
        return Err(ApiError::field("/startDate", "a range has at most 20 years"));
    }
    let previous = compare.map(|compare| {
        let (from, to) = compare.range(population.from, population.to, &zone);
        (compare, Population { from, to, ..population.clone() })
    });
    let by = match word {
        None => None,
        Some(word) => {
            // The clock covers the range compared with as well.
            let from =
                previous.as_ref().map_or(population.from, |(_, previous)| previous.from.min(population.from));
            let by = resolve(app, workspace, &[word], &zone, (from, population.to)).await?;
            by.into_iter().next().map(|by| (by, limit))
        }
    };
    let buckets = match interval {
        None => None,
        Some((name, interval)) => {
            let (from, to) = (population.from, population.to);
            let field = if body.interval_in_minutes.is_some() { "/intervalInMinutes" } else { "/interval" };
            let edges = buckets::of(from, to, interval, &zone).map_err(|why| ApiError::field(field, why))?;
            let lines = if by.is_some() { limit + 1 } else { 1 };
            if (edges.len() - 1) * lines > MAX_ROWS {
                let message = format!(
                    "this would be more than {MAX_ROWS} rows; take fewer values or a longer interval"
                );
                return Err(ApiError::field("/limit", message));
            }
            Some((name, edges))
        }
    };
    // The buckets compared with are those of the range, moved: cut anew, they would be others.
    let previous = previous.map(|(compare, previous)| {
        let range = (population.from, population.to);
        let edges = buckets.as_ref().map(|(_, edges)| compare.edges(edges, range, &zone));
        let buckets = edges.map(|edges| Buckets::of(edges, &previous));
        (compare, previous, buckets)
    });
    let buckets = buckets.map(|(name, edges)| (name, Buckets::of(edges, &population)));
    Ok(Plan { metrics, population, has_start, instants, zone, by, buckets, previous })
}

fn metrics(asked: Option<&[String]>) -> ApiResult<Vec<Metric>> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(vec![Metric::Scans, Metric::Visitors]);
    };
    let metric = |(number, word): (usize, &String)| {
        Metric::from_word(word).ok_or_else(|| {
            let all: Vec<&str> = Metric::ALL.iter().map(|metric| metric.as_str()).collect();
            let message = format!("\"{word}\" is not a metric; there are {}", all.join(", "));
            ApiError::field(format!("/metrics/{number}"), message)
        })
    };
    asked.iter().enumerate().map(metric).collect()
}

fn interval(body: &QueryRequest) -> ApiResult<Option<(String, Interval)>> {
    let minutes = population::minutes(body.interval_in_minutes)?;
    match (body.interval.as_deref().filter(|word| !word.is_empty()), minutes) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            Err(ApiError::field("/intervalInMinutes", "say either interval or intervalInMinutes"))
        }
        (None, Some(minutes)) => Ok(Some((format!("{minutes} minutes"), Interval::Minutes(minutes)))),
        (Some(word), None) => {
            let found = INTERVALS.iter().find(|(name, _)| *name == word);
            let (name, interval) = found.ok_or_else(|| {
                let all: Vec<&str> = INTERVALS.iter().map(|(name, _)| *name).collect();
                ApiError::field(
                    "/interval",
                    format!("\"{word}\" is not an interval; there are {}", all.join(", ")),
                )
            })?;
            Ok(Some(((*name).to_owned(), *interval)))
        }
    }
}
