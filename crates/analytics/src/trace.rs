//! The traces of one scan, or of a range, from the hot tier and the trace segments.

use crate::column::Rows;
use crate::error::Result;
use crate::purge::key;
use crate::schema::{self, TRACES, Table, TraceColumn};
use crate::snapshot::Snapshot;
use foldhash::{HashMap, HashMapExt};
use model::ids::{LinkId, ScanId, TraceId, WorkspaceId};
use model::trace::TraceKind;
use model::{Millis, Trace};
use uuid::Uuid;

/// Traces of a scan in the order in which they happened.
pub(crate) fn of_scan(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    scan: ScanId,
    at: Millis,
) -> Result<Vec<Trace>> {
    let mut traces = Vec::new();
    let mut collect = |rows: &Rows<'_>| {
        let workspaces = rows.column(schema::WORKSPACE).ids();
        let scans = rows.column(TraceColumn::Scan as usize).ids();
        for row in 0..rows.len() {
            let is_asked = scans[row] == *scan.as_bytes() && workspaces[row] == *workspace.as_bytes();
            if is_asked && !snapshot.hidden.holds(key(rows, row)) {
                traces.push(trace(rows, row));
            }
        }
    };
    for block in snapshot.hot(Table::Traces) {
        collect(&Rows::Block(block));
    }
    let may_hold = |first: i64, last: i64| (first..=last).contains(&at.0);
    for segment in snapshot.segments(Table::Traces) {
        if !may_hold(segment.entry.first_at, segment.entry.last_at) || !segment.may_know(workspace.as_bytes())
        {
            continue;
        }
        for group in segment.candidates(workspace.as_bytes(), None)? {
            let all = (0..TRACES.len()).collect::<Vec<_>>();
            let runs = segment.locate(group, workspace.as_bytes(), None)?;
            if runs.is_empty() {
                continue;
            }
            // The few rows of the scan are found by its id before whole rows are read.
            let scans = segment.read(group, &runs, &[TraceColumn::Scan as usize])?;
            let scans = scans.column(TraceColumn::Scan as usize).ids();
            let start = runs[0].start;
            let rows: Vec<_> = (0..scans.len())
                .filter(|&row| scans[row] == *scan.as_bytes())
                .map(|row| start + row..start + row + 1)
                .collect();
            if !rows.is_empty() {
                collect(&segment.read(group, &rows, &all)?);
            }
        }
    }
    traces.sort_unstable_by_key(|trace| (trace.at, trace.id));
    Ok(traces)
}

/// What a funnel looks at of a trace; many are in memory at a time.
pub(crate) struct Behind {
    at: i64,
    id: [u8; 16],
    pub step: u16,
    pub branch: u16,
    pub kind: TraceKind,
}

/// What a funnel looks at of the traces of a range, by scan, in the order in which they happened.
pub(crate) fn behind_range(
    snapshot: &Snapshot,
    workspace: &[u8; 16],
    links: Option<&[[u8; 16]]>,
    range: (i64, i64),
) -> Result<HashMap<[u8; 16], Vec<Behind>>> {
    let mut traces: HashMap<[u8; 16], Vec<Behind>> = HashMap::new();
    each_of_range(
        snapshot,
        workspace,
        links,
        range,
        |Trace { id, scan, at, step, branch, kind, .. }| {
            let behind = Behind { at: at.0, id: *id.as_bytes(), step, branch, kind };
            traces.entry(*scan.as_bytes()).or_default().push(behind);
        },
    )?;
    traces.values_mut().for_each(|traces| traces.sort_unstable_by_key(|trace| (trace.at, trace.id)));
    Ok(traces)
}

/// The traces of a range whole, by scan, in the order in which they happened.
pub(crate) fn of_range(
    snapshot: &Snapshot,
    workspace: &[u8; 16],
    links: &[[u8; 16]],
    range: (i64, i64),
) -> Result<std::collections::HashMap<ScanId, Vec<Trace>>> {
    let mut traces: std::collections::HashMap<ScanId, Vec<Trace>> = std::collections::HashMap::new();
    each_of_range(snapshot, workspace, Some(links), range, |trace| {
        traces.entry(trace.scan).or_default().push(trace);
    })?;
    traces.values_mut().for_each(|traces| traces.sort_unstable_by_key(|trace| (trace.at, trace.id)));
    Ok(traces)
}

/// Visits the traces of a workspace's scans whose time lies in `[from, to)`. Traces lie with their scan's time, so late
/// ones are found as well.
fn each_of_range(
    snapshot: &Snapshot,
    workspace: &[u8; 16],
    links: Option<&[[u8; 16]]>,
    (from, to): (i64, i64),
    mut visit: impl FnMut(Trace),
) -> Result<()> {
    let mut collect = |rows: &Rows<'_>| {
        let workspaces = rows.column(schema::WORKSPACE).ids();
        let of = rows.column(schema::LINK).ids();
        let times = rows.column(schema::TIME).times();
        for row in 0..rows.len() {
            let asked = links.is_none_or(|links| links.binary_search(&of[row]).is_ok());
            let counts = workspaces[row] == *workspace && asked && (from..to).contains(&times[row]);
            if counts && !snapshot.hidden.holds(key(rows, row)) {
                visit(trace(rows, row));
            }
        }
    };
    for block in snapshot.hot(Table::Traces) {
        collect(&Rows::Block(block));
    }
    for segment in snapshot.segments(Table::Traces) {
        if segment.entry.first_at >= to || segment.entry.last_at < from || !segment.may_know(workspace) {
            continue;
        }
        for group in segment.candidates(workspace, links)? {
            let runs = segment.locate(group, workspace, links)?;
            if !runs.is_empty() {
                collect(&segment.read(group, &runs, &(0..TRACES.len()).collect::<Vec<_>>())?);
            }
        }
    }
    Ok(())
}

fn trace(rows: &Rows<'_>, row: usize) -> Trace {
    use TraceColumn as C;
    let id = |column: C| Uuid::from_bytes(rows.column(column as usize).ids()[row]);
    let time = |column: C| Millis(rows.column(column as usize).times()[row]);
    let u16 = |column: C| rows.column(column as usize).u16s()[row];
    Trace {
        id: TraceId(id(C::Id)),
        scan: ScanId(id(C::Scan)),
        scan_at: time(C::ScanAt),
        at: time(C::At),
        workspace: WorkspaceId(id(C::Workspace)),
        link: LinkId(id(C::Link)),
        workflow_version: rows.column(C::WorkflowVersion as usize).u32s()[row],
        step: u16(C::Step),
        branch: u16(C::Branch),
        kind: TraceKind::from_word(rows.column(C::Kind as usize).words().text(row))
            .unwrap_or(TraceKind::Shown),
        destination: u16(C::Destination),
    }
}
