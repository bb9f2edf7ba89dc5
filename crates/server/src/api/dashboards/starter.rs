//! The widgets that a dashboard begins with.

use super::widget::{
    DashboardConfig, DashboardWidget, WidgetDataSource, WidgetFieldMapping, WidgetPosition, WidgetSize,
    WidgetVisualization,
};
use model::LinkId;
use serde_json::{Map, Value, json};

/// Columns of a new dashboard.
const COLUMNS: u32 = 8;

/// No widgets.
pub fn empty() -> DashboardConfig {
    DashboardConfig { grid_columns: COLUMNS, widgets: vec![] }
}

/// A panel to begin with.
struct Starter {
    title: &'static str,
    endpoint: &'static str,
    path: &'static str,
    uses_interval: bool,
    chart: &'static str,
    /// Fields of a row that are label and values.
    fields: &'static [(&'static str, &'static str)],
    params: fn() -> Value,
    width: u32,
}

fn nothing() -> Value {
    json!({})
}

const OVER_TIME: Starter = Starter {
    title: "Scans over time",
    endpoint: "/v1/timeseries/events",
    path: "timeSeries.data",
    uses_interval: true,
    chart: "line",
    fields: &[("timestamp", "x"), ("eventCount", "y")],
    params: nothing,
    width: 8,
};
const TOP_LINKS: Starter = Starter {
    title: "Top links",
    endpoint: "/v1/analytics/top-links",
    path: "data",
    uses_interval: false,
    chart: "bar",
    fields: &[("name", "label"), ("eventCount", "value")],
    params: || json!({ "limit": 10 }),
    width: 4,
};
const COUNTRIES: Starter = Starter {
    title: "Countries",
    endpoint: "/v1/analytics/geo",
    path: "data",
    uses_interval: false,
    chart: "bar",
    fields: &[("location", "label"), ("eventCount", "value")],
    params: || json!({ "groupBy": "country", "limit": 10 }),
    width: 4,
};
const DEVICES: Starter = Starter {
    title: "Devices",
    endpoint: "/v1/analytics/devices",
    path: "data",
    uses_interval: false,
    chart: "pie",
    fields: &[("deviceType", "label"), ("eventCount", "value")],
    params: nothing,
    width: 4,
};
const BROWSERS: Starter = Starter {
    title: "Browsers",
    endpoint: "/v1/analytics/breakdown",
    path: "data",
    uses_interval: false,
    chart: "bar",
    fields: &[("label", "label"), ("eventCount", "value")],
    params: || json!({ "dimension": "browser", "limit": 10 }),
    width: 4,
};
const HOURS: Starter = Starter {
    title: "Hours of the day",
    endpoint: "/v1/analytics/hours",
    path: "data",
    uses_interval: false,
    chart: "bar",
    fields: &[("hour", "label"), ("eventCount", "value")],
    params: nothing,
    width: 4,
};
const NEW_OR_NOT: Starter = Starter {
    title: "New and returning",
    endpoint: "/v1/analytics/visitors",
    path: "data",
    uses_interval: true,
    chart: "line",
    fields: &[("timestamp", "x"), ("newVisitorCount", "y"), ("returningVisitorCount", "y")],
    params: nothing,
    width: 4,
};

/// A set for a link, or for a workspace.
pub fn config(link: Option<LinkId>) -> DashboardConfig {
    let starters: &[&Starter] = match link {
        Some(_) => &[&OVER_TIME, &COUNTRIES, &DEVICES, &BROWSERS, &HOURS, &NEW_OR_NOT],
        None => &[&OVER_TIME, &TOP_LINKS, &COUNTRIES, &DEVICES, &BROWSERS, &HOURS, &NEW_OR_NOT],
    };
    let (mut x, mut y) = (0, 0);
    let mut config = empty();
    for (number, starter) in starters.iter().enumerate() {
        if x + starter.width > COLUMNS {
            (x, y) = (0, y + HEIGHT);
        }
        config.widgets.push(widget(starter, number, WidgetPosition { x, y }, link));
        x += starter.width;
    }
    config
}

/// Rows of a panel.
const HEIGHT: u32 = 4;

fn widget(
    starter: &Starter,
    number: usize,
    position: WidgetPosition,
    link: Option<LinkId>,
) -> DashboardWidget {
    let mut params: Map<String, Value> = match (starter.params)() {
        Value::Object(params) => params,
        _ => Map::new(),
    };
    if let Some(link) = link {
        params.insert("linkId".to_owned(), link.to_string().into());
    }
    let mapping = |(field, role): &(&str, &str)| WidgetFieldMapping {
        source_field: (*field).to_owned(),
        chart_role: (*role).to_owned(),
        ..WidgetFieldMapping::default()
    };
    DashboardWidget {
        id: format!("w{}", number + 1),
        title: starter.title.to_owned(),
        position,
        size: WidgetSize { w: starter.width, h: HEIGHT },
        data_source: WidgetDataSource {
            endpoint: starter.endpoint.to_owned(),
            method: "POST".to_owned(),
            params,
            response_data_path: starter.path.to_owned(),
            uses_date_range: true,
            uses_interval: starter.uses_interval,
        },
        visualization: WidgetVisualization {
            chart_type: starter.chart.to_owned(),
            field_mappings: starter.fields.iter().map(mapping).collect(),
            ..WidgetVisualization::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_starter_may_be_kept() {
        for link in [None, Some(LinkId(Uuid::nil()))] {
            let config = config(link);
            let count = config.widgets.len();
            assert_eq!(config.checked().unwrap().widgets.len(), count);
        }
    }
}
