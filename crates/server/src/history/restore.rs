//! Going back: the state of a link after one of its changes, or before one of them, made that of the link again.

use super::State;
use crate::api::links::addresses;
use crate::api::links::checks::goes_together;
use crate::api::qrcode_templates;
use crate::api::steps as step_api;
use crate::app::App;
use crate::catalog::changes::{self, Actor, Change};
use crate::catalog::designs::{self, Held};
use crate::catalog::links::{self, BASE_DOMAIN, Link, Update};
use crate::catalog::{Connection, Result, directories, logos, notices, slugs, steps, themes, versions};
use crate::error::ApiResult;
use model::conventions::{PathMode, QueryMode, RedirectStatus};
use model::{DomainId, Millis, Slug};
use serde_json::Value;
use uuid::Uuid;

/// What has to be set so that a link is as it was right after a change: what its later changes replaced.
pub async fn to(db: &mut Connection, link: &Link, change: &Change) -> Result<State> {
    let mut fields = State::new();
    // Newest first: what the earliest of them replaced counts.
    for later in changes::since(db, link.workspace, link.id.0, change).await? {
        fields.extend(later.was);
    }
    Ok(fields)
}

/// Sets these fields of a link. What cannot be had back is said in sentences; all else is.
pub async fn apply(
    db: &mut Connection,
    app: &App,
    link: &Link,
    fields: &State,
    actor: &Actor,
    now: Millis,
) -> Result<ApiResult<Vec<String>>> {
    let (workspace, id) = (link.workspace, link.id);
    let mut missing = Vec::new();
    let mut update = update(fields);
    if let Some(Some(directory)) = update.directory
        && directories::get(db, workspace, directory).await?.is_none()
    {
        update.directory = None;
        missing.push("The folder it lay in is gone; it stays where it is.".to_owned());
    }
    if let Some(Some(template)) = update.template
        && qrcode_templates::visible(db, workspace, template).await?.is_none()
    {
        update.template = Some(None);
    }
    let rows = steps::list(db, workspace, id).await?;
    let version = fields.get("xWorkflowVersion").and_then(Value::as_u64).map(|version| version as u32);
    let earlier = match version.filter(|version| *version != link.published_version) {
        Some(version) => versions::get(db, workspace, id, version).await?.map(|version| version.steps),
        None => None,
    };
    if earlier.is_none()
        && let Err(why) = goes_together(link, &update, &rows)
    {
        return Ok(Err(why));
    }
    let publishes = update.fallback_destination.is_some() || update.expired_destination.is_some();
    links::update(db, workspace, id, update, now).await?;
    if let Some(addresses) = fields.get("xLeadEmails") {
        notices::set_addresses(db, workspace, id, &texts(addresses)).await?;
    }
    dress(db, link, fields, &mut missing, now).await?;
    match fields.get("pageTheme") {
        None => {}
        Some(Value::Null) => themes::put(db, workspace, id, "{}", now).await?,
        Some(theme) => themes::put(db, workspace, id, &theme.to_string(), now).await?,
    }
    place(db, link, fields, &mut missing, now).await?;
    let Some(found) = links::get(db, workspace, id).await? else { return Ok(Ok(missing)) };
    if let Some(after) = earlier {
        if let Err(why) = step_api::agree(&found, &after) {
            return Ok(Err(why));
        }
        if let Err(why) = step_api::replace(db, app, &found, (&rows, &after), &actor.name, now).await? {
            return Ok(Err(why));
        }
    }
    let republished = links::get(db, workspace, id).await?.map(|link| link.published_version);
    if publishes && republished == Some(link.published_version) {
        versions::publish(db, workspace, id, &actor.name, now).await?;
    }
    Ok(Ok(missing))
}

/// Gives a link's code the look back.
async fn dress(
    db: &mut Connection,
    link: &Link,
    fields: &State,
    missing: &mut Vec<String>,
    now: Millis,
) -> Result<()> {
    let (settings, picture) = (fields.get("qrcodeDesign"), fields.get("xCentralImage"));
    if settings.is_none() && picture.is_none() {
        return Ok(());
    }
    let mut looks = designs::looks(db, link.workspace, link.design.0).await?;
    if let Some(settings) = settings {
        looks.settings = settings.to_string();
    }
    if let Some(picture) = picture {
        let media = picture["mediaId"].as_str().and_then(|id| id.parse().ok());
        let held = picture["sha256"].as_str().map(|sha256| Held { sha256: sha256.to_owned(), media });
        looks.logo = match held {
            None => None,
            Some(held) if logos::take_back(db, &held.sha256).await? => Some(held),
            Some(_) => {
                missing.push("The picture in its code is gone; choose it again.".to_owned());
                looks.logo
            }
        };
    }
    designs::set(db, link.workspace, link.design.0, &looks, now).await
}

