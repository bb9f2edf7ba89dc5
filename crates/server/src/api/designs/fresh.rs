//! Looks made without an account, for a link or a template that takes them. Whoever has its id has the look; it goes after
//! a day.

use super::{Changed, QrcodeDesignResponse, check, payload, sent, wire_design};
use crate::api::auth::Caller;
use crate::api::body::Body;
use crate::app::App;
use crate::catalog::designs::{self, Holder, Looks};
use crate::catalog::logos;
use crate::design::Settings;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Looks that may wait, whoever made them, and bytes of their pictures: more than that nobody is about to use.
const MOST_WAITING: i64 = 2000;
const MOST_BYTES: i64 = 128 << 20;

/// Makes a look that a link (`qrcodeDesignId`) or a template takes within a day. No token is needed; with one the look is
/// the workspace's at once.
#[utoipa::path(post, path = "/v1/public/qrcode-designs", tag = "QR codes", operation_id = "create_qrcode_design",
    request_body = Settings, security(()),
    responses((status = 200, body = QrcodeDesignResponse), (status = 400, body = ErrorResponse), (status = 429, body = ErrorResponse)))]
pub async fn create_qrcode_design(
    State(app): State<App>,
    caller: Result<Caller, ApiError>,
    Body(settings): Body<Map<String, Value>>,
) -> ApiResult<Json<QrcodeDesignResponse>> {
    let settings = sent(settings)?;
    // A publishable key is known to everybody: it is nobody.
    let workspace = caller.ok().filter(|caller| caller.require("qrcodes:write").is_ok());
    let workspace = workspace.map(|caller| caller.workspace);
    let now = app.clock.now();
    let (waiting, bytes) = designs::fresh_total(&mut *app.catalog.read().await?).await?;
    if waiting >= MOST_WAITING || bytes >= MOST_BYTES {
        let message = "too many looks wait to be taken by a link or a template; they go after a day";
        return Err(ApiError::too_many("TOO_MANY_DESIGNS", message, 3600));
    }
    // What strangers have drawn takes one of the two seats at most.
    let _seat = match workspace {
        Some(_) => None,
        None => Some(app.drawing_for_strangers.acquire().await.map_err(ApiError::internal)?),
    };
    let changed = Changed::read(&app, workspace, &Looks::plain(), settings).await?;
    let x_warnings = check(&app, changed.look()?, payload(&app, &Holder::Nobody)?).await?;
    let (looks, new) = changed.stored()?;
    // Drawn, not counted up: to know it is to have the look.
    let id = Uuid::new_v4();
    let made = app.catalog.write(async move |db| {
        if let Some(logo) = &new {
            logos::keep(db, logo, now).await?;
        }
        designs::create_fresh(db, workspace, id, &looks, now).await?;
        designs::fresh(db, workspace, id).await
    });
    let row = made.await?.ok_or_else(|| ApiError::internal("a look is not there that was just made"))?;
    Ok(Json(QrcodeDesignResponse { qrcode_design: wire_design(&app, &row, x_warnings) }))
}
