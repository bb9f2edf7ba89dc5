//! A segment: an immutable Parquet file, sorted by (workspace, link, time). Finding a run of rows, reading columns.

mod reading;

pub(crate) use reading::Reading;

use crate::block::Data;
use crate::column::{Held, Rows};
use crate::error::{Error, Result};
use crate::manifest::Entry;
use crate::schema::{self, ScanColumn, Spec, Table};
use crate::shared::Shared;
use crate::write;
use bytes::Bytes;
use parking_lot::Mutex;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelectionPolicy, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetStatisticsPolicy};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A segment of the store's list.
pub(crate) struct Segment {
    pub entry: Entry,
    path: PathBuf,
    facts_path: PathBuf,
    shared: Arc<Shared>,
    /// Why it cannot be read, once that is known.
    damage: Mutex<Option<String>>,
    damaged: AtomicBool,
    facts: AtomicBool,
    /// Whether the file goes when nobody reads it any more: a merge has replaced it.
    obsolete: AtomicBool,
}

/// What a file says of itself at its end, parsed.
pub(crate) struct Footer {
    /// Memory it takes.
    pub bytes: u64,
    reader: ArrowReaderMetadata,
    /// For each column of the table its place in the file.
    places: Vec<Option<usize>>,
}

impl Segment {
    /// A segment of the manifest. A file that is missing or of another size is known as damaged from the start.
    pub fn open(folder: &Path, entry: Entry, shared: &Arc<Shared>) -> Self {
        let path = write::segment_path(folder, entry.table, entry.days, entry.name);
        let facts_path = write::facts_path(folder, entry.days, entry.name);
        let damage = match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() == entry.bytes => None,
            Ok(metadata) => Some(format!("it has {} bytes instead of {}", metadata.len(), entry.bytes)),
            Err(error) => Some(error.to_string()),
        };
        Self {
            facts: AtomicBool::new(entry.facts_bytes.is_some()),
            damaged: AtomicBool::new(damage.is_some()),
            damage: Mutex::new(damage),
            shared: shared.clone(),
            obsolete: AtomicBool::new(false),
            entry,
            path,
            facts_path,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn facts_path(&self) -> &Path {
        &self.facts_path
    }

    /// Rows of the facts file, by its footer.
    pub fn facts_rows(&self) -> Result<u64> {
        let failed =
            |reason: ReadError| Error::Segment { path: self.facts_path.clone(), reason: reason.to_string() };
        let read = || {
            let file = File::open(&self.facts_path)?;
            let length = file.metadata()?.len();
            Footer::read(&Source { file: Arc::new(file), length }, self.entry.table)
        };
        let footer = guarded(read).map_err(failed)?;
        Ok(footer.reader.metadata().file_metadata().num_rows() as u64)
    }

    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }

    /// Why the segment cannot be read, if it cannot.
    pub fn damage(&self) -> Option<String> {
        self.damage.lock().clone()
    }

    /// Leaves the segment out of all later answers.
    pub fn give_up(&self, reason: String) {
        *self.damage.lock() = Some(reason);
        self.damaged.store(true, Ordering::Release);
    }

    /// The files are unlinked when the last query that may read them is over.
    pub fn retire(&self) {
        self.obsolete.store(true, Ordering::Release);
    }

    pub fn has_facts(&self) -> bool {
        self.facts.load(Ordering::Acquire)
    }

    /// Unlinks the facts file; the manifest no longer names it.
    pub fn drop_facts(&self) {
        self.facts.store(false, Ordering::Release);
        self.shared.remove(&self.facts_path);
    }

    fn unreadable(&self, reason: impl ToString) -> Error {
        Error::Segment { path: self.path.clone(), reason: reason.to_string() }
    }

