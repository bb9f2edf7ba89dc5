//! What a webhook may be.

use crate::api::links::link_id;
use crate::app::App;
use crate::catalog::links;
use crate::error::{ApiError, ApiResult};
use model::delivery::Happening;
use model::{LinkId, WorkspaceId};

/// Characters of a name.
const MOST_NAME: usize = 100;
/// Kinds of steps that a webhook can be told of.
const KINDS: [&str; 4] = ["KIND_ENTRY", "KIND_EXIT", "KIND_INTERACTION", "KIND_CONDITION"];
/// What can have made it.
const SOURCES: [&str; 3] = ["WEBHOOK_SOURCE_LINKBREAKERS", "WEBHOOK_SOURCE_MAKE", "WEBHOOK_SOURCE_ZAPIER"];

/// A name.
pub fn checked_name(name: &str) -> ApiResult<String> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(ApiError::field("/name", "give the webhook a name")),
        1..=MOST_NAME if !name.chars().any(char::is_control) => Ok(name.to_owned()),
        1..=MOST_NAME => Err(ApiError::field("/name", "a name is one line of text")),
        _ => Err(ApiError::field("/name", format!("a name has at most {MOST_NAME} characters"))),
    }
}

/// Where it is sent.
pub fn checked_endpoint(app: &App, text: &str) -> ApiResult<String> {
    if text.trim().is_empty() {
        let message = "say where it is sent: an address such as https://example.com/hooks";
        return Err(ApiError::field("/endpointUrl", message));
    }
    let url = app.webhooks.client.guard().read_url(text);
    url.map(String::from).map_err(|why| ApiError::field("/endpointUrl", why))
}

/// Kinds of steps, each once.
pub fn checked_triggers(words: &[String]) -> ApiResult<Vec<String>> {
    let mut kinds = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !KINDS.contains(&word.as_str()) {
            let message = format!(
                "\"{word}\" is no kind of step; there are {}. What else a webhook can be told of is named in xEvents",
                KINDS.join(", ")
            );
            return Err(ApiError::field(format!("/triggers/{index}"), message));
        }
        if !kinds.contains(word) {
            kinds.push(word.clone());
        }
    }
    Ok(kinds)
}

/// Happenings of ours, each once.
pub fn checked_events(words: &[String]) -> ApiResult<Vec<Happening>> {
    let mut events = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let event = Happening::from_word(word).ok_or_else(|| {
            let all: Vec<&str> = Happening::ALL.iter().map(|event| event.as_str()).collect();
            let message =
                format!("\"{word}\" is nothing a webhook can be told of; there are {}", all.join(", "));
            ApiError::field(format!("/xEvents/{index}"), message)
        })?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}

/// What makes it; ours where nothing is said.
pub fn checked_source(word: &str) -> ApiResult<String> {
    match word {
        "" | "WEBHOOK_SOURCE_UNSPECIFIED" => Ok(SOURCES[0].to_owned()),
        known if SOURCES.contains(&known) => Ok(known.to_owned()),
        other => {
            let message = format!("\"{other}\" is no source; there are {}", SOURCES.join(", "));
            Err(ApiError::field("/source", message))
        }
    }
}

/// A link of the workspace.
pub async fn checked_link(app: &App, workspace: WorkspaceId, text: &str) -> ApiResult<LinkId> {
    let id = link_id(text).map_err(|_| ApiError::field("/linkId", format!("\"{text}\" is not a UUID")))?;
    match links::get(&mut *app.catalog.read().await?, workspace, id).await? {
        Some(_) => Ok(id),
        None => Err(ApiError::link_not_found(id).about("/linkId")),
    }
}
