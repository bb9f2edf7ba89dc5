//! What the redirect needs of every link, read for the table in memory. These look-ups know no workspace: a scan does
//! not either.

use super::workspaces::DataCollection;
use super::{Connection, Result};
use crate::uses::Uses;
use futures_util::TryStreamExt;
use model::conventions::Conventions;
use model::life::Window;
use model::workflow::{Graph, Step, Workflow};
use model::{Destination, DomainId, LinkId, Millis, WorkspaceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

/// A slug with the link it leads to.
#[derive(Debug)]
pub struct Entry {
    /// Domain of the slug.
    pub domain: DomainId,
    /// The slug, folded.
    pub folded: String,
    /// The slug has ended, whatever its link does.
    pub is_stopped: bool,
    /// The link, as the slug leads to it.
    pub link: CompiledLink,
}

/// A link, ready to be decided on. A million of them lie in memory: what most links leave as it is lies apart.
#[derive(Debug)]
pub struct CompiledLink {
    /// Its id.
    pub id: LinkId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The version in force.
    pub workflow: Workflow,
    /// People let through. Of a link just read: as the catalog has it, which is some scans behind.
    pub uses: Arc<Uses>,
    /// Where they are not the usual ones; see [`CompiledLink::terms`].
    pub own_terms: Option<Box<Terms>>,
    /// Whether it was asked for lately.
    pub touched: Touched,
}

/// What an owner may set of a link besides where it leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// When it is open.
    pub window: Window,
    /// How it sends its visitors on.
    pub conventions: Conventions,
    /// People let through at most.
    pub limit: Option<u64>,
    /// Level of data collection, where it is not the workspace's.
    pub collection: Option<DataCollection>,
    /// Its tags, where the workflow asks for them.
    pub tags: Vec<String>,
}

impl CompiledLink {
    /// What its owner has set.
    pub fn terms(&self) -> &Terms {
        static USUAL: LazyLock<Terms> = LazyLock::new(Terms::default);
        self.own_terms.as_deref().unwrap_or(&USUAL)
    }

    /// Estimate of the bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        // What an allocation costs besides what is asked for; that of the link itself has its counts as well.
        const ALLOCATION: usize = 16;
        let workflow = &self.workflow;
        // A fork and a page keep their branches, and a fork its tests, apart from the step.
        let beside = |step: &Step| match step.branches().len() {
            0 | 1 => 0,
            branches => 2 * ALLOCATION + branches * 96,
        };
        let plan = match &*workflow.plan {
            plan if plan.is_plain() => 0,
            plan => {
                let steps = plan.steps.iter().map(|step| size_of_val(step) + beside(step)).sum::<usize>();
                size_of_val(plan) + 2 * ALLOCATION + steps
            }
        };
        let destination =
            |destination: &Destination| ALLOCATION + size_of_val(destination) + destination.location().len();
        size_of::<Self>()
            + size_of::<Uses>()
            + 4 * ALLOCATION
            + self.own_terms.as_ref().map_or(0, |terms| size_of_val(&**terms) + ALLOCATION)
            + plan
            + workflow.destinations.iter().map(destination).sum::<usize>()
    }
}

/// Whether a link was asked for since [`Touched::is_cold`] last looked, and whether it ever was in this process.
#[derive(Debug, Default)]
pub struct Touched(AtomicU8);

const LATELY: u8 = 1;
const EVER: u8 = 2;

impl Touched {
    /// It is asked for.
    pub fn touch(&self) {
        // Written once: threads that ask for the same link all the time must not fight over it.
        if self.0.load(Relaxed) != LATELY | EVER {
            self.0.store(LATELY | EVER, Relaxed);
        }
    }

    /// Whether it was not asked for since the last look.
    pub fn is_cold(&self) -> bool {
        self.0.fetch_and(!LATELY, Relaxed) & LATELY == 0
    }

    /// It was asked for before it was read anew: what it has let through may be ahead of the catalog.
    pub fn was_touched(&self) {
        self.0.fetch_or(EVER, Relaxed);
    }

    /// Whether it was ever asked for.
    pub fn ever(&self) -> bool {
        self.0.load(Relaxed) & EVER != 0
    }
}

/// What the redirect needs of a workspace.
#[derive(Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Level of its links.
    pub collection: DataCollection,
    /// Addresses and networks of its team.
    pub team_networks: Vec<String>,
    /// IANA time zone.
    pub timezone: String,
}

const QUERY: &str = "select s.domain_id, s.folded, s.state, l.id, l.workspace_id, l.paused, l.starts_at, l.expires_at,
        l.deleted_at, l.archived_at, l.scan_limit, c.used_scans, l.data_collection,
        l.redirect_status, l.query_mode, l.path_mode, v.version, v.graph,
        case when v.graph like '%TAG%' then
            (select string_agg(t.name, char(10)) from link_tags lt join tags t on t.id = lt.tag_id where lt.link_id = l.id)
        end as tags
    from slugs s
    join links l on l.id = s.link_id
    join link_counters c on c.link_id = l.id
    join workflow_versions v on v.link_id = l.id and v.version = l.published_version";

