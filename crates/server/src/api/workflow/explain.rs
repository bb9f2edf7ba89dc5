//! A pretend scan: what each step would say to it, by the same engine that real scans are walked by.

use super::{current, latest};
use crate::agent::Hints;
use crate::api::auth::{Can, WorkflowsRead};
use crate::api::body::{Body, Path};
use crate::api::links::checks::Checks;
use crate::api::links::link_id;
use crate::app::App;
use crate::catalog::versions;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::redirect;
use axum::Json;
use axum::extract::State;
use model::life::Window;
use model::scan::{DeviceType, Outcome, VisitType};
use model::workflow::attribute::{AttributeValue, Attributes};
use model::workflow::draft::AttributeType;
use model::workflow::payload::ActorValue;
use model::workflow::{Facts, Graph, explain};
use model::{Slug, language};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A pretend scan.
#[derive(Deserialize, ToSchema)]
pub struct ExplainRequest {
    #[serde(default)]
    scan: PretendScan,
    /// Walks the draft instead of what is in force.
    #[serde(default)]
    draft: bool,
}

/// What is pretended; all of it may be left out.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PretendScan {
    /// An instant, or a time of the workspace's zone; now when absent.
    at: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: String,
    region: String,
    city: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    /// As browsers send it: `de-AT,de;q=0.9`.
    language: String,
    /// A real one; what it tells is taken where nothing else is said.
    user_agent: String,
    /// `MOBILE`, `TABLET`, `DESKTOP`, `NATIVE`, `UNKNOWN`.
    device_type: String,
    platform: String,
    browser: String,
    brand: String,
    /// `HUMAN`, `BOT`, `AGENT`, `UNKNOWN`.
    actor: String,
    /// `FIRST` or `RETURNING`.
    visit_type: String,
    /// Which time this browser comes.
    nth: Option<u32>,
    referrer: String,
    /// Behind the question mark.
    query: String,
    asn: u32,
    organisation: String,
    /// Slug that is scanned; the link's own when absent.
    placement: String,
    /// Attributes of the visitor that the browser is known to be: plain values, or `{ "type", "value" }` as visitors
    /// are read.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    attributes: BTreeMap<String, Value>,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct ExplainResponse {
    steps: Vec<ExplainedStep>,
    end: ExplainedEnd,
}

/// What a step did with it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStep {
    step_id: String,
    event_action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_event_action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_label: Option<String>,
    /// In a sentence.
    text: String,
    /// Of a condition: what each test asked, and what came out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tests: Vec<String>,
}

/// Where it ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedEnd {
    /// As events tell it: `redirect`, `page`, `fallback`, …
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    /// A page of ours is shown.
    page: bool,
    /// HTTP status of the answer.
    status: u16,
    /// In a sentence.
    text: String,
}

