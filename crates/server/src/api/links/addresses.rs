//! A link's addresses: its slugs, one a place where it is printed, of which one is the main one.

use super::checks::{MAX_PLACEMENT, MAX_SLUGS, checked_text, optional_id};
use super::{LinkResponse, link_id};
use crate::api::auth::{Caller, Can, LinksRead, LinksWrite};
use crate::api::body::{Body, Path};
use crate::api::wire::{Empty, time};
use crate::app::App;
use crate::catalog::links::{self, BASE_DOMAIN, Link};
use crate::catalog::slugs::{self, LinkSlug};
use crate::catalog::{self, Connection, domains};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::history::{self, Done};
use crate::hosts::Hosts;
use crate::webhooks::note;
use axum::Json;
use axum::extract::State;
use model::delivery::Happening;
use model::{DomainId, LinkId, Millis, Slug, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An address of a link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    id: String,
    /// The slug, as spelled.
    shortlink: String,
    /// Its domain, where that is not the base host.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_domain_id: Option<String>,
    /// What its owner calls the place where it is printed; may be empty.
    placement: String,
    /// The short URL.
    entrypoint: String,
    /// What a code of this address holds.
    x_qr_entrypoint: String,
    /// The link is shown with it; there is always one.
    main: bool,
    /// It leads where the link leads; else it says that it has ended.
    live: bool,
    created_at: String,
}

/// The addresses of a link.
#[derive(Serialize, ToSchema)]
pub struct ListAddressesResponse {
    slugs: Vec<Address>,
}

/// An address in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressResponse {
    slug: Address,
    /// What its owner should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x_warnings: Vec<String>,
}

/// An address to be added.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase")]
pub struct AddAddressRequest {
    /// The slug; generated when absent.
    shortlink: Option<String>,
    /// An active domain of the workspace; the base host when absent.
    custom_domain_id: Option<String>,
    /// What its owner calls the place where it is printed.
    placement: Option<String>,
    /// Makes it the main one at once.
    main: Option<bool>,
}

/// What of an address can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAddressRequest {
    placement: Option<String>,
    /// false: it says that it has ended, and stays this link's.
    live: Option<bool>,
    /// true: the link is shown with it from now on.
    main: Option<bool>,
    /// The same slug, spelled otherwise.
    shortlink: Option<String>,
}

fn wire(hosts: &Hosts, slug: LinkSlug) -> Address {
    Address {
        id: slug.id.to_string(),
        custom_domain_id: (slug.domain != BASE_DOMAIN).then(|| slug.domain.to_string()),
        placement: slug.placement,
        entrypoint: hosts.entrypoint(slug.domain, &slug.spelled),
        x_qr_entrypoint: Slug::parse(&slug.spelled)
            .map(|parsed| hosts.qr_entrypoint(slug.domain, &parsed))
            .unwrap_or_default(),
        shortlink: slug.spelled,
        main: slug.is_main,
        live: slug.is_live,
        created_at: time(slug.created_at),
    }
}

/// What who moves a link to another address should know.
pub fn printed(hosts: &Hosts, domain: DomainId, spelled: &str) -> String {
    format!(
        "Codes and links that are out already hold {}; it keeps leading here until you stop it",
        hosts.entrypoint(domain, spelled)
    )
}

/// The addresses of a link, the main one first; those of a deleted link, too: its owner may release them.
#[utoipa::path(get, path = "/v1/x/links/{id}/slugs", tag = "Links", operation_id = "list_link_slugs",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ListAddressesResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_link_slugs(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ListAddressesResponse>> {
    let id = link_id(&id)?;
    let rows = slugs::of_link(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    if rows.is_empty() {
        return Err(ApiError::link_not_found(id));
    }
    let hosts = app.hosts();
    Ok(Json(ListAddressesResponse { slugs: rows.into_iter().map(|slug| wire(&hosts, slug)).collect() }))
}