    /// The open file and its footer, which is parsed once while there is room for it.
    fn source(&self) -> Result<(Source, Arc<Footer>)> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.unreadable(error)),
            Err(error) => return Err(Error::file("open", &self.path)(error)),
        };
        let source = Source { file: Arc::new(file), length: self.entry.bytes };
        let footer = self.shared.footer(self.entry.name, || {
            let read = guarded(|| Footer::read(&source, self.entry.table))
                .map_err(|error| self.unreadable(error))?;
            if read.reader.metadata().file_metadata().num_rows() as u64 != self.entry.rows {
                return Err(self.unreadable("its number of rows is not the manifest's"));
            }
            Ok(read)
        })?;
        Ok((source, footer))
    }

    /// Whether the workspace lies between the first and the last that have rows here: by the manifest alone.
    pub fn may_know(&self, workspace: &[u8; 16]) -> bool {
        let Entry { first_workspace, last_workspace, .. } = &self.entry;
        first_workspace.as_bytes() <= workspace && workspace <= last_workspace.as_bytes()
    }

    /// Number of row groups, and of rows in each.
    pub fn row_groups(&self) -> Result<Vec<usize>> {
        let (_, footer) = self.source()?;
        Ok(footer.reader.metadata().row_groups().iter().map(|group| group.num_rows() as usize).collect())
    }

    /// Row groups that may hold rows of `workspace` and, if given, of one of `links` (ascending), by the footer alone.
    pub fn candidates(&self, workspace: &[u8; 16], links: Option<&[[u8; 16]]>) -> Result<Vec<usize>> {
        let (_, footer) = self.source()?;
        let within = |group: usize| {
            let Some((lowest, highest)) = footer.bounds(group, schema::WORKSPACE) else { return true };
            if *workspace < lowest || *workspace > highest {
                return false;
            }
            match (links, footer.bounds(group, schema::LINK)) {
                (Some(links), Some((lowest, highest))) => any_within(links, &lowest, &highest),
                _ => true,
            }
        };
        Ok((0..footer.reader.metadata().num_row_groups()).filter(|&group| within(group)).collect())
    }

    /// Runs of rows of a row group that belong to `workspace` and, if given, to one of `links` (ascending).
    pub fn locate(
        &self,
        group: usize,
        workspace: &[u8; 16],
        links: Option<&[[u8; 16]]>,
    ) -> Result<Vec<Range<usize>>> {
        let (source, footer) = self.source()?;
        let all = footer.reader.metadata().row_group(group).num_rows() as usize;
        let one = footer.bounds(group, schema::WORKSPACE).is_some_and(|(lowest, highest)| lowest == highest);
        let of_workspace = if one { 0..all } else { self.run_of(&source, &footer, group, all, workspace)? };
        let Some(links) = links else {
            return Ok(if of_workspace.is_empty() { vec![] } else { vec![of_workspace] });
        };
        let pages =
            footer.pages(group, schema::LINK, all, |lowest, highest| any_within(links, lowest, highest));
        let range = pages.start.max(of_workspace.start)..pages.end.min(of_workspace.end);
        if range.is_empty() {
            return Ok(vec![]);
        }
        let rows = self.rows(&source, &footer, group, std::slice::from_ref(&range), &[schema::LINK])?;
        let ids = rows.column(schema::LINK).ids();
        let mut runs = Vec::new();
        for link in links {
            let start = range.start + ids.partition_point(|id| id < link);
            let end = range.start + ids.partition_point(|id| id <= link);
            if start < end {
                runs.push(start..end);
            }
        }
        Ok(runs)
    }

    /// The run of a workspace in a row group of several. Only the pages at its two ends are looked into.
    fn run_of(
        &self,
        source: &Source,
        footer: &Footer,
        group: usize,
        all: usize,
        workspace: &[u8; 16],
    ) -> Result<Range<usize>> {
        let may = footer.pages(group, schema::WORKSPACE, all, |lowest, highest| {
            lowest <= workspace && workspace <= highest
        });
        let only = footer.pages(group, schema::WORKSPACE, all, |lowest, highest| {
            lowest == workspace && workspace == highest
        });
        // Pages before and behind those that hold nothing else; all of them if there are none such.
        let (before, behind) = if only.is_empty() {
            (may.clone(), may.end..may.end)
        } else {
            (may.start..only.start, only.end..may.end)
        };
        let ends = |range: Range<usize>| -> Result<Range<usize>> {
            if range.is_empty() {
                return Ok(range);
            }
            let rows =
                self.rows(source, footer, group, std::slice::from_ref(&range), &[schema::WORKSPACE])?;
            let ids = rows.column(schema::WORKSPACE).ids();
            let start = ids.partition_point(|id| id < workspace);
            Ok(range.start + start..range.start + ids.partition_point(|id| id <= workspace))
        };
        let (before, behind) = (ends(before)?, ends(behind)?);
        Ok(before.start..if behind.is_empty() { before.end.max(only.end) } else { behind.end })
    }

    /// Reads `columns` of the rows `runs` (ascending, not empty) of a row group.
    pub fn read(&self, group: usize, runs: &[Range<usize>], columns: &[usize]) -> Result<Rows<'static>> {
        let (source, footer) = self.source()?;
        self.rows(&source, &footer, group, runs, columns)
    }

    /// Whether the row group's bloom filter leaves room for this id. Without a filter: yes.
    pub fn may_hold(&self, group: usize, id: &[u8; 16]) -> Result<bool> {
        let (source, footer) = self.source()?;
        let Some(place) = footer.places[ScanColumn::Id as usize] else { return Ok(true) };
        let filter = guarded(|| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(source, footer.reader.clone())
                .get_row_group_column_bloom_filter(group, place)
                .map_err(ReadError::from)
        })
        .map_err(|error| self.unreadable(error))?;
        Ok(filter
            .is_none_or(|filter| filter.check(&parquet::data_type::FixedLenByteArray::from(id.to_vec()))))
    }

    fn rows(
        &self,
        source: &Source,
        footer: &Footer,
        group: usize,
        runs: &[Range<usize>],
        columns: &[usize],
    ) -> Result<Rows<'static>> {
        let specs = self.entry.table.columns();
        let rows = runs.iter().map(Range::len).sum();
        let mut held: Vec<Option<Held>> = specs.iter().map(|_| None).collect();
        let (facts, main): (Vec<usize>, Vec<usize>) =
            columns.iter().partition(|&&place| place >= self.entry.table.in_segment());
        guarded(|| footer.columns(source, group, runs, &main, specs, &mut held))
            .map_err(|error| self.unreadable(error))?;
        if !facts.is_empty() && self.has_facts() {
            self.read_facts(group, runs, &facts, &mut held);
        }
        for &place in columns {
            if held[place].is_none() {
                held[place] = Some(Held::Data(Data::empty(specs[place].kind, rows)));
            }
        }
        Ok(Rows::Read { rows, columns: held })
    }

    /// Facts may be gone at any moment, and are then empty: that is no damage.
    fn read_facts(&self, group: usize, runs: &[Range<usize>], places: &[usize], held: &mut [Option<Held>]) {
        let specs = self.entry.table.columns();
        let read = || {
            let file = File::open(&self.facts_path)?;
            let length = file.metadata()?.len();
            let source = Source { file: Arc::new(file), length };
            let footer = Footer::read(&source, self.entry.table)?;
            footer.columns(&source, group, runs, places, specs, held)
        };
        if let Err(error) = guarded(read) {
            tracing::debug!(path = %self.facts_path.display(), %error, "No user agents for this segment");
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if self.obsolete.load(Ordering::Acquire) {
            self.shared.forget(&self.entry.name);
            self.shared.remove(&self.path);
            self.shared.remove(&self.facts_path);
        }
    }
}

