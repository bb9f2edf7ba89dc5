//! Invitations: an administrator makes a link, hands it over, and who opens it comes in.

use super::auth::{self, Caller, Can, Credential, MembersRead, MembersWrite, hash_secret};
use super::body::{Body, Path, Query};
use super::members::read_role;
use super::session;
use super::wire::{Empty, role, time};
use crate::account;
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::catalog::invites::{self, Invite as Row};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use model::time::DAY_MS;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long an invitation can be taken up.
const VALID_MS: i64 = 7 * DAY_MS;
/// Characters of a first or last name, at most.
pub const MAX_NAME: usize = 100;

/// An invitation that can still be taken up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    id: String,
    email: String,
    role: &'static str,
    /// E-mail address of who invited; `a token` for a program.
    invited_by: String,
    created_at: String,
    expires_at: String,
}

impl From<Row> for Invite {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.to_string(),
            email: row.email,
            role: role(row.role),
            invited_by: row.invited_by,
            created_at: time(row.created_at),
            expires_at: time(row.expires_at),
        }
    }
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct ListInvitesResponse {
    invites: Vec<Invite>,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
pub struct CreateInviteRequest {
    email: String,
    /// `ROLE_ADMIN`, `ROLE_TECH` or `ROLE_VIEWER`.
    role: String,
}

/// An invitation and its link.
#[derive(Serialize, ToSchema)]
pub struct CreateInviteResponse {
    invite: Invite,
    /// To hand over; shown this once.
    url: String,
}

/// What somebody invited sees before they come in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationResponse {
    workspace_name: String,
    email: String,
    role: &'static str,
    /// Whether the e-mail address has an account, whose password is then asked for.
    has_account: bool,
}

/// Taking an invitation up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinRequest {
    /// From the link.
    token: String,
    /// A new one, or the account's own. Not asked of whoever is signed in with the account.
    password: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Invitations that can still be taken up.
#[utoipa::path(get, path = "/v1/x/invites", tag = "Members", operation_id = "list_invites",
    responses((status = 200, body = ListInvitesResponse)))]
pub async fn list_invites(
    State(app): State<App>,
    caller: Can<MembersRead>,
) -> ApiResult<Json<ListInvitesResponse>> {
    let rows = invites::list(&mut *app.catalog.read().await?, caller.workspace, app.clock.now()).await?;
    Ok(Json(ListInvitesResponse { invites: rows.into_iter().map(Invite::from).collect() }))
}

/// Invites somebody. The link works once, for a week, and replaces an earlier one of the same address.
#[utoipa::path(post, path = "/v1/x/invites", tag = "Members", operation_id = "create_invite",
    request_body = CreateInviteRequest,
    responses((status = 200, body = CreateInviteResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_invite(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Body(body): Body<CreateInviteRequest>,
) -> ApiResult<Json<CreateInviteResponse>> {
    let role = read_role(&body.role)?;
    let (row, url) = invite(&app, &caller, &body.email, role, [String::new(), String::new()]).await?;
    Ok(Json(CreateInviteResponse { invite: row.into(), url }))
}

/// Makes an invitation and its link.
pub async fn invite(
    app: &App,
    caller: &Caller,
    email: &str,
    role: Role,
    [first_name, last_name]: [String; 2],
) -> ApiResult<(Row, String)> {
    let email = account::normal_email(email);
    account::check_email(&email).map_err(|why| ApiError::field("/email", why))?;
    caller.may_give(role)?;
    let members = accounts::members(&mut *app.catalog.read().await?, caller.workspace).await?;
    if members.iter().any(|member| member.email == email) {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "ALREADY_A_MEMBER",
            format!("{email} is a member of this workspace already"),
        )
        .about("/email"));
    }
    let invited_by = match &caller.credential {
        Credential::Session(member) => member.email.clone(),
        Credential::Token { .. } => "a token".to_owned(),
    };
    let now = app.clock.now();
    let row = Row {
        id: Uuid::now_v7(),
        workspace: caller.workspace,
        email,
        first_name,
        last_name,
        role,
        revoked_at: None,
        invited_by,
        created_at: now,
        expires_at: now.plus(VALID_MS),
    };
    let secret = crate::secret::random_text();
    let (hash, made) = (hash_secret(&secret), row.clone());
    app.catalog.write(async move |db| invites::create(db, &made, &hash).await).await?;
    let url = format!("{}/app/join?token={secret}", app.hosts().base());
    Ok((row, url))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/v1/x/invites/{id}", tag = "Members", operation_id = "delete_invite",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse)))]
pub async fn delete_invite(
    State(app): State<App>,
    caller: Can<MembersWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let invite =
        Uuid::parse_str(&id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let workspace = caller.workspace;
    let done = app.catalog.write(async move |db| invites::delete(db, workspace, invite).await).await?;
    if done {
        Ok(Json(Empty {}))
    } else {
        Err(ApiError::not_found("INVITE_NOT_FOUND", format!("invitation {id}")))
    }
}

fn used() -> ApiError {
    ApiError::forbidden(
        "this invitation has been taken up, taken back, or is older than a week; ask for a new one",
    )
}

async fn find(app: &App, token: &str) -> ApiResult<Row> {
    let hash = hash_secret(token);
    let row = invites::find(&mut *app.catalog.read().await?, &hash, app.clock.now()).await?;
    row.ok_or_else(used)
}

/// What an invitation says; 403 when it no longer works.
#[utoipa::path(get, path = "/v1/x/join", tag = "Members", operation_id = "get_invitation",
    params(("token" = String, Query)),
    responses((status = 200, body = InvitationResponse), (status = 403, body = ErrorResponse)))]
