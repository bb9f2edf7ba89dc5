//! Looks of codes: one a link, one a template, and those that nobody has yet.

use super::{Connection, Result, logos};
use model::{DomainId, LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// How long a look waits for somebody to take it. Milliseconds.
pub const FRESH_MS: i64 = 24 * 3_600_000;

/// Whose look it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A link's.
    Link {
        /// The link.
        id: LinkId,
        /// Its slug, as spelled.
        slug: String,
        /// The slug's domain.
        domain: DomainId,
    },
    /// A template's.
    Template(Uuid),
    /// Nobody's yet.
    Nobody,
}

/// The picture in a look's middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Name of the picture.
    pub sha256: String,
    /// The file of the library that it was taken from, while that is there.
    pub media: Option<Uuid>,
}

/// What is copied from look to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// JSON, in the words of the wire.
    pub settings: String,
    /// The picture in its middle.
    pub logo: Option<Held>,
}

impl Looks {
    /// As a new link's code looks.
    pub fn plain() -> Self {
        Self { settings: "{}".to_owned(), logo: None }
    }
}

/// A look, with whose it is.
#[derive(Clone, Debug)]
pub struct Design {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub holder: Holder,
    /// How it looks.
    pub looks: Looks,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

/// The look in a row's `settings`, `logo` and `logo_media`.
pub fn read_looks(row: &SqliteRow) -> Result<Looks> {
    let logo: Option<String> = row.try_get("logo")?;
    let media = row.try_get("logo_media")?;
    Ok(Looks { settings: row.try_get("settings")?, logo: logo.map(|sha256| Held { sha256, media }) })
}

fn read(row: &SqliteRow) -> Result<Design> {
    let link: Option<Uuid> = row.try_get("link_id")?;
    let template: Option<Uuid> = row.try_get("template_id")?;
    let holder = match (link, template) {
        (Some(link), _) => Holder::Link {
            id: LinkId(link),
            slug: row.try_get("spelled")?,
            domain: DomainId(row.try_get("domain_id")?),
        },
        (None, Some(template)) => Holder::Template(template),
        (None, None) => Holder::Nobody,
    };
    Ok(Design {
        id: row.try_get("id")?,
        holder,
        looks: read_looks(row)?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// One look, unless its link is deleted.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Design>> {
    let row = sqlx::query(
        "select d.id, d.settings, d.logo, d.logo_media, d.created_at, d.updated_at,
                l.id as link_id, s.spelled, s.domain_id, t.id as template_id
         from designs d
         left join links l on l.design_id = d.id and l.deleted_at is null
         left join slugs s on s.link_id = l.id and s.main = 1
         left join qrcode_templates t on t.design_id = d.id
         where d.workspace_id = $1 and d.id = $2 and (l.id is not null or t.id is not null)",
    )
    .bind(workspace.0)
    .bind(id)
    .fetch_optional(&mut *db)
    .await?;
    match row {
        Some(row) => read(&row).map(Some),
        None => fresh(db, Some(workspace), id).await,
    }
}

/// A look that nobody has yet: one that is nobody's at all, or the workspace's.
pub async fn fresh(db: &mut Connection, workspace: Option<WorkspaceId>, id: Uuid) -> Result<Option<Design>> {
    let row = sqlx::query(
        "select *, null as link_id, null as template_id from fresh_designs
         where id = $1 and (workspace_id is null or workspace_id = $2)",
    )
    .bind(id)
    .bind(workspace.map(|workspace| workspace.0))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Makes a look that nobody has yet.
pub async fn create_fresh(
    db: &mut Connection,
    workspace: Option<WorkspaceId>,
    id: Uuid,
    looks: &Looks,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into fresh_designs (id, workspace_id, settings, logo, logo_media, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(id)
    .bind(workspace.map(|workspace| workspace.0))
    .bind(&looks.settings)
    .bind(looks.logo.as_ref().map(|logo| &logo.sha256))
    .bind(looks.logo.as_ref().and_then(|logo| logo.media))
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// How many looks nobody has yet, and the bytes of their pictures.
pub async fn fresh_total(db: &mut Connection) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "select (select count(*) from fresh_designs),
                (select coalesce(sum(length(bytes)), 0) from logos
                 where sha256 in (select logo from fresh_designs where logo is not null))",
    )
    .fetch_one(db)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Whether there are looks that nobody took in their day, or pictures that no look holds.
pub async fn has_stale(db: &mut Connection, now: Millis) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar("select 1 from fresh_designs where created_at <= $1 limit 1")
        .bind(now.0 - FRESH_MS)
        .fetch_optional(&mut *db)
        .await?;
    Ok(found.is_some() || logos::has_stale(db, now).await?)
}

/// Lets looks go that nobody took, and pictures that no look holds.
pub async fn forget_stale(db: &mut Connection, now: Millis) -> Result<()> {
    sqlx::query("delete from fresh_designs where created_at <= $1")
        .bind(now.0 - FRESH_MS)
        .execute(&mut *db)
        .await?;
    logos::sweep(db, now).await
}

/// Takes a look that nobody has: it is gone, and its settings are the caller's. None when somebody was quicker.
pub async fn take_fresh(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Looks>> {
    let row = sqlx::query(
        "delete from fresh_designs where id = $1 and (workspace_id is null or workspace_id = $2)
         returning settings, logo, logo_media",
    )
    .bind(id)
    .bind(workspace.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_looks).transpose()
}

/// Makes a design of a look; its holder is to name it in the same transaction.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    looks: &Looks,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into designs (id, workspace_id, settings, logo, logo_media, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(id)
    .bind(workspace.0)
    .bind(&looks.settings)
    .bind(looks.logo.as_ref().map(|logo| &logo.sha256))
    .bind(looks.logo.as_ref().and_then(|logo| logo.media))
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Changes a look. False when it is not what it was when it was read, or no more there.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    design: &Design,
    looks: &Looks,
    now: Millis,
) -> Result<bool> {
    let text = match design.holder {
        // Whoever changes it with an account has it from then on.
        Holder::Nobody => {
            "update fresh_designs set settings = $5, logo = $6, logo_media = $7, updated_at = $8, workspace_id = $1
             where (workspace_id is null or workspace_id = $1) and id = $2 and settings = $3 and logo is $4"
        }
        _ => {
            "update designs set settings = $5, logo = $6, logo_media = $7, updated_at = $8
             where workspace_id = $1 and id = $2 and settings = $3 and logo is $4"
        }
    };
    let before = design.looks.logo.as_ref().map(|logo| logo.sha256.as_str());
    let after = looks.logo.as_ref().map(|logo| logo.sha256.as_str());
    let done = sqlx::query(text)
        .bind(workspace.0)
        .bind(design.id)
        .bind(&design.looks.settings)
        .bind(before)
        .bind(&looks.settings)
        .bind(after)
        .bind(looks.logo.as_ref().and_then(|logo| logo.media))
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    match (before.filter(|gone| after != Some(*gone)), &design.holder) {
        (Some(gone), Holder::Link { .. }) => logos::leave(db, gone, now).await?,
        (Some(gone), _) => logos::release(db, gone).await?,
        (None, _) => {}
    }
    Ok(done.rows_affected() > 0)
}

/// How a link's code looks.
pub async fn looks(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Looks> {
    let row =
        sqlx::query("select settings, logo, logo_media from designs where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id)
            .fetch_optional(db)
            .await?;
    row.as_ref().map_or_else(|| Ok(Looks::plain()), read_looks)
}

/// Stores a look, whatever it was. Its picture must be kept.
pub async fn set(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    looks: &Looks,
    now: Millis,
) -> Result<()> {
    let before = self::looks(db, workspace, id).await?;
    let logo = looks.logo.as_ref();
    sqlx::query(
        "update designs set settings = $3, logo = $4, logo_media = $5, updated_at = $6
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(&looks.settings)
    .bind(logo.map(|logo| &logo.sha256))
    .bind(logo.and_then(|logo| logo.media))
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    match before.logo {
        Some(gone) if logo.is_none_or(|logo| logo.sha256 != gone.sha256) => {
            logos::leave(db, &gone.sha256, now).await
        }
        _ => Ok(()),
    }
}

/// Deletes a look that nobody has. False when there is none.
pub async fn delete_fresh(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    match take_fresh(db, workspace, id).await? {
        None => Ok(false),
        Some(looks) => {
            if let Some(logo) = looks.logo {
                logos::release(db, &logo.sha256).await?;
            }
            Ok(true)
        }
    }
}

/// Lets a design go that no link and no template has any more.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<()> {
    let row = sqlx::query("delete from designs where workspace_id = $1 and id = $2 returning logo")
        .bind(workspace.0)
        .bind(id)
        .fetch_optional(&mut *db)
        .await?;
    let logo: Option<String> = row.map(|row| row.try_get("logo")).transpose()?.flatten();
    match logo {
        Some(logo) => logos::release(db, &logo).await,
        None => Ok(()),
    }
}

/// A file of the library is gone: looks that were taken from it keep their picture.
pub async fn detach_media(db: &mut Connection, media: Uuid) -> Result<()> {
    for table in ["designs", "fresh_designs"] {
        let text = format!("update {table} set logo_media = null where logo_media = $1");
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(media).execute(&mut *db).await?;
    }
    Ok(())
}