/// Gives a link its main slug and its placements back. What was added since stays: a code may hold it.
async fn place(
    db: &mut Connection,
    link: &Link,
    fields: &State,
    missing: &mut Vec<String>,
    now: Millis,
) -> Result<()> {
    let (workspace, id) = (link.workspace, link.id);
    let mut named: Vec<&Value> =
        fields.get("xSlugs").and_then(Value::as_array).into_iter().flatten().collect();
    let here = slugs::of_link(db, workspace, id).await?;
    named.retain(|slug| !here.iter().any(|here| names(here, slug)));
    let mut lost = Vec::new();
    for slug in named {
        let (Some(place), placement) = (place_of(slug, link), text(slug, "placement")) else { continue };
        match addresses::add_to(db, link, (place.0, &place.1), placement, now).await? {
            Ok(_) => {}
            Err(why) => {
                missing.push(format!(
                    "The address /{} cannot be had back: {}.",
                    place.1.as_str(),
                    why.message()
                ));
                lost.push(place);
            }
        }
    }
    if (fields.contains_key("shortlink") || fields.contains_key("customDomainId"))
        && let Some((domain, slug)) = place_of(&Value::Object(fields.clone()), link)
        // Said once: a main slug is among the link's slugs too.
        && !lost.contains(&(domain, slug.clone()))
        && let Err(why) = addresses::move_to(db, link, (domain, &slug), now).await?
    {
        missing.push(format!("The address /{} cannot be had back: {}.", slug.as_str(), why.message()));
    }
    let here = slugs::of_link(db, workspace, id).await?;
    for slug in fields.get("xSlugs").and_then(Value::as_array).into_iter().flatten() {
        let Some(row) = here.iter().find(|row| names(row, slug)) else { continue };
        slugs::set_placement(db, workspace, row.id, text(slug, "placement")).await?;
        if !row.is_main {
            slugs::set_live(db, workspace, row.id, slug["live"] != false).await?;
        }
    }
    Ok(())
}

/// Whether a slug is the one that a state names.
fn names(row: &slugs::LinkSlug, slug: &Value) -> bool {
    let domain = slug["customDomainId"].as_str().and_then(|id| id.parse().ok()).unwrap_or(BASE_DOMAIN);
    row.domain == domain && row.folded == model::slug::fold(text(slug, "shortlink"))
}

/// Domain and slug that a state names; where it names one of them, the other is the link's.
fn place_of(state: &Value, link: &Link) -> Option<(DomainId, Slug)> {
    let spelled = state.get("shortlink").and_then(Value::as_str).unwrap_or(&link.slug);
    let domain = match state.get("customDomainId") {
        None => link.domain,
        Some(domain) => domain.as_str().and_then(|id| id.parse().ok()).unwrap_or(BASE_DOMAIN),
    };
    Slug::parse(spelled).ok().map(|slug| (domain, slug))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The change of a link's own row that sets these fields.
fn update(fields: &State) -> Update {
    let words = |name: &str| fields.get(name).map(|value| value.as_str().unwrap_or_default().to_owned());
    let optional = |name: &str| fields.get(name).map(|value| value.as_str().map(str::to_owned));
    let moment = |name: &str| {
        let read = |text: &str| text.parse::<jiff::Timestamp>().ok().map(|at| Millis(at.as_millisecond()));
        fields.get(name).map(|value| value.as_str().and_then(read))
    };
    let flag = |name: &str| fields.get(name).and_then(Value::as_bool);
    let word = |name: &str| fields.get(name).and_then(Value::as_str);
    Update {
        name: words("name"),
        purpose: words("purpose"),
        notes: words("xNotes"),
        metadata: fields.get("metadata").map(|map| serde_json::from_value(map.clone()).unwrap_or_default()),
        tags: fields.get("tags").map(texts),
        directory: optional("directoryId").map(|id| id.and_then(|id| Uuid::parse_str(&id).ok())),
        fallback_destination: optional("fallbackDestination"),
        expired_destination: optional("expiredDestination"),
        starts_at: moment("xStartsAt"),
        expires_at: moment("expiresAt"),
        paused: flag("xPaused"),
        archived: flag("xArchived"),
        scan_limit: fields.get("xScanLimit").map(Value::as_u64),
        status: fields.get("xRedirectStatus").and_then(Value::as_i64).and_then(RedirectStatus::from_code),
        query_mode: word("xQueryMode").and_then(QueryMode::from_word),
        path_mode: word("xPathMode").and_then(PathMode::from_word),
        qrcode_enabled: flag("qrcodeEnabled"),
        template: optional("qrcodeTemplateId").map(|id| id.and_then(|id| Uuid::parse_str(&id).ok())),
    }
}
