//! Identify: what a site or server says of the person behind a scan (dossier 7.2, DESIGN §11.5).

use super::wire::{Includes, Visitor, wire_visitors};
use crate::api::auth::{Caller, Credential};
use crate::api::body::Body;
use crate::api::events::find;
use crate::app::App;
use crate::catalog::visitors::identify::{self as rows, Data, Known, Trust};
use crate::catalog::visitors::{self, Attribute};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use crate::webhooks::note;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::ScanId;
use model::workflow::{attribute, form};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// Days after its scan that a click id can be used.
const LIFE_MS: i64 = 30 * model::time::DAY_MS;
/// Characters of an attribute's value.
const MAX_VALUE: usize = 4096;
/// Attributes that one call can write.
const MAX_KEYS: usize = 100;

/// A caller who may identify: a publishable key, or who may write visitors.
pub struct Identifier {
    caller: Caller,
    /// A publishable key: it writes and reads nothing.
    is_pen: bool,
}

impl FromRequestParts<App> for Identifier {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> ApiResult<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let is_pen = matches!(caller.credential, Credential::Token { publishable: true, .. });
        if !is_pen {
            caller.require("visitors:write")?;
        }
        Ok(Self { caller, is_pen })
    }
}

/// What is known of somebody.
#[derive(Deserialize, ToSchema)]
pub struct VisitorInput {
    /// `$email`, `$phone`, `$firstName`, `$lastName`, and keys of one's own with a text, number or boolean each.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    #[serde(default)]
    data: Map<String, Value>,
}

/// Who made a scan.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentifyRequest {
    /// The click id: the scan's, as a UUID or as its 22 characters of base64url.
    lbid: String,
    visitor: VisitorInput,
    /// Fills only what is empty.
    set_once: Option<bool>,
}

/// Who it is.
#[derive(Serialize, ToSchema)]
pub struct IdentifyResponse {
    visitor: Visitor,
    /// There was no such visitor before.
    created: bool,
}

/// Says who made a scan.
#[utoipa::path(post, path = "/v1/visitor/identify", tag = "Visitors", operation_id = "identify",
    request_body = IdentifyRequest,
    responses((status = 200, body = IdentifyResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 503, body = ErrorResponse)))]
pub async fn identify(
    State(app): State<App>,
    Identifier { caller, is_pen }: Identifier,
    Body(body): Body<IdentifyRequest>,
) -> ApiResult<Json<IdentifyResponse>> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let id = read_lbid(&body.lbid, "/lbid")?;
    let data = read_data(&body.visitor)?;
    if data.is_empty() {
        return Err(ApiError::field(
            "/visitor/data",
            "say something of the visitor, such as {\"$email\": \"…\"}",
        ));
    }
    let scan = find::scan(&app, workspace, id).await?;
    let unknown = || ApiError::not_found("EVENT_NOT_FOUND", format!("scan {id}")).about("/lbid");
    let scan = scan.ok_or_else(unknown)?;
    let (at, link) = (scan.get().at, scan.get().link);
    if now.0 - at.0 > LIFE_MS {
        return Err(ApiError::field(
            "/lbid",
            "this click id is older than 30 days and can no longer be used",
        ));
    }
    let known = Known { scan: id, at, link, visitor: None };
    let set_once = body.set_once.unwrap_or(false);
    let said = Value::Object(body.visitor.data.clone()).to_string();
    let outcome = app
        .catalog
        .write(async move |db| {
            if is_pen {
                return pen(db, workspace, known, &data, &said, now).await;
            }
            let identified = rows::identify(db, workspace, known, &data, Trust::Owner, set_once, now).await?;
            if let Some(identified) = &identified {
                note::identified(db, workspace, (id, link), identified.visitor.id, now).await?;
            }
            Ok(identified)
        })
        .await?;
    app.webhooks.bell.notify_one();
    let identified = outcome.ok_or_else(unknown)?;
    let created = identified.created;
    let mut row = identified.visitor;
    if is_pen {
        // A pen is no reader: its answer holds what it just said.
        let said = read_data(&body.visitor)?;
        row.email = said.email;
        row.phone = said.phone;
        row.first_name = said.first_name.unwrap_or_default();
        row.last_name = said.last_name.unwrap_or_default();
        row.attributes = said.attributes.into_iter().map(|(attribute, _)| attribute).collect();
        (row.scans, row.links, row.first_scan_at, row.last_scan_at) = (1, 1, None, None);
        (row.created_at, row.updated_at) = (now, now);
    }
    let visitor = wire_visitors(&app, workspace, vec![row], Includes::default()).await?.pop();
    Ok(Json(IdentifyResponse { visitor: visitor.ok_or_else(unknown)?, created: created && !is_pen }))
}

