//! From what the store counted to the rows of an answer.

use super::Names;
use super::plan::{Buckets, Plan};
use crate::api::dimensions::{OTHER, code};
use crate::api::population;
use crate::api::query::QueryResponse;
use crate::api::wire::time;
use crate::app::App;
use crate::error::ApiResult;
use analytics::{Damage, Local, Lost};
use model::rate::wilson;
use model::report::{Answer, Ask, By, Counts, Filter, Metric, Population, Value, Verdicts};
use model::{Millis, WorkspaceId};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// The metrics that were asked for.
#[derive(Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryNumbers {
    #[serde(skip_serializing_if = "Option::is_none")]
    scans: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_scans: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returning: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_scan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_scan: Option<String>,
}

/// The same of the range compared with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryPrevious {
    /// Start of the interval there.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(flatten)]
    numbers: QueryNumbers,
}

/// A row of an answer.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryRow {
    /// What a filter takes; empty for unknown. Absent without dimension, and of `(other)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// What people read.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// ISO code of a country, also of the one a city or region lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Whether this is the row of all values beyond the limit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    other: bool,
    /// Start of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(flatten)]
    numbers: QueryNumbers,
    /// Of all scans of the range, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    /// Where the share of many more scans like these would lie: Wilson's interval, 95 %, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    share_interval: Option<[f64; 2]>,
    /// Absent where nothing is compared. Of an interval, it is the same one so much earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<QueryPrevious>,
}

/// A range.
#[derive(Serialize, ToSchema)]
pub struct QueryRange {
    /// The first scan where no start was asked for; of no scans at all, a day before the end.
    from: String,
    /// Exclusive.
    to: String,
}

/// What the answer is of.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// IANA zone of days, hours and intervals.
    timezone: String,
    range: QueryRange,
    /// The range compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_range: Option<QueryRange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    /// Values there are, unknown included.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<u64>,
    /// Whether a scan can have several values, so that the rows may add up to more than the total.
    may_exceed_total: bool,
    /// Whether every scan could be counted. False while a file is damaged that may have scans of the workspace and of this
    /// range, or of the one compared with.
    exact: bool,
    /// Scans of all workspaces and times in those files: no more than so many are missing.
    lost_rows: u64,
    /// Those files.
    #[serde(skip)]
    #[schema(ignore)]
    lost: Vec<Lost>,
    /// Rows that were looked at.
    rows_read: u64,
    /// Every scan answered before this moment is counted.
    data_up_to: String,
}

impl Meta {
    /// Refuses an answer that lacks something.
    pub fn require_exact(&self) -> ApiResult<()> {
        if self.exact { Ok(()) } else { Err(population::damaged(&Damage(self.lost.clone()))) }
    }
}

/// What the store counted of one population.
#[derive(Default)]
struct Counted {
    total: Counts,
    span: Option<(Millis, Millis)>,
    /// By value, or one without; by interval, or one without.
    lines: Vec<(Value, Vec<Counts>)>,
    /// Place of each value's line.
    places: HashMap<Value, usize>,
    other: Vec<Counts>,
    groups: Option<u64>,
    spans: HashMap<Value, (Millis, Millis)>,
    read: u64,
}

/// A population, and the same with scans of any verdict.
struct Both {
    asked: Counted,
    all: Option<Counted>,
}

