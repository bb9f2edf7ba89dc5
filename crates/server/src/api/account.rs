//! One's own account: name, e-mail address, password, sessions, workspaces.

use super::auth::{self, SignedIn, hash_secret};
use super::body::{Body, Query};
use super::invites::name;
use super::session;
use super::wire::{Empty, role};
use crate::account as rules;
use crate::app::App;
use crate::catalog::{accounts, invites, sessions, workspaces};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    email: String,
    first_name: String,
    last_name: String,
}

/// What of an account can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAccountRequest {
    /// One signs in with it from then on.
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    current_password: String,
    /// 8 characters or more.
    new_password: String,
}

/// A workspace that the account is a member of.
#[derive(Serialize, ToSchema)]
pub struct OwnWorkspace {
    id: String,
    name: String,
    timezone: String,
    role: &'static str,
    /// Whether the session is in it.
    current: bool,
    /// Whether its scans are simulated.
    demo: bool,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct OwnWorkspacesResponse {
    workspaces: Vec<OwnWorkspace>,
}

/// Where to go.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SwitchWorkspaceRequest {
    workspace_id: String,
}

/// Whether a link that resets a password works, and whose it is.
#[derive(Serialize, ToSchema)]
pub struct PasswordResetState {
    email: String,
}

/// A new password by a link.
#[derive(Deserialize, ToSchema)]
pub struct PasswordResetRequest {
    /// From the link.
    token: String,
    /// 8 characters or more.
    password: String,
}

/// The account that is signed in.
#[utoipa::path(get, path = "/v1/x/account", tag = "Session", operation_id = "get_account",
    responses((status = 200, body = Account), (status = 403, body = ErrorResponse)))]
pub async fn get_account(SignedIn(member): SignedIn) -> Json<Account> {
    Json(Account { email: member.email, first_name: member.first_name, last_name: member.last_name })
}

/// Changes name or e-mail address.
#[utoipa::path(patch, path = "/v1/x/account", tag = "Session", operation_id = "update_account",
    request_body = UpdateAccountRequest,
    responses((status = 200, body = Account), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn update_account(
    State(app): State<App>,
    SignedIn(member): SignedIn,
    Body(body): Body<UpdateAccountRequest>,
) -> ApiResult<Json<Account>> {
    let account = set_own_names(&app, &member, body.email, body.first_name, body.last_name).await?;
    Ok(Json(Account { email: account.email, first_name: account.first_name, last_name: account.last_name }))
}

/// Changes what an account says of its person.
pub async fn set_own_names(
    app: &App,
    member: &accounts::Member,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
) -> ApiResult<accounts::Account> {
    let email = email.map(|email| rules::normal_email(&email));
    if let Some(email) = &email {
        rules::check_email(email).map_err(|why| ApiError::field("/email", why))?;
    }
    let (first, last) = (name("/firstName", first_name)?, name("/lastName", last_name)?);
    let (account, now) = (member.account, app.clock.now());
    let changed = app
        .catalog
        .write(async move |db| {
            accounts::update(db, account, email.as_deref(), first.as_deref(), last.as_deref(), now).await?;
            accounts::account(db, account).await
        })
        .await?;
    changed.ok_or_else(|| ApiError::unauthorized("the account is gone"))
}

/// Changes the password and ends all other sessions.
#[utoipa::path(post, path = "/v1/x/account/password", tag = "Session", operation_id = "change_password",
    request_body = ChangePasswordRequest,
    responses((status = 200, body = Empty), (status = 400, body = ErrorResponse), (status = 429, body = ErrorResponse)))]
pub async fn change_password(
    State(app): State<App>,
    SignedIn(member): SignedIn,
    parts: Parts,
    Body(body): Body<ChangePasswordRequest>,
) -> ApiResult<Json<Empty>> {
    let fields = ["/currentPassword", "/newPassword"];
    set_own_password(&app, &member, &parts, body.current_password, body.new_password, fields).await?;
    Ok(Json(Empty {}))
}

/// Gives an account a new password, once the present one is shown, and ends its other sessions. `fields`: where the two
/// stand in the request.
pub async fn set_own_password(
    app: &App,
    member: &accounts::Member,
    parts: &Parts,
    current: String,
    new: String,
    [current_field, new_field]: [&str; 2],
) -> ApiResult<()> {
    rules::check_password(&new).map_err(|why| ApiError::field(new_field, why))?;
    let account = accounts::account(&mut *app.catalog.read().await?, member.account).await?;
    let account = account.ok_or_else(|| ApiError::unauthorized("the account is gone"))?;
    session::prove(app, &member.email, current, account.password_hash)
        .await
        .map_err(|error| session::wrong_password(error, current_field))?;
    let hash = session::blocking(app, move || rules::hash_password(&new, rand::random())).await?;
    let (id, now, kept) = (member.account, app.clock.now(), own_session(app, parts));
    app.catalog
        .write(async move |db| {
            accounts::set_password(db, id, &hash, now).await?;
            sessions::end_others(db, id, kept.as_ref().map(<[u8; 32]>::as_slice)).await
        })
        .await?;
    app.passing.end_others(id, kept.as_ref());
    Ok(())
}