/// Walks a pretend scan through the workflow. Nothing is counted.
#[utoipa::path(post, path = "/v1/x/links/{linkId}/explain", tag = "Workflows", operation_id = "explain_link",
    params(("linkId" = uuid::Uuid, Path)), request_body = ExplainRequest,
    responses((status = 200, body = ExplainResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn explain_link(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
    Body(body): Body<ExplainRequest>,
) -> ApiResult<Json<ExplainResponse>> {
    let id = link_id(&link)?;
    let (found, _) = current(&app, &caller, id).await?;
    let graph = if body.draft {
        let steps = latest(&app, &caller, id).await?;
        Graph::new(steps, found.fallback_destination.clone(), found.expired_destination.clone())
    } else {
        let version = found.published_version;
        let graph = versions::graph(&mut *app.catalog.read().await?, caller.workspace, id, version).await?;
        graph.ok_or_else(|| ApiError::internal("a link has no published version"))?
    };
    let workflow = graph.compile(found.published_version);
    let checks = Checks::read(&app, caller.workspace).await?;
    let scan = &body.scan;
    let now = match scan.at.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => checks.date("/scan/at", text)?,
        None => app.clock.now(),
    };
    let agent = app.redirector.agents.get(&scan.user_agent, Hints::default());
    let or = |said: &str, told: &str| if said.is_empty() { told.to_owned() } else { said.to_owned() };
    let (platform, browser) = (or(&scan.platform, &agent.platform), or(&scan.browser, &agent.browser));
    let brand = or(&scan.brand, &agent.brand);
    let tags: Vec<String> = found.tags.iter().map(|tag| tag.name.clone()).collect();
    let attributes = attributes(&scan.attributes)?;
    let languages = language::preferences(&scan.language);
    let placement = Slug::parse(&scan.placement).map(|slug| slug.folded().to_owned());
    let placement = placement.unwrap_or_else(|_| model::slug::fold(&found.slug));
    let facts = Facts {
        zone: Some(checks.zone()),
        country: &scan.country.to_uppercase(),
        region: &scan.region,
        city: &scan.city,
        point: scan.latitude.zip(scan.longitude),
        languages: &languages,
        device_type: match scan.device_type.as_str() {
            "" => agent.device_type,
            word => word_of("/scan/deviceType", word, |word| DeviceType::from_word(&word.to_lowercase()))?,
        },
        platform: &platform,
        browser: &browser,
        brand: &brand,
        actor: match scan.actor.as_str() {
            "" | "HUMAN" => ActorValue::Human,
            "BOT" => ActorValue::Bot,
            "AGENT" => ActorValue::Agent,
            "UNKNOWN" => ActorValue::Unknown,
            other => {
                let message = format!("\"{other}\" is none of HUMAN, BOT, AGENT and UNKNOWN");
                return Err(ApiError::field("/scan/actor", message));
            }
        },
        visit_type: match scan.visit_type.as_str() {
            "" => VisitType::Unspecified,
            word => word_of("/scan/visitType", word, VisitType::from_word)?,
        },
        nth: scan.nth,
        referrer_host: &scan.referrer,
        query: scan.query.trim_start_matches('?'),
        asn: scan.asn,
        organisation: &scan.organisation,
        placement: &placement,
        tags: &tags,
        attributes: Some(&attributes),
        ..Facts::at(now)
    };
    let window = Window {
        paused: found.paused,
        ended: found.deleted_at.is_some(),
        archived: found.archived_at.is_some(),
        starts_at: found.starts_at,
        expires_at: found.expires_at,
    };
    let told = explain(&graph, &workflow, window, &facts);
    let decision = told.decision;
    let leads = told.destination.is_some() || decision.page.is_some() || decision.media.is_some();
    let status = redirect::status(decision.outcome, leads, found.conventions.status);
    let steps = told.steps.into_iter().map(|step| ExplainedStep {
        step_id: step.step_id.to_string(),
        event_action: step.event_action,
        x_event_action: step.x_event_action,
        branch_id: step.branch_id,
        branch_label: step.branch_label,
        text: step.text,
        tests: step.tests,
    });
    let end = ExplainedEnd {
        outcome: decision.outcome.as_str(),
        step_id: told.end_step.map(|step| step.to_string()),
        destination: told.destination,
        page: decision.outcome == Outcome::Page,
        status: status.as_u16(),
        text: told.text,
    };
    Ok(Json(ExplainResponse { steps: steps.collect(), end }))
}

fn word_of<T>(field: &str, word: &str, read: impl Fn(&str) -> Option<T>) -> ApiResult<T> {
    read(word)
        .or_else(|| read(&word.to_uppercase()))
        .or_else(|| read(&word.to_lowercase()))
        .ok_or_else(|| ApiError::field(field, format!("\"{word}\" is not a value of this field; see /docs")))
}

fn attributes(said: &BTreeMap<String, Value>) -> ApiResult<Attributes> {
    let read = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => AttributeValue::text(text.clone()),
            Value::Number(number) => AttributeValue::new(AttributeType::Number, number.to_string()),
            Value::Bool(flag) => AttributeValue::new(AttributeType::Boolean, flag.to_string()),
            Value::Object(typed) => typed_attribute(key, typed)?,
            _ => {
                let message =
                    "an attribute is a text, a number, true or false, or an object of type and value";
                return Err(ApiError::field(format!("/scan/attributes/{key}"), message));
            }
        };
        Ok((key.clone(), value))
    };
    said.iter().map(read).collect()
}

fn typed_attribute(key: &str, typed: &serde_json::Map<String, Value>) -> ApiResult<AttributeValue> {
    let text = |name: &str| typed.get(name).and_then(Value::as_str);
    let at = |name: &str| format!("/scan/attributes/{key}/{name}");
    let kind = text("type").and_then(AttributeType::from_word).ok_or_else(|| {
        let message = "the type is one of VISITOR_ATTRIBUTE_TYPE_STRING, _NUMBER, _BOOLEAN, _DATE and _ENUM";
        ApiError::field(at("type"), message)
    })?;
    let value = text("value")
        .ok_or_else(|| ApiError::field(at("value"), "the value is a text, as it was captured"))?;
    Ok(AttributeValue::new(kind, value))
}
