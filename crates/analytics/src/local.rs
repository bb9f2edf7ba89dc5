//! [`Local`]: the scan store of one machine.

use crate::batch::{BLOCK_ROWS, Batch};
use crate::block::Block;
use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::report::Answered;
use crate::schema::Table;
use crate::segment::Segment;
use crate::shared::Shared;
use crate::snapshot::Snapshot;
use crate::{funnel, page, report, trace, write};
use model::funnel::{Funnel, Stages};
use model::ids::{ScanId, WorkspaceId};
use model::report::{Answer, Ask, OwnedScan, Population, ScanPage, Whose};
use model::{Millis, Position, Trace};
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most scans of one visitor on one day that are counted.
pub const VISITOR_SCANS: usize = 100_000;

/// How a store works; the defaults are for everybody but tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows of a row group.
    pub row_group: usize,
    /// Rows of a hot block at most.
    pub block_rows: usize,
    /// Threads that answer queries.
    pub threads: usize,
    /// Called on each of them as it starts; for its priority.
    pub on_query_thread: fn(),
    /// Hot rows from which on [`Local::seal_due`] seals.
    pub seal_rows: usize,
    /// Age of the oldest hot row, in milliseconds, from which on [`Local::seal_due`] seals.
    pub seal_after: i64,
    /// Segments of a running day, alike in size, from which on they are merged.
    pub merge_at: usize,
    /// Rows that a segment of several days may have; more stay apart.
    pub merge_rows: u64,
    /// Memory for what files say at their ends of where their columns are, in bytes.
    pub footer_bytes: u64,
    /// Called at each step of sealing and merging; for tests that end the process there.
    pub witness: fn(Step),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            row_group: write::ROW_GROUP,
            block_rows: BLOCK_ROWS,
            threads: 2,
            on_query_thread: || (),
            seal_rows: 1_000_000,
            seal_after: 5 * 60_000,
            merge_at: 6,
            merge_rows: 64_000_000,
            footer_bytes: 128 << 20,
            witness: |_| (),
        }
    }
}

/// Steps of sealing and merging between which a crash must do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The segments are written under their final names; the manifest does not know them.
    Written,
    /// The manifest knows them.
    Committed,
    /// Queries read them.
    Swapped,
}

/// The scan store of one machine: a hot tier in memory, sorted Parquet segments, and a manifest.
///
/// All methods may be called from any thread; queries never wait for sealing or merging.
pub struct Local {
    pub(crate) folder: PathBuf,
    pub(crate) options: Options,
    pub(crate) manifest: Mutex<Manifest>,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Serialises those who replace the snapshot.
    changing: Mutex<()>,
    /// One seal at a time; merges run beside it.
    pub(crate) sealing: Mutex<()>,
    pub(crate) claims: Claims,
    pub(crate) shared: Arc<Shared>,
    pub(crate) last_error: Mutex<Option<String>>,
    pool: rayon::ThreadPool,
}

