//! Pictures in the middle of codes, once by their bytes; looks hold them by name.

use super::{Connection, Result};
use model::Millis;
use qr::design::LogoKind;
use sqlx::Row;
use std::sync::Arc;

/// How long a link can have a picture back that it had. Milliseconds.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// A picture.
#[derive(Clone, Debug)]
pub struct Logo {
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its format.
    pub kind: LogoKind,
    /// Width divided by height.
    pub aspect: f32,
    /// The file.
    pub bytes: Arc<[u8]>,
}

const KINDS: [(&str, LogoKind); 3] =
    [("png", LogoKind::Png), ("jpeg", LogoKind::Jpeg), ("svg", LogoKind::Svg)];

/// The picture of this name, if a look holds it.
pub async fn get(db: &mut Connection, sha256: &str) -> Result<Option<Logo>> {
    let row = sqlx::query("select * from logos where sha256 = $1 and left_at is null")
        .bind(sha256)
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let word: String = row.try_get("kind")?;
    let kind = KINDS.iter().find(|(known, _)| *known == word).map_or(LogoKind::Png, |(_, kind)| *kind);
    Ok(Some(Logo {
        sha256: row.try_get("sha256")?,
        kind,
        aspect: row.try_get::<f64, _>("aspect")? as f32,
        bytes: Arc::from(row.try_get::<Vec<u8>, _>("bytes")?),
    }))
}

/// Keeps a picture; one that is there already stays. To be called in the transaction of the look that holds it.
pub async fn keep(db: &mut Connection, logo: &Logo, now: Millis) -> Result<()> {
    let word = KINDS.iter().find(|(_, kind)| *kind == logo.kind).map_or("png", |(word, _)| *word);
    sqlx::query(
        "insert into logos (sha256, kind, aspect, bytes, created_at) values ($1, $2, $3, $4, $5)
         on conflict (sha256) do update set left_at = null",
    )
    .bind(&logo.sha256)
    .bind(word)
    .bind(f64::from(logo.aspect))
    .bind(&logo.bytes[..])
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a picture go that no look holds any more, unless a link may still have it back.
pub async fn release(db: &mut Connection, sha256: &str) -> Result<()> {
    sqlx::query(
        "delete from logos where sha256 = $1 and left_at is null
             and not exists (select 1 from designs where logo = $1)
             and not exists (select 1 from fresh_designs where logo = $1)",
    )
    .bind(sha256)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that a link's look has another picture from now on. One that nobody else holds stays for [`KEPT_MS`].
pub async fn leave(db: &mut Connection, sha256: &str, now: Millis) -> Result<()> {
    sqlx::query(
        "update logos set left_at = $2 where sha256 = $1
             and not exists (select 1 from designs where logo = $1)
             and not exists (select 1 from fresh_designs where logo = $1)",
    )
    .bind(sha256)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a picture back that a link had left; false when it is gone.
pub async fn take_back(db: &mut Connection, sha256: &str) -> Result<bool> {
    let done =
        sqlx::query("update logos set left_at = null where sha256 = $1").bind(sha256).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// Whether there are pictures that nobody holds, and no link can have back any more.
pub async fn has_stale(db: &mut Connection, now: Millis) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(
        "select 1 from logos where (left_at is null or left_at <= $1)
             and not exists (select 1 from designs where logo = sha256)
             and not exists (select 1 from fresh_designs where logo = sha256) limit 1",
    )
    .bind(now.0 - KEPT_MS)
    .fetch_optional(db)
    .await?;
    Ok(found.is_some())
}

/// Lets these pictures go: those of links and workspaces that were removed, and those that were left long ago.
pub async fn sweep(db: &mut Connection, now: Millis) -> Result<()> {
    sqlx::query(
        "delete from logos where (left_at is null or left_at <= $1)
             and not exists (select 1 from designs where logo = sha256)
             and not exists (select 1 from fresh_designs where logo = sha256)",
    )
    .bind(now.0 - KEPT_MS)
    .execute(db)
    .await?;
    Ok(())
}
