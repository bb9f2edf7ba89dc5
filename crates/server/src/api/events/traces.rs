//! What a scan did in each step of its workflow (dossier 1.6, 3.6). Immediate steps of the redirect leave no record:
//! their traces follow from the version and the path. What happened on pages is folded, one trace a step.

use super::{Event, Version, find, wire_event};
use crate::api::auth::{AnalyticsRead, Can};
use crate::api::body::Path;
use crate::api::population;
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::submissions::{self, Submission};
use crate::catalog::{media, versions, visitors};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::report::OwnedScan;
use model::scan::{Outcome, Path as Steps, Scan};
use model::trace::TraceKind;
use model::workflow::{Action, Payload, StepDraft};
use model::{LinkId, ScanId, Trace, WorkspaceId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a scan did in a step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventTrace {
    id: String,
    event_id: String,
    link_id: String,
    workspace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor_id: Option<String>,
    step_action: String,
    step_kind: &'static str,
    #[schema(value_type = HashMap<String, Value>)]
    step_data: Value,
    /// What the step wrote into the visitor's attributes.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = HashMap<String, String>)]
    saved_attributes: Value,
    completed_at: String,
    created_at: String,
    updated_at: String,
    /// Id of the step.
    x_step_id: String,
    /// Branch taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_branch_id: Option<String>,
    /// `passed`, `shown`, `answered`, `skipped`, `failed`, `exit`.
    x_kind: &'static str,
    /// The step's place in the version, of what happened after the redirect.
    #[serde(skip)]
    place: Option<u16>,
}

impl EventTrace {
    /// Whether this is its id.
    pub fn is(&self, id: Uuid) -> bool {
        self.id == id.to_string()
    }

    /// Whether it tells of the step with this place in the version, gone through after the redirect.
    pub fn is_behind_redirect(&self, place: u16) -> bool {
        self.place == Some(place)
    }
}

/// Traces of an event, in the order in which they happened.
#[derive(Serialize, ToSchema)]
pub struct ListEventTracesResponse {
    traces: Vec<EventTrace>,
}

/// What a scan did in each step of its workflow.
#[utoipa::path(get, path = "/v1/events/{id}/traces", tag = "Events", operation_id = "list_event_traces",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ListEventTracesResponse), (status = 404, body = ErrorResponse), (status = 503, body = ErrorResponse)))]
pub async fn list_event_traces(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ListEventTracesResponse>> {
    let id: ScanId = id.parse().map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let workspace = caller.workspace;
    let Some(scan) = find::scan(&app, workspace, id).await? else {
        return Err(ApiError::not_found("EVENT_NOT_FOUND", format!("event {id}")));
    };
    let (store, at) = (app.store.clone(), scan.get().at);
    let interactions = population::ask(&app, move || store.traces(workspace, id, at)).await?;
    Ok(Json(ListEventTracesResponse { traces: wire_traces(&app, workspace, &scan, &interactions).await? }))
}

/// The traces of a scan as they go out; `interactions` are what it did after its redirect.
pub async fn wire_traces(
    app: &App,
    workspace: WorkspaceId,
    stored: &OwnedScan,
    interactions: &[Trace],
) -> ApiResult<Vec<EventTrace>> {
    let visitor = visitors::of_scan(&mut *app.catalog.read().await?, workspace, stored.get().id).await?;
    Reader::default().read(app, workspace, stored, interactions, visitor).await
}

/// A version, and the files that its steps open.
type Opened = (Version, HashMap<String, media::Media>);

/// Versions that are remembered at most.
const REMEMBERED: usize = 5_000;

/// Reads the traces of scans, and remembers the versions that decided them.
#[derive(Default)]
pub struct Reader {
    versions: HashMap<(LinkId, u32), Option<Opened>>,
}

impl Reader {
    /// The traces of a scan as they go out; `interactions` are what it did after its redirect, `visitor` is whose it is
    /// where that is known.
    pub async fn read(
        &mut self,
        app: &App,
        workspace: WorkspaceId,
        stored: &OwnedScan,
        interactions: &[Trace],
        visitor: Option<Uuid>,
    ) -> ApiResult<Vec<EventTrace>> {
        let scan = stored.get();
        let key = (scan.link, scan.workflow_version);
        if !self.versions.contains_key(&key) {
            if self.versions.len() >= REMEMBERED {
                self.versions.clear();
            }
            self.versions.insert(key, open(app, workspace, key).await?);
        }
        let Some(Some((version, files))) = self.versions.get(&key) else { return Ok(Vec::new()) };
        // Answers are told where a page has a trace.
        let answers = if interactions.is_empty() {
            Vec::new()
        } else {
            submissions::of_scans(&mut *app.catalog.read().await?, workspace, &[scan.id]).await?
        };
        let mut event = wire_event(app, stored, Some(&version.workflow));
        if let Some(visitor) = visitor {
            event.visitor_id = Some(visitor.to_string());
        }
        let reading = Reading { event, version, scan: &scan, answers: &answers, files };
        let mut traces = reading.immediate();
        traces.extend(reading.on_pages(interactions));
        Ok(traces)
    }
}

async fn open(app: &App, workspace: WorkspaceId, (link, number): (LinkId, u32)) -> ApiResult<Option<Opened>> {
    let mut db = app.catalog.read().await?;
    let graph = versions::graph(&mut db, workspace, link, number).await?;
    let Some(version) = graph.map(|graph| Version::of(graph, number)) else { return Ok(None) };
    let mut files = HashMap::new();
    for step in &version.steps {
        if let Payload::OpenMedia(open) = &step.payload
            && let Ok(id) = Uuid::parse_str(&open.media_id)
            && let Some(file) = media::get(&mut db, workspace, id).await?
        {
            files.insert(open.media_id.clone(), file);
        }
    }
    Ok(Some((version, files)))
}

/// What traces are read from.
struct Reading<'r> {
    event: Event,
    version: &'r Version,
    scan: &'r Scan<'r>,
    answers: &'r [Submission],
    files: &'r HashMap<String, media::Media>,
}

impl Reading<'_> {
    /// Steps that the redirect went through. A page that it led to has a record of its own.
    fn immediate(&self) -> Vec<EventTrace> {
        let trace = |(index, (place, branch)): (usize, (u16, u16))| {
            let step = self.version.steps.get(usize::from(place))?;
            if step.action().renders_page() && self.scan.outcome == Outcome::Page {
                return None;
            }
            let is_exit = step.payload.branches().is_empty();
            let kind = if is_exit { "exit" } else { "passed" };
            let id = trace_id(self.scan.id, index).to_string();
            let data = self.data(step, self.scan.destination);
            Some(self.trace(step, id, kind, data, self.event.scanned_at.clone(), branch))
        };
        let mut traces: Vec<EventTrace> = self.scan.path.steps().enumerate().filter_map(trace).collect();
        if self.scan.outcome == Outcome::Fallback
            && let Some((place, _)) = self.scan.path.steps().last()
            && let Some(step) = self.version.steps.get(usize::from(place))
        {
            let id = trace_id(self.scan.id, traces.len()).to_string();
            let at = self.event.scanned_at.clone();
            let trace = self.fallback(step, id, self.scan.destination, at);
            traces.push(trace);
        }
        traces
    }

    /// What happened on pages, and in the steps after them: the last word on each step, where it first appeared.
    fn on_pages(&self, interactions: &[Trace]) -> Vec<EventTrace> {
        let mut order: Vec<u16> = Vec::new();
        let mut last: HashMap<u16, (&Trace, &Trace)> = HashMap::new();
        let mut fallen = None;
        for trace in interactions {
            let step = self.version.steps.get(usize::from(trace.step));
            let leads_on = step.is_some_and(|step| !step.payload.branches().is_empty());
            if trace.kind == TraceKind::Exit && leads_on {
                // The way ended here, on a branch that leads nowhere: the step keeps what was answered.
                fallen = Some(trace);
                continue;
            }
            let (first, latest) = last.entry(trace.step).or_insert_with(|| {
                order.push(trace.step);
                (trace, trace)
            });
            let _ = first;
            if rank(trace.kind) >= rank(latest.kind) {
                *latest = trace;
            }
        }
        // Within a millisecond, what was shown comes before what it led to.
        order.sort_by_key(|place| last.get(place).map(|(first, _)| (first.at, rank(first.kind))));
        let trace = |place: &u16| {
            let (first, latest) = last.get(place)?;
            let step = self.version.steps.get(usize::from(*place))?;
            let answer = self.answers.iter().find(|answer| answer.step == step.id);
            let answers = answer.and_then(|answer| serde_json::from_str(&answer.answers).ok());
            let answers: Value = answers.unwrap_or_default();
            let mut data = self.data(step, latest.destination);
            add_answers(&mut data, step, &answers, latest.kind);
            let mut trace = self.trace(
                step,
                first.id.to_string(),
                latest.kind.as_str(),
                data,
                time(latest.at),
                latest.branch,
            );
            trace.created_at = time(first.at);
            trace.place = Some(*place);
            trace.saved_attributes = answers["saved"].clone();
            Some(trace)
        };
        let mut traces: Vec<EventTrace> = order.iter().filter_map(trace).collect();
        if let Some(fallen) = fallen
            && let Some(step) = self.version.steps.get(usize::from(fallen.step))
        {
            traces.push(self.fallback(step, fallen.id.to_string(), fallen.destination, time(fallen.at)));
        }
        traces
    }

    /// The redirect to the link's fallback, behind a step whose branch leads nowhere.
    fn fallback(&self, step: &StepDraft, id: String, destination: u16, at: String) -> EventTrace {
        let data = json!({ "redirect": {
            "destination": super::destination(destination, Some(&self.version.workflow)),
            "conversionTracking": false,
            "fallback": true,
        } });
        let mut trace = self.trace(step, id, "exit", data, at, Steps::NO_BRANCH);
        trace.step_action = "EVENT_ACTION_CLIENT_REDIRECT".to_owned();
        trace.step_kind = "KIND_EXIT";
        trace
    }

    fn trace(
        &self,
        step: &StepDraft,
        id: String,
        kind: &'static str,
        step_data: Value,
        at: String,
        branch: u16,
    ) -> EventTrace {
        let action = step.action();
        let branches = step.payload.branches();
        EventTrace {
            id,
            event_id: self.event.id.clone(),
            link_id: self.event.link_id.clone(),
            workspace_id: self.event.workspace_id.clone(),
            visitor_id: self.event.visitor_id.clone(),
            step_action: action.x_event_action().unwrap_or(action.event_action()).to_owned(),
            step_kind: action.wire_kind(),
            step_data,
            saved_attributes: Value::Null,
            completed_at: at.clone(),
            created_at: at.clone(),
            updated_at: at,
            x_step_id: step.id.to_string(),
            x_branch_id: branches.get(usize::from(branch)).map(|branch| branch.id.to_owned()),
            x_kind: kind,
            place: None,
        }
    }

    /// The trace's data before anybody answered: what the step held, and what a condition saw.
    fn data(&self, step: &StepDraft, destination: u16) -> Value {
        let key = step.action().payload_key();
        match &step.payload {
            Payload::LinkVisit(_) => json!({ "entryAccess": {
                "action": self.event.action,
                "visitType": self.event.visit_type,
                "entrypoint": self.event.entrypoint,
                "httpMethod": self.event.http_method,
                "accessedAt": self.event.scanned_at,
            } }),
            Payload::ClientRedirect(redirect) => json!({ "redirect": {
                "destination": super::destination(destination, Some(&self.version.workflow))
                    .unwrap_or_else(|| redirect.destination.clone()),
                "conversionTracking": redirect.conversion_tracking,
                "fallback": false,
            } }),
            Payload::OpenMedia(open) => match self.files.get(&open.media_id) {
                Some(file) => json!({ "media": {
                    "mediaId": open.media_id,
                    "fileName": file.file_name,
                    "kind": crate::api::wire::enum_value("KIND", &file.kind),
                    "mimeType": file.mime_type,
                } }),
                None => json!({ "redirect": {
                    "fallback": true, "fallbackReason": "FALLBACK_REASON_MEDIA_MISSING",
                } }),
            },
            Payload::Vcard(_) => json!({ "contactCard": { "card": step.wire_payload()[key] } }),
            payload if payload.action().is_composite() && !payload.action().renders_page() => {
                let mut inside = routes(step.wire_payload()[key].take());
                if let Value::Object(fields) = &mut inside
                    && let Some((name, value)) = self.observed(step.action())
                {
                    fields.insert(name.to_owned(), value);
                }
                json!({ key: inside })
            }
            _ => json!({ key: routes(step.wire_payload()[key].take()) }),
        }
    }

    /// What a condition looked at.
    fn observed(&self, action: Action) -> Option<(&'static str, Value)> {
        let scan = self.scan;
        let of = |prefix: &str, word: &str| json!(crate::api::wire::enum_value(prefix, word));
        Some(match action {
            Action::VisitTypeCondition => ("visitType", json!(self.event.visit_type)),
            Action::CountryCondition => ("country", json!(scan.country)),
            Action::DeviceTypeCondition => ("deviceType", of("DEVICE_TYPE", scan.device_type.as_str())),
            Action::DevicePlatformCondition => ("platformName", json!(scan.platform)),
            Action::DeviceBrowserCondition => ("browserName", json!(scan.browser)),
            Action::DeviceBrandCondition => ("deviceBrand", json!(scan.device_brand)),
            Action::DeviceActorCondition => ("deviceActor", json!(super::actor(scan.verdict))),
            _ => return None,
        })
    }
}

