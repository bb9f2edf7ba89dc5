//! "Forget my scans of today": the person's own, found by the day's hash of the very address and user agent that ask
//! (DESIGN §11.8). The scans stay as counts; what tells whose they were goes from memory, segments and spool.

use crate::app::App;
use crate::catalog::table;
use crate::catalog::webhooks::deliveries;
use crate::consumers::STORE;
use crate::error::{ApiError, ApiResult};
use model::visitor::{self, Namespace};
use model::{Position, WorkspaceId};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::SemaphorePermit;
use uuid::Uuid;

/// Longest that is waited for the store to have taken in what was scanned before the request.
const CATCH_UP: Duration = Duration::from_secs(10);
/// Longest that is waited for the spool's files to go; after that it is told that they are still there.
const SPOOL: Duration = Duration::from_secs(5);
/// Longest that is waited while others are being forgotten.
const TURN: Duration = Duration::from_secs(10);
/// How often a wait looks.
const LOOK: Duration = Duration::from_millis(20);

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// Scans that now are nobody's.
    pub scans: u64,
    /// Links they are of.
    pub links: usize,
    /// Whether a file of the spool still holds them as they were; it goes once all of it was counted.
    pub in_spool: bool,
}

/// Forgets today's scans by this address and user agent, in every workspace: all of them answer at the same hosts.
///
/// Today's sets of visitors in memory forget them too: for the next scan nobody was there before, as the store would say
/// when it decides anew at the end of the day who came first. A scan that is answered while this runs may still be
/// called a returning one until then.
pub async fn own_scans(app: &App, address: IpAddr, user_agent: &str) -> ApiResult<Forgotten> {
    let _turn = turn(app).await?;
    let now = app.clock.now();
    let day = Arc::clone(&app.redirector.days.of(now));
    let all = table::workspaces(&mut *app.catalog.read().await?).await?;
    let number = |id: WorkspaceId| (id, day.key.visitor(id, address, user_agent));
    let visitors: Vec<(WorkspaceId, u64)> = all.iter().map(|workspace| number(workspace.id)).collect();
    let upto = caught_up(app).await?;

    let (store, sought) = (app.store.clone(), visitors.clone());
    let utc_day = now.utc_day();
    let forgotten = tokio::task::spawn_blocking(move || {
        let forgotten = store.forget(utc_day, &sought)?;
        if forgotten.scans > 0 {
            // Only what is sealed leaves the spool.
            store.seal()?;
        }
        analytics::Result::Ok(forgotten)
    });
    let forgotten = forgotten.await.map_err(ApiError::internal)?.map_err(ApiError::internal)?;
    for (workspace, link, visitor) in &forgotten.links {
        day.forget(*workspace, *link, *visitor);
    }
    app.feed.forget(&visitors);
    let told: Vec<(WorkspaceId, Uuid)> = forgotten
        .links
        .iter()
        .map(|(workspace, _, number)| (*workspace, visitor::id(Namespace::Visitor, utc_day, *number)))
        .collect();
    app.catalog
        .write(async move |db| {
            for (workspace, visitor) in told {
                deliveries::forget_day(db, workspace, visitor, utc_day.start()).await?;
            }
            Ok(())
        })
        .await?;
    let in_spool = forgotten.scans > 0 && !spool_emptied(app, upto).await;
    Ok(Forgotten { scans: forgotten.scans, links: forgotten.links.len(), in_spool })
}

/// One at a time: each may have segments written anew.
async fn turn(app: &App) -> ApiResult<SemaphorePermit<'_>> {
    match tokio::time::timeout(TURN, app.forgetting.acquire()).await {
        Ok(permit) => permit.map_err(ApiError::internal),
        Err(_) => {
            let message = "many ask to be forgotten at the same time; try again in a few seconds";
            Err(ApiError::too_many("RATE_LIMITED", message, TURN.as_secs()))
        }
    }
}

/// Waits until the store has all that was recorded before; returns how far that reaches.
async fn caught_up(app: &App) -> ApiResult<Option<Position>> {
    let began = Instant::now();
    let mut upto = None;
    loop {
        let status = app.spool.status();
        // What waits in memory gets its place in the spool later.
        if status.at_risk == 0 {
            upto = upto.or(status.last);
            let reached = app.store.reached();
            let is_there = |upto: Position| {
                reached.is_some_and(|reached| reached.epoch == upto.epoch && reached.seq >= upto.seq)
            };
            if upto.is_none_or(is_there) {
                return Ok(upto);
            }
        }
        if began.elapsed() >= CATCH_UP {
            let message = "the store is still taking in scans; try again in a minute";
            return Err(ApiError::unavailable("STORE_BUSY", message, 60));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the spool has let go of what it held up to a position; false when that takes longer.
async fn spool_emptied(app: &App, upto: Option<Position>) -> bool {
    let Some(upto) = upto else { return true };
    if let Some(position) = app.store.position() {
        app.spool.release(STORE, position);
    }
    app.spool.renew();
    let began = Instant::now();
    while app.spool.holds(upto) {
        if began.elapsed() >= SPOOL {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}