/// Answers a question.
pub async fn answer(app: &App, workspace: WorkspaceId, plan: Plan) -> ApiResult<QueryResponse> {
    let data_up_to = time(Millis(app.read_up_to.load(Ordering::Acquire)));
    let store = app.store.clone();
    let (plan, now, previous, lost) = population::ask(app, move || {
        let now =
            both(&store, &plan, &plan.population, plan.buckets.as_ref().map(|(_, buckets)| buckets), None)?;
        let previous = match &plan.previous {
            None => None,
            Some((_, population, buckets)) => {
                Some(both(&store, &plan, population, buckets.as_ref(), Some(&now.asked))?)
            }
        };
        let compared = plan.previous.iter().map(|(_, population, _)| population.from..population.to);
        let times: Vec<_> = [plan.instants.clone()].into_iter().chain(compared).collect();
        let mut lost = store.lost(Some(workspace), &times);
        lost.retain(|lost| lost.has_scans);
        Ok((plan, now, previous, lost))
    })
    .await?;

    let read = |both: &Both| both.asked.read + both.all.as_ref().map_or(0, |all| all.read);
    let range = |population: &Population| QueryRange { from: time(population.from), to: time(population.to) };
    let first = now.asked.span.map(|(first, _)| first);
    let start = if plan.has_start {
        plan.population.from
    } else {
        population::start_without(first, plan.population.to)
    };
    let meta = Meta {
        timezone: plan.zone.iana_name().unwrap_or("UTC").to_owned(),
        range: QueryRange { from: time(start), to: time(plan.population.to) },
        previous_range: plan.previous.as_ref().map(|(_, population, _)| range(population)),
        interval: plan.buckets.as_ref().map(|(name, _)| name.clone()),
        groups: now.asked.groups,
        may_exceed_total: plan.by.as_ref().is_some_and(|(by, _)| by.may_exceed_total()),
        exact: lost.is_empty(),
        lost_rows: lost.iter().map(|lost| lost.rows).sum(),
        lost,
        rows_read: read(&now) + previous.as_ref().map_or(0, read),
        data_up_to,
    };
    let names = match &plan.by {
        None => None,
        Some((by, _)) => {
            Some(Names::of(app, workspace, by, now.asked.lines.iter().map(|(value, _)| value)).await?)
        }
    };
    let table = Table { plan: &plan, now: &now, previous: previous.as_ref(), names: names.as_ref() };
    Ok(QueryResponse { rows: table.rows(), totals: table.totals(), meta })
}

fn both(
    store: &Local,
    plan: &Plan,
    population: &Population,
    buckets: Option<&Buckets>,
    like: Option<&Counted>,
) -> analytics::Result<Both> {
    let asked = counted(store, plan, population, buckets, like)?;
    let is_wider = plan.wants(Metric::AllScans) && population.verdicts != Verdicts::ALL;
    let all = Population { verdicts: Verdicts::ALL, ..population.clone() };
    let all =
        is_wider.then(|| counted(store, plan, &all, buckets, Some(like.unwrap_or(&asked)))).transpose()?;
    Ok(Both { asked, all })
}

