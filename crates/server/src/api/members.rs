//! Members (dossier 1.14): who may come into the workspace, and as what.

use super::account;
use super::auth::{Caller, Can, Credential, MembersRead, MembersWrite, SignedIn, hash_secret};
use super::body::{Body, Path};
use super::invites::{invite, name};
use super::wire::{Empty, role, time};
use crate::app::App;
use crate::catalog::accounts::{self, Guarded, Role};
use crate::catalog::invites::{self, Invite};
use crate::catalog::{self, Connection};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use model::time::DAY_MS;
use model::{MemberId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a link that resets a password works.
const RESET_MS: i64 = DAY_MS;

/// A member.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    id: String,
    workspace_id: String,
    email: String,
    first_name: String,
    last_name: String,
    role: &'static str,
    /// Since when it cannot come in.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_signin_at: Option<String>,
    /// Invited, and not come yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    x_invited: bool,
    /// The invitation's link, to hand over; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_invite_url: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<Invite> for Member {
    fn from(invite: Invite) -> Self {
        Self {
            id: invite.id.to_string(),
            workspace_id: invite.workspace.to_string(),
            email: invite.email,
            first_name: invite.first_name,
            last_name: invite.last_name,
            role: role(invite.role),
            access_revoked_at: invite.revoked_at.map(time),
            last_signin_at: None,
            x_invited: true,
            x_invite_url: None,
            created_at: time(invite.created_at),
            updated_at: time(invite.created_at),
        }
    }
}

impl From<accounts::Member> for Member {
    fn from(member: accounts::Member) -> Self {
        Self {
            id: member.id.to_string(),
            workspace_id: member.workspace.to_string(),
            email: member.email,
            first_name: member.first_name,
            last_name: member.last_name,
            role: role(member.role),
            access_revoked_at: member.access_revoked_at.map(time),
            last_signin_at: member.last_signin_at.map(time),
            x_invited: false,
            x_invite_url: None,
            created_at: time(member.created_at),
            updated_at: time(member.updated_at),
        }
    }
}

/// All members.
#[derive(Serialize, ToSchema)]
pub struct ListMembersResponse {
    members: Vec<Member>,
}

/// What of a member can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMemberRequest {
    /// `ROLE_ADMIN`, `ROLE_TECH` or `ROLE_VIEWER`.
    role: Option<String>,
    /// Theirs, if any: whose it is changes it (`PUT /v1/member`).
    email: Option<String>,
    /// Taken and of no effect: the dashboard speaks the browser's language.
    #[expect(dead_code, reason = "part of the wire format; nothing follows from it here")]
    display_language: Option<String>,
    /// Of somebody invited; who has come in changes their own name.
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteMemberRequest {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// `ROLE_VIEWER` when absent.
    x_role: Option<String>,
}

/// What of oneself can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMyselfRequest {
    /// One signs in with it from then on.
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// A new one; ends all other sessions.
    password: Option<String>,
    /// The present one; with a new one.
    x_current_password: Option<String>,
}

/// A link to hand to somebody; it works once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OneTimeLink {
    url: String,
    expires_at: String,
}

/// The caller as a member. A token speaks for the workspace's first administrator.
#[utoipa::path(get, path = "/v1/member", tag = "Members", operation_id = "get_member",
    responses((status = 200, body = Member), (status = 404, body = ErrorResponse)))]
pub async fn get_member(State(app): State<App>, caller: Caller) -> ApiResult<Json<Member>> {
    let member = match &caller.credential {
        Credential::Session(member) => (**member).clone(),
        Credential::Token { .. } => {
            caller.require("members:read")?;
            let members = accounts::members(&mut *app.catalog.read().await?, caller.workspace).await?;
            let is_speaker =
                |member: &accounts::Member| member.role == Role::Admin && member.access_revoked_at.is_none();
            let first = members.into_iter().find(is_speaker);
            first.ok_or_else(|| ApiError::not_found("MEMBER_NOT_FOUND", "a member of this workspace"))?
        }
    };
    Ok(Json(member.into()))
}