fn read(row: &SqliteRow) -> Result<Entry> {
    let millis =
        |column: &str| -> Result<Option<Millis>> { Ok(row.try_get::<Option<i64>, _>(column)?.map(Millis)) };
    let is_stopped = row.try_get::<&str, _>("state")? == "stopped";
    let terms = Terms {
        window: Window {
            paused: row.try_get::<i64, _>("paused")? != 0,
            ended: is_stopped || millis("deleted_at")?.is_some(),
            archived: millis("archived_at")?.is_some(),
            starts_at: millis("starts_at")?,
            expires_at: millis("expires_at")?,
        },
        conventions: super::links::conventions(row)?,
        limit: row.try_get::<Option<i64>, _>("scan_limit")?.map(|limit| limit as u64),
        collection: row.try_get::<Option<&str>, _>("data_collection")?.map(DataCollection::from_column),
        tags: row
            .try_get::<Option<&str>, _>("tags")?
            .into_iter()
            .flat_map(str::lines)
            .map(str::to_owned)
            .collect(),
    };
    Ok(Entry {
        domain: DomainId(row.try_get("domain_id")?),
        folded: row.try_get("folded")?,
        is_stopped,
        link: CompiledLink {
            id: LinkId(row.try_get("id")?),
            workspace: WorkspaceId(row.try_get("workspace_id")?),
            workflow: Graph::read(row.try_get("graph")?).compile(row.try_get::<i64, _>("version")? as u32),
            uses: Arc::new(Uses::new(row.try_get::<i64, _>("used_scans")? as u64)),
            own_terms: (terms != Terms::default()).then(|| Box::new(terms)),
            touched: Touched::default(),
        },
    })
}

/// Every slug, those of a link one after the other, handed to `each` as it is read.
pub async fn all(db: &mut Connection, mut each: impl FnMut(Entry)) -> Result<()> {
    let sql = format!("{QUERY} order by s.link_id");
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(db);
    while let Some(row) = rows.try_next().await? {
        each(read(&row)?);
    }
    Ok(())
}

/// A page of slugs in the order of their links, those behind the link `after`, and the last link that it has whole;
/// nothing at the end.
pub async fn page(
    db: &mut Connection,
    after: Option<LinkId>,
    most: u32,
) -> Result<(Vec<Entry>, Option<LinkId>)> {
    let sql = format!("{QUERY} where s.link_id > $1 order by s.link_id limit $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(after.map_or(uuid::Uuid::nil(), |link| link.0))
        .bind(i64::from(most))
        .fetch_all(&mut *db)
        .await?;
    let mut entries: Vec<Entry> = rows.iter().map(read).collect::<Result<_>>()?;
    if rows.len() < most as usize {
        return Ok((entries, None));
    }
    // The last link may have more slugs than the page had room for.
    let last = entries.pop().map(|entry| entry.link.id);
    entries.retain(|entry| Some(entry.link.id) != last);
    if let Some(last) = last {
        entries.extend(of_link(db, last).await?);
    }
    Ok((entries, last))
}

/// A page of slugs by themselves, in their own order, those behind `after`; fewer than `most` at the end.
pub async fn slugs(
    db: &mut Connection,
    after: Option<(DomainId, Box<str>)>,
    most: u32,
) -> Result<Vec<(DomainId, Box<str>)>> {
    let (domain, folded) = after.unwrap_or((DomainId(uuid::Uuid::nil()), Box::default()));
    let rows = sqlx::query(
        "select domain_id, folded from slugs where (domain_id, folded) > ($1, $2)
         order by domain_id, folded limit $3",
    )
    .bind(domain.0)
    .bind(&*folded)
    .bind(i64::from(most))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((DomainId(row.try_get(0)?), row.try_get::<&str, _>(1)?.into()))).collect()
}

/// The link of a folded slug.
pub async fn link_of(db: &mut Connection, domain: DomainId, folded: &str) -> Result<Option<LinkId>> {
    let row = sqlx::query("select link_id from slugs where domain_id = $1 and folded = $2")
        .bind(domain.0)
        .bind(folded)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(LinkId(row.try_get(0)?))).transpose()
}

/// How many people links have let through, as far as is counted.
pub async fn used(db: &mut Connection, links: impl Iterator<Item = LinkId>) -> Result<Vec<(LinkId, u64)>> {
    let mut counts = Vec::new();
    for link in links {
        let row = sqlx::query("select used_scans from link_counters where link_id = $1")
            .bind(link.0)
            .fetch_optional(&mut *db)
            .await?;
        if let Some(row) = row {
            counts.push((link, row.try_get::<i64, _>(0)? as u64));
        }
    }
    Ok(counts)
}

/// All links of a workspace, deleted ones too.
pub async fn of_workspace(db: &mut Connection, workspace: WorkspaceId) -> Result<Vec<LinkId>> {
    let rows =
        sqlx::query("select id from links where workspace_id = $1").bind(workspace.0).fetch_all(db).await?;
    rows.iter().map(|row| Ok(LinkId(row.try_get(0)?))).collect()
}

/// The slugs of one link.
pub async fn of_link(db: &mut Connection, link: LinkId) -> Result<Vec<Entry>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{QUERY} where s.link_id = $1")))
        .bind(link.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Every workspace.
pub async fn workspaces(db: &mut Connection) -> Result<Vec<Workspace>> {
    let rows = sqlx::query("select id, data_collection, team_networks, timezone from workspaces")
        .fetch_all(db)
        .await?;
    let read = |row: &SqliteRow| {
        Ok(Workspace {
            id: WorkspaceId(row.try_get("id")?),
            collection: DataCollection::from_column(row.try_get("data_collection")?),
            timezone: row.try_get("timezone")?,
            team_networks: serde_json::from_str(row.try_get("team_networks")?).unwrap_or_default(),
        })
    };
    rows.iter().map(read).collect()
}