impl Local {
    /// Opens the store in `dir`, creating it if there is none, and removes files that the manifest does not name (left
    /// by a crash between writing a segment and noting it). A missing or damaged segment does not keep the store from
    /// opening: see [`Stats::lost`](crate::Stats::lost).
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        let folder = dir.join("segments");
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        let manifest = Manifest::open(&dir.join("manifest.db"))?;
        let shared = Arc::new(Shared::new(options.footer_bytes));
        let open = |entry| Arc::new(Segment::open(&folder, entry, &shared));
        let segments: Vec<_> = manifest.entries()?.into_iter().map(open).collect();
        remove_orphans(&folder, &segments)?;
        let sealed_to = manifest.position()?;
        let mut last_error = None;
        for segment in &segments {
            if let Some(reason) = segment.damage() {
                let error = Error::Segment { path: segment.path().to_owned(), reason };
                tracing::error!(rows = segment.entry.rows, %error, "A segment is lost; answers are without it");
                last_error = Some(error.to_string());
            }
        }
        let on_query_thread = options.on_query_thread;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .thread_name(|n| format!("query-{n}"))
            .start_handler(move |_| on_query_thread())
            .build()?;
        Ok(Self {
            folder,
            options,
            manifest: Mutex::new(manifest),
            snapshot: RwLock::new(Arc::new(Snapshot { segments, sealed_to, ..Snapshot::default() })),
            changing: Mutex::new(()),
            sealing: Mutex::new(()),
            claims: Claims::default(),
            shared,
            last_error: Mutex::new(last_error),
            pool,
        })
    }

    /// How far into the spool the segments reach: what comes behind is to be appended again after a restart. Nothing
    /// if nothing was ever sealed. Asks memory, not the manifest.
    pub fn position(&self) -> Option<Position> {
        self.snapshot().sealed_to
    }

    /// How far into the spool queries see: every record up to here is hot or sealed.
    pub fn reached(&self) -> Option<Position> {
        let snapshot = self.snapshot();
        snapshot.hot_range.map(|(_, last)| last).or(snapshot.sealed_to)
    }

    /// Rows that are in memory only, scans and traces: what a bound of the hot tier is held against.
    pub fn hot_rows(&self) -> usize {
        let snapshot = self.snapshot();
        snapshot.hot_rows(Table::Scans) + snapshot.hot_rows(Table::Traces)
    }

    /// Takes records into the hot tier; queries see them when this returns. Batches come in the order of the spool.
    pub fn append(&self, batch: Batch) {
        let Some((first, last)) = batch.range else { return };
        let blocks: Vec<Arc<Block>> = batch
            .scans
            .into_iter()
            .chain([batch.traces])
            .filter(|block| block.rows() > 0)
            .map(|mut block| {
                block.finish();
                Arc::new(block)
            })
            .collect();
        self.change(|snapshot| {
            let (first, _) = snapshot.hot_range.unwrap_or((first, last));
            snapshot.hot_range = Some((first, last));
            blocks.into_iter().for_each(|block| snapshot.push(block, self.options.block_rows));
        });
    }

    /// Answers a question about a population.
    pub fn report(&self, population: &Population, ask: &Ask) -> Result<Answer> {
        let answers = self.reports(population, std::slice::from_ref(ask))?;
        Ok(answers.into_iter().next().expect("each question gets its answer"))
    }

    /// Answers several questions about one population, in their order. All are about the same instant of the store, so
    /// they agree with each other; and together they cost much less than one after the other.
    pub fn reports(&self, population: &Population, asks: &[Ask]) -> Result<Vec<Answer>> {
        Ok(self.answer(population, asks)?.answers)
    }

    /// Answers as [`Local::reports`], and says what it took.
    pub fn answer(&self, population: &Population, asks: &[Ask]) -> Result<Answered> {
        self.query(|snapshot| report::answers(snapshot, population, asks))
    }

    /// A page of scans, newest first by (time, id); with their user agents where those are still kept.
    pub fn scans(&self, page: &ScanPage) -> Result<Vec<OwnedScan>> {
        self.query(|snapshot| page::page(snapshot, page))
    }

    /// A page of scans as [`Local::scans`], and how many there are on all pages of the list; both of the same instant.
    pub fn list(&self, page: &ScanPage) -> Result<(Vec<OwnedScan>, u64)> {
        self.query(|snapshot| {
            let scans = page::page(snapshot, page)?;
            match &page.visitor {
                None => {}
                Some(Whose::Number(_)) => {
                    // One visitor has scans of one day: few enough to be looked at one by one.
                    let all = ScanPage { before: None, limit: VISITOR_SCANS, ..page.clone() };
                    return Ok((scans, page::page(snapshot, &all)?.len() as u64));
                }
                Some(Whose::Scans(ids)) => {
                    return Ok((scans, page::count(snapshot, &page.population, ids)? as u64));
                }
            }
            let answered = report::answers(snapshot, &page.population, &[Ask::Totals])?;
            let total = answered.answers.iter().find_map(|answer| match answer {
                Answer::Totals { counts, .. } => Some(counts.scans),
                _ => None,
            });
            Ok((scans, total.unwrap_or_default()))
        })
    }

    /// The scan with this id, if it is in this workspace.
    pub fn scan(&self, workspace: WorkspaceId, id: ScanId) -> Result<Option<OwnedScan>> {
        self.query(|snapshot| page::one(snapshot, workspace, id))
    }

    /// How far the scans of a population came. `known` numbers the people behind scans where they are known.
    pub fn funnel(
        &self,
        population: &Population,
        stages: &Stages,
        known: &HashMap<ScanId, u32>,
    ) -> Result<Funnel> {
        self.query(|snapshot| funnel::count(snapshot, population, stages, known))
    }

    /// Traces of a scan in the order in which they happened; `scan_at` is the scan's time.
    pub fn traces(&self, workspace: WorkspaceId, scan: ScanId, scan_at: Millis) -> Result<Vec<Trace>> {
        self.query(|snapshot| trace::of_scan(snapshot, workspace, scan, scan_at))
    }

    /// Runs a query on the query threads. When it meets a damaged segment, that is left out from now on and the query
    /// asked again: every answer leaves out the same rows.
    pub(crate) fn query<T: Send>(&self, run: impl Fn(&Snapshot) -> Result<T> + Sync) -> Result<T> {
        loop {
            let snapshot = self.snapshot();
            match self.pool.install(|| run(&snapshot)) {
                Err(error) => self.leave_out(&snapshot, error)?,
                answer => return answer,
            }
        }
    }

    /// Runs something on the query threads.
    pub(crate) fn within<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        self.pool.install(run)
    }

    /// Gives up the segment that `error` is about; hands back any other error.
    pub(crate) fn leave_out(&self, snapshot: &Snapshot, error: Error) -> Result<()> {
        *self.last_error.lock() = Some(error.to_string());
        let Error::Segment { path, reason } = &error else { return Err(error) };
        let Some(segment) = snapshot.segments.iter().find(|segment| segment.path() == path) else {
            return Err(error);
        };
        if segment.is_damaged() {
            return Ok(());
        }
        tracing::error!(rows = segment.entry.rows, %error, "A segment is lost; answers are without it");
        segment.give_up(reason.clone());
        Ok(())
    }

    /// The state of this instant.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().clone()
    }

    /// Replaces the snapshot by a changed one, at once for all queries that begin afterwards.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        let _one = self.changing.lock();
        let mut snapshot = Snapshot::clone(&self.snapshot());
        let answer = change(&mut snapshot);
        *self.snapshot.write() = Arc::new(snapshot);
        answer
    }
}

fn remove_orphans(folder: &Path, segments: &[Arc<Segment>]) -> Result<()> {
    let known: HashSet<PathBuf> = segments
        .iter()
        .flat_map(|segment| {
            let entry = &segment.entry;
            let facts = entry.facts_bytes.map(|_| write::facts_path(folder, entry.days, entry.name));
            [Some(segment.path().to_owned()), facts].into_iter().flatten()
        })
        .collect();
    for file in std::fs::read_dir(folder).map_err(Error::file("list", folder))? {
        let path = file.map_err(Error::file("list", folder))?.path();
        if !known.contains(&path) && write::is_ours(&path) {
            std::fs::remove_file(&path).map_err(Error::file("remove", &path))?;
        }
    }
    Ok(())
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Number of hot rows of a table.
    pub(crate) fn hot_rows(&self, table: Table) -> usize {
        self.hot(table).map(|block| block.rows()).sum()
    }
}
