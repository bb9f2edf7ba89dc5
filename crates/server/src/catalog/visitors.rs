//! Visitors: people who gave data. Whoever gave none has no row (DESIGN §11.5).

pub mod attributes;
pub mod identify;
pub mod list;
pub mod merge;
pub mod timeline;

use super::webhooks::deliveries;
use super::{Connection, Result};
use crate::redirect::recognised::Recognised;
use model::workflow::attribute::{AttributeValue, Attributes};
use model::workflow::draft::AttributeType;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use uuid::Uuid;

/// Scans that one statement asks for, at most.
const AT_ONCE: usize = 500;

/// How long a merge can be undone.
pub const UNDO_MS: i64 = 30 * model::time::DAY_MS;

/// A visitor.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Id of the row.
    pub id: Uuid,
    /// Normalised: trimmed, lower case.
    pub email: Option<String>,
    /// E.164 where it could be read as that.
    pub phone: Option<String>,
    /// As typed.
    pub first_name: String,
    /// As typed.
    pub last_name: String,
    /// By key.
    pub attributes: Vec<Attribute>,
    /// Scans known to be this visitor's.
    pub scans: i64,
    /// Links of these scans.
    pub links: i64,
    /// First and last of these scans.
    pub first_scan_at: Option<Millis>,
    /// See above.
    pub last_scan_at: Option<Millis>,
    /// Made.
    pub created_at: Millis,
    /// Last changed.
    pub updated_at: Millis,
}

/// An attribute of the owner's naming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Without `$`.
    pub key: String,
    /// `string`, `number`, `boolean`, `date`, `enum`: as it was captured.
    pub kind: String,
    /// As text.
    pub value: String,
}

const COLUMNS: &str = "v.id, v.email, v.phone, v.first_name, v.last_name, v.created_at, v.updated_at,
        (select count(*) from visitor_scans s where s.visitor_id = v.id) as scans,
        (select count(distinct s.link_id) from visitor_scans s where s.visitor_id = v.id) as links,
        (select min(s.at) from visitor_scans s where s.visitor_id = v.id) as first_at,
        (select max(s.at) from visitor_scans s where s.visitor_id = v.id) as last_at
    from visitors v where v.workspace_id = $1 and v.merged_into is null";

fn read(row: &SqliteRow) -> Result<Visitor> {
    Ok(Visitor {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        attributes: Vec::new(),
        scans: row.try_get("scans")?,
        links: row.try_get("links")?,
        first_scan_at: row.try_get::<Option<i64>, _>("first_at")?.map(Millis),
        last_scan_at: row.try_get::<Option<i64>, _>("last_at")?.map(Millis),
        created_at: Millis(row.try_get("created_at")?),
        updated_at: Millis(row.try_get("updated_at")?),
    })
}

/// One visitor with attributes; where another row has taken it up, that one.
pub async fn get(db: &mut Connection, workspace: WorkspaceId, id: Uuid) -> Result<Option<Visitor>> {
    let id = current(db, workspace, id).await?;
    let sql = format!("select {COLUMNS} and v.id = $2");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace.0).bind(id).fetch_optional(&mut *db).await?;
    let Some(row) = row else { return Ok(None) };
    let mut visitor = read(&row)?;
    visitor.attributes = attributes(db, workspace, visitor.id).await?;
    Ok(Some(visitor))
}

/// The row that stands for a visitor now.
async fn current(db: &mut Connection, workspace: WorkspaceId, mut id: Uuid) -> Result<Uuid> {
    // A merge always points at the older row, so the way ends.
    loop {
        let next: Option<Option<Uuid>> =
            sqlx::query_scalar("select merged_into from visitors where workspace_id = $1 and id = $2")
                .bind(workspace.0)
                .bind(id)
                .fetch_optional(&mut *db)
                .await?;
        match next.flatten() {
            Some(next) => id = next,
            None => return Ok(id),
        }
    }
}

