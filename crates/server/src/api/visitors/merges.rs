//! Two profiles of one person: made one by hand, and two again for 30 days.

use super::{not_found, visitor_id};
use crate::api::auth::{Can, VisitorsRead, VisitorsWrite};
use crate::api::body::{Body, Path};
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::visitors;
use crate::catalog::visitors::merge::{merge, undo, undoable};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The other profile.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergeVisitorsRequest {
    other_visitor_id: String,
}

/// The profile that stays: the older one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergeVisitorsResponse {
    visitor_id: String,
}

/// Merges that can be undone.
#[derive(Serialize, ToSchema)]
pub struct ListMergesResponse {
    merges: Vec<Merge>,
}

/// A merge.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Merge {
    /// The profile that was merged in.
    visitor_id: String,
    merged_at: String,
    /// Until then it can be undone.
    undoable_until: String,
}

/// Makes one of two profiles: the older stays and gets what it lacks from the newer.
#[utoipa::path(post, path = "/v1/x/visitors/{id}/merge", tag = "Visitors", operation_id = "merge_visitors",
    params(("id" = uuid::Uuid, Path)), request_body = MergeVisitorsRequest,
    responses((status = 200, body = MergeVisitorsResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn merge_visitors(
    State(app): State<App>,
    caller: Can<VisitorsWrite>,
    Path(id): Path<String>,
    Body(body): Body<MergeVisitorsRequest>,
) -> ApiResult<Json<MergeVisitorsResponse>> {
    let (workspace, now, id) = (caller.workspace, app.clock.now(), visitor_id(&id)?);
    let other = visitor_id(&body.other_visitor_id).map_err(|error| error.about("/otherVisitorId"))?;
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(one) = visitors::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
            let Some(two) = visitors::get(db, workspace, other).await? else {
                return Ok(Err(not_found(other)));
            };
            if one.id == two.id {
                return Ok(Err(ApiError::field("/otherVisitorId", "the two are one profile already")));
            }
            merge(db, workspace, one.id, two.id, now).await.map(Ok)
        })
        .await?;
    Ok(Json(MergeVisitorsResponse { visitor_id: outcome?.to_string() }))
}

/// Profiles that were merged into this one and can be taken out again.
#[utoipa::path(get, path = "/v1/x/visitors/{id}/merges", tag = "Visitors", operation_id = "list_visitor_merges",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ListMergesResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_visitor_merges(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ListMergesResponse>> {
    let id = visitor_id(&id)?;
    let mut db = app.catalog.read().await?;
    let visitor = visitors::get(&mut db, caller.workspace, id).await?.ok_or_else(|| not_found(id))?;
    let found = undoable(&mut db, caller.workspace, visitor.id, app.clock.now()).await?;
    let merges = found.into_iter().map(|(id, at)| Merge {
        visitor_id: id.to_string(),
        merged_at: time(at),
        undoable_until: time(at.plus(visitors::UNDO_MS)),
    });
    Ok(Json(ListMergesResponse { merges: merges.collect() }))
}

/// Undoes a merge: `id` is the profile that was merged in.
#[utoipa::path(post, path = "/v1/x/visitors/{id}/unmerge", tag = "Visitors", operation_id = "unmerge_visitor",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MergeVisitorsResponse), (status = 404, body = ErrorResponse)))]
pub async fn unmerge_visitor(
    State(app): State<App>,
    caller: Can<VisitorsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<MergeVisitorsResponse>> {
    let (workspace, now, id) = (caller.workspace, app.clock.now(), visitor_id(&id)?);
    if app.catalog.write(async move |db| undo(db, workspace, id, now).await).await? {
        return Ok(Json(MergeVisitorsResponse { visitor_id: id.to_string() }));
    }
    Err(ApiError::not_found("MERGE_NOT_FOUND", format!("a merge of visitor {id} that can be undone")))
}
