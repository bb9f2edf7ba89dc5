//! Workflow steps as they are edited, and the versions published from them.

use super::{Connection, Result, links};
use model::workflow::{Action, Step, Workflow};
use model::{Destination, LinkId, Millis, StepId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

/// The steps of a new link: entry to redirect.
pub fn default_steps(
    link: LinkId,
    destination: &str,
    conversion_tracking: bool,
    now: Millis,
) -> [StepRow; 2] {
    let (entry, exit) = (StepId(Uuid::now_v7()), StepId(Uuid::now_v7()));
    let step = |id, action: &str, payload, branches, y| StepRow {
        id,
        link,
        action: action.to_owned(),
        payload,
        branches,
        canvas: (0.0, y),
        created_at: now,
        updated_at: now,
    };
    let redirect =
        serde_json::json!({ "destination": destination, "conversionTracking": conversion_tracking });
    [
        step(entry, LINK_VISIT, serde_json::json!({}), BTreeMap::from([("next".to_owned(), exit)]), 0.0),
        step(exit, CLIENT_REDIRECT, redirect, BTreeMap::new(), 160.0),
    ]
}

/// What is published of steps, with the destinations of a link's fallback and end: the `graph` column.
pub fn graph(rows: &[StepRow], (fallback, expired): (Option<&str>, Option<&str>)) -> String {
    let mut graph = Graph::of(rows);
    graph.fallback = graph.add_destination(fallback);
    graph.expired = graph.add_destination(expired);
    serde_json::json!(graph).to_string()
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
    let steps = default_steps(link, destination, conversion_tracking, now);
    for (position, step) in steps.into_iter().enumerate() {
        sqlx::query(
            "insert into workflow_steps
                 (id, workspace_id, link_id, position, action, payload, branches, canvas_y, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(step.id.0)
        .bind(workspace.0)
        .bind(link.0)
        .bind(position as i64)
        .bind(step.action)
        .bind(step.payload.to_string())
        .bind(serde_json::json!(step.branches).to_string())
        .bind(step.canvas.1)
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
    let mut graph = Graph::of(&list(db, workspace, link).await?);
    let row = sqlx::query(
        "select fallback_destination, expired_destination from links where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(link.0)
    .fetch_one(&mut *db)
    .await?;
    graph.fallback = graph.add_destination(row.try_get(0)?);
    graph.expired = graph.add_destination(row.try_get(1)?);
    let row = sqlx::query(
        "insert into workflow_versions (link_id, version, graph, published_at)
         select $1, coalesce(max(version), 0) + 1, $2, $3 from workflow_versions where link_id = $1
         returning version",
    )
    .bind(link.0)
    .bind(serde_json::json!(graph).to_string())
    .bind(now.0)
    .fetch_one(&mut *db)
    .await?;
    let version = row.try_get::<i64, _>(0)? as u32;
    links::set_version(db, workspace, link, version, now).await?;
    Ok(graph.compile(version))
}

/// The workflow that would be published of these steps, without fallback and end.
pub fn draft(rows: &[StepRow]) -> Workflow {
    Graph::of(rows).compile(0)
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
        let destination = Graph::read(row.try_get(2)?).only_destination();
        Ok((row.try_get::<i64, _>(0)? as u32, Millis(row.try_get(1)?), destination))
    };
    rows.iter().map(read).collect()
}

/// What a version's `graph` column holds. Fields are only ever added.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Graph {
    steps: Vec<GraphStep>,
    destinations: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expired: Option<u16>,
}

#[derive(Debug, Serialize, Deserialize)]
struct GraphStep {
    id: StepId,
    action: String,
    /// Index of the next step by branch, in the order of the action's branches.
    branches: Vec<Option<u16>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destination: Option<u16>,
    #[serde(default)]
    conversion_tracking: bool,
}

impl Graph {
    /// Reads the column.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    fn of(rows: &[StepRow]) -> Self {
        let mut graph = Self::default();
        for row in rows {
            let next = |branch: &str| {
                let id = row.branches.get(branch)?;
                rows.iter().position(|other| other.id == *id).map(|index| index as u16)
            };
            let mut step = GraphStep {
                id: row.id,
                action: row.action.clone(),
                branches: Vec::new(),
                destination: None,
                conversion_tracking: false,
            };
            match row.action.as_str() {
                CLIENT_REDIRECT => {
                    step.destination = graph.add_destination(row.payload["destination"].as_str());
                    step.conversion_tracking = row.payload["conversionTracking"].as_bool().unwrap_or(false);
                }
                _ => step.branches.push(next("next")),
            }
            graph.steps.push(step);
        }
        graph
    }

    /// The destination of the redirect, while there is exactly one.
    pub fn only_destination(&self) -> Option<String> {
        let mut redirects = self.steps.iter().filter_map(|step| step.destination);
        match (redirects.next(), redirects.next()) {
            (Some(index), None) => self.destinations.get(usize::from(index)).cloned(),
            _ => None,
        }
    }

    fn add_destination(&mut self, text: Option<&str>) -> Option<u16> {
        let index = self.destinations.len() as u16;
        self.destinations.push(text?.to_owned());
        Some(index)
    }

    /// The version as the engine walks it.
    pub fn compile(self, version: u32) -> Workflow {
        let steps = self
            .steps
            .into_iter()
            .map(|step| Step {
                id: step.id,
                action: match step.destination {
                    Some(destination) => {
                        Action::Redirect { destination, conversion_tracking: step.conversion_tracking }
                    }
                    None => Action::LinkVisit,
                },
                branches: step.branches,
            })
            .collect();
        let destinations = self.destinations.iter().map(|text| Destination::stored(text)).collect();
        Workflow { version, steps, destinations, fallback: self.fallback, expired: self.expired }
    }
}
