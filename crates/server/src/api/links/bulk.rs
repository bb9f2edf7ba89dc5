//! One change of many links, all or none, and taking it back.

use super::checks::{Checks, checked_tags};
use super::link_id;
use super::list::ListFilter;
use super::update::{self, UpdateLinkRequest};
use crate::api::auth::{Caller, Can, LinksWrite};
use crate::api::body::{Body, Path};
use crate::app::App;
use crate::catalog::changes::{self, Actor, LINK};
use crate::catalog::links::list;
use crate::catalog::{self, Connection, links};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done, restore};
use crate::webhooks::note;
use axum::Json;
use axum::extract::State;
use model::delivery::Happening;
use model::slug::fold;
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Links named by their ids, at most.
const MAX_NAMED: usize = 250;
/// Links that a filter may find: so many are changed in one transaction while others wait for theirs.
const MAX_FOUND: usize = 1000;

/// Which links to change, and how.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeLinksRequest {
    /// 1 to 250 links; or a filter.
    link_ids: Option<Vec<String>>,
    /// The links of a list, at most 1,000.
    filter: Option<ListFilter>,
    /// Changes nothing, and tells how many it would.
    dry_run: Option<bool>,
    /// Fields as in a change of one link; its addresses cannot be set for many.
    set: Option<UpdateLinkRequest>,
    /// Names of tags that each gets besides its own.
    add_tags: Option<Vec<String>>,
    /// Names of tags that none keeps.
    remove_tags: Option<Vec<String>>,
    /// true: into the trash.
    delete: Option<bool>,
}

/// What was changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLinksResponse {
    /// Links that were meant.
    count: usize,
    /// Those that are different now.
    changed_count: usize,
    link_ids: Vec<String>,
    /// For taking it back; absent where nothing was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_id: Option<String>,
    /// What could not be had back, in sentences.
    x_warnings: Vec<String>,
}

/// What is done to each.
struct Wanted {
    update: update::Wanted,
    add_tags: Vec<String>,
    remove_tags: BTreeSet<String>,
    delete: bool,
}

/// Changes, moves, tags, pauses, archives or deletes up to 250 links by their ids, or up to 1,000 by a filter, all or
/// none.
#[utoipa::path(post, path = "/v1/x/links/bulk", tag = "Links", operation_id = "change_links",
    request_body = ChangeLinksRequest,
    responses((status = 200, body = ChangeLinksResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn change_links(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<ChangeLinksRequest>,
) -> ApiResult<Json<ChangeLinksResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let checks = Checks::read(&app, workspace).await?;
    let tags = |field: &str, names: Option<Vec<String>>| {
        let under = |error: ApiError| error.above("/tags").below(field);
        checked_tags(names.unwrap_or_default()).map_err(under)
    };
    if let Some(set) = &body.set
        && let Some(field) = set.address()
    {
        let message = "an address is one link's; change it with PATCH /v1/links/{id}";
        return Err(ApiError::field(format!("/set/{field}"), message));
    }
    let wanted = Wanted {
        update: match body.set {
            None => update::Wanted::default(),
            Some(set) => set.read(&checks, now).map_err(|error| error.below("/set"))?,
        },
        add_tags: tags("/addTags", body.add_tags)?,
        remove_tags: tags("/removeTags", body.remove_tags)?.iter().map(|name| fold(name)).collect(),
        delete: body.delete == Some(true),
    };
    let ids = match (body.link_ids, body.filter) {
        (Some(ids), None) => named(ids)?,
        (None, Some(filter)) if filter.names_nothing() => {
            let message = "this filter names nothing, and would mean every link; name a search, tags or a folder \
                           (xArchived \"all\" or \"false\" where every link is meant)";
            return Err(ApiError::field("/filter", message));
        }
        (None, Some(filter)) => {
            let query = filter.read(&app, caller.workspace, &checks).await?;
            let found = list::ids(&mut *app.catalog.read().await?, workspace, &query, MAX_FOUND).await?;
            if found.len() > MAX_FOUND {
                let message =
                    format!("more than {MAX_FOUND} links match; narrow the filter, and change them in parts");
                return Err(ApiError::field("/filter", message));
            }
            found
        }
        (Some(_), Some(_)) => return Err(ApiError::field("/filter", "give linkIds or a filter, not both")),
        (None, None) => return Err(ApiError::field("/linkIds", "give 1 to 250 link ids, or a filter")),
    };
    let dry_run = body.dry_run == Some(true);
    let batch = Uuid::now_v7();
    let (actor, telling, all) = (caller.actor(), app.clone(), ids.clone());
    let outcome = app
        .catalog
        .attempt(async move |db| {
            let mut changed = Vec::new();
            for (place, id) in all.into_iter().enumerate() {
                let done = Done { batch: Some(batch), ..Done::alone("updated", &actor) };
                match change(db, &telling, (workspace, id), &wanted, done, now).await? {
                    Ok(true) => changed.push(id),
                    Ok(false) => {}
                    Err(why) => return Ok(Err(Refused::Wrong(why.about(&format!("/linkIds/{place}"))))),
                }
            }
            Ok(if dry_run { Err(Refused::Dry(changed)) } else { Ok(changed) })
        })
        .await?;
    let changed = match outcome {
        Ok(changed) => {
            refresh(&app, &changed).await?;
            changed
        }
        Err(Refused::Dry(changed)) => changed,
        Err(Refused::Wrong(why)) => return Err(why),
    };
    let batch_id = (!dry_run && !changed.is_empty()).then(|| batch.to_string());
    Ok(Json(answer(ids.len(), &changed, batch_id, Vec::new())))
}

/// Why a change is undone.
enum Refused {
    /// It was to be seen what it would change.
    Dry(Vec<LinkId>),
    /// One of the links cannot be changed so.
    Wrong(ApiError),
}

fn answer(
    count: usize,
    changed: &[LinkId],
    batch_id: Option<String>,
    x_warnings: Vec<String>,
) -> ChangeLinksResponse {
    let link_ids = changed.iter().map(LinkId::to_string).collect();
    ChangeLinksResponse { count, changed_count: changed.len(), link_ids, batch_id, x_warnings }
}

fn named(ids: Vec<String>) -> ApiResult<Vec<LinkId>> {
    if ids.is_empty() || ids.len() > MAX_NAMED {
        let message = format!("give 1 to {MAX_NAMED} link ids; these are {}", ids.len());
        return Err(ApiError::field("/linkIds", message));
    }
    let mut seen = BTreeSet::new();
    let mut named = Vec::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        let read = link_id(id).map_err(|error| error.renamed(&format!("/linkIds/{place}")))?;
        if seen.insert(read) {
            named.push(read);
        }
    }
    Ok(named)
}

