//! What the redirect knows of workspaces: how much is kept of their visitors, and who is their own team. In memory, like
//! the links; whoever changes a workspace calls [`Workspaces::refresh`] before answering its caller.

use crate::catalog::table;
use crate::catalog::workspaces::DataCollection;
use crate::catalog::{Catalog, Result};
use crate::networks::Networks;
use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use model::WorkspaceId;
use std::collections::HashMap;
use std::net::IpAddr;

/// The workspaces that differ from the usual.
#[derive(Default)]
pub struct Workspaces {
    rules: ArcSwap<HashMap<WorkspaceId, Rules>>,
    /// Refreshes go one after the other, or an older state could be installed over a newer one.
    refreshing: tokio::sync::Mutex<()>,
}

/// A workspace's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Level of the links that do not set their own.
    pub collection: DataCollection,
    /// Whose scans are the team's own.
    pub team: Networks,
    /// Its time zone, where that is not UTC.
    pub zone: Option<TimeZone>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { collection: DataCollection::Basic, team: Networks::default(), zone: None }
    }
}

impl Workspaces {
    /// Reads every workspace.
    pub async fn load(catalog: &Catalog) -> Result<Self> {
        let loaded = Self::default();
        loaded.refresh(catalog).await?;
        Ok(loaded)
    }

    /// Installs what the catalog now says.
    pub async fn refresh(&self, catalog: &Catalog) -> Result<()> {
        let _turn = self.refreshing.lock().await;
        let all = table::workspaces(&mut *catalog.read().await?).await?;
        let rules = all.iter().map(|workspace| (workspace.id, rules(workspace)));
        self.rules
            .store(std::sync::Arc::new(rules.filter(|(_, rules)| *rules != Rules::default()).collect()));
        Ok(())
    }

    /// Time zone of a workspace; `None` is UTC.
    pub fn zone(&self, workspace: WorkspaceId) -> Option<TimeZone> {
        self.rules.load().get(&workspace)?.zone.clone()
    }

    /// Level of a workspace, and whether an address is its team's.
    pub fn of(&self, workspace: WorkspaceId, address: IpAddr) -> (DataCollection, bool) {
        match self.rules.load().get(&workspace) {
            None => (DataCollection::Basic, false),
            Some(rules) => (rules.collection, rules.team.contain(address)),
        }
    }
}

fn rules(workspace: &table::Workspace) -> Rules {
    // What was stored was read before.
    let team = Networks::read(workspace.team_networks.iter().map(String::as_str)).unwrap_or_default();
    let zone = (workspace.timezone != "UTC").then(|| TimeZone::get(&workspace.timezone).ok()).flatten();
    Rules { collection: workspace.collection, team, zone }
}
