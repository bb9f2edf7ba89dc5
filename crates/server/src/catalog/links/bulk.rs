//! Many links at once: some hundred rows of a table in a statement. One link is made the same way.

use super::{Connection, NewLink, Result};
use model::slug::fold;
use model::workflow::{Graph, StepDraft};
use model::{DomainId, LinkId, Millis, WorkspaceId};
use sqlx::{QueryBuilder, Row, Sqlite};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

/// A link to be made in a workspace, with the steps of its workflow, the entry first.
pub type Wanted = (WorkspaceId, NewLink, Vec<StepDraft>);

/// Slugs of `wanted`, folded, that lead somewhere already, with their domains.
pub async fn taken(db: &mut Connection, wanted: &[Wanted]) -> Result<HashSet<(DomainId, String)>> {
    let mut found = HashSet::new();
    let domains: BTreeSet<DomainId> = wanted.iter().map(|(_, link, _)| link.domain).collect();
    for domain in domains {
        let mut query = QueryBuilder::<Sqlite>::new("select folded from slugs where domain_id = ");
        query.push_bind(domain.0).push(" and folded in (");
        let mut slugs = query.separated(", ");
        for (_, link, _) in wanted.iter().filter(|(_, link, _)| link.domain == domain) {
            slugs.push_bind(link.slug.folded().to_owned());
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *db).await? {
            found.insert((domain, row.try_get(0)?));
        }
    }
    Ok(found)
}

/// Which of these ids links have already, of whatever workspace.
pub async fn existing(db: &mut Connection, wanted: &[Wanted]) -> Result<HashSet<LinkId>> {
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let mut query = QueryBuilder::<Sqlite>::new("select id from links where id in (");
    let mut ids = query.separated(", ");
    for (_, link, _) in wanted {
        ids.push_bind(link.id.0);
    }
    query.push(")");
    let rows = query.build().fetch_all(db).await?;
    rows.iter().map(|row| Ok(LinkId(row.try_get(0)?))).collect()
}

