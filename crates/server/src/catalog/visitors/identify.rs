//! Who somebody is: rows found by identity, filled, and merged (DESIGN §11.5).

use super::merge::merge;
use super::{Attribute, Visitor, attach, get, of_scan, touch};
use crate::catalog::{Connection, Result};
use model::{LinkId, Millis, ScanId, WorkspaceId};
use uuid::Uuid;

/// What somebody said of himself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// `$email`, normalised.
    pub email: Option<String>,
    /// `$phone`, normalised.
    pub phone: Option<String>,
    /// `$firstName`.
    pub first_name: Option<String>,
    /// `$lastName`.
    pub last_name: Option<String>,
    /// All others; with whether only an empty one is filled.
    pub attributes: Vec<(Attribute, bool)>,
}

impl Data {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a row holds all of it.
    pub fn is_of(&self, visitor: &Visitor) -> bool {
        let is_same = |said: &Option<String>, known: &str| said.as_deref().is_none_or(|said| said == known);
        is_same(&self.email, visitor.email.as_deref().unwrap_or_default())
            && is_same(&self.phone, visitor.phone.as_deref().unwrap_or_default())
            && is_same(&self.first_name, &visitor.first_name)
            && is_same(&self.last_name, &visitor.last_name)
            && self.attributes.iter().all(|(said, _)| {
                visitor.attributes.iter().any(|known| known.key == said.key && known.value == said.value)
            })
    }
}

/// The scan that somebody is known by.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The scan.
    pub scan: ScanId,
    /// Its time.
    pub at: Millis,
    /// Its link.
    pub link: LinkId,
    /// The visitor that this browser has proved to be, if any.
    pub visitor: Option<Uuid>,
}

/// How far what was said may overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Said by the owner's own server or a member: it is so.
    Owner,
    /// Typed by whoever holds the phone: his own row is his to change, of a row that was there before only empty fields
    /// are filled.
    Visitor,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Identified {
    /// The row.
    pub visitor: Visitor,
    /// It was not there before.
    pub created: bool,
    /// The row is this browser's own: made in this run, or proved before.
    pub proved: bool,
}

/// Finds or makes the row of somebody who said `data`, fills it, and attaches the scan.
pub async fn identify(
    db: &mut Connection,
    workspace: WorkspaceId,
    known: Known,
    data: &Data,
    trust: Trust,
    set_once: bool,
    now: Millis,
) -> Result<Option<Identified>> {
    let own = match known.visitor {
        Some(id) => Some(id),
        None => of_scan(db, workspace, known.scan).await?,
    };
    let own = match own {
        Some(id) => get(db, workspace, id).await?.map(|visitor| visitor.id),
        None => None,
    };
    let named = by_identity(db, workspace, data.email.as_deref(), data.phone.as_deref()).await?;
    let (id, created) = match (own, named) {
        (Some(own), Some(named)) if own != named && trust == Trust::Owner => {
            (merge(db, workspace, own, named, now).await?, false)
        }
        // Two rows of one address that only a visitor says to be one stay two; the scan goes to the named one.
        (_, Some(named)) => (named, false),
        (Some(own), None) => (own, false),
        (None, None) => {
            let id = Uuid::now_v7();
            create(db, workspace, id, now).await?;
            (id, true)
        }
    };
    let proved = created || own == Some(id);
    let fill_only = set_once || (trust == Trust::Visitor && !proved);
    fill(db, workspace, id, data, fill_only, now).await?;
    attach(db, workspace, id, (known.scan, known.at), known.link).await?;
    Ok(get(db, workspace, id).await?.map(|visitor| Identified { visitor, created, proved }))
}

/// The row with this address, else with this number.
pub async fn by_identity(
    db: &mut Connection,
    workspace: WorkspaceId,
    email: Option<&str>,
    phone: Option<&str>,
) -> Result<Option<Uuid>> {
    // A number without its country is many people's.
    let phone = phone.filter(|phone| phone.starts_with('+'));
    for (column, value) in [("email", email), ("phone", phone)] {
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        let sql = format!(
            "select id from visitors where workspace_id = $1 and {column} = $2 and merged_into is null
             order by created_at, id limit 1"
        );
        let id = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(value)
            .fetch_optional(&mut *db)
            .await?;
        if id.is_some() {
            return Ok(id);
        }
    }
    Ok(None)
}

/// Makes an empty row.
pub async fn create(db: &mut Connection, workspace: WorkspaceId, id: Uuid, now: Millis) -> Result<()> {
    sqlx::query("insert into visitors (id, workspace_id, created_at, updated_at) values ($1, $2, $3, $3)")
        .bind(id)
        .bind(workspace.0)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Writes what is known into a row; `fill_only`: where nothing stands yet.
pub async fn fill(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: Uuid,
    data: &Data,
    fill_only: bool,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "update visitors set
             email = case when $7 = 1 then coalesce(email, $3) else coalesce($3, email) end,
             phone = case when $7 = 1 then coalesce(phone, $4) else coalesce($4, phone) end,
             first_name = case when $5 is null or ($7 = 1 and first_name <> '') then first_name else $5 end,
             last_name = case when $6 is null or ($7 = 1 and last_name <> '') then last_name else $6 end
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id)
    .bind(data.email.as_deref().filter(|email| !email.is_empty()))
    .bind(data.phone.as_deref().filter(|phone| !phone.is_empty()))
    .bind(data.first_name.as_deref())
    .bind(data.last_name.as_deref())
    .bind(i64::from(fill_only))
    .execute(&mut *db)
    .await?;
    for (attribute, once) in &data.attributes {
        let conflict = if fill_only || *once {
            "do nothing"
        } else {
            "do update set type = excluded.type, value = excluded.value, updated_at = excluded.updated_at"
        };
        let sql = format!(
            "insert into visitor_attributes (visitor_id, workspace_id, key, type, value, updated_at)
             values ($1, $2, $3, $4, $5, $6) on conflict (visitor_id, key) {conflict}"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .bind(workspace.0)
            .bind(&attribute.key)
            .bind(&attribute.kind)
            .bind(&attribute.value)
            .bind(now.0)
            .execute(&mut *db)
            .await?;
    }
    touch(db, workspace, id, now).await
}

/// Notes what a publishable key says of somebody who is known already; once, however often a page says it.
pub async fn claim(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    scan: ScanId,
    data: &str,
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into visitor_claims (id, workspace_id, visitor_id, scan_id, data, created_at)
         select $1, $2, $3, $4, $5, $6 where not exists (
             select 1 from visitor_claims where workspace_id = $2 and visitor_id = $3 and scan_id = $4 and data = $5)",
    )
    .bind(Uuid::now_v7())
    .bind(workspace.0)
    .bind(visitor)
    .bind(scan.0)
    .bind(data)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}
