//! What concerns everybody who uses this installation: above all what codes begin with.

use super::auth::{Caller, Can, WorkspaceRead, WorkspaceWrite};
use super::body::Body;
use super::wire::time;
use crate::app::App;
use crate::base_url::{self, Source};
use crate::catalog::installation::{self, BaseUrl};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::hosts::is_loopback;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use url::Url;
use utoipa::ToSchema;

/// The installation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    version: &'static str,
    /// What codes begin with.
    base_url: String,
    /// `configuration` (a setting of the program, to be changed there), `saved` (set here) or `listening`.
    base_url_source: &'static str,
    /// Whether only this very machine can reach it: no phone can.
    loopback: bool,
    /// Address and port answered on.
    listen: String,
    /// The base URL that phones in the same network could reach, where there is such a network.
    lan_url: Option<String>,
    /// Whether that address is answered already.
    lan_reachable: bool,
    /// Codes with the present base URL that were downloaded or fetched by a program.
    codes_taken: i64,
    /// Base URLs of the past with which codes were taken.
    former_base_urls: Vec<FormerBaseUrl>,
    /// Whether the caller may change it: an administrator of the first workspace.
    may_change: bool,
}

/// A base URL of the past. Codes with it still work while it leads to this server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormerBaseUrl {
    url: String,
    codes_taken: i64,
    /// When it was given up.
    until: String,
}

/// A change of the installation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateInstallationRequest {
    base_url: String,
    /// That codes were taken with the present base URL, and keep it.
    codes_taken_acknowledged: Option<bool>,
}

/// Base URL, and where this server can be reached.
#[utoipa::path(get, path = "/v1/x/installation", tag = "Operation", operation_id = "get_installation",
    responses((status = 200, body = Installation)))]
pub async fn get_installation(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
) -> ApiResult<Json<Installation>> {
    Ok(Json(describe(&app, &caller).await?))
}

/// Changes the base URL, at once and without a restart. When it names an address of this machine that is not answered
/// yet, it is answered from now on.
#[utoipa::path(put, path = "/v1/x/installation", tag = "Operation", operation_id = "update_installation",
    request_body = UpdateInstallationRequest,
    responses((status = 200, body = Installation), (status = 400, body = ErrorResponse), (status = 403, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn update_installation(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<UpdateInstallationRequest>,
) -> ApiResult<Json<Installation>> {
    if !administers(&app, &caller).await? {
        return Err(ApiError::forbidden("only an administrator of the first workspace changes the base URL"));
    }
    if app.config.base_url.is_some() {
        let message = "the base URL is a setting of the program (--base-url, QUIETZONE_BASE_URL or its file); change it there";
        return Err(ApiError::new(StatusCode::CONFLICT, "BASE_URL_CONFIGURED", message).about("/baseUrl"));
    }
    let base = crate::config::base_url(body.base_url.trim())
        .map_err(|why| ApiError::field("/baseUrl", why.to_string().trim_start_matches("base_url: ")))?;
    app.config.takes(&base).map_err(|why| ApiError::field("/baseUrl", why.to_string()))?;
    let present = present(&app).await?;
    if base_url::spelled(&base) != present.url
        && present.codes_taken > 0
        && body.codes_taken_acknowledged != Some(true)
    {
        let message = format!(
            "{} codes with {} were taken; printed ones keep it and work only while it leads here",
            present.codes_taken, present.url
        );
        return Err(ApiError::new(StatusCode::CONFLICT, "CODES_WERE_TAKEN", message));
    }
    base_url::change(&app, base).await.map_err(|error| {
        let message = format!("this address cannot be answered: {error}");
        ApiError::new(StatusCode::CONFLICT, "BASE_URL_UNREACHABLE", message).about("/baseUrl")
    })?;
    Ok(Json(describe(&app, &caller).await?))
}

/// The base URL in force, with what is known of it.
async fn present(app: &App) -> ApiResult<BaseUrl> {
    let all = installation::base_urls(&mut *app.catalog.read().await?).await?;
    all.into_iter()
        .find(|url| url.last_used_at.is_none())
        .ok_or_else(|| ApiError::internal("no base URL is in force"))
}

/// Whether the caller is an administrator of the first workspace: who concerns himself with the whole installation.
pub async fn administers(app: &App, caller: &Caller) -> ApiResult<bool> {
    let first = workspaces::first(&mut *app.catalog.read().await?).await?;
    Ok(first.is_some_and(|first| first.id == caller.workspace) && caller.require("workspace:write").is_ok())
}

async fn describe(app: &App, caller: &Caller) -> ApiResult<Installation> {
    let mut db = app.catalog.read().await?;
    let saved = installation::saved_base_url(&mut db).await?;
    let all = installation::base_urls(&mut db).await?;
    drop(db);
    let hosts = app.hosts();
    let listen = app.listeners.main();
    let scheme = if app.listeners.tls() == Some(listen) { "https" } else { "http" };
    let lan = base_url::lan_address().map(|ip| SocketAddr::new(ip, listen.port()));
    let former = all.iter().filter(|url| url.codes_taken > 0).filter_map(|url| {
        Some(FormerBaseUrl {
            url: url.url.clone(),
            codes_taken: url.codes_taken,
            until: time(url.last_used_at?),
        })
    });
    Ok(Installation {
        version: env!("CARGO_PKG_VERSION"),
        base_url: hosts.base().to_owned(),
        base_url_source: match base_url::source(&app.config, saved.as_deref()) {
            Source::Configuration => "configuration",
            Source::Saved => "saved",
            Source::Listening => "listening",
        },
        loopback: Url::parse(hosts.base()).is_ok_and(|base| is_loopback(&base)),
        listen: listen.to_string(),
        lan_url: lan.map(|address| format!("{scheme}://{address}")),
        lan_reachable: lan.is_some_and(|address| app.listeners.cover(address)),
        codes_taken: all.iter().find(|url| url.last_used_at.is_none()).map_or(0, |url| url.codes_taken),
        former_base_urls: former.collect(),
        may_change: administers(app, caller).await?,
    })
}

/// Notes that a code with the present base URL was taken away.
pub async fn code_taken(app: &App) -> ApiResult<()> {
    let base = app.hosts().base().to_owned();
    Ok(app.catalog.write(async move |db| installation::code_taken(db, &base).await).await?)
}
