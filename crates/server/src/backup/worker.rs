//! Makes the server's own backups: when they are due, and when somebody asks.

use super::record::Record;
use super::target::{Purpose, Target, check_apart};
use super::{Progress, Stopped, erasures, send, snapshot};
use crate::app::App;
use crate::catalog::backups::{self, Run};
use crate::clock::Clock;
use crate::config::BackupSettings;
use crate::niceness::PATIENT;
use crate::pipeline::spawn;
use model::Millis;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot, watch};
use uuid::Uuid;

/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(1);
/// Longest that a stop waits for a backup to notice it: what is cut off is no backup, and harms none.
const LAST: Duration = Duration::from_secs(3);

/// What is known of the server's own backups.
#[derive(Default)]
pub struct Backups {
    /// Wakes the worker.
    asked: Notify,
    is_asked: AtomicBool,
    /// The one that is being made, since when, and how far it is.
    pub now: Mutex<Option<(Uuid, Progress)>>,
    /// When the next is due.
    pub next: Mutex<Option<Millis>>,
    /// The last that succeeded.
    pub last: Mutex<Option<Run>>,
    /// Those that failed since the start.
    pub failures: AtomicU64,
}

impl Backups {
    /// Asks for one, as soon as may be. False if one is being made.
    pub fn ask(&self) -> bool {
        if self.now.lock().is_some() || self.is_asked.swap(true, Relaxed) {
            return false;
        }
        self.asked.notify_one();
        true
    }

    /// Whether one was asked for that has not begun yet.
    pub fn is_waiting(&self) -> bool {
        self.is_asked.load(Relaxed)
    }
}

/// Makes a backup of `data` in a target: what the command line and the server do.
pub fn make(
    data: &Path,
    target: &str,
    settings: &BackupSettings,
    clock: &Clock,
    tell: super::Tell<'_>,
) -> anyhow::Result<(Record, Vec<String>)> {
    let began = Instant::now();
    // What cannot be used or reached is told before anything is copied.
    check_apart(target, data)?;
    let target = Target::open(target, &settings.access, Purpose::Write(clock.now()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tell(Progress { what: "copies of the databases", done: 0, of: 2 });
    let snapshot = snapshot::take(data, clock, &runtime)?;
    send::send(&snapshot, target, rand::random(), settings.keep, began, tell)
}

/// Makes backups until it is told to stop.
pub async fn work(app: App, mut stop: watch::Receiver<bool>) {
    let settings = &app.config.backup;
    if settings.target.is_empty() {
        return;
    }
    let (mut failed, mut erased) = (None, 0);
    let load = async {
        let mut db = app.catalog.read().await?;
        backups::last_good(&mut db).await
    };
    match load.await {
        Ok(last) => *app.backups.last.lock() = last,
        Err(error) => app.sickness.note("backup", error),
    }
    loop {
        let done = app.backups.last.lock().as_ref().map(|run| run.started_at);
        let next = settings.schedule.next(done, failed, app.started_at, &settings.zone);
        *app.backups.next.lock() = next;
        let is_due = next.is_some_and(|next| app.clock.now() >= next);
        if is_due || app.backups.is_asked.load(Relaxed) {
            let run = one(&app, settings, &mut stop).await;
            *app.backups.now.lock() = None;
            match run {
                Some(run) if run.error.is_empty() => {
                    failed = None;
                    app.sickness.clear("backup");
                    *app.backups.last.lock() = Some(run);
                }
                Some(run) => {
                    failed = Some(run.started_at);
                    app.backups.failures.fetch_add(1, Relaxed);
                    app.sickness.note("backup", &run.error);
                }
                None => return,
            }
            continue;
        }
        push_erasures(&app, settings, &mut erased).await;
        tokio::select! {
            () = app.backups.asked.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Brings the log of erasures to the target as soon as it has grown: a backup of before must not bring back what is erased now.
async fn push_erasures(app: &App, settings: &BackupSettings, known: &mut u64) {
    let bytes = app.config.data.join(erasures::FILE).metadata().map_or(0, |metadata| metadata.len());
    if bytes == *known {
        return;
    }
    let (data, settings, now) = (app.config.data.clone(), settings.clone(), app.clock.now());
    let pushed =
        tokio::task::spawn_blocking(move || erasures::push(&data, &settings.target, &settings.access, now))
            .await;
    match pushed.map_err(anyhow::Error::from).flatten() {
        Ok(()) => {
            *known = bytes;
            app.sickness.clear("erasures in the backups");
        }
        Err(error) => app.sickness.note("erasures in the backups", format!("{error:#}")),
    }
}

/// One backup, noted before and after. Nothing if the server is asked to stop.
async fn one(app: &App, settings: &BackupSettings, stop: &mut watch::Receiver<bool>) -> Option<Run> {
    let id = Uuid::now_v7();
    let mut run = Run {
        id,
        target: settings.target.clone(),
        started_at: app.clock.now(),
        ended_at: None,
        backup: String::new(),
        bytes: 0,
        copied: 0,
        files: 0,
        error: String::new(),
    };
    *app.backups.now.lock() = Some((id, Progress::default()));
    note(app, &run).await;
    app.backups.is_asked.store(false, Relaxed);
    let is_asked_to_stop = Arc::new(AtomicBool::new(false));
    let (answer, answered) = oneshot::channel();
    let job = Job { app: app.clone(), id, data: app.config.data.clone(), stop: is_asked_to_stop.clone() };
    let spawned = spawn("backup", PATIENT, move || drop(answer.send(job.make())));
    if let Err(error) = spawned {
        run.error = format!("no thread could be started: {error}");
    } else {
        let made = tokio::select! {
            made = answered => made.map_err(anyhow::Error::from).flatten(),
            _ = stop.changed() => {
                is_asked_to_stop.store(true, Relaxed);
                tokio::time::sleep(LAST).await;
                return None;
            }
        };
        match made {
            Ok((record, notes)) => {
                for note in notes {
                    tracing::warn!(note, "About the backup");
                }
                let (bytes, copied, files) = (record.bytes(), record.copied, record.files.len());
                tracing::info!(
                    backup = record.id,
                    bytes,
                    copied,
                    files,
                    duration_ms = record.took,
                    "Made a backup"
                );
                (run.backup, run.bytes, run.copied, run.files) =
                    (record.id, bytes as i64, copied as i64, files as i64);
            }
            Err(error) if error.is::<Stopped>() => return None,
            Err(error) => run.error = format!("{error:#}"),
        }
    }
    run.ended_at = Some(app.clock.now());
    note(app, &run).await;
    Some(run)
}

/// What the thread needs.
struct Job {
    app: App,
    id: Uuid,
    data: PathBuf,
    stop: Arc<AtomicBool>,
}

impl Job {
    fn make(&self) -> anyhow::Result<(Record, Vec<String>)> {
        let settings = &self.app.config.backup;
        make(&self.data, &settings.target, settings, &self.app.clock, &|progress| {
            *self.app.backups.now.lock() = Some((self.id, progress));
            !self.stop.load(Relaxed)
        })
    }
}

async fn note(app: &App, run: &Run) {
    let noted = run.clone();
    if let Err(error) = app.catalog.write(async move |db| backups::note(db, &noted).await).await {
        // The backup stands all the same, and its target tells of it.
        tracing::error!(%error, "A backup could not be noted in the catalog");
    }
}
