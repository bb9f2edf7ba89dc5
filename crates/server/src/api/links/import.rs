//! Links out of a file: a table (CSV), or what another program exports (`model/src/import.rs`). Looked at first, with what is
//! wrong row by row, then made; many of them in the background.

use super::create::{CreateLinkRequest, Making, Prepared, insert};
use crate::api::auth::{Can, LinksWrite};
use crate::api::body::Body;
use crate::api::directories::make_way;
use crate::api::jobs;
use crate::app::App;
use crate::catalog::changes::Actor;
use crate::catalog::imports::{self, Imported};
use crate::catalog::jobs::Job;
use crate::catalog::links::slug_is_taken;
use crate::catalog::{self, Connection, directories, domains};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use model::import::cell::instant;
use model::import::{Column, Row, Source, Table};
use model::slug::fold;
use model::{DomainId, LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Rows that are made at once; more are a job, so many in each of its transactions.
pub const AT_ONCE: usize = 250;
/// Errors that an answer tells; it counts all.
const TOLD: usize = 500;
/// Rows shown of what a table was read as.
const PREVIEW: usize = 10;

/// A table of links.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportLinksRequest {
    /// The file as text: CSV whose first row names the columns (comma, semicolon or tab), or the JSON list that the API of
    /// Bitly, Dub, Kutt, Shlink or YOURLS hands out.
    csv: String,
    /// The program that made it: `bitly`, `dub`, `kutt`, `shlink`, `yourls`, or `csv` for any other table. Recognised by the
    /// names of the columns when absent.
    from: Option<String>,
    /// Makes nothing, and tells what would be made and what is wrong.
    dry_run: Option<bool>,
    /// Makes the rows that are right; otherwise one wrong row refuses all.
    skip_invalid: Option<bool>,
}

/// What a table was read as, and what was made of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportLinksResponse {
    /// The program that made the file, as it was said or recognised.
    source: &'static str,
    row_count: usize,
    /// Rows that are right.
    valid_count: usize,
    error_count: usize,
    /// The first 500 of what is wrong.
    errors: Vec<RowError>,
    /// What of rows that are right could not be taken over, the first 500 of `noteCount`.
    notes: Vec<RowError>,
    note_count: usize,
    /// Domains of the file that are none of this workspace: their slugs answer at the base host, and codes printed with them
    /// lead where they led.
    other_domains: Vec<String>,
    /// What the program had counted for the rows that are right; shown beside them, and added to nothing.
    imported_clicks: u64,
    columns: Vec<ImportColumn>,
    /// Folders that are not there yet.
    new_folders: Vec<String>,
    /// The first rows as they were read.
    preview: Vec<PreviewRow>,
    /// Links that were made, in the order of their rows; absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_ids: Option<Vec<String>>,
    /// For taking it back: `POST /v1/x/links/bulk/{batchId}/undo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_id: Option<String>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RowError {
    /// Line of the file in which the row begins, counted from 1.
    line: u64,
    /// The column by its name in the file; empty where it is the row.
    column: String,
    /// What is wrong and how to mend it.
    message: String,
}

/// How a column was understood.
#[derive(Serialize, ToSchema)]
pub struct ImportColumn {
    /// Its name in the file.
    name: String,
    /// `destination`, `name`, `shortlink`, `domain`, `tags`, `folder`, `purpose`, `notes`, `startsAt`, `expiresAt`,
    /// `createdAt`, `clicks`, `lastClickAt`, `metadata`, `lost` (told row by row), or `ignored`.
    meaning: String,
}

/// A row as it was read.
#[derive(Serialize, ToSchema)]
pub struct PreviewRow {
    line: u64,
    destination: String,
    name: String,
    shortlink: String,
    tags: Vec<String>,
    folder: String,
    /// When it was made elsewhere, and how often it was followed there.
    #[serde(skip_serializing_if = "String::is_empty")]
    created_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    clicks: String,
}

/// What rows of a table refer to by name.
struct Places {
    domains: HashMap<String, (DomainId, bool)>,
    /// Authority of the base URL.
    base: String,
    /// Path, folded -> folder.
    folders: HashMap<String, Uuid>,
}

