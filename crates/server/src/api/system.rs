//! How the server is doing, for the people who keep it running.

use super::auth::{Can, WorkspaceRead};
use super::wire::time;
use crate::app::App;
use crate::catalog::{counters, verdicts};
use crate::consumers::{CATALOG, STORE};
use crate::error::{ApiError, ApiResult};
use crate::geo::sources::{self, GeoFile};
use crate::verdict::RULES_VERSION;
use axum::Json;
use axum::extract::State;
use model::time::UtcDay;
use model::{Millis, Position};
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// The state of the server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemState {
    version: &'static str,
    started_at: String,
    uptime_seconds: i64,
    /// Memory of our own; files that are mapped or cached are the system's. Null where the system does not tell.
    memory_bytes: Option<u64>,
    storage: StorageState,
    spool: SpoolState,
    consumers: Vec<ConsumerState>,
    /// Every scan answered before this moment is counted.
    read_up_to: String,
    geo: GeoState,
    /// Version of the rules by which verdicts are given.
    verdict_rules: u16,
    /// Scans of the workspace by UTC day and reason of their verdict: the last days that have some, latest first.
    verdict_days: Vec<VerdictDay>,
    /// What is wrong at the moment, a sentence a part; nothing: all is well.
    reasons: Vec<String>,
}

/// Scans of a UTC day by the reason of their verdict.
#[derive(Serialize, ToSchema)]
pub struct VerdictDay {
    /// `2026-11-22`.
    day: String,
    /// The commonest first.
    reasons: Vec<ReasonCount>,
}

/// Scans of one reason.
#[derive(Serialize, ToSchema)]
pub struct ReasonCount {
    verdict: String,
    reason: String,
    scans: i64,
}

/// What is kept, and how large it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StorageState {
    data_directory: String,
    /// Null where the system does not tell.
    free_bytes: Option<u64>,
    catalog_bytes: u64,
    spool_bytes: u64,
    store_bytes: u64,
    segments: usize,
    /// Scans in segments.
    rows: u64,
    /// Scans in memory, and in the spool.
    hot_rows: u64,
    /// Bound of those in memory; past it they stay in the spool until they can be sealed.
    hot_rows_max: usize,
    /// Segments that cannot be read; no number counts their scans.
    lost_segments: usize,
}

/// The log of scans that are on their way into the store.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpoolState {
    files: u64,
    bytes: u64,
    /// Scans answered and not written yet.
    at_risk: u64,
    /// Scans that ever had to wait, since the start.
    at_risk_total: u64,
    /// Writes and syncs that failed since the start.
    write_errors: u64,
    sync_errors: u64,
    /// Scans answered since the start and not recorded, by reason.
    lost: Vec<LossState>,
}

/// Scans not recorded.
#[derive(Serialize, ToSchema)]
pub struct LossState {
    reason: &'static str,
    scans: u64,
}

/// How far a consumer of the spool has durably come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerState {
    name: &'static str,
    /// Null before the first record.
    epoch: Option<u32>,
    seq: Option<u64>,
    /// Records written after it; null while it is in an earlier start's log. The store's are queryable all the same.
    behind_records: Option<u64>,
}

/// Files that tell places and networks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeoState {
    /// Where `quietzone geo install` puts files.
    folder: String,
    cities: Vec<GeoFileState>,
    networks: Vec<GeoFileState>,
    /// Sentences that the files' licences ask to show where places are.
    attributions: Vec<String>,
}

/// A file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeoFileState {
    name: String,
    /// When its maker built it.
    #[serde(skip_serializing_if = "Option::is_none")]
    built_at: Option<String>,
    bytes: u64,
}

/// Storage, spool, consumers, places, and what is wrong.
#[utoipa::path(get, path = "/v1/x/system", tag = "Operation", operation_id = "get_system",
    responses((status = 200, body = SystemState)))]
