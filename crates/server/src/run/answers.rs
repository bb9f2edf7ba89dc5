//! What visitors answer: a form, a password, a choice, a button.

use super::keep::{Answered, keep, note_trace, trace};
use super::page::{self, Shown};
use super::token::Run;
use super::{Stand, hidden_facts, onward, visitor};
use crate::account;
use crate::app::App;
use crate::catalog::submissions::Consent;
use crate::catalog::visitors;
use crate::catalog::visitors::identify::Data;
use crate::error::{ApiError, ApiResult};
use axum::http::StatusCode;
use axum::response::Response;
use model::scan::Path;
use model::trace::TraceKind;
use model::workflow::capture::{self, CaptureFacts, Write};
use model::workflow::form::{self, FieldFault};
use model::workflow::payload::{Form, MultiLink, Password, SocialLinks};
use model::{Millis, ScanId};
use pages::{Problem, Refusal};
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// Answers of one address a minute; more come from a program.
pub const MOST_A_MINUTE: u32 = 60;
/// Answers of one address a minute that come quicker than anybody reads; autofill makes one or two.
pub const QUICK_A_MINUTE: u32 = 5;
/// Nobody reads a form and answers it in less.
const QUICKEST_MS: i64 = 700;

/// A posted answer: names and values, in order.
pub struct Post(Vec<(String, String)>);

impl Post {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn read(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// Whether a field is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn by_name(&self) -> BTreeMap<String, Vec<String>> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &self.0 {
            values.entry(name.clone()).or_default().push(value.clone());
        }
        values
    }
}

/// The token of a form that says when it was shown.
pub fn trap(app: &App, run: &Run) -> String {
    app.runs.signer.seal(&("form", run.scan, run.step, app.clock.now()))
}

/// Whether a program filled the form in: it wrote where people see no field; or it answers quicker than anybody reads,
/// or without having been shown the form, again and again.
fn is_spam(app: &App, run: &Run, post: &Post, by: u64) -> bool {
    if !post.get(pages::form::HONEYPOT).is_empty() {
        return true;
    }
    let now = app.clock.now();
    let shown = app.runs.signer.open::<(String, ScanId, u16, Millis)>(post.get(pages::form::TRAP));
    let in_time = shown.is_some_and(|(kind, scan, step, at)| {
        kind == "form" && scan == run.scan && step == run.step && now.0 - at.0 >= QUICKEST_MS
    });
    !in_time && !app.runs.quick_answers.admit(by, now)
}

