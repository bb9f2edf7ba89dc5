//! Tags (dossier 1.9): listed and deleted as Linkbreakers does, renamed and coloured beside it.

use super::auth::{Can, LinksRead, LinksWrite};
use super::body::{Body, Path, Query};
use super::cursor::Page;
use super::links::checks::checked_text;
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::{links, tags};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::LinkId;
use model::slug::fold;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A tag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    id: String,
    name: String,
    /// `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_color: Option<String>,
    /// Links that have it; in lists of tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_link_count: Option<i64>,
    created_at: String,
    updated_at: String,
}

/// A page of tags.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsResponse {
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A tag in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct TagResponse {
    tag: Tag,
}

/// What of a tag can be changed.
#[derive(Deserialize, ToSchema)]
pub struct UpdateTagRequest {
    name: Option<String>,
    /// `#rrggbb`; an empty text clears it.
    color: Option<String>,
}

/// A tag as it goes out.
pub fn wire_tag(tag: links::Tag) -> Tag {
    Tag {
        id: tag.id.to_string(),
        name: tag.name,
        x_color: tag.color,
        x_link_count: None,
        created_at: time(tag.created_at),
        updated_at: time(tag.updated_at),
    }
}

/// Tags of the workspace, oldest first.
#[utoipa::path(get, path = "/v1/tags", tag = "Tags", operation_id = "list_tags",
    params(("search" = Option<String>, Query, description = "Part of the name"), ("pageSize" = Option<u32>, Query),
        ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListTagsResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_tags(
    State(app): State<App>,
    caller: Can<LinksRead>,
    query: Query,
) -> ApiResult<Json<ListTagsResponse>> {
    let search = query.get("search").map(fold);
    let page = Page::read(&app.cursors, &query, format!("tags {search:?}"))?;
    let mut all = tags::all(&mut *app.catalog.read().await?, caller.workspace).await?;
    all.retain(|(tag, _)| search.as_ref().is_none_or(|search| fold(&tag.name).contains(search)));
    let total_count = all.len();
    let (rows, next_page_token) = page.cut(&app.cursors, all, |(tag, _)| (tag.created_at, tag.id));
    let wire = |(tag, links)| Tag { x_link_count: Some(links), ..wire_tag(tag) };
    Ok(Json(ListTagsResponse { tags: rows.into_iter().map(wire).collect(), next_page_token, total_count }))
}

/// Deletes the tag of a name; links lose it.
#[utoipa::path(delete, path = "/v1/tags", tag = "Tags", operation_id = "delete_tag",
    params(("name" = String, Query)),
    responses((status = 200, body = Empty), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn delete_tag(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    query: Query,
) -> ApiResult<Json<Empty>> {
    let name = query.get("name").ok_or_else(|| ApiError::field("name", "is required: the tag's name"))?;
    let (workspace, wanted) = (caller.workspace, name.to_owned());
    let links = app
        .catalog
        .write(async move |db| {
            let Some(tag) = tags::named(db, workspace, &wanted).await? else { return Ok(None) };
            let links = tags::asked_for(db, workspace, tag.id).await?;
            tags::delete(db, workspace, tag.id).await?;
            Ok(Some(links))
        })
        .await?;
    let links = links.ok_or_else(|| ApiError::not_found("TAG_NOT_FOUND", format!("a tag \"{name}\"")))?;
    refresh(&app, links).await?;
    Ok(Json(Empty {}))
}

/// Renames or colours a tag, for all links that have it.
#[utoipa::path(patch, path = "/v1/x/tags/{id}", tag = "Tags", operation_id = "update_tag",
    params(("id" = uuid::Uuid, Path)), request_body = UpdateTagRequest,
    responses((status = 200, body = TagResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn update_tag(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    Body(body): Body<UpdateTagRequest>,
) -> ApiResult<Json<TagResponse>> {
    let id = Uuid::parse_str(&id).map_err(|_| ApiError::field("id", format!("\"{id}\" is not a UUID")))?;
    let name = match body.name.map(|name| checked_text("/name", Some(name), 100)).transpose()? {
        Some(name) if name.is_empty() => return Err(ApiError::field("/name", "a tag cannot be empty")),
        name => name,
    };
    let color = match body.color.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(None),
        Some(text) => Some(Some(color(text)?)),
    };
    let (workspace, now) = (caller.workspace, app.clock.now());
    let outcome = app
        .catalog
        .write(async move |db| {
            if tags::get(db, workspace, id).await?.is_none() {
                return Ok(Err(ApiError::not_found("TAG_NOT_FOUND", format!("tag {id}"))));
            }
            if let Some(name) = &name
                && tags::named(db, workspace, name).await?.is_some_and(|other| other.id != id)
            {
                let message =
                    format!("there is a tag \"{name}\" already (upper and lower case are the same)");
                return Ok(Err(ApiError::conflict("TAG_EXISTS", message).about("/name")));
            }
            let tag = tags::update(
                db,
                workspace,
                id,
                name.as_deref(),
                color.as_ref().map(|color| color.as_deref()),
                now,
            )
            .await?;
            Ok(Ok((tag, tags::asked_for(db, workspace, id).await?)))
        })
        .await?;
    let (tag, links) = outcome?;
    refresh(&app, links).await?;
    let tag = tag.ok_or_else(|| ApiError::not_found("TAG_NOT_FOUND", format!("tag {id}")))?;
    Ok(Json(TagResponse { tag: wire_tag(tag) }))
}

async fn refresh(app: &App, links: Vec<LinkId>) -> ApiResult<()> {
    for link in links {
        app.table.refresh(&app.catalog, link).await?;
    }
    Ok(())
}

fn color(text: &str) -> ApiResult<String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    match digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(format!("#{}", digits.to_ascii_lowercase())),
        false => Err(ApiError::field("/color", format!("\"{text}\" is not a colour such as #1a8f5c"))),
    }
}
