//! Lists of links: order, search, tags, the silent and the deleted ones.

use super::checks::{Checks, optional_id};
use super::{Link, Shown, wire_link};
use crate::api::auth::{Can, LinksRead};
use crate::api::body::Query;
use crate::api::directories::not_found as directory_not_found;
use crate::app::App;
use crate::catalog::directories;
use crate::catalog::links::list::{self, ListQuery, Sort, SortKey};
use crate::catalog::links::undoable_since;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::destination::authority;
use model::{LinkId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of links.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListLinksResponse {
    links: Vec<Link>,
    /// Of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: i64,
}

/// Which way a list is sorted.
pub const IS_DESCENDING: [(&str, bool); 3] =
    [("SORT_DIRECTION_ASC", false), ("SORT_DIRECTION_DESC", true), ("SORT_DIRECTION_UNSPECIFIED", true)];

/// Which links of a list are meant.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListFilter {
    /// As in a list of links.
    search: Option<String>,
    /// Any of these.
    tags: Option<Vec<String>>,
    /// Links directly in this folder; an empty text: those at the top.
    directory_id: Option<String>,
    /// Only links made before and not scanned since.
    x_silent_since: Option<String>,
    /// `true`: only links put away; `false`: only the others (default); `all`: both.
    x_archived: Option<String>,
}

impl ListFilter {
    /// Whether it leaves no link out, and does not say so.
    pub fn names_nothing(&self) -> bool {
        let search = self.search.as_deref().is_none_or(|search| search.trim().is_empty());
        let tags = self.tags.as_ref().is_none_or(Vec::is_empty);
        search
            && tags
            && self.directory_id.is_none()
            && self.x_silent_since.is_none()
            && self.x_archived.is_none()
    }

    /// The list that is meant, in no order.
    pub async fn read(self, app: &App, workspace: WorkspaceId, checks: &Checks) -> ApiResult<ListQuery> {
        let place = match self.directory_id.as_deref() {
            None => None,
            text => Some(optional_id("/filter/directoryId", text)?),
        };
        if let Some(Some(directory)) = place
            && directories::get(&mut *app.catalog.read().await?, workspace, directory).await?.is_none()
        {
            let message = format!("there is no directory {directory} in this workspace");
            return Err(ApiError::field("/filter/directoryId", message));
        }
        let silent_since =
            self.x_silent_since.map(|text| checks.date("/filter/xSilentSince", &text)).transpose()?;
        Ok(ListQuery {
            search: self.search.map(|search| searched(app, &search)),
            tags: self.tags.unwrap_or_default(),
            silent_since,
            deleted_since: None,
            archived: archived("/filter/xArchived", self.x_archived.as_deref())?,
            place,
            sort: Sort::CreatedAt,
            descending: false,
            after: None,
            limit: 0,
        })
    }
}

fn archived(field: &str, word: Option<&str>) -> ApiResult<Option<bool>> {
    match word {
        None | Some("false") => Ok(Some(false)),
        Some("true") => Ok(Some(true)),
        Some("all") => Ok(None),
        Some(other) => Err(ApiError::field(field, format!("\"{other}\" is none of true, false and all"))),
    }
}

/// What is searched for: of a short URL of ours, or of what a code holds, the slug.
fn searched(app: &App, search: &str) -> String {
    let slug = || {
        let url = url::Url::parse(search.trim()).ok()?;
        app.hosts().domain(&authority(&url))?;
        let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
        Some(percent_encoding::percent_decode_str(last).decode_utf8().ok()?.into_owned())
    };
    slug().unwrap_or_else(|| search.to_owned())
}

