//! How long things are kept: what there is, since when and until when; changing it says first what would go (`retention.rs`).

use super::auth::{Can, WorkspaceRead, WorkspaceWrite};
use super::body::{Body, Query};
use super::population;
use super::wire::time;
use crate::app::App;
use crate::catalog::erasures::scope;
use crate::catalog::retention::{self as rows, Set, Terms};
use crate::erasure::{Halt, worker};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::retention::{self, BODIES_MOST, FACTS_MOST, MOST, Went};
use axum::Json;
use axum::extract::State;
use model::report::{Answer, Ask, Population, Scope, Verdicts};
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whole UTC days that things are kept. What is absent is kept without end, or as long as the program keeps it at most; of a link: as
/// long as its workspace's.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionTerms {
    /// Scans with their traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    scans_days: Option<u32>,
    /// User agents of scans; 30 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agents_days: Option<u32>,
    /// Visitors of whom nothing was heard since.
    #[serde(skip_serializing_if = "Option::is_none")]
    visitors_days: Option<u32>,
    /// Bodies of deliveries to webhooks; 7 at most. Of a link: of webhooks of that link.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries_days: Option<u32>,
}

/// Something that is kept.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holding {
    /// `scans`, `user_agents`, `visitors`, `deliveries`.
    what: &'static str,
    /// How many there are.
    count: u64,
    /// Days that they are kept; absent: without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    /// Of the oldest one.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// When the oldest one goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// Terms of a link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkRetention {
    link_id: String,
    terms: RetentionTerms,
}

/// How long things are kept, and what there is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionResponse {
    /// Of the workspace, or of the link that was asked for.
    terms: RetentionTerms,
    /// With the workspace's where the link has none, and with the most that the program keeps.
    effective: RetentionTerms,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    /// What there is.
    holdings: Vec<Holding>,
    /// Links with terms of their own; of the workspace alone.
    links: Vec<LinkRetention>,
    /// What a change takes, or would take.
    #[serde(skip_serializing_if = "Option::is_none")]
    goes: Option<RetentionGoes>,
}

/// What goes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionGoes {
    scans: u64,
    /// By which `eventCount` falls.
    human_scans: u64,
    user_agents: u64,
    visitors: u64,
    deliveries: u64,
}

/// Terms to be. A term that is absent or null is none.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRetentionRequest {
    /// Of this link alone.
    link_id: Option<String>,
    scans_days: Option<i64>,
    user_agents_days: Option<i64>,
    visitors_days: Option<i64>,
    deliveries_days: Option<i64>,
    /// Says what would go and changes nothing.
    dry_run: Option<bool>,
    /// Must be true where something goes.
    confirm: Option<bool>,
}

fn wire(terms: Terms) -> RetentionTerms {
    RetentionTerms {
        scans_days: terms.scans,
        user_agents_days: terms.facts,
        visitors_days: terms.visitors,
        deliveries_days: terms.deliveries,
    }
}

fn goes(went: Went) -> RetentionGoes {
    RetentionGoes {
        scans: went.scans,
        human_scans: went.humans,
        user_agents: went.facts,
        visitors: went.visitors,
        deliveries: went.deliveries,
    }
}

