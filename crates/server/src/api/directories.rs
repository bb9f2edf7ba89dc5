//! Folders of links (dossier 1.10): a tree whose paths read `a/b`.

use super::auth::{Can, LinksRead, LinksWrite};
use super::body::{Body, Path, Query};
use super::cursor::Page;
use super::links::checks::{checked_text, optional_id, refuse_both};
use super::revision::{IfMatch, Revised};
use super::wire::{Empty, time};
use crate::app::App;
use crate::catalog::directories::{self, Directory as Row};
use crate::catalog::{self, Connection};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::slug::fold;
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of a name, at most.
const MAX_NAME: usize = 100;
/// Folders inside each other, at most.
const MAX_DEPTH: usize = 20;
/// Folders of a workspace, at most.
const MAX_DIRECTORIES: i64 = 5000;

/// A folder.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    id: String,
    workspace_id: String,
    name: String,
    /// The folder it lies in; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_directory_id: Option<String>,
    /// The names on the way to it: `a/b`.
    path: String,
    created_at: String,
    updated_at: String,
}

/// A folder in its wrapper.
#[derive(Serialize, ToSchema)]
pub struct DirectoryResponse {
    directory: Directory,
}

/// A page of folders.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListDirectoriesResponse {
    directories: Vec<Directory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A folder to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateDirectoryRequest {
    name: String,
    parent_directory_id: Option<String>,
}

/// What of a folder can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateDirectoryRequest {
    name: Option<String>,
    /// Moves it there, with all that is in it.
    parent_directory_id: Option<String>,
    /// Moves it to the top.
    parent_directory_id_delete: Option<bool>,
}

/// All folders of a workspace by their ids.
pub struct Tree(HashMap<Uuid, Row>);

impl Tree {
    /// Of all rows.
    pub fn of(rows: &[Row]) -> Self {
        Self(rows.iter().map(|row| (row.id, row.clone())).collect())
    }

    /// The folder and those it lies in, innermost first.
    fn way(&self, id: Uuid) -> Vec<&Row> {
        let first = self.0.get(&id);
        // No way is longer than all folders, even if the rows made a circle.
        std::iter::successors(first, |row| self.0.get(&row.parent?)).take(self.0.len()).collect()
    }

    /// Names on the way to a folder, its own last: `a/b`.
    pub fn path(&self, id: Uuid) -> String {
        let mut names: Vec<&str> = self.way(id).iter().map(|row| row.name.as_str()).collect();
        names.reverse();
        names.join("/")
    }

    /// Whether `id` lies somewhere in `parent`.
    fn is_inside(&self, id: Uuid, parent: Uuid) -> bool {
        self.way(id).iter().skip(1).any(|row| row.id == parent)
    }

    /// Folders below `id`, counted along the longest way.
    fn height(&self, id: Uuid) -> usize {
        let below = |row: &&Row| self.is_inside(row.id, id);
        let depth = |row: &Row| self.way(row.id).iter().take_while(|row| row.id != id).count();
        self.0.values().filter(below).map(depth).max().unwrap_or(0)
    }

    fn wire(&self, row: &Row) -> Directory {
        Directory {
            id: row.id.to_string(),
            workspace_id: row.workspace.to_string(),
            name: row.name.clone(),
            parent_directory_id: row.parent.map(|parent| parent.to_string()),
            path: self.path(row.id),
            created_at: time(row.created_at),
            updated_at: time(row.updated_at),
        }
    }
}

/// 404.
pub fn not_found(id: Uuid) -> ApiError {
    ApiError::not_found("DIRECTORY_NOT_FOUND", format!("directory {id}"))
}

fn directory_id(text: &str) -> ApiResult<Uuid> {
    Uuid::parse_str(text).map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

fn checked_name(name: String) -> ApiResult<String> {
    let name = checked_text("/name", Some(name), MAX_NAME)?;
    match name.as_str() {
        "" => Err(ApiError::field("/name", "a directory needs a name")),
        "." | ".." => {
            Err(ApiError::field("/name", "this name means something else in paths; choose another"))
        }
        name if name.contains('/') => Err(ApiError::field(
            "/name",
            "a name cannot contain a slash; make a directory and another one in it",
        )),
        _ => Ok(name),
    }
}

/// Folders, oldest first: those at the top, those directly in another one, or the whole tree below it.
#[utoipa::path(get, path = "/v1/directories", tag = "Directories", operation_id = "list_directories",
    params(("parentDirectoryId" = Option<uuid::Uuid>, Query), ("search" = Option<String>, Query, description = "Part of the name"),
        ("recursive" = Option<bool>, Query, description = "Also those further below"),
        ("includeRoot" = Option<bool>, Query, description = "Also the folder parentDirectoryId itself"),
        ("pageSize" = Option<u32>, Query), ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListDirectoriesResponse), (status = 400, body = ErrorResponse), (status = 404, body = ErrorResponse)))]
