//! A workspace's log: all its changes, by what they are of, by whom and when.

use super::{Change, read};
use crate::catalog::{Connection, Result};
use model::{Millis, WorkspaceId};
use sqlx::{QueryBuilder, Row, Sqlite};
use uuid::Uuid;

/// Which changes.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Kind of thing.
    pub object: Option<String>,
    /// Which one.
    pub object_id: Option<Uuid>,
    /// By whom.
    pub actor_id: Option<Uuid>,
    /// What was done.
    pub action: Option<String>,
    /// From when on.
    pub from: Millis,
    /// Until when, inclusive.
    pub to: Millis,
}

fn push(query: &mut QueryBuilder<Sqlite>, workspace: WorkspaceId, filter: &Filter) {
    query.push(" from changes where workspace_id = ").push_bind(workspace.0);
    query.push(" and at >= ").push_bind(filter.from.0).push(" and at <= ").push_bind(filter.to.0);
    if let Some(object) = &filter.object {
        query.push(" and object = ").push_bind(object.clone());
    }
    if let Some(id) = filter.object_id {
        query.push(" and object_id = ").push_bind(id);
    }
    if let Some(id) = filter.actor_id {
        query.push(" and actor_id = ").push_bind(id);
    }
    if let Some(action) = &filter.action {
        query.push(" and action = ").push_bind(action.clone());
    }
}

/// A page of changes, newest first, behind `after`. The actor's name is the one noted: never an address.
pub async fn list(
    db: &mut Connection,
    workspace: WorkspaceId,
    filter: &Filter,
    after: Option<(Millis, Uuid)>,
    limit: i64,
) -> Result<Vec<Change>> {
    let mut query = QueryBuilder::<Sqlite>::new("select *");
    push(&mut query, workspace, filter);
    if let Some((at, id)) = after {
        query.push(" and (at, id) < (").push_bind(at.0).push(", ").push_bind(id).push(")");
    }
    query.push(" order by at desc, id desc limit ").push_bind(limit);
    query.build().fetch_all(db).await?.iter().map(read).collect()
}

/// How many there are.
pub async fn count(db: &mut Connection, workspace: WorkspaceId, filter: &Filter) -> Result<i64> {
    let mut query = QueryBuilder::<Sqlite>::new("select count(*)");
    push(&mut query, workspace, filter);
    Ok(query.build().fetch_one(db).await?.try_get(0)?)
}
