//! Published versions as pages need them: immutable, so they are kept in memory as long as there is room.

use crate::catalog::{Connection, Result, versions};
use model::workflow::{StepDraft, Workflow};
use model::{LinkId, WorkspaceId};
use quick_cache::sync::Cache;
use std::sync::Arc;

/// Versions kept at a time.
const KEPT: usize = 512;

/// A version.
pub struct Version {
    /// As the engine walks it.
    pub workflow: Workflow,
    /// As its owner wrote it, in the same order.
    pub steps: Vec<StepDraft>,
}

/// Those in memory.
pub struct Versions(Cache<(LinkId, u32), Arc<Version>>);

impl Default for Versions {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl Versions {
    /// A version of a link of this workspace.
    pub async fn get(
        &self,
        db: &mut Connection,
        workspace: WorkspaceId,
        link: LinkId,
        version: u32,
    ) -> Result<Option<Arc<Version>>> {
        if let Some(kept) = self.0.get(&(link, version)) {
            return Ok(Some(kept));
        }
        let Some(graph) = versions::graph(db, workspace, link, version).await? else { return Ok(None) };
        let read = Arc::new(Version { workflow: graph.compile(version), steps: graph.steps });
        self.0.insert((link, version), read.clone());
        Ok(Some(read))
    }
}
