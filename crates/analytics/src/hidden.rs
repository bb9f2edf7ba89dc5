//! What no answer shows any more: scans that are older than somebody wants them kept, and scans that were erased. Hiding
//! is at once and for all questions; the files follow (`purge.rs`), and every merge leaves hidden rows out.

use model::{LinkId, Millis, ScanId, WorkspaceId};
use std::collections::{BTreeMap, BTreeSet};

/// Some scans of a workspace, told by what the files are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Whose scans.
    pub workspace: WorkspaceId,
    /// Of one link, or of all.
    pub link: Option<LinkId>,
    /// From this instant on.
    pub from: Millis,
    /// Up to this instant, which is not included.
    pub to: Millis,
    /// These alone, or all.
    pub scans: Option<BTreeSet<ScanId>>,
}

/// Instants before which scans are hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Of the workspace.
    pub own: Millis,
    /// Of links that have one of their own, earlier or later.
    pub links: BTreeMap<LinkId, Millis>,
}

/// All that is hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Scans that are too old.
    pub floors: BTreeMap<WorkspaceId, Floor>,
    /// User agents that are too old, of scans that are not.
    pub facts: BTreeMap<WorkspaceId, Floor>,
    /// Scans that were erased.
    pub erased: Vec<Chosen>,
}

/// A row by what its file is sorted by. Traces have the time and the id of their scan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub workspace: &'a [u8; 16],
    pub link: &'a [u8; 16],
    pub at: i64,
    pub scan: &'a [u8; 16],
}

/// What is hidden of one workspace and a stretch of time.
pub(crate) struct Veil<'h> {
    floor: Option<&'h Floor>,
    erased: Vec<&'h Chosen>,
}

fn link_of(bytes: &[u8; 16]) -> LinkId {
    LinkId(uuid::Uuid::from_bytes(*bytes))
}

impl Chosen {
    /// Whether a scan is among them.
    pub fn has(&self, workspace: WorkspaceId, link: LinkId, at: Millis, scan: ScanId) -> bool {
        let (workspace, link) = (workspace.as_bytes(), link.as_bytes());
        self.holds(Row { workspace, link, at: at.0, scan: scan.as_bytes() })
    }

    pub(crate) fn holds(&self, row: Row<'_>) -> bool {
        self.workspace.as_bytes() == row.workspace
            && (self.from.0..self.to.0).contains(&row.at)
            && self.link.is_none_or(|link| link.as_bytes() == row.link)
            && self
                .scans
                .as_ref()
                .is_none_or(|scans| scans.contains(&ScanId(uuid::Uuid::from_bytes(*row.scan))))
    }
}

impl Floor {
    fn of(&self, link: &[u8; 16]) -> i64 {
        if self.links.is_empty() {
            return self.own.0;
        }
        self.links.get(&link_of(link)).unwrap_or(&self.own).0
    }

    /// The last of its instants.
    fn highest(&self) -> i64 {
        self.links.values().map(|at| at.0).fold(self.own.0, i64::max)
    }
}

impl Hidden {
    /// Of some chosen scans and nothing else.
    pub fn of(erased: Vec<Chosen>) -> Self {
        Self { erased, ..Self::default() }
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.floors.is_empty() && self.erased.is_empty()
    }

    /// Workspaces of which something may be hidden.
    pub(crate) fn workspaces(&self) -> BTreeSet<WorkspaceId> {
        self.floors.keys().copied().chain(self.erased.iter().map(|chosen| chosen.workspace)).collect()
    }

    /// Whether scans of a time, both instants included, may be hidden, of whichever workspace.
    pub(crate) fn meets(&self, first: i64, last: i64) -> bool {
        self.floors.values().any(|floor| floor.highest() > first)
            || self.erased.iter().any(|chosen| chosen.from.0 <= last && chosen.to.0 > first)
    }

