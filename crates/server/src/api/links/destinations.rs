//! Where a link leads and has led: what its published workflow versions say.

use super::link_id;
use crate::api::auth::{Can, LinksRead};
use crate::api::body::Path;
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::{links, versions};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// Versions looked through, newest first.
const MAX_VERSIONS: i64 = 500;

/// Where a link led.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkDestination {
    /// Workflow version that led there first.
    version: u32,
    destination: String,
    published_at: String,
    /// Whether it leads there now.
    current: bool,
}

/// Where a link led, newest first.
#[derive(Serialize, ToSchema)]
pub struct ListDestinationsResponse {
    destinations: Vec<LinkDestination>,
}

/// Where a link leads and has led, newest first.
#[utoipa::path(get, path = "/v1/x/links/{id}/destinations", tag = "Links", operation_id = "list_destinations",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ListDestinationsResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_destinations(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ListDestinationsResponse>> {
    let id = link_id(&id)?;
    let mut db = app.catalog.read().await?;
    let link = links::get(&mut db, caller.workspace, id).await?;
    let link = link.ok_or_else(|| ApiError::link_not_found(id))?;
    let mut destinations: Vec<LinkDestination> = Vec::new();
    for published in versions::list(&mut db, caller.workspace, id, MAX_VERSIONS).await? {
        let Some(destination) = published.destination else { continue };
        let version = published.version;
        let entry = LinkDestination {
            current: version == link.published_version,
            version,
            destination,
            published_at: time(published.at),
        };
        match destinations.last_mut() {
            // A version that changed something else led to the same place since the one before it.
            Some(newer) if newer.destination == entry.destination => {
                *newer = LinkDestination { current: newer.current, ..entry };
            }
            _ => destinations.push(entry),
        }
    }
    Ok(Json(ListDestinationsResponse { destinations }))
}
