//! What the contract's analytics operations are asked. Each has the fields that mean something to it and no others, so that
//! a field with which nothing would happen is refused.

use crate::api::dimensions::{Word, dimension, word};
use crate::api::population::Range;
use crate::error::{ApiError, ApiResult};
use model::report::Dimension;
use serde::Deserialize;
use utoipa::ToSchema;

/// Rows when no limit is asked for.
const DEFAULT_ROWS: usize = 10;
/// Lines of a grouped series when no limit is asked for.
const DEFAULT_LINES: usize = 5;
/// Rows at most.
const MAX_ROWS: usize = 1000;
/// What the contract's enumeration has for no dimension.
const UNSPECIFIED: &str = "GROUP_BY_DIMENSION_UNSPECIFIED";

/// A question over time.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeriesRequest {
    #[serde(flatten)]
    pub(super) range: Range,
    /// Minutes of an interval, from local midnight on; whole days are calendar days of the zone. 10,000 intervals at most.
    pub interval_in_minutes: Option<i64>,
}

/// A question over time, one line a value of a dimension.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupedSeriesRequest {
    #[serde(flatten)]
    pub(super) range: Range,
    /// Minutes of an interval, from local midnight on; whole days are calendar days of the zone. 10,000 intervals at most.
    pub interval_in_minutes: Option<i64>,
    /// `GROUP_BY_DIMENSION_COUNTRY`, `browser`, …; one line of all scans when absent.
    group_by: Option<String>,
    /// Lines at most; 5. The values beyond are one line `(other)`.
    limit: Option<i64>,
}

/// A question by the values of a dimension.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownRequest {
    #[serde(flatten)]
    pub(super) range: Range,
    /// `country`, `city`, `device_type`, `browser`, `platform`, `visit_type`, `language`, `network`, …
    dimension: Option<String>,
    /// Rows at most; 10.
    limit: Option<i64>,
}

/// A question by place.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeoRequest {
    #[serde(flatten)]
    pub(super) range: Range,
    /// `country` (when absent), `region` or `city`.
    group_by: Option<String>,
    /// Rows at most; 10.
    limit: Option<i64>,
}

/// A question whose rows are what its operation says.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopRequest {
    #[serde(flatten)]
    pub(super) range: Range,
    /// Rows at most; 10.
    limit: Option<i64>,
}

/// A question by the hours of the day.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoursRequest {
    #[serde(flatten)]
    pub(super) range: Range,
}

impl GroupedSeriesRequest {
    /// The dimension, and lines at most.
    pub fn by(&self) -> ApiResult<Option<(Dimension, usize)>> {
        let asked = self.group_by.as_deref().filter(|group| !["", UNSPECIFIED].contains(group));
        let by = asked.map(|group| dimension("/groupBy", group)).transpose()?;
        let limit = rows(self.limit, DEFAULT_LINES)?;
        Ok(by.map(|by| (by, limit)))
    }
}

impl BreakdownRequest {
    /// The dimension, and rows at most.
    pub fn by(&self) -> ApiResult<(Word, usize)> {
        let asked = self.dimension.as_deref().filter(|asked| !asked.is_empty()).ok_or_else(|| {
            ApiError::field("/dimension", "is required: what to break the scans down by, such as country")
        })?;
        Ok((word("/dimension", asked)?, rows(self.limit, DEFAULT_ROWS)?))
    }
}

impl GeoRequest {
    /// The kind of place, and rows at most.
    pub fn by(&self) -> ApiResult<(Dimension, usize)> {
        let by = match self.group_by.as_deref().filter(|group| !group.is_empty()) {
            None => Dimension::Country,
            Some(word) => dimension("/groupBy", word)?,
        };
        if !matches!(by, Dimension::Country | Dimension::Region | Dimension::City) {
            return Err(ApiError::field("/groupBy", "places are grouped by country, region or city"));
        }
        Ok((by, rows(self.limit, DEFAULT_ROWS)?))
    }
}

impl TopRequest {
    /// Rows at most.
    pub fn rows(&self) -> ApiResult<usize> {
        rows(self.limit, DEFAULT_ROWS)
    }
}

fn rows(limit: Option<i64>, default: usize) -> ApiResult<usize> {
    match limit {
        None | Some(0) => Ok(default),
        Some(limit) if limit < 0 => Err(ApiError::field("/limit", "a limit is at least 1")),
        Some(limit) => Ok((limit as usize).min(MAX_ROWS)),
    }
}
