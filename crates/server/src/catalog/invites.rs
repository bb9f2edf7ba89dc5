//! One-time links that let somebody in: invitations to a workspace, and resets of a password. Kept by the SHA-256 of
//! their secret.

use super::accounts::Role;
use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Its id.
    pub id: Uuid,
    /// Where to.
    pub workspace: WorkspaceId,
    /// Whom.
    pub email: String,
    /// First name, as far as it is known.
    pub first_name: String,
    /// Last name, as far as it is known.
    pub last_name: String,
    /// As what.
    pub role: Role,
    /// Since when it cannot be taken up.
    pub revoked_at: Option<Millis>,
    /// E-mail address of who invited.
    pub invited_by: String,
    /// Made.
    pub created_at: Millis,
    /// No longer valid.
    pub expires_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Invite> {
    Ok(Invite {
        id: row.try_get("id")?,
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        email: row.try_get("email")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        role: Role::from_column(row.try_get("role")?),
        revoked_at: row.try_get::<Option<i64>, _>("revoked_at")?.map(Millis),
        invited_by: row.try_get("invited_by")?,
        created_at: Millis(row.try_get("created_at")?),
        expires_at: Millis(row.try_get("expires_at")?),
    })
}

/// Makes an invitation; an older one of the same address to the same workspace no longer works.
pub async fn create(db: &mut Connection, invite: &Invite, hash: &[u8]) -> Result<()> {
    sqlx::query(
        "insert into invites (id, workspace_id, email, role, hash, invited_by, created_at, expires_at, first_name, last_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (workspace_id, email) do update set id = excluded.id, role = excluded.role, hash = excluded.hash,
             invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at,
             first_name = excluded.first_name, last_name = excluded.last_name, revoked_at = null",
    )
    .bind(invite.id)
    .bind(invite.workspace.0)
    .bind(&invite.email)
    .bind(invite.role.as_str())
    .bind(hash)
    .bind(&invite.invited_by)
    .bind(invite.created_at.0)
    .bind(invite.expires_at.0)
    .bind(&invite.first_name)
    .bind(&invite.last_name)
    .execute(db)
    .await?;
    Ok(())
}

/// Invitations of a workspace that can still be taken up, newest first.
pub async fn list(db: &mut Connection, workspace: WorkspaceId, now: Millis) -> Result<Vec<Invite>> {
    let rows = sqlx::query(
        "select * from invites where workspace_id = $1 and expires_at > $2 order by created_at desc, id",
    )
    .bind(workspace.0)
    .bind(now.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The invitation behind a link: asked for before the workspace is known.
pub async fn find(db: &mut Connection, hash: &[u8], now: Millis) -> Result<Option<Invite>> {
    let row = sqlx::query("select * from invites where hash = $1 and expires_at > $2 and revoked_at is null")
        .bind(hash)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The invitation, while it can be taken up or allowed again.
pub async fn get(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    now: Millis,
) -> Result<Option<Invite>> {
    let row = sqlx::query("select * from invites where workspace_id = $1 and id = $2 and expires_at > $3")
        .bind(workspace.0)
        .bind(id)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Changes what an invitation says of whom it invites.
pub async fn update(db: &mut Connection, invite: &Invite) -> Result<()> {
    sqlx::query(
        "update invites set role = $3, first_name = $4, last_name = $5, revoked_at = $6
         where workspace_id = $1 and id = $2",
    )
    .bind(invite.workspace.0)
    .bind(invite.id)
    .bind(invite.role.as_str())
    .bind(&invite.first_name)
    .bind(&invite.last_name)
    .bind(invite.revoked_at.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}

/// Takes an invitation back, or away once it was taken up. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from invites where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Makes a link that sets a new password; an older one of the account no longer works.
pub async fn create_reset(
    db: &mut Connection,
    account: Uuid,
    hash: &[u8],
    now: Millis,
    expires_at: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into password_resets (hash, account_id, created_at, expires_at) values ($1, $2, $3, $4)
         on conflict (account_id) do update set hash = excluded.hash, created_at = excluded.created_at,
             expires_at = excluded.expires_at",
    )
    .bind(hash)
    .bind(account)
    .bind(now.0)
    .bind(expires_at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// The account whose password a link may set.
pub async fn find_reset(db: &mut Connection, hash: &[u8], now: Millis) -> Result<Option<Uuid>> {
    let row = sqlx::query("select account_id from password_resets where hash = $1 and expires_at > $2")
        .bind(hash)
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Uses such a link up.
pub async fn delete_reset(db: &mut Connection, account: Uuid) -> Result<()> {
    sqlx::query("delete from password_resets where account_id = $1").bind(account).execute(db).await?;
    Ok(())
}