/// A form that was sent.
pub async fn form(app: &App, stand: &mut Stand, asked: &Form, post: &Post, by: u64) -> ApiResult<Response> {
    let checked = form::check(asked, &post.0, hidden_facts(&stand.run));
    let submission = match checked {
        Ok(submission) => submission,
        Err(errors) => {
            let problems = errors.into_iter().map(|error| (error.field, problem(error.fault))).collect();
            let shown = Shown { values: post.by_name(), problems, ..Shown::default() };
            return page::show(app, stand, &shown)
                .await
                .map(|page| with_status(page, StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    if is_spam(app, &stand.run, post, by) {
        // No oracle for programs: they are shown the form once more. A person who was that quick learns what to do.
        let shown = Shown { values: post.by_name(), is_once_more: true, ..Shown::default() };
        return page::show(app, stand, &shown).await;
    }
    let mut data = Data::default();
    let mut values = Map::new();
    for answer in submission.answers {
        values.insert(answer.field, answer.value.value.clone().into());
        let text = Some(answer.value.value.clone());
        match answer.key.as_str() {
            "$email" => data.email = text,
            "$phone" => data.phone = text,
            "$firstName" => data.first_name = text,
            "$lastName" => data.last_name = text,
            "" => {}
            _ => data.attributes.push((super::keep::attribute(answer.key, answer.value), false)),
        }
    }
    let given = submission.consents;
    for consent in &given {
        values.insert(consent.field.clone(), "true".into());
    }
    let consents = asked.form_fields.iter().filter(|field| field.is_consent()).map(|field| Consent {
        key: field.key.clone(),
        // What the page showed: the label, where its owner wrote no text.
        text: if field.x_consent_text.is_empty() { field.title() } else { &field.x_consent_text }.to_owned(),
        version: field.x_consent_version.clone(),
        given: given.iter().any(|given| given.field == field.id),
    });
    let consents = consents.collect();
    let answered = Answered {
        is_lead: true,
        data,
        consents,
        answers: json!({ "values": values }),
        ..passing(app, stand, TraceKind::Answered, None)
    };
    keep(app, &mut stand.run, answered).await?;
    visitor::remember(app, stand).await?;
    onward::go_on(app, stand, 0).await
}

/// A form that need not be answered.
pub async fn skip(app: &App, stand: &mut Stand, method: &str) -> ApiResult<Response> {
    let answered = Answered {
        answers: json!({ "skipMethod": method }),
        // A skipped form writes nothing.
        writes: Vec::new(),
        ..passing(app, stand, TraceKind::Skipped, None)
    };
    keep(app, &mut stand.run, answered).await?;
    onward::go_on(app, stand, 0).await
}

/// A page that asks for nothing more than to go on.
pub async fn pass(app: &App, stand: &mut Stand, kind: TraceKind) -> ApiResult<Response> {
    let answered = passing(app, stand, kind, None);
    keep(app, &mut stand.run, answered).await?;
    onward::go_on(app, stand, 0).await
}

/// A button of several.
pub async fn choice(app: &App, stand: &mut Stand, multi: &MultiLink, post: &Post) -> ApiResult<Response> {
    let chosen = post.get(pages::BUTTON);
    let branches = stand.step().payload.branches();
    let branch = branches.iter().position(|branch| branch.id == chosen);
    let button = multi.buttons.iter().find(|button| button.id == chosen);
    let (Some(branch), Some(button)) = (branch, button) else {
        return page::show(app, stand, &Shown::default()).await;
    };
    let answered = Answered {
        branch: branch as u16,
        answers: json!({ "choice": button.id }),
        ..passing(app, stand, TraceKind::Answered, Some((&button.id, &button.label)))
    };
    keep(app, &mut stand.run, answered).await?;
    onward::go_on(app, stand, branch as u16).await
}

/// A link of several to profiles: noted, and followed.
pub async fn social_link(
    app: &App,
    stand: &mut Stand,
    social: &SocialLinks,
    number: usize,
) -> ApiResult<Response> {
    let links = social.links_in_order();
    let found = links.get(number).and_then(|link| Some((link.id.clone(), pages::followable(&link.url)?)));
    let Some((id, url)) = found else { return page::show(app, stand, &Shown::default()).await };
    let answered = Answered {
        answers: json!({ "choice": id }),
        // The page wrote it when it was shown, as every last page does.
        writes: Vec::new(),
        ..passing(app, stand, TraceKind::Answered, None)
    };
    keep(app, &mut stand.run, answered).await?;
    Ok(onward::see(&url))
}

/// A password. Wrong is never a redirect, and costs as much time as right.
pub async fn password(
    app: &App,
    stand: &mut Stand,
    asked: &Password,
    post: &Post,
    by: u64,
) -> ApiResult<Response> {
    let (step, now) = (stand.step().id, app.clock.now());
    if let Err(seconds) = app.runs.passwords.admit(by, step, now) {
        let shown = Shown { refusal: Some(Refusal::Busy { seconds }), ..Shown::default() };
        let mut page = page::show(app, stand, &shown).await?;
        page.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
        return Ok(with_status(page, StatusCode::TOO_MANY_REQUESTS));
    }
    let (typed, hash) = (post.get(pages::PASSWORD).to_owned(), asked.hash.clone());
    let turn = app.hashing.acquire().await.map_err(ApiError::internal)?;
    let is_right = tokio::task::spawn_blocking(move || account::verify_password(&typed, &hash))
        .await
        .map_err(ApiError::internal)?;
    drop(turn);
    if !is_right {
        app.runs.passwords.wrong(step);
        note_trace(app, &trace(&stand.run, step, TraceKind::Failed, now));
        let shown = Shown { refusal: Some(Refusal::Wrong), ..Shown::default() };
        return page::show(app, stand, &shown).await.map(|page| with_status(page, StatusCode::UNAUTHORIZED));
    }
    let cookie = stand.grants.add(&app.runs.signer, step, asked, now, app.hosts().is_https());
    stand.cookies.push(cookie);
    pass(app, stand, TraceKind::Answered).await
}

/// Whether the visitor that this browser or run has proved to be has given these answers before.
pub async fn is_known(app: &App, stand: &Stand, asked: &Form) -> bool {
    let Some(id) = stand.run.visitor else { return false };
    let found = async { visitors::get(&mut *app.catalog.read().await?, stand.run.workspace, id).await };
    match found.await {
        Ok(Some(visitor)) => form::is_known(asked, &visitor.all_attributes()),
        _ => false,
    }
}

/// An answer that says nothing of the visitor but that he passed, with what the owner wants noted then.
fn passing(app: &App, stand: &Stand, kind: TraceKind, choice: Option<(&str, &str)>) -> Answered {
    let step = stand.step();
    Answered {
        step: step.id,
        kind,
        branch: if step.payload.branches().is_empty() { Path::NO_BRANCH } else { 0 },
        answers: json!({}),
        is_lead: false,
        data: Data::default(),
        consents: Vec::new(),
        writes: writes(app, stand, step, choice),
    }
}

/// What a step notes of whoever passes it.
pub fn writes(
    app: &App,
    stand: &Stand,
    step: &model::workflow::StepDraft,
    choice: Option<(&str, &str)>,
) -> Vec<Write> {
    let Some(capture) = &step.attribute_capture else { return Vec::new() };
    let facts = CaptureFacts {
        now: app.clock.now(),
        link_name: &stand.link.name,
        metadata: &stand.link.metadata,
        choice,
    };
    capture::writes(capture, &facts)
}

fn problem(fault: FieldFault) -> Problem {
    match fault {
        FieldFault::Required | FieldFault::NotAgreed => Problem::Missing,
        FieldFault::NotAnEmail => Problem::Email,
        FieldFault::NotAPhone => Problem::Phone,
        FieldFault::NotANumber => Problem::Number,
        FieldFault::NotADate => Problem::Date,
        FieldFault::NotAnOption | FieldFault::NotARating => Problem::Option,
        FieldFault::DoesNotMatch => Problem::Pattern,
        FieldFault::TooLong(most) => Problem::TooLong(most as u32),
    }
}

fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}