/// Counts one population. With `like`, the values are those of that answer, whatever is most frequent here.
fn counted(
    store: &Local,
    plan: &Plan,
    population: &Population,
    buckets: Option<&Buckets>,
    like: Option<&Counted>,
) -> analytics::Result<Counted> {
    let by = plan.by.as_ref().map(|(by, limit)| {
        let all = like.is_some() || matches!(by, By::Clock(..));
        (by.clone(), if all { usize::MAX } else { *limit })
    });
    let mut asks = vec![Ask::Totals];
    let mut of_lines = population.clone();
    match (&by, buckets) {
        (None, None) => {}
        (Some((by, limit)), None) => {
            asks.push(Ask::Breakdown { by: by.clone(), limit: *limit });
            if plan.wants_spans() {
                asks.push(Ask::Spans { by: by.clone() });
            }
        }
        (by, Some(buckets)) => {
            // Values times intervals: no more of them are counted than are shown, and all as one line beside.
            if let (Some((by, _)), Some(like)) = (by, like) {
                let values = like.lines.iter().map(|(value, _)| value.label.clone()).collect();
                of_lines.filters.push(Filter::is(by.clone(), values));
                asks.push(Ask::Series { edges: buckets.edges.clone(), by: Some((by.clone(), 0)) });
            }
            asks.push(Ask::Series { edges: buckets.edges.clone(), by: by.clone() });
        }
    }
    let mut answered = if of_lines == *population {
        store.answer(population, &asks)?
    } else {
        let mut totals = store.answer(population, &asks[..2])?;
        let lines = store.answer(&of_lines, &asks[2..])?;
        totals.answers.extend(lines.answers);
        totals.read += lines.read;
        totals
    };
    let mut counted = Counted { read: answered.read, ..Counted::default() };
    for answer in answered.answers.drain(..) {
        match answer {
            Answer::Totals { counts, first_at, last_at } => {
                counted.total = counts;
                counted.span = first_at.zip(last_at);
            }
            Answer::Breakdown { rows, groups, other, .. } => {
                counted.groups = Some(groups);
                counted.lines = rows.into_iter().map(|(value, counts)| (value, vec![counts])).collect();
                counted.other = vec![other];
            }
            Answer::Series { lines, other, .. } => {
                counted.lines = lines;
                counted.other.resize(other.len(), Counts::default());
                counted.other.iter_mut().zip(other).for_each(|(sum, counts)| sum.add(counts));
            }
            Answer::Spans(spans) => {
                counted.spans =
                    spans.into_iter().map(|(value, first, last)| (value, (first, last))).collect();
            }
            Answer::Places { .. } => {}
        }
    }
    if plan.by.is_none() && buckets.is_none() {
        let value = Value { label: String::new(), within: String::new() };
        counted.lines = vec![(value, vec![counted.total])];
    }
    let places = counted.lines.iter().enumerate().map(|(place, (value, _))| (value.clone(), place));
    counted.places = places.collect();
    if let (Some(like), Some(_)) = (like, buckets) {
        let shown = like.lines.iter().filter_map(|(value, _)| counted.places.get(value));
        for (_, counts) in shown.map(|place| &counted.lines[*place]) {
            counted.other.iter_mut().zip(counts).for_each(|(others, counts)| others.take(*counts));
        }
    }
    Ok(counted)
}

impl Counted {
    fn line(&self, value: &Value) -> Option<&Vec<Counts>> {
        self.places.get(value).map(|place| &self.lines[*place].1)
    }
}

/// The rows, and what they are made of.
struct Table<'t> {
    plan: &'t Plan,
    now: &'t Both,
    previous: Option<&'t Both>,
    names: Option<&'t Names>,
}

/// Which line of the counts a row tells of.
#[derive(Clone, Copy)]
enum Line<'t> {
    Value(&'t Value),
    Other,
}

