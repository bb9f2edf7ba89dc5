//! The demo workspace, and workspaces that are dropped whole.

use super::accounts::Role;
use super::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use std::collections::HashMap;
use uuid::Uuid;

/// The demo workspace, if there is one.
pub async fn find(db: &mut Connection) -> Result<Option<WorkspaceId>> {
    let row = sqlx::query("select id from workspaces where demo = 1 order by created_at, id limit 1")
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(WorkspaceId(row.try_get(0)?))).transpose()
}

/// Makes a workspace the demo. Whoever is an administrator anywhere becomes one of it.
pub async fn mark(db: &mut Connection, workspace: WorkspaceId, now: Millis) -> Result<()> {
    sqlx::query("update workspaces set demo = 1 where id = $1").bind(workspace.0).execute(&mut *db).await?;
    let admins = sqlx::query("select distinct account_id from members where role = 'admin'")
        .fetch_all(&mut *db)
        .await?;
    for admin in admins {
        let account: Uuid = admin.try_get(0)?;
        super::accounts::join(db, workspace, account, Role::Admin, now).await?;
    }
    Ok(())
}

/// Its links by their names; deleted ones are none of them.
pub async fn links(db: &mut Connection, workspace: WorkspaceId) -> Result<HashMap<String, LinkId>> {
    let rows = sqlx::query("select name, id from links where workspace_id = $1 and deleted_at is null")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, LinkId(row.try_get(1)?)))).collect()
}

/// When its last scan was, by the counters of its links.
pub async fn last_scan(db: &mut Connection, workspace: WorkspaceId) -> Result<Option<Millis>> {
    let row = sqlx::query(
        "select max(c.last_any_at) from link_counters c join links l on l.id = c.link_id
         where l.workspace_id = $1",
    )
    .bind(workspace.0)
    .fetch_one(db)
    .await?;
    Ok(row.try_get::<Option<i64>, _>(0)?.map(Millis))
}

/// Moves the members of the demo, with their sessions, to another workspace, and drops the demo with everything in it.
/// Its scans are noted to be removed from the scan store. False when it is no demo: then nothing is changed.
pub async fn leave(db: &mut Connection, demo: WorkspaceId, own: WorkspaceId, now: Millis) -> Result<bool> {
    let is_demo = sqlx::query("select 1 from workspaces where id = $1 and demo = 1")
        .bind(demo.0)
        .fetch_optional(&mut *db)
        .await?;
    if is_demo.is_none() {
        return Ok(false);
    }
    sqlx::query("update members set workspace_id = $2, updated_at = $3 where workspace_id = $1")
        .bind(demo.0)
        .bind(own.0)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    sqlx::query("delete from workspaces where id = $1").bind(demo.0).execute(&mut *db).await?;
    sqlx::query("insert into dropped_workspaces (id, dropped_at) values ($1, $2)")
        .bind(demo.0)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    sqlx::query("insert into settings (name, value) values ('demo', 'left') on conflict (name) do nothing")
        .execute(db)
        .await?;
    Ok(true)
}

/// Whether a demo is there or was left: then no other one is made.
pub async fn is_known(db: &mut Connection) -> Result<bool> {
    let row = sqlx::query(
        "select 1 from workspaces where demo = 1 union all select 1 from settings where name = 'demo' limit 1",
    )
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Dropped workspaces whose scans are still in the scan store, and when they were dropped.
pub async fn dropped(db: &mut Connection) -> Result<Vec<(WorkspaceId, Millis)>> {
    let rows = sqlx::query("select id, dropped_at from dropped_workspaces order by dropped_at, id")
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Ok((WorkspaceId(row.try_get(0)?), Millis(row.try_get(1)?)))).collect()
}

/// Notes that nothing of a dropped workspace is left.
pub async fn forget_dropped(db: &mut Connection, workspace: WorkspaceId) -> Result<()> {
    sqlx::query("delete from dropped_workspaces where id = $1").bind(workspace.0).execute(db).await?;
    Ok(())
}
