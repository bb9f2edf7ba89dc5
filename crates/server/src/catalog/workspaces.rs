//! Workspaces.

use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
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
    /// Schemes of apps its destinations may use.
    pub app_schemes: Vec<String>,
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
        app_schemes: serde_json::from_str(row.try_get("app_schemes")?).unwrap_or_default(),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// The workspace.
pub async fn get(db: &mut Connection, workspace: WorkspaceId) -> Result<Option<Workspace>> {
    let row =
        sqlx::query("select * from workspaces where id = $1").bind(workspace.0).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The one that was made first; the token of an unattended start belongs to it.
pub async fn first(db: &mut Connection) -> Result<Option<Workspace>> {
    let row =
        sqlx::query("select * from workspaces order by created_at, id limit 1").fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// All of them, oldest first.
pub async fn all(db: &mut Connection) -> Result<Vec<Workspace>> {
    let rows = sqlx::query("select * from workspaces order by created_at, id").fetch_all(db).await?;
    rows.iter().map(read).collect()
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

/// Changes name and time zone.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    name: Option<&str>,
    timezone: Option<&str>,
    now: Millis,
) -> Result<Option<Workspace>> {
    let row = sqlx::query(
        "update workspaces set name = coalesce($2, name), timezone = coalesce($3, timezone), updated_at = $4
         where id = $1 returning *",
    )
    .bind(workspace.0)
    .bind(name)
    .bind(timezone)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

fn url_name(name: &str) -> String {
    let text: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "workspace".into() } else { parts.join("-") }
}
