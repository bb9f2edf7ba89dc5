//! Widgets: their shapes, and what they may ask.

use crate::api::body::Question;
use crate::api::overview::OverviewRequest;
use crate::api::query::QueryRequest;
use crate::api::reports::asked::{
    BreakdownRequest, GeoRequest, GroupedSeriesRequest, HoursRequest, SeriesRequest, TopRequest,
};
use crate::error::{ApiError, ApiResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Widgets of a dashboard at most.
const MAX_WIDGETS: usize = 100;
/// Bytes of a configuration at most.
const MAX_BYTES: usize = 256 * 1024;
/// Columns at most.
const MAX_COLUMNS: u32 = 48;

/// What a widget may ask, and how.
const ENDPOINTS: &[(&str, &str)] = &[
    ("POST", "/v1/analytics/timeseries"),
    ("POST", "/v1/analytics/breakdown"),
    ("POST", "/v1/analytics/geo"),
    ("POST", "/v1/analytics/devices"),
    ("POST", "/v1/analytics/hours"),
    ("POST", "/v1/analytics/top-links"),
    ("POST", "/v1/analytics/visitors"),
    ("POST", "/v1/analytics/funnel"),
    ("POST", "/v1/analytics/attributes/metric"),
    ("POST", "/v1/analytics/attributes/distribution"),
    ("POST", "/v1/analytics/attributes/values"),
    ("POST", "/v1/timeseries/events"),
    ("POST", "/v1/x/analytics/query"),
    ("POST", "/v1/x/overview"),
    ("GET", "/v1/metrics/events"),
    ("GET", "/v1/metrics/workspace"),
];

/// Columns and widgets.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DashboardConfig {
    /// Width of the grid; 0 is the older one of two columns.
    pub grid_columns: u32,
    pub widgets: Vec<DashboardWidget>,
}

/// A panel.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DashboardWidget {
    pub id: String,
    pub title: String,
    pub position: WidgetPosition,
    pub size: WidgetSize,
    pub data_source: WidgetDataSource,
    pub visualization: WidgetVisualization,
}

/// Column and row, from 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct WidgetPosition {
    pub x: u32,
    pub y: u32,
}

/// In columns and rows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct WidgetSize {
    pub w: u32,
    pub h: u32,
}

/// The question a widget asks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WidgetDataSource {
    /// One of the analytics operations: `/v1/analytics/devices`.
    pub endpoint: String,
    pub method: String,
    /// The body, or the query of a GET.
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
    /// Where the rows stand in the answer: `data`.
    pub response_data_path: String,
    pub uses_date_range: bool,
    pub uses_interval: bool,
}

/// How an answer is drawn.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WidgetVisualization {
    pub chart_type: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub colors: Vec<String>,
    pub field_mappings: Vec<WidgetFieldMapping>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tabs: Vec<WidgetTab>,
}

/// Which field of a row is what in the chart.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WidgetFieldMapping {
    pub source_field: String,
    /// `label`, `value`, `x`, `y`.
    pub chart_role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_label: String,
}

/// Another view of a widget.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WidgetTab {
    pub label: String,
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
    /// `WIDGET_TAB_MODE_DATA`, `WIDGET_TAB_MODE_ASSISTANT_SUMMARY` (which nobody answers here).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<TabMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<TabView>,
}

/// How a tab comes by its content.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(clippy::enum_variant_names, reason = "the words are the contract's")]
pub enum TabMode {
    WidgetTabModeUnspecified,
    WidgetTabModeData,
    WidgetTabModeAssistantSummary,
}

/// How a tab is drawn.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(clippy::enum_variant_names, reason = "the words are the contract's")]
pub enum TabView {
    WidgetTabViewUnspecified,
    WidgetTabViewChart,
    WidgetTabViewMap,
}

impl DashboardConfig {
    /// The same with ids for widgets that have none, or what is wrong with it.
    pub fn checked(mut self) -> ApiResult<Self> {
        if self.grid_columns > MAX_COLUMNS {
            let message = format!("a grid has at most {MAX_COLUMNS} columns");
            return Err(ApiError::field("/config/gridColumns", message));
        }
        if self.widgets.len() > MAX_WIDGETS {
            let message = format!("a dashboard has at most {MAX_WIDGETS} widgets");
            return Err(ApiError::field("/config/widgets", message));
        }
        for (number, widget) in self.widgets.iter_mut().enumerate() {
            let WidgetDataSource { endpoint, method, params, .. } = &mut widget.data_source;
            if method.is_empty() {
                *method = if endpoint.contains("/metrics/") { "GET" } else { "POST" }.to_owned();
            }
            if !ENDPOINTS.contains(&(method.as_str(), endpoint.as_str())) {
                let all: Vec<String> =
                    ENDPOINTS.iter().map(|(method, path)| format!("{method} {path}")).collect();
                let message =
                    format!("a widget cannot ask {method} {endpoint}; there are {}", all.join(", "));
                return Err(ApiError::field(
                    format!("/config/widgets/{number}/dataSource/endpoint"),
                    message,
                ));
            }
            asked(endpoint, params).map_err(|error| {
                let (field, message) = error
                    .detail()
                    .map_or(("", error.message()), |at| (at.field.as_str(), at.message.as_str()));
                let at = format!("/config/widgets/{number}/dataSource/params{field}");
                ApiError::field(at, message)
            })?;
            if widget.id.is_empty() {
                widget.id = format!("w{}", number + 1);
            }
        }
        if self.to_json().len() > MAX_BYTES {
            return Err(ApiError::field("/config", format!("is longer than {MAX_BYTES} bytes")));
        }
        Ok(self)
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists: writing them to memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Whether an operation could be asked this: its fields and dimensions. Whoever shows the widget may add a range.
fn asked(endpoint: &str, params: &Map<String, Value>) -> ApiResult<()> {
    let body = Value::Object(params.clone());
    match endpoint {
        "/v1/analytics/timeseries" => Question::<GroupedSeriesRequest>::of(body)?.0.by().map(drop),
        "/v1/analytics/breakdown" => Question::<BreakdownRequest>::of(body)?.0.by().map(drop),
        "/v1/analytics/geo" => Question::<GeoRequest>::of(body)?.0.by().map(drop),
        "/v1/analytics/devices" | "/v1/analytics/top-links" => {
            Question::<TopRequest>::of(body)?.0.rows().map(drop)
        }
        "/v1/analytics/hours" => Question::<HoursRequest>::of(body).map(drop),
        "/v1/analytics/visitors" | "/v1/timeseries/events" => Question::<SeriesRequest>::of(body).map(drop),
        "/v1/x/analytics/query" => Question::<QueryRequest>::of(body).map(drop),
        "/v1/x/overview" => Question::<OverviewRequest>::of(body).map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_widget_asks_what_analytics_answers_and_nothing_else() {
        let config = |endpoint: &str| -> DashboardConfig {
            serde_json::from_value(json!({ "widgets": [{ "dataSource": { "endpoint": endpoint } }] }))
                .unwrap()
        };
        let checked = config("/v1/analytics/devices").checked().unwrap();
        assert_eq!(
            (checked.widgets[0].data_source.method.as_str(), checked.widgets[0].id.as_str()),
            ("POST", "w1")
        );
        for endpoint in ["", "/v1/links", "https://example.com/", "/v1/analytics/devices?x"] {
            assert!(config(endpoint).checked().is_err(), "{endpoint}");
        }
    }
}
