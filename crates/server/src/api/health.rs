//! Health for operators, and figures for their monitoring.

use super::auth::Caller;
use crate::accept::PeerAddress;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use axum::Json;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::fmt::Write;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Whether redirects are answered, and what is wrong besides.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// `ok` or `degraded`.
    status: &'static str,
    /// What is wrong, for loopback clients and callers with `workspace:read`.
    reasons: Vec<String>,
}

/// The process lives.
#[utoipa::path(get, path = "/health/live", tag = "Operation", operation_id = "get_liveness",
    responses((status = 200, body = String)))]
pub async fn get_liveness() -> &'static str {
    "ok\n"
}

/// Redirects are answered. A sick store, catalog or disk is 200 with `degraded`: they are answered all the same.
#[utoipa::path(get, path = "/health/ready", tag = "Operation", operation_id = "get_readiness",
    responses((status = 200, body = Readiness)))]
pub async fn get_readiness(
    State(app): State<App>,
    Extension(peer): Extension<PeerAddress>,
    mut parts: Parts,
) -> Json<Readiness> {
    let reasons = app.sickness.reasons();
    let status = if reasons.is_empty() { "ok" } else { "degraded" };
    let shown = may_see(&app, peer, &mut parts).await.is_ok();
    Json(Readiness { status, reasons: if shown { reasons } else { Vec::new() } })
}

/// Headers by which proxies say whose request they pass on.
const FORWARDING: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

async fn may_see(app: &App, PeerAddress(peer): PeerAddress, parts: &mut Parts) -> ApiResult<()> {
    // What a proxy on this machine passes on comes from a loopback address too, and is its client's request.
    let is_passed_on = FORWARDING.iter().any(|name| parts.headers.contains_key(*name));
    if peer.to_canonical().is_loopback() && !is_passed_on {
        return Ok(());
    }
    Caller::from_request_parts(parts, app).await?.require("workspace:read")
}

/// Figures in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "Operation", operation_id = "get_metrics",
    responses((status = 200, body = String), (status = 403)))]
