//! Who calls, and what they may do. A permission is an extractor: a handler without one looks empty.

use super::admission::Resolved;
use crate::accept::Encrypted;
use crate::app::App;
use crate::catalog::accounts::{Member, Role};
use crate::catalog::changes::{Actor, ActorKind};
use crate::catalog::links::BASE_DOMAIN;
use crate::catalog::{accounts, sessions, tokens};
use crate::error::{ApiError, ApiResult};
use crate::hosts::is_loopback_name;
use crate::redirect::request;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, header};
use model::{TokenId, WorkspaceId};
use sha2::{Digest, Sha256};
use std::marker::PhantomData;

/// Name of the session cookie; browsers hold `__Host-` to https, no domain and the whole path.
pub const fn session_cookie(https: bool) -> &'static str {
    if https { "__Host-qz_session" } else { "qz_session" }
}

/// Whether a request came by https: by our own TLS, or, where a proxy ends that, by what the base URL tells. But this
/// machine's own names are asked over http, so that who set an https address that does not work yet can still come in.
pub fn is_https(parts: &Parts, app: &App) -> bool {
    let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = parts.uri.authority().map_or(named.unwrap_or_default(), |authority| authority.as_str());
    parts.extensions.get::<Encrypted>().is_some() || app.hosts().is_https() && !is_loopback_name(host)
}

/// SHA-256 of a secret: how tokens and sessions are kept.
pub fn hash_secret(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What a session is called where it is told of: the first six bytes of its secret's hash. They tell sessions apart and let
/// nobody in.
pub fn session_name(hash: &[u8; 32]) -> String {
    hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A caller who has shown a valid token or session.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The workspace everything the caller sees belongs to.
    pub workspace: WorkspaceId,
    /// How the caller came in.
    pub credential: Credential,
    /// Name of the session that a member is signed in by; see [`session_name`].
    pub session: Option<String>,
}

/// Token or session.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An API token with its scopes; none = full access.
    Token {
        /// Its id.
        id: TokenId,
        /// What people call it.
        name: String,
        /// What it may do.
        scopes: Vec<String>,
        /// A pen for web pages: it reads nothing.
        publishable: bool,
    },
    /// A member signed in.
    Session(Box<Member>),
}

impl Caller {
    /// Who it is, for the histories of what people change: a member's address, or a token's name.
    pub fn name(&self) -> String {
        match &self.credential {
            Credential::Session(member) => member.email.clone(),
            Credential::Token { name, .. } if name.is_empty() => "an API token".to_owned(),
            Credential::Token { name, .. } => format!("API token {name}"),
        }
    }

    /// Who it is, for what is noted of changes: of a person the name, not the address.
    pub fn actor(&self) -> Actor {
        let session = self.session.clone();
        match &self.credential {
            Credential::Session(member) => {
                let name = format!("{} {}", member.first_name, member.last_name).trim().to_owned();
                Actor { kind: ActorKind::Member, id: Some(member.id.0), name, session }
            }
            Credential::Token { id, .. } => {
                Actor { kind: ActorKind::Token, id: Some(id.0), name: self.name(), session }
            }
        }
    }

    /// Refuses the call unless the caller holds `scope` (`links:read`).
    pub fn require(&self, scope: &str) -> ApiResult<()> {
        match &self.credential {
            Credential::Token { publishable: true, .. } => Err(ApiError::forbidden(
                "a publishable key can only identify visitors; use a secret token on your server",
            )),
            Credential::Token { scopes, .. } if scopes.is_empty() || holds(scopes, scope) => Ok(()),
            Credential::Token { .. } => {
                Err(ApiError::forbidden(format!("this token lacks the scope {scope}")))
            }
            Credential::Session(member) if role_may(member.role, scope) => Ok(()),
            Credential::Session(member) => Err(ApiError::forbidden(format!(
                "the role {} may not do this ({scope})",
                member.role.as_str()
            ))),
        }
    }

    /// Refuses to hand out data as files to members who only look (dossier 1.9).
    pub fn may_export(&self) -> ApiResult<()> {
        match &self.credential {
            Credential::Session(member) if member.role == Role::Viewer => Err(ApiError::forbidden(
                "the role ROLE_VIEWER sees numbers and exports nothing; an admin of the workspace can change the role",
            )),
            Credential::Token { .. } | Credential::Session(_) => Ok(()),
        }
    }