/// Which of two words on one step is the later: an answer after what was shown, whatever the clock did.
const fn rank(kind: TraceKind) -> u8 {
    match kind {
        TraceKind::Shown => 0,
        TraceKind::Failed => 1,
        TraceKind::Skipped | TraceKind::Answered | TraceKind::Passed => 2,
        TraceKind::Exit => 3,
    }
}

/// A payload of the wire as traces show it: whether each option leads on, not where to.
fn routes(payload: Value) -> Value {
    let Value::Object(fields) = payload else { return json!({}) };
    let has_else = fields.contains_key("elseNextStepId");
    let is_condition = has_else
        || fields.contains_key("options")
        || fields.contains_key("ranges")
        || fields.contains_key("countries");
    let mut shown = Map::new();
    for (name, value) in fields {
        let value = match value {
            Value::Array(options) if is_condition => options.into_iter().map(route).collect(),
            other => other,
        };
        if name != "elseNextStepId" && !name.starts_with("xPassword") {
            shown.insert(name, value);
        }
    }
    if is_condition {
        shown.insert("hasElse".to_owned(), has_else.into());
    }
    Value::Object(shown)
}

fn route(option: Value) -> Value {
    let Value::Object(mut fields) = option else { return option };
    let has_route = fields.remove("nextStepId").is_some();
    fields.insert("hasRoute".to_owned(), has_route.into());
    Value::Object(fields)
}

