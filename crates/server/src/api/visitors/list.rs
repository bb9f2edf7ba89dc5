//! Lists of visitors: people with a row, by choice of fields and attributes (dossier 7.3).

use super::wire::{Includes, Visitor, wire_visitors};
use crate::api::auth::{Caller, Can, VisitorsRead};
use crate::api::body::{Body, Query, one_of};
use crate::api::events::IS_CSV;
use crate::api::links::list::IS_DESCENDING;
use crate::api::spreadsheet::{Csv, Page};
use crate::app::App;
use crate::catalog::Connection;
use crate::catalog::visitors::list::{self as rows, Sort, Wanted};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::slug::fold;
use model::workflow::attribute::{Comparison, ComparisonError};
use model::{LinkId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const MAX_FILTERS: usize = 20;

/// Which visitors, and how much of each.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct ListVisitorsRequest {
    page_size: Option<i64>,
    page_token: Option<String>,
    cursor: Option<String>,
    /// Exactly this address.
    email: Option<String>,
    /// This text in address, number or name.
    search: Option<String>,
    /// `devices`, `events`, `links`.
    include: Option<Vec<String>>,
    /// Who scanned this link.
    link_id: Option<String>,
    /// `RESPONSE_FORMAT_JSON`, `RESPONSE_FORMAT_CSV`.
    response_format: Option<String>,
    /// `VISITOR_SORT_FIELD_CREATED_AT`, `…_VISIT_COUNT`, `…_DEVICE_COUNT`, `…_QRCODE_COUNT`.
    sort_field: Option<String>,
    /// `SORT_DIRECTION_ASC`, `SORT_DIRECTION_DESC`.
    sort_direction: Option<String>,
    /// All of them must hold; at most 20.
    attribute_filters: Option<Vec<VisitorAttributeFilter>>,
}

/// A condition on one attribute.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct VisitorAttributeFilter {
    key: String,
    /// `VISITOR_ATTRIBUTE_FILTER_OPERATOR_STRING_EQUALS`, ….
    operator: String,
    value: Option<String>,
}

/// A page of visitors.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitorsPage {
    visitors: Vec<Visitor>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A page of visitors in its wrapper: one of the two.
#[derive(Serialize, ToSchema)]
pub struct ListVisitorsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<VisitorsPage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<Csv>,
}

