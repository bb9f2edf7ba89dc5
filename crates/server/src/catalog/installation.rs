//! What concerns the whole installation and no workspace: settings made while it runs, and the base URLs it has had.

use super::workspaces::Counting;
use super::{Connection, Result};
use model::Millis;
use sqlx::Row;

/// A base URL that codes were made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// The URL, without the last slash.
    pub url: String,
    /// When it was given up; nothing for the one in force.
    pub last_used_at: Option<Millis>,
    /// How often a code with it was taken away: downloaded, or fetched by a program.
    pub codes_taken: i64,
}

/// The base URL that was set while the program ran.
pub async fn saved_base_url(db: &mut Connection) -> Result<Option<String>> {
    let row = sqlx::query("select value from settings where name = 'base_url'").fetch_optional(db).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Sets it.
pub async fn save_base_url(db: &mut Connection, url: &str) -> Result<()> {
    sqlx::query(
        "insert into settings (name, value) values ('base_url', $1)
         on conflict (name) do update set value = excluded.value",
    )
    .bind(url)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes whom numbers count where a workspace does not say, for the lists of links.
pub async fn set_counting_default(db: &mut Connection, counting: Counting) -> Result<()> {
    sqlx::query(
        "insert into settings (name, value) values ('counting_default', $1)
         on conflict (name) do update set value = excluded.value",
    )
    .bind(counting.as_str())
    .execute(db)
    .await?;
    Ok(())
}

/// Notes which base URL is in force from now on.
pub async fn use_base_url(db: &mut Connection, url: &str, now: Millis) -> Result<()> {
    sqlx::query("update base_urls set last_used_at = $2 where last_used_at is null and url <> $1")
        .bind(url)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "insert into base_urls (url, first_used_at) values ($1, $2)
         on conflict (url) do update set last_used_at = null",
    )
    .bind(url)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// All of them, the one in force first, then the latest given up.
pub async fn base_urls(db: &mut Connection) -> Result<Vec<BaseUrl>> {
    let rows = sqlx::query(
        "select url, last_used_at, codes_taken from base_urls
         order by last_used_at is not null, last_used_at desc, url",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(BaseUrl {
            url: row.try_get(0)?,
            last_used_at: row.try_get::<Option<i64>, _>(1)?.map(Millis),
            codes_taken: row.try_get(2)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Counts a code that was taken away.
pub async fn code_taken(db: &mut Connection, url: &str) -> Result<()> {
    sqlx::query("update base_urls set codes_taken = codes_taken + 1 where url = $1")
        .bind(url)
        .execute(db)
        .await?;
    Ok(())
}
