//! Whom and what an erasure takes: the visitors and scans behind what was asked for.

use super::{Connection, Erasure, Ids, Result, Subject};
use crate::catalog::visitors;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use uuid::Uuid;

/// The rows of a person: the row itself, those that it has taken up, or the row that has taken it up with all others.
pub async fn rows_of_visitor(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
) -> Result<Vec<Uuid>> {
    let own = visitors::get(db, workspace, visitor).await?.map_or(visitor, |found| found.id);
    Ok(sqlx::query_scalar(
        "with recursive same (id) as (
             select id from visitors where workspace_id = $1 and id = $2
             union select v.id from visitors v join same on v.merged_into = same.id where v.workspace_id = $1)
         select id from same",
    )
    .bind(workspace.0)
    .bind(own)
    .fetch_all(db)
    .await?)
}

/// The visitors and scans that an erasure takes as things stand, those that were named before included.
pub async fn resolve(db: &mut Connection, erasure: &Erasure) -> Result<Ids> {
    let mut ids = super::ids(db, erasure.id).await?;
    match erasure.subject {
        Subject::Visitor => {
            for named in ids.visitors.clone() {
                ids.visitors.extend(rows_of_visitor(db, erasure.workspace, named).await?);
            }
            for visitor in &ids.visitors {
                ids.scans.extend(scans_of(db, erasure.workspace, *visitor).await?);
            }
        }
        Subject::Scan => {}
        Subject::Link | Subject::Range => {
            // Who is known by nothing else goes as well.
            let found: Vec<Uuid> = sqlx::query_scalar(
                "select v.id from visitors v where v.workspace_id = $1
                     and exists (select 1 from visitor_scans s where s.visitor_id = v.id)
                     and not exists (select 1 from visitor_scans s where s.visitor_id = v.id
                         and not (($2 is null or s.link_id = $2) and s.at >= $3 and s.at < $4))",
            )
            .bind(erasure.workspace.0)
            .bind(erasure.link.map(|link| link.0))
            .bind(erasure.from.0)
            .bind(erasure.to.0)
            .fetch_all(&mut *db)
            .await?;
            for visitor in found {
                ids.visitors.extend(rows_of_visitor(db, erasure.workspace, visitor).await?);
            }
        }
        Subject::Workspace => {
            let found: Vec<Uuid> =
                sqlx::query_scalar("select id from visitors where workspace_id = $1 and created_at < $2")
                    .bind(erasure.workspace.0)
                    .bind(erasure.to.0)
                    .fetch_all(&mut *db)
                    .await?;
            ids.visitors.extend(found);
        }
    }
    Ok(ids)
}

/// Scans that anything in the catalog says are a visitor's. A consent has the time of its answer, a claim that of its call:
/// a scan's own time is in its id.
async fn scans_of(
    db: &mut Connection,
    workspace: WorkspaceId,
    visitor: Uuid,
) -> Result<Vec<(ScanId, Millis)>> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select scan_id, at from visitor_scans where workspace_id = $1 and visitor_id = $2
         union select scan_id, scan_at from submissions where workspace_id = $1 and visitor_id = $2
         union select c.scan_id, c.at from consents c where c.workspace_id = $1 and c.visitor_id = $2",
    )
    .bind(workspace.0)
    .bind(visitor)
    .fetch_all(db)
    .await?;
    let time = |id: Uuid, at: i64| match id.get_version_num() {
        7 => Millis((id.as_u128() >> 80) as i64),
        _ => Millis(at),
    };
    Ok(rows.into_iter().map(|(id, at)| (ScanId(id), time(id, at))).collect())
}

/// Whether a link is, or was, the workspace's.
pub async fn has_link(db: &mut Connection, workspace: WorkspaceId, link: LinkId) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar("select 1 from links where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(link.0)
        .fetch_optional(db)
        .await?;
    Ok(found.is_some())
}