    /// What is hidden of a workspace between two instants, if anything may be.
    pub(crate) fn veil(&self, workspace: &[u8; 16], from: i64, to: i64) -> Option<Veil<'_>> {
        let id = WorkspaceId(uuid::Uuid::from_bytes(*workspace));
        let floor = self.floors.get(&id).filter(|floor| floor.highest() > from);
        let meets = |chosen: &&Chosen| chosen.workspace == id && chosen.from.0 < to && chosen.to.0 > from;
        let erased: Vec<&Chosen> = self.erased.iter().filter(meets).collect();
        (floor.is_some() || !erased.is_empty()).then_some(Veil { floor, erased })
    }

    pub(crate) fn holds(&self, row: Row<'_>) -> bool {
        let id = WorkspaceId(uuid::Uuid::from_bytes(*row.workspace));
        self.floors.get(&id).is_some_and(|floor| row.at < floor.of(row.link))
            || self.erased.iter().any(|chosen| chosen.holds(row))
    }

    /// Whether the user agent of a row is hidden.
    pub(crate) fn holds_facts(&self, row: Row<'_>) -> bool {
        let id = WorkspaceId(uuid::Uuid::from_bytes(*row.workspace));
        self.facts.get(&id).is_some_and(|floor| row.at < floor.of(row.link))
    }

    /// The user agents that are hidden, as scans that would be.
    pub(crate) fn of_facts(&self) -> Self {
        Self { floors: self.facts.clone(), ..Self::default() }
    }

    /// Whether the files need not follow at once: whole days of workspaces alone are hidden, so that those who came first on what
    /// is shown are the same.
    pub fn can_wait(&self) -> bool {
        let floors = || self.floors.values().chain(self.facts.values());
        self.erased.is_empty() && floors().all(|floor| floor.links.is_empty())
    }
}

impl Veil<'_> {
    /// Whether it must know a row's scan.
    pub fn asks_for_scan(&self) -> bool {
        self.erased.iter().any(|chosen| chosen.scans.is_some())
    }

    pub fn hides(&self, row: Row<'_>) -> bool {
        self.floor.is_some_and(|floor| row.at < floor.of(row.link))
            || self.erased.iter().any(|chosen| chosen.holds(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_link_has_its_own_floor_or_the_workspaces() {
        let (w, keeps, plain) = (WorkspaceId(id(1)), LinkId(id(2)), LinkId(id(3)));
        let floor = Floor { own: Millis(100), links: [(keeps, Millis(10))].into() };
        let hidden = Hidden { floors: [(w, floor)].into(), ..Hidden::default() };
        let holds = |link: LinkId, at| {
            hidden.holds(Row { workspace: w.as_bytes(), link: link.as_bytes(), at, scan: &[0; 16] })
        };
        assert!(holds(plain, 99) && !holds(plain, 100));
        assert!(holds(keeps, 9) && !holds(keeps, 10));
        assert!(hidden.veil(w.as_bytes(), 100, 200).is_none());
        assert!(hidden.veil(w.as_bytes(), 99, 200).is_some());
        assert!(hidden.veil(id(9).as_bytes(), 0, 200).is_none());
    }

    #[test]
    fn chosen_scans_are_those_that_fit_in_everything() {
        let w = WorkspaceId(id(1));
        let mut chosen = Chosen { workspace: w, link: None, from: Millis(5), to: Millis(10), scans: None };
        let row = |at, scan: &Uuid| {
            let scan = *scan.as_bytes();
            (at, scan)
        };
        let holds = |chosen: &Chosen, (at, scan): (i64, [u8; 16])| {
            chosen.holds(Row { workspace: w.as_bytes(), link: id(7).as_bytes(), at, scan: &scan })
        };
        assert!(holds(&chosen, row(5, &id(1))) && !holds(&chosen, row(10, &id(1))));
        chosen.scans = Some([ScanId(id(4))].into());
        assert!(holds(&chosen, row(5, &id(4))) && !holds(&chosen, row(5, &id(5))));
        chosen.link = Some(LinkId(id(8)));
        assert!(!holds(&chosen, row(5, &id(4))));
    }
}
