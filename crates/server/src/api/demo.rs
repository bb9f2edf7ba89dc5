//! Leaving the demo for a workspace of one's own.

use super::auth::{Can, Credential, WorkspaceWrite};
use super::body::Body;
use super::session::{self, SessionResponse};
use super::workspaces::{check_name, check_timezone};
use crate::app::App;
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::{accounts, demo, workspaces};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::WorkspaceId;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The workspace that takes the demo's place.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveDemoRequest {
    /// Its name.
    workspace_name: String,
    /// IANA time zone; the server's when absent.
    timezone: Option<String>,
}

/// Makes an empty workspace for the members of the demo and drops the demo whole: links, codes, tokens, and within a
/// minute its scans. Sessions go on in the new workspace.
#[utoipa::path(post, path = "/v1/x/demo/leave", tag = "Workspace", operation_id = "leave_demo",
    request_body = LeaveDemoRequest,
    responses((status = 200, body = SessionResponse), (status = 400, body = ErrorResponse), (status = 403, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn leave_demo(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
    Body(body): Body<LeaveDemoRequest>,
) -> ApiResult<Json<SessionResponse>> {
    let Credential::Session(member) = &caller.credential else {
        return Err(ApiError::forbidden("a person leaves the demo: sign in to the dashboard"));
    };
    let name = check_name(&body.workspace_name, "/workspaceName")?;
    let timezone = body.timezone.unwrap_or_else(|| app.config.timezone.clone());
    check_timezone(&timezone)?;
    let no_demo =
        || ApiError::new(StatusCode::CONFLICT, "CONFLICT", "this workspace is no demo; nothing was changed");
    if demo::find(&mut *app.catalog.read().await?).await? != Some(caller.workspace) {
        return Err(no_demo());
    }
    let supplied = app.clone();
    tokio::task::spawn_blocking(move || supplied.demo.stop()).await.map_err(ApiError::internal)?;

    let (left, own, now) = (caller.workspace, WorkspaceId(Uuid::now_v7()), app.clock.now());
    let token = app.config.api_token.as_deref().map(super::auth::hash_secret);
    let done = app
        .catalog
        .write(async move |db| {
            workspaces::create(db, own, &name, &timezone, now).await?;
            let done = demo::leave(db, left, own, now).await?;
            // The token of an unattended start is the operator's, not the demo's.
            if let Some(hash) = token
                && tokens::find(db, &hash).await?.is_none()
            {
                tokens::create(db, own, NewToken::first(hash), now).await?;
            }
            Ok(done)
        })
        .await?;
    if !done {
        return Err(no_demo());
    }
    app.table.forget_workspace(left).await;
    app.redirector.workspaces.refresh(&app.catalog).await?;
    let member = accounts::member(&mut *app.catalog.read().await?, own, member.id).await?;
    let member = member.ok_or_else(|| ApiError::unauthorized("the membership is gone"))?;
    Ok(Json(session::describe(&app, &member, None).await?))
}
