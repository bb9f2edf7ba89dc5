//! From a page on: through the immediate steps behind it, to the next page or the end.

use super::keep::{note_trace, record_writes, trace};
use super::token::Run;
use super::{Stand, answers, page};
use crate::app::App;
use crate::catalog::{media, visitors};
use crate::error::ApiResult;
use crate::head::{self, Head};
use crate::media as files;
use crate::redirect::facts;
use crate::redirect::reading::Reading;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::destination::{Passed, Values};
use model::scan::{NO_DESTINATION, Outcome, Path, Verdict};
use model::trace::TraceKind;
use model::workflow::{Decision, Needs, Payload, advance, fall_back};
use model::{Trace, language};
use pages::Closed;
use uuid::Uuid;

/// Goes on from the step at hand along a branch.
pub async fn go_on(app: &App, stand: &mut Stand, branch: u16) -> ApiResult<Response> {
    let from = stand.version.workflow.next(stand.run.step, branch);
    let mut path = Vec::new();
    let decision = walk(app, stand, from, &mut path).await?;
    let now = app.clock.now();
    for (step, branch) in Path(&path).steps() {
        let Some(draft) = stand.version.steps.get(usize::from(step)) else { continue };
        if draft.action().renders_page() || draft.payload.branches().is_empty() {
            continue;
        }
        let passed = trace(&stand.run, draft.id, TraceKind::Passed, now);
        note_trace(app, &Trace { step, branch, ..passed });
    }
    match decision.outcome {
        Outcome::Page => {
            let Some(step) = decision.page else { return lead_nowhere(app, stand).await };
            let mut run = stand.run.clone();
            run.behind.push(run.step);
            run.step = step;
            Ok(see(&Stand::address_of(app, &run)))
        }
        Outcome::Redirect if decision.media.is_some() => {
            let step = decision.media.unwrap_or_default();
            stand.run.step = step;
            open_media(app, stand).await
        }
        _ => leave(app, stand, decision, Path(&path).steps().last().map(|(step, _)| step)).await,
    }
}

/// The walk with what is known at this moment: the browser that answers, the clock, and what this run has proved.
async fn walk(app: &App, stand: &Stand, from: Option<u16>, path: &mut Vec<u8>) -> ApiResult<Decision> {
    let workflow = &stand.version.workflow;
    let redirector = &app.redirector;
    let attributes = match (workflow.needs().contains(Needs::ATTRIBUTES), stand.run.visitor) {
        (true, Some(id)) => {
            let found = visitors::get(&mut *app.catalog.read().await?, stand.run.workspace, id).await?;
            found.map(|visitor| visitor.all_attributes()).unwrap_or_default()
        }
        _ => Default::default(),
    };
    let headers = head::list(&stand.head.headers);
    let read = Head::of(&stand.head, &headers);
    let agent = head::text(read.headers.user_agent).unwrap_or_default();
    let agent = redirector.agents.get(agent, Reading::hints(&read.headers));
    let geo = redirector.geo.load();
    let place = geo.place(stand.address);
    let zone = redirector.workspaces.zone(stand.run.workspace);
    let tags: Vec<String> = stand.link.tags.iter().map(|tag| tag.name.clone()).collect();
    let known = facts::Known {
        now: app.clock.now(),
        zone: zone.as_ref(),
        place: &place,
        agent: &agent,
        languages: &stand.languages,
        verdict: if stand.run.human { Verdict::Human } else { Verdict::Bot },
        visit_type: stand.run.visit_type,
        nth: stand.run.nth,
        referrer_host: "",
        query: &stand.run.query,
        placement: &stand.run.slug,
        tags: &tags,
        attributes: Some(&attributes),
        visitor: 0,
        scan: stand.run.scan,
    };
    Ok(advance(workflow, from, &known.facts(), path))
}

/// Leaves for a destination, or says that there is none.
async fn leave(app: &App, stand: &mut Stand, decision: Decision, last: Option<u16>) -> ApiResult<Response> {
    let place = match stand.version.workflow.destination(decision.destination) {
        Some(_) if decision.outcome == Outcome::Redirect => last.unwrap_or(stand.run.step),
        Some(_) => stand.run.step,
        None => return lead_nowhere(app, stand).await,
    };
    if let Some(exit) = stand.version.steps.get(usize::from(place)).cloned() {
        let ended = trace(&stand.run, exit.id, TraceKind::Exit, app.clock.now());
        note_trace(app, &Trace { step: place, destination: decision.destination, ..ended });
        if decision.outcome == Outcome::Redirect
            && let Some(visitor) = stand.run.visitor
        {
            let writes = answers::writes(app, stand, &exit, None);
            record_writes(app, stand.run.workspace, visitor, writes).await?;
        }
    }
    let Some(location) = location(app, stand, decision) else { return lead_nowhere(app, stand).await };
    Ok(see(&location))
}

/// Where a decision's destination is, for this visitor.
fn location(app: &App, stand: &Stand, decision: Decision) -> Option<String> {
    let run: &Run = &stand.run;
    let destination = stand.version.workflow.destination(decision.destination)?;
    let click_id = decision.conversion_tracking.then(|| format!("lbid={}", run.scan.0));
    let geo = app.redirector.geo.load();
    let passed = Passed {
        values: Values {
            slug: &run.slug,
            placement: &run.slug,
            scan_id: run.scan,
            country: geo.place(stand.address).country,
            lang: language::first(&stand.languages),
        },
        query: Some(run.query.as_str()).filter(|query| !query.is_empty()),
        mode: stand.link.conventions.query,
        path: "",
        last: click_id.as_deref(),
    };
    Some(destination.location_for(&passed).into_owned())
}

/// Opens the file of the step at hand; where it is missing, the link's fallback.
pub async fn open_media(app: &App, stand: &mut Stand) -> ApiResult<Response> {
    let step = stand.step().clone();
    let Payload::OpenMedia(open) = &step.payload else { return lead_nowhere(app, stand).await };
    let id = Uuid::parse_str(&open.media_id).ok();
    let found = match id {
        Some(id) => media::get(&mut *app.catalog.read().await?, stand.run.workspace, id).await?,
        None => None,
    };
    let found = found.filter(|found| files::exists(&app.config.data, &found.sha256));
    let ended = trace(&stand.run, step.id, TraceKind::Exit, app.clock.now());
    note_trace(app, &Trace { destination: NO_DESTINATION, ..ended });
    match found {
        Some(found) => Ok(see(&files::signed_path(app, stand.run.workspace, found.id))),
        None => {
            let decision = fall_back(&stand.version.workflow);
            match location(app, stand, decision) {
                Some(location) => Ok(see(&location)),
                None => Ok(page::closed(app, stand, Closed::Gone, StatusCode::NOT_FOUND).await),
            }
        }
    }
}

async fn lead_nowhere(app: &App, stand: &Stand) -> ApiResult<Response> {
    Ok(page::closed(app, stand, Closed::Done, StatusCode::OK).await)
}

/// 303: whatever was asked, the next thing is got.
pub fn see(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
