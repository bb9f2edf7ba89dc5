//! Domains of workspaces under which links answer. A domain's name is anybody's to claim; its host is whose claim was
//! proved.

use super::{Connection, Result};
use model::{DomainId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A domain.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// Whose claim it is.
    pub workspace: WorkspaceId,
    /// Its name, in lower case.
    pub name: String,
    /// Where its root leads.
    pub root_destination: Option<String>,
    /// What its owner writes into the domain name system to prove the claim.
    pub proof: String,
    /// The proof was seen.
    pub owned: bool,
    /// It led here.
    pub routed: bool,
    /// Since when links answer under it.
    pub activated_at: Option<Millis>,
    /// Last looked up.
    pub last_checked_at: Option<Millis>,
    /// What was wrong then.
    pub last_error: Option<String>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

impl Domain {
    /// Whether links answer under it.
    pub const fn is_active(&self) -> bool {
        self.activated_at.is_some()
    }
}

fn read(row: &SqliteRow) -> Result<Domain> {
    let millis =
        |column: &str| -> Result<Option<Millis>> { Ok(row.try_get::<Option<i64>, _>(column)?.map(Millis)) };
    Ok(Domain {
        id: DomainId(row.try_get("id")?),
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        name: row.try_get("name")?,
        root_destination: row.try_get("root_destination")?,
        proof: row.try_get("proof")?,
        owned: row.try_get::<i64, _>("owned")? != 0,
        routed: row.try_get::<i64, _>("routed")? != 0,
        activated_at: millis("activated_at")?,
        last_checked_at: millis("last_checked_at")?,
        last_error: row.try_get("last_error")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// All domains of a workspace, oldest first.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Domain>> {
    let rows = sqlx::query(
        "select * from domains where workspace_id = $1 and deleted_at is null order by created_at, id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Domains under which links answer, of all workspaces: what the scan path knows hosts by.
pub async fn active(db: &mut Connection) -> Result<Vec<Domain>> {
    let rows = sqlx::query(
        "select * from domains where status = 'active' and workspace_id is not null and deleted_at is null",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The domain.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: DomainId) -> Result<Option<Domain>> {
    let row = sqlx::query("select * from domains where workspace_id = $1 and id = $2 and deleted_at is null")
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Claims a domain. It has no host before the claim is proved, so nobody keeps another one's away.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    name: &str,
    proof: &str,
    now: Millis,
) -> Result<Domain> {
    let id = Uuid::now_v7();
    let row = sqlx::query(
        "insert into domains (id, workspace_id, host, status, name, proof, created_at, updated_at)
         values ($1, $2, $3, 'inactive', $4, $5, $6, $6) returning *",
    )
    .bind(id)
    .bind(workspace.0)
    .bind(format!("claim:{id}"))
    .bind(name)
    .bind(proof)
    .bind(now.0)
    .fetch_one(db)
    .await?;
    read(&row)
}

/// Where the root of a domain leads; `None` clears it.
pub async fn set_root(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: DomainId,
    root_destination: Option<&str>,
    now: Millis,
) -> Result<Option<Domain>> {
    let row = sqlx::query(
        "update domains set root_destination = $3,
             updated_at = case when updated_at >= $4 then updated_at + 1 else $4 end
         where workspace_id = $1 and id = $2 and deleted_at is null returning *",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(root_destination)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// What a look at the domain name system found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The proof.
    pub owned: bool,
    /// A way to this server.
    pub routed: bool,
    /// What is wrong.
    pub error: Option<String>,
}

/// Notes what was found; a domain with all that it needs becomes active, and an active one stays so: printed codes hold
/// it.
pub async fn note(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: DomainId,
    found: &Found,
    now: Millis,
) -> Result<Option<Domain>> {
    let activates = found.owned && found.routed;
    let row = sqlx::query(
        "update domains set owned = $3, routed = $4, last_error = $5, last_checked_at = $6,
             host = case when $7 = 1 then name else host end,
             status = case when $7 = 1 then 'active' when status = 'inactive' then 'pending' else status end,
             activated_at = case when $7 = 1 then coalesce(activated_at, $6) else activated_at end,
             updated_at = case when updated_at >= $6 then updated_at + 1 else $6 end
         where workspace_id = $1 and id = $2 and deleted_at is null returning *",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(i64::from(found.owned))
    .bind(i64::from(found.routed))
    .bind(&found.error)
    .bind(now.0)
    .bind(i64::from(activates))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// How many links answer under a domain; those in the trash do not count.
pub async fn links(db: &mut Connection, workspace: WorkspaceId, id: DomainId) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) from slugs s join links l on l.id = s.link_id
         where s.workspace_id = $1 and s.domain_id = $2 and l.deleted_at is null",
    );
    Ok(row.bind(workspace.0).bind(id.0).fetch_one(db).await?.try_get(0)?)
}

/// Lets a domain go, for somebody else to claim. Its row stays with the slugs of deleted links.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: DomainId, now: Millis) -> Result<bool> {
    let done = sqlx::query(
        "update domains set deleted_at = $3, status = 'inactive', host = $4, updated_at = $3
         where workspace_id = $1 and id = $2 and deleted_at is null",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(now.0)
    .bind(format!("gone:{id}"))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