/// Members of the workspace, oldest first; behind them who is invited and has not come yet (`xInvited`).
#[utoipa::path(get, path = "/v1/members", tag = "Members", operation_id = "list_members",
    responses((status = 200, body = ListMembersResponse)))]
pub async fn list_members(
    State(app): State<App>,
    caller: Can<MembersRead>,
) -> ApiResult<Json<ListMembersResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let mut db = app.catalog.read().await?;
    let members = accounts::members(&mut db, workspace).await?.into_iter().map(Member::from);
    // The newest comes first among themselves.
    let invited = invites::list(&mut db, workspace, now).await?.into_iter().rev().map(Member::from);
    Ok(Json(ListMembersResponse { members: members.chain(invited).collect() }))
}

/// Changes oneself: name, e-mail address, password.
#[utoipa::path(put, path = "/v1/member", tag = "Members", operation_id = "update_myself",
    request_body = UpdateMyselfRequest,
    responses((status = 200, body = Member), (status = 400, body = ErrorResponse), (status = 403, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn update_myself(
    State(app): State<App>,
    SignedIn(member): SignedIn,
    parts: Parts,
    Body(body): Body<UpdateMyselfRequest>,
) -> ApiResult<Json<Member>> {
    if let Some(password) = body.password {
        let current = body.x_current_password.ok_or_else(|| {
            ApiError::field("/xCurrentPassword", "is required with a new password: the present one")
        })?;
        account::set_own_password(
            &app,
            &member,
            &parts,
            current,
            password,
            ["/xCurrentPassword", "/password"],
        )
        .await?;
    }
    account::set_own_names(&app, &member, body.email, body.first_name, body.last_name).await?;
    let found = accounts::member(&mut *app.catalog.read().await?, member.workspace, member.id).await?;
    Ok(Json(found.ok_or_else(|| not_found(member.id))?.into()))
}

/// Invites somebody; the answer has the link to hand over. Until it is taken up, the invitation stands in the place of the
/// member, under its own id.
#[utoipa::path(post, path = "/v1/members/invite", tag = "Members", operation_id = "invite_member",
    request_body = InviteMemberRequest,
    responses((status = 200, body = Member), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn invite_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Body(body): Body<InviteMemberRequest>,
) -> ApiResult<Json<Member>> {
    let role =
        read_role(body.x_role.as_deref().unwrap_or("ROLE_VIEWER")).map_err(|why| why.renamed("/xRole"))?;
    let names = [
        name("/firstName", body.first_name)?.unwrap_or_default(),
        name("/lastName", body.last_name)?.unwrap_or_default(),
    ];
    let (row, url) = invite(&app, &caller, &body.email, role, names).await?;
    Ok(Json(Member { x_invite_url: Some(url), ..row.into() }))
}

/// A member, or an invitation in its place.
enum Found {
    Member(accounts::Member),
    Invite(Invite),
}

impl From<Found> for Member {
    fn from(found: Found) -> Self {
        match found {
            Found::Member(member) => member.into(),
            Found::Invite(invite) => invite.into(),
        }
    }
}

async fn find(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: MemberId,
    now: Millis,
) -> catalog::Result<Option<Found>> {
    if let Some(member) = accounts::member(db, workspace, id).await? {
        return Ok(Some(Found::Member(member)));
    }
    Ok(invites::get(db, workspace, id.0, now).await?.map(Found::Invite))
}

/// Changes what is at an id, in one transaction, and answers with what it is then.
async fn change<F>(app: &App, workspace: WorkspaceId, id: MemberId, change: F) -> ApiResult<Json<Member>>
where
    F: AsyncFnOnce(&mut Connection, Found) -> catalog::Result<Guarded> + Send + 'static,
{
    let now = app.clock.now();
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(found) = find(db, workspace, id, now).await? else {
                return Ok((Guarded::Missing, None));
            };
            let done = change(db, found).await?;
            Ok((done, find(db, workspace, id, now).await?))
        })
        .await?;
    guarded(outcome.0, id)?;
    Ok(Json(outcome.1.ok_or_else(|| not_found(id))?.into()))
}

