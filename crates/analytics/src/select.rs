//! From a population to its rows: prune segments by the manifest, row groups by their footers, find the runs of rows,
//! read the columns asked for, and keep the rows that count.

use crate::block::Block;
use crate::column::{Column, Held, Rows};
use crate::days::Days;
use crate::error::Result;
use crate::group::{self, By, Grouping};
use crate::hidden::{Hidden, Row, Veil};
use crate::population::{self, Population};
use crate::schema::{self, ScanColumn, Table};
use crate::segment::Segment;
use crate::snapshot::Snapshot;
use model::report::{Filter, Verdicts};
use model::scan::Verdict;
use model::time::UtcDay;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows of a hot block, for each that counts, from which on it is worth while to copy those.
const MANY: usize = 4;

/// Rows that are worked on as one piece.
pub(crate) struct Piece {
    pub source: Source,
    /// Instants that are read: the population's within the days of the piece.
    pub from: i64,
    pub to: i64,
    /// What may be hidden of it.
    hidden: Option<Arc<Hidden>>,
}

/// Where a piece's rows are.
pub(crate) enum Source {
    Hot(Arc<Block>),
    Group(Arc<Segment>, usize),
}

/// Rows of a piece at hand, and which of them count.
pub(crate) struct Selected<'a> {
    pub rows: Rows<'a>,
    pub kept: Vec<u32>,
    /// Rows like those kept, but from before the population begins: read to know who came before.
    pub before: Vec<u32>,
    /// Of rows that were read from a row group: their runs in it.
    pub runs: Vec<Range<usize>>,
}

impl Selected<'_> {
    /// Rows that count in a hot block of many others, copied with the columns that are asked for, in the order of their links
    /// as rows of a file are: a pass groups all rows at hand. Others stay as they are.
    pub fn apart(self, columns: &[usize]) -> Self {
        let Rows::Block(block) = self.rows else { return self };
        if (self.kept.len() + self.before.len()) * MANY > block.rows() {
            return self;
        }
        let (links, _) = group::links(block);
        let rows = |rows: Vec<u32>, counts: bool| {
            rows.into_iter().map(move |row| (links[row as usize], row, counts))
        };
        let mut picks: Vec<_> = rows(self.kept, true).chain(rows(self.before, false)).collect();
        picks.sort_unstable();
        let (kept, before): (Vec<_>, Vec<_>) = (0..).zip(&picks).partition(|(_, (.., counts))| *counts);
        let numbers = |picks: Vec<(u32, _)>| picks.into_iter().map(|(number, _)| number).collect();
        let picks: Vec<(u32, u32)> = picks.iter().map(|(_, row, _)| (0, *row)).collect();
        let mut copied: Vec<Option<Held>> = block.table().columns().iter().map(|_| None).collect();
        for &place in columns.iter().chain([&(ScanColumn::At as usize)]) {
            copied[place].get_or_insert_with(|| Held::Data(block.gathered(place, &picks)));
        }
        let rows = Rows::Read { rows: picks.len(), columns: copied };
        Selected { rows, kept: numbers(kept), before: numbers(before), runs: vec![] }
    }

    /// Number in its block or row group of the row at `index` of the rows at hand.
    pub fn place(&self, index: u32) -> usize {
        let mut index = index as usize;
        for run in &self.runs {
            if index < run.len() {
                return run.start + index;
            }
            index -= run.len();
        }
        index
    }
}

/// The pieces that may hold rows of `population`, by the first UTC day of the stretch that they lie in: no day has
/// pieces in two stretches.
pub(crate) fn pieces(snapshot: &Snapshot, population: &Population) -> Result<BTreeMap<UtcDay, Vec<Piece>>> {
    if population.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut pieces: Vec<(Days, Piece)> = Vec::new();
    let mut add = |source: Source, days: Days| {
        let (from, to) = (population.since.max(days.first.start().0), population.to.min(days.last.end().0));
        if from < to {
            let is_veiled = snapshot.hidden.veil(&population.workspace, from, to).is_some();
            let hidden = is_veiled.then(|| snapshot.hidden.clone());
            pieces.push((days, Piece { source, from, to, hidden }));
        }
    };
    for block in snapshot.hot(Table::Scans) {
        block.days().iter().for_each(|day| add(Source::Hot(block.clone()), Days::one(*day)));
    }
    let groups: Vec<_> = snapshot
        .segments(Table::Scans)
        .filter(|segment| segment.may_meet(Some(&population.workspace), (population.since, population.to)))
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|segment| Ok((segment, segment.candidates(&population.workspace, population.links.as_deref())?)))
        .collect::<Result<_>>()?;
    for (segment, groups) in groups {
        for group in groups {
            add(Source::Group(segment.clone(), group), segment.entry.days);
        }
    }
    Ok(stretches(pieces))
}

/// Puts pieces together whose days are not apart.
fn stretches(mut pieces: Vec<(Days, Piece)>) -> BTreeMap<UtcDay, Vec<Piece>> {
    pieces.sort_by_key(|(days, _)| *days);
    let mut stretches: BTreeMap<UtcDay, Vec<Piece>> = BTreeMap::new();
    let mut now: Option<Days> = None;
    for (days, piece) in pieces {
        let stretch = now.filter(|now| now.meet(days)).map_or(days, |now| now.and(days));
        stretches.entry(stretch.first).or_default().push(piece);
        now = Some(stretch);
    }
    stretches
}

