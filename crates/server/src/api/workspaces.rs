//! The workspace (dossier 1.1), and making others.

use super::auth::{self, Can, Credential, WorkspaceRead, WorkspaceWrite};
use super::body::{Body, Path, one_of};
use super::links::checks::{Checks, checked_lines};
use super::revision::{IfMatch, Revised};
use super::wire::{Empty, enum_value, time};
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::catalog::demo;
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::workspaces::{self, Counting, DataCollection, Update};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::networks::Networks;
use axum::Json;
use axum::extract::State;
use model::WorkspaceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    id: String,
    name: String,
    slug: String,
    /// IANA zone in which its days begin.
    timezone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    faq: Option<String>,
    link_setting_id: String,
    /// How much is kept of visitors: `none` (the bare scan) or `basic` (a hash that lives for a day).
    x_data_collection: &'static str,
    /// Whom numbers count unless asked: `human`, `all`, or `default`: as the installation counts.
    x_counting: &'static str,
    /// Addresses and networks whose scans are the team's own.
    x_team_networks: Vec<String>,
    created_at: String,
    updated_at: String,
}

/// What of a workspace can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWorkspaceRequest {
    name: Option<String>,
    timezone: Option<String>,
    /// ISO 3166-1 alpha-2; an empty text clears this and each of the next five.
    country: Option<String>,
    website: Option<String>,
    description: Option<String>,
    short_description: Option<String>,
    tags: Option<String>,
    faq: Option<String>,
    /// Its own, if any: it is not changed.
    slug: Option<String>,
    /// `DIGEST_FREQUENCY_NONE`, `DIGEST_FREQUENCY_WEEKLY` or `DIGEST_FREQUENCY_MONTHLY`; of no effect: no digests are sent.
    digest_frequency: Option<String>,
    /// Taken and of no effect: there is no second factor here.
    #[expect(dead_code, reason = "part of the wire format; there is no second factor")]
    enforce_mfa: Option<bool>,
    /// `none`, `basic` or `advanced`.
    x_data_collection: Option<String>,
    /// `human`, `all` or `default`.
    x_counting: Option<String>,
    /// Addresses and networks such as `203.0.113.7` and `10.0.0.0/8`; 50 at most.
    x_team_networks: Option<Vec<String>>,
}

/// A new workspace.
#[derive(Deserialize, ToSchema)]
pub struct CreateWorkspaceRequest {
    name: String,
    timezone: Option<String>,
}

/// A new workspace and a token of its own.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWorkspaceResponse {
    workspace: Workspace,
    /// Full-access secret token; shown this once.
    access_token: String,
}

fn wire(mut workspace: workspaces::Workspace) -> Workspace {
    let mut said = |name: &str| workspace.profile.remove(name);
    Workspace {
        country: said("country"),
        website: said("website"),
        description: said("description"),
        short_description: said("shortDescription"),
        tags: said("tags"),
        faq: said("faq"),
        id: workspace.id.to_string(),
        name: workspace.name,
        slug: workspace.slug,
        timezone: workspace.timezone,
        link_setting_id: workspace.link_setting_id.to_string(),
        x_data_collection: workspace.data_collection.as_str(),
        x_counting: workspace.counting.map_or("default", Counting::as_str),
        x_team_networks: workspace.team_networks,
        created_at: time(workspace.created_at),
        updated_at: time(workspace.updated_at),
    }
}

/// The caller's workspace.
#[utoipa::path(get, path = "/v1/workspace", tag = "Workspace", operation_id = "get_workspace",
    responses((status = 200, body = Workspace, headers(("ETag" = String)))))]
pub async fn get_workspace(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
) -> ApiResult<Revised<Workspace>> {
    let workspace = workspaces::get(&mut *app.catalog.read().await?, caller.workspace).await?;
    workspace.map(answer).ok_or_else(gone)
}

fn answer(workspace: workspaces::Workspace) -> Revised<Workspace> {
    Revised(workspace.updated_at, wire(workspace))
}

fn gone() -> ApiError {
    ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace")
}

