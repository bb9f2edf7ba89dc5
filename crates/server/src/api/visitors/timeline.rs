//! What happened with a visitor, the last first.

use super::{not_found, visitor_id};
use crate::api::auth::{Can, VisitorsRead};
use crate::api::body::Path;
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::visitors::timeline::{What, timeline};
use crate::catalog::{links, visitors};
use crate::error::{ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::LinkId;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;

const MOST: i64 = 500;

/// What happened.
#[derive(Serialize, ToSchema)]
pub struct TimelineResponse {
    items: Vec<TimelineItem>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineItem {
    at: String,
    /// `scan`, `answered`, `consent`, `merge`, `claim`.
    kind: &'static str,
    /// In a sentence.
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    /// What the kind brings: answers, the text of a consent, the row of a merge.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = HashMap<String, Value>)]
    data: Value,
}

/// Scans, answers, consents and merges of a visitor, the last first.
#[utoipa::path(get, path = "/v1/x/visitors/{id}/timeline", tag = "Visitors", operation_id = "get_visitor_timeline",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TimelineResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_visitor_timeline(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<TimelineResponse>> {
    let (workspace, id) = (caller.workspace, visitor_id(&id)?);
    let mut db = app.catalog.read().await?;
    let visitor = visitors::get(&mut db, workspace, id).await?.ok_or_else(|| not_found(id))?;
    let mut names: HashMap<LinkId, Option<String>> = HashMap::new();
    let mut items = Vec::new();
    for item in timeline(&mut db, workspace, visitor.id, MOST).await? {
        if let Some(link) = item.link
            && let std::collections::hash_map::Entry::Vacant(place) = names.entry(link)
        {
            let found = links::of_events(&mut db, workspace, &[link]).await?.pop();
            place.insert(found.map(|link| link.told()));
        }
        let link_name = item.link.and_then(|link| names.get(&link).cloned().flatten());
        let on = link_name.as_deref().unwrap_or(links::GONE);
        let (kind, text, data) = match item.what {
            What::Scan => ("scan", format!("Scanned {on}"), Value::Null),
            What::Answered(step, word, answers) => {
                let data = serde_json::from_str::<Value>(&answers).unwrap_or_default();
                let text = match word.as_str() {
                    "skipped" => format!("Skipped a page of {on}"),
                    _ => format!("Answered a page of {on}"),
                };
                ("answered", text, json!({ "stepId": step, "kind": word, "answers": data }))
            }
            What::Consent(given, text, version) => {
                let said = if given { "Agreed" } else { "Did not agree" };
                let data = json!({ "given": given, "text": text, "version": version });
                ("consent", format!("{said}: {text}"), data)
            }
            What::Merged(row) => (
                "merge",
                "Another profile of the same person was merged in".to_owned(),
                json!({ "visitorId": row }),
            ),
            What::Claim(claim, said) => {
                let data = serde_json::from_str::<Value>(&said).unwrap_or_default();
                let text = "A web page says this of the person; not confirmed".to_owned();
                ("claim", text, json!({ "claimId": claim, "data": data }))
            }
        };
        items.push(TimelineItem {
            at: time(item.at),
            kind,
            text,
            link_id: item.link.map(|link| link.to_string()),
            link_name,
            event_id: item.scan.map(|scan| scan.to_string()),
            data,
        });
    }
    Ok(Json(TimelineResponse { items }))
}
