//! What the history of links tells without anybody writing it down.

use super::Annotation;
use crate::api::wire::time;
use crate::catalog::changes::{self, Change};
use crate::catalog::{Connection, Result};
use model::{LinkId, Millis, WorkspaceId};
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// What links' histories tell of a time, oldest first. What one request did to several links is told once.
pub async fn of_range(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    range: (Millis, Millis),
    limit: i64,
) -> Result<Vec<(Millis, Annotation)>> {
    let changes = changes::seen_in_scans(db, workspace, link, range, limit).await?;
    let mut batches: HashSet<(Uuid, &'static str)> = HashSet::new();
    let mut told = Vec::with_capacity(changes.len());
    for change in &changes {
        let Some((kind, text)) = what(change) else { continue };
        let same =
            |other: &&Change| other.batch == change.batch && what(other).is_some_and(|is| is.0 == kind);
        let links = match change.batch {
            None => 1,
            Some(batch) if !batches.insert((batch, kind)) => continue,
            Some(_) => changes.iter().filter(same).count(),
        };
        let annotation = Annotation {
            id: None,
            kind,
            link_id: (links == 1).then(|| LinkId(change.object_id).to_string()),
            link_name: None,
            at: time(change.at),
            text: if links == 1 { text } else { of_several(kind, links) },
            created_by: change.actor.name.clone(),
        };
        told.push((change.at, annotation));
    }
    Ok(told)
}

/// Kind and text of a change that scans may show.
fn what(change: &Change) -> Option<(&'static str, String)> {
    let became = |field: &str| change.was.contains_key(field).then(|| change.became.get(field)).flatten();
    if let Some(Value::String(destination)) = became("xDestination") {
        return Some(("destination", format!("Destination changed to {destination}")));
    }
    if let Some(version) = became("xWorkflowVersion").and_then(Value::as_u64) {
        return Some(("version", format!("Version {version} published")));
    }
    match became("xPaused").and_then(Value::as_bool)? {
        true => Some(("paused", "Paused".to_owned())),
        false => Some(("resumed", "Resumed".to_owned())),
    }
}

fn of_several(kind: &str, links: usize) -> String {
    match kind {
        "destination" => format!("Destination of {links} links changed"),
        "version" => format!("{links} links published anew"),
        "paused" => format!("{links} links paused"),
        _ => format!("{links} links resumed"),
    }
}
