//! Scans, as the store keeps them and with what their ids stand for.

use super::cell::{Cell, Kind, Row};
use super::columns::Column;
use super::walking::{Beside, Part, Walking};
use crate::api::events::Version;
use crate::api::query::QueryRequest;
use crate::app::App;
use crate::catalog::{links, versions};
use crate::error::{ApiError, ApiResult};
use model::scan::{Action, Identity, NO_DESTINATION, Scan};
use model::visitor::{self, Namespace};
use model::{LinkId, WorkspaceId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Versions and names that are remembered at most.
const REMEMBERED: usize = 20_000;

/// A scan and what it is told with.
struct Told<'t> {
    scan: Scan<'t>,
    names: &'t Names,
    beside: &'t Beside,
}

/// A column: name, kind, whether it is usual, and a scan's value.
struct Spec(&'static str, Kind, bool, fn(&Told<'_>) -> Cell);

const COLUMNS: &[Spec] = &[
    Spec("id", Kind::Text, true, |told| Cell::text(told.scan.id.to_string())),
    Spec("scannedAt", Kind::Time, true, |told| Cell::Time(told.scan.at)),
    Spec("linkId", Kind::Text, true, |told| Cell::text(told.scan.link.to_string())),
    Spec("linkName", Kind::Text, true, |told| {
        Cell::text(told.names.links.get(&told.scan.link).map_or(links::GONE, String::as_str))
    }),
    Spec("domain", Kind::Text, true, |told| Cell::text(told.scan.domain)),
    Spec("shortlink", Kind::Text, true, |told| Cell::text(told.scan.slug)),
    Spec("action", Kind::Text, true, |told| {
        Cell::text(if told.scan.action == Action::Scan { "scan" } else { "click" })
    }),
    Spec("verdict", Kind::Text, true, |told| Cell::text(told.scan.verdict.as_str())),
    Spec("reason", Kind::Text, true, |told| Cell::text(told.scan.reason)),
    Spec("outcome", Kind::Text, true, |told| Cell::text(told.scan.outcome.as_str())),
    Spec("status", Kind::Integer, true, |told| Cell::Integer(told.scan.status.into())),
    Spec("destination", Kind::Text, true, |told| Cell::text(told.destination())),
    Spec("visitorId", Kind::Text, true, |told| told.visitor()),
    Spec("deviceId", Kind::Text, false, |told| told.id(Namespace::Device)),
    Spec("visitType", Kind::Text, true, |told| Cell::text(told.scan.visit_type.as_str())),
    Spec("firstInWorkspace", Kind::Flag, true, |told| Cell::Flag(told.scan.first_in_workspace)),
    Spec("firstOnLink", Kind::Flag, true, |told| Cell::Flag(told.scan.first_on_link)),
    Spec("nthToday", Kind::Integer, false, |told| Cell::Integer(told.scan.nth_today.into())),
    Spec("country", Kind::Text, true, |told| Cell::text(told.scan.country)),
    Spec("region", Kind::Text, true, |told| Cell::text(told.scan.region)),
    Spec("city", Kind::Text, true, |told| Cell::text(told.scan.city)),
    Spec("latitude", Kind::Decimal, false, |told| told.tenths(told.scan.latitude)),
    Spec("longitude", Kind::Decimal, false, |told| told.tenths(told.scan.longitude)),
    Spec("timezone", Kind::Text, false, |told| Cell::text(told.scan.timezone)),
    Spec("network", Kind::Text, true, |told| Cell::text(told.scan.organisation)),
    Spec("asn", Kind::Integer, false, |told| match told.scan.asn {
        0 => Cell::Nothing,
        asn => Cell::Integer(asn.into()),
    }),
    Spec("deviceType", Kind::Text, true, |told| Cell::text(told.scan.device_type.as_str())),
    Spec("deviceBrand", Kind::Text, true, |told| Cell::text(told.scan.device_brand)),
    Spec("deviceModel", Kind::Text, true, |told| Cell::text(told.scan.device_model)),
    Spec("platform", Kind::Text, true, |told| Cell::text(told.scan.platform)),
    Spec("platformVersion", Kind::Text, true, |told| Cell::text(told.scan.platform_version)),
    Spec("browser", Kind::Text, true, |told| Cell::text(told.scan.browser)),
    Spec("browserVersion", Kind::Text, true, |told| Cell::text(told.scan.browser_version)),
    Spec("language", Kind::Text, true, |told| Cell::text(told.scan.language)),
    Spec("languages", Kind::Text, false, |told| Cell::text(told.scan.languages)),
    Spec("referrer", Kind::Text, true, |told| Cell::text(told.scan.referrer_host)),
    Spec("utmSource", Kind::Text, true, |told| Cell::text(told.scan.utm_source)),
    Spec("utmMedium", Kind::Text, true, |told| Cell::text(told.scan.utm_medium)),
    Spec("utmCampaign", Kind::Text, true, |told| Cell::text(told.scan.utm_campaign)),
    Spec("utmTerm", Kind::Text, true, |told| Cell::text(told.scan.utm_term)),
    Spec("utmContent", Kind::Text, true, |told| Cell::text(told.scan.utm_content)),
    Spec("parameters", Kind::Text, true, |told| Cell::text(told.scan.parameters)),
    Spec("method", Kind::Text, false, |told| Cell::text(told.scan.method.as_str())),
    Spec("workflowVersion", Kind::Integer, true, |told| Cell::Integer(told.scan.workflow_version.into())),
    Spec("rulesVersion", Kind::Integer, false, |told| Cell::Integer(told.scan.rules_version.into())),
    Spec("identity", Kind::Text, false, |told| Cell::text(told.scan.identity.as_str())),
    Spec("addressClass", Kind::Text, false, |told| Cell::text(told.scan.address_class.as_str())),
    Spec("sharedNetwork", Kind::Flag, false, |told| Cell::Flag(told.scan.shared_network)),
    Spec("userAgent", Kind::Text, false, |told| Cell::text(told.scan.user_agent)),
];

