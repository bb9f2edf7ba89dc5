//! Workflow steps as they are edited, and the versions published from them.

use super::{Connection, Result, links};
use model::workflow::draft::Canvas;
use model::workflow::{Action, Graph, Payload, StepDraft, Workflow};
use model::{LinkId, Millis, StepId, WorkspaceId};
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A step as its owner edits it.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// Its id, kept across versions.
    pub id: StepId,
    /// Its link.
    pub link: LinkId,
    /// What it does: `LINK_VISIT`, `CLIENT_REDIRECT`.
    pub action: String,
    /// The payload's content on the wire.
    pub payload: Value,
    /// Branch id -> next step.
    pub branches: BTreeMap<String, StepId>,
    /// Place on the canvas.
    pub canvas: (f64, f64),
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

/// The action words the engine knows so far.
pub const LINK_VISIT: &str = "LINK_VISIT";
/// Leaves for a destination.
pub const CLIENT_REDIRECT: &str = "CLIENT_REDIRECT";

impl StepRow {
    /// The step as the engine knows it; `None` of a row whose action or payload it does not know.
    pub fn draft(&self) -> Option<StepDraft> {
        let key = Action::from_word(&self.action)?.payload_key();
        let payload = Payload::from_stored(json!({ key: self.payload })).ok()?;
        let (x, y) = self.canvas;
        let branches = self.branches.clone();
        Some(StepDraft { branches, canvas: Canvas { x, y }, ..StepDraft::new(self.id, payload) })
    }
}

fn read(row: &SqliteRow) -> Result<StepRow> {
    Ok(StepRow {
        id: StepId(row.try_get("id")?),
        link: LinkId(row.try_get("link_id")?),
        action: row.try_get("action")?,
        payload: serde_json::from_str(row.try_get("payload")?).unwrap_or_default(),
        branches: serde_json::from_str(row.try_get("branches")?).unwrap_or_default(),
        canvas: (row.try_get("canvas_x")?, row.try_get("canvas_y")?),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// Steps of a link, the entry first.
pub async fn list(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<Vec<StepRow>> {
    let rows = sqlx::query(
        "select * from workflow_steps where workspace_id = $1 and link_id = $2 order by position, created_at, id",
    )
    .bind(workspace.0)
    .bind(link.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Makes the steps of a new link, entry to redirect, and publishes them as version 1.
pub async fn create_default(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    destination: &str,
    conversion_tracking: bool,
    now: Millis,
) -> Result<Workflow> {
    let (entry, exit) = (Uuid::now_v7(), Uuid::now_v7());
    let redirect =
        serde_json::json!({ "destination": destination, "conversionTracking": conversion_tracking });
    let steps = [
        (entry, LINK_VISIT, serde_json::json!({}), serde_json::json!({ "next": exit })),
        (exit, CLIENT_REDIRECT, redirect, serde_json::json!({})),
    ];
    for (position, (id, action, payload, branches)) in steps.into_iter().enumerate() {
        sqlx::query(
            "insert into workflow_steps
                 (id, workspace_id, link_id, position, action, payload, branches, canvas_y, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(id)
        .bind(workspace.0)
        .bind(link.0)
        .bind(position as i64)
        .bind(action)
        .bind(payload.to_string())
        .bind(branches.to_string())
        .bind(position as f64 * 160.0)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    }
    publish(db, workspace, link, now).await
}

/// Changes a step's payload and place on the canvas. False when there is no such step.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    step: StepId,
    payload: Option<&Value>,
    canvas: Option<(f64, f64)>,
    now: Millis,
) -> Result<bool> {
    let done = sqlx::query(
        "update workflow_steps set payload = coalesce($4, payload), canvas_x = coalesce($5, canvas_x),
             canvas_y = coalesce($6, canvas_y), updated_at = $7
         where workspace_id = $1 and link_id = $2 and id = $3",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(step.0)
    .bind(payload.map(Value::to_string))
    .bind(canvas.map(|(x, _)| x))
    .bind(canvas.map(|(_, y)| y))
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Publishes the steps as they stand: a new immutable version, in force from the next scan on.
pub async fn publish(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    now: Millis,
) -> Result<Workflow> {
    let drafts = drafts(&list(db, workspace, link).await?);
    let row = sqlx::query(
        "select fallback_destination, expired_destination from links where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(link.0)
    .fetch_one(&mut *db)
    .await?;
    let graph = Graph::new(drafts, row.try_get(0)?, row.try_get(1)?);
    let row = sqlx::query(
        "insert into workflow_versions (link_id, version, graph, published_at)
         select $1, coalesce(max(version), 0) + 1, $2, $3 from workflow_versions where link_id = $1
         returning version",
    )
    .bind(link.0)
    .bind(graph.to_json())
    .bind(now.0)
    .fetch_one(&mut *db)
    .await?;
    let version = row.try_get::<i64, _>(0)? as u32;
    links::set_version(db, workspace, link, version, now).await?;
    Ok(graph.compile(version))
}

/// The workflow that would be published of these steps, without fallback and end.
pub fn draft(rows: &[StepRow]) -> Workflow {
    Graph::new(drafts(rows), None, None).compile(0)
}

fn drafts(rows: &[StepRow]) -> Vec<StepDraft> {
    rows.iter().filter_map(StepRow::draft).collect()
}

/// A published version, compiled. Old versions are asked for when their scans are read.
pub async fn version(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    version: u32,
) -> Result<Option<Workflow>> {
    let row = sqlx::query(
        "select v.graph from workflow_versions v join links l on l.id = v.link_id
         where l.workspace_id = $1 and v.link_id = $2 and v.version = $3",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(i64::from(version))
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(Graph::read(row.try_get(0)?).compile(version))).transpose()
}

/// A published version of a workflow: its number, when it was published, and where it led while it has exactly one
/// redirect.
pub type Published = (u32, Millis, Option<String>);

/// The versions of a link, newest first.
pub async fn versions(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    limit: i64,
) -> Result<Vec<Published>> {
    let rows = sqlx::query(
        "select v.version, v.published_at, v.graph from workflow_versions v join links l on l.id = v.link_id
         where l.workspace_id = $1 and l.id = $2 order by v.version desc limit $3",
    )
    .bind(workspace.0)
    .bind(link.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let destination = Graph::read(row.try_get(2)?).only_destination().map(str::to_owned);
        Ok((row.try_get::<i64, _>(0)? as u32, Millis(row.try_get(1)?), destination))
    };
    rows.iter().map(read).collect()
}
