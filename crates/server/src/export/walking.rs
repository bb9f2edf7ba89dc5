//! The way through the scans of a population, with what is known of them elsewhere, some thousand at a time.

use crate::api::population;
use crate::api::query::{self, QueryRequest};
use crate::app::App;
use crate::catalog::visitors;
use crate::error::ApiResult;
use analytics::Walk;
use model::report::OwnedScan;
use model::scan::Outcome;
use model::{ScanId, Trace, WorkspaceId};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Scans handed out at a time.
const TOGETHER: usize = 4096;

/// A way through scans.
pub struct Walking {
    /// Whose they are.
    pub workspace: WorkspaceId,
    /// Nothing at the end.
    walk: Option<Walk>,
    waiting: std::vec::IntoIter<OwnedScan>,
    beside: Arc<Beside>,
    done: u64,
    total: u64,
}

/// What belongs to scans and is not in their rows.
#[derive(Default)]
pub struct Beside {
    /// What those that were shown pages did there.
    pub ways: HashMap<ScanId, Vec<Trace>>,
    /// Whose they are, where that is known.
    pub people: HashMap<ScanId, Uuid>,
}

/// Some scans.
pub struct Part {
    /// The scans.
    pub scans: Vec<OwnedScan>,
    /// What belongs to them.
    pub beside: Arc<Beside>,
}

impl Walking {
    /// Reads which scans are wanted.
    pub async fn open(app: &App, workspace: WorkspaceId, query: QueryRequest) -> ApiResult<Self> {
        let population =
            query::population(app, workspace, query).await.map_err(|error| error.below("/query"))?;
        let store = app.store.clone();
        let walk = population::ask(app, move || store.walk(&population)).await?;
        let total = walk.total();
        Ok(Self {
            workspace,
            walk: Some(walk),
            waiting: Vec::new().into_iter(),
            beside: Arc::default(),
            done: 0,
            total,
        })
    }

    /// Scans done, and in all.
    pub const fn progress(&self) -> (u64, u64) {
        (self.done, self.total)
    }

    /// The next scans.
    pub async fn next(&mut self, app: &App) -> ApiResult<Option<Part>> {
        if self.waiting.as_slice().is_empty() && !self.read(app).await? {
            return Ok(None);
        }
        let scans: Vec<OwnedScan> = self.waiting.by_ref().take(TOGETHER).collect();
        self.done += scans.len() as u64;
        Ok(Some(Part { scans, beside: self.beside.clone() }))
    }

    /// Reads a stretch of the store; false at its end.
    async fn read(&mut self, app: &App) -> ApiResult<bool> {
        let Some(mut walk) = self.walk.take() else { return Ok(false) };
        let store = app.store.clone();
        let (walk, scans, ways) = population::ask(app, move || {
            let Some(scans) = walk.forward(&store)? else { return Ok((walk, Vec::new(), HashMap::new())) };
            let paged = scans.iter().any(|scan| scan.get().outcome == Outcome::Page);
            let ways = if paged { walk.traces(&store, &scans)? } else { HashMap::new() };
            Ok((walk, scans, ways))
        })
        .await?;
        let times = scans.iter().map(|scan| scan.get().at);
        let (Some(from), Some(last)) = (times.clone().min(), times.max()) else { return Ok(false) };
        let mut db = app.catalog.read().await?;
        let people = visitors::of_range(&mut db, self.workspace, None, (from, last.plus(1))).await?;
        self.beside = Arc::new(Beside { ways, people: people.into_iter().collect() });
        self.waiting = scans.into_iter();
        self.walk = Some(walk);
        Ok(true)
    }
}