impl Places {
    async fn read(db: &mut Connection, workspace: WorkspaceId, app: &App) -> catalog::Result<Self> {
        let domains = domains::all(db, workspace).await?;
        let domains = domains.into_iter().map(|domain| {
            let is_active = domain.is_active();
            (domain.name, (domain.id, is_active))
        });
        let all = directories::all(db, workspace).await?;
        let by_id: HashMap<Uuid, &directories::Directory> = all.iter().map(|row| (row.id, row)).collect();
        let path = |row: &directories::Directory| {
            let mut names = vec![row.name.clone()];
            let mut parent = row.parent;
            while let Some(above) = parent.and_then(|parent| by_id.get(&parent)) {
                names.push(above.name.clone());
                parent = above.parent;
            }
            names.reverse();
            fold(&names.join("/"))
        };
        let folders = all.iter().map(|row| (path(row), row.id)).collect();
        let base = app.hosts().base().split_once("://").map_or("", |(_, authority)| authority).to_lowercase();
        Ok(Self { domains: domains.collect(), base, folders })
    }
}

/// A row that is right: the link, and the folder that has to be made for it first.
struct Right {
    line: u64,
    prepared: Prepared,
    new_folder: Option<String>,
    imported: Option<Imported>,
}

/// What was found of rows.
#[derive(Default)]
struct Looked {
    right: Vec<Right>,
    errors: Vec<RowError>,
    /// About rows that are right.
    notes: Vec<RowError>,
    other_domains: BTreeSet<String>,
}

/// The file as a table.
fn table(csv: &str, from: Option<&str>) -> ApiResult<Table> {
    let source = from.map(|word| {
        Source::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = Source::ALL.into_iter().map(Source::as_str).collect();
            ApiError::field("/from", format!("\"{word}\" is none of {}", known.join(", ")))
        })
    });
    Table::read(csv, source.transpose()?).map_err(|why| ApiError::field("/csv", why))
}

/// Whether a domain that a row names is another program's own: then its slug answers at the base host.
fn is_elsewhere(table: &Table, row: &Row, places: &Places) -> Option<String> {
    let name = table.cell(row, &Column::Domain).to_lowercase();
    let is_ours = name.is_empty() || places.domains.contains_key(&name) || places.base == name;
    (table.source != Source::Plain && !is_ours).then_some(name)
}

/// What the program knew of a row's link; nothing where the file tells nothing of the kind.
fn imported(table: &Table, row: &Row, elsewhere: Option<&str>) -> Option<Imported> {
    let at = |column| instant(table.cell(row, &column)).map(Millis::from);
    let imported = Imported {
        source: table.source.as_str().to_owned(),
        address: elsewhere.map_or_else(String::new, |domain| {
            format!("{domain}/{}", table.cell(row, &Column::Slug).trim_start_matches('/'))
        }),
        made_at: at(Column::Created),
        clicks: table.cell(row, &Column::Clicks).parse().ok(),
        last_click_at: at(Column::LastClick),
    };
    let tells = imported.made_at.is_some() || imported.clicks.is_some() || imported.last_click_at.is_some();
    (tells || table.source != Source::Plain).then_some(imported)
}

/// A row as a request for a link, with the folder that is not there yet.
fn request(
    table: &Table,
    row: &Row,
    places: &Places,
) -> Result<(CreateLinkRequest, Option<String>), RowError> {
    let cell = |column: Column| Some(table.cell(row, &column).to_owned()).filter(|text| !text.is_empty());
    let wrong = |column: &str, message: String| RowError {
        line: row.line,
        column: table.name_of(column).to_owned(),
        message,
    };
    let named = cell(Column::Domain).filter(|_| is_elsewhere(table, row, places).is_none());
    let domain = match named.filter(|name| name.to_lowercase() != places.base) {
        None => None,
        Some(name) => match places.domains.get(&name.to_lowercase()) {
            Some((id, true)) => Some(id.to_string()),
            Some((_, false)) => {
                return Err(wrong("domain", format!("the domain {name} is not active yet")));
            }
            None => {
                let message = format!(
                    "there is no domain {name} in this workspace; leave the cell empty for the base host"
                );
                return Err(wrong("domain", message));
            }
        },
    };
    let folder = cell(Column::Folder).map(|path| way(&path).join("/")).filter(|path| !path.is_empty());
    let known = folder.as_ref().and_then(|path| places.folders.get(&fold(path)));
    let metadata: BTreeMap<String, String> = table
        .columns
        .iter()
        .filter_map(|(_, column)| match column {
            Column::Metadata(key) => cell(column.clone()).map(|value| (key.clone(), value)),
            _ => None,
        })
        .collect();
    let request = CreateLinkRequest::of_row(json!({
        "destination": cell(Column::Destination),
        "name": cell(Column::Name),
        "shortlink": cell(Column::Slug).map(|slug| slug.trim_start_matches('/').to_owned()),
        "customDomainId": domain,
        "directoryId": known,
        "tags": tags(&cell(Column::Tags).unwrap_or_default()),
        "purpose": cell(Column::Purpose),
        "xNotes": cell(Column::Notes),
        "xStartsAt": cell(Column::Starts),
        "expiresAt": cell(Column::Expires),
        "metadata": metadata,
    }));
    let new_folder = if known.is_some() { None } else { folder };
    request.map(|request| (request, new_folder)).map_err(|why| wrong("", why.message().to_owned()))
}

