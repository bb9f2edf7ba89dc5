//! Writing a segment: sorted rows in, an fsynced Parquet file under its final name out.

use crate::block::Block;
use crate::days::Days;
use crate::error::{Error, Result};
use crate::manifest::Entry;
use crate::population;
use crate::schema::{self, ScanColumn, Table, TraceColumn};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema;
use model::report::Dimension;
use model::{Position, WorkspaceId};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Pages of a row group: one is what is decoded at least when one link is looked up.
pub(crate) const PAGES: usize = 8;

/// Rows of a row group, by measurement (README): fewer make the footers of a year too big, more make each look-up slow.
pub const ROW_GROUP: usize = 65_536;

/// A segment being written.
pub(crate) struct SegmentWriter {
    path: PathBuf,
    facts_path: PathBuf,
    table: Table,
    days: Days,
    name: Uuid,
    main: ArrowWriter<Summed>,
    facts: Option<ArrowWriter<Summed>>,
    rows: u64,
    first_at: i64,
    last_at: i64,
    workspaces: Option<(WorkspaceId, WorkspaceId)>,
    _remains: [Remains; 2],
}

/// Removes a temporary file however its writing ends: on a full disk half a segment, written again and again, would
/// hold the very room that the spool is short of. A completed file has another name by then.
struct Remains(PathBuf);

impl Drop for Remains {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Path of a segment's file: `scans-20261122-….parquet`, or, of several days, `scans-20261101-20261107-….parquet`; so that
/// a glob takes a table, or a table's month.
pub(crate) fn segment_path(folder: &Path, table: Table, days: Days, name: Uuid) -> PathBuf {
    path(folder, table.as_str(), days, name)
}

/// Path of the facts file beside a segment of scans.
pub(crate) fn facts_path(folder: &Path, days: Days, name: Uuid) -> PathBuf {
    path(folder, "facts", days, name)
}

fn path(folder: &Path, what: &str, days: Days, name: Uuid) -> PathBuf {
    folder.join(format!("{what}-{}-{}.parquet", days.file_part(), name.simple()))
}

fn temporary(path: &Path) -> PathBuf {
    path.with_added_extension("tmp")
}

impl SegmentWriter {
    /// Begins a segment. `range` is the spool positions its rows come from, noted in the footer for people;
    /// `facts` says whether a facts file is written beside it.
    pub fn create(
        folder: &Path,
        name: Uuid,
        table: Table,
        days: Days,
        row_group: usize,
        range: Option<(Position, Position)>,
        facts: bool,
    ) -> Result<Self> {
        let open = |path: PathBuf, schema: Arc<Schema>, properties: WriterProperties| {
            let path = temporary(&path);
            let file = File::create(&path).map_err(Error::file("create", &path))?;
            ArrowWriter::try_new(Summed { file, checksum: 0 }, schema, Some(properties))
                .map_err(|source| Error::Write { path, source })
        };
        let path = segment_path(folder, table, days, name);
        let facts_path = facts_path(folder, days, name);
        let remains = [Remains(temporary(&path)), Remains(temporary(&facts_path))];
        let main = open(path.clone(), table.schema(), properties(table, row_group, range))?;
        let facts = (facts && table.in_segment() < table.columns().len())
            .then(|| open(facts_path.clone(), schema::facts_schema(), facts_properties(row_group)))
            .transpose()?;
        Ok(Self {
            path,
            facts_path,
            table,
            days,
            name,
            main,
            facts,
            rows: 0,
            first_at: i64::MAX,
            last_at: i64::MIN,
            workspaces: None,
            _remains: remains,
        })
    }

    /// Appends the rows of a finished block, which follow those before in the sort order.
    pub fn append(&mut self, block: Block) -> Result<()> {
        if block.rows() == 0 {
            return Ok(());
        }
        let (first, last) = block.times();
        self.first_at = self.first_at.min(first);
        self.last_at = self.last_at.max(last);
        let workspaces = block.column(schema::WORKSPACE).ids();
        let workspace = |row: usize| WorkspaceId(Uuid::from_bytes(workspaces[row]));
        let (lowest, highest) = (workspace(0), workspace(block.rows() - 1));
        self.workspaces = Some((self.workspaces.map_or(lowest, |(lowest, _)| lowest), highest));
        self.rows += block.rows() as u64;

        let (arrays, facts) = block.into_arrays();
        write(&mut self.main, self.table.schema(), arrays)
            .map_err(|source| Error::Write { path: self.path.clone(), source })?;
        if let Some(writer) = &mut self.facts {
            write(writer, schema::facts_schema(), facts)
                .map_err(|source| Error::Write { path: self.facts_path.clone(), source })?;
        }
        Ok(())
    }

