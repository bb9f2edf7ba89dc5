//! Visitors as they go out.

use crate::api::body::{Query, included};
use crate::api::events::{self, Device};
use crate::api::population;
use crate::api::wire::{enum_value, time};
use crate::app::App;
use crate::catalog::visitors::list::Visited;
use crate::catalog::visitors::{self as rows, Attribute};
use crate::catalog::{Connection, links as link_rows};
use crate::error::ApiResult;
use model::report::OwnedScan;
use model::{ScanId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A visitor.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Visitor {
    id: String,
    workspace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    first_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    last_name: String,
    attributes: Vec<VisitorAttribute>,
    /// Scans known to be this visitor's.
    visit_count: i64,
    /// Devices of the last hundred of them.
    device_count: i64,
    /// Links of these scans.
    qrcode_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_first_scan_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_last_scan_at: Option<String>,
    created_at: String,
    updated_at: String,
    /// With `include=devices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<Vec<Device>>,
    /// With `include=events`.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<VisitorEvent>>,
    /// With `include=links`.
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<VisitorLink>>,
}

/// An attribute.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct VisitorAttribute {
    key: String,
    value: String,
    /// `VISITOR_ATTRIBUTE_TYPE_STRING`, `…_NUMBER`, `…_BOOLEAN`, `…_DATE`, `…_ENUM`: as it was captured.
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bool_value: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_value: Option<String>,
}

/// A scan of a visitor.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct VisitorEvent {
    id: String,
    link_id: String,
    action: String,
    visit_type: String,
    scanned_at: String,
    created_at: String,
}

/// A link that a visitor scanned.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct VisitorLink {
    id: String,
    name: String,
    shortlink: String,
    entrypoint: String,
    event_count: i64,
    first_visited_at: String,
    last_visited_at: String,
}

/// What else is asked for with a visitor.
#[derive(Clone, Copy, Default)]
pub struct Includes {
    /// Devices.
    pub devices: bool,
    /// Scans.
    pub events: bool,
    /// Links.
    pub links: bool,
}

impl Includes {
    const KNOWN: [&str; 3] = ["devices", "events", "links"];

    /// As a query asks.
    pub fn of(query: &Query) -> ApiResult<Self> {
        let [devices, events, links] = query.includes(Self::KNOWN)?;
        Ok(Self { devices, events, links })
    }

    /// As a list asks.
    pub fn of_list(asked: &[String]) -> ApiResult<Self> {
        let [devices, events, links] = included("include", asked.iter().map(String::as_str), Self::KNOWN)?;
        Ok(Self { devices, events, links })
    }
}

/// Scans looked at for a visitor's devices and events.
const MOST_SCANS: i64 = 100;

/// The type's enum value.
pub fn kind(kind: &str) -> String {
    enum_value("VISITOR_ATTRIBUTE_TYPE", kind)
}

/// Visitors as they go out, in the same order.
pub async fn wire_visitors(
    app: &App,
    workspace: WorkspaceId,
    found: Vec<rows::Visitor>,
    includes: Includes,
) -> ApiResult<Vec<Visitor>> {
    let mut visitors = Vec::with_capacity(found.len());
    for row in found {
        let mut visitor = wire_visitor(workspace, &row);
        if includes.devices || includes.events {
            let scans = rows::scans(&mut *app.catalog.read().await?, workspace, row.id, MOST_SCANS).await?;
            visitor.bring(of_scans(&look_up(app, workspace, scans).await?), includes);
        }
        if includes.links {
            let mut db = app.catalog.read().await?;
            let visited = rows::list::links(&mut db, workspace, row.id).await?;
            visitor.links = Some(wire_links(app, &mut db, workspace, visited).await?);
        }
        visitors.push(visitor);
    }
    Ok(visitors)
}