/// Folders of a path.
fn way(path: &str) -> Vec<&str> {
    path.split('/').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Names of tags in a cell.
fn tags(cell: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for name in cell.split([',', ';', '|']).map(str::trim).filter(|name| !name.is_empty()) {
        if !tags.iter().any(|other| fold(other) == fold(name)) {
            tags.push(name.to_owned());
        }
    }
    tags
}

/// Looks at rows: those that are right, and what is wrong with the others. `seen`: slugs of the rows before.
async fn check(
    db: &mut Connection,
    (app, making): (&App, &Making<'_>),
    workspace: WorkspaceId,
    (table, rows): (&Table, &[Row]),
    seen: &mut HashSet<(DomainId, String)>,
) -> ApiResult<Looked> {
    let places = Places::read(db, workspace, app).await?;
    let (mut looked, mut errors) = (Looked::default(), Vec::new());
    for row in rows {
        let read = request(table, row, &places).and_then(|(request, new_folder)| {
            let prepared = making.prepare(request, None).map_err(|why| told(table, row.line, &why))?;
            let elsewhere = is_elsewhere(table, row, &places);
            let imported = imported(table, row, elsewhere.as_deref());
            looked.other_domains.extend(elsewhere);
            Ok(Right { line: row.line, prepared, new_folder, imported })
        });
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if let Some(path) = &read.new_folder
            && let Err(why) = crate::api::directories::checked_way(&way(path))
        {
            errors
                .push(RowError { column: table.name_of("folder").to_owned(), ..told(table, row.line, &why) });
            continue;
        }
        let link = &read.prepared.link;
        if !read.prepared.is_generated {
            let slug = table.name_of("shortlink").to_owned();
            let error = |message: &str| RowError {
                line: row.line,
                column: slug.clone(),
                message: message.to_owned(),
            };
            if slug_is_taken(db, link.domain, &link.slug).await? {
                errors.push(error("this slug leads somewhere already (upper and lower case are the same)"));
                continue;
            }
            if !seen.insert((link.domain, link.slug.folded().to_owned())) {
                errors.push(error(
                    "a row before this one has the same slug (upper and lower case are the same)",
                ));
                continue;
            }
        }
        let odd = row.oddities.iter().map(|odd| RowError {
            line: row.line,
            column: odd.column.clone(),
            message: odd.message.clone(),
        });
        looked.notes.extend(odd);
        looked.right.push(read);
    }
    looked.errors = errors;
    Ok(looked)
}

/// An error of a link as one of a row.
fn told(table: &Table, line: u64, why: &ApiError) -> RowError {
    let field =
        why.detail().map(|detail| detail.field.trim_start_matches('/').to_owned()).unwrap_or_default();
    let meaning = match field.split('/').next().unwrap_or_default() {
        "xNotes" => "notes",
        "customDomainId" => "domain",
        "directoryId" => "folder",
        other => other,
    };
    RowError { line, column: table.name_of(meaning).to_owned(), message: why.message().to_owned() }
}

/// Makes links out of a table. Up to 250 rows at once, all or none; more as a job, 250 in each of its transactions.
#[utoipa::path(post, path = "/v1/x/links/import", tag = "Links", operation_id = "import_links",
    request_body = ImportLinksRequest,
    responses((status = 200, body = ImportLinksResponse), (status = 202, body = jobs::Job, headers(("Location" = String))),
        (status = 400, body = ErrorResponse)))]
