//! The ledger of consents (DESIGN §11.6): what visitors said yes or no to. It is only added to; the last word of a visitor stands.

use super::auth::{Can, VisitorsRead};
use super::body::Query;
use super::wire::time;
use crate::app::App;
use crate::catalog::consents::{self as rows, Wanted};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::Millis;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A consent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    id: String,
    /// Absent where nobody is known by the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor_id: Option<String>,
    /// The scan behind the page that asked.
    event_id: String,
    link_id: String,
    /// What for: the attribute that keeps it.
    key: String,
    /// The words as they were shown.
    text: String,
    /// Their version.
    version: String,
    /// False: withheld, or withdrawn.
    given: bool,
    /// The last word of this visitor on it.
    stands: bool,
    at: String,
}

/// A page of the ledger, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListConsentsResponse {
    consents: Vec<Consent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl From<rows::Consent> for Consent {
    fn from(row: rows::Consent) -> Self {
        Self {
            id: row.id.to_string(),
            visitor_id: row.visitor.map(|id| id.to_string()),
            event_id: row.scan.to_string(),
            link_id: row.link.to_string(),
            key: row.key,
            text: row.text,
            version: row.version,
            given: row.given,
            stands: row.stands,
            at: time(row.at),
        }
    }
}

/// Consents that were given and withheld, newest first.
#[utoipa::path(get, path = "/v1/x/consents", tag = "Privacy", operation_id = "list_consents",
    params(("visitorId" = Option<uuid::Uuid>, Query), ("linkId" = Option<uuid::Uuid>, Query), ("key" = Option<String>, Query),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = ListConsentsResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_consents(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    query: Query,
) -> ApiResult<Json<ListConsentsResponse>> {
    let wanted = Wanted {
        visitor: query.parse("visitorId", "a UUID")?,
        link: query.parse("linkId", "a UUID")?,
        key: query.get("key").filter(|key| !key.is_empty()).map(str::to_owned),
    };
    let size = match query.parse::<i64>("pageSize", "a whole number")? {
        None | Some(0) => 50,
        Some(size) if size < 0 => return Err(ApiError::field("pageSize", "a page has at least one row")),
        Some(size) => size.min(200),
    };
    let list = format!("consents {wanted:?}");
    let token = query.get("pageToken").filter(|token| !token.is_empty());
    let before: Option<(i64, Uuid)> = token.map(|token| app.cursors.open(&list, token)).transpose()?;
    let before = before.map(|(at, id)| (Millis(at), id));
    let mut db = app.catalog.read().await?;
    let mut found = rows::list(&mut db, caller.workspace, &wanted, before, size + 1).await?;
    let has_more = found.len() as i64 > size;
    found.truncate(size as usize);
    let last = found.last().filter(|_| has_more).map(|last| (last.at.0, last.id));
    let next_page_token = last.map(|last| app.cursors.seal(&list, &last));
    Ok(Json(ListConsentsResponse {
        consents: found.into_iter().map(Consent::from).collect(),
        next_page_token,
    }))
}
