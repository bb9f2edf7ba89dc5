//! Giving a link's code the look of a template.

use super::{Changed, QrcodeDesignResponse, check, keep, payload, picture_of, wire_design};
use crate::api::auth::{Can, QrcodesWrite};
use crate::api::body::Body;
use crate::api::links::link_id;
use crate::api::qrcode_templates;
use crate::app::App;
use crate::catalog::{designs, links};
use crate::design::Settings;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

/// Which template is for which link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplyQrcodeTemplateRequest {
    link_id: String,
    /// The template, or `templateSlug`.
    qrcode_template_id: Option<String>,
    /// A template of the program's own, or a published one.
    template_slug: Option<String>,
}

/// Gives a link's code the look of a template: every setting is copied, the picture too. A look that scanners would not
/// read from this link's code is refused.
#[utoipa::path(post, path = "/v1/qrcode-designs/apply-template", tag = "QR codes", operation_id = "apply_qrcode_template",
    request_body = ApplyQrcodeTemplateRequest,
    responses((status = 200, body = QrcodeDesignResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse),
        (status = 409, body = ErrorResponse)))]
pub async fn apply_qrcode_template(
    State(app): State<App>,
    caller: Can<QrcodesWrite>,
    Body(body): Body<ApplyQrcodeTemplateRequest>,
) -> ApiResult<Json<QrcodeDesignResponse>> {
    let workspace = caller.workspace;
    let id = link_id(&body.link_id).map_err(|error| error.renamed("/linkId"))?;
    let mut db = app.catalog.read().await?;
    let template = qrcode_templates::named(
        &mut db,
        workspace,
        body.qrcode_template_id.as_deref(),
        body.template_slug.as_deref(),
    )
    .await?;
    let link = links::get(&mut db, workspace, id).await?.ok_or_else(|| ApiError::link_not_found(id))?;
    let row = designs::get(&mut db, workspace, link.design.0).await?;
    let row = row.ok_or_else(|| ApiError::link_not_found(id))?;
    let logo = picture_of(&mut db, &template.looks).await?;
    drop(db);
    let changed = Changed {
        settings: Settings::read(&template.looks.settings),
        // Another workspace's file is none of ours.
        media: template.looks.logo.as_ref().and_then(|held| held.media).filter(|_| template.is_of(workspace)),
        // Stored again, in case that it goes with its template meanwhile.
        is_new: logo.is_some(),
        logo,
    };
    let x_warnings = check(&app, changed.look()?, payload(&app, &row.holder)?).await?;
    let row = keep(&app, (workspace, caller.actor()), row, changed, Some(template.id)).await?;
    Ok(Json(QrcodeDesignResponse { qrcode_design: wire_design(&app, &row, x_warnings) }))
}