fn any_within(links: &[[u8; 16]], lowest: &[u8; 16], highest: &[u8; 16]) -> bool {
    let first = links.partition_point(|link| link < lowest);
    links.get(first).is_some_and(|link| link <= highest)
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("column {0}: {1}")]
    Column(&'static str, String),
    #[error("a row group has fewer rows than its footer says")]
    Rows,
    #[error("the Parquet reader gave up on it")]
    Panic,
}

/// The `parquet` crate asserts some properties of a footer instead of checking them (a negative offset, for one). A
/// damaged file is no reason to fall.
fn guarded<T>(read: impl FnOnce() -> std::result::Result<T, ReadError>) -> std::result::Result<T, ReadError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or(Err(ReadError::Panic))
}

impl Footer {
    fn read(source: &Source, table: Table) -> std::result::Result<Self, ReadError> {
        let options = ArrowReaderOptions::new()
            .with_column_index_policy(PageIndexPolicy::Optional)
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let reader = ArrowReaderMetadata::load(source, options)?;
        let fields = reader.schema().fields();
        let places = table
            .columns()
            .iter()
            .map(|spec| fields.iter().position(|field| field.name() == spec.name))
            .collect();
        let bytes = reader.metadata().memory_size() as u64;
        Ok(Self { bytes, reader, places })
    }

