//! Keeping what a visitor answered on a page: one catalog transaction (answer, attributes, consents), then the trace in
//! the spool. A process that ends in between finds the answer without its trace at the next start, and writes it then.

use super::token::Run;
use crate::app::App;
use crate::catalog::Connection;
use crate::catalog::notices;
use crate::catalog::submissions::{self, Consent, Submission};
use crate::catalog::visitors::identify::{self, Data, Known, Trust};
use crate::catalog::visitors::{self, Attribute};
use crate::error::ApiResult;
use crate::redirect;
use crate::webhooks::note;
use model::scan::NO_DESTINATION;
use model::trace::TraceKind;
use model::workflow::attribute::AttributeValue;
use model::workflow::capture::Write;
use model::{Millis, ScanId, StepId, Trace, TraceId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a visitor did with a page.
pub struct Answered {
    /// The step.
    pub step: StepId,
    /// Answered or skipped.
    pub kind: TraceKind,
    /// Branch that it takes.
    pub branch: u16,
    /// JSON: the answers, for whoever reads the trace.
    pub answers: Value,
    /// Whether a form was sent.
    pub is_lead: bool,
    /// What it tells of the visitor.
    pub data: Data,
    /// Agreements.
    pub consents: Vec<Consent>,
    /// What the owner wants noted of whoever passes here.
    pub writes: Vec<Write>,
}

/// Keeps an answer, and tells the run who its visitor has turned out to be.
pub async fn keep(app: &App, run: &mut Run, answered: Answered) -> ApiResult<()> {
    let now = app.clock.now();
    let trace = Trace {
        kind: answered.kind,
        branch: answered.branch,
        ..trace(run, answered.step, answered.kind, now)
    };
    let known = Known { scan: run.scan, at: run.at, link: run.link, visitor: run.visitor };
    let (workspace, mut data) = (run.workspace, answered.data);
    let mut answers = answered.answers;
    if !answered.writes.is_empty() {
        let saved = answered.writes.iter().map(|write| (write.key.clone(), json!(write.value.value)));
        answers["saved"] = Value::Object(saved.collect());
        answers["writes"] = answered
            .writes
            .iter()
            .map(|write| json!({ "key": write.key, "value": write.value, "once": write.once }))
            .collect();
    }
    let mut submission =
        Submission { trace, step: answered.step, visitor: run.visitor, answers: answers.to_string() };
    let (consents, writes) = (answered.consents, answered.writes);
    let is_lead = answered.is_lead;
    // Without a mail server nobody is written to, and nothing waits for one.
    let writes_letters = is_lead && app.notices.mailer.is_some();
    let (proved, is_new) = app
        .catalog
        .write(async move |db| {
            let mut proved = known.visitor;
            if data.is_empty() && known.visitor.is_none() {
                // Nobody yet: what is noted of whoever passes here waits in the answer until somebody is.
                let is_new = submissions::insert(db, &submission).await?;
                if is_new {
                    submissions::insert_consents(db, &submission, &consents).await?;
                    tell(db, &trace, is_lead, writes_letters, now).await?;
                }
                return Ok((proved, is_new));
            }
            for earlier in submissions::of_scans(db, workspace, &[known.scan]).await? {
                data.attributes.extend(waiting(&earlier.answers));
            }
            data.attributes
                .extend(writes.into_iter().map(|write| (attribute(write.key, write.value), write.once)));
            let is_new = submissions::insert(db, &submission).await?;
            if !is_new {
                return Ok((proved, false));
            }
            if let Some(identified) =
                identify::identify(db, workspace, known, &data, Trust::Visitor, false, now).await?
            {
                let id = identified.visitor.id;
                submission.visitor = Some(id);
                submissions::set_visitor(db, workspace, known.scan, id).await?;
                if identified.proved {
                    proved = Some(id);
                }
            }
            submissions::insert_consents(db, &submission, &consents).await?;
            tell(db, &trace, is_lead, writes_letters, now).await?;
            Ok((proved, true))
        })
        .await?;
    run.visitor = proved;
    // The first answer is the one that is kept, and so is its trace.
    if is_new {
        app.webhooks.bell.notify_one();
        app.notices.bell.notify_one();
        record(app, trace);
    }
    Ok(())
}

/// Notes who is to be told of an answer.
async fn tell(
    db: &mut Connection,
    trace: &Trace,
    is_lead: bool,
    writes_letters: bool,
    now: Millis,
) -> crate::catalog::Result<()> {
    note::answer(db, trace, is_lead, now).await?;
    if writes_letters {
        notices::note(db, trace.workspace, trace.link, trace.id, now).await?;
    }
    Ok(())
}

/// Attributes that an earlier page of the same scan noted while nobody was known.
fn waiting(answers: &str) -> Vec<(Attribute, bool)> {
    let answers: Value = serde_json::from_str(answers).unwrap_or_default();
    let write = |write: &Value| {
        let value: AttributeValue = serde_json::from_value(write["value"].clone()).ok()?;
        Some((attribute(write["key"].as_str()?.to_owned(), value), write["once"].as_bool().unwrap_or(false)))
    };
    answers["writes"].as_array().into_iter().flatten().filter_map(write).collect()
}

/// An attribute as the catalog keeps it.
pub fn attribute(key: String, value: AttributeValue) -> Attribute {
    Attribute { key, kind: visitors::kind_word(value.kind).to_owned(), value: value.value }
}

/// Writes the trace of an answer into the spool, and notes that it is there.
pub fn record(app: &App, trace: Trace) {
    let appended = tokio::task::block_in_place(|| redirect::record_trace(&app.spool, &trace));
    if !matches!(appended, spool::Appended::Written(_)) {
        // It stays untraced in the catalog and is written at the next start.
        return;
    }
    let catalog = app.catalog.clone();
    tokio::spawn(async move {
        let _ = catalog.write(async move |db| submissions::set_traced(db, &[trace.id]).await).await;
    });
}

/// Writes a trace that no answer stands behind: a page was shown, a password was wrong, the way ended.
pub fn note_trace(app: &App, trace: &Trace) {
    let _ = tokio::task::block_in_place(|| redirect::record_trace(&app.spool, trace));
}

/// The trace of something that happened on the page of a run.
pub fn trace(run: &Run, step: StepId, kind: TraceKind, at: model::Millis) -> Trace {
    Trace {
        id: trace_id(run.scan, step, kind),
        scan: run.scan,
        scan_at: run.at,
        at,
        workspace: run.workspace,
        link: run.link,
        workflow_version: run.version,
        step: run.step,
        branch: model::scan::Path::NO_BRANCH,
        kind,
        destination: NO_DESTINATION,
    }
}

/// The same for the same scan, step and kind: what is written twice is read as once.
fn trace_id(scan: ScanId, step: StepId, kind: TraceKind) -> TraceId {
    let digest = Sha256::new()
        .chain_update(scan.0.as_bytes())
        .chain_update(step.0.as_bytes())
        .chain_update(kind.as_str())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    TraceId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Writes the traces of answers that an earlier process took and did not come to trace.
pub async fn repair(app: &App) -> ApiResult<usize> {
    let traces = submissions::untraced(&mut *app.catalog.read().await?).await?;
    let count = traces.len();
    for trace in traces {
        record(app, trace);
    }
    Ok(count)
}

/// Writes what a step notes of a visitor who is known.
pub async fn record_writes(
    app: &App,
    workspace: model::WorkspaceId,
    visitor: Uuid,
    writes: Vec<Write>,
) -> ApiResult<()> {
    if writes.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let attributes =
        writes.into_iter().map(|write| (attribute(write.key, write.value), write.once)).collect();
    let data = Data { attributes, ..Data::default() };
    app.catalog
        .write(async move |db| identify::fill(db, workspace, visitor, &data, false, now).await)
        .await?;
    Ok(())
}