/// Links of the workspace, most recently changed first.
#[utoipa::path(get, path = "/v1/links", tag = "Links", operation_id = "list_links",
    params(("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("search" = Option<String>, Query, description = "Part of the name, a slug or its placement, a destination, a tag or the metadata; or the short URL itself"),
        ("tags" = Option<Vec<String>>, Query, description = "Any of these"),
        ("include" = Option<Vec<String>>, Query, description = "tags, customDomain, qrcodeDesign, qrcodeSignedUrl, pageTheme"),
        ("view" = Option<String>, Query, description = "LINK_VIEW_DIRECTORY: those of one folder only; of the top without directoryId"),
        ("directoryId" = Option<uuid::Uuid>, Query, description = "Links directly in this folder"),
        ("sortBy" = Option<String>, Query, description = "LINK_SORT_FIELD_CREATED_AT, _UPDATED_AT, _SHORTLINK, _NAME, _EVENT_COUNT; or xLastScanAt"),
        ("sortDirection" = Option<String>, Query, description = "SORT_DIRECTION_ASC, SORT_DIRECTION_DESC"),
        ("xSilentSince" = Option<String>, Query, description = "Only links made before and not scanned since"),
        ("xArchived" = Option<String>, Query, description = "true: only links put away; false: only the others (default); all: both"),
        ("xTrash" = Option<bool>, Query, description = "The deleted links that can still be restored, latest deletion first")),
    responses((status = 200, body = ListLinksResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_links(
    State(app): State<App>,
    caller: Can<LinksRead>,
    query: Query,
) -> ApiResult<Json<ListLinksResponse>> {
    let sorts = [
        ("LINK_SORT_FIELD_CREATED_AT", Sort::CreatedAt),
        ("LINK_SORT_FIELD_UPDATED_AT", Sort::UpdatedAt),
        ("LINK_SORT_FIELD_SHORTLINK", Sort::Slug),
        ("LINK_SORT_FIELD_NAME", Sort::Name),
        ("LINK_SORT_FIELD_EVENT_COUNT", Sort::EventCount),
        ("xLastScanAt", Sort::LastScanAt),
        ("LINK_SORT_FIELD_UNSPECIFIED", Sort::UpdatedAt),
    ];
    let sort = query.one_of("sortBy", &sorts)?.unwrap_or(Sort::UpdatedAt);
    let descending = query.one_of("sortDirection", &IS_DESCENDING)?.unwrap_or(true);
    let shown = Shown::of(&app, caller.workspace, &query).await?;
    let directory = query.parse::<Uuid>("directoryId", "a UUID")?;
    let views = [("LINK_VIEW_DIRECTORY", true), ("LINK_VIEW_UNSPECIFIED", false)];
    let place = match query.one_of("view", &views)? {
        Some(true) => Some(directory),
        _ => directory.map(Some),
    };
    if let Some(directory) = directory
        && directories::get(&mut *app.catalog.read().await?, caller.workspace, directory).await?.is_none()
    {
        return Err(directory_not_found(directory));
    }
    let limit = query.page_size(100, 1000)?;
    let tags: Vec<String> = query.all("tags").flat_map(|tags| tags.split(',')).map(str::to_owned).collect();
    let now = app.clock.now();
    let silent_since = match query.get("xSilentSince") {
        None => None,
        Some(text) => Some(Checks::read(&app, caller.workspace).await?.date("xSilentSince", text)?),
    };
    let is_trash = query.parse::<bool>("xTrash", "true or false")?.unwrap_or(false);
    let deleted_since = is_trash.then(|| undoable_since(now));
    let archived = match query.get("xArchived") {
        None if deleted_since.is_some() => None,
        word => archived("xArchived", word)?,
    };
    let sort = match deleted_since {
        Some(_) if query.get("sortBy").is_none() => Sort::DeletedAt,
        _ => sort,
    };
    let named = format!(
        "links {sort:?} {descending} {:?} {tags:?} {silent_since:?} {} {archived:?} {place:?}",
        query.get("search"),
        deleted_since.is_some()
    );
    let after: Option<(SortKey, LinkId)> = match query.get("pageToken").or(query.get("cursor")) {
        None => None,
        Some(token) => Some(app.cursors.open(&named, token)?),
    };
    let page = ListQuery {
        search: query.get("search").map(|search| searched(&app, search)),
        tags,
        silent_since,
        deleted_since,
        archived,
        place,
        sort,
        descending,
        after,
        limit: limit as i64 + 1,
    };
    let mut db = app.catalog.read().await?;
    let mut rows = list::list(&mut db, caller.workspace, &page).await?;
    let total_count = list::count(&mut db, caller.workspace, &page).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_page_token = match rows.last() {
        Some((link, key)) if more => Some(app.cursors.seal(&named, &(key, link.id))),
        _ => None,
    };
    drop(db);
    let mut links: Vec<_> = rows.into_iter().map(|(link, _)| wire_link(&app, link, &shown)).collect();
    shown.add_looks(&app, caller.workspace, &mut links).await?;
    Ok(Json(ListLinksResponse { links, next_page_token, total_count }))
}