/// Attributes of a visitor, by key.
pub async fn attributes(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
) -> Result<Vec<Attribute>> {
    let rows = sqlx::query(
        "select key, type, value from visitor_attributes where workspace_id = $1 and visitor_id = $2 order by key",
    )
    .bind(workspace.0)
    .bind(visitor)
    .fetch_all(db)
    .await?;
    let read = |row: &SqliteRow| {
        Ok(Attribute { key: row.try_get(0)?, kind: row.try_get(1)?, value: row.try_get(2)? })
    };
    rows.iter().map(read).collect()
}

/// The visitor whose scan this is known to be.
pub async fn of_scan(db: &mut Connection, workspace: WorkspaceId, scan: ScanId) -> Result<Option<Uuid>> {
    let id =
        sqlx::query_scalar("select visitor_id from visitor_scans where workspace_id = $1 and scan_id = $2")
            .bind(workspace.0)
            .bind(scan.0)
            .fetch_optional(db)
            .await?;
    Ok(id)
}

/// The visitor whose browser this is known to be, with attributes. `cookie` is the hash of workspace and cookie.
pub async fn of_cookie(
    db: &mut Connection,
    workspace: WorkspaceId,
    cookie: &[u8; 32],
) -> Result<Option<Visitor>> {
    match id_of_cookie(db, workspace, cookie).await? {
        Some(id) => get(db, workspace, id).await,
        None => Ok(None),
    }
}

async fn id_of_cookie(
    db: &mut Connection,
    workspace: WorkspaceId,
    cookie: &[u8; 32],
) -> Result<Option<Uuid>> {
    let id =
        sqlx::query_scalar("select visitor_id from visitor_cookies where workspace_id = $1 and hash = $2")
            .bind(workspace.0)
            .bind(cookie.as_slice())
            .fetch_optional(db)
            .await?;
    Ok(id)
}

