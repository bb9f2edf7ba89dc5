//! Which scans a question is about: link, range and verdicts, read the same way for every endpoint, and the asking
//! itself (DESIGN §9, §11.1).

use super::body::Query;
use super::dimensions::asked::Sources;
use super::dimensions::{self, Tested};
use crate::app::App;
use crate::catalog::links;
use crate::catalog::workspaces::{self, Counting};
use crate::error::{ApiError, ApiResult};
use analytics::{Damage, Local};
use axum::http::StatusCode;
use jiff::tz::TimeZone;
use model::buckets;
use model::dates::{self, Bound};
use model::report::{Answer, Ask, Population, Scope, Verdicts};
use model::scan::Verdict;
use model::time::DAY_MS;
use model::{LinkId, Millis, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;

/// What every analytics body can say.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// Only this link.
    pub link_id: Option<String>,
    /// Inclusive; the first scan when absent.
    pub start_date: Option<String>,
    /// Inclusive; now when absent.
    pub end_date: Option<String>,
    /// IANA zone of days and dates without an offset; the workspace's when absent.
    pub x_timezone: Option<String>,
    /// `["all"]`, or verdicts; humans when absent.
    pub verdict: Option<Vec<String>>,
    /// Only scans with these values: `country:DE` is, `country!:DE` is not, `city~:dorf` contains, `city!~:dorf` contains
    /// not. Those of one dimension and test are alternatives, of several all must hold; nothing behind the colon stands
    /// for unknown.
    pub x_filters: Option<Vec<String>>,
}

/// How far past a range its clock is known: the live feed goes on with the filters it began with, and a range is compared
/// with the year before.
const BEYOND_MS: i64 = 368 * DAY_MS;

/// A clock that reaches back further is begun at the first scan: it costs by its hours, and there may be none for decades.
const LONG_MS: i64 = 4 * BEYOND_MS;

/// A population and the zone its days are in.
pub struct Asked {
    /// Which scans.
    pub population: Population,
    /// Zone of days.
    pub zone: TimeZone,
    /// Whether the start was given; else the range begins with the first scan.
    pub has_start: bool,
}

impl Asked {
    /// The instants asked about: without a start all of the past, since the first scan that is known may not be the first there
    /// was, where files are damaged.
    pub fn instants(&self) -> std::ops::Range<Millis> {
        let from = if self.has_start { self.population.from } else { Millis(0) };
        from..self.population.to
    }
}

/// The population of a query string.
pub async fn of_query(app: &App, workspace: WorkspaceId, query: &Query) -> ApiResult<Population> {
    let text = |name: &str| query.get(name).map(str::to_owned);
    let verdicts: Vec<String> =
        query.all("verdict").flat_map(|list| list.split(',')).map(str::to_owned).collect();
    let range = Range {
        link_id: text("linkId"),
        start_date: text("startDate"),
        end_date: text("endDate"),
        x_timezone: text("xTimezone"),
        verdict: (!verdicts.is_empty()).then_some(verdicts),
        x_filters: Some(query.all("xFilter").map(str::to_owned).collect()),
    };
    Ok(of_range(app, workspace, &range, "").await?.population)
}

/// The population of a body's range. `prefix` is put before field names in errors: `/` for bodies.
pub async fn of_range(app: &App, workspace: WorkspaceId, range: &Range, prefix: &str) -> ApiResult<Asked> {
    // A body names the one at fault; a query has no places.
    let field = |number: usize| {
        if prefix.is_empty() { "xFilter".to_owned() } else { format!("{prefix}xFilters/{number}") }
    };
    let filters = dimensions::of_texts(field, range.x_filters.iter().flatten().map(String::as_str))?;
    with_filters(app, workspace, range, prefix, filters).await
}