/// Adds what was answered to a page's data.
fn add_answers(data: &mut Value, step: &StepDraft, answers: &Value, kind: TraceKind) {
    match &step.payload {
        Payload::Password(_) => data["password"]["validated"] = (kind == TraceKind::Answered).into(),
        Payload::Form(form) => {
            let values = &answers["values"];
            let fields = form.fields_in_order();
            let submitted = fields.iter().filter(|field| values[&field.id].is_string()).count();
            let skipped = kind == TraceKind::Skipped;
            let shown = data["form"].take();
            let texts: Vec<Value> = shown["formFields"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|field| {
                    let mut field = field.clone();
                    if let Some(value) = field["id"].as_str().and_then(|id| values[id].as_str()) {
                        field["value"] = value.into();
                    }
                    field
                })
                .collect();
            data["form"] = json!({
                "title": form.form_title,
                "description": form.form_description,
                "action": kind.as_str(),
                "skipped": skipped,
                "skipMethod": answers["skipMethod"].as_str().unwrap_or_default(),
                "autoSkipIfKnown": form.auto_skip_if_known,
                "submitButtonText": form.submit_button_text,
                "skipButtonText": form.skip_button_text,
                "totalFields": fields.len(),
                "submittedFields": submitted,
                "fields": texts,
            });
        }
        Payload::SocialLinks(social) => {
            let chosen = answers["choice"].as_str();
            let shown = data["socialLinks"]["links"].as_array().cloned().unwrap_or_default();
            if social.links.iter().any(|link| Some(link.id.as_str()) == chosen)
                && let Some(link) = shown.into_iter().find(|link| link["id"].as_str() == chosen)
            {
                data["socialLinks"]["selectedLink"] = link;
            }
        }
        Payload::MultiLink(multi) => {
            let button = |button: &model::workflow::payload::LinkButton| json!({ "id": button.id, "label": button.label, "order": button.order });
            let chosen = answers["choice"].as_str();
            let selected = multi.buttons.iter().find(|button| Some(button.id.as_str()) == chosen).map(button);
            data["multiLink"] = json!({
                "title": multi.title,
                "description": multi.description,
                "availableButtons": multi.buttons_in_order().into_iter().map(button).collect::<Vec<_>>(),
            });
            if let Some(selected) = selected {
                data["multiLink"]["selectedButton"] = selected;
            }
        }
        _ => {}
    }
}

/// Id of a derived trace: the scan's, made a UUIDv8 with the step's place in the path in its last bits.
pub fn trace_id(scan: ScanId, index: usize) -> Uuid {
    let bits = scan.0.as_u128() ^ (index as u128 + 1);
    uuid::Builder::from_u128(bits).with_version(uuid::Version::Custom).into_uuid()
}