pub async fn list_directories(
    State(app): State<App>,
    caller: Can<LinksRead>,
    query: Query,
) -> ApiResult<Json<ListDirectoriesResponse>> {
    let parent = query.parse::<Uuid>("parentDirectoryId", "a UUID")?;
    let recursive = query.parse::<bool>("recursive", "true or false")?.unwrap_or(false);
    let include_root = query.parse::<bool>("includeRoot", "true or false")?.unwrap_or(false);
    let search = query.get("search").map(fold);
    let list = format!("directories {parent:?} {recursive} {include_root} {search:?}");
    let page = Page::read(&app.cursors, &query, list)?;
    let all = directories::all(&mut *app.catalog.read().await?, caller.workspace).await?;
    let tree = Tree::of(&all);
    if let Some(parent) = parent.filter(|parent| !tree.0.contains_key(parent)) {
        return Err(not_found(parent));
    }
    let is_asked = |row: &Row| {
        let inside = match parent {
            _ if !recursive => row.parent == parent,
            Some(parent) => tree.is_inside(row.id, parent),
            None => true,
        };
        (inside || include_root && Some(row.id) == parent)
            && search.as_ref().is_none_or(|search| fold(&row.name).contains(search))
    };
    let rows: Vec<Row> = all.iter().filter(|row| is_asked(row)).cloned().collect();
    let total_count = rows.len();
    let (rows, next_page_token) = page.cut(&app.cursors, rows, |row| (row.created_at, row.id));
    let directories = rows.iter().map(|row| tree.wire(row)).collect();
    Ok(Json(ListDirectoriesResponse { directories, next_page_token, total_count }))
}

