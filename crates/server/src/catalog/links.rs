//! Links with their slug, tags and counters.

pub mod bulk;
pub mod gathered;
pub mod list;
pub mod names;
mod tags;

use self::tags::{attach_tags, set_tags};
use super::designs::Looks;
use super::imports::{self, Imported};
use super::workspaces::DataCollection;
use super::{Connection, Result};
use model::conventions::{Conventions, PathMode, QueryMode, RedirectStatus};
use model::life::Window;
use model::slug::fold;
use model::{DesignId, DomainId, LinkId, Millis, Slug, WorkspaceId};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The domain row of the base host.
pub const BASE_DOMAIN: DomainId = DomainId(Uuid::nil());

/// What a link is called whose row is gone, 30 days after its deletion.
pub const GONE: &str = "(deleted link)";

/// A link as its owner sees it.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its owner's notes.
    pub notes: String,
    /// Its main slug, as spelled.
    pub slug: String,
    /// The slug's domain.
    pub domain: DomainId,
    /// The folder it lies in.
    pub directory: Option<Uuid>,
    /// Up to 50 strings of the owner's.
    pub metadata: BTreeMap<String, String>,
    /// Tags, by name.
    pub tags: Vec<Tag>,
    /// Where a scan goes that the workflow leads nowhere.
    pub fallback_destination: Option<String>,
    /// Where a scan goes after the end.
    pub expired_destination: Option<String>,
    /// Start.
    pub starts_at: Option<Millis>,
    /// End.
    pub expires_at: Option<Millis>,
    /// Paused.
    pub paused: bool,
    /// Put away.
    pub archived_at: Option<Millis>,
    /// People let through at most.
    pub scan_limit: Option<u64>,
    /// How it sends its visitors on.
    pub conventions: Conventions,
    /// Whether a code is offered.
    pub qrcode_enabled: bool,
    /// Look of its code.
    pub design: DesignId,
    /// The template that its code was given the look of.
    pub template: Option<Uuid>,
    /// Number of the workflow version in force.
    pub published_version: u32,
    /// Where its redirect leads, while it has exactly one.
    pub destination: Option<String>,
    /// Who is written to of its leads.
    pub lead_emails: Vec<String>,
    /// Scans counted.
    pub event_count: i64,
    /// Human scans ever; never falls.
    pub lifetime_scans: i64,
    /// What it was before it came here.
    pub imported: Option<Imported>,
    /// Last scan counted.
    pub last_scan_at: Option<Millis>,
    /// People let through, as far as is counted.
    pub used_scans: u64,
    /// Deleted.
    pub deleted_at: Option<Millis>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

impl Link {
    /// When it is open.
    pub fn window(&self) -> Window {
        Window {
            paused: self.paused,
            ended: self.deleted_at.is_some(),
            archived: self.archived_at.is_some(),
            starts_at: self.starts_at,
            expires_at: self.expires_at,
        }
    }

    /// What people call it wherever numbers name it: its name, else its slug; of a deleted one with `(deleted)`.
    pub fn told(&self) -> String {
        names::shown(&self.name, &self.slug, self.deleted_at.is_some())
    }

    /// When a deletion can no longer be undone.
    pub fn gone_at(&self) -> Option<Millis> {
        self.deleted_at.map(|at| at.plus(UNDO_MS))
    }
}

/// A tag of a link.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

/// What the caller decides of a new link.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its owner's notes.
    pub notes: String,
    /// Its slug.
    pub slug: Slug,
    /// The slug's domain.
    pub domain: DomainId,
    /// The folder it lies in.
    pub directory: Option<Uuid>,
    /// Strings of the owner's.
    pub metadata: BTreeMap<String, String>,
    /// Names of tags; made where they do not exist.
    pub tags: Vec<String>,
    /// Where a scan goes that the workflow leads nowhere.
    pub fallback_destination: Option<String>,
    /// Where a scan goes after the end.
    pub expired_destination: Option<String>,
    /// Start.
    pub starts_at: Option<Millis>,
    /// End.
    pub expires_at: Option<Millis>,
    /// Paused.
    pub paused: bool,
    /// People let through at most.
    pub scan_limit: Option<u64>,
    /// How it sends its visitors on.
    pub conventions: Conventions,
    /// Whether a code is offered.
    pub qrcode_enabled: bool,
    /// How its code looks.
    pub dress: Dress,
}

/// How a new link's code looks.
#[derive(Clone, Debug)]
pub struct Dress {
    /// Id of its design.
    pub design: Uuid,
    /// Whether that is a look which nobody has yet, and which the link takes.
    pub is_taken: bool,
    /// How it looks.
    pub looks: Looks,
    /// The template that it was given the look of.
    pub template: Option<Uuid>,
}

