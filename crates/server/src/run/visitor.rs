//! The visitor's cookie (DESIGN §11.4, level ADVANCED): random, set once somebody has answered a page, and known to the
//! catalog by a hash that differs from workspace to workspace.

use super::Stand;
use crate::app::App;
use crate::catalog::workspaces::DataCollection;
use crate::catalog::{Catalog, Result, links, visitors};
use crate::error::ApiResult;
use crate::redirect::request;
use crate::secret;
use axum::http::HeaderMap;
use axum::http::header;
use model::WorkspaceId;
use model::workflow::attribute::Attributes;
use sha2::{Digest, Sha256};

/// Name of the cookie.
pub const COOKIE: &str = "qzv";
/// Thirteen months, in seconds.
const LIFE_S: i64 = 396 * 86_400;

/// What the catalog knows a browser by, in one workspace.
pub fn hash(workspace: WorkspaceId, cookie: &str) -> [u8; 32] {
    Sha256::new().chain_update(workspace.0.as_bytes()).chain_update(cookie).finalize().into()
}

/// The cookie of a request.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    request::cookie(headers.get_all(header::COOKIE).iter().map(|value| value.as_bytes()), COOKIE)
}

/// Attributes of whoever this browser has proved to be; none of a browser that nobody knows.
pub async fn attributes(catalog: &Catalog, workspace: WorkspaceId, cookie: &str) -> Result<Attributes> {
    let found = visitors::of_cookie(&mut *catalog.read().await?, workspace, &hash(workspace, cookie)).await?;
    Ok(found.map(|visitor| visitor.all_attributes()).unwrap_or_default())
}

/// Takes up who this browser has proved to be before, if the run does not know yet.
pub async fn recognise(app: &App, stand: &mut Stand) -> ApiResult<()> {
    // Most browsers bring no such cookie, and cost no look into the catalog.
    let Some(hash) = cookie(&stand.head.headers).map(|cookie| hash(stand.run.workspace, cookie)) else {
        return Ok(());
    };
    if stand.run.visitor.is_some() || !is_kept(app, stand).await? {
        return Ok(());
    }
    let found = visitors::of_cookie(&mut *app.catalog.read().await?, stand.run.workspace, &hash).await?;
    stand.run.visitor = found.map(|visitor| visitor.id);
    Ok(())
}

/// Notes that this browser is the visitor's whom the run has proved, where the link keeps so much.
pub async fn remember(app: &App, stand: &mut Stand) -> ApiResult<()> {
    let Some(visitor) = stand.run.visitor else { return Ok(()) };
    if !is_kept(app, stand).await? {
        return Ok(());
    }
    let value = cookie(&stand.head.headers).map_or_else(secret::random_text, str::to_owned);
    let (workspace, now) = (stand.run.workspace, app.clock.now());
    let hash = hash(workspace, &value);
    app.catalog
        .write(async move |db| visitors::remember_cookie(db, workspace, visitor, &hash, now).await)
        .await?;
    let secure = if app.hosts().is_https() { "; Secure" } else { "" };
    stand.cookies.push(format!("{COOKIE}={value}; Path=/; Max-Age={LIFE_S}; HttpOnly; SameSite=Lax{secure}"));
    Ok(())
}

/// Whether visitors of the link are known again: its level says so, and the browser has not asked otherwise.
async fn is_kept(app: &App, stand: &Stand) -> ApiResult<bool> {
    let asks_not_to =
        ["sec-gpc", "dnt"].iter().any(|name| stand.head.headers.get(*name).is_some_and(|v| v == "1"));
    if asks_not_to {
        return Ok(false);
    }
    let own = links::collection(&mut *app.catalog.read().await?, stand.run.workspace, stand.run.link).await?;
    let level = own.unwrap_or_else(|| app.redirector.workspaces.of(stand.run.workspace, stand.address).0);
    Ok(level == DataCollection::Advanced)
}
