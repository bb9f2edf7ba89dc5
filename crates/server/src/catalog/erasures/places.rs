//! The places of the catalog where data about visitors lies, as a list: a new table with such data is one more entry. What an
//! erasure takes is said by the columns that a place has.

use super::{Connection, Erasure, Result};
use serde_json::{Map, Value};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Row, Sqlite, TypeInfo, ValueRef};
use uuid::Uuid;

/// A table with data about visitors. Every one has a `workspace_id`.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// What receipts call it.
    pub name: &'static str,
    table: &'static str,
    /// Expression of the visitor's row.
    visitor: &'static str,
    /// Expression of the scan.
    scan: &'static str,
    /// Expression of the link, and of the scan's time.
    span: Option<(&'static str, &'static str)>,
    /// Rows that go whoever is erased.
    always: &'static str,
}

const NONE: Place = Place { name: "", table: "", visitor: "", scan: "", span: None, always: "" };

/// All places; what refers to others comes before them.
pub const PLACES: [Place; 11] = [
    // Sealed with secrets that are nowhere here: nobody can say whose they are, so all about visitors go.
    Place { name: "stored_answers", table: "stored_answers", always: "people = 1", ..NONE },
    // Files of before: that one was made again without them costs a click, that somebody stays in one cannot be undone.
    Place {
        name: "exports",
        table: "exports",
        always: "object in ('scans', 'traces', 'visitors', 'bundle')
            and created_at <= (select e.created_at from erasures e where e.id = $1)",
        ..NONE
    },
    Place {
        name: "deliveries",
        table: "deliveries",
        visitor: "visitor_id",
        scan: "scan_id",
        span: Some((
            "case when source || coalesce(body, '') like '%' || $6 || '%' then $3 else x'' end",
            "at",
        )),
        ..NONE
    },
    Place {
        name: "lead_notices",
        table: "lead_notices",
        visitor: "(select s.visitor_id from submissions s where s.id = submission_id)",
        scan: "(select s.scan_id from submissions s where s.id = submission_id)",
        span: Some(("link_id", "(select s.scan_at from submissions s where s.id = submission_id)")),
        ..NONE
    },
    Place {
        name: "answers",
        table: "submissions",
        visitor: "visitor_id",
        scan: "scan_id",
        span: Some(("link_id", "scan_at")),
        ..NONE
    },
    Place {
        name: "consents",
        table: "consents",
        visitor: "visitor_id",
        scan: "scan_id",
        span: Some(("link_id", "at")),
        ..NONE
    },
    Place {
        name: "claims",
        table: "visitor_claims",
        visitor: "visitor_id",
        scan: "scan_id",
        span: Some((
            "(select s.link_id from visitor_scans s where s.scan_id = visitor_claims.scan_id)",
            "created_at",
        )),
        ..NONE
    },
    Place {
        name: "attached_scans",
        table: "visitor_scans",
        visitor: "visitor_id",
        scan: "scan_id",
        span: Some(("link_id", "at")),
        ..NONE
    },
    Place { name: "attributes", table: "visitor_attributes", visitor: "visitor_id", ..NONE },
    Place { name: "browsers", table: "visitor_cookies", visitor: "visitor_id", ..NONE },
    Place { name: "profiles", table: "visitors", visitor: "id", ..NONE },
];

/// Deliveries and letters of an erasure that went out before: nobody can call them back.
pub async fn sent(db: &mut Connection, erasure: &Erasure) -> Result<u64> {
    let mut sent = 0;
    for place in PLACES {
        sent += match place.table {
            "deliveries" => place.run(db, erasure, "select count(delivered_at)").await?.0,
            "lead_notices" => place.run(db, erasure, "select count(sent_at)").await?.0,
            _ => 0,
        };
    }
    Ok(sent)
}