/// One member, or somebody invited.
#[utoipa::path(get, path = "/v1/members/{id}", tag = "Members", operation_id = "get_member_by_id",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Member), (status = 404, body = ErrorResponse)))]
pub async fn get_member_by_id(
    State(app): State<App>,
    caller: Can<MembersRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<Member>> {
    let (id, now) = (member_id(&id)?, app.clock.now());
    let found = find(&mut *app.catalog.read().await?, caller.workspace, id, now).await?;
    Ok(Json(found.ok_or_else(|| not_found(id))?.into()))
}

/// Changes a member's role; of somebody invited the name too. The last administrator stays one.
#[utoipa::path(put, path = "/v1/members/{id}", tag = "Members", operation_id = "update_member",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateMemberRequest,
    responses((status = 200, body = Member), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn update_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateMemberRequest>,
) -> ApiResult<Json<Member>> {
    let (workspace, id, now) = (caller.workspace, member_id(&id)?, app.clock.now());
    let role = body.role.as_deref().map(read_role).transpose()?;
    if let Some(role) = role {
        caller.may_give(role)?;
    }
    let first_name = name("/firstName", body.first_name)?;
    let last_name = name("/lastName", body.last_name)?;
    let found = find(&mut *app.catalog.read().await?, workspace, id, now).await?;
    let address = found.as_ref().map(|found| match found {
        Found::Member(member) => member.email.as_str(),
        Found::Invite(invite) => invite.email.as_str(),
    });
    if let (Some(given), Some(has)) = (body.email.as_deref().map(str::trim), address)
        && !given.is_empty()
        && !given.eq_ignore_ascii_case(has)
    {
        let message = "an address is changed by whose it is (PUT /v1/member); who is invited is invited anew";
        return Err(ApiError::field("/email", message));
    }
    if let Some(Found::Member(member)) = &found {
        let differs = |given: &Option<String>, has: &str| given.as_ref().is_some_and(|given| given != has);
        for (field, given, has) in
            [("/firstName", &first_name, &member.first_name), ("/lastName", &last_name, &member.last_name)]
        {
            if differs(given, has) {
                return Err(ApiError::field(field, "a name is changed by whose it is (PUT /v1/member)"));
            }
        }
    }
    change(&app, workspace, id, async move |db, found| match found {
        Found::Member(member) => match role {
            Some(role) => accounts::set_role(db, workspace, member.id, role, now).await,
            None => Ok(Guarded::Done),
        },
        Found::Invite(mut invite) => {
            invite.role = role.unwrap_or(invite.role);
            invite.first_name = first_name.unwrap_or(invite.first_name);
            invite.last_name = last_name.unwrap_or(invite.last_name);
            invites::update(db, &invite).await?;
            Ok(Guarded::Done)
        }
    })
    .await
}

/// Takes a member out of the workspace and ends their sessions in it, or takes an invitation back. The last administrator
/// stays.
#[utoipa::path(delete, path = "/v1/members/{id}", tag = "Members", operation_id = "delete_member",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn delete_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, member_id(&id)?);
    let done = app
        .catalog
        .write(async move |db| match accounts::remove(db, workspace, id).await? {
            Guarded::Missing if invites::delete(db, workspace, id.0).await? => Ok(Guarded::Done),
            done => Ok(done),
        })
        .await?;
    guarded(done, id)?;
    Ok(Json(Empty {}))
}

/// Keeps a member out until it is allowed again, and ends its sessions; an invitation cannot be taken up meanwhile.
#[utoipa::path(post, path = "/v1/members/{id}/revoke", tag = "Members", operation_id = "revoke_member",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Member), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn revoke_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Member>> {
    set_revoked(&app, caller.workspace, member_id(&id)?, true).await
}