/// Ends all sessions of the account but this one.
#[utoipa::path(post, path = "/v1/x/account/sign-out-others", tag = "Session", operation_id = "sign_out_others",
    responses((status = 200, body = Empty)))]
pub async fn sign_out_others(
    State(app): State<App>,
    SignedIn(member): SignedIn,
    parts: Parts,
) -> ApiResult<Json<Empty>> {
    let (id, kept) = (member.account, own_session(&app, &parts));
    app.catalog
        .write(async move |db| sessions::end_others(db, id, kept.as_ref().map(<[u8; 32]>::as_slice)).await)
        .await?;
    app.passing.end_others(id, kept.as_ref());
    Ok(Json(Empty {}))
}

fn own_session(app: &App, parts: &Parts) -> Option<[u8; 32]> {
    session::shown(app, parts)
}

/// Workspaces that the account is a member of.
#[utoipa::path(get, path = "/v1/x/workspaces", tag = "Session", operation_id = "list_own_workspaces",
    responses((status = 200, body = OwnWorkspacesResponse)))]
pub async fn list_own_workspaces(
    State(app): State<App>,
    SignedIn(member): SignedIn,
) -> ApiResult<Json<OwnWorkspacesResponse>> {
    let mut db = app.catalog.read().await?;
    let mut own = Vec::new();
    for membership in accounts::open_memberships(&mut db, member.account).await? {
        if let Some(workspace) = workspaces::get(&mut db, membership.workspace).await? {
            own.push(OwnWorkspace {
                id: workspace.id.to_string(),
                name: workspace.name,
                timezone: workspace.timezone,
                role: role(membership.role),
                current: workspace.id == member.workspace,
                demo: workspace.demo,
            });
        }
    }
    Ok(Json(OwnWorkspacesResponse { workspaces: own }))
}

/// Goes on in another of the account's workspaces.
#[utoipa::path(post, path = "/v1/x/session/workspace", tag = "Session", operation_id = "switch_workspace",
    request_body = SwitchWorkspaceRequest,
    responses((status = 200, body = session::SessionResponse), (status = 404, body = ErrorResponse)))]
pub async fn switch_workspace(
    State(app): State<App>,
    SignedIn(member): SignedIn,
    parts: Parts,
    Body(body): Body<SwitchWorkspaceRequest>,
) -> ApiResult<Response> {
    let memberships = accounts::open_memberships(&mut *app.catalog.read().await?, member.account).await?;
    let there = memberships.into_iter().find(|there| there.workspace.to_string() == body.workspace_id);
    let there = there.ok_or_else(|| {
        ApiError::not_found("WORKSPACE_NOT_FOUND", format!("workspace {}", body.workspace_id))
            .about("/workspaceId")
    })?;
    session::open(&app, &parts, &there).await
}

fn used() -> ApiError {
    ApiError::forbidden("this link has been used or is older than a day; ask for a new one")
}

/// Whose password a link may set; 403 when it no longer works.
#[utoipa::path(get, path = "/v1/x/password-reset", tag = "Session", operation_id = "get_password_reset",
    params(("token" = String, Query)),
    responses((status = 200, body = PasswordResetState), (status = 403, body = ErrorResponse)))]
pub async fn get_password_reset(State(app): State<App>, query: Query) -> ApiResult<Json<PasswordResetState>> {
    let mut db = app.catalog.read().await?;
    let hash = hash_secret(query.get("token").unwrap_or_default());
    let account = invites::find_reset(&mut db, &hash, app.clock.now()).await?.ok_or_else(used)?;
    let account = accounts::account(&mut db, account).await?.ok_or_else(used)?;
    Ok(Json(PasswordResetState { email: account.email }))
}

/// Sets a new password by a link, ends all sessions of the account, and signs in.
#[utoipa::path(post, path = "/v1/x/password-reset", tag = "Session", operation_id = "use_password_reset",
    request_body = PasswordResetRequest,
    responses((status = 200, body = session::SessionResponse), (status = 400, body = ErrorResponse), (status = 403, body = ErrorResponse)))]
pub async fn use_password_reset(
    State(app): State<App>,
    parts: Parts,
    Body(body): Body<PasswordResetRequest>,
) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    rules::check_password(&body.password).map_err(|why| ApiError::field("/password", why))?;
    let (token, now) = (hash_secret(&body.token), app.clock.now());
    if invites::find_reset(&mut *app.catalog.read().await?, &token, now).await?.is_none() {
        return Err(used());
    }
    let password = body.password;
    let hash = session::blocking(&app, move || rules::hash_password(&password, rand::random())).await?;
    let member = app
        .catalog
        .write(async move |db| {
            let Some(account) = invites::find_reset(db, &token, now).await? else { return Ok(None) };
            invites::delete_reset(db, account).await?;
            accounts::set_password(db, account, &hash, now).await?;
            sessions::end_others(db, account, None).await?;
            Ok(accounts::open_memberships(db, account).await?.into_iter().next())
        })
        .await?;
    let member = member.ok_or_else(used)?;
    app.passing.end_others(member.account, None);
    app.sign_ins.succeeded(&member.email);
    session::open(&app, &parts, &member).await
}
