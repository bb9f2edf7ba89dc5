//! What of the spool others are to be told of: picked out while it is read, noted in the transaction that counts it.

use super::Records;
use crate::catalog::webhooks::subscriptions::Subscription;
use crate::catalog::{Connection, Result};
use crate::webhooks::note::Noter;
use model::report::OwnedScan;
use model::scan::Verdict;
use model::{LinkId, Millis, Trace, WorkspaceId};
use std::collections::HashMap;
use std::sync::Arc;

/// Who listens, by workspace.
pub struct Listening {
    of: HashMap<WorkspaceId, (bool, Arc<[Subscription]>)>,
}

impl Listening {
    /// Of the webhooks in use. `counts_all`: where a workspace says nothing of whom it counts.
    pub fn of(hooks: &[Subscription], counts_all: bool) -> Self {
        let mut of: HashMap<WorkspaceId, Vec<Subscription>> = HashMap::new();
        for hook in hooks {
            of.entry(hook.workspace).or_default().push(hook.clone());
        }
        let group = |(workspace, hooks): (WorkspaceId, Vec<Subscription>)| {
            let counts = hooks[0].counts_all.unwrap_or(counts_all);
            (workspace, (counts, hooks.into()))
        };
        Self { of: of.into_iter().map(group).collect() }
    }

    /// Picks out what somebody listens to. Of scans that the workspace does not count nobody is told (DESIGN §11.1);
    /// whether a trace's scan is counted shows when its delivery is made.
    pub fn pick(&self, records: &Records<'_>, told: &mut Told) {
        if self.of.is_empty() {
            return;
        }
        for (_, scan) in &records.scans {
            let Some((counts_all, hooks)) = self.of.get(&scan.workspace) else { continue };
            if (*counts_all || scan.verdict == Verdict::Human) && listens(hooks, scan.link) {
                told.scans.push((OwnedScan::from(scan), hooks.clone()));
                told.deliveries += hooks.len();
            }
        }
        for (_, trace) in &records.traces {
            let Some((_, hooks)) = self.of.get(&trace.workspace) else { continue };
            if listens(hooks, trace.link) {
                told.traces.push((*trace, hooks.clone()));
                told.deliveries += hooks.len();
            }
        }
    }
}

fn listens(hooks: &[Subscription], link: LinkId) -> bool {
    hooks.iter().any(|hook| hook.is_of(link))
}

/// What is to be noted, each with those of its workspace who listen.
#[derive(Default)]
pub struct Told {
    scans: Vec<(OwnedScan, Arc<[Subscription]>)>,
    traces: Vec<(Trace, Arc<[Subscription]>)>,
    deliveries: usize,
}

impl Told {
    /// How many deliveries it may be.
    pub const fn deliveries(&self) -> usize {
        self.deliveries
    }

    /// Notes the deliveries.
    pub async fn note(self, db: &mut Connection, noter: &mut Noter, now: Millis) -> Result<()> {
        for (scan, hooks) in &self.scans {
            let scan = scan.get();
            noter.scan(db, &of_link(hooks, scan.link), &scan, now).await?;
        }
        for (trace, hooks) in &self.traces {
            noter.trace(db, &of_link(hooks, trace.link), trace, now).await?;
        }
        Ok(())
    }
}

fn of_link(hooks: &[Subscription], link: LinkId) -> Vec<&Subscription> {
    hooks.iter().filter(|hook| hook.is_of(link)).collect()
}