/// What a publishable key says: of somebody new, a row; of somebody known, a claim that waits for a member.
async fn pen(
    db: &mut crate::catalog::Connection,
    workspace: model::WorkspaceId,
    known: Known,
    data: &Data,
    said: &str,
    now: model::Millis,
) -> crate::catalog::Result<Option<rows::Identified>> {
    let named = rows::by_identity(db, workspace, data.email.as_deref(), data.phone.as_deref()).await?;
    let of_scan = visitors::of_scan(db, workspace, known.scan).await?;
    let met = match named.or(of_scan) {
        Some(id) => visitors::get(db, workspace, id).await?,
        None => None,
    };
    // A click id travels in addresses: that somebody holds it does not make him the person it leads to.
    if let Some(mut visitor) = met.filter(|visitor| visitor.email.is_some() || visitor.phone.is_some()) {
        if of_scan != Some(visitor.id) || !data.is_of(&visitor) {
            rows::claim(db, workspace, visitor.id, known.scan, said, now).await?;
        }
        // Not even its id: that would tell that the address is known.
        visitor.id = other_id(known.scan);
        return Ok(Some(rows::Identified { visitor, created: false, proved: false }));
    }
    let mut identified = rows::identify(db, workspace, known, data, Trust::Visitor, true, now).await?;
    if let Some(identified) = &mut identified {
        note::identified(db, workspace, (known.scan, known.link), identified.visitor.id, now).await?;
        identified.visitor.id = other_id(known.scan);
    }
    Ok(identified)
}

/// A click id in either of its forms.
pub fn read_lbid(text: &str, field: &str) -> ApiResult<ScanId> {
    let text = text.trim();
    let short = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(ScanId(Uuid::from_bytes(bytes.try_into().ok()?)))
    };
    text.parse().ok().or_else(short).ok_or_else(|| {
        ApiError::field(field, "a click id is a UUID, or its 22 characters of base64url; take it as it came")
    })
}

/// The data of a request, checked and normalised.
pub fn read_data(input: &VisitorInput) -> ApiResult<Data> {
    let mut data = Data::default();
    if input.data.len() > MAX_KEYS {
        let message = format!("at most {MAX_KEYS} attributes at a time; these are {}", input.data.len());
        return Err(ApiError::field("/visitor/data", message));
    }
    for (key, value) in &input.data {
        let field = format!("/visitor/data/{}", key.replace('~', "~0").replace('/', "~1"));
        let (kind, text) = match value {
            Value::Null => continue,
            Value::String(text) => ("string", text.clone()),
            Value::Number(number) => ("number", number.to_string()),
            Value::Bool(flag) => ("boolean", flag.to_string()),
            _ => return Err(ApiError::field(field, "an attribute is a text, a number or true or false")),
        };
        if text.chars().count() > MAX_VALUE {
            return Err(ApiError::field(field, format!("a value has at most {MAX_VALUE} characters")));
        }
        match key.as_str() {
            "$email" => {
                let message = format!("\"{text}\" is not an e-mail address");
                data.email =
                    Some(form::email(text.trim(), key).ok_or_else(|| ApiError::field(&field, message))?);
            }
            "$phone" => {
                let message = format!("\"{text}\" is not a telephone number; write it as +49301234567");
                data.phone = Some(form::phone(text.trim()).ok_or_else(|| ApiError::field(&field, message))?);
            }
            "$firstName" => data.first_name = Some(text.trim().to_owned()),
            "$lastName" => data.last_name = Some(text.trim().to_owned()),
            key => {
                attribute::check_custom_key(key).map_err(|why| ApiError::field(&field, why))?;
                let attribute = Attribute { key: key.to_owned(), kind: kind.to_owned(), value: text };
                data.attributes.push((attribute, false));
            }
        }
    }
    Ok(data)
}

/// An id for an answer that must not tell whose row was met: of the scan, and of nothing else.
fn other_id(scan: ScanId) -> Uuid {
    uuid::Builder::from_custom_bytes(*scan.0.as_bytes()).into_uuid()
}