/// Makes links whose ids and slugs are free and differ, and publishes their workflows; `by`: who makes them.
pub async fn create(db: &mut Connection, wanted: &[Wanted], by: &str, now: Millis) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let all: Vec<(&Wanted, Uuid, Graph)> = wanted
        .iter()
        .map(|wanted| {
            let (_, link, steps) = wanted;
            let (fallback, expired) = (link.fallback_destination.clone(), link.expired_destination.clone());
            (wanted, link.dress.design, Graph::new(steps.clone(), fallback, expired))
        })
        .collect();
    let mut designs =
        insert("designs (id, workspace_id, settings, logo, logo_media, created_at, updated_at) ");
    designs.push_values(&all, |mut row, ((workspace, link, _), design, _)| {
        let looks = &link.dress.looks;
        row.push_bind(*design)
            .push_bind(workspace.0)
            .push_bind(looks.settings.clone())
            .push_bind(looks.logo.as_ref().map(|logo| logo.sha256.clone()))
            .push_bind(looks.logo.as_ref().and_then(|logo| logo.media))
            .push_bind(now.0)
            .push_bind(now.0);
    });
    designs.build().execute(&mut *db).await?;

    let mut links = insert(
        "links (id, workspace_id, name, purpose, metadata, fallback_destination, expired_destination, expires_at,
                qrcode_enabled, design_id, published_version, created_at, updated_at, folded_name, notes, starts_at,
                paused, scan_limit, redirect_status, query_mode, path_mode, directory_id, searched, qrcode_template_id) ",
    );
    links.push_values(&all, |mut row, ((workspace, link, _), design, graph)| {
        row.push_bind(link.id.0)
            .push_bind(workspace.0)
            .push_bind(link.name.clone())
            .push_bind(link.purpose.clone())
            .push_bind(serde_json::json!(link.metadata).to_string())
            .push_bind(link.fallback_destination.clone())
            .push_bind(link.expired_destination.clone())
            .push_bind(link.expires_at.map(|at| at.0))
            .push_bind(i64::from(link.qrcode_enabled))
            .push_bind(*design)
            .push_bind(1_i64)
            .push_bind(now.0)
            .push_bind(now.0)
            .push_bind(fold(&link.name))
            .push_bind(link.notes.clone())
            .push_bind(link.starts_at.map(|at| at.0))
            .push_bind(i64::from(link.paused))
            .push_bind(link.scan_limit.map(|limit| limit as i64))
            .push_bind(i64::from(link.conventions.status.code()))
            .push_bind(link.conventions.query.as_str())
            .push_bind(link.conventions.path.as_str())
            .push_bind(link.directory)
            .push_bind(super::searched(&graph.destinations().join("\n"), &link.metadata))
            .push_bind(link.dress.template);
    });
    links.build().execute(&mut *db).await?;

    let mut counters = insert("link_counters (link_id) ");
    counters.push_values(&all, |mut row, ((_, link, _), ..)| {
        row.push_bind(link.id.0);
    });
    counters.build().execute(&mut *db).await?;

    let mut slugs = insert("slugs (domain_id, folded, spelled, workspace_id, link_id, created_at, id) ");
    slugs.push_values(&all, |mut row, ((workspace, link, _), ..)| {
        row.push_bind(link.domain.0)
            .push_bind(link.slug.folded().to_owned())
            .push_bind(link.slug.as_str().to_owned())
            .push_bind(workspace.0)
            .push_bind(link.id.0)
            .push_bind(now.0)
            .push_bind(Uuid::now_v7());
    });
    slugs.build().execute(&mut *db).await?;

    let mut rows = insert(
        "workflow_steps (id, workspace_id, link_id, position, action, payload, branches, attribute_capture, back_button,
             canvas_x, canvas_y, created_at, updated_at) ",
    );
    let workflow_steps = all.iter().flat_map(|((workspace, link, _), _, graph)| {
        graph.steps.iter().enumerate().map(move |(position, step)| (workspace, link.id, position, step))
    });
    rows.push_values(workflow_steps, |mut row, (workspace, link, position, step)| {
        let action = step.action();
        let payload = step.payload.to_stored()[action.payload_key()].take();
        row.push_bind(step.id.0)
            .push_bind(workspace.0)
            .push_bind(link.0)
            .push_bind(position as i64)
            .push_bind(action.as_str())
            .push_bind(payload.to_string())
            .push_bind(serde_json::json!(step.branches).to_string())
            .push_bind(step.attribute_capture.as_ref().map(|capture| serde_json::json!(capture).to_string()))
            .push_bind(step.back_button.as_ref().map(|button| serde_json::json!(button).to_string()))
            .push_bind(step.canvas.x)
            .push_bind(step.canvas.y)
            .push_bind(now.0)
            .push_bind(now.0);
    });
    rows.build().execute(&mut *db).await?;

    let mut versions = insert("workflow_versions (link_id, version, graph, published_at, published_by) ");
    versions.push_values(&all, |mut row, ((_, link, _), _, graph)| {
        row.push_bind(link.id.0)
            .push_bind(1_i64)
            .push_bind(graph.to_json())
            .push_bind(now.0)
            .push_bind(by.to_owned());
    });
    versions.build().execute(&mut *db).await?;

    tag(db, wanted, now).await
}

/// Gives links their tags; a tag is looked up once, however many of the links have it.
async fn tag(db: &mut Connection, wanted: &[Wanted], now: Millis) -> Result<()> {
    let mut tags: BTreeMap<(WorkspaceId, &str), Uuid> = BTreeMap::new();
    let mut pairs: Vec<(Uuid, Uuid)> = Vec::new();
    for (workspace, link, _) in wanted {
        for name in &link.tags {
            let tag = match tags.get(&(*workspace, name)) {
                Some(tag) => *tag,
                None => {
                    let tag = super::tags::tag_id(db, *workspace, name, now).await?;
                    tags.insert((*workspace, name), tag);
                    tag
                }
            };
            pairs.push((link.id.0, tag));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    if pairs.is_empty() {
        return Ok(());
    }
    let mut rows = insert("link_tags (link_id, tag_id) ");
    rows.push_values(&pairs, |mut row, (link, tag)| {
        row.push_bind(*link).push_bind(*tag);
    });
    rows.build().execute(db).await?;
    Ok(())
}

fn insert(into: &str) -> QueryBuilder<Sqlite> {
    QueryBuilder::new(format!("insert into {into}"))
}
