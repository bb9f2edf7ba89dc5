//! Requests for slugs nobody made, by host and hour. They belong to the installation: nobody knows whose slug was meant.

use super::{Connection, Result};
use model::Millis;
use sqlx::{Connection as _, Row};

/// Adds to the count of a slug; an empty one is a slug that is not kept.
pub async fn add(db: &mut Connection, host: &str, hour: Millis, slug: &str, requests: i64) -> Result<()> {
    sqlx::query(
        "insert into orphans (host, hour, slug, requests) values ($1, $2, $3, $4)
         on conflict (host, hour, slug) do update set requests = requests + excluded.requests",
    )
    .bind(host)
    .bind(hour.0)
    .bind(slug)
    .bind(requests)
    .execute(db)
    .await?;
    Ok(())
}

/// Lets go of the slugs of hours before `slugs_since`, whose counts stay, and of the counts before `since`.
pub async fn forget(db: &mut Connection, slugs_since: Millis, since: Millis) -> Result<()> {
    sqlx::query(
        "insert into orphans (host, hour, slug, requests)
         select host, hour, '', sum(requests) from orphans where hour < $1 and slug <> '' group by host, hour
         on conflict (host, hour, slug) do update set requests = requests + excluded.requests",
    )
    .bind(slugs_since.0)
    .execute(&mut *db)
    .await?;
    sqlx::query("delete from orphans where hour < $1 and slug <> '' or hour < $2")
        .bind(slugs_since.0)
        .bind(since.0)
        .execute(db)
        .await?;
    Ok(())
}

/// A slug that was asked for.
#[derive(Clone, Debug)]
pub struct OrphanSlug {
    /// Host asked.
    pub host: String,
    /// The slug, folded.
    pub slug: String,
    /// How often.
    pub requests: i64,
    /// First hour.
    pub first: Millis,
    /// Last hour.
    pub last: Millis,
}

/// Requests by host and hour.
pub type Hours = Vec<(String, Millis, i64)>;

/// Slugs and hours of one moment: more is written every second.
pub async fn now(db: &mut Connection, limit: i64, since: Millis) -> Result<(Vec<OrphanSlug>, Hours)> {
    let mut moment = db.begin().await?;
    Ok((slugs(&mut moment, limit).await?, hours(&mut moment, since).await?))
}

/// The slugs that are kept, most asked for first.
async fn slugs(db: &mut Connection, limit: i64) -> Result<Vec<OrphanSlug>> {
    let rows = sqlx::query(
        "select host, slug, sum(requests) as asked, min(hour) as first_hour, max(hour) as last_hour from orphans
         where slug <> '' group by host, slug order by asked desc, last_hour desc, slug limit $1",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(OrphanSlug {
            host: row.try_get("host")?,
            slug: row.try_get("slug")?,
            requests: row.try_get("asked")?,
            first: Millis(row.try_get("first_hour")?),
            last: Millis(row.try_get("last_hour")?),
        })
    };
    rows.iter().map(read).collect()
}

/// Requests by host and hour since an hour, oldest first.
async fn hours(db: &mut Connection, since: Millis) -> Result<Hours> {
    let rows = sqlx::query(
        "select host, hour, sum(requests) as asked from orphans where hour >= $1 group by host, hour order by hour, host",
    )
    .bind(since.0)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("host")?, Millis(row.try_get("hour")?), row.try_get("asked")?)))
        .collect()
}