    /// Refuses to let somebody have a role that the caller could not act in: a token with some scopes alone would become
    /// whoever it lets in.
    pub fn may_give(&self, role: Role) -> ApiResult<()> {
        match &self.credential {
            Credential::Token { scopes, .. } if !scopes.is_empty() && role != Role::Viewer => {
                Err(ApiError::forbidden(
                    "a token with some scopes alone lets people in as ROLE_VIEWER only; use one with full access, or the dashboard",
                ))
            }
            Credential::Token { .. } | Credential::Session(_) => Ok(()),
        }
    }
}

/// A write scope implies the read scope of its resource.
fn holds(scopes: &[String], scope: &str) -> bool {
    let resource = scope.strip_suffix(":read");
    scopes
        .iter()
        .any(|held| held == scope || resource.is_some_and(|r| held.strip_suffix(":write") == Some(r)))
}

fn role_may(role: Role, scope: &str) -> bool {
    let (resource, access) = scope.split_once(':').unwrap_or((scope, "write"));
    match role {
        Role::Admin => true,
        Role::Tech => {
            !matches!(resource, "members" | "billing" | "tokens")
                && (resource != "workspace" || access == "read")
        }
        Role::Viewer => {
            access == "read"
                && matches!(resource, "links" | "workflows" | "analytics" | "workspace" | "qrcodes")
        }
    }
}

/// What a request shows: an API token or a session's secret.
pub enum Shown<'p> {
    /// `Authorization: Bearer`; nothing where that header says something else.
    Bearer(Option<&'p str>),
    /// The session's cookie.
    Cookie(&'p str),
    /// Nothing.
    Nothing,
}

impl<'p> Shown<'p> {
    /// Looks at the headers.
    pub fn by(parts: &'p Parts, app: &App) -> Self {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            return Self::Bearer(value.to_str().ok().and_then(|value| {
                let (scheme, secret) = value.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
            }));
        }
        cookie(parts, session_cookie(is_https(parts, app))).map_or(Self::Nothing, Self::Cookie)
    }
}

impl Caller {
    /// Finds out who calls.
    pub async fn look_up(parts: &Parts, app: &App) -> ApiResult<Self> {
        match Shown::by(parts, app) {
            Shown::Bearer(Some(secret)) => by_token(app, secret).await,
            Shown::Bearer(None) => {
                Err(ApiError::unauthorized("send the token as Authorization: Bearer <token>"))
            }
            Shown::Cookie(cookie) => {
                let caller = by_session(app, cookie).await?;
                check_origin(parts, app)?;
                Ok(caller)
            }
            Shown::Nothing => {
                Err(ApiError::unauthorized("sign in, or send a token as Authorization: Bearer <token>"))
            }
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> ApiResult<Self> {
        match parts.extensions.get::<Resolved>() {
            Some(Resolved(caller)) => caller.clone(),
            None => Self::look_up(parts, app).await,
        }
    }
}

async fn by_token(app: &App, secret: &str) -> ApiResult<Caller> {
    let hash = hash_secret(secret);
    let token = tokens::find(&mut *app.catalog.read().await?, &hash).await?;
    let token =
        token.ok_or_else(|| ApiError::unauthorized("this token is not known; it may have been deleted"))?;
    let now = app.clock.now();
    if token.last_used_at.is_none_or(|at| now.0 - at.0 > 60_000) {
        let (workspace, id) = (token.workspace, token.id);
        let catalog = app.catalog.clone();
        // Nobody waits for this note; a failure shows in the next one.
        tokio::spawn(async move {
            let _ = catalog.write(async move |db| tokens::touch(db, workspace, id, now).await).await;
        });
    }
    Ok(Caller {
        workspace: token.workspace,
        credential: Credential::Token {
            id: token.id,
            name: token.name,
            scopes: token.scopes,
            publishable: token.publishable,
        },
        session: None,
    })
}

async fn by_session(app: &App, cookie: &str) -> ApiResult<Caller> {
    let mut db = app.catalog.read().await?;
    let hash = hash_secret(cookie);
    let found = sessions::find(&mut db, &hash, app.clock.now()).await?;
    let expired = || ApiError::unauthorized("the session has ended; sign in again");
    let found = found.or_else(|| app.passing.find(&hash, app.clock.now()));
    let (workspace, id) = found.ok_or_else(expired)?;
    let member = accounts::member(&mut db, workspace, id).await?;
    let member = member.filter(|member| member.access_revoked_at.is_none()).ok_or_else(expired)?;
    let session = Some(session_name(&hash));
    Ok(Caller { workspace, credential: Credential::Session(Box::new(member)), session })
}

/// The value of a cookie.
pub fn cookie<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    let values = parts.headers.get_all(header::COOKIE).into_iter();
    request::cookie(values.map(|value| value.as_bytes()), name)
}

/// A browser sends its cookie along with other people's forms; it also says where a write comes from.
pub fn check_origin(parts: &Parts, app: &App) -> ApiResult<()> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match (header("origin"), header("sec-fetch-site")) {
        (Some(origin), _) => {
            // The dashboard is on the base host; a workspace's domain may be anybody's by tomorrow.
            origin
                .split_once("://")
                .is_some_and(|(_, authority)| app.hosts().domain(authority) == Some(BASE_DOMAIN))
        }
        (None, Some(site)) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
    };
    if ours { Ok(()) } else { Err(ApiError::forbidden("this request comes from another site")) }
}

