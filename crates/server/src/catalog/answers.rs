//! Answers kept for requests with an `Idempotency-Key`. They are sealed before they come here.

use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;

/// How long an answer is kept.
const KEPT_MS: i64 = model::time::DAY_MS;

/// A request to be answered once.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Digest of the credential and its key.
    pub id: [u8; 32],
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Digest of what is asked.
    pub request: [u8; 32],
    /// Whether it is about visitors.
    pub people: bool,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is the caller's now.
    Fresh,
    /// It belongs to another request.
    Other,
    /// Its request was begun and has no answer.
    Begun,
    /// Its request was answered: the sealed answer.
    Answered(Vec<u8>),
}

/// What is known of a key, without taking it.
pub async fn look(db: &mut Connection, asked: &Asked, now: Millis) -> Result<Known> {
    let row = sqlx::query(
        "select request, sealed from stored_answers where workspace_id = $1 and id = $2 and created_at > $3",
    )
    .bind(asked.workspace.0)
    .bind(&asked.id[..])
    .bind(now.plus(-KEPT_MS).0)
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(Known::Fresh) };
    let request: Vec<u8> = row.try_get(0)?;
    if request != asked.request {
        return Ok(Known::Other);
    }
    Ok(row.try_get::<Option<Vec<u8>>, _>(1)?.map_or(Known::Begun, Known::Answered))
}

/// Takes a key, unless it is known; lets the old ones go.
pub async fn begin(db: &mut Connection, asked: &Asked, now: Millis) -> Result<Known> {
    forget_old(db, now).await?;
    let known = look(db, asked, now).await?;
    if known == Known::Fresh {
        sqlx::query(
            "insert into stored_answers (id, workspace_id, request, people, created_at) values ($1, $2, $3, $4, $5)",
        )
        .bind(&asked.id[..])
        .bind(asked.workspace.0)
        .bind(&asked.request[..])
        .bind(i64::from(asked.people))
        .bind(now.0)
        .execute(db)
        .await?;
    }
    Ok(known)
}

/// Keeps the sealed answer of a key, or, without one, lets the key go.
pub async fn end(db: &mut Connection, id: [u8; 32], sealed: Option<Vec<u8>>) -> Result<()> {
    match sealed {
        Some(sealed) => {
            sqlx::query("update stored_answers set sealed = $2 where id = $1")
                .bind(&id[..])
                .bind(sealed)
                .execute(db)
                .await?
        }
        None => sqlx::query("delete from stored_answers where id = $1").bind(&id[..]).execute(db).await?,
    };
    Ok(())
}

/// Whether there are answers whose time is over.
pub async fn has_old(db: &mut Connection, now: Millis) -> Result<bool> {
    let row = sqlx::query("select 1 from stored_answers where created_at <= $1 limit 1");
    Ok(row.bind(now.plus(-KEPT_MS).0).fetch_optional(db).await?.is_some())
}

/// Lets answers go whose time is over.
pub async fn forget_old(db: &mut Connection, now: Millis) -> Result<()> {
    sqlx::query("delete from stored_answers where created_at <= $1")
        .bind(now.plus(-KEPT_MS).0)
        .execute(db)
        .await?;
    Ok(())
}

/// Lets all answers go that may hold what a visitor gave: nobody here can open them to see.
pub async fn forget_people(db: &mut Connection, workspace: WorkspaceId) -> Result<()> {
    sqlx::query("delete from stored_answers where workspace_id = $1 and people = 1")
        .bind(workspace.0)
        .execute(db)
        .await?;
    Ok(())
}