/// A workspace: the caller's own, or, for who is signed in, another one of theirs.
#[utoipa::path(get, path = "/v1/workspaces/{id}", tag = "Workspace", operation_id = "get_workspace_by_id",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Workspace, headers(("ETag" = String))), (status = 404, body = ErrorResponse)))]
pub async fn get_workspace_by_id(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
    Path(id): Path<String>,
) -> ApiResult<Revised<Workspace>> {
    let id = workspace_id("id", &id)?;
    let mut db = app.catalog.read().await?;
    let is_theirs = match &caller.credential {
        _ if id == caller.workspace => true,
        Credential::Token { .. } => false,
        Credential::Session(member) => {
            let memberships = accounts::open_memberships(&mut db, member.account).await?;
            memberships.iter().any(|there| there.workspace == id)
        }
    };
    let found = if is_theirs { workspaces::get(&mut db, id).await? } else { None };
    found.map(answer).ok_or_else(|| ApiError::not_found("WORKSPACE_NOT_FOUND", format!("workspace {id}")))
}

/// The id of a path; what is no UUID names no workspace.
pub fn workspace_id(field: &str, text: &str) -> ApiResult<WorkspaceId> {
    text.parse().map_err(|_| ApiError::field(field, format!("\"{text}\" is not a UUID")))
}

/// Changes a workspace. Days and hours of all numbers follow the zone at once; the next scan sees the rest.
#[utoipa::path(put, path = "/v1/workspace", tag = "Workspace", operation_id = "update_workspace",
    params(("If-Match" = Option<String>, Header, description = "The ETag of what is changed")),
    request_body = UpdateWorkspaceRequest,
    responses((status = 200, body = Workspace, headers(("ETag" = String))), (status = 400, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn update_workspace(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    expected: IfMatch,
    Body(body): Body<UpdateWorkspaceRequest>,
) -> ApiResult<Revised<Workspace>> {
    let name = body.name.map(|name| check_name(&name, "/name")).transpose()?;
    if let Some(timezone) = &body.timezone {
        check_timezone(timezone)?;
    }
    let said = [
        ("country", body.country, 2),
        ("website", body.website, 2048),
        ("description", body.description, 10_000),
        ("shortDescription", body.short_description, 500),
        ("tags", body.tags, 500),
        ("faq", body.faq, 50_000),
    ];
    let mut profile = BTreeMap::new();
    for (field, text, most) in said {
        if let Some(text) = text {
            profile.insert(field.to_owned(), checked_lines(&format!("/{field}"), Some(text), most)?);
        }
    }
    check_profile(&app, caller.workspace, &mut profile).await?;
    if let Some(word) = body.digest_frequency.filter(|word| !word.is_empty()) {
        let known =
            ["NONE", "WEEKLY", "MONTHLY", "UNSPECIFIED"].map(|word| enum_value("DIGEST_FREQUENCY", word));
        one_of("/digestFrequency", &word, &known.each_ref().map(|known| (known.as_str(), ())))?;
    }
    let slug = body.slug.filter(|slug| !slug.is_empty());
    let update = Update {
        name,
        timezone: body.timezone,
        data_collection: body.x_data_collection.as_deref().map(data_collection).transpose()?,
        counting: body.x_counting.as_deref().map(counting).transpose()?,
        team_networks: body.x_team_networks.map(team_networks).transpose()?,
        profile,
    };
    let (id, now) = (caller.workspace, app.clock.now());
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(present) = workspaces::get(db, id).await? else { return Ok(Ok(None)) };
            if let Err(error) = expected.check(present.updated_at) {
                return Ok(Err(error));
            }
            if slug.is_some_and(|slug| slug != present.slug) {
                return Ok(Err(ApiError::field(
                    "/slug",
                    "the slug of a workspace is not changed; leave it out",
                )));
            }
            workspaces::update(db, id, update, now).await.map(Ok)
        })
        .await?;
    app.redirector.workspaces.refresh(&app.catalog).await?;
    outcome?.map(answer).ok_or_else(gone)
}

/// What only looks like a text: a country is a code, a website an address.
async fn check_profile(
    app: &App,
    workspace: WorkspaceId,
    profile: &mut BTreeMap<String, String>,
) -> ApiResult<()> {
    if let Some(country) = profile.get_mut("country").filter(|country| !country.is_empty()) {
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(ApiError::field("/country", "give the two letters of a country, such as DE"));
        }
        country.make_ascii_uppercase();
    }
    if let Some(website) = profile.get_mut("website").filter(|website| !website.is_empty()) {
        *website = Checks::read(app, workspace).await?.destination("/website", website)?;
    }
    Ok(())
}

/// Deletes the workspace with its tokens, members and all that is known of people. Its codes say that they have ended, and
/// nobody else gets their slugs. The installation's first workspace stays.
#[utoipa::path(delete, path = "/v1/workspace", tag = "Workspace", operation_id = "delete_workspace",
    responses((status = 200, body = Empty), (status = 409, body = ErrorResponse)))]