    /// Completes the files: footer, fsync, final name. The folder itself is synced by [`sync_folder`], once for all.
    /// Nothing if no row was appended.
    pub fn finish(self, level: u8) -> Result<Option<Entry>> {
        let Some((first_workspace, last_workspace)) = self.workspaces else { return Ok(None) };
        let (bytes, checksum) = complete(self.main, &self.path)?;
        let facts = self.facts.map(|writer| complete(writer, &self.facts_path)).transpose()?;
        Ok(Some(Entry {
            name: self.name,
            table: self.table,
            days: self.days,
            level,
            rows: self.rows,
            bytes,
            facts_bytes: facts.map(|(bytes, _)| bytes),
            facts_from: None,
            first_at: self.first_at,
            last_at: self.last_at,
            first_workspace,
            last_workspace,
            checksum: Some(checksum),
            facts_checksum: facts.map(|(_, checksum)| checksum),
        }))
    }
}

/// A file and the CRC-32C of all that was handed to it: what the disk makes of it is compared with that.
struct Summed {
    file: File,
    checksum: u32,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.checksum = crc32c::crc32c_append(self.checksum, &bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn write(
    writer: &mut ArrowWriter<Summed>,
    schema: Arc<Schema>,
    arrays: Vec<ArrayRef>,
) -> std::result::Result<(), ParquetError> {
    writer.write(&RecordBatch::try_new(schema, arrays)?)
}

/// Bytes and checksum of a file that is complete.
fn complete(writer: ArrowWriter<Summed>, path: &Path) -> Result<(u64, u32)> {
    let Summed { file, checksum } =
        writer.into_inner().map_err(|source| Error::Write { path: path.to_owned(), source })?;
    file.sync_all().map_err(Error::file("sync", path))?;
    let bytes = file.metadata().map_err(Error::file("size", path))?.len();
    std::fs::rename(temporary(path), path).map_err(Error::file("rename", path))?;
    Ok((bytes, checksum))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file("sync", folder))
}

fn builder(row_group: usize) -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by(concat!("quietzone analytics ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(row_group))
        .set_data_page_row_count_limit(row_group.div_ceil(PAGES))
        .set_write_batch_size(row_group.div_ceil(PAGES * 8))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::None)
}

fn properties(table: Table, row_group: usize, range: Option<(Position, Position)>) -> WriterProperties {
    let path = |place: usize| ColumnPath::from(table.columns()[place].name);
    let position = |position: Position| format!("{:08x}-{}", position.epoch, position.seq);
    let mut footer = vec![KeyValue::new("quietzone.schema".to_owned(), schema::SCHEMA_VERSION.to_string())];
    if let Some((from, to)) = range {
        footer.push(KeyValue::new("quietzone.from".to_owned(), position(from)));
        footer.push(KeyValue::new("quietzone.to".to_owned(), position(to)));
    }
    let sorting = (0..=schema::TIE)
        .map(|column_idx| SortingColumn {
            column_idx: column_idx as i32,
            descending: false,
            nulls_first: false,
        })
        .collect();
    let mut builder =
        builder(row_group).set_key_value_metadata(Some(footer)).set_sorting_columns(Some(sorting));
    for place in [schema::WORKSPACE, schema::LINK, schema::TIME] {
        builder = builder.set_column_statistics_enabled(path(place), EnabledStatistics::Page);
    }
    let (ids, times, seq, random) = match table {
        Table::Scans => (
            vec![ScanColumn::Id as usize],
            vec![ScanColumn::At as usize],
            ScanColumn::Seq as usize,
            vec![ScanColumn::Visitor as usize],
        ),
        Table::Traces => (
            vec![TraceColumn::Id as usize, TraceColumn::Scan as usize],
            vec![TraceColumn::At as usize, TraceColumn::ScanAt as usize],
            TraceColumn::Seq as usize,
            vec![],
        ),
    };
    // Runs of the same id compress away page by page. A dictionary would have to be decoded whole, all links of a row
    // group, before one link is found; and so would a big page.
    for place in [schema::WORKSPACE, schema::LINK] {
        builder = builder
            .set_column_dictionary_enabled(path(place), false)
            .set_column_compression(path(place), Compression::LZ4_RAW)
            .set_column_data_page_row_count_limit(path(place), row_group.div_ceil(PAGES * 8));
    }
    // Neighbours share the leading bytes of their ids, which are the time. (Byte-stream split would save 0.6 bytes a scan
    // more, but DuckDB does not read it for UUIDs.)
    for place in ids {
        builder = builder
            .set_column_dictionary_enabled(path(place), false)
            .set_column_encoding(path(place), Encoding::DELTA_BYTE_ARRAY);
    }
    for place in times.into_iter().chain([seq]) {
        builder = builder
            .set_column_dictionary_enabled(path(place), false)
            .set_column_encoding(path(place), Encoding::DELTA_BINARY_PACKED)
            .set_column_compression(path(place), Compression::UNCOMPRESSED);
    }
    for place in random {
        builder = builder
            .set_column_dictionary_enabled(path(place), false)
            .set_column_compression(path(place), Compression::UNCOMPRESSED);
    }
    if table == Table::Scans {
        // What questions often look at is packed for speed (they take half the time), the rest for size.
        let asked = Dimension::ALL
            .iter()
            .filter(|dimension| **dimension <= Dimension::UtmContent && **dimension != Dimension::Slug)
            .map(|dimension| population::column(*dimension) as usize);
        let counted = [ScanColumn::FirstInWorkspace, ScanColumn::FirstOnLink].map(|column| column as usize);
        for place in asked.chain(counted) {
            builder = builder.set_column_compression(path(place), Compression::LZ4_RAW);
        }
        let id = path(ScanColumn::Id as usize);
        builder = builder
            .set_column_bloom_filter_enabled(id.clone(), true)
            .set_column_bloom_filter_fpp(id.clone(), 0.03)
            .set_column_bloom_filter_max_ndv(id, row_group as u64);
    }
    builder.build()
}

fn facts_properties(row_group: usize) -> WriterProperties {
    builder(row_group).build()
}

/// Whether a file in the segments' folder was made by a store, finished or not.
pub(crate) fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let begins = ["scans-", "traces-", "facts-"].iter().any(|what| name.starts_with(what));
    begins && (name.ends_with(".parquet") || name.ends_with(".parquet.tmp"))
}
