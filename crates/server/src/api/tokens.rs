//! API tokens and their scopes (dossier 1.13).

use super::auth::{Caller, Can, Credential, TokensRead, TokensWrite, hash_secret};
use super::body::{Body, Path};
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::tokens::{self, NewToken};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::TokenId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Resources that scopes are about; each can be read and written, billing only written.
const RESOURCES: [(&str, &str); 15] = [
    ("links", "links, tags, directories, link settings and jobs"),
    ("workflows", "workflow steps"),
    ("qrcodes", "QR designs, templates and images"),
    ("page_themes", "page themes"),
    ("media", "the media library"),
    ("domains", "custom domains"),
    ("visitors", "visitors and their attributes"),
    ("analytics", "events, numbers and dashboards"),
    ("webhooks", "webhooks"),
    ("integrations", "integrations"),
    ("workspace", "the workspace"),
    ("members", "members"),
    ("tokens", "API tokens"),
    ("assistant", "the assistant"),
    ("billing", "billing"),
];

/// A scope a token can hold.
#[derive(Serialize, ToSchema)]
pub struct ApiScope {
    /// `API_SCOPE_LINKS_READ`.
    scope: String,
    /// `links:read`.
    name: String,
    resource: String,
    /// `API_SCOPE_ACCESS_READ`, `API_SCOPE_ACCESS_WRITE`.
    access: String,
    description: String,
}

/// All scopes.
#[derive(Serialize, ToSchema)]
pub struct ListApiScopesResponse {
    scopes: Vec<ApiScope>,
}

fn scopes() -> impl Iterator<Item = ApiScope> {
    RESOURCES.into_iter().flat_map(|(resource, what)| {
        let accesses: &[&str] = if resource == "billing" { &["write"] } else { &["read", "write"] };
        accesses.iter().map(move |access| ApiScope {
            scope: format!("API_SCOPE_{}_{}", resource.to_uppercase(), access.to_uppercase()),
            name: format!("{resource}:{access}"),
            resource: resource.to_owned(),
            access: format!("API_SCOPE_ACCESS_{}", access.to_uppercase()),
            description: match *access {
                "read" => format!("Read {what}"),
                _ => format!("Read and change {what}"),
            },
        })
    })
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceToken {
    id: String,
    workspace_id: String,
    name: String,
    /// `WORKSPACE_TOKEN_KEY_TYPE_SECRET`, `WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE`.
    key_type: &'static str,
    scopes: Vec<String>,
    full_access: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
}

/// A new token with its secret, shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWorkspaceTokenResponse {
    access_token: String,
    token: WorkspaceToken,
}

/// A token in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct WorkspaceTokenResponse {
    token: WorkspaceToken,
}

/// Tokens of the workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListWorkspaceTokensResponse {
    tokens: Vec<WorkspaceToken>,
    total_count: usize,
}

/// What a new token is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWorkspaceTokenRequest {
    key_type: Option<String>,
    name: Option<String>,
    /// Empty: full access.
    scopes: Option<Vec<String>>,
}

/// What of a token can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWorkspaceTokenRequest {
    name: Option<String>,
    scopes: Option<Vec<String>>,
    full_access: Option<bool>,
}

fn wire(token: tokens::Token) -> WorkspaceToken {
    let names = token.scopes.iter();
    WorkspaceToken {
        id: token.id.to_string(),
        workspace_id: token.workspace.to_string(),
        name: token.name,
        key_type: if token.publishable {
            "WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE"
        } else {
            "WORKSPACE_TOKEN_KEY_TYPE_SECRET"
        },
        scopes: names.map(|name| format!("API_SCOPE_{}", name.to_uppercase().replace(':', "_"))).collect(),
        full_access: token.scopes.is_empty() && !token.publishable,
        created_by: token.created_by.map(|member| member.to_string()),
        created_at: time(token.created_at),
        updated_at: time(token.updated_at),
        last_used_at: token.last_used_at.map(time),
    }
}

/// Scopes a token can hold; needs no token.
#[utoipa::path(get, path = "/v1/api-scopes", tag = "Tokens", operation_id = "list_api_scopes",
    responses((status = 200, body = ListApiScopesResponse)))]
pub async fn list_api_scopes() -> Json<ListApiScopesResponse> {
    Json(ListApiScopesResponse { scopes: scopes().collect() })
}

/// Tokens of the workspace, oldest first.
#[utoipa::path(get, path = "/v1/workspace-tokens", tag = "Tokens", operation_id = "list_workspace_tokens",
    responses((status = 200, body = ListWorkspaceTokensResponse)))]
pub async fn list_workspace_tokens(
    State(app): State<App>,
    caller: Can<TokensRead>,
) -> ApiResult<Json<ListWorkspaceTokensResponse>> {
    let tokens = tokens::list(&mut *app.catalog.read().await?, caller.workspace).await?;
    let tokens: Vec<_> = tokens.into_iter().map(wire).collect();
    Ok(Json(ListWorkspaceTokensResponse { total_count: tokens.len(), tokens }))
}

/// Makes a token. It can be granted only what its maker may do.
#[utoipa::path(post, path = "/v1/workspace-tokens", tag = "Tokens", operation_id = "create_workspace_token",
    request_body = CreateWorkspaceTokenRequest,
    responses((status = 200, body = CreateWorkspaceTokenResponse), (status = 400, body = ErrorResponse), (status = 403, body = ErrorResponse)))]
