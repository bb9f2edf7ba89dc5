//! What happened with a visitor, the last first.

use super::super::{Connection, Result};
use model::{LinkId, Millis, ScanId, StepId, WorkspaceId};
use sqlx::Row;
use uuid::Uuid;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Item {
    /// When.
    pub at: Millis,
    /// On which link, where it was on one.
    pub link: Option<LinkId>,
    /// Of which scan.
    pub scan: Option<ScanId>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// A scan.
    Scan,
    /// An answer to a page: the step, what became of it, and the answers as JSON.
    Answered(StepId, String, String),
    /// A consent, given or not: its text and version.
    Consent(bool, String, String),
    /// Another row was taken up; until when that can be undone.
    Merged(Uuid),
    /// A publishable key says this of somebody who is known already; JSON.
    Claim(Uuid, String),
}

/// The last `limit` things of each kind.
pub async fn timeline(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
    limit: i64,
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let queries = [
        "select at, link_id, scan_id, 'scan' as what, null as a, null as b, null as c, null as d from visitor_scans
         where workspace_id = $1 and visitor_id = $2 order by at desc limit $3",
        "select at, link_id, scan_id, 'answered', step_id, null, kind, answers from submissions
         where workspace_id = $1 and visitor_id = $2 order by at desc limit $3",
        "select at, link_id, scan_id, 'consent', null, given, text, version from consents
         where workspace_id = $1 and visitor_id = $2 order by at desc limit $3",
        "select merged_at, null, null, 'merge', id, null, null, null from visitors
         where workspace_id = $1 and merged_into = $2 order by merged_at desc limit $3",
        "select created_at, null, scan_id, 'claim', id, null, data, null from visitor_claims
         where workspace_id = $1 and visitor_id = $2 order by created_at desc limit $3",
    ];
    for sql in queries {
        let rows = sqlx::query(sql).bind(workspace.0).bind(visitor).bind(limit).fetch_all(&mut *db).await?;
        for row in rows {
            let text = |index: usize| -> Result<String> {
                Ok(row.try_get::<Option<String>, _>(index)?.unwrap_or_default())
            };
            let what = match row.try_get::<&str, _>(3)? {
                "answered" => What::Answered(StepId(row.try_get(4)?), text(6)?, text(7)?),
                "consent" => What::Consent(row.try_get::<i64, _>(5)? != 0, text(6)?, text(7)?),
                "merge" => What::Merged(row.try_get(4)?),
                "claim" => What::Claim(row.try_get(4)?, text(6)?),
                _ => What::Scan,
            };
            items.push(Item {
                at: Millis(row.try_get(0)?),
                link: row.try_get::<Option<Uuid>, _>(1)?.map(LinkId),
                scan: row.try_get::<Option<Uuid>, _>(2)?.map(ScanId),
                what,
            });
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.at));
    items.truncate(limit as usize);
    Ok(items)
}