impl Dress {
    /// Black squares on white.
    pub fn plain() -> Self {
        Self { design: Uuid::now_v7(), is_taken: false, looks: Looks::plain(), template: None }
    }
}

/// What a change of a link sets. `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Name.
    pub name: Option<String>,
    /// Purpose.
    pub purpose: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// All metadata.
    pub metadata: Option<BTreeMap<String, String>>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// The folder it lies in.
    pub directory: Option<Option<Uuid>>,
    /// Fallback destination.
    pub fallback_destination: Option<Option<String>>,
    /// Expired destination.
    pub expired_destination: Option<Option<String>>,
    /// Start.
    pub starts_at: Option<Option<Millis>>,
    /// End.
    pub expires_at: Option<Option<Millis>>,
    /// Paused.
    pub paused: Option<bool>,
    /// Put away, or taken out again.
    pub archived: Option<bool>,
    /// People let through at most.
    pub scan_limit: Option<Option<u64>>,
    /// Status of the redirect.
    pub status: Option<RedirectStatus>,
    /// The visitor's query.
    pub query_mode: Option<QueryMode>,
    /// A path behind the slug.
    pub path_mode: Option<PathMode>,
    /// Whether a code is offered.
    pub qrcode_enabled: Option<bool>,
    /// The template that new looks of its code are taken from.
    pub template: Option<Option<Uuid>>,
}

/// Scans counted, as the workspace counts, else as the installation does.
macro_rules! counted {
    () => {
        "case coalesce(w.counting, d.value) when 'all' then c.all_count else c.event_count end"
    };
}
/// Time of the last of them.
macro_rules! last_counted {
    () => {
        "case coalesce(w.counting, d.value) when 'all' then c.last_any_at else c.last_scan_at end"
    };
}
use {counted, last_counted};

const COLUMNS: &str = concat!(
    "l.*, s.spelled, s.folded, s.domain_id, ",
    counted!(),
    " as counted, coalesce(c.lifetime_scans, 0) as lifetime_scans, ",
    last_counted!(),
    " as last_counted, c.used_scans, v.graph, i.source as imported_from, i.address as imported_address,
    i.made_at as imported_made_at, i.clicks as imported_clicks, i.last_click_at as imported_last_click_at
    from links l
    join slugs s on s.link_id = l.id and s.main = 1
    join workflow_versions v on v.link_id = l.id and v.version = l.published_version
    join link_counters c on c.link_id = l.id
    join workspaces w on w.id = l.workspace_id
    left join settings d on d.name = 'counting_default'
    left join link_imports i on i.link_id = l.id
    where l.workspace_id = $1"
);

