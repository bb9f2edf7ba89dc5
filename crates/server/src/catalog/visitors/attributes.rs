//! What the attributes of an audience say together: of visitors who scanned a link, or in a time, or of all.

use crate::catalog::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use sqlx::Row;

/// Visitors who are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Audience {
    /// Their workspace.
    pub workspace: WorkspaceId,
    /// Who scanned this link.
    pub link: Option<LinkId>,
    /// Who scanned in this time, its end excluded.
    pub range: Option<(Millis, Millis)>,
}

/// Rows `v` of the audience: parameters 1 to 5 are [`bind`]'s.
macro_rules! audience {
    () => {
        "v.workspace_id = $1 and v.merged_into is null and ($5 = 0 or exists
            (select 1 from visitor_scans s where s.visitor_id = v.id and ($2 is null or s.link_id = $2)
             and s.at >= $3 and s.at < $4))"
    };
}

macro_rules! bind {
    ($query:expr, $audience:expr) => {{
        let Audience { workspace, link, range } = $audience;
        let (from, to) = range.unwrap_or((Millis(0), Millis(i64::MAX)));
        let narrows = link.is_some() || range.is_some();
        $query
            .bind(workspace.0)
            .bind(link.map(|link| link.0))
            .bind(from.0)
            .bind(to.0)
            .bind(i64::from(narrows))
    }};
}

/// How many visitors there are.
pub async fn audience(db: &mut Connection, audience: Audience) -> Result<i64> {
    let query = sqlx::query(concat!("select count(*) from visitors v where ", audience!()));
    Ok(bind!(query, audience).fetch_one(db).await?.try_get(0)?)
}

/// Values of an attribute with the number of visitors who have each, most first, ties by value.
pub async fn values(db: &mut Connection, audience: Audience, key: &str) -> Result<Vec<(String, i64)>> {
    let query = sqlx::query(concat!(
        "select a.value, count(*) from visitor_attributes a join visitors v on v.id = a.visitor_id
         where a.key = $6 and ",
        audience!(),
        " group by a.value order by count(*) desc, a.value"
    ));
    let rows = bind!(query, audience).bind(key).fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Values of an attribute one by one, the last recorded first.
pub async fn latest(
    db: &mut Connection,
    audience: Audience,
    key: &str,
    limit: i64,
) -> Result<Vec<(String, Millis)>> {
    let query = sqlx::query(concat!(
        "select a.value, a.updated_at from visitor_attributes a join visitors v on v.id = a.visitor_id
         where a.key = $6 and ",
        audience!(),
        " order by a.updated_at desc, a.visitor_id limit $7"
    ));
    let rows = bind!(query, audience).bind(key).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, Millis(row.try_get(1)?)))).collect()
}
