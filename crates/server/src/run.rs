//! A visitor's way through the pages of a workflow, from the first page that a scan was shown to the end (DESIGN
//! §11.6). `/r/{token}` shows the page of a step, and is what its answer is posted to; the token is all the state there
//! is.

pub mod answers;
pub mod grants;
pub mod keep;
pub mod onward;
pub mod page;
pub mod password;
pub mod token;
pub mod versions;
pub mod visitor;

use crate::accept::ClientAddress;
use crate::app::App;
use crate::catalog::links;
use crate::error::ApiResult;
use crate::head;
use crate::signed::Signer;
use answers::Post;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grants::Grants;
use model::language::{self, PageLanguage};
use model::trace::TraceKind;
use model::workflow::{Payload, StepDraft, form};
use pages::Closed;
use password::PasswordTries;
use std::net::IpAddr;
use std::sync::Arc;
use token::Run;
use versions::{Version, Versions};

/// Bytes of an answer.
pub const MOST_ANSWER: usize = 1 << 20;
/// Name of the parameter by which a timed page moves on.
const MOVE_ON: &str = "go";

/// What all ways share.
pub struct Runs {
    /// Signs run tokens, time traps and grants.
    pub signer: Signer,
    /// Passwords that were tried.
    pub passwords: PasswordTries,
    /// Answers that were sent, by address.
    pub answers: crate::redirect::unknown::UnknownSlugs,
    /// Answers that came quicker than anybody reads, by address.
    pub quick_answers: crate::redirect::unknown::UnknownSlugs,
    /// Published versions, as pages need them.
    pub versions: Versions,
}

impl Runs {
    /// With a key derived from the installation's secret.
    pub fn new(key: [u8; 16]) -> Self {
        Self {
            signer: Signer::new(key),
            passwords: PasswordTries::default(),
            answers: crate::redirect::unknown::UnknownSlugs::new(answers::MOST_A_MINUTE),
            quick_answers: crate::redirect::unknown::UnknownSlugs::new(answers::QUICK_A_MINUTE),
            versions: Versions::default(),
        }
    }
}

/// A visitor at a step.
pub struct Stand {
    /// The way.
    pub run: Run,
    /// The version it follows.
    pub version: Arc<Version>,
    /// The link.
    pub link: Arc<links::Link>,
    /// Languages that the browser asks for.
    pub languages: String,
    /// Address of the browser; goes into keyed hashes and nowhere else.
    pub address: IpAddr,
    /// The request.
    pub head: Parts,
    /// What this browser was let into before.
    pub grants: Grants,
    /// Cookies to be set with the answer.
    pub cookies: Vec<String>,
}

impl Stand {
    /// The step whose page is shown.
    pub fn step(&self) -> &StepDraft {
        &self.version.steps[usize::from(self.run.step)]
    }

    /// Language of built-in words.
    pub fn language(&self) -> PageLanguage {
        language::page_language(&self.languages)
    }

    /// Address of the page at which the run stands.
    pub fn address_of(app: &App, run: &Run) -> String {
        format!("/r/{}", app.runs.signer.seal(run))
    }
}

/// Shows the page of a step.
pub async fn get_page(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    head: Parts,
) -> Response {
    let mut stand = match enter(&app, address, head).await {
        Ok(stand) => stand,
        Err(answer) => return answer,
    };
    let is_head = stand.head.method == Method::HEAD;
    let moves_on =
        stand.head.uri.query().is_some_and(|query| query.split('&').any(|part| part.starts_with(MOVE_ON)));
    let step = stand.step().clone();
    let answer = match &step.payload {
        Payload::MessagePage(_) if moves_on && !is_head => {
            answers::pass(&app, &mut stand, TraceKind::Answered).await
        }
        Payload::Password(password) if stand.grants.opens(step.id, password, app.clock.now()) => {
            answers::pass(&app, &mut stand, TraceKind::Skipped).await
        }
        Payload::Form(asked) if asked.auto_skip_if_known && answers::is_known(&app, &stand, asked).await => {
            answers::skip(&app, &mut stand, "AUTO").await
        }
        Payload::OpenMedia(_) => onward::open_media(&app, &mut stand).await,
        payload if payload.action().renders_page() => {
            if !is_head {
                let trace = keep::trace(&stand.run, step.id, TraceKind::Shown, app.clock.now());
                keep::note_trace(&app, &trace);
                if step.payload.branches().is_empty()
                    && let Some(visitor) = stand.run.visitor
                {
                    // A last page has no answer that could write later.
                    let writes = answers::writes(&app, &stand, &step, None);
                    if keep::record_writes(&app, stand.run.workspace, visitor, writes).await.is_err() {
                        tracing::error!("What a page notes of its visitor could not be written");
                    }
                }
            }
            page::show(&app, &stand, &page::Shown::default()).await
        }
        _ => Ok(page::closed(&app, &stand, Closed::Nowhere, StatusCode::NOT_FOUND).await),
    };
    finish(answer, &stand)
}

