//! API tokens, kept by their SHA-256.

use super::{Connection, Result};
use model::{MemberId, Millis, TokenId, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A token, without its secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// A pen for web pages (DESIGN §11.5) rather than a secret.
    pub publishable: bool,
    /// What it may do; empty = everything.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: Option<MemberId>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
    /// Last used, to the minute.
    pub last_used_at: Option<Millis>,
}

fn read(row: &SqliteRow) -> Result<Token> {
    Ok(Token {
        id: TokenId(row.try_get("id")?),
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        name: row.try_get("name")?,
        publishable: row.try_get::<&str, _>("key_type")? == "publishable",
        scopes: serde_json::from_str(row.try_get("scopes")?).unwrap_or_default(),
        created_by: row.try_get::<Option<Uuid>, _>("created_by")?.map(MemberId),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
        last_used_at: row.try_get::<Option<i64>, _>("last_used_at")?.map(Millis),
    })
}

/// The token behind a secret: asked before the workspace is known.
pub async fn find(db: &mut Connection, hash: &[u8]) -> Result<Option<Token>> {
    let row = sqlx::query("select * from tokens where hash = $1").bind(hash).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Tokens of a workspace, oldest first.
pub async fn list(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Token>> {
    let rows = sqlx::query("select * from tokens where workspace_id = $1 order by created_at, id")
        .bind(workspace.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// The token.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: TokenId) -> Result<Option<Token>> {
    let row = sqlx::query("select * from tokens where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// What a new token is.
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// Publishable rather than secret.
    pub publishable: bool,
    /// What it may do; empty = everything.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: Option<MemberId>,
}

impl NewToken {
    /// The full-access secret token a workspace begins with.
    pub fn first(hash: [u8; 32]) -> Self {
        Self { name: "First token".into(), hash, publishable: false, scopes: Vec::new(), created_by: None }
    }
}

/// Makes a token.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    token: NewToken,
    now: Millis,
) -> Result<Token> {
    let row = sqlx::query(
        "insert into tokens (id, workspace_id, name, key_type, hash, scopes, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning *",
    )
    .bind(Uuid::now_v7())
    .bind(workspace.0)
    .bind(token.name)
    .bind(if token.publishable { "publishable" } else { "secret" })
    .bind(&token.hash[..])
    .bind(serde_json::json!(token.scopes).to_string())
    .bind(token.created_by.map(|member| member.0))
    .bind(now.0)
    .fetch_one(db)
    .await?;
    read(&row)
}

/// Changes name and scopes.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: TokenId,
    name: Option<&str>,
    scopes: Option<&[String]>,
    now: Millis,
) -> Result<Option<Token>> {
    let row = sqlx::query(
        "update tokens set name = coalesce($3, name), scopes = coalesce($4, scopes), updated_at = $5
         where workspace_id = $1 and id = $2 returning *",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(name)
    .bind(scopes.map(|scopes| serde_json::json!(scopes).to_string()))
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes a token. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: TokenId) -> Result<bool> {
    let done = sqlx::query("delete from tokens where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that a token was used.
pub async fn touch(db: &mut Connection, workspace: WorkspaceId, id: TokenId, now: Millis) -> Result<()> {
    sqlx::query("update tokens set last_used_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
