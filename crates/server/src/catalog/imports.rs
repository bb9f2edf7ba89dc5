//! What links were before they came here. Kept apart from every count of scans.

use super::{Connection, Result};
use model::{LinkId, Millis};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

/// What another program knew of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The program's word.
    pub source: String,
    /// Its address there, where that was another one than here.
    pub address: String,
    /// When it was made there.
    pub made_at: Option<Millis>,
    /// How often it was followed there, as that program counted.
    pub clicks: Option<i64>,
    /// When it was last followed there.
    pub last_click_at: Option<Millis>,
}

/// Rows of one statement.
const ROWS: usize = 128;

/// Notes what links were.
pub async fn note(db: &mut Connection, links: &[(LinkId, Imported)]) -> Result<()> {
    for links in links.chunks(ROWS) {
        let mut rows = QueryBuilder::new(
            "insert into link_imports (link_id, source, address, made_at, clicks, last_click_at) ",
        );
        rows.push_values(links, |mut row, (link, imported)| {
            row.push_bind(link.0)
                .push_bind(&imported.source)
                .push_bind(&imported.address)
                .push_bind(imported.made_at.map(|at| at.0))
                .push_bind(imported.clicks)
                .push_bind(imported.last_click_at.map(|at| at.0));
        });
        rows.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// What such a row says; nothing of a link that was made here.
pub(super) fn read(row: &SqliteRow) -> Result<Option<Imported>> {
    let Some(source) = row.try_get::<Option<String>, _>("imported_from")? else { return Ok(None) };
    let at = |name: &str| -> Result<Option<Millis>> { Ok(row.try_get::<Option<i64>, _>(name)?.map(Millis)) };
    Ok(Some(Imported {
        source,
        address: row.try_get("imported_address")?,
        made_at: at("imported_made_at")?,
        clicks: row.try_get("imported_clicks")?,
        last_click_at: at("imported_last_click_at")?,
    }))
}