/// Takes the answer to a page.
pub async fn post_page(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    head: Parts,
    body: Bytes,
) -> Response {
    let mut stand = match enter(&app, address, head).await {
        Ok(stand) => stand,
        Err(answer) => return answer,
    };
    if body.len() > MOST_ANSWER {
        return finish(Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response()), &stand);
    }
    let post = Post::read(&body);
    let now = app.clock.now();
    let by = app.redirector.days.of(now).key.address(address);
    if !app.runs.answers.admit(by, now) {
        let answer = page::closed(&app, &stand, Closed::TooMany, StatusCode::TOO_MANY_REQUESTS).await;
        return finish(Ok(answer), &stand);
    }
    let step = stand.step().clone();
    let answer = match &step.payload {
        Payload::Form(asked) if post.has(pages::form::SKIP) && asked.skip_form => {
            answers::skip(&app, &mut stand, "BUTTON").await
        }
        Payload::Form(asked) => answers::form(&app, &mut stand, asked, &post, by).await,
        Payload::Password(password) => answers::password(&app, &mut stand, password, &post, by).await,
        Payload::MultiLink(multi) => answers::choice(&app, &mut stand, multi, &post).await,
        Payload::MessagePage(_) => answers::pass(&app, &mut stand, TraceKind::Answered).await,
        _ => Ok(StatusCode::METHOD_NOT_ALLOWED.into_response()),
    };
    finish(answer, &stand)
}

/// Follows one of several links to profiles.
pub async fn get_link(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    head: Parts,
) -> Response {
    let mut stand = match enter(&app, address, head).await {
        Ok(stand) => stand,
        Err(answer) => return answer,
    };
    let number = stand.head.uri.path().rsplit('/').next().and_then(|number| number.parse().ok());
    let answer = match (stand.step().payload.clone(), number) {
        (Payload::SocialLinks(social), Some(number)) => {
            answers::social_link(&app, &mut stand, &social, number).await
        }
        _ => Ok(page::closed(&app, &stand, Closed::Unknown, StatusCode::NOT_FOUND).await),
    };
    finish(answer, &stand)
}

/// What is below a page and is nothing.
pub async fn get_nothing(State(app): State<App>, head: Parts) -> Response {
    let languages = language::preferences(&text(&head, &header::ACCEPT_LANGUAGE));
    page::plain(&app, &languages, Closed::Unknown, StatusCode::NOT_FOUND)
}

/// The contact card as a file for the address book.
pub async fn get_contact(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    head: Parts,
) -> Response {
    let stand = match enter(&app, address, head).await {
        Ok(stand) => stand,
        Err(answer) => return answer,
    };
    let card = match &stand.step().payload {
        Payload::Vcard(card) if card.has_save_button() => card,
        _ => {
            let answer = page::closed(&app, &stand, Closed::Unknown, StatusCode::NOT_FOUND).await;
            return finish(Ok(answer), &stand);
        }
    };
    // 3.0 is what address books of telephones read; 4.0 for those who ask.
    let is_four = stand.head.uri.query().is_some_and(|query| query.contains("version=4"));
    let version = if is_four { pages::vcard::Version::V4 } else { pages::vcard::Version::V3 };
    let file = pages::vcard::write(card, version);
    let headers = [
        (header::CONTENT_TYPE, "text/vcard; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contact.vcf\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    finish(Ok((headers, file).into_response()), &stand)
}

/// Reads the token and what it names; or says why there is no way on.
async fn enter(app: &App, address: IpAddr, head: Parts) -> Result<Stand, Response> {
    let languages = language::preferences(&text(&head, &header::ACCEPT_LANGUAGE));
    let shut = |which: Closed, status: StatusCode| page::plain(app, &languages, which, status);
    let token = head.uri.path().split('/').nth(2).unwrap_or_default();
    let Some(run) = app.runs.signer.open::<Run>(token) else {
        return Err(shut(Closed::Expired, StatusCode::NOT_FOUND));
    };
    if run.is_over(app.clock.now()) {
        return Err(shut(Closed::Expired, StatusCode::GONE));
    }
    let found = async {
        let mut db = app.catalog.read().await?;
        let link = links::get(&mut db, run.workspace, run.link).await?;
        let version = app.runs.versions.get(&mut db, run.workspace, run.link, run.version).await?;
        Ok((link, version))
    };
    let (link, version) = found.await.map_err(|error: crate::catalog::Error| {
        tracing::error!(%error, "A visitor's page could not be read from the catalog");
        shut(Closed::Nowhere, StatusCode::SERVICE_UNAVAILABLE)
    })?;
    let (Some(link), Some(version)) = (link, version) else {
        return Err(shut(Closed::Ended, StatusCode::GONE));
    };
    if usize::from(run.step) >= version.steps.len() {
        return Err(shut(Closed::Expired, StatusCode::NOT_FOUND));
    }
    let grants = Grants::read(&app.runs.signer, &head.headers);
    let link = Arc::new(link);
    let mut stand = Stand { run, version, link, languages, address, head, grants, cookies: Vec::new() };
    if let Err(error) = visitor::recognise(app, &mut stand).await {
        // Nobody is recognised then; the page is shown all the same.
        tracing::error!(status = %error.status(), "A visitor could not be looked up");
    }
    Ok(stand)
}

/// The text of a header; empty when it is absent or not readable as ASCII.
pub fn text(parts: &Parts, name: &header::HeaderName) -> String {
    head::text(parts.headers.get(name).map(|value| value.as_bytes())).unwrap_or_default().to_owned()
}

/// Adds cookies; says what went wrong as a page.
fn finish(answer: ApiResult<Response>, stand: &Stand) -> Response {
    let mut answer = answer.unwrap_or_else(IntoResponse::into_response);
    for cookie in &stand.cookies {
        if let Ok(value) = axum::http::HeaderValue::from_str(cookie) {
            answer.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    answer
}

/// What a form's hidden fields are filled from.
pub fn hidden_facts(run: &Run) -> form::HiddenFacts<'_> {
    form::HiddenFacts { query: &run.query, slug: &run.slug, placement: &run.slug }
}
