//! Puts the scans of browsers that are known (level ADVANCED) beside their visitors in the catalog, some at a time.

use crate::catalog::{Catalog, visitors};
use crate::redirect::recognised::Recognised;
use crate::status::Sickness;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

/// How often they are written: the redirect threads wake nobody.
const GATHER: Duration = Duration::from_millis(300);
/// Scans of one transaction, at most.
const AT_ONCE: usize = 512;

/// Runs until `stop` says so, and writes the last of it. While the catalog cannot be written to, the queue fills up and
/// counts what it misses.
pub async fn keep(
    mut received: Receiver<Recognised>,
    catalog: Catalog,
    sickness: Arc<Sickness>,
    mut stop: watch::Receiver<bool>,
) {
    let mut batch = Vec::new();
    loop {
        let is_last = tokio::select! {
            () = tokio::time::sleep(GATHER) => false,
            _ = stop.changed() => true,
        };
        loop {
            while batch.len() < AT_ONCE
                && let Ok(scan) = received.try_recv()
            {
                batch.push(scan);
            }
            if batch.is_empty() {
                break;
            }
            let scans = batch.clone();
            match catalog.write(async move |db| visitors::recognise(db, &scans).await).await {
                Ok(()) => {
                    sickness.clear("recognised visitors");
                    batch.clear();
                }
                Err(error) => {
                    sickness.note("recognised visitors", error);
                    break;
                }
            }
        }
        if is_last {
            return;
        }
    }
}
