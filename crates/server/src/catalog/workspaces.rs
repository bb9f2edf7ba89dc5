//! Workspaces.

use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How much is kept of a visitor (DESIGN §11.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataCollection {
    /// The bare scan.
    None,
    /// A hash that lives for a day.
    Basic,
    /// And a cookie, once the visitor agreed.
    Advanced,
}

impl DataCollection {
    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Advanced => "advanced",
        }
    }

    /// What the column holds; anything else is the default.
    pub fn from_column(text: &str) -> Self {
        match text {
            "none" => Self::None,
            "advanced" => Self::Advanced,
            _ => Self::Basic,
        }
    }
}

/// Whom numbers count unless asked otherwise (DESIGN §11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// People.
    Human,
    /// Every answered request.
    All,
}

impl Counting {
    /// As the column holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::All => "all",
        }
    }

    fn from_column(text: &str) -> Self {
        if text == "all" { Self::All } else { Self::Human }
    }
}

/// What a change of a workspace sets. `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Name.
    pub name: Option<String>,
    /// Time zone.
    pub timezone: Option<String>,
    /// Level of its links.
    pub data_collection: Option<DataCollection>,
    /// Whom its numbers count; `Some(None)`: as the installation counts.
    pub counting: Option<Option<Counting>>,
    /// All of its team's networks.
    pub team_networks: Option<Vec<String>>,
    /// What it says of itself: fields that are laid over the present ones.
    pub profile: BTreeMap<String, String>,
}

/// A workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
    /// IANA zone in which its days begin.
    pub timezone: String,
    /// Id of its data-collection profile on the wire.
    pub link_setting_id: Uuid,
    /// Level of its links.
    pub data_collection: DataCollection,
    /// Whom its numbers count unless asked; nothing: as the installation counts.
    pub counting: Option<Counting>,
    /// Addresses and networks whose scans are its team's own.
    pub team_networks: Vec<String>,
    /// Schemes of apps its destinations may use.
    pub app_schemes: Vec<String>,
    /// What it says of itself, by the wire's names.
    pub profile: BTreeMap<String, String>,
    /// Whether its scans are simulated.
    pub demo: bool,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

fn read(row: &SqliteRow) -> Result<Workspace> {
    Ok(Workspace {
        id: WorkspaceId(row.try_get("id")?),
        name: row.try_get("name")?,
        slug: row.try_get("slug")?,
        timezone: row.try_get("timezone")?,
        link_setting_id: row.try_get("link_setting_id")?,
        data_collection: DataCollection::from_column(row.try_get("data_collection")?),
        counting: row.try_get::<Option<&str>, _>("counting")?.map(Counting::from_column),
        team_networks: serde_json::from_str(row.try_get("team_networks")?).unwrap_or_default(),
        app_schemes: serde_json::from_str(row.try_get("app_schemes")?).unwrap_or_default(),
        profile: serde_json::from_str(row.try_get("profile")?).unwrap_or_default(),
        demo: row.try_get::<i64, _>("demo")? != 0,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// The workspace.
pub async fn get(db: &mut Connection, workspace: WorkspaceId) -> Result<Option<Workspace>> {
    let row = sqlx::query("select * from workspaces where id = $1 and deleted_at is null")
        .bind(workspace.0)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The one that was made first; the token of an unattended start belongs to it.
pub async fn first(db: &mut Connection) -> Result<Option<Workspace>> {
    let row =
        sqlx::query("select * from workspaces order by created_at, id limit 1").fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Time zones of all workspaces, each once.
pub async fn timezones(db: &mut Connection) -> Result<Vec<String>> {
    let rows =
        sqlx::query("select distinct timezone from workspaces where deleted_at is null order by timezone")
            .fetch_all(db)
            .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Makes a workspace. Its URL name is made from the name and told apart by a number where it is taken.
pub async fn create(
    db: &mut Connection,
    id: WorkspaceId,
    name: &str,
    timezone: &str,
    now: Millis,
) -> Result<Workspace> {
    let stem = url_name(name);
    let mut slug = stem.clone();
    let mut number = 1;
    while sqlx::query("select 1 from workspaces where slug = $1")
        .bind(&slug)
        .fetch_optional(&mut *db)
        .await?
        .is_some()
    {
        number += 1;
        slug = format!("{stem}-{number}");
    }
    let row = sqlx::query(
        "insert into workspaces (id, name, slug, timezone, link_setting_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6) returning *",
    )
    .bind(id.0)
    .bind(name)
    .bind(slug)
    .bind(timezone)
    .bind(Uuid::new_v4())
    .bind(now.0)
    .fetch_one(db)
    .await?;
    read(&row)
}

/// Changes a workspace.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    update: Update,
    now: Millis,
) -> Result<Option<Workspace>> {
    let Some(present) = get(db, workspace).await? else { return Ok(None) };
    let mut profile = present.profile;
    profile.extend(update.profile);
    profile.retain(|_, text| !text.is_empty());
    let row = sqlx::query(
        "update workspaces set name = coalesce($2, name), timezone = coalesce($3, timezone),
             data_collection = coalesce($4, data_collection),
             counting = case when $5 = 1 then $6 else counting end,
             team_networks = coalesce($7, team_networks), profile = $9,
             updated_at = case when updated_at >= $8 then updated_at + 1 else $8 end
         where id = $1 returning *",
    )
    .bind(workspace.0)
    .bind(update.name)
    .bind(update.timezone)
    .bind(update.data_collection.map(DataCollection::as_str))
    .bind(i64::from(update.counting.is_some()))
    .bind(update.counting.flatten().map(Counting::as_str))
    .bind(update.team_networks.map(|networks| serde_json::json!(networks).to_string()))
    .bind(now.0)
    .bind(serde_json::json!(profile).to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes a workspace: nobody can come in any more, what is known of people goes, its codes say that they have ended. The
/// links stay with their slugs, which nobody else gets. Its scans are noted to be removed from the scan store.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, now: Millis) -> Result<bool> {
    let done = sqlx::query(
        "update workspaces set deleted_at = $2, updated_at = $2, profile = '{}', team_networks = '[]'
         where id = $1 and deleted_at is null",
    )
    .bind(workspace.0)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    for gone in [
        "delete from members where workspace_id = $1",
        "delete from tokens where workspace_id = $1",
        "delete from invites where workspace_id = $1",
        "delete from submissions where workspace_id = $1",
        "delete from visitors where workspace_id = $1",
        "delete from consents where workspace_id = $1",
        "delete from stored_answers where workspace_id = $1",
        "delete from jobs where workspace_id = $1",
        "delete from exports where workspace_id = $1",
        "delete from changes where workspace_id = $1",
    ] {
        sqlx::query(gone).bind(workspace.0).execute(&mut *db).await?;
    }
    sqlx::query(
        "update links set deleted_at = coalesce(deleted_at, $2), name = '', folded_name = '', purpose = '', notes = '',
             metadata = '{}', updated_at = $2
         where workspace_id = $1",
    )
    .bind(workspace.0)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "insert into dropped_workspaces (id, dropped_at) values ($1, $2) on conflict (id) do nothing",
    )
    .bind(workspace.0)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(true)
}

fn url_name(name: &str) -> String {
    let text: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "workspace".into() } else { parts.join("-") }
}