/// Lets a member in again.
#[utoipa::path(post, path = "/v1/members/{id}/allow", tag = "Members", operation_id = "allow_member",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Member), (status = 404, body = ErrorResponse)))]
pub async fn allow_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Member>> {
    set_revoked(&app, caller.workspace, member_id(&id)?, false).await
}

async fn set_revoked(
    app: &App,
    workspace: WorkspaceId,
    id: MemberId,
    revoked: bool,
) -> ApiResult<Json<Member>> {
    let now = app.clock.now();
    change(app, workspace, id, async move |db, found| match found {
        Found::Member(member) => accounts::set_revoked(db, workspace, member.id, revoked, now).await,
        Found::Invite(mut invite) => {
            invite.revoked_at = revoked.then(|| invite.revoked_at.unwrap_or(now));
            invites::update(db, &invite).await?;
            Ok(Guarded::Done)
        }
    })
    .await
}

/// Ends a member's sessions in this workspace.
#[utoipa::path(post, path = "/v1/members/{id}/signout", tag = "Members", operation_id = "sign_out_member",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Member), (status = 404, body = ErrorResponse)))]
pub async fn sign_out_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Member>> {
    let (workspace, id) = (caller.workspace, member_id(&id)?);
    change(&app, workspace, id, async move |db, _| {
        accounts::sign_out(db, workspace, id).await?;
        Ok(Guarded::Done)
    })
    .await
}

/// Makes a link by which a member sets a new password. It works once, within a day, and replaces an earlier one.
#[utoipa::path(post, path = "/v1/x/members/{id}/password-reset", tag = "Members", operation_id = "create_password_reset",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = OneTimeLink), (status = 404, body = ErrorResponse), (status = 403, body = ErrorResponse)))]
pub async fn create_password_reset(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<OneTimeLink>> {
    let id = member_id(&id)?;
    let mut db = app.catalog.read().await?;
    let member = accounts::member(&mut db, caller.workspace, id).await?.ok_or_else(|| not_found(id))?;
    caller.may_give(member.role)?;
    // Whoever resets a password can sign in wherever its account may.
    let elsewhere = accounts::memberships(&mut db, member.account).await?;
    if elsewhere.iter().any(|other| other.workspace != caller.workspace) {
        return Err(ApiError::forbidden(
            "this person is a member of other workspaces too; the operator resets the password with `quietzone admin reset-password`",
        ));
    }
    drop(db);
    let secret = crate::secret::random_text();
    let (hash, account, now) = (hash_secret(&secret), member.account, app.clock.now());
    let expires_at = now.plus(RESET_MS);
    app.catalog
        .write(async move |db| invites::create_reset(db, account, &hash, now, expires_at).await)
        .await?;
    let url = format!("{}/app/reset?token={secret}", app.hosts().base());
    Ok(Json(OneTimeLink { url, expires_at: time(expires_at) }))
}

/// A role of the wire.
pub fn read_role(word: &str) -> ApiResult<Role> {
    match word {
        "ROLE_ADMIN" => Ok(Role::Admin),
        "ROLE_TECH" => Ok(Role::Tech),
        "ROLE_VIEWER" | "ROLE_UNSPECIFIED" => Ok(Role::Viewer),
        other => Err(ApiError::field(
            "/role",
            format!("\"{other}\" is not a role; there are ROLE_ADMIN, ROLE_TECH and ROLE_VIEWER"),
        )),
    }
}

fn member_id(text: &str) -> ApiResult<MemberId> {
    Uuid::parse_str(text)
        .map(MemberId)
        .map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(id: MemberId) -> ApiError {
    ApiError::not_found("MEMBER_NOT_FOUND", format!("member {id}"))
}

fn guarded(done: Guarded, id: MemberId) -> ApiResult<()> {
    match done {
        Guarded::Done => Ok(()),
        Guarded::Missing => Err(not_found(id)),
        Guarded::LastAdmin => Err(ApiError::new(
            StatusCode::CONFLICT,
            "LAST_ADMIN",
            "this is the last administrator; make somebody else one first",
        )),
    }
}
