//! Workflow steps as they are edited, one row a step. What is in force is a version published from them
//! ([`super::versions`]).

use super::{Connection, Result};
use model::workflow::draft::Canvas;
use model::workflow::payload::{ClientRedirect, NEXT};
use model::workflow::{Payload, StepDraft};
use model::{LinkId, Millis, StepId, WorkspaceId};
use serde_json::{Map, Value, json};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A step as its owner edits it.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// The step.
    pub step: StepDraft,
    /// Its link.
    pub link: LinkId,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

/// A row that cannot be read is none: the code goes to its fallback rather than nowhere at all.
fn read(row: &SqliteRow) -> Result<Option<StepRow>> {
    let json = |column: &str| -> Result<Value> {
        let text: Option<&str> = row.try_get(column)?;
        Ok(text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
    };
    let id: Uuid = row.try_get("id")?;
    let stored = json!({
        "id": id,
        "payload": stored_payload(row.try_get("action")?, json("payload")?),
        "branches": json("branches")?,
        "attributeCapture": json("attribute_capture")?,
        "backButton": json("back_button")?,
        "canvasPosition": Canvas { x: row.try_get("canvas_x")?, y: row.try_get("canvas_y")? },
    });
    let step = match serde_json::from_value::<StepDraft>(stored) {
        Ok(step) => step,
        Err(error) => {
            tracing::error!(step = %id, %error, "A workflow step cannot be read and is left out");
            return Ok(None);
        }
    };
    Ok(Some(StepRow {
        step,
        link: LinkId(row.try_get("link_id")?),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    }))
}

/// The action's word and the inside of its payload stand in columns of their own.
fn stored_payload(word: &str, inside: Value) -> Value {
    let key = model::workflow::Action::from_word(word).map_or(word, |action| action.payload_key());
    Value::Object(Map::from_iter([(key.to_owned(), inside)]))
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
    let rows: Vec<Option<StepRow>> = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// The steps themselves.
pub fn drafts(rows: &[StepRow]) -> Vec<StepDraft> {
    rows.iter().map(|row| row.step.clone()).collect()
}

/// The steps of a new link: entry to exit.
pub fn default_steps(exit: Payload) -> [StepDraft; 2] {
    let exit =
        StepDraft { canvas: Canvas { x: 0.0, y: 160.0 }, ..StepDraft::new(StepId(Uuid::now_v7()), exit) };
    let mut entry = StepDraft::new(StepId(Uuid::now_v7()), Payload::LinkVisit(Default::default()));
    entry.branches.insert(NEXT.to_owned(), exit.id);
    [entry, exit]
}

/// The exit of an ordinary link.
pub fn redirect_to(destination: &str, conversion_tracking: bool) -> Payload {
    Payload::ClientRedirect(ClientRedirect { destination: destination.to_owned(), conversion_tracking })
}

/// Makes the rows of a link what `after` says, given that they are `before`: writes what differs, deletes what is gone.
pub async fn save(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    before: &[StepRow],
    after: &[StepDraft],
    now: Millis,
) -> Result<()> {
    for row in before.iter().filter(|row| !after.iter().any(|step| step.id == row.step.id)) {
        sqlx::query("delete from workflow_steps where workspace_id = $1 and link_id = $2 and id = $3")
            .bind(workspace.0)
            .bind(link.0)
            .bind(row.step.id.0)
            .execute(&mut *db)
            .await?;
    }
    for (position, step) in after.iter().enumerate() {
        let stands = before.get(position).is_some_and(|row| row.step == *step);
        if stands {
            continue;
        }
        let action = step.action();
        let mut payload = step.payload.to_stored();
        sqlx::query(
            "insert into workflow_steps
                 (id, workspace_id, link_id, position, action, payload, branches, attribute_capture, back_button,
                  canvas_x, canvas_y, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
             on conflict (id) do update set position = excluded.position, action = excluded.action,
                 payload = excluded.payload, branches = excluded.branches,
                 attribute_capture = excluded.attribute_capture, back_button = excluded.back_button,
                 canvas_x = excluded.canvas_x, canvas_y = excluded.canvas_y, updated_at = excluded.updated_at
                 where workflow_steps.workspace_id = $2 and workflow_steps.link_id = $3",
        )
        .bind(step.id.0)
        .bind(workspace.0)
        .bind(link.0)
        .bind(position as i64)
        .bind(action.as_str())
        .bind(payload[action.payload_key()].take().to_string())
        .bind(json!(step.branches).to_string())
        .bind(step.attribute_capture.as_ref().map(|capture| json!(capture).to_string()))
        .bind(step.back_button.as_ref().map(|button| json!(button).to_string()))
        .bind(step.canvas.x)
        .bind(step.canvas.y)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Which of these ids are taken by steps of other links; a client may choose the ids of its steps.
pub async fn taken_elsewhere(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    ids: &[StepId],
) -> Result<Option<StepId>> {
    for id in ids {
        let taken: Option<i64> = sqlx::query_scalar(
            "select 1 from workflow_steps where id = $3 and not (workspace_id = $1 and link_id = $2)",
        )
        .bind(workspace.0)
        .bind(link.0)
        .bind(id.0)
        .fetch_optional(&mut *db)
        .await?;
        if taken.is_some() {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}
