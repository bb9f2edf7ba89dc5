//! How long things are kept (DESIGN §5): what is too old is hidden from every question at once, in the transaction in which the
//! counters lose it; the files follow within 7 days (`consumers/merging.rs`). Visitors and bodies of deliveries are rows: they go.

use crate::catalog::retention::{self as rows, Floored, Of, Set, Terms};
use crate::catalog::{Connection, Result as Read, visitors};
use crate::erasure::{Bench, Halt, lose};
use analytics::{Floor, Gone, Hidden};
use model::time::UtcDay;
use model::{LinkId, Millis, WorkspaceId};
use std::collections::BTreeMap;

/// Longest that user agents are kept whatever is set, in days.
pub const FACTS_MOST: u32 = 30;
/// Longest that bodies of deliveries are kept whatever is set, in days.
pub const BODIES_MOST: u32 = 7;
/// Longest that can be set, in days.
pub const MOST: u32 = 36_500;
/// Visitors that go in one transaction.
const AT_ONCE: i64 = 100;

/// The instant before which something is too old that is kept for whole UTC days; the day that runs is none of them.
pub fn floor(days: u32, now: Millis) -> Millis {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    UtcDay(now.utc_day().0.saturating_sub(days)).start()
}

/// The day on which something of an instant is too old.
pub fn end(at: Millis, days: u32) -> Millis {
    UtcDay(at.utc_day().0.saturating_add(i32::try_from(days).unwrap_or(i32::MAX)).saturating_add(1)).start()
}

type Floors = BTreeMap<WorkspaceId, Floor>;

/// Floors as the terms want them now, none below what it was. A link with terms of its own keeps a floor of its own from then on.
fn raised(terms: &[Set], known: &Floors, now: Millis, of: impl Fn(&Terms) -> Option<u32>) -> Floors {
    let mut floors = known.clone();
    let wanted = |days: Option<u32>| days.map_or(Millis(0), |days| floor(days, now));
    for set in terms.iter().filter(|set| set.link.is_none()) {
        let floor = floors.entry(set.workspace).or_default();
        floor.own = floor.own.max(wanted(of(&set.terms)));
    }
    // Without terms of its own any more, a link follows those of its workspace: what these had go before, it may have kept.
    let terms_of = |workspace: WorkspaceId, link: Option<LinkId>| {
        terms.iter().find(|set| set.workspace == workspace && set.link == link).and_then(|set| of(&set.terms))
    };
    for (workspace, floor) in &mut floors {
        let at_least = wanted(terms_of(*workspace, None));
        for (_, at) in floor.links.iter_mut().filter(|(link, _)| terms_of(*workspace, Some(**link)).is_none())
        {
            *at = (*at).max(at_least);
        }
    }
    for set in terms {
        if let (Some(link), Some(days)) = (set.link, of(&set.terms)) {
            let floor = floors.entry(set.workspace).or_default();
            // What the workspace has hidden is not shown again.
            let before = known.get(&set.workspace).map_or(Millis(0), |known| known.own);
            let at = floor.links.entry(link).or_insert(before);
            *at = (*at).max(wanted(Some(days)));
        }
    }
    floors.retain(|_, floor| *floor != Floor::default());
    floors
}

/// The floors as they were noted.
async fn known(db: &mut Connection, of: Of) -> Read<Floors> {
    let mut floors = Floors::new();
    for Floored { workspace, link, floor } in rows::floors(db, of).await? {
        let of = floors.entry(workspace).or_default();
        match link {
            Some(link) => drop(of.links.insert(link, floor)),
            None => of.own = floor,
        }
    }
    Ok(floors)
}

async fn note(db: &mut Connection, of: Of, floors: Floors) -> Read<()> {
    for (workspace, floor) in floors {
        rows::raise(db, of, Floored { workspace, link: None, floor: floor.own }).await?;
        for (link, floor) in floor.links {
            rows::raise(db, of, Floored { workspace, link: Some(link), floor }).await?;
        }
    }
    Ok(())
}

/// What the scan store is to hide because it is too old, as the catalog says: scans as far as the counters are without them, user
/// agents by the terms, and those that terms of before let go.
pub async fn hidden(db: &mut Connection, now: Millis) -> Read<Hidden> {
    let terms = rows::terms(db, None).await?;
    let floors = known(db, Of::Scans).await?;
    let facts = raised(&terms, &known(db, Of::Facts).await?, now, |terms| terms.facts);
    Ok(Hidden { floors, facts, erased: Vec::new() })
}

/// What goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Went {
    /// Scans.
    pub scans: u64,
    /// Human ones among them.
    pub humans: u64,
    /// User agents of scans that stay.
    pub facts: u64,
    /// Visitors.
    pub visitors: u64,
    /// Bodies of deliveries.
    pub deliveries: u64,
}

impl Went {
    /// Whether it is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn take(&mut self, gone: &Gone) {
        self.scans = gone.scans;
        self.humans = gone.links.values().map(|(humans, _)| humans).sum();
    }
}