/// The population of a body's range with these filters instead of the range's own.
pub async fn with_filters(
    app: &App,
    workspace: WorkspaceId,
    range: &Range,
    prefix: &str,
    tested: Vec<Tested>,
) -> ApiResult<Asked> {
    let mut db = app.catalog.read().await?;
    let workspace_row = workspaces::get(&mut db, workspace).await?;
    let zone = match range.x_timezone.as_deref().filter(|zone| !zone.is_empty()) {
        Some(name) => TimeZone::get(name).map_err(|_| {
            ApiError::field(format!("{prefix}xTimezone"), format!("\"{name}\" is not an IANA time zone"))
        })?,
        None => {
            let name = workspace_row.as_ref().map(|workspace| workspace.timezone.as_str());
            TimeZone::get(name.unwrap_or_default()).unwrap_or(TimeZone::UTC)
        }
    };
    let scope = match range.link_id.as_deref().filter(|id| !id.is_empty()) {
        None => Scope::Workspace,
        Some(text) => {
            let field = format!("{prefix}linkId");
            let id: LinkId =
                text.parse().map_err(|_| ApiError::field(&field, format!("\"{text}\" is not a UUID")))?;
            if links::of_events(&mut db, workspace, &[id]).await?.is_empty() {
                return Err(ApiError::link_not_found(id).about(&field));
            }
            Scope::Links(vec![id])
        }
    };
    // In the zones east of Greenwich, 1970 begins in 1969.
    let date =
        |name: &str, text: &Option<String>, bound| match text.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                let field = format!("{prefix}{name}");
                match dates::parse(text, &zone, bound) {
                    Some(at) if at.0 < -DAY_MS => Err(ApiError::field(
                        field,
                        format!("\"{text}\" lies before 1970, and no scan does; leave it out"),
                    )),
                    Some(at) => Ok(Some(at)),
                    None => Err(ApiError::field(
                        field,
                        format!("\"{text}\" is not a date such as 2026-11-22 or 2026-11-22T18:00:00Z"),
                    )),
                }
            }
        };
    let start = date("startDate", &range.start_date, Bound::Start)?;
    let end = date("endDate", &range.end_date, Bound::End)?;
    // Inclusive on the wire, exclusive inside. Absent: the scan of this very millisecond is in.
    let to = end.unwrap_or(app.clock.now()).plus(1);
    let from = start.unwrap_or(Millis(0));
    if start.is_some_and(|start| start >= to) {
        if end.is_none() {
            let message = "lies in the future, and without endDate a range ends now";
            return Err(ApiError::field(format!("{prefix}startDate"), message));
        }
        return Err(ApiError::field(format!("{prefix}endDate"), "the end lies before the start"));
    }
    let counting = workspace_row.and_then(|workspace| workspace.counting);
    let verdicts = verdicts(app, counting, range.verdict.as_deref(), &format!("{prefix}verdict"))?;
    // A range may also be compared with one as long before it.
    let earliest = start.map_or(from, |start| start.plus(start.0.saturating_sub(to.0).min(-BEYOND_MS)));
    let mut population = Population { workspace, scope, verdicts, from, to, filters: vec![] };
    let first = if tested.iter().any(Tested::is_of_the_clock) && to.0.saturating_sub(earliest.0) > LONG_MS {
        drop(db);
        let all = Population { verdicts: Verdicts::ALL, from: Millis(0), ..population.clone() };
        let first = first_scan(app, &all).await?;
        db = app.catalog.read().await?;
        first
    } else {
        earliest
    };
    let range = clocked((earliest, to), first, app.clock.now());
    let mut sources = Sources { db: &mut db, workspace, zone: &zone, range };
    for filter in tested {
        population.filters.push(filter.resolve(&mut sources).await?);
    }
    Ok(Asked { population, zone, has_start: start.is_some() })
}

/// What the clock of filters covers: no time before the first scan, and none that is far ahead.
fn clocked((earliest, to): (Millis, Millis), first: Millis, now: Millis) -> (Millis, Millis) {
    (earliest.max(first.min(now)), to.min(now.plus(1)).plus(BEYOND_MS))
}