impl Told<'_> {
    /// Where it led at last: by its redirect, or by what was done on pages after it.
    fn destination(&self) -> &str {
        let exit = self.beside.ways.get(&self.scan.id).and_then(|way| {
            way.iter().rev().map(|trace| trace.destination).find(|destination| *destination != NO_DESTINATION)
        });
        let index = exit.unwrap_or(self.scan.destination);
        if index == NO_DESTINATION {
            return "";
        }
        let version = self.names.versions.get(&(self.scan.link, self.scan.workflow_version));
        let workflow = version.and_then(|version| version.as_ref()).map(|version| &version.workflow);
        workflow
            .and_then(|workflow| workflow.destination(index))
            .map_or("", |destination| destination.as_str())
    }

    fn visitor(&self) -> Cell {
        match self.beside.people.get(&self.scan.id) {
            Some(known) => Cell::text(known.to_string()),
            None => self.id(Namespace::Visitor),
        }
    }

    fn id(&self, namespace: Namespace) -> Cell {
        if self.scan.identity == Identity::None {
            return Cell::Nothing;
        }
        Cell::text(visitor::id(namespace, self.scan.at.utc_day(), self.scan.visitor).to_string())
    }

    /// A coordinate; there is none where no place is known.
    fn tenths(&self, tenths: i16) -> Cell {
        if self.scan.country.is_empty() && self.scan.latitude == 0 && self.scan.longitude == 0 {
            return Cell::Nothing;
        }
        Cell::Decimal(f64::from(tenths) / 10.0)
    }
}

/// What ids in scans stand for.
#[derive(Default, Clone)]
struct Names {
    links: HashMap<LinkId, String>,
    versions: HashMap<(LinkId, u32), Option<Arc<Version>>>,
}

/// All columns.
pub fn columns() -> Vec<Column> {
    let column =
        |Spec(name, kind, usual, _): &Spec| Column { name: (*name).into(), kind: *kind, usual: *usual };
    COLUMNS.iter().map(column).collect()
}

/// A way through scans.
pub struct Scans {
    walking: Walking,
    names: Arc<Names>,
}

impl Scans {
    /// Reads which are wanted.
    pub async fn open(app: &App, workspace: WorkspaceId, query: QueryRequest) -> ApiResult<Self> {
        Ok(Self { walking: Walking::open(app, workspace, query).await?, names: Arc::default() })
    }

    /// Scans done, and in all.
    pub const fn progress(&self) -> (u64, u64) {
        self.walking.progress()
    }

    /// The next scans.
    pub async fn next(&mut self, app: &App, chosen: &[usize]) -> ApiResult<Option<Vec<Row>>> {
        let Some(Part { scans, beside }) = self.walking.next(app).await? else { return Ok(None) };
        let decided = |scan: &model::report::OwnedScan| (scan.get().link, scan.get().workflow_version);
        self.look_up(app, scans.iter().map(decided).collect()).await?;
        let (names, chosen) = (self.names.clone(), chosen.to_vec());
        let rows = tokio::task::spawn_blocking(move || {
            let row = |scan: &model::report::OwnedScan| {
                let told = Told { scan: scan.get(), names: &names, beside: &beside };
                chosen.iter().map(|&place| COLUMNS[place].3(&told)).collect()
            };
            scans.iter().map(row).collect()
        });
        Ok(Some(rows.await.map_err(ApiError::internal)?))
    }

    /// Looks up what is not known yet of the versions that decided scans.
    async fn look_up(&mut self, app: &App, needed: HashSet<(LinkId, u32)>) -> ApiResult<()> {
        let is_known = |names: &Names| needed.iter().all(|key| names.versions.contains_key(key));
        if is_known(&self.names) {
            return Ok(());
        }
        let names = Arc::make_mut(&mut self.names);
        if names.versions.len() > REMEMBERED {
            // The store goes by links: those that come next are others.
            *names = Names::default();
        }
        let mut db = app.catalog.read().await?;
        for (link, version) in needed {
            if names.versions.contains_key(&(link, version)) {
                continue;
            }
            let graph = versions::graph(&mut db, self.walking.workspace, link, version).await?;
            let version_read = graph.map(|graph| Arc::new(Version::of(graph, version)));
            names.versions.insert((link, version), version_read);
            if !names.links.contains_key(&link) {
                let found = links::of_events(&mut db, self.walking.workspace, &[link]).await?;
                names.links.extend(found.iter().map(|link| (link.id, link.told())));
            }
        }
        Ok(())
    }
}
