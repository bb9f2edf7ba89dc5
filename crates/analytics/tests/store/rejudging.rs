//! Judging again, the plain way: over a list of scans, written from DESIGN §11.2 and §11.7, not from the store.

use analytics::Selection;
use model::judged::{Again, Judged, Recorded, Stays};
use model::report::OwnedScan;
use model::scan::{Identity, Scan, Verdict, VisitType};
use model::time::UtcDay;
use std::collections::{BTreeMap, BTreeSet};

/// Rules number `n`: made up, but decided by what is stored of a scan alone.
pub fn judge(n: u64, scan: &Recorded<'_>) -> Again {
    let facts = u64::from(scan.header_flags) * 3 + u64::from(scan.asn) * 7 + scan.user_agent.len() as u64;
    let judged = |verdict, reason: &str| {
        Again::Judged(Judged { verdict, reason: reason.to_owned(), rules_version: n as u16 })
    };
    match (facts + n * 5) % 6 {
        0 => Again::Stays(Stays::UserAgentGone),
        1 | 2 => judged(scan.first_verdict, scan.first_reason),
        3 => judged(Verdict::Bot, "ua:list"),
        4 => judged(Verdict::Human, "app"),
        _ => judged(scan.first_verdict, "asn:data-centre"),
    }
}

/// What the scan was judged at first.
pub fn first(stored: &OwnedScan) -> Judged {
    let scan = stored.get();
    let own =
        Judged { verdict: scan.verdict, reason: scan.reason.to_owned(), rules_version: scan.rules_version };
    stored.first_judgement().cloned().unwrap_or(own)
}

fn by_number(nth: u16) -> VisitType {
    match nth {
        0 => VisitType::Unspecified,
        1 => VisitType::First,
        _ => VisitType::Returning,
    }
}

/// Judges the scans of a day again that are selected, and decides who came first on it. Returns how many moved.
pub fn rejudge(scans: &mut [&mut OwnedScan], day: UtcDay, of: &Selection, n: u64) -> u64 {
    let mut moved = 0;
    for stored in scans.iter_mut() {
        let first = first(stored);
        let scan = stored.get();
        let selected =
            of.workspace.is_none_or(|id| id == scan.workspace) && (of.from..of.to).contains(&scan.at);
        if scan.at.utc_day() != day || !selected {
            continue;
        }
        let again = if of.restore {
            Again::Judged(first.clone())
        } else {
            let recorded = Recorded {
                workspace: scan.workspace,
                method: scan.method,
                header_flags: scan.header_flags,
                asn: scan.asn,
                user_agent: scan.user_agent,
                first_verdict: first.verdict,
                first_reason: &first.reason,
                first_rules: first.rules_version,
            };
            judge(n, &recorded)
        };
        let Again::Judged(now) = again else { continue };
        if (now.verdict, now.reason.as_str()) == (scan.verdict, scan.reason) {
            continue;
        }
        moved += 1;
        let is_back = (now.verdict, &now.reason) == (first.verdict, &first.reason);
        let now = if is_back { first.clone() } else { now };
        let followed = scan.identity == Identity::Day && scan.visit_type == by_number(scan.nth_today);
        let visit_type =
            if now.verdict != Verdict::Human && followed { VisitType::Unspecified } else { scan.visit_type };
        let row = Scan {
            verdict: now.verdict,
            reason: &now.reason,
            rules_version: now.rules_version,
            visit_type,
            nth_today: if now.verdict == Verdict::Human { scan.nth_today } else { 0 },
            ..scan
        };
        **stored = OwnedScan::from(&row).judged_before((!is_back).then_some(first));
    }
    if moved > 0 {
        decide(scans, day);
    }
    moved
}

/// Who came first on a day.
pub fn decide(scans: &mut [&mut OwnedScan], day: UtcDay) {
    let (mut seen, mut counts) = (BTreeSet::new(), BTreeMap::new());
    scans.sort_by_key(|stored| (stored.get().at, stored.get().id));
    for stored in scans.iter_mut().filter(|stored| stored.get().at.utc_day() == day) {
        let before = stored.first_judgement().cloned();
        let mut row = stored.get();
        (row.first_in_workspace, row.first_on_link) = (false, false);
        if row.verdict == Verdict::Human && row.visitor != 0 {
            let follows =
                row.visit_type == VisitType::Unspecified || row.visit_type == by_number(row.nth_today);
            let count = counts.entry((row.link, row.visitor)).or_insert(0);
            *count += 1;
            row.nth_today = *count;
            row.first_on_link = *count == 1;
            row.first_in_workspace = seen.insert((row.workspace, row.visitor));
            if row.identity == Identity::Day && follows {
                row.visit_type = by_number(*count);
            }
        }
        let row = OwnedScan::from(&row).judged_before(before);
        **stored = row;
    }
}