/// When the first scan of a population was; for none at all, a day before its end.
pub async fn first_scan(app: &App, population: &Population) -> ApiResult<Millis> {
    let (store, asked) = (app.store.clone(), population.clone());
    match ask(app, move || store.report(&asked, &Ask::Totals)).await? {
        Answer::Totals { first_at, .. } => Ok(start_without(first_at, population.to)),
        _ => Err(ApiError::internal("totals were answered with something else")),
    }
}

/// Where a range begins that was asked for without a start: with its first scan, and where nothing was ever scanned, a
/// day before its end.
pub fn start_without(first: Option<Millis>, to: Millis) -> Millis {
    first.unwrap_or(to.plus(-DAY_MS))
}

/// The verdicts that are counted: as asked, else as the workspace counts, else as the installation does.
pub fn verdicts(
    app: &App,
    counting: Option<Counting>,
    words: Option<&[String]>,
    field: &str,
) -> ApiResult<Verdicts> {
    match words {
        None | Some([]) => Ok(match counting {
            Some(Counting::All) => Verdicts::ALL,
            None if app.config.count_all => Verdicts::ALL,
            Some(Counting::Human) | None => Verdicts::HUMAN,
        }),
        Some([all]) if all.trim() == "all" => Ok(Verdicts::ALL),
        Some(words) => {
            let known = |word: &String| {
                let word = word.trim();
                if word == "all" {
                    return Err(ApiError::field(
                        field,
                        "\"all\" has every verdict in it; send it alone, or leave it out",
                    ));
                }
                Verdict::from_word(word).ok_or_else(|| {
                    let all: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
                    ApiError::field(
                        field,
                        format!("\"{word}\" is not a verdict; there are all, {}", all.join(", ")),
                    )
                })
            };
            Ok(Verdicts::of(words.iter().map(known).collect::<ApiResult<Vec<_>>>()?))
        }
    }
}

/// Minutes of an interval as a body asks for them; nothing where it asks for none.
pub fn minutes(asked: Option<i64>) -> ApiResult<Option<i64>> {
    buckets::minutes(asked.unwrap_or_default()).map_err(|why| ApiError::field("/intervalInMinutes", why))
}

/// Asks the store, two questions at a time, off the API's threads.
pub async fn ask<T: Send + 'static>(
    app: &App,
    question: impl FnOnce() -> analytics::Result<T> + Send + 'static,
) -> ApiResult<T> {
    let _turn = app.querying.acquire().await.map_err(ApiError::internal)?;
    let answer = tokio::task::spawn_blocking(question).await.map_err(ApiError::internal)?;
    answer.map_err(|error| match error {
        analytics::Error::Damage(damage) => damaged(&damage),
        error => ApiError::internal(error),
    })
}

/// How many scans an answer about a population that is given now lacks at most, where files are damaged that may have some of
/// its scans.
pub fn lost(store: &Local, population: &Population) -> Option<u64> {
    let time = population.from..population.to;
    let lost = store.lost_scans(population.workspace, std::slice::from_ref(&time));
    (lost > 0).then_some(lost)
}

/// 500: what was to be all would lack what is in damaged files. Health tells its owner of them.
pub fn damaged(damage: &Damage) -> ApiError {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "STORE_DAMAGED", damage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_filters_has_the_hours_that_scans_can_have() {
        let (now, first) = (Millis(20_000 * DAY_MS), Millis(19_000 * DAY_MS));
        let ahead = |to: Millis| to.plus(BEYOND_MS);
        assert_eq!(clocked((Millis(0), now), first, now), (first, ahead(now)), "not since 1970");
        let week = (now.plus(-7 * DAY_MS), now);
        assert_eq!(clocked(week, first, now), (week.0, ahead(now)));
        let for_ever = clocked((first, Millis(i64::MAX)), first, now);
        assert_eq!(for_ever, (first, ahead(now.plus(1))), "not up to the year 9999");
    }
}