impl Table<'_> {
    fn totals(&self) -> QueryRow {
        let of = |both: &Both| {
            let all = both.all.as_ref().unwrap_or(&both.asked).total;
            self.numbers(both.asked.total, Some(all), both.asked.span)
        };
        QueryRow {
            numbers: of(self.now),
            previous: self.previous.map(|both| QueryPrevious { timestamp: None, numbers: of(both) }),
            ..QueryRow::default()
        }
    }

    fn rows(&self) -> Vec<QueryRow> {
        let mut values: Vec<Value> = self.now.asked.lines.iter().map(|(value, _)| value.clone()).collect();
        // Values that only scans of other verdicts have are beyond those shown as well.
        let others = |counted: &Counted| {
            let scans = |place| self.counts(counted, Line::Other, place).map_or(0, |counts| counts.scans);
            (0..self.now.asked.other.len()).any(|place| scans(place) > 0)
        };
        let mut has_other = others(&self.now.asked) || self.now.all.as_ref().is_some_and(others);
        if let Some((By::Clock(_, part), _)) = &self.plan.by {
            // The clock has an order of its own, and shows every hour.
            let value = |label| Value { label, within: String::new() };
            values = part.labels().into_iter().map(value).collect();
            has_other = false;
        }
        let lines = values.iter().map(Line::Value).chain(has_other.then_some(Line::Other));
        lines.flat_map(|line| self.line(line)).collect()
    }

    fn line(&self, line: Line<'_>) -> Vec<QueryRow> {
        let starts = self.plan.buckets.as_ref().map(|(_, buckets)| buckets.starts.as_slice());
        let count = starts.map_or(1, <[Millis]>::len);
        (0..count).map(|place| self.row(line, starts.map(|starts| starts[place]), place)).collect()
    }

    fn row(&self, line: Line<'_>, start: Option<Millis>, place: usize) -> QueryRow {
        let counts = self.counts(&self.now.asked, line, place).unwrap_or_default();
        let numbers = self.of(self.now, line, place).unwrap_or_default();
        let mut row = QueryRow { timestamp: start.map(time), numbers, ..QueryRow::default() };
        row.previous = self.previous.and_then(|both| {
            let starts = self.plan.previous.as_ref().and_then(|(_, _, buckets)| buckets.as_ref());
            let timestamp = match starts {
                Some(buckets) => Some(time(*buckets.starts.get(place)?)),
                None => None,
            };
            Some(QueryPrevious { timestamp, numbers: self.of(both, line, place)? })
        });
        let Some((by, _)) = &self.plan.by else { return row };
        match line {
            Line::Other => {
                row.label = Some(OTHER.to_owned());
                row.other = true;
            }
            Line::Value(value) => {
                row.label = self.names.map(|names| names.label(by, value));
                row.code = Some(code(by, value));
                row.value = Some(value.label.clone());
            }
        }
        let total = self.now.asked.total.scans;
        if let (None, Some((low, high))) = (start, wilson(counts.scans, total)) {
            row.share = Some(counts.scans as f64 * 100.0 / total as f64);
            row.share_interval = Some([low * 100.0, high * 100.0]);
        }
        row
    }

    /// The numbers of a row; nothing where they are not known.
    fn of(&self, both: &Both, line: Line<'_>, place: usize) -> Option<QueryNumbers> {
        let counts = self.counts(&both.asked, line, place)?;
        let all = self.counts(both.all.as_ref().unwrap_or(&both.asked), line, place);
        let span = match line {
            Line::Value(_) if self.plan.by.is_none() => both.asked.span,
            Line::Value(value) => both.asked.spans.get(value).copied(),
            Line::Other => None,
        };
        Some(self.numbers(counts, all, span))
    }

    fn counts(&self, counted: &Counted, line: Line<'_>, place: usize) -> Option<Counts> {
        match line {
            Line::Value(value) => {
                Some(counted.line(value).and_then(|counts| counts.get(place)).copied().unwrap_or_default())
            }
            Line::Other
                if self.plan.buckets.is_some() || std::ptr::eq(counted, &raw const self.now.asked) =>
            {
                counted.other.get(place).copied()
            }
            // The others are what the shown values leave of a whole breakdown.
            Line::Other => {
                let is_shown = |value: &Value| self.now.asked.line(value).is_some();
                let others = counted.lines.iter().filter(|(value, _)| !is_shown(value));
                let mut sum = Counts::default();
                others.flat_map(|(_, counts)| counts).for_each(|counts| sum.add(*counts));
                Some(sum)
            }
        }
    }

    fn numbers(&self, counts: Counts, all: Option<Counts>, span: Option<(Millis, Millis)>) -> QueryNumbers {
        let wanted = |metric, number: u64| self.plan.wants(metric).then_some(number);
        let at = |metric, at: Option<Millis>| at.filter(|_| self.plan.wants(metric)).map(time);
        QueryNumbers {
            scans: wanted(Metric::Scans, counts.scans),
            all_scans: all.and_then(|all| wanted(Metric::AllScans, all.scans)),
            visitors: wanted(Metric::Visitors, counts.visitors),
            new: wanted(Metric::New, counts.first),
            returning: wanted(Metric::Returning, counts.returning),
            first_scan: at(Metric::FirstScan, span.map(|(first, _)| first)),
            last_scan: at(Metric::LastScan, span.map(|(_, last)| last)),
        }
    }
}
