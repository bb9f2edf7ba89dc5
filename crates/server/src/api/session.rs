//! Signing in to the dashboard and out again.

use super::auth::{self, Caller, Credential};
use super::body::Body;
use super::wire::{Empty, role};
use crate::app::App;
use crate::catalog::accounts::{self, Member};
use crate::catalog::{sessions, workspaces};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::{account, passing};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::time::DAY_MS;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a session lasts.
const LIFETIME_MS: i64 = 30 * DAY_MS;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub struct SignInRequest {
    /// E-mail address.
    email: String,
    /// Password.
    password: String,
}

/// Who is signed in, and where.
#[derive(Serialize, ToSchema)]
pub struct SessionResponse {
    member: SessionMember,
    workspace: SessionWorkspace,
    /// What is special about this session: it was opened while the catalog could not be written, and is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
}

/// What is told of a session that lives in memory.
const PASSING: &str = "the server's catalog could not be written when you signed in, so this session is kept in memory: it ends when \
                       the server stops, or after 12 hours. Everything can be looked at; see what is wrong on the system page";

/// The member.
#[derive(Serialize, ToSchema)]
pub struct SessionMember {
    id: String,
    email: String,
    role: &'static str,
}

/// The workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionWorkspace {
    id: String,
    name: String,
    timezone: String,
    /// Whether its scans are simulated.
    demo: bool,
    /// What codes begin with; a loopback address cannot be reached by a phone.
    base_url: String,
}

/// Signs in with e-mail address and password.
#[utoipa::path(post, path = "/v1/x/session", tag = "Session", operation_id = "create_session",
    request_body = SignInRequest,
    responses((status = 200, body = SessionResponse), (status = 401, body = ErrorResponse), (status = 429, body = ErrorResponse)))]
pub async fn create_session(
    State(app): State<App>,
    parts: Parts,
    Body(body): Body<SignInRequest>,
) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    let email = account::normal_email(&body.email);
    let found = accounts::by_email(&mut *app.catalog.read().await?, &email).await?;
    // As much work as with an account, or the time would tell which addresses have one.
    let hash = found.as_ref().map_or(NOBODYS_PASSWORD, |account| &account.password_hash).to_owned();
    prove(&app, &email, body.password, hash).await?;
    let Some(account) = found else { return Err(ApiError::unauthorized("the account is gone")) };
    let memberships = accounts::open_memberships(&mut *app.catalog.read().await?, account.id).await?;
    let member = memberships.first().ok_or_else(|| {
        ApiError::forbidden(
            "this account is in no workspace any more; ask an administrator to invite you again",
        )
    })?;
    open(&app, &parts, member).await
}

/// Checks a password against a PHC string, as seldom as the account's failures allow.
pub async fn prove(app: &App, email: &str, password: String, hash: String) -> ApiResult<()> {
    let now = app.clock.now();
    app.sign_ins.admit(email, now)?;
    if blocking(app, move || account::verify_password(&password, &hash)).await? {
        app.sign_ins.succeeded(email);
        return Ok(());
    }
    app.sign_ins.failed(email, now);
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "SIGN_IN_FAILED", "e-mail address or password is wrong"))
}

/// A wrong password as the fault of a form's field: the session, or the lack of one, is not what was asked about.
pub fn wrong_password(error: ApiError, field: &str) -> ApiError {
    match error.status() {
        StatusCode::UNAUTHORIZED => ApiError::field(field, "this is not the account's password"),
        _ => error,
    }
}

/// A PHC string that no password has.
const NOBODYS_PASSWORD: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                                AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Opens a session for a member and answers with its cookie, as the request's own address can keep it.
pub async fn open(app: &App, parts: &Parts, member: &Member) -> ApiResult<Response> {
    let secret = crate::secret::random_text();
    let (hash, id, now) = (auth::hash_secret(&secret), member.id, app.clock.now());
    let expires = now.plus(LIFETIME_MS);
    let opened = app
        .catalog
        .write(async move |db| {
            accounts::signed_in(db, id, now).await?;
            sessions::create(db, &hash, id, now, expires).await
        })
        .await;
    let lifetime = match opened {
        Ok(()) => LIFETIME_MS,
        Err(error) if error.hindrance().is_some() && open_passing(app, hash, member) => passing::LIFETIME_MS,
        Err(error) => return Err(error.into()),
    };
    let body = describe(app, member, Some(&hash)).await?;
    let https = auth::is_https(parts, app);
    Ok((cookie_header(https, &secret, lifetime / 1000), Json(body)).into_response())
}

/// Opens a session in memory; false if there are too many.
fn open_passing(app: &App, hash: [u8; 32], member: &Member) -> bool {
    let now = app.clock.now();
    let session = passing::Session {
        workspace: member.workspace,
        member: member.id,
        account: member.account,
        expires_at: now.plus(passing::LIFETIME_MS),
    };
    app.passing.open(hash, session, now)
}

/// The hash of the session that a request shows.
pub fn shown(app: &App, parts: &Parts) -> Option<[u8; 32]> {
    auth::cookie(parts, auth::session_cookie(auth::is_https(parts, app))).map(auth::hash_secret)
}

fn cookie_header(https: bool, value: &str, max_age_s: i64) -> [(header::HeaderName, String); 1] {
    let name = auth::session_cookie(https);
    let secure = if https { "; Secure" } else { "" };
    [(
        header::SET_COOKIE,
        format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"),
    )]
}

/// Who a member is, and where; `hash`: by which session.
pub async fn describe(app: &App, member: &Member, hash: Option<&[u8; 32]>) -> ApiResult<SessionResponse> {
    let workspace = workspaces::get(&mut *app.catalog.read().await?, member.workspace).await?;
    let workspace = workspace.ok_or_else(|| ApiError::unauthorized("the workspace is gone"))?;
    Ok(SessionResponse {
        member: SessionMember {
            id: member.id.to_string(),
            email: member.email.clone(),
            role: role(member.role),
        },
        workspace: SessionWorkspace {
            id: workspace.id.to_string(),
            name: workspace.name,
            timezone: workspace.timezone,
            demo: workspace.demo,
            base_url: app.hosts().base().to_owned(),
        },
        notice: hash.and_then(|hash| app.passing.find(hash, app.clock.now())).map(|_| PASSING),
    })
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/x/session", tag = "Session", operation_id = "get_session",
    responses((status = 200, body = SessionResponse), (status = 401, body = ErrorResponse)))]
pub async fn get_session(
    State(app): State<App>,
    caller: Caller,
    parts: Parts,
) -> ApiResult<Json<SessionResponse>> {
    match &caller.credential {
        Credential::Session(member) => Ok(Json(describe(&app, member, shown(&app, &parts).as_ref()).await?)),
        Credential::Token { .. } => Err(ApiError::unauthorized("a token has no session")),
    }
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/x/session", tag = "Session", operation_id = "delete_session",
    responses((status = 200, body = Empty)))]
pub async fn delete_session(State(app): State<App>, parts: Parts) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    let https = auth::is_https(&parts, &app);
    if let Some(hash) = shown(&app, &parts)
        && !app.passing.end(&hash)
    {
        app.catalog.write(async move |db| sessions::delete(db, &hash).await).await?;
    }
    Ok((cookie_header(https, "", 0), Json(Empty {})).into_response())
}

/// Runs slow hashing, two at a time, off the API's threads.
pub async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> ApiResult<T> {
    let _turn = app.hashing.acquire().await.map_err(ApiError::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)
}