/// Visitors, newest first.
#[utoipa::path(get, path = "/v1/visitors", tag = "Visitors", operation_id = "list_visitors",
    params(("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("email" = Option<String>, Query), ("search" = Option<String>, Query),
        ("include" = Option<Vec<String>>, Query, description = "devices, events, links"),
        ("linkId" = Option<uuid::Uuid>, Query), ("responseFormat" = Option<String>, Query),
        ("sortField" = Option<String>, Query), ("sortDirection" = Option<String>, Query)),
    responses((status = 200, body = ListVisitorsResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_visitors(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    query: Query,
) -> ApiResult<Json<ListVisitorsResponse>> {
    let text = |name: &str| query.get(name).map(str::to_owned);
    let request = ListVisitorsRequest {
        page_size: query.parse("pageSize", "a whole number")?,
        page_token: text("pageToken"),
        cursor: text("cursor"),
        email: text("email"),
        search: text("search"),
        include: Some(query.all("include").flat_map(|list| list.split(',')).map(str::to_owned).collect()),
        link_id: text("linkId"),
        response_format: text("responseFormat"),
        sort_field: text("sortField"),
        sort_direction: text("sortDirection"),
        attribute_filters: None,
    };
    answer(&app, &caller, request).await
}

/// Visitors by attributes.
#[utoipa::path(post, path = "/v1/visitors/search", tag = "Visitors", operation_id = "search_visitors",
    request_body = ListVisitorsRequest,
    responses((status = 200, body = ListVisitorsResponse), (status = 400, body = ErrorResponse)))]
pub async fn search_visitors(
    State(app): State<App>,
    caller: Can<VisitorsRead>,
    Body(request): Body<ListVisitorsRequest>,
) -> ApiResult<Json<ListVisitorsResponse>> {
    answer(&app, &caller, request).await
}

async fn answer(
    app: &App,
    caller: &Caller,
    request: ListVisitorsRequest,
) -> ApiResult<Json<ListVisitorsResponse>> {
    let size = match request.page_size {
        None | Some(0) => 50,
        Some(size) if size < 0 => return Err(ApiError::field("pageSize", "a page has at least one row")),
        Some(size) => (size as usize).min(200),
    };
    let is_csv = match request.response_format.as_deref().unwrap_or_default() {
        "" => false,
        word => one_of("responseFormat", word, &IS_CSV)?,
    };
    let includes = Includes::of_list(request.include.as_deref().unwrap_or_default())?;
    let token = request.page_token.clone().or_else(|| request.cursor.clone());
    let (wanted, filters) = read_wanted(request)?;
    let list = format!("visitors {wanted:?} {filters:?}");
    let after: Option<(i64, Uuid)> = match token.filter(|token| !token.is_empty()) {
        Some(token) => Some(app.cursors.open(&list, &token)?),
        None => None,
    };
    let workspace = caller.workspace;
    let mut db = app.catalog.read().await?;
    let ids = ids(&mut db, workspace, &wanted, &filters).await?;
    let total_count = ids.len();
    let is_behind = |place: &(i64, Uuid)| {
        after.is_none_or(|after| if wanted.descending { *place < after } else { *place > after })
    };
    let mut page: Vec<(i64, Uuid)> = ids.into_iter().filter(is_behind).take(size + 1).collect();
    let has_more = page.len() > size;
    page.truncate(size);
    let last = page.last().copied().filter(|_| has_more);
    let next_page_token = last.map(|last| app.cursors.seal(&list, &last));
    let page: Vec<Uuid> = page.into_iter().map(|(_, id)| id).collect();
    let found = rows::of_ids(&mut db, workspace, &page).await?;
    drop(db);
    if is_csv {
        let page = Page { next: next_page_token, total: total_count as u64 };
        return Ok(Json(ListVisitorsResponse { json: None, csv: Some(csv(page, &found)?) }));
    }
    let visitors = wire_visitors(app, workspace, found, includes).await?;
    let json = VisitorsPage { visitors, has_more, next_page_token, total_count };
    Ok(Json(ListVisitorsResponse { json: Some(json), csv: None }))
}

/// Ids of all visitors that a request wants, in its order; pages are not looked at.
pub async fn all(app: &App, workspace: WorkspaceId, request: ListVisitorsRequest) -> ApiResult<Vec<Uuid>> {
    let (wanted, filters) = read_wanted(request)?;
    let ids = ids(&mut *app.catalog.read().await?, workspace, &wanted, &filters).await?;
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

fn read_wanted(request: ListVisitorsRequest) -> ApiResult<(Wanted, Vec<Filter>)> {
    let filters = read_filters(request.attribute_filters.unwrap_or_default())?;
    let link: Option<LinkId> = match request.link_id.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => {
            Some(text.parse().map_err(|_| ApiError::field("linkId", format!("\"{text}\" is not a UUID")))?)
        }
        None => None,
    };
    let email = request.email.filter(|text| !text.trim().is_empty());
    let wanted = Wanted {
        email: email.map(|text| text.trim().to_lowercase()),
        search: request.search.as_deref().map(|text| fold(text.trim())).filter(|text| !text.is_empty()),
        link,
        keys: filters.iter().map(|filter| filter.key.clone()).collect(),
        sort: sort(request.sort_field.as_deref())?,
        descending: is_descending(request.sort_direction.as_deref())?,
    };
    Ok((wanted, filters))
}

async fn ids(
    db: &mut Connection,
    workspace: WorkspaceId,
    wanted: &Wanted,
    filters: &[Filter],
) -> ApiResult<Vec<(i64, Uuid)>> {
    let ids = rows::ids(db, workspace, wanted, |known| {
        filters.iter().all(|filter| {
            let value = known.get(&filter.key).map(crate::catalog::visitors::Attribute::typed);
            filter.comparison.holds(value.as_ref())
        })
    })
    .await?;
    Ok(ids)
}

/// A filter, read.
#[derive(Debug)]
struct Filter {
    key: String,
    comparison: Comparison,
}

fn read_filters(filters: Vec<VisitorAttributeFilter>) -> ApiResult<Vec<Filter>> {
    if filters.len() > MAX_FILTERS {
        let message = format!("at most {MAX_FILTERS} filters; these are {}", filters.len());
        return Err(ApiError::field("/attributeFilters", message));
    }
    let read = |(index, filter): (usize, VisitorAttributeFilter)| {
        let field = |name: &str| format!("/attributeFilters/{index}/{name}");
        if filter.key.is_empty() {
            return Err(ApiError::field(field("key"), "name an attribute, such as \"$email\" or \"plan\""));
        }
        let value = filter.value.unwrap_or_default();
        let comparison = Comparison::new(&filter.key, &filter.operator, &value).map_err(|why| {
            let name = if matches!(why, ComparisonError::Number(_) | ComparisonError::Date(_)) {
                "value"
            } else {
                "operator"
            };
            ApiError::field(field(name), why)
        })?;
        Ok(Filter { key: filter.key, comparison })
    };
    filters.into_iter().enumerate().map(read).collect()
}

fn sort(field: Option<&str>) -> ApiResult<Sort> {
    let known = [
        ("VISITOR_SORT_FIELD_CREATED_AT", Sort::Created),
        ("VISITOR_SORT_FIELD_VISIT_COUNT", Sort::Scans),
        ("VISITOR_SORT_FIELD_DEVICE_COUNT", Sort::Scans),
        ("VISITOR_SORT_FIELD_QRCODE_COUNT", Sort::Links),
        ("VISITOR_SORT_FIELD_UNSPECIFIED", Sort::Created),
    ];
    match field.unwrap_or_default() {
        "" => Ok(Sort::Created),
        word => one_of("sortField", word, &known),
    }
}

fn is_descending(direction: Option<&str>) -> ApiResult<bool> {
    match direction.unwrap_or_default() {
        "" => Ok(true),
        word => one_of("sortDirection", word, &IS_DESCENDING),
    }
}

/// One column a field, then one for each key that somebody of the page has.
fn csv(page: Page, visitors: &[crate::catalog::visitors::Visitor]) -> ApiResult<Csv> {
    let mut keys: Vec<&str> = Vec::new();
    for attribute in visitors.iter().flat_map(|visitor| &visitor.attributes) {
        if !keys.contains(&attribute.key.as_str()) {
            keys.push(&attribute.key);
        }
    }
    keys.sort_unstable();
    let fixed = [
        "id",
        "email",
        "phone",
        "firstName",
        "lastName",
        "visitCount",
        "qrcodeCount",
        "firstScanAt",
        "lastScanAt",
        "createdAt",
    ];
    let row = |visitor: &crate::catalog::visitors::Visitor| {
        let time = |at: Option<model::Millis>| at.map(crate::api::wire::time).unwrap_or_default();
        let cells = [
            visitor.id.to_string(),
            visitor.email.clone().unwrap_or_default(),
            visitor.phone.clone().unwrap_or_default(),
            visitor.first_name.clone(),
            visitor.last_name.clone(),
            visitor.scans.to_string(),
            visitor.links.to_string(),
            time(visitor.first_scan_at),
            time(visitor.last_scan_at),
            time(Some(visitor.created_at)),
        ];
        let attribute = |key: &&str| {
            let found = visitor.attributes.iter().find(|attribute| attribute.key == *key);
            found.map(|attribute| attribute.value.clone()).unwrap_or_default()
        };
        cells.into_iter().chain(keys.iter().map(attribute)).collect()
    };
    Csv::of(page, fixed.into_iter().chain(keys.iter().copied()), visitors.iter().map(row))
}
