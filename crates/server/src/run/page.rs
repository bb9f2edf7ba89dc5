//! The page of a step, in the link's look and the visitor's language.

use super::{Stand, answers};
use crate::app::App;
use crate::catalog::{media, themes};
use crate::error::ApiResult;
use crate::media as files;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use model::language;
use model::workflow::Payload;
use model::{LinkId, WorkspaceId};
use pages::theme::PageTheme;
use pages::{
    Back, Closed, Contact, Form, Frame, Images, Look, Maps, Message, MultiLink, Page, Password, Problem,
};
use pages::{Refusal, SocialLinks, ThankYou};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a page shows besides what its owner wrote.
#[derive(Default)]
pub struct Shown {
    /// What was typed before, by field.
    pub values: BTreeMap<String, Vec<String>>,
    /// What is wrong with it, by field.
    pub problems: BTreeMap<String, Problem>,
    /// Whether a form is shown again though nothing is wrong with the answers.
    pub is_once_more: bool,
    /// Why a password was not taken.
    pub refusal: Option<Refusal>,
}

/// The page of the step at hand.
pub async fn show(app: &App, stand: &Stand, shown: &Shown) -> ApiResult<Response> {
    let look = look(app, stand.run.workspace, stand.run.link).await?;
    let step = stand.step();
    let back = back(app, stand);
    let label = step.back_button.as_ref().map_or("", |button| button.label.as_str());
    let back = back.as_deref().map(|url| Back { url, label });
    let schemes = app_schemes(app, stand.run.workspace).await?;
    let frame = Frame { language: stand.language(), look: &look, back, app_schemes: &schemes };
    let action = Stand::address_of(app, &stand.run);
    let action = action.as_str();
    let page = match &step.payload {
        Payload::Form(payload) => {
            let trap = answers::trap(app, &stand.run);
            let (values, problems) = (&shown.values, &shown.problems);
            Form { payload, action, values, problems, trap: &trap, is_once_more: shown.is_once_more }
                .page(&frame)
        }
        Payload::Password(payload) => Password { payload, action, refusal: shown.refusal }.page(&frame),
        Payload::MessagePage(payload) => {
            let next = format!("{action}?go=1");
            Message { payload, action, next: &next }.page(&frame)
        }
        Payload::MultiLink(payload) => MultiLink { payload, action }.page(&frame),
        Payload::SocialLinks(payload) => {
            let way = format!("{action}/link/");
            SocialLinks { payload, by_way_of: Some(&way) }.page(&frame)
        }
        Payload::Vcard(payload) => {
            let file = format!("{action}/contact.vcf");
            Contact { payload, file: &file, maps: maps(app, stand) }.page(&frame)
        }
        Payload::ThankYouPage(payload) => ThankYou { payload }.page(&frame),
        _ => Closed::Nowhere.page(&frame),
    };
    Ok(response(page, StatusCode::OK))
}

/// A page that leads no further, in the link's look.
pub async fn closed(app: &App, stand: &Stand, which: Closed, status: StatusCode) -> Response {
    let look = look(app, stand.run.workspace, stand.run.link).await.unwrap_or_default();
    let frame = Frame { language: stand.language(), look: &look, back: None, app_schemes: &[] };
    response(which.page(&frame), status)
}

/// A page that leads no further, of no link in particular.
pub fn plain(_app: &App, languages: &str, which: Closed, status: StatusCode) -> Response {
    let look = Look::default();
    let frame =
        Frame { language: language::page_language(languages), look: &look, back: None, app_schemes: &[] };
    response(which.page(&frame), status)
}

/// Address of the page before, where its owner allows going back and there is one.
fn back(app: &App, stand: &Stand) -> Option<String> {
    stand.step().back_button.as_ref().filter(|button| button.enabled)?;
    let mut run = stand.run.clone();
    run.step = run.behind.pop()?;
    Some(Stand::address_of(app, &run))
}

/// The look of a link's pages.
pub async fn look(app: &App, workspace: WorkspaceId, link: LinkId) -> ApiResult<Look> {
    let mut db = app.catalog.read().await?;
    let Some(theme) = themes::of_link(&mut db, workspace, link).await? else { return Ok(Look::default()) };
    let settings: PageTheme = serde_json::from_str(&theme).unwrap_or_default();
    let mut address = async |id: &Option<String>| -> ApiResult<Option<String>> {
        let Some(id) = id.as_deref().and_then(|id| Uuid::parse_str(id).ok()) else { return Ok(None) };
        let found = media::get(&mut db, workspace, id).await?;
        Ok(found.map(|file| files::signed_path(app, workspace, file.id)))
    };
    let cover = address(&settings.canvas_cover_id).await?;
    let badge = address(&settings.badge_id).await?;
    let logo = address(&settings.footer_logo_id).await?;
    let images = Images { cover: cover.as_deref(), badge: badge.as_deref(), footer_logo: logo.as_deref() };
    Ok(Look::new(&settings, &images))
}

async fn app_schemes(app: &App, workspace: WorkspaceId) -> ApiResult<Vec<String>> {
    let found = crate::catalog::workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
    Ok(found.map(|workspace| workspace.app_schemes).unwrap_or_default())
}

/// Where the visitor's device opens an address.
fn maps(app: &App, stand: &Stand) -> Maps {
    let agent = super::text(&stand.head, &axum::http::header::USER_AGENT);
    let agent = app.redirector.agents.get(&agent, crate::agent::Hints::default());
    match &*agent.platform {
        "Android" => Maps::Geo,
        "iOS" | "macOS" | "Mac OS X" | "iPadOS" => Maps::Apple,
        _ => Maps::Web,
    }
}

/// A page with its headers.
pub fn response(page: Page, status: StatusCode) -> Response {
    let mut response = Response::new(Body::from(page.html));
    *response.status_mut() = status;
    for (name, value) in page.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    // As the policy has it: the editor's own preview may frame a page.
    response
        .headers_mut()
        .insert(axum::http::header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    response
}