/// A scope as a type.
pub trait Scope {
    /// `resource:access`.
    const WORD: &'static str;
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Scope for $name {
            const WORD: &'static str = $word;
        }
    )*};
}

scopes! {
    /// Reads links, tags, jobs.
    LinksRead = "links:read";
    /// Makes and changes them.
    LinksWrite = "links:write";
    /// Reads workflow steps.
    WorkflowsRead = "workflows:read";
    /// Changes them.
    WorkflowsWrite = "workflows:write";
    /// Reads codes and designs.
    QrcodesRead = "qrcodes:read";
    /// Reads custom domains.
    DomainsRead = "domains:read";
    /// Adds, checks, changes and deletes them.
    DomainsWrite = "domains:write";
    /// Changes them.
    QrcodesWrite = "qrcodes:write";
    /// Reads events and numbers.
    AnalyticsRead = "analytics:read";
    /// Changes dashboards, saved filters and annotations.
    AnalyticsWrite = "analytics:write";
    /// Reads visitors.
    VisitorsRead = "visitors:read";
    /// Identifies, changes and deletes them.
    VisitorsWrite = "visitors:write";
    /// Reads the library of files.
    MediaRead = "media:read";
    /// Adds and deletes files.
    MediaWrite = "media:write";
    /// Reads the looks of pages.
    PageThemesRead = "page_themes:read";
    /// Changes them.
    PageThemesWrite = "page_themes:write";
    /// Reads webhooks and what they were sent.
    WebhooksRead = "webhooks:read";
    /// Makes, changes, tests and deletes them.
    WebhooksWrite = "webhooks:write";
    /// Reads tokens (never their secrets).
    TokensRead = "tokens:read";
    /// Makes, changes and deletes them.
    TokensWrite = "tokens:write";
    /// Reads the workspace, health and metrics.
    WorkspaceRead = "workspace:read";
    /// Changes it.
    WorkspaceWrite = "workspace:write";
    /// Reads members.
    MembersRead = "members:read";
    /// Invites, changes and removes them.
    MembersWrite = "members:write";
}

/// A member who is signed in: for what concerns a person and not a workspace.
pub struct SignedIn(pub Member);

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> ApiResult<Self> {
        match Caller::from_request_parts(parts, app).await?.credential {
            Credential::Session(member) => Ok(Self(*member)),
            Credential::Token { .. } => {
                Err(ApiError::forbidden("this is for a person who is signed in; a token has no account"))
            }
        }
    }
}

/// A caller who holds a scope.
pub struct Can<S> {
    /// The caller.
    pub caller: Caller,
    scope: PhantomData<S>,
}

impl<S> std::ops::Deref for Can<S> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<S: Scope> FromRequestParts<App> for Can<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> ApiResult<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.require(S::WORD)?;
        Ok(Self { caller, scope: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_scope_implies_reading_and_nothing_more() {
        let held = vec!["links:write".to_owned()];
        assert!(holds(&held, "links:write") && holds(&held, "links:read"));
        assert!(!holds(&held, "workflows:read"));
        assert!(!holds(&["links:read".to_owned()], "links:write"));
    }

    #[test]
    fn roles_are_nested() {
        assert!(role_may(Role::Viewer, "analytics:read") && !role_may(Role::Viewer, "links:write"));
        assert!(role_may(Role::Tech, "links:write") && !role_may(Role::Tech, "tokens:write"));
        assert!(role_may(Role::Admin, "tokens:write"));
    }
}
