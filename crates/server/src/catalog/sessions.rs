//! Sessions of the dashboard, kept by the SHA-256 of their cookie.

use super::{Connection, Result};
use model::{MemberId, Millis, WorkspaceId};
use sqlx::Row;
use uuid::Uuid;

/// Opens a session.
pub async fn create(
    db: &mut Connection,
    hash: &[u8],
    member: MemberId,
    now: Millis,
    expires_at: Millis,
) -> Result<()> {
    sqlx::query("delete from sessions where expires_at <= $1").bind(now.0).execute(&mut *db).await?;
    sqlx::query("insert into sessions (hash, member_id, created_at, expires_at) values ($1, $2, $3, $4)")
        .bind(hash)
        .bind(member.0)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Whose session a cookie is: asked before the workspace is known.
pub async fn find(db: &mut Connection, hash: &[u8], now: Millis) -> Result<Option<(WorkspaceId, MemberId)>> {
    let row = sqlx::query(
        "select m.workspace_id, m.id from sessions s join members m on m.id = s.member_id
         where s.hash = $1 and s.expires_at > $2 and m.access_revoked_at is null",
    )
    .bind(hash)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((WorkspaceId(row.try_get(0)?), MemberId(row.try_get(1)?)))).transpose()
}

/// Ends a session.
pub async fn delete(db: &mut Connection, hash: &[u8]) -> Result<()> {
    sqlx::query("delete from sessions where hash = $1").bind(hash).execute(db).await?;
    Ok(())
}

/// Ends all sessions of an account but the one with this hash.
pub async fn end_others(db: &mut Connection, account: Uuid, kept: Option<&[u8]>) -> Result<()> {
    sqlx::query(
        "delete from sessions where member_id in (select id from members where account_id = $1)
         and ($2 is null or hash <> $2)",
    )
    .bind(account)
    .bind(kept)
    .execute(db)
    .await?;
    Ok(())
}