/// What would go if some terms were others.
pub async fn would_go(bench: &Bench, changed: &Set) -> Result<Went, Halt> {
    let now = bench.clock.now();
    let mut db = bench.catalog.read().await?;
    let mut terms = rows::terms(&mut db, Some(changed.workspace)).await?;
    terms.retain(|set| set.link != changed.link);
    terms.push(changed.clone());
    let of_workspace = |floors: Floors| -> Floors {
        floors.into_iter().filter(|(workspace, _)| *workspace == changed.workspace).collect()
    };
    let floors = of_workspace(raised(&terms, &known(&mut db, Of::Scans).await?, now, |terms| terms.scans));
    let facts = of_workspace(raised(&terms, &known(&mut db, Of::Facts).await?, now, |terms| terms.facts));
    let mut went = Went::default();
    for set in &terms {
        if let Some(days) = set.terms.visitors {
            let before = floor(days, now);
            went.visitors +=
                rows::idle(&mut db, set.workspace, set.link, before, i64::MAX).await?.len() as u64;
        }
        if let Some(days) = set.terms.deliveries {
            went.deliveries += rows::bodies(&mut db, set.workspace, set.link, floor(days, now)).await?.0;
        }
    }
    drop(db);
    let store = bench.store.clone();
    let (gone, facts) = tokio::task::spawn_blocking(move || {
        let gone = store.would_hide(&Hidden { floors, ..Hidden::default() })?;
        analytics::Result::Ok((gone, store.facts_before(&facts)?))
    })
    .await??;
    went.take(&gone);
    went.facts = facts;
    Ok(went)
}

/// Has go what is too old by now. Nothing of it is shown when this returns.
pub async fn tick(bench: &Bench) -> Result<Went, Halt> {
    let now = bench.clock.now();
    let mut went = Went::default();
    {
        let _turn = bench.past.lock().await;
        let mut db = bench.catalog.read().await?;
        let terms = rows::terms(&mut db, None).await?;
        let before = known(&mut db, Of::Scans).await?;
        let facts_before = known(&mut db, Of::Facts).await?;
        drop(db);
        let facts = raised(&terms, &facts_before, now, |terms| terms.facts);
        if facts != facts_before {
            bench.catalog.write(async move |db| note(db, Of::Facts, facts).await).await?;
        }
        let after = raised(&terms, &before, now, |terms| terms.scans);
        if after != before {
            let (store, hidden) =
                (bench.store.clone(), Hidden { floors: after.clone(), ..Hidden::default() });
            let gone = tokio::task::spawn_blocking(move || store.would_hide(&hidden)).await??;
            went.take(&gone);
            let lost = gone.clone();
            bench
                .catalog
                .write(async move |db| {
                    note(db, Of::Scans, after).await?;
                    lose(db, &lost).await
                })
                .await?;
            bench.show_what_is_hidden().await?;
            bench.last_scans(&gone).await?;
        } else {
            // User agents grow old as well.
            bench.show_what_is_hidden().await?;
        }
    }
    let terms = rows::terms(&mut *bench.catalog.read().await?, None).await?;
    for Set { workspace, link, terms, .. } in terms {
        if let Some(days) = terms.visitors {
            went.visitors += visitors_go(bench, workspace, link, floor(days, now)).await?;
        }
        if let Some(days) = terms.deliveries {
            let before = floor(days, now);
            if rows::bodies(&mut *bench.catalog.read().await?, workspace, link, before).await?.0 > 0 {
                let forget =
                    async move |db: &mut Connection| rows::forget_bodies(db, workspace, link, before).await;
                went.deliveries += bench.catalog.write(forget).await?;
            }
        }
    }
    Ok(went)
}

async fn visitors_go(
    bench: &Bench,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    before: Millis,
) -> Result<u64, Halt> {
    let mut went = 0;
    loop {
        let idle = rows::idle(&mut *bench.catalog.read().await?, workspace, link, before, AT_ONCE).await?;
        if idle.is_empty() {
            return Ok(went);
        }
        went += bench
            .catalog
            .write(async move |db| {
                let mut gone = 0;
                for visitor in idle {
                    gone += u64::from(visitors::delete(db, workspace, visitor).await?);
                }
                Ok(gone)
            })
            .await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const DAY: i64 = model::time::DAY_MS;

    fn set(link: Option<u128>, scans: Option<u32>) -> Set {
        Set {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            link: link.map(|link| LinkId(Uuid::from_u128(link))),
            terms: Terms { scans, ..Terms::default() },
            by: String::new(),
            at: Millis(0),
        }
    }

    #[test]
    fn a_floor_lies_at_the_start_of_a_day_and_that_day_stays() {
        let now = Millis(100 * DAY + 5);
        assert_eq!(floor(1, now), Millis(99 * DAY));
        assert_eq!(end(Millis(98 * DAY + 7), 1), Millis(100 * DAY), "the day on which it is below the floor");
    }

    #[test]
    fn a_floor_never_goes_back_and_a_link_follows_its_workspace_when_it_has_no_terms() {
        let (now, workspace) = (Millis(100 * DAY), WorkspaceId(Uuid::from_u128(1)));
        let scans = |terms: &Terms| terms.scans;
        let first = raised(&[set(None, Some(10)), set(Some(2), Some(30))], &Floors::new(), now, scans);
        let link = LinkId(Uuid::from_u128(2));
        assert_eq!(
            (first[&workspace].own, first[&workspace].links[&link]),
            (Millis(90 * DAY), Millis(70 * DAY))
        );
        for (days, at) in [(10, 90), (20, 80), (50, 70)] {
            let followed = raised(&[set(None, Some(days))], &first, now, scans);
            assert_eq!(
                (followed[&workspace].own, followed[&workspace].links[&link]),
                (Millis(90 * DAY), Millis(at * DAY))
            );
        }
        let late = raised(&[set(None, Some(10)), set(Some(3), Some(30))], &first, now, scans);
        let other = LinkId(Uuid::from_u128(3));
        assert_eq!(late[&workspace].links[&other], Millis(90 * DAY), "what is hidden is not shown again");
        assert!(raised(&[set(None, None)], &Floors::new(), now, scans).is_empty());
    }
}