pub async fn get_system(State(app): State<App>, caller: Can<WorkspaceRead>) -> ApiResult<Json<SystemState>> {
    let mut db = app.catalog.read().await?;
    let catalog = counters::position(&mut db, CATALOG).await?;
    let since = UtcDay(app.clock.now().utc_day().0 - VERDICT_DAYS + 1);
    let days = verdict_days(verdicts::since(&mut db, caller.workspace, since).await?);
    drop(db);
    let measured = app.clone();
    let state = tokio::task::spawn_blocking(move || state(&measured, catalog, days)).await;
    state.map_err(ApiError::internal)?.map(Json)
}

/// Days whose reasons are shown.
const VERDICT_DAYS: i32 = 14;

fn verdict_days(counts: Vec<verdicts::ReasonCount>) -> Vec<VerdictDay> {
    let mut days: Vec<VerdictDay> = Vec::new();
    for count in counts {
        let day = time(count.day.start())[..10].to_owned();
        let reason = ReasonCount { verdict: count.verdict, reason: count.reason, scans: count.scans };
        match days.last_mut() {
            Some(last) if last.day == day => last.reasons.push(reason),
            _ => days.push(VerdictDay { day, reasons: vec![reason] }),
        }
    }
    days
}

fn state(app: &App, catalog: Option<Position>, verdict_days: Vec<VerdictDay>) -> ApiResult<SystemState> {
    let (spool, store) = (app.spool.status(), app.store.stats());
    let (data, now) = (&app.config.data, app.clock.now());
    let consumer = |name, position: Option<Position>| ConsumerState {
        name,
        epoch: position.map(|position| position.epoch),
        seq: position.map(|position| position.seq),
        behind_records: match (spool.last, position) {
            (None, _) => Some(0),
            (Some(last), Some(position)) if last.epoch == position.epoch => {
                Some(last.seq.saturating_sub(position.seq))
            }
            _ => None,
        },
    };
    let lost = app.unrecorded.by_reason(&spool.lost).into_iter().filter(|(_, scans)| *scans > 0);
    let geo = app.redirector.geo.load();
    let files =
        |told: fn(&GeoFile) -> bool| geo.files().iter().filter(|file| told(file)).map(geo_file).collect();
    Ok(SystemState {
        version: env!("CARGO_PKG_VERSION"),
        started_at: time(app.started_at),
        uptime_seconds: (now.0 - app.started_at.0) / 1000,
        memory_bytes: own_memory(),
        storage: StorageState {
            data_directory: data.canonicalize().unwrap_or_else(|_| data.clone()).display().to_string(),
            free_bytes: rustix::fs::statvfs(data).ok().map(|disk| disk.f_bavail * disk.f_frsize),
            catalog_bytes: ["catalog.db", "catalog.db-wal"].iter().map(|name| size(&data.join(name))).sum(),
            spool_bytes: spool.bytes,
            store_bytes: store.bytes + store.facts_bytes + store.trace_bytes,
            segments: store.segments,
            rows: store.rows,
            hot_rows: store.hot_scans,
            hot_rows_max: app.config.hot_rows_max,
            lost_segments: store.lost.len(),
        },
        spool: SpoolState {
            files: spool.files,
            bytes: spool.bytes,
            at_risk: spool.at_risk,
            at_risk_total: spool.at_risk_total,
            write_errors: spool.write_errors,
            sync_errors: spool.sync_errors,
            lost: lost.map(|(reason, scans)| LossState { reason, scans }).collect(),
        },
        consumers: vec![consumer(STORE, store.position), consumer(CATALOG, catalog)],
        read_up_to: time(Millis(app.read_up_to.load(Ordering::Acquire))),
        geo: GeoState {
            folder: sources::folder(data).display().to_string(),
            cities: files(|file| file.places),
            networks: files(|file| file.networks),
            attributions: geo.attributions().to_vec(),
        },
        verdict_rules: RULES_VERSION,
        verdict_days,
        reasons: app.reasons(),
    })
}

fn geo_file(file: &GeoFile) -> GeoFileState {
    GeoFileState {
        name: file.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        built_at: file.built_at.map(|seconds| time(Millis(seconds * 1000))),
        bytes: file.bytes,
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// RssAnon of this process (proc(5)).
fn own_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