fn read(row: &SqliteRow) -> Result<Link> {
    Ok(Link {
        id: LinkId(row.try_get("id")?),
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        name: row.try_get("name")?,
        purpose: row.try_get("purpose")?,
        notes: row.try_get("notes")?,
        slug: row.try_get("spelled")?,
        domain: DomainId(row.try_get("domain_id")?),
        directory: row.try_get("directory_id")?,
        metadata: serde_json::from_str(row.try_get("metadata")?).unwrap_or_default(),
        tags: Vec::new(),
        fallback_destination: row.try_get("fallback_destination")?,
        expired_destination: row.try_get("expired_destination")?,
        starts_at: row.try_get::<Option<i64>, _>("starts_at")?.map(Millis),
        expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(Millis),
        paused: row.try_get::<i64, _>("paused")? != 0,
        archived_at: row.try_get::<Option<i64>, _>("archived_at")?.map(Millis),
        scan_limit: row.try_get::<Option<i64>, _>("scan_limit")?.map(|limit| limit as u64),
        conventions: conventions(row)?,
        qrcode_enabled: row.try_get::<i64, _>("qrcode_enabled")? != 0,
        design: DesignId(row.try_get("design_id")?),
        template: row.try_get("qrcode_template_id")?,
        published_version: row.try_get::<i64, _>("published_version")? as u32,
        destination: model::workflow::Graph::read(row.try_get("graph")?)
            .only_destination()
            .map(str::to_owned),
        lead_emails: serde_json::from_str(row.try_get("lead_emails")?).unwrap_or_default(),
        event_count: row.try_get("counted")?,
        lifetime_scans: row.try_get("lifetime_scans")?,
        last_scan_at: row.try_get::<Option<i64>, _>("last_counted")?.map(Millis),
        used_scans: row.try_get::<i64, _>("used_scans")? as u64,
        imported: imports::read(row)?,
        deleted_at: row.try_get::<Option<i64>, _>("deleted_at")?.map(Millis),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// A link's conventions; the columns hold nothing else.
pub(super) fn conventions(row: &SqliteRow) -> Result<Conventions> {
    let usual = Conventions::default();
    Ok(Conventions {
        status: RedirectStatus::from_code(row.try_get("redirect_status")?).unwrap_or(usual.status),
        query: QueryMode::from_word(row.try_get("query_mode")?).unwrap_or(usual.query),
        path: PathMode::from_word(row.try_get("path_mode")?).unwrap_or(usual.path),
    })
}

/// The link, unless it is deleted.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: LinkId) -> Result<Option<Link>> {
    let row = sqlx::query(AssertSqlSafe(format!("select {COLUMNS} and l.deleted_at is null and l.id = $2")))
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut links = [read(&row)?];
    attach_tags(db, &mut links).await?;
    let [link] = links;
    Ok(Some(link))
}

/// Whether there is such a link, unless it is deleted.
pub async fn exists(db: &mut Connection, workspace: WorkspaceId, id: LinkId) -> Result<bool> {
    let row = sqlx::query("select 1 from links where workspace_id = $1 and id = $2 and deleted_at is null")
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Several links at once, in any order, deleted ones too: what events name.
pub async fn of_events(db: &mut Connection, workspace: WorkspaceId, ids: &[LinkId]) -> Result<Vec<Link>> {
    let mut links = Vec::with_capacity(ids.len());
    for id in ids {
        let row = sqlx::query(AssertSqlSafe(format!("select {COLUMNS} and l.id = $2")))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(&mut *db)
            .await?;
        links.extend(row.as_ref().map(read).transpose()?);
    }
    Ok(links)
}

/// How many links a workspace has, those put away apart.
pub async fn total(db: &mut Connection, workspace: WorkspaceId) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) from links where workspace_id = $1 and deleted_at is null and archived_at is null",
    );
    Ok(row.bind(workspace.0).fetch_one(db).await?.try_get(0)?)
}