pub async fn delete_workspace(State(app): State<App>, caller: Can<WorkspaceWrite>) -> ApiResult<Json<Empty>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let first = workspaces::first(&mut *app.catalog.read().await?).await?;
    if first.is_some_and(|first| first.id == workspace) {
        let message =
            "this is the installation's first workspace, to which its operator belongs; it cannot be deleted";
        return Err(ApiError::conflict("FIRST_WORKSPACE", message));
    }
    if demo::find(&mut *app.catalog.read().await?).await? == Some(workspace) {
        let message = "this is the demo; leave it with POST /v1/x/demo/leave";
        return Err(ApiError::conflict("DEMO_WORKSPACE", message));
    }
    if !app.catalog.write(async move |db| workspaces::delete(db, workspace, now).await).await? {
        return Err(gone());
    }
    app.table.refresh_workspace(&app.catalog, workspace).await?;
    app.redirector.workspaces.refresh(&app.catalog).await?;
    Ok(Json(Empty {}))
}

/// Makes a workspace beside the caller's, with a token of its own. Who is signed in becomes its administrator.
#[utoipa::path(post, path = "/v1/x/workspaces", tag = "Workspace", operation_id = "create_workspace",
    request_body = CreateWorkspaceRequest,
    responses((status = 200, body = CreateWorkspaceResponse), (status = 400, body = ErrorResponse)))]
pub async fn create_workspace(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<CreateWorkspaceRequest>,
) -> ApiResult<Json<CreateWorkspaceResponse>> {
    let name = check_name(&body.name, "/name")?;
    let timezone = body.timezone.unwrap_or_else(|| app.config.timezone.clone());
    check_timezone(&timezone)?;
    let secret = crate::secret::new_token(false);
    let account = match &caller.credential {
        Credential::Session(member) => Some(member.account),
        Credential::Token { .. } => None,
    };
    let (hash, now) = (auth::hash_secret(&secret), app.clock.now());
    let workspace = app
        .catalog
        .write(async move |db| {
            let workspace =
                workspaces::create(db, WorkspaceId(Uuid::now_v7()), &name, &timezone, now).await?;
            tokens::create(db, workspace.id, NewToken::first(hash), now).await?;
            if let Some(account) = account {
                accounts::join(db, workspace.id, account, Role::Admin, now).await?;
            }
            Ok(workspace)
        })
        .await?;
    Ok(Json(CreateWorkspaceResponse { workspace: wire(workspace), access_token: secret }))
}

fn data_collection(word: &str) -> ApiResult<DataCollection> {
    let known = [
        ("none", DataCollection::None),
        ("basic", DataCollection::Basic),
        ("advanced", DataCollection::Advanced),
    ];
    one_of("/xDataCollection", word, &known)
}

fn counting(word: &str) -> ApiResult<Option<Counting>> {
    let known = [("human", Some(Counting::Human)), ("all", Some(Counting::All)), ("default", None)];
    one_of("/xCounting", word, &known)
}

/// Networks of a workspace's team, at most.
const MAX_NETWORKS: usize = 50;

fn team_networks(texts: Vec<String>) -> ApiResult<Vec<String>> {
    if texts.len() > MAX_NETWORKS {
        let message = format!("a team has at most {MAX_NETWORKS} networks; these are {}", texts.len());
        return Err(ApiError::field("/xTeamNetworks", message));
    }
    let check = |(number, text): (usize, String)| {
        let text = text.trim().to_owned();
        match Networks::read([text.as_str()]) {
            Ok(_) => Ok(text),
            Err(bad) => Err(ApiError::field(
                format!("/xTeamNetworks/{number}"),
                format!("\"{bad}\" is not an address or a network such as 203.0.113.7 or 10.0.0.0/8"),
            )),
        }
    };
    texts.into_iter().enumerate().map(check).collect()
}

/// A workspace's name, trimmed.
pub fn check_name(name: &str, field: &str) -> ApiResult<String> {
    match name.trim() {
        "" => Err(ApiError::field(field, "a workspace needs a name")),
        name if name.chars().count() > 100 => {
            Err(ApiError::field(field, "a name has at most 100 characters"))
        }
        name => Ok(name.to_owned()),
    }
}

/// Refuses what is no IANA time zone.
pub fn check_timezone(timezone: &str) -> ApiResult<()> {
    match jiff::tz::TimeZone::get(timezone) {
        Ok(_) => Ok(()),
        Err(_) => {
            let message = format!("\"{timezone}\" is not an IANA time zone, such as Europe/Berlin");
            Err(ApiError::field("/timezone", message))
        }
    }
}