/// Makes a folder.
#[utoipa::path(post, path = "/v1/directories", tag = "Directories", operation_id = "create_directory",
    request_body = CreateDirectoryRequest,
    responses((status = 200, body = DirectoryResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_directory(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<CreateDirectoryRequest>,
) -> ApiResult<Revised<DirectoryResponse>> {
    let name = checked_name(body.name)?;
    let parent = optional_id("/parentDirectoryId", body.parent_directory_id.as_deref())?;
    let (workspace, now) = (caller.workspace, app.clock.now());
    let made = app
        .catalog
        .write(async move |db| {
            let tree = Tree::of(&directories::all(db, workspace).await?);
            if directories::total(db, workspace).await? >= MAX_DIRECTORIES {
                let message =
                    format!("a workspace has at most {MAX_DIRECTORIES} directories; delete some first");
                return Ok(Err(ApiError::bad_request(message)));
            }
            if let Err(error) = fits(&tree, parent, 1) {
                return Ok(Err(error));
            }
            Ok(Ok(directories::create(db, workspace, parent, &name, now).await?))
        })
        .await?;
    answer(&app, &caller, made?).await
}

/// Whether folders can have these names, one in the other.
pub fn checked_way(names: &[&str]) -> ApiResult<()> {
    if names.len() > MAX_DEPTH {
        return Err(ApiError::bad_request(format!("directories lie at most {MAX_DEPTH} deep")));
    }
    names.iter().try_for_each(|name| checked_name((*name).to_owned()).map(drop))
}

/// The folder at the end of a way from the top; those that are not there are made.
pub async fn make_way(
    db: &mut Connection,
    workspace: WorkspaceId,
    names: &[&str],
    now: Millis,
) -> catalog::Result<ApiResult<Uuid>> {
    if let Err(why) = checked_way(names) {
        return Ok(Err(why));
    }
    let mut all = directories::all(db, workspace).await?;
    let mut parent = None;
    for name in names {
        let folded = fold(name);
        let here = all.iter().find(|row| row.parent == parent && fold(&row.name) == folded).map(|row| row.id);
        parent = match here {
            Some(here) => Some(here),
            None if all.len() as i64 >= MAX_DIRECTORIES => {
                let message =
                    format!("a workspace has at most {MAX_DIRECTORIES} directories; delete some first");
                return Ok(Err(ApiError::bad_request(message)));
            }
            None => {
                let made = directories::create(db, workspace, parent, name, now).await?;
                all = directories::all(db, workspace).await?;
                Some(made)
            }
        };
    }
    Ok(parent.ok_or_else(|| ApiError::field("/name", "a folder has a name")))
}

/// Whether folders of this height can lie in `parent`.
fn fits(tree: &Tree, parent: Option<Uuid>, height: usize) -> ApiResult<()> {
    let Some(parent) = parent else { return Ok(()) };
    if !tree.0.contains_key(&parent) {
        let message = format!("there is no directory {parent} in this workspace");
        return Err(ApiError::field("/parentDirectoryId", message));
    }
    if tree.way(parent).len() + height > MAX_DEPTH {
        let message = format!("directories lie at most {MAX_DEPTH} deep");
        return Err(ApiError::field("/parentDirectoryId", message));
    }
    Ok(())
}

async fn answer(
    app: &App,
    caller: &crate::api::auth::Caller,
    id: Uuid,
) -> ApiResult<Revised<DirectoryResponse>> {
    let all = directories::all(&mut *app.catalog.read().await?, caller.workspace).await?;
    let tree = Tree::of(&all);
    let row = tree.0.get(&id).ok_or_else(|| not_found(id))?;
    Ok(Revised(row.updated_at, DirectoryResponse { directory: tree.wire(row) }))
}

/// One folder.
#[utoipa::path(get, path = "/v1/directories/{id}", tag = "Directories", operation_id = "get_directory",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DirectoryResponse, headers(("ETag" = String))), (status = 404, body = ErrorResponse)))]
pub async fn get_directory(
    State(app): State<App>,
    caller: Can<LinksRead>,
    Path(id): Path<String>,
) -> ApiResult<Revised<DirectoryResponse>> {
    answer(&app, &caller, directory_id(&id)?).await
}

/// Renames or moves a folder with all that is in it.
#[utoipa::path(patch, path = "/v1/directories/{id}", tag = "Directories", operation_id = "update_directory",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag of what is changed")),
    request_body = UpdateDirectoryRequest,
    responses((status = 200, body = DirectoryResponse, headers(("ETag" = String))), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn update_directory(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    expected: IfMatch,
    Body(body): Body<UpdateDirectoryRequest>,
) -> ApiResult<Revised<DirectoryResponse>> {
    let id = directory_id(&id)?;
    let name = body.name.map(checked_name).transpose()?;
    refuse_both(
        "/parentDirectoryId",
        body.parent_directory_id.as_ref().is_some_and(|id| !id.is_empty()),
        body.parent_directory_id_delete,
    )?;
    let parent = match optional_id("/parentDirectoryId", body.parent_directory_id.as_deref())? {
        _ if body.parent_directory_id_delete == Some(true) => Some(None),
        None => None,
        parent => Some(parent),
    };
    let (workspace, now) = (caller.workspace, app.clock.now());
    let outcome = app
        .catalog
        .write(async move |db| {
            let tree = Tree::of(&directories::all(db, workspace).await?);
            let Some(row) = tree.0.get(&id) else { return Ok(Err(not_found(id))) };
            if let Err(error) = expected.check(row.updated_at) {
                return Ok(Err(error));
            }
            let parent = parent.unwrap_or(row.parent);
            if let Some(there) = parent
                && (there == id || tree.is_inside(there, id))
            {
                let message = "a directory cannot lie in itself; choose one that is not below it";
                return Ok(Err(ApiError::field("/parentDirectoryId", message)));
            }
            if let Err(error) = fits(&tree, parent, 1 + tree.height(id)) {
                return Ok(Err(error));
            }
            let name = name.as_deref().unwrap_or(&row.name);
            directories::update(db, workspace, id, parent, name, now).await?;
            Ok(Ok(()))
        })
        .await?;
    outcome?;
    answer(&app, &caller, id).await
}

/// Deletes an empty folder; one that holds folders or links is refused (412).
#[utoipa::path(delete, path = "/v1/directories/{id}", tag = "Directories", operation_id = "delete_directory",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn delete_directory(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Path(id): Path<String>,
    expected: IfMatch,
) -> ApiResult<Json<Empty>> {
    let (workspace, id) = (caller.workspace, directory_id(&id)?);
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(directory) = directories::get(db, workspace, id).await? else {
                return Ok(Err(not_found(id)));
            };
            if let Err(why) = expected.check(directory.updated_at) {
                return Ok(Err(why));
            }
            match directories::contents(db, workspace, id).await? {
                (0, 0) => Ok(Ok(directories::delete(db, workspace, id).await?)),
                (folders, links) => {
                    let message = format!(
                        "this directory holds {folders} directories and {links} links (archived ones included); move or \
                         delete them first"
                    );
                    Ok(Err(ApiError::precondition("DIRECTORY_NOT_EMPTY", message)))
                }
            }
        })
        .await?;
    outcome?;
    Ok(Json(Empty {}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Millis, WorkspaceId};

    #[test]
    fn a_tree_knows_its_ways() {
        let row = |id: u128, parent: Option<u128>, name: &str| Row {
            id: Uuid::from_u128(id),
            workspace: WorkspaceId(Uuid::nil()),
            parent: parent.map(Uuid::from_u128),
            name: name.into(),
            created_at: Millis(0),
            updated_at: Millis(0),
        };
        let tree =
            Tree::of(&[row(1, None, "a"), row(2, Some(1), "b"), row(3, Some(2), "c"), row(4, None, "d")]);
        let id = Uuid::from_u128;
        assert_eq!(tree.path(id(3)), "a/b/c");
        assert!(
            tree.is_inside(id(3), id(1)) && !tree.is_inside(id(1), id(3)) && !tree.is_inside(id(4), id(1))
        );
        assert_eq!((tree.height(id(1)), tree.height(id(3))), (2, 0));
        assert!(fits(&tree, Some(id(3)), MAX_DEPTH - 3).is_ok());
        assert!(fits(&tree, Some(id(3)), MAX_DEPTH - 2).is_err());
        assert!(fits(&tree, Some(id(9)), 1).is_err());
        let circle = Tree::of(&[row(1, Some(2), "a"), row(2, Some(1), "b")]);
        assert_eq!(circle.way(id(1)).len(), 2, "rows that should not be end nothing");
    }
}