pub async fn get_invitation(State(app): State<App>, query: Query) -> ApiResult<Json<InvitationResponse>> {
    let row = find(&app, query.get("token").unwrap_or_default()).await?;
    let mut db = app.catalog.read().await?;
    let workspace = workspaces::get(&mut db, row.workspace).await?.ok_or_else(used)?;
    let has_account = accounts::by_email(&mut db, &row.email).await?.is_some();
    Ok(Json(InvitationResponse {
        workspace_name: workspace.name,
        email: row.email,
        role: role(row.role),
        has_account,
    }))
}

/// Takes an invitation up and signs in. An account that exists shows its password, or is signed in already.
#[utoipa::path(post, path = "/v1/x/join", tag = "Members", operation_id = "join",
    request_body = JoinRequest,
    responses((status = 200, body = session::SessionResponse), (status = 400, body = ErrorResponse), (status = 401, body = ErrorResponse), (status = 403, body = ErrorResponse)))]
pub async fn join(
    State(app): State<App>,
    mut parts: Parts,
    Body(body): Body<JoinRequest>,
) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    let row = find(&app, &body.token).await?;
    let or_invited = |given: Option<String>, invited: &str| given.or_else(|| Some(invited.to_owned()));
    let first_name = or_invited(name("/firstName", body.first_name)?, &row.first_name);
    let last_name = or_invited(name("/lastName", body.last_name)?, &row.last_name);
    let existing = accounts::by_email(&mut *app.catalog.read().await?, &row.email).await?;
    let password = body.password.unwrap_or_default();
    let new_hash = match &existing {
        None => {
            account::check_password(&password).map_err(|why| ApiError::field("/password", why))?;
            Some(session::blocking(&app, move || account::hash_password(&password, rand::random())).await?)
        }
        Some(existing) => {
            if !is_signed_in_as(&app, &mut parts, existing.id).await {
                session::prove(&app, &row.email, password, existing.password_hash.clone())
                    .await
                    .map_err(|error| session::wrong_password(error, "/password"))?;
            }
            None
        }
    };
    let (now, email) = (app.clock.now(), row.email.clone());
    let member = app
        .catalog
        .write(async move |db| {
            // Two browsers may have the link open: the first wins.
            if !invites::delete(db, row.workspace, row.id).await? {
                return Ok(None);
            }
            let member = match (existing, new_hash) {
                (None, Some(hash)) => {
                    let member = accounts::create(db, row.workspace, &email, &hash, row.role, now).await?;
                    if let Some(account) = accounts::by_email(db, &email).await? {
                        let (first, last) = (first_name.as_deref(), last_name.as_deref());
                        accounts::update(db, account.id, None, first, last, now).await?;
                    }
                    member
                }
                (Some(account), _) => accounts::join(db, row.workspace, account.id, row.role, now).await?,
                (None, None) => return Ok(None),
            };
            accounts::member(db, row.workspace, member).await
        })
        .await?;
    session::open(&app, &parts, &member.ok_or_else(used)?).await
}

async fn is_signed_in_as(app: &App, parts: &mut Parts, account: Uuid) -> bool {
    let caller = Caller::from_request_parts(parts, app).await;
    matches!(caller.map(|caller| caller.credential), Ok(Credential::Session(member)) if member.account == account)
}

/// A first or last name, trimmed.
pub fn name(field: &str, text: Option<String>) -> ApiResult<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim().to_owned();
    if text.chars().count() > MAX_NAME {
        return Err(ApiError::field(field, format!("a name has at most {MAX_NAME} characters")));
    }
    Ok(Some(text))
}