pub async fn import_links(
    State(app): State<App>,
    caller: Can<LinksWrite>,
    Body(body): Body<ImportLinksRequest>,
) -> ApiResult<Response> {
    let (workspace, now) = (caller.workspace, app.clock.now());
    let table = table(&body.csv, body.from.as_deref())?;
    let making = Making::begin(&app, workspace).await?;
    let mut db = app.catalog.read().await?;
    let rows = (&table, &table.rows[..]);
    let looked = check(&mut db, (&app, &making), workspace, rows, &mut HashSet::new()).await?;
    drop(db);
    let skip_invalid = body.skip_invalid == Some(true);
    let mut answer = described(&table, &looked);
    let Looked { right, errors, .. } = looked;
    if body.dry_run == Some(true) {
        return Ok(Json(answer).into_response());
    }
    if right.is_empty() || !errors.is_empty() && !skip_invalid {
        let first = errors.first().map(|error| format!("line {}: {}", error.line, error.message));
        let message = format!(
            "{} of {} rows cannot be made; nothing was. The first, {}",
            errors.len(),
            table.rows.len(),
            first.unwrap_or_default()
        );
        let details = errors.into_iter().take(TOLD);
        return Err(ApiError::fields(
            message,
            details.map(|error| (format!("/csv/{}/{}", error.line, error.column), error.message)),
        ));
    }
    let (actor, batch) = (caller.actor(), Uuid::now_v7());
    if table.rows.len() > AT_ONCE {
        let payload =
            json!({ "actor": actor, "csv": body.csv, "from": table.source.as_str(), "batch": batch });
        let result = json!({ "itemCount": table.rows.len(), "doneCount": 0, "errorCount": 0, "errors": [],
            "batchId": batch });
        return jobs::accepted(&app, &caller, jobs::IMPORT, payload, result).await;
    }
    let telling = app.clone();
    let made = app
        .catalog
        .attempt(async move |db| make(db, &telling, workspace, right, (&actor, batch), now).await)
        .await??;
    app.webhooks.bell.notify_one();
    for id in &made {
        app.table.refresh(&app.catalog, *id).await?;
    }
    answer.link_ids = Some(made.iter().map(LinkId::to_string).collect());
    answer.batch_id = Some(batch.to_string());
    Ok(Json(answer).into_response())
}

fn described(table: &Table, looked: &Looked) -> ImportLinksResponse {
    let Looked { right, errors, notes, other_domains } = looked;
    let folders = right.iter().filter_map(|row| row.new_folder.as_ref());
    let folders: BTreeMap<String, &String> = folders.rev().map(|path| (fold(path), path)).collect();
    let row = |row: &Row| PreviewRow {
        line: row.line,
        destination: table.cell(row, &Column::Destination).to_owned(),
        name: table.cell(row, &Column::Name).to_owned(),
        shortlink: table.cell(row, &Column::Slug).to_owned(),
        tags: tags(table.cell(row, &Column::Tags)),
        folder: table.cell(row, &Column::Folder).to_owned(),
        created_at: table.cell(row, &Column::Created).to_owned(),
        clicks: table.cell(row, &Column::Clicks).to_owned(),
    };
    let clicks = right.iter().filter_map(|row| row.imported.as_ref()?.clicks);
    let column = |(name, column): &(String, Column)| ImportColumn {
        name: name.clone(),
        meaning: column.as_str().to_owned(),
    };
    ImportLinksResponse {
        source: table.source.as_str(),
        notes: notes.iter().take(TOLD).cloned().collect(),
        note_count: notes.len(),
        other_domains: other_domains.iter().cloned().collect(),
        imported_clicks: clicks.map(i64::unsigned_abs).sum(),
        row_count: table.rows.len(),
        valid_count: right.len(),
        error_count: errors.len(),
        errors: errors.iter().take(TOLD).cloned().collect(),
        columns: table.columns.iter().filter(|(name, _)| !name.is_empty()).map(column).collect(),
        new_folders: folders.into_values().cloned().collect(),
        preview: table.rows.iter().take(PREVIEW).map(row).collect(),
        link_ids: None,
        batch_id: None,
    }
}

