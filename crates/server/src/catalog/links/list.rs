//! Lists of links: order, search, pages.

use super::tags::{attach_tags, tags_alike, tags_named};
use super::{COLUMNS, Link, counted, last_counted, read};
use crate::catalog::{Connection, Result};
use model::slug::fold;
use model::{LinkId, Millis, WorkspaceId};
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

/// Order of a list of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By creation.
    CreatedAt,
    /// By last change.
    UpdatedAt,
    /// By slug.
    Slug,
    /// By name.
    Name,
    /// By scans counted.
    EventCount,
    /// By the last scan counted; never scanned is before all.
    LastScanAt,
    /// By deletion.
    DeletedAt,
}

impl Sort {
    const fn column(self) -> &'static str {
        match self {
            Self::CreatedAt => "l.created_at",
            Self::UpdatedAt => "l.updated_at",
            Self::Slug => "s.folded",
            Self::Name => "l.folded_name",
            Self::EventCount => counted!(),
            Self::LastScanAt => concat!("coalesce(", last_counted!(), ", 0)"),
            Self::DeletedAt => "coalesce(l.deleted_at, 0)",
        }
    }
}

/// Value a list is sorted by, where a page ended.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum SortKey {
    /// A time or a count.
    Number(i64),
    /// A name.
    Text(String),
}

/// Which links to list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Part of the name, a slug or its placement, a destination, a tag or the metadata.
    pub search: Option<String>,
    /// Any of these tags.
    pub tags: Vec<String>,
    /// Only those without a counted scan since; links made since are not silent.
    pub silent_since: Option<Millis>,
    /// The deleted links that can be restored, instead of the others.
    pub deleted_since: Option<Millis>,
    /// Only those put away, only the others, or both.
    pub archived: Option<bool>,
    /// Only those directly in this folder, or, with nothing in it, at the top.
    pub place: Option<Option<Uuid>>,
    /// Order.
    pub sort: Sort,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Where the last page ended.
    pub after: Option<(SortKey, LinkId)>,
    /// Links at most.
    pub limit: i64,
}

/// A page of links, and where it ended by the sort's value.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    query: &ListQuery,
) -> Result<Vec<(Link, SortKey)>> {
    let column = query.sort.column();
    let (compare, order) = if query.descending { ("<", "desc") } else { (">", "asc") };
    let mut sql = format!("select {column} as sort_key, {COLUMNS}");
    let asked = asked(db, workspace, query).await?;
    let mut arguments = filter(&mut sql, workspace, query, &asked);
    if let Some((key, id)) = &query.after {
        sql.push_str(&format!(
            " and ({column}, l.id) {compare} (${}, ${})",
            arguments.1 + 1,
            arguments.1 + 2
        ));
        match key {
            SortKey::Number(number) => add(&mut arguments, *number),
            SortKey::Text(text) => add(&mut arguments, text.clone()),
        }
        add(&mut arguments, id.0);
    }
    sql.push_str(&format!(" order by {column} {order}, l.id {order} limit ${}", arguments.1 + 1));
    add(&mut arguments, query.limit);
    let rows = sqlx::query_with(AssertSqlSafe(sql), arguments.0).fetch_all(&mut *db).await?;
    let mut links = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    attach_tags(db, &mut links).await?;
    links
        .into_iter()
        .zip(&rows)
        .map(|(link, row)| {
            let key = match query.sort {
                Sort::Slug | Sort::Name => SortKey::Text(row.try_get("sort_key")?),
                _ => SortKey::Number(row.try_get("sort_key")?),
            };
            Ok((link, key))
        })
        .collect()
}

/// How many links a list has on all its pages.
pub async fn count(db: &mut Connection, workspace: WorkspaceId, query: &ListQuery) -> Result<i64> {
    let mut sql = format!("select {COLUMNS}");
    let asked = asked(db, workspace, query).await?;
    let arguments = filter(&mut sql, workspace, query, &asked);
    let sql = format!("select count(*) from ({sql}) counted");
    Ok(sqlx::query_with(AssertSqlSafe(sql), arguments.0).fetch_one(db).await?.try_get(0)?)
}