impl Piece {
    /// Reads `columns` and what the population looks at, and keeps the rows that count. Nothing if none are there. How
    /// many rows were looked at is added to `read`.
    pub fn select(
        &self,
        population: &Population,
        columns: &[usize],
        read: &AtomicU64,
    ) -> Result<Option<Selected<'_>>> {
        let mut selected = match &self.source {
            Source::Hot(block) => {
                let workspaces = block.column(schema::WORKSPACE).ids();
                let links = block.column(schema::LINK).ids();
                let here = |row: &u32| {
                    workspaces[*row as usize] == population.workspace
                        && population
                            .links
                            .as_ref()
                            .is_none_or(|asked| asked.binary_search(&links[*row as usize]).is_ok())
                };
                let kept = (0..block.rows() as u32).filter(here).collect();
                Selected { rows: Rows::Block(block), kept, before: vec![], runs: vec![] }
            }
            Source::Group(segment, group) => {
                let runs = segment.locate(*group, &population.workspace, population.links.as_deref())?;
                if runs.is_empty() {
                    return Ok(None);
                }
                let mut wanted = population.columns();
                wanted.extend_from_slice(columns);
                if let Some(veil) = self.veil(population) {
                    wanted.push(schema::LINK);
                    wanted.extend(veil.asks_for_scan().then_some(schema::TIE));
                }
                let rows = segment.read(*group, &runs, &wanted)?;
                Selected { kept: (0..rows.len() as u32).collect(), before: vec![], rows, runs }
            }
        };
        read.fetch_add(selected.kept.len() as u64, Ordering::Relaxed);
        self.filter(population, &mut selected);
        Ok((!selected.kept.is_empty() || !selected.before.is_empty()).then_some(selected))
    }

    /// What is hidden of it.
    fn veil(&self, population: &Population) -> Option<Veil<'_>> {
        self.hidden.as_ref()?.veil(&population.workspace, self.from, self.to)
    }

    fn filter(&self, population: &Population, Selected { rows, kept, before, .. }: &mut Selected<'_>) {
        let covered = match &self.source {
            Source::Hot(block) => block.times().0 >= self.from && block.times().1 < self.to,
            Source::Group(segment, _) => {
                segment.entry.first_at >= self.from && segment.entry.last_at < self.to
            }
        };
        if !covered {
            let times = rows.column(ScanColumn::At as usize).times();
            retain(kept, |row| (self.from..self.to).contains(&times[row]));
        }
        if let Some(veil) = self.veil(population) {
            let (links, times) = (rows.column(schema::LINK).ids(), rows.column(schema::TIME).times());
            let scans = veil.asks_for_scan().then(|| rows.column(schema::TIE).ids());
            let workspace = &population.workspace;
            let row = |row: usize| Row {
                workspace,
                link: &links[row],
                at: times[row],
                scan: scans.map_or(&[0; 16], |scans| &scans[row]),
            };
            retain(kept, |at| !veil.hides(row(at)));
        }
        if population.verdicts != Verdicts::ALL {
            keep_words(rows, kept, ScanColumn::Verdict, |word| {
                std::str::from_utf8(word)
                    .ok()
                    .and_then(Verdict::from_word)
                    .is_some_and(|verdict| population.verdicts.contains(verdict))
            });
        }
        for filter in &population.filters {
            keep(rows, kept, filter);
        }
        if let Some(visitor) = population.visitor {
            let visitors = rows.column(ScanColumn::Visitor as usize).u64s();
            retain(kept, |row| visitors[row] == visitor);
        }
        if self.from < population.from {
            let times = rows.column(ScanColumn::At as usize).times();
            (*before, *kept) = kept.iter().partition(|row| times[**row as usize] < population.from);
        }
    }
}

/// Keeps the rows that pass a filter, which is asked once for each value that occurs.
fn keep(rows: &Rows<'_>, kept: &mut Vec<u32>, filter: &Filter) {
    let column = population::of(&filter.by);
    if let Column::Word(words) = rows.column(column as usize) {
        let table = words.table(|word| filter.passes(&group::values_of(&filter.by, word)));
        if !table.iter().all(|keep| *keep) {
            retain(kept, |row| table[words.codes[row] as usize]);
        }
        return;
    }
    let grouping = Grouping::of(rows, Some(&By::Asked(&filter.by)));
    let table: Vec<bool> = grouping.sets().iter().map(|labels| filter.passes(labels)).collect();
    retain(kept, |row| table[grouping.codes[row] as usize]);
}

/// Keeps the rows whose word satisfies `keep`, which is asked once for each word of the dictionary.
fn keep_words(rows: &Rows<'_>, kept: &mut Vec<u32>, column: ScanColumn, keep: impl Fn(&[u8]) -> bool) {
    let words = rows.column(column as usize).words();
    let table = words.table(keep);
    if !table.iter().all(|keep| *keep) {
        retain(kept, |row| table[words.codes[row] as usize]);
    }
}

/// [`Vec::retain`] without a branch a row: which rows are kept is not to be foreseen.
fn retain(kept: &mut Vec<u32>, keep: impl Fn(usize) -> bool) {
    let mut count = 0;
    for place in 0..kept.len() {
        let row = kept[place];
        kept[count] = row;
        count += usize::from(keep(row as usize));
    }
    kept.truncate(count);
}
