//! How far scans come, stage by stage (dossier 4.2). A stage is one step of a link, or, as the contract has it, all steps
//! of one action.

mod stages;

use super::auth::{AnalyticsRead, Can};
use super::body::Question;
use super::population::{self, Range};
use crate::app::App;
use crate::catalog::{versions, visitors};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::ScanId;
use model::funnel::{Funnel, StageCounts};
use model::rate::wilson;
use model::report::Scope;
use serde::{Deserialize, Serialize};
use stages::{Builder, Stage};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Versions of a link that are looked at.
const MAX_VERSIONS: i64 = 10_000;

/// Which scans, and what a stage is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunnelRequest {
    #[serde(flatten)]
    range: Range,
    /// `action` (all steps of one action are one stage; the default) or `step` (each step by itself; needs `linkId`).
    x_by: Option<String>,
}

/// Scans of a stage that took a branch.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunnelBranch {
    label: String,
    visits: u64,
    /// Of the stage's visits, in percent. A scan can take several branches.
    share_of_step: f64,
}

/// A stage. Visits are scans, each counted once a stage however often it came.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunnelStep {
    step_action: String,
    step_kind: &'static str,
    visits: u64,
    occurrences: u64,
    /// Visits with an answer: a form sent, a button pressed, a password that was right.
    interactions: u64,
    /// Of the visits, in percent.
    interaction_rate: f64,
    /// Different visitors who are known by name.
    identified_visitors: u64,
    /// Visits of all that began, in percent.
    conversion_rate: f64,
    /// Visits that left, short of an exit, when this was the nearest stage before them. Each visit that left is in one
    /// stage's number, or in none where nothing lay before it.
    drop_off_from_previous: u64,
    branches: Vec<FunnelBranch>,
    /// The step, where each is a stage by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_step_id: Option<String>,
    /// What people call the step, such as `the form "Sign up"`, where each is a stage by itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    x_name: String,
    /// Different visitors of each UTC day, added.
    x_visitors: u64,
    /// Visits that ended here, short of an exit.
    x_left: u64,
    /// Where the conversion rate of many more scans like these would lie: Wilson's interval, 95 %, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_conversion_interval: Option<[f64; 2]>,
}

/// A funnel.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunnelResponse {
    /// Scans that came to any step.
    entry_visits: u64,
    /// Scans that came to none: the link was paused, had ended or was not open yet. With `entryVisits` they are all scans of
    /// the range.
    x_not_begun: u64,
    /// Of these the ones that came to an exit, in percent.
    completion_rate: f64,
    /// From arrival to exit.
    steps: Vec<FunnelStep>,
    /// Different visitors of each UTC day who began, added.
    x_visitors: u64,
    /// Scans that came to an exit.
    x_completed: u64,
    /// Different visitors of each UTC day who came to an exit, added.
    x_completed_visitors: u64,
    /// Wilson's interval of the completion rate, 95 %, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_completion_interval: Option<[f64; 2]>,
}

/// How far scans come.
#[utoipa::path(post, path = "/v1/analytics/funnel", tag = "Analytics", operation_id = "get_step_funnel",
    request_body = FunnelRequest, responses((status = 200, body = FunnelResponse), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse)))]
pub async fn get_step_funnel(
    State(app): State<App>,
    caller: Can<AnalyticsRead>,
    Question(body): Question<FunnelRequest>,
) -> ApiResult<Json<FunnelResponse>> {
    let by_step = match body.x_by.as_deref() {
        None | Some("" | "action") => false,
        Some("step") => true,
        Some(other) => {
            return Err(ApiError::field("/xBy", format!("\"{other}\" is not known; there are action, step")));
        }
    };
    let population = population::of_range(&app, caller.workspace, &body.range, "/").await?.population;
    let link = match &population.scope {
        Scope::Links(links) => links.first().copied(),
        Scope::Workspace => None,
    };
    if by_step && link.is_none() {
        return Err(ApiError::field("/linkId", "is required: steps are those of one link"));
    }
    let mut builder = Builder::new(by_step);
    let mut db = app.catalog.read().await?;
    match link {
        Some(link) => {
            for version in versions::list(&mut db, caller.workspace, link, MAX_VERSIONS).await? {
                builder.add(link, version.version, &version.steps);
            }
        }
        None => {
            for (link, version) in versions::all(&mut db, caller.workspace).await? {
                builder.add(link, version.version, &version.steps);
            }
        }
    }
    let range = (population.from, population.to);
    let mut people: HashMap<Uuid, u32> = HashMap::new();
    let known: HashMap<ScanId, u32> = visitors::of_range(&mut db, caller.workspace, link, range)
        .await?
        .into_iter()
        .map(|(scan, visitor)| {
            let next = people.len() as u32;
            (scan, *people.entry(visitor).or_insert(next))
        })
        .collect();
    drop(db);
    let (shown, stages) = builder.done();
    let store = app.store.clone();
    let funnel = population::ask(&app, move || store.funnel(&population, &stages, &known)).await?;
    Ok(Json(wire(&shown, &funnel)))
}

fn wire(stages: &[Stage], funnel: &Funnel) -> FunnelResponse {
    let begun = funnel.begun.scans;
    FunnelResponse {
        entry_visits: begun,
        x_not_begun: funnel.not_begun,
        completion_rate: percent(funnel.completed.scans, begun),
        steps: stages.iter().map(|stage| step(stage, &funnel.stages[stage.number], begun)).collect(),
        x_visitors: funnel.begun.visitors,
        x_completed: funnel.completed.scans,
        x_completed_visitors: funnel.completed.visitors,
        x_completion_interval: interval(funnel.completed.scans, begun),
    }
}

fn step(stage: &Stage, counts: &StageCounts, begun: u64) -> FunnelStep {
    let branch = |(label, visits): (&String, &u64)| FunnelBranch {
        label: label.clone(),
        visits: *visits,
        share_of_step: percent(*visits, counts.scans),
    };
    FunnelStep {
        step_action: stage.action.event_action().to_owned(),
        step_kind: stage.action.wire_kind(),
        visits: counts.scans,
        occurrences: counts.occurrences,
        interactions: counts.answered,
        interaction_rate: percent(counts.answered, counts.scans),
        identified_visitors: counts.known,
        conversion_rate: percent(counts.scans, begun),
        drop_off_from_previous: counts.missed,
        branches: stage.branches.iter().zip(&counts.branches).map(branch).collect(),
        x_step_id: stage.step.map(|step| step.to_string()),
        x_name: stage.name.clone(),
        x_visitors: counts.visitors,
        x_left: counts.left,
        x_conversion_interval: interval(counts.scans, begun),
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn interval(part: u64, whole: u64) -> Option<[f64; 2]> {
    wilson(part, whole).map(|(low, high)| [low * 100.0, high * 100.0])
}
