//! Looks to be given to links' codes: the workspaces' own, and those that they published.

use super::designs::{Looks, read_looks};
use super::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// What a template says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: String,
    /// Questions and answers, JSON in a text.
    pub faq: String,
    /// More of it, Markdown.
    pub learn_more: String,
    /// Its name in addresses.
    pub slug: Option<String>,
}

/// A template.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its id.
    pub id: Uuid,
    /// Whose it is; the program's own are nobody's.
    pub workspace: Option<WorkspaceId>,
    /// Its design; of the program's own the template's id.
    pub design: Uuid,
    /// What it says of itself.
    pub about: About,
    /// How it looks.
    pub looks: Looks,
    /// Since when everybody sees it.
    pub published_at: Option<Millis>,
    /// The template that it is a copy of.
    pub duplicated_from: Option<Uuid>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

impl Template {
    /// Whether it belongs to a workspace.
    pub fn is_of(&self, workspace: WorkspaceId) -> bool {
        self.workspace == Some(workspace)
    }
}

impl std::ops::Deref for Template {
    type Target = About;

    fn deref(&self) -> &About {
        &self.about
    }
}

fn read(row: &SqliteRow) -> Result<Template> {
    Ok(Template {
        id: row.try_get("id")?,
        workspace: Some(WorkspaceId(row.try_get("workspace_id")?)),
        design: row.try_get("design_id")?,
        about: About {
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            tags: row.try_get("tags")?,
            faq: row.try_get("faq")?,
            learn_more: row.try_get("learn_more")?,
            slug: row.try_get("slug")?,
        },
        looks: read_looks(row)?,
        published_at: row.try_get::<Option<i64>, _>("published_at")?.map(Millis),
        duplicated_from: row.try_get("duplicated_from")?,
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// One template of a workspace.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Template>> {
    let row = sqlx::query(
        "select t.*, d.settings, d.logo, d.logo_media from qrcode_templates t join designs d on d.id = t.design_id
         where t.workspace_id = $1 and t.id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// All templates of a workspace, oldest first.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<Template>> {
    let rows = sqlx::query(
        "select t.*, d.settings, d.logo, d.logo_media from qrcode_templates t join designs d on d.id = t.design_id
         where t.workspace_id = $1 order by t.created_at, t.id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The published templates of all workspaces, oldest first.
pub async fn published(db: &mut Connection) -> Result<Vec<Template>> {
    let rows = sqlx::query(
        "select t.*, d.settings, d.logo, d.logo_media from qrcode_templates t join designs d on d.id = t.design_id
         join workspaces w on w.id = t.workspace_id
         where t.published_at is not null and w.deleted_at is null order by t.created_at, t.id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The template with a slug: one that is published, or the workspace's own.
pub async fn by_slug(
    db: &mut Connection,
    workspace: Option<WorkspaceId>,
    slug: &str,
) -> Result<Option<Template>> {
    let row = sqlx::query(
        "select t.*, d.settings, d.logo, d.logo_media from qrcode_templates t join designs d on d.id = t.design_id
         join workspaces w on w.id = t.workspace_id
         where t.slug = $2 and w.deleted_at is null and (t.published_at is not null or t.workspace_id = $1)",
    )
    .bind(workspace.map(|workspace| workspace.0))
    .bind(slug)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Whether a template other than `but` has a slug.
pub async fn slug_is_taken(db: &mut Connection, slug: &str, but: Option<Uuid>) -> Result<bool> {
    let found: Option<i64> =
        sqlx::query_scalar("select 1 from qrcode_templates where slug = $1 and id is not $2")
            .bind(slug)
            .bind(but)
            .fetch_optional(db)
            .await?;
    Ok(found.is_some())
}

/// Makes a template; its design is there already.
pub async fn create(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    design: Uuid,
    about: &About,
    duplicated_from: Option<Uuid>,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into qrcode_templates (id, workspace_id, design_id, name, description, tags, faq, learn_more, slug,
             duplicated_from, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
    )
    .bind(id)
    .bind(workspace.0)
    .bind(design)
    .bind(&about.name)
    .bind(&about.description)
    .bind(&about.tags)
    .bind(&about.faq)
    .bind(&about.learn_more)
    .bind(&about.slug)
    .bind(duplicated_from)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Changes what a template says of itself.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    about: &About,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "update qrcode_templates set name = $3, description = $4, tags = $5, faq = $6, learn_more = $7, slug = $8,
             updated_at = $9 where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(&about.name)
    .bind(&about.description)
    .bind(&about.tags)
    .bind(&about.faq)
    .bind(&about.learn_more)
    .bind(&about.slug)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Shows a template to everybody; one that is shown already stays so since then.
pub async fn publish(db: &mut Connection, workspace: WorkspaceId, id: Uuid, now: Millis) -> Result<()> {
    sqlx::query(
        "update qrcode_templates set published_at = coalesce(published_at, $3), updated_at = $3
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a template with its design; links that were given its look keep that. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let row =
        sqlx::query("delete from qrcode_templates where workspace_id = $1 and id = $2 returning design_id")
            .bind(workspace.0)
            .bind(id)
            .fetch_optional(&mut *db)
            .await?;
    let Some(row) = row else { return Ok(false) };
    super::designs::delete(db, workspace, row.try_get("design_id")?).await?;
    sqlx::query(
        "update links set qrcode_template_id = null where workspace_id = $1 and qrcode_template_id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .execute(db)
    .await?;
    Ok(true)
}

/// Links of a workspace whose codes were given looks of templates: template, how many.
pub async fn usage(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(Uuid, i64)>> {
    let rows = sqlx::query(
        "select qrcode_template_id, count(*) as uses from links
         where workspace_id = $1 and qrcode_template_id is not null and deleted_at is null group by qrcode_template_id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("qrcode_template_id")?, row.try_get("uses")?))).collect()
}
