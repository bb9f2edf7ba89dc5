//! A step's page as a visitor would see it, for the editor.

use crate::api::auth::{Can, WorkflowsRead};
use crate::api::body::{self, Body, Path};
use crate::api::links::link_id;
use crate::api::steps::checks::wire_error;
use crate::app::App;
use crate::catalog::{links, themes};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::language;
use model::workflow::StepDraft;
use pages::theme::PageTheme;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A step, and how it is looked at.
#[derive(Deserialize, ToSchema)]
pub struct PreviewRequest {
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    step: Value,
    /// `en`, `de`, `fr`, `es`; English when absent.
    language: Option<String>,
    /// A look to be tried; the link's own when absent.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    theme: Option<Value>,
    dark: Option<bool>,
}

/// The page.
#[derive(Serialize, ToSchema)]
pub struct PreviewResponse {
    /// A document for an iframe of its own origin; empty for a step that shows none.
    html: String,
}

/// The page of a step, as it would be shown. Its buttons lead nowhere.
#[utoipa::path(post, path = "/v1/x/links/{linkId}/workflow/preview", tag = "Workflows", operation_id = "preview_step",
    params(("linkId" = uuid::Uuid, Path)), request_body = PreviewRequest,
    responses((status = 200, body = PreviewResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn preview_step(
    State(app): State<App>,
    caller: Can<WorkflowsRead>,
    Path(link): Path<String>,
    Body(body): Body<PreviewRequest>,
) -> ApiResult<Json<PreviewResponse>> {
    let (workspace, id) = (caller.workspace, link_id(&link)?);
    let mut db = app.catalog.read().await?;
    links::get(&mut db, workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
    let stored = themes::of_link(&mut db, workspace, id).await?;
    let step = StepDraft::from_wire(body.step).map_err(|error| wire_error(error).below("/step"))?;
    let theme: PageTheme = match body.theme {
        Some(theme) => body::read(theme).map_err(|error| error.below("/theme"))?,
        None => stored.and_then(|theme| serde_json::from_str(&theme).ok()).unwrap_or_default(),
    };
    let language = language::page_language(body.language.as_deref().unwrap_or_default());
    let images = pages::Images::default();
    let html = pages::preview(&step, language, &theme, &images, body.dark.unwrap_or(false));
    Ok(Json(PreviewResponse { html: html.unwrap_or_default() }))
}