    /// Lowest and highest id of a column in a row group.
    fn bounds(&self, group: usize, column: usize) -> Option<([u8; 16], [u8; 16])> {
        let statistics = self.reader.metadata().row_group(group).column(self.places[column]?).statistics()?;
        Some((statistics.min_bytes_opt()?.try_into().ok()?, statistics.max_bytes_opt()?.try_into().ok()?))
    }

    /// Smallest range of rows that holds all pages whose lowest and highest id satisfy `keep`.
    fn pages(
        &self,
        group: usize,
        column: usize,
        rows: usize,
        keep: impl Fn(&[u8; 16], &[u8; 16]) -> bool,
    ) -> Range<usize> {
        let found = (|| {
            let place = self.places[column]?;
            let metadata = self.reader.metadata();
            let pages = metadata.page_index_for_row_group(group);
            let Some(ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(index)) = pages.column_index(place) else {
                return None;
            };
            let locations = &pages.offset_index(place)?.page_locations;
            let kept = |page: usize| {
                let bound = |value: Option<&[u8]>| value.and_then(|bytes| bytes.try_into().ok());
                match (bound(index.min_value(page)), bound(index.max_value(page))) {
                    (Some(lowest), Some(highest)) => keep(&lowest, &highest),
                    _ => true,
                }
            };
            let first = |page: usize| locations.get(page).map_or(rows, |page| page.first_row_index as usize);
            let mut kept = (0..locations.len()).filter(|&page| kept(page));
            let Some(start) = kept.next() else { return Some(0..0) };
            Some(first(start)..first(kept.next_back().unwrap_or(start) + 1))
        })();
        found.unwrap_or(0..rows)
    }

    fn columns(
        &self,
        source: &Source,
        group: usize,
        runs: &[Range<usize>],
        places: &[usize],
        specs: &[Spec],
        held: &mut [Option<Held>],
    ) -> std::result::Result<(), ReadError> {
        // In file order, which is the order of the batch's columns.
        let mut wanted: Vec<(usize, usize)> =
            places.iter().filter_map(|&place| Some((self.places[place]?, place))).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let rows: usize = runs.iter().map(Range::len).sum();
        if wanted.is_empty() || rows == 0 {
            return Ok(());
        }
        let metadata = self.reader.metadata();
        let Some(row_group) = metadata.row_groups().get(group) else { return Err(ReadError::Rows) };
        let schema = metadata.file_metadata().schema_descr();
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(source.clone(), self.reader.clone())
                .with_projection(ProjectionMask::leaves(schema, wanted.iter().map(|(leaf, _)| *leaf)))
                .with_row_groups(vec![group])
                .with_batch_size(rows);
        if rows < row_group.num_rows() as usize {
            // Our runs are few and long; a mask of all rows would cost more than the rows.
            builder = builder
                .with_row_selection_policy(RowSelectionPolicy::Selectors)
                .with_row_selection(selection(runs));
        }
        let batch = builder.build()?.next().ok_or(ReadError::Rows)??;
        if batch.num_rows() != rows {
            return Err(ReadError::Rows);
        }
        for ((_, place), array) in wanted.iter().zip(batch.columns()) {
            let spec = &specs[*place];
            let column =
                Held::new(array.clone(), spec.kind).map_err(|reason| ReadError::Column(spec.name, reason))?;
            held[*place] = Some(column);
        }
        Ok(())
    }
}

fn selection(runs: &[Range<usize>]) -> RowSelection {
    let mut selectors = Vec::with_capacity(runs.len() * 2);
    let mut at = 0;
    for run in runs {
        if run.start > at {
            selectors.push(RowSelector::skip(run.start - at));
        }
        selectors.push(RowSelector::select(run.len()));
        at = run.end;
    }
    selectors.into()
}

/// A file read by position, so that threads share it without seeking.
#[derive(Clone)]
struct Source {
    file: Arc<File>,
    length: u64,
}

/// The file from a position on.
struct From {
    source: Source,
    at: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Source {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::new(From { source: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        // A footer that names more than the file holds must not make us allocate it.
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF(format!("the file ends before {start} + {length}")));
        }
        let mut buffer = vec![0; length];
        self.file.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}