/// How long things are kept, and what there is of them.
#[utoipa::path(get, path = "/v1/x/retention", tag = "Privacy", operation_id = "get_retention",
    params(("linkId" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = RetentionResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_retention(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
    query: Query,
) -> ApiResult<Json<RetentionResponse>> {
    let link = read_link(&app, caller.workspace, query.get("linkId"), "linkId").await?;
    Ok(Json(answer(&app, caller.workspace, link, None).await?))
}

/// Sets how long things are kept. Where something would go by it, that has to be confirmed; it is hidden when this answers.
#[utoipa::path(put, path = "/v1/x/retention", tag = "Privacy", operation_id = "update_retention",
    request_body = UpdateRetentionRequest,
    responses((status = 200, body = RetentionResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_retention(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<UpdateRetentionRequest>,
) -> ApiResult<Json<RetentionResponse>> {
    let workspace = caller.workspace;
    let link = read_link(&app, workspace, body.link_id.as_deref(), "/linkId").await?;
    let days = |field: &str, value: Option<i64>, most: u32| match value {
        None => Ok(None),
        Some(days) if (1..=i64::from(most)).contains(&days) => Ok(u32::try_from(days).ok()),
        Some(days) => {
            let message = format!("{days} is no number of days from 1 to {most}; leave it out for no end");
            Err(ApiError::field(field, message))
        }
    };
    let set = Set {
        workspace,
        link,
        terms: Terms {
            scans: days("/scansDays", body.scans_days, MOST)?,
            facts: days("/userAgentsDays", body.user_agents_days, FACTS_MOST)?,
            visitors: days("/visitorsDays", body.visitors_days, MOST)?,
            deliveries: days("/deliveriesDays", body.deliveries_days, BODIES_MOST)?,
        },
        by: caller.name(),
        at: app.clock.now(),
    };
    let bench = worker::bench(&app);
    let foretold = retention::would_go(&bench, &set).await.map_err(failed)?;
    if body.dry_run.unwrap_or_default() {
        return Ok(Json(answer(&app, workspace, link, Some(foretold)).await?));
    }
    if !foretold.is_nothing() && !body.confirm.unwrap_or_default() {
        let message = format!(
            "{} scans, {} user agents, {} visitors and {} bodies of deliveries would go for good; send confirm to have it so",
            foretold.scans, foretold.facts, foretold.visitors, foretold.deliveries
        );
        return Err(ApiError::conflict("CONFIRMATION_NEEDED", message).about("/confirm"));
    }
    app.catalog.write(async move |db| rows::set(db, &set).await).await?;
    let went = retention::tick(&bench).await.map_err(failed)?;
    let went = Went { facts: foretold.facts, ..went };
    Ok(Json(answer(&app, workspace, link, Some(went)).await?))
}

async fn read_link(
    app: &App,
    workspace: WorkspaceId,
    text: Option<&str>,
    field: &str,
) -> ApiResult<Option<LinkId>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let link: LinkId =
        text.parse().map_err(|_| ApiError::field(field, format!("\"{text}\" is not a UUID")))?;
    if !scope::has_link(&mut *app.catalog.read().await?, workspace, link).await? {
        return Err(ApiError::link_not_found(link).about(field));
    }
    Ok(Some(link))
}

async fn answer(
    app: &App,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    went: Option<Went>,
) -> ApiResult<RetentionResponse> {
    let all = rows::terms(&mut *app.catalog.read().await?, Some(workspace)).await?;
    let of = |link: Option<LinkId>| all.iter().find(|set| set.link == link);
    let terms = of(link).map(|set| set.terms).unwrap_or_default();
    let mut effective = terms.or(of(None).map(|set| set.terms).unwrap_or_default());
    effective.facts = Some(effective.facts.unwrap_or(FACTS_MOST));
    effective.deliveries = Some(effective.deliveries.unwrap_or(BODIES_MOST));
    let links = all
        .iter()
        .filter(|_| link.is_none())
        .filter_map(|set| Some(LinkRetention { link_id: set.link?.to_string(), terms: wire(set.terms) }));
    Ok(RetentionResponse {
        terms: wire(terms),
        effective: wire(effective),
        updated_by: of(link).map(|set| set.by.clone()),
        updated_at: of(link).map(|set| time(set.at)),
        holdings: holdings(app, workspace, link, effective).await?,
        links: links.collect(),
        goes: went.map(goes),
    })
}

async fn holdings(
    app: &App,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    terms: Terms,
) -> ApiResult<Vec<Holding>> {
    let now = app.clock.now();
    let holding = |what, count, days: Option<u32>, since: Option<Millis>| Holding {
        what,
        count,
        days,
        since: since.filter(|_| count > 0).map(time),
        until: since.zip(days).filter(|_| count > 0).map(|(since, days)| time(retention::end(since, days))),
    };
    let (store, scope) = (app.store.clone(), link.map_or(Scope::Workspace, |link| Scope::Links(vec![link])));
    let scans = population::ask(app, move || {
        let population = Population {
            workspace,
            scope,
            verdicts: Verdicts::ALL,
            from: Millis(0),
            to: Millis(i64::MAX),
            filters: Vec::new(),
        };
        let answer = store.report(&population, &Ask::Totals)?;
        let agents = store.user_agents(workspace, link, now.plus(-31 * model::time::DAY_MS))?;
        Ok((answer, agents))
    });
    let (answer, (agents, agents_since)) = scans.await?;
    let (count, since) = match answer {
        Answer::Totals { counts, first_at, .. } => (counts.scans, first_at),
        _ => (0, None),
    };
    let mut found = vec![
        holding("scans", count, terms.scans, since),
        holding("user_agents", agents, terms.facts, agents_since),
    ];
    let mut db = app.catalog.read().await?;
    if link.is_none() {
        let (visitors, since) = rows::visitors(&mut db, workspace).await?;
        // When the first of them goes is up to when it is heard of.
        found.push(Holding { until: None, ..holding("visitors", visitors, terms.visitors, since) });
    }
    let (bodies, since) = rows::bodies(&mut db, workspace, link, now.plus(1)).await?;
    found.push(holding("deliveries", bodies, terms.deliveries, since));
    Ok(found)
}

fn failed(error: Halt) -> ApiError {
    match error {
        Halt::Catalog(error) => error.into(),
        error => ApiError::internal(error),
    }
}
