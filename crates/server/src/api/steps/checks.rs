//! What a step can hold: each field is taken, or refused with a sentence. A step may be unfinished (validation tells);
//! it may not be wrong.

use super::wire::{WorkflowIssue, wire_issues};
use crate::account;
use crate::api::body;
use crate::api::links::checks::Checks;
use crate::app::App;
use crate::catalog::links::{self, Link};
use crate::catalog::media;
use crate::error::{ApiError, ApiResult};
use model::workflow::payload::WireError;
use model::workflow::{Payload, StepDraft, Surroundings, validate};
use model::{LinkId, WorkspaceId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Bytes of a step's payload as JSON, at most.
const MAX_STEP: usize = 64 << 10;

/// A field that is not what it should be.
pub fn wire_error(error: WireError) -> ApiError {
    ApiError::field(&error.field, body::sentence(&error.message))
}

/// Checks what only the installation knows of (destinations, files), and hashes a new password. `before`: the step as
/// it stands, whose password stays where none is given.
pub async fn finish(
    app: &App,
    checks: &Checks,
    step: &mut StepDraft,
    before: Option<&StepDraft>,
) -> ApiResult<()> {
    if step.payload.to_stored().to_string().len() > MAX_STEP {
        return Err(ApiError::field(
            "/payload",
            format!("a step's payload has at most {MAX_STEP} bytes as JSON"),
        ));
    }
    match &mut step.payload {
        Payload::ClientRedirect(redirect) if !redirect.destination.trim().is_empty() => {
            redirect.destination =
                checks.destination("/payload/clientRedirect/destination", &redirect.destination)?;
        }
        Payload::Password(password) => {
            let new = std::mem::take(&mut password.password);
            if !new.is_empty() {
                password.hash = hashed(app, new).await?;
            } else if let Some(Payload::Password(before)) = before.map(|before| &before.payload) {
                password.hash.clone_from(&before.hash);
            }
        }
        Payload::SocialLinks(social) => {
            for (index, link) in social.links.iter_mut().enumerate() {
                web(checks, &format!("/payload/socialLinks/links/{index}/url"), &mut link.url)?;
            }
        }
        Payload::Vcard(card) => {
            web(checks, "/payload/vcard/website", &mut card.website)?;
            for (index, link) in card.social_links.iter_mut().enumerate() {
                web(checks, &format!("/payload/vcard/socialLinks/{index}/url"), &mut link.url)?;
            }
        }
        Payload::OpenMedia(open) if !open.media_id.is_empty() => {
            let field = "/payload/openMedia/mediaId";
            let id = Uuid::parse_str(&open.media_id)
                .map_err(|_| ApiError::field(field, format!("\"{}\" is not a UUID", open.media_id)))?;
            if media::get(&mut *app.catalog.read().await?, checks.workspace, id).await?.is_none() {
                return Err(ApiError::field(
                    field,
                    format!("there is no file {id} in the library; upload it first"),
                ));
            }
            open.media_id = id.to_string();
        }
        _ => {}
    }
    Ok(())
}

/// What is not unfinished but wrong: it can never work, whatever else is done.
const WRONG: [&str; 11] = [
    "CAPTURE_INVALID",
    "CONDITION_INVALID",
    "DESTINATION_INVALID",
    "DUPLICATE_KEY",
    "DUPLICATE_OPTION",
    "KEY_INVALID",
    "PATTERN_INVALID",
    "SOURCE_INVALID",
    "TEXT_TOO_LONG",
    "TIMER_INVALID",
    "TOO_MANY",
];

/// Refuses a step that would be in force at once and is wrong; what it still lacks, validation tells.
pub async fn refuse_wrong(
    app: &App,
    workspace: WorkspaceId,
    link: LinkId,
    step: &StepDraft,
) -> ApiResult<()> {
    let found = links::get(&mut *app.catalog.read().await?, workspace, link).await?;
    let found = found.ok_or_else(|| ApiError::link_not_found(link))?;
    let issues = issues(app, workspace, &found, std::slice::from_ref(step)).await?;
    match issues.iter().find(|issue| issue.is_error() && WRONG.contains(&issue.code())) {
        Some(wrong) => Err(ApiError::field(wrong.field(), wrong.message())),
        None => Ok(()),
    }
}

/// What is in force at once has what it cannot do without: a redirect its destination, a password step its password.
/// Only a draft may lack it.
pub fn require_essentials(step: &StepDraft) -> ApiResult<()> {
    match &step.payload {
        Payload::ClientRedirect(redirect) if redirect.destination.is_empty() => Err(ApiError::field(
            "/payload/clientRedirect/destination",
            "a redirect needs a destination, such as https://example.com/",
        )),
        Payload::Password(password) if !password.is_set() => Err(ApiError::field(
            "/payload/password/password",
            "a password step needs a password, or nobody gets past it; write one",
        )),
        _ => Ok(()),
    }
}

/// An address that may be left out.
fn web(checks: &Checks, field: &str, url: &mut String) -> ApiResult<()> {
    *url = checks.optional(field, Some(std::mem::take(url)))?.unwrap_or_default();
    Ok(())
}

async fn hashed(app: &App, password: String) -> ApiResult<String> {
    if password.chars().count() > 255 {
        return Err(ApiError::field("/payload/password/password", "a password has at most 255 characters"));
    }
    let _turn = app.hashing.acquire().await.map_err(ApiError::internal)?;
    let salt = rand::random();
    tokio::task::spawn_blocking(move || account::hash_password(&password, salt))
        .await
        .map_err(ApiError::internal)
}

/// What validation finds in the steps of a link.
pub async fn issues(
    app: &App,
    workspace: WorkspaceId,
    link: &Link,
    steps: &[StepDraft],
) -> ApiResult<Vec<WorkflowIssue>> {
    let checks = Checks::read(app, workspace).await?;
    let mut db = app.catalog.read().await?;
    let mut ready = BTreeSet::new();
    for step in steps {
        if let Payload::OpenMedia(open) = &step.payload
            && let Ok(id) = Uuid::parse_str(&open.media_id)
            && media::get(&mut db, workspace, id).await?.is_some()
        {
            ready.insert(open.media_id.clone());
        }
    }
    let surroundings = Surroundings {
        policy: checks.policy(),
        zone: checks.zone(),
        now: app.clock.now(),
        has_fallback: link.fallback_destination.is_some(),
        media: Some(&ready),
    };
    Ok(wire_issues(validate(steps, surroundings)))
}

/// Steps that no scan reaches.
pub async fn unreachable(
    app: &App,
    workspace: WorkspaceId,
    link: &Link,
    steps: &[StepDraft],
) -> ApiResult<Vec<WorkflowIssue>> {
    let issues = issues(app, workspace, link, steps).await?;
    Ok(issues.into_iter().filter(WorkflowIssue::is_about_reach).collect())
}
