//! A scan by its id, also one whose redirect has just gone out: the scan store comes a moment behind the spool.

use crate::api::population;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use model::report::OwnedScan;
use model::{ScanId, WorkspaceId};
use std::time::{Duration, Instant};

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// Longest that a look waits for the store.
const WAIT: Duration = Duration::from_secs(2);

/// The workspace's scan, if there is one.
///
/// # Errors
///
/// 503 `STORE_BEHIND` while what was recorded before this call is not in the store: nobody knows yet.
pub async fn scan(app: &App, workspace: WorkspaceId, id: ScanId) -> ApiResult<Option<OwnedScan>> {
    let status = app.spool.status();
    let began = Instant::now();
    loop {
        // Before the look, lest a scan that comes between the two is taken for one that there is not.
        let has_all = status.at_risk == 0
            && status.last.is_none_or(|last| {
                app.store.reached().is_some_and(|at| at.epoch == last.epoch && at.seq >= last.seq)
            });
        let store = app.store.clone();
        let found = population::ask(app, move || store.scan(workspace, id)).await?;
        if found.is_some() || has_all {
            return Ok(found);
        }
        if began.elapsed() > WAIT {
            let message =
                format!("scan {id} is not known yet: the newest scans are still being read; ask again");
            return Err(ApiError::unavailable("STORE_BEHIND", message, 1));
        }
        tokio::time::sleep(LOOK).await;
    }
}