impl Place {
    /// Which of its rows an erasure takes: $1 the erasure, $2 workspace, $3 link, $4 and $5 the time, $6 the link as text.
    fn condition(&self, erasure: &Erasure) -> String {
        let named = |column: &str, kind: &str| {
            format!(
                "{column} in (select e.id from erasure_ids e where e.erasure_id = $1 and e.kind = '{kind}')"
            )
        };
        let mut any = Vec::new();
        if !self.visitor.is_empty() {
            any.push(named(self.visitor, "visitor"));
        }
        if !self.scan.is_empty() {
            any.push(named(self.scan, "scan"));
        }
        if let Some((link, at)) = self.span.filter(|_| erasure.subject.is_span()) {
            any.push(format!("($3 is null or {link} = $3) and {at} >= $4 and {at} < $5"));
        }
        if !self.always.is_empty() {
            any.push(self.always.to_owned());
        }
        format!("workspace_id = $2 and (({}))", any.join(") or ("))
    }

    fn bound<'q>(&self, sql: &str, erasure: &Erasure) -> Query<'q, Sqlite, SqliteArguments> {
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .bind(erasure.id)
            .bind(erasure.workspace.0)
            .bind(erasure.link.map(|link| link.0))
            .bind(erasure.from.0)
            .bind(erasure.to.0)
            .bind(erasure.link.map(|link| link.to_string()).unwrap_or_default())
    }

    async fn run(&self, db: &mut Connection, erasure: &Erasure, what: &str) -> Result<(u64, u64)> {
        let sql = format!("{what} from {} where {}", self.table, self.condition(erasure));
        let query = self.bound(&sql, erasure);
        if what == "delete" {
            return Ok((0, query.execute(db).await?.rows_affected()));
        }
        Ok((query.fetch_one(db).await?.try_get::<i64, _>(0)? as u64, 0))
    }

    /// Rows that an erasure takes.
    pub async fn count(&self, db: &mut Connection, erasure: &Erasure) -> Result<u64> {
        Ok(self.run(db, erasure, "select count(*)").await?.0)
    }

    /// The rows that an erasure would take, column by column: for whoever asks what is known of him. None of a place whose
    /// rows nobody can say whose they are.
    pub async fn rows(&self, db: &mut Connection, erasure: &Erasure) -> Result<Vec<Map<String, Value>>> {
        if !self.always.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("select * from {} where {}", self.table, self.condition(erasure));
        let rows = self.bound(&sql, erasure).fetch_all(db).await?;
        rows.iter().map(readable).collect()
    }

    /// Deletes the rows that an erasure takes; returns how many.
    pub async fn erase(&self, db: &mut Connection, erasure: &Erasure) -> Result<u64> {
        Ok(self.run(db, erasure, "delete").await?.1)
    }
}

/// A row as people read it: times as times, ids as ids, JSON as what it says.
fn readable(row: &SqliteRow) -> Result<Map<String, Value>> {
    let mut read = Map::new();
    for (index, column) in row.columns().iter().enumerate() {
        let name = column.name();
        let raw = row.try_get_raw(index)?;
        if raw.is_null() || name == "workspace_id" {
            continue;
        }
        let kind = raw.type_info().name().to_owned();
        let value = match kind.as_str() {
            "INTEGER" => {
                let number: i64 = row.try_get(index)?;
                let is_time = name == "at" || name.ends_with("_at");
                if is_time {
                    Value::from(model::Millis(number).timestamp().to_string())
                } else {
                    number.into()
                }
            }
            "REAL" => row.try_get::<f64, _>(index)?.into(),
            "BLOB" => match row.try_get::<Uuid, _>(index) {
                Ok(id) => id.to_string().into(),
                // A digest: it tells nothing but that it is there.
                Err(_) => "(digest)".into(),
            },
            _ => {
                let text: String = row.try_get(index)?;
                match serde_json::from_str(&text) {
                    Ok(json @ (Value::Object(_) | Value::Array(_))) => json,
                    _ => text.into(),
                }
            }
        };
        read.insert(name.to_owned(), value);
    }
    Ok(read)
}