/// The links of a list, oldest first, one more than `most` at most: whether there are too many shows.
pub async fn ids(
    db: &mut Connection,
    workspace: WorkspaceId,
    query: &ListQuery,
    most: usize,
) -> Result<Vec<LinkId>> {
    let mut sql = format!("select l.id, {COLUMNS}");
    let asked = asked(db, workspace, query).await?;
    let mut arguments = filter(&mut sql, workspace, query, &asked);
    sql.push_str(&format!(" order by l.created_at, l.id limit ${}", arguments.1 + 1));
    add(&mut arguments, most as i64 + 1);
    let rows = sqlx::query_with(AssertSqlSafe(sql), arguments.0).fetch_all(db).await?;
    rows.iter().map(|row| Ok(LinkId(row.try_get(0)?))).collect()
}

type Arguments = (SqliteArguments, usize);

fn add<'q, T: sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>>(arguments: &mut Arguments, value: T) {
    use sqlx::Arguments as _;
    // Encoding text, numbers and ids to SQLite's types cannot fail.
    let _ = arguments.0.add(value);
    arguments.1 += 1;
}

/// Tags that a list asks for.
struct Asked {
    /// Those it names, if it names any.
    named: Option<Vec<Uuid>>,
    /// Those whose name holds what is searched for.
    alike: Vec<Uuid>,
}

async fn asked(db: &mut Connection, workspace: WorkspaceId, query: &ListQuery) -> Result<Asked> {
    let names: Vec<&str> = query.tags.iter().map(String::as_str).collect();
    let named = match names.is_empty() {
        true => None,
        false => Some(tags_named(db, workspace, &names).await?),
    };
    let alike = match &query.search {
        None => Vec::new(),
        Some(search) => tags_alike(db, workspace, search).await?,
    };
    Ok(Asked { named, alike })
}

fn filter(sql: &mut String, workspace: WorkspaceId, query: &ListQuery, asked: &Asked) -> Arguments {
    let mut arguments = (SqliteArguments::default(), 0);
    add(&mut arguments, workspace.0);
    match query.deleted_since {
        None => sql.push_str(" and l.deleted_at is null"),
        Some(since) => {
            sql.push_str(&format!(" and l.deleted_at > ${}", arguments.1 + 1));
            add(&mut arguments, since.0);
        }
    }
    match query.archived {
        Some(true) => sql.push_str(" and l.archived_at is not null"),
        Some(false) => sql.push_str(" and l.archived_at is null"),
        None => {}
    }
    match query.place {
        None => {}
        Some(None) => sql.push_str(" and l.directory_id is null"),
        Some(Some(directory)) => {
            sql.push_str(&format!(" and l.directory_id = ${}", arguments.1 + 1));
            add(&mut arguments, directory);
        }
    }
    if let Some(since) = query.silent_since {
        let since_place = arguments.1 + 1;
        let last = last_counted!();
        sql.push_str(&format!(" and coalesce({last}, l.created_at) < ${since_place}"));
        add(&mut arguments, since.0);
    }
    if let Some(search) = &query.search {
        let pattern = fold(search).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let place = arguments.1 + 1;
        // SQLite would read no further than this sign, which nothing that is searched has.
        if search.contains('\0') {
            sql.push_str(" and 0");
        }
        add(&mut arguments, format!("%{pattern}%"));
        let like = |column: &str| format!("{column} like ${place} escape '\\'");
        sql.push_str(&format!(
            " and ({} or {} or exists (select 1 from slugs x where x.link_id = l.id and ({} or {}))",
            like("l.folded_name"),
            like("l.searched"),
            like("x.folded"),
            like("lower(x.placement)")
        ));
        let tags = &asked.alike;
        if !tags.is_empty() {
            let places = places(&mut arguments, tags);
            sql.push_str(&format!(
                " or l.id in (select lt.link_id from link_tags lt where lt.tag_id in ({places}))"
            ));
        }
        sql.push(')');
    }
    if let Some(tags) = &asked.named {
        let places = places(&mut arguments, tags);
        sql.push_str(&format!(
            " and l.id in (select lt.link_id from link_tags lt where lt.tag_id in ({places}))"
        ));
    }
    arguments
}

/// The places of a list of ids in a statement.
fn places(arguments: &mut Arguments, ids: &[Uuid]) -> String {
    let places: Vec<String> = (1..=ids.len()).map(|i| format!("${}", arguments.1 + i)).collect();
    ids.iter().for_each(|id| add(arguments, *id));
    places.join(", ")
}