/// A visitor of a day whom nobody knows, as its scans tell, which are given newest first; nothing where there are none.
pub async fn wire_anonymous(
    app: &App,
    workspace: WorkspaceId,
    id: Uuid,
    scans: &[OwnedScan],
    includes: Includes,
) -> ApiResult<Option<Visitor>> {
    let (Some(last), Some(first)) = (scans.first(), scans.last()) else { return Ok(None) };
    let (first, last) = (first.get().at, last.get().at);
    let mut visited: Vec<Visited> = Vec::new();
    for scan in scans {
        let scan = scan.get();
        match visited.iter_mut().find(|(link, ..)| *link == scan.link) {
            Some((_, scans, first, _)) => (*scans, *first) = (*scans + 1, scan.at),
            None => visited.push((scan.link, 1, scan.at, scan.at)),
        }
    }
    let mut visitor = Visitor {
        id: id.to_string(),
        workspace_id: workspace.to_string(),
        email: None,
        phone: None,
        first_name: String::new(),
        last_name: String::new(),
        attributes: Vec::new(),
        visit_count: scans.len() as i64,
        // Who has another device is another visitor.
        device_count: 1,
        qrcode_count: visited.len() as i64,
        x_first_scan_at: Some(time(first)),
        x_last_scan_at: Some(time(last)),
        created_at: time(first),
        updated_at: time(last),
        devices: None,
        events: None,
        links: None,
    };
    visitor.bring(of_scans(&scans[..scans.len().min(MOST_SCANS as usize)]), includes);
    if includes.links {
        let mut db = app.catalog.read().await?;
        visitor.links = Some(wire_links(app, &mut db, workspace, visited).await?);
    }
    Ok(Some(visitor))
}

impl Visitor {
    fn bring(&mut self, found: OfScans, includes: Includes) {
        self.devices = includes.devices.then_some(found.devices);
        self.events = includes.events.then_some(found.events);
    }
}

/// A visitor without includes.
pub fn wire_visitor(workspace: WorkspaceId, row: &rows::Visitor) -> Visitor {
    Visitor {
        id: row.id.to_string(),
        workspace_id: workspace.to_string(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        attributes: row.attributes.iter().map(wire_attribute).collect(),
        visit_count: row.scans,
        // Devices are composed from scans; one known scan is one known device.
        device_count: row.scans.min(1),
        qrcode_count: row.links,
        x_first_scan_at: row.first_scan_at.map(time),
        x_last_scan_at: row.last_scan_at.map(time),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
        devices: None,
        events: None,
        links: None,
    }
}

fn wire_attribute(attribute: &Attribute) -> VisitorAttribute {
    let value = attribute.value.as_str();
    VisitorAttribute {
        key: attribute.key.clone(),
        value: value.to_owned(),
        r#type: kind(&attribute.kind),
        number_value: (attribute.kind == "number").then(|| value.parse().ok()).flatten(),
        bool_value: (attribute.kind == "boolean").then(|| value.parse().ok()).flatten(),
        date_value: (attribute.kind == "date").then(|| value.to_owned()),
    }
}

/// What the scans of a visitor tell.
struct OfScans {
    devices: Vec<Device>,
    events: Vec<VisitorEvent>,
}

async fn look_up(app: &App, workspace: WorkspaceId, ids: Vec<ScanId>) -> ApiResult<Vec<OwnedScan>> {
    let store = app.store.clone();
    population::ask(app, move || {
        let find = |id: &ScanId| store.scan(workspace, *id).transpose();
        ids.iter().filter_map(find).collect()
    })
    .await
}

fn of_scans(scans: &[OwnedScan]) -> OfScans {
    let mut found = OfScans { devices: Vec::new(), events: Vec::new() };
    let mut seen: Vec<Option<u64>> = Vec::new();
    for scan in scans {
        let scan = scan.get();
        let (device, number) = events::device_of(&scan);
        if number.is_none() || !seen.contains(&number) {
            seen.push(number);
            found.devices.push(device);
        }
        found.events.push(VisitorEvent {
            id: scan.id.to_string(),
            link_id: scan.link.to_string(),
            action: events::action(scan.action).to_owned(),
            visit_type: events::visit_type(scan.visit_type),
            scanned_at: time(scan.at),
            created_at: time(scan.at),
        });
    }
    found
}

/// Links that a visitor scanned, as they go out.
async fn wire_links(
    app: &App,
    db: &mut Connection,
    workspace: WorkspaceId,
    visited: Vec<Visited>,
) -> ApiResult<Vec<VisitorLink>> {
    let mut links = Vec::new();
    for (id, scans, first, last) in visited {
        let Some(link) = link_rows::of_events(db, workspace, &[id]).await?.pop() else { continue };
        let hosts = app.hosts();
        links.push(VisitorLink {
            id: id.to_string(),
            entrypoint: hosts.entrypoint(link.domain, &link.slug),
            name: link.name,
            shortlink: link.slug,
            event_count: scans,
            first_visited_at: time(first),
            last_visited_at: time(last),
        });
    }
    Ok(links)
}
