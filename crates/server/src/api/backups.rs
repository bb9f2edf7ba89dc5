//! The server's own backups: those there were, the one that is made, the next one.

use super::auth::{Can, WorkspaceRead, WorkspaceWrite};
use super::installation::administers;
use super::wire::time;
use crate::app::App;
use crate::catalog::backups::{self, Run};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::schedule::Schedule;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Backups that are listed.
const LISTED: i64 = 30;
/// Longest that is waited for a backup to begin.
const BEGIN: Duration = Duration::from_secs(2);

/// Backups of the installation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupState {
    /// Where they are made: the setting `backup.target`. Empty: nowhere.
    target: String,
    /// Hours from one to the next; 0: only when asked for.
    every_hours: u32,
    /// Time of a daily one, by the clock of `timezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    timezone: String,
    /// Backups that are kept; 0: all.
    keep: usize,
    /// When the next is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Whether the caller may ask for one: an administrator of the first workspace.
    may_make: bool,
    /// How far the one is that is being made.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<BackupProgress>,
    /// The latest, newest first.
    backups: Vec<Backup>,
}

/// How far a backup is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupProgress {
    /// What the numbers count; nothing while the databases are copied.
    what: String,
    done: u64,
    of: u64,
}

/// A backup, or why there is none.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    id: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`.
    status: &'static str,
    target: String,
    started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// Its name in the target.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    /// Bytes and number of all its files.
    bytes: i64,
    files: i64,
    /// Bytes of them that were new in the target.
    copied_bytes: i64,
    /// Why there is none, with the mend.
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
}

fn wire(run: Run, now: Option<uuid::Uuid>) -> Backup {
    let is_running = now == Some(run.id);
    let is_cut_off = run.ended_at.is_none() && !is_running;
    let error = match is_cut_off {
        true => "the program ended before it; nothing was lost, and the next one goes on".to_owned(),
        false => run.error,
    };
    Backup {
        id: run.id.to_string(),
        status: match (is_running, error.is_empty()) {
            (true, _) => "RUNNING",
            (false, true) => "SUCCEEDED",
            (false, false) => "FAILED",
        },
        target: run.target,
        started_at: time(run.started_at),
        ended_at: run.ended_at.map(time),
        name: run.backup,
        bytes: run.bytes,
        files: run.files,
        copied_bytes: run.copied,
        error,
    }
}

async fn state(app: &App, may_make: bool) -> ApiResult<BackupState> {
    let settings = &app.config.backup;
    let now = *app.backups.now.lock();
    let runs = backups::latest(&mut *app.catalog.read().await?, LISTED).await?;
    let next = if settings.target.is_empty() { None } else { *app.backups.next.lock() };
    Ok(BackupState {
        target: settings.target.clone(),
        every_hours: match settings.schedule {
            Schedule::Never => 0,
            Schedule::Hours(hours) => hours,
            Schedule::Daily(_) => 24,
        },
        at: match settings.schedule {
            Schedule::Daily(at) => Some(at.strftime("%H:%M").to_string()),
            _ => None,
        },
        timezone: settings.zone.iana_name().unwrap_or("UTC").to_owned(),
        keep: settings.keep,
        next: next.map(time),
        may_make,
        progress: now.map(|(_, progress)| BackupProgress {
            what: progress.what.to_owned(),
            done: progress.done,
            of: progress.of,
        }),
        backups: runs.into_iter().map(|run| wire(run, now.map(|(id, _)| id))).collect(),
    })
}

/// Backups of the installation: where, when, those there were.
#[utoipa::path(get, path = "/v1/x/backups", tag = "Operation", operation_id = "list_backups",
    responses((status = 200, body = BackupState)))]
pub async fn list_backups(
    State(app): State<App>,
    caller: Can<WorkspaceRead>,
) -> ApiResult<Json<BackupState>> {
    let may_make = administers(&app, &caller).await?;
    Ok(Json(state(&app, may_make).await?))
}

/// Makes a backup now, in the background, at the place that the settings name.
#[utoipa::path(post, path = "/v1/x/backups", tag = "Operation", operation_id = "create_backup",
    responses((status = 202, body = BackupState), (status = 403, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_backup(
    State(app): State<App>,
    caller: Can<WorkspaceWrite>,
) -> ApiResult<(StatusCode, Json<BackupState>)> {
    if !administers(&app, &caller).await? {
        return Err(ApiError::forbidden("only an administrator of the first workspace makes backups"));
    }
    if app.config.backup.target.is_empty() {
        let message = "no place for backups is set; set backup.target (QUIETZONE_BACKUP_TARGET) and start again, or \
                       run `quietzone backup TARGET` on the machine";
        return Err(ApiError::new(StatusCode::CONFLICT, "BACKUP_TARGET_MISSING", message));
    }
    if !app.backups.ask() {
        let message = "a backup is being made already; wait until that has ended";
        return Err(ApiError::conflict("BACKUPS", message));
    }
    // The worker takes it up at once; who asks shall see it run.
    let began = std::time::Instant::now();
    while app.backups.is_waiting() && began.elapsed() < BEGIN {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok((StatusCode::ACCEPTED, Json(state(&app, true).await?)))
}