/// Notes that a browser is this visitor's.
pub async fn remember_cookie(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    cookie: &[u8; 32],
    now: Millis,
) -> Result<()> {
    sqlx::query(
        "insert into visitor_cookies (hash, workspace_id, visitor_id, created_at) values ($1, $2, $3, $4)
         on conflict (hash) do update set visitor_id = excluded.visitor_id",
    )
    .bind(cookie.as_slice())
    .bind(workspace.0)
    .bind(visitor)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes of scans whose browsers are known that they are their visitors'; those of other browsers stay nobody's.
pub async fn recognise(db: &mut Connection, scans: &[Recognised]) -> Result<()> {
    for scan in scans {
        if let Some(visitor) = id_of_cookie(db, scan.workspace, &scan.browser).await? {
            attach(db, scan.workspace, visitor, (scan.scan, scan.at), scan.link).await?;
        }
    }
    Ok(())
}

/// Notes that a scan is this visitor's; the first to say so is believed.
pub async fn attach(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    (scan, at): (ScanId, Millis),
    link: LinkId,
) -> Result<()> {
    sqlx::query(
        "insert into visitor_scans (scan_id, visitor_id, workspace_id, link_id, at)
         select $1, $2, $3, id, $5 from links where workspace_id = $3 and id = $4
         on conflict (scan_id) do nothing",
    )
    .bind(scan.0)
    .bind(visitor)
    .bind(workspace.0)
    .bind(link.0)
    .bind(at.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes an attribute away; its key is without `$`. False when there was none.
pub async fn remove_attribute(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    key: &str,
    now: Millis,
) -> Result<bool> {
    let done = sqlx::query(
        "delete from visitor_attributes where workspace_id = $1 and visitor_id = $2 and key = $3",
    )
    .bind(workspace.0)
    .bind(visitor)
    .bind(key)
    .execute(&mut *db)
    .await?;
    touch(db, workspace, visitor, now).await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a visitor out with everything that hangs on the row: attributes, attachments, answers, consents, rows that it
/// had taken up. The scans stay as counts. False when there is none.
pub async fn delete(db: &mut Connection, workspace: WorkspaceId, visitor: Uuid) -> Result<bool> {
    super::answers::forget_people(db, workspace).await?;
    deliveries::forget_visitor(db, workspace, visitor).await?;
    // Answers outlive their visitor's row where it goes for other reasons; here they are what must go.
    sqlx::query(
        "delete from submissions where workspace_id = $1 and visitor_id in
             (select id from visitors where workspace_id = $1 and (id = $2 or merged_into = $2))",
    )
    .bind(workspace.0)
    .bind(visitor)
    .execute(&mut *db)
    .await?;
    let done = sqlx::query("delete from visitors where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(visitor)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

async fn touch(db: &mut Connection, workspace: WorkspaceId, visitor: Uuid, now: Millis) -> Result<()> {
    sqlx::query("update visitors set updated_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(visitor)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Empties a field of the row itself: `email`, `phone`, `first_name` or `last_name`. False when it was empty.
pub async fn clear_field(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    column: &'static str,
    now: Millis,
) -> Result<bool> {
    let empty = if column.ends_with("name") { "''" } else { "null" };
    let sql = format!(
        "update visitors set {column} = {empty}, updated_at = $3
         where workspace_id = $1 and id = $2 and coalesce({column}, '') <> ''"
    );
    let done =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace.0).bind(visitor).bind(now.0).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// The last scans known to be a visitor's, the last first.
pub async fn scans(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    limit: i64,
) -> Result<Vec<ScanId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select scan_id from visitor_scans where workspace_id = $1 and visitor_id = $2 order by at desc, scan_id desc
         limit $3",
    )
    .bind(workspace.0)
    .bind(visitor)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ScanId).collect())
}

/// Who made these scans, where that is known.
pub async fn of_scans(
    db: &mut Connection,
    workspace: WorkspaceId,
    scans: &[ScanId],
) -> Result<std::collections::HashMap<ScanId, Uuid>> {
    let mut found = std::collections::HashMap::new();
    for scans in scans.chunks(AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "select scan_id, visitor_id from visitor_scans where workspace_id = ",
        );
        query.push_bind(workspace.0).push(" and scan_id in (");
        let mut list = query.separated(", ");
        for scan in scans {
            list.push_bind(scan.0);
        }
        query.push(")");
        let rows: Vec<(Uuid, Uuid)> = query.build_query_as().fetch_all(&mut *db).await?;
        found.extend(rows.into_iter().map(|(scan, visitor)| (ScanId(scan), visitor)));
    }
    Ok(found)
}

/// Scans of a time that known people made, of one link or of all.
pub async fn of_range(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    (from, to): (Millis, Millis),
) -> Result<Vec<(ScanId, Uuid)>> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select scan_id, visitor_id from visitor_scans
         where workspace_id = $1 and ($2 is null or link_id = $2) and at >= $3 and at < $4",
    )
    .bind(workspace.0)
    .bind(link.map(|link| link.0))
    .bind(from.0)
    .bind(to.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(scan, visitor)| (ScanId(scan), visitor)).collect())
}

/// The column's word for the type of an attribute.
pub const fn kind_word(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Number => "number",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::Enum => "enum",
        AttributeType::String | AttributeType::Unspecified => "string",
    }
}

impl Attribute {
    /// The value with the type it was captured as.
    pub fn typed(&self) -> AttributeValue {
        let kind = match self.kind.as_str() {
            "number" => AttributeType::Number,
            "boolean" => AttributeType::Boolean,
            "date" => AttributeType::Date,
            "enum" => AttributeType::Enum,
            _ => AttributeType::String,
        };
        AttributeValue::new(kind, self.value.clone())
    }
}

impl Visitor {
    /// All that conditions and filters can ask of, the reserved fields among them.
    pub fn all_attributes(&self) -> Attributes {
        let fields = [
            ("$email", self.email.as_deref().unwrap_or_default()),
            ("$phone", self.phone.as_deref().unwrap_or_default()),
            ("$firstName", &self.first_name),
            ("$lastName", &self.last_name),
        ];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let fields = fields.map(|(key, value)| (key.to_owned(), AttributeValue::text(value)));
        fields.chain(self.attributes.iter().map(|a| (a.key.clone(), a.typed()))).collect()
    }
}
