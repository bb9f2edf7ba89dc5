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

    /// What the column holds.
    pub fn from_column(text: &str) -> Self {
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
    /// Since when it cannot come in.
    pub access_revoked_at: Option<Millis>,
    /// Last signed in.
    pub last_signin_at: Option<Millis>,
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
        access_revoked_at: row.try_get::<Option<i64>, _>("access_revoked_at")?.map(Millis),
        last_signin_at: row.try_get::<Option<i64>, _>("last_signin_at")?.map(Millis),
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
    join(db, workspace, account, role, now).await
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

/// An account: id, password hash, name.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// PHC string.
    pub password_hash: String,
}

fn read_account(row: &SqliteRow) -> Result<Account> {
    Ok(Account {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        password_hash: row.try_get("password_hash")?,
    })
}

/// The account of an e-mail address, asked for before any workspace is known.
pub async fn by_email(db: &mut Connection, email: &str) -> Result<Option<Account>> {
    let row = sqlx::query("select * from accounts where email = $1").bind(email).fetch_optional(db).await?;
    row.as_ref().map(read_account).transpose()
}

/// The account.
pub async fn account(db: &mut Connection, id: Uuid) -> Result<Option<Account>> {
    let row = sqlx::query("select * from accounts where id = $1").bind(id).fetch_optional(db).await?;
    row.as_ref().map(read_account).transpose()
}

/// Everywhere an account may come in, oldest first.
pub async fn open_memberships(db: &mut Connection, account: Uuid) -> Result<Vec<Member>> {
    let mut all = memberships(db, account).await?;
    all.retain(|member| member.access_revoked_at.is_none());
    Ok(all)
}

/// Everywhere an account is a member, oldest first.
pub async fn memberships(db: &mut Connection, account: Uuid) -> Result<Vec<Member>> {
    let rows = sqlx::query(
        "select m.*, a.email, a.first_name, a.last_name from members m join accounts a on a.id = m.account_id
         where m.account_id = $1 order by m.created_at, m.id",
    )
    .bind(account)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Makes an account a member of one more workspace.
pub async fn join(
    db: &mut Connection,
    workspace: WorkspaceId,
    account: Uuid,
    role: Role,
    now: Millis,
) -> Result<MemberId> {
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

/// What became of a change that must leave a workspace an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// It was made.
    Done,
    /// There is no such member.
    Missing,
    /// It would have left nobody who may do everything.
    LastAdmin,
}

async fn is_last_admin(db: &mut Connection, workspace: WorkspaceId, id: MemberId) -> Result<bool> {
    let admins = sqlx::query(
        "select id from members where workspace_id = $1 and role = 'admin' and access_revoked_at is null limit 2",
    )
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    Ok(matches!(admins.as_slice(), [only] if only.try_get::<Uuid, _>(0)? == id.0))
}

/// Changes a member's role.
pub async fn set_role(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: MemberId,
    role: Role,
    now: Millis,
) -> Result<Guarded> {
    if role != Role::Admin && is_last_admin(db, workspace, id).await? {
        return Ok(Guarded::LastAdmin);
    }
    let done =
        sqlx::query("update members set role = $3, updated_at = $4 where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id.0)
            .bind(role.as_str())
            .bind(now.0)
            .execute(db)
            .await?;
    Ok(if done.rows_affected() == 0 { Guarded::Missing } else { Guarded::Done })
}

/// Ends a membership and its sessions; the account stays.
pub async fn remove(db: &mut Connection, workspace: WorkspaceId, id: MemberId) -> Result<Guarded> {
    if is_last_admin(db, workspace, id).await? {
        return Ok(Guarded::LastAdmin);
    }
    let done = sqlx::query("delete from members where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(if done.rows_affected() == 0 { Guarded::Missing } else { Guarded::Done })
}

/// Revokes a member's access, which ends its sessions, or allows it again.
pub async fn set_revoked(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: MemberId,
    revoked: bool,
    now: Millis,
) -> Result<Guarded> {
    if revoked && is_last_admin(db, workspace, id).await? {
        return Ok(Guarded::LastAdmin);
    }
    let done = sqlx::query(
        "update members set access_revoked_at = case when $3 = 1 then coalesce(access_revoked_at, $4) end, updated_at = $4
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(i64::from(revoked))
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if revoked {
        sign_out(db, workspace, id).await?;
    }
    Ok(if done.rows_affected() == 0 { Guarded::Missing } else { Guarded::Done })
}

/// Ends a member's sessions.
pub async fn sign_out(db: &mut Connection, workspace: WorkspaceId, id: MemberId) -> Result<()> {
    sqlx::query(
        "delete from sessions where member_id in (select id from members where workspace_id = $1 and id = $2)",
    )
    .bind(workspace.0)
    .bind(id.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that a member has signed in.
pub async fn signed_in(db: &mut Connection, id: MemberId, now: Millis) -> Result<()> {
    sqlx::query("update members set last_signin_at = $2 where id = $1")
        .bind(id.0)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Changes what an account says of its person.
pub async fn update(
    db: &mut Connection,
    account: Uuid,
    email: Option<&str>,
    first_name: Option<&str>,
    last_name: Option<&str>,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "update accounts set email = coalesce($2, email), first_name = coalesce($3, first_name),
             last_name = coalesce($4, last_name), updated_at = $5 where id = $1",
    )
    .bind(account)
    .bind(email)
    .bind(first_name)
    .bind(last_name)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives an account a new password.
pub async fn set_password(
    db: &mut Connection,
    account: Uuid,
    password_hash: &str,
    now: Millis,
) -> Result<()> {
    sqlx::query("update accounts set password_hash = $2, updated_at = $3 where id = $1")
        .bind(account)
        .bind(password_hash)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