/// Exits of a workspace's links by action, with how many links have each.
pub async fn exits(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query(
        "select s.action, count(distinct s.link_id) from workflow_steps s join links l on l.id = s.link_id
         where l.workspace_id = $1 and l.deleted_at is null
             and s.action in ('CLIENT_REDIRECT', 'CONTACT_CARD', 'SOCIAL_LINKS_PAGE', 'THANK_YOU_PAGE', 'OPEN_MEDIA')
         group by s.action order by count(distinct s.link_id) desc, s.action",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Whether a slug leads somewhere already, be it to a deleted link.
pub async fn slug_is_taken(db: &mut Connection, domain: DomainId, slug: &Slug) -> Result<bool> {
    let row = sqlx::query("select 1 from slugs where domain_id = $1 and folded = $2")
        .bind(domain.0)
        .bind(slug.folded())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Changes a link. False when there is none.
pub async fn update(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
    update: Update,
    now: Millis,
) -> Result<bool> {
    let is_searched_by = update.metadata.is_some();
    let done = sqlx::query(
        "update links set
             name = coalesce($3, name),
             folded_name = coalesce($14, folded_name),
             purpose = coalesce($4, purpose),
             metadata = coalesce($5, metadata),
             fallback_destination = case when $6 = 1 then $7 else fallback_destination end,
             expired_destination = case when $8 = 1 then $9 else expired_destination end,
             expires_at = case when $10 = 1 then $11 else expires_at end,
             qrcode_enabled = coalesce($12, qrcode_enabled),
             notes = coalesce($15, notes),
             starts_at = case when $16 = 1 then $17 else starts_at end,
             paused = coalesce($18, paused),
             archived_at = case $19 when 1 then coalesce(archived_at, $13) when 0 then null else archived_at end,
             scan_limit = case when $20 = 1 then $21 else scan_limit end,
             redirect_status = coalesce($22, redirect_status),
             query_mode = coalesce($23, query_mode),
             path_mode = coalesce($24, path_mode),
             directory_id = case when $25 = 1 then $26 else directory_id end,
             updated_at = case when updated_at >= $13 then updated_at + 1 else $13 end
         where workspace_id = $1 and id = $2 and deleted_at is null",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(update.name.as_ref())
    .bind(update.purpose)
    .bind(update.metadata.map(|metadata| serde_json::json!(metadata).to_string()))
    .bind(i64::from(update.fallback_destination.is_some()))
    .bind(update.fallback_destination.flatten())
    .bind(i64::from(update.expired_destination.is_some()))
    .bind(update.expired_destination.flatten())
    .bind(i64::from(update.expires_at.is_some()))
    .bind(update.expires_at.flatten().map(|at| at.0))
    .bind(update.qrcode_enabled.map(i64::from))
    .bind(now.0)
    .bind(update.name.as_deref().map(fold))
    .bind(update.notes)
    .bind(i64::from(update.starts_at.is_some()))
    .bind(update.starts_at.flatten().map(|at| at.0))
    .bind(update.paused.map(i64::from))
    .bind(update.archived.map(i64::from))
    .bind(i64::from(update.scan_limit.is_some()))
    .bind(update.scan_limit.flatten().map(|limit| limit as i64))
    .bind(update.status.map(|status| i64::from(status.code())))
    .bind(update.query_mode.map(QueryMode::as_str))
    .bind(update.path_mode.map(PathMode::as_str))
    .bind(i64::from(update.directory.is_some()))
    .bind(update.directory.flatten())
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    if let Some(tags) = update.tags {
        set_tags(db, workspace, id, &tags, now).await?;
    }
    if let Some(template) = update.template {
        set_template(db, workspace, id, template).await?;
    }
    if is_searched_by {
        index(db, workspace, id).await?;
    }
    Ok(true)
}

/// Notes which template a link's code has its look from.
pub async fn set_template(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
    template: Option<Uuid>,
) -> Result<()> {
    sqlx::query("update links set qrcode_template_id = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(template)
        .execute(db)
        .await?;
    Ok(())
}

/// What a link is searched by besides its name, slugs and tags.
pub(super) fn searched(destinations: &str, metadata: &BTreeMap<String, String>) -> String {
    let pairs = metadata.iter().map(|(key, value)| format!("\n{key}\n{value}"));
    fold(&pairs.fold(destinations.to_owned(), |all, pair| all + &pair))
}

/// Notes what a link is searched by, once its metadata or the version in force have changed.
pub(super) async fn index(db: &mut Connection, workspace: WorkspaceId, id: LinkId) -> Result<()> {
    let row = sqlx::query(
        "select l.metadata, v.graph from links l
         join workflow_versions v on v.link_id = l.id and v.version = l.published_version
         where l.workspace_id = $1 and l.id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_one(&mut *db)
    .await?;
    let metadata = serde_json::from_str(row.try_get(0)?).unwrap_or_default();
    let graph = model::workflow::Graph::read(row.try_get(1)?);
    sqlx::query("update links set searched = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(searched(&graph.destinations().join("\n"), &metadata))
        .execute(db)
        .await?;
    Ok(())
}

/// Notes that a link is another than it was, where a row beside its own changed.
pub async fn touch(db: &mut Connection, workspace: WorkspaceId, id: LinkId, now: Millis) -> Result<()> {
    sqlx::query(
        "update links set updated_at = case when updated_at >= $3 then updated_at + 1 else $3 end
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a link; it can be restored for 30 days, and its slug stays held. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, id: LinkId, now: Millis) -> Result<bool> {
    set_deleted(db, workspace, id, Some(now), now).await
}

/// Undoes a deletion. False when there is nothing to undo.
pub async fn restore(db: &mut Connection, workspace: WorkspaceId, id: LinkId, now: Millis) -> Result<bool> {
    set_deleted(db, workspace, id, None, now).await
}

/// How long a deletion can be undone.
const UNDO_MS: i64 = 30 * model::time::DAY_MS;

/// Deletions since this moment can be undone.
pub fn undoable_since(now: Millis) -> Millis {
    now.plus(-UNDO_MS)
}

async fn set_deleted(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
    at: Option<Millis>,
    now: Millis,
) -> Result<bool> {
    let done = sqlx::query(
        "update links set deleted_at = $3, updated_at = $4
         where workspace_id = $1 and id = $2
           and case when $3 is null then deleted_at > $5 else deleted_at is null end",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(at.map(|at| at.0))
    .bind(now.0)
    .bind(undoable_since(now).0)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Marks a workflow version as the one in force.
pub async fn set_version(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
    version: u32,
    now: Millis,
) -> Result<()> {
    let done = sqlx::query(
        "update links set published_version = $3,
             updated_at = case when updated_at >= $4 then updated_at + 1 else $4 end
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(i64::from(version))
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Err(sqlx::Error::RowNotFound.into());
    }
    index(db, workspace, id).await
}

/// Level of data collection of a link, where it is not its workspace's.
pub async fn collection(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
) -> Result<Option<DataCollection>> {
    let word: Option<Option<String>> =
        sqlx::query_scalar("select data_collection from links where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    Ok(word.flatten().map(|word| DataCollection::from_column(&word)))
}
