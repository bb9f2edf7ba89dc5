//! Published versions of workflows: immutable, numbered within their link.

use super::{Connection, Result, links, steps};
use model::workflow::{Graph, StepDraft, Workflow};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A version of a workflow as lists of them show it.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its number, counted from 1.
    pub version: u32,
    /// When it was published.
    pub at: Millis,
    /// By whom, as far as that was noted.
    pub by: String,
    /// The steps it was made of.
    pub steps: Vec<StepDraft>,
    /// Where it led, while it has exactly one redirect.
    pub destination: Option<String>,
}

/// Publishes the steps as they stand: a new immutable version, in force from the next scan on.
pub async fn publish(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    by: &str,
    now: Millis,
) -> Result<Published> {
    let rows = steps::list(db, workspace, link).await?;
    let row = sqlx::query(
        "select fallback_destination, expired_destination from links where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(link.0)
    .fetch_one(&mut *db)
    .await?;
    let drafts = steps::drafts(&rows);
    let graph = Graph::new(drafts, row.try_get(0)?, row.try_get(1)?);
    let row = sqlx::query(
        "insert into workflow_versions (link_id, version, graph, published_at, published_by)
         select $1, coalesce(max(version), 0) + 1, $2, $3, $4 from workflow_versions where link_id = $1
         returning version",
    )
    .bind(link.0)
    .bind(graph.to_json())
    .bind(now.0)
    .bind(by)
    .fetch_one(&mut *db)
    .await?;
    let version = row.try_get::<i64, _>(0)? as u32;
    links::set_version(db, workspace, link, version, now).await?;
    let destination = graph.only_destination().map(str::to_owned);
    Ok(Published { version, at: now, by: by.to_owned(), steps: graph.steps, destination })
}

/// What a version was published as. Old versions are asked for when their scans are read.
pub async fn graph(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    version: u32,
) -> Result<Option<Graph>> {
    let row = sqlx::query(
        "select v.graph from workflow_versions v join links l on l.id = v.link_id
         where l.workspace_id = $1 and v.link_id = $2 and v.version = $3",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(i64::from(version))
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(Graph::read(row.try_get(0)?))).transpose()
}

/// A published version, compiled.
pub async fn workflow(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    version: u32,
) -> Result<Option<Workflow>> {
    Ok(graph(db, workspace, link, version).await?.map(|graph| graph.compile(version)))
}

const COLUMNS: &str = "select v.version, v.published_at, v.published_by, v.graph
    from workflow_versions v join links l on l.id = v.link_id
    where l.workspace_id = $1 and l.id = $2";

fn read(row: &SqliteRow) -> Result<Published> {
    let graph = Graph::read(row.try_get(3)?);
    Ok(Published {
        version: row.try_get::<i64, _>(0)? as u32,
        at: Millis(row.try_get(1)?),
        by: row.try_get(2)?,
        destination: graph.only_destination().map(str::to_owned),
        steps: graph.steps,
    })
}

/// All versions of a workspace's links, the newest of each first.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(LinkId, Published)>> {
    let rows = sqlx::query(
        "select v.version, v.published_at, v.published_by, v.graph, v.link_id
         from workflow_versions v join links l on l.id = v.link_id
         where l.workspace_id = $1 order by v.link_id, v.version desc",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((LinkId(row.try_get(4)?), read(row)?))).collect()
}

/// The versions of a link, newest first.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    limit: i64,
) -> Result<Vec<Published>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} order by v.version desc limit $3")))
        .bind(workspace.0)
        .bind(link.0)
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// One version.
pub async fn get(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    version: u32,
) -> Result<Option<Published>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} and v.version = $3")))
        .bind(workspace.0)
        .bind(link.0)
        .bind(i64::from(version))
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}
