//! Members (dossier 1.14): who may come into the workspace, and as what.

use super::auth::{Caller, Can, Credential, MembersRead, MembersWrite, hash_secret};
use super::body::{Body, Path};
use super::wire::{Empty, role, time};
use crate::app::App;
use crate::catalog::accounts::{self, Guarded, Role};
use crate::catalog::invites;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::MemberId;
use model::time::DAY_MS;
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
    created_at: String,
    updated_at: String,
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
pub struct UpdateMemberRequest {
    /// `ROLE_ADMIN`, `ROLE_TECH` or `ROLE_VIEWER`.
    role: String,
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
            let first = members.into_iter().find(|member| member.role == Role::Admin);
            first.ok_or_else(|| ApiError::not_found("MEMBER_NOT_FOUND", "a member of this workspace"))?
        }
    };
    Ok(Json(member.into()))
}

/// Members of the workspace, oldest first.
#[utoipa::path(get, path = "/v1/members", tag = "Members", operation_id = "list_members",
    responses((status = 200, body = ListMembersResponse)))]
pub async fn list_members(
    State(app): State<App>,
    caller: Can<MembersRead>,
) -> ApiResult<Json<ListMembersResponse>> {
    let members = accounts::members(&mut *app.catalog.read().await?, caller.workspace).await?;
    Ok(Json(ListMembersResponse { members: members.into_iter().map(Member::from).collect() }))
}

/// Changes a member's role. The last administrator stays one.
#[utoipa::path(put, path = "/v1/members/{id}", tag = "Members", operation_id = "update_member",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateMemberRequest,
    responses((status = 200, body = Member), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn update_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateMemberRequest>,
) -> ApiResult<Json<Member>> {
    let (workspace, id, role, now) =
        (caller.workspace, member_id(&id)?, read_role(&body.role)?, app.clock.now());
    let done =
        app.catalog.write(async move |db| accounts::set_role(db, workspace, id, role, now).await).await?;
    guarded(done, id)?;
    let member = accounts::member(&mut *app.catalog.read().await?, workspace, id).await?;
    Ok(Json(member.ok_or_else(|| not_found(id))?.into()))
}

/// Takes a member out of the workspace and ends their sessions in it. The last administrator stays.
#[utoipa::path(delete, path = "/v1/members/{id}", tag = "Members", operation_id = "delete_member",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn delete_member(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, member_id(&id)?);
    let done = app.catalog.write(async move |db| accounts::remove(db, workspace, id).await).await?;
    guarded(done, id)?;
    Ok(Json(Empty {}))
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
