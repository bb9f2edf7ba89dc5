//! All that is known of a visitor as one file that people and programs can read: for who asks for a copy of his data.

use super::{not_found, visitor_id};
use crate::api::auth::{Can, VisitorsRead};
use crate::api::body::{Path, Query};
use crate::api::events::traces::wire_traces;
use crate::api::events::{Includes, wire_events};
use crate::api::population;
use crate::api::wire::time;
use crate::app::App;
use crate::catalog::erasures::{Erasure, Ids, Scans, Subject};
use crate::catalog::jobs::Status;
use crate::catalog::{visitors, workspaces};
use crate::erasure::known_of;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::Millis;
use pages::escape;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use utoipa::ToSchema;
use uuid::Uuid;

/// All that is known of a visitor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitorExport {
    /// Who keeps it.
    workspace: String,
    /// When the copy was made.
    exported_at: String,
    visitor_id: String,
    /// Rows by what they are: `profiles`, `attributes`, `answers`, `consents`, `claims`, `attached_scans`, `browsers`,
    /// `deliveries`, `lead_notices`.
    #[schema(value_type = std::collections::HashMap<String, Vec<std::collections::HashMap<String, Value>>>)]
    records: Map<String, Value>,
    /// Scans that are known to be the visitor's, as `/v1/events` has them, each with its user agent and what it did.
    #[schema(value_type = Vec<std::collections::HashMap<String, Value>>)]
    scans: Vec<Value>,
    /// What is not in it, and why.
    not_included: Vec<&'static str>,
}

const NOT_INCLUDED: [&str; 3] = [
    "Scans that nobody said are this person's: they cannot be found by anybody once their day is over.",
    "Addresses of the person's device: none is ever stored.",
    "Answers kept for repeated API requests: sealed with secrets of the callers, gone after a day.",
];

/// All that is known of a visitor, as one file: for people (`html`, which holds the JSON as well) or as JSON alone.
#[utoipa::path(get, path = "/v1/x/visitors/{id}/export", tag = "Privacy", operation_id = "export_visitor",
    params(("id" = uuid::Uuid, Path), ("format" = Option<String>, Query, description = "`json` (the default) or `html`")),
    responses((status = 200, content((VisitorExport = "application/json"), (String = "text/html")),
            headers(("Content-Disposition" = String))),
        (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn export_visitor(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    Path(id): Path<String>,
    query: Query,
) -> ApiResult<Response> {
    let is_html = query.one_of("format", &[("json", false), ("html", true)])?.unwrap_or(false);
    let (workspace, id, now) = (caller.workspace, visitor_id(&id)?, app.clock.now());
    let mut db = app.catalog.read().await?;
    let visitor = visitors::get(&mut db, workspace, id).await?.ok_or_else(|| not_found(id))?;
    let name = workspaces::get(&mut db, workspace).await?.map(|found| found.name).unwrap_or_default();
    drop(db);
    let asked = Erasure {
        id: Uuid::now_v7(),
        workspace,
        subject: Subject::Visitor,
        link: None,
        from: Millis(0),
        to: now.plus(1),
        scans: Scans::Keep,
        status: Status::Pending,
        hidden_at: None,
        asked_by: String::new(),
        receipt: json!({}),
        error: String::new(),
        created_at: now,
        completed_at: None,
    };
    let named = Ids { visitors: [visitor.id].into(), ..Ids::default() };
    let (known, ids) = known_of(&app.catalog, &asked, &named).await.map_err(ApiError::internal)?;
    let store = app.store.clone();
    let scans = population::ask(&app, move || {
        let mut found = Vec::new();
        for (id, at) in &ids.scans {
            if let Some(scan) = store.scan(workspace, *id)? {
                found.push((scan, store.traces(workspace, *id, *at)?));
            }
        }
        Ok(found)
    });
    let mut shown = Vec::new();
    for (scan, traces) in scans.await? {
        let includes = Includes { device: true, ..Includes::default() };
        let event = wire_events(&app, workspace, std::slice::from_ref(&scan), includes).await?.pop();
        let mut event = serde_json::to_value(event).map_err(ApiError::internal)?;
        event["userAgent"] = json!(scan.get().user_agent);
        let did = wire_traces(&app, workspace, &scan, &traces).await?;
        event["traces"] = serde_json::to_value(did).map_err(ApiError::internal)?;
        shown.push(event);
    }
    let rows = |rows: Vec<Map<String, Value>>| Value::Array(rows.into_iter().map(Value::Object).collect());
    let export = VisitorExport {
        workspace: name,
        exported_at: time(now),
        visitor_id: visitor.id.to_string(),
        records: known
            .into_iter()
            .filter(|(_, found)| !found.is_empty())
            .map(|(place, found)| (place.to_owned(), rows(found)))
            .collect(),
        scans: shown,
        not_included: NOT_INCLUDED.to_vec(),
    };
    let (kind, end) =
        if is_html { ("text/html; charset=utf-8", "html") } else { ("application/json", "json") };
    let text = if is_html {
        document(&export).map_err(ApiError::internal)?
    } else {
        serde_json::to_string_pretty(&export).map_err(ApiError::internal)?
    };
    let name = format!("attachment; filename=\"visitor-{}.{end}\"", export.visitor_id);
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name.as_str()),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, text).into_response())
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    table{border-collapse:collapse;margin:0 0 1.5rem;width:100%}th,td{border:1px solid #ccc;padding:.25rem .5rem;\
    text-align:left;vertical-align:top;overflow-wrap:anywhere}th{width:14rem;font-weight:600}\
    pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:1rem}";

/// The same for people: a table a record, and at the end the JSON itself.
fn document(export: &VisitorExport) -> Result<String, serde_json::Error> {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>What is known of a visitor</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style><h1>What is known of a visitor</h1>\
         <p>Kept by {}. Copied on {}. Visitor {}.</p>",
        escape(&export.workspace),
        escape(&export.exported_at),
        escape(&export.visitor_id)
    );
    for (place, rows) in &export.records {
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        section(&mut html, &title(place), rows);
    }
    section(&mut html, "Scans", &export.scans);
    html.push_str("<h2>What is not here</h2><ul>");
    for sentence in &export.not_included {
        let _ = write!(html, "<li>{}", escape(sentence));
    }
    let json = serde_json::to_string_pretty(export)?;
    let _ = write!(
        html,
        "</ul><h2>The same for programs (JSON)</h2><pre id=\"json\">{}</pre></html>",
        escape(&json)
    );
    Ok(html)
}

fn title(place: &str) -> String {
    let mut words = place.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn section(html: &mut String, title: &str, rows: &[Value]) {
    if rows.is_empty() {
        return;
    }
    let _ = write!(html, "<h2>{} ({})</h2>", escape(title), rows.len());
    for row in rows {
        html.push_str("<table>");
        for (name, value) in row.as_object().into_iter().flatten() {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let _ = write!(html, "<tr><th>{}<td>{}", escape(name), escape(&text));
        }
        html.push_str("</table>");
    }
}