/// Changes one of the links; whether it is different now.
async fn change(
    db: &mut Connection,
    app: &App,
    (workspace, id): (WorkspaceId, LinkId),
    wanted: &Wanted,
    done: Done<'_>,
    now: Millis,
) -> catalog::Result<ApiResult<bool>> {
    let Some(link) = links::get(db, workspace, id).await? else {
        return Ok(Err(ApiError::link_not_found(id)));
    };
    let mut update = wanted.update.clone();
    if !wanted.add_tags.is_empty() || !wanted.remove_tags.is_empty() {
        let had = update.update.tags.take();
        let had = had.unwrap_or_else(|| link.tags.iter().map(|tag| tag.name.clone()).collect());
        let kept = had.into_iter().chain(wanted.add_tags.iter().cloned());
        let mut tags: Vec<String> = Vec::new();
        for name in kept.filter(|name| !wanted.remove_tags.contains(&fold(name))) {
            if !tags.iter().any(|other| fold(other) == fold(&name)) {
                tags.push(name);
            }
        }
        match checked_tags(tags) {
            Ok(tags) => update.update.tags = Some(tags),
            Err(why) => return Ok(Err(why.renamed("/addTags").of(title(&link)))),
        }
    }
    let (actor, batch) = (done.actor, done.batch);
    let changed = match update::apply(db, app, &link, update, done, now).await? {
        Ok((changed, _)) => changed,
        Err(why) => return Ok(Err(why.below("/set").of(title(&link)))),
    };
    if !wanted.delete {
        return Ok(Ok(changed));
    }
    links::delete(db, workspace, id, now).await?;
    let done = Done { batch, ..Done::alone("deleted", actor) };
    history::note(db, workspace, id, &history::State::new(), done, now).await?;
    Ok(Ok(true))
}

/// A link in an error's sentence.
fn title(link: &links::Link) -> String {
    let name = if link.name.is_empty() { &link.slug } else { &link.name };
    format!("link {name} ({})", link.id)
}

async fn refresh(app: &App, ids: &[LinkId]) -> ApiResult<()> {
    app.webhooks.bell.notify_one();
    for id in ids {
        app.table.refresh(&app.catalog, *id).await?;
    }
    Ok(())
}