pub async fn create_workspace_token(
    State(app): State<App>,
    caller: Can<TokensWrite>,
    Body(body): Body<CreateWorkspaceTokenRequest>,
) -> ApiResult<Json<CreateWorkspaceTokenResponse>> {
    let publishable = match body.key_type.as_deref() {
        Some("WORKSPACE_TOKEN_KEY_TYPE_SECRET") => false,
        Some("WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE") => true,
        _ => {
            let message = "use WORKSPACE_TOKEN_KEY_TYPE_SECRET or WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE";
            return Err(ApiError::field("/keyType", message));
        }
    };
    let scopes = checked_scopes(&caller, body.scopes.unwrap_or_default())?;
    if publishable && !scopes.is_empty() {
        return Err(ApiError::field(
            "/scopes",
            "a publishable key has no scopes: it can only identify visitors",
        ));
    }
    let secret = crate::secret::new_token(publishable);
    let token = NewToken {
        name: checked_name(body.name)?.unwrap_or_else(|| "API token".into()),
        hash: hash_secret(&secret),
        publishable,
        scopes,
        created_by: match &caller.credential {
            Credential::Session(member) => Some(member.id),
            Credential::Token { .. } => None,
        },
    };
    let (workspace, now) = (caller.workspace, app.clock.now());
    let token = app.catalog.write(async move |db| tokens::create(db, workspace, token, now).await).await?;
    Ok(Json(CreateWorkspaceTokenResponse { access_token: secret, token: wire(token) }))
}

/// One token.
#[utoipa::path(get, path = "/v1/workspace-tokens/{id}", tag = "Tokens", operation_id = "get_workspace_token",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = WorkspaceTokenResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_workspace_token(
    State(app): State<App>,
    caller: Can<TokensRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<WorkspaceTokenResponse>> {
    let id = token_id(&id)?;
    let token = tokens::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    Ok(Json(WorkspaceTokenResponse { token: wire(token.ok_or_else(|| not_found(id))?) }))
}

/// Changes a token's name or scopes; at work from the next request on.
#[utoipa::path(patch, path = "/v1/workspace-tokens/{id}", tag = "Tokens", operation_id = "update_workspace_token",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateWorkspaceTokenRequest,
    responses((status = 200, body = WorkspaceTokenResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn update_workspace_token(
    State(app): State<App>,
    caller: Can<TokensWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateWorkspaceTokenRequest>,
) -> ApiResult<Json<WorkspaceTokenResponse>> {
    let (workspace, id, now) = (caller.workspace, token_id(&id)?, app.clock.now());
    let name = checked_name(body.name)?;
    let scopes = match (body.scopes, body.full_access) {
        (Some(_), Some(true)) => {
            return Err(ApiError::not_both("/scopes", "/fullAccess"));
        }
        (None, Some(true)) => Some(checked_scopes(&caller, Vec::new())?),
        (Some(scopes), _) if scopes.is_empty() => {
            return Err(ApiError::field("/scopes", "name at least one scope, or set fullAccess"));
        }
        (Some(scopes), _) => Some(checked_scopes(&caller, scopes)?),
        (None, _) => None,
    };
    let token = app
        .catalog
        .write(async move |db| {
            tokens::update(db, workspace, id, name.as_deref(), scopes.as_deref(), now).await
        })
        .await?;
    Ok(Json(WorkspaceTokenResponse { token: wire(token.ok_or_else(|| not_found(id))?) }))
}

/// Deletes a token; its next request is refused.
#[utoipa::path(delete, path = "/v1/workspace-tokens/{id}", tag = "Tokens", operation_id = "delete_workspace_token",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Empty), (status = 404, body = ErrorResponse)))]
pub async fn delete_workspace_token(
    State(app): State<App>,
    caller: Can<TokensWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, token_id(&id)?);
    match app.catalog.write(async move |db| tokens::delete(db, workspace, id).await).await? {
        true => Ok(Json(Empty {})),
        false => Err(not_found(id)),
    }
}

fn token_id(text: &str) -> ApiResult<TokenId> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn not_found(id: TokenId) -> ApiError {
    ApiError::not_found("TOKEN_NOT_FOUND", format!("token {id}"))
}

fn checked_name(name: Option<String>) -> ApiResult<Option<String>> {
    match name.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(name) if name.chars().count() > 100 => {
            Err(ApiError::field("/name", "a name has at most 100 characters"))
        }
        Some(name) => Ok(Some(name.to_owned())),
    }
}

/// Wire scopes as they are kept (`links:read`). A token cannot hand out what it does not hold itself.
fn checked_scopes(caller: &Caller, wire_scopes: Vec<String>) -> ApiResult<Vec<String>> {
    let mut kept = Vec::new();
    for (index, name) in wire_scopes.iter().enumerate() {
        let scope = scopes().find(|scope| scope.scope == *name || scope.name == *name).ok_or_else(|| {
            ApiError::field(
                format!("/scopes/{index}"),
                format!(
                    "\"{name}\" is not known; there are {}",
                    scopes().map(|scope| scope.scope).collect::<Vec<_>>().join(", ")
                ),
            )
        })?;
        caller.require(&scope.name).map_err(|error| error.about(&format!("/scopes/{index}")))?;
        kept.push(scope.name);
    }
    let limited = matches!(&caller.credential, Credential::Token { scopes, .. } if !scopes.is_empty());
    if kept.is_empty() && limited {
        return Err(
            ApiError::forbidden("a token with scopes cannot make one with full access").about("/scopes")
        );
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_nine_scopes() {
        assert_eq!(scopes().count(), 29);
        assert!(
            scopes()
                .any(|scope| scope.scope == "API_SCOPE_PAGE_THEMES_READ" && scope.name == "page_themes:read")
        );
    }
}
