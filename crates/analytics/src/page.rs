//! Lists of scans, newest first, and the look-up of one.

use crate::error::Result;
use crate::hidden::Row;
use crate::population::Population;
use crate::row;
use crate::schema::ScanColumn;
use crate::select::{self, Piece, Source};
use crate::snapshot::Snapshot;
use model::ids::{ScanId, WorkspaceId};
use model::report::{OwnedScan, ScanPage, Scope, Verdicts, Whose};
use model::scan::Scan;
use model::{Millis, report};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::AtomicU64;
use uuid::Uuid;

/// A scan that may be on the page, and where it lies: number of its piece, and of the row in its block or row group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    at: i64,
    id: [u8; 16],
    piece: usize,
    row: usize,
}

/// A page of scans, newest first by (time, id).
pub(crate) fn page(snapshot: &Snapshot, asked: &ScanPage) -> Result<Vec<OwnedScan>> {
    let mut population = Population::new(&asked.population);
    population.visitor = match &asked.visitor {
        None => None,
        Some(Whose::Number(number)) => Some(*number),
        Some(Whose::Scans(ids)) => {
            let before = asked.before.map(|(at, id)| (at.0, *id.as_bytes()));
            let mut found = these(snapshot, &population, ids)?;
            found.retain(|(_, found)| before.is_none_or(|before| (found.at, found.id) < before));
            let whole = |(piece, found): &(Piece, Found)| whole(snapshot, piece, &[found.row]);
            let pages = found.par_iter().take(asked.limit).map(whole).collect::<Result<Vec<_>>>()?;
            return Ok(pages.into_iter().flatten().collect());
        }
    };
    let before = asked.before.map(|(at, id)| (at.0, *id.as_bytes()));
    if let Some((at, _)) = before {
        population.to = population.to.min(at.saturating_add(1));
    }
    if asked.limit == 0 {
        return Ok(vec![]);
    }
    let days = select::pieces(snapshot, &population)?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut found: Vec<Found> = Vec::new();
    // The newest day first: older ones are looked at only while the page is not full.
    for (_, day) in days.into_iter().rev() {
        let first = pieces.len();
        let newest: Vec<Vec<Found>> = day
            .par_iter()
            .enumerate()
            .map(|(place, piece)| newest(piece, first + place, &population, before, asked.limit))
            .collect::<Result<_>>()?;
        pieces.extend(day);
        found.extend(newest.into_iter().flatten());
        if found.len() >= asked.limit {
            break;
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(asked.limit);
    materialise(snapshot, &pieces, &found)
}

/// Scans without the user agents that are hidden.
fn without_facts(snapshot: &Snapshot, mut scans: Vec<OwnedScan>) -> Vec<OwnedScan> {
    if snapshot.hidden.facts.is_empty() {
        return scans;
    }
    for stored in &mut scans {
        let scan = stored.get();
        let (workspace, link) = (scan.workspace.as_bytes(), scan.link.as_bytes());
        let row = Row { workspace, link, at: scan.at.0, scan: scan.id.as_bytes() };
        if !scan.user_agent.is_empty() && snapshot.hidden.holds_facts(row) {
            let first = stored.first_judgement().cloned();
            *stored = OwnedScan::from(&Scan { user_agent: "", ..scan }).judged_before(first);
        }
    }
    scans
}

/// The piece's `limit` newest scans that count.
fn newest(
    piece: &Piece,
    number: usize,
    population: &Population,
    before: Option<(i64, [u8; 16])>,
    limit: usize,
) -> Result<Vec<Found>> {
    let Some(mut selected) = piece.select(population, &[], &AtomicU64::new(0))? else { return Ok(vec![]) };
    {
        let times = selected.rows.column(ScanColumn::At as usize).times();
        let at = |row: u32| times[row as usize];
        // Ids are wide, so only those are read that can matter: of the newest rows and of those of the same instant
        // as the last of them, and of the cursor's instant besides, which may fall behind the cursor.
        let extra =
            before.map_or(0, |(cursor, _)| selected.kept.iter().filter(|&&row| at(row) == cursor).count());
        let wanted = limit.saturating_add(extra);
        if selected.kept.len() > wanted {
            let mut sorted: Vec<i64> = selected.kept.iter().map(|&row| at(row)).collect();
            let (_, oldest, _) = sorted.select_nth_unstable_by(wanted - 1, |a, b| b.cmp(a));
            let oldest = *oldest;
            selected.kept.retain(|&row| at(row) >= oldest);
        }
    }
    let times = selected.rows.column(ScanColumn::At as usize).times();
    let places: Vec<usize> = selected.kept.iter().map(|&row| selected.place(row)).collect();
    let ids: Vec<[u8; 16]> = match &piece.source {
        Source::Hot(block) => {
            let ids = block.column(ScanColumn::Id as usize).ids();
            places.iter().map(|&row| ids[row]).collect()
        }
        Source::Group(segment, group) => {
            let rows = segment.read(*group, &runs(&places), &[ScanColumn::Id as usize])?;
            rows.column(ScanColumn::Id as usize).ids().to_vec()
        }
    };
    let mut found: Vec<Found> = selected
        .kept
        .iter()
        .zip(&places)
        .zip(ids)
        .map(|((&index, &row), id)| Found { at: times[index as usize], id, piece: number, row })
        .filter(|found| before.is_none_or(|before| (found.at, found.id) < before))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(limit);
    Ok(found)
}

/// Ascending row numbers as runs.
fn runs(rows: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &row in rows {
        match runs.last_mut() {
            Some(run) if run.end == row => run.end += 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

/// Reads the found rows whole, in their order.
fn materialise(snapshot: &Snapshot, pieces: &[Piece], found: &[Found]) -> Result<Vec<OwnedScan>> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_unstable_by_key(|&place| (found[place].piece, found[place].row));
    let read: Vec<Vec<(usize, OwnedScan)>> = order
        .chunk_by(|a, b| found[*a].piece == found[*b].piece)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|places| {
            let rows: Vec<usize> = places.iter().map(|&place| found[place].row).collect();
            let scans = whole(snapshot, &pieces[found[places[0]].piece], &rows)?;
            Ok(places.iter().copied().zip(scans).collect())
        })
        .collect::<Result<_>>()?;
    let mut scans: Vec<(usize, OwnedScan)> = read.into_iter().flatten().collect();
    scans.sort_unstable_by_key(|(place, _)| *place);
    Ok(scans.into_iter().map(|(_, scan)| scan).collect())
}

/// The rows of a piece at these ascending places, whole but for what is hidden.
pub(crate) fn whole(snapshot: &Snapshot, piece: &Piece, places: &[usize]) -> Result<Vec<OwnedScan>> {
    let scans = match &piece.source {
        Source::Hot(block) => {
            let all = crate::column::Rows::Block(block);
            places.iter().map(|&row| row::scan(&all, row)).collect()
        }
        Source::Group(segment, group) => {
            let read = segment.read(*group, &runs(places), &row::all_columns())?;
            (0..places.len()).map(|row| row::scan(&read, row)).collect()
        }
    };
    Ok(without_facts(snapshot, scans))
}

/// The scan with this id.
pub(crate) fn one(snapshot: &Snapshot, workspace: WorkspaceId, id: ScanId) -> Result<Option<OwnedScan>> {
    let population = Population::new(&report::Population {
        workspace,
        scope: Scope::Workspace,
        verdicts: Verdicts::ALL,
        from: Millis(i64::MIN),
        to: Millis(i64::MAX),
        filters: vec![],
    });
    let Some((piece, found)) = find(snapshot, &population, id)? else { return Ok(None) };
    Ok(whole(snapshot, &piece, &[found.row])?.pop())
}

/// How many of these scans a population has.
pub(crate) fn count(snapshot: &Snapshot, population: &report::Population, ids: &[ScanId]) -> Result<usize> {
    Ok(these(snapshot, &Population::new(population), ids)?.len())
}

/// Where those of these scans lie that a population has, newest first. Each is looked up by itself: the scans that are known
/// to be one person's are few, and far apart.
fn these(snapshot: &Snapshot, population: &Population, ids: &[ScanId]) -> Result<Vec<(Piece, Found)>> {
    let found = ids.par_iter().map(|id| find(snapshot, population, *id));
    let mut found: Vec<(Piece, Found)> = found.filter_map(Result::transpose).collect::<Result<_>>()?;
    found.sort_unstable_by(|(_, a), (_, b)| b.cmp(a));
    Ok(found)
}

/// Where the scan with this id lies, if the population has it. Its time, which is in the id, leads to the day, the row
/// groups' bloom filters to the row.
fn find(snapshot: &Snapshot, population: &Population, id: ScanId) -> Result<Option<(Piece, Found)>> {
    let Some(at) = time(id.0).filter(|at| (population.from..population.to).contains(at)) else {
        return Ok(None);
    };
    let population = population.within((at, at + 1));
    let mut pieces: Vec<Piece> = select::pieces(snapshot, &population)?.into_values().flatten().collect();
    let found = pieces
        .par_iter()
        .enumerate()
        .map(|(number, piece)| {
            if let Source::Group(segment, group) = &piece.source
                && !segment.may_hold(*group, id.as_bytes())?
            {
                return Ok(None);
            }
            let found = newest(piece, number, &population, None, usize::MAX)?;
            Ok(found.into_iter().find(|found| found.id == *id.as_bytes()))
        })
        .find_map_any(Result::transpose)
        .transpose()?;
    Ok(found.map(|found| (pieces.swap_remove(found.piece), found)))
}

/// Milliseconds inside a UUIDv7; nothing for other UUIDs.
fn time(id: Uuid) -> Option<i64> {
    (id.get_version_num() == 7).then_some((id.as_u128() >> 80) as i64)
}