/// Takes back what one request changed of many links: fields are what they were, deleted links are back, and links that it
/// made are in the trash.
#[utoipa::path(post, path = "/v1/x/links/bulk/{batchId}/undo", tag = "Links", operation_id = "undo_links_change",
    params(("batchId" = uuid::Uuid, Path)),
    responses((status = 200, body = ChangeLinksResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn undo_links_change(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(batch): Path<String>,
) -> ApiResult<Json<ChangeLinksResponse>> {
    let wrong = |_| ApiError::field("batchId", format!("\"{batch}\" is not a UUID"));
    let batch = Uuid::parse_str(&batch).map_err(wrong)?;
    let (workspace, now, undoing) = (caller.workspace, app.clock.now(), Uuid::now_v7());
    let (asking, telling) = (Caller::clone(&caller), app.clone());
    let (count, changed, missing) = app
        .catalog
        .attempt(async move |db| {
            let mut batch = changes::of_batch(db, workspace, batch).await?;
            batch.retain(|change| change.object == LINK);
            if batch.is_empty() {
                return Ok(Err(ApiError::not_found(
                    "BATCH_NOT_FOUND",
                    "a change of many links with this id",
                )));
            }
            let (mut changed, mut missing) = (BTreeSet::new(), Vec::new());
            let actor = asking.actor();
            // The last is taken back first: a link may have been changed and then deleted.
            for change in batch.iter().rev() {
                match take_back(db, &telling, (workspace, &asking, &actor), change, undoing, now).await? {
                    Ok((is_changed, said)) => {
                        changed.extend(is_changed.then_some(LinkId(change.object_id)));
                        missing.extend(said);
                    }
                    Err(why) => return Ok(Err(why)),
                }
            }
            let count = batch.iter().map(|change| change.object_id).collect::<BTreeSet<_>>().len();
            Ok(Ok((count, Vec::from_iter(changed), missing)))
        })
        .await??;
    refresh(&app, &changed).await?;
    let batch_id = (!changed.is_empty()).then(|| undoing.to_string());
    Ok(Json(answer(count, &changed, batch_id, missing)))
}

/// Takes one change of a batch back: whether anything is different by that, and what could not be had back. What was
/// changed again since stays as it is.
async fn take_back(
    db: &mut Connection,
    app: &App,
    (workspace, caller, actor): (WorkspaceId, &Caller, &Actor),
    change: &changes::Change,
    batch: Uuid,
    now: Millis,
) -> catalog::Result<ApiResult<(bool, Vec<String>)>> {
    let id = LinkId(change.object_id);
    let done = |action| Done { batch: Some(batch), restored: Some(change.id), ..Done::alone(action, actor) };
    let whole = history::State::new();
    let (turned, action) = match change.action.as_str() {
        "created" => (links::delete(db, workspace, id, now).await?, "deleted"),
        "deleted" => (links::restore(db, workspace, id, now).await?, "restored"),
        "restored" => (links::delete(db, workspace, id, now).await?, "deleted"),
        _ => {
            let Some(link) = links::get(db, workspace, id).await? else {
                let said = format!("The link {id} was deleted since; restore it first to have it as it was.");
                return Ok(Ok((false, vec![said])));
            };
            let before = history::state(db, workspace, id).await?;
            let (fields, since): (history::State, history::State) = change
                .was
                .clone()
                .into_iter()
                .partition(|(name, _)| before.get(name) == change.became.get(name));
            let mut said: Vec<String> = since
                .keys()
                .map(|name| format!("{name} of the {} was changed since, and stays.", title(&link)))
                .collect();
            if let Err(why) = super::history::may_set(caller, &before, &fields) {
                return Ok(Err(why));
            }
            match restore::apply(db, app, &link, &fields, actor, now).await? {
                Ok(missing) => said.extend(missing),
                Err(why) => return Ok(Err(why.of(title(&link)))),
            }
            let noted = history::note(db, workspace, id, &before, done("undone"), now).await?;
            if noted.is_some() {
                note::link(db, app, workspace, id, Happening::LinkUpdated, now).await?;
            }
            return Ok(Ok((noted.is_some(), said)));
        }
    };
    if turned {
        history::note(db, workspace, id, &whole, done(action), now).await?;
        note::link(db, app, workspace, id, Happening::LinkUpdated, now).await?;
    }
    Ok(Ok((turned, Vec::new())))
}