/// Gives a link another address: for a place where it is printed, so that its scans can be told apart.
#[utoipa::path(post, path = "/v1/x/links/{id}/slugs", tag = "Links", operation_id = "add_link_slug",
    params(("id" = uuid::Uuid, Path)), request_body = AddAddressRequest,
    responses((status = 200, body = AddressResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn add_link_slug(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    Body(body): Body<AddAddressRequest>,
) -> ApiResult<Json<AddressResponse>> {
    let id = link_id(&id)?;
    let slug = match body.shortlink.as_deref() {
        None | Some("") => None,
        Some(text) => Some(Slug::parse(text).map_err(|why| ApiError::field("/shortlink", why))?),
    };
    let domain = optional_id("/customDomainId", body.custom_domain_id.as_deref())?;
    let domain = domain.map_or(BASE_DOMAIN, DomainId);
    let placement = checked_text("/placement", body.placement, MAX_PLACEMENT)?;
    let main = body.main == Some(true);
    let now = app.clock.now();
    let (address, before) = edit(&app, &caller, id, async move |db, link| {
        let slug = match slug {
            Some(slug) => slug,
            None => draw(db, domain).await?,
        };
        let added = match add_to(db, link, (domain, &slug), &placement, now).await? {
            Ok(added) => added,
            Err(why) => return Ok(Err(why)),
        };
        if main {
            slugs::make_main(db, link.workspace, link.id, added).await?;
        }
        Ok(Ok(added))
    })
    .await?;
    app.table.refresh(&app.catalog, id).await?;
    answer(&app, caller.workspace, id, address, main.then_some(before)).await
}

/// Names an address's place, stops it, has it lead on, or makes it the main one; the next scan sees it.
#[utoipa::path(patch, path = "/v1/x/links/{id}/slugs/{slugId}", tag = "Links", operation_id = "update_link_slug",
    params(("id" = uuid::Uuid, Path), ("slugId" = uuid::Uuid, Path)), request_body = UpdateAddressRequest,
    responses((status = 200, body = AddressResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn update_link_slug(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path((id, slug)): Path<(String, String)>,
    Body(body): Body<UpdateAddressRequest>,
) -> ApiResult<Json<AddressResponse>> {
    let (id, slug) = (link_id(&id)?, slug_id(&slug)?);
    let placement =
        body.placement.map(|text| checked_text("/placement", Some(text), MAX_PLACEMENT)).transpose()?;
    let spelled = match body.shortlink.as_deref() {
        None => None,
        Some(text) => Some(Slug::parse(text).map_err(|why| ApiError::field("/shortlink", why))?),
    };
    if body.main == Some(false) {
        let message = "a link always has a main address; make another one the main one instead";
        return Err(ApiError::field("/main", message));
    }
    let main = body.main == Some(true);
    let live = body.live;
    if main && live == Some(false) {
        return Err(ApiError::field(
            "/live",
            "the main address leads where the link leads; it cannot be stopped",
        ));
    }
    let (_, before) = edit(&app, &caller, id, async move |db, link| {
        let workspace = link.workspace;
        let Some(row) = find(db, workspace, link.id, slug).await? else { return Ok(Err(not_found(slug))) };
        if live == Some(false) && row.is_main {
            let message = "this is the link's main address; make another one the main one first";
            return Ok(Err(ApiError::conflict("MAIN_SLUG", message).about("/live")));
        }
        if let Some(spelled) = spelled {
            if spelled.folded() != row.folded {
                let message =
                    "only upper and lower case of an address can be changed; add the new one, and make it the main one";
                return Ok(Err(ApiError::field("/shortlink", message)));
            }
            slugs::respell(db, workspace, slug, &spelled).await?;
        }
        if let Some(placement) = placement {
            slugs::set_placement(db, workspace, slug, &placement).await?;
        }
        if let Some(live) = live {
            slugs::set_live(db, workspace, slug, live).await?;
        }
        if main {
            slugs::make_main(db, workspace, link.id, slug).await?;
        }
        Ok(Ok(slug))
    })
    .await?;
    app.table.refresh(&app.catalog, id).await?;
    answer(&app, caller.workspace, id, slug, main.then_some(before)).await
}

/// Releases an address: it leads nowhere any more, and anybody can take it. A deleted link's main one can be released,
/// too; should the link be restored, it has a generated one.
#[utoipa::path(delete, path = "/v1/x/links/{id}/slugs/{slugId}", tag = "Links", operation_id = "release_link_slug",
    params(("id" = uuid::Uuid, Path), ("slugId" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn release_link_slug(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path((id, slug)): Path<(String, String)>,
) -> ApiResult<Json<Empty>> {
    let (id, slug, workspace, now) = (link_id(&id)?, slug_id(&slug)?, caller.workspace, app.clock.now());
    let (actor, telling) = (caller.actor(), app.clone());
    let released = app
        .catalog
        .write(async move |db| {
            let Some(row) = find(db, workspace, id, slug).await? else { return Ok(Err(not_found(slug))) };
            let before = history::state(db, workspace, id).await?;
            let is_deleted = before.is_empty();
            if row.is_main && !is_deleted {
                let message = "this is the link's main address; make another one the main one first, or delete the link";
                return Ok(Err(ApiError::conflict("MAIN_SLUG", message)));
            }
            if row.is_main {
                let drawn = draw(db, BASE_DOMAIN).await?;
                let drawn = slugs::add(db, workspace, id, (BASE_DOMAIN, &drawn), "", now).await?;
                slugs::make_main(db, workspace, id, drawn).await?;
            }
            slugs::release(db, workspace, slug).await?;
            if !is_deleted {
                links::touch(db, workspace, id, now).await?;
                history::note(db, workspace, id, &before, Done::alone("updated", &actor), now).await?;
                note::link(db, &telling, workspace, id, Happening::LinkUpdated, now).await?;
            }
            Ok(Ok(row))
        })
        .await??;
    app.webhooks.bell.notify_one();
    app.table.refresh(&app.catalog, id).await?;
    app.table.refresh_slug(&app.catalog, released.domain, &released.folded).await?;
    Ok(Json(Empty {}))
}

/// Runs a change of a link's addresses and notes it, all in one transaction; returns its answer, and the main address
/// as it was before.
async fn edit<F>(app: &App, caller: &Caller, id: LinkId, change: F) -> ApiResult<(Uuid, (DomainId, String))>
where
    F: AsyncFnOnce(&mut Connection, &Link) -> catalog::Result<ApiResult<Uuid>> + Send + 'static,
{
    let (workspace, now) = (caller.workspace, app.clock.now());
    let (actor, telling) = (caller.actor(), app.clone());
    let outcome = app
        .catalog
        .attempt(async move |db| {
            let Some(link) = links::get(db, workspace, id).await? else {
                return Ok(Err(ApiError::link_not_found(id)));
            };
            let before = history::state(db, workspace, id).await?;
            let changed = match change(db, &link).await? {
                Ok(changed) => changed,
                Err(why) => return Ok(Err(why)),
            };
            if history::note(db, workspace, id, &before, Done::alone("updated", &actor), now).await?.is_some()
            {
                links::touch(db, workspace, id, now).await?;
                note::link(db, &telling, workspace, id, Happening::LinkUpdated, now).await?;
            }
            Ok(Ok((changed, (link.domain, link.slug))))
        })
        .await??;
    app.webhooks.bell.notify_one();
    Ok(outcome)
}

async fn find(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    slug: Uuid,
) -> catalog::Result<Option<LinkSlug>> {
    Ok(slugs::of_link(db, workspace, link).await?.into_iter().find(|row| row.id == slug))
}

async fn answer(
    app: &App,
    workspace: WorkspaceId,
    link: LinkId,
    slug: Uuid,
    left: Option<(DomainId, String)>,
) -> ApiResult<Json<AddressResponse>> {
    let hosts = app.hosts();
    let row = find(&mut *app.catalog.read().await?, workspace, link, slug).await?;
    let row = row.ok_or_else(|| not_found(slug))?;
    let left = left.filter(|(domain, spelled)| {
        (*domain, model::slug::fold(spelled)) != (row.domain, row.folded.clone())
    });
    let x_warnings = left.iter().map(|(domain, spelled)| printed(&hosts, *domain, spelled)).collect();
    Ok(Json(AddressResponse { slug: wire(&hosts, row), x_warnings }))
}

fn slug_id(text: &str) -> ApiResult<Uuid> {
    Uuid::parse_str(text).map_err(|_| ApiError::field("slugId", format!("\"{text}\" is not a UUID")))
}

fn not_found(slug: Uuid) -> ApiError {
    ApiError::not_found("SLUG_NOT_FOUND", format!("slug {slug} of this link"))
}

/// A slug that nobody has; should none be found, the catalog refuses the last one that was drawn.
async fn draw(db: &mut Connection, domain: DomainId) -> catalog::Result<Slug> {
    let drawn = super::slugs::draw(db, domain).await?;
    Ok(drawn.unwrap_or_else(|| Slug::generated(rand::random())))
}

/// 409 for a slug that leads somewhere; if that is a link of the workspace's own, with its name.
pub async fn taken(
    db: &mut Connection,
    workspace: WorkspaceId,
    domain: DomainId,
    slug: &Slug,
) -> catalog::Result<ApiError> {
    let message = "this slug leads somewhere already (upper and lower case are the same)";
    let own = slugs::at(db, workspace, domain, slug.folded()).await?;
    let message = match own {
        None => message.to_owned(),
        Some(own) => match links::of_events(db, workspace, &[own.link]).await?.pop() {
            Some(link) if link.deleted_at.is_some() => format!(
                "{message}: your deleted link {} holds it; release it with DELETE /v1/x/links/{}/slugs/{}",
                link.id, link.id, own.id
            ),
            _ => format!("{message}: to your link {}", own.link),
        },
    };
    Ok(ApiError::conflict("SHORTLINK_TAKEN", message).about("/shortlink"))
}

/// Whether links can answer under a domain.
pub async fn check_domain(
    db: &mut Connection,
    workspace: WorkspaceId,
    domain: DomainId,
) -> catalog::Result<ApiResult<()>> {
    if domain == BASE_DOMAIN {
        return Ok(Ok(()));
    }
    Ok(match domains::get(db, workspace, domain).await? {
        None => {
            let message = format!("there is no domain {domain} in this workspace");
            Err(ApiError::field("/customDomainId", message))
        }
        Some(found) if !found.is_active() => {
            let message = format!(
                "{} is not active yet, so its codes would lead nowhere; POST /v1/custom-domains/{domain}/check tells what it \
                 lacks",
                found.name
            );
            Err(ApiError::field("/customDomainId", message))
        }
        Some(_) => Ok(()),
    })
}

/// Gives a link an address that nobody has; returns its id.
pub async fn add_to(
    db: &mut Connection,
    link: &Link,
    (domain, slug): (DomainId, &Slug),
    placement: &str,
    now: Millis,
) -> catalog::Result<ApiResult<Uuid>> {
    if let Err(why) = check_domain(db, link.workspace, domain).await? {
        return Ok(Err(why));
    }
    if links::slug_is_taken(db, domain, slug).await? {
        return Ok(Err(taken(db, link.workspace, domain, slug).await?));
    }
    if slugs::of_link(db, link.workspace, link.id).await?.len() >= MAX_SLUGS {
        let message = format!("a link has at most {MAX_SLUGS} addresses; release some first");
        return Ok(Err(ApiError::bad_request(message).about("/shortlink")));
    }
    slugs::add(db, link.workspace, link.id, (domain, slug), placement, now).await.map(Ok)
}

/// Moves a link to another main address, one of its own or a new one. The one it had keeps leading to it.
pub async fn move_to(
    db: &mut Connection,
    link: &Link,
    (domain, slug): (DomainId, &Slug),
    now: Millis,
) -> catalog::Result<ApiResult<()>> {
    let own = slugs::at(db, link.workspace, domain, slug.folded()).await?;
    let id = match own.filter(|own| own.link == link.id) {
        Some(own) => {
            slugs::respell(db, link.workspace, own.id, slug).await?;
            own.id
        }
        None => match add_to(db, link, (domain, slug), "", now).await? {
            Ok(added) => added,
            Err(why) => return Ok(Err(why)),
        },
    };
    slugs::make_main(db, link.workspace, link.id, id).await?;
    Ok(Ok(()))
}

/// A link that has moved, in its wrapper, with what its owner should know.
pub fn moved(response: LinkResponse, warning: Option<String>) -> LinkResponse {
    let mut response = response;
    response.link.x_warnings.extend(warning);
    response
}
