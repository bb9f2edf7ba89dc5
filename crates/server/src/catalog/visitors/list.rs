//! Lists of visitors, and the keys of their attributes.

use super::{Attribute, COLUMNS, Visitor, attributes, read};
use crate::catalog::{Connection, Result};
use model::slug::fold;
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;
use std::collections::HashMap;
use uuid::Uuid;

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// When the row was made.
    #[default]
    Created,
    /// Scans known to be theirs.
    Scans,
    /// Links of these scans.
    Links,
}

/// Which visitors are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Exactly this address, normalised.
    pub email: Option<String>,
    /// This text in address, number or name, folded.
    pub search: Option<String>,
    /// Who scanned this link.
    pub link: Option<LinkId>,
    /// Keys of attributes that the choice looks at.
    pub keys: Vec<String>,
    /// Order.
    pub sort: Sort,
    /// Newest or most first.
    pub descending: bool,
}

/// A visitor as far as choosing needs it: the fields with a `$`, and the attributes of the wanted keys.
pub type Known = HashMap<String, Attribute>;

/// Ids of the visitors wanted that `keep` keeps, in order, each with what it is sorted by.
pub async fn ids(
    db: &mut Connection,
    workspace: WorkspaceId,
    wanted: &Wanted,
    mut keep: impl FnMut(&Known) -> bool,
) -> Result<Vec<(i64, Uuid)>> {
    let sorted_by = match wanted.sort {
        Sort::Created => "v.created_at",
        Sort::Scans => "(select count(*) from visitor_scans s where s.visitor_id = v.id)",
        Sort::Links => "(select count(distinct s.link_id) from visitor_scans s where s.visitor_id = v.id)",
    };
    let direction = if wanted.descending { "desc" } else { "asc" };
    let sql = format!(
        "select v.id, {sorted_by} as sorted_by, v.email, v.phone, v.first_name, v.last_name
         from visitors v where v.workspace_id = $1 and v.merged_into is null
           and ($2 is null or v.email = $2)
           and ($3 is null or exists
               (select 1 from visitor_scans s where s.visitor_id = v.id and s.link_id = $3))
         order by sorted_by {direction}, v.id {direction}"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(wanted.email.as_deref())
        .bind(wanted.link.map(|link| link.0))
        .fetch_all(&mut *db)
        .await?;
    let mut known = of_keys(db, workspace, &wanted.keys).await?;
    let mut ids = Vec::new();
    for row in rows {
        let id: Uuid = row.try_get("id")?;
        let mut fields = known.remove(&id).unwrap_or_default();
        let mut matches = wanted.search.is_none();
        for (column, key) in [
            ("email", "$email"),
            ("phone", "$phone"),
            ("first_name", "$firstName"),
            ("last_name", "$lastName"),
        ] {
            let Some(value) = row.try_get::<Option<String>, _>(column)?.filter(|value| !value.is_empty())
            else {
                continue;
            };
            matches |= wanted.search.as_deref().is_some_and(|search| fold(&value).contains(search));
            fields.insert(key.into(), Attribute { key: key.into(), kind: "string".into(), value });
        }
        if let Some(search) = wanted.search.as_deref().filter(|_| !matches) {
            let text = |key: &str| fields.get(key).map_or("", |attribute| attribute.value.as_str());
            matches = fold(&format!("{} {}", text("$firstName"), text("$lastName"))).contains(search);
        }
        if matches && keep(&fields) {
            ids.push((row.try_get("sorted_by")?, id));
        }
    }
    Ok(ids)
}

async fn of_keys(
    db: &mut Connection,
    workspace: WorkspaceId,
    keys: &[String],
) -> Result<HashMap<Uuid, Known>> {
    let mut known: HashMap<Uuid, Known> = HashMap::new();
    for key in keys.iter().filter(|key| !key.starts_with('$')) {
        let rows = sqlx::query(
            "select visitor_id, type, value from visitor_attributes where workspace_id = $1 and key = $2",
        )
        .bind(workspace.0)
        .bind(key)
        .fetch_all(&mut *db)
        .await?;
        for row in rows {
            let attribute = Attribute { key: key.clone(), kind: row.try_get(1)?, value: row.try_get(2)? };
            known.entry(row.try_get(0)?).or_default().insert(key.clone(), attribute);
        }
    }
    Ok(known)
}

/// The visitors of these ids, in this order.
pub async fn of_ids(db: &mut Connection, workspace: WorkspaceId, ids: &[Uuid]) -> Result<Vec<Visitor>> {
    let mut visitors = Vec::with_capacity(ids.len());
    let sql = format!("select {COLUMNS} and v.id = $2");
    for id in ids {
        let row = sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
            .bind(workspace.0)
            .bind(id)
            .fetch_optional(&mut *db)
            .await?;
        if let Some(row) = row {
            let mut visitor = read(&row)?;
            visitor.attributes = attributes(db, workspace, *id).await?;
            visitors.push(visitor);
        }
    }
    Ok(visitors)
}

/// Keys of attributes with their types, those of one link's visitors or of all.
pub async fn keys(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query(
        "select a.key, min(a.type) from visitor_attributes a
         join visitors v on v.id = a.visitor_id and v.merged_into is null
         where a.workspace_id = $1 and ($2 is null or exists
             (select 1 from visitor_scans s where s.visitor_id = a.visitor_id and s.link_id = $2))
         group by a.key order by a.key",
    )
    .bind(workspace.0)
    .bind(link.map(|link| link.0))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// A link that a visitor scanned: id, scans, first and last of them.
pub type Visited = (LinkId, i64, Millis, Millis);

/// The links that a visitor is known to have scanned, the last first.
pub async fn links(db: &mut Connection, workspace: WorkspaceId, visitor: Uuid) -> Result<Vec<Visited>> {
    let rows = sqlx::query(
        "select link_id, count(*), min(at), max(at) from visitor_scans
         where workspace_id = $1 and visitor_id = $2 group by link_id order by max(at) desc, link_id",
    )
    .bind(workspace.0)
    .bind(visitor)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok((LinkId(row.try_get(0)?), row.try_get(1)?, Millis(row.try_get(2)?), Millis(row.try_get(3)?)))
        })
        .collect()
}