/// Makes links of rows, and the folders they lie in.
async fn make(
    db: &mut Connection,
    app: &App,
    workspace: WorkspaceId,
    rows: Vec<Right>,
    (actor, batch): (&Actor, Uuid),
    now: Millis,
) -> catalog::Result<ApiResult<Vec<LinkId>>> {
    let mut prepared = Vec::with_capacity(rows.len());
    let mut were: Vec<(LinkId, Imported)> = Vec::new();
    let mut made: HashMap<String, Uuid> = HashMap::new();
    for mut row in rows {
        if let Some(path) = row.new_folder {
            let key = fold(&path);
            let folder = match made.get(&key) {
                Some(folder) => *folder,
                None => match make_way(db, workspace, &way(&path), now).await? {
                    Ok(folder) => folder,
                    Err(why) => return Ok(Err(why.of(format!("line {}", row.line)))),
                },
            };
            made.insert(key, folder);
            row.prepared.link.directory = Some(folder);
        }
        were.extend(row.imported.map(|imported| (row.prepared.id(), imported)));
        prepared.push(row.prepared);
    }
    let ids: Vec<LinkId> = prepared.iter().map(Prepared::id).collect();
    let made = insert(db, app, workspace, prepared, (actor, Some(batch)), now, in_table).await?;
    if made.is_ok() {
        imports::note(db, &were).await?;
    }
    Ok(made.map(|()| ids))
}

fn in_table(place: usize) -> String {
    format!("/csv/{place}")
}

/// Makes the next rows of a job's table in one transaction with its progress. What has become wrong since the request was
/// looked at is told in the job; the other rows are made.
pub async fn go_on(app: &App, job: Job, actor: Actor) -> ApiResult<()> {
    let (id, workspace, now) = (job.id, job.workspace, app.clock.now());
    let done = job.result["doneCount"].as_u64().unwrap_or_default() as usize;
    let batch = job.payload["batch"].as_str().and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_default();
    let before = job.result.clone();
    let read = table(job.payload["csv"].as_str().unwrap_or_default(), job.payload["from"].as_str());
    let table = match read {
        Ok(table) => table,
        Err(why) => {
            return Ok(app
                .catalog
                .write(async move |db| jobs::give_up(db, id, before, &why, now).await)
                .await?);
        }
    };
    let end = table.rows.len().min(done + AT_ONCE);
    let making = Making::begin(app, workspace).await?;
    let mut db = app.catalog.read().await?;
    // Slugs of the rows before are taken by their links by now.
    let rows = (&table, &table.rows[done..end]);
    let looked = check(&mut db, (app, &making), workspace, rows, &mut HashSet::new()).await?;
    let Looked { right, errors, .. } = looked;
    drop(db);
    let telling = app.clone();
    let is_last = end == table.rows.len();
    let mut result = job.result;
    let links = app
        .catalog
        .attempt(async move |db| {
            let mut taken = Vec::new();
            let mut free = Vec::with_capacity(right.len());
            // On the one writer thread: from here on nobody takes a slug meanwhile.
            for row in right {
                let link = &row.prepared.link;
                if !row.prepared.is_generated && slug_is_taken(db, link.domain, &link.slug).await? {
                    let message = "this slug leads somewhere by now".to_owned();
                    let column = table.name_of("shortlink").to_owned();
                    taken.push(RowError { line: row.line, column, message });
                } else {
                    free.push(row);
                }
            }
            let made = match make(db, &telling, workspace, free, (&actor, batch), now).await? {
                Ok(made) => made,
                Err(why) => return Ok(Err(why)),
            };
            note(&mut result, end, errors.into_iter().chain(taken), &made);
            catalog::jobs::note(db, id, &result).await?;
            Ok(Ok((made, result)))
        })
        .await?;
    let (links, result) = match links {
        Ok(done) => done,
        Err(why) => {
            app.catalog.write(async move |db| jobs::give_up(db, id, before, &why, now).await).await?;
            return Ok(());
        }
    };
    app.webhooks.bell.notify_one();
    for link in links {
        app.table.refresh(&app.catalog, link).await?;
    }
    if is_last {
        // Not before its links answer. A process that is killed in between has no row left to do, and comes here again.
        app.catalog.write(async move |db| jobs::done(db, id, &result, now).await).await?;
    }
    Ok(())
}

/// Adds to what a job has done so far.
fn note(result: &mut Value, done: usize, errors: impl Iterator<Item = RowError>, made: &[LinkId]) {
    result["doneCount"] = json!(done);
    let mut count = result["errorCount"].as_u64().unwrap_or_default();
    let mut told = result["errors"].as_array().cloned().unwrap_or_default();
    for error in errors {
        count += 1;
        if told.len() < TOLD {
            told.push(json!(error));
        }
    }
    result["errorCount"] = json!(count);
    result["errors"] = told.into();
    let ids = result["linkIds"].as_array().cloned().unwrap_or_default();
    result["linkIds"] = ids.into_iter().chain(made.iter().map(|id| json!(id.to_string()))).collect();
}
