//! Accounts (people who sign in) and members (an account in a workspace).

use super::{Connection, Result};
use model::{MemberId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads analytics.
    Viewer,
    /// Makes and changes links, workflows, domains, designs.
    Tech,
    /// Everything.
    Admin,
}

impl Role {
    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Tech => "tech",
            Self::Admin => "admin",
        }
    }

    fn from_column(text: &str) -> Self {
        match text {
            "admin" => Self::Admin,
            "tech" => Self::Tech,
            _ => Self::Viewer,
        }
    }
}

/// A member with what its account says of the person.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its account.
    pub account: Uuid,
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Role.
    pub role: Role,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Member> {
    Ok(Member {
        id: MemberId(row.try_get("id")?),
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        account: row.try_get("account_id")?,
        email: row.try_get("email")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        role: Role::from_column(row.try_get("role")?),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// The member.
pub async fn member(db: &mut Connection, workspace: WorkspaceId, id: MemberId) -> Result<Option<Member>> {
    let row = sqlx::query(
        "select m.*, a.email, a.first_name, a.last_name from members m join accounts a on a.id = m.account_id
         where m.workspace_id = $1 and m.id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Members of a workspace, oldest first.
pub async fn members(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Member>> {
    let rows = sqlx::query(
        "select m.*, a.email, a.first_name, a.last_name from members m join accounts a on a.id = m.account_id
         where m.workspace_id = $1 order by m.created_at, m.id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// For signing in, before any workspace is known: the account's password hash and its oldest membership.
pub async fn sign_in(db: &mut Connection, email: &str) -> Result<Option<(String, Member)>> {
    let row = sqlx::query(
        "select m.*, a.email, a.first_name, a.last_name, a.password_hash
         from accounts a join members m on m.account_id = a.id
         where a.email = $1 order by m.created_at, m.id limit 1",
    )
    .bind(email)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((row.try_get("password_hash")?, read(&row)?))).transpose()
}

/// Whether anybody can sign in yet.
pub async fn any(db: &mut Connection) -> Result<bool> {
    Ok(sqlx::query("select 1 from accounts limit 1").fetch_optional(db).await?.is_some())
}

/// Makes an account and its membership.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    email: &str,
    password_hash: &str,
    role: Role,
    now: Millis,
) -> Result<MemberId> {
    let account = Uuid::now_v7();
    sqlx::query(
        "insert into accounts (id, email, password_hash, created_at, updated_at) values ($1, $2, $3, $4, $4)",
    )
    .bind(account)
    .bind(email)
    .bind(password_hash)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    let member = MemberId(Uuid::now_v7());
    sqlx::query(
        "insert into members (id, workspace_id, account_id, role, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)",
    )
    .bind(member.0)
    .bind(workspace.0)
    .bind(account)
    .bind(role.as_str())
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(member)
}

/// Gives an account a new password and ends its sessions. False when there is no such account.
pub async fn reset_password(
    db: &mut Connection,
    email: &str,
    password_hash: &str,
    now: Millis,
) -> Result<bool> {
    let changed = sqlx::query("update accounts set password_hash = $2, updated_at = $3 where email = $1")
        .bind(email)
        .bind(password_hash)
        .bind(now.0)
        .execute(&mut *db)
        .await?
        .rows_affected();
    sqlx::query(
        "delete from sessions where member_id in
         (select m.id from members m join accounts a on a.id = m.account_id where a.email = $1)",
    )
    .bind(email)
    .execute(db)
    .await?;
    Ok(changed > 0)
}
