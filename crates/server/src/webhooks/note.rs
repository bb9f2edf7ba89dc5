//! What is to be told, noted in the transaction of what it tells of: a delivery a webhook that listens. Ids follow from
//! the webhook and what happened, so that what is noted twice is one delivery.

use crate::api::links::{Link, Shown, wire_link};
use crate::app::App;
use crate::catalog::webhooks::deliveries::{self, Noted};
use crate::catalog::webhooks::subscriptions::{self, Subscription};
use crate::catalog::{Connection, Result, links};
use crate::webhooks::compose::{Body, Source};
use model::delivery::Happening;
use model::scan::{Outcome, Scan};
use model::trace::TraceKind;
use model::workflow::{Action, Graph};
use model::{LinkId, Millis, ScanId, Trace, WorkspaceId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// What bodies call the completion of a step.
pub const STEP_COMPLETED: &str = "workflow_step.completed";

/// The id of the delivery that tells a webhook of something: the same whenever it is noted.
pub fn delivery_id(webhook: Uuid, kind: &str, of: &[u8; 16]) -> Uuid {
    let digest =
        Sha256::new().chain_update(webhook.as_bytes()).chain_update(of).chain_update(kind).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Kind of a step, and whether it is a page: all that noting needs of a version.
type Steps = Vec<Action>;

/// Versions whose steps are remembered at most.
const REMEMBERED: usize = 4096;

/// Notes what scans and traces are to be told of.
#[derive(Default)]
pub struct Noter {
    versions: HashMap<(LinkId, u32), Steps>,
}

/// One thing to be told.
#[derive(Clone, Copy)]
struct Told<'t> {
    workspace: WorkspaceId,
    kind: &'t str,
    of: &'t [u8; 16],
    scan: ScanId,
    source: Source,
    at: Millis,
}

impl Noter {
    /// Notes deliveries of a scan: its happening, and a step each.
    pub async fn scan(
        &mut self,
        db: &mut Connection,
        listening: &[&Subscription],
        scan: &Scan<'_>,
        now: Millis,
    ) -> Result<()> {
        let told = Told {
            workspace: scan.workspace,
            kind: Happening::Scan.as_str(),
            of: scan.id.as_bytes(),
            scan: scan.id,
            source: Source::Scan,
            at: scan.at,
        };
        note(db, listening, |hook| hook.wants(Happening::Scan), &told, now).await?;
        if scan.path.0.is_empty() || !listening.iter().any(|hook| hook.wants_any_step()) {
            return Ok(());
        }
        let steps = self.steps(db, scan.workspace, scan.link, scan.workflow_version).await?;
        let mut kinds = Vec::new();
        for (index, (place, _)) in scan.path.steps().enumerate() {
            let Some(action) = steps.get(usize::from(place)) else { continue };
            // A page is completed when it is answered.
            if !(action.renders_page() && scan.outcome == Outcome::Page) {
                kinds.push((index, action.wire_kind()));
            }
        }
        if scan.outcome == Outcome::Fallback {
            kinds.push((scan.path.steps().count(), "KIND_EXIT"));
        }
        for (index, kind) in kinds {
            let id = crate::api::events::traces::trace_id(scan.id, index);
            let told =
                Told { kind: STEP_COMPLETED, of: id.as_bytes(), source: Source::Step { index }, ..told };
            note(db, listening, |hook| hook.wants_steps(kind), &told, now).await?;
        }
        Ok(())
    }

    /// Notes deliveries of what was done on a page, or behind it.
    pub async fn trace(
        &mut self,
        db: &mut Connection,
        listening: &[&Subscription],
        trace: &Trace,
        now: Millis,
    ) -> Result<()> {
        let is_done = matches!(
            trace.kind,
            TraceKind::Answered | TraceKind::Skipped | TraceKind::Passed | TraceKind::Exit
        );
        if !is_done || !listening.iter().any(|hook| hook.wants_any_step()) {
            return Ok(());
        }
        let steps = self.steps(db, trace.workspace, trace.link, trace.workflow_version).await?;
        let Some(action) = steps.get(usize::from(trace.step)) else { return Ok(()) };
        // A way that ends on a branch that leads nowhere is left by the link's fallback.
        let kind = if trace.kind == TraceKind::Exit { "KIND_EXIT" } else { action.wire_kind() };
        let told = of_trace(trace, STEP_COMPLETED);
        note(db, listening, |hook| hook.wants_steps(kind), &told, now).await
    }

    async fn steps(
        &mut self,
        db: &mut Connection,
        workspace: WorkspaceId,
        link: LinkId,
        version: u32,
    ) -> Result<&Steps> {
        let key = (link, version);
        if !self.versions.contains_key(&key) {
            if self.versions.len() >= REMEMBERED {
                self.versions.clear();
            }
            let graph = crate::catalog::versions::graph(db, workspace, link, version).await?;
            let actions = |graph: Graph| graph.steps.iter().map(|step| step.action()).collect();
            self.versions.insert(key, graph.map(actions).unwrap_or_default());
        }
        Ok(&self.versions[&key])
    }
}

fn of_trace<'t>(trace: &'t Trace, kind: &'t str) -> Told<'t> {
    Told {
        workspace: trace.workspace,
        kind,
        of: trace.id.as_bytes(),
        scan: trace.scan,
        source: Source::Trace { trace: *trace },
        at: trace.at,
    }
}

async fn note(
    db: &mut Connection,
    listening: &[&Subscription],
    wants: impl Fn(&Subscription) -> bool,
    told: &Told<'_>,
    now: Millis,
) -> Result<()> {
    let source = told.source.to_json();
    let wanting = listening.iter().filter(|hook| hook.since <= told.at && wants(hook));
    let noted = wanting.map(|hook| Noted {
        id: delivery_id(hook.webhook, told.kind, told.of),
        webhook: hook.webhook,
        workspace: told.workspace,
        kind: told.kind.to_owned(),
        scan: Some(told.scan),
        visitor: None,
        source: source.clone(),
        body: None,
        at: told.at,
    });
    let noted: Vec<Noted> = noted.collect();
    deliveries::note(db, &noted, now).await
}

/// Notes what an answer to a page is to be told of: the step, and a form that was sent as a lead.
pub async fn answer(db: &mut Connection, trace: &Trace, is_lead: bool, now: Millis) -> Result<()> {
    let all = subscriptions::of(db, trace.workspace).await?;
    let listening: Vec<&Subscription> = all.iter().filter(|hook| hook.is_of(trace.link)).collect();
    if listening.is_empty() {
        return Ok(());
    }
    Noter::default().trace(db, &listening, trace, now).await?;
    if is_lead {
        let told = of_trace(trace, Happening::Lead.as_str());
        note(db, &listening, |hook| hook.wants(Happening::Lead), &told, now).await?;
    }
    Ok(())
}

/// Notes that a link was made or changed, as it is after the change.
pub async fn link(
    db: &mut Connection,
    app: &App,
    workspace: WorkspaceId,
    link: LinkId,
    happening: Happening,
    now: Millis,
) -> Result<()> {
    let all = subscriptions::of(db, workspace).await?;
    let listening: Vec<&Subscription> =
        all.iter().filter(|hook| hook.is_of(link) && hook.wants(happening)).collect();
    if listening.is_empty() {
        return Ok(());
    }
    let row = match links::get(db, workspace, link).await? {
        Some(row) => Some(row),
        // A deleted one, too.
        None => links::of_events(db, workspace, &[link]).await?.pop(),
    };
    let Some(row) = row else { return Ok(()) };
    let wire: Link = wire_link(app, row, &Shown::tags());
    for hook in listening {
        let id = Uuid::now_v7();
        let mut body = Body::of(id, happening.as_str(), now, workspace, hook.webhook);
        body.link = Some(&wire);
        let noted = Noted {
            id,
            webhook: hook.webhook,
            workspace,
            kind: happening.as_str().to_owned(),
            scan: None,
            visitor: None,
            source: Source::Made.to_json(),
            body: Some(body.to_json()),
            at: now,
        };
        deliveries::note(db, &[noted], now).await?;
    }
    Ok(())
}

/// Notes that somebody said who made a scan.
pub async fn identified(
    db: &mut Connection,
    workspace: WorkspaceId,
    (scan, link): (ScanId, LinkId),
    visitor: Uuid,
    now: Millis,
) -> Result<()> {
    let all = subscriptions::of(db, workspace).await?;
    for hook in all.iter().filter(|hook| hook.is_of(link) && hook.wants(Happening::VisitorIdentified)) {
        let noted = Noted {
            id: Uuid::now_v7(),
            webhook: hook.webhook,
            workspace,
            kind: Happening::VisitorIdentified.as_str().to_owned(),
            scan: Some(scan),
            visitor: Some(visitor),
            source: Source::Visitor { visitor }.to_json(),
            body: None,
            at: now,
        };
        deliveries::note(db, &[noted], now).await?;
    }
    Ok(())
}