pub async fn get_metrics(
    State(app): State<App>,
    Extension(peer): Extension<PeerAddress>,
    mut parts: Parts,
) -> ApiResult<Response> {
    may_see(&app, peer, &mut parts).await.map_err(|_| {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "metrics answer loopback clients or a token with workspace:read",
        )
    })?;
    let text = metrics(&app);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn metrics(app: &App) -> String {
    let mut text = String::new();
    let mut figure = |name: &str, kind: &str, help: &str, labels: &str, value: f64| {
        let _ = writeln!(
            text,
            "# HELP quietzone_{name} {help}\n# TYPE quietzone_{name} {kind}\nquietzone_{name}{labels} {value}"
        );
    };
    let counters = &app.redirector.counters;
    let spool = app.spool.status();
    let store = app.store.stats();
    figure("links", "gauge", "Slugs in memory", "", app.table.len() as f64);
    figure(
        "scans_written_total",
        "counter",
        "Records written to the spool since the start",
        "",
        spool.written as f64,
    );
    figure(
        "scans_synced_total",
        "counter",
        "Records on the disk for good since the start",
        "",
        spool.synced as f64,
    );
    figure("scans_at_risk", "gauge", "Scans answered but not written yet", "", spool.at_risk as f64);
    let waited = spool.at_risk_total as f64;
    figure("scans_at_risk_total", "counter", "Scans that ever waited to be written", "", waited);
    let unprotected = spool.unprotected as f64;
    figure("scans_unprotected_total", "counter", "Scans whose sync failed for good", "", unprotected);
    figure("write_errors_total", "counter", "Failed writes of the spool", "", spool.write_errors as f64);
    figure("spool_bytes", "gauge", "Bytes of the spool", "", spool.bytes as f64);
    figure("spool_files", "gauge", "Files of the spool", "", spool.files as f64);
    let help = "Scans in no file but one that somebody removed and that goes with the process";
    figure("scans_adrift", "gauge", help, "", spool.adrift as f64);
    let help = "Whether the spool's folder is not where it was: removed, moved away, unmounted";
    let is_away = spool.place != spool::Place::Kept;
    figure("spool_folder_missing", "gauge", help, "", f64::from(u8::from(is_away)));
    let help = "Files of the spool that somebody removed while in use, and that were restored";
    figure("spool_files_restored_total", "counter", help, "", spool.restored as f64);
    let help = "Whether the disk has no room for the spool's reserve";
    figure("spool_reserve_missing", "gauge", help, "", f64::from(u8::from(spool.cramped)));
    figure("sync_errors_total", "counter", "Failed syncs of the spool", "", spool.sync_errors as f64);
    figure("store_rows", "gauge", "Scans in sealed segments", "", store.rows as f64);
    figure("store_hot_rows", "gauge", "Scans in the hot tier", "", store.hot_scans as f64);
    let most = app.config.hot_rows_max as f64;
    figure("store_hot_rows_max", "gauge", "Bound of the hot tier", "", most);
    figure("store_segments", "gauge", "Segments", "", store.segments as f64);
    figure("store_bytes", "gauge", "Bytes of segments", "", store.bytes as f64);
    let unknown = counters.unknown_slugs.load(Ordering::Relaxed);
    figure("unknown_slugs_total", "counter", "Requests for slugs nobody made", "", unknown as f64);
    let missed = app.redirector.orphans.missed();
    figure("orphans_missed_total", "counter", "Of them, those that are in no list", "", missed as f64);
    let missed = app.redirector.recognition.missed();
    let help = "Scans of known browsers that could not be put beside their visitor";
    figure("recognised_missed_total", "counter", help, "", missed as f64);
    let unknown = counters.unknown_hosts.load(Ordering::Relaxed);
    figure("unknown_hosts_total", "counter", "Requests for hosts not answered for", "", unknown as f64);
    let dropped = counters.dropped_parameters.load(Ordering::Relaxed);
    figure("dropped_parameters_total", "counter", "Query parameters not kept", "", dropped as f64);
    let connections = &app.connections;
    let open = connections.open.load(Ordering::Relaxed);
    figure("connections", "gauge", "Open connections", "", open as f64);
    for (name, help, count) in [
        ("connections_total", "Connections accepted", &connections.accepted),
        ("connections_shed_total", "Idle connections closed for new ones", &connections.shed),
        ("connections_refused_total", "Connections refused as all others were busy", &connections.refused),
        ("connections_silent_total", "Connections closed as they said nothing", &connections.silent),
        ("tls_failures_total", "TLS handshakes that failed", &connections.handshakes),
    ] {
        figure(name, "counter", help, "", count.load(Ordering::Relaxed) as f64);
    }
    let unnamed = app.redirector.proxies.unnamed(app.clock.now()).is_some();
    let help = "Whether somebody who is not trusted forwarded requests in the last hour";
    figure("unnamed_proxy", "gauge", help, "", f64::from(u8::from(unnamed)));
    let unknown = app.redirector.host_to_know(app.clock.now()).is_some();
    let help = "Whether slugs of ours were asked for at a host not known in the last hour";
    figure("unknown_host", "gauge", help, "", f64::from(u8::from(unknown)));
    figure("degraded", "gauge", "Parts that are sick", "", app.sickness.reasons().len() as f64);
    if let Some(last) = &*app.backups.last.lock() {
        let ended = last.ended_at.unwrap_or(last.started_at);
        let (at, took) = (last.started_at.0 as f64 / 1000.0, (ended.0 - last.started_at.0) as f64 / 1000.0);
        figure("backup_last_success_timestamp_seconds", "gauge", "When the last backup began", "", at);
        figure("backup_last_duration_seconds", "gauge", "How long it took", "", took);
        figure("backup_last_bytes", "gauge", "Bytes of all its files", "", last.bytes as f64);
        let help = "Bytes of them that were new in the target";
        figure("backup_last_copied_bytes", "gauge", help, "", last.copied as f64);
    }
    let failed = app.backups.failures.load(Ordering::Relaxed);
    figure("backup_failures_total", "counter", "Backups that failed since the start", "", failed as f64);
    let _ = writeln!(
        text,
        "# HELP quietzone_scans_lost_total Scans answered and not recorded\n# TYPE quietzone_scans_lost_total counter"
    );
    for (reason, count) in app.unrecorded.by_reason(&spool.lost) {
        let _ = writeln!(text, "quietzone_scans_lost_total{{reason=\"{reason}\"}} {count}");
    }
    text
}
