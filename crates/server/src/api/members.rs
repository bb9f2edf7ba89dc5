//! Members (dossier 1.14): who the caller is.

use super::auth::{Caller, Credential};
use super::wire::{role, time};
use crate::app::App;
use crate::catalog::accounts::{self, Role};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

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
    Ok(Json(Member {
        id: member.id.to_string(),
        workspace_id: member.workspace.to_string(),
        email: member.email,
        first_name: member.first_name,
        last_name: member.last_name,
        role: role(member.role),
        created_at: time(member.created_at),
        updated_at: time(member.updated_at),
    }))
}
