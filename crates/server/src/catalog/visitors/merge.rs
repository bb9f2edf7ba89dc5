//! Two rows that turn out to be one person, and the way back.

use super::identify::{Data, fill};
use super::{UNDO_MS, get, touch};
use crate::catalog::{Connection, Result};
use model::{Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What hangs on a visitor, and the column that names each row of it.
const MOVED: [(&str, &str); 5] = [
    ("visitor_scans", "scan_id"),
    ("submissions", "id"),
    ("consents", "id"),
    ("visitor_cookies", "hash"),
    ("visitor_claims", "id"),
];

/// What a merge did, kept at the row that was taken up.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Log {
    /// Table -> rows that were the newer's, as hexadecimal ids.
    moved: BTreeMap<String, Vec<String>>,
    /// Columns of the older row that were empty.
    columns: Vec<String>,
    /// Attributes that the older row had not.
    attributes: Vec<String>,
}

/// Makes one of two rows: the older stays and gets from the newer what it lacks. The newer is kept aside for 30 days.
pub async fn merge(
    db: &mut Connection,
    workspace: WorkspaceId,
    one: Uuid,
    other: Uuid,
    now: Millis,
) -> Result<Uuid> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "select id from visitors where workspace_id = $1 and id in ($2, $3) order by created_at, id",
    )
    .bind(workspace.0)
    .bind(one)
    .bind(other)
    .fetch_all(&mut *db)
    .await?;
    let &[older, newer] = rows.as_slice() else { return Ok(one) };
    let (Some(stays), Some(goes)) = (get(db, workspace, older).await?, get(db, workspace, newer).await?)
    else {
        return Ok(older);
    };
    let mut log = Log::default();
    for (column, is_filled) in [
        ("email", stays.email.is_none() && goes.email.is_some()),
        ("phone", stays.phone.is_none() && goes.phone.is_some()),
        ("first_name", stays.first_name.is_empty() && !goes.first_name.is_empty()),
        ("last_name", stays.last_name.is_empty() && !goes.last_name.is_empty()),
    ] {
        if is_filled {
            log.columns.push(column.to_owned());
        }
    }
    let has = |key: &str| stays.attributes.iter().any(|attribute| attribute.key == key);
    log.attributes =
        goes.attributes.iter().map(|attribute| attribute.key.clone()).filter(|key| !has(key)).collect();
    let data = Data {
        email: goes.email,
        phone: goes.phone,
        first_name: Some(goes.first_name).filter(|name| !name.is_empty()),
        last_name: Some(goes.last_name).filter(|name| !name.is_empty()),
        attributes: goes.attributes.into_iter().map(|attribute| (attribute, true)).collect(),
    };
    fill(db, workspace, older, &data, true, now).await?;
    for (table, name) in MOVED {
        let sql = format!(
            "update {table} set visitor_id = $3 where workspace_id = $1 and visitor_id = $2 returning hex({name})"
        );
        let moved: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(newer)
            .bind(older)
            .fetch_all(&mut *db)
            .await?;
        log.moved.insert(table.to_owned(), moved);
    }
    sqlx::query(
        "update visitors set merged_into = $3, merged_at = $4, merge_log = $5 where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(newer)
    .bind(older)
    .bind(now.0)
    .bind(serde_json::json!(log).to_string())
    .execute(&mut *db)
    .await?;
    Ok(older)
}

/// The rows that a visitor has taken up and that can still be let go: id and when, the last first.
pub async fn undoable(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    now: Millis,
) -> Result<Vec<(Uuid, Millis)>> {
    let rows = sqlx::query(
        "select id, merged_at from visitors where workspace_id = $1 and merged_into = $2 and merged_at > $3
         order by merged_at desc, id",
    )
    .bind(workspace.0)
    .bind(visitor)
    .bind(now.0 - UNDO_MS)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, Millis(row.try_get(1)?)))).collect()
}

/// Makes two of one again: what the merge moved goes back, what it filled is emptied. What has been written since then
/// stays where it is. False when there is no such merge any more.
pub async fn undo(db: &mut Connection, workspace: WorkspaceId, newer: Uuid, now: Millis) -> Result<bool> {
    let row = sqlx::query(
        "select merged_into, merge_log from visitors
         where workspace_id = $1 and id = $2 and merged_into is not null and merged_at > $3",
    )
    .bind(workspace.0)
    .bind(newer)
    .bind(now.0 - UNDO_MS)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let older: Uuid = row.try_get(0)?;
    let log: Log =
        serde_json::from_str(row.try_get::<Option<&str>, _>(1)?.unwrap_or_default()).unwrap_or_default();
    for (table, name) in MOVED {
        for id in log.moved.get(table).into_iter().flatten() {
            let sql = format!(
                "update {table} set visitor_id = $3
                 where workspace_id = $1 and visitor_id = $2 and hex({name}) = $4"
            );
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(workspace.0)
                .bind(older)
                .bind(newer)
                .bind(id)
                .execute(&mut *db)
                .await?;
        }
    }
    for column in ["email", "phone", "first_name", "last_name"] {
        if log.columns.iter().any(|filled| filled == column) {
            let empty = if column.ends_with("name") { "''" } else { "null" };
            let sql = format!(
                "update visitors set {column} = {empty} where workspace_id = $1 and id = $2
                 and {column} = (select {column} from visitors where id = $3)"
            );
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(workspace.0)
                .bind(older)
                .bind(newer)
                .execute(&mut *db)
                .await?;
        }
    }
    for key in &log.attributes {
        sqlx::query(
            "delete from visitor_attributes where workspace_id = $1 and visitor_id = $2 and key = $4
             and value = (select value from visitor_attributes where visitor_id = $3 and key = $4)",
        )
        .bind(workspace.0)
        .bind(older)
        .bind(newer)
        .bind(key)
        .execute(&mut *db)
        .await?;
    }
    sqlx::query(
        "update visitors set merged_into = null, merged_at = null, merge_log = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(newer)
    .execute(&mut *db)
    .await?;
    touch(db, workspace, older, now).await?;
    Ok(true)
}
